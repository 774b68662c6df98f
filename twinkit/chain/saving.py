"""A run in one file: a zip of tables, arrays and a manifest; an open format, never pickle.

``manifest.json``
    Name and version of the format, the clock, seed and worlds, the steps of the day, the
    names of columns and rows in the order of the arrays, what was recorded, what is held
    by hand, and who runs the sites in Python (by name only).
``case/<table>.csv``
    The case, as :func:`twinkit.write_case` writes it.
``arrays/<name>.npy``
    State, totals, rings and histories (NEP 1); blocks have the shape (columns, rows,
    worlds), rings (slots, worlds), and ``<ring>_at`` gives first slot and length by row.
``own/<column>.npy``, ``start/*.npy``
    Columns that actor classes declare, and the goods at the start for the balance.
``sums.json``
    SHA-256 of every other member: numbers that fit the case but are not those of the run are told.

A file is written whole or not at all, so a run that is killed while it saves leaves the
older file as it was.  The same run gives the same bytes.  What is read is read with distrust:
nothing is unpacked to a size that does not follow, and every fault is a
:class:`~twinkit.tables.problems.Problem`.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from twinkit import __version__
from twinkit.chain.balance import Running
from twinkit.chain.branch import TABLE_OF
from twinkit.chain.day import STEPS, Day
from twinkit.chain.kept import BLOCKS, BY_ROW, EVENTS, RINGS, ROW_TABLES, row_keys
from twinkit.chain.layout import SZ
from twinkit.chain.plan import Plan
from twinkit.chain.records import LAYOUTS, Series
from twinkit.tables import CaseError, Problem, write_case
from twinkit.tables.files import path_hint
from twinkit.tables.look import extra_columns
from twinkit.tables.problems import listed, quote
from twinkit.tables.replace import replaced_file

FORMAT, VERSION = "twinkit run", 1
MANIFEST, SUMS = "manifest.json", "sums.json"
HISTORIES = ("record", "record_mean")


def save_chain(chain: Running, path: str | Path) -> Path:
    """Save a run, so that :func:`twinkit.chain.loading.load_chain` goes on with it.

    Parameters
    ----------
    chain
        The chain, between two periods.
    path
        The file; what was there is replaced once all is written.

    Raises
    ------
    CaseError
        If a text of the case holds what a file cannot keep.
    FileNotFoundError, FileExistsError
        If there is no such folder, or a folder of that name.
    """
    path = Path(path).resolve()
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent}; make it first")
    if path.is_dir():
        raise FileExistsError(f"{path} is a folder; choose another name")
    if chain.kept:
        raise refuse("the run", ", ".join(chain.kept), "is kept by a step of a room, which a file does not hold yet", "Keep the case instead, and run it again.")
    snapshot = chain.snapshot()
    with tempfile.TemporaryDirectory() as folder, replaced_file(path) as new:
        tables = write_case(chain.case, Path(folder) / "case")
        sums: dict[str, str] = {}
        with zipfile.ZipFile(new, "w") as archive:
            _write(archive, sums, MANIFEST, json.dumps(manifest_of(chain, snapshot), indent=1).encode())
            for table in sorted(tables.glob("*.csv")):
                _write(archive, sums, f"case/{table.name}", table.read_bytes())
            for name, values in arrays_of(snapshot):
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
                    summed = _Summed(file)
                    np.lib.format.write_array(summed, np.ascontiguousarray(values), (1, 0), allow_pickle=False)
                sums[f"{name}.npy"] = summed.sum.hexdigest()
            _write(archive, {}, SUMS, json.dumps(sums, indent=1).encode())
    return path


class _Summed:
    """A file that is written, and the sum of what was written."""

    def __init__(self, file: Any) -> None:
        self.file, self.sum = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sum.update(data)
        return self.file.write(data)


def _write(archive: zipfile.ZipFile, sums: dict[str, str], name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    sums[name] = hashlib.sha256(content).hexdigest()


def arrays_of(snapshot: dict[str, Any]) -> Iterator[tuple[str, np.ndarray]]:
    """Name in the file and values of every array that is saved."""
    arrays = snapshot["arrays"]
    for name in (*BLOCKS, *BY_ROW, *RINGS, *(f"{ring}_at" for ring in RINGS), "queue_at", *EVENTS, *HISTORIES):
        yield f"arrays/{name}", arrays[name]
    yield "arrays/queue", arrays["queue"][:, : max(snapshot["period"], 1)]
    for column, values in snapshot["own"].items():
        yield f"own/{column.name}", values
    goods, work = snapshot["start"]
    yield "start/goods", goods.to_numpy(float)
    yield "start/work", work


def manifest_of(chain: Running, snapshot: dict[str, Any]) -> dict[str, Any]:
    """Everything about a run that is neither a table nor an array."""
    version, words, gauss = snapshot["random"][0]
    return {
        "format": FORMAT, "version": VERSION, "twinkit": __version__,
        "case": chain.case.name, "period": chain.period, "seed": chain.seed, "replications": chain.replications,
        "first": chain.first, "steps": chain.steps, "muted": chain.muted, "paused": snapshot["paused"],
        "disturbed": bool(chain.world.size[SZ.disturbed]),
        "day": [[s.name for s in group] for group in chain.day.groups],
        "own_steps": [s.name for group in chain.day.groups for s in group if s.code < 0],
        "actors": {where: cls.__name__ for where, cls in chain.given["actors"].items()},
        "policies": [[where if isinstance(where, str) else list(where), function_name(f)]
                     for where, f in chain.given["policies"].items()],
        **form_of(chain.plan),
        "extra_columns": extra_columns(chain.case),
        "own": [column.name for column in snapshot["own"]],
        "goods": snapshot["start"][0].index.tolist(),
        "series": [_series(s) for s in chain.series],
        "holds": [{**vars(h), "row": list(h.row), "value": list(h.value) if isinstance(h.value, tuple) else h.value}
                  for h in chain.holds],
        "random": [version, list(words), gauss], "rng": snapshot["random"][1],
    }  # fmt: skip


def function_name(policy: Any) -> str:
    """Name of a policy that was passed as a function or as an object that can be called."""
    return getattr(policy, "__name__", type(policy).__name__)


def _series(s: Series) -> dict[str, Any]:
    table = TABLE_OF[s.block]
    return {
        "name": s.name, "table": table, "column": LAYOUTS[table][1]._fields[s.column], "rows": s.rows.tolist(),
        "line": s.line.tolist(), "weight": s.weight.tolist(), "labels": list(s.labels), "mean": bool(s.mean),
    }  # fmt: skip


BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)
"""What Python's readers of zip and npy raise for a damaged file."""
MOST_TEXT = 256 * 2**20
"""Bytes that the manifest or a table may have."""
LONGEST_HEADER = 4096
"""Bytes in which the header of an array ends."""
MOST_GROWTH = 64
"""Times its own size that a file may unpack to, beyond :data:`MOST_TEXT`; simulated numbers shrink to a tenth at best."""
AGAIN = "Save the run again, or take an older file."


