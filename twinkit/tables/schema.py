"""The tables of a case, column by column.

Each class is one table: a row of ``Stocks`` is one product at one site, a row of
``Lanes`` one way for a product from one site to another.  Actors extend these
classes, so ``actor.on_hand`` and the column ``on_hand`` of ``stocks.csv`` are the
same declaration (see :mod:`twinkit.columns`).  Columns marked ``state=True`` exist
only while a chain runs.
"""

from __future__ import annotations

from twinkit.columns import Column

SITE_KINDS = ("supplier", "plant", "warehouse", "retailer", "port")
POLICIES = (
    "base_stock",
    "s_S",
    "r_Q",
    "days_of_cover",
    "on_demand",
    "echelon_base_stock",
    "anchor_and_adjust",
    "unlimited",
    "none",
)
SOURCING = ("shares", "priority", "fastest", "cheapest")
RATIONING = ("proportional", "priority", "first_come")
MODES = ("sea", "air", "road", "rail", "inland_water", "pipeline", "other")
LEAD_TIMES = ("fixed", "normal", "lognormal", "uniform", "poisson")
DEMANDS = (
    "constant",
    "normal",
    "lognormal",
    "uniform",
    "poisson",
    "negative_binomial",
    "history",
    "resampled",
)
EVENT_KINDS = (
    "outage",
    "demand_surge",
    "demand_slump",
    "lead_time_increase",
    "order_pausing",
    "shipment_pausing",
    "transit_pausing",
    "receipt_pausing",
)
RECOVERIES = ("step", "linear", "concave", "convex")
DAY_ORDERS = ("order_after_demand", "order_first", "serve_first")


def _name(meaning: str, refers: str = "", **more) -> Column:
    return Column("name", meaning, kind="text", refers=refers, **more)


def _word(meaning: str, choices: tuple[str, ...], start: str, **more) -> Column:
    return Column("word", meaning, kind="text", choices=choices, start=start, **more)


def _flag(meaning: str, start: bool, **more) -> Column:
    return Column("yes/no", meaning, kind="flag", start=start, **more)


def _state(unit: str, meaning: str, start: float = 0.0) -> Column:
    return Column(unit, meaning, start=start, state=True)


class Sites:
    """A place that acts: supplier, plant, warehouse, retailer; or a port that lanes pass."""

    table = "sites"
    key = ("site",)

    site = _name("unique name of the site")
    kind = Column("word", "what the site does", kind="text", choices=SITE_KINDS)
    tier = Column(
        "tier",
        "distance from the customer, 0 = sells to customers; empty = counted from the lanes",
        start=None,
        low=0,
        kind="whole",
    )
    company = _name("company that runs the site", start="")
    city = _name("city", start="")
    country = _name("country", start="")
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
    actor = _name("actor class that runs the site; empty = the one of its kind", start="", advanced=True)

    up = _state("share", "share of the site that works: 1 = all, 0 = outage", 1.0)


class Products:
    """A product or component, as in every ERP."""

    table = "products"
    key = ("product",)

    product = _name("unique name of the product")
    family = _name("group that the product belongs to", start="")
    unit = _name("what one unit is: piece, kg, set …", start="piece")
    value = Column("money/unit", "value of one unit, for inventory value and turns", start=0.0, low=0)
    mass = Column("kg/unit", "mass of one unit", start=0.0, low=0)


class BillOfMaterials:
    """One line of a bill of materials: so many of the component go into one of the product."""

    table = "bill_of_materials"
    key = ("product", "component")

    product = _name("product that is made", "products.product")
    component = _name("component that goes into it", "products.product")
    quantity = Column("units/unit", "units of the component in one unit of the product", low=1e-9)


