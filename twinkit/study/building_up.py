"""The lever of stock that is built up before a known event, and run down after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from twinkit.chain.effects import Effects
from twinkit.chain.network import Network
from twinkit.chain.plan import Plan, plan_of
from twinkit.chain.trouble import EFFECTS
from twinkit.study.flows_of_case import acting, all_flows, by_stock
from twinkit.tables.case import Case

BUILT, BEFORE = "build_up_days", "build_up_ahead"
"""Names of the levers."""
LEAST_AHEAD = 5.0
"""Shortest time before an event in which stock can be built up [days]."""
AHEAD = 30.0
"""Days before an event in which stock is built up, unless somebody says otherwise [days]."""
OF_LANES = ("lane", "delay", "no_shipment", "no_transit", "no_receipt", "lose", "late", "again", "blind")
OF_STOCKS = ("stock", "usable", "destroy")
OF_RECIPES = ("recipe", "good")


def build_before_events(case: Case, days: float) -> Case:
    """Safety stock of so many days of mean demand on top, from 30 days before an event until it is over.

    It is kept at the stocks that what the event hits supplies, and where customers ask for
    more, at the stocks that serve them.  Stocks whose table has a build-up keep that.
    """
    plan = plan_of(case)
    if not plan.effects.names:
        return case
    period = case.settings["period_days"]
    first, last = _spans(plan)
    net, stocks = plan.net, case["stocks"]
    units = np.where(np.isfinite(first) & acting(net), case.derived(all_flows).stock * days / period, 0.0)
    begin = np.maximum(np.where(np.isfinite(first), first, 0.0) - np.floor(AHEAD / period + 0.5), 0.0)
    found = {"build_up": units, "build_from": begin, "build_until": np.where(np.isfinite(last), last, np.nan)}
    raised = by_stock(net, units, stocks) * (stocks["build_up"] == 0)
    cells = {c: stocks[c].where(raised == 0, by_stock(net, values, stocks)) for c, values in found.items()}
    return case.replace(stocks=stocks.assign(**cells))


def build_so_long_before(case: Case, days: float) -> Case:
    """Begin to build up stock so many days before the events of which it is built up."""
    plan, stocks = plan_of(case), case["stocks"]
    first, _ = _spans(plan)
    begin = by_stock(plan.net, first, stocks) - np.floor(days / case.settings["period_days"] + 0.5)
    known = (stocks["build_up"] != 0) & np.isfinite(begin)
    return case.replace(stocks=stocks.assign(build_from=stocks["build_from"].where(~known, np.maximum(begin, 0.0))))


def with_notice(levers: Mapping[str, Any], notice: float) -> dict[str, Any]:
    """Levers as they act against an event that is known of so many days before it begins.

    What is not known of nobody prepares for, and nobody begins before it is known.
    """
    if notice < LEAST_AHEAD or BUILT not in levers:
        return {k: v for k, v in levers.items() if k not in (BUILT, BEFORE)}
    return {**levers, BEFORE: min(float(levers.get(BEFORE, AHEAD)), float(notice))}


def _spans(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """First period of the first event that a stock may prepare for, and the one after its last; inf where there is none."""
    first = np.full(len(plan.net.stocks), np.inf)
    last = np.full(len(plan.net.stocks), -np.inf)
    e = plan.effects
    for i in range(len(e.names)):
        rows = stocks_behind(plan.net, e, i)
        end = np.inf if e.time_between[i] > 0 else e.earliest[i] + e.duration[i] + e.recovery_time[i]
        first[rows], last[rows] = np.minimum(first[rows], e.earliest[i]), np.maximum(last[rows], end)
    return first, np.ceil(np.where(np.isfinite(first), last, np.inf))


def stocks_behind(net: Network, effects: Effects, i: int) -> np.ndarray:
    """Rows of the stocks that miss goods first when an effect takes hold."""
    hits, code = effects.hits[effects.at[i] : effects.at[i + 1]], EFFECTS[int(effects.code[i])]
    if code in OF_LANES:
        return np.unique(net.lane_destination[hits])
    if code == "no_order":
        return hits
    if code == "market":
        return np.unique(net.market_stock[hits]) if effects.severity[i] > 0 else hits[:0]
    origin = net.lane_origin
    if code == "site":
        return np.unique(net.lane_destination[np.isin(net.stock_site[origin], hits)])
    if code in OF_STOCKS or code in OF_RECIPES:
        rows = hits if code in OF_STOCKS else net.recipe_stock[hits]
        return np.unique(net.lane_destination[np.isin(origin, rows)])
    return hits[:0]
