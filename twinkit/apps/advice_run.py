"""The search for advice, in two goes: a first answer soon, then a better one; and what another choice would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Any, NamedTuple

import numpy as np

from twinkit.study.appraisal import Appraisal, Appraiser, Memory
from twinkit.study.levers import Lever, levers_of
from twinkit.study.prices import price_of
from twinkit.study.recommend import recommend
from twinkit.study.recommendation import LAST, Recommendation
from twinkit.study.risks import Risk
from twinkit.study.search import FIRST, on_grid
from twinkit.study.statistics import mean_interval
from twinkit.tables.case import Case

STEPS = 1000
"""Parts that the progress of both goes together has."""


class Go(NamedTuple):
    """How long a search is looked for, and in how many worlds.

    Attributes
    ----------
    trials, replications, fresh
        As for :func:`~twinkit.study.recommend.recommend`.
    stress
        Whether the answer is tested on events that it was not tuned on.
    share
        Part of the time of all goes.
    """

    trials: int
    replications: int
    fresh: int
    stress: bool
    share: float


QUICK, FULL = Go(1, 16, 32, False, 0.13), Go(40, 32, 128, True, 0.82)
LOOK = 0.05
"""Part of the time that the first look takes."""
LOOKED_AT = 16
"""Worlds of the first look; the first search has as many and runs none of them again."""


class Look(NamedTuple):
    """A measure alone, in a few worlds: a first look, before any search.

    Attributes
    ----------
    lever, value
        What is moved, and where to.
    gain, low, high
        What it is worth [money/year]: mean of the paired differences, 95 % interval.
    """

    lever: str
    value: Any
    gain: float
    low: float
    high: float


def some_way(lever: Lever) -> Any:
    """A value of a lever that is worth asking about: the other position of a switch, or a quarter of the way."""
    if lever.flag:
        return not lever.start
    ends = (lever.high, lever.low) if lever.bought == "more" else (lever.low, lever.high)
    end = ends[0] if ends[0] != lever.start else ends[1]
    return on_grid(lever, lever.start + FIRST[1] * (end - lever.start))


def first_look(
    case: Case, risks: Sequence[Risk], levers: Sequence[str], prices: Mapping[str, Any], budget: float | None,
    progress: Callable[[int, int], None] | None = None, cancel: Event | None = None, memory: Memory | None = None,
) -> list[Look]:  # fmt: skip
    """Every measure alone, moved some of the way that its price covers: what it is worth, the best first."""
    known = {lever.name: lever for lever in levers_of(case) if lever.name in levers}
    priced = {name: price_of(prices[name]) if name in prices else lever.price for name, lever in known.items()}
    values = {name: some_way(lever.within(priced[name]) or lever) for name, lever in known.items()}
    told = [0]

    def tell() -> None:
        told[0] += 1
        if progress is not None:
            progress(told[0], (1 + len(values)) * len(risks))

    appraise = Appraiser(case, list(risks), known, priced, 0, {"cancel": cancel}, tell, memory=memory)
    sets: list[dict[str, Any]] = [{}, *({k: v} for k, v in values.items())]
    base, *alone = appraise(sets, int(case.settings["seed"]), LOOKED_AT)
    found = [Look(name, value, *mean_interval(base.total - own.total))
             for (name, value), own in zip(values.items(), alone, strict=True) if budget is None or own.spent <= budget]  # fmt: skip
    return sorted(found, key=lambda look: -look.gain)


def advise(
    case: Case, risks: Sequence[Risk], levers: Sequence[str], prices: Mapping[str, Any], budget: float | None = None,
    goes: Sequence[Go] = (QUICK, FULL), looked: Callable[[list[Look]], None] | None = None,
    so_far: Callable[[Recommendation], None] | None = None, progress: Callable[[int, int], None] | None = None,
    cancel: Event | None = None,
) -> Recommendation:  # fmt: skip
    """Search, and search again with more trials and more luck.

    Parameters
    ----------
    case, risks, levers, prices, budget
        As for :func:`~twinkit.study.recommend.recommend`.
    goes
        The searches, the quick one first.
    looked
        Called with a first look at every measure alone.
    so_far
        Called with the answer of every go.
    progress, cancel
        As for any study.

    Raises
    ------
    CaseError, Cancelled, ImportError
        As :func:`~twinkit.study.recommend.recommend` does.
    """

    def part(before: float, share: float) -> Callable[[int, int], None]:
        """Progress of a part of it all."""

        def tell(done: int, total: int) -> None:
            if progress is not None and total:
                progress(round(STEPS * (before + share * done / total)), STEPS)

        return tell

    before, found, memory = LOOK, None, Memory(case)
    if looked is not None:
        looked(first_look(case, risks, levers, prices, budget, part(0.0, LOOK), cancel, memory))
    for go in goes:
        found = recommend(
            case, risks, budget, levers=list(levers), prices=prices, trials=go.trials, replications=go.replications,
            fresh=go.fresh, unseen=None if go.stress else [], progress=part(before, go.share), cancel=cancel,
            memory=memory,
        )  # fmt: skip
        before += go.share
        if so_far is not None:
            so_far(found)
    return found


class Weights(NamedTuple):
    """How much it counts: money for measures, money lost on average, money lost at worst."""

    cost: float = 1.0
    loss: float = 1.0
    worst: float = 0.0


@dataclass(frozen=True)
class Point:
    """A set of measures of the front, on the luck on which the sets were compared.

    Attributes
    ----------
    number
        Its place among the finalists.
    appraisal
        What it costs and saves.
    allowed
        Whether it is within the budget and makes the worst no worse.
    """

    number: int
    appraisal: Appraisal
    allowed: bool


def points_of(found: Recommendation) -> list[Point]:
    """The sets that can be chosen, no measure first."""
    fresh = [new for _, new in found.finalists]
    worst = fresh[0].worst
    return [Point(i, a, a.spent <= found.budget and a.worst <= worst) for i, a in enumerate(fresh)]


def weighed(point: Point, weights: Weights) -> float:
    """What a point costs in all, with every part as heavy as a person says [money/year].

    The worst 5 % are those of an occurrence; times the occurrences in a year they are money a year too.
    """
    a = point.appraisal
    often = float(a.probabilities.sum())
    return (
        weights.cost * float(a.cost.mean()) + weights.loss * float(a.expected.mean()) + weights.worst * often * a.worst
    )


def best_point(found: Recommendation, weights: Weights) -> Point:
    """The point that costs least with these weights; of equals the one with the lower price."""
    return min((p for p in points_of(found) if p.allowed), key=lambda p: (weighed(p, weights), p.appraisal.price))


def instead(
    found: Recommendation, levers: Mapping[str, Any], progress: Callable[[int, int], None] | None = None,
    cancel: Event | None = None,
) -> Recommendation:  # fmt: skip
    """The recommendation with another set in place of the one that was recommended, on the luck of the report.

    Parameters
    ----------
    found
        What the search gave.
    levers
        The other set.
    progress, cancel
        As for any study.
    """
    if dict(levers) == found.best.levers:
        return found
    told = [0]

    def tell() -> None:
        told[0] += 1
        if progress is not None:
            progress(told[0], total)

    appraise = Appraiser(
        found.case, found.risks, found.levers, found.prices, found.since, {"cancel": cancel}, tell
    )
    without = {k: {n: v for n, v in levers.items() if n != k} for k in levers}
    alone = {k: {k: v} for k, v in levers.items()}
    sets = [{}, dict(levers), *without.values(), *alone.values()]
    batches = -(-found.fresh // 64)
    total = batches * (len(found.risks) * len({repr(sorted(s.items())) for s in sets}) + 2 * len(found.unseen))
    base, best, *rest = appraise(sets, found.seed + LAST, found.fresh)
    stressed = (
        appraise([{}, dict(levers)], found.seed + LAST, found.fresh, risks=found.unseen) if found.stressed else []
    )
    singles = {**found.singles, **dict(zip(alone, rest[len(without) :], strict=True))}
    more = {
        "base": base,
        "best": best,
        "singles": singles,
        "without": dict(zip(without, rest, strict=False)),
        "stressed": stressed,
    }
    return replace(found, **more)


def spans(point: Point) -> dict[str, tuple[float, float, float]]:
    """Cost, average loss and worst 5 % of a point with their 95 % intervals."""
    f = point.appraisal.figures()
    return {k: (f[k], f[f"{k} low"], f[f"{k} high"]) for k in ("cost", "expected loss", "worst 5 %")}


def clear_gain(found: Recommendation) -> bool:
    """Whether the chosen set is clearly worth more than it costs."""
    return bool(found.best.levers) and bool(np.isfinite(found.gain(found.best).low)) and found.gain(found.best).low > 0
