"""Where to keep safety stock: the guaranteed-service model on a network of stages.

Every stage quotes a service time S within which it delivers whatever is ordered, as long
as demand stays below a bound; it waits SI for its suppliers and works T.  Its stock
covers the net replenishment time SI + T - S.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import networkx as nx
import numpy as np

from twinkit.inventory.arguments import zero_or_more
from twinkit.inventory.service_network import best_times, unreachable
from twinkit.inventory.service_stages import Derived, Stage, check_stages, derive, graph_of


class StagePlan(NamedTuple):
    """What the model says of one stage.

    Attributes
    ----------
    service_time, inbound_time
        Outbound and inbound service time S and SI [periods].
    net_time
        Net replenishment time SI + T - S [periods].
    safety_stock
        z times the standard deviation of the demand of the net time: ``z σ √net_time`` where demand is
        independent from period to period [units].
    base_stock
        Mean demand of the net replenishment time plus safety stock [units].
    cost
        Cost of the safety stock [money/year].
    """

    service_time: int
    inbound_time: int
    net_time: int
    safety_stock: float
    base_stock: float
    cost: float


class ServicePlan(NamedTuple):
    """Best service times of a network.

    Attributes
    ----------
    stages
        Name of a stage → its plan.
    cost
        Cost of all safety stock [money/year].
    bound
        No plan costs less than that: the cost itself where the plan is proven to be the cheapest [money/year].
    """

    stages: dict[str, StagePlan]
    cost: float
    bound: float


LONGEST = 5_000
"""Longest way through a network that a plan is worked out for [periods]: its tables grow with the square of it."""


class _Tree:
    """The dynamic programme: a table of costs over (S, SI) for every stage, from the leaves to a root."""

    def __init__(self, stages: Sequence[Stage], derived: Derived, costs: dict[str, np.ndarray]) -> None:
        self.stages = {s.name: s for s in stages}
        self.derived, self.costs = derived, costs
        self.customers: dict[str, list[str]] = {s.name: [] for s in stages}
        for s in stages:
            for u in s.units:
                self.customers[u].append(s.name)
        self.tables: dict[str, np.ndarray] = {}
        self.found: dict[str, tuple[int, int]] = {}

    def _from_root(self, root: str) -> list[tuple[str, str | None]]:
        """(stage, its parent) of a tree, parents first."""
        walk: list[tuple[str, str | None]] = [(root, None)]
        for name, parent in walk:  # grows while it is walked
            near = [*self.stages[name].units, *self.customers[name]]
            walk += [(n, name) for n in near if n != parent]
        return walk

    def _own(self, name: str) -> np.ndarray:
        """Cost of the stage's own safety stock at (S, SI); inf where it cannot be."""
        stage, reach = self.stages[name], self.derived.reach[name]
        out = np.arange(reach + 1)[:, None]
        net = np.arange(reach - int(stage.time) + 1) + int(stage.time) - out
        cost = self.costs[name][np.maximum(net, 0)]
        forbidden = (net < 0) | (out > stage.longest)
        if not stage.keeps_stock:
            forbidden |= net > 0
        return np.where(forbidden, np.inf, cost)

    def _add(self, name: str, parent: str | None) -> None:
        """Add to a stage's own cost the cheapest of each branch beyond it."""
        table = self._own(name)
        for u in self.stages[name].units:
            if u != parent:  # a supplier may quote anything up to what the stage waits
                best = np.minimum.accumulate(self.tables[u].min(axis=1))
                table = table + best[np.minimum(np.arange(table.shape[1]), len(best) - 1)]
        for c in self.customers[name]:
            if c != parent:  # a customer waits at least for what the stage quotes
                best = np.minimum.accumulate(self.tables[c].min(axis=0)[::-1])[::-1]
                table = table + best[: table.shape[0], None]
        self.tables[name] = table

    def _choose(self, name: str, parent: str | None) -> None:
        """The cheapest (S, SI) of a stage, given what its parent in the tree has chosen."""
        table = self.tables[name]
        if parent is not None and name in self.stages[parent].units:
            table = np.where(np.arange(table.shape[0])[:, None] <= self.found[parent][1], table, np.inf)
        elif parent is not None:
            table = np.where(np.arange(table.shape[1]) >= self.found[parent][0], table, np.inf)
        out, inbound = np.unravel_index(int(np.argmin(table)), table.shape)
        self.found[name] = int(out), int(inbound)

    def solve(self) -> dict[str, tuple[int, int]]:
        """Best (S, SI) of every stage."""
        for root in self.derived.order:
            if root in self.found or root not in self.stages:
                continue
            walk = self._from_root(root)
            for name, parent in reversed(walk):
                self._add(name, parent)
            if not np.isfinite(self.tables[root]).any():
                raise ValueError(unreachable([n for n, _ in walk if not self.stages[n].keeps_stock]))
            for name, parent in walk:
                self._choose(name, parent)
        return self.found


