"""How what is new comes into use: learning by doing, and diffusion among those who may take it up."""

from __future__ import annotations

import math

import numpy as np


def learning_exponent(rate: float) -> float:
    """Exponent of Wright's learning curve: log2(rate) [-].

    Parameters
    ----------
    rate
        What a unit takes after each doubling of the number made, as a share of before: 0.8 is an "80 % curve".

    Raises
    ------
    ValueError
        If it is not above 0 and at most 1.
    """
    if not 0 < rate <= 1:
        raise ValueError(f"a learning rate is a share above 0 and at most 1, not {rate}")
    return math.log2(rate)


def unit_time(first_unit: float, rate: float, unit: float | np.ndarray) -> float | np.ndarray:
    """What the n-th unit takes: first_unit · n^log2(rate) (Wright 1936) [unit of `first_unit`]."""
    return first_unit * np.asarray(unit, float) ** learning_exponent(rate)


def cumulative_time(first_unit: float, rate: float, units: int) -> float:
    """What the first n units take together [unit of `first_unit`]."""
    return float(np.sum(unit_time(first_unit, rate, np.arange(1, units + 1))))


def _check_bass(innovation: float, imitation: float) -> None:
    if not (innovation > 0 and imitation >= 0):
        raise ValueError("diffusion needs a coefficient of innovation above 0 and one of imitation of at least 0")


def bass_adopters(innovation: float, imitation: float, market: float, time: float | np.ndarray) -> float | np.ndarray:
    """Who has adopted by a time: m (1 - e^-(p+q)t) / (1 + q/p e^-(p+q)t) (Bass 1969).

    Parameters
    ----------
    innovation, imitation
        p and q [1/time].
    market
        m, all who may adopt [units].
    time
        Since the start.
    """
    _check_bass(innovation, imitation)
    fading = np.exp(-(innovation + imitation) * np.asarray(time, float))
    return market * (1.0 - fading) / (1.0 + imitation / innovation * fading)


def bass_peak(innovation: float, imitation: float, market: float) -> tuple[float, float]:
    """When most adopt, ln(q/p)/(p+q), and how many then, m (p+q)²/(4q); at the start where q ≤ p [time, units/time]."""
    _check_bass(innovation, imitation)
    if imitation <= innovation:
        return 0.0, market * innovation
    both = innovation + imitation
    return math.log(imitation / innovation) / both, market * both**2 / (4.0 * imitation)


def bass_time(innovation: float, imitation: float, share: float) -> float:
    """When a share of the market has adopted [time]."""
    _check_bass(innovation, imitation)
    if not 0 <= share < 1:
        raise ValueError(f"a share of the market below 1 is reached, not {share}")
    return math.log((1.0 + imitation / innovation * share) / (1.0 - share)) / (innovation + imitation)


PATHS = ("at once", "linear", "S", "Bass")
"""How a step comes into use."""
IN_USE = 0.95
"""Share that has adopted at the end of a diffusion that is told by its length [share]."""
USUAL = (0.03, 0.38)
"""Coefficients of innovation and imitation that are usual in the mean (Sultan, Farley & Lehmann 1990, *J. Marketing Research* 27) [1/year]."""


def adoption_path(path: str, months: int, horizon: int) -> np.ndarray:
    """Share in use by months after a step is done: 0 at 0, shape (horizon + 1,) [share].

    Parameters
    ----------
    path
        "at once"; "linear"; "S" (3x² - 2x³ of the time that has passed); "Bass" (of the usual shape, with 95 % in use at the end).
    months
        Until all use it, or 95 % with "Bass" [months].
    horizon
        Months that are told.
    """
    time = np.arange(horizon + 1.0)
    if path == "at once" or not months > 0:
        return np.minimum(time, 1.0)
    if path == "Bass":
        return bass_adopters(*USUAL, 1.0, time * bass_time(*USUAL, IN_USE) / months)
    passed = np.minimum(time / months, 1.0)
    return passed if path == "linear" else passed**2 * (3.0 - 2.0 * passed)
