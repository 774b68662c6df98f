"""A line in exact continuous time, in many worlds: machines, buffers, set-ups, failures, spares, staff; compiled.

Every world goes from event to event.  A machine works, is set up or maintained, stands still for a moment (stopped) or for a
repair (down), or waits: for a part (starved), for room behind it (blocked), for a spare (waiting), for a person (staff).  Time is
that of open hours: what is closed stands still, repairs too.  Chance is addressed by machine and by how many draws that machine
has made (:mod:`twinkit.chain.chance`), so another buffer, or a better machine elsewhere, meets the same times, lives and repairs.

Stations that stand in one place of the line are a group: they take parts from one queue.  Where a branch comes in, the group has
a queue for its parts, too, and a part of each is needed (assembly).  Every way into the line is an entry; a unit is begun when its
first piece is, and every entry begins a piece of every unit.  A queue may hand on so many parts at a time (transfer batch), and
parts in it may have to rest (curing) before they are taken; they take their places meanwhile.

Times have a Weibull distribution with a mean and a coefficient of variation from 0 (fixed) to 1 (exponential).  Lives are
used up by work alone (operation-dependent failures), so are the hours between minor stops.  A part that is done and finds no room
stays on its machine (blocking after service); of machines that wait for the same room, or for the same person, the one that has
waited longest comes first.  People finish what they have begun when their shift ends.

The steps take arrays whose references nobody counts (:func:`bare`): counting them took longer than all else.
"""

from __future__ import annotations

import numpy as np

# isort: off
from twinkit.capabilities.line.arrays import (
    AFTER, AGE, AIM, ALLOWED, BACK, BACK_TO, BAD, BATCH, BEGINS, BEGUN, BEHIND, BLOCKED, BREAK, CYCLE, CYCLE_SCALE, CYCLE_SHAPE, DELIVER, DOWN,
    ENDLESS, ENDS, ENTERED, ENTRY, FAILS, FITTED, FREED, GOES, GOES_TO, GROUP, HEAD, HIT, INSIDE, LAST, LEAD, LEFT, LOST, LOT, Line, MADE,
    MAINTENANCE, MEAN, MEND, MOST, NOTHING, NOW, OPEN, OUT, PASSES, PRODUCT, QUALITY, QUEUED, QUEUES, REPAIR, REPAIRS, REPAIR_SCALE, REPAIR_SHAPE,
    REST, REWORK, ROOM, RUN, RUNNING, SCRAP, SCRAPPED, SERVES, SETS, SETTING, SETUP, SIDES, SIDES_END, SINCE, SPARE, SPENT, STARTS, STARVED, STATUS,
    STOP, STOPPED, STOPS, STOP_IN, STOP_MEAN, STOP_SCALE, STUCK, TAKES, THERE, TOTAL, UNTIL, WORK, WORKED, WORKING, World, bare, inlined, rare,
)  # fmt: skip
from twinkit.capabilities.line.machines import (
    book_work, change_shift, enter, first_manned, least, locked, luck, manned, mark, mark_entries, mend, next_shift, renew, strike, supplied, supply,
    take_spare, tick, weibull,
)  # fmt: skip
# isort: on
from twinkit.chain.compiled import compiled


@compiled
def advance(line, state, until, first, low, high, log, logged):
    """Let the worlds from `low` to `high` (without it) go on to a moment each.

    Parameters
    ----------
    line, state
        A :class:`Line` and a :class:`State`.
    until
        Moments (W,) [open hours].
    first
        Number of the first world of the state.
    log, logged
        Rows (moment, machine, state) of world 0 as they come, shape (most, 3), and how many there are; with no rows none is kept.
    """
    todo, own = np.ones(len(line.group) + 1, np.int64), _bare_line(line)
    for r in range(low, high):
        _one_world(own, _world(state, r, todo, log if r == 0 else log[:0], logged, first + r), until[r])


@compiled
def break_now(line, state, r, s, hours, many):
    """So many machines of a station break in a world, for so many hours; what is broken already takes so much longer."""
    strike(_bare_line(line), _world(state, r, np.zeros(len(line.group) + 1, np.int64), np.zeros((0, 3)), np.zeros(1, np.int64), 0), s, hours, many)


