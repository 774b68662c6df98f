"""A line in exact continuous time, in many worlds: machines, buffers, set-ups, failures, spares; compiled.

Every world goes from event to event.  A machine works, is set up or maintained, stands still, or waits: for a part
(starved), for room behind it (blocked), for a spare (waiting).  Time is that of open hours: what is closed stands still,
repairs too.  Chance is addressed by machine and by how many draws that machine has made (:mod:`twinkit.chain.chance`), so
another buffer, or a better machine elsewhere, meets the same times, lives and repairs.

Times have a Weibull distribution with a mean and a coefficient of variation from 0 (fixed) to 1 (exponential).  Lives are
used up by work alone (operation-dependent failures).  A part that is done and finds no room stays on its machine
(blocking after service); of machines that wait for the same room the one that has waited longest comes first.

The steps take a few arrays whose references nobody counts (:func:`bare`): counting them took longer than all else.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numba.core import cgutils
from numba.core.extending import intrinsic

from twinkit.chain.chance import uniform
from twinkit.chain.compiled import compiled

inlined = numba.njit(nogil=True, forceinline=True)
"""For steps that are written out wherever they are called: handing over their arrays took twice as long as what they do."""

STARVED, WORKING, SETUP, DOWN, BLOCKED, WAITING, MAINTENANCE = range(7)
STATES = ("starved", "working", "setup", "down", "blocked", "waiting", "maintenance")
"""States of a machine, by code; "waiting" is for a spare."""

# Columns of Line.station
FIRST, NEXT, ROOM, ENTERS, CYCLE_SCALE, CYCLE_SHAPE, LIFE_SCALE, LIFE_SHAPE, REPAIR_SCALE, REPAIR_SHAPE, AFTER, TAKES, SCRAP, REWORK, BACK_TO, SPARE = range(16)
"""First machine and first of the next station; places before it; whether it is the first of a product; scale and shape of
times with a mean of 1 (shape 0 = fixed), of working hours to a failure (scale inf = never), of repairs; working hours after
which it is maintained (inf = never), and hours that takes; shares of bad parts and of those sent back, and where to; spare or -1."""
MEAN, GOES_TO = range(2)
"""Of Line.route: time of a part, station after it (as many as there are stations = out of the line)."""
BEGINS, LOT = range(2)
"""Of Line.product: first station, parts before another product is begun."""

# Rows of State.machine
STATUS, UNTIL, SINCE, PRODUCT, ENTERED, LEFT, SETS, AGE, ENDS, FITTED, GOES, REPAIRS, FAILS, QUEUES, CYCLE, LIFE, REPAIR, QUALITY = range(18)
"""State, its end and its begin; product on it (-1 = none), moment of that part's release, work and set-up left of it; working
hours of what wears (-1 = broken) and at which it fails (NaN = not known yet); product it is set up for (-1 = any); station that
a part goes to that is done (-1 = it is not done); hours of a repair that waits; whether its work ends in a failure; since when
it is blocked; draws made of times, lives, repairs, and goodness."""
NOW, AREA, LEAD, OUT, STUCK, LAST, LOST, HIT, MOST = range(9)
"""Of State.world: now; time × parts in the line; time in the line of those that came out, how many these are; moment of a
deadlock (NaN = none); product released last (-1 = none); open hours that the site was out; next event from outside; most parts
in the line (0 = any number)."""
ALLOWED, INSIDE, MADE, SCRAPPED, RUN = range(5)
"""Of State.product: parts that may yet be released; in the line; made; scrapped; left of its lot."""
HEAD, QUEUED, BEHIND, WORKED, BAD, BACK, FAILURES, SPENT = range(8)
"""Of State.station: first of its ring and how many parts are in it; machines that wait for room in it; parts worked on, bad, sent
back; failures; from SPENT on machine-hours by state."""
THERE, USED = range(2)
"""Of State.spare."""


class Line(NamedTuple):
    """A line: S stations in order, M machines, P products.  Times in open hours."""

    station: np.ndarray  # (S, 16)
    route: np.ndarray  # (P, S, 2)
    setup: np.ndarray  # (S, P, P) hours from product to product
    product: np.ndarray  # (P, 2)
    station_of: np.ndarray  # (M,)
    keys: np.ndarray  # (M, 4) of times, lives, repairs, goodness
    hits: np.ndarray  # (events, 4) moment, station, hours of repair, machines; in time


class State(NamedTuple):
    """Where a line stands in W worlds; all numbers, the worlds first."""

    world: np.ndarray  # (W, 9)
    machine: np.ndarray  # (W, 18, M)
    queue: np.ndarray  # (W, S, places, 2) product and moment of release of the parts before a station
    station: np.ndarray  # (W, S, 7 + 7)
    product: np.ndarray  # (W, P, 5)
    spare: np.ndarray  # (W, K, 2)


@intrinsic
def bare(typing, array):
    """An array whose references are not counted: its owner keeps it while the steps run."""

    def code(context, builder, signature, args):
        own = context.make_array(signature.args[0])(context, builder, value=args[0])
        own.meminfo = cgutils.get_null_value(own.meminfo.type)
        own.parent = cgutils.get_null_value(own.parent.type)
        return own._getvalue()

    return array(array), code


@inlined
def weibull(u, scale, shape):
    """A Weibull time by inversion; the scale itself where the shape is 0."""
    if shape == 0.0:
        return scale
    if shape == 1.0:
        return -scale * np.log(u)
    return scale * (-np.log(u)) ** (1.0 / shape)


@inlined
def _luck(keys, m, j, what, world):
    """The next uniform number of a machine for one purpose."""
    k = m[what, j]
    m[what, j] = k + 1.0
    return uniform(keys[j, what - CYCLE], int(k), world, 0)


@inlined
def _enter(m, j, state, t, until, b, s, log, logged):
    """A machine enters a state; its time in the one before is booked."""
    b[s, SPENT + int(m[STATUS, j])] += t - m[SINCE, j]
    if len(log) and m[STATUS, j] != state and logged[0] < len(log):
        log[logged[0], 0], log[logged[0], 1], log[logged[0], 2] = t, j, state
        logged[0] += 1
    m[STATUS, j], m[SINCE, j], m[UNTIL, j] = state, t, until


@compiled
def advance(station, route, setup, product, station_of, keys, hits, world, machine, queue, books, kinds, spares, until, first, low, high, log, logged):
    """Let the worlds from `low` to `high` (without it) go on to a moment each.

    Parameters
    ----------
    station, route, setup, product, station_of, keys, hits
        Fields of a :class:`Line`.
    world, machine, queue, books, kinds, spares
        Fields of a :class:`State`.
    until
        Moments (W,) [open hours].
    first
        Number of the first world of the state.
    log, logged
        Rows (moment, machine, state) of world 0 as they come, shape (most, 3), and how many there are; with no rows none is kept.
    """
    todo = np.ones(len(station) + 1, np.bool_)
    a, b, c, d, e, f, g = bare(station), bare(route), bare(setup), bare(product), bare(station_of), bare(keys), bare(hits)
    for r in range(low, high):
        _one_world(a, b, c, d, e, f, g, bare(world[r]), bare(machine[r]), bare(queue[r]), bare(books[r]), bare(kinds[r]), bare(spares[r]),
                   until[r], first + r, bare(todo), bare(log if r == 0 else log[:0]), bare(logged))  # fmt: skip


@inlined
def _one_world(station, route, setup, product, station_of, keys, hits, w, m, queue, b, kinds, spares, end, luck, todo, log, logged):
    machines, stations = m.shape[1], len(station)
    for s in range(stations):
        todo[s] = True
    for j in range(machines):  # spares that have come
        s = station_of[j]
        k = int(station[s, SPARE])
        if m[STATUS, j] == WAITING and spares[k, THERE] >= 1.0:
            _take_spare(spares, k)
            _enter(m, j, DOWN, w[NOW], w[NOW] + m[REPAIRS, j], b, s, log, logged)
    while True:
        _settle(station, route, setup, product, station_of, keys, w, m, queue, b, kinds, spares, luck, todo, log, logged)
        j, t = -1, np.inf
        for k in range(machines):
            if m[UNTIL, k] < t:
                j, t = k, m[UNTIL, k]
        h = int(w[HIT])
        if h < len(hits) and hits[h, 0] - w[LOST] < min(t, end):  # what ends at that moment has ended
            _tick(w, kinds, max(hits[h, 0] - w[LOST], w[NOW]))
            _strike(station, m, b, spares, int(hits[h, 1]), hits[h, 2], int(hits[h, 3]), w[NOW], log, logged)
            w[HIT] = h + 1.0
            continue
        if t > end:
            if t == np.inf and np.isnan(w[STUCK]) and _locked(m):
                w[STUCK] = w[NOW]
            break
        _tick(w, kinds, t)
        s, state = station_of[j], m[STATUS, j]
        if state == WORKING:
            _book_work(m, j, t)
            if m[FAILS, j] == 1.0:
                m[AGE, j] = -1.0
                hours = weibull(_luck(keys, m, j, REPAIR, luck), station[s, REPAIR_SCALE], station[s, REPAIR_SHAPE])
                _break(station, m, b, spares, j, s, hours, t, log, logged)
                continue
            _finish(station, route, product, keys, m, b, kinds, j, s, luck, todo)
            _deliver(station, product, station_of, w, m, queue, b, kinds, spares, j, todo, log, logged)
        elif state == SETUP:
            m[SETS, j] = 0.0
            _work(m, b, j, s, t, log, logged)
        else:  # repaired or maintained
            if state == MAINTENANCE or m[AGE, j] < 0.0:
                _renew(station, keys, m, j, s, luck)
            if m[PRODUCT, j] < 0.0:
                _enter(m, j, STARVED, t, np.inf, b, s, log, logged)
                todo[s] = True
            elif m[GOES, j] >= 0.0:
                _deliver(station, product, station_of, w, m, queue, b, kinds, spares, j, todo, log, logged)
            else:
                _work(m, b, j, s, t, log, logged)
    if end > w[NOW]:
        _tick(w, kinds, end)
    for j in range(machines):  # the books are closed here, wherever the line stands
        b[station_of[j], SPENT + int(m[STATUS, j])] += w[NOW] - m[SINCE, j]
        if m[STATUS, j] == WORKING:
            _book_work(m, j, w[NOW])
        m[SINCE, j] = w[NOW]


@inlined
def _tick(w, kinds, t):
    """Time goes on; the parts in the line are counted."""
    inside = 0.0
    for p in range(len(kinds)):
        inside += kinds[p, INSIDE]
    w[AREA] += inside * (t - w[NOW])
    w[NOW] = t


@inlined
def _book_work(m, j, t):
    """What a machine has worked so far."""
    worked = t - m[SINCE, j]
    m[AGE, j] += worked
    m[LEFT, j] = max(m[LEFT, j] - worked, 0.0)


@inlined
def _locked(m):
    """Whether nothing will ever move again: machines wait for room, none works, and none waits for a spare."""
    blocked = False
    for j in range(m.shape[1]):
        if m[STATUS, j] == WAITING:
            return False
        blocked = blocked or m[STATUS, j] == BLOCKED
    return blocked


@inlined
def _take_spare(spares, k):
    spares[k, THERE] -= 1.0
    spares[k, USED] += 1.0


@inlined
def _renew(station, keys, m, j, s, luck):
    """What wears is as good as new."""
    m[AGE, j], m[ENDS, j] = 0.0, np.inf
    if station[s, LIFE_SCALE] < np.inf:
        m[ENDS, j] = weibull(_luck(keys, m, j, LIFE, luck), station[s, LIFE_SCALE], station[s, LIFE_SHAPE])


@inlined
def _work(m, b, j, s, t, log, logged):
    """Set-up, or work until the part is done or the machine fails."""
    if m[SETS, j] > 0.0:
        _enter(m, j, SETUP, t, t + m[SETS, j], b, s, log, logged)
        return
    m[FITTED, j] = m[PRODUCT, j]
    lasts = max(m[ENDS, j] - m[AGE, j], 0.0)
    m[FAILS, j] = 1.0 if lasts < m[LEFT, j] else 0.0
    _enter(m, j, WORKING, t, t + min(m[LEFT, j], lasts), b, s, log, logged)


@inlined
def _break(station, m, b, spares, j, s, hours, t, log, logged):
    """A machine stands; its repair waits for a spare where there is none."""
    b[s, FAILURES] += 1.0
    m[REPAIRS, j] = hours
    k = int(station[s, SPARE])
    if k >= 0:
        if spares[k, THERE] < 1.0:
            _enter(m, j, WAITING, t, np.inf, b, s, log, logged)
            return
        _take_spare(spares, k)
    _enter(m, j, DOWN, t, t + hours, b, s, log, logged)


@inlined
def _strike(station, m, b, spares, s, hours, many, t, log, logged):
    """Something from outside breaks the first machines of a station; what is broken already takes so much longer."""
    for j in range(int(station[s, FIRST]), min(int(station[s, NEXT]), int(station[s, FIRST]) + many)):
        state = m[STATUS, j]
        if state == WAITING:
            m[REPAIRS, j] += hours
        elif state in (DOWN, MAINTENANCE):
            m[UNTIL, j] += hours
        else:
            if state == WORKING:
                _book_work(m, j, t)
            elif state == SETUP:
                m[SETS, j] = m[UNTIL, j] - t
            elif state == BLOCKED:
                b[int(m[GOES, j]), BEHIND] -= 1.0
            if station[s, SPARE] >= 0.0:
                m[AGE, j] = -1.0  # the spare is new
            _break(station, m, b, spares, j, s, hours, t, log, logged)


@inlined
def _finish(station, route, product, keys, m, b, kinds, j, s, luck, todo):
    """A part is done: where it goes next; scrap has no product any more."""
    p = int(m[PRODUCT, j])
    b[s, WORKED] += 1.0
    m[GOES, j] = route[p, s, GOES_TO]
    scrap, rework = station[s, SCRAP], station[s, REWORK]
    if scrap > 0.0 or rework > 0.0:
        u = _luck(keys, m, j, QUALITY, luck)
        if u < scrap:
            b[s, BAD] += 1.0
            kinds[p, INSIDE] -= 1.0
            kinds[p, SCRAPPED] += 1.0
            m[PRODUCT, j], m[GOES, j] = -1.0, -1.0
            for q in range(len(product)):
                todo[int(product[q, BEGINS])] = True
        elif u < scrap + rework:
            b[s, BACK] += 1.0
            m[GOES, j] = station[s, BACK_TO]


@inlined
def _has_room(station, m, b, s):
    """Whether a part finds room before a station."""
    if s == len(station) or b[s, QUEUED] < station[s, ROOM]:
        return True
    if station[s, ROOM] > 0.0 or b[s, QUEUED] > 0.0:
        return False
    free = False
    for j in range(int(station[s, FIRST]), int(station[s, NEXT])):
        free = free or m[STATUS, j] == STARVED
    return free


@inlined
def _deliver(station, product, station_of, w, m, queue, b, kinds, spares, j, todo, log, logged):
    """A part that is done leaves its machine, or the machine is blocked."""
    s, p, t = station_of[j], int(m[PRODUCT, j]), w[NOW]
    if p >= 0:
        goes = int(m[GOES, j])
        if not _has_room(station, m, b, goes):
            b[goes, BEHIND] += 1.0
            m[QUEUES, j] = t
            _enter(m, j, BLOCKED, t, np.inf, b, s, log, logged)
            return
        if goes == len(station):
            kinds[p, INSIDE] -= 1.0
            kinds[p, MADE] += 1.0
            w[LEAD] += t - m[ENTERED, j]
            w[OUT] += 1.0
            for q in range(len(product)):
                todo[int(product[q, BEGINS])] = True
        else:
            place = int(b[goes, HEAD] + b[goes, QUEUED]) % queue.shape[1]
            queue[goes, place, 0], queue[goes, place, 1] = m[PRODUCT, j], m[ENTERED, j]
            b[goes, QUEUED] += 1.0
            todo[goes] = True
    m[PRODUCT, j], m[GOES, j] = -1.0, -1.0
    k = int(station[s, SPARE])
    if m[AGE, j] >= station[s, AFTER] and (k < 0 or spares[k, THERE] >= 1.0):
        if k >= 0:
            _take_spare(spares, k)
        _enter(m, j, MAINTENANCE, t, t + station[s, TAKES], b, s, log, logged)
    else:
        _enter(m, j, STARVED, t, np.inf, b, s, log, logged)
        todo[s] = True


@inlined
def _released(w, kinds):
    """The product of which a part is begun next, or -1: the lot goes on, then the next product that may be begun."""
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
def _release(product, w, kinds, p, todo):
    """A part of a product is begun."""
    if p != int(w[LAST]) or kinds[p, RUN] <= 0.0:
        kinds[p, RUN] = product[p, LOT]
    w[LAST] = p
    kinds[p, RUN] -= 1.0
    kinds[p, ALLOWED] -= 1.0
    kinds[p, INSIDE] += 1.0
    for q in range(len(product)):
        todo[int(product[q, BEGINS])] = True


@inlined
def _settle(station, route, setup, product, station_of, keys, w, m, queue, b, kinds, spares, luck, todo, log, logged):
    """Whatever can begin or move at this moment does, the end of the line first."""
    last, t = len(station) - 1, w[NOW]
    s = last
    while s >= 0:
        if not todo[s]:
            s -= 1
            continue
        todo[s] = False
        while w[MOST] > 0.0 and station[s, ENTERS] == 1.0 and b[s, QUEUED] < queue.shape[1]:  # CONWIP: let in as soon as it may
            p = _released(w, kinds)
            if p < 0 or int(product[p, BEGINS]) != s:
                break
            _release(product, w, kinds, p, todo)
            place = int(b[s, HEAD] + b[s, QUEUED]) % queue.shape[1]
            queue[s, place, 0], queue[s, place, 1] = p, t
            b[s, QUEUED] += 1.0
        for j in range(int(station[s, FIRST]), int(station[s, NEXT])):
            if m[STATUS, j] != STARVED:
                continue
            if b[s, QUEUED] > 0.0:
                place = int(b[s, HEAD])
                m[PRODUCT, j], m[ENTERED, j] = queue[s, place, 0], queue[s, place, 1]
                b[s, HEAD] = (place + 1) % queue.shape[1]
                b[s, QUEUED] -= 1.0
            else:
                p = _released(w, kinds) if station[s, ENTERS] == 1.0 and w[MOST] == 0.0 else -1
                if p < 0 or int(product[p, BEGINS]) != s:
                    break
                _release(product, w, kinds, p, todo)
                m[PRODUCT, j], m[ENTERED, j] = p, t
            p, fitted = int(m[PRODUCT, j]), int(m[FITTED, j])
            time = route[p, s, MEAN]
            if station[s, CYCLE_SHAPE] > 0.0:
                time = weibull(_luck(keys, m, j, CYCLE, luck), time * station[s, CYCLE_SCALE], station[s, CYCLE_SHAPE])
            m[LEFT, j], m[GOES, j] = time, -1.0
            m[SETS, j] = setup[s, fitted, p] if fitted >= 0 else 0.0
            if np.isnan(m[ENDS, j]):
                _renew(station, keys, m, j, s, luck)
            _work(m, b, j, s, t, log, logged)
        while b[s, BEHIND] > 0.0 and _has_room(station, m, b, s):
            k = -1
            for i in range(m.shape[1]):
                if m[STATUS, i] == BLOCKED and m[GOES, i] == s and (k < 0 or m[QUEUES, i] < m[QUEUES, k]):
                    k = i
            b[s, BEHIND] -= 1.0
            _deliver(station, product, station_of, w, m, queue, b, kinds, spares, k, todo, log, logged)
        s = last
