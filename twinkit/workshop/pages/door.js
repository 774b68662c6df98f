// The door: the code of the room, a name, a team and a seat.
"use strict";

const form = $("join"), team = form.elements.team, NEW = "\u0000new";
const key = [...crypto.getRandomValues(new Uint32Array(5))].map((x) => x.toString(36)).join("-"); // sent again, it is known again
let shown = null;
form.elements.code.value = new URLSearchParams(location.search).get("code") || "";

function show(s) {
  shown = s;
  write($("title"), s.title);
  write($("story"), s.story);
  const chosen = team.value, names = s.teams.map((t) => t.name), options = [...names.map((name) => [name, name]), ...(s["more teams"] ? [[NEW, "A new team …"]] : [])];
  const free = s.teams.find((t) => t.seats.some((seat) => !seat.taken));
  team.replaceChildren(...options.map(([value, text]) => make("option", { value, text })));
  team.value = chosen && options.some(([value]) => value === chosen) ? chosen : free ? free.name : NEW;
  form.hidden = !s.open;
  if (!s.open) say("This session is closed: no more seats are given.");
  else if (!free && !s["more teams"]) say("All seats are taken. Ask the trainer for one.");
  showSeats();
}

function showSeats() {
  if (!shown) return;
  $("new").hidden = team.value !== NEW;
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

team.addEventListener("change", showSeats);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = new URLSearchParams(new FormData(form));
  if (team.value === NEW) values.set("team", form.elements.newteam.value);
  values.delete("newteam");
  values.set("key", key);
  $("go").disabled = true;
  try {
    const answer = await fetch("join", { method: "POST", body: values });
    const { error } = await answer.json();
    if (answer.ok) location.href = "play";
    else say(error);
  } catch {
    say("The server does not answer. Is this device in the network of the room? Press again in a moment.");
  }
  $("go").disabled = false;
  if (!$("said").hidden) $("said").scrollIntoView({ block: "center" });
});
new Line("door", show);
