"""Stages of the guaranteed-service model: what they are, their checks, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import networkx as nx
import numpy as np


@dataclass(frozen=True)
class Stage:
    """A place in the chain where stock may be kept: a part, a process, a warehouse.

    Attributes
    ----------
    name
        Unique name.
    time
        Time from when all that goes in is there until it can be passed on, whole [periods].
    added_cost
        Cost that the stage adds to a unit [money/unit].
    suppliers
        Names of the stages that it takes from, or name → units that go into one unit.
    demand_mean, demand_sd
        Mean and standard deviation of the demand of the stage's own customers; a
        `demand_sd` makes it a stage with customers [units/period].
    max_service_time
        Longest outbound service time that it may quote; None: no limit, but 0 for a stage
        with customers [periods].
    holding_cost
        Cost of keeping one unit for a year; None: the holding rate times the cumulative
        cost [money/unit/year].
    keeps_stock
        False for a stage that only passes on: it quotes its inbound service time plus its
        own time.
    autocorrelation
        Correlation of the demand of the stage's own customers with that of the period before; where they
        differ, correlation → share of the variance [-].
    """

    name: str
    time: int
    added_cost: float = 0.0
    suppliers: Mapping[str, float] | Sequence[str] = ()
    demand_mean: float = 0.0
    demand_sd: float | None = None
    max_service_time: int | None = None
    holding_cost: float | None = None
    keeps_stock: bool = True
    autocorrelation: float | Mapping[float, float] = 0.0

    @property
    def variances(self) -> dict[float, float]:
        """Variance of the demand of its own customers by their autocorrelation."""
        given = self.autocorrelation if isinstance(self.autocorrelation, Mapping) else {self.autocorrelation: 1.0}
        return {correlation: share * (self.demand_sd or 0.0) ** 2 for correlation, share in given.items()}

    @property
    def units(self) -> dict[str, float]:
        """Supplier → units that go into one unit."""
        given = self.suppliers
        return dict(given) if isinstance(given, Mapping) else dict.fromkeys(given, 1.0)

    @property
    def longest(self) -> float:
        """Longest outbound service time that it may quote [periods]; inf without a limit."""
        if self.max_service_time is not None:
            return self.max_service_time
        return math.inf if self.demand_sd is None else 0


class Derived(NamedTuple):
    """What follows from the stages.

    Attributes
    ----------
    order
        Names, suppliers first.
    cost
        Cumulative cost of a unit [money/unit].
    mean, sd
        Demand that reaches the stage [units/period].
    square
        Variance of that demand by the autocorrelation of the customers that it comes from.
    reach
        Longest time in which the stage can be replenished [periods].
    """

    order: list[str]
    cost: dict[str, float]
    mean: dict[str, float]
    sd: dict[str, float]
    square: dict[str, dict[float, float]]
    reach: dict[str, int]

    def sd_over(self, name: str, longest: int) -> np.ndarray:
        """Standard deviation of the demand of 0, 1, … `longest` periods together at a stage [units].

        Demand of n periods with autocorrelation ρ has the variance ``σ² (n + 2 Σ (n - k) ρᵏ)``, k from 1 to
        n - 1; for independent demand that is ``σ² n``.
        """
        n = np.arange(longest + 1, dtype=float)
        found = np.zeros(longest + 1)
        for correlation, square in self.square[name].items():
            power = correlation ** n[1:] if correlation else np.zeros(longest)
            together = np.concatenate([[0.0], np.cumsum(np.concatenate([[0.0], np.cumsum(power)[:-1]]))]) if longest else n
            found += square * (n + 2 * together)
        return np.sqrt(np.maximum(found, 0.0))


def _bad_number(value: float | None, whole: bool = False) -> bool:
    if value is None:
        return False
    number = isinstance(value, (int, float)) or hasattr(value, "__float__")
    return not number or not math.isfinite(value) or value < 0 or (whole and value != int(value))


def _complain(says: str, names: Sequence[str]) -> list[str]:
    return [f"{', '.join(dict.fromkeys(names))}: {says}"] if names else []


def check_stages(stages: Sequence[Stage]) -> None:
    """Refuse stages that make no sense, in one sentence for each kind of mistake.

    Raises
    ------
    ValueError
        With all offenders by name.
    """
    names = [s.name for s in stages]
    known = set(names)
    fed = {supplier for s in stages for supplier in s.units}
    tests: list[tuple[str, Callable[[Stage], bool]]] = [
        ("the time must be a whole number of 0 or more", lambda s: s.time is None or _bad_number(s.time, True)),
        ("the longest service time must be a whole number of 0 or more", lambda s: _bad_number(s.max_service_time, True)),
        ("costs must be numbers of 0 or more", lambda s: _bad_number(s.added_cost) or _bad_number(s.holding_cost)),
        ("mean and sd of demand must be numbers of 0 or more",
         lambda s: _bad_number(s.demand_mean) or _bad_number(s.demand_sd)),
        ("the units of a supplier must be above 0", lambda s: any(not u > 0 for u in s.units.values())),
        ("the autocorrelation of demand must be above -1 and below 1", lambda s: any(not -1 < c < 1 for c in s.variances)),
        ("supplies nobody, so it needs a demand_sd", lambda s: s.demand_sd is None and s.name not in fed),
    ]  # fmt: skip
    wrong = _complain("two stages have this name", [n for i, n in enumerate(names) if n in names[:i]])
    wrong += _complain("no such supplier", [f"{u} (of {s.name})" for s in stages for u in s.units if u not in known])
    for says, test in tests:
        wrong += _complain(says, [s.name for s in stages if test(s)])
    if not stages:
        wrong = ["there are no stages"]
    if not wrong:
        ring = next(iter(nx.simple_cycles(graph_of(stages))), [])
        wrong = _complain("each of these is a part of the next and of itself", [" to ".join([*ring, ring[0]])] if ring else [])
    if wrong:
        raise ValueError("; ".join(wrong))


def graph_of(stages: Sequence[Stage]) -> nx.DiGraph:
    """The links between stages, from supplier to customer."""
    graph = nx.DiGraph()
    graph.add_nodes_from(s.name for s in stages)
    graph.add_edges_from((u, s.name) for s in stages for u in s.units)
    return graph


def derive(stages: Sequence[Stage]) -> Derived:
    """Cumulative costs, demand and longest times of checked stages.

    Demand adds up the chain; customers are independent of each other, so the squares of their standard deviations
    add (Graves & Willems 2000), each times the square of the units that one of its own takes along all ways together
    (Humair & Willems 2011).
    """
    by_name = {s.name: s for s in stages}
    order = list(nx.topological_sort(graph_of(stages)))
    cost, reach = {}, {}
    mean = {s.name: s.demand_mean if s.demand_sd is not None else 0.0 for s in stages}
    takes = {s.name: {s.name: 1.0} if s.demand_sd is not None else {} for s in stages}
    for name in order:
        s = by_name[name]
        cost[name] = s.added_cost + sum(units * cost[u] for u, units in s.units.items())
        reach[name] = int(s.time) + max((reach[u] for u in s.units), default=0)
    for name in reversed(order):
        for u, units in by_name[name].units.items():
            mean[u] += units * mean[name]
            for customer, each in takes[name].items():
                takes[u][customer] = takes[u].get(customer, 0.0) + units * each
    square: dict[str, dict[float, float]] = {}
    for name, customers in takes.items():
        square[name] = {}
        for customer, each in customers.items():
            for correlation, value in by_name[customer].variances.items():
                square[name][correlation] = square[name].get(correlation, 0.0) + each * each * value
    sd = {n: math.sqrt(sum(v.values())) for n, v in square.items()}
    return Derived(order, cost, mean, sd, square, reach)
