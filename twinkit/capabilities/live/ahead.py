"""Where it is heading: many worlds forked from now, with and without an action, on the same luck."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.capabilities.live.arrays import as_on_the_way
from twinkit.capabilities.live.twin import AT_ONCE, TOTALS, Twin, goes_short
from twinkit.chain.kept import row_keys
from twinkit.chain.layout import ST
from twinkit.chain.plan import Plan, plan_of
from twinkit.levers.lever import COUNTED, Lever, price_of
from twinkit.levers.levers import levers_of
from twinkit.run.kpis import FORMULAS, kpis_of
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import Interval, limits, mean_interval, share_interval
from twinkit.tables.problems import Problem, refuse, strangers

LIKELY, POSSIBLE = 0.5, 0.1
"""Chance of a breach from which it is called likely, and possible."""
STEP = 7
"""Periods between two looks at the objectives; the first is at the end of the first."""
GREEN, AMBER, RED = "on course", "at risk", "likely to be missed"
MOST_ACTIONS = 8
DEFAULT_HORIZON = 90


@dataclass(frozen=True)
class Path:
    """What comes of a fork.

    Attributes
    ----------
    marks
        Periods from now at whose end the objectives are looked at, shape (marks,).
    kpis
        KPI → its value over the time from now to each mark, shape (marks, worlds).
    short
        First period from now in which a market goes short (1 = the coming one; infinite: not within the horizon), shape (markets, worlds).
    stock
        Units on hand of the stocks that serve markets, shape (stocks, periods, worlds) as quantiles: (stocks, periods, 3).
    """

    marks: np.ndarray
    kpis: Mapping[str, np.ndarray]
    short: np.ndarray
    stock: np.ndarray


@dataclass(frozen=True)
class Goal:
    """An objective and where it is heading.

    Attributes
    ----------
    kpi, unit, relation, target
        As in the table of objectives.
    marks
        Periods from now.
    chance
        Chance of a breach over the time from now to each mark: share of the worlds with its Wilson interval.
    fan
        5 %, 50 % and 95 % quantiles of the KPI at each mark, shape (marks, 3).
    """

    kpi: str
    unit: str
    relation: str
    target: float
    marks: np.ndarray
    chance: list[Interval]
    fan: np.ndarray

    @property
    def at(self) -> int:
        """Place of the mark at which a breach is likeliest, of those from two weeks on: what chances and actions are told of."""
        known = [c.value if m >= min(2 * STEP, self.marks[-1]) else -1.0 for m, c in zip(self.marks, self.chance, strict=True)]
        return int(np.argmax(known[::-1]) * -1 + len(known) - 1)

    @property
    def light(self) -> str:
        """On course, at risk, or likely to be missed, by the worst chance."""
        return RED if self.worst.value >= LIKELY else AMBER if self.worst.value >= POSSIBLE else GREEN

    @property
    def likely(self) -> int | None:
        """First mark from which a breach is likely; None if it is not within the horizon [periods from now]."""
        return next((int(m) for m, c in zip(self.marks, self.chance, strict=True) if c.value >= LIKELY), None)

    @property
    def worst(self) -> Interval:
        """Chance of a breach where it is likeliest."""
        return self.chance[self.at]


@dataclass(frozen=True)
class Action:
    """An action beside doing nothing.

    Attributes
    ----------
    lever, value, label
        What is moved, to what, and what it is called.
    chances
        KPI → chance of a breach with it, where it is likeliest if nothing is done.
    gain
        KPI → what it takes off that chance, world by world on the same luck, with its 95 % interval [share].
    moves
        KPI → by how much it moves its mean over that time, world by world, with its 95 % interval [unit of the KPI].
    cost
        What it adds to the total cost of the time ahead, world by world [money].
    price, price_known
        What it costs beyond what a run counts over the horizon [money]; whether that is known.
    last_day
        Last day on which to begin that still keeps half of its gain on the goal that it helps most: periods from now; None if it helps nothing.
    helps
        The goal that it helps most; "" for none.
    """

    lever: str
    value: Any
    label: str
    chances: Mapping[str, Interval]
    gain: Mapping[str, Interval]
    moves: Mapping[str, Interval]
    cost: Interval
    price: float
    price_known: bool
    last_day: int | None
    helps: str


class Ahead:
    """The time ahead of a twin.

    Parameters
    ----------
    twin
        The present.
    horizon
        How far to look [periods].
    """

    def __init__(self, twin: Twin, horizon: int = DEFAULT_HORIZON) -> None:
        room = twin.plan.periods - twin.period
        self.twin, self.horizon = twin, max(1, min(int(horizon), room))
        self.marks = np.unique(np.append(np.arange(STEP, self.horizon + 1, STEP), self.horizon))
        self.nothing = self.path()

    def path(self, case: Any = None, after: int = 0) -> Path:
        """Fork now, and go on with other tables.

        Parameters
        ----------
        case
            A case, or a plan of one; by default nothing is done.
        after
            Periods from now after which they hold.
        """
        plan = plan_of(case) if case is not None and not isinstance(case, Plan) else case
        with ThreadPoolExecutor(2) as pool:
            parts = list(pool.map(lambda chain: self._fork(chain, plan, after), self.twin.chains))
        kpis = {name: np.concatenate([p.kpis[name] for p in parts], axis=-1) for name in parts[0].kpis}
        stock = np.concatenate([p.stock for p in parts], axis=-1)
        return Path(self.marks, kpis, np.concatenate([p.short for p in parts], axis=-1), np.moveaxis(np.quantile(stock, [0.05, 0.5, 0.95], axis=-1), 0, -1))

    def _fork(self, chain: Any, plan: Plan | None, after: int) -> Path:
        fork = chain.branch(record=[])
        if lanes := self.twin.read_lanes:
            as_on_the_way(fork, lanes)
        start = {name: getattr(fork.world, name).copy() for name in TOTALS}
        first, kpis = fork.period, {}
        sold = np.unique(fork.plan.net.market_stock)
        short = np.full((fork.world.market.shape[1], fork.replications), np.inf)
        stock = np.empty((len(sold), self.horizon, fork.replications))
        before = start["total_market"][AT_ONCE]
        for day in range(1, self.horizon + 1):
            if day == after + 1 and plan is not None:
                fork = fork.branch(plan)
            fork.run(first + day)
            total = fork.world.total_market[AT_ONCE]
            np.copyto(short, float(day), where=np.isinf(short) & goes_short(total - before))
            before = total
            stock[:, day - 1] = fork.world.stock[ST.on_hand, sold]
            if day in self.marks:
                for name, values in over_window(fork, start, day).items():
                    kpis.setdefault(name, []).append(values)
        return Path(self.marks, {k: np.array(v) for k, v in kpis.items() if len(v) == len(self.marks)}, short, stock)

    # --- objectives

    @cached_property
    def objectives(self) -> list[tuple[str, str, float]]:
        """Objectives that can be foreseen: kpi, relation, target."""
        rows = self.twin.case["objectives"].itertuples(index=False)
        return [(r.kpi, r.relation, float(r.target)) for r in rows if r.kpi in self.nothing.kpis]

    @cached_property
    def left_out(self) -> list[str]:
        """Objectives of the case that say nothing of the time ahead alone, such as the time to recover."""
        return [k for k in self.twin.case["objectives"]["kpi"] if k not in self.nothing.kpis]

    @cached_property
    def worst_at(self) -> dict[str, int]:
        """KPI → place of the mark at which a breach is likeliest if nothing is done."""
        return {g.kpi: g.at for g in self.goals()}

    def breached(self, path: Path, kpi: str, relation: str, target: float) -> np.ndarray:
        """Whether an objective is missed, shape (marks, worlds); a KPI that is not defined in a world misses nothing there."""
        values = path.kpis[kpi]
        return (values < target) if relation == "at_least" else (values > target)

    def goals(self) -> list[Goal]:
        """Every objective, where nothing is done."""
        path, found = self.nothing, []
        for kpi, relation, target in self.objectives:
            hit = self.breached(path, kpi, relation, target)
            with np.errstate(invalid="ignore"):
                fan = np.stack([_quantiles(row) for row in path.kpis[kpi]])
            unit = FORMULAS[kpi][0].replace("money", self.twin.case.settings["currency"])
            found.append(Goal(kpi, unit, relation, target, self.marks, [share_interval(int(h.sum()), len(h)) for h in hit], fan))
        return found

    def shortages(self) -> pd.DataFrame:
        """Markets that may go short where nothing is done.

        Returns
        -------
        DataFrame
            market, product, chance (that more than 2 % of the demand of some period is not served at once) with low and high, first (period from now
            at which half of the worlds that go short have done so); the likeliest first.
        """
        rows = []
        for key, first in zip(row_keys(self.twin.plan, "markets"), self.nothing.short, strict=True):
            hit = np.isfinite(first)
            chance = share_interval(int(hit.sum()), len(hit))
            rows.append((*key[:2], *chance, float(np.median(first[hit])) if hit.any() else math.nan))
        frame = pd.DataFrame(rows, columns=["market", "product", "chance", "low", "high", "first"])
        return frame.sort_values(["chance", "first"], ascending=[False, True], kind="stable", ignore_index=True)

    # --- why, and what can be done

    def because(self) -> list[tuple[str, str, Interval, Interval]]:
        """What each event that goes on adds to the chance of a breach: event, kpi, chance were it over now, and what it adds, on the same luck."""
        found = []
        for row in self.twin.happening():
            over = row.get("duration") is not None and row["start"] + row["duration"] <= self.twin.now + 1 and not row.get("recovery_time")
            if over:
                continue
            events = self.twin.live_case["events"]
            path = self.path(self.twin.live_case.replace(events=events[events["event"] != row["event"]]))
            for kpi, relation, target in self.objectives:
                with_it, without = (self.breached(p, kpi, relation, target)[self.worst_at[kpi]] for p in (self.nothing, path))
                added = mean_interval(with_it.astype(float) - without, within=(-1.0, 1.0))
                found.append((row["event"], kpi, share_interval(int(without.sum()), len(without)), added))
        return found

    def offered(self) -> dict[str, Any]:
        """Levers that may still help → the value that is tried: those that are flags are turned on, others moved a quarter of the way."""
        found = {}
        for lever in levers_of(self.twin.live_case):
            value = _tried(lever)
            if value is not None and not lever.foreseen:
                found[lever.name] = value
        reacts = [n for n in found if n in ("expediting", "backup_supplier", "substitution", "detection_delay", "ramp_up")]
        rest = [n for n in found if n not in reacts and not n.startswith("extra_capacity_tier")]
        return {n: found[n] for n in [*reacts, *rest][:MOST_ACTIONS]}

    def actions(
        self, tried: Mapping[str, Any] | None = None, prices: Mapping[str, Any] | None = None,
        progress: Callable[[int, int], None] | None = None, cancel: Any = None,
    ) -> list[Action]:  # fmt: skip
        """Every action beside doing nothing, on the same luck; those that help most first.

        Parameters
        ----------
        tried
            Lever → value; by default :meth:`offered`.
        prices
            Lever → :class:`~twinkit.levers.lever.Price`, or money a year.
        progress, cancel
            As for any study.

        Raises
        ------
        CaseError
            If a lever is unknown or its value out of range; all at once.
        """
        tried, known = dict(self.offered() if tried is None else tried), {lever.name: lever for lever in levers_of(self.twin.live_case)}
        wrong = strangers("live", "actions", tried, known, "is no lever of the case", "Levers")
        wrong += [Problem("live", None, "actions", f"{n}={v}", "is out of its range", known[n].allowed) for n, v in tried.items() if n in known and not known[n].allows(v)]  # fmt: skip
        refuse(wrong)
        found = []
        for i, (name, value) in enumerate(tried.items()):
            if cancel is not None and cancel.is_set():
                break
            found.append(self._action(known[name], value, (prices or {}).get(name)))
            if progress is not None:
                progress(i + 1, len(tried))
        return sorted(found, key=lambda a: -max((g.value for g in a.gain.values()), default=0.0))

    def _action(self, lever: Lever, value: Any, price: Any) -> Action:
        plan = plan_of(Scenario(lever.name, (), {lever.name: value}).moved(self.twin.live_case))
        path = self.path(plan)
        gain, chances, moves = {}, {}, {}
        for kpi, relation, target in self.objectives:
            base, own = (self.breached(p, kpi, relation, target)[self.worst_at[kpi]] for p in (self.nothing, path))
            chances[kpi] = share_interval(int(own.sum()), len(own))
            gain[kpi] = mean_interval(base.astype(float) - own, within=(-1.0, 1.0))
            apart = path.kpis[kpi][self.worst_at[kpi]] - self.nothing.kpis[kpi][self.worst_at[kpi]]
            moves[kpi] = mean_interval(apart[np.isfinite(apart)], within=limits(FORMULAS[kpi][0], change=True))
        cost = mean_interval(path.kpis["total cost"][-1] - self.nothing.kpis["total cost"][-1])
        helps = max(gain, key=lambda k: gain[k].value, default="")
        if not helps or not gain[helps].low > 0:
            helps = ""
        known = lever.price if price is None else price_of(price)
        case = self.twin.live_case
        years = self.horizon * case.settings["period_days"] / 365.0
        money = 0.0 if known in (None, COUNTED) else known.yearly(case, value, lever.start, lever.gives_up(value), lever.turned_over(case, value)) * years
        label = lever.label if lever.flag else f"{lever.label}: {value:g} {lever.unit}"
        return Action(lever.name, value, label, chances, gain, moves, cost, money, known is not None, self._last_day(plan, helps, gain) if helps else None, helps)

    def _last_day(self, plan: Plan, kpi: str, gain: Mapping[str, Interval]) -> int:
        """Largest delay that keeps half of the gain, of 0 and the marks before the last (bisection: a gain falls with the delay)."""
        relation, target = next((r, t) for k, r, t in self.objectives if k == kpi)
        at = self.worst_at[kpi]
        base = self.breached(self.nothing, kpi, relation, target)[at].mean()
        delays, low, high = [0, *(int(m) for m in self.marks[:-1])], 0, len(self.marks) - 1
        while low < high:
            middle = (low + high + 1) // 2
            own = self.breached(self.path(plan, delays[middle]), kpi, relation, target)[at].mean()
            low, high = (middle, high) if base - own >= 0.5 * gain[kpi].value else (low, middle - 1)
        return delays[low]


def over_window(chain: Any, start: Mapping[str, np.ndarray], days: int, end: Mapping[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    """KPIs over some periods, from totals at their start and end; those that look at whole runs are left out.

    Parameters
    ----------
    chain
        A chain of the case.
    start, end
        Totals by name of the array; by default those that the chain now has.
    days
        How many periods lie between [periods].
    """
    world = chain.world._replace(**{name: (getattr(chain.world, name) if end is None else end[name]) - before for name, before in start.items()})
    return {k: v for k, v in kpis_of(_window(chain.plan, days), world).items() if k != "bullwhip ratio" and k not in rooms.KPIS}


def _window(plan: Plan, days: int) -> Plan:
    """The plan as one of so many periods, for what is counted over them."""
    key = ("live window", days)
    if key not in plan.notes:
        settings: dict[str, Any] = {"periods": days, "warm_up": 0}
        plan.notes[key] = replace(plan, case=plan.case.replace(settings=settings), notes={})
    return plan.notes[key]


def _quantiles(values: np.ndarray) -> np.ndarray:
    known = values[np.isfinite(values)]
    return np.quantile(known, [0.05, 0.5, 0.95]) if len(known) else np.full(3, np.nan)


def _tried(lever: Lever) -> Any:
    """Value of a lever that is tried: on, or a quarter of the way in the direction that is bought; None where there is nowhere to go."""
    if lever.flag:
        return (not lever.start) if bool(lever.start) != (lever.bought == "more") else None
    end = lever.high if lever.bought == "more" else lever.low
    value = round(float(lever.start) + (end - float(lever.start)) / 4.0, 4)
    return value if abs(value - float(lever.start)) > 1e-9 else None
