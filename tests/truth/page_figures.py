"""Figures of the page of truth: published values as markers, ours as lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from tests.truth.form_boards import BeerGame
from tests.truth.form_order_first import OrderFirst
from tests.truth.form_trace import Trace
from tests.truth.forms import Published

COLOURS = ("#0072B2", "#D55E00", "#009E73")
MARKERS, DASHES = ("o", "s", "^"), ("-", "--", ":")
PLAIN = {"svg.fonttype": "none", "svg.hashsalt": "truth", "font.size": 8, "font.family": "sans-serif",
         "axes.spines.top": False, "axes.spines.right": False}  # fmt: skip


def trace(axes: Axes, published, ours, which: int, label: str) -> None:
    """A published trace and ours."""
    t = np.arange(len(published))
    axes.plot(t, ours, DASHES[which], color=COLOURS[which], linewidth=1, label=f"{label}, ours")
    axes.plot(t, published, MARKERS[which], color=COLOURS[which], markersize=3, markerfacecolor="none",
              markeredgewidth=0.7, label=f"{label}, published")  # fmt: skip


def beer_game(case: Published) -> plt.Figure:
    """Orders and net inventory by role."""
    ours, weekly = BeerGame(case.given, whole=True).run().weekly(), case.about["weekly"]
    figure, axes = plt.subplots(2, 4, figsize=(8, 3.6), sharex=True, sharey="row", layout="constrained")
    shown = {"order_placed": "order [cases]", "net_inventory_end": "net stock [cases]"}
    for row, (key, name) in enumerate(shown.items()):
        for column, role in enumerate(ours[key]):
            trace(axes[row, column], weekly[key][role], ours[key][role], row, "")
            axes[0, column].set_title(role, fontsize=8)
            axes[1, column].set_xlabel("week")
        axes[row, 0].set_ylabel(name)
    return figure


def receipts_paused(case: Published) -> plt.Figure:
    """Net inventory of every node, its outages shaded."""
    found, network = Trace(case.given).run(), Trace(case.given).net
    figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
    for i, n in enumerate(sorted(network.nodes)):
        trace(axes, case.expected["nodes"][n]["net_inventory"], found["nodes"][n]["net_inventory"], i, f"stage {n}")
    for _, states in network.pauses.values():
        for t in np.flatnonzero(states):
            axes.axvspan(t - 0.5, t + 0.5, color="0.9", linewidth=0)
    axes.set(xlabel="period", ylabel="net inventory [units]")
    axes.legend(ncols=3, frameon=False, fontsize=7)
    return figure


def orders_first(case: Published) -> plt.Figure:
    """Inventory at the end of the period at every stage."""
    ours = OrderFirst(case.given, lost=True).quantities()["inventory_end"]
    figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
    for m, published in enumerate(np.transpose(case.expected["inventory_end"])):
        trace(axes, published, ours[:, m], m, f"stage {m}")
    axes.set(xlabel="period", ylabel="on hand [units]")
    axes.legend(ncols=3, frameon=False, fontsize=7)
    return figure


def shortened(svg: str) -> str:
    """The same picture in fewer letters: tenths of a point, and the style of markers said once."""
    svg = re.sub(r"(\d+\.\d)\d+", r"\1", svg)
    styles: dict[str, str] = {}
    named = r'(<use [^>]*)style="([^"]*)"'
    svg = re.sub(named, lambda m: f'{m[1]}class="{styles.setdefault(m[2], f"m{len(styles)}")}"', svg)
    rules = "".join(f".{name}{{{style}}}" for style, name in styles.items())
    return svg.replace("<defs>", f"<defs><style>{rules}</style>", 1)


def draw_all(folder: Path, cases: Mapping[str, Published]) -> None:
    """Write all figures as SVG: text as text, no date, short numbers."""
    folder.mkdir(exist_ok=True)
    for start, draw in (("S01", beer_game), ("S04", receipts_paused), ("S05", orders_first)):
        with plt.rc_context(PLAIN):
            figure = draw(cases[start])
            drawn = StringIO()
            figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
            plt.close(figure)
        (folder / f"{draw.__name__}.svg").write_text(shortened(drawn.getvalue()), encoding="utf-8")
