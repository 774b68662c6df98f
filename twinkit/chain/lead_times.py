"""Lead times in whole periods as tables of chances, so that a draw is a look-up.

A lead time is a quantile of its distribution, rounded to whole periods and cut at the
cap of its lane (:data:`twinkit.chain.plan.LEAD_CAP_SPREADS`).  The chance that it is
at most k periods is the distribution function at k + 1/2.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, pdtr

from twinkit.chain.chance import FIXED, LOGNORMAL, NORMAL, POISSON, UNIFORM
from twinkit.chain.compiled import compiled
from twinkit.chain.layout import LP
from twinkit.chain.plan import Plan


def lead_tables(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Chances of every lane with a random lead time to take at most 0, 1, 2 … periods.

    Returns
    -------
    at
        First entry and number of entries of every lane, shape (lanes, 2); 0 entries
        for a fixed lead time.
    table
        The chances, one lane after the other.
    """
    n = plan.lane_n
    random = (n[LP.lead_time_kind] != FIXED) & ((n[LP.lead_time_spread] > 0) | (n[LP.lead_time_kind] == POISSON))
    length = np.where(random, n[LP.lead_cap] + 1, 0).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(length)[:-1]]) if len(length) else length
    lane = np.repeat(np.arange(len(length)), length)
    k = np.arange(len(lane)) - np.repeat(first, length)
    chance = _at_most(n[:, lane], k)
    chance[k == n[LP.lead_cap, lane]] = 1.0
    return np.column_stack([first, length]).astype(np.int64).reshape(-1, 2), chance


def _at_most(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Chance that a lead time is at most k periods once rounded."""
    mean, spread, kind = n[LP.lead_time], n[LP.lead_time_spread], n[LP.lead_time_kind]
    x = k + 0.5
    chance = np.zeros(len(k))
    normal, log, flat, count = (kind == c for c in (NORMAL, LOGNORMAL, UNIFORM, POISSON))
    chance[normal] = ndtr((x - mean)[normal] / spread[normal])
    s2 = np.log1p((spread[log] / np.maximum(mean[log], 1e-300)) ** 2)
    chance[log] = ndtr((np.log(x[log]) - np.log(np.maximum(mean[log], 1e-300)) + s2 / 2) / np.sqrt(s2))
    chance[flat] = np.clip((x - mean + spread)[flat] / (2 * spread[flat]), 0, 1)
    chance[count] = pdtr(k[count], mean[count])
    return chance


@compiled
def periods_at(table, u):
    """Periods at probability `u`: the first entry of the table that reaches it."""
    low, high = 0, len(table) - 1
    while low < high:
        middle = (low + high) // 2
        if table[middle] < u:
            low = middle + 1
        else:
            high = middle
    return low
