"""Rows of the tables that name a site or a lane."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit.columns import Column, table_columns
from twinkit.tables.case import Case, default_of
from twinkit.tables.schema import TABLES

PLACES = {"sites": ("site",), "stocks": ("site",), "recipes": ("site",), "markets": ("site",),
          "lanes": ("origin", "destination"), "events": ("site", "origin", "destination")}  # fmt: skip
"""Tables that name sites, and the columns that do."""


def rows_of(case: Case, site: str = "", lane: tuple[str, str] | None = None) -> dict[str, pd.DataFrame]:
    """Rows of the tables of a case that name a site, or a lane; tables without any are left out.

    Columns that hold nothing but what an empty cell means are left out too.
    """
    found = {}
    for table, columns in PLACES.items():
        rows = case[table]
        if lane is not None:
            if table not in ("lanes", "events"):
                continue
            mask = (rows["origin"] == lane[0]) & (rows["destination"] == lane[1])
        else:
            mask = np.logical_or.reduce([rows[c] == site for c in columns])
            if "via" in rows:
                mask |= np.array([site in [p.strip() for p in str(v).split(";")] for v in rows["via"]], bool)
        if mask.any():
            found[table] = _told(rows[mask], table)
    return found


def _told(rows: pd.DataFrame, table: str) -> pd.DataFrame:
    columns = table_columns(TABLES[table])
    said = [c for c in rows if c not in columns or columns[c].required or not _usual(rows[c], columns[c])]
    return rows[said].reset_index(drop=True)


def _usual(values: pd.Series, column: Column) -> bool:
    usual = default_of(column)
    return bool(values.isna().all()) if usual != usual else bool((values == usual).all())


def column_of(table: str, name: str) -> Column | None:
    """Declaration of a column of a table; None of a column of one's own."""
    return table_columns(TABLES[table]).get(name)
