"""The tables of a case, column by column; what happens and what has a date is in :mod:`twinkit.tables.schema_events`.

Each class is one table: a row of ``Stocks`` is one product at one site, a row of
``Lanes`` one way for a product from one site to another.  Actors extend these
classes, so ``actor.on_hand`` and the column ``on_hand`` of ``stocks.csv`` are the
same declaration (see :mod:`twinkit.columns`).  Columns marked ``state=True`` exist
only while a chain runs.
"""

from __future__ import annotations

from functools import partial

from twinkit import rooms
from twinkit.columns import Column, columns_of, put_column
from twinkit.tables.schema_events import EVENT_KINDS, CalendarExceptions, Calendars, Events, OpenOrders
from twinkit.tables.schema_flow import Lanes, PriceBreaks, Recipes
from twinkit.tables.words import (
    DAY_ORDERS,
    DEMANDS,
    POLICIES,
    RATIONING,
    SITE_KINDS,
    SOURCING,
    WHOLE,
    flag_column,
    name_column,
    state_column,
    word_column,
)


class Sites:
    """A place that acts: supplier, plant, warehouse, retailer; or a port that lanes pass."""

    table = "sites"
    key = ("site",)

    site = name_column("unique name of the site")
    kind = Column("word", "what the site does", kind="text", choices=SITE_KINDS)
    tier = Column(
        "tier",
        "distance from the customer, 0 = sells to customers; empty = counted from the lanes",
        start=None,
        low=0,
        kind="whole",
    )
    company = name_column("company that runs the site", start="")
    city = name_column("city", start="")
    country = name_column("country", start="")
    latitude = Column("degrees", "latitude, north positive", start=None, low=-90, high=90)
    longitude = Column("degrees", "longitude, east positive", start=None, low=-180, high=180)
    capacity = Column(
        "units/period",
        "units that all recipes of the site together may start in a period; empty = no limit",
        start=None,
        low=0,
        advanced=True,
    )
    time_to_recover = Column(
        "periods",
        "time the site needs to be fully functional again after an outage (Simchi-Levi et al. 2015)",
        start=None,
        low=0,
    )
    calendar = name_column(
        "calendar of the days on which the site works; empty = always open",
        "calendars.calendar",
        start="",
        advanced=True,
    )
    actor = name_column("actor class that runs the site; empty = the one of its kind", start="", advanced=True)

    up = state_column("share", "share of the site that works: 1 = all, 0 = outage", 1.0)


class Conversions:
    """Another unit in which a product is counted: so many of its own units are in one box, sheet or pallet.

    A cell of any table that counts units of the product may then say ``2 box`` or ``3 boxes/week``.
    """

    table = "conversions"
    key = ("product", "unit")

    product = name_column("product that is counted", "products.product")
    unit = name_column("name of the other unit: box, sheet, pallet …")
    units = Column("units", "units of the product in one of it", low=1e-9)


class Products:
    """A product or component, as in every ERP."""

    table = "products"
    key = ("product",)

    product = name_column("unique name of the product")
    family = name_column("group that the product belongs to", start="")
    unit = name_column("what one unit is: piece, kg, set …", start="piece")
    whole_units = word_column("units cannot be split; as_case = as the setting whole_units says", WHOLE, "as_case")
    value = Column("money/unit", "value of one unit, for inventory value and turns", start=0.0, low=0)
    mass = Column("kg/unit", "mass of one unit", start=0.0, low=0)
    scrap_value = Column(
        "money/unit",
        "got for a unit that is scrap or was kept too long; below 0 = what it costs to be rid of it",
        start=0.0,
        advanced=True,
    )


class BillOfMaterials:
    """One line of a bill of materials: so many of the component go into one of the product."""

    table = "bill_of_materials"
    key = ("product", "component", "recipe")

    product = name_column("product that is made", "products.product")
    recipe = name_column(
        "recipe that the line is for; empty = all that have no lines of their own", start="", advanced=True
    )
    component = name_column("component that goes into it", "products.product")
    quantity = Column("units/unit", "units of the component in one unit of the product", low=1e-9)
    substitute = name_column(
        "component that may take its place, at sites that keep a stock of it",
        "products.product",
        start="",
        advanced=True,
    )
    substitute_ratio = Column(
        "units/unit",
        "units of the substitute in place of one unit of the component",
        start=1.0,
        low=1e-9,
        advanced=True,
    )
    use_substitute = flag_column("the substitute is used while the component is short", False, advanced=True)


