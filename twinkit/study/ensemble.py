"""Ensembles: a scenario in many worlds, batch by batch, beside the same worlds without its events.

A batch is 64 replications.  A scenario with events is run to the first of them once
and from there twice, with and without, so each world has its own undisturbed twin.
Batches give their results one by one; whoever listens may draw the first and refine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit.chain.chain import BATCH, Chain
from twinkit.chain.plan import Plan, plan_of
from twinkit.study.costs import PARTS, cost_parts
from twinkit.study.detail import reduced, require_detail
from twinkit.study.engines import Cancelled, engine_of, results
from twinkit.study.kpis import kpis_of
from twinkit.study.outcome import Outcome, joined
from twinkit.study.resilience import resilience_kpis, service_level
from twinkit.study.scenario import Scenario, named
from twinkit.study.series import map_series, study_series
from twinkit.tables import require_sound
from twinkit.tables.case import Case

if TYPE_CHECKING:
    from dask.distributed import Client

__all__ = ["MAP_WORLDS", "Cancelled", "Task", "batches", "ensemble", "plans_of", "run_batch", "tasks_of"]

MAP_WORLDS = BATCH
"""Worlds of which the map shows the mean: those of the first batch."""


@dataclass(frozen=True)
class Task:
    """One batch of one scenario."""

    scenario: str
    plan: Plan
    seed: int
    first: int
    replications: int


def _histories(chain: Chain, maps: bool) -> dict[str, np.ndarray]:
    names = ["demand", "served", "backlog", "stock by tier"]
    found = {name: chain.history(name).copy() for name in names}
    if maps:
        for s in map_series(chain.plan):
            found[s.name] = chain.history(s.name)[:, :, 0].copy()
    return found


def run_batch(task: Task, actors: Mapping[str, type] | None = None, policies: Mapping | None = None) -> Outcome:
    """Run one batch, with its events and without.

    Parameters
    ----------
    task
        What to run.
    actors, policies
        As for :class:`~twinkit.chain.chain.Chain`.
    """
    plan, maps = task.plan, task.first < MAP_WORLDS
    record = study_series(plan) + (map_series(plan) if maps else [])
    chain = Chain(
        plan, task.replications, seed=task.seed, first=task.first, record=record, actors=actors, policies=policies
    )
    events = len(plan.effects.names) > 0
    branch = int(min(plan.effects.start.min(), plan.periods)) if events else plan.periods
    chain.run(branch)
    before = chain.snapshot() if events else None
    chain.run()
    costs = cost_parts(plan, chain.world)
    kpis, run = kpis_of(plan, chain.world), _histories(chain, maps)
    calm, calm_kpis, calm_costs = run, kpis, costs
    if before is not None:
        chain.restore(before).mute_events().run()
        calm, calm_kpis, calm_costs = _histories(chain, maps), kpis_of(plan, chain.world), cost_parts(plan, chain.world)
    return _outcome(task, run, calm, kpis, calm_kpis, costs, calm_costs)


def _outcome(task: Task, run, calm, kpis, calm_kpis, costs, calm_costs) -> Outcome:
    q = service_level(run["served"].sum(axis=0), run["demand"].sum(axis=0))
    q0 = service_level(calm["served"].sum(axis=0), calm["demand"].sum(axis=0))
    resilience, recovery = resilience_kpis(q, q0, task.plan.case.settings)
    return Outcome(
        scenario=task.scenario, plan=task.plan, seed=task.seed, first=task.first,
        kpis={**kpis, **resilience}, calm_kpis=calm_kpis, costs={p: costs[p] for p in PARTS}, calm_costs=calm_costs,
        failed=recovery.failed, censored=recovery.censored, service=q, calm_service=q0,
        backlog=run["backlog"][0], calm_backlog=calm["backlog"][0],
        stock_by_tier=run["stock by tier"], calm_stock_by_tier=calm["stock by tier"],
        markets={k: run[k] for k in ("demand", "served")}, calm_markets={k: calm[k] for k in ("demand", "served")},
        maps={k: (run[k], calm[k]) for k in run if k.startswith(("site", "lane"))},
    )  # fmt: skip


def tasks_of(plans: Mapping[str, Plan], replications: int, seed: int, first: int = 0) -> list[Task]:
    """Batches of all scenarios, the first batch of each before the second of any."""
    return [
        Task(name, plan, seed, first + at, min(BATCH, replications - at))
        for at in range(0, replications, BATCH)
        for name, plan in plans.items()
    ]


def plans_of(case: Case, scenarios: Sequence[Scenario]) -> dict[str, Plan]:
    """A plan for every scenario, by name.

    Raises
    ------
    CaseError
        If the case has problems, or a scenario does not fit it.
    """
    require_sound(case)
    return {name: plan_of(s.apply(case)) for name, s in named(scenarios).items()}


def batches(
    case: Case,
    scenarios: Sequence[Scenario],
    replications: int | None = None,
    *,
    seed: int | None = None,
    workers: int = 2,
    client: Client | None = None,
    detail: str = "full",
    cancel: Event | None = None,
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
    detail
        What is kept of a batch where it has run: "full", "curves" (no histories of
        single markets) or "kpis" (no histories); see :mod:`twinkit.study.detail`.
    cancel
        Set it to stop: batches that run in threads here are waited for, the tasks on a
        cluster are cancelled.
    **chain
        ``actors`` and ``policies`` for the chain.

    Raises
    ------
    Cancelled
        If `cancel` was set.
    ClusterError
        If the cluster fails; in a sentence.
    """
    require_detail(detail)
    replications = int(replications or case.settings["replications"])
    seed = int(case.settings["seed"] if seed is None else seed)
    engine = engine_of(partial(_reduced_batch, detail=detail, chain=chain), workers, client)
    try:
        plans = engine.plans(plans_of, case, scenarios, cancel)
    except BaseException:
        engine.close()
        raise
    yield from results(engine, tasks_of(plans, replications, seed), cancel)


def _reduced_batch(task: Task, detail: str, chain: Mapping[str, Any]) -> Outcome:
    return reduced(run_batch(task, **chain), detail)


def ensemble(
    case: Case,
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
        As for :func:`batches`; one scenario may stand alone.
    progress
        Called as ``progress(batches done, batches in all)``; see
        :mod:`twinkit.study.progress`.
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
    found: dict[str, list[Outcome]] = {s.name: [] for s in chosen}
    if progress is not None:
        progress(0, total)
    for done, outcome in enumerate(batches(case, chosen, replications, **more), start=1):
        found[outcome.scenario].append(outcome)
        if progress is not None:
            progress(done, total)
    return {name: joined(parts) for name, parts in found.items()}
