// Lanes that can be clicked.

const probe = document.createElement("canvas").getContext("2d"); // knows what lies on a path; nothing is drawn on it

/** Returns the lane under a point, or -1; what is drawn last comes first. */
function laneAt(scene, x, y) {
  probe.lineWidth = 14; // wide enough for a finger
  for (let i = scene.curves.length - 1; i >= 0; i--) if (probe.isPointInStroke(scene.curves[i].path, x, y)) return i;
  return -1;
}
