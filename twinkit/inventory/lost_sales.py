"""Base stock where unserved demand is lost, with a lead time: a Markov chain over the pipeline."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import scipy
from scipy.sparse import csc_array, eye_array
from scipy.sparse.linalg import spsolve

from twinkit.inventory.arguments import above_zero, whole

MOST_STATES = 200_000
"""States up to which the chain is looked at, in some seconds; there are (S + L) over L of them."""
SOLVED, MOST_SOLVED, MOST_TURNS = 1_000, 10_000, 10_000
"""States up to which the balance equations are solved; from the first number on only where the shares do not settle, moved on so often."""


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
    n, here = len(states), states[:, 0]
    if n == 1:
        return states, np.ones(1)
    at, places = np.arange(lead_time + 1), np.arange(lead_time, -1, -1)
    ways = np.rint(scipy.special.comb(np.arange(level + 1)[:, None] + places, places)).astype(int)  # to spread what is left over the places after
    rows, columns, chances = [], [], []
    for sold in range(level + 1):
        can = np.flatnonzero(here >= sold)
        # What is sold is ordered at the start of the next period, when the first of the pipeline is there.
        after = np.column_stack([here[can] - sold + states[can, 1], states[can, 2:], np.full(len(can), sold)])
        rest = np.cumsum(after[:, ::-1], axis=1)[:, ::-1]
        rows.append((ways[rest, at] - ways[rest - after, at]).sum(axis=1))  # how many states stand before it
        columns.append(can)
        chances.append(np.where(here[can] == sold, scipy.stats.poisson.sf(sold - 1, mean), scipy.stats.poisson.pmf(sold, mean)))
    move = csc_array((np.concatenate(chances), (np.concatenate(rows), np.concatenate(columns))), shape=(n, n))
    share = np.full(n, 1 / n)
    for _ in range(MOST_TURNS if n > SOLVED else 0):
        new = (share + move @ share) / 2  # half of it stays, so that what only goes round settles, too
        change, share = float(np.abs(new - share).sum()), new
        if change < 1e-13:
            return states, share / share.sum()
    if n > MOST_SOLVED:
        raise ValueError(f"level = {level}, mean = {mean:g}: the Markov chain does not settle, as almost nothing is ever left; simulate it")
    balance = (move - eye_array(n)).tolil()
    balance[0] = 1.0  # one balance equation follows from the others and gives way to "sums to 1"
    return states, np.atleast_1d(spsolve(balance.tocsc(), np.eye(1, n)[0]))


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
        L, whole; with 0 an order is there at once, before the demand [periods].

    Examples
    --------
    >>> round(lost_sales_poisson_cost(12, 1, 4, 5, 1).cost, 3)
    4.163
    """
    above_zero(holding_cost=holding_cost, stockout_cost=stockout_cost, mean=mean)
    whole(0, lead_time=lead_time)
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
    whole(0, lead_time=lead_time)

    def at(level: int) -> LostSales:
        return lost_sales_poisson_cost(level, holding_cost, stockout_cost, mean, lead_time)

    best = at(round(mean * (lead_time + 1)))
    for step in (1, -1):
        while best.level + step >= 0 and (other := at(best.level + step)).cost < best.cost:
            best = other
    return best
