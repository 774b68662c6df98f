// Curves over days: reads the traits, owns the page's elements, and answers to people.

function render({ model, el }) {
  const chart = { lines: [], days: 1, word: "day", range: null, unit: "", direct: true, marks: [], hover: -1 };
  let colours = {},
    box = null;

  // --- elements
  const title = make("div", { class: "twin-title" }),
    now = make("div", { class: "twin-now" });
  const canvas = make("canvas", { class: "twin-canvas twin-curves", tabindex: 0, role: "slider", "aria-valuemin": 0 });
  const tip = make("div", { class: "twin-tip", "aria-hidden": true, hidden: true });
  const stage = make("div", { class: "twin-stage" }, canvas, tip);
  const legend = make("div", { class: "twin-legend" }),
    note = make("div", { class: "twin-note" });
  const caption = make("caption"),
    head = make("tr"),
    rows = make("tbody");
  const table = make("div", { class: "twin-unseen" }, make("table", {}, caption, make("thead", {}, head), rows));
  const root = make(
    "div",
    { class: "twin", "data-testid": "twin-curves", role: "group" },
    make("div", { class: "twin-head" }, title, now),
    stage,
    make("div", { class: "twin-foot" }, legend, note),
    table,
  );
  el.append(root);

  // --- painting
  const screen = painter(
    canvas,
    (g, width, height, ratio) => {
      const narrow = width < 480;
      chart.direct = !narrow && chart.lines.length > 0;
      legend.hidden = !(model.get("legend") || narrow);
      g.clearRect(0, 0, width, height);
      box = frame(g, chart, width, height);
      drawAxes(g, chart, box, colours, day());
      g.save();
      g.beginPath();
      g.rect(box.left, box.top - 3, box.right - box.left, box.bottom - box.top + 5);
      g.clip();
      const [a, b] = model.get("shade");
      if (chart.lines[a] && chart.lines[b]) drawShade(g, [chart.lines[a], chart.lines[b]], box, colours, ratio);
      for (const line of chart.lines) drawBand(g, line, box);
      for (const line of chart.lines) drawLine(g, line, box);
      g.restore();
      drawMarks(g, chart.marks, box, colours, width);
      if (chart.direct) drawEnds(g, chart.lines, box, colours);
      if (chart.hover >= 0 && chart.hover !== day()) drawCursor(g, chart, chart.hover, box, colours, false);
      drawCursor(g, chart, day(), box, colours, true);
      placeTip();
    },
    counter(model, root),
  );

  // --- words
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const day = () => limit(model.get("day"), 0, chart.days - 1);
  function placeTip() {
    if (chart.hover < 0) {
      tip.hidden = true;
      return;
    }
    const parts = [
      `${capital(chart.word)} ${chart.hover}`,
      ...chart.lines.map((line) => `${line.name} ${withInterval(line, chart.hover, chart.unit)}`),
    ];
    while (tip.children.length > parts.length) tip.lastChild.remove();
    while (tip.children.length < parts.length) tip.append(make(tip.children.length ? "span" : "strong"));
    parts.forEach((text, i) => write(tip.children[i], text));
    const first = chart.lines[0];
    moveTip(tip, stage, box.x(chart.hover), first ? box.y(first.mean[chart.hover]) : box.top, 14);
  }
  const atDay = (d) =>
    `${capital(chart.word)} ${d}: ${chart.lines.map((line) => `${line.name} ${withInterval(line, d, chart.unit)}`).join(", ")}`;
  function showDay() {
    write(
      now,
      chart.lines.length
        ? `${capital(chart.word)} ${day()}: ${chart.lines.map((line) => `${line.name} ${inUnit(line.mean[day()], chart.unit)}`).join(" \u00b7 ")}`
        : "",
    );
    canvas.setAttribute("aria-valuenow", day());
    canvas.setAttribute("aria-valuetext", atDay(day()));
    screen.ask();
  }
  /** One sentence: the baseline's mean, and how far each other series falls or rises. */
  function summary() {
    const [base, ...others] = chart.lines;
    if (!base) return "no data yet";
    const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
    const parts = [
      `${base.name} ${withInterval({ mean: [mean(base.mean)], low: [mean(base.low)], high: [mean(base.high)] }, 0, chart.unit)}`,
    ];
    for (const line of others) {
      let low = 0,
        high = 0,
        under = 0,
        over = 0;
      line.mean.forEach((v, d) => {
        if (v < line.mean[low]) low = d;
        if (v > line.mean[high]) high = d;
        under = Math.max(under, base.mean[d] - v);
        over = Math.max(over, v - base.mean[d]);
      });
      const [verb, day] = under >= over ? ["falls to", low] : ["rises to", high];
      parts.push(`${line.name} ${verb} ${inUnit(line.mean[day], chart.unit)} on ${chart.word} ${day}`);
    }
    return parts.join(", ");
  }
  const tell = quietly(() => {
    const named = model.get("title") || "Curves";
    canvas.setAttribute("aria-label", `${named}: ${summary()}. Arrow keys move the ${chart.word}.`);
    write(caption, `${named}${chart.unit && chart.unit !== "share" ? `, ${chart.unit}` : ""}`);
    head.replaceChildren(
      ...[capital(chart.word), ...chart.lines.map((line) => line.name)].map((text) => make("th", { scope: "col", text })),
    );
    const days = [...new Set(Array.from({ length: 12 }, (_, k) => Math.round((k * (chart.days - 1)) / 11)))];
    rows.replaceChildren(
      ...days.map((d) =>
        make(
          "tr",
          {},
          make("th", { scope: "row", text: d }),
          ...chart.lines.map((line) => make("td", { text: withInterval(line, d, chart.unit) })),
        ),
      ),
    );
  }, 300);

  // --- reading the traits
  function readData() {
    const values = numbers(model.get("data"), Float32Array),
      days = Math.max(model.get("days"), 1);
    chart.days = days;
    chart.word = model.get("word") || "day";
    chart.lines = model
      .get("series")
      .slice(0, Math.floor(values.length / (3 * days)))
      .map((line, i) => {
        const row = (k) => values.subarray((3 * i + k) * days, (3 * i + k + 1) * days);
        const role = line.role in colours.roles ? line.role : "other";
        return {
          name: line.name,
          colour: colours[role],
          dash: line.dash || colours.roles[role],
          mean: row(0),
          low: row(1),
          high: row(2),
        };
      });
    const unit = model.get("unit");
    chart.range = yRange(
      chart.lines,
      unit,
      [model.get("ymin"), model.get("ymax")],
      unit === chart.unit ? chart.range : null,
    );
    chart.unit = unit;
    canvas.setAttribute("aria-valuemax", days - 1);
    tell();
    showDay();
  }
  function readWords() {
    write(
      title,
      model.get("title") + (model.get("unit") && model.get("unit") !== "share" ? ` (${model.get("unit")})` : ""),
    );
    write(note, model.get("note"));
    root.setAttribute("aria-label", model.get("title") || "Curves");
    chart.marks = model.get("marks");
    tell();
    screen.ask();
  }
  function readLegend() {
    const flat = { x: (d) => 1 + 26 * d, y: (v) => v };
    const items = chart.lines.map((line) => [
      line.name,
      (g) => {
        if (line.high.some((v, d) => v > line.low[d]))
          drawBand(g, { colour: line.colour, high: [4, 4], low: [12, 12] }, flat);
        drawLine(g, { ...line, mean: [8, 8] }, flat);
      },
    ]);
    const [a, b] = model.get("shade");
    if (chart.lines[a] && chart.lines[b])
      items.push([
        `${chart.lines[b].name} below ${chart.lines[a].name}`,
        (g) => drawShade(g, [{ mean: [3, 3] }, { mean: [13, 13] }].reverse(), flat, colours, 2),
      ]);
    legend.replaceChildren(...items.map(([text, draw]) => legendItem(text, draw)));
  }
  function readTheme() {
    colours = dress(model, root);
    canvas.style.setProperty("--twin-height", `${model.get("height")}px`);
    readData();
    readLegend();
  }

  // --- what people do
  function setDay(d) {
    model.set("day", limit(Math.round(d), 0, chart.days - 1));
    model.save_changes();
    showDay();
  }
  const dayAt = (x) =>
    limit(Math.round(((x - box.left) / (box.right - box.left)) * (chart.days - 1)), 0, chart.days - 1);
  const steps = {
    ArrowLeft: -1,
    ArrowDown: -1,
    ArrowRight: 1,
    ArrowUp: 1,
    PageDown: -10,
    PageUp: 10,
    Home: -1e9,
    End: 1e9,
  };
  canvas.addEventListener("keydown", (event) => {
    if (!steps[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook has keys of its own
    setDay(day() + steps[event.key]);
  });
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || !box) return;
    canvas.setPointerCapture(event.pointerId);
    setDay(dayAt(event.offsetX));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!box) return;
    chart.hover = dayAt(event.offsetX);
    if (event.buttons & 1 && chart.hover !== day()) setDay(chart.hover);
    screen.ask();
  });
  canvas.addEventListener("pointerleave", () => {
    chart.hover = -1;
    screen.ask();
  });

  // --- begin and end
  const ends = [
    screen.end,
    tell.end,
    watchTheme(readTheme),
    listen(model, {
      "data days ymin ymax unit word": readData,
      "series shade": readTheme,
      day: showDay,
      "title unit note marks": readWords,
      "theme colours height": readTheme,
      legend: screen.ask,
      version: screen.ask,
    }),
  ];
  readTheme();
  readWords();
  return () => {
    for (const end of ends) end();
  };
}

export default { render };
