// One thought a page: arrow keys, Page keys, space, Home and End; the address keeps the page.
"use strict";

const pages = [...document.querySelectorAll("section")], which = document.getElementById("which");
let at = 0;

function show(number) {
  at = Math.max(0, Math.min(pages.length - 1, number));
  pages.forEach((page, i) => page.classList.toggle("shown", i === at));
  for (const page of pages.slice(at, at + 2)) for (const part of page.querySelectorAll("[data-src]")) { // this one and the next
    const live = part.closest("[data-live]"); // drawn anew whenever it is shown
    if (live && page !== pages[at]) continue;
    part[part.tagName === "IMG" ? "src" : "srcset"] = part.dataset.src + (live ? `?${Date.now()}` : "");
    if (!live) delete part.dataset.src;
  }
  which.selectedIndex = at;
  document.getElementById("back").disabled = at === 0;
  document.getElementById("next").disabled = at === pages.length - 1;
  history.replaceState(null, "", `#${pages[at].id}`);
}

const go = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Home: -Infinity, End: Infinity };
document.addEventListener("keydown", (event) => {
  const step = go[event.key];
  if (!step || event.ctrlKey || event.altKey || event.metaKey || event.target.matches("select, button") && event.key === " ") return;
  if (event.target === which) which.blur();
  event.preventDefault();
  show(at + step);
});
document.getElementById("back").addEventListener("click", () => show(at - 1));
document.getElementById("next").addEventListener("click", () => show(at + 1));
which.addEventListener("change", () => { show(which.selectedIndex); which.blur(); });
addEventListener("hashchange", () => show(pages.findIndex((page) => `#${page.id}` === location.hash)));
show(Math.max(0, pages.findIndex((page) => `#${page.id}` === location.hash)));
