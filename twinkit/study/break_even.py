"""Where a measure stops paying: the expected saving is linear in the probability of a risk."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student
from scipy.stats import ttest_ind


class Threshold(NamedTuple):
    """A threshold with its 95 % interval; NaN where there is none, infinite where a bound is not known."""

    value: float
    low: float
    high: float


NONE = Threshold(math.nan, math.nan, math.nan)


def threshold(saved: np.ndarray, needed: np.ndarray) -> Threshold:
    """X at which x · saved pays what is needed: mean(needed) / mean(saved).

    The interval is that of Fieller (1954, J. Royal Statistical Society B 16): all x for
    which the mean of ``x · saved - needed`` does not differ from 0 (Student's t, 95 %).

    Parameters
    ----------
    saved
        What one unit of x saves, by world [money].
    needed
        What has to be earned, by world [money].

    Returns
    -------
    Threshold
        x pays above it where something is saved on the mean, and below it where something is lost and
        not needed anyway; NaN where no x of 0 or more pays.

    Examples
    --------
    >>> t = threshold(np.array([9.0, 11.0, 10.0]), np.array([2.0, 2.0, 2.0]))
    >>> round(t.value, 3), round(t.low, 3), round(t.high, 3)
    (0.2, 0.16, 0.266)
    """
    s, d, n = float(np.mean(saved)), float(np.mean(needed)), len(saved)
    if s == 0 or not math.isfinite(s):
        return NONE
    if s < 0 <= d:
        return NONE
    if s < 0:
        return threshold(-np.asarray(saved), -np.asarray(needed))
    if n == 1:
        return Threshold(d / s, math.nan, math.nan)
    (vs, vsd), (_, vd) = np.cov(np.vstack([saved, np.broadcast_to(needed, saved.shape)]), ddof=1)
    k = float(student.ppf(0.975, n - 1) ** 2 / n)
    a, b, c = (float(x) for x in (s * s - k * vs, s * d - k * vsd, d * d - k * vd))
    if a <= 0:  # what is saved is not clear: no bound
        return Threshold(d / s, -math.inf, math.inf)
    root = math.sqrt(max(b * b - a * c, 0.0))
    return Threshold(d / s, (b - root) / a, (b + root) / a)


def apart(one: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """Difference of the means of independent worlds, with Welch's 95 % interval."""
    difference = float(one.mean() - other.mean())
    if min(len(one), len(other)) < 2:
        return difference, math.nan, math.nan
    if one.std() == 0 and other.std() == 0:
        return difference, difference, difference
    low, high = ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    return difference, float(low), float(high)
