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
  // a page whose kernel or server is gone says so, greys what no longer answers, and asks the same again when it is back
  const EVERY = 1500, PATIENCE = 4000, AGAIN = "twinkit-again"; // ms; a busy computer may take seconds to answer
  let lost = 0;
  const settings = () => JSON.parse(document.getElementById("jupyter-config-data")?.textContent || "{}");
  const banner = (text, button) => {
    const cells = document.getElementById("rendered_cells");
    let place = document.getElementById("twinkit-lost");
    cells.inert = Boolean(text);
    cells.classList.toggle("twinkit-stale", Boolean(text));
    if (!text) return place?.remove();
    if (!place) {
      place = Object.assign(document.createElement("div"), { id: "twinkit-lost" });
      place.setAttribute("role", "alert");
      document.body.prepend(place);
    }
    if (place.dataset.text === text) return;
    place.dataset.text = text;
    place.textContent = text;
    if (!button) return;
    const again = Object.assign(document.createElement("button"), { textContent: "Load the page again" });
    again.addEventListener("click", () => location.reload());
    place.append(" ", again);
  };
  const look = async (kernel, base) => {
    try {
      const answer = await fetch(`${base}alive/${kernel}`, { signal: AbortSignal.timeout(PATIENCE), cache: "no-store" });
      if (answer.status === 403 || answer.redirected) {
        banner("You are no longer known here: what is shown does not change any more.", true);
        return;
      }
      const { alive, why } = answer.ok ? await answer.json() : {};
      if (alive) {
        if (lost && Date.now() - lost > 30000) return location.reload(); // its socket no longer tries
        lost = 0;
        banner("");
      } else if (why) {
        banner(`${why} What is shown is old.`, true);
        return;
      } else if (lost || Date.now() - Number(sessionStorage.getItem(AGAIN) || 0) > 60000) {
        sessionStorage.setItem(AGAIN, String(Date.now())); // not for ever, for a question that ends its kernel
        banner("What works out the answers has stopped. The page is loaded again, with what was asked …");
        return location.reload();
      } else {
        banner("What works out the answers has stopped, twice within a minute. What is shown is old.", true);
        return;
      }
    } catch {
      lost ||= Date.now();
      banner("The connection to twinkit is lost: what is shown is old and does not change. Trying again …");
    }
    setTimeout(() => look(kernel, base), EVERY);
  };
  addEventListener("load", () => {
    const { kernelId, baseUrl } = settings();
    if (kernelId && baseUrl) look(kernelId, baseUrl);
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
