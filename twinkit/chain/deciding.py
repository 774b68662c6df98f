"""How much a stock orders: forecasts and the built-in policies.  Compiled."""

from __future__ import annotations

import math

from twinkit import rules
from twinkit.chain.asking import half_up
from twinkit.chain.calendars import falls_due, works_at
from twinkit.chain.compiled import add, compiled, put
from twinkit.chain.layout import (
    ANCHOR,
    BASE_STOCK,
    CL,
    DAYS_OF_COVER,
    ECHELON,
    LN,
    ON_DEMAND,
    R_NQ,
    R_Q,
    RC,
    RP,
    S_S,
    SP,
    ST,
    SZ,
)

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
