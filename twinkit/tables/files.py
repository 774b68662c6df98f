"""Tables as they were typed, out of a folder of CSV files or an Excel workbook, before anything is made of their cells.

Both become a :class:`Sheet` for each table, so everything after this file is the same for the two.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from twinkit.columns import table_columns
from twinkit.tables.cells import cell_text, folded
from twinkit.tables.hxl import read_tags
from twinkit.tables.parquet import parquet_rows
from twinkit.tables.problems import CaseError, Problem, did_you_mean, listed, quote
from twinkit.tables.replace import TABLE_FILES, settle, taking_turns
from twinkit.tables.schema import TABLES

if TYPE_CHECKING:
    from openpyxl import Workbook


def sheet_names() -> tuple[str, ...]:
    """Every table that a case may have, settings included."""
    return (*TABLES, "settings")


MOST_ROWS, MOST_CELLS, MOST_COLUMNS = 1_048_576, 5_000_000, 16_384
"""Rows (as many as a worksheet has), cells with something in them, and columns that a table may have."""
MOST_BYTES = 150_000_000
"""Bytes of a file, or of a workbook once it is unpacked."""


def times(table: str) -> int:
    """How many times as long as others a table may be."""
    return getattr(TABLES.get(table), "times", 1)


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
    header_at
        What finds the header among the first rows; default: it is the first.
    """

    name: str
    found: dict[str, Sheet] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    holes: set[tuple[str, int, int]] = field(default_factory=set)
    notes: list[Problem] = field(default_factory=list)
    header_at: Callable[[Sequence[Sequence[str]]], int] | None = None

    def refuse(self, table: str, says: str, hint: str = "", row: int | None = None) -> None:
        """Note that a table cannot be read."""
        self.unreadable.add(table)
        self.found.pop(table, None)
        self.problems.append(Problem(table, row, "", "", says, hint))

    def note(
        self, table: str, says: str, hint: str = "", row: int | None = None, column: str = "", value: str = ""
    ) -> None:
        """Note how something was read."""
        self.notes.append(Problem(table, row, column, value, says, hint))

    def take(self, table: str, records: Iterable[Sequence[str]], semicolons: bool = False) -> None:
        """Take the rows of a file or a worksheet one by one, as many as a table may have."""
        kept: list[Sequence[str]] = []
        rows: list[int] = []
        cells, same, most = 0, {}, times(table)  # the same text is kept once
        for number, record in enumerate(records, 1):
            filled = len(record) - record.count("")
            cells += filled
            if number > most * MOST_ROWS or cells > most * MOST_CELLS or len(record) > MOST_COLUMNS:
                says = f"the table is too large: more than {most * MOST_ROWS} rows, {most * MOST_CELLS} cells or {MOST_COLUMNS} columns"
                self.refuse(table, says, "Take away what is not needed, such as empty rows with a format at its end.")
                return
            if filled or number == 1:
                kept.append(list(map(same.setdefault, record, record)))
                rows.append(number)
        self.add(table, kept, rows, semicolons)

    def add(
        self, table: str, records: Sequence[Sequence[str]], rows: Sequence[int] = (), semicolons: bool = False
    ) -> None:
        """Take rows as the sheet of a table; `rows` says their numbers if some are left out."""
        if self.header_at is not None and (start := self.header_at(records[:60])):
            rows, records = (rows or range(1, len(records) + 1))[start:], records[start:]
            self.note(table, f"the header is row {rows[0]}; what stands above it is taken for a title")
        if not any(any(cell.strip() for cell in record) for record in records[:1]):
            what = "the first row is empty" if any(map(any, records)) else "the table is empty"
            self.refuse(table, f"{what}; the first row must hold the names of the columns")
            return
        if wanted := getattr(TABLES.get(table), "hxl", None):
            records, rows, told = read_tags(records, rows or range(1, len(records) + 1), wanted)
            if told:
                self.note(table, told)
        sheet = make_sheet(table, records, rows, semicolons)
        self.found[table] = sheet
        for i in np.flatnonzero(sheet.torn)[:20]:
            says = f"the row has more cells than the header, which has {len(sheet.header)}"
            hint = "Name its columns in the header, or empty the cells beyond it; in a CSV file a text with a separator stands between double quotes."
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
    kept = [i for i in range(1, len(records)) if "".join(records[i]).strip()]
    rows = [records[i] for i in kept]
    torn = np.array([len(r) > width and "".join(r[width:]).strip() != "" for r in rows], dtype=bool)
    padding = [""] * width
    even = [r if len(r) == width else [*r, *padding][:width] for r in rows]
    cells = [np.array(column if "".join(column).isascii() else [composed(cell) for cell in column], dtype=object) for column in zip(*even, strict=True)]
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
    says, hint = f"the {what} is no table of a case", did_you_mean(folded(name), sheet_names())
    if not hint:
        says += f"; the tables are {', '.join(sheet_names())}"
        hint = f"Take the {what} away or give it another name."
    return Problem(name, None, "", "", says, hint)


