"""A plan: everything about a case that a run needs and does not change.

Building it joins the tables; running it again for another batch of replications
only allocates arrays (:mod:`twinkit.chain.world`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from twinkit.chain.calendars import Calendars, calendars_of
from twinkit.chain.chance import KIND_CODES, cut_at_zero
from twinkit.chain.effects import Basis, Effects, effects_of
from twinkit.chain.flows import Flows, mean_demand, mean_flows, protection_periods, start_position
from twinkit.chain.layout import LP, MP, NO_POLICY, RP, SP
from twinkit.chain.network import Network, goods_waves, grouped, network_of, order_levels, recipe_rounds, tiers_of
from twinkit.tables.case import Case
from twinkit.tables.words import POLICIES, RATIONING

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
        return [f"{a} | {b}" for a, b in zip(m["market"], m["product"], strict=True)]


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
    lanes = [calendars.open_share(own, site[net.stock_site[row]]) for own, row in zip(lane, net.lane_origin, strict=True)]
    recipes = [calendars.open_share(site[row]) for row in net.recipe_site]
    markets = [calendars.open_share(own, site[net.stock_site[row]]) for own, row in zip(market, net.market_stock, strict=True)]
    return Flows(flows.stock, flows.lane / lanes, flows.recipe / recipes, flows.market / markets)


def _basis(case: Case, net: Network) -> Basis:
    """Usual demand as the tables give it (a mean over the run would depend on its length), and values."""
    markets = net.markets
    past = case["history"].sort_values("period")  # the last bit of a sum depends on the order of the rows
    past = past.groupby(["market", "product"])["units"].mean()
    recorded = past.reindex(pd.MultiIndex.from_frame(markets[["market", "product"]])).to_numpy(float)
    told = markets["demand"].isin(["history", "resampled"]).to_numpy()
    usual = np.where(told, np.nan_to_num(recorded), markets["mean"].fillna(0.0).to_numpy(float))
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
    s = net.stocks.fillna({c: 0.0 for c in SP._fields if c in net.stocks})
    return _fill(
        SP, len(s), s,
        policy=s["policy"].map(_policy_code).to_numpy(float) if len(s) else 0,
        ranked=(s["sourcing"] != "shares").to_numpy(float),
        rationing=s["rationing"].map(RATIONING.index).to_numpy(float) if len(s) else 0,
        protection=protection, rate=flows.stock, whole=case.whole(s["product"]), build_until=net.stocks["build_until"].fillna(np.inf).to_numpy(float),
    )  # fmt: skip


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
        order_multiple=t["order_multiple"].fillna(0.0).to_numpy(float), **_valid(t),
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
