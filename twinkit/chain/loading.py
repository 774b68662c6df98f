"""Open a saved run: check all of it, make the chain of its case, put its state there by name.

Nothing in a file is run or imported: actor classes, policies and steps of one's own are
passed by whoever opens it.  Numbers that the compiled steps use as places in arrays are
never taken from a file as they are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twinkit.chain.branch import transplant
from twinkit.chain.chain import Chain
from twinkit.chain.day import Day
from twinkit.chain.kept import BLOCKS, BY_ROW, EVENTS, NUMBERS, RINGS, ROW_TABLES, row_keys
from twinkit.chain.layout import SZ
from twinkit.chain.people import own_columns
from twinkit.chain.plan import Plan, plan_of
from twinkit.chain.records import LAYOUTS, Series, series
from twinkit.chain.saving import (
    AGAIN,
    HISTORIES,
    MANIFEST,
    Archive,
    helpers_missing,
    open_archive,
    other_form,
    read_manifest,
    refuse,
)
from twinkit.chain.world import _ring, _sizes
from twinkit.columns import Column, table_columns
from twinkit.tables import CaseError, Problem, read_case
from twinkit.tables.case import Case
from twinkit.tables.files import sheet_names
from twinkit.tables.schema import TABLES

# The arrays of a saved run as a snapshot; a file of another form is refused before.


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


class _Reader:
    """Reads arrays one by one and collects what is wrong with them."""

    def __init__(self, archive: Archive, found: dict[str, Any], plan: Plan) -> None:
        self.archive, self.found, self.plan = archive, found, plan
        self.n, self.period = found["replications"], found["period"]
        self.rows = {table: len(row_keys(plan, table)) for table in (*ROW_TABLES, "claims")}
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
        for name, (fields, table) in BLOCKS.items():
            n, numbers = self.rows[table], name in NUMBERS
            read = self.take(name, (len(fields._fields), n, *(() if numbers else (self.n,))), empty="infinite" if numbers else "none")
            if read is not None and numbers:  # words are places in arrays: those of the case stand
                usual = getattr(self.plan, name)
                for i, column in enumerate(fields._fields):
                    if not _may_change(table, column):
                        read[i] = usual[i]
        for name, table in BY_ROW.items():
            whole = name in ("clock", "latest", "oldest")
            read = self.take(name, (self.rows[table], self.n), "i" if whole else "f")
            if read is not None and name in ("clock", "oldest"):
                self.check(name, (read >= 0) & (read <= self.period), "holds a period that the run has not reached")

    def rings(self) -> None:
        """Rings; where each lies follows from the lengths alone."""
        for name, table in RINGS.items():
            at = self.take(f"{name}_at", (self.rows[table], 2), "i")
            least = 0 if name in ("past", "fresh", "back") else 1
            says = "holds a length that no ring has"
            if at is not None and self.check(f"{name}_at", (at[:, 1] >= least) & (at[:, 1] < 2**31), says):
                self.arrays[f"{name}_at"] = _ring(at[:, 1])
                self.take(name, (int(at[:, 1].sum()), self.n))
        if {"latest", "clock", "pipe_at"} <= set(self.arrays):
            now = self.arrays["clock"] if self.found["paused"] else self.period
            ahead = self.arrays["latest"] - now
            self.check("latest", ahead < self.arrays["pipe_at"][:, 1:], "holds a period beyond what is on the way")

    def events(self) -> None:
        """When events begin, how long they last, and how often they have happened."""
        for name in EVENTS:
            kind, empty = ("i", "none") if name == "event_count" else ("f", "infinite")  # inf: it does not happen
            read = self.take(name, (len(self.plan.effects.names), self.n), kind, empty)
            if read is not None:
                self.check(name, read >= 0, "holds a number below 0")

    def queue(self) -> None:
        """Open orders by period."""
        at = self.take("queue_at", (self.rows["claims"],), "i")
        if at is None:
            return
        rows = np.sort(at[at >= 0])
        if self.check("queue_at", np.array_equal(rows, np.arange(len(rows))), "does not number the rows of the queue"):
            self.take("queue", (len(rows), max(self.period, 1) if len(rows) else 0, self.n))

    def others(self) -> dict[str, Any]:
        """Columns of the user's own, and the goods at the start."""
        own = {name: self.take(name, (self.rows["stocks"], self.n), empty="all", folder="own") for name in self.found["own"]}
        goods = self.take("goods", (len(self.found["goods"]), self.n), folder="start")
        work = self.take("work", (self.rows["recipes"], self.n), folder="start")
        if self.problems:
            return {}
        return {"own": own, "start": (pd.DataFrame(goods, index=self.found["goods"]), work)}


def _may_change(table: str, column: str) -> bool:
    """Whether a rule may change a number of a table while a chain runs: those that are no words."""
    declared = table_columns(TABLES[table]).get(column)
    return declared is not None and declared.numeric


