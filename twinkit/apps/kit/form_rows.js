// The kinds of rows of a form. `update()` takes a new description of the field, `show()` its value.

/** Options of a choice; a third word of an option is the heading that it stands under. */
function underHeadings(options) {
  const made = [], groups = new Map();
  for (const [name, text, heading] of options) {
    const option = make("option", { value: name, text });
    if (!heading) made.push(option);
    else if (groups.has(heading)) groups.get(heading).append(option);
    else {
      groups.set(heading, make("optgroup", { label: heading }, option));
      made.push(groups.get(heading));
    }
  }
  return made;
}

/**
 * Makers of rows, by the type of the field.
 * `id` is unique to the form; `value(name)` reads, `put(name, value)` tells Python, `send` sends a message.
 */
function formRows(id, value, put, send) {
  const written = (x, factor) => (x === null || x === undefined || Number.isNaN(x) ? "" : String(Number((x * factor).toFixed(4))));

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
        box.step = field.plain ? "any" : field.step * scale;
        range.hidden = Boolean(field.plain);
        range.disabled = box.disabled = Boolean(field.off);
        box.style.width = field.plain ? "9.5em" : "";
        write(top.firstChild, field.label);
        write(unit, field.unit || "");
      },
      show() {
        const now = value(field.name), text = written(now, factor());
        if (document.activeElement !== box) box.value = text;
        if (document.activeElement !== range || Math.abs(range.valueAsNumber - now * factor()) > field.step * factor()) range.value = text || range.min;
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
        select.replaceChildren(...underHeadings(field.options));
      },
      show: () => (select.value = value(field.name) ?? ""),
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

  function listRow(field) {
    const label = make("p", { class: "twf-label" });
    const list = make("ul", { class: "twf-list" });
    const item = (text, i) => {
      const pick = make("button", { type: "button", class: "twf-pick", text, onclick: () => put(field.name, i) });
      const drop = make("button", {
        type: "button", class: "twf-drop", text: "\u00d7", "aria-label": `${field.remove}: ${text}`, title: field.remove,
        onclick: () => send({ press: "remove", field: field.name, item: i }),
      });
      return make("li", { class: "twf-item" }, pick, ...(field.remove ? [drop] : []));
    };
    const add = make("button", { type: "button", class: "twf-button twf-add", "data-testid": "press-add", onclick: () => send({ press: "add", field: field.name }) });
    return {
      parts: [label, list, add],
      update() {
        write(label, field.label);
        label.hidden = !field.label;
        list.setAttribute("aria-label", field.label || "What happens");
        list.replaceChildren(...field.items.map(item));
        add.hidden = !field.add;
        write(add, field.add || "");
      },
      show: () => [...list.children].forEach((one, i) => one.firstChild.setAttribute("aria-pressed", i === value(field.name))),
    };
  }

  return { number: numberRow, choice: choiceRow, name: nameRow, flag: flagRow, tabs: radioRow, list: listRow };
}
