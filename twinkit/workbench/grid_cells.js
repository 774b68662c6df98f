// The cells of the grid: one input each. Arrows walk, typing replaces, Enter or F2 edits, Escape takes back.

/**
 * Makes the table. `tell` sends a message to Python and gives its number; `tell.view` names the view among those of one grid.
 * A cell is walked over (read only) or edited; the Tab key leaves the grid from a cell that is walked over.
 */
function gridTable(model, tell) {
  const heads = make("tr"), body = make("tbody");
  const table = make("table", { class: "twg-table", role: "grid" }, make("thead", {}, heads), body);
  const box = make("div", { class: "twg-box", "data-testid": "grid" }, table);
  const from = make("p", { class: "twg-from", hidden: true, text: NOWHERE });
  let cells = new Map(), key = "", editing = null, stop = null, chosen = new Set(), shape = "", asked = "";
  const pending = new Map(); // cell → what was typed there and is not in a page yet: a page that answers an earlier edit must not take it back
  const name = (row, column) => `${row}\t${column}`;

  const isNumber = (column) => column.kind === "number" || column.kind === "whole";
  function head(column) {
    const { sort, down } = model.get("wish");
    const sorted = sort === column.name;
    const button = make("button", { type: "button", class: "twg-sort", onclick: () => put({ sort: sorted && down ? "" : column.name, down: sorted && !down }) },
      make("span", { text: column.label + (column.required ? " *" : "") }), make("span", { class: "twg-unit", text: column.unit }));
    const th = make("th", { scope: "col", class: isNumber(column) ? "twg-right" : null, "data-column": column.name, "aria-sort": sorted ? (down ? "descending" : "ascending") : null }, button);
    th.append(tipOf(button, column.definition));
    return th;
  }
  /** Changes what is looked at. */
  function put(change) {
    model.set("wish", { ...model.get("wish"), first: 0, ...change });
    model.save_changes();
  }

  function makeCell(row, column) {
    const list = model.get("page").lists[column.name];
    const input = make("input", {
      class: `twg-cell${isNumber(column) ? " twg-right" : ""}`, readonly: true, tabindex: -1, autocomplete: "off", spellcheck: "false",
      list: list ? `${key}-${column.name}` : null, "aria-label": `${column.label}, row ${row + 2}`, "data-row": row, "data-column": column.name,
    });
    const why = make("span", { class: "twg-why", hidden: true });
    const td = make("td", { role: "gridcell" }, input, why);
    const cell = { td, input, why, row, column: column.name, value: "" };
    cells.set(name(row, column.name), cell);
    return td;
  }
  function makeRow([row]) {
    const box = make("input", { type: "checkbox", class: "twg-pick", tabindex: -1, "aria-label": `Choose row ${row + 2}` });
    box.checked = chosen.has(row);
    box.addEventListener("change", () => { box.checked ? chosen.add(row) : chosen.delete(row); picked(); });
    const about = model.get("page").about[row];
    const th = make("th", { scope: "row", class: "twg-number", title: about || null }, make("label", {}, box, make("span", { text: row + 2 })));
    const why = make("span", { class: "twg-why", hidden: true });
    th.append(why);
    cells.set(name(row, ""), { td: th, why, row, column: "", value: "" });
    return make("tr", { "data-row": row }, th, ...model.get("page").columns.map((column) => makeCell(row, column)),
      ...(about ? [make("td", { class: "twg-about", text: about })] : []));
  }
  const picked = () => table.dispatchEvent(new CustomEvent("picked"));

  /** Brings the grid up to the page; a cell that is being edited keeps what is typed. */
  function read() {
    const page = model.get("page");
    if (!page.columns) return;
    const now = JSON.stringify([page.table, page.columns, page.rows.map(([row]) => row), page.lists, page.about]);
    if (now !== shape) {
      const at = editing || focused();
      const typed = editing ? editing.input.value : null;
      const kept = editing;
      editing = null;
      if (page.table !== asked) chosen = new Set();
      chosen = new Set([...chosen].filter((row) => row < page.total));
      [shape, asked, key] = [now, page.table, `twg-${++grids}`];
      cells = new Map();
      heads.replaceChildren(make("th", { scope: "col", class: "twg-number" }, make("span", { class: "twg-hide", text: "Row" })), ...page.columns.map(head));
      body.replaceChildren(...page.rows.map(makeRow));
      lists.replaceChildren(...Object.entries(page.lists).map(([column, names]) => make("datalist", { id: `${key}-${column}` }, ...names.map((value) => make("option", { value })))));
      const again = at && cells.get(name(at.row, at.column));
      if (again) {
        focus(again);
        if (kept) edit(again, typed);
      } else stop = null;
    } else markSort(page);
    for (const [id, { number, table }] of pending) if (number <= (page.done[tell.view] || 0) || table !== page.table) pending.delete(id);
    page.rows.forEach(([row, values]) => values.forEach((value, k) => {
      const id = name(row, page.columns[k].name);
      fill(cells.get(id), pending.has(id) ? pending.get(id).text : value);
    }));
    marks(page);
    if (!stop) rove([...cells.values()].find((cell) => cell.input));
    picked();
  }
  function markSort(page) {
    const { sort, down } = model.get("wish");
    [...heads.children].slice(1).forEach((th, i) => {
      if (page.columns[i].name === sort) th.setAttribute("aria-sort", down ? "descending" : "ascending");
      else th.removeAttribute("aria-sort");
    });
  }
  function fill(cell, value) {
    cell.value = value;
    if (cell !== editing) cell.input.value = value;
  }
  function marks(page) {
    const wrong = new Map(page.wrong.map(([row, column, said]) => [name(row, column), said]));
    const changed = new Map(page.changed.map(([row, column, before]) => [name(row, column), before]));
    const added = new Set(page.added), sources = new Map((page.sources || []).map(([row, column, said]) => [name(row, column), said]));
    from.hidden = !sources.size;
    for (const [id, cell] of cells) {
      const said = wrong.get(id) || "", before = changed.get(id);
      cell.source = sources.get(id) || "";
      cell.td.classList.toggle("twg-wrong", Boolean(said));
      cell.td.classList.toggle("twg-changed", before !== undefined || (added.has(cell.row) && !cell.input));
      cell.why.hidden = !said;
      write(cell.why, said);
      const told = [before !== undefined ? `On the disk: ${before || "empty"}` : added.has(cell.row) && !cell.input ? "Not on the disk yet" : "", cell.source].filter(Boolean).join("\n");
      if (told) cell.td.title = told;
      else if (cell.input) cell.td.removeAttribute("title");
      if (!cell.input) continue;
      cell.input.setAttribute("aria-invalid", Boolean(said));
      cell.input.setAttribute("aria-description", [said, before !== undefined ? `changed; on the disk ${before || "empty"}` : ""].filter(Boolean).join(" "));
    }
  }

  /** Sends what was typed into a cell, and shows it until a page has it. */
  function type(cell, text) {
    fill(cell, text);
    const number = tell({ put: [cell.row, cell.column, [[text]]] });
    pending.set(name(cell.row, cell.column), { number, text, table: model.get("page").table });
  }

  // --- walking and editing
  const cellOf = (element) => element && cells.get(name(Number(element.dataset.row), element.dataset.column));
  const focused = () => (body.contains(document.activeElement) ? cellOf(document.activeElement) : null);
  function rove(cell) {
    if (stop?.input) stop.input.tabIndex = -1;
    stop = cell || null;
    if (stop) stop.input.tabIndex = 0;
  }
  function focus(cell) {
    rove(cell);
    cell.input.focus({ preventScroll: false });
    if (cell.input.readOnly) cell.input.select();
  }
  function edit(cell, text = null) {
    editing = cell;
    cell.input.readOnly = false;
    cell.td.classList.add("twg-editing");
    if (text !== null) cell.input.value = text;
    cell.input.setSelectionRange(cell.input.value.length, cell.input.value.length);
  }
  function leave(keep) {
    const cell = editing;
    if (!cell) return;
    editing = null;
    cell.input.readOnly = true;
    cell.td.classList.remove("twg-editing");
    const text = cell.input.value;
    if (keep && text !== cell.value) type(cell, text);
    else cell.input.value = cell.value;
  }
  function step(cell, across, down) {
    const page = model.get("page");
    const rows = page.rows.map(([row]) => row), columns = page.columns.map((column) => column.name);
    const i = limit(rows.indexOf(cell.row) + down, 0, rows.length - 1), k = limit(columns.indexOf(cell.column) + across, 0, columns.length - 1);
    focus(cells.get(name(rows[i], columns[k])));
  }
  const MOVES = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0], Home: [-999, 0], End: [999, 0] };

  body.addEventListener("focusin", (event) => { const cell = cellOf(event.target); if (cell?.input === event.target) { rove(cell); write(from, cell.source || NOWHERE); } });
  body.addEventListener("focusout", (event) => { if (editing && event.target === editing.input) leave(true); });
  body.addEventListener("mousedown", (event) => {
    const cell = event.target.classList.contains("twg-cell") && cellOf(event.target);
    if (cell && cell !== editing && document.activeElement === cell.input) edit(cell);
  });
  body.addEventListener("dblclick", (event) => { const cell = cellOf(event.target); if (cell?.input && cell !== editing) edit(cell); });
  body.addEventListener("keydown", (event) => {
    const cell = event.target.classList.contains("twg-cell") && cellOf(event.target);
    if (!cell) return;
    const control = event.ctrlKey || event.metaKey, letter = event.key.length === 1 && !control && !event.altKey;
    if (editing) {
      if (event.key === "Enter") { leave(true); step(cell, 0, event.shiftKey ? -1 : 1); }
      else if (event.key === "Tab") { leave(true); step(cell, event.shiftKey ? -1 : 1, 0); }
      else if (event.key === "Escape") { leave(false); cell.input.select(); }
      else return;
    } else if (MOVES[event.key] && !control) step(cell, ...MOVES[event.key]);
    else if (event.key === "PageDown" || event.key === "PageUp") turn(event.key === "PageDown" ? 1 : -1);
    else if (event.key === "Enter" || event.key === "F2") edit(cell);
    else if (event.key === "Delete" || event.key === "Backspace") { if (cell.value) type(cell, ""); }
    else if (control && event.key.toLowerCase() === "z") tell(event.shiftKey ? { redo: true } : { undo: true });
    else if (control && event.key.toLowerCase() === "y") tell({ redo: true });
    else if (letter) { edit(cell, event.key); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  body.addEventListener("paste", (event) => {
    const cell = cellOf(event.target);
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!cell?.input || (editing && !/[\t\n]/.test(text.replace(/\r?\n$/, "")))) return;
    event.preventDefault();
    leave(false);
    const block = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    tell({ put: [cell.row, cell.column, block] });
  });

  function turn(by) {
    const { first, size, shown } = model.get("page");
    const next = limit(first + by * size, 0, Math.max(0, Math.ceil(shown / size) - 1) * size);
    if (next !== first) put({ first: next });
  }
  /** Puts the focus on a cell that Python names. */
  function goto() {
    const [row, column] = model.get("goto");
    const cell = cells.get(name(row, column)) || [...cells.values()].find((one) => one.row === row && one.input);
    if (cell?.input) {
      focus(cell);
      cell.td.scrollIntoView({ block: "center", inline: "center" });
    }
  }
  const lists = make("div", { hidden: true });
  box.append(lists);
  return { box, table, from, read, goto, turn, put, chosen: () => [...chosen].sort((a, b) => a - b), clear: () => { chosen = new Set(); for (const pick of body.querySelectorAll(".twg-pick")) pick.checked = false; picked(); } };
}

let grids = 0;
const NOWHERE = "Go to a cell, or point at it, to see where it comes from.";
