"""A small case without a fault, and ways to break it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twinkit.tables import Case, CaseError, Problem, read_case, write_case

Rows = dict[str, list[dict[str, Any]]]


def good_tables() -> Rows:
    """A mill, a bakery, a depot and two shops, with a port on the way."""
    stock = {"policy": "base_stock", "order_up_to": 50}
    return {
        "sites": [
            {"site": "Mill", "kind": "supplier", "latitude": 53, "longitude": 8.8},  # row 2
            {"site": "Bakery", "kind": "plant"},
            {"site": "Depot", "kind": "warehouse"},
            {"site": "Shop", "kind": "retailer"},
            {"site": "Kiosk", "kind": "retailer"},
            {"site": "Harbour", "kind": "port"},
        ],
        "products": [{"product": "Flour"}, {"product": "Bread"}, {"product": "Cake"}],
        "conversions": [{"product": "Bread", "unit": "box", "units": 12}],
        "by_products": [{"product": "Bread", "by_product": "Cake", "quantity": 0.01}],
        "calendars": [{"calendar": "closing"}],
        "calendar_exceptions": [{"calendar": "closing", "first_period": 300, "last_period": 302}],
        "open_orders": [{"kind": "shipment", "origin": "Bakery", "destination": "Kiosk", "product": "Cake", "units": 2, "due": 1}],
        "price_breaks": [{"origin": "Mill", "destination": "Bakery", "product": "Flour", "from_quantity": 50, "price": 0.9}],
        "bill_of_materials": [
            {"product": "Bread", "component": "Flour", "quantity": 0.5},
            {"product": "Cake", "component": "Flour", "quantity": 0.2},
        ],
        "stocks": [
            {"site": "Mill", "product": "Flour", "policy": "unlimited"},  # row 2
            {"site": "Bakery", "product": "Flour", "policy": "s_S", "reorder_point": 5, "order_up_to": 20},
            {"site": "Bakery", "product": "Bread", **stock},
            {"site": "Bakery", "product": "Cake", "policy": "on_demand"},
            {"site": "Depot", "product": "Bread", **stock},
            {"site": "Shop", "product": "Bread", **stock},  # row 7
            {"site": "Kiosk", "product": "Bread", "policy": "r_Q", "reorder_point": 5, "order_quantity": 9},
            {"site": "Kiosk", "product": "Cake", "policy": "days_of_cover", "days_of_cover": 3},
        ],
        "lanes": [
            {"origin": "Mill", "destination": "Bakery", "product": "Flour", "lead_time": 2, "via": "Harbour"},
            {"origin": "Bakery", "destination": "Depot", "product": "Bread", "lead_time": 1},  # row 3
            {"origin": "Depot", "destination": "Shop", "product": "Bread", "lead_time": 1, "share": 0.6},
            {"origin": "Bakery", "destination": "Shop", "product": "Bread", "lead_time": 2, "share": 0.4},
            {"origin": "Depot", "destination": "Kiosk", "product": "Bread", "lead_time": 1},  # row 6
            {"origin": "Bakery", "destination": "Kiosk", "product": "Cake", "lead_time": 1},
        ],
        "recipes": [
            {"site": "Bakery", "product": "Bread", "lead_time": 1},
            {"site": "Bakery", "product": "Cake", "lead_time": 1},
        ],
        "markets": [
            {"market": "Town", "site": "Shop", "product": "Bread", "mean": 10, "spread": 2},
            {"market": "Quay", "site": "Kiosk", "product": "Bread", "demand": "history"},
            {"market": "Quay", "site": "Kiosk", "product": "Cake", "mean": 1, "demand": "poisson"},
        ],
        "history": [{"market": "Quay", "product": "Bread", "period": n, "units": 3 + n} for n in range(3)],
        "events": [
            {"event": "fire", "kind": "outage", "site": "Bakery", "start": 9, "duration": 5},
            {"event": "ice", "kind": "transit_pausing", "site": "Harbour", "start": 20, "duration": 5},
            {"event": "fair", "kind": "demand_surge", "market": "Town", "start": 30, "duration": 2},
            {
                "event": "strike",
                "kind": "lead_time_increase",
                "origin": "Depot",
                "destination": "Shop",
                "start": 40,
                "duration": 5,
                "severity": 3,
            },
        ],
        "objectives": [{"kpi": "fill rate", "target": 0.95}],
    }


@pytest.fixture
def tables() -> Rows:
    """The tables of the good case, to be changed at will."""
    return good_tables()


@pytest.fixture
def good() -> Case:
    """The good case."""
    return Case("good", good_tables())


@pytest.fixture
def folder(good: Case, tmp_path: Path) -> Path:
    """The good case as a folder of CSV files."""
    return write_case(good, tmp_path / "good")


@pytest.fixture
def problems_of() -> Callable[[Path], list[Problem]]:
    """Read a case that has problems, and give them."""

    def read(path: Path, **more: Any) -> list[Problem]:
        with pytest.raises(CaseError) as caught:
            read_case(path, **more)
        return caught.value.problems

    return read


@pytest.fixture
def edit(folder: Path) -> Callable[..., Path]:
    """Change one cell of a CSV file of the good case: ``edit("stocks", 3, "site", "Mil")``."""

    def change(table: str, row: int, column: str, value: str) -> Path:
        file = folder / f"{table}.csv"
        rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines(keepends=True)))
        if column not in rows[0]:
            rows = [[*r, column if i == 0 else ""] for i, r in enumerate(rows)]
        rows[row - 1][rows[0].index(column)] = value
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows)
        return folder

    return change
