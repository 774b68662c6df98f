"""Orders that are open at the start: rows of the table as rows of the network and periods.

What is due on a lane or in production is counted by the clock of its calendar, as the
rings of the running chain are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinkit import rules
from twinkit.chain.layout import LP, SP
from twinkit.chain.plan import Plan
from twinkit.tables.working_days import period_of


@dataclass(frozen=True)
class Dated:
    """Units that lie in rings: row, places from the start of its ring, and units of each."""

    row: np.ndarray
    place: np.ndarray
    units: np.ndarray

    def room(self, lengths: np.ndarray, later: np.ndarray | float = 0.0) -> np.ndarray:
        """Lengths of rings with room for what is due, and for events that make it so much later [periods]."""
        lengths, later = lengths.copy(), np.broadcast_to(later, lengths.shape)
        np.maximum.at(lengths, self.row, self.place + 1 + np.ceil(later[self.row]))
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
