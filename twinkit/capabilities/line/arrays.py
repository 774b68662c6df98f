"""A line and its worlds as arrays: what stands where in them, and the codes of states and tasks."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numba.core import cgutils
from numba.core.extending import intrinsic

inlined = numba.njit(nogil=True, forceinline=True)
"""For steps that are written out wherever they are called: handing over their arrays took twice as long as what they do."""
rare = numba.njit(nogil=True)
"""For steps that are seldom taken."""

STARVED, WORKING, SETUP, DOWN, BLOCKED, WAITING, MAINTENANCE, STOPPED, STAFF = range(9)
STATES = ("starved", "working", "setup", "down", "blocked", "waiting", "maintenance", "stopped", "staff")
"""States of a machine, by code; "waiting" is for a spare, "staff" for a person, "stopped" a minor stop."""
TASKS = ("run", "setup", "repair")
"""What a person may be needed for, by code."""
RUNNING, SETTING, REPAIRING = range(3)

# Columns of Line.station
FIRST, NEXT, GROUP, PUTS, CYCLE_SCALE, CYCLE_SHAPE, LIFE_SCALE, LIFE_SHAPE, REPAIR_SCALE, REPAIR_SHAPE, AFTER, TAKES, SCRAP, REWORK, BACK_TO, SPARE, STOP_SCALE, STOP_MEAN, REST = range(19)
"""First machine and first of the next station; group; queue behind it; scale and shape of times with a mean of 1 (shape 0 = fixed),
of working hours to a failure (scale inf = never), of repairs; working hours after which it is maintained (inf = never), and hours that
takes; shares of bad parts and of those sent back, and queue they go to; spare or -1; mean working hours between minor stops (inf = none)
and mean hours of one; hours that a part rests after it."""
STARTS, STOPS, ENTRY, SIDES, SIDES_END = range(5)
"""Of Line.group: first machine and first of the next group; way into the line that it is the begin of (-1 = none); first of its further
queues, and the one after the last."""
ENDLESS = 2**40
"""Room where there is no limit."""
ROOM, BATCH, SERVES = range(3)
"""Of Line.queue: places; parts that are handed on at a time; group that takes from it."""
MEAN, GOES_TO, PASSES = range(3)
"""Of Line.route: time of a part, queue it goes to after it, whether it passes the station."""
LOT, BEGINS = range(2)
"""Of Line.product: parts before another product is begun; from BEGINS on the group in which each entry begins it (-1 = it does not)."""

# Rows of State.machine
STATUS, UNTIL, SINCE, PRODUCT, ENTERED, LEFT, SETS, AGE, ENDS, FITTED, GOES, REPAIRS, FAILS, QUEUES, AIM, WHO, STOP_IN, CYCLE, LIFE, REPAIR, QUALITY, STOP = range(22)
"""State, its end and its begin; product on it (-1 = none), moment of that part's release, work and set-up left of it; working
hours of what wears (-1 = broken) and at which it fails (NaN = not known yet); product it is set up for (-1 = any); queue that
a part goes to that is done (-1 = it is not done); hours of a repair that waits; whether its work ends in a failure (1) or a minor stop
(2); since when it is blocked or waits for a person; state that it waits for a person to begin (0 = work); crew of the person at it (-1 =
nobody); working hours to the next minor stop (NaN = not known yet); draws made of times, lives, repairs, goodness, and minor stops."""
NOW, AREA, LEAD, OUT, STUCK, LAST, LOST, HIT, MOST, FREED, SHIFT, TOTAL, BEGUN = range(13)
"""Of State.world: now; time × units in the line; time in the line of those that came out, how many these are; moment of a
deadlock (NaN = none); product released last (-1 = none); open hours that the site was out; next event from outside; most units
in the line (0 = any number); whether a person has become free; changes of staff so far; units begun; from BEGUN on pieces that each
entry has begun, and then the free people of each crew."""
ALLOWED, INSIDE, MADE, SCRAPPED, RUN = range(5)
"""Of State.product: units that may yet be released; in the line; made; scrapped; left of its lot."""
HEAD, QUEUED, OPEN, BEHIND = range(4)
"""Of State.buffer: first of its ring, parts in it, how many of them are handed on; machines that wait for room in it."""
WORKED, BAD, BACK, FAILURES, SPENT = range(5)
"""Of State.station: parts worked on, bad, sent back; failures; from SPENT on machine-hours by state."""
THERE, USED = range(2)
"""Of State.spare."""
NOTHING, WORK, DELIVER, BREAK, MEND = range(5)
"""What a machine does next."""


class Line(NamedTuple):
    """A line: S stations in order, G groups (and the way out), Q queues (these two in whole numbers), M machines, P products, E entries, C crews.  Times in open hours."""

    station: np.ndarray  # (S, 19)
    group: np.ndarray  # (G + 1, 5)
    queue: np.ndarray  # (Q, 3) of each group, of the way out, of branches
    route: np.ndarray  # (P, S, 3)
    setup: np.ndarray  # (S, P, P) hours from product to product
    product: np.ndarray  # (P, 1 + E)
    fits: np.ndarray  # (P, Q - G - 1) whether a product needs a part of a branch
    joined: np.ndarray  # (S, E) whether a part at a station has the piece of an entry in it
    skills: np.ndarray  # (S, 3, C) whether a crew can do a task
    roster: np.ndarray  # (changes + 1, 1 + C) open hours of a week, people from then on; the last is the length of the week
    station_of: np.ndarray  # (M,)
    keys: np.ndarray  # (M, 5) of times, lives, repairs, goodness, minor stops
    hits: np.ndarray  # (events, 4) moment, station, hours of repair, machines; in time


class State(NamedTuple):
    """Where a line stands in W worlds; all numbers, whole ones in buffers, the worlds first."""

    world: np.ndarray  # (W, 12 + E + C)
    machine: np.ndarray  # (W, 22, M)
    queue: np.ndarray  # (W, Q, places, 3) product, moment of release, and moment from which on it may be taken
    buffer: np.ndarray  # (W, Q, 4)
    station: np.ndarray  # (W, S, 4 + 9)
    product: np.ndarray  # (W, P, 5)
    spare: np.ndarray  # (W, K, 2)
    units: np.ndarray  # (W, ring, 2) product and moment of release of the units begun last


class World(NamedTuple):
    """One world of a state; groups to be looked at, and the last of them; its log; its number."""

    world: np.ndarray
    machine: np.ndarray
    queue: np.ndarray
    buffer: np.ndarray
    station: np.ndarray
    product: np.ndarray
    spare: np.ndarray
    units: np.ndarray
    todo: np.ndarray
    log: np.ndarray
    logged: np.ndarray
    luck: int


@intrinsic
def bare(typing, array):
    """An array whose references are not counted: its owner keeps it while the steps run."""

    def code(context, builder, signature, args):
        own = context.make_array(signature.args[0])(context, builder, value=args[0])
        own.meminfo = cgutils.get_null_value(own.meminfo.type)
        own.parent = cgutils.get_null_value(own.parent.type)
        return own._getvalue()

    return array(array), code
