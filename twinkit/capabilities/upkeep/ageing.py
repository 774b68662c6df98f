"""How long machines last, and at what age it pays to replace them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammainc, gammaln


@dataclass(frozen=True)
class Weibull:
    """A life with distribution 1 - exp(-(t/scale)^shape).

    Attributes
    ----------
    shape, scale
        β [-] and η [time]; with a shape above 1 what is older fails sooner.
    loglik
        Log likelihood of the data that it was fitted to; NaN if it was not fitted.
    failures, suspensions
        How many lives it was fitted to, and how many of them had not ended.
    """

    shape: float
    scale: float
    loglik: float = math.nan
    failures: int = 0
    suspensions: int = 0

    @property
    def mean(self) -> float:
        """Mean life: η Γ(1 + 1/β) [time]."""
        return self.scale * math.exp(gammaln(1.0 + 1.0 / self.shape))

    def life(self, share: float) -> float:
        """Age by which a share has failed; ``life(0.1)`` is the B10 life [time]."""
        return self.scale * (-math.log1p(-share)) ** (1.0 / self.shape)

    def survival(self, age: float | np.ndarray) -> float | np.ndarray:
        """Share that is older than an age."""
        return np.exp(-((np.asarray(age, float) / self.scale) ** self.shape))


def fit_weibull(failures: Sequence[float], suspensions: Sequence[float] = ()) -> Weibull:
    """Maximum likelihood, with lives that had not ended yet.

    The shape solves Σ t^β ln t / Σ t^β - 1/β = mean of ln t over the failures, where the sums are over all lives;
    the scale is (Σ t^β / failures)^(1/β).

    Parameters
    ----------
    failures
        Ages at failure [time].
    suspensions
        Ages reached without one [time].

    Raises
    ------
    ValueError
        If there are fewer than two different failures, or an age is not above 0.
    """
    ended = np.asarray(failures, float)
    every = np.concatenate([ended, np.asarray(suspensions, float)])
    if not (np.isfinite(every).all() and (every > 0).all()):
        raise ValueError("ages are numbers above 0")
    if len(ended) < 2 or np.ptp(np.concatenate([ended, every])) == 0:
        raise ValueError(f"a fit needs at least two failures at different ages; there are {len(ended)}")
    logs, most = np.log(every), float(np.log(every.max()))

    def slope(shape: float) -> float:
        weights = np.exp(shape * (logs - most))
        return float(weights @ logs / weights.sum() - 1.0 / shape - np.log(ended).mean())

    high = 1.0
    while slope(high) < 0:
        high *= 2.0
        if high > 1e6:
            raise ValueError("the failures are too much alike for a fit")
    shape = float(brentq(slope, 1e-6, high, xtol=1e-13))
    scale = math.exp(most + (math.log(np.exp(shape * (logs - most)).sum()) - math.log(len(ended))) / shape)
    d = len(ended)
    loglik = d * math.log(shape) - d * shape * math.log(scale) + (shape - 1.0) * float(np.log(ended).sum()) - float(((every / scale) ** shape).sum())
    return Weibull(shape, scale, loglik, d, len(every) - d)


@dataclass(frozen=True)
class Replacement:
    """When to replace, and what that costs.

    Attributes
    ----------
    age
        Best age; infinite where it never pays to replace what still works [time].
    cost_rate, run_to_failure
        Cost of a unit of time at that age, and without any preventive replacement [money/time].
    """

    age: float
    cost_rate: float
    run_to_failure: float


def cost_rate(life: Weibull, age: float, preventive: float, failure: float) -> float:
    """(c_p R(T) + c_f (1 - R(T))) / ∫₀ᵀ R [money/time] (Barlow & Hunter 1960).

    Parameters
    ----------
    life
        How long a part lasts.
    age
        Age at which it is replaced if it has not failed before [time].
    preventive, failure
        Cost of a replacement before and at failure [money].
    """
    if math.isinf(age):
        return failure / life.mean
    x = (age / life.scale) ** life.shape
    used = life.mean * float(gammainc(1.0 / life.shape, x))  # ∫₀ᵀ exp(-(t/η)^β) dt
    survives = math.exp(-x)
    return (preventive * survives + failure * (1.0 - survives)) / used


def best_age(life: Weibull, preventive: float, failure: float) -> Replacement:
    """The age at which replacing costs least.

    There the hazard is what a unit of time costs on the mean: h(T) ∫₀ᵀ R + R(T) = c_f / (c_f - c_p), whose left side rises
    with T where older parts fail sooner (Barlow & Hunter 1960).

    Raises
    ------
    ValueError
        If a cost is not above 0.
    """
    if not (preventive > 0 and failure > 0):
        raise ValueError("both costs of a replacement must be above 0")
    run = failure / life.mean
    if life.shape <= 1.0 or preventive >= failure:
        return Replacement(math.inf, run, run)

    def beyond(log_age: float) -> float:
        x = math.exp(life.shape * log_age)  # (T/η)^β; the mean of the lives that end by T is in units of η, too
        used = math.exp(gammaln(1.0 + 1.0 / life.shape)) * float(gammainc(1.0 / life.shape, x))
        return life.shape * math.exp((life.shape - 1.0) * log_age) * used + math.expm1(-x) - preventive / (failure - preventive)

    most = math.log(200.0) / life.shape  # older than that is one part in e²⁰⁰
    if beyond(most) < 0.0:
        return Replacement(math.inf, run, run)
    age = life.scale * math.exp(brentq(beyond, -700.0 / life.shape, most, xtol=1e-13))
    rate = cost_rate(life, age, preventive, failure)
    return Replacement(age, rate, run) if rate < run * (1 - 1e-9) else Replacement(math.inf, run, run)


def best_age_interval(
    failures: Sequence[float], suspensions: Sequence[float], preventive: float, failure: float, *, samples: int = 400, seed: int = 1
) -> tuple[Replacement, tuple[float, float], tuple[float, float]]:
    """The best age of fitted lives, with 95 % intervals of the age and of its cost rate.

    By parametric bootstrap: lives are drawn from the fit, cut where they would have been looked at last, fitted again and replaced
    at their best age; percentiles.  A life that had not ended is cut where it was; one that had, where one of those that were
    looked at for longer was (Davison & Hinkley 1997, algorithm 3.1, with the estimate of Kaplan and Meier).

    Returns
    -------
    best
        Of the fit.
    age, rate
        (low, high) of the best age [time] and of its cost rate [money/time].
    """
    life = fit_weibull(failures, suspensions)
    luck, ends, found = np.random.default_rng(seed), np.sort(np.asarray(failures, float)), []
    stops = np.append(np.sort(np.asarray(suspensions, float)), np.inf)
    at_risk = np.arange(len(stops), 0, -1)[:-1] - 1 + len(ends) - np.searchsorted(ends, stops[:-1], side="right")
    beyond = np.cumprod(np.append(1.0, 1.0 - 1.0 / at_risk))  # chance that a life is looked at for longer than the suspensions so far
    later = beyond[np.searchsorted(stops, ends)]
    while len(found) < samples:
        drawn = life.scale * luck.weibull(life.shape, life.failures + life.suspensions)
        cuts = np.searchsorted(-beyond[1:], -later * luck.random(len(ends)))
        limits = np.append(stops[cuts], stops[:-1])
        ended = drawn <= limits
        if ended.sum() >= 2:
            again = best_age(fit_weibull(drawn[ended], limits[~ended]), preventive, failure)
            found.append((again.age, again.cost_rate))
    ages, rates = np.array(found).T
    return best_age(life, preventive, failure), tuple(np.quantile(ages, (0.025, 0.975), method="nearest")), tuple(np.quantile(rates, (0.025, 0.975)))

