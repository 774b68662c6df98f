"""What rule a person seems to have followed: Sterman's anchoring and adjustment, fitted.

    O = max(0, L + α (S′ − S − β SL)),   L = θ D + (1 − θ) L₋₁

with D what was asked for, S stock less backlog and SL the supply line before the order
(Sterman, Management Science 35, 1989, 321-339).  Least squares within the limits of the
parameters, from many starts, by damped Gauss-Newton steps (Levenberg and Marquardt) that are
taken for all starts at once.  Intervals are those of a parametric bootstrap: the fitted rule
plays the same looks again with noise of the size that was left over, and is fitted again.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

NAMES = ("theta", "alpha", "beta", "goal")
MEANINGS = {
    "theta": "weight of the newest demand in expected demand: 0 = never learns, 1 = the last order is the forecast",
    "alpha": "share of the gap in stock that is ordered at once",
    "beta": "weight of the supply line: 1 = all that is ordered is remembered, 0 = forgotten",
    "goal": "S′: stock that is aimed at, the supply line counted with its weight [units]",
}
"""Definition of every parameter."""

STEPS = 60
"""Steps of a fit at most; far fewer do as a rule."""
LEAST = 8
"""Fewest orders of one's own that a fit is made from."""
TOO_FLAT = 0.02
"""A share of the gap below which stock says nothing about orders, so β and S′ cannot be told."""


@dataclass(frozen=True)
class Played:
    """What a seat saw and did, one number for each period.

    Attributes
    ----------
    incoming, net, line, orders
        Asked for; on hand less backlog; on order before the order was made; ordered [units].
    start
        Expected demand before the first period [units/period].
    own
        Whether the seat chose the order itself (not the exercise, not a bot).
    """

    incoming: np.ndarray
    net: np.ndarray
    line: np.ndarray
    orders: np.ndarray
    start: float
    own: np.ndarray

    def rule(self, x: np.ndarray) -> np.ndarray:
        """Orders of the rule, given what was seen.

        Parameters
        ----------
        x
            Parameters in the order of :data:`NAMES`, shape (rules, 4).

        Returns
        -------
        array, shape (rules, periods)
            Orders [units].
        """
        theta, alpha, beta, goal = x.T
        level, expected = np.full(len(x), self.start), np.empty((len(x), len(self.incoming)))
        for t, asked in enumerate(self.incoming):
            level = expected[:, t] = theta * asked + (1.0 - theta) * level
        gap = goal[:, None] - self.net - beta[:, None] * self.line
        return np.maximum(0.0, expected + alpha[:, None] * gap)


@dataclass(frozen=True)
class Fit:
    """Fitted parameters.

    Attributes
    ----------
    values, low, high
        Parameter → estimate, and its 95 % interval; NaN where it cannot be told.
    error
        Root mean square of what the rule leaves unexplained [units].
    explained
        1 - residual / total sum of squares of the orders [share]; NaN if they did not vary.
    periods
        Orders that the fit was made from.
    why
        Why there is none: a sentence, or "".
    """

    values: dict[str, float]
    low: dict[str, float]
    high: dict[str, float]
    error: float
    explained: float
    periods: int
    why: str = ""


def fit(played: Played, draws: int = 100, seed: int = 0) -> Fit:
    """Fit the rule to what a seat did.

    Parameters
    ----------
    played
        What it saw and did.
    draws
        Fits of the bootstrap.
    seed
        Seed of the bootstrap.

    Returns
    -------
    Fit
        With `why` instead of numbers where there are too few orders or they never varied.
    """
    n = int(played.own.sum())
    blank = dict.fromkeys(NAMES, np.nan)
    if n < LEAST:
        why = f"There are {n} orders of its own; a fit needs {LEAST}."
        return Fit(blank, blank, blank, np.nan, np.nan, n, why)
    if np.ptp(played.orders[played.own]) == 0:
        return Fit(blank, blank, blank, 0.0, np.nan, n, "Every order was the same, so there is no rule to be told.")
    best = _best(played, played.orders[None], _starts(played))[0]
    fitted = played.rule(best[None])[0]
    left = (played.orders - fitted)[played.own]
    error = float(np.sqrt((left**2).mean()))
    spread = float(np.sqrt((left**2).sum() / max(1, n - len(NAMES))))
    noise = np.random.default_rng(seed).normal(0.0, spread, (draws, len(fitted)))
    again = _best(played, np.round(np.maximum(0.0, fitted + noise)), np.vstack([best, _starts(played)[::5]]))
    low, high = np.quantile(again, [0.025, 0.975], axis=0)
    values = dict(zip(NAMES, map(float, best), strict=True))
    told = {name: name in ("theta", "alpha") or best[1] > TOO_FLAT for name in NAMES}
    total = float(((played.orders - played.orders[played.own].mean())[played.own] ** 2).sum())
    return Fit(
        {k: v if told[k] else np.nan for k, v in values.items()},
        {k: float(x) if told[k] else np.nan for k, x in zip(NAMES, low, strict=True)},
        {k: float(x) if told[k] else np.nan for k, x in zip(NAMES, high, strict=True)},
        error, 1.0 - float((left**2).sum()) / total, n,
    )  # fmt: skip


