"""Cells: what a person typed becomes a number, a word, a flag or a date, in the unit of its column.

Every kind of column has one small reader for one cell.  A column of a large table
holds few different texts, so each different text is read once.  A cell that cannot
be read raises :class:`Unclear` inside, and comes back as a sentence beside the values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from twinkit.columns import Column
from twinkit.tables.look import allowed_words
from twinkit.tables.problems import closest, did_you_mean, quote, shown
from twinkit.tables.words import FLAGS

# Dates as people write them: a day, a week or a month, and the period of a run that it is.
#
# ``2024-01-05``, ``05.01.2024``, ``2024/1/5``, ``5-JAN-24`` and ``5. Januar 2024`` are days, ``2024-W05`` a week, ``2024-01``, ``01/2024``
# and ``Jan 2024`` months.  ``03/04/2024`` may be two days; which is meant must show elsewhere.


MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_OTHERS = {"mrz": 3, "mär": 3, "mai": 5, "okt": 10, "dez": 12}
_TIME = r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"  # the day is that of the clock that wrote it
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}")
_POINTS = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}){_TIME}")
_SLASHES = re.compile(rf"(\d{{1,2}})[/-](\d{{1,2}})[/-](\d{{4}}){_TIME}")
_CLOSED = re.compile(r"(19\d\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})|(\d{1,2})[/.](\d{4})")
_DAY_NAMED = re.compile(rf"(\d{{1,2}})\.?[- ]([^\W\d_]{{3,9}})\.?[- ](\d{{4}}|\d\d){_TIME}|([^\W\d_]{{3,9}})\.? (\d{{1,2}}), ?(\d{{4}}){_TIME}")  # 13-JAN-26 as Oracle writes it
_NAMES = {name[:letters]: month for names in (
    "january february march april may june july august september october november december",
    "januar februar marz april mai juni juli august september oktober november dezember") for month, name in enumerate(names.split(), 1) for letters in (3, 4, 9)
} | {"mrz": 3, "maerz": 3}  # fmt: skip
"""Names of months, whole or shortened, in English and German, without dots over letters → number."""
_NAMED = re.compile(r"([^\W\d_]{3,9})\.?[ -]+(\d{4})|(\d{4})[ -]+([^\W\d_]{3,9})\.?")


@dataclass(frozen=True)
class Span:
    """Some days.

    Parameters
    ----------
    first
        The first day.
    days
        How many.
    """

    first: date
    days: int = 1


def span_of(text: str, day_first: bool | None = None, closed: bool = False) -> Span | None:
    """The days that a text says; None if it says none.

    Parameters
    ----------
    text
        What was written.
    day_first
        Whether 03/04/2024 is in April; None if that is not known, and then it is no date.
    closed
        Whether 20240105 is a date and not a number.

    Examples
    --------
    >>> span_of("5.1.2024"), span_of("2024-02")
    (Span(first=datetime.date(2024, 1, 5), days=1), Span(first=datetime.date(2024, 2, 1), days=29))
    """
    text = text.strip()
    try:
        if found := _YEAR_FIRST.fullmatch(text):
            return Span(date(int(found[1]), int(found[3]), int(found[4])))
        if found := _POINTS.fullmatch(text):
            return Span(date(int(found[3]), int(found[2]), int(found[1])))
        if closed and (found := _CLOSED.fullmatch(text)):
            return Span(date(int(found[1]), int(found[2]), int(found[3])))
        if found := _SLASHES.fullmatch(text):
            one, two = int(found[1]), int(found[2])
            day_first = True if one > 12 else False if two > 12 else day_first
            return None if day_first is None else Span(date(int(found[3]), *((two, one) if day_first else (one, two))))
        if (found := _DAY_NAMED.fullmatch(text)) and (month := _NAMES.get((found[2] or found[4]).casefold().replace("ä", "a"), 0)):
            year = int(found[3] or found[6])
            return Span(date(year if year > 99 else year + (2000 if year < 50 else 1900), month, int(found[1] or found[5])))
        if found := _WEEK.fullmatch(text):
            return Span(date.fromisocalendar(int(found[1]), int(found[2]), 1), 7)
        return _month_of(text)
    except ValueError:
        return None


def _month_of(text: str) -> Span | None:
    if found := _MONTH.fullmatch(text):
        year, month = (int(found[1]), int(found[2])) if found[1] else (int(found[4]), int(found[3]))
    elif found := _NAMED.fullmatch(text):
        word, year = (found[1], int(found[2])) if found[1] else (found[4], int(found[3]))
        short = word[:3].casefold()
        month = MONTHS.index(short) + 1 if short in MONTHS else _OTHERS.get(short, 0)
    else:
        return None
    if not 1 <= month <= 12:
        return None
    first = date(year, month, 1)
    return Span(first, ((first + timedelta(days=31)).replace(day=1) - first).days)


def days_come_first(texts: Iterable[str]) -> bool | None:
    """Whether dates with slashes have the day first, by those that can be read in one way only."""
    parts = [(int(f[1]), int(f[2])) for f in map(_SLASHES.fullmatch, texts) if f]
    first, second = any(one > 12 for one, _ in parts), any(two > 12 for _, two in parts)
    return None if first == second else first


def period_of(day: date, start: date, period_days: float) -> int:
    """Period of a run in which a day lies; negative before the start."""
    return int((day - start).days // period_days)


# Units of measure in cells and headers: "2 weeks", "20 %", ``lead_time [weeks]``.
#
# A value is kept in the unit of its column.  A person may write it in another unit of
# the same thing; what may be converted is listed here and nothing else is guessed.  How it
# is converted depends on what the column is the quantity of (:data:`twinkit.columns.LIMITS`).


_DAYS = {"second": 1 / 86400, "minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}
_SHORT = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day", "w": "week", "wk": "week", "y": "year"}

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
        lengths = {**DURATIONS, "period": self.period_days, "periods": self.period_days}
        if unit in lengths and word in DURATIONS:
            return DURATIONS[word], lengths[unit]
        thing, _, per = word.rpartition("/")
        bare, _, each = unit.rpartition("/")
        if each in lengths and per in DURATIONS and thing in _same(bare) | _same(bare.replace("money", money)):
            if column.quantity == "spread of a rate":  # what comes in n periods varies √n times as much as in one
                return math.sqrt(lengths[each]), math.sqrt(DURATIONS[per])
            return lengths[each], DURATIONS[per]
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
        usual = Units(self.period_days, self.currency).factor(
            "/".join([*parts[:place], plain, *parts[place + 1 :]]), column
        )
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
        if column.unit in SPELLED:
            return ", ".join(("seconds", "minutes", *SPELLED) if column.unit == "hours" else SPELLED)
        if column.unit.startswith("share"):
            return f"{column.unit} or %"
        if column.quantity == "spread of a rate":
            return f"{column.unit}, or that of a day, week, month or year, converted by the square root of its length"
        if column.unit.rpartition("/")[2] in ("period", "day", "year"):
            return f"{column.unit}, or the same per day, week, month or year{self._own_words(column)}"
        return f"{column.unit}{self._own_words(column)}"

    def _own_words(self, column: Column) -> str:
        """The units of the product's own in which a column may be given, in words."""
        return f", or {', '.join(self.own)} in place of units" if column.unit.startswith("units") and self.own else ""

    def suggestion(self, word: str, column: Column) -> str:
        """The unit that `word` was probably meant to be, or ""."""
        times = ("periods", *SPELLED) if column.unit in ("period", "periods", *SPELLED) else (column.unit,)
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


