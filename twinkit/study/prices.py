"""Prices of levers: what it costs to have a lever where it is, beyond what a run counts by itself.

The holding cost of more safety stock and the freight of a dearer lane are in the cost of
a run.  A fee for capacity that is kept ready is in no table: whoever asks must give it,
and nothing is made up in its place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twinkit.tables.case import Case

Amount = float | Callable[[Case, Any], float]
"""Money for each unit that a lever is moved, or a function of the case and the value."""


@dataclass(frozen=True)
class Price:
    """What a lever costs.

    Attributes
    ----------
    per_year
        Running cost [money/year], for each unit by which the lever is moved from its start, up or
        down (of a share: for 1 = 100 %; of a flag: when it is moved); or a function
        ``per_year(case, value)`` that gives it in all.
    setup
        Paid once [money], given in the same way.
    years
        Time over which the set-up is spread evenly, without interest [years].
    note
        Where the figure comes from.
    """

    per_year: Amount = 0.0
    setup: Amount = 0.0
    years: float = math.nan
    note: str = ""

    def yearly(self, case: Case, value: Any, start: Any) -> float:
        """Running cost and a year's part of the set-up [money/year]; 0 where it stands."""
        if value == start:
            return 0.0
        once = _in_all(self.setup, case, value, start)
        return _in_all(self.per_year, case, value, start) + (once / self.years if once else 0.0)

    def wrong(self) -> str:
        """What is wrong with it, or ""."""
        numbers = [x for x in (self.per_year, self.setup) if not callable(x)]
        if not all(_is_money(x) for x in numbers):
            return "must be money of 0 or more"
        if (callable(self.setup) or self.setup > 0) and not (_is_money(self.years) and self.years > 0):
            return "has a set-up cost: say over how many years it is spread"
        return ""


COUNTED = Price(note="the run counts it")
"""Of a lever whose whole cost is in the tables of the case."""


AT_ONCE = Price(note="it is as quick as can be: there is nothing to buy, and being slower costs nothing to have")
"""Of a lever that only a slower start could be moved to."""


def price_of(given: Any) -> Price:
    """A price from a number [money/year for each unit], or the price itself."""
    return given if isinstance(given, Price) else Price(given)


def yearly_price(case: Case, levers: Mapping[str, Any], known: Mapping[str, Any], prices: Mapping[str, Price]) -> float:
    """Price of a set of levers [money/year].

    Parameters
    ----------
    case
        The case before the levers are moved.
    levers
        Name of a lever → its value.
    known
        Name → :class:`~twinkit.study.levers.Lever`.
    prices
        Name → its price.
    """
    return sum(prices[name].yearly(case, value, known[name].start) for name, value in levers.items())


def _in_all(amount: Amount, case: Case, value: Any, start: Any) -> float:
    if callable(amount):
        return float(amount(case, value))
    return float(amount) * abs(float(value) - float(start))


def _is_money(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return bool(number and math.isfinite(value) and value >= 0)
