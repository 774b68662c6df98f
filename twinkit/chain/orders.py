"""The steps in which something is asked for: hear, demand, replenish.  Compiled."""

from __future__ import annotations

import math

import numpy as np

from twinkit import rules
from twinkit.chain.chance import RESAMPLED, draw_value, uniform
from twinkit.chain.compiled import compiled
from twinkit.chain.layout import (
    ANCHOR,
    BASE_STOCK,
    CL,
    DAYS_OF_COVER,
    ECHELON,
    LN,
    LP,
    MK,
    MP,
    ON_DEMAND,
    R_Q,
    RC,
    RP,
    S_S,
    SP,
    ST,
    SZ,
    UNLIMITED,
)  # fmt: skip

_position = compiled(rules.inventory_position)
_order_up_to = compiled(rules.order_up_to)
_order_s_S = compiled(rules.order_s_S)
_order_r_Q = compiled(rules.order_r_Q)
_cover_level = compiled(rules.cover_level)
_smoothed = compiled(rules.smoothed)
_anchor_and_adjust = compiled(rules.anchor_and_adjust)


@compiled
def _half_up(x):
    """Round to a whole number, half up."""
    return math.floor(x + 0.5 + rules.DUST)


@compiled
def _claim(w, t, claim, row, r, q):
    """A claim asks a stock for q more units."""
    w.claim[CL.asked, claim, r] += q
    w.claim[CL.backlog, claim, r] += q
    w.stock[ST.backlog, row, r] += q
    w.stock[ST.incoming, row, r] += q
    if w.queue_at[claim] >= 0:
        w.queue[w.queue_at[claim], t, r] += q


@compiled
def hear(w, t):
    """Orders whose information delay is over reach their supplier."""
    for lane in range(w.lane.shape[1]):
        if w.lane_n[LP.information_delay, lane] > 0:
            slot = w.mail_at[lane, 0] + t % w.mail_at[lane, 1]
            for r in range(w.lane.shape[2]):
                _claim(w, t, lane, w.lane_origin[lane], r, w.mail[slot, r])
                w.mail[slot, r] = 0.0


@compiled
def demand(w, t):
    """Customers ask."""
    n_lanes, whole = w.lane.shape[1], w.size[SZ.whole] == 1
    for m in range(w.mean.shape[0]):
        if t % int(w.market_n[MP.every, m]) != 0 and w.ask.shape[0] == 0:
            continue
        kind, mean = int(w.market_n[MP.kind, m]), w.mean[m, t]
        average = w.market_n[MP.mean, m]
        spread = w.market_n[MP.spread, m] * (mean / average if average > 0.0 else 1.0)
        due = t % int(w.market_n[MP.every, m]) == 0
        for r in range(w.claim.shape[2]):
            x = 0.0
            if due:
                u = uniform(w.demand_key[m], t, w.size[SZ.first] + r, 0) if kind > 0 else 0.5
                if kind == RESAMPLED:
                    first, end = w.recorded_at[m], w.recorded_at[m + 1]
                    x = w.recorded[first + int(u * (end - first))]
                else:
                    x = draw_value(kind, mean, spread, u)
                x *= w.market[MK.surge, m, r]
            if w.ask.shape[0] > 0 and w.ask[m, r] >= 0.0:
                x = w.ask[m, r]
                w.ask[m, r] = -1.0
            if whole:
                x = _half_up(x)
            _claim(w, t, n_lanes + m, w.market_stock[m], r, x)


@compiled
def replenish(w, t, a, b):
    """Stocks order, customers before suppliers, each seeing today's orders of its customers."""
    for i in range(a, b):
        foresee(w, t, w.down_up[i])
        decide(w, t, w.down_up[i])
        place(w, t, w.down_up[i])


@compiled
def replenish_together(w, t, a, b):
    """Stocks order, all on the state at the start of the period."""
    for i in range(a, b):
        foresee(w, t, w.down_up[i])
    for i in range(a, b):
        decide(w, t, w.down_up[i])
    for i in range(a, b):
        place(w, t, w.down_up[i])


@compiled
def foresee(w, t, row):
    """What a policy may look at besides the position: the echelon stock and the forecast."""
    if w.size[SZ.echelons] == 1:
        _echelon(w, row)
    policy = int(w.stock_n[SP.policy, row])
    if policy in (DAYS_OF_COVER, ANCHOR):
        _forecast(w, t, row, policy)


@compiled
def decide(w, t, row):
    """What a stock orders in all: its policy, unless a hand or a rule has set the order."""
    policy = int(w.stock_n[SP.policy, row])
    order, override = w.stock[ST.ordered, row], w.stock[ST.override, row]
    if t % int(w.stock_n[SP.review_period, row]) == 0:
        _policy(w, row, policy, order)
    for r in range(order.shape[0]):
        if override[r] >= 0.0:
            order[r] = override[r]
            override[r] = -1.0
        if w.no_order.shape[0] > 0 and w.no_order[row, r] == 1.0:
            order[r] = 0.0
    if w.size[SZ.whole] == 1:
        for r in range(order.shape[0]):
            order[r] = _half_up(order[r])


