"""What a lever is: a parameter that a person may move, with a unit, a range and a default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from twinkit.study.prices import Price
from twinkit.tables.case import Case


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

    def apply(self, case: Case, value: Any) -> Case:
        """The case with the lever at a value; the case itself where nobody has moved it."""
        return case if value == self.start else self.change(case, value)
