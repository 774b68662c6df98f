// The map's elements in the page, and the words in them.

/** Makes all elements. `acts` says what the buttons and the slider do. */
function mapPage(acts) {
  const button = (label, text, onclick) =>
    make("button", { type: "button", class: "twin-button", "aria-label": label, title: label, text, onclick });
  const page = {
    canvas: make("canvas", { class: "twin-canvas", tabindex: 0, role: "application", "aria-roledescription": "map" }),
    strip: make("canvas", { class: "twin-strip", "aria-hidden": true }),
    tip: make("div", { class: "twin-tip", "aria-hidden": true, hidden: true }),
    hint: make("div", { class: "twin-hint", "aria-hidden": true, text: "Click the map first, then the wheel zooms" }),
    play: make("button", { type: "button", class: "twin-button twin-play", onclick: acts.play }, make("i")),
    slider: make("input", {
      type: "range",
      class: "twin-range",
      min: 0,
      step: 1,
      "aria-label": "Day",
      oninput: acts.slide,
    }),
    day: make("span", { class: "twin-day" }),
    date: make("span", { class: "twin-quiet" }),
    sum: make("span", { class: "twin-sum" }),
    legend: make("div", { class: "twin-legend" }),
    live: make("div", { class: "twin-unseen", "aria-live": "polite" }),
    caption: make("caption"),
    rows: make("tbody"),
  };
  page.tip.append(
    make("strong"),
    make("span", { class: "twin-quiet" }),
    make("span"),
    make("span", { class: "twin-quiet" }),
  );
  const zoom = make(
    "div",
    { class: "twin-zoom", role: "group", "aria-label": "Zoom" },
    button("Zoom in", "+", acts.zoomIn),
    button("Zoom out", "\u2212", acts.zoomOut),
    button("Show all sites", "\u2922", acts.fit),
  );
  const track = make("div", { class: "twin-track" }, page.strip, page.slider);
  const when = make("div", { class: "twin-when" }, make("span", {}, page.day, page.date), page.sum);
  const heads = ["Site", "State", "Stock"].map((text) => make("th", { scope: "col", text }));
  const table = make("table", {}, page.caption, make("thead", {}, make("tr", {}, ...heads)), page.rows);
  page.stage = make("div", { class: "twin-stage" }, page.canvas, zoom, page.tip, page.hint);
  page.root = make(
    "div",
    { class: "twin", "data-testid": "twin-map", role: "group", "aria-label": "Map of the chain" },
    page.stage,
    make("div", { class: "twin-bar" }, page.play, track, when),
    make("div", { class: "twin-foot" }, page.legend),
    page.live,
    make("div", { class: "twin-unseen" }, table),
  );
  return page;
}

const today = (scene) => Math.floor(scene.day);
const nameOf = (scene, i) => scene.sites[i].label || scene.sites[i].name;
const stateAt = (scene, i) => scene.state[today(scene) * scene.sites.length + i] || 0;

/** Says how a site is today. */
function siteToday(scene, i) {
  const fill = scene.fill[today(scene) * scene.sites.length + i];
  const stock = !Number.isFinite(fill) ? "not known" : fill >= 10 ? "10 times the usual or more" : `${percent(fill)} of usual`;
  return { state: scene.colours.states[stateAt(scene, i)].name, stock };
}

/** Counts the sites per state on each day. */
function countStates(scene) {
  const n = scene.sites.length;
  return Array.from({ length: scene.days }, (_, d) => {
    const count = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) count[scene.state[d * n + i] || 0] += 1;
    return count;
  });
}

/** Says how many sites are in trouble today; `long` also names the worst. */
function summary(scene, long) {
  const count = scene.counts[today(scene)] || [0, 0, 0, 0];
  const told = [3, 2, 1].filter((state) => count[state]);
  if (!told.length) return "all sites calm";
  const parts = told.map((state) => `${count[state]} ${scene.colours.states[state].name}`);
  if (!long) return parts.join(" \u00b7 ");
  parts[0] = parts[0].replace(" ", count[told[0]] === 1 ? " site " : " sites ");
  const worst = scene.sites.map((_, i) => i).filter((i) => stateAt(scene, i) >= 2);
  worst.sort((a, b) => stateAt(scene, b) - stateAt(scene, a));
  const names = worst.slice(0, 8).map((i) => nameOf(scene, i));
  if (worst.length > 8) names.push("\u2026");
  return parts.join(", ") + (names.length ? `: ${names.join(", ")}` : "");
}

/** A word with which a sentence begins. */
const capital = (word = "day") => word.charAt(0).toUpperCase() + word.slice(1);

/** Shows the tip of the site that is pointed at, or hides it. */
function showTip(page, scene) {
  const i = (scene.tipped = scene.hover >= 0 ? scene.hover : scene.focus);
  page.tip.hidden = i < 0;
  if (i < 0) return;
  const site = scene.sites[i],
    { state, stock } = siteToday(scene, i);
  const lines = [
    nameOf(scene, i),
    [site.kind, site.where].filter(Boolean).join(", "),
    `${capital(scene.word)} ${today(scene)}: ${state}, stock ${stock}`,
    site.text || "",
  ];
  lines.forEach((line, k) => write(page.tip.children[k], line));
  moveTip(page.tip, page.stage, scene.points[i].x, scene.points[i].y, scene.radius + 10);
}

/** Makes one row per site, to be filled by `fillTable`. */
function makeRows(page, scene) {
  const row = (_, i) => make("tr", {}, make("th", { scope: "row", text: nameOf(scene, i) }), make("td"), make("td"));
  page.rows.replaceChildren(...scene.sites.map(row));
}

function fillTable(page, scene) {
  write(page.caption, `Sites on ${scene.word || "day"} ${today(scene)}`);
  [...page.rows.rows].forEach((row, i) => {
    const { state, stock } = siteToday(scene, i);
    write(row.cells[1], state);
    write(row.cells[2], stock);
  });
}

/** Explains the states, and the modes of transport that occur. */
function makeLegend(page, scene) {
  const { colours } = scene,
    known = Object.keys(colours.modes);
  const rank = (mode) => (known.indexOf(mode) + 99) % 99; // unknown modes last
  const modes = [...new Set(scene.lanes.map((lane) => lane.mode))].filter(Boolean);
  const line = (mode) => (g) => {
    Object.assign(g, { strokeStyle: colours.lane, lineWidth: 1.6 });
    g.setLineDash(dashes(colours, mode));
    g.stroke(new Path2D("M1 8H27"));
  };
  page.legend.replaceChildren(
    ...colours.states.map((look) =>
      legendItem(look.name, (g) => drawSite(g, 14, 8, 5.5, look, 0.65, colours), look.meaning),
    ),
    ...modes.sort((a, b) => rank(a) - rank(b)).map((mode) => legendItem(mode, line(mode))),
    make("span", { class: "twin-item", text: "Level: stock against usual (ring: above it). Line width: flow." }),
  );
}