class ByProducts:
    """Another product that comes out when a product is made: a by-product, or a co-product."""

    table = "by_products"
    key = ("product", "by_product", "recipe")

    product = name_column("product that is made", "products.product")
    by_product = name_column("product that comes with it, at sites that keep a stock of it", "products.product")
    quantity = Column("units/unit", "units of it that come out for one unit of the product that was started", low=1e-9)
    recipe = name_column(
        "recipe that it comes from; empty = all that have no by-products of their own", start="", advanced=True
    )


class Stocks:
    """One product at one site: how it is replenished, kept and given out."""

    table = "stocks"
    key = ("site", "product")

    site = name_column("site that keeps the stock", "sites.site")
    product = name_column("product that is kept", "products.product")
    policy = Column("word", "rule that decides how much is ordered", kind="text", choices=POLICIES)
    order_up_to = Column("units", "order-up-to level S", start=None)
    reorder_point = Column("units", "reorder point s or r: order when the position is at or below it", start=None)
    order_quantity = Column(
        "units",
        "order quantity Q: one lot (r_Q), or the lot of which so many are ordered as are needed (r_nQ)",
        start=None,
        low=0,
    )
    days_of_cover = Column(
        "periods", "periods of forecast demand that the position covers beyond the lead time", start=None, low=0
    )
    safety_stock = Column("units", "safety stock on top of the policy's levels", start=0.0)
    build_up = Column(
        "units", "further safety stock for a time, such as before a known event", start=0.0, advanced=True
    )
    build_from = Column("period", "first period of the build-up; empty = the first", start=None, low=0, advanced=True)
    build_until = Column(
        "period", "period in which the build-up is over; empty = it stays to the end", start=None, low=0, advanced=True
    )
    review_period = Column("periods", "periods between two reviews", start=1, low=1, kind="whole")
    forecast_window = Column(
        "periods", "length of the moving average that forecasts demand", start=None, low=1, kind="whole"
    )
    smoothing = Column("share", "weight θ of the newest demand in exponential smoothing", start=None, low=0, high=1)
    stock_weight = Column(
        "share",
        "weight α of the stock gap in anchor-and-adjust (Sterman 1989)",
        start=None,
        low=0,
        high=1,
        advanced=True,
    )
    supply_line_weight = Column(
        "share",
        "weight β of the supply line in anchor-and-adjust (Sterman 1989)",
        start=None,
        low=0,
        high=1,
        advanced=True,
    )
    forecast_start = Column(
        "units/period", "forecast before the first demand; empty = mean demand", start=None, low=0, advanced=True
    )
    on_hand = Column(
        "units", "units in stock; in the table: at the start; empty = full to its level", start=None, low=0
    )
    shelf_life = Column(
        "periods", "periods that a unit may be kept here; what is older is scrapped, and the oldest goes out first; empty = any",
        start=None, low=1, kind="whole", advanced=True,
    )  # fmt: skip
    sourcing = word_column("how an order is split over several sources", SOURCING, "shares")
    other_recipes = flag_column(
        "what a recipe cannot start because components are short is made by the site's next recipe of the product", False, advanced=True
    )
    reroute = flag_column("orders leave out sources and lanes that are out of service", False)
    ramp_up = Column(
        "periods",
        "periods over which orders go over to other sources (sourcing by shares), from when trouble is noticed or shares are "
        "changed in the middle of a run",
        start=0.0,
        low=0,
        advanced=True,
    )
    limit_to_supplier = flag_column("an order never exceeds what its source has on hand", False, advanced=True)
    rationing = word_column("who is served first when there is not enough", RATIONING, "proportional")
    holding_cost = Column("money/unit/period", "cost of keeping one unit for a period", start=0.0, low=0)
    backlog_cost = Column("money/unit/period", "cost of owing one unit for a period", start=0.0, low=0)
    unit_cost = Column("money/unit", "paid outside for a unit that an unlimited source sends", start=0.0, low=0)

    backlog = state_column("units", "units owed to customers and customer sites")
    required = state_column("units", "units that production orders at the site still need")
    on_order = state_column("units", "units ordered or being made that have not arrived")
    incoming = state_column("units/period", "units asked of this stock in this period")
    ordered = state_column("units/period", "units ordered in this period")
    received = state_column("units/period", "units that came in during this period")
    forecast = state_column("units/period", "forecast of demand per period")
    short = state_column("0/1", "1 if units were missing since the last delivery")
    override = state_column("units", "order set by hand for the period; negative = the policy decides", -1.0)
    up_here = state_column("share", "share of the product's flow at the site that works", 1.0)
    usable = state_column("share", "share of what is in stock that may be used or sent", 1.0)
    destroyed = state_column("units/period", "units in stock that an event destroyed in this period")
    stood_in = state_column("units/period", "units used in place of another component in this period")
    spared = state_column("units/period", "units that recipes did not take as a substitute stood in for them")
    short_for = state_column("periods", "periods at the ends of which it was short, in a row")
    called_for = state_column("periods", "periods in a row for which some source was known to be out of service")
    expired = state_column("units/period", "units scrapped in this period because they had been kept too long")
    shares_changed = state_column(
        "period", "period in which the shares of its sources were changed; negative = never", -1.0
    )


