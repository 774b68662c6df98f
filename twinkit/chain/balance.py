"""The conservation of goods, checked on a running chain: what is there, what moved, and what only the day may move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import pandas as pd

from twinkit.chain.layout import (
    LN,
    RC,
    SP,
    ST,
    TOTALS_LANE,
    TOTALS_MARKET,
    TOTALS_RECIPE,
    TOTALS_STOCK,
    UNLIMITED,
    World,
)
from twinkit.chain.plan import Plan
from twinkit.tables.case import Case


class Running(Protocol):
    """What the balance, branches and saved runs need of a :class:`~twinkit.chain.chain.Chain`."""

    case: Case
    plan: Plan
    world: World
    day: Any
    period: int
    seed: int
    first: int
    replications: int
    series: list
    holds: list
    kept: dict[str, Any]

    def snapshot(self) -> dict[str, Any]: ...


def by_product(products: pd.Series, values: np.ndarray) -> pd.DataFrame:
    """Sum of the rows of each product, by world."""
    return pd.DataFrame(values).groupby(products.to_numpy()).sum()


def added_up(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Sum of several tables by product."""
    return pd.concat(parts).groupby(level=0).sum()


def goods_now(chain: Running) -> pd.DataFrame:
    """Units of every product in the chain, by world; units in work count as the good units expected."""
    w, net = chain.world, chain.plan.net
    moving = w.lane[LN.in_transit] + w.lane[LN.at_door] + w.lane[LN.held]
    return added_up([
        by_product(net.stocks["product"], w.stock[ST.on_hand]),
        by_product(net.lanes["product"], moving),
        by_product(net.recipes["product"], w.recipe[RC.in_work]),
    ])  # fmt: skip


MOVED = {
    "stocks": ("stock", ST, ("on_hand", "on_order", "backlog")),
    "lanes": ("lane", LN, ("in_transit", "at_door", "held")),
    "recipes": ("recipe", RC, ("in_work",)),
}
"""What only the steps of the day move: table → block, its layout and columns."""
OWED = ("on_order", "backlog")
"""Columns of those that are orders, not goods."""
GAP = 1e-6
"""Difference that is rounding, as a share of what moved [units/unit]."""


class Goods:
    """Goods and orders before Python of the user's own runs, to be compared with those after it.

    Parameters
    ----------
    chain
        The chain, as it is now.
    """

    def __init__(self, chain: Running) -> None:
        self.chain = chain
        self.kept = {key: values.copy() for key, values in self._now()}
        self.destroyed = chain.world.stock[ST.destroyed].copy()

    def _now(self) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
        for table, (block, fields, columns) in MOVED.items():
            array = getattr(self.chain.world, block)
            for column in columns:
                yield (table, column), array[getattr(fields, column)]

    def first_change(self, wrong: bool = False) -> str:
        """The first cell that is not what it was, in words; "" if there is none.

        Parameters
        ----------
        wrong
            Only one that is now no number of 0 or more.
        """
        for (table, column), now in self._now():
            kept = self.kept[table, column]
            hit = (now != kept) & ~(now >= 0.0) if wrong else now != kept
            if hit.any():
                row, world = (int(k) for k in np.argwhere(hit)[0])
                return (f"{column} of {self._name(table, row)} from {kept[row, world]:g} to {now[row, world]:g} units "
                        f"(period {self.chain.period}, world {self.chain.first + world})")  # fmt: skip
        return ""

    def appeared(self) -> str:
        """Goods that appeared or vanished, by product, in words; "" if none did.

        What a step adds to ``destroyed`` of a stock has gone where it should.
        """
        net = self.chain.plan.net
        parts = [(net.stocks["product"], self.chain.world.stock[ST.destroyed] - self.destroyed)]
        parts += [(getattr(net, table)["product"], now - self.kept[table, column])
                  for (table, column), now in self._now() if column not in OWED]  # fmt: skip
        if not any(values.any() for _, values in parts):
            return ""
        found, size = (
            added_up([by_product(products, f(values)) for products, values in parts]) for f in (np.positive, np.abs)
        )
        off = (found.abs() > GAP * np.maximum(size, 1.0)).to_numpy()
        if not off.any():
            return ""
        at, world = (int(k) for k in np.argwhere(off)[0])
        units = float(found.iloc[at, world])
        return (f"{abs(units):g} units of {found.index[at]} {'appear' if units > 0 else 'vanish'} "
                f"(period {self.chain.period}, world {self.chain.first + world})")  # fmt: skip

    def book_destroyed(self) -> None:
        """Put what a step added to ``destroyed`` into the totals at once, so that no later step need look for it."""
        w = self.chain.world
        if self.chain.period >= self.chain.case.settings["warm_up"]:
            w.total_stock[TOTALS_STOCK.destroyed] += w.stock[ST.destroyed] - self.destroyed
        w.stock[ST.destroyed] = self.destroyed

    def _name(self, table: str, row: int) -> str:
        at = getattr(self.chain.plan.net, table).iloc[row]
        place = f"{at['origin']} to {at['destination']}" if table == "lanes" else at["site"]
        return f"{at['product']} at {place}" if table != "lanes" else f"{at['product']} from {place}"


def imbalance(chain: Running, start: pd.DataFrame) -> pd.DataFrame:
    """Now - start - received from outside - started + scrapped + consumed + sold + destroyed + expired - by-products - sent back [units].

    Raises
    ------
    ValueError
        If the case has a warm-up: the totals leave it out.
    """
    if chain.case.settings["warm_up"]:
        raise ValueError("the balance of goods needs a run without warm-up: set warm_up to 0")
    w, net = chain.world, chain.plan.net
    outside = (w.stock_n[SP.policy, w.lane_origin] == UNLIMITED)[:, None]
    market_outside = (w.stock_n[SP.policy, w.market_stock] == UNLIMITED)[:, None]
    started, finished = w.total_recipe[TOTALS_RECIPE.started], w.total_recipe[TOTALS_RECIPE.finished]
    ended = started + chain._work_at_start - w.recipe[RC.in_work]
    return added_up([
        goods_now(chain), -start,
        -by_product(net.lanes["product"], w.total_lane[TOTALS_LANE.sent] * outside),
        -by_product(net.recipes["product"], started),
        by_product(net.recipes["product"], ended - finished),
        by_product(net.parts["component"], started[net.part_recipe] * net.part_qty[:, None]),
        by_product(net.markets["product"], w.total_market[TOTALS_MARKET.sent] * ~market_outside),
        by_product(net.stocks["product"], w.total_stock[TOTALS_STOCK.destroyed]),
        by_product(net.stocks["product"], w.total_stock[TOTALS_STOCK.stood_in] - w.total_stock[TOTALS_STOCK.spared]),
        by_product(net.lanes["product"], w.total_lane[TOTALS_LANE.lost_on_way]),
        by_product(net.stocks["product"], w.total_stock[TOTALS_STOCK.expired]),
        -by_product(net.markets["product"], w.total_market[TOTALS_MARKET.resold]),
        -by_product(net.stocks["product"].iloc[net.out_stock], ended[net.out_recipe] * net.out_qty[:, None]),
    ])  # fmt: skip
