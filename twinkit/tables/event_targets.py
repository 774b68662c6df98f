"""What each kind of event may happen to: the one list of it."""

from __future__ import annotations

TARGETS: dict[str, tuple[str, ...]] = {
    "site": ("site",),
    "lane": ("origin", "destination"),
    "market": ("market",),
    "country": ("country",),
    "circle": ("latitude", "longitude", "radius"),
    "tier": ("tier",),
    "mode": ("mode",),
}
"""Kind of target → columns of `events` that name it; `product` may narrow each of them down."""

PLACES, WAYS = ("site", "country", "circle", "tier"), ("lane", "mode")

EVENT_TARGETS: dict[str, tuple[str, ...]] = {
    "outage": (*PLACES, *WAYS),
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

LONGER = ("lead_time_increase", "transit_delayed", "transit_rerouted")
"""Kinds of event whose severity is a time."""

DEARER = ("price_increase", "freight_increase", "tariff")
"""Kinds of event that change money and no goods."""

AT_ONCE = ("stock_destroyed", "transit_delayed", "transit_lost")
"""Kinds of event that happen in one period: they have no duration and no way back."""

SHARES = tuple(kind for kind in EVENT_TARGETS if kind not in ("demand_surge", *LONGER, *DEARER))
"""Kinds of event whose severity is a share that cannot be above 1."""

PAUSES = tuple(kind for kind in EVENT_TARGETS if kind.endswith("_pausing") or kind == "orders_unread")
"""Kinds of event that pause something altogether."""
