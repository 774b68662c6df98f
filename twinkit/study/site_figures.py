"""Figures of single sites and lanes: stock, flow, service, cost and use of capacity, with intervals.

The run is that of an ensemble of the scenario, with its events and without them on the
same luck; what the ensemble has run already is not run again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event

import numpy as np
import pandas as pd

from twinkit.chain.layout import RP, SP, TOTALS_LANE, TOTALS_MARKET, TOTALS_RECIPE, TOTALS_STOCK, UNLIMITED
from twinkit.chain.plan import Plan
from twinkit.run.ensemble import BATCH, ensemble, plan_with
from twinkit.run.kpis import cost_rows, map_series, product_values, ratio, study_series, valued
from twinkit.run.outcome import Outcome
from twinkit.run.public import Result, study
from twinkit.run.runs import KEPT, Runner, Totals, courses, parting
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import mean_interval
from twinkit.study.asked import remembered
from twinkit.tables.case import CaseLike

COLUMNS = ["figure", "unit", "value", "low", "high", "without", "definition"]
Value = Callable[[Totals], np.ndarray]
"""A figure of a run: values by world."""
Figure = tuple[str, str, Value, str]
"""Name, unit, values by world, definition."""


@dataclass(frozen=True, eq=False, repr=False)
class NetworkFigures(Result):
    """A scenario in some worlds, row by row.

    Attributes
    ----------
    outcome
        What the ensemble says of it; its maps hold every site and lane, day by day.
    totals, calm
        Sums over the counted periods of every row, with the events and without.
    """

    outcome: Outcome
    totals: Totals
    calm: Totals

    @property
    def plan(self) -> Plan:
        """The case made ready."""
        return self.outcome.plan

    def headline(self) -> str:
        """What was run."""
        case = self.plan.case
        return f"Sites and lanes of {case.name} in {self.outcome.scenario}: .sites() has all of them, .site(name) and .lane(origin, destination) more"

    def glance(self) -> pd.DataFrame:
        """Every site."""
        return self.sites()

    def site(self, name: str) -> pd.DataFrame:
        """Figures of a site.

        Returns
        -------
        DataFrame
            figure, unit, value (mean over the worlds) with its 95 % interval low to high,
            without (the mean without the events), definition.

        Raises
        ------
        KeyError
            If there is no such site.
        """
        if name not in set(self.plan.net.sites["site"]):
            raise KeyError(f"there is no site {name!r}")
        return self._table(site_figures(self.plan, name))

    def lane(self, origin: str, destination: str) -> pd.DataFrame:
        """Figures of a lane, all its products and modes; as of :meth:`site`."""
        lanes = self.plan.net.lanes
        here = np.flatnonzero((lanes["origin"] == origin) & (lanes["destination"] == destination))
        if not len(here):
            raise KeyError(f"there is no lane from {origin!r} to {destination!r}")
        return self._table(lane_figures(self.plan, here))

    def sites(self) -> pd.DataFrame:
        """One row per site: what it keeps and sends, and what it costs, as means over the worlds.

        Returns
        -------
        DataFrame
            site, kind, tier, country, stock [money], sent [money/period], cost [money/period].
        """
        plan, net = self.plan, self.plan.net
        value, count = product_values(plan, net.stocks["product"]), counted(plan)
        stock = np.zeros(len(net.sites))
        np.add.at(stock, net.stock_site, value * self.totals.total_stock[TOTALS_STOCK.on_hand].mean(axis=1) / count)
        sent = self.outcome.maps["site flow"][0][:, -count:].mean(axis=1)
        cost = dict.fromkeys(net.sites["site"], 0.0)
        for rows in cost_rows(plan, self.totals).values():
            for _, places, money in rows:
                for place, amount in zip(places, money.mean(axis=1), strict=True):
                    cost[place] += float(amount) / count
        rows = net.sites[["site", "kind", "country"]].assign(tier=plan.tiers, stock=stock, sent=sent)
        return rows.assign(cost=[cost[s] for s in rows["site"]])

    def all_sites(self) -> pd.DataFrame:
        """The figures of every site, as of :meth:`site`, led by its name."""
        tables = [self.site(name) for name in self.plan.net.sites["site"]]
        return pd.concat([table.assign(site=name) for name, table in zip(self.plan.net.sites["site"], tables, strict=True)], ignore_index=True)[["site", *COLUMNS]]

    def _table(self, figures: list[tuple[str, str, Value, str]]) -> pd.DataFrame:
        rows = []
        for name, unit, value, definition in figures:
            now, then = (_defined(value(t)) for t in (self.totals, self.calm))
            without = float(then.mean()) if len(then) else np.nan
            rows.append((name, self.outcome.unit(unit), *mean_interval(now), without, definition))
        return pd.DataFrame(rows, columns=COLUMNS)


def _defined(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]


def counted(plan: Plan) -> int:
    """Periods that KPIs count: all but the warm-up [periods]."""
    return plan.periods - int(plan.case.settings["warm_up"])


@study
def network_figures(
    case: CaseLike, scenario: Scenario | None = None, *, seed: int | None = None, progress: Callable[[int, int], None] | None = None,
    cancel: Event | None = None, workers: int = 2,
) -> NetworkFigures:  # fmt: skip
    """Run a scenario in 64 worlds and keep what every site and lane does.

    Parameters
    ----------
    case, scenario
        What is run; by default the case as it is.
    seed
        Seed of all chance; by default that of the case.
    progress, cancel, workers
        As for :func:`~twinkit.run.ensemble.ensemble`.

    Raises
    ------
    CaseError
        If the case has problems, or the scenario does not fit it.
    Cancelled
        If `cancel` was set.

    Examples
    --------
    >>> import twinkit
    >>> found = network_figures(twinkit.example("camera"))
    >>> found.sites().columns.tolist()
    ['site', 'kind', 'country', 'tier', 'stock', 'sent', 'cost']
    """
    scenario = scenario or Scenario("as it is")
    seed = int(case.settings["seed"] if seed is None else seed)
    outcome = ensemble(case, scenario, BATCH, seed=seed, progress=progress, cancel=cancel, workers=workers)[scenario.name]
    plan = plan_with(case, scenario)
    runner = Runner(seed, 0, BATCH, {"actors": None, "policies": None}, _record, KEPT)
    calm_course, course = courses(plan)
    calm = runner.run(calm_course).totals
    found = NetworkFigures(outcome, runner.run(course).totals if parting(plan) < plan.periods else calm, calm)
    return remembered(found, "network_figures", case=case, scenario=scenario, seed=seed)


def _record(plan: Plan) -> list:
    """The histories that an ensemble keeps of its first batch, so that its run is found again."""
    return study_series(plan) + map_series(plan)


def outside(plan: Plan) -> np.ndarray:
    """Whether a stock is an unlimited source: it keeps nothing, so its stock is no figure."""
    return plan.stock_n[SP.policy] == UNLIMITED


# --- what is measured at a site and on a lane


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
