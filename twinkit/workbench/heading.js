// A heading within an answer.

function render({ model, el }) {
  const root = make("h3", { class: "twb-heading" });
  el.append(root);
  const read = () => write(root, model.get("text"));
  return follow(model, root, { text: read });
}

export default { render };
