"""Checks of working calendars, of orders that are open at the start, and of stock below nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd

from twinkit.tables.checks_supply import RECORDED
from twinkit.tables.look import Look, about, among, checks_in
from twinkit.tables.problems import Problem, quote, shown
from twinkit.tables.working_days import YEAR_DAYS, needs_date, period_of, period_shares, split_codes, unknown_code

LAST_YEAR = 3000
"""Year in which a run must have ended, so that every date of it can be written."""
AFTER = 3660
"""Days after the end of the run in which an open order may still be due [days]."""
OF_KIND = {
    "shipment": ("origin", "destination"),
    "purchase_order": ("origin", "destination"),
    "production_order": ("site",),
    "customer_order": ("market",),
}
"""Columns that an open order of each kind needs, besides its product and units."""
OVERDUE = {
    "shipment": "Write when it will arrive; if it has arrived, it belongs to on_hand of stocks.",
    "purchase_order": "Leave the cell empty: then the origin owes it since before the start.",
    "production_order": "If it is in work, write when it will be finished; if not, leave the cell empty.",
    "customer_order": "Leave the cell empty: then it is owed since before the start.",
}
"""What to do with an order that was due before the run."""


def stock_not_negative(look: Look) -> list[Problem]:
    """Stock below nothing is said to be what is owed."""
    on_hand = look.values("stocks", "on_hand")
    site, product = look.values("stocks", "site"), look.values("stocks", "product")
    markets = look.case["markets"]

    def hint(i: int) -> str:
        asks = markets[(markets["site"] == site[i]) & (markets["product"] == product[i])]["market"].tolist()
        whom = (
            f"customer_order, market {quote(str(asks[0]))}"
            if len(asks) == 1
            else "customer_order and the market, or purchase_order and the lane"
        )
        return (
            f"Write 0, and what is owed into open_orders: kind {whom}, product {quote(str(product[i]))}, units "
            f"{shown(float(-on_hand[i]))}, due empty. If nobody is owed anything, a booking is missing: count the stock."
        )

    says = "is less than nothing: units owed to customers or other sites are no stock but backlog"
    return look.cells("stocks", "on_hand", on_hand < 0, says, hint)


# Calendars ---------------------------------------------------------------------------------


def run_ends_in_time(look: Look) -> list[Problem]:
    """The last period of a run still has a date that people would write."""
    if not look.fit("start_date", "periods", "period_days") or not look.case.settings["start_date"]:
        return []
    settings = look.case.settings
    year = date.fromisoformat(settings["start_date"]).year + settings["periods"] * settings["period_days"] / YEAR_DAYS
    if year <= LAST_YEAR:
        return []
    says = f"makes a run of {settings['period_days']:g} days a period that begins in {settings['start_date']} end after the year {LAST_YEAR}"
    return look.setting("periods", says, "Take fewer or shorter periods, or leave start_date empty.")


@about("calendars", "calendar_exceptions", "open_orders")
def days_have_dates(look: Look) -> list[Problem]:
    """What depends on the day of the week or on a date needs the date of the first period."""
    if look.case.settings["start_date"] or not look.fit("start_date"):
        return []
    rows = look.case["calendars"]
    tied = np.array([needs_date(row) for _, row in rows.iterrows()], bool)
    hint = "Write start_date, the date of the first period, into settings."
    says = "knows days of the week or public holidays, and settings has no start_date"
    found = look.lines("calendars", "calendar", tied & look.live("calendars"), says, hint)
    for table, column in (("calendar_exceptions", "first_date"), ("open_orders", "due_date")):
        dated = look.values(table, column) != ""
        found += look.cells(
            table, column, dated, "is a date, and settings has no start_date", f"{hint[:-1]}, or count periods."
        )
    return found


@about("calendars")
def holidays_known(look: Look) -> list[Problem]:
    """Public holidays are those of a country that is known."""
    cells = look.values("calendars", "holidays")
    wrong = [next((w for w in (unknown_code(*code) for code in split_codes(cell)) if w), "") for cell in cells]
    hint = "Write ISO 3166 codes: DE, or DE-BY for a part of a country; several separated by ';'."
    return look.cells("calendars", "holidays", np.array([bool(w) for w in wrong], bool), lambda i: wrong[i], hint)


@about("calendar_exceptions")
def spans_clear(look: Look) -> list[Problem]:
    """An exception is a span of dates or of periods that does not end before it begins."""
    table, found = "calendar_exceptions", []
    first, last = look.values(table, "first_date"), look.values(table, "last_date")
    begin, end = look.values(table, "first_period"), look.values(table, "last_period")
    dated, numbered = first != "", ~np.isnan(begin)
    says = "the cell is empty; an exception needs its first date or its first period"
    found += look.cells(table, "first_date", ~dated & ~numbered, says, "Write one of the two.")
    found += look.cells(table, "first_period", dated & numbered, "is given beside a first_date", "Keep one of the two.")
    for column, given, other in (("last_date", last != "", dated), ("last_period", ~np.isnan(end), numbered)):
        start = column.replace("last", "first")
        alone = given & ~other & look.good(table, start)
        found += look.cells(table, column, alone, f"is given, and {start} is not", f"Write {start}, too.")
    found += look.cells(
        table, "last_date", dated & (last != "") & among(last < first, [True]) & look.good(table, "first_date"),
        "lies before first_date", "Write the dates in their order.",
    )  # fmt: skip
    found += look.cells(
        table, "last_period", end < begin, "lies before first_period", "Write the periods in their order."
    )
    return [*found, *_overlaps(look)]


def _overlaps(look: Look) -> Iterator[Problem]:
    """Two exceptions of a calendar that say different things of the same day."""
    table = "calendar_exceptions"
    rows = look.case[table]
    usable = look.good(table, "calendar", "first_date", "last_date", "first_period", "last_period", "share")
    for first, last in (("first_date", "last_date"), ("first_period", "last_period")):
        given = rows[usable & (rows[first] != "") & rows[first].notna()]
        for _, own in given.groupby("calendar"):
            ends = own[last].where((own[last] != "") & own[last].notna(), own[first])
            order = own.assign(_end=ends).sort_values(first)
            for (_, a), (i, b) in zip(list(order.iterrows())[:-1], list(order.iterrows())[1:], strict=True):
                if b[first] <= a["_end"] and a["share"] != b["share"]:
                    mask = np.arange(len(rows)) == i
                    says = f"begins while an earlier exception of {quote(b['calendar'])} with another share lasts"
                    yield from look.cells(table, first, mask, says, "Let the spans follow each other.")


def calendars_fit(look: Look) -> list[Problem]:
    """A calendar belongs to what works by it: no port, and no market whose history says when nothing is asked."""
    kinds, calendar = look.values("sites", "kind"), look.values("sites", "calendar")
    port = (kinds == "port") & (calendar != "") & look.good("sites", "kind")
    found = look.cells("sites", "calendar", port, "is the calendar of a port, which only lets lanes pass",
                       "Give the calendar to the lanes that pass it.")  # fmt: skip
    recorded = among(look.values("markets", "demand"), RECORDED) & (look.values("markets", "calendar") != "")
    says = "is the calendar of a market whose demand is taken from history, which has the days without demand in it"
    return found + look.cells("markets", "calendar", recorded, says, "Leave it empty, or choose another demand.")


@about("calendars")
def calendars_open(look: Look) -> list[Problem]:
    """What is needed together is open together in some period of the run."""
    tables = ("sites", "lanes", "markets", "calendars", "calendar_exceptions")
    spoilt = any(mask.any() for (table, _), mask in look.bad.items() if table in tables) or look.gone & set(tables)
    if spoilt or not look.fit("start_date", "periods", "period_days"):
        return []
    if not look.case.settings["start_date"] and any(needs_date(row) for _, row in look.case["calendars"].iterrows()):
        return []
    opened = {
        name: share > 0 for name, share in period_shares(look.case, 0, int(look.case.settings["periods"])).items()
    }
    named = {name for table in tables[:3] for name in look.values(table, "calendar")}
    never = np.array([name in named and not opened[name].any() for name in look.values("calendars", "calendar")], bool)
    found = look.cells("calendars", "calendar", never, "never opens in the run, so nothing would ever happen there",
                       "Correct its shares and exceptions.")  # fmt: skip
    if found:
        return found
    of_site = dict(zip(look.values("sites", "site"), look.values("sites", "calendar"), strict=True))
    for table, column in (("lanes", "origin"), ("markets", "site")):
        own, site = look.values(table, "calendar"), look.values(table, column)
        apart = [
            bool(a and (b := of_site.get(s, ""))) and not (opened[a] & opened[b]).any()
            for a, s in zip(own, site, strict=True)
        ]
        says = lambda i, s=site: f"is never open in a period in which {quote(s[i])} is, so nothing would ever leave"  # noqa: E731
        found += look.cells(table, "calendar", np.array(apart, bool), says, "Correct one of the two calendars.")
    return found


# Open orders -------------------------------------------------------------------------------


@about("open_orders")
def orders_name_target(look: Look) -> list[Problem]:
    """An open order names what its kind needs, and nothing else."""
    table, found = "open_orders", []
    kind, readable = look.values(table, "kind"), look.good(table, "kind")

    def says(i: int) -> str:
        return f"says nothing of a {_words(kind[i])}, which is known by {' and '.join((*OF_KIND[kind[i]], 'product'))}"

    for column in ("origin", "destination", "site", "market", "mode"):
        filled = look.values(table, column) != ""
        needed = np.array([column in OF_KIND.get(k, ()) for k in kind], bool) & readable
        may = needed | ((column == "mode") & among(kind, ("shipment", "purchase_order")))
        found += look.cells(
            table, column, needed & ~filled, lambda i, c=column: f"the cell is empty; a {_words(kind[i])} needs its {c}"
        )
        found += look.cells(table, column, readable & filled & ~may, says, "Empty the cell, or correct the kind.")
    undated = np.isnan(look.values(table, "due")) & (look.values(table, "due_date") == "") & (kind == "shipment")
    arrives = "the cell is empty; a shipment that is on its way has a period in which it arrives"
    hint = "Write due or due_date; 0 if it is to arrive at once."
    return found + look.cells(table, "due", undated & look.good(table, "due", "due_date", "kind"), arrives, hint)


def _words(kind: str) -> str:
    return str(kind).replace("_", " ")


@about("open_orders")
def orders_in_time(look: Look) -> list[Problem]:
    """An open order is due in the run or later, and says so once."""
    table, settings = "open_orders", look.case.settings
    due, dated = look.values(table, "due"), look.values(table, "due_date")
    kind = look.values(table, "kind")
    found = look.cells(
        table, "due_date", (dated != "") & ~np.isnan(due), "is given beside a due period", "Keep one of the two."
    )
    if not look.fit("period_days", "periods", "start_date"):
        return found
    known = look.good(table, "due_date") & (dated != "") & bool(settings["start_date"])
    period = np.array([period_of(look.case, d) if ok else np.nan for d, ok in zip(dated, known, strict=True)], float)
    hint = lambda i: OVERDUE.get(kind[i], "")  # noqa: E731
    says = f"lies before the first period ({settings['start_date']})"
    found += look.cells(table, "due_date", period < 0, says, hint)
    last = int(settings["periods"]) + math.ceil(AFTER / settings["period_days"])
    for column, when in (("due", due), ("due_date", period)):
        says = f"lies more than ten years after the run, which has {int(settings['periods'])} periods"
        if column == "due_date" and settings["start_date"]:
            end = date.fromisoformat(settings["start_date"]) + timedelta(
                min(settings["periods"] * settings["period_days"], 1e5)
            )
            says += f" and ends on {end}"
        found += look.cells(table, column, when > last, says, "Correct it.")
    return found


@about("open_orders")
def orders_have_way(look: Look) -> list[Problem]:
    """What an open order names is in the tables: a lane, a recipe or a product that the market asks for."""
    table = "open_orders"
    rows, found = look.case[table], []
    ways = (
        (
            ("shipment", "purchase_order"),
            "lanes",
            ("origin", "destination", "product"),
            "is brought by no lane from {0} to {1}",
        ),
        (("production_order",), "recipes", ("site", "product"), "is not made at {0}: recipes has no such row"),
        (("customer_order",), "markets", ("market", "product"), "is not asked for by {0}: markets has no such row"),
    )
    for kinds, other, columns, says in ways:
        if other in look.gone or not look.good(other, *columns).all():
            continue
        mine = among(look.values(table, "kind"), kinds) & look.good(table, "kind", "units", *columns)
        there = pd.MultiIndex.from_frame(look.case[other][list(columns)])
        count = there.value_counts()
        times = np.array([count.get(tuple(key), 0) for key in rows[list(columns)].itertuples(index=False)], int)
        words = lambda i, s=says, c=columns: s.format(*(quote(str(rows[n].iat[i])) for n in c[:-1]))  # noqa: E731
        found += look.cells(
            table, "product", mine & (times == 0), words, f"Add the row to {other}, or correct the order."
        )
        if other == "lanes":
            found += _modes(look, mine & (times > 0) & look.good(table, "mode", "product"), times)
    return found


def _modes(look: Look, mine: np.ndarray, times: np.ndarray) -> list[Problem]:
    """The mode tells lanes between the same sites apart."""
    table, key = "open_orders", ["origin", "destination", "product", "mode"]
    rows, there = look.case[table], {}
    for lane in look.case["lanes"][key].itertuples(index=False):
        there.setdefault(tuple(lane)[:3], []).append(lane.mode)
    modes = [there.get(tuple(row)[:3], []) for row in rows[key].itertuples(index=False)]
    mode = look.values(table, "mode")
    found = look.cells(
        table,
        "mode",
        mine & (mode == "") & (times > 1),
        lambda i: f"the cell is empty; there are lanes by {' and '.join(modes[i])}",
    )
    wrong = mine & np.array([m != "" and m not in known for m, known in zip(mode, modes, strict=True)], bool)
    return found + look.cells(
        table, "mode", wrong, lambda i: f"is no mode of this way; there are lanes by {' and '.join(modes[i])}"
    )


@about("open_orders")
def orders_not_twice(look: Look) -> Iterator[Problem]:
    """What is open on a lane or of a recipe is said once: by open orders, or by units for each period."""
    rows = look.case["open_orders"]
    lanes = rows[among(rows["kind"], ("shipment", "purchase_order"))]
    made = rows[rows["kind"] == "production_order"]
    known = set(zip(lanes["destination"], lanes["product"], strict=True)) | set(
        zip(made["site"], made["product"], strict=True)
    )
    for table, site, columns in (
        ("lanes", "destination", ("start_in_transit", "start_orders")),
        ("recipes", "site", ("start_in_work",)),
    ):
        pairs = zip(look.values(table, site), look.values(table, "product"), strict=True)
        mine = np.array([pair in known for pair in pairs], bool)
        for column in columns:
            says = "counts goods that open_orders lists: the product has open orders at this site, and then just these are on order"
            yield from look.cells(
                table, column, mine & (look.values(table, column) > 0), says, "Empty the cell, or take the orders away."
            )


@about("open_orders")
def orders_whole(look: Look) -> list[Problem]:
    """Units that cannot be split are whole."""
    units = look.values("open_orders", "units")
    parts = np.isfinite(units) & (units != np.round(units)) & look.case.whole(look.case["open_orders"]["product"])
    return look.cells("open_orders", "units", parts, "has a fraction, and units cannot be split", "Write whole units.")


FIRST = (stock_not_negative,)
"""Checks that come before those of ranges, as they say more."""

CHECKS = checks_in(globals(), FIRST)
