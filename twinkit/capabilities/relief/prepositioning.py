"""Where to keep relief goods before anybody knows where the disaster comes.

A two-stage stochastic programme (in the form of Rawls & Turnquist 2010, Transportation Research B 44):
warehouses are opened and stocked now; in each scenario some stock is destroyed, the rest is shipped to
where it is needed, what is left over costs little and what is missing costs much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import coo_array

from twinkit.tables.problems import listed, shown


@dataclass(frozen=True)
class Scenario:
    """What may happen.

    Attributes
    ----------
    probability
        Of this scenario [share].
    need
        Place → units that are needed.
    surviving
        Warehouse → share of its stock that can still be used; 1 where it is not named.
    """

    probability: float
    need: Mapping[str, float]
    surviving: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """What is to be decided.

    Attributes
    ----------
    scenarios
        Name → scenario; their probabilities add up to 1.
    open_cost, capacity
        Warehouse → cost of opening it [money], and most units of stock; infinite where there is no limit.
    unit_cost, leftover, shortage
        Of a unit bought, of a usable unit that nobody needed, and of a unit that was needed and missing [money/unit].
    ship
        (warehouse, place) → cost of a unit; only these ways exist [money/unit].
    """

    scenarios: Mapping[str, Scenario]
    open_cost: Mapping[str, float]
    capacity: Mapping[str, float]
    unit_cost: float
    leftover: float
    shortage: float
    ship: Mapping[tuple[str, str], float]

    def problems(self) -> list[str]:
        """Sentences about what cannot be; all at once."""
        found = []
        total = sum(s.probability for s in self.scenarios.values())
        if not self.scenarios or abs(total - 1.0) > 1e-6:
            found.append(f"The probabilities of the scenarios add up to {total:.6g}; they must add up to 1.")
        for name, one in self.scenarios.items():
            found += [f"Scenario {name!r}: its probability is {shown(one.probability)}; it must be from 0 to 1."] * (not 0 <= one.probability <= 1)
            found += [f"Scenario {name!r}: {p!r} needs {shown(n)}; it must be at least 0." for p, n in one.need.items() if not n >= 0]
            found += [f"Scenario {name!r}: {w!r} is no warehouse." for w in one.surviving if w not in self.open_cost]
            found += [f"Scenario {name!r}: {w!r} keeps {shown(v)}; a share is from 0 to 1." for w, v in one.surviving.items() if not 0 <= v <= 1]
        for what in ("unit_cost", "leftover", "shortage"):
            found += [f"{what} is {shown(getattr(self, what))}; it must be at least 0."] * (not getattr(self, what) >= 0)
        found += [f"There is no capacity for {w!r}." for w in self.open_cost if w not in self.capacity]
        places = {p for s in self.scenarios.values() for p in s.need}
        cut = sorted(p for p in places if not any(p == end for _, end in self.ship))
        found += [f"No warehouse ships to {listed(cut)}: what is needed there is always missing. Give a way, or leave it out."] * bool(cut)
        return found


@dataclass(frozen=True)
class Prepared:
    """A decision and what it leads to.

    Attributes
    ----------
    stock
        Warehouse → units kept there.
    expected_cost
        Opening, buying and, over the scenarios, shipping, what is left over and what is missing [money].
    by_scenario
        scenario, probability, needed, unmet [units], cost of the second stage [money].
    shipped
        scenario, warehouse, place, units.
    """

    stock: dict[str, float]
    expected_cost: float
    by_scenario: pd.DataFrame
    shipped: pd.DataFrame


def prepare(task: Task, stock: Mapping[str, float] | None = None) -> Prepared:
    """The decision of least expected cost, or what a given stock leads to.

    Parameters
    ----------
    task
        What is to be decided.
    stock
        Warehouse → units, where they are decided already; a warehouse with stock is open.

    Raises
    ------
    ValueError
        If the task cannot be solved; all reasons at once.
    """
    if wrong := task.problems():
        raise ValueError("\n".join(wrong))
    houses, names, ways = list(task.open_cost), list(task.scenarios), list(task.ship)
    w, k = len(houses), len(ways)
    places = sorted({p for s in task.scenarios.values() for p in s.need})
    stride = k + w + len(places)  # of a scenario: shipped, left over, missing
    size = 2 * w + len(names) * stride
    cost = np.zeros(size)
    cost[:w] = [task.open_cost[h] for h in houses]
    cost[w : 2 * w] = task.unit_cost
    rows, columns, values, low, high = [], [], [], [], []
    line = 0

    def add(entries: list[tuple[int, float]], least: float, most: float) -> None:
        nonlocal line
        rows.extend([line] * len(entries))
        columns.extend(i for i, _ in entries)
        values.extend(v for _, v in entries)
        low.append(least)
        high.append(most)
        line += 1

    for i, h in enumerate(houses):
        useful = max((sum(s.need.values()) / s.surviving.get(h, 1.0) for s in task.scenarios.values() if s.surviving.get(h, 1.0) > 0), default=0.0)
        add([(w + i, 1.0), (i, -float(min(task.capacity[h], max(useful, (stock or {}).get(h, 0.0)))))], -np.inf, 0.0)
    for s, name in enumerate(names):
        one, at = task.scenarios[name], 2 * w + s * stride
        cost[at : at + stride] = one.probability * np.array(
            [*(task.ship[way] for way in ways), *[task.leftover] * w, *[task.shortage] * len(places)]
        )
        for i, h in enumerate(houses):  # what survives is shipped or left over
            sent = [(at + j, 1.0) for j, (start, _) in enumerate(ways) if start == h]
            add([*sent, (at + k + i, 1.0), (w + i, -float(one.surviving.get(h, 1.0)))], 0.0, 0.0)
        for i, p in enumerate(places):
            got = [(at + j, 1.0) for j, (_, end) in enumerate(ways) if end == p]
            add([*got, (at + k + w + i, 1.0)], float(one.need.get(p, 0.0)), float(one.need.get(p, 0.0)))
    least, most = np.zeros(size), np.full(size, np.inf)
    most[:w] = 1.0
    if stock is not None:
        least[w : 2 * w] = most[w : 2 * w] = [float(stock.get(h, 0.0)) for h in houses]
    matrix = coo_array((values, (rows, columns)), shape=(line, size)).tocsr()
    found = milp(cost, constraints=LinearConstraint(matrix, low, high), bounds=(least, most), integrality=np.arange(size) < w)
    if found.x is None:
        raise ValueError(f"the stock cannot be kept: {found.message}")
    return _prepared(task, found.x, float(found.fun), houses, places, ways)


def _prepared(task: Task, x: np.ndarray, total: float, houses: list[str], places: list[str], ways: list[tuple[str, str]]) -> Prepared:
    w, k = len(houses), len(ways)
    stride = k + w + len(places)
    rows, sent = [], []
    for s, (name, one) in enumerate(task.scenarios.items()):
        part = x[2 * w + s * stride :][:stride]
        second = float(part[:k] @ [task.ship[way] for way in ways] + task.leftover * part[k : k + w].sum() + task.shortage * part[k + w :].sum())
        needed = float(sum(one.need.values()))
        rows.append({"scenario": name, "probability": one.probability, "needed": needed, "unmet": float(part[k + w :].sum()), "cost": second})
        sent += [{"scenario": name, "warehouse": a, "place": b, "units": float(u)} for (a, b), u in zip(ways, part[:k], strict=True) if u > 1e-9]
    kept = {h: float(x[w + i]) for i, h in enumerate(houses)}
    return Prepared(kept, total, pd.DataFrame(rows), pd.DataFrame(sent, columns=["scenario", "warehouse", "place", "units"]))


def stock_for_the_mean(task: Task) -> dict[str, float]:
    """What a planner keeps who looks at the mean alone: the mean need of each place, in the warehouse that ships there cheapest [units].

    Raises
    ------
    ValueError
        If the task cannot be solved; all reasons at once.
    """
    if wrong := task.problems():
        raise ValueError("\n".join(wrong))
    kept = dict.fromkeys(task.open_cost, 0.0)
    for place in sorted({p for s in task.scenarios.values() for p in s.need}):
        nearest = min((way for way in task.ship if way[1] == place), key=lambda way: task.ship[way])[0]
        kept[nearest] += sum(s.probability * s.need.get(place, 0.0) for s in task.scenarios.values())
    return {house: min(units, task.capacity[house]) for house, units in kept.items()}


@dataclass(frozen=True)
class Compared:
    """The best decision beside two that need no thinking, each over all scenarios.

    Attributes
    ----------
    best
        Least expected cost.
    nothing
        No stock at all.
    for_mean
        The stock of :func:`stock_for_the_mean`.
    """

    best: Prepared
    nothing: Prepared
    for_mean: Prepared

    @property
    def value(self) -> float:
        """What thinking in scenarios saves against planning for the mean [money] (Birge 1982)."""
        return self.for_mean.expected_cost - self.best.expected_cost


def compare(task: Task) -> Compared:
    """The best decision beside no stock and beside the stock for the mean."""
    return Compared(prepare(task), prepare(task, {}), prepare(task, stock_for_the_mean(task)))
