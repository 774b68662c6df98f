"""How much a stock orders, and where: forecasts, the built-in policies, and the split of an order.  Compiled."""

from __future__ import annotations

import math

import numpy as np

from twinkit import rules
from twinkit.chain.asking import claim_more, half_up, leave_unread
from twinkit.chain.calendars import falls_due, works_at
from twinkit.chain.compiled import add, compiled, fill, put
from twinkit.chain.layout import (
    ANCHOR,
    BASE_STOCK,
    CL,
    DAYS_OF_COVER,
    ECHELON,
    LN,
    LP,
    ON_DEMAND,
    R_NQ,
    R_Q,
    RC,
    RP,
    S_S,
    SP,
    ST,
    SZ,
    UNLIMITED,
)
from twinkit.chain.trouble import known_to_work, ramped, share_of, usual_share

# How much a stock orders: forecasts and the built-in policies.  Compiled.


_position = compiled(rules.inventory_position)
_order_up_to = compiled(rules.order_up_to)
_order_s_S = compiled(rules.order_s_S)
_order_r_Q = compiled(rules.order_r_Q)
_order_r_nQ = compiled(rules.order_r_nQ)
_cover_level = compiled(rules.cover_level)
_smoothed = compiled(rules.smoothed)
_anchor_and_adjust = compiled(rules.anchor_and_adjust)


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
    calendar = w.site_calendar[w.stock_site[row]]
    if falls_due(w, t, int(w.stock_n[SP.review_period, row]), calendar):
        _policy(w, t, row, policy, order)
    for r in range(order.shape[0]):
        if override[r] >= 0.0:
            order[r] = override[r]
            override[r] = -1.0
    if w.no_order.shape[0] > 0:
        none = w.no_order[row]
        for r in range(order.shape[0]):
            order[r] *= 1.0 - none[r]
    if works_at(w, t, calendar) == 0.0:
        for r in range(order.shape[0]):
            order[r] = 0.0
    whole = w.stock_n[SP.whole, row] == 1.0
    for r in range(order.shape[0]):
        if whole and policy == ANCHOR:  # an estimate, which leaves nothing out in the mean
            order[r] = half_up(order[r])
        elif whole:  # what is missing: less than that would leave it missing
            order[r] = math.ceil(order[r] - rules.DUST)
        elif order[r] < rules.DUST:
            order[r] = 0.0


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
def _policy(w, t, row, policy, order):
    """The order of a built-in policy: see :mod:`twinkit.rules` for the formulas."""
    on_hand, on_order = w.stock[ST.on_hand, row], w.stock[ST.on_order, row]
    backlog, required = w.stock[ST.backlog, row], w.stock[ST.required, row]
    safety, quantity = w.stock_n[SP.safety_stock, row], w.stock_n[SP.order_quantity, row]
    if w.stock_n[SP.build_up, row] != 0.0 and w.stock_n[SP.build_from, row] <= t < w.stock_n[SP.build_until, row]:
        safety += w.stock_n[SP.build_up, row]
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
    elif policy == R_NQ:
        for r in range(order.shape[0]):
            order[r] = _order_r_nQ(position[r], point, quantity)
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
    put(total, w.stock[ST.on_hand, row])
    for j in range(w.claims_at[row], w.claims_at[row + 1]):
        c = w.claims_of[j]
        if c < n_lanes:
            moving, at_door, held = w.lane[LN.in_transit, c], w.lane[LN.at_door, c], w.lane[LN.held, c]
            for r in range(total.shape[0]):
                total[r] += moving[r] + at_door[r] + held[r]
            add(total, w.echelon[w.lane_destination[c]])
        else:
            backlog = w.claim[CL.backlog, c]
            for r in range(total.shape[0]):
                total[r] -= backlog[r]
            if w.size[SZ.after_demand] == 1:
                add(total, w.claim[CL.asked, c])
    for j in range(w.users_at[row], w.users_at[row + 1]):
        k = w.users_of[j]
        in_work, further = w.recipe[RC.in_work, k], w.echelon[w.recipe_stock[k]]
        share, qty = w.recipe_n[RP.yield_rate, k], w.users_qty[j]
        for r in range(total.shape[0]):
            total[r] += (in_work[r] + further[r] / share) * qty


# Where an order goes: its split over lanes and recipes.  Compiled.


_lot = compiled(rules.lot)


@compiled
def place(w, t, row):
    """Split the order of a stock over its sources and send the parts."""
    first, end = w.sources_at[row], w.sources_at[row + 1]
    if first == end or w.stock_n[SP.policy, row] == UNLIMITED:
        return
    order, part = w.stock[ST.ordered, row], w.scratch[1]
    if w.size[SZ.dated] == 1 and not _some_open(w, t, first, end):
        for r in range(order.shape[0]):
            order[r] = 0.0
        return
    if end - first == 1:
        put(part, order)
        _send(w, t, w.sources_of[first], row, part)
    elif w.stock_n[SP.ranked, row] == 0.0:
        if w.stock_n[SP.ramp_up, row] > 0.0:
            _split_gradually(w, t, row, first, end)
        else:
            _split(w, t, row, first, end)
    else:
        _fill_up(w, t, row, first, end)


