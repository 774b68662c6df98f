"""What players did, measured against the same luck: one formula each.

Every measure is that of a seat in a finished (or running) game.  It is what happened in that game and has
no interval: orders and positions hang together from period to period, so the periods of one game are no
independent worlds, and Student's interval over them would be too narrow.  A measure that
cannot be told is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import scipy

from twinkit.chain.plan import plan_of
from twinkit.run.kpis import FORMULAS as KPI_FORMULAS
from twinkit.workshop.bots import play_bots, seat_of, start_of
from twinkit.workshop.fits import Played
from twinkit.workshop.game import Game
from twinkit.workshop.state import State, Team

FORMULAS: dict[str, tuple[str, str]] = {
    "cost": ("money", "cost that arose at the site of the seat"),
    "benchmark cost": ("money", "the same seat where the benchmark bot plays all seats, on the same luck"),
    "bullwhip ratio": KPI_FORMULAS["bullwhip ratio"][:1] + ("Var(orders placed) / Var(demand received), over the periods",),
    "swing": ("-", "Var(orders placed) / Var(what customers' demand takes of the product), over the periods: the bullwhip from the customer on"),
    "demand chasing": ("-", "slope of the change of the order on the change of what was asked for: 0 = none, 1 = every change is passed on"),
    "pull to centre": (
        "share",
        "(position of the benchmark - own position) / (position of the benchmark - mean demand over the wait): "
        "0 = where the benchmark stands, 1 = at the mean; position = stock + on order - backlog after ordering; "
        "mean demand = mean of what was asked of the seat in the same periods",
    ),
    "over-reaction": (
        "-",
        "largest order from the shock on, to the end / largest order of the benchmark in the same periods, each above the order before the shock",
    ),
    "supply-line weight": ("-", "β of the fitted rule: 1 = all that is ordered is remembered, below 1 = under-weighted (Sterman 1989)"),
    "override value": ("money", "cost of the chain had the seat been played again with every advice taken, each made anew from the state that this leads to - cost as it was; the orders of other seats as they were"),
}  # fmt: skip
"""Unit and definition of every measure."""

def benchmark_game(
    state: State, team: Team | None = None, levers: Mapping[str, Any] | None = None, events: bool = True
) -> Game:
    """The game of the benchmark bot in all seats on the same luck.

    Parameters
    ----------
    state
        The session.
    team
        Whose measures are in place.
    levers
        Measures that are in place instead.
    events
        Whether the events of the session happen.
    """
    exercise = state.exercise
    changes = [c for c in state.changes if c.kind != "rule" and (events or c.kind != "event")]
    game = Game(exercise, state.seed, team.game.levers if team else levers)
    bot, roles = state.known_bots[exercise.benchmark], [r.name for r in exercise.roles]
    played = team.game.period if team else state.period
    for period in range(played):
        game.begin(change for change in changes if change.period == period)
        play_bots(game, dict.fromkeys(roles, bot), until=period + 1)
    return game


def bullwhip_ratio(orders: np.ndarray, demand: np.ndarray) -> float:
    """Var(orders) / Var(demand); NaN where one of them does not vary."""
    above, below = float(np.var(orders)), float(np.var(demand))
    return above / below if above > 0 and below > 0 else math.nan


def demand_chasing(orders: np.ndarray, demand: np.ndarray) -> float:
    """Slope of the change of the order on the change of demand; NaN where demand did not change."""
    x, y = np.diff(demand), np.diff(orders)
    return float(scipy.stats.linregress(x, y).slope) if len(x) >= 4 and np.ptp(x) else math.nan


def positions(rows: pd.DataFrame) -> np.ndarray:
    """Stock + on order - backlog after ordering, by period [units]."""
    return net_stock(rows) + (rows["on_order"] + rows["order"]).to_numpy(float)


def net_stock(rows: pd.DataFrame) -> np.ndarray:
    """Stock on hand less what is owed, by period [units]."""
    return (rows["on_hand"] - rows["backlog"]).to_numpy(float)


def pull_to_centre(own: np.ndarray, best: np.ndarray, centre: float) -> float:
    """How far the position lies from the benchmark towards the mean; NaN where the two are hardly apart.

    Parameters
    ----------
    own, best
        Positions of the player and of the benchmark, by period [units].
    centre
        Mean demand over the time until an order arrives [units].
    """
    way = float(best.mean()) - centre if len(own) >= 4 else 0.0
    if abs(way) < 1e-9 + 0.05 * abs(centre):
        return math.nan
    return (float(best.mean()) - float(own.mean())) / way


def over_reaction(own: np.ndarray, best: np.ndarray, shock: int) -> float:
    """Largest rise of the order after a shock, against that of the benchmark; NaN if that did not rise."""
    after = slice(shock, None)
    if not 0 < shock < len(own):
        return math.nan
    rises = [float(orders[after].max() - orders[shock - 1]) for orders in (own, best)]
    return rises[0] / rises[1] if rises[1] > 0 else math.nan


def shock_of(state: State, game: Game) -> int:
    """First period of the first event; without one, of the largest change of customers' demand; -1 if none."""
    starts = [int(c.value["start"]) for c in state.changes if c.kind == "event"]
    if starts:
        return min(starts)
    first = state.exercise.roles[0].name
    asked = np.array([look[first].incoming for look in game.looks])
    jumps = np.abs(np.diff(asked))
    return int(jumps.argmax()) + 1 if len(jumps) and jumps.max() > 0 else -1


