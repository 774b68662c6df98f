"""The twin: the present of a chain, put together from readings and from the model.

A :class:`Twin` runs the case in many worlds from its first period to now, period by period.  What was read takes
the place of what would have been drawn or decided: demand, orders, shipments with their dates, events.  What was counted
corrects what was worked out, weighted with how well each is known; what nobody read is simulated forward.  How far a reading is from
what the twin had worked out for it is the twin's error, kept for every reading.  The state is a function of the case and the set of readings:
the order in which they arrived does not matter, and a late one has the twin go back to a snapshot from before it.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from twinkit.capabilities.live.arrays import arrivals, lay_ring, ring, set_stock, with_room
from twinkit.capabilities.live.company import long_enough
from twinkit.capabilities.live.drift import SLACK, Drift, Error, cusum, limit_for, scores
from twinkit.capabilities.live.feed import Feed
from twinkit.capabilities.live.level import Known, merged
from twinkit.capabilities.live.readings import Shipment, events_of, shipments_of, whole
from twinkit.chain.chain import BATCH, Chain
from twinkit.chain.kept import row_keys
from twinkit.chain.layout import CL, LN, LP, MP, RC, SP, ST, TOTALS_MARKET, UNLIMITED
from twinkit.chain.plan import Plan, plan_of
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem
from twinkit.words import counted, listed

FLOOR = 0.01
"""Part of the mean flow of a period that a count may be off without meaning anything: worlds that agree to the unit know nothing better."""
WATCHED = ("count", "demand", "production")
"""Kinds of signals that may raise an alarm.  What leaves on a lane is none: it follows from orders, in which an error of one day comes back on the next."""
EVERY_DAYS = 730.0
"""Mean time between two false alarms of all signals together [periods]."""
RECENT = 5
"""So many of the last periods have a snapshot each, to go back to."""
APART, KEPT = 14, 4
"""Periods between two older snapshots, and how many of them are kept beside that of the start."""
GRACE = 3
"""Periods that an alarm must last before it is told: until then a late reading may explain it."""
LONG = 3.0
"""A figure is stale once it is this many of its usual gaps old."""
LEAST_GAP = 2
"""… and at least so many periods."""
ROOM = 120
"""Periods ahead of now that there is always room for.

