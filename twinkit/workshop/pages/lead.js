// The trainer's page: who is there, the game, what happens, what players see.
"use strict";

let state = null;
const ask = (command, values = {}, then = null) => { say(""); line.ask(command, values, then); };
const option = (value, text = value) => make("option", { value, text });

function show(s) {
  const first = state === null;
  state = s;
  document.title = `Leading: ${s.title}`;
  write($("title"), s.title);
  write($("where"), `Players open ${s.address} and type ${s.code}`);
  write($("when"), whenText(s));
  showButtons(s);
  const people = new Map(s.people.map((p) => [p.number, p]));
  const missing = s.waiting.map((n) => people.get(n)).filter(Boolean).map((p) => `${p.name} (${p.role}, ${p.team})`);
  write($("waiting"), s.phase !== "running" || s.over ? "" : missing.length ? `Waiting for ${missing.slice(0, 8).join(", ")}${missing.length > 8 ? ` and ${missing.length - 8} more` : ""}.` : "All orders are in.");
  showTeams(s, people);
  $("addteam").hidden = s.period > 0;
  showList($("changes"), s.changes.map((c) => changeText(s, c)));
  showForks(s);
  if (first) buildForms(s);
  showForms(s);
}

function showButtons(s) {
  const over = s.phase === "closed" || s.over;
  const buttons = [
    s.phase === "running" ? ["Pause", () => ask("pause")] : ["Start", () => ask("start"), s.phase === "closed"],
    [`Play this ${s.word}`, () => ask("advance", { period: state.period }), s.phase !== "running" || over],
    ["Play to the end (bots and last orders)", () => playOn(), s.phase !== "running" || over],
    [`Go back one ${s.word}`, () => ask("rollback", { back: 1 }), s.period === 0 || s.phase === "closed"],
    ["Close the session", () => confirm("Close the session? Nobody can play on; the debrief stays.") && ask("close"), s.phase === "closed"],
  ];
  const row = $("buttons");
  if (row.children.length !== buttons.length) row.replaceChildren(...buttons.map(() => make("button", { type: "button" })));
  buttons.forEach(([text, act, off], i) => {
    const b = row.children[i];
    write(b, text);
    b.disabled = Boolean(off);
    b.onclick = act;
    b.classList.toggle("main", i === (s.phase === "running" ? 1 : 0) && !off);
  });
}

function playOn() {
  const next = (error) => !error && state.phase === "running" && !state.over && setTimeout(() => ask("advance", { period: state.period }, next), 30);
  ask("advance", { period: state.period }, next);
}

function showTeams(s, people) {
  if ($("teams").contains(document.activeElement) && document.activeElement.tagName === "SELECT") return;
  $("teams").replaceChildren(...s.teams.map((team) => {
    const rows = team.seats.map((seat) => {
      const person = people.get(seat.player);
      return make("tr", {}, make("th", { scope: "row", text: seat.role }), make("td", {}, person ? who(person) : botChoice(s, team, seat)),
        make("td", { text: seat.order === null ? (person && s.phase === "running" ? "…" : "") : number(seat.order, 1) }),
        make("td", { text: number(seat.on_hand - seat.backlog, 1) }), make("td", { text: number(seat.cost) }),
        make("td", {}, ...(person ? personButtons(person) : [])));
    });
    const head = make("tr", {}, ...["seat", "who", "order", "stock less debts", `cost [${s.currency}]`, ""].map((text) => make("th", { scope: "col", text })));
    return make("div", { class: "team" }, make("h3", { text: `${team.name}: ${number(team.cost)} ${s.currency}${team.bought.length ? `, with ${team.bought.join(", ")}` : ""}` }),
      make("div", { class: "scroll" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows))));
  }));
}

const who = (person) => document.createTextNode(person.name);

function botChoice(s, team, seat) {
  const select = make("select", { "aria-label": `bot for the ${seat.role} of ${team.name}`, onchange: (e) => ask("bot", { team: team.name, role: seat.role, bot: e.target.value }) }, ...s.bots.map((b) => option(b, `bot: ${b}`)));
  select.value = seat.bot;
  return select;
}

function personButtons(person) {
  return [
    make("button", { type: "button", text: "Rename", "aria-label": `rename ${person.name}`, onclick: () => { const name = prompt("New name", person.name); if (name) ask("rename", { player: person.number, name }); } }),
    make("button", { type: "button", text: "Remove", "aria-label": `remove ${person.name}`, onclick: () => confirm(`Take ${person.name} out? A bot takes the seat.`) && ask("remove", { player: person.number }) }),
  ];
}

function changeText(s, c) {
  const from = `from ${s.word} ${c.period + 1}: `;
  if (c.kind === "periods") return `${from}the game lasts ${c.value} ${s.word}s`;
  if (c.kind === "rule") return `${from}a rule of your own`;
  const v = c.value, where = v.site || v.market || (v.origin ? `${v.origin} to ${v.destination}` : "");
  return `${v.event}: ${String(v.kind).replaceAll("_", " ")} ${where}, ${s.word} ${v.start + 1}, for ${v.duration}${v.start > s.period ? " (nobody knows yet)" : ""}`;
}

function showList(list, texts) {
  list.replaceChildren(...texts.map((text) => make("li", { text })));
}

function showForks(s) {
  const costs = new Map(s.teams.map((t) => [t.name, t.cost]));
  showList($("forks"), s.forks.map((f) => `${f.name}: ${Object.entries(f.bots).map(([r, b]) => `${r} by ${b}`).join(", ")}: the chain costs ${number(f.cost)} instead of ${number(costs.get(f.team))} ${s.currency}`));
}

