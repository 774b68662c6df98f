"""What rule a person seems to have followed: Sterman's anchoring and adjustment, fitted.

    O = max(0, L + α (S′ − S − β SL)),   L = θ D + (1 − θ) L₋₁

with D what was asked for, S stock less backlog and SL the supply line before the order
(Sterman, Management Science 35, 1989, 321-339).  What else moves the hand is taken as normal, and
an order of nothing as one that would have been nothing or less (Tobin, Econometrica 26, 1958, 24-36):
to take it for a hand that aimed at 0 pulls all parameters.  The likelihood is made largest within the
limits of the parameters, from many starts, by damped Gauss-Newton steps (Levenberg and Marquardt)
that are taken for all starts at once.  Intervals are those of the profile likelihood: all values of a
parameter at which the best fit of the others is not clearly worse (Student's limit with n - 4 degrees
of freedom; Bates & Watts, *Nonlinear Regression Analysis*, 1988, 6.1).  The limit is a little wider than
that: stock follows from earlier orders, so people look quicker to correct than they are (Hurwicz 1950),
and by how much was measured on simulated players (:data:`WIDER`, held by a test of the coverage).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy.special import log_ndtr, stdtrit

NAMES = ("theta", "alpha", "beta", "goal")
MEANINGS = {
    "theta": "weight of the newest demand in expected demand: 0 = never learns, 1 = the last order is the forecast",
    "alpha": "share of the gap in stock that is ordered at once",
    "beta": "weight of the supply line: 1 = all that is ordered is remembered, 0 = forgotten",
    "goal": "stock that is aimed at, the supply line counted with its weight [units]",
}
"""Definition of every parameter."""

STEPS = 60
"""Steps of a fit at most; far fewer do as a rule."""
CLOSE = 1e-8
"""Share of the sum of squares by which a step must better it to go on."""
LEAST = 8
"""Fewest orders of one's own that a fit is made from."""
NOISE_STEPS = 4
"""Times that the noise is estimated again from what the rule leaves over."""
LEAST_NOISE = 1e-3
"""Least of what is taken to move the hand [units]."""
WIDER = np.array([1.25, 1.28, 1.25, 1.12])
"""Factors on Student's limit by parameter, measured: with them the intervals of 600 simulated players held 94, 95, 98 and 96 % (theta, alpha,
beta, goal), and 3 % of those with beta 1 were called under it."""
REACH = (0.3, 0.6, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0)
"""Distances from the estimate at which the profile is looked at, in half widths of a straight model."""
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
        return np.maximum(0.0, self._aims(x)[0])

    def _aims(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Orders of the rule before they are cut at 0, (rules, periods), and their slopes, (rules, periods, 4)."""
        theta, alpha, beta, goal = x.T
        level, slope = np.full(len(x), self.start), np.zeros(len(x))
        expected, slopes = np.empty((len(x), len(self.incoming))), np.empty((len(x), len(self.incoming), len(NAMES)))
        for t, asked in enumerate(self.incoming):
            slope = slopes[:, t, 0] = (asked - level) + (1.0 - theta) * slope
            level = expected[:, t] = theta * asked + (1.0 - theta) * level
        gap = goal[:, None] - self.net - beta[:, None] * self.line
        slopes[:, :, 1] = gap
        slopes[:, :, 2] = -alpha[:, None] * self.line
        slopes[:, :, 3] = alpha[:, None]
        return expected + alpha[:, None] * gap, slopes


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


def fit(played: Played) -> Fit:
    """Fit the rule to what a seat did.

    Parameters
    ----------
    played
        What it saw and did.

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
    top = 10.0 * float(np.abs(played.net).max() + np.abs(played.line).max() + played.orders.max() + 1.0)
    seen = _Seen(played, math.inf, np.array([1.0, 1.0, 1.0, top]))
    best = _best(seen, _starts(played))
    for _ in range(NOISE_STEPS):
        seen = replace(seen, noise=seen.noise_at(best))
        best = _best(seen, best[None])
    best, low, high = _profile(seen, best)
    left = (played.orders - played.rule(best[None])[0])[played.own]
    told = {name: name in ("theta", "alpha") or best[1] > TOO_FLAT for name in NAMES}
    total = float(((played.orders - played.orders[played.own].mean())[played.own] ** 2).sum())

    def named(values: np.ndarray) -> dict[str, float]:
        return {k: float(x) if told[k] else np.nan for k, x in zip(NAMES, values, strict=True)}

    error = float(np.sqrt((left**2).mean()))
    return Fit(named(best), named(low), named(high), error, 1.0 - float((left**2).sum()) / total, n)


def _starts(played: Played) -> np.ndarray:
    """Rules to start from, shape (starts, 4)."""
    return np.array([
        (theta, alpha, beta, max(0.0, float((played.net + beta * played.line).mean())))
        for theta, alpha, beta in product((0.05, 0.3, 0.6, 0.95), (0.15, 0.6), (0.1, 0.5, 0.95))
    ])  # fmt: skip


@dataclass(frozen=True)
class _Seen:
    """What a fit is held against.

    Attributes
    ----------
    played
        What the seat saw and did.
    noise
        Standard deviation of what else moves the hand; infinite: plain least squares [units].
    high
        Largest value of every parameter; the least is 0.
    """

    played: Played
    noise: float
    high: np.ndarray

    def misses(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Numbers whose sum of squares is -2 log likelihood (but for a constant), (rules, orders), and their slopes."""
        own, made = self.played.own, self.played.orders[self.played.own]
        aims, slopes = self.played._aims(x)
        aims, slopes = aims[:, own], slopes[:, own]
        slopes *= (aims > 0)[:, :, None]
        aims = np.maximum(aims, 0.0)
        if math.isinf(self.noise):
            return aims - made, slopes
        off = (aims - made) / self.noise
        steep = np.full(off.shape, 1.0 / self.noise)
        nothing = np.broadcast_to(made <= 0, off.shape)
        z = off[nothing]
        log = log_ndtr(-z)
        off[nothing] = np.sqrt(-2.0 * log)
        steep[nothing] *= np.exp(-0.5 * z * z - log) / math.sqrt(2 * math.pi) / off[nothing]
        return off, slopes * steep[:, :, None]

    def noise_at(self, x: np.ndarray) -> float:
        """Noise that fits what is left over at a rule, free of the parameters that were fitted [units]."""
        played = self.played
        aimed, made = played.rule(x[None])[0, played.own], played.orders[played.own]
        some = made > 0
        square = float(((made - aimed)[some] ** 2).sum())
        if math.isfinite(self.noise) and not some.all():  # orders of nothing that were aimed above it
            z = aimed[~some] / self.noise
            square += float((aimed[~some] * self.noise * np.exp(-0.5 * z * z - log_ndtr(-z))).sum()) / math.sqrt(2 * math.pi)
        free = int(some.sum()) * (1.0 - len(NAMES) / len(made))
        return max(math.sqrt(square / max(free, 1.0)), LEAST_NOISE)


def _profile(seen: _Seen, best: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Best rule, and the lowest and highest value of every parameter that is not clearly worse.

    Returns
    -------
    best, low, high
        Each of shape (4,); best is better than the given one where the profile has found a better.
    """
    degrees = int(seen.played.own.sum()) - len(NAMES)
    limit = WIDER * float(stdtrit(degrees, 0.975))
    for _ in range(2):  # a second time, should a better rule turn up on the way
        fixed, values = _looks(seen, best, limit)
        start = np.tile(best, (len(values), 1))
        start[np.arange(len(values)), fixed] = values
        x, cost = _descend(seen, start, fixed)
        least = float((seen.misses(best[None])[0] ** 2).sum())
        if cost.min() >= least - 1e-3:
            break
        best = _best(seen, x[cost.argmin()][None])
    worse = np.sqrt(np.maximum(cost - least, 0.0))
    ends = np.array([_ends(values[fixed == k], worse[fixed == k], best[k], limit[k]) for k in range(len(NAMES))])
    return best, ends[:, 0], ends[:, 1]


def _looks(seen: _Seen, best: np.ndarray, limit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values of each parameter at which the profile is looked at: number of the parameter, and its value."""
    slopes = seen.misses(best[None])[1][0]
    width = limit * np.sqrt(np.diag(np.linalg.pinv(slopes.T @ slopes + 1e-9 * np.eye(len(NAMES)))))
    fixed, values = [], []
    for k, high in enumerate(seen.high):
        steps = np.array(REACH) * min(width[k], high)
        there = np.unique(np.clip(np.concatenate([best[k] - steps, best[k] + steps, [0.0, high]]), 0.0, high))
        fixed.append(np.full(len(there), k))
        values.append(there)
    return np.concatenate(fixed), np.concatenate(values)


def _ends(values: np.ndarray, worse: np.ndarray, best: float, limit: float) -> tuple[float, float]:
    """Where the profile crosses its limit on both sides of the best; the last value where it does not."""
    found = []
    for side in (values < best, values > best):
        order = np.argsort(np.abs(values[side] - best))
        x, y = np.append(best, values[side][order]), np.append(0.0, worse[side][order])
        over = np.flatnonzero(y > limit)
        if not len(over):
            found.append(x[-1])
            continue
        # the farthest crossing: what lies beyond a clearly worse value may fit as well as the best
        i = int(np.flatnonzero(y <= limit)[-1])
        found.append(x[i] if i == len(x) - 1 else x[i] + (x[i + 1] - x[i]) * (limit - y[i]) / (y[i + 1] - y[i]))
    return float(found[0]), float(found[1])


def _best(seen: _Seen, starts: np.ndarray) -> np.ndarray:
    """The most likely rule of all starts (shape (starts, 4)), shape (4,)."""
    x, cost = _descend(seen, starts)
    return x[cost.argmin()]


def _descend(seen: _Seen, x: np.ndarray, fixed: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Damped Gauss-Newton steps within the limits; parameters and sums of squares.

    Parameters
    ----------
    x
        Rules to start from, shape (rules, 4).
    fixed
        Parameter of each rule that stays where it is, -1 for none, shape (rules,); by default none.
    """
    scale = np.array([1.0, 1.0, 1.0, max(1.0, float(x[:, 3].max()))])
    moves = np.ones(x.shape)
    if fixed is not None:
        moves[fixed >= 0, fixed[fixed >= 0]] = 0.0
    r, slopes = seen.misses(x)
    cost, damping = (r**2).sum(axis=1), np.full(len(x), 1e-2)
    for _ in range(STEPS):
        slopes = slopes * (scale * moves)[:, None, :]
        square = np.einsum("fnp,fnq->fpq", slopes, slopes)
        # a parameter that does not matter has no slope, and must not move
        damp = damping[:, None] * (np.einsum("fpp->fp", square) + 1e-9)
        step = np.linalg.solve(
            square + damp[:, :, None] * np.eye(len(NAMES)), np.einsum("fnp,fn->fp", slopes, r)[..., None]
        )
        tried = np.clip(x - step[..., 0] * scale, 0.0, seen.high)
        r_tried, slopes_tried = seen.misses(tried)
        now = (r_tried**2).sum(axis=1)
        better = now < cost
        gained = np.where(better, cost - now, 0.0)
        x, r = np.where(better[:, None], tried, x), np.where(better[:, None], r_tried, r)
        slopes = np.where(better[:, None, None], slopes_tried, slopes / np.where(scale * moves > 0, scale * moves, 1.0)[:, None, :])
        damping = np.clip(np.where(better, damping / 3.0, damping * 4.0), 1e-9, 1e9)
        cost = np.where(better, now, cost)
        if (gained <= CLOSE * (1.0 + cost)).all() and ((damping > 1e3) | better).all():
            break
    return x, cost
