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
from twinkit.columns import table_columns
from twinkit.run.engines import Counter, engine_of, results
from twinkit.run.ensemble import BATCH, Task, asking, outcome_of, plan_with, plans_of, reduced, tasks_of
from twinkit.run.outcome import Outcome, joined
from twinkit.run.public import study
from twinkit.run.runs import Kept, Runner, courses, parting, studied
from twinkit.run.scenario import Scenario
from twinkit.study.asked import remembered
from twinkit.study.ripple import Ripples, joined_ripples, ripple_series, ripples_of
from twinkit.study.scorecard_result import Scorecard, Scorecards
from twinkit.tables import CaseError, require_sound
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import Problem, is_number, is_whole, listed, noting, refuse, shown
from twinkit.tables.schema import TABLES

if TYPE_CHECKING:
    from dask.distributed import Client

HISTORIES = 48 * 2**20
"""Most that the histories of a run take; a large chain is run in fewer worlds at once [bytes]."""
KEPT = Kept(5 * HISTORIES)
"""What this process has run for scorecards: another set of events, levels or shares need no new undisturbed run."""


@study
def resilience(
    case: CaseLike, events: Any = (), levers: Mapping[str, Any] | Scenario | None = None, *, replications: int = 256,
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
        Names of events of the case, rows made with :func:`~twinkit.run.scenario.event_of`, both
        in a list, or a :class:`~twinkit.run.scenario.Scenario`; left out, the events that the case
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
        As for :func:`~twinkit.run.ensemble.batches`.
    engine
        As for :func:`~twinkit.run.ensemble.batches`; what every site sends in every world is only kept on the
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
        from twinkit.run.card import stays_on_processor  # where nobody asks for a card, its module is not needed

        stays_on_processor(engine, "a scorecard keeps what every site sends in every world, which is not kept on a card")
    runs_on = engine_of(work, workers, client)
    try:
        plans = runs_on.plans(plans_of, asked.case, asked.scenarios, cancel)
        tasks = tasks_of(plans, replications, seed, size=min(map(worlds_at_once, plans.values())))
    except BaseException:
        runs_on.close()
        raise
    found: dict[str, list[Scored]] = {name: [] for name in plans}
    told = Counter(progress, len(tasks))
    for scored in results(runs_on, tasks, cancel):
        found[scored.outcome.scenario].append(scored)
        told.add()
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
        What is kept of the outcome; see :mod:`twinkit.run.ensemble`.
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


# --- what is asked for, checked all at once

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
    problems = _number_problems(case, fall, window, own)
    sets, wrong = _sets(events)
    moved, since, more = _levers(levers, [given for given in sets.values() if isinstance(given, Scenario)])
    problems += wrong + more
    if own and not any(p.column in own for p in problems):
        case = case.replace(settings=own)
    scenarios = [asking(case, _scenario(name, given, moved, since)) for name, given in sets.items()]
    for scenario in scenarios:
        problems += _event_problems(case, scenario)
    refuse(dict.fromkeys(problems))
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
    else:
        levers, since = dict(levers or {}), 0
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


def _number_problems(case: Case, fall: Any, window: Any, levels: Mapping[str, Any]) -> list[Problem]:
    periods = int(case.settings["periods"])
    found: list[Problem] = []
    wrong = noting(found, WHERE)
    if not (is_number(fall, 0, 1) and fall):
        wrong("fall", fall, "must be a share above 0 and up to 1: 0.9 counts a site that sends less than 90 % of the usual")
    if window is not None and not is_whole(window, 1, periods):
        wrong("window", window, f"must be a whole number of periods from 1 to {periods}")
    for name in ("failure_level", "recovery_level"):
        if name in levels and not (is_number(levels[name], 0, 1) and levels[name]):
            wrong(name, levels[name], "must be a share above 0 and up to 1, of the service without the event")
    if "hold" in levels and not is_whole(levels["hold"], 1, periods):
        wrong("hold", levels["hold"], f"must be a whole number of periods from 1 to {periods}")
    return found