@inlined
def _bare_line(line):
    return Line(bare(line.station), bare(line.group), bare(line.queue), bare(line.route), bare(line.setup), bare(line.product), bare(line.fits), bare(line.joined),
                bare(line.skills), bare(line.roster), bare(line.station_of), bare(line.keys), bare(line.hits))  # fmt: skip


@inlined
def _world(state, r, todo, log, logged, luck):
    return World(bare(state.world[r]), bare(state.machine[r]), bare(state.queue[r]), bare(state.buffer[r]), bare(state.station[r]), bare(state.product[r]),
                 bare(state.spare[r]), bare(state.units[r]), bare(todo), bare(log), bare(logged), luck)  # fmt: skip


@inlined
def _one_world(line, x, end):
    w, m, b = x.world, x.machine, x.station
    machines, groups, crews = m.shape[1], len(line.group), line.skills.shape[2]
    rests = False
    for s in range(len(line.station)):
        rests = rests or line.station[s, REST] > 0.0
    for g in range(groups):
        x.todo[g] = 1
    x.todo[groups] = groups - 1
    come = len(x.spare) > 0  # spares that have come
    while True:
        j, act = -1, NOTHING
        if come:
            j = supplied(line, x)
            come = j >= 0
            act = MEND if come else NOTHING
        if act == NOTHING and w[FREED] == 1.0:
            j = first_manned(line, x)
            if j < 0:
                w[FREED] = 0.0
            else:
                act = WORK if m[AIM, j] == 0.0 else MEND
        if act == NOTHING:
            _settle(line, x)
            if w[FREED] == 1.0:
                continue
            j, t = 0, least(m[UNTIL])
            while m[UNTIL, j] != t:
                j += 1
            if rests:
                for q in range(len(line.queue)):
                    if x.buffer[q, OPEN] > 0:
                        ready = x.queue[q, x.buffer[q, HEAD], 2]
                        if w[NOW] < ready < t:
                            j, t = -1, ready
            if crews:
                moment = next_shift(line, w)
                if moment <= t and moment < end:
                    tick(x, max(moment, w[NOW]))
                    change_shift(line, w)
                    continue
            h = int(w[HIT])
            if h < len(line.hits) and line.hits[h, 0] - w[LOST] < min(t, end):  # what ends at that moment has ended
                tick(x, max(line.hits[h, 0] - w[LOST], w[NOW]))
                strike(line, x, int(line.hits[h, 1]), line.hits[h, 2], int(line.hits[h, 3]))
                w[HIT] = h + 1.0
                continue
            if t > end:
                if t == np.inf and np.isnan(w[STUCK]) and locked(x):
                    w[STUCK] = w[NOW]
                break
            tick(x, t)
            if rests:  # what has rested by now; it may be several
                for q in range(len(line.queue)):
                    if x.buffer[q, OPEN] > 0 and x.queue[q, x.buffer[q, HEAD], 2] == t:
                        mark(x, line.queue[q, SERVES])
            if j < 0:
                continue
            s, state = line.station_of[j], m[STATUS, j]
            if state == WORKING:
                book_work(m, j, t)
                if m[FAILS, j] == 1.0:
                    m[AGE, j] = -1.0
                    m[REPAIRS, j] = weibull(luck(line, x, j, REPAIR), line.station[s, REPAIR_SCALE], line.station[s, REPAIR_SHAPE])
                    act = BREAK
                elif m[FAILS, j] == 2.0:
                    m[STOP_IN, j] = np.nan
                    enter(line, x, j, STOPPED, t - line.station[s, STOP_MEAN] * np.log(luck(line, x, j, STOP)))
                else:
                    _finish(line, x, j)
                    act = DELIVER
            elif state == SETUP:
                m[SETS, j] = 0.0
                act = WORK
            elif state == STOPPED:
                act = WORK
            else:  # repaired or maintained
                if state == MAINTENANCE or m[AGE, j] < 0.0:
                    renew(line, x, j)
                if m[PRODUCT, j] < 0.0:
                    enter(line, x, j, STARVED, np.inf)
                    mark(x, int(line.station[s, GROUP]))
                else:
                    act = DELIVER if m[GOES, j] >= 0.0 else WORK
        if act == BREAK and not supply(line, x, j):
            act = NOTHING
        if act == WORK:
            _work(line, x, j)
        elif act == DELIVER:
            _deliver(line, x, j)
        elif act != NOTHING:
            mend(line, x, j, DOWN if m[AIM, j] == 0.0 else int(m[AIM, j]))
    if end > w[NOW]:
        tick(x, end)
    for j in range(machines):  # the books are closed here, wherever the line stands
        b[line.station_of[j], SPENT + int(m[STATUS, j])] += w[NOW] - m[SINCE, j]
        if m[STATUS, j] == WORKING:
            book_work(m, j, w[NOW])
        m[SINCE, j] = w[NOW]


