"""Serial lines of machines that are up or down from slot to slot, with buffers of a size: exact (Li & Meerkov 2009).

One part is made in a slot.  A machine that is up is starved if its input buffer is empty at the start of the
slot, and blocked if its output buffer is full and the next machine takes nothing in the slot.  The first
machine is never starved, the last never blocked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.sparse import coo_array, csr_array, eye_array
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.sparse.linalg import spsolve

SETTLING = 200
"""Slots after which one of the likely states is known."""
MOST_STATES = 20_000
"""States of the buffers together that are solved exactly."""


@dataclass(frozen=True)
class Steady:
    """A line in the long run.

    Attributes
    ----------
    throughput
        Parts of a slot [1/slot].
    starved, blocked
        Share of slots in which a machine is up and cannot work, by machine [share].
    mean_buffer
        Parts in each buffer at the start of a slot [parts].
    """

    throughput: float
    starved: np.ndarray
    blocked: np.ndarray
    mean_buffer: np.ndarray


def _checked(up: Sequence[float], sizes: Sequence[int]) -> tuple[np.ndarray, tuple[int, ...]]:
    p, n = np.asarray(up, float), tuple(int(size) for size in sizes)
    if p.ndim != 1 or not len(p) or len(n) != len(p) - 1:
        raise ValueError(f"a line of {len(p)} machines has {max(len(p) - 1, 0)} buffers between them, not {len(n)}")
    if not ((p > 0) & (p <= 1)).all():
        raise ValueError("the share of slots in which a machine is up is above 0 and at most 1, for every machine")
    if any(size < 1 for size in n) or any(size != own for size, own in zip(sizes, n, strict=True)):
        raise ValueError("a buffer has room for a whole number of parts, at least 1")
    if np.prod([size + 1 for size in n], dtype=float) > MOST_STATES:
        raise ValueError(f"the buffers have more than {MOST_STATES:,} states together; make them smaller, or the line shorter")
    return p, n


def steady(up: Sequence[float], sizes: Sequence[int]) -> Steady:
    """The long run of a line, from its Markov chain.

    Parameters
    ----------
    up
        Share of slots in which a machine is up, by machine [share].
    sizes
        Room of the buffers between the machines [parts].

    Raises
    ------
    ValueError
        If the line cannot be, or has too many states.
    """
    p, n = _checked(up, sizes)
    count, last = len(p), len(p) - 1
    levels = np.array(list(product(*(range(size + 1) for size in n))), int).reshape(np.prod([size + 1 for size in n], dtype=int), last)
    strides = np.array([int(np.prod([size + 1 for size in n[i + 1 :]])) for i in range(last)], int)
    states, here = len(levels), np.arange(len(levels))
    starved, blocked, made = np.zeros((states, count)), np.zeros((states, count)), np.zeros(states)
    rows, columns, values = [], [], []
    for pattern in product((False, True), repeat=count):
        chance = float(np.prod(np.where(pattern, p, 1.0 - p)))
        if not chance:
            continue
        works = np.zeros((states, count), bool)
        for i in range(last, -1, -1):
            empty = levels[:, i - 1] == 0 if i else np.zeros(states, bool)
            full = (levels[:, i] == n[i]) & ~works[:, i + 1] if i < last else np.zeros(states, bool)
            works[:, i] = pattern[i] & ~empty & ~full
            if pattern[i]:
                starved[:, i] += chance * empty
                blocked[:, i] += chance * (full & ~empty)
        made += chance * works[:, last]
        after = here + (works[:, :-1].astype(int) - works[:, 1:].astype(int)) @ strides
        rows.append(after)
        columns.append(here)
        values.append(np.full(states, chance))
    moves = coo_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(states, states)).tocsr()
    there = _comes_back_to(moves)
    chain = moves[there][:, there]
    now = np.full(len(there), 1.0 / len(there))
    for _ in range(SETTLING):
        now = (now + chain @ now) / 2
    first = int(now.argmax())
    rest = np.delete(np.arange(len(there)), first)
    share, often = np.zeros(states), np.ones(len(there))  # how often it is in each state for every time that it is in a likely one
    if len(rest):
        equations = (chain - eye_array(len(there))).tocsc()[rest]
        often[rest] = spsolve(equations[:, rest], -equations[:, [first]].toarray()[:, 0])
    share[there] = often / often.sum()
    return Steady(float(made @ share), share @ starved, share @ blocked, share @ levels)


def _comes_back_to(moves: csr_array) -> np.ndarray:
    """States that a line which begins empty goes on coming back to; with machines that are always up these may be a few."""
    begun = np.sort(breadth_first_order(moves.T.tocsr(), 0, return_predecessors=False))
    chain = moves[begun][:, begun].tocoo()
    count, kind = connected_components(chain, connection="strong")
    left = np.zeros(count, bool)
    left[kind[chain.col[kind[chain.row] != kind[chain.col]]]] = True
    return begun[kind == np.flatnonzero(~left)[0]]


def gains(up: Sequence[float], sizes: Sequence[int], step: float = 1e-5) -> np.ndarray:
    """By how much the throughput grows with the share of slots in which each machine is up: ∂TH/∂p [1/slot]."""
    p, _ = _checked(up, sizes)
    found = []
    for i, own in enumerate(p):
        ends = [p.copy(), p.copy()]
        ends[0][i], ends[1][i] = max(own - step, 1e-9), min(own + step, 1.0)
        low, high = (steady(end, sizes).throughput for end in ends)
        found.append((high - low) / (ends[1][i] - ends[0][i]))
    return np.array(found)


def bottleneck(up: Sequence[float], sizes: Sequence[int]) -> int:
    """Index of the machine whose improvement raises the throughput most; the first of those that are alike."""
    rise = gains(up, sizes)
    return int(np.flatnonzero(rise > rise.max() - 1e-7)[0])
