"""Traces of a network in the order of events of Snyder & Shen: nodes, edges, periods, demand, disruption.

A node that assembles, or that feeds an assembly, makes a product of its own out of
components that it orders as production needs them; any other node passes on what it
gets.  What is outside is an unlimited source.
"""

from __future__ import annotations

import numpy as np

from twinkit.chain.chain import Chain
from twinkit.study.costs import PARTS, cost_parts
from twinkit.tables.case import Case

POLICY = {
    "BS": lambda s: {"policy": "base_stock", "order_up_to": s},
    "sS": lambda s, big: {"policy": "s_S", "reorder_point": s, "order_up_to": big},
    "rQ": lambda r, q: {"policy": "r_Q", "reorder_point": r, "order_quantity": q},
    "EBS": lambda s: {"policy": "echelon_base_stock", "order_up_to": s},
}
PAUSES = {"OP": "order_pausing", "SP": "shipment_pausing", "TP": "transit_pausing", "RP": "receipt_pausing"}
RECORDED = (
    "stocks.on_hand", "stocks.backlog", "stocks.incoming", "lanes.placed", "lanes.arrived", "lanes.departed",
    "lanes.in_transit", "lanes.at_door", "lanes.held", "claims.sent", "claims.backlog",
)  # fmt: skip


class Trace:
    """A published network as a case, and its run as published quantities."""

    def __init__(self, parameters: dict) -> None:
        self.p = parameters
        self.nodes = {str(n): v for n, v in parameters["nodes"].items()}
        self.edges = [(str(a), str(b)) for a, b in parameters["edges"]]
        self.sources = {n: [a for a, b in self.edges if b == n] for n in self.nodes}
        for n, v in self.nodes.items():
            if v["external_supplier"]:
                self.sources[n] = [*self.sources[n], "external"]
        self.product = {n: self._product(n) for n in self.nodes}

    def _makes(self, n: str) -> bool:
        fed = [b for a, b in self.edges if a == n]
        return len(self.sources[n]) > 1 or any(len(self.sources[b]) > 1 for b in fed)

    def _product(self, n: str) -> str:
        if self._makes(n) or self.sources[n] == ["external"]:
            return f"item {n}"
        return self._product(self.sources[n][0])

    def _enters(self, n: str, source: str) -> str:
        """Product that a node gets from a source."""
        if source != "external":
            return self.product[source]
        return f"raw {n}" if self._makes(n) else self.product[n]

    def case(self) -> Case:
        """The tables of the network."""
        stocks, lanes, recipes, bill = [], [], [], []
        sites = [{"site": n, "kind": "warehouse"} for n in self.nodes]
        for n, v in self.nodes.items():
            name, *numbers = v["policy"]
            stocks.append({
                "site": n, "product": self.product[n], **POLICY[name](*numbers), "on_hand": v["initial_net_inventory"],
                "rationing": "priority", "holding_cost": v["holding"], "backlog_cost": v["stockout"],
            })  # fmt: skip
            if self._makes(n):
                recipes.append({"site": n, "product": self.product[n]})
            for source in self.sources[n]:
                outside, item = source == "external", self._enters(n, source)
                rate = 0.0 if outside else self.nodes[source]["holding"]
                told = v.get("order_lead_time") or 0
                lanes.append({
                    "origin": f"outside {n}" if outside else source, "destination": n, "product": item,
                    "lead_time": v["lead_time"] + (told if outside else 0),
                    "information_delay": 0 if outside else told, "holding_cost": rate,
                    "priority": 0 if outside else self.edges.index((source, n)),
                    "start_in_transit": 0, "start_orders": 0,
                })  # fmt: skip
                if outside:
                    sites.append({"site": f"outside {n}", "kind": "supplier"})
                    stocks.append({"site": f"outside {n}", "product": item, "policy": "unlimited"})
                if self._makes(n):
                    bill.append({"product": self.product[n], "component": item, "quantity": 1})
                    stocks.append({
                        "site": n, "product": item, "policy": "on_demand", "on_hand": 0, "holding_cost": rate,
                    })  # fmt: skip
        demand = {str(n): d for n, d in self.p["demand"].items()}
        items = sorted({s["product"] for s in stocks})
        return Case("trace", {
            "sites": sites, "products": [{"product": i} for i in items], "stocks": stocks, "lanes": lanes,
            "recipes": recipes, "bill_of_materials": bill, "events": self._events(),
            "markets": [
                {"market": f"customers of {n}", "site": n, "product": self.product[n], "demand": "history",
                 "priority": len(self.edges) + 1} for n in demand
            ],
            "history": [
                {"market": f"customers of {n}", "product": self.product[n], "period": t, "units": u}
                for n, d in demand.items() for t, u in enumerate(d)
            ],
        }, {"periods": self.p["periods"]})  # fmt: skip

    def _events(self) -> list[dict]:
        events = []
        for n, d in (self.p["disruption"] or {}).items():
            n, periods = str(n), self.p["periods"]
            states = np.resize(np.asarray(d["states"], int), periods)
            change = np.flatnonzero(np.diff(np.concatenate([[0], states, [0]])))
            for start, end in zip(change[::2], change[1::2], strict=True):
                what = {"kind": PAUSES[d["type"]], "start": int(start), "duration": int(end - start)}
                targets = [{"site": n}]
                if d["type"] == "SP":
                    targets = [{"origin": s, "destination": n} for s in self.sources[n] if s != "external"]
                for i, target in enumerate(targets):
                    events.append({"event": f"{d['type']} {n} {start} {i}", **what, **target})
        return events

    def run(self) -> dict:
        """The published quantities, and the total cost."""
        self.chain = Chain(self.case(), replications=1, record=RECORDED).run()
        total = cost_parts(self.chain.plan, self.chain.world)
        return {
            "total_cost": float(sum(total[p] for p in PARTS)[0]),
            "nodes": {n: self._node(n) for n in self.nodes},
        }

    def _line(self, history: str, label: str) -> np.ndarray:
        i = self.chain.labels(history).index(label)
        return self.chain.history(history)[i, :, 0]

    def _lane(self, column: str, source: str, n: str) -> np.ndarray:
        origin = f"outside {n}" if source == "external" else source
        return self._line(f"lanes.{column}", f"{origin} > {n} | {self._enters(n, source)} | road")

    def _node(self, n: str) -> dict:
        v, key = self.nodes[n], f"{n} | {self.product[n]}"
        fed = [b for a, b in self.edges if a == n]
        market = f"customers of {n} | {self.product[n]}"
        sold = {"customer": market} if market in self.chain.labels("claims.sent") else {}
        on_hand = self._line("stocks.on_hand", key)
        net = on_hand - self._line("stocks.backlog", key)
        holding = v["holding"] * (on_hand + sum(self._lane("held", n, b) for b in fed))
        for s in self.sources[n]:
            if s != "external":
                part = self._line("stocks.on_hand", f"{n} | {self._enters(n, s)}") if self._makes(n) else 0.0
                holding = holding + self.nodes[s]["holding"] * (part + self._lane("at_door", s, n))
        found = {
            "demand_or_orders_in": self._line("stocks.incoming", key),
            "order_placed": {s: self._lane("placed", s, n) for s in self.sources[n]},
            "received": {s: self._lane("arrived", s, n) for s in self.sources[n]},
            "shipped": {b: self._lane("departed", n, b) for b in fed},
            "net_inventory": net,
            "holding_cost": holding,
            "stockout_cost": v["stockout"] * np.maximum(-net, 0.0),
            "in_transit_cost": v["holding"] * sum((self._lane("in_transit", n, b) for b in fed), np.zeros(len(net))),
            "inbound_disrupted_items": sum(self._lane("at_door", s, n) for s in self.sources[n]),
            "outbound_disrupted_items": {b: self._lane("held", n, b) for b in fed},
            "backorders": {b: self._line("claims.backlog", f"{n} > {b} | {self.product[n]} | road") for b in fed},
        }
        for who, label in sold.items():
            found["shipped"][who] = self._line("claims.sent", label)
            found["backorders"][who] = self._line("claims.backlog", label)
        return found


INPUTS = {"disrupted", "raw_material", "in_transit_in", "in_transit_in_slots"}
"""Keys of a published node that say what was put in, or that no table of the chain keeps."""


def differences(parameters: dict, expected: dict) -> dict[str, float]:
    """Largest difference of every published quantity."""
    found = Trace(parameters).run()
    largest = {"total_cost": abs(found["total_cost"] - expected["total_cost"])}
    for n, node in expected["nodes"].items():
        for key, values in node.items():
            if key in INPUTS:
                continue
            ours = found["nodes"][str(n)][key]
            pairs = [(ours[str(w)], v) for w, v in values.items()] if isinstance(values, dict) else [(ours, values)]
            for a, b in pairs:
                gap = np.max(np.abs(np.asarray(a, float) - np.asarray(b, float)), initial=0.0)
                largest[f"{n} {key}"] = max(largest.get(f"{n} {key}", 0.0), float(gap))
    return largest
