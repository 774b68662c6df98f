"""Texts of an extract become numbers, dates and words: decided by the evidence of the whole column, vectorised.

What :mod:`twinkit.tables.cells` reads cell by cell for tables that people type is done here for columns of millions;
the rules about commas and dates are the same ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from twinkit.capabilities.intake.measures import COUNTS, converted, unit_named
from twinkit.tables.cells import DURATIONS, days_come_first, decimal_comma, may_have_thousands, span_of

_PLAIN = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_GERMAN, _ENGLISH = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})*(?:,\d+)?|[+-]?\d*,\d+|[+-]?\d+"), re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_ONE_COMMA = re.compile(r"[+-]?\d+,\d{3}")
_SPACES = dict.fromkeys(map(ord, " '’\u00a0\u202f"))
_MARKS = re.compile(r"^[€$£]|[€$£]$|(?<=\d)\s*(?:EUR|USD|GBP|CHF)$")
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP"}
DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN")
"""Currencies that are written with $: in a case of one of them, it means that one."""
_CLOCKED = re.compile(r"(?:(\d+) (?:days?,? )?)?(\d{1,3}):(\d\d)(?::(\d\d(?:\.\d+)?))?")
_SPAN = re.compile(r"P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?(?:Z|[+-]\d\d:?\d\d)?")
_CLOSED = re.compile(r"(?:19|20)\d{6}")
_CLOCK = re.compile(r"[T ](\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?(?: ?([AP])\.?M\.?)?", re.IGNORECASE)
_OFFSET = re.compile(r"(?:Z|(?<=:\d\d)[+-]\d\d:?\d\d|(?<=\.\d{3})[+-]\d\d:?\d\d)$")
NO_DATE = {"00000000", "00.00.0000", "99991231", "31.12.9999", "nan", "none", "null", "nat", "0"}
NO_DAY = ("0000-00-00", "0001-01-01", "1753-01-01", "1899-12-30", "1900-01-01", "9999-12-31", "00010101", "17530101", "18991230", "19000101")
"""Texts that stand for no date, or for no end; and days, with or without a time, that programs write where there is none."""
SEPARATOR = "\x1f"
"""What stands between the parts of a key."""
SHARES = {"%": 0.01, "percent": 0.01, "pct": 0.01, "prozent": 0.01, "‰": 0.001, "share": 1.0, "1": 1.0}
"""Word for a part of one → what it stands for."""
MOST_SAID = 5
"""Values that a sentence names."""


def numbers(texts: np.ndarray, commas: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of a column, NaN for empty cells, and which cells are none.

    Parameters
    ----------
    texts : ndarray of str
        Cells.
    commas
        Whether the rest of the file shows that its numbers have decimal commas.

    Returns
    -------
    values : ndarray of float
    wrong : ndarray of bool

    Examples
    --------
    >>> numbers(np.array(["1.234,5", "2,5", "12-", ""], dtype=object))[0]
    array([1234.5,    2.5,  -12. ,    nan])
    """
    codes, different = pd.factorize(texts)
    plain = stripped(different)
    odd = ~plain.str.fullmatch(_PLAIN).to_numpy(bool) if len(plain) else np.zeros(0, bool)
    if odd.any():  # signs of money, blanks between thousands and signs of what is below 0 say nothing about commas
        plain[odd] = [_bare(t) for t in plain[odd].tolist()]
    fits = plain.str.fullmatch(_PLAIN).to_numpy(bool) if len(plain) else np.zeros(0, bool)
    comma = _comma(plain[~fits], plain, commas) if not fits.all() or commas else ""
    values = np.full(len(different), np.nan)
    wrong = np.zeros(len(different), bool)
    if comma != ",":
        values[fits] = plain[fits].astype(float).to_numpy()
    cells = plain.tolist()
    for i in np.flatnonzero(~fits if comma != "," else np.ones(len(plain), bool)).tolist():
        if text := cells[i]:
            values[i] = _number(text, comma)
            wrong[i] = values[i] != values[i]
    if not len(different):
        return np.full(len(texts), np.nan), np.zeros(len(texts), bool)
    return values[codes], wrong[codes]


