"""Contracts that make two companies order as one would: wholesale price, buy-back and revenue sharing.

Cachon (2003), Supply chain coordination with contracts, sections 2.1 to 2.3: a retailer orders once from a supplier before
it knows the demand.  S(q) = E min(q, D) is what it sells on the mean, and what is left over is worth the salvage value.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from scipy.optimize import minimize_scalar

from twinkit.inventory.loss import normal_loss, poisson_loss

DEMANDS = {
    "normal": lambda mean, sd: scipy.stats.norm(mean, sd),
    "uniform": lambda low, high: scipy.stats.uniform(low, high - low),
    "exponential": lambda mean: scipy.stats.expon(scale=mean),
    "gamma": lambda mean, sd: scipy.stats.gamma((mean / sd) ** 2, scale=sd**2 / mean),
    "lognormal": lambda mean, sd: scipy.stats.lognorm(math.sqrt(math.log1p((sd / mean) ** 2)), scale=mean / math.hypot(1.0, sd / mean)),
    "poisson": lambda mean: scipy.stats.poisson(mean),
}
"""Name → distribution of its parameters (mean and standard deviation; the ends of a uniform one; the mean)."""


def demand_of(text: str) -> Any:
    """A distribution by its name and parameters, such as ``Normal(1000, 300)``.

    Raises
    ------
    ValueError
        If there is none of that name, or its parameters cannot be.
    """
    found = re.fullmatch(r"\s*(\w+)\s*\(([^()]*)\)\s*", text)
    name = found.group(1).lower() if found else ""
    try:
        law = DEMANDS[name](*(float(x) for x in found.group(2).split(",")))
        if law.std() > 0 and math.isfinite(law.std()):
            return law
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError):
        pass
    raise ValueError(f"{text!r} is no demand; write Normal(mean, sd), Uniform(low, high), Exponential(mean), Gamma(mean, sd), Lognormal(mean, sd) or Poisson(mean), "
                     "with a mean and a spread above 0")  # fmt: skip


@dataclass(frozen=True)
class Deal:
    """What a contract leads to.

    Attributes
    ----------
    wholesale
        Price that the retailer pays for a unit [money/unit].
    quantity
        What the retailer orders under it [units].
    retailer, supplier
        Expected profits [money].
    efficiency
        Both profits together against those of one company [share].
    terms
        What else the contract says: b (buy-back price), share (of the revenue that the retailer keeps).
    """

    wholesale: float
    quantity: float
    retailer: float
    supplier: float
    efficiency: float
    terms: dict[str, float]


@dataclass(frozen=True)
class Market:
    """What both companies know.

    Attributes
    ----------
    demand
        Distribution of the demand, or its name and parameters as for :func:`demand_of` [units].
    price, cost, salvage
        Of a unit: for a customer, for the supplier to make, for one left over [money/unit].

    Raises
    ------
    ValueError
        Unless salvage < cost < price, or if there is no such demand.

    Examples
    --------
    >>> round(Market("Normal(1000, 300)", 10.0, 4.0).wholesale(7.0).quantity, 4)
    842.6798
    """

    demand: Any
    price: float
    cost: float
    salvage: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.demand, str):
            object.__setattr__(self, "demand", demand_of(self.demand))
        if not self.salvage < self.cost < self.price:
            raise ValueError(f"a unit must be worth less left over than it costs, and cost less than its price: {self.salvage:g} < {self.cost:g} < {self.price:g}")

    def sold(self, quantity: float) -> float:
        """S(q): units sold on the mean."""
        if quantity <= 0:
            return 0.0
        law, name = self.demand, self.demand.dist.name
        if name == "norm":
            return float(law.mean() - normal_loss(quantity, law.mean(), law.std()))
        if name == "poisson":
            return float(law.mean() - poisson_loss(quantity, law.mean()))
        low = max(float(law.support()[0]), 0.0)
        return min(quantity, low) + scipy.integrate.quad(law.sf, low, max(quantity, low), limit=200)[0]

    def profit(self, quantity: float) -> float:
        """Profit of one company that does both [money]."""
        return (self.price - self.salvage) * self.sold(quantity) - (self.cost - self.salvage) * quantity

    def order(self, paid: float, price: float | None = None, left: float | None = None) -> float:
        """What somebody orders who pays and gets so much: the quantile (price - paid) / (price - left) [units]."""
        price, left = self.price if price is None else price, self.salvage if left is None else left
        if not left < paid:
            raise ValueError(f"a unit left over brings {left:g} and is bought at {paid:g}: without a limit of the order")
        return max(float(self.demand.ppf((price - paid) / (price - left))), 0.0) if paid < price else 0.0

    @property
    def best(self) -> float:
        """Order of one company [units]."""
        return self.order(self.cost)

    def _deal(self, wholesale: float, quantity: float, retailer: float, **terms: float) -> Deal:
        whole, most = self.profit(quantity), self.profit(self.best)
        return Deal(wholesale, quantity, retailer, whole - retailer, whole / most, terms)

    def wholesale(self, price: float) -> Deal:
        """A price for every unit and nothing else."""
        q = self.order(price)
        return self._deal(price, q, (self.price - self.salvage) * self.sold(q) - (price - self.salvage) * q)

    def best_wholesale(self) -> Deal:
        """The price that is best for the supplier; where demand is counted in whole units, the highest at which the retailer orders so many."""
        if isinstance(self.demand.dist, scipy.stats.rv_discrete):
            span = self.price - self.salvage
            prices = self.price - span * self.demand.cdf(np.arange(int(self.best))) - 1e-9 * span
            return max((self.wholesale(float(w)) for w in prices[prices > self.cost]), key=lambda deal: deal.supplier, default=self.wholesale(self.cost))
        found = minimize_scalar(lambda w: -self.wholesale(w).supplier, bounds=(self.cost, self.price * (1 - 1e-12)), method="bounded", options={"xatol": 1e-10})
        return self.wholesale(float(found.x))

    def coordinating_buyback(self, wholesale: float) -> float:
        """Buy-back price that makes the retailer order what is best for both together: p - v - (p - w)(p - v) / (p - c)."""
        return self.price - self.salvage - (self.price - wholesale) * (self.price - self.salvage) / (self.price - self.cost)

    def buyback(self, wholesale: float, back: float | None = None) -> Deal:
        """The supplier pays for what the retailer has left, which keeps its salvage value; by default what coordinates."""
        back = self.coordinating_buyback(wholesale) if back is None else back
        q = self.order(wholesale, left=self.salvage + back)
        own = (self.price - self.salvage - back) * self.sold(q) - (wholesale - self.salvage - back) * q
        return self._deal(wholesale, q, own, b=back)

    def revenue_sharing(self, share: float, wholesale: float | None = None) -> Deal:
        """The retailer keeps a share of all revenue; by default at the wholesale price that coordinates, share x cost."""
        wholesale = share * self.cost if wholesale is None else wholesale
        if not 0 < share <= 1:
            raise ValueError(f"the retailer keeps {share:g} of the revenue; a share is above 0 and at most 1")
        q = self.order(wholesale, share * self.price, share * self.salvage)
        own = share * (self.price - self.salvage) * self.sold(q) - (wholesale - share * self.salvage) * q
        return self._deal(wholesale, q, own, share=share)
