// What the map looks like. Every function draws from the scene and changes nothing in it.

const SHAPES = {
  // size 1 = the radius of a circle of equal weight; top and bottom bound the gauge
  circle: { path: new Path2D("M-1 0A1 1 0 1 1 1 0A1 1 0 1 1-1 0Z"), top: -1, bottom: 1 },
  diamond: { path: new Path2D("M0-1.28L1.28 0 0 1.28-1.28 0Z"), top: -1.28, bottom: 1.28 },
  triangle: { path: new Path2D("M0-1.4L1.35.95-1.35.95Z"), top: -1.4, bottom: 0.95 },
  square: { path: new Path2D("M-1-1H1V1H-1Z"), top: -1, bottom: 1 },
};
const CROSS = new Path2D("M-.62-.62L.62.62M.62-.62L-.62.62");

/** Turns the outline (longitude, latitude, NaN between rings) into paths in units of the sheet. */
function landRings(outline) {
  const rings = [];
  let ring = null;
  for (let i = 0; i < outline.length; i += 2) {
    const lon = outline[i],
      y = northing(outline[i + 1]);
    if (Number.isNaN(lon)) {
      ring = null;
      continue;
    }
    if (!ring) rings.push((ring = { path: new Path2D(), west: lon, east: lon, north: y, south: y }));
    ring.path.lineTo(lon, y);
    ring.west = Math.min(ring.west, lon);
    ring.east = Math.max(ring.east, lon);
    ring.north = Math.min(ring.north, y);
    ring.south = Math.max(ring.south, y);
  }
  return rings;
}

/** Draws sea and land. */
function drawLand(g, rings, view, colours, ratio) {
  const { scale, left, top, width, height, cut } = view;
  const right = left + width / scale,
    bottom = top + height / scale;
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.fillStyle = colours.sea;
  g.fillRect(0, 0, width, height);
  g.fillStyle = colours.land;
  g.strokeStyle = colours.border;
  g.lineJoin = "round";
  for (const turn of [-360, 0, 360]) {
    g.setTransform(scale * ratio, 0, 0, scale * ratio, (turn - left) * scale * ratio, -top * scale * ratio);
    g.lineWidth = 0.8 / scale;
    for (const ring of rings) {
      if (ring.east + turn < left || ring.west + turn > right || ring.south < top || ring.north > bottom) continue;
      if ((ring.east - ring.west + ring.south - ring.north) * scale < 1.5) continue;
      g.fill(ring.path);
      g.stroke(ring.path);
    }
  }
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  for (const [edge, inward] of [
    [(cut - left) * scale, 1],
    [(cut + 360 - left) * scale, -1],
  ]) {
    // the sheet ends softly
    if (edge <= 0 || edge >= width) continue;
    const fade = g.createLinearGradient(edge, 0, edge + inward * 12 * scale, 0);
    fade.addColorStop(0, colours.sea);
    fade.addColorStop(1, `${colours.sea}00`);
    g.fillStyle = fade;
    g.fillRect(inward > 0 ? 0 : edge - 12 * scale, 0, inward > 0 ? edge + 12 * scale : width, height);
  }
}

/** Returns the value of a (days, items) array between two days. */
function between(values, items, day, i) {
  const d = Math.floor(day),
    here = values[d * items + i],
    next = values[(d + 1) * items + i];
  return next === undefined ? here : here + (next - here) * (day - d);
}

const dashes = (colours, mode) => colours.modes[mode] || [3, 3];

function drawLanes(g, scene, colours) {
  const { lanes, curves, flow, day, selected } = scene;
  const thin = scene.radius < 6 ? 0.75 : 1;
  g.strokeStyle = g.fillStyle = colours.lane;
  lanes.forEach((lane, i) => {
    const amount = flow.length ? limit(between(flow, lanes.length, day, i) || 0, 0, 2) : 1;
    const near = selected < 0 || lane.from === selected || lane.to === selected;
    g.globalAlpha = (0.18 + 0.32 * Math.min(amount, 1)) * (near ? (selected < 0 ? 1 : 2) : 0.3);
    g.lineWidth = (0.5 + 1.2 * amount) * thin;
    g.setLineDash(dashes(colours, lane.mode));
    g.stroke(curves[i].path);
    if (selected < 0 || !near) return;
    for (const arrow of curves[i].arrows) if (arrow.far > 5 * scene.radius) drawArrow(g, arrow, 4 + amount);
  });
  g.setLineDash([]);
  g.globalAlpha = 1;
}

