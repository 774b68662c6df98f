"""The manifest of a saved run, checked before anything is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from twinkit.chain.archive import AGAIN, Archive, read_json, refuse
from twinkit.chain.day import STEPS, Day
from twinkit.chain.kept import BLOCKS, ROW_TABLES, Key, row_keys, said
from twinkit.chain.plan import Plan
from twinkit.chain.saving import FORMAT, MANIFEST, VERSION, function_name
from twinkit.tables import CaseError, Problem
from twinkit.tables.problems import listed, quote

LARGEST = 2**53
"""Whole numbers below this one are exact in every reader of JSON."""


def _whole(value: Any, least: int = 0) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < LARGEST


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _lists(value: Any) -> bool:
    return isinstance(value, list) and all(_texts(v) for v in value)


def _by_name(value: Any, good: Callable[[Any], bool]) -> bool:
    return isinstance(value, dict) and all(good(v) for v in value.values())


def _dicts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, dict) for v in value)


def _policies(value: Any) -> bool:
    pairs = isinstance(value, list) and all(isinstance(v, list) and len(v) == 2 for v in value)
    return pairs and all((isinstance(w, str) or (_texts(w) and len(w) == 2)) and isinstance(n, str) for w, n in value)


ENTRIES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "twinkit": (lambda v: isinstance(v, str), "a text"),
    "case": (lambda v: isinstance(v, str), "a text"),
    "period": (_whole, "a whole number"),
    "seed": (lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0, "a whole number"),
    "replications": (lambda v: _whole(v, 1), "a whole number of 1 or more"),
    "first": (_whole, "a whole number"),
    "steps": (_whole, "a whole number"),
    "muted": (lambda v: isinstance(v, bool), "true or false"),
    "paused": (lambda v: isinstance(v, bool), "true or false"),
    "disturbed": (lambda v: isinstance(v, bool), "true or false"),
    "day": (_lists, "lists of names of steps"),
    "own_steps": (_texts, "a list of names"),
    "actors": (lambda v: _by_name(v, lambda x: isinstance(x, str)), "names of sites or kinds and of classes"),
    "policies": (_policies, "pairs of a place and the name of a function"),
    "columns": (lambda v: _by_name(v, _texts), "lists of names of columns"),
    "rows": (lambda v: _by_name(v, _lists), "lists of names of rows"),
    "events": (_texts, "a list of names"),
    "extra_columns": (_texts, "a list of names"),
    "own": (_texts, "a list of names"),
    "goods": (_texts, "a list of names"),
    "series": (_dicts, "a list of series"),
    "holds": (_dicts, "a list of holds"),
    "random": (lambda v: isinstance(v, list) and len(v) == 3, "the state of a generator"),
    "rng": (lambda v: isinstance(v, dict), "the state of a generator"),
}
"""What a manifest must hold, how it is checked, and what it is in words."""


def read_manifest(archive: Archive) -> dict[str, Any]:
    """The manifest, with every entry of the right kind.

    Raises
    ------
    CaseError
        If the file is no run, is of a newer format, or entries are missing or wrong.
    """
    place = str(archive.path)
    if MANIFEST not in archive.names:
        raise refuse("", place, f"is a zip, but no saved run: it has no {MANIFEST}", "Chain.save writes one.")
    found = read_json(archive, MANIFEST)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise refuse("", place, f"is no saved run: its {MANIFEST} does not say so", "Chain.save writes one.")
    if not _whole(found.get("version"), 1):
        raise refuse(place, str(found.get("version")), "is no version of the format", AGAIN)
    if found["version"] > VERSION:
        says = f"has version {found['version']} of the format; this twinkit reads up to version {VERSION}"
        raise refuse("", place, says, f"Update twinkit: the file was saved with {found.get('twinkit')}.")
    wrong = [
        Problem(MANIFEST, None, name, "", f"is missing or is not {words}", AGAIN)
        for name, (good, words) in ENTRIES.items()
        if not good(found.get(name))
    ]
    if wrong:
        raise CaseError(wrong)
    return found


def helpers_missing(found: dict[str, Any], actors: Mapping, policies: Mapping, day: Day | None) -> Iterator[Problem]:
    """Actor classes, policies and steps that a run needs and that were not passed, or others than it had."""
    asked = {where: (name, "actors") for where, name in found["actors"].items()}
    asked |= {_where(where): (name, "policies") for where, name in found["policies"]}
    given = {where: cls.__name__ for where, cls in actors.items()}
    given |= {where: function_name(f) for where, f in policies.items()}
    for where, (name, argument) in asked.items():
        if given.get(where) != name:
            says = f"was run by {name}, which is Python of your own" + (
                f"; you passed {given[where]}" if where in given else ""
            )
            hint = f"Pass it: load_chain(path, {argument}={{{where!r}: {name}}})."
            yield Problem(MANIFEST, None, argument, str(where), says, hint)
    for where in set(given) - set(asked):
        hint = "Load the run without it; then chain.branch(actors=…, policies=…) goes on with it."
        yield Problem(MANIFEST, None, "", str(where), f"was not run by {given[where]}", hint)
    yield from _day_missing(found, day)


def _where(where: Any) -> Any:
    return where if isinstance(where, str) else tuple(where)


def _day_missing(found: dict[str, Any], day: Day | None) -> Iterator[Problem]:
    own, names = found["own_steps"], [tuple(group) for group in found["day"]]
    if day is not None and [tuple(s.name for s in group) for group in day.groups] != names:
        says = f"is another day than that of the run: {' → '.join(name for group in names for name in group)}"
        yield Problem(MANIFEST, None, "day", "", says, "Pass the day that the run had.")
    elif day is None and own:
        says = f"has steps of your own: {listed(own)}"
        yield Problem(MANIFEST, None, "day", "", says, "Pass the day: load_chain(path, day=…).")
    elif day is None and (strange := [n for group in names for n in group if n not in STEPS]):
        says = f"has steps that this version does not know: {listed(strange)}"
        yield Problem(MANIFEST, None, "day", "", says, "Update twinkit.")


def strange_names(found: dict[str, Any], plan: Plan) -> Iterator[Problem]:
    """Columns and rows of a file that this version or the case of the file does not know, or that occur twice."""
    for name, block in BLOCKS.items():
        columns = found["columns"].get(name, [])
        unknown = [c for c in columns if c not in block.fields._fields]
        if unknown or len(set(columns)) < len(columns):
            says = f"has columns that this version does not know, or one twice: {listed(unknown or columns)}"
            yield Problem(MANIFEST, None, f"columns.{name}", "", says, f"Update twinkit; the file is of {found['twinkit']}.")
    for table in ROW_TABLES:
        rows, keys = [tuple(key) for key in found["rows"].get(table, [])], row_keys(plan, table)
        if len(rows) != len(keys) or set(rows) != set(keys):
            odd = sorted(set(rows) ^ set(keys))
            says = f"are not the rows of the case in the file: {listed([_said(table, k) for k in odd]) or 'one is twice'}"
            yield Problem(MANIFEST, None, f"rows.{table}", "", says, AGAIN)
    if sorted(found["events"]) != sorted(plan.effects.names):
        yield Problem(MANIFEST, None, "events", "", "are not the events of the case in the file", AGAIN)
    if found["period"] > plan.periods:
        says = f"is beyond the {plan.periods} periods of the case in the file"
        yield Problem(MANIFEST, None, "period", str(found["period"]), says, AGAIN)
    bad = [name for name in found["own"] if not name.isidentifier()]
    if bad:
        yield Problem(MANIFEST, None, "own", "", f"names no column: {quote(bad[0])}", AGAIN)


def _said(table: str, key: Key) -> str:
    return said(table, key) if key else "a row without a name"
