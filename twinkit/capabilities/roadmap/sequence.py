"""The order of steps that is worth most, where one team takes one after the other.

Exact, by dynamic programming over the sets of steps that are done: what is worth a step depends on
when it is done, and that on which steps were done before, in whatever order.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twinkit.tables.problems import did_you_mean, listed, shown

MOST_STEPS = 18
"""Steps that are put in order exactly: 2^18 sets of them."""


def names_in(text: Any) -> tuple[str, ...]:
    """Names that stand in a cell, separated by semicolons."""
    return tuple(part.strip() for part in str(text).split(";") if part.strip())


def trades_in(text: Any) -> dict[str, int] | None:
    """Trade → how many of it a cell such as "2 planner; 1 welder" says; None if it says something else."""
    told = [part.split(maxsplit=1) for part in names_in(text)]
    if any(len(part) < 2 or not part[0].isdecimal() or not int(part[0]) for part in told) or len({trade for _, trade in told}) < len(told):
        return None
    return {trade: int(count) for count, trade in told}


@dataclass(frozen=True)
class Step:
    """A step of a roadmap.

    Attributes
    ----------
    months
        How long it takes [months].
    cost
        Paid at its start [money].
    gain
        Earned in every month from the one after it is done [money/month].
    after
        Names of the steps that must be done before.
    """

    months: float
    cost: float = 0.0
    gain: float = 0.0
    after: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Ordered:
    """An order of steps and what it is worth [money today]."""

    order: tuple[str, ...]
    value: float


def problems_of(steps: Mapping[str, Step]) -> list[str]:
    """Sentences about steps that cannot be put in order; all at once."""
    found = []
    if not steps:
        found.append("There are no steps: name at least one.")
    if len(steps) > MOST_STEPS:
        found.append(f"There are {len(steps)} steps; {MOST_STEPS} are the most that are put in order. Join some, or leave some out.")
    for name, step in steps.items():
        if not step.months > 0 or step.months != step.months // 1:
            found.append(f"Step {name!r}: months is {shown(step.months)}; it must be a whole number above 0.")
        for other in step.after:
            if other not in steps:
                hint = did_you_mean(other, list(steps), f"Steps: {listed(list(steps), 20)}.")
                found.append(f"Step {name!r}: it comes after {other!r}, which is no step. {hint}")
    if not found and (loop := _loop(steps)):
        found.append(f"Steps wait for each other in a circle: {' → '.join(loop)}. Take one of these conditions out.")
    return found


def _loop(steps: Mapping[str, Step]) -> list[str]:
    """Steps that wait for each other, or []."""
    done: set[str] = set()
    while ready := [n for n, s in steps.items() if n not in done and set(s.after) <= done]:
        done.update(ready)
    left = [n for n in steps if n not in done]
    if not left:
        return []
    way = [left[0]]
    while way[-1] not in way[:-1]:
        way.append(next(a for a in steps[way[-1]].after if a not in done))
    return way[way.index(way[-1]) :]


def _checked(steps: Mapping[str, Step]) -> None:
    if wrong := problems_of(steps):
        raise ValueError("\n".join(wrong))


def value_of(steps: Mapping[str, Step], order: Sequence[str], horizon: int, monthly_rate: float) -> float:
    """What an order of steps is worth today: Σ gains of the months to the horizon, less costs, discounted [money].

    Parameters
    ----------
    steps
        Name → step.
    order
        All names, in an order that their conditions allow.
    horizon
        Months that count.
    monthly_rate
        Interest [1/month].

    Raises
    ------
    ValueError
        If the order leaves a step out, or starts one before those that it comes after.
    """
    _checked(steps)
    if sorted(order) != sorted(steps):
        raise ValueError(f"an order names every step once: {listed(list(steps), 30)}")
    month, total, done = 0, 0.0, set()
    for name in order:
        if not set(steps[name].after) <= done:
            raise ValueError(f"{name!r} comes before {listed([a for a in steps[name].after if a not in done])}, which it needs")
        total += _worth(steps[name], month, horizon, monthly_rate)
        month += int(steps[name].months)
        done.add(name)
    return total


def _worth(step: Step, start: int, horizon: int, rate: float) -> float:
    """What a step is worth that starts in a month, if it starts before the horizon [money]."""
    if start >= horizon:
        return 0.0
    earned = sum((1.0 + rate) ** -t for t in range(start + int(step.months) + 1, horizon + 1))
    return step.gain * earned - step.cost * (1.0 + rate) ** -start


def best_orders(steps: Mapping[str, Step], horizon: int, monthly_rate: float, count: int = 1, worst: bool = False) -> list[Ordered]:
    """The orders that are worth most, the best first.

    Parameters
    ----------
    steps
        Name → step; at most :data:`MOST_STEPS`.
    horizon, monthly_rate
        As of :func:`value_of`.
    count
        How many orders.
    worst
        The orders that are worth least, instead.

    Raises
    ------
    ValueError
        If the steps cannot be put in order; all reasons at once.
    """
    _checked(steps)
    names, sign = list(steps), -1.0 if worst else 1.0
    needs = [sum(1 << names.index(a) for a in set(steps[n].after)) for n in names]
    months = [int(steps[n].months) for n in names]
    found: dict[int, list[tuple[float, tuple[int, ...]]]] = {0: [(0.0, ())]}
    for done in range(1 << len(names)):
        if done not in found:
            continue
        if done == (1 << len(names)) - 1:
            break
        start = sum(m for i, m in enumerate(months) if done >> i & 1)
        for i in range(len(names)):
            if done >> i & 1 or needs[i] & ~done:
                continue
            more = sign * _worth(steps[names[i]], start, horizon, monthly_rate)
            there = found.setdefault(done | 1 << i, [])
            there += [(value + more, (*order, i)) for value, order in found[done]]
            if len(there) > 4 * count:
                there[:] = heapq.nlargest(count, there, key=lambda one: one[0])
        del found[done]
    last = heapq.nlargest(count, found[(1 << len(names)) - 1], key=lambda one: one[0])
    return [Ordered(tuple(names[i] for i in order), sign * value) for value, order in last]


def count_orders(steps: Mapping[str, Step]) -> int:
    """How many orders the conditions allow."""
    _checked(steps)
    names = list(steps)
    needs = [sum(1 << names.index(a) for a in set(steps[n].after)) for n in names]
    ways = {0: 1}
    for done in range(1 << len(names)):
        for i in range(len(names)):
            if done in ways and not done >> i & 1 and not needs[i] & ~done:
                ways[done | 1 << i] = ways.get(done | 1 << i, 0) + ways[done]
    return ways[(1 << len(names)) - 1]


def ratio_order(steps: Mapping[str, Step], horizon: int, monthly_rate: float) -> Ordered:
    """The order by the rule of thumb: of the steps that can begin, the one with most gain for a month of work (Smith 1956)."""
    _checked(steps)
    order: list[str] = []
    while len(order) < len(steps):
        ready = [n for n, s in steps.items() if n not in order and set(s.after) <= set(order)]
        order.append(max(ready, key=lambda n: steps[n].gain / steps[n].months))
    return Ordered(tuple(order), value_of(steps, order, horizon, monthly_rate))
