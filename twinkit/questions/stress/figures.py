"""A stress test in pictures: what little spend can cost, who recovers too late, and what to worry about."""

from __future__ import annotations

import math

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from twinkit.questions.stress.result import AS_IT_IS, CONSEQUENCES, LIKELIHOODS, NOT_GIVEN, WHATEVER, StressTest
from twinkit.show.palette import THEMES
from twinkit.show.picture import Picture, drawing, short_axis, titled, wrapped
from twinkit.show.places import place_names
from twinkit.words import amount, counted, digits, listed, period_word

NAMED = 10
"""Targets that the scatter names: those with the largest losses."""
FAINT = 1e-5
"""Losses below this share of the largest are drawn at the lower edge of the scatter."""
FAR = 1.6
"""How far the time axis goes beyond the longest outage; longer times to survive end in an arrow [times]."""
LISTED = 30
"""Targets of the list of times, the most urgent first."""
LEAST_ROW = 0.15
"""Least height of a row of that list [inches]."""
IN_CELL = 4
"""Names in a cell of the matrix; the rest is counted."""
SHADES = (0.0, 0.12, 0.26, 0.44, 0.66)
"""Strength of the colour of a cell, from little to much risk."""


def exposure_scatter(
    test: StressTest, *, ax: Axes | None = None, size: tuple[float, float] = (8.6, 5.6), theme: str = "light"
) -> Picture:
    """Spend through a target in a year against the margin that its loss costs, both on log scales.

    What stands high on the left is cheap and deadly.  Targets at risk (by the programmes or the
    simulation) are diamonds, others circles; those with the largest losses are named.

    Parameters
    ----------
    test
        A stress test.
    ax, size, theme
        Axes to draw on; width and height [inches]; "light" or "dark".
    """
    rows, c = test.table(), THEMES[theme]
    shown = rows[rows["spend"] > 0]
    least = max(float(rows["lost_margin"].max()), 1.0) * FAINT
    x, y = shown["spend"].to_numpy(), shown["lost_margin"].clip(lower=least).to_numpy()
    hidden = set(test.hidden_critical()["target"])
    with drawing(size, theme, ax) as fig:
        ax = ax or fig.add_subplot()
        ax.set_xscale("log")
        ax.set_yscale("log")
        below = (shown["lost_margin"] <= least).to_numpy()
        for risky in (False, True):
            here = (shown["at_risk"] == risky).to_numpy() & ~below
            ax.plot(x[here], y[here], **_mark(risky, c), zorder=3)
        ax.plot(x[below], y[below], **_mark(False, c) | {"marker": "v"}, zorder=3)
        ring = shown["target"].isin(hidden).to_numpy()
        ax.plot(x[ring], y[ring], "o", mfc="none", mec=c["ink"], ms=11, mew=0.8, zorder=2.5)
        _log_axes(ax, test)
        titled(ax, "Spend and exposure", _told(test, rows), theme)
        unit = test.plan.case.settings["currency"]
        _scatter_key(ax, c, bool(ring.any()), f"below {amount(least, unit)}, or none" if below.any() else "")
        worst = shown.head(NAMED)
        fig.draw_without_rendering()
        with mpl.rc_context({"font.size": 1.25 * mpl.rcParams["font.size"]}):
            place_names(ax, np.column_stack([x, y])[: len(worst)], [wrapped(n, 30, 1) for n in worst["target"]],
                        np.column_stack([x, y]), 4.0, {**c, "sea": c["page"]})  # fmt: skip
        fig.description = _scatter_words(test, rows, hidden)
    return fig


def _mark(risky: bool, c: dict[str, str]) -> dict:
    look = {"linestyle": "none", "markeredgecolor": c["edge"], "markeredgewidth": 0.7}
    return {**look, "marker": "D" if risky else "o", "markersize": 7.0 if risky else 6.5,
            "color": c["scenario"] if risky else c["baseline"]}  # fmt: skip


def _log_axes(ax: Axes, test: StressTest) -> None:
    unit = test.plan.case.settings["currency"]
    for axis in (ax.xaxis, ax.yaxis):
        short_axis(axis)
    ax.minorticks_off()
    low, high = ax.get_ylim()
    ax.set_ylim(low, high * 2)
    left, right = ax.get_xlim()
    ax.set_xlim(left / 1.5, right * 1.5)
    ax.grid(True)
    ax.set_xlabel(f"value that leaves it in a year [{unit}/year]")
    ax.set_ylabel(f"margin lost with it [{unit}]")


def _scatter_key(ax: Axes, c: dict[str, str], ring: bool, least: str) -> None:
    keys = [
        Line2D([], [], **_mark(True, c), label="at risk"),
        Line2D([], [], **_mark(False, c), label="not at risk"),
    ]
    if least:
        keys.append(Line2D([], [], **_mark(False, c) | {"marker": "v"}, label=least))
    if ring:
        keys.append(Line2D([], [], marker="o", ls="none", mfc="none", mec=c["ink"], ms=10, label="cheap and deadly"))
    _key_below(ax, keys)


