// A small line chart without a library.
"use strict";

const SVG = "http://www.w3.org/2000/svg";

function drawn(tag, options, ...children) {
  const el = document.createElementNS(SVG, tag);
  for (const [k, v] of Object.entries(options)) k === "text" ? (el.textContent = v) : el.setAttribute(k, v);
  el.append(...children);
  return el;
}

/** series: [{name, values, look}], look = "baseline", "scenario" or "other" (colour and dashes); x counts from 1. */
function lineChart(svg, series, label, unit) {
  const w = Math.max(320, svg.clientWidth || 640), [h, left, top, right, bottom] = [240, 40, 24, w - 12, 208];
  const all = series.flatMap((s) => s.values), n = Math.max(2, ...series.map((s) => s.values.length));
  const high = Math.max(4, ...all), low = Math.min(0, ...all);
  const x = (i) => left + ((right - left) * i) / (n - 1), y = (v) => bottom - ((bottom - top) * (v - low)) / (high - low);
  svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
  svg.replaceChildren(drawn("text", { x: 4, y: 12, text: "units" }), drawn("text", { x: right, y: h - 3, "text-anchor": "end", text: unit }));
  const step = niceStep((high - low) / 4);
  for (let v = Math.ceil(low / step) * step; v <= high + 1e-9; v += step) {
    svg.append(drawn("line", { x1: left, x2: right, y1: y(v), y2: y(v), class: Math.abs(v) < 1e-9 ? "grid zero" : "grid" }));
    svg.append(drawn("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end", text: number(v || 0) }));
  }
  for (let i = 0; i < n; i += Math.max(1, Math.ceil((n * 44) / (right - left)))) svg.append(drawn("text", { x: x(i), y: bottom + 17, "text-anchor": "middle", text: i + 1 }));
  for (const s of series) {
    const points = s.values.map((v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`).join(" ");
    svg.append(drawn("polyline", { points, class: `line ${s.look}` }));
    if (s.values.length) svg.append(drawn("circle", { cx: x(s.values.length - 1), cy: y(s.values.at(-1)), r: 4, class: `dot ${s.look}` }));
  }
  const last = series.filter((s) => s.values.length).map((s) => `${s.name} now ${number(s.values.at(-1))}`).join(", ");
  svg.setAttribute("aria-label", `${label}. ${last}.`);
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  return [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) || 1;
}

/** The key under a chart: a piece of each line and its name. */
function chartKey(el, series) {
  el.replaceChildren(...series.map((s) => make("span", {}, drawn("svg", { viewBox: "0 0 28 8", "aria-hidden": "true" }, drawn("line", { x1: 0, x2: 28, y1: 4, y2: 4, class: `line ${s.look}` })), ` ${s.name}`)));
}
