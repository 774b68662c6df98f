"""State carried from the rows of one plan to those of another, by name.

Rows that are new start empty; see :mod:`twinkit.chain.branch` for the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit.chain.chance import FIXED
from twinkit.chain.kept import BY_ROW, NUMBERS, RINGS, ROW_TABLES, STATE, TOTALS, Match, matched, row_keys, start_of
from twinkit.chain.layout import ANCHOR, CL, DAYS_OF_COVER, LP, SP, ST, SZ, WorldRef
from twinkit.chain.plan import Plan
from twinkit.chain.ramps import carry_shares
from twinkit.chain.rings import reach, relay, ring_sums
from twinkit.chain.world import _ring

if TYPE_CHECKING:
    from twinkit.chain.chain import Chain


class Move:
    """A snapshot of a chain of one plan on its way into a chain of another.

    Attributes
    ----------
    snapshot, old
        The snapshot, and the plan of the chain that it was taken of.
    chain
        The chain that it goes into, as it was made.
    period
        Period of the snapshot.
    past
        Arrays of the snapshot.
    forecast
        Forecasts with which stocks of the new plan begin, shape (stocks, replications).
    match
        Rows that the plans share, by table.
    """

    def __init__(self, snapshot: Mapping[str, Any], old: Plan, chain: Chain) -> None:
        self.snapshot, self.old, self.chain = snapshot, old, chain
        self.period: int = snapshot["period"]
        self.past: Mapping[str, np.ndarray] = snapshot["arrays"]
        self.forecast = chain.world.stock[ST.forecast].copy()
        self.match = {t: matched(row_keys(old, t), row_keys(chain.plan, t)) for t in (*ROW_TABLES, "claims")}

    @cached_property
    def now(self) -> np.ndarray:
        """Clock of the goods on each old lane, shape (lanes, replications)."""
        clock = self.past["clock"]
        return clock if self.snapshot["paused"] else np.full_like(clock, self.period)


def carry_state(move: Move) -> None:
    """Put all state of a snapshot into the rows that have the same names."""
    _empty(move)
    for field, block in {**STATE, **TOTALS}.items():
        match = move.match[block.table]
        getattr(move.chain.world, field)[:, match.new] = move.past[field][:, match.old]
    for field, block in NUMBERS.items():
        _carry_numbers(move, field, move.match[block.table])
    carry_shares(move)
    size, was = move.chain.world.size, move.past["size"]
    size[SZ.disturbed] = was[SZ.disturbed]
    # what left late, or by a slower way, must not be overtaken: lanes go on noting their latest arrival
    size[SZ.delays] = max(size[SZ.delays], was[SZ.delays], _other_ways(move))
    size[SZ.blind] = max(size[SZ.blind], was[SZ.blind])  # what was not read must be read some day
    _carry_clocks(move)
    for ring in RINGS:
        if ring not in ("past", "fresh"):
            _carry_ring(move, ring)
    _carry_ages(move)
    _carry_forecasts(move)
    _carry_queue(move)
    _post_at_once(move)
    move.chain._ref = WorldRef(*move.chain.world)


def _other_ways(move: Move) -> bool:
    """Whether some lane takes another time than before, so that goods may come before those that left earlier."""
    lanes, now, was = move.match["lanes"], move.chain.world.lane_n, move.past["lane_n"]
    names = (LP.lead_time, LP.lead_time_kind, LP.lead_floor, LP.expedite, LP.expedite_lead_time)
    return not all(_same(now[n, lanes.new], was[n, lanes.old]).all() for n in names)


def _empty(move: Move) -> None:
    """Make every row as one that is new: nothing in it but the `on_hand` of the table."""
    w = move.chain.world
    for field, block in STATE.items():
        for i, column in enumerate(block.fields._fields):
            getattr(w, field)[i] = start_of(field, column)
    w.stock[ST.on_hand] = move.chain.plan.net.stocks["on_hand"].fillna(0.0).to_numpy(float)[:, None]
    w.stock[ST.forecast] = move.forecast
    for array in (w.pipe, w.mail, w.work, w.latest, w.queue):
        array[:] = 0


def _carry_numbers(move: Move, field: str, match: Match) -> None:
    """Numbers are those of the new plan, but what a rule has written stays where the table says nothing new."""
    now, told = move.past[field][:, match.old], getattr(move.old, field)[:, match.old]
    numbers = getattr(move.chain.world, field)
    new = numbers[:, match.new]
    numbers[:, match.new] = np.where(~_same(now, told) & _same(new, told), now, new)


def _same(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a == b) | (np.isnan(a) & np.isnan(b))


def _carry_clocks(move: Move) -> None:
    """Clocks, and what counts in them; lanes that could be paused still can be, as goods may be waiting."""
    chain, lanes = move.chain, move.match["lanes"]
    if move.snapshot["paused"] and not len(chain.world.pause):
        chain.world = chain.world._replace(pause=np.zeros((3, *chain.world.clock.shape)))
    w = chain.world
    for name, table in BY_ROW.items():
        getattr(w, name)[move.match[table].new] = move.past[name][move.match[table].old]
    if len(w.pause):
        w.clock[:] = move.period
        w.clock[lanes.new] = move.now[lanes.old]
    if chain.plan is not move.old:
        untold = _without_latest(move)[lanes.old]
        last = move.now[lanes.old] + _last_due(move, lanes.old)
        w.latest[lanes.new[untold]] = np.maximum(w.latest[lanes.new], last)[untold]


def _without_latest(move: Move) -> np.ndarray:
    """Old lanes that noted no latest arrival, as nothing could overtake anything or everything might."""
    n, size = move.past["lane_n"], move.past["size"]
    sure = (n[LP.lead_time_kind] == FIXED) & (size[SZ.delays] == 0) & (not move.snapshot["paused"])
    return (sure | (n[LP.crossing] == 1.0)) & (n[LP.expedite] == 0.0)


def _last_due(move: Move, rows: np.ndarray) -> np.ndarray:
    """Periods until the last goods on each lane are due, by world; 0 if there are none."""
    pipe, at = move.past["pipe"], move.past["pipe_at"][rows]
    reach_of = np.where(move.old.case["open_orders"].empty, np.inf, np.maximum(move.past["lane_n"][LP.lead_cap, rows], 1))
    worlds, last = np.arange(pipe.shape[1]), np.zeros((len(rows), pipe.shape[1]), np.int64)
    now = move.now[rows]
    for k in range(int(at[:, 1].max(initial=0))):
        some = np.flatnonzero((at[:, 1] > k) & (k <= reach_of))  # shipments open at the start hold up nothing
        held = pipe[at[some, 0][:, None] + (now[some] + k) % at[some, 1][:, None], worlds] > 0.0
        last[some] = np.where(held, k, last[some])
    return last


def _carry_ring(move: Move, ring: str) -> None:
    """Lay a ring anew; one that is too short for what is on the way is made longer."""
    chain, match = move.chain, move.match[RINGS[ring]]
    slots, at = move.past[ring], move.past[f"{ring}_at"][match.old]
    new_at = getattr(chain.world, f"{ring}_at")
    now = move.now[match.old] if ring == "pipe" else np.full((len(at), slots.shape[1]), move.period)
    then = now
    if ring == "work":
        now, then = (np.repeat(_clock_of_work(plan, move.period)[rows][:, None], slots.shape[1], axis=1)
                     for plan, rows in ((move.old, match.old), (chain.plan, match.new)))  # fmt: skip
    needed = reach(slots, at, now)
    if ring == "pipe":
        ahead = chain.world.latest[match.new] - now + 1
        needed = np.maximum(needed, ahead.max(axis=1, initial=0))
    if (needed > new_at[match.new, 1]).any():
        lengths = new_at[:, 1].copy()
        lengths[match.new] = np.maximum(lengths[match.new], needed)
        new_at = _ring(lengths)
        room = np.zeros((int(lengths.sum()), slots.shape[1]))
        chain.world = chain.world._replace(**{ring: room, f"{ring}_at": new_at})
    relay(slots, at, now, getattr(chain.world, ring), new_at[match.new], then)


def _clock_of_work(plan: Plan, period: int) -> np.ndarray:
    """What the clock of every recipe's work says in a period: open periods where its site has a calendar."""
    calendar = plan.calendars.numbers(plan.net.sites["calendar"])[plan.net.recipe_site]
    return np.where(calendar > 0, plan.calendars.clock[period, calendar], period)


