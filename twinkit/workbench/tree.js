// A tree of native details: the main way is open, the others open when they are asked.

function render({ model, el }) {
  const root = make("div", { class: "twb-part twb-tree", role: "group" });
  el.append(root);

  function line(node) {
    const bar = make("span", { class: "twb-tree-bar", "aria-hidden": "true" });
    bar.style.setProperty("--part", `${Math.round(100 * node.share)}%`);
    return [bar, make("span", { class: "twb-tree-text", text: node.text }), make("span", { class: "twb-tree-more", text: node.more })];
  }
  /** A branch; `open` down the first child of each, which has the largest share. */
  function branch(node, open) {
    if (!node.children.length) return make("li", { class: "twb-tree-leaf" }, ...line(node));
    const list = make("ul", {}, ...node.children.map((child, i) => branch(child, open && i === 0)));
    const box = make("details", {}, make("summary", {}, ...line(node)), list);
    box.open = open;
    return make("li", {}, box);
  }
  function read() {
    root.setAttribute("aria-label", model.get("label"));
    root.dataset.testid = model.get("testid");
    const all = (open) => () => root.querySelectorAll("details").forEach((one) => (one.open = open));
    const buttons = [["Open all", true], ["Close all", false]].map(([text, open]) => make("button", { type: "button", class: "twf-button", text, onclick: all(open) }));
    root.replaceChildren(make("div", { class: "twb-tree-acts" }, ...buttons), make("ul", { class: "twb-tree-top" }, ...model.get("nodes").map((node) => branch(node, true))));
  }
  return follow(model, root, { "nodes label testid": read });
}

export default { render };
