"""What each kind of event may happen to: the one list of it."""

from __future__ import annotations

TARGETS: dict[str, tuple[str, ...]] = {
    "site": ("site",),
    "lane": ("origin", "destination"),
    "market": ("market",),
}
"""Kind of target → columns of `events` that name it; `product` may narrow each of them down."""

EVENT_TARGETS: dict[str, tuple[str, ...]] = {
    "outage": ("site", "lane"),
    "demand_surge": ("market",),
    "demand_slump": ("market",),
    "lead_time_increase": ("site", "lane"),
    "order_pausing": ("site",),
    "shipment_pausing": ("site", "lane"),
    "transit_pausing": ("site", "lane"),
    "receipt_pausing": ("site", "lane"),
}
"""Kind of event → kinds of target that it may have."""

SHARES = tuple(kind for kind in EVENT_TARGETS if kind not in ("demand_surge", "lead_time_increase"))
"""Kinds of event whose severity is a share that cannot be above 1."""

PAUSES = tuple(kind for kind in EVENT_TARGETS if kind.endswith("_pausing"))
"""Kinds of event that pause something altogether."""
