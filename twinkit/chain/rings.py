"""Rings laid anew: what is on the way keeps its period while rings get longer or shorter.

A ring of length L holds what is due k periods from now, for k from 0 to L − 1, in slot
``first + (now + k) % L``.  "Now" is the period, or the clock of a lane whose goods may be
paused on their way.
"""

from __future__ import annotations

import numpy as np


def _slots(at: np.ndarray, rows: np.ndarray, now: np.ndarray, k: int) -> np.ndarray:
    """Slot of what is due k periods from now, shape (rows, replications)."""
    return at[rows, 0][:, None] + (now[rows] + k) % at[rows, 1][:, None]


def reach(slots: np.ndarray, at: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Length that each ring needs for what it holds, in the world where that is longest [periods].

    Parameters
    ----------
    slots
        All rings, shape (slots, replications).
    at
        First slot and length of each, shape (rows, 2).
    now
        Period or clock of each, shape (rows, replications).
    """
    worlds, found = np.arange(slots.shape[1]), np.zeros(len(at), np.int64)
    for k in range(int(at[:, 1].max(initial=0))):
        rows = np.flatnonzero(at[:, 1] > k)
        held = (slots[_slots(at, rows, now, k), worlds] != 0.0).any(axis=1)
        found[rows[held]] = k + 1
    return found


def relay(
    slots: np.ndarray, at: np.ndarray, now: np.ndarray, target: np.ndarray, target_at: np.ndarray,
    target_now: np.ndarray | None = None,
) -> None:  # fmt: skip
    """Copy what rings hold into other rings of the same rows, each thing due when it was.

    Parameters
    ----------
    slots, at, now
        As for :func:`reach`.
    target, target_at
        The other rings; each at least as long as its row's :func:`reach`.
    target_now
        Their period or clock, if it is another.
    """
    target_now = now if target_now is None else target_now
    worlds = np.arange(slots.shape[1])
    for k in range(int(at[:, 1].max(initial=0))):
        rows = np.flatnonzero((at[:, 1] > k) & (target_at[:, 1] > k))
        target[_slots(target_at, rows, target_now, k), worlds] = slots[_slots(at, rows, now, k), worlds]


def ring_sums(slots: np.ndarray, at: np.ndarray) -> np.ndarray:
    """What each ring holds in all, shape (rows, replications)."""
    total = np.zeros((len(at), slots.shape[1]))
    np.add.at(total, np.repeat(np.arange(len(at)), at[:, 1]), slots[slots_of(at)])
    return total


def slots_of(at: np.ndarray) -> np.ndarray:
    """Numbers of the slots of some rings, one ring after the other."""
    parts = [np.arange(first, first + length) for first, length in at]
    return np.concatenate([np.zeros(0, np.int64), *parts]).astype(np.int64)
