"""Serial systems: the best base-stock levels of stages in a row (Clark & Scarf).

Stage 1 sells to customers, stage 2 supplies stage 1, and so on; the last one is supplied
from outside without limit.  All lists begin with stage 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy

from twinkit.inventory.arguments import above_zero, finite, zero_or_more
from twinkit.inventory.loss import normal_loss

FINE = 100
"""Steps of the grid in the smallest standard deviation; the error of the cost falls with their square."""
MOST = 20_000
"""Steps of the grid in the sum of all standard deviations, at most."""
TAIL = 8.5
"""Standard deviations at which normal demand is cut off."""


class SerialLevels(NamedTuple):
    """Base-stock levels of a serial system.

    Attributes
    ----------
    echelon_levels
        Echelon base-stock levels, from the customer up [units].
    local_levels
        Local base-stock levels with the same effect [units].
    cost
        Average cost, goods on the way between stages included [money/period].
    """

    echelon_levels: tuple[float, ...]
    local_levels: tuple[float, ...]
    cost: float


class _Demand(NamedTuple):
    """Demand of a lead time on the grid: weights of ``first, first + 1, …`` steps."""

    first: int
    weights: np.ndarray


class _Grid(NamedTuple):
    """Where the functions are known: ``origin[j] + step × k`` for stage j (0 = customers)."""

    step: float
    low: int
    high: int
    origins: list[float]
    demands: list[_Demand]


def _expected(values: np.ndarray, demand: _Demand) -> np.ndarray:
    """E f(y - D) on the grid; beyond it f is a straight line."""
    last = demand.first + len(demand.weights) - 1
    left, right = max(last, 0), max(-demand.first, 0)
    low = values[0] + (values[1] - values[0]) * np.arange(-left, 0)
    high = values[-1] + (values[-1] - values[-2]) * np.arange(1, right + 1)
    wide = np.concatenate([low, values, high])
    start = left - demand.first  # place of (first point of the grid - smallest demand) in `wide`
    full = scipy.signal.fftconvolve(wide, demand.weights) if len(demand.weights) > 64 else np.convolve(wide, demand.weights)
    return full[start : start + len(values)]


def _lowest(values: np.ndarray, smooth: bool) -> tuple[int, float]:
    """Place of the smallest value; with `smooth` that of a parabola through it, in steps."""
    k = int(np.argmin(values))
    if not smooth or not 0 < k < len(values) - 1:
        return k, float(k)
    a, b, c = values[k - 1 : k + 2]
    return k, k + 0.5 * (a - c) / (a - 2 * b + c) if a - 2 * b + c > 0 else float(k)


def _recursion(
    grid: _Grid, holding: Sequence[float], stockout_cost: float, smooth: bool, given: Sequence[float] | None
) -> tuple[list[float], float]:
    """Echelon levels (the best, or those given) and the cost of the whole system."""
    steps = np.arange(grid.low, grid.high + 1)
    cost = (stockout_cost + holding[0]) * np.maximum(-(grid.origins[0] + grid.step * steps), 0.0)
    echelon = [h - up for h, up in zip(holding, [*holding[1:], 0.0], strict=True)]
    levels, least = [], 0.0
    for j, h in enumerate(echelon):
        reach = _expected(h * (grid.origins[j] + grid.step * steps) + cost, grid.demands[j])
        if given is None:
            k, at = _lowest(reach, smooth)
            levels.append(float(grid.origins[j + 1] + grid.step * (grid.low + at)))
            least = float(reach[k])
        else:
            levels.append(float(given[j]))
            at = (levels[j] - grid.origins[j + 1]) / grid.step - grid.low
            below = min(max(int(at), 0), len(steps) - 2)
            least = float(reach[below] + (at - below) * (reach[below + 1] - reach[below]))
        cost = np.where(np.arange(len(steps)) < at, reach, least)
    return levels, least


def _result(levels: Sequence[float], cost: float) -> SerialLevels:
    """A stage never holds its position above that of a stage that supplies it (Snyder & Shen 2019, sec. 6.2)."""
    capped = np.minimum.accumulate(np.asarray(levels)[::-1])[::-1]
    local = np.diff(capped, prepend=0.0)
    return SerialLevels(tuple(levels), tuple(local.tolist()), cost)


def _check(holding: Sequence[float], stockout_cost: float, lead_times: Sequence[float], mean: float) -> None:
    if not len(holding) or len(holding) != len(lead_times):
        raise ValueError(
            f"{len(holding)} holding_costs and {len(lead_times)} lead_times: there must be one of each for every stage"
        )
    above_zero(stockout_cost=stockout_cost, mean=mean, **{f"holding_costs[{i}]": h for i, h in enumerate(holding)})
    zero_or_more(**{f"lead_times[{i}]": t for i, t in enumerate(lead_times)})
    if any(up > h for h, up in zip(holding[:-1], holding[1:], strict=True)):
        raise ValueError(f"holding_costs = {list(holding)}: must not grow from the customer up")


def _normal_grid(lead_times: Sequence[float], mean: float, sd: float, given: Sequence[float] | None) -> _Grid:
    spreads = [sd * math.sqrt(t) for t in lead_times]
    step = max(min([s for s in spreads if s > 0], default=1.0) / FINE, sum(spreads) / MOST)
    demands, origins = [], [0.0]
    for t, s in zip(lead_times, spreads, strict=True):
        reach = math.ceil(TAIL * s / step)
        k = np.arange(-reach - 1, reach + 2) * step
        # Weights that are exact for functions with straight lines between the points of the grid.
        loss = np.asarray(normal_loss(k, 0.0, s))
        weights = (loss[:-2] - 2 * loss[1:-1] + loss[2:]) / step if s > 0 else np.ones(1)
        demands.append(_Demand(-reach, weights / weights.sum()))
        origins.append(origins[-1] + mean * t)  # each stage's grid lies about its own mean
    room = math.ceil(TAIL * sum(spreads) / step) + 2
    far = [abs(y - o) / step for y, o in zip(given or (), origins[1:], strict=bool(given))]
    room = max([room, *(math.ceil(x) + 2 for x in far)])
    return _Grid(step, -room, room, origins, demands)


def _poisson_grid(lead_times: Sequence[float], mean: float, given: Sequence[float] | None) -> _Grid:
    demands, high = [], 1
    for t in lead_times:
        top = int(scipy.stats.poisson.isf(1e-16, mean * t)) + 1 if t > 0 else 0
        weights = scipy.stats.poisson.pmf(np.arange(top + 1), mean * t)
        demands.append(_Demand(0, weights / weights.sum()))
        high += top
    high = max([high, *(math.ceil(y) + 1 for y in given or ())])
    low = min([-1, *(math.floor(y) - 1 for y in given or ())])
    return _Grid(1.0, low, high, [0.0] * (len(lead_times) + 1), demands)


def serial_normal(
    holding_costs: Sequence[float], stockout_cost: float, lead_times: Sequence[float], mean: float, sd: float
) -> SerialLevels:
    """Best base-stock levels of a serial system, normal demand.

    ``Ĉⱼ(x) = hⱼ x + C̲ⱼ₋₁(x)``, ``Cⱼ(y) = E Ĉⱼ(y - Dⱼ)``, ``C̲ⱼ(x) = Cⱼ(min(x, S*ⱼ))``, where hⱼ are
    echelon holding costs, Dⱼ the demand of lead time j, and ``C̲₀(x) = (p + Σ hⱼ) x⁻`` (Clark &
    Scarf 1960, Chen & Zheng 1994, Snyder & Shen 2019, sec. 6.2).  On a grid of a hundredth
    of the smallest standard deviation.

    Parameters
    ----------
    holding_costs
        Local holding costs, from the customer up; goods on the way are held by their
        shipper, and those from outside cost nothing [money/unit/period].
    stockout_cost
        Cost of a unit owed to customers [money/unit/period].
    lead_times
        Lead time into each stage, from the customer up [periods].  A period's order knows
        of its demand and is known up the whole chain in the same period.
    mean, sd
        Mean and standard deviation of customers' demand [units/period].

    Examples
    --------
    >>> best = serial_normal([7, 4, 2], 37.12, [1, 1, 2], 5.0, 1.0)
    >>> [round(s, 2) for s in best.echelon_levels], round(best.cost, 2)
    ([6.49, 12.02, 22.71], 47.66)
    """
    _check(holding_costs, stockout_cost, lead_times, mean)
    above_zero(sd=sd)
    grid = _normal_grid(lead_times, mean, sd, None)
    return _result(*_recursion(grid, holding_costs, stockout_cost, True, None))


def serial_normal_cost(
    echelon_levels: Sequence[float], holding_costs: Sequence[float], stockout_cost: float,
    lead_times: Sequence[float], mean: float, sd: float,
) -> SerialLevels:  # fmt: skip
    """Cost of any echelon base-stock levels of a serial system, normal demand.

    Parameters
    ----------
    echelon_levels
        From the customer up [units].
    holding_costs, stockout_cost, lead_times, mean, sd
        As for :func:`serial_normal`.

    Examples
    --------
    >>> round(serial_normal_cost([7, 12, 23], [7, 4, 2], 37.12, [1, 1, 2], 5.0, 1.0).cost, 2)
    48.05
    """
    _check(holding_costs, stockout_cost, lead_times, mean)
    above_zero(sd=sd)
    _check_levels(echelon_levels, holding_costs)
    grid = _normal_grid(lead_times, mean, sd, echelon_levels)
    return _result(*_recursion(grid, holding_costs, stockout_cost, True, echelon_levels))


def serial_poisson(
    holding_costs: Sequence[float], stockout_cost: float, lead_times: Sequence[float], mean: float
) -> SerialLevels:
    """Best base-stock levels of a serial system, Poisson demand: exact, in whole units.

    Parameters
    ----------
    holding_costs, stockout_cost, lead_times, mean
        As for :func:`serial_normal`.

    Examples
    --------
    >>> best = serial_poisson([7, 4, 2], 37.12, [1, 1, 2], 5.0)
    >>> best.echelon_levels, round(best.cost, 2)
    ((9.0, 15.0, 26.0), 72.05)
    """
    _check(holding_costs, stockout_cost, lead_times, mean)
    grid = _poisson_grid(lead_times, mean, None)
    return _result(*_recursion(grid, holding_costs, stockout_cost, False, None))


def serial_poisson_cost(
    echelon_levels: Sequence[float], holding_costs: Sequence[float], stockout_cost: float,
    lead_times: Sequence[float], mean: float,
) -> SerialLevels:  # fmt: skip
    """Cost of any echelon base-stock levels of a serial system, Poisson demand.

    Parameters
    ----------
    echelon_levels
        From the customer up, whole [units].
    holding_costs, stockout_cost, lead_times, mean
        As for :func:`serial_normal`.

    Examples
    --------
    >>> round(serial_poisson_cost([9, 15, 26], [7, 4, 2], 37.12, [1, 1, 2], 5.0).cost, 2)
    72.05
    """
    _check(holding_costs, stockout_cost, lead_times, mean)
    _check_levels(echelon_levels, holding_costs)
    grid = _poisson_grid(lead_times, mean, echelon_levels)
    return _result(*_recursion(grid, holding_costs, stockout_cost, False, echelon_levels))


def _check_levels(levels: Sequence[float], holding: Sequence[float]) -> None:
    finite(**{f"echelon_levels[{i}]": y for i, y in enumerate(levels)})
    if len(levels) != len(holding):
        raise ValueError(f"{len(levels)} echelon_levels: there must be one for each of the {len(holding)} stages")