function drawArrow(g, { x, y, angle }, size) {
  g.save();
  g.translate(x, y);
  g.rotate(angle);
  g.beginPath();
  g.moveTo(size, 0);
  g.lineTo(-size, size * 0.75);
  g.lineTo(-size, -size * 0.75);
  g.fill();
  g.restore();
}

/** Draws one site: a shape that says its state, filled from below like a gauge. */
function drawSite(g, x, y, radius, look, fill, colours) {
  const { path, top, bottom } = SHAPES[look.shape] || SHAPES.circle;
  const colour = colours[look.name];
  g.save();
  g.translate(x, y);
  g.scale(radius, radius);
  g.lineJoin = "round";
  g.lineWidth = 4 / radius;
  g.strokeStyle = g.fillStyle = colours.sea;
  g.stroke(path);
  g.fill(path);
  if (fill > 0) {
    g.save();
    g.clip(path);
    g.fillStyle = colour;
    g.globalAlpha = look.shape === "square" ? 0.3 : 1; // the cross must stay legible
    const level = bottom - (bottom - top) * Math.min(fill, 1);
    g.fillRect(-2, level, 4, 4);
    g.restore();
  }
  g.lineWidth = 1.5 / radius;
  g.strokeStyle = look.name === "calm" ? colour : colours.edge;
  g.stroke(path);
  if (look.shape === "square") {
    g.lineWidth = 2.2 / radius;
    g.stroke(CROSS);
  }
  if (fill > 1.1) {
    // more than usual: a ring that closes at one and a half times
    g.lineWidth = 1.5 / radius;
    g.strokeStyle = colour;
    g.beginPath();
    g.arc(0, 0, 1.25 + 3 / radius, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * limit((fill - 1) / 0.5, 0, 1));
    g.stroke();
  }
  g.restore();
}

function ring(g, point, radius, colour, width) {
  g.strokeStyle = colour;
  g.lineWidth = width;
  g.beginPath();
  g.arc(point.x, point.y, radius, 0, 2 * Math.PI);
  g.stroke();
}

function drawSites(g, scene, colours) {
  const { sites, points, state, fill, day, radius, selected, focus, hover } = scene;
  const now = Math.floor(day) * sites.length;
  const order = sites.map((_, i) => i).sort((a, b) => state[now + a] - state[now + b]);
  for (const i of order) {
    const p = points[i];
    if (Math.hypot(p.x - p.tx, p.y - p.ty) > radius) {
      // moved aside: a thread to its true place
      g.strokeStyle = colours.quiet;
      g.lineWidth = 0.75;
      g.beginPath();
      g.moveTo(p.x, p.y);
      g.lineTo(p.tx, p.ty);
      g.stroke();
    }
  }
  for (const i of order) {
    const look = colours.states[state[now + i] || 0];
    const full = fill.length ? between(fill, sites.length, day, i) : 1;
    drawSite(g, points[i].x, points[i].y, radius * (i === hover ? 1.2 : 1), look, full, colours);
  }
  if (selected >= 0) ring(g, points[selected], radius + 6, colours.ink, 2);
  if (focus >= 0) ring(g, points[focus], radius + 9, colours.focus, 2.5);
}

