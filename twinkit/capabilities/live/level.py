"""What is measured with errors: the local level model, and counts that disagree with the books."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

DIFFUSE = 1e7
"""Variance of the level before the first value; its term is left out of the likelihood."""


class Known(NamedTuple):
    """A figure and how well it is known."""

    value: float
    variance: float


@dataclass(frozen=True)
class Filtered:
    """A series seen through the local level model yₜ = μₜ + εₜ, μₜ₊₁ = μₜ + ηₜ.

    Attributes
    ----------
    noise, drift
        Variances of ε and η [unit squared].
    level, variance
        Of μₜ given what was seen up to t, shape (n,).
    loglik
        Log likelihood, without the term of the first value.
    errors
        Standardised one-step errors (yₜ - forecast) / sd, NaN for the first and for gaps, shape (n,).
    """

    noise: float
    drift: float
    level: np.ndarray
    variance: np.ndarray
    loglik: float
    errors: np.ndarray

    def forecast(self, ahead: int = 1) -> tuple[float, float]:
        """Mean and standard deviation of the value `ahead` periods after the last."""
        return float(self.level[-1]), math.sqrt(float(self.variance[-1]) + ahead * self.drift + self.noise)

    def smoothed(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of μₜ given the whole series (Rauch, Tung & Striebel 1965), shapes (n,)."""
        mean, var = self.level.copy(), self.variance.copy()
        for t in range(len(mean) - 2, -1, -1):
            ahead = self.variance[t] + self.drift
            gain = self.variance[t] / ahead if ahead else 0.0
            mean[t] += gain * (mean[t + 1] - self.level[t])
            var[t] += gain**2 * (var[t + 1] - ahead)
        return mean, var


def filtered(values: Sequence[float], noise: float, drift: float, start: Known | None = None) -> Filtered:
    """The Kalman filter of the local level model (Durbin & Koopman, *Time Series Analysis by State Space Methods*, 2.2).

    Parameters
    ----------
    values
        The series; NaN where nothing was read, shape (n,).
    noise, drift
        Variances of a reading around the level, and of the change of the level from one period to the next [unit squared].
    start
        What is known of the level before the first value; by default nothing: mean 0, variance :data:`DIFFUSE`.

    Raises
    ------
    ValueError
        If a variance is below 0, or there is no value.
    """
    y = np.asarray(values, float)
    if not (noise >= 0.0 and drift >= 0.0 and np.isfinite(y).any()):
        raise ValueError("a local level needs at least one value, and variances of 0 or more")
    a, p = start or Known(0.0, DIFFUSE)
    level, variance, errors = np.empty(len(y)), np.empty(len(y)), np.full(len(y), np.nan)
    loglik, first = 0.0, True
    for t, value in enumerate(y):
        if t:
            p += drift
        if math.isfinite(value):
            spread, error = p + noise, value - a
            if not first:
                loglik -= 0.5 * (math.log(2.0 * math.pi) + math.log(spread) + error**2 / spread)
                errors[t] = error / math.sqrt(spread)
            gain = p / spread if spread else 0.0
            a, p, first = a + gain * error, p * (1.0 - gain), False
        level[t], variance[t] = a, p
    return Filtered(noise, drift, level, variance, loglik, errors)


def fit_local_level(values: Sequence[float]) -> Filtered:
    """The local level model with the variances of the greatest likelihood.

    Raises
    ------
    ValueError
        If there are fewer than three values, or all are the same.
    """
    y = np.asarray(values, float)
    seen = y[np.isfinite(y)]
    if len(seen) < 3 or np.ptp(seen) == 0:
        raise ValueError("a local level can be fitted to at least three values that are not all the same")
    size, start = float(seen.var()), Known(0.0, max(DIFFUSE, 10.0 * float((seen**2).mean())))

    def cost(p: np.ndarray) -> float:
        return -filtered(y, size * math.exp(p[0]), size * math.exp(p[1]), start).loglik

    grid = [(a, b) for a in (-4.0, -1.0, 0.0) for b in (-12.0, -5.0, -2.0, 0.0)]
    begin = min(grid, key=lambda p: cost(np.array(p)))
    best = minimize(cost, begin, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-10, "maxiter": 2000}, bounds=[(-30.0, 5.0)] * 2)
    return filtered(y, *(size * np.exp(best.x)), start)


def merged(*figures: Known) -> Known:
    """Independent figures of the same thing as one, each weighted with the inverse of its variance.

    Of the books with their variance and a count with its own this is the update of a Kalman filter: a figure
    without any error counts alone.

    Raises
    ------
    ValueError
        If there is none, or two without any error disagree.

    Examples
    --------
    >>> best = merged(Known(100.0, 9.0), Known(90.0, 1.0))
    >>> best.value, round(best.variance, 12)
    (91.0, 0.9)
    """
    exact = {f.value for f in figures if f.variance == 0.0}
    if not figures or len(exact) > 1:
        raise ValueError("there is no figure to merge" if not figures else "two figures without any error disagree")
    if exact:
        return Known(exact.pop(), 0.0)
    weights = [1.0 / f.variance for f in figures]
    total = sum(weights)
    return Known(sum(w * f.value for w, f in zip(weights, figures, strict=True)) / total, 1.0 / total)
