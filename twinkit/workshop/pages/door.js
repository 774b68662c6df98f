// The door: the code of the room, a name, a team and a seat.
"use strict";

const form = $("join"), team = form.elements.team, NEW = "\u0000new";
const key = [...crypto.getRandomValues(new Uint32Array(5))].map((x) => x.toString(36)).join("-"); // sent again, it is known again
let shown = null, gone = "";
form.elements.code.value = new URLSearchParams(location.search).get("code") || "";

function show(s) {
  shown = s;
  write($("title"), s.title);
  write($("story"), s.story);
  const free = s.teams.find((t) => t.seats.some((seat) => !seat.taken));
  showTeams(s, free);
  form.hidden = !s.open;
  if (!s.open) say("This session is closed: no more seats are given.");
  else if (!free && !s["more teams"]) say("All seats are taken. Ask the trainer for one.");
  showSeats();
}

/** The teams to choose from. What somebody chose is never put in place of something else: they choose again. */
function showTeams(s, free) {
  const first = team.options.length === 0, chosen = team.value;
  const options = [...s.teams.map((t) => [t.name, t.name]), ...(s["more teams"] ? [[NEW, "A new team …"]] : [])];
  const has = (value) => options.some(([v]) => v === value);
  if (chosen && !has(chosen)) gone = chosen;
  if (gone && has(gone)) gone = "";
  team.replaceChildren(make("option", { value: "", text: "Choose a team …" }), ...options.map(([value, text]) => make("option", { value, text })));
  if (first) team.value = options.length === 1 ? options[0][0] : free ? "" : s["more teams"] ? NEW : "";
  else team.value = has(chosen) ? chosen : "";
  sayGone();
}

function sayGone() {
  const text = !gone || team.value ? "" : gone === NEW ? "New teams can no longer be made; choose one of those that are there." : `The team ${gone} is no longer there; choose another.`;
  write($("gone"), text);
  $("gone").hidden = !text;
}

function showSeats() {
  if (!shown) return;
  const lost = gone === NEW && !team.value;
  $("new").hidden = team.value !== NEW && !lost;
  form.elements.newteam.disabled = lost; // what was typed stays in sight
  form.elements.newteam.required = team.value === NEW;
  const seats = (shown.teams.find((t) => t.name === team.value) || { seats: [] }).seats;
  const taken = (role) => seats.some((s) => s.role === role && s.taken);
  if ($("roles").children.length !== shown.roles.length) {
    $("roles").replaceChildren(...shown.roles.map((role) => make("label", { class: "seat" }, make("input", { type: "radio", name: "role", value: role.name, required: true }),
      make("span", {}, make("strong", {}), make("br"), make("span", { class: "quiet", text: role.task })))));
  }
  shown.roles.forEach((role, i) => {
    const label = $("roles").children[i], box = label.querySelector("input");
    box.disabled = taken(role.name);
    if (box.disabled) box.checked = false;
    write(label.querySelector("strong"), role.name + (box.disabled ? " (taken)" : ""));
  });
}

team.addEventListener("change", () => {
  sayGone();
  showSeats();
});
/** Sends the form, and goes on to a page if it is taken. */
async function send(path, values, page) {
  for (const button of [$("go"), $("watch")]) button.disabled = true;
  try {
    const answer = await fetch(path, { method: "POST", body: values });
    const { error } = await answer.json();
    if (answer.ok) location.href = page;
    else say(error);
  } catch {
    say("The server does not answer. Is this device in the network of the room? Press again in a moment.");
  }
  for (const button of [$("go"), $("watch")]) button.disabled = false;
  if (!$("said").hidden) $("said").scrollIntoView({ block: "center" });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const values = new URLSearchParams(new FormData(form));
  if (team.value === NEW) values.set("team", form.elements.newteam.value);
  values.delete("newteam");
  values.set("key", key);
  send("join", values, "play");
});
$("watch").addEventListener("click", () => {
  if (form.elements.code.reportValidity()) send("watch", new URLSearchParams({ code: form.elements.code.value }), "board");
});
new Line("door", show);
