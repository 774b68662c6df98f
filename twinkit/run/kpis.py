"""KPIs and costs of a run, one formula each; every one is an array with one value for each world.

The day counts units; money is made here by multiplication, so a changed price or cost needs no new run.
The names are those of :data:`twinkit.tables.words.KPI_NAMES` and stand on every chart and table;
:data:`FORMULAS` gives the line of definition that they can show.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.chain.layout import SP, ST, TOTALS_LANE, TOTALS_MARKET, TOTALS_RECIPE, TOTALS_STOCK, UNLIMITED, World
from twinkit.chain.plan import Plan
from twinkit.chain.records import Series, market_history, series
from twinkit.chain.world import build_world
from twinkit.lazy import noted
from twinkit.tables.case import Case
from twinkit.tables.emissions import lane_emissions

# Histories that studies keep: service of the markets, stock by tier, the map.


def product_values(plan: Plan, products) -> np.ndarray:
    """Value of one unit of each product [money/unit]; 1 where the case gives no values at all."""
    value = plan.case.derived(_values)
    return np.array([value.get(name, np.nan) for name in products.tolist()], float)


def _values(case: Case) -> dict[str, float]:
    """Product → its value, or 1 where the case gives none at all [money/unit]."""
    products = case["products"]
    value = products["value"].astype(float)
    return dict(zip(products["product"].tolist(), (value if (value > 0).any() else value * 0 + 1.0).tolist(), strict=True))


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
        series(
            "site stock", "stocks", "on_hand", range(len(net.stocks)), sites, net.stock_site, stock_value, mean=True
        ),
        series(
            "site flow", "claims", "sent", range(len(rows)), sites, net.stock_site[rows], stock_value[rows], mean=True
        ),
        series("lane flow", "claims", "sent", range(n_lanes), [str(i) for i in range(n_lanes)], mean=True),
        series("site up", "sites", "up", range(len(sites)), sites, mean=True),
        series("lane open", "claims", "open", range(n_lanes), [str(i) for i in range(n_lanes)], mean=True),
    ]


# Money: the parts of cost of a run, from its totals.
#
# The day counts units; money is made here by multiplication, so a changed price or
# cost needs no new run.  The parts add up to the total.


FLOW = ("purchase", "production", "transport")
"""Parts of cost that follow what is sold."""
PARTS = (
    "purchase",
    "production",
    "transport",
    "expediting",
    "surcharges",
    "holding",
    "backlog",
    "scrap",
    "lost margin",
)
"""Parts of cost, in the order of the chain; each in money of the case.  Those of rooms come last."""

rooms.COSTS.listen(lambda rows: None, PARTS)


EARNINGS: dict[str, tuple[str, str]] = {
    "earnings": (
        "money", "revenue - all that is paid (total cost without the lost margin) - what a lost unit costs beyond the margin of a sale "
        "+ value of the goods gained in the run (on hand, on the way, in work); where every market has a price",
    ),
}  # fmt: skip
"""Unit and definition of what is earned: the profit of the run."""
ORDER_LINES: dict[str, tuple[str, str]] = {
    "OTIF": (
        "share", "order lines delivered on time and in full / order lines: a line is what a market asks of a product in a period; "
        "it is on time if all of it is sent in that period",
    ),
}  # fmt: skip
"""Unit and definition of what is counted by order lines."""


def priced(case: Case) -> bool:
    """Whether every market has a price, so that what is earned is known."""
    return bool(len(case["markets"]) and (case["markets"]["price"] > 0).all())


def valued(plan: Plan | Case) -> bool:
    """Whether products have values; without any, those of the study's histories are counts of units."""
    case = plan if isinstance(plan, Case) else plan.case
    return bool((case["products"]["value"] > 0).any())


def stock_gained(plan: Plan, world: World, stock_by_tier: np.ndarray) -> np.ndarray:
    """Value of the goods of the chain at the end less that at the start of what is counted, by world [money]; 0 without values.

    Goods on hand and on the way count at the value of their product, what is in work at what it has cost: the
    value of its components and the production cost (IAS 2: cost of purchase and of conversion).  What has been paid for
    and is not there yet is no loss, and what arrives of what was paid for before is no gain.

    Parameters
    ----------
    plan, world
        As for :func:`earnings`.
    stock_by_tier
        Value of the stock on hand, shape (tiers, periods, worlds) [money].
    """
    if not valued(plan):
        return np.zeros(stock_by_tier.shape[-1])
    warm_up = int(plan.case.settings["warm_up"])
    before = stock_by_tier[:, warm_up - 1].sum(axis=0) if warm_up else _opening(plan)
    return stock_by_tier[:, -1].sum(axis=0) - before + _on_the_way(plan, world) + _in_work(plan, world)


