"""Allocate the arrays of a run: blocks of state, rings of goods and orders, totals; draw what is drawn once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from twinkit.chain.chance import geometric, keys_of, put_off_at_start, uniform
from twinkit.chain.compiled import compiled
from twinkit.chain.effects import Effects
from twinkit.chain.layout import (
    CL,
    DAYS_OF_COVER,
    ECHELON,
    EV,
    LN,
    LP,
    MK,
    MP,
    RC,
    RP,
    SI,
    SP,
    ST,
    SZ,
    TOTALS_LANE,
    TOTALS_MARKET,
    TOTALS_RECIPE,
    TOTALS_STOCK,
    UNLIMITED,
    World,
)
from twinkit.chain.network import grouped
from twinkit.chain.plan import Plan
from twinkit.chain.records import Series, row_names
from twinkit.chain.serving import FIRST_COME, lead_tables
from twinkit.chain.start import open_orders_of, start
from twinkit.chain.trouble import BLIND, DELAY, LATE, NO_ORDER, NO_RECEIPT, NO_SHIPMENT, event_length

# When events happen: first start and length of every event in every world.


def occurrences(plan: Plan, seed: int, replications: int, first: int) -> dict[str, np.ndarray]:
    """Numbers, keys, and the start and length of the first occurrence of the events in every world."""
    e, n = plan.effects, len(plan.effects.names)
    numbers = np.zeros((len(EV), n))
    for name, values in (
        ("effect", e.code), ("severity", e.severity), ("curve", e.curve), ("recovery_time", e.recovery_time),
        ("duration", e.duration), ("spread", e.spread), ("geometric", e.geometric), ("time_between", e.time_between),
    ):  # fmt: skip
        numbers[getattr(EV, name)] = values
    keys = np.column_stack([keys_of(seed, stream, e.names) for stream in ("event", "time between")])
    start, length = _starts(e, keys, seed, replications, first), np.empty((n, replications))
    for i in range(n):
        _draw_lengths(length[i], keys[i, 0], first, float(e.duration[i]), float(e.spread[i]), float(e.geometric[i]))
    for i in range(n):
        numbers[EV.first, i] = start[i].min()
        numbers[EV.last, i] = last_period(e, i, start[i], length[i])
    return {
        "event_n": numbers, "event_start": start, "event_length": length, "event_key": keys,
        "event_count": np.zeros((n, replications), np.int64),
    }  # fmt: skip


def _starts(e: Effects, keys: np.ndarray, seed: int, replications: int, first: int) -> np.ndarray:
    """First period of every event in every world, shape (events, replications); inf where it does not happen."""
    when, whether = (keys_of(seed, stream, e.names) for stream in ("event start", "event happens"))
    start = np.repeat(e.start[:, None], replications, axis=1)
    for i in range(len(e.names)):
        _draw_starts(
            start[i], when[i], keys[i, 1], whether[i], first, float(e.latest[i]), float(e.time_between[i]),
            float(e.probability[i]),
        )  # fmt: skip
        if e.after[i] >= 0:
            start[i] += start[e.after[i]]
    return start


@compiled
def _draw_lengths(length, key, first, mean, spread, is_geometric):
    """Length of one event in every world."""
    fixed = spread == 0.0 and is_geometric == 0.0
    for r in range(length.shape[0]):
        u = 0.5 if fixed else uniform(key, 0, first + r, 0)
        length[r] = event_length(mean, spread, is_geometric, u)


@compiled
def _draw_starts(start, when, between, whether, first, latest, time_between, probability):
    """First period of one event in every world, from the first period in which it may begin; inf where it never does."""
    for r in range(start.shape[0]):
        world, earliest = first + r, start[r]
        if latest > earliest:
            start[r] += math.floor(uniform(when, 0, world, 0) * (latest - earliest + 1.0))
        if time_between > 0.0:
            start[r] += geometric(uniform(between, 0, world, 0), time_between)
        if probability < 1.0 and uniform(whether, 0, world, 0) >= probability:
            start[r] = np.inf


def last_period(e: Effects, i: int, start: np.ndarray, length: np.ndarray) -> float:
    """Last period in which an event may act in some world; -1 if it happens in none [period]."""
    ends = (start + length)[np.isfinite(start)]
    if not len(ends):
        return -1.0
    tail = np.ceil(e.recovery_time[i]) if e.curve[i] > 0 else 0.0
    return np.inf if e.time_between[i] > 0 else float(ends.max() + tail)


# Allocate the arrays of a run: blocks of state, rings of goods and orders, totals.


def _ring(lengths: np.ndarray) -> np.ndarray:
    """First slot and length of rings that lie one after the other, shape (n, 2)."""
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if len(lengths) else np.zeros(0)
    return np.column_stack([first, lengths]).astype(np.int64).reshape(-1, 2)


def _slots(ring: np.ndarray, replications: int) -> np.ndarray:
    return np.zeros((int(ring[:, 1].sum()), replications))


def _ones(block: np.ndarray, *columns: int) -> np.ndarray:
    for c in columns:
        block[c] = 1.0
    return block


def build_world(plan: Plan, seed: int, replications: int, first: int, record: Sequence[Series]) -> World:
    """Arrays of a run at its start.

    Parameters
    ----------
    plan
        The case made ready.
    seed
        Seed of all chance.
    replications, first
        Number of worlds, and the number of the first of them.
    record
        Histories to keep.
    """
    net, n = plan.net, replications
    n_stocks, n_lanes, n_markets = len(net.stocks), len(net.lanes), len(net.markets)
    n_claims, n_recipes = n_lanes + n_markets, len(net.recipes)
    events = occurrences(plan, seed, n, first)
    calendars = plan.calendars
    sites, lanes, markets = (calendars.numbers(t["calendar"]) for t in (net.sites, net.lanes, net.markets))
    paused = bool(np.isin(plan.effects.code, range(NO_SHIPMENT, NO_RECEIPT + 1)).any()) or sites.any() or lanes.any()
    opened = open_orders_of(plan)
    queue_at = _queues(plan, n_claims)
    delay = _longest_delay(plan)
    longest = plan.lane_n[LP.lead_cap] + delay
    longest = np.maximum(longest, plan.lane_n[LP.expedite_lead_time])
    pipe_at = _ring(opened.shipments.room(np.floor(np.maximum(longest, 1) + 0.5) + 1, delay))
    mail_at = _ring(opened.mail.room(plan.lane_n[LP.information_delay] + 1))
    work_at = _ring(opened.work.room(plan.recipe_n[RP.lead_time] + 1))
    window = np.where(plan.stock_n[SP.policy] == DAYS_OF_COVER, plan.stock_n[SP.forecast_window], 0)
    past_at = _ring(window)
    users_at, users = grouped(net.part_stock, n_stocks)
    outs_at, outs = grouped(net.out_recipe, n_recipes)
    fresh_at = _ring(net.stocks["shelf_life"].fillna(0.0).to_numpy())
    back_at = _ring(np.where(plan.market_n[MP.returned_share] > 0, plan.market_n[MP.return_delay] + 1, 0))
    parts_at, parts = grouped(net.part_recipe, n_recipes)
    kept = int((queue_at >= 0).any())
    series = _series(record)
    recorded, recorded_at = _recorded(plan)
    lead_at, lead_table = lead_tables(plan)
    w = World(
        size=_sizes(plan, n, first),
        site=_ones(np.zeros((len(SI), len(net.sites), n)), SI.up),
        stock=_ones(np.zeros((len(ST), n_stocks, n)), ST.up_here, ST.usable),
        lane=np.zeros((len(LN), n_lanes, n)),
        recipe=_ones(np.zeros((len(RC), n_recipes, n)), RC.recipe_up, RC.good_share),
        claim=_ones(np.zeros((len(CL), n_claims, n)), CL.open),
        market=_ones(np.zeros((len(MK), n_markets, n)), MK.surge),
        stock_n=plan.stock_n.copy(), lane_n=plan.lane_n.copy(), recipe_n=plan.recipe_n.copy(),
        market_n=plan.market_n.copy(),
        site_capacity=net.sites["capacity"].fillna(np.inf).to_numpy(float), mean=np.ascontiguousarray(plan.mean.T),
        recorded=recorded, recorded_at=recorded_at, before=np.zeros((n_stocks, n)),
        pipe=_slots(pipe_at, n), pipe_at=pipe_at, clock=np.zeros((n_lanes, n), np.int64),
        latest=np.zeros((n_lanes, n), np.int64),
        mail=_slots(mail_at, n), mail_at=mail_at, work=_slots(work_at, n), work_at=work_at,
        past=_slots(past_at, n), past_at=past_at,
        queue=np.zeros((int((queue_at >= 0).sum()), plan.periods if kept else 0, n)), queue_at=queue_at,
        oldest=np.zeros((n_stocks, n), np.int64), kept=np.zeros((n_claims * kept, n)),
        scratch=np.zeros((5, n)), table=np.zeros(4096), kits=np.zeros((n_recipes, n)),
        echelon=np.zeros((n_stocks, n)),
        offer=np.zeros((0, 0)), make=np.zeros((0, 0)), ask=np.zeros((0, 0)),
        made_at=grouped(net.recipe_site, len(net.sites))[0], made_of=grouped(net.recipe_site, len(net.sites))[1],
        stock_site=net.stock_site, lane_origin=net.lane_origin, lane_destination=net.lane_destination,
        recipe_stock=net.recipe_stock, market_stock=net.market_stock,
        claims_at=net.claims[0], claims_of=net.claims[1], claims_rank=net.claims[2],
        sources_at=net.sources[0], sources_of=net.sources[1],
        parts_at=parts_at, parts_of=net.part_stock[parts], parts_qty=net.part_qty[parts],
        parts_instead=net.part_instead[parts], parts_ratio=net.part_ratio[parts],
        instead=np.zeros((len(parts), n) if (net.part_instead >= 0).any() else (0, 0)),
        outs_at=outs_at, outs_of=net.out_stock[outs], outs_qty=net.out_qty[outs],
        priced=net.priced.lanes, price=net.priced.price, stepwise=net.priced.stepwise, breaks_at=net.priced.at,
        breaks=net.priced.breaks, fresh=_slots(fresh_at, n), fresh_at=fresh_at,
        back=_slots(back_at, n), back_at=back_at,
        users_at=users_at, users_of=net.part_recipe[users], users_qty=net.part_qty[users],
        down_up=plan.down_up[1], level_at=plan.down_up[0], up_down=plan.up_down[1], wave_at=plan.up_down[0],
        outside=np.flatnonzero(plan.stock_n[SP.policy] == UNLIMITED),
        demand_key=keys_of(seed, "demand", plan.market_names),
        lead_key=_lead_keys(plan, seed), lead_at=lead_at, lead_table=lead_table,
        yield_key=keys_of(seed, "yield", row_names(plan, "recipes")),
        calendar=calendars.share[: plan.periods + 1].copy(), calendar_clock=calendars.clock[: plan.periods + 1].copy(),
        closed_for=calendars.closed_for[: plan.periods + 1].copy(),
        site_calendar=sites, lane_calendar=lanes, market_calendar=markets, booked=opened.booked,
        **events,
        hit_at=plan.effects.at, hits=plan.effects.hits, hit_weight=plan.effects.weight,
        no_order=np.zeros((n_stocks, n) if NO_ORDER in plan.effects.code else (0, 0)),
        pause=np.zeros((3, n_lanes, n) if paused else (0, 0, 0)),
        total_stock=np.zeros((len(TOTALS_STOCK), n_stocks, n)), total_lane=np.zeros((len(TOTALS_LANE), n_lanes, n)),
        total_recipe=np.zeros((len(TOTALS_RECIPE), n_recipes, n)),
        total_market=np.zeros((len(TOTALS_MARKET), n_markets, n)),
        record=np.zeros((series[2], plan.periods, n)), record_mean=np.zeros((series[3], plan.periods)),
        record_n=series[0], record_weight=series[1],
    )  # fmt: skip
    start(plan, opened, w)
    if w.stock_n[SP.whole].any():
        put_off_at_start(w.demand_key, first, w.market[MK.put_off])
    return w


def _sizes(plan: Plan, replications: int, first: int) -> np.ndarray:
    size = np.zeros(len(SZ), np.int64)
    size[SZ.replications], size[SZ.first] = replications, first
    size[SZ.after_demand] = plan.case.settings["day"] == "order_after_demand"
    size[SZ.dispatch] = plan.case.settings["day"] == "serve_first"
    size[SZ.order_first] = plan.case.settings["day"] == "order_first"
    size[SZ.rounds] = int(plan.recipe_n[RP.round].max(initial=-1)) + 1
    size[SZ.warm_up] = plan.case.settings["warm_up"]
    size[SZ.delays] = DELAY in plan.effects.code or LATE in plan.effects.code
    size[SZ.blind] = BLIND in plan.effects.code
    size[SZ.detection] = plan.case.settings["detection_delay"]
    size[SZ.ramps] = (plan.stock_n[SP.ramp_up] > 0).any()
    size[SZ.substitutes] = (plan.net.part_instead >= 0).any()
    sources = np.concatenate(
        [plan.lane_n[[LP.valid_from, LP.valid_until]], plan.recipe_n[[RP.valid_from, RP.valid_until]]], axis=1
    )
    size[SZ.dated] = np.isfinite(sources).any()
    some = plan.stock_n[SP.other_recipes, plan.net.recipe_stock] == 1.0
    size[SZ.recipes] = np.bincount(plan.net.recipe_stock[some]).max(initial=0)
    size[SZ.echelons] = ECHELON in plan.stock_n[SP.policy]
    return size


def _lead_keys(plan: Plan, seed: int) -> np.ndarray:
    """Keys of the lanes' lead times; only lanes whose lead time is random need one."""
    keys = np.zeros(len(plan.net.lanes), np.uint64)
    random = np.flatnonzero(plan.lane_n[LP.lead_time_kind] > 0)
    names = row_names(plan, "lanes")
    keys[random] = keys_of(seed, "lead time", [names[i] for i in random])
    return keys


