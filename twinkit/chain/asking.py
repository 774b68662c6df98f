"""The steps in which something is asked for: hear and demand.  Compiled."""

from __future__ import annotations

import math

from twinkit import rules
from twinkit.chain.calendars import falls_due
from twinkit.chain.chance import (
    FIXED,
    NEGATIVE_BINOMIAL,
    POISSON,
    RESAMPLED,
    count_quantiles,
    draw_value,
    normal_quantile,
    uniforms,
)
from twinkit.chain.compiled import add, compiled, fill
from twinkit.chain.layout import (
    CL,
    LN,
    MK,
    MP,
    SP,
    ST,
    SZ,
)


@compiled
def half_up(x):
    """Round to a whole number, half up."""
    return math.floor(x + 0.5 + rules.DUST)


@compiled
def claim_more(w, t, claim, row, units):
    """A claim asks a stock for more units, one number for each world."""
    asked, owed = w.claim[CL.asked, claim], w.claim[CL.backlog, claim]
    backlog, incoming = w.stock[ST.backlog, row], w.stock[ST.incoming, row]
    for r in range(len(units)):
        asked[r] += units[r]
        owed[r] += units[r]
        backlog[r] += units[r]
        incoming[r] += units[r]
    if w.queue_at[claim] >= 0:
        add(w.queue[w.queue_at[claim], t], units)


@compiled
def hear(w, t):
    """Orders whose information delay is over reach their supplier."""
    for lane in range(w.lane.shape[1]):
        if w.mail_at[lane, 1] > 1:
            due = w.mail[w.mail_at[lane, 0] + t % w.mail_at[lane, 1]]
            if w.size[SZ.blind] == 1:
                leave_unread(w, lane, due)
            claim_more(w, t, lane, w.lane_origin[lane], due)
            fill(due, 0.0)
        if w.size[SZ.blind] == 1:
            _read(w, t, lane)


@compiled
def leave_unread(w, lane, units):
    """Orders that the origin cannot read wait, in the worlds in which that is so."""
    blind, unread = w.lane[LN.blind, lane], w.lane[LN.unread, lane]
    for r in range(len(units)):
        if blind[r] > 0.0:
            unread[r] += units[r]
            units[r] = 0.0


@compiled
def _read(w, t, lane):
    """Orders that waited are read once they can be."""
    blind, unread, units = w.lane[LN.blind, lane], w.lane[LN.unread, lane], w.scratch[0]
    some = False
    for r in range(len(units)):
        units[r] = unread[r] if blind[r] == 0.0 else 0.0
        unread[r] -= units[r]
        some = some or units[r] > 0.0
    if some:
        claim_more(w, t, lane, w.lane_origin[lane], units)


@compiled
def demand(w, t):
    """Customers ask; what rounding to whole units adds or leaves is made up for in the next period."""
    n_lanes = w.lane.shape[1]
    units = w.scratch[0]
    for m in range(w.market.shape[1]):
        whole = w.stock_n[SP.whole, w.market_stock[m]] == 1.0
        due = falls_due(w, t, int(w.market_n[MP.every, m]), w.market_calendar[m])
        if not due and w.ask.shape[0] == 0 and w.booked.shape[0] == 0:
            continue
        fill(units, 0.0)
        if due:
            _draw_demand(w, t, m, units)
            surge = w.market[MK.surge, m]
            for r in range(len(units)):
                units[r] *= surge[r]
            if whole:
                put_off = w.market[MK.put_off, m]
                for r in range(len(units)):
                    wanted = units[r] + put_off[r]
                    units[r] = max(0.0, half_up(wanted))
                    put_off[r] = wanted - units[r]
        if w.ask.shape[0] > 0:
            told = w.ask[m]
            for r in range(len(units)):
                if told[r] >= 0.0:
                    units[r] = half_up(told[r]) if whole else told[r]
                    told[r] = -1.0
        if w.booked.shape[0] > 0:
            for r in range(len(units)):
                units[r] += w.booked[t, m]
        claim_more(w, t, n_lanes + m, w.market_stock[m], units)


@compiled
def _draw_demand(w, t, m, units):
    """Demand of one market in a period, one draw for each world."""
    kind, mean, average = int(w.market_n[MP.kind, m]), w.mean[t, m], w.market_n[MP.mean, m]
    spread = w.market_n[MP.spread, m] * (mean / average if average > 0.0 else 1.0)
    if kind == FIXED or (spread <= 0.0 and kind not in (POISSON, RESAMPLED)):
        fill(units, mean)
        return
    uniforms(w.demand_key[m], t, w.size[SZ.first], units)
    if w.market_n[MP.autocorrelation, m] != 0.0:
        first = t == w.closed_for[t, w.market_calendar[m]]
        _carry_over(w.market[MK.score, m], first, w.market_n[MP.autocorrelation, m], units)
    if kind == RESAMPLED:
        past = w.recorded[w.recorded_at[m] : w.recorded_at[m + 1]]
        for r in range(len(units)):
            units[r] = past[int(units[r] * len(past))]
    elif kind in (POISSON, NEGATIVE_BINOMIAL):
        variance = mean if kind == POISSON else max(spread * spread, mean)
        count_quantiles(units, mean, variance, w.table)
    else:
        level, width = mean * w.market_n[MP.level, m], spread * w.market_n[MP.width, m]
        for r in range(len(units)):
            units[r] = draw_value(kind, level, width, units[r])


@compiled
def _carry_over(score, first, correlation, u):
    """Uniform numbers whose normal scores follow a first-order autoregression, in place.

    The score of a period is ``ρ × score before + √(1 − ρ²) × fresh normal number``, so
    the distribution of every single period stays as it is.
    """
    for r in range(len(u)):
        fresh = normal_quantile(u[r])
        score[r] = fresh if first else correlation * score[r] + math.sqrt(1.0 - correlation**2) * fresh
        u[r] = min(max(0.5 * math.erfc(-score[r] / math.sqrt(2.0)), 1e-300), 1.0 - 1e-16)
