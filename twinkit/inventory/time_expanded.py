"""What an outage costs at least where goods take time on the way: a linear programme over periods.

The second model of Simchi-Levi, Schmidt, Wei, Zhang, Combs, Ge, Gusikhin, Sanders and Zhang
(2015), Interfaces 45(5), 375-390: periods, stock from period to period, lead times on
lanes and in production, and what is on the way when the outage begins.  Demand that is
not met in its period is lost.  The planner still knows everything in advance and has no
policy, so no chain loses less; what the programme without lead times
(:mod:`twinkit.inventory.time_to_survive`) takes to be at hand is here on its way first.

**Buckets.**  A long horizon is cut into stretches of equal length.  The clock of every
stock is put forward by the shortest time from it to a customer, so goods that go that way
pass from clock to clock without loss, and a stretch of an outage is the same stretch
everywhere down the chain.  What begins within a stretch counts as begun when that helps most
(goods come as the earliest of it would, and are needed as late as by the last), so
stretches can only make the least loss smaller: it stays a lower bound, and the time to
survive an upper one.  With stretches of one period the programme is exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import copy
from typing import Any

import highspy
import numpy as np
from highspy._core import _Highs  # the solver itself: its wrapper in Python prints a banner whenever it is made
from scipy.sparse import csc_array

from twinkit.inventory.supply_network import Lost, SupplyNetwork, what_is_left
from twinkit.inventory.time_to_survive import NOTHING, Impact

MOST_STRETCHES = 45
"""Stretches into which a longer horizon is cut."""
SERVED = 1e-7
"""Share of all demand that may be missing by the rounding of the solver."""
NEVER = np.iinfo(np.int64).max // 4


class TimeExpanded:
    """A network over periods, as one linear programme whose bounds are changed for every outage.

    Parameters
    ----------
    network
        Stocks at the start of the first period, and what may happen to them; the demand of
        its sales does not count.
    demand
        What customers ask for, shape (sales, periods) [units/period].
    coming
        Stock → units that come in by period whatever is done: what is on the way, or in
        work, when the outage begins [units].
    lead_times
        Flow → least periods from each period to when what it gives is there, where that is
        not always its ``lead_time`` [periods].
    most
        Stretches into which a longer horizon is cut.

    Attributes
    ----------
    missing_anyway, lost_anyway
        What customers go without where nothing is out, and the profit lost with it [units, money].

    Raises
    ------
    ValueError
        If arrays are not as above.

    Examples
    --------
    A shop with 6 pieces sells 2 a day; two days away is a supplier that makes 3 a day.

    >>> from twinkit.inventory.supply_network import Flow, Sale
    >>> network = SupplyNetwork(
    ...     {"shop": 6}, [Flow("ship", gives={"shop": 1}, capacity=3, node="supplier", lead_time=2)],
    ...     [Sale("town", "shop", 2, profit=5)],
    ... )
    >>> programme = TimeExpanded(network, np.full((1, 20), 2.0))
    >>> programme.survives(["supplier"]), programme.impact(["supplier"], 5).lost_profit
    (1.0, 40.0)
    """

    def __init__(
        self, network: SupplyNetwork, demand: np.ndarray, coming: Mapping[str, np.ndarray] | None = None,
        lead_times: Mapping[str, np.ndarray] | None = None, *, most: int = MOST_STRETCHES,
    ) -> None:  # fmt: skip
        self.network, self.demand = network, np.asarray(demand, float)
        if self.demand.ndim != 2 or len(self.demand) != len(network.sales) or not (self.demand >= 0).all():
            raise ValueError(f"demand must be numbers of 0 or more of shape ({len(network.sales)}, periods)")
        self.periods = self.demand.shape[1]
        self.length = max(-(-self.periods // most), 1)
        self.stretches = -(-self.periods // self.length)
        self._clocks(lead_times or {})
        self._bounds_of_demand()
        self._build(coming or {})
        self.missing_anyway = float(self._missing().sum())
        self.lost_anyway = float(self._profit @ self._missing())

    # --- the programme

    def _clocks(self, lead_times: Mapping[str, np.ndarray]) -> None:
        """How far the clock of every stock and flow is put forward; what leads to no customer is left out."""
        flows = self.network.flows
        leads = [np.broadcast_to(np.asarray(lead_times.get(f.name, f.lead_time), np.int64), self.periods) for f in flows]
        usual = [int(np.median(lead)) if self.periods else 0 for lead in leads]
        ahead = dict.fromkeys((s.stock for s in self.network.sales), 0)
        changed = True
        while changed:
            changed = False
            for flow, lead in zip(flows, usual, strict=True):
                to = lead + min((ahead[s] for s in flow.gives if s in ahead), default=NEVER)
                for stock in flow.takes if to < NEVER else ():
                    if to < ahead.get(stock, NEVER):
                        ahead[stock], changed = to, True
        self.ahead = ahead
        used = [k for k, f in enumerate(flows) if any(s in ahead for s in f.gives)]
        clock = {k: usual[k] + min(ahead[s] for s in flows[k].gives if s in ahead) for k in used}
        for name, room in self.network.shared.items():  # what shares a capacity goes by one clock
            members = [k for k in used if flows[k].shared == name] if math.isfinite(room) else []
            clock |= dict.fromkeys(members, min((clock[k] for k in members), default=0))
        self.used = np.array(used, np.int64)
        self.leads = [leads[k] for k in used]
        self.flow_clock = np.array([clock[k] for k in used], np.int64)
        starts = np.arange(self.stretches) * self.length
        self.first = np.clip(starts - self.flow_clock[:, None], 0, self.periods)
        self.end = np.clip(starts + self.length - self.flow_clock[:, None], 0, self.periods)

    def _bounds_of_demand(self) -> None:
        starts = np.arange(self.stretches) * self.length
        self._from, self._to = starts, np.minimum(starts + self.length, self.periods)
        self._so_far = np.concatenate([np.zeros((len(self.demand), 1)), np.cumsum(self.demand, axis=1)], axis=1)
        self._asked = self._so_far[:, self._to] - self._so_far[:, self._from]
        self._profit = np.array([s.profit for s in self.network.sales], float)

    def _build(self, coming: Mapping[str, np.ndarray]) -> None:
        """Columns: flows, sales, stock at the end, each by stretch; rows: stocks and shared capacities by stretch."""
        network, n = self.network, self.stretches
        stocks = [s for s, units in network.stocks.items() if math.isfinite(units) and s in self.ahead]
        row = {s: i for i, s in enumerate(stocks)}
        n_flows, n_sales = len(self.used), len(network.sales)
        entries: list[tuple[np.ndarray, np.ndarray, float]] = []
        t = np.arange(n)
        for i, k in enumerate(self.used.tolist()):
            self._entries_of_flow(i, k, row, entries)
        for m, sale in enumerate(network.sales):
            if sale.stock in row:
                entries.append((row[sale.stock] * n + t, (n_flows + m) * n + t, -sale.kept))
        for s in range(len(stocks)):
            at = (n_flows + n_sales + s) * n
            entries += [(s * n + t, at + t, -1.0), (s * n + t[1:], at + t[:-1], 1.0)]
        there = np.zeros((len(stocks), n + 1))  # what comes after the end comes too late
        for stock, i in row.items():
            ahead = self.ahead[stock]
            there[i, min(ahead // self.length, n)] += network.stocks[stock]
            units = np.asarray(coming.get(stock, ()), float)[: self.periods]
            np.add.at(there[i], np.minimum((np.arange(len(units)) + ahead) // self.length, n), units)
        low, high = [-there[:, :n].ravel()], [-there[:, :n].ravel()]
        rows = len(stocks) * n
        for name, room in network.shared.items():
            members = [i for i, k in enumerate(self.used.tolist()) if network.flows[k].shared == name]
            if members and math.isfinite(room):
                entries += [(rows + t, i * n + t, 1.0) for i in members]
                low.append(np.full(n, -np.inf))
                high.append(room * (self.end - self.first)[members[0]].astype(float))
                rows += n
        self._pass(entries, np.concatenate([*low, []]), np.concatenate([*high, []]), n_flows, n_sales, len(stocks))

    def _entries_of_flow(self, i: int, k: int, row: Mapping[str, int], entries: list) -> None:
        """What a flow takes and gives, by stretch: taken as late and given as early as any of its periods would."""
        flow, n = self.network.flows[k], self.stretches
        live = np.flatnonzero(self.end[i] > self.first[i])
        if not len(live):
            return
        first, last = self.first[i, live], self.end[i, live] - 1
        for stock, units in flow.gives.items():
            if stock in row:
                due = np.arange(self.periods) + self.leads[i] + self.ahead[stock]
                at = np.minimum.reduceat(due[: last[-1] + 1], first) // self.length
                entries.append((row[stock] * n + at[at < n], i * n + live[at < n], units))
        for stock, units in flow.takes.items():
            if stock in row:
                at = (last + self.ahead[stock]) // self.length
                entries.append((row[stock] * n + at[at < n], i * n + live[at < n], -units))

    def _pass(self, entries: list, low: np.ndarray, high: np.ndarray, n_flows: int, n_sales: int, n_stocks: int) -> None:
        n = self.stretches
        columns = (n_flows + n_sales + n_stocks) * n
        i, j, v = (np.concatenate([np.broadcast_to(np.asarray(e[p]), e[0].shape) for e in entries] or [[]]) for p in range(3))
        matrix = csc_array((v.astype(float), (i.astype(int), j.astype(int))), shape=(len(low), columns))
        scale = float(self._profit.max(initial=0.0)) or 1.0
        cost = np.zeros(columns)
        cost[n_flows * n : (n_flows + n_sales) * n] = -np.repeat(
            np.where(self._profit > 0, self._profit / scale, NOTHING), n
        )
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_, lp.col_cost_ = columns, len(low), cost
        lp.row_lower_, lp.row_upper_ = low, high
        self._usual = self._highest(np.ones(n_flows), np.ones(n_sales), 0)
        upper = np.full(columns, np.inf)
        upper[: len(self._usual)] = self._usual
        lp.col_lower_, lp.col_upper_ = np.zeros(columns), upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
        self._solver = _Highs()
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.passModel(lp)
        self._solve()
        self._basis = self._solver.getBasis()
        self._last: tuple[tuple[Lost, int], tuple[np.ndarray, float], Any] | None = None
        self._least = self._solver.getObjectiveValue()
        self._slack = SERVED * float(self._asked.sum()) * max(float(-cost.min(initial=0.0)), NOTHING)

    def _highest(self, flows: np.ndarray, sales: np.ndarray, periods: int) -> np.ndarray:
        """Most units of every flow and sale by stretch, where shares of them are left for so many periods."""
        out = np.clip(np.minimum(self.end, periods) - self.first, 0, None)
        works = (self.end - self.first - out) + out * flows[:, None]
        capacity = np.array([self.network.flows[k].capacity for k in self.used], float)[:, None]
        some = works > 0
        most = np.where(some, np.where(some, works, 1.0) * capacity, 0.0)  # what has no limit has none until all of it is out
        hit = self._so_far[:, np.minimum(self._to, periods)] - self._so_far[:, np.minimum(self._from, periods)]
        return np.concatenate([most.ravel(), (self._asked - hit * (1 - sales[:, None])).ravel()])

    def _solve(self) -> bool:
        """Solve it; returns whether there is a solution below the bound."""
        self._solver.run()
        status = self._solver.getModelStatus()
        done = highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty
        if status not in (*done, highspy.HighsModelStatus.kObjectiveBound):
            raise RuntimeError(f"the programme over periods was not solved: {self._solver.modelStatusToString(status)}")
        return status in done

    def _with(self, lost: Lost, periods: int, bound: float = np.inf) -> tuple[np.ndarray, float]:
        """Units that every sale lacks, and the objective, with an outage; infinite where the objective is above the bound."""
        flows, sales, _ = what_is_left(self.network, lost)
        highest = self._highest(flows[self.used], sales, periods)
        at = np.flatnonzero(highest != self._usual).astype(np.int32)
        none = np.zeros(len(at))
        self._solver.setOptionValue("objective_bound", bound)
        self._solver.changeColsBounds(len(at), at, none, highest[at])
        try:
            found = self._solve()
            return self._missing(), self._solver.getObjectiveValue() if found else math.inf
        finally:
            self._solver.changeColsBounds(len(at), at, none, self._usual[at])

    def _from_calm(self, lost: Lost, periods: int) -> tuple[np.ndarray, float]:
        """The same from the solution without an outage, so that no answer depends on those before it; the last is kept."""
        if self._last is None or self._last[0] != (lost, periods):
            self._solver.setBasis(self._basis)
            found = self._with(lost, periods)
            self._last = (copy(lost), periods), found, self._solver.getBasis()
        return self._last[1]

    def _missing(self) -> np.ndarray:
        """Units that every sale lacks [units]."""
        found = np.array(self._solver.getSolution().col_value, float)[len(self.used) * self.stretches :]
        return np.maximum(self._asked - found[: self._asked.size].reshape(self._asked.shape), 0.0).sum(axis=1)

    # --- answers

    def impact(self, lost: Lost, periods: int) -> Impact:
        """Least profit lost from the first period to the last, with an outage in the first so many.

        Parameters
        ----------
        lost
            Nodes or flows that are out; or each with the share of it that is lost.
        periods
            Length of the outage [periods].
        """
        missing, _ = self._from_calm(lost, int(periods))
        units = {s.name: float(u) for s, u in zip(self.network.sales, missing, strict=True)}
        return Impact(float(self._profit @ missing), units, {}, {})

    def cap(self, lost: Lost) -> int:
        """Longest outage of which the consequences are seen before the last period [periods]."""
        flows, sales, _ = what_is_left(self.network, lost)
        clocks = [0] if (sales < 1).any() else self.flow_clock[flows[self.used] < 1].tolist()
        return max(self.periods - min(clocks, default=0), 0)

    def survives(self, lost: Lost, most: float = math.inf, likely: float = math.inf) -> float:
        """Longest outage that adds nothing to what customers go without, in it or later [whole periods].

        Parameters
        ----------
        lost
            As for :meth:`impact`.
        most
            What is known to be too long or just long enough, such as the time to survive without lead times [periods].
        likely
            A length that is tried first, such as the time to recover [periods].

        Returns
        -------
        float
            Infinite where no outage is too long that is over early enough for its consequences
            to be seen (:meth:`cap`).
        """
        cap, bound = self.cap(lost), self._least + self._slack
        low, high, basis = 0, int(min(most, cap)) + 1, self._basis
        if low < likely < high:
            if self._from_calm(lost, int(likely))[1] <= bound:
                low, basis = int(likely), self._last[2]
            else:
                high = int(likely)
        while high - low > 1:  # most of those that last to the cap last for ever
            tried = cap if high > cap else (low + high) // 2
            self._solver.setBasis(basis)  # of the longest that lasts: one that does not is far from all that do
            if self._with(lost, tried, bound)[1] <= bound:
                low, basis = tried, self._solver.getBasis()
            else:
                high = tried
        return math.inf if low >= cap else float(low)
