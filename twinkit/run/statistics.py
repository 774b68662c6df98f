"""Intervals: every figure that twinkit shows gets its interval here, and here only.

An interval that cannot be honest is not given: its ends are NaN and ``why`` says the reason.
Which figure has which interval, and how often each held the true value in simulated studies, is
in ``docs/statistics.md``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import bdtr, ndtri, stdtrit

SHARE, CHANGE = (0.0, 1.0), (-1.0, 1.0)
"""Ends that a share, and a difference of two shares, cannot pass."""
LEAST = 10
"""Fewest losses in a tail from which the mean of the tail gets an interval."""


def limits(unit: str, change: bool = False) -> tuple[float, float] | None:
    """Ends that no value of a unit can pass, nor a difference of two; None for a unit without limits."""
    return (CHANGE if change else SHARE) if unit == "share" else None


class _Three(NamedTuple):
    value: float
    low: float
    high: float


class Interval(_Three):
    """A figure and the ends of its interval: unpacks into three numbers.

    Attributes
    ----------
    value, low, high
        The ends are NaN where there is no honest interval.
    why
        Why there is none; "" where there is one.
    """

    why: str = ""

    @classmethod
    def none(cls, value: float, why: str) -> Interval:
        """A figure without an interval, and why."""
        found = cls(value, math.nan, math.nan)
        found.why = why
        return found

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0; one that is not known leaves nothing out."""
        return bool(self.low > 0 or self.high < 0)


# --- means


def mean_interval(values: np.ndarray, level: float = 0.95, within: tuple[float, float] | None = None) -> Interval:
    """Mean of independent worlds with its confidence interval: Student's, corrected for skewness.

    With the skewness g of the values, the t statistic T is made symmetric by Hall's cubic

        H(T) = T + a T² + a² T³ / 3 + g / (6 √n),   a = g / (3 √n)

    (P. Hall, *On the removal of skewness by transformation*, J. Royal Statistical Society B 54,
    1992, 221-228); the ends are where H meets the quantiles of Student's t with n - 1 degrees of
    freedom.  Values without skewness get Student's interval itself.  A long tail, as costs,
    backlogs and losses have it, moves the interval towards the tail.

    Parameters
    ----------
    values
        One value for each world, shape (n,).
    level
        Confidence.
    within
        Ends that no value can pass, e.g. :data:`SHARE`: they cut the interval, and bound it where
        all worlds agree on an end (or on no difference): what happens in a share of 1 - α^(1/n)
        of the worlds may not have been seen yet.

    Returns
    -------
    Interval
        Without ends for fewer than two worlds, and where all values are 0 without limits: what is
        rare has not been seen, and nothing says how large it is.  Other values that all agree are
        free of luck; they are their own interval.

    Examples
    --------
    >>> [round(x, 3) for x in mean_interval(np.array([1.0, 2.0, 3.0]))]
    [2.0, -0.484, 4.484]
    >>> [round(x, 3) for x in mean_interval(np.array([1.0, 1.0, 1.0, 9.0]))]
    [3.0, -1.223, 23.4]
    """
    x = np.asarray(values, float)
    n = len(x)
    if n == 0:
        return Interval.none(math.nan, "not defined in any world")
    mean = float(x.sum()) / n
    if n == 1:
        return Interval.none(mean, "one world")
    if within is not None and (x.min() < within[0] or x.max() > within[1]):
        within = None  # e.g. more is served than without the event, where customers had to wait for it
    off = x - mean
    square = off * off
    second = float(square.sum()) / n
    if second <= 1e-24 * mean * mean:
        return _agreed(float(x[0]), n, level, within)
    skewness = float(square @ off) / n / second**1.5
    t = float(stdtrit(n - 1, (1 + level) / 2))
    unit = math.sqrt(second / (n - 1))
    low, high = mean - unit * _unskewed(t, skewness, n), mean - unit * _unskewed(-t, skewness, n)
    if within is not None:
        low, high = max(low, within[0]), min(high, within[1])
    return Interval(mean, low, high)


def means_of(values: Mapping[str, np.ndarray], within: Mapping[str, tuple[float, float]] | None = None) -> dict[str, float]:
    """Mean and ends of :func:`mean_interval` of several figures by world: ``name``, ``name_low``, ``name_high``; NaN where none is known.

    Parameters
    ----------
    values
        Name → one value for each world; worlds in which it is not known (NaN) are left out.
    within
        Name → ends that no value can pass.
    """
    found = {}
    for name, worlds in values.items():
        good = worlds[np.isfinite(worlds)]
        three = mean_interval(good, within=(within or {}).get(name)) if len(good) else (np.nan,) * 3
        found.update(zip((name, f"{name}_low", f"{name}_high"), three, strict=True))
    return found


def _unskewed(t: float, skewness: float, n: int) -> float:
    """The value at which Hall's cubic is t."""
    a = skewness / (3 * math.sqrt(n))
    if abs(a) < 1e-7:
        return t
    cube = 1 + 3 * a * (t - skewness / (6 * math.sqrt(n)))
    return (math.copysign(abs(cube) ** (1 / 3), cube) - 1) / a


