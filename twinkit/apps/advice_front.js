// What safety costs: every set of measures that was found is a point, and one of them is chosen.

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = { dot: "M7 0A7 7 0 1 1-7 0A7 7 0 1 1 7 0", "as-is": "M-6.5-6.5H6.5V6.5H-6.5Z", chosen: "M0-11L11 0L0 11L-11 0Z", out: "M6 0A6 6 0 1 1-6 0A6 6 0 1 1 6 0" };

function drawn(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** About so many round values between two numbers. */
function ticks(low, high, count) {
  const rough = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((one) => one * power >= rough);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) found.push(Math.abs(value) < step * 1e-9 ? 0 : value);
  return found;
}
function short(value) {
  const [factor, unit] = [[1e9, " bn"], [1e6, " M"], [1e3, " k"], [1, ""]].find(([one]) => Math.abs(value) >= one) || [1, ""];
  return `${Number((value / factor).toPrecision(3))}${unit}`;
}

function render({ model, el }) {
  const title = make("h2"), box = make("div"), key = make("p", { class: "twq-key", "aria-hidden": true });
  const root = make("section", { class: "twq", "data-testid": model.get("testid") }, title, box, key);
  el.append(root);

  const kindOf = (dot) => (dot.chosen ? "chosen" : !dot.allowed ? "out" : dot.as_is ? "as-is" : "dot");
  const choose = (number) => model.send({ choose: number });

  function limits(dots, name) {
    const all = dots.flatMap((dot) => [dot[name], dot[`${name}_low`], dot[`${name}_high`]]).filter(Number.isFinite);
    const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)], room = 0.06 * (high - low || 1);
    return [low < 0 ? low - room : low, high + room];
  }
  function read() {
    const dots = model.get("dots");
    const focused = [...box.querySelectorAll(".twq-dot")].indexOf(document.activeElement);
    root.hidden = !dots.length;
    write(title, model.get("title"));
    if (!dots.length || !box.clientWidth) return box.replaceChildren();
    const narrow = box.clientWidth < 500, wide = box.clientWidth, high = parseFloat(getComputedStyle(box.firstElementChild || box).height) || 340;
    const edge = { left: 62, right: 16, top: 26, bottom: 44 };
    const [x0, x1] = limits(dots, "x"), [y0, y1] = limits(dots, "y");
    const X = (value) => edge.left + ((value - x0) / (x1 - x0)) * (wide - edge.left - edge.right);
    const Y = (value) => high - edge.bottom - ((value - y0) / (y1 - y0)) * (high - edge.top - edge.bottom);
    const svg = drawn("svg", { viewBox: `0 0 ${wide} ${high}`, role: "radiogroup", "aria-label": `${model.get("title")}. ${model.get("x_label")} against ${model.get("y_label")}` });
    for (const value of ticks(x0, x1, narrow ? 3 : 6)) {
      svg.append(drawn("line", { class: "twq-grid", x1: X(value), x2: X(value), y1: edge.top, y2: high - edge.bottom }));
      svg.append(drawn("text", { x: X(value), y: high - edge.bottom + 16, "text-anchor": "middle" }, short(value)));
    }
    for (const value of ticks(y0, y1, 5)) {
      svg.append(drawn("line", { class: "twq-grid", x1: edge.left, x2: wide - edge.right, y1: Y(value), y2: Y(value) }));
      svg.append(drawn("text", { x: edge.left - 8, y: Y(value) + 4, "text-anchor": "end" }, short(value)));
    }
    svg.append(drawn("text", { x: wide - edge.right, y: high - 6, "text-anchor": "end" }, `${model.get("x_label")} →`));
    svg.append(drawn("text", { x: 0, y: 12 }, `↑ ${model.get("y_label")}`));
    const tips = [];
    const order = dots.map((_, i) => i).sort((a, b) => dots[a].chosen - dots[b].chosen);
    for (const i of order) svg.append(makeDot(dots[i], i, X, Y, tips));
    const chosen = dots.find((dot) => dot.chosen);
    if (chosen) svg.append(nameOf(chosen, X(chosen.x), Y(chosen.y), wide));
    box.replaceChildren(svg, ...tips);
    readKey(dots);
    if (focused >= 0) box.querySelectorAll(".twq-dot")[focused]?.focus();
    root.dataset.version = model.get("version");
    root.dataset.chosen = chosen ? chosen.name : "";
  }
  function nameOf(dot, x, y, wide) {
    const right = x < wide / 2, letters = Math.floor((right ? wide - x - 16 : x - 16) / 6.6), words = dot.name.length > letters ? `${dot.name.slice(0, letters - 1)}…` : dot.name;
    return drawn("text", { class: "twq-name", x: x + (right ? 16 : -16), y: y - 12, "text-anchor": right ? "start" : "end" }, words);
  }
  function makeDot(dot, number, X, Y, tips) {
    const kind = kindOf(dot), [x, y] = [X(dot.x), Y(dot.y)];
    const span = (low, high, a, b) => (Number.isFinite(low) && Number.isFinite(high) ? [drawn("line", { class: "twq-span", x1: a(low), x2: a(high), y1: b(low), y2: b(high) })] : []);
    const group = drawn("g", { class: "twq-dot", role: "radio", tabindex: dot.chosen ? 0 : -1, "aria-checked": dot.chosen, "aria-label": dot.text, "data-kind": kind, "data-dot": number },
      ...span(dot.x_low, dot.x_high, X, () => y), ...span(dot.y_low, dot.y_high, () => x, Y),
      drawn("circle", { cx: x, cy: y, r: 14, fill: "transparent" }), drawn("path", { d: SHAPES[kind], transform: `translate(${x} ${y})` }));
    tips.push(tipOf(group, dot.text));
    group.removeAttribute("aria-describedby"); // its label says the same
    group.addEventListener("click", () => choose(number));
    group.addEventListener("keydown", (event) => {
      const next = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Enter" || event.key === " ") choose(number);
      else if (next) stepFrom(number, next);
      else return;
      event.preventDefault();
    });
    return group;
  }
  /** The arrows go from point to point, from cheap to dear. */
  function stepFrom(number, by) {
    const dots = model.get("dots"), order = dots.map((_, i) => i).sort((a, b) => dots[a].x - dots[b].x || a - b);
    const to = order[(order.indexOf(number) + by + order.length) % order.length];
    box.querySelector(`[data-dot="${to}"]`).focus();
  }
  function readKey(dots) {
    const there = new Set(dots.map(kindOf));
    const words = { chosen: "the advice", "as-is": "leave things as they are", dot: "other sets that were found", out: "over the budget, or the worst gets worse" };
    const sign = (kind) => drawn("svg", { viewBox: "-12 -12 24 24", class: "twq-dot", "data-kind": kind }, drawn("path", { d: SHAPES[kind] }));
    key.replaceChildren(...Object.keys(words).filter((kind) => there.has(kind)).map((kind) => make("span", {}, sign(kind), words[kind])));
    key.append(make("span", { text: "lines: 95 % sure" }));
  }
  const paint = () => dress(model, root);
  const observer = new ResizeObserver(() => read());
  observer.observe(root);
  const ends = [watchTheme(paint), listen(model, { "dots title x_label y_label version": quietly(read, 20), "colours theme": paint })];
  paint();
  read();
  root.style.background = "";
  return () => {
    observer.disconnect();
    ends.forEach((end) => end());
  };
}

export default { render };
