"""Mean flows of a chain, and the levels that it starts with.

The flows follow from the markets' mean demand by walking up the chain: shares of
lanes, bills of materials and yields.  They give an empty capacity a scale, fill the
pipelines at the start and turn days of safety stock into units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twinkit import rooms
from twinkit.chain.calendars import Calendars, demand_factors
from twinkit.chain.network import Network, longest_path
from twinkit.tables.case import Case


@dataclass
class Flows:
    """Mean units per period, by stock, lane, recipe (units started) and market."""

    stock: np.ndarray
    lane: np.ndarray
    recipe: np.ndarray
    market: np.ndarray


def mean_demand(case: Case, markets) -> np.ndarray:
    """Mean demand of every market and period [units/period], shape (markets, periods).

    A season is a cosine over a year with its highest point at ``season_peak``; a
    trend grows by the same share every year.  A history repeats when it ends.  With a
    calendar it is the mean of what is asked in the period, 0 when nothing can be.
    """
    periods = int(case.settings["periods"])
    year = 365.0 / case.settings["period_days"]
    t = np.arange(periods)
    season = markets["season"].to_numpy()[:, None]
    peak = markets["season_peak"].to_numpy()[:, None]
    trend = markets["trend"].to_numpy()[:, None]
    base = np.nan_to_num(markets["mean"].to_numpy())[:, None]
    mean = np.repeat(base.T, periods, axis=0).T  # period by period in memory, as the day reads it
    if season.any() or trend.any():
        mean *= (1 + season * np.cos(2 * np.pi * (t - peak) / year)) * (1 + trend) ** (t / year)
    past = case["history"]
    recorded = markets["demand"].isin(["history", "resampled"]).to_numpy()
    if recorded.any() and len(past):
        series = {k: g.sort_values("period")["units"].to_numpy() for k, g in past.groupby(["market", "product"])}
        for i in np.flatnonzero(recorded):
            mean[i] = np.resize(series[(markets["market"][i], markets["product"][i])], periods)
    factors = demand_factors(case, markets, periods)
    return mean if factors is None else mean * factors


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over the periods, summed in their order: NumPy's own order depends on the number of rows."""
    total = np.zeros(len(values))
    for period in values.T:
        total += period
    return total / values.shape[1]


def mean_flows(net: Network, mean: np.ndarray) -> Flows:
    """Mean flows from the markets up.

    Parameters
    ----------
    net
        The network.
    mean
        Mean demand [units/period], shape (markets, periods).
    """
    every = np.where(net.markets["calendar"] == "", net.markets["every"], 1)  # with a calendar the mean knows the periods
    market = _mean(mean) / every if len(net.markets) else np.zeros(0)
    stock = np.bincount(net.market_stock, market, minlength=len(net.stocks))
    lane, recipe = np.zeros(len(net.lanes)), np.zeros(len(net.recipes))
    lane_share, recipe_share = source_shares(net)
    yields = net.recipes["yield_rate"].to_numpy()
    level = _flow_levels(net)
    into = _by_level(level[net.lane_destination]), _by_level(level[net.recipe_stock])
    part_level = _by_level(level[net.recipe_stock[net.part_recipe]])
    for now in range(int(level.max(initial=0)) + 1):
        lanes, recipes, parts = into[0].get(now), into[1].get(now), part_level.get(now)
        if lanes is not None:
            lane[lanes] = stock[net.lane_destination[lanes]] * lane_share[lanes]
            np.add.at(stock, net.lane_origin[lanes], lane[lanes])
        if recipes is not None:
            recipe[recipes] = stock[net.recipe_stock[recipes]] * recipe_share[recipes] / yields[recipes]
        if parts is not None:
            used = recipe[net.part_recipe[parts]] * net.part_qty[parts]
            np.add.at(stock, net.part_stock[parts], used)
    return Flows(stock, lane, recipe, market)


def _flow_levels(net: Network) -> np.ndarray:
    """Level of every stock with its customers below it; stocks on a loop come last."""
    start = np.concatenate([net.lane_destination, net.recipe_stock[net.part_recipe]])
    end = np.concatenate([net.lane_origin, net.part_stock])
    level = longest_path(len(net.stocks), start, end, np.ones(len(start), np.int64))
    return np.where(level < 0, level.max(initial=0) + 1, level)


def _by_level(level: np.ndarray) -> dict[int, np.ndarray]:
    if not len(level):
        return {}
    order = np.argsort(level, kind="stable")
    values, first = np.unique(level[order], return_index=True)
    return dict(zip(values.tolist(), np.split(order, first[1:]), strict=True))


def source_shares(net: Network) -> tuple[np.ndarray, np.ndarray]:
    """Share of a stock's mean flow on each lane and recipe.

    Shares of the table, scaled to 1; with ranked sources all goes to the first.  Of sources that
    are not open for orders all the time, those count that are so in the first period.
    """
    n_lanes = len(net.lanes)
    share = np.concatenate([net.lanes["share"], net.recipes["share"]]).astype(float)
    stock = np.concatenate([net.lane_destination, net.recipe_stock])
    ranked = net.stocks["sourcing"].to_numpy()[stock] != "shares" if len(stock) else np.zeros(0, bool)
    of = net.sources[1]
    ids = np.where(of >= 0, of, n_lanes - 1 - of)
    now = np.concatenate([_open_at_start(net.lanes), _open_at_start(net.recipes)])
    usable = now | ~(np.bincount(stock, now, minlength=len(net.stocks)) > 0)[stock]
    first, ids = np.zeros(len(share), bool), ids[usable[ids]]
    first[ids[np.unique(stock[ids], return_index=True)[1]]] = True
    share = np.where(ranked, first, share * usable)
    total = np.bincount(stock, share, minlength=len(net.stocks))
    share = np.divide(share, total[stock], out=np.zeros_like(share), where=total[stock] > 0)
    return share[:n_lanes], share[n_lanes:]


