"""The tables of what happens and of what has a date: events and what each kind may happen to, calendars, open orders."""

from __future__ import annotations

from twinkit import rooms
from twinkit.columns import Column
from twinkit.tables.words import (
    DURATIONS,
    MODES,
    ORDER_KINDS,
    RECOVERIES,
    flag_column,
    name_column,
    word_column,
)

# What each kind of event may happen to: the one list of it.


TARGETS: dict[str, tuple[str, ...]] = {
    "site": ("site",),
    "lane": ("origin", "destination"),
    "market": ("market",),
    "country": ("country",),
    "circle": ("latitude", "longitude", "radius"),
    "tier": ("tier",),
    "mode": ("mode",),
    "station": ("line", "station"),
}
"""Kind of target → columns of `events` that name it; `product` may narrow each of them down."""

PLACES, WAYS = ("site", "country", "circle", "tier"), ("lane", "mode")

EVENT_TARGETS: dict[str, tuple[str, ...]] = {
    "outage": (*PLACES, *WAYS, "station"),
    "capacity_loss": PLACES,
    "insolvency": ("site",),
    "yield_loss": PLACES,
    "quality_hold": PLACES,
    "stock_destroyed": PLACES,
    "demand_surge": ("market", "country", "circle"),
    "demand_slump": ("market", "country", "circle"),
    "demand_shift": ("market",),
    "lead_time_increase": (*PLACES, *WAYS),
    "transit_delayed": (*PLACES, *WAYS),
    "transit_lost": (*PLACES, *WAYS),
    "transit_rerouted": (*PLACES, *WAYS),
    "order_pausing": PLACES,
    "shipment_pausing": (*PLACES, *WAYS),
    "transit_pausing": (*PLACES, *WAYS),
    "receipt_pausing": (*PLACES, *WAYS),
    "orders_unread": PLACES,
    "price_increase": PLACES,
    "freight_increase": (*PLACES, *WAYS),
    "tariff": (*PLACES, *WAYS),
}
"""Kind of event → kinds of target that it may have."""

EVENT_KINDS = tuple(EVENT_TARGETS)
"""Kinds of event that come with twinkit."""

LONGER = ("lead_time_increase", "transit_delayed", "transit_rerouted")
"""Kinds of event whose severity is a time."""

DEARER = ("price_increase", "freight_increase", "tariff")
"""Kinds of event that change money and no goods."""

AT_ONCE = ["stock_destroyed", "transit_delayed", "transit_lost"]
"""Kinds of event that happen in one period: they have no duration and no way back."""

SHARES = [kind for kind in EVENT_TARGETS if kind not in ("demand_surge", *LONGER, *DEARER)]
"""Kinds of event whose severity is a share that cannot be above 1."""

PAUSES = tuple(kind for kind in EVENT_TARGETS if kind.endswith("_pausing") or kind == "orders_unread")
"""Kinds of event that pause something altogether."""


def _take(added: rooms.AddedEvent) -> None:
    """A kind of a room happens to what all its parts may happen to."""
    unknown = [part for part in added.parts if part not in EVENT_TARGETS]
    if unknown or not added.parts:
        raise ValueError(
            f"the event {added.name!r} is made of {unknown or 'nothing'}; the kinds are {', '.join(EVENT_TARGETS)}"
        )
    able = [t for t in TARGETS if all(t in EVENT_TARGETS[part] for part in added.parts)]
    wrong = [t for t in added.targets if t not in able]
    if wrong or not able:
        raise ValueError(
            f"the event {added.name!r} cannot happen to {wrong or 'anything'}: all its parts can to {able or 'nothing'}"
        )
    at_once = [part in AT_ONCE for part in added.parts]
    if any(at_once) and not all(at_once):
        raise ValueError(
            f"the event {added.name!r} has parts that happen at once ({', '.join(AT_ONCE)}) and parts that last; take one sort"
        )
    EVENT_TARGETS[added.name] = added.targets or tuple(able)
    for kinds, is_one in ((SHARES, added.share), (AT_ONCE, all(at_once))):
        if is_one and added.name not in kinds:
            kinds.append(added.name)


