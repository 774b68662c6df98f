"""Which plants to open: facility location as a mixed integer programme, solved by HiGHS.

A *plant* here is a place with a size: the same place may stand several times, with other
capacities and fixed costs (economies of scale), and at most one of them is opened.  A *need* is
a market, or a market's need of one product.

    least  Σ f_p y_p + Σ c_pj d_j x_pj + Σ l_j d_j z_j
    where  Σ_p x_pj + z_j = 1,   x_pj ≤ y_p,   Σ_j d_j x_pj ≤ k_p y_p,   Σ_{p of a place} y_p ≤ 1

That is the uncapacitated and the capacitated facility location problem, and with `exactly` and no
fixed costs the p-median problem (Daskin, *Network and Discrete Location*, 2013; Snyder & Shen, ch. 8).

HiGHS alone takes minutes for the capacitated problem with thousands of needs.  So a Lagrangian
bound goes before it (the demand constraints are relaxed, subgradient steps; Cornuejols, Fisher &
Nemhauser 1977): it gives a good answer, a bound, and a proof for most plants that they are open in
no better answer.  HiGHS closes what is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

import highspy
import numpy as np
from highspy._core import _Highs  # the solver itself: its wrapper in Python prints a banner whenever it is made
from highspy._core.cb import HighsCallbackType
from scipy.sparse import coo_array

from twinkit.inventory.arguments import zero_or_more
from twinkit.run.engines import stop_if

STEPS = 300
"""Subgradient steps at most."""
PARTS = 100
"""Parts of the work that a progress is told of: a third the bound, the rest the programme."""
NOT_ENOUGH = "no network can serve all that must be served: allow more capacity or more plants, or give a cost of what is lost"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plants:
    """What may be opened.

    Attributes
    ----------
    names
        Name of each plant, shape (P,).
    fixed
        Cost of it being open, shape (P,) [money/period].
    cost
        Cost of serving a need from it: made, moved, taxed, shape (P, J) [money/unit]; infinite where it cannot.
    demand
        Of each need, shape (J,) [units/period].
    capacity
        Shape (P,) [units/period]; infinite where there is no limit.
    place
        Place of each plant, shape (P,); by default a place of its own.
    lost
        Cost of a unit that nobody serves, shape (J,) [money/unit]; infinite (the default): all must be served.
    """

    names: Sequence[str]
    fixed: np.ndarray
    cost: np.ndarray
    demand: np.ndarray
    capacity: np.ndarray = field(default_factory=lambda: np.empty(0))
    place: Sequence[Any] = ()
    lost: np.ndarray | float = math.inf

    def __post_init__(self) -> None:
        n = len(self.names)
        fill = object.__setattr__
        fill(self, "fixed", np.asarray(self.fixed, float))
        fill(self, "cost", np.asarray(self.cost, float).reshape(n, -1))
        fill(self, "demand", np.asarray(self.demand, float).ravel())
        fill(self, "capacity", np.full(n, np.inf) if np.size(self.capacity) == 0 else np.asarray(self.capacity, float))
        fill(self, "place", list(self.place) or list(range(n)))
        fill(self, "lost", np.broadcast_to(np.asarray(self.lost, float), self.demand.shape))
        if not n or self.fixed.shape != (n,) or self.capacity.shape != (n,) or len(self.place) != n or self.cost.shape != (n, len(self.demand)):
            raise ValueError(f"plants: {n} names, {self.fixed.size} fixed costs, {self.capacity.size} capacities, costs of shape "
                             f"{self.cost.shape}, {self.demand.size} needs: these must fit together")  # fmt: skip
        if np.isnan(self.cost).any() or np.isneginf(self.cost).any() or np.isnan(self.capacity).any():
            raise ValueError("cost, capacity: must be numbers (infinite where a plant cannot serve, or has no limit)")
        if not np.isfinite(self.fixed).all():
            raise ValueError("fixed: must be finite numbers")
        zero_or_more(least_demand=float(self.demand.min(initial=0.0)), least_capacity=float(np.min(self.capacity)) if np.isfinite(self.capacity).any() else 0.0)
        alone = [j for j in range(len(self.demand)) if self.demand[j] > 0 and not np.isfinite(self.cost[:, j]).any() and not math.isfinite(self.lost[j])]
        if alone:
            raise ValueError(f"{len(alone)} of the needs (the first is number {alone[0] + 1}) can be served by no plant: open a way, or give a cost of what is lost")

    @property
    def limited(self) -> bool:
        """Whether any plant has a capacity that can matter."""
        return bool((self.capacity < self.demand.sum() * (1 - 1e-12)).any())


@dataclass(frozen=True)
class Network:
    """Plants that are opened, and what they serve.

    Attributes
    ----------
    plants
        What was asked.
    open
        Positions of the plants that are open, in ascending order.
    flows
        Units that each plant sends to each need, shape (P, J) [units/period].
    cost, bound
        Cost of it, and what no network can cost less than [money/period].
    """

    plants: Plants
    open: tuple[int, ...]
    flows: np.ndarray
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """By how much it may be above the least cost, at most [share of the cost]."""
        return max(self.cost - self.bound, 0.0) / max(abs(self.cost), 1e-12)

    @property
    def names(self) -> list[str]:
        """Names of the open plants."""
        return [self.plants.names[p] for p in self.open]

    @property
    def unserved(self) -> np.ndarray:
        """Units of each need that nobody serves, shape (J,) [units/period]."""
        return np.maximum(self.plants.demand - self.flows.sum(axis=0), 0.0)

    @property
    def fixed_cost(self) -> float:
        """Cost of the plants being open [money/period]."""
        return float(self.plants.fixed[list(self.open)].sum())


def best_network(
    plants: Plants, *, exactly: int | None = None, must_open: Sequence[int] = (), closed: Sequence[int] = (), gap: float = 1e-6,
    seconds: float = 600.0, progress: Progress | None = None, cancel: Event | None = None,
) -> Network:  # fmt: skip
    """The network of least cost.

    Parameters
    ----------
    plants
        What may be opened.
    exactly
        How many are open; by default as many as it pays.
    must_open, closed
        Positions of plants that are open, or closed, in any case.
    gap
        By how much the answer may be above the least cost [share].
    seconds
        Time after which the best answer that was found is given, with its gap [s].
    progress, cancel
        Called with parts done and parts in all; set it to stop.

    Raises
    ------
    ValueError
        If no network can serve what must be served.
    Cancelled
        If it was cancelled.

    Examples
    --------
    >>> found = best_network(Plants(["north", "south"], [10.0, 12.0], [[1.0, 5.0], [4.0, 1.0]], [3.0, 4.0]))
    >>> found.names, found.cost
    (['south'], 28.0)
    """
    allowed = np.ones(len(plants.names), bool)
    allowed[list(closed)] = False
    tell = progress or (lambda done, total: None)
    most = len({place for place, may in zip(plants.place, allowed, strict=True) if may})
    if exactly is not None and not len(set(must_open)) <= exactly <= most:
        raise ValueError(f"exactly = {exactly!r}: must be from {len(set(must_open))} to {most}, the places where a plant may be open")
    if not allowed[list(must_open)].all() or len({plants.place[p] for p in must_open}) < len(set(must_open)):
        raise ValueError("must_open, closed: a plant cannot be both, and of one place a single plant is open")
    search = _Search(plants, allowed, tuple(must_open), exactly)
    if search.most() < float(plants.demand[~np.isfinite(plants.lost)].sum()) * (1 - 1e-12):
        raise ValueError(NOT_ENOUGH)
    search.bound_from_below(gap, tell, cancel)
    if search.best is not None and search.upper - search.lower <= gap * abs(search.upper):
        found = search.answer(search.lower)
    else:
        found = search.programme(gap, seconds, tell, cancel)
    tell(PARTS, PARTS)
    return found


def network_of(plants: Plants, opened: Sequence[int]) -> Network:
    """The cheapest way to serve the needs from given plants.

    Raises
    ------
    ValueError
        If they cannot serve what must be served.
    """
    opened = tuple(sorted(opened))
    search = _Search(plants, np.isin(np.arange(len(plants.names)), opened), opened, len(opened))
    found = search.served(opened)
    if found is None:
        raise ValueError("these plants cannot serve all that must be served: open more, or give a cost of what is lost")
    return found


class _Search:
    """A search: bounds from below and above, and the programme for what they leave open."""

    def __init__(self, plants: Plants, allowed: np.ndarray, must: tuple[int, ...], exactly: int | None) -> None:
        self.plants, self.must, self.exactly = plants, must, exactly
        self.allowed = allowed
        self.lower, self.upper, self.best = -math.inf, math.inf, None
        place = {name: i for i, name in enumerate(dict.fromkeys(plants.place))}
        self.place = np.array([place[name] for name in plants.place])
        self.single = len(place) == len(plants.names)
        self.limited = plants.limited

    def most(self) -> float:
        """Largest capacity of all networks: of each place its largest plant, of so many places as may be open [units/period]."""
        largest = np.zeros(self.place.max() + 1)
        np.maximum.at(largest, self.place[self.allowed], self.plants.capacity[self.allowed])
        return float(np.sort(largest)[::-1][: self.exactly].sum())

    # --- answers for given plants

    def served(self, opened: tuple[int, ...]) -> Network | None:
        """The cheapest service from some plants; None if they cannot serve all."""
        p, at = self.plants, list(opened)
        total = p.demand.sum()
        if not at and (p.demand[~np.isfinite(p.lost)] > 0).any():
            return None
        flows = np.zeros(p.cost.shape)
        if not (p.capacity[at] < total).any():
            nearest = np.argmin(p.cost[at], axis=0) if at else np.zeros(len(p.demand), int)
            price = p.cost[at][nearest, np.arange(len(p.demand))] if at else np.full(len(p.demand), np.inf)
            price = np.minimum(price, p.lost)
            here = (price < p.lost) & (p.demand > 0)
            if at:
                flows[np.array(at)[nearest[here]], np.flatnonzero(here)] = p.demand[here]
            served = p.demand > 0
            cost = float(p.fixed[at].sum() + (price[served] * p.demand[served]).sum())
            return Network(p, opened, flows, cost, -math.inf) if math.isfinite(cost) else None
        model = _Model(p, np.isin(np.arange(len(p.names)), at), opened, None, self.place, whole=False)
        if not model.solve():
            return None
        return model.network(-math.inf)

    def take(self, opened: Sequence[int]) -> None:
        """Remember an answer if it is the best so far."""
        found = self.served(tuple(sorted(opened)))
        if found is not None and found.cost < self.upper:
            self.best, self.upper = found, found.cost

    # --- the Lagrangian bound

    def bound_from_below(self, gap: float, tell: Progress, cancel: Event | None) -> None:
        """Subgradient steps on the price of each need; takes good answers on the way, and closes plants."""
        p = self.plants
        finite = np.where(np.isfinite(p.cost), p.cost, np.inf)
        two = np.sort(np.where(self.allowed[:, None], finite, np.inf), axis=0)
        price = np.minimum(np.where(np.isfinite(two[min(1, len(two) - 1)]), two[min(1, len(two) - 1)], two[0]), p.lost)
        price = np.where(np.isfinite(price), price, 0.0)
        step, since, best_price = 1.0, 0, price
        chosen: tuple[int, ...] = ()
        tried: set[tuple[int, ...]] = set()
        for k in range(STEPS):
            stop_if(cancel)
            value, taken = self._relaxed(price)
            opened = self._chosen(value)
            lower = float((price * p.demand).sum() + value[opened].sum())
            if lower > self.lower + 1e-9 * abs(self.lower if math.isfinite(self.lower) else 0.0):
                since = since if math.isfinite(self.lower) and lower < self.lower + 1e-5 * abs(self.lower) else 0
                self.lower, best_price = lower, price
            since += 1
            if since > 15:
                step, since, price = step / 2, 0, best_price
                continue
            chosen = tuple(sorted(opened))
            if k % (10 if self.limited else 3) == 0 and chosen not in tried:
                tried.add(chosen)
                self.take(self._enough(chosen))
            if self.upper - self.lower <= gap * abs(self.upper) or step < 1e-3:
                break
            direction = p.demand - taken[opened].sum(axis=0)
            size = float((direction**2).sum())
            if size == 0:
                break
            above = self.upper if math.isfinite(self.upper) else self.lower + 0.1 * abs(self.lower)
            price = np.minimum(price + step * max(above - lower, 1e-6 * abs(above)) / size * direction, p.lost)
            tell(k * PARTS // (3 * STEPS), PARTS)
        if self.best is not None and not self.limited:
            self._swap(cancel)
        value, _ = self._relaxed(best_price)
        self._close(value)

    def _relaxed(self, price: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Value of opening each plant at given prices of the needs, and what it would send, shape (P, J)."""
        p = self.plants
        reduced = np.where(np.isfinite(p.cost), p.cost - price, 0.0)
        if not self.limited:
            taken = np.where(reduced < 0, p.demand, 0.0)
        else:
            order = np.argsort(reduced, axis=1)
            wanted = np.where(np.take_along_axis(reduced, order, 1) < 0, p.demand[order], 0.0)
            before = np.cumsum(wanted, axis=1) - wanted
            got = np.clip(p.capacity[:, None] - before, 0.0, wanted)
            taken = np.zeros_like(reduced)
            np.put_along_axis(taken, order, got, 1)
        return p.fixed + (reduced * taken).sum(axis=1), taken

    def _chosen(self, value: np.ndarray) -> np.ndarray:
        """Plants of the relaxed problem: those of negative value, the best of each place, as many as are asked for."""
        value = np.where(self.allowed, value, np.inf)
        value[list(self.must)] = -np.inf
        order = np.argsort(value, kind="stable")
        if not self.single:
            _, first = np.unique(self.place[order], return_index=True)
            order = order[np.sort(first)]
        most = int((value[order] < 0).sum()) if self.exactly is None else self.exactly
        return order[:most]

    def _enough(self, opened: tuple[int, ...]) -> list[int]:
        """The same plants with more, where their capacity is not enough or none is open; the cheapest by capacity first."""
        p, found = self.plants, list(opened)
        if math.isfinite(p.lost.max(initial=-math.inf)):
            return found
        need = p.demand.sum()
        with np.errstate(divide="ignore", invalid="ignore"):
            order = np.argsort(np.where(self.allowed, p.fixed / np.minimum(p.capacity, need), np.inf), kind="stable")
        for i in order:
            if (found and p.capacity[found].sum() >= need) or self.exactly is not None:
                break
            if self.allowed[i] and self.place[i] not in self.place[found]:
                found.append(int(i))
        return found

    def _swap(self, cancel: Event | None) -> None:
        """Open, close and exchange single plants while that makes it cheaper."""
        better = True
        others = np.flatnonzero(self.allowed)
        while better and not (cancel is not None and cancel.is_set()):
            before, now = self.upper, set(self.best.open)
            moves = [now ^ {int(i)} for i in others] if self.exactly is None else []
            moves += [now - {i} | {int(j)} for i in now for j in others if j not in now] if len(now) * len(others) < 5000 else []
            costs = [(self._cost(m), tuple(sorted(m))) for m in moves if set(self.must) <= m and (self.single or len({self.place[i] for i in m}) == len(m))]
            if costs and min(costs)[0] < before:
                self.take(min(costs)[1])
            better = self.upper < before - 1e-9 * abs(before)

    def _cost(self, opened: set[int]) -> float:
        """Cost of plants without limits."""
        p, at = self.plants, sorted(opened)
        price = np.minimum(p.cost[at].min(axis=0) if at else np.inf, p.lost)
        return float(p.fixed[at].sum() + price[p.demand > 0] @ p.demand[p.demand > 0])

    def _close(self, value: np.ndarray) -> None:
        """Close plants that no better answer can open: with them even the bound is above the best answer."""
        if not math.isfinite(self.upper) or not math.isfinite(self.lower):
            return
        chosen = self._chosen(value)
        last = 0.0
        if self.exactly is not None:
            free = [i for i in chosen if i not in self.must]
            last = float(max((value[i] for i in free), default=math.inf))
        for i in np.flatnonzero(self.allowed):
            if i in chosen or i in self.must or i in self.best.open:
                continue
            gives_way = min((value[j] for j in chosen if self.place[j] == self.place[i]), default=last)
            if self.lower - max(gives_way, last if self.exactly is not None else gives_way) + value[i] > self.upper * (1 + 1e-9) + 1e-9:
                self.allowed[i] = False

    # --- the programme

    def programme(self, gap: float, seconds: float, tell: Progress, cancel: Event | None) -> Network:
        """HiGHS on the plants that are left."""
        start = self.best
        for again in (False, True):  # HiGHS may call a start the best answer that is none (seen in 1.16): then without a start
            model = _Model(self.plants, self.allowed, self.must, self.exactly, self.place, whole=True)
            model.watch(gap, seconds, tell, cancel, None if again else start)
            if not model.solve():
                stop_if(cancel)
                break
            found = model.network(max(self.lower, model.bound))
            if self.best is None or found.cost < self.best.cost:
                self.best, self.upper = found, found.cost
            if start is None or not model.proven or self.upper - model.bound <= max(2 * gap, 1e-9) * abs(self.upper) + 1e-9:
                break
        if self.best is None:
            raise ValueError(NOT_ENOUGH)
        return self.answer(max(self.lower, model.bound))

    def answer(self, bound: float) -> Network:
        """The best answer so far, with what is known from below."""
        return replace(self.best, bound=bound)


