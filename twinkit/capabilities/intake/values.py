"""Texts of an extract become numbers, dates and words: decided by the evidence of the whole column, vectorised.

What :mod:`twinkit.tables.cells` reads cell by cell for tables that people type is done here for columns of millions;
the rules about commas and dates are the same ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from twinkit.capabilities.intake.measures import converted, unit_named
from twinkit.tables.cells import DURATIONS, days_come_first, decimal_comma, may_have_thousands, span_of

_PLAIN = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_GERMAN, _ENGLISH = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})*(?:,\d+)?|[+-]?\d*,\d+|[+-]?\d+"), re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_ONE_COMMA = re.compile(r"[+-]?\d+,\d{3}")
_SPACES = dict.fromkeys(map(ord, " '’\u00a0\u202f"))
_MARKS = re.compile(r"^[€$£]|[€$£]$|(?<=\d)\s*(?:EUR|USD|GBP|CHF)$")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?(?:Z|[+-]\d\d:?\d\d)?")
_CLOSED = re.compile(r"(?:19|20)\d{6}")
_CLOCK = re.compile(r"[T ](\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?")
NO_DATE = {"00000000", "00.00.0000", "0000-00-00", "99991231", "9999-12-31", "31.12.9999", "nan", "none", "null", "nat", "0"}
"""Texts that stand for no date, or for no end."""
SEPARATOR = "\x1f"
"""What stands between the parts of a key."""
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
    plain = pd.Series(different, dtype=object).astype(str).str.strip()
    fits = plain.str.fullmatch(_PLAIN).to_numpy(bool) if len(plain) else np.zeros(0, bool)
    comma = _comma(plain[~fits], plain, commas) if not fits.all() or commas else ""
    values = np.full(len(different), np.nan)
    wrong = np.zeros(len(different), bool)
    if comma != ",":
        values[fits] = plain[fits].astype(float).to_numpy()
    for i in np.flatnonzero(~fits if comma != "," else np.ones(len(plain), bool)):
        text = plain.iat[i]
        if text:
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


def _number(text: str, comma: str) -> float:
    text = _MARKS.sub("", text.translate(_SPACES)).strip()
    if text.endswith("-"):  # as SAP writes what is below 0
        text = f"-{text[:-1]}"
    if comma == "," and _GERMAN.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif comma == "." and _ENGLISH.fullmatch(text):
        text = text.replace(",", "")
    return float(text) if re.fullmatch(_PLAIN, text) else float("nan")


def shows_commas(columns: Iterable[np.ndarray]) -> bool:
    """Whether some column of a file can only be read with decimal commas."""
    return any(decimal_comma(t for t in pd.unique(column) if "," in t) for column in columns)


def dates(texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Moments of a column, NaT for empty cells, and which cells are none or can be read in two ways.

    ISO 8601 with or without time, 31.01.2024, 01/31/2024 where the column shows which part is the day, 20240131
    and weeks and months (their first day) are read; a moment with an offset becomes one of UTC.

    Returns
    -------
    values : ndarray of datetime64[s]
    wrong : ndarray of bool
    """
    codes, different = pd.factorize(texts)
    words = [str(t).strip() for t in different]
    day_first = days_come_first([_CLOCK.split(w)[0] for w in words if "/" in w or "-" in w])
    closed = all(_CLOSED.fullmatch(w) for w in words if w and w.casefold() not in NO_DATE)
    values = np.full(max(len(words), 1), np.datetime64("NaT", "s"))
    wrong = np.zeros(max(len(words), 1), bool)
    iso = [i for i, w in enumerate(words) if _ISO.fullmatch(w) and w not in NO_DATE]
    if iso:
        try:
            read = pd.to_datetime([words[i] for i in iso], format="ISO8601", utc=True, errors="coerce").tz_localize(None)
            values[iso] = read.to_numpy().astype("datetime64[s]")
            wrong[iso] = np.isnat(values[iso])
        except (ValueError, OverflowError):
            iso = []
    for i in set(range(len(words))) - set(iso):
        word = words[i]
        if word and word.casefold() not in NO_DATE and not word.startswith(("9999-12-31", "0000-00-00")):
            span = span_of(_CLOCK.sub("", word), day_first, closed)
            clock = _CLOCK.search(word)
            seconds = int(clock[1]) * 3600 + int(clock[2]) * 60 + int(float(clock[3] or 0)) if clock else 0
            values[i] = np.datetime64(span.first, "s") + np.timedelta64(seconds, "s") if span else np.datetime64("NaT")
            wrong[i] = span is None
    return values[codes], wrong[codes]


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
    else:
        codes, different = pd.factorize(words)
        one = [_factor(w, unit, quantity, period_days, said) for w in different]
    return (np.array(one, float)[codes] if len(different) else np.ones(len(words))), said


