"""KPIs of a run, one formula each; every one is an array with one value for each world.

The names are those of :data:`twinkit.tables.words.KPI_NAMES` and stand on every
chart and table.  :data:`FORMULAS` gives the line of definition that they can show.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from twinkit import rooms
from twinkit.chain.layout import TOTALS_LANE, TOTALS_MARKET, TOTALS_STOCK, World
from twinkit.chain.plan import Plan
from twinkit.study.costs import cost_parts, revenue, valued
from twinkit.study.series import product_values
from twinkit.tables.emissions import lane_emissions

TM, TS = TOTALS_MARKET, TOTALS_STOCK
FORMULAS: dict[str, tuple[str, str]] = {
    "fill rate": ("share", "units served at once from stock / units demanded"),
    "cycle service level": ("share", "replenishment cycles without a stockout / cycles, at stocks that sell to markets"),
    "ready rate": ("share", "periods with stock on hand / periods, at stocks that sell to markets"),
    "backlog": ("units", "mean units that customers wait for"),
    "lost sales": ("units", "units of demand dropped"),
    "sales": ("units", "units sent to customers"),
    "inventory": ("money", "mean value of stock on hand, without what is on the way; units where no product has a value"),
    "inventory turns": ("1/year", "cost of goods sold in a year / mean inventory value"),
    "days of supply": ("days", "365 / inventory turns"),
    "total cost": ("money", "purchase + production + transport + expediting + holding + backlog + scrap + lost margin (a scrap value counts against it)"),
    "expired": ("units", "units scrapped because they were kept too long (stocks with a shelf life)"),
    "returned": ("units", "units that customers sent back (markets with a returned_share)"),
    "revenue": ("money", "price × (units sent to customers - units that they sent back)"),
    "bullwhip ratio": ("-", "Var(orders placed) / Var(demand received), mean over the stocks where both vary"),
    "emissions": (
        "kg CO2e/unit", "mass × distance × factor of the mode, summed over all that was moved, / units sent to customers; well to wheel, by "
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


def _mean_defined(values: np.ndarray) -> np.ndarray:
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


def kpis_of(plan: Plan, world: World) -> dict[str, np.ndarray]:
    """KPIs of a finished run.

    Parameters
    ----------
    plan, world
        The case made ready, and its arrays at the end of the run.

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
        "lost sales": market[TM.lost].sum(axis=0),
        "sales": market[TM.sent].sum(axis=0),
        "inventory": inventory,
        "inventory turns": turns,
        "days of supply": ratio(np.full_like(turns, 365.0), np.nan_to_num(turns)),
        "total cost": sum(cost_parts(plan, world).values()),
        "expired": stock[TS.expired].sum(axis=0),
        "returned": market[TM.returned].sum(axis=0),
        "revenue": revenue(plan, world),
        "bullwhip ratio": _mean_defined(bullwhip_by_stock(plan, world)),
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
                raise ValueError(f"the KPI {name!r} has the shape {found[name].shape}: it needs one value for each world")
    return found
