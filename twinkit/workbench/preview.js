// A page within the page. The frame is sandboxed: no script in it runs, and it cannot reach this page.

function render({ model, el }) {
  const frame = make("iframe", { class: "twb-preview", sandbox: "" });
  const root = make("div", { class: "twb-part", "data-testid": "report-preview" }, frame);
  el.append(root);
  const read = () => {
    frame.title = model.get("label");
    frame.srcdoc = model.get("page");
  };
  return follow(model, root, { "page label": read });
}

export default { render };
