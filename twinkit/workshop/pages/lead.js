// The trainer's page: how far the game is, and the buttons that drive it.
"use strict";

let state = null, playing = false;
const ask = (command, values = {}, then = null) => { say(""); line.ask(command, values, then); };

function show(s) {
  const first = state === null;
  state = s;
  document.title = `Leading: ${s.title}`;
  write($("title"), s.title);
  write($("address"), s.address);
  write($("code"), s.code);
  write($("when"), whenText(s));
  write($("waiting"), waitingText(s));
  $("files").hidden = s.farthest === 0;
  write($("drawn"), s.drawn[1] ? `${s.drawn[0]} of ${s.drawn[1]} drew what customers asked for` : "");
  if (s.phase !== "running" || s.over) playing = false;
  showButtons($("buttons"), buttonsOf(s));
  showButtons($("ends"), endsOf(s));
  showTeams(s);
  if (first) buildForms(s);
  showForms(s);
  if (s.trouble) say(s.trouble);
}

function waitingText(s) {
  const people = new Map(s.people.map((p) => [p.number, p]));
  if (s.phase === "lobby") return s.teams.length ? `${count(s.people.length, "person", "people")} in ${count(s.teams.length, "team")}. Bots fill the empty seats.` : "";
  if (s.phase !== "running" || s.over) return "";
  const missing = s.waiting.map((n) => people.get(n)).filter(Boolean).map((p) => `${p.name} (${p.role}, ${p.team})`);
  if (missing.length) return `Waiting for ${missing.slice(0, 3).join(", ")}${missing.length > 3 ? ` and ${missing.length - 3} more` : ""}.`;
  return s.people.length ? "All orders are in." : "Bots play all seats.";
}

function buttonsOf(s) {
  const running = s.phase === "running" && !s.over;
  return [
    running ? { text: "Pause", act: () => ask("pause") } : { text: s.phase === "paused" ? "Go on" : "Start", act: () => ask("start"), off: s.phase === "closed" || s.over, main: s.teams.length > 0 },
    { text: s.farthest > s.period ? `Play ${s.word} ${s.period + 1} where it is missing` : `Play this ${s.word}`, act: () => ask("advance", { period: state.period }), off: !running || playing, main: running },
    { text: playing ? "Stop playing on" : "Play on to the end", act: () => playOn(!playing), off: !running },
    { text: `Back one ${s.word}`, act: () => goBack(1), off: s.period === 0 || s.phase === "closed" },
  ];
}

/** Goes back, if that is meant: it takes back what people ordered; one team alone where each plays at its own pace. */
function goBack(back, team = null) {
  const period = (team || state).period, to = period - back + 1;
  if (to < 1 || confirm(`Go back to ${state.word} ${to}? What was ordered since is taken back in ${team ? team.name : "all teams"}; players are told.`)) ask("rollback", { back, period, team: team ? team.name : "" });
}

function endsOf(s) {
  const closed = s.phase === "closed";
  return [
    { text: "Start over", act: () => confirm("Begin another round? Events and rules are taken back and teams without people go; this round is kept, to compare.") && ask("start_over"), off: closed || (s.farthest === 0 && s.phase === "lobby" && !s.teams.length) },
    { text: "Close the session", act: () => confirm("Close the session? Nobody can play on; the debrief stays.") && ask("close"), off: closed },
  ];
}

/** Buttons keep their place and the focus, whatever they say. */
function showButtons(row, buttons) {
  if (row.children.length !== buttons.length) row.replaceChildren(...buttons.map(() => make("button", { type: "button" })));
  buttons.forEach((button, i) => {
    const el = row.children[i];
    write(el, button.text);
    el.disabled = Boolean(button.off);
    el.onclick = button.act;
    el.classList.toggle("main", Boolean(button.main && !button.off));
  });
}

/** Plays period after period; bots order where nobody does. */
function playOn(on) {
  playing = on;
  const next = (error) => {
    if (error) playing = false;
    if (!playing || state.phase !== "running" || state.over) return showButtons($("buttons"), buttonsOf(state));
    setTimeout(() => ask("advance", { period: state.period }, next), 60);
  };
  setTimeout(next, 60);
}

$("rehearse").addEventListener("click", () => ask("rehearse", {}, (error) => error || playOn(true)));
const line = new Line("trainer", show);
