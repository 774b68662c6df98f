// Asks the server for what is new and puts it in place of what is shown; the reader stays where they were.
"use strict";
const EVERY = 2000;
const said = document.getElementById("said");
const page = document.getElementById("page");
let have = -1;
let since = 0;
let failed = 0;

function tell(text, wrong) {
  if (said.textContent !== text) said.textContent = text;
  said.classList.toggle("wrong", wrong);
}

function put(html) {
  const made = new DOMParser().parseFromString(html, "text/html");
  const open = new Map([...page.querySelectorAll(".scroll")].map((e, i) => [i, e.scrollLeft]));
  const focus = document.activeElement && document.activeElement.id;
  made.querySelectorAll("script, style, .skip").forEach((e) => e.remove());
  page.replaceChildren(...made.body.childNodes);
  page.querySelectorAll(".scroll").forEach((e, i) => { e.scrollLeft = open.get(i) || 0; });
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  document.title = made.title;
}

async function ask() {
  try {
    const answer = await fetch(`now?have=${have}`, { cache: "no-store" });
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error || answer.status);
    failed = 0;
    if (found.html !== null) {
      put(found.html);
      have = found.number;
      since = Date.now();
    }
    const age = Math.round((Date.now() - since) / 1000);
    const behind = found.looking && (have === 0 || age > 9) && "… New readings are being taken in; what is shown is older.";
    tell(found.problems[0] || behind || (age < 5 ? "● Up to date." : `● Up to date; nothing new for ${age < 90 ? `${age} seconds` : `${Math.round(age / 60)} minutes`}.`), found.problems.length > 0);
  } catch (error) {
    failed += 1;
    tell(`■ The twin does not answer (${error.message}). What is shown may be old.`, true);
  }
  setTimeout(ask, Math.min(EVERY * 2 ** Math.min(failed, 4), 30000));
}

ask();