def _comma(odd: pd.Series, every: pd.Series, commas: bool) -> str:
    """What a comma is in a column: "," decimal, "." between thousands, "" not decided."""
    if decimal_comma(odd):
        return ","
    if any(_ENGLISH.fullmatch(t) and ("." in t or t.count(",") > 1) for t in odd) or every.str.contains(r"^[+-]?\d+\.\d{1,2}$").any():
        return "."
    return "," if commas and (odd.str.fullmatch(_ONE_COMMA).any() or may_have_thousands(every)) else ""


def _bare(text: str) -> str:
    """A number without signs of money and blanks, with what says that it is below 0 before it: (20) as accountants write it, 20- as SAP does."""
    below = text.startswith("(") and text.endswith(")")
    text = _MARKS.sub("", (text.strip("()") if below else text).replace("−", "-").translate(_SPACES)).strip()
    return f"-{text.removesuffix('-')}" if below or text.endswith("-") else text


def undecided(texts: np.ndarray) -> np.ndarray:
    """Which cells are numbers of which a comma leaves open whether it stands before decimals or between thousands."""
    return each(texts, lambda t: bool(_ONE_COMMA.fullmatch(_bare(t.strip()))), bool)


def _number(text: str, comma: str) -> float:
    if comma == "," and _GERMAN.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif comma == "." and _ENGLISH.fullmatch(text):
        text = text.replace(",", "")
    return float(text) if re.fullmatch(_PLAIN, text) else float("nan")


def currency_of(text: str, own: str) -> str:
    """The currency that stands in a cell of money, "" for none.

    Examples
    --------
    >>> currency_of("$ 12.50", "EUR"), currency_of("12,50 CHF", "EUR"), currency_of("12.50", "EUR")
    ('USD', 'CHF', '')
    """
    text = text.strip()
    found = re.search(r"^[€$£]|[€$£]$", text)
    if found:
        return own if found[0] == "$" and own.upper() in DOLLARS else _SIGNS[found[0]]
    word = re.search(r"\d\s*(EUR|USD|GBP|CHF)$", text)
    return word[1] if word else ""


