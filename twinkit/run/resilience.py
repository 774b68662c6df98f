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
        "periods", "first period from which service stays at the recovery level for good (to the end of the run, and at least for "
        "the hold), less the first below the failure level; not recovered by the end = censored, shown as > x",
    ),
    "time below": ("periods", "periods in which service is below the recovery level, relative to the same world without the event"),
    "dips": ("-", "times that service falls below the failure level; after one it counts anew only once it held the recovery level for the hold"),
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
    below
        Periods below the recovery level [periods].
    dips
        Times that service fell below the failure level, with the hold between two.
    """

    periods: np.ndarray
    failed: np.ndarray
    censored: np.ndarray
    start: np.ndarray
    below: np.ndarray
    dips: np.ndarray


def time_to_recover(
    q: np.ndarray, q0: np.ndarray, failure_level: float = 0.95, recovery_level: float = 0.95, hold: int = 7
) -> Recovery:
    """Time to recover, measured: until service is back for good.

    A dip that is over for a while does not stop the clock if another follows; how many there were and
    for how long service was low in all stands beside it.

    Parameters
    ----------
    q, q0
        Service with and without the event, shape (periods, replications) [share].
    failure_level, recovery_level
        Levels of Q / Q0 that count as failed and as recovered [share].
    hold
        Periods for which service must have stayed recovered by the end, and between two dips [periods].
    """
    ratio = relative_service(q, q0)
    periods = len(ratio)
    below, low = ratio < failure_level, ratio < recovery_level
    failed = below.any(axis=0)
    start = np.where(failed, below.argmax(axis=0), periods)
    last = np.where(low.any(axis=0), periods - 1 - low[::-1].argmax(axis=0), -1)
    back = np.maximum(last, start) + 1
    recovered = back + hold <= periods
    end = np.where(recovered, back, periods)
    return Recovery(
        np.where(failed, end - start, 0).astype(float), failed, failed & ~recovered, start,
        low.sum(axis=0).astype(float), _dips(below, low, hold),
    )  # fmt: skip


def _dips(below: np.ndarray, low: np.ndarray, hold: int) -> np.ndarray:
    """Times that `below` begins, of each world; between two, `low` is not for the hold."""
    dips, good, inside = np.zeros(below.shape[1]), np.zeros(below.shape[1]), np.zeros(below.shape[1], bool)
    for is_below, is_low in zip(below, low, strict=True):
        new = is_below & ~inside
        dips += new
        inside |= new
        good = np.where(is_low | is_below, 0, good + 1)
        inside &= good < hold
    return dips


def resilience_kpis(q: np.ndarray, q0: np.ndarray, settings: dict) -> tuple[dict[str, np.ndarray], Recovery]:
    """Resilience KPIs of every world, and the times to recover with what is censored."""
    recovery = time_to_recover(q, q0, settings["failure_level"], settings["recovery_level"], int(settings["hold"]))
    found = {
        "depth": depth(q, q0),
        "time to recover": recovery.periods,
        "time below": recovery.below,
        "dips": recovery.dips,
        "resilience loss": resilience_loss(q, q0),
        "resilience index": resilience_index(q, q0),
    }
    return found, recovery

