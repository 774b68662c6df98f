"""Levers of sourcing: second sources, suppliers on call, and how fast orders go over to them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit.chain.network import network_of
from twinkit.study.flows_of_case import all_flows
from twinkit.tables.case import Case


def second_sources(case: Case) -> pd.DataFrame:
    """Lanes of stocks with several lanes and sourcing by shares; `main` marks the largest share."""
    stocks = case["stocks"]
    shared = stocks.loc[stocks["sourcing"] == "shares", ["site", "product"]]
    lanes = case["lanes"].reset_index(names="lane")
    lanes = lanes.merge(shared, left_on=["destination", "product"], right_on=["site", "product"])
    lanes = lanes[lanes["share"] > 0]
    group = lanes.groupby(["destination", "product"])["share"]
    lanes = lanes[group.transform("size") > 1]
    if not len(lanes):
        return lanes.assign(main=False)
    order = lanes.sort_values(["share", "origin"], ascending=[False, True])
    first = order.groupby(["destination", "product"]).head(1).index
    return lanes.assign(main=lanes.index.isin(first))


def set_second_source(case: Case, share: float) -> Case:
    """Give the second sources together this share of the orders; the largest source keeps the rest."""
    found = second_sources(case)
    total = found["share"].groupby([found["destination"], found["product"]]).transform("sum")
    others = found["share"].where(~found["main"], 0.0)
    rest = others.groupby([found["destination"], found["product"]]).transform("sum")
    new = np.where(found["main"], total * (1 - share), total * share * others / rest)
    lanes = case["lanes"].copy()
    lanes.loc[found["lane"].to_numpy(), "share"] = new
    return _with_room(case, case.replace(lanes=lanes))


def _with_room(case: Case, changed: Case) -> Case:
    """The changed case with more capacity wherever its mean flow has grown, in the same proportion."""
    net, after = case.derived(network_of), changed.derived(network_of)
    before, now = case.derived(all_flows), changed.derived(all_flows)
    recipes = _grown(net.recipes, before.recipe, now.recipe, changed["recipes"], ["site", "product"])
    lanes = _grown(after.lanes, before.lane, now.lane, changed["lanes"], ["origin", "destination", "product", "mode"])
    return changed.replace(recipes=recipes, lanes=lanes)


def _grown(rows: pd.DataFrame, before: np.ndarray, now: np.ndarray, table: pd.DataFrame, key: list[str]):
    grown = np.divide(now, before, out=np.ones_like(now), where=before > 0)
    index = pd.MultiIndex.from_frame(rows[key])
    factor = np.maximum(grown, 1.0)[index.get_indexer(pd.MultiIndex.from_frame(table[key]))]
    return table.assign(capacity=table["capacity"] * factor)


BARELY = 1e-6
"""Share of the orders that a backup supplier gets while the others work: its door is kept open."""


def backups(case: Case) -> pd.DataFrame:
    """Lanes with a share of 0 into stocks that have other lanes and split orders by shares: suppliers on call."""
    stocks = case["stocks"]
    shared = stocks.loc[stocks["sourcing"] == "shares", ["site", "product"]]
    lanes = case["lanes"].reset_index(names="lane")
    lanes = lanes.merge(shared, left_on=["destination", "product"], right_on=["site", "product"])
    others = lanes["share"].groupby([lanes["destination"], lanes["product"]]).transform("sum")
    return lanes[(lanes["share"] == 0) & (others > 0)]


def set_backup(case: Case, on: bool) -> Case:
    """Let orders go to suppliers on call while all other sources of a stock are out of service.

    A stock that reroutes splits its order by share × what works of a source, so a very small
    share gets all of it when nothing else works.  How soon the backup delivers is the
    information delay and the lead time of its lane; how much, its capacity and stock.
    """
    if not on:
        return case
    found = backups(case)
    lanes, stocks = case["lanes"].copy(), case["stocks"]
    lanes.loc[found["lane"].to_numpy(), "share"] = BARELY
    served = pd.MultiIndex.from_frame(found[["destination", "product"]])
    here = pd.MultiIndex.from_frame(stocks[["site", "product"]]).isin(served)
    return case.replace(lanes=lanes, stocks=stocks.assign(reroute=stocks["reroute"] | here))


def ramping(case: Case) -> pd.Series:
    """Which stocks can let orders go over to other sources: those with second sources or suppliers on call."""
    both = pd.concat([second_sources(case), backups(case)])
    served = pd.MultiIndex.from_frame(both[["destination", "product"]].drop_duplicates())
    here = pd.MultiIndex.from_frame(case["stocks"][["site", "product"]]).isin(served)
    return pd.Series(here, case["stocks"].index)


def set_ramp_up(case: Case, days: float) -> Case:
    """Let orders go over to second sources and suppliers on call within so many days."""
    stocks = case["stocks"]
    periods = days / case.settings["period_days"]
    return case.replace(stocks=stocks.assign(ramp_up=stocks["ramp_up"].where(~ramping(case), periods)))