def spans(texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lengths of time that say their units [days], and which cells are such: ``1 06:00:00``, ``36:00:00``, ``P1DT6H``.

    Examples
    --------
    >>> spans(np.array(["1 06:00:00", "36:00:00", "P1DT6H", "7"], dtype=object))[0]
    array([1.25, 1.5 , 1.25,  nan])
    """
    found = each(texts, _length, float) if len(texts) else np.zeros(0)
    return found, ~np.isnan(found)


def _length(text: str) -> float:
    text = text.strip()
    if clock := _CLOCKED.fullmatch(text):
        days, hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return days + hours / 24 + minutes / 1440 + seconds / 86_400
    if len(text) > 2 and (said := _SPAN.fullmatch(text.upper())):
        weeks, days, hours, minutes, seconds = (float(part or 0) for part in said.groups())
        return 7 * weeks + days + hours / 24 + minutes / 1440 + seconds / 86_400
    return float("nan")


def shows_commas(columns: Iterable[np.ndarray]) -> bool:
    """Whether some column of a file can only be read with decimal commas."""
    return any(decimal_comma(t for t in pd.unique(column) if "," in t) for column in columns)


def dates(texts: np.ndarray, utc: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Moments of a column, NaT for empty cells, and which cells are none or can be read in two ways.

    ISO 8601 with or without time, 31.01.2024, 01/31/2024 2:30 PM where the column shows which part is the day, 20240131,
    31-JAN-24 and weeks and months (their first day) are read.

    Parameters
    ----------
    texts : ndarray of str
        Cells.
    utc
        Whether a moment with an offset becomes one of UTC, as durations need it. By default it stays as the clock on the
        wall said it: an order of half past midnight belongs to the day on which it was written.

    Returns
    -------
    values : ndarray of datetime64[s]
    wrong : ndarray of bool
    """
    codes, different = pd.factorize(texts)
    words = [str(t).strip() for t in different]
    day_first = days_come_first([_CLOCK.split(w)[0] for w in words if "/" in w or "-" in w])
    none = np.array([not w or w.casefold() in NO_DATE or w.startswith(NO_DAY) for w in words], bool)
    closed = all(_CLOSED.fullmatch(w) for w, no in zip(words, none, strict=True) if not no)
    values = np.full(max(len(words), 1), np.datetime64("NaT", "s"))
    wrong = np.zeros(max(len(words), 1), bool)
    iso = [i for i, w in enumerate(words) if _ISO.fullmatch(w) and not none[i]]
    if iso:
        try:
            read = pd.to_datetime([words[i] if utc else _OFFSET.sub("", words[i]) for i in iso], format="ISO8601", utc=True, errors="coerce").tz_localize(None)
            values[iso] = read.to_numpy().astype("datetime64[s]")
            wrong[iso] = np.isnat(values[iso])
        except (ValueError, OverflowError):
            iso = []
    for i in set(range(len(words))) - set(iso):
        word = words[i]
        if not none[i]:
            span, seconds = span_of(_CLOCK.sub("", word), day_first, closed), _seconds(_CLOCK.search(word))
            wrong[i] = span is None or seconds is None
            if not wrong[i]:
                values[i] = np.datetime64(span.first, "s") + np.timedelta64(seconds, "s")
    return values[codes], wrong[codes]


def _seconds(clock: re.Match | None) -> int | None:
    """Seconds since midnight of a time such as 14:30 or 2:30 PM; None for a time that there is not."""
    if clock is None:
        return 0
    hour, minute = int(clock[1]), int(clock[2])
    if hour > 23 or minute > 59 or (clock[4] and not 1 <= hour <= 12):
        return None
    if clock[4]:
        hour = hour % 12 + (12 if clock[4] in "Pp" else 0)
    return hour * 3600 + minute * 60 + int(float(clock[3] or 0))


def days(values: np.ndarray) -> np.ndarray:
    """Days of moments, as numbers counted from 1970 (NaN for none)."""
    found = values.astype("datetime64[D]").astype("int64").astype(float)
    found[np.isnat(values)] = np.nan
    return found


def factors(
    words: np.ndarray, unit: str, quantity: str, period_days: float, packs: Mapping[tuple[str, str], float] | None = None,
    products: np.ndarray | None = None, own: Mapping[str, str] | None = None,
) -> tuple[np.ndarray, dict[str, str]]:  # fmt: skip
    """By what the values of a column are multiplied so that they are in the unit of a column of the case.

    Parameters
    ----------
    words : ndarray of str
        Unit of each value; "" for the column's own.
    unit, quantity
        Unit of the column of the case, and what it is the quantity of.
    period_days
        Length of a period [days].
    packs
        (product, unit in small letters) → units of the product in one of it.
    products : ndarray of str
        Product of each value, for packs.
    own
        Product → its own unit.

    Returns
    -------
    factors : ndarray of float
        NaN where a unit is not known or does not fit.
    said
        Unit → what is wrong with it.
    """
    said: dict[str, str] = {}
    if products is not None and (packs or own):
        pairs = pd.Series(list(zip(products, words, strict=True)))
        codes, different = pd.factorize(pairs)
        one = [_factor(w, unit, quantity, period_days, said, (packs or {}).get((p, w.casefold())), (own or {}).get(p, "")) for p, w in different]
        return np.array(one, float)[codes], said
    return each(words, lambda w: _factor(w, unit, quantity, period_days, said), float), said


def _factor(word: str, unit: str, quantity: str, period_days: float, said: dict[str, str], pack: float | None = None, own: str = "") -> float:
    word = word.strip()
    if not word:
        return 1.0
    if quantity == "share" and word.casefold() in SHARES:
        return SHARES[word.casefold()]
    if quantity in ("time", "moment"):
        if word.casefold() in DURATIONS and unit_named(word) is None:
            return DURATIONS[word.casefold()] / (period_days if unit == "periods" else 1.0)
        return _asked(lambda: converted(1.0, word, "day") / (period_days if unit == "periods" else 1.0), word, said)
    if quantity == "mass":
        return _asked(lambda: converted(1.0, word, "kg"), word, said)
    if quantity == "distance":
        return _asked(lambda: converted(1.0, word, "km"), word, said)
    if unit.startswith("money/unit"):  # what is paid for a box of twelve is twelve times what is paid for a unit
        return 1.0 / _factor(word, "units", "amount", period_days, said, pack, own)
    if unit.startswith("units") or quantity in ("amount", "rate", "ratio"):
        if pack is not None:
            return pack
        if own and (word.casefold() == own.casefold() or (unit_named(word) and unit_named(word) == unit_named(own))):
            return 1.0
        if own:
            return _asked(lambda: converted(1.0, word, own), word, said)
        if (counted := COUNTS.get(unit_named(word) or "")) is not None:
            return counted
        said[word] = "is a unit that the product is not counted in, and no conversion of the product says how many are in it"
        return float("nan")
    said[word] = f"is no unit that is converted to {unit}"
    return float("nan")


def _asked(ask: Callable[[], float], word: str, said: dict[str, str]) -> float:
    try:
        return ask()
    except ValueError as error:
        said[word] = str(error)
        return float("nan")


# --- keys and filters


def each(texts: np.ndarray, make: Callable[[str], Any], dtype: Any = object) -> np.ndarray:
    """What is made of each text; a text that is there often is asked for once."""
    codes, different = pd.factorize(texts)
    return np.array([make(str(t)) for t in different], dtype=dtype)[codes]


def stripped(texts: Iterable[Any]) -> pd.Series:
    """Texts without blanks at their ends, what is missing stays so: one pass, as columns may have millions."""
    cells = texts.tolist() if isinstance(texts, np.ndarray | pd.Series) else list(texts)
    try:
        return pd.Series(list(map(str.strip, cells)), dtype=object)
    except TypeError:  # not all are texts
        return pd.Series([t.strip() if isinstance(t, str) else np.nan if pd.isna(t) else str(t).strip() for t in cells], dtype=object)


def joined_keys(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Keys of one or several columns, as texts."""
    parts = [stripped(c) for c in columns]
    return reduce(lambda key, part: key + SEPARATOR + part, parts).to_numpy(object)


def matches(texts: np.ndarray, wanted: Any, commas: bool = False) -> np.ndarray:
    """Which texts a filter of a mapping lets through: a value, several, or ``{ not = […], from = …, until = … }``.

    Where both ends of ``from`` and ``until`` are dates, or numbers, so are the cells: 31.12.2023 lies before 2024-01-01, and 99
    before 100. A cell that is none is not let through. Other texts are compared as such.
    """
    codes, different = pd.factorize(texts)
    words = np.array([str(t).strip() for t in different], dtype=object)
    if not isinstance(wanted, Mapping):
        return np.isin(words, _listed(wanted))[codes]
    good = ~np.isin(words, _listed(wanted.get("not", [])))
    if wanted.get("is") is not None:
        good &= np.isin(words, _listed(wanted["is"]))
    ends = [str(wanted.get(word, "")) for word in ("from", "until")]
    if any(ends):
        cells, low, high = _ordered(words, *ends, commas)
        good &= np.array([not absent and (not ends[0] or cell >= low) and (not ends[1] or cell <= high)
                          for cell, absent in zip(cells, pd.isna(cells), strict=True)], bool)  # fmt: skip
    if "below" in wanted or "not_below" in wanted:
        values = numbers(words, commas)[0]
        good &= (values < float(wanted.get("below", np.inf))) & (values >= float(wanted.get("not_below", -np.inf)))
    return good[codes]


def in_order(texts: np.ndarray, commas: bool = False) -> np.ndarray:
    """Rank of each text of a column: as numbers or as dates where all of them are such, else by the alphabet; what is empty is first.

    Examples
    --------
    >>> in_order(np.array(["31.01.2024", "", "01.02.2024"], dtype=object)), in_order(np.array(["9", "10"], dtype=object))
    (array([1, 0, 2]), array([0, 1]))
    """
    codes, different = pd.factorize(texts)
    words = np.array([str(t).strip() for t in different], dtype=object)
    ranks = pd.Series(words)
    for values, wrong in (numbers(words, commas), dates(words)):
        if not wrong.any():
            ranks = pd.Series(values)
            break
    return ranks.where(words != "").rank(method="dense", na_option="top").to_numpy(np.int64)[codes] - 1


def _listed(words: Any) -> list[str]:
    return [str(w) for w in (words if isinstance(words, list) else [words])]


def _ordered(words: np.ndarray, low: str, high: str, commas: bool) -> tuple[np.ndarray, Any, Any]:
    """Cells and the two ends between which they are to lie, as dates (the last day whole), numbers or texts."""
    ends = np.array([low, high], dtype=object)
    if not all(_CLOSED.fullmatch(e) for e in ends if e):
        limits, cells = numbers(ends), numbers(words, commas)
        if not limits[1].any() and not np.isnan(cells[0]).all():
            return cells[0], *limits[0]
    limits, cells = dates(ends), dates(words)
    if not limits[1].any() and not np.isnat(cells[0]).all():
        return cells[0], limits[0][0], limits[0][1] + np.timedelta64(0 if _CLOCK.search(high) else 86_399, "s")
    return words, low, high
