"""Where an order goes: its split over lanes and recipes.  Compiled."""

from __future__ import annotations

import math

import numpy as np

from twinkit import rules
from twinkit.chain.asking import claim_more, half_up, leave_unread
from twinkit.chain.compiled import add, compiled, fill, put
from twinkit.chain.layout import (
    CL,
    LN,
    LP,
    RC,
    RP,
    SP,
    ST,
    SZ,
    UNLIMITED,
)
from twinkit.chain.noticing import known_to_work, ramped, share_of, usual_share


@compiled
def place(w, t, row):
    """Split the order of a stock over its sources and send the parts."""
    first, end = w.sources_at[row], w.sources_at[row + 1]
    if first == end or w.stock_n[SP.policy, row] == UNLIMITED:
        return
    order, part = w.stock[ST.ordered, row], w.scratch[1]
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
def _fill_up(w, t, row, first, end):
    """Ranked sources take what they can, one after the other; the first that works takes what is left."""
    left, part, rest = w.scratch[0], w.scratch[1], w.scratch[2]
    put(left, w.stock[ST.ordered, row])
    put(rest, left)
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
    put(order, w.stock[ST.ordered, row])
    whole = w.size[SZ.whole] == 1
    reroute = w.stock_n[SP.reroute, row] == 1.0 and w.size[SZ.disturbed] == 1
    part, weight = w.scratch[2], w.scratch[3]
    fill(total, 0.0)
    for j in range(first, end):
        _weights(w, w.sources_of[j], reroute, weight)
        add(total, weight)
    fill(done, 0.0)
    for j in range(first, end):
        source = w.sources_of[j]
        _weights(w, source, reroute, weight)
        share = share_of(w, source)
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
    whole = w.size[SZ.whole] == 1
    reroute = w.stock_n[SP.reroute, row] == 1.0 and w.size[SZ.disturbed] == 1
    fill(total, 0.0)
    fill(known, 0.0)
    for j in range(first, end):
        for r in range(len(total)):
            share = usual_share(w, t, w.sources_of[j], row, r)
            total[r] += share
            known[r] += share * known_to_work(w, w.sources_of[j], r) if reroute else 0.0
    fill(done, 0.0)
    for j in range(first, end):
        source = w.sources_of[j]
        for r in range(len(total)):
            share = usual_share(w, t, source, row, r)
            x = share / total[r] if total[r] > 0.0 else share
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
def _weights(w, source, reroute, weight):
    """Weight of a source in a split, by world: its share, times what works of it."""
    fill(weight, share_of(w, source))
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
        add(w.mail[w.mail_at[source, 0] + (t + delay) % w.mail_at[source, 1]], part)
    else:
        if w.size[SZ.blind] == 1:
            leave_unread(w, source, part)
        claim_more(w, t, source, origin, part)


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
