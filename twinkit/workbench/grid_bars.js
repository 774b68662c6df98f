// What stands around the grid: the list of tables, the tools, the pages, the problems, the files.

/** The tables, as buttons with their rows and their problems; those that nobody has filled are folded. */
function tableList(model, put) {
  const list = make("div", { class: "twg-tables", role: "group", "aria-label": "Tables", "data-testid": "tables" });
  let open = false;
  const empty = make("button", { type: "button", class: "twg-tab", "data-testid": "empty-tables", onclick: () => { open = !open; shown.read(); } });
  const shown = {
    list,
    read() {
      const now = model.get("wish").table;
      const focused = list.contains(document.activeElement) ? document.activeElement.dataset.table : null, onEmpty = document.activeElement === empty;
      const idle = (table) => !(table.rows || table.wrong || table.changed || table.needed || table.name === now);
      const folded = model.get("tables").filter(idle).length;
      empty.hidden = !folded;
      empty.setAttribute("aria-expanded", String(open));
      write(empty, open ? "Hide empty tables" : `${many(folded, "empty table")} …`);
      list.replaceChildren(...model.get("tables").filter((table) => open || !idle(table)).map((table) => {
        const notes = [table.wrong ? many(table.wrong, "problem") : "", table.changed ? "changed" : ""].filter(Boolean);
        return make("button", {
          type: "button", class: "twg-tab", "aria-pressed": String(table.name === now), "data-table": table.name,
          onclick: () => put({ table: table.name, sort: "", down: false, words: "", only: "all" }),
        }, make("span", { text: table.label }), make("span", { class: "twg-count", text: table.rows }),
        ...notes.map((text) => make("span", { class: `twg-badge${table.wrong && text !== "changed" ? " twg-bad" : ""}`, text })));
      }), empty);
      if (onEmpty) empty.focus();
      if (focused) list.querySelector(`[data-table="${CSS.escape(focused)}"]`)?.focus();
    },
  };
  return shown;
}

/** Filter, which rows and columns, rows added and taken away, undo and redo. */
function toolBar(model, grid, tell) {
  const words = make("input", { type: "search", class: "twg-words", placeholder: "Filter rows", "aria-label": "Show rows that contain these words", "data-testid": "grid-filter" });
  const later = quietly(() => grid.put({ words: words.value }), 250);
  words.addEventListener("input", later);
  const only = make("select", { class: "twg-only", "aria-label": "Which rows are shown" },
    ...[["all", "All rows"], ["wrong", "Rows with problems"], ["changed", "Changed rows"]].map(([value, text]) => make("option", { value, text })));
  only.addEventListener("change", () => grid.put({ only: only.value }));
  const every = make("input", { type: "checkbox" });
  every.addEventListener("change", () => grid.put({ every: every.checked }));
  const button = (text, name, act) => make("button", { type: "button", class: "twf-button twb-small", text, "data-testid": `grid-${name}`, onclick: act });
  const add = button("Add row", "add", () => tell({ add: true }));
  const twice = button("Duplicate", "duplicate", () => tell({ duplicate: grid.chosen() }));
  const away = button("Delete", "delete", () => { tell({ delete: grid.chosen() }); grid.clear(); });
  const undo = button("Undo", "undo", () => tell({ undo: true })), redo = button("Redo", "redo", () => tell({ redo: true }));
  const page = make("span", { class: "twg-page", role: "status" });
  const back = button("‹", "back", () => grid.turn(-1)), next = button("›", "next", () => grid.turn(1));
  back.setAttribute("aria-label", "Rows before");
  next.setAttribute("aria-label", "Rows after");
  const bar = make("div", { class: "twg-bar", role: "toolbar", "aria-label": "Tools of the table" }, words, only,
    make("label", { class: "twg-check" }, every, "All columns"), add, twice, away, undo, redo, make("span", { class: "twg-pages" }, page, back, next));
  const picked = () => {
    const count = grid.chosen().length;
    twice.disabled = away.disabled = !count;
    twice.title = away.title = count ? "" : "Tick rows first";
    write(away, count ? `Delete ${many(count, "row")}` : "Delete");
  };
  grid.table.addEventListener("picked", picked);
  return {
    bar,
    read() {
      const wish = model.get("wish"), { first = 0, shown = 0, total = 0, size = 50, gone = 0 } = model.get("page");
      if (document.activeElement !== words) words.value = wish.words;
      only.value = wish.only;
      every.checked = wish.every;
      undo.disabled = !model.get("undo");
      redo.disabled = !model.get("redo");
      const range = shown > size ? `${first + 1}–${Math.min(first + size, shown)} of ` : "";
      const rest = shown < total ? ` (${total.toLocaleString("en")} in all)` : "";
      write(page, `${range}${shown.toLocaleString("en")} ${shown === 1 ? "row" : "rows"}${rest}${gone ? `; ${gone} deleted` : ""}`);
      back.hidden = next.hidden = shown <= size;
      back.disabled = first <= 0;
      next.disabled = first + size >= shown;
      picked();
    },
    end: later.end,
  };
}

