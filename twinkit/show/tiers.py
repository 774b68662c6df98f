"""The chain as a graph: tier by tier from raw material to customer."""

from __future__ import annotations

import matplotlib as mpl
import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from twinkit.chain.plan import Plan
from twinkit.run.kpis import product_values
from twinkit.run.outcome import Outcome
from twinkit.show.network import KINDS, OTHER_MODE, as_plan
from twinkit.show.palette import MODES, THEMES
from twinkit.show.picture import Picture, drawing, wrapped
from twinkit.tables.case import Case
from twinkit.words import amount, listed, period_word, tier_words

SWEEPS = 8
"""Rounds of ordering the sites of a tier by the mean place of their neighbours."""


def graph_of(chain: Case | Plan | Outcome, product: str | None = None) -> nx.DiGraph:
    """The sites and lanes of a chain as a networkx graph.

    Parameters
    ----------
    chain
        A case, a plan or an outcome.
    product
        Only what this product needs: the product itself and all its components.

    Returns
    -------
    DiGraph
        Nodes with `kind` and `tier`; edges with `mode`, `products` (a list) and `money`
        (value of the mean flow [money/period]).

    Raises
    ------
    KeyError
        If the case has no such product.
    """
    plan = as_plan(chain)
    lanes = plan.net.lanes.assign(money=plan.flows.lane * product_values(plan, plan.net.lanes["product"]))
    if product is not None:
        lanes = lanes[_needed(plan, lanes, product)]
    graph = nx.DiGraph()
    used = set(lanes["origin"]) | set(lanes["destination"])
    for site, kind, tier in zip(plan.net.sites["site"], plan.net.sites["kind"], plan.tiers, strict=True):
        if site in used or (product is None and kind != "port"):
            graph.add_node(site, kind=kind, tier=int(tier))
    for (origin, destination), rows in lanes.groupby(["origin", "destination"]):
        largest = rows.loc[rows["money"].idxmax()]
        graph.add_edge(origin, destination, mode=largest["mode"], products=sorted(set(rows["product"])),
                       money=float(rows["money"].sum()))  # fmt: skip
    return graph


def _needed(plan: Plan, lanes: pd.DataFrame, product: str) -> np.ndarray:
    """Lanes that bring the product, or a part to where it is made into a part of the product."""
    parts, bill = parts_of(plan, product), plan.case["bill_of_materials"]
    made = plan.net.recipes[["site", "product"]]
    used = made[made["product"].isin(parts)].merge(bill, on="product")
    used = set(zip(used["site"], used["component"], strict=True))
    makers = set(made["site"])
    ends = zip(lanes["destination"], lanes["product"], strict=True)
    return np.array(
        [p == product or (d, p) in used or (p in parts and d not in makers) for d, p in ends], dtype=bool
    )  # fmt: skip


def parts_of(plan: Plan, product: str) -> set[str]:
    """A product and everything that goes into it."""
    known = plan.case["products"]["product"].tolist()
    if product not in known:
        raise KeyError(f"the case has no product {product!r}; it has {listed(known, 40)}")
    bill = plan.case["bill_of_materials"]
    graph = nx.DiGraph(list(zip(bill["product"], bill["component"], strict=True)))
    return {product} | (nx.descendants(graph, product) if product in graph else set())


def tier_graph(
    chain: Case | Plan | Outcome, product: str | None = None, *, ax: Axes | None = None,
    size: tuple[float, float] | None = None, theme: str = "light",
) -> Picture:  # fmt: skip
    """Sites in columns by tier, customers on the right; lanes by mode (dashes) and value (width).

    Parameters
    ----------
    chain
        A case, a plan or an outcome.
    product
        Only what this product needs: the product itself and all its components.
    ax, size, theme
        Axes to draw on; width and height [inches], by default as high as the largest tier needs; "light" or "dark".
    """
    plan, c = as_plan(chain), THEMES[theme]
    graph = graph_of(plan, product)
    tiers = sorted({data["tier"] for _, data in graph.nodes(data=True)}, reverse=True)
    most = max([sum(d["tier"] == t for _, d in graph.nodes(data=True)) for t in tiers], default=1)
    size = size or (max(2.3 * len(tiers), 5.0), 1.5 + 0.42 * max(most, 4))
    at = _places(graph, tiers)
    with drawing(size, theme, ax) as fig:
        ax = ax or fig.add_subplot()
        ax.set_axis_off()
        ax.set_xlim(-0.5, len(tiers) - 0.5)
        ax.set_ylim(-0.54, 0.54)
        _edges(ax, graph, at, c)
        _nodes(ax, graph, at, c, room=size[0] / max(len(tiers), 1))
        for i, tier in enumerate(tiers):
            ax.text(i, 0.54, tier_words(tier).replace(" ", "\n", 2 if tier else 1), ha="center", va="bottom", fontweight="bold")
        what = f" for {product}" if product else ""
        ax.set_title(wrapped(f"Who supplies whom{what}", int(9 * size[0]), 2), pad=22)
        _key(ax, graph, c, size)
        fig.description = _words(graph, tiers, plan, what)
    return fig


