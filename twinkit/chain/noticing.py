"""When trouble is noticed, and how fast orders go over to other sources.  Compiled.

What reacts to trouble reacts after the ``detection_delay`` of the case: rerouting and
backups once a source has been out of service for so many periods, expediting once a
site has been short at the ends of so many.  That all is well again is known at once.
"""

from __future__ import annotations

from twinkit import rules
from twinkit.chain.compiled import compiled
from twinkit.chain.layout import CL, LN, LP, RC, RP, SP, ST, SZ


@compiled
def watch_shortage(w):
    """Count the periods at the ends of which a stock was short, in a row."""
    for row in range(w.stock.shape[1]):
        on_hand, backlog, required = w.stock[ST.on_hand, row], w.stock[ST.backlog, row], w.stock[ST.required, row]
        short_for = w.stock[ST.short_for, row]
        for r in range(len(short_for)):
            short = on_hand[r] < backlog[r] + required[r] - rules.DUST
            short_for[r] = short_for[r] + 1.0 if short else 0.0


@compiled
def notice(w):
    """Count the periods for which sources have been out, and for which others have been called in their place."""
    if w.size[SZ.detection] > 0:
        for claim in range(w.claim.shape[1]):
            _count(w.claim[CL.open, claim], w.claim[CL.out_for, claim])
        for k in range(w.recipe.shape[1]):
            _count(w.recipe[RC.recipe_up, k], w.recipe[RC.recipe_out_for, k])
    if w.size[SZ.ramps] == 0:
        return
    for row in range(w.stock.shape[1]):
        if w.stock_n[SP.ramp_up, row] == 0.0 or w.stock_n[SP.reroute, row] == 0.0:
            continue
        called = w.stock[ST.called_for, row]
        for r in range(len(called)):
            out = False
            for j in range(w.sources_at[row], w.sources_at[row + 1]):
                out = out or known_to_work(w, w.sources_of[j], r) < 1.0
            called[r] = called[r] + 1.0 if out else 0.0


@compiled
def _count(works, out_for):
    for r in range(len(works)):
        out_for[r] = out_for[r] + 1.0 if works[r] < 1.0 else 0.0


@compiled
def known_to_work(w, source, r):
    """Share of a source that works, as far as it has been noticed that less than all does."""
    if source >= 0:
        works, out_for = w.claim[CL.open, source, r], w.claim[CL.out_for, source, r]
    else:
        works, out_for = w.recipe[RC.recipe_up, -1 - source, r], w.recipe[RC.recipe_out_for, -1 - source, r]
    return works if w.size[SZ.detection] == 0 or out_for > w.size[SZ.detection] else 1.0


@compiled
def share_of(w, source):
    """Share of a source as the table gives it."""
    return w.lane_n[LP.share, source] if source >= 0 else w.recipe_n[RP.share, -1 - source]


@compiled
def usual_share(w, t, source, row, r):
    """Share of a source while nothing is out: that of the table, or as far on the way there from what it was."""
    share, changed = share_of(w, source), w.stock[ST.shares_changed, row, r]
    if changed < 0.0:
        return share
    was = w.lane[LN.share_before, source, r] if source >= 0 else w.recipe[RC.recipe_share_before, -1 - source, r]
    return was + (share - was) * ramped(w, t - changed + 1.0, row)


@compiled
def ramped(w, periods, row):
    """How far orders have gone over in the first, second … period of it, 0 to 1."""
    return min(1.0, periods / (w.stock_n[SP.ramp_up, row] + 1.0))
