// The tabs of the workbench. Arrows, Home and End walk; the panels beside the tabs get their roles here.

let sets = 0;

function render({ model, el }) {
  const id = `twb-${++sets}`;
  const list = make("div", { class: "twb-tabs", role: "tablist", "aria-label": "Panels of the workbench" });
  const root = make("nav", { class: "twb-part", "data-testid": "tabs" }, list);
  el.append(root);

  function choose(key, focus) {
    model.set("selected", key);
    model.save_changes();
    if (focus) list.querySelector(`[data-key="${CSS.escape(key)}"]`).focus();
  }
  function build() {
    list.replaceChildren(...model.get("tabs").map(([key, title]) =>
      make("button", { type: "button", role: "tab", class: "twb-tab", id: `${id}-tab-${key}`, "aria-controls": `${id}-panel-${key}`, "data-key": key, text: title, onclick: () => choose(key) })));
    mark();
  }
  function mark() {
    for (const tab of list.children) {
      const now = tab.dataset.key === model.get("selected");
      tab.setAttribute("aria-selected", String(now));
      tab.tabIndex = now ? 0 : -1;
      if (now) tab.scrollIntoView?.({ block: "nearest", inline: "nearest" });
    }
    adopt();
  }
  /** Gives the boxes of the panels, which Python makes, their roles. */
  function adopt() {
    const page = root.closest(".twb");
    for (const box of page ? page.querySelectorAll(":scope > .twb-panel, .twb-panels > .twb-panel") : []) {
      const key = [...box.classList].find((name) => name.startsWith("twb-is-"))?.slice(7);
      if (!key) continue;
      const wanted = { role: "tabpanel", id: `${id}-panel-${key}`, "aria-labelledby": `${id}-tab-${key}` };
      for (const [name, value] of Object.entries(wanted)) if (box.getAttribute(name) !== value) box.setAttribute(name, value);
      box.hidden = key !== model.get("selected");
    }
  }
  list.addEventListener("keydown", (event) => {
    const keys = model.get("tabs").map(([key]) => key), at = keys.indexOf(model.get("selected"));
    const next = { ArrowRight: (at + 1) % keys.length, ArrowLeft: (at + keys.length - 1) % keys.length, Home: 0, End: keys.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(keys[next], true);
  });
  let observer = null;
  requestAnimationFrame(() => {
    const page = root.closest(".twb");
    if (!page) return;
    observer = new MutationObserver(adopt);
    observer.observe(page, { childList: true, subtree: true });
    adopt();
  });
  return follow(model, root, { tabs: build, selected: mark }, () => observer?.disconnect());
}

export default { render };
