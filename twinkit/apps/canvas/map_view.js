// Where things are on the map: projection, zoom, and the layout of sites and lanes.

const MILLER = (1.25 * 180) / Math.PI;
const northing = (lat) => -MILLER * Math.log(Math.tan(Math.PI / 4 + (0.4 * limit(lat, -85, 85) * Math.PI) / 180));
const TOP = northing(82),
  BOTTOM = northing(-58);

/**
 * A window on a sheet that shows the world once, in Miller's projection. The sheet is cut where
 * the sites leave the widest gap, so that a chain around the Pacific is not torn apart.
 * Units of the sheet: degrees of longitude, and as much downward.
 */
class View {
  constructor() {
    Object.assign(this, { width: 0, height: 0, scale: 1, left: -180, top: TOP, cut: -180, home: 1, moved: false });
  }

  /** Shows all sites, as large as they fit. */
  fit(sites, width, height) {
    Object.assign(this, { width, height, moved: false });
    const lons = sites.map((s) => ((s.lon % 360) + 360) % 360).sort((a, b) => a - b);
    let gap = 0,
      first = 0;
    lons.forEach((lon, i) => {
      const step = i ? lon - lons[i - 1] : lon + 360 - lons[lons.length - 1];
      if (step > gap) [gap, first] = [step, i];
    });
    const span = lons.length ? 360 - gap : 300;
    const middle = lons.length ? lons[first] + span / 2 : 10;
    this.cut = middle - 180 - 360 * Math.round(middle / 360);
    const ys = sites.length ? sites.map((s) => northing(s.lat)) : [TOP, BOTTOM];
    const high = Math.min(...ys),
      low = Math.max(...ys);
    const pad = width < 600 ? 22 : 56;
    this.scale = Math.min((width - 2 * pad) / Math.max(span, 4), (height - 2 * pad) / Math.max(low - high, 3));
    if (!sites.length) this.scale = width / 360;
    this.home = this.scale;
    this.left = this.cut + 180 - width / this.scale / 2;
    this.top = (high + low) / 2 - height / this.scale / 2;
    this.clamp();
  }

  /** Follows a new size of the canvas: all sites again, unless a person has moved the map. */
  resize(sites, width, height) {
    if (width === this.width && height === this.height) return false;
    if (!this.moved) this.fit(sites, width, height);
    else {
      this.left += (this.width - width) / this.scale / 2;
      this.top += (this.height - height) / this.scale / 2;
      Object.assign(this, { width, height });
      this.clamp();
    }
    return true;
  }

  /** Keeps the window on the sheet; a sheet that is smaller than the window is centred. */
  clamp() {
    const wide = this.width / this.scale,
      tall = this.height / this.scale;
    const keep = (start, size, low, high) =>
      size >= high - low ? (low + high - size) / 2 : limit(start, low, high - size);
    this.left = keep(this.left, wide, this.cut, this.cut + 360);
    this.top = keep(this.top, tall, TOP, BOTTOM);
  }

  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const scale = limit(this.scale * factor, Math.min(this.home, this.width / 360), 400);
    this.left += x / this.scale - x / scale;
    this.top += y / this.scale - y / scale;
    Object.assign(this, { scale, moved: true });
    this.clamp();
  }

  pan(dx, dy) {
    this.left -= dx / this.scale;
    this.top -= dy / this.scale;
    this.moved = true;
    this.clamp();
  }

  /** Moves a point into sight if it is not; says whether it had to. */
  reveal({ x, y }, edge) {
    const dx = Math.max(edge - x, 0) + Math.min(this.width - edge - x, 0);
    const dy = Math.max(edge - y, 0) + Math.min(this.height - edge - y, 0);
    if (dx || dy) this.pan(dx, dy);
    return Boolean(dx || dy);
  }

  /** Forgets where a person moved the map: the next paint fits the sites again. */
  forget() {
    Object.assign(this, { width: 0, moved: false });
  }

  /** Returns the pixel of a place. */
  place(lon, lat) {
    const turns = Math.floor((lon - this.cut) / 360);
    return [(lon - 360 * turns - this.left) * this.scale, (northing(lat) - this.top) * this.scale];
  }
}

/** Pushes points that overlap apart, a little; each keeps its true place as (tx, ty). */
function spread(points, gap) {
  if (points.length > 400) return;
  for (let round = 0; round < 14; round++) {
    for (let i = 0; i < points.length; i++) {
      for (let j = 0; j < i; j++) {
        const a = points[i],
          b = points[j];
        let dx = a.x - b.x,
          dy = a.y - b.y,
          far = Math.hypot(dx, dy);
        if (far >= gap) continue;
        if (far < 0.01) [dx, dy, far] = [Math.cos(i), Math.sin(i), 1];
        const push = (gap - Math.min(far, gap)) / 2 / far;
        a.x += dx * push;
        a.y += dy * push;
        b.x -= dx * push;
        b.y -= dy * push;
      }
    }
  }
  for (const p of points) {
    // nobody strays far from home
    const dx = p.x - p.tx,
      dy = p.y - p.ty,
      far = Math.hypot(dx, dy),
      most = 2.5 * gap;
    if (far > most) [p.x, p.y] = [p.tx + (dx / far) * most, p.ty + (dy / far) * most];
  }
}

