"""The catalogue of events in plain words: what may happen, to what, and how bad it usually is."""

from __future__ import annotations

from typing import NamedTuple

from twinkit import rooms
from twinkit.tables.schema_events import AT_ONCE, EVENT_TARGETS, LONGER, PAUSES


class Kind(NamedTuple):
    """A kind of event as the page offers it.

    Attributes
    ----------
    heading
        What it stands under.
    text
        What happens, as a choice.
    does
        What happens, after the name of its target.
    unit
        Unit of its severity on the page; "" where there is nothing to choose.
    high, usual
        Largest severity that the page offers, and what it starts with, as in the table of events.
    """

    heading: str
    text: str
    does: str
    unit: str
    high: float
    usual: float


STOPS, WAYS, DEMAND, PRICES, NEWS = (
    "Stops and less capacity", "Transport", "Demand", "Prices and duties", "Orders and information",
)  # fmt: skip

KINDS = {
    "outage": Kind(STOPS, "It stops, in full or in part", "stops", "% lost", 1, 1),
    "capacity_loss": Kind(STOPS, "It makes less", "makes less", "% less", 1, 0.5),
    "insolvency": Kind(STOPS, "It closes for good", "closes for good", "% lost", 1, 1),
    "yield_loss": Kind(STOPS, "More of what it makes is scrap", "makes more scrap", "% of it", 1, 0.3),
    "quality_hold": Kind(STOPS, "Its stock is held back for quality", "holds its stock back", "% of it", 1, 1),
    "stock_destroyed": Kind(STOPS, "Its stock is destroyed", "loses its stock", "% of it", 1, 1),
    "lead_time_increase": Kind(WAYS, "Transport takes longer", "transport takes longer", "days more", 60, 10),
    "transit_pausing": Kind(WAYS, "What is on the way stands still", "transport stands still", "", 1, 1),
    "shipment_pausing": Kind(WAYS, "Nothing is sent to it", "nothing is sent to it", "", 1, 1),
    "receipt_pausing": Kind(WAYS, "It cannot receive", "cannot receive", "", 1, 1),
    "transit_rerouted": Kind(WAYS, "What passes it goes another way", "what passes it goes another way", "days longer", 60, 10),
    "transit_delayed": Kind(WAYS, "What is on the way comes later, once", "what is on the way comes later", "days later", 60, 10),
    "transit_lost": Kind(WAYS, "What is on the way is lost, once", "what is on the way is lost", "% of it", 1, 1),
    "demand_surge": Kind(DEMAND, "Customers ask for more", "customers ask for more", "% more", 3, 0.3),
    "demand_slump": Kind(DEMAND, "Customers ask for less", "customers ask for less", "% less", 1, 0.3),
    "demand_shift": Kind(DEMAND, "Customers go to another market", "customers go elsewhere", "% go", 1, 0.3),
    "price_increase": Kind(PRICES, "What is bought there costs more", "what is bought there costs more", "% more", 3, 0.25),
    "freight_increase": Kind(PRICES, "Freight costs more", "freight costs more", "% more", 10, 1),
    "tariff": Kind(PRICES, "A duty is raised", "a duty is raised", "% of value", 2, 0.25),
    "order_pausing": Kind(NEWS, "It cannot order", "cannot order", "", 1, 1),
    "orders_unread": Kind(NEWS, "Its orders are not read (a cyber attack)", "does not read its orders", "", 1, 1),
}  # fmt: skip
"""Kind of event → how the page speaks of it; in the order of the page."""


def _take(added: rooms.AddedEvent) -> None:
    heading = KINDS[next(iter(added.parts))].heading
    KINDS[added.name] = Kind(heading, added.text, added.does, added.unit, added.high, added.usual)


rooms.EVENTS.listen(_take)

TARGET_WORDS = {
    "site": "One site", "country": "All sites of a country", "circle": "All sites around a place",
    "tier": "All sites so far from the customer", "lane": "The way between two sites", "mode": "All transport of one kind", "market": "One market",
    "station": "Machines of a production line",
}  # fmt: skip
"""Kind of target → how the page speaks of it."""

AT_MARKETS = {"country": "All markets of a country", "circle": "All markets around a place"}
"""The same for what happens to demand."""


def targets_of(kind: str) -> tuple[str, ...]:
    """Kinds of target that a kind of event may have, in the order of the page."""
    return tuple(target for target in TARGET_WORDS if target in EVENT_TARGETS[kind])


def target_words(kind: str, target: str) -> str:
    """How the page speaks of a kind of target, for a kind of event."""
    return (AT_MARKETS if kind.startswith("demand") else {}).get(target) or TARGET_WORDS[target]


def has_length(kind: str) -> bool:
    """Whether a kind of event lasts; what happens at once does not, and what is for good has no end."""
    return kind not in AT_ONCE and kind != "insolvency"


def has_severity(kind: str) -> bool:
    """Whether there is anything to choose: a pause is a pause."""
    return kind not in PAUSES


def is_time(kind: str) -> bool:
    """Whether the severity is a length of time [periods], not a share."""
    return kind in LONGER
