"""Production with substitutes: what is left to make once components have run short.  Compiled.

Each line of the bill of materials takes either the component or, where there is less of
it than is still wanted and the substitute goes further, the substitute; never both in one go.
"""

from __future__ import annotations

import numpy as np

from twinkit import rules
from twinkit.chain.calendars import room_at
from twinkit.chain.compiled import compiled, fill
from twinkit.chain.layout import RC, RP, ST, SZ


@compiled
def wanted_instead(w, t, k):
    """Units that a recipe that names a substitute could still start if nobody else took its components."""
    first, end = w.parts_at[k], w.parts_at[k + 1]
    wish = w.recipe[RC.wish, k]
    some = False
    for j in range(first, end):
        some = some or w.parts_instead[j] >= 0
    if not some:
        return
    started, to_make, up = w.recipe[RC.started, k], w.recipe[RC.to_make, k], w.recipe[RC.recipe_up, k]
    capacity = room_at(w, t, w.recipe_n[RP.capacity, k], w.site_calendar[w.stock_site[w.recipe_stock[k]]])
    scale = capacity if capacity < np.inf else w.recipe_n[RP.rate, k]
    for r in range(len(wish)):
        most = capacity if w.size[SZ.disturbed] == 0 or up[r] == 1.0 else min(capacity, up[r] * scale)
        if w.make.shape[0] > 0:
            most = min(most, w.make[k, r])
        left = max(0.0, min(to_make[r], most - started[r]))
        wish[r] = left
        for j in range(first, end):
            reach = _reach(w, w.parts_of[j], r, w.parts_qty[j])
            w.instead[j, r] = 0.0
            if w.parts_instead[j] >= 0 and reach < left - rules.DUST:
                other = _reach(w, w.parts_instead[j], r, w.parts_qty[j] * w.parts_ratio[j])
                if other > reach + rules.DUST:
                    w.instead[j, r] = 1.0
                    reach = other
            wish[r] = min(wish[r], reach)


@compiled
def _reach(w, stock, r, quantity):
    """Units that could be started of what a stock has."""
    return w.stock[ST.on_hand, stock, r] * w.stock[ST.usable, stock, r] / quantity


@compiled
def _used(w, j, r):
    """Stock that a line of a recipe takes from now, and units of it for one unit started."""
    if w.instead[j, r] == 1.0:
        return w.parts_instead[j], w.parts_qty[j] * w.parts_ratio[j]
    return w.parts_of[j], w.parts_qty[j]


@compiled
def fair_share_instead(w, k):
    """Share of its wish that a recipe gets where components or substitutes do not do for all that want them."""
    share, wish = w.kits[k], w.recipe[RC.wish, k]
    fill(share, 1.0)
    for r in range(len(share)):
        if wish[r] <= 0.0:
            continue
        for j in range(w.parts_at[k], w.parts_at[k + 1]):
            stock, _ = _used(w, j, r)
            need = _needed(w, stock, r)
            there = w.stock[ST.on_hand, stock, r] * w.stock[ST.usable, stock, r]
            if need > there:
                share[r] = min(share[r], there / need)


@compiled
def _needed(w, stock, r):
    """Units of a stock that all recipes of its site wish together."""
    site, need = w.stock_site[stock], 0.0
    for u in range(w.made_at[site], w.made_at[site + 1]):
        k = w.made_of[u]
        if w.recipe[RC.wish, k, r] > 0.0:
            for j in range(w.parts_at[k], w.parts_at[k + 1]):
                used, quantity = _used(w, j, r)
                if used == stock:
                    need += w.recipe[RC.wish, k, r] * quantity
    return need


@compiled
def take_parts(w, k):
    """Take what a recipe uses now, of components and substitutes."""
    now = w.kits[k]
    for j in range(w.parts_at[k], w.parts_at[k + 1]):
        part = w.parts_of[j]
        required = w.stock[ST.required, part]
        for r in range(len(now)):
            stock, quantity = _used(w, j, r)
            w.stock[ST.on_hand, stock, r] = max(w.stock[ST.on_hand, stock, r] - now[r] * quantity, 0.0)
            required[r] = max(required[r] - now[r] * w.parts_qty[j], 0.0)
            if stock != part:
                w.stock[ST.stood_in, stock, r] += now[r] * quantity
                w.stock[ST.spared, part, r] += now[r] * w.parts_qty[j]
