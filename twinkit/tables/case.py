"""A case: the checked tables that describe a chain."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.columns import Column, table_columns
from twinkit.tables.problems import Problem, did_you_mean, refuse
from twinkit.tables.provenance import Source, source_of
from twinkit.tables.schema import TABLES, Settings
from twinkit.tables.words import FLAGS

SOUND = "sound"
"""Mark of a case without problems."""

DTYPES = {"number": "float64", "whole": "float64", "text": "str", "flag": "bool", "date": "str"}
"""How each kind of column is kept in a table; an empty number is NaN, an empty text is ""."""

_EMPTY: dict[str, tuple[int, pd.DataFrame]] = {}


def empty_table(table: str) -> pd.DataFrame:
    """A table without rows, with every column of the schema in its kind."""
    version, made = _EMPTY.get(table, (None, None))
    if made is None or version != rooms.version():
        columns = table_columns(TABLES[table])
        made = pd.DataFrame({name: pd.Series([], dtype=DTYPES[c.kind]) for name, c in columns.items()})
        _EMPTY[table] = (rooms.version(), made)
    return made.copy(deep=False)  # there are no values that two cases could share


def default_of(column: Column) -> Any:
    """Value that an empty cell of a column stands for (NaN or "" if it has a meaning of its own)."""
    if column.required or column.start is None:
        return float("nan") if column.numeric else ""
    return float(column.start) if column.numeric else column.start


def _is_typed(values: pd.Series, column: Column) -> bool:
    """Whether a column of a table is already as it should be, so that nothing needs to be filled in."""
    if str(values.dtype) != DTYPES[column.kind]:
        return False
    if column.numeric:
        return default_of(column) != default_of(column) or not np.isnan(values.to_numpy()).any()
    return column.kind == "flag" or (not default_of(column) and not values.hasnans)


def _is_complete(given: pd.DataFrame, columns: Mapping[str, Column]) -> bool:
    """Whether a table is as it should be: one that was made of a complete one by changing a few columns mostly is."""
    if list(given.columns[: len(columns)]) != list(columns) or type(given.index) is not pd.RangeIndex or given.index.start or given.index.step != 1:
        return False
    if any(str(dtype) != DTYPES[c.kind] for dtype, c in zip(given.dtypes.iloc[: len(columns)], columns.values(), strict=True)):
        return False
    filled = [name for name, c in columns.items() if c.numeric and default_of(c) == default_of(c)]
    texts = [name for name, c in columns.items() if not c.numeric and c.kind != "flag"]
    if np.isnan(given[filled].to_numpy()).any() or any(given[name].hasnans for name in texts):
        return False
    return not any((given[name].to_numpy(object) == "").any() for name in texts if default_of(columns[name]))


def complete(table: str, rows: pd.DataFrame | list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of a table with every column present, typed, and in the schema's order.

    Extra columns are kept at the end: a policy of the user's own may read them.
    """
    given = pd.DataFrame(rows)
    columns = table_columns(TABLES[table])
    if not len(given) and set(given) <= set(columns):
        return empty_table(table)
    if _is_complete(given, columns):
        return given.copy()  # whoever made it may go on writing into it
    typed, wrong = {}, []
    for name, column in columns.items():
        if name not in given:
            default = default_of(column)
            typed[name] = _constant(DTYPES[column.kind], default if default == default else None, len(given))
            continue
        values = given[name]
        if _is_typed(values, column):
            typed[name] = values.array
            continue
        if values.dtype.kind not in "biuf" and (column.numeric or column.kind == "flag"):
            values, strange = _read(column, values)
            wrong += [Problem(table, i + 2, name, str(given[name].iloc[i]), f"must be {column.allowed}") for i in strange]
        empty = values.isna() | (values.astype("str") == "") if not column.numeric else values.isna()
        filled = values.where(~empty, default_of(column))
        typed[name] = filled.astype(DTYPES[column.kind]).array
    refuse(wrong)
    extra = {name: given[name].array for name in given.columns if name not in columns}
    return pd.DataFrame({**typed, **extra})


def _read(column: Column, values: pd.Series) -> tuple[pd.Series, list[int]]:
    """Numbers, or yes and no, of cells that may be texts; and where a cell is neither, which is not taken for a yes."""
    strange = [i for i, v in enumerate(values) if _strange(v, column)]
    if strange:
        values = values.astype(object)
        values.iloc[strange] = None
    return pd.to_numeric(values) if column.numeric else values.astype(object).map(_flag), strange


def _flag(value: Any) -> Any:
    return FLAGS.get(value.strip().casefold()) if isinstance(value, str) and value else value


def _strange(value: Any, column: Column) -> bool:
    """Whether a cell is neither empty nor of the kind of its column."""
    if not column.numeric:
        return isinstance(value, str) and bool(value) and _flag(value) is None
    try:
        return value is not None and value is not pd.NA and value != "" and float(value) is None
    except (TypeError, ValueError):
        return True


@lru_cache(2048)
def _constant(dtype: str, value: Any, rows: int) -> Any:
    """A column that says the same in every row, None = not a number; tables copy it."""
    return pd.Series(np.nan if value is None else value, index=range(rows), dtype=dtype).array


