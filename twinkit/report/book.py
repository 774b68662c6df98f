"""A document as a workbook: a sheet for each table, numbers as numbers, no cell a formula.

The sheets are written as those of a case are (:mod:`twinkit.tables.write`): a text is a text
even where it looks like a formula, and numbers keep all their digits.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from twinkit.report.bundle import same_bytes
from twinkit.report.found import SHEET
from twinkit.result import Code, Fact, Facts, Heading, Points, Table, Text, Tree
from twinkit.tables.write import LONGEST_CELL, book_cell, plain, text_cell
from twinkit.words import cell, cut, visible

if TYPE_CHECKING:
    from twinkit.report.document import Document

LONGEST_NAME = 31
"""Characters of the name of a worksheet."""
CHUNK = 30_000
"""Characters of the data in a cell."""
FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def book_of(document: Document) -> bytes:
    """The workbook.

    Parameters
    ----------
    document
        What it holds.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    tables = document.tables
    names = sheet_names(["report", *(t.name or t.caption for t in tables), "glossary", SHEET])
    _front(book.create_sheet(names[0]), document, list(zip(names[1:], tables, strict=False)))
    for name, table in zip(names[1:], tables, strict=False):
        _table(book.create_sheet(name), table)
    _pairs(book.create_sheet(names[-2]), ("term", "meaning"), document.glossary.items())
    if document.data:
        _data(book.create_sheet(SHEET), document.data)
    file = io.BytesIO()
    book.save(file)
    return same_bytes(file.getvalue(), document.day)


def sheet_names(wanted: Sequence[str]) -> list[str]:
    """Names that worksheets may have: clean, short, and each its own; the last is kept as it is.

    Parameters
    ----------
    wanted
        What they would be called.

    Examples
    --------
    >>> sheet_names(["a/b", "A b", "", "data"])
    ['a b', 'A b 2', 'sheet', 'data']
    """
    found, taken = [], {wanted[-1].casefold(), "history"}
    for name in wanted[:-1]:
        clean = " ".join(FORBIDDEN.sub(" ", visible(name)).split()).strip("'") or "sheet"
        short, number = clean[:LONGEST_NAME].strip(" '") or "sheet", 1
        while short.casefold() in taken:
            number += 1
            short = f"{clean[: LONGEST_NAME - len(str(number)) - 1].strip()} {number}"
        taken.add(short.casefold())
        found.append(short)
    return [*found, wanted[-1]]


def _text(sheet: Any, text: Any, bold: bool = False, wrap: bool = False) -> Any:
    from openpyxl.styles import Alignment, Font

    shown = visible(text)
    found = text_cell(sheet, shown if len(shown) < LONGEST_CELL else cut(shown, LONGEST_CELL - 60))
    found.font = Font(bold=bold)
    found.alignment = Alignment(wrap_text=wrap, vertical="top")
    return found


def _front(sheet: Any, document: Document, tables: Sequence[tuple[str, Table]]) -> None:
    """The first sheet: title, what it is about, the text of the document, and which sheet holds what."""
    from openpyxl.styles import Alignment, Font

    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 100
    title = _text(sheet, document.title)
    title.font = Font(bold=True, size=16)
    sheet.append([title])
    rows: list[tuple[Any, ...]] = [
        ("Date", document.day, False),
        *((k, v, False) for k, v in document.about.items()),
    ]
    for block in document.blocks:
        rows += _lines(block)
    rows += [("", "", False), ("Sheets", "", True), *((name, table.caption, False) for name, table in tables)]
    for first, second, bold, *level in rows:
        text = _text(sheet, second, False, True)
        text.alignment = Alignment(wrap_text=True, vertical="top", indent=min(sum(level), 15))
        sheet.append([_text(sheet, first, bold, True), text])


def _lines(block: Any) -> Iterable[tuple[Any, ...]]:
    """Name, text, whether the name is bold, and how far the text is indented, if it is."""
    if isinstance(block, Heading):
        return [("", "", False), (block.text, "", True)]
    if isinstance(block, Text):
        return [("", block.text, False)]
    if isinstance(block, Points):
        return [("", item, False) for item in block.items]
    if isinstance(block, Tree):
        return [("", block.caption, False), *(("", line.lstrip(), False, level) for line, (level, _) in zip(block.lines(), block.levels(), strict=True))]
    if isinstance(block, Facts):
        return [(f.label, _fact(f), False) for f in block.items]
    return [("", block.text, False)] if isinstance(block, Code) else []


def _fact(fact: Fact) -> str:
    return f"{fact.value} ({fact.interval})" if fact.interval else fact.value


def _pairs(sheet: Any, heads: Sequence[str], pairs: Iterable[tuple[str, str]]) -> None:
    sheet.freeze_panes = "A2"
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 100
    sheet.append([_text(sheet, h, True) for h in heads])
    for one, other in pairs:
        sheet.append([_text(sheet, one), _text(sheet, other, wrap=True)])


def _table(sheet: Any, table: Table) -> None:
    """Heads, units and meanings in the first three rows; then the rows."""
    names = [str(n) for n in table.frame.columns]
    sheet.freeze_panes = "B4"
    for i, name in enumerate(names):
        sheet.column_dimensions[_letter(i)].width = max(12, min(len(name) + 4, 40) if i else 28)
    sheet.append([_text(sheet, n, True) for n in names])
    sheet.append([_text(sheet, f"[{table.units[n]}]" if table.units.get(n) else "") for n in names])
    sheet.append([_text(sheet, table.definitions.get(n, ""), wrap=True) for n in names])
    for row in table.frame.itertuples(index=False, name=None):
        sheet.append([_cell(sheet, v) for v in row])


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(column + 1)


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, (tuple, list, set, dict)):
        return _text(sheet, cell(value))
    value = plain(value)
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return _text(sheet, "∞" if value > 0 else "-∞")
    return book_cell(sheet, value) if value is None or isinstance(value, (bool, int, float)) else _text(sheet, value)


def _data(sheet: Any, data: str) -> None:
    """The data in pieces that a cell can hold; a spreadsheet must not take any part of them for a sign of its own."""
    safe = data.replace("_x", "\\u005fx")
    for at in range(0, len(safe), CHUNK):
        sheet.append([text_cell(sheet, "data"), text_cell(sheet, safe[at : at + CHUNK])])
    sheet.sheet_state = "hidden"
