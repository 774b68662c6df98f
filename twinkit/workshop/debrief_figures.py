"""Pictures of the debrief: orders and stock of every stage, costs beside the benchmark."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from twinkit.show.palette import THEMES, series
from twinkit.show.picture import Picture, drawing, titled
from twinkit.workshop.debrief import Debrief, Seated
from twinkit.workshop.measures import net_stock


def traces(found: Debrief, seats: Sequence[Seated], what: str = "order", theme: str = "light") -> Picture:
    """Orders (or net stock) of some seats, one panel each, beside the benchmark on the same luck.

    Parameters
    ----------
    found
        The debrief; its events are shaded, and beside orders stands what customers asked for.
    seats
        Seats, in the order of the panels.
    what
        "order", or "net stock" (on hand less backlog).
    theme
        "light" or "dark".
    """
    word, c = found.state.exercise.word, THEMES[theme]
    columns = min(2, len(seats))
    lines = math.ceil(len(seats) / columns)
    with drawing((10.0, 1.1 + 2.2 * lines), theme) as fig:
        axes = fig.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel()
        for ax, seat in zip(axes, seats, strict=False):
            played, best = (_values(rows, what) for rows in (seat.rows, seat.best))
            ax.plot(seat.rows["period"] + 1, best, **series("baseline", theme), lw=1.6)
            ax.plot(seat.rows["period"] + 1, played, **series("scenario", theme), lw=1.8)
            if what == "order":
                ax.plot(seat.rows["period"] + 1, found.customers(), **series("other", theme), lw=1.4)
            for event in found.events():
                ax.axvspan(
                    event["start"] + 1, event["start"] + 1 + event["duration"], color=c["quiet"], alpha=0.14, lw=0
                )
            ax.set_title(f"{seat.role} ({seat.who})", loc="left", fontsize="medium", pad=4)
            ax.grid(axis="y")
            ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            if what == "net stock":
                ax.axhline(0, color=c["ink"], lw=0.8)
        for ax in axes[len(seats) :]:
            ax.set_visible(False)
        keys = [
            Line2D([], [], **series("scenario", theme), lw=1.8, label="played"),
            Line2D([], [], **series("baseline", theme), lw=1.6, label="benchmark, same luck"),
        ]
        if what == "order":
            keys.append(Line2D([], [], **series("other", theme), lw=1.4, label="customers' demand"))
        if found.events():
            keys.append(Patch(color=c["quiet"], alpha=0.14, lw=0, label="event"))
        title = "Orders" if what == "order" else "Stock on hand less backlog"
        legend = fig.legend(handles=keys, loc="outside upper left", ncols=4, title=title, alignment="left")
        legend.get_title().set(fontweight="bold", fontsize="x-large")
        fig.supxlabel(word, fontsize="medium", color=c["quiet"])
        fig.supylabel("units", fontsize="medium", color=c["quiet"])
        fig.description = f"Line charts, one for each seat. {title}. " + " ".join(_told(s, what) for s in seats)
    return fig


def _values(rows, what: str) -> np.ndarray:
    return rows["order"].to_numpy(float) if what == "order" else net_stock(rows)


def _told(seat: Seated, what: str) -> str:
    played, best = (_values(rows, what) for rows in (seat.rows, seat.best))
    return (
        f"{seat.role} ({seat.who}): from {played.min():g} to {played.max():g}; "
        f"benchmark from {best.min():g} to {best.max():g}."
    )


def costs_by_role(found: Debrief, theme: str = "light") -> Picture:
    """What every team's cost is made of beside the benchmark on the same luck, one group of bars for each team."""
    teams = list(found.state.teams)[:12]
    parts = found.parts()
    roles = list(dict.fromkeys(parts["line"]))
    currency = found.state.exercise.case.settings["currency"]
    c, hatches = THEMES[theme], ("", "//", "..", "xx", "\\\\", "++", "oo", "--")
    shades = [c["baseline"], c["loss"], c["other"], c["scenario"], c["lane"]]
    by_seat = {(row["team"], row["line"]): row for row in parts.to_dict("records")}
    none = {"cost": 0.0, "benchmark cost": 0.0}
    with drawing((10.0, 1.4 + 0.62 * len(teams) * 2), theme) as fig:
        ax = fig.subplots()
        for line, team in enumerate(teams):
            for shift, which in ((0.2, "cost"), (-0.2, "benchmark cost")):
                left = 0.0
                for i, role in enumerate(roles):
                    value = by_seat.get((team, role), none)[which]
                    ax.barh(-line + shift, value, 0.34, left=left, color=shades[i % len(shades)],
                            hatch=hatches[i % len(hatches)], edgecolor=c["page"], lw=0.6,
                            label=role if (line, shift) == (0, 0.2) else None)  # fmt: skip
                    left += value
                said = "played" if which == "cost" else "benchmark"
                ax.annotate(
                    f"{said}: {left:,.0f}", (left, -line + shift), (4, 0), textcoords="offset points", va="center"
                )
        ax.set_yticks([-i for i in range(len(teams))], [t[:24] for t in teams])
        ax.set_xlabel(f"cost [{currency}]")
        ax.margins(x=0.18)
        ax.set_xlim(left=0)
        titled(ax, "Cost by role", "Above what was played, below the benchmark on the same luck.", theme)
        fig.legend(loc="outside lower left", ncols=min(4, len(roles)))
        fig.description = "Bars of cost by role. " + " ".join(
            f"Team {team}: played {parts.loc[parts['team'] == team, 'cost'].sum():,.0f}, "
            f"benchmark {parts.loc[parts['team'] == team, 'benchmark cost'].sum():,.0f} {currency}."
            for team in teams
        )
    return fig
