"""State carried from the rows of one plan to those of another, by name, and what follows from it set right.

Rows that are new start empty; see :mod:`twinkit.chain.branch` for the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from twinkit.chain.balance import Running, added_up, by_product, goods_now, imbalance
from twinkit.chain.chance import FIXED, geometric, uniform
from twinkit.chain.effects import Effects
from twinkit.chain.kept import (
    BY_ROW,
    NUMBERS,
    RINGS,
    ROW_TABLES,
    STATE,
    TOTALS,
    Match,
    matched,
    reach,
    relay,
    ring_sums,
    row_keys,
    start_of,
)
from twinkit.chain.layout import ANCHOR, CL, DAYS_OF_COVER, EV, LN, LP, RC, RP, SP, ST, SZ, TOTALS_STOCK, WorldRef
from twinkit.chain.plan import Plan
from twinkit.chain.trouble import event_length
from twinkit.chain.world import _ring, last_period

# Shares that change in the middle of a run: a branch notes what they were, and orders go over step by step.


class Kind(NamedTuple):
    """Where lanes, or recipes, keep their shares."""

    table: str
    block: str
    before: int
    numbers: str
    share: int
    stock: str


KINDS = (
    Kind("lanes", "lane", LN.share_before, "lane_n", LP.share, "lane_destination"),
    Kind("recipes", "recipe", RC.recipe_share_before, "recipe_n", RP.share, "recipe_stock"),
)


def carry_shares(move: Move) -> None:
    """Where the shares of a stock's sources are others than before, note from which they go over, and since when.

    Parameters
    ----------
    move
        A snapshot on its way into another chain, with its numbers and its state carried.
    """
    w = move.chain.world
    changed = np.zeros(w.stock.shape[1], bool)
    for kind in KINDS:
        changed[_stocks_changed(move, kind)] = True
    changed[np.setdiff1d(np.arange(len(changed)), move.match["stocks"].new)] = False  # a new stock has no past
    for kind in KINDS:
        here = changed[getattr(move.chain.plan.net, kind.stock)]
        getattr(w, kind.block)[kind.before, here] = _shares_of_past(move, kind)[here]
    w.stock[ST.shares_changed, changed] = move.period


def _stocks_changed(move: Move, kind: Kind) -> np.ndarray:
    """New rows of the stocks with a source whose share is another than before, that is new, or that is gone."""
    match, stocks = move.match[kind.table], move.match["stocks"]
    now, was = getattr(move.chain.world, kind.numbers)[kind.share], move.past[kind.numbers][kind.share]
    told = np.zeros(len(now))
    told[match.new] = was[match.old]
    found = getattr(move.chain.plan.net, kind.stock)[now != told]
    gone = np.setdiff1d(np.flatnonzero(was > 0), match.old)
    place = np.full(move.past["stock"].shape[1], -1)
    place[stocks.old] = stocks.new
    lost = place[getattr(move.old.net, kind.stock)[gone]]
    return np.concatenate([found, lost[lost >= 0]]).astype(np.int64)


def _shares_of_past(move: Move, kind: Kind) -> np.ndarray:
    """Share that each source of the new plan had in the period before, shape (rows, replications); 0 if it is new."""
    match, past = move.match[kind.table], move.past
    stock = getattr(move.old.net, kind.stock)
    share, before = past[kind.numbers][kind.share][:, None], past[kind.block][kind.before]
    since, ramp = past["stock"][ST.shares_changed, stock], past["stock_n"][SP.ramp_up, stock][:, None]
    far = np.where(since < 0, 1.0, np.minimum((move.period - since) / (ramp + 1.0), 1.0))
    found = np.zeros((len(getattr(move.chain.plan.net, kind.stock)), past["stock"].shape[2]))
    found[match.new] = (before + (share - before) * far)[match.old]
    return found


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

    def __init__(self, snapshot: Mapping[str, Any], old: Plan, chain: Running) -> None:
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
    for array in (w.pipe, w.mail, w.work, w.latest, w.queue, w.back):
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
    reach_of = np.where(
        move.old.case["open_orders"].empty, np.inf, np.maximum(move.past["lane_n"][LP.lead_cap, rows], 1)
    )
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
    for new, (first, life), (old_first, old) in zip(
        match.new, w.fresh_at[match.new], move.past["fresh_at"][match.old], strict=True
    ):
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


# Figures that follow from others, set right after a branch into another case.
#
# What a stock owes, has on order and still needs is the sum over its lanes, recipes and
# markets; when some of them are gone or others have come, the sum changes with them.


def mend(move: Move) -> None:
    """Set right what follows from the rows that a chain now has."""
    _mend_sums(move)
    _mend_variances(move)
    _mend_balance(move)
    _carry_begun(move)


def _sums(plan: Plan, claim, lane, recipe, recipe_n) -> dict[int, np.ndarray]:
    """Backlog, on order and required of every stock as the sums that they are, shape (stocks, replications)."""
    net, shape = plan.net, (len(plan.net.stocks), claim.shape[2])
    backlog, on_order, required = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(backlog, np.concatenate([net.lane_origin, net.market_stock]), claim[CL.backlog])
    np.add.at(on_order, net.lane_destination, lane[LN.lane_on_order])
    good = (recipe[RC.in_work] + recipe[RC.to_make]) * recipe_n[RP.yield_rate][:, None]
    np.add.at(on_order, net.recipe_stock, good)
    np.add.at(required, net.part_stock, recipe[RC.to_make][net.part_recipe] * net.part_qty[:, None])
    return {ST.backlog: backlog, ST.on_order: on_order, ST.required: required}


def _mend_sums(move: Move) -> None:
    """Add to the sums of every stock what other rows change in them; nothing changes a byte where they are the same."""
    past, w, match = move.past, move.chain.world, move.match["stocks"]
    before = _sums(move.old, past["claim"], past["lane"], past["recipe"], past["recipe_n"])
    after = _sums(move.chain.plan, w.claim, w.lane, w.recipe, w.recipe_n)
    for column, sums in after.items():
        change = sums.copy()
        change[match.new] -= before[column][match.old]
        w.stock[column] = np.where(change == 0.0, w.stock[column], np.maximum(w.stock[column] + change, 0.0))


def _mend_variances(move: Move) -> None:
    """Sums about the mean flow of the old case become sums about that of the new one."""
    w, match = move.chain.world, move.match["stocks"]
    step = move.past["stock_n"][SP.rate, match.old] - w.stock_n[SP.rate, match.new]
    rows = np.flatnonzero(step != 0.0)
    n = max(0, move.period - int(move.old.case.settings["warm_up"]))
    step, at = step[rows][:, None], match.new[rows]
    for first, second in (("ordered", "ordered_sq"), ("incoming", "incoming_sq")):
        total = w.total_stock[getattr(TOTALS_STOCK, first), at]
        w.total_stock[getattr(TOTALS_STOCK, second), at] += 2 * step * total + n * step * step
        w.total_stock[getattr(TOTALS_STOCK, first), at] += n * step


def _flows(chain: Running | SimpleNamespace) -> pd.DataFrame:
    """What :func:`~twinkit.chain.balance.imbalance` makes of the totals alone, by product and world [units]."""
    return imbalance(chain, goods_now(chain))


def _past_chain(move: Move) -> SimpleNamespace:
    """The chain of the snapshot as far as the balance of goods looks at it."""
    net = move.old.net
    world = SimpleNamespace(**move.past, lane_origin=net.lane_origin, market_stock=net.market_stock)
    work = move.snapshot["start"][1]
    return SimpleNamespace(world=world, plan=move.old, case=move.old.case, _work_at_start=work)


def _mend_balance(move: Move) -> None:
    """Count goods of new rows as goods at the start, so that the balance shows what the move itself loses."""
    chain, (goods, work), recipes = move.chain, move.snapshot["start"], move.match["recipes"]
    chain._work_at_start = np.zeros_like(chain._work_at_start)
    chain._work_at_start[recipes.new] = work[recipes.old]
    if _same_goods(move.old, chain.plan):
        chain._goods_at_start = goods
    elif chain.case.settings["warm_up"]:  # no balance is asked for
        chain._goods_at_start = goods_now(chain)
    elif move.old.case.settings["warm_up"]:  # the past was not counted
        chain._goods_at_start = added_up([goods_now(chain), _flows(chain)])
    else:
        came, gone = _unshared(move)
        chain._goods_at_start = added_up([goods, came, -gone, _flows(chain), -_flows(_past_chain(move))])


def _same_goods(old: Plan, new: Plan) -> bool:
    """Whether two plans have the same rows, and the same totals mean the same goods."""
    a, b = old.net, new.net
    return a is b or (
        all(row_keys(old, table) == row_keys(new, table) for table in ("stocks", "lanes", "recipes", "markets"))
        and all(np.array_equal(getattr(a, n), getattr(b, n)) for n in ("part_recipe", "part_stock", "part_qty"))
        and np.array_equal(a.stocks["policy"] == "unlimited", b.stocks["policy"] == "unlimited")
        and old.case.settings["warm_up"] == new.case.settings["warm_up"]
    )


def _unshared(move: Move) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Goods in rows that only the new plan has, and in rows that only the old plan had, by product."""
    stocks, chain = move.match["stocks"], move.chain
    new = np.ones(len(chain.plan.net.stocks), bool)
    new[stocks.new] = False
    came = chain.world.stock[ST.on_hand] * new[:, None]
    gone = []
    for table, (held, _) in goods_in_rows(move).items():
        held = held.copy()
        held[move.match[table].old] = 0.0
        gone.append(by_product(getattr(move.old.net, table)["product"], held))
    return by_product(chain.plan.net.stocks["product"], came), added_up(gone)


