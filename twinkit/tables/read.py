"""Read a case: a folder of CSV files or a workbook becomes checked tables, or sentences.

The steps: find the sheets, read the settings (a period's length gives "2 weeks" its
meaning), read each table's cells, check everything.  All problems come at once, and
a case is returned whole or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from twinkit.columns import Column
from twinkit.tables.allowed import Allowed, allowed
from twinkit.tables.case import SOUND, Case, default_of
from twinkit.tables.cells import Reading, Unclear, read_cells
from twinkit.tables.checks import find_problems
from twinkit.tables.csv_files import path_hint, read_folder
from twinkit.tables.headers import match_header
from twinkit.tables.look import Look, in_order
from twinkit.tables.policy_parameters import Parameters
from twinkit.tables.problems import CaseError, Problem, counted
from twinkit.tables.schema import NEEDED, TABLES
from twinkit.tables.settings import read_settings
from twinkit.tables.sheets import Sheet, Sheets, nothing_there
from twinkit.tables.units import Units
from twinkit.tables.workbooks import read_workbook


def read_case(
    path: str | Path,
    *,
    extra_columns: Collection[str] | Mapping[str, Column] = (),
    policies: Mapping[str, Parameters] | None = None,
    kpis: Collection[str] | None = None,
) -> Case:
    """Read and check a case.

    Parameters
    ----------
    path
        A folder with ``sites.csv``, ``products.csv``, …, or a workbook (.xlsx) with a
        worksheet for each table.
    extra_columns
        Columns beyond the schema that a policy or an actor of your own reads: "name"
        is a column of stocks, "table.name" one of another table.
    policies
        Policies that stocks may name; default: those of twinkit.
    kpis
        KPIs that objectives may name; default: those of twinkit.

    Returns
    -------
    Case
        The whole case, free of known problems.

    Raises
    ------
    CaseError
        With every problem found: place, value, what is allowed and what to do.
    """
    return read_sheets(find_sheets(Path(path)), Path(path), allowed(extra_columns, policies, kpis))


def read_sheets(sheets: Sheets, path: Path, known: Allowed | None = None) -> Case:
    """Make a checked case of tables as they were typed.

    Parameters
    ----------
    sheets
        The tables.
    path
        Where they are, for the sentences.
    known
        Columns, policies and KPIs that the case may name; default: those of twinkit.

    Raises
    ------
    CaseError
        With every problem found.
    """
    look, problems = _read_tables(sheets, known or allowed(), path)
    if look is not None:
        problems += find_problems(look)
    if problems:
        raise CaseError(in_order(problems, look))
    assert look is not None
    look.case.marks.add(SOUND)
    return look.case


def find_sheets(path: Path) -> Sheets:
    """Everything at a path that may be a table."""
    if not path.exists():
        return nothing_there(path, "does not exist", path_hint(path))
    if path.is_dir():
        return read_folder(path)
    if path.suffix.casefold() in (".xlsx", ".xlsm"):
        return read_workbook(path)
    if path.suffix.casefold() == ".csv":
        return nothing_there(path, "is one table; a case is the folder of them", f"Read {path.parent}.")
    return nothing_there(path, "is neither a folder of CSV files nor a workbook", "Save it as .xlsx.")


@dataclass
class _Draft:
    """What has been read so far.

    Parameters
    ----------
    frames
        Table → values.
    bad, typed
        See :class:`~twinkit.tables.look.Look`.
    """

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    bad: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    typed: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)


def _read_tables(sheets: Sheets, known: Allowed, path: Path) -> tuple[Look | None, list[Problem]]:
    """The tables as a look at a case, and what could not be read."""
    problems = sheets.problems
    if not sheets.found:
        return None, problems or nothing_there(path, "holds no table").problems
    settings = read_settings(sheets.found.get("settings"), known)
    problems += settings.problems
    draft = _Draft()
    for table in TABLES:
        if table in sheets.found:
            _read_table(sheets, table, known, settings.units, draft)
    lacking = [t for t in NEEDED if t not in sheets.found]
    problems += [_missing(t) for t in lacking if t not in sheets.unreadable]
    look = Look(
        Case(sheets.name, draft.frames, settings.values),
        known,
        rows={t: sheets.found[t].rows for t in draft.frames},
        setting_rows=settings.rows,
        bad=draft.bad,
        typed=draft.typed,
        gone={*sheets.unreadable, *lacking},
        bad_settings=settings.bad,
    )
    if "settings" in sheets.unreadable:
        look.bad_settings = set(look.case.settings)
    return look, problems


def _missing(table: str) -> Problem:
    meaning = (TABLES[table].__doc__ or "").split("\n")[0]
    return Problem(table, None, "", "", "the table is missing", f"Add {table}.csv. A row is: {meaning}")


def _read_table(sheets: Sheets, table: str, known: Allowed, units: Units, draft: _Draft) -> None:
    """Read one table into the draft; problems go to `sheets`."""
    sheet, columns = sheets.found[table], known.columns[table]
    matched = match_header(sheet, columns, units)
    sheets.problems += matched.problems
    values: dict[str, np.ndarray] = {}
    for name, (position, unit) in matched.places.items():
        key, reading = (table, name), Reading(columns[name], units, unit)
        values[name], draft.bad[key] = _read_column(sheets, sheet, position, reading)
        draft.typed[key] = sheet.cells[position]
    for name in matched.spoilt - set(matched.places):
        draft.bad[table, name] = np.ones(len(sheet.rows), dtype=bool)
    if sheet.torn.any():
        for name in columns:
            draft.bad[table, name] = draft.bad.get((table, name), False) | sheet.torn
    for name in (n for t, n in known.extra if t == table):
        given = pd.Series(values.get(name, [None] * len(sheet.rows)), dtype=object)
        values[name] = _extra_values(given, columns[name])
    draft.frames[table] = pd.DataFrame(values, index=range(len(sheet.rows)))


def _extra_values(given: pd.Series, column: Column) -> np.ndarray:
    """Values of a column that is not in the schema, with its default in the empty cells."""
    empty = given.isna() | (given == "")
    texts = not column.numeric or given[~empty].map(lambda v: isinstance(v, str)).any()
    filled = given.where(~empty, "" if texts and column.numeric else default_of(column))
    return filled.to_numpy(dtype=object if texts else float)


def _read_column(sheets: Sheets, sheet: Sheet, position: int, reading: Reading) -> tuple[np.ndarray, np.ndarray]:
    """Values of a column and which of its cells are spoilt."""
    texts, column = sheet.cells[position], reading.column
    values, unclear = read_cells(texts, reading)
    if unclear and not column.unit and len(unclear) == sum(1 for t in texts if t.strip()):
        values, unclear = read_cells(texts, Reading(_as_text(column), reading.units))
    spoilt = np.zeros(len(texts), dtype=bool)
    spoilt[list(unclear)] = True
    spoilt |= sheet.torn
    holes = [row for table, row, place in sheets.holes if table == sheet.table and place == position]
    spoilt |= np.isin(sheet.rows, holes)
    sheets.problems += _unclear_cells(sheet, column, texts, unclear)
    return values, spoilt


def _as_text(column: Column) -> Column:
    text = Column("text", column.meaning, kind="text", start="")
    text.name, text.table = column.name, column.table
    return text


def _unclear_cells(sheet: Sheet, column: Column, texts: np.ndarray, unclear: dict[int, Unclear]) -> list[Problem]:
    """Sentences about the cells of a column that could not be read."""
    hits = [i for i in unclear if not sheet.torn[i]]

    def make(i: int) -> Problem:
        return Problem(sheet.table, int(sheet.rows[i]), column.name, texts[i].strip(), unclear[i].says, unclear[i].hint)

    return counted(hits, make, lambda i: int(sheet.rows[i]))
