"""The steps that bring goods in: receive and produce.  Compiled; called by the day.

Each step takes the world, the period and a range of rows in ``up_down``.
"""

from __future__ import annotations

import math

import numpy as np

from twinkit import rules
from twinkit.chain.calendars import clock_at, room_at, works_at
from twinkit.chain.chance import uniform
from twinkit.chain.compiled import add, compiled, fill
from twinkit.chain.layout import LN, MK, MP, RC, RECEIPT, RP, SP, ST, SZ

# Production with substitutes and by other recipes: what is left to make once components have run short.  Compiled.
#
# Each line of the bill of materials takes either the component or, where there is less of
# it than is still wanted and the substitute goes further, the substitute; never both in one go.
# What is left then goes over to the next recipe of the product, where the stock says so, as far as
# that can start it now: nothing waits with another recipe than the one it was ordered from.


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
    for r in range(len(wish)):
        left = _short(w, t, k, r)
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
def _short(w, t, k, r):
    """Units to make that a recipe has room for in the period and has not started."""
    room = _room(w, t, k, r)
    return max(0.0, min(w.recipe[RC.to_make, k, r], room))


@compiled
def _room(w, t, k, r):
    """Units that a recipe may still start in the period if it has the components."""
    most = room_at(w, t, w.recipe_n[RP.capacity, k], w.site_calendar[w.stock_site[w.recipe_stock[k]]])
    up = w.recipe[RC.recipe_up, k, r]
    if w.size[SZ.disturbed] == 1 and up < 1.0:
        most = min(most, up * (most if most < np.inf else w.recipe_n[RP.rate, k]))
    if w.make.shape[0] > 0:
        most = min(most, w.make[k, r])
    return most - w.recipe[RC.started, k, r]


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


@compiled
def recipe_at(w, row, place):
    """Recipe at a place among those of a stock whose recipes stand in for each other, 0 = the first; or -1."""
    if w.stock_n[SP.other_recipes, row] == 0.0:
        return -1
    for j in range(w.sources_at[row], w.sources_at[row + 1]):
        if w.sources_of[j] < 0:
            if place == 0:
                return -1 - w.sources_of[j]
            place -= 1
    return -1


@compiled
def wanted_by_another(w, t, k, row):
    """Units that a recipe could start of what those before it have left for want of components."""
    wish, share = w.recipe[RC.wish, k], w.recipe_n[RP.yield_rate, k]
    takes = w.recipe_n[RP.valid_from, k] <= t < w.recipe_n[RP.valid_until, k]
    for r in range(len(wish)):
        good, place = 0.0, 0
        before = recipe_at(w, row, 0)
        while takes and before != k:
            good += _short(w, t, before, r) * w.recipe_n[RP.yield_rate, before]
            place += 1
            before = recipe_at(w, row, place)
        wish[r] = max(0.0, min(good / share, _room(w, t, k, r) - w.recipe[RC.to_make, k, r]))
        for j in range(w.parts_at[k], w.parts_at[k + 1]):
            wish[r] = min(wish[r], _reach(w, w.parts_of[j], r, w.parts_qty[j]))


@compiled
def take_over(w, t, k, row):
    """Orders go over to a recipe from those before it, as many as it starts now."""
    wish, now, on_order = w.recipe[RC.wish, k], w.kits[k], w.stock[ST.on_order, row]
    whole = w.stock_n[SP.whole, row] == 1.0
    for r in range(len(wish)):
        x = wish[r] * now[r]
        if whole:
            x = math.floor(x + rules.DUST)
        wish[r], now[r] = x, 1.0
        if x <= 0.0:
            continue
        left, place = x * w.recipe_n[RP.yield_rate, k], 0
        on_order[r] += left
        before = recipe_at(w, row, 0)
        while before != k:
            share = w.recipe_n[RP.yield_rate, before]
            part = min(_short(w, t, before, r), math.ceil(left / share - rules.DUST) if whole else left / share)
            _pass_on(w, before, r, -part)
            on_order[r] -= part * share
            left = max(0.0, left - part * share)
            place += 1
            before = recipe_at(w, row, place)
        _pass_on(w, k, r, x)


