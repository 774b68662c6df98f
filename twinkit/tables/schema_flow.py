"""The tables of what moves and what is made: lanes, recipes, and the claims that lanes and markets share."""

from __future__ import annotations

from twinkit.columns import Column
from twinkit.tables.words import DISCOUNTS, LEAD_TIMES, MODES, flag_column, name_column, state_column, word_column


def _opening(what: str) -> Column:
    """When something begins to hold."""
    return Column("period", f"first period in which {what}, or its date; empty = from the start", start=None, low=0, kind="whole", advanced=True)


def _closing(what: str) -> Column:
    """When something has ceased to hold."""
    return Column("period", f"first period in which {what} no more, or its date; empty = never", start=None, low=0, kind="whole", advanced=True)


class Lanes:
    """A way for a product from an origin to a destination by a mode."""

    table = "lanes"
    key = ("origin", "destination", "product", "mode")

    origin = name_column("site that ships", "sites.site")
    destination = name_column("site that receives", "sites.site")
    product = name_column("product that is moved", "products.product")
    mode = word_column("mode of transport", MODES, "road")
    carrier = name_column("carrier that moves it; empty = one carrier per mode", start="", advanced=True)
    via = name_column("ports or canals that the lane passes, separated by ';'", start="")
    distance = Column("km", "length of the way", start=None, low=0)
    lead_time = Column("periods", "time from dispatch to arrival", low=0)
    lead_time_kind = word_column("distribution of the lead time", LEAD_TIMES, "fixed")
    lead_time_spread = Column(
        "periods", "standard deviation of the lead time; half width if it is uniform", start=0.0, low=0
    )
    crossing = flag_column(
        "a later shipment may overtake an earlier one; if none may, random lead times are longer on the mean than "
        "lead_time (`twinkit check` says by how much)",
        False,
        advanced=True,
    )
    information_delay = Column(
        "periods", "periods until the origin knows of an order", start=0, low=0, kind="whole"
    )
    capacity = Column("units/period", "units that may leave in a period; empty = no limit", start=None, low=0)
    minimum_order = Column("units", "smallest order; a smaller one is raised to it", start=0.0, low=0)
    order_multiple = Column(
        "units", "orders are rounded up to a multiple of it: a pack, a pallet, a full load; empty = any", start=None, low=1e-9
    )
    full_load = Column(
        "units", "goods leave in full loads of so many units, and what fills none waits at the origin; empty = any amount leaves", start=None, low=1e-9
    )
    share = Column("share", "share of the destination's orders that goes this way", start=1.0, low=0, high=1)
    rank = Column("rank", "order in which sources are tried, 1 = first (sourcing by priority)", start=1, low=0)
    valid_from = _opening("orders may go this way")
    valid_until = _closing("orders may go this way")
    discount = word_column(
        "how price_breaks apply: to all units of an order, or to those beyond the break", DISCOUNTS, "all_units", advanced=True
    )
    priority = Column("rank", "rank of the destination among the origin's customers, 1 = first", start=1, low=0)
    lost_if_short = flag_column("what the origin cannot send at once is cancelled", False, advanced=True)
    transport_cost = Column("money/unit", "freight for one unit", start=0.0, low=0)
    shipment_cost = Column("money/shipment", "cost of one shipment, whatever its size; of each load, where there are full loads", start=0.0, low=0)
    holding_cost = Column("money/unit/period", "cost of a unit on the way for a period", start=0.0, low=0)
    expedite_lead_time = Column(
        "periods", "lead time when expedited; empty = cannot be expedited", start=None, low=0
    )
    expedite_cost = Column("money/unit", "extra freight for an expedited unit", start=0.0, low=0)
    expedite = flag_column("shipments are expedited while the destination is short of the product", False)
    emissions = Column("kg CO2e/unit", "emissions of moving one unit", start=None, low=0)
    calendar = name_column("calendar of the days on which goods leave and move: lead times count its open periods; empty = always", "calendars.calendar", start="", advanced=True)
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

    in_transit = state_column("units", "units on the way")
    at_door = state_column("units", "units that have arrived and may not yet be received")
    held = state_column("units", "units given out that wait at the origin")
    departed = state_column("units/period", "units that left the origin in this period")
    lane_on_order = state_column("units", "units ordered on this lane that have not arrived")
    delay = state_column("periods", "periods by which an event lengthens the lead time")
    arrived = state_column("units/period", "units received in this period")
    expedited = state_column("units/period", "units sent expedited in this period")
    placed = state_column("units/period", "units ordered on this lane in this period")
    blind = state_column("0/1", "1 while the origin cannot read its orders")
    unread = state_column("units", "units ordered that the origin has not read")
    surcharge = state_column("money/unit", "what an event adds to the cost of a unit that is sent")
    lost_on_way = state_column("units/period", "units on the way that an event destroyed in this period")
    went_over = state_column("money/period", "freight of goods that an event sent on by another way in this period")
    share_before = state_column("share", "share of the orders before shares were changed")
    to_pay = state_column("money", "price of what is ordered and has not been sent, where there are price breaks")
    bought = state_column("money/period", "price of what is sent in this period, where there are price breaks")


