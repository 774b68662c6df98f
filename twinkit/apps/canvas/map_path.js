// The way back of an explanation on the map: which sites and lanes the missing goods trace to.

/** Reads a path ({sites, lanes}: pairs of position and share) so that it can be looked up. */
const readPath = (path) => ({ sites: new Map(path.sites || []), lanes: new Map(path.lanes || []) });

/** Draws the lanes of the path below the sites: wide, and wider for a larger share. */
function drawPathLanes(g, scene, colours) {
  g.lineCap = "round";
  for (const [colour, more] of [[colours.sea, 4], [colours.scenario, 0]]) {
    g.strokeStyle = g.fillStyle = colour;
    for (const [i, share] of scene.path.lanes) {
      if (!scene.curves[i]) continue;
      g.lineWidth = 2 + 3 * share + more;
      g.stroke(scene.curves[i].path);
      if (!more) for (const arrow of scene.curves[i].arrows) drawArrow(g, arrow, 6 + 3 * share);
    }
  }
  g.lineCap = "butt";
}

/** Draws a double ring around every site of the path, and its share beside it. */
function drawPathSites(g, scene, colours) {
  g.font = `650 11px ${FONT}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  for (const [i, share] of scene.path.sites) {
    const p = scene.points[i];
    if (!p) continue;
    ring(g, p, scene.radius + 4, colours.sea, 5);
    ring(g, p, scene.radius + 4, colours.scenario, 2.5);
    words(g, percent(share), p.x, p.y + scene.radius + 14, colours.ink, colours.sea);
  }
  g.textAlign = "left";
}

/** What the path says, for people who cannot see it. */
function pathInWords(scene) {
  const parts = [...scene.path.sites].map(([i, share]) => `${nameOf(scene, i)} ${percent(share)}`);
  return parts.length ? ` The missing units trace to: ${parts.join(", ")}.` : "";
}
