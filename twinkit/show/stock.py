"""Stock by tier: how the value of stock moves along the chain."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from twinkit.run.kpis import tier_names
from twinkit.run.outcome import Outcome
from twinkit.show.palette import THEMES, series
from twinkit.show.picture import Picture, drawing
from twinkit.words import amount, period_word, scale_of, tier_words


def stock_by_tier(
    outcome: Outcome, *, level: float = 0.9, size: tuple[float, float] | None = None, theme: str = "light"
) -> Picture:
    """Stock on hand, tier by tier (its value; units where no product has one), with the events (dashed) and without (solid).

    Parameters
    ----------
    outcome
        A scenario.
    level
        Share of the worlds within a band.
    size, theme
        Width and height [inches], by default as high as the tiers need; "light" or "dark".
    """
    tiers, word, c = tier_names(outcome.plan), period_word(outcome.plan.case.settings), THEMES[theme]
    wide = size[0] if size else 10.0
    columns = min(len(tiers), max(1, int(wide // (3 if wide >= 6 else 1.7))))
    lines = math.ceil(len(tiers) / columns)
    events, unit = bool(outcome.events), outcome.stock_unit
    with drawing(size or (wide, 1.0 + 2.0 * lines), theme) as fig:
        axes = fig.subplots(lines, columns, sharex=True, squeeze=False).ravel()
        factor, scale = scale_of(float(np.quantile(outcome.stock_by_tier.mean(axis=2), 0.99)))
        for i, (ax, tier) in enumerate(zip(axes, tiers, strict=False)):
            if events:
                _curve(ax, outcome.stock_by_tier[i] / factor, level, series("scenario", theme))
            _curve(ax, outcome.calm_stock_by_tier[i] / factor, level, series("baseline", theme))
            _panel(ax, tier, outcome, c, below=i + columns >= len(tiers))
            ax.yaxis.set_major_locator(MaxNLocator(4 if fig.get_figheight() / lines >= 1.4 else 2))
        for ax in axes[len(tiers) :]:
            ax.set_visible(False)
        _key(fig, outcome, level, events, theme)
        fig.supylabel(f"stock on hand [{scale} {unit}]".replace("[ ", "["), fontsize="medium", color=c["quiet"])
        fig.supxlabel(f"{word} of the run", fontsize="medium", color=c["quiet"])
        fig.description = _words(outcome, tiers, word, events)
    return fig


def _curve(ax, values: np.ndarray, level: float, look: dict) -> None:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=1)
    t = np.arange(len(values))
    ax.fill_between(t, low, high, color=look["color"], alpha=0.15, lw=0)
    ax.plot(t, values.mean(axis=1), **look, lw=1.6)


def _where(name: str) -> str:
    """Where the tier of a history stands in the chain."""
    return tier_words(int(name.removeprefix("tier ")))


def _panel(ax, tier: str, outcome: Outcome, c: dict[str, str], below: bool) -> None:
    ax.set_title(_where(tier).capitalize(), loc="left", fontsize="medium", pad=4)
    ax.set_xlim(0, outcome.plan.periods)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.tick_params(axis="x", labelbottom=below)
    ax.grid(axis="y")
    for span in outcome.plan.effects.spans(outcome.plan.periods):
        ax.axvspan(span.start, span.start + span.duration, color=c["quiet"], alpha=0.1, lw=0, zorder=0)


def _key(fig, outcome: Outcome, level: float, events: bool, theme: str) -> None:
    """The title, and the key of the lines below it."""
    c = THEMES[theme]
    band = f"band: {100 * level:g} % of {outcome.replications} worlds"
    keys = [Line2D([], [], **series("baseline", theme), lw=1.6, label="no event" if events else outcome.scenario)]
    if events:
        keys.append(Line2D([], [], **series("scenario", theme), lw=1.6, label=outcome.scenario))
        keys.append(Patch(color=c["quiet"], alpha=0.15, lw=0, label="event"))
    keys.append(Line2D([], [], ls="none", label=band))
    few = len(keys) if fig.get_figwidth() >= 7 else 2
    legend = fig.legend(handles=keys, loc="outside upper left", ncols=few, handlelength=2.6, borderaxespad=0.4,
                        columnspacing=1.4, title="Stock on hand along the chain", alignment="left")  # fmt: skip
    legend.get_title().set(fontweight="bold", fontsize="x-large")


def _words(outcome: Outcome, tiers: list[str], word: str, events: bool) -> str:
    unit = outcome.stock_unit
    parts = [f"Line charts of stock on hand [{unit}], one for each tier of sites, over {outcome.plan.periods} {word}s"
             f" in {outcome.replications} worlds, scenario {outcome.scenario}."]  # fmt: skip
    for i, tier in enumerate(tiers):
        calm, mean = outcome.calm_stock_by_tier[i].mean(axis=1), outcome.stock_by_tier[i].mean(axis=1)
        text = f"{_where(tier).capitalize()}: {amount(float(calm.mean()), unit)} on average without events"
        if events:
            day = int(np.abs(mean - calm).argmax())
            text += f"; furthest from it on {word} {day}: {amount(float(mean[day]), unit)} instead of "
            text += amount(float(calm[day]), unit)
        parts.append(text + ".")
    return " ".join(parts)
