"""What has changed between two states, in words: "second source 21 % → 40 %; event Naka fab fire 2021 added"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twinkit.levers.levers import levers_of
from twinkit.tables.case import Case
from twinkit.workbench.draft import Typed
from twinkit.workbench.draft_state import tables_of
from twinkit.workbench.table_differences import table_words

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
    known = {lever.name: lever for lever in levers_of(case)}
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
