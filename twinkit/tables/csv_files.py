"""A folder of CSV files, read as sheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from twinkit.tables.problems import did_you_mean, listed
from twinkit.tables.replace import settle, taking_turns
from twinkit.tables.sheets import MOST_BYTES, Sheets, nothing_there, sheet_names, table_named, unknown_table

PROBE = 100_000
"""Bytes at the start of a file that show which character stands between cells."""

_UTF8 = "Save it as CSV UTF-8 (in Excel: Save as, then CSV UTF-8)."


def read_folder(folder: Path) -> Sheets:
    """The tables in a folder; files that are not CSV and hidden files are left alone."""
    sheets = Sheets(folder.resolve().name)
    try:
        settle(folder)
    except OSError as error:
        hint = "Open it once where its files can be written."
        return nothing_there(folder, f"holds a save that was cut off and cannot be finished ({error.strerror})", hint)
    with taking_turns(folder, reading=True):
        return _read_files(folder, sheets)


def _read_files(folder: Path, sheets: Sheets) -> Sheets:
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
    return f"Put a file such as sites.csv into it; the tables are {', '.join(sheet_names())}."


def _read_file(file: Path, table: str, sheets: Sheets) -> None:
    if not file.is_file():
        sheets.refuse(table, f"{file.name} is not a file", "Put a CSV file in its place.")
        return
    if file.stat().st_size > MOST_BYTES:
        says = f"{file.name} has more than {MOST_BYTES // 1_000_000} MB, which is no table of a case"
        sheets.refuse(table, says, "Take away what is not needed.")
        return
    try:
        data = file.read_bytes()
    except OSError as error:
        sheets.refuse(table, f"{file.name} cannot be opened: {error.strerror}", "Close it elsewhere and try again.")
        return
    if b"\0" in data and _first_wrong(data) == len(data):
        sheets.refuse(table, f"{file.name} is not a text file", _UTF8)
        return
    if b"\0" in data:
        _not_utf8(file.name, data, table, sheets)
        return
    _read_text(file.name, data, table, sheets)


def _not_utf8(name: str, data: bytes, table: str, sheets: Sheets) -> None:
    row = data[: _first_wrong(data)].count(b"\n") + 1
    sheets.refuse(table, f"{name} is not UTF-8 text (row {row} is the first that is not)", _UTF8)


def _read_text(name: str, data: bytes, table: str, sheets: Sheets) -> None:
    separator, start = _separator(data[:PROBE].decode("utf-8-sig", errors="replace"))
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")
    for _ in range(start):
        lines.readline()
    count = 0

    def records() -> Iterator[list[str]]:
        nonlocal count
        for record in csv.reader(lines, delimiter=separator, strict=True):
            count += 1
            yield record

    try:
        sheets.take(table, records(), separator == ";")
    except csv.Error as error:
        says = f"{name} cannot be read after row {count}: {error}"
        sheets.refuse(table, says, "Close every double quote, and write a double quote inside a text twice.")
    except UnicodeDecodeError:
        _not_utf8(name, data, table, sheets)


def _first_wrong(data: bytes) -> int:
    """Place of the first byte that is not UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return len(data)


def _separator(text: str) -> tuple[str, int]:
    """The character between cells, and the number of lines before the header: one, if it is ``sep=;``."""
    first, _, _ = text.partition("\n")
    if first[:4].casefold() == "sep=" and len(first.strip()) == 5:
        return first[4], 1
    outside = "".join(text.split('"')[::2])
    return max(",;\t", key=outside.count), 0


def path_hint(path: Path) -> str:
    """What to do about a path that does not exist."""
    if not path.parent.is_dir():
        return f"There is no folder {path.parent} either."
    beside = sorted(p.name for p in path.parent.iterdir() if p.is_dir() or p.suffix == ".xlsx")
    return did_you_mean(path.name, beside) or f"Beside it there are {listed(beside) or 'no folders'}."
