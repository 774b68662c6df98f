"""Marks for probabilities, and the chance of running out in closed form: what a live twin must reach."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from twinkit.run.statistics import share_interval


@dataclass(frozen=True)
class Marks:
    """How good probabilities were, now that it is known what happened.

    Attributes
    ----------
    n
        Statements.
    brier
        Mean of (p - happened)² (Brier 1950): 0 is perfect, 0.25 is what 50 % said always gets.
    log_score
        Mean of -ln of the probability of what happened; infinite if that was called impossible.
    base_rate
        Share of what happened.
    reliability, resolution, uncertainty
        Murphy's parts over the statements with the same probability (Murphy 1973): brier = reliability - resolution + uncertainty.
    skill
        1 - brier / uncertainty: what is gained over the base rate said always; NaN if all or nothing happened.
    """

    n: int
    brier: float
    log_score: float
    base_rate: float
    reliability: float
    resolution: float
    uncertainty: float
    skill: float


def _pairs(said: Sequence[float], happened: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    p, o = np.asarray(said, float), np.asarray(happened, float)
    wrong = [] if p.shape == o.shape and p.ndim == 1 and len(p) else [f"there are {p.size} probabilities for {o.size} outcomes"]
    wrong += [] if ((p >= 0) & (p <= 1)).all() else ["probabilities are from 0 to 1"]
    wrong += [] if np.isin(o, (0.0, 1.0)).all() else ["what happened is 1, what did not is 0"]
    if wrong:
        raise ValueError("; ".join(wrong))
    return p, o


def brier_score(said: Sequence[float], happened: Sequence[float]) -> float:
    """Mean of (p - happened)² (Brier 1950)."""
    p, o = _pairs(said, happened)
    return float(((p - o) ** 2).mean())


def marks(said: Sequence[float], happened: Sequence[float]) -> Marks:
    """All marks of probabilities.

    Parameters
    ----------
    said
        Probabilities, shape (n,).
    happened
        1 where it happened, else 0, shape (n,).

    Raises
    ------
    ValueError
        If they are no such pairs; everything that is wrong.
    """
    p, o = _pairs(said, happened)
    rate, brier = float(o.mean()), float(((p - o) ** 2).mean())
    kinds, at = np.unique(p, return_inverse=True)
    count = np.bincount(at)
    share = np.bincount(at, o) / count
    reliability, resolution = float(count @ (kinds - share) ** 2) / len(p), float(count @ (share - rate) ** 2) / len(p)
    chance = np.where(o == 1.0, p, 1.0 - p)
    log_score = float(-np.log(chance).mean()) if (chance > 0).all() else math.inf
    uncertainty = rate * (1.0 - rate)
    return Marks(len(p), brier, log_score, rate, reliability, resolution, uncertainty, 1.0 - brier / uncertainty if uncertainty else math.nan)


def reliability_table(said: Sequence[float], happened: Sequence[float], bins: int = 10) -> pd.DataFrame:
    """The reliability diagram: of what was said with about this probability, how much has happened.

    Returns
    -------
    DataFrame
        low, high (ends of the bin), n, said (mean probability), happened (share), happened_low, happened_high
        (Wilson interval), apart (whether the interval leaves out what was said); bins without a statement are left out.
    """
    p, o = _pairs(said, happened)
    at = np.minimum((p * bins).astype(int), bins - 1)
    rows = []
    for k in np.unique(at):
        own = at == k
        share, low, high = share_interval(int(o[own].sum()), int(own.sum()))
        mean = float(p[own].mean())
        rows.append({"low": k / bins, "high": (k + 1) / bins, "n": int(own.sum()), "said": mean, "happened": share,
                     "happened_low": low, "happened_high": high, "apart": not low <= mean <= high})  # fmt: skip
    return pd.DataFrame(rows, columns=["low", "high", "n", "said", "happened", "happened_low", "happened_high", "apart"])


def crps(worlds: np.ndarray, happened: float) -> float:
    """Continuous ranked probability score of a figure said in worlds: mean |X - y| - ½ mean |X - X'| (Gneiting & Raftery 2007), 0 is perfect."""
    x = np.sort(np.asarray(worlds, float))
    n = len(x)
    spread = 2.0 * float((2.0 * np.arange(1, n + 1) - n - 1.0) @ x) / n**2  # mean |X - X'|
    return float(np.abs(x - happened).mean()) - spread / 2.0


# --- running out under Poisson demand


def chance_to_run_out(
    stock: float, rate: float, horizon: int, receipts: Mapping[int, float] | None = None
) -> np.ndarray:
    """Chance that Poisson demand has asked for more than there was, by the end of each day from 0 on.

    Parameters
    ----------
    stock
        Units there at the start.
    rate
        Mean demand [units/day].
    horizon
        Last day.
    receipts
        Day → units that come in at its end: they are there from the next day on; day 0 is before the first.

    Returns
    -------
    numpy.ndarray
        Shape (horizon + 1,); cumulative, so it never falls.

    Examples
    --------
    >>> [round(float(p), 4) for p in chance_to_run_out(60, 8.0, 9)[6:]]
    [0.0395, 0.2691, 0.6629, 0.9152]
    """
    if not (stock >= 0 and rate >= 0 and horizon >= 0 and all(q >= 0 and d >= 0 for d, q in (receipts or {}).items())):
        raise ValueError("stock, demand, horizon, and days and units of receipts are 0 or more")
    coming = {int(d): float(q) for d, q in (receipts or {}).items() if d < horizon}
    most = math.floor(stock + sum(coming.values()))
    step = scipy.stats.poisson.pmf(np.arange(most + 1), rate)
    asked = np.zeros(most + 1)  # chance of each cumulative demand, among the paths that have not run out
    asked[0], there, out = 1.0, float(stock) + coming.get(0, 0.0), np.zeros(horizon + 1)
    if not coming:
        return scipy.stats.poisson.sf(math.floor(stock), rate * np.arange(horizon + 1))
    for day in range(1, horizon + 1):
        asked = np.convolve(asked, step)[: most + 1]
        asked[math.floor(there) + 1 :] = 0.0
        out[day] = max(1.0 - float(asked.sum()), out[day - 1])
        there += coming.get(day, 0.0)
    return out


def mean_day_out(stock: float, rate: float) -> float:
    """Mean of the first day by whose end demand has asked for more than the stock: Σ P(still enough at the end of day d), d = 0, 1 …

    Raises
    ------
    ValueError
        If there is no demand: it never runs out.
    """
    if not rate > 0:
        raise ValueError("without demand it never runs out")
    days = np.arange(0, int(3 * (stock + 12 * math.sqrt(stock + 1) + 60) / rate) + 2)
    return float(scipy.stats.poisson.cdf(math.floor(stock), rate * days).sum())


def first_day_at(chances: np.ndarray, level: float) -> int | None:
    """First day on which a chance has reached a level; None if it does not."""
    reached = np.flatnonzero(np.asarray(chances) >= level)
    return int(reached[0]) if len(reached) else None