@inlined
def _work(line, x, j):
    """Set-up, or work until the part is done or the machine stands."""
    m, s, t = x.machine, line.station_of[j], x.world[NOW]
    if m[SETS, j] > 0.0:
        if manned(line, x, j, SETTING, 0):
            enter(line, x, j, SETUP, t + m[SETS, j])
        return
    if not manned(line, x, j, RUNNING, 0):
        return
    m[FITTED, j] = m[PRODUCT, j]
    lasts = max(m[ENDS, j] - m[AGE, j], 0.0)
    m[FAILS, j] = 1.0 if lasts < m[LEFT, j] else 0.0
    lasts = min(m[LEFT, j], lasts)
    if line.station[s, STOP_SCALE] < np.inf:
        if np.isnan(m[STOP_IN, j]):
            m[STOP_IN, j] = -line.station[s, STOP_SCALE] * np.log(luck(line, x, j, STOP))
        if m[STOP_IN, j] < lasts:
            lasts, m[FAILS, j] = max(m[STOP_IN, j], 0.0), 2.0
    enter(line, x, j, WORKING, t + lasts)


@inlined
def _finish(line, x, j):
    """A part is done: where it goes next; scrap has no product any more."""
    m, w, s = x.machine, x.world, line.station_of[j]
    p = int(m[PRODUCT, j])
    x.station[s, WORKED] += 1.0
    m[GOES, j] = line.route[p, s, GOES_TO]
    scrap, rework = line.station[s, SCRAP], line.station[s, REWORK]
    if scrap > 0.0 or rework > 0.0:
        u = luck(line, x, j, QUALITY)
        if u < scrap:
            x.station[s, BAD] += 1.0
            m[PRODUCT, j], m[GOES, j] = -1.0, -1.0
            if line.joined[s, 0]:  # the unit is lost; its pieces that are not in it yet serve another one
                x.product[p, INSIDE] -= 1.0
                x.product[p, SCRAPPED] += 1.0
            if line.joined.shape[1] > 1:
                for e in range(line.joined.shape[1]):
                    w[BEGUN + e] += float(line.joined[s, 0]) - float(line.joined[s, e])
            mark_entries(line, x)
        elif u < scrap + rework:
            x.station[s, BACK] += 1.0
            m[GOES, j] = line.station[s, BACK_TO]


@inlined
def _has_room(line, x, q, p):
    """Whether a part finds room in a queue."""
    queued = x.buffer[q, QUEUED]
    if queued < line.queue[q, ROOM]:
        return True
    if line.queue[q, ROOM] > 0 or queued > 0:
        return False
    g, free = line.queue[q, SERVES], False
    for j in range(line.group[g, STARTS], line.group[g, STOPS]):
        free = free or (x.machine[STATUS, j] == STARVED and line.route[p, line.station_of[j], PASSES] > 0.0)
    return free


@inlined
def _place(x, q, k):
    """Where in its ring the k-th part of a queue stands."""
    place = x.buffer[q, HEAD] + k
    return place - x.queue.shape[1] if place >= x.queue.shape[1] else place


@inlined
def _push(line, x, q, p, entered, ready):
    """A part comes into a queue."""
    place = _place(x, q, x.buffer[q, QUEUED])
    x.queue[q, place, 0], x.queue[q, place, 1], x.queue[q, place, 2] = p, entered, ready
    x.buffer[q, QUEUED] += 1
    if line.queue[q, BATCH] <= 1:
        x.buffer[q, OPEN] += 1
    elif x.buffer[q, QUEUED] - x.buffer[q, OPEN] >= line.queue[q, BATCH]:
        x.buffer[q, OPEN] = x.buffer[q, QUEUED]
    mark(x, line.queue[q, SERVES])


