"""Cells: what a person typed becomes a number, a word, a flag or a date.

Every kind of column has one small reader for one cell.  A column of a large table
holds few different texts, so each different text is read once.  A cell that cannot
be read raises :class:`Unclear` inside, and comes back as a sentence beside the values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twinkit.columns import Column
from twinkit.tables.allowed import allowed_words
from twinkit.tables.dates import Span, period_of, span_of
from twinkit.tables.problems import did_you_mean, quote, shown
from twinkit.tables.units import Units

_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_PLAIN = re.compile(_NUMBER)
_WITH_UNIT = re.compile(rf"({_NUMBER})\s*((?:[^\W\d_]|[%°€$£]).*)")
_SPACED = re.compile(r"[+-]?[0-9]{1,3}(?:[ '’\u00a0\u202f][0-9]{3})+(?:[.,][0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_SURE_COMMA = re.compile(r"[+-]?(?:[0-9]*,(?:[0-9]{1,2}|[0-9]{4,})|0,[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+)(?:\s*[%€$£])?")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
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
    return np.array([other(text) for text in different], dtype=bool)[codes] if len(different) else np.zeros(0, dtype=bool)


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
        says = f"may be {plain} or {float(text):g}, for {reading.commas}" if text.count(".") == 1 else f"may be {plain}"
        raise Unclear(says, f"Write {plain} without a point, or, if the point is a decimal point, {text}0.")
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
    if period < 0:
        raise Unclear(f"lies before start_date, {reading.units.start_date}", "Write a later date, or an earlier start_date.")
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
    raise Unclear(f"is not a number; allowed is {allowed_words(reading.column)}", _no_number_hint(reading.column))


def _no_number_hint(column: Column) -> str:
    return "Leave the cell empty if there is none." if column.start is None else "Write it with digits."


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
    raise Unclear(f"is not one of {', '.join(choices)}", did_you_mean(text, choices, "Write one of these words."))


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
