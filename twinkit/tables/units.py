"""Units of measure in cells and headers: "2 weeks", "20 %", ``lead_time [weeks]``.

A value is kept in the unit of its column.  A person may write it in another unit of
the same thing; what may be converted is listed here and nothing else is guessed.  How it
is converted depends on what the column is the quantity of (:data:`twinkit.columns.LIMITS`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from twinkit.columns import Column
from twinkit.tables.problems import closest

_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}
_SHORT = {"min": "minute", "h": "hour", "hr": "hour", "d": "day", "w": "week", "wk": "week", "y": "year"}

DURATIONS: dict[str, float] = {
    **_DAYS,
    **{f"{word}s": days for word, days in _DAYS.items()},
    **{short: _DAYS[word] for short, word in _SHORT.items()},
}
"""Word for a length of time → its length [days]; a month is 30 days and a year 365."""

SPELLED = ("hours", "days", "weeks", "months", "years")


@dataclass(frozen=True)
class Units:
    """What the words for units mean in one case.

    Parameters
    ----------
    period_days
        Length of a period [days].
    currency
        Money of the case, "EUR" say.
    start_date
        Date of the first period, or "".
    own
        Other units of the product of a row, folded → units of the product in one of it.
    """

    period_days: float = 1.0
    currency: str = "EUR"
    start_date: str = ""
    own: Mapping[str, float] = field(default_factory=dict)

    def factor(self, word: str, column: Column) -> tuple[float, float] | None:
        """How a value in the unit `word` becomes one in the column's unit.

        Returns
        -------
        (a, b)
            The value times a, divided by b, is in the column's unit; None if
            `word` is no unit of the column.  (Two numbers, because 7 / 100 is
            0.07 and 7 * 0.01 is not.)
        """
        word, unit = folded_unit(word), folded_unit(column.unit)
        money = self.currency.casefold()
        if word in _same(unit) or word in _same(unit.replace("money", money)):
            return 1.0, 1.0
        if unit.startswith("share") and word in ("%", "% " + unit[5:].strip(), "percent"):
            return 1.0, 100.0
        if unit in ("period", "periods") and word in DURATIONS:
            return DURATIONS[word], self.period_days
        if unit == "days" and word in DURATIONS:
            return DURATIONS[word], 1.0
        thing, _, per = word.rpartition("/")
        bare = unit.removesuffix("/period")
        if bare != unit and per in DURATIONS and thing in _same(bare) | _same(bare.replace("money", money)):
            if column.quantity == "spread of a rate":  # what comes in n periods varies √n times as much as in one
                return math.sqrt(self.period_days), math.sqrt(DURATIONS[per])
            return self.period_days, DURATIONS[per]
        return self._own_factor(word, column) if self.own else None

    def _own_factor(self, word: str, column: Column) -> tuple[float, float] | None:
        """The factor of a unit of the product's own: "box", "boxes/week", "EUR/box"."""
        parts, (first, *rest) = word.split("/"), column.unit.split("/")
        if first == "units":
            place, plain = 0, "units"
        elif rest[:1] == ["unit"]:
            place, plain = 1, "unit"
        else:
            return None
        each = self._units_in(parts[place]) if len(parts) > place else None
        if each is None:
            return None
        usual = Units(self.period_days, self.currency).factor("/".join([*parts[:place], plain, *parts[place + 1 :]]), column)
        if usual is None:
            return None
        return (usual[0] * each, usual[1]) if place == 0 else (usual[0], usual[1] * each)

    def _units_in(self, word: str) -> float | None:
        """Units of the product in one of a unit of its own, given in the singular or the plural."""
        singular = (word, word.removesuffix("s"), word.removesuffix("es"))
        return next((self.own[w] for w in singular if w in self.own), None)

    def allowed(self, column: Column) -> str:
        """The units in which a column may be given, in words."""
        if column.unit in ("period", "periods"):
            return "periods, " + ", ".join(SPELLED)
        if column.unit == "days":
            return ", ".join(SPELLED)
        if column.unit.startswith("share"):
            return f"{column.unit} or %"
        if column.quantity == "spread of a rate":
            return f"{column.unit}, or that of a day, week, month or year, converted by the square root of its length"
        if column.unit.endswith("/period"):
            return f"{column.unit}, or the same per day, week, month or year{self._own_words(column)}"
        return f"{column.unit}{self._own_words(column)}"

    def _own_words(self, column: Column) -> str:
        """The units of the product's own in which a column may be given, in words."""
        return f", or {', '.join(self.own)} in place of units" if column.unit.startswith("units") and self.own else ""

    def suggestion(self, word: str, column: Column) -> str:
        """The unit that `word` was probably meant to be, or ""."""
        times = ("periods", *SPELLED) if column.unit in ("period", "periods", "days") else (column.unit,)
        return closest(word, times)


def folded_unit(unit: str) -> str:
    """A unit without regard to case and spaces: ``Units / week`` is ``units/week``."""
    return " ".join(unit.casefold().split()).replace(" /", "/").replace("/ ", "/")


def _same(unit: str) -> set[str]:
    """Ways to write a unit: as it is, in the singular or plural, and without "per …"."""
    bare = unit.split("/")[0]
    words = {unit, bare}
    words |= {w.removesuffix("s") for w in words} | {f"{bare}s"}
    return words | ({"°"} if unit == "degrees" else set())
