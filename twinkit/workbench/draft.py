"""The tables of a case as they are being typed: texts, sound or not.

Tables are values: a change makes a new one that shares the rows that stayed as they were.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import traitlets as t

from twinkit.columns import Column, table_columns
from twinkit.tables import CaseError, Problem
from twinkit.tables.case import Case
from twinkit.tables.cells import Units, cell_text, escape
from twinkit.tables.files import Sheet, Sheets, read_folder, read_workbook
from twinkit.tables.headers import HEADER, match_header, read_settings
from twinkit.tables.history import tall
from twinkit.tables.look import Allowed, allowed, extra_columns
from twinkit.tables.problems import listed, quote, refuse
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


USUAL_SETTINGS = tuple((name, "" if column.start is None else cell_text(column.start)) for name, column in table_columns(Settings).items())
"""Rows of the settings of a case that gives none."""


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

    def write(self, case: Case, changed: Case) -> dict[str, int]:
        """Put into the tables what a changed case has other than the case that they are; name of a table → rows that change.

        A cell that is the same in both stays as it was typed, where the rows are the same ones.
        """
        before, after, tables, rows = typed_case(case), typed_case(changed), dict(self.tables), {}
        for name, new in after.items():
            old, typed = before[name], tables[name]
            if new == old:
                continue
            same = len(old.rows) == len(new.rows) == len(typed.rows)
            rows[name] = sum(a != b for a, b in zip(old.rows, new.rows, strict=True)) if same else len(new.rows)
            for i in range(len(new.rows) if same else 0):
                cells = {n: cell for n, cell in zip(new.header, new.rows[i], strict=True) if old.column(n) < 0 or cell != old.cell(i, n)}
                typed = typed.put(i, list(cells), [list(cells.values())])
            tables[name] = typed if same else new
        self.tables = tables
        return rows

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


# --- tables that are being edited, as parts of a state: in blocks, so that a cell costs a block


BLOCK = 256
"""Rows of a part."""

DISK = "disk"
"""Part that says what each table was like on the disk: table → digest."""


def digest(typed: Typed) -> str:
    """A short text that is the same for the same table."""
    body = json.dumps([typed.header, typed.rows], ensure_ascii=False)
    return hashlib.blake2b(body.encode(), digest_size=12).hexdigest()


def parts_of(draft: Draft) -> dict[str, Any]:
    """The tables as parts of a state."""
    parts: dict[str, Any] = {DISK: {name: digest(typed) for name, typed in draft.saved.items()}}
    for name, typed in draft.tables.items():
        blocks = range(0, len(typed.rows), BLOCK)
        parts[f"table/{name}"] = {"header": list(typed.header), "blocks": len(blocks)}
        for number, at in enumerate(blocks):
            parts[f"table/{name}/{number}"] = [list(row) for row in typed.rows[at : at + BLOCK]]
    return parts


def tables_of(state: Mapping[str, Any]) -> dict[str, Typed]:
    """The tables of a state."""
    tables = {}
    for key, head in state.items():
        folder, _, name = key.partition("/")
        if folder == "table" and "/" not in name:
            blocks = (state[f"{key}/{number}"] for number in range(head["blocks"]))
            tables[name] = Typed(tuple(head["header"]), tuple(tuple(row) for block in blocks for row in block))
    return tables


def read_anew(state: Mapping[str, Any], saved: Mapping[str, Typed]) -> tuple[dict[str, Typed], list[str], list[str]]:
    """The tables of a state, with those that were changed on the disk since.

    Parameters
    ----------
    state
        The state.
    saved
        The tables as they are on the disk now.

    Returns
    -------
    tables
        The tables.
    taken, kept
        Names of those that are as on the disk now, because nobody had edited them here; and of
        those that were changed here and there, of which the edits are kept.
    """
    tables, then = {**saved, **tables_of(state)}, state.get(DISK, {})
    elsewhere = [name for name, typed in saved.items() if digest(typed) != then.get(name)]
    taken = [name for name in elsewhere if digest(tables[name]) == then.get(name)]
    kept = [name for name in elsewhere if name not in taken and tables[name] != saved[name]]
    return {**tables, **{name: saved[name] for name in taken}}, taken, kept


# --- tables out of uploaded files: all of them, or the sentences why not


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
        which others there are.  Files with settings and all that a case needs are a case of their own:
        of the others nothing stays.
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
    refuse(problems)
    if "settings" not in found:
        return found
    whole = found.keys() >= set(NEEDED)
    given = {row[0] for row in found["settings"].rows}
    other = USUAL_SETTINGS if whole else tables["settings"].rows
    found["settings"] = replace(found["settings"], rows=(*found["settings"].rows, *(row for row in other if row[0] not in given)))
    if whole:
        gone = [name for name, typed in tables.items() if typed.rows and name not in found]
        found |= {name: replace(tables[name], rows=()) for name in gone}
        if gone:
            are, names = "is" if len(gone) == 1 else "are", listed([name.replace("_", " ") for name in gone], 40)
            sheets.note("", f"This is a whole case: {names}, which {are} not in it, {are} empty now")
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
    refuse(problems)


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