@compiled
def _takes_orders(w, t, source):
    """Whether orders may go to a source in a period."""
    if source >= 0:
        return w.lane_n[LP.valid_from, source] <= t < w.lane_n[LP.valid_until, source]
    return w.recipe_n[RP.valid_from, -1 - source] <= t < w.recipe_n[RP.valid_until, -1 - source]


@compiled
def _some_open(w, t, first, end):
    """Whether orders may go to any of some sources."""
    found = False
    for j in range(first, end):
        found = found or _takes_orders(w, t, w.sources_of[j])
    return found


@compiled
def _share_now(w, t, source, first, end):
    """Share of a source of the table, among those that take orders."""
    if w.size[SZ.dated] == 0:
        return share_of(w, source)
    if not _takes_orders(w, t, source):
        return 0.0
    total, count = 0.0, 0
    for j in range(first, end):
        if _takes_orders(w, t, w.sources_of[j]):
            total += share_of(w, w.sources_of[j])
            count += 1
    return share_of(w, source) / total if total > 0.0 else 1.0 / count


@compiled
def _fill_up(w, t, row, first, end):
    """Ranked sources take what they can, one after the other; the first that works takes what is left."""
    left, part, rest = w.scratch[0], w.scratch[1], w.scratch[2]
    put(left, w.stock[ST.ordered, row])
    put(rest, left)
    for j in range(first, end):
        for r in range(left.shape[0]):
            rest[r] -= min(rest[r], _room(w, t, w.sources_of[j], row, r))
    for j in range(first, end):
        for r in range(left.shape[0]):
            part[r] = min(left[r], _room(w, t, w.sources_of[j], row, r))
            left[r] -= part[r]
            if rest[r] > 0.0 and _is_first(w, t, j, row, r):
                part[r] += rest[r]
                left[r] -= rest[r]
        _send(w, t, w.sources_of[j], row, part)


@compiled
def _split(w, t, row, first, end):
    """Split by shares; sources that do not work are left out if the stock reroutes."""
    order, total, done = w.scratch[4], w.scratch[0], w.scratch[1]
    put(order, w.stock[ST.ordered, row])
    whole = w.stock_n[SP.whole, row] == 1.0
    reroute = w.stock_n[SP.reroute, row] == 1.0 and w.size[SZ.disturbed] == 1
    part, weight = w.scratch[2], w.scratch[3]
    fill(total, 0.0)
    for j in range(first, end):
        _weights(w, t, w.sources_of[j], reroute, weight)
        add(total, weight)
    fill(done, 0.0)
    for j in range(first, end):
        source = w.sources_of[j]
        _weights(w, t, source, reroute, weight)
        share = _share_now(w, t, source, first, end)
        for r in range(len(total)):
            x = order[r] * (weight[r] / total[r] if total[r] > 0.0 else share)
            if whole:
                before = half_up(done[r])
                done[r] += x
                x = half_up(done[r]) - before
            part[r] = x
        _send(w, t, source, row, part)


@compiled
def _split_gradually(w, t, row, first, end):
    """Split by shares where orders go over to other sources period by period."""
    order, total, known, done, part = w.scratch[4], w.scratch[0], w.scratch[1], w.scratch[2], w.scratch[3]
    put(order, w.stock[ST.ordered, row])
    whole = w.stock_n[SP.whole, row] == 1.0
    reroute = w.stock_n[SP.reroute, row] == 1.0 and w.size[SZ.disturbed] == 1
    fill(total, 0.0)
    fill(known, 0.0)
    for j in range(first, end):
        for r in range(len(total)):
            share = _usual_share_now(w, t, w.sources_of[j], row, r)
            total[r] += share
            known[r] += share * known_to_work(w, w.sources_of[j], r) if reroute else 0.0
    fill(done, 0.0)
    for j in range(first, end):
        source = w.sources_of[j]
        table = _share_now(w, t, source, first, end)
        for r in range(len(total)):
            share = _usual_share_now(w, t, source, row, r)
            x = share / total[r] if total[r] > 0.0 else table
            if known[r] > 0.0:
                over = ramped(w, w.stock[ST.called_for, row, r], row)
                x += over * (share * known_to_work(w, source, r) / known[r] - x)
            part[r] = x * order[r]
            if whole:
                so_far = half_up(done[r])
                done[r] += part[r]
                part[r] = half_up(done[r]) - so_far
        _send(w, t, source, row, part)


@compiled
def _usual_share_now(w, t, source, row, r):
    """Share of a source while nothing is out, 0 where it takes no orders."""
    if w.size[SZ.dated] == 1 and not _takes_orders(w, t, source):
        return 0.0
    return usual_share(w, t, source, row, r)


