"""What a mapping makes of extracts: rows of the tables of the case, each of which knows the rows that it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from twinkit.capabilities.intake.extracts import Extract, Folder, closest_tables
from twinkit.capabilities.intake.mapping import Part, Rule
from twinkit.capabilities.intake.values import (
    MOST_SAID,
    SEPARATOR,
    dates,
    each,
    factors,
    joined_keys,
    matches,
    numbers,
    shows_commas,
)
from twinkit.columns import Column, table_columns
from twinkit.tables.cells import FLAGS, folded, may_have_thousands
from twinkit.tables.problems import Problem, did_you_mean, listed, quote
from twinkit.tables.schema import TABLES
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
            order = np.argsort(other.frame[head].to_numpy()[rows].astype(str), kind="stable")
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

    def numbers(self, name: str) -> np.ndarray | None:
        """Numbers of a column; what is none is told of."""
        found = self.place(name)
        if found is None:
            return None
        _, extract, take, head = found
        texts, commas = _taken(extract.frame[head].to_numpy(), take), self.making.commas(extract)
        values, wrong = numbers(texts, commas)
        if not commas and may_have_thousands(map(str, different := pd.unique(texts))):
            one = next(str(t).strip() for t in different if "." in str(t))
            self.making.notes.append(f"{self.part.place}: {head} of {extract.name} was read with decimal points, {quote(one)} as {float(one):g}; nothing in it shows "
                                     "whether the point stands between thousands instead. If it does, export it without.")  # fmt: skip
        self.tell(name, wrong, "is no number", "Correct it at its source, or leave the row out with where.")
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


# --- the columns of a part


def make_rows(part: Part, making: Making, drawn: Drawn | None = None) -> Made | None:
    """The rows of a part; None where something is missing, which is told of."""
    known = table_columns(TABLES[part.into])
    if not part.source:
        values = {name: constant(rule, known[name], 1, part, making) for name, rule in part.columns.items()}
        return Made(part, pd.DataFrame(values), said={n: ("", r.said(), r.assumed) for n, r in part.columns.items()})
    drawn = drawn or Drawn(part, making)
    if drawn.lost:
        return None
    names = [k for k in TABLES[part.into].key if k in part.columns] + [n for n in part.columns if n not in TABLES[part.into].key]
    values: dict[str, np.ndarray] = {}
    said: dict[str, tuple[str, str, bool]] = {}
    for name in names:
        rule = part.columns[name]
        column = _column(rule, known[name], drawn, values, name)
        if column is not None:
            values[name] = column
            at = drawn.place(rule.columns[0]) if len(rule.columns) == 1 else None
            extract = at[1] if at else drawn.takes[0][1] if rule.columns else None
            said[name] = extract.name if extract is not None else "", rule.said(), rule.assumed
    frame = pd.DataFrame(values, index=range(len(drawn)))
    frame, origins = _expanded(part, making, frame, [(e, t) for _, e, t in drawn.takes])
    return _combined(part, Made(part, frame, origins, said), making)


def constant(rule: Rule, column: Column, n: int, part: Part, making: Making) -> np.ndarray:
    """A stated or assumed value in every row."""
    value = rule.value
    if column.kind == "flag":
        flag = value if isinstance(value, bool) else _FLAGS.get(str(value).casefold())
        if flag is None:
            making.refuse(part, column.name, str(value), "is neither yes nor no")
        return np.full(n, bool(flag))
    if column.numeric:
        found, wrong = numbers(np.array([str(value)], dtype=object))
        if wrong[0]:
            making.refuse(part, column.name, str(value), "is no number")
        return np.full(n, found[0])
    return np.full(n, _choice(str(value), column, part, making), dtype=object)


BY_FLOWS = "by_flows"
"""Kind of a site that what flows through it shows."""


def _choice(text: str, column: Column, part: Part, making: Making) -> str:
    if not column.choices or not text or (text == BY_FLOWS and column.name == "kind"):
        return text
    word = next((c for c in column.choices if folded(c) == folded(text)), None)
    if word is None:
        making.refuse(part, column.name, text, f"is not one of {', '.join(column.choices)}", did_you_mean(text, column.choices))
    return word or ""


def _column(rule: Rule, column: Column, drawn: Drawn, made: Mapping[str, np.ndarray], name: str) -> np.ndarray | None:
    part, making, more = drawn.part, drawn.making, rule.more
    if not rule.columns:
        return constant(rule, column, len(drawn), part, making)
    if column.numeric and "words" not in more:
        return _number(rule, column, drawn, made, name)
    texts = _text(rule, drawn)
    if texts is None:
        return None
    if (hidden := _hidden(rule, drawn)) is not None:
        texts = np.where(hidden, "", texts).astype(object)
    if more.get("strip_zeros"):
        texts = pd.Series(texts).str.replace(r"^0+(?=\d)", "", regex=True).to_numpy(object)
    texts = _translated(texts, rule, column, drawn)
    if column.numeric:
        return numbers(texts)[0]
    if column.kind == "flag":
        found = each(texts, lambda t: _FLAGS.get(t.strip().casefold()) if t.strip() else bool(column.start))
        drawn.tell(rule.columns[0], pd.isna(found), f"is neither yes nor no, for {name}", "Translate it with words = { … }.")
        return np.where(pd.isna(found), False, found).astype(bool)
    if column.choices:
        by_word = {folded(c): c for c in (*column.choices, *([BY_FLOWS] if part.into == "sites" and column.name == "kind" else []))}
        found = each(texts, lambda t: by_word.get(folded(t)) if t.strip() else "")
        drawn.tell(rule.columns[0], pd.isna(found), f"is no word for {name}, which may be {', '.join(column.choices)}", "Translate it with words = { … } in the mapping.")
        return np.where(pd.isna(found), "", found).astype(object)
    return texts


def _hidden(rule: Rule, drawn: Drawn) -> np.ndarray | None:
    """Which rows a rule leaves empty, as it says only_if; None if it does not."""
    found = None
    for column, wanted in dict(rule.more.get("only_if") or {}).items():
        hit = drawn.matching(column, wanted)
        if hit is not None:
            found = ~hit if found is None else found | ~hit
    return found


def _text(rule: Rule, drawn: Drawn) -> np.ndarray | None:
    columns = [drawn.texts(c) for c in rule.columns]
    if any(c is None for c in columns):
        return None
    parts = [pd.Series(c, dtype=object).astype(str).str.strip() for c in columns]
    if "text" in rule.more:
        fixed = str(rule.more["text"]).split("{")
        found = pd.Series(fixed[0], index=parts[0].index, dtype=object)
        for part, rest in zip(parts, fixed[1:], strict=True):
            found = found + part + rest.partition("}")[2]
        return found.str.strip().to_numpy(object)
    found = parts[0]
    for part in parts[1:]:
        found = found.where(found != "", part)
    if "default" in rule.more:
        found = found.where(found != "", str(rule.more["default"]))
    return found.to_numpy(object)


def _translated(texts: np.ndarray, rule: Rule, column: Column, drawn: Drawn) -> np.ndarray:
    """Words of the extract in those of the case; what is not translated is told of, unless a default is given."""
    words = rule.more.get("words")
    if not words:
        return texts
    by_word = {str(k).strip(): str(v) if not isinstance(v, bool) else ("yes" if v else "no") for k, v in words.items()}
    fallback = rule.more.get("default")

    def translated(text: str) -> str | None:
        if text.strip() in by_word:
            return by_word[text.strip()]
        if fallback is None and text.strip() and column.choices:
            return None
        return str(fallback or (text if not column.choices else ""))

    found = each(texts, translated)
    drawn.tell(rule.columns[0], pd.isna(found), f"is not translated into a word for {column.name}", f"words knows {listed(list(by_word), 20)}; add it, or give a default.")
    return np.where(pd.isna(found), "", found).astype(object)


def _number(rule: Rule, column: Column, drawn: Drawn, made: Mapping[str, np.ndarray], name: str) -> np.ndarray | None:
    part, making, more = drawn.part, drawn.making, rule.more
    values = None
    for one in rule.columns:
        found = drawn.dates(one) if column.quantity == "moment" and _is_dates(drawn, one) else drawn.numbers(one)
        if found is None:
            return None
        values = found if values is None else np.where(np.isnan(values), found, values)
    assert values is not None
    unit = drawn.texts(more["unit_column"]) if "unit_column" in more else np.full(len(drawn), str(more.get("unit", "")), dtype=object)
    if unit is None:
        return None
    if "unit_column" in more or "unit" in more:
        products = made.get("component" if part.into == "bill_of_materials" else "product", pd.Series(dtype=object))
        fits = column.unit.startswith(("units", "money/unit")) and len(products) == len(drawn)
        found, said = factors(unit, column.unit, column.quantity, making.period_days, making.packs if fits else None, products if fits else None, making.own_units if fits else None)
        for word, says in said.items():
            at = int(np.flatnonzero(pd.Series(unit, dtype=object).astype(str).str.strip().to_numpy() == word)[0])
            making.problems.append(Problem(drawn.takes[0][1].files[0], int(drawn.takes[0][1].row[drawn.takes[0][2][at]]), str(more.get("unit_column", name)), word,
                                           says if says.startswith("is ") else f"cannot be used for {part.into}.{name}: {says}", "Add a row to conversions, or correct the unit."))  # fmt: skip
        bare = ~np.isnan(values) & (values != 0) & each(unit, lambda t: not t.strip(), bool)
        if "unit_column" in more and bare.any():
            making.notes.append(f"{part.place}: {counted(int(bare.sum()), 'row')} without a unit in {more['unit_column']} read as {column.unit.split('/')[0]}, for {name}.")
        values = values * found
    if "currency_column" in more:
        values = _money(values, str(more["currency_column"]), drawn, name)
    for word, sign in (("per", -1), ("times", 1)):
        if word in more and values is not None:
            by = drawn.numbers(str(more[word])) if isinstance(more[word], str) else np.full(len(drawn), float(more[word]))
            if by is None:
                return None
            none = (np.isnan(by) | (by == 0)) & ~np.isnan(values)
            if none.any():
                making.notes.append(f"{part.place}: {counted(int(none.sum()), 'row')} with nothing or 0 in {more[word]} read as 1, for {name}.")
            by = np.where(np.isnan(by) | (by == 0), 1.0, by)
            values = values / by if sign < 0 else values * by
    if values is not None and "empty" in more:
        values = np.where(np.isin(values, np.array(more["empty"] if isinstance(more["empty"], list) else [more["empty"]], float)), np.nan, values)
    if values is not None and (hidden := _hidden(rule, drawn)) is not None:
        values = np.where(hidden, np.nan, values)
    if values is not None and "default" in more:
        values = np.where(np.isnan(values), float(more["default"]), values)
    if values is not None and column.kind == "whole" and column.quantity != "moment":
        whole = np.round(values)
        near = np.abs(values - whole) < 1e-9 * np.maximum(1, np.abs(values))
        if "unit" in more or "unit_column" in more:
            if (up := ~near & ~np.isnan(values)).any():
                making.notes.append(f"{part.place}: {name} of {counted(int(up.sum()), 'row')} rounded up to whole {column.unit}, such as {values[up][0]:.3g} to {np.ceil(values[up][0]):g}.")
            values = np.ceil(np.where(near, whole, values))
        else:
            values = np.where(near, whole, values)
    return values


def _is_dates(drawn: Drawn, name: str) -> bool:
    texts = drawn.texts(name)
    if texts is None:
        return False
    some = [t for t in pd.unique(texts)[:20] if str(t).strip()]
    return bool(some) and not dates(np.array(some, dtype=object))[1].all() and numbers(np.array(some, dtype=object))[1].any()


def _money(values: np.ndarray, column: str, drawn: Drawn, name: str) -> np.ndarray | None:
    texts, making = drawn.texts(column), drawn.making
    if texts is None:
        return None
    own = ("", making.currency.upper())
    rates = each(texts, lambda t: 1.0 if t.strip().upper() in own else making.rates.get(t.strip().upper(), np.nan), float)
    bare = ~np.isnan(values) & (values != 0) & each(texts, lambda t: not t.strip(), bool)
    if bare.any():
        making.notes.append(f"{drawn.part.place}: {counted(int(bare.sum()), 'row')} without a currency in {column} read as {making.currency}, for {name}.")
    drawn.tell(column, np.isnan(rates), f"is a currency without a rate, for {name}", f"Write it into [rates] of the mapping: what one of it is worth in {making.currency}.")
    return values * rates


def _expanded(part: Part, making: Making, frame: pd.DataFrame, origins: list) -> tuple[pd.DataFrame, list]:
    """Rows about a group as rows about each of its members, where an extract says what belongs to what."""
    for one in part.expand:
        tree = making.folder.tables.get(str(one["by"]))
        column = str(one["column"])
        if tree is None or column not in frame or not {str(one["key"]), str(one["parent"])} <= set(tree.frame.columns):
            continue
        below: dict[str, list[str]] = {}
        for child, parent in zip(tree.frame[str(one["key"])], tree.frame[str(one["parent"])], strict=True):
            if parent and parent != child:
                below.setdefault(parent, []).append(child)
        members = {group: list(_leaves(group, below)) for group in below}
        places, names = [], []
        for i, name in enumerate(frame[column]):
            for member in members.get(name, [name]):
                places.append(i)
                names.append(member)
        at = np.array(places, np.int64)
        direct = np.array([name not in members for name in frame[column]], bool)[at] if len(at) else np.zeros(0, bool)
        order = np.argsort(~direct, kind="stable")  # what is said of a member itself goes before what is said of its group
        frame = frame.iloc[at].reset_index(drop=True).assign(**{column: names}).iloc[order].reset_index(drop=True)
        origins = [(extract, take[at][order]) for extract, take in origins]
        keys = [k for k in TABLES[part.into].key if k in frame]
        first = ~frame.duplicated(keys).to_numpy() | direct[order]
        frame, origins = frame[first].reset_index(drop=True), [(extract, take[first]) for extract, take in origins]
    return frame, origins


def _leaves(group: str, below: Mapping[str, list[str]]) -> Iterator[str]:
    seen, stack = {group}, list(reversed(below[group]))
    while stack:
        name = stack.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in below:
            stack.extend(reversed(below[name]))
        else:
            yield name


def _combined(part: Part, made: Made, making: Making) -> Made:
    """Several rows of an extract as one of the case, where the mapping says how."""
    ways = {n: str(r.more["combine"]) for n, r in part.columns.items() if "combine" in r.more and n in made.frame}
    keys = [k for k in TABLES[part.into].key if k in made.frame]
    if not ways and not part.distinct:
        return made
    if not made.frame[keys].duplicated().any():
        return made
    groups = made.frame.groupby(keys, sort=False, dropna=False)
    codes = groups.ngroup().to_numpy()
    tell_differing(part, made, making, keys, codes, np.arange(len(made.frame)))
    rest = {n: ways.get(n, "first") for n in made.frame if n not in keys}
    frame = groups.agg(rest).reset_index() if rest else made.frame[keys].drop_duplicates()
    for name in [n for n, way in rest.items() if way == "sum"]:
        frame[name] = groups[name].sum(min_count=1).to_numpy()  # nothing is known of what is empty in every row
    first = groups.head(1).index.to_numpy()
    return Made(part, frame.reset_index(drop=True)[list(made.frame.columns)], [(e, t[first]) for e, t in made.origins], made.said, groups.size().to_numpy())


def tell_differing(part: Part, made: Made, making: Making, keys: list[str], codes: np.ndarray, lines: np.ndarray) -> None:
    """A sentence for each column that is no key and not the same in all lines of a group, unless the mapping says how to combine it.

    Parameters
    ----------
    codes, lines : ndarray of int
        Group and row in `made` of each line.
    """
    first = np.unique(codes, return_index=True)[1]
    for name in (n for n in made.frame if n not in keys and not (n in part.columns and "combine" in part.columns[n].more)):
        values = pd.factorize(made.frame[name].to_numpy()[lines])[0]
        other = np.flatnonzero(values != values[first][codes])
        if not len(other):
            continue
        i, j = int(lines[other[0]]), int(lines[first[codes[other[0]]]])
        named = " | ".join(str(made.frame[k].iat[i]) for k in keys)
        both = [f"{quote(str(made.frame[name].iat[k]))} ({made.at(k)})" for k in (j, i)]
        hint = f'Put {name} into the name, as in {keys[0]} = {{ text = "{{A}} at {{B}}" }}, or say what is made of it with combine = "sum", "mean", "first" ….'
        making.refuse(part, name, named, f"has lines with different values, {both[0]} and {both[1]}; {len(pd.unique(codes[other]))} such names in all", hint)