def refuse(place: str, value: str, says: str, hint: str = "") -> CaseError:
    """One problem as an error."""
    return CaseError([Problem(place, None, "", value, says, hint)])


class Archive:
    """The members of a saved run.

    Parameters
    ----------
    path
        The file.
    file
        The opened zip.
    """

    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        self.path, self._file = path, file
        self._members = {info.filename: info for info in file.infolist()}
        self._sums: dict[str, str] = {}

    @property
    def names(self) -> list[str]:
        """Names of all members."""
        return list(self._members)

    def text(self, name: str) -> bytes:
        """Content of a member that is no array.

        Raises
        ------
        CaseError
            If it is missing, damaged or too long.
        """
        info = self._members.get(name)
        if info is None:
            raise refuse(
                str(self.path), name, "is missing in the file", "Only files that Chain.save wrote can be opened."
            )
        if info.file_size > MOST_TEXT:
            raise refuse(str(self.path), name, f"unpacks to {info.file_size} bytes; at most {MOST_TEXT} are read")
        try:
            content = self._file.read(info)
        except BROKEN as error:
            raise refuse(str(self.path), name, f"is damaged ({error})", AGAIN) from None
        self._sums[name] = hashlib.sha256(content).hexdigest()
        return content

    def require_unaltered(self) -> None:
        """Compare what was read with the sums in the file; what was not read has no part in the run.

        Raises
        ------
        CaseError
            If something is not as it was saved.
        """
        said = read_json(self, SUMS)
        wrong = [n for n, found in self._sums.items() if n != SUMS and (not isinstance(said, dict) or said.get(n) != found)]
        if wrong:
            raise CaseError([Problem(str(self.path), None, "", n, "is not as it was saved: its sum differs", AGAIN) for n in wrong])

    def array(self, name: str, shape: tuple[int, ...], kind: str = "f", empty: str = "none") -> np.ndarray:
        """An array of a known shape.

        Parameters
        ----------
        name
            Name of the member without its ending.
        shape
            The shape that follows from the manifest and the case.
        kind
            "f" for numbers, "i" for whole numbers; both of 8 bytes.
        empty
            "none": all must be finite; "infinite": no limit may be infinity; "all": NaN, too.

        Raises
        ------
        CaseError
            If it is missing, damaged, of another shape or kind, or holds what it must not.
        """
        place, info = str(self.path), self._members.get(f"{name}.npy")
        if info is None:
            raise refuse(place, f"{name}.npy", "is missing in the file", AGAIN)
        try:
            with self._file.open(info) as file:
                begin = file.read(LONGEST_HEADER)
                header = io.BytesIO(begin)
                found, fortran, dtype = _header(header)
                size = int(np.prod(shape, dtype=object)) * 8
                if (found, dtype.kind, dtype.itemsize) != (shape, kind, 8) or info.file_size - header.tell() != size:
                    says = f"has the shape {found} of {dtype}; the manifest and the case ask for {shape} of {kind}8"
                    raise refuse(place, f"{name}.npy", says, AGAIN)
                data = begin + file.read()
            self._sums[f"{name}.npy"] = hashlib.sha256(data).hexdigest()
        except BROKEN as error:
            if isinstance(error, CaseError):
                raise
            raise refuse(place, f"{name}.npy", f"is damaged ({error})", AGAIN) from None
        values = np.frombuffer(data, dtype, offset=header.tell()).reshape(shape, order="F" if fortran else "C")
        good = ~np.isnan(values) if empty == "infinite" else np.isfinite(values) if empty == "none" else np.True_
        if not np.all(good):
            raise refuse(place, f"{name}.npy", "holds a value that is no number (NaN or infinity)", AGAIN)
        return np.array(values, np.float64 if kind == "f" else np.int64, order="C")