def nothing_there(path: Path, says: str, hint: str = "") -> Sheets:
    """What is found at a path that holds no case."""
    return Sheets(path.stem, problems=[Problem("", None, "", str(path), says, hint)])


# A folder of CSV or Parquet files, read as sheets.


PROBE = 100_000
"""Bytes at the start of a file that show which character stands between cells."""

_UTF8 = "Save it as CSV UTF-8 (in Excel: Save as, then CSV UTF-8)."


def read_folder(folder: Path, but: Collection[str] = ()) -> Sheets:
    """The tables in a folder, without those named by `but`; files that are neither CSV nor Parquet and hidden files are left alone."""
    sheets = Sheets(folder.resolve().name)
    try:
        settle(folder)
    except OSError as error:
        hint = "Open it once where its files can be written."
        return nothing_there(folder, f"holds a save that was cut off and cannot be finished ({error.strerror})", hint)
    with taking_turns(folder, reading=True):
        return _read_files(folder, sheets, but)


def _read_files(folder: Path, sheets: Sheets, but: Collection[str]) -> Sheets:
    files = sorted(f for f in folder.iterdir() if f.suffix.casefold() in TABLE_FILES and not f.name.startswith("."))
    if not files:
        return nothing_there(folder, "holds no table", _no_table_hint(folder))
    for file in files:
        table = table_named(file.stem)
        if table in but:
            continue
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
        sheets.refuse(table, f"{file.name} is not a file", "Put a file in its place.")
        return
    if file.stat().st_size > times(table) * MOST_BYTES:
        says = f"{file.name} has more than {times(table) * MOST_BYTES // 1_000_000} MB, which is no table of a case"
        sheets.refuse(table, says, "Take away what is not needed.")
        return
    if file.suffix.casefold() == ".parquet":
        try:
            sheets.take(table, parquet_rows(file))
        except CaseError as error:
            sheets.refuse(table, f"{file.name} {error.problems[0].says}", error.problems[0].hint)
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
    """The character between cells, and the number of lines before the header: one, if it is ``sep=;``.

    The header says it: cells below may hold any of them, as names do; a header of one cell has none, and a comma is taken.
    """
    first, _, _ = text.partition("\n")
    if first[:4].casefold() == "sep=" and len(first.strip()) == 5:
        return first[4], 1
    outside = "".join(text.split('"')[::2])
    header = next((line for line in outside.split("\n") if line.strip()), "")
    return max(",;\t", key=header.count), 0


def path_hint(path: Path) -> str:
    """What to do about a path that does not exist."""
    if not path.parent.is_dir():
        return f"There is no folder {path.parent} either."
    beside = sorted(p.name for p in path.parent.iterdir() if p.is_dir() or p.suffix == ".xlsx")
    return did_you_mean(path.name, beside) or f"Beside it there are {listed(beside) or 'no folders'}."


# An Excel workbook, read as sheets.
#
# A workbook is a packed file: how large it becomes is looked at before anything is made of it.


IGNORED = ("columns", "readme", "notes")
"""Worksheets that are for people."""

_FAR = re.compile(rb'<(?:row|c)\b[^>]*?\br="(?:[A-Z]{4,}[0-9]*|[A-Z]*[0-9]{8,})"')
_HIDDEN_ROW = re.compile(rb'<row\b[^>]*?\bhidden="(?:1|true)"')
_FORMULA = re.compile(rb"<f[ >/]")
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)([0-9]+):[A-Z]+([0-9]+)"')
_BLOCK = 1 << 20
_ZEROS = re.compile(r"(?:\[[^\]]*\])*0{2,}(?:;.*)?")
_DECIMALS = re.compile(r"(?:#,##)?0\.(0+)(?:;.*)?")
_BARE = ("General", "@", "0", "#", "#,##0", "")


