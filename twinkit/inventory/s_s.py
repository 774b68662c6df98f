"""(s, S) in periodic review with Poisson demand: at or below s, up to S."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy

from twinkit.inventory.arguments import above_zero, whole, zero_or_more
from twinkit.inventory.loss import holding_and_stockout, poisson_loss
from twinkit.inventory.newsvendor import covered, newsvendor_poisson


class MinMax(NamedTuple):
    """An (s, S) policy and its cost.

    Attributes
    ----------
    reorder_point, level
        s and S [units].
    cost
        Average cost [money/period].
    """

    reorder_point: int
    level: int
    cost: float


class _System:
    """Costs of a period and expected visits to a position, worked out as far as they are needed."""

    def __init__(
        self, holding_cost: float, stockout_cost: float, fixed_cost: float, mean: float, lead_time: float, after: bool
    ) -> None:
        above_zero(holding_cost=holding_cost, stockout_cost=stockout_cost, mean=mean)
        zero_or_more(fixed_cost=fixed_cost)
        self.h, self.p, self.fixed_cost, self.mean = holding_cost, stockout_cost, fixed_cost, mean
        self.over = mean * covered(lead_time, after)
        self.visits = np.array([1.0 / -np.expm1(-mean)])

    def rate(self, y: int | np.ndarray) -> float | np.ndarray:
        """Expected cost of the period in which an order made now comes in [money/period]."""
        return holding_and_stockout(y, self.over, lambda x: poisson_loss(x, self.over), self.h, self.p)

    def _visits(self, n: int) -> np.ndarray:
        """Expected periods at the first n positions below S between two orders: a renewal density."""
        while len(self.visits) < n:
            j = len(self.visits)
            demand = scipy.stats.poisson.pmf(np.arange(1, j + 1), self.mean)
            self.visits = np.append(self.visits, self.visits[0] * (demand @ self.visits[::-1]))
        return self.visits[:n]

    def cost(self, s: int, level: int) -> float:
        """Average cost of (s, S) [money/period]: that of a cycle over its length."""
        visits = self._visits(level - s)
        return float((self.fixed_cost + visits @ self.rate(level - np.arange(level - s))) / visits.sum())


def s_S_poisson_cost(
    reorder_point: int, level: int, holding_cost: float, stockout_cost: float, fixed_cost: float, mean: float,
    lead_time: float = 0.0, *, order_after_demand: bool = False,
) -> float:  # fmt: skip
    """Exact long-run cost of an (s, S) policy [money/period].

    ``(K + Σ m(j) G(S - j)) / Σ m(j), j = 0 … S - s - 1``, m the renewal density of demand
    (Zheng & Federgruen 1991; Snyder & Shen 2019, eq. 4.71 to 4.75).

    Parameters
    ----------
    reorder_point, level
        s and S, whole, s below S [units].
    holding_cost, stockout_cost
        Cost of a unit on hand and of a unit owed at the end of a period [money/unit/period].
    fixed_cost
        Cost of an order K [money].
    mean
        Mean of Poisson demand [units/period].
    lead_time
        From order to arrival [periods].
    order_after_demand
        Whether a period's order knows of its demand: then a lead time of 1 stands for 0.

    Examples
    --------
    >>> round(s_S_poisson_cost(4, 10, 1, 4, 5, 6), 6)
    8.034112
    """
    whole(None, reorder_point=reorder_point, level=level)
    if reorder_point >= level:
        raise ValueError(f"reorder_point = {reorder_point!r}: must be below level = {level!r}")
    system = _System(holding_cost, stockout_cost, fixed_cost, mean, lead_time, order_after_demand)
    return system.cost(int(reorder_point), int(level))


def s_S_poisson(
    holding_cost: float, stockout_cost: float, fixed_cost: float, mean: float,
    lead_time: float = 0.0, *, order_after_demand: bool = False,
) -> MinMax:  # fmt: skip
    """Best (s, S) policy (Zheng & Federgruen 1991; Snyder & Shen 2019, algorithm 4.2).

    Parameters
    ----------
    holding_cost, stockout_cost, fixed_cost, mean, lead_time, order_after_demand
        As for :func:`s_S_poisson_cost`.

    Examples
    --------
    >>> best = s_S_poisson(1, 4, 5, 6)
    >>> best.reorder_point, best.level, round(best.cost, 6)
    (4, 10, 8.034112)
    """
    system = _System(holding_cost, stockout_cost, fixed_cost, mean, lead_time, order_after_demand)
    best = int(newsvendor_poisson(holding_cost, stockout_cost, system.over).level)
    s = best - 1
    while system.cost(s, best) > system.rate(s):
        s -= 1
    cost, level = system.cost(s, best), best + 1
    while system.rate(level) <= cost:  # no better S can lie where a period alone costs more
        if system.cost(s, level) < cost:
            best = level
            while s + 1 < best and system.cost(s, best) <= system.rate(s + 1):
                s += 1
            cost = system.cost(s, best)
        level += 1
    return MinMax(s, best, cost)
