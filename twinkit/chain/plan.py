"""A plan: everything about a case that a run needs and does not change; mean flows among it.

Building it joins the tables; running it again for another batch of replications
only allocates arrays (:mod:`twinkit.chain.world`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.chain.calendars import Calendars, calendars_of, demand_factors
from twinkit.chain.chance import KIND_CODES, cut_at_zero
from twinkit.chain.effects import Basis, Effects, effects_of
from twinkit.chain.layout import LP, MP, NO_POLICY, RP, SP
from twinkit.chain.network import (
    Network,
    goods_waves,
    grouped,
    longest_path,
    network_of,
    order_levels,
    recipe_rounds,
    tiers_of,
)
from twinkit.tables.case import Case
from twinkit.tables.history import in_the_run
from twinkit.tables.words import POLICIES, RATIONING

# Mean flows of a chain, and the levels that it starts with.
#
# The flows follow from the markets' mean demand by walking up the chain: shares of
# lanes, bills of materials and yields.  They give an empty capacity a scale, fill the
# pipelines at the start and turn days of safety stock into units.


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
        live = {k: g.sort_values("period")["units"].to_numpy() for k, g in in_the_run(past).groupby(["market", "product"])}
        for i in np.flatnonzero(recorded):
            key = (markets["market"][i], markets["product"][i])
            mean[i] = np.resize(live[key] if markets["demand"][i] == "history" else series[key], periods)
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
    every = np.where(
        net.markets["calendar"] == "", net.markets["every"], 1
    )  # with a calendar the mean knows the periods
    market = _mean(mean) / every if len(net.markets) else np.zeros(0)
    stock = np.bincount(net.market_stock, market, minlength=len(net.stocks))
    back = market * (net.markets["returned_share"] * net.markets["resold_share"]).to_numpy()  # need not be brought again
    back = np.bincount(net.market_stock, back, minlength=len(net.stocks))
    lane, recipe = np.zeros(len(net.lanes)), np.zeros(len(net.recipes))
    lane_share, recipe_share = source_shares(net)
    yields = net.recipes["yield_rate"].to_numpy()
    level = _flow_levels(net)
    into = _by_level(level[net.lane_destination]), _by_level(level[net.recipe_stock])
    part_level = _by_level(level[net.recipe_stock[net.part_recipe]])
    for now in range(int(level.max(initial=0)) + 1):
        lanes, recipes, parts = into[0].get(now), into[1].get(now), part_level.get(now)
        if lanes is not None:
            lane[lanes] = (stock - back)[net.lane_destination[lanes]] * lane_share[lanes]
            np.add.at(stock, net.lane_origin[lanes], lane[lanes])
        if recipes is not None:
            recipe[recipes] = (stock - back)[net.recipe_stock[recipes]] * recipe_share[recipes] / yields[recipes]
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


def longest_waits(net: Network, calendars: Calendars, row: int, source: int) -> tuple[int, int]:
    """Most periods from an order of a stock to its arrival, and between two of its reviews, in any week of its calendars.

    Parameters
    ----------
    net, calendars
        The network and its working calendars.
    row, source
        A stock, and the lane (or -1 - recipe) that it orders from.
    """
    site, lane = calendars.numbers(net.sites["calendar"]), calendars.numbers(net.lanes["calendar"])
    here, every = site[net.stock_site[row]], np.arange(calendars.window)
    wait = _come_in(net, calendars, source, every, here, lane, site) - every
    orders = np.flatnonzero(calendars.falls_due(int(net.stocks["review_period"][row]), here))
    return math.ceil(wait[np.isfinite(wait)].max(initial=0.0) - 1e-9), int(np.diff(orders).max(initial=1))


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
    s, policies = net.stocks, net.stocks["policy"].to_numpy()
    up_to, point, lot, given, cover = (
        s[name].to_numpy(float) for name in ("order_up_to", "reorder_point", "order_quantity", "forecast_start", "days_of_cover")
    )
    by_policy = {
        **dict.fromkeys(("base_stock", "echelon_base_stock", "s_S", "anchor_and_adjust"), up_to),
        **dict.fromkeys(("r_Q", "r_nQ"), point + lot),
        "days_of_cover": np.where(np.isnan(given), flows.stock, given) * (protection + cover),
    }
    if rooms.POLICIES:
        seen = s.assign(rate=flows.stock, protection=protection)
        by_policy |= {name: added.starts_at(seen) for name, added in rooms.POLICIES.items() if added.starts_at}
    position = np.zeros(len(s))
    for policy in by_policy.keys() & set(policies.tolist()):
        chosen, level = policies == policy, by_policy[policy]
        position[chosen] = np.nan_to_num(np.asarray(level, float))[chosen]
    return position + s["safety_stock"].to_numpy()


LEAD_CAP_SPREADS = 4.0
"""Random lead times are cut at the mean plus so many spreads."""


@dataclass
class Plan:
    """A case made ready to run.

    Attributes
    ----------
    case, net, flows, effects
        The case, its network, mean flows and events.
    stock_n, lane_n, recipe_n, market_n
        Numbers of the tables as the steps read them, shape (columns, rows).
    mean
        Mean demand, shape (markets, periods) [units/period].
    position
        Inventory position at the start, by stock [units].
    tiers
        Tier of every site.
    calendars
        Working calendars of its sites, lanes and markets.
    before, since
        Plan that holds until the period `since`, if the case is changed in the middle of a run.
    apart
        Names of the events that a study asks about: the paired world leaves these out and keeps all
        else that happens.  None = all events of the case.
    notes
        What others have worked out from the plan, kept with it.
    """

    case: Case
    net: Network
    flows: Flows
    effects: Effects
    stock_n: np.ndarray
    lane_n: np.ndarray
    recipe_n: np.ndarray
    market_n: np.ndarray
    mean: np.ndarray
    position: np.ndarray
    tiers: np.ndarray
    down_up: tuple[np.ndarray, np.ndarray]
    up_down: tuple[np.ndarray, np.ndarray]
    calendars: Calendars
    before: Plan | None = None
    since: int = 0
    apart: frozenset[str] | None = None
    notes: dict = field(default_factory=dict, repr=False, compare=False)

    @property
    def periods(self) -> int:
        """Length of a run [periods]."""
        return int(self.case.settings["periods"])

    @property
    def market_names(self) -> list[str]:
        """Name of every row of markets: market and product."""
        m = self.net.markets
        return [f"{a} | {b}" for a, b in zip(m["market"].tolist(), m["product"].tolist(), strict=True)]


def plan_of(case: Case) -> Plan:
    """Join and number the tables of a checked case.

    Parameters
    ----------
    case
        A case without problems.
    """
    net = case.derived(network_of)
    mean = mean_demand(case, net.markets)
    flows = mean_flows(net, mean)
    calendars = case.derived(calendars_of)
    protection = protection_periods(net, calendars, case.settings["day"] == "order_first")
    effects = effects_of(net, case["events"], _basis(case, net))
    level_at, down_up = _in_groups(order_levels(net))
    waves = goods_waves(net)
    wave_at, up_down = _in_groups(waves)
    return Plan(
        case, net, flows, effects,
        _stock_numbers(case, net, flows, protection), _lane_numbers(case, net, _when_open(net, flows, calendars), waves),
        _recipe_numbers(net, _when_open(net, flows, calendars)), _market_numbers(net, _when_open(net, flows, calendars)), mean,
        start_position(net, flows, protection), tiers_of(net), (level_at, down_up), (wave_at, up_down), calendars,
    )  # fmt: skip


def _when_open(net: Network, flows: Flows, calendars: Calendars) -> Flows:
    """Mean flows of the periods in which goods leave or are made: what a part of "all" is counted from."""
    if not calendars.any:
        return flows
    site, lane, market = (calendars.numbers(table["calendar"]) for table in (net.sites, net.lanes, net.markets))
    lanes = [
        calendars.open_share(own, site[net.stock_site[row]]) for own, row in zip(lane, net.lane_origin, strict=True)
    ]
    recipes = [calendars.open_share(site[row]) for row in net.recipe_site]
    markets = [
        calendars.open_share(own, site[net.stock_site[row]]) for own, row in zip(market, net.market_stock, strict=True)
    ]
    return Flows(flows.stock, flows.lane / lanes, flows.recipe / recipes, flows.market / markets)


def _basis(case: Case, net: Network) -> Basis:
    """Usual demand as the tables give it (a mean over the run would depend on its length), and values."""
    markets = net.markets
    past = case["history"].sort_values("period")  # the last bit of a sum depends on the order of the rows
    usual = markets["mean"].fillna(0.0).to_numpy(float)
    for kind, rows in (("history", in_the_run(past)), ("resampled", past)) if len(past) else ():
        pairs = pd.MultiIndex.from_frame(markets[["market", "product"]])
        recorded = rows.groupby(["market", "product"])["units"].mean().reindex(pairs).to_numpy(float)
        usual = np.where(markets["demand"] == kind, np.nan_to_num(recorded), usual)
    value = case["products"].set_index("product")["value"].astype(float)
    return Basis(usual / markets["every"].to_numpy(float), value)


def without_events(plan: Plan) -> Plan:
    """The same plan in the paired world: without the events that are set apart (and what comes after them), with all others."""
    events = plan.case["events"]
    left = events[:0] if plan.apart is None else events[~events["event"].isin(plan.apart)]
    return replace(plan, effects=effects_of(plan.net, left, _basis(plan.case, plan.net)), notes={})


def _in_groups(number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return grouped(number, int(number.max(initial=-1)) + 1)


def _fill(layout, n: int, table: pd.DataFrame, **given: np.ndarray) -> np.ndarray:
    """Numbers in the order of a layout, from the columns of a table and from arrays."""
    block = np.zeros((len(layout), n))
    for name in layout._fields:
        values = given[name] if name in given else table[name].to_numpy(float)
        block[getattr(layout, name)] = values
    return block


def _valid(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """When lanes or recipes take orders: from a period on, and until another."""
    return {
        "valid_from": table["valid_from"].fillna(-np.inf).to_numpy(float),
        "valid_until": table["valid_until"].fillna(np.inf).to_numpy(float),
    }


def _limit(column: pd.Series) -> np.ndarray:
    return column.fillna(np.inf).to_numpy(float)


def _policy_code(policy: str) -> int:
    """Code of a policy; one of a room is Python, and for the compiled day it is none."""
    return POLICIES.index(policy) if policy in POLICIES else NO_POLICY


def _stock_numbers(case: Case, net: Network, flows: Flows, protection: np.ndarray) -> np.ndarray:
    s = net.stocks
    block = _fill(
        SP, len(s), s,
        policy=s["policy"].map(_policy_code).to_numpy(float) if len(s) else 0,
        ranked=(s["sourcing"] != "shares").to_numpy(float),
        rationing=s["rationing"].map(RATIONING.index).to_numpy(float) if len(s) else 0,
        protection=protection, rate=flows.stock, whole=case.whole(s["product"]), build_until=_limit(s["build_until"]),
    )  # fmt: skip
    block[np.isnan(block)] = 0.0
    return block


def _lane_numbers(case: Case, net: Network, flows: Flows, waves: np.ndarray) -> np.ndarray:
    """Numbers of the lanes; goods cannot come in at once where a site receives before its supplier sends."""
    t, settings, limit = net.lanes, case.settings, _limit(net.lanes["capacity"])
    late = (waves[net.lane_destination] <= waves[net.lane_origin]) & (settings["day"] == "order_after_demand")
    spread = t["lead_time_spread"].to_numpy()
    uniform = (t["lead_time_kind"] == "uniform").to_numpy()
    poisson = (t["lead_time_kind"] == "poisson").to_numpy()
    wide = np.where(uniform, spread, LEAD_CAP_SPREADS * np.where(poisson, np.sqrt(t["lead_time"]), spread))
    fixed = (t["lead_time_kind"] == "fixed").to_numpy()
    quick = t["expedite_lead_time"]
    return _fill(
        LP, len(t), t,
        lead_time_kind=t["lead_time_kind"].map(KIND_CODES).to_numpy(float) if len(t) else 0,
        lead_floor=(late | (settings["day"] == "serve_first")).astype(float),
        lead_cap=np.ceil(t["lead_time"].to_numpy() + np.where(fixed, 0.0, wide)),
        capacity=np.where(case.whole(t["product"]), np.floor(limit), limit), expedite_lead_time=quick.fillna(0.0).to_numpy(float),
        expedite=(t["expedite"] & quick.notna()).to_numpy(float), rate=flows.lane,
        order_multiple=t["order_multiple"].fillna(0.0).to_numpy(float), full_load=t["full_load"].fillna(0.0).to_numpy(float), **_valid(t),
    )  # fmt: skip


def _recipe_numbers(net: Network, flows: Flows) -> np.ndarray:
    t = net.recipes
    return _fill(
        RP, len(t), t, capacity=_limit(t["capacity"]), rate=flows.recipe, round=recipe_rounds(net),
        order_multiple=t["order_multiple"].fillna(0.0).to_numpy(float), **_valid(t),
    )  # fmt: skip


def _market_numbers(net: Network, flows: Flows) -> np.ndarray:
    t = net.markets
    mean = t["mean"].fillna(0.0).to_numpy(float)
    normal = (t["demand"] == "normal").to_numpy()
    level, width = cut_at_zero(mean, np.where(normal, t["spread"].to_numpy(float), 0.0))
    return _fill(
        MP, len(t), t, level=level, width=width, kind=t["demand"].map(KIND_CODES).to_numpy(float) if len(t) else 0,
        mean=mean, rate=flows.market,
    )  # fmt: skip
