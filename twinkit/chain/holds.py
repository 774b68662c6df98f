"""What is held by hand for some periods: a player's order, a planner's decision.

A hold is a value in a column of one row for a range of periods.  It is kept in plain
Python and written into the arrays when the run comes to it; the compiled loop runs from
one such period to the next, so a run without holds is one loop.  Between two calls of
``run`` the columns are as they would be without holds, and so are snapshots, which carry
the list of holds beside them.

An order can be held, and the numbers in :data:`HOLDABLE`.  Lead times cannot: goods on
the way have theirs.  What events set (outages, surges, delays) cannot either: branch into
a case with an event (:meth:`twinkit.chain.chain.Chain.branch`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twinkit.chain.columns_of_run import NUMBERS
from twinkit.chain.kept import Key, row_keys, said
from twinkit.chain.layout import SP, ST
from twinkit.columns import columns_of
from twinkit.tables.problems import did_you_mean, listed
from twinkit.tables.schema import TABLES

if TYPE_CHECKING:
    from twinkit.chain.plan import Plan
    from twinkit.chain.world import World

ORDER = "order"
"""Name of the column that holds what a stock orders."""
HOLDABLE = {
    "stocks": (ORDER, "order_up_to", "reorder_point", "order_quantity", "safety_stock"),
    "lanes": ("capacity", "share"),
    "recipes": ("capacity", "share"),
}
"""Columns that can be held, by table."""


@dataclass(frozen=True)
class Hold:
    """A value for a row in the periods from `period` to `until` (without it); an order may differ by world."""

    table: str
    column: str
    row: Key
    value: float | tuple[float, ...]
    period: int
    until: int


class Holding:
    """Holding values by hand, for a chain with a `plan`, a `world` and a `period`.

    Attributes
    ----------
    holds : list of Hold
        What is held now or later; of two holds of one cell the newer one counts.
    """

    plan: Plan
    world: World
    period: int
    replications: int
    holds: list[Hold]

    def override(self, site: str, product: str, units, period: int | None = None, until: int | None = None) -> None:
        """Set by hand what a stock orders, in place of its policy.

        Parameters
        ----------
        site, product
            The stock.
        units
            Units to order in each period, one number or one for each world [units/period];
            negative: the policy decides after all.
        period
            First period; by default the coming one [period].
        until
            First period in which the policy decides again; by default the next [period].

        Raises
        ------
        KeyError
            If the site does not keep the product.
        ValueError
            If the periods are over, or the units are no numbers.
        """
        if (site, product) not in row_keys(self.plan, "stocks"):
            raise KeyError(f"{site} keeps no {product}")
        self.hold("stocks", ORDER, (site, product), units, period, until)

    def hold(self, table: str, column: str, row: Key, value, period: int | None = None, until: int | None = None) -> None:
        """Hold a number of one row for some periods; then it is what it was.

        Parameters
        ----------
        table, column
            One of :data:`HOLDABLE`.
        row
            Names of the row: (site, product), or (origin, destination, product, mode).
        value
            The number, in the unit of the column.
        period, until
            As for :meth:`override`.

        Raises
        ------
        KeyError
            If there is no such row, or the column cannot be held.
        ValueError
            If the periods are over, or the value is not allowed.

        Examples
        --------
        >>> import twinkit
        >>> chain = twinkit.Chain(twinkit.example("camera"), replications=1)
        >>> lane = chain.plan.net.lanes.iloc[0]
        >>> chain.hold("lanes", "capacity", tuple(lane[["origin", "destination", "product", "mode"]]), 0, 3, 5)
        >>> chain.holds[0].value, chain.holds[0].until
        (0.0, 5)
        """
        if column not in HOLDABLE.get(table, ()):
            can = "; ".join(f"{t}: {', '.join(names)}" for t, names in HOLDABLE.items())
            raise KeyError(f"{table}.{column} cannot be held; what can: {can}. Branch into a case with an event instead")
        keys = row_keys(self.plan, table)
        begins = [k for k in keys if k[: len(row)] == tuple(row)]
        if len(begins) == 1:
            row = begins[0]  # the rest of the key, such as the name of the only recipe, need not be said
        if tuple(row) not in keys:
            name, names = said(table, tuple(row)), [said(table, k) for k in keys]
            raise KeyError(f"{table} have no row {name!r}. {did_you_mean(name, names, f'Rows: {listed(names)}.')}")
        first = self.period if period is None else int(period)
        end = first + 1 if until is None else int(until)
        if first < self.period or first >= self.plan.periods or end <= first:
            raise ValueError(
                f"periods {first} to {end} (without {end}) cannot be held: the chain is in period {self.period} "
                f"of {self.plan.periods}"
            )
        self.holds.append(Hold(table, column, tuple(row), self._checked(table, column, value), first, end))

    def _checked(self, table: str, column: str, value) -> float | tuple[float, ...]:
        """The value as it is kept, if the column allows it."""
        values = np.asarray(value, float)
        if not np.isfinite(values).all() or (values.ndim and column != ORDER):
            raise ValueError(f"{column} must be a number, not {value!r}")
        if values.ndim:
            if values.shape != (self.replications,):
                raise ValueError(f"orders by world must be {self.replications} numbers, not shape {values.shape}")
            return tuple(values.tolist())
        declared = columns_of(TABLES[table]).get(column)
        low, high = (None, None) if declared is None else (declared.low, declared.high)
        if (low is not None and values < low) or (high is not None and values > high):
            raise ValueError(f"{column} must be {declared.allowed}, not {value!r}")
        return float(values)

    def _stops(self, until: int) -> list[int]:
        """Periods at which the loop must stop, the last one included."""
        stops = {until}
        for h in self.holds:
            edges = range(max(h.period, self.period), min(h.until, until) + 1) if h.column == ORDER else (h.period, h.until)
            stops |= {t for t in edges if self.period < t < until}
        return sorted(stops)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Write what is held in the coming periods, and put back what was there once they are run."""
        written = [self._write(h) for h in self.holds if h.period <= self.period < h.until]
        try:
            yield
        finally:
            for cell in reversed(written):
                if cell is not None:
                    numbers, at, held, before = cell
                    if numbers[at] == held:  # else a rule has written another number meanwhile
                        numbers[at] = before
            if self.holds:
                self.holds = [h for h in self.holds if h.until > self.period]

    def _write(self, h: Hold):
        """Write one value; of a number what puts it back: array, place, value held, value before."""
        row = row_keys(self.plan, h.table).index(h.row)
        if h.column == ORDER:
            self.world.stock[ST.override, row] = h.value
            return None
        field, fields = NUMBERS[h.table]
        numbers, at = getattr(self.world, field), (getattr(fields, h.column), row)
        before = float(numbers[at])
        whole = h.column == "capacity" and h.table == "lanes" and self.plan.stock_n[SP.whole, self.plan.net.lane_origin[row]]
        numbers[at] = np.floor(h.value) if whole else h.value
        return numbers, at, float(numbers[at]), before
