"""A look at a case: what it may hold, its tables, and which cells have been complained of.

A cell is complained of once.  :meth:`Look.cells` makes the sentences for a set of
cells and marks them; from then on :meth:`Look.good` leaves them out, so a check
builds only on cells that hold what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from inspect import isfunction
from typing import Any

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.columns import Column, columns_of, table_columns
from twinkit.tables.case import Case, default_of
from twinkit.tables.problems import Problem, counted, shown
from twinkit.tables.schema import TABLES, Settings, Stocks
from twinkit.tables.words import KPI_NAMES, POLICY_PARAMETERS, Parameters, parameter_columns

# What a case may hold: the columns of the schema and what a person has added to them.


@dataclass(frozen=True)
class Allowed:
    """Columns, policies and KPIs that a case may name.

    Parameters
    ----------
    columns
        Table → column name → column; "settings" is one of the tables.
    policies
        Policy → the columns that it reads.
    kpis
        Names of the KPIs that an objective may aim at.
    extra
        (table, column) of the columns that are not in the schema.
    """

    columns: Mapping[str, Mapping[str, Column]]
    policies: Mapping[str, Parameters]
    kpis: tuple[str, ...]
    extra: frozenset[tuple[str, str]] = frozenset()


def allowed(
    extra_columns: Collection[str] | Mapping[str, Column] = (),
    policies: Mapping[str, Parameters] | None = None,
    kpis: Collection[str] | None = None,
) -> Allowed:
    """What a case may hold.

    Parameters
    ----------
    extra_columns
        Names of further columns: "name" is a column of stocks, "table.name" one of
        another table.  A mapping of names to columns says their unit and range, too.
    policies
        Policies that stocks may name; default: those of twinkit.  The columns that
        they read are columns of stocks without further ado.
    kpis
        KPIs that objectives may name; default: those of twinkit.
    """
    rooms.load()
    policies = POLICY_PARAMETERS if policies is None else policies
    columns = {table: table_columns(owner) for table, owner in TABLES.items()}
    columns["settings"] = table_columns(Settings)
    columns["stocks"]["policy"] = _with_choices(columns["stocks"]["policy"], tuple(policies))
    for actor in rooms.ACTORS.values():  # its columns are read where they are there, and asked of nobody
        columns["stocks"] |= {
            n: c for n, c in columns_of(actor).items() if c.table == "stocks" and n not in columns_of(Stocks)
        }
    extra = set()
    for written in (*extra_columns, *parameter_columns(policies)):
        table, _, name = written.rpartition(".")
        table = table or "stocks"
        if table not in columns:
            raise KeyError(f"the extra column {written!r} is in no table; the tables are {', '.join(TABLES)}")
        if name not in columns[table]:
            declared = extra_columns.get(written) if isinstance(extra_columns, Mapping) else None
            columns[table][name] = declared or _undeclared(name, table)
            extra.add((table, name))
    return Allowed(columns, policies, tuple(KPI_NAMES if kpis is None else kpis), frozenset(extra))


def extra_columns(case: Case) -> list[str]:
    """Columns of a case beyond the schema, as "table.column"."""
    return [f"{t}.{c}" for t, owner in TABLES.items() for c in case[t].columns if c not in table_columns(owner)]


def allowed_words(column: Column) -> str:
    """The values that a column allows, in words: "a number above 0"."""
    words = column.allowed
    if column.numeric and column.low is not None and 0 < column.low < 1e-3:
        words = words.replace(f"of {column.low:g} or more", "above 0")
        words = words.replace(f"from {column.low:g} to", "above 0, up to")
    return words


def _with_choices(column: Column, choices: tuple[str, ...]) -> Column:
    changed = copy(column)
    changed.choices = choices
    return changed


def _undeclared(name: str, table: str) -> Column:
    column = Column("", "read by a policy or an actor of your own", start=None)
    column.name, column.table = name, table
    return column


Words = str | Callable[[int], str]
"""A part of a sentence, or how it is made for a row."""

FEW = 200
"""Values that are looked up one by one: for so few, pandas takes longer."""


@dataclass
class Look:
    """A case under examination.

    Parameters
    ----------
    case
        The case; cells that could not be read hold their default value.
    allowed
        Columns, policies and KPIs that it may name.
    rows
        Table → number of each row as a spreadsheet shows it; rows of a table left out
        are counted from 2.
    setting_rows
        Setting → row.
    bad
        (table, column) → which cells have been complained of.
    twice
        Table → which rows repeat the key of an earlier one; they count as not there.
    gone
        Tables that could not be read; nothing can be said of what refers to them.
    bad_settings
        Settings that have been complained of.
    typed
        (table, column) → cells as they were typed, where a case was read from files.
    converted
        (table, column) → which cells were given in another length of time than a period.
    network
        Who supplies whom, once a check has asked for it.
    """

    case: Case
    allowed: Allowed
    rows: dict[str, np.ndarray] = field(default_factory=dict)
    setting_rows: dict[str, int] = field(default_factory=dict)
    bad: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    twice: dict[str, np.ndarray] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    bad_settings: set[str] = field(default_factory=set)
    typed: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    converted: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    network: Any = None
    _values: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def columns(self, table: str) -> dict[str, Column]:
        """Columns of a table that the case holds, by name."""
        return {n: c for n, c in self.allowed.columns[table].items() if n in self.case[table]}

    def values(self, table: str, column: str) -> np.ndarray:
        """Values of a column, as they are in the case."""
        key = (table, column)
        if key not in self._values:
            self._values[key] = self.case[table][column].to_numpy()
        return self._values[key]

    def given(self, table: str, column: str) -> np.ndarray:
        """Where a cell says something other than what an empty one means."""
        values, default = self.values(table, column), default_of(self.columns(table)[column])
        if values.dtype.kind == "f":
            return ~np.isnan(values) & (values != default)
        return values.astype(bool) != default if isinstance(default, bool) else (values != default) & (values != "")

    def row(self, table: str, i: int) -> int:
        """Number of a row as a spreadsheet shows it."""
        return int(self.rows[table][i]) if table in self.rows else int(i) + 2

    def live(self, table: str) -> np.ndarray:
        """Which rows count: all but those that repeat an earlier one."""
        return ~self.twice.get(table, np.zeros(len(self.case[table]), dtype=bool))

    def good(self, table: str, *columns: str) -> np.ndarray:
        """Which rows count and hold nothing complained of in these columns."""
        mask = self.live(table)
        for column in columns:
            if (table, column) in self.bad:
                mask &= ~self.bad[table, column]
        return mask

    def spoil(self, table: str, column: str, mask: np.ndarray) -> None:
        """Mark cells as complained of."""
        self.bad[table, column] = self.bad.get((table, column), np.zeros(len(mask), dtype=bool)) | mask

    def cells(self, table: str, column: str, mask: np.ndarray, says: Words, hint: Words = "") -> list[Problem]:
        """The sentences about some cells of a column, each cell marked as complained of.

        Cells that have been complained of before are left out.

        Parameters
        ----------
        table, column
            Where the cells are.
        mask : ndarray of bool
            Which rows.
        says, hint
            See :class:`Problem`; a function gets the position of the row.
        """
        if not mask.any():
            return []
        hits = mask & self.good(table, column)
        self.spoil(table, column, hits)
        return self.lines(table, column, hits, says, hint)

    def lines(
        self,
        table: str,
        column: str,
        mask: np.ndarray,
        says: Words,
        hint: Words = "",
        value: Callable[[int], str] | None = None,
    ) -> list[Problem]:
        """The sentences about some rows, without marking any cell."""

        def make(i: int) -> Problem:
            found = value(i) if value else self.found(table, column, i)
            told = [words if isinstance(words, str) else words(i) for words in (says, hint)]
            return Problem(table, self.row(table, i), column, found, *told)

        return counted(np.flatnonzero(mask), make, lambda i: self.row(table, i))

    def found(self, table: str, column: str, i: int) -> str:
        """A cell as it was typed, or the value that it has."""
        typed = self.typed[table, column][i].strip() if (table, column) in self.typed else ""
        return typed or shown(_plain(self.values(table, column)[i]))

    def setting(self, name: str, says: str, hint: str = "") -> list[Problem]:
        """The sentence about a setting, unless it has been complained of before."""
        if name in self.bad_settings:
            return []
        self.bad_settings.add(name)
        value = shown(self.case.settings[name])
        return [Problem("settings", self.setting_rows.get(name), name, value, says, hint)]

    def fit(self, *settings: str) -> bool:
        """Whether none of these settings has been complained of."""
        return not self.bad_settings & set(settings)


def about(*tables: str) -> Callable[[Callable], Callable]:
    """Mark a check as one of rows of these tables: it is not made where none of them has any (most tables of most cases have none)."""

    def mark(check: Callable) -> Callable:
        check.about = tables
        return check

    return mark


def checks_in(module: Mapping[str, Any], *before: tuple[Callable, ...]) -> tuple[Callable, ...]:
    """The checks that stand in a module so far and are in no group before, in their order: its public functions of a look that give problems."""
    own = [f for name, f in module.items() if name[0] != "_" and getattr(f, "__module__", "") == module["__name__"] and isfunction(f)]
    checks = [f for f in own if f.__code__.co_varnames[: f.__code__.co_argcount] == ("look",) and "[Problem]" in f.__annotations__["return"]]
    return tuple(f for f in checks if not any(f in group for group in before))


def of_sound(check: Callable) -> Callable:
    """Mark a check that works out something of the whole chain: it is made once nothing else is wrong."""
    check.of_sound = True  # type: ignore[attr-defined]
    return check


def among(values: np.ndarray, choices: Iterable[Any]) -> np.ndarray:
    """Which values are among the choices."""
    choices = list(choices)
    if len(values) <= FEW and not any(c != c for c in choices):
        known = set(choices)
        return np.array([v in known for v in np.asarray(values, dtype=object).tolist()], dtype=bool)
    return pd.Series(values, dtype=object).isin(choices).to_numpy(dtype=bool)


def in_order(problems: list[Problem], look: Look | None = None) -> list[Problem]:
    """Problems in the order of tables, rows and columns; those of the whole case first."""
    tables = {t: i for i, t in enumerate(("", "settings", *TABLES))}
    columns = {(t, n): i for t, cols in look.allowed.columns.items() for i, n in enumerate(cols)} if look else {}
    return sorted(
        problems,
        key=lambda p: (tables.get(p.table, 0), p.row or 0, columns.get((p.table, p.column), -1)),
    )


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
