"""Newsvendor and base-stock levels: the cheapest level for a stretch of demand.

A base-stock system with a lead time is a newsvendor whose "day" is the stretch that an
order must cover, so both share their formulas.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy

from twinkit.inventory.arguments import above_zero, finite, zero_or_more
from twinkit.inventory.loss import BaseStock, holding_and_stockout, normal_loss, poisson_loss


def covered(lead_time: float, order_after_demand: bool) -> float:
    """Periods of demand that an order must cover [periods].

    ``L + 1`` when the order is placed before the period's demand (Snyder & Shen 2019,
    sec. 4.3), ``L`` when it is placed after it, as in the chain's usual day.

    Examples
    --------
    >>> covered(4, False), covered(5, True)
    (5, 5)
    """
    zero_or_more(lead_time=lead_time)
    return lead_time if order_after_demand else lead_time + 1


def newsvendor_cost(level: float, holding_cost: float, stockout_cost: float, distribution: Any) -> float:
    """Expected cost of a level for one period of demand of any distribution [money/period].

    ``h E(S - D)⁺ + p E(D - S)⁺``, with ``E(S - D)⁺ = ∫ F`` up to S (Snyder & Shen 2019, eq. 4.6).

    Parameters
    ----------
    level
        S [units].
    holding_cost, stockout_cost
        Cost of a unit left over and of a unit short [money/unit/period]: of what is bought once and sold once, cost less
        salvage, and price less cost.
    distribution
        Of demand: a frozen one of scipy.stats, or ``rv_discrete(values=(units, chances))`` [units/period].

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(newsvendor_cost(150, 1, 3, uniform(100, 100)), 6)
    50.0
    """
    above_zero(holding_cost=holding_cost, stockout_cost=stockout_cost)
    mean = float(distribution.mean())
    finite(level=level, mean_of_the_distribution=mean)
    kind = getattr(distribution, "dist", distribution)
    low = float(distribution.ppf(1e-15))
    if isinstance(kind, scipy.stats.rv_discrete):
        units = np.asarray(getattr(kind, "xk", np.arange(low, level + 1)), float)
        left = float(distribution.pmf(units) @ np.maximum(level - units, 0.0))
    else:
        left = scipy.integrate.quad(lambda x: float(distribution.cdf(x)), min(low, level), level, epsabs=0, epsrel=1e-10, limit=500)[0]
    return holding_cost * left + stockout_cost * (mean - level + left)


def newsvendor(holding_cost: float, stockout_cost: float, distribution: Any) -> BaseStock:
    """Best level for one period of demand of any distribution: the smallest S with ``F(S) ≥ p / (p + h)``.

    Parameters
    ----------
    holding_cost, stockout_cost, distribution
        As for :func:`newsvendor_cost`.

    Examples
    --------
    >>> from scipy.stats import rv_discrete, uniform
    >>> newsvendor(1, 3, uniform(100, 100)).level
    175.0
    >>> best = newsvendor(5, 15, rv_discrete(values=([10, 20, 40], [0.3, 0.4, 0.3])))
    >>> best.level, round(best.cost, 6)
    (40.0, 85.0)
    """
    above_zero(holding_cost=holding_cost, stockout_cost=stockout_cost)
    level = float(distribution.ppf(stockout_cost / (stockout_cost + holding_cost)))
    return BaseStock(level, newsvendor_cost(level, holding_cost, stockout_cost, distribution))


def newsvendor_normal_cost(
    level: float | np.ndarray, holding_cost: float, stockout_cost: float, mean: float, sd: float
) -> float | np.ndarray:
    """Expected cost of a level for one period of normal demand [money/period].

    ``h E(S - D)⁺ + p E(D - S)⁺`` (Snyder & Shen 2019, eq. 4.6).

    Parameters
    ----------
    level
        One level S or many [units].
    holding_cost, stockout_cost
        Cost of a unit left over and of a unit short [money/unit/period].
    mean, sd
        Mean and standard deviation of demand [units/period].

    Examples
    --------
    >>> round(newsvendor_normal_cost(40.0, 0.18, 0.70, 50.0, 8.0), 6)
    7.356132
    """
    above_zero(holding_cost=holding_cost, stockout_cost=stockout_cost)
    zero_or_more(mean=mean, sd=sd)
    return holding_and_stockout(level, mean, lambda x: normal_loss(x, mean, sd), holding_cost, stockout_cost)


def newsvendor_normal(holding_cost: float, stockout_cost: float, mean: float, sd: float) -> BaseStock:
    """Best level for one period of normal demand.

    ``S* = μ + σ Φ⁻¹(p / (p + h))`` (Snyder & Shen 2019, eq. 4.30).

    Parameters
    ----------
    holding_cost, stockout_cost, mean, sd
        As for :func:`newsvendor_normal_cost`.

    Examples
    --------
    >>> best = newsvendor_normal(0.18, 0.70, 50.0, 8.0)
    >>> round(best.level, 4), round(best.cost, 4)
    (56.604, 1.9976)
    """
    above_zero(holding_cost=holding_cost, stockout_cost=stockout_cost)
    level = mean + sd * float(scipy.stats.norm.isf(holding_cost / (stockout_cost + holding_cost)))
    return BaseStock(level, newsvendor_normal_cost(level, holding_cost, stockout_cost, mean, sd))


def newsvendor_poisson_cost(
    level: float | np.ndarray, holding_cost: float, stockout_cost: float, mean: float
) -> float | np.ndarray:
    """Expected cost of a level for one period of Poisson demand [money/period].

    ``h E(S - D)⁺ + p E(D - S)⁺`` (Snyder & Shen 2019, eq. 4.6).

    Parameters
    ----------
    level
        One level S or many [units].
    holding_cost, stockout_cost
        Cost of a unit left over and of a unit short [money/unit/period].
    mean
        Mean demand [units/period].

    Examples
    --------
    >>> round(newsvendor_poisson_cost(8, 1.0, 4.0, 6.0), 6)
    3.570107
    """
    above_zero(holding_cost=holding_cost, stockout_cost=stockout_cost)
    zero_or_more(mean=mean)
    return holding_and_stockout(level, mean, lambda x: poisson_loss(x, mean), holding_cost, stockout_cost)


def newsvendor_poisson(holding_cost: float, stockout_cost: float, mean: float) -> BaseStock:
    """Best level for one period of Poisson demand.

    The smallest S with ``P(D ≤ S) ≥ p / (p + h)`` (Snyder & Shen 2019, sec. 4.3).

    Parameters
    ----------
    holding_cost, stockout_cost, mean
        As for :func:`newsvendor_poisson_cost`.

    Examples
    --------
    >>> best = newsvendor_poisson(1.0, 4.0, 6.0)
    >>> best.level, round(best.cost, 4)
    (8, 3.5701)
    """
    above_zero(holding_cost=holding_cost, stockout_cost=stockout_cost)
    zero_or_more(mean=mean)
    level = int(scipy.stats.poisson.ppf(stockout_cost / (stockout_cost + holding_cost), mean)) if mean > 0 else 0
    return BaseStock(level, newsvendor_poisson_cost(level, holding_cost, stockout_cost, mean))


def base_stock_normal_cost(
    level: float | np.ndarray, holding_cost: float, stockout_cost: float, mean: float, sd: float, lead_time: float,
    *, order_after_demand: bool = False,
) -> float | np.ndarray:  # fmt: skip
    """Expected cost of a base-stock level, normal demand [money/period].

    The newsvendor's, over the periods that an order covers (Snyder & Shen 2019, sec.
    4.3).  Goods on the way cost nothing here.

    Parameters
    ----------
    level
        One level S or many [units].
    holding_cost, stockout_cost
        Cost of a unit on hand and of a unit owed [money/unit/period].
    mean, sd
        Mean and standard deviation of demand [units/period].
    lead_time
        From order to arrival [periods].
    order_after_demand
        Whether a period's order knows of its demand; see :func:`covered`.

    Examples
    --------
    >>> round(base_stock_normal_cost(264.7668943741548, 0.18, 0.70, 50.0, 8.0, 4), 6)
    4.466781
    """
    periods = covered(lead_time, order_after_demand)
    return newsvendor_normal_cost(level, holding_cost, stockout_cost, mean * periods, sd * math.sqrt(periods))


def base_stock_normal(
    holding_cost: float, stockout_cost: float, mean: float, sd: float, lead_time: float,
    *, order_after_demand: bool = False,
) -> BaseStock:  # fmt: skip
    """Best base-stock level over a lead time, normal demand.

    ``S* = μ (L + 1) + σ √(L + 1) Φ⁻¹(p / (p + h))`` (Snyder & Shen 2019, sec. 4.3).

    Parameters
    ----------
    holding_cost, stockout_cost, mean, sd, lead_time, order_after_demand
        As for :func:`base_stock_normal_cost`.

    Examples
    --------
    >>> best = base_stock_normal(0.18, 0.70, 50.0, 8.0, lead_time=4)
    >>> round(best.level, 4), round(best.cost, 4)
    (264.7669, 4.4668)
    """
    periods = covered(lead_time, order_after_demand)
    return newsvendor_normal(holding_cost, stockout_cost, mean * periods, sd * math.sqrt(periods))


def base_stock_poisson_cost(
    level: float | np.ndarray, holding_cost: float, stockout_cost: float, mean: float, lead_time: float,
    *, order_after_demand: bool = False,
) -> float | np.ndarray:  # fmt: skip
    """Expected cost of a base-stock level, Poisson demand [money/period].

    Parameters
    ----------
    level, holding_cost, stockout_cost, mean, lead_time, order_after_demand
        As for :func:`base_stock_normal_cost`; the variance of demand is its mean.

    Examples
    --------
    >>> round(base_stock_poisson_cost(8, 1.0, 4.0, 2.0, 2), 6)
    3.570107
    """
    periods = covered(lead_time, order_after_demand)
    return newsvendor_poisson_cost(level, holding_cost, stockout_cost, mean * periods)


def base_stock_poisson(
    holding_cost: float, stockout_cost: float, mean: float, lead_time: float, *, order_after_demand: bool = False
) -> BaseStock:
    """Best base-stock level over a lead time, Poisson demand.

    Parameters
    ----------
    holding_cost, stockout_cost, mean, lead_time, order_after_demand
        As for :func:`base_stock_poisson_cost`.

    Examples
    --------
    >>> base_stock_poisson(1.0, 4.0, 2.0, lead_time=2).level
    8
    """
    periods = covered(lead_time, order_after_demand)
    return newsvendor_poisson(holding_cost, stockout_cost, mean * periods)
