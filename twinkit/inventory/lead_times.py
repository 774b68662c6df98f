"""How lead times are distributed: maximum likelihood, with orders that are still open, compared by AIC."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import scipy
from scipy.optimize import brentq, minimize
from scipy.special import digamma, gammaincc, gammaln, log_ndtr, polygamma

FAMILIES = ("normal", "lognormal", "gamma")
"""Families that are tried unless others are asked for: what lanes may have, and the gamma of the textbooks."""


class _Family(NamedTuple):
    """Names of the parameters, which of them are above 0, the distribution that they make, and its log likelihood.

    The latter (of ended and of open ones) is written out, as a fit asks for it hundreds of times.
    """

    parameters: tuple[str, ...]
    positive: tuple[bool, ...]
    of: Callable[..., scipy.stats.rv_frozen]
    loglik: Callable[..., float]


def _normal(x: np.ndarray, c: np.ndarray, mu: float, sigma: float) -> float:
    z = (x - mu) / sigma
    return float(-0.5 * (z @ z) - len(x) * (math.log(sigma) + 0.5 * math.log(2.0 * math.pi)) + log_ndtr((mu - c) / sigma).sum())


def _lognormal(x: np.ndarray, c: np.ndarray, mu: float, sigma: float) -> float:
    logs = np.log(x)
    return _normal(logs, np.log(np.maximum(c, 1e-300)), mu, sigma) - float(logs.sum())


def _gamma(x: np.ndarray, c: np.ndarray, shape: float, scale: float) -> float:
    ended = (shape - 1.0) * np.log(x).sum() - x.sum() / scale - len(x) * (float(gammaln(shape)) + shape * math.log(scale))
    return float(ended + np.log(np.maximum(gammaincc(shape, c / scale), 1e-300)).sum())


def _weibull(x: np.ndarray, c: np.ndarray, shape: float, scale: float) -> float:
    ended = len(x) * (math.log(shape) - shape * math.log(scale)) + (shape - 1.0) * np.log(x).sum() - ((x / scale) ** shape).sum()
    return float(ended - ((c / scale) ** shape).sum())


def _exponential(x: np.ndarray, c: np.ndarray, scale: float) -> float:
    return float(-len(x) * math.log(scale) - (x.sum() + c.sum()) / scale)


_KNOWN: dict[str, _Family] = {
    "normal": _Family(("mu", "sigma"), (False, True), lambda mu, sigma: scipy.stats.norm(mu, sigma), _normal),
    "lognormal": _Family(("mu", "sigma"), (False, True), lambda mu, sigma: scipy.stats.lognorm(sigma, scale=math.exp(mu)), _lognormal),
    "gamma": _Family(("shape", "scale"), (True, True), lambda shape, scale: scipy.stats.gamma(shape, scale=scale), _gamma),
    "weibull": _Family(("shape", "scale"), (True, True), lambda shape, scale: scipy.stats.weibull_min(shape, scale=scale), _weibull),
    "exponential": _Family(("scale",), (True,), lambda scale: scipy.stats.expon(scale=scale), _exponential),
}


@dataclass(frozen=True)
class LeadTimeFit:
    """A distribution of lead times fitted by maximum likelihood.

    Attributes
    ----------
    family
        "normal", "lognormal", "gamma", "weibull" or "exponential".
    parameters, errors
        Name → value, and its standard error (from the observed information): mu and sigma of the lead
        time [days] or of its logarithm (lognormal), or shape [-] and scale [days].
    loglik
        Log likelihood.
    n, still_open
        Lead times that have ended, and orders that are still open.
    """

    family: str
    parameters: Mapping[str, float]
    errors: Mapping[str, float]
    loglik: float
    n: int
    still_open: int = 0
    _of: scipy.stats.rv_frozen = field(repr=False, compare=False, default=None)

    @property
    def aic(self) -> float:
        """2 k - 2 ln L (Akaike 1974), k parameters: the least is best."""
        return 2.0 * len(self.parameters) - 2.0 * self.loglik

    @property
    def bic(self) -> float:
        """Schwarz (1978): k ln n - 2 ln L."""
        return len(self.parameters) * math.log(self.n + self.still_open) - 2.0 * self.loglik

    @property
    def mean(self) -> float:
        """Mean lead time [days]."""
        return float(self._of.mean())

    @property
    def sd(self) -> float:
        """Standard deviation [days]."""
        return float(self._of.std())

    def quantile(self, share: float | np.ndarray) -> float | np.ndarray:
        """Lead time that a share does not pass [days]."""
        return self._of.ppf(share)

    def remaining(self, age: float, share: float | np.ndarray) -> float | np.ndarray:
        """Of an order that is open for `age` already: the lead time in all that a share of such orders does not pass [days]."""
        gone = self._of.cdf(age)
        return self._of.ppf(gone + (1.0 - gone) * np.asarray(share))

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Wald interval of a parameter; of one above 0 on the logarithm, so that it stays there."""
        value, error, z = self.parameters[name], self.errors[name], float(scipy.stats.norm.ppf((1 + level) / 2))
        at = _KNOWN[self.family].parameters.index(name)
        if _KNOWN[self.family].positive[at]:
            return value * math.exp(-z * error / value), value * math.exp(z * error / value)
        return value - z * error, value + z * error


