"""Measures with a mistake, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tables.broken_events import event


def bill(**cells: Any) -> Callable[[dict], None]:
    """Cells of the first line of the bill: bread of flour."""
    return lambda tables: tables["bill_of_materials"][0].update(cells)


def stock(row: int, **cells: Any) -> Callable[[dict], None]:
    """Cells of a stock, counted as a spreadsheet does."""
    return lambda tables: tables["stocks"][row - 2].update(cells)


def unsupplied(tables: dict) -> None:
    """Rye instead of flour, kept at the bakery and brought by nobody."""
    tables["products"].append({"product": "Rye"})
    tables["stocks"].append({"site": "Bakery", "product": "Rye", "policy": "base_stock", "order_up_to": 9})
    bill(substitute="Rye")(tables)


def roundabout(tables: dict) -> None:
    """Bread may be made of cake, and cake is made of bread."""
    tables["bill_of_materials"][1]["component"] = "Bread"
    bill(substitute="Cake")(tables)


REROUTED = {"kind": "transit_rerouted", "severity": 2}
BROKEN_MEASURES = {
    "substitute unknown": (bill(substitute="Rye"), "bill_of_materials row 2, substitute: 'Rye' is not a name in products.product"),
    "substitute of itself": (bill(substitute="Flour"), "bill_of_materials row 2, substitute: 'Flour' is the component itself"),
    "made of itself": (bill(substitute="Bread"), "bill_of_materials row 2, substitute: 'Bread' is what is made of it"),
    "nothing to use": (bill(use_substitute=True), "bill_of_materials row 2, use_substitute: 'yes' has no substitute to use"),
    "substitute kept nowhere": (
        lambda tables: tables["products"].append({"product": "Rye"}) or bill(substitute="Rye")(tables),
        "bill_of_materials row 2, substitute: 'Rye' is kept at no site that makes 'Bread'",
    ),
    "substitute without supply": (unsupplied, "stocks row 10, site: 'Bakery' holds the substitute 'Rye', which nobody supplies"),
    "round by a substitute": (roundabout, "bill_of_materials row 2, substitute: 'Cake' is itself made, perhaps by way of others"),
    "ramp of ranked sources": (stock(7, sourcing="priority", ramp_up=3), "stocks row 7, ramp_up: '3' means nothing here"),
    "build-up that ends first": (
        stock(7, build_up=3, build_from=5, build_until=5), "stocks row 7, build_until: '5' is not after build_from",
    ),
    "time of no build-up": (stock(7, build_from=5), "stocks row 7, build_from: '5' is given, but build_up is 0"),
    "build-up of what orders nothing": (stock(2, build_up=5), "stocks row 2, build_up: '5' is given, but policy unlimited reads no"),
    "detour to nowhere": (
        event(**REROUTED, origin="Depot", destination="Shop", to_mode="air"),
        "events row 6, to_mode: 'air' is the mode of no lane between the same sites",
    ),
    "detour of a mode that nothing goes by": (event(**REROUTED, site="Harbour", to_mode="air"), "events row 6, to_mode: 'air'"),
    "outage that goes by air": (event(site="Shop", to_mode="air"), "events row 6, to_mode: 'air' means nothing here"),
    "rerouted again and again": (
        event(**REROUTED, site="Harbour", time_between=5), "events row 6, time_between: '5' cannot be",
    ),
}  # fmt: skip
