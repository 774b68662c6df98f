"""The service curve: how service falls, how much is lost, and when it is back."""

from __future__ import annotations

import math

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from twinkit.run.outcome import Outcome
from twinkit.run.resilience import time_to_recover
from twinkit.run.runs import parting
from twinkit.show.palette import THEMES, series
from twinkit.show.picture import Picture, drawing, percent_axis, titled, wrapped
from twinkit.words import amount, counted, digits, listed, period_word

DASHES = ((2, 2), (8, 2, 2, 2), (1, 1.6), (10, 3))
"""Dashes of the scenarios after the first."""


def service_curve(
    *outcomes: Outcome, level: float = 0.9, size: tuple[float, float] = (9.0, 5.2), theme: str = "light"
) -> Picture:
    """Service of all markets, period by period.

    The mean over the worlds is a line and `level` of the worlds lie in its band.  The
    hatched area is the service lost in the first scenario against the same worlds
    without its events (the "resilience triangle").  The strip below shows the events and
    the times to recover; a time that is not over by the end of the run is shown as "> x".

    Parameters
    ----------
    *outcomes
        A scenario, and others to compare it with, of one ensemble.
    level
        Share of the worlds within a band.
    size, theme
        Width and height [inches]; "light" or "dark".

    Raises
    ------
    ValueError
        If there is no outcome.
    """
    if not outcomes:
        raise ValueError("give the outcome of at least one scenario")
    first, colours = outcomes[0], THEMES[theme]
    events = bool(first.events)
    word = period_word(first.plan.case.settings)
    rows = _rows(outcomes, word, size[0] < 6)
    with drawing(size, theme) as fig, mpl.rc_context({"hatch.color": colours["loss"]}):
        line = 1.3 * mpl.rcParams["font.size"] / 72
        strip = max(2 * line * len(rows), 0.01)
        high = max(size[1] - 7 * line - strip, 1.0)
        ax, below = fig.subplots(2, 1, sharex=True, height_ratios=[high, strip])
        fig.get_layout_engine().set(hspace=0.0, h_pad=0.03)
        if events:
            _loss(ax, first, colours, told=size[0] >= 6)
        lines = [(f"{'no event' if events else first.scenario}", "calm_service", first, series("baseline", theme))]
        if events:
            lines.append((first.scenario, "service", first, series("scenario", theme)))
        for outcome, dashes in zip(outcomes[1:], DASHES * len(outcomes), strict=False):
            look = {**series("other", theme), "linestyle": (0, dashes)}
            lines.append((outcome.scenario, "service", outcome, look))
        ends = [_line(ax, outcome, name, level, look) for _, name, outcome, look in lines]
        _windows(ax, outcomes, colours)
        _axes(ax, outcomes, theme, level)
        _end_labels(ax, [x[0] for x in lines], ends, [x[3] for x in lines], line / high)
        _strip(below, rows, word, first, theme, 0.82 * size[0])
        ax.set_xlim(0, first.plan.periods)
        fig.description = _words(outcomes, word, level, rows)
    return fig


def _line(ax: Axes, outcome: Outcome, name: str, level: float, look: dict) -> float:
    """Draw the mean and the band of a curve; returns the value that it ends with."""
    curve = outcome.curve(name, level)
    ax.fill_between(curve["period"], curve["low"], curve["high"], color=look["color"], alpha=0.13, lw=0, zorder=2)
    for edge in ("low", "high"):
        ax.plot(curve["period"], curve[edge], **look, lw=0.5, alpha=0.4, zorder=2.5)
    ax.plot(curve["period"], curve["mean"], **look, lw=1.8, zorder=3)
    return float(curve["mean"].iloc[-1])


