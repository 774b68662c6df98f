// Lines of a program: a button shows and copies them.

function render({ model, el }) {
  const id = unique("code");
  const open = make("button", { type: "button", class: "twf-button", "aria-expanded": "false", "aria-controls": id, "data-testid": `${model.get("testid")}-open` });
  const said = make("span", { class: "twb-said", role: "status" });
  const code = make("pre", { class: "twb-code", id, hidden: true, tabindex: 0, "aria-label": "Python code", "data-testid": model.get("testid") });
  const root = make("section", { class: "twb-part", "aria-label": "Program" }, open, " ", said, code);
  el.append(root);
  open.addEventListener("click", async () => {
    const shows = code.hidden;
    code.hidden = !shows;
    open.setAttribute("aria-expanded", String(shows));
    read();
    write(said, shows ? ((await copy(model.get("text"))) ? "Copied." : "Select the code and copy it.") : "");
  });
  function read() {
    write(open, code.hidden ? model.get("label") : "Hide the code");
    open.disabled = !model.get("text");
    write(code, model.get("text"));
  }
  return follow(model, root, { "text label": read });
}

export default { render };
