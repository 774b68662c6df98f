"""What a series of payments is worth: the usual figures of an investment.

The first payment falls on the start and is not discounted; the others follow at equal steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq

from twinkit.tables.problems import shown

MOST_RATE = 1e6
"""Largest rate that an internal rate is looked for at; the smallest loses as much: all but a millionth [1/step]."""


def _flows(cash_flow: Sequence[float]) -> np.ndarray:
    flows = np.asarray(cash_flow, float)
    if flows.ndim != 1 or len(flows) < 2 or not np.isfinite(flows).all():
        raise ValueError("a cash flow is two or more numbers, one for each step, the first at the start")
    return flows


def _discounts(rate: float, count: int) -> np.ndarray:
    if not (math.isfinite(rate) and rate > -1.0):
        raise ValueError(f"a rate is a number above -1 (such as 0.1 for 10 %), not {shown(rate)}")
    return (1.0 + rate) ** -np.arange(count)


def net_present_value(cash_flow: Sequence[float], rate: float) -> float:
    """Σ cash_flow[t] / (1 + rate)^t [money].

    Parameters
    ----------
    cash_flow
        Payments by step, received positive [money].
    rate
        Interest of one step [1/step].

    Raises
    ------
    ValueError
        If there are fewer than two payments, or the rate is -1 or less.

    Examples
    --------
    >>> round(net_present_value([-100, 39, 59, 55, 20], 0.1), 4)
    39.1975
    """
    flows = _flows(cash_flow)
    return float(flows @ _discounts(rate, len(flows)))


def internal_rates(cash_flow: Sequence[float]) -> list[float]:
    """Every rate (from all but -1 to a million) at which the net present value is 0, in rising order [1/step].

    A flow that changes its sign more than once may have several, or none: then no single one of
    them says what the investment yields.
    """
    flows = _flows(cash_flow)
    roots = np.roots(flows[::-1])  # of Σ flows[t] x^t, x = 1 / (1 + rate)
    real = np.sort(roots[(np.abs(roots.imag) < 1e-7 * np.abs(roots)) & (roots.real > 1.0 / MOST_RATE) & (roots.real < MOST_RATE)].real)
    return sorted({float(round(_polished(flows, 1.0 / x - 1.0), 12)) + 0.0 for x in real})


def _polished(flows: np.ndarray, rate: float) -> float:
    """A root of the net present value near a first value, to the last digits."""
    span = 1e-6 * (1.0 + abs(rate))
    value = lambda r: float(flows @ (1.0 + r) ** -np.arange(len(flows)))  # noqa: E731
    low, high = max(rate - span, -1.0 + 1e-12), rate + span
    return float(brentq(value, low, high, xtol=1e-14)) if value(low) * value(high) < 0 else rate


def internal_rate(cash_flow: Sequence[float]) -> float:
    """The rate at which the net present value is 0 [1/step]; NaN if there is none, or more than one."""
    found = internal_rates(cash_flow)
    return found[0] if len(found) == 1 else math.nan


def modified_internal_rate(cash_flow: Sequence[float], finance_rate: float, reinvest_rate: float) -> float:
    """(future value of what is received / present value of what is paid)^(1/n) - 1 [1/step].

    Parameters
    ----------
    cash_flow
        Payments by step [money].
    finance_rate, reinvest_rate
        Interest on what is paid, and on what is received until the end [1/step].

    Returns
    -------
    float
        NaN where nothing is paid or nothing received.
    """
    flows = _flows(cash_flow)
    last = len(flows) - 1
    paid = -float(np.minimum(flows, 0.0) @ _discounts(finance_rate, len(flows)))
    received = float(np.maximum(flows, 0.0) @ _discounts(reinvest_rate, len(flows))) * (1.0 + reinvest_rate) ** last
    return (received / paid) ** (1.0 / last) - 1.0 if paid > 0 and received > 0 else math.nan


def payback(cash_flow: Sequence[float], rate: float = 0.0) -> float:
    """Steps until what was received covers what was paid, for good; linear within a step [steps].

    Parameters
    ----------
    cash_flow
        Payments by step [money].
    rate
        Interest; 0 gives the plain payback, another the discounted one [1/step].

    Returns
    -------
    float
        Infinite if it is not covered by the end.
    """
    flows = _flows(cash_flow)
    worth = flows * _discounts(rate, len(flows))
    total = np.cumsum(worth)
    total[np.abs(total) < 1e-12 * np.abs(worth).sum()] = 0.0  # what is left of rounding is no debt
    if total[-1] < 0:
        return math.inf
    below = np.flatnonzero(total < 0)
    if not len(below):
        return 0.0
    last = int(below[-1])
    return last + float(-total[last] / (total[last + 1] - total[last]))


def profitability_index(cash_flow: Sequence[float], rate: float) -> float:
    """Present value of what follows the first payment, for each unit of money of it [-]; NaN without a first payment."""
    flows = _flows(cash_flow)
    return 1.0 + net_present_value(flows, rate) / -float(flows[0]) if flows[0] < 0 else math.nan


def annuity(cash_flow: Sequence[float], rate: float) -> float:
    """The equal payment at the end of each step with the same net present value [money/step]."""
    flows = _flows(cash_flow)
    steps = len(flows) - 1
    value = net_present_value(flows, rate)
    return value / steps if rate == 0 else value * rate / -math.expm1(-steps * math.log1p(rate))
