"""Traces of a network in the order of events of Snyder & Shen: nodes, edges, periods, demand, disruption.

A node that assembles, or that feeds an assembly, makes a product of its own out of
components that it orders as production needs them; any other node passes on what it
gets.  What is outside is an unlimited source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.truth.compared import Compared, compare, only
from tests.truth.trace_network import OUTSIDE, PAUSES, network_of
from twinkit.chain.chain import Chain
from twinkit.run.kpis import PARTS, cost_parts
from twinkit.tables.case import Case

RECORDED = (
    "stocks.on_hand", "stocks.backlog", "stocks.incoming", "lanes.placed", "lanes.arrived", "lanes.departed",
    "lanes.in_transit", "lanes.at_door", "lanes.held", "claims.sent", "claims.backlog", "claims.asked",
    "claims.at_once",
)  # fmt: skip
INPUTS = {"disrupted", "in_transit_in_slots"}
"""Keys of a published node that say what was put in, or that no table of the chain keeps."""


class Trace:
    """A published network as a case, and its run as published quantities."""

    def __init__(self, parameters: Mapping[str, Any], by_edges: bool = False) -> None:
        self.net = network_of(parameters, by_edges)
        self.nodes, self.sources = self.net.nodes, self.net.sources
        self.product = {n: self._product(n) for n in self.nodes}

    def _assembles(self, n: str) -> bool:
        return len(self.sources[n]) > 1 or any(q != 1 for q in self.nodes[n].bom.values())

    def _makes(self, n: str) -> bool:
        return self._assembles(n) or any(self._assembles(b) for b in self.net.customers(n))

    def _product(self, n: str) -> str:
        if self._makes(n) or self.sources[n] == [OUTSIDE]:
            return f"item {n}"
        return self._product(self.sources[n][0])

    def _enters(self, n: str, source: str) -> str:
        """Product that a node gets from a source."""
        if source != OUTSIDE:
            return self.product[source]
        return f"raw {n}" if self._makes(n) else self.product[n]

    def _rate(self, source: str) -> float:
        """Holding cost of what waits for a node; what comes from outside is free."""
        return 0.0 if source == OUTSIDE else self.nodes[source].holding

    # Tables -----------------------------------------------------------------------

    def case(self) -> Case:
        """The tables of the network."""
        tables = {name: [] for name in ("sites", "stocks", "lanes", "recipes", "bill_of_materials")}
        for n in self.nodes:
            self._place(n, tables)
            for source in self.sources[n]:
                self._way(n, source, tables)
        tables["products"] = [{"product": i} for i in sorted({s["product"] for s in tables["stocks"]})]
        tables["markets"] = [{
            "market": f"customers of {n}", "site": n, "product": self.product[n], "demand": "history",
            "priority": len(self.net.edges) + 1,
        } for n in self.net.demand]  # fmt: skip
        tables["history"] = [
            {"market": f"customers of {n}", "product": self.product[n], "period": t, "units": u}
            for n, demand in self.net.demand.items()
            for t, u in enumerate(demand)
        ]
        return Case("trace", {**tables, "events": self._events()}, {"periods": self.net.periods})

    def _place(self, n: str, tables: dict[str, list]) -> None:
        node = self.nodes[n]
        tables["sites"].append({"site": n, "kind": "warehouse"})
        tables["stocks"].append({
            "site": n, "product": self.product[n], **node.policy, "on_hand": node.on_hand,
            "rationing": "priority", "holding_cost": node.holding, "backlog_cost": node.stockout,
        })  # fmt: skip
        if self._makes(n):
            tables["recipes"].append({"site": n, "product": self.product[n]})

    def _way(self, n: str, source: str, tables: dict[str, list]) -> None:
        node, outside, item = self.nodes[n], source == OUTSIDE, self._enters(n, source)
        shipped, ordered = node.at_start
        tables["lanes"].append({
            "origin": f"outside {n}" if outside else source, "destination": n, "product": item,
            "lead_time": node.lead_time + (node.told if outside else 0),
            "information_delay": 0 if outside else node.told,
            "holding_cost": 0.0 if outside else self.nodes[source].in_transit,
            "priority": 0 if outside else self.net.rank(source, n),
            "start_in_transit": shipped, "start_orders": ordered,
        })  # fmt: skip
        if outside:
            tables["sites"].append({"site": f"outside {n}", "kind": "supplier"})
            tables["stocks"].append({"site": f"outside {n}", "product": item, "policy": "unlimited"})
        if self._makes(n):
            bom = node.bom.get(source, node.bom.get("", 1.0))
            tables["bill_of_materials"].append({"product": self.product[n], "component": item, "quantity": bom})
            tables["stocks"].append({
                "site": n, "product": item, "policy": "on_demand", "on_hand": 0, "holding_cost": self._rate(source),
            })  # fmt: skip

    def _events(self) -> list[dict]:
        events = []
        for n, (letters, states) in self.net.pauses.items():
            change = np.flatnonzero(np.diff(np.concatenate([[0], states, [0]])))
            for start, end in zip(change[::2], change[1::2], strict=True):
                what = {"kind": PAUSES[letters], "start": int(start), "duration": int(end - start)}
                targets = [{"site": n}]
                if letters == "SP":
                    targets = [{"origin": s, "destination": n} for s in self.sources[n] if s != OUTSIDE]
                for i, target in enumerate(targets):
                    events.append({"event": f"{letters} {n} {start} {i}", **what, **target})
        return events

    # The run ----------------------------------------------------------------------

    def run(self) -> dict[str, Any]:
        """The published quantities, and the total cost."""
        self.chain = Chain(self.case(), replications=1, record=RECORDED).run()
        parts = cost_parts(self.chain.plan, self.chain.world)
        waiting = sum(  # goods that wait cost what stock costs, also where goods on the way cost something else
            (self._rate(s) - self.nodes[s].in_transit) * (self._lane("at_door", s, n) + self._lane("held", s, n)).sum()
            for n in self.nodes
            for s in self.sources[n]
            if s != OUTSIDE
        )
        total = float(sum(parts[p] for p in PARTS)[0] + waiting)
        return {"total_cost": total, "average_cost": total / self.net.periods,
                "nodes": {n: self._node(n) for n in self.nodes}}  # fmt: skip

    def _line(self, history: str, label: str) -> np.ndarray:
        i = self.chain.labels(history).index(label)
        return self.chain.history(history)[i, :, 0]

    def _label(self, source: str, n: str) -> str:
        origin = f"outside {n}" if source == OUTSIDE else source
        return f"{origin} > {n} | {self._enters(n, source)} | road"

    def _lane(self, column: str, source: str, n: str) -> np.ndarray:
        return self._line(f"lanes.{column}", self._label(source, n))

    def _node(self, n: str) -> dict[str, Any]:
        key, fed, sources = f"{n} | {self.product[n]}", self.net.customers(n), self.sources[n]
        incoming, on_hand = self._line("stocks.incoming", key), self._line("stocks.on_hand", key)
        net, nothing = on_hand - self._line("stocks.backlog", key), np.zeros(self.net.periods)
        waiting = {s: self._waiting(n, s) for s in sources}
        doors = {s: self._lane("at_door", s, n) for s in sources}
        held = {b: self._lane("held", n, b) for b in fed}
        holding = self.nodes[n].holding * (on_hand + sum(held.values()))
        holding = holding + sum(self._rate(s) * (waiting[s] + doors[s]) for s in sources)
        stockout = self.nodes[n].stockout * np.maximum(-net, 0.0)
        moving = self.nodes[n].in_transit * sum((self._lane("in_transit", n, b) for b in fed), nothing)
        return {
            "demand_or_orders_in": incoming,
            "order_placed": _Each({s: self._lane("placed", s, n) for s in sources}),
            "received": _Each({s: self._lane("arrived", s, n) for s in sources}),
            "net_inventory": net, "inventory_level": net, "on_hand": on_hand, "raw_material": _Each(waiting),
            "holding_cost": holding, "stockout_cost": stockout, "in_transit_cost": moving,
            "total_cost": holding + stockout + moving,
            "in_transit_in": _Each({s: self._lane("in_transit", s, n) for s in sources}),
            "inbound_disrupted_items": _Each(doors), "outbound_disrupted_items": _Each(held),
            **self._served(n, fed),
        }  # fmt: skip

    def _waiting(self, n: str, source: str) -> np.ndarray | float:
        """Components that wait at a node."""
        if not self._makes(n):
            return np.zeros(self.net.periods)
        return self._line("stocks.on_hand", f"{n} | {self._enters(n, source)}")

    def _served(self, n: str, fed: list[str]) -> dict[str, Any]:
        """What a node sent to and owes its customers; a node ships to others, its customer takes at once."""
        claims = {b: self._label(n, b) for b in fed}
        shipped = {b: self._lane("departed", n, b) for b in fed}
        if n in self.net.demand:
            claims["customer"] = f"customers of {n} | {self.product[n]}"
            shipped["customer"] = self._line("claims.sent", claims["customer"])
        asked = sum((self._line("claims.asked", c) for c in claims.values()), np.zeros(self.net.periods))
        at_once = sum((self._line("claims.at_once", c) for c in claims.values()), np.zeros(self.net.periods))
        rates = np.cumsum(at_once) / np.maximum(np.cumsum(asked), 1e-300)
        return {
            "shipped": _Each(shipped),
            "backorders": _Each({b: self._line("claims.backlog", c) for b, c in claims.items()}),
            "demand_met_from_stock": at_once, "fill_rate": np.where(np.cumsum(asked) > 0, rates, 1.0),
        }  # fmt: skip


class _Each(dict):
    """A quantity of every supplier or customer; some files give only the sum of them."""

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.asarray(sum(self.values()), dtype)


def trace(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Every published quantity of every node and period, published and ours."""
    only(given, ("nodes", "edges", "demand", "periods", "disruption", "disruptions", "bom", "serving"), "the network")
    by_edges = given.get("serving") == "edges" or "order of the edges" in str(about.get("events", ""))
    found = Trace(given, by_edges).run()
    words = about.get("tolerance", "1e-6")
    rows = compare({k: v for k, v in expected.items() if k != "nodes"}, found, words)
    for n, node in (expected.get("nodes") or {}).items():
        rows += compare({k: v for k, v in node.items() if k not in INPUTS}, found["nodes"][str(n)], words, str(n))
    return rows