def _queues(plan: Plan, n_claims: int) -> np.ndarray:
    """Row of the queue of every claim on a stock that serves first come; else -1."""
    at = np.full(n_claims, -1, np.int64)
    net = plan.net
    stock = np.concatenate([net.lane_origin, net.market_stock])
    queued = plan.stock_n[SP.rationing, stock] == FIRST_COME
    at[queued] = np.arange(queued.sum())
    return at


def _longest_delay(plan: Plan) -> np.ndarray:
    """Most periods that events may add to the lead time of every lane."""
    delay = np.zeros(len(plan.net.lanes))
    e = plan.effects
    for i in np.flatnonzero((e.code == DELAY) | (e.code == LATE)):
        span = slice(e.at[i], e.at[i + 1])
        np.add.at(delay, e.hits[span], np.maximum(np.ceil(e.severity[i] * e.weight[span]), 0.0))
    return delay


def _recorded(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Recorded demand of the markets that draw from it, each in rising order, and the first of each."""
    past, markets = plan.case["history"], plan.net.markets
    found = [np.zeros(0)] * len(markets)
    for i in np.flatnonzero(markets["demand"] == "resampled"):
        own = past[(past["market"] == markets["market"][i]) & (past["product"] == markets["product"][i])]
        found[i] = np.sort(own["units"].to_numpy(float))
    at = np.cumsum([0, *map(len, found)])
    return np.concatenate([*found, []]), at


def _series(record: Sequence[Series]) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Parts of all series as numbers, their weights, and the number of lines by world and of mean lines."""
    parts, weights, lines = [np.zeros((0, 5), np.int64)], [np.zeros(0)], [0, 0]
    for s in record:
        n = len(s.rows)
        place = s.line + lines[s.mean]
        parts.append(np.column_stack([np.full(n, s.block), np.full(n, s.column), s.rows, place, np.full(n, s.mean)]))
        weights.append(s.weight)
        lines[s.mean] += len(s.labels)
    return np.concatenate(parts).astype(np.int64), np.concatenate(weights), lines[0], lines[1]
