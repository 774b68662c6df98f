"""The steps in which something is asked for: hear, demand, replenish.  Compiled."""

from __future__ import annotations

import math

import numpy as np

from twinkit import rules
from twinkit.chain.chance import (
    FIXED,
    NEGATIVE_BINOMIAL,
    POISSON,
    RESAMPLED,
    count_quantiles,
    draw_value,
    uniforms,
)  # fmt: skip
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
def _claim(w, t, claim, row, units):
    """A claim asks a stock for more units, one number for each world."""
    asked, owed = w.claim[CL.asked, claim], w.claim[CL.backlog, claim]
    backlog, incoming = w.stock[ST.backlog, row], w.stock[ST.incoming, row]
    for r in range(len(units)):
        asked[r] += units[r]
        owed[r] += units[r]
        backlog[r] += units[r]
        incoming[r] += units[r]
    if w.queue_at[claim] >= 0:
        w.queue[w.queue_at[claim], t] += units


@compiled
def hear(w, t):
    """Orders whose information delay is over reach their supplier."""
    for lane in range(w.lane.shape[1]):
        if w.lane_n[LP.information_delay, lane] > 0:
            due = w.mail[w.mail_at[lane, 0] + t % w.mail_at[lane, 1]]
            _claim(w, t, lane, w.lane_origin[lane], due)
            due[:] = 0.0


@compiled
def demand(w, t):
    """Customers ask."""
    n_lanes, whole = w.lane.shape[1], w.size[SZ.whole] == 1
    units = w.scratch[0]
    for m in range(w.mean.shape[0]):
        due = t % int(w.market_n[MP.every, m]) == 0
        if not due and w.ask.shape[0] == 0:
            continue
        units[:] = 0.0
        if due:
            _draw_demand(w, t, m, units)
            surge = w.market[MK.surge, m]
            for r in range(len(units)):
                units[r] *= surge[r]
        if w.ask.shape[0] > 0:
            told = w.ask[m]
            for r in range(len(units)):
                if told[r] >= 0.0:
                    units[r] = told[r]
                    told[r] = -1.0
        if whole:
            for r in range(len(units)):
                units[r] = _half_up(units[r])
        _claim(w, t, n_lanes + m, w.market_stock[m], units)


@compiled
def _draw_demand(w, t, m, units):
    """Demand of one market in a period, one draw for each world."""
    kind, mean, average = int(w.market_n[MP.kind, m]), w.mean[m, t], w.market_n[MP.mean, m]
    spread = w.market_n[MP.spread, m] * (mean / average if average > 0.0 else 1.0)
    if kind == FIXED or (spread <= 0.0 and kind not in (POISSON, RESAMPLED)):
        units[:] = mean
        return
    uniforms(w.demand_key[m], t, w.size[SZ.first], units)
    if kind == RESAMPLED:
        past = w.recorded[w.recorded_at[m] : w.recorded_at[m + 1]]
        for r in range(len(units)):
            units[r] = past[int(units[r] * len(past))]
    elif kind in (POISSON, NEGATIVE_BINOMIAL):
        variance = mean if kind == POISSON else max(spread * spread, mean)
        count_quantiles(units, mean, variance, w.table)
    else:
        for r in range(len(units)):
            units[r] = draw_value(kind, mean, spread, units[r])


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
    if w.no_order.shape[0] > 0:
        order *= 1.0 - w.no_order[row]
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
    safety, quantity = w.stock_n[SP.safety_stock, row], w.stock_n[SP.order_quantity, row]
    level = w.stock_n[SP.order_up_to, row] + safety
    point = w.stock_n[SP.reorder_point, row] + safety
    position = w.scratch[0]
    for r in range(order.shape[0]):
        position[r] = _position(on_hand[r], on_order[r], backlog[r], required[r])
    if policy == BASE_STOCK or policy == ON_DEMAND:  # noqa: SIM109 (numba compares numbers faster)
        goal = level if policy == BASE_STOCK else safety
        for r in range(order.shape[0]):
            order[r] = _order_up_to(position[r], goal)
    elif policy == S_S:
        for r in range(order.shape[0]):
            order[r] = _order_s_S(position[r], point, level)
    elif policy == R_Q:
        for r in range(order.shape[0]):
            order[r] = _order_r_Q(position[r], point, quantity)
    elif policy == DAYS_OF_COVER:
        forecast, protection = w.stock[ST.forecast, row], w.stock_n[SP.protection, row]
        days = w.stock_n[SP.days_of_cover, row]
        for r in range(order.shape[0]):
            order[r] = _order_up_to(position[r], _cover_level(forecast[r], protection, days, safety))
    elif policy == ECHELON:
        echelon, incoming = w.echelon[row], w.stock[ST.incoming, row]
        asked = 1.0 if w.size[SZ.after_demand] == 1 else 0.0
        for r in range(order.shape[0]):
            order[r] = _order_up_to(echelon[r] + on_order[r] - asked * incoming[r], level)
    elif policy == ANCHOR:
        forecast = w.stock[ST.forecast, row]
        alpha, beta = w.stock_n[SP.stock_weight, row], w.stock_n[SP.supply_line_weight, row]
        for r in range(order.shape[0]):
            net = on_hand[r] - backlog[r] - required[r]
            order[r] = _anchor_and_adjust(forecast[r], level, net, on_order[r], alpha, beta)


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
    order, part = w.stock[ST.ordered, row], w.scratch[1]
    if end - first == 1:
        part[:] = order
        _send(w, t, w.sources_of[first], row, part)
    elif w.stock_n[SP.ranked, row] == 0.0:
        _split(w, t, row, first, end)
    else:
        _fill_up(w, t, row, first, end)