def _header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and kind of the array that a member holds."""
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a header that Python 2 has written
            return read[np.lib.format.read_magic(file)](file)
    except Exception as error:  # numpy parses the header as Python text, which fails in many ways
        raise ValueError(f"its header cannot be read: {error}") from error


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a saved run for reading.

    Raises
    ------
    CaseError
        If there is no such file, or it is no zip, or unpacks to more than it can hold.
    """
    if not path.exists():
        raise refuse("", str(path), "does not exist", path_hint(path))
    if path.is_dir():
        raise refuse("", str(path), "is a folder, not a saved run", "twinkit.read_case reads a folder of tables.")
    try:
        file = zipfile.ZipFile(path)
    except BROKEN as error:
        says = "is not a saved run" if isinstance(error, zipfile.BadZipFile) else "cannot be opened"
        raise refuse("", str(path), f"{says} ({error})", "Chain.save writes one.") from None
    with file:
        total, size = sum(info.file_size for info in file.infolist()), path.stat().st_size
        if total > MOST_TEXT + MOST_GROWTH * size:
            says = f"would unpack from {size} to {total} bytes, which no run does; it is not opened"
            raise refuse("", str(path), says, AGAIN)
        yield Archive(path, file)


def read_json(archive: Archive, name: str) -> Any:
    """A member as JSON; NaN and infinity are no JSON.

    Raises
    ------
    CaseError
        If it is none.
    """
    content = archive.text(name)
    try:
        return json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise refuse(str(archive.path), name, f"is no JSON ({error})", AGAIN) from None


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