class Stocks:
    """One product at one site: how it is replenished, kept and given out."""

    table = "stocks"
    key = ("site", "product")

    site = _name("site that keeps the stock", "sites.site")
    product = _name("product that is kept", "products.product")
    policy = Column("word", "rule that decides how much is ordered", kind="text", choices=POLICIES)
    order_up_to = Column("units", "order-up-to level S", start=None)
    reorder_point = Column("units", "reorder point s or r: order when the position is at or below it", start=None)
    order_quantity = Column("units", "order quantity Q", start=None, low=0)
    days_of_cover = Column(
        "periods", "periods of forecast demand that the position covers beyond the lead time", start=None, low=0
    )
    safety_stock = Column("units", "safety stock on top of the policy's levels", start=0.0)
    review_period = Column("periods", "periods between two reviews", start=1, low=1, kind="whole")
    forecast_window = Column(
        "periods", "length of the moving average that forecasts demand", start=None, low=1, kind="whole"
    )
    smoothing = Column("share", "weight θ of the newest demand in exponential smoothing", start=None, low=0, high=1)
    stock_weight = Column(
        "share", "weight α of the stock gap in anchor-and-adjust (Sterman 1989)", start=None, low=0, high=1, advanced=True
    )
    supply_line_weight = Column(
        "share", "weight β of the supply line in anchor-and-adjust (Sterman 1989)", start=None, low=0, high=1, advanced=True
    )
    forecast_start = Column(
        "units/period", "forecast before the first demand; empty = mean demand", start=None, low=0, advanced=True
    )
    on_hand = Column("units", "units in stock; in the table: at the start; empty = full to its level", start=None, low=0)
    sourcing = _word("how an order is split over several sources", SOURCING, "shares")
    reroute = _flag("orders leave out sources and lanes that are out of service", False)
    limit_to_supplier = _flag("an order never exceeds what its source has on hand", False, advanced=True)
    rationing = _word("who is served first when there is not enough", RATIONING, "proportional")
    holding_cost = Column("money/unit/period", "cost of keeping one unit for a period", start=0.0, low=0)
    backlog_cost = Column("money/unit/period", "cost of owing one unit for a period", start=0.0, low=0)
    unit_cost = Column("money/unit", "paid outside for a unit that an unlimited source sends", start=0.0, low=0)

    backlog = _state("units", "units owed to customers and customer sites")
    required = _state("units", "units that production orders at the site still need")
    on_order = _state("units", "units ordered or being made that have not arrived")
    incoming = _state("units/period", "units asked of this stock in this period")
    ordered = _state("units/period", "units ordered in this period")
    received = _state("units/period", "units that came in during this period")
    forecast = _state("units/period", "forecast of demand per period")
    short = _state("0/1", "1 if units were missing since the last delivery")
    override = _state("units", "order set by hand for the period; negative = the policy decides", -1.0)
    up_here = _state("share", "share of the product's flow at the site that works", 1.0)


class Lanes:
    """A way for a product from an origin to a destination by a mode."""

    table = "lanes"
    key = ("origin", "destination", "product", "mode")

    origin = _name("site that ships", "sites.site")
    destination = _name("site that receives", "sites.site")
    product = _name("product that is moved", "products.product")
    mode = _word("mode of transport", MODES, "road")
    carrier = _name("carrier that moves it; empty = one carrier per mode", start="", advanced=True)
    via = _name("ports or canals that the lane passes, separated by ';'", start="")
    distance = Column("km", "length of the way", start=None, low=0)
    lead_time = Column("periods", "time from dispatch to arrival", low=0)
    lead_time_kind = _word("distribution of the lead time", LEAD_TIMES, "fixed")
    lead_time_spread = Column(
        "periods", "standard deviation of the lead time; half width if it is uniform", start=0.0, low=0
    )
    crossing = _flag("a later shipment may overtake an earlier one", False, advanced=True)
    information_delay = Column(
        "periods", "periods until the origin knows of an order", start=0, low=0, kind="whole"
    )
    capacity = Column("units/period", "units that may leave in a period; empty = no limit", start=None, low=0)
    share = Column("share", "share of the destination's orders that goes this way", start=1.0, low=0, high=1)
    rank = Column("rank", "order in which sources are tried, 1 = first (sourcing by priority)", start=1, low=0)
    priority = Column("rank", "rank of the destination among the origin's customers, 1 = first", start=1, low=0)
    lost_if_short = _flag("what the origin cannot send at once is cancelled", False, advanced=True)
    transport_cost = Column("money/unit", "freight for one unit", start=0.0, low=0)
    shipment_cost = Column("money/shipment", "cost of one shipment, whatever its size", start=0.0, low=0)
    holding_cost = Column("money/unit/period", "cost of a unit on the way for a period", start=0.0, low=0)
    expedite_lead_time = Column(
        "periods", "lead time when expedited; empty = cannot be expedited", start=None, low=0
    )
    expedite_cost = Column("money/unit", "extra freight for an expedited unit", start=0.0, low=0)
    expedite = _flag("shipments are expedited while the destination is short of the product", False)
    emissions = Column("kg CO2e/unit", "emissions of moving one unit", start=None, low=0)
    start_in_transit = Column(
        "units/period",
        "units already on the way, for each period of the lead time; empty = the mean flow",
        start=None,
        low=0,
        advanced=True,
    )
    start_orders = Column(
        "units/period",
        "orders already under way to the origin, for each period of the information delay; empty = the mean flow",
        start=None,
        low=0,
        advanced=True,
    )

    in_transit = _state("units", "units on the way")
    at_door = _state("units", "units that have arrived and may not yet be received")
    held = _state("units", "units given out that wait at the origin")
    departed = _state("units/period", "units that left the origin in this period")
    lane_on_order = _state("units", "units ordered on this lane that have not arrived")
    delay = _state("periods", "periods by which an event lengthens the lead time")
    arrived = _state("units/period", "units received in this period")
    expedited = _state("units/period", "units sent expedited in this period")
    placed = _state("units/period", "units ordered on this lane in this period")


