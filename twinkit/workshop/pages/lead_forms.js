// The settings on the trainer's page: forms that are built once and then follow the session.
"use strict";

const SIGHTS = [["customer demand", "what customers ask for"], ["whole chain", "stock and debts of the whole team"], ["costs of others", "costs of all seats and teams"]];
const option = (value, text = value) => make("option", { value, text });
const field = (label, input) => make("label", {}, label, input);
const choice = (name, values) => make("select", { name }, ...values.map((v) => (Array.isArray(v) ? option(...v) : option(v))));
const amount = (name, value, more = {}) => make("input", { name, type: "number", value, ...more });
const now = (id, text) => write($(id).querySelector(".now"), text);

function onSubmit(id, act) {
  $(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act($(id).elements);
  });
}

function buildForms(s) {
  buildBegin(s);
  buildDemand(s);
  buildTell();
  buildPace(s);
  buildSees();
  buildEvent(s);
  buildTime(s);
  buildFork(s);
  buildAdviser(s);
  onSubmit("addteam", (e) => ask("add_team", { name: e.name.value }, (error) => error || (e.name.value = "")));
  $("named").append(make("label", { class: "seat" }, make("input", { type: "checkbox", name: "shared", onchange: (event) => ask("share_seats", { shared: event.target.checked }) }), "several people may share a seat: the middle one of what they want is ordered"));
  $("named").append(make("label", { class: "seat" }, make("input", { type: "checkbox", name: "named", onchange: (event) => ask("name_players", { named: event.target.checked }) }), "name people in the debrief (else they are numbers)"));
}

function buildBegin(s) {
  $("begin").append(field("Quick start", choice("name", s.templates)), make("button", { text: "Set pace and sights" }));
  onSubmit("begin", (e) => ask("begin_as", { name: e.name.value }));
}

function buildDemand(s) {
  const kind = choice("kind", Object.entries(s.demands)), own = make("label", { class: "wide" }, `Units by ${s.word}, as 4 4 4 4 8; the last one goes on`, make("input", { name: "values", maxlength: 2000 }));
  const fit = () => (own.hidden = kind.value !== "own");
  kind.addEventListener("change", fit);
  $("demand").append(make("label", { class: "wide" }, "Customers ask for", kind), own, make("button", { text: "Set the demand" }));
  kind.value = s.demand;
  fit();
  onSubmit("demand", (e) => ask("ask_for", { kind: e.kind.value, values: e.kind.value === "own" ? e.values.value.split(/[\s;]+/).filter(Boolean) : [] }));
}

/** What it would be called if it were set now: before the game for all of it, later from the next week on that nobody has seen. */
function showDemand(s) {
  const first = s.farthest ? s.farthest + 2 : 0, off = s.phase === "closed" || (first > 0 && s.farthest + 1 >= s.periods);
  now("s-demand", s.asked);
  write($("demand-when"), off ? "" : first ? `Holds from ${s.word} ${first} on, the first that nobody has seen; players are not told.` : "Holds from the start.");
  for (const option of $("demand").elements.kind.options) write(option, s.demands[option.value]);
  for (const el of $("demand").elements) el.disabled = off;
}

function buildTell() {
  $("tell").append(field("To", choice("team", [["", "all"]])), make("label", { class: "wide" }, "What", make("input", { name: "text", maxlength: 240 })), make("button", { text: "Say it" }));
  onSubmit("tell", (e) => ask("tell", { team: e.team.value, text: e.text.value }, (error) => error || (e.text.value = "")));
}

function buildPace(s) {
  const seconds = field("Seconds by the clock", amount("seconds", s.seconds, { min: 5, max: 3600 })), pace = choice("pace", s.paces);
  const fit = () => (seconds.hidden = pace.value !== "clock");
  pace.addEventListener("change", fit);
  $("pace").append(field(`When is a ${s.word} played?`, pace), seconds, make("button", { text: "Set" }));
  onSubmit("pace", (e) => ask("keep_pace", { pace: e.pace.value, seconds: Number(e.seconds.value) }));
  pace.value = s.pace;
  fit();
}

function buildSees() {
  const chosen = () => [...$("sees").querySelectorAll("input:checked")].map((box) => box.value);
  $("sees").append(...SIGHTS.map(([sight, text]) => make("label", { class: "seat" }, make("input", { type: "checkbox", value: sight, onchange: () => ask("show", { sights: ["own", ...chosen()] }) }), text)));
}