class PriceBreaks:
    """A price of an outside source from an order of some size on, or for some time.

    An order (what is ordered on the lane in a period) has the price of the largest break that
    it reaches; below the first, the source's ``unit_cost``.  A break at 0 is a price for a time.
    """

    table = "price_breaks"
    key = ("origin", "destination", "product", "mode", "from_quantity", "valid_from")

    origin = name_column("site that ships: an outside source (policy unlimited)", "sites.site")
    destination = name_column("site that receives", "sites.site")
    product = name_column("product that is bought", "products.product")
    mode = word_column("mode of transport of the lane", MODES, "road")
    from_quantity = Column("units", "smallest order that has the price; 0 = every order", start=0.0, low=0)
    price = Column("money/unit", "price of a unit", low=0)
    valid_from = _opening("orders have the price")
    valid_until = _closing("orders have the price")


class Recipes:
    """What a site makes: one product out of the components in its bill of materials.

    A product may have several recipes at a site, told apart by name: orders are split over them, or
    go to the first that has room (``stocks.sourcing``, `share`, `rank`).
    """

    table = "recipes"
    key = ("site", "product", "recipe")

    site = name_column("site that makes it", "sites.site")
    product = name_column("product that is made", "products.product")
    recipe = name_column("name of the recipe, where the site has several for the product", start="", advanced=True)
    capacity = Column("units/period", "units that may be started in a period; empty = no limit", start=None, low=0)
    lead_time = Column("periods", "periods from start to finished product", start=0, low=0, kind="whole")
    yield_rate = Column("share", "share of started units that come out good", start=1.0, low=1e-6, high=1)
    minimum_order = Column("units", "smallest lot, in units started; a smaller one is raised to it", start=0.0, low=0)
    order_multiple = Column(
        "units", "lots are rounded up to a multiple of it, in units started: a batch, a full oven; empty = any", start=None, low=1e-9
    )
    share = Column("share", "share of the stock's orders that is made here", start=1.0, low=0, high=1)
    rank = Column("rank", "order in which sources are tried, 1 = first", start=1, low=0)
    valid_from = _opening("orders may be made so")
    valid_until = _closing("orders may be made so")
    unit_cost = Column("money/unit", "cost of starting one unit, components apart", start=0.0, low=0)

    start_in_work = Column(
        "units/period",
        "units already in work, for each period of the lead time; empty = the mean flow",
        start=None,
        low=0,
        advanced=True,
    )

    to_make = state_column("units", "units ordered and not yet started")
    in_work = state_column("units", "units started and not yet finished")
    started = state_column("units/period", "units started in this period")
    finished = state_column("units/period", "good units finished in this period")
    scrapped = state_column("units/period", "units of this period's that were no good")
    recipe_up = state_column("share", "share of the recipe's capacity that works", 1.0)
    good_share = state_column("share", "share of the usual yield that comes out good", 1.0)
    recipe_share_before = state_column("share", "share of the orders before shares were changed")
    recipe_out_for = state_column("periods", "periods in a row for which less than all of it has worked")


class Claims:
    """What a lane or a market asks of a stock; the running state that both share."""

    table = "claims"

    backlog = state_column("units", "units asked for and not yet sent")
    asked = state_column("units/period", "units newly asked for in this period")
    sent = state_column("units/period", "units sent in this period")
    at_once = state_column("units/period", "units of this period's demand served in this period")
    lost = state_column("units/period", "units of demand lost in this period")
    open = state_column("share", "share of the flow that may leave: 1 = all", 1.0)
    out_for = state_column("periods", "periods in a row for which less than all might leave")
