// A page within the page. The frame is sandboxed: no script in it runs, and it cannot reach this page.

function render({ model, el }) {
  const frame = make("iframe", { class: "twb-preview", sandbox: "" });
  const root = make("div", { class: "twb-part", "data-testid": "report-preview" }, frame);
  el.append(root);
  const read = () => {
    frame.title = model.get("label");
    frame.srcdoc = model.get("page");
  };
  const paint = () => dress(model, root);
  const ends = [watchTheme(paint), listen(model, { "page label": read, colours: paint })];
  read();
  paint();
  root.style.background = "";
  return () => ends.forEach((end) => end());
}

export default { render };
