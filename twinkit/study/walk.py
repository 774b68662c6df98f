"""The walk back from units that are missing at a market to where they went missing.

What is missing at a node is an amount for every period, in units of the market; every
node hands all of it on to its children, so units are neither made nor dropped.  How it is
split follows from identities of the books, as differences between the run and the same
world without events (the reference; nothing, for what is missing even without events):

- **stock**: short of net stock (on hand − backlog − required) by N.  What is overdue on
  each source (ordered, and by its lead time due, not there) accounts for its part; the
  rest of N is a matter of orders: more was asked of the stock than it had ordered for, or
  what it had (in stock, on the way, in work) was destroyed, lost or came out bad.  Goods that
  are there and may not be used are missing, too.
  Without events the rest is the policy's: the stock's level does not cover it.
- **lane**: what is overdue is on the way too long, waits at the door, is held at the
  origin (a lead time before), is asked for in orders that the origin could not read, or is
  owed by the origin (a lead time before).
- **claim** (what a stock owes a lane or market): goods that are there and do not leave are
  kept back by an event, or by the lane's capacity; the rest is not there: the origin's stock.
- **recipe** (a lead time before): of what bounds the start, the tightest: the share that
  works (an event), the component that lasts shortest, the capacity; equals share equally.
- what a **capacity** holds back is asked of the day before, as far as it was left over then; so is what waits on the days on
  which a site or a lane is closed by its **calendar**.
- **orders**: paused by an event, or more was asked by a market, a recipe or a lane, which is
  walked down to its reason (an event at the market or at another source).

Only positive differences count, in proportion.  Where a hop shows none on a day, its
latest day that does stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np

from twinkit import rooms
from twinkit.chain.chain import Chain
from twinkit.chain.layout import EV, LP, RP, SP, UNLIMITED
from twinkit.chain.plan import Plan
from twinkit.chain.records import market_history
from twinkit.chain.trouble import EFFECTS, severity_at
from twinkit.run.runs import calm as without
from twinkit.run.runs import events_studied, studied

COLUMNS = (
    "stocks.on_hand", "stocks.backlog", "stocks.required", "stocks.ordered", "stocks.usable", "stocks.destroyed",
    "lanes.departed", "lanes.arrived", "lanes.at_door", "lanes.held", "lanes.lane_on_order", "lanes.placed",
    "lanes.lost_on_way", "lanes.unread", "recipes.to_make", "recipes.started", "recipes.finished", "recipes.recipe_up",
    "claims.backlog", "claims.asked", "claims.sent", "claims.at_once", "claims.lost", "claims.open",
)  # fmt: skip
"""Histories that a walk back needs."""

MOST_SHARED = 4
"""Events up to which what is missing is shared over all their orders (Shapley); beyond, each is left out once."""

Histories = dict[str, np.ndarray]


@dataclass(eq=False)
class Trail:
    """One world of a scenario.

    Attributes
    ----------
    plan, seed, world, scenario
        What was run.
    run, calm
        Column → history with the events that are asked about, and without them, shape (rows, periods).
    acts
        Severity of every effect of an event in every period, shape (effects, periods).
    chain
        ``actors`` and ``policies`` of the chain.
    held
        What held recipes up where their capacity was the limit, as rooms tell it: row of the recipe, words, share by period.
    """

    plan: Plan
    seed: int
    world: int
    scenario: str
    run: Histories
    calm: Histories
    acts: np.ndarray
    chain: Mapping[str, Any] = field(default_factory=dict)
    held: list[tuple[int, str, np.ndarray]] = field(default_factory=list)
    _missing: dict[frozenset[int], np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def events(self) -> list[str]:
        """Names of the events that are asked about, each once: an event may have several effects."""
        return events_studied(self.plan)

    @cached_property
    def event_of(self) -> np.ndarray:
        """Number of the event of every effect; -1 of events that happen in any case."""
        number = {name: i for i, name in enumerate(self.events)}
        return np.array([number.get(name, -1) for name in self.plan.effects.names], np.int64)

    def _effects(self, effect: str) -> np.ndarray:
        """Numbers of the effects of this kind, of the events that are asked about."""
        return np.flatnonzero((self.plan.effects.code == EFFECTS.index(effect)) & (self.event_of >= 0))

    @cached_property
    def severity(self) -> np.ndarray:
        """Severity of every event in every period, that of its strongest effect, shape (events, periods)."""
        found = np.zeros((len(self.events), self.plan.periods))
        own = self.event_of >= 0
        np.maximum.at(found, self.event_of[own], np.abs(self.acts[own]))
        return found

    def hits(self, effect: str, rows: int) -> np.ndarray:
        """Which events act in this way on which rows, shape (events, rows)."""
        effects, found = self.plan.effects, np.zeros((len(self.events), rows), bool)
        for e in self._effects(effect):
            found[self.event_of[e], effects.hits[effects.at[e] : effects.at[e + 1]]] = True
        return found

    def strength(self, effect: str, row: int) -> np.ndarray:
        """How strongly each event acts in this way on a row, shape (events, periods)."""
        effects, found = self.plan.effects, np.zeros((len(self.events), self.plan.periods))
        for e in self._effects(effect):
            span = slice(effects.at[e], effects.at[e + 1])
            found[self.event_of[e]] += self.acts[e] * effects.weight[span][effects.hits[span] == row].sum()
        return found

    def missing(self, happening: Sequence[int] | None = None) -> np.ndarray:
        """Units that customers asked for and did not get at once, shape (markets, periods).

        Parameters
        ----------
        happening
            Numbers of the events that happen; by default all.
        """
        every = range(len(self.events))
        key = frozenset(every if happening is None else happening)
        if key not in self._missing:
            whole = {frozenset(every): self.run, frozenset(): self.calm}.get(key)
            columns = ("claims.asked", "claims.at_once")
            found = whole or _histories(_chain(self.plan, self.seed, self.world, columns, self.chain), columns, key)
            first = len(self.plan.net.lanes)
            self._missing[key] = np.maximum(found["claims.asked"] - found["claims.at_once"], 0.0)[first:]
        return self._missing[key]

    def alone(self, row: int, days: slice) -> tuple[np.ndarray, np.ndarray]:
        """Units missing at a market that each event makes missing if it alone happens, and that it adds to all others.

        Where the first is more, events overlap: others would do for a part of it.  Where the
        second is more, they need each other.  For the arguments see :meth:`shares`; up to four events it takes no further run.
        """
        every = range(len(self.events))
        units = [float(self.missing(s)[row, days].sum()) for s in ([], every)]
        first = [float(self.missing([e])[row, days].sum()) - units[0] for e in every]
        last = [units[1] - float(self.missing([i for i in every if i != e])[row, days].sum()) for e in every]
        return np.array(first), np.array(last)

    def shares(self, row: int, days: slice) -> tuple[np.ndarray, float]:
        """Units missing at a market because of each event, and what no event alone accounts for.

        Up to four events: the Shapley value, which is the mean over all orders in which the
        events could be left out, so the parts add up.  More: what is missing with all events
        less what is missing without this one; the second number is what is then left over.

        Parameters
        ----------
        row, days
            Row of the market and periods over which units are counted.
        """

        def units(happening: Sequence[int]) -> float:
            return float(self.missing(happening)[row, days].sum())

        n, all_of = len(self.events), list(range(len(self.events)))
        total = units(all_of) - units([])
        if n > MOST_SHARED:
            parts = np.array([units(all_of) - units([i for i in all_of if i != e]) for e in all_of])
            return parts, total - float(parts.sum())
        parts = np.zeros(n)
        for e in all_of:
            others = [i for i in all_of if i != e]
            for size in range(n):
                weight = factorial(size) * factorial(n - size - 1) / factorial(n)
                parts[e] += weight * sum(units([*s, e]) - units(s) for s in combinations(others, size))
        return parts, 0.0


def _chain(plan: Plan, seed: int, world: int, columns: Sequence[str], more: Mapping[str, Any]) -> Chain:
    return Chain(plan, 1, seed=seed, first=world, record=columns, **more)


def _histories(chain: Chain, columns: Sequence[str], happening: frozenset[int] | None = None) -> Histories:
    """Run a chain to its end, with some of its events or all, and take its histories."""
    if happening is not None:
        names = chain.plan.effects.names
        events = events_studied(chain.plan)
        silent = [e for e, name in enumerate(names) if name in events and events.index(name) not in happening]
        chain.world.event_n[EV.first, silent] = chain.world.event_n[EV.last, silent] = -1.0
    chain.run()
    return {c: chain.history(c)[:, :, 0].copy() for c in columns}


def trail_of(plan: Plan, seed: int, world: int, scenario: str = "", **chain: Any) -> Trail:
    """Run one world with its events and without.

    Parameters
    ----------
    plan, seed, world
        What to run; `world` is the number of the world in an ensemble.
    scenario
        Name of the scenario.
    **chain
        ``actors`` and ``policies`` for the chain.
    """
    lively = _chain(plan, seed, world, COLUMNS, chain)
    acts = np.zeros((len(plan.effects.names), plan.periods))
    for t in range(plan.periods if len(acts) else 0):
        lively.run(t + 1)  # a recurring event draws its next occurrence as it goes
        acts[:, t] = _severity_now(lively, t)
    run = _histories(lively, COLUMNS)
    calm = run
    if studied(plan).any():
        calm = _histories(_chain(without(plan), seed, world, COLUMNS, chain), COLUMNS)
    held = [one for find in rooms.REASONS.values() for one in find(lively)]
    return Trail(plan, seed, world, scenario, run, calm, acts, chain, held)


def _severity_now(chain: Chain, t: int) -> list[float]:
    w, numbers = chain.world, chain.world.event_n
    return [
        severity_at(float(t), w.event_start[e, 0], w.event_length[e, 0], numbers[EV.severity, e],
                    numbers[EV.curve, e], numbers[EV.recovery_time, e])
        for e in range(numbers.shape[1])
    ]  # fmt: skip


def markets_in_worlds(plan: Plan, seed: int, worlds: int, **chain: Any) -> tuple[np.ndarray, np.ndarray]:
    """Units asked for, and those of them not served at once, in the first worlds, each of shape (markets, periods, worlds).

    Parameters
    ----------
    plan, seed, worlds
        What to run.
    **chain
        ``actors`` and ``policies`` for the chain.
    """
    record = [market_history(plan, "demand", "asked"), market_history(plan, "served", "at_once")]
    model = Chain(plan, worlds, seed=seed, record=record, **chain).run()
    asked = model.history("demand")
    return asked, np.maximum(asked - model.history("served"), 0.0)


# --- the walk


LEAST = 0.002
"""Share of the units missing at the market below which a path is not followed [share]."""
TINY = 1e-7
BACK = 60
"""Periods for which the latest day with a difference stands for days without one [periods]."""
DEEPEST = 60
"""Hops of the longest path."""

KNOCK_ON = "a knock-on of it"
"""Note of an event to which falls what is not walked back to it."""
EVENT, POLICY, CAPACITY, CALENDAR, ORDERS, REST = "event", "policy", "capacity", "calendar", "orders", "rest"


@dataclass(eq=False)
class Node:
    """A hop on the way back.

    Attributes
    ----------
    kind
        "market", "stock", "lane", "recipe", or the kind of cause where the way ends.
    row
        Row of its table; of an event its number.
    days
        Units missing at the market that pass here, by period.
    short
        Units of its own that the hop is short of, by period.
    note
        What happened here: "shut", "held back", "customers asked for more" …
    calm
        Whether it is missing without any event too (where the way ends).
    """

    kind: str
    row: int
    days: np.ndarray
    short: np.ndarray | None = None
    note: str = ""
    calm: bool = False
    children: list[Node] = field(default_factory=list)

    @property
    def units(self) -> float:
        """Units missing at the market that pass here [units]."""
        return float(self.days.sum())

    def every(self):
        """The node and all below it, from the market on."""
        yield self
        for child in self.children:
            yield from child.every()


class Walk:
    """A walk back in one world.

    Parameters
    ----------
    trail
        The world.
    whole
        Units that are missing at the market in all [units].
    against
        Whether to walk back differences to the world without events; otherwise what is
        missing in the world without events.
    """

    def __init__(self, trail: Trail, whole: float, against: bool) -> None:
        self.trail, self.plan, self.net, self.against = trail, trail.plan, trail.plan.net, against
        self.run, self.least = (trail.run if against else trail.calm), max(LEAST * whole, TINY)
        self.n_lanes, self.periods = len(self.net.lanes), trail.plan.periods
        self.endless = trail.plan.stock_n[SP.policy] == UNLIMITED
        self._differences: dict[str, np.ndarray] = {}
        self.overdue = self._overdue()
        n, severity = len(self.net.stocks), trail.severity
        at_stock = trail.hits("stock", n) | trail.hits("site", len(self.net.sites))[:, self.net.stock_site]
        self.stock_hits = at_stock
        lane_hits = trail.hits("lane", self.n_lanes)
        self.claim_hits = np.hstack([lane_hits | at_stock[:, self.net.lane_origin], at_stock[:, self.net.market_stock]])
        self.recipe_hits = at_stock[:, self.net.recipe_stock] | trail.hits("recipe", len(self.net.recipes))
        self.machine_hits = trail.hits("machine", len(self.net.recipes))
        slow = [trail.hits(effect, self.n_lanes) for effect in ("delay", "no_transit", "late", "again")]
        self.slow_hits = np.logical_or.reduce(slow)
        calendars, net = self.plan.calendars, self.net
        self.site_calendar = calendars.numbers(net.sites["calendar"])
        self.claim_calendar = np.concatenate([calendars.numbers(table["calendar"]) for table in (net.lanes, net.markets)])
        self.past = np.cumsum(severity > 0, axis=1, dtype=float) if len(severity) else severity

    # Numbers of the books ------------------------------------------------------------

    def of(self, name: str) -> np.ndarray:
        """A history, less that of the reference."""
        if not self.against:
            return self.run[name]
        if name not in self._differences:
            self._differences[name] = self.run[name] - self.trail.calm[name]
        return self._differences[name]

    def lag(self, lane: int) -> int:
        """Periods from dispatch to arrival of a lane, at its mean [periods]."""
        n = self.plan.lane_n
        return int(max(np.floor(n[LP.lead_time, lane] + 0.5), n[LP.lead_floor, lane]))

    def _overdue(self) -> np.ndarray:
        """Units ordered on every lane that should have come and have not, shape (lanes, periods)."""
        now, placed = self.of("lanes.lane_on_order"), self.of("lanes.placed") - self.of("claims.lost")[: self.n_lanes]
        total = np.cumsum(placed, axis=1)
        late, t = np.zeros_like(now), np.arange(self.periods)
        at_start = now[:, 0] - placed[:, 0] + self.of("lanes.arrived")[:, 0]
        waits = self.plan.case.settings["day"] == "serve_first"
        for i in range(len(now)):
            due = self.lag(i) + int(self.plan.lane_n[LP.information_delay, i]) + waits
            in_time = total[i] - np.concatenate([np.zeros(min(due, self.periods)), total[i]])[: self.periods]
            still = at_start[i] * np.maximum(1 - (t + 1) / due, 0.0) if due else 0.0
            late[i] = now[i] - in_time - still
        return late

    def slow(self, lane: int) -> np.ndarray:
        """Units on the way for longer than the mean lead time, by period."""
        gone, come, lost = (np.cumsum(self.of(f"lanes.{c}")[lane]) for c in ("departed", "arrived", "lost_on_way"))
        lag = self.lag(lane)
        begun = float(self.of("lanes.lane_on_order")[lane, 0] - self.of("lanes.placed")[lane, 0] + self.of("lanes.arrived")[lane, 0])
        first = begun * np.minimum((np.arange(self.periods) + 1) / lag, 1.0) if lag else begun
        return first + later(gone, lag) - come - lost - self.of("lanes.at_door")[lane]

    # The sources of a stock -----------------------------------------------------------

    def sources(self, row: int) -> list[int]:
        at, of = self.net.sources
        return of[at[row] : at[row + 1]].tolist()

    def late(self, source: int) -> np.ndarray:
        if source < 0:
            recipe = self.net.recipes.loc[-1 - source]
            return float(recipe["yield_rate"]) * later(self.of("recipes.to_make")[-1 - source], int(recipe["lead_time"]))
        cancelled = self.of("claims.lost")[source]
        return self.overdue[source] + np.maximum(later(cancelled, self.lag(source)), 0.0)

    def source_hits(self, source: int) -> np.ndarray:
        return self.claim_hits[:, source] if source >= 0 else self.recipe_hits[:, -1 - source]

    def instead(self, sources: list[int], late: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What is overdue, and of it what was ordered there because another source is out: that goes to the other."""
        gone = np.zeros_like(late)
        out = np.array([self.source_hits(s) @ (self.trail.severity.sum(axis=1) > 0) for s in sources], bool)
        if len(sources) < 2 or not out.any():
            return late, gone
        more = np.array([self._due(s) for s in sources])
        less = np.where(out[:, None], np.maximum(-more, 0.0), 0.0)
        moved = np.minimum(np.maximum(more, 0.0), np.maximum(late, 0.0)) * (less.sum(axis=0) > TINY)
        gone = moved.sum(axis=0) * less / np.maximum(less.sum(axis=0), TINY)
        return late - moved, gone

    def _due(self, source: int) -> np.ndarray:
        """Units ordered from a source that are due by now, as a difference [units]."""
        if source < 0:
            recipe = self.net.recipes.loc[-1 - source]
            return float(recipe["yield_rate"]) * later(self.more_to_make(-1 - source), int(recipe["lead_time"]))
        placed = self.of("lanes.placed")[source] - self.of("claims.lost")[source]
        return later(np.cumsum(placed), self.lag(source) + int(self.plan.lane_n[LP.information_delay, source]))

    def more_to_make(self, recipe: int) -> np.ndarray:
        return np.cumsum(self.of("recipes.started")[recipe]) + self.of("recipes.to_make")[recipe]

    # Ends ------------------------------------------------------------------------------

    def events(self, days: np.ndarray, hit: np.ndarray, note: str, past: bool = False) -> list[Node]:
        """One node for each event that acts here, by severity on the day, or by its days so far."""
        return self.by_strength(days, np.where(hit[:, None], self.past if past else self.trail.severity, 0.0), hit, note)

    def by_strength(self, days: np.ndarray, strength: np.ndarray, hit: np.ndarray, note: str) -> list[Node]:
        """One node for each event, by its strength on the day; where none has any, by its days so far."""
        before = np.where(hit[:, None], self.past, 0.0)
        strength = np.where(strength.sum(axis=0) > TINY, strength, before)
        total = strength.sum(axis=0)
        if (days[total <= 0] > 0).any():
            return [Node(REST, -1, days.copy(), note=note)]
        part = days * np.divide(strength, total, out=np.zeros_like(strength), where=total > 0)
        return [Node(EVENT, e, part[e], note=note) for e in np.flatnonzero(part.sum(axis=1) > 0)]

    def end(self, kind: str, row: int, days: np.ndarray, note: str = "") -> list[Node]:
        """A cause where the way ends, if anything is missing there."""
        return [Node(kind, row, days, note=note)] if days.sum() > 0 else []

    # What events take from goods that were there: time on the way, stock, shipments, yield ---

    def slowed(self, row: int, days: np.ndarray) -> list[Node]:
        """Which events keep goods of a lane on the way: by the periods that each costs what is still there."""
        if days.sum() <= 0:
            return []
        trail, gone = self.trail, self.run["lanes.departed"][row]
        longer, paused = trail.strength("delay", row), trail.hits("no_transit", self.n_lanes)[:, row, None]
        stops = np.cumsum((trail.severity > 0) & paused, axis=1)
        once = trail.strength("late", row) + trail.strength("again", row)
        total, come = np.cumsum(gone), np.cumsum(self.run["lanes.arrived"][row]) + self.run["lanes.at_door"][row]
        at_start = max(
            float((come + self.run["lanes.lane_on_order"][row] - np.cumsum(self.run["lanes.placed"][row]))[0]), 0.0
        )
        strength = np.zeros_like(trail.severity)
        for t in np.flatnonzero(days > 0):
            end = max(t - self.lag(row) + 1, 0)
            there = np.clip(at_start + total[:end] - come[t], 0.0, gone[:end])  # first out, first in
            strength[:, t] = longer[:, :end] @ there + (stops[:, t, None] - stops[:, :end]) @ there
            for e in np.flatnonzero(once.any(axis=1)):  # what was on the way when it began
                begins = int(once[e].argmax())
                strength[e, t] += once[e, begins] * there[: min(begins, end)].sum() * (t >= begins)
        return self.by_strength(days, strength, self.slow_hits[:, row], "on the way for longer")

    def losses(self, row: int, reach: int) -> list[tuple[np.ndarray, np.ndarray, str]]:
        """Units that an event took from a stock as long ago as it is felt, the events that did, and what happened."""
        trail = self.trail
        found = [(self.of("stocks.destroyed")[row], trail.hits("destroy", len(self.net.stocks))[:, row], "destroyed")]
        for source in self.sources(row):
            if source >= 0:
                found.append(
                    (
                        self.of("lanes.lost_on_way")[source],
                        trail.hits("lose", self.n_lanes)[:, source],
                        "lost on the way",
                    )
                )
            else:
                k = -1 - source
                lead, good = int(self.net.recipes["lead_time"][k]), float(self.net.recipes["yield_rate"][k])
                bad = np.maximum(
                    good * later(self.run["recipes.started"][k], lead) - self.run["recipes.finished"][k], 0.0
                )
                found.append((bad, trail.hits("good", len(self.net.recipes))[:, k], "came out bad"))
        totals = [(np.cumsum(units), hit, note) for units, hit, note in found if hit.any()]
        return [(total - later(total, reach), hit, note) for total, hit, note in totals]

    def reach(self, row: int) -> int:
        """Periods for which more demand is felt: until it is forecast, ordered and delivered [periods]."""
        window = self.net.stocks["forecast_window"][row]
        return int(np.ceil(self.plan.stock_n[SP.protection, row]) + (window if window == window else 0) + 1)


