"""An explanation as a picture: the way back as a graph, and on the map."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from twinkit.show.network import network_map, scene_of
from twinkit.show.palette import THEMES
from twinkit.show.picture import Picture, drawing, percent_axis, titled, wrapped
from twinkit.show.places import inside, place_names, turns_of, way
from twinkit.study.explanation import Explanation, label, span, word
from twinkit.study.walk import KNOCK_ON, Node
from twinkit.words import listed, percent

CAUSES = {
    "market": ("o", "missing"),
    "stock": ("s", "stock"),
    "event": ("X", "event"),
    "policy": ("D", "policy"),
    "capacity": ("P", "capacity"),
    "calendar": ("^", "closed"),
    "orders": ("v", "orders"),
    "rest": (".", "smaller"),
}
"""Kind of a box → its marker and its word."""
COLOURS = {"market": "baseline", "event": "scenario", "policy": "loss", "stock": "lane"}
WIDE, HIGH, GAP = 1.18, 1.08, 0.42
"""Width and height of a box, and the gap between columns [inches]."""


@dataclass
class Box:
    """What is drawn as one box: the same hop at the same distance from the market."""

    node: Node
    column: int
    share: float = 0.0
    since: int = 0
    how: str = ""
    into: dict[tuple, float] = field(default_factory=dict)
    at: tuple[float, float] = (0.0, 0.0)


def boxes_of(x: Explanation, least: float) -> dict[tuple, Box]:
    """Boxes of the market, the stocks and the causes; lanes and recipes are the links between them."""
    found: dict[tuple, Box] = {}

    def add(node: Node, column: int, parent: tuple | None, how: str) -> None:
        share = node.units / x.units
        if node.kind in ("lane", "recipe"):
            for child in node.children:
                add(child, column, parent, how if child.kind != "stock" else _how(x, node))
            return
        key = (column, node.kind, node.row, label(x, node))
        box = found.setdefault(key, Box(node, column, since=span(x, node)[0], how=how))
        box.share += share
        box.since = min(box.since, span(x, node)[0])
        if parent is not None:
            box.into[parent] = box.into.get(parent, 0.0) + share
        for child in node.children:
            if child.note != KNOCK_ON:  # the box says that it is one
                add(child, column + 1, key, "")

    if x.units:
        add(x.root, 0, None, "")
    kept = {k: b for k, b in found.items() if b.share >= least}
    for box in kept.values():
        box.into = {k: v for k, v in box.into.items() if k in kept}
    return {k: b for k, b in kept.items() if b.into or b.column == 0}


def _how(x: Explanation, node: Node) -> str:
    net = x.trail.plan.net
    if node.kind == "recipe":
        days = net.recipes["lead_time"][node.row]
        return f"made in {days:g} {word(x.trail.plan, days)}"
    days = net.lanes["lead_time"][node.row]
    return f"{net.lanes['mode'][node.row].replace('_', ' ')}, {days:g} {word(x.trail.plan, days)}"


def explanation_tree(
    found: Explanation, *, least: float = 0.03, ax: Axes | None = None, size: tuple[float, float] | None = None,
    theme: str = "light",
) -> Picture:  # fmt: skip
    """The way back from a dip: causes on the left, the market on the right.

    A box is a stock, a cause or the market; its marker and word say which, the bar on top of
    it and the width of a link the share of the missing units that passes.

    Parameters
    ----------
    found
        What :func:`twinkit.study.explain.explain` gives.
    least
        Boxes below this share of the missing units are left out [share].
    ax, size, theme
        Axes to draw on; width and height [inches], by default as large as the boxes need; "light" or "dark".
    """
    boxes, c = boxes_of(found, least), THEMES.get(theme, {})
    columns = max((b.column for b in boxes.values()), default=0) + 1
    most = _placed(boxes, columns)
    size = size or (max(columns * (WIDE + GAP) + 0.3, 8.0), max(most * HIGH * 1.12 + 1.75, 3.0))
    with drawing(size, theme, ax, layout=None) as fig:
        head, foot = 1.05 / size[1], 0.38 / size[1]
        ax = ax or fig.add_axes((0.01, foot, 0.98, max(1 - head - foot, 0.2)))
        ax.set_axis_off()
        ax.set(xlim=(-0.02, columns * (WIDE + GAP) - GAP + 0.02), ylim=(-most * 0.56, most * 0.56))
        room = ax.get_window_extent().width / fig.dpi / (columns * (WIDE + GAP) - GAP + 0.04)
        for box in boxes.values():
            _links(ax, box, boxes, c)
        for box in boxes.values():
            _draw(ax, found, box, c, room)
        _titles(ax, fig, found, size, c)
        _key(ax, boxes, c)
        fig.description = _words(found, boxes)
    return fig


def _placed(boxes: dict[tuple, Box], columns: int) -> int:
    """Give every box its place: columns by distance from the market, neighbours near each other."""
    most = 1
    for column in range(columns):
        here = [b for b in boxes.values() if b.column == column]
        most = max(most, len(here))
        near = [float(np.average([boxes[k].at[1] for k in b.into], weights=list(b.into.values()))) if b.into else 0.0 for b in here]
        order = sorted(range(len(here)), key=lambda i: (-near[i], -here[i].share))
        for place, i in enumerate(order):
            here[i].at = ((columns - 1 - column) * (WIDE + GAP), (len(here) - 1) / 2 - place)
    return most


def _links(ax: Axes, box: Box, boxes: dict[tuple, Box], c: dict) -> None:
    for key, share in box.into.items():
        x0, y0 = box.at[0] + WIDE, box.at[1]
        x1, y1 = boxes[key].at
        middle = (x0 + x1) / 2
        curve = Path([(x0, y0), (middle, y0), (middle, y1), (x1, y1)], [Path.MOVETO] + [Path.CURVE4] * 3)
        ax.add_patch(PathPatch(curve, fill=False, ec=c["lane"], alpha=0.55, lw=0.8 + 16 * share, capstyle="butt", zorder=1))


def _draw(ax: Axes, x: Explanation, box: Box, c: dict, room: float) -> None:
    left, y = box.at
    colour = c[COLOURS.get(box.node.kind, "quiet")]
    end = box.node.kind != "stock"
    ax.add_patch(Rectangle((left, y - 0.44), WIDE, 0.88, fc=c["page"], ec=colour, lw=1.6 if end else 0.9, zorder=2))
    ax.add_patch(Rectangle((left, y + 0.38), WIDE * min(box.share, 1.0), 0.06, fc=colour, ec="none", zorder=3))
    marker, name = CAUSES[box.node.kind]
    ax.plot(left + 0.08, y + 0.27, marker, color=colour, ms=5.5, mec=c["edge"], mew=0.5, zorder=4)
    top = f"{percent(box.share)}" if box.node.kind == "stock" else f"{name} {percent(box.share)}"
    ax.text(left + 0.17, y + 0.27, top, va="center", fontsize="small", fontweight="bold", zorder=4)
    scale = min(max(room, 0.8), 1.15)
    wide = max(int(18.5 * room / scale), 9)
    ax.text(left + 0.05, y + 0.18, _label(x, box, wide), va="top", fontsize=6.6 * scale, zorder=4, linespacing=1.05)


def _label(x: Explanation, box: Box, wide: int) -> str:
    """Name, day and way of a box in at most six short lines."""
    name, day = label(x, box.node), word(x.trail.plan, 1)
    parts = [wrapped(p.strip(), wide, 2) for p in name.split("|")[:2]] if box.node.kind in ("market", "stock") else [wrapped(name, wide, 4)]
    when = {"stock": "short from", "market": "from"}.get(box.node.kind, "from")
    return "\n".join([*parts, f"{when} {day} {box.since}", *([wrapped(box.how, wide, 2)] if box.how else [])])


def _titles(ax: Axes, fig: Picture, x: Explanation, size: tuple[float, float], c: dict) -> None:
    title = f"{x.market}: " + (f"{x.units:,.0f} units missing" if x.units else "no dip")
    if not isinstance(fig, Picture):
        ax.set_title(title)
        return
    fig.text(0.012, 1 - 0.07 / size[1], wrapped(title, int(9 * size[0]), 1), va="top", fontweight="bold", fontsize="x-large")
    fig.text(0.012, 1 - 0.36 / size[1], wrapped(x.sentence(), int(13.5 * size[0]), 4 if size[0] < 9 else 3), va="top", color=c["quiet"],
             fontsize="small", linespacing=1.15)  # fmt: skip


def _key(ax: Axes, boxes: dict[tuple, Box], c: dict) -> None:
    kinds = dict.fromkeys(b.node.kind for b in boxes.values())
    look = {"ls": "none", "mec": c["edge"], "mew": 0.5, "ms": 6}
    keys = [Line2D([], [], marker=CAUSES[k][0], color=c[COLOURS.get(k, "quiet")], label=CAUSES[k][1], **look) for k in kinds]
    keys.append(Line2D([], [], color=c["lane"], lw=5, alpha=0.55, label="width: share of the missing units"))
    ax.legend(handles=keys, loc="upper left", bbox_to_anchor=(0.0, 0.0), ncols=len(keys), handlelength=1.4, columnspacing=1.2,
              borderaxespad=0.1, handletextpad=0.5, fontsize="small")  # fmt: skip


def _words(x: Explanation, boxes: dict[tuple, Box]) -> str:
    told = [f"Graph of the way back. {x.sentence()}"]
    day = word(x.trail.plan, 1)
    for box in sorted(boxes.values(), key=lambda b: (b.column, -b.share)):
        kind = CAUSES[box.node.kind][1]
        told.append(f"{kind.capitalize()}, {percent(box.share)}: {label(x, box.node)}, from {day} {box.since}.")
    return " ".join(told)


def missing_curve(
    found: Explanation, *, ax: Axes | None = None, size: tuple[float, float] = (9.0, 3.2), theme: str = "light"
) -> Picture:  # fmt: skip
    """Share of the demand that is missing, period by period, and the dip that is explained.

    Parameters
    ----------
    found
        What :func:`twinkit.study.explain.explain` gives; it must have chosen its world among several.
    ax, size, theme
        Axes to draw on; width and height [inches]; "light" or "dark".

    Raises
    ------
    ValueError
        If only one world was looked at.
    """
    if found.lacking is None:
        raise ValueError("only one world was looked at: leave the number of the world out")
    course, of, c, day = found.lacking.course, found.lacking.of, THEMES[theme], word(found.trail.plan, 1)
    with drawing(size, theme, ax) as fig:
        ax = ax or fig.add_subplot()
        if found.days:
            ax.axvspan(found.days.start - 0.5, found.days.stop - 0.5, facecolor="none", edgecolor=c["quiet"], hatch="//", lw=0.5, alpha=0.5)
        ax.fill_between(course["period"], course["low"], course["high"], color=c["scenario"], alpha=0.18, lw=0)
        ax.plot(course["period"], course["mean"], color=c["scenario"], lw=1.8)
        percent_axis(ax.yaxis)
        ax.set(xlim=(0, len(course) - 1), ylim=(0.0, max(1.05 * float(course["high"].max()), 0.01)), xlabel=f"{day} of the run")
        ax.grid(axis="y")
        titled(ax, f"Not served at once: {of}", f"share of the demand; line: mean, band: 9 of 10 worlds; hatched: the dip at {found.market}", theme)
        worst = int(course["mean"].argmax())
        dip = f" The dip that is explained lasts from {day} {found.days.start} to {found.days[-1]}." if found.days else ""
        fig.description = (f"Curve of the share of demand that is not served at once at {of}. The mean of the worlds is highest on {day} {worst}, "
                           f"with {percent(float(course['mean'][worst]))}.{dip}")  # fmt: skip
    return fig


def explanation_map(
    found: Explanation, *, least: float = 0.05, details: int = 3, size: tuple[float, float] | None = None, theme: str = "light"
) -> Picture:
    """The way back on the map: the lanes that it takes are drawn in colour, as wide as the share that passes.

    Parameters
    ----------
    found
        What :func:`twinkit.study.explain.explain` gives.
    least
        Sites and lanes below this share of the missing units are left out [share].
    details
        Largest number of places that are drawn larger.
    size, theme
        Width and height [inches]; "light" or "dark".

    Raises
    ------
    ValueError
        If no site has a latitude and a longitude.
    """
    plan, path, c = found.trail.plan, found.path(least), THEMES.get(theme, {})
    fig = network_map(plan, details=details, names=False, size=size, theme=theme)
    sites = scene_of(plan).sites.set_index("name")
    at = {name: sites.loc[name, ["x", "y"]].to_numpy(float) for name in sites.index}
    named, struck = [p for p in path if "site" in p and p["site"] in at], [s for s in _struck(found) if s in at]
    others = [{"site": s, "share": 0.0} for s in struck if s not in [p["site"] for p in named]]
    with drawing(tuple(fig.get_size_inches()), theme, fig.axes[0]):
        views = [(*ax.get_xlim(), *ax.get_ylim()) for ax in fig.axes]
        for i, (ax, view) in enumerate(zip(fig.axes, views, strict=True)):
            for lane in (p for p in path if "origin" in p):
                _lane(ax, lane, at, view, c)
            _names(ax, named + others, at, view, c, views[1:] if i == 0 else [])
            places = np.array([at[s] for s in struck]).reshape(-1, 2)
            ax.plot(*places[inside(places, view)].T, "X", ms=9, color=c["scenario"], mec=c["edge"], mew=0.8, ls="none", zorder=7.5)
        title, more = fig.texts[0], fig.texts[1]
        title.set_text(wrapped(f"{found.market}: where the missing units come from", int(10 * fig.get_figwidth()), 1))
        more.set_text(wrapped("Rings and coloured lanes: the way back, as wide as the share of the missing units; cross: where an event strikes", int(14 * fig.get_figwidth()), 1))
    way_text = listed([f"{p['site']} ({percent(p['share'])})" for p in named], 12)
    lanes = [f"{p['origin']} to {p['destination']} with {p['product']} ({percent(p['share'])})" for p in path if "origin" in p]
    fig.description = f"Map of the way back. {found.sentence()} Sites: {way_text}. Lanes: {listed(lanes, 12)}."
    return fig


def _lane(ax: Axes, lane: dict, at: dict, view: tuple, c: dict) -> None:
    stops = [at[n.strip()] for n in [lane["origin"], *str(lane["via"]).split(";"), lane["destination"]] if n.strip() in at]
    stops = [s for i, s in enumerate(stops) if i == 0 or np.hypot(*(s - stops[i - 1])) > 0.02]
    if lane["origin"] not in at or lane["destination"] not in at or len(stops) < 2:
        return
    points = way(np.array(stops))
    for turn in turns_of(points, view):
        ax.plot(points[:, 0] + turn, points[:, 1], color=c["scenario"], lw=1.0 + 3.5 * min(lane["share"], 1.0), alpha=0.9, zorder=4)


def _struck(found: Explanation) -> list[str]:
    """Sites at which the events of the way back strike."""
    events = found.trail.plan.case["events"].set_index("event")
    rows = {n.row for n in found.root.every() if n.kind == "event"}
    return [p for r in rows for p in events.loc[found.trail.events[r], ["site", "origin"]] if p]


def _names(ax: Axes, named: list[dict], at: dict, view: tuple, c: dict, details: list[tuple]) -> None:
    """Rings and names of the sites of the way, the largest share first; names in details stand there."""
    here = [p for p in named if inside(np.array([at[p["site"]]]), view)[0]]
    if not here:
        return
    points = np.array([at[p["site"]] for p in here])
    ax.plot(*points.T, "o", ms=11, mfc="none", mec=c["scenario"], mew=1.6, ls="none", zorder=7)
    free = [not any(inside(point[None], v)[0] for v in details) for point in points]
    texts = [wrapped(p["site"], 20, 2) + (f" {percent(p['share'])}" if p["share"] else "") for p, f in zip(here, free, strict=True) if f]
    place_names(ax, points[free], texts, points, 6.5, c)
