"""Which step first: what each step is worth, run on the chain where it moves a lever, and the order that is worth most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

import numpy as np
import pandas as pd

from twinkit.capabilities.roadmap.money import internal_rate, payback
from twinkit.capabilities.roadmap.sequence import (
    Ordered,
    Step,
    best_orders,
    count_orders,
    names_in,
    ratio_order,
    value_of,
)
from twinkit.levers.levers import levers_of
from twinkit.run.ensemble import ensemble
from twinkit.run.public import study
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import Interval, mean_interval
from twinkit.study.asked import remembered
from twinkit.tables.case import Case
from twinkit.tables.problems import CaseError, Problem

MONTH = 365.0 / 12.0
"""Days of a month [days]."""
BETTER = "earnings"


@dataclass(frozen=True)
class Roadmap:
    """The order in which steps are worth most, and how sure that is.

    Attributes
    ----------
    case
        The case with its steps.
    steps
        Name → step, with the gain that was used.
    gains
        Name → gain of a month with its 95 % interval, of the steps whose gain was run on the chain [money/month].
    levers
        Name → (lever, value) that the step moves.
    horizon, yearly_rate
        Months that count, and interest [1/year].
    best, second, worst
        Orders; the second is the best of all others, or None if there is only one.
    planned, ratio
        The order of the table, or None if its conditions do not allow it; and that of the rule of thumb.
    orders
        How many orders the conditions allow.
    """

    case: Case
    steps: Mapping[str, Step]
    gains: Mapping[str, Interval]
    levers: Mapping[str, tuple[str, float]]
    horizon: int
    yearly_rate: float
    best: Ordered
    second: Ordered | None
    worst: Ordered
    planned: Ordered | None
    ratio: Ordered
    orders: int

    @property
    def monthly_rate(self) -> float:
        """Interest of a month with the same growth in a year [1/month]."""
        return (1.0 + self.yearly_rate) ** (1.0 / 12.0) - 1.0

    def cash_flow(self) -> np.ndarray:
        """Payments of the best order, month by month from the start [money]."""
        flow, month = np.zeros(self.horizon + 1), 0
        for name in self.best.order:
            step = self.steps[name]
            if month < self.horizon:
                flow[month] -= step.cost
            month += int(step.months)
            flow[month + 1 :] += step.gain
        return flow

    def payback_months(self) -> float:
        """Months until the best order has paid for itself for good; infinite if it does not [months]."""
        return payback(self.cash_flow())

    def yearly_return(self) -> float:
        """Internal rate of the best order [1/year]; NaN where there is none, or more than one."""
        return (1.0 + internal_rate(self.cash_flow())) ** 12 - 1.0

    def without(self, name: str) -> float:
        """What the best order of the other steps is worth when a step, and all that wait for it, are left out [money]."""
        gone = {name}
        while more := {n for n, s in self.steps.items() if n not in gone and gone & set(s.after)}:
            gone |= more
        left = {n: s for n, s in self.steps.items() if n not in gone}
        return best_orders(left, self.horizon, self.monthly_rate)[0].value if left else 0.0

    def holds_down_to(self, name: str) -> float:
        """Share of its gain down to which the best order stays the best, all else the same; 0 if whatever it gains [share].

        Found by halving: the worth of an order is linear in the gain of a step, so the best order holds on one interval.
        """
        step = self.steps[name]

        def holds(share: float) -> bool:
            steps = {**self.steps, name: replace(step, gain=step.gain * share)}
            own = value_of(steps, self.best.order, self.horizon, self.monthly_rate)
            return best_orders(steps, self.horizon, self.monthly_rate)[0].value <= own + 1e-9 * max(1.0, abs(own))

        if holds(0.0):
            return 0.0
        low, high = 0.0, 1.0
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (low, middle) if holds(middle) else (middle, high)
        return high

    def table(self) -> pd.DataFrame:
        """A row for each step in the best order: when it begins and ends, what it costs and gains, what it is worth."""
        rows, month = [], 0
        for name in self.best.order:
            step, run = self.steps[name], self.gains.get(name)
            rows.append({
                "step": name, "begins": month + 1, "done": month + int(step.months), "cost": step.cost, "gain": step.gain,
                "gain_low": run.low if run else np.nan, "gain_high": run.high if run else np.nan,
                "basis": "run on this chain" if run else "as stated in the table", "worth": self.best.value - self.without(name),
                "holds": self.holds_down_to(name),
            })  # fmt: skip
            month += int(step.months)
        return pd.DataFrame(rows)


def steps_of(case: Case) -> dict[str, Step]:
    """The steps of a case's table, with the gains that it states (0 where none is)."""
    rows = case["steps"]
    return {
        row["step"]: Step(float(row["months"]), float(row["cost"]), float(np.nan_to_num(row["gain"])), names_in(row["after"]))
        for row in rows.to_dict("records")
    }