class Recipes:
    """What a site makes: one product out of the components in its bill of materials."""

    table = "recipes"
    key = ("site", "product")

    site = _name("site that makes it", "sites.site")
    product = _name("product that is made", "products.product")
    capacity = Column("units/period", "units that may be started in a period; empty = no limit", start=None, low=0)
    lead_time = Column("periods", "periods from start to finished product", start=0, low=0, kind="whole")
    yield_rate = Column("share", "share of started units that come out good", start=1.0, low=1e-6, high=1)
    share = Column("share", "share of the stock's orders that is made here", start=1.0, low=0, high=1)
    rank = Column("rank", "order in which sources are tried, 1 = first", start=1, low=0)
    unit_cost = Column("money/unit", "cost of starting one unit, components apart", start=0.0, low=0)

    start_in_work = Column(
        "units/period",
        "units already in work, for each period of the lead time; empty = the mean flow",
        start=None,
        low=0,
        advanced=True,
    )

    to_make = _state("units", "units ordered and not yet started")
    in_work = _state("units", "units started and not yet finished")
    started = _state("units/period", "units started in this period")
    finished = _state("units/period", "good units finished in this period")
    recipe_up = _state("share", "share of the recipe's capacity that works", 1.0)


class Markets:
    """Where customers' demand for a product arrives at a site."""

    table = "markets"
    key = ("market", "product")

    market = _name("name of the market")
    site = _name("site that serves it", "sites.site")
    product = _name("product that is asked for", "products.product")
    demand = _word("distribution of demand in a period", DEMANDS, "normal")
    mean = Column("units/period", "mean demand in a period; not used with a history", start=None, low=0)
    spread = Column(
        "units/period", "standard deviation of demand; half width if it is uniform", start=0.0, low=0
    )
    every = Column("periods", "periods between two orders of the customers", start=1, low=1, kind="whole")
    season = Column("share", "height of the yearly season as a share of the mean", start=0.0, low=0, high=1)
    season_peak = Column("periods", "period of the year in which the season is highest", start=0, low=0)
    trend = Column("share/year", "growth of the mean in a year", start=0.0, low=-1)
    lost_share = Column("share", "share of unserved demand that is lost; the rest waits", start=0.0, low=0, high=1)
    partial = _flag("an order may be served in part", True, advanced=True)
    priority = Column("rank", "rank among the customers of the site, 1 = first", start=1, low=0)
    price = Column("money/unit", "price that the customer pays", start=0.0, low=0)
    lost_margin = Column(
        "money/unit", "margin lost with a lost unit; empty = price less the product's value", start=None, low=0
    )
    latitude = Column("degrees", "latitude, north positive; empty = that of the site", start=None, low=-90, high=90)
    longitude = Column("degrees", "longitude, east positive; empty = that of the site", start=None, low=-180, high=180)

    surge = _state("share", "factor on demand: 1 = as usual", 1.0)