@compiled
def _pass_on(w, k, r, units):
    """A recipe has more, or less, to make, and needs components for it."""
    w.recipe[RC.to_make, k, r] += units
    for j in range(w.parts_at[k], w.parts_at[k + 1]):
        part = w.parts_of[j]
        w.stock[ST.required, part, r] = max(0.0, w.stock[ST.required, part, r] + units * w.parts_qty[j])


@compiled
def receive(w, t, a, b):
    """Goods that are due arrive; production that is due finishes."""
    for i in range(a, b):
        row = w.up_down[i]
        for j in range(w.sources_at[row], w.sources_at[row + 1]):
            source = w.sources_of[j]
            if source >= 0:
                _arrive(w, t, source, row)
            elif w.work_at[-1 - source, 1] > 1:
                k = -1 - source
                slot = w.work_at[k, 0] + clock_at(w, t, w.site_calendar[w.stock_site[row]]) % w.work_at[k, 1]
                done = w.work[slot]
                _finish(w, t, k, row, done)
                fill(done, 0.0)
        if w.back.shape[0] > 0:
            _take_back(w, t, row)


@compiled
def _take_back(w, t, row):
    """What customers send back comes in: some of it can be sold again, the rest is scrap."""
    n_lanes, whole = w.lane.shape[1], w.stock_n[SP.whole, row] == 1.0
    opened, on_hand = works_at(w, t, w.site_calendar[w.stock_site[row]]) > 0.0, w.stock[ST.on_hand, row]
    for j in range(w.claims_at[row], w.claims_at[row + 1]):
        m = w.claims_of[j] - n_lanes
        if m < 0 or w.back_at[m, 1] == 0:
            continue
        due, share = w.back[w.back_at[m, 0] + t % w.back_at[m, 1]], w.market_n[MP.resold_share, m]
        to_return, to_resell = w.market[MK.to_return, m], w.market[MK.to_resell, m]
        returned, resold = w.market[MK.returned, m], w.market[MK.resold, m]
        for r in range(due.shape[0]):
            to_return[r] += due[r]
            due[r] = 0.0
            units = to_return[r] if opened else 0.0
            if whole:
                units = math.floor(units + rules.DUST)
            to_return[r] -= units
            good = units * share
            if whole:
                to_resell[r] += good
                good = math.floor(to_resell[r] + rules.DUST)
                to_resell[r] -= good
            returned[r], resold[r] = units, good
            on_hand[r] += good


@compiled
def _arrive(w, t, lane, row):
    """Goods of one lane come in, unless the receipt is paused."""
    first, length = w.pipe_at[lane, 0], w.pipe_at[lane, 1]
    on_hand, received = w.stock[ST.on_hand, row], w.stock[ST.received, row]
    on_order, lane_on_order = w.stock[ST.on_order, row], w.lane[LN.lane_on_order, lane]
    in_transit, arrived = w.lane[LN.in_transit, lane], w.lane[LN.arrived, lane]
    if w.pause.shape[0] == 0:
        due = w.pipe[first + t % length]
        for r in range(due.shape[0]):
            q = due[r]
            due[r] = 0.0
            in_transit[r] -= q
            lane_on_order[r] -= q
            on_order[r] -= q
            on_hand[r] += q
            received[r] += q
            arrived[r] = q
        return
    at_door = w.lane[LN.at_door, lane]
    opened = works_at(w, t, w.site_calendar[w.stock_site[row]]) > 0.0
    for r in range(on_hand.shape[0]):
        slot = first + w.clock[lane, r] % length
        at_door[r] += w.pipe[slot, r]
        in_transit[r] -= w.pipe[slot, r]
        w.pipe[slot, r] = 0.0
        if opened and w.pause[RECEIPT, lane, r] == 0.0:
            q = at_door[r]
            at_door[r] = 0.0
            lane_on_order[r] -= q
            on_order[r] -= q
            on_hand[r] += q
            received[r] += q
            arrived[r] = q


