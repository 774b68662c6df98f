"""Where each column lives: names to positions in the blocks of the running chain.

The state of a chain is a few blocks of shape ``(columns, rows, replications)``, one
for each table; a column of the schema is one slice of its block.  A layout is a
named tuple of these positions, so a compiled step reads ``stock[ST.on_hand, row]``.
"""

from __future__ import annotations

from collections import namedtuple
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.extending import infer_getattr, intrinsic, lower_getattr_generic, register_model
from numba.core.typing.templates import AttributeTemplate
from numba.experimental import structref

from twinkit.chain.compiled import compiled
from twinkit.columns import columns_of
from twinkit.tables.schema import Markets, Sites, Stocks
from twinkit.tables.schema_flow import Claims, Lanes, Recipes
from twinkit.tables.words import POLICIES


def _layout(name: str, columns: list[str]):
    return namedtuple(name, columns)(*range(len(columns)))


def _state(owner: type, *more: str) -> list[str]:
    return [*more, *(n for n, c in columns_of(owner).items() if c.state)]


ST = _layout("StockState", _state(Stocks, "on_hand"))
LN = _layout("LaneState", _state(Lanes))
RC = _layout("RecipeState", _state(Recipes, "wish"))
CL = _layout("ClaimState", _state(Claims))
MK = _layout("MarketState", _state(Markets))
SI = _layout("SiteState", _state(Sites))

SP = _layout("StockNumbers", [
    "policy", "order_up_to", "reorder_point", "order_quantity", "days_of_cover", "safety_stock",
    "review_period", "forecast_window", "smoothing", "stock_weight", "supply_line_weight",
    "ranked", "reroute", "limit_to_supplier", "rationing", "protection", "rate",
    "ramp_up", "build_up", "build_from", "build_until", "whole", "other_recipes",
])  # fmt: skip
LP = _layout("LaneNumbers", [
    "lead_time", "lead_time_kind", "lead_time_spread", "lead_cap", "lead_floor", "crossing", "information_delay",
    "capacity", "share", "lost_if_short", "expedite_lead_time", "expedite", "rate",
    "minimum_order", "order_multiple", "full_load", "valid_from", "valid_until",
])  # fmt: skip
RP = _layout("RecipeNumbers", [
    "capacity", "lead_time", "yield_rate", "share", "rate", "round", "minimum_order", "order_multiple",
    "valid_from", "valid_until",
])  # fmt: skip
MP = _layout("MarketNumbers", [
    "kind", "mean", "spread", "every", "lost_share", "partial", "rate", "autocorrelation", "level", "width",
    "returned_share", "return_delay", "resold_share",
])  # fmt: skip
EV = _layout("EventNumbers", [
    "effect", "severity", "curve", "recovery_time", "first", "last", "duration", "spread", "geometric", "time_between",
])  # fmt: skip

TOTALS_STOCK = _layout("StockTotals", [
    "on_hand", "backlog", "received", "in_stock", "cycles", "clean_cycles",
    "ordered", "ordered_sq", "incoming", "incoming_sq", "destroyed",
    "stood_in", "spared", "expired",
])  # fmt: skip
TOTALS_LANE = _layout("LaneTotals", [
    "sent", "shipments", "waiting", "expedited", "placed", "surcharge", "lost_on_way", "bought",
])  # fmt: skip
TOTALS_RECIPE = _layout("RecipeTotals", ["started", "finished", "scrapped"])
TOTALS_MARKET = _layout("MarketTotals", ["demand", "at_once", "sent", "lost", "backlog", "returned", "resold"])

SHIPMENT, TRANSIT, RECEIPT = range(3)
"""Rows of ``World.pause``."""
BASE_STOCK, S_S, R_Q, R_NQ, DAYS_OF_COVER, ON_DEMAND, ECHELON, ANCHOR, UNLIMITED, NO_POLICY = range(len(POLICIES))
"""Codes of the policies, in the order of the schema."""

BLOCKS = ("site", "stock", "lane", "recipe", "claim", "market")
"""Blocks of state; the position is the code of the block in a record."""


SZ = _layout("Size", [
    "replications", "first", "disturbed", "warm_up", "delays", "echelons",
    "after_demand", "dispatch", "order_first", "rounds", "blind", "detection", "ramps", "substitutes", "dated",
    "recipes",
])  # fmt: skip
"""Positions in ``World.size``: whole numbers that the steps need."""


