"""The ripple of an event as a heat map: tiers (or sites) by day, share of the usual throughput."""

from __future__ import annotations

from itertools import groupby

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from twinkit.show.palette import THEMES
from twinkit.show.picture import Picture, drawing, percent_axis, titled, wrapped
from twinkit.study.scorecard_result import Scorecard
from twinkit.words import amount, listed, period_word, tier_words

ENDS = (0.5, 0.0)
"""Least share of the usual throughput that has a colour of its own: the first that is low enough for what is drawn."""
STILL = 0.02
"""Changes up to this share are not looked at when the range of the days is chosen."""
ROWS = 30
"""Sites that are drawn: those that are the most behind, in days of their usual throughput."""
ROW = 0.34
"""Height of a row [inches]."""


def ripple_heatmap(
    card: Scorecard, by: str = "tier", *, days: tuple[int, int] | None = None, ax: Axes | None = None,
    size: tuple[float, float] | None = None, theme: str = "light",
) -> Picture:  # fmt: skip
    """Throughput by tier or site and day, as a share of that of the same worlds without the event.

    Where a line is below the share that counts as a hit it is hatched, where it is as far above,
    dotted; its lowest value stands beside it.  Raw material is on top, customers below.

    Parameters
    ----------
    card
        A scorecard.
    by
        "tier", or "site": those that are hit, in the order of the days.
    days
        First and last period to draw [periods]; by default those in which something changes.
    ax, size, theme
        Axes to draw on; width and height [inches], by default as high as the lines need; "light" or "dark".

    Raises
    ------
    ValueError
        If `by` is neither "tier" nor "site".
    """
    if by not in ("tier", "site"):
        raise ValueError(f"a heat map goes by 'tier' or 'site', not by {by!r}")
    names, share = _lines(card, by)
    first, last = days or _range(card, share)
    c, word = THEMES[theme], period_word(card.plan.case.settings)
    size = size or (8.6, 2.2 + max(ROW * len(names), 0.7))
    with drawing(size, theme, ax) as fig:
        ax = ax or fig.add_subplot()
        _cells(ax, names, share, (first, last), c)
        for y, line in enumerate(share):
            _marks(ax, y, line, card.fall, (first, last), c)
        _axes(ax, names, word, size, c)
        _start(ax, card, (first, last), c)
        _key(ax, card.fall, c)
        over = f", sums over {card.window} {word}s" if card.window > 1 else ""
        titled(ax, "How the ripple runs through the chain", f"{card.scenario.name}; {card.worlds} worlds{over}", theme)
        fig.description = _words(card, by, names, share, word)
    return fig


def _cells(ax: Axes, names: list[str], share: np.ndarray, days: tuple[int, int], c: dict) -> None:
    """The colours and their scale; without a line an empty row."""
    first, last = days
    drawn = share[:, first : last + 1] if len(names) else np.ones((1, last + 1 - first))
    end = next((e for e in ENDS if np.nanmin(drawn, initial=1.0) >= e), 0.0)
    colours = LinearSegmentedColormap.from_list("ripple", [c["scenario"], c["page"], c["baseline"]])
    image = ax.imshow(
        drawn, cmap=colours.with_extremes(bad=c["rule"]), norm=TwoSlopeNorm(1.0, end, 2.0 - end), aspect="auto",
        extent=(first - 0.5, last + 0.5, len(drawn) - 0.5, -0.5), interpolation="nearest",
    )  # fmt: skip
    ticks = sorted({end, (1 + end) / 2, 1.0, (3 - end) / 2, 2.0 - end})
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.9, pad=0.02, aspect=16 + len(names), ticks=ticks)
    bar.set_label("of the usual throughput", color=c["quiet"])
    bar.outline.set_visible(False)
    percent_axis(bar.ax.yaxis)


def _lines(card: Scorecard, by: str) -> tuple[list[str], np.ndarray]:
    """Names of the lines, and their share of the usual throughput by day."""
    if by == "tier":
        table = card.ripple_by_tier().pivot(index="tier", columns="period", values="share").sort_index(ascending=False)
        return [tier_words(tier) for tier in table.index], table.to_numpy(float)
    table = card.ripple_by_site().pivot(index="site", columns="period", values="share")
    hit = card.ripple()
    if not len(hit):
        return [], np.zeros((0, card.plan.periods))
    usual = dict(
        zip(card.plan.net.sites["site"], card.ripples.days["calm sent"].mean(axis=1) / card.worlds, strict=True)
    )
    behind = (hit["missing"] / hit["site"].map(usual)).nlargest(ROWS)
    names = hit.loc[sorted(behind.index), "site"].tolist()
    return names, table.loc[names].to_numpy(float)


