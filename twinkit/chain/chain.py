"""The chain: a Mesa model that lives in many worlds at once; what is held by hand; compiling ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.chain.actors import Site
from twinkit.chain.balance import GAP, MOVED, Goods, goods_now, imbalance
from twinkit.chain.branch import branched
from twinkit.chain.day import Day, Step, advance, foresee_rows, order_rows, perform
from twinkit.chain.kept import HISTORIES, PLANS, Key, row_keys, said
from twinkit.chain.layout import EV, RC, SP, ST, World
from twinkit.chain.people import NUMBERS, People, RuleError, own_columns
from twinkit.chain.plan import Plan, plan_of
from twinkit.chain.records import Series, whole_history
from twinkit.chain.saving import save_chain
from twinkit.chain.world import build_world
from twinkit.columns import columns_of
from twinkit.tables import CaseError, require_sound
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, did_you_mean, listed
from twinkit.tables.schema import TABLES

# What is held by hand for some periods: a player's order, a planner's decision.
#
# A hold is a value in a column of one row for a range of periods.  It is kept in plain
# Python and written into the arrays when the run comes to it; the compiled loop runs from
# one such period to the next, so a run without holds is one loop.  Between two calls of
# ``run`` the columns are as they would be without holds, and so are snapshots, which carry
# the list of holds beside them.
#
# An order can be held, and the numbers in :data:`HOLDABLE`.  Lead times cannot: goods on
# the way have theirs.  What events set (outages, surges, delays) cannot either: branch into
# a case with an event (:meth:`twinkit.chain.chain.Chain.branch`).


ORDER = "order"
"""Name of the column that holds what a stock orders."""
HOLDABLE = {
    "stocks": (ORDER, "order_up_to", "reorder_point", "order_quantity", "safety_stock"),
    "lanes": ("capacity", "share"),
    "recipes": ("capacity", "share"),
}
"""Columns that can be held, by table."""


@dataclass(frozen=True)
class Hold:
    """A value for a row in the periods from `period` to `until` (without it); an order may differ by world."""

    table: str
    column: str
    row: Key
    value: float | tuple[float, ...]
    period: int
    until: int


class Holding:
    """Holding values by hand, for a chain with a `plan`, a `world` and a `period`.

    Attributes
    ----------
    holds : list of Hold
        What is held now or later; of two holds of one cell the newer one counts.
    """

    plan: Plan
    world: World
    period: int
    replications: int
    holds: list[Hold]

    def override(self, site: str, product: str, units, period: int | None = None, until: int | None = None) -> None:
        """Set by hand what a stock orders, in place of its policy.

        Parameters
        ----------
        site, product
            The stock.
        units
            Units to order in each period, one number or one for each world [units/period];
            negative: the policy decides after all.
        period
            First period; by default the coming one [period].
        until
            First period in which the policy decides again; by default the next [period].

        Raises
        ------
        KeyError
            If the site does not keep the product.
        ValueError
            If the periods are over, or the units are no numbers.
        """
        if (site, product) not in row_keys(self.plan, "stocks"):
            raise KeyError(f"{site} keeps no {product}")
        self.hold("stocks", ORDER, (site, product), units, period, until)

    def hold(
        self, table: str, column: str, row: Key, value, period: int | None = None, until: int | None = None
    ) -> None:
        """Hold a number of one row for some periods; then it is what it was.

        Parameters
        ----------
        table, column
            One of :data:`HOLDABLE`.
        row
            Names of the row: (site, product), or (origin, destination, product, mode).
        value
            The number, in the unit of the column.
        period, until
            As for :meth:`override`.

        Raises
        ------
        KeyError
            If there is no such row, or the column cannot be held.
        ValueError
            If the periods are over, or the value is not allowed.

        Examples
        --------
        >>> import twinkit
        >>> chain = twinkit.Chain(twinkit.example("camera"), replications=1)
        >>> lane = chain.plan.net.lanes.iloc[0]
        >>> chain.hold("lanes", "capacity", tuple(lane[["origin", "destination", "product", "mode"]]), 0, 3, 5)
        >>> chain.holds[0].value, chain.holds[0].until
        (0.0, 5)
        """
        if column not in HOLDABLE.get(table, ()):
            can = "; ".join(f"{t}: {', '.join(names)}" for t, names in HOLDABLE.items())
            raise KeyError(
                f"{table}.{column} cannot be held; what can: {can}. Branch into a case with an event instead"
            )
        keys = row_keys(self.plan, table)
        begins = [k for k in keys if k[: len(row)] == tuple(row)]
        if len(begins) == 1:
            row = begins[0]  # the rest of the key, such as the name of the only recipe, need not be said
        if tuple(row) not in keys:
            name, names = said(table, tuple(row)), [said(table, k) for k in keys]
            raise KeyError(f"{table} have no row {name!r}. {did_you_mean(name, names, f'Rows: {listed(names)}.')}")
        first = self.period if period is None else int(period)
        end = first + 1 if until is None else int(until)
        if first < self.period or first >= self.plan.periods or end <= first:
            raise ValueError(
                f"periods {first} to {end} (without {end}) cannot be held: the chain is in period {self.period} "
                f"of {self.plan.periods}"
            )
        self.holds.append(Hold(table, column, tuple(row), self._checked(table, column, value), first, end))

    def _checked(self, table: str, column: str, value) -> float | tuple[float, ...]:
        """The value as it is kept, if the column allows it."""
        values = np.asarray(value, float)
        if not np.isfinite(values).all() or (values.ndim and column != ORDER):
            raise ValueError(f"{column} must be a number, not {value!r}")
        if values.ndim:
            if values.shape != (self.replications,):
                raise ValueError(f"orders by world must be {self.replications} numbers, not shape {values.shape}")
            return tuple(values.tolist())
        declared = columns_of(TABLES[table]).get(column)
        low, high = (None, None) if declared is None else (declared.low, declared.high)
        if (low is not None and values < low) or (high is not None and values > high):
            raise ValueError(f"{column} must be {declared.allowed}, not {value!r}")
        return float(values)

    def _stops(self, until: int) -> list[int]:
        """Periods at which the loop must stop, the last one included."""
        stops = {until}
        for h in self.holds:
            edges = (
                range(max(h.period, self.period), min(h.until, until) + 1) if h.column == ORDER else (h.period, h.until)
            )
            stops |= {t for t in edges if self.period < t < until}
        return sorted(stops)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Write what is held in the coming periods, and put back what was there once they are run."""
        written = [self._write(h) for h in self.holds if h.period <= self.period < h.until]
        try:
            yield
        finally:
            for cell in reversed(written):
                if cell is not None:
                    numbers, at, held, before = cell
                    if numbers[at] == held:  # else a rule has written another number meanwhile
                        numbers[at] = before
            if self.holds:
                self.holds = [h for h in self.holds if h.until > self.period]

    def _write(self, h: Hold):
        """Write one value; of a number what puts it back: array, place, value held, value before."""
        row = row_keys(self.plan, h.table).index(h.row)
        if h.column == ORDER:
            self.world.stock[ST.override, row] = h.value
            return None
        field, fields = NUMBERS[h.table]
        numbers, at = getattr(self.world, field), (getattr(fields, h.column), row)
        before = float(numbers[at])
        whole = (
            h.column == "capacity"
            and h.table == "lanes"
            and self.plan.stock_n[SP.whole, self.plan.net.lane_origin[row]]
        )
        numbers[at] = np.floor(h.value) if whole else h.value
        return numbers, at, float(numbers[at]), before


