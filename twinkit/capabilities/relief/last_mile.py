"""The last mile: tours of vehicles that bring everybody a kit with few vehicle hours (PyVRP).

First every depot is given the places, and the kits for them, that need the fewest hours of driving to and fro (a transport problem,
HiGHS); then its tours are found by PyVRP, a hybrid of local search and chance for vehicle routing (Wouda, Lan & Kool 2024, INFORMS Journal on
Computing 36(4)); then its vehicles drive the tours that reach the most people an hour first (Smith's rule, 1956).  The result is good; that
no other is better is not proven.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from threading import Event

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from twinkit.capabilities.relief.vehicles import Task
from twinkit.capabilities.relief.waiting import WATER_2016
from twinkit.capabilities.relief.who_first import require_relief, task_of
from twinkit.run.engines import one_by_one
from twinkit.run.public import Result, study
from twinkit.study.asked import remembered
from twinkit.tables.case import Case, CaseLike
from twinkit.words import amount, counted, digits, listed, percent

GRAIN = 1000
"""Parts of an hour, or of another unit of distance, that PyVRP, which counts in whole numbers, is told of."""


def tours_of(ways: np.ndarray, wanted: np.ndarray, carries: float, iterations: int = 1000, seed: int = 1) -> list[list[int]]:
    """Tours from one depot that bring every stop what it wants, with the least way in all: the capacitated vehicle routing problem.

    Parameters
    ----------
    ways
        Between the depot (0) and the stops (1 …), shape (n + 1, n + 1); infinite where there is none.
    wanted
        By stop, none more than `carries`.
    carries
        Of a vehicle; there are as many tours as it takes.
    iterations, seed
        Of PyVRP's search.

    Returns
    -------
    list of list of int
        The stops of each tour in their order.
    """
    import pyvrp

    model = pyvrp.Model()
    places = [model.add_location(0, 0) for _ in range(len(ways))]
    depot = model.add_depot(places[0])
    for place, units in zip(places[1:], wanted, strict=True):
        model.add_client(place, delivery=math.ceil(units))
    model.add_vehicle_type(len(wanted), capacity=math.floor(carries), start_depot=depot, end_depot=depot)
    for i, j in zip(*np.nonzero(np.isfinite(ways)), strict=True):
        if i != j:
            model.add_edge(places[i], places[j], distance=round(float(ways[i, j]) * GRAIN))
    found = model.solve(pyvrp.stop.MaxIterations(iterations), seed=seed, collect_stats=False, display=False)
    return [[one.idx + 1 for one in route.schedule() if one.is_client()] for route in found.best.routes()]


@dataclass(frozen=True, eq=False, repr=False)
class Tours(Result):
    """Tours that bring everybody a kit, as far as kits go.

    Attributes
    ----------
    case, task
        What was looked at.
    tours
        A row for each: depot, vehicle, hours at which it leaves and is back, kits, stops in their order (place, hour, kits).
    people, served
        By place: in need, and those of them whom a tour reaches within the time that is looked at.
    alone
        Hours of vehicles if each place were driven to alone [h].
    """

    case: Case
    task: Task
    tours: pd.DataFrame
    people: np.ndarray
    served: np.ndarray
    alone: float

    @property
    def hours(self) -> float:
        """Hours of vehicles in all tours, unloading among them [h]."""
        return float((self.tours["back"] - self.tours["leaves"]).sum())

    def table(self) -> pd.DataFrame:
        """A row for each tour, as a driver reads it."""
        rows = self.tours.copy()
        rows["stops"] = [", ".join(f"{place} ({amount(kits)})" for place, _, kits in stops) for stops in rows["stops"]]
        return rows

    def headline(self) -> str:
        """What was planned."""
        return f"{counted(len(self.tours), 'tour')} from {counted(len(self.task.depots), 'depot')}; .table()"

    def sentences(self) -> list[str]:
        """What is handed to those who drive."""
        if self.tours.empty:
            return ["There is nothing to bring, or nothing to bring it with."]
        last = max(hour for stops in self.tours["stops"] for _, hour, _ in stops)
        said = [f"With all roads open and as many people as the table says, {counted(len(self.tours), 'tour')} bring {percent(self.served.sum() / max(self.people.sum(), 1.0))} of the people in need a kit; the last one is there after {digits(last)} hours."]
        saved = self.alone - self.hours
        said.append(f"Vehicles are under way for {amount(self.hours, 'hours')}" + (f", {amount(saved, 'hours')} less than if each place were driven to alone." if saved > 1e-6 else "; no place can be joined to another with less driving."))
        missed = self.people - self.served
        if missed.sum() > 0.5:
            where = [f"{self.task.places[p]} ({amount(missed[p])})" for p in np.argsort(-missed, kind="stable") if missed[p] > 0.5]
            said.append(f"In {digits(self.task.horizon)} hours nothing reaches {amount(missed.sum(), 'people')}: {listed(where)}. Kits, roads or vehicles are too few.")
        return said


@partial(study, limits={"days": (0.25, 60), "iterations": (1, 1_000_000)})
def plan_tours(
    case: CaseLike, days: float = 5.0, product: str = "", iterations: int = 500, seed: int | None = None,
    *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Tours:  # fmt: skip
    """Plan tours that bring everybody in need a kit with few vehicle hours.

    No chance is in it: as many people as the table says, and every road open.  What happens where roads are cut and numbers are not
    known is the question of :func:`~twinkit.who_gets_help_first`.

    Parameters
    ----------
    case
        A case with the tables `in_need`, `fleets` and `roads`; `byroads` join places.
    days
        That are looked at [days].
    product
        Which product the kits are; it need not be said where depots keep one alone.
    iterations, seed
        Of PyVRP's search, for each depot.
    progress, cancel
        As for :func:`twinkit.ensemble`; depots are counted.

    Raises
    ------
    CaseError
        If a table has no rows, or the product is not kept.
    ImportError
        If PyVRP is not installed: ``pip install "twinkit[relief]"``.

    Examples
    --------
    >>> import twinkit
    >>> found = twinkit.plan_tours("cyclone", iterations=20)
    >>> found.hours < found.alone
    True
    """
    if find_spec("pyvrp") is None:
        raise ImportError("tours are found by PyVRP, which is not installed: pip install 'twinkit[relief]'")
    product = require_relief(case, product)
    seed = int(case.settings["seed"] if seed is None else seed)
    task = task_of(case, 24.0 * days, WATER_2016, product)
    people = np.round(case["in_need"]["people"].to_numpy(float))
    comes = [[(t, kits) for t, d, kits in task.arrivals if d == i] for i in range(len(task.depots))]
    given = _share_out(task, people, np.array([sum(kits for t, kits in one if t < task.horizon) for one in comes]))
    rows, served, alone = [], np.zeros(len(people)), 0.0
    for d in one_by_one(range(len(task.depots)), progress, cancel):
        legs = _legs(task, given[d], d, iterations, seed)
        alone += float(np.ceil(given[d] / task.load[d])[given[d] > 0] @ (2 * task.hours[d] + task.unloading[d])[given[d] > 0])
        for vehicle, leaves, stops in _timetable(task, d, legs, comes[d]):
            at, before, made = leaves, -1, []
            for p, kits in stops:
                at += float(task.hours[d, p]) if before < 0 else float(task.unloading[d] + task.onward[before, p])
                made.append((task.places[p], at, kits))
                served[p] += kits if at < task.horizon else 0.0
                before = p
            back = at + float(task.unloading[d] + task.hours[d, before])
            rows.append({"depot": task.depots[d], "vehicle": vehicle + 1, "leaves": leaves, "back": back, "kits": sum(k for _, k in stops), "stops": made})
    columns = ["depot", "vehicle", "leaves", "back", "kits", "stops"]
    found = Tours(case, task, pd.DataFrame(rows, columns=columns), people, served, alone)
    return remembered(found, "plan_tours", case=case, days=days, product=product, iterations=iterations, seed=seed)


def _share_out(task: Task, people: np.ndarray, kits: np.ndarray) -> np.ndarray:
    """Kits of each depot for each place, shape (depots, places): as many as there are, then with the least driving to and fro."""
    n, m = task.hours.shape
    trip = (2 * task.hours + task.unloading[:, None]) / task.load[:, None]
    usable = np.isfinite(trip) & (task.vehicles[:, None] > 0)
    worth = 2 * float(trip[usable].max(initial=1.0))  # a person with a kit is worth any drive
    cost = np.where(usable, trip - worth, 0.0).ravel()
    limits = [(0.0, None if ok else 0.0) for ok in usable.ravel()]
    sums = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    solved = linprog(cost, A_ub=sums, b_ub=[*np.floor(kits), *people], bounds=limits, method="highs-ds")
    return np.round(solved.x.reshape(n, m))


def _legs(task: Task, given: np.ndarray, d: int, iterations: int, seed: int) -> list[list[tuple[int, float]]]:
    """Tours of a depot as places and kits: full loads go straight to and fro, what is left is joined to tours."""
    carries = math.floor(task.load[d])
    full, rest = np.divmod(given, carries)
    found = [[(p, float(carries))] for p in range(len(given)) for _ in range(int(full[p]))]
    stops = np.flatnonzero(rest > 0)
    if task.onward is None or len(stops) < 2:
        return [*found, *([(int(p), float(rest[p]))] for p in stops)]
    ways = np.full((len(stops) + 1,) * 2, np.inf)
    ways[0, 1:] = ways[1:, 0] = task.hours[d, stops]
    ways[1:, 1:] = task.onward[np.ix_(stops, stops)]
    return [*found, *([(int(stops[i - 1]), float(rest[stops[i - 1]])) for i in tour] for tour in tours_of(ways, rest[stops], carries, iterations, seed))]


def _timetable(task: Task, d: int, legs: list[list[tuple[int, float]]], comes: list[tuple[float, float]]) -> list[tuple[int, float, list[tuple[int, float]]]]:
    """Which vehicle leaves when with which tour: of those whose kits are there and whose places are known, the one that reaches most people an hour."""

    def lasts(leg: list[tuple[int, float]]) -> float:
        onward = sum(float(task.onward[a, b]) for (a, _), (b, _) in zip(leg, leg[1:], strict=False)) if task.onward is not None else 0.0
        return float(task.hours[d, leg[0][0]] + task.hours[d, leg[-1][0]]) + onward + len(leg) * float(task.unloading[d])

    def ready(leg: list[tuple[int, float]]) -> float:
        wanted, there = used + sum(kits for _, kits in leg), 0.0
        for at, kits in sorted(comes):
            there += kits
            if there >= wanted - 1e-9:
                return max(at, *(float(task.known[p]) for p, _ in leg))
        return math.inf

    free, used, made = np.zeros(int(task.vehicles[d])), 0.0, []
    left = sorted(legs, key=lambda leg: -sum(kits for _, kits in leg) / lasts(leg))
    while left and len(free):
        v = int(np.argmin(free))
        waits = [ready(leg) for leg in left]
        leaves = max(float(free[v]), min(waits))
        leg = left.pop(next(i for i, at in enumerate(waits) if at <= leaves))
        if leaves >= task.horizon:
            continue
        made.append((v, leaves, leg))
        free[v] = leaves + lasts(leg)
        used += sum(kits for _, kits in leg)
    return made
