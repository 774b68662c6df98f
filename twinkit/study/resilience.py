"""Resilience of a service curve against the same world without the event.

All functions take the service level Q of the run and Q0 of its paired run, shape
(periods, replications).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FORMULAS: dict[str, tuple[str, str]] = {
    "service level": ("share", "units served in t, of those demanded in t / units demanded in t"),
    "depth": ("share", "least service level / that of the same world without the event"),
    "time to recover": (
        "periods", "first period from which service stays at the recovery level for the hold, less the first below the "
        "failure level; not recovered by the end = censored, shown as > x",
    ),
    "resilience loss": ("share·periods", "sum of the service lost against the same world without the event"),
    "resilience index": ("share", "1 - resilience loss / sum of the service without the event"),
}  # fmt: skip
"""Unit and definition of every resilience KPI."""


def service_level(served: np.ndarray, demand: np.ndarray) -> np.ndarray:
    """Service level Q(t) [share]: served / demand; 1 where nothing was demanded."""
    return np.divide(served, demand, out=np.ones_like(demand), where=demand > 0)


def relative_service(q: np.ndarray, q0: np.ndarray) -> np.ndarray:
    """Q / Q0 [share]; 1 where the paired run served nothing either."""
    return np.divide(q, q0, out=np.ones_like(q), where=q0 > 0)


def depth(q: np.ndarray, q0: np.ndarray) -> np.ndarray:
    """Least Q / Q0 of each world [share]."""
    return relative_service(q, q0).min(axis=0)


def resilience_loss(q: np.ndarray, q0: np.ndarray) -> np.ndarray:
    """Σ (Q0 - Q) of each world [share·periods], the area between the curves."""
    return (q0 - q).sum(axis=0)


def resilience_index(q: np.ndarray, q0: np.ndarray) -> np.ndarray:
    """1 - loss / Σ Q0 of each world [share]."""
    total = q0.sum(axis=0)
    return 1.0 - np.divide(resilience_loss(q, q0), total, out=np.zeros_like(total), where=total > 0)


@dataclass
class Recovery:
    """Times to recover of every world.

    Attributes
    ----------
    periods
        Time to recover [periods]; 0 where service never failed; where `censored`,
        the time from failure to the end of the run, which it exceeds.
    failed, censored
        Whether service fell below the failure level; whether it had not recovered
        by the end.
    start
        First period below the failure level; the length of the run if none.
    """

    periods: np.ndarray
    failed: np.ndarray
    censored: np.ndarray
    start: np.ndarray


def time_to_recover(
    q: np.ndarray, q0: np.ndarray, failure_level: float = 0.95, recovery_level: float = 0.95, hold: int = 7
) -> Recovery:
    """Time to recover, measured.

    Parameters
    ----------
    q, q0
        Service with and without the event, shape (periods, replications) [share].
    failure_level, recovery_level
        Levels of Q / Q0 that count as failed and as recovered [share].
    hold
        Periods for which service must stay recovered [periods].
    """
    ratio = relative_service(q, q0)
    periods = len(ratio)
    below = ratio < failure_level
    failed = below.any(axis=0)
    start = np.where(failed, below.argmax(axis=0), periods)
    good = ratio >= recovery_level
    run = np.zeros(ratio.shape[1])
    since = np.full(ratio.shape, False)
    for t in range(periods - 1, -1, -1):
        run = np.where(good[t], run + 1, 0)
        since[t] = run >= hold
    after = since & (np.arange(periods)[:, None] > start)
    recovered = after.any(axis=0)
    end = np.where(recovered, after.argmax(axis=0), periods)
    return Recovery(np.where(failed, end - start, 0).astype(float), failed, failed & ~recovered, start)


def resilience_kpis(q: np.ndarray, q0: np.ndarray, settings: dict) -> tuple[dict[str, np.ndarray], Recovery]:
    """Resilience KPIs of every world, and the times to recover with what is censored."""
    recovery = time_to_recover(q, q0, settings["failure_level"], settings["recovery_level"], int(settings["hold"]))
    found = {
        "depth": depth(q, q0),
        "time to recover": recovery.periods,
        "resilience loss": resilience_loss(q, q0),
        "resilience index": resilience_index(q, q0),
    }
    return found, recovery
