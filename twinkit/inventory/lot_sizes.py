"""Lot sizes: economic order quantity and its kin for steady demand, Wagner and Whitin for demand that is known by period."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from twinkit.inventory.arguments import above_zero, finite, zero_or_more
from twinkit.inventory.loss import plain


class LotSize(NamedTuple):
    """A lot and what it costs.

    Attributes
    ----------
    quantity
        Lot Q [units].
    cost
        Average cost [money/year], or per whatever time the rates are given.
    """

    quantity: float
    cost: float


class LotWithBackorders(NamedTuple):
    """A lot where customers may wait.

    Attributes
    ----------
    quantity
        Lot Q [units].
    stockout_share
        Share of demand that waits [share].
    cost
        Average cost [money/year].
    """

    quantity: float
    stockout_share: float
    cost: float


class Schedule(NamedTuple):
    """Orders over time and what they cost.

    Attributes
    ----------
    orders
        Units ordered in each period.
    cost
        Cost of all periods together [money].
    """

    orders: np.ndarray
    cost: float


def eoq_cost(
    quantity: float | np.ndarray, fixed_cost: float, holding_cost: float, demand_rate: float
) -> float | np.ndarray:
    """Average cost of a lot, steady demand [money/year].

    ``K λ / Q + h Q / 2`` (Harris 1913; Snyder & Shen 2019, ch. 3).

    Parameters
    ----------
    quantity
        One lot Q or many [units].
    fixed_cost
        Cost of an order, whatever its size, K [money].
    holding_cost
        h [money/unit/year].
    demand_rate
        λ [units/year].

    Examples
    --------
    >>> round(eoq_cost(304.0467800264368, 8, 0.225, 1300), 4)
    68.4105
    """
    above_zero(fixed_cost=fixed_cost, holding_cost=holding_cost, demand_rate=demand_rate)
    above_zero(quantity=float(np.min(quantity)))
    quantity = np.asarray(quantity, float)
    return plain(fixed_cost * demand_rate / quantity + holding_cost * quantity / 2)


def eoq(fixed_cost: float, holding_cost: float, demand_rate: float) -> LotSize:
    """Economic order quantity.

    ``Q* = √(2 K λ / h)``, cost ``√(2 K λ h)`` (Harris 1913; Snyder & Shen 2019, eq. 3.4, 3.5).

    Parameters
    ----------
    fixed_cost, holding_cost, demand_rate
        As for :func:`eoq_cost`.

    Examples
    --------
    >>> best = eoq(8, 0.225, 1300)
    >>> round(best.quantity, 2), round(best.cost, 2)
    (304.05, 68.41)
    """
    above_zero(fixed_cost=fixed_cost, holding_cost=holding_cost, demand_rate=demand_rate)
    quantity = math.sqrt(2 * fixed_cost * demand_rate / holding_cost)
    return LotSize(quantity, math.sqrt(2 * fixed_cost * demand_rate * holding_cost))


def eoq_backorders(
    fixed_cost: float, holding_cost: float, stockout_cost: float, demand_rate: float
) -> LotWithBackorders:
    """Economic order quantity with planned backorders.

    ``Q* = √(2 K λ (h + p) / (h p))``, share that waits ``h / (h + p)``, cost
    ``√(2 K λ h p / (h + p))`` (Snyder & Shen 2019, eq. 3.27 to 3.29).

    Parameters
    ----------
    fixed_cost, holding_cost, demand_rate
        As for :func:`eoq_cost`.
    stockout_cost
        Cost of a unit that waits p [money/unit/year].

    Examples
    --------
    >>> best = eoq_backorders(8, 0.225, 5, 1300)
    >>> round(best.quantity, 2), round(best.stockout_share, 4), round(best.cost, 2)
    (310.81, 0.0431, 66.92)
    """
    above_zero(stockout_cost=stockout_cost)
    share = holding_cost / (holding_cost + stockout_cost)
    simple = eoq(fixed_cost, holding_cost, demand_rate)
    return LotWithBackorders(simple.quantity / math.sqrt(1 - share), share, simple.cost * math.sqrt(1 - share))


def epq(fixed_cost: float, holding_cost: float, demand_rate: float, production_rate: float) -> LotSize:
    """Economic production quantity: the lot comes in at a rate, not at once.

    The EOQ with ``h (1 - λ / μ)`` in the place of h (Snyder & Shen 2019, eq. 3.31, 3.32).

    Parameters
    ----------
    fixed_cost, holding_cost, demand_rate
        As for :func:`eoq_cost`; `fixed_cost` is that of a setup.
    production_rate
        μ, above the demand rate [units/year].

    Examples
    --------
    >>> best = epq(4, 0.08, 80, 110)
    >>> round(best.quantity, 2), round(best.cost, 4)
    (171.27, 3.7368)
    """
    above_zero(demand_rate=demand_rate, production_rate=production_rate)
    if production_rate <= demand_rate:
        raise ValueError(f"production_rate = {production_rate!r}: must be above demand_rate = {demand_rate!r}")
    return eoq(fixed_cost, holding_cost * (1 - demand_rate / production_rate), demand_rate)


def _check_schedule(breakpoints: Sequence[float], unit_costs: Sequence[float]) -> None:
    if len(breakpoints) != len(unit_costs) or not len(breakpoints):
        lengths = f"{len(breakpoints)} breakpoints and {len(unit_costs)} unit_costs"
        raise ValueError(f"{lengths}: there must be as many of one as of the other, at least 1")
    finite(**{f"breakpoints[{i}]": b for i, b in enumerate(breakpoints)})
    above_zero(**{f"unit_costs[{i}]": c for i, c in enumerate(unit_costs)})
    if breakpoints[0] != 0 or any(b <= a for a, b in zip(breakpoints[:-1], breakpoints[1:], strict=True)):
        raise ValueError(f"breakpoints = {list(breakpoints)}: must begin with 0 and grow")


def all_units_discount(
    fixed_cost: float, holding_rate: float, demand_rate: float,
    breakpoints: Sequence[float], unit_costs: Sequence[float],
) -> LotSize:  # fmt: skip
    """Best lot where a larger lot makes every unit cheaper.

    ``c λ + K λ / Q + i c Q / 2``, c that of the bracket of Q; the best lot is the EOQ of a
    bracket or a breakpoint (Snyder & Shen 2019, eq. 3.18, 3.19).

    Parameters
    ----------
    fixed_cost, demand_rate
        As for :func:`eoq_cost`.
    holding_rate
        Holding cost of a year as a share of the unit cost, i [share/year].
    breakpoints
        Smallest lot of each bracket, from 0 up [units].
    unit_costs
        Unit cost of each bracket [money/unit].

    Returns
    -------
    LotSize
        The cost includes that of the units.

    Examples
    --------
    >>> best = all_units_discount(8, 0.3, 1300, [0, 400, 800], [0.75, 0.72, 0.68])
    >>> best.quantity, round(best.cost, 1)
    (800.0, 978.6)
    """
    _check_schedule(breakpoints, unit_costs)
    above_zero(holding_rate=holding_rate)
    found = []
    ends = [*breakpoints[1:], math.inf]
    for start, end, unit in zip(breakpoints, ends, unit_costs, strict=True):
        quantity = max(float(start), eoq(fixed_cost, holding_rate * unit, demand_rate).quantity)
        if quantity < end:  # beyond its end a bracket is never better than the next one
            cost = unit * demand_rate + eoq_cost(quantity, fixed_cost, holding_rate * unit, demand_rate)
            found.append(LotSize(quantity, cost))
    return min(found, key=lambda lot: lot.cost)


def incremental_discount(
    fixed_cost: float, holding_rate: float, demand_rate: float,
    breakpoints: Sequence[float], unit_costs: Sequence[float],
) -> LotSize:  # fmt: skip
    """Best lot where only the units beyond a breakpoint are cheaper.

    In a bracket that starts at b the lot costs ``C + c Q`` with ``C = Σ (cost before b) - c b``:
    an EOQ with the fixed cost K + C, and ``i C / 2`` on top (Snyder & Shen 2019, eq. 3.20 to 3.22).

    Parameters
    ----------
    fixed_cost, holding_rate, demand_rate, breakpoints, unit_costs
        As for :func:`all_units_discount`; unit costs must not grow.

    Examples
    --------
    >>> best = incremental_discount(8, 0.3, 1300, [0, 400, 800], [0.75, 0.72, 0.68])
    >>> round(best.quantity, 2), round(best.cost, 2)
    (304.05, 1043.41)
    """
    _check_schedule(breakpoints, unit_costs)
    if any(b > a for a, b in zip(unit_costs[:-1], unit_costs[1:], strict=True)):
        raise ValueError(f"unit_costs = {list(unit_costs)}: must not grow from one bracket to the next")
    above_zero(holding_rate=holding_rate)
    zero_or_more(fixed_cost=fixed_cost)
    found, extra = [], 0.0
    ends = [*breakpoints[1:], math.inf]
    for i, (start, end, unit) in enumerate(zip(breakpoints, ends, unit_costs, strict=True)):
        extra += (unit_costs[i - 1] - unit) * start if i else 0.0
        best = eoq(fixed_cost + extra, holding_rate * unit, demand_rate)
        if start <= best.quantity < end:
            found.append(LotSize(best.quantity, best.cost + unit * demand_rate + holding_rate * extra / 2))
    return min(found, key=lambda lot: lot.cost)


def wagner_whitin(
    demand: Sequence[float], fixed_cost: float | Sequence[float], holding_cost: float | Sequence[float],
    unit_cost: float | Sequence[float] = 0.0,
) -> Schedule:  # fmt: skip
    """Cheapest orders for demand that is known period by period, none of it late (Wagner & Whitin 1958).

    By dynamic programming over the periods in which an order is placed:
    ``θ(t) = min over s > t of K(t) + c(t) D(t, s) + Σ h D(…) + θ(s)`` (Snyder & Shen 2019, algorithm 3.1).

    Parameters
    ----------
    demand
        Demand of each period [units].
    fixed_cost
        Cost of an order, one number or one for each period [money].
    holding_cost
        Cost of a unit that is on hand at the end of a period, one or each [money/unit/period].
    unit_cost
        Cost of a unit that is ordered, one or each [money/unit].

    Raises
    ------
    ValueError
        If there is no period, a list has another length, or a number is below 0.

    Examples
    --------
    >>> plan = wagner_whitin([90, 120, 80, 70], 500, 2)
    >>> plan.orders.tolist(), plan.cost
    ([210.0, 0.0, 150.0, 0.0], 1380.0)
    """
    units = np.asarray(demand, float)
    n = len(units)
    if n == 0:
        raise ValueError("demand: must have at least one period")
    fixed, holding, price = (_each(name, value, n) for name, value in
                             (("fixed_cost", fixed_cost), ("holding_cost", holding_cost), ("unit_cost", unit_cost)))  # fmt: skip
    zero_or_more(**{f"demand of period {t}": float(x) for t, x in enumerate(units)})
    best, until = np.zeros(n + 1), np.zeros(n + 1, np.int64)
    keep = np.concatenate([[0.0], np.cumsum(holding)])  # of a unit from the start to period t
    for t in range(n - 1, -1, -1):
        ahead = units[t:]
        carried = np.cumsum(ahead * (keep[t : t + len(ahead)] - keep[t]))
        ordered = np.cumsum(ahead)
        cost = np.where(ordered > 0, fixed[t], 0.0) + price[t] * ordered + carried + best[t + 1 :]
        until[t] = t + 1 + int(np.argmin(cost))
        best[t] = cost[until[t] - t - 1]
    orders, t = np.zeros(n), 0
    while t < n:
        orders[t] = units[t : until[t]].sum()
        t = int(until[t])
    return Schedule(orders, float(best[0]))


def _each(name: str, value: float | Sequence[float], n: int) -> np.ndarray:
    """One number for each period."""
    found = np.asarray(value, float)
    if found.ndim and len(found) != n:
        raise ValueError(f"{name}: has {len(found)} numbers for {n} periods; give one, or one for each")
    found = np.broadcast_to(found, n)
    zero_or_more(**{f"{name} of period {t}": float(x) for t, x in enumerate(found)})
    return found
