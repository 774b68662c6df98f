// The beamer: how to come in, how far the game is, who is awaited.
"use strict";

function show(s) {
  document.title = s.title;
  write($("title"), s.title);
  write($("address"), s.address);
  write($("code"), s.code);
  write($("when"), whenText(s));
  write($("news"), s.news);
  $("news").hidden = !s.news;
  write($("message"), s.message);
  $("message").hidden = !s.message;
  document.body.classList.toggle("begun", s.phase !== "lobby");
  $("come").hidden = s.phase === "closed";
  const awaited = s.teams.reduce((sum, t) => sum + t.awaited.length, 0), people = count(s.people, "person", "people");
  write($("waiting"), s.phase === "running" && !s.over && s.people ? (awaited ? `${count(awaited, "order")} still to come` : "All orders are in") : `${people} in ${count(s.teams.length, "team")}`);
  write($("unit"), s.costs ? `cost of the whole chain, measures included [${s.currency}]${s.compared ? `, ${s.compared}` : ""}, the lowest first` : "");
  const teams = s.costs ? [...s.teams].sort((a, b) => s.costs[a.name] - s.costs[b.name]) : s.teams;
  $("teams").replaceChildren(...teams.map((t) => make("li", { class: t.awaited.length ? "late" : "" }, make("b", { text: t.name }),
    ...(s.costs ? [make("b", { class: "money", text: number(s.costs[t.name]) })] : []), make("span", { text: status(s, t) }))));
  $("fork").hidden = !s.fork;
  $("teams").hidden = $("unit").hidden = Boolean(s.fork);
  if (s.fork) {
    write($("fork-title"), `What if: ${s.fork.team}, ${s.fork.name}`);
    forkTable($("forked"), s, s.fork);
  }
}

function status(s, team) {
  const where = whereText(s, team), at = where && `${where} · `;
  if (!team.people) return `${at}bots`;
  if (s.phase !== "running" || s.over || team.over) return `${at}${count(team.people, "person", "people")}`;
  return at + (team.awaited.length ? `${team.awaited.length > 2 ? team.awaited.length : team.awaited.join(", ")} to order …` : "✓ all in");
}

const line = new Line("board", show);