def guaranteed_service(stages: Sequence[Stage], holding_rate: float = 0.0, z: float = 1.645, seconds: float = 60.0) -> ServicePlan:
    """Service times with the least cost of safety stock, by dynamic programming or, on networks, by HiGHS.

    ``min Σ h z σ √(SI + T - S)``, where ``SI ≥ S`` of every supplier and ``S ≤`` the longest
    service time, whole periods, and σ √(…) the standard deviation of the demand of that time (autocorrelated
    demand spreads wider); exact for assembly, distribution and mixed trees (Graves & Willems 2000), whose time and
    memory grow with the square of the longest time.  Where stages are linked in more than one way (Humair & Willems
    2011) the search has a time; `bound` says how far the plan may be from the cheapest.

    Parameters
    ----------
    stages
        The stages of one network, or of several.
    holding_rate
        Cost of keeping stock for a year as a share of its cumulative cost, for the stages
        without a holding cost of their own [share/year].
    z
        Standard deviations of demand up to which service is guaranteed [-].
    seconds
        Longest search in each network that is no tree [s].

    Returns
    -------
    ServicePlan

    Raises
    ------
    ValueError
        If a stage is a part of itself, a supplier is unknown, a number is out of range, or the
        limits leave no plan; all offenders by name.

    Examples
    --------
    >>> plan = guaranteed_service([
    ...     Stage("make", 4, added_cost=10.0),
    ...     Stage("sell", 1, added_cost=5.0, suppliers=["make"], demand_mean=20.0, demand_sd=5.0),
    ... ], holding_rate=0.2, z=2.0)
    >>> plan.stages["make"].service_time, plan.stages["sell"].net_time, round(plan.cost, 2)
    (4, 5, 67.08)
    """
    check_stages(stages)
    zero_or_more(holding_rate=holding_rate, z=z, seconds=seconds)
    derived = derive(stages)
    if late := [name for name, reach in derived.reach.items() if reach > LONGEST]:
        raise ValueError(f"the times on the longest way to {', '.join(late[:3])} add up to {max(derived.reach[n] for n in late):,} periods: a plan is "
                         f"worked out for {LONGEST:,} at most; look for a time that is wrong, or count in longer periods")  # fmt: skip
    holding = {
        s.name: holding_rate * derived.cost[s.name] if s.holding_cost is None else s.holding_cost for s in stages
    }
    spread = {s.name: derived.sd_over(s.name, max(derived.reach[s.name], 0)) for s in stages}
    costs = {name: holding[name] * z * sd for name, sd in spread.items()}
    by_name, graph, found, bound = {s.name: s for s in stages}, graph_of(stages).to_undirected(), {}, 0.0
    for names in nx.connected_components(graph):
        part = [by_name[n] for n in derived.order if n in names]
        if nx.is_tree(graph.subgraph(names)):
            found |= _Tree(part, derived, costs).solve()
            bound += sum(costs[n][found[n][1] + int(by_name[n].time) - found[n][0]] for n in names)
        else:
            times, least = best_times(part, derived, costs, seconds)
            found, bound = found | times, bound + least
    plans = {}
    for s in stages:
        out, inbound = found[s.name]
        net = inbound + int(s.time) - out
        safety = z * float(spread[s.name][net])
        base = derived.mean[s.name] * net + safety
        plans[s.name] = StagePlan(out, inbound, net, safety, base, holding[s.name] * safety)
    return ServicePlan(plans, sum(p.cost for p in plans.values()), bound)
