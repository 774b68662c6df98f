"""Checks of single values: filled in, a number, in range, one of the words allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from twinkit.columns import Column
from twinkit.tables.allowed import allowed_words
from twinkit.tables.look import Look, among
from twinkit.tables.problems import Problem, did_you_mean
from twinkit.tables.schema import NEEDED, TABLES

HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")


def _columns(look: Look, kind: Callable[[Column], bool]) -> Iterator[tuple[str, str, Column]]:
    for table in TABLES:
        for name, column in look.columns(table).items():
            if kind(column):
                yield table, name, column


def tables_filled(look: Look) -> list[Problem]:
    """Tables that a case cannot do without have a row."""
    empty = [t for t in NEEDED if t not in look.gone and look.case[t].empty]
    look.gone |= set(empty)
    says = {"markets": "the table has no rows; a case needs at least one market"}
    return [Problem(t, None, "", "", says.get(t, "the table has no rows"), "Add at least one row.") for t in empty]


def cells_filled(look: Look) -> list[Problem]:
    """A required cell is not empty."""
    problems = []
    for table, name, column in _columns(look, lambda c: c.required):
        values = look.values(table, name)
        empty = np.isnan(values) if column.numeric else values == ""
        says = f"the cell is empty; it must hold {allowed_words(column)}"
        problems += look.cells(table, name, empty, says, f"Fill it in; its meaning: {column.meaning}.")
    return problems


def numbers_finite(look: Look) -> list[Problem]:
    """A number is not infinite."""
    problems = []
    for table, name, column in _columns(look, lambda c: c.numeric):
        hint = "Leave the cell empty if there is none." if column.start is None else ""
        infinite = np.isinf(_numbers(look, table, name))
        problems += look.cells(table, name, infinite, f"is not {allowed_words(column)}", hint)
    return problems


def numbers_whole(look: Look) -> list[Problem]:
    """A whole number has no fraction."""
    problems = []
    for table, name, column in _columns(look, lambda c: c.kind == "whole"):
        values = _numbers(look, table, name)
        says = f"has a fraction; allowed is {allowed_words(column)}"
        fraction = ~np.isnan(values) & (values != np.round(values))
        problems += look.cells(table, name, fraction, says, "Write it without a fraction.")
    return problems


def numbers_in_range(look: Look) -> list[Problem]:
    """A number is neither too low nor too high."""
    problems = []
    for table, name, column in _columns(look, lambda c: c.numeric):
        values = _numbers(look, table, name)
        out = np.zeros(len(values), dtype=bool)
        if column.low is not None:
            out |= values < column.low
        if column.high is not None:
            out |= values > column.high
        problems += look.cells(table, name, out, _range_words(column), f"Its meaning: {column.meaning}.")
        if column.limit is not None:
            far = np.abs(values) > column.limit
            problems += look.cells(table, name, far, _too_large(column), f"Its meaning: {column.meaning}.")
    return problems


def _too_large(column: Column) -> str:
    return f"is too large a number to be meant: {column.name} may be up to {column.limit:,.0f} {column.unit}"


def _range_words(column: Column) -> str:
    unit = f" [{column.unit}]" if column.unit not in ("", "number") else ""
    return f"is out of range: {column.name} must be {allowed_words(column)}{unit}"


def words_allowed(look: Look) -> list[Problem]:
    """A word is one of its column's words."""
    problems = []
    for table, name, column in _columns(look, lambda c: bool(c.choices)):
        values = look.values(table, name)
        wrong = ~among(values, column.choices)
        says = f"is not one of {', '.join(column.choices)}"
        problems += look.cells(
            table,
            name,
            wrong,
            says,
            lambda i, v=values, c=column: did_you_mean(v[i], c.choices, "Write one of these words."),
        )
    return problems


def dates_valid(look: Look) -> list[Problem]:
    """A date is one of the calendar, as year-month-day."""
    problems = []
    for table, name, _ in _columns(look, lambda c: c.kind == "date"):
        wrong = np.array([text != "" and not _is_date(text) for text in look.values(table, name)], dtype=bool)
        problems += look.cells(table, name, wrong, "is not a date as year-month-day", "Write it like 2021-03-19.")
    return problems


def _is_date(text: Any) -> bool:
    if not isinstance(text, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def texts_visible(look: Look) -> list[Problem]:
    """A text holds no control character and is no error of a spreadsheet."""
    problems = []
    for table, name, _ in _columns(look, lambda c: c.kind == "text"):
        values = pd.Series(look.values(table, name), dtype=object)
        errors = values.isin(ERRORS).to_numpy()
        problems += look.cells(table, name, errors, "is an error of the spreadsheet", "Mend the formula.")
        hidden = {v for v in values.unique() if HIDDEN.search(v)}
        says = "holds a character that cannot be seen or kept in a file"
        problems += look.cells(table, name, values.isin(hidden).to_numpy(), says, "Type the text anew.")
    return problems


def settings_in_range(look: Look) -> list[Problem]:
    """Every setting is of its kind and in its range."""
    problems = []
    for name, column in look.allowed.columns["settings"].items():
        says = _setting_wrong(column, look.case.settings[name])
        if says:
            problems += look.setting(name, says, f"Its meaning: {column.meaning}.")
    return problems


def _setting_wrong(column: Column, value: Any) -> str:
    """What is wrong with a setting, or ""."""
    if column.numeric:
        number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
        fits = number and np.isfinite(value) and (column.kind != "whole" or value == round(value))
        low = column.low is None or (fits and value >= column.low)
        high = column.high is None or (fits and value <= column.high)
        if fits and low and high:
            return "" if column.limit is None or abs(value) <= column.limit else _too_large(column)
        return _range_words(column)
    if column.kind == "flag":
        return "" if isinstance(value, bool | np.bool_) else "is neither yes nor no"
    if column.kind == "date":
        return "" if value == "" or _is_date(value) else "is not a date like 2021-03-19"
    if not isinstance(value, str) or (column.choices and value not in column.choices):
        return f"is not {allowed_words(column)}"
    return "holds a character that cannot be seen or kept in a file" if HIDDEN.search(value) else ""


def warm_up_within_run(look: Look) -> list[Problem]:
    """Some periods of a run are left after the warm-up."""
    periods, warm_up = look.case.settings["periods"], look.case.settings["warm_up"]
    if not look.fit("periods", "warm_up") or warm_up < periods:
        return []
    says = f"leaves nothing to count: the run has {periods} periods"
    return look.setting("warm_up", says, "Make the warm-up shorter or the run longer.")


def _numbers(look: Look, table: str, name: str) -> np.ndarray:
    """Values of a column of numbers; of an extra column that holds texts, NaN."""
    values = look.values(table, name)
    return values if values.dtype.kind == "f" else pd.to_numeric(pd.Series(values), errors="coerce").to_numpy(float)


CHECKS = (
    tables_filled,
    cells_filled,
    numbers_finite,
    numbers_whole,
    numbers_in_range,
    words_allowed,
    dates_valid,
    texts_visible,
    settings_in_range,
    warm_up_within_run,
)