class World(NamedTuple):
    """All arrays of a running chain, for the compiled steps.

    R is the number of replications, T the number of periods.  Blocks have shape
    (columns, rows, R), numbers (columns, rows), rings (slots, R).
    """

    size: np.ndarray  # see SZ
    site: np.ndarray
    stock: np.ndarray
    lane: np.ndarray
    recipe: np.ndarray
    claim: np.ndarray
    market: np.ndarray
    stock_n: np.ndarray
    lane_n: np.ndarray
    recipe_n: np.ndarray
    market_n: np.ndarray
    site_capacity: np.ndarray  # (sites,)
    mean: np.ndarray  # mean demand (T, markets)
    recorded: np.ndarray  # recorded demand of all markets, each in rising order
    recorded_at: np.ndarray  # (markets + 1,)
    before: np.ndarray  # (stocks, R) units asked of a stock in the period before
    pipe: np.ndarray  # ring of goods on the way
    pipe_at: np.ndarray  # (lanes, 2) first slot, length
    clock: np.ndarray  # (lanes, R) position of each lane's ring
    latest: np.ndarray  # (lanes, R) latest arrival dispatched, in clock time
    mail: np.ndarray  # ring of orders on the way
    mail_at: np.ndarray
    work: np.ndarray  # ring of units in work
    work_at: np.ndarray
    past: np.ndarray  # ring of past demand, for moving averages
    past_at: np.ndarray
    queue: np.ndarray  # (queued claims, T, R) open orders by period, for first come
    queue_at: np.ndarray  # (claims,) row of the queue or -1
    oldest: np.ndarray  # (stocks, R) oldest period with an open order
    scratch: np.ndarray  # (5, R)
    table: np.ndarray  # room for a distribution function
    kits: np.ndarray  # (recipes, R)
    echelon: np.ndarray  # (stocks, R) echelon stock
    offer: np.ndarray  # (stocks, R) units that a rule offers, or (0, 0)
    make: np.ndarray  # (recipes, R) units that a rule wants started, or (0, 0)
    ask: np.ndarray  # (markets, R) demand that a rule sets (negative: none), or (0, 0)
    kept: np.ndarray  # (claims, R) wishes while orders are served first come
    made_at: np.ndarray  # (sites + 1,) recipes of a site
    made_of: np.ndarray
    stock_site: np.ndarray
    lane_origin: np.ndarray  # stock row that ships
    lane_destination: np.ndarray
    recipe_stock: np.ndarray
    market_stock: np.ndarray
    claims_at: np.ndarray  # (stocks + 1,) first claim of a stock in claims_of
    claims_of: np.ndarray
    claims_rank: np.ndarray  # rank of each entry of claims_of
    sources_at: np.ndarray  # (stocks + 1,) first source in sources_of
    sources_of: np.ndarray  # lane, or -1 - recipe
    parts_at: np.ndarray  # (recipes + 1,) first component in parts_of
    parts_of: np.ndarray  # stock row of the component
    parts_qty: np.ndarray
    parts_instead: np.ndarray  # stock row of the substitute, or -1
    parts_ratio: np.ndarray  # units of the substitute in place of one unit
    instead: np.ndarray  # (parts, R) 1 = the substitute is used now, or (0, 0)
    outs_at: np.ndarray  # (recipes + 1,) first by-product in outs_of
    outs_of: np.ndarray  # stock row of the by-product
    outs_qty: np.ndarray  # units of it for one unit started
    priced: np.ndarray  # lanes with price breaks
    price: np.ndarray  # (priced,) price below the first break
    stepwise: np.ndarray  # (priced,) 1 = a price is that of the units beyond its break
    breaks_at: np.ndarray  # (priced + 1,) first break in breaks
    breaks: np.ndarray  # (breaks, 4) quantity, price, first period, period in which it is over; by quantity
    fresh: np.ndarray  # ring of what came in, by the period at the end of which it is too old
    fresh_at: np.ndarray  # (stocks, 2) first slot, shelf life; 0 = any
    back: np.ndarray  # ring of units that customers send back
    back_at: np.ndarray  # (markets, 2) first slot, length; 0 = none
    users_at: np.ndarray  # (stocks + 1,) recipes that use a stock
    users_of: np.ndarray
    users_qty: np.ndarray
    down_up: np.ndarray  # stock rows, customers before their suppliers
    level_at: np.ndarray  # (levels + 1,) first of each level in down_up
    up_down: np.ndarray  # stock rows, suppliers before their customers
    wave_at: np.ndarray  # (waves + 1,) first of each wave in up_down
    outside: np.ndarray  # stock rows that are unlimited
    demand_key: np.ndarray
    lead_key: np.ndarray
    lead_at: np.ndarray  # (lanes, 2) first entry and length in lead_table
    lead_table: np.ndarray  # chance that a lead time is at most 0, 1, 2 … periods
    yield_key: np.ndarray
    calendar: np.ndarray  # (T + 1, calendars) share of a full working period; number 0 is always open
    calendar_clock: np.ndarray  # (T + 1, calendars) open periods so far
    closed_for: np.ndarray  # (T + 1, calendars) closed periods directly before
    site_calendar: np.ndarray  # (sites,) number of the calendar
    lane_calendar: np.ndarray
    market_calendar: np.ndarray
    booked: np.ndarray  # (T, markets) units of customers' orders by the period in which they are due, or (0, 0)
    event_n: np.ndarray  # (columns of EV, events)
    event_start: np.ndarray  # (events, R)
    event_length: np.ndarray  # (events, R)
    event_count: np.ndarray  # (events, R) occurrences before this one
    event_key: np.ndarray  # (events, 2) keys of the lengths and of the times between
    hit_at: np.ndarray  # (events + 1,) targets of an event in hits
    hits: np.ndarray
    hit_weight: np.ndarray  # what the severity is multiplied with, hit by hit
    no_order: np.ndarray  # (stocks, R) 1 = places no order, or (0, 0)
    pause: np.ndarray  # (3, lanes, R) 1 = shipment, transit, receipt stands still, or (0, 0, 0)
    total_stock: np.ndarray
    total_lane: np.ndarray
    total_recipe: np.ndarray
    total_market: np.ndarray
    record: np.ndarray  # (series, T, R)
    record_mean: np.ndarray  # (series, T) means over the worlds
    record_n: np.ndarray  # (sources, 5) block, column, row, series, 1 = mean
    record_weight: np.ndarray


