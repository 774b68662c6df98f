// Sentences under a heading, and links to the apps that are served beside this one.

function render({ model, el }) {
  const title = make("h2", { class: "twd-told-title", tabindex: -1 });
  const close = make("button", { type: "button", class: "twf-button twd-told-close", text: "Close", onclick: () => model.send({ press: "close" }) });
  const text = make("div", { "aria-live": "polite" }), list = make("ul"), links = make("p", { class: "twd-told-links" });
  const root = make("section", { class: "twd-told", "data-testid": model.get("testid") }, make("div", { class: "twd-told-head" }, title, close), text, list, links);
  el.append(root);

  /** Address of another app; nothing if this page is the only one that is served. */
  function addressOf({ app, hash }) {
    const parts = location.pathname.replace(/\/+$/, "").split("/");
    if (!("voila" in document.body.dataset) || parts.at(-1) !== model.get("here")) return null;
    return [...parts.slice(0, -1), app].join("/") + hash;
  }
  function fillWith(box, tag, lines) {
    while (box.children.length > lines.length) box.lastChild.remove();
    lines.forEach((line, i) => {
      if (!box.children[i]) box.append(make(tag));
      write(box.children[i], line);
    });
    box.hidden = !lines.length;
  }
  function read() {
    write(title, model.get("title"));
    title.hidden = !model.get("title");
    close.hidden = !model.get("closes");
    fillWith(text, "p", model.get("sentences"));
    fillWith(list, "li", model.get("items"));
    const ways = model.get("links").map((link) => [link, addressOf(link)]).filter(([, address]) => address);
    links.replaceChildren(...ways.map(([{ text: words, why }, href]) => why
      ? make("span", { class: "twd-told-off" }, make("button", { type: "button", class: "twf-button", disabled: true, text: words }), make("span", { text: why }))
      : make("a", { class: "twf-button", href, text: words })));
    links.hidden = !ways.length;
    root.hidden = !model.get("sentences").length && !model.get("items").length && !ways.length;
    root.setAttribute("aria-busy", model.get("busy"));
    root.dataset.version = model.get("version");
  }
  return follow(model, root, { "title sentences items links busy closes version": read });
}

export default { render };
