"""A case as a person makes it on the first day: two sites, one product, no places, names that would break a page."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit.tables.case import Case

SHOP = '<img src=x onerror="alert(1)">Shop'
SOURCE = "=1+1 | 'Source'\u202e"
PRODUCT = "$x^2$ <b>tea</b>"
MARKET = "Town & \\co"


def tiny_case(periods: int = 60, history: bool = False, objectives: bool = False, **settings) -> Case:
    """The case; with a recorded demand of its market and with objectives if asked."""
    rng = np.random.default_rng(5)
    market = {"market": MARKET, "site": SHOP, "product": PRODUCT, "demand": "normal", "mean": 20.0, "spread": 4.0,
              "lost_share": 1.0, "price": 9.0}  # fmt: skip
    tables = {
        "sites": [{"site": SHOP, "kind": "retailer"}, {"site": SOURCE, "kind": "supplier", "time_to_recover": 8.0}],
        "products": [{"product": PRODUCT, "value": 5.0}],
        "stocks": [
            {"site": SHOP, "product": PRODUCT, "policy": "base_stock", "order_up_to": 90.0, "holding_cost": 0.01},
            {"site": SOURCE, "product": PRODUCT, "policy": "unlimited", "unit_cost": 5.0},
        ],
        "lanes": [{"origin": SOURCE, "destination": SHOP, "product": PRODUCT, "lead_time": 2.0, "capacity": 40.0,
                   "transport_cost": 0.5}],
        "markets": [market],
        "events": [{"event": "closed", "kind": "outage", "site": SOURCE, "start": 20, "duration": 12, "severity": 1.0,
                    "scheduled": False}],
    }  # fmt: skip
    if history:
        units = np.round(rng.normal(22.0, 3.0, 40), 1)
        tables["history"] = pd.DataFrame(
            {"market": MARKET, "product": PRODUCT, "period": np.arange(40.0), "units": units}
        )
    if objectives:
        tables["objectives"] = [
            {"kpi": "fill rate", "relation": "at_least", "target": 0.5},
            {"kpi": "total cost", "relation": "at_most", "target": 1.0},
            {"kpi": "time to recover", "relation": "at_most", "target": 1000.0},
        ]
    return Case("tiny <case>", tables, {"periods": periods, **settings})
