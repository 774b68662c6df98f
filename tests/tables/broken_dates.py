"""Calendars and open orders with a mistake, and the sentence that says so."""

from __future__ import annotations

from twinkit.tables import Case

FIVE = {"calendar": "five", "saturday": 0, "sunday": 0}
SHIPMENT = {"kind": "shipment", "origin": "Mill", "destination": "Bakery", "product": "Flour", "units": 9, "due": 4}
MADE = {"kind": "production_order", "site": "Bakery", "product": "Bread", "units": 9}
SOLD = {"kind": "customer_order", "market": "Town", "product": "Bread", "units": 9}
START = {"start_date": "2026-01-01"}


def put(table, row, **cells):
    return {(table, row - 2): cells}


BROKEN_DATES = {
    "owes": (put("stocks", 7, on_hand=-7), {}, START, "no stock but backlog. Write 0, and what is owed into open_orders: kind customer_order, market 'Town', product 'Bread', units 7"),
    "unknown calendar": (put("sites", 3, calendar="fiv"), {"calendars": [FIVE]}, START, "sites row 3, calendar: 'fiv' is not a name in calendars.calendar. Did you mean 'five'?"),
    "no date": ({}, {"calendars": [FIVE]}, {}, "'five' knows days of the week or public holidays, and settings has no start_date"),
    "ends too late": ({}, {}, {**START, "periods": 90_000, "period_days": 7}, "settings, periods: '90000' makes a run of 7 days a period that begins in 2026-01-01 end after the year 3000"),
    "country": ({}, {"calendars": [{"calendar": "x", "holidays": "DE;XX"}]}, START, "calendars row 2, holidays: 'DE;XX' names the country 'XX'"),
    "region": ({}, {"calendars": [{"calendar": "x", "holidays": "DE-ZZ"}]}, START, "names the region 'ZZ' of DE; the regions known are"),
    "share": ({}, {"calendars": [{**FIVE, "monday": -1}]}, START, "calendars row 2, monday: '-1' is out of range"),
    "span of nothing": ({}, {"calendars": [FIVE], "calendar_exceptions": [{"calendar": "five"}]}, START, "needs its first date or its first period"),
    "span of both": ({}, {"calendars": [FIVE], "calendar_exceptions": [{"calendar": "five", "first_date": "2026-01-05", "first_period": 3}]}, START, "is given beside a first_date"),
    "span backwards": ({}, {"calendars": [FIVE], "calendar_exceptions": [{"calendar": "five", "first_period": 5, "last_period": 3}]}, START, "'3' lies before first_period"),
    "dates backwards": ({}, {"calendars": [FIVE], "calendar_exceptions": [{"calendar": "five", "first_date": "2026-02-05", "last_date": "2026-01-05"}]}, START, "'2026-01-05' lies before first_date"),
    "spans overlap": ({}, {"calendars": [FIVE], "calendar_exceptions": [{"calendar": "five", "first_period": 5, "last_period": 9}, {"calendar": "five", "first_period": 7, "share": 1}]}, START, "'7' begins while an earlier exception of 'five' with another share lasts"),
    "exception without date": ({}, {"calendars": [{"calendar": "x"}], "calendar_exceptions": [{"calendar": "x", "first_date": "2026-01-05"}]}, {}, "calendar_exceptions row 2, first_date: '2026-01-05' is a date, and settings has no start_date"),
    "never opens": (put("sites", 3, calendar="x"), {"calendars": [{"calendar": "x", **dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 0)}]}, START, "calendars row 2, calendar: 'x' never opens in the run"),
    "never together": (
        {**put("sites", 2, calendar="five"), **put("lanes", 2, calendar="ends")},
        {"calendars": [FIVE, {"calendar": "ends", **dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), 0)}]},
        START, "lanes row 2, calendar: 'ends' is never open in a period in which 'Mill' is",
    ),
    "port": (put("sites", 7, calendar="five"), {"calendars": [FIVE]}, START, "sites row 7, calendar: 'five' is the calendar of a port"),
    "history": (put("markets", 3, calendar="five"), {"calendars": [FIVE]}, START, "is the calendar of a market whose demand is taken from history"),
    "target missing": ({}, {"open_orders": [{**SHIPMENT, "origin": ""}]}, {}, "open_orders row 2, origin: the cell is empty; a shipment needs its origin"),
    "target too many": ({}, {"open_orders": [{**MADE, "market": "Town"}]}, {}, "'Town' says nothing of a production order, which is known by site and product"),
    "shipment without date": ({}, {"open_orders": [{**SHIPMENT, "due": None}]}, {}, "open_orders row 2, due: the cell is empty; a shipment that is on its way"),
    "due twice": ({}, {"open_orders": [{**SHIPMENT, "due_date": "2026-01-05"}]}, START, "'2026-01-05' is given beside a due period"),
    "due without start": ({}, {"open_orders": [{**SHIPMENT, "due": None, "due_date": "2026-01-05"}]}, {}, "'2026-01-05' is a date, and settings has no start_date"),
    "due before": ({}, {"open_orders": [{**SOLD, "due_date": "2025-12-05"}]}, START, "'2025-12-05' lies before the first period (2026-01-01). Leave the cell empty: then it is owed"),
    "due below": ({}, {"open_orders": [{**SHIPMENT, "due": -3}]}, START, "open_orders row 2, due: '-3' is out of range"),
    "due far off": ({}, {"open_orders": [{**SHIPMENT, "due": 99999}]}, START, "'99999' lies more than ten years after the run"),
    "no lane": ({}, {"open_orders": [{**SHIPMENT, "origin": "Shop"}]}, {}, "'Flour' is brought by no lane from 'Shop' to 'Bakery'"),
    "no recipe": ({}, {"open_orders": [{**MADE, "site": "Shop"}]}, {}, "'Bread' is not made at 'Shop'"),
    "no market": ({}, {"open_orders": [{**SOLD, "product": "Cake"}]}, {}, "'Cake' is not asked for by 'Town'"),
    "other mode": ({}, {"open_orders": [{**SHIPMENT, "mode": "sea"}]}, {}, "'sea' is no mode of this way; there are lanes by road"),
    "said twice": (put("lanes", 2, start_in_transit=5), {"open_orders": [SHIPMENT]}, {}, "lanes row 2, start_in_transit: '5' counts goods that open_orders lists"),
    "work twice": (put("recipes", 2, start_in_work=5), {"open_orders": [MADE]}, {}, "recipes row 2, start_in_work: '5' counts goods that open_orders lists"),
    "parts": ({}, {"open_orders": [{**SHIPMENT, "units": 2.5}]}, {"whole_units": True}, "'2.5' has a fraction, and units cannot be split"),
    "order twice": ({}, {"open_orders": [SHIPMENT, SHIPMENT]}, {}, "open_orders row 3, order: ', shipment, Mill, Bakery"),
}  # fmt: skip
"""Name → cells that are changed, tables that are added, settings, and the sentence."""


def broken_case(name, tables):
    """The good case with a mistake."""
    cells, more, settings, _ = BROKEN_DATES[name]
    for (table, row), values in cells.items():
        tables[table][row].update(values)
    none = {"calendars": [], "calendar_exceptions": [], "open_orders": []}
    return Case("broken", {**tables, **none, **more}, settings)
