// A form of native inputs. Every field has a label, a unit and, where it helps, an explanation.

function render({ model, el }) {
  const id = unique("form");
  const rows = new Map();
  const root = make("form", { class: `twf ${model.get("look")}`, "data-testid": model.get("testid"), "aria-label": model.get("label") || null });
  root.addEventListener("submit", (event) => event.preventDefault());
  el.append(root);

  /** Tells Python about one value. */
  function put(name, value) {
    const values = { ...model.get("values"), [name]: value };
    model.set("values", values);
    model.save_changes();
    show();
  }
  const value = (name) => model.get("values")[name];

  const kinds = formRows(id, value, put, (message) => model.send(message));

  function build() {
    rows.clear();
    const groups = model.get("groups").map((group) => {
      const set = make(group.folded ? "details" : "div", { class: "twf-group", role: group.folded ? null : "group", "aria-label": group.title || null });
      if (group.title) set.append(make(group.folded ? "summary" : "h2", { class: "twf-title", text: group.title }));
      for (const field of group.fields) {
        const own = { ...field }, row = kinds[field.type](own);
        row.help = make("p", { class: "twf-help", id: `${id}-${field.name}-help` });
        row.field = own;
        row.root = make("div", { class: `twf-row twf-is-${field.type}`, "data-field": field.name }, ...row.parts, row.help);
        rows.set(field.name, row);
        set.append(row.root);
      }
      return set;
    });
    root.replaceChildren(...groups, footer());
    describe();
  }

  /** Takes new descriptions into the rows that are there, so that the focus stays where it is. */
  function describe() {
    const fields = model.get("groups").flatMap((group) => group.fields);
    if (fields.length !== rows.size || fields.some((field) => !rows.has(field.name))) return build();
    for (const field of fields) {
      const row = rows.get(field.name), before = JSON.stringify(row.field), first = !row.told;
      if (first || before !== JSON.stringify(field)) {
        for (const name of Object.keys(row.field)) delete row.field[name];
        Object.assign(row.field, field);
        row.update();
        row.told = true;
      }
      row.root.hidden = Boolean(field.hidden);
      row.root.parentElement.hidden = [...row.root.parentElement.querySelectorAll(".twf-row")].every((one) => one.hidden);
      row.root.title = field.type === "number" || field.type === "flag" ? field.help || "" : "";
      write(row.help, field.help || "");
    }
    show();
  }

  function footer() {
    const bar = make("div", { class: "twf-foot" });
    for (const [name, text] of model.get("buttons")) {
      bar.append(make("button", { type: "button", class: "twf-button", "data-testid": `press-${name}`, text, onclick: () => model.send({ press: name }) }));
    }
    if (model.get("file")) bar.append(make("a", { class: "twf-button", download: model.get("file"), "data-testid": "download", text: "Save as a file" }));
    readDownload(bar);
    return bar;
  }
  function readDownload(bar = root) {
    const link = bar.querySelector("a[download]");
    if (link) link.href = `data:application/json;charset=utf-8,${encodeURIComponent(model.get("download"))}`;
  }

  function show() {
    for (const row of rows.values()) {
      row.show();
      row.root.classList.toggle("twf-moved", row.field.start !== undefined && value(row.field.name) !== row.field.start);
    }
  }

  const later = { groups: describe, values: show, download: () => readDownload() }; // building does all three
  return follow(model, root, { buttons: build }, listen(model, later));
}

export default { render };
