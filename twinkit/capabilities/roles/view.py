"""One run through the eyes of several disciplines: the same figures, each with the statement that its trade reads.

A figure is worked out once, for all roles together; a role is a row of a table (:mod:`twinkit.capabilities.roles.tables`):
a choice of figures, and one statement whose lines add up.  What a role does not see is not in its view at all, so it is in
none of its files; the view of a role that sees no money does not carry the tables along either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import pandas as pd

from twinkit.capabilities.roles.statements import LINES, MAKERS
from twinkit.capabilities.roles.tables import Role, roles_of
from twinkit.run.outcome import FORMULAS
from twinkit.run.public import Result, study
from twinkit.run.scenario import Scenario
from twinkit.study.asked import remembered
from twinkit.study.site_figures import network_figures
from twinkit.tables import CaseError
from twinkit.tables.case import CaseLike, case_fingerprint
from twinkit.tables.problems import Problem, did_you_mean


@dataclass(frozen=True, eq=False, repr=False)
class RoleView(Result):
    """What one role sees of a run.

    Attributes
    ----------
    name, role
        Whose view it is, and what that is.
    title
        Title of the case.
    run
        What was run: case, scenario, fingerprint of the tables, worlds, seed; the same on the pages of all roles.
    figures
        kpi, unit, mean with its 95 % interval low to high, quantiles, worlds, definition.
    statement
        Lines that add up: line, unit, value with its 95 % interval, sign ("=" for a sum of those above it).
    """

    name: str
    role: Role
    title: str
    run: dict[str, str]
    figures: pd.DataFrame
    statement: pd.DataFrame

    def headline(self) -> str:
        """Whose view it is."""
        return f"What {self.name} sees of {self.run['Scenario']}: .figures and .statement"

    def glance(self) -> pd.DataFrame:
        """The figures."""
        return self.figures


@study
def role_view(
    case: CaseLike, role: str = "manager", scenario: Scenario | None = None, *, seed: int | None = None,
    progress: Callable[[int, int], None] | None = None, cancel: Event | None = None, workers: int = 2,
) -> RoleView:  # fmt: skip
    """What a role sees of a scenario; the views of all roles are of one run, and a figure is the same in all of them.

    Parameters
    ----------
    case, scenario
        What is run, in 64 worlds; by default the case as it is.
    role
        A role of the case: one of :data:`~twinkit.capabilities.roles.tables.ROLES`, or of its table of roles.
    seed, progress, cancel, workers
        As for :func:`~twinkit.run.ensemble.ensemble`.

    Raises
    ------
    CaseError
        If there is no such role, or the case has problems.

    Examples
    --------
    >>> import twinkit
    >>> twinkit.role_view(twinkit.example("camera"), "data engineer").statement["sign"].iloc[-1]
    '='
    """
    known = roles_of(case)
    if role not in known:
        hint = did_you_mean(role, list(known), f"It is one of {', '.join(known)}; the table of roles adds others.")
        raise CaseError([Problem("", None, "role", role, "is no role", hint)])
    chosen, scenario = known[role], scenario or Scenario("as it is")
    found = network_figures(case, scenario, seed=seed, progress=progress, cancel=cancel, workers=workers)
    outcome, rows = found.outcome, found.outcome.table()
    rows = rows[[chosen.sees(kpi) for kpi in rows["kpi"]]]
    figures = rows.assign(definition=[FORMULAS[k][1] for k in rows["kpi"]]).reset_index(drop=True)
    statement = MAKERS[chosen.statement](found) if chosen.statement else pd.DataFrame([], columns=LINES)
    run = {
        "Case": case.name, "Scenario": scenario.name, "Fingerprint of the case": case_fingerprint(case), "Worlds": f"{outcome.replications}",
        "Seed": f"{outcome.seed}",
    }  # fmt: skip
    view = RoleView(role, chosen, str(case.settings.get("title") or case.name), run, figures, statement)
    return view if chosen.hides else remembered(view, "role_view", case=case, role=role, scenario=scenario, seed=outcome.seed)
