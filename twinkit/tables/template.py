"""An empty case to fill in: headers, and beside them what each column means."""

from __future__ import annotations

from pathlib import Path

from twinkit import rooms
from twinkit.columns import Column, table_columns
from twinkit.tables.allowed import allowed_words
from twinkit.tables.docs import default_words, tables_page
from twinkit.tables.schema import TABLES, Settings
from twinkit.tables.settings import HEADER
from twinkit.tables.write import Page, writable_path, write_folder, write_workbook

DICTIONARY = "COLUMNS.md"
"""File of a folder that explains the columns; no table."""


def write_template(path: str | Path) -> Path:
    """Write an empty case: the tables with their headers, and an explanation of the columns.

    Columns that a first table does not need are only explained.

    Parameters
    ----------
    path
        A folder, or a workbook if it ends in .xlsx.

    Returns
    -------
    Path
        Where it was written.
    """
    rooms.load()
    path, book = writable_path(path)
    pages: dict[str, Page] = {"settings": (list(HEADER), [[], []])}
    for table, owner in TABLES.items():
        names = [_head(n, c) for n, c in table_columns(owner).items() if not c.advanced]
        pages[table] = (names, [[] for _ in names])
    if book:
        write_workbook({**pages, "columns": _dictionary()}, path)
    else:
        write_folder(pages, path, {DICTIONARY: tables_page()})
    return path


def _head(name: str, column: Column) -> str:
    return f"{name} [{column.unit}]" if column.numeric else name


def _dictionary() -> Page:
    """The worksheet that explains the columns."""
    names = ["table", "column", "unit", "meaning", "allowed", "empty cell means"]
    rows = [
        (table, name, column.unit, column.meaning, allowed_words(column), default_words(column))
        for table, owner in {"settings": Settings, **TABLES}.items()
        for name, column in table_columns(owner).items()
    ]
    return names, [list(values) for values in zip(*rows, strict=True)]
