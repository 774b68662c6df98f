"""What the search for measures would have bought: the yardstick of an exercise with a budget."""

from __future__ import annotations

from importlib.util import find_spec

from twinkit.study.prices import Price
from twinkit.study.risks import Risk
from twinkit.tables.case import Case
from twinkit.workshop.game import Game
from twinkit.workshop.measures import benchmark_game
from twinkit.workshop.state import State

TRIALS, WORLDS = 24, 32
"""Size of the search: combinations that are tried, and worlds of each."""


def best_measures(state: State) -> tuple[Game, list[str], float] | None:
    """The benchmark's game with the measures that :func:`twinkit.recommend` buys within the budget.

    It knows the event that happened, but not the luck of the session.

    Returns
    -------
    tuple or None
        The game, the measures and their price [money]; None where nothing is for sale,
        nothing has happened, or the packages of ``twinkit[optimise]`` are not there.
    """
    exercise = state.exercise
    events = [c.value for c in state.changes if c.kind == "event"]
    if not exercise.measures or not events or find_spec("optuna") is None:
        return None
    from twinkit.study.levers import levers_of
    from twinkit.study.recommend import recommend

    case = exercise.case.replace(settings={"periods": max(state.periods, exercise.periods)})
    values = {name: value for name, (_, _, value) in exercise.measures_for_sale().items()}
    prices = {
        name: Price(per_year=lambda case, value, price=price: price * 365.0 / _days(case))
        for name, price in exercise.measures.items()
    }
    risks = [Risk({**event, "scheduled": True}, 1.0) for event in events]
    able = [lever.name for lever in levers_of(case) if lever.name in values and not lever.foreseen]
    if not able:
        return None
    found = recommend(
        case,
        risks,
        exercise.budget,
        levers=able,
        prices={name: prices[name] for name in able},
        trials=TRIALS,
        replications=WORLDS,
        fresh=WORLDS,
    )
    bought = sorted(name for name in found.scenario.levers if name in values)
    spent = float(sum(exercise.measures[name] for name in bought))
    return benchmark_game(state, levers={name: values[name] for name in bought}), bought, spent


def _days(case: Case) -> float:
    return float(case.settings["periods"] * case.settings["period_days"])
