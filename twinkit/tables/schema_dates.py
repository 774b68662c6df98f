"""The tables of what has a date: working calendars, their exceptions, and orders that are open at the start."""

from __future__ import annotations

from twinkit.columns import Column
from twinkit.tables.words import MODES, ORDER_KINDS, name_column


def _weekday(name: str) -> Column:
    return Column("share", f"share of a full working day that is worked on a {name}: 0 = closed", start=1.0, low=0)


class Calendars:
    """Working days of sites, lanes and markets that name the calendar; what names none is always open.

    The share of a period is the mean over its days, public holidays and exceptions included.
    A site with the share 0 neither orders, receives, makes nor ships: goods wait at its door
    and what is in work stands still, so lead times of recipes count its open periods. On a
    lane goods neither leave nor move in periods of share 0: its lead times count its open
    periods. Shares other than 0 scale the capacities of a site and its recipes, or of a lane.
    A market asks in proportion to the share, and its mean over 52 weeks stays as stated.
    More in docs/calendars.md.
    """

    table = "calendars"
    key = ("calendar",)

    calendar = name_column("unique name of the calendar")
    monday = _weekday("Monday")
    tuesday = _weekday("Tuesday")
    wednesday = _weekday("Wednesday")
    thursday = _weekday("Thursday")
    friday = _weekday("Friday")
    saturday = _weekday("Saturday")
    sunday = _weekday("Sunday")
    holidays = name_column(
        "countries on whose public holidays it is closed, as ISO 3166 codes, with a region if it matters: DE, DE-BY, "
        "US-CA; several separated by ';'",
        start="",
    )


class CalendarExceptions:
    """A day or a span of days on which a calendar differs from its weekdays and holidays: shutdowns, extra shifts.

    It is given either by dates or by numbers of periods, each with the last one included.
    """

    table = "calendar_exceptions"
    key = ("calendar", "first_date", "first_period")

    calendar = name_column("calendar that it belongs to", "calendars.calendar")
    first_date = Column("date", "first date of the span", kind="date", start="")
    last_date = Column("date", "last date of the span; empty = the first", kind="date", start="")
    first_period = Column("period", "first period of the span, 0 = first of the run", start=None, low=0, kind="whole")
    last_period = Column("period", "last period of the span; empty = the first", start=None, low=0, kind="whole")
    share = Column(
        "share",
        "share of a full working day: 0 = closed, 1 = open, as on an extra Saturday; more = overtime",
        start=0.0,
        low=0,
    )
    note = Column("text", "what it stands for", kind="text", start="")


class OpenOrders:
    """An order that is open when the run starts, as an ERP system lists them.

    A `shipment` has left its origin and arrives in the period in which it is due. A
    `purchase_order` is ordered at the origin of a lane and leaves so as to arrive when it is
    due, if the origin has the goods; without a due period it is owed since before the start.
    A `production_order` is in work at the site and comes out when it is due; without a due
    period it has not been started. A `customer_order` is asked for by the market in the
    period in which it is due, on top of the market's demand; without a due period it is owed
    since before the start (backlog). A product at a site with rows that bring it goods has
    just these on order: its lanes and its recipe do not start with the mean flow.
    """

    table = "open_orders"
    key = ("order", "kind", "origin", "destination", "site", "market", "product", "mode", "due", "due_date")

    order = name_column("number or name of the order, to tell apart what is alike", start="")
    kind = Column("word", "what is open", kind="text", choices=ORDER_KINDS)
    origin = name_column("site that ships (shipment, purchase order)", "sites.site", start="")
    destination = name_column("site that receives (shipment, purchase order)", "sites.site", start="")
    site = name_column("site that makes it (production order)", "sites.site", start="")
    market = name_column("market that asks for it (customer order)", "markets.market", start="")
    product = name_column("product", "products.product")
    mode = Column(
        "word", "mode of the lane; needed only if there are several", kind="text", choices=("", *MODES), start=""
    )
    units = Column("units", "units still to come; of a production order: good units", low=0)
    due = Column("period", "period in which it is due, 0 = first of the run", start=None, low=0, kind="whole")
    due_date = Column("date", "date on which it is due, in place of the period", kind="date", start="")
