"""Intervals: of a mean, of a median, of a share."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import binom
from scipy.stats import t as student

Z95 = 1.959963984540054


def mean_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float, float]:
    """Mean and its confidence interval (Student's t, n - 1 degrees of freedom).

    Parameters
    ----------
    values
        Independent values, shape (n,).
    level
        Confidence.

    Returns
    -------
    mean, low, high
        NaN for no values; low and high are NaN for one value.

    Examples
    --------
    >>> [round(x, 3) for x in mean_interval(np.array([1.0, 2.0, 3.0]))]
    [2.0, -0.484, 4.484]
    """
    n = len(values)
    if n == 0:
        return (math.nan,) * 3
    mean = float(np.mean(values))
    if n == 1:
        return mean, math.nan, math.nan
    half = float(student.ppf((1 + level) / 2, n - 1) * np.std(values, ddof=1) / math.sqrt(n))
    return mean, mean - half, mean + half


def median_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float, float]:
    """Median and its confidence interval, from the ranks of the values (no distribution assumed; values may be infinite).

    Parameters
    ----------
    values
        Independent values, shape (n,); the median of an even number is the higher of the two in the middle.
    level
        Confidence, at least.

    Returns
    -------
    median, low, high
        NaN for no values; low and high are NaN where there are too few (below 6 at 95 %).

    Examples
    --------
    >>> median_interval(np.arange(1.0, 11.0))
    (6.0, 2.0, 9.0)
    """
    n = len(values)
    if n == 0:
        return (math.nan,) * 3
    ranked = np.sort(values)
    rank = int(binom.ppf((1 - level) / 2, n, 0.5))
    middle = float(ranked[n // 2])
    return (middle, float(ranked[rank - 1]), float(ranked[n - rank])) if rank else (middle, math.nan, math.nan)


def share_interval(hits: int, n: int) -> tuple[float, float, float]:
    """Share and its 95 % Wilson interval (Wilson 1927).

    Returns
    -------
    share, low, high
        NaN for n = 0.

    Examples
    --------
    >>> [round(x, 3) for x in share_interval(0, 10)]
    [0.0, 0.0, 0.278]
    """
    if n == 0:
        return (math.nan,) * 3
    p, z2 = hits / n, Z95 * Z95
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return p, max(0.0, middle - half), min(1.0, middle + half)