/** Names the sites that matter today, or all if few are in sight, where there is room. */
function drawNames(g, scene, colours, width, height) {
  const { sites, lanes, points, state, day, radius, selected, focus, sides } = scene;
  const now = Math.floor(day) * sites.length;
  const near = new Set();
  for (const lane of lanes) if (lane.from === selected || lane.to === selected) near.add(lane.from).add(lane.to);
  const weight = (i) =>
    (i === selected ? 9 : 0) + (i === focus ? 6 : 0) + (near.has(i) ? 3 : 0) + (state[now + i] || 0);
  const inSight = sites
    .map((_, i) => i)
    .filter((i) => points[i].x > 0 && points[i].y > 0 && points[i].x < width && points[i].y < height);
  const wanted = inSight.filter((i) => (weight(i) >= 2 || inSight.length <= 12) && i !== scene.tipped);
  wanted.sort((a, b) => weight(b) - weight(a) || a - b);
  const size = width < 600 ? 11 : 12;
  const taken = points.map((p) => [p.x - radius, p.y - radius, p.x + radius, p.y + radius]);
  g.textBaseline = "middle";
  g.textAlign = "left";
  let room = width < 600 ? 7 : 18;
  for (const i of wanted) {
    if (room === 0) break;
    g.font = `${i === selected ? 600 : 500} ${size}px ${FONT}`;
    const p = points[i],
      name = sites[i].label || sites[i].name,
      wide = g.measureText(name).width,
      off = radius + (i === selected || i === focus ? 11 : 5);
    const places = [
      [p.x + off, p.y],
      [p.x - off - wide, p.y],
      [p.x - wide / 2, p.y - off - size / 2],
      [p.x - wide / 2, p.y + off + size / 2],
    ];
    const sidesInOrder = [0, 1, 2, 3].sort(
      // a name keeps its side while it can
      (a, b) => (b === sides.get(i)) - (a === sides.get(i)),
    );
    for (const side of sidesInOrder) {
      const [x, y] = places[side],
        box = [x - 1, y - size / 2, x + wide + 1, y + size / 2];
      const inside = box[0] > 2 && box[1] > 2 && box[2] < width - 2 && box[3] < height - 2;
      const free =
        inside && taken.every((t, k) => k === i || t[2] < box[0] || t[0] > box[2] || t[3] < box[1] || t[1] > box[3]);
      if (!free) continue;
      sides.set(i, side);
      taken.push(box);
      words(g, name, x, y, weight(i) >= 2 ? colours.ink : colours.quiet, colours.sea);
      room -= 1;
      break;
    }
  }
}

/** Draws how many sites are in trouble on each day, as bars, and the events as flags. */
function drawStrip(g, scene, colours, width, height, inset) {
  const { counts, days, marks } = scene;
  g.clearRect(0, 0, width, height);
  const step = (width - 2 * inset) / Math.max(days - 1, 1),
    most = Math.max(scene.sites.length / 4, ...counts.map((c) => c[1] + c[2] + c[3]));
  const roof = 16,
    base = height - 1,
    tall = base - roof;
  for (const [s, name] of [
    [3, "out"],
    [2, "idling"],
    [1, "slower"],
  ]) {
    g.fillStyle = colours[name];
    g.beginPath();
    counts.forEach((count, d) => {
      const under = s === 3 ? 0 : s === 2 ? count[3] : count[3] + count[2];
      if (count[s])
        g.rect(
          inset + (d - 0.5) * step,
          base - (tall * (under + count[s])) / most,
          Math.max(step, 0.5),
          (tall * count[s]) / most,
        );
    });
    g.fill();
  }
  g.fillStyle = colours.rule;
  g.fillRect(inset, base, width - 2 * inset, 1);
  g.font = `500 11px ${FONT}`;
  g.textBaseline = "top";
  let free = 0;
  for (const mark of [...marks].sort((a, b) => a.day - b.day)) {
    const x = Math.round(inset + mark.day * step),
      wide = g.measureText(mark.label).width;
    g.fillStyle = colours.ink;
    g.fillRect(x, 4, 1, base - 4);
    g.beginPath();
    g.moveTo(x, 3);
    g.lineTo(x + 6, 6.5);
    g.lineTo(x, 10);
    g.fill();
    const end = x + 9 + wide < width,
      at = end ? x + 9 : x - 4 - wide;
    if (at < free) continue;
    words(g, mark.label, at, 1, colours.ink, colours.page);
    free = at + wide + 8;
  }
}
