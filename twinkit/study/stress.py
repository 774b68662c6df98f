"""Stress test: every site (lane, country) is knocked out in turn, in the linear programmes and in the simulation.

The programmes say what is lost at least, whatever is done, and for how long customers
notice nothing (Simchi-Levi et al. 2014, 2015): one in which goods take no time on the way
(:mod:`twinkit.inventory.time_to_survive`) and one over periods, with lead times
(:mod:`twinkit.inventory.time_expanded`).  The simulation says what is lost with the
policies and luck of the chain.  It can only be worse: :mod:`twinkit.study.stress_network`
says why, and what is compared.  Only what both let pass is not at risk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit.inventory.time_to_survive import performance_impact, time_to_survive
from twinkit.study.asked import remembered
from twinkit.study.engines import stop_if
from twinkit.study.ensemble import BATCH, batches, outage_plans
from twinkit.study.outcome import Outcome
from twinkit.study.public import study
from twinkit.study.stress_network import Standing, standing
from twinkit.study.stress_result import Floor, Knock, StressTest
from twinkit.study.stress_targets import WHERE, Target, targets_of
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, did_you_mean, listed, shown

if TYPE_CHECKING:
    from dask.distributed import Client

AT_ONCE = 128
"""Targets that are made ready together; they share their undisturbed worlds, and their plans fill the memory."""
A_FEW = 6
"""Targets that are made ready together where somebody waits for the first of them."""
EXTRA = ("expediting", "holding", "backlog")
"""Parts of cost that an outage adds; what is bought, made and moved follows what is sold."""
SETTLED = 6
"""An outage begins when so much of the run is over: one part in six."""


@study
def stress_test(
    case: Case, what: str | Sequence[Any] = "sites", *, duration: float | None = None, start: int | None = None,
    replications: int = 64, likelihood: Mapping[Any, float] | None = None, seed: int | None = None,
    client: Client | None = None, workers: int = 2, engine: str = "processor", progress: Callable[[int, int], None] | None = None,
    cancel: Event | None = None, so_far: Callable[[StressTest], None] | None = None, **chain: Any,
) -> StressTest:  # fmt: skip
    """Knock out every target in turn.

    Parameters
    ----------
    case
        A case; what it has scheduled happens in every world, with the outage and without.
    what
        "sites" (all that keep stock), "lanes" (origin to destination, all products and
        modes), "countries" (all sites of one at once), "ports", or a list of names; a lane
        is named by ("origin", "destination").  Targets through which nothing flows are
        left out.
    duration
        How long each is out [periods]; by default its ``time_to_recover``, of a country
        the longest of its sites.  Lanes have none, so they need a duration.
    start
        First period of the outages; by default a sixth of the run is over, and the warm-up.
    replications
        Worlds of each outage; all see the same luck.
    likelihood
        Name of a target → how often it happens [1/year]; without it, the matrix of risk
        has consequences only.
    seed, client, workers, engine, cancel, **chain
        As for :func:`~twinkit.study.ensemble.batches`.
    progress
        Called as ``progress(batches done, batches in all)``.
    so_far
        Called with what is known after every few targets, those that are out longest first.

    Raises
    ------
    CaseError
        If the case has problems, or targets, times or likelihoods do not fit it; all at once.
    Cancelled
        If `cancel` was set.

    Examples
    --------
    >>> import twinkit
    >>> from twinkit.study.stress import stress_test
    >>> case = twinkit.example("automotive")
    >>> found = stress_test(case, ["Assembly Leipzig"], replications=2)
    >>> found.at_risk()[["time_to_survive", "time_to_survive_timed"]].round(1).to_numpy().tolist()
    [[4.7, 3.0]]
    """
    targets, start = _asked_for(case, what, duration, start, replications, likelihood)
    seed = int(case.settings["seed"] if seed is None else seed)
    more = {"seed": seed, "client": client, "workers": workers, "cancel": cancel, **chain}
    told = _Progress(progress, (1 + len(targets)) * -(-replications // BATCH))
    longest = max(t.whole_periods for t in targets)
    calm = standing(case, replications, start=start, tell=told.one_more, **more)
    survives = time_to_survive(calm.network, demand=calm.demand(longest))
    own = {t.name: _likelihood_of(t, likelihood) for t in targets if likelihood}
    own = {k: v for k, v in own.items() if v is not None}
    knocks = []
    for here in _lots(targets, AT_ONCE if so_far is None else A_FEW):
        scenarios = [target.scenario(start) for target in here]
        runs: dict[str, list[Outcome]] = {s.name: [] for s in scenarios}
        with ThreadPoolExecutor(1) as beside:  # the programmes are solved beside the runs
            floors = beside.submit(lambda some: [_floor(calm, target, cancel) for target in some], here)
            made = batches(case, scenarios, replications, detail="kpis", plans=outage_plans, engine=engine, **more)
            for outcome in told.each(made):
                runs[outcome.scenario].append(outcome)
            knocks += [_knock(t, runs.pop(t.name), f, calm) for t, f in zip(here, floors.result(), strict=True)]
        if so_far is not None:
            so_far(StressTest(calm.plan, start, replications, list(knocks), survives, own))
    found = StressTest(calm.plan, start, replications, knocks, survives, own)
    return remembered(found, "stress_test", case=case, what=what, duration=duration, start=start, replications=replications,
                      likelihood=likelihood, seed=seed, **chain)  # fmt: skip


def _lots(targets: list[Target], most: int) -> Iterator[list[Target]]:
    """Targets in lots of at most so many, those that are out longest first."""
    order = sorted(targets, key=lambda t: -t.periods)
    for at in range(0, len(order), most):
        yield order[at : at + most]


@dataclass
class _Progress:
    """Counts batches."""

    show: Callable[[int, int], None] | None
    total: int
    done: int = field(default=0)

    def __post_init__(self) -> None:
        if self.show is not None:
            self.show(0, self.total)

    def one_more(self) -> None:
        self.done += 1
        if self.show is not None:
            self.show(self.done, self.total)

    def each(self, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
        for outcome in outcomes:
            yield outcome
            for _ in range(-(-outcome.replications // BATCH)):
                self.one_more()


def _floor(calm: Standing, target: Target, cancel: Event | None) -> Floor:
    """What the programmes say of a target."""
    stop_if(cancel)
    net, periods = calm.plan.net, target.whole_periods
    flows = [calm.network.flows[i].name for i in np.flatnonzero(target.lanes(net))]
    lost, demand = flows or list(target.sites), calm.demand(periods)
    impact = performance_impact(calm.network, periods, lost, demand=demand)
    survives = time_to_survive(calm.network, lost, demand=demand)
    over = calm.over_periods
    lasts = min(over.survives(lost, survives, periods), survives)
    return Floor(survives, impact, lasts, over.impact(lost, periods), over.lost_anyway)


def _knock(target: Target, parts: list[Outcome], floor: Floor, calm: Standing) -> Knock:
    """What the simulation says of a target, world by world, beside the programmes."""
    parts.sort(key=lambda o: o.first)

    def joined(values: Callable[[Outcome], np.ndarray]) -> np.ndarray:
        return np.concatenate([values(o) for o in parts])

    def extra(costs: Mapping[str, np.ndarray]) -> np.ndarray:
        return sum(costs[part] for part in EXTRA)

    lost = joined(lambda o: o.costs["lost margin"])
    calm_lost = joined(lambda o: o.calm_costs["lost margin"])
    censored = joined(lambda o: o.censored)
    return Knock(
        target, floor, target.spend(calm.plan), lost - calm_lost, calm_lost,
        joined(lambda o: extra(o.costs) - extra(o.calm_costs)), joined(lambda o: o.kpis["depth"]),
        np.where(censored, np.inf, joined(lambda o: o.kpis["time to recover"])), joined(lambda o: o.failed), censored,
    )  # fmt: skip


# --- what was asked for


def _asked_for(case, what, duration, start, replications, likelihood) -> tuple[list[Target], int]:
    """Targets and start of the outages.

    Raises
    ------
    CaseError
        With everything that is wrong.
    """
    targets, problems = targets_of(case, what, duration)
    periods, warm = int(case.settings["periods"]), int(case.settings["warm_up"])
    begins = max(warm, periods // SETTLED) if start is None else start
    if not _is_whole(begins, warm, periods - 1):
        says = f"must be a whole number from {warm} to {periods - 1}: a period of the run after its warm-up"
        problems.append(Problem(WHERE, None, "start", shown(start), says, "Leave it out to have one chosen."))
    else:
        problems += _too_long(targets, int(begins), periods)
    if not _is_whole(replications, 1, np.inf):
        problems.append(Problem(WHERE, None, "replications", shown(replications), "must be a whole number above 0"))
    problems += _wrong_likelihoods(targets, likelihood or {})
    if problems:
        raise CaseError(dict.fromkeys(problems))
    return targets, int(begins)


def _is_whole(value: Any, low: float, high: float) -> bool:
    number = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return bool(number and low <= value <= high)


def _too_long(targets: list[Target], start: int, periods: int) -> list[Problem]:
    """Outages that are not over when the run ends: what is lost after it would not be counted."""
    late = [t for t in targets if start + t.periods > periods]
    if not late:
        return []
    end = start + max(t.whole_periods for t in late)
    says = f"the run ends in period {periods}, before an outage that begins in period {start} is over: "
    hint = f"Let the case run for {end} periods at least, or give an earlier start or a shorter duration."
    return [Problem("settings", None, "periods", "", says + listed([t.name for t in late]), hint)]


def _wrong_likelihoods(targets: list[Target], likelihood: Mapping[Any, float]) -> list[Problem]:
    known = {t.name for t in targets} | {t.lane for t in targets if t.lane[0]}
    problems = []
    for name, value in likelihood.items():
        text = " to ".join(name) if isinstance(name, tuple) else shown(name)
        if targets and name not in known:
            hint = did_you_mean(text, [t.name for t in targets], "Name targets that are knocked out.")
            problems.append(Problem(WHERE, None, "likelihood", text, "is not among the targets", hint))
        number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
        if not (number and 0 <= value < np.inf):
            says = f"has the likelihood {shown(value)}: must be a number of 0 or more [1/year]"
            problems.append(Problem(WHERE, None, "likelihood", text, says))
    return problems


def _likelihood_of(target: Target, likelihood: Mapping[Any, float]) -> float | None:
    return likelihood.get(target.name, likelihood.get(target.lane) if target.lane[0] else None)
