"""The table of settings: one row for each setting that differs from its starting value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from twinkit.columns import Column
from twinkit.tables.allowed import Allowed
from twinkit.tables.cells import Reading, folded, read_cells
from twinkit.tables.problems import Problem, did_you_mean, listed
from twinkit.tables.sheets import Sheet
from twinkit.tables.units import Units

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
