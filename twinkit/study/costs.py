"""Money: the parts of cost of a run, from its totals.

The day counts units; money is made here by multiplication, so a changed price or
cost needs no new run.  The parts add up to the total.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.chain.layout import SP, TOTALS_LANE, TOTALS_MARKET, TOTALS_RECIPE, TOTALS_STOCK, UNLIMITED, World
from twinkit.chain.plan import Plan
from twinkit.tables.case import Case

FLOW = ("purchase", "production", "transport")
"""Parts of cost that follow what is sold."""
PARTS = ("purchase", "production", "transport", "expediting", "surcharges", "holding", "backlog", "scrap", "lost margin")
"""Parts of cost, in the order of the chain; each in money of the case.  Those of rooms come last."""

rooms.COSTS.listen(lambda rows: None, PARTS)


EARNINGS: dict[str, tuple[str, str]] = {
    "earnings": (
        "money", "revenue - all that is paid (total cost without the lost margin) - what a lost unit costs beyond the margin of a sale "
        "+ value of the stock gained in the run; where every market has a price",
    ),
}  # fmt: skip
"""Unit and definition of what is earned: the profit of the run."""


def priced(case: Case) -> bool:
    """Whether every market has a price, so that what is earned is known."""
    return bool(len(case["markets"]) and (case["markets"]["price"] > 0).all())


def valued(plan: Plan | Case) -> bool:
    """Whether products have values; without any, those of the study's histories are counts of units."""
    case = plan if isinstance(plan, Case) else plan.case
    return bool((case["products"]["value"] > 0).any())


def stock_gained(plan: Plan, stock_by_tier: np.ndarray) -> np.ndarray:
    """Value of the stock on hand at the end less that at the start of what is counted, by world [money]; 0 without values."""
    start = max(int(plan.case.settings["warm_up"]) - 1, 0)
    return (stock_by_tier[:, -1] - stock_by_tier[:, start]).sum(axis=0) * float(valued(plan))


def earnings(plan: Plan, world: World, stock_by_tier: np.ndarray) -> np.ndarray:
    """What is earned in a run, by world [money]; see :data:`EARNINGS`.

    Where the table gives a `lost_margin` above the margin of a sale (:func:`sale_margin`), the rest is what else goes
    with a lost customer, so that a margin lost is always a part of what is earned less.

    Parameters
    ----------
    plan, world
        The case made ready, and its arrays at the end of the run.
    stock_by_tier
        Value of the stock, shape (tiers, periods, worlds) [money].
    """
    beyond = np.maximum(lost_margin(plan) - np.maximum(sale_margin(plan), 0.0), 0.0) @ world.total_market[TOTALS_MARKET.lost]
    paid = sum(values for part, values in cost_parts(plan, world).items() if part != "lost margin")
    return revenue(plan, world) - paid - beyond + stock_gained(plan, stock_by_tier)


def sale_margin(plan: Plan) -> np.ndarray:
    """What a unit sent earns, by market row [money/unit]: price less value, of what customers keep.

    Of a unit that comes back the price is given back, and its value, or its worth as scrap, is there again.
    """
    markets, worth = plan.net.markets, plan.case["products"].set_index("product")[["value", "scrap_value"]].astype(float)
    value, scrap = (markets["product"].map(worth[name]).to_numpy(float) for name in ("value", "scrap_value"))
    back, fit = markets["returned_share"].to_numpy(float), markets["resold_share"].to_numpy(float)
    return markets["price"].to_numpy(float) * (1 - back) - value * (1 - back * fit) + scrap * back * (1 - fit)


def lost_margin(plan: Plan) -> np.ndarray:
    """Margin lost with a lost unit, by market row [money/unit]: as given, but at least that of a sale where price and value are known."""
    markets, margin = plan.net.markets, np.maximum(sale_margin(plan), 0.0)
    value = markets["product"].map(plan.case["products"].set_index("product")["value"]).to_numpy(float)
    given = markets["lost_margin"].to_numpy(float)
    given = np.where(np.isnan(given), margin, given)
    return np.where(value > 0, np.maximum(given, margin), given)


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
        "purchase": [("lanes", net.lanes["destination"].to_numpy(), _purchase(plan, paid, lane))],
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
        "scrap": _scrap(plan, world),
        "lost margin": [
            ("markets", net.markets["site"].to_numpy(),
             lost_margin(plan)[:, None] * world.total_market[TOTALS_MARKET.lost]),
        ],
        **{part: found for part, rows in rooms.COSTS.items() if (found := rows(plan, world))},  # a case without rows has no such part
    }  # fmt: skip


def _purchase(plan: Plan, paid: np.ndarray, lane: np.ndarray) -> np.ndarray:
    """What outside sources are paid [money], by lane: for units sent, or for orders where there are price breaks."""
    money, priced = paid[:, None] * lane[TOTALS_LANE.sent], plan.net.priced.lanes
    money[priced] = lane[TOTALS_LANE.bought, priced]
    return money


def _scrap(plan: Plan, world: World) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Less what scrap, goods that were kept too long and returns unfit for sale bring in [money]; what they had cost is in the other parts."""
    net, value = plan.net, plan.case["products"].set_index("product")["scrap_value"]
    scrap, old = world.total_recipe[TOTALS_RECIPE.scrapped], world.total_stock[TOTALS_STOCK.expired]
    unfit = world.total_market[TOTALS_MARKET.returned] - world.total_market[TOTALS_MARKET.resold]
    worth = [-net_table["product"].map(value).to_numpy(float) for net_table in (net.recipes, net.stocks, net.markets)]
    return [
        ("recipes", net.recipes["site"].to_numpy(), worth[0][:, None] * scrap),
        ("stocks", net.stocks["site"].to_numpy(), worth[1][:, None] * old),
        ("markets", net.markets["site"].to_numpy(), worth[2][:, None] * unfit),
    ]


def cost_parts(plan: Plan, world: World) -> dict[str, np.ndarray]:
    """Cost of a run by part [money], each of shape (replications,)."""
    return {part: sum(m.sum(axis=0) for _, _, m in rows) for part, rows in cost_rows(plan, world).items()}


def revenue(plan: Plan, world: World) -> np.ndarray:
    """Money that customers pay for what is sent, less what they get back for what they return [money], shape (replications,)."""
    price, sold = plan.net.markets["price"].to_numpy(float), world.total_market
    return price @ (sold[TOTALS_MARKET.sent] - sold[TOTALS_MARKET.returned])
