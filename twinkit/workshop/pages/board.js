// The beamer: how to come in, how far the game is, who is awaited.
"use strict";

function show(s) {
  write($("title"), s.title);
  write($("address"), s.address);
  write($("code"), s.code);
  write($("when"), whenText(s));
  const people = s.people === 1 ? "1 person" : `${s.people} people`;
  write($("waiting"), `${people} in ${s.teams.length} team${s.teams.length === 1 ? "" : "s"}` + (s.waiting ? `; ${s.waiting} still to order` : ""));
  $("come").hidden = s.phase === "closed";
  $("costs").hidden = !s.costs;
  if (s.costs) fillTable($("costs"), ["team", `cost [${s.currency}]`], Object.entries(s.costs).sort((a, b) => a[1] - b[1]).map(([name, cost]) => [name, number(cost)]));
}
const line = new Line("board", show);