def opening_units(plan: Plan) -> pd.Series:
    """Units on hand before the first period, the same in all worlds, by site and product [units]."""
    return _on_hand_at_start(plan.before or plan)


@noted
def _on_hand_at_start(plan: Plan) -> pd.Series:
    start = build_world(plan, 0, 1, 0, ())
    where = pd.MultiIndex.from_frame(plan.net.stocks[["site", "product"]])
    return pd.Series(start.stock[ST.on_hand, :, 0].copy(), index=where)


def _opening(plan: Plan) -> float:
    """Value of the stock on hand before the first period [money]."""
    units = opening_units(plan)
    return float(product_values(plan, units.index.get_level_values("product").to_series()) @ units.to_numpy())


def _on_the_way(plan: Plan, world: World) -> np.ndarray:
    """Value of what was sent less that of what arrived and of what was lost on the way [money]."""
    net, lane, recipe = plan.net, world.total_lane, world.total_recipe
    ended = recipe[TOTALS_RECIPE.finished] + recipe[TOTALS_RECIPE.scrapped]
    made = product_values(plan, net.recipes["product"]) @ recipe[TOTALS_RECIPE.finished]
    made = made + (product_values(plan, net.stocks["product"].iloc[net.out_stock]) * net.out_qty) @ ended[net.out_recipe]
    arrived = product_values(plan, net.stocks["product"]) @ world.total_stock[TOTALS_STOCK.received] - made
    return product_values(plan, net.lanes["product"]) @ (lane[TOTALS_LANE.sent] - lane[TOTALS_LANE.lost_on_way]) - arrived


def _in_work(plan: Plan, world: World) -> np.ndarray:
    """What the lots that were begun have cost, less what those that ended had cost [money]."""
    net, recipe = plan.net, world.total_recipe
    parts = np.bincount(net.part_recipe, product_values(plan, net.parts["component"]) * net.part_qty, minlength=len(net.recipes))
    ended = recipe[TOTALS_RECIPE.finished] + recipe[TOTALS_RECIPE.scrapped]
    return (parts + net.recipes["unit_cost"].to_numpy(float)) @ (recipe[TOTALS_RECIPE.started] - ended)


def earnings(plan: Plan, world: World, parts: Mapping[str, np.ndarray], gained: np.ndarray) -> np.ndarray:
    """What is earned in a run, by world [money]; see :data:`EARNINGS`.

    Where the table gives a `lost_margin` above the margin of a sale (:func:`sale_margin`), the rest is what else goes
    with a lost customer, so that a margin lost is always a part of what is earned less.

    Parameters
    ----------
    plan, world
        The case made ready, and its arrays at the end of the run.
    parts, gained
        What :func:`cost_parts` and :func:`stock_gained` give.
    """
    paid = sum(values for part, values in parts.items() if part != "lost margin")
    return revenue(plan, world) - paid - lost_beyond(plan, world) + gained


def lost_beyond(plan: Plan, world: World) -> np.ndarray:
    """What lost units cost beyond the margin of their sale, by world [money]."""
    each = np.maximum(lost_margin(plan) - np.maximum(sale_margin(plan), 0.0), 0.0)
    return each @ world.total_market[TOTALS_MARKET.lost]


def on_time_in_full(plan: Plan, asked: np.ndarray, at_once: np.ndarray) -> np.ndarray:
    """Order lines delivered on time and in full / order lines, by world [share]; see :data:`ORDER_LINES`.

    Parameters
    ----------
    plan
        The case made ready.
    asked, at_once
        Units asked for, and of those the ones sent in the same period, shape (market rows, periods, worlds).
    """
    warm_up = int(plan.case.settings["warm_up"])
    asked, at_once = asked[:, warm_up:], at_once[:, warm_up:]
    line = asked > 0
    full = line & (at_once >= asked * (1 - 1e-9))
    return ratio(full.sum(axis=(0, 1)), line.sum(axis=(0, 1)))


