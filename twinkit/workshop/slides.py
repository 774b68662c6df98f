"""The debrief as slides for the beamer: one thought a page, for 1 to 24 teams, nobody named.

A slide is a sentence, and a picture or a few numbers that show it.  Pictures are drawn when they
are first looked at (:mod:`twinkit.workshop.server`), the page is `pages/slides.html`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from twinkit.show.picture import Picture
from twinkit.workshop.debrief import Debrief
from twinkit.workshop.debrief_document import (
    best_sentence,
    demand_sentences,
    event_sentence,
    machine_sentences,
    of_people,
)
from twinkit.workshop.debrief_figures import PANELS, every_team, ranking, variance_by_role, what_customers_asked

Draw = Callable[[str], Picture]


@dataclass(frozen=True)
class Slide:
    """One thought.

    Attributes
    ----------
    key
        Its name in the address.
    title
        The thought, as a sentence.
    points
        A few sentences more, read one after the other.
    draw
        Draws the picture for a "light" or "dark" page; None without one.
    live
        Whether it is drawn anew each time that it is shown.
    """

    key: str
    title: str
    points: tuple[str, ...] = ()
    draw: Draw | None = None
    live: bool = False


def slides_of(found: Debrief, guesses: Mapping[int, Sequence[float]] | None = None) -> list[Slide]:
    """The slides of a session, in the order in which they are shown.

    Parameters
    ----------
    found
        The debrief.
    guesses
        What people drew as customers' demand, by player, as it is when a slide is shown; by default as it was in the debrief.
    """
    guesses = found.state.guesses if guesses is None else guesses
    e, state = found.state.exercise, found.state
    currency, teams, word = e.case.settings["currency"], found.ranked(), e.word
    n, people = len(state.teams), sum(s.player is not None for s in found.seats)
    asked = found.customers()
    factor = teams["cost"].sum() / max(1e-9, teams["benchmark cost"].sum())
    told = [event_sentence(event, word) for event in found.events()]
    slides = [
        Slide("what", f"{e.title}: {state.period} {word}s, {_count(n, 'team')}, {_count(people, 'person', 'people')}",
              ("Everybody wanted the same: to serve the customers, at little cost.", *(told or ("Nothing was broken: no event happened.",)), *filter(None, [found.note]))),
        Slide("guess", "What did the customers ask for?", (_draw_it(found),)),
        Slide("customers", _asked(asked, word), tuple(demand_sentences(found)), draw=partial(what_customers_asked, found, guesses), live=True),
        *(Slide(f"{key}{first // PANELS + 1 if first else ''}", title, draw=partial(every_team, found, what, first))
          for key, title, what in (("orders", "This is what was ordered.", "order"), ("stock", "This is what was in stock, and below 0 what was owed.", "net stock"))
          for first in range(0, n, PANELS)),
        *_bullwhip(found),
        Slide("ranking", _ranking(teams, currency), draw=partial(ranking, found)),
        *_rounds(found, teams, currency),
    ]  # fmt: skip
    slides += _measures(found, teams, currency) + _machine(found)
    slides.append(Slide("luck", f"On the same luck, with the same demand: {factor:.1f} times what a simple rule would have paid.",
                        ("The rule saw what you saw, and nothing of what was to come.",
                         f"All teams{of_people(found)} together: {teams['cost'].sum():,.0f}; the rule: {teams['benchmark cost'].sum():,.0f} {currency}.")))  # fmt: skip
    slides.append(Slide("home", _home(found, teams)))
    return slides


def _draw_it(found: Debrief) -> str:
    """How the room guesses what customers asked for: on their pages, where somebody has not seen it."""
    state, word = found.state, found.state.exercise.word
    on_pages = any(state.may_guess(p.role) for p in state.players.values())
    where = "Draw it on your page" if on_pages else "Draw it in the air"
    return f"{where}: {state.period} {word}s, from left to right. Then go on to the next page."


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


def _asked(asked: np.ndarray, word: str) -> str:
    if np.ptp(asked) == 0:
        return f"They asked for {asked[0]:g} in every {word}."
    changes = np.flatnonzero(np.diff(asked))
    if len(changes) == 1:
        return f"They asked for {asked[0]:g}, and from {word} {changes[0] + 2} on for {asked[-1]:g}: it changed once."
    return f"They asked for {asked.min():g} to {asked.max():g} a {word}, {asked.mean():.1f} on average."


def _bullwhip(found: Debrief) -> list[Slide]:
    """How the swing of orders grows from stage to stage, where there are several."""
    means = found.swing().query("ranked").groupby("role", sort=False)["swing"].mean()
    if len(means) < 2:
        return []
    first, last = means.index[0], means.index[-1]
    if means.iloc[-1] > means.iloc[0]:
        title = f"Orders swung more, the farther from the customer: {means.iloc[0]:.1f} times at the {first}, {means.iloc[-1]:.1f} times at the {last}."
    else:
        title = f"Orders did not swing more with every stage: {means.iloc[0]:.1f} times at the {first}, {means.iloc[-1]:.1f} times at the {last}."
    return [Slide("bullwhip", title, draw=partial(variance_by_role, found))]


def _ranking(teams: pd.DataFrame, currency: str) -> str:
    best, beaten = teams.iloc[0], int((teams["cost"] < teams["benchmark cost"]).sum())
    rule = f"{beaten} of {len(teams)} paid less than the rule" if beaten else "nobody paid less than the rule"
    first = f"{best['team'][:1].upper()}{best['team'][1:]}"
    if len(teams) == 1:
        return f"{first} paid {best['cost']:,.0f} {currency}; the rule paid {best['benchmark cost']:,.0f}."
    if (same := int(np.isclose(teams["cost"], best["cost"]).sum())) > 1:
        return f"{same} teams paid least: {best['cost']:,.0f} {currency} each; {rule}."
    return f"{first} paid least: {best['cost']:,.0f} {currency}; {rule}."


def _rounds(found: Debrief, teams: pd.DataFrame, currency: str) -> list[Slide]:
    """What the teams paid in a period in the round before, and in this one."""
    state, word = found.state, found.state.exercise.word
    if not state.rounds:
        return []
    before, now = state.rounds[-1], dict(zip(teams["team"], teams["cost"], strict=True))
    both = [name for name in before.costs if name in now]
    if not both:
        return []
    pairs = [(name, before.costs[name] / before.periods, now[name] / state.period) for name in both]
    was, is_now = (sum(pair[i] for pair in pairs) for i in (1, 2))
    title = f"A {word} cost {was:,.0f} {currency} in round {len(state.rounds)}, and {is_now:,.0f} in this one{', all these teams together' * (len(both) > 1)}."
    points = [f"{name}: {a:,.0f} → {b:,.0f} {currency} a {word}." for name, a, b in pairs]
    if len(points) > MOST_POINTS:
        points = [*points[: MOST_POINTS - 1], f"{len(points) - MOST_POINTS + 1} teams more were in both; the trainer's page has them all."]
    if before.asked != state.asked or before.periods != state.period:
        points.append("It was not the same game: " + " and ".join(filter(None, [
            "customers asked for something else" * (before.asked != state.asked), f"{before.periods} {word}s were played, now {state.period}" * (before.periods != state.period)])) + ".")  # fmt: skip
    return [Slide("rounds", title, tuple(points))]


def _measures(found: Debrief, teams: pd.DataFrame, currency: str) -> list[Slide]:
    """What was bought against an event, and what that saved on this luck."""
    if not found.state.exercise.measures:
        return []
    points = []
    for row in teams.to_dict("records"):
        if row["measures"]:
            saved = row["benchmark without measures"] - row["benchmark cost"]
            way = f"saves {saved:,.0f}" if saved > 0 else f"costs {-saved:,.0f} more than it saves"
            points.append(f"{row['team']} bought “{row['measures']}” for {row['of it measures']:,.0f} {currency}: with the rule ordering it {way}, its price counted.")
    if len(points) > MOST_POINTS:
        points = [*points[: MOST_POINTS - 1], f"{len(points) - MOST_POINTS + 1} teams more bought something; the report has them all."]
    if found.best is not None:
        points.append(best_sentence(found))
    bought = int((teams["measures"] != "").sum())
    title = f"{_count(bought, 'team')} of {len(teams)} bought something against it." if bought else "Nobody bought anything against it."
    return [Slide("measures", title, tuple(points))]


MOST_POINTS = 6
"""Sentences that are read from the back of a room."""


def _machine(found: Debrief) -> list[Slide]:
    """People and the adviser: what was taken and refused, right and wrong, before and after its first error."""
    sentences = machine_sentences(found)
    return [Slide("machine", sentences[0], tuple(sentences[1:]))] if sentences else []


CHANCE = 0.2
"""Share of people above which a verdict is more than chance: of those who count all that is on its way, one in forty seems not to."""


def _home(found: Debrief, teams: pd.DataFrame) -> str:
    """One sentence to take home: the strongest thing that this session's numbers show."""
    fitted = [s for s in found.seats if s.player is not None and math.isfinite(s.fit.high["beta"])]
    under = sum(s.fit.high["beta"] < 1.0 for s in fitted)
    if under > CHANCE * len(fitted):
        return f"Count what is on its way to you: {under} of {len(fitted)} clearly did not."
    ends: Any = teams["bullwhip end to end"]
    if len(found.state.exercise.roles) > 1 and "customer demand" not in found.state.sees and (ends > 1.5).any():
        return "Whoever sees orders instead of customers sees a storm: share what the customers ask for."
    if found.state.exercise.measures and found.best is not None and found.best.bought:
        return "What helps in the storm is bought before it."
    return "A simple rule, kept to, is hard to beat." if (teams["cost"] > teams["benchmark cost"]).mean() > 0.5 else "A rule is a start: who looks twice can beat it."
