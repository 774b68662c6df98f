// Tells Python at which address the page was opened.

function render({ model, el }) {
  const root = make("p", { role: "status", "data-testid": "door" });
  el.append(root);
  const read = () => {
    write(root, model.get("text"));
    root.hidden = !model.get("text");
  };
  const end = listen(model, { text: read });
  read();
  const served = "voila" in document.body.dataset;
  model.send({ opened: served ? location.pathname.replace(/\/+$/, "").split("/").at(-1) : "" });
  return end;
}

export default { render };
