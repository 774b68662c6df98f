"""A team's game: a chain in one world, whose seats are played period by period.

What a seat sees is read in the middle of the day, just before the stocks order: the period
is run once to see that, taken back, and run again with the orders that were made.  A game
is what it was made of (exercise, seed, measures) and what was done in it (orders, changes),
so it can be played again from those alone: after a crash, from an earlier period, or as a
fork that goes on otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from twinkit.chain.actors import StockRows
from twinkit.chain.chain import Chain
from twinkit.chain.day import Day, Step
from twinkit.chain.layout import TOTALS_MARKET as TM
from twinkit.chain.plan import Plan, plan_of
from twinkit.run.kpis import cost_rows
from twinkit.run.scenario import Scenario
from twinkit.tables import require_sound
from twinkit.tables.case import Case
from twinkit.workshop.equal_sales import least_costs, to_make_good

if TYPE_CHECKING:
    from twinkit.workshop.exercise import Exercise


class Look(NamedTuple):
    """What a seat sees before it orders.

    Attributes
    ----------
    period
        The period, from 0.
    on_hand, backlog
        Units in stock that nothing waits for, what production takes next taken off; and units that are owed: to customers, or
        to production beyond what the stock covers.
    received, incoming
        Units that came in this period, and units that customers or production asked for in it.
    on_order
        Units ordered and not yet received: in the mail, owed by the supplier, on the way.
    cost
        Cost of the stock up to the end of the last period [money].
    """

    period: int
    on_hand: float
    backlog: float
    received: float
    incoming: float
    on_order: float
    cost: float

    @property
    def net(self) -> float:
        """Units in stock less units owed: the net inventory that policies order by."""
        return self.on_hand - self.backlog


@dataclass(frozen=True)
class Change:
    """Something that a trainer changes at the start of a period.

    Attributes
    ----------
    period
        First period in which it holds.
    kind
        "event" (a row of the table of events), "periods" (how long is played), "demand" (what customers
        ask for from a later period on), or "rule" (actors and policies of one's own).
    value
        The row, the number, keywords of :meth:`~twinkit.workshop.exercise.Exercise.asking`, or of :class:`~twinkit.chain.chain.Chain`.
    """

    period: int
    kind: str
    value: Any


@dataclass
class Moves:
    """All that was done in a game: orders by period and role, and changes of the trainer."""

    orders: list[dict[str, float]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def until(self, period: int) -> Moves:
        """What was done before a period."""
        return Moves([dict(o) for o in self.orders[:period]], [c for c in self.changes if c.period <= period])


# --- the game


RECORDED = ("stocks.on_hand", "stocks.backlog", "stocks.incoming", "stocks.ordered", "stocks.received")
"""Histories that a game keeps, for the debrief."""
NOBODY = "sites that nobody plays"
"""Name of what a team pays for where it has no seat."""
MAKE_GOOD = "to make good what is lost, owed or gone from stock"
"""Name of what it takes to bring a team to equal sales, see :mod:`~twinkit.workshop.equal_sales`; below 0, it has more stock than at the start."""


def with_events(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> Plan:
    """The plan once something happens besides: worked out once for all teams, and for every replay.

    Raises
    ------
    CaseError
        If an event does not fit the case.
    """
    key = ("events", repr(rows))
    if key not in plan.notes:
        plan.notes[key] = _as_known(plan_of(Scenario("", tuple(rows)).apply(plan.case)), plan)
    return plan.notes[key]


ASKED = ("demand", "mean", "spread", "trend", "season", "autocorrelation")
"""Columns of a market that another demand changes."""


def with_other_demand(plan: Plan, exercise: Exercise, asked: Mapping[str, Any]) -> Plan:
    """The plan once customers ask for something else; see :meth:`~twinkit.workshop.exercise.Exercise.asking`."""
    key = ("demand", repr(sorted(asked.items())))
    if key not in plan.notes:
        other = exercise.asking(**asked)
        markets = plan.case["markets"].assign(**{column: other["markets"][column] for column in ASKED})
        case = plan.case.replace(markets=markets, history=other["history"])
        require_sound(case)
        plan.notes[key] = _as_known(plan_of(case), plan)
    return plan.notes[key]


def _as_known(plan: Plan, before: Plan) -> Plan:
    """A plan whose stocks go by what they knew: nobody in the chain is told what customers will ask for."""
    return replace(plan, **{name: getattr(before, name) for name in ("flows", "stock_n", "lane_n", "recipe_n", "position")})


def bought_plan(plan: Plan, levers: Mapping[str, Any]) -> Plan:
    """The plan of a case with measures that were bought before the start.

    Extra safety stock is there from the first period (its price pays for the goods), so that it helps
    whoever orders, and not only a policy that fills up to a level.
    """
    if not levers:
        return plan
    key = ("bought", repr(sorted(levers.items())))
    if key not in plan.notes:
        case = Scenario("", (), levers).apply(plan.case)
        more = case["stocks"]["safety_stock"].to_numpy(float) - plan.case["stocks"]["safety_stock"].to_numpy(float)
        stocks = case["stocks"]  # a start that the table leaves empty is full to the level already
        case = case.replace(stocks=stocks.assign(on_hand=stocks["on_hand"] + np.maximum(more, 0.0)))
        require_sound(case)
        plan.notes[key] = plan_of(case)
    return plan.notes[key]


class Game:
    """One team's chain.

    Parameters
    ----------
    exercise
        What is played.
    seed
        Seed of all chance; teams with one seed have the same luck.
    levers
        Measures bought before the start: name of a lever → value.

    Attributes
    ----------
    looks
        What every role saw in every period so far, the present one included.
    moves
        What was done.
    service
        By period: units served at once, and units that customers asked for, up to its end.
    totals
        By period: what :meth:`total_cost` was at its start [money].

    Examples
    --------
    >>> from twinkit.workshop.exercise import read_exercise
    >>> Game(read_exercise("beer_game")).look("retailer").on_hand
    12.0
    """

    def __init__(self, exercise: Exercise, seed: int | None = None, levers: Mapping[str, Any] | None = None) -> None:
        self.exercise = exercise
        self.seed = int(exercise.case.settings["seed"] if seed is None else seed)
        self.levers = dict(levers or {})
        self.periods = exercise.periods
        self.moves = Moves()
        self.looks: list[dict[str, Look]] = []
        self.service: list[tuple[float, float]] = []
        self.totals: list[float] = []
        self.chain = Chain(self._plan(exercise.case), 1, seed=self.seed, record=RECORDED, day=self._day(exercise.case))
        self.coming: dict[str, dict[int, float]] = {}
        """Role → period → units that are on the road or in work and come in then, as far as the calendar is plain."""
        self._seeing = True
        self._least = least_costs(self.chain.plan)
        self._start = float(to_make_good(self.chain.plan, self.chain.world, self._least)[0])
        self._count_costs()
        self._look()

    @classmethod
    def replay(
        cls, exercise: Exercise, moves: Moves, seed: int | None = None, levers: Mapping[str, Any] | None = None
    ) -> Game:
        """The game that these moves make, to the bit."""
        game = cls(exercise, seed, levers)
        for period, orders in enumerate(moves.orders):
            game.begin(change for change in moves.changes if change.period == period)
            game.play(orders)
        game.begin(change for change in moves.changes if change.period >= len(moves.orders))
        return game

    # --- looking

    @property
    def period(self) -> int:
        """The period that is played now, from 0."""
        return self.chain.period

    @property
    def over(self) -> bool:
        """Whether all periods have been played."""
        return self.period >= self.periods

    def look(self, role: str) -> Look:
        """What a role sees now; after the end, what it saw last."""
        return self.looks[-1][role]

    def costs(self) -> dict[str, float]:
        """Cost by role so far, what arises at its site [money]."""
        return dict(self._costs)

    def total_cost(self) -> float:
        """Cost of the whole chain so far at equal sales [money]: of seats and of what nobody plays, with the margin of lost sales and :data:`MAKE_GOOD`."""
        return self._total

    def parts(self) -> dict[str, float]:
        """Cost so far [money] by seat, of the sites that nobody plays (:data:`NOBODY`), and what is to be made good if any; they add up to the total.

        Seats at one site share what arises there: they stand in one line.
        """
        seats: dict[str, list[str]] = {}
        for role in self.exercise.roles:
            seats.setdefault(role.site, []).append(role.name)
        parts = {", ".join(names): self._costs[names[0]] for names in seats.values()}
        others = [money for site, money in self._by_site.items() if site not in seats]
        besides = {NOBODY: sum(others), MAKE_GOOD: self._good}
        return parts | {line: money for line, money in besides.items() if money}

    def _count_costs(self) -> None:
        """Once a period, at its start: everybody asks for it, and it takes longer than all else that is seen."""
        by_site: dict[str, float] = {}
        for rows in cost_rows(self.chain.plan, self.chain.world).values():
            for _, sites, money in rows:
                for site, value in zip(sites, money[:, 0], strict=True):
                    by_site[site] = by_site.get(site, 0.0) + float(value)
        self._by_site = by_site
        self._costs = {role.name: by_site.get(role.site, 0.0) for role in self.exercise.roles}
        plan, world = self.chain.plan, self.chain.world
        self._good = float(to_make_good(plan, world, self._least)[0]) - self._start
        self._total = float(sum(by_site.values())) + self._good
        self.totals[self.period :] = [self._total]

    def fill_rate(self) -> float:
        """Units served at once / units that customers asked for, so far [share]; NaN before the first."""
        served, asked = self.service[-1] if self.service else (0.0, 0.0)
        return served / asked if asked > 0 else float("nan")

    def service_level(self) -> np.ndarray:
        """Units served at once / units asked for, by period [share]; 1 where nothing was asked for."""
        steps = np.diff(np.array([(0.0, 0.0), *self.service]), axis=0)
        return np.divide(steps[:, 0], steps[:, 1], out=np.ones(len(steps)), where=steps[:, 1] > 0)

    def table(self) -> pd.DataFrame:
        """Every period of every role: what was seen, and what was ordered in the end [units]."""
        ordered = self.chain.history("stocks.ordered")[:, :, 0]
        row = {name: i for i, name in enumerate(self.chain.labels("stocks.ordered"))}
        return pd.DataFrame([
            {"role": role.name, **look[role.name]._asdict(), "order": ordered[row[f"{role.site} | {role.product}"], t]}
            for t, look in enumerate(self.looks[: self.period])
            for role in self.exercise.roles
        ])  # fmt: skip

    # --- playing

    def told(self, role: str) -> float | None:
        """What the exercise tells a role to order now [units]; None if it decides."""
        return self.exercise.told.get(self.period)

    def allowed(self, units: Any, role: str = "") -> float:
        """An order of a role as it is taken; without a role, of a product that says no more than the case.

        Raises
        ------
        ValueError
            If it is no number from 0 to the largest allowed; in a sentence for the player.
        """
        most, whole = self.exercise.most, self.exercise.whole(role)
        kind = "a whole number" if whole else "a number"
        try:
            number = float(units)
        except (TypeError, ValueError):
            number = float("nan")
        if not 0 <= number <= most or (whole and number != int(number)):
            raise ValueError(f"An order is {kind} from 0 to {most:g}.")
        return number

    def play(self, orders: Mapping[str, float | None]) -> None:
        """Play a period: role → units; None, or a role left out, lets the policy of the table order.

        Raises
        ------
        ValueError
            If the game is over, or an order is not allowed.
        KeyError
            If there is no such role.
        """
        if self.over:
            raise ValueError(f"the game is over: all {self.periods} {self.exercise.word}s have been played")
        made = {}
        for name in orders:
            role, told = self.exercise.role(name), self.told(name)
            units = orders[name] if told is None else told
            if units is not None:
                made[name] = self.allowed(units, role.name)
        self.moves.orders.append(made)
        self._step(made)
        total = self.chain.world.total_market
        self.service.append((float(total[TM.at_once].sum()), float(total[TM.demand].sum())))
        self._count_costs()
        if self.period < self.chain.plan.periods:
            self._look()

    def _step(self, made: Mapping[str, float]) -> None:
        for name, units in made.items():
            role = self.exercise.role(name)
            self.chain.override(role.site, role.product, units)
        self.chain.step()
        for change in self.moves.changes:
            if change.kind == "demand" and change.value["start"] == self.period < self.chain.plan.periods:
                self.chain = self.chain.branch(with_other_demand(self.chain.plan, self.exercise, change.value))

    def costs_with(self, role: str, orders: Mapping[int, float]) -> dict[int, float]:
        """Cost of the chain had a role ordered otherwise in one period, all later orders the same: by that period [money]."""
        game, found = Game(self.exercise, self.seed, self.levers), {}
        game._seeing = False  # nobody looks, which takes most of the time; the day without looks is compiled as a whole
        game.chain = game.chain.branch(day=self.exercise.case.settings["day"])
        for period, made in enumerate(self.moves.orders):
            game.begin(change for change in self.moves.changes if change.period == period)
            if period in orders:
                chain, here = game.chain, game.chain.snapshot()
                for later in range(period, self.period):
                    game.begin(change for change in self.moves.changes if change.period == later > period)
                    game._step({**self.moves.orders[later], **({role: orders[period]} if later == period else {})})
                game._count_costs()
                found[period] = game.total_cost()
                game.chain = chain.restore(here)
            game._step(made)
        return found

    def change(self, kind: str, value: Any) -> None:
        """Change the world from now on; see :class:`Change`.

        Raises
        ------
        CaseError
            If an event or a demand does not fit the case; nothing is changed then.
        ValueError
            If the number of periods does not fit the case.
        KeyError
            If a rule names no site or kind of the case.
        """
        if kind == "periods":
            self._extend(int(value))
        elif kind == "event":
            self._branch(with_events(self.chain.plan, ({**value, "scheduled": True},)))
        elif kind == "demand":
            with_other_demand(self.chain.plan, self.exercise, value)  # it comes later, but what is wrong is said now
        elif kind == "rule":
            self._branch(None, **{k: {**self.chain.given[k], **value.get(k, {})} for k in ("actors", "policies")})
        else:
            raise ValueError(f"{kind!r} is no kind of change: event, periods, demand or rule")
        self.moves.changes.append(Change(self.period, kind, value))

    def begin(self, changes: Iterable[Change]) -> None:
        """Change the world from now on, by each of some changes."""
        for change in changes:
            self.change(change.kind, change.value)

    def at(self, period: int) -> Game:
        """A game of its own that stands where this one stood at a period, and can go on otherwise."""
        if not 0 <= period <= self.period:
            raise ValueError(f"the game has been in periods 0 to {self.period}, not in {period}")
        return Game.replay(self.exercise, self.moves.until(period), self.seed, self.levers)

    # --- within

    def _plan(self, case: Case) -> Plan:
        plan = case.derived(plan_of)
        return bought_plan(plan, self.levers)

    def _day(self, case: Case) -> Day:
        day = Day(case.settings["day"])
        orders = next(name for name in day.names if name.startswith("replenish"))
        return day.insert(Step("look", "seats", "their stock", "", act=self._see), before=orders)

    def row(self, role: str) -> int:
        """Row of the stock that a role orders for, in the chain."""
        one, stocks = self.exercise.role(role), self.chain.plan.net.stocks
        return list(zip(stocks["site"], stocks["product"], strict=True)).index((one.site, one.product))

    def ruled(self, role: str) -> bool:
        """Whether a rule of the trainer's own orders for the stock of a role: it wins over a bot, a person over it."""
        rules = self.chain.rules["order"]
        return bool(rules) and any(self.row(role) in rule.rows for rule in rules)

    def _views(self, chain: Chain) -> dict[str, StockRows]:
        rows = {r.name: self.row(r.name) for r in self.exercise.roles}
        return {name: StockRows().look_at(chain, row, frozen=True, world=0) for name, row in rows.items()}

    def _see(self, chain: Chain) -> None:
        costs, self._seen, self._coming = self.costs(), {}, {}
        for name, view in self._views(chain).items():
            seen = (float(x) for x in (view.on_hand, view.backlog, view.received, view.incoming, view.on_order))
            self._seen[name] = _reserved(Look(chain.period, *seen, costs[name]), float(view.required))
            self._coming[name] = _coming(chain, int(view.rows))

    def _look(self) -> None:
        if not self._seeing:
            return
        here, w = self.chain.snapshot(), self.chain.world
        self.chain.step()
        for name, view in self._views(self.chain).items():
            if w.users_at[view.rows + 1] > w.users_at[view.rows]:
                # what production asks for follows from the orders of the day, customers first
                seen, asked = self._seen[name], float(view.incoming)
                self._seen[name] = _reserved(seen._replace(incoming=asked), asked - seen.incoming)
        self.chain.restore(here)
        del self.looks[self.period :]
        self.looks.append(self._seen)
        self.coming = self._coming

    def _extend(self, periods: int) -> None:
        most = self.chain.plan.periods
        if not self.period < periods <= most:
            raise ValueError(f"the game can last {self.period + 1} to {most} {self.exercise.word}s, not {periods}")
        self.periods = periods

    def _branch(self, plan: Plan | None, **replaced: Any) -> None:
        self.chain = self.chain.branch(plan, **replaced)
        self._count_costs()
        if self.period < self.chain.plan.periods:
            self._look()


def _coming(chain: Chain, row: int) -> dict[int, float]:
    """Period → units that come in at a stock then; nothing where working calendars make another count of the days."""
    w, t, found = chain.world, chain.period, dict[int, float]()
    if chain.plan.calendars.any:
        return found
    for source in w.sources_of[w.sources_at[row] : w.sources_at[row + 1]]:
        ring, (first, length) = (w.pipe, w.pipe_at[source]) if source >= 0 else (w.work, w.work_at[-1 - source])
        for k in range(1, length):
            if units := float(ring[first + (t + k) % length, 0]):
                found[t + k] = found.get(t + k, 0.0) + units
    return dict(sorted(found.items()))


def _reserved(look: Look, need: float) -> Look:
    """What production needs is taken off the stock that covers it, and is owed beyond that."""
    covered = min(need, look.on_hand)
    return look._replace(on_hand=look.on_hand - covered, backlog=look.backlog + need - covered)
