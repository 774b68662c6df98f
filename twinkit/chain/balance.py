"""The conservation of goods, checked on a running chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twinkit.chain.layout import LN, RC, SP, ST, TOTALS_LANE, TOTALS_MARKET, TOTALS_RECIPE, TOTALS_STOCK, UNLIMITED

if TYPE_CHECKING:
    from twinkit.chain.chain import Chain


def _by_product(products: pd.Series, values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values).groupby(products.to_numpy()).sum()


def _sum(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts).groupby(level=0).sum()


def goods_now(chain: Chain) -> pd.DataFrame:
    """Units of every product in the chain, by world; units in work count as the good units expected."""
    w, net = chain.world, chain.plan.net
    moving = w.lane[LN.in_transit] + w.lane[LN.at_door] + w.lane[LN.held]
    return _sum([
        _by_product(net.stocks["product"], w.stock[ST.on_hand]),
        _by_product(net.lanes["product"], moving),
        _by_product(net.recipes["product"], w.recipe[RC.in_work]),
    ])  # fmt: skip


def imbalance(chain: Chain, start: pd.DataFrame) -> pd.DataFrame:
    """Now - start - received from outside - started + scrapped + consumed + sold + destroyed + expired - by-products [units].

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
    return _sum([
        goods_now(chain), -start,
        -_by_product(net.lanes["product"], w.total_lane[TOTALS_LANE.sent] * outside),
        -_by_product(net.recipes["product"], started),
        _by_product(net.recipes["product"], ended - finished),
        _by_product(net.parts["component"], started[net.part_recipe] * net.part_qty[:, None]),
        _by_product(net.markets["product"], w.total_market[TOTALS_MARKET.sent] * ~market_outside),
        _by_product(net.stocks["product"], w.total_stock[TOTALS_STOCK.destroyed]),
        _by_product(net.stocks["product"], w.total_stock[TOTALS_STOCK.stood_in] - w.total_stock[TOTALS_STOCK.spared]),
        _by_product(net.lanes["product"], w.total_lane[TOTALS_LANE.lost_on_way]),
        _by_product(net.stocks["product"], w.total_stock[TOTALS_STOCK.expired]),
        -_by_product(net.stocks["product"].iloc[net.out_stock], ended[net.out_recipe] * net.out_qty[:, None]),
    ])  # fmt: skip
