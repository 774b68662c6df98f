"""A small case for the card: rings, queues, pauses, forecasts, random times and whole units in two worlds' worth of rows."""

from __future__ import annotations

import json
import sys

from numba.core import config

from twinkit.chain import layout

if config.DISABLE_JIT:  # the steps are plain Python, and take the arrays as they are
    layout.WorldRef, layout.lend = layout.World, lambda ref: ref

from twinkit.run import card
from twinkit.run.ensemble import ensemble
from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case

SCENARIOS = (Scenario("as is"), Scenario("trouble", ("closed", "waits")))
WORLDS = 5


def bakery(periods: int = 8, **settings) -> Case:
    """A mill, a bakery that makes bread of flour, a shop and a town."""
    return Case("bakery", {
        "sites": [{"site": "mill", "kind": "supplier"}, {"site": "bakery", "kind": "plant", "capacity": 60.0},
                  {"site": "shop", "kind": "retailer"}],
        "products": [{"product": "flour", "value": 1.0}, {"product": "bread", "value": 4.0}],
        "stocks": [
            {"site": "mill", "product": "flour", "policy": "unlimited", "unit_cost": 1.0},
            {"site": "bakery", "product": "flour", "policy": "s_S", "reorder_point": 60.0, "order_up_to": 120.0},
            {"site": "bakery", "product": "bread", "policy": "base_stock", "order_up_to": 60.0, "rationing": "first_come",
             "holding_cost": 0.1},
            {"site": "shop", "product": "bread", "policy": "days_of_cover", "days_of_cover": 2.0, "forecast_window": 3,
             "holding_cost": 0.2, "backlog_cost": 1.0},
        ],
        "lanes": [
            {"origin": "mill", "destination": "bakery", "product": "flour", "lead_time": 2.0, "lead_time_kind": "normal",
             "lead_time_spread": 1.0, "information_delay": 1, "transport_cost": 0.1},
            {"origin": "bakery", "destination": "shop", "product": "bread", "lead_time": 1.0, "capacity": 40.0,
             "transport_cost": 0.3},
        ],
        "recipes": [{"site": "bakery", "product": "bread", "lead_time": 1, "capacity": 50.0, "yield_rate": 0.9,
                     "unit_cost": 0.5}],
        "bill_of_materials": [{"product": "bread", "component": "flour", "quantity": 2.0}],
        "markets": [{"market": "town", "site": "shop", "product": "bread", "demand": "poisson", "mean": 20.0,
                     "lost_share": 0.5, "price": 9.0}],
        "events": [
            {"event": "closed", "kind": "outage", "site": "bakery", "start": 2, "duration": 2, "severity": 0.7,
             "scheduled": False},
            {"event": "waits", "kind": "transit_pausing", "origin": "bakery", "destination": "shop", "start": 4,
             "duration": 2, "severity": 1.0, "scheduled": False},
        ],
    }, {"periods": periods, "whole_units": True, **settings})  # fmt: skip


def found_by(engine: str) -> dict[str, dict[str, list[float]]]:
    """KPIs, costs and served units of the scenarios, by world."""
    outcomes = ensemble(bakery(), SCENARIOS, WORLDS, engine=engine)
    return {
        name: {k: v.tolist() for k, v in {**o.kpis, **o.costs}.items()} | {"served": o.markets["served"].ravel().tolist()}
        for name, o in outcomes.items()
    }


if __name__ == "__main__":  # on numba-cuda's simulator, in batches of two worlds, as plain Python is slow
    ensembles = sys.modules["twinkit.run.ensemble"]
    ensembles.BATCH = ensembles.MAP_WORLDS = card.BATCH = 2
    json.dump(found_by("gpu"), sys.stdout)