class _Model:
    """The programme in HiGHS: shares of each need by plant, what is lost, and whether a plant is open."""

    def __init__(
        self, plants: Plants, allowed: np.ndarray, must: Sequence[int], exactly: int | None, place: np.ndarray, whole: bool,
    ) -> None:  # fmt: skip
        self.plants = p = plants
        self.at = np.flatnonzero(allowed)
        needs = np.flatnonzero(p.demand > 0)
        self.i, self.j = (a.ravel() for a in np.meshgrid(np.arange(len(self.at)), np.arange(len(needs)), indexing="ij"))
        real = np.isfinite(p.cost[self.at[self.i], needs[self.j]])
        self.i, self.j, self.needs = self.i[real], self.j[real], needs
        lost = np.flatnonzero(np.isfinite(p.lost[needs]))
        self.x, self.n = len(self.i), len(self.at)
        nx, n, m = self.x, self.n, len(needs)
        share = p.demand[needs]
        cost = np.concatenate([p.cost[self.at[self.i], needs[self.j]] * share[self.j], p.fixed[self.at], p.lost[needs[lost]] * share[lost]])
        entries = [(self.j, np.arange(nx), np.ones(nx)), (lost, nx + n + np.arange(len(lost)), np.ones(len(lost)))]
        low, high = [np.ones(m)], [np.ones(m)]
        row = m
        if whole:  # a share is at most that a plant is open
            entries += [(row + np.arange(nx), np.arange(nx), np.ones(nx)), (row + np.arange(nx), nx + self.i, -np.ones(nx))]
            low.append(np.full(nx, -np.inf))
            high.append(np.zeros(nx))
            row += nx
        limits = np.flatnonzero(p.capacity[self.at] < share.sum())
        if len(limits):
            where = np.full(n, -1)
            where[limits] = np.arange(len(limits))
            bound = where[self.i] >= 0
            size = np.maximum(p.capacity[self.at], 1e-12)
            entries += [(row + where[self.i[bound]], np.flatnonzero(bound), share[self.j[bound]] / size[self.i[bound]]), (row + np.arange(len(limits)), nx + limits, -np.ones(len(limits)))]
            low.append(np.full(len(limits), -np.inf))
            high.append(np.zeros(len(limits)))
            row += len(limits)
            if not len(lost):
                usable = np.minimum(p.capacity[self.at], share.sum())
                entries.append((np.full(n, row), nx + np.arange(n), usable / share.sum()))
                low.append(np.ones(1) * (1 - 1e-12))
                high.append(np.full(1, np.inf))
                row += 1
        places, which = np.unique(place[self.at], return_inverse=True)
        if len(places) < n:
            entries.append((row + which, nx + np.arange(n), np.ones(n)))
            low.append(np.full(len(places), -np.inf))
            high.append(np.ones(len(places)))
            row += len(places)
        if exactly is not None:
            entries.append((np.full(n, row), nx + np.arange(n), np.ones(n)))
            low.append(np.full(1, float(exactly)))
            high.append(np.full(1, float(exactly)))
            row += 1
        r, c, v = (np.concatenate([np.asarray(e[k]) for e in entries]) for k in range(3))
        matrix = coo_array((v, (r, c)), shape=(row, nx + n + len(lost))).tocsc()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_, lp.col_cost_ = matrix.shape[1], row, cost
        lp.row_lower_, lp.row_upper_ = np.concatenate(low), np.concatenate(high)
        lower, upper = np.zeros(matrix.shape[1]), np.ones(matrix.shape[1])
        lower[nx + np.flatnonzero(np.isin(self.at, list(must)))] = 1.0
        lp.col_lower_, lp.col_upper_ = lower, upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
        self.whole = whole
        if whole:
            kinds = highspy.HighsVarType
            lp.integrality_ = [kinds.kContinuous] * nx + [kinds.kInteger] * n + [kinds.kContinuous] * len(lost)
        self.solver = _Highs()
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", 1)
        self.solver.passModel(lp)
        self.bound = -math.inf

    def watch(self, gap: float, seconds: float, tell: Progress, cancel: Event | None, start: Network | None) -> None:
        """How well and how long it is solved, who is told, and where it starts."""
        self.solver.setOptionValue("mip_rel_gap", gap)
        self.solver.setOptionValue("time_limit", seconds)
        reached = [PARTS // 3]

        def look(kind: Any, message: str, out: Any, back: Any, data: Any) -> None:
            if cancel is not None and cancel.is_set():
                back.user_interrupt = True
            if kind == HighsCallbackType.kCallbackMipInterrupt and math.isfinite(out.mip_gap) and out.mip_gap < 1:
                near = 1 + math.log10(max(out.mip_gap, gap, 1e-9)) / max(-math.log10(max(gap, 1e-9)), 1.0)
                reached[0] = max(reached[0], min(PARTS - 1, PARTS // 3 + int((1 - near) * PARTS * 2 / 3)))
            tell(reached[0], PARTS)

        self.solver.setCallback(look, None)
        for kind in (HighsCallbackType.kCallbackMipInterrupt, HighsCallbackType.kCallbackSimplexInterrupt):
            self.solver.startCallback(kind)
        if start is not None and np.isin(start.open, self.at).all():
            solution = highspy.HighsSolution()
            share = start.flows[np.ix_(self.at, self.needs)] / self.plants.demand[self.needs]
            rest = np.isfinite(self.plants.lost[self.needs])
            solution.col_value = list(np.concatenate([share[self.i, self.j], np.isin(self.at, start.open).astype(float), np.clip(1 - share.sum(axis=0), 0, 1)[rest]]))
            self.solver.setSolution(solution)

    def solve(self) -> bool:
        """Solve it; whether there is an answer."""
        self.solver.run()
        status, kinds = self.solver.getModelStatus(), highspy.HighsModelStatus
        if self.whole:
            self.bound, self.proven = self.solver.getInfo().mip_dual_bound, status == kinds.kOptimal
            return status in (kinds.kOptimal, kinds.kTimeLimit) and self.solver.getInfo().primal_solution_status == 2
        return status == kinds.kOptimal

    def network(self, bound: float) -> Network:
        """The answer; the flows of a programme are solved again for the plants that it opens, so that they are exact."""
        p, value = self.plants, np.array(self.solver.getSolution().col_value, float)
        opened = tuple(int(i) for i in self.at[value[self.x : self.x + self.n] > 0.5])
        if self.whole:
            found = network_of(p, opened)
            return replace(found, bound=bound)
        flows = np.zeros(p.cost.shape)
        flows[self.at[self.i], self.needs[self.j]] = np.clip(value[: self.x], 0.0, 1.0) * p.demand[self.needs[self.j]]
        return Network(p, opened, flows, self.solver.getObjectiveValue(), bound)
