"""The step that gives goods out: serve, and the dispatch of what leaves on a lane.

Compiled; called by the day.
"""

from __future__ import annotations

import math

import numpy as np

from twinkit import rules
from twinkit.chain.calendars import claim_works
from twinkit.chain.chance import FIXED, draw_value, uniforms
from twinkit.chain.compiled import add, compiled, fill, put
from twinkit.chain.layout import CL, LN, LP, MP, SHIPMENT, SP, ST, SZ, UNLIMITED
from twinkit.chain.lead_times import periods_at
from twinkit.chain.rationing import FIRST_COME, INSIDE, first_come, in_proportion, is_asked, same_group, wishes

_served_at_once = compiled(rules.served_at_once)


@compiled
def serve(w, t, rows, a, b, whom):
    """Stocks send what they owe, as far as there is any.

    `whom` is ALL, LANES, MARKETS or INSIDE (all claims, but not on unlimited
    stocks); `rows` lists stock rows, of which a to b act.
    """
    for i in range(a, b):
        row = rows[i]
        if whom == INSIDE and w.stock_n[SP.policy, row] == UNLIMITED:
            continue
        if w.claims_at[row + 1] == w.claims_at[row]:
            continue
        rationing = w.stock_n[SP.rationing, row]
        left = w.scratch[1]
        if w.stock_n[SP.policy, row] == UNLIMITED:
            fill(left, np.inf)
        else:
            put(left, w.stock[ST.on_hand, row])
            if w.size[SZ.disturbed] == 1:
                usable = w.stock[ST.usable, row]
                for r in range(left.shape[0]):
                    left[r] *= usable[r]
            if w.offer.shape[0] > 0:
                for r in range(left.shape[0]):
                    left[r] = max(0.0, min(left[r], w.offer[row, r]))
        j, end = w.claims_at[row], w.claims_at[row + 1]
        while j < end:
            k = j + 1
            while k < end and (not is_asked(w, w.claims_of[k], whom) or same_group(w, j, k, rationing)):
                k += 1  # who is not served now does not stand between others
            wishes(w, t, row, j, k, whom)
            if rationing == FIRST_COME:
                first_come(w, t, row, j, k, whom, left)
            else:
                in_proportion(w, row, j, k, whom, left)
            j = k
        _settle(w, t, row, whom)


@compiled
def _settle(w, t, row, whom):
    """Book what each claim was sent: stock, backlog, lost units, dispatch."""
    n_lanes = w.lane.shape[1]
    on_hand, owed = w.stock[ST.on_hand, row], w.stock[ST.backlog, row]
    endless = w.stock_n[SP.policy, row] == UNLIMITED
    fill(owed, 0.0)
    for j in range(w.claims_at[row], w.claims_at[row + 1]):
        c = w.claims_of[j]
        backlog = w.claim[CL.backlog, c]
        if is_asked(w, c, whom):
            sent, asked, once = w.claim[CL.sent, c], w.claim[CL.asked, c], w.claim[CL.at_once, c]
            for r in range(sent.shape[0]):
                once[r] = _served_at_once(sent[r], backlog[r] - asked[r])
                backlog[r] = backlog[r] - sent[r] if backlog[r] > sent[r] + rules.DUST else 0.0
            if not endless:
                for r in range(sent.shape[0]):
                    on_hand[r] = max(on_hand[r] - sent[r], 0.0)
            if c < n_lanes:
                if w.lane_n[LP.lost_if_short, c] == 1.0 and claim_works(w, t, c):
                    _cancel(w, t, c)
                _dispatch(w, t, c, sent)
            elif w.market_n[MP.lost_share, c - n_lanes] > 0.0:
                _lose(w, t, row, c, w.market_n[MP.lost_share, c - n_lanes])
        add(owed, backlog)


@compiled
def _lose(w, t, row, claim, share):
    """Unserved demand of today is lost, all or a share; the rest waits."""
    whole = w.stock_n[SP.whole, row] == 1.0
    asked, once = w.claim[CL.asked, claim], w.claim[CL.at_once, claim]
    lost, backlog = w.claim[CL.lost, claim], w.claim[CL.backlog, claim]
    for r in range(lost.shape[0]):
        x = share * (asked[r] - once[r])
        if whole:
            x = math.floor(x + 0.5)
        lost[r] = min(x, backlog[r])
        backlog[r] -= lost[r]
    if w.queue_at[claim] >= 0:
        queue = w.queue[w.queue_at[claim], t]
        for r in range(lost.shape[0]):
            queue[r] -= lost[r]


