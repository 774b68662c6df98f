"""Records become tables of texts: what JSON, XML and databases hold, as far as there is not far more of it than was sent."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from twinkit.tables.cells import cell_text
from twinkit.tables.files import MOST_COLUMNS
from twinkit.tables.problems import CaseError, Problem

MOST_EMPTY = 5_000_000
"""Cells of a table that nobody has written: those of records that lack a column."""
MOST_ANSWERED, PACKED = 100_000_000, 100
"""Cells that a table or view of a database may have, and of a file that packs them so many for each of its bytes."""
MOST_SECONDS, LONGEST_VALUE, AT_A_TIME = 120.0, 10_000_000, 51_200
"""Time that the tables and views of a file may take [s], bytes of a value, and rows that are read at a time."""
ROW_AT = object()
"""Key under which a record knows where it stands."""


def too_wide(name: str, columns: int) -> CaseError:
    """The refusal of a table of which most is empty."""
    says = f"would be a table of {columns} columns, most of them empty"
    return CaseError([Problem("", None, "", name, says, "Export fewer columns, or what stands in them as rows.")])


def frame_of(records: Sequence[Mapping[str, Any]], name: str) -> pd.DataFrame:
    """Records as texts; what one lacks is empty.

    Raises
    ------
    CaseError
        If hardly any has what the others have: a table of all would be far larger than they are.
    """
    columns = dict.fromkeys(key for record in records for key in record)
    if len(columns) > MOST_COLUMNS or len(columns) * len(records) > sum(map(len, records)) + MOST_EMPTY:
        raise too_wide(name, len(columns))
    return as_texts(pd.DataFrame(records, columns=list(columns), dtype=object))


def joined(parts: Iterable[pd.DataFrame], name: str, held: int) -> pd.DataFrame:
    """Parts of an answer of a database as one; `held` is how many cells its file may hold.

    Raises
    ------
    CaseError
        If there are far more: a view may have no end.
    """
    found, cells, most = [], 0, min(MOST_ANSWERED, held + MOST_EMPTY)
    for part in parts:
        found.append(part)
        cells += part.size
        if cells > most:
            raise CaseError([Problem("", None, "", name, f"has more than {most // 1_000_000} million cells", "Take a shorter time, or fewer columns.")])
    return pd.concat([part for part in found if len(part)] or found[:1], ignore_index=True)


def flat(name: str, records: Sequence[Mapping[Any, Any]], file: str) -> Iterator[tuple[str, pd.DataFrame, np.ndarray]]:
    """Records as a table; lists of records in them are tables of their own that know the record above."""
    rows, below = [], {}
    for i, record in enumerate(records, 1):
        at = record.get(ROW_AT, i)
        row: dict[str, Any] = {}
        for key, value in record.items():
            if key is ROW_AT:
                continue
            key = str(key)
            if isinstance(value, list) and value and all(isinstance(v, Mapping) for v in value):
                mine = str(record.get("name") or record.get("id") or at)
                below.setdefault(key, []).extend({**{"parent": mine}, **v, ROW_AT: at} for v in value)
            elif isinstance(value, list) and len(value) == 2 and isinstance(value[0], int) and isinstance(value[1], str):
                row[key], row[f"{key}.name"] = value  # a reference as Odoo writes it: number and name
            elif isinstance(value, Mapping):
                row |= {f"{key}.{k}": v for k, v in value.items() if not isinstance(v, list | Mapping)}
            else:
                row[key] = value
        rows.append((at, row))
    yield name, frame_of([row for _, row in rows], file), np.array([at for at, _ in rows], np.int64)
    for key, inner in below.items():
        yield from flat(f"{name}.{key}", inner, file)


def as_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Values of any kind as a person would write them."""
    return pd.DataFrame({str(c): _texts(frame[c]) for c in frame.columns}, dtype=object)


def _texts(values: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "yes", False: "no"}).astype(object).fillna("")
    if pd.api.types.is_datetime64_any_dtype(values):
        whole = (values.isna() | (values.dt.normalize() == values)).all()
        return values.dt.strftime("%Y-%m-%d" if whole else "%Y-%m-%dT%H:%M:%S").fillna("").astype(object)
    if values.dtype == object and pd.api.types.infer_dtype(values) not in ("string", "empty"):  # 1, 1.0 and yes are not one thing, and a list is none to look up
        return values.map(lambda value: "" if value is None or value is pd.NaT or value is pd.NA or value != value else _word(value)).astype(object)
    codes, different = pd.factorize(values)
    words = np.array([*(_word(v) for v in different), ""], dtype=object)
    return pd.Series(words[codes], index=values.index, dtype=object)


def _word(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating | Decimal):
        if not math.isfinite(value):
            return ""
        if value == int(value) and abs(value) < 1e15:
            return str(int(value))
        return cell_text(float(value)) if abs(value) < 1e15 else format(value, "f")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value).strip()