# The manifest of a saved run, checked before anything is made of it.


LARGEST = 2**53
"""Whole numbers below this one are exact in every reader of JSON."""


def _whole(value: Any, least: int = 0) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < LARGEST


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _lists(value: Any) -> bool:
    return isinstance(value, list) and all(_texts(v) for v in value)


def _by_name(value: Any, good: Callable[[Any], bool]) -> bool:
    return isinstance(value, dict) and all(good(v) for v in value.values())


def _dicts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, dict) for v in value)


def _policies(value: Any) -> bool:
    pairs = isinstance(value, list) and all(isinstance(v, list) and len(v) == 2 for v in value)
    return pairs and all((isinstance(w, str) or (_texts(w) and len(w) == 2)) and isinstance(n, str) for w, n in value)


ENTRIES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "twinkit": (lambda v: isinstance(v, str), "a text"),
    "case": (lambda v: isinstance(v, str), "a text"),
    "period": (_whole, "a whole number"),
    "seed": (lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0, "a whole number"),
    "replications": (lambda v: _whole(v, 1), "a whole number of 1 or more"),
    "first": (_whole, "a whole number"),
    "steps": (_whole, "a whole number"),
    "muted": (lambda v: isinstance(v, bool), "true or false"),
    "paused": (lambda v: isinstance(v, bool), "true or false"),
    "disturbed": (lambda v: isinstance(v, bool), "true or false"),
    "day": (_lists, "lists of names of steps"),
    "own_steps": (_texts, "a list of names"),
    "actors": (lambda v: _by_name(v, lambda x: isinstance(x, str)), "names of sites or kinds and of classes"),
    "policies": (_policies, "pairs of a place and the name of a function"),
    "columns": (lambda v: _by_name(v, _texts), "lists of names of columns"),
    "rows": (lambda v: _by_name(v, _lists), "lists of names of rows"),
    "events": (_texts, "a list of names"),
    "extra_columns": (_texts, "a list of names"),
    "own": (_texts, "a list of names"),
    "goods": (_texts, "a list of names"),
    "series": (_dicts, "a list of series"),
    "holds": (_dicts, "a list of holds"),
    "random": (lambda v: isinstance(v, list) and len(v) == 3, "the state of a generator"),
    "rng": (lambda v: isinstance(v, dict), "the state of a generator"),
}
"""What a manifest must hold, how it is checked, and what it is in words."""


def read_manifest(archive: Archive) -> dict[str, Any]:
    """The manifest, with every entry of the right kind.

    Raises
    ------
    CaseError
        If the file is no run, is of a newer format, or entries are missing or wrong.
    """
    place = str(archive.path)
    if MANIFEST not in archive.names:
        raise refuse("", place, f"is a zip, but no saved run: it has no {MANIFEST}", "Chain.save writes one.")
    found = read_json(archive, MANIFEST)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise refuse("", place, f"is no saved run: its {MANIFEST} does not say so", "Chain.save writes one.")
    if not _whole(found.get("version"), 1):
        raise refuse(place, str(found.get("version")), "is no version of the format", AGAIN)
    if found["version"] > VERSION:
        says = f"has version {found['version']} of the format; this twinkit reads up to version {VERSION}"
        raise refuse("", place, says, f"Update twinkit: the file was saved with {found.get('twinkit')}.")
    wrong = [
        Problem(MANIFEST, None, name, "", f"is missing or is not {words}", AGAIN)
        for name, (good, words) in ENTRIES.items()
        if not good(found.get(name))
    ]
    if wrong:
        raise CaseError(wrong)
    return found


