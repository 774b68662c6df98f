// What the curves look like. Every function draws from the chart and changes nothing in it.

/** Returns round numbers from about low to high, some `count` of them. */
function ticks(low, high, count) {
  const rough = (high - low) / Math.max(count, 1) || 1,
    size = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 2.5, 5, 10].find((s) => s * size >= rough * 0.999) * size;
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++)
    found.push(Number((k * step).toPrecision(12)));
  return { found, step };
}

/** Writes a value in its unit; "share" is shown as per cent. */
function inUnit(value, unit, step = 0) {
  if (!Number.isFinite(value)) return "not defined";
  if (unit === "share") return step && step < 0.01 ? `${(100 * value).toFixed(1)}\u202f%` : percent(value);
  const size = Math.abs(value);
  return value.toLocaleString(
    "en",
    size >= 1e5 ? { notation: "compact", maximumFractionDigits: 2 } : { maximumFractionDigits: size >= 100 ? 0 : 2 },
  );
}

/** Writes a value with its interval. */
function withInterval(line, day, unit) {
  const mean = inUnit(line.mean[day], unit);
  if (!(line.high[day] > line.low[day])) return mean;
  const low = inUnit(line.low[day], unit).replace("\u202f%", ""),
    high = inUnit(line.high[day], unit).replace("\u202f%", "");
  return `${mean} (${low}\u2013${high})`;
}

/**
 * Returns the range of the y axis. It keeps the one before while the data fit it well, so that
 * the axis stands still while results are being refined.
 */
function yRange(lines, unit, fixed, before) {
  let low = Infinity,
    high = -Infinity;
  for (const line of lines)
    for (const values of [line.mean, line.low, line.high])
      for (const v of values) {
        if (v < low) low = v;
        if (v > high) high = v;
      }
  if (low > high) [low, high] = [0, 1];
  if (low === high) [low, high] = [low - Math.abs(low || 1) * 0.1, high + Math.abs(high || 1) * 0.1];
  let range = before;
  if (!before || low < before[0] || high > before[1] || high - low < 0.5 * (before[1] - before[0])) {
    const pad = 0.05 * (high - low);
    const start = low >= 0 && low < 0.4 * high ? 0 : low >= 0 ? Math.max(0, low - pad) : low - pad;
    const { step } = ticks(start, high + pad, 5);
    range = [Math.floor(start / step) * step, Math.ceil((high + pad) / step) * step];
    if (unit === "share" && high <= 1.0001) range[1] = Math.min(range[1], 1);
  }
  return [fixed[0] === null ? range[0] : fixed[0], fixed[1] === null ? range[1] : fixed[1]];
}

/** Works out margins and scales. */
function frame(g, chart, width, height) {
  const { lines, days, range, unit, direct, marks } = chart;
  g.font = `12px ${FONT}`;
  const vertical = ticks(...range, Math.max(2, Math.floor(height / 55)));
  const wide = (text) => g.measureText(text).width;
  const left = Math.ceil(Math.max(...vertical.found.map((v) => wide(inUnit(v, unit, vertical.step))), 16)) + 10;
  const right = direct ? Math.ceil(Math.max(0, ...lines.map((line) => wide(line.name)))) + 32 : 12;
  const top = marks.length ? 26 : 10,
    bottom = 24;
  const x = (day) => left + (day / Math.max(days - 1, 1)) * (width - left - right);
  const y = (value) => top + (1 - (value - range[0]) / (range[1] - range[0] || 1)) * (height - top - bottom);
  return { x, y, left, right: width - right, top, bottom: height - bottom, vertical };
}

function drawAxes(g, chart, box, colours, cursor) {
  const { x, y, left, right, bottom, vertical } = box;
  g.textBaseline = "middle";
  g.textAlign = "right";
  g.fillStyle = colours.quiet;
  for (const value of vertical.found) {
    const at = Math.round(y(value)) + 0.5;
    g.strokeStyle = colours.rule;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(left, at);
    g.lineTo(right, at);
    g.stroke();
    g.fillText(inUnit(value, chart.unit, vertical.step), left - 8, at);
  }
  g.textBaseline = "top";
  g.textAlign = "center";
  for (const day of ticks(0, chart.days - 1, Math.max(2, Math.min(10, Math.floor((right - left) / 60)))).found) {
    if (day % 1) continue;
    g.fillRect(Math.round(x(day)), bottom, 1, 4);
    if (Math.abs(x(day) - x(cursor)) > 42) g.fillText(day ? day : `${chart.word} 0`, x(day), bottom + 8); // the cursor has a label
  }
}

function trace(g, box, values, back = false) {
  const n = values.length;
  for (let k = 0; k < n; k++) {
    const d = back ? n - 1 - k : k;
    g.lineTo(box.x(d), box.y(values[d]));
  }
}

