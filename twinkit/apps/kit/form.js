// A form of native inputs. Every field has a label, a unit and, where it helps, an explanation.

let forms = 0;

function render({ model, el }) {
  const id = `twf${++forms}`;
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
  const written = (x, factor) => (x === null || x === undefined || Number.isNaN(x) ? "" : String(Number((x * factor).toFixed(4))));

  // --- one kind of row each: `update(field)` takes a new description, `show()` the value
  function numberRow(field) {
    const key = `${id}-${field.name}`;
    const range = make("input", { type: "range", class: "twf-range", tabindex: 0 });
    const box = make("input", { type: "number", class: "twf-number", id: key, inputmode: "decimal" });
    const unit = make("span", { class: "twf-unit" });
    const factor = () => field.factor || 1;
    range.addEventListener("input", () => put(field.name, Number((range.valueAsNumber / factor()).toFixed(9))));
    box.addEventListener("input", () => {
      const typed = box.valueAsNumber;
      put(field.name, Number.isFinite(typed) ? Number((typed / factor()).toFixed(9)) : null);
    });
    const top = make("div", { class: "twf-top" }, make("label", { class: "twf-label", for: key }), make("span", { class: "twf-value" }, box, unit));
    return {
      parts: [top, range],
      update() {
        const scale = factor();
        Object.assign(range, { min: field.low * scale, max: field.high * scale, step: field.step * scale });
        range.setAttribute("aria-label", field.label);
        range.setAttribute("aria-describedby", `${key}-help`);
        box.setAttribute("aria-describedby", `${key}-help`);
        box.step = field.step * scale;
        write(top.firstChild, field.label);
        write(unit, field.unit || "");
      },
      show() {
        const now = value(field.name), text = written(now, factor());
        if (document.activeElement !== box) box.value = text;
        if (document.activeElement !== range || Math.abs(range.valueAsNumber - now * factor()) > field.step * factor()) range.value = text;
        range.setAttribute("aria-valuetext", `${text} ${field.unit || ""}`);
        const part = (range.valueAsNumber - range.min) / (range.max - range.min || 1);
        range.style.setProperty("--part", `${100 * part}%`);
      },
    };
  }

  function choiceRow(field) {
    const key = `${id}-${field.name}`;
    const label = make("label", { class: "twf-label", for: key });
    const select = make("select", { class: "twf-select", id: key, "aria-describedby": `${key}-help` });
    select.addEventListener("change", () => put(field.name, select.value));
    return {
      parts: [label, select],
      update() {
        write(label, field.label);
        select.replaceChildren(...field.options.map(([name, text]) => make("option", { value: name, text })));
      },
      show: () => (select.value = value(field.name)),
    };
  }

  function nameRow(field) {
    const key = `${id}-${field.name}`;
    const label = make("label", { class: "twf-label", for: key });
    const list = make("datalist", { id: `${key}-list` });
    const box = make("input", { type: "text", class: "twf-text", id: key, list: `${key}-list`, autocomplete: "off", spellcheck: "false", "aria-describedby": `${key}-help` });
    const commit = () => box.value !== value(field.name) && put(field.name, box.value);
    box.addEventListener("focus", () => box.select());
    box.addEventListener("input", () => field.options.some(([name]) => name === box.value) && commit());
    box.addEventListener("change", commit);
    return {
      parts: [label, box, list],
      update() {
        write(label, field.label);
        list.replaceChildren(...field.options.map(([name, text]) => make("option", { value: name, text })));
      },
      show() {
        if (document.activeElement !== box) box.value = value(field.name) || "";
      },
    };
  }

  function flagRow(field) {
    const key = `${id}-${field.name}`;
    const box = make("input", { type: "checkbox", class: "twf-check", id: key, role: "switch", "aria-describedby": `${key}-help` });
    box.addEventListener("change", () => put(field.name, box.checked));
    const label = make("label", { class: "twf-label", for: key });
    return {
      parts: [make("div", { class: "twf-top" }, label, box)],
      update: () => write(label, field.label),
      show: () => (box.checked = Boolean(value(field.name))),
    };
  }

  function radioRow(field) {
    const legend = make("legend", { class: "twf-label" });
    const set = make("fieldset", { class: "twf-tabs" }, legend);
    return {
      parts: [set],
      update() {
        write(legend, field.label);
        const one = ([name, text]) => {
          const box = make("input", { type: "radio", name: `${id}-${field.name}`, value: name, id: `${id}-${field.name}-${name}` });
          box.addEventListener("change", () => put(field.name, name));
          return make("span", { class: "twf-tab" }, box, make("label", { for: box.id, text }));
        };
        set.replaceChildren(legend, ...field.options.map(one));
      },
      show: () => set.querySelectorAll("input").forEach((box) => (box.checked = box.value === value(field.name))),
    };
  }

  const kinds = { number: numberRow, choice: choiceRow, name: nameRow, flag: flagRow, tabs: radioRow };

  function build() {
    rows.clear();
    const groups = model.get("groups").map((group) => {
      const set = make("div", { class: "twf-group", role: "group", "aria-label": group.title || null });
      if (group.title) set.append(make("h2", { class: "twf-title", text: group.title }));
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

  const paint = () => dress(model, root);
  const ends = [watchTheme(paint), listen(model, { groups: describe, buttons: build, values: show, download: () => readDownload(), colours: paint })];
  build();
  paint();
  root.style.background = "";
  return () => ends.forEach((end) => end());
}

export default { render };
