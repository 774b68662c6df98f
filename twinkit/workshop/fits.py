"""What rule a person seems to have followed: Sterman's anchoring and adjustment, fitted.

    O = max(0, L + α (S′ − S − β SL)),   L = θ D + (1 − θ) L₋₁

with D what was asked for, S stock less backlog and SL the supply line before the order
(Sterman, Management Science 35, 1989, 321-339).  For a given θ the rule is linear in
(α, αS′, αβ) but for the edge at 0 and the limits; θ is searched on a grid and all four are
then polished together.  Intervals are those of a parametric bootstrap: the fitted rule
plays the same looks again with noise of the size that was left over, and is fitted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares, lsq_linear

NAMES = ("theta", "alpha", "beta", "goal")
MEANINGS = {
    "theta": "weight of the newest demand in expected demand: 0 = never learns, 1 = the last order is the forecast",
    "alpha": "share of the gap in stock that is ordered at once",
    "beta": "weight of the supply line: 1 = all that is ordered is remembered, 0 = forgotten",
    "goal": "S′: stock that is aimed at, the supply line counted with its weight [units]",
}
"""Definition of every parameter."""

GRID = np.linspace(0.0, 1.0, 21)
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

    def forecast(self, theta: float) -> np.ndarray:
        """Expected demand of every period [units/period]."""
        level, levels = self.start, np.empty(len(self.incoming))
        for t, asked in enumerate(self.incoming):
            level = levels[t] = theta * asked + (1.0 - theta) * level
        return levels

    def rule(self, theta: float, alpha: float, beta: float, goal: float) -> np.ndarray:
        """Orders of the rule, given what was seen [units]."""
        return np.maximum(0.0, self.forecast(theta) + alpha * (goal - self.net - beta * self.line))


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
    best = _estimate(played, GRID)
    fitted = played.rule(*best)
    left = (played.orders - fitted)[played.own]
    error = float(np.sqrt((left**2).mean()))
    spread = float(np.sqrt((left**2).sum() / max(1, n - len(NAMES))))
    again = _bootstrap(played, best, fitted, spread, draws, seed)
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


def _bootstrap(
    played: Played, best: np.ndarray, fitted: np.ndarray, spread: float, draws: int, seed: int
) -> np.ndarray:
    rng, found = np.random.default_rng(seed), []
    near = np.unique(np.clip(best[0] + np.array([-0.3, -0.15, -0.05, 0.0, 0.05, 0.15, 0.3]), 0.0, 1.0))
    grid = np.union1d(near, GRID[::5])
    for _ in range(draws):
        orders = np.round(np.maximum(0.0, fitted + rng.normal(0.0, spread, len(fitted))))
        found.append(
            _estimate(Played(played.incoming, played.net, played.line, orders, played.start, played.own), grid)
        )
    return np.array(found)


def _estimate(played: Played, grid: Sequence[float]) -> np.ndarray:
    """Least squares over (θ, α, β, S′)."""
    start = min((_given_theta(played, theta) for theta in grid), key=lambda pair: pair[0])[1]
    theta, alpha, shown, goal = start

    def residual(x: np.ndarray) -> np.ndarray:
        return (played.rule(x[0], x[1], x[2], x[3]) - played.orders)[played.own]

    top = _highest_goal(played)
    begin = np.clip([theta, alpha, shown, goal], [0.001, 0.001, 0.001, 0.001], [0.999, 0.999, 0.999, top - 0.001])
    found = least_squares(residual, begin, bounds=([0, 0, 0, 0], [1, 1, 1, top]), x_scale=[1, 1, 1, max(1.0, goal)])
    return found.x if found.cost <= _cost(played, start) else np.array(start)


def _highest_goal(played: Played) -> float:
    return 10.0 * float(np.abs(played.net).max() + np.abs(played.line).max() + played.orders.max() + 1.0)


def _cost(played: Played, x: Sequence[float]) -> float:
    return 0.5 * float(((played.rule(*x) - played.orders)[played.own] ** 2).sum())


def _given_theta(played: Played, theta: float) -> tuple[float, tuple[float, float, float, float]]:
    """The linear part for a given θ: orders of 0 count where the line would be above 0."""
    gap = played.orders - played.forecast(theta)
    rows = played.own & (played.orders > 0)
    if rows.sum() < 3:
        rows = played.own
    left = np.column_stack([np.ones(rows.sum()), -played.net[rows], -played.line[rows]])
    found = lsq_linear(left, gap[rows], bounds=([0, 0, 0], [np.inf, 1, 1])).x
    alpha = max(float(found[1]), 1e-9)
    x = (theta, alpha, float(np.clip(found[2] / alpha, 0, 1)), float(min(found[0] / alpha, _highest_goal(played))))
    return _cost(played, x), x
