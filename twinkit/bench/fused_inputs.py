"""What the fused loop reads: a plan as plain arrays, and the state of one world at the start."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from twinkit.bench.fused import fused_run
from twinkit.bench.fused_layout import CLAIM, GUIDE, RECIPE, STOCK, Inputs
from twinkit.chain.chance import EXACT_UP_TO, NEGATIVE_BINOMIAL, POISSON, RESAMPLED, _first_term
from twinkit.chain.flows import source_shares
from twinkit.chain.layout import (
    BASE_STOCK,
    DAYS_OF_COVER,
    LN,
    LP,
    MP,
    ON_DEMAND,
    R_Q,
    RC,
    RP,
    S_S,
    SP,
    ST,
    TOTALS_LANE,
    UNLIMITED,
    World,
)  # fmt: skip
from twinkit.chain.plan import Plan
from twinkit.chain.world import build_world

CERTAIN = 1.0 - 1e-9
"""Counts are looked up in a table up to this probability; beyond it they are summed term by term."""


def misfits(plan: Plan) -> list[str]:
    """Why the fused loop cannot run a case; empty if it can."""
    s, lane, market, settings = plan.stock_n, plan.lane_n, plan.market_n, plan.case.settings
    rank = plan.net.claims[2]
    same = all(len(set(rank[a:b])) < 2 for a, b in zip(plan.net.claims[0][:-1], plan.net.claims[0][1:], strict=True))
    known = np.isin(s[SP.policy], [BASE_STOCK, S_S, R_Q, DAYS_OF_COVER, ON_DEMAND, UNLIMITED])
    return [
        what
        for what, wrong in {
            "events": len(plan.effects.names) > 0,
            "another order of events": settings["day"] != "order_after_demand",
            "whole units": bool(s[SP.whole].any()),
            "a policy that it does not know": not known.all(),
            "smoothing, reviews, ranked sources, limits": bool(
                (s[SP.smoothing] > 0).any() or (s[SP.review_period] > 1).any()
                or (s[[SP.ranked, SP.limit_to_supplier]] > 0).any()
            ),
            "ranks of customers": bool((s[SP.rationing] > 1).any() or not (same or (s[SP.rationing] == 0).all())),
            "information delay, expediting, crossing, cancelled orders": bool(
                (lane[[LP.information_delay, LP.expedite, LP.crossing, LP.lost_if_short]] > 0).any()
            ),
            "dated sources, price breaks, by-products, shelf lives": bool(
                np.isfinite(lane[[LP.valid_from, LP.valid_until]]).any()
                or np.isfinite(plan.recipe_n[[RP.valid_from, RP.valid_until]]).any()
                or len(plan.net.priced.lanes) or len(plan.net.out_recipe) or plan.net.stocks["shelf_life"].notna().any()
            ),
            "smallest orders and packs": bool(
                lane[[LP.minimum_order, LP.order_multiple]].any()
                or plan.recipe_n[[RP.minimum_order, RP.order_multiple]].any()
            ),
            "capacities of sites": bool(plan.net.sites["capacity"].notna().any()),
            "whole or rare orders of markets": bool((market[MP.partial] == 0).any() or (market[MP.every] > 1).any()),
            "resampled demand": bool((market[MP.kind] == RESAMPLED).any()),
            "working calendars and open orders": plan.calendars.any or len(plan.case["open_orders"]) > 0,
            "autocorrelated demand": bool(market[MP.autocorrelation].any()),
        }.items()
        if wrong
    ]  # fmt: skip


def fused_inputs(plan: Plan, seed: int, replications: int) -> Inputs:
    """Arrays for the fused loop, with room for the totals.

    Raises
    ------
    ValueError
        If the case has something that the loop was not written for.
    """
    if wrong := misfits(plan):
        raise ValueError(f"the fused loop does not do {'; '.join(wrong)}")
    w = build_world(plan, seed, 1, 0, [])
    s, lane, recipe, market = plan.stock_n, plan.lane_n, plan.recipe_n, plan.market_n
    n_stocks, n_lanes, n_recipes, n_markets = s.shape[1], lane.shape[1], recipe.shape[1], market.shape[1]
    spread, cdf_at, cdf = _demand_tables(plan)
    groups, group_at = _groups(plan)
    r = replications
    return Inputs(
        stock=_columns(STOCK, w.stock, ST), claim=_claims(w, n_lanes, n_markets),
        recipe=_columns(RECIPE, w.recipe, RC), pipe=w.pipe, work=w.work, past=w.past,
        policy=s[SP.policy].astype(np.int64), level=_levels(s), point=s[SP.reorder_point] + s[SP.safety_stock],
        quantity=s[SP.order_quantity].copy(), cover=s[SP.protection] + s[SP.days_of_cover],
        safety=s[SP.safety_stock].copy(), rate=s[SP.rate].copy(), past_at=w.past_at,
        down_up=w.down_up, up_down=w.up_down, wave_at=w.wave_at, sources_at=w.sources_at, sources_of=w.sources_of,
        fraction=_fractions(plan), claims_at=w.claims_at, claims_of=w.claims_of,
        parts_at=w.parts_at, parts_of=w.parts_of, parts_qty=w.parts_qty,
        contested=np.diff(w.users_at)[w.parts_of] > 1, users_at=w.users_at, users_of=w.users_of,
        users_qty=w.users_qty, groups=groups, group_at=group_at,
        pipe_at=w.pipe_at, origin=w.lane_origin,
        capacity=np.concatenate([lane[LP.capacity], np.full(n_markets, np.inf)]),
        lead=np.maximum(np.floor(lane[LP.lead_time] + 0.5), lane[LP.lead_floor]).astype(np.int64),
        floor=lane[LP.lead_floor].astype(np.int64), lead_key=w.lead_key, lead_at=w.lead_at, lead_table=w.lead_table,
        lead_guide=_guides(w),
        early=_early(plan), work_at=w.work_at, make_lead=recipe[RP.lead_time].astype(np.int64),
        make_yield=recipe[RP.yield_rate].copy(), make_capacity=recipe[RP.capacity].copy(), made=w.recipe_stock,
        demand_key=w.demand_key, kind=market[MP.kind].astype(np.int64), mean=plan.mean, spread=spread,
        lost_share=market[MP.lost_share].copy(), sold=w.market_stock, cdf_at=cdf_at, cdf=cdf,
        total_stock=np.zeros((10, n_stocks, r)), total_lane=np.zeros((4, n_lanes, r)),
        total_recipe=np.zeros((2, n_recipes, r)), total_market=np.zeros((5, n_markets, r)),
    )  # fmt: skip


def _columns(names: tuple[str, ...], block: np.ndarray, layout) -> np.ndarray:
    """State of one world, one row after the other; columns that the chain does not have are 0."""
    rows = [block[getattr(layout, n), :, 0] if n in layout._fields else np.zeros(block.shape[1]) for n in names]
    return np.ascontiguousarray(np.array(rows).reshape(len(names), -1).T)


def _claims(w: World, n_lanes: int, n_markets: int) -> np.ndarray:
    claims = np.zeros((n_lanes + n_markets, len(CLAIM)))
    claims[:n_lanes, CLAIM.index("in_transit")] = w.lane[LN.in_transit, :, 0]
    claims[:n_lanes, CLAIM.index("latest")] = w.latest[:, 0]
    return claims


def _levels(s: np.ndarray) -> np.ndarray:
    """Order-up-to level; a stock that orders on demand aims at its safety stock."""
    return np.where(s[SP.policy] == 4, 0.0, s[SP.order_up_to]) + s[SP.safety_stock]


def _fractions(plan: Plan) -> np.ndarray:
    """Part of a stock's order that each of its sources gets; all of it where there is one."""
    at, of = plan.net.sources
    lane, recipe = source_shares(plan.net)
    both = np.concatenate([lane, recipe[::-1]])  # source -1 - k stands k from the end
    alone = np.repeat(np.diff(at) == 1, np.diff(at))
    return np.where(alone, 1.0, both[of])


