"""What a snapshot keeps of a chain, what each of its arrays is about, and rings that are laid anew.

Branches and saved runs carry state by name: a column by the name of the column, a row
by the names that are the key of its table.  An array that a snapshot copies and that is
not listed here is lost on a branch, so a test compares these lists with :data:`PLANS`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from twinkit.chain import layout
from twinkit.chain.plan import Plan
from twinkit.columns import columns_of
from twinkit.tables.schema import TABLES
from twinkit.tables.schema_flow import Claims

PLANS = ("size", "site", "stock", "lane", "recipe", "claim", "market", "stock_n", "lane_n", "recipe_n", "market_n",
         "pipe", "clock", "latest", "mail", "work", "past", "fresh", "back", "queue", "oldest", "echelon", "before", "total_stock",
         "total_lane", "total_recipe", "total_market", "event_start", "event_length", "event_count",
         "pipe_at", "mail_at", "work_at", "past_at", "fresh_at", "back_at", "queue_at")  # fmt: skip
"""Arrays that a snapshot copies: all that changes while a chain runs, and how its rings lie; histories up to
its period besides."""
HISTORIES = ("record", "record_mean")


# Rings laid anew: what is on the way keeps its period while rings get longer or shorter.
#
# A ring of length L holds what is due k periods from now, for k from 0 to L − 1, in slot
# ``first + (now + k) % L``.  "Now" is the period, or the clock of a lane whose goods may be
# paused on their way.


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


Key = tuple[str, ...]
"""The names that tell a row from all others of its table."""


class Block(NamedTuple):
    """An array of shape (columns, rows) or (columns, rows, replications)."""

    fields: Any
    table: str


STATE = {
    "site": Block(layout.SI, "sites"),
    "stock": Block(layout.ST, "stocks"),
    "lane": Block(layout.LN, "lanes"),
    "recipe": Block(layout.RC, "recipes"),
    "claim": Block(layout.CL, "claims"),
    "market": Block(layout.MK, "markets"),
}
NUMBERS = {
    "stock_n": Block(layout.SP, "stocks"),
    "lane_n": Block(layout.LP, "lanes"),
    "recipe_n": Block(layout.RP, "recipes"),
    "market_n": Block(layout.MP, "markets"),
}
TOTALS = {
    "total_stock": Block(layout.TOTALS_STOCK, "stocks"),
    "total_lane": Block(layout.TOTALS_LANE, "lanes"),
    "total_recipe": Block(layout.TOTALS_RECIPE, "recipes"),
    "total_market": Block(layout.TOTALS_MARKET, "markets"),
}
BLOCKS = {**STATE, **NUMBERS, **TOTALS}
BY_ROW = {"clock": "lanes", "latest": "lanes", "oldest": "stocks", "echelon": "stocks", "before": "stocks"}
"""Arrays of shape (rows, replications), and their table."""
RINGS = {"pipe": "lanes", "mail": "lanes", "work": "recipes", "past": "stocks", "fresh": "stocks", "back": "markets"}
"""Rings, and the table of their rows; ``<ring>_at`` has their places."""
EVENTS = ("event_start", "event_length", "event_count")
"""Arrays of shape (events, replications)."""
OTHERS = ("size", "queue", "queue_at", *(f"{ring}_at" for ring in RINGS))
ROW_TABLES = ("sites", "stocks", "lanes", "recipes", "markets")


def row_keys(plan: Plan, table: str) -> list[Key]:
    """Key of every row of a table, in the order of the running chain; claims are lanes and then markets."""
    if table == "claims":
        return row_keys(plan, "lanes") + row_keys(plan, "markets")
    rows = getattr(plan.net, table)
    return list(zip(*(rows[c].tolist() for c in TABLES[table].key), strict=True))


def said(table: str, key: Key) -> str:
    """A key as a person reads it: ``Mill > Shop | Flour | road``."""
    if table == "lanes":
        return f"{key[0]} > {key[1]} | {' | '.join(key[2:])}"
    return " | ".join(part for part in key if part)


class Match(NamedTuple):
    """Rows that two plans share: their numbers in the new plan, and in the old one."""

    new: np.ndarray
    old: np.ndarray


def matched(old: list[Key], new: list[Key]) -> Match:
    """The rows that two lists of keys share."""
    if old == new:
        return Match(np.arange(len(new)), np.arange(len(new)))
    place = {key: row for row, key in enumerate(old)}
    pairs = [(row, place[key]) for row, key in enumerate(new) if key in place]
    return Match(*np.array(pairs, np.int64).reshape(-1, 2).T)


def start_of(field: str, column: str) -> float:
    """Value of a state column of a row that is new."""
    table = STATE[field].table
    owner = Claims if table == "claims" else TABLES[table]
    declared = columns_of(owner).get(column)
    return float(declared.start) if declared is not None and declared.state else 0.0
