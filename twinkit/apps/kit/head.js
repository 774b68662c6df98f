// What comes of it, in sentences; how far the run is; what is wrong.

const ANSWERED = "twinkit answers", MOST_ANSWERS = 40; // the landing page reads it (answers.js)

function render({ model, el }) {
  const title = make("p", { class: "twh-kicker" });
  const question = make("h1", { class: "twh-question" });
  const note = make("p", { class: "twh-note", role: "status", "data-testid": "note", hidden: true });
  const say = make("div", { class: "twh-say", "aria-live": "polite", "data-testid": "headline" });
  const bar = make("progress", { class: "twh-bar", max: 1, "aria-label": "Progress" });
  const told = make("span", { class: "twh-told", "data-testid": "progress" });
  const button = make("button", { type: "button", class: "twf-button", "data-testid": "press-run", onclick: () => model.send({ press: "run" }) });
  const status = make("div", { class: "twh-status" }, bar, told, button);
  const wrong = make("div", { class: "twh-wrong", role: "alert", "data-testid": "blockers", hidden: true });
  const failed = make("div", { class: "twh-wrong", role: "alert", "data-testid": "failure", hidden: true });
  const root = make("section", { class: "twh", "aria-label": "Result", "data-testid": "head", id: "answer", tabindex: -1 }, title, question, wrong, failed, note, say, status);
  el.append(root);

  function readSentences() {
    const lines = model.get("sentences");
    while (say.children.length > lines.length) say.lastChild.remove();
    lines.forEach((text, i) => {
      if (!say.children[i]) say.append(make("p", { class: i ? "twh-more" : "twh-first" }));
      write(say.children[i], text);
    });
    root.dataset.version = model.get("version");
  }
  function readProgress() {
    const { share = 0, text = "", running = false, button: word = "", why = "" } = model.get("progress");
    say.setAttribute("aria-busy", running);
    root.dataset.running = running;
    bar.value = share;
    bar.classList.toggle("twh-still", !running);
    bar.hidden = !running && !text; // all is done, and there is nothing to say of it
    write(told, text);
    write(button, word);
    button.hidden = !word;
    button.disabled = Boolean(why);
    button.title = why;
  }
  function readProblems() {
    const problems = model.get("problems");
    wrong.hidden = !problems.length;
    wrong.replaceChildren();
    if (problems.length) {
      wrong.append(make("strong", { text: model.get("lead") }));
      wrong.append(make("ol", {}, ...problems.map((text) => make("li", { text }))));
    }
    readAge();
  }
  function readAge() {
    say.classList.toggle("twh-old", model.get("old") || model.get("problems").length > 0);
    root.dataset.old = model.get("old");
    note.hidden = !model.get("note");
    write(note, model.get("note"));
  }
  function readTitle() {
    write(title, model.get("title"));
    write(question, model.get("question"));
    question.hidden = !model.get("question");
  }
  function readFailure() {
    failed.hidden = !model.get("failure");
    write(failed, model.get("failure"));
  }
  const visit = `${performance.timeOrigin} ${Math.random()}`; // answers to what is changed on one page take each other's place
  function keepAnswer() {
    const { said, ...rest } = model.get("answered");
    if (!said || !("voila" in document.body.dataset)) return;
    const one = { ...rest, said, visit, link: location.pathname + location.hash, when: Date.now() };
    try {
      const before = JSON.parse(localStorage.getItem(ANSWERED) || "[]");
      const others = before.filter((x) => x.visit !== visit && x.link !== one.link);
      localStorage.setItem(ANSWERED, JSON.stringify([one, ...others].slice(0, MOST_ANSWERS)));
    } catch {
      // a browser that keeps nothing has nothing to show on the landing page
    }
  }
  return follow(model, root, {
    "title question": readTitle, "old note": readAge, "sentences version": readSentences, progress: readProgress, "problems lead": readProblems,
    failure: readFailure,
  }, listen(model, { answered: keepAnswer }));
}

export default { render };
