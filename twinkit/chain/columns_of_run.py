"""Columns of a running chain: from a declared column to the rows of its array."""

from __future__ import annotations

from typing import Any

import numpy as np

from twinkit.chain import layout
from twinkit.chain.layout import World
from twinkit.chain.plan import Plan
from twinkit.columns import Column
from twinkit.tables.schema import TABLES

NUMBERS = {
    "stocks": ("stock_n", layout.SP),
    "lanes": ("lane_n", layout.LP),
    "recipes": ("recipe_n", layout.RP),
    "markets": ("market_n", layout.MP),
}
STATE = {
    "sites": ("site", layout.SI),
    "stocks": ("stock", layout.ST),
    "lanes": ("lane", layout.LN),
    "recipes": ("recipe", layout.RC),
    "claims": ("claim", layout.CL),
    "markets": ("market", layout.MK),
}
TABLE_ROWS = {"sites": "sites", "stocks": "stocks", "lanes": "lanes", "recipes": "recipes", "markets": "markets"}


class RunColumns:
    """Reading and writing of columns, for a chain with a `plan` and a `world`.

    Numbers of a table that the steps read (levels, shares, lead times …) have shape
    (rows, 1); state has shape (rows, replications).
    """

    plan: Plan
    world: World

    def _own(self) -> dict[Column, np.ndarray]:
        return self.__dict__.setdefault("own_columns", {})

    def column_array(self, column: Column, of: str) -> np.ndarray:
        """Whole array of a column, for rows of the table `of`.

        Raises
        ------
        AttributeError
            If the chain keeps no such column.
        """
        table, name = column.table, column.name
        if column in self._own():
            return self._own()[column]
        if table == "claims":
            n_lanes = self.world.lane.shape[1]
            block = self.world.claim[getattr(layout.CL, name)]
            return block[:n_lanes] if of == "lanes" else block[n_lanes:]
        if table in STATE and name in STATE[table][1]._fields:
            field, fields = STATE[table]
            array = getattr(self.world, field)[getattr(fields, name)]
        elif table in NUMBERS and column.numeric and name in NUMBERS[table][1]._fields:
            field, fields = NUMBERS[table]
            array = getattr(self.world, field)[getattr(fields, name)][:, None]
        elif table in TABLES and hasattr(self.plan.net, table):
            values = getattr(self.plan.net, table)[name]
            array = values.to_numpy(float)[:, None] if column.numeric or column.kind == "flag" else values.to_numpy()
        else:
            raise AttributeError(f"the chain keeps no column {table}.{name}")
        return array[self.plan.net.stock_site] if table == "sites" and of == "stocks" else array

    def column(self, column: Column, of: str, rows: Any) -> Any:
        """Values of a column for some rows of the table `of`."""
        array = self.column_array(column, of)
        if array.dtype.kind in "OUS" or array.dtype.kind == "T":
            words = np.asarray(array[rows], dtype=str)
            return str(words.flat[0]) if column.table == "sites" and len(set(words.flat)) == 1 else words
        return array[rows]

    def set_column(self, column: Column, of: str, rows: Any, value: Any, world: Any = slice(None)) -> None:
        """Write a column; a state column or a number that the steps read.

        Raises
        ------
        AttributeError
            If the column is a text, or a number that no step reads while running.
        """
        array = self.column_array(column, of)
        live = column.state or column in self._own() or column.table in NUMBERS
        if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or not live or not np.shares_memory(
            array, array[...]
        ):
            raise AttributeError(f"{column.name} cannot be changed while the chain runs: change the table of the case")
        if isinstance(world, slice):
            array[rows] = value
        else:
            array[rows, world if array.shape[-1] > 1 else 0] = value

    def number(self, table: str, name: str, rows: Any) -> np.ndarray:
        """A derived number of a table by name, shape (rows, 1)."""
        field, fields = NUMBERS[table]
        return getattr(self.world, field)[getattr(fields, name)][:, None][rows]

    def add_column(self, column: Column, rows: Any) -> None:
        """Make room for a column that an actor class of the user's own declares."""
        own = self._own()
        if column not in own:
            array = np.zeros((self.world.stock.shape[1], self.world.stock.shape[2]))
            array[:] = np.nan
            own[column] = array
        table = self.plan.net.stocks
        start = 0.0 if column.start is None or column.required else float(column.start)
        if column.name in table:
            values = table[column.name].astype(float).fillna(start).to_numpy()
            own[column][rows] = values[rows][:, None]
        else:
            own[column][rows] = start

    def supplier_rows(self, rows: Any) -> np.ndarray:
        """Stock row of the first source of each row; itself if it is made here or comes from nowhere."""
        chosen = np.atleast_1d(np.arange(self.world.stock.shape[1])[rows])
        w, found = self.world, []
        for row in chosen:
            lanes = [s for s in w.sources_of[w.sources_at[row] : w.sources_at[row + 1]] if s >= 0]
            found.append(w.lane_origin[lanes[0]] if lanes else row)
        return np.array(found) if np.ndim(np.arange(self.world.stock.shape[1])[rows]) else found[0]

    def customers_sum(self, rows: Any) -> np.ndarray:
        """On hand at the stocks that rows deliver to, summed [units], shape (rows, replications)."""
        w = self.world
        total = np.zeros_like(w.stock[layout.ST.on_hand])
        np.add.at(total, w.lane_origin, w.stock[layout.ST.on_hand][w.lane_destination])
        total.flags.writeable = False
        return total[rows]
