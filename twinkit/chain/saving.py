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

A file is written whole or not at all, so a run that is killed while it saves leaves the
older file as it was.  The same run gives the same bytes.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit.chain.branch import TABLE_OF
from twinkit.chain.kept import BLOCKS, BY_ROW, EVENTS, RINGS, ROW_TABLES, row_keys
from twinkit.chain.layout import SZ
from twinkit.chain.records import LAYOUTS, Series
from twinkit.columns import table_columns
from twinkit.tables import write_case
from twinkit.tables.case import Case
from twinkit.tables.replace import replaced_file
from twinkit.tables.schema import TABLES

if TYPE_CHECKING:
    from twinkit.chain.chain import Chain

FORMAT, VERSION = "twinkit run", 1
MANIFEST = "manifest.json"
HISTORIES = ("record", "record_mean")


def save_chain(chain: Chain, path: str | Path) -> Path:
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
    snapshot = chain.snapshot()
    with tempfile.TemporaryDirectory() as folder, replaced_file(path) as new:
        tables = write_case(chain.case, Path(folder) / "case")
        with zipfile.ZipFile(new, "w") as archive:
            _write(archive, MANIFEST, json.dumps(manifest_of(chain, snapshot), indent=1).encode())
            for table in sorted(tables.glob("*.csv")):
                _write(archive, f"case/{table.name}", table.read_bytes())
            for name, values in arrays_of(snapshot):
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, np.ascontiguousarray(values), (1, 0), allow_pickle=False)
    return path


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


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


def manifest_of(chain: Chain, snapshot: dict[str, Any]) -> dict[str, Any]:
    """Everything about a run that is neither a table nor an array."""
    from twinkit import __version__

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
        "columns": {name: list(block.fields._fields) for name, block in BLOCKS.items()},
        "rows": {table: [list(key) for key in row_keys(chain.plan, table)] for table in ROW_TABLES},
        "events": list(chain.plan.effects.names),
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


def extra_columns(case: Case) -> list[str]:
    """Columns of the tables that are not in the schema, as ``table.column``."""
    return [f"{t}.{c}" for t in TABLES for c in case[t].columns if c not in table_columns(TABLES[t])]


def _series(s: Series) -> dict[str, Any]:
    table = TABLE_OF[s.block]
    return {
        "name": s.name, "table": table, "column": LAYOUTS[table][1]._fields[s.column], "rows": s.rows.tolist(),
        "line": s.line.tolist(), "weight": s.weight.tolist(), "labels": list(s.labels), "mean": bool(s.mean),
    }  # fmt: skip
