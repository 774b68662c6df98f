"""Replay: what really happened, on a chain of one's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twinkit.events.places import Ground, Placement, Row, at_one_site, in_area, lanes_at, on_lanes, through_port
from twinkit.events.recorded import WHERE, Course, RecordedEvent, chosen_events, course_of, starts_of
from twinkit.run.public import Result, study
from twinkit.run.scenario import Scenario
from twinkit.tables import check_case
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import Problem, did_you_mean, listed, refuse, shown

MOST = 6
"""Names that a sentence lists."""


@dataclass(frozen=True)
class Replayed:
    """One recorded event on a chain.

    Attributes
    ----------
    recorded
        The event of the library.
    placement
        What it hits here, and why.
    start
        First period.
    course
        Duration, severity and way back in periods.
    rows
        Rows of the table of events; none if it does not happen here.
    says
        Why it does not happen here, or what to know about it; whole sentences.
    """

    recorded: RecordedEvent
    placement: Placement
    start: int
    course: Course
    rows: tuple[Row, ...]
    says: str

    @property
    def sentence(self) -> str:
        """What it is, what it hits here and why; or why it hits nothing here."""
        lead = f"{self.recorded.event} ({self.recorded.day})"
        if not self.rows:
            return f"{lead} hits nothing here: {self.says}"
        hits = listed(list(self.placement.hits), MOST)
        return f"{lead} hits {hits}, from period {self.start} {_length(self.course)}: {self.says}"


def _length(course: Course) -> str:
    if course.duration is None:
        return "to the end of the run"
    back = f", and {course.recovery_time:.0f} for the way back" if course.recovery_time >= 0.5 else ""
    return f"for {course.duration:g} periods{back}"


@dataclass(frozen=True, repr=False)
class Replay(Result):
    """Recorded events on a chain.

    Attributes
    ----------
    case
        The case with the events added, none of them scheduled.
    name
        Name of the scenario.
    parts
        Every recorded event that was asked for, whether it hits anything here or not.
    clock
        How the first period was chosen; a sentence without its first words.
    """

    case: Case
    name: str
    parts: tuple[Replayed, ...]
    clock: str

    @property
    def events(self) -> tuple[str, ...]:
        """Names of the events that were added to the case."""
        return tuple(row["event"] for part in self.parts for row in part.rows)

    @property
    def scenario(self) -> Scenario:
        """All of them in one scenario of :attr:`case`."""
        return Scenario(self.name, self.events)

    def table(self) -> pd.DataFrame:
        """What every recorded event hits here, or why it hits nothing."""
        return pd.DataFrame([
            {
                "event": p.recorded.event,
                "date": p.recorded.date.isoformat(),
                "kind": p.recorded.kind,
                "hits": listed(list(p.placement.hits), 20) if p.rows else "",
                "start": float(p.start) if p.rows else math.nan,
                "duration": p.course.duration if p.rows and p.course.duration is not None else math.nan,
                "severity": p.course.severity if p.rows else math.nan,
                "recovery_time": p.course.recovery_time if p.rows else math.nan,
                "says": p.says,
                "recorded": p.recorded.recorded,
                "assumed": p.recorded.assumed,
                "source": p.recorded.source,
            }
            for p in self.parts
        ])  # fmt: skip

    def headline(self) -> str:
        return f"Replay on {self.case.name}: {self.name}"

    def glance(self) -> pd.DataFrame:
        return self.table()[["event", "date", "kind", "hits", "start", "duration", "severity"]]

    def sentences(self) -> list[str]:
        """What is replayed, then one sentence or two for every recorded event."""
        here = sum(bool(p.rows) for p in self.parts)
        what = f"{len(self.parts)} recorded events" if len(self.parts) != 1 else "One recorded event"
        return [f"{what}, {here} of which hit something here; {self.clock}.", *(p.sentence for p in self.parts)]


@study
def replay(
    case: CaseLike, what: Any, *, start: int | None = None,
    at: Mapping[str, str | Sequence[str]] | None = None, stand_ins: bool = True,
) -> Replay:  # fmt: skip
    """Put recorded events on a chain: the events of a year, or some by name.

    The gaps between the events of a year stay as they were; events of several years are laid
    over one another.  An event that hits nothing here is no error: it is told why.

    Parameters
    ----------
    case
        Any sound case; see docs/recorded_events.md for what is placed by what.
    what
        A year ("2021"), the name of an event or of an incident, or a list of these; see
        :func:`twinkit.recorded_events`.
    start
        Period in which the first of them starts; by default its own day of the year, if the
        case has a `start_date`, else the end of the warm-up.
    at
        Event or incident → the site, sites or (where demand changes) markets that it shall hit here.
    stand_ins
        Whether an event at a single site, such as a fire in a fab, is placed at the site that
        comes nearest to it; if not, only where the chain has such a site in the same place.

    Raises
    ------
    CaseError
        If the case has problems, or something is asked for that there is not; all problems at once.

    Examples
    --------
    >>> import twinkit
    >>> again = replay(twinkit.example("automotive"), "Naka fab fire 2021")
    >>> again.scenario.events, again.parts[0].placement.hits, again.parts[0].start
    (('Naka fab fire 2021, replayed',), ('Fab Naka',), 74)
    """
    problems = list(check_case(case))
    chosen, unknown = chosen_events(what)
    named, wrong = _named(case, chosen, dict(at or {}))
    problems += unknown + (wrong if chosen else []) + _wrong_start(case, start)
    refuse(problems)
    ground = Ground(case)
    starts, clock = starts_of(chosen, case.settings, start)
    placements = _placements(chosen, ground, named, stand_ins)
    parts = tuple(
        _part(event, placements[event.event], first, case) for event, first in zip(chosen, starts, strict=True)
    )
    asked = what if isinstance(what, str | int) else listed([str(w) for w in what], 3)
    return Replay(_with_events(case, parts), f"replay {asked}", parts, clock)


def _wrong_start(case: Case, start: Any) -> list[Problem]:
    whole = isinstance(start, int | np.integer) and not isinstance(start, bool)
    last = int(case.settings["periods"]) - 1
    if start is None or (whole and 0 <= start <= last):
        return []
    return [
        Problem(
            WHERE, None, "start", shown(start), "is no period of the run", f"Write a whole number from 0 to {last}."
        )
    ]


def _demand(event: RecordedEvent) -> bool:
    return event.kind.startswith("demand_")


def _named(
    case: Case, chosen: Sequence[RecordedEvent], at: Mapping[str, Any]
) -> tuple[dict[str, list[str]], list[Problem]]:
    """Event → the sites or markets that a person named, and all problems with them."""
    named: dict[str, list[str]] = {}
    problems: list[Problem] = []
    names = [n for e in chosen for n in (e.event, e.incident)]
    known = {False: case["sites"]["site"].tolist(), True: case["markets"]["market"].tolist()}
    for key, places in at.items():
        mine = [e for e in chosen if key in (e.event, e.incident)]
        if not mine:
            hint = did_you_mean(str(key), names, f"Replayed are {listed(names)}.")
            problems.append(Problem(WHERE, None, "at", str(key), "is none of the events that are replayed", hint))
        wanted = list(places) if isinstance(places, list | tuple | set) else [places]
        for event in mine:
            there = known[_demand(event)]
            what = "market" if _demand(event) else "site"
            for place in (str(p) for p in wanted if str(p) not in there):
                hint = did_you_mean(place, there, f"There are {listed(there)}.")
                problems.append(Problem(WHERE, None, "at", place, f"is no {what} of the case", hint))
            named[event.event] = [str(p) for p in wanted]
    return named, list(dict.fromkeys(problems))


def _placements(
    chosen: Sequence[RecordedEvent], ground: Ground, named: Mapping[str, list[str]], stand_ins: bool
) -> dict[str, Placement]:
    """Where every event is placed; areas last, because they leave out what has an entry of its own."""
    found: dict[str, Placement] = {}
    for event in sorted(chosen, key=lambda e: e.reach == "area"):
        apart = {h for e in chosen if e.incident == event.incident and e.event in found for h in found[e.event].hits}
        if event.event in named:
            found[event.event] = _as_named(event, ground, named[event.event])
        elif event.reach == "site":
            found[event.event] = at_one_site(event, ground, stand_ins)
        elif event.reach == "area":
            found[event.event] = in_area(event, ground, apart)
        else:
            found[event.event] = (through_port if event.reach == "port" else on_lanes)(event, ground)
    return found


def _as_named(event: RecordedEvent, ground: Ground, names: list[str]) -> Placement:
    """Where a person wants it: at sites or markets, or on the lanes with an end at the sites."""
    if event.reach in ("port", "lanes"):
        targets = lanes_at(names, event, ground)
    else:
        targets = [{"market" if _demand(event) else "site": name} for name in names]
    where = listed(names)
    return ground.placed(
        event, targets, f"you placed it at {where}", f"you placed it at {where}, where it can hit nothing"
    )


def _part(event: RecordedEvent, placement: Placement, start: int, case: Case) -> Replayed:
    """A recorded event with its rows, if it happens here."""
    periods = int(case.settings["periods"])
    course = course_of(event, float(case.settings["period_days"]))
    late = f"it would start in period {start}, and the run ends with period {periods - 1}"
    says = [late] if start >= periods else [course.says] if course.nothing else []
    rows = () if says or not placement.targets else _rows(event, placement, start, course)
    told = says if says else [placement.says, course.says if rows else ""]
    return Replayed(event, placement, start, course, rows, "; ".join(t for t in told if t) + ".")


def _rows(event: RecordedEvent, placement: Placement, start: int, course: Course) -> tuple[Row, ...]:
    common = {
        "kind": event.kind, "start": start, "duration": course.duration, "severity": course.severity,
        "recovery": event.recovery, "recovery_time": course.recovery_time, "scheduled": False,
        "date": event.date.isoformat(), "note": f"{event.recorded} Assumed: {event.assumed}", "source": event.source,
    }  # fmt: skip
    alone = len(placement.targets) == 1
    return tuple(
        {"event": f"{event.event}, replayed" + ("" if alone else f" ({_target_words(t)})"), **t, **common}
        for t in placement.targets
    )


def _target_words(target: Row) -> str:
    if "origin" in target:
        product = f", {target['product']}" if "product" in target else ""
        return f"{target['origin']} to {target['destination']}{product}"
    return ", ".join(str(value) for value in target.values())


def _with_events(case: Case, parts: Sequence[Replayed]) -> Case:
    """The case with the rows of a replay; those of an earlier one of the same events are replaced."""
    rows = [row for part in parts for row in part.rows]
    if not rows:
        return case
    names = {row["event"] for row in rows}
    kept = case["events"][~case["events"]["event"].isin(names)]
    changed = case.replace(events=pd.concat([kept, pd.DataFrame(rows)], ignore_index=True))
    problems = check_case(changed)
    refuse(problems)
    return changed
