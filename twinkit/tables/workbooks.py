"""An Excel workbook, read as sheets.

A workbook is a packed file: how large it becomes is looked at before anything is made of it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook, load_workbook

from twinkit.columns import table_columns
from twinkit.tables.cells import cell_text, folded
from twinkit.tables.problems import Problem, listed, quote
from twinkit.tables.schema import TABLES
from twinkit.tables.sheets import MOST_BYTES, MOST_CELLS, Sheets, nothing_there, table_named, unknown_table

IGNORED = ("columns", "readme", "notes")
"""Worksheets that are for people."""

_FAR = re.compile(rb'<(?:row|c)\b[^>]*?\br="(?:[A-Z]{4,}[0-9]*|[A-Z]*[0-9]{8,})"')
_HIDDEN_ROW = re.compile(rb'<row\b[^>]*?\bhidden="(?:1|true)"')
_FORMULA = re.compile(rb"<f[ >/]")
_BLOCK = 1 << 20
_ZEROS = re.compile(r"(?:\[[^\]]*\])*0{2,}(?:;.*)?")
_DECIMALS = re.compile(r"(?:#,##)?0\.(0+)(?:;.*)?")
_BARE = ("General", "@", "0", "#", "#,##0", "")


def read_workbook(path: Path) -> Sheets:
    """The tables in a workbook; a formula counts as the value that it had when it was saved."""
    if not path.is_file():
        return nothing_there(path, "is not a file", "Name a workbook or a folder.")
    sheets = Sheets(path.stem)
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
            return nothing_there(path, f"is not a workbook that can be read ({_short(error)})", "Save it again as .xlsx.")
        opened.callback(book.close)
        _read_worksheets(book, sheets, hidden)
        if known is not None:
            opened.callback(known.close)
            _find_formulas_without_value(known, book, sheets)
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
                        return False, False, ("has a cell beyond the last row or column that a worksheet may have", again)
                    if read > MOST_BYTES:
                        return False, False, (f"unpacks to more than {MOST_BYTES // 1_000_000} MB, which is no case", again)
                    formulas, hidden = formulas or bool(_FORMULA.search(text)), hidden or bool(_HIDDEN_ROW.search(text))
                    before = block[-200:]
    return formulas, hidden, None


def _read_worksheets(book: Workbook, sheets: Sheets, hidden_rows: bool) -> None:
    for worksheet in book.worksheets:
        if worksheet.title.casefold() in IGNORED:
            continue
        table = table_named(worksheet.title)
        if worksheet.sheet_state != "visible":
            sheets.note(table or "", "is hidden and was not read", "Show the worksheet if it is meant.", value=worksheet.title)
            continue
        try:
            _read_worksheet(worksheet, table, sheets)
        except Exception as error:  # broken XML comes to light while rows are read
            says = f"the worksheet cannot be read ({_short(error)})"
            sheets.refuse(table or worksheet.title, says, "Save the workbook again as .xlsx.")
    if hidden_rows:
        sheets.note("", "hidden rows of the workbook count like all others", "Strike them through, or take them away, if not.")


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
            sheets.note(table, f"rows that are struck through were left out: {rows}", "Take the line off if they count.")


def _records(worksheet: Any, table: str, struck: list[int], sheets: Sheets) -> Iterator[list[str]]:
    """Rows of texts as a person sees them; rows that are struck through are empty."""
    names: set[int] = set()
    scanned = 0
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
            told = _shown_name(cell, table, sheets) if i in names else cell_text(cell.value)
            texts[i] = told
        if number == 1:
            names = _name_columns(table, texts)
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
    if found := _DECIMALS.fullmatch(form):
        return f"{value:.{len(found[1])}f}"
    says = f"is a number that the worksheet shows in a way of its own (format {quote(form)})"
    hint = "Write the name as a text, as it is meant to be read."
    sheets.problems.append(Problem(table, cell.row, "", cell_text(value), says, hint))
    return cell_text(value)


def _find_formulas_without_value(formulas: Workbook, values: Workbook, sheets: Sheets) -> None:
    """Report formulas that no spreadsheet has ever calculated: they would read as empty cells."""
    for worksheet in formulas.worksheets:
        table = table_named(worksheet.title)
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