def _carry_ages(move: Move) -> None:
    """What is in stock keeps its age where its shelf life changes; where it had none, it came in the period before."""
    w, match, t = move.chain.world, move.match["stocks"], move.period
    w.fresh[:] = 0.0
    for new, (first, life), (old_first, old) in zip(match.new, w.fresh_at[match.new], move.past["fresh_at"][match.old], strict=True):
        if life and not old:
            w.fresh[first + (t + max(life - 2, 0)) % life] = w.stock[ST.on_hand, new]
        for k in range(old if life else 0):  # too old at the end of the k-th period from now
            left = max(k + life - old, 0)
            w.fresh[first + (t + left) % life] += move.past["fresh"][old_first + (t + k) % old]


def _carry_forecasts(move: Move) -> None:
    """Windows of past demand: the newest values; a longer window begins with the forecast as it was."""
    w, match, t = move.chain.world, move.match["stocks"], move.period
    at, new_at = move.past["past_at"][match.old], w.past_at[match.new]
    kept = at[:, 1] == new_at[:, 1]
    now = np.full((len(at), w.past.shape[1]), t)
    relay(move.past["past"], at[kept], now[kept], w.past, new_at[kept])
    forecasting = (DAYS_OF_COVER, ANCHOR)
    did = np.isin(move.past["stock_n"][SP.policy, match.old], forecasting)
    begins = match.new[~did & np.isin(w.stock_n[SP.policy, match.new], forecasting)]
    w.stock[ST.forecast, begins] = move.forecast[begins]
    for i in np.flatnonzero(~kept & did & (new_at[:, 1] > 0)):
        (first, length), (start, window) = at[i], new_at[i]
        forecast = w.stock[ST.forecast, match.new[i]]
        for k in range(window):
            value = move.past["past"][first + (t - 1 - k) % length] if k < length else forecast
            w.past[start + (t - 1 - k) % window] = value
        forecast[:] = w.past[start : start + window].mean(axis=0)


