"""Working days of the plain chain: one calendar, one period at a time.  Periods are days."""

from __future__ import annotations

import functools
import math
from datetime import date, timedelta

import holidays

national = functools.cache(holidays.country_holidays)
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def share(chain, name, t):
    """Share of a full working day of a calendar in a period; 1 if there is none."""
    if not name:
        return 1.0
    if (name, t) not in chain.shares:
        chain.shares[name, t] = _share(chain, name, t)
    return chain.shares[name, t]


def _share(chain, name, t):
    calendar, own = chain.calendars[name], chain.exceptions.get(name, [])
    for row in own:
        if row["first_period"] <= t <= (row["last_period"] if row["last_period"] >= 0 else row["first_period"]):
            return row["share"]
    day = date.fromisoformat(chain.case.settings["start_date"]) + timedelta(t)
    for row in own:
        if row["first_date"] and row["first_date"] <= day.isoformat() <= (row["last_date"] or row["first_date"]):
            return row["share"]
    if calendar["holidays"] and day in national(calendar["holidays"]):
        return 0.0
    return calendar[WEEK[day.weekday()]]


def opened(chain, t, *names):
    """Whether all of some calendars are open in a period."""
    return all(share(chain, name, t) > 0 for name in names)


def open_part(chain, *names):
    """Share of the days of 52 weeks in which all of some calendars are open."""
    return sum(opened(chain, t, *names) for t in range(364)) / 364


def falls_due(chain, t, every, name):
    """Whether what comes every so many periods comes in this one: if it was closed then, in the next that is open."""
    if not opened(chain, t, name):
        return False
    first = t
    while first > 0 and not opened(chain, first - 1, name):
        first -= 1
    return any(day % every == 0 for day in range(first, t + 1))


def demand_factor(chain, market, t):
    """What the mean demand of a market is multiplied with."""
    if not market.calendar:
        return 1.0
    if not falls_due(chain, t, market.every, market.calendar):
        return 0.0
    if "asks" not in vars(market):
        asks = [day for day in range(364) if falls_due(chain, day, market.every, market.calendar)]
        market.asks = sum(share(chain, market.calendar, day) for day in asks)
    return share(chain, market.calendar, t) * math.ceil(364 / market.every) / market.asks


def first_open(chain, t, *names):
    """First period from t on in which all are open."""
    while not opened(chain, t, *names):
        t += 1
    return t


def after(chain, t, periods, name):
    """Period in which so many open periods have passed since t."""
    while periods > 0:
        t += 1
        periods -= opened(chain, t, name)
    return t


def on_way_at_start(chain, lead, name, *others):
    """Periods in which comes what left in each period before the run and is not there yet."""
    t, due = -1, []
    while lead > 0 and not (opened(chain, t, name) and after(chain, t, lead, name) < 0):
        if opened(chain, t, name, *others):
            due.append(after(chain, t, lead, name))
        t -= 1
    return due


def next_open_periods(chain, count, name):
    """The first so many open periods of the run."""
    return [after(chain, -1, n + 1, name) for n in range(count)]


def to_go(chain, period, name):
    """Open periods from the first of the run until a later one."""
    return sum(opened(chain, t, name) for t in range(1, period + 1))


def protection(chain, stock, source, is_lane):
    """Mean periods until what is ordered the next time has come in; it is worked out once."""
    if "waits" not in vars(source):
        source.waits = _waits(chain, stock, source, is_lane)
    return source.waits


def _waits(chain, stock, source, is_lane):
    days = [t for t in range(2 * 364) if falls_due(chain, t, stock.review_period, stock.place.calendar)]
    waits = []
    for today, next_time in zip(days[:-1], days[1:], strict=True):
        if today >= 364:
            break
        whole = math.floor(source.lead_time + 0.5)
        if is_lane:
            left = first_open(chain, next_time + source.information_delay, source.calendar, source.stock.place.calendar)
            there = after(chain, left, whole, source.calendar)
            rest = (source.lead_time - whole) / open_part(chain, source.calendar)
        else:
            there, rest = after(chain, next_time, whole, stock.place.calendar), 0.0
        waits.append(first_open(chain, there, stock.place.calendar) - today + rest)
    return sum(waits) / len(waits) - 1


# Open orders ----------------------------------------------------------------------------------


def due_period(chain, order):
    """Period in which an order is due, or None."""
    if order["due_date"]:
        return (date.fromisoformat(order["due_date"]) - date.fromisoformat(chain.case.settings["start_date"])).days
    return None if math.isnan(order["due"]) else int(order["due"])


def open_orders(chain):
    """Put orders that are open at the start where they are."""
    for order in chain.case["open_orders"].to_dict("records"):
        due, units = due_period(chain, order), order["units"]
        if order["kind"] == "customer_order":
            market = next(m for m in chain.markets if (m.market, m.product) == (order["market"], order["product"]))
            if due is None:
                market.orders.append([-1, units])
            else:
                market.booked.append([first_open(chain, due, market.calendar), units])
        elif order["kind"] == "production_order":
            recipe = next(r for r in chain.recipes if (r.site, r.product) == (order["site"], order["product"]))
            units = units / recipe.yield_rate
            units = recipe.stock.rounded_up(units)
            if due is None:
                recipe.to_make += units
            else:
                recipe.batches.append([first_open(chain, due, recipe.stock.place.calendar), units])
        else:
            key = (order["origin"], order["destination"], order["product"])
            lane = next(x for x in chain.lanes if x.key[:3] == key and order["mode"] in ("", x.mode))
            if due is None:
                lane.orders.append([-1, units])
            elif order["kind"] == "shipment":
                lane.expedited.append([to_go(chain, first_open(chain, due, lane.calendar), lane.calendar), units])
            else:
                lane.mail.append([leaves(chain, lane, due), units])


def leaves(chain, lane, due):
    """Latest period in which goods can leave to be there when they are due, or the first one."""
    lead = max(math.floor(lane.lead_time + 0.5), 1 if lane_must_wait(chain, lane) else 0)
    due = first_open(chain, due, lane.calendar)
    able = [t for t in range(due + 1) if opened(chain, t, lane.calendar, lane.stock.place.calendar) and after(chain, t, lead, lane.calendar) <= due]
    return max(able, default=0)


def lane_must_wait(chain, lane):
    """Whether goods cannot come in the period in which they leave."""
    return chain.day == "serve_first"


def known_stocks(chain):
    """Stocks that have just the open orders on order."""
    known = set()
    for order in chain.case["open_orders"].to_dict("records"):
        if order["kind"] in ("shipment", "purchase_order"):
            known.add((order["destination"], order["product"]))
        elif order["kind"] == "production_order":
            known.add((order["site"], order["product"]))
    return known