def _key_below(ax: Axes, keys: list[Line2D]) -> None:
    """A key below the axes, in as many columns as there is room for."""
    width, high = ax.figure.get_size_inches()
    size = mpl.rcParams["font.size"] / 72
    columns = max(min(int(width / (20 * size)), len(keys)), 1)
    ax.legend(handles=keys, loc="upper left", bbox_to_anchor=(0, -4.4 * size / max(high - 10 * size, 1.0)), ncols=columns,
              handletextpad=0.3, columnspacing=1.4, borderaxespad=0)  # fmt: skip


def _told(test: StressTest, rows: pd.DataFrame) -> str:
    kinds = rows["kind"].unique()
    what = kinds[0] if len(kinds) == 1 else "target"
    return f"each {what} out once for its time, mean of {counted(test.replications, 'world')}"


def _scatter_words(test: StressTest, rows: pd.DataFrame, hidden: set[str]) -> str:
    unit = test.plan.case.settings["currency"]
    worst = [f"{r.target} ({amount(r.lost_margin, unit)} at {amount(r.spend, unit)} a year)"
             for r in rows.head(5).itertuples()]  # fmt: skip
    cheap = [t for t in rows["target"] if t in hidden]
    return (f"Scatter chart of {len(rows)} targets: value that leaves a target in a year against the margin lost with "
            f"it, log scales. Largest losses: {listed(worst)}. At risk: {int(rows['at_risk'].sum())}. "
            f"Cheap and deadly: {listed(cheap)}.")  # fmt: skip


def survival_chart(
    test: StressTest, *, most: int = LISTED, ax: Axes | None = None, size: tuple[float, float] | None = None,
    theme: str = "light",
) -> Picture:  # fmt: skip
    """Time to survive at best against time to recover, target by target, the most urgent first.

    A bar leads from one to the other: hatched where recovery comes too late whatever is
    done, thin where there is time to spare at best; a triangle says that in the simulation customers
    go without all the same.  A time to survive beyond the axis ends in an arrow.

    Parameters
    ----------
    test
        A stress test.
    most
        Most targets that are listed.
    ax, size, theme
        As for :func:`exposure_scatter`; by default as high as the list needs.
    """
    rows, c = test.table(), THEMES[theme]
    gap = (rows["time_to_recover"] - rows["time_to_survive_timed"]).rename("gap")
    rows = rows.assign(gap=gap).sort_values(["gap", "lost_margin"], ascending=False, ignore_index=True)
    room = int((size[1] - 1.4) / LEAST_ROW) if size else most
    shown, word = rows.head(max(min(most, room), 3)), period_word(test.plan.case.settings)
    end = max(float(rows["time_to_recover"].max()), 1.0) * FAR
    with drawing(size or (8.0, 1.5 + 0.235 * len(shown)), theme, ax) as fig:
        ax = ax or fig.add_subplot()
        for i, row in enumerate(shown.itertuples()):
            _dumbbell(ax, i, row, end, c)
        ax.set_yticks(range(len(shown)), [wrapped(t, 34, 1) for t in shown["target"]])
        ax.tick_params(axis="y", labelcolor=c["ink"])
        ax.set_ylim(len(shown) - 0.4, -0.6)
        ax.set_xlim(-0.01 * end, end * 1.02)
        ax.grid(axis="x")
        ax.spines["left"].set_visible(False)
        ax.set_xlabel(f"{word}s of outage")
        late, rest = int((rows["risk"] == WHATEVER).sum()), len(rows) - len(shown)
        run = int((rows["risk"] == AS_IT_IS).sum())
        more = f"of {len(rows)}, {late} take longer than can be bridged at best, {run} more are felt as the chain is run"
        titled(ax, "Time to survive and time to recover", more + (f"; {rest} less urgent ones not shown" if rest else ""),
               theme)  # fmt: skip
        _survival_key(ax, c)
        fig.description = _survival_words(rows, word)
    return fig


def _dumbbell(ax: Axes, y: int, row, end: float, c: dict[str, str]) -> None:
    survives, recovers = min(row.time_to_survive_timed, end), row.time_to_recover
    if row.risk == WHATEVER:
        ax.barh(y, recovers - survives, 0.42, survives, facecolor=c["scenario"] + "55", edgecolor=c["scenario"],
                hatch="////", lw=0.8)  # fmt: skip
    else:
        ax.plot([recovers, survives], [y, y], color=c["baseline"], lw=1.4)
    beyond = row.time_to_survive_timed > end
    look = _mark(row.at_risk, c) | ({"marker": ">"} if beyond else {"marker": "^"} if row.risk == AS_IT_IS else {})
    ax.plot(survives, y, **look, zorder=3, clip_on=False)
    ax.plot(recovers, y, "|", color=c["ink"], ms=10, mew=2.0, zorder=3)