@inlined
def _pop(x, q, k):
    """The k-th part of a queue is taken; those before it move up."""
    while k > 0:
        to, of = _place(x, q, k), _place(x, q, k - 1)
        for i in range(3):
            x.queue[q, to, i] = x.queue[q, of, i]
        k -= 1
    x.buffer[q, HEAD] = _place(x, q, 1)
    x.buffer[q, QUEUED] -= 1
    x.buffer[q, OPEN] -= 1


@rare
def _find(x, q, p):
    """Which part of a queue is the first of a product that may be taken, or -1."""
    for k in range(x.buffer[q, OPEN]):
        place = _place(x, q, k)
        if x.queue[q, place, 2] > x.world[NOW]:
            return -1
        if x.queue[q, place, 0] == p:
            return k
    return -1


@rare
def _fits(line, x, g, p):
    """Whether all parts of branches are there that a part of a product needs; then they are taken."""
    ways = len(line.group)
    for take in range(2):
        for q in range(line.group[g, SIDES], line.group[g, SIDES_END]):
            if line.fits[p, q - ways]:
                k = _find(x, q, p)
                if k < 0:
                    return False
                if take:
                    _pop(x, q, k)
    return True


@inlined
def _made(line, x, p, entered):
    """A unit leaves the line."""
    w = x.world
    x.product[p, INSIDE] -= 1.0
    x.product[p, MADE] += 1.0
    w[LEAD] += w[NOW] - entered
    w[OUT] += 1.0
    if w[MOST] > 0.0:
        mark_entries(line, x)


@inlined
def _deliver(line, x, j):
    """A part that is done leaves its machine, or the machine is blocked."""
    m, s, p, t = x.machine, line.station_of[j], int(x.machine[PRODUCT, j]), x.world[NOW]
    if p >= 0:
        q = int(m[GOES, j])
        if line.queue[q, ROOM] == ENDLESS:
            _made(line, x, p, m[ENTERED, j])
        elif _has_room(line, x, q, p):
            _push(line, x, q, p, m[ENTERED, j], t + line.station[s, REST])
        else:
            x.buffer[q, BEHIND] += 1
            m[QUEUES, j] = t
            enter(line, x, j, BLOCKED, np.inf)
            return
    m[PRODUCT, j], m[GOES, j] = -1.0, -1.0
    k = int(line.station[s, SPARE])
    if m[AGE, j] >= line.station[s, AFTER] and (k < 0 or x.spare[k, THERE] >= 1.0):
        if k >= 0:
            take_spare(x, k)
        m[REPAIRS, j] = line.station[s, TAKES]
        mend(line, x, j, MAINTENANCE)
    else:
        enter(line, x, j, STARVED, np.inf)
        mark(x, int(line.station[s, GROUP]))


@inlined
def _released(line, x, e):
    """The product of which an entry begins a piece next, or -1: of a unit begun elsewhere, or of a new one: the lot goes on, then the next product in turn."""
    w, kinds = x.world, x.product
    entries = line.product.shape[1] - BEGINS
    if entries > 1:
        least = w[TOTAL]
        for i in range(entries):  # units that need no piece of an entry are past it
            while w[BEGUN + i] < w[TOTAL] and line.product[int(x.units[int(w[BEGUN + i]) % len(x.units), 0]), BEGINS + i] < 0.0:
                w[BEGUN + i] += 1.0
            least = min(least, w[BEGUN + i])
        if w[BEGUN + e] < w[TOTAL]:
            return int(x.units[int(w[BEGUN + e]) % len(x.units), 0])
        if w[BEGUN + e] > w[TOTAL] or w[TOTAL] - least >= len(x.units):
            return -1
    if w[MOST] > 0.0:
        inside = 0.0
        for p in range(len(kinds)):
            inside += kinds[p, INSIDE]
        if inside >= w[MOST]:
            return -1
    last = int(w[LAST])
    if last >= 0 and kinds[last, RUN] > 0.0 and kinds[last, ALLOWED] >= 1.0:
        return last
    for k in range(1, len(kinds) + 1):
        p = (last + k) % len(kinds)
        if kinds[p, ALLOWED] >= 1.0:
            return p
    return -1