_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_PLAIN = re.compile(_NUMBER)
_WITH_UNIT = re.compile(rf"({_NUMBER})\s*((?:[^\W\d_]|[%°€$£]).*)")
_SPACED = re.compile(r"[+-]?[0-9]{1,3}(?:[ '’\u00a0\u202f][0-9]{3})+(?:[.,][0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_SURE_COMMA = re.compile(
    r"[+-]?(?:[0-9]*,(?:[0-9]{1,2}|[0-9]{4,})|0,[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+)(?:\s*[%€$£])?"
)
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_RISKY = "=+-@\t\r\n'"


class Unclear(Exception):
    """A cell that cannot be read.

    Parameters
    ----------
    says
        The rest of a sentence that starts with the value.
    hint
        What to write instead.
    """

    def __init__(self, says: str, hint: str = "") -> None:
        super().__init__(says)
        self.says, self.hint = says, hint


@dataclass(frozen=True)
class Reading:
    """How the cells of one column are read.

    Parameters
    ----------
    column
        The column.
    units
        What unit words mean in the case.
    unit
        Unit that the header names, or "" for the column's own.
    commas
        What shows that numbers here have decimal commas, in words; "" if nothing does.
    """

    column: Column
    units: Units
    unit: str = ""
    commas: str = ""


def decimal_comma(texts: Iterable[str]) -> str:
    """A cell that can only be a number with a decimal comma; "" if there is none.

    Examples
    --------
    >>> decimal_comma(["3", "1,250", "12,5"])
    '12,5'
    """
    return next((t.strip() for t in texts if _SURE_COMMA.fullmatch(t.strip())), "")