def _starts(played: Played) -> np.ndarray:
    """Rules to start from, shape (starts, 4)."""
    return np.array([
        (theta, alpha, beta, max(0.0, float((played.net + beta * played.line).mean())))
        for theta, alpha, beta in product((0.05, 0.3, 0.6, 0.95), (0.15, 0.6), (0.1, 0.5, 0.95))
    ])  # fmt: skip


def _best(played: Played, orders: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Least squares for every row of orders: the best of all starts.

    Parameters
    ----------
    orders
        Shape (fits, periods) [units].
    starts
        Shape (starts, 4).

    Returns
    -------
    array, shape (fits, 4)
    """
    many = len(starts)
    x, cost = _descend(played, np.repeat(orders, many, axis=0), np.tile(starts, (len(orders), 1)))
    first = cost.reshape(-1, many).argmin(axis=1)
    return x.reshape(-1, many, len(NAMES))[np.arange(len(orders)), first]


def _descend(played: Played, orders: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Damped Gauss-Newton steps within the limits; parameters and sums of squares."""
    top = 10.0 * float(np.abs(played.net).max() + np.abs(played.line).max() + orders.max() + 1.0)
    scale = np.array([1.0, 1.0, 1.0, max(1.0, float(x[:, 3].max()))])
    high = np.array([1.0, 1.0, 1.0, top])

    def residual(at: np.ndarray) -> np.ndarray:
        return (played.rule(at) - orders)[:, played.own]

    r = residual(x)
    cost, damping = (r**2).sum(axis=1), np.full(len(x), 1e-2)
    for _ in range(STEPS):
        slopes = _slopes(residual, x, r, scale, high)
        square = np.einsum("fnp,fnq->fpq", slopes, slopes)
        # a parameter that does not matter has no slope, and must not move
        damp = damping[:, None] * (np.einsum("fpp->fp", square) + 1e-9)
        step = np.linalg.solve(
            square + damp[:, :, None] * np.eye(len(NAMES)), np.einsum("fnp,fn->fp", slopes, r)[..., None]
        )
        tried = np.clip(x - step[..., 0] * scale, 0.0, high)
        r_tried = residual(tried)
        now = (r_tried**2).sum(axis=1)
        better = now < cost
        gained = np.where(better, cost - now, 0.0)
        x, r = np.where(better[:, None], tried, x), np.where(better[:, None], r_tried, r)
        damping = np.clip(np.where(better, damping / 3.0, damping * 4.0), 1e-9, 1e9)
        cost = np.where(better, now, cost)
        if (gained <= 1e-10 * (1.0 + cost)).all() and (damping > 1e3).sum() + better.sum() == len(x):
            break
    return x, cost


def _slopes(residual, x: np.ndarray, r: np.ndarray, scale: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Derivatives of the residuals by differences that stay within the limits, shape (fits, periods, 4)."""
    slopes = np.empty((*r.shape, len(NAMES)))
    for i in range(len(NAMES)):
        h = 1e-6 * scale[i] * np.where(x[:, i] + 1e-6 * scale[i] > high[i], -1.0, 1.0)
        moved = x.copy()
        moved[:, i] += h
        slopes[:, :, i] = (residual(moved) - r) / h[:, None] * scale[i]
    return slopes
