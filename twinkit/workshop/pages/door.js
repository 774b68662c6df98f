// The door: the code of the room, a name, a team and a seat.
"use strict";

const form = $("join"), team = form.elements.team, NEW = "\u0000new";
let shown = null;
form.elements.code.value = new URLSearchParams(location.search).get("code") || "";

function show(s) {
  shown = s;
  write($("title"), s.title);
  write($("story"), s.story);
  const chosen = team.value, names = s.teams.map((t) => t.name);
  team.replaceChildren(...names.map((name) => make("option", { value: name, text: name })));
  if (s["more teams"]) team.append(make("option", { value: NEW, text: "A new team …" }));
  team.value = [...names, NEW].includes(chosen) ? chosen : (s.teams.find((t) => t.seats.some((seat) => !seat.taken)) || { name: NEW }).name;
  if (!s.open) say("This session is closed.");
  showSeats();
}

function showSeats() {
  if (!shown) return;
  $("new").hidden = team.value !== NEW;
  form.elements.newteam.required = team.value === NEW;
  const seats = (shown.teams.find((t) => t.name === team.value) || { seats: [] }).seats;
  const old = form.elements.role ? form.elements.role.value : "";
  $("roles").replaceChildren(...shown.roles.map((role) => {
    const taken = seats.some((s) => s.role === role.name && s.taken);
    const box = make("input", { type: "radio", name: "role", value: role.name, required: true, disabled: taken });
    box.checked = role.name === old && !taken;
    return make("label", { class: "seat" }, box, make("span", {}, make("strong", { text: role.name + (taken ? " (taken)" : "") }), make("br"), make("span", { class: "quiet", text: role.task })));
  }));
}

team.addEventListener("change", showSeats);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = new URLSearchParams(new FormData(form));
  if (team.value === NEW) values.set("team", form.elements.newteam.value);
  values.delete("newteam");
  try {
    const answer = await fetch("join", { method: "POST", body: values });
    const { error } = await answer.json();
    if (answer.ok) location.href = "play";
    else say(error);
  } catch {
    say("The server does not answer. Is this device in the network of the room?");
  }
});
new Line("door", show);
