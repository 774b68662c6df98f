// A few big numbers: what each is, how sure it is, what it means, and a way to ask why.

function render({ model, el }) {
  const root = make("section", { class: "twn", "aria-label": model.get("label") || "The main figures", "data-testid": model.get("testid") });
  const list = make("ul", { class: "twn-list" });
  root.append(list);
  el.append(root);
  const known = new Map();

  function makeFact(fact) {
    const item = make("li", { class: "twn-fact", "data-fact": fact.name ?? fact.label });
    const label = make("span", { class: "twn-label" }), value = make("strong", { class: "twn-value" }), interval = make("span", { class: "twn-interval" });
    const what = make("button", { type: "button", class: "twk-ask", text: "?" });
    const tip = tipOf(what, fact.definition || "");
    const why = make("button", { type: "button", class: "twf-button twn-why", text: "Why?", onclick: () => model.send({ press: "why", name: fact.name ?? fact.label }) });
    item.append(make("div", { class: "twn-head" }, label, what, tip), value, interval, why);
    return { item, label, value, interval, what, tip, why };
  }

  function read() {
    const facts = model.get("facts"), names = facts.map((fact) => fact.name ?? fact.label);
    if (names.join("\n") !== [...known.keys()].join("\n")) {
      known.clear();
      facts.forEach((fact, i) => known.set(names[i], makeFact(fact)));
      list.replaceChildren(...[...known.values()].map((one) => one.item));
    }
    facts.forEach((fact, i) => {
      const { item, label, value, interval, what, tip, why } = known.get(names[i]);
      write(label, fact.label);
      const shown = [fact.value, fact.unit || ""].join("\n"); // a value and its unit never part
      if (value.dataset.shown !== shown) value.replaceChildren(make("span", { class: /^[-−>]?\s?\d/.test(fact.value) ? "twn-number" : "", text: fact.value }), ...(fact.unit ? [" ", make("span", { class: "twn-unit", text: fact.unit })] : []));
      value.dataset.shown = shown;
      write(interval, fact.interval || "");
      write(tip, fact.definition || "");
      what.hidden = !fact.definition;
      what.setAttribute("aria-label", `What is “${fact.label}”?`);
      why.hidden = !fact.why;
      why.setAttribute("aria-label", `Why? ${fact.label}`);
      item.dataset.tone = fact.tone || "none";
    });
    root.hidden = !facts.length;
    root.dataset.version = model.get("version");
  }
  return follow(model, root, { "facts version": read });
}

export default { render };
