// What all pages share: making elements out of text, and words for the state of the game.
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

/** Where a team is, where teams play at their own pace. */
function whereText(s, team) {
  return !s.apart && s.farthest === s.period ? "" : s.ended ? "" : team.over ? "played to the end" : `${s.word} ${team.period + 1}`;
}

function write(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

/** Says what is wrong, or nothing. */
function say(sentence) {
  const el = $("said");
  if (!el) return;
  el.hidden = !sentence;
  write(el, sentence || "");
}

const number = (x, digits = 0) => Number(x).toLocaleString("en", { maximumFractionDigits: digits });
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** "Week 3", for the trainer "Week 3 of 36", and what state the game is in. */
function whenText(s) {
  if (s.phase === "closed") return `Closed after ${count(s.period, s.word)}`;
  if (s.phase === "lobby") return "Not begun yet";
  if (s.ended) return `All ${s.periods} ${s.word}s are played`;
  if (s.over) return "You have played to the end; other teams are still at it";
  const far = Math.min(s.farthest || 0, (s.periods || Infinity) - 1);
  const now = `${capital(s.word)}${far > s.period ? `s ${s.period + 1} to ${far + 1}` : ` ${s.period + 1}`}${s.periods ? ` of ${s.periods}` : ""}`;
  return s.phase === "running" ? now : `${now}: ${s.phase}`;
}

/** A table of texts with a header; what a row is about stands first. */
function fillTable(table, head, rows) {
  table.replaceChildren(
    make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col", text })))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((text, i) => make(i ? "td" : "th", i ? { text } : { scope: "row", text }))))),
  );
}

/** The cost of a game as it was and as it would have been, seat by seat, and up to when. */
function forkTable(table, s, fork) {
  fillTable(table, ["seat", `as it was [${s.currency}]`, `what if [${s.currency}]`], fork.costs.map(([seat, was, would]) => [seat || "whole chain", number(was), number(would)]));
  table.prepend(make("caption", { text: `cost up to the end of ${s.word} ${fork.played}` }));
  return table;
}
