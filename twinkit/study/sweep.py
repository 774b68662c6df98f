"""Sweeps: every combination of some values of levers, each beside the same worlds with no lever moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twinkit.run.ensemble import ensemble
from twinkit.run.outcome import Outcome
from twinkit.run.public import Result, study
from twinkit.run.scenario import Scenario, as_events
from twinkit.study.compare import compare
from twinkit.tables import CaseError, require_sound
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import Problem, shown
from twinkit.words import counted, listed

if TYPE_CHECKING:
    from dask.distributed import Client

BASE = "no lever moved"
"""Name of the scenario that all combinations are compared with."""
FIGURES = ("mean", "low", "high", "median", "censored", "difference", "difference low", "difference high", "better")
"""Columns of a sweep's table under every KPI."""


@dataclass(frozen=True, repr=False)
class Sweep(Result):
    """What came of a sweep.

    Attributes
    ----------
    combinations
        Name of a scenario → lever → value.
    outcomes
        Name of a scenario → its outcome, the base first.
    """

    combinations: dict[str, dict[str, Any]]
    outcomes: dict[str, Outcome]

    @property
    def base(self) -> Outcome:
        """The outcome with no lever moved."""
        return self.outcomes[BASE]

    def headline(self) -> str:
        """What was tried."""
        levers = list(dict.fromkeys(lever for moved in self.combinations.values() for lever in moved))
        return (f"Sweep of {counted(len(self.combinations), 'combination')} of {listed(levers)} for {self.base.plan.case.name}, "
                f"{counted(self.base.replications, 'world')} of each; .table() has every KPI beside no lever moved")  # fmt: skip

    def glance(self) -> pd.DataFrame:
        """Total cost and fill rate of the first combinations: means, and what changes against the base."""
        return self.table(["total cost", "fill rate"]).loc[:, (slice(None), ["mean", "difference"])].head(20)

    def table(self, kpis: Sequence[str] | None = None) -> pd.DataFrame:
        """One row per combination: its KPIs, and what they change against the base.

        Parameters
        ----------
        kpis
            Only these; by default all.

        Returns
        -------
        DataFrame
            Indexed by the values of the levers, with two rows of headings: the KPI, and
            "mean" with its 95 % interval "low" to "high", "median", "censored" (worlds),
            "difference" (combination − base, world by world) with its 95 % interval, "better"
            (share of the worlds; NaN where :mod:`twinkit.run.verdict` gives no verdict).
            ``table["fill rate"]`` is the part of one KPI.

        Raises
        ------
        KeyError
            If there is no such KPI.
        """
        unknown = [kpi for kpi in kpis or () if kpi not in self.base.kpis]
        if unknown:
            raise KeyError(f"there is no KPI {', '.join(unknown)}; there are {', '.join(self.base.kpis)}")
        chosen = list(kpis or self.base.kpis)
        rows = [self._row(self.outcomes[name], chosen) for name in self.combinations]
        levers = pd.DataFrame(list(self.combinations.values()))
        index = pd.MultiIndex.from_frame(levers) if levers.shape[1] > 1 else pd.Index(levers.iloc[:, 0])
        columns = pd.MultiIndex.from_product([chosen, FIGURES], names=["kpi", None])
        return pd.DataFrame(rows, index=index, columns=columns)

    def _row(self, outcome: Outcome, kpis: list[str]) -> list[float]:
        own, paired = outcome.table().set_index("kpi"), compare(self.base, outcome).set_index("kpi")
        parts = own[["mean", "low", "high", "median", "censored"]], paired[["difference", "low", "high", "better"]]
        return np.hstack([part.loc[kpis].to_numpy(float) for part in parts]).ravel().tolist()


@study
def sweep(
    case: CaseLike,
    levers: Mapping[str, Any],
    events: Sequence[str | Mapping[str, Any]] = (),
    replications: int | None = None,
    *,
    seed: int | None = None,
    workers: int = 2,
    client: Client | None = None,
    engine: str = "processor",
    detail: str = "kpis",
    progress: Callable[[int, int], None] | None = None,
    cancel: Event | None = None,
    **chain: Any,
) -> Sweep:
    """Run every combination of values of levers, on the same luck.

    Parameters
    ----------
    case
        A checked case.
    levers
        Name of a lever → values to try; see :func:`~twinkit.levers.levers.levers_of`.
    events
        What happens in all of them; as for :class:`~twinkit.run.scenario.Scenario`.
    replications, seed, workers, client, engine, progress, cancel
        As for :func:`~twinkit.run.ensemble.ensemble`.
    detail
        What is kept of each combination; by default KPIs only, so that thousands fit.
    **chain
        ``actors`` and ``policies`` for the chain.

    Raises
    ------
    CaseError
        If the case has problems; or if levers, values or events do not fit it, all at once.

    Examples
    --------
    >>> import twinkit
    >>> case = twinkit.example("camera")
    >>> found = twinkit.sweep(case, {"safety_days_tier_0": [0, 5]}, replications=8)
    >>> list(found.outcomes)
    ['no lever moved', 'safety_days_tier_0 = 0', 'safety_days_tier_0 = 5']
    """
    require_sound(case)
    events = as_events(events)
    values = {lever: _values(given) for lever, given in levers.items()}
    require_fitting(case, values, events)
    combinations = {}
    for chosen in product(*values.values()):
        moved = dict(zip(values, chosen, strict=True))
        combinations[_name(moved)] = moved
    scenarios = [Scenario(name, events, moved) for name, moved in {BASE: {}, **combinations}.items()]
    outcomes = ensemble(
        case, scenarios, replications, seed=seed, workers=workers, client=client, engine=engine, detail=detail,
        progress=progress, cancel=cancel, **chain,
    )  # fmt: skip
    return Sweep(combinations, outcomes)


def require_fitting(case: Case, values: Mapping[str, Sequence[Any]], events: Sequence[Any] = ()) -> None:
    """Refuse levers, values and events that do not fit a case; each is tried once, alone.

    Raises
    ------
    CaseError
        All problems at once.
    """
    problems = (
        [] if values else [Problem("sweep", None, "levers", "", "there are no levers", "Name one with its values.")]
    )
    problems += [
        Problem("sweep", None, lever, "", "there are no values to try", "Give a list: [0, 5, 10].")
        for lever, tried in values.items()
        if not tried
    ]
    alone = [Scenario("events", tuple(events))]
    alone += [Scenario("lever", (), {lever: value}) for lever, tried in values.items() for value in tried]
    for scenario in alone:
        try:
            scenario.apply(case)
        except CaseError as error:
            problems += error.problems
    if problems:
        raise CaseError(dict.fromkeys(problems))  # an unknown lever is said once, not for every value


def _values(given: Any) -> list[Any]:
    """Values to try, each once: a list, an array of NumPy, or one value alone."""
    values = given.tolist() if isinstance(given, np.ndarray | np.generic | pd.Series) else given
    values = [values] if isinstance(values, str) or not isinstance(values, Sequence | set | range) else list(values)
    return list(dict.fromkeys(v.item() if isinstance(v, np.generic) else v for v in values))


def _name(moved: Mapping[str, Any]) -> str:
    """A combination in words: "safety_days_tier_1 = 5, second_source = 0.4"."""
    rounded = {k: float(f"{v:.10g}") if isinstance(v, float) else v for k, v in moved.items()}
    return ", ".join(f"{lever} = {shown(value)}" for lever, value in rounded.items())
