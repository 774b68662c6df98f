"""Decisions in pictures: what safety costs (the Pareto front), and what the answer depends on (the tornado)."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, NullLocator

from twinkit.show.palette import THEMES
from twinkit.show.picture import Picture, drawing, short_axis, titled, wrapped
from twinkit.study.conclusion import Conclusion
from twinkit.study.recommendation import Recommendation
from twinkit.study.search import OBJECTIVES
from twinkit.study.sensitivity import Sensitivity
from twinkit.words import amount, counted, listed

LOSSES = {"expected loss": "{}/year", "worst 5 %": "{}"}
"""Losses that the front can show, and their units."""
FAR = 2.0
"""A budget beyond the dearest finalist times this is told, not drawn."""
WIDE = 9.5
"""Letters in an inch of an axis label."""
MOST = 20
"""Most inputs of a tornado, the widest first."""


def pareto_front(
    found: Recommendation, loss: str = "expected loss", *, ax: Axes | None = None, size: tuple[float, float] = (8.0, 5.2),
    theme: str = "light",
) -> Picture:  # fmt: skip
    """Cost against loss of the finalists on the luck of the answer, with 95 % intervals; a thin line leads to where the search saw them.

    The chosen set is a diamond, no lever moved a square, the others are circles.

    Parameters
    ----------
    found
        A recommendation.
    loss
        "expected loss" or "worst 5 %".
    ax, size, theme
        Axes to draw on; width and height [inches]; "light" or "dark".

    Raises
    ------
    ValueError
        If there is no such loss.
    """
    if loss not in LOSSES:
        raise ValueError(f"there is no loss {loss!r}: use {' or '.join(LOSSES)}")
    rows = found.front()
    with drawing(size, theme, ax) as fig:
        c = THEMES[theme]
        ax = ax or fig.add_subplot()
        drawn = found.budget <= FAR * max(rows["cost high"].max(), 0.0)
        tried = _tried(found, loss)
        ax.plot(*tried.T, marker=".", color=c["lane"], alpha=0.5, ms=4, ls="none", zorder=1)
        for row in rows.to_dict("records"):
            _finalist(ax, row, loss, c)
        _focus(ax, rows, loss, [found.budget] if drawn else [])
        if drawn:
            ax.axvline(found.budget, color=c["quiet"], lw=1.2, ls=(0, (2, 2)), zorder=1)
        _short_axis(ax.xaxis)
        _short_axis(ax.yaxis)
        ax.grid(True)
        told = f"cost: price, and what the run without an event costs more [{found.currency}/year]"
        ax.set_xlabel(wrapped(told, int(WIDE * fig.get_figwidth()), 2))
        ax.set_ylabel(f"{loss} [{LOSSES[loss].format(found.currency)}]")
        more = f"{counted(len(rows), 'finalist')} in {counted(found.fresh, 'world')} of the luck of the answer, 95 % intervals"
        more += "" if drawn or math.isinf(found.budget) else f"; budget {amount(found.budget, found.currency)} a year"
        titled(ax, "What safety costs", more, theme)
        _front_key(ax, rows, drawn, c)
        fig.description = _front_words(found, rows, loss)
    return fig


def _tried(found: Recommendation, loss: str) -> np.ndarray:
    """Cost and loss of every set that was tried, on the luck of the search."""
    value = OBJECTIVES[loss]
    return np.array([(float(t.appraisal.cost.mean()), value(t.appraisal)) for t in found.tuned])


def _focus(ax: Axes, rows: pd.DataFrame, loss: str, more: list[float]) -> None:
    """Axes that hold the finalists and the budget with room around them; far sets that were tried are cut off."""
    inside = [*rows["cost low"], *rows["cost high"], *rows["tuned cost"], *more]
    across = [*rows[f"{loss} low"], *rows[f"{loss} high"], *rows[f"tuned {loss}"]]
    for set_limits, values in ((ax.set_xlim, inside), (ax.set_ylim, across)):
        good = [v for v in values if math.isfinite(v)]
        room = 0.12 * (max(good) - min(good)) or 1.0
        set_limits(min(good) - room, max(good) + room)


def _look(row: dict, c: dict[str, str]) -> dict:
    colour, marker = ("scenario", "D") if row["chosen"] else ("other", "s") if not row["levers"] else ("baseline", "o")
    return {"marker": marker, "color": c[colour], "markeredgecolor": c["edge"], "markeredgewidth": 0.7,
            "markersize": 9 if row["chosen"] else 7, "linestyle": "none"}  # fmt: skip


def _finalist(ax: Axes, row: dict, loss: str, c: dict[str, str]) -> None:
    x, y = row["cost"], row[loss]
    tuned = row["tuned cost"], row[f"tuned {loss}"]
    ax.plot([tuned[0], x], [tuned[1], y], color=c["lane"], lw=0.8, zorder=2)
    ax.plot(*tuned, marker="o", mfc="none", mec=c["lane"], ms=4, ls="none", zorder=2)
    ax.plot([row["cost low"], row["cost high"]], [y, y], color=c["edge"], lw=1.2, zorder=3)
    ax.plot([x, x], [row[f"{loss} low"], row[f"{loss} high"]], color=c["edge"], lw=1.2, zorder=3)
    ax.plot(x, y, **_look(row, c), zorder=4)


def _front_key(ax: Axes, rows: pd.DataFrame, limited: bool, c: dict[str, str]) -> None:
    kinds = {"chosen": {"chosen": True, "levers": {"x": 1}}, "no lever moved": {"chosen": False, "levers": {}},
             "other finalist": {"chosen": False, "levers": {"x": 1}}}  # fmt: skip
    if (rows["chosen"] & (rows["levers"].map(len) == 0)).any():
        kinds = {"chosen: no lever moved": {"chosen": True, "levers": {}}, "other finalist": kinds["other finalist"]}
    keys = [Line2D([], [], **_look(look, c), label=label) for label, look in kinds.items()]
    keys.append(Line2D([], [], marker="o", mfc="none", mec=c["lane"], ms=4, color=c["lane"], lw=0.8, label="as the search saw it"))
    keys.append(Line2D([], [], marker=".", color=c["lane"], alpha=0.5, ms=4, ls="none", label="tried in the search"))
    if limited:
        keys.append(Line2D([], [], color=c["quiet"], lw=1.2, ls=(0, (2, 2)), label="budget"))
    _key_below(ax, keys)


def _key_below(ax: Axes, keys: list) -> None:
    """A key below the picture, in as many columns as there is room for."""
    columns = max(min(int(ax.figure.get_figwidth() / 1.9), len(keys)), 1)
    place = ax.figure if ax.figure.get_layout_engine() else ax
    where = "outside lower left" if place is ax.figure else "best"
    place.legend(handles=keys, loc=where, ncols=columns if place is ax.figure else 1, handletextpad=0.4, columnspacing=1.4)


def _short_axis(axis) -> None:
    axis.set_major_locator(MaxNLocator(6))
    short_axis(axis)


def _front_words(found: Recommendation, rows: pd.DataFrame, loss: str) -> str:
    unit = LOSSES[loss].format(found.currency)
    told = [f"{'chosen: ' if r['chosen'] else ''}{r['set']} (cost {amount(r['cost'], found.currency)} a year, {loss} "
            f"{amount(r[loss], unit)}, {_sure(r[f'{loss} low'], r[f'{loss} high'], unit)})"
            for r in rows.to_dict("records")]  # fmt: skip
    return f"Scatter chart of {len(rows)} sets of levers: cost a year against {loss}. {listed(told, 12)}."


def _sure(low: float, high: float, unit: str) -> str:
    """An interval in words, or that there is none."""
    return f"95 % {amount(low, unit)} to {amount(high, unit)}" if math.isfinite(low) else "too few worlds for an interval"


def tornado(
    study: Sensitivity, *, most: int = MOST, ax: Axes | None = None, size: tuple[float, float] | None = None,
    theme: str = "light",
) -> Picture:  # fmt: skip
    """What one input at a time changes, from its lowest (hatched) to its highest, the widest first.

    Whiskers are 95 % intervals of the paired difference; the values of the input stand in the label.

    Parameters
    ----------
    study
        A sensitivity study.
    most
        Most inputs that are shown.
    ax, size, theme
        As for :func:`pareto_front`; by default as high as the inputs need.
    """
    rows = study.tornado()
    shown = rows.head(most)
    with drawing(size or (8.6, 1.9 + 0.42 * len(shown)), theme, ax) as fig:
        c = THEMES[theme]
        ax = ax or fig.add_subplot()
        for i, row in enumerate(shown.to_dict("records")):
            for side, colour, hatch, shift in (("at_low", "scenario", "////", -0.19), ("at_high", "baseline", "", 0.19)):
                _bar(ax, i + shift, row, side, c[colour], hatch, c)
        letters = max(int(fig.get_figwidth() * 5.0), 16)
        ax.set_yticks(range(len(shown)), [wrapped(_label(r), letters, 2) for r in shown.to_dict("records")])
        ax.tick_params(axis="y", labelcolor=c["ink"])
        ax.set_ylim(len(shown) - 0.4, -0.6)
        ax.axvline(0, color=c["ink"], lw=1.0)
        ax.spines["left"].set_visible(False)
        _short_axis(ax.xaxis)
        ax.grid(axis="x")
        ax.set_xlabel(wrapped(f"change of {_figure_name(study)} [{study.unit}]", int(0.75 * WIDE * fig.get_figwidth()), 3))
        middle, low, high = study.usual_interval()
        rest = f"; {len(rows) - len(shown)} narrower ones not shown" if len(rows) > len(shown) else ""
        titled(ax, "What the answer depends on", f"as assumed, in {len(study.usual)} worlds: {amount(middle, study.unit)} ({_sure(low, high, study.unit)}){rest}", theme)  # fmt: skip
        look = {"edgecolor": c["edge"], "lw": 0.6}
        _key_below(ax, [Patch(facecolor=c["scenario"] + "66", hatch="////", label="input at its lowest", **look),
                        Patch(facecolor=c["baseline"], label="input at its highest", **look)])  # fmt: skip
        fig.description = _tornado_words(study, rows)
    return fig


def _bar(ax: Axes, y: float, row: dict, side: str, colour: str, hatch: str, c: dict[str, str]) -> None:
    face = colour + "66" if hatch else colour
    ax.barh(y, np.nan_to_num(row[side]), 0.36, facecolor=face, edgecolor=c["edge"], hatch=hatch, lw=0.6, zorder=2)
    ax.plot([row[f"{side}_low"], row[f"{side}_high"]], [y, y], color=c["ink"], lw=1.3, marker="|", ms=6, zorder=3)


def _label(row: dict) -> str:
    if row["unit"] == "yes/no":
        return f"{row['label']} (no, yes)"
    unit = {"factor": " times", "1/year": " a year"}.get(row["unit"], f" {row['unit']}")
    return f"{row['label']} ({row['low']:.3g} to {row['high']:.3g}{unit})"


def _figure_name(study: Sensitivity) -> str:
    names = [s.name for s in study.scenarios]
    what = "loss" if study.each_time else study.kpi
    return f"the advantage of '{names[0]}' over '{names[1]}' in {what}" if study.decides else what


def _tornado_words(study: Sensitivity, rows: pd.DataFrame) -> str:
    told = [f"{_label(r)}: {amount(r['at_low'], study.unit)} at its lowest ({_sure(r['at_low_low'], r['at_low_high'], study.unit)}), "
            f"{amount(r['at_high'], study.unit)} at its highest ({_sure(r['at_high_low'], r['at_high_high'], study.unit)})"
            for r in rows.to_dict("records")]  # fmt: skip
    middle, low, high = study.usual_interval()
    return (f"Tornado chart: change of {_figure_name(study)} when one input at a time is moved. As assumed: "
            f"{amount(middle, study.unit)} ({_sure(low, high, study.unit)}). {'; '.join(told)}.")  # fmt: skip


def narrowing(found: Conclusion, *, theme: str = "light") -> Picture:
    """Mean and 95 % interval of what a measure is worth against the number of worlds.

    Parameters
    ----------
    found
        What the measure does.
    theme
        "light" or "dark".
    """
    steps, unit = found.steps(), found.unit
    rows = [found.interval(n) for n in steps]
    with drawing((6.4, 3.4), theme) as fig:
        c = THEMES[theme]
        ax = fig.add_subplot()
        ax.set_xscale("log", base=2)
        ax.fill_between(steps, [r[1] for r in rows], [r[2] for r in rows], color=c["scenario"] + "44", lw=0)
        ax.plot(steps, [r[0] for r in rows], color=c["scenario"], marker="o", ms=5)
        ax.axhline(0, color=c["ink"], lw=1.0)
        ax.set_xticks(steps, [str(n) for n in steps])
        ax.xaxis.set_minor_locator(NullLocator())
        short_axis(ax.yaxis)
        ax.grid(axis="y")
        ax.set_xlabel("simulated runs")
        ax.set_ylabel(unit)
        titled(ax, "The more runs, the surer", "mean, and the span that holds the true one with 95 % certainty; line: no difference", theme)
        told = "; ".join(f"{n} runs: {amount(m, unit)} ({amount(a, unit)} to {amount(b, unit)})" for n, (m, a, b) in zip(steps, rows, strict=True))
        fig.description = f"Line chart: what the measure is worth, with its 95 % interval, in more and more simulated runs. {told}."
    return fig