def _places(graph: nx.DiGraph, tiers: list[int]) -> dict[str, np.ndarray]:
    """Columns by tier; in a column neighbours stand near their suppliers and customers."""
    columns = [sorted(n for n, d in graph.nodes(data=True) if d["tier"] == tier) for tier in tiers]
    height: dict[str, float] = {}

    def settle(column: list[str]) -> None:
        for i, name in enumerate(column):
            height[name] = 0.5 - (i + 0.5) / len(column)

    for column in columns:
        settle(column)
    around = graph.to_undirected(as_view=True)
    for sweep in range(SWEEPS):
        for column in columns[:: 1 if sweep % 2 else -1]:
            near = {n: np.mean([height[m] for m in around[n]]) if around[n] else height[n] for n in column}
            column.sort(key=lambda n: (-near[n], n))
            settle(column)
    ordered = nx.DiGraph()
    for i, column in enumerate(columns):
        ordered.add_nodes_from(column, layer=i)
    x = {n: p[0] for n, p in nx.multipartite_layout(ordered, subset_key="layer").items()} if len(ordered) else {}
    left = {round(v, 9): i for i, v in enumerate(sorted(set(np.round(list(x.values()), 9))))}
    return {n: np.array([left[round(x[n], 9)], height[n]]) for n in ordered}


def _edges(ax: Axes, graph: nx.DiGraph, at: dict[str, np.ndarray], c: dict) -> None:
    largest = max([d["money"] for *_, d in graph.edges(data=True)], default=1.0) or 1.0
    s = np.linspace(0, 1, 30)
    for origin, destination, data in graph.edges(data=True):
        a, b = at[origin], at[destination]
        if a[0] == b[0]:  # within a tier: a bow to the right
            x, y = a[0] + 0.32 * np.sin(np.pi * s), a[1] + (b[1] - a[1]) * s
        else:
            x, y = a[0] + (b[0] - a[0]) * s, a[1] + (b[1] - a[1]) * (3 * s**2 - 2 * s**3)
        width = 0.5 + 2.6 * (data["money"] / largest) ** 0.5
        dashes = tuple(d / max(width, 0.8) for d in MODES.get(data["mode"], OTHER_MODE))
        ax.plot(x, y, color=c["lane"], alpha=0.5, lw=width, ls=(0, dashes) if dashes else "-", zorder=1,
                dash_capstyle="butt")  # fmt: skip


def _nodes(ax: Axes, graph: nx.DiGraph, at: dict[str, np.ndarray], c: dict, room: float) -> None:
    letters = max(int(room * 14), 10)
    box = {"facecolor": c["page"], "edgecolor": "none", "pad": 0.6, "alpha": 0.8}
    for name, data in graph.nodes(data=True):
        ax.plot(*at[name], KINDS.get(data["kind"], "o"), mfc=c["page"], mec=c["ink"], ms=7, mew=1.0, zorder=3)
        ax.annotate(wrapped(name, letters, 1), at[name], (0, -6), textcoords="offset points", ha="center", va="top",
                    fontsize="x-small", zorder=4, bbox=box)  # fmt: skip


def _key(ax: Axes, graph: nx.DiGraph, c: dict, size: tuple[float, float]) -> None:
    keys = [
        Line2D([], [], marker=KINDS.get(kind, "o"), ls="none", mec=c["ink"], mfc=c["page"], ms=6.5, label=kind)
        for kind in dict.fromkeys(d["kind"] for _, d in graph.nodes(data=True))
    ]
    for mode in dict.fromkeys(d["mode"] for *_, d in graph.edges(data=True)):
        dashes = MODES.get(mode, OTHER_MODE)
        look = {"color": c["lane"], "lw": 1.2, "ls": (0, dashes) if dashes else "-"}
        keys.append(Line2D([], [], **look, label=mode.replace("_", " ")))
    keys.append(Line2D([], [], ls="none", label="width: value of the mean flow"))
    ax.legend(handles=keys, loc="upper left", bbox_to_anchor=(0.0, 0.0), ncols=max(int(size[0] / 1.15), 2),
              handlelength=2.4, columnspacing=1.2, borderaxespad=0, fontsize=mpl.rcParams["legend.fontsize"])  # fmt: skip


def _words(graph: nx.DiGraph, tiers: list[int], plan: Plan, what: str) -> str:
    told = [f"Graph of who supplies whom{what}: {len(graph)} sites in {len(tiers)} tiers, {graph.number_of_edges()} links."]
    for tier in tiers:
        told.append(f"{tier_words(tier).capitalize()}: {listed([n for n, d in graph.nodes(data=True) if d['tier'] == tier], 8)}.")
    top = sorted(graph.edges(data=True), key=lambda e: -e[2]["money"])[:3]
    unit = plan.case.settings["currency"]
    flows = [f"{a} to {b} ({amount(d['money'], unit)})" for a, b, d in top]
    return " ".join([*told, f"Largest flows per {period_word(plan.case.settings)}: {listed(flows)}."])
