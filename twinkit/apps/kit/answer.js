// An answer in sentences, with the shares that it rests on.

function render({ model, el }) {
  const title = make("h2", { class: "twq-title", tabindex: -1 });
  const close = make("button", { type: "button", class: "twf-button", "data-testid": "close-answer", onclick: () => model.send({ press: model.get("busy") ? "stop" : "close" }) });
  const body = make("div", { class: "twq-body", "aria-live": "polite" });
  const root = make("section", { class: "twq", "data-testid": model.get("testid"), hidden: true }, make("div", { class: "twq-head" }, title, close), body);
  el.append(root);
  let open = "";

  function row([text, share]) {
    const bar = make("span", { class: "twq-bar", "aria-hidden": true });
    bar.style.setProperty("--share", `${100 * limit(share, 0, 1)}%`);
    return make("li", { class: "twq-row" }, make("span", { class: "twq-text", text }), make("span", { class: "twq-share", text: percent(share) }), bar);
  }
  function read() {
    const asked = model.get("title"), busy = model.get("busy"), problem = model.get("problem");
    root.hidden = !asked;
    root.setAttribute("aria-label", asked);
    root.setAttribute("aria-busy", Boolean(busy));
    write(title, asked);
    write(close, busy ? "Stop" : "Close");
    const lines = busy ? [busy] : problem ? [problem] : model.get("sentences");
    const parts = lines.map((text, i) => make("p", { class: i || busy ? "twq-more" : "twq-first", text }));
    const rows = busy || problem ? [] : model.get("rows");
    if (rows.length) parts.push(make("p", { class: "twq-lead", text: model.get("lead") }), make("ul", { class: "twq-rows" }, ...rows.map(row)));
    body.replaceChildren(...parts);
    if (asked && asked !== open) title.focus({ preventScroll: true });
    if (asked && asked !== open) root.scrollIntoView({ block: "nearest", behavior: calmly() ? "auto" : "smooth" });
    open = asked;
    root.dataset.version = model.get("version");
  }
  return follow(model, root, { "title sentences rows lead busy problem version": read });
}

export default { render };