def _loss(ax: Axes, outcome: Outcome, colours: dict[str, str], told: bool) -> None:
    q, calm = outcome.service.mean(axis=1), outcome.calm_service.mean(axis=1)
    lost = np.maximum(calm - q, 0)
    t = np.arange(len(q))
    ax.fill_between(
        t, q, calm, where=lost > 0.002, interpolate=True, facecolor=colours["loss"] + "30", hatch="///",
        edgecolor=colours["loss"], lw=0, zorder=1,
    )  # fmt: skip
    if lost.max() < 0.15 or not told:
        return
    middle = round(float((t * lost).sum() / lost.sum()))
    loss = outcome.kpis["resilience loss"].mean()
    text = f"service lost\n{digits(float(loss))} {period_word(outcome.plan.case.settings)}s' worth"
    box = {"facecolor": colours["page"], "edgecolor": "none", "pad": 2.5, "alpha": 0.85}
    ax.text(middle, (q[middle] + calm[middle]) / 2, text, ha="center", va="center", bbox=box, zorder=5)


def _windows(ax: Axes, outcomes: tuple[Outcome, ...], colours: dict[str, str]) -> None:
    plan = outcomes[0].plan
    for span in plan.effects.spans(plan.periods):
        ax.axvspan(span.start, span.start + span.duration, color=colours["quiet"], alpha=0.09, lw=0, zorder=0)
        ax.axvline(span.start, color=colours["quiet"], lw=0.7, zorder=0.5)


def _axes(ax: Axes, outcomes: tuple[Outcome, ...], theme: str, level: float) -> None:
    lowest = min(float(np.quantile(o.service, 0.05, axis=1).min()) for o in outcomes)
    ax.set_ylim(0.0 if lowest < 0.6 else math.floor(10 * lowest) / 10 - 0.1, 1.06)
    percent_axis(ax.yaxis)
    ax.grid(axis="y")
    ax.tick_params(axis="x", length=0, labelbottom=False)
    worlds = outcomes[0].replications
    titled(ax, "Service level", f"share of demand served at once · line: mean, band: {100 * level:g} % of {worlds} worlds",
           theme)  # fmt: skip
    warm = int(outcomes[0].plan.case.settings["warm_up"])
    if warm:
        ax.axvspan(0, warm, facecolor="none", edgecolor=THEMES[theme]["rule"], hatch="..", lw=0, zorder=0)


def _end_labels(ax: Axes, labels: list[str], ends: list[float], looks: list[dict], line: float) -> None:
    """Names of the curves at their right ends, moved apart; `line` is the height of a line [share of the axes]."""
    low, high = ax.get_ylim()
    line, top = line * (high - low), high
    for i in sorted(range(len(ends)), key=lambda i: (-ends[i], i)):
        text = wrapped(labels[i], 16)
        height = line * (1 + text.count("\n"))
        middle = min(ends[i], top - height / 2)
        top = middle - height / 2 - 0.3 * line
        across = ax.get_yaxis_transform()
        colour = looks[i]["color"]
        ax.text(1.075, middle, text, transform=across, va="center", color=colour, fontweight="bold", linespacing=1.05)
        ax.plot([1.0, 1.02], [ends[i], middle], transform=across, color=colour, lw=0.7, clip_on=False)
        ax.plot([1.022, 1.065], [middle] * 2, transform=across, **looks[i], lw=1.8, clip_on=False)


def _rows(outcomes: tuple[Outcome, ...], word: str, short: bool) -> list[dict]:
    """Rows of the strip: events, then times to recover."""
    plan, rows = outcomes[0].plan, []
    for name, start, duration, back in plan.effects.spans(plan.periods):
        text = name if short else f"{name}: {counted(duration, word)}"
        rows.append({"kind": "event", "from": start, "to": start + duration, "last": start + duration + back,
                     "text": text})  # fmt: skip
    for outcome in outcomes if outcomes[0].events else ():
        rows.append(_recovery_row(outcome, word, short))
    return rows