def helpers_missing(found: dict[str, Any], actors: Mapping, policies: Mapping, day: Day | None) -> Iterator[Problem]:
    """Actor classes, policies and steps that a run needs and that were not passed, or others than it had."""
    asked = {where: (name, "actors") for where, name in found["actors"].items()}
    asked |= {_where(where): (name, "policies") for where, name in found["policies"]}
    given = {where: cls.__name__ for where, cls in actors.items()}
    given |= {where: function_name(f) for where, f in policies.items()}
    for where, (name, argument) in asked.items():
        if given.get(where) != name:
            says = f"was run by {name}, which is Python of your own" + (
                f"; you passed {given[where]}" if where in given else ""
            )
            hint = f"Pass it: load_chain(path, {argument}={{{where!r}: {name}}})."
            yield Problem(MANIFEST, None, argument, str(where), says, hint)
    for where in set(given) - set(asked):
        hint = "Load the run without it; then chain.branch(actors=…, policies=…) goes on with it."
        yield Problem(MANIFEST, None, "", str(where), f"was not run by {given[where]}", hint)
    yield from _day_missing(found, day)


def _where(where: Any) -> Any:
    return where if isinstance(where, str) else tuple(where)


def _day_missing(found: dict[str, Any], day: Day | None) -> Iterator[Problem]:
    own, names = found["own_steps"], [tuple(group) for group in found["day"]]
    if day is not None and [tuple(s.name for s in group) for group in day.groups] != names:
        says = f"is another day than that of the run: {' → '.join(name for group in names for name in group)}"
        yield Problem(MANIFEST, None, "day", "", says, "Pass the day that the run had.")
    elif day is None and own:
        says = f"has steps of your own: {listed(own)}"
        yield Problem(MANIFEST, None, "day", "", says, "Pass the day: load_chain(path, day=…).")
    elif day is None and (strange := [n for group in names for n in group if n not in STEPS]):
        says = f"has steps that this version does not know: {listed(strange)}"
        yield Problem(MANIFEST, None, "day", "", says, "Update twinkit.")


def other_form(found: dict[str, Any], plan: Plan) -> Iterator[Problem]:
    """What keeps a file from being laid over the arrays of this version and of the case in the file."""
    here = form_of(plan)
    for part, words in (("columns", "columns of this version"), ("rows", "rows of the case in the file"), ("events", "events of the case")):
        if found[part] != here[part]:
            odd = _first_other(found[part], here[part])
            says = f"are not the {words}" + (f": {odd}" if odd else "")
            yield Problem(MANIFEST, None, part, "", says, f"The file is of twinkit {found['twinkit']}: run the case again, and save it.")
    if found["period"] > plan.periods:
        says = f"is beyond the {plan.periods} periods of the case in the file"
        yield Problem(MANIFEST, None, "period", str(found["period"]), says, AGAIN)
    bad = [name for name in found["own"] if not name.isidentifier()]
    if bad:
        yield Problem(MANIFEST, None, "own", "", f"names no column: {quote(bad[0])}", AGAIN)


def form_of(plan: Plan) -> dict[str, Any]:
    """Names of the columns, rows and events of the arrays of a plan, in their order."""
    return {
        "columns": {name: list(block.fields._fields) for name, block in BLOCKS.items()},
        "rows": {table: [list(key) for key in row_keys(plan, table)] for table in ROW_TABLES},
        "events": list(plan.effects.names),
    }


def _first_other(found: Any, here: Any) -> str:
    """The first name that only one of two lists has, or lists by name have."""
    if isinstance(here, dict):
        lists = ((found.get(k, []), here.get(k, [])) for k in dict.fromkeys([*here, *found]))
        return next((said for a, b in lists if a != b and (said := _first_other(a, b))), "")
    odd = [name for name in [*found, *here] if (name in found) != (name in here)]
    return " | ".join(odd[0]) if odd and isinstance(odd[0], list) else str(odd[0]) if odd else ""
