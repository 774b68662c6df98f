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