def read_workbook(
    path: Path,
    named: Callable[[str], str | None] = table_named,
    header_at: Callable[[Sequence[Sequence[str]]], int] | None = None,
) -> Sheets:
    """The tables in a workbook; a formula counts as the value that it had when it was saved.

    Parameters
    ----------
    path
        The workbook.
    named
        Table that the title of a worksheet means, None for no table; default: those of a case.
    header_at
        See :class:`Sheets`.
    """
    from openpyxl import load_workbook

    if not path.is_file():
        return nothing_there(path, "is not a file", "Name a workbook or a folder.")
    sheets = Sheets(path.stem, header_at=header_at)
    with ExitStack() as opened:
        try:
            file = opened.enter_context(path.open("rb"))  # openpyxl leaves a file that it opened open when it gives up
            formulas, hidden, wrong = _survey(file)
            if wrong:
                return nothing_there(path, *wrong)
            book = load_workbook(file, read_only=True, data_only=True)
            known = load_workbook(file, read_only=True) if formulas else None
        except OSError as error:
            return nothing_there(path, f"cannot be opened: {error.strerror}", "Close it elsewhere and try again.")
        except Exception as error:  # openpyxl lets errors of zip, XML and its own through
            return nothing_there(
                path, f"is not a workbook that can be read ({_short(error)})", "Save it again as .xlsx."
            )
        opened.callback(book.close)
        _read_worksheets(book, sheets, hidden, named)
        if known is not None:
            opened.callback(known.close)
            _find_formulas_without_value(known, book, sheets, named)
    return sheets


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _survey(file: BinaryIO) -> tuple[bool, bool, tuple[str, str] | None]:
    """Whether there are formulas and hidden rows, and why the workbook cannot be read, if it cannot."""
    formulas = hidden = False
    again = "Save only the tables, without empty rows and columns, as a new workbook."
    with zipfile.ZipFile(file) as parts:
        if sum(part.file_size for part in parts.infolist()) > MOST_BYTES:
            return False, False, (f"unpacks to more than {MOST_BYTES // 1_000_000} MB, which is no case", again)
        for name in parts.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            with parts.open(name) as page:
                before, read = b"", 0
                while block := page.read(_BLOCK):
                    read += len(block)
                    text = before + block
                    if _FAR.search(text):
                        return (
                            False,
                            False,
                            ("has a cell beyond the last row or column that a worksheet may have", again),
                        )
                    if read > MOST_BYTES:
                        return (
                            False,
                            False,
                            (f"unpacks to more than {MOST_BYTES // 1_000_000} MB, which is no case", again),
                        )
                    formulas, hidden = formulas or bool(_FORMULA.search(text)), hidden or bool(_HIDDEN_ROW.search(text))
                    before = block[-200:]
    return formulas, hidden, None


def _read_worksheets(book: Workbook, sheets: Sheets, hidden_rows: bool, named: Callable[[str], str | None]) -> None:
    for worksheet in book.worksheets:
        if worksheet.title.casefold() in IGNORED:
            continue
        table = named(worksheet.title)
        if worksheet.sheet_state != "visible":
            sheets.note(
                table or "", "is hidden and was not read", "Show the worksheet if it is meant.", value=worksheet.title
            )
            continue
        try:
            _read_worksheet(worksheet, table, sheets)
        except Exception as error:  # broken XML comes to light while rows are read
            says = f"the worksheet cannot be read ({_short(error)})"
            sheets.refuse(table or worksheet.title, says, "Save the workbook again as .xlsx.")
    if hidden_rows:
        sheets.note(
            "", "hidden rows of the workbook count like all others", "Strike them through, or take them away, if not."
        )


def _read_worksheet(worksheet: Any, table: str | None, sheets: Sheets) -> None:
    worksheet.reset_dimensions()  # some programs write a wrong size
    if table is None:
        if any(value is not None for row in worksheet.iter_rows(values_only=True, max_row=1000) for value in row):
            sheets.problems.append(unknown_table(worksheet.title, "worksheet"))
    elif table in sheets.found:
        sheets.refuse(table, "there are two worksheets for this table", "Keep one.")
    else:
        struck: list[int] = []
        sheets.take(table, _records(worksheet, table, struck, sheets))
        if struck:
            rows = listed([str(row) for row in struck])
            sheets.note(
                table, f"rows that are struck through were left out: {rows}", "Take the line off if they count."
            )


