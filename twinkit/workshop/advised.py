"""The best of what is for sale: the yardstick of an exercise with a budget."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from twinkit.chain.chain import Chain
from twinkit.chain.plan import Plan, plan_of
from twinkit.run.kpis import cost_parts
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import mean_interval
from twinkit.workshop.exercise import Exercise, surprise_row
from twinkit.workshop.game import Game, bought_plan, changed
from twinkit.workshop.measures import benchmark_game
from twinkit.workshop.state import State

WORLDS = 32
"""Worlds in which each choice is tried, for each start of the event; as many fresh ones check the best."""
STARTS = 3
"""Starts of the hidden event that the search looks at, from its first to its last; the check looks at all."""
MOST_CHOICES, FEW = 256, 3
"""Where more choices fit the budget, only those of a few measures are tried."""


@dataclass(frozen=True)
class Best:
    """What the search chose, and what it is worth.

    Attributes
    ----------
    game
        The benchmark's game on the luck of the session, with these measures.
    bought, spent
        The measures, and their price [money].
    mean, without
        Mean cost of a game on fresh luck with these measures (price included), and without any [money].
    low, high
        95 % interval of mean - without, over worlds [money]; 0 and 0 where nothing is bought.
    worlds
        Fresh worlds, each with every start of the event.
    """

    game: Game
    bought: list[str]
    spent: float
    mean: float
    without: float
    low: float
    high: float
    worlds: int


def best_measures(state: State) -> Best | None:
    """The best of what is for sale within the budget, over the events of the exercise.

    Every choice that can be paid for is played by the policies of the tables over the periods of the game, in
    worlds other than that of the session, with the hidden event at starts between its first and its last and
    with the trainer's events as they were; the cheapest (cost of the chain and price) is held against
    buying nothing on fresh luck, and is given up if it is not cheaper there.

    Returns
    -------
    Best or None
        None where nothing is for sale, or no event is known.
    """
    exercise, events = state.exercise, _events(state)
    if not exercise.measures or not events:
        return None
    plan = exercise.case.derived(plan_of)
    values = {name: value for name, (_, _, value) in exercise.measures_for_sale().items()}
    key = ("best", state.seed, state.periods, repr(events))
    if key not in plan.notes:
        plan.notes[key] = _search(plan, exercise, values, events, state)
    bought, found = plan.notes[key]
    game = benchmark_game(state, levers={name: values[name] for name in bought})
    return Best(game, list(bought), _price(exercise, bought), *found, WORLDS)


def _search(
    plan: Plan, exercise: Exercise, values: dict[str, Any], events: list[list[dict]], state: State
) -> tuple[tuple[str, ...], tuple[float, ...]]:
    def cost(bought: tuple[str, ...], cases: list[list[dict]], first: int) -> np.ndarray:
        """Cost by world, the mean over the starts of the event [money]."""
        base = bought_plan(plan, {name: values[name] for name in bought})
        total = np.zeros(WORLDS)
        for rows in cases:
            chain = Chain(changed(base, Scenario("", tuple(rows))), WORLDS, seed=state.seed, first=first)
            total += sum(cost_parts(chain.plan, chain.run(state.periods).world).values())
        return total / len(cases) + _price(exercise, bought)

    few = [events[i] for i in sorted({round(x) for x in np.linspace(0, len(events) - 1, min(STARTS, len(events)))})]
    # world 0 is that of the session
    best = min(_choices(exercise), key=lambda bought: cost(bought, few, 1).mean())
    without, mine = (cost(bought, events, 1 + WORLDS) for bought in ((), best))
    if not best or mine.mean() >= without.mean():
        return (), (float(without.mean()), float(without.mean()), 0.0, 0.0)
    change = mean_interval(mine - without)
    return best, (float(mine.mean()), float(without.mean()), change.low, change.high)


def _choices(exercise: Exercise) -> list[tuple[str, ...]]:
    names = list(exercise.measures)

    def up_to(most: int) -> list[tuple[str, ...]]:
        some = (c for n in range(most + 1) for c in combinations(names, n))
        return [c for c in some if _price(exercise, c) <= exercise.budget]

    return up_to(FEW) if 2 ** len(names) > MOST_CHOICES else up_to(len(names))


def _price(exercise: Exercise, bought: Any) -> float:
    return float(sum(exercise.measures[name] for name in bought))


def _events(state: State) -> list[list[dict[str, Any]]]:
    """Events of a game: one list for each start that the hidden one may have, with what the trainer let happen."""
    e = state.exercise
    injected = [{**c.value, "scheduled": True} for c in state.changes if c.kind == "event"]
    if not e.surprise:
        return [injected] if injected else []
    first, last = e.surprise_between
    hidden = surprise_row(e, first)["event"]
    others = [row for row in injected if row["event"] != hidden]
    return [[surprise_row(e, start), *others] for start in range(first, last + 1)]