def _survival_key(ax: Axes, c: dict[str, str]) -> None:
    keys = [
        Line2D([], [], marker="|", color=c["ink"], ls="none", ms=9, mew=2, label="time to recover"),
        Line2D([], [], **_mark(True, c), label="survived at best: too short"),
        Line2D([], [], **_mark(True, c) | {"marker": "^"}, label="long enough at best, but felt as it is run"),
        Line2D([], [], **_mark(False, c), label="long enough, and not felt"),
        Line2D([], [], **_mark(False, c) | {"marker": ">"}, label="beyond the axis"),
    ]
    _key_below(ax, keys)


def _survival_words(rows: pd.DataFrame, word: str) -> str:
    late = [f"{r.target} (survived {digits(r.time_to_survive_timed)} of {counted(r.time_to_recover, word)})"
            for r in rows[rows["risk"] == WHATEVER].itertuples()]  # fmt: skip
    run = rows.loc[rows["risk"] == AS_IT_IS, "target"].tolist()
    safe = rows[~rows["at_risk"]]
    ever = int(np.isinf(safe["time_to_survive_timed"]).sum())
    return (f"List of {len(rows)} targets with time to survive at best and time to recover. Too late: {listed(late, 12)}. "
            f"Long enough at best, but felt as the chain is run: {listed(run, 12)}. "
            f"In time: {len(safe)}, of which {ever} are survived for as long as the run shows.")  # fmt: skip


def risk_matrix(
    test: StressTest, *, ax: Axes | None = None, size: tuple[float, float] | None = None, theme: str = "light"
) -> Picture:
    """Likelihood × consequence, with the names in the cells; without likelihoods, consequences alone.

    Parameters
    ----------
    test
        A stress test.
    ax, size, theme
        As for :func:`exposure_scatter`; by default as high as the rows need.
    """
    cells, c = test.matrix(), THEMES[theme]
    size = size or (10.5, 1.7 + 1.05 * len(cells))
    with drawing(size, theme, ax) as fig:
        ax = ax or fig.add_subplot()
        letters = max(int(size[0] * 2.6), 8)
        for i, often in enumerate(cells.index):
            for j, name in enumerate(cells.columns):
                _cell(ax, i, j, cells.loc[often, name], _shade(often, j), letters, c)
        ax.set_xlim(-0.5, len(cells.columns) - 0.5)
        ax.set_ylim(len(cells) - 0.5, -0.5)
        ax.set_xticks(range(len(cells.columns)), _column_heads())
        ax.set_yticks(range(len(cells)), [wrapped(o, 14, 3) for o in cells.index])
        ax.tick_params(length=0, labelcolor=c["ink"])
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
        ax.set_xlabel("consequence: margin lost, of a year's margin")
        said = "likelihood as given" if test.likelihood else "nobody has said how often these happen: consequence only"
        titled(ax, "Likelihood and consequence", f"{said}; darker: more to worry about", theme)
        fig.description = _matrix_words(cells, bool(test.likelihood))
    return fig


def _shade(often: str, column: int) -> float:
    """Strength of a cell's colour: the mean of both ranks; without a likelihood that of the consequence."""
    if often == NOT_GIVEN:
        return SHADES[column] / 2
    rank = [name for _, name in LIKELIHOODS].index(often)
    return float(np.interp((rank + column) / 2, range(len(SHADES)), SHADES))


def _cell(ax: Axes, row: int, column: int, names: tuple[str, ...], shade: float, letters: int, c: dict) -> None:
    alpha = f"{round(255 * shade):02X}"
    ax.barh(row, 0.96, 0.94, column - 0.48, facecolor=c["scenario"] + alpha, edgecolor=c["rule"], lw=0.8)
    kept = names if len(names) <= IN_CELL else names[: IN_CELL - 1]
    lines = [wrapped(n, letters, 1) for n in kept] + ([f"and {len(names) - len(kept)} more"] if len(kept) < len(names) else [])
    if names:
        ax.text(column - 0.45, row - 0.43, str(len(names)), va="top", fontweight="bold", color=c["ink"])
        ax.text(column, row + 0.08, "\n".join(lines), ha="center", va="center", fontsize="small", color=c["ink"])


def _column_heads() -> list[str]:
    shares = [below for below, _ in CONSEQUENCES]
    low = [0.0, *shares[:-1]]
    ranges = [f"{100 * a:g} to {100 * b:g} %" if math.isfinite(b) else f"above {100 * a:g} %"
              for a, b in zip(low, shares, strict=True)]  # fmt: skip
    ranges[0] = f"below {100 * shares[0]:g} %"
    return [f"{name}\n{r}" for (_, name), r in zip(CONSEQUENCES, ranges, strict=True)]


def _matrix_words(cells: pd.DataFrame, given: bool) -> str:
    told = [f"{often}, {name}: {listed(list(cells.loc[often, name]))}."
            for often in cells.index for name in reversed(cells.columns) if cells.loc[often, name]]  # fmt: skip
    start = "Matrix of likelihood and consequence." if given else "Targets by consequence; no likelihood was given."
    return " ".join([start, *told])
