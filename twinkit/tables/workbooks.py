"""An Excel workbook, read as sheets."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from openpyxl import Workbook, load_workbook

from twinkit.tables.cells import cell_text
from twinkit.tables.problems import Problem
from twinkit.tables.sheets import Sheets, nothing_there, table_named, unknown_table

IGNORED = ("columns", "readme", "notes")
"""Worksheets that are for people."""


def read_workbook(path: Path) -> Sheets:
    """The tables in a workbook; a formula counts as the value that it had when it was saved."""
    sheets = Sheets(path.stem)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except OSError as error:
        return nothing_there(path, f"cannot be opened: {error.strerror}", "Close it elsewhere and try again.")
    except Exception as error:  # openpyxl lets errors of zip, XML and its own through
        return nothing_there(path, f"is not a workbook that can be read ({error})", "Save it again as .xlsx.")
    try:
        _read_worksheets(book, sheets)
    finally:
        book.close()
    _find_formulas_without_value(path, sheets)
    return sheets


def _read_worksheets(book: Workbook, sheets: Sheets) -> None:
    for worksheet in book.worksheets:
        if worksheet.title.casefold() in IGNORED:
            continue
        worksheet.reset_dimensions()  # some programs write a wrong size
        records = [[cell_text(v) for v in row] for row in worksheet.iter_rows(values_only=True)]
        table = table_named(worksheet.title)
        if table in sheets.found:
            sheets.refuse(table, "there are two worksheets for this table", "Keep one.")
        elif table:
            sheets.add(table, records)
        elif any(map(any, records)):
            sheets.problems.append(unknown_table(worksheet.title, "worksheet"))


def _find_formulas_without_value(path: Path, sheets: Sheets) -> None:
    """Report formulas that no spreadsheet has ever calculated: they would read as empty cells."""
    with zipfile.ZipFile(path) as parts:
        pages = [n for n in parts.namelist() if n.startswith("xl/worksheets/")]
        if not any(re.search(rb"<f[ >]", parts.read(n)) for n in pages):
            return
    formulas, values = load_workbook(path), load_workbook(path, data_only=True)
    for worksheet in formulas.worksheets:
        table = table_named(worksheet.title)
        for row in worksheet.iter_rows() if table else ():
            for cell in row:
                if cell.data_type == "f" and values[worksheet.title][cell.coordinate].value is None:
                    says = f"cell {cell.coordinate} holds a formula that has no value yet"
                    hint = "Open the workbook in a spreadsheet program and save it there."
                    sheets.problems.append(Problem(table, cell.row, "", str(cell.value), says, hint))
                    sheets.holes.add((table, cell.row, cell.column - 1))
