"""When to maintain: for every machine of a case, the age at which replacing its part costs least."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Event

import numpy as np
import pandas as pd

from twinkit.capabilities.line.levers import failing_stations, what_a_breakdown_costs, what_spares_are_worth
from twinkit.capabilities.upkeep.ageing import Replacement, Weibull, best_age, best_age_interval, cost_rate, fit_weibull
from twinkit.run.engines import Cancelled
from twinkit.run.public import Result, study
from twinkit.study.asked import asked_of, remembered
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import CaseError, Problem, listed
from twinkit.words import amount, counted, digits, sure


@dataclass(frozen=True)
class Kept:
    """A machine, the life of its part and the best age to replace it.

    Attributes
    ----------
    machine
        Its name.
    life
        Fitted to its lives.
    best
        Best age, its cost rate, and that of running to failure.
    age, rate
        95 % intervals of the best age [days] and of its cost rate [money/day].
    preventive, failure
        Cost of a replacement before and at failure [money].
    """

    machine: str
    life: Weibull
    best: Replacement
    age: tuple[float, float]
    rate: tuple[float, float]
    preventive: float
    failure: float

    @property
    def pays(self) -> bool:
        """Whether replacing before failure pays, whatever the luck of the lives that were seen."""
        return bool(np.isfinite(self.age).all())

    def curve(self, ages: np.ndarray) -> np.ndarray:
        """Cost rate over the age of replacement [money/day]."""
        return np.array([cost_rate(self.life, age, self.preventive, self.failure) for age in ages])


@dataclass(frozen=True, repr=False)
class Upkeep(Result):
    """Every machine of a case.

    Attributes
    ----------
    case
        The case.
    machines
        In the order of the table.
    breakdowns, spares
        What breakdowns of the stations of lines in the chain cost, and what more spares are worth, if asked:
        :func:`~twinkit.capabilities.line.levers.what_a_breakdown_costs`, :func:`~twinkit.capabilities.line.levers.what_spares_are_worth`.
    """

    case: Case
    machines: list[Kept]
    breakdowns: pd.DataFrame = field(default_factory=pd.DataFrame)
    spares: pd.DataFrame = field(default_factory=pd.DataFrame)

    def table(self) -> pd.DataFrame:
        """A row for each machine, the largest saving first."""
        rows = [
            {
                "machine": m.machine, "failures": m.life.failures, "suspensions": m.life.suspensions, "shape": m.life.shape, "mean": m.life.mean,
                "b10": m.life.life(0.1), "age": m.best.age, "age_low": m.age[0], "age_high": m.age[1], "rate": m.best.cost_rate,
                "rate_low": m.rate[0], "rate_high": m.rate[1], "run": m.best.run_to_failure, "saved": 365.0 * (m.best.run_to_failure - m.best.cost_rate),
                "pays": m.pays,
            }
            for m in self.machines
        ]  # fmt: skip
        return pd.DataFrame(rows).sort_values("saved", ascending=False, kind="stable", ignore_index=True)

    def headline(self) -> str:
        return f"Upkeep of {counted(len(self.machines), 'machine')} of {self.case.name}"

    def sentences(self) -> list[str]:
        asked, unit, frame = asked_of(self), self.case.settings["currency"], self.table()
        kept = {m.machine: m for m in self.machines}
        told = [_sentence(kept[name], unit) for name in frame["machine"]]
        never = frame.loc[~np.isfinite(frame["age"]), "machine"].tolist()
        if never:
            told.append(f"Run to failure: {listed(never)}. Its part does not fail sooner when it is older, or a failure is not dear enough.")
        return [*told[:6], *_breakdowns(self, unit, asked.arguments.get("breakdown", 0.0) if asked else 0.0)]

    def glance(self) -> pd.DataFrame:
        return self.table()[["machine", "failures", "age", "age_low", "age_high", "rate", "run", "saved"]]


def _sentence(m: Kept, unit: str) -> str:
    if not math.isfinite(m.best.age):
        return f"{m.machine}: run to failure, {amount(m.best.run_to_failure, f'{unit}/day')}."
    sure = f"between {digits(m.age[0])} and {digits(m.age[1])} days" if m.pays else "but so few lives do not tell whether it pays at all"
    return (
        f"{m.machine}: replace its part at an age of {digits(m.best.age)} days ({sure}, 95 %). A day then costs "
        f"{amount(m.best.cost_rate, unit)} instead of {amount(m.best.run_to_failure, unit)}."
    )


def _breakdowns(result: Upkeep, unit: str, hours: float) -> list[str]:
    """What the dearest breakdown does to customers, and the first spare more, in sentences."""
    told = []
    if len(result.breakdowns):
        worst = result.breakdowns.loc[result.breakdowns["total cost"].idxmax()]
        told.append(f"A breakdown of {hours:g} h costs most at {worst['station']}: {sure(_three(worst, 'total cost'), unit)}; it changes the "
                    f"fill rate of customers by {sure(_three(worst, 'fill rate'), 'share')}.")  # fmt: skip
    if len(result.spares):
        first = result.spares.iloc[0]
        told.append(f"One spare more of each kind changes the cost of the chain by {sure(_three(first, 'total cost'), unit)} and the fill rate by {sure(_three(first, 'fill rate'), 'share')}.")
    return told


def _three(row: pd.Series, kpi: str) -> tuple[float, float, float]:
    """A mean and its interval."""
    return row[kpi], row[f"{kpi}_low"], row[f"{kpi}_high"]


@partial(study, limits={"samples": (10, 100_000), "breakdown": (0, 10_000)})
def when_to_maintain(
    case: CaseLike, samples: int = 400, breakdown: float = 0.0, replications: int = 16, seed: int | None = None,
    *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Upkeep:  # fmt: skip
    """The best age of replacement of every machine, from the lives in the table `lives`.

    Parameters
    ----------
    case
        A case with the tables `machines` and `lives`.
    samples
        Of the bootstrap of the intervals.
    breakdown
        Open hours of a breakdown whose cost to customers is asked, for every station that fails of the lines that recipes name; 0 = none [h].
    replications, seed
        Worlds of the chain with breakdowns; luck of all.
    progress, cancel
        As for :func:`twinkit.ensemble`.

    Raises
    ------
    CaseError
        If `samples` cannot be, there are no machines, or one of them has too few lives for a fit; all at once.
    """
    machines, lives = case["machines"], case["lives"]
    if machines.empty:
        raise CaseError([Problem("machines", None, "", "", "the table has no rows", "Write a row for each machine, and its lives in the table lives.")])
    seed, found, wrong = int(case.settings["seed"] if seed is None else seed), [], []
    for i, row in enumerate(machines.to_dict("records")):
        if cancel is not None and cancel.is_set():
            raise Cancelled
        own = lives[lives["machine"] == row["machine"]]
        ended, stopped = (own.loc[own["failed"] == end, "age"].tolist() for end in (True, False))
        try:
            life = fit_weibull(ended, stopped)
        except ValueError as error:
            wrong.append(Problem("machines", i + 2, "machine", row["machine"], str(error), "Write more of its lives, or leave it out."))
            continue
        costs = row["preventive_cost"], row["failure_cost"]
        _, age, rate = best_age_interval(ended, stopped, *costs, samples=samples, seed=seed)
        found.append(Kept(row["machine"], life, best_age(life, *costs), age, rate, *costs))
        if progress is not None:
            progress(i + 1, len(machines))
    if wrong:
        raise CaseError(wrong)
    broken = spares = pd.DataFrame()
    if breakdown > 0 and (stations := failing_stations(case)):
        start = int(case.settings["periods"]) // 3
        broken = what_a_breakdown_costs(case, breakdown, start, stations, replications, seed, progress=progress, cancel=cancel)
        spares = what_spares_are_worth(case, replications=replications, seed=seed, cancel=cancel)
    return remembered(Upkeep(case, found, broken, spares), "when_to_maintain", case=case, samples=samples, breakdown=breakdown, replications=replications, seed=seed)
