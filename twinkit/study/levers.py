"""Levers: parameters that a person may move, with a unit, a range and a default.

Moving a lever changes the tables of a case; everything else follows from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from twinkit.chain.flows import Flows, mean_demand, mean_flows
from twinkit.chain.network import Network, network_of, tiers_of
from twinkit.study.prices import COUNTED, Price
from twinkit.tables.case import Case

IDLE = ("unlimited", "none")


@dataclass(frozen=True)
class Lever:
    """One lever.

    Attributes
    ----------
    name, label
        Name in code and in scenario files; name on the screen.
    unit, low, high, step
        Unit and range; a flag has the unit "yes/no".
    start
        Where it stands when nobody has moved it.
    meaning
        One sentence for a person who has not read the code.
    change
        ``change(case, value)`` returns the changed case.
    price
        What it costs beyond what a run counts; None where the case does not say, so that
        whoever wants to weigh it must.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    start: Any
    meaning: str
    change: Callable[[Case, Any], Case]
    price: Price | None = None

    @property
    def flag(self) -> bool:
        """Whether the lever is on or off."""
        return self.unit == "yes/no"

    @property
    def allowed(self) -> str:
        """The values allowed, in words."""
        return "yes or no" if self.flag else f"from {self.low:g} to {self.high:g} {self.unit}"

    def allows(self, value: Any) -> bool:
        """Whether a value is in the range."""
        if self.flag:
            return isinstance(value, bool)
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value)
        return bool(number and self.low <= value <= self.high)

    def apply(self, case: Case, value: Any) -> Case:
        """The case with the lever at a value; the case itself where nobody has moved it."""
        return case if value == self.start else self.change(case, value)


def _by_stock(net: Network, values: np.ndarray, stocks: pd.DataFrame) -> np.ndarray:
    """Values by stock of the network, in the order of the table of the case."""
    index = pd.MultiIndex.from_frame(net.stocks[["site", "product"]])
    return values[index.get_indexer(pd.MultiIndex.from_frame(stocks[["site", "product"]]))]


def all_flows(case: Case) -> Flows:
    """Mean flows of the network."""
    net = case.derived(network_of)
    return mean_flows(net, mean_demand(case, net.markets))


def add_safety_days(case: Case, tier: int, days: float) -> Case:
    """Safety stock of so many days of mean demand on top, at every stock of a tier."""
    net = case.derived(network_of)
    rate = case.derived(all_flows).stock
    here = (tiers_of(net)[net.stock_site] == tier) & ~net.stocks["policy"].isin(IDLE).to_numpy()
    periods = days / case.settings["period_days"]
    stocks = case["stocks"]
    extra = _by_stock(net, np.where(here, rate * periods, 0.0), stocks)
    return case.replace(stocks=stocks.assign(safety_stock=stocks["safety_stock"] + extra))


def _safety_days_at(tier: int, case: Case, days: float) -> Case:
    return add_safety_days(case, tier, days)


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


def set_expediting(case: Case, on: bool) -> Case:
    """Let every lane that can be expedited be expedited while its destination is short, or none."""
    lanes = case["lanes"]
    return case.replace(lanes=lanes.assign(expedite=lanes["expedite_lead_time"].notna() & on))


def add_capacity(case: Case, share: float) -> Case:
    """Give every recipe and site with a stated capacity so much more of it."""
    recipes, sites = case["recipes"], case["sites"]
    return case.replace(
        recipes=recipes.assign(capacity=recipes["capacity"] * (1 + share)),
        sites=sites.assign(capacity=sites["capacity"] * (1 + share)),
    )


def levers_of(case: Case) -> list[Lever]:
    """Levers that a case has; a lever that would change nothing is left out."""
    return case.derived(_levers)


def _levers(case: Case) -> list[Lever]:
    found = [_safety_lever(case, k) for k in _tiers(case)]
    second = second_sources(case)
    if len(second):
        others = second[~second["main"]].groupby(["destination", "product"])["share"].sum()
        found.append(Lever(
            "second_source", "Share of second sources", "share", 0.0, 0.5, 0.05, round(float(others.mean()), 4),
            f"share of the orders that goes to second sources, at {len(others)} stocks that have one; what they can "
            "make and ship grows with it, and what that costs to set up is not counted", set_second_source,
        ))  # fmt: skip
    lanes = case["lanes"]
    can = lanes["expedite_lead_time"].notna()
    if can.any():
        found.append(Lever(
            "expediting", "Expedited freight", "yes/no", 0, 1, 1, bool(lanes.loc[can, "expedite"].all()),
            f"use the faster, dearer freight of {int(can.sum())} lanes while the receiver is short", set_expediting,
            COUNTED if (lanes.loc[can, "expedite_cost"] > 0).all() else None,
        ))  # fmt: skip
    spare = backups(case)
    if len(spare):
        found.append(Lever(
            "backup_supplier", "Backup suppliers on call", "yes/no", 0, 1, 1, False,
            f"{len(spare)} lanes with a share of 0 are used while the other sources of the stock are out; the fee for "
            "being on call is not counted", set_backup,
        ))  # fmt: skip
    if case["recipes"]["capacity"].notna().any():
        found.append(Lever(
            "extra_capacity", "Extra production capacity", "share", 0.0, 0.5, 0.05, 0.0,
            "more capacity at every recipe; what it costs to have it is not counted", add_capacity,
        ))  # fmt: skip
    return found


def _tiers(case: Case) -> list[int]:
    net = case.derived(network_of)
    acting = ~net.stocks["policy"].isin(IDLE).to_numpy()
    return sorted(set(tiers_of(net)[net.stock_site[acting]].tolist()))


def _safety_lever(case: Case, tier: int) -> Lever:
    where = "sites that sell to customers" if tier == 0 else f"{tier} step{'s' if tier > 1 else ''} from the customer"
    return Lever(
        f"safety_days_tier_{tier}", f"Extra safety stock, tier {tier}", "days", 0.0, 60.0, 1.0, 0.0,
        f"days of mean demand kept on top at tier {tier} ({where})",
        partial(_safety_days_at, tier), COUNTED if _keeping_costs(case, tier) else None,
    )  # fmt: skip


def _keeping_costs(case: Case, tier: int) -> bool:
    """Whether every stock of a tier that the safety lever raises has a holding cost."""
    net = case.derived(network_of)
    here = (tiers_of(net)[net.stock_site] == tier) & ~net.stocks["policy"].isin(IDLE).to_numpy()
    raised = here & (case.derived(all_flows).stock > 0)
    return bool((net.stocks["holding_cost"].to_numpy(float)[raised] > 0).all())
