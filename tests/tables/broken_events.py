"""Events with a mistake, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

OUTAGE = {"event": "new", "kind": "outage", "start": 1, "duration": 1}


def event(**cells: Any) -> Callable[[dict], None]:
    """One more event."""
    return lambda tables: tables["events"].append({**OUTAGE, **cells})


def loop(tables: dict) -> None:
    """Two events that each come after the other."""
    tables["events"] += [{**OUTAGE, "event": n, "site": "Shop", "after": m} for n, m in (("a", "b"), ("b", "a"))]


BROKEN_EVENTS = {
    "short geometric duration": (
        event(site="Shop", duration=0.5, duration_kind="geometric"),
        "events row 6, duration: '0.5' is too short for a geometric duration",
    ),
    "spread of a geometric duration": (
        event(site="Shop", duration_kind="geometric", duration_spread=2),
        "events row 6, duration_spread: '2' means nothing for a geometric duration",
    ),
    "length of what happens at once": (
        event(kind="stock_destroyed", site="Shop", duration=3),
        "events row 6, duration: '3' means nothing for an event that happens in one period",
    ),
    "delayed for ever": (
        event(kind="transit_delayed", site="Shop", duration=None, time_between=5),
        "events row 6, time_between: '5' cannot be: goods that are delayed again and again",
    ),
    "latest before the first": (event(site="Shop", start=9, latest_start=8), "events row 6, latest_start: '8' is before start"),
    "probability": (event(site="Shop", probability=1.3), "events row 6, probability: '1.3' is out of range"),
    "cause unknown": (event(site="Shop", after="quake"), "events row 6, after: 'quake' is not a name in events.event"),
    "loop of causes": (loop, "events row 6, after: 'b' leads back to the event itself"),
    "cause that is not scheduled": (
        lambda tables: tables["events"][0].update(scheduled=False) or event(site="Shop", after="fire")(tables),
        "events row 6, after: 'fire' is not scheduled, so what comes after it would never happen",
    ),
    "nobody in the circle": (
        event(latitude=-60, longitude=-120, radius=10),
        "events row 6, radius: '10' is too short: no site of the case is in the circle",
    ),
    "circle without radius": (event(latitude=1, longitude=2), "an event needs exactly one"),
    "country unknown": (event(country="XX"), "events row 6, country: 'XX' is not a name in sites.country"),
    "country of a lane": (
        event(kind="demand_surge", mode="road"), "events row 6, kind: 'demand_surge' cannot happen to a mode",
    ),
    "shift to nowhere": (event(kind="demand_shift", market="Town"), "events row 6, to_market: the cell is empty"),
    "shift to itself": (event(kind="demand_shift", market="Town", to_market="Town"), "'Town' is the market itself"),
    "outage that goes somewhere": (event(site="Shop", to_market="Town"), "'Town' means nothing here: only a demand_shift"),
}  # fmt: skip
