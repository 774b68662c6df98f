// A seat: the board, the order, and what has been so far.
"use strict";

const units = $("units");
const SHORT = 5; // that long before the clock runs out, what is typed is sent [s]
let state = null, touched = null, explained = "";
let typed = "", hurried = ""; // what was typed and is not sent yet; what the clock sent

const FACTS = [
  ["incoming", "Asked of you", (s) => `units that were asked of you in this ${s.word}`],
  ["received", "Came in", (s) => `units that arrived in this ${s.word}`],
  ["on_hand", "In stock", () => "units on hand after serving what you could; what production takes next is taken off"],
  ["backlog", "You owe", () => "units that were asked of you and that you could not deliver yet"],
  ["on_order", "On its way", () => "units that you have ordered and not received: in the mail, owed to you, on the road"],
];

function show(s) {
  state = s;
  document.title = `${s.role}, ${s.team}`;
  document.body.classList.toggle("ordered", s.order !== null);
  write($("who"), `${s.name} · ${s.role} of ${s.team}`);
  write($("when"), whenText(s));
  write($("story"), s.story);
  write($("task"), s.task);
  write($("takes"), s.takes);
  write($("news"), s.news);
  $("news").hidden = !s.news;
  write($("message"), s.message);
  $("message").hidden = !s.message;
  showComing(s);
  showFirst(s);
  showFacts(s);
  showOrder(s);
  showAdvice(s);
  showMeasures(s);
  showPast(s);
  showOthers(s);
  showGuess(s);
  $("end").hidden = !(s.ended || s.phase === "closed") || s.period === 0;
}

// --- the board: every number is a button that says what it means, for fingers and keys

function factsOf(s) {
  const board = s.board;
  const cells = FACTS.map(([key, name, meaning]) => ({ key, name, value: number(board[key].at(-1), 1), meaning: meaning(s), bad: key === "backlog" && board[key].at(-1) > 0 }));
  cells.push({ key: "cost", name: `Cost [${s.currency}]`, value: number(s.cost, s.cost < 1000 ? 1 : 0), meaning: `what arose at your site up to the last ${s.word}: stock, debts and lost sales, goods that are bought and sent [${s.currency}]` });
  if (s["customer demand"]) cells.push({ key: "demand", name: "Customers", value: number(s["customer demand"].at(-1), 1), meaning: `units that customers asked for in this ${s.word}, at the end of the chain` });
  return cells;
}

function showFacts(s) {
  const cells = factsOf(s);
  if ($("facts").children.length !== cells.length) {
    $("facts").replaceChildren(...cells.map(({ key }) => make("button", { type: "button", class: "fact", "aria-controls": "meaning", onclick: () => explain(explained === key ? "" : key) }, make("span"), make("strong"))));
  }
  cells.forEach((cell, i) => {
    const el = $("facts").children[i], [name, value] = el.children;
    el.classList.toggle("bad", Boolean(cell.bad));
    el.title = cell.meaning;
    write(name, cell.name);
    if (value.textContent !== cell.value) {
      const first = value.textContent === "";
      write(value, cell.value);
      if (first) return;
      el.classList.remove("new");
      void el.offsetWidth; // lets the mark of what is new run again
      el.classList.add("new");
    }
  });
  explain(explained);
}

const rate = (money) => money.toLocaleString("en", { maximumSignificantDigits: 3 }); // a chip costs little

/** What comes in when, and what stock and debts cost: the delays and the money are in sight. */
function showComing(s) {
  const now = s.phase !== "closed" && !s.over, at = s.coming.reduce((sum, [, units]) => sum + units, 0), rest = s.board.on_order.at(-1) - at;
  const due = s.coming.map(([period, units]) => `${number(units, 1)} in ${s.word} ${period + 1}`), later = rest > 1e-6 ? [`${number(rest, 1)} ordered and not sent yet`] : [];
  const costs = `A unit in stock costs ${rate(s.rates["in stock"])} ${s.currency} a ${s.word}, a unit owed ${rate(s.rates.owed)}.`;
  write($("coming"), now ? `Comes in: ${[...due, ...later].join(", ") || "nothing"}. ${costs}` : costs);
}

