"""Checks of arguments: one sentence that names every offender, its value and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable


def _refuse(values: dict[str, float], good: Callable[[float], bool], allowed: str) -> None:
    bad = [f"{name} = {value!r}" for name, value in values.items() if not good(value)]
    if bad:
        raise ValueError(f"{', '.join(bad)}: {allowed}")


def above_zero(**values: float) -> None:
    """Refuse what is no finite number above 0.

    Examples
    --------
    >>> above_zero(holding_cost=-1, mean=3)
    Traceback (most recent call last):
    ValueError: holding_cost = -1: must be a number above 0
    """
    _refuse(values, lambda v: math.isfinite(v) and v > 0, "must be a number above 0")


def zero_or_more(**values: float) -> None:
    """Refuse what is no finite number of 0 or more."""
    _refuse(values, lambda v: math.isfinite(v) and v >= 0, "must be a number of 0 or more")


def finite(**values: float) -> None:
    """Refuse what is no finite number."""
    _refuse(values, math.isfinite, "must be a finite number")


def whole(least: int | None = 0, **values: float) -> None:
    """Refuse what is no whole number of at least `least`; None: any whole number."""
    low, words = (-math.inf, "") if least is None else (least, f" of {least} or more")
    _refuse(values, lambda v: math.isfinite(v) and v == int(v) and v >= low, f"must be a whole number{words}")


def between(low: float, high: float, **values: float) -> None:
    """Refuse what is not from `low` to `high`."""
    _refuse(values, lambda v: low <= v <= high, f"must be from {low:g} to {high:g}")
