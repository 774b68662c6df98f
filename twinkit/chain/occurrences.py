"""When events happen: first start and length of every event in every world."""

from __future__ import annotations

import numpy as np

from twinkit.chain.chance import geometric, keys_of, uniform
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
        fixed = e.spread[i] == 0 and not e.geometric[i]
        for r in range(replications):
            u = 0.5 if fixed else uniform(keys[i, 0], 0, first + r, 0)
            length[i, r] = event_length(e.duration[i], e.spread[i], e.geometric[i], u)
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
        for r in range(replications):
            world = first + r
            if e.latest[i] > e.start[i]:
                start[i, r] += np.floor(uniform(when[i], 0, world, 0) * (e.latest[i] - e.start[i] + 1))
            if e.time_between[i] > 0:
                start[i, r] += geometric(uniform(keys[i, 1], 0, world, 0), e.time_between[i])
            if e.probability[i] < 1 and uniform(whether[i], 0, world, 0) >= e.probability[i]:
                start[i, r] = np.inf
        if e.after[i] >= 0:
            start[i] += start[e.after[i]]
    return start


def last_period(e: Effects, i: int, start: np.ndarray, length: np.ndarray) -> float:
    """Last period in which an event may act in some world; -1 if it happens in none [period]."""
    ends = (start + length)[np.isfinite(start)]
    if not len(ends):
        return -1.0
    tail = np.ceil(e.recovery_time[i]) if e.curve[i] > 0 else 0.0
    return np.inf if e.time_between[i] > 0 else float(ends.max() + tail)
