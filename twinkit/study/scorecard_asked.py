"""What a scorecard is asked for: one set of events or several, the levers, and the levels; checked all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twinkit.columns import table_columns
from twinkit.study.courses import studied
from twinkit.study.ensemble import asking, plan_with
from twinkit.study.scenario import Scenario
from twinkit.tables import CaseError, require_sound
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, listed, shown
from twinkit.tables.schema import TABLES

WHERE = "resilience"
"""Where problems of the question itself are said to be."""


@dataclass(frozen=True)
class Asked:
    """A question that fits its case.

    Attributes
    ----------
    case
        The case, with the levels that were given in its settings.
    scenarios
        One for every set of events, by name.
    several
        Whether several sets were asked for.
    fall, window
        See :func:`~twinkit.study.ripple.hit_days`.
    """

    case: Case
    scenarios: list[Scenario]
    several: bool
    fall: float
    window: int


def asked_for(
    case: Case, events: Any, levers: Any, replications: Any, fall: Any, window: Any, levels: Mapping[str, Any]
) -> Asked:
    """The question, checked.

    Parameters
    ----------
    case, events, levers, replications, fall, window
        As for :func:`~twinkit.study.scorecard.resilience`.
    levels
        "failure_level", "recovery_level" and "hold", None where the case's own holds.

    Raises
    ------
    CaseError
        If the case has problems; or with everything that does not fit it.
    """
    require_sound(case)
    own = {name: value for name, value in levels.items() if value is not None}
    problems = _number_problems(case, replications, fall, window, own)
    sets, wrong = _sets(events)
    moved, since, more = _levers(levers, [given for given in sets.values() if isinstance(given, Scenario)])
    problems += wrong + more
    if own and not any(p.column in own for p in problems):
        case = case.replace(settings=own)
    scenarios = [asking(case, _scenario(name, given, moved, since)) for name, given in sets.items()]
    for scenario in scenarios:
        problems += _event_problems(case, scenario)
    if problems:
        raise CaseError(dict.fromkeys(problems))
    return Asked(
        case, scenarios, _is_several(events), float(fall), int(case.settings["hold"] if window is None else window)
    )


# --- the sets of events


def _is_several(events: Any) -> bool:
    if isinstance(events, Mapping):
        return not _is_row(events)
    return not isinstance(events, str | Scenario) and any(isinstance(e, Scenario) for e in _items(events))


def _is_row(events: Mapping) -> bool:
    """Whether a mapping is one event, a row of the table, and not a set of sets."""
    plain = (str, Sequence, Mapping, Scenario)
    known = set(table_columns(TABLES["events"]))
    return bool(events) and (set(events) <= known or any(not isinstance(v, plain) for v in events.values()))


def _items(events: Any) -> list[Any]:
    return list(events) if isinstance(events, Sequence | set | tuple) else [events]


def _sets(events: Any) -> tuple[dict[str, Any], list[Problem]]:
    """Name of every set → its events or its scenario."""
    if isinstance(events, Scenario):
        return {events.name: events}, []
    if _is_several(events):
        pairs = events.items() if isinstance(events, Mapping) else [(getattr(e, "name", shown(e)), e) for e in events]
        pairs = [(str(name), given) for name, given in pairs]
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        problems = [
            Problem(WHERE, None, "events", n, "is the name of two scenarios", "Give each its own.") for n in twice
        ]
        return dict(pairs), problems or ([] if pairs else [_nothing("")])
    chosen = [events] if isinstance(events, str | Mapping) else _items(events if events is not None else ())
    return {_name(chosen): chosen}, []


def _name(events: Sequence[Any]) -> str:
    names = [e if isinstance(e, str) else str(e.get("event", "event")) for e in events if isinstance(e, str | Mapping)]
    return listed(names, 3) or "events of the case"


def _scenario(name: str, given: Any, levers: Mapping[str, Any], since: int) -> Scenario:
    if isinstance(given, Scenario):
        return Scenario(name, tuple(given.events or ()), given.levers or levers, given.since if given.levers else since)
    chosen = [given] if isinstance(given, str | Mapping) else _items(given)
    return Scenario(name, tuple(chosen), levers, since)


def _levers(levers: Any, scenarios: Sequence[Scenario]) -> tuple[Mapping[str, Any], int, list[Problem]]:
    """The levers that all sets share, and since when they are moved."""
    problems = []
    if isinstance(levers, Scenario):
        levers, since = levers.levers, levers.since
    elif levers is None or isinstance(levers, Mapping):
        levers, since = dict(levers or {}), 0
    else:
        says = "is neither levers with their values nor a scenario"
        hint = 'Write {"second_source": 0.4}, or give a Scenario.'
        return {}, 0, [Problem(WHERE, None, "levers", shown(levers), says, hint)]
    for scenario in scenarios:
        if levers and scenario.levers and dict(levers) != dict(scenario.levers):
            says = "brings levers of its own beside those that are given"
            problems.append(Problem(WHERE, None, "levers", scenario.name, says, "Leave one of the two out."))
    return levers, since, problems


def _event_problems(case: Case, scenario: Scenario) -> list[Problem]:
    """What is wrong with the events and levers of a set."""
    try:
        changed = scenario.apply(case)
    except CaseError as error:
        return error.problems
    if not changed["events"]["scheduled"].any():
        return [_nothing(scenario.name)]
    plan = plan_with(case, scenario)
    own = plan.effects.earliest[studied(plan)]
    if not len(own):
        return [_nothing(scenario.name)]
    if own.min() >= case.settings["periods"]:
        says = f"begins after the end of the run, in period {own.min():g} of {case.settings['periods']}"
        return [
            Problem(WHERE, None, "events", scenario.name, says, "Let it start earlier, or raise periods in settings.")
        ]
    return []


def _nothing(name: str) -> Problem:
    says = "has no event that happens" if name else "there is no event that happens"
    return Problem(WHERE, None, "events", name, says, "Name an event of the case, or give one made with event_of.")


# --- numbers


def _number_problems(case: Case, replications: Any, fall: Any, window: Any, levels: Mapping[str, Any]) -> list[Problem]:
    periods = int(case.settings["periods"])
    found = []

    def wrong(name: str, value: Any, says: str) -> None:
        found.append(Problem(WHERE, None, name, shown(value), says))

    if not _whole(replications, 1, np.inf):
        wrong("replications", replications, "must be a whole number above 0: the worlds to run")
    if not (_number(fall) and 0 < fall <= 1):
        wrong(
            "fall",
            fall,
            "must be a share above 0 and up to 1: 0.9 counts a site that sends less than 90 % of the usual",
        )
    if window is not None and not _whole(window, 1, periods):
        wrong("window", window, f"must be a whole number of periods from 1 to {periods}")
    for name in ("failure_level", "recovery_level"):
        if name in levels and not (_number(levels[name]) and 0 < levels[name] <= 1):
            wrong(name, levels[name], "must be a share above 0 and up to 1, of the service without the event")
    if "hold" in levels and not _whole(levels["hold"], 1, periods):
        wrong("hold", levels["hold"], f"must be a whole number of periods from 1 to {periods}")
    return found


def _number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _whole(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and low <= value <= high