def played_of(state: State, team: Team, role: str) -> Played:
    """What a seat saw and did, for :func:`~twinkit.workshop.fits.fit`."""
    rows = team.game.table()
    rows = rows[rows["role"] == role]
    own = np.array([role in sat and period not in state.exercise.told for period, sat in enumerate(team.own)], bool)
    net = net_stock(rows)
    start = start_of(state.exercise.case.derived(plan_of), team.game.row(role))  # before anything was bought
    return Played(
        rows["incoming"].to_numpy(float),
        net,
        rows["on_order"].to_numpy(float),
        rows["order"].to_numpy(float),
        start,
        own,
    )


def followed(state: State, team: Team, role: str) -> Game:
    """A seat played again with every advice taken, each made anew from the state that this leads to.

    Where the person had no advice, or a bot sat, the order is as it was; so are those of the other seats.
    """
    done = team.game
    game = Game(done.exercise, done.seed, done.levers)
    for period, orders in enumerate(done.moves.orders):
        game.begin(change for change in done.moves.changes if change.period == period)
        adviser = team.advisers[period]
        if adviser is not None and role in team.advice[period] and role in team.own[period]:
            orders = {**orders, role: min(adviser.advise(seat_of(game, role)).units, done.exercise.most)}
        game.play(orders)
    return game


def override_value(state: State, team: Team, role: str) -> dict[str, Any]:
    """What a person's overrides of the advice were worth; see :data:`FORMULAS`.

    Returns
    -------
    dict
        advised (orders with advice), accepted (share), value [money] of all overrides
        together (:func:`followed`), helped (share of overrides that lowered the cost of the chain,
        against the advice that stood beside them, all later orders the same); NaN where there was none.
    """
    game = team.game
    advised = {p: a[role]["units"] for p, a in enumerate(team.advice) if role in a and role in team.own[p]}
    changed = {p: units for p, units in advised.items() if game.moves.orders[p][role] != units}
    cost = game.total_cost()
    together = followed(state, team, role).total_cost() - cost if changed else math.nan
    alone = [with_advice > cost for with_advice in game.costs_with(role, changed).values()]
    return {
        "advised": len(advised), "accepted": 1 - len(changed) / len(advised) if advised else math.nan,
        "value": together, "helped": float(np.mean(alone)) if alone else math.nan,
    }  # fmt: skip


def trust(team: Team, role: str, errors: set[int], around: int = 6) -> dict[str, float]:
    """How a person treats the adviser: before and after its first error, when it is right and when it is not.

    Parameters
    ----------
    errors
        Periods in which the advice was wrong.
    around
        Periods before and after the first error that are compared [periods].

    Returns
    -------
    dict
        Shares of advice accepted: before, after (the first error); over-reliance (accepted
        though wrong), aversion (not accepted though right); NaN where nothing of the kind was.
        wrong advice: pieces of it.
    """
    taken = {
        p: team.game.moves.orders[p][role] == advice[role]["units"]
        for p, advice in enumerate(team.advice) if role in advice and role in team.own[p]
    }  # fmt: skip

    def share(periods: Any) -> float:
        found = [taken[p] for p in periods if p in taken]
        return float(np.mean(found)) if found else math.nan

    first = min(errors) if errors else None
    wrong, right = [p for p in taken if p in errors], [p for p in taken if p not in errors]
    return {
        "before": share(range(first - around, first)) if first is not None else math.nan,
        "after": share(range(first + 1, first + 1 + around)) if first is not None else math.nan,
        "over-reliance": share(wrong), "aversion": 1 - share(right), "wrong advice": len(wrong),
    }  # fmt: skip
