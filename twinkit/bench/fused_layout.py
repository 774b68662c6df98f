"""Where the numbers of the fused loop lie: what a row holds, and where each of its numbers begins."""

from __future__ import annotations

from collections import namedtuple

import numba
import numpy as np

STOCK = ("on_hand", "backlog", "required", "on_order", "incoming", "ordered", "received", "forecast", "short", "lost",
         "t_on_hand", "t_backlog", "t_received", "t_in_stock", "t_cycles", "t_clean",
         "t_ordered", "t_ordered_sq", "t_incoming", "t_incoming_sq")  # fmt: skip
CLAIM = ("backlog", "sent", "asked", "in_transit", "latest", "t0", "t1", "t2", "t3", "t4")
RECIPE = ("to_make", "wish", "t_started", "t_finished")
PARTS = (
    # numbers of stocks: first of each column of the state, and what the policies read
    "stock", "claim", "recipe", "pipe", "work", "past", "policy", "level", "point", "quantity", "cover", "safety",
    "rate", "past_at",
    # who supplies whom
    "down_up", "up_down", "wave_at", "sources_at", "sources_of", "fraction", "claims_at", "claims_of",
    "parts_at", "parts_of", "parts_qty", "contested", "users_at", "users_of", "users_qty", "groups", "group_at",
    # lanes, recipes, markets
    "pipe_at", "origin", "capacity", "lead", "floor", "lead_key", "lead_at", "lead_table", "lead_guide", "early",
    "work_at", "make_lead", "make_yield", "make_capacity", "made",
    "demand_key", "kind", "mean", "spread", "lost_share", "sold", "cdf_at", "cdf",
    "total_stock", "total_lane", "total_recipe", "total_market",
)  # fmt: skip
GUIDE = 64
"""Entries of the guide by which a lead time is looked up."""
Inputs = namedtuple("Inputs", PARTS)
"""State at the start (one world) and the numbers of the case."""

Places = namedtuple("Places", ["W", "SW", "KW", "MW", "S", "K", "M"])
"""Width of a tile and of the rows of stocks, claims and recipes; first of each of their columns."""


def places(width: int) -> Places:
    """Places for tiles of `width` worlds; unsigned, so that no index is tested for being negative."""
    first = [tuple(np.uint64(i * width) for i in range(len(names))) for names in (STOCK, CLAIM, RECIPE)]
    return Places(*(np.uint64(n * width) for n in (1, len(STOCK), len(CLAIM), len(RECIPE))), *first)


def part(function):
    """A part of the loop, to be written into it where it is called."""
    return numba.njit(error_model="numpy", nogil=True, inline="always", _nrt=False)(function)