def later(values: np.ndarray, lag: int) -> np.ndarray:
    """Values so many periods before, 0 before the start, along the last axis.

    Examples
    --------
    >>> later(np.array([1.0, 2.0, 3.0]), 1)
    array([0., 1., 2.])
    """
    if lag <= 0:
        return values
    return np.concatenate([np.zeros((*values.shape[:-1], lag)), values], axis=-1)[..., : values.shape[-1]]


def earlier(days: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Units by period, so many periods earlier; and those that would lie before the start.

    Examples
    --------
    >>> earlier(np.array([1.0, 2.0, 3.0]), 1)
    (array([2., 3., 0.]), array([1., 0., 0.]))
    """
    early = np.zeros_like(days)
    if lag <= 0:
        return days.copy(), early
    lag = min(lag, len(days))
    early[:lag] = days[:lag]
    return np.concatenate([days[lag:], np.zeros(lag)]), early


def split(days: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Units by period shared in proportion to weights, shape (parts, periods); and what no weight takes.

    A period in which all weights are 0 takes those of the latest period before that has some.
    """
    weights = np.maximum(weights, 0.0)
    total = weights.sum(axis=0)
    known = total > TINY
    latest = np.maximum.accumulate(np.where(known, np.arange(len(total)), -1))
    near = (latest >= 0) & (np.arange(len(total)) - latest <= BACK)
    at = np.where(near, latest, 0)
    share = np.where(near, weights[:, at] / np.where(near, total[at], 1.0), 0.0)
    return share * days, np.where(near, 0.0, days)


def level_in_days(trail: Trail, row: int) -> float:
    """Safety stock of a stock: its level beyond the lead time, in days of its mean flow [periods]."""
    plan, s = trail.plan, trail.plan.net.stocks.loc[row]
    rate, protection = plan.stock_n[SP.rate, row], plan.stock_n[SP.protection, row]
    extra = float(s["safety_stock"])
    if rate <= 0:
        return float("nan")
    if s["policy"] == "days_of_cover":
        return float(s["days_of_cover"]) + extra / rate
    level = s["reorder_point"] if s["policy"] in ("s_S", "r_Q", "r_nQ") else s["order_up_to"]
    if s["policy"] not in ("base_stock", "s_S", "r_Q", "r_nQ", "anchor_and_adjust"):
        return float("nan")
    return max((float(level) + extra) / rate - protection, 0.0)


def recipe_scale(trail: Trail, row: int) -> float:
    """Units that a recipe starts in a period when all of it works [units/period]."""
    n = trail.plan.recipe_n
    return float(n[RP.capacity, row] if np.isfinite(n[RP.capacity, row]) else n[RP.rate, row])