class Markets:
    """Where customers' demand for a product arrives at a site."""

    table = "markets"
    key = ("market", "product")

    market = name_column("name of the market")
    site = name_column("site that serves it", "sites.site")
    product = name_column("product that is asked for", "products.product")
    demand = word_column(
        "distribution of demand in a period; normal demand is never below 0 and keeps its mean and standard deviation",
        DEMANDS,
        "normal",
    )
    mean = Column("units/period", "mean demand in a period; not used with a history", start=None, low=0)
    spread = Column(
        "units/period",
        "standard deviation of the demand of a period, or its half width if demand is uniform",
        start=0.0,
        low=0,
        quantity="spread of a rate",
    )
    every = Column("periods", "periods between two orders of the customers", start=1, low=1, kind="whole")
    season = Column("share", "height of the yearly season as a share of the mean", start=0.0, low=0, high=1)
    season_peak = Column("periods", "period of the year in which the season is highest", start=0, low=0)
    autocorrelation = Column(
        "share",
        "correlation of the demand of one order with that of the one before (of its normal score, if it is not normal)",
        start=0.0,
        low=-0.99,
        high=0.99,
        advanced=True,
    )
    trend = Column("share/year", "growth of the mean in a year", start=0.0, low=-1)
    calendar = name_column(
        "calendar of the days on which its customers ask and take goods; the mean over 52 weeks stays as stated, so a "
        "market that is closed at weekends asks for 7/5 of it on the other days; empty = always open",
        "calendars.calendar",
        start="",
        advanced=True,
    )
    lost_share = Column("share", "share of unserved demand that is lost; the rest waits", start=0.0, low=0, high=1)
    partial = flag_column("an order may be served in part", True, advanced=True)
    priority = Column("rank", "rank among the customers of the site, 1 = first", start=1, low=0)
    returned_share = Column(
        "share", "share of the units sent that customers send back, for their price", start=0.0, low=0, high=1, advanced=True
    )
    return_delay = Column("periods", "periods from the dispatch until what is sent back is at the site", start=1, low=1, kind="whole", advanced=True)
    resold_share = Column(
        "share", "share of what is sent back that is in stock again; the rest is scrap (products.scrap_value)",
        start=1.0, low=0, high=1, advanced=True,
    )  # fmt: skip
    price = Column("money/unit", "price that the customer pays", start=0.0, low=0)
    lost_margin = Column(
        "money/unit", "margin lost with a lost unit; empty = price less the product's value", start=None, low=0
    )
    latitude = Column("degrees", "latitude, north positive; empty = that of the site", start=None, low=-90, high=90)
    longitude = Column("degrees", "longitude, east positive; empty = that of the site", start=None, low=-180, high=180)

    surge = state_column("share", "factor on demand: 1 = as usual", 1.0)
    put_off = state_column("units", "demand that rounding to whole units leaves for the next period")
    returned = state_column("units/period", "units that customers sent back in this period")
    resold = state_column("units/period", "units of these that are in stock again")
    to_return = state_column("units", "units sent back that wait for a whole unit to be full or for the site to open")
    to_resell = state_column("units", "part of a unit, of those in stock again, that rounding leaves for the next return")
    score = state_column("standard deviations", "how far the latest demand was from its mean, where it carries over")


