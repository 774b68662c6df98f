// A seat: the board, the order, and what has been so far.
"use strict";

const units = $("units");
let state = null, touched = -1, editing = false;

const FACTS = [
  ["incoming", "Asked of you", "units that were asked of you in this period"],
  ["received", "Came in", "units that arrived in this period"],
  ["on_hand", "In stock", "units on hand after serving"],
  ["backlog", "You owe", "units that you could not deliver yet"],
  ["on_order", "On its way", "units that you have ordered and not received: in the mail, owed to you, on the road"],
];

function show(s) {
  state = s;
  document.title = `${s.role}, ${s.team}`;
  write($("who"), `${s.name}: ${s.role} of ${s.team}`);
  write($("when"), whenText(s));
  write($("story"), s.story);
  write($("task"), s.task);
  showFacts(s);
  showOrder(s);
  showMeasures(s);
  showPast(s);
  showChain(s);
  $("end").hidden = !(s.over || s.phase === "closed") || s.period === 0;
}

function showFacts(s) {
  const board = s.board, cells = FACTS.map(([key, name, meaning]) => fact(name, number(board[key].at(-1), 1), meaning, key === "backlog" && board[key].at(-1) > 0));
  cells.push(fact("Your cost so far", `${number(s.cost, 1)} ${s.currency}`, "what your stock and your debts have cost up to the last period", false));
  if (s["customer demand"]) cells.push(fact("Customers asked", number(s["customer demand"].at(-1), 1), "what customers asked for in this period", false));
  if (s.teams) for (const [name, cost] of Object.entries(s.teams)) cells.push(fact(`Team ${name}`, `${number(cost)} ${s.currency}`, "cost of the team's whole chain", false));
  $("facts").replaceChildren(...cells);
}

function fact(name, value, meaning, bad) {
  return make("div", { class: bad ? "fact bad" : "fact", title: meaning }, make("span", { class: "quiet", text: name }), make("strong", { text: value }), make("small", { class: "quiet meaning", text: meaning }));
}

function showOrder(s) {
  const may = s.phase === "running" && !s.over && s.told === null;
  if (touched !== s.period * 1000 + s.turn) {
    touched = s.period * 1000 + s.turn;
    editing = false;
    units.value = s.told ?? s.order ?? "";
  }
  units.max = s.most;
  units.step = s.whole ? 1 : "any";
  for (const el of [units, $("less"), $("more"), $("send")]) el.disabled = !may;
  write($("ask"), s.told !== null && s.phase === "running" && !s.over ? `In this ${s.word} everybody orders ${number(s.told, 1)}.` : "What do you order?");
  write($("send"), s.order === null ? "Order" : "Change the order");
  const said = s.order !== null ? `Your order of ${number(s.order, 1)} is in. You may change it until the ${s.word} is played.`
    : s.phase === "lobby" ? "Wait for the trainer to begin." : s.phase === "paused" ? "The game is paused." : s.over || s.phase === "closed" ? "The game is over." : "";
  write($("state"), said);
  write($("mates"), Object.entries(s.mates).map(([role, who]) => `${role}: ${who}${s.ready[role] ? " ✓" : " …"}`).join("   "));
  $("advice").hidden = !s.advice;
  if (s.advice) {
    write($("advised"), `Next it expects ${number(s.advice.forecast)} to be asked of you, and would order ${number(s.advice.units)}.`);
    const record = s.advice.record ? ` So far its forecasts were off by ${number(s.advice.record.off, 1)} on average, over ${s.advice.record.periods} ${s.word}s.` : "";
    write($("about"), s.advice.about + record);
    if (!$("take")) $("advised").after(make("button", { type: "button", id: "take", text: "Take it", onclick: () => { units.value = state.advice.units; send(); } }));
    $("take").disabled = !may;
  }
}

function send() {
  say("");
  const typed = units.value.trim();
  line.ask("order", { units: typed === "" ? null : Number(typed), period: state.period, key: `${state.period}-${state.turn}-${Date.now().toString(36)}` });
}

function step(by) {
  units.value = Math.max(0, (Number(units.value) || 0) + by);
}

function showMeasures(s) {
  const offered = s.measures && s.phase !== "closed";
  $("before").hidden = !offered;
  if (!offered) return;
  const { budget, offers, bought } = s.measures;
  const spent = offers.filter((o) => bought.includes(o.name)).reduce((sum, o) => sum + o.price, 0);
  write($("budget"), `Budget: ${number(budget)} ${s.currency}; ${number(budget - spent)} left. What one of you chooses holds for the team.`);
  $("measures").replaceChildren(...offers.map((o) => {
    const box = make("input", { type: "checkbox", value: o.name, onchange: () => line.ask("buy", { measures: [...$("measures").querySelectorAll("input:checked")].map((b) => b.value) }, (error) => error && showMeasures(state)) });
    box.checked = bought.includes(o.name);
    return make("label", { class: "seat" }, box, make("span", {}, make("strong", { text: `${o.label}: ${number(o.price)} ${s.currency}` }), make("br"), make("span", { class: "quiet", text: o.meaning })));
  }));
}

function showPast(s) {
  const b = s.board, net = b.on_hand.map((x, i) => x - b.backlog[i]);
  const series = [
    { name: "your orders", values: b.ordered, colour: "scenario", dash: "7 3" },
    { name: "asked of you", values: b.incoming, colour: "baseline" },
    { name: "stock less debts", values: net, colour: "other", dash: "2 3" },
  ];
  lineChart($("chart"), series, `Your orders, what was asked of you and your stock, by ${s.word}`);
  $("key").replaceChildren(...series.map((x) => make("span", {}, swatch(x), ` ${x.name}`)));
  const names = ["incoming", "received", "on_hand", "backlog", "on_order", "ordered"];
  fillTable($("table"), [s.word, "asked", "came in", "in stock", "owed", "on its way", "ordered"],
    b.incoming.map((_, t) => [String(t + 1), ...names.map((n) => (b[n][t] === undefined ? "" : number(b[n][t], 1)))]).reverse());
}

function swatch(x) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 28 8");
  svg.setAttribute("aria-hidden", "true");
  const stroke = document.createElementNS(SVG, "line");
  for (const [k, v] of Object.entries({ x1: 0, x2: 28, y1: 4, y2: 4, class: "line", style: `stroke:var(--${x.colour})`, "stroke-dasharray": x.dash || "none" })) stroke.setAttribute(k, v);
  svg.append(stroke);
  return svg;
}

function showChain(s) {
  $("chain").hidden = !s.chain;
  if (!s.chain) return;
  const rows = Object.entries(s.chain).map(([role, b]) => [role, ...["incoming", "on_hand", "backlog", "on_order"].map((n) => number(b[n].at(-1), 1)), s.costs ? number(s.costs[role]) : ""]);
  fillTable($("others"), ["seat", "asked", "in stock", "owed", "on its way", s.costs ? `cost [${s.currency}]` : ""], rows);
}

$("less").addEventListener("click", () => step(-1));
$("more").addEventListener("click", () => step(1));
$("order").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
const line = new Line("player", show);
