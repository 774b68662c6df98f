"""A case on the disk with rules of its own beside it."""

from __future__ import annotations

from pathlib import Path

from twinkit.tables import write_case
from twinkit.tables.case import Case


def made_in(folder: Path, name: str, rules: str, **changes) -> Path:
    """A case on the disk whose shop orders by rules of its own."""
    tables = {
        "sites": [{"site": "source", "kind": "supplier"}, {"site": "shop", "kind": "retailer"}],
        "products": [{"product": "item", "value": 4}],
        "stocks": [{"site": "source", "product": "item", "policy": "unlimited"},
                   {"site": "shop", "product": "item", "policy": "base_stock", "order_up_to": 60}],
        "lanes": [{"origin": "source", "destination": "shop", "product": "item", "lead_time": 2, "transport_cost": 1}],
        "markets": [{"market": "town", "site": "shop", "product": "item", "demand": "poisson", "mean": 10, "lost_share": 1}],
    }  # fmt: skip
    path = write_case(Case(name, tables | changes, {"periods": 40, "replications": 4}), folder / name)
    stocks = path / "stocks.csv"
    stocks.write_text(stocks.read_text().replace("base_stock", "half"))
    (path / "rules.py").write_text(rules)
    return path
