// Customers' demand as a player remembers it: drawn with a finger, a mouse or the arrow keys, before the room is shown what it was.
"use strict";

const pad = $("pad"), EDGE = { left: 36, top: 10, right: 10, bottom: 24 };
let drawing = null; // { values, high, word, sent, week }: values by week, null where nothing was drawn yet

function showGuess(s) {
  $("guess").hidden = !s.guess;
  if (!s.guess) {
    drawing = null;
    return;
  }
  const weeks = s.period;
  if (!drawing || drawing.values.length !== weeks || drawing.turn !== s.turn) {
    drawing = { values: s.guess.drawn ? [...s.guess.drawn] : Array(weeks).fill(null), high: s.guess.high, word: s.word, turn: s.turn, week: 0, sent: Boolean(s.guess.drawn), said: "" };
    write($("guess-how"), `Draw what the customers at the end of the chain asked for, ${s.word} by ${s.word}, as you remember it, before you are shown it. With the keyboard: ← and → go from ${s.word} to ${s.word}, ↑ and ↓ draw.`);
  }
  paintGuess();
}

const area = () => ({ w: pad.clientWidth || 320, h: pad.clientHeight || 240 });
function place(week, units) {
  const { w, h } = area(), n = Math.max(1, drawing.values.length - 1);
  return [EDGE.left + ((w - EDGE.left - EDGE.right) * week) / n, h - EDGE.bottom - ((h - EDGE.top - EDGE.bottom) * units) / drawing.high];
}

function paintGuess() {
  const { w, h } = area(), { values, high, word } = drawing;
  pad.setAttribute("viewBox", `0 0 ${w} ${h}`);
  pad.replaceChildren();
  const step = niceStep(high / 4);
  for (let v = 0; v <= high + 1e-9; v += step) {
    const y = place(0, v)[1];
    pad.append(drawn("line", { x1: EDGE.left, x2: w - EDGE.right, y1: y, y2: y, class: "grid" }), drawn("text", { x: EDGE.left - 6, y: y + 4, "text-anchor": "end", text: number(v) }));
  }
  for (let i = 0; i < values.length; i += Math.max(1, Math.ceil((values.length * 44) / w))) pad.append(drawn("text", { x: place(i, 0)[0], y: h - 6, "text-anchor": "middle", text: i + 1 }));
  let run = [];
  const draw = () => {
    if (run.length > 1) pad.append(drawn("polyline", { points: run.join(" "), class: "guessed" }));
    run = [];
  };
  values.forEach((v, i) => (v === null ? draw() : run.push(place(i, v).map((x) => x.toFixed(1)).join(","))));
  draw();
  const now = values[drawing.week];
  if (now !== null) pad.append(drawn("circle", { cx: place(drawing.week, now)[0], cy: place(drawing.week, now)[1], r: 5, class: "at" }));
  const missing = values.filter((v) => v === null).length;
  $("guess-send").disabled = missing === values.length;
  const said = now === null ? `${capital(word)} ${drawing.week + 1}: nothing drawn yet.` : `${capital(word)} ${drawing.week + 1}: ${number(now, 1)}.`;
  write($("guess-at"), drawing.sent ? "✓ Handed in. You may draw it again." : said);
}

/** Draws at a week; weeks that were passed over since the last one get what lies between. */
function mark(week, units, from = null) {
  const at = Math.max(0, Math.min(drawing.values.length - 1, week)), value = Math.max(0, Math.min(drawing.high, units));
  const before = from === null ? null : drawing.values[from];
  if (before !== null && Math.abs(from - at) > 1) {
    const side = Math.sign(at - from);
    for (let i = from + side; i !== at; i += side) drawing.values[i] = before + ((value - before) * (i - from)) / (at - from);
  }
  drawing.values[at] = value;
  drawing.week = at;
  drawing.sent = false;
  paintGuess();
}

function pointed(event) {
  const box = pad.getBoundingClientRect(), { w, h } = area(), n = Math.max(1, drawing.values.length - 1);
  const week = Math.round(((event.clientX - box.left - EDGE.left) / (w - EDGE.left - EDGE.right)) * n);
  return [week, Math.round((10 * drawing.high * (h - EDGE.bottom - (event.clientY - box.top))) / (h - EDGE.top - EDGE.bottom)) / 10];
}

let last = null;
pad.addEventListener("pointerdown", (event) => {
  if (!drawing) return;
  pad.setPointerCapture(event.pointerId);
  mark(...pointed(event));
  last = drawing.week;
});
pad.addEventListener("pointermove", (event) => {
  if (last === null || !drawing) return;
  mark(...pointed(event), last);
  last = drawing.week;
});
for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => { last = null; });
pad.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1], Home: [-Infinity, 0], End: [Infinity, 0] }[event.key];
  if (!way || !drawing) return;
  event.preventDefault();
  const now = drawing.values[drawing.week], before = drawing.values.slice(0, drawing.week).findLast((v) => v !== null);
  if (way[1]) return mark(drawing.week, (now ?? before ?? 0) + way[1]);
  drawing.week = Math.max(0, Math.min(drawing.values.length - 1, drawing.week + way[0]));
  if (drawing.values[drawing.week] === null && now !== null && way[0] === 1) return mark(drawing.week, now); // goes on as before
  paintGuess();
});
$("guess-send").addEventListener("click", () => {
  const known = drawing.values.map((v, i) => [i, v]).filter(([, v]) => v !== null);
  drawing.values = drawing.values.map((v, i) => {
    if (v !== null) return v;
    const left = known.findLast(([k]) => k < i), right = known.find(([k]) => k > i);
    if (!left || !right) return (left || right)[1];
    return left[1] + ((right[1] - left[1]) * (i - left[0])) / (right[0] - left[0]);
  });
  paintGuess();
  line.ask("guess", { values: drawing.values, key: `guess-${state.turn}-${line.name}-${line.count}` }, (error) => {
    drawing.sent = !error;
    paintGuess();
  });
});
addEventListener("resize", () => drawing && paintGuess());
