"""What a game costs at equal sales: teams that sell less, or end with an empty store, have not saved what that would take.

Whoever loses a sale does not pay for making it, and whoever ends with less stock has paid for less.  So that teams
can be ranked by cost, all are brought to the same end: every unit that customers asked for is made, and the
stock of the start is there again.  What that takes is counted at what a unit costs at least.
"""

from __future__ import annotations

import numpy as np

from twinkit.chain.layout import LN, RC, ST, TOTALS_MARKET, World
from twinkit.chain.plan import Plan
from twinkit.lazy import noted


@noted
def least_costs(plan: Plan) -> np.ndarray:
    """What a unit of each stock costs at least [money/unit], shape (stocks,).

    The price of the cheapest outside source (of its price breaks the lowest) or the cheapest recipe with its components, and
    the freight on the way here; 0 for what comes from nowhere, and for by-products, which cost nothing of their own.
    """
    net = plan.net
    outside = (net.stocks["policy"] == "unlimited").to_numpy()
    cost = np.where(outside, net.stocks["unit_cost"].to_numpy(float), np.inf)
    buys, freight = outside[net.lane_origin], net.lanes["transport_cost"].to_numpy(float)
    price = cost[net.lane_origin]
    for k, lane in enumerate(net.priced.lanes):
        breaks = net.priced.breaks[net.priced.at[k] : net.priced.at[k + 1], 1]
        price[lane] = min(price[lane], *breaks) if buys[lane] and len(breaks) else price[lane]
    made, good = net.recipes["unit_cost"].to_numpy(float), net.recipes["yield_rate"].to_numpy(float)
    cost[net.out_stock] = 0.0
    for _ in range(len(cost)):  # a unit passes every stock once at most on its cheapest way
        before = cost.copy()
        parts = np.zeros(len(made))
        np.add.at(parts, net.part_recipe, before[net.part_stock] * net.part_qty)
        np.minimum.at(cost, net.recipe_stock, (made + parts) / good)
        np.minimum.at(cost, net.lane_destination, np.where(buys, price, before[net.lane_origin]) + freight)
        if np.array_equal(before, cost):
            break
    return np.where(np.isfinite(cost), cost, 0.0)


def to_make_good(plan: Plan, world: World, least: np.ndarray) -> np.ndarray:
    """What is owed or lost, less all goods of the chain, at what they cost at least [money], shape (replications,).

    It grows by what it takes to make good.  Of what customers asked for and have not been sent, the share that would
    come back and be sold again is made once; goods are on hand, on the way, and in work.

    Parameters
    ----------
    least
        Cost of a unit of each stock, :func:`least_costs` of the start: goods gain and lose nothing when ways become cheaper.
    """
    net, markets, sold = plan.net, plan.net.markets, world.total_market
    mine = np.where((net.stocks["policy"] == "unlimited").to_numpy(), 0.0, least)  # what outside sources hold is not paid for
    moving = world.lane[LN.in_transit] + world.lane[LN.at_door] + world.lane[LN.held]
    goods = mine @ world.stock[ST.on_hand] + least[net.lane_destination] @ moving + least[net.recipe_stock] @ world.recipe[RC.in_work]
    again = (markets["returned_share"] * markets["resold_share"]).to_numpy(float)
    unsent = sold[TOTALS_MARKET.demand] - sold[TOTALS_MARKET.sent]
    return (least[net.market_stock] * (1.0 - again)) @ unsent - goods
