"""Who gets how much of a stock when several want it: in proportion, by rank, first come.  Compiled."""

from __future__ import annotations

import math

import numpy as np

from twinkit import rules
from twinkit.chain.calendars import claim_works, room_at
from twinkit.chain.compiled import add, compiled, fill
from twinkit.chain.layout import CL, LP, MP, SP, SZ

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
