"""Provenance: where each cell of a case comes from, as a table of the case that is kept with it.

Two kinds of rows make one answer: which row of which extract a row of the case comes from, and by which rule a column
was made of it.  A seal tells whether a row is still as it was taken in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.columns import Column, table_columns
from twinkit.tables.problems import did_you_mean, listed, quote, shown
from twinkit.tables.schema import TABLES
from twinkit.tables.words import flag_column, name_column

BETWEEN = " | "
"""What stands between the parts of the name of a row."""
AND = " + "
"""What stands between the extracts that a row is joined of, and between their rows."""


class Sources:
    """Where cells of the case come from: a row about a row of a table (with `of_row`), or about a column (with `of_column`)."""

    table = "sources"
    key = ("of_table", "of_row", "of_column", "part", "source")
    times = 4  # it is about every row of the other tables, and may be as much longer than one of them

    of_table = name_column("table of the case")
    of_row = name_column("name of the row: what its key columns hold, joined by ' | '; empty = all rows of the part", start="")
    of_column = name_column("column; empty = all columns of the part", start="")
    part = name_column("part of the mapping that made it")
    source = name_column("file, worksheet or query, several joined by ' + '; empty = none: stated or assumed", start="")
    source_row = name_column("row in it, or how many rows, in the same order", start="")
    rule = Column("text", "how it was made of that", kind="text", start="")
    taken = Column("text", "when the extract was taken", kind="text", start="")
    assumed = flag_column("it is an assumption", False)
    seal = name_column("fingerprint of the row as it was taken in", start="")


rooms.add_table(Sources)


@dataclass(frozen=True)
class Source:
    """Where a cell comes from.

    Attributes
    ----------
    file, row
        File, worksheet or query, and row in it; "" where it comes from none.
    rule
        How it was made of that.
    taken
        When the extract was taken; "" if nothing says so.
    assumed
        Whether it is an assumption.
    changed
        Whether the row was changed after it was taken in, so that this may not hold any more.
    """

    file: str = ""
    row: str = ""
    rule: str = ""
    taken: str = ""
    assumed: bool = False
    changed: bool = False

    @property
    def sentence(self) -> str:
        """It in words."""
        if not (self.file or self.rule):
            return "Nothing is known of where it comes from: it was typed, or it is the starting value of its column."
        file = self.file.partition(": ")[2] or self.file
        place = f"{file} row {self.row}" if self.row and self.row.isdigit() else f"{file}, {self.row}" if self.row else file
        taken = f", taken on {self.taken}" if self.taken and self.file else ""
        after = " The row was changed after it was taken in, so this may not hold any more." if self.changed else ""
        rule = self.rule[:1].upper() + self.rule[1:]
        return f"{place}{taken}: {self.rule}.{after}" if place else f"{rule}.{after}"

    def __str__(self) -> str:
        return self.sentence


def row_names(table: str, frame: pd.DataFrame) -> np.ndarray:
    """Name of each row of a table: what its key columns hold."""
    parts = [frame[k].map(shown).astype(object) if table_columns(TABLES[table])[k].numeric else frame[k].astype(object) for k in TABLES[table].key if k in frame]
    names = parts[0]
    for part in parts[1:]:
        names = names + BETWEEN + part
    return names.to_numpy(object)


def seals(frame: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """A fingerprint of each row over some columns: eight hexadecimal digits."""
    plain = pd.DataFrame({c: frame[c].to_numpy(float) + 0.0 if pd.api.types.is_float_dtype(frame[c]) else frame[c].astype(str).to_numpy(object) for c in sorted(columns)})
    found = pd.util.hash_pandas_object(plain, index=False).to_numpy(np.uint64) if len(plain.columns) else np.zeros(len(frame), np.uint64)
    return np.array([f"{int(v) & 0xFFFFFFFF:08x}" for v in found], dtype=object)


def source_of(case, table: str, row: int | str | Sequence[str], column: str) -> Source:
    """Where a cell of a case comes from; arguments and errors as :meth:`twinkit.Case.source`."""
    frame = case[table]
    if column not in frame:
        raise KeyError(f"{table} has no column {column!r}. {did_you_mean(column, list(frame.columns), f'It has {listed(list(frame.columns), 40)}.')}")
    names = row_names(table, frame)
    if isinstance(row, int | np.integer):
        if not 0 <= row < len(frame):
            raise KeyError(f"{table} has {len(frame)} rows, numbered from 0; there is no {row}")
        at = int(row)
    else:
        wanted = row if isinstance(row, str) else BETWEEN.join(map(str, row))
        hits = np.flatnonzero((names == wanted) | (frame[TABLES[table].key[0]].to_numpy(object) == wanted))
        if not len(hits):
            raise KeyError(f"{table} has no row {quote(wanted)}; a row is named by {BETWEEN.join(TABLES[table].key)}")
        at = int(hits[0])
    return sources_of(case, table, [at], [column])[at, column]


def sources_of(case, table: str, rows: Sequence[int], columns: Sequence[str]) -> dict[tuple[int, str], Source]:
    """Where cells of some rows, numbered from 0, and columns of a table come from; an empty :class:`Source` for what is not known."""
    frame = case[table].iloc[list(rows)].reset_index(drop=True)
    names, known = row_names(table, frame) if len(frame) else [], case["sources"]
    known = known[known["of_table"] == table]
    some = bool((known["of_row"] != "").any())
    said = {(r["part"], r["of_column"]): r for r in known[known["of_row"] == ""].iloc[::-1].to_dict("records")}
    own: dict[str, dict[str, list[dict]]] = {}  # name of the row → column, "" for the whole row → what is said of it
    for one in known[known["of_row"].isin(set(names))].to_dict("records"):
        own.setdefault(one["of_row"], {}).setdefault(one["of_column"], []).append(one)
    sealed = {part: seals(frame, [c for p, c in said if p == part and c in frame]) for part in {p for p, _ in said}}
    found = {}
    for i, (at, name) in enumerate(zip(rows, names, strict=True)):
        mine = own.get(name, {})
        for column in columns:
            parts = [r["part"] for r in mine.get(column) or mine.get("", [])] or ([] if some else [p for p, c in said if c == column])
            part = next((p for p in parts if (p, column) in said), None)
            found[at, column] = Source() if part is None else _told(said[part, column], [r for r in mine.get("", []) if r["part"] == part], sealed[part][i])
    return found


def _told(rule: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], seal: str) -> Source:
    """What is said of a column, and of the rows of extracts that a row is made of, as one answer."""
    place = next((p for r in rows for p in _places(r) if rule["source"] and _file(p[0]) == _file(rule["source"])), (rule["source"], ""))
    was = next((r["seal"] for r in rows if r["seal"]), seal)
    return Source(str(place[0]), str(place[1]), str(rule["rule"]), str(rule["taken"]), bool(rule["assumed"]), was != seal)  # fmt: skip


def _places(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Files and their rows that one row of sources names."""
    files, rows = str(row["source"]).split(AND), str(row["source_row"]).split(AND)
    return list(zip(files, rows, strict=True)) if len(files) == len(rows) else [(str(row["source"]), str(row["source_row"]))]


def _file(source: str) -> str:
    """An extract whatever file of it is meant: rules name the extract, rows their file."""
    return source.partition(": ")[0]
