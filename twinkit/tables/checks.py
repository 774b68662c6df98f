"""Check a case: every rule that its tables must keep, in the order of the list below.

A check is one small function from a :class:`~twinkit.tables.look.Look` to problems.
Those that come first mark the cells they complain of, and those that follow build on
the rest, so one mistake gives one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from twinkit import rooms
from twinkit.columns import Column
from twinkit.tables import (
    checks_dates,
    checks_events,
    checks_network,
    checks_notes,
    checks_policies,
    checks_rows,
    checks_supply,
)
from twinkit.tables.case import SOUND, Case
from twinkit.tables.look import Look, allowed, in_order
from twinkit.tables.problems import Problem, refuse
from twinkit.tables.words import Parameters

Check = Callable[[Look], Iterable[Problem]]

CHECKS: tuple[Check, ...] = (
    *checks_dates.FIRST,
    *checks_rows.VALUE_CHECKS,
    *checks_rows.NAME_CHECKS,
    *checks_policies.PARAMETER_CHECKS,
    *checks_supply.DEMAND_CHECKS,
    *checks_supply.SUPPLY_CHECKS,
    *checks_network.LOOP_CHECKS,
    *checks_supply.SOURCE_CHECKS,
    *checks_policies.LOT_CHECKS,
    *checks_policies.MEASURE_CHECKS,
    *checks_events.CHECKS,
    *checks_rows.SIZE_CHECKS,
    *checks_dates.CHECKS,
)
"""Every check, in the order in which they are made."""


def check_case(
    case: Case,
    *,
    extra_columns: Collection[str] | Mapping[str, Column] = (),
    policies: Mapping[str, Parameters] | None = None,
    kpis: Collection[str] | None = None,
) -> list[Problem]:
    """Everything that is wrong with a case; an empty list if nothing is.

    Parameters
    ----------
    case
        The case; it may have been made in Python.
    extra_columns, policies, kpis
        See :func:`twinkit.tables.read_case`.
    """
    look = Look(case, allowed(extra_columns, policies, kpis))
    return in_order(find_problems(look), look)


def notes_of(case: Case, **known: Any) -> list[Problem]:
    """What is legal in a case and perhaps not meant, and what a person should know of how it was read.

    Parameters
    ----------
    case
        The case.
    **known
        As for :func:`check_case`.

    Returns
    -------
    list of Problem
        Sentences with their places; they keep nothing from being run.
    """
    if case.notes is None:
        look = Look(case, allowed(**known))
        sound = SOUND in case.marks or not find_problems(look)
        case.notes = in_order(find_notes(look), look) if sound else []
    return list(case.notes)


def require_sound(case: Case, **known: Any) -> None:
    """Refuse a case that has problems; a case that was read or checked before is not checked again.

    Parameters
    ----------
    case
        The case.
    **known
        As for :func:`check_case`.

    Raises
    ------
    CaseError
        With every problem of the case.
    """
    if SOUND in case.marks:
        return
    problems = check_case(case, **known)
    refuse(problems)
    case.marks.add(SOUND)


def find_problems(look: Look, unread: bool = False) -> list[Problem]:
    """Make every check on a case, leaving out the cells that have been complained of.

    Parameters
    ----------
    look
        The case.
    unread
        Whether there were cells that could not be read: what needs a sound case is not looked at.
    """
    problems, added = list(_found(look, CHECKS)), [check for table in rooms.TABLES.values() for check in table.checks]
    for later in (False, True):
        if not later or not (problems or unread):
            problems += _found(look, [check for check in added if getattr(check, "of_sound", False) == later])
    return problems


def find_notes(look: Look) -> list[Problem]:
    """Everything about a case that is legal and perhaps not meant, once its problems have been found."""
    added = (check for table in rooms.TABLES.values() for check in table.notes)
    return list(_found(look, (*checks_notes.CHECKS, checks_rows.memory_told, *added)))


def _found(look: Look, checks: Iterable[Check]) -> Iterator[Problem]:
    for check in checks:
        tables = getattr(check, "about", ())
        if not tables or any(len(look.case[table]) for table in tables):
            yield from check(look)
