"""What a machine of a line does by itself: its luck, its states, its repairs, and the people and spares that they take; compiled."""

from __future__ import annotations

import numba
import numpy as np

# isort: off
from twinkit.capabilities.line.arrays import (
    AGE, AIM, AREA, BEGINS, BEGUN, BEHIND, BLOCKED, CYCLE, DOWN, ENDS, FAILURES, FIRST, FREED, GOES, INSIDE, LEFT, LIFE, LIFE_SCALE, LIFE_SHAPE,
    LOST, MAINTENANCE, MOST, NEXT, NOW, QUEUES, REPAIRING, REPAIRS, RUNNING, SETS, SETTING, SETUP, SHIFT, SINCE, SPARE, SPENT, STAFF, STARVED,
    STATUS, STOP_IN, THERE, UNTIL, USED, WAITING, WHO, WORKING, inlined, rare,
)  # fmt: skip
# isort: on
from twinkit.chain.chance import uniform


@numba.njit(nogil=True, forceinline=True, fastmath={"nnan", "nsz"})
def least(moments):
    """The least of some moments, none of which is NaN, several at a time."""
    a = b = c = d = np.inf
    k, n = 0, len(moments) - 3
    while k < n:
        a = moments[k] if moments[k] < a else a
        b = moments[k + 1] if moments[k + 1] < b else b
        c = moments[k + 2] if moments[k + 2] < c else c
        d = moments[k + 3] if moments[k + 3] < d else d
        k += 4
    while k < len(moments):
        a = moments[k] if moments[k] < a else a
        k += 1
    a, c = (b if b < a else a), (d if d < c else c)
    return c if c < a else a


@inlined
def weibull(u, scale, shape):
    """A Weibull time by inversion; the scale itself where the shape is 0."""
    if shape == 0.0:
        return scale
    if shape == 1.0:
        return -scale * np.log(u)
    return scale * (-np.log(u)) ** (1.0 / shape)


@inlined
def luck(line, x, j, what):
    """The next uniform number of a machine for one purpose."""
    k = x.machine[what, j]
    x.machine[what, j] = k + 1.0
    return uniform(line.keys[j, what - CYCLE], int(k), x.luck, 0)


@inlined
def mark(x, g):
    """A group has to be looked at."""
    x.todo[g] = 1
    x.todo[-1] = max(x.todo[-1], g)


@inlined
def mark_entries(line, x):
    """Every group in which something is begun has to be looked at."""
    for p in range(len(line.product)):
        for e in range(BEGINS, line.product.shape[1]):
            if line.product[p, e] >= 0.0:
                mark(x, int(line.product[p, e]))


@inlined
def enter(line, x, j, state, until):
    """A machine enters a state; its time in the one before is booked; who has nothing to do there leaves it."""
    m, t = x.machine, x.world[NOW]
    x.station[line.station_of[j], SPENT + int(m[STATUS, j])] += t - m[SINCE, j]
    if len(x.log) and m[STATUS, j] != state and x.logged[0] < len(x.log):
        x.log[x.logged[0], 0], x.log[x.logged[0], 1], x.log[x.logged[0], 2] = t, j, state
        x.logged[0] += 1
    if state in (STARVED, BLOCKED, WAITING, STAFF) and m[WHO, j] >= 0.0:
        leave(line, x, j)
    m[STATUS, j], m[SINCE, j], m[UNTIL, j] = state, t, until


@inlined
def tick(x, t):
    """Time goes on; the units in the line are counted."""
    w, inside = x.world, 0.0
    for p in range(len(x.product)):
        inside += x.product[p, INSIDE]
    w[AREA] += inside * (t - w[NOW])
    w[NOW] = t


@inlined
def book_work(m, j, t):
    """What a machine has worked so far."""
    worked = t - m[SINCE, j]
    m[AGE, j] += worked
    m[STOP_IN, j] -= worked
    m[LEFT, j] = max(m[LEFT, j] - worked, 0.0)


@rare
def locked(x):
    """Whether nothing will ever move again: machines wait for room, or all units that may be are in the line, and none waits for a spare or a person."""
    w, m, inside = x.world, x.machine, 0.0
    for p in range(len(x.product)):
        inside += x.product[p, INSIDE]
    locked = w[MOST] > 0.0 and inside >= w[MOST]
    for j in range(m.shape[1]):
        if m[STATUS, j] in (WAITING, STAFF):
            return False
        locked = locked or m[STATUS, j] == BLOCKED
    return locked


# Staff and spares --------------------------------------------------------------------------


@inlined
def crew(line, c):
    """Where the free people of a crew are counted."""
    return BEGUN + line.product.shape[1] - BEGINS + c


@inlined
def leave(line, x, j):
    """The person at a machine becomes free."""
    x.world[crew(line, int(x.machine[WHO, j]))] += 1.0
    x.machine[WHO, j] = -1.0
    x.world[FREED] = 1.0


