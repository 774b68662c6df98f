// The scenarios: a press on a name looks at it, a tick compares it, and one of the ticked is the baseline.

function render({ model, el }) {
  const id = unique("twsc");
  const tell = (message) => model.send(message);
  const button = (text, press) => make("button", { type: "button", class: "twf-button twb-small", text, "data-testid": `scenario-${press}`, onclick: () => tell({ press }) });
  const body = make("tbody");
  const table = make("table", { class: "twsc-table" }, make("thead", {}, make("tr", {},
    make("th", { scope: "col", text: "Scenario" }), make("th", { scope: "col", text: "Compare" }), make("th", { scope: "col", text: "Baseline" }))), body);
  const file = make("input", { type: "file", accept: ".json,application/json", class: "twsc-hide", tabindex: -1, "aria-label": "File of scenarios", "data-testid": "scenario-file" });
  file.addEventListener("change", async () => {
    const [one] = file.files;
    file.value = "";
    if (one) tell({ load: one.size > 4e6 ? "" : await one.text() });
  });
  const twice = button("Duplicate", "duplicate"), away = button("Delete", "delete");
  const load = make("button", { type: "button", class: "twf-button twb-small", text: "Load …", onclick: () => file.click() });
  const bar = make("div", { class: "twb-row" }, button("New", "new"), twice, away, button("Save as file", "save"), load, file);
  const said = make("div", { class: "twsc-said", role: "status", "data-testid": "scenario-said" });
  const root = make("section", { class: "twb-part twsc", "aria-label": "Scenarios", "data-testid": "scenario-list" }, table, bar, said);
  el.append(root);

  function row(one, number) {
    const pick = make("button", { type: "button", class: "twsc-name", "aria-pressed": String(one.name === model.get("chosen")), text: one.name, onclick: () => tell({ choose: one.name }) });
    const tick = make("input", { type: "checkbox", "aria-label": `Compare ${one.name}` });
    tick.checked = one.ticked;
    tick.disabled = !one.ticked && model.get("full");
    tick.title = tick.disabled ? "Six can be compared at once" : "";
    tick.addEventListener("change", () => tell({ tick: [one.name, tick.checked] }));
    const base = make("input", { type: "radio", name: id, "aria-label": `Compare with ${one.name}` });
    base.checked = one.name === model.get("base");
    base.disabled = !one.ticked;
    base.addEventListener("change", () => tell({ base: one.name }));
    return make("tr", { "data-scenario": one.name, "data-number": number },
      make("th", { scope: "row" }, pick, make("p", { class: "twsc-about", text: one.about }), ...(one.note ? [make("p", { class: "twsc-note", text: one.note })] : [])),
      make("td", {}, tick), make("td", {}, base));
  }
  function read() {
    const focused = body.contains(document.activeElement) ? document.activeElement : null;
    const place = focused && [focused.closest("tr").dataset.number, focused.closest("th, td").cellIndex];
    body.replaceChildren(...model.get("rows").map(row));
    if (place) body.querySelector(`[data-number="${place[0]}"]`)?.cells[place[1]]?.querySelector("button, input")?.focus();
    const now = model.get("rows").find((one) => one.name === model.get("chosen"));
    away.disabled = !now || now.fixed;
    away.title = away.disabled ? "This one is the chain as it is" : "";
    said.replaceChildren(...model.get("said").map((text) => make("p", { text })));
  }
  return follow(model, root, { "rows chosen base full said": read }, takeDeliveries(model));
}

export default { render };
