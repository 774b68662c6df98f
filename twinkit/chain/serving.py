"""The step that gives goods out: who gets how much, what leaves on a lane, and how long that takes.  Compiled; called by the day."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr, pdtr

from twinkit import rules
from twinkit.chain.calendars import claim_works, room_at
from twinkit.chain.chance import FIXED, LOGNORMAL, NORMAL, POISSON, UNIFORM, draw_value, uniforms
from twinkit.chain.compiled import add, compiled, fill, put
from twinkit.chain.layout import CL, LN, LP, MP, SHIPMENT, SP, ST, SZ, UNLIMITED
from twinkit.chain.plan import Plan

# Lead times in whole periods as tables of chances, so that a draw is a look-up.
#
# A lead time is a quantile of its distribution, rounded to whole periods and cut at the
# cap of its lane (:data:`twinkit.chain.plan.LEAD_CAP_SPREADS`).  The chance that it is
# at most k periods is the distribution function at k + 1/2.


def lead_tables(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Chances of every lane with a random lead time to take at most 0, 1, 2 … periods.

    Returns
    -------
    at
        First entry and number of entries of every lane, shape (lanes, 2); 0 entries
        for a fixed lead time.
    table
        The chances, one lane after the other.
    """
    n = plan.lane_n
    random = (n[LP.lead_time_kind] != FIXED) & ((n[LP.lead_time_spread] > 0) | (n[LP.lead_time_kind] == POISSON))
    length = np.where(random, n[LP.lead_cap] + 1, 0).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(length)[:-1]]) if len(length) else length
    lane = np.repeat(np.arange(len(length)), length)
    k = np.arange(len(lane)) - np.repeat(first, length)
    chance = _at_most(n[:, lane], k)
    chance[k == n[LP.lead_cap, lane]] = 1.0
    return np.column_stack([first, length]).astype(np.int64).reshape(-1, 2), chance