@compiled
def _cancel(w, t, lane):
    """What the origin could not send is cancelled: the customer site is told."""
    backlog, lost = w.claim[CL.backlog, lane], w.claim[CL.lost, lane]
    lane_on_order, on_order = w.lane[LN.lane_on_order, lane], w.stock[ST.on_order, w.lane_destination[lane]]
    for r in range(backlog.shape[0]):
        lost[r] += backlog[r]
        lane_on_order[r] -= backlog[r]
        on_order[r] -= backlog[r]
        backlog[r] = 0.0
    if w.queue_at[lane] >= 0:
        for p in range(t + 1):
            fill(w.queue[w.queue_at[lane], p], 0.0)


@compiled
def _dispatch(w, t, lane, sent):
    """Units leave on a lane and are due when their lead time is over."""
    fixed = w.lane_n[LP.lead_time_kind, lane] == FIXED
    plain = w.pause.shape[0] == 0 and w.lane_n[LP.expedite, lane] == 0.0 and w.size[SZ.disturbed] == 0
    in_transit, departed = w.lane[LN.in_transit, lane], w.lane[LN.departed, lane]
    first, length = w.pipe_at[lane, 0], w.pipe_at[lane, 1]
    floor = int(w.lane_n[LP.lead_floor, lane])
    if fixed and plain:
        lead = max(np.int64(math.floor(w.lane_n[LP.lead_time, lane] + 0.5)), floor)
        slot = w.pipe[first + (t + lead) % length]
        if w.lane_n[LP.crossing, lane] == 1.0 or w.size[SZ.delays] == 0:
            for r in range(sent.shape[0]):
                slot[r] += sent[r]
                in_transit[r] += sent[r]
                departed[r] = sent[r]
            return
        latest, pipe = w.latest[lane], w.pipe
        for r in range(sent.shape[0]):
            due = max(t + lead, latest[r])
            if sent[r] > rules.DUST:  # a speck of rounding holds up nothing
                latest[r] = due
            pipe[first + due % length, r] += sent[r]
            in_transit[r] += sent[r]
            departed[r] = sent[r]
        return
    leads = w.scratch[0]
    _lead_times(w, t, lane, leads)
    paused, leaves = w.pause.shape[0] > 0, claim_works(w, t, lane)
    delay, latest = w.lane[LN.delay, lane], w.latest[lane]
    held, expedited = w.lane[LN.held, lane], w.lane[LN.expedited, lane]
    row, can_expedite = w.lane_destination[lane], w.lane_n[LP.expedite, lane] == 1.0
    quick = np.int64(math.floor(w.lane_n[LP.expedite_lead_time, lane] + 0.5))
    on_hand, backlog, required = w.stock[ST.on_hand, row], w.stock[ST.backlog, row], w.stock[ST.required, row]
    seen, short_for = w.size[SZ.detection], w.stock[ST.short_for, row]
    crossing, pipe = w.lane_n[LP.crossing, lane] == 1.0, w.pipe
    for r in range(sent.shape[0]):
        x, now = sent[r], t
        if paused:
            now = w.clock[lane, r]
            held[r] += x
            x = 0.0
            if leaves and w.pause[SHIPMENT, lane, r] == 0.0:
                x = held[r]
                held[r] = 0.0
        if x <= 0.0:
            continue
        periods = np.int64(math.floor(leads[r] + delay[r] + 0.5))
        if can_expedite and quick < periods and on_hand[r] < backlog[r] + required[r] and short_for[r] >= seen:
            expedited[r] += x
            due = now + max(quick, floor)
        else:
            due = now + max(periods, floor)
            if not crossing:
                due = max(due, latest[r])
                if x > rules.DUST:
                    latest[r] = due
        pipe[first + due % length, r] += x
        in_transit[r] += x
        departed[r] = x


@compiled
def _lead_times(w, t, lane, leads):
    """Lead time of what leaves on a lane in a period, by world; whole periods unless an event adds to it."""
    kind, mean = int(w.lane_n[LP.lead_time_kind, lane]), w.lane_n[LP.lead_time, lane]
    if w.lead_at[lane, 1] == 0:
        fill(leads, mean)
        return
    uniforms(w.lead_key[lane], t, w.size[SZ.first], leads)
    spread, cap = w.lane_n[LP.lead_time_spread, lane], w.lane_n[LP.lead_cap, lane]
    table = w.lead_table[w.lead_at[lane, 0] : w.lead_at[lane, 0] + w.lead_at[lane, 1]]
    delay = w.lane[LN.delay, lane]
    for r in range(leads.shape[0]):
        if delay[r] != 0.0:
            leads[r] = min(draw_value(kind, mean, spread, leads[r]), cap)
        else:
            leads[r] = periods_at(table, leads[r])
