"""Where on the globe, and how many: greenfield formulas that say about what before a programme says exactly what."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from twinkit.inventory.arguments import above_zero, between, zero_or_more
from twinkit.tables.emissions import great_circle

PER_CIRCLE = 2 / (3 * math.sqrt(math.pi))
"""Mean distance to the middle of a circle of area 1 [km/√km²]."""


class Place(NamedTuple):
    """A point on the globe.

    Attributes
    ----------
    latitude, longitude
        Of the point [degrees].
    distance
        Weighted mean distance to it along great circles [km].
    """

    latitude: float
    longitude: float
    distance: float


def centre_of_gravity(latitude: np.ndarray, longitude: np.ndarray, weight: np.ndarray, tolerance: float = 1e-10) -> Place:
    """The point from which the weighted distance to all markets is least, on the sphere.

    Weiszfeld's iteration (1937) in the tangent plane of the present point (Drezner & Wesolowsky 1978),
    with Vardi & Zhang's step (2000) where it lands on a market.  It starts at the weighted mean of the
    points as vectors, the *centre of gravity* of textbooks, and is the best place in a half of the
    globe; for markets all over the globe it may be one of several local ones.

    Parameters
    ----------
    latitude, longitude
        Of each market, shape (n,) [degrees].
    weight
        Demand × freight of each, shape (n,) [any unit].
    tolerance
        Step at which it stops [radians].

    Raises
    ------
    ValueError
        If there is no market with weight, or a number cannot be.

    Examples
    --------
    >>> place = centre_of_gravity([0.0, 0.0, 10.0], [0.0, 10.0, 5.0], [1.0, 1.0, 1.0])
    >>> round(place.latitude, 2), round(place.longitude, 2)
    (2.9, 5.0)
    """
    latitude, longitude, weight = (np.asarray(v, float).ravel() for v in (latitude, longitude, weight))
    if not len(latitude) == len(longitude) == len(weight):
        raise ValueError(f"latitude, longitude, weight: {len(latitude)}, {len(longitude)} and {len(weight)} values; there must be as many of each")
    between(-90, 90, least_latitude=float(latitude.min(initial=0)), most_latitude=float(latitude.max(initial=0)))
    between(-360, 360, least_longitude=float(longitude.min(initial=0)), most_longitude=float(longitude.max(initial=0)))
    zero_or_more(least_weight=float(weight.min(initial=0.0)))
    above_zero(sum_of_weights=float(weight.sum()))
    a, b = np.radians(latitude), np.radians(longitude)
    points = np.column_stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)])
    at = weight @ points
    at = points[np.argmax(weight)] if np.linalg.norm(at) < 1e-12 else at / np.linalg.norm(at)
    for _ in range(10_000):
        cosine = np.clip(points @ at, -1.0, 1.0)
        angle = np.arctan2(np.linalg.norm(np.cross(points, at), axis=1), cosine)
        away = points - cosine[:, None] * at
        size = np.linalg.norm(away, axis=1)
        here = angle < 1e-12
        far = ~here & (size > 1e-12)
        pull = (weight[far, None] * away[far] / size[far, None]).sum(axis=0)
        strength = np.linalg.norm(pull)
        if strength <= weight[here].sum() or not far.any():
            break
        move = pull / (weight[far] / angle[far]).sum() * (1 - weight[here].sum() / strength)
        length = np.linalg.norm(move)
        if length < tolerance:
            break
        at = np.cos(length) * at + np.sin(length) * move / length
        at /= np.linalg.norm(at)
    place = math.degrees(math.asin(max(-1.0, min(1.0, at[2])))), math.degrees(math.atan2(at[1], at[0]))
    return Place(*place, float(weight @ great_circle(*place, latitude, longitude) / weight.sum()))


class Number(NamedTuple):
    """How many plants an area wants.

    Attributes
    ----------
    plants
        Best number, as a real number.
    whole
        Best whole number.
    cost, whole_cost
        Fixed cost and freight of the two [money/period].
    distance
        Mean distance to the nearest plant at the best number [km].
    """

    plants: float
    whole: int
    cost: float
    whole_cost: float
    distance: float


def number_cost(plants: float, fixed_cost: float, area: float, demand: float, freight: float) -> float:
    """Cost of so many plants spread evenly over an area, ``F n + k t d A^1.5 / √n`` [money/period].

    >>> round(number_cost(38, 2e6, 250_000, 40, 0.5))
    228539393
    """
    above_zero(plants=plants, fixed_cost=fixed_cost, area=area, demand=demand, freight=freight)
    return fixed_cost * plants + PER_CIRCLE * freight * demand * area**1.5 / math.sqrt(plants)


def number_of_plants(fixed_cost: float, area: float, demand: float, freight: float) -> Number:
    """How many plants serve an area at least cost, if demand is even over it.

    ``n* = (k t d A^1.5 / 2 F)^(2/3)``, mean distance ``k √(A / n)``, ``k = 2 / (3 √π)`` for circles; at the
    best number freight costs twice what the plants do (Geoffrion 1976; Daganzo, *Logistics Systems Analysis*).

    Parameters
    ----------
    fixed_cost
        Of a plant, F [money/period].
    area
        A [km²].
    demand
        d [units/km²/period].
    freight
        t [money/unit/km].

    Examples
    --------
    >>> found = number_of_plants(2e6, 250_000, 40, 0.5)
    >>> round(found.plants, 4), found.whole, round(found.distance, 4)
    (38.0898, 38, 30.4719)
    """
    above_zero(fixed_cost=fixed_cost, area=area, demand=demand, freight=freight)
    best = (PER_CIRCLE * freight * demand * area**1.5 / (2 * fixed_cost)) ** (2 / 3)
    costs = {n: number_cost(n, fixed_cost, area, demand, freight) for n in {max(math.floor(best), 1), max(math.ceil(best), 1)}}
    whole = min(costs, key=lambda n: (costs[n], n))
    return Number(best, whole, number_cost(best, fixed_cost, area, demand, freight), costs[whole], PER_CIRCLE * math.sqrt(area / best))


class Pooled(NamedTuple):
    """Safety stock apart and together.

    Attributes
    ----------
    apart, together
        Safety stock of all places, and of one for all [units].
    saved
        What is saved [share].
    """

    apart: float
    together: float
    saved: float


def pooling(spread: np.ndarray, correlation: np.ndarray | float = 0.0, z: float = 1.0, lead_time: float | np.ndarray = 1.0) -> Pooled:
    """Safety stock of several markets apart and in one place.

    Apart ``z Σ σ_i √L_i``; together ``z √(Σ Σ ρ_ij σ_i √L_i σ_j √L_j)``; with
    equal independent markets it falls by the square root law (Maister 1976; Eppen 1979).

    Parameters
    ----------
    spread
        Standard deviation of the demand of each market in a period, shape (n,) [units].
    correlation
        One for every pair, or a matrix (n, n).
    z
        Standard deviations that are covered.
    lead_time
        One for all, or of each, shape (n,) [periods].

    Raises
    ------
    ValueError
        If the correlations cannot be those of any demand.

    Examples
    --------
    >>> tuple(round(v, 4) for v in pooling([10.0] * 4, 0.0, 1.645))
    (65.8, 32.9, 0.5)
    """
    spread = np.asarray(spread, float).ravel()
    lead = np.broadcast_to(np.asarray(lead_time, float), spread.shape)
    zero_or_more(least_spread=float(spread.min(initial=0.0)), least_lead_time=float(lead.min(initial=0.0)), z=z)
    above_zero(sum_of_spreads=float(spread.sum()))
    matrix = np.asarray(correlation, float)
    if matrix.ndim == 0:
        matrix = np.full((len(spread),) * 2, float(matrix))
        np.fill_diagonal(matrix, 1.0)
    if matrix.shape != (len(spread),) * 2 or not np.allclose(matrix, matrix.T) or not np.allclose(np.diag(matrix), 1) or np.linalg.eigvalsh(matrix).min() < -1e-9:
        raise ValueError("correlation: must be a number, or a symmetric matrix with ones on its diagonal, that some demands can have "
                         f"(for {len(spread)} markets that all depend alike: at least {-1 / max(len(spread) - 1, 1):.3g})")  # fmt: skip
    apart = z * float((spread * np.sqrt(lead)).sum())
    scaled = spread * np.sqrt(lead)
    together = z * math.sqrt(max(float(scaled @ matrix @ scaled), 0.0))
    return Pooled(apart, together, 1 - together / apart if apart else 0.0)
