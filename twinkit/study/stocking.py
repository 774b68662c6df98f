"""Where a case should keep its safety stock: the guaranteed-service model on its tables.

Every stock is a stage of :func:`twinkit.inventory.guaranteed_service`: its time is the lead
time of the lane or recipe that fills it, its cost what lane, recipe and purchase add, its
demand that of the markets down the chain.  A stock that orders ``on_demand`` keeps nothing
of its own: it passes on.  Unlimited sources deliver at once.

Six things to know.  A stock with several sources takes its shares of all of them, and promises what the slowest
allows.  A random lead time counts with the mean that comes about: without overtaking it is longer
than stated (:func:`twinkit.tables.checks_notes.realised_lead_time`).  Where sites or lanes are closed on
some days, a time is the longest that an order takes in any week; what is asked of a closed site waits
until it opens, whatever is in stock.  A season or a trend counts
with the mean demand of the run.  A lead time is lengthened by an information delay, by a
review period less one, and by what the order of a day's steps adds
(:func:`day_adds`).  Demand beyond `z` standard deviations is
late, or lost, in a simulated chain: the model does not say by how much, and where several
stages keep stock, each may be late in its turn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

import numpy as np
import pandas as pd
import scipy

from twinkit.chain.calendars import Calendars, calendars_of
from twinkit.chain.network import Network, network_of
from twinkit.chain.plan import Flows, longest_waits, source_shares
from twinkit.inventory.arguments import zero_or_more
from twinkit.inventory.guaranteed_service import guaranteed_service
from twinkit.inventory.service_stages import Derived, Stage, check_stages, derive
from twinkit.levers.levers import all_flows
from twinkit.run.engines import stop_if
from twinkit.run.public import Result, study
from twinkit.study.asked import remembered
from twinkit.tables import POLICY_PARAMETERS, CaseError, require_sound
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.checks_notes import realised_lead_time
from twinkit.tables.problems import Problem, did_you_mean, is_number, listed, refuse
from twinkit.tables.words import parameter_columns
from twinkit.words import amount, counted, digits
from twinkit.words import listed as in_words


def _name(net: Network, row: int) -> str:
    return f"{net.stocks['site'].iat[row]} | {net.stocks['product'].iat[row]}"


def demand_spreads(case: Case, markets: pd.DataFrame) -> np.ndarray:
    """Standard deviation of the demand of every row of a table of markets [units/period]."""
    mean, spread = np.nan_to_num(markets["mean"].to_numpy(float)), markets["spread"].to_numpy(float)
    kind, past = markets["demand"].to_numpy(), case["history"]
    recorded = past.sort_values("period").groupby(["market", "product"])["units"].std(ddof=0) if len(past) else {}
    keys = zip(markets["market"], markets["product"], strict=True)
    drawn = np.array([recorded.get(k, 0.0) for k in keys], float)
    count = np.sqrt(mean)
    return np.select(
        [kind == "constant", kind == "uniform", kind == "poisson", kind == "negative_binomial",
         np.isin(kind, ["history", "resampled"])],
        [0.0, spread / math.sqrt(3), count, np.maximum(spread, count), drawn], spread,
    )  # fmt: skip


def demand_correlations(case: Case, net: Network) -> np.ndarray:
    """Correlation of the demand of every market with that of the period before [-].

    That of the table for demand that is drawn; that of the record where it is replayed and clearly not 0.
    """
    markets, past = net.markets, case["history"]
    found = np.nan_to_num(markets["autocorrelation"].to_numpy(float))
    for i in np.flatnonzero(markets["demand"].to_numpy() == "history"):
        own = past[(past["market"] == markets["market"].iat[i]) & (past["product"] == markets["product"].iat[i])]
        units = own.sort_values("period")["units"].to_numpy(float)
        less = units - units.mean() if len(units) else units
        if len(units) > 2 and less.any():
            lag = float(less[1:] @ less[:-1] / (less @ less))
            found[i] = min(max(lag, -0.99), 0.99) if abs(lag) > 2 / math.sqrt(len(units)) else 0.0
    return found


def _fitting(net: Network, flows: Flows) -> None:
    """Refuse what the model has no words for."""
    lane_share, recipe_share = source_shares(net)
    into = np.concatenate([net.lane_destination, net.recipe_stock])[np.concatenate([lane_share, recipe_share]) > 0]
    sources = np.bincount(into, minlength=len(net.stocks))
    policy = net.stocks["policy"].to_numpy()
    problems = []
    for row in np.flatnonzero((flows.stock > 0) & (policy != "unlimited")):
        if policy[row] == "none":
            says = "never orders, so it can guarantee no service"
            problems.append(Problem("stocks", None, "policy", _name(net, row), says, "Give it a policy."))
        elif not sources[row]:
            problems.append(Problem("stocks", None, "", _name(net, row), "has no source, so it can guarantee no service", "Add a lane or a recipe that fills it."))
    for market, product in net.markets.loc[net.markets["every"] > 1, ["market", "product"]].itertuples(index=False):
        says = "asks less often than every period; the guaranteed-service model knows demand of every period"
        problems.append(Problem("markets", None, "every", f"{market} | {product}", says, "Lengthen the period."))
    for market, product in net.markets.loc[net.markets["calendar"] != "", ["market", "product"]].itertuples(index=False):
        says = "asks on the days of a calendar only; the guaranteed-service model knows demand that is alike in all periods"
        hint = "Empty the cell, or let the policy days_of_cover follow the calendar."
        problems.append(Problem("markets", None, "calendar", f"{market} | {product}", says, hint))
    for market, product in net.markets.loc[net.markets["returned_share"] > 0, ["market", "product"]].itertuples(index=False):
        says = "sends things back; the guaranteed-service model knows demand only, and would keep too much"
        problems.append(Problem("markets", None, "returned_share", f"{market} | {product}", says, "Write 0, and the demand less what comes back."))
    for origin, to, product in net.lanes.loc[net.lanes["full_load"] > 0, ["origin", "destination", "product"]].itertuples(index=False):
        says = "goes with full loads only, so no time is guaranteed for an order that fills none"
        problems.append(Problem("lanes", None, "full_load", f"{origin} > {to} | {product}", says, "Empty the cell, or round orders with order_multiple."))
    refuse(problems)


def _limits(case: Case, net: Network, service_times: Mapping[str, float]) -> dict[int, int]:
    """Row of a stock → longest service time that was asked for [periods]."""
    leaving = np.union1d(net.lane_origin, net.market_stock)
    sites, markets = net.stocks["site"].to_numpy(), net.markets["market"].to_numpy()
    known = list(dict.fromkeys([*case["sites"]["site"], *markets]))
    limits: dict[int, int] = {}
    problems = []
    for name, periods in service_times.items():
        rows = np.union1d(leaving[sites[leaving] == name], net.market_stock[markets == name])
        if name not in known:
            hint = did_you_mean(str(name), known, f"There are {listed(known)}.")
            problems.append(Problem("service_times", None, "", str(name), "is no site and no market of the case", hint))
        elif not len(rows):
            problems.append(Problem("service_times", None, "", name, "delivers nothing to anybody", "Leave it out."))
        elif not (is_number(periods, 0) and periods == int(periods)):
            says = f"has a service time of {periods}; it must be a whole number of periods, 0 or more"
            problems.append(Problem("service_times", None, "", name, says))
        else:
            limits.update({int(r): min(int(periods), limits.get(int(r), int(periods))) for r in rows})
    refuse(problems)
    return limits


def day_adds(net: Network, row: int, day: str) -> int:
    """Periods that the order of a day's steps adds to the time of a stock, above order_after_demand.

    order_first: a stock decides before it is asked, and ships to sites before it receives.
    serve_first: a supplier has served, and a plant has started, before it is asked.
    """
    prompt = net.lanes["information_delay"].to_numpy() == 0
    if day == "order_first":
        return 1 + int((prompt & (net.lane_origin == row)).any())
    if day == "serve_first":
        inside = net.stocks["policy"].to_numpy()[net.lane_origin] != "unlimited"
        return int(row in net.recipe_stock or (prompt & inside & (net.lane_destination == row)).any())
    return 0


def _supply(net: Network, calendars: Calendars, row: int, source: int, day: str) -> tuple[int, int, float, dict[str, float]]:
    """Time of a source and of the stock itself, cost added and suppliers, from the lane (or -1 - recipe) that fills it."""
    policy, price = net.stocks["policy"].to_numpy(), net.stocks["unit_cost"].to_numpy(float)
    wait, between = 0, int(net.stocks["review_period"].iat[row])
    if calendars.any:
        wait, between = longest_waits(net, calendars, row, source)
    more = between - 1 + day_adds(net, row, day)
    if source < 0:
        recipe = net.recipes.iloc[-1 - source]
        into = [
            (int(net.part_stock[p]), float(net.part_qty[p]) / recipe["yield_rate"])
            for p in np.flatnonzero(net.part_recipe == -1 - source)
        ]
        time, added = int(recipe["lead_time"]), float(recipe["unit_cost"]) / recipe["yield_rate"]
    else:
        lane = net.lanes.iloc[source]
        into = [(int(net.lane_origin[source]), 1.0)]
        mean = lane["lead_time"]
        if not lane["crossing"] and lane["lead_time_kind"] != "fixed":
            mean = realised_lead_time(lane["lead_time_kind"], mean, lane["lead_time_spread"])
        time = max(math.floor(mean + 0.5), int(day == "serve_first")) + int(lane["information_delay"])
        added = float(lane["transport_cost"])
    added += sum(price[r] * units for r, units in into if policy[r] == "unlimited")
    return max(time, wait), more, added, {_name(net, r): units for r, units in into if policy[r] != "unlimited"}


def stages_of(case: Case, service_times: Mapping[str, float] | None = None) -> dict[int, Stage]:
    """Stages of the guaranteed-service model, by row of the network's stocks.

    A stock with several sources takes its share from a stage for each, which passes on; these come after the stocks.

    Parameters
    ----------
    case, service_times
        As for :func:`twinkit.study.stocking.stocking_plan`.
    """
    net, flows = case.derived(network_of), case.derived(all_flows)
    _fitting(net, flows)
    limits = _limits(case, net, service_times or {})
    square, tied = demand_spreads(case, net.markets) ** 2, demand_correlations(case, net)
    by_shop = {
        row: {float(c): float(square[(net.market_stock == row) & (tied == c)].sum()) for c in np.unique(tied[net.market_stock == row])}
        for row in np.unique(net.market_stock).tolist()
    }
    mean = np.bincount(net.market_stock, flows.market, minlength=len(net.stocks))
    shares = source_shares(net)
    sources = [[(i, float(shares[0][i])) for i in np.flatnonzero((net.lane_destination == r) & (shares[0] > 0)).tolist()]
               + [(-1 - i, float(shares[1][i])) for i in np.flatnonzero((net.recipe_stock == r) & (shares[1] > 0)).tolist()] for r in range(len(net.stocks))]  # fmt: skip
    ways: list[Stage] = []
    calendars = case.derived(calendars_of)
    policy, stages = net.stocks["policy"].to_numpy(), {}
    for row in np.flatnonzero((flows.stock > 0) & (policy != "unlimited")).tolist():
        found = [_supply(net, calendars, row, source, case.settings["day"]) for source, _ in sources[row]]
        time, own_time, added, suppliers = found[0]
        if len(found) > 1:
            time, own_time, added, suppliers = 0, max(one[1] for one in found), 0.0, {}
            for number, (one, (_, share)) in enumerate(zip(found, sources[row], strict=True), 1):
                ways.append(Stage(f"{_name(net, row)} | source {number}", one[0], one[2], one[3], keeps_stock=False))
                suppliers[ways[-1].name] = share
        own = by_shop.get(row)
        total = sum(own.values()) if own is not None else 0.0
        stages[row] = Stage(
            _name(net, row), time + own_time, added, suppliers, float(mean[row]), math.sqrt(total) if own is not None else None,
            limits.get(row), keeps_stock=policy[row] != "on_demand",
            autocorrelation={c: v / total for c, v in own.items()} if own and total > 0 else 0.0,
        )  # fmt: skip
    return stages | dict(enumerate(ways, len(net.stocks)))


# --- the plan


@dataclass(frozen=True, repr=False)
class StockingPlan(Result):
    """Where safety stock should be kept.

    Attributes
    ----------
    table
        One row for each stock: site, product, keeps_stock; time, service_time_in,
        service_time_out and net_time [periods]; mean and sd of the demand that reaches it
        [units/period]; safety_stock and order_up_to [units]; holding_cost
        [money/unit/year]; cost [money/year].
    cost
        Cost of all safety stock [money/year].
    bound
        No plan costs less than that [money/year].
    z
        Standard deviations of demand up to which service is guaranteed [-].
    case
        The case that was planned.
    """

    table: pd.DataFrame
    cost: float
    bound: float
    z: float
    case: Case

    @property
    def gap(self) -> float:
        """By how much the plan may be above the cheapest, at most [share of its cost]."""
        gap = 1 - self.bound / self.cost if self.cost > 0 else 0.0
        return gap if gap > 1e-5 else 0.0

    def headline(self) -> str:
        return f"Stocking plan: {len(self.table)} stocks of {self.case.name}, z = {digits(self.z)}"

    def sentences(self) -> list[str]:
        year, kept = f"{self.case.settings['currency']}/year", self.table[self.table["safety_stock"] > 1e-9]
        told = [f"Safety stock in {counted(len(kept), 'stock')} of {len(self.table)} costs {amount(self.cost, year)}."]
        if self.gap:
            told.append(f"The network is too large, or the time too short, for proof: no plan costs less than {amount(self.bound, year)}, so this one may be up to "
                        f"{amount(self.gap, 'share')} dearer than need be.")  # fmt: skip
        else:
            told.append("No other service times cost less: that is proven.")
        most = kept.sort_values("cost", ascending=False).head(3)
        if len(most):
            told.append(f"Most of it: {in_words([f'{r.product} at {r.site} ({amount(r.cost, year)})' for r in most.itertuples()])}.")
        return told

    def glance(self) -> pd.DataFrame:
        return self.table.loc[self.table["safety_stock"] > 1e-9, ["site", "product", "net_time", "safety_stock", "order_up_to", "cost"]].head(10)

    def stocked(self, case: Case) -> Case:
        """The case with base stocks at the levels of the plan; on hand and review stay as they are.

        Raises
        ------
        CaseError
            If the case does not have a stock of the plan.
        """
        stocks = case["stocks"].copy()
        rows = {key: i for i, key in enumerate(zip(stocks["site"], stocks["product"], strict=True))}
        kept = self.table[self.table["keeps_stock"]]
        missing = [k for k in zip(kept["site"], kept["product"], strict=True) if k not in rows]
        if missing:
            raise CaseError([Problem("stocks", None, "", f"{s} | {p}", "is no stock of the case") for s, p in missing])
        at = [rows[k] for k in zip(kept["site"], kept["product"], strict=True)]
        level = kept["order_up_to"].to_numpy()
        whole = case.whole(kept["product"])
        stocks.loc[at, "policy"] = "base_stock"
        unread = [c for c in parameter_columns() if c not in POLICY_PARAMETERS["base_stock"].known]
        stocks.loc[at, unread] = np.nan
        stocks.loc[at, "order_up_to"] = np.where(whole, np.ceil(level - 1e-9), level)
        stocks.loc[at, "safety_stock"] = 0.0
        return case.replace(stocks=stocks)


def _with_holding(case: Case, net: Network, stages: dict[int, Stage], known: Derived, rate: float | None):
    """Stages with the cost of keeping a unit for a year: a rate of its cost (or value), or the table's."""
    worth = case["products"].set_index("product")["value"]
    year = 365.0 / case.settings["period_days"]
    found, problems = {}, []
    for row, stage in stages.items():
        if row >= len(net.stocks):
            found[row] = stage  # a way to a stock, which keeps nothing
            continue
        if rate is None:
            cost = float(net.stocks["holding_cost"].iat[row]) * year
        else:
            cost = rate * (known.cost[stage.name] or float(worth[net.stocks["product"].iat[row]]))
        if cost <= 0 and stage.keeps_stock:
            says = "has no cost of keeping it, so any amount of safety stock would be as good"
            problems.append(Problem("stocks", None, "holding_cost", stage.name, says, "Give one, or a holding_rate."))
        found[row] = replace(stage, holding_cost=cost)
    refuse(problems)
    return found


