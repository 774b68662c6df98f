"""Money: the parts of cost of a run, from its totals.

The day counts units; money is made here by multiplication, so a changed price or
cost needs no new run.  The parts add up to the total.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit.chain.layout import SP, TOTALS_LANE, TOTALS_MARKET, TOTALS_RECIPE, TOTALS_STOCK, UNLIMITED, World
from twinkit.chain.plan import Plan

PARTS = ("purchase", "production", "transport", "expediting", "surcharges", "holding", "backlog", "lost margin")
"""Parts of cost, in the order of the chain; each in money of the case."""


def lost_margin(plan: Plan) -> np.ndarray:
    """Margin lost with a lost unit, by market row [money/unit]: as given, else price less value."""
    markets = plan.net.markets
    value = plan.case["products"].set_index("product")["value"]
    margin = (markets["price"] - markets["product"].map(value).astype(float)).clip(lower=0.0)
    return markets["lost_margin"].fillna(margin).to_numpy(float)


def cost_rows(plan: Plan, world: World) -> dict[str, list[tuple[str, np.ndarray, np.ndarray]]]:
    """Parts of cost row by row.

    Returns
    -------
    dict
        Part → list of (table, site of each row, money of each row and world); the
        site is where the cost arises: the shipper of goods on the way, the keeper of
        stock.
    """
    net = plan.net
    stock, lane = world.total_stock, world.total_lane
    origin_site = net.lanes["origin"].to_numpy()
    stock_site = net.stocks["site"].to_numpy()
    outside = world.stock_n[SP.policy, net.lane_origin] == UNLIMITED
    paid = np.where(outside, net.stocks["unit_cost"].to_numpy()[net.lane_origin], 0.0)

    def money(table: pd.DataFrame, column: str, units: np.ndarray) -> np.ndarray:
        return table[column].to_numpy(float)[:, None] * units

    return {
        "purchase": [("lanes", net.lanes["destination"].to_numpy(), paid[:, None] * lane[TOTALS_LANE.sent])],
        "production": [
            ("recipes", net.recipes["site"].to_numpy(),
             money(net.recipes, "unit_cost", world.total_recipe[TOTALS_RECIPE.started])),
        ],
        "transport": [
            ("lanes", origin_site,
             money(net.lanes, "transport_cost", lane[TOTALS_LANE.sent])
             + money(net.lanes, "shipment_cost", lane[TOTALS_LANE.shipments])),
        ],
        "expediting": [("lanes", origin_site, money(net.lanes, "expedite_cost", lane[TOTALS_LANE.expedited]))],
        "surcharges": [("lanes", net.lanes["destination"].to_numpy(), lane[TOTALS_LANE.surcharge])],
        "holding": [
            ("stocks", stock_site, money(net.stocks, "holding_cost", stock[TOTALS_STOCK.on_hand])),
            ("lanes", origin_site, money(net.lanes, "holding_cost", lane[TOTALS_LANE.waiting])),
        ],
        "backlog": [("stocks", stock_site, money(net.stocks, "backlog_cost", stock[TOTALS_STOCK.backlog]))],
        "lost margin": [
            ("markets", net.markets["site"].to_numpy(),
             lost_margin(plan)[:, None] * world.total_market[TOTALS_MARKET.lost]),
        ],
    }  # fmt: skip


def cost_parts(plan: Plan, world: World) -> dict[str, np.ndarray]:
    """Cost of a run by part [money], each of shape (replications,)."""
    return {part: sum(m.sum(axis=0) for _, _, m in rows) for part, rows in cost_rows(plan, world).items()}


def revenue(plan: Plan, world: World) -> np.ndarray:
    """Money that customers pay for what is sent [money], shape (replications,)."""
    price = plan.net.markets["price"].to_numpy(float)
    return price @ world.total_market[TOTALS_MARKET.sent]
