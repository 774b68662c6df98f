"""What a run keeps of its history: nothing that was not asked for.

A :class:`Series` sums rows of one column into named lines, with weights, so stock
by tier or money in stock takes one line for each tier and not one for each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from twinkit.chain import layout
from twinkit.chain.plan import Plan

LAYOUTS = {
    "sites": (0, layout.SI),
    "stocks": (1, layout.ST),
    "lanes": (2, layout.LN),
    "recipes": (3, layout.RC),
    "claims": (4, layout.CL),
    "markets": (5, layout.MK),
}


@dataclass
class Series:
    """A history to be kept: lines of sums of rows of a column.

    Attributes
    ----------
    name
        Name under which the run keeps it.
    block, column
        Block and column that are read.
    rows, line, weight
        For each part: the row, the line that it is added to, and its weight.
    labels
        Names of the lines.
    mean
        Whether only the mean over the worlds is kept.
    """

    name: str
    block: int
    column: int
    rows: np.ndarray
    line: np.ndarray
    weight: np.ndarray
    labels: list[str]
    mean: bool = False


def series(
    name: str,
    table: str,
    column: str,
    rows: Iterable[int],
    labels: Sequence[str],
    line: np.ndarray | None = None,
    weight: np.ndarray | None = None,
    mean: bool = False,
) -> Series:
    """A history of a column.

    Parameters
    ----------
    name
        Name under which the run keeps it.
    table, column
        What is read; table "claims" has the lanes first and the markets after them.
    rows
        Rows that are read.
    labels
        Names of the lines.
    line
        Line of each row; by default each row has a line of its own.
    weight
        Weight of each row; by default 1.
    mean
        Whether only the mean over the worlds is kept.

    Raises
    ------
    KeyError
        If there is no such table or column.
    """
    block, fields = LAYOUTS[table]
    if column not in fields._fields:
        raise KeyError(f"{table} keep no column {column!r}; they keep {', '.join(fields._fields)}")
    rows = np.asarray(list(rows), np.int64)
    return Series(
        name, block, getattr(fields, column), rows,
        np.arange(len(rows)) if line is None else np.asarray(line, np.int64),
        np.ones(len(rows)) if weight is None else np.asarray(weight, float), list(labels), mean,
    )  # fmt: skip


def row_names(plan: Plan, table: str) -> list[str]:
    """Readable name of every row of a table."""
    if table not in plan.notes.setdefault("names", {}):
        plan.notes["names"][table] = _row_names(plan, table)
    return list(plan.notes["names"][table])


def _row_names(plan: Plan, table: str) -> list[str]:
    net = plan.net
    if table == "sites":
        return net.sites["site"].tolist()
    if table == "markets":
        return plan.market_names
    if table == "lanes":
        lanes = net.lanes
        parts = zip(*(lanes[c].tolist() for c in ("origin", "destination", "product", "mode")), strict=True)
        return [f"{a} > {b} | {c} | {d}" for a, b, c, d in parts]
    if table == "claims":
        return row_names(plan, "lanes") + row_names(plan, "markets")
    rows, columns = {"stocks": (net.stocks, ("site", "product")), "recipes": (net.recipes, ("site", "product", "recipe"))}[table]
    return [" | ".join(v for v in row if v) for row in zip(*(rows[c].tolist() for c in columns), strict=True)]


def whole_history(plan: Plan, table: str, column: str) -> Series:
    """The full history of a column, one line for each row; named ``table.column``."""
    names = row_names(plan, table)
    return series(f"{table}.{column}", table, column, range(len(names)), names)


def market_history(plan: Plan, name: str, column: str) -> Series:
    """History of a claim's column for the markets, one line for each market row."""
    n = len(plan.net.lanes)
    rows = np.arange(n, n + len(plan.net.markets))
    return series(name, "claims", column, rows, plan.market_names)
