"""How a run starts: what is on the way, in work, owed and in stock."""

from __future__ import annotations

import numpy as np

from twinkit import rules
from twinkit.chain.calendars import Calendars
from twinkit.chain.layout import CL, LN, RC, SP, ST, World
from twinkit.chain.open_orders import Dated, Open
from twinkit.chain.plan import Plan


def start(plan: Plan, opened: Open, w: World) -> None:
    """Fill pipelines, mail, work and stock with open orders, with what the table says, or with the mean flow.

    Parameters
    ----------
    plan
        The case made ready.
    opened
        Its open orders.
    w
        The arrays of the run; they are filled in place.
    """
    net = plan.net
    lanes, recipes, stocks, n = net.lanes, net.recipes, net.stocks, len(net.stocks)
    bare_lanes, bare_recipes = ~opened.known[net.lane_destination], ~opened.known[net.recipe_stock]
    moving = np.floor(lanes["lead_time"].to_numpy() + 0.5) * bare_lanes
    told = lanes["information_delay"].to_numpy() * bare_lanes
    making = recipes["lead_time"].to_numpy() * bare_recipes
    flow = _given(lanes["start_in_transit"], plan.flows.lane)
    asked = _given(lanes["start_orders"], plan.flows.lane)
    begun = _given(recipes["start_in_work"], plan.flows.recipe)
    flow, asked = (_rounded(units, plan, net.lane_destination) for units in (flow, asked))
    begun = _rounded(begun, plan, net.recipe_stock)
    on_way, in_work = moving * flow, making * begun
    w.latest[:] = (np.maximum(moving - 1, 0) * (flow > 0))[:, None].astype(np.int64)
    if plan.calendars.any:
        _fill_open_periods(plan, w, moving, making, on_way, in_work)
    else:
        _prefill(w.pipe, w.pipe_at, moving, flow)
        _prefill(w.work, w.work_at, making, begun)
    _prefill(w.mail, w.mail_at, told, asked)
    _lay(opened.shipments, w.pipe, w.pipe_at, on_way)
    _lay(opened.work, w.work, w.work_at, in_work)
    posted = told * asked
    _lay(opened.mail, w.mail, w.mail_at, posted)
    n_lanes = len(lanes)
    w.claim[CL.backlog] = opened.owed[:, None]
    w.lane[LN.in_transit] = on_way[:, None]
    w.lane[LN.lane_on_order] = (on_way + posted + opened.owed[:n_lanes])[:, None]
    w.recipe[RC.in_work], w.recipe[RC.to_make] = in_work[:, None], opened.to_make[:, None]
    _owe(plan, opened, w)
    coming = np.bincount(net.lane_destination, on_way + posted + opened.owed[:n_lanes], minlength=n)
    good = (in_work + opened.to_make) * recipes["yield_rate"].to_numpy()
    coming = coming + np.bincount(net.recipe_stock, good, minlength=n)
    w.stock[ST.on_order] = coming[:, None]
    full = np.maximum(plan.position - coming + w.stock[ST.backlog, :, 0] + w.stock[ST.required, :, 0], 0.0)
    w.stock[ST.on_hand] = _given(stocks["on_hand"], _rounded(full, plan, np.arange(n)))[:, None]
    _age(w)
    priced = net.priced.lanes
    w.lane[LN.to_pay, priced] = (net.priced.price * (posted + opened.owed[:n_lanes])[priced])[:, None]
    w.stock[ST.override] = w.stock[ST.shares_changed] = -1.0
    forecast = _given(stocks["forecast_start"], plan.flows.stock)
    w.stock[ST.forecast] = forecast[:, None]
    w.past[:] = np.repeat(forecast, w.past_at[:, 1])[:, None]


def _age(w: World) -> None:
    """Opening stock with a shelf life came in the period before the first."""
    for row in np.flatnonzero(w.fresh_at[:, 1] > 1):
        first, life = w.fresh_at[row]
        w.fresh[first + (life - 2)] = w.stock[ST.on_hand, row]


