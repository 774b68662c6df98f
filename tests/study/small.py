"""A small chain whose figures can be worked out by hand."""

from __future__ import annotations

from twinkit.tables.case import Case


def shop(demand=(10, 0, 30, 10), on_hand=20.0, lost=0.0, order_up_to=20.0, **settings) -> Case:
    """One shop, a source that is two periods away, and a market with a recorded demand."""
    return Case("shop", {
        "sites": [{"site": "source", "kind": "supplier"}, {"site": "shop", "kind": "retailer"}],
        "products": [{"product": "item", "value": 4}],
        "stocks": [
            {"site": "source", "product": "item", "policy": "unlimited", "unit_cost": 3},
            {"site": "shop", "product": "item", "policy": "base_stock", "order_up_to": order_up_to, "on_hand": on_hand,
             "holding_cost": 0.5, "backlog_cost": 2},
        ],
        "lanes": [{
            "origin": "source", "destination": "shop", "product": "item", "lead_time": 2, "start_in_transit": 0,
            "transport_cost": 1, "shipment_cost": 7, "holding_cost": 0.25, "expedite_lead_time": 1, "expedite_cost": 5,
        }],
        "markets": [{
            "market": "town", "site": "shop", "product": "item", "demand": "history", "price": 9, "lost_share": lost,
        }],
        "history": [{"market": "town", "product": "item", "period": t, "units": u} for t, u in enumerate(demand)],
        "events": [{
            "event": "fire", "kind": "outage", "site": "shop", "start": 1, "duration": 2, "scheduled": False,
        }],
    }, {"periods": len(demand), **settings})  # fmt: skip


def printed(result) -> str:
    """What a result prints as: a few lines, and a small table in a notebook."""
    text, page = repr(result), result._repr_html_()
    assert text.startswith(f"<{type(result).__name__} ") and text.count("\n") <= 5 and len(text) < 2000, text
    assert "<table" in page and len(page) < 12_000 and "nan%" not in page
    return text
