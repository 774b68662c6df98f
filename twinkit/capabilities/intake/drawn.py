"""Which rows of extracts a part of a mapping takes: filtered, with the rows joined to them, each of which is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from twinkit.capabilities.intake.extracts import Extract, Folder, closest_tables
from twinkit.capabilities.intake.mapping import Part
from twinkit.capabilities.intake.values import (
    MOST_SAID,
    SEPARATOR,
    dates,
    in_order,
    joined_keys,
    matches,
    numbers,
    shows_commas,
)
from twinkit.tables.cells import folded, may_have_thousands
from twinkit.tables.problems import Problem, did_you_mean, listed, quote
from twinkit.tables.words import FLAGS
from twinkit.words import counted

_FLAGS = {**FLAGS, "x": True, "ja": True, "nein": False, "j": True, "n": False, "y": True, "t": True, "f": False, "-": False}


@dataclass
class Made:
    """Rows of one part.

    Attributes
    ----------
    part
        The part of the mapping.
    frame
        Values, typed as the columns of the case are.
    origins
        Each extract that they come from, and the place of the row in it for each row; -1 for none.
    said
        Column → (extract or "", the rule in words, whether it is assumed).
    counts
        How many rows of the extract are in each row, where several were combined.
    filled
        Column → rows of the table of the case in which it filled what an earlier part of the same row left empty.
    """

    part: Part
    frame: pd.DataFrame
    origins: list[tuple[Extract, np.ndarray]] = field(default_factory=list)
    said: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    counts: np.ndarray | None = None
    filled: dict[str, np.ndarray] = field(default_factory=dict)

    def at(self, i: int) -> str:
        """Where a row comes from, in words."""
        places = [extract.at(take[i]) for extract, take in self.origins if take[i] >= 0]
        return places[0] if places else self.part.place


@dataclass
class Making:
    """What is known while the parts are made.

    Attributes
    ----------
    folder
        The extracts.
    currency, rates, period_days
        Money of the case, what one of another currency is worth in it, and the length of a period [days].
    packs, own_units
        (product, unit in small letters) → units of it in one; product → its own unit.
    starts, demand_until
        Day of the first period of a run, if it is stated, and of the last order line [days since 1970].
    history
        Series of demand that become the table of history.
    """

    folder: Folder
    currency: str = "EUR"
    rates: Mapping[str, float] = field(default_factory=dict)
    period_days: float = 1.0
    packs: dict[tuple[str, str], float] = field(default_factory=dict)
    own_units: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    starts: float | None = None
    demand_until: float = -1e9
    history: list = field(default_factory=list)
    _commas: dict[str, bool] = field(default_factory=dict)

    def refuse(self, part: Part, column: str, value: str, says: str, hint: str = "") -> None:
        """Note what cannot be made."""
        self.problems.append(Problem(part.place, None, column, value, says, hint))

    def commas(self, extract: Extract) -> bool:
        """Whether a file shows decimal commas somewhere, or is written by a program that uses them."""
        if extract.name not in self._commas:
            head = extract.frame.iloc[:50_000]
            self._commas[extract.name] = extract.semicolons or shows_commas(head[c].to_numpy() for c in head)
        return self._commas[extract.name]


class Drawn:
    """The rows of an extract that a part takes, with the rows joined to them.

    Parameters
    ----------
    part, making
        The part, and what is known.
    """

    def __init__(self, part: Part, making: Making) -> None:
        self.part, self.making = part, making
        base = self._extract(part.source)
        self.lost = base is None
        self.takes: list[tuple[str, Extract, np.ndarray]] = []
        if base is None:
            return
        self.takes.append((part.source, base, np.arange(len(base.frame))))
        for join in part.joins:
            other = self._extract(join.table, join.optional)
            if other is None:
                self.lost = self.lost or not join.optional
                continue
            self._join(join, other)
        if not self.lost and part.leaves:
            key, parent = (self.texts(str(part.leaves.get(w, ""))) for w in ("key", "parent"))
            if key is not None and parent is not None:
                self.keep(~np.isin(key, list({p for p in parent if p})))
        if not self.lost and part.where:
            keep = np.ones(len(self), bool)
            for column, wanted in part.where.items():
                hit = self.matching(column, wanted)
                keep &= hit if hit is not None else True
            self.keep(keep)

    def __len__(self) -> int:
        return len(self.takes[0][2])

    def keep(self, rows: np.ndarray) -> None:
        """Go on with some of the rows."""
        self.takes = [(name, extract, take[rows]) for name, extract, take in self.takes]

    def _extract(self, name: str, optional: bool = False) -> Extract | None:
        tables = self.making.folder.tables
        found = tables.get(name) or next((t for n, t in tables.items() if folded(n) == folded(name)), None)
        if found is None and not optional:
            self.making.refuse(self.part, "", name, "is no extract in the folder", closest_tables(name, self.making.folder))
        return found

    def _join(self, join: Any, other: Extract) -> None:
        rows = np.arange(len(other.frame))
        for column, wanted in join.where.items():
            head = column_of(other, column)
            if head is None:
                self._no_column(column, other)
                return
            rows = rows[matches(other.frame[head].to_numpy()[rows], wanted, self.making.commas(other))]
        left = [self.texts(a) for a in join.on]
        heads = [column_of(other, str(b)) for b in join.on.values()]
        for b, head in zip(join.on.values(), heads, strict=True):
            if head is None:
                self._no_column(str(b), other)
        if any(x is None for x in left) or any(h is None for h in heads):
            return
        keys = joined_keys([other.frame[h].to_numpy()[rows] for h in heads])
        named = np.array([k.strip(SEPARATOR) != "" for k in keys], bool)  # what has no key belongs to nothing
        rows, keys = rows[named], keys[named]
        if join.total:
            other, rows, keys = self._summed(join, other, rows, keys)
        if join.order_by and (head := column_of(other, join.order_by)):
            order = np.argsort(in_order(other.frame[head].to_numpy()[rows], self.making.commas(other)), kind="stable")
            rows, keys = rows[order][::-1], keys[order][::-1]
        index = pd.Index(keys)
        first = ~index.duplicated()
        if not first.all() and not join.order_by:
            self._several(join, other, index, rows)
        at = index[first].get_indexer(pd.Index(joined_keys(left)))
        take = np.where(at >= 0, rows[first][at], -1) if first.any() else np.full(len(self), -1)
        self.takes.append((join.name, other, take))
        without = int((take < 0).sum())
        if without and not join.optional:
            says = f"{self.part.place}: of {counted(len(take), 'row')} of {self.part.source}, {without} without a row in {join.table} left out"
            self.making.notes.append(f"{says} (the first is {self.takes[0][1].at(self.takes[0][2][int(np.flatnonzero(take < 0)[0])])}).")
            self.keep(take >= 0)

    def _summed(self, join: Any, other: Extract, rows: np.ndarray, keys: np.ndarray) -> tuple[Extract, np.ndarray, np.ndarray]:
        """The extract with one row for each key, some of its columns added up."""
        codes, different = pd.factorize(keys)
        first = np.unique(codes, return_index=True)[1]
        frame = other.frame.iloc[rows[first]].reset_index(drop=True)
        for name in join.total:
            head = column_of(other, name)
            if head is None:
                self._no_column(name, other)
                continue
            values, wrong = numbers(other.frame[head].to_numpy()[rows], self.making.commas(other))
            if wrong.any():
                at = rows[int(np.flatnonzero(wrong)[0])]
                self.making.problems.append(Problem(other.files[other.file[at]], int(other.row[at]), head, str(other.frame[head].iat[at]), "is no number", "Correct it at its source."))
            totals = np.bincount(codes, np.nan_to_num(values), len(different))
            frame[head] = [repr(float(v)) for v in totals]
        return replace(other, frame=frame, file=other.file[rows[first]], row=other.row[rows[first]]), np.arange(len(first)), np.asarray(different, dtype=object)

    def _several(self, join: Any, other: Extract, index: pd.Index, rows: np.ndarray) -> None:
        """Several rows that would fit one: harmless where what is used of them is the same."""
        used = {c for rule in self.part.columns.values() for name in rule.columns for c in [self._own(name, join.name, other)] if c}
        if not used:
            return
        frame = other.frame.iloc[rows][sorted(used)].assign(**{SEPARATOR: np.asarray(index)}).drop_duplicates()
        double = frame[SEPARATOR].duplicated(keep=False).to_numpy()
        if double.any():
            first = frame[double].iloc[0]
            both = np.flatnonzero(np.asarray(index) == first[SEPARATOR])[:2]
            self.making.refuse(self.part, "join", join.table,
                               f"has several rows for one key that say different things in {listed(sorted(used))}: {other.at(rows[both[0]])} and row {other.row[rows[both[1]]]}",
                               "Say in the join which row counts: where = { … }, or order_by = a column of which the last counts.")  # fmt: skip

    def _own(self, name: str, table: str, other: Extract) -> str | None:
        prefix, _, rest = name.partition(".")
        if rest and folded(prefix) in {folded(t) for t, _, _ in self.takes}:
            return None
        if rest and folded(prefix) == folded(table):
            return column_of(other, rest)
        return column_of(other, name) if all(column_of(e, name) is None for _, e, _ in self.takes) else None

    def _no_column(self, column: str, extract: Extract) -> None:
        hint = did_you_mean(column, list(extract.frame.columns), f"It has {listed(list(extract.frame.columns), 30)}.")
        self.making.refuse(self.part, column, "", f"is no column of {extract.name} ({extract.files[0]})", hint)

    def place(self, name: str) -> tuple[str, Extract, np.ndarray, str] | None:
        """Extract, rows and column that a name of the mapping means; None, and a sentence, if there is none."""
        prefix, _, rest = name.partition(".")
        for table, extract, take in self.takes:
            if rest and folded(prefix) == folded(table) and (head := column_of(extract, rest)):
                return table, extract, take, head
        for table, extract, take in self.takes:
            if head := column_of(extract, name):
                return table, extract, take, head
        if not any(p.column == name and p.table == self.part.place for p in self.making.problems):
            self._no_column(name, self.takes[0][1])
        return None

    def texts(self, name: str) -> np.ndarray | None:
        """Texts of a column; "" where no row is joined."""
        found = self.place(name)
        return None if found is None else _taken(found[1].frame[found[3]].to_numpy(), found[2])

    def matching(self, name: str, wanted: Any) -> np.ndarray | None:
        """Rows that a filter lets through."""
        found = self.place(name)
        return None if found is None else matches(self.texts(name), wanted, self.making.commas(found[1]))

    def numbers(self, name: str, apart: np.ndarray | None = None) -> np.ndarray | None:
        """Numbers of a column; what is none is told of, but for cells that are read `apart`."""
        found = self.place(name)
        if found is None:
            return None
        _, extract, take, head = found
        texts, commas = _taken(extract.frame[head].to_numpy(), take), self.making.commas(extract)
        texts = texts if apart is None else np.where(apart, "", texts).astype(object)
        values, wrong = numbers(texts, commas)
        if not commas and may_have_thousands(map(str, different := pd.unique(texts))):
            one = next(str(t).strip() for t in different if "." in str(t))
            self.making.notes.append(f"{self.part.place}: {head} of {extract.name} was read with decimal points, {quote(one)} as {float(one):g}; nothing in it shows "
                                     "whether the point stands between thousands instead. If it does, export it without.")  # fmt: skip
        self.tell(name, wrong, "is no number",
                  f'Correct it at its source, leave the row out with where, or say how the file writes numbers: [[source]] with files = "{extract.files[0]}" and decimal = "." or ",".')  # fmt: skip
        return values

    def dates(self, name: str, utc: bool = False) -> np.ndarray | None:
        """Moments of a column; what is none is told of."""
        texts = self.texts(name)
        if texts is None:
            return None
        values, wrong = dates(texts, utc)
        self.tell(name, wrong, "is no date that can be read in one way", "Write dates as year-month-day.")
        return values

    def tell(self, name: str, wrong: np.ndarray, says: str, hint: str) -> None:
        """A sentence about cells of a column."""
        if not wrong.any():
            return
        _, extract, take, head = self.place(name)  # type: ignore[misc]
        first = int(np.flatnonzero(wrong)[0])
        cells = _taken(extract.frame[head].to_numpy(), take)[wrong]
        more = f"; so are {int(wrong.sum()) - 1} more, such as {listed([quote(str(c)) for c in pd.unique(cells)[1:MOST_SAID]])}" if len(pd.unique(cells)) > 1 else ""
        self.making.problems.append(Problem(extract.files[extract.file[take[first]]], int(extract.row[take[first]]), head, str(cells[0]), f"{says}{more}", hint))


def column_of(extract: Extract, name: str) -> str | None:
    """A column of an extract by its name, whatever its case and spaces."""
    if name in extract.frame.columns:
        return name
    return next((c for c in extract.frame.columns if folded(c) == folded(name)), None)


def _taken(values: np.ndarray, take: np.ndarray) -> np.ndarray:
    if not len(values):
        return np.full(len(take), "", dtype=object)
    found = values[take]
    if (take < 0).any():
        found = found.copy()
        found[take < 0] = ""
    return found