def _merged(worksheet: Any) -> dict[tuple[int, int], int]:
    """(row, place) of cells that a merged one above covers → its row."""
    from openpyxl.utils import column_index_from_string

    found: dict[tuple[int, int], int] = {}
    for column, top, last in _MERGED.findall(worksheet.parent._archive.read(worksheet._worksheet_path)):
        if len(found) + int(last) - int(top) <= MOST_ROWS:
            at = column_index_from_string(column.decode()) - 1
            found |= {(row, at): int(top) for row in range(int(top) + 1, int(last) + 1)}
    return found


def _records(worksheet: Any, table: str, struck: list[int], sheets: Sheets) -> Iterator[list[str]]:
    """Rows of texts as a person sees them; rows that are struck through are empty."""
    names: set[int] = set()
    covered = {} if sheets.header_at is None else _merged(worksheet)
    above: dict[tuple[int, int], str] = {}
    tops, covering = set(covered.values()), {at for _, at in covered}
    own, scanned = table in sheet_names(), 0
    for number, row in enumerate(worksheet.iter_rows(), 1):
        scanned += len(row)
        if scanned > 4 * MOST_CELLS:
            raise ValueError(f"it reaches over more than {4 * MOST_CELLS} cells, most of them empty")
        filled = [(i, cell) for i, cell in enumerate(row) if cell.value is not None]
        texts = [""] * (filled[-1][0] + 1 if filled else 0)
        lines = [bool(cell.has_style and cell.font.strike) for _, cell in filled]
        if number > 1 and filled and all(lines):
            struck.append(number)
            filled = []
        elif any(lines):
            sheets.note(table, "some cells of the row are struck through and others not; the row counts", row=number)
        for i, cell in filled:
            told = _shown_name(cell, table, sheets) if i in names or not own else cell_text(cell.value)
            texts[i] = told
        if number == 1:
            names = _name_columns(table, texts)
        if number in tops:
            above |= {(number, at): texts[at] for at in covering if at < len(texts)}
        for at in covering if filled and covered else ():
            if at < len(texts) and not texts[at] and (number, at) in covered:
                texts[at] = above.get((covered[number, at], at), "")
        yield texts


def _name_columns(table: str, header: list[str]) -> set[int]:
    """Places of the columns that hold names."""
    columns = table_columns(TABLES[table]) if table in TABLES else {}
    texts = {folded(name) for name, column in columns.items() if column.kind == "text" and not column.choices}
    return {i for i, head in enumerate(header) if folded(head) in texts}


def _shown_name(cell: Any, table: str, sheets: Sheets) -> str:
    """A name as the worksheet shows it: a number with the format 000 has its zeros."""
    value, form = cell.value, (cell.number_format or "General") if cell.has_style else "General"
    if isinstance(value, bool) or not isinstance(value, int | float) or form in _BARE:
        return cell_text(value)
    if _ZEROS.fullmatch(form) and value >= 0 and value == int(value):
        return str(int(value)).zfill(form.split(";")[0].count("0"))
    if table not in sheet_names():  # an extract, of which nobody knows yet which columns are names
        return cell_text(value)
    if found := _DECIMALS.fullmatch(form):
        return f"{value:.{len(found[1])}f}"
    says = f"is a number that the worksheet shows in a way of its own (format {quote(form)})"
    hint = "Write the name as a text, as it is meant to be read."
    sheets.problems.append(Problem(table, cell.row, "", cell_text(value), says, hint))
    return cell_text(value)


def _find_formulas_without_value(
    formulas: Workbook, values: Workbook, sheets: Sheets, named: Callable[[str], str | None]
) -> None:
    """Report formulas that no spreadsheet has ever calculated: they would read as empty cells."""
    for worksheet in formulas.worksheets:
        table = named(worksheet.title)
        if table in sheets.found:
            _compare_formulas(worksheet, values[worksheet.title], table, sheets)


def _compare_formulas(formulas: Any, values: Any, table: str, sheets: Sheets) -> None:
    for page in (formulas, values):
        page.reset_dimensions()
    for row, known in zip(formulas.iter_rows(), values.iter_rows(), strict=False):
        for i, cell in enumerate(row):
            if cell.data_type == "f" and (i >= len(known) or known[i].value is None):
                says = f"cell {cell.coordinate} holds a formula that has no value yet"
                hint = "Open the workbook in a spreadsheet program and save it there."
                sheets.problems.append(Problem(table, cell.row, "", str(cell.value), says, hint))
                sheets.holes.add((table, cell.row, i))
