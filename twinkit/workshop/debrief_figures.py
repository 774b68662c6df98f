"""Pictures of the debrief: orders and stock of every stage, costs beside the benchmark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from twinkit.show.palette import THEMES, series
from twinkit.show.picture import Picture, drawing, titled
from twinkit.workshop.debrief import Debrief, Seated
from twinkit.workshop.measures import net_stock

TITLES = {"order": "Orders", "net stock": "Stock on hand less backlog"}


def traces(found: Debrief, seats: Sequence[Seated], whats: Sequence[str] = ("order",), theme: str = "light") -> Picture:
    """Orders (or net stock, or both) of some seats, one panel each, beside the benchmark on the same luck.

    Parameters
    ----------
    found
        The debrief; its events are shaded, and beside orders stands what customers asked for.
    seats
        Seats, in the order of the panels.
    whats
        Of "order" and "net stock" (on hand less backlog).
    theme
        "light" or "dark".
    """
    word, c = found.state.exercise.word, THEMES[theme]
    panels = [(seat, what) for seat in seats for what in whats]
    columns, alone = min(2, len(seats)), len(seats) == 1  # whoever sees one seat knows which
    lines = math.ceil(len(panels) / columns)
    size = (4.8 if alone else 10.0, 1.1 + 2.2 * lines)  # one seat is looked at on a phone
    with drawing(size, theme, layout="none" if alone else "constrained") as fig:
        if alone:  # a whole room opens its own at once, and to find a layout takes as long as to draw
            fig.subplots_adjust(0.75 / size[0], 0.5 / size[1], 1 - 0.12 / size[0], 1 - 0.75 / size[1], hspace=0.22)
        axes = fig.subplots(lines, columns, sharex=True, sharey=len(whats) == 1, squeeze=False).ravel()
        for ax, (seat, what) in zip(axes, panels, strict=False):
            played, best = (_values(rows, what) for rows in (seat.rows, seat.best))
            ax.plot(seat.rows["period"] + 1, best, **series("baseline", theme), lw=1.6)
            ax.plot(seat.rows["period"] + 1, played, **series("scenario", theme), lw=1.8)
            if what == "order":
                ax.plot(seat.rows["period"] + 1, found.customers(), **series("other", theme), lw=1.4)
            for event in found.events():
                ax.axvspan(
                    event["start"] + 1, event["start"] + 1 + event["duration"], color=c["quiet"], alpha=0.14, lw=0
                )
            ax.set_title(TITLES[what] if alone else f"{seat.role} ({seat.who})", loc="left", fontsize="medium", pad=4)
            ax.grid(axis="y")
            ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            if what == "net stock":
                ax.axhline(0, color=c["ink"], lw=0.8)
        for ax in axes[len(panels) :]:
            ax.set_visible(False)
        keys = [
            Line2D([], [], **series("scenario", theme), lw=1.8, label="played"),
            Line2D([], [], **series("baseline", theme), lw=1.6, label="benchmark, same luck"),
        ]
        if "order" in whats:
            keys.append(Line2D([], [], **series("other", theme), lw=1.4, label="customers' demand"))
        if found.events():
            keys.append(Patch(color=c["quiet"], alpha=0.14, lw=0, label="event"))
        if alone:
            fig.legend(handles=keys, loc="upper left", ncols=2)
        else:
            title = " and ".join(TITLES[what] for what in whats).capitalize()
            legend = fig.legend(handles=keys, loc="outside upper left", ncols=4, title=title, alignment="left")
            legend.get_title().set(fontweight="bold", fontsize="x-large")
        fig.supxlabel(word, fontsize="medium", color=c["quiet"])
        fig.supylabel("units", fontsize="medium", color=c["quiet"])
        fig.description = "Line charts, one for each seat. " + " ".join(
            f"{TITLES[what]}. {' '.join(_told(s, what) for s in seats)}" for what in whats
        )
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
                left, total = [0.0, 0.0], 0.0  # what is below 0 stands left of it
                for i, role in enumerate(roles):
                    value = by_seat.get((team, role), none)[which]
                    ax.barh(-line + shift, value, 0.34, left=left[value < 0], color=shades[i % len(shades)],
                            hatch=hatches[i % len(hatches)], edgecolor=c["page"], lw=0.6,
                            label=role if (line, shift) == (0, 0.2) else None)  # fmt: skip
                    left[value < 0] += value
                    total += value
                said = "played" if which == "cost" else "benchmark"
                ax.annotate(
                    f"{said}: {total:,.0f}", (left[0], -line + shift), (4, 0), textcoords="offset points", va="center"
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


PANELS = 24
"""Teams on one page."""
SLIDE = (13.3, 6.2)
"""Width and height of a picture for the beamer [inches]."""
DASHES = ("solid", (0, (6, 2)), (0, (2, 2)), (0, (7, 2, 2, 2)), (0, (1, 1)), (0, (9, 3)))
"""Dashes of the roles, so that colour alone says nothing."""


def _roles(found: Debrief, theme: str) -> dict[str, dict]:
    """How the line of each role is drawn."""
    c = THEMES[theme]
    shades = [c["scenario"], c["baseline"], c["other"], c["loss"], c["lane"], c["ink"]]
    names = [role.name for role in found.state.exercise.roles]
    return {name: {"color": shades[i % len(shades)], "linestyle": DASHES[i % len(DASHES)], "lw": 2.2} for i, name in enumerate(names)}


def _called(found: Debrief, team: str) -> str:
    """A team as it stands on a slide; one in which nobody sits is said to be bots."""
    people = any(s.player is not None for s in found.seats if s.team == team)
    return f"{team[:22]}{'' if people else ' (bots)'}"


def what_customers_asked(found: Debrief, guesses: Mapping[int, Sequence[float]] | None = None, theme: str = "light") -> Picture:
    """What customers asked for in every period, over what people drew, nobody named."""
    asked, word = found.customers(), found.state.exercise.word
    drawn = [np.asarray(g, float)[: len(asked)] for g in list((guesses or {}).values())]  # all of them, however far a team has come
    with drawing(SLIDE, theme) as fig:
        ax = fig.subplots()
        for guess in drawn:
            ax.plot(np.arange(len(guess)) + 1, guess, color=THEMES[theme]["quiet"], lw=1.4, alpha=0.75)
        ax.step(np.arange(len(asked)) + 1, asked, where="mid", **series("other", theme) | {"linestyle": "solid"}, lw=3.5)
        ax.set_ylim(0, 1.25 * max(asked.max(), *(guess.max() for guess in drawn), 1e-9))
        if drawn:
            thick = Line2D([], [], **series("other", theme) | {"linestyle": "solid"}, lw=3.5, label="what customers asked for")
            thin = Line2D([], [], color=THEMES[theme]["quiet"], lw=1.4, label=f"what {len(drawn)} of you drew" if len(drawn) > 1 else "what one of you drew")
            ax.legend(handles=[thick, thin], loc="upper left", fontsize="x-large")
        ax.set_xlabel(word, fontsize="x-large")
        ax.set_ylabel("units", fontsize="x-large")
        ax.tick_params(labelsize="x-large")
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        ax.grid(axis="y")
        fig.description = f"Line of what customers asked for: {asked.min():g} to {asked.max():g} units a {word}, {asked.mean():.1f} on average."
        if drawn:
            swing = np.mean([guess.max() - guess.min() for guess in drawn])
            fig.description += f" {len(drawn)} people drew it: from {min(g.min() for g in drawn):g} to {max(g.max() for g in drawn):g}; a drawing spans {swing:.1f} units on average, demand {np.ptp(asked):g}."
    return fig


def every_team(found: Debrief, what: str = "order", first: int = 0, theme: str = "light") -> Picture:
    """Orders (or net stock) of all roles, a panel for each of :data:`PANELS` teams from one on, all on one scale."""
    teams, roles, word = list(found.state.teams)[first : first + PANELS], _roles(found, theme), found.state.exercise.word
    columns = min(len(teams), 1 if len(teams) == 1 else 2 if len(teams) <= 4 else 3 if len(teams) <= 6 else 4 if len(teams) <= 12 else 6)
    lines, c = math.ceil(len(teams) / columns), THEMES[theme]
    told = []
    with drawing(SLIDE, theme) as fig:
        axes = fig.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel()
        for ax, team in zip(axes, teams, strict=False):
            for seat in (s for s in found.seats if s.team == team):
                values = _values(seat.rows, what)
                ax.plot(seat.rows["period"] + 1, values, **roles[seat.role])
                told.append(f"{_called(found, team)}, {seat.role}: {values.min():g} to {values.max():g}.")
            for event in found.events():
                ax.axvspan(event["start"] + 1, event["start"] + 1 + event["duration"], color=c["quiet"], alpha=0.14, lw=0)
            if what == "net stock":
                ax.axhline(0, color=c["ink"], lw=0.8)
            ax.set_title(_called(found, team), loc="left", fontsize="large" if columns < 6 else "medium", pad=3)
            ax.grid(axis="y")
            ax.tick_params(labelsize="medium")
            ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        for ax in axes[len(teams) :]:
            ax.set_visible(False)
        keys = [Line2D([], [], **look, label=name) for name, look in roles.items()]
        if found.events():
            keys.append(Patch(color=c["quiet"], alpha=0.14, lw=0, label="event"))
        fig.legend(handles=keys, loc="outside upper left", ncols=len(keys), fontsize="large")
        fig.supxlabel(word, fontsize="large", color=c["quiet"])
        fig.supylabel("units ordered" if what == "order" else "units on hand less units owed", fontsize="large", color=c["quiet"])
        fig.description = f"{'Orders' if what == 'order' else 'Stock less what is owed'} of every team, a panel each. " + " ".join(told)
    return fig


def variance_by_role(found: Debrief, theme: str = "light") -> Picture:
    """How much orders swung at every stage, a dot for each team, against what customers asked for."""
    roles, c = [role.name for role in found.state.exercise.roles], THEMES[theme]
    with drawing(SLIDE, theme) as fig:
        ax = fig.subplots()
        told = []
        swing = found.swing()
        for line, role in enumerate(roles):
            here = swing[swing["role"] == role]
            shift = np.linspace(-0.22, 0.22, len(here)) if len(here) > 1 else np.zeros(len(here))
            bots = ~here["ranked"].to_numpy()
            values = here["swing"].to_numpy()[~bots]
            ax.plot(values, -line + shift[~bots], "o", color=c["scenario"], markersize=11, alpha=0.85)
            ax.plot(here["swing"].to_numpy()[bots], -line + shift[bots], "o", mfc="none", color=c["quiet"], markersize=11,
                    label="teams of bots" if bots.any() and line == 0 else None)  # fmt: skip
            if len(values):
                ax.plot(values.mean(), -line, "D", color=c["ink"], markersize=13, label="mean of the teams" if line == 0 else None)
                told.append(f"{role}: {values.min():.1f} to {values.max():.1f}, mean {values.mean():.1f}.")
        ax.axvline(1.0, color=c["quiet"], lw=1.4, ls=(0, (4, 3)))
        ax.annotate("as much as customers' demand", (1.0, 0.55), (6, 0), textcoords="offset points", color=c["quiet"], fontsize="large")
        ax.set_yticks([-i for i in range(len(roles))], roles, fontsize="x-large")
        ax.set_ylim(-len(roles) + 0.4, 0.8)
        ax.set_xlim(left=0)
        ax.tick_params(axis="x", labelsize="large")
        ax.set_xlabel("variance of orders / variance of what customers asked for", fontsize="x-large")
        ax.legend(loc="lower right", fontsize="large")
        ax.grid(axis="x")
        fig.description = f"Dots, one for each team{' of people' * bool((~swing['ranked']).any())}: variance of orders over that of demand. " + " ".join(told)
    return fig


def ranking(found: Debrief, theme: str = "light") -> Picture:
    """What every team paid, its measures apart, beside the benchmark on the same luck, the lowest first."""
    teams, c = found.teams(), THEMES[theme]
    currency = found.state.exercise.case.settings["currency"]
    small = len(teams) > 12
    with drawing((SLIDE[0], max(SLIDE[1], 0.2 * len(teams) + 1.4)), theme) as fig:
        ax = fig.subplots()
        for line, row in enumerate(teams.to_dict("records")):
            spent = row["of it measures"]
            ax.barh(-line, row["cost"] - spent, 0.66, color=c["scenario"], label="played" if line == 0 else None)
            if spent:
                ax.barh(-line, spent, 0.66, left=row["cost"] - spent, color=c["scenario"], alpha=0.45, hatch="//", edgecolor=c["page"])
            ax.plot([row["benchmark cost"]] * 2, [-line - 0.42, -line + 0.42], color=c["ink"], lw=4, label="the rule, same luck" if line == 0 else None)
            ax.annotate(f"{row['cost']:,.0f}", (max(row["cost"], row["benchmark cost"]), -line), (8, 0), textcoords="offset points",
                        va="center", fontsize="medium" if small else "x-large")  # fmt: skip
        ax.set_yticks([-i for i in range(len(teams))], [_called(found, t) for t in teams["team"]], fontsize="medium" if small else "x-large")
        ax.margins(x=0.14)
        ax.set_xlim(left=0)
        ax.set_xlabel(f"cost of the whole chain [{currency}]" + ("; paler: what was spent on measures" if teams["of it measures"].any() else ""), fontsize="large")
        fig.legend(loc="outside upper left", ncols=2, fontsize="large")
        fig.description = "Bars of cost, the lowest first. " + " ".join(
            f"{row['team']}: {row['cost']:,.0f}; the rule: {row['benchmark cost']:,.0f} {currency}." for row in teams.to_dict("records")
        )
    return fig
