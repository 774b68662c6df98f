"""Time to survive and performance impact of an outage: two linear programmes.

Simchi-Levi, Schmidt and Wei (2014), "From superstorms to factory fires", Harvard
Business Review 92(1/2); Simchi-Levi, Schmidt, Wei, Zhang, Combs, Ge, Gusikhin, Sanders
and Zhang (2015), "Identifying risks and mitigating disruptions in the automotive supply
chain", Interfaces 45(5), 375-390.

A planner who knows everything has the stock that is there, and for so many periods what
the rest of the network can make and move; nothing takes time on the way.  So no chain
with lead times, policies and chance loses less in the mean, or lasts longer.

Published: every material takes one unit, a node makes one product.  Here besides: any
quantity, several products and capacities at a site, yields, part of a node lost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import OptimizeResult, linprog
from scipy.sparse import bmat, csc_array

from twinkit.inventory.supply_network import Flow, Lost, Rows, Sale, SupplyNetwork, what_is_left

__all__ = ["Flow", "Impact", "Sale", "SupplyNetwork", "performance_impact", "time_to_survive"]

UNBOUNDED = (2, 3, 4)
"""States of HiGHS that may mean an unbounded programme: infeasible, which it says of some that are unbounded; unbounded; unbounded or infeasible."""
LONGEST = 1e6
"""Outage that is tried where HiGHS does not say how long one can be [periods]."""
SUSTAINED = 1 - 1e-9
"""Share of the demand that counts as all of it, where stock plays no part."""
NOTHING = 1e-6
"""Share of the largest profit at which a sale without profit is priced, so that it is served where that
costs nothing; smaller values of stock and capacity are not told."""


@dataclass(frozen=True)
class Impact:
    """Least loss over an outage.

    Attributes
    ----------
    lost_profit
        Performance impact [money].
    lost_units
        Name of a sale → units that its customers do not get [units].
    value_of_stock
        Stock → profit saved by one more unit of it [money/unit]; those that bind only.
    value_of_capacity
        Flow or shared capacity → profit saved by one more unit per period [money per
        unit/period]; those that bind only.
    """

    lost_profit: float
    lost_units: dict[str, float]
    value_of_stock: dict[str, float]
    value_of_capacity: dict[str, float]


def _of(capacity: np.ndarray, left: np.ndarray) -> np.ndarray:
    """What is left of capacities; what has no limit has none until all of it is lost."""
    return np.where(left > 0, capacity * np.where(left > 0, left, 1.0), 0.0)


def _asked(network: SupplyNetwork, demand: np.ndarray | None) -> np.ndarray:
    asked = network.demand if demand is None else np.asarray(demand, float)
    if asked.shape != network.demand.shape or not (np.isfinite(asked) & (asked >= 0)).all():
        raise ValueError(f"demand must be {len(network.sales)} finite numbers of 0 or more, one for each sale")
    return asked


def performance_impact(
    network: SupplyNetwork, periods: float, lost: Lost = (), *, demand: np.ndarray | None = None
) -> Impact:
    """Least profit lost while nodes are out, under the best response.

    ``min Σ f·l`` subject to, over the whole outage of t periods, ``l + z >= d·t``; what is
    taken from a stock ``<=`` what was there and what came; every flow ``<= c·t`` times the
    share that is left of it (Simchi-Levi et al. 2015, the programme of the time to recover).

    Parameters
    ----------
    network
        The network and what is in stock.
    periods
        Length of the outage, as a rule the time to recover [periods].
    lost
        Nodes or flows that are out; or each with the share of it that is lost.  What has no
        capacity goes on until all of it is lost.
    demand
        Demand of the sales, instead of theirs [units/period].

    Raises
    ------
    ValueError
        If `periods`, `lost` or `demand` are not as above.
    """
    if not (periods >= 0 and math.isfinite(periods)):
        raise ValueError(f"periods = {periods!r}: must be a finite number of 0 or more")
    rows, (flows, sales, rooms) = network.rows, what_is_left(network, lost)
    wanted = _asked(network, demand) * periods
    scale = float(rows.profit.max(initial=0.0)) or 1.0
    price = np.where(rows.profit > 0, rows.profit / scale, NOTHING)
    highest = np.concatenate([_of(rows.capacity, flows) * periods if periods else 0 * flows, wanted * sales])
    found = linprog(
        np.concatenate([np.zeros(len(flows)), -price]),
        A_ub=bmat([[rows.moved, rows.sold], [rows.members, None]], format="csc") if _size(rows) else None,
        b_ub=np.concatenate([rows.on_hand, rows.room * rooms * periods]) if _size(rows) else None,
        bounds=np.column_stack([np.zeros_like(highest), highest]), method="highs",
    )  # fmt: skip
    if found.status != 0:
        raise RuntimeError(f"the programme of the performance impact was not solved: {found.message}")
    missing = np.maximum(wanted - found.x[len(flows) :], 0.0)
    units = {s.name: float(u) for s, u in zip(network.sales, missing, strict=True)}
    return Impact(float(rows.profit @ missing), units, *_worth(network, found, scale, periods * flows, periods * rooms))


def _size(rows: Rows) -> int:
    return len(rows.stocks) + len(rows.shared)


def _worth(
    network: SupplyNetwork, found: OptimizeResult, scale: float, flows: np.ndarray, rooms: np.ndarray
) -> tuple[dict, dict]:
    """Values of one more unit, of stock and of capacity: the duals of the rows and bounds that bind."""
    rows, n = network.rows, len(network.rows.stocks)
    duals = -found.ineqlin.marginals if _size(rows) else np.zeros(0)
    stock = {k: float(v * scale) for k, v in zip(rows.stocks, duals[:n], strict=True) if v > 2 * NOTHING}
    capacity = -found.upper.marginals[: len(flows)] * flows
    named = [(f.name, v) for f, v in zip(network.flows, capacity, strict=True)]
    named += zip(rows.shared, duals[n:] * rooms, strict=True)
    return stock, {name: float(v * scale) for name, v in named if v > 2 * NOTHING}


def time_to_survive(network: SupplyNetwork, lost: Lost = (), *, demand: np.ndarray | None = None) -> float:
    """Longest outage through which all demand can still be met [periods].

    ``max t`` subject to the rows of :func:`performance_impact` with ``l = 0``
    (Simchi-Levi et al. 2015, the programme of the time to survive).

    Parameters
    ----------
    network, lost, demand
        As for :func:`performance_impact`.

    Returns
    -------
    float
        Infinite where what still works makes all that is asked for, so that stock does not
        run out; 0 where customers of a node that is out are asking.
    """
    rows, (flows, sales, rooms) = network.rows, what_is_left(network, lost)
    asked = _asked(network, demand)
    if (asked * (1 - sales)).any():
        return 0.0
    if not asked.any():
        return math.inf
    found = _longest(rows, rows.on_hand, asked, _of(rows.capacity, flows), rows.room * rooms, np.inf)
    if found.status == 0:
        return float(found.x[-1])
    if found.status in UNBOUNDED:  # nothing moved for 0 periods is feasible, so HiGHS means "unbounded": make sure
        lasting = _longest(rows, 0 * rows.on_hand, asked, _of(rows.capacity, flows), rows.room * rooms, 1.0)
        if lasting.status == 0 and lasting.x[-1] >= SUSTAINED:
            return math.inf
        found = _longest(rows, rows.on_hand, asked, _of(rows.capacity, flows), rows.room * rooms, LONGEST)
        if found.status == 0 and found.x[-1] < LONGEST:
            return float(found.x[-1])
    raise RuntimeError(f"the programme of the time to survive was not solved: {found.message}")


def _longest(rows: Rows, on_hand, asked, capacity, room, most: float) -> OptimizeResult:
    """Longest time up to `most` for which stock and capacities carry the demand."""
    limited = np.flatnonzero(np.isfinite(capacity) & (capacity > 0))
    n = len(capacity)
    picked = csc_array((np.ones(len(limited)), (np.arange(len(limited)), limited)), shape=(len(limited), n))
    matrix = bmat([
        [rows.moved, csc_array(rows.sold @ asked[:, None])],
        [rows.members, csc_array(-room[:, None])],
        [picked, csc_array(-capacity[limited][:, None])],
    ], format="csc")  # fmt: skip
    limit = np.concatenate([on_hand, np.zeros(len(room) + len(limited))])
    highest = np.append(np.where(capacity > 0, np.inf, 0.0), most)
    return linprog(
        np.append(np.zeros(n), -1.0), A_ub=matrix, b_ub=limit, method="highs",
        bounds=np.column_stack([np.zeros(n + 1), highest]),
    )  # fmt: skip
