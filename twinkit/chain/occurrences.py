"""When events happen: first start and length of every event in every world."""

from __future__ import annotations

import math

import numpy as np

from twinkit.chain.chance import geometric, keys_of, uniform
from twinkit.chain.compiled import compiled
from twinkit.chain.effects import Effects
from twinkit.chain.layout import EV
from twinkit.chain.plan import Plan
from twinkit.chain.trouble import event_length


def occurrences(plan: Plan, seed: int, replications: int, first: int) -> dict[str, np.ndarray]:
    """Numbers, keys, and the start and length of the first occurrence of the events in every world."""
    e, n = plan.effects, len(plan.effects.names)
    numbers = np.zeros((len(EV), n))
    for name, values in (
        ("effect", e.code), ("severity", e.severity), ("curve", e.curve), ("recovery_time", e.recovery_time),
        ("duration", e.duration), ("spread", e.spread), ("geometric", e.geometric), ("time_between", e.time_between),
    ):  # fmt: skip
        numbers[getattr(EV, name)] = values
    keys = np.column_stack([keys_of(seed, stream, e.names) for stream in ("event", "time between")])
    start, length = _starts(e, keys, seed, replications, first), np.empty((n, replications))
    for i in range(n):
        _draw_lengths(length[i], keys[i, 0], first, float(e.duration[i]), float(e.spread[i]), float(e.geometric[i]))
    for i in range(n):
        numbers[EV.first, i] = start[i].min()
        numbers[EV.last, i] = last_period(e, i, start[i], length[i])
    return {
        "event_n": numbers, "event_start": start, "event_length": length, "event_key": keys,
        "event_count": np.zeros((n, replications), np.int64),
    }  # fmt: skip


def _starts(e: Effects, keys: np.ndarray, seed: int, replications: int, first: int) -> np.ndarray:
    """First period of every event in every world, shape (events, replications); inf where it does not happen."""
    when, whether = (keys_of(seed, stream, e.names) for stream in ("event start", "event happens"))
    start = np.repeat(e.start[:, None], replications, axis=1)
    for i in range(len(e.names)):
        _draw_starts(
            start[i], when[i], keys[i, 1], whether[i], first, float(e.latest[i]), float(e.time_between[i]),
            float(e.probability[i]),
        )  # fmt: skip
        if e.after[i] >= 0:
            start[i] += start[e.after[i]]
    return start


@compiled
def _draw_lengths(length, key, first, mean, spread, is_geometric):
    """Length of one event in every world."""
    fixed = spread == 0.0 and is_geometric == 0.0
    for r in range(length.shape[0]):
        u = 0.5 if fixed else uniform(key, 0, first + r, 0)
        length[r] = event_length(mean, spread, is_geometric, u)


@compiled
def _draw_starts(start, when, between, whether, first, latest, time_between, probability):
    """First period of one event in every world, from the first period in which it may begin; inf where it never does."""
    for r in range(start.shape[0]):
        world, earliest = first + r, start[r]
        if latest > earliest:
            start[r] += math.floor(uniform(when, 0, world, 0) * (latest - earliest + 1.0))
        if time_between > 0.0:
            start[r] += geometric(uniform(between, 0, world, 0), time_between)
        if probability < 1.0 and uniform(whether, 0, world, 0) >= probability:
            start[r] = np.inf


def last_period(e: Effects, i: int, start: np.ndarray, length: np.ndarray) -> float:
    """Last period in which an event may act in some world; -1 if it happens in none [period]."""
    ends = (start + length)[np.isfinite(start)]
    if not len(ends):
        return -1.0
    tail = np.ceil(e.recovery_time[i]) if e.curve[i] > 0 else 0.0
    return np.inf if e.time_between[i] > 0 else float(ends.max() + tail)
