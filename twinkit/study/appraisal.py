"""Appraisals: what a set of levers costs and what it saves, in the money of a run as decisions need it.

The total cost of a run falls when sales are lost, because what is not sold is not made.
Set against the margin lost that saving would make a disaster look like a gain: a margin
is already net of it.  So what is bought, made and moved is compared at the cost per unit
sold, and the goods that are left, on hand, on the way and in work, are worth what they are worth:

    extra cost = Δ(lost margin + holding + backlog + expediting)
                 + F − F₀ · S / S₀ − Δ(value of the goods gained in the run)

with F the cost of buying, making and moving, S the value of the goods sold (at the values
of the products), Δ against the reference run ₀, world by world, all in money.  In worlds
that never hold any stock the value sold is not known: there the revenue stands for it, and
where there are no prices either, S / S₀ is taken as 1.

Where every market has a price nothing need be taken as anything: the extra cost is what is
earned less (:data:`~twinkit.run.kpis.EARNINGS`), the figure of all other pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit.chain.plan import Plan
from twinkit.levers.lever import Price, yearly_price
from twinkit.levers.levers import Lever
from twinkit.levers.sourcing import with_notice
from twinkit.run.engines import engine_of, results
from twinkit.run.ensemble import BATCH, Task, curves, planned_tasks, run_batch
from twinkit.run.kpis import FLOW
from twinkit.run.outcome import Outcome
from twinkit.run.plans import Plans, plans_of
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import mean_interval
from twinkit.study.inputs import Input, Varied
from twinkit.study.risks import Risk, expected_loss, worst_interval, worst_mean
from twinkit.tables.case import Case

if TYPE_CHECKING:
    from dask.distributed import Client

AT_ONCE = 128
"""Scenarios that are made ready together; their plans fill the memory."""


@dataclass(frozen=True)
class Money:
    """Money of one run, by world [money].

    Attributes
    ----------
    flow, other
        Cost of buying, making and moving; all other cost.
    sold, revenue
        Value of the goods sold; NaN where it is not known.  What customers pay for them.
    gained
        Value of the goods gained in the run (:func:`~twinkit.run.kpis.stock_gained`).
    earned
        What is earned; NaN where a market has no price.
    """

    flow: np.ndarray
    other: np.ndarray
    sold: np.ndarray
    revenue: np.ndarray
    gained: np.ndarray
    earned: np.ndarray


@dataclass(frozen=True)
class Ledger:
    """A scenario in some worlds: its money with its events and without.

    Attributes
    ----------
    scenario, plan, first
        What was run; `first` is the number of the first world.
    hit, calm
        With the events, without them.
    censored
        Whether service had not recovered by the end of the run, by world: what is lost after it
        is not counted.
    """

    scenario: str
    plan: Plan | None
    first: int
    hit: Money
    calm: Money
    censored: np.ndarray

    @property
    def loss(self) -> np.ndarray:
        """What the events cost, by world [money]: the extra cost with them against without."""
        return extra_cost(self.hit, self.calm)


def extra_cost(run: Money, reference: Money) -> np.ndarray:
    """What a run costs more than another of the same worlds [money]; see the top of this file."""
    premium = run.flow - reference.flow * _more_sold(run, reference)
    worked_out = run.other - reference.other + premium - (run.gained - reference.gained)
    less = reference.earned - run.earned
    return np.where(np.isfinite(less), less, worked_out)


def _more_sold(run: Money, reference: Money) -> np.ndarray:
    """How many times as much a run sells as another."""
    ratio = np.ones_like(run.flow)
    for one, other in ((run.revenue, reference.revenue), (run.sold, reference.sold)):
        known = np.isfinite(one) & np.isfinite(other) & (other > 0)
        ratio = np.divide(one, other, out=ratio, where=known)
    return ratio


def years_counted(case: Case) -> float:
    """Time of a run that its money covers [years]."""
    settings = case.settings
    return (settings["periods"] - settings["warm_up"]) * settings["period_days"] / 365.0


def ledgers(
    case: Case, scenarios: Sequence[Scenario], replications: int, seed: int, *, workers: int = 2,
    client: Client | None = None, engine: str = "processor", cancel: Event | None = None, tell: Callable[[], None] | None = None,
    made: Callable[[Case, Sequence[Scenario]], dict[str, Plan]] = plans_of, **chain: Any,
) -> dict[str, Ledger]:  # fmt: skip
    """Run scenarios and keep their money.

    Parameters
    ----------
    case, scenarios, replications, seed, workers, client, engine, cancel, **chain
        As for :func:`~twinkit.run.ensemble.batches`.
    tell
        Called after every batch.
    made
        Makes the plans of scenarios; :class:`~twinkit.run.plans.Plans` makes none twice.
    """
    found: dict[str, list[Ledger]] = {s.name: [] for s in scenarios}
    for at in range(0, len(scenarios), AT_ONCE):
        here = scenarios[at : at + AT_ONCE]
        runs_on = engine_of(
            partial(_batch, chain=chain), workers, client, engine=engine, worlds=replications, chain=chain,
            record=curves,
        )  # fmt: skip
        tasks = planned_tasks(runs_on, made if client is None else plans_of, case, here, replications, seed, cancel)
        for ledger in results(runs_on, tasks, cancel):
            found[ledger.scenario].append(replace(ledger, plan=None))
            for _ in range(-(-len(ledger.censored) // BATCH) if tell is not None else 0):
                tell()
    return {name: _joined(parts) for name, parts in found.items()}


def batches_of(scenarios: int, replications: int) -> int:
    """How many batches so many scenarios are."""
    return scenarios * -(-replications // BATCH)


def _batch(task: Task, chain: Mapping[str, Any]) -> Ledger:
    run = run_batch(task, **chain)
    hit = _money(run, run.costs, run.kpis, run.gained)
    calm = _money(run, run.calm_costs, run.calm_kpis, run.calm_gained)
    return Ledger(task.scenario, task.plan, task.first, hit, calm, run.censored)


def _money(run: Outcome, costs: Mapping[str, np.ndarray], kpis: Mapping[str, np.ndarray], gained: np.ndarray) -> Money:
    case = run.plan.case
    sold = kpis["inventory turns"] * kpis["inventory"] * years_counted(case)  # the definition of turns, turned round
    other = sum(values for part, values in costs.items() if part not in FLOW)
    earned = kpis.get("earnings", np.full_like(other, np.nan))
    return Money(sum(costs[part] for part in FLOW), other, sold, kpis["revenue"], gained, earned)


def _joined(parts: list[Ledger]) -> Ledger:
    parts.sort(key=lambda ledger: ledger.first)

    def money(name: str) -> Money:
        runs = [getattr(part, name) for part in parts]
        return Money(*(np.concatenate([getattr(r, f.name) for r in runs]) for f in fields(Money)))

    return replace(parts[0], hit=money("hit"), calm=money("calm"), censored=np.concatenate([p.censored for p in parts]))


# --- appraisals: what a set of levers costs and what it saves, on the luck that was asked for


@dataclass(frozen=True)
class Appraisal:
    """A set of levers, in some worlds.

    Attributes
    ----------
    levers
        Name of a lever → its value.
    price
        Price of the set [money/year].
    running
        What the run without the events costs more than with no lever moved, by world [money/year].
    losses
        Loss of each risk, shape (risks, worlds) [money].
    probabilities
        Of each risk [1/year].
    censored
        Share of the worlds of each risk in which service had not recovered by the end.
    """

    levers: dict[str, Any]
    price: float
    running: np.ndarray
    losses: np.ndarray
    probabilities: np.ndarray
    censored: np.ndarray

    @property
    def cost(self) -> np.ndarray:
        """Price and running cost, by world [money/year]."""
        return self.price + self.running

    @property
    def expected(self) -> np.ndarray:
        """Expected loss, by world [money/year]."""
        return expected_loss(self.losses, self.probabilities)

    @property
    def total(self) -> np.ndarray:
        """Cost and expected loss, by world [money/year]: the less, the better."""
        return self.cost + self.expected

    @property
    def worst(self) -> float:
        """Worst 5 % of the losses [money]."""
        return worst_mean(self.losses, self.probabilities)

    @property
    def spent(self) -> float:
        """What counts against a budget [money/year]: price, or price and running cost if that is more."""
        return max(self.price, float(self.cost.mean()))

    def figures(self) -> dict[str, float]:
        """Price, cost, expected loss, worst 5 % and total, with their 95 % intervals."""
        found: dict[str, float] = {"price": self.price}
        for name, three in (
            ("cost", mean_interval(self.cost)), ("expected loss", mean_interval(self.expected)),
            ("worst 5 %", worst_interval(self.losses, self.probabilities)), ("total", mean_interval(self.total)),
        ):  # fmt: skip
            found |= dict(zip((name, f"{name} low", f"{name} high"), three, strict=True))
        return found


@dataclass
class Memory:
    """What appraisers of one case have found out; nothing of it is run or made ready twice.

    Attributes
    ----------
    case
        The case.
    ledgers
        Money of the scenarios that were run.  It holds no prices and no probabilities: another price
        costs no run.
    plans
        The last plans that were made.
    """

    case: Case
    ledgers: dict[tuple, list[Ledger]] = field(default_factory=dict)
    plans: Plans = field(default_factory=Plans)


@dataclass
class Appraiser:
    """Appraises sets of levers; what it has appraised it remembers.

    Attributes
    ----------
    case
        The case; what it has scheduled and is no risk happens in every world.
    risks, levers, prices, since
        Risks; levers by name, and what they cost; first period in which they are moved [period].
    more
        ``workers``, ``client``, ``cancel``, ``actors``, ``policies`` of a study.
    tell
        Called after every batch.
    inputs
        Uncertain inputs by name, where they are varied.
    memory
        What is known already; by default nothing.
    """

    case: Case
    risks: Sequence[Risk]
    levers: Mapping[str, Lever]
    prices: Mapping[str, Price]
    since: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)
    tell: Callable[[], None] | None = None
    inputs: Mapping[str, Input] = field(default_factory=dict)
    memory: Memory | None = None

    def __post_init__(self) -> None:
        if self.memory is None or self.memory.case is not self.case:
            self.memory = Memory(self.case)
        self.known = self.memory.ledgers

    def __call__(
        self, sets: Sequence[Mapping[str, Any]], seed: int, worlds: int,
        worlds_as: Sequence[Mapping[str, float]] | None = None, risks: Sequence[Risk] | None = None,
    ) -> list[Appraisal]:  # fmt: skip
        """Appraise sets of levers in the same worlds.

        Parameters
        ----------
        sets
            Name of a lever → value, for each set.
        seed, worlds
            The luck, and how many worlds of it.
        worlds_as
            Name of an uncertain input → value, for each set; by default all are as the case says.
        risks
            Other risks than those of the appraiser.
        """
        risks, inputs = list(risks or self.risks), list(worlds_as or [{}] * len(sets))
        moved = [self.moved(levers) for levers in sets]
        keys = [self._key(m, i, seed, worlds, risks) for m, i in zip(moved, inputs, strict=True)]
        always = [{k: v for k, v in m.items() if not self.levers[k].foreseen} for m in moved]
        stands = [self._key(m, i, seed, worlds, risks) for m, i in zip(always, inputs, strict=True)]
        bases = [self._key({}, i, seed, worlds, risks) for i in inputs]
        wanted = {k: ({}, i) for k, i in zip(bases, inputs, strict=True)}
        wanted |= {k: (m, i) for k, m, i in zip(stands, always, inputs, strict=True)}
        wanted |= {k: (m, i) for k, m, i in zip(keys, moved, inputs, strict=True)}
        self._run({k: v for k, v in wanted.items() if k not in self.known}, risks, seed, worlds)
        return [self._appraisal(*rest, risks) for rest in zip(moved, keys, stands, bases, strict=True)]

    def moved(self, levers: Mapping[str, Any]) -> dict[str, Any]:
        """The levers of a set that are not where they stand anyway."""
        return {k: levers[k] for k in sorted(levers) if levers[k] is not None and levers[k] != self.levers[k].start}

    def _key(self, moved: Mapping, inputs: Mapping, seed: int, worlds: int, risks: Sequence[Risk]) -> tuple:
        changed = tuple(sorted((k, v) for k, v in inputs.items() if v != self.inputs[k].usual))
        events = tuple((r.name, r.notice, repr(r.events)) for r in risks)
        return tuple(moved.items()), changed, seed, worlds, self.since, events, tuple(r.name for r in self.risks)

    def _run(self, wanted: Mapping[tuple, tuple], risks: Sequence[Risk], seed: int, worlds: int) -> None:
        scenarios = [
            Varied(f"{i} | {j}", risk.events, acting, self.since if acting else 0,
                   tuple((self.inputs[k], v) for k, v in inputs.items()))
            for i, (levers, inputs) in enumerate(wanted.values())
            for j, risk in enumerate(risks) for acting in (with_notice(levers, risk.notice),)
        ]  # fmt: skip
        case = quiet(self.case, [*self.risks, *risks])
        found = ledgers(case, scenarios, worlds, seed, tell=self.tell, made=self.memory.plans, **self.more)
        for i, key in enumerate(wanted):
            self.known[key] = [found[f"{i} | {j}"] for j in range(len(risks))]

    def batches(self, sets: int, worlds: int, risks: int | None = None) -> int:
        """Most batches that so many sets need, for progress."""
        return batches_of(sets * (len(self.risks) if risks is None else risks), worlds)

    def _appraisal(self, moved: dict, key: tuple, stands: tuple, base: tuple, risks: Sequence[Risk]) -> Appraisal:
        """What is done before an announced event is paid for when that is announced, and not in every year."""
        own, calm, as_is = self.known[key], self.known[stands], self.known[base]
        running = extra_cost(calm[0].calm, as_is[0].calm) / years_counted(self.case)
        price = yearly_price(self.case, moved, self.levers, self.prices)
        losses = np.stack([extra_cost(one.hit, other.calm) for one, other in zip(own, calm, strict=True)])
        return Appraisal(
            dict(moved), price, running, losses,
            np.array([r.probability or 0.0 for r in risks]), np.array([ledger.censored.mean() for ledger in own]),
        )  # fmt: skip


def quiet(case: Case, risks: Sequence[Risk] = ()) -> Case:
    """The case in which no risk happens by itself; all else that it has scheduled does."""
    events = case["events"]
    named = frozenset().union(*(risk.scenario().apart(case) for risk in risks))
    off = events["scheduled"] & events["event"].isin(named)
    return case.replace(events=events.assign(scheduled=events["scheduled"] & ~off)) if off.any() else case
