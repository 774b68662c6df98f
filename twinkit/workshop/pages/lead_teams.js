// The teams on the trainer's page: a line for each, its seats behind it, and a dialog for a seat.
"use strict";

const FEW = 2; // teams that are shown open at the start
const opened = new Map();

function showTeams(s) {
  const people = new Map(s.people.map((p) => [p.number, p])), waiting = new Set(s.waiting);
  const focused = document.activeElement && $("teams").contains(document.activeElement) ? document.activeElement.id : "";
  $("none").hidden = s.teams.length > 0 || s.phase === "closed";
  $("addteam").hidden = s.farthest > 0 || s.phase === "closed";
  $("teams").replaceChildren(...s.teams.map((team, i) => teamBox(s, team, i, people, waiting)));
  if (focused && $(focused)) $(focused).focus();
}

function teamBox(s, team, i, people, waiting) {
  const seated = team.seats.flatMap((seat) => seat.players), late = seated.filter((n) => waiting.has(n)).length;
  const away = seated.filter((n) => !people.get(n).online).length;
  const where = whereText(s, team), status = !seated.length ? "bots" : s.phase !== "running" || s.over || team.over ? "" : late ? `${late} to order` : "✓ all in";
  const box = make("details", { class: "team", ontoggle: (e) => opened.set(team.name, e.target.open) },
    make("summary", { id: `team-${i}` }, make("strong", { text: team.name }), make("span", { class: "quiet", text: seated.length ? count(seated.length, "person", "people") + (away ? `, ${away} away` : "") : "" }),
      make("span", { class: late ? "late" : "quiet", text: [where, status].filter(Boolean).join(" · ") }), make("b", { class: "money", text: `${number(team.cost)} ${s.currency}` })));
  const rows = team.seats.map((seat, j) => seatRow(s, team, seat, seat.players.map((n) => people.get(n)), `seat-${i}-${j}`));
  const head = make("tr", {}, ...["seat", "who", "order", "stock − debts", `cost [${s.currency}]`].map((text) => make("th", { scope: "col", text })));
  rows.push(...team.besides.map(([line, cost]) => make("tr", {}, make("th", { scope: "row", colspan: 4, text: line }), make("td", { text: number(cost) }))));
  box.append(make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Seats of ${team.name}` }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows))));
  if (team.bought) box.append(make("p", { class: "quiet", text: `Bought: ${team.bought}` }));
  if (s.apart && s.phase !== "closed") box.append(make("p", { class: "row" },
    ...(s.phase === "running" && !team.over ? [make("button", { type: "button", text: `Play ${s.word} ${team.period + 1} of ${team.name}`, onclick: () => ask("advance", { period: team.period, team: team.name }) })] : []),
    ...(team.period ? [make("button", { type: "button", text: `Take ${team.name} back one ${s.word}`, onclick: () => goBack(1, team) })] : [])));
  if (s.farthest === 0 && !seated.length && s.phase !== "closed") box.append(make("p", {}, make("button", { type: "button", text: "Remove the team", "aria-label": `Remove the team ${team.name}`, onclick: () => ask("remove_team", { name: team.name }) })));
  box.open = opened.has(team.name) ? opened.get(team.name) : s.teams.length <= FEW;
  return box;
}

function seatRow(s, team, seat, here, id) {
  const buttons = (here.length ? here : [null]).flatMap((person, i) => [seatButton(team, seat, person, i ? `${id}-${i}` : id), " "]);
  const order = seat.order === null ? (here.length && s.phase === "running" && !s.over && !team.over ? "…" : "") : number(seat.order, 1);
  return make("tr", {}, make("th", { scope: "row", text: seat.role }), make("td", { class: "who" }, ...buttons), make("td", { text: order }), make("td", { text: number(seat.on_hand - seat.backlog, 1) }), make("td", { text: number(seat.cost) }));
}

function seatButton(team, seat, person, id) {
  const who = person ? `${person.online ? "●" : "○"} ${person.name}` : seat.ruled ? "a rule of yours" : `bot: ${seat.bot}`;
  return make("button", { type: "button", id, class: person ? "who" : "who quiet", text: who, title: person ? (person.online ? "page open" : "page not open") : "", "aria-label": `${person ? person.name + (person.online ? "" : " (away)") : `bot, ${seat.bot}`}: change the ${seat.role} of ${team.name}`, onclick: () => openSeat(team.name, seat.role, id, person && person.number) });
}

// --- the dialog

function openSeat(teamName, role, id, who) {
  const dialog = $("seat"), team = state.teams.find((t) => t.name === teamName), seat = team.seats.find((x) => x.role === role);
  const person = state.people.find((p) => p.number === who);
  const close = () => dialog.close();
  const done = (command, values) => (event) => {
    event.preventDefault();
    ask(command, values(event.target.elements));
    close();
  };
  const parts = person ? personParts(person, done, close) : [botForm(team, seat, done)];
  dialog.replaceChildren(make("h2", { id: "seat-title", text: `${person ? person.name : "A bot"}: ${role} of ${teamName}` }), ...parts, make("p", {}, make("button", { type: "button", text: "Cancel", onclick: close })));
  dialog.onclose = () => $(id) && $(id).focus();
  dialog.showModal();
}

function botForm(team, seat, done) {
  const select = make("select", { name: "bot" }, ...state.bots.map((b) => make("option", { value: b, text: b })));
  select.value = seat.bot;
  return make("form", { onsubmit: done("bot", (e) => ({ team: team.name, role: seat.role, bot: e.bot.value })) }, make("label", {}, "Which bot plays while nobody sits here?", select), make("button", { class: "main", text: "Set the bot" }));
}

function personParts(person, done, close) {
  const free = state.teams.flatMap((t) => t.seats.filter((x) => state.shared ? !x.players.includes(person.number) : !x.players.length).map((x) => [t.name, x.role]));
  const places = make("select", { name: "place" }, ...free.map((pair) => make("option", { value: JSON.stringify(pair), text: `${pair[1]} of ${pair[0]}` })));
  const seat = (e) => { const [team, role] = JSON.parse(e.place.value); return { player: person.number, team, role }; };
  return [
    make("form", { onsubmit: done("rename", (e) => ({ player: person.number, name: e.name.value })) }, make("label", {}, "Name", make("input", { name: "name", value: person.name, maxlength: 40, required: true })), make("button", { class: "main", text: "Rename" })),
    ...(free.length ? [make("form", { onsubmit: done("seat", seat) }, make("label", {}, "Another seat", places), make("button", { text: "Move there" }))] : []),
    make("p", {}, make("button", { type: "button", class: "danger", text: "Take out of the session", onclick: () => { ask("remove", { player: person.number }); close(); } }), make("span", { class: "quiet", text: " A bot takes the seat; somebody else may sit down." })),
  ];
}