def _open_at_start(rows) -> np.ndarray:
    """Which lanes or recipes take orders in the first period."""
    begins, ends = rows["valid_from"].fillna(0.0), rows["valid_until"].fillna(np.inf)
    return ((begins <= 0.0) & (ends > 0.0)).to_numpy(bool)


def protection_periods(net: Network, calendars: Calendars, order_first: bool) -> np.ndarray:
    """Periods that an order must last until the next can arrive, by stock [periods].

    Lead time and information delay (mean over the sources) plus the review period
    less one; one more when the day begins with the orders (Snyder & Shen 2019,
    sec. 4.3.4).  With calendars: the mean, over the periods in which the site orders, of the
    periods until what it orders the next time has come in.
    """
    lead = net.lanes["lead_time"].to_numpy() + net.lanes["information_delay"].to_numpy()
    lane_share, recipe_share = source_shares(net)
    n = len(net.stocks)
    mean = np.bincount(net.lane_destination, lead * lane_share, minlength=n)
    mean = mean + np.bincount(net.recipe_stock, net.recipes["lead_time"].to_numpy() * recipe_share, minlength=n)
    usual = mean + net.stocks["review_period"].to_numpy() - 1 + order_first
    return _with_closed_periods(net, calendars, usual, order_first) if calendars.any else usual


def _with_closed_periods(net: Network, calendars: Calendars, usual: np.ndarray, order_first: bool) -> np.ndarray:
    """Periods that an order must last, where closed periods lengthen them."""
    site, lane = calendars.numbers(net.sites["calendar"]), calendars.numbers(net.lanes["calendar"])
    lane_share, recipe_share = source_shares(net)
    found, (at, of) = usual.copy(), net.sources
    for row in range(len(net.stocks)):
        sources, here = of[at[row] : at[row + 1]], site[net.stock_site[row]]
        origins = [site[net.stock_site[net.lane_origin[s]]] for s in sources if s >= 0]
        if not (here or any(origins) or lane[[s for s in sources if s >= 0]].any()):
            continue
        orders = np.flatnonzero(calendars.falls_due(int(net.stocks["review_period"][row]), here))
        total = 0.0
        for s in sources:
            share = lane_share[s] if s >= 0 else recipe_share[-1 - s]
            come = _come_in(net, calendars, s, orders, here, lane, site)
            wait = (come[1:] - orders[:-1])[(orders[:-1] < calendars.window) & np.isfinite(come[1:])]
            total += share * (wait.mean() if len(wait) else usual[row] + 1 - order_first)
        if len(sources):
            found[row] = total - 1 + order_first
    return found


def _come_in(net: Network, calendars: Calendars, source: int, orders: np.ndarray, here: int, lane, site) -> np.ndarray:
    """Period in which what is ordered from a source in some periods comes in; infinite where it is not known."""
    share, clock = calendars.share, calendars.clock
    every = np.arange(len(share))

    def next_open(periods: np.ndarray, *numbers: int) -> np.ndarray:
        opened = every[(share[:, list(numbers)] > 0).all(axis=1)]
        at = np.searchsorted(opened, periods)
        return np.where(at < len(opened), opened[np.minimum(at, len(opened) - 1)], np.inf)

    if source >= 0:
        own, origin = lane[source], site[net.stock_site[net.lane_origin[source]]]
        time = float(net.lanes["lead_time"][source])
        left = next_open(orders + int(net.lanes["information_delay"][source]), own, origin)
    else:
        own, time, left = here, float(net.recipes["lead_time"][-1 - source]), orders.astype(float)
    whole = np.floor(time + 0.5)
    known = np.isfinite(left)
    ready = np.full(len(left), np.inf)
    ready[known] = np.searchsorted(clock[:, own], clock[left[known].astype(int), own] + whole)
    ready = np.where((ready < len(share)) & (whole > 0), ready, np.where(whole > 0, np.inf, left))
    come = np.full(len(left), np.inf)
    known = np.isfinite(ready)
    come[known] = next_open(ready[known], here)
    return come + (time - whole) / calendars.open_share(own)


def start_position(net: Network, flows: Flows, protection: np.ndarray) -> np.ndarray:
    """Inventory position at which a stock starts when its table says nothing [units], by stock."""
    s = net.stocks
    forecast = s["forecast_start"].where(s["forecast_start"].notna(), flows.stock)
    by_policy = {
        "base_stock": s["order_up_to"],
        "echelon_base_stock": s["order_up_to"],
        "s_S": s["order_up_to"],
        "anchor_and_adjust": s["order_up_to"],
        "r_Q": s["reorder_point"] + s["order_quantity"],
        "r_nQ": s["reorder_point"] + s["order_quantity"],
        "days_of_cover": forecast * (protection + s["days_of_cover"]),
    }
    if rooms.POLICIES:
        seen = s.assign(rate=flows.stock, protection=protection)
        by_policy |= {name: added.starts_at(seen) for name, added in rooms.POLICIES.items() if added.starts_at}
    position = np.zeros(len(s))
    for policy, level in by_policy.items():
        chosen = (s["policy"] == policy).to_numpy()
        position[chosen] = np.nan_to_num(np.asarray(level, float))[chosen]
    return position + s["safety_stock"].to_numpy()
