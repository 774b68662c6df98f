"""The first step of a period: the day's columns are cleared, events take hold, and trouble is noticed.  Compiled."""

from __future__ import annotations

import math

import numpy as np

from twinkit import rules
from twinkit.chain.chance import LOGNORMAL, draw_value, geometric, uniform
from twinkit.chain.compiled import compiled, fill_columns, fill_rows, put
from twinkit.chain.layout import CL, EV, LN, LP, MK, RC, RP, SI, SP, ST, SZ

# When trouble is noticed, and how fast orders go over to other sources.  Compiled.
#
# What reacts to trouble reacts after the ``detection_delay`` of the case: rerouting and
# backups once a source has been out of service for so many periods, expediting once a
# site has been short at the ends of so many.  That all is well again is known at once.


@compiled
def watch_shortage(w):
    """Count the periods at the ends of which a stock was short, in a row."""
    for row in range(w.stock.shape[1]):
        on_hand, backlog, required = w.stock[ST.on_hand, row], w.stock[ST.backlog, row], w.stock[ST.required, row]
        short_for = w.stock[ST.short_for, row]
        for r in range(len(short_for)):
            short = on_hand[r] < backlog[r] + required[r] - rules.DUST
            short_for[r] = short_for[r] + 1.0 if short else 0.0


@compiled
def notice(w):
    """Count the periods for which sources have been out, and for which others have been called in their place."""
    if w.size[SZ.detection] > 0:
        for claim in range(w.claim.shape[1]):
            _count(w.claim[CL.open, claim], w.claim[CL.out_for, claim])
        for k in range(w.recipe.shape[1]):
            _count(w.recipe[RC.recipe_up, k], w.recipe[RC.recipe_out_for, k])
    if w.size[SZ.ramps] == 0:
        return
    for row in range(w.stock.shape[1]):
        if w.stock_n[SP.ramp_up, row] == 0.0 or w.stock_n[SP.reroute, row] == 0.0:
            continue
        called = w.stock[ST.called_for, row]
        for r in range(len(called)):
            out = False
            for j in range(w.sources_at[row], w.sources_at[row + 1]):
                out = out or known_to_work(w, w.sources_of[j], r) < 1.0
            called[r] = called[r] + 1.0 if out else 0.0


@compiled
def _count(works, out_for):
    for r in range(len(works)):
        out_for[r] = out_for[r] + 1.0 if works[r] < 1.0 else 0.0


@compiled
def known_to_work(w, source, r):
    """Share of a source that works, as far as it has been noticed that less than all does."""
    if source >= 0:
        works, out_for = w.claim[CL.open, source, r], w.claim[CL.out_for, source, r]
    else:
        works, out_for = w.recipe[RC.recipe_up, -1 - source, r], w.recipe[RC.recipe_out_for, -1 - source, r]
    return works if w.size[SZ.detection] == 0 or out_for > w.size[SZ.detection] else 1.0


@compiled
def share_of(w, source):
    """Share of a source as the table gives it."""
    return w.lane_n[LP.share, source] if source >= 0 else w.recipe_n[RP.share, -1 - source]


@compiled
def usual_share(w, t, source, row, r):
    """Share of a source while nothing is out: that of the table, or as far on the way there from what it was."""
    share, changed = share_of(w, source), w.stock[ST.shares_changed, row, r]
    if changed < 0.0:
        return share
    was = w.lane[LN.share_before, source, r] if source >= 0 else w.recipe[RC.recipe_share_before, -1 - source, r]
    return was + (share - was) * ramped(w, t - changed + 1.0, row)


@compiled
def ramped(w, periods, row):
    """How far orders have gone over in the first, second … period of it, 0 to 1."""
    return min(1.0, periods / (w.stock_n[SP.ramp_up, row] + 1.0))


# The first step of a period: the day's columns are cleared and events take hold.  Compiled.


_recovered_share = compiled(rules.recovered_share)
EFFECTS = (
    "site", "stock", "lane", "market", "delay", "no_order", "no_shipment", "no_transit", "no_receipt",
    "recipe", "usable", "good", "destroy", "lose", "late", "blind", "surcharge",
    "again", "toll", "machine",
)  # fmt: skip
"""What an event acts on; the position is the code in ``EV.effect``, the hits are rows of it."""
SITE, STOCK, LANE, MARKET, DELAY, NO_ORDER, NO_SHIPMENT, NO_TRANSIT, NO_RECEIPT = range(9)
RECIPE, USABLE, GOOD, DESTROY, LOSE, LATE, BLIND, SURCHARGE, AGAIN, TOLL, MACHINE = range(9, len(EFFECTS))


