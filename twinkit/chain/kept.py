"""What each array of a snapshot is about: the columns it has and the table of its rows.

Branches and saved runs carry state by name: a column by the name of the column, a row
by the names that are the key of its table.  An array that a snapshot copies and that is
not listed here is lost on a branch, so a test compares these lists with
:data:`twinkit.chain.chain.PLANS`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from twinkit.chain import layout
from twinkit.chain.plan import Plan
from twinkit.columns import columns_of
from twinkit.tables.schema import TABLES
from twinkit.tables.schema_flow import Claims

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
RINGS = {"pipe": "lanes", "mail": "lanes", "work": "recipes", "past": "stocks", "fresh": "stocks"}
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