def may_have_thousands(texts: Iterable[str]) -> bool:
    """Whether some cell is a number whose point may separate thousands, and none shows that it does not."""
    found = False
    for text in map(str.strip, texts):
        if _POINT.fullmatch(text) and not _GROUPED.fullmatch(text):
            return False
        found = found or bool(_GROUPED.fullmatch(text))
    return found


def read_cells(texts: np.ndarray, reading: Reading) -> tuple[np.ndarray, dict[int, Unclear]]:
    """Values of a column, and the cells that could not be read.

    Parameters
    ----------
    texts : ndarray of str
        Cells as they were typed.
    reading
        How to read them.

    Returns
    -------
    values : ndarray
        Numbers (an empty cell is NaN), or texts, or flags and None.
    unclear : dict
        Position → why the cell cannot be read; its value is that of an empty cell.
    """
    codes, different = pd.factorize(texts)
    reader = READERS[reading.column.kind]
    empty = math.nan if reading.column.numeric else None if reading.column.kind == "flag" else ""
    found: list[Any] = []
    wrong: dict[int, Unclear] = {}
    for code, text in enumerate(different):
        try:
            found.append(reader(unescape(text), reading) if text.strip() else empty)
        except Unclear as reason:
            found.append(empty)
            wrong[code] = reason
    values = np.array(found, dtype=float if reading.column.numeric else object)
    if not wrong:
        return values[codes] if len(different) else values, {}
    hits = np.flatnonzero(np.isin(codes, list(wrong)))
    return values[codes], {int(i): wrong[codes[i]] for i in hits}


def converted(texts: np.ndarray, reading: Reading) -> np.ndarray:
    """Which cells of a column are in a unit that is not the column's own but another length of time."""
    if not reading.column.quantity or not reading.column.unit.endswith("/period"):
        return np.zeros(len(texts), dtype=bool)

    def other(text: str) -> bool:
        found = _WITH_UNIT.fullmatch(text.strip())
        word = found[2].strip() if found else reading.unit if text.strip() else ""
        factor = reading.units.factor(word, reading.column) if word else None
        return factor is not None and factor[0] != factor[1]

    codes, different = pd.factorize(texts)
    return (
        np.array([other(text) for text in different], dtype=bool)[codes] if len(different) else np.zeros(0, dtype=bool)
    )


def unescape(cell: str) -> str:
    """The text that a cell stands for: outer spaces off, and the guarding apostrophe off.

    Text that a spreadsheet would run (``=1+1``) is written with an apostrophe before
    it; see :func:`escape`.
    """
    text = cell.strip()
    rest = cell[1:]
    if cell[:1] == "'" and rest and (rest[0] in _RISKY or rest != rest.strip()):
        return rest
    return text


def escape(text: str, risky: str = _RISKY) -> str:
    """The cell that stands for a text, safe to open in a spreadsheet: undone by :func:`unescape`.

    Examples
    --------
    >>> escape("=1+1"), unescape(escape("=1+1")), escape("Bremen")
    ("'=1+1", '=1+1', 'Bremen')
    """
    return "'" + text if text[:1] and (text[0] in risky or text != text.strip()) else text


def read_number(text: str, reading: Reading) -> float:
    """A number, with a decimal point and perhaps a unit."""
    text = text.replace("\u2212", "-")
    if reading.commas and _GROUPED.fullmatch(text):
        plain = text.replace(".", "")
        if text.count(".") > 1:
            raise Unclear(f"may be {plain}", f"Write {plain} without points.")
        hint = f"Write {plain} without a point, or, if the point is a decimal point, {text}0."
        raise Unclear(f"may be {plain} or {float(text):g}, for {reading.commas}", hint)
    if _PLAIN.fullmatch(text):
        value, word = float(text), reading.unit
    else:
        value, word = _number_and_unit(text, reading)
    if word:
        times, by = _factor(word, reading)
        value = value * times / by
    if math.isinf(value):
        raise Unclear("is too large a number", f"Allowed: {allowed_words(reading.column)}.")
    return value


def read_whole(text: str, reading: Reading) -> float:
    """A number without fraction."""
    if reading.column.quantity == "moment" and (span := span_of(text)):
        return _period(span, reading)
    value = read_number(text, reading)
    if abs(value - round(value)) > 1e-9 * max(1.0, abs(value)):
        unit = reading.column.unit
        what = "has a fraction" if _PLAIN.fullmatch(text) and not reading.unit else f"is {value:g} {unit}"
        raise Unclear(f"{what}; allowed is {allowed_words(reading.column)}", "Write it without a fraction.")
    return float(round(value))


