"""What a lever is: a parameter that a person may move, with a unit, a range and a default.

A lever says what somebody who moves it must know, and when: a measure that is taken before an
event that nobody sees coming is no measure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twinkit.study.prices import Price
from twinkit.tables.case import Case

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
