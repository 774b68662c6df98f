// The top of the workbench: the case, the scenario that is looked at, undo and redo, the history, and whether all is saved.

function render({ model, el }) {
  const tell = (message) => model.send(message);
  const button = (text, name, act) => make("button", { type: "button", class: "twf-button twb-small", text, "data-testid": `bar-${name}`, onclick: act });
  const name = make("h2", { class: "twb-name" }), from = make("span", { class: "twb-from" });
  const chosen = make("select", { "data-testid": "chosen" });
  chosen.addEventListener("change", () => tell({ choose: chosen.value }));
  const number = (label, testid, key) => {
    const input = make("input", { type: "number", min: 1, step: 1, "data-testid": testid });
    input.addEventListener("change", () => tell({ [key]: input.valueAsNumber }));
    return [input, make("label", { class: "twb-field" }, label, input)];
  };
  const [worlds, worldsField] = number("Worlds", "worlds", "replications"), [seed, seedField] = number("Seed", "seed", "seed");
  seed.min = 0;
  const undo = button("Undo", "undo", () => tell({ undo: true })), redo = button("Redo", "redo", () => tell({ redo: true }));
  const open = button("History", "history", () => tell({ history: history.hidden }));
  const kept = make("span", { class: "twb-kept", role: "status", "data-testid": "kept" });
  const bar = make("div", { class: "twb-bar" }, make("div", {}, name, from),
    make("label", { class: "twb-field" }, "Scenario", chosen), worldsField, seedField,
    make("span", { class: "twb-right" }, kept, undo, redo, open));
  const notes = make("div", { role: "alert", "data-testid": "notices" });
  const history = make("section", { class: "twb-history", hidden: true, "aria-label": "History", id: `twb-history-${++bars}`, "data-testid": "history" });
  open.setAttribute("aria-controls", history.id);
  const root = make("header", { class: "twb-part", "data-testid": "bar" }, bar, notes, history);
  el.append(root);

  function read() {
    write(name, model.get("title"));
    write(from, model.get("place"));
    chosen.replaceChildren(...model.get("scenarios").map((text) => make("option", { value: text, text })));
    chosen.value = model.get("chosen");
    if (document.activeElement !== worlds) worlds.value = model.get("replications");
    if (document.activeElement !== seed) seed.value = model.get("seed");
    undo.disabled = !model.get("undo");
    redo.disabled = !model.get("redo");
    write(kept, model.get("kept"));
    kept.classList.toggle("twb-bad", model.get("failed"));
    const said = model.get("notices").map((text) => make("div", { class: "twb-note twb-caution" }, make("p", { text })));
    if (model.get("failure")) said.push(make("div", { class: "twb-note twb-problems", "data-testid": "failure" }, make("p", { text: model.get("failure") })));
    notes.replaceChildren(...said);
  }

  const moment = (time) => time.replace("T", " ").slice(0, 16);
  function entry(move, now) {
    const act = move.id === now ? make("span", { text: "now" }) : button("Back to here", `restore-${move.id}`, () => tell({ restore: move.id }));
    act.setAttribute("aria-label", move.id === now ? "This is what you look at" : `Back to ${moment(move.time)}: ${move.words}`);
    const line = move.line === "main" ? "" : ` (${move.line})`;
    return make("li", {}, make("time", { datetime: move.time, text: moment(move.time) }),
      make("span", { class: move.id === now ? "twb-now" : null, text: `${move.words}; ${move.author}${line}` }), act);
  }
  function readHistory() {
    const told = model.get("history");
    history.hidden = !told.open;
    open.setAttribute("aria-expanded", String(Boolean(told.open)));
    if (!told.open) return;
    const word = make("input", { type: "text", "aria-label": "Name of the version", placeholder: "Name of a version", "data-testid": "version-name" });
    const keep = button("Keep as a version", "keep", () => word.value.trim() && tell({ keep: word.value.trim() }));
    const parts = [make("h2", { text: "History" }), make("div", { class: "twb-row" }, word, keep)];
    if (told.lines.length > 1) {
      const line = make("select", { "aria-label": "Which thread of changes", "data-testid": "line" }, ...told.lines.map((text) => make("option", { value: text, text })));
      line.value = told.line;
      line.addEventListener("change", () => tell({ line: line.value }));
      parts.push(make("div", { class: "twb-row twb-field" }, make("label", {}, "Changes by different people; you look at ", line)));
    }
    if (told.versions.length) {
      parts.push(make("ol", { "aria-label": "Versions" }, ...told.versions.map((version) =>
        make("li", { "data-testid": "version" }, make("time", { datetime: version.time, text: moment(version.time) }),
          make("span", {}, make("strong", { text: version.name }), ` by ${version.author}. Since then: ${version.since}.`),
          button("Back to here", `restore-${version.move}`, () => tell({ restore: version.move }))))));
    }
    parts.push(make("ol", { "aria-label": "Moves" }, ...told.moves.map((move) => entry(move, told.now))));
    history.replaceChildren(...parts);
  }
  const end = follow(model, root, {
    "title place scenarios chosen replications seed undo redo kept failed notices failure": read, history: readHistory,
  });
  tell({ opened: true }); // the kernel may have waited since before the last visit
  return end;
}

let bars = 0;

export default { render };