def _factor(word: str, unit: str, quantity: str, period_days: float, said: dict[str, str], pack: float | None = None, own: str = "") -> float:
    word = word.strip()
    if not word:
        return 1.0
    if quantity == "share":
        return 0.01 if word in ("%", "percent", "pct", "Prozent") else 1.0
    if quantity in ("time", "moment"):
        if word.casefold() in DURATIONS and unit_named(word) is None:
            return DURATIONS[word.casefold()] / (period_days if unit == "periods" else 1.0)
        return _asked(lambda: converted(1.0, word, "day") / (period_days if unit == "periods" else 1.0), word, said)
    if quantity == "mass":
        return _asked(lambda: converted(1.0, word, "kg"), word, said)
    if quantity == "distance":
        return _asked(lambda: converted(1.0, word, "km"), word, said)
    if unit.startswith("units") or quantity in ("amount", "rate", "ratio"):
        if pack is not None:
            return pack
        if own and (word.casefold() == own.casefold() or (unit_named(word) and unit_named(word) == unit_named(own))):
            return 1.0
        if own:
            return _asked(lambda: converted(1.0, word, own), word, said)
        if unit_named(word) == "piece":
            return 1.0
        said[word] = "is a unit that the product is not counted in, and no conversion of the product says how many are in it"
        return float("nan")
    return 1.0


def _asked(ask: Callable[[], float], word: str, said: dict[str, str]) -> float:
    try:
        return ask()
    except ValueError as error:
        said[word] = str(error)
        return float("nan")


# --- keys and filters


def joined_keys(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Keys of one or several columns, as texts."""
    parts = [pd.Series(c, dtype=object).astype(str).str.strip() for c in columns]
    key = parts[0]
    for part in parts[1:]:
        key = key + SEPARATOR + part
    return key.to_numpy(object)


def matches(texts: np.ndarray, wanted: Any) -> np.ndarray:
    """Which texts a filter of a mapping lets through: a value, several, or ``{ not = […], from = …, until = … }``."""
    codes, different = pd.factorize(texts)
    words = [str(t).strip() for t in different]
    if isinstance(wanted, Mapping):
        no = set(map(str, wanted.get("not", []) if isinstance(wanted.get("not", []), list) else [wanted["not"]]))
        only = wanted.get("is")
        yes = set(map(str, only if isinstance(only, list) else [only])) if only is not None else None
        low, high = str(wanted.get("from", "")), str(wanted.get("until", ""))
        good = [w not in no and (yes is None or w in yes) and (not low or w >= low) and (not high or w <= high) for w in words]
        if "below" in wanted or "not_below" in wanted:
            values, _ = numbers(np.array(words, dtype=object)) if words else (np.zeros(0), None)
            good = list(np.array(good, bool) & (values < float(wanted.get("below", np.inf))) & (values >= float(wanted.get("not_below", -np.inf))))
    else:
        some = set(map(str, wanted if isinstance(wanted, list) else [wanted]))
        good = [w in some for w in words]
    return np.array(good, bool)[codes] if len(words) else np.zeros(len(texts), bool)
