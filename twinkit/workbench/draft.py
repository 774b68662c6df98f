"""The tables of a case as they are being typed: texts, sound or not.

Tables are values: a change makes a new one that shares the rows that stayed as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import traitlets as t

from twinkit.columns import Column, table_columns
from twinkit.tables import CaseError, Problem
from twinkit.tables.case import Case
from twinkit.tables.cells import cell_text, escape
from twinkit.tables.files import Sheets
from twinkit.tables.headers import HEADER
from twinkit.tables.look import allowed
from twinkit.tables.read import read_sheets
from twinkit.tables.schema import NEEDED, TABLES, Settings
from twinkit.tables.write import pages_of, plain

Row = tuple[str, ...]


@dataclass(frozen=True)
class Typed:
    """A table as it is typed.

    Attributes
    ----------
    header
        Names of the columns.
    rows
        Cells of each row.
    """

    header: tuple[str, ...]
    rows: tuple[Row, ...] = ()

    def column(self, name: str) -> int:
        """Position of a column; -1 if the table does not have it."""
        return self.header.index(name) if name in self.header else -1

    def cell(self, row: int, name: str) -> str:
        """A cell; a column that is not there is empty."""
        at = self.column(name)
        return self.rows[row][at] if at >= 0 else ""

    def with_columns(self, names: Sequence[str]) -> Typed:
        """The table with further columns, empty."""
        new = [n for n in names if n not in self.header]
        if not new:
            return self
        return Typed((*self.header, *new), tuple((*row, *([""] * len(new))) for row in self.rows))

    def put(self, row: int, names: Sequence[str], block: Sequence[Sequence[str]]) -> Typed:
        """The table with a block of cells written from a row on; rows that are not there are added."""
        table = self.with_columns(names)
        places = [table.column(n) for n in names]
        rows = list(table.rows)
        for i, cells in enumerate(block, row):
            while len(rows) <= i:
                rows.append(("",) * len(table.header))
            changed = list(rows[i])
            for place, cell in zip(places, cells, strict=False):
                changed[place] = clean(cell)
            rows[i] = tuple(changed)
        return replace(table, rows=tuple(rows))

    def add(self, at: int, rows: Sequence[Row] = ()) -> Typed:
        """The table with rows put in before a row; one empty row by default."""
        new = tuple(rows) or (("",) * len(self.header),)
        return replace(self, rows=(*self.rows[:at], *new, *self.rows[at:]))

    def delete(self, rows: Collection[int]) -> Typed:
        """The table without some rows."""
        gone = set(rows)
        return replace(self, rows=tuple(r for i, r in enumerate(self.rows) if i not in gone))


def clean(cell: str) -> str:
    """A cell on one line, as long as a cell may be."""
    return " ".join(str(cell).replace("\0", "").splitlines())[:32_766]


def columns_of(table: str) -> dict[str, Column]:
    """Columns that a table may have, by name; of the settings there are two."""
    if table == "settings":
        return {
            "setting": Column("name", "name of the setting", kind="text"),
            "value": Column("", "its value; empty = the default", kind="text", start=""),
        }
    return table_columns(TABLES[table])


def typed_case(case: Case) -> dict[str, Typed]:
    """The tables of a case as a person would type them; every setting has a row."""
    tables = {}
    for table, (names, columns) in pages_of(case):
        if table == "settings":
            continue
        required = [n for n, c in columns_of(table).items() if c.required]
        header = tuple(n for n in (*columns_of(table), *names) if n in names or n in required)
        rows = tuple(zip(*([_cell(v) for v in column] for column in columns), strict=True))
        tables[table] = Typed(tuple(names), rows).with_columns(header) if names else Typed(tuple(dict.fromkeys(header)))
    settings = tuple((name, _cell(plain(case.settings[name]))) for name in table_columns(Settings))
    return {"settings": Typed(HEADER, settings), **tables}


def extra_columns(case: Case) -> list[str]:
    """Columns of a case beyond the schema, as "table.column"."""
    return [f"{t}.{n}" for t in TABLES for n in case[t].columns if n not in columns_of(t)]


def _cell(value: object) -> str:
    return escape(cell_text(value)) if isinstance(value, str) else cell_text(value)


def read_draft(tables: Mapping[str, Typed], name: str, extra: Collection[str] = ()) -> Case:
    """The case that typed tables are.

    Parameters
    ----------
    tables, name
        The tables, and the name of the case.
    extra
        Columns beyond the schema ("table.column") that a policy of one's own reads.

    Raises
    ------
    CaseError
        With every problem of the tables.
    """
    sheets = Sheets(name)
    for table, typed in tables.items():
        if typed.rows or table in NEEDED:
            sheets.add(table, [list(typed.header), *typed.rows])
    return read_sheets(sheets, Path(name), allowed(extra))


class Draft(t.HasTraits):
    """The tables that a person edits.

    Attributes
    ----------
    saved
        The tables as they are on the disk, to compare with.
    """

    tables = t.Dict(help="name of a table → Typed")
    saved = t.Dict(help="the same as it is on the disk")
    problems = t.List(help="what is wrong with the tables, as Problem")
    checked = t.Int(0, help="how many times the tables have been checked")

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.name = case.name
        self.extra = extra_columns(case)
        self.saved = self.tables = typed_case(case)

    def change(self, table: str, change: Callable[[Typed], Typed]) -> None:
        """Put a changed table in the place of a table."""
        self.tables = {**self.tables, table: change(self.tables[table])}

    @property
    def changed(self) -> list[str]:
        """Names of the tables that differ from those on the disk."""
        return [name for name, typed in self.tables.items() if typed != self.saved.get(name)]

    def read(self) -> tuple[Case | None, list[Problem]]:
        """The case that the tables are, or None and everything that is wrong with them."""
        try:
            return read_draft(self.tables, self.name, self.extra), []
        except CaseError as error:
            return None, error.problems

    def take(self, problems: Sequence[Problem]) -> None:
        """Take the problems that a check has found."""
        with self.hold_trait_notifications():
            self.problems = list(problems)
            self.checked += 1

    def check(self) -> Case | None:
        """Check the tables; the case if they are sound."""
        case, problems = self.read()
        self.take(problems)
        return case
