"""The arrays of a saved run as a snapshot: columns by name, rows in the order of this version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from twinkit.chain.archive import AGAIN, Archive, refuse
from twinkit.chain.kept import BLOCKS, BY_ROW, EVENTS, NUMBERS, RINGS, STATE, row_keys, start_of
from twinkit.chain.layout import SZ
from twinkit.chain.plan import Plan
from twinkit.chain.records import Series
from twinkit.chain.rings import slots_of
from twinkit.chain.saving import HISTORIES
from twinkit.chain.world import _ring, _sizes
from twinkit.columns import table_columns
from twinkit.tables import CaseError
from twinkit.tables.schema import TABLES


def read_arrays(archive: Archive, found: dict[str, Any], plan: Plan, wanted: Sequence[Series]) -> dict[str, Any]:
    """A snapshot for :func:`twinkit.chain.branch.transplant`, made of a file.

    Parameters
    ----------
    archive, found
        The file and its manifest.
    plan
        Plan of the case in the file.
    wanted
        What the run recorded.

    Raises
    ------
    CaseError
        With everything that is wrong with the arrays.
    """
    reader = _Reader(archive, found, plan)
    reader.blocks()
    reader.rings()
    reader.queue()
    reader.events()
    lines = [sum(len(s.labels) for s in wanted if s.mean == mean) for mean in (False, True)]
    n, t = found["replications"], found["period"]
    reader.take(HISTORIES[0], (lines[0], t, n))
    reader.take(HISTORIES[1], (lines[1], t))
    more = reader.others()
    if reader.problems:
        raise CaseError(reader.problems)
    size = _sizes(plan, n, found["first"])
    size[SZ.disturbed] = found["disturbed"]
    reader.arrays["size"] = size
    return {
        "period": t, "arrays": reader.arrays, "series": list(wanted), "holds": [], "paused": found["paused"],
        "seed": found["seed"], "replications": n, "first": found["first"], "steps": found["steps"], **more,
    }  # fmt: skip


def order_of(found: dict[str, Any], plan: Plan, table: str) -> np.ndarray:
    """Row in the file of every row of the plan."""
    if table == "claims":
        lanes = order_of(found, plan, "lanes")
        return np.concatenate([lanes, len(lanes) + order_of(found, plan, "markets")])
    place = {tuple(key): row for row, key in enumerate(found["rows"][table])}
    return np.array([place[key] for key in row_keys(plan, table)], np.int64)


class _Reader:
    """Reads arrays one by one and collects what is wrong with them."""

    def __init__(self, archive: Archive, found: dict[str, Any], plan: Plan) -> None:
        self.archive, self.found, self.plan = archive, found, plan
        self.n, self.period = found["replications"], found["period"]
        self.order = {t: order_of(found, plan, t) for t in (*found["rows"], "claims") if t in (*TABLES, "claims")}
        self.arrays: dict[str, np.ndarray] = {}
        self.problems: list = []

    def take(self, name: str, shape: tuple[int, ...], kind: str = "f", empty: str = "none", folder: str = "arrays"):
        """Read an array; None and a problem if that does not go."""
        try:
            values = self.archive.array(f"{folder}/{name}", shape, kind, empty)
        except CaseError as error:
            self.problems += error.problems
            return None
        if folder == "arrays":
            self.arrays[name] = values
        return values

    def check(self, name: str, good: np.ndarray, says: str) -> bool:
        """Note a problem with an array unless everything is good."""
        if not np.all(good):
            self.problems += refuse(str(self.archive.path), f"{name}.npy", says, AGAIN).problems
        return bool(np.all(good))

    def blocks(self) -> None:
        """Blocks of columns, and arrays of one value for each row and world."""
        for name, block in BLOCKS.items():
            columns, order = self.found["columns"].get(name, []), self.order[block.table]
            worlds = () if name in NUMBERS else (self.n,)
            read = self.take(name, (len(columns), len(order), *worlds), empty="infinite" if name in NUMBERS else "none")
            if read is not None:
                full = self._usual(name, worlds)
                for i, column in enumerate(columns):
                    if _may_change(name, column):
                        full[getattr(block.fields, column)] = read[i][order]
                self.arrays[name] = full
        for name, table in BY_ROW.items():
            whole = name in ("clock", "latest", "oldest")
            read = self.take(name, (len(self.order[table]), self.n), "i" if whole else "f")
            if read is not None:
                self.arrays[name] = read[self.order[table]]
                if name in ("clock", "oldest"):
                    self.check(name, (read >= 0) & (read <= self.period), "holds a period that the run has not reached")

    def _usual(self, name: str, worlds: tuple[int, ...]) -> np.ndarray:
        """What columns hold that the file does not have: as at the start of a run, or as the case says."""
        if name in NUMBERS:
            return getattr(self.plan, name).copy()
        fields, table = BLOCKS[name]
        full = np.zeros((len(fields._fields), len(self.order[table]), *worlds))
        if name in STATE:
            for i, column in enumerate(fields._fields):
                full[i] = start_of(name, column)
        return full

    def rings(self) -> None:
        """Rings in the order of the rows; where each lies follows from the lengths alone."""
        for name, table in RINGS.items():
            order = self.order[table]
            at = self.take(f"{name}_at", (len(order), 2), "i")
            if at is None:
                continue
            least = 0 if name in ("past", "fresh") else 1
            if not self.check(f"{name}_at", (at[:, 1] >= least) & (at[:, 1] < 2**31), "holds a length that no ring has"):
                continue
            at = _ring(at[:, 1])
            slots = self.take(name, (int(at[:, 1].sum()), self.n))
            if slots is not None:
                self.arrays[name], self.arrays[f"{name}_at"] = slots[slots_of(at[order])], _ring(at[order, 1])
        if {"latest", "clock", "pipe_at"} <= set(self.arrays):
            now = self.arrays["clock"] if self.found["paused"] else self.period
            ahead = self.arrays["latest"] - now
            self.check("latest", ahead < self.arrays["pipe_at"][:, 1:], "holds a period beyond what is on the way")

    def events(self) -> None:
        """When events begin, how long they last, and how often they have happened."""
        order = [self.found["events"].index(name) for name in self.plan.effects.names]
        for name in EVENTS:
            kind, empty = ("i", "none") if name == "event_count" else ("f", "infinite")  # inf: it does not happen
            read = self.take(name, (len(order), self.n), kind, empty)
            if read is not None and self.check(name, read >= 0, "holds a number below 0"):
                self.arrays[name] = read[order]

    def queue(self) -> None:
        """Open orders by period."""
        order = self.order["claims"]
        at = self.take("queue_at", (len(order),), "i")
        if at is None:
            return
        rows = np.sort(at[at >= 0])
        if self.check("queue_at", np.array_equal(rows, np.arange(len(rows))), "does not number the rows of the queue"):
            self.take("queue", (len(rows), max(self.period, 1) if len(rows) else 0, self.n))
            self.arrays["queue_at"] = at[order]

    def others(self) -> dict[str, Any]:
        """Columns of the user's own, and the goods at the start."""
        stocks, recipes = self.order["stocks"], self.order["recipes"]
        own = {name: self.take(name, (len(stocks), self.n), empty="all", folder="own") for name in self.found["own"]}
        goods = self.take("goods", (len(self.found["goods"]), self.n), folder="start")
        work = self.take("work", (len(recipes), self.n), folder="start")
        if self.problems:
            return {}
        return {
            "own": {name: values[stocks] for name, values in own.items()},
            "start": (pd.DataFrame(goods, index=self.found["goods"]), work[recipes]),
        }


def _may_change(name: str, column: str) -> bool:
    """Whether a rule may change a column while a chain runs: state and totals, and numbers of the table that are no words."""
    if name not in NUMBERS:
        return True
    declared = table_columns(TABLES[NUMBERS[name].table]).get(column)
    return declared is not None and declared.numeric