// --- forms that are built once

const field = (label, input) => make("label", {}, label, input);
const form = (id, ...children) => $(id).append(...children);

function onSubmit(id, act) {
  $(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act($(id).elements);
  });
}

function buildForms(s) {
  const select = (name, values) => make("select", { name }, ...values.map((v) => (Array.isArray(v) ? option(...v) : option(v))));
  const input = (name, value, more = {}) => make("input", { name, type: "number", value, ...more });
  form("pace", field("When is a period played?", select("pace", s.paces)), field("Seconds by the clock", input("seconds", s.seconds, { min: 5, max: 3600 })), make("button", { text: "Set" }));
  onSubmit("pace", (e) => ask("keep_pace", { pace: e.pace.value, seconds: Number(e.seconds.value) }));
  for (const [sight, text] of [["customer demand", "what customers ask for"], ["whole chain", "stock and debts of the whole team"], ["costs of others", "costs of all seats and teams"]]) {
    form("sees", make("label", { class: "seat" }, make("input", { type: "checkbox", value: sight, onchange: () => ask("show", { sights: ["own", ...[...$("sees").querySelectorAll("input:checked")].map((b) => b.value)] }) }), text));
  }
  const kinds = [["outage", "a site stops"], ["demand_surge", "customers ask for more"], ["demand_slump", "customers ask for less"], ["lead_time_increase", "transport takes longer"], ["order_pausing", "a site cannot order"], ["receipt_pausing", "a site cannot receive"], ["stock_destroyed", "stock is destroyed"]];
  form("event", field("What", select("kind", kinds)), field("Where", select("where", s.places.map((p) => [p.key, p.text]))), field(`First ${s.word} (empty: now)`, input("start", "", { min: 1 })),
    field(`How many ${s.word}s`, input("duration", 4, { min: 1, required: true })), field("How badly (1 = all)", input("severity", 1, { min: 0, step: "any", required: true })), make("button", { text: "Let it happen" }));
  onSubmit("event", (e) => {
    const [target, name] = JSON.parse(e.where.value);
    const start = e.start.value === "" ? null : Number(e.start.value) - 1;
    ask("inject", { row: { kind: e.kind.value, [target]: name, start, duration: Number(e.duration.value), severity: Number(e.severity.value) } });
  });
  form("time", field(`Length [${s.word}s]`, input("periods", s.periods, { min: 1, max: s.most })), make("button", { text: "Extend", name: "extend" }), field(`Go back [${s.word}s]`, input("back", 4, { min: 1 })), make("button", { text: "Go back", name: "rollback", formnovalidate: true }));
  $("time").addEventListener("submit", (event) => {
    event.preventDefault();
    const e = event.target.elements;
    event.submitter.name === "rollback" ? ask("rollback", { back: Number(e.back.value) }) : ask("extend", { periods: Number(e.periods.value) });
  });
  form("fork", field("Team", select("team", [])), field(`From ${s.word}`, input("period", 1, { min: 1 })), field("Seat", select("role", [["", "all seats"], ...s.roles])), field("Played by", select("bot", s.bots)), make("button", { text: "Show what if" }));
  onSubmit("fork", (e) => ask("fork", { team: e.team.value, period: Number(e.period.value) - 1, bots: Object.fromEntries((e.role.value ? [e.role.value] : state.roles).map((r) => [r, e.bot.value])), name: `${e.team.value}: ${e.role.value || "all"} by ${e.bot.value} from ${state.word} ${e.period.value}` }));
  form("adviser", field("Quality", select("quality", [["", "no adviser"], "good", "noisy", ["wrong in a disruption", "wrong in a disruption"]])), field("Told of it", select("disclosure", ["nothing", "how it works", "its record"])),
    field(`Wrong from ${s.word}`, input("from", 1, { min: 1 })), field(`until ${s.word}`, input("until", 1, { min: 1 })), make("button", { text: "Set" }));
  onSubmit("adviser", (e) => ask("advise", { settings: e.quality.value ? { quality: e.quality.value, disclosure: e.disclosure.value, wrong_from: Number(e.from.value) - 1, wrong_until: Number(e.until.value) - 1 } : null }));
  form("sees", make("label", { class: "seat" }, make("input", { type: "checkbox", id: "named", onchange: (ev) => ask("name_players", { named: ev.target.checked }) }), "names in the debrief (else numbers)"));
  onSubmit("addteam", (e) => ask("add_team", { name: e.name.value }, (error) => !error && (e.name.value = "")));
}

function showForms(s) {
  const idle = (id) => !$(id).contains(document.activeElement);
  if (idle("pace")) Object.assign($("pace").elements.pace, { value: s.pace });
  for (const box of $("sees").querySelectorAll("input[value]")) if (box.id !== "named") box.checked = s.sees.includes(box.value);
  $("named").checked = !s.anonymous;
  const teams = $("fork").elements.team, chosen = teams.value;
  teams.replaceChildren(...s.teams.map((t) => option(t.name)));
  teams.value = s.teams.some((t) => t.name === chosen) ? chosen : (s.teams[0] || {}).name;
  if (idle("adviser")) {
    const e = $("adviser").elements;
    e.quality.value = s.adviser ? s.adviser.quality : "";
    if (s.adviser) Object.assign(e.from, { value: s.adviser.wrong_from + 1 }), Object.assign(e.until, { value: s.adviser.wrong_until + 1 }), (e.disclosure.value = s.adviser.disclosure);
  }
}

const line = new Line("trainer", show);