/** Returns a lane as a path that bends to the left of travel, with a place for its arrow. */
function laneCurve(a, b, world) {
  const path = new Path2D(),
    arrows = [];
  if (!a || !b) return { path, arrows };
  const turn = Math.abs(b.x - a.x) > world / 2 ? Math.sign(a.x - b.x) * world : 0; // the short way round
  for (const shift of turn ? [0, -turn] : [0]) {
    const x1 = a.x + shift,
      x2 = b.x + turn + shift;
    const dx = x2 - x1,
      dy = b.y - a.y,
      far = Math.hypot(dx, dy) || 1;
    const bend = Math.min(0.17 * far, 70) / far;
    const cx = (x1 + x2) / 2 + dy * bend,
      cy = (a.y + b.y) / 2 - dx * bend;
    path.moveTo(x1, a.y);
    path.quadraticCurveTo(cx, cy, x2, b.y);
    arrows.push({ x: (x1 + 2 * cx + x2) / 4, y: (a.y + 2 * cy + b.y) / 4, angle: Math.atan2(dy, dx), far });
  }
  return { path, arrows };
}

/** Works out all places on the screen for this view: once per view, not once per frame. */
function layOut(scene, view) {
  const grow = limit(Math.pow(view.scale / view.home, 0.3), 0.8, 1.8);
  const crowd = limit(Math.sqrt(60 / Math.max(scene.sites.length, 1)), 0.5, 1);
  scene.radius = (view.width < 600 ? 5 : 7.5) * grow * crowd;
  scene.points = scene.sites.map((site) => {
    const [x, y] = view.place(site.lon, site.lat);
    return { x, y, tx: x, ty: y };
  });
  spread(scene.points, 2.1 * scene.radius);
  scene.curves = scene.lanes.map((lane) => laneCurve(scene.points[lane.from], scene.points[lane.to], 360 * view.scale));
}

/** Returns the site under a point, or -1. */
function siteAt(scene, x, y) {
  let best = -1,
    least = scene.radius + 7;
  scene.points.forEach((p, i) => {
    const far = Math.hypot(p.x - x, p.y - y);
    if (far < least) [best, least] = [i, far];
  });
  return best;
}

/** Returns the nearest site in a direction (dx, dy); the same site if there is none. */
function neighbour(scene, from, dx, dy) {
  const here = scene.points[from];
  let best = from,
    least = Infinity;
  scene.points.forEach((p, i) => {
    const along = (p.x - here.x) * dx + (p.y - here.y) * dy;
    const aside = Math.abs((p.x - here.x) * dy - (p.y - here.y) * dx);
    const cost = along + 2.5 * aside;
    if (i !== from && along > 0.5 && aside < 3 * along && cost < least) [best, least] = [i, cost];
  });
  return best;
}

/**
 * Zoom and pan by mouse, wheel, touch and pinch. Calls `moved` after each step, `tapped` on a
 * click, and `passedBy` when a wheel belongs to the page, because the map has not been clicked.
 */
function gestures(canvas, view, { moved, tapped, passedBy }) {
  const down = new Map();
  let travelled = 0;
  const at = (event) => [event.offsetX, event.offsetY];
  const centre = () => {
    const all = [...down.values()];
    const x = all.reduce((sum, p) => sum + p[0], 0) / all.length,
      y = all.reduce((sum, p) => sum + p[1], 0) / all.length;
    return { x, y, wide: all.length > 1 ? Math.hypot(all[0][0] - all[1][0], all[0][1] - all[1][1]) : 0 };
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    if (!down.size) travelled = 0;
    down.set(event.pointerId, at(event));
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId)) return;
    const before = centre();
    down.set(event.pointerId, at(event));
    const now = centre();
    travelled += Math.hypot(now.x - before.x, now.y - before.y) + Math.abs(now.wide - before.wide);
    if (travelled < 4) return;
    canvas.classList.add("twin-dragging");
    view.pan(now.x - before.x, now.y - before.y);
    if (before.wide && now.wide) view.zoom(now.wide / before.wide, now.x, now.y);
    moved();
  });
  const up = (event) => {
    if (!down.delete(event.pointerId)) return;
    canvas.classList.remove("twin-dragging");
    if (event.type === "pointerup" && travelled < 4) tapped(...at(event));
  };
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, up);
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== canvas) return passedBy();
      event.preventDefault();
      view.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015) * (event.deltaMode ? 20 : 1)), ...at(event));
      moved();
    },
    { passive: false },
  );
}
