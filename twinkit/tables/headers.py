"""Headers: which column of the schema each column of a sheet is, in which unit; and the table of settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from twinkit.columns import Column
from twinkit.tables.cells import Reading, Units, folded, read_cells
from twinkit.tables.files import Sheet
from twinkit.tables.look import Allowed
from twinkit.tables.problems import Problem, did_you_mean, listed, quote

_UNIT = re.compile(r"(.+?)\s*[\[(]([^\[\]()]*)[\])]", re.DOTALL)


@dataclass
class Matched:
    """Columns found in a sheet.

    Parameters
    ----------
    places
        Column → (position in the sheet, unit named in the header or "").
    spoilt
        Columns that are there and cannot be used.
    problems
        What is wrong with the header.
    unread
        Columns that are none of the table's, nor like one.
    """

    places: dict[str, tuple[int, str]] = field(default_factory=dict)
    spoilt: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def match_header(sheet: Sheet, columns: Mapping[str, Column], units: Units) -> Matched:
    """Find the columns of a table in the header of its sheet.

    Parameters
    ----------
    sheet
        The sheet.
    columns
        Columns that the table may have.
    units
        What unit words mean in the case.
    """
    matched = Matched()
    by_word = {folded(name): name for name in columns}
    for position, head in enumerate(sheet.header):
        found = _UNIT.fullmatch(head)
        word, unit = (found[1], found[2].strip()) if found else (head, "")
        name = by_word.get(folded(head)) or by_word.get(folded(word))
        if not head:
            _nameless(sheet, position, matched)
        elif name is None and not _near(sheet, word, columns):
            matched.unread.append(head)
        elif name is None:
            matched.problems.append(_unknown(sheet, word, columns))
            matched.spoilt |= {n for n in columns if quote(n) in matched.problems[-1].hint}
        elif name in matched.places:
            says = "the column is there twice"
            matched.problems.append(Problem(sheet.table, 1, name, "", says, "Take one of them away."))
        else:
            matched.places[name] = (position, unit if columns[name].numeric else "")
    _check_units(sheet, columns, units, matched)
    _check_missing(sheet, columns, matched)
    return matched


def _nameless(sheet: Sheet, position: int, matched: Matched) -> None:
    if any(cell.strip() for cell in sheet.cells[position]):
        says = f"column {position + 1} has values and no name"
        matched.problems.append(Problem(sheet.table, 1, "", "", says, "Write its name into row 1."))


REMARKS = ("comment", "comments", "remark", "remarks", "note", "notes", "bemerkung", "kommentar", "description")
"""Words over a column that is for people, however like another column's name they are."""


def _near(sheet: Sheet, word: str, columns: Mapping[str, Column]) -> str:
    """The question whether a column of the table is meant that the sheet does not have; "" if none is like it."""
    free = [n for n in columns if folded(n) not in {folded(h) for h in sheet.header}]
    return "" if folded(word) in REMARKS else did_you_mean(folded(word), free)


def _unknown(sheet: Sheet, word: str, columns: Mapping[str, Column]) -> Problem:
    return Problem(sheet.table, 1, "", word, f"is no column of {sheet.table}", _near(sheet, word, columns))


def _check_units(sheet: Sheet, columns: Mapping[str, Column], units: Units, matched: Matched) -> None:
    for name, (_, unit) in list(matched.places.items()):
        column = columns[name]
        if unit and column.unit and units.factor(unit, column) is None:
            near = units.suggestion(unit, column)
            hint = f"Did you mean {name} [{near}]?" if near else f"Write {name} [{column.unit}]."
            says = f"is no unit that {name} can be in; allowed: {units.allowed(column)}"
            matched.problems.append(Problem(sheet.table, 1, name, unit, says, hint))
            del matched.places[name]
            matched.spoilt.add(name)


