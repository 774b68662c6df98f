"""In which futures a plan fails: scenario discovery by the patient rule induction method, and which assumption matters most.

A box is a range of some assumptions in which failing worlds are many (Friedman & Fisher 1999, *Statistics and Computing* 9;
for plans: Bryant & Lempert 2010, *Technological Forecasting & Social Change* 77, from whom the test of each end is).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy

PEEL = 0.1
"""Share of the worlds in a box that one step takes away at most, where an assumption is a number [share]."""
SMALLEST = 10
"""Fewest worlds in a box, and fewest that fail and do not, in each half of the worlds [worlds]."""
CHANCE = 0.05
"""An end of a box stays where so many failing worlds by luck alone are less likely than this [probability]."""


@dataclass(frozen=True)
class Box:
    """A set of futures.

    Attributes
    ----------
    low, high
        Assumption → from where on, and up to where; a yes is from 0.5 on.
    inside
        Which worlds are in it, shape (worlds,).
    density, coverage
        Share of its worlds that fail, and share of the failing worlds that it holds [share].
    """

    low: dict[str, float]
    high: dict[str, float]
    inside: np.ndarray
    density: float
    coverage: float


def _inside(values: Mapping[str, np.ndarray], low: Mapping[str, float], high: Mapping[str, float], count: int) -> np.ndarray:
    found = np.ones(count, bool)
    for name, x in values.items():
        if name in low:
            found &= x >= low[name]
        if name in high:
            found &= x <= high[name]
    return found


def find_box(values: Mapping[str, np.ndarray], fails: np.ndarray, peel: float = PEEL) -> Box | None:
    """The box in which plans fail most surely and that still holds many of the failing worlds.

    In every second world ends are peeled off one at a time, each time the one that leaves the largest share of failing worlds, and of all boxes on
    the way the one with the largest product of density and coverage is taken.  In the other worlds each of its ends is tested (a binomial test
    against the box without it), those that might be luck are dropped, and what is told of the box is counted: so it is not as sharp as its search.

    Parameters
    ----------
    values
        Assumption → what it is in each world, a number or yes and no, shape (worlds,).
    fails
        Which worlds fail, shape (worlds,).
    peel
        Share that is peeled off at a time.

    Returns
    -------
    Box or None
        None where too few worlds fail or do not, or no assumption sets them apart.
    """
    fails = np.asarray(fails, bool)
    numbers = {n: np.asarray(x, float) for n, x in values.items()}
    search = np.arange(len(fails)) % 2 == 0
    if min(int((fails[half] == side).sum()) for half in (search, ~search) for side in (True, False)) < SMALLEST:
        return None
    low, high = _peeled({n: x[search] for n, x in numbers.items()}, fails[search], peel)
    box = _tested({n: x[~search] for n, x in numbers.items()}, fails[~search], low, high)
    return box and Box(box[0], box[1], _inside(numbers, box[0], box[1], len(fails)), *box[2:])


def _peeled(values: Mapping[str, np.ndarray], fails: np.ndarray, peel: float) -> tuple[dict[str, float], dict[str, float]]:
    """Ends of the box with the largest product of density and coverage on the way of peeling."""
    low: dict[str, float] = {}
    high: dict[str, float] = {}
    inside, best = np.ones(len(fails), bool), (fails.mean(), {}, {})
    while True:
        tries = [step for name, x in values.items() for step in _peels(name, x, inside, peel)]
        tries = [(fails[kept].mean(), int(kept.sum()), -i, name, end, at, kept) for i, (name, end, at, kept) in enumerate(tries) if kept.sum() >= SMALLEST]
        if not tries:
            return best[1:]
        density, _, _, name, end, at, inside = max(tries, key=lambda one: one[:3])
        (low if end == "low" else high)[name] = at
        score = density * fails[inside].sum() / fails.sum()
        if score > best[0]:
            best = (score, dict(low), dict(high))
        if density == 1.0:
            return best[1:]


def _peels(name: str, x: np.ndarray, inside: np.ndarray, peel: float):
    """Boxes with one end of an assumption moved in."""
    own = x[inside]
    smallest, largest = own.min(), own.max()
    if smallest == largest:
        return
    for end, edge, gone in (("low", np.quantile(own, peel, method="lower"), smallest), ("high", np.quantile(own, 1 - peel, method="higher"), largest)):
        kept = inside & (x > edge if end == "low" else x < edge)
        if not kept.any():
            kept = inside & (x != gone)
        at = x[kept].min() if end == "low" else x[kept].max()
        yield name, end, float(at), kept


def _tested(values: Mapping[str, np.ndarray], fails: np.ndarray, low: dict[str, float], high: dict[str, float]) -> tuple[dict, dict, float, float] | None:
    """A box without the ends that might be luck, its density and its coverage."""
    count = len(fails)
    while low or high:
        inside = _inside(values, low, high, count)
        doubts = []
        for ends in (low, high):
            for name in ends:
                rest = {n: v for n, v in ends.items() if n != name}
                wider = _inside(values, *((rest, high) if ends is low else (low, rest)), count)
                doubts.append((float(scipy.stats.binom.sf(fails[inside].sum() - 1, inside.sum(), fails[wider].mean())) if inside.any() else 1.0, name, ends))
        worst = max(doubts, key=lambda one: one[0])
        if worst[0] <= CHANCE:
            hits = fails & inside
            return low, high, float(hits.sum() / inside.sum()), float(hits.sum() / fails.sum())
        del worst[2][worst[1]]
    return None


def find_boxes(values: Mapping[str, np.ndarray], fails: np.ndarray, most: int = 3) -> list[Box]:
    """Boxes one after the other, each among the worlds that the ones before do not hold; the coverage is of all failing worlds."""
    found: list[Box] = []
    left = np.flatnonzero(np.ones(len(fails), bool))
    while len(found) < most:
        box = find_box({n: np.asarray(x)[left] for n, x in values.items()}, np.asarray(fails)[left])
        if box is None:
            break
        inside = np.zeros(len(fails), bool)
        inside[left[box.inside]] = True
        found.append(Box(box.low, box.high, inside, box.density, box.coverage * float(np.asarray(fails)[left].mean() * len(left) / np.sum(fails))))
        left = left[~box.inside]
    return found


def groups_of(values: np.ndarray, most: int = 4) -> list[np.ndarray]:
    """Worlds in groups by what an assumption is: yes and no, or about as many in each from low to high; shape (worlds,) each."""
    x = np.asarray(values, float)
    edges = np.unique(np.quantile(x, np.arange(1, most) / most))
    group = np.searchsorted(edges, x, side="left") if len(np.unique(x)) > 2 else (x > x.min()).astype(int)
    return [group == g for g in np.unique(group)]


def explained(values: np.ndarray, result: np.ndarray) -> float:
    """Share of the variance of a result that an assumption explains, by :func:`groups_of`; less what luck alone would (ε², Kelley 1935), 0 at least."""
    groups, total = groups_of(values), float(((result - result.mean()) ** 2).sum())
    within = sum(float(((result[g] - result[g].mean()) ** 2).sum()) for g in groups)
    free = len(result) - len(groups)
    if total <= 0 or free <= 0:
        return 0.0
    return max(1.0 - within / free / (total / (len(result) - 1)), 0.0)


def go_where(values: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Worlds in which one would go on, knowing an assumption beforehand: where its group of worlds brings more than 0 in the mean.

    The mean of a group is taken from every second world and used in the others, so that what a decision is worth is
    not made of the luck that it was made by.

    Parameters
    ----------
    values, result
        The assumption, and what going on is worth, by world.

    Returns
    -------
    ndarray of bool, shape (worlds,)
    """
    go, half = np.zeros(len(result), bool), np.arange(len(result)) % 2 == 0
    for group in groups_of(values):
        for mine, other in ((half, ~half), (~half, half)):
            seen = result[group & other]
            go[group & mine] = (seen.mean() if len(seen) else result.mean()) > 0
    return go
