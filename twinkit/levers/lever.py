"""What a lever is, and what it costs: a parameter that a person may move, with a unit, a range, a default and a price.

A lever says what somebody who moves it must know, and when: a measure that is taken before an
event that nobody sees coming is no measure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twinkit.tables.case import Case
from twinkit.tables.problems import FINITE, is_number

Amount = float | Callable[[Case, Any], float]
"""Money for each unit that a lever is moved, or a function of the case and the value."""


@dataclass(frozen=True)
class Price:
    """What a lever costs.

    A lever is *bought* in one direction: a share of second sources is raised, a delay is shortened.
    What that costs says nothing of the other direction: fewer orders to a second source bring back
    no fee for qualifying it.  So giving up has a price of its own, and without one a search moves a
    lever only in the direction that is bought.

    Attributes
    ----------
    per_year
        Running cost, such as a fee for being on standby [money/year], for each unit by which the
        lever is moved from its start (of a share: for 1 = 100 %; of a flag: when it is moved); or a
        function ``per_year(case, value)`` that gives it in all.
    setup
        Paid once, such as for qualifying a source [money], given in the same way.
    years
        Time over which the set-up is spread evenly, without interest [years].
    note
        Where the figure comes from.
    discount
        Discount for volume that is lost at the main sources (or surcharge of the second ones), as a
        share of the value of the goods that change their source [share]; only of levers that move
        goods between sources.
    given_up
        The same for the other direction; there ``per_year`` and ``discount`` below 0 are what is
        saved.  None: nobody has said what giving up costs.
    """

    per_year: Amount = 0.0
    setup: Amount = 0.0
    years: float = math.nan
    note: str = ""
    discount: float = 0.0
    given_up: Price | None = None

    def yearly(self, case: Case, value: Any, start: Any, gives_up: bool = False, turned_over: float = 0.0) -> float:
        """Running cost and a year's part of the set-up [money/year]; 0 where it stands.

        Parameters
        ----------
        case, value, start
            The case before the lever is moved; where the lever is moved to, and where it stands.
        bought
            Direction that is bought: "more" or "less".
        gives_up
            Whether the lever is moved the other way than the one that is bought.
        turned_over
            Value of the goods that change their source [money/year].

        Raises
        ------
        ValueError
            If giving up has no price.
        """
        if value == start:
            return 0.0
        price = self.given_up if gives_up else self
        if price is None:
            raise ValueError("nobody has said what giving up costs")
        once = _in_all(price.setup, case, value, start)
        running = _in_all(price.per_year, case, value, start) + price.discount * abs(turned_over)
        return running + (once / price.years if once else 0.0)

    def wrong(self, least: float = 0.0) -> str:
        """What is wrong with it, or ""."""
        numbers = [(x, low) for x, low in ((self.per_year, least), (self.setup, 0.0)) if not callable(x)]
        if not all(is_number(x, low) for x, low in numbers):
            return "must be money of 0 or more" if least == 0 else "must be money"
        if (callable(self.setup) or self.setup > 0) and not (is_number(self.years, 0) and self.years > 0):
            return "has a set-up cost: say over how many years it is spread"
        if not is_number(self.discount, max(least, -1.0), 1):
            return "has a discount that is no share from 0 to 1"
        other = self.given_up.wrong(-FINITE) if self.given_up is not None else ""
        return f"of giving up: {other}" if other else ""


COUNTED = Price(note="the run counts it", given_up=Price(note="the run counts it"))
"""Of a lever whose whole cost is in the tables of the case, whichever way it is moved."""


AT_ONCE = Price(
    note="it is as quick as can be: there is nothing to buy", given_up=Price(note="being slower costs nothing to have")
)
"""Of a lever that only a slower start could be moved to, which is no measure: no search looks at it."""


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
        Name → :class:`~twinkit.levers.levers.Lever`.
    prices
        Name → its price.
    """
    return sum(
        prices[name].yearly(
            case, value, (lever := known[name]).start, lever.gives_up(value), lever.turned_over(case, value)
        )
        for name, value in levers.items()
    )


def _in_all(amount: Amount, case: Case, value: Any, start: Any) -> float:
    if callable(amount):
        return float(amount(case, value))
    return float(amount) * abs(float(value) - float(start))


STANDING = "nothing: it is in place before anything happens"
REACTION = "that something has happened: it acts once trouble is noticed"
FORESEEN = "that the event is coming and on which day it begins, before it begins"
"""What must be known for a lever to act as the run has it."""


def nothing_turned_over(case: Case, value: Any) -> float:
    """Of a lever that lets no goods change their source."""
    return 0.0


@dataclass(frozen=True)
class Lever:
    """One lever.

    Attributes
    ----------
    name, label
        Name in code and in scenario files; name on the screen.
    unit, low, high, step
        Unit and range; a flag has the unit "yes/no".
    start
        Where it stands when nobody has moved it.
    meaning
        One sentence for a person who has not read the code.
    change
        ``change(case, value)`` returns the changed case.
    price
        What it costs beyond what a run counts; None where the case does not say, so that
        whoever wants to weigh it must.
    needs
        What must be known, and when: :data:`STANDING`, :data:`REACTION` or :data:`FORESEEN`; a lever whose
        change looks at the table of events needs the last one.
    bought
        Direction that is bought, "more" or "less"; the other one is giving up.
    turned_over
        ``turned_over(case, value)``: value of the goods that change their source [money/year].
    sites
        Sites that it acts at, where that is not said by its name; else ().
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    start: Any
    meaning: str
    change: Callable[[Case, Any], Case]
    price: Price | None = None
    needs: str = STANDING
    bought: str = "more"
    turned_over: Callable[[Case, Any], float] = nothing_turned_over
    sites: tuple[str, ...] = ()

    @property
    def foreseen(self) -> bool:
        """Whether it acts before an event, so that the event must be known of."""
        return self.needs == FORESEEN

    @property
    def flag(self) -> bool:
        """Whether the lever is on or off."""
        return self.unit == "yes/no"

    @property
    def allowed(self) -> str:
        """The values allowed, in words."""
        return "yes or no" if self.flag else f"from {self.low:g} to {self.high:g} {self.unit}"

    def allows(self, value: Any) -> bool:
        """Whether a value is in the range."""
        if self.flag:
            return isinstance(value, bool)
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value)
        return bool(number and self.low <= value <= self.high)

    def gives_up(self, value: Any) -> bool:
        """Whether a value is on the other side than the one that is bought."""
        return bool(value != self.start and (value > self.start) != (self.bought == "more"))

    def apply(self, case: Case, value: Any) -> Case:
        """The case with the lever at a value; the case itself where nobody has moved it."""
        return case if value == self.start else self.change(case, value)

    def within(self, price: Price) -> Lever | None:
        """The lever with the range that a price covers; None where there is nowhere to move to.

        Parameters
        ----------
        price
            What it costs; without a price of giving up only what is bought is left.
        """
        if price.given_up is not None:
            return self if self.flag or self.low < self.high else None
        if self.flag:
            return self if bool(self.start) != (self.bought == "more") else None
        low, high = (self.start, self.high) if self.bought == "more" else (self.low, self.start)
        return replace(self, low=low, high=high) if low < high else None
