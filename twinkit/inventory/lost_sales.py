"""Base stock where unserved demand is lost, with a lead time: a Markov chain over the pipeline."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import scipy
from scipy.sparse import csc_array
from scipy.sparse.linalg import spsolve

from twinkit.inventory.arguments import above_zero, whole

MOST_STATES = 10_000
"""States up to which the chain is solved, in some seconds; there are (S + L) over L of them."""


class LostSales(NamedTuple):
    """A base-stock level where unserved demand is lost.

    Attributes
    ----------
    level
        Order-up-to level of on hand + on order [units].
    cost
        Average cost [money/period].
    fill_rate
        Share of demand that is served [share].
    """

    level: int
    cost: float
    fill_rate: float


def _states(total: int, places: int) -> np.ndarray:
    """Every way to spread `total` units over `places` places, in lexicographic order."""
    if places == 1:
        return np.array([[total]])
    parts = [_states(total - first, places - 1) for first in range(total + 1)]
    heads = np.repeat(np.arange(total + 1), [len(p) for p in parts])
    return np.column_stack([heads, np.concatenate(parts)])


def _stationary(level: int, mean: float, lead_time: int) -> tuple[np.ndarray, np.ndarray]:
    """States (on hand, due in 1, 2, … L periods) after ordering, and how often each is met."""
    states = _states(level, lead_time + 1)
    number = {tuple(s): i for i, s in enumerate(states.tolist())}
    rows, columns, chances = [], [], []
    for i, (here, *due) in enumerate(states.tolist()):
        sold = np.append(scipy.stats.poisson.pmf(np.arange(here), mean), scipy.stats.poisson.sf(here - 1, mean))
        # What is sold is ordered at the start of the next period, when the first of the pipeline is there.
        rows += [number[(here - k + due[0], *due[1:], k)] for k in range(here + 1)]
        columns += [i] * (here + 1)
        chances += sold.tolist()
    n = len(states)
    balance = csc_array((chances, (rows, columns)), shape=(n, n)) - csc_array((np.ones(n), (range(n), range(n))))
    keep = balance.tocoo()
    inside = keep.row > 0  # one balance equation follows from the others and gives way to "sums to 1"
    matrix = csc_array(
        (np.append(keep.data[inside], np.ones(n)),
         (np.append(keep.row[inside], np.zeros(n, int)), np.append(keep.col[inside], np.arange(n)))),
        shape=(n, n),
    )  # fmt: skip
    right = np.zeros(n)
    right[0] = 1.0
    return states, np.atleast_1d(spsolve(matrix, right))


def lost_sales_poisson_cost(
    level: int, holding_cost: float, stockout_cost: float, mean: float, lead_time: int
) -> LostSales:
    """Exact long-run cost of a base-stock level where unserved Poisson demand is lost.

    In a period: what was ordered L periods ago comes in; an order raises on hand + on
    order to S; demand; ``h × left + p × lost`` (Zipkin 2008; Karlin & Scarf 1958).
    What is sold in a period is the next order, so the state is what is on hand and the
    pipeline, and the pipeline's balance equations are solved.

    Parameters
    ----------
    level
        Order-up-to level S, whole [units].
    holding_cost
        Cost of a unit left at the end of a period [money/unit/period].
    stockout_cost
        Cost of a unit lost [money/unit].
    mean
        Mean of Poisson demand [units/period].
    lead_time
        L, whole, at least 1 [periods].

    Examples
    --------
    >>> round(lost_sales_poisson_cost(12, 1, 4, 5, 1).cost, 3)
    4.163
    """
    above_zero(holding_cost=holding_cost, stockout_cost=stockout_cost, mean=mean)
    whole(1, lead_time=lead_time)
    whole(0, level=level)
    level, lead_time = int(level), int(lead_time)
    count = math.comb(level + lead_time, lead_time)
    if count > MOST_STATES:
        raise ValueError(
            f"level = {level}, lead_time = {lead_time}: the Markov chain has {count:,} states, more than "
            f"{MOST_STATES:,}; simulate it, or count in larger units"
        )
    states, share = _stationary(level, mean, lead_time)
    on_hand = states[:, 0]
    lost = mean * scipy.stats.poisson.sf(on_hand - 1, mean) - on_hand * scipy.stats.poisson.sf(on_hand, mean)
    short = float(share @ lost)
    left = float(share @ on_hand) - mean + short
    return LostSales(level, holding_cost * left + stockout_cost * short, 1 - short / mean)


def lost_sales_poisson(holding_cost: float, stockout_cost: float, mean: float, lead_time: int) -> LostSales:
    """Best base-stock level where unserved Poisson demand is lost.

    The cost is convex in the level (Janakiraman & Roundy 2004), so it is walked down.

    Parameters
    ----------
    holding_cost, stockout_cost, mean, lead_time
        As for :func:`lost_sales_poisson_cost`.

    Examples
    --------
    >>> best = lost_sales_poisson(1, 4, 5, lead_time=1)
    >>> best.level, round(best.fill_rate, 3)
    (12, 0.928)
    """
    above_zero(mean=mean)
    whole(1, lead_time=lead_time)

    def at(level: int) -> LostSales:
        return lost_sales_poisson_cost(level, holding_cost, stockout_cost, mean, lead_time)

    best = at(round(mean * (lead_time + 1)))
    for step in (1, -1):
        while best.level + step >= 0 and (other := at(best.level + step)).cost < best.cost:
            best = other
    return best