class Case:
    """A chain as tables.

    Parameters
    ----------
    name
        Name of the case.
    tables
        Table name → rows (a DataFrame or a list of dicts); tables left out are
        empty.  The tables are taken as checked: see :func:`twinkit.read_case`.
    settings
        Settings that differ from their starting values.

    Attributes
    ----------
    tables : dict of DataFrame
        Every table of the schema, complete and typed.
    settings : dict
        Every setting.
    marks : set of str
        What is known of the case as it is, such as "sound"; a changed copy has none.
    notes : list of Problem, or None
        What is legal and perhaps not meant, as it was found when the case was read; None where
        nobody has looked (:func:`twinkit.notes_of` does).

    Raises
    ------
    KeyError
        If a table or a setting has no place in the schema.
    """

    def __init__(
        self,
        name: str,
        tables: Mapping[str, pd.DataFrame | list[dict[str, Any]]],
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        rooms.load()
        unknown = set(tables) - set(TABLES)
        if unknown:
            raise KeyError(f"a case has no table {', '.join(sorted(unknown))}; it has {', '.join(TABLES)}")
        self.name = name
        self.tables = {t: complete(t, tables[t]) if t in tables else empty_table(t) for t in TABLES}
        self._derived: dict[Callable[[Case], Any], Any] = {}
        self._rooms = rooms.version()
        self.marks: set[str] = set()
        self.notes: list[Problem] | None = None
        known = table_columns(Settings)
        self.settings: dict[str, Any] = {k: c.start for k, c in known.items()}
        for key, value in (settings or {}).items():
            if key not in known:
                raise KeyError(f"a case has no setting {key!r}; it has {', '.join(known)}")
            self.settings[key] = value

    def __getitem__(self, table: str) -> pd.DataFrame:
        if self._rooms != rooms.version():
            self._grow()
        if table not in self.tables:
            hint = did_you_mean(str(table), list(TABLES), f"It has {', '.join(TABLES)}.")
            raise KeyError(f"a case has no table {table!r}. {hint}")
        return self.tables[table]

    def _grow(self) -> None:
        """Take in the tables and columns that a room has added since the case was made; what was derived is derived anew."""
        self._rooms = rooms.version()
        self.tables = {t: complete(t, self.tables[t]) if t in self.tables else empty_table(t) for t in TABLES}
        self.settings = {k: self.settings.get(k, c.start) for k, c in table_columns(Settings).items()}
        self._derived, self.marks, self.notes = {}, set(), None

    def replace(self, name: str | None = None, *, settings: Mapping[str, Any] | None = None, **tables) -> Case:
        """A copy of the case with some tables or settings changed."""
        unknown = (set(tables) - set(TABLES)) | (set(settings or {}) - set(self.settings))
        if unknown:
            raise KeyError(f"a case has no table or setting {', '.join(sorted(unknown))}")
        changed = object.__new__(Case)
        changed.name = name or self.name
        changed.tables = {**self.tables, **{t: complete(t, rows) for t, rows in tables.items()}}
        changed.settings = {**self.settings, **(settings or {})}
        changed._derived, changed.marks, changed.notes = {}, set(), None
        changed._rooms = self._rooms
        return changed

    def whole(self, products: pd.Series) -> np.ndarray:
        """Whether units of the products cannot be split: as their table says, or as the case does.

        Parameters
        ----------
        products
            Names of products, one for each row.

        Returns
        -------
        array of bool
        """
        words = self["products"].drop_duplicates("product").set_index("product")["whole_units"]  # checks ask before names are unique
        said = products.map(words).to_numpy(object)
        return np.where(said == "as_case", bool(self.settings["whole_units"]), said == "yes").astype(bool)

    def source(self, table: str, row: int | str | Sequence[str], column: str) -> Source:
        """Where a cell comes from: file, row and rule, or the assumption that it is.

        Parameters
        ----------
        table, column
            Table and column of the cell.
        row
            Number of the row, 0 = first; or its name: what its key columns hold, as a sequence or joined by " | ".

        Raises
        ------
        KeyError
            If there is no such cell.
        """
        return source_of(self, table, row, column)

    def derived(self, make: Callable[[Case], Any]) -> Any:
        """What `make` makes of the case, made once: tables are replaced, never changed in place."""
        if self._rooms != rooms.version():
            self._grow()
        if make not in self._derived:
            self._derived[make] = make(self)
        return self._derived[make]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Case):
            return NotImplemented
        same = all(self[t].equals(other[t]) for t in TABLES)  # first: a case takes in what rooms have added
        return same and self.settings == other.settings

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self[t])} {t.replace('_', ' ')}" for t in TABLES if len(self[t]))
        told = len(self.notes or ())
        notes = f"; {told} note{'s' if told > 1 else ''}, see twinkit.notes_of" if told else ""
        return f"<Case {self.name}: {counts}{notes}>"


def case_fingerprint(case: Case) -> str:
    """Short text that two cases share only if all their tables and settings are the same."""
    digest = hashlib.blake2b(digest_size=16)
    for name, table in case.tables.items():
        digest.update(f"{name}\n{table.to_csv(index=False)}\n".encode())
    digest.update(repr(sorted(case.settings.items())).encode())
    return digest.hexdigest()


CaseLike = Case | str | os.PathLike[str]
"""What every study takes in place of a case: its name or its folder will do, too."""