@compiled
def _finish(w, t, k, row, done):
    """Units in work become good units in stock, with their by-products; what is not good is scrap."""
    share = w.recipe_n[RP.yield_rate, k]
    whole = w.stock_n[SP.whole, row] == 1.0 and (share < 1.0 or w.size[SZ.disturbed] == 1)
    on_order, on_hand, received = w.stock[ST.on_order, row], w.stock[ST.on_hand, row], w.stock[ST.received, row]
    in_work, finished, scrapped = w.recipe[RC.in_work, k], w.recipe[RC.finished, k], w.recipe[RC.scrapped, k]
    less = w.size[SZ.disturbed] == 1
    good_share = w.recipe[RC.good_share, k]
    for r in range(done.shape[0]):
        x = done[r]
        good = x * share
        on_order[r] -= good
        if less:
            good *= good_share[r]
        if whole and x > 0.0:
            good = math.floor(good + uniform(w.yield_key[k], t, w.size[SZ.first] + r, 0))
        in_work[r] -= x
        finished[r] += good
        scrapped[r] += x - good
        on_hand[r] += good
        received[r] += good
    for j in range(w.outs_at[k], w.outs_at[k + 1]):
        out, qty = w.outs_of[j], w.outs_qty[j]
        on_hand, received = w.stock[ST.on_hand, out], w.stock[ST.received, out]
        for r in range(done.shape[0]):
            on_hand[r] += done[r] * qty
            received[r] += done[r] * qty


@compiled
def produce(w, t, a, b):
    """Sites start what is ordered, as far as components and capacity go.

    A component that several recipes of the site want is shared in proportion to
    what each could start on its own; so is the capacity of the site.  What is then left
    to make may be made of substitutes, and after that by other recipes of the product.
    """
    for now in range(w.size[SZ.rounds]):
        for step in range(3 if w.size[SZ.substitutes] == 0 else 6):
            for i in range(a, b):
                row = w.up_down[i]
                for j in range(w.sources_at[row], w.sources_at[row + 1]):
                    k = -1 - w.sources_of[j]
                    if k < 0 or w.recipe_n[RP.round, k] != now:
                        continue
                    if step == 0:
                        _wanted(w, t, k)
                    elif step == 1:
                        _fair_share(w, t, k, row)
                    elif step == 2:
                        _start(w, t, k, row, False)
                    elif step == 3:
                        wanted_instead(w, t, k)
                    elif step == 4:
                        fair_share_instead(w, k)
                        _room_at_site(w, t, w.stock_site[row], w.kits[k])
                    else:
                        _start(w, t, k, row, True)
        for place in range(1, w.size[SZ.recipes]):
            for step in range(3):
                for i in range(a, b):
                    row = w.up_down[i]
                    k = recipe_at(w, row, place)
                    if k < 0 or w.recipe_n[RP.round, k] != now:
                        continue
                    if step == 0:
                        wanted_by_another(w, t, k, row)
                    elif step == 1:
                        _fair_share(w, t, k, row)
                    else:
                        take_over(w, t, k, row)
                        _start(w, t, k, row, False)


