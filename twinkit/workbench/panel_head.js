// The head of a panel: its question, run and stop, progress, what is wrong, and the code of what is asked.

let heads = 0;

function render({ model, el }) {
  const id = `twb-code-${++heads}`;
  const press = (name) => () => model.send({ press: name });
  const title = make("h2", { class: "twb-title" });
  const question = make("p", { class: "twb-question" });
  const run = make("button", { type: "button", class: "twf-button twb-main", "data-testid": "panel-run", onclick: press("run") });
  const stop = make("button", { type: "button", class: "twf-button", "data-testid": "panel-stop", text: "Stop", onclick: press("stop") });
  const bar = make("progress", { class: "twh-bar", max: 1, "aria-label": "Progress" });
  const told = make("span", { class: "twb-told", role: "status", "data-testid": "panel-told" });
  const open = make("button", { type: "button", class: "twf-button", "aria-expanded": "false", "aria-controls": id, "data-testid": "panel-code", text: "Copy as code" });
  const said = make("span", { class: "twb-said", role: "status" });
  const code = make("pre", { class: "twb-code", id, hidden: true, tabindex: 0, "aria-label": "Python code", "data-testid": "panel-code-text" });
  const note = (name, role) => make("div", { class: `twb-note twb-${name}`, role, hidden: true, "data-testid": `panel-${name}` });
  const caution = note("caution", "status"), stale = note("stale", "status"), blockers = note("blockers", "status"), problems = note("problems", "alert");
  const top = make("div", { class: "twb-top" }, make("div", { class: "twb-words" }, title, question), make("div", { class: "twb-acts" }, run, stop, bar, told, open, said));
  const root = make("header", { class: "twb-part twb-head", "data-testid": "panel-head" }, top, code, caution, stale, blockers, problems);
  el.append(root);

  open.addEventListener("click", async () => {
    const shows = code.hidden;
    code.hidden = !shows;
    open.setAttribute("aria-expanded", String(shows));
    write(open, shows ? "Hide the code" : "Copy as code");
    write(said, shows ? ((await copy(model.get("code"))) ? "Copied." : "Select the code and copy it.") : "");
  });

  const lines = (box, texts) => {
    box.hidden = !texts.length;
    box.replaceChildren(...texts.map((text) => make("p", { text })));
  };
  function read() {
    const running = model.get("running"), word = model.get("run"), code_text = model.get("code");
    root.dataset.running = running;
    root.dataset.key = model.get("key");
    write(title, model.get("title"));
    write(question, model.get("question"));
    write(run, word);
    run.hidden = !word || running;
    run.disabled = model.get("blockers").length > 0;
    run.title = model.get("blockers").join(" ");
    stop.hidden = bar.hidden = !running;
    const share = model.get("share");
    if (share > 0) bar.value = share;
    else bar.removeAttribute("value");
    write(told, model.get("told"));
    open.disabled = !code_text;
    write(code, code_text);
    lines(stale, [model.get("stale")].filter(Boolean));
    lines(caution, [model.get("caution")].filter(Boolean));
    lines(blockers, model.get("blockers"));
    lines(problems, model.get("problems"));
  }
  return follow(model, root, { "key title question run running share told stale caution blockers problems code": read });
}

export default { render };