@noted
def sale_margin(plan: Plan) -> np.ndarray:
    """What a unit sent earns, by market row [money/unit]: price less value, of what customers keep.

    Of a unit that comes back the price is given back, and its value, or its worth as scrap, is there again.
    """
    markets, worth = (
        plan.net.markets,
        plan.case["products"].set_index("product")[["value", "scrap_value"]].astype(float),
    )
    value, scrap = (markets["product"].map(worth[name]).to_numpy(float) for name in ("value", "scrap_value"))
    back, fit = markets["returned_share"].to_numpy(float), markets["resold_share"].to_numpy(float)
    return markets["price"].to_numpy(float) * (1 - back) - value * (1 - back * fit) + scrap * back * (1 - fit)


@noted
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


BY_MARKET = ("lost sales", "revenue", "lost margin")
"""What is known of every market row: KPIs and a part of cost of which the rows are the parts."""
MOST_MARKETS = 300
"""Market rows up to which that is kept: of more nobody reads a table, and it would fill the memory."""


def by_market(plan: Plan, world: World) -> dict[str, np.ndarray]:
    """Lost sales [units], revenue and lost margin [money] of every market row, shape (market rows, replications) each; nothing of too many."""
    if len(plan.net.markets) > MOST_MARKETS:
        return {}
    market, price = world.total_market, plan.net.markets["price"].to_numpy(float)
    lost = market[TOTALS_MARKET.lost].copy()
    sold = market[TOTALS_MARKET.sent] - market[TOTALS_MARKET.returned]
    return dict(zip(BY_MARKET, (lost, price[:, None] * sold, lost_margin(plan)[:, None] * lost), strict=True))


TM, TS = TOTALS_MARKET, TOTALS_STOCK
FORMULAS: dict[str, tuple[str, str]] = {
    "fill rate": ("share", "units served at once from stock / units demanded"),
    "cycle service level": (
        "share",
        "replenishment cycles without a stockout / cycles that have ended, at stocks that sell to markets; one that nothing ends, as while nothing arrives, is not counted",
    ),
    "ready rate": ("share", "periods with stock on hand / periods, at stocks that sell to markets"),
    "backlog": ("units", "mean units that customers wait for"),
    "waiting time": (
        "periods", "units owed to customers at the end of each period, summed, / units sent to customers: how long a unit that is sent has "
        "been waited for on average, by Little's law",
    ),
    "lost sales": ("units", "units of demand dropped"),
    "sales": ("units", "units sent to customers"),
    "inventory": (
        "money",
        "mean value of stock on hand, without what is on the way; units where no product has a value",
    ),
    "inventory turns": ("1/year", "cost of goods sold in a year / mean inventory value"),
    "days of supply": ("days", "365 / inventory turns"),
    "total cost": (
        "money",
        "purchase + production + transport + expediting + holding + backlog + scrap + lost margin (a scrap value counts against it)",
    ),
    "expired": ("units", "units scrapped because they were kept too long (stocks with a shelf life)"),
    "returned": ("units", "units that customers sent back (markets with a returned_share)"),
    "revenue": ("money", "price × (units sent to customers - units that they sent back)"),
    "bullwhip ratio": ("-", "Var(orders placed) / Var(demand received), mean over the stocks where both vary"),
    "emissions": (
        "kg CO2e/unit",
        "mass × distance × factor of the mode, summed over all that was moved, / units sent to customers; well to wheel, by "
        "the method of ISO 14083; the lane's own figure where it has one, else the UK Government's conversion factors of 2025",
    ),
}
"""Unit and definition of every KPI of a run."""

