"""The money of a run as decisions need it: what it costs more than another run of the same worlds.

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
from dataclasses import dataclass, fields, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit.chain.plan import Plan
from twinkit.run.engines import engine_of, results
from twinkit.run.ensemble import BATCH, Task, curves, run_batch, tasks_of
from twinkit.run.kpis import FLOW
from twinkit.run.outcome import Outcome
from twinkit.run.plans import plans_of
from twinkit.run.scenario import Scenario
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
        try:
            plans = runs_on.plans(made if client is None else plans_of, case, here, cancel)
        except BaseException:
            runs_on.close()
            raise
        for ledger in results(runs_on, tasks_of(plans, replications, seed), cancel):
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
