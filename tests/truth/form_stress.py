"""Time to survive and lost profit of every node of a published network, knocked out in turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.truth.compared import Compared, only, within
from twinkit.inventory.time_to_survive import Flow, Sale, SupplyNetwork, performance_impact, time_to_survive

NETWORK = ("product_nodes", "tier2", "tier3", "edges", "material_made_by_supplier", "unit_profit", "stock", "demand", "capacity")


def knock_outs(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Lost profit over the time to recover, and time to survive, of every node that is published."""
    only(given, ("network",), "the case")
    only(given["network"], NETWORK, "the network")
    network, words, rows = network_of(given["network"]), about.get("tolerance"), []
    for node, published in expected.items():
        lost = performance_impact(network, published["ttr"], [node]).lost_profit
        for name, ours in (("lost_profit", lost), ("tts", time_to_survive(network, [node]))):
            rows.append(Compared(f"{node} {name}", published[name], ours, within(words, published[name])))
    return rows


def network_of(published: Mapping[str, Any]) -> SupplyNetwork:
    """A node makes one unit of one of each material that its suppliers make; goods take no time on the way."""
    material = published["material_made_by_supplier"]
    stocks = {node: float(units) for node, units in published["stock"].items()}
    flows, needs = [], {node: {} for node in stocks}
    for supplier, user in published["edges"]:
        bin_ = f"{material[supplier]} at {user}"
        stocks[bin_], needs[user][bin_] = 0.0, 1.0
        flows.append(Flow(f"{supplier} > {user}", {supplier: 1.0}, {bin_: 1.0}))
    flows += [
        Flow(f"make {node}", needs[node], {node: 1.0}, float(published["capacity"][node]), node)
        for node in published["stock"]
    ]
    sales = [Sale(n, n, float(published["demand"][n]), published["unit_profit"][n]) for n in published["product_nodes"]]
    return SupplyNetwork(stocks, flows, sales)
