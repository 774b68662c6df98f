"""Histories that studies keep: service of the markets, stock by tier, the map."""

from __future__ import annotations

import numpy as np

from twinkit.chain.plan import Plan
from twinkit.chain.records import Series, market_history, series


def product_values(plan: Plan, products) -> np.ndarray:
    """Value of one unit of each product [money/unit]; 1 where the case gives no values at all."""
    value = plan.case["products"].set_index("product")["value"].astype(float)
    if not (value > 0).any():
        value = value * 0 + 1.0
    return products.map(value).to_numpy(float)


def tier_names(plan: Plan) -> list[str]:
    """Names of the tiers, from the customer up."""
    return [f"tier {k}" for k in sorted(set(plan.tiers[plan.net.stock_site].tolist()))]


def study_series(plan: Plan) -> list[Series]:
    """What every study keeps: demand, units served at once, backlog, stock value by tier."""
    tiers = plan.tiers[plan.net.stock_site]
    present = sorted(set(tiers.tolist()))
    held = np.arange(len(plan.net.stocks))
    return [
        market_history(plan, "demand", "asked"),
        market_history(plan, "served", "at_once"),
        _total(market_history(plan, "backlog", "backlog"), "all markets"),
        series(
            "stock by tier", "stocks", "on_hand", held, [f"tier {k}" for k in present],
            np.searchsorted(present, tiers), product_values(plan, plan.net.stocks["product"]),
        ),
    ]  # fmt: skip


def _total(one: Series, label: str) -> Series:
    return Series(one.name, one.block, one.column, one.rows, np.zeros(len(one.rows), np.int64), one.weight, [label])


def map_series(plan: Plan) -> list[Series]:
    """What the map shows: stock and flow of every site in money, flow of every lane, share that works."""
    net = plan.net
    sites, n_lanes = net.sites["site"].tolist(), len(net.lanes)
    stock_value = product_values(plan, net.stocks["product"])
    rows = np.concatenate([net.lane_origin, net.market_stock])
    return [
        series("site stock", "stocks", "on_hand", range(len(net.stocks)), sites, net.stock_site, stock_value, mean=True),
        series("site flow", "claims", "sent", range(len(rows)), sites, net.stock_site[rows], stock_value[rows], mean=True),
        series("lane flow", "claims", "sent", range(n_lanes), [str(i) for i in range(n_lanes)], mean=True),
        series("site up", "sites", "up", range(len(sites)), sites, mean=True),
        series("lane open", "claims", "open", range(n_lanes), [str(i) for i in range(n_lanes)], mean=True),
    ]
