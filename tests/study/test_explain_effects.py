"""Every kind of event that takes goods or time is named where it acts, and an event with several effects is one."""

from __future__ import annotations

import pytest
from study.dips import adds_up, chain, event, event_units, happening, two_steps

from twinkit.study.walk import EVENT

AT_ONCE = {"duration": None}


def told(found, name):
    """What the tree says of an event."""
    rows = found.tree()
    return set(rows.loc[rows["event"] == name, "cause"])


def plant(**more):
    """A plant makes what the shop sells."""
    return chain(
        [("frames", "plant", "frame", 2), ("plant", "shop", "bike", 1)],
        stocks={("plant", "frame"): 60, ("plant", "bike"): 30, ("shop", "bike"): 20},
        recipes=[("plant", "bike", 2)], bill=[("bike", "frame", 1)], **more,
    )  # fmt: skip


def busy(**more):
    """Customers ask for all that the shop can have on day 20: its stock, and what comes on that day."""
    return two_steps(demand=[10.0] * 20 + [30.0] + [10.0] * 59, **more)


@pytest.mark.parametrize(("case", "row", "words"), [
    (two_steps, event("e", "quality_hold", 20, 6, site="shop"), "quality hold, shop: may not be used"),
    (busy, event("e", "stock_destroyed", 20, **AT_ONCE, country="B"), "stock destroyed, B: destroyed"),
    (two_steps, event("e", "orders_unread", 20, 9, site="source"), "orders unread, source: its orders were not read"),
    (two_steps, event("e", "transit_delayed", 20, **AT_ONCE, severity=6, origin="source", destination="depot"),
     "transit delayed, source > depot: came later than it was due"),
    (busy, event("e", "transit_lost", 20, **AT_ONCE, mode="road"),
     "transit lost, all that goes by road: lost on the way"),
    (two_steps, event("e", "transit_rerouted", 20, 8, severity=6, mode="road"),
     "transit rerouted, all that goes by road: went another way"),
    (two_steps, event("e", "outage", 20, 9, country="A"), "outage, A: shut"),
    (plant, event("e", "yield_loss", 20, 9, severity=0.6, site="plant"), "yield loss, plant: came out bad"),
    (plant, event("e", "capacity_loss", 20, 9, site="plant"), "capacity loss, plant: stopped"),
    (plant, event("e", "quality_hold", 20, 9, site="plant", product="frame"), "quality hold, plant: may not be used"),
], ids=lambda x: x["kind"] if isinstance(x, dict) else "")  # fmt: skip
def test_an_event_is_named_with_what_it_did(case, row, words):
    case = case(events=[row])
    case = case.replace(sites=case["sites"].assign(country=case["sites"]["site"].map({"source": "A"}).fillna("B")))
    found = happening(case, "e")
    assert found.units > 0 and found.parts == pytest.approx([found.units])
    assert event_units(found) == pytest.approx([found.units], rel=0.05)
    assert words in told(found, "e")
    adds_up(found)


def test_an_event_with_two_effects_is_one_event():
    """A country goes down: its depot, and the port that its goods pass."""
    case = chain(
        [("source", "depot", "item", 2), ("depot", "shop", "item", 1, 1, "quay")], sites=["quay"],
        stocks={("depot", "item"): 40, ("shop", "item"): 30},
        events=[event("storm", "outage", 20, 9, country="A"), event("fire", "outage", 20, 9, site="source")],
    )  # fmt: skip
    country = case["sites"]["site"].map({"depot": "A", "quay": "A"}).fillna("B")
    found = happening(case.replace(sites=case["sites"].assign(country=country)), "storm", "fire")
    assert found.trail.events == ["fire", "storm"] and len(found.trail.plan.effects.names) == 3
    assert len(found.parts) == 2 and found.parts.sum() == pytest.approx(found.units)
    causes = found.causes()
    assert (causes["kind"] == EVENT).sum() == 2 and causes["cause"].is_unique
    adds_up(found)