def _check_missing(sheet: Sheet, columns: Mapping[str, Column], matched: Matched) -> None:
    lacking = [n for n, c in columns.items() if c.required and n not in matched.places and n not in matched.spoilt]
    for name in lacking:
        says = f"the column is missing; the sheet has {listed([h for h in sheet.header if h])}"
        hint = f"Add it: {columns[name].meaning}."
        matched.problems.append(Problem(sheet.table, 1, name, "", says, hint))
    matched.spoilt |= set(lacking)


# The table of settings: one row for each setting that differs from its starting value.


HEADER = ("setting", "value")


@dataclass
class SettingsRead:
    """Settings as they were read.

    Parameters
    ----------
    values
        Setting → value, for those that a table gives.
    rows
        Setting → row as a spreadsheet shows it.
    bad
        Settings that could not be read.
    problems
        Why not.
    units
        What the settings make of words for units.
    """

    values: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    units: Units = field(default_factory=Units)

    def refuse(self, row: int, setting: str, value: str, says: str, hint: str = "") -> None:
        """Note what is wrong with a row."""
        self.problems.append(Problem("settings", row, setting, value, says, hint))


def read_settings(sheet: Sheet | None, known: Allowed) -> SettingsRead:
    """Read the settings of a case; without a sheet none is given.

    Parameters
    ----------
    sheet
        The sheet with columns setting and value.
    known
        What a case may hold.
    """
    read = SettingsRead()
    columns = known.columns["settings"]
    typed = _typed_cells(sheet, columns, read) if sheet else {}
    for name in ("period_days", "currency", "start_date", *columns):  # the first three give units their meaning
        if name in typed and name not in read.values and name not in read.bad:
            _read_setting(name, typed[name], columns[name], read.units, read)
            period = read.values.get("period_days", 1.0)
            start = read.values.get("start_date", "")
            read.units = Units(period if period > 0 else 1.0, read.values.get("currency", "EUR"), start)
    return read


def plain_value(column: Column, value: Any) -> Any:
    """A setting's value as Python keeps it: whole numbers as int."""
    return int(value) if column.kind == "whole" else value.item() if isinstance(value, np.generic) else value


def _read_setting(name: str, text: str, column: Column, units: Units, read: SettingsRead) -> None:
    if not text.strip():
        return
    values, unclear = read_cells(np.array([text], dtype=object), Reading(column, units))
    if unclear:
        read.bad.add(name)
        read.refuse(read.rows[name], name, text.strip(), unclear[0].says, unclear[0].hint)
    else:
        read.values[name] = plain_value(column, values[0])


def _typed_cells(sheet: Sheet, columns: Mapping[str, Column], read: SettingsRead) -> dict[str, str]:
    """Setting → cell as it was typed."""
    places = {folded(head): i for i, head in enumerate(sheet.header)}
    for head in sheet.header:
        if folded(head) not in HEADER:
            read.refuse(1, "", head, "is no column of settings", "Its columns are setting and value.")
    missing = [h for h in HEADER if h not in places]
    for head in missing:
        says = f"the column is missing; the sheet has {listed(sheet.header)}"
        read.refuse(1, head, "", says, "The columns of settings are setting and value.")
    if missing:
        read.bad |= set(columns)
        return {}
    typed: dict[str, str] = {}
    names, values = (sheet.cells[places[h]] for h in HEADER)
    for i, row in enumerate(int(r) for r in sheet.rows):
        name = folded(names[i])
        if name not in columns:
            _refuse_name(row, names[i].strip(), columns, read)
        elif name in typed:
            read.refuse(row, name, values[i].strip(), f"is given again; row {read.rows[name]} has it", "Keep one.")
        elif not sheet.torn[i]:
            typed[name], read.rows[name] = values[i], row
    return typed


def _refuse_name(row: int, name: str, columns: Mapping[str, Column], read: SettingsRead) -> None:
    if name:
        hint = did_you_mean(folded(name), list(columns)) or f"The settings are {', '.join(columns)}."
        read.refuse(row, "setting", name, "is no setting", hint)
    else:
        read.refuse(row, "setting", "", "the cell is empty; a value needs the name of its setting")