/** Shades where the second series lies below the first: the resilience triangle. */
function drawShade(g, [a, b], box, colours, ratio) {
  const area = new Path2D();
  trace(
    area,
    box,
    a.mean.map((v, d) => Math.max(v, b.mean[d])),
  );
  trace(area, box, b.mean, true);
  g.fillStyle = colours.loss;
  g.globalAlpha = 0.16;
  g.fill(area);
  const tile = make("canvas", { width: 8 * ratio, height: 8 * ratio }),
    t = tile.getContext("2d");
  t.scale(ratio, ratio);
  t.strokeStyle = colours.loss;
  t.lineWidth = 1;
  t.stroke(new Path2D("M-1 9L9-1M-1 1L1-1M7 9L9 7"));
  const pattern = g.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix([1 / ratio, 0, 0, 1 / ratio, 0, 0]));
  g.fillStyle = pattern;
  g.globalAlpha = 0.5;
  g.fill(area);
  g.globalAlpha = 1;
}

function drawBand(g, line, box) {
  g.beginPath();
  trace(g, box, line.high);
  trace(g, box, line.low, true);
  g.fillStyle = line.colour;
  g.globalAlpha = 0.16;
  g.fill();
  g.globalAlpha = 0.55;
  g.strokeStyle = line.colour;
  g.lineWidth = 0.75;
  for (const values of [line.high, line.low]) {
    g.beginPath();
    trace(g, box, values);
    g.stroke();
  }
  g.globalAlpha = 1;
}

function drawLine(g, line, box) {
  g.beginPath();
  trace(g, box, line.mean);
  g.strokeStyle = line.colour;
  g.lineWidth = 2.2;
  g.lineJoin = "round";
  g.setLineDash(line.dash);
  g.stroke();
  g.setLineDash([]);
}

/** Writes each series' name at the end of its line, moved apart where they would collide. */
function drawEnds(g, lines, box, colours) {
  g.font = `500 12px ${FONT}`;
  g.textBaseline = "middle";
  g.textAlign = "left";
  const ends = lines.map((line) => ({ line, at: limit(box.y(line.mean[line.mean.length - 1]), box.top, box.bottom) }));
  ends.sort((a, b) => a.at - b.at);
  ends.forEach((end, i) => {
    if (i) end.at = Math.max(end.at, ends[i - 1].at + 15);
  });
  const over = ends.length ? Math.max(0, ends[ends.length - 1].at - box.bottom) : 0;
  for (const { line, at } of ends) {
    const y = at - over;
    g.strokeStyle = line.colour;
    g.lineWidth = 2.2;
    g.setLineDash(line.dash.map((d) => d * 0.7));
    g.beginPath();
    g.moveTo(box.right + 5, y);
    g.lineTo(box.right + 22, y);
    g.stroke();
    g.setLineDash([]);
    g.fillStyle = colours.ink;
    g.fillText(line.name, box.right + 27, y);
  }
}

/** Draws events as thin lines with a flag; a name that finds no room is left out. */
function drawMarks(g, marks, box, colours, width) {
  g.font = `500 11px ${FONT}`;
  g.textBaseline = "top";
  g.textAlign = "left";
  let free = 0;
  for (const mark of [...marks].sort((a, b) => a.day - b.day)) {
    const x = Math.round(box.x(mark.day)),
      wide = g.measureText(mark.label).width;
    g.fillStyle = colours.quiet;
    for (let y = 6; y < box.bottom; y += mark.kind === "end" ? 5 : 1) g.fillRect(x, y, 1, mark.kind === "end" ? 2 : 1);
    g.beginPath();
    g.moveTo(x, 5);
    g.lineTo(x + 6, 8.5);
    g.lineTo(x, 12);
    g.fill();
    const at = x + 9 + wide < width ? x + 9 : x - 4 - wide;
    if (at < free) continue;
    words(g, mark.label, at, 4, colours.ink, colours.page);
    free = at + wide + 8;
  }
}

/** Draws the cursor, with a dot on each line; the main one carries its day on the axis. */
function drawCursor(g, { lines, word }, day, box, colours, main) {
  const x = Math.round(box.x(day)) + 0.5;
  g.strokeStyle = g.fillStyle = main ? colours.ink : colours.quiet;
  g.lineWidth = main ? 1.5 : 1;
  if (main) {
    g.font = `600 11px ${FONT}`;
    g.textAlign = "center";
    g.textBaseline = "middle";
    const label = `${word} ${day}`,
      half = g.measureText(label).width / 2 + 6,
      at = limit(x, half, box.right + 30 - half);
    g.beginPath();
    g.roundRect(at - half, box.bottom + 4, 2 * half, 17, 4);
    g.fill();
    g.fillStyle = colours.page;
    g.fillText(label, at, box.bottom + 13);
  }
  g.beginPath();
  g.moveTo(x, box.top - 6);
  g.lineTo(x, box.bottom);
  g.stroke();
  for (const line of lines) {
    if (!Number.isFinite(line.mean[day])) continue;
    g.beginPath();
    g.arc(box.x(day), box.y(line.mean[day]), 4, 0, 2 * Math.PI);
    g.fillStyle = line.colour;
    g.strokeStyle = colours.page;
    g.lineWidth = 1.5;
    g.fill();
    g.stroke();
  }
}
