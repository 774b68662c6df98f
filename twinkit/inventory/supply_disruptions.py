"""Base stock with a supplier that is up or down."""

from __future__ import annotations

import math

import numpy as np

from twinkit.inventory.arguments import above_zero, finite
from twinkit.inventory.loss import BaseStock


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