@partial(study, limits={"horizon": (1, 1200), "yearly_rate": (-0.99, 10)})
def which_first(
    case: Case, horizon: int = 60, yearly_rate: float = 0.1, replications: int | None = None, seed: int | None = None,
    *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Roadmap:  # fmt: skip
    """The order of the steps of a case that is worth most, where one team takes one after the other.

    The gain of a step that names a lever is what the chain earns more in a month with the lever moved alone, on the
    same luck; that of another step is what the table states.

    Parameters
    ----------
    case
        A case with a table of steps.
    horizon
        Months that count [months].
    yearly_rate
        Interest [1/year].
    replications, seed
        Worlds, and their luck; by default as the case says.
    progress, cancel
        As for :func:`twinkit.ensemble`.

    Raises
    ------
    CaseError
        If an argument cannot be, there are no steps, or what a lever is worth cannot be told.
    """
    steps = steps_of(case)
    if not steps:
        raise CaseError([Problem("steps", None, "", "", "the table has no rows", "Write a row for each step: step, months, cost and gain or lever.")])
    moved = {row["step"]: (row["lever"], float(row["lever_value"])) for row in case["steps"].to_dict("records") if row["lever"]}
    gains: dict[str, Interval] = {}
    if moved:
        known = {lever.name: lever for lever in levers_of(case)}
        values = {name: bool(value) if known[lever].flag else value for name, (lever, value) in moved.items()}
        scenarios = [Scenario("as it is"), *(Scenario(f"step {name}", levers={lever: values[name]}) for name, (lever, _) in moved.items())]
        found = ensemble(case, scenarios, replications, seed=seed, progress=progress, cancel=cancel, detail="kpis")
        base = found["as it is"].kpis.get(BETTER)
        if base is None:
            says = "moves a lever, but what is earned cannot be told: not every market has a price"
            raise CaseError([Problem("steps", None, "lever", moved[next(iter(moved))][0], says, "Give every market a price, or state the gain instead.")])
        months = (case.settings["periods"] - case.settings["warm_up"]) * case.settings["period_days"] / MONTH
        gains = {name: mean_interval((found[f"step {name}"].kpis[BETTER] - base) / months) for name in moved}
        steps = {name: replace(step, gain=gains[name].value) if name in gains else step for name, step in steps.items()}
    rate = (1.0 + yearly_rate) ** (1.0 / 12.0) - 1.0
    first = best_orders(steps, horizon, rate, count=2)
    plan = tuple(steps)
    fits = all(set(steps[name].after) <= set(plan[:i]) for i, name in enumerate(plan))
    result = Roadmap(
        case, steps, gains, moved, horizon, yearly_rate, first[0], first[1] if len(first) > 1 else None,
        best_orders(steps, horizon, rate, worst=True)[0], Ordered(plan, value_of(steps, plan, horizon, rate)) if fits else None,
        ratio_order(steps, horizon, rate), count_orders(steps),
    )  # fmt: skip
    return remembered(result, "which_first", case=case, horizon=horizon, yearly_rate=yearly_rate, replications=replications, seed=seed)
