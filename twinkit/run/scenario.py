"""Scenarios: named sets of changes to a case."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from twinkit.columns import table_columns
from twinkit.levers.levers import levers_of
from twinkit.tables import CaseError, check_case
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, quote, refuse, shown, strangers
from twinkit.tables.replace import replaced_file
from twinkit.tables.schema import TABLES


@dataclass(frozen=True)
class Scenario:
    """Events that happen and levers that are moved.

    Attributes
    ----------
    name
        Name on charts and tables.
    events
        Names of events of the case, or events of one's own as rows of the table; they happen in it, whatever their column `scheduled` says.
    levers
        Name of a lever → its value; levers left out stay as the case has them.
    since
        First period in which the levers are moved; before it the case is as it was [period].
    """

    name: str
    events: tuple[str | Mapping[str, Any], ...] = ()
    levers: Mapping[str, Any] = field(default_factory=dict)
    since: int = 0

    def __post_init__(self) -> None:
        as_events(self.events, self.name)

    def apply(self, case: Case) -> Case:
        """The case with the changes of the scenario.

        Raises
        ------
        CaseError
            If an event or a lever is unknown or out of its range; all problems at once.
        """
        return self.moved(case.replace(events=self.event_rows(case)), case)

    def moved(self, case: Case, believed: Case | None = None) -> Case:
        """A case with the levers moved, and no other events.

        Parameters
        ----------
        case
            The case, to which the scenario fits.
        believed
            The case whose levers they are, by default the same.
        """
        levers = {k: v for k, v in self.levers.items() if v is not None}
        known = case.derived(_moved) if believed is None or believed is case else OrderedDict()
        changed = known.get(repr(levers)) if levers else case
        if changed is None:
            changed = case
            for lever in levers_of(believed or case, levers):
                if lever.name in levers:
                    changed = lever.apply(changed, levers[lever.name])
            known[repr(levers)] = changed
            if len(known) > MOST_MOVED:
                known.popitem(last=False)
        return self.turned_out(changed)

    def turned_out(self, case: Case) -> Case:
        """A case with the levers moved, as it turns out to be: here as it was believed."""
        return case

    def event_rows(self, case: Case) -> pd.DataFrame:
        """The table of events with those of the scenario.

        Raises
        ------
        CaseError
            If anything of the scenario does not fit the case; all problems at once.
        """
        problems = self._lever_problems(case) + self._since_problems(case)
        unreadable = _unreadable(self.events)
        if unreadable:
            raise CaseError(problems + unreadable)
        events = case["events"]
        named = [e for e in self.events if isinstance(e, str)]
        own = [{**e, "scheduled": True} for e in self.events if not isinstance(e, str)]  # to be in a scenario is to be named by it
        known = events["event"].tolist()
        problems += strangers("scenario", "events", named, known, "is no event of the case", "Events of the case")
        named = _with_causes(named, events.set_index("event")["after"])
        rows = events.assign(scheduled=events["scheduled"] | events["event"].isin(named))
        if own:
            names = [e.get("event") for e in own]
            rows = pd.concat([rows[~rows["event"].isin(names)], pd.DataFrame(own)], ignore_index=True)
            problems += [p for p in check_case(case.replace(events=rows)) if p.table == "events"]
        refuse(problems)
        return rows

    def apart(self, case: Case) -> frozenset[str]:
        """Names of the events that the paired world leaves out: those of the scenario, and causes that come only with them.

        All else that the case has scheduled happens with and without them.
        """
        events = case["events"].set_index("event")
        named = _with_causes([e for e in self.events if isinstance(e, str)], events["after"])
        kept = {n for n in named if n not in self.events and events["scheduled"].get(n, False)}
        return frozenset(named) - kept | {e.get("event", "") for e in self.events if not isinstance(e, str)}

    def _lever_problems(self, case: Case) -> list[Problem]:
        known = {lever.name: lever for lever in levers_of(case, self.levers)} if self.levers else {}
        problems = strangers("scenario", "levers", self.levers, known, "is no lever of the case", "Levers of the case")
        for name, value in self.levers.items():
            if name in known and value is not None and not known[name].allows(value):
                says = f"is out of the range of {known[name].label}"
                problems.append(Problem("scenario", None, name, str(value), says, known[name].allowed))
        return problems

    def _since_problems(self, case: Case) -> list[Problem]:
        periods, since = int(case.settings["periods"]), self.since
        if isinstance(since, int) and not isinstance(since, bool) and 0 <= since < periods:
            return []
        says = "is no period of the run"
        return [Problem("scenario", None, "since", str(since), says, f"a whole number from 0 to {periods - 1}")]

    def to_dict(self) -> dict[str, Any]:
        """The scenario as plain data."""
        events = [e if isinstance(e, str) else dict(e) for e in self.events]
        since = {"since": self.since} if self.since else {}
        return {"name": self.name, "events": events, "levers": dict(self.levers), **since}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scenario:
        """A scenario from plain data, as :meth:`to_dict` gives it."""
        levers = dict(data.get("levers", {}))
        return cls(str(data["name"]), as_events(data.get("events", ()), str(data["name"])), levers, data.get("since", 0))

    def save(self, path: str | Path) -> None:
        """Write the scenario to a JSON file, whole or not at all."""
        text = json.dumps(self.to_dict(), indent=1)  # before the file is touched: what is no plain data is said here
        with replaced_file(Path(path)) as new:
            new.write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Scenario:
        """Read a scenario from a JSON file.

        Raises
        ------
        CaseError
            If the file is no scenario.
        """
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
            return cls.from_dict(data)
        except (OSError, ValueError, KeyError, TypeError) as error:
            says = f"is no scenario file ({error})"
            hint = 'write {"name": …, "events": […], "levers": {…}}'
            raise CaseError([Problem("scenario", None, "", str(path), says, hint)]) from error


MOST_MOVED = 4
"""Cases with moved levers that a case keeps: what is varied beside the levers begins with one of them each time."""


def _moved(case: Case) -> OrderedDict[str, Case]:
    """Where the cases with moved levers are kept, by what was moved."""
    return OrderedDict()


def as_events(events: Any, name: str = "") -> tuple[str | Mapping[str, Any], ...]:
    """Events as a tuple.

    Raises
    ------
    CaseError
        If they are one text or one row instead of several (its letters or cells are no events), or anything else.
    """
    if isinstance(events, str | Mapping):
        row = "" if isinstance(events, str) else " row"
        hint = f"Write ({shown(events)!r},), with a comma." if not row else "Put it into brackets, with a comma: (event,)."
        says = f"is one event{row}, where a tuple or a list of events is needed"
        raise CaseError([Problem("scenario", None, (name and f"{name}, events") or "events", shown(events if not row else events.get("event", "")), says, hint)])
    found = tuple(events) if isinstance(events, Iterable) else (events,)
    wrong = [e for e in found if not isinstance(e, str | Mapping)]
    if wrong:
        says, hint = "is no event", "Give the name of one of the case, or a row with its columns."
        raise CaseError([Problem("scenario", None, (name and f"{name}, events") or "events", shown(e) or type(e).__name__, says, hint) for e in wrong])
    return found


def _with_causes(named: Sequence[str], after: Mapping[str, str]) -> list[str]:
    """Events by name, each with the one that it comes after."""
    found = list(named)
    for name in found:
        if after.get(name) and after[name] not in found:
            found.append(after[name])
    return found


def _unreadable(events: Sequence[Any]) -> list[Problem]:
    """Events that are neither a name nor a row, and cells of rows that should hold a number and cannot."""
    numeric = {name for name, column in table_columns(TABLES["events"]).items() if column.numeric}
    problems = []
    for event in events:
        if isinstance(event, str):
            continue
        if not isinstance(event, Mapping):
            says = "is no event: give the name of an event of the case, or a row as event_of makes it"
            problems.append(Problem("scenario", None, "events", shown(event), says))
            continue
        for name in [n for n in event if n in numeric]:
            try:
                pd.to_numeric(pd.Series([event[name]]))
            except (TypeError, ValueError):
                says, hint = "is no number", f"It is the {name} of the event {quote(str(event.get('event', '')))}."
                problems.append(Problem("events", None, name, str(event[name]), says, hint))
    return problems


def event_of(kind: str, *, start: int, duration: float, severity: float = 1.0, **target: Any) -> dict[str, Any]:
    """A row for the table of events, named after what happens.

    Parameters
    ----------
    kind
        One of the kinds of events.
    start, duration
        First period and length [periods].
    severity
        See the column ``severity`` of the table of events.
    **target
        ``site``, ``product``, ``origin`` and ``destination``, ``line`` and ``station``, or ``market``; and any other
        column of the table (``recovery``, ``recovery_time``, ``event`` …).
    """
    machines = f"{target['station']} of {target.get('line')}" if target.get("station") else ""
    where = machines or target.get("site") or target.get("market") or f"{target.get('origin')} to {target.get('destination')}"
    row = {"event": f"{kind.replace('_', ' ')} {where}", "kind": kind, "start": start, "duration": duration}
    return {**row, "severity": severity, "scheduled": True, **target}


def named(scenarios: Sequence[Scenario]) -> dict[str, Scenario]:
    """Scenarios by name.

    Raises
    ------
    ValueError
        If two have the same name.
    TypeError
        If one is no scenario.
    """
    for one in scenarios:
        if not isinstance(one, Scenario):
            raise TypeError(f"{shown(one)!r} is no scenario: write Scenario(name, events, levers), such as Scenario('fire', ('fire',))")
    found = {s.name: s for s in scenarios}
    if len(found) < len(scenarios):
        raise ValueError("two scenarios have the same name: give each its own")
    return found