class Claims:
    """What a lane or a market asks of a stock; the running state that both share."""

    table = "claims"

    backlog = _state("units", "units asked for and not yet sent")
    asked = _state("units/period", "units newly asked for in this period")
    sent = _state("units/period", "units sent in this period")
    at_once = _state("units/period", "units of this period's demand served in this period")
    lost = _state("units/period", "units of demand lost in this period")
    open = _state("share", "share of the flow that may leave: 1 = all", 1.0)


class History:
    """Recorded demand of a market, period by period."""

    table = "history"
    key = ("market", "product", "period")

    market = _name("market", "markets.market")
    product = _name("product", "products.product")
    period = Column("period", "number of the period, 0 = first", low=0, kind="whole")
    units = Column("units/period", "units asked for", low=0)


class Events:
    """Something that happens to the chain.

    The target is a site (or a port), a product at a site, a lane (origin and
    destination, with or without a product) or a market.
    """

    table = "events"
    key = ("event",)

    event = _name("unique name of the event")
    kind = Column("word", "what happens", kind="text", choices=EVENT_KINDS)
    site = _name("site that it happens to", "sites.site", start="")
    product = _name("product that it happens to; empty = all", "products.product", start="")
    origin = _name("origin of the lane that it happens to", "sites.site", start="")
    destination = _name("destination of the lane that it happens to", "sites.site", start="")
    market = _name("market that it happens to", "markets.market", start="")
    start = Column("period", "first period of the event", low=0, kind="whole")
    duration = Column("periods", "length at full severity", low=0)
    duration_spread = Column(
        "periods", "standard deviation of the duration (lognormal); 0 = always the same", start=0.0, low=0
    )
    severity = Column(
        "share",
        "outage: share lost, 0 to 1; surge, slump: relative change of demand; lead_time_increase: extra periods",
        start=1.0,
        low=0,
    )
    recovery = _word("shape of the way back", RECOVERIES, "step")
    recovery_time = Column("periods", "length of the way back after the duration", start=0.0, low=0)
    scheduled = _flag("happens in every run; otherwise only in scenarios that name it", True)
    date = Column("date", "date of the recorded event", kind="date", start="")
    note = Column("text", "what it stands for", kind="text", start="")
    source = Column("text", "where it is recorded", kind="text", start="")


class Objectives:
    """What the chain is meant to reach."""

    table = "objectives"
    key = ("kpi",)

    kpi = _name("name of the KPI")
    relation = _word("direction of the target", ("at_least", "at_most"), "at_least")
    target = Column("unit of the KPI", "value to reach")


class Settings:
    """The clock and the ground rules of a case (table of setting and value)."""

    table = "settings"
    key = ("setting",)

    title = Column("text", "title of the case", kind="text", start="")
    periods = Column("periods", "length of a run", start=365, low=1, kind="whole")
    period_days = Column("days", "length of a period", start=1.0, low=1e-6)
    start_date = Column("date", "date of the first period", kind="date", start="")
    warm_up = Column("periods", "periods at the start that no KPI counts", start=0, low=0, kind="whole")
    replications = Column("worlds", "replications of an ensemble", start=256, low=1, kind="whole")
    seed = Column("number", "seed of all chance", start=1, low=0, kind="whole")
    day = _word("order of events in a period", DAY_ORDERS, "order_after_demand")
    whole_units = _flag("units cannot be split", False)
    currency = Column("text", "money of the case", kind="text", start="EUR")
    recovery_level = Column("share", "service that counts as recovered, relative to no event", start=0.95, low=0, high=1)
    failure_level = Column("share", "service below which the chain has failed, relative to no event", start=0.95, low=0, high=1)
    hold = Column("periods", "periods for which service must hold to count as recovered", start=7, low=1, kind="whole")


TABLES: dict[str, type] = {
    cls.table: cls
    for cls in (Sites, Products, BillOfMaterials, Stocks, Lanes, Recipes, Markets, History, Events, Objectives)
}
"""Every table of a case by name, in the order of reading; `settings` stands beside them."""

NEEDED = ("sites", "products", "stocks", "markets")
"""Tables that a case cannot do without."""