@compiled
def _forecast(w, t, row, policy):
    """Update the forecast with the newest demand: moving average, or exponential smoothing.

    Where the day begins with the orders the newest demand is that of yesterday.
    """
    forecast, incoming = w.stock[ST.forecast, row], w.stock[ST.incoming, row]
    if w.size[SZ.order_first] == 1:
        if t == 0:
            return
        incoming = w.before[row]
    weight = w.stock_n[SP.smoothing, row]
    if policy == ANCHOR or weight > 0.0:
        for r in range(forecast.shape[0]):
            forecast[r] = _smoothed(forecast[r], incoming[r], weight)
        return
    window = w.past_at[row, 1]
    if window == 0:
        return
    slot = w.past[w.past_at[row, 0] + t % window]
    for r in range(forecast.shape[0]):
        forecast[r] += (incoming[r] - slot[r]) / window
        slot[r] = incoming[r]


@compiled
def _policy(w, row, policy, order):
    """The order of a built-in policy: see :mod:`twinkit.rules` for the formulas."""
    on_hand, on_order = w.stock[ST.on_hand, row], w.stock[ST.on_order, row]
    backlog, required = w.stock[ST.backlog, row], w.stock[ST.required, row]
    safety = w.stock_n[SP.safety_stock, row]
    level = w.stock_n[SP.order_up_to, row] + safety
    point = w.stock_n[SP.reorder_point, row] + safety
    for r in range(order.shape[0]):
        position = _position(on_hand[r], on_order[r], backlog[r], required[r])
        if policy == BASE_STOCK:
            order[r] = _order_up_to(position, level)
        elif policy == S_S:
            order[r] = _order_s_S(position, point, level)
        elif policy == R_Q:
            order[r] = _order_r_Q(position, point, w.stock_n[SP.order_quantity, row])
        elif policy == DAYS_OF_COVER:
            goal = _cover_level(
                w.stock[ST.forecast, row, r], w.stock_n[SP.protection, row], w.stock_n[SP.days_of_cover, row], safety
            )
            order[r] = _order_up_to(position, goal)
        elif policy == ON_DEMAND:
            order[r] = _order_up_to(position, safety)
        elif policy == ECHELON:
            asked = w.stock[ST.incoming, row, r] if w.size[SZ.after_demand] == 1 else 0.0
            order[r] = _order_up_to(w.echelon[row, r] + on_order[r] - asked, level)
        elif policy == ANCHOR:
            order[r] = _anchor_and_adjust(
                w.stock[ST.forecast, row, r], level, on_hand[r] - backlog[r] - required[r], on_order[r],
                w.stock_n[SP.stock_weight, row], w.stock_n[SP.supply_line_weight, row],
            )  # fmt: skip


@compiled
def _echelon(w, row):
    """Echelon stock: on hand here and on the way to or at any customer site, less customers' backlog.

    When orders follow demand in a period, a stage does not know today's demand of
    customers further down: the orders that it got today take its place.
    """
    n_lanes = w.lane.shape[1]
    total = w.echelon[row]
    total[:] = w.stock[ST.on_hand, row]
    for j in range(w.claims_at[row], w.claims_at[row + 1]):
        c = w.claims_of[j]
        if c < n_lanes:
            total += w.lane[LN.in_transit, c] + w.lane[LN.at_door, c] + w.lane[LN.held, c]
            total += w.echelon[w.lane_destination[c]]
        else:
            total -= w.claim[CL.backlog, c]
            if w.size[SZ.after_demand] == 1:
                total += w.claim[CL.asked, c]
    for j in range(w.users_at[row], w.users_at[row + 1]):
        k = w.users_of[j]
        made = w.recipe[RC.in_work, k] + w.echelon[w.recipe_stock[k]] / w.recipe_n[RP.yield_rate, k]
        total += made * w.users_qty[j]


@compiled
def place(w, t, row):
    """Split the order of a stock over its sources and send the parts."""
    first, end = w.sources_at[row], w.sources_at[row + 1]
    if first == end or w.stock_n[SP.policy, row] == UNLIMITED:
        return
    order, left = w.stock[ST.ordered, row], w.scratch[0]
    if end - first == 1 or w.stock_n[SP.ranked, row] == 1.0:
        left[:] = order
        part, rest = w.scratch[1], w.scratch[2]
        rest[:] = order
        if end - first > 1:
            for j in range(first, end):
                for r in range(left.shape[0]):
                    rest[r] -= min(rest[r], _room(w, w.sources_of[j], row, r))
        for j in range(first, end):
            for r in range(left.shape[0]):
                part[r] = min(left[r], _room(w, w.sources_of[j], row, r)) if end - first > 1 else left[r]
                left[r] -= part[r]
                if rest[r] > 0.0 and end - first > 1 and _is_first(w, j, row, r):
                    part[r] += rest[r]
                    left[r] -= rest[r]
            _send(w, t, w.sources_of[j], row, part)
        return
    _split(w, t, row, first, end)


