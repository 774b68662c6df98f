"""Numbers with their intervals, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from twinkit.show.picture import amount, digits

SPAN = "95 % interval"
"""What a page calls the column of an interval."""
INTERVAL = "95 % interval of the mean: were the study done again with other luck, it would hold the true mean in 95 of 100 cases"
PAIRED = "mean of the differences, world by world: both saw the same luck"
CENSORED = "share of the worlds that had not recovered by the end of the run"


def interval(low: float, high: float, unit: str) -> str:
    """Both ends of an interval; "" where there is none.

    Examples
    --------
    >>> interval(0.5, 0.6, "share"), interval(2.99e8, 3.21e8, "EUR"), interval(math.nan, math.nan, "days")
    ('50 % to 60 %', '299 M EUR to 321 M EUR', '')
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{amount(low, unit)} to {amount(high, unit)}"


def sure(three: Sequence[float], unit: str) -> str:
    """A mean with its interval: ``310 M EUR (299 M EUR to 321 M EUR)``."""
    mean, low, high = three
    span = interval(low, high, unit)
    return f"{amount(mean, unit)} ({span})" if span else amount(mean, unit)


def times(value: float, longest: float = math.inf) -> str:
    """A number of periods; "never" or "> x" where it is infinite.

    Examples
    --------
    >>> times(12.0), times(math.inf), times(math.inf, 120.0)
    ('12', 'never', '> 120')
    """
    if math.isinf(value):
        return f"> {digits(longest)}" if math.isfinite(longest) else "never"
    return digits(value)
