"""A network of stocks and of what may happen to them, for the linear programmes of an outage."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.sparse import csc_array


@dataclass(frozen=True)
class Flow:
    """A way in which goods change their place or their kind: a lane, or what a recipe makes.

    Attributes
    ----------
    name
        Its name; a flow may be lost by itself.
    takes, gives
        Stock → units taken from it, or given to it, by one unit of the flow [units/unit].
    capacity
        Most units of the flow [units/period].
    node
        The node that does it, and that stops it when it is out.
    shared
        Name of a capacity that it shares with other flows.
    lead_time
        Until what it gives is there, where time counts (:mod:`twinkit.inventory.time_expanded`) [periods].
    """

    name: str
    takes: Mapping[str, float] = field(default_factory=dict)
    gives: Mapping[str, float] = field(default_factory=dict)
    capacity: float = math.inf
    node: str = ""
    shared: str = ""
    lead_time: int = 0


@dataclass(frozen=True)
class Sale:
    """Customers who ask for the units of a stock.

    Attributes
    ----------
    name
        Its name.
    stock
        Where they are served from.
    demand
        What they ask for [units/period].
    profit
        What is lost with a unit that they do not get [money/unit].
    node
        The node that serves them.
    kept
        Units that leave the stock for good with one unit sold: less than 1 where customers send some back [units/unit].
    """

    name: str
    stock: str
    demand: float
    profit: float = 1.0
    node: str = ""
    kept: float = 1.0


@dataclass(frozen=True)
class SupplyNetwork:
    """Stocks, and what may happen to them.

    Attributes
    ----------
    stocks
        Stock → units there at the start [units]; infinite for one that is never short.
    flows, sales
        What may be moved, made and sold.
    shared
        Name of a shared capacity → units of all its flows together [units/period].

    Raises
    ------
    ValueError
        If names are unknown or taken twice, or numbers are below 0; all in one message.

    Examples
    --------
    A shop with 10 pieces sells 2 a day; its supplier, with 4 pieces, can make 3 a day.

    >>> network = SupplyNetwork(
    ...     {"supplier": 4, "shop": 10},
    ...     [Flow("make", gives={"supplier": 1}, capacity=3, node="supplier"),
    ...      Flow("ship", {"supplier": 1}, {"shop": 1})],
    ...     [Sale("town", "shop", 2, profit=5)],
    ... )
    >>> from twinkit.inventory.time_to_survive import performance_impact, time_to_survive
    >>> time_to_survive(network, ["supplier"]), time_to_survive(network)
    (7.0, inf)
    >>> performance_impact(network, 9, ["supplier"]).lost_profit
    20.0
    """

    stocks: Mapping[str, float]
    flows: Sequence[Flow]
    sales: Sequence[Sale]
    shared: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wrong = [*self._unknown(), *self._twice(), *self._below_zero()]
        if wrong:
            raise ValueError("; ".join(dict.fromkeys(wrong)))

    def _unknown(self) -> list[str]:
        named = [(s, f"flow {f.name!r}") for f in self.flows for s in (*f.takes, *f.gives)]
        named += [(sale.stock, f"sale {sale.name!r}") for sale in self.sales]
        wrong = [f"{who} names the stock {s!r}, which is not there" for s, who in named if s not in self.stocks]
        shared = [f for f in self.flows if f.shared and f.shared not in self.shared]
        return wrong + [f"flow {f.name!r} shares the capacity {f.shared!r}, which is not there" for f in shared]

    def _twice(self) -> list[str]:
        counts = {"flows": Counter(f.name for f in self.flows), "sales": Counter(s.name for s in self.sales)}
        return [f"two {what} have the name {n!r}" for what, names in counts.items() for n, k in names.items() if k > 1]

    def _below_zero(self) -> list[str]:
        numbers = [(f"stock {name!r}", value) for name, value in self.stocks.items()]
        numbers += [(f"capacity {name!r}", value) for name, value in self.shared.items()]
        for f in self.flows:
            numbers += [(f"flow {f.name!r}", v) for v in (f.capacity, *f.takes.values(), *f.gives.values())]
        told = [f"{who} has {v!r}: must be a number of 0 or more" for who, v in numbers if not v >= 0]
        asked = [(s, v) for s in self.sales for v in (s.demand, s.profit, s.kept)]
        return told + [
            f"sale {s.name!r} has {v!r}: must be a finite number of 0 or more"
            for s, v in asked if not (v >= 0 and math.isfinite(v))
        ]  # fmt: skip

    @cached_property
    def demand(self) -> np.ndarray:
        """Demand of every sale [units/period]."""
        return np.array([s.demand for s in self.sales], float)

    @cached_property
    def rows(self) -> Rows:
        """The network as sparse matrices, made once."""
        return Rows(self)


class Rows:
    """A network as sparse matrices: a row for each stock that can run out and each shared capacity."""

    def __init__(self, network: SupplyNetwork) -> None:
        self.stocks = [name for name, units in network.stocks.items() if math.isfinite(units)]
        row = {name: i for i, name in enumerate(self.stocks)}
        entries = [
            (row[stock], column, sign * units)
            for column, flow in enumerate(network.flows)
            for sign, ends in ((1.0, flow.takes), (-1.0, flow.gives))
            for stock, units in ends.items() if stock in row
        ]  # fmt: skip
        flows = len(network.flows)
        self.moved = _sparse(entries, len(row), flows)
        sold = [(row[s.stock], k, s.kept) for k, s in enumerate(network.sales) if s.stock in row]
        self.sold = _sparse(sold, len(row), len(network.sales))
        self.on_hand = np.array([network.stocks[name] for name in self.stocks], float)
        self.shared = [name for name, units in network.shared.items() if math.isfinite(units)]
        place = {name: i for i, name in enumerate(self.shared)}
        members = [(place[f.shared], k, 1.0) for k, f in enumerate(network.flows) if f.shared in place]
        self.members = _sparse(members, len(place), flows)
        self.room = np.array([network.shared[name] for name in self.shared], float)
        self.capacity = np.array([f.capacity for f in network.flows], float)
        self.profit = np.array([s.profit for s in network.sales], float)


def _sparse(entries: Sequence[tuple[int, int, float]], rows: int, columns: int) -> csc_array:
    i, j, values = zip(*entries, strict=True) if entries else ((), (), ())
    return csc_array((np.array(values, float), (np.array(i, int), np.array(j, int))), shape=(rows, columns))


Lost = Mapping[str, float] | Iterable[str]
"""Nodes and flows that are out, or each with the share of it that is lost."""


def what_is_left(network: SupplyNetwork, lost: Lost) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share that is left of every flow, sale and shared capacity.

    Raises
    ------
    ValueError
        If a name is no node and no flow, or a share is not from 0 to 1.
    """
    shares = dict(lost) if isinstance(lost, Mapping) else dict.fromkeys([lost] if isinstance(lost, str) else lost, 1.0)
    known = {f.node for f in network.flows} | {s.node for s in network.sales} | {f.name for f in network.flows}
    wrong = [f"there is no node or flow {name!r}" for name in shares if not name or name not in known]
    wrong += [f"{name!r} loses {v!r}: must be a share from 0 to 1" for name, v in shares.items() if not 0 <= v <= 1]
    if wrong:
        raise ValueError("; ".join(wrong))
    flows = [math.prod(1 - shares.get(name, 0.0) for name in {f.node, f.name}) for f in network.flows]
    sales = [1 - shares.get(s.node, 0.0) for s in network.sales]
    rooms = [1 - shares.get(name, 0.0) for name in network.rows.shared]
    return np.array(flows, float), np.array(sales, float), np.array(rooms, float)
