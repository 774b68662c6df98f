// The map of the chain: reads the traits, and answers to people.

const HELP = "Arrow keys move between sites, Enter selects, Escape lets go, space plays, plus, minus and 0 zoom.";
const INSET = 8; // half of a slider's thumb
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function render({ model, el }) {
  const view = new View();
  const scene = {
    ...{ sites: [], lanes: [], marks: [], days: 1, counts: [], colours: {} }, // the chain
    ...{ fill: [], state: [], flow: [], day: 0 }, // what happens; while playing, a day has a fraction
    ...{ selected: -1, focus: -1, hover: -1, tipped: -1 }, // positions of sites
    ...{ points: [], curves: [], radius: 6, sides: new Map() }, // places on the screen
    path: readPath({}),
  };
  const page = mapPage({
    play: () => setPlaying(!model.get("playing")),
    slide: () => setDay(Number(page.slider.value)),
    zoomIn: () => zoomBy(1.5),
    zoomOut: () => zoomBy(1 / 1.5),
    fit: () => refit(),
  });
  const { canvas, root } = page;
  el.append(root);

  // --- painting
  const land = document.createElement("canvas"); // painted once per view
  let rings = [],
    landKey = "",
    laidOut = false;
  function landFor(width, height, ratio) {
    const key = [view.left, view.top, view.scale, width, height, ratio, root.dataset.theme].join();
    if (key !== landKey) {
      Object.assign(land, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
      drawLand(land.getContext("2d"), rings, view, scene.colours, ratio);
      landKey = key;
    }
    return land;
  }
  function draw(g, width, height, ratio) {
    if (view.resize(scene.sites, width, height) || !laidOut) layOut(scene, view);
    laidOut = true;
    g.drawImage(landFor(width, height, ratio), 0, 0, width, height);
    drawLanes(g, scene, scene.colours);
    drawPathLanes(g, scene, scene.colours);
    drawSites(g, scene, scene.colours);
    drawPathSites(g, scene, scene.colours);
    showTip(page, scene);
    drawNames(g, scene, scene.colours, width, height);
  }
  const screen = painter(canvas, draw, counter(model, root));
  const overview = painter(page.strip, (g, width, height) => drawStrip(g, scene, scene.colours, width, height, INSET));
  function moved() {
    laidOut = false;
    screen.ask();
  }

  // --- words
  const tell = quietly(() => {
    // once things have come to rest
    write(page.live, `${capital(scene.word)} ${today(scene)}: ${summary(scene, true)}.${pathInWords(scene)}`);
    fillTable(page, scene);
  }, 350);
  function showDay() {
    const day = today(scene),
      date = model.get("dates")[day] || "",
      sum = summary(scene, false);
    page.slider.value = day;
    page.slider.setAttribute("aria-valuetext", `${capital(scene.word)} ${day}${date && `, ${date}`}: ${sum}`);
    write(page.day, `${capital(scene.word)} ${day}`);
    write(page.date, date);
    write(page.sum, sum);
    if (!model.get("playing")) tell();
    screen.ask();
  }

  // --- reading the traits
  function readTheme() {
    scene.colours = dress(model, root);
    canvas.style.setProperty("--twin-height", `${model.get("height")}px`);
    makeLegend(page, scene);
    screen.ask();
    overview.ask();
  }
  function readOutline() {
    rings = landRings(numbers(model.get("outline"), Float32Array));
    landKey = "";
    screen.ask();
  }
  function readChain() {
    Object.assign(scene, {
      sites: model.get("sites"),
      lanes: model.get("lanes"),
      focus: -1,
      hover: -1,
      sides: new Map(),
    });
    const holds = `${many(scene.sites.length, "site")} and ${many(scene.lanes.length, "lane")} on a map`;
    canvas.setAttribute("aria-label", `${holds}. ${HELP}`);
    makeRows(page, scene);
    view.forget();
    readTheme();
    readSelected();
    moved();
  }
  function readFrames() {
    scene.fill = numbers(model.get("fill"), Float32Array);
    scene.state = numbers(model.get("state"), Uint8Array);
    scene.flow = numbers(model.get("flow"), Float32Array);
    scene.days = Math.max(model.get("shape")[0] || 1, 1);
    scene.word = model.get("word") || "day";
    page.slider.setAttribute("aria-label", capital(scene.word));
    scene.counts = countStates(scene);
    scene.day = limit(scene.day, 0, scene.days - 1);
    page.slider.max = scene.days - 1;
    overview.ask();
    showDay();
  }
  function readSelected() {
    scene.selected = scene.sites.findIndex((site) => site.name === model.get("selected"));
    tell();
    screen.ask();
  }
  function readTheWayBack() {
    scene.path = readPath(model.get("path"));
    root.dataset.path = scene.path.sites.size;
    tell();
    screen.ask();
  }
  function readDay() {
    const day = limit(model.get("day"), 0, scene.days - 1);
    if (day === today(scene)) return;
    scene.day = day;
    showDay();
  }
  function readMarks() {
    scene.marks = model.get("marks");
    overview.ask();
  }
  function readPlaying() {
    const on = model.get("playing"),
      label = on ? "Pause" : "Play";
    cancelAnimationFrame(frame);
    frame = last = 0;
    if (on) frame = requestAnimationFrame(step);
    else {
      scene.day = today(scene);
      showDay();
    }
    page.play.setAttribute("aria-label", label);
    page.play.title = label;
    page.play.classList.toggle("twin-on", on);
  }

  // --- what people do
  function set(name, value) {
    model.set(name, value);
    model.save_changes();
  }
  function setDay(day) {
    scene.day = day;
    if (model.get("day") !== today(scene)) set("day", today(scene));
    showDay();
  }
  function select(i) {
    const name = i < 0 ? "" : scene.sites[i].name;
    set("selected", name === model.get("selected") ? "" : name);
  }
  function setPlaying(on) {
    if (on && scene.day >= scene.days - 1) setDay(0);
    set("playing", on);
  }
  let frame = 0,
    last = 0;
  function step(now) {
    frame = requestAnimationFrame(step);
    const still = calmly(),
      speed = still ? Math.min(4, model.get("speed")) : model.get("speed");
    if (last && now - last < (still ? 1000 / speed : 30)) return; // 30 frames a second are plenty
    const passed = last ? Math.min((now - last) / 1000, 0.25) : 0; // a sleeping tab does not jump
    const day = Math.min(scene.day + passed * speed, scene.days - 1);
    last = now;
    setDay(still ? Math.round(day) : day);
    if (day >= scene.days - 1) set("playing", false);
  }
  function zoomBy(factor) {
    view.zoom(factor);
    moved();
  }
  function refit() {
    view.fit(scene.sites, view.width, view.height);
    moved();
  }
  function goTo(i) {
    Object.assign(scene, { focus: i, hover: -1 });
    if (view.reveal(scene.points[i], 30)) moved();
    const { state, stock } = siteToday(scene, i);
    write(page.live, `${nameOf(scene, i)}, ${scene.sites[i].kind || "site"}: ${state}, stock ${stock}.`);
    screen.ask();
  }
  function press(key) {
    if (key in DIRECTIONS && scene.sites.length) {
      goTo(scene.focus < 0 ? Math.max(scene.selected, 0) : neighbour(scene, scene.focus, ...DIRECTIONS[key]));
    } else if (key === "Enter" && scene.focus >= 0) select(scene.focus);
    else if (key === "Escape") select(-1);
    else if (key === " ") setPlaying(!model.get("playing"));
    else if (key === "+" || key === "=") zoomBy(1.5);
    else if (key === "-") zoomBy(1 / 1.5);
    else if (key === "0") refit();
    else return false;
    return true;
  }
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !press(event.key)) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook has keys of its own
  });
  canvas.addEventListener("blur", () => {
    scene.focus = -1;
    screen.ask();
  });
  function point(i) {
    if (i === scene.hover) return;
    scene.hover = i;
    canvas.style.cursor = i < 0 ? "" : "pointer";
    screen.ask();
  }
  canvas.addEventListener("pointermove", (event) => {
    if (!event.buttons) point(siteAt(scene, event.offsetX, event.offsetY));
  });
  canvas.addEventListener("pointerleave", () => point(-1));
  const unhint = quietly(() => page.hint.classList.remove("twin-on"), 1200);
  gestures(canvas, view, {
    moved,
    tapped(x, y) {
      const i = siteAt(scene, x, y), lane = i < 0 && model.get("lanes_too") ? laneAt(scene, x, y) : -1;
      if (lane >= 0) model.send({ press: "lane", lane });
      else if (i >= 0 || model.get("selected")) select(i);
    },
    passedBy() {
      page.hint.classList.add("twin-on");
      unhint();
    },
  });

  // --- begin and end
  scene.day = model.get("day");
  for (const read of [readOutline, readChain, readMarks, readFrames, readPlaying]) read();
  const stop = listen(model, {
    "sites lanes": readChain,
    "sites shape fill state flow": readFrames,
    "theme colours height": readTheme,
    ...{ outline: readOutline, marks: readMarks, day: readDay, dates: showDay },
    ...{ playing: readPlaying, selected: readSelected, path: readTheWayBack, version: screen.ask },
  });
  const ends = [stop, screen.end, overview.end, tell.end, unhint.end, watchTheme(readTheme)];
  return () => {
    cancelAnimationFrame(frame);
    for (const end of ends) end();
  };
}

export default { render };