def load_chain(
    path: str | Path,
    *,
    actors: Mapping[str, type] | None = None,
    policies: Mapping[Any, Callable] | None = None,
    day: Day | None = None,
) -> Chain:
    """Go on with a run that :meth:`twinkit.Chain.save` has saved, as if it had never stopped.

    Parameters
    ----------
    path
        The file.
    actors, policies, day
        Those of the run, if it had Python of one's own: a file keeps only their names.

    Raises
    ------
    CaseError
        If the file cannot be opened, with everything that is wrong with it.

    Examples
    --------
    >>> import tempfile, twinkit
    >>> chain = twinkit.Chain(twinkit.example("camera"), replications=2).run(5)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = twinkit.load_chain(chain.save(folder + "/today.run"))
    >>> again.period
    5
    """
    path, actors, policies = Path(path), dict(actors or {}), dict(policies or {})
    with open_archive(path) as archive:
        found = read_manifest(archive)
        problems = list(helpers_missing(found, actors, policies, day))
        plan, more = _read_plan(archive, found, actors)
        problems += more
        if plan is not None:
            problems += other_form(found, plan)
        if problems:
            raise CaseError(problems)
        wanted = _read_series(found, plan)
        snapshot = read_arrays(archive, found, plan, wanted)
        chain = _rebuilt(found, plan, snapshot, actors=actors, policies=policies, day=day or Day(map(tuple, found["day"])))
        archive.require_unaltered()
    return chain


def _read_plan(archive: Archive, found: dict[str, Any], actors: Mapping) -> tuple[Plan | None, list[Problem]]:
    """The plan of the case in a file, or why there is none."""
    try:
        return plan_of(_read_case(archive, found, actors)), []
    except CaseError as error:
        return None, error.problems


def _read_case(archive: Archive, found: dict[str, Any], actors: Mapping) -> Case:
    declared = {f"stocks.{name}": column for name, column in own_columns(actors).items()}
    extra: dict[str, Column | None] = {}
    for name in found["extra_columns"]:
        if name.rpartition(".")[0] not in sheet_names():
            raise refuse(MANIFEST, name, "is no column of a table", AGAIN)
        extra[name] = declared.get(name)
    with tempfile.TemporaryDirectory() as folder:
        for table in sheet_names():  # the names of files are ours: nothing is written where a member's name says
            if f"case/{table}.csv" in archive.names:
                (Path(folder) / f"{table}.csv").write_bytes(archive.text(f"case/{table}.csv"))
        case = read_case(folder, extra_columns=extra)
    case.name = found["case"]
    return case


def _read_series(found: dict[str, Any], plan: Plan) -> list[Series]:
    """What the run recorded."""
    wanted, problems = [], []
    for i, s in enumerate(found["series"]):
        try:
            if s["table"] not in LAYOUTS or s["column"] not in LAYOUTS[s["table"]][1]._fields:
                raise ValueError(f"{s['table']}.{s['column']} is no column that this version records")
            rows, line, weight = (np.asarray(s[k], float) for k in ("rows", "line", "weight"))
            labels, n = [str(x) for x in s["labels"]], len(row_keys(plan, s["table"]))
            sizes = {rows.shape, line.shape, weight.shape, (len(rows),)}
            inside = ((rows >= 0) & (rows < n) & (line >= 0) & (line < len(labels))).all()
            if len(sizes) > 1 or not inside or not np.isfinite(weight).all():
                raise ValueError("its rows, lines and weights do not fit")
            where = rows.astype(np.int64)
            wanted.append(series(str(s["name"]), s["table"], s["column"], where, labels, line, weight, s["mean"] is True))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            problems.append(Problem(MANIFEST, None, f"series {i + 1}", "", f"cannot be read: {error}", AGAIN))
    if problems:
        raise CaseError(problems)
    return wanted


def _rebuilt(found: dict[str, Any], plan: Plan, snapshot: dict[str, Any], **helpers: Any) -> Chain:
    """The chain, at the period in which it was saved."""
    try:
        chain = Chain(
            plan, found["replications"], seed=found["seed"], first=found["first"], record=snapshot["series"], **helpers
        )
    except MemoryError:
        says = f"needs more memory than there is for {found['replications']} worlds"
        raise refuse("", found["case"], says, "Open it on a larger computer.") from None
    own = {column.name: column for column in chain._own()}
    unknown = sorted(set(snapshot["own"]) - set(own))
    if unknown:
        says = f"is declared by no actor class that was passed: {', '.join(unknown)}"
        raise refuse(MANIFEST, "own", says, "Pass the classes that the run had.")
    snapshot["own"] = {own[name]: values for name, values in snapshot["own"].items()}
    transplant(snapshot, plan, chain)
    _hold(chain, found)
    _shuffle(chain, found)
    return chain.mute_events() if found["muted"] else chain


def _hold(chain: Chain, found: dict[str, Any]) -> None:
    """Hold by hand what was held."""
    problems = []
    for i, h in enumerate(found["holds"]):
        try:
            first = max(int(h["period"]), chain.period)
            chain.hold(str(h["table"]), str(h["column"]), tuple(map(str, h["row"])), h["value"], first, int(h["until"]))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            problems.append(Problem(MANIFEST, None, f"hold {i + 1}", "", f"cannot be held: {error}", AGAIN))
    if problems:
        raise CaseError(problems)


def _shuffle(chain: Chain, found: dict[str, Any]) -> None:
    """Put Mesa's generators, which rules of one's own may use, where they were."""
    version, words, gauss = found["random"]
    try:
        chain.random.setstate((version, tuple(words), gauss))
        chain.rng.bit_generator.state = found["rng"]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise refuse(MANIFEST, "random", f"is no state of a generator ({error})", AGAIN) from None
