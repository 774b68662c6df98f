// What all pages share: making elements out of text, and the line to the server.
"use strict";

const $ = (id) => document.getElementById(id);

/** An element; text is put in as text, never as markup. */
function make(tag, options = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") el.textContent = value;
    else if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else el.setAttribute(name, value === true ? "" : value);
  }
  el.append(...children);
  return el;
}

function write(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

/** Says what is wrong, or nothing. */
function say(sentence) {
  const el = $("said");
  el.hidden = !sentence;
  write(el, sentence || "");
}

const number = (x, digits = 0) => Number(x).toLocaleString("en", { maximumFractionDigits: digits });
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** "Week 3 of 36", and what state the game is in. */
function whenText(s) {
  if (s.phase === "lobby") return "Not begun yet";
  if (s.over) return `All ${s.periods} ${s.word}s are played`;
  const now = `${capital(s.word)} ${s.period + 1} of ${s.periods}`;
  return s.phase === "running" ? now : `${now}: ${s.phase}`;
}

/** One line to the server: it comes back by itself, and what was not acknowledged is sent again. */
class Line {
  constructor(kind, show) {
    this.kind = kind;
    this.show = show;
    this.open = [];
    this.count = 0;
    this.wait = 500;
    this.ends = null;
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
    window.addEventListener("online", () => this.wake());
    setInterval(() => this.tick(), 500);
    this.connect();
  }
  connect() {
    const url = new URL(`live/${this.kind}`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.search = "";
    this.socket = new WebSocket(url);
    this.socket.onopen = () => {
      this.wait = 500;
      document.body.classList.remove("offline");
      for (const asked of this.open) this.socket.send(asked.text);
    };
    this.socket.onmessage = (event) => this.read(JSON.parse(event.data));
    this.socket.onclose = (event) => {
      if (event.code === 4403 || event.code === 4404) return;
      document.body.classList.add("offline");
      say("The line to the server is down. It is tried again; nothing that was taken is lost.");
      setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(2 * this.wait, 5000);
    };
  }
  wake() {
    if (this.socket.readyState === WebSocket.CLOSED) this.connect();
  }
  read(message) {
    if (message.gone) {
      document.querySelector("main").replaceChildren(make("p", { text: message.gone, class: "wrong", role: "alert" }), make("p", {}, make("a", { href: "./", text: "Take a seat again" })));
    } else if (message.state) {
      if (document.body.classList.contains("offline") || !this.seen) say("");
      document.body.classList.remove("offline");
      this.seen = true;
      this.ends = message.left === null ? null : performance.now() + 1000 * message.left;
      this.show(message.state);
      this.tick();
    } else if ("of" in message) {
      const at = this.open.findIndex((asked) => asked.id === message.of);
      const [asked] = at < 0 ? [null] : this.open.splice(at, 1);
      say(message.error);
      if (asked && asked.then) asked.then(message.error || "");
    } else if (message.error) say(message.error);
  }
  tick() {
    const el = $("clock");
    if (el) write(el, this.ends === null ? "" : `${Math.max(0, Math.ceil((this.ends - performance.now()) / 1000))} s left`);
  }
  /** Asks for something; `then` gets "" or the sentence that refuses it. */
  ask(command, values = {}, then = null) {
    const id = `${Date.now().toString(36)}-${++this.count}`;
    const text = JSON.stringify({ do: command, id, ...values });
    this.open.push({ id, text, then });
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }
}

const SVG = "http://www.w3.org/2000/svg";

/** A small line chart. series: [{name, values, dash, colour}]; x counts from 1. */
function lineChart(svg, series, label) {
  const [w, h, left, top, right, bottom] = [640, 240, 44, 12, 628, 212];
  const all = series.flatMap((s) => s.values), n = Math.max(2, ...series.map((s) => s.values.length));
  const high = Math.max(4, ...all), low = Math.min(0, ...all);
  const x = (i) => left + ((right - left) * i) / (n - 1), y = (v) => bottom - ((bottom - top) * (v - low)) / (high - low);
  const part = (tag, options) => {
    const el = document.createElementNS(SVG, tag);
    for (const [k, v] of Object.entries(options)) k === "text" ? (el.textContent = v) : el.setAttribute(k, v);
    return el;
  };
  svg.replaceChildren();
  const step = niceStep((high - low) / 4);
  for (let v = Math.ceil(low / step) * step; v <= high + 1e-9; v += step) {
    svg.append(part("line", { x1: left, x2: right, y1: y(v), y2: y(v), class: "grid" }));
    svg.append(part("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end", text: number(v) }));
  }
  for (let i = 0; i < n; i += Math.max(1, Math.ceil(n / 8))) svg.append(part("text", { x: x(i), y: h - 8, "text-anchor": "middle", text: i + 1 }));
  for (const s of series) {
    const points = s.values.map((v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`).join(" ");
    svg.append(part("polyline", { points, class: "line", style: `stroke:var(--${s.colour})`, "stroke-dasharray": s.dash || "none" }));
  }
  const last = series.map((s) => `${s.name} now ${number(s.values.at(-1) ?? 0)}`).join(", ");
  svg.setAttribute("aria-label", `${label}. ${last}.`);
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  return [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) || 1;
}

/** A table of texts with a header. */
function fillTable(table, head, rows) {
  table.replaceChildren(
    make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col", text })))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((text, i) => make(i ? "td" : "th", i ? { text } : { scope: "row", text }))))),
  );
}