@compiled
def _split(w, t, row, first, end):
    """Split by shares; sources that do not work are left out if the stock reroutes."""
    order, total, done = w.scratch[3], w.scratch[0], w.scratch[1]
    order[:] = w.stock[ST.ordered, row]
    whole = w.size[SZ.whole] == 1
    reroute = w.stock_n[SP.reroute, row] == 1.0 and w.size[SZ.disturbed] == 1
    total[:] = 0.0
    for j in range(first, end):
        for r in range(total.shape[0]):
            total[r] += _weight(w, w.sources_of[j], r, reroute)
    done[:] = 0.0
    for j in range(first, end):
        part, source = w.scratch[2], w.sources_of[j]
        for r in range(total.shape[0]):
            use = reroute and total[r] > 0.0
            weight = _weight(w, source, r, use)
            scale = total[r] if total[r] > 0.0 else 1.0
            if whole:
                before = _half_up(done[r])
                done[r] += order[r] * weight / scale
                part[r] = _half_up(done[r]) - before
            else:
                part[r] = order[r] * weight / scale
        _send(w, t, source, row, part)


@compiled
def _weight(w, source, r, reroute):
    """Weight of a source in a split: its share, times what works of it."""
    if source >= 0:
        return w.lane_n[LP.share, source] * (w.claim[CL.open, source, r] if reroute else 1.0)
    return w.recipe_n[RP.share, -1 - source] * (w.recipe[RC.recipe_up, -1 - source, r] if reroute else 1.0)


@compiled
def _works(w, source, row, r):
    """Share of a source that works, for a stock that reroutes; else 1."""
    if w.stock_n[SP.reroute, row] == 0.0 or w.size[SZ.disturbed] == 0:
        return 1.0
    return w.claim[CL.open, source, r] if source >= 0 else w.recipe[RC.recipe_up, -1 - source, r]


@compiled
def _is_first(w, j, row, r):
    """Whether a source is the first that works (or the first, if none does)."""
    first, end = w.sources_at[row], w.sources_at[row + 1]
    for k in range(first, end):
        if _works(w, w.sources_of[k], row, r) > 0.0:
            return k == j
    return j == first


@compiled
def _room(w, source, row, r):
    """Units that a ranked source can still take; for a stock that reroutes, as far as it works."""
    if source >= 0:
        capacity, owed = w.lane_n[LP.capacity, source], w.claim[CL.backlog, source, r]
    else:
        capacity, owed = w.recipe_n[RP.capacity, -1 - source], w.recipe[RC.to_make, -1 - source, r]
    works = _works(w, source, row, r)
    if works <= 0.0:
        return 0.0
    room = max(0.0, capacity * works - owed)
    return math.floor(room + rules.DUST) if w.size[SZ.whole] == 1 and room < np.inf else room


@compiled
def _send(w, t, source, row, part):
    """Order a part from one source: a lane's origin, or production at the site."""
    if source < 0:
        k = -1 - source
        share = w.recipe_n[RP.yield_rate, k]
        for r in range(part.shape[0]):
            x = part[r] / share
            if w.size[SZ.whole] == 1:
                x = math.ceil(x - rules.DUST)
            w.recipe[RC.to_make, k, r] += x
            w.stock[ST.on_order, row, r] += x * share
            for j in range(w.parts_at[k], w.parts_at[k + 1]):
                w.stock[ST.required, w.parts_of[j], r] += x * w.parts_qty[j]
                w.stock[ST.incoming, w.parts_of[j], r] += x * w.parts_qty[j]
        return
    origin, delay = w.lane_origin[source], int(w.lane_n[LP.information_delay, source])
    for r in range(part.shape[0]):
        x = part[r]
        if w.stock_n[SP.limit_to_supplier, row] == 1.0:
            reach = w.stock[ST.on_hand, origin, r] if w.stock_n[SP.policy, origin] != UNLIMITED else np.inf
            x = min(x, min(w.lane_n[LP.capacity, source], reach))
            if w.size[SZ.whole] == 1:
                x = math.floor(x + rules.DUST)
            w.stock[ST.ordered, row, r] += x - part[r]
        w.lane[LN.placed, source, r] += x
        w.lane[LN.lane_on_order, source, r] += x
        w.stock[ST.on_order, row, r] += x
        if delay > 0:
            w.mail[w.mail_at[source, 0] + (t + delay) % w.mail_at[source, 1], r] += x
        else:
            _claim(w, t, source, origin, r, x)