function buildEvent(s) {
  const kinds = make("select", { name: "kind" }), where = make("select", { name: "where" });
  for (const heading of new Set(s.happenings.map((h) => h.heading))) {
    kinds.append(make("optgroup", { label: heading }, ...s.happenings.filter((h) => h.heading === heading).map((h) => option(h.kind, h.text))));
  }
  const unit = make("span"), bad = make("label", {}, "How much [", unit, "]", amount("severity", 100, { min: 0, step: "any", required: true }));
  const long = field(`For how many ${s.word}s`, amount("duration", 4, { min: 1, required: true }));
  const fit = () => {
    const h = s.happenings.find((x) => x.kind === kinds.value);
    where.replaceChildren(...s.places[h.at].map((name) => option(name, h.at === "market" ? `customers of ${name}` : name)));
    bad.hidden = !h.unit;
    write(unit, h.unit);
    $("event").elements.severity.value = h.usual;
    long.hidden = !h.lasts;
  };
  kinds.addEventListener("change", fit);
  $("event").append(make("label", { class: "wide" }, "What", kinds), field("Where", where), field(`First ${s.word} (else now)`, amount("start", "", { min: 1 })), long, bad, make("button", { text: "Let it happen" }));
  fit();
  onSubmit("event", (e) => {
    const h = s.happenings.find((x) => x.kind === e.kind.value), row = { kind: h.kind, [h.at]: e.where.value, severity: h.unit ? Number(e.severity.value) / h.scale : 1 };
    if (e.start.value !== "") row.start = Number(e.start.value) - 1;
    if (h.lasts) row.duration = Number(e.duration.value);
    ask("inject", { row });
  });
}

function buildTime(s) {
  $("longer").append(field(`Length of the game [${s.word}s]`, amount("periods", s.periods, { min: 1, max: s.most, required: true })), make("button", { text: "Set the length" }));
  onSubmit("longer", (e) => ask("extend", { periods: Number(e.periods.value) }));
  $("back").append(field(`Go back by [${s.word}s]`, amount("back", 4, { min: 1, required: true })), make("button", { text: "Go back" }));
  onSubmit("back", (e) => goBack(Number(e.back.value)));
}

function buildFork(s) {
  $("fork").append(field("Team", choice("team", [])), field(`From ${s.word}`, amount("period", 1, { min: 1, required: true })), field("Seat", choice("role", [["", "all seats"], ...s.roles])), field("Played by", choice("bot", s.bots)), make("button", { text: "Show what if" }));
  onSubmit("fork", (e) => {
    const roles = e.role.value ? [e.role.value] : state.roles, name = `${e.role.value || "all"} by ${e.bot.value} from ${state.word} ${e.period.value}`;
    ask("fork", { team: e.team.value, period: Number(e.period.value) - 1, bots: Object.fromEntries(roles.map((r) => [r, e.bot.value])), name: name.slice(0, 40) });
  });
}

function buildAdviser(s) {
  const from = field(`Wrong from ${s.word}`, amount("from", 1, { min: 1 })), until = field(`Right again in ${s.word}`, amount("until", 1, { min: 1 })), told = field("Players are told", choice("disclosure", ["nothing", "how it works", "its record"]));
  const quality = choice("quality", [["", "no adviser"], "good", "noisy", "wrong in a disruption"]);
  quality.addEventListener("change", () => fitAdviser());
  $("adviser").append(make("label", { class: "wide" }, "Quality", quality), told, from, until, make("button", { text: "Set" }));
  onSubmit("adviser", (e) => ask("advise", { settings: e.quality.value ? { quality: e.quality.value, disclosure: e.disclosure.value, wrong_from: Number(e.from.value) - 1, wrong_until: Number(e.until.value) - 1 } : null }));
}

function fitAdviser() {
  const e = $("adviser").elements;
  for (const name of ["from", "until"]) e[name].parentElement.hidden = e.quality.value !== "wrong in a disruption";
  e.disclosure.parentElement.hidden = !e.quality.value;
}

// --- what they say now

