// Figures as cards: each says what it means, what it is in every case, and what has changed.

function render({ model, el }) {
  const root = make("section", { class: "twc", "aria-label": "Figures", "data-testid": "cards" });
  el.append(root);
  const cards = new Map();

  function makeCard(card) {
    const info = make("button", { type: "button", class: "twk-ask", "aria-label": `What is “${card.label}”?`, text: "?" });
    const what = tipOf(info, card.definition);
    const head = make("div", { class: "twc-head" }, make("h3", { text: card.label }), info, what);
    const rows = make("div", { class: "twc-rows", role: "list" }), change = make("p", { class: "twc-change" });
    return { what, rows, change, root: make("article", { class: "twc-card", "data-card": card.name }, head, rows, change) };
  }

  function read() {
    const list = model.get("cards");
    if (list.length !== cards.size || list.some((card) => !cards.has(card.name))) {
      cards.clear();
      list.forEach((card) => cards.set(card.name, makeCard(card)));
      root.replaceChildren(...[...cards.values()].map((card) => card.root));
    }
    for (const card of list) {
      const { what, rows, change } = cards.get(card.name);
      write(what, card.definition);
      const row = ([name, text, role]) =>
        make("div", { role: "listitem", "data-role": role }, make("span", { text: name }), make("strong", { text }));
      rows.replaceChildren(...card.rows.map(row));
      write(change, card.change);
      change.dataset.tone = card.tone;
    }
    root.dataset.version = model.get("version");
  }
  return follow(model, root, { "cards version": read });
}

export default { render };
