"""What readings change in the arrays of a chain: stock on hand, goods on lanes, room for demand that was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from twinkit.chain.chain import Chain
from twinkit.chain.kept import relay, ring_sums
from twinkit.chain.layout import CL, LN, LP, ST, WorldRef

DELAY = 60
"""Periods that a shipment may be expected after what the lane can take by the tables; one that is later is looked at as if it came then, until it is nearer."""


def with_room(chain: Chain) -> Chain:
    """Room for demand that was read, as a rule of a market would tell it (the compiled day takes it where it is not negative), and for shipments that are long overdue."""
    w = chain.world
    lengths = w.pipe_at[:, 1] + DELAY
    pipe_at = np.column_stack([np.cumsum(lengths) - lengths, lengths]).astype(np.int64)
    pipe = np.zeros((int(lengths.sum()), chain.replications))
    relay(w.pipe, w.pipe_at, np.zeros((len(lengths), chain.replications), np.int64), pipe, pipe_at)
    chain.world = w._replace(ask=np.full((w.market.shape[1], chain.replications), -1.0), pipe=pipe, pipe_at=pipe_at)
    chain._ref = WorldRef(*chain.world)
    return chain


def set_stock(chain: Chain, stock: int, units: np.ndarray) -> None:
    """Another number of units on hand in every world; what has a shelf life is younger or older in proportion."""
    w = chain.world
    if np.array_equal(w.stock[ST.on_hand, stock], units):
        return
    first, length = w.fresh_at[stock]
    if length > 0:
        there = w.fresh[first : first + length]
        total = there.sum(axis=0)
        np.multiply(there, np.divide(units, total, out=np.zeros_like(units), where=total > 0), out=there)
        new = np.where(total > 0, 0.0, units)
        w.fresh[first + (chain.period + length - 1) % length] += new
    w.stock[ST.on_hand, stock] = units


def ring(chain: Chain, lane: int, t: int) -> tuple[np.ndarray, np.ndarray]:
    """Slots of what is on a lane, shape (length, worlds), and the position of period t among them in every world."""
    w = chain.world
    first, length = (int(v) for v in w.pipe_at[lane])
    clock = w.clock[lane] if w.pause.shape[0] else np.full(chain.replications, t, np.int64)
    return w.pipe[first : first + length], clock.copy()


def lay_ring(chain: Chain, lane: int, due: dict[int, float], t: int, before: tuple[np.ndarray, np.ndarray], loose: Sequence[tuple[np.ndarray, float | np.ndarray]] = ()) -> np.ndarray:
    """Put units on a lane by the period in which they are due, beside what was on it before anything was read of it; gives those that come in next.

    What leaves from now on is held up by these, where goods may not overtake each other, and by none that only the model had sent.
    """
    w, (slots, clock) = chain.world, ring(chain, lane, t)
    length, worlds = len(slots), np.arange(chain.replications)
    held = slots.sum(axis=0)
    slots[:] = 0.0
    (old, then), last = before, np.zeros_like(clock)
    for k in np.flatnonzero(old.any(axis=1)):  # what has not come in of it
        there = (k >= clock - then) & (old[k] > 0)
        slots[(then + k) % length, worlds] += np.where(there, old[k], 0.0)
        last = np.maximum(last, np.where(there, then + k, 0))
    calendar = w.calendar_clock[:, w.lane_calendar[lane]]
    for when, units in due.items():
        at = min(when, len(calendar) - 1)
        ahead = min(max(round(float(calendar[at] - calendar[min(t, len(calendar) - 1)])), 0), length - 1)
        slots[(clock + ahead) % length, worlds] += units
        last = np.maximum(last, clock + ahead)
    for whens, units in loose:  # by world
        at = np.minimum(whens, len(calendar) - 1)
        steps = np.clip(np.round(calendar[at] - calendar[min(t, len(calendar) - 1)]).astype(np.int64), 0, length - 1)
        slots[(clock + steps) % length, worlds] += units
        last = np.maximum(last, np.where(np.asarray(units) > 0, clock + steps, 0))
    w.latest[lane] = last
    change = slots.sum(axis=0) - held
    w.lane[LN.in_transit, lane] = np.maximum(w.lane[LN.in_transit, lane] + change, 0.0)
    w.lane[LN.lane_on_order, lane] = np.maximum(w.lane[LN.lane_on_order, lane] + change, 0.0)
    to = chain.plan.net.lane_destination[lane]
    w.stock[ST.on_order, to] = np.maximum(w.stock[ST.on_order, to] + change, 0.0)
    return slots[clock % length, worlds] + w.lane[LN.at_door, lane]


def arrivals(chain: Chain, lane: int, due: int, now: int, seed: Sequence[int], first_in_line: bool = True) -> np.ndarray:
    """When a shipment that is expected in a period may come in, in every world; as expected on a lane whose lead time is fixed.

    Around what is expected as the lead time of the table is around its mean, given that it has not come in until now: of goods that
    may not overtake each other that says something of the first alone, as the others wait behind it.
    """
    first, length = chain.world.lead_at[lane]
    if length == 0 or chain.world.lane_n[LP.lead_time_kind, lane] == 0:
        return np.full(chain.replications, max(due, now + 1), np.int64)
    chance = chain.world.lead_table[first : first + length]
    mean = float((1.0 - chance).sum())
    past = now - due + mean  # lead times up to this are over
    gone = float(chance[min(int(past), length - 1)]) if past >= 0 and first_in_line else 0.0
    u = np.random.default_rng([chain.first, *seed]).random(chain.replications)
    taken = np.searchsorted(chance, gone + u * (1.0 - gone), side="left")
    return np.maximum(np.round(due + taken - mean).astype(np.int64), now + 1)


def as_on_the_way(chain: Chain, lanes: Iterable[int]) -> None:
    """On a chain that goes on without readings: what is on order of lanes is what is on the way, owed or in the mail, so that nothing is waited for that nobody sends.

    Parameters
    ----------
    chain
        A fork of a twin's chain.
    lanes
        Those whose shipments were read.
    """
    w, rows = chain.world, np.fromiter(lanes, int)
    true = w.lane[LN.in_transit, rows] + w.lane[LN.at_door, rows] + w.lane[LN.held, rows] + w.lane[LN.unread, rows] + w.claim[CL.backlog, rows]
    true += ring_sums(w.mail, w.mail_at)[rows]
    np.add.at(w.stock[ST.on_order], chain.plan.net.lane_destination[rows], true - w.lane[LN.lane_on_order, rows])
    w.lane[LN.lane_on_order, rows] = true
    np.maximum(w.stock[ST.on_order], 0.0, out=w.stock[ST.on_order])
