"""Who gets what there is when there is too little: rules of allocation, and how fair each is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


def _amounts(need: Sequence[float], supply: float) -> tuple[np.ndarray, float]:
    wanted = np.asarray(need, float)
    if wanted.ndim != 1 or not len(wanted) or not (np.isfinite(wanted).all() and (wanted >= 0).all()):
        raise ValueError("need is a list of numbers of at least 0, one for each place")
    if not (np.isfinite(supply) and supply >= 0):
        raise ValueError(f"supply is a number of at least 0, not {supply}")
    return wanted, min(float(supply), float(wanted.sum()))


def proportional(need: Sequence[float], supply: float) -> np.ndarray:
    """Everyone the same share of their need; this also makes the least coverage as large as it can be [units]."""
    wanted, there = _amounts(need, supply)
    return wanted * (there / wanted.sum()) if wanted.sum() else wanted


def first_come(need: Sequence[float], supply: float) -> np.ndarray:
    """In the order of the places, each as much as is left [units]."""
    wanted, there = _amounts(need, supply)
    return np.clip(there - (np.cumsum(wanted) - wanted), 0.0, wanted)


def equal_per_place(need: Sequence[float], supply: float) -> np.ndarray:
    """The same amount to every place until its need is met: water-filling [units]."""
    wanted, left = _amounts(need, supply)
    given = np.zeros(len(wanted))
    for i, k in enumerate(order := np.argsort(wanted, kind="stable")):
        given[k] = min(wanted[k], left / (len(order) - i))
        left -= given[k]
    return given


RULES: dict[str, Callable[[Sequence[float], float], np.ndarray]] = {
    "proportional": proportional,
    "max-min share": proportional,
    "first come": first_come,
    "equal per place": equal_per_place,
}
"""Name of a rule → how it shares."""


@dataclass(frozen=True)
class Shared:
    """What was given, and how it reaches people.

    Attributes
    ----------
    given
        By place [units].
    coverage
        Given / needed, by place; 1 where nothing is needed [share].
    total, worst
        Of all need together, and the least of all places [share].
    gini
        Gini index of coverage, each place weighted by its need: 0 = all alike [-].
    """

    given: np.ndarray
    coverage: np.ndarray
    total: float
    worst: float
    gini: float


def shared(need: Sequence[float], given: Sequence[float]) -> Shared:
    """How an allocation reaches people.

    Parameters
    ----------
    need, given
        By place [units].

    Raises
    ------
    ValueError
        If a place is given more than it needs, or less than nothing.
    """
    wanted, _ = _amounts(need, 0.0)
    got = np.asarray(given, float)
    if got.shape != wanted.shape or (got < -1e-9).any() or (got > wanted + 1e-9 * np.maximum(1.0, wanted)).any():
        raise ValueError("given is a number for each place, from 0 to what it needs")
    coverage = np.divide(got, wanted, out=np.ones_like(wanted), where=wanted > 0)
    in_need = coverage[wanted > 0]
    total = float(got.sum() / wanted.sum()) if wanted.sum() else 1.0
    return Shared(got, coverage, total, float(in_need.min()) if len(in_need) else 1.0, gini(coverage, wanted))


def gini(values: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Σ w_i w_j |x_i - x_j| / (2 W² mean), the weighted Gini index [-]; 0 where all values are 0."""
    x = np.asarray(values, float)
    w = np.ones_like(x) if weights is None else np.asarray(weights, float)
    total = w.sum()
    mean = float(w @ x / total) if total else 0.0
    if not mean:
        return 0.0
    return float((w[:, None] * w[None, :] * np.abs(x[:, None] - x[None, :])).sum() / (2.0 * total**2 * mean))
