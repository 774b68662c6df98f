"""A case as stages of the guaranteed-service model: times, costs, suppliers and demand of its stocks."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from twinkit.chain.calendars import Calendars, calendars_of
from twinkit.chain.network import Network, network_of
from twinkit.chain.plan import Flows, longest_waits, source_shares
from twinkit.inventory.service_stages import Stage
from twinkit.levers.levers import all_flows
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.checks_notes import realised_lead_time
from twinkit.tables.problems import Problem, did_you_mean, listed


def refuse(problems: list[Problem]) -> None:
    """Raise a CaseError if there is any problem."""
    if problems:
        raise CaseError(problems)


def _name(net: Network, row: int) -> str:
    return f"{net.stocks['site'].iat[row]} | {net.stocks['product'].iat[row]}"


def demand_spreads(case: Case, net: Network) -> np.ndarray:
    """Standard deviation of the demand of every market [units/period]."""
    markets = net.markets
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
        elif sources[row] != 1:
            says = f"has {sources[row]} sources; the guaranteed-service model knows exactly one"
            problems.append(Problem("stocks", None, "", _name(net, row), says, "Give all of its share to one source."))
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


def _whole(value: object) -> bool:
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return number and math.isfinite(value) and value >= 0 and value == int(value)


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
        elif not _whole(periods):
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


def _source_rows(net: Network) -> tuple[np.ndarray, np.ndarray]:
    """Lane and recipe that fill each stock; -1 for none."""
    found = np.full((2, len(net.stocks)), -1)
    for rows, into, share in zip(found, (net.lane_destination, net.recipe_stock), source_shares(net), strict=True):
        rows[into[share > 0]] = np.flatnonzero(share > 0)
    return found[0], found[1]


def _supply(net: Network, calendars: Calendars, row: int, source: tuple[int, int], day: str) -> tuple[int, float, dict[str, float]]:
    """Time, cost added and suppliers of a stock, from the row of the lane or of the recipe that fills it."""
    policy, price = net.stocks["policy"].to_numpy(), net.stocks["unit_cost"].to_numpy(float)
    lane_row, recipe_row = source
    wait, between = 0, int(net.stocks["review_period"].iat[row])
    if calendars.any:
        wait, between = longest_waits(net, calendars, row, -1 - recipe_row if recipe_row >= 0 else lane_row)
    more = between - 1 + day_adds(net, row, day)
    if recipe_row >= 0:
        recipe = net.recipes.iloc[recipe_row]
        into = [
            (int(net.part_stock[p]), float(net.part_qty[p]) / recipe["yield_rate"])
            for p in np.flatnonzero(net.part_recipe == recipe_row)
        ]
        time, added = int(recipe["lead_time"]), float(recipe["unit_cost"]) / recipe["yield_rate"]
    else:
        lane = net.lanes.iloc[lane_row]
        into = [(int(net.lane_origin[lane_row]), 1.0)]
        mean = lane["lead_time"]
        if not lane["crossing"] and lane["lead_time_kind"] != "fixed":
            mean = realised_lead_time(lane["lead_time_kind"], mean, lane["lead_time_spread"])
        time = max(math.floor(mean + 0.5), int(day == "serve_first")) + int(lane["information_delay"])
        added = float(lane["transport_cost"])
    time = max(time, wait)
    added += sum(price[r] * units for r, units in into if policy[r] == "unlimited")
    return time + more, added, {_name(net, r): units for r, units in into if policy[r] != "unlimited"}


def stages_of(case: Case, service_times: Mapping[str, float] | None = None) -> dict[int, Stage]:
    """Stages of the guaranteed-service model, by row of the network's stocks.

    Parameters
    ----------
    case, service_times
        As for :func:`twinkit.study.stocking.stocking_plan`.
    """
    net, flows = case.derived(network_of), case.derived(all_flows)
    _fitting(net, flows)
    limits = _limits(case, net, service_times or {})
    square, tied = demand_spreads(case, net) ** 2, demand_correlations(case, net)
    by_shop = {
        row: {float(c): float(square[(net.market_stock == row) & (tied == c)].sum()) for c in np.unique(tied[net.market_stock == row])}
        for row in np.unique(net.market_stock).tolist()
    }
    mean = np.bincount(net.market_stock, flows.market, minlength=len(net.stocks))
    lanes, recipes = _source_rows(net)
    calendars = case.derived(calendars_of)
    policy, stages = net.stocks["policy"].to_numpy(), {}
    for row in np.flatnonzero((flows.stock > 0) & (policy != "unlimited")).tolist():
        time, added, suppliers = _supply(net, calendars, row, (lanes[row], recipes[row]), case.settings["day"])
        own = by_shop.get(row)
        total = sum(own.values()) if own is not None else 0.0
        stages[row] = Stage(
            _name(net, row), time, added, suppliers, float(mean[row]), math.sqrt(total) if own is not None else None,
            limits.get(row), keeps_stock=policy[row] != "on_demand",
            autocorrelation={c: v / total for c, v in own.items()} if own and total > 0 else 0.0,
        )  # fmt: skip
    return stages
