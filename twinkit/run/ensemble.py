"""Ensembles: a scenario in many worlds, batch by batch, beside the same worlds without its events.

A batch is 64 replications.  A scenario with events is run to the first of them once
and from there twice, with and without, so each world has its own undisturbed twin.  What
scenarios have in common is run once for all of them (:mod:`twinkit.run.runs`).
Batches give their results one by one; whoever listens may draw the first and refine.
How much of an outcome is kept ("full", "curves" without histories of single markets, "kpis"
without any) is decided where a batch has run, before it travels; the numbers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from twinkit.chain.chain import BATCH
from twinkit.chain.plan import Plan
from twinkit.chain.records import Series
from twinkit.lazy import noted
from twinkit.run.engines import Cancelled, Engine, engine_of, results
from twinkit.run.kpis import (
    by_market,
    cost_parts,
    earnings,
    kpis_of,
    map_series,
    on_time_in_full,
    priced,
    stock_gained,
    study_series,
)
from twinkit.run.outcome import Outcome, joined
from twinkit.run.plans import asking, outage_plans, plan_with, plans_of
from twinkit.run.public import study
from twinkit.run.resilience import resilience_kpis, service_level
from twinkit.run.runs import KEPT, Kept, Run, Runner, courses, parting
from twinkit.run.scenario import Scenario, named
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.checks_rows import worlds_at_a_time
from twinkit.tables.problems import did_you_mean, listed

if TYPE_CHECKING:
    from dask.distributed import Client


# How much of an outcome is kept: dropped where a batch has run, before it travels.
#
# - "full": everything;
# - "curves": no histories of single markets;
# - "kpis": no histories at all: KPIs, costs, failed and censored by world.
#
# The numbers that are kept are the same.


MARKETS = ("markets", "calm_markets")
CURVES = ("service", "calm_service", "backlog", "calm_backlog", "stock_by_tier", "calm_stock_by_tier", "maps")
DROPPED = {"full": (), "curves": MARKETS, "kpis": (*MARKETS, *CURVES)}
"""Detail → attributes of an outcome that are dropped."""


class NotKept(AttributeError):
    """A history was asked for that was not kept."""


@dataclass(frozen=True, eq=False)
class Dropped(NDArrayOperatorsMixin):
    """Stands where a history was dropped, and answers whatever is asked of it with a sentence.

    Attributes
    ----------
    name
        Attribute of the outcome.
    detail
        What was kept instead.
    """

    name: str
    detail: str

    def _say(self, *_: Any, **__: Any) -> NoReturn:
        enough = "curves" if self.name in CURVES else "full"
        raise NotKept(
            f"the histories {self.name!r} were not kept: this study ran with detail={self.detail!r}; "
            f"run it with detail={enough!r} to have them"
        )

    def __getattr__(self, asked: str) -> NoReturn:
        if asked.startswith("__"):  # copying and pickling look for methods that need not be there
            raise AttributeError(asked)
        self._say()

    __getitem__ = __len__ = __iter__ = __contains__ = __array__ = __array_ufunc__ = __array_function__ = _say


def require_detail(detail: str) -> None:
    """Refuse a detail that is none.

    Raises
    ------
    ValueError
        With the words that are allowed.
    """
    if detail not in DROPPED:
        hint = did_you_mean(str(detail), list(DROPPED))
        raise ValueError(f"{detail!r} is no detail of an outcome: choose {listed(list(DROPPED))}. {hint}".strip())


def reduced(outcome: Outcome, detail: str) -> Outcome:
    """An outcome without the histories that a detail drops.

    Parameters
    ----------
    outcome
        Of one batch or of many.
    detail
        "full", "curves" or "kpis".
    """
    return replace(outcome, **{name: Dropped(name, detail) for name in DROPPED[detail]})


__all__ = [
    "MAP_WORLDS", "Cancelled", "Task", "asking", "batches", "ensemble", "outage_plans", "plan_with", "plans_of", "run_batch", "tasks_of",
]  # fmt: skip

MAP_WORLDS = BATCH
"""Worlds of which the map shows the mean: those of the first batch."""


@dataclass(frozen=True)
class Task:
    """One batch of one scenario.

    Attributes
    ----------
    scenario, plan, seed, first, replications
        What is run, and the worlds that it is run in.
    marks
        Periods in which other scenarios of the study part from the same undisturbed run [period].
    runs
        The worlds with the events and without, if they have been run already (on a graphics card).
    """

    scenario: str
    plan: Plan
    seed: int
    first: int
    replications: int
    marks: tuple[int, ...] = ()
    runs: tuple[Run, Run] | None = None


def run_batch(
    task: Task, actors: Mapping[str, type] | None = None, policies: Mapping | None = None, *, maps: bool = True
) -> Outcome:
    """Run one batch, with its events and without, as far as it was not run before.

    Parameters
    ----------
    task
        What to run.
    actors, policies
        As for :class:`~twinkit.chain.chain.Chain`.
    maps
        Whether what the map shows is kept, of the first worlds.
    """
    if task.runs is not None:
        return outcome_of(task, *task.runs)
    maps = maps and task.first < MAP_WORLDS
    own = {"actors": actors, "policies": policies}
    kept = Kept() if actors or policies else KEPT  # what rules of one's own do has no fingerprint
    runner = Runner(task.seed, task.first, task.replications, own, _maps_too if maps else curves, kept)
    calm_course, course = courses(task.plan)
    at = parting(task.plan)
    calm = runner.run(calm_course, (*task.marks, at))
    return outcome_of(task, runner.run(course) if at < task.plan.periods else calm, calm)


@noted
def curves(plan: Plan) -> list[Series]:
    """Histories that every batch keeps."""
    return study_series(plan)


@noted
def _maps_too(plan: Plan) -> list[Series]:
    return curves(plan) + map_series(plan)


def outcome_of(task: Task, run: Run, calm: Run) -> Outcome:
    """The outcome of a batch from its runs with the events and without."""
    plan, now, then = task.plan, run.histories, calm.histories
    q, q0 = (service_level(h["served"].sum(axis=0), h["demand"].sum(axis=0)) for h in (now, then))
    resilience, recovery = resilience_kpis(q, q0, plan.case.settings)
    costs, calm_costs = cost_parts(plan, run.totals), cost_parts(plan, calm.totals)
    gained, calm_gained = (stock_gained(plan, r.totals, r.histories["stock by tier"]) for r in (run, calm))
    return Outcome(
        scenario=task.scenario, plan=plan, seed=task.seed, first=task.first,
        kpis={**_kpis(plan, run, costs, gained), **resilience}, calm_kpis=_kpis(plan, calm, calm_costs, calm_gained),
        costs=costs, calm_costs=calm_costs, gained=gained, calm_gained=calm_gained,
        failed=recovery.failed, censored=recovery.censored, service=q, calm_service=q0,
        backlog=now["backlog"][0], calm_backlog=then["backlog"][0],
        stock_by_tier=now["stock by tier"], calm_stock_by_tier=then["stock by tier"],
        markets={k: now[k] for k in ("demand", "served")}, calm_markets={k: then[k] for k in ("demand", "served")},
        maps={k: (now[k], then[k]) for k in now if k.startswith(("site", "lane"))},
        by_market=by_market(plan, run.totals), calm_by_market=by_market(plan, calm.totals),
    )  # fmt: skip


def _kpis(plan: Plan, run: Run, parts: Mapping[str, np.ndarray], gained: np.ndarray) -> dict[str, np.ndarray]:
    """KPIs of a run; what is earned only where every market has a price."""
    lines = {"OTIF": on_time_in_full(plan, run.histories["demand"], run.histories["served"])}
    found = kpis_of(plan, run.totals, parts) | lines
    return found | ({"earnings": earnings(plan, run.totals, parts, gained)} if priced(plan.case) else {})


def tasks_of(plans: Mapping[str, Plan], replications: int, seed: int, first: int = 0, size: int = 0) -> list[Task]:
    """Batches of all scenarios, the first batch of each before the second of any; of `size` worlds, if it is said."""
    marks = tuple(sorted({parting(plan) for plan in plans.values()}))
    size = size or min((worlds_at_a_time(plan.case, BATCH) for plan in plans.values()), default=BATCH)
    return [
        Task(name, plan, seed, first + at, min(size, replications - at), marks)
        for at in range(0, replications, size)
        for name, plan in plans.items()
    ]


def planned_tasks(
    engine: Engine, plans: Callable[..., dict[str, Plan]], case: Case, scenarios: Sequence[Scenario], replications: int, seed: int, cancel: Event | None
) -> Iterator[Task]:  # fmt: skip
    """Batches of scenarios whose plans are made by the engine when the first of them is asked for."""
    yield from tasks_of(engine.plans(plans, case, scenarios, cancel), replications, seed)


@study
def batches(
    case: CaseLike,
    scenarios: Sequence[Scenario],
    replications: int | None = None,
    *,
    seed: int | None = None,
    workers: int = 2,
    client: Client | None = None,
    engine: str = "processor",
    detail: str = "full",
    cancel: Event | None = None,
    plans: Callable[..., dict[str, Plan]] | None = None,
    **chain: Any,
) -> Iterator[Outcome]:
    """Outcomes batch by batch, as they are ready.

    Parameters
    ----------
    case
        A checked case.
    scenarios
        What to run; all see the same luck.
    replications
        Worlds of each scenario; by default those of the case.
    seed
        Seed of all chance; by default that of the case.
    workers
        Threads; the compiled day lets them run side by side.
    client
        A ``dask.distributed.Client``: the batches run on its cluster and `workers` does
        not matter; the numbers are the same (see docs/clusters.md).
    engine
        "processor"; "gpu", the graphics card of this computer; or "auto", the card if there is one and the
        study is large enough to gain by it.  The numbers are the same but for rounding; a batch of a card
        has thousands of worlds (see docs/graphics_card.md).
    detail
        What is kept of a batch where it has run: "full", "curves" (no histories of
        single markets) or "kpis" (no histories); see :mod:`twinkit.run.ensemble`.
    cancel
        Set it to stop: batches that run in threads here are waited for, the tasks on a
        cluster are cancelled.
    plans
        Makes the plans of the scenarios, by default :func:`plans_of`; :func:`outage_plans` is quicker.
    **chain
        ``actors`` and ``policies`` for the chain.

    Raises
    ------
    Cancelled
        If `cancel` was set.
    ClusterError, CardError
        If the cluster or the card fails, or there is no card; in a sentence.
    """
    require_detail(detail)
    replications = int(replications or case.settings["replications"])
    seed = int(case.settings["seed"] if seed is None else seed)
    work = partial(_reduced_batch, detail=detail, chain=chain)
    runs_on = engine_of(work, workers, client, engine=engine, worlds=replications, chain=chain, record=curves)
    made = partial(plans or plans_of, actors=chain.get("actors"))
    yield from results(runs_on, planned_tasks(runs_on, made, case, scenarios, replications, seed, cancel), cancel)


def _reduced_batch(task: Task, detail: str, chain: Mapping[str, Any]) -> Outcome:
    return reduced(run_batch(task, maps=detail != "kpis", **chain), detail)


@partial(study, more=batches)
def ensemble(
    case: CaseLike,
    scenarios: Scenario | Sequence[Scenario],
    replications: int | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
    **more: Any,
) -> dict[str, Outcome]:
    """Run scenarios in many worlds.

    Parameters
    ----------
    case, scenarios, replications
        As for :func:`batches`; the name or folder of a case will do, and one scenario may stand alone.
    progress
        Called as ``progress(batches done, batches in all)``; see
        :mod:`twinkit.run.progress`.
    **more
        As for :func:`batches`.

    Returns
    -------
    dict
        Name of a scenario → its outcome over all worlds.

    Examples
    --------
    >>> import twinkit
    >>> case = twinkit.example("camera")
    >>> result = twinkit.ensemble(case, twinkit.Scenario("as is"), replications=8)
    >>> result["as is"].replications
    8
    """
    chosen = [scenarios] if isinstance(scenarios, Scenario) else list(scenarios)
    replications = int(replications or case.settings["replications"])
    total = len(chosen) * -(-replications // BATCH)
    found: dict[str, list[Outcome]] = {name: [] for name in named(chosen)}
    if progress is not None:
        progress(0, total)
    done = 0
    for outcome in batches(case, chosen, replications, **more):
        found[outcome.scenario].append(outcome)
        done += -(-outcome.replications // BATCH)
        if progress is not None:
            progress(done, total)
    return {name: joined(parts) for name, parts in found.items()}
