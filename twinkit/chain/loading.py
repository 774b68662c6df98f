"""Open a saved run: check all of it, make the chain of its case, put its state there by name.

Nothing in a file is run or imported: actor classes, policies and steps of one's own are
passed by whoever opens it.  Numbers that the compiled steps use as places in arrays are
never taken from a file as they are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit.chain.archive import AGAIN, Archive, open_archive, refuse
from twinkit.chain.branch import transplant
from twinkit.chain.day import Day
from twinkit.chain.manifest import helpers_missing, read_manifest, strange_names
from twinkit.chain.plan import Plan, plan_of
from twinkit.chain.records import LAYOUTS, Series, series
from twinkit.chain.saved_arrays import order_of, read_arrays
from twinkit.chain.saving import MANIFEST
from twinkit.columns import Column
from twinkit.tables import CaseError, Problem, read_case
from twinkit.tables.case import Case
from twinkit.tables.sheets import sheet_names

if TYPE_CHECKING:
    from twinkit.chain.chain import Chain


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
            problems += strange_names(found, plan)
        if problems:
            raise CaseError(problems)
        wanted = _read_series(found, plan)
        snapshot = read_arrays(archive, found, plan, wanted)
    return _rebuilt(found, plan, snapshot, actors=actors, policies=policies, day=day or Day(map(tuple, found["day"])))


def _read_plan(archive: Archive, found: dict[str, Any], actors: Mapping) -> tuple[Plan | None, list[Problem]]:
    """The plan of the case in a file, or why there is none."""
    try:
        return plan_of(_read_case(archive, found, actors)), []
    except CaseError as error:
        return None, error.problems


def _read_case(archive: Archive, found: dict[str, Any], actors: Mapping) -> Case:
    from twinkit.chain.chain import _own_columns

    declared = {f"stocks.{name}": column for name, column in _own_columns(actors).items()}
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
    """What the run recorded, with its rows in the order of the plan."""
    wanted, problems = [], []
    for i, s in enumerate(found["series"]):
        try:
            if s["table"] not in LAYOUTS or s["column"] not in LAYOUTS[s["table"]][1]._fields:
                raise ValueError(f"{s['table']}.{s['column']} is no column that this version records")
            rows, line, weight = (np.asarray(s[k], float) for k in ("rows", "line", "weight"))
            labels, place = [str(x) for x in s["labels"]], np.argsort(order_of(found, plan, s["table"]))
            sizes = {rows.shape, line.shape, weight.shape, (len(rows),)}
            inside = ((rows >= 0) & (rows < len(place)) & (line >= 0) & (line < len(labels))).all()
            if len(sizes) > 1 or not inside or not np.isfinite(weight).all():
                raise ValueError("its rows, lines and weights do not fit")
            where = place[rows.astype(np.int64)] if len(rows) else rows
            wanted.append(series(str(s["name"]), s["table"], s["column"], where, labels, line, weight, s["mean"] is True))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            problems.append(Problem(MANIFEST, None, f"series {i + 1}", "", f"cannot be read: {error}", AGAIN))
    if problems:
        raise CaseError(problems)
    return wanted


def _rebuilt(found: dict[str, Any], plan: Plan, snapshot: dict[str, Any], **helpers: Any) -> Chain:
    """The chain, at the period in which it was saved."""
    from twinkit.chain.chain import Chain

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
