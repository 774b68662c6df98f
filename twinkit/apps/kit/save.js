// Files that Python makes when they are asked for.

function render({ model, el }) {
  const bar = make("div", { class: "tws-bar", role: "group" });
  const told = make("span", { class: "tws-told", role: "status", "data-testid": "save-told" });
  const failed = make("p", { class: "tws-failed", role: "alert", hidden: true, "data-testid": "save-failed" });
  const lead = make("span", { class: "tws-lead" });
  const root = make("section", { class: "tws", "data-testid": model.get("testid") }, bar, told, failed);
  el.append(root);

  function readOffers() {
    const busy = model.get("busy"), why = model.get("why");
    write(lead, model.get("label"));
    bar.setAttribute("aria-label", model.get("label") || "Save");
    const button = ([name, label]) =>
      make("button", {
        type: "button", class: "twf-button", "data-testid": `save-${name}`, disabled: Boolean(busy || why), title: why || null,
        text: busy === name ? `${label}: being made …` : label, onclick: () => press(name),
      });
    bar.replaceChildren(...(model.get("label") ? [lead] : []), ...model.get("offers").map(button));
    bar.setAttribute("aria-busy", Boolean(busy));
  }
  function press(name) {
    write(told, "");
    model.send({ press: name });
  }
  function readFailure() {
    failed.hidden = !model.get("failure");
    write(failed, model.get("failure"));
  }
  const saved = takeDeliveries(model, (message) => write(told, `${message.file} is saved.`));
  return follow(model, root, { "offers label busy why": readOffers, failure: readFailure }, saved);
}

export default { render };