def fit_lead_times(
    ended: Sequence[float], still_open: Sequence[float] = (), families: Sequence[str] = FAMILIES
) -> dict[str, LeadTimeFit]:
    """Fit every family to lead times, the best by AIC first.

    Parameters
    ----------
    ended
        Lead times of orders that have come in [days].
    still_open
        Ages of orders that have not come in yet: all that is known is that they take longer (right censoring).
        Left out, the longest would be missing and every fit too short [days].
    families
        Of "normal", "lognormal", "gamma", "weibull" and "exponential".

    Returns
    -------
    dict
        Family → its fit, in rising order of AIC.

    Raises
    ------
    ValueError
        If there are fewer than two different lead times, one is not above 0, or a family is not known; all at once.

    Examples
    --------
    >>> fits = fit_lead_times([12, 15, 9, 22, 14, 18, 11, 30])
    >>> next(iter(fits)), round(fits["gamma"].mean, 3)
    ('lognormal', 16.375)
    """
    x, c = np.asarray(ended, float), np.asarray(still_open, float)
    wrong = [f"{f!r} is no family of lead times: choose {', '.join(_KNOWN)}" for f in families if f not in _KNOWN]
    if not ((np.isfinite(x) & (x > 0)).all() and (np.isfinite(c) & (c >= 0)).all()):
        wrong.append("lead times are numbers above 0, and ages of open orders 0 or more")
    elif len(x) < 2 or np.ptp(x) == 0:
        wrong.append(f"a fit needs at least two different lead times; there {'is' if len(x) == 1 else 'are'} {len(x)}")
    if wrong:
        raise ValueError("; ".join(wrong))
    found = [_fitted(name, x, c) for name in families]
    return {one.family: one for one in sorted(found, key=lambda one: one.aic)}


def _fitted(name: str, x: np.ndarray, c: np.ndarray) -> LeadTimeFit:
    family = _KNOWN[name]
    values = np.array(_closed(name, x))
    if len(c) or name == "weibull":  # no closed form: from the closed form or a guess on, parameters above 0 by their logarithm
        to, back = _scaled(family.positive)
        found = minimize(lambda p: -family.loglik(x, c, *back(p)), to(values), method="Nelder-Mead",
                         options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 5000, "maxfev": 5000})  # fmt: skip
        values = back(found.x)
    errors = np.sqrt(np.diag(np.linalg.inv(_information(name, family, values, x, c))))
    return LeadTimeFit(
        name, dict(zip(family.parameters, map(float, values), strict=True)), dict(zip(family.parameters, map(float, errors), strict=True)),
        family.loglik(x, c, *values), len(x), len(c), family.of(*values),
    )  # fmt: skip


def _closed(name: str, x: np.ndarray) -> tuple[float, ...]:
    """Parameters where nothing is open; of the Weibull by moments of the logarithm, a start."""
    if name == "normal":
        return float(x.mean()), float(x.std())
    logs = np.log(x)
    if name == "lognormal":
        return float(logs.mean()), float(logs.std())
    if name == "exponential":
        return (float(x.mean()),)
    if name == "weibull":
        shape = math.pi / math.sqrt(6.0) / float(logs.std())
        return shape, math.exp(float(logs.mean()) + np.euler_gamma / shape)
    gap = math.log(float(x.mean())) - float(logs.mean())  # ln k - ψ(k) of the shape k, which falls from infinity to 0
    shape = brentq(lambda k: math.log(k) - float(digamma(k)) - gap, 0.25 / gap, 1.0 / gap + 1.0, xtol=1e-14, rtol=1e-14)
    return shape, float(x.mean()) / shape


def _scaled(positive: Sequence[bool]) -> tuple[Callable, Callable]:
    at = np.array(positive)
    return lambda v: np.where(at, np.log(np.where(at, v, 1.0)), v), lambda p: np.where(at, np.exp(np.where(at, p, 0.0)), p)


def _information(name: str, family: _Family, values: np.ndarray, x: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Observed information: minus the second derivatives of the log likelihood at its top."""
    n, (a, *rest) = len(x), values
    if not len(c):
        if name in ("normal", "lognormal"):
            return np.diag([n / rest[0] ** 2, 2.0 * n / rest[0] ** 2])
        if name == "exponential":
            return np.array([[n / a**2]])
        if name == "gamma":
            b = rest[0]
            return n * np.array([[float(polygamma(1, a)), 1.0 / b], [1.0 / b, a / b**2]])
    step = 1e-4 * np.maximum(np.abs(values), 1e-3)
    found = np.empty((len(values), len(values)))
    for i in range(len(values)):
        for j in range(len(values)):
            e, f = np.eye(len(values))[i] * step, np.eye(len(values))[j] * step
            corners = [family.loglik(x, c, *(values + p * e + q * f)) * p * q for p in (1, -1) for q in (1, -1)]
            found[i, j] = -sum(corners) / (4.0 * step[i] * step[j])
    return found
