"""Write a case: a folder of CSV or Parquet files or a workbook that reads back as the same case.

Only tables with rows are written, and of their columns those that a table must have
and those that differ somewhere from what an empty cell means.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.columns import Column, table_columns
from twinkit.tables import files
from twinkit.tables.case import Case, default_of
from twinkit.tables.cells import escape
from twinkit.tables.checks_rows import HIDDEN
from twinkit.tables.files import table_named, times
from twinkit.tables.headers import HEADER
from twinkit.tables.parquet import typed, write_parquet
from twinkit.tables.problems import Problem, refuse, shown
from twinkit.tables.replace import TABLE_FILES, replaced_file, replaced_files
from twinkit.tables.schema import TABLES, Settings

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell

LONGEST_CELL = 32_767
"""Characters that a cell of a workbook can hold."""

MOST_ROWS = 1_048_575
"""Rows below the header that a worksheet can hold."""

Page = tuple[list[str], list[Sequence[Any]]]
"""Header and columns of a table as they are written."""


def write_case(case: Case, path: str | Path, parquet: bool = False) -> Path:
    """Write a case, so that :func:`twinkit.tables.read_case` gives it back.

    Parameters
    ----------
    case
        The case.
    path
        A folder, or a workbook if it ends in .xlsx.  What was there is replaced once
        all is written; files of a folder that are no table of a case stay.  Rules of one's own
        that take part in the case are put beside it, unless some are there already.
    parquet
        Whether the tables of a folder are Parquet files, with their types; else they are CSV files.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    CaseError
        If a text holds what a file cannot keep.
    FileNotFoundError, FileExistsError
        See :func:`writable_path`.
    """
    path, book = writable_path(path)
    pages = {table: page for table, page in pages_of(case) if page[1]}
    problems = [p for table, page in pages.items() for p in _unwritable(table, page, book)]
    refuse(problems)
    if book:
        write_workbook(pages, path)
    else:
        write_folder(pages, path, parquet=parquet)
    if (rules := rooms.rules_of(case)) and not rooms.beside(path).exists():
        _write_rules(rules, rooms.beside(path))
    return path


def take_rules(case: Path, to: Path) -> str:
    """Copy the rules of one's own beside a case to a copy of it.

    What is allowed is the content, so the copy may be run wherever the case may be.

    Returns
    -------
    str
        What was done, as a sentence; "" if there are no rules.
    """
    old, new = rooms.beside(case), rooms.beside(to)
    if not old.is_file() or old == new:
        return ""
    content = old.read_bytes()
    if new.is_file() and new.read_bytes() != content:
        return f"{new} was there already and says something else than {old}: it stays. Look which of them is meant."
    _write_rules(content, new)
    return f"The rules of one's own went along as {new.name}."


def _write_rules(content: bytes, path: Path) -> None:
    with replaced_file(path) as new:
        new.write_bytes(content)


def writable_path(path: str | Path) -> tuple[Path, bool]:
    """Where a case is to be written, and whether that is a workbook.

    Raises
    ------
    FileNotFoundError
        If the folder above it does not exist.
    FileExistsError
        If there is a file where a folder is to be written, or the other way round.
    """
    path = Path(path).resolve()
    book = path.suffix.casefold() == ".xlsx"
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent}; make it first")
    if path.exists() and path.is_dir() == book:
        raise FileExistsError(f"{path} is a {'folder' if book else 'file'}; choose another name")
    return path, book


def pages_of(case: Case) -> Iterator[tuple[str, Page]]:
    """Every table of a case with the header and the columns that are worth writing; empty tables have none."""
    settings = {n: c for n, c in table_columns(Settings).items() if case.settings[n] != c.start}
    if settings:
        yield "settings", (list(HEADER), [list(settings), [plain(case.settings[n]) for n in settings]])
    for table, owner in TABLES.items():
        rows, columns = case[table], table_columns(owner)
        names = [n for n in rows.columns if len(rows) and _worth_writing(rows[n].to_numpy(), columns.get(n))]
        yield table, (names, [_plain_column(rows[n].to_numpy()) for n in names])


def _plain_column(values: np.ndarray) -> list[Any]:
    """Values of a column as cells hold them: see :func:`plain`."""
    if values.dtype == bool:
        return np.where(values, plain(True), plain(False)).tolist()
    if values.dtype != np.float64:
        return [(v or None) if type(v) is str else plain(v) for v in values.tolist()]
    cells = values.astype(object)
    whole = (values == np.floor(values)) & (np.abs(values) < 1e15)
    cells[whole] = values[whole].astype(np.int64).astype(object)
    cells[np.isnan(values)] = None
    return cells.tolist()


def _worth_writing(values: np.ndarray, column: Column | None) -> bool:
    """Whether a column is required, unknown to the schema, or differs from its default somewhere."""
    if column is None or column.required:
        return True
    default = default_of(column)
    if column.numeric and default != default:
        return bool((~np.isnan(values)).any())
    return bool((values != default).any())


def plain(value: Any) -> Any:
    """A value as a cell holds it: numbers, texts, yes and no; None for empty."""
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or value is pd.NA or value != value or value == "":
        return None
    if isinstance(value, bool):
        return shown(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _unwritable(table: str, page: Page, book: bool) -> Iterator[Problem]:
    """Texts that a file cannot keep, and a table too long for a worksheet."""
    if book and len(page[1][0]) > MOST_ROWS:
        says = f"the table has {len(page[1][0])} rows; a worksheet holds {MOST_ROWS}"
        yield Problem(table, None, "", "", says, "Write a folder of CSV files instead.")
    rows, cells = len(page[1][0]) + 1, len(page[0]) + sum(len(c) - c.count(None) for c in page[1])
    if rows > times(table) * files.MOST_ROWS or cells > times(table) * files.MOST_CELLS:
        says = f"the table has {rows} rows with {cells} cells, and could not be read again: {times(table) * files.MOST_ROWS} rows and {times(table) * files.MOST_CELLS} cells are the most"
        yield Problem(table, None, "", "", says, "Make a case of fewer products or sites.")
    for name, values in zip(*page, strict=True):
        texts = [v for v in values if isinstance(v, str)]
        if not HIDDEN.search("".join(texts)) and not (book and max(map(len, texts), default=0) >= LONGEST_CELL):
            continue
        for row, value in enumerate(values, 2):
            if isinstance(value, str) and HIDDEN.search(value):
                yield Problem(table, row, name, value, "holds a character that no file can keep", "Take it out.")
            elif book and isinstance(value, str) and len(value) >= LONGEST_CELL:
                says = f"has {len(value)} characters; a cell of a workbook holds {LONGEST_CELL}"
                yield Problem(table, row, name, value, says, "Write a folder of CSV files instead.")


def write_folder(pages: dict[str, Page], path: Path, more: dict[str, str] | None = None, parquet: bool = False) -> None:
    """Write tables as CSV or Parquet files and further texts as they are.

    Parameters
    ----------
    pages
        Table → header and columns.
    path
        The folder.
    more
        File name → text of files that are no tables.
    parquet
        Whether tables are Parquet files.
    """
    with replaced_files(path, lambda name: is_table_file(name) or name in (more or {})) as folder:
        for table, (names, columns) in pages.items():
            if parquet:
                write_parquet(pd.DataFrame({n: typed(c) for n, c in zip(names, columns, strict=True)}), folder / f"{table}.parquet")
                continue
            with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(names)
                writer.writerows(zip(*map(_escaped, columns), strict=True))
        for name, text in (more or {}).items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")


def put_folder(made: Path, path: Path) -> None:
    """Put the tables that were written into one folder into the place of those in another."""
    with replaced_files(path, is_table_file) as folder:
        for file in made.iterdir():
            shutil.copyfile(file, folder / file.name)


def _escaped(column: Sequence[Any]) -> Sequence[Any]:
    """Cells that are safe to open in a spreadsheet; a text that is there often is looked at once."""
    first, last = ({v[at] for v in column if isinstance(v, str)} for at in (slice(1), slice(-1, None)))
    if all(escape(c) == c for c in first) and not any(c.isspace() for c in last):
        return column  # what is at their ends decides
    safe = {v: safe for v in set(column) if isinstance(v, str) and (safe := escape(v)) != v}
    return [safe.get(v, v) for v in column]


def is_table_file(name: str) -> bool:
    """Whether a file of a folder is a table of a case."""
    file = Path(name)
    return file.suffix.casefold() in TABLE_FILES and not name.startswith(".") and table_named(file.stem) is not None


def write_workbook(pages: dict[str, Page], path: Path) -> None:
    """Write tables as the worksheets of a workbook.

    Parameters
    ----------
    pages
        Worksheet → header and columns.
    path
        The workbook.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    with replaced_file(path) as file:  # first: rows that are never saved cannot be let go
        book = Workbook(write_only=True)
        for table, (names, columns) in pages.items():
            worksheet = book.create_sheet(table)
            worksheet.freeze_panes = "A2"
            head = [text_cell(worksheet, name) for name in names]
            for cell in head:
                cell.font = Font(bold=True)
            worksheet.append(head)
            for row in zip(*columns, strict=True):
                worksheet.append([book_cell(worksheet, v) for v in row])
        book.save(file)


def book_cell(worksheet: Any, value: Any) -> Any:
    """A cell of a workbook: texts stay texts, numbers keep all their digits."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, str):
        return text_cell(worksheet, value)
    if value is None or float(f"{value:.16g}") == value:  # openpyxl writes 16 digits
        return value
    cell = WriteOnlyCell(worksheet, repr(value))
    cell.data_type = "n"
    return cell


def text_cell(worksheet: Any, text: str) -> WriteOnlyCell:
    """A cell that holds a text, even one that looks like a formula."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(worksheet, escape(text, risky="'"))
    cell.data_type = "s"
    if text[:1] in "=+-@":
        cell.number_format = "@"  # stays a text when a person edits it
    return cell