@inlined
def _release(line, x, e, p):
    """An entry begins a piece; returns the moment at which its unit was begun."""
    w, kinds, entries = x.world, x.product, line.product.shape[1] - BEGINS
    if entries > 1:
        w[BEGUN + e] += 1.0
        mark_entries(line, x)
        if w[BEGUN + e] <= w[TOTAL]:
            return x.units[int(w[BEGUN + e] - 1.0) % len(x.units), 1]
        place = int(w[TOTAL]) % len(x.units)
        x.units[place, 0], x.units[place, 1] = p, w[NOW]
        w[TOTAL] += 1.0
    elif len(kinds) > 1:
        mark_entries(line, x)
    if p != int(w[LAST]) or kinds[p, RUN] <= 0.0:
        kinds[p, RUN] = line.product[p, LOT]
    w[LAST] = p
    kinds[p, RUN] -= 1.0
    kinds[p, ALLOWED] -= 1.0
    kinds[p, INSIDE] += 1.0
    return w[NOW]


@inlined
def _settle(line, x):
    """Whatever can begin or move at this moment does, the end of the line first."""
    w, m, t, top = x.world, x.machine, x.world[NOW], len(line.group)
    while x.todo[top] >= 0:
        g = x.todo[top]
        if not x.todo[g]:
            x.todo[top] -= 1
            continue
        x.todo[g] = 0
        e, sides = line.group[g, ENTRY], line.group[g, SIDES] < line.group[g, SIDES_END]
        while w[MOST] > 0.0 and e >= 0 and x.buffer[g, QUEUED] < x.queue.shape[1]:  # CONWIP: let in as soon as it may
            p = _released(line, x, e)
            if p < 0 or int(line.product[p, BEGINS + e]) != g:
                break
            _push(line, x, g, p, _release(line, x, e, p), t)
        while g == top - 1 and x.buffer[g, OPEN] > 0 and x.queue[g, x.buffer[g, HEAD], 2] <= t:  # out, rested and in batches
            place = x.buffer[g, HEAD]
            _made(line, x, int(x.queue[g, place, 0]), x.queue[g, place, 1])
            _pop(x, g, 0)
        for j in range(line.group[g, STARTS], line.group[g, STOPS]):
            if m[STATUS, j] != STARVED:
                continue
            s, p = line.station_of[j], -1
            for k in range(x.buffer[g, OPEN]):
                place = _place(x, g, k)
                if x.queue[g, place, 2] > t:
                    break
                kind = int(x.queue[g, place, 0])
                if line.route[kind, s, PASSES] > 0.0 and (not sides or _fits(line, x, g, kind)):
                    p, m[ENTERED, j] = kind, x.queue[g, place, 1]
                    _pop(x, g, k)
                    break
            if p < 0 and e >= 0 and w[MOST] == 0.0:
                p = _released(line, x, e)
                if p < 0 or int(line.product[p, BEGINS + e]) != g or not line.route[p, s, PASSES] > 0.0 or (sides and not _fits(line, x, g, p)):
                    p = -1
                else:
                    m[ENTERED, j] = _release(line, x, e, p)
            if p < 0:
                continue
            m[PRODUCT, j] = p
            time = line.route[p, s, MEAN]
            if line.station[s, CYCLE_SHAPE] > 0.0:
                time = weibull(luck(line, x, j, CYCLE), time * line.station[s, CYCLE_SCALE], line.station[s, CYCLE_SHAPE])
            fitted = int(m[FITTED, j])
            m[LEFT, j], m[GOES, j] = time, -1.0
            m[SETS, j] = line.setup[s, fitted, p] if fitted >= 0 else 0.0
            if np.isnan(m[ENDS, j]):
                renew(line, x, j)
            _work(line, x, j)
        q = g
        while True:  # those who wait for room in the queues of the group
            if x.buffer[q, BEHIND] > 0 and (x.buffer[q, QUEUED] < line.queue[q, ROOM] or line.queue[q, ROOM] == 0):
                k = -1
                for i in range(m.shape[1]):
                    if m[STATUS, i] == BLOCKED and m[GOES, i] == q and (k < 0 or m[QUEUES, i] < m[QUEUES, k]):
                        k = i
                if _has_room(line, x, q, int(m[PRODUCT, k])):
                    x.buffer[q, BEHIND] -= 1
                    _deliver(line, x, k)
                    continue
            q = line.group[g, SIDES] if q == g else q + 1
            if q >= line.group[g, SIDES_END]:
                break