class History:
    """Recorded demand of a market, period by period."""

    table = "history"
    key = ("market", "product", "period")

    market = name_column("market", "markets.market")
    product = name_column("product", "products.product")
    period = Column("period", "number of the period, 0 = first of the run; below 0: before it", low=-100_000, kind="whole")
    units = Column("units/period", "units asked for", low=0)


class Objectives:
    """What the chain is meant to reach."""

    table = "objectives"
    key = ("kpi",)

    kpi = name_column("name of the KPI")
    relation = word_column("direction of the target", ("at_least", "at_most"), "at_least")
    target = Column("unit of the KPI", "value to reach")


class Settings:
    """The clock and the ground rules of a case (table of setting and value)."""

    table = "settings"
    key = ("setting",)

    title = Column("text", "title of the case", kind="text", start="")
    periods = Column("periods", "length of a run", start=365, low=1, kind="whole")
    period_days = Column("days", "length of a period", start=1.0, low=1e-6)
    start_date = Column(
        "date", "date of the first period; calendars with weekdays or dates need it", kind="date", start=""
    )
    warm_up = Column("periods", "periods at the start that no KPI counts", start=0, low=0, kind="whole")
    replications = Column("worlds", "replications of an ensemble", start=256, low=1, kind="whole")
    seed = Column("number", "seed of all chance", start=1, low=0, kind="whole")
    day = word_column("order of events in a period", DAY_ORDERS, "order_after_demand")
    whole_units = flag_column("units cannot be split", False)
    currency = Column("text", "money of the case", kind="text", start="EUR")
    recovery_level = Column(
        "share", "service that counts as recovered, relative to no event", start=0.95, low=0, high=1
    )
    failure_level = Column(
        "share", "service below which the chain has failed, relative to no event", start=0.95, low=0, high=1
    )
    detection_delay = Column(
        "periods",
        "periods after which trouble is noticed: by rerouting and backups that a source is out, by expediting that a site is short",
        start=0,
        low=0,
        kind="whole",
    )
    hold = Column("periods", "periods for which service must hold to count as recovered", start=7, low=1, kind="whole")


TABLES: dict[str, type] = {
    cls.table: cls
    for cls in (
        Sites,
        Conversions,
        Products,
        BillOfMaterials,
        ByProducts,
        Stocks,
        Lanes,
        PriceBreaks,
        Recipes,
        Markets,
        History,
        Calendars,
        CalendarExceptions,
        OpenOrders,
        Events,
        Objectives,
    )
}
"""Every table of a case by name, in the order of reading, those of rooms last; `settings` stands beside them."""


def _take_column(added: rooms.AddedColumn) -> None:
    owner = {**TABLES, "settings": Settings}.get(added.table)
    if owner is None:
        raise ValueError(
            f"a case has no table {added.table!r} to add a column to; it has settings, {', '.join(TABLES)}"
        )
    put_column(owner, added.column)


def _take_word(column: Column, added: rooms.AddedPolicy | rooms.AddedEvent) -> None:
    column.choices = tuple(dict.fromkeys((*column.choices, added.name)))


rooms.TABLES.listen(lambda added: TABLES.update({added.owner.table: added.owner}), {*TABLES, "settings"})
rooms.COLUMNS.listen(
    _take_column, {f"{t}.{c}" for t, owner in {**TABLES, "settings": Settings}.items() for c in columns_of(owner)}
)
rooms.POLICIES.listen(partial(_take_word, Stocks.policy), POLICIES)
rooms.EVENTS.listen(partial(_take_word, Events.kind), EVENT_KINDS)

NEEDED = ("sites", "products", "stocks", "markets")
"""Tables that a case cannot do without."""
