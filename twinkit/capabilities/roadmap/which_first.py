"""Which step first: the order of steps that is worth most, what each is worth, how sure that is and what must be true for it to pay."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import combinations
from threading import Event

import numpy as np
import pandas as pd

from twinkit.capabilities.roadmap.effects import CHAIN, EARNED, Move, moves_of, risks_of, run_steps
from twinkit.capabilities.roadmap.futures import Box, explained, find_boxes, go_where, groups_of
from twinkit.capabilities.roadmap.money import internal_rate, payback
from twinkit.capabilities.roadmap.objectives import Attained, attained
from twinkit.capabilities.roadmap.ready import with_ready
from twinkit.capabilities.roadmap.sequence import Ordered, Step, best_orders, count_orders, ratio_order, value_of
from twinkit.capabilities.roadmap.worlds import STEADY, Assumption, Planned, Played, Worlds, planned_steps
from twinkit.levers.levers import levers_of
from twinkit.run.public import Result, study
from twinkit.run.statistics import Interval, apart_interval, mean_interval, median_interval, share_interval
from twinkit.study.asked import remembered
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.checks import require_sound
from twinkit.tables.problems import CaseError, Problem, is_number, refuse, shown, strangers
from twinkit.tables.words import KPI_NAMES
from twinkit.words import amount, counted, sure

MONTH = 365.0 / 12.0
"""Days of a month [days]."""
LOOKED_AT = ((8, 120), (12, 20), (18, 2))
"""Up to so many steps, so many orders that are best in the mean are looked at in every world."""
EXACT = 8
"""Steps up to which all sets of them are looked at for what each is worth together with the others."""
HELD = 10
"""Steps up to which it is told down to which gain an order holds."""
JOINS = 100
"""Random orders of joining that stand for all of them beyond that."""


@dataclass(frozen=True)
class Search:
    """Orders of steps by what they are worth in the mean of the worlds.

    Attributes
    ----------
    found
        Orders that were looked at, the best first.
    orders
        How many orders the conditions allow.
    exact
        Whether none is better, and none worse, than those that were looked at.
    """

    found: tuple[Ordered, ...]
    orders: int
    exact: bool


def put_in_order(worlds: Worlds, more: Sequence[Sequence[str]] = ()) -> Search:
    """The orders of the steps that are still to come that are worth most.

    Where an order is worth what its expected steps are worth (:attr:`Worlds.plain`) the best are found exactly.  Else the best in that
    sense are looked at in every world, and the best of them is improved by moving one step at a time until none is better.

    Parameters
    ----------
    worlds
        Steps and their draws.
    more
        Orders that are looked at in any case.
    """
    steps, horizon = worlds.expected(), max(worlds.horizon - worlds.now, 1)
    if not steps:
        return Search((Ordered((), float(worlds.value(()).mean())),), 1, True)
    count = next(c for most, c in LOOKED_AT if len(steps) <= most)
    orders = count_orders(steps)
    first = best_orders(steps, horizon, worlds.rate, count=2 if worlds.plain else count)
    first += [*best_orders(steps, horizon, worlds.rate, worst=True), ratio_order(steps, horizon, worlds.rate)]
    values: dict[tuple[str, ...], float] = {}

    def look(order: tuple[str, ...]) -> float:
        if order not in values:
            values[order] = value_of(steps, order, worlds.horizon, worlds.rate) if worlds.plain else float(worlds.value(order).mean())
        return values[order]

    for order in [*(o.order for o in first), *map(tuple, more)]:
        look(order)
    exact = worlds.plain or orders <= count
    at = max(values, key=look)
    while not exact:
        near = [tuple(moved) for i in range(len(at)) for j in range(len(at)) if i != j and _allowed(steps, moved := _put(at, i, j))]
        best = max([at, *near], key=look)
        if best == at:
            break
        at = best
    ranked = sorted(values, key=lambda order: (-values[order], order != at))
    return Search(tuple(Ordered(order, values[order]) for order in ranked), orders, exact)


def _put(order: Sequence[str], i: int, j: int) -> list[str]:
    left = [*order[:i], *order[i + 1 :]]
    return [*left[:j], order[i], *left[j:]]


def _allowed(steps: Mapping[str, Step], order: Sequence[str]) -> bool:
    return all(set(steps[n].after) <= set(order[:i]) for i, n in enumerate(order))


@dataclass(frozen=True, repr=False)
class Roadmap(Result):
    """The order in which steps are worth most, and how sure that is.

    Attributes
    ----------
    case
        The case with its steps, also those that were taken ready.
    worlds
        Draws of what is not certain.
    steps
        Name → step with the means that were used.
    gains
        Name → gain of a month with its 95 % interval, of the steps whose gain was run on the chain [money/month].
    moves
        What steps move.
    horizon, yearly_rate, wait, budget
        Months that count, interest [1/year], months that waiting for information takes, and most that the steps may cost [money].
    search
        Orders that were looked at.
    planned, ratio
        The order of the table, or None if its conditions do not allow it; and that of the rule of thumb.
    left_out
        Sentences about ready steps that move nothing here.
    risks
        Event → its chance in a year, where a step moves the chain [1/year].
    """

    case: Case
    worlds: Worlds
    steps: Mapping[str, Step]
    gains: Mapping[str, Interval]
    moves: Sequence[Move]
    horizon: int
    yearly_rate: float
    wait: int
    budget: float
    search: Search
    planned: Ordered | None
    ratio: Ordered
    left_out: Sequence[str] = ()
    risks: Mapping[str, float] = field(default_factory=dict)

    def headline(self) -> str:
        return f"Roadmap of {counted(len(self.steps), 'step')}: {' → '.join(self.best.order)}"

    def sentences(self) -> list[str]:
        money = partial(amount, unit=self.case.settings["currency"])
        way, value = " → ".join(self.best.order), sure(self.worth(), self.case.settings["currency"]) if self.uncertain else money(self.best.value)
        if self.best.value <= 0:
            return [f"Taken all together the steps do not pay: even the best order, {way}, is worth {value} today."]
        return [f"Begin with {self.best.order[0]}: the order {way} is worth {value} today."]

    def glance(self) -> pd.DataFrame:
        return self.steps_table[["step", "done", "worth", "worth_low", "worth_high", "cost", "gain", "basis"]]

    @property
    def best(self) -> Ordered:
        """The order that is worth most."""
        return self.search.found[0]

    @property
    def second(self) -> Ordered | None:
        """The best of all others that were looked at."""
        return self.search.found[1] if len(self.search.found) > 1 else None

    @property
    def worst(self) -> Ordered:
        """The worst of those that were looked at."""
        return self.search.found[-1]

    @property
    def orders(self) -> int:
        """How many orders the conditions allow."""
        return self.search.orders

    @property
    def monthly_rate(self) -> float:
        """Interest of a month with the same growth in a year [1/month]."""
        return self.worlds.rate

    @cached_property
    def uncertain(self) -> bool:
        """Whether worlds differ at all."""
        return bool(self.worlds.assumptions()) or self.worlds.runs is not None

    @cached_property
    def played(self) -> Played:
        """The best order in every world, where years differ."""
        return self.worlds.play(self.best.order)

    @cached_property
    def values(self) -> np.ndarray:
        """What the best order is worth in each world, where years differ, shape (worlds,) [money]."""
        return self.played.flows @ self.worlds.discount

    def worth(self, order: Sequence[str] | None = None) -> Interval:
        """What an order is worth in the mean, with its 95 % interval [money]."""
        return mean_interval(self.worlds.value(self.best.order if order is None else order))

    def gains_on_plan(self) -> Interval | None:
        """How much more the best order is worth than the one of the table, paired by world [money]; None without one."""
        return None if self.planned is None else mean_interval(self.worlds.value(self.best.order) - self.worlds.value(self.planned.order))

    def loses(self) -> Interval:
        """Share of worlds in which the best order is worth less than nothing [share]."""
        return share_interval(int((self.values < 0).sum()), len(self.values))

    # --- payments

    def cash_flow(self) -> np.ndarray:
        """Payments of the best order in the mean of the worlds, month by month from the start [money]."""
        return self.worlds.play(self.best.order, STEADY).flows.mean(axis=0)

    @cached_property
    def paybacks(self) -> np.ndarray:
        """Months until the best order has paid for itself for good, by world; infinite where it does not [months]."""
        return np.array([payback(flow) for flow in self.played.flows])

    def payback_months(self) -> float:
        """Months until the best order has paid for itself for good, in the middle of the worlds; infinite if it does not [months]."""
        return median_interval(self.paybacks).value

    def pays_back(self) -> Interval:
        """Share of worlds in which the best order pays for itself within the months that count [share]."""
        return share_interval(int(np.isfinite(self.paybacks).sum()), len(self.paybacks))

    def yearly_return(self) -> float:
        """Internal rate of the mean payments of the best order [1/year]; NaN where there is none, or more than one."""
        return (1.0 + internal_rate(self.cash_flow())) ** 12 - 1.0

    # --- steps

    def _needs(self, name: str) -> set[str]:
        found = set(self.steps[name].after)
        return found.union(*(self._needs(a) for a in found)) if found else found

    def _without(self, name: str, steps: Sequence[str] | None = None) -> list[str]:
        """The best order without a step and all that wait for it."""
        return [n for n in (steps or self.best.order) if n != name and name not in self._needs(n)]

    def contribution(self, name: str, luck: str = STEADY, **more) -> np.ndarray:
        """What the best order is worth more than without a step and those that wait for it, by world [money]; `more` as of :meth:`Worlds.play`."""
        return self.worlds.value(self.best.order, luck, **more) - self.worlds.value(self._without(name), luck)

    def alone(self, name: str) -> np.ndarray:
        """What a step is worth with those alone that it comes after, by world [money]."""
        needs = self._needs(name)
        return self.worlds.value([n for n in self.best.order if n == name or n in needs])

    @cached_property
    def together(self) -> dict[str, np.ndarray]:
        """Step → its part of what all are worth, by world: the mean of what it adds to those before it over all orders of joining (Shapley 1953) [money].

        A set of steps is done in the order that is best for all of them; one whose conditions are not in the set is not done.
        Exact for up to :data:`EXACT` steps, over :data:`JOINS` random orders of joining beyond that; the parts always add up to the whole.
        """
        names = list(self.best.order)
        found = {n: np.zeros(self.worlds.count) for n in names}
        if len(names) <= EXACT:
            for name in names:
                others = [n for n in names if n != name]
                for size in range(len(names)):
                    weight = 1.0 / (len(names) * math.comb(len(others), size))
                    for chosen in map(frozenset, combinations(others, size)):
                        found[name] += weight * (self._of_set(chosen | {name}) - self._of_set(chosen))
            return found
        luck = np.random.default_rng(self.worlds.seed)
        for _ in range(JOINS):
            chosen: frozenset[str] = frozenset()
            for name in luck.permutation(names).tolist():
                found[name] += (self._of_set(chosen | {name}) - self._of_set(chosen)) / JOINS
                chosen |= {name}
        return found

    @cached_property
    def _sets(self) -> dict[frozenset[str], np.ndarray]:
        return {}

    def _of_set(self, chosen: frozenset[str]) -> np.ndarray:
        """What some of the steps are worth, by world, in the best order; those whose conditions are not among them are not done [money]."""
        chosen = frozenset(n for n in chosen if self._needs(n) <= chosen)
        if chosen not in self._sets:
            self._sets[chosen] = self.worlds.value([n for n in self.best.order if n in chosen])
        return self._sets[chosen]

    def _of_cost(self, chosen: frozenset[str]) -> Mapping[str, np.ndarray]:
        """What steps cost, by world: less where others of their kind come before [money]."""
        return self.worlds.play([n for n in self.best.order if n in chosen], STEADY).cost if self.worlds.learns else self.worlds.cost

    @cached_property
    def selection(self) -> Ordered:
        """The steps that are worth most in the mean if others may be left out, within the budget, in the best order.

        Of all sets of up to :data:`EXACT` steps; of more, those that are met when one step after the other, with those that wait for
        it, is left out so that most is left.
        """
        names = self.best.order
        if len(names) <= EXACT:
            sets = {frozenset(n for n in chosen if self._needs(n) <= set(chosen)) for size in range(len(names) + 1) for chosen in combinations(names, size)}
        else:
            sets, left = {frozenset(names), frozenset()}, frozenset(names)
            while left:
                left = max((frozenset(self._without(n, [m for m in names if m in left])) for n in left), key=lambda one: float(self._of_set(one).mean()))
                sets.add(left)
        good = [one for one in sets if sum(float(self._of_cost(one)[n].mean()) for n in one) <= self.budget]
        best = max(good, key=lambda one: (float(self._of_set(one).mean()), -len(one)))
        return Ordered(tuple(n for n in names if n in best), float(self._of_set(best).mean()))

    def holds_down_to(self, name: str) -> float:
        """Share of its gain down to which the best order stays the best, all else the same; 0 if whatever it gains [share].

        The worth of an order is a line over the gain of a step, and the best of all orders is the highest line: from no gain at all one goes
        along to where the highest line meets the one of the best order, until they are one (Eisner & Severance 1976, *J. ACM* 23).
        NaN where orders are not worth what their expected steps are (:attr:`Worlds.plain`), and for more than :data:`HELD` steps.
        """
        if not self.worlds.plain or len(self.steps) > HELD:
            return math.nan

        def at(share: float) -> dict[str, Step]:
            return {**self.steps, name: replace(self.steps[name], gain=self.steps[name].gain * share)}

        def ahead(share: float, other: Sequence[str]) -> float:
            return value_of(at(share), other, self.horizon, self.monthly_rate) - value_of(at(share), self.best.order, self.horizon, self.monthly_rate)

        share, slack = 0.0, 1e-9 * max(1.0, abs(self.best.value))
        while share < 1.0:
            other = best_orders(at(share), self.horizon, self.monthly_rate)[0].order
            here, there = ahead(share, other), ahead(1.0, other)
            if here <= slack:
                return share
            share += (1.0 - share) * here / (here - min(there, 0.0))
        return 1.0

    @cached_property
    def steps_table(self) -> pd.DataFrame:
        """A row for each step in the best order: when it begins and ends, what it costs, gains and is worth."""
        rows, played = [], self.worlds.play(self.best.order, STEADY)
        sources = dict(zip(self.case["steps"]["step"], self.case["steps"]["source"], strict=True))
        for name in self.best.order:
            step, run, begun = self.steps[name], self.gains.get(name), played.begun[name]
            start, done = (np.where(begun, t[name], np.inf) for t in (played.start, played.done))
            rows.append({
                "step": name, "begins": _middle(start) + 1, "done": _middle(done), "done_low": float(np.sort(done)[int(0.05 * (len(done) - 1))]),
                "done_high": float(np.sort(done)[math.ceil(0.95 * (len(done) - 1))]), "cost": float(played.cost[name].mean()), "gain": step.gain,
                "gain_low": run.low if run and self.worlds.plain else np.nan, "gain_high": run.high if run and self.worlds.plain else np.nan,
                "basis": "run on this chain" if run else "as stated in the table", **_three("worth", self.contribution(name)), **_three("alone", self.alone(name)),
                **_three("together", self.together[name]), "holds": self.holds_down_to(name), "source": sources[name],
            })  # fmt: skip
        return pd.DataFrame(rows)

    def table(self) -> pd.DataFrame:
        """A row for each step in the best order: when it begins and ends, what it costs, gains and is worth."""
        return self.steps_table.copy()

    # --- what must be true

    @cached_property
    def break_even(self) -> pd.DataFrame:
        """A row for each step: down to which share of its gains, up to which cost and which chance to fail it pays, all else the same.

        What a step is worth with those that wait for it is linear in each of them, so each end is where the line meets 0.
        """
        rows, played = [], self.worlds.play(self.best.order, STEADY)
        levers = {one.name: one for one in levers_of(self.case)}
        for name in self.best.order:
            full, none = (float(self.contribution(name, scale={name: s}).mean()) for s in (1.0, 0.0))
            share = 0.0 if none >= 0 else -none / (full - none) if full > none else math.inf
            begun = played.begun[name] & (played.start[name] <= self.horizon)
            paid = float((begun * self.worlds.discount[np.minimum(played.start[name], self.horizon)]).mean())
            good, bad = (float(self.contribution(name, fails={name: f}).mean()) for f in (False, True))
            fail = 1.0 if bad >= 0 else good / (good - bad) if good > 0 else math.nan
            own = [m for m in self.moves if m.step == name and m.kind in CHAIN]
            rows.append({"step": name, "worth": full, "share": share, "gain": _moved_to(own, levers, share), "cost": float(played.cost[name].mean()),
                         "cost_most": float(played.cost[name].mean()) + full / paid if paid else math.nan, "fail": self.worlds.steps[name].fail, "fail_most": fail})  # fmt: skip
        return pd.DataFrame(rows)

    @cached_property
    def assumptions(self) -> list[Assumption]:
        """What is not certain in the steps of the order, and differs between the worlds."""
        return [a for a in self.worlds.assumptions() if a.values.min() < a.values.max()]

    @cached_property
    def critical(self) -> pd.DataFrame:
        """A row for each assumption, the one that explains most of the spread of what the best order is worth first."""
        rows = []
        for a in self.assumptions:
            groups = groups_of(a.values)
            means = sorted((mean_interval(self.values[g]) for g in (groups[0], groups[-1])), key=lambda m: m.value)
            turned = float(self.values[groups[0]].mean()) > float(self.values[groups[-1]].mean())
            rows.append({
                "assumption": a.name, "step": a.step, "what": a.what, "explains": explained(a.values, self.values), "bad_when": ("yes" if turned else "no") if a.values.dtype == bool else "high" if turned else "low",
                **dict(zip(("bad", "bad_low", "bad_high"), means[0], strict=True)), **dict(zip(("good", "good_low", "good_high"), means[1], strict=True)),
                "clear": apart_interval(self.values[groups[0]], self.values[groups[-1]]).clear, "knowing": self._knowing(a),
            })  # fmt: skip
        columns = ["assumption", "step", "what", "explains", "bad_when", "bad", "bad_low", "bad_high", "good", "good_low", "good_high", "clear", "knowing"]
        return pd.DataFrame(rows, columns=columns).sort_values("explains", ascending=False, kind="stable", ignore_index=True)

    def _knowing(self, a: Assumption) -> float:
        """What it is worth to know an assumption of a step before it begins, and to leave the step and those that wait for it out if that is better [money]."""
        if not a.step:
            return math.nan
        own = self.contribution(a.step)
        known = float(np.where(go_where(a.values, own), own, 0.0).mean())
        return max(known - max(float(own.mean()), 0.0), 0.0)

    def waiting(self) -> pd.DataFrame:
        """Begin now, wait for what is known of the critical assumption and then begin or not, or stop: what each is worth [money].

        Without an assumption that clearly matters there is nothing to wait for.
        """
        now = self.worlds.value(self.best.order)
        rows = [{"choice": "begin now", **_three("value", now), "begins": 1.0}]
        known = self.critical.loc[self.critical["clear"].astype(bool), "assumption"].tolist()
        if known and self.wait:
            a = next(a for a in self.assumptions if a.name == known[0])
            later = self.worlds.value(self.best.order, begin=self.wait)
            go = go_where(a.values, later)
            rows.append({"choice": f"wait {self.wait} months and know: {a.name}", **_three("value", np.where(go, later, 0.0)), "begins": float(go.mean())})
        return pd.DataFrame([*rows, {"choice": "stop", **_three("value", np.zeros(len(now))), "begins": 0.0}])

    @cached_property
    def boxes(self) -> list[Box]:
        """Futures in which the best order is worth less than nothing."""
        return find_boxes({a.name: a.values for a in self.assumptions}, self.values < 0)

    @cached_property
    def attained(self) -> Attained | None:
        """How far the best order brings the objectives and capabilities."""
        return attained(self.case, self.worlds, self.played)


def _three(name: str, values: np.ndarray) -> dict[str, float]:
    if not np.ptp(values):
        return {name: float(values[0]), f"{name}_low": float(values[0]), f"{name}_high": float(values[0])}
    return dict(zip((name, f"{name}_low", f"{name}_high"), mean_interval(values), strict=True))


def _middle(values: np.ndarray) -> float:
    return float(np.sort(values)[len(values) // 2])


def _moved_to(moves: Sequence[Move], levers: Mapping, share: float) -> str:
    """Where a share of what a step moves leaves it, in words: for one move alone, if what it brings is in proportion; "" where that says nothing."""
    if len(moves) != 1 or not 0 < share < math.inf:
        return ""
    move, lever = moves[0], levers.get(moves[0].target)
    if lever is None:
        factor = 1 + share * (move.value - 1)
        return f"{move.target} times {factor:.3g}" if factor >= 0 else f"{move.target} cannot be moved so far"
    to = lever.start + share * (move.value - lever.start)
    return "" if lever.flag else f"{lever.label} at {to:.3g} {lever.unit}" if lever.low <= to <= lever.high else f"{lever.label} cannot be moved so far"


def _risk_problems(case: Case, risks: Mapping[str, float]) -> list[Problem]:
    known = case["events"]["event"].tolist()
    found = strangers("which_first", "risks", risks, known, "is no event of the case", "Events", 20)
    for chance in risks.values():
        if not is_number(chance, 0, 1):
            found.append(Problem("which_first", None, "risks", shown(chance), "is no chance in a year", "Write a number from 0 to 1."))
    if not found and sum(risks.values()) > 1:
        found.append(Problem("which_first", None, "risks", f"{sum(risks.values()):g}", "is the sum of the chances, and a year has one risk at most", "Make it 1 or less."))
    return found


def _people_problems(steps: Mapping[str, Planned], people: int | None, trades: Mapping[str, int] | None) -> list[Problem]:
    """Steps for which there are too few people."""
    hint = "Make it fewer, or say that there are more."
    if trades is None:
        return [Problem("steps", i + 2, "people", str(s.people), f"is more than the {people} that there are", hint) for i, s in enumerate(steps.values()) if people and s.people > people]
    if people is not None or not isinstance(trades, Mapping) or not trades:
        return [Problem("which_first", None, "trades", shown(trades), "is given beside people" if people is not None else "names no people by trade", 'Give one of the two: people=5, or trades={"planner": 2}.')]
    found = strangers("which_first", "trades", trades, {t: "" for s in steps.values() for t in s.trades}, "is needed by no step (steps.trades)", "Trades")
    there = {t: n for t, n in trades.items() if is_number(n, 1) and n == int(n)}
    found += [Problem("which_first", None, f"trades, {t}", shown(n), "is no number of people", "Write a whole number above 0.") for t, n in trades.items() if t not in there]
    for i, (name, s) in enumerate(steps.items()):
        if not s.trades:
            found.append(Problem("which_first", None, "trades", name, "is a step that says no trade (steps.trades), and people are told apart by it", "Write whom it needs, such as: 2 planner; 1 welder."))
        found += [Problem("steps", i + 2, "trades", f"{n} {t}", f"is more than the {there.get(t, 0)} that there are", hint) for t, n in s.trades.items() if n > there.get(t, 0) and (t in there or t not in trades)]
    return found


@partial(study, limits={"horizon": (1, 1200), "yearly_rate": (-0.99, 10), "wait": (0, 600), "budget": (0, math.inf), "people": (1, 100_000)})
def which_first(
    case: CaseLike, horizon: int = 60, yearly_rate: float = 0.1, replications: int | None = None, seed: int | None = None,
    risks: Mapping[str, float] | None = None, technologies: Sequence[str] = (), wait: int = 6, budget: float | None = None, people: int | None = None,
    trades: Mapping[str, int] | None = None,
    *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Roadmap:  # fmt: skip
    """The order of the steps of a case that is worth most: one team takes one after the other, or as many people as there are work side by side.

    What a step brings that moves a lever or a figure of the chain is what the chain earns more in a month with it, on the same luck,
    alone and together with others; what another step brings is what the table states.

    Parameters
    ----------
    case
        A case with a table of steps, or technologies.
    horizon
        Months that count [months].
    yearly_rate
        Interest [1/year].
    replications, seed
        Worlds, and their luck; by default as the case says.
    risks
        Event of the case → its chance in a year; a year has one of them at most.  By default the events that are not scheduled and
        have a probability below 1, with that chance in a run [1/year].
    technologies
        Names of ready steps (:data:`~twinkit.capabilities.roadmap.ready.TECHNOLOGIES`) beside those of the table.
    wait
        Months that waiting for information takes [months].
    budget
        Most that the steps that are taken may cost in the mean; by default anything [money].
    people
        How many there are: each step takes as many as `steps.people` says from its start to its end, and steps are worked at side by side
        as far as they go.  By default one team takes one step after the other.
    trades
        Trade → how many people of it there are, instead of `people`: each step takes those that `steps.trades` says.
    progress, cancel
        As for :func:`twinkit.ensemble`.

    Raises
    ------
    CaseError
        If an argument cannot be, a step needs more people than there are, there are no steps, or what a lever is worth cannot be told.
    """
    given_risks, risks = risks, risks_of(case) if risks is None else risks
    refuse(_risk_problems(case, risks))
    given, (case, left_out) = case, with_ready(case, technologies)
    require_sound(case)
    steps = planned_steps(case)
    if not steps:
        told = " ".join(left_out) or "Write a row for each step: step, months, cost and gain or lever; the case 'aurora' is an example."
        raise CaseError([Problem("steps", None, "", "", "the table has no rows", told)])
    refuse(_people_problems(steps, people, trades))
    count, seed_used = int(replications or case.settings["replications"]), int(case.settings["seed"] if seed is None else seed)
    moves = moves_of(case)
    runs = None
    measures = [m for m in dict.fromkeys(case["strategy"]["measure"]) if m in KPI_NAMES and m not in set(case["capabilities"]["capability"])]
    if measures or any(m.kind in CHAIN for m in moves):
        months = (case.settings["periods"] - case.settings["warm_up"]) * case.settings["period_days"] / MONTH
        earned = [EARNED] if any(m.kind in CHAIN for m in moves) else []
        runs = run_steps(case, moves, [*earned, *measures], risks, months, count, seed, progress, cancel)
    rate = (1.0 + yearly_rate) ** (1.0 / 12.0) - 1.0
    worlds = Worlds(steps, moves, runs, count, seed_used, horizon, rate, people=trades or people)
    if runs is None and not worlds.assumptions():
        worlds = replace(worlds, count=1)  # all are alike
    expected, plan = worlds.expected(), tuple(steps)
    gains = {n: mean_interval(worlds.changes(EARNED, STEADY)[0][n][:, 0]) for n in runs.names} if runs else {}
    fits = _allowed(expected, plan)
    search = put_in_order(worlds, [plan] if fits else [])
    of = {one.order: one for one in search.found}
    ratio = ratio_order(expected, horizon, rate).order
    result = Roadmap(case, worlds, expected, gains, moves, horizon, yearly_rate, wait, math.inf if budget is None else budget, search, of[plan] if fits else None, of[ratio], left_out, risks if gains else {})
    return remembered(result, "which_first", case=given, horizon=horizon, yearly_rate=yearly_rate, replications=replications, seed=seed,
                      risks=given_risks, technologies=list(technologies) or None, wait=wait, budget=budget, people=people, trades=trades)  # fmt: skip