A case that is too short for it is run over twice, three times … its length: levels that follow from mean flows follow from those
over the whole length of a run, and a whole number of seasons has the same mean.
"""


TOTALS = ("total_stock", "total_lane", "total_recipe", "total_market")


UNSERVED = 0.02
"""Share of the demand of a period that must go unserved for a market to count as short."""
AT_ONCE = [TOTALS_MARKET.demand, TOTALS_MARKET.at_once]
"""Totals of markets by which they go short: what was asked for, and what was served at once."""


def goes_short(of_period: np.ndarray) -> np.ndarray:
    """Whether markets go short in a period, shape (markets, worlds), by what was asked and served at once in it, shape (2, markets, worlds)."""
    asked, served = of_period
    return (asked - served > UNSERVED * np.maximum(asked, 1e-9)) & (asked > 0)


class Track(NamedTuple):
    """Totals since the first period, up to the end of a period: means over the worlds, shape (columns, rows); and in what share of them a market went short in it."""

    stock: np.ndarray
    lane: np.ndarray
    recipe: np.ndarray
    market: np.ndarray
    short: np.ndarray

    @property
    def market_asked(self) -> np.ndarray:
        """Units that each market has asked for."""
        return self.market[TOTALS_MARKET.demand]

    @property
    def market_served(self) -> np.ndarray:
        """… and was served at once."""
        return self.market[TOTALS_MARKET.at_once]

    def totals(self) -> dict[str, np.ndarray]:
        """As arrays of a world: name → shape (columns, rows, 1)."""
        return {name: values[:, :, None] for name, values in zip(TOTALS, self[:4], strict=True)}


@dataclass
class _Day:
    """Readings of one period, in rows of the network."""

    counts: dict[int, list[Known]] = field(default_factory=dict)
    demand: dict[int, float] = field(default_factory=dict)
    orders: dict[int, float] = field(default_factory=dict)
    made: dict[int, float] = field(default_factory=dict)
    sent: dict[int, float] = field(default_factory=lambda: defaultdict(float))


class Twin:
    """The present of a chain in many worlds.

    Parameters
    ----------
    case
        A checked case; what it has scheduled happens.
    feed
        Its readings.
    worlds
        In how many worlds it is kept.
    seed
        Seed of all chance; by default that of the case.

    Attributes
    ----------
    period
        First period that has not been run: everything before it has happened.
    newest
        Last period of which anything was read; -1 without a reading.
    errors
        (kind, place) → errors in the order of periods.
    track
        Period → totals up to its end.
    keys
        Table → keys of its rows, in the order of the chain.
    """

    def __init__(self, case: Case, feed: Feed, worlds: int = 256, seed: int | None = None) -> None:
        self.case, self.feed, self.worlds = case, feed, int(worlds)
        self.seed = int(case.settings["seed"] if seed is None else seed)
        self.period, self.newest, self._seen, self._until = 0, -1, 0, 0
        self.notices = feed.notices
        self.errors: dict[tuple[str, tuple[str, ...]], list[Error]] = {}
        self._happening: tuple[str, ...] | None = None
        self.shipments: list[Shipment] = []
        self._last: dict[tuple[str, int], list[int]] = {}
        self._stand: dict[int, dict[int, list[np.ndarray]]] = {}
        """Period → lane → units that are taken to have left, in the worlds of each chain: a notice may still come."""
        self._pool = ThreadPoolExecutor(2)
        self.refresh()

    # --- going on

    def refresh(self, now: int | None = None) -> Twin:
        """Take in what has arrived, and go on to the end of a period.

        Parameters
        ----------
        now
            Last period that is over, such as yesterday; by default the newest of which anything was read.  It never goes back.
        """
        last = self.feed.last()
        changed = self.feed.changed(self._seen)
        self.newest = max(self.newest, self.feed.newest())
        until = max(self.newest, -1 if now is None else int(now), self.period - 1) + 1
        if self._stand and until > self._until:  # what was taken to have left may be older than a notice by now
            changed = min([*self._stand, *([changed] if changed is not None else [])])
        self._until = until
        if changed is not None or self._happening is None or until + ROOM > self.plan.periods:
            self._begin(until, changed)
        self._seen = last
        while self.period < until:
            self._day(self.period)
        self._lay(self.period, over=False)
        return self

    def _begin(self, until: int, changed: int | None) -> None:
        """Go back to before the first period of which something else is known now; to the start if other events happen."""
        rows = self.feed.readings(kinds=("event", "over"))
        events = tuple(events_of(rows, until - 1))
        if events != self._happening or until + ROOM > self.plan.periods:
            self._happening = events
            self._make(until + ROOM)
            changed = 0
        if changed is not None:
            shipments, self._strange = shipments_of(self.feed.readings(kinds=("shipment", "receipt")), self.lanes)
            left = [{(s.number, s.lane, s.left): s.units for s in whole(some)} for some in (self.shipments, shipments)]
            changed = min([changed, *(left_at for _, _, left_at in dict(left[0].items() ^ left[1].items()))])
            self.shipments = shipments
            if changed < self.period:
                self._go_back(changed)
            self._know(min(changed, self.period))

    def _make(self, periods: int) -> None:
        """Chains at the start of the case with what happens."""
        self.live_case = long_enough(self.case, periods)
        if rows := [json.loads(row) for row in self._happening or ()]:
            events = self.case["events"]
            kept = events[~events["event"].isin([row["event"] for row in rows])]
            self.live_case = self.live_case.replace(events=pd.concat([kept, pd.DataFrame(rows)], ignore_index=True) if len(kept) else rows)
        self.plan: Plan = self.live_case.derived(plan_of)
        sizes = [min(BATCH, self.worlds - at) for at in range(0, self.worlds, BATCH)]
        self.chains = [with_room(Chain(self.plan, size, seed=self.seed, first=at * BATCH)) for at, size in enumerate(sizes)]
        net = self.plan.net
        self.keys = {t: row_keys(self.plan, t) for t in ("stocks", "markets", "lanes")}
        self.stocks, self.markets, self.lanes = ({key: i for i, key in enumerate(keys)} for keys in self.keys.values())
        self._drawn = net.markets["demand"].tolist()
        self.scale = np.maximum(FLOOR * self.plan.flows.stock, 1e-9)
        self._makes = {key: np.flatnonzero(net.recipe_stock == i) for key, i in self.stocks.items() if (net.recipe_stock == i).any()}
        self._free = self.plan.stock_n[SP.policy] == UNLIMITED
        self._ahead_of = {i: [np.zeros(c.replications) for c in self.chains] for i in range(len(self.keys["lanes"]))}
        """By lane, in every world: units owed that no backlog can hold, negative for what left before the model knew that it was ordered."""
        self._before: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}
        self.period, self.errors, self._last, self.track, self._stand = 0, {}, {}, {}, {}
        self._snapshots: list[tuple[int, list[Any], dict[int, list[np.ndarray]]]] = [self._shot(0)]

    def _go_back(self, period: int) -> None:
        at, shots, ahead = max((s for s in self._snapshots if s[0] <= period), key=lambda s: s[0])
        self._ahead_of = {lane: [a.copy() for a in worlds] for lane, worlds in ahead.items()}
        for chain, shot in zip(self.chains, shots, strict=True):
            chain.restore(shot)
        self._snapshots = [s for s in self._snapshots if s[0] <= at]
        self.period = at
        self._stand = {t: lanes for t, lanes in self._stand.items() if t < at}
        self.track = {t: sums for t, sums in self.track.items() if t < at}
        for log in self.errors.values():
            while log and log[-1].period >= at:
                log.pop()
        for times in self._last.values():
            while times and times[-1] >= at:
                times.pop()

    def _know(self, since: int) -> None:
        """Lay readings from a period on out by period and row; what moves on lanes from the beginning."""
        self._days: dict[int, _Day] = defaultdict(_Day)
        counted: dict[tuple[int, int], list[Known]] = defaultdict(list)
        for r in self.feed.readings(since, ("count", "demand", "order", "production")).itertuples(index=False):
            day = self._days[r.period]
            if r.kind == "count" and r.place in self.stocks and not self._free[self.stocks[r.place]]:
                counted[r.period, self.stocks[r.place]].append(Known(r.units, (r.error or 0.0) ** 2))
            elif r.kind == "demand" and r.place in self.markets:
                day.demand[self.markets[r.place]] = r.units
            elif r.kind == "order" and r.place in self.stocks:
                day.orders[self.stocks[r.place]] = r.units
            elif r.kind == "production" and r.place in self._makes:
                day.made[self.stocks[r.place]] = r.units
        for (period, stock), figures in counted.items():
            self._days[period].counts[stock] = figures
        self._read_since: dict[int, int] = {}
        self._reported: set[int] = set()
        for s in self.shipments:
            self._read_since[s.lane] = min(s.left, self._read_since.get(s.lane, s.left))
            if s.came is not None:
                self._reported.add(s.lane)
            if s.left >= since:
                self._days[s.left].sent[s.lane] += s.units

    def unclear(self) -> tuple[str, ...]:
        """Sentences on readings that belong to nothing that was read, though :data:`GRACE` periods have passed in which it might have come."""
        begun, ended = ({json.loads(r.event)["event"]: r.period for r in self.feed.readings(kinds=(kind,)).itertuples()} for kind in ("event", "over"))
        over, strange = (sorted(name for name, at in some.items() if at <= self.now - GRACE and name not in begun) for some in (ended, self._strange))
        return tuple(f"{counted(len(some), what)} {words}: {listed(some, 6)}." for some, what, words in (
            (strange, "shipment", "came in of which nobody said that they had left, and brought nothing in"),
            (over, "event", "ended of which nobody said that they had begun, and changed nothing"),
        ) if some)  # fmt: skip

    # --- a period

    def _day(self, t: int) -> None:
        self._keep(t)
        day = self._days.get(t) or _Day()
        self._lay(t, over=True)
        for chain in self.chains:
            w = chain.world
            for market, units in day.demand.items():  # customers' orders that are booked for the period are asked for besides
                w.ask[market] = max(units - (w.booked[t, market] if w.booked.shape[0] else 0.0), 0.0)
            for stock, units in day.orders.items():
                w.stock[ST.override, stock] = units
        before = [chain.world.total_market[AT_ONCE] for chain in self.chains]
        list(self._pool.map(lambda chain: chain.run(t + 1), self.chains))
        for market, units in day.demand.items():
            self._asked(t, market, units)
        for stock, units in day.made.items():
            self._made(t, stock, units)
        for lane in [k for k, since in self._read_since.items() if since <= t]:
            if lane in day.sent or t < self._until - self.notices:
                self._sent(t, lane, [day.sent.get(lane, 0.0)] * len(self.chains), bool(day.sent))
                continue
            sends = [np.maximum(c.world.claim[CL.sent, lane] + ahead, 0.0) for c, ahead in zip(self.chains, self._ahead_of[lane], strict=True)]
            self._sent(t, lane, sends, False)
            self._stand.setdefault(t, {})[lane] = sends
        for stock, figures in day.counts.items():
            self._counted(t, stock, figures)
        self.period = t + 1
        sums = [sum(getattr(c.world, name).sum(axis=2) for c in self.chains) / self.worlds for name in TOTALS]
        short = sum(goes_short(c.world.total_market[AT_ONCE] - b).sum(axis=1) for c, b in zip(self.chains, before, strict=True))
        self.track[t] = Track(*sums, short / self.worlds)

    def _keep(self, t: int) -> None:
        """Keep a snapshot: of each of the last periods, as most late readings are of those, of some before, and of the start."""
        if t == self._snapshots[-1][0]:
            return
        recent = [s for s in self._snapshots[1:] if s[0] > t - RECENT]
        older = [s for s in self._snapshots[1:] if s[0] <= t - RECENT and s[0] % APART == 0][-KEPT:]
        self._snapshots = [self._snapshots[0], *older, *recent, self._shot(t)]

    def _shot(self, t: int) -> tuple[int, list[Any], dict[int, list[np.ndarray]]]:
        return t, [c.snapshot() for c in self.chains], {lane: [a.copy() for a in worlds] for lane, worlds in self._ahead_of.items()}

    @property
    def read_lanes(self) -> list[int]:
        """Rows of the lanes whose shipments are read."""
        return [lane for lane, since in self._read_since.items() if since < self.period]

    def by_world(self, block: str, column: int, row: int) -> np.ndarray:
        """A state of a row in every world, shape (worlds,)."""
        return np.concatenate([getattr(c.world, block)[column, row] for c in self.chains])

    def _seen_at(self, kind: str, row: int, t: int) -> None:
        self._last.setdefault((kind, row), []).append(t)

    def _err(self, kind: str, place: tuple[str, ...], t: int, read: float, expected: float, spread: float) -> None:
        gap = read - expected
        gap = 0.0 if abs(gap) <= 1e-9 * max(abs(read), abs(expected), 1.0) else gap
        self.errors.setdefault((kind, place), []).append(Error(t, read, expected, spread, gap / spread if gap else 0.0))

    def _asked(self, t: int, market: int, units: float) -> None:
        """Demand that was read beside that of the table: no error of the twin, which takes it as it is, but it may drift."""
        n, mean = self.plan.market_n[:, market], float(self.plan.mean[market, t])
        self._seen_at("demand", market, t)
        if n[MP.every] > 1 or mean <= 0:
            return  # of orders in some periods only, no single period has a mean
        kind = self._drawn[market]
        surge = float(self.by_world("market", 0, market).mean())
        usual = n[MP.mean] if n[MP.mean] > 0 else mean
        spread = math.sqrt(mean) if kind == "poisson" else float(np.nan_to_num(n[MP.spread])) * mean / usual
        if kind == "resampled":
            past = self.case["history"]
            own = past[(past["market"] == self.plan.net.markets["market"].iloc[market]) & (past["product"] == self.plan.net.markets["product"].iloc[market])]
            spread = float(own["units"].std(ddof=0))
        if kind != "history" and spread > 0:
            self._err("demand", self.keys["markets"][market], t, units, mean * surge, math.hypot(spread * surge, FLOOR * mean))

    def _made(self, t: int, stock: int, units: float) -> None:
        own = self._makes[self.keys["stocks"][stock]]
        found = np.concatenate([c.world.recipe[RC.finished][own].sum(axis=0) for c in self.chains])
        self._err("production", self.keys["stocks"][stock], t, units, float(found.mean()), math.hypot(float(found.std()), self.scale[stock]))
        self._seen_at("production", stock, t)
        at = 0
        for c in self.chains:
            n = c.replications
            set_stock(c, stock, np.maximum(c.world.stock[ST.on_hand, stock] + units - found[at : at + n], 0.0))
            at += n

    def _sent(self, t: int, lane: int, sends: Sequence[float | np.ndarray], read: bool) -> None:
        """Take what was read, or is taken, to have left a lane, in the worlds of each chain, in place of what the model would have sent.

        What the model would have sent beyond that is at the origin, and still owed; what it would not have sent was owed before it knew.  How much is
        on order in all stays as it is, as orders bring the position to its level: else an error in a count would go round in orders for ever.
        """
        origin, to = int(self.plan.net.lane_origin[lane]), int(self.plan.net.lane_destination[lane])
        found = self.by_world("claim", CL.sent, lane) + np.concatenate(self._ahead_of[lane])
        if read:
            self._err("shipment", self.keys["lanes"][lane], t, float(sends[0]), float(found.mean()), math.hypot(float(found.std()), self.scale[origin]))
        for c, ahead, units in zip(self.chains, self._ahead_of[lane], sends, strict=True):
            w = c.world
            more = w.claim[CL.sent, lane] - units
            if not ((np.abs(more) > 1e-9) | (ahead != 0.0)).any():
                continue
            if not self._free[origin]:
                set_stock(c, origin, np.maximum(w.stock[ST.on_hand, origin] + more, 0.0))
            w.lane[LN.lane_on_order, lane] += more
            w.stock[ST.on_order, to] += more
            owed = more + ahead
            if w.queue_at[lane] < 0:
                owed = w.claim[CL.backlog, lane] + owed
                w.stock[ST.backlog, origin] += np.maximum(owed, 0.0) - w.claim[CL.backlog, lane]
                w.claim[CL.backlog, lane] = np.maximum(owed, 0.0)
                owed = np.minimum(owed, 0.0)
            ahead[:] = owed

    def _counted(self, t: int, stock: int, figures: Sequence[Known]) -> None:
        """A count corrects what was worked out: the update of a Kalman filter, over the worlds."""
        values = self.by_world("stock", ST.on_hand, stock)
        mean, var = float(values.mean()), float(values.var())
        exact = [f for f in figures if f.variance == 0.0]
        count = Known(float(np.mean([f.value for f in exact])), 0.0) if exact else merged(*figures)
        place = self.keys["stocks"][stock]
        self._err("count", place, t, count.value, mean, math.sqrt(var + count.variance + float(self.scale[stock]) ** 2))
        self._seen_at("count", stock, t)
        if count.variance == 0.0:
            for c in self.chains:
                set_stock(c, stock, np.full(c.replications, count.value))
            return
        # the model errs too: by as much as its last errors say beyond the spread of the worlds and of the counts
        past = self.errors["count", place][-10:]
        own = max(0.0, float(np.mean([(e.read - e.expected) ** 2 - e.spread**2 for e in past])))
        best = merged(Known(mean, var + own + float(self.scale[stock]) ** 2), count)
        shrink = math.sqrt(min(best.variance / var, 1.0)) if var > 0 else 0.0
        luck = np.random.default_rng([self.seed, t, stock])
        added = luck.normal(0.0, math.sqrt(max(best.variance - shrink**2 * var, 0.0)), len(values))
        new, at = np.maximum(best.value + shrink * (values - mean) + added, 0.0), 0
        for c in self.chains:
            set_stock(c, stock, new[at : at + c.replications])
            at += c.replications

    def _lay(self, t: int, over: bool) -> None:
        """Put on lanes whose shipments are read just those, as is known at the end of period t - 1.

        Parameters
        ----------
        over
            Whether period t is over, so that what came in in it is known too.
        """
        at_once = {s.lane for s in self.shipments if over and s.left == s.came == t}  # it came in on the first day on which the lane was read
        due: dict[int, dict[int, float]] = {k: defaultdict(float) for k, since in self._read_since.items() if since < t or (since == t and k in at_once)}
        for lane in [k for k, since in self._read_since.items() if since == t]:
            for number, c in enumerate(self.chains):
                slots, clock = ring(c, lane, t)
                order = (clock + np.arange(len(slots))[:, None]) % len(slots)
                self._before[number, lane] = np.take_along_axis(slots, order, axis=0), clock
        unsure: dict[int, list[Shipment]] = defaultdict(list)
        for s in self.shipments:
            came = s.came
            if s.lane not in due or s.left > t or (s.left == t and came != t) or (came is not None and came < t):
                continue
            if over and came == t:
                when = t
            else:
                when = s.due(t - 1)
                if s.lane not in self._reported and when < t:
                    continue  # nobody says when shipments of this lane come in: they do when they are expected
                when = max(when, t + over if s.lane in self._reported else t)
                if not over and self.plan.lane_n[LP.lead_time_kind, s.lane] > 0:
                    unsure[s.lane].append(s)
                    continue
            due[s.lane][when] += s.units
        for number, c in enumerate(self.chains):
            coming: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(1))
            for lane, units in due.items():
                to = int(self.plan.net.lane_destination[lane])
                loose = [*self._loose(c, lane, unsure.get(lane, []), t), *self._taken(number, lane, t, over)]
                coming[to] = coming[to] + lay_ring(c, lane, units, t, self._before[number, lane], loose)
            for to, units in coming.items():  # what comes in next was ordered
                c.world.stock[ST.on_order, to] = np.maximum(c.world.stock[ST.on_order, to], units)

    def _taken(self, number: int, lane: int, t: int, over: bool) -> list[tuple[np.ndarray, np.ndarray]]:
        """What is taken to have left a lane without a notice, in the worlds of a chain: when it comes in, and how much; as long after it left as shipments usually are expected."""
        usual = [s.said[0][1] - s.left for s in self.shipments if s.lane == lane]
        found = []
        for left, lanes in self._stand.items():
            due = left + round(float(np.median(usual)))
            if lane in lanes and left < t and (due >= t or lane in self._reported):
                when = arrivals(self.chains[number], lane, due, t - 1, [self.seed, lane, left, -1 % 2**31], False)
                found.append((np.maximum(when, t + (over and lane in self._reported)), lanes[lane][number]))
        return found

    def _loose(self, chain: Chain, lane: int, shipments: Sequence[Shipment], t: int) -> list[tuple[np.ndarray, float]]:
        """Shipments of a lane whose lead time varies: when each comes in, by world, none before an earlier one where goods may not overtake each other."""
        found: list[tuple[np.ndarray, float]] = []
        crossing = bool(self.plan.lane_n[LP.crossing, lane])
        for s in sorted(shipments, key=lambda one: (one.left, one.number)):
            when = arrivals(chain, lane, s.due(t - 1), t - 1, [self.seed, lane, s.left, len(found)], crossing or not found)
            found.append((when if crossing or not found else np.maximum(when, found[-1][0]), s.units))
        return found

    # --- what is known

    @property
    def now(self) -> int:
        """Last period that is over; -1 before the first."""
        return self.period - 1

    def freshness(self, kind: str, place: tuple[str, ...]) -> tuple[str, int | None]:
        """Whether a figure is "read", "estimated" or "stale", and the period of the last reading."""
        row = (self.markets if kind == "demand" else self.stocks)[place]
        times = self._last.get((kind, row))
        if not times:
            return "estimated", None
        age = self.now - times[-1]
        if age <= 0:
            return "read", times[-1]
        gap = float(np.median(np.diff(times[-20:]))) if len(times) > 1 else 1.0
        return ("stale" if age > max(LEAST_GAP, LONG * gap) else "estimated"), times[-1]

    def silent_for(self) -> int:
        """Periods since anything was read."""
        return self.now - self.newest

    def patience(self) -> float:
        """Periods of silence from which the feed as a whole counts as stopped: some of its usual gaps."""
        times = sorted({t for row in self._last.values() for t in row[-20:]})[-20:]
        return max(LEAST_GAP, LONG * (float(np.median(np.diff(times))) if len(times) > 1 else 1.0))

    def stale(self) -> bool:
        """Whether the feed as a whole has stopped."""
        return self.newest >= 0 and self.silent_for() > self.patience()

    def state(self) -> pd.DataFrame:
        """Every stock now.

        Returns
        -------
        DataFrame
            site, product, units (mean of the worlds), low, high (5 % and 95 % quantiles), coming (on the way), backlog, known
            ("read", "estimated" or "stale"), read_at (period of the last count; NaN without one).
        """
        hand = np.concatenate([c.world.stock[ST.on_hand] for c in self.chains], axis=1)
        owed = np.concatenate([c.world.stock[ST.backlog] for c in self.chains], axis=1)
        moving = np.concatenate([c.world.lane[LN.in_transit] + c.world.lane[LN.at_door] for c in self.chains], axis=1)
        coming = np.zeros(hand.shape)
        np.add.at(coming, self.plan.net.lane_destination, moving)
        low, high = np.quantile(hand, [0.05, 0.95], axis=1)
        known = [self.freshness("count", place) for place in self.stocks]
        frame = pd.DataFrame({
            "site": [p[0] for p in self.stocks], "product": [p[1] for p in self.stocks], "units": hand.mean(axis=1), "low": low, "high": high,
            "coming": coming.mean(axis=1), "backlog": owed.mean(axis=1), "known": [k for k, _ in known],
            "read_at": [math.nan if at is None else float(at) for _, at in known],
        })  # fmt: skip
        return frame[~self._free].reset_index(drop=True)

    def on_the_way(self) -> pd.DataFrame:
        """Shipments that were read and have not come in: shipment, origin, destination, product, mode, units, left, due, late (periods overdue)."""
        keys, rows = self.keys["lanes"], []
        for s in self.shipments:
            due = s.due(self.now)
            if s.came is None and s.left <= self.now and (due > self.now or s.lane in self._reported):
                rows.append((s.number, *keys[s.lane], s.units, s.left, due, max(self.now - due, 0)))
        frame = pd.DataFrame(rows, columns=["shipment", "origin", "destination", "product", "mode", "units", "left", "due", "late"])
        return frame.sort_values(["due", "shipment"], ignore_index=True)

    def happening(self) -> list[dict[str, Any]]:
        """Events that were read, as rows of the table of events."""
        return [json.loads(row) for row in self._happening or ()]

    def error(self, kinds: Sequence[str] = ("count", "production", "shipment")) -> pd.DataFrame:
        """The twin's error by signal: kind, place, readings, bias (mean of read - worked out) and mae [units], wape [share], last."""
        rows = []
        for (kind, place), log in self.errors.items():
            if kind in kinds and log:
                gap, read = np.array([e.read - e.expected if e.z else 0.0 for e in log]), np.array([e.read for e in log])
                rows.append((kind, place, len(log), gap.mean(), np.abs(gap).mean(), np.abs(gap).sum() / read.sum() if read.sum() > 0 else math.nan, log[-1].period))
        return pd.DataFrame(rows, columns=["kind", "place", "readings", "bias", "mae", "wape", "last"])

    def drifts(self) -> list[Drift]:
        """Signals that drift: an alarm of the CUSUM of their standardised errors that has not gone again.

        One that is younger than :data:`GRACE` periods is not told yet.  The limit is that at which all signals together raise a false alarm every :data:`EVERY_DAYS` periods in the mean, were their errors independent and normal.
        """
        watched = {signal: log for signal, log in self.errors.items() if signal[0] in WATCHED}
        limit, found = limit_for(EVERY_DAYS * max(len(watched), 1)), []
        for (kind, place), log in watched.items():
            chart = cusum(scores([e.z for e in log]), 0.0, SLACK, limit)
            side = None if not len(chart.values) or chart.values[-1].max() <= limit else int(chart.values[-1].argmax())
            if side is None:
                continue
            path = chart.values[:, side]
            began = int(np.flatnonzero(path == 0.0)[-1]) + 1 if (path == 0.0).any() else 0
            noticed = began + int(np.flatnonzero(path[began:] > limit)[0])
            if log[noticed].period > self.now - GRACE:
                continue
            error = float(np.mean([e.read - e.expected for e in log[began:]]))
            found.append(Drift(kind, place, log[began].period, log[noticed].period, side == 0, error, chart))
        return sorted(found, key=lambda d: (d.since, d.kind, d.place))


def require_sound_feed(case: Case, feed: Feed) -> None:
    """Refuse a feed without a reading.

    Raises
    ------
    CaseError
        With what to do.
    """
    if feed.newest() < 0:
        refused = int(feed.counts()["refused"].sum())
        says = f"has no reading of {case.name} yet" + (f"; {refused} rows were refused" if refused else "")
        raise CaseError([Problem("feed", None, "", feed.path.name, says, "Start `twinkit live` with a feed, or `twinkit live --demo`.")])
