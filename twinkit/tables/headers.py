"""Headers: which column of the schema each column of a sheet is, and in which unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from twinkit.columns import Column
from twinkit.tables.cells import folded
from twinkit.tables.problems import Problem, did_you_mean, listed, quote
from twinkit.tables.sheets import Sheet
from twinkit.tables.units import Units

_UNIT = re.compile(r"(.+?)\s*[\[(]([^\[\]()]*)[\])]", re.DOTALL)


@dataclass
class Matched:
    """Columns found in a sheet.

    Parameters
    ----------
    places
        Column → (position in the sheet, unit named in the header or "").
    spoilt
        Columns that are there and cannot be used.
    problems
        What is wrong with the header.
    unread
        Columns that are none of the table's, nor like one.
    """

    places: dict[str, tuple[int, str]] = field(default_factory=dict)
    spoilt: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def match_header(sheet: Sheet, columns: Mapping[str, Column], units: Units) -> Matched:
    """Find the columns of a table in the header of its sheet.

    Parameters
    ----------
    sheet
        The sheet.
    columns
        Columns that the table may have.
    units
        What unit words mean in the case.
    """
    matched = Matched()
    by_word = {folded(name): name for name in columns}
    for position, head in enumerate(sheet.header):
        found = _UNIT.fullmatch(head)
        word, unit = (found[1], found[2].strip()) if found else (head, "")
        name = by_word.get(folded(head)) or by_word.get(folded(word))
        if not head:
            _nameless(sheet, position, matched)
        elif name is None and not _near(sheet, word, columns):
            matched.unread.append(head)
        elif name is None:
            matched.problems.append(_unknown(sheet, word, columns))
            matched.spoilt |= {n for n in columns if quote(n) in matched.problems[-1].hint}
        elif name in matched.places:
            says = "the column is there twice"
            matched.problems.append(Problem(sheet.table, 1, name, "", says, "Take one of them away."))
        else:
            matched.places[name] = (position, unit if columns[name].numeric else "")
    _check_units(sheet, columns, units, matched)
    _check_missing(sheet, columns, matched)
    return matched


def _nameless(sheet: Sheet, position: int, matched: Matched) -> None:
    if any(cell.strip() for cell in sheet.cells[position]):
        says = f"column {position + 1} has values and no name"
        matched.problems.append(Problem(sheet.table, 1, "", "", says, "Write its name into row 1."))


REMARKS = ("comment", "comments", "remark", "remarks", "note", "notes", "bemerkung", "kommentar", "description")
"""Words over a column that is for people, however like another column's name they are."""


def _near(sheet: Sheet, word: str, columns: Mapping[str, Column]) -> str:
    """The question whether a column of the table is meant that the sheet does not have; "" if none is like it."""
    free = [n for n in columns if folded(n) not in {folded(h) for h in sheet.header}]
    return "" if folded(word) in REMARKS else did_you_mean(folded(word), free)


def _unknown(sheet: Sheet, word: str, columns: Mapping[str, Column]) -> Problem:
    return Problem(sheet.table, 1, "", word, f"is no column of {sheet.table}", _near(sheet, word, columns))


def _check_units(sheet: Sheet, columns: Mapping[str, Column], units: Units, matched: Matched) -> None:
    for name, (_, unit) in list(matched.places.items()):
        column = columns[name]
        if unit and column.unit and units.factor(unit, column) is None:
            near = units.suggestion(unit, column)
            hint = f"Did you mean {name} [{near}]?" if near else f"Write {name} [{column.unit}]."
            says = f"is no unit that {name} can be in; allowed: {units.allowed(column)}"
            matched.problems.append(Problem(sheet.table, 1, name, unit, says, hint))
            del matched.places[name]
            matched.spoilt.add(name)


def _check_missing(sheet: Sheet, columns: Mapping[str, Column], matched: Matched) -> None:
    lacking = [n for n, c in columns.items() if c.required and n not in matched.places and n not in matched.spoilt]
    for name in lacking:
        says = f"the column is missing; the sheet has {listed([h for h in sheet.header if h])}"
        hint = f"Add it: {columns[name].meaning}."
        matched.problems.append(Problem(sheet.table, 1, name, "", says, hint))
    matched.spoilt |= set(lacking)