def _recovery_row(outcome: Outcome, word: str, short: bool) -> dict:
    settings, end = outcome.plan.case.settings, outcome.plan.periods
    recovery = time_to_recover(outcome.service, outcome.calm_service, settings["failure_level"],
                               settings["recovery_level"], int(settings["hold"]))  # fmt: skip
    often = float(recovery.failed.mean())
    if often < 0.5:
        start = float(np.median(recovery.start[recovery.failed])) if often else float(parting(outcome.plan))
        usual = f"below {100 * settings['failure_level']:g} % of the usual"
        told = f"{usual} in {amount(often, 'share')} of worlds only" if often else f"never {usual}"
        text = f"{outcome.scenario}: {told}"
        return {"kind": "none", "from": start, "to": start, "last": start, "text": text}
    start = float(np.median(recovery.start[recovery.failed]))
    low, middle, high = map(outcome.times_to_recover.quantile, (0.05, 0.5, 0.95))
    seen = end - start
    text = f"{outcome.scenario}: time to recover {outcome.times_to_recover.shown(0.5)} {word}s"
    if not short:
        dips = float(np.quantile(recovery.dips[recovery.failed], 0.5, method="higher"))
        again = f", {dips:g} dips" if dips >= 2 else ""
        text += f" (90 % of worlds: {outcome.times_to_recover.shown(0.05)} to {outcome.times_to_recover.shown(0.95)}{again})"
    to = [start + min(x, seen) for x in (low, middle, high)]
    return {"kind": "recovery", "from": start, "to": to[1], "low": to[0], "last": to[2], "text": text,
            "open": math.isinf(middle), "open_last": math.isinf(high)}  # fmt: skip


def _strip(ax: Axes, rows: list[dict], word: str, outcome: Outcome, theme: str, width: float) -> None:
    """A row for every event and time to recover, on axes of this width [inches]."""
    c, periods = THEMES[theme], outcome.plan.periods
    for i, row in enumerate(rows):
        y = -i - 0.22
        if row["kind"] == "event":
            ax.barh(y, row["to"] - row["from"], 0.26, row["from"], color=c["quiet"], lw=0)
            after = {"facecolor": "none", "edgecolor": c["quiet"], "lw": 0.6, "linestyle": (0, (2, 1))}
            ax.barh(y, row["last"] - row["to"], 0.26, row["to"], **after)
        elif row["kind"] == "recovery":
            ax.plot([row["low"], row["last"]], [y, y], color=c["ink"], lw=6, alpha=0.25)
            ax.plot([row["from"], row["to"]], [y, y], color=c["ink"], lw=1.5)
            ax.plot(row["from"], y, "|", color=c["ink"], ms=8, mew=1.5)
            ax.plot(row["to"], y, ">" if row["open"] else "|", color=c["ink"], ms=7 if row["open"] else 8, mew=1.5)
        else:
            ax.plot(row["from"], y, "o", color=c["ink"], ms=4)
        inches = 0.0072 * mpl.rcParams["font.size"] * len(row["text"])
        fits = row["from"] / periods * width + inches < width
        x, ha = (row["from"], "left") if fits else (periods, "right")
        ax.text(x, y + 0.3, row["text"], ha=ha, va="bottom", fontsize="small", in_layout=False)
    ax.set_ylim(-len(rows) + 0.4, 0.9)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    start = outcome.plan.case.settings.get("start_date")
    ax.set_xlabel(f"{word} of the run" + (f" ({word} 0 = {start})" if start and width >= 4 else ""))


def _words(outcomes: tuple[Outcome, ...], word: str, level: float, rows: list[dict]) -> str:
    first = outcomes[0]
    parts = [
        f"Line chart of the service level over {first.plan.periods} {word}s, mean and band of {100 * level:g} % of "
        f"{first.replications} worlds, for {listed([o.scenario for o in outcomes])}."
    ]
    for o in outcomes:
        mean = o.service.mean(axis=1)
        low = int(mean.argmin())
        parts.append(f"{o.scenario}: lowest on average on {word} {low} with {amount(float(mean[low]), 'share')}"
                     f" (without events {amount(float(o.calm_service.mean(axis=1)[low]), 'share')} then);"
                     f" service lost {digits(float(o.kpis['resilience loss'].mean()))} share·{word}s.")  # fmt: skip
    return " ".join([*parts, *(f"{row['text']}." for row in rows)])