@compiled
def dawn(w, t):
    """Clear the columns that count one period."""
    fill_columns(w.claim, CL.asked, CL.lost + 1, 0.0)
    if w.size[SZ.order_first] == 1:
        for row in range(w.before.shape[0]):
            put(w.before[row], w.stock[ST.incoming, row])
    fill_columns(w.stock, ST.incoming, ST.received + 1, 0.0)
    if w.size[SZ.substitutes] == 1:
        fill_columns(w.stock, ST.stood_in, ST.spared + 1, 0.0)
    fill_rows(w.lane[LN.departed], 0.0)
    fill_columns(w.lane, LN.arrived, LN.placed + 1, 0.0)
    fill_columns(w.recipe, RC.started, RC.scrapped + 1, 0.0)


@compiled
def severity_at(t, start, length, severity, curve, recovery_time):
    """Severity of an event in period t: full for its length, then less along its recovery curve."""
    if t < start:
        return 0.0
    if t < start + length:
        return severity
    if recovery_time <= 0.0 or curve == 0:
        return 0.0
    progress = (t - start - length + 0.5) / recovery_time
    return severity * (1.0 - _recovered_share(progress, curve)) if progress < 1.0 else 0.0


@compiled
def disrupt(w, t):
    """Events take hold, or let go."""
    n_events = w.event_n.shape[1]
    if w.size[SZ.detection] > 0:
        watch_shortage(w)
    active = False
    for e in range(n_events):
        active = active or (w.event_n[EV.first, e] <= t <= w.event_n[EV.last, e])
    if not active and w.size[SZ.disturbed] == 0:
        return
    fill_rows(w.site[SI.up], 1.0)
    fill_rows(w.stock[ST.up_here], 1.0)
    fill_rows(w.stock[ST.usable], 1.0)
    fill_rows(w.stock[ST.destroyed], 0.0)
    fill_rows(w.claim[CL.open], 1.0)
    fill_rows(w.market[MK.surge], 1.0)
    fill_rows(w.recipe[RC.recipe_up], 1.0)
    fill_rows(w.recipe[RC.good_share], 1.0)
    fill_rows(w.lane[LN.delay], 0.0)
    fill_rows(w.lane[LN.blind], 0.0)
    fill_columns(w.lane, LN.surcharge, LN.went_over + 1, 0.0)
    fill_rows(w.no_order, 0.0)
    fill_columns(w.pause, 0, w.pause.shape[0], 0.0)
    w.size[SZ.disturbed] = 1 if active else 0
    if active:
        for e in range(n_events):
            if w.event_n[EV.first, e] <= t <= w.event_n[EV.last, e]:
                if w.event_n[EV.time_between, e] > 0.0:
                    _recur(w, t, e)
                _take_hold(w, t, e)
    _combine(w)
    notice(w)


@compiled
def event_length(mean, spread, is_geometric, u):
    """Length of an event at full severity [periods], one at least where it is random."""
    if mean == np.inf:
        return mean
    if is_geometric == 1.0:
        return 1.0 + geometric(u, mean)
    if spread > 0.0:
        return max(1.0, math.floor(draw_value(LOGNORMAL, mean, spread, u) + 0.5))
    return max(0.0, math.floor(mean + 0.5))


@compiled
def _recur(w, t, e):
    """Once an occurrence of a recurring event is over, draw the next one."""
    tail = math.ceil(w.event_n[EV.recovery_time, e]) if w.event_n[EV.curve, e] > 0.0 else 0.0
    for r in range(w.event_start.shape[1]):
        over = w.event_start[e, r] + w.event_length[e, r] + tail
        while t >= over:
            w.event_count[e, r] += 1
            count, world = w.event_count[e, r], w.size[SZ.first] + r
            start = over + 1.0 + geometric(uniform(w.event_key[e, 1], count, world, 0), w.event_n[EV.time_between, e])
            length = event_length(
                w.event_n[EV.duration, e], w.event_n[EV.spread, e], w.event_n[EV.geometric, e],
                uniform(w.event_key[e, 0], count, world, 0),
            )  # fmt: skip
            w.event_start[e, r], w.event_length[e, r] = start, length
            over = start + length + tail


