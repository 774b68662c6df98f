"""When to repair a machine whose condition is seen: every policy solved as a chain (Tijms 2003, ch. 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

MOST_CHOICES = 12
"""States in which a repair can be chosen: 2^12 policies are tried."""


@dataclass(frozen=True)
class Wear:
    """A machine that wears from state 1 (new) to the last (failed), inspected at the start of every day.

    Attributes
    ----------
    transition
        Row i: where a machine in state i + 1 is on the next day, one column for each state; there is no row for failed.
    failure_cost, failure_days
        Of a repair after failure [money], [days]; it is new afterwards.
    preventive_cost
        State → cost of a repair before failure [money]; states in which none is possible are left out.
    preventive_days
        Of such a repair [days].
    back_to
        State after it.
    """

    transition: Sequence[Sequence[float]]
    failure_cost: float
    failure_days: float
    preventive_cost: Mapping[int, float]
    preventive_days: float = 1.0
    back_to: int = 1

    def __post_init__(self) -> None:
        rows = [list(row) for row in self.transition]
        states = len(rows) + 1
        wrong = [f"row {i} of the transitions has {len(row)} values; there are {states} states" for i, row in enumerate(rows, 1) if len(row) != states]
        wrong += [
            f"row {i} of the transitions adds up to {sum(row):g}; it must be chances that add up to 1"
            for i, row in enumerate(rows, 1) if len(row) == states and (min(row) < 0 or abs(sum(row) - 1) > 1e-9)
        ]  # fmt: skip
        wrong += [f"a repair before failure in state {s} cannot be: states are 1 to {states - 1}" for s in self.preventive_cost if not 1 <= s < states]
        wrong += [] if 1 <= self.back_to < states else [f"after a repair it is in state {self.back_to}; states are 1 to {states - 1}"]
        if not (self.failure_days > 0 and self.preventive_days > 0):
            wrong.append("a repair takes more than 0 days")
        if len(self.preventive_cost) > MOST_CHOICES:
            wrong.append(f"there are {len(self.preventive_cost)} states with a choice; {MOST_CHOICES} are the most")
        if wrong:
            raise ValueError("; ".join(wrong))


@dataclass(frozen=True)
class Policy:
    """What a policy costs in the long run.

    Attributes
    ----------
    repaired
        States in which it repairs before failure.
    cost_rate
        Cost of a day [money/day].
    shares
        Share of days by state; the last is that of repairs after failure [share].
    """

    repaired: tuple[int, ...]
    cost_rate: float
    shares: np.ndarray


def policy(wear: Wear, repaired: Sequence[int]) -> Policy:
    """What it costs in the long run to repair in some states: Σ π cost / Σ π days of the chain that is looked at when a state is entered.

    From new on; where it can end up in several sets of states that it never leaves, each counts with the chance of that (Tijms 2003, 3.5).
    """
    states = len(wear.transition) + 1
    moves, cost, days = np.zeros((states, states)), np.zeros(states), np.ones(states)
    moves[:-1] = wear.transition
    moves[-1, 0], cost[-1], days[-1] = 1.0, wear.failure_cost, wear.failure_days
    for state in repaired:
        moves[state - 1] = np.eye(states)[wear.back_to - 1]
        cost[state - 1], days[state - 1] = wear.preventive_cost[state], wear.preventive_days
    reach = np.linalg.matrix_power((moves > 0) | np.eye(states, dtype=bool), states)
    stays = ~(reach & ~reach.T).any(axis=1)  # what it leads to leads back
    passing, rate, shares = np.flatnonzero(~stays), 0.0, np.zeros(states)
    enters = np.linalg.solve(np.eye(len(passing)) - moves[np.ix_(passing, passing)], moves[passing])
    for first in np.flatnonzero(stays & reach[0]):
        own = np.flatnonzero(reach[first])
        if first == own[0]:  # it ends up among these for ever
            equations = np.vstack([moves[np.ix_(own, own)].T - np.eye(len(own)), np.ones(len(own))])
            share = np.maximum(np.linalg.lstsq(equations, np.append(np.zeros(len(own)), 1.0), rcond=None)[0], 0.0)
            spent, chance = share * days[own], 1.0 if stays[0] else float(enters[0, own].sum())
            rate += chance * float(share @ cost[own] / spent.sum())
            shares[own] = chance * spent / spent.sum()
    return Policy(tuple(repaired), rate, shares)


def policies(wear: Wear) -> list[Policy]:
    """Every policy, the cheapest first; of those that cost the same, the one that repairs in fewest states."""
    choices = sorted(wear.preventive_cost)
    found = [policy(wear, some) for count in range(len(choices) + 1) for some in combinations(choices, count)]
    return sorted(found, key=lambda one: (round(one.cost_rate, 12), len(one.repaired)))