def _at_most(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Chance that a lead time is at most k periods once rounded."""
    mean, spread, kind = n[LP.lead_time], n[LP.lead_time_spread], n[LP.lead_time_kind]
    x = k + 0.5
    chance = np.zeros(len(k))
    normal, log, flat, count = (kind == c for c in (NORMAL, LOGNORMAL, UNIFORM, POISSON))
    chance[normal] = ndtr((x - mean)[normal] / spread[normal])
    s2 = np.log1p((spread[log] / np.maximum(mean[log], 1e-300)) ** 2)
    chance[log] = ndtr((np.log(x[log]) - np.log(np.maximum(mean[log], 1e-300)) + s2 / 2) / np.sqrt(s2))
    chance[flat] = np.clip((x - mean + spread)[flat] / (2 * spread[flat]), 0, 1)
    chance[count] = pdtr(k[count], mean[count])
    return chance


@compiled
def periods_at(table, u):
    """Periods at probability `u`: the first entry of the table that reaches it."""
    low, high = 0, len(table) - 1
    while low < high:
        middle = (low + high) // 2
        if table[middle] < u:
            low = middle + 1
        else:
            high = middle
    return low


# Who gets how much of a stock when several want it: in proportion, by rank, first come.  Compiled.


ALL, LANES, MARKETS, INSIDE = range(4)
"""Claims that a step serves; INSIDE is all claims, but not on unlimited stocks."""
PRIORITY, FIRST_COME = 1, 2


@compiled
def same_group(w, j, k, rationing):
    """Whether two claims of a stock stand in one rank; whole orders stand alone."""
    if rationing == FIRST_COME:
        return True
    if _all_or_nothing(w, w.claims_of[j]) or _all_or_nothing(w, w.claims_of[k]):
        return False
    return rationing != PRIORITY or w.claims_rank[j] == w.claims_rank[k]


@compiled
def is_asked(w, claim, whom):
    """Whether a claim is served in this step."""
    if whom in (ALL, INSIDE):
        return True
    return (claim < w.lane.shape[1]) == (whom == LANES)


@compiled
def wishes(w, t, row, j, k, whom):
    """What each claim would be sent if there were enough, in the column `sent`."""
    n_lanes = w.lane.shape[1]
    whole, disturbed = w.stock_n[SP.whole, row] == 1.0, w.size[SZ.disturbed] == 1
    for n in range(j, k):
        c = w.claims_of[n]
        if not is_asked(w, c, whom):
            continue
        sent, backlog = w.claim[CL.sent, c], w.claim[CL.backlog, c]
        capacity = room_at(w, t, w.lane_n[LP.capacity, c], w.lane_calendar[c]) if c < n_lanes else np.inf
        if not claim_works(w, t, c):
            capacity = 0.0
        elif whole and capacity < np.inf:
            capacity = math.floor(capacity + rules.DUST)
        for r in range(sent.shape[0]):
            sent[r] = min(backlog[r], capacity)
        if disturbed:
            rate = w.lane_n[LP.rate, c] if c < n_lanes else w.market_n[MP.rate, c - n_lanes]
            scale, share = capacity if capacity < np.inf else rate, w.claim[CL.open, c]
            for r in range(sent.shape[0]):
                if share[r] < 1.0:
                    sent[r] = min(sent[r], share[r] * scale)
                    if whole:
                        sent[r] = math.floor(sent[r] + rules.DUST)
        _full_loads(w, c)


@compiled
def _full_loads(w, claim):
    """What a lane with full loads is sent fills loads; the rest stays."""
    load = w.lane_n[LP.full_load, claim] if claim < w.lane.shape[1] else 0.0
    if load > 0.0:
        sent = w.claim[CL.sent, claim]
        for r in range(sent.shape[0]):
            sent[r] = math.floor(sent[r] / load + rules.DUST) * load


@compiled
def in_proportion(w, row, j, k, whom, left):
    """Share what is left among claims of one rank in proportion to their wishes."""
    whole = w.stock_n[SP.whole, row] == 1.0
    if k == j + 1 and not _all_or_nothing(w, w.claims_of[j]):
        if is_asked(w, w.claims_of[j], whom):
            sent = w.claim[CL.sent, w.claims_of[j]]
            for r in range(sent.shape[0]):
                sent[r] = min(sent[r], left[r])
                if whole:
                    sent[r] = math.floor(sent[r] + rules.DUST)
            _full_loads(w, w.claims_of[j])
            for r in range(sent.shape[0]):
                left[r] -= sent[r]
        return
    total, given, wished = w.scratch[2], w.scratch[3], w.scratch[4]
    fill(total, 0.0)
    for n in range(j, k):
        if is_asked(w, w.claims_of[n], whom):
            add(total, w.claim[CL.sent, w.claims_of[n]])
    fill(given, 0.0)
    fill(wished, 0.0)
    for n in range(j, k):
        c = w.claims_of[n]
        if not is_asked(w, c, whom):
            continue
        sent, backlog = w.claim[CL.sent, c], w.claim[CL.backlog, c]
        all_or_nothing = _all_or_nothing(w, c)
        for r in range(sent.shape[0]):
            if total[r] > left[r]:
                if whole:
                    wished[r] += sent[r]
                    upto = math.floor(left[r] * (wished[r] / total[r]) + rules.DUST)
                    sent[r] = upto - given[r]
                    given[r] = upto
                else:
                    sent[r] *= left[r] / total[r]
            if all_or_nothing and sent[r] < backlog[r] - rules.DUST:
                sent[r] = 0.0
        _full_loads(w, c)
    for n in range(j, k):
        if is_asked(w, w.claims_of[n], whom):
            sent = w.claim[CL.sent, w.claims_of[n]]
            for r in range(left.shape[0]):
                left[r] -= sent[r]
    for r in range(left.shape[0]):
        left[r] = max(left[r], 0.0)


@compiled
def _all_or_nothing(w, claim):
    """Whether a claim is a market that takes no part of an order."""
    n_lanes = w.lane.shape[1]
    return claim >= n_lanes and w.market_n[MP.partial, claim - n_lanes] == 0.0


@compiled
def first_come(w, t, row, j, k, whom, left):
    """Serve the oldest orders first; orders of the same period share in proportion.

    A market that takes no part of an order stands back if its share is not all, and
    the others share again.
    """
    whole = w.stock_n[SP.whole, row] == 1.0
    for r in range(left.shape[0]):
        for n in range(j, k):
            c = w.claims_of[n]
            if is_asked(w, c, whom):
                w.kept[c, r] = w.claim[CL.sent, c, r]
                w.claim[CL.sent, c, r] = 0.0
        stuck, p = False, w.oldest[row, r]
        while p <= t:
            total, owed = 0.0, 0.0
            for n in range(j, k):
                c = w.claims_of[n]
                owed += w.queue[w.queue_at[c], p, r]
                if is_asked(w, c, whom):
                    total += min(w.queue[w.queue_at[c], p, r], w.kept[c, r])
            if _stand_back(w, j, k, p, r, whom, left[r] / total if total > left[r] + rules.DUST else 1.0):
                continue
            share = 1.0 if total <= left[r] else max(left[r], 0.0) / total
            wished, given, part = 0.0, 0.0, min(total, left[r])
            for n in range(j, k):
                c = w.claims_of[n]
                if total <= 0.0 or not is_asked(w, c, whom):
                    continue
                x = min(w.queue[w.queue_at[c], p, r], w.kept[c, r])
                if whole and share < 1.0:
                    wished += x
                    upto = math.floor(part * (wished / total) + rules.DUST)
                    x = upto - given
                    given = upto
                else:
                    x *= share
                w.queue[w.queue_at[c], p, r] -= x
                w.kept[c, r] -= x
                w.claim[CL.sent, c, r] += x
                left[r] = max(left[r] - x, 0.0)
                owed -= x
            stuck = stuck or owed > rules.DUST
            if not stuck:
                w.oldest[row, r] = min(p + 1, t)
            if left[r] <= rules.DUST:
                break
            p += 1


@compiled
def _stand_back(w, j, k, p, r, whom, share):
    """Markets that take no part of an order wish nothing where they would get a part; whether there is one."""
    found = False
    for n in range(j, k):
        c = w.claims_of[n]
        if not is_asked(w, c, whom) or not _all_or_nothing(w, c):
            continue
        owed = w.queue[w.queue_at[c], p, r]
        if w.kept[c, r] > 0.0 and owed > 0.0 and (share < 1.0 or w.kept[c, r] < owed - rules.DUST):
            w.kept[c, r] = 0.0
            found = True
    return found


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
            else:
                if w.market_n[MP.lost_share, c - n_lanes] > 0.0:
                    _lose(w, t, row, c, w.market_n[MP.lost_share, c - n_lanes])
                if w.back.shape[0] > 0:
                    _will_return(w, t, c - n_lanes, sent)
        add(owed, backlog)


@compiled
def _will_return(w, t, market, sent):
    """A share of what a market was sent will come back."""
    share, first, length = w.market_n[MP.returned_share, market], w.back_at[market, 0], w.back_at[market, 1]
    if share > 0.0 and length > 0:
        slot = w.back[first + (t + min(int(w.market_n[MP.return_delay, market]), length - 1)) % length]
        for r in range(sent.shape[0]):
            slot[r] += share * sent[r]


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
        if can_expedite and quick < periods and on_hand[r] < backlog[r] + required[r] - rules.DUST and short_for[r] >= seen:
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
