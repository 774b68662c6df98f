"""The first step of a period: the day's columns are cleared and events take hold.  Compiled."""

from __future__ import annotations

import math

from twinkit import rules
from twinkit.chain.chance import LOGNORMAL, draw_value, geometric, uniform
from twinkit.chain.compiled import compiled
from twinkit.chain.layout import CL, EV, LN, MK, RC, SI, ST, SZ

_recovered_share = compiled(rules.recovered_share)
EFFECTS = (
    "site", "stock", "lane", "market", "delay", "no_order", "no_shipment", "no_transit", "no_receipt",
)  # fmt: skip
"""What an event acts on; the position is the code in ``EV.effect``, the hits are rows of it."""
SITE, STOCK, LANE, MARKET, DELAY, NO_ORDER, NO_SHIPMENT = range(7)


@compiled
def dawn(w, t):
    """Clear the columns that count one period."""
    w.claim[CL.asked : CL.lost + 1] = 0.0
    if w.size[SZ.order_first] == 1:
        w.before[:] = w.stock[ST.incoming]
    w.stock[ST.incoming : ST.received + 1] = 0.0
    w.lane[LN.departed] = 0.0
    w.lane[LN.arrived : LN.placed + 1] = 0.0
    w.recipe[RC.started : RC.finished + 1] = 0.0


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
    active = False
    for e in range(n_events):
        active = active or (w.event_n[EV.first, e] <= t <= w.event_n[EV.last, e])
    if not active and w.size[SZ.disturbed] == 0:
        return
    w.site[SI.up] = 1.0
    w.stock[ST.up_here] = 1.0
    w.claim[CL.open] = 1.0
    w.market[MK.surge] = 1.0
    w.lane[LN.delay] = 0.0
    w.no_order[:] = 0.0
    w.pause[:] = 0.0
    w.size[SZ.disturbed] = 1 if active else 0
    if active:
        for e in range(n_events):
            if w.event_n[EV.first, e] <= t <= w.event_n[EV.last, e]:
                if w.event_n[EV.time_between, e] > 0.0:
                    _recur(w, t, e)
                _take_hold(w, t, e)
    _combine(w)


@compiled
def event_length(mean, spread, is_geometric, u):
    """Length of an event at full severity [periods], one at least where it is random."""
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
        s = severity_at(
            t, w.event_start[e, r], w.event_length[e, r],
            w.event_n[EV.severity, e], w.event_n[EV.curve, e], w.event_n[EV.recovery_time, e],
        )  # fmt: skip
        if s == 0.0:
            continue
        for h in range(w.hit_at[e], w.hit_at[e + 1]):
            row = w.hits[h]
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
            else:
                w.pause[effect - NO_SHIPMENT, row, r] = 1.0


@compiled
def _combine(w):
    """What works of a claim or a recipe: its own, its stock's and its site's share."""
    n_lanes = w.lane.shape[1]
    for c in range(w.claim.shape[1]):
        row = w.lane_origin[c] if c < n_lanes else w.market_stock[c - n_lanes]
        w.claim[CL.open, c] *= w.site[SI.up, w.stock_site[row]] * w.stock[ST.up_here, row]
    for k in range(w.recipe.shape[1]):
        row = w.recipe_stock[k]
        w.recipe[RC.recipe_up, k] = w.site[SI.up, w.stock_site[row]] * w.stock[ST.up_here, row]
