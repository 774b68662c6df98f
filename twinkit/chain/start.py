"""How a run starts: what is on the way, in work, owed and in stock, and the orders that are open."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinkit import rules
from twinkit.chain.calendars import Calendars
from twinkit.chain.layout import CL, LN, LP, MP, RC, SP, ST, World
from twinkit.chain.plan import Plan
from twinkit.tables.working_days import period_of

# Orders that are open at the start: rows of the table as rows of the network and periods.
#
# What is due on a lane or in production is counted by the clock of its calendar, as the
# rings of the running chain are.


@dataclass(frozen=True)
class Dated:
    """Units that lie in rings: row, places from the start of its ring, and units of each."""

    row: np.ndarray
    place: np.ndarray
    units: np.ndarray

    def room(self, lengths: np.ndarray, later: np.ndarray | float = 0.0) -> np.ndarray:
        """Lengths of rings with room for what is due, and for events that make it so much later [periods]."""
        lengths, later = lengths.copy(), np.broadcast_to(later, lengths.shape)
        np.maximum.at(lengths, self.row, np.maximum(self.place + 1 + np.ceil(later[self.row]), 2))  # of one slot nothing is read
        return lengths


@dataclass(frozen=True)
class Open:
    """Open orders of a case.

    Attributes
    ----------
    shipments, mail, work
        On the way on lanes; orders that reach the origins of lanes; units in work of recipes.
    owed
        Units that lanes and then markets are owed, shape (claims,) [units].
    to_make
        Units that are ordered of recipes and not started, shape (recipes,) [units].
    booked
        Units of customers' orders by the period in which they are due, shape (periods, markets), or (0, 0).
    known
        Which stocks have just these on order, shape (stocks,).
    """

    shipments: Dated
    mail: Dated
    work: Dated
    owed: np.ndarray
    to_make: np.ndarray
    booked: np.ndarray
    known: np.ndarray


def _dated(entries: list[tuple[int, int, float]]) -> Dated:
    rows, places, units = zip(*entries, strict=True) if entries else ((), (), ())
    return Dated(np.array(rows, np.int64), np.array(places, np.int64), np.array(units, float))


def open_orders_of(plan: Plan) -> Open:
    """The open orders of a checked case, in rows of its network."""
    net, table = plan.net, plan.case["open_orders"]
    if len(table):
        table = table.sort_values(list(table.columns))  # sums do not depend on the order of the rows
    n_lanes, n_markets = len(net.lanes), len(net.markets)
    shipments, mail, work = [], [], []
    owed, to_make = np.zeros(n_lanes + n_markets), np.zeros(len(net.recipes))
    known, booked = np.zeros(len(net.stocks), bool), np.zeros((0, 0))
    site, lane = (plan.calendars.numbers(t["calendar"]) for t in (net.sites, net.lanes))
    if (table["kind"] == "customer_order").any():
        booked = np.zeros((plan.periods, n_markets))
    for _, order in table.iterrows():
        due, units = due_period(plan, order), float(order["units"])
        if order["kind"] == "customer_order":
            row = _row(net.markets, order, "market", "product")
            when = None if due is None else _next_asked(plan, row, due)
            if when is None:
                owed[n_lanes + row] += units
            elif when < plan.periods:
                booked[when, row] += units
        elif order["kind"] == "production_order":
            row = _row(net.recipes, order, "site", "product")
            known[net.recipe_stock[row]] = True
            units /= float(net.recipes["yield_rate"][row])
            units = math.ceil(units - rules.DUST) if plan.stock_n[SP.whole, net.recipe_stock[row]] else units
            if due is None:
                to_make[row] += units
            else:
                work.append((row, _place(plan, site[net.recipe_site[row]], due), units))
        else:
            row = _row(net.lanes, order, "origin", "destination", "product", *(["mode"] if order["mode"] else []))
            known[net.lane_destination[row]] = True
            if due is None:
                owed[row] += units
            elif order["kind"] == "shipment":
                shipments.append((row, _place(plan, lane[row], due), units))
            else:
                mail.append(
                    (row, _leaves(plan, row, lane[row], site[net.stock_site[net.lane_origin[row]]], due), units)
                )
    return Open(_dated(shipments), _dated(mail), _dated(work), owed, to_make, booked, known)


def due_period(plan: Plan, order: pd.Series) -> int | None:
    """Period in which an order is due; None if it is owed since before the start."""
    if order["due_date"]:
        return period_of(plan.case, order["due_date"])
    return None if math.isnan(order["due"]) else int(order["due"])


def _row(table: pd.DataFrame, order: pd.Series, *columns: str) -> int:
    same = np.logical_and.reduce([(table[c] == order[c]).to_numpy() for c in columns])
    return int(np.flatnonzero(same)[0])


def _place(plan: Plan, calendar: int, period: int) -> int:
    """Place in a ring of what is due in a period; what is due while it is closed comes in the next that is open."""
    share, clock = plan.calendars.share[:, calendar], plan.calendars.clock[:, calendar]
    if period >= len(share):
        return int(clock[-1]) + period - len(share) + 1
    return int(clock[period]) + int(share[period] == 0)


def _leaves(plan: Plan, row: int, calendar: int, origin: int, due: int) -> int:
    """Period in which an order must leave its origin to arrive when it is due: the first one if it is late already."""
    number = plan.lane_n[:, row]
    lead = int(max(math.floor(number[LP.lead_time] + 0.5), number[LP.lead_floor]))
    share, clock = plan.calendars.share, plan.calendars.clock[:, calendar]
    if not (calendar or origin):
        return max(due - lead, 0)
    place = _place(plan, calendar, due)
    if due >= len(share):
        return max(len(share) - 1, due - lead)
    able = (share[:, calendar] > 0) & (share[:, origin] > 0) & (clock + lead <= place)
    return int(np.flatnonzero(able).max(initial=0))


def _next_asked(plan: Plan, row: int, due: int) -> int:
    """Period from a due one on in which the market is open."""
    calendar = plan.calendars.names.index(plan.net.markets["calendar"][row])
    later = np.flatnonzero(plan.calendars.share[due:, calendar] > 0)
    return due + int(later[0]) if len(later) else plan.periods


# How a run starts: what is on the way, in work, owed and in stock.


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
    share = plan.market_n[MP.returned_share]
    _prefill(w.back, w.back_at, plan.market_n[MP.return_delay] * (share > 0), plan.flows.market * share)
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
    held = _given(stocks["on_hand"], _rounded(full, plan, np.arange(n)))
    w.stock[ST.on_hand] = np.where(stocks["policy"] == "unlimited", 0.0, held)[:, None]  # an outside source keeps nothing here
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
        (
            w.pipe,
            w.pipe_at,
            net.lane_destination,
            moving,
            net.lanes["start_in_transit"],
            plan.flows.lane,
            lane,
            ends,
            on_way,
        ),
        (
            w.work,
            w.work_at,
            net.recipe_stock,
            making,
            net.recipes["start_in_work"],
            plan.flows.recipe,
            plants,
            plants[:, None],
            in_work,
        ),
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
