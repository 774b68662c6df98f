"""What has changed between two states, in words: "second source 21 % → 40 %; event Naka fab fire 2021 added"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from twinkit.levers.levers import levers_of
from twinkit.tables.case import Case
from twinkit.tables.schema import TABLES
from twinkit.workbench.draft import Row, Typed, tables_of

NAMED = 4
"""Cells of a table that are named one by one; beyond them they are counted by column."""


def names_of(table: str) -> tuple[str, ...]:
    """Columns that name a row of a table."""
    return ("setting",) if table == "settings" else TABLES[table].key


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
    rest_old, rest_new = _by_key(names_of(table), old, new, left_old, left_new, pairs)
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
    parts = [typed.cell(row, name) for name in names_of(table)]
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


# --- of a whole state


MOST = 6
"""Changes that a line of words names; the rest is counted."""


def state_words(before: Mapping[str, Any], after: Mapping[str, Any], case: Case) -> list[str]:
    """The changes from one state to another, one sentence part each.

    Parameters
    ----------
    before, after
        States as a store has them.
    case
        The case, whose levers are named.
    """
    words = _scenarios(before, after, case)
    old, new = (tables_of(state) for state in (before, after))
    for table in new:
        if old.get(table) != new[table]:
            words += table_words(table, old.get(table) or Typed(new[table].header), new[table])
    return words


def in_short(words: list[str]) -> str:
    """Changes on one line."""
    rest = [f"{len(words) - MOST} more changes"] if len(words) > MOST else []
    return "; ".join([*words[:MOST], *rest]) or "nothing changed"


def _scenarios(before: Mapping[str, Any], after: Mapping[str, Any], case: Case) -> list[str]:
    old, new = (_rows(state) for state in (before, after))
    words = [f"scenario “{new[i]['name']}” added{_of_what(new[i], case)}" for i in new if i not in old]
    words += [f"scenario “{old[i]['name']}” deleted" for i in old if i not in new]
    for i in new:
        if i in old:
            found = scenario_words(old[i], new[i], case)
            one = f"“{new[i]['name']}”: " if found and len(new) > 1 else ""
            words += [f"{one}{'; '.join(found)}"] if found else []
    if not words and [i for i in old if i in new] != [i for i in new if i in old]:
        words.append("scenarios in another order")
    return words


def _rows(state: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {i: state[f"scenario/{i}"] for i in state.get("scenarios", ())}


def _of_what(row: Mapping[str, Any], case: Case) -> str:
    found = scenario_words({"name": row["name"]}, {**row, "note": ""}, case)
    return f" ({'; '.join(found)})" if found else ""


def scenario_words(before: Mapping[str, Any], after: Mapping[str, Any], case: Case) -> list[str]:
    """The changes from one scenario (as plain data) to another."""
    words = []
    if before["name"] != after["name"]:
        words.append(f"renamed from “{before['name']}” to “{after['name']}”")
    old, new = (_events(s) for s in (before, after))
    words += [f"event {name} added" for name in new if name not in old]
    words += [f"event {name} taken out" for name in old if name not in new]
    for name in new:
        if name in old and old[name] != new[name]:
            words += [f"event {name}: {', '.join(_cells(old[name], new[name]))}"]
    words += _levers(before.get("levers", {}), after.get("levers", {}), case)
    if before.get("since", 0) != after.get("since", 0):
        words.append(f"levers from period {before.get('since', 0)} → {after.get('since', 0)} on")
    if before.get("note", "") != after.get("note", ""):
        words.append("note changed")
    return words


def _events(scenario: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    rows = [{"event": e} if isinstance(e, str) else dict(e) for e in scenario.get("events", ())]
    return {str(row.get("event", "?")): row for row in rows}


def _cells(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    names = dict.fromkeys((*old, *new))
    pairs = [(n.replace("_", " "), old.get(n), new.get(n)) for n in names if old.get(n) != new.get(n)]
    return [f"{n} {_value(a)} → {_value(b)}" for n, a, b in pairs]


def _value(value: Any) -> str:
    return "none" if value in (None, "") else f"{value:g}" if isinstance(value, float) else str(value)


def _levers(old: Mapping[str, Any], new: Mapping[str, Any], case: Case) -> list[str]:
    known = {lever.name: lever for lever in levers_of(case, (*old, *new))}
    words = []
    for name in dict.fromkeys((*old, *new)):
        lever = known.get(name)
        start = lever.start if lever else None
        a, b = (side[name] if side.get(name) is not None else start for side in (old, new))
        if a != b:
            words.append(f"{name.replace('_', ' ')} {lever_value(lever, a)} → {lever_value(lever, b)}")
    return words


def lever_value(lever: Any, value: Any) -> str:
    """Where a lever stands, in words: ``21 %``, ``on``, ``10 days``."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return "as it is"
    if lever is not None and lever.unit == "share":
        return f"{100 * value:.3g} %"
    return f"{value:g} {lever.unit}" if lever is not None else f"{value:g}"
