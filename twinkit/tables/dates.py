"""Dates as people write them: a day, a week or a month, and the period of a run that it is.

``2024-01-05``, ``05.01.2024`` and ``2024/1/5`` are days, ``2024-W05`` a week, ``2024-01``, ``01/2024``
and ``Jan 2024`` months.  ``03/04/2024`` may be two days; which is meant must show elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_OTHERS = {"mrz": 3, "mär": 3, "mai": 5, "okt": 10, "dez": 12}
_TIME = r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}")
_POINTS = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}){_TIME}")
_SLASHES = re.compile(rf"(\d{{1,2}})[/-](\d{{1,2}})[/-](\d{{4}}){_TIME}")
_CLOSED = re.compile(r"(19\d\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})|(\d{1,2})[/.](\d{4})")
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
        if found := _WEEK.fullmatch(text):
            return Span(date.fromisocalendar(int(found[1]), int(found[2]), 1), 7)
        return _month_of(text)
    except ValueError:
        return None


def _month_of(text: str) -> Span | None:
    if found := _MONTH.fullmatch(text):
        year, month = (int(found[1]), int(found[2])) if found[1] else (int(found[4]), int(found[3]))
    elif found := _NAMED.fullmatch(text):
        word, year = ((found[1], int(found[2])) if found[1] else (found[4], int(found[3])))
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
