"""The last steps of a period: account, record, and the clocks of the lanes.  Compiled.

Specks below :data:`twinkit.rules.DUST` are rounding: they are no shipment and no stockout.
"""

from __future__ import annotations

import math

from twinkit import rules
from twinkit.chain.calendars import works_at
from twinkit.chain.compiled import add, add_rows, compiled, fill, put
from twinkit.chain.layout import (
    CL,
    LN,
    LP,
    MK,
    RC,
    SP,
    ST,
    SZ,
    TOTALS_LANE,
    TOTALS_MARKET,
    TOTALS_RECIPE,
    TOTALS_STOCK,
    TRANSIT,
)  # fmt: skip

DUST = rules.DUST
TS, TL, TR, TM = TOTALS_STOCK, TOTALS_LANE, TOTALS_RECIPE, TOTALS_MARKET


@compiled
def expire(w, t):
    """What has been kept for its shelf life is scrapped at the end of the period.

    The oldest goes out first, so of what is there the newest is left: whatever is more than all that came
    in since is too old.  A unit that comes in in period t with a shelf life of n periods is there until the end of t + n - 1.
    """
    for row in range(w.stock.shape[1] if w.fresh.shape[0] > 0 else 0):
        first, life = w.fresh_at[row, 0], w.fresh_at[row, 1]
        if life == 0:
            continue
        on_hand, received, expired = w.stock[ST.on_hand, row], w.stock[ST.received, row], w.stock[ST.expired, row]
        last, old = first + (t + life - 1) % life, first + t % life
        for r in range(on_hand.shape[0]):
            w.fresh[last, r] = received[r]
            for j in range(w.claims_at[row], w.claims_at[row + 1] if w.back.shape[0] > 0 else w.claims_at[row]):
                m = w.claims_of[j] - w.lane.shape[1]
                if m >= 0:  # what comes back is as new
                    w.fresh[last, r] += w.market[MK.resold, m, r]
            w.fresh[old, r] = 0.0
            kept = 0.0
            for slot in range(first, first + life):
                kept += w.fresh[slot, r]
            expired[r] = max(0.0, on_hand[r] - kept)
            on_hand[r] -= expired[r]


@compiled
def _price_of(w, i, t, units):
    """Price of an order of a lane with price breaks [money]: all of it at the price of the largest break, or part by part."""
    price, done, total = w.price[i], 0.0, 0.0
    for b in range(w.breaks_at[i], w.breaks_at[i + 1]):
        if w.breaks[b, 0] <= units + DUST and w.breaks[b, 2] <= t < w.breaks[b, 3]:
            if w.stepwise[i] == 1.0:
                total += (w.breaks[b, 0] - done) * price
                done = w.breaks[b, 0]
            price = w.breaks[b, 1]
    return total + (units - done) * price


@compiled
def _buy(w, t):
    """Orders on lanes with price breaks have their price when they are placed, and it is paid as they are sent."""
    for i in range(w.priced.shape[0]):
        lane = w.priced[i]
        placed, on_order, sent, lost = w.lane[LN.placed, lane], w.lane[LN.lane_on_order, lane], w.claim[CL.sent, lane], w.claim[CL.lost, lane]
        in_transit, at_door, held = w.lane[LN.in_transit, lane], w.lane[LN.at_door, lane], w.lane[LN.held, lane]
        to_pay, bought = w.lane[LN.to_pay, lane], w.lane[LN.bought, lane]
        for r in range(placed.shape[0]):
            if placed[r] > DUST:
                to_pay[r] += _price_of(w, i, t, placed[r])
            waited = on_order[r] - in_transit[r] - at_door[r] - held[r] + sent[r] + lost[r]
            bought[r] = 0.0
            if waited > DUST:
                bought[r] = to_pay[r] * min(1.0, sent[r] / waited)
                to_pay[r] -= to_pay[r] * min(1.0, (sent[r] + lost[r]) / waited)


