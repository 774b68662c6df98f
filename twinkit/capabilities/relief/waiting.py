"""What waiting costs people: deprivation cost, and tours of a vehicle that brings help.

Deprivation cost is an estimate from economics, not a price anybody pays, and its published
coefficients differ by orders of magnitude: it is shown beside hours and people, never alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

MOST_PLACES = 9
"""Places whose tours are all tried."""


@dataclass(frozen=True)
class Deprivation:
    """Deprivation cost of a person by the hours they waited: scale · e^(rate · t) - offset [money].

    Examples
    --------
    >>> round(float(WATER_2013.cost(24.0)), 2)
    70.39
    """

    scale: float
    rate: float
    offset: float = 0.0
    source: str = ""

    def cost(self, hours: float | np.ndarray) -> float | np.ndarray:
        """Cost of a person who waited so long [money]."""
        return self.scale * np.exp(self.rate * np.asarray(hours, float)) - self.offset


WATER_2013 = Deprivation(
    math.exp(1.5031), 0.1172, math.exp(1.5031), "Holguín-Veras et al. 2013, Journal of Operations Management 31: drinking water"
)
WATER_2016 = Deprivation(0.2869, 0.0998, 0.0, "Holguín-Veras et al. 2016: drinking water, by contingent valuation")
FUNCTIONS = {"f2013": WATER_2013, "f2016": WATER_2016}
"""Published functions by name."""


@dataclass(frozen=True)
class Tour:
    """A tour of one vehicle, and what it means for people.

    Attributes
    ----------
    order
        Places in the order of their visits.
    arrivals
        Hours after the start [h].
    deprivation, logistics
        Cost of waiting of all people, and of the hours of the vehicle: driving, and unloading except at the last place [money].
    people_hours, worst
        Hours waited by all people together, and the longest of a place [h].
    """

    order: tuple[str, ...]
    arrivals: tuple[float, ...]
    deprivation: float
    logistics: float
    people_hours: float
    worst: float

    @property
    def social(self) -> float:
        """Deprivation and logistics together [money]."""
        return self.deprivation + self.logistics


def tour_of(
    order: Sequence[str], people: Mapping[str, float], from_depot: Mapping[str, float], between: Mapping[tuple[str, str], float],
    unloading: float, cost_per_hour: float, deprivation: Deprivation, back: bool = True,
) -> Tour:  # fmt: skip
    """What a tour means.

    Parameters
    ----------
    order
        Places in the order of their visits.
    people
        Place → people who wait.
    from_depot, between
        Hours from the depot to a place, and between two (either way) [h].
    unloading
        Hours at a place; they delay the next one [h].
    cost_per_hour
        Of the vehicle [money/h].
    back
        Whether the way back to the depot is driven and paid, too.

    Raises
    ------
    ValueError
        If a way between two places is missing.
    """
    hours, arrivals = 0.0, []
    for i, place in enumerate(order):
        hours += unloading + _way(between, order[i - 1], place) if i else from_depot[place]
        arrivals.append(hours)
    used = hours + (from_depot[order[-1]] if back else 0.0)
    waited = np.array(arrivals)
    crowd = np.array([people[p] for p in order], float)
    lost = float(crowd @ deprivation.cost(waited))
    return Tour(tuple(order), tuple(arrivals), lost, used * cost_per_hour, float(crowd @ waited), float(waited.max()))


def _way(between: Mapping[tuple[str, str], float], start: str, end: str) -> float:
    for pair in ((start, end), (end, start)):
        if pair in between:
            return float(between[pair])
    raise ValueError(f"there is no way between {start!r} and {end!r}: give its hours")


def tours(people: Mapping[str, float], *args: float, **more: float) -> list[Tour]:
    """Every tour of the places, the least social cost first; arguments as of :func:`tour_of`.

    Raises
    ------
    ValueError
        If there are more than :data:`MOST_PLACES` places.
    """
    if len(people) > MOST_PLACES:
        raise ValueError(f"there are {len(people)} places; all tours are tried for {MOST_PLACES} at most")
    found = [tour_of(order, people, *args, **more) for order in permutations(people)]
    return sorted(found, key=lambda tour: tour.social)
