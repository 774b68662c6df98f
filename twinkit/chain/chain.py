"""The chain: a Mesa model that lives in many worlds at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mesa
import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.chain.actors import Site
from twinkit.chain.balance import Goods, goods_now, imbalance
from twinkit.chain.day import Day, Step, advance, foresee_rows, order_rows, perform
from twinkit.chain.holds import Holding
from twinkit.chain.layout import EV, RC, ST, World
from twinkit.chain.people import People
from twinkit.chain.plan import Plan, plan_of
from twinkit.chain.python_rules import RuleError
from twinkit.chain.records import Series, whole_history
from twinkit.chain.travel import TimeTravel
from twinkit.chain.world import build_world
from twinkit.columns import Column, columns_of
from twinkit.tables import require_sound
from twinkit.tables.case import Case
from twinkit.tables.schema import Stocks

BATCH = 64
"""Replications of a batch: the unit of work, of progress and of redraw."""


def _own_columns(actors: Mapping[str, type[Site]]) -> dict[str, Column]:
    """Columns of stocks that actor classes of one's own declare."""
    known = columns_of(Stocks)
    return {k: c for cls in actors.values() for k, c in columns_of(cls).items() if not c.table or c.table == "stocks"
            if k not in known}  # fmt: skip


class Chain(TimeTravel, Holding, People, mesa.Model):
    """A supply chain in R worlds at once.

    Parameters
    ----------
    case
        A checked case, or a plan made of one.
    replications
        Number of worlds R.
    seed
        Seed of all chance; by default that of the case.
    first
        Number of the first world: worlds 64 to 127 of an ensemble are
        ``Chain(case, 64, first=64)``.
    record
        Histories to keep: ``"table.column"`` for a whole column, or
        :class:`~twinkit.chain.records.Series`.
    actors
        Kind of site or name of a site → actor class of your own.
    policies
        Kind of site, name of a site, or (site, product) → function of a view that
        returns the units to order.
    day
        Order of events or a :class:`Day`; by default that of the case.

    Raises
    ------
    CaseError
        If the case has problems; all of them, as sentences.
    KeyError
        If `actors` or `policies` name no site or kind of the case.
    ValueError
        If there is less than one replication.

    Examples
    --------
    >>> import twinkit
    >>> chain = twinkit.Chain(twinkit.example("camera"), replications=8)
    >>> chain.run().period == chain.plan.periods
    True
    """

    def __init__(
        self,
        case: Case | Plan,
        replications: int = BATCH,
        *,
        seed: int | None = None,
        first: int = 0,
        record: Sequence[str | Series] = (),
        actors: Mapping[str, type[Site]] | None = None,
        policies: Mapping[Any, Callable] | None = None,
        day: Day | str | None = None,
    ) -> None:
        if isinstance(case, Case):
            require_sound(case, extra_columns=_own_columns(actors or {}))
            case = case.replace(settings={"day": day}) if isinstance(day, str) else case
        if not int(replications) >= 1:
            raise ValueError(f"replications is {replications}: a chain runs in 1 world or more")
        self.plan = case if isinstance(case, Plan) else plan_of(case)
        settings = self.plan.case.settings
        seed = int(settings["seed"] if seed is None else seed)
        super().__init__(seed=seed)
        self.seed, self.muted, self.holds = seed, False, []
        self.given = {"actors": dict(actors or {}), "policies": dict(policies or {})}
        self.case, self.replications, self.first = self.plan.case, int(replications), int(first)
        self.day = day if isinstance(day, Day) else Day(day or settings["day"])
        for added in rooms.STEPS.values():
            if added.when(self.case) and added.name not in self.day.names:
                step = Step(added.name, "own step", "", "", act=added.act)
                self.day = self.day.insert(step, before=added.before, after=added.after)
        self.series = [self._series(s) for s in record]
        self.world: World = build_world(self.plan, seed, self.replications, self.first, self.series)
        self.period = 0
        self._settle_in(**self.given)
        self._goods_at_start = self.goods_by_product()
        self._work_at_start = self.world.recipe[RC.in_work].copy()

    @property
    def by_hand(self) -> bool:
        """Whether Python takes part in the day (own rules or own steps), so that it is not one compiled loop."""
        return bool(any(self.rules.values()) or self._markets or not self.day.compiled)

    # Running ----------------------------------------------------------------------

    def step(self) -> None:
        """One period."""
        self.run(self.period + 1)

    def run(self, until: int | None = None) -> Chain:
        """Run up to a period (without it); by default to the end.

        Parameters
        ----------
        until
            First period that is not run any more [period].
        """
        until = self.plan.periods if until is None else min(int(until), self.plan.periods)
        if until <= self.period:
            return self
        for stop in self._stops(until):
            with self._held():
                self._run_to(stop)
        return self

    def _run_to(self, until: int) -> None:
        if self.by_hand:
            for t in range(self.period, until):
                self._day(t)
                self.period = t + 1
        else:
            advance(self._ref, self.period, until, *self.day.codes())
        self.period = until

    def _day(self, t: int) -> None:
        waves = len(self.world.wave_at) - 1
        for group in self.day.groups:
            for wave in range(waves if len(group) > 1 else 1):
                for step in group:
                    for each in [wave] if len(group) > 1 else range(waves):
                        self._do(step, t, each)

    def _do(self, step: Step, t: int, wave: int) -> None:
        w, rules = self.world, self.rules
        if step.act is not None:
            if wave == 0:
                self._own_step(step)
        elif step.name.startswith("replenish"):
            if wave == 0:
                self._replenish(t, together=step.name == "replenish together")
        else:
            if step.name in ("serve", "ship", "sell", "dispatch"):
                for rule in rules["serve"]:
                    w.offer[rule.rows] = rule.run(self)
            if step.name == "produce":
                for rule in rules["produce"]:
                    by_stock = np.full((w.stock.shape[1], self.replications), np.inf)
                    by_stock[rule.rows] = rule.run(self)
                    w.make[:] = np.minimum(by_stock[w.recipe_stock], np.inf)
            if step.name == "demand":
                for rule in self._markets:
                    w.ask[:] = rule.run(self)
            perform(self._ref, t, step.code, wave)

    def _own_step(self, step: Step) -> None:
        """Do a step of the user's own; goods may change hands there, and none may appear or vanish."""
        before = Goods(self)
        step.act(self)
        wrong, appeared = before.first_change(wrong=True), before.appeared()
        if wrong:
            raise RuleError(f"the step {step.name} set {wrong}: a number of 0 or more is needed.")
        if appeared:
            first = before.first_change()
            raise RuleError(
                f"the step {step.name} made {appeared}; it set {first}. Take what is added at one place from another; "
                "what is thrown away is added to `destroyed` of its stock."
            )
        before.book_destroyed()

    def _replenish(self, t: int, together: bool) -> None:
        w = self.world
        by_hand = w.stock[ST.override].copy()  # an order set by hand comes before any rule
        levels = [(0, len(w.down_up))] if together else list(zip(w.level_at[:-1], w.level_at[1:], strict=True))
        for a, b in levels:
            foresee_rows(self._ref, t, a, b)
            here = np.sort(w.down_up[a:b])
            for rule in self.rules["order"]:
                rows = np.intersect1d(rule.rows, here)
                if len(rows):
                    ruled = np.maximum(rule.run(self, rows), 0.0)  # below 0 by rounding
                    w.stock[ST.override][rows] = np.where(by_hand[rows] >= 0.0, by_hand[rows], ruled)
            order_rows(self._ref, t, a, b)

    # Looking at it -------------------------------------------------------------------

    def _series(self, wanted: str | Series) -> Series:
        if isinstance(wanted, Series):
            return wanted
        return whole_history(self.plan, *wanted.split(".", 1))

    def history(self, name: str) -> np.ndarray:
        """A recorded history, shape (lines, periods so far, replications); one "world" where it is a mean.

        Raises
        ------
        KeyError
            If nothing of that name was recorded.
        """
        at = [0, 0]
        for s in self.series:
            if s.name == name:
                kept = self.world.record_mean[:, :, None] if s.mean else self.world.record
                return kept[at[s.mean] : at[s.mean] + len(s.labels), : self.period]
            at[s.mean] += len(s.labels)
        known = ", ".join(s.name for s in self.series) or "none"
        raise KeyError(f"no history {name!r} was recorded; recorded: {known}")

    def labels(self, name: str) -> list[str]:
        """Names of the lines of a recorded history."""
        return next(s.labels for s in self.series if s.name == name)

    # Time travel: see twinkit.chain.travel -------------------------------------------------

    def mute_events(self) -> Chain:
        """Let no event happen any more: what follows is the same world without them."""
        self.world.event_n[EV.first] = self.world.event_n[EV.last] = -1.0
        self.muted = True
        return self

    # Always true ------------------------------------------------------------------------

    def goods_by_product(self) -> pd.DataFrame:
        """Units of every product in the chain, by world: on hand, on the way, at doors, held, in work."""
        return goods_now(self)

    def balance(self) -> pd.DataFrame:
        """Goods that appeared or vanished since the start, by product and world [units]; 0 if all is well."""
        return imbalance(self, self._goods_at_start)
