"""Loss functions: expected units short and left over at a level, and what they cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy


class BaseStock(NamedTuple):
    """A base-stock level and its cost.

    Attributes
    ----------
    level
        Order-up-to level S [units].
    cost
        Expected cost [money/period].
    """

    level: float
    cost: float


def plain(value: np.ndarray | float) -> np.ndarray | float:
    """A Python float where there is one number, else the array.

    Examples
    --------
    >>> plain(np.float64(2.5))
    2.5
    """
    array = np.asarray(value, float)
    return array.item() if array.ndim == 0 else array


def normal_loss(level: float | np.ndarray, mean: float, sd: float) -> float | np.ndarray:
    """Expected units short at a level, normal demand [units].

    ``E(D - x)⁺ = σ (φ(z) - z (1 - Φ(z)))`` with ``z = (x - μ) / σ`` (Snyder & Shen 2019,
    eq. C.31).

    Parameters
    ----------
    level
        One level or many [units].
    mean, sd
        Mean and standard deviation of demand [units].

    Examples
    --------
    >>> round(normal_loss(50.0, 50.0, 8.0), 4)
    3.1915
    """
    short = np.asarray(mean, float) - level
    if sd == 0:
        return plain(np.maximum(short, 0.0))
    z = -short / sd
    return plain(sd * (scipy.stats.norm.pdf(z) - z * scipy.stats.norm.sf(z)))


def poisson_loss(level: float | np.ndarray, mean: float) -> float | np.ndarray:
    """Expected units short at a level, Poisson demand [units].

    ``E(D - x)⁺ = λ P(D ≥ k) - x P(D > k)`` with ``k = ⌊x⌋`` (Snyder & Shen 2019, eq. C.41,
    written for any x).

    Parameters
    ----------
    level
        One level or many [units].
    mean
        Mean demand λ [units].

    Examples
    --------
    >>> poisson_loss(0, 6.0), round(poisson_loss(8, 6.0), 4)
    (6.0, 0.314)
    """
    level = np.asarray(level, float)
    k = np.floor(level)
    return plain(mean * scipy.stats.poisson.sf(k - 1, mean) - level * scipy.stats.poisson.sf(k, mean))


def holding_and_stockout(
    level: float | np.ndarray, mean: float, loss: Callable, holding_cost: float, stockout_cost: float
) -> float | np.ndarray:
    """Cost of what is left and what is short [money/period]: ``h E(x - D)⁺ + p E(D - x)⁺``.

    Parameters
    ----------
    level
        One level or many [units].
    mean
        Mean demand [units].
    loss
        ``loss(level)`` gives the expected units short.
    holding_cost, stockout_cost
        h and p [money/unit/period].
    """
    short = loss(level)
    left = np.asarray(level, float) - mean + short
    return plain(holding_cost * left + stockout_cost * np.asarray(short))
