"""The resilience scorecard: what an event does to a chain, every number beside the same world without it.

One study gives service (depth, time to recover, time to survive), the ripple through sites and
tiers, money and the bullwhip.  The runs are those of an ensemble; they keep, on top of it, what
every site sends and is asked for in every world (see :mod:`twinkit.study.ripple`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from twinkit.chain.plan import Plan
from twinkit.study.asked import remembered
from twinkit.study.courses import courses, parting
from twinkit.study.detail import reduced
from twinkit.study.engines import engine_of, results
from twinkit.study.ensemble import BATCH, Task, outcome_of, plans_of
from twinkit.study.outcome import Outcome, joined
from twinkit.study.public import study
from twinkit.study.ripple import Ripples, joined_ripples, ripple_series, ripples_of
from twinkit.study.runs import Kept, Runner
from twinkit.study.scenario import Scenario
from twinkit.study.scorecard_asked import Asked, asked_for
from twinkit.study.scorecard_result import Scorecard, Scorecards
from twinkit.tables.case import Case

if TYPE_CHECKING:
    from dask.distributed import Client

HISTORIES = 48 * 2**20
"""Most that the histories of a run take; a large chain is run in fewer worlds at once [bytes]."""
KEPT = Kept(5 * HISTORIES)
"""What this process has run for scorecards: another set of events, levels or shares need no new undisturbed run."""


@study
def resilience(
    case: Case, events: Any = (), levers: Mapping[str, Any] | Scenario | None = None, *, replications: int = 256,
    seed: int | None = None, failure_level: float | None = None, recovery_level: float | None = None,
    hold: int | None = None, fall: float = 0.9, window: int | None = None, workers: int = 2,
    client: Client | None = None, engine: str = "processor", progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
    **chain: Any,
) -> Scorecard | Scorecards:  # fmt: skip
    """The resilience scorecard of a set of events, or of several sets.

    Parameters
    ----------
    case
        A case.
    events
        Names of events of the case, rows made with :func:`~twinkit.study.scenario.event_of`, both
        in a list, or a :class:`~twinkit.study.scenario.Scenario`; left out, the events that the case
        has scheduled.  Several sets: name → events as above, or a list of scenarios.
    levers
        Lever → value, or a scenario whose levers are taken; they are moved with and without the event.
    replications
        Worlds of each set; all see the same luck.
    seed
        Seed of all chance; by default that of the case.
    failure_level, recovery_level, hold
        Service, relative to no event, below which it has failed and from which on it is recovered
        [share], and the periods for which it must stay recovered [periods]; by default the case's settings.
    fall
        A site is hit where it sends less than this share of what it sends without the event [share].
    window
        Periods over which it must be so together [periods]; by default the hold of the case.
    workers, client, cancel, **chain
        As for :func:`~twinkit.study.ensemble.batches`.
    engine
        As for :func:`~twinkit.study.ensemble.batches`; what every site sends in every world is only kept on the
        processor, so "gpu" says that and runs there.
    progress
        Called as ``progress(batches done, batches in all)``.

    Returns
    -------
    Scorecard or Scorecards
        The second for several sets.

    Raises
    ------
    CaseError
        If the case has problems, or the events, levers or levels do not fit it; all at once.
    Cancelled
        If `cancel` was set.

    Examples
    --------
    >>> import twinkit
    >>> case = twinkit.example("automotive")
    >>> card = resilience(case, "Naka fab fire 2021", replications=4)
    >>> card.ripple()["site"][0]
    'Fab Naka'
    """
    levels = {"failure_level": failure_level, "recovery_level": recovery_level, "hold": hold}
    asked = asked_for(case, events, levers, replications, fall, window, levels)
    seed = int(case.settings["seed"] if seed is None else seed)
    work = partial(
        scored_batch, fall=asked.fall, window=asked.window, detail="curves" if asked.several else "full", chain=chain
    )
    if engine != "processor":
        from twinkit.study.card import stays_on_processor  # where nobody asks for a card, its module is not needed

        stays_on_processor(engine, "a scorecard keeps what every site sends in every world, which is not kept on a card")
    runs_on = engine_of(work, workers, client)
    try:
        plans = runs_on.plans(plans_of, asked.case, asked.scenarios, cancel)
        tasks = _tasks(plans, int(replications), seed)
    except BaseException:
        runs_on.close()
        raise
    found: dict[str, list[Scored]] = {name: [] for name in plans}
    if progress is not None:
        progress(0, len(tasks))
    for done, scored in enumerate(results(runs_on, tasks, cancel), start=1):
        found[scored.outcome.scenario].append(scored)
        if progress is not None:
            progress(done, len(tasks))
    return remembered(
        _cards(asked, found), "resilience", case=case, events=events, levers=levers, replications=replications, seed=seed,
        fall=fall, window=window, **levels, **chain,
    )  # fmt: skip


@dataclass
class Scored:
    """What came of a batch; the plan stands beside the outcome, so that it need not travel from a cluster."""

    plan: Plan | None
    outcome: Outcome
    ripples: Ripples


def _cards(asked: Asked, found: Mapping[str, Sequence[Scored]]) -> Scorecard | Scorecards:
    cards = {}
    for scenario in asked.scenarios:
        batches = found[scenario.name]
        outcome = joined([replace(b.outcome, plan=b.plan) for b in batches])
        ripples = joined_ripples([b.ripples for b in batches])
        cards[scenario.name] = Scorecard(scenario, outcome, ripples, asked.fall, asked.window)
    return Scorecards(cards) if asked.several else cards[asked.scenarios[0].name]


def _tasks(plans: Mapping[str, Plan], replications: int, seed: int) -> list[Task]:
    """Batches of all sets, small enough for the histories, the first of each set before the second of any."""
    size = min(worlds_at_once(plan) for plan in plans.values())
    marks = tuple(sorted({parting(plan) for plan in plans.values()}))
    return [
        Task(name, plan, seed, at, min(size, replications - at), marks)
        for at in range(0, replications, size)
        for name, plan in plans.items()
    ]


def worlds_at_once(plan: Plan) -> int:
    """Worlds that are run together, so that their histories take no more than :data:`HISTORIES`."""
    lines = sum(len(s.labels) for s in ripple_series(plan) if not s.mean)
    return max(1, min(BATCH, HISTORIES // (8 * lines * plan.periods)))


def scored_batch(
    task: Task, fall: float, window: int, detail: str = "full", chain: Mapping[str, Any] | None = None
) -> Scored:
    """Run a batch with its events and without, and measure both.

    Parameters
    ----------
    task
        What to run.
    fall, window
        See :func:`~twinkit.study.ripple.hit_days`.
    detail
        What is kept of the outcome; see :mod:`twinkit.study.detail`.
    chain
        ``actors`` and ``policies`` for the chain.
    """
    own = {name: given for name, given in (chain or {}).items() if given}
    kept = Kept() if own else KEPT  # what rules of one's own do has no fingerprint
    runner = Runner(task.seed, task.first, task.replications, own, ripple_series, kept)
    calm_course, course = courses(task.plan)
    at = parting(task.plan)
    calm = runner.run(calm_course, (*task.marks, at))
    run = runner.run(course) if at < task.plan.periods else calm
    ripples = ripples_of(task.plan, run, calm, task.first, fall, window)
    return Scored(task.plan, replace(reduced(outcome_of(task, run, calm), detail), plan=None), ripples)