/** The first week, step by step. */
function showFirst(s) {
  $("first").hidden = !s.first || s.over || s.phase === "closed";
  if ($("first").hidden) return;
  const last = (key) => number(s.board[key].at(-1), 1);
  write($("first-title"), `Your first ${s.word}`);
  const steps = [
    `Read your board: ${last("incoming")} units were asked of you, ${last("on_hand")} are in stock, you owe ${last("backlog")}. Press a number to read what it means.`,
    `Look ahead: ${last("on_order")} units are on their way to you already. ${s.takes}`,
    s.told === null ? `Order: type how many units you want, press “Order”. You may change it until the ${s.word} is played; what you do not order, a bot orders for you.`
      : `In this ${s.word} everybody orders ${number(s.told, 1)}; soon you will decide. Nobody tells you when the game ends.`,
  ];
  if ($("steps").children.length !== steps.length) $("steps").replaceChildren(...steps.map(() => make("li")));
  steps.forEach((text, i) => write($("steps").children[i], text));
}

function explain(key) {
  explained = key;
  const cells = factsOf(state), at = cells.findIndex((cell) => cell.key === key);
  [...$("facts").children].forEach((el, i) => el.setAttribute("aria-expanded", String(i === at)));
  $("meaning").hidden = at < 0;
  write($("meaning"), at < 0 ? "" : `${cells[at].name}: ${cells[at].meaning}.`);
}

// --- the order

function showOrder(s) {
  const may = s.phase === "running" && !s.over && !s.waits && s.told === null, now = `${s.period} ${s.turn} ${s.phase}`;
  if (touched !== now) {
    touched = now;
    units.value = s.told ?? s.order ?? "";
    typed = hurried = "";
  }
  units.max = s.most;
  units.step = s.whole ? 1 : "any";
  $("order").hidden = s.over || s.phase === "closed";
  for (const el of [units, $("less"), $("more"), $("send")]) el.disabled = !may;
  write($("ask"), s.told !== null && s.phase === "running" ? `In this ${s.word} everybody orders ${number(s.told, 1)}.` : "What do you order?");
  write($("send"), s.order === null ? "Order" : "Change");
  write($("state"), orderText(s));
  const mates = Object.entries(s.mates).map(([role, who]) => ({ role, who, ready: s.ready[role], on: s.phase === "running" }));
  $("mates").replaceChildren(...mates.map((m) => make("li", { class: m.ready && m.on ? "ready" : "" }, make("b", { text: m.role }), ` ${m.who}${m.on ? (m.ready ? " ✓" : " …") : ""}`)));
}

function orderText(s) {
  if (s.phase === "lobby") return "You are in. Wait for the trainer to begin.";
  if (s.phase === "paused") return "The game is paused.";
  if (s.waits) return `Your team is ahead: wait until all have played ${s.word} ${s.period}.`;
  if (s.votes && s.order !== null && (typed === "" || Number(typed) === s.order)) return `✓ You want ${number(s.order, 1)}; ${s.votes.map(([name, units]) => `${name} ${units === null ? "has not said yet" : `wants ${number(units, 1)}`}`).join(", ")}. Ordered is the middle one: ${number(s.agreed, 1)}.`;
  if (typed !== "" && !units.disabled && Number(typed) !== s.order) return `Not sent yet: press “${s.order === null ? "Order" : "Change"}”.`;
  const why = hurried !== "" && Number(hurried) === s.order ? "Time is nearly up, so it was sent as you had typed it." : "";
  if (s.order !== null && why) return `✓ Your order of ${number(s.order, 1)} is in. ${why}`;
  if (s.order !== null) return `✓ Your order of ${number(s.order, 1)} is in. You may change it until the ${s.word} is played.`;
  return s.missed === undefined ? "" : `You did not order in ${s.word} ${s.period}: a bot ordered ${number(s.missed, 1)} for you.`;
}

function send() {
  say("");
  const given = units.value.trim();
  typed = "";
  line.ask("order", { units: given === "" ? null : Number(given), period: state.period, key: `${state.period}-${state.turn}-${line.name}-${line.count}` }, (error) => error && type());
  write($("state"), orderText(state));
}

function step(by) {
  units.value = Math.max(0, Math.min(state ? state.most : Infinity, (Number(units.value) || 0) + by));
  type();
}