rooms.EVENTS.listen(_take)


# The table of events: what happens to a chain, to what, when, for how long and how badly.


class Events:
    """Something that happens to the chain.

    The target is a site (or a port), a product at a site, a lane (origin and
    destination, with or without a product), a market, all sites of a country, of a
    circle on the map or of a tier, all lanes of a mode, or machines of a station of a
    production line.
    """

    table = "events"
    key = ("event",)

    event = name_column("unique name of the event")
    kind = Column("word", "what happens", kind="text", choices=EVENT_KINDS)
    site = name_column("site that it happens to", "sites.site", start="")
    product = name_column("product that it happens to; empty = all", "products.product", start="")
    origin = name_column("origin of the lane that it happens to", "sites.site", start="")
    destination = name_column("destination of the lane that it happens to", "sites.site", start="")
    market = name_column("market that it happens to", "markets.market", start="")
    country = name_column("country whose sites it happens to", "sites.country", start="", advanced=True)
    tier = Column("tier", "tier whose sites it happens to", start=None, low=0, kind="whole", advanced=True)
    mode = Column(
        "word", "mode of the lanes that it happens to", kind="text", choices=("", *MODES), start="", advanced=True
    )
    latitude = Column(
        "degrees", "centre of the circle whose sites it happens to", start=None, low=-90, high=90, advanced=True
    )
    longitude = Column("degrees", "centre of the circle", start=None, low=-180, high=180, advanced=True)
    radius = Column("km", "radius of the circle, as the crow flies", start=None, low=0, advanced=True)
    to_mode = Column(
        "word",
        "mode of the lanes by which rerouted goods go on, between the same sites",
        kind="text",
        choices=("", *MODES),
        start="",
        advanced=True,
    )
    line = name_column("production line of the station that it happens to", "stations.line", start="", advanced=True)
    station = name_column("station whose machines break; severity = share of them, and one at least", start="", advanced=True)
    to_market = name_column("market that demand shifts to", "markets.market", start="", advanced=True)
    start = Column(
        "period",
        "first period of the event; of one that recurs: in which it may begin; after another event: periods since its start",
        low=0,
        kind="whole",
    )
    latest_start = Column(
        "period",
        "it starts in any period from start to this one, each as likely; empty = at start",
        start=None,
        low=0,
        kind="whole",
        advanced=True,
    )
    after = name_column(
        "event whose start the periods of start are counted from", "events.event", start="", advanced=True
    )
    probability = Column("share", "chance that it happens at all", start=1.0, low=0, high=1, advanced=True)
    duration = Column(
        "periods",
        "length at full severity; empty = to the end of the run (and 1 for what happens at once)",
        start=None,
        low=0,
    )
    duration_spread = Column(
        "periods", "standard deviation of the duration (lognormal); 0 = always the same", start=0.0, low=0
    )
    duration_kind = word_column(
        "distribution of the duration: lognormal with its spread, or geometric (as likely to end in any period)",
        DURATIONS,
        "lognormal",
        advanced=True,
    )
    time_between = Column(
        "periods",
        "mean time from the end of one occurrence to the start of the next (geometric); empty = it happens once",
        start=None,
        low=1,
        advanced=True,
    )
    severity = Column(
        "share",
        "share lost, 0 to 1; surge, slump: relative change of demand; shift: share that goes over; longer, delayed, "
        "rerouted: extra periods; prices, freight, tariff: increase as a share of the unit cost, freight or value",
        start=1.0,
        low=0,
    )
    recovery = word_column("shape of the way back", RECOVERIES, "step")
    recovery_time = Column("periods", "length of the way back after the duration", start=0.0, low=0)
    scheduled = flag_column("happens in every run; otherwise only in scenarios that name it", True)
    date = Column("date", "date of the recorded event", kind="date", start="")
    note = Column("text", "what it stands for", kind="text", start="")
    source = Column("text", "where it is recorded", kind="text", start="")


# The tables of what has a date: working calendars, their exceptions, and orders that are open at the start.


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