def goods_in_rows(move: Move) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Goods in every row of a snapshot, shape (rows, replications), and which rows truly hold them, by table.

    An unlimited stock holds none: its `on_hand` is only a number.
    """
    past, n = move.past, move.old.net
    lane = past["lane"]
    moving = lane[LN.in_transit] + lane[LN.at_door] + lane[LN.held]
    limited = (n.stocks["policy"] != "unlimited").to_numpy(bool)
    return {
        "stocks": (past["stock"][ST.on_hand], limited),
        "lanes": (moving, np.ones(len(moving), bool)),
        "recipes": (past["recipe"][RC.in_work], np.ones(past["recipe"].shape[1], bool)),
    }


def _carry_begun(move: Move) -> None:
    """Events that have begun go on as the luck of the past left them; others begin by the luck from now on."""
    w, plan, old, past = move.chain.world, move.chain.plan.effects, move.old.effects, move.past
    drawn = w.event_start.copy()
    for i in range(len(plan.names)):
        j = _counterpart(plan, i, old)
        begun = past["event_start"][j] < move.period if j >= 0 else np.zeros(w.event_start.shape[1], bool)
        if j >= 0 and plan.time_between[i] > 0:
            w.event_count[i] = past["event_count"][j]
            _draw_next(move, i)
            begun |= move.snapshot["seed"] == move.chain.seed
        if begun.any():
            w.event_start[i, begun], w.event_length[i, begun] = (
                past["event_start"][j, begun],
                past["event_length"][j, begun],
            )
        cause = plan.after[i]
        if cause >= 0 and move.snapshot["seed"] != move.chain.seed:
            happens = np.isfinite(drawn[i])
            delay = np.subtract(drawn[i], drawn[cause], out=np.full(len(happens), np.inf), where=happens)
            w.event_start[i] = np.where(begun, w.event_start[i], np.maximum(w.event_start[cause] + delay, move.period))
        w.event_n[EV.first, i] = w.event_start[i].min()
        w.event_n[EV.last, i] = last_period(plan, i, w.event_start[i], w.event_length[i])


def _counterpart(plan: Effects, i: int, old: Effects) -> int:
    """The effect of the old plan that has the same name, place among them, and timing; or -1."""
    same = [j for j, name in enumerate(old.names) if name == plan.names[i]]
    place = plan.names[:i].count(plan.names[i])
    return same[place] if place < len(same) and _timing(old, same[place]) == _timing(plan, i) else -1


def _timing(e: Effects, i: int) -> tuple[float, ...]:
    columns = (e.start, e.latest, e.probability, e.duration, e.spread, e.geometric, e.time_between)
    return *(float(c[i]) for c in columns), e.names[e.after[i]] if e.after[i] >= 0 else ""


def _draw_next(move: Move, i: int) -> None:
    """From now on a recurring event may begin in any period again."""
    w, e = move.chain.world, move.chain.plan.effects
    for r in range(w.event_start.shape[1]):
        count, world = w.event_count[i, r], move.chain.first + r
        begin = max(move.period, e.start[i])
        w.event_start[i, r] = begin + geometric(uniform(w.event_key[i, 1], count, world, 0), e.time_between[i])
        u = uniform(w.event_key[i, 0], count, world, 0)
        w.event_length[i, r] = event_length(e.duration[i], e.spread[i], e.geometric[i], u)
