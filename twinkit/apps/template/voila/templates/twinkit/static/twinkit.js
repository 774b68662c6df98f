// What the page says while it is built.
(() => {
  const started = Date.now();
  const say = (text) => {
    const place = document.getElementById("loading_text");
    if (place) place.textContent = text;
  };
  document.getElementById("loading")?.setAttribute("role", "status");
  say("Building the page …");
  window.voila_process = (step, steps) => say(`Building the page: step ${step} of ${steps} …`);
  // the server calls this every ten seconds while a step runs
  window.voila_heartbeat = () => say(
    `Still building the page, for ${Math.round((Date.now() - started) / 1000)} seconds …`);
  // a page that failed is shown at once, whatever else has been loaded, and says so once
  window.twinkit_failed = (message) => {
    if (document.querySelectorAll(".twinkit-failed[role]").length > 1) message.remove();
    document.getElementById("loading")?.remove();
    document.getElementById("rendered_cells").style.display = "";
  };
})();