@partial(study, limits={"seconds": (0.0, 3600.0)})
def stocking_plan(
    case: CaseLike,
    service_times: Mapping[str, float] | None = None,
    *,
    service_level: float = 0.95,
    z: float | None = None,
    holding_rate: float | None = None,
    seconds: float = 60.0,
    progress: Callable[[int, int], None] | None = None,
    cancel: Event | None = None,
) -> StockingPlan:
    """Where to keep safety stock, at the least cost of keeping it (Graves & Willems 2000, Humair & Willems 2011).

    Parameters
    ----------
    case
        A case whose stocks, recipes and lanes make no circle.
    service_times
        Site or market → longest service time that it may quote [periods].  A market that is
        not named is served at once; a site that is not named may quote any.
    service_level
        Probability with which demand stays within its bound, from which z follows [share].
    z
        Standard deviations of demand up to which service is guaranteed, in place of
        `service_level` [-].
    holding_rate
        Cost of keeping stock for a year as a share of its cumulative cost (of its value,
        where there is no cost), in place of the holding costs of the table [share/year].
    seconds
        Longest search where the network is no tree; with a tree no search is needed [s].
    progress, cancel
        Called with parts done and parts in all; set it to stop before the search begins.

    Raises
    ------
    CaseError
        If the network has a circle, or something else does not fit; all problems at once.
    Cancelled
        If it was cancelled.

    Examples
    --------
    >>> import twinkit
    >>> plan = stocking_plan(twinkit.example("camera"), {"Customers": 5}, z=1.645, holding_rate=0.24)
    >>> round(plan.cost, 1)
    71475.8
    """
    require_sound(case)
    if not 0.5 <= service_level < 1:
        raise ValueError(f"service_level = {service_level!r}: must be from 0.5 to below 1")
    zero_or_more(**{k: v for k, v in {"z": z, "holding_rate": holding_rate}.items() if v is not None})
    asked = {"service_times": dict(service_times or {}), "service_level": service_level, "z": z, "holding_rate": holding_rate, "seconds": seconds}
    z = float(scipy.stats.norm.ppf(service_level)) if z is None else float(z)
    net = case.derived(network_of)
    stages = stages_of(case, service_times)
    stop_if(cancel)
    if progress:
        progress(1, 4)
    try:
        check_stages(list(stages.values()))
    except ValueError as error:
        raise CaseError([Problem("", None, "", "", f"the network does not fit: {error}")]) from error
    known = derive(list(stages.values()))
    stages = _with_holding(case, net, stages, known, holding_rate)
    try:
        plan = guaranteed_service(list(stages.values()), z=z, seconds=seconds)
    except ValueError as error:
        raise CaseError([Problem("service_times", None, "", "", str(error))]) from error
    if progress:
        progress(4, 4)
    rows = []
    for row, stage in stages.items():
        if row >= len(net.stocks):
            continue
        found = plan.stages[stage.name]
        # what comes early from a faster source is there already: a level covers the mean time of the sources
        early = sum(share * (found.inbound_time - plan.stages[u].service_time) for u, share in stage.units.items() if u.startswith(f"{stage.name} | source "))
        rows.append((
            net.stocks["site"].iat[row], net.stocks["product"].iat[row], stage.keeps_stock, stage.time,
            found.inbound_time, found.service_time, found.net_time, known.mean[stage.name], known.sd[stage.name],
            found.safety_stock, found.base_stock - known.mean[stage.name] * early, stage.holding_cost, found.cost,
        ))  # fmt: skip
    table = pd.DataFrame(rows, columns=[
        "site", "product", "keeps_stock", "time", "service_time_in", "service_time_out", "net_time", "mean", "sd",
        "safety_stock", "order_up_to", "holding_cost", "cost",
    ])  # fmt: skip
    return remembered(StockingPlan(table, float(plan.cost), float(plan.bound), z, case), "stocking_plan", case=case, **asked)