def _agreed(mean: float, n: int, level: float, within: tuple[float, float] | None) -> Interval:
    """The interval where all worlds have the same value."""
    unseen = 1 - ((1 - level) / 2) ** (1 / n)
    if within is not None and (mean in within or (mean == 0 and within == CHANGE)):
        return Interval(mean, mean - unseen * (mean - within[0]), mean + unseen * (within[1] - mean))
    if mean == 0:
        return Interval.none(0.0, f"0 in all {n} worlds: what happens in fewer than 1 of {math.ceil(1 / unseen)} may not have been seen")
    return Interval(mean, mean, mean)


def watched_together(
    first: np.ndarray, second: np.ndarray, first_censored: np.ndarray, second_censored: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Times of the same worlds in two scenarios, each counted as far as both were watched.

    A time that is censored is only known to be longer.  To leave such worlds out takes the longest
    times away and moves the difference; to take them as they are calls a world better that only
    failed later.  So both times of a world are counted up to the shorter of the two watches (the
    restricted mean of survival analysis, Royston & Parmar, *BMC Medical Research Methodology* 13,
    2013, pair by pair): what both have in common is known in every world, and where both are
    censored the difference is 0.

    Parameters
    ----------
    first, second
        Times; where censored, for how long it was watched, shape (worlds,) [periods].
    first_censored, second_censored
        Whether a time is only known to be longer, shape (worlds,).

    Returns
    -------
    tuple of two arrays, shape (worlds,)
        Times counted as far as both were watched [periods].

    Examples
    --------
    >>> a, b = watched_together(np.array([9.0, 40.0]), np.array([5.0, 60.0]), np.array([False, True]), np.array([False, True]))
    >>> (b - a).tolist()
    [-4.0, 0.0]
    """
    watch = np.minimum(np.where(first_censored, first, np.inf), np.where(second_censored, second, np.inf))
    return np.minimum(first, watch), np.minimum(second, watch)


def tail_interval(values: np.ndarray, weights: np.ndarray, share: float, against: np.ndarray | None = None) -> Interval:
    """Mean of the largest values that hold a share of the weight, or what it is less than that of other values.

    The tail mean c = q + E[(X - q)₊] / share, with q the quantile where the tail begins (Rockafellar &
    Uryasev 2000, J. Risk 2), is a mean of what each world adds to it, so it gets :func:`mean_interval` of
    that; the error in q does not count to first order, since c is least at q.

    Parameters
    ----------
    values
        Shape (kinds, worlds), e.g. losses of risks [money].
    weights
        Of each kind; all 0 counts as all the same.
    share
        Share of the weight that is the tail.
    against
        Values of the same worlds: the figure is their tail mean less this one.

    Returns
    -------
    Interval
        Without ends where fewer than :data:`LEAST` worlds reach into a tail.

    Examples
    --------
    >>> tail_interval(np.array([[0.0, 10.0], [20.0, 40.0]]), np.array([0.3, 0.1]), 0.25).value
    30.0
    """
    own, few = tail_by_world(np.asarray(values, float), weights, share)
    if against is not None:
        other, fewer = tail_by_world(np.asarray(against, float), weights, share)
        own, few = other - own, min(few, fewer)
    found = mean_interval(own)
    if few < LEAST and len(own) > 1:
        return Interval.none(found.value, f"too few worlds to say: only {few} reach into the worst {100 * share:g} %")
    return found


def tail_by_world(values: np.ndarray, weights: np.ndarray, share: float) -> tuple[np.ndarray, int]:
    """What each world adds to the mean of the tail (their mean is that of the tail), and how many worlds reach into it."""
    p = np.asarray(weights, float)
    p = p / p.sum() if p.sum() > 0 else np.full(len(p), 1 / len(p))
    flat = values.ravel()
    weight = np.repeat(p / values.shape[1], values.shape[1])
    order = np.argsort(-flat, kind="stable")
    within = np.cumsum(weight[order])
    edge = min(int(np.searchsorted(within, share - 1e-12)), len(flat) - 1)
    share = min(share, float(within[-1]))
    q = flat[order[edge]]
    reach = np.zeros(len(flat), bool)
    reach[order[: edge + 1]] = True
    worlds = (reach.reshape(values.shape) & (p > 0)[:, None]).any(axis=0)
    return q + p @ np.maximum(values - q, 0.0) / share, int(worlds.sum())


# --- ranks and shares


def median_interval(values: np.ndarray, level: float = 0.95) -> Interval:
    """Median and its confidence interval, from the ranks of the values (no distribution assumed; values may be infinite).

    The k-th smallest and the k-th largest value hold the median with probability 1 - 2 P(B < k), B binomial with n and 1/2
    (Conover 1999, *Practical Nonparametric Statistics*, 3.2); k is the largest with at least `level`.

    Parameters
    ----------
    values
        Independent values, shape (n,); the median of an even number is the higher of the two in the middle.
    level
        Confidence, at least.

    Returns
    -------
    Interval
        Without ends where there are too few worlds (below 6 at 95 %).

    Examples
    --------
    >>> tuple(median_interval(np.arange(1.0, 11.0)))
    (6.0, 2.0, 9.0)
    """
    n = len(values)
    if n == 0:
        return Interval.none(math.nan, "not defined in any world")
    ranked = np.sort(np.asarray(values, float))
    rank = _rank(n, level)
    middle = float(ranked[n // 2])
    if not rank:
        return Interval.none(middle, f"too few worlds to say: {n}")
    return Interval(middle, float(ranked[rank - 1]), float(ranked[n - rank]))


class Times(NamedTuple):
    """Times of some worlds, of which some are only known to be longer.

    Attributes
    ----------
    periods
        The time; where censored, that for which it was watched and which it exceeds [periods].
    censored
        Whether it is only known to be longer.
    """

    periods: np.ndarray
    censored: np.ndarray

    def quantile(self, share: float) -> float:
        """A quantile; infinite where it is censored [periods]."""
        return float(np.quantile(self._open, share, method="higher")) if len(self.periods) else np.nan

    @property
    def _open(self) -> np.ndarray:
        return np.where(self.censored, np.inf, self.periods)

    def median(self) -> tuple[float, float, float]:
        """Median with its 95 % interval; infinite where censored [periods]."""
        return median_interval(self._open)

    def shown(self, share: float) -> str:
        """A quantile as it is shown; one that is censored as more than what was watched."""
        value = self.quantile(share)
        if np.isnan(value):
            return "not defined"
        if np.isfinite(value):
            return f"{value:g}"
        return f"> {np.quantile(self.periods, share, method='higher'):g}"


@lru_cache(1024)
def _rank(n: int, level: float) -> int:
    return int(np.searchsorted(bdtr(np.arange(n + 1), n, 0.5), (1 - level) / 2))


def share_interval(hits: int, n: int, level: float = 0.95) -> Interval:
    """Share and its Wilson interval (Wilson 1927); none of n does not exclude 0, and all of n not 1.

    Returns
    -------
    Interval
        NaN for n = 0.

    Examples
    --------
    >>> [round(x, 3) for x in share_interval(0, 10)]
    [0.0, 0.0, 0.278]
    """
    if n == 0:
        return Interval.none(math.nan, "not defined in any world")
    z = float(ndtri((1 + level) / 2))  # as scipy.stats.binomtest does, which tests as well and takes 30 times as long
    p, z2 = hits / n, z * z
    middle, half = p + z2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    low, high = (middle - half) / (1 + z2 / n), (middle + half) / (1 + z2 / n)
    return Interval(p, 0.0 if hits == 0 else low, 1.0 if hits == n else high)


# --- ratios and differences of means


def ratio_interval(above: np.ndarray, below: np.ndarray) -> Interval:
    """Mean(above) / mean(below), values paired by world.

    The interval holds all x for which :func:`mean_interval` of ``x · below - above`` holds 0 (Fieller
    1954, J. Royal Statistical Society B 16, with the interval of the mean that is used for everything else).

    Parameters
    ----------
    above, below
        By world, shape (n,); both are turned where both are below 0 in the mean.

    Returns
    -------
    Interval
        From -inf to inf where `below` is not clearly above 0; NaN where its mean is not above 0.

    Examples
    --------
    >>> [round(x, 3) for x in ratio_interval(np.array([2.0, 2.0, 2.0]), np.array([9.0, 11.0, 10.0]))]
    [0.2, 0.16, 0.266]
    """
    below = np.asarray(below, float)
    above = np.broadcast_to(np.asarray(above, float), below.shape)
    size = float(below.mean())
    if size < 0 and above.mean() < 0:
        return ratio_interval(-above, -below)
    if not size > 0:
        return Interval.none(math.nan, "divided by nothing")
    value = float(above.mean()) / size
    if len(below) == 1:
        return Interval.none(value, "one world")
    if not mean_interval(below).low > 0:
        return Interval(value, -math.inf, math.inf)
    step = max(abs(value), float(np.abs(above).max()) / size, 1e-12)

    def end(way: int) -> float:
        def at(x: float) -> float:
            found = mean_interval(x * below - above)[1 if way > 0 else 2]
            return 0.0 if math.isnan(found) else found

        far = value + way * step
        while at(far) * way < 0:
            far += 2 * (far - value)
        return value if at(value) * way >= 0 else float(brentq(at, value, far, rtol=1e-6, xtol=1e-12 * step))

    return Interval(value, end(-1), end(1))


def apart_interval(one: np.ndarray, other: np.ndarray) -> Interval:
    """Difference of the means of worlds that do not share their luck (one - other), with Welch's 95 % interval."""
    difference = float(one.mean() - other.mean())
    if min(len(one), len(other)) < 2:
        return Interval.none(difference, "one world")
    if np.ptp(one) == 0 and np.ptp(other) == 0:
        return Interval(difference, difference, difference)
    parts = np.array([one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)])  # of the variance of the difference
    freedom = parts.sum() ** 2 / (parts**2 / [len(one) - 1, len(other) - 1]).sum()
    half = float(stdtrit(freedom, 0.975) * np.sqrt(parts.sum()))
    return Interval(difference, difference - half, difference + half)