@rare
def find_person(line, x, j, task):
    """Whether a machine has the person that a task needs, who comes if free."""
    m, s, needed = x.machine, line.station_of[j], False
    if m[WHO, j] >= 0.0:
        if line.skills[s, task, int(m[WHO, j])]:
            return True
        leave(line, x, j)
    for c in range(line.skills.shape[2]):
        if line.skills[s, task, c]:
            needed = True
            if x.world[crew(line, c)] >= 1.0:
                x.world[crew(line, c)] -= 1.0
                m[WHO, j] = c
                return True
    return not needed


@inlined
def manned(line, x, j, task, aim):
    """Whether a task can begin; else the machine waits for a person."""
    if line.skills.shape[2] == 0 or find_person(line, x, j, task):
        x.machine[AIM, j] = 0.0
        return True
    x.machine[AIM, j], x.machine[QUEUES, j] = aim, x.world[NOW]
    enter(line, x, j, STAFF, np.inf)
    return False


@rare
def first_manned(line, x):
    """The machine that has waited longest for a person who is there now, or -1."""
    m, best = x.machine, -1
    for j in range(m.shape[1]):
        if m[STATUS, j] == STAFF and (best < 0 or m[QUEUES, j] < m[QUEUES, best]):
            task = REPAIRING if m[AIM, j] > 0.0 else SETTING if m[SETS, j] > 0.0 else RUNNING
            for c in range(line.skills.shape[2]):
                if line.skills[line.station_of[j], task, c] and x.world[crew(line, c)] >= 1.0:
                    best = j
    return best


@rare
def next_shift(line, w):
    """When the number of people changes next."""
    changes = len(line.roster) - 1
    weeks, k = divmod(int(w[SHIFT]), changes)
    return weeks * line.roster[changes, 0] + line.roster[k, 0] - w[LOST]


@rare
def change_shift(line, w):
    """Other people come; those at work finish what they do, and are missed by then (less than nobody is free)."""
    changes, n = len(line.roster) - 1, int(w[SHIFT])
    for c in range(line.skills.shape[2]):
        before = line.roster[(n - 1) % changes, 1 + c] if n else 0.0
        w[crew(line, c)] += line.roster[n % changes, 1 + c] - before
    w[SHIFT], w[FREED] = n + 1.0, 1.0


@rare
def supply(line, x, j):
    """Whether a repair has the spare that it takes; else the machine waits for it."""
    x.station[line.station_of[j], FAILURES] += 1.0
    k = int(line.station[line.station_of[j], SPARE])
    if k >= 0:
        if x.spare[k, THERE] < 1.0:
            enter(line, x, j, WAITING, np.inf)
            return False
        take_spare(x, k)
    return True


@rare
def supplied(line, x):
    """A machine whose spare has come, or -1."""
    for j in range(x.machine.shape[1]):
        k = int(line.station[line.station_of[j], SPARE])
        if x.machine[STATUS, j] == WAITING and x.spare[k, THERE] >= 1.0:
            take_spare(x, k)
            return j
    return -1


@inlined
def take_spare(x, k):
    """A spare is taken from the stock."""
    x.spare[k, THERE] -= 1.0
    x.spare[k, USED] += 1.0


@inlined
def mend(line, x, j, state):
    """A repair (down) or a maintenance begins, if there is somebody for it."""
    if manned(line, x, j, REPAIRING, state):
        enter(line, x, j, state, x.world[NOW] + x.machine[REPAIRS, j])


@inlined
def renew(line, x, j):
    """What wears is as good as new."""
    m, s = x.machine, line.station_of[j]
    m[AGE, j], m[ENDS, j] = 0.0, np.inf
    if line.station[s, LIFE_SCALE] < np.inf:
        m[ENDS, j] = weibull(luck(line, x, j, LIFE), line.station[s, LIFE_SCALE], line.station[s, LIFE_SHAPE])


@rare
def strike(line, x, s, hours, many):
    """Something from outside breaks the first machines of a station; what is broken already takes so much longer."""
    m, t = x.machine, x.world[NOW]
    for j in range(int(line.station[s, FIRST]), min(int(line.station[s, NEXT]), int(line.station[s, FIRST]) + many)):
        state = m[STATUS, j]
        if state == WAITING or (state == STAFF and m[AIM, j] > 0.0):
            m[REPAIRS, j] += hours
        elif state in (DOWN, MAINTENANCE):
            m[UNTIL, j] += hours
        else:
            if state == WORKING:
                book_work(m, j, t)
            elif state == SETUP:
                m[SETS, j] = m[UNTIL, j] - t
            elif state == BLOCKED:
                x.buffer[int(m[GOES, j]), BEHIND] -= 1
            if line.station[s, SPARE] >= 0.0:
                m[AGE, j] = -1.0  # the spare is new
            m[REPAIRS, j] = hours
            if supply(line, x, j):
                mend(line, x, j, DOWN)
