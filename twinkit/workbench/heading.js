// A heading within an answer.

function render({ model, el }) {
  const root = make("h3", { class: "twb-heading" });
  el.append(root);
  const read = () => write(root, model.get("text"));
  const paint = () => dress(model, root);
  const ends = [watchTheme(paint), listen(model, { text: read, colours: paint })];
  read();
  paint();
  root.style.background = "";
  return () => ends.forEach((end) => end());
}

export default { render };
