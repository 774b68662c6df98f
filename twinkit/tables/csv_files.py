"""A folder of CSV files, read as sheets."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from twinkit.tables.problems import did_you_mean, listed
from twinkit.tables.sheets import SHEETS, Sheets, nothing_there, table_named, unknown_table

_UTF8 = "Save it as CSV UTF-8 (in Excel: Save as, then CSV UTF-8)."


def read_folder(folder: Path) -> Sheets:
    """The tables in a folder; files that are not CSV and hidden files are left alone."""
    sheets = Sheets(folder.resolve().name)
    files = sorted(f for f in folder.iterdir() if f.suffix.casefold() == ".csv" and not f.name.startswith("."))
    if not files:
        return nothing_there(folder, "holds no table", _no_table_hint(folder))
    for file in files:
        table = table_named(file.stem)
        if table is None:
            sheets.problems.append(unknown_table(file.stem, "file"))
        elif table in sheets.found or table in sheets.unreadable:
            sheets.refuse(table, f"there are two files for this table, {file.name} is one of them", "Keep one.")
        else:
            _read_file(file, table, sheets)
    return sheets


def _no_table_hint(folder: Path) -> str:
    books = sorted(f.name for f in folder.iterdir() if f.suffix.casefold() == ".xlsx")
    if books:
        return f"Did you mean the workbook {listed(books)} in it?"
    return f"Put a file such as sites.csv into it; the tables are {', '.join(SHEETS)}."


def _read_file(file: Path, table: str, sheets: Sheets) -> None:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = file.read_bytes()[: error.start].count(b"\n") + 1
        sheets.refuse(table, f"{file.name} is not UTF-8 text (row {row} is the first that is not)", _UTF8)
        return
    except OSError as error:
        sheets.refuse(table, f"{file.name} cannot be opened: {error.strerror}", "Close it elsewhere and try again.")
        return
    if "\0" in text:
        sheets.refuse(table, f"{file.name} is not a text file", _UTF8)
        return
    records: list[list[str]] = []
    text, separator = _separator(text)
    try:
        records.extend(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        says = f"{file.name} cannot be read after row {len(records)}: {error}"
        sheets.refuse(table, says, "Close every double quote, and write a double quote inside a text twice.")
        return
    sheets.add(table, records)


def _separator(text: str) -> tuple[str, str]:
    """The text without a ``sep=;`` line, and the character between cells."""
    first, _, rest = text.partition("\n")
    if first[:4].casefold() == "sep=" and len(first.strip()) == 5:
        return rest, first[4]
    outside = "".join(first.split('"')[::2])
    return text, max(",;\t", key=outside.count)


def path_hint(path: Path) -> str:
    """What to do about a path that does not exist."""
    if not path.parent.is_dir():
        return f"There is no folder {path.parent} either."
    beside = sorted(p.name for p in path.parent.iterdir() if p.is_dir() or p.suffix == ".xlsx")
    return did_you_mean(path.name, beside) or f"Beside it there are {listed(beside) or 'no folders'}."