function showForms(s) {
  const idle = (id) => !$(id).contains(document.activeElement);
  showDemand(s);
  now("s-tell", s.message ? s.message : "nothing said");
  const to = $("tell").elements.team, names = ["", ...s.teams.map((t) => t.name)];
  if ([...to.options].map((o) => o.value).join("\n") !== names.join("\n")) to.replaceChildren(...names.map((name) => option(name, name || "all")));
  showRounds(s);
  now("s-pace", s.pace === "clock" ? `every ${s.seconds} s` : s.pace);
  if (idle("pace") && $("pace").elements.pace.value !== s.pace) ($("pace").elements.pace.value = s.pace), $("pace").elements.pace.dispatchEvent(new Event("change"));
  if (idle("pace")) $("pace").elements.seconds.value = s.seconds;
  now("s-sees", s.sees.length > 1 ? `own board, ${s.sees.filter((x) => x !== "own").join(", ")}` : "own board only");
  for (const box of $("sees").querySelectorAll("input")) box.checked = s.sees.includes(box.value);
  now("s-event", s.changes.some((c) => c.kind === "event") ? count(s.changes.filter((c) => c.kind === "event").length, "event") : "nothing yet");
  $("changes").replaceChildren(...s.changes.map((c) => make("li", { text: changeText(s, c) })));
  now("s-time", count(s.periods, s.word));
  if (idle("longer")) $("longer").elements.periods.value = s.periods;
  $("back").hidden = s.period === 0;
  showForks(s);
  now("s-adviser", s.adviser ? s.adviser.quality : "none");
  if (idle("adviser")) {
    const e = $("adviser").elements, a = s.adviser || {};
    e.quality.value = a.quality || "";
    if (s.adviser) Object.assign(e.from, { value: a.wrong_from + 1 }), Object.assign(e.until, { value: a.wrong_until + 1 }), (e.disclosure.value = a.disclosure);
    fitAdviser();
  }
  $("named").elements.named.checked = !s.anonymous;
  $("named").elements.shared.checked = s.shared;
  now("s-session", s.anonymous ? "numbers in the debrief" : "names in the debrief");
}

/** What was played before, beside this game: cost of a week, so that rounds of other lengths can be compared. */
function showRounds(s) {
  const rounds = [...s.rounds, ...(s.rounds.length && s.period ? [{ periods: s.period, costs: Object.fromEntries(s.teams.map((t) => [t.name, t.compared])) }] : [])];
  const names = [...new Set(rounds.flatMap((r) => Object.keys(r.costs)))], table = make("table");
  if (!rounds.length) return $("rounds").replaceChildren(make("p", { class: "quiet", text: "No round before this one." }));
  fillTable(table, ["team", ...rounds.map((r, i) => `round ${i + 1}, ${count(r.periods, s.word)}`)], names.map((name) => [name, ...rounds.map((r) => (name in r.costs ? number(r.costs[name] / r.periods, 1) : "–"))]));
  table.prepend(make("caption", { text: `cost of the whole chain a ${s.word} [${s.currency}]` }));
  const links = s.rounds.map((r, i) => make("a", { href: `debrief?round=${i + 1}`, target: "_blank", text: `Report of round ${i + 1}` }));
  $("rounds").replaceChildren(table, make("p", {}, ...links.flatMap((a) => [a, " "])));
}

function changeText(s, c) {
  const from = `from ${s.word} ${c.period + 1}: `;
  if (c.kind === "periods") return `${from}the game lasts ${count(c.value, s.word)}`;
  if (c.kind === "rule") return `${from}a rule of your own`;
  if (c.kind === "demand") return `from ${s.word} ${c.value.start + 1}: customers ask for something else, ${c.asked}${c.value.start > s.farthest ? " (nobody knows yet)" : ""}`;
  const v = c.value, known = s.happenings.find((h) => h.kind === v.kind), where = v.site || v.market || (v.origin ? `${v.origin} to ${v.destination}` : v.country || "");
  const does = known ? known.does : String(v.kind).replaceAll("_", " "), long = known && !known.lasts ? "" : `, for ${count(v.duration, s.word)}`;
  return `${capital(s.word)} ${v.start + 1}${long}: ${where}: ${does}${v.start > s.farthest ? " (nobody knows yet)" : ""}`;
}

function showForks(s) {
  now("s-fork", s.forks.length ? count(s.forks.length, "answer") : "none yet");
  const teams = $("fork").elements.team, chosen = teams.value;
  teams.replaceChildren(...s.teams.map((t) => option(t.name)));
  teams.value = s.teams.some((t) => t.name === chosen) ? chosen : (s.teams[0] || { name: "" }).name;
  $("fork").hidden = s.farthest === 0;
  $("fork").elements.period.max = s.farthest;
  $("forks").replaceChildren(...(s.farthest ? [] : [make("p", { class: "quiet", text: `Once a ${s.word} is played, a team's game can be played again with bots in some seats.` })]), ...s.forks.map((f) => make("div", { class: "fork" },
    make("h3", { text: `${f.team}: ${f.name}` }), forkTable(make("table"), s, f),
    make("button", { type: "button", "aria-pressed": String(s.spotlight === f.name), text: s.spotlight === f.name ? "Take it off the beamer" : "Show it on the beamer", onclick: () => ask("spotlight", { fork: s.spotlight === f.name ? "" : f.name }) }))));
}
