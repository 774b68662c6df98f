// The data panel: tables, tools, problems, the grid and the files.

function render({ model, el }) {
  let sent = 0;
  const tell = (message) => {
    model.send({ ...message, mark: [tell.view, ++sent] });
    return sent;
  };
  tell.view = Math.random().toString(36).slice(2);
  const grid = gridTable(model, tell);
  const tables = tableList(model, grid.put), tools = toolBar(model, grid, tell), problems = problemList(model, tell), files = fileBar(model, tell);
  const root = make("section", { class: "twb-part twg", "aria-label": "Tables of the case", "data-testid": "data-grid" },
    tables.list, problems.box, tools.bar, grid.from, grid.box, files.bar, files.said);
  el.append(root);
  files.dropOn(root);
  function readAll() {
    tables.read();
    grid.read();
    tools.read();
    root.dataset.version = model.get("version");
  }
  const later = { wish: () => { tables.read(); tools.read(); }, goto: grid.goto, "undo redo": tools.read };
  return follow(model, root, { version: readAll, "problems note": problems.read, "said offer differences": files.read }, tools.end, listen(model, later));
}

export default { render };