def _rounded(units: np.ndarray, plan: Plan, rows: np.ndarray) -> np.ndarray:
    """Units at some stocks as they can be: whole ones half up, where units are whole."""
    return np.where(plan.stock_n[SP.whole, rows] == 1.0, np.floor(units + 0.5 + rules.DUST), units)


def _owe(plan: Plan, opened: Open, w: World) -> None:
    """What stocks owe and still need because of orders that are open; the queues of those who come first."""
    net, n = plan.net, len(plan.net.stocks)
    owed_by = np.concatenate([net.lane_origin, net.market_stock])
    w.stock[ST.backlog] = np.bincount(owed_by, opened.owed, minlength=n)[:, None]
    needed = opened.to_make[net.part_recipe] * net.part_qty
    w.stock[ST.required] = np.bincount(net.part_stock, needed, minlength=n)[:, None]
    for claim in np.flatnonzero((opened.owed > 0) & (w.queue_at >= 0)):
        w.queue[w.queue_at[claim], 0] += opened.owed[claim]


def _given(column, otherwise: np.ndarray) -> np.ndarray:
    """Values of a column, and something else where its cells are empty."""
    values = column.to_numpy(float)
    return np.where(np.isnan(values), otherwise, values)


def _prefill(slots: np.ndarray, ring: np.ndarray, lead: np.ndarray, flow: np.ndarray) -> None:
    """Put the flow of a period into every slot of the lead time."""
    for i in np.flatnonzero((lead > 0) & (flow > 0)):
        first = ring[i, 0]
        slots[first : first + int(lead[i])] = 0.0
        slots[first : first + int(lead[i])] += flow[i]


def _lay(dated: Dated, slots: np.ndarray, ring: np.ndarray, sums: np.ndarray) -> None:
    """Put dated units into their slots and add them to the sums of their rows."""
    for row, place, units in zip(dated.row, dated.place, dated.units, strict=True):
        slots[ring[row, 0] + place] += units
        sums[row] += units


def _fill_open_periods(plan: Plan, w: World, moving, making, on_way, in_work) -> None:
    """Fill lanes and recipes whose goods leave or are made in open periods only.

    What the table gives is in every open period of the lead time; the mean flow is that of
    the periods before the run in which goods were ordered and could leave (in which they could
    leave, if these are never the same), so that it is the mean over all.
    """
    net, calendars = plan.net, plan.calendars
    site, lane = calendars.numbers(net.sites["calendar"]), calendars.numbers(net.lanes["calendar"])
    ends, plants = site[net.stock_site[np.column_stack([net.lane_origin, net.lane_destination])]], site[net.recipe_site]
    jobs = (
        (w.pipe, w.pipe_at, net.lane_destination, moving, net.lanes["start_in_transit"], plan.flows.lane, lane, ends, on_way),
        (w.work, w.work_at, net.recipe_stock, making, net.recipes["start_in_work"], plan.flows.recipe, plants, plants[:, None], in_work),
    )
    for slots, ring, stock, lead, given, flow, own, others, sums in jobs:
        for i in np.flatnonzero(lead > 0):
            late = int(calendars.share[0, own[i]] == 0)  # the first slot is over where the first period is closed
            if np.isnan(given[i]):
                where = [own[i], *others[i]]
                where = where if calendars.meet(*where) else where[:2]
                places = _places_before(calendars, int(lead[i]), where) + late
                units = flow[i] / calendars.open_share(*where)
            else:
                places, units = np.arange(int(lead[i])) + late, given[i]
            units = float(_rounded(np.array(units), plan, stock[i]))
            slots[ring[i, 0] + places] = units
            sums[i] = units * len(places)
            if slots is w.pipe:
                w.latest[i] = int(places.max(initial=0)) if units > 0 else 0


def _places_before(calendars: Calendars, lead: int, where: list[int]) -> np.ndarray:
    """Places of what left in each period before the run and is not there yet."""
    opened = calendars.past[:, where[0]] > 0
    left = np.cumsum(opened)  # clock periods from each past period to the first one of the run
    able = (calendars.past[:, where] > 0).all(axis=1) & (left <= lead)
    return lead - left[able]
