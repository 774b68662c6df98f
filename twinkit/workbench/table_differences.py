"""What has changed in a table: which cells, and in words."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from twinkit.tables.schema import TABLES
from twinkit.workbench.draft import Row, Typed

NAMED = 4
"""Cells of a table that are named one by one; beyond them they are counted by column."""


NAMES = {**{table: owner.key for table, owner in TABLES.items()}, "settings": ("setting",)}
"""Table → columns that name a row of it."""


class TableChange(NamedTuple):
    """What differs between two tables.

    Attributes
    ----------
    cells
        (row of the new table, column) → what stood there before.
    added, gone
        Rows of the new table that are new, and rows of the old table that are gone.
    """

    cells: dict[tuple[int, str], str]
    added: list[int]
    gone: list[int]


def changes(table: str, old: Typed, new: Typed) -> TableChange:
    """Compare two tables: rows belong together by their key, or by their place where keys repeat.

    Parameters
    ----------
    table
        Name of the table.
    old, new
        The table before and after.
    """
    if old == new:
        return TableChange({}, [], [])
    pairs, added, gone = _pairs(table, old, new)
    names = list(dict.fromkeys((*new.header, *old.header)))
    cells = {}
    for i, j in pairs:
        if old.rows[i] != new.rows[j] or old.header != new.header:
            for name in names:
                before = old.cell(i, name)
                if before != new.cell(j, name):
                    cells[j, name] = before
    return TableChange(cells, added, gone)


def _pairs(table: str, old: Typed, new: Typed) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Rows that belong together, rows that are new, rows that are gone."""
    same = {row: [] for row in old.rows} if old.header == new.header else {}
    for i, row in enumerate(old.rows):
        same.get(row, []).append(i)
    pairs, left_new = [], []
    for j, row in enumerate(new.rows):  # rows that stayed as they were, wherever they are now
        twins = same.get(row)
        pairs.append((twins.pop(0), j)) if twins else left_new.append(j)
    taken = {i for i, _ in pairs}
    left_old = [i for i in range(len(old.rows)) if i not in taken]
    rest_old, rest_new = _by_key(NAMES[table], old, new, left_old, left_new, pairs)
    if len(old.rows) == len(new.rows):  # a key itself was typed over
        same_place = set(rest_old) & set(rest_new)
        pairs += [(i, i) for i in sorted(same_place)]
        rest_old, rest_new = ([i for i in rest if i not in same_place] for rest in (rest_old, rest_new))
    return pairs, rest_new, rest_old


def _by_key(
    names: Row, old: Typed, new: Typed, left_old: list[int], left_new: list[int], pairs: list
) -> tuple[list[int], list[int]]:
    """Pair the rows with the same key; returns the old and new rows that are left over."""
    keys: dict[Row, list[int]] = {}
    for i in left_old:
        keys.setdefault(_key(names, old, i), []).append(i)
    rest_new = []
    for j in left_new:
        twins = keys.get(_key(names, new, j))
        pairs.append((twins.pop(0), j)) if twins else rest_new.append(j)
    return [i for twins in keys.values() for i in twins], rest_new


def _key(names: Row, typed: Typed, row: int) -> Row:
    return tuple(typed.cell(row, name) for name in names)


def row_name(table: str, typed: Typed, row: int) -> str:
    """What a row is called: the cells of its key."""
    parts = [typed.cell(row, name) for name in NAMES[table]]
    return " / ".join(p for p in parts if p) or f"row {row + 2}"


def table_words(table: str, old: Typed, new: Typed) -> list[str]:
    """The changes of a table in words."""
    found = changes(table, old, new)
    what = table.replace("_", " ")
    words = _rows_words(what, "added", [row_name(table, new, j) for j in found.added])
    words += _rows_words(what, "deleted", [row_name(table, old, i) for i in found.gone])
    if len(found.cells) <= NAMED:
        for (j, name), before in found.cells.items():
            label = "" if table == "settings" else f" {name.replace('_', ' ')}"
            after = new.cell(j, name)
            words.append(f"{what}, {row_name(table, new, j)}:{label} {before or 'empty'} → {after or 'empty'}")
    else:
        counts = Counter(name for _, name in found.cells)
        said = ", ".join(f"{count} of {name.replace('_', ' ')}" for name, count in counts.items())
        words.append(f"{what}: {len(found.cells)} cells changed ({said})")
    if not words and len(old.rows) != len(new.rows):
        words.append(f"{what}: {len(old.rows)} → {len(new.rows)} rows")
    return words or [f"{what}: rows in another order, or a column shown"]


def _rows_words(what: str, verb: str, names: list[str]) -> list[str]:
    if len(names) > NAMED:
        return [f"{len(names)} rows of {what} {verb}"]
    return [f"{what}: {name} {verb}" for name in names]