def _carry_queue(move: Move) -> None:
    """Open orders by period; where a stock begins to serve first come they count as of the last period."""
    w, match, last = move.chain.world, move.match["claims"], max(move.period - 1, 0)
    old, new = move.past["queue_at"][match.old], w.queue_at[match.new]
    both, begins = (new >= 0) & (old >= 0), (new >= 0) & (old < 0)
    if both.any():  # a queue without rows has no periods either
        upto = max(move.period, 1)  # what is owed since before the start counts as of the first period
        w.queue[new[both], :upto] = move.past["queue"][old[both], :upto]
    if begins.any():
        w.queue[new[begins], last] = w.claim[CL.backlog, match.new[begins]]
    net, before = move.chain.plan.net, move.old.net
    stock = np.concatenate([net.lane_origin, net.market_stock])[match.new]
    was = np.concatenate([before.lane_origin, before.market_stock])[match.old]
    keys, old_keys = row_keys(move.chain.plan, "stocks"), row_keys(move.old, "stocks")
    moved = np.array([keys[a] != old_keys[b] for a, b in zip(stock, was, strict=True)], bool)
    w.oldest[stock[begins | moved]] = 0


def _post_at_once(move: Move) -> None:
    """Orders in the mail of a lane that has no information delay any more are with the origin at once."""
    w, lanes = move.chain.world, move.match["lanes"]
    had = move.past["lane_n"][LP.information_delay, lanes.old] > 0
    prompt = lanes.new[had & (w.lane_n[LP.information_delay, lanes.new] == 0)]
    mail = ring_sums(w.mail, w.mail_at[prompt])
    w.claim[CL.backlog, prompt] += mail
    for lane, units in zip(prompt, mail, strict=True):
        first, length = w.mail_at[lane]
        w.mail[first : first + length] = 0.0
        if w.queue_at[lane] >= 0:
            w.queue[w.queue_at[lane], max(move.period - 1, 0)] += units
