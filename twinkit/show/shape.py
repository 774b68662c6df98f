"""The shape of a business in pictures: a cost that adds up, values side by side with their spread, a frontier, a map of choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter

from twinkit.show.palette import THEMES
from twinkit.show.picture import Picture, drawing, percent_axis, titled, wrapped
from twinkit.words import amount, listed

SHORT = FuncFormatter(lambda value, _: amount(value))
"""Writes a number on an axis as everywhere else."""
HATCHES = ("", "//", "xx", "..", "\\\\", "++", "oo", "--")


def waterfall(parts: Mapping[str, float], unit: str, title: str, theme: str = "light") -> Picture:
    """Parts of an amount, each from where the one before ends; the last bar is their sum.

    Parameters
    ----------
    parts
        Part → amount [unit].
    unit, title, theme
        Of the amounts; heading; "light" or "dark".
    """
    names, sizes = list(parts), np.array(list(parts.values()), float)
    ends = np.cumsum(sizes)
    with drawing((8.0, 0.42 * (len(names) + 1) + 1.3), theme) as fig:
        c, ax = THEMES[theme], fig.add_subplot()
        for i, (size, end) in enumerate(zip(sizes, ends, strict=True)):
            ax.barh(i, size, left=end - size, color=c["baseline"] if size >= 0 else c["other"], edgecolor=c["edge"], hatch="" if size >= 0 else "//")
            ax.annotate(amount(float(size), "-"), (max(end, end - size), i), (4, 0), textcoords="offset points", va="center", color=c["ink"])
        ax.barh(len(names), ends[-1] if len(ends) else 0.0, color=c["scenario"], edgecolor=c["edge"], hatch="..")
        ax.annotate(amount(float(ends[-1]) if len(ends) else 0.0, "-"), (float(ends[-1]) if len(ends) else 0.0, len(names)), (4, 0), textcoords="offset points", va="center", color=c["ink"])
        ax.set_yticks(range(len(names) + 1), [wrapped(n, 28, 1) for n in [*names, "in all"]])
        ax.invert_yaxis()
        ax.margins(x=0.14)
        ax.set_xlabel(f"[{unit}]")
        ax.xaxis.set_major_formatter(SHORT)
        titled(ax, title, theme=theme)
        fig.description = f"{title}: " + listed([f"{n} {amount(float(s), unit)}" for n, s in parts.items()], 20) + f"; in all {amount(float(ends[-1]) if len(ends) else 0.0, unit)}."
    return fig


def spreads(values: Mapping[str, np.ndarray], unit: str, title: str, theme: str = "light") -> Picture:
    """Values of many worlds by name: a line from the 5th to the 95th per cent, a box for the middle half, a dot for the mean."""
    names = list(values)
    with drawing((8.0, 0.46 * len(names) + 1.5), theme) as fig:
        c, ax = THEMES[theme], fig.add_subplot()
        for i, name in enumerate(names):
            low, a, b, high = np.quantile(values[name], [0.05, 0.25, 0.75, 0.95])
            ax.plot([low, high], [i, i], color=c["ink"], linewidth=1)
            ax.barh(i, b - a, left=a, height=0.5, color=c["baseline"], edgecolor=c["edge"])
            ax.plot([np.mean(values[name])], [i], "D", color=c["scenario"], markeredgecolor=c["edge"], markersize=6)
        ax.axvline(0, color=c["quiet"], linestyle=(0, (2, 2)), linewidth=1)
        ax.set_yticks(range(len(names)), [wrapped(n, 34, 2) for n in names])
        ax.invert_yaxis()
        ax.set_xlabel(f"[{unit}]")
        ax.xaxis.set_major_formatter(SHORT)
        titled(ax, title, "line: 5 % to 95 % of the worlds; box: the middle half; diamond: mean", theme)
        fig.description = f"{title}. Means: " + listed([f"{n} {amount(float(np.mean(v)), unit)}" for n, v in values.items()], 12) + "."
    return fig


def frontier(points: Sequence[tuple[str, float, float]], x: str, y: str, chosen: str, title: str, theme: str = "light") -> Picture:
    """Named points of two figures; the chosen one is a diamond.

    Parameters
    ----------
    points
        Name, and the figure along each axis.
    x, y
        Names of the axes, with units.
    chosen
        Name of the one that is recommended.
    title, theme
        Heading; "light" or "dark".
    """
    with drawing((7.5, 4.2), theme) as fig:
        c, ax = THEMES[theme], fig.add_subplot()
        for i, (name, a, b) in enumerate(points):
            ax.plot([a], [b], "D" if name == chosen else "o", color=c["scenario" if name == chosen else "baseline"], markeredgecolor=c["edge"], markersize=9)
            ax.annotate(name, (a, b), (7, -13 if i % 2 else 5), textcoords="offset points", color=c["ink"])
        ax.set(xlabel=x, ylabel=y)
        ax.xaxis.set_major_formatter(SHORT)
        ax.margins(0.18)
        titled(ax, title, f"diamond: recommended ({chosen})" if chosen else "", theme)
        fig.description = f"{title}: " + "; ".join(f"{n} at {amount(a)} {x} and {amount(b)} {y}" for n, a, b in points) + (f". Recommended: {chosen}." if chosen else ".")
    return fig


def choices(rows: Sequence[float], columns: Sequence[float], best: Sequence[Sequence[str]], y: str, x: str, title: str, theme: str = "light") -> Picture:
    """A map of which choice is best, over two figures: each field has a colour, a hatch and a number.

    Parameters
    ----------
    rows, columns
        Figures along the axes.
    best
        Choice for each row and column.
    y, x, title, theme
        Names of the axes; heading; "light" or "dark".
    """
    names = list(dict.fromkeys(b for line in best for b in line))
    with drawing((7.5, 0.5 * len(rows) + 2.0), theme) as fig:
        c, ax = THEMES[theme], fig.add_subplot()
        colours = [c[k] for k in ("baseline", "loss", "other", "scenario", "lane", "land", "sea", "rule")]
        for i, line in enumerate(best):
            for j, name in enumerate(line):
                k = names.index(name)
                ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor=colours[k % 8], hatch=HATCHES[k % 8], edgecolor=c["edge"]))
                ax.text(j, i, str(k + 1), ha="center", va="center", color=c["ink"], bbox={"boxstyle": "round,pad=0.2", "facecolor": c["page"], "edgecolor": "none"})
        ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-0.5, len(rows) - 0.5), xlabel=x, ylabel=y)
        ax.set_xticks(range(len(columns)), [f"{v:g}" for v in columns])
        ax.set_yticks(range(len(rows)), [f"{v:g}" for v in rows])
        keys = [Patch(facecolor=colours[k % 8], hatch=HATCHES[k % 8], edgecolor=c["edge"], label=f"{k + 1}: {wrapped(n, 60, 1)}") for k, n in enumerate(names)]
        fig.legend(handles=keys, loc="outside lower left", frameon=False)
        titled(ax, title, theme=theme)
        fig.description = f"{title}: " + "; ".join(f"{y} {rows[i]:g}, {x} {columns[j]:g}: {name}" for i, line in enumerate(best) for j, name in enumerate(line)) + "."
    return fig


def curves(at: np.ndarray, worlds: Mapping[str, np.ndarray], x: str, y: str, title: str, theme: str = "light") -> Picture:
    """Shares over time by name: the mean of the worlds of each, and the band of 9 in 10 worlds of the first.

    Parameters
    ----------
    at
        Points along the time, shape (points,).
    worlds
        Name → share, shape (points, worlds).
    x, y, title, theme
        Names of the axes; heading; "light" or "dark".
    """
    names = list(worlds)
    with drawing((8.0, 4.2), theme) as fig:
        c, ax = THEMES[theme], fig.add_subplot()
        ax.fill_between(at, *np.quantile(worlds[names[0]], [0.05, 0.95], axis=1), color=c["baseline"], alpha=0.25, linewidth=0)
        for i, name in enumerate(names):
            colour = c[("baseline", "scenario", "loss", "other", "lane", "ink")[i % 6]]
            ax.plot(at, worlds[name].mean(axis=1), color=colour, linestyle=("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))[i % 5], marker="osD^v"[i % 5],
                    markevery=(i, 5), markersize=5, label=name)  # fmt: skip
        ax.set(xlabel=x, ylabel=y, xlim=(at[0], at[-1]), ylim=(0, 1))
        percent_axis(ax.yaxis)
        ax.legend(frameon=False, loc="lower right")
        titled(ax, title, f"band: 9 of 10 worlds of “{names[0]}”", theme)
        half = {name: np.flatnonzero(values.mean(axis=1) >= 0.5) for name, values in worlds.items()}
        fig.description = f"{title}. Half is reached after: " + "; ".join(f"{n} {f'{at[k[0]]:g}' if len(k) else 'never'}" for n, k in half.items()) + f" ({x})."
    return fig