BY_WORLD = frozenset({
    "site", "stock", "lane", "recipe", "claim", "market", "before", "pipe", "clock", "latest", "mail", "work", "past", "fresh", "back",
    "queue", "oldest", "scratch", "kits", "echelon", "offer", "make", "ask", "kept", "instead", "event_start",
    "event_length", "event_count", "no_order", "pause", "total_stock", "total_lane", "total_recipe", "total_market",
    "record",
})  # fmt: skip
"""Arrays of a :class:`World` whose last axis is that of the worlds."""


@structref.register
class _WorldType(types.StructRef):
    """Compiled code gets the world as one pointer; passing 80 arrays takes minutes to compile."""

    def preprocess_fields(self, fields):
        return tuple((name, types.unliteral(typ)) for name, typ in fields)


class WorldRef(structref.StructRefProxy):
    """The arrays of a :class:`World` for the compiled steps; they are shared, not copied."""

    def __new__(cls, *arrays):
        return _make_ref(*arrays)


structref.define_proxy(WorldRef, _WorldType, list(World._fields))


@compiled
def _make_ref(*arrays):
    """The constructor, compiled once and kept (numba's own is compiled anew in every process)."""
    return WorldRef(*arrays)


class _LentType(types.Type):
    """A world whose references nobody counts: its owner keeps it while the steps run.

    Counting up and down at every ``w.stock`` took more than half the time of a run in one world.
    """

    def __init__(self, world: _WorldType) -> None:
        self.world = world
        super().__init__(name=f"lent {world.name}")


@register_model(_LentType)
class _LentModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, ir.IntType(8).as_pointer())


@intrinsic
def lend(typing, ref):
    """The world for the steps, without its count of references."""

    def code(context, builder, signature, args):
        data = structref._Utils(context, builder, signature.args[0]).get_data_pointer(args[0])
        return builder.bitcast(data, ir.IntType(8).as_pointer())

    return _LentType(ref)(ref), code


@infer_getattr
class _LentFields(AttributeTemplate):
    key = _LentType

    def generic_resolve(self, lent, field):
        return lent.world.field_dict.get(field)


@lower_getattr_generic(_LentType)
def _lent_field(context, builder, lent, pointer, field):
    """An array of the world, without a count of its references."""
    payload = lent.world.get_data_type()
    place = context.data_model_manager[payload].get_value_type().as_pointer()
    data = context.make_helper(builder, payload, ref=builder.bitcast(pointer, place))
    array = context.make_array(lent.world.field_dict[field])(context, builder, value=getattr(data, field))
    array.meminfo = cgutils.get_null_value(array.meminfo.type)
    array.parent = cgutils.get_null_value(array.parent.type)
    return array._getvalue()