@compiled
def account(w, t):
    """Add the period to the totals from which costs and KPIs are made."""
    _buy(w, t)
    if t < w.size[SZ.warm_up]:
        return
    _account_stocks(w)
    n_lanes, disturbed = w.lane.shape[1], w.size[SZ.disturbed] == 1
    if disturbed:
        add_rows(w.total_stock[TS.destroyed], w.stock[ST.destroyed])
    if w.size[SZ.substitutes] == 1:
        add_rows(w.total_stock[TS.stood_in], w.stock[ST.stood_in])
        add_rows(w.total_stock[TS.spared], w.stock[ST.spared])
    for lane in range(n_lanes):
        sent, expedited, placed = w.claim[CL.sent, lane], w.lane[LN.expedited, lane], w.lane[LN.placed, lane]
        in_transit, at_door, held = w.lane[LN.in_transit, lane], w.lane[LN.at_door, lane], w.lane[LN.held, lane]
        t_sent, t_shipments = w.total_lane[TL.sent, lane], w.total_lane[TL.shipments, lane]
        t_waiting, t_expedited = w.total_lane[TL.waiting, lane], w.total_lane[TL.expedited, lane]
        t_placed, load = w.total_lane[TL.placed, lane], w.lane_n[LP.full_load, lane]
        for r in range(sent.shape[0]):
            t_sent[r] += sent[r]
            t_shipments[r] += 1.0 if sent[r] > DUST else 0.0
            if load > 0.0 and sent[r] > load:
                t_shipments[r] += math.floor(sent[r] / load + DUST) - 1.0
            t_waiting[r] += in_transit[r] + at_door[r] + held[r]
            t_expedited[r] += expedited[r]
            t_placed[r] += placed[r]
        if disturbed:
            surcharge, gone, paid = w.lane[LN.surcharge, lane], w.lane[LN.lost_on_way, lane], w.lane[LN.went_over, lane]
            for r in range(sent.shape[0]):
                w.total_lane[TL.surcharge, lane, r] += surcharge[r] * sent[r] + paid[r]
                w.total_lane[TL.lost_on_way, lane, r] += gone[r]
    for i in range(w.priced.shape[0]):
        add(w.total_lane[TL.bought, w.priced[i]], w.lane[LN.bought, w.priced[i]])
    if w.fresh.shape[0] > 0:
        add_rows(w.total_stock[TS.expired], w.stock[ST.expired])
    add_rows(w.total_recipe[TR.started], w.recipe[RC.started])
    add_rows(w.total_recipe[TR.finished], w.recipe[RC.finished])
    add_rows(w.total_recipe[TR.scrapped], w.recipe[RC.scrapped])
    for m in range(w.market.shape[1]):
        c = n_lanes + m
        add(w.total_market[TM.demand, m], w.claim[CL.asked, c])
        add(w.total_market[TM.at_once, m], w.claim[CL.at_once, c])
        add(w.total_market[TM.sent, m], w.claim[CL.sent, c])
        add(w.total_market[TM.lost, m], w.claim[CL.lost, c])
        add(w.total_market[TM.backlog, m], w.claim[CL.backlog, c])
        if w.back.shape[0] > 0:
            add(w.total_market[TM.returned, m], w.market[MK.returned, m])
            add(w.total_market[TM.resold, m], w.market[MK.resold, m])


@compiled
def _account_stocks(w):
    """Totals by stock; a replenishment cycle ends when goods are received.

    Variances are summed about the mean flow, which keeps the sums small.
    """
    total = w.total_stock
    for row in range(w.stock.shape[1]):
        on_hand, backlog = w.stock[ST.on_hand, row], w.stock[ST.backlog, row]
        received, short = w.stock[ST.received, row], w.stock[ST.short, row]
        ordered, incoming = w.stock[ST.ordered, row], w.stock[ST.incoming, row]
        rate, missing = w.stock_n[SP.rate, row], w.scratch[0]
        put(missing, backlog)
        for j in range(w.claims_at[row], w.claims_at[row + 1]):
            lost = w.claim[CL.lost, w.claims_of[j]]
            for r in range(len(missing)):
                missing[r] += lost[r]
        t_on_hand, t_backlog, t_received = total[TS.on_hand, row], total[TS.backlog, row], total[TS.received, row]
        t_in_stock, t_cycles, t_clean = total[TS.in_stock, row], total[TS.cycles, row], total[TS.clean_cycles, row]
        for r in range(on_hand.shape[0]):
            t_on_hand[r] += on_hand[r]
            t_backlog[r] += backlog[r]
            t_received[r] += received[r]
            t_in_stock[r] += 1.0 if on_hand[r] > DUST else 0.0
            cycle = 1.0 if received[r] > DUST else 0.0
            t_cycles[r] += cycle
            t_clean[r] += cycle * (1.0 - short[r])
            short[r] = 1.0 if missing[r] > DUST else short[r] * (1.0 - cycle)
        t_ordered, t_ordered_sq = total[TS.ordered, row], total[TS.ordered_sq, row]
        t_incoming, t_incoming_sq = total[TS.incoming, row], total[TS.incoming_sq, row]
        for r in range(on_hand.shape[0]):
            x, y = ordered[r] - rate, incoming[r] - rate
            t_ordered[r] += x
            t_ordered_sq[r] += x * x
            t_incoming[r] += y
            t_incoming_sq[r] += y * y


@compiled
def record(w, t):
    """Copy what was asked for into its series, summed with weights."""
    for line in range(w.record.shape[0]):
        fill(w.record[line, t], 0.0)
    for line in range(w.record_mean.shape[0]):
        w.record_mean[line, t] = 0.0
    for s in range(w.record_n.shape[0]):
        block, column, row = w.record_n[s, 0], w.record_n[s, 1], w.record_n[s, 2]
        if block == 0:
            _note(w, t, s, w.site[column, row])
        elif block == 1:
            _note(w, t, s, w.stock[column, row])
        elif block == 2:
            _note(w, t, s, w.lane[column, row])
        elif block == 3:
            _note(w, t, s, w.recipe[column, row])
        elif block == 4:
            _note(w, t, s, w.claim[column, row])
        else:
            _note(w, t, s, w.market[column, row])


@compiled
def _note(w, t, s, values):
    """Add one row to its series, or its mean over the worlds."""
    line, weight = w.record_n[s, 3], w.record_weight[s]
    if w.record_n[s, 4] == 1:
        total = 0.0
        for r in range(values.shape[0]):
            total += values[r]
        w.record_mean[line, t] += weight * total / values.shape[0]
    else:
        series = w.record[line, t]
        for r in range(series.shape[0]):
            series[r] += values[r] * weight


@compiled
def dusk(w, t):
    """Goods on the way move on by a period, unless their transit is paused or their lane is closed in the next one."""
    if w.pause.shape[0] == 0:
        return
    for lane in range(w.clock.shape[0]):
        if works_at(w, t + 1, w.lane_calendar[lane]) == 0.0:
            continue
        for r in range(w.clock.shape[1]):
            if w.pause[TRANSIT, lane, r] == 0.0:
                w.clock[lane, r] += 1
