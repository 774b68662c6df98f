"""Places on a map: projection, the cut of the sheet, ways between places, names that do not overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from twinkit.show.outline import outline

View = tuple[float, float, float, float]
"""West, east, south, north on the sheet: degrees of longitude, and as much upward."""
Extents = tuple[float, float, float, float]
"""Left, lower, right, upper [pixels]."""
BOW = 0.13
"""How far a way bends to its right, as a share of its length: so its direction can be seen."""


def northing(lat):
    """Miller's projection: height on the sheet of a latitude (degrees of longitude).

    >>> round(float(northing(60.0)), 1)
    68.6
    """
    phi = np.radians(np.clip(lat, -85, 85))
    return np.degrees(1.25 * np.log(np.tan(np.pi / 4 + 0.4 * phi)))


def unrolled(lon: np.ndarray) -> np.ndarray:
    """Longitudes on a sheet that is cut where the places leave the widest gap.

    >>> unrolled(np.array([170.0, -170.0])).tolist()
    [170.0, 190.0]
    """
    if len(lon) < 2:
        return lon
    order = np.sort(lon % 360)
    gaps = np.diff(np.append(order, order[0] + 360))
    west = order[(int(gaps.argmax()) + 1) % len(order)]
    out = west + (lon - west) % 360
    return out - 360 * np.round((out.min() + out.max()) / 720)


def view_of(points: np.ndarray, aspect: float, pad: float = 0.06, least: float = 6.0) -> View:
    """A view that holds all points, with this width / height."""
    low, high = points.min(axis=0), points.max(axis=0)
    wide, tall = np.maximum(high - low, [least, least / aspect]) * (1 + 2 * pad)
    wide, tall = max(wide, tall * aspect), max(tall, wide / aspect)
    x, y = (low + high) / 2
    return x - wide / 2, x + wide / 2, y - tall / 2, y + tall / 2


def inside(points: np.ndarray, view: View) -> np.ndarray:
    """Which points lie in a view."""
    x, y = points.T
    return (x >= view[0]) & (x <= view[1]) & (y >= view[2]) & (y <= view[3])


def crowds(points: np.ndarray, world: View, most: int, aspect: float, share: float = 0.16, least: int = 5) -> list[View]:
    """Views of the densest places, largest crowd first; each place is in one of them at most.

    Parameters
    ----------
    points
        Places on the sheet.
    world
        View of all of them.
    most
        Largest number of views.
    aspect
        Width / height of the views.
    share
        Width of a view as a share of that of the world.
    least
        Places that make a crowd.
    """
    wide = share * (world[1] - world[0])
    half = np.array([wide, wide / aspect]) / 2 * 0.9
    free, found = np.ones(len(points), bool), []
    while len(found) < most and free.any():
        near = (np.abs(points[:, None] - points[None]) <= half).all(axis=2) & free
        best = int((near.sum(axis=1) * free).argmax())
        if near[best].sum() < least:
            break
        found.append(view_of(points[near[best]], aspect, pad=0.14, least=wide / 4))
        free &= ~inside(points, found[-1])
    return found


def draw_land(ax: Axes, view: View, colours: dict[str, str]) -> None:
    """Sea and land in a view."""
    ax.set_facecolor(colours["sea"])
    parts = []
    for ring in outline():
        x, y = ring[:, 0].astype(float), northing(ring[:, 1].astype(float))
        if y.max() < view[2] or y.min() > view[3]:
            continue
        for turn in (-360, 0, 360):
            if x.max() + turn >= view[0] and x.min() + turn <= view[1]:
                parts.append(Path(np.column_stack([x + turn, y]), closed=True))
    if parts:
        land = PathPatch(Path.make_compound_path(*parts), facecolor=colours["land"], edgecolor=colours["border"], lw=0.5)
        ax.add_artist(land)  # add_patch would look at every point of it for limits that are set below
    ax.set(xlim=view[:2], ylim=view[2:], xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color=colours["rule"], linewidth=0.8)


def way(stops: np.ndarray) -> np.ndarray:
    """A bent way through stops, shape (points, 2); each leg takes the shorter way around the world."""
    stops = stops.copy()
    for i in range(1, len(stops)):
        stops[i:, 0] -= 360 * np.round((stops[i, 0] - stops[i - 1, 0]) / 360)
    bow = BOW if len(stops) == 2 else BOW / 2
    s = np.linspace(0, 1, 24)[:, None]
    legs = []
    for a, b in zip(stops[:-1], stops[1:], strict=True):
        right = np.array([b[1] - a[1], a[0] - b[0]])
        middle = (a + b) / 2 + 2 * bow * right
        legs.append((1 - s) ** 2 * a + 2 * s * (1 - s) * middle + s**2 * b)
    return np.vstack(legs)


def turns_of(points: np.ndarray, view: View) -> list[float]:
    """Copies of a way (degrees to the east) of which some part lies in a view."""
    return [turn for turn in (-360.0, 0.0, 360.0) if inside(points + [turn, 0], view).any()]


def place_names(
    ax: Axes, points: np.ndarray, names: Sequence[str], avoid: np.ndarray, radius: float, colours: dict[str, str],
    everything: bool = False,
) -> list[str]:  # fmt: skip
    """Write names beside points so that no two overlap; first come, first served.

    Parameters
    ----------
    ax
        Axes with their final limits.
    points, names
        Where and what to write, the most important first.
    avoid
        All points that no name may cover.
    radius
        Size of a point [points].
    everything
        Write names that find no room too, where they overlap least.

    Returns
    -------
    list
        The names that found room.
    """
    figure = ax.figure
    renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else figure._get_renderer()
    pixel = figure.dpi / 72
    frame = ax.get_window_extent(renderer).padded(-2 * pixel)
    size = radius * pixel
    taken = [(x - size, y - size, x + size, y + size) for x, y in ax.transData.transform(avoid)]
    halo, written, around = [withStroke(linewidth=1.8, foreground=colours["sea"])], [], list(_offsets(radius))
    for (x, y), name in zip(points, names, strict=True):
        text = ax.annotate(name, (x, y), (0, 0), textcoords="offset points", fontsize="x-small", zorder=8,
                           linespacing=0.95, path_effects=halo)  # fmt: skip
        px, py = ax.transData.transform((x, y))
        extent = text.get_window_extent(renderer)  # measured once: that is what takes long
        places = [(_around(px + dx * pixel, py + dy * pixel, extent.size, *_sides(dx, dy)), dx, dy) for dx, dy in around]
        fit = next((place for place in places if _clear(place[0], taken, frame)), None)
        if fit is None and not everything:
            text.remove()
            continue
        box, dx, dy = fit or places[0]
        (text.xyann, (ha, va)) = (dx, dy), _sides(dx, dy)
        text.set(ha=ha, va=va)
        taken.append(box)
        written.append(name)
        if np.hypot(dx, dy) > 2.2 * radius + 3:
            ends = ax.transData.inverted().transform([(px, py), (px + dx * pixel, py + dy * pixel)])
            ax.plot(*ends.T, color=colours["quiet"], lw=0.5, zorder=4)
    return written


def _offsets(radius: float):
    """Places of a name around its point [points], near ones first."""
    for step in (radius + 1.5, radius + 7, radius + 14, radius + 23, radius + 34, radius + 46):
        for angle in (0, 180, 35, -35, 145, -145, 90, -90, 15, -15, 165, -165, 60, -60, 120, -120):
            yield step * np.cos(np.radians(angle)), step * np.sin(np.radians(angle))


def _sides(dx: float, dy: float) -> tuple[str, str]:
    """How a name that is put there [points] from its point is aligned: it grows away from it."""
    across = "left" if dx > 1 else "right" if dx < -1 else "center"
    return across, "center" if abs(dx) > 1 else "bottom" if dy > 0 else "top"


def _around(x: float, y: float, size: np.ndarray, across: str, upward: str) -> Extents:
    """The box [pixels] of words of a size that are aligned to a place."""
    wide, high = size
    left = x - wide * {"left": 0.0, "center": 0.5, "right": 1.0}[across]
    low = y - high * {"bottom": 0.0, "center": 0.5, "top": 1.0}[upward]
    return left, low, left + wide, low + high


def _clear(box: Extents, taken: list[Extents], frame: Bbox) -> bool:
    x0, y0, x1, y1 = box
    if x0 < frame.x0 or x1 > frame.x1 or y0 < frame.y0 or y1 > frame.y1:
        return False
    return not any(x0 < right and x1 > left and y0 < high and y1 > low for left, low, right, high in taken)