BATCH = 64
"""Replications of a batch: the unit of work, of progress and of redraw."""


class Chain(Holding, People, mesa.Model):
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
            require_sound(case, extra_columns=own_columns(actors or {}))
            case = case.replace(settings={"day": day}) if isinstance(day, str) else case
        if not int(replications) >= 1:
            raise ValueError(f"replications is {replications}: a chain runs in 1 world or more")
        self.plan = case if isinstance(case, Plan) else plan_of(case)
        settings = self.plan.case.settings
        seed = int(settings["seed"] if seed is None else seed)
        super().__init__(rng=seed)
        self.seed, self.muted, self.holds = seed, False, []
        self.kept, self.limits = {}, np.inf  # what steps of rooms keep (snapshots and branches take it along); what they let recipes start
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

        Raises
        ------
        CaseError
            If an amount of goods or orders comes out below 0 or as no number: names row and period.
        """
        since, until = self.period, self.plan.periods if until is None else min(int(until), self.plan.periods)
        if until <= self.period:
            return self
        for stop in self._stops(until):
            with self._held():
                self._run_to(stop)
        if wrong := _impossible(self, since):
            if since == 0 and self.period > 1 and not self.holds:  # again, step by step, to name the period
                Chain(self.plan, self.replications, seed=self.seed, first=self.first, day=self.day, **self.given)._to_the_fault(until)
            raise CaseError(wrong)
        return self

    def _to_the_fault(self, until: int) -> None:
        while self.period < until:
            self.step()

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
                    w.make[:] = np.minimum(by_stock[w.recipe_stock], self.limits)
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

    def __repr__(self) -> str:
        return f"<Chain of {self.case.name}: {self.replications} worlds, in period {self.period} of {self.plan.periods}>"

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

    def frame(self, name: str) -> pd.DataFrame:
        """A recorded history as a labelled table: a row for each line and period, a column for each world.

        Raises
        ------
        KeyError
            If nothing of that name was recorded.

        Examples
        --------
        >>> import twinkit
        >>> chain = twinkit.Chain(twinkit.example("camera"), 2, record=["stocks.on_hand"]).run(3)
        >>> chain.frame("stocks.on_hand").shape
        (39, 2)
        """
        values = self.history(name)
        lines = pd.MultiIndex.from_product([self.labels(name), range(values.shape[1])], names=[name.split(".")[0], "period"])
        worlds = range(self.first, self.first + values.shape[2]) if values.shape[2] == self.replications else ["mean"]
        return pd.DataFrame(values.reshape(-1, values.shape[2]), lines, pd.Index(worlds, name="world"))

    def labels(self, name: str) -> list[str]:
        """Names of the lines of a recorded history."""
        return next(s.labels for s in self.series if s.name == name)

    # Time travel -----------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """A copy of everything that changes: a dict of arrays, the period, and what is held by hand."""
        arrays = {name: getattr(self.world, name).copy() for name in PLANS}
        arrays |= {name: getattr(self.world, name)[:, : self.period].copy() for name in HISTORIES}
        own = {column: values.copy() for column, values in self._own().items()}
        return {
            "period": self.period, "arrays": arrays, "own": own, "holds": list(self.holds), "series": self.series,
            "start": (self._goods_at_start, self._work_at_start), "paused": len(self.world.pause) > 0,
            "seed": self.seed, "replications": self.replications, "first": self.first, "steps": self.steps,
            "random": (self.random.getstate(), self.rng.bit_generator.state), "kept": deepcopy(self.kept),
        }  # fmt: skip

    def restore(self, snapshot: Mapping[str, Any]) -> Chain:
        """Go back (or forth) to a snapshot of this chain."""
        for name, values in snapshot["arrays"].items():
            array = getattr(self.world, name)
            (array[:, : snapshot["period"]] if name in HISTORIES else array)[...] = values
        self.world.pause[...] = 0.0  # what events pause is seen anew when the next period begins
        self.world.no_order[...] = 0.0
        for column, values in snapshot["own"].items():
            self._own()[column][...] = values
        self.period, self.holds = snapshot["period"], list(snapshot["holds"])
        self.kept = deepcopy(snapshot.get("kept", {}))
        self.random.setstate(snapshot["random"][0])
        self.rng.bit_generator.state = snapshot["random"][1]
        return self

    def branch(self, case: Case | Plan | None = None, *, seed: int | None = None, **replaced: Any) -> Chain:
        """A new chain at the present period with the same past; this one stays as it is.

        Parameters
        ----------
        case
            What the world is from now on: other levers, policies, events, sites, a longer
            horizon; by default what it was, and the branch is a copy to the bit.  Rows are
            the same if their names are; :mod:`twinkit.chain.branch` says what becomes of others.
        seed
            Seed of the luck to come; by default that of the past.
        **replaced
            `record`, `actors`, `policies` or `day`, where they are to be others than before.

        Raises
        ------
        CaseError
            If the case has problems, or goods stand where the new case has no place for them.
        """
        return branched(self, case, seed, **replaced)

    def save(self, path: str | Path) -> Path:
        """Save the run to one file, which :func:`twinkit.load_chain` opens; see :mod:`twinkit.chain.saving`."""
        return save_chain(self, path)

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


def _impossible(chain: Chain, since: int) -> list[Problem]:
    """What is no amount of goods or orders, or one below 0, as a sentence; nothing if all is well.

    Such a number is no result: a table, a rule or this program is wrong, and the run must not go on.

    Parameters
    ----------
    chain
        A chain that has just run.
    since
        Period up to which it was last looked at.
    """
    for table, (block, fields, columns) in MOVED.items():
        for column in columns:
            now = getattr(chain.world, block)[getattr(fields, column)]
            low, high = now.min(initial=0.0), now.max(initial=1.0)
            if low >= -GAP * high and np.isfinite(high):
                continue
            least = -GAP * np.max(now, where=np.isfinite(now), initial=1.0)
            row, world = (int(k) for k in np.argwhere(~(now >= least) | ~np.isfinite(now))[0])
            when = f"in period {since}" if chain.period == since + 1 else f"in one of the periods {since} to {chain.period - 1}"
            names = getattr(chain.plan.net, table).iloc[row][list(TABLES[table].key)]
            says = f"has come to {column} = {now[row, world]:g} {when} (world {chain.first + world}), which cannot be; the run is stopped"
            hint = "Look for a number in the case that is far too large, or for a rule of your own that writes into the chain."
            return [Problem(table, None, column, " | ".join(n for n in names if n), says, hint)]
    return []
