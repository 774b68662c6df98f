"""What a study was asked: enough to ask it again.

A result remembers its question, so that a report can carry it along.  Whatever may differ
without changing a number (workers, a cluster, progress) is no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from twinkit.run.outcome import Outcome
from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case

Result = TypeVar("Result")
PLACE = "asked"


@dataclass(frozen=True)
class Asked:
    """A question.

    Attributes
    ----------
    function
        Public name of the function that was asked.
    arguments
        Its arguments by name.
    """

    function: str
    arguments: dict[str, Any]


def remembered(result: Result, function: str, **arguments: Any) -> Result:
    """The result, which now knows what was asked.

    Parameters
    ----------
    result
        What came of it.
    function, **arguments
        As for :class:`Asked`; arguments that are None are left out.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    vars(result)[PLACE] = Asked(function, given)
    return result


def asked_of(result: Any) -> Asked | None:
    """What was asked for a result; None if nobody knows."""
    return getattr(result, "__dict__", {}).get(PLACE)


def scenario_of(outcome: Outcome) -> tuple[Case, Scenario]:
    """The case and the scenario that an outcome came of.

    An outcome of a plan that was made by hand knows none: there the case is the one that was
    run, and the scenario changes nothing in it.
    """
    found = outcome.plan.notes.get(PLACE)
    return found if found is not None else (outcome.plan.case, Scenario(outcome.scenario))


def case_of(result: Any, otherwise: Case) -> Case:
    """The case that a result was asked of, as it was before anything was done to it; or another if it does not say."""
    return next(iter(cases_of(asked_of(result))), otherwise)


def cases_of(asked: Any) -> list[Case]:
    """The cases that a question, an outcome or several of them are about, each once."""
    found: list[Case] = []

    def look(value: Any) -> None:
        if isinstance(value, Case) and not any(value is c for c in found):
            found.append(value)
        elif isinstance(value, Asked):
            look(value.arguments)
        elif isinstance(value, Outcome):
            look(scenario_of(value)[0])
        elif isinstance(value, Mapping):
            for v in value.values():
                look(v)
        elif isinstance(value, list):
            for v in value:
                look(v)

    look(asked)
    return found
