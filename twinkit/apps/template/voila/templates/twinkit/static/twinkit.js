// What the page says while it is built, and the theme of the system.
(() => {
  const started = Date.now();
  const say = (text) => {
    const place = document.getElementById("loading_text");
    if (place) place.textContent = text;
  };
  window.voila_process = (step, steps) => say(`The page is being built: step ${step} of ${steps} …`);
  // the server calls this every ten seconds while a step runs
  window.voila_heartbeat = () => say(
    `The page is still being built, for ${Math.round((Date.now() - started) / 1000)} seconds …`);
  // a page that failed is shown at once, whatever else has been loaded, and says so once
  window.twinkit_failed = (message) => {
    if (document.querySelectorAll(".twinkit-failed[role]").length > 1) message.remove();
    document.getElementById("loading")?.remove();
    document.getElementById("rendered_cells").style.display = "";
  };
  // the skip link moves the focus and leaves the address alone, which holds what is asked
  document.querySelector(".twinkit-skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    const cells = document.getElementById("rendered_cells"), to = document.getElementById("answer") || cells;
    cells.tabIndex = -1;
    to.focus();
    to.scrollIntoView();
  });
  // widgets ask the page whether it is dark
  const system = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    const light = String(!system.matches), page = document.body;
    if (page.dataset.jpThemeLight !== light) page.dataset.jpThemeLight = light;
    page.classList.toggle("theme-dark", system.matches);
    page.classList.toggle("theme-light", !system.matches);
  };
  system.addEventListener("change", follow);
  new MutationObserver(follow).observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  follow();
})();
