"""Time at a border, as a mixture of ways through it, and what it asks of stock.

A shipment goes through at once, or is held for its documents, or is examined as well.  How likely
each is falls with what is spent on compliance; how long each takes is a distribution of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from twinkit.inventory.arguments import above_zero, between, zero_or_more


@dataclass(frozen=True)
class Way:
    """A way through a border.

    Attributes
    ----------
    name
        "released at once", "documents", "examination" …
    chance
        Share of the shipments that go this way [share].
    mean, sd
        Mean and standard deviation of its time [days]; gamma distributed, constant with sd 0.
    least
        Time that every shipment takes in any case: the gamma is of what comes on top [days].
    """

    name: str
    chance: float
    mean: float
    sd: float = 0.0
    least: float = 0.0


class BorderTime:
    """Time at a border: the mixture of its ways.

    Mean ``Σ p m``, variance ``Σ p (s² + m²) - (Σ p m)²`` (law of total variance).

    Parameters
    ----------
    ways
        Their chances add up to 1.

    Raises
    ------
    ValueError
        If they do not, or a number cannot be.

    Examples
    --------
    >>> border = BorderTime([Way("green", 0.9, 0.5), Way("examined", 0.1, 6.0)])
    >>> round(border.mean, 3), round(border.sd, 3), border.longer_than(1.0)
    (1.05, 1.65, 0.1)
    """

    def __init__(self, ways: Sequence[Way]) -> None:
        self.ways = [w for w in ways if w.chance > 0]
        for w in ways:
            between(0, 1, **{f"chance of {w.name}": w.chance})
            zero_or_more(**{f"mean of {w.name}": w.mean, f"sd of {w.name}": w.sd})
            if not 0 <= w.least <= w.mean or (w.sd and w.least == w.mean):
                raise ValueError(f"mean of {w.name} = {w.mean!r}: must be above {w.least:g}, its least, where it varies")
        if abs(sum(w.chance for w in ways) - 1) > 1e-9:
            raise ValueError(f"the chances of the ways add up to {sum(w.chance for w in ways):g}: they must add up to 1")
        self.mean = sum(w.chance * w.mean for w in self.ways)
        self.variance = max(sum(w.chance * (w.sd**2 + w.mean**2) for w in self.ways) - self.mean**2, 0.0)

    @property
    def sd(self) -> float:
        """Standard deviation [days]."""
        return math.sqrt(self.variance)

    def longer_than(self, days: float) -> float:
        """Share of the shipments that take longer [share]."""
        return sum(w.chance * (scipy.stats.gamma.sf(days, *_gamma(w)) if w.sd else float(w.mean > days)) for w in self.ways)

    def within(self, share: float) -> float:
        """Days within which a share of the shipments is through [days]; the smallest such time."""
        between(0, 1, share=share)
        if share >= 1 and any(w.sd for w in self.ways):
            return math.inf
        low, high = -1.0, max(self.mean, 1e-9)
        while self.longer_than(high) > 1 - share + 1e-12:
            high *= 2
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if self.longer_than(middle) > 1 - share + 1e-12 else (low, middle)
        return max(round(high, 12), 0.0)

    def draw(self, uniform: np.ndarray) -> np.ndarray:
        """Times from uniform draws of shape (2, n): one chooses the way, one how long it takes [days]."""
        edges = np.cumsum([w.chance for w in self.ways])
        which = np.minimum(np.searchsorted(edges, uniform[0], side="right"), len(self.ways) - 1)
        found = np.empty(uniform.shape[1])
        for i, w in enumerate(self.ways):
            at = which == i
            found[at] = scipy.stats.gamma.ppf(uniform[1][at], *_gamma(w)) if w.sd else w.mean
        return found


def _gamma(w: Way) -> tuple[float, float, float]:
    """Shape, place and scale."""
    more = w.mean - w.least
    return (more / w.sd) ** 2, w.least, w.sd**2 / more


def chance_after(chance: float, spend: float, halving: float, least: float = 0.0) -> float:
    """Chance of being held, after a spend on compliance [share].

    It halves with every `halving` that is spent, down to a least: ``least + (chance - least) 2^(-spend / halving)``.
    The form is an assumption (spends of this kind have falling returns), its two numbers are inputs.

    Parameters
    ----------
    chance, least
        Without any spend, and whatever is spent [share].
    spend, halving
        Spend, and the spend that halves what can be avoided [money/year].

    Examples
    --------
    >>> chance_after(0.2, 100_000, 100_000, 0.04)
    0.12
    """
    between(0, 1, chance=chance, least=least)
    zero_or_more(spend=spend)
    above_zero(halving=halving)
    return least + max(chance - least, 0.0) * 0.5 ** (spend / halving)


def border_time(
    release: float, examination: float, documents: float, *, chance_documents: float, chance_examination: float,
    spread: float = 0.5,
) -> BorderTime:  # fmt: skip
    """The usual three ways through a border.

    Parameters
    ----------
    release
        Time of every shipment [days].
    examination, documents
        What an examination, or a question about documents, adds [days].
    chance_documents, chance_examination
        Share of the shipments whose documents are questioned, and of those that are examined [share].
    spread
        Standard deviation of what is added, as a share of its mean [share].

    Examples
    --------
    >>> round(border_time(1, 5, 2, chance_documents=0.2, chance_examination=0.1, spread=0).mean, 9)
    1.9
    """
    zero_or_more(release=release, examination=examination, documents=documents, spread=spread)
    clear = 1 - chance_documents - chance_examination
    if clear < -1e-12:
        raise ValueError("chance_documents, chance_examination: together they must be at most 1")
    return BorderTime([
        Way("released", max(clear, 0.0), release),
        Way("documents", chance_documents, release + documents, spread * documents, release),
        Way("examination", chance_examination, release + examination, spread * examination, release),
    ])  # fmt: skip


def safety_stock(z: float, demand: float, demand_sd: float, time: float, time_sd: float) -> float:
    """Safety stock for demand and a lead time that both vary, ``z √(L σ² + D² s²)`` [units].

    Demand of different days is independent, and of the lead time (Chopra & Meindl, *Supply Chain
    Management*, ch. 12).

    Parameters
    ----------
    z
        Standard deviations that are covered.
    demand, demand_sd
        Mean and standard deviation [units/day].
    time, time_sd
        Mean and standard deviation of the whole lead time [days].

    Examples
    --------
    >>> round(safety_stock(1.645, 100, 30, 7, 2), 1)
    354.0
    """
    zero_or_more(demand=demand, demand_sd=demand_sd, time=time, time_sd=time_sd)
    return z * math.sqrt(time * demand_sd**2 + demand**2 * time_sd**2)
