"""Tables out of uploaded files: all of them, or the sentences why not."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from twinkit.tables import CaseError, Problem
from twinkit.tables.cells import Units
from twinkit.tables.files import Sheet, Sheets, read_folder, read_workbook
from twinkit.tables.headers import HEADER, match_header, read_settings
from twinkit.tables.history import tall
from twinkit.tables.look import Allowed, allowed
from twinkit.tables.problems import listed, quote
from twinkit.workbench.draft import Typed, clean

LARGEST = 8_000_000
"""Bytes of the files of an upload together; a longer message would not arrive."""


def imported(files: Mapping[str, bytes], tables: Mapping[str, Typed], notes: list[str] | None = None) -> dict[str, Typed]:
    """The tables in uploaded files, as they would be typed.

    Parameters
    ----------
    files
        Name of a file → its bytes: one workbook, or CSV files that are named after tables.
    tables
        The tables as they are now; their settings say what units mean, and their columns
        which others there are.
    notes
        Takes sentences about what was read in another way than it stands there.

    Raises
    ------
    CaseError
        With everything that is wrong with the files; what is wrong in cells is for the check.
    """
    _refuse_unlike(files)
    sheets = _sheets(files)
    found = typed_sheets(sheets, tables)
    if notes is not None:
        notes += [note.sentence for note in sheets.notes]
    return found


def typed_sheets(sheets: Sheets, tables: Mapping[str, Typed]) -> dict[str, Typed]:
    """The tables of files that have been read, as they would be typed; arguments and errors as above."""
    known = allowed([f"{t}.{n}" for t, typed in tables.items() if t != "settings" for n in typed.header])
    settings = read_settings(sheets.found.get("settings") or _sheet_of(tables), known)
    problems = [replace(p, hint=p.hint or "Nothing was loaded.") for p in sheets.problems]
    found = {}
    for name, sheet in sheets.found.items():
        if sheet.torn.any():
            continue
        if name == "history":
            sheet = tall(sheet, known.columns[name], sheets)
        found[name] = _settings(sheet) if name == "settings" else _typed(sheet, known, settings.units, problems, sheets)
    if problems:
        raise CaseError(problems)
    if "settings" in found:  # every setting keeps its row
        given = {row[0] for row in found["settings"].rows}
        rest = tuple(row for row in tables["settings"].rows if row[0] not in given)
        found["settings"] = replace(found["settings"], rows=(*found["settings"].rows, *rest))
    return found


def _refuse_unlike(files: Mapping[str, bytes]) -> None:
    problems = []
    books = [n for n in files if n.casefold().endswith((".xlsx", ".xlsm"))]
    for name in files:
        if not name.casefold().endswith((".csv", ".xlsx", ".xlsm")):
            problems.append(_refused(name, "is neither a CSV file nor a workbook", "Choose .csv files or one .xlsx."))
    if not files:
        problems.append(_refused("", "no file was chosen", "Choose .csv files or one .xlsx."))
    if books and len(files) > 1:
        problems.append(
            _refused(books[0], "is a workbook among other files", "Choose one workbook, or CSV files alone.")
        )
    if sum(map(len, files.values())) > LARGEST:
        says = f"the files are larger than {LARGEST // 1_000_000} MB together"
        problems.append(_refused("", says, "Put them into the folder of the case instead, and open it again."))
    if problems:
        raise CaseError(problems)


def _refused(name: str, says: str, hint: str) -> Problem:
    return Problem("", None, "", name, says, hint)


def _sheets(files: Mapping[str, bytes]) -> Sheets:
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, content in files.items():
            base = PureWindowsPath(PurePosixPath(name).name).name  # a name, never a way to another folder
            paths.append(Path(folder) / base)
            paths[-1].write_bytes(content)
        if paths[0].suffix.casefold() == ".csv":
            return read_folder(Path(folder))
        sheets = read_workbook(paths[0])
    short = [replace(p, value=paths[0].name) if p.value == str(paths[0]) else p for p in sheets.problems]
    sheets.problems[:] = short
    return sheets


def _sheet_of(tables: Mapping[str, Typed]) -> Sheet | None:
    sheets = Sheets("")
    sheets.add("settings", [list(tables["settings"].header), *tables["settings"].rows])
    return sheets.found.get("settings")


def _settings(sheet: Sheet) -> Typed:
    return Typed(HEADER, tuple((clean(a), clean(b)) for a, b in zip(*sheet.cells[:2], strict=True)))


def _typed(sheet: Sheet, known: Allowed, units: Units, problems: list[Problem], sheets: Sheets) -> Typed:
    """A sheet with the names of the schema in its header; a unit of the header goes into the cells."""
    matched = match_header(sheet, known.columns[sheet.table], units)
    problems += matched.problems
    if matched.unread:
        sheets.note(sheet.table, f"{listed([quote(head) for head in matched.unread])} is no column of a case and was not read")
    columns = {}
    for name, (position, unit) in matched.places.items():
        cells = [clean(cell) for cell in sheet.cells[position]]
        columns[name] = [f"{c} {unit}" if unit and _bare(c) else c for c in cells]
    return Typed(tuple(columns), tuple(zip(*columns.values(), strict=True)))


def _bare(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