/** Whether the tables are sound, on one line, so that the page never moves under the pointer; it opens to every problem. */
function problemList(model, tell) {
  const count = make("summary", { "data-testid": "problem-count" }), list = make("ol");
  const box = make("details", { class: "twg-problems", "data-testid": "problems" }, count, list);
  const live = make("span", { class: "twg-hide", role: "status" });
  return {
    box: make("div", {}, box, live),
    read() {
      const problems = model.get("problems");
      const said = problems.length ? `${many(problems.length, "problem")} in the tables. ${model.get("note")}` : "The tables are sound.";
      box.classList.toggle("twg-sound", !problems.length);
      write(count, said);
      write(live, said);
      list.replaceChildren(...problems.map(([text, placed], number) =>
        make("li", {}, placed ? make("button", { type: "button", class: "twg-link", text, onclick: () => tell({ jump: number }) }) : make("span", { text }))));
    },
  };
}

/** Files in, and what came of it. */
function fileBar(model, tell) {
  const file = make("input", { type: "file", multiple: true, accept: ".csv,.xlsx,.xlsm", class: "twg-hide", tabindex: -1, "aria-label": "Files to import", "data-testid": "grid-file" });
  const choose = make("button", { type: "button", class: "twf-button twb-small", text: "Import CSV or Excel …", title: "or drop the files on the tables", "data-testid": "grid-import", onclick: () => file.click() });
  const accept = make("button", { type: "button", class: "twf-button twb-small", text: "Load it anyway, to mend it here", "data-testid": "grid-accept", onclick: () => tell({ accept: true }) });
  const said = make("div", { class: "twg-said", role: "status", "data-testid": "grid-said" });
  const differs = make("details", { class: "twg-differs", "data-testid": "differences" });
  file.addEventListener("change", () => {
    const files = [...file.files];
    file.value = "";
    load(files);
  });
  async function load(files) {
    if (!files.length) return;
    if (files.reduce((sum, one) => sum + one.size, 0) > 8e6) return said.replaceChildren(make("p", { text: "Nothing was loaded: the files are larger than 8 MB together. Put them into the folder of the case instead." }));
    const contents = await Promise.all(files.map((one) => one.arrayBuffer()));
    model.send({ upload: files.map((one) => one.name) }, undefined, contents);
  }
  return {
    /** Takes files that are dropped on a part of the page. */
    dropOn(part) {
      const carries = (event) => [...event.dataTransfer.types].includes("Files");
      const over = (is) => part.classList.toggle("twg-drop", is);
      part.addEventListener("dragover", (event) => { if (carries(event)) { event.preventDefault(); over(true); } });
      part.addEventListener("dragleave", (event) => { if (!part.contains(event.relatedTarget)) over(false); });
      part.addEventListener("drop", (event) => {
        if (!carries(event)) return;
        event.preventDefault();
        over(false);
        load([...event.dataTransfer.files]);
      });
    },
    bar: make("div", { class: "twg-files" }, choose, file),
    said: make("div", {}, said, accept, differs),
    read() {
      said.replaceChildren(...model.get("said").map((text) => make("p", { text })));
      accept.hidden = !model.get("offer");
      const words = model.get("differences");
      differs.hidden = !words.length;
      differs.replaceChildren(make("summary", { text: `${many(words.length, "difference")} from the case on the disk` }), make("ul", {}, ...words.map((text) => make("li", { text }))));
    },
  };
}