@compiled
def _fill_up(w, t, row, first, end):
    """Ranked sources take what they can, one after the other; the first that works takes what is left."""
    left, part, rest = w.scratch[0], w.scratch[1], w.scratch[2]
    left[:] = w.stock[ST.ordered, row]
    rest[:] = left
    for j in range(first, end):
        for r in range(left.shape[0]):
            rest[r] -= min(rest[r], _room(w, w.sources_of[j], row, r))
    for j in range(first, end):
        for r in range(left.shape[0]):
            part[r] = min(left[r], _room(w, w.sources_of[j], row, r))
            left[r] -= part[r]
            if rest[r] > 0.0 and _is_first(w, j, row, r):
                part[r] += rest[r]
                left[r] -= rest[r]
        _send(w, t, w.sources_of[j], row, part)


@compiled
def _split(w, t, row, first, end):
    """Split by shares; sources that do not work are left out if the stock reroutes."""
    order, total, done = w.scratch[4], w.scratch[0], w.scratch[1]
    order[:] = w.stock[ST.ordered, row]
    whole = w.size[SZ.whole] == 1
    reroute = w.stock_n[SP.reroute, row] == 1.0 and w.size[SZ.disturbed] == 1
    part, weight = w.scratch[2], w.scratch[3]
    total[:] = 0.0
    for j in range(first, end):
        _weights(w, w.sources_of[j], reroute, weight)
        total += weight
    done[:] = 0.0
    for j in range(first, end):
        source = w.sources_of[j]
        _weights(w, source, reroute, weight)
        share = _share(w, source)
        for r in range(len(total)):
            x = order[r] * (weight[r] / total[r] if total[r] > 0.0 else share)
            if whole:
                before = _half_up(done[r])
                done[r] += x
                x = _half_up(done[r]) - before
            part[r] = x
        _send(w, t, source, row, part)


@compiled
def _share(w, source):
    """Share of a source as the table gives it."""
    return w.lane_n[LP.share, source] if source >= 0 else w.recipe_n[RP.share, -1 - source]


@compiled
def _weights(w, source, reroute, weight):
    """Weight of a source in a split, by world: its share, times what works of it."""
    weight[:] = _share(w, source)
    if reroute:
        weight *= w.claim[CL.open, source] if source >= 0 else w.recipe[RC.recipe_up, -1 - source]


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
    on_order = w.stock[ST.on_order, row]
    if source < 0:
        _send_to_production(w, -1 - source, on_order, part)
        return
    origin, delay = w.lane_origin[source], int(w.lane_n[LP.information_delay, source])
    placed, lane_on_order = w.lane[LN.placed, source], w.lane[LN.lane_on_order, source]
    if w.stock_n[SP.limit_to_supplier, row] == 1.0:
        ordered, there = w.stock[ST.ordered, row], w.stock[ST.on_hand, origin]
        endless = w.stock_n[SP.policy, origin] == UNLIMITED
        for r in range(len(part)):
            most = min(w.lane_n[LP.capacity, source], np.inf if endless else there[r])
            if w.size[SZ.whole] == 1 and most < np.inf:
                most = math.floor(most + rules.DUST)
            ordered[r] -= max(part[r] - most, 0.0)
            part[r] = min(part[r], most)
    for r in range(len(part)):
        placed[r] += part[r]
        lane_on_order[r] += part[r]
        on_order[r] += part[r]
    if delay > 0:
        w.mail[w.mail_at[source, 0] + (t + delay) % w.mail_at[source, 1]] += part
    else:
        _claim(w, t, source, origin, part)


@compiled
def _send_to_production(w, k, on_order, part):
    """Turn good units that are wanted into units to start, and ask for their components."""
    share, whole = w.recipe_n[RP.yield_rate, k], w.size[SZ.whole] == 1
    to_make = w.recipe[RC.to_make, k]
    for r in range(len(part)):
        x = part[r] / share
        if whole:
            x = math.ceil(x - rules.DUST)
        part[r] = x
        to_make[r] += x
        on_order[r] += x * share
    for j in range(w.parts_at[k], w.parts_at[k + 1]):
        required, incoming = w.stock[ST.required, w.parts_of[j]], w.stock[ST.incoming, w.parts_of[j]]
        qty = w.parts_qty[j]
        for r in range(len(part)):
            required[r] += part[r] * qty
            incoming[r] += part[r] * qty