@compiled
def _wanted(w, t, k):
    """Units that a recipe could start if nobody else took its components."""
    wish = w.recipe[RC.wish, k]
    to_make = w.recipe[RC.to_make, k]
    capacity = room_at(w, t, w.recipe_n[RP.capacity, k], w.site_calendar[w.stock_site[w.recipe_stock[k]]])
    for r in range(wish.shape[0]):
        wish[r] = min(to_make[r], capacity)
    if w.make.shape[0] > 0:
        for r in range(wish.shape[0]):
            wish[r] = min(wish[r], w.make[k, r])
    if w.size[SZ.disturbed] == 1:
        scale = capacity if capacity < np.inf else w.recipe_n[RP.rate, k]
        up = w.recipe[RC.recipe_up, k]
        for r in range(wish.shape[0]):
            if up[r] < 1.0:
                wish[r] = min(wish[r], up[r] * scale)
    for j in range(w.parts_at[k], w.parts_at[k + 1]):
        on_hand, qty = w.stock[ST.on_hand, w.parts_of[j]], w.parts_qty[j]
        usable = w.stock[ST.usable, w.parts_of[j]]
        for r in range(wish.shape[0]):
            wish[r] = min(wish[r], on_hand[r] * usable[r] / qty)


@compiled
def _fair_share(w, t, k, row):
    """Share of its wish that a recipe gets when components or the site's capacity are short.

    Recipes that have started earlier in the period wish nothing any more.
    """
    share, need = w.kits[k], w.scratch[0]
    fill(share, 1.0)
    for j in range(w.parts_at[k], w.parts_at[k + 1]):
        part = w.parts_of[j]
        if w.users_at[part + 1] - w.users_at[part] < 2:
            continue
        fill(need, 0.0)
        for u in range(w.users_at[part], w.users_at[part + 1]):
            wish, qty = w.recipe[RC.wish, w.users_of[u]], w.users_qty[u]
            for r in range(need.shape[0]):
                need[r] += wish[r] * qty
        on_hand, usable = w.stock[ST.on_hand, part], w.stock[ST.usable, part]
        for r in range(share.shape[0]):
            there = on_hand[r] * usable[r]
            if need[r] > there:
                share[r] = min(share[r], there / need[r])
    _room_at_site(w, t, w.stock_site[row], share)


@compiled
def _room_at_site(w, t, site, share):
    """Lower the share of its wish that a recipe gets to what the capacity of the site has room for."""
    need, used = w.scratch[0], w.scratch[1]
    capacity = room_at(w, t, w.site_capacity[site], w.site_calendar[site])
    if capacity < np.inf:
        fill(need, 0.0)
        fill(used, 0.0)
        for u in range(w.made_at[site], w.made_at[site + 1]):
            add(need, w.recipe[RC.wish, w.made_of[u]])
            add(used, w.recipe[RC.started, w.made_of[u]])
        for r in range(share.shape[0]):
            room = max(capacity - used[r], 0.0)  # what was started may be a speck more than there was room for
            if need[r] > room:
                share[r] = min(share[r], room / need[r])


@compiled
def _start(w, t, k, row, instead):
    """Components, or substitutes, go into work; with no lead time the product is finished at once."""
    started, now = w.recipe[RC.started, k], w.kits[k]
    whole = w.stock_n[SP.whole, row] == 1.0
    to_make, in_work, wish = w.recipe[RC.to_make, k], w.recipe[RC.in_work, k], w.recipe[RC.wish, k]
    for r in range(started.shape[0]):
        x = wish[r] * now[r]
        if whole:
            x = math.floor(x + rules.DUST)
        now[r] = x
        started[r] += x
        wish[r] = 0.0
        to_make[r] -= x
        in_work[r] += x
    if instead:
        take_parts(w, k)
    else:
        for j in range(w.parts_at[k], w.parts_at[k + 1]):
            part, qty = w.parts_of[j], w.parts_qty[j]
            on_hand, required = w.stock[ST.on_hand, part], w.stock[ST.required, part]
            for r in range(started.shape[0]):
                used = now[r] * qty
                on_hand[r] = max(on_hand[r] - used, 0.0)
                required[r] = max(required[r] - used, 0.0)
    lead, now_at = int(w.recipe_n[RP.lead_time, k]), clock_at(w, t, w.site_calendar[w.stock_site[row]])
    if lead == 0:
        _finish(w, t, k, row, now)
    else:
        add(w.work[w.work_at[k, 0] + (now_at + lead) % w.work_at[k, 1]], now)