@compiled
def _take_hold(w, t, e):
    """One event acts on its targets."""
    effect = int(w.event_n[EV.effect, e])
    for r in range(w.event_start.shape[1]):
        severity = severity_at(
            t, w.event_start[e, r], w.event_length[e, r],
            w.event_n[EV.severity, e], w.event_n[EV.curve, e], w.event_n[EV.recovery_time, e],
        )  # fmt: skip
        if severity == 0.0:
            continue
        begins = t == w.event_start[e, r]
        for h in range(w.hit_at[e], w.hit_at[e + 1]):
            row, s, full = w.hits[h], severity * w.hit_weight[h], w.event_n[EV.severity, e] * w.hit_weight[h]
            if effect == SITE:
                w.site[SI.up, row, r] *= 1.0 - s
            elif effect == STOCK:
                w.stock[ST.up_here, row, r] *= 1.0 - s
            elif effect == LANE:
                w.claim[CL.open, row, r] *= 1.0 - s
            elif effect == MARKET:
                w.market[MK.surge, row, r] *= max(0.0, 1.0 + s)
            elif effect == DELAY:
                w.lane[LN.delay, row, r] += s
            elif effect == NO_ORDER:
                w.no_order[row, r] = 1.0
            elif effect == RECIPE:
                w.recipe[RC.recipe_up, row, r] *= 1.0 - s
            elif effect == USABLE:
                w.stock[ST.usable, row, r] *= 1.0 - s
            elif effect == GOOD:
                w.recipe[RC.good_share, row, r] *= 1.0 - s
            elif effect == BLIND:
                w.lane[LN.blind, row, r] = 1.0
            elif effect == SURCHARGE:
                w.lane[LN.surcharge, row, r] += s
            elif effect == DESTROY:
                if begins:
                    _destroy(w, row, r, s)
            elif effect == LOSE:
                if begins:
                    _lose_on_way(w, t, row, r, s)
            elif effect == LATE:
                if begins:
                    _make_late(w, t, row, r, np.int64(math.floor(full + 0.5)))
            elif effect == AGAIN:
                if begins:
                    _start_again(w, t, row, r, np.int64(math.floor(full + 0.5)))
            elif effect == TOLL:
                if begins:
                    w.lane[LN.went_over, row, r] += full * w.lane[LN.in_transit, row, r]
            elif effect != MACHINE:  # machines of a line are hit by its room
                w.pause[effect - NO_SHIPMENT, row, r] = 1.0


@compiled
def _part(w, row, units, share):
    """A share of some units, rounded down where units are whole."""
    x = units * share
    return math.floor(x + rules.DUST) if w.stock_n[SP.whole, row] == 1.0 else x


@compiled
def _destroy(w, row, r, share):
    """A share of what is in stock is gone."""
    x = _part(w, row, w.stock[ST.on_hand, row, r], share)
    w.stock[ST.on_hand, row, r] -= x
    w.stock[ST.destroyed, row, r] += x


@compiled
def _lose_on_way(w, t, lane, r, share):
    """A share of what is on the way is gone, and the destination knows."""
    row = w.lane_destination[lane]
    for slot in range(w.pipe_at[lane, 0], w.pipe_at[lane, 0] + w.pipe_at[lane, 1]):
        x = _part(w, row, w.pipe[slot, r], share)
        w.pipe[slot, r] -= x
        w.lane[LN.in_transit, lane, r] -= x
        w.lane[LN.lane_on_order, lane, r] -= x
        w.stock[ST.on_order, row, r] -= x
        w.lane[LN.lost_on_way, lane, r] += x


@compiled
def _make_late(w, t, lane, r, periods):
    """What is on the way comes so many periods later than it was due."""
    first, length = w.pipe_at[lane, 0], w.pipe_at[lane, 1]
    now = w.clock[lane, r] if w.pause.shape[0] > 0 else t
    for k in range(length - 1, periods - 1, -1):
        w.pipe[first + (now + k) % length, r] = w.pipe[first + (now + k - periods) % length, r]
    for k in range(min(periods, length)):
        w.pipe[first + (now + k) % length, r] = 0.0
    if w.latest[lane, r] >= now:
        w.latest[lane, r] += periods


@compiled
def _start_again(w, t, lane, r, periods):
    """All that is on the way comes after so many periods, whenever it was due."""
    first, length = w.pipe_at[lane, 0], w.pipe_at[lane, 1]
    now = w.clock[lane, r] if w.pause.shape[0] > 0 else t
    units = 0.0
    for k in range(length):
        units += w.pipe[first + (now + k) % length, r]
        w.pipe[first + (now + k) % length, r] = 0.0
    w.pipe[first + (now + periods) % length, r] = units
    if w.latest[lane, r] >= now:
        w.latest[lane, r] = now + periods


@compiled
def _combine(w):
    """What works of a claim or a recipe: its own, its stock's and its site's share."""
    n_lanes = w.lane.shape[1]
    for c in range(w.claim.shape[1]):
        row = w.lane_origin[c] if c < n_lanes else w.market_stock[c - n_lanes]
        _times(w.claim[CL.open, c], w.site[SI.up, w.stock_site[row]], w.stock[ST.up_here, row])
    for k in range(w.recipe.shape[1]):
        row = w.recipe_stock[k]
        _times(w.recipe[RC.recipe_up, k], w.site[SI.up, w.stock_site[row]], w.stock[ST.up_here, row])


@compiled
def _times(works, site, stock):
    for r in range(works.shape[0]):
        works[r] *= site[r] * stock[r]
