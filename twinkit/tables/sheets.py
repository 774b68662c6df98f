"""Sheets: tables as they were typed, before anything is made of their cells.

A folder of CSV files and a workbook both become a :class:`Sheet` for each table, so
everything after this file is the same for the two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from twinkit.tables.cells import folded
from twinkit.tables.problems import Problem, did_you_mean
from twinkit.tables.schema import TABLES


def sheet_names() -> tuple[str, ...]:
    """Every table that a case may have, settings included."""
    return (*TABLES, "settings")


MOST_ROWS, MOST_CELLS, MOST_COLUMNS = 1_048_576, 5_000_000, 16_384
"""Rows (as many as a worksheet has), cells with something in them, and columns that a table may have."""
MOST_BYTES = 150_000_000
"""Bytes of a file, or of a workbook once it is unpacked."""


@dataclass(frozen=True)
class Sheet:
    """One table as it was typed.

    Parameters
    ----------
    table
        Name of the table.
    header
        Cells of the first row.
    cells
        One array of texts for each cell of the header.
    rows
        Number of each row as a spreadsheet shows it; empty rows are left out.
    torn : ndarray of bool
        Rows with more cells than the header, so no cell can be trusted.
    semicolons
        Whether its cells are separated by semicolons, as by programs that write decimal commas.
    """

    table: str
    header: list[str]
    cells: list[np.ndarray]
    rows: np.ndarray
    torn: np.ndarray
    semicolons: bool = False


@dataclass
class Sheets:
    """Everything found at a path.

    Parameters
    ----------
    name
        Name of the case, from its path.
    found
        Table → its sheet.
    unreadable
        Tables that are there and cannot be read.
    problems
        What was wrong with the files.
    holes
        (table, row, position in the header) of cells that read as empty and are not.
    notes
        What was read in a way that a person should know of.
    """

    name: str
    found: dict[str, Sheet] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    holes: set[tuple[str, int, int]] = field(default_factory=set)
    notes: list[Problem] = field(default_factory=list)

    def refuse(self, table: str, says: str, hint: str = "", row: int | None = None) -> None:
        """Note that a table cannot be read."""
        self.unreadable.add(table)
        self.found.pop(table, None)
        self.problems.append(Problem(table, row, "", "", says, hint))

    def note(self, table: str, says: str, hint: str = "", row: int | None = None, column: str = "", value: str = "") -> None:
        """Note how something was read."""
        self.notes.append(Problem(table, row, column, value, says, hint))

    def take(self, table: str, records: Iterable[Sequence[str]], semicolons: bool = False) -> None:
        """Take the rows of a file or a worksheet one by one, as many as a table may have."""
        kept: list[Sequence[str]] = []
        rows: list[int] = []
        cells, same = 0, {}  # the same text is kept once
        for number, record in enumerate(records, 1):
            filled = sum(1 for cell in record if cell)
            cells += filled
            if number > MOST_ROWS or cells > MOST_CELLS or len(record) > MOST_COLUMNS:
                says = f"the table is too large: more than {MOST_ROWS} rows, {MOST_CELLS} cells or {MOST_COLUMNS} columns"
                self.refuse(table, says, "Take away what is not needed, such as empty rows with a format at its end.")
                return
            if filled or number == 1:
                kept.append([same.setdefault(cell, cell) for cell in record])
                rows.append(number)
        self.add(table, kept, rows, semicolons)

    def add(self, table: str, records: Sequence[Sequence[str]], rows: Sequence[int] = (), semicolons: bool = False) -> None:
        """Take rows as the sheet of a table; `rows` says their numbers if some are left out."""
        if not any(any(cell.strip() for cell in record) for record in records[:1]):
            what = "the first row is empty" if any(map(any, records)) else "the table is empty"
            self.refuse(table, f"{what}; the first row must hold the names of the columns")
            return
        sheet = make_sheet(table, records, rows, semicolons)
        self.found[table] = sheet
        for i in np.flatnonzero(sheet.torn)[:20]:
            says = f"the row has more cells than the header, which has {len(sheet.header)}"
            hint = "Put a text that holds the separator between double quotes."
            self.problems.append(Problem(table, int(sheet.rows[i]), "", "", says, hint))


def make_sheet(
    table: str, records: Sequence[Sequence[str]], numbers: Sequence[int] = (), semicolons: bool = False
) -> Sheet:
    """Rows of texts as columns of texts, with the empty rows left out.

    Parameters
    ----------
    table
        Name of the table.
    records
        All rows, the header first; they may differ in length.
    numbers
        Number of each row as a spreadsheet shows it; by default they are counted.
    semicolons
        See :class:`Sheet`.
    """
    header = [composed(cell) for cell in records[0]]
    while header and not header[-1].strip():
        header.pop()
    width = len(header)
    kept = [i for i in range(1, len(records)) if any(cell and not cell.isspace() for cell in records[i])]
    rows = [records[i] for i in kept]
    torn = np.array([len(r) > width and any(map(str.strip, r[width:])) for r in rows], dtype=bool)
    padding = [""] * width
    even = [r if len(r) == width else [*r, *padding][:width] for r in rows]
    cells = [np.array([composed(cell) for cell in column], dtype=object) for column in zip(*even, strict=True)]
    cells = cells or [np.array([], dtype=object) for _ in header]
    at = np.array([numbers[i] for i in kept] if numbers else [i + 1 for i in kept], dtype=np.int64)
    return Sheet(table, [h.strip() for h in header], cells, at, torn, semicolons)


def composed(text: str) -> str:
    """A text with its accents in their letters, so that the same name is the same text (Unicode form C)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def table_named(name: str) -> str | None:
    """The table that a file or a worksheet is meant to be, or None."""
    word = folded(name)
    return word if word in sheet_names() else None


def unknown_table(name: str, what: str) -> Problem:
    """The sentence about a file or a worksheet that is no table."""
    says = f"the {what} is no table of a case; the tables are {', '.join(sheet_names())}"
    hint = did_you_mean(folded(name), sheet_names()) or f"Take the {what} away or give it another name."
    return Problem(name, None, "", "", says, hint)


def nothing_there(path: Path, says: str, hint: str = "") -> Sheets:
    """What is found at a path that holds no case."""
    return Sheets(path.stem, problems=[Problem("", None, "", str(path), says, hint)])
