"""What a case may hold: the columns of the schema and what a person has added to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass

from twinkit import rooms
from twinkit.columns import Column, columns_of, table_columns
from twinkit.tables.kpi_names import KPI_NAMES
from twinkit.tables.policy_parameters import POLICY_PARAMETERS, Parameters, parameter_columns
from twinkit.tables.schema import TABLES, Settings, Stocks


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
        columns["stocks"] |= {n: c for n, c in columns_of(actor).items() if c.table == "stocks" and n not in columns_of(Stocks)}
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