/** What stands in the field and is not sent. */
function type() {
  typed = units.value.trim();
  if (state) write($("state"), orderText(state));
}

/** Sends what is typed before the clock runs out: a bot would order otherwise. */
function hurry(seconds) {
  const late = seconds !== null && seconds <= SHORT && state && state.pace === "clock";
  if (!late || typed === "" || typed === hurried || units.disabled || !units.checkValidity() || Number(typed) === state.order) return;
  hurried = typed;
  send();
}

function showAdvice(s) {
  $("advice").hidden = !s.advice;
  if (!s.advice) return;
  write($("advised"), `Next it expects ${number(s.advice.forecast)} to be asked of you, and would order ${number(s.advice.units)}.`);
  const record = s.advice.record ? ` So far its forecasts were off by ${number(s.advice.record.off, 1)} on average, over ${count(s.advice.record.periods, s.word)}.` : "";
  write($("about"), s.advice.about + record);
  $("take").disabled = $("send").disabled;
}

function showMeasures(s) {
  $("before").hidden = !s.measures || s.phase === "closed";
  if ($("before").hidden) return;
  const { budget, offers, bought } = s.measures, chosen = () => [...$("measures").querySelectorAll("input:checked")].map((box) => box.value);
  const spent = offers.filter((o) => bought.includes(o.name)).reduce((sum, o) => sum + o.price, 0);
  write($("budget"), `Budget: ${number(budget)} ${s.currency}; ${number(budget - spent)} left. What one of you chooses holds for the team, until the first ${s.word} is played.`);
  if ($("measures").children.length !== offers.length) {
    $("measures").replaceChildren(...offers.map((o) => make("label", { class: "seat" }, make("input", { type: "checkbox", value: o.name, onchange: () => line.ask("buy", { measures: chosen() }, (error) => error && showMeasures(state)) }),
      make("span", {}, make("strong", { text: `${o.label}: ${number(o.price)} ${s.currency}` }), make("br"), make("span", { class: "quiet", text: o.meaning })))));
  }
  for (const box of $("measures").querySelectorAll("input")) box.checked = bought.includes(box.value);
}

// --- what has been, and what the trainer lets be seen

function showPast(s) {
  const b = s.board, series = [
    { name: "your orders", values: b.ordered, look: "scenario" },
    { name: "asked of you", values: b.incoming, look: "baseline" },
    { name: "stock less debts", values: b.on_hand.map((x, i) => x - b.backlog[i]), look: "other" },
  ];
  lineChart($("chart"), series, `Your orders, what was asked of you and your stock, by ${s.word}`, s.word);
  chartKey($("key"), series);
  const names = ["incoming", "received", "on_hand", "backlog", "on_order", "ordered"];
  fillTable($("table"), [s.word, "asked", "came in", "in stock", "owed", "on its way", "ordered"],
    b.incoming.map((_, t) => [String(t + 1), ...names.map((n) => (b[n][t] === undefined ? "" : number(b[n][t], 1)))]).reverse());
}

function showOthers(s) {
  $("chain").hidden = !s.chain;
  if (s.chain) {
    const costs = s.costs ? [`cost [${s.currency}]`] : [];
    const rows = Object.entries(s.chain).map(([role, b]) => [role, ...["incoming", "on_hand", "backlog", "on_order"].map((n) => number(b[n].at(-1), 1)), ...costs.map(() => number(s.costs[role]))]);
    fillTable($("others"), ["seat", "asked", "in stock", "owed", "on its way", ...costs], rows);
  }
  $("rivals").hidden = !s.teams;
  if (s.teams) write($("rivals-what"), `Cost of the whole chain, measures included${s.compared ? `, ${s.compared}` : ""}.`);
  if (s.teams) fillTable($("teams"), ["team", `cost [${s.currency}]`], Object.entries(s.teams).sort((a, b) => a[1] - b[1]).map(([name, cost]) => [name, number(cost)]));
}

units.addEventListener("input", type);
$("less").addEventListener("click", () => step(-1));
$("more").addEventListener("click", () => step(1));
$("take").addEventListener("click", () => {
  units.value = state.advice.units;
  send();
});
$("order").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
const line = new Line("player", show, hurry);
