"""Levers of where goods come from, and stock that is built up before an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from twinkit.chain.effects import Effects
from twinkit.chain.network import Network, network_of, tiers_of
from twinkit.chain.plan import Flows, Plan, mean_demand, mean_flows, plan_of
from twinkit.chain.trouble import EFFECTS
from twinkit.tables.case import Case
from twinkit.tables.problems import listed

# Mean flows of a case, and how they are laid beside its tables.


IDLE = ("unlimited", "none")
"""Policies that order nothing."""


def by_stock(net: Network, values: np.ndarray, stocks: pd.DataFrame) -> np.ndarray:
    """Values by stock of the network, in the order of the table of the case."""
    index = pd.MultiIndex.from_frame(net.stocks[["site", "product"]])
    return values[index.get_indexer(pd.MultiIndex.from_frame(stocks[["site", "product"]]))]


def all_flows(case: Case) -> Flows:
    """Mean flows of the network."""
    net = case.derived(network_of)
    return mean_flows(net, mean_demand(case, net.markets))


def acting(net: Network) -> np.ndarray:
    """Which stocks order something."""
    return ~net.stocks["policy"].isin(IDLE).to_numpy()


def acting_at(net: Network, tier: int) -> np.ndarray:
    """Which stocks of a tier order something."""
    return (tiers_of(net)[net.stock_site] == tier) & acting(net)


# Levers of sourcing: second sources, suppliers on call, and how fast orders go over to them.


Goods = Literal["finished", "components"] | None
"""What second sources are of; None = of everything."""
LANE = ["origin", "destination", "product", "mode"]
"""Key of the table of lanes."""


def second_sources(case: Case, goods: Goods = None) -> pd.DataFrame:
    """Lanes of stocks that split their orders by shares among several origins.

    Two ways from one origin are one source.

    Parameters
    ----------
    case
        The case.
    goods
        ``"finished"``: what a market sells; ``"components"``: all else; by default both.

    Returns
    -------
    DataFrame
        Rows of the table of lanes with ``lane`` (their index there), ``main`` (of the origin with the
        largest share) and ``finished``.
    """
    lanes = _split_by_shares(case)
    lanes = lanes[lanes["share"] > 0]
    lanes = lanes.assign(finished=lanes["product"].isin(case["markets"]["product"]))
    if goods is not None:
        lanes = lanes[lanes["finished"] == (goods == "finished")]
    stock = ["destination", "product"]
    by_origin = lanes.groupby([*stock, "origin"], as_index=False)["share"].sum()
    by_origin = by_origin.sort_values(["share", "origin"], ascending=[False, True])
    several = by_origin.groupby(stock)["origin"].transform("size") > 1
    first = by_origin[several].groupby(stock, as_index=False).head(1)[[*stock, "origin"]]
    lanes = lanes.merge(first.rename(columns={"origin": "main"}), on=stock)
    return lanes.assign(main=lanes["main"] == lanes["origin"])


def _split_by_shares(case: Case) -> pd.DataFrame:
    """Lanes into stocks that split their orders by shares; ``lane`` is their index in the table."""
    stocks = case["stocks"]
    shared = stocks.loc[stocks["sourcing"] == "shares", ["site", "product"]]
    lanes = case["lanes"].reset_index(names="lane")
    return lanes.merge(shared, left_on=["destination", "product"], right_on=["site", "product"])


def share_of_seconds(found: pd.DataFrame) -> float:
    """Share of the orders that goes to second sources, mean over the stocks that have one [share]."""
    stock = [found["destination"], found["product"]]
    second = found["share"].where(~found["main"], 0.0).groupby(stock).sum()
    return float((second / found["share"].groupby(stock).sum()).mean())


def sites_of(case: Case, name: str) -> list[str]:
    """The site of that name, else the sites of the company or of the country."""
    sites = case["sites"]
    return next((found for c in ("site", "company", "country") if (found := sites.loc[sites[c] == name, "site"].tolist())), [])


def beside(case: Case, name: str) -> tuple[pd.DataFrame, str]:
    """Lanes of the stocks that buy from a site (a company, a country) and could buy from another source, too; and if there are none, why.

    Parameters
    ----------
    case
        The case.
    name
        Of the site, the company or the country.

    Returns
    -------
    rows
        As of :func:`second_sources`, with ``main`` for those that come from it.  Of sources on call, which have a share of 0,
        each has a share of :data:`BARELY` where a stock has no other.
    why
        A sentence; "" if there are any.
    """
    sites = sites_of(case, name)
    lanes = case["lanes"].reset_index(names="lane")
    bought = lanes[lanes["origin"].isin(sites) & ~lanes["destination"].isin(sites)]
    if not len(bought):
        return bought.assign(main=True), f"No other site buys from {name}."
    stock = ["destination", "product"]
    lanes = lanes.merge(bought[stock].drop_duplicates(), on=stock)
    lanes = lanes.assign(main=lanes["origin"].isin(sites))
    several = ~lanes.groupby(stock)["main"].transform("all")
    if not several.any():
        goods, who = listed(sorted(set(bought["product"])), 3), listed(sorted(set(bought["destination"])), 3)
        return lanes.iloc[:0], f"The tables know no other way: nobody else sends {goods} to {who}. A lane from another source, in the table lanes, would be one."
    shares = _split_by_shares(case)["lane"]
    lanes = lanes[several & lanes["lane"].isin(shares)]
    total = [lanes["share"].where(side, 0.0).groupby([lanes[k] for k in stock]).transform("sum") for side in (lanes["main"], ~lanes["main"])]
    here = lanes[total[0] > 0]
    on_call = ~here["main"] & (total[1] == 0)
    here = here.assign(share=here["share"].where(~on_call, BARELY))
    return here, "" if len(here) else f"Those who buy from {name} and from others do not split their orders by shares, so there is no share to move."


def set_beside(name: str, case: Case, share: float) -> Case:
    """Let this share of the orders of those who buy from a site go to their other sources, on the mean; capacity moves with them.

    Sources on call become sources, and what is out is ordered around.
    """
    found = beside(case, name)[0]
    changed = _with_shares(case, found, share)
    opened = found[~found["main"] & (case["lanes"]["share"].reindex(found["lane"]).to_numpy() == 0)]
    stocks = changed["stocks"]
    here = pd.MultiIndex.from_frame(stocks[["site", "product"]]).isin(pd.MultiIndex.from_frame(opened[["destination", "product"]]))
    return changed.replace(stocks=stocks.assign(reroute=stocks["reroute"] | here)) if here.any() else changed


def set_second_source(goods: Goods, case: Case, share: float) -> Case:
    """Give the second sources this share of the orders, on the mean over the stocks that have one.

    Each stock moves in proportion: downwards the shares of its second sources fall alike, upwards
    those of the main sources do, so that a stock that buys more from its second source than
    others still does.  Capacity moves with the orders (:func:`_with_capacity`).
    """
    return _with_shares(case, second_sources(case, goods), share)


def _with_shares(case: Case, found: pd.DataFrame, share: float) -> Case:
    """The case with this share of the orders at second sources, and capacity where they are."""
    shares = _shares(found, share)
    if shares is None:
        return case
    lanes = case["lanes"].copy()
    lanes.loc[found["lane"].to_numpy(), "share"] = np.minimum(shares, 1.0)  # rounding may leave a share just above 1
    return _with_capacity(case, case.replace(lanes=lanes))


def _shares(found: pd.DataFrame, share: float) -> np.ndarray | None:
    """Share of each lane where the second sources have a share on the mean; None where they have it."""
    now = share_of_seconds(found)
    if round(now, 4) == share:
        return None
    stock, own = [found["destination"], found["product"]], found["share"].to_numpy()
    total = found["share"].groupby(stock).transform("sum").to_numpy()
    second = found["share"].where(~found["main"], 0.0).groupby(stock).transform("sum").to_numpy() / total
    new = second * share / now if share < now else 1 - (1 - second) * (1 - share) / (1 - now)
    return own * np.where(found["main"], (1 - new) / (1 - second), new / second)


def turned_over(rows: Callable[[Case], pd.DataFrame], case: Case, share: float) -> float:
    """Value of the goods that change from main to second sources, below 0 the other way [money/year]."""
    found = rows(case)
    shares = _shares(found, share)
    if shares is None:
        return 0.0
    net, flows = case.derived(network_of), case.derived(all_flows)
    index = pd.MultiIndex.from_frame(net.lanes[LANE])
    flow = flows.lane[index.get_indexer(pd.MultiIndex.from_frame(found[LANE]))]
    value = found["product"].map(case["products"].set_index("product")["value"]).to_numpy(float)
    moved = flow * (shares / found["share"].to_numpy() - 1) * value * ~found["main"]
    return float(moved.sum() * 365.0 / case.settings["period_days"])


# --- capacity follows the orders


def _with_capacity(case: Case, changed: Case) -> Case:
    """The changed case with capacity where its mean flow now is: what a source gives up another one gets.

    *Recipes and sites.*  A source that makes less gives up capacity in proportion; what all that make
    a product give up goes to those that make more of it, as their flows grow, in good units.  So the
    capacity for a product stays what it was in all.  *Lanes* are freight, paid by the unit: their
    capacity grows and falls with all that their destination orders; beyond that it moves from one
    source of a stock to another.  A lane keeps room for what leaves it at once (a full load, the
    smallest order): with less, nothing would ever leave.  No limit stays no limit, and what moves away from a source
    without a limit comes with the room that the new one keeps anyway.
    """
    net, then = case.derived(network_of), changed.derived(network_of)
    before, now = case.derived(all_flows), changed.derived(all_flows)
    recipes, lanes, sites = net.recipes, then.lanes, net.sites
    good = recipes["yield_rate"].to_numpy()
    old, new = before.recipe * good, now.recipe * good
    pool = pd.factorize(recipes["product"])[0]
    own = recipes["capacity"].to_numpy() * good
    capacity = (own + _moved(own, old, new, old, pool)) / good
    at = net.recipe_site
    together = np.bincount(at, before.recipe, minlength=len(sites))[at]
    limit = sites["capacity"].to_numpy()[at]
    shift = _moved(limit * _ratio(before.recipe, together) * good, old, new, old, pool) / good
    site_capacity = sites["capacity"] + np.bincount(at, np.nan_to_num(shift), minlength=len(sites))
    stock = net.lane_destination
    n = len(net.stocks)
    grown = _ratio(np.bincount(stock, now.lane, minlength=n), np.bincount(stock, before.lane, minlength=n))[stock]
    room = lanes["capacity"].to_numpy() * grown
    freight = room + _moved(room, before.lane * grown, now.lane, before.lane * grown, stock)
    at_once = np.fmax.reduce([lanes[c].to_numpy(float) for c in ("full_load", "minimum_order", "order_multiple")])
    freight = np.fmax(freight, np.fmin(at_once, lanes["capacity"].to_numpy(float)))
    return changed.replace(
        recipes=_put(changed["recipes"], recipes, capacity, ["site", "product", "recipe"]),
        lanes=_put(changed["lanes"], lanes, freight, LANE),
        sites=_put(changed["sites"], sites, site_capacity.to_numpy(), ["site"]),
    )


def _ratio(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """One by the other; 1 where the other is 0."""
    return np.divide(one, other, out=np.ones(len(one)), where=other > 0)


def _moved(capacity: np.ndarray, old: np.ndarray, new: np.ndarray, base: np.ndarray, pool: np.ndarray) -> np.ndarray:
    """By how much capacity changes where flows move within pools [units/period]; NaN where there is no limit.

    Parameters
    ----------
    capacity
        Of each source; NaN = no limit [units/period].
    old, new
        Its mean flow before and after [units/period].
    base
        Flow that its capacity is for: capacity / base is the room that it keeps [units/period].
    pool
        Number of its pool.
    """
    fallen, risen, limited = np.maximum(old - new, 0), np.maximum(new - old, 0), np.isfinite(capacity)
    given_up = np.where(limited, np.nan_to_num(capacity) * fallen / np.where(base > 0, base, 1.0), 0.0)
    n = int(pool.max(initial=-1)) + 1

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(pool, values, minlength=n)[pool]

    to_get = total(given_up) * risen / np.where(total(risen) > 0, total(risen), 1.0)
    free = total(np.where(limited, 0.0, fallen)) / np.where(total(fallen) > 0, total(fallen), 1.0)
    own_room = free * risen * np.nan_to_num(capacity) / np.where(base > 0, base, np.inf)
    return np.where(limited, to_get + own_room - given_up, np.nan)


def _put(table: pd.DataFrame, rows: pd.DataFrame, capacity: np.ndarray, key: list[str]) -> pd.DataFrame:
    """A table with the capacities of the rows of the network; where nothing has moved, to the bit as it was."""
    index = pd.MultiIndex.from_frame(rows[key])
    new = capacity[index.get_indexer(pd.MultiIndex.from_frame(table[key]))]
    same = (
        np.isclose(new, table["capacity"].to_numpy(float), rtol=1e-12, atol=0.0) | table["capacity"].isna().to_numpy()
    )
    return table.assign(capacity=table["capacity"].where(same, new))


BARELY = 1e-6
"""Share of the orders that a backup supplier gets while the others work: its door is kept open."""


def backups(case: Case) -> pd.DataFrame:
    """Lanes with a share of 0 into stocks that have other lanes and split orders by shares: suppliers on call."""
    lanes = _split_by_shares(case)
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
    """Let orders go over to second sources and suppliers on call within so many days, on the mean of their stocks.

    Where the stocks differ each moves in proportion.
    """
    stocks, here = case["stocks"], ramping(case)
    now, periods = float(stocks.loc[here, "ramp_up"].mean()), days / case.settings["period_days"]
    if round(now * case.settings["period_days"], 4) == days:
        return case
    new = stocks["ramp_up"] * (periods / now) if now > 0 else periods
    return case.replace(stocks=stocks.assign(ramp_up=stocks["ramp_up"].where(~here, new)))


# The lever of stock that is built up before a known event, and run down after it.


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
