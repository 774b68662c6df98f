// A table of text: headers that sort and say what they mean, rows that can be chosen.

const SHORT = 18; // letters of a text that is kept on one line where there is room
const LONG = 32; // letters from which on a text has room for more than its longest word

function render({ model, el }) {
  const caption = make("caption", { class: "twt-caption" });
  const heads = make("tr"), body = make("tbody");
  const table = make("table", { class: "twt-table" }, caption, make("thead", {}, heads), body);
  const box = make("div", { class: "twt-box", tabindex: 0, role: "region" }, table);
  const empty = make("p", { class: "twt-empty" });
  const root = make("div", { class: "twt", "data-testid": model.get("testid") }, box, empty);
  el.append(root);
  let by = -1, down = false;

  const isNumber = (column) => (column.align ? column.align === "right" : ["number", "money", "share", "time"].includes(column.kind));
  const choosing = () => model.get("selectable");

  /** Order of the rows: by a column, what has no value last; else as they came. */
  function order() {
    const rows = model.get("rows"), values = model.get("sort");
    const all = rows.map((_, i) => i);
    if (by < 0) return all;
    const key = (i) => (values.length ? values[i][by] : rows[i][by]);
    const lacking = (value) => value === null || value === undefined || value === "";
    const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true }));
    return all.sort((i, j) => {
      const a = key(i), b = key(j);
      if (lacking(a) || lacking(b)) return lacking(a) - lacking(b) || i - j;
      return (down ? -1 : 1) * compare(a, b) || i - j;
    });
  }

  function sortBy(number) {
    if (by !== number) [by, down] = [number, isNumber(model.get("columns")[number])];
    else if (down === isNumber(model.get("columns")[number])) down = !down;
    else by = -1;
    markHeads();
    fill();
  }

  function makeHead(column, number) {
    const button = make("button", { type: "button", class: "twt-sort", onclick: () => sortBy(number) }, make("span", { text: column.label ?? column.name }));
    const head = make("th", { scope: "col", class: isNumber(column) ? "twt-right" : null }, button);
    if (column.definition) head.append(tipOf(button, column.definition));
    return head;
  }
  function markHeads() {
    [...heads.children].forEach((head, i) => {
      if (i === by) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }
  function readColumns() {
    by = Math.min(by, model.get("columns").length - 1);
    heads.replaceChildren(...model.get("columns").map(makeHead));
    markHeads();
    fill();
  }

  /** A number and its interval: a line may end between them, not within either. */
  function partsOf(text) {
    const at = text.indexOf(" (");
    return (at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]).flatMap((part, i) => [...(i ? [" "] : []), make("span", { class: "twt-whole", text: part })]);
  }

  function choose(number) {
    model.set("selected", number);
    model.save_changes();
    markChosen();
  }
  function makeRow(number) {
    const columns = model.get("columns");
    const cell = (text, k) => {
      const right = columns[k] && isNumber(columns[k]) ? "twt-right" : String(text ?? "").length > LONG ? "twt-long" : null;
      const short = k && String(text ?? "").length <= SHORT;
      const parts = right === "twt-right" || short ? partsOf(String(text ?? "")) : [String(text ?? "")];
      return k ? make("td", { class: right }, ...parts) : make("th", { scope: "row", class: right }, ...parts);
    };
    const row = make("tr", { "data-row": number }, ...model.get("rows")[number].map(cell));
    const tip = (model.get("tips") || [])[number];
    if (tip) {
      const ask = make("button", { type: "button", class: "twt-ask", text: row.firstChild.textContent });
      row.firstChild.replaceChildren(ask, tipOf(ask, tip));
    }
    if (choosing()) row.addEventListener("click", () => choose(number));
    return row;
  }
  function fill() {
    const focused = document.activeElement?.closest?.("tr")?.dataset.row;
    const rows = order();
    body.replaceChildren(...rows.map(makeRow));
    box.hidden = !rows.length;
    empty.hidden = Boolean(rows.length) || !model.get("empty");
    write(empty, model.get("empty"));
    markChosen();
    if (focused !== undefined && body.contains(document.activeElement) === false) body.querySelector(`[data-row="${focused}"]`)?.focus();
    root.dataset.version = model.get("version");
  }
  /** The rows are one stop of the Tab key; the arrows go from row to row, Enter chooses. */
  function markChosen() {
    if (!choosing()) return;
    table.setAttribute("role", "grid");
    const chosen = model.get("selected");
    const stop = body.querySelector(`[data-row="${chosen}"]`) || body.firstElementChild;
    for (const row of body.children) {
      row.setAttribute("aria-selected", Number(row.dataset.row) === chosen);
      row.tabIndex = row === stop ? 0 : -1;
    }
  }
  body.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr");
    if (!choosing() || !row) return;
    const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling, Home: body.firstElementChild, End: body.lastElementChild }[event.key];
    if (event.key === "Enter" || event.key === " ") choose(Number(row.dataset.row));
    else if (next) next.focus();
    else return;
    event.preventDefault();
  });

  function readCaption() {
    write(caption, model.get("caption"));
    box.setAttribute("aria-label", model.get("caption") || "Table");
  }
  const later = { "rows sort tips empty version": fill, selected: markChosen }; // reading the columns does both
  return follow(model, root, { caption: readCaption, columns: readColumns }, listen(model, later));
}

export default { render };