@compiled
def _weights(w, t, source, reroute, weight):
    """Weight of a source in a split, by world: its share, times what works of it."""
    share = share_of(w, source)
    if w.size[SZ.dated] == 1 and not _takes_orders(w, t, source):
        share = 0.0
    fill(weight, share)
    if reroute and w.size[SZ.detection] > 0:
        for r in range(len(weight)):
            weight[r] *= known_to_work(w, source, r)
    elif reroute:
        works = w.claim[CL.open, source] if source >= 0 else w.recipe[RC.recipe_up, -1 - source]
        for r in range(len(weight)):
            weight[r] *= works[r]


@compiled
def _works(w, source, row, r):
    """Share of a source that works, for a stock that reroutes; else 1."""
    if w.stock_n[SP.reroute, row] == 0.0 or w.size[SZ.disturbed] == 0:
        return 1.0
    return known_to_work(w, source, r)


@compiled
def _is_first(w, t, j, row, r):
    """Whether a source is the first that works (or the first, if none does) of those that take orders."""
    first, end = w.sources_at[row], w.sources_at[row + 1]
    backup = -1
    for k in range(first, end):
        if w.size[SZ.dated] == 1 and not _takes_orders(w, t, w.sources_of[k]):
            continue
        if backup < 0:
            backup = k
        if _works(w, w.sources_of[k], row, r) > 0.0:
            return k == j
    return j == backup


@compiled
def _room(w, t, source, row, r):
    """Units that a ranked source can still take; for a stock that reroutes, as far as it works."""
    if w.size[SZ.dated] == 1 and not _takes_orders(w, t, source):
        return 0.0
    if source >= 0:
        capacity, owed = w.lane_n[LP.capacity, source], w.claim[CL.backlog, source, r]
    else:
        capacity, owed = w.recipe_n[RP.capacity, -1 - source], w.recipe[RC.to_make, -1 - source, r]
    works = _works(w, source, row, r)
    if works <= 0.0:
        return 0.0
    room = max(0.0, capacity * works - owed)
    return math.floor(room + rules.DUST) if w.stock_n[SP.whole, row] == 1.0 and room < np.inf else room


@compiled
def _send(w, t, source, row, part):
    """Order a part from one source: a lane's origin, or production at the site."""
    on_order = w.stock[ST.on_order, row]
    if source < 0:
        _send_to_production(w, -1 - source, row, on_order, part)
        return
    origin, delay = w.lane_origin[source], int(w.lane_n[LP.information_delay, source])
    placed, lane_on_order = w.lane[LN.placed, source], w.lane[LN.lane_on_order, source]
    least, multiple = w.lane_n[LP.minimum_order, source], w.lane_n[LP.order_multiple, source]
    if least > 0.0 or multiple > 0.0:
        ordered = w.stock[ST.ordered, row]
        for r in range(len(part)):
            x = _lot(part[r], least, multiple)
            ordered[r] += x - part[r]
            part[r] = x
    if w.stock_n[SP.limit_to_supplier, row] == 1.0:
        ordered, there = w.stock[ST.ordered, row], w.stock[ST.on_hand, origin]
        endless = w.stock_n[SP.policy, origin] == UNLIMITED
        for r in range(len(part)):
            most = min(w.lane_n[LP.capacity, source], np.inf if endless else there[r])
            if w.stock_n[SP.whole, row] == 1.0 and most < np.inf:
                most = math.floor(most + rules.DUST)
            if part[r] > most:
                if multiple > 0.0:
                    most = math.floor(most / multiple + rules.DUST) * multiple
                if most < least - rules.DUST:  # no order is small enough
                    most = 0.0
                ordered[r] -= part[r] - most
                part[r] = most
    for r in range(len(part)):
        placed[r] += part[r]
        lane_on_order[r] += part[r]
        on_order[r] += part[r]
    if delay > 0:
        add(w.mail[w.mail_at[source, 0] + (t + delay) % w.mail_at[source, 1]], part)
    else:
        if w.size[SZ.blind] == 1:
            leave_unread(w, source, part)
        claim_more(w, t, source, origin, part)


@compiled
def _send_to_production(w, k, row, on_order, part):
    """Turn good units that are wanted into units to start, and ask for their components."""
    share, whole = w.recipe_n[RP.yield_rate, k], w.stock_n[SP.whole, row] == 1.0
    least, multiple = w.recipe_n[RP.minimum_order, k], w.recipe_n[RP.order_multiple, k]
    to_make, ordered = w.recipe[RC.to_make, k], w.stock[ST.ordered, row]
    for r in range(len(part)):
        x = part[r] / share
        if whole:
            x = math.ceil(x - rules.DUST)
        if least > 0.0 or multiple > 0.0:
            more = _lot(x, least, multiple) - x
            ordered[r] += more * share
            x += more
        part[r] = x
        to_make[r] += x
        on_order[r] += x * share
    for j in range(w.parts_at[k], w.parts_at[k + 1]):
        required, incoming = w.stock[ST.required, w.parts_of[j]], w.stock[ST.incoming, w.parts_of[j]]
        qty = w.parts_qty[j]
        for r in range(len(part)):
            required[r] += part[r] * qty
            incoming[r] += part[r] * qty
