"""Has something changed, and since when: control charts with their run lengths, and change points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import scipy
from numpy.polynomial.legendre import leggauss
from scipy.optimize import brentq

NODES = 120
"""Points of the quadrature of an average run length."""
SLACK = 0.5
"""k of the CUSUM of errors: half of a shift of one standard deviation."""
MOST = 4.0
"""Largest standardised error that a CUSUM takes."""


def _series(values: Sequence[float], least: int = 1) -> np.ndarray:
    x = np.asarray(values, float)
    if x.ndim != 1 or len(x) < least or not np.isfinite(x).all():
        raise ValueError(f"a series is at least {least} number{'s' if least > 1 else ''}, one after the other; gaps are filled or left out before")
    return x


@dataclass(frozen=True)
class Chart:
    """A control chart of a series.

    Attributes
    ----------
    values
        What is plotted, shape (n,) or (n, 2): the EWMA, or the upper and the lower CUSUM [unit of the data].
    low, high
        Limits, shape (n,); of a CUSUM 0 and H [unit of the data].
    alarm
        Position of the first value outside them, counted from 1; None without one.
    began
        Position of the first value of the run that led to the alarm (CUSUM: since the sum was last 0; EWMA: since
        it last crossed the target): since when it has probably been so, counted from 1.
    up
        Whether the alarm is of a rise; None without one.
    """

    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    alarm: int | None
    began: int | None
    up: bool | None

    @property
    def run(self) -> int | None:
        """How many values the run has up to the alarm."""
        return None if self.alarm is None else self.alarm - self.began + 1


class Error(NamedTuple):
    """A reading beside what the twin had worked out for it: period, read, expected, spread (sd) and their distance in sd."""

    period: int
    read: float
    expected: float
    spread: float
    z: float


@dataclass(frozen=True)
class Drift:
    """A signal that is no longer what the twin works out.

    Attributes
    ----------
    kind, place
        Signal.
    since, noticed
        Periods in which it probably began, and in which the chart alarmed.
    up
        Whether what is read is more than what the twin works out.
    error
        Mean error since [units].
    chart
        CUSUM of the standardised errors.
    """

    kind: str
    place: tuple[str, ...]
    since: int
    noticed: int
    up: bool
    error: float
    chart: Chart = field(repr=False, compare=False)


def cusum(values: Sequence[float], target: float, slack: float, limit: float) -> Chart:
    """Two-sided tabular CUSUM (Page 1954; Montgomery, *Statistical Quality Control*, 9.1).

    C⁺ᵢ = max(0, xᵢ - (target + slack) + C⁺ᵢ₋₁), C⁻ᵢ = max(0, (target - slack) - xᵢ + C⁻ᵢ₋₁); an alarm where one passes the limit.

    Parameters
    ----------
    values
        The series, in time.
    target
        What it is when nothing has changed [unit of the data].
    slack, limit
        K = k σ and H = h σ; k is half the shift that matters, h 4 or 5 [unit of the data].
    """
    x = _series(values, 0)
    sums, zero, now = np.zeros((len(x), 2)), [0, 0], [0.0, 0.0]
    alarm = began = up = None
    for i, value in enumerate(x):
        for side, step in enumerate((value - target - slack, target - slack - value)):
            now[side] = max(0.0, now[side] + step)
            if now[side] == 0.0:
                zero[side] = i + 1
            elif alarm is None and now[side] > limit:
                alarm, began, up = i + 1, zero[side] + 1, side == 0
        sums[i] = now
    return Chart(sums, np.zeros(len(x)), np.full(len(x), float(limit)), alarm, began, up)


def ewma(values: Sequence[float], target: float, sigma: float, weight: float = 0.1, width: float = 2.7) -> Chart:
    """Exponentially weighted moving average with its exact limits (Roberts 1959; Montgomery 9.2).

    zᵢ = λ xᵢ + (1 - λ) zᵢ₋₁ from z₀ = target; limits target ± L σ √(λ / (2 - λ) (1 - (1 - λ)²ⁱ)).

    Parameters
    ----------
    values, target
        As for :func:`cusum`.
    sigma
        Standard deviation of a value [unit of the data].
    weight, width
        λ in (0, 1] and L [-].
    """
    x = _series(values, 0)
    if not (0.0 < weight <= 1.0 and sigma > 0.0):
        raise ValueError("the weight of an EWMA is above 0 and at most 1, and sigma above 0")
    z, last, crossed = np.empty(len(x)), float(target), 0
    half = width * sigma * np.sqrt(weight / (2.0 - weight) * (1.0 - (1.0 - weight) ** (2.0 * np.arange(1, len(x) + 1))))
    alarm = began = up = None
    for i, value in enumerate(x):
        before, last = last, weight * value + (1.0 - weight) * last
        z[i] = last
        if (last - target) * (before - target) <= 0.0:
            crossed = i
        if alarm is None and abs(last - target) > half[i]:
            alarm, began, up = i + 1, crossed + 1, last > target
    return Chart(z, target - half, target + half, alarm, began, up)


def page_hinkley(values: Sequence[float], delta: float, threshold: float) -> Chart:
    """Page-Hinkley test of a change of the mean, which needs no target (Page 1954; Hinkley 1971).

    mᵢ = Σⱼ (xⱼ - x̄ⱼ - δ), x̄ⱼ the mean so far; an alarm where mᵢ is more than the threshold above its least value
    so far (a rise), or the same of -x (a fall).
    """
    x = _series(values, 0)
    means = np.cumsum(x) / np.arange(1, len(x) + 1)
    gaps = np.empty((len(x), 2))
    lows = []
    for side, sign in enumerate((1.0, -1.0)):
        total = np.cumsum(sign * (x - means) - delta)
        least = np.minimum.accumulate(np.minimum(total, np.inf))
        lows.append(total)
        gaps[:, side] = total - least
    past = np.flatnonzero((gaps > threshold).any(axis=1))
    limits = np.zeros(len(x)), np.full(len(x), float(threshold))
    if not len(past):
        return Chart(gaps, *limits, None, None, None)
    i = int(past[0])
    side = int(gaps[i].argmax())
    return Chart(gaps, *limits, i + 1, int(lows[side][: i + 1].argmin()) + 2, side == 0)


# --- average run lengths


def cusum_run_length(slack: float, limit: float, shift: float = 0.0, two_sided: bool = True) -> float:
    """Average number of normal values until a CUSUM alarms, from 0 on.

    The integral equation of Page, L(u) = 1 + L(0) Φ(k - u - δ) + ∫₀ʰ L(y) φ(y + k - u - δ) dy, by Gauss-Legendre quadrature
    (Brook & Evans 1972 approximate the same by a Markov chain); two-sided by 1/L = 1/L⁺ + 1/L⁻ (Kemp 1961).

    Parameters
    ----------
    slack, limit, shift
        k, h and δ [standard deviations].
    two_sided
        Whether falls count too.

    Examples
    --------
    >>> round(cusum_run_length(0.5, 5.0)), round(cusum_run_length(0.5, 5.0, 1.0), 1)
    (465, 10.4)
    """
    if not (limit > 0.0 and slack >= 0.0):
        raise ValueError("the limit of a CUSUM is above 0, and its slack 0 or more")
    if two_sided:
        return 1.0 / sum(1.0 / cusum_run_length(slack, limit, way, False) for way in (shift, -shift))
    at, weight = leggauss(NODES)
    y, w = limit * (at + 1.0) / 2.0, weight * limit / 2.0
    u = np.concatenate([[0.0], y])
    moves = np.column_stack([scipy.stats.norm.cdf(slack - u - shift), scipy.stats.norm.pdf(y[None, :] + slack - u[:, None] - shift) * w])
    return float(np.linalg.solve(np.eye(len(u)) - moves, np.ones(len(u)))[0])


def ewma_run_length(weight: float, width: float, shift: float = 0.0) -> float:
    """Average number of normal values until an EWMA alarms, with its limits of the long run, from the target on.

    L(u) = 1 + 1/λ ∫ L(y) φ((y - (1 - λ) u) / λ - δ) dy between the limits (Crowder 1987; Lucas & Saccucci 1990 by a chain).

    Parameters
    ----------
    weight, width, shift
        λ, L [-] and δ [standard deviations].

    Examples
    --------
    >>> round(ewma_run_length(0.1, 2.814)), round(ewma_run_length(0.1, 2.814, 1.0), 1)
    (500, 10.3)
    """
    if not (0.0 < weight <= 1.0 and width > 0.0):
        raise ValueError("the weight of an EWMA is above 0 and at most 1, and its width above 0")
    half = width * math.sqrt(weight / (2.0 - weight))
    at, w = leggauss(max(NODES, int(12.0 / weight)) | 1)  # an odd number of points: one of them is the target
    y = half * at
    moves = scipy.stats.norm.pdf((y[None, :] - (1.0 - weight) * y[:, None]) / weight - shift) / weight * (w * half)
    return float(np.linalg.solve(np.eye(len(y)) - moves, np.ones(len(y)))[len(y) // 2])


# --- errors of a twin


def scores(z: Sequence[float]) -> np.ndarray:
    """Standardised errors as the CUSUM takes them: no larger than :data:`MOST`, and where those of a signal are wider than the worlds say, by their own spread.

    The spread is 1.4826 times the median of the sizes of up to 60 errors before, and at least 1 (Lucas & Crosier 1982 on robust charts), so neither a
    single wild reading nor a model that is too sure of itself is an alarm, and a shift does not hide itself.
    """
    values = np.asarray(z, float)
    wide = np.array([1.4826 * np.median(np.abs(values[max(i - 60, 0) : i])) if i >= 10 else 1.0 for i in range(len(values))])
    return np.clip(values / np.maximum(wide, 1.0), -MOST, MOST)


@lru_cache(256)
def limit_for(run_length: float, slack: float = SLACK) -> float:
    """Limit h of a two-sided CUSUM with this mean number of values until a false alarm."""
    return float(brentq(lambda h: math.log(cusum_run_length(slack, h)) - math.log(max(run_length, 2.5)), 0.1, 25.0, xtol=1e-4))


# --- since when


@dataclass(frozen=True)
class ChangePoint:
    """One change of the mean of a series.

    Attributes
    ----------
    before
        How many values lie before it.
    means
        Before and after [unit of the data].
    gain
        Sum of squares that it explains, as a share of the whole.
    p_value
        Chance of a gain as large without any change: permutations of the series; NaN if it was not asked for.
    """

    before: int
    means: tuple[float, float]
    gain: float
    p_value: float = math.nan


def change_point(values: Sequence[float], least: int = 1, permutations: int = 0, seed: int = 1) -> ChangePoint:
    """Where the series parts into two with the least sum of squares around their means.

    Parameters
    ----------
    values
        The series, in time.
    least
        Fewest values on either side.
    permutations, seed
        How many shuffles of the series are held against it for a p-value (a change is nothing that was chosen
        before looking, so a t test would not be honest).
    """
    x = _series(values, max(2 * least, 2))
    n = len(x)
    at = np.arange(least, n - least + 1)
    whole = float(((x - x.mean()) ** 2).sum())

    def explained(series: np.ndarray) -> np.ndarray:
        head = np.cumsum(series - series.mean(axis=-1, keepdims=True), axis=-1)[..., at - 1]
        return head**2 * n / (at * (n - at))

    gains = explained(x)
    k = int(gains.argmax())
    p = math.nan
    if permutations:
        luck = np.random.default_rng(seed)
        shuffled = luck.permuted(np.broadcast_to(x, (permutations, n)), axis=1)
        p = (1.0 + float((explained(shuffled).max(axis=1) >= gains[k] * (1 - 1e-12)).sum())) / (permutations + 1.0)
    before = int(at[k])
    return ChangePoint(before, (float(x[:before].mean()), float(x[before:].mean())), float(gains[k]) / whole if whole else 0.0, p)


def change_points(values: Sequence[float], penalty: float, least: int = 1) -> list[int]:
    """How many values lie before each of several changes of the mean: the least sum of squares plus a penalty for each (Jackson et al. 2005).

    Exact, by a programme over the last change; O(n²).

    Parameters
    ----------
    values
        The series, in time.
    penalty
        What one more change must save; 2 σ² ln n is usual [unit of the data squared].
    least
        Fewest values between two changes.
    """
    x = _series(values)
    n, one, two = len(x), np.concatenate([[0.0], np.cumsum(x - x.mean())]), np.concatenate([[0.0], np.cumsum((x - x.mean()) ** 2)])
    best, last = np.full(n + 1, np.inf), np.zeros(n + 1, int)
    best[0] = -penalty
    for end in range(least, n + 1):
        starts = np.arange(0, end - least + 1)
        cost = best[starts] + two[end] - two[starts] - (one[end] - one[starts]) ** 2 / (end - starts) + penalty
        k = int(cost.argmin())
        best[end], last[end] = cost[k], starts[k]
    found, end = [], n
    while (end := int(last[end])) > 0:
        found.insert(0, end)
    return found
