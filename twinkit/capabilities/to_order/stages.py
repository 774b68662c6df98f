"""Before or after the order: cards, stock in front of a busy stage, orders of several parts, postponement, promises, cash.

Times are in one unit (an hour, a day) throughout; rates are per that unit.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import scipy

from twinkit.inventory.arguments import above_zero, between, finite, whole, zero_or_more

# --- kanban


class Kanban(NamedTuple):
    """Cards of a loop.

    Attributes
    ----------
    exact
        What the formula gives.
    cards
        The whole number from there up.
    most
        Most units that the loop can hold [units].
    """

    exact: float
    cards: int
    most: float


def kanban(demand: float, time: float, safety: float, container: float) -> Kanban:
    """Cards of a kanban loop, ``N = D T (1 + X) / C``, rounded up (Monden, *Toyota Production System*).

    Parameters
    ----------
    demand
        D [units/time].
    time
        Waiting and production of a container, T [time].
    safety
        X [share].
    container
        C [units].

    Examples
    --------
    >>> kanban(150, 0.5, 0.1, 25)
    Kanban(exact=3.3, cards=4, most=100)
    """
    above_zero(demand=demand, time=time, container=container)
    zero_or_more(safety=safety)
    exact = round(demand * time * (1 + safety) / container, 12)
    cards = max(math.ceil(exact - 1e-9), 1)
    return Kanban(exact, cards, cards * container)


# --- one stage, made to stock or to order


class Stage(NamedTuple):
    """A busy stage behind a stock.

    Attributes
    ----------
    p_wait, fill_rate
        Share of the orders that wait, and that are filled at once [share].
    mean_backorders, mean_stock
        Mean orders that wait, and mean units in stock [units].
    mean_wait
        Mean wait of all orders [time].
    """

    p_wait: float
    fill_rate: float
    mean_backorders: float
    mean_stock: float
    mean_wait: float


def to_stock(demand: float, service: float, stock: int) -> Stage:
    """One stage that makes to a base stock: M/M/1, as many cards as units of stock; 0 is to order.

    ``P(wait) = ρ^S``, backorders ``ρ^(S+1) / (1-ρ)``, stock ``S - ρ (1-ρ^S) / (1-ρ)`` (Buzacott & Shanthikumar,
    *Stochastic Models of Manufacturing Systems*, 1993, ch. 4).

    Parameters
    ----------
    demand, service
        Rates of Poisson orders, and of exponential service [units/time]; the second is larger.
    stock
        Base stock S, the number of cards [units].

    Raises
    ------
    ValueError
        If the stage cannot keep up.

    Examples
    --------
    >>> [round(v, 3) for v in to_stock(0.8, 1.0, 3)]
    [0.512, 0.488, 2.048, 1.048, 2.56]
    """
    rho = _load(demand, service)
    whole(stock=stock)
    waits = rho**stock
    backorders = waits * rho / (1 - rho)
    return Stage(waits, 1 - waits, backorders, stock - rho * (1 - waits) / (1 - rho), backorders / demand)


def waits_longer(demand: float, service: float, stock: int, time: float) -> float:
    """Share of the orders that wait longer than a time, ``ρ^S e^(-(μ-λ) t)`` [share].

    >>> round(waits_longer(1.0, 1.25, 1, 1.0), 10)
    0.6230406265
    """
    rho = _load(demand, service)
    whole(stock=stock)
    zero_or_more(time=time)
    return rho**stock * math.exp(-(service - demand) * time)


class BestStock(NamedTuple):
    """The best base stock of a stage.

    Attributes
    ----------
    stock
        Cards [units].
    cost
        Of stock and of orders that wait [money/time].
    """

    stock: int
    cost: float


def to_stock_cost(demand: float, service: float, stock: int, holding: float, waiting: float) -> float:
    """Cost of stock and of waiting orders [money/time]."""
    zero_or_more(holding=holding, waiting=waiting)
    found = to_stock(demand, service, stock)
    return holding * found.mean_stock + waiting * found.mean_backorders


def best_stock(demand: float, service: float, holding: float, waiting: float) -> BestStock:
    """Base stock of least cost, ``⌊ln(h/(h+b)) / ln ρ⌋``; 0 says: make to order.

    Parameters
    ----------
    demand, service
        As for :func:`to_stock`.
    holding, waiting
        Of a unit in stock h, and of an order that waits b [money/unit/time].

    Examples
    --------
    >>> best_stock(0.8, 1.0, 1, 5).stock
    8
    """
    above_zero(holding=holding)
    zero_or_more(waiting=waiting)
    rho = _load(demand, service)
    stock = math.floor(math.log(holding / (holding + waiting)) / math.log(rho) + 1e-12)
    return BestStock(stock, to_stock_cost(demand, service, stock, holding, waiting))


def _load(demand: float, service: float) -> float:
    above_zero(demand=demand, service=service)
    if demand >= service:
        raise ValueError(f"demand = {demand:g}, service = {service:g}: a stage must be faster than its orders come, or they wait ever longer")
    return demand / service


# --- orders of several parts


class OrderFill(NamedTuple):
    """Orders that are filled at once.

    Attributes
    ----------
    by_order
        Order type → share that finds all its parts [share].
    orders
        Of all orders [share].
    by_part
        Part → share of its own needs that finds it [share].
    product
        Product of the shares of all parts, which is *not* the share of an order of all of them [share].
    """

    by_order: dict[str, float]
    orders: float
    by_part: dict[str, float]
    product: float


def order_fill(rates: Mapping[tuple[str, ...], float], base_stock: Mapping[str, int], lead_time: float) -> OrderFill:
    """Share of the orders whose parts are all on hand, exactly.

    Orders of each type are Poisson and take one unit of each of their parts; a part is replaced one for one
    after a constant lead time.  The share is P(D_i(L) ≤ S_i - 1 for all parts of the order), the joint Poisson
    demand over a lead time (Song 1998, *Operations Research* 46(6)).

    Parameters
    ----------
    rates
        Parts of an order type → its rate [orders/time].
    base_stock
        Part → base stock [units].
    lead_time
        Of all parts [time].

    Raises
    ------
    ValueError
        If an order wants a part without a base stock, twice the same part or none, or the sum would have more than ten million terms.

    Examples
    --------
    >>> found = order_fill({("1",): 0.2, ("2",): 0.2, ("1", "2"): 0.6}, {"1": 5, "2": 5}, 4.0)
    >>> round(found.by_order["1+2"], 10), round(found.orders, 10)
    (0.7033696564, 0.7342667982)
    """
    zero_or_more(**{f"rate of {'+'.join(k)}": v for k, v in rates.items()})
    above_zero(sum_of_rates=sum(rates.values()))
    zero_or_more(lead_time=lead_time)
    whole(**{f"base stock of {k}": v for k, v in base_stock.items()})
    several = ["+".join(order) or "(none)" for order in rates if not order or len(set(order)) < len(order)]
    if several:
        raise ValueError(f"{', '.join(several)}: an order takes one unit of each of its parts, one part or more")
    strange = sorted({part for order in rates for part in order} - set(base_stock))
    if strange:
        raise ValueError(f"{', '.join(strange)}: an order wants this part, which has no base stock")
    by_order = {"+".join(order): _joint(rates, {p: int(base_stock[p]) - 1 for p in order}, lead_time) for order in rates}
    needed = [p for p in base_stock if any(p in order for order in rates)]
    by_part = {p: _joint(rates, {p: int(base_stock[p]) - 1}, lead_time) for p in needed}
    total = sum(rates.values())
    share = sum(by_order["+".join(order)] * rate for order, rate in rates.items()) / total
    return OrderFill(by_order, share, by_part, math.prod(by_part.values()))


def _joint(rates: Mapping[tuple[str, ...], float], most: Mapping[str, int], lead_time: float) -> float:
    """P(demand of each part over a lead time ≤ its limit), by conditioning on the orders that share parts."""
    if min(most.values()) < 0:
        return 0.0
    merged: dict[tuple[str, ...], float] = {}
    for order, rate in rates.items():
        touched = tuple(sorted(set(order) & set(most)))
        if touched and rate > 0:
            merged[touched] = merged.get(touched, 0.0) + rate * lead_time
    shared = {k: v for k, v in merged.items() if len(k) > 1}
    alone = {k[0]: v for k, v in merged.items() if len(k) == 1}
    sizes = [min(most[p] for p in k) + 1 for k in shared]
    if math.prod(sizes) > 10_000_000:
        raise ValueError(f"the orders share parts in {len(shared)} ways, with {math.prod(sizes):,} combinations: simulate them, or lower the base stocks")
    chances = [scipy.stats.poisson.pmf(np.arange(n), mean) for n, mean in zip(sizes, shared.values(), strict=True)]

    @cache
    def rest(part: str, left: int) -> float:
        return float(scipy.stats.poisson.cdf(left, alone.get(part, 0.0)))

    found = 0.0
    for numbers in itertools.product(*(range(n) for n in sizes)):
        left = {p: most[p] - sum(n for k, n in zip(shared, numbers, strict=True) if p in k) for p in most}
        if min(left.values()) >= 0:
            found += math.prod(c[n] for c, n in zip(chances, numbers, strict=True)) * math.prod(rest(p, n) for p, n in left.items())
    return float(found)


# --- postponement, promises, cash


class Postponed(NamedTuple):
    """Stock of finished variants, and of what they have in common.

    Attributes
    ----------
    variants, common
        Safety stock without and with postponement [units].
    worth
        What postponement saves a period, less what it costs [money/period].
    """

    variants: float
    common: float
    worth: float


def postponement(
    means: Sequence[float], spreads: Sequence[float], z: float, lead_time: float, *, correlation: float = 0.0,
    holding: float = 1.0, common_holding: float | None = None, extra: float = 0.0,
) -> Postponed:  # fmt: skip
    """What it is worth to keep what variants have in common, and finish it when they are ordered.

    Safety stock ``z √L Σ σ_i`` of variants becomes ``z √L √(Σ Σ ρ σ_i σ_j)`` of the common unit (Lee & Tang 1997;
    the pooling of Eppen 1979).

    Parameters
    ----------
    means, spreads
        Demand of each variant in a period, and its standard deviation [units].
    z, lead_time
        Standard deviations that are covered; periods to make a unit [periods].
    correlation
        Of each pair of variants.
    holding, common_holding
        Of a variant, and of the common unit (by default the same) [money/unit/period].
    extra
        What a unit costs more if it is finished later [money/unit].

    Examples
    --------
    >>> found = postponement([100] * 4, [30] * 4, 1.645, 4, holding=2.0, extra=0.1)
    >>> round(found.variants, 1), round(found.common, 1), round(found.worth, 1)
    (394.8, 197.4, 354.8)
    """
    zero_or_more(least_mean=min(means), least_spread=min(spreads), z=z, lead_time=lead_time, holding=holding, extra=extra)
    n = len(spreads)
    if len(means) != n:
        raise ValueError(f"means, spreads: {len(means)} and {n} values; there must be as many of each")
    between(-1 / max(n - 1, 1), 1, correlation=correlation)
    sd = np.asarray(spreads, float)
    together = math.sqrt(max(float((1 - correlation) * (sd**2).sum() + correlation * sd.sum() ** 2), 0.0))
    apart, common = z * math.sqrt(lead_time) * float(sd.sum()), z * math.sqrt(lead_time) * together
    worth = holding * apart - (holding if common_holding is None else common_holding) * common - extra * sum(means)
    return Postponed(apart, common, worth)


def available_to_promise(on_hand: float, receipts: Sequence[float], promised: Sequence[float]) -> np.ndarray:
    """Units that may still be promised for each period, of what is there and on the way [units].

    The discrete ATP of the master schedule, with what a later period promised too much taken from the receipts
    before it (Vollmann, Berry & Whybark, *Manufacturing Planning and Control*).  The first period has the stock
    as well.

    Parameters
    ----------
    on_hand
        Now [units].
    receipts, promised
        Units that come in, and that are promised, in each period, shape (periods,).

    Examples
    --------
    >>> available_to_promise(50, [0, 100, 0, 100], [20, 10, 15, 150]).tolist()
    [30.0, 25.0, 0.0, 0.0]
    """
    receipts, promised = np.asarray(receipts, float), np.asarray(promised, float)
    if receipts.shape != promised.shape or receipts.ndim != 1 or not receipts.size:
        raise ValueError(f"receipts, promised: {receipts.size} and {promised.size} periods; there must be as many of each, one or more")
    finite(on_hand=on_hand)
    zero_or_more(least_receipt=float(receipts.min()), least_promise=float(promised.min()))
    left = receipts.copy()
    left[0] += on_hand
    for t, asked in enumerate(promised):  # a promise takes the latest goods that come in time
        for s in range(t, -1, -1):
            taken = min(max(left[s], 0.0), asked)
            left[s] -= taken
            asked -= taken
        left[0] -= asked
    return left


class Cash(NamedTuple):
    """Cash-to-cash.

    Attributes
    ----------
    stock, receivable, payable
        Days of inventory, of sales that are not yet paid, of purchases that are not yet paid [days].
    cycle
        Days from paying to being paid; below 0 customers pay first [days].
    """

    stock: float
    receivable: float
    payable: float
    cycle: float


def cash_to_cash(
    inventory: float, receivable: float, payable: float, cost_of_sales: float, sales: float, purchases: float | None = None, days: float = 365.0,
) -> Cash:  # fmt: skip
    """Cash-to-cash cycle, ``DIO + DSO - DPO`` (SCOR's AM.1.1) [days].

    Parameters
    ----------
    inventory, receivable, payable
        Mean balances [money].
    cost_of_sales, sales
        In the period [money].
    purchases
        What payables are counted against [money]; by default the cost of sales.
    days
        Length of the period [days].

    Examples
    --------
    >>> round(cash_to_cash(100, 200, 300, 1000, 1500).cycle, 2)
    -24.33
    """
    zero_or_more(inventory=inventory, receivable=receivable, payable=payable)
    purchases = cost_of_sales if purchases is None else purchases
    above_zero(cost_of_sales=cost_of_sales, sales=sales, purchases=purchases, days=days)
    found = inventory / cost_of_sales * days, receivable / sales * days, payable / purchases * days
    return Cash(*found, found[0] + found[1] - found[2])


def covered(service: float) -> float:
    """Standard deviations that a service level asks for, by the normal distribution.

    >>> round(covered(0.95), 4)
    1.6449
    """
    if not 0 < service < 1:
        raise ValueError(f"service = {service!r}: must be above 0 and below 1")
    return float(scipy.stats.norm.ppf(service))
