"""The chain on a map: sites, lanes and, on a day, the state of every site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from twinkit.chain.plan import Plan, plan_of
from twinkit.run.kpis import product_values
from twinkit.run.outcome import Outcome
from twinkit.run.states import site_states
from twinkit.show.palette import MODES, STATES, THEMES
from twinkit.show.picture import Picture, drawing, wrapped
from twinkit.show.places import View, crowds, draw_land, inside, northing, place_names, turns_of, unrolled, view_of, way
from twinkit.tables.case import Case
from twinkit.words import amount, listed, period_word

KINDS = {"supplier": "p", "plant": "s", "warehouse": "D", "retailer": "o", "port": "1"}
"""Marker of every kind of site."""
OTHER_MODE = (3, 3)
"""Dashes of a mode of which the palette knows none."""
PANEL_GAP = 0.08
"""Room between panels [inches]."""


@dataclass
class Scene:
    """What a map shows, on the sheet.

    Attributes
    ----------
    sites
        name, kind, tier, x, y of the sites that have a place; `size` orders them.
    ways
        points, mode and money (value of the mean flow [money/period]) of every way.
    state
        State of every site, or None.
    missing
        Sites without a place.
    """

    sites: pd.DataFrame
    ways: list[tuple[np.ndarray, str, float]]
    state: np.ndarray | None
    missing: list[str]

    @property
    def points(self) -> np.ndarray:
        """Places of the sites, shape (sites, 2)."""
        return self.sites[["x", "y"]].to_numpy(float)


def as_plan(chain: Case | Plan | Outcome) -> Plan:
    """The plan of a case, of an outcome, or the plan itself."""
    return chain.plan if isinstance(chain, Outcome) else chain if isinstance(chain, Plan) else plan_of(chain)


def lane_flows(plan: Plan) -> pd.DataFrame:
    """Lanes with the value of their mean flow, products together.

    Returns
    -------
    DataFrame
        origin, destination, mode, via, money [money/period].
    """
    lanes = plan.net.lanes[["origin", "destination", "mode", "via"]].copy()
    lanes["via"] = lanes["via"].fillna("").astype(str)
    lanes["money"] = plan.flows.lane * product_values(plan, plan.net.lanes["product"])
    return lanes.groupby(["origin", "destination", "mode", "via"], as_index=False)["money"].sum()


def scene_of(plan: Plan, outcome: Outcome | None = None, day: int | None = None, states: Sequence[int] | None = None) -> Scene:
    """Sites and ways of a plan on the sheet, with the state of the sites on a day, or as it is given."""
    sites = plan.net.sites.rename(columns={"site": "name"})[["name", "kind", "latitude", "longitude"]].copy()
    sites["tier"] = np.where(sites["kind"] == "port", -1, plan.tiers)
    sites["state"] = states if states is not None else site_states(outcome)[:, day] if outcome is not None and day is not None else 0
    placed = sites["latitude"].notna() & sites["longitude"].notna()
    missing, sites = sites.loc[~placed, "name"].tolist(), sites[placed].reset_index(drop=True)
    sites["x"], sites["y"] = unrolled(sites["longitude"].to_numpy(float)), northing(sites["latitude"].to_numpy(float))
    at = dict(zip(sites["name"], sites[["x", "y"]].to_numpy(float), strict=True))
    ways = []
    for lane in lane_flows(plan).itertuples(index=False):
        stops = [at[n] for n in [lane.origin, *map(str.strip, lane.via.split(";")), lane.destination] if n in at]
        stops = [s for i, s in enumerate(stops) if i == 0 or np.hypot(*(s - stops[i - 1])) > 0.02]
        if lane.origin in at and lane.destination in at and len(stops) > 1:
            ways.append((way(np.array(stops)), lane.mode, float(lane.money)))
    money = dict.fromkeys(at, 0.0)
    for lane in lane_flows(plan).itertuples(index=False):
        for name in (lane.origin, lane.destination):
            if name in money:
                money[name] += lane.money
    sites["size"] = sites["name"].map(money)
    known = states is not None or (day is not None and outcome is not None)
    return Scene(sites, ways, sites["state"].to_numpy(int) if known else None, missing)


def network_map(
    chain: Case | Plan | Outcome, outcome: Outcome | None = None, day: int | None = None, *, ax: Axes | None = None,
    details: int = 3, names: bool = True, size: tuple[float, float] | None = None, theme: str = "light",
    states: Sequence[int] | None = None,
) -> Picture:  # fmt: skip
    """The chain on a map of the world, with crowded places drawn larger below.

    The marker of a site says its kind, the number in it its tier; the dashes of a lane
    say its mode, its width the value of its mean flow, and it bends to the right of its
    direction.  With an outcome and a day, marker and colour say the state of the site.

    Parameters
    ----------
    chain
        A case, a plan or an outcome.
    outcome, day
        Show the state on this day [period]: means over the worlds of the first batch.
    ax
        Axes to draw on, without details.
    details
        Largest number of places that are drawn larger.
    names
        Whether to write names of sites, where there is room.
    size, theme
        Width and height [inches]; "light" or "dark".
    states
        State of every site of the plan, in place of that of a day: a number of :data:`~twinkit.show.palette.STATES`.

    Raises
    ------
    ValueError
        If no site has a latitude and a longitude, or the day is not in the run.
    """
    if isinstance(chain, Outcome) and day is not None:
        outcome = outcome or chain
    plan = as_plan(chain)
    if day is not None and (outcome is None or not 0 <= day < plan.periods):
        raise ValueError(f"a day needs an outcome and lies from 0 to {plan.periods - 1}; it is {day}")
    scene = scene_of(plan, outcome, day, states)
    if not len(scene.sites):
        raise ValueError("no site of the case has a latitude and a longitude: fill them in, or show tier_graph")
    wide = size[0] if size else 10.0
    low, high = scene.points.min(axis=0), scene.points.max(axis=0)
    aspect = float(np.clip((high[0] - low[0]) / max(1.8 * (high[1] - low[1]), 1.0), 1.6, 2.7))
    views = [] if ax is not None else crowds(scene.points, view_of(scene.points, aspect), details if wide >= 6 else 0, 1.25)
    size = size or (wide, wide / aspect + (1.1 + 0.36 * wide if views else 1.1))
    with drawing(size, theme, ax, layout=None) as fig:
        c = THEMES[theme]
        head = _Heads(plan, outcome, day)
        axes = [(ax, None)] if ax is not None else _panels(fig, scene, views, size)
        for i, (panel, view) in enumerate(axes):
            box = panel.get_window_extent()
            view = view or view_of(scene.points, box.width / box.height)
            wanted = names and box.width / fig.dpi >= (5 if i == 0 else 2)
            _draw(panel, scene, view, c, views if i == 0 else [], wanted)
            if i:
                panel.text(0.015, 0.98, "ABCDEFGH"[i - 1], transform=panel.transAxes, va="top", fontweight="bold", zorder=9)
        if ax is None:
            fits = int(10 * size[0])
            title = wrapped(head.title, fits, 1)
            fig.text(0.012, 1 - 0.06 / size[1], title, va="top", fontweight="bold", fontsize="x-large")
            fig.text(0.012, 1 - 0.32 / size[1], wrapped(head.more(scene), int(1.4 * fits), 1), va="top", color=c["quiet"])
            _key(fig, scene, c, size)
        else:
            ax.set_title(head.title)
        fig.description = _words(head.title, scene, plan)
    return fig


class _Heads:
    """Title and the quiet line below it."""

    def __init__(self, plan: Plan, outcome: Outcome | None, day: int | None) -> None:
        self.plan = plan
        title = plan.case.settings.get("title") or plan.case.name
        word = period_word(plan.case.settings)
        self.title = str(title) if day is None else f"{outcome.scenario}: {word} {day}"

    def more(self, scene: Scene) -> str:
        money = max([m for *_, m in scene.ways], default=0.0)
        unit = f"{self.plan.case.settings['currency']} per {period_word(self.plan.case.settings)}"
        missing = f" · {len(scene.missing)} sites without a place" if scene.missing else ""
        number = "" if scene.state is not None else "number: tier, 0 sells to customers · "
        return f"{number}width of a lane: value of its mean flow, at most {amount(money, unit)}{missing}"


def _panels(fig, scene: Scene, views: list[View], size: tuple[float, float]) -> list[tuple[Axes, View | None]]:
    """Axes of the world and, below it, of the details: wider where more sites are."""
    wide, high = size
    gap, head, foot = PANEL_GAP, 0.62, 0.42 if wide >= 8 else 0.62
    row = 0.36 * wide * min((high - head - foot) / (0.7 * wide), 1.0) if views else 0.0
    low = foot + (row + gap if views else 0)
    found: list[tuple[Axes, View | None]] = [
        (fig.add_axes((gap / wide, low / high, 1 - 2 * gap / wide, (high - head - low) / high)), None)
    ]
    crowd = np.sqrt([inside(scene.points, view).sum() for view in views])
    left = gap
    for i, view in enumerate(views):
        each = (wide - gap * (len(views) + 1)) * crowd[i] / crowd.sum()
        views[i] = view_of(np.array([[view[0], view[2]], [view[1], view[3]]]), each / row, pad=0.0)
        found.append((fig.add_axes((left / wide, foot / high, each / wide, row / high)), views[i]))
        left += each + gap
    return found


def _draw(ax: Axes, scene: Scene, view: View, c: dict, frames: list[View], names: bool) -> None:
    """One map: land, ways, frames of the details, sites and names."""
    draw_land(ax, view, c)
    _ways(ax, scene, view, c)
    points, here = scene.points, inside(scene.points, view)
    radius = _sites(ax, scene, here, c)
    framed = np.zeros(len(points), bool)
    for letter, frame in zip("ABCDEFGH", frames, strict=False):
        framed |= inside(points, frame)
        ax.add_patch(Rectangle((frame[0], frame[2]), frame[1] - frame[0], frame[3] - frame[2], fill=False, ec=c["ink"],
                               lw=0.8, zorder=6))  # fmt: skip
        ax.annotate(letter, (frame[0], frame[3]), (0, 2), textcoords="offset points", fontweight="bold", zorder=7)
    if names:
        wanted = scene.sites[here & ~framed].sort_values(["state", "size"], ascending=False)
        texts = ["\n".join(_lines(n)) for n in wanted["name"]]
        place_names(ax, wanted[["x", "y"]].to_numpy(float), texts, points[here], radius, c)


def _lines(name: str, most: int = 18) -> list[str]:
    """A name in at most two lines."""
    name = name if len(name) <= 2 * most else name[: 2 * most - 1] + "…"
    words = name.split(" ")
    cuts = [(" ".join(words[:k]), " ".join(words[k:])) for k in range(1, len(words))]
    return [name] if len(name) <= 12 or not cuts else list(min(cuts, key=lambda c: max(map(len, c))))


def _ways(ax: Axes, scene: Scene, view: View, c: dict) -> None:
    largest = max([m for *_, m in scene.ways], default=1.0) or 1.0
    for points, mode, money in scene.ways:
        width = 0.5 + 2.2 * (money / largest) ** 0.5
        dashes = MODES.get(mode, OTHER_MODE)
        look = {"color": c["lane"], "alpha": 0.65, "lw": width, "zorder": 2}
        scaled = tuple(d / max(width, 0.8) for d in dashes)
        for turn in turns_of(points, view):
            ax.plot(points[:, 0] + turn, points[:, 1], **look, ls=(0, scaled) if dashes else "-", dash_capstyle="butt")


def _sites(ax: Axes, scene: Scene, here: np.ndarray, c: dict) -> float:
    """Markers of the sites; returns their radius [points]."""
    inches = ax.get_window_extent().width / ax.figure.dpi
    size = float(np.clip(3.0 + 1.3 * inches, 4.0, 7.0))
    for site in scene.sites[here].itertuples(index=False):
        port = site.kind == "port"
        look = {"marker": KINDS.get(site.kind, "o"), "mfc": c["page"], "mec": c["ink"], "ms": size, "mew": 0.9}
        if scene.state is not None and (not port or site.state):
            state = STATES[site.state]
            look |= {"marker": state.marker, "mfc": c[state.name], "mec": c["edge"], "ms": size * (0.8, 0.95, 1.15, 1.15)[site.state]}
        elif port:
            look |= {"mec": c["quiet"], "ms": size * 1.1, "mew": 1.2}
        ax.plot(site.x, site.y, **look, zorder=5 + 0.1 * site.state, ls="none")
        if scene.state is None and not port and size >= 6:
            ax.annotate(str(site.tier), (site.x, site.y), (0, -0.2), textcoords="offset points", ha="center",
                        va="center_baseline", fontsize=size * 0.72, zorder=5.5)  # fmt: skip
    return size * 0.62


def _key(fig, scene: Scene, c: dict, size: tuple[float, float]) -> None:
    keys = []
    blank = {"ls": "none", "mec": c["ink"], "mfc": c["page"], "ms": 6.5, "mew": 0.9}
    if scene.state is None:
        for kind in dict.fromkeys(scene.sites["kind"]):
            keys.append(Line2D([], [], marker=KINDS.get(kind, "o"), **blank, label=kind))
    else:
        for state in STATES:
            look = {**blank, "mfc": c[state.name], "marker": state.marker, "mec": c["edge"]}
            keys.append(Line2D([], [], **look, label=state.name))
    for mode in dict.fromkeys(m for _, m, _ in scene.ways):
        dashes = MODES.get(mode, OTHER_MODE)
        keys.append(Line2D([], [], color=c["lane"], lw=1.2, ls=(0, dashes) if dashes else "-", label=mode.replace("_", " ")))
    fig.legend(handles=keys, loc="lower left", bbox_to_anchor=(0.0, 0.0), ncols=len(keys) if size[0] >= 8 else 4,
               handlelength=2.4, columnspacing=1.3, borderaxespad=0.4, handletextpad=0.5)  # fmt: skip


def _words(title: str, scene: Scene, plan: Plan) -> str:
    kinds = scene.sites["kind"].value_counts()
    told = [f"Map. {title}: " + listed([f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in kinds.items()]) + "."]
    money = lane_flows(plan).sort_values("money", ascending=False).head(3)
    unit = plan.case.settings["currency"]
    largest = [f"{r.origin} to {r.destination} by {r.mode} ({amount(r.money, unit)})" for r in money.itertuples()]
    told.append(f"Largest flows per {period_word(plan.case.settings)}: {listed(largest)}.")
    if scene.state is not None:
        for i in (3, 2, 1):
            names = scene.sites.loc[scene.sites["state"] == i, "name"].tolist()
            told.append(f"{STATES[i].name.capitalize()} ({STATES[i].meaning}): {listed(names, 8)}.")
    if scene.missing:
        told.append(f"Without a place: {listed(scene.missing)}.")
    return " ".join(told)