def _period(span: Span, reading: Reading) -> float:
    """The period of the run in which a date lies."""
    start = span_of(reading.units.start_date) if reading.units.start_date else None
    if start is None:
        raise Unclear("is a date, and settings has no start_date to count from", "Write start_date into settings.")
    period = period_of(span.first, start.first, reading.units.period_days)
    if period < 0 and (reading.column.low is None or reading.column.low >= 0):
        raise Unclear(
            f"lies before start_date, {reading.units.start_date}", "Write a later date, or an earlier start_date."
        )
    return float(period)


def _number_and_unit(text: str, reading: Reading) -> tuple[float, str]:
    found = _WITH_UNIT.fullmatch(text)
    if found:
        return float(found[1]), found[2].strip()
    if _COMMA.fullmatch(text):
        point, plain = text.replace(",", "."), text.replace(",", "")
        either = f", or {plain} if the comma separates thousands" if re.search(r",[0-9]{3}$", text) else ""
        raise Unclear("has a decimal comma; numbers have a decimal point", f"Write {point}{either}.")
    if _SPACED.fullmatch(text):
        plain = re.sub("[^0-9.,+-]", "", text).replace(",", ".")
        raise Unclear("has a separator of thousands, which may be misread", f"Write {plain}.")
    if re.fullmatch(r"[+-]?[0-9][0-9.,]*[.,][0-9]*", text):
        raise Unclear(
            "has more than one point or comma",
            "Write it with one decimal point and nothing between thousands.",
        )
    if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise Unclear("is a date, not a number", "Give the cell the format of a number, and write the number anew.")
    if text in ERRORS:
        raise Unclear("is an error of the spreadsheet, not a number", "Mend its formula, or write the number.")
    hint = "Leave the cell empty if there is none." if reading.column.start is None else "Write it with digits."
    raise Unclear(f"is not a number; allowed is {allowed_words(reading.column)}", hint)


ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")
"""What a spreadsheet writes where a formula fails."""


def _factor(word: str, reading: Reading) -> tuple[float, float]:
    factor = reading.units.factor(word, reading.column)
    if factor is None:
        near = reading.units.suggestion(word, reading.column)
        question = f"Did you mean {near}? " if near else ""
        raise Unclear(
            f"has a unit, {quote(word)}, that {reading.column.name} cannot be in; "
            f"allowed: {reading.units.allowed(reading.column)}",
            f"{question}A number without a unit is in {reading.column.unit}.",
        )
    return factor


def read_text(text: str, reading: Reading) -> str:
    """A text or one of the words allowed."""
    if not reading.column.choices:
        return text.replace("\r\n", "\n").replace("\r", "\n")
    word = folded(text)
    for choice in reading.column.choices:
        if folded(choice) == word:
            return choice
    choices = reading.column.choices
    hint = did_you_mean(text, choices, "Write one of these words.") + own_word(reading.column)
    raise Unclear(f"is not one of {', '.join(choices)}", hint)


def own_word(column: Column) -> str:
    """Where a word of one's own would come from."""
    own = column.name == "policy" and column.table == "stocks"
    return " One of your own stands in a rules.py beside the case, or in a file that --with names." if own else ""


def folded(word: str) -> str:
    """A word without regard to case, spaces and hyphens: ``Demand surge`` is ``demand_surge``."""
    return re.sub(r"[\s_-]+", "_", word.strip()).casefold()


def read_flag(text: str, reading: Reading) -> bool:
    """Yes or no."""
    if text.casefold() not in FLAGS:
        raise Unclear("is neither yes nor no", "Write yes or no (true, false, 1 and 0 are understood, too).")
    return FLAGS[text.casefold()]


def read_date(text: str, reading: Reading) -> str:
    """A date as year-month-day."""
    span = span_of(text)
    if span is not None and span.days == 1:
        return span.first.isoformat()
    if _DAY.fullmatch(text):
        raise Unclear("is a date that no calendar has", "Write it like 2021-03-19.")
    raise Unclear("is not a date as year-month-day", "Write it like 2021-03-19.")


READERS: dict[str, Callable[[str, Reading], Any]] = {
    "number": read_number,
    "whole": read_whole,
    "text": read_text,
    "flag": read_flag,
    "date": read_date,
}
"""Kind of column → reader of one cell."""


def cell_text(value: Any) -> str:
    """A cell of a workbook as a person would type it."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and _GROUPED.fullmatch(repr(value)):
        return f"{value!r}0"  # a number of the workbook itself: its point separates no thousands
    return value.isoformat(" ") if hasattr(value, "hour") and hasattr(value, "year") else shown(value)
