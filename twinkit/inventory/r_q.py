"""(r, Q) in continuous review with Poisson demand: one lot Q whenever the position falls to r."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twinkit.inventory.arguments import above_zero, whole, zero_or_more
from twinkit.inventory.loss import holding_and_stockout, poisson_loss
from twinkit.inventory.newsvendor import newsvendor_poisson


class ReorderPoint(NamedTuple):
    """An (r, Q) policy and its cost.

    Attributes
    ----------
    reorder_point, quantity
        r and Q [units].
    cost
        Average cost [money/year], or per whatever time the rates are given.
    """

    reorder_point: int
    quantity: int
    cost: float


def r_Q_poisson_cost(
    reorder_point: int, quantity: int, holding_cost: float, stockout_cost: float, fixed_cost: float,
    demand_rate: float, lead_time: float,
) -> float:  # fmt: skip
    """Exact average cost of an (r, Q) policy [money/year].

    ``(K λ + Σ G(y), y = r + 1 … r + Q) / Q`` with ``G(y) = h E(y - D)⁺ + p E(D - y)⁺``, D the
    demand of a lead time (Snyder & Shen 2019, eq. 5.48): the position is as often at
    one of these places as at any other.

    Parameters
    ----------
    reorder_point, quantity
        r and Q, whole [units].
    holding_cost, stockout_cost
        Cost of a unit on hand and of a unit owed [money/unit/year].
    fixed_cost
        Cost of an order K [money].
    demand_rate
        λ of the Poisson process [units/year].
    lead_time
        From order to arrival [years].

    Examples
    --------
    >>> round(r_Q_poisson_cost(3, 5, 20, 150, 100, 1.5, 2), 4)
    107.9236
    """
    above_zero(holding_cost=holding_cost, stockout_cost=stockout_cost, demand_rate=demand_rate)
    zero_or_more(fixed_cost=fixed_cost, lead_time=lead_time)
    whole(1, quantity=quantity)
    whole(None, reorder_point=reorder_point)
    mean = demand_rate * lead_time
    y = np.arange(reorder_point + 1, reorder_point + quantity + 1)
    rate = holding_and_stockout(y, mean, lambda x: poisson_loss(x, mean), holding_cost, stockout_cost)
    return float((fixed_cost * demand_rate + np.sum(rate)) / quantity)


def r_Q_poisson(
    holding_cost: float, stockout_cost: float, fixed_cost: float, demand_rate: float, lead_time: float
) -> ReorderPoint:
    """Best (r, Q) policy.

    The places r + 1 … r + Q grow from the cheapest one, each time by the cheaper
    neighbour, for as long as it costs less than the average so far (Federgruen & Zheng 1992).

    Parameters
    ----------
    holding_cost, stockout_cost, fixed_cost, demand_rate, lead_time
        As for :func:`r_Q_poisson_cost`.

    Examples
    --------
    >>> best = r_Q_poisson(20, 150, 100, 1.5, 2)
    >>> best.reorder_point, best.quantity, round(best.cost, 4)
    (3, 5, 107.9236)
    """
    above_zero(holding_cost=holding_cost, stockout_cost=stockout_cost, demand_rate=demand_rate)
    zero_or_more(fixed_cost=fixed_cost, lead_time=lead_time)
    mean = demand_rate * lead_time

    def rate(y: int) -> float:
        return holding_and_stockout(y, mean, lambda x: poisson_loss(x, mean), holding_cost, stockout_cost)

    low = high = int(newsvendor_poisson(holding_cost, stockout_cost, mean).level)
    total = fixed_cost * demand_rate + rate(low)
    below, above = rate(low - 1), rate(high + 1)
    while min(below, above) * (high - low + 1) < total:
        total += min(below, above)
        if below <= above:
            low, below = low - 1, rate(low - 2)
        else:
            high, above = high + 1, rate(high + 2)
    quantity = high - low + 1
    return ReorderPoint(low - 1, quantity, total / quantity)
