"""What each kind of event may happen to: the one list of it."""

from __future__ import annotations

from twinkit import rooms

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
        raise ValueError(f"the event {added.name!r} is made of {unknown or 'nothing'}; the kinds are {', '.join(EVENT_TARGETS)}")
    able = [t for t in TARGETS if all(t in EVENT_TARGETS[part] for part in added.parts)]
    wrong = [t for t in added.targets if t not in able]
    if wrong or not able:
        raise ValueError(f"the event {added.name!r} cannot happen to {wrong or 'anything'}: all its parts can to {able or 'nothing'}")
    at_once = [part in AT_ONCE for part in added.parts]
    if any(at_once) and not all(at_once):
        raise ValueError(f"the event {added.name!r} has parts that happen at once ({', '.join(AT_ONCE)}) and parts that last; take one sort")
    EVENT_TARGETS[added.name] = added.targets or tuple(able)
    for kinds, is_one in ((SHARES, added.share), (AT_ONCE, all(at_once))):
        if is_one and added.name not in kinds:
            kinds.append(added.name)


rooms.EVENTS.listen(_take)