rooms.KPIS.listen(lambda added: FORMULAS.update({added.name: (added.unit, added.definition)}), FORMULAS)


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Above / below; NaN where below is 0: the ratio is not defined there."""
    return np.divide(above, below, out=np.full(np.broadcast(above, below).shape, np.nan), where=below > 0)


def bullwhip_by_stock(plan: Plan, world: World) -> np.ndarray:
    """Var(orders) / Var(demand) of every stock and world; NaN where one does not vary.

    Returns
    -------
    array, shape (stocks, replications)
    """
    n = plan.periods - int(plan.case.settings["warm_up"])
    total = world.total_stock
    orders = total[TS.ordered_sq] / n - (total[TS.ordered] / n) ** 2
    demand = total[TS.incoming_sq] / n - (total[TS.incoming] / n) ** 2
    tiny = 1e-9 * np.maximum(plan.flows.stock[:, None], 1e-9) ** 2
    varies = (orders > tiny) & (demand > tiny)
    return np.divide(orders, demand, out=np.full(orders.shape, np.nan), where=varies)


def mean_defined(values: np.ndarray) -> np.ndarray:
    """Mean of the rows in every world over those that are defined; NaN where none is."""
    count = np.isfinite(values).sum(axis=0)
    return ratio(np.nansum(values, axis=0), count.astype(float))


def value_sold(plan: Plan, kpis: Mapping[str, np.ndarray]) -> np.ndarray:
    """Value of the goods sold, by world [money]: the definition of turns, turned round; 0 without values."""
    if not valued(plan):
        return np.zeros(len(kpis["inventory"]))
    years = (plan.periods - plan.case.settings["warm_up"]) * plan.case.settings["period_days"] / 365.0
    return kpis["inventory turns"] * kpis["inventory"] * years


def emissions_of(plan: Plan, world: World) -> np.ndarray | None:
    """Emissions of moving goods per unit sent to customers, by world; None where those of a lane are not known.

    Parameters
    ----------
    plan, world
        The case made ready, and its arrays at the end of the run.

    Returns
    -------
    array, shape (replications,), or None
        [kg CO2e/unit]; NaN in a world in which nothing was sent.
    """
    each, missing = lane_emissions(plan.net.lanes, plan.net.sites, plan.case["products"])
    if not len(each) or any(missing):
        return None  # a sum over some lanes would be too small, and nobody could see it
    sent = world.total_market[TM.sent].sum(axis=0)
    moved = each @ world.total_lane[TOTALS_LANE.sent]
    return ratio(moved, sent)


def kpis_of(plan: Plan, world: World, parts: Mapping[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    """KPIs of a finished run.

    Parameters
    ----------
    plan, world
        The case made ready, and its arrays at the end of the run.
    parts
        What :func:`cost_parts` gives, where it was worked out before.

    Returns
    -------
    dict
        KPI → values, shape (replications,); NaN where a KPI is not defined.
    """
    market, stock = world.total_market, world.total_stock
    counted = plan.periods - int(plan.case.settings["warm_up"])
    sells = np.unique(plan.net.market_stock)
    value = product_values(plan, plan.net.stocks["product"])
    inventory = value @ stock[TS.on_hand] / counted
    sold_value = product_values(plan, plan.net.markets["product"])
    years = counted * plan.case.settings["period_days"] / 365.0
    turns = ratio(sold_value @ (market[TM.sent] - market[TM.resold]) / years, inventory)
    green = emissions_of(plan, world)
    return {
        "fill rate": ratio(market[TM.at_once].sum(axis=0), market[TM.demand].sum(axis=0)),
        "cycle service level": ratio(stock[TS.clean_cycles, sells].sum(axis=0), stock[TS.cycles, sells].sum(axis=0)),
        "ready rate": stock[TS.in_stock, sells].mean(axis=0) / counted,
        "backlog": market[TM.backlog].sum(axis=0) / counted,
        "waiting time": ratio(market[TM.backlog].sum(axis=0), market[TM.sent].sum(axis=0)),
        "lost sales": market[TM.lost].sum(axis=0),
        "sales": market[TM.sent].sum(axis=0),
        "inventory": inventory,
        "inventory turns": turns,
        "days of supply": ratio(np.full_like(turns, 365.0), np.nan_to_num(turns)),
        "total cost": sum((parts or cost_parts(plan, world)).values()),
        "expired": stock[TS.expired].sum(axis=0),
        "returned": market[TM.returned].sum(axis=0),
        "revenue": revenue(plan, world),
        "bullwhip ratio": mean_defined(bullwhip_by_stock(plan, world)),
        **({"emissions": green} if green is not None else {}),
        **_of_rooms(plan, world),
    }


def _of_rooms(plan: Plan, world: World) -> dict[str, np.ndarray]:
    """KPIs of rooms, of those that the case has."""
    found = {}
    for name, kpi in rooms.KPIS.items():
        values = kpi.of(plan, world)
        if values is not None:
            found[name] = np.asarray(values, float)
            if found[name].shape != (world.total_market.shape[-1],):
                raise ValueError(
                    f"the KPI {name!r} has the shape {found[name].shape}: it needs one value for each world"
                )
    return found