def _guides(w: World) -> np.ndarray:
    """Where the search for a lead time begins, by lane and the first bits of the uniform number."""
    guide = np.zeros((len(w.lead_at), GUIDE), np.int64)
    for lane, (first, length) in enumerate(w.lead_at):
        if length:
            guide[lane] = np.searchsorted(w.lead_table[first : first + length], np.arange(GUIDE) / GUIDE)
    return guide


def _early(plan: Plan) -> np.ndarray:
    """1 for lanes whose goods may come in later in the period in which the origin has served."""
    wave = np.empty(len(plan.net.stocks))
    wave[plan.up_down[1]] = np.repeat(np.arange(len(plan.up_down[0]) - 1), np.diff(plan.up_down[0]))
    return (wave[plan.net.lane_destination] > wave[plan.net.lane_origin]).astype(float)


def _groups(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Recipes in the order of making, and for each wave its groups: (first, last group) and (first, end) recipe."""
    at, rows = plan.up_down
    order, bounds, spans = [], [], []
    for wave in range(len(at) - 1):
        here = set(rows[at[wave] : at[wave + 1]].tolist())
        first = len(bounds)
        for now in range(int(plan.recipe_n[RP.round].max(initial=-1)) + 1):
            chosen = [k for k, row in enumerate(plan.net.recipe_stock) if row in here]
            chosen = [k for k in chosen if plan.recipe_n[RP.round, k] == now]
            if chosen:
                bounds.append((len(order), len(order) + len(chosen)))
                order += chosen
        spans.append((first, len(bounds)))
    table = np.zeros((max(len(spans), len(bounds)), 4), np.int64)
    table[: len(spans), :2] = spans
    table[: len(bounds), 2:] = np.array(bounds, np.int64).reshape(-1, 2)
    return np.array(order, np.int64), table


def _demand_tables(plan: Plan) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spread of every market and period, and distribution functions of those that count."""
    n, mean = plan.market_n, plan.mean
    average = n[MP.mean][:, None]
    spread = n[MP.spread][:, None] * np.where(average > 0, mean / np.where(average > 0, average, 1.0), 1.0)
    counts = np.isin(n[MP.kind], [POISSON, NEGATIVE_BINOMIAL])
    variance = np.where((n[MP.kind] == POISSON)[:, None], mean, np.maximum(spread**2, mean))
    spread = np.where(counts[:, None], np.sqrt(variance), spread)
    tables, at = [np.zeros(0)], np.zeros((mean.shape[0], mean.shape[1] + 1), np.int64)
    filled = 0
    for m in range(mean.shape[0]):
        at[m, 0] = filled
        for t in range(mean.shape[1]):
            if counts[m] and 0 < mean[m, t] <= EXACT_UP_TO:
                tables.append(_at_most(mean[m, t], variance[m, t]))
                filled += len(tables[-1])
            at[m, t + 1] = filled
    return spread, at, np.concatenate(tables)


def _at_most(mean: float, variance: float) -> np.ndarray:
    """Chance that a count is at most 0, 1, 2 …, until it is certain but for 1e-9."""
    size, fail, term = _first_term(mean, variance)
    found = [term]
    while found[-1] < CERTAIN:
        k = len(found) - 1
        term *= fail * (size + k) / (k + 1.0) if fail > 0 else mean / (k + 1.0)
        found.append(found[-1] + term)
    return np.array(found)


def fused_totals(plan: Plan, inputs: Inputs, replications: int, first: int = 0, width: int = 64) -> SimpleNamespace:
    """Run the fused loop; the totals as costs and KPIs read them."""
    fused_run(width)(inputs, first, replications, plan.periods, int(plan.case.settings["warm_up"]))
    lane = np.zeros((len(TOTALS_LANE), *inputs.total_lane.shape[1:]))
    lane[[TOTALS_LANE.sent, TOTALS_LANE.shipments, TOTALS_LANE.waiting, TOTALS_LANE.placed]] = inputs.total_lane
    return SimpleNamespace(
        total_stock=inputs.total_stock, total_lane=lane, total_recipe=inputs.total_recipe,
        total_market=inputs.total_market, stock_n=plan.stock_n,
    )  # fmt: skip
