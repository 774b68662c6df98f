"""Suppliers that cannot be relied on: up or down for a time, or with a random yield."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy
from scipy.optimize import minimize_scalar

from twinkit.inventory.arguments import above_zero, finite, zero_or_more
from twinkit.inventory.loss import BaseStock
from twinkit.inventory.lot_sizes import LotSize


def _check(holding_cost: float, stockout_cost: float, demand: float, fail: float, recover: float) -> None:
    above_zero(
        holding_cost=holding_cost, stockout_cost=stockout_cost, demand=demand,
        disruption_probability=fail, recovery_probability=recover,
    )  # fmt: skip
    high = {"disruption_probability": fail, "recovery_probability": recover}
    bad = [f"{name} = {value!r}" for name, value in high.items() if value > 1]
    if bad:
        raise ValueError(f"{', '.join(bad)}: must be above 0 and at most 1")


def supply_disruptions_cost(
    level: float, holding_cost: float, stockout_cost: float, demand: float,
    disruption_probability: float, recovery_probability: float,
) -> float:  # fmt: skip
    """Average cost of a base-stock level under supply disruptions [money/period].

    ``Σ πₙ (h (S - (n + 1) d)⁺ + p ((n + 1) d - S)⁺)``, πₙ the share of periods in which the
    supplier has been down for n periods: ``π₀ = β / (α + β)``, ``πₙ = α β (1 - β)ⁿ⁻¹ / (α + β)``
    (Snyder & Shen 2019, eq. 9.14, lemma 9.2).  The sum is closed: only its terms up to S are added.

    Parameters
    ----------
    level
        Base-stock level S [units].
    holding_cost, stockout_cost
        Cost of a unit on hand and of a unit owed [money/unit/period].
    demand
        Demand, the same in every period [units/period].
    disruption_probability, recovery_probability
        α that an up supplier is down in the next period, β that a down one is up [share].

    Examples
    --------
    >>> round(supply_disruptions_cost(8000, 0.25, 3, 2000, 0.04, 0.25), 3)
    2737.069
    """
    fail, recover = disruption_probability, recovery_probability
    _check(holding_cost, stockout_cost, demand, fail, recover)
    finite(level=level)
    n = np.arange(max(math.floor(level / demand), 0))
    share = fail * recover / (fail + recover) * (1 - recover) ** np.maximum(n - 1.0, 0.0)
    share[n == 0] = recover / (fail + recover)
    left = float(share @ (level - (n + 1) * demand))
    needed = demand * (1 + fail / (recover * (fail + recover)))
    return holding_cost * left + stockout_cost * (needed - level + left)


def supply_disruptions(
    holding_cost: float, stockout_cost: float, demand: float,
    disruption_probability: float, recovery_probability: float,
) -> BaseStock:  # fmt: skip
    """Best base-stock level under supply disruptions.

    ``S* = d + d F⁻¹(p / (p + h))``, F the distribution of the periods that the supplier has
    been down, ``F(n) = 1 - α (1 - β)ⁿ / (α + β)`` (Snyder & Shen 2019, eq. 9.18).

    Parameters
    ----------
    holding_cost, stockout_cost, demand, disruption_probability, recovery_probability
        As for :func:`supply_disruptions_cost`.

    Examples
    --------
    >>> supply_disruptions(0.25, 3, 2000, 0.04, 0.25).level
    8000
    """
    fail, recover = disruption_probability, recovery_probability
    _check(holding_cost, stockout_cost, demand, fail, recover)
    beyond, down = holding_cost / (stockout_cost + holding_cost), fail / (fail + recover)
    n = 0
    while down > beyond:
        n, down = n + 1, down * (1 - recover)
    level = demand * (n + 1)
    return BaseStock(level, supply_disruptions_cost(level, holding_cost, stockout_cost, demand, fail, recover))


# --- lots while the supplier is up or down


def eoq_disruptions_cost(
    quantity: float, fixed_cost: float, holding_cost: float, stockout_cost: float, demand_rate: float,
    disruption_rate: float, recovery_rate: float,
) -> float:  # fmt: skip
    """Average cost of a lot whose supplier fails and recovers at random; unserved demand is lost [money/year].

    ``(K + h Q² / 2D + p D ψ / μ) / (Q / D + ψ / μ)``, ``ψ = λ / (λ + μ) (1 − e^(−(λ + μ) Q / D))`` the
    chance that the supplier is down when the stock runs out (Parlar & Berkin 1991, corrected by Berk &
    Arreola-Risa 1994; Snyder & Shen 2019, eq. 9.5).

    Parameters
    ----------
    quantity
        Lot Q [units].
    fixed_cost, holding_cost, demand_rate
        K [money], h [money/unit/year], D [units/year].
    stockout_cost
        p, of a unit that is not served [money/unit].
    disruption_rate, recovery_rate
        λ and μ: failures of an up supplier, and recoveries of a down one [1/year].

    Examples
    --------
    >>> round(eoq_disruptions_cost(700, 8, 0.225, 5, 1300, 1.5, 14), 4)
    174.7871
    """
    above_zero(
        quantity=quantity, fixed_cost=fixed_cost, holding_cost=holding_cost, stockout_cost=stockout_cost, demand_rate=demand_rate,
        disruption_rate=disruption_rate, recovery_rate=recovery_rate,
    )  # fmt: skip
    together, lasts = disruption_rate + recovery_rate, quantity / demand_rate
    wait = disruption_rate / together * -math.expm1(-together * lasts) / recovery_rate
    cycle = fixed_cost + holding_cost * quantity * lasts / 2 + stockout_cost * demand_rate * wait
    return cycle / (lasts + wait)


def eoq_disruptions(
    fixed_cost: float, holding_cost: float, stockout_cost: float, demand_rate: float, disruption_rate: float,
    recovery_rate: float, approximate: bool = False,
) -> LotSize:  # fmt: skip
    """Best lot under disruptions of the supplier.

    By search over :func:`eoq_disruptions_cost`, or, if `approximate`, by the closed form that takes the supplier to be
    in its long-run state when the stock runs out (Snyder 2014):
    ``Q ≈ (√((ψ̂ D h)² + 2 h μ (K D μ + D² p ψ̂)) − ψ̂ D h) / (h μ)``, cost ``h Q``, ``ψ̂ = λ / (λ + μ)``.

    Parameters
    ----------
    fixed_cost, holding_cost, stockout_cost, demand_rate, disruption_rate, recovery_rate
        As for :func:`eoq_disruptions_cost`.
    approximate
        Whether the closed form is used.

    Examples
    --------
    >>> best = eoq_disruptions(8, 0.225, 5, 1300, 1.5, 14)
    >>> round(best.quantity, 1), round(best.cost, 2)
    (772.8, 173.95)
    >>> best = eoq_disruptions(8, 0.225, 5, 1300, 1.5, 14, approximate=True)
    >>> round(best.quantity, 2), round(best.cost, 4)
    (773.14, 173.9572)
    """
    given = fixed_cost, holding_cost, stockout_cost, demand_rate, disruption_rate, recovery_rate
    eoq_disruptions_cost(1.0, *given)  # refuses what is no number above 0
    down = disruption_rate / (disruption_rate + recovery_rate) * demand_rate
    inside = (down * holding_cost) ** 2 + 2 * holding_cost * recovery_rate * (
        fixed_cost * demand_rate * recovery_rate + demand_rate * stockout_cost * down
    )
    near = (math.sqrt(inside) - down * holding_cost) / (holding_cost * recovery_rate)
    if approximate:
        return LotSize(near, holding_cost * near)
    # the cost is quasiconvex in Q, and ψ ≤ ψ̂ makes the best lot no larger than the approximate one by much
    found = minimize_scalar(lambda q: eoq_disruptions_cost(q, *given), bounds=(near * 1e-3, near * 4), method="bounded",
                            options={"xatol": near * 1e-9})  # fmt: skip
    return LotSize(float(found.x), float(found.fun))


# --- random yield


def eoq_additive_yield(
    fixed_cost: float, holding_cost: float, demand_rate: float, yield_mean: float, yield_sd: float
) -> LotSize:
    """Best lot where a random number of units is added to what is ordered, whatever the lot.

    ``Q* = √(2 K λ / h + σ²) − μ``, cost ``(2 K λ + h ((Q + μ)² + σ²)) / 2 (Q + μ)`` (Snyder & Shen 2019, eq. 9.22, 9.23).

    Parameters
    ----------
    fixed_cost, holding_cost, demand_rate
        As for :func:`~twinkit.inventory.eoq`.
    yield_mean, yield_sd
        Mean μ (below 0: units are missing) and standard deviation σ of what is added [units].

    Examples
    --------
    >>> best = eoq_additive_yield(18500, 0.06, 75000, -15000, 9000)
    >>> round(best.quantity, 1), round(best.cost, 2)
    (230246.4, 12914.78)
    """
    above_zero(fixed_cost=fixed_cost, holding_cost=holding_cost, demand_rate=demand_rate)
    finite(yield_mean=yield_mean)
    zero_or_more(yield_sd=yield_sd)
    received = math.sqrt(2 * fixed_cost * demand_rate / holding_cost + yield_sd**2)
    if received <= yield_mean:
        raise ValueError(f"yield_mean = {yield_mean!r}: must be below {received:g}, or nothing need be ordered")
    cost = (2 * fixed_cost * demand_rate + holding_cost * (received**2 + yield_sd**2)) / (2 * received)
    return LotSize(received - yield_mean, cost)


def eoq_multiplicative_yield(
    fixed_cost: float, holding_cost: float, demand_rate: float, yield_mean: float, yield_sd: float
) -> LotSize:
    """Best lot where a random share of what is ordered comes in.

    ``Q* = √(2 K λ / h (μ² + σ²))``, cost ``K λ / Q μ + h Q (μ² + σ²) / 2 μ`` (Snyder & Shen 2019, eq. 9.24, 9.25).

    Parameters
    ----------
    fixed_cost, holding_cost, demand_rate
        As for :func:`~twinkit.inventory.eoq`.
    yield_mean, yield_sd
        Mean μ and standard deviation σ of the share [share].

    Examples
    --------
    >>> best = eoq_multiplicative_yield(18500, 0.06, 75000, 0.8333, 0.1)
    >>> round(best.quantity, 1), round(best.cost, 2)
    (256241.6, 12996.07)
    """
    above_zero(fixed_cost=fixed_cost, holding_cost=holding_cost, demand_rate=demand_rate, yield_mean=yield_mean)
    zero_or_more(yield_sd=yield_sd)
    square = yield_mean**2 + yield_sd**2
    quantity = math.sqrt(2 * fixed_cost * demand_rate / (holding_cost * square))
    return LotSize(
        quantity, fixed_cost * demand_rate / (quantity * yield_mean) + holding_cost * quantity * square / (2 * yield_mean)
    )


def newsvendor_additive_yield_cost(
    level: float, holding_cost: float, stockout_cost: float, demand: float, yield_mean: float = 0.0, yield_sd: float = 1.0, *,
    distribution: Any = None,
) -> float:  # fmt: skip
    """Expected cost of ordering up to a level where a random number of units is added [money/period].

    ``h E(S + Y − d)⁺ + p E(d − S − Y)⁺`` (Snyder & Shen 2019, eq. 9.27).

    Parameters
    ----------
    level
        S [units].
    holding_cost, stockout_cost
        Cost of a unit left over and of a unit short [money/unit].
    demand
        d, known [units].
    yield_mean, yield_sd
        Mean and standard deviation of what is added, normally distributed [units].
    distribution
        Another distribution of what is added: a frozen one of scipy.stats.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(newsvendor_additive_yield_cost(1.6e6, 15, 75, 1.5e6, distribution=uniform(-5e5, 1e6)))
    8700000
    """
    above_zero(holding_cost=holding_cost, stockout_cost=stockout_cost, demand=demand)
    finite(level=level)
    added = _added(yield_mean, yield_sd, distribution)
    x = demand - level
    low = float(added.ppf(1e-12))
    short = scipy.integrate.quad(lambda y: float(added.cdf(y)), min(low, x), x, epsabs=0, epsrel=1e-10, limit=500)[0]  # E (x − Y)⁺
    return holding_cost * (float(added.mean()) - x + short) + stockout_cost * short


def newsvendor_additive_yield(
    holding_cost: float, stockout_cost: float, demand: float, yield_mean: float = 0.0, yield_sd: float = 1.0, *,
    distribution: Any = None,
) -> BaseStock:  # fmt: skip
    """Best level to order up to where a random number of units is added and demand is known.

    ``S* = d − F⁻¹(h / (h + p))``, F the distribution of what is added (Snyder & Shen 2019, eq. 9.28).

    Parameters
    ----------
    holding_cost, stockout_cost, demand, yield_mean, yield_sd, distribution
        As for :func:`newsvendor_additive_yield_cost`.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> best = newsvendor_additive_yield(15, 75, 1.5e6, distribution=uniform(-5e5, 1e6))
    >>> round(best.level), round(best.cost)
    (1833333, 6250000)
    """
    above_zero(holding_cost=holding_cost, stockout_cost=stockout_cost, demand=demand)
    added = _added(yield_mean, yield_sd, distribution)
    level = demand - float(added.ppf(holding_cost / (holding_cost + stockout_cost)))
    cost = newsvendor_additive_yield_cost(level, holding_cost, stockout_cost, demand, distribution=added)
    return BaseStock(level, cost)


def _added(mean: float, sd: float, distribution: Any) -> Any:
    if distribution is not None:
        return distribution
    finite(yield_mean=mean)
    above_zero(yield_sd=sd)
    return scipy.stats.norm(mean, sd)