def _range(card: Scorecard, share: np.ndarray) -> tuple[int, int]:
    """Periods in which something changes, with some room."""
    moved = np.flatnonzero((np.abs(np.nan_to_num(share, nan=1.0) - 1.0) > STILL).any(axis=0))
    last = card.plan.periods - 1
    if not len(moved):
        return 0, last
    room = max(int(0.04 * (moved[-1] - moved[0])), 3)
    return max(int(moved[0]) - room, 0), min(int(moved[-1]) + 3 * room, last)


def _marks(ax: Axes, y: int, line: np.ndarray, fall: float, days: tuple[int, int], c: dict) -> None:
    """Hatches where a line is low or high, and its lowest value."""
    first, last = days
    seen = line[first : last + 1]
    for hatch, chosen in (("////", seen < fall), ("..", seen > 2.0 - fall)):
        at = first
        for is_so, run in groupby(chosen):
            count = len(list(run))
            if is_so:
                ax.add_patch(
                    Rectangle(
                        (at - 0.5, y - 0.46), count, 0.92, fill=False, hatch=hatch, ec=c["ink"], lw=0.7, alpha=0.75
                    )
                )
            at += count
    if np.isfinite(seen).any() and np.nanmin(seen) < 1 - STILL:
        low = int(np.nanargmin(seen))
        left = low > 0.75 * (last - first)
        label = f"{round(100 * seen[low])} %"
        ax.plot(first + low, y, "v", ms=4.5, color=c["ink"], mec=c["page"], mew=0.6)
        ax.annotate(label, (first + low, y), (-6 if left else 6, 0), textcoords="offset points", va="center", fontsize="small",
                    ha="right" if left else "left", bbox={"facecolor": c["page"], "edgecolor": "none", "pad": 0.8})  # fmt: skip


def _axes(ax: Axes, names: list[str], word: str, size: tuple[float, float], c: dict) -> None:
    ax.set_yticks(range(len(names)), [wrapped(name, max(int(3.6 * size[0]), 8), 1) for name in names])
    ax.tick_params(axis="y", labelcolor=c["ink"])
    ax.set_yticks(np.arange(0.5, len(names) - 1), minor=True)
    ax.tick_params(which="minor", length=0)
    ax.grid(axis="y", which="minor", color=c["rule"])
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=max(int(size[0]), 3)))
    ax.set_xlabel(f"{word} of the run")
    if not names:
        ax.text(0.5, 0.5, "no site is hit", transform=ax.transAxes, ha="center", va="center", color=c["quiet"])


def _start(ax: Axes, card: Scorecard, days: tuple[int, int], c: dict) -> None:
    begins = card.starts[np.isfinite(card.starts)]
    if len(begins) and days[0] <= (day := float(np.quantile(begins, 0.5, method="higher"))) <= days[1]:
        ax.axvline(day - 0.5, color=c["ink"], lw=1.2, ls=(0, (4, 2)))


def _key(ax: Axes, fall: float, c: dict) -> None:
    looks = {"fill": False, "edgecolor": c["ink"], "lw": 0.7}
    keys = [
        Patch(hatch="////", **looks, label=f"below {100 * fall:g} %"),
        Patch(hatch="..", **looks, label=f"above {100 * (2 - fall):g} %"),
        mpl.lines.Line2D([], [], marker="v", ls="none", color=c["ink"], ms=4.5, label="lowest"),
        mpl.lines.Line2D([], [], color=c["ink"], lw=1.2, ls=(0, (4, 2)), label="event begins"),
    ]
    ax.figure.legend(handles=keys, loc="outside lower left", ncols=4 if ax.figure.get_figwidth() > 6 else 2,
                     fontsize="small", handlelength=2.2)  # fmt: skip


def _words(card: Scorecard, by: str, names: list[str], share: np.ndarray, word: str) -> str:
    start = f"Heat map of throughput by {by} and {word}, as a share of the usual, mean of {card.worlds} worlds: {card.scenario.name}."
    if not names:
        return f"{start} No site is hit."
    low = [
        f"{name} {amount(float(np.nanmin(line)), 'share')} on {word} {int(np.nanargmin(line))}"
        for name, line in zip(names, share, strict=True)
        if np.isfinite(line).any() and np.nanmin(line) < 1 - STILL
    ]
    return (
        f"{start} Lowest: {listed(low, 8)}."
        if low
        else f"{start} Nothing changes by more than {amount(STILL, 'share')}."
    )
