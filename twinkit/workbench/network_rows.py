"""Which figures a site and a lane have, and where they stand in the tables of the case."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from twinkit.chain.layout import RP, TOTALS_LANE, TOTALS_MARKET, TOTALS_RECIPE, TOTALS_STOCK
from twinkit.chain.plan import Plan
from twinkit.columns import Column, table_columns
from twinkit.study.costs import cost_rows, valued
from twinkit.study.kpis import ratio
from twinkit.study.runs import Totals
from twinkit.study.series import product_values
from twinkit.tables.case import Case, default_of
from twinkit.tables.schema import TABLES
from twinkit.workbench.network_figures import Value, counted, outside

Figure = tuple[str, str, Value, str]
"""Name, unit, values by world, definition."""
PLACES = {"sites": ("site",), "stocks": ("site",), "recipes": ("site",), "markets": ("site",),
          "lanes": ("origin", "destination"), "events": ("site", "origin", "destination")}  # fmt: skip
"""Tables that name sites, and the columns that do."""


def worth(plan: Plan) -> str:
    """Unit of goods: money, or units where no product has a value."""
    return "money" if valued(plan) else "units"


def site_figures(plan: Plan, name: str) -> list[Figure]:
    """Figures of a site: stock, flow, service, capacity, cost."""
    net, count = plan.net, counted(plan)
    stocks = np.flatnonzero((net.stocks["site"] == name).to_numpy() & ~outside(plan))
    found: list[Figure] = []
    if len(stocks):
        value = product_values(plan, net.stocks["product"])[stocks]
        found.append(("stock on hand", worth(plan), lambda t: value @ t.total_stock[TOTALS_STOCK.on_hand][stocks] / count,
                      "mean value of what is in stock, without what is on the way"))  # fmt: skip
        found.append(("ready rate", "share", lambda t: t.total_stock[TOTALS_STOCK.in_stock][stocks].mean(axis=0) / count,
                      "periods with stock on hand / periods, mean over the stocks of the site"))  # fmt: skip
        found.append(("owed", "units", lambda t: t.total_stock[TOTALS_STOCK.backlog][stocks].sum(axis=0) / count,
                      "mean units that customers and other sites wait for"))  # fmt: skip
    return [*found, *_flows(plan, name), *_service(plan, name), *_capacity(plan, name), *_costs(plan, name)]


def _flows(plan: Plan, name: str) -> list[Figure]:
    net, count = plan.net, counted(plan)
    values = product_values(plan, net.lanes["product"])
    sold = product_values(plan, net.markets["product"])
    here = np.flatnonzero(net.markets["site"] == name)
    found: list[Figure] = []
    for word, column, says in (("comes in", "destination", "value of what is sent to the site on lanes"),
                               ("goes out", "origin", "value of what the site sends on lanes and to customers"),
                               ("goes through", "via", "value of what passes it on its way")):  # fmt: skip
        lanes = _lanes_by(net.lanes, column, name)
        own = here if column == "origin" else np.zeros(0, int)
        if len(lanes) or len(own):
            found.append((word, f"{worth(plan)}/period", partial(_flow, lanes, values, own, sold, count), f"{says}, a period"))
    return found


def _lanes_by(lanes: pd.DataFrame, column: str, name: str) -> np.ndarray:
    if column != "via":
        return np.flatnonzero(lanes[column] == name)
    return np.flatnonzero([name in [p.strip() for p in str(via).split(";")] for via in lanes["via"]])


def _flow(lanes, values, markets, sold, count, t: Totals) -> np.ndarray:
    on_lanes = values[lanes] @ t.total_lane[TOTALS_LANE.sent][lanes]
    return (on_lanes + sold[markets] @ t.total_market[TOTALS_MARKET.sent][markets]) / count


def _service(plan: Plan, name: str) -> list[Figure]:
    rows = np.flatnonzero(plan.net.markets["site"] == name)
    if not len(rows):
        return []

    def total(t: Totals, column: int) -> np.ndarray:
        return t.total_market[column][rows].sum(axis=0)

    return [
        ("fill rate", "share", lambda t: ratio(total(t, TOTALS_MARKET.at_once), total(t, TOTALS_MARKET.demand)),
         "units served at once from stock / units demanded, of the markets that buy here"),
        ("lost sales", "units", lambda t: total(t, TOTALS_MARKET.lost), "units of demand dropped, in the whole run"),
    ]  # fmt: skip


def _capacity(plan: Plan, name: str) -> list[Figure]:
    net, count = plan.net, counted(plan)
    found: list[Figure] = []
    recipes = np.flatnonzero(net.recipes["site"] == name)
    for row in recipes:
        room, product = float(plan.recipe_n[RP.capacity, row]), net.recipes["product"][row]
        if np.isfinite(room) and room > 0:
            use = partial(_use, "total_recipe", TOTALS_RECIPE.started, np.array([row]), room * count)
            found.append(
                (f"capacity used for {product}", "share", use, f"units started / capacity ({room:g} units a period)")
            )
    room = float(plan.case["sites"].set_index("site")["capacity"].get(name, np.nan))
    if np.isfinite(room) and room > 0 and len(recipes):
        use = partial(_use, "total_recipe", TOTALS_RECIPE.started, recipes, room * count)
        found.append(
            ("capacity of the site used", "share", use, f"units started of all products / capacity ({room:g} a period)")
        )
    return found


def _use(table: str, column: int, rows: np.ndarray, room: float, t: Totals) -> np.ndarray:
    return getattr(t, table)[column][rows].sum(axis=0) / room


def _costs(plan: Plan, name: str) -> list[Figure]:
    """Parts of cost that arise at a site, a period."""
    count = counted(plan)

    def money(part: str | None, t: Totals) -> np.ndarray:
        rows = cost_rows(plan, t)
        chosen = [r for k, found in rows.items() if part in (None, k) for r in found]
        return sum(m[np.asarray(places) == name].sum(axis=0) for _, places, m in chosen) / count

    where = "where it arises: at the shipper of goods on the way, at the keeper of stock"
    return [("cost", "money/period", partial(money, None), f"all parts of cost at the site, {where}"),
            ("holding cost", "money/period", partial(money, "holding"), "cost of keeping stock, and goods on the way from here"),
            ("margin lost", "money/period", partial(money, "lost margin"), "margin of the units that customers did not get")]  # fmt: skip


def lane_figures(plan: Plan, rows: np.ndarray) -> list[Figure]:
    """Figures of the rows of the table of lanes between two sites."""
    net, count = plan.net, counted(plan)
    values, lanes = product_values(plan, net.lanes["product"])[rows], net.lanes.loc[rows]

    def total(t: Totals, column: int) -> np.ndarray:
        return t.total_lane[column][rows]

    found: list[Figure] = [
        ("goods sent", f"{worth(plan)}/period", lambda t: values @ total(t, TOTALS_LANE.sent) / count, "value of what is sent, a period"),
        ("on the way", "units", lambda t: total(t, TOTALS_LANE.waiting).sum(axis=0) / count,
         "mean units on the way, held up or waiting at the door"),
        ("shipments", "1/period", lambda t: total(t, TOTALS_LANE.shipments).sum(axis=0) / count, "shipments a period"),
    ]  # fmt: skip
    for row in rows:
        room = float(net.lanes["capacity"][row])
        if np.isfinite(room) and room > 0:
            use = partial(_use, "total_lane", TOTALS_LANE.sent, np.array([row]), room * count)
            name = f"{net.lanes['product'][row]} by {str(net.lanes['mode'][row]).replace('_', ' ')}"
            found.append((f"capacity used, {name}", "share", use, f"units sent / capacity ({room:g} units a period)"))
    if lanes["expedite_lead_time"].notna().any():
        found.append(("expedited", "share", lambda t: ratio(total(t, TOTALS_LANE.expedited).sum(axis=0),
                      total(t, TOTALS_LANE.sent).sum(axis=0)), "units sent by the faster freight / units sent"))  # fmt: skip
    for part in ("transport", "expediting", "surcharges"):
        found.append(
            (part, "money/period", partial(_lane_cost, plan, rows, part), f"cost of {part} on this lane, a period")
        )
    return found


def _lane_cost(plan: Plan, rows: np.ndarray, part: str, t: Totals) -> np.ndarray:
    return sum(m[rows].sum(axis=0) for table, _, m in cost_rows(plan, t)[part] if table == "lanes") / counted(plan)


# --- the rows of the tables


def rows_of(case: Case, site: str = "", lane: tuple[str, str] | None = None) -> dict[str, pd.DataFrame]:
    """Rows of the tables of a case that name a site, or a lane; tables without any are left out.

    Columns that hold nothing but what an empty cell means are left out too.
    """
    found = {}
    for table, columns in PLACES.items():
        rows = case[table]
        if lane is not None:
            if table not in ("lanes", "events"):
                continue
            mask = (rows["origin"] == lane[0]) & (rows["destination"] == lane[1])
        else:
            mask = np.logical_or.reduce([rows[c] == site for c in columns])
            if "via" in rows:
                mask |= np.array([site in [p.strip() for p in str(v).split(";")] for v in rows["via"]], bool)
        if mask.any():
            found[table] = _told(rows[mask], table)
    return found


def _told(rows: pd.DataFrame, table: str) -> pd.DataFrame:
    columns = table_columns(TABLES[table])
    said = [c for c in rows if c not in columns or columns[c].required or not _usual(rows[c], columns[c])]
    return rows[said].reset_index(drop=True)


def _usual(values: pd.Series, column: Column) -> bool:
    usual = default_of(column)
    return bool(values.isna().all()) if usual != usual else bool((values == usual).all())


def column_of(table: str, name: str) -> Column | None:
    """Declaration of a column of a table; None of a column of one's own."""
    return table_columns(TABLES[table]).get(name)
