"""What a published trace puts in: nodes, edges, demand and disruptions, in one plain form.

Files name things in several ways (numbers or texts as node names, a missing key or null,
``BS`` or ``base_stock``); here they become one.  What the form cannot carry is refused in a
sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.truth.compared import Unreadable, only

OUTSIDE = "external"
POLICY = {
    "BS": lambda s: {"policy": "base_stock", "order_up_to": s},
    "sS": lambda s, big: {"policy": "s_S", "reorder_point": s, "order_up_to": big},
    "rQ": lambda r, q: {"policy": "r_Q", "reorder_point": r, "order_quantity": q},
    "EBS": lambda s: {"policy": "echelon_base_stock", "order_up_to": s},
}
POLICY_WORDS = {"base_stock": "BS", "s_s": "sS", "r_q": "rQ", "ss": "sS", "rq": "rQ", "bs": "BS", "ebs": "EBS",
                "echelon_base_stock": "EBS"}  # fmt: skip
NUMBERS = ("base_stock_level", "S", "reorder_point", "r", "s", "order_up_to_level", "order_quantity", "Q")
PAUSES = {"OP": "order_pausing", "SP": "shipment_pausing", "TP": "transit_pausing", "RP": "receipt_pausing"}
SAME = {
    "lead_time": ("shipment_lead_time", "L"), "holding": ("local_holding_cost", "holding_cost", "h"),
    "stockout": ("stockout_cost", "backlog_cost", "p"), "policy": ("inventory_policy",),
    "initial_net_inventory": ("initial_inventory_level", "initial_inventory"),
    "external_supplier": ("has_external_supplier",), "in_transit_holding": ("in_transit_holding_cost",),
    "bom": ("bill_of_materials",),
}  # fmt: skip
"""Other names under which files keep the same thing."""
NODE_KEYS = {"order_lead_time", "initial_orders", "initial_shipments", "name", "index", *SAME}


@dataclass(frozen=True)
class Node:
    """A node: what it orders by, keeps and pays."""

    policy: dict[str, Any]
    on_hand: float
    lead_time: float = 0.0
    told: int = 0
    holding: float = 0.0
    stockout: float = 0.0
    in_transit: float = 0.0
    at_start: tuple[float, float] = (0.0, 0.0)
    bom: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """A published network; every node by the text of its name."""

    periods: int
    nodes: dict[str, Node]
    edges: list[tuple[str, str]]
    sources: dict[str, list[str]]
    demand: dict[str, list[float]]
    pauses: dict[str, tuple[str, list[int]]]
    by_edges: bool = False

    def customers(self, n: str) -> list[str]:
        """Nodes that a node serves."""
        return [b for a, b in self.edges if a == n]

    def rank(self, n: str, customer: str) -> int:
        """Place of a customer node in the order in which a node serves: by index, or by the list of edges."""
        fed = self.customers(n)
        if not self.by_edges and all(b.lstrip("-").isdigit() for b in fed):
            fed = sorted(fed, key=int)
        return fed.index(customer)


def network_of(given: Mapping[str, Any], by_edges: bool = False) -> Network:
    """The network of a published file.

    Parameters
    ----------
    given
        Its `parameters`.
    by_edges
        Customers of a node are served in the order of the edges, not by their index.
    """
    listed = given["nodes"]
    if not isinstance(listed, Mapping):
        listed = {v.get("index", v.get("name", i)): v for i, v in enumerate(listed)}
    listed = {str(n): dict(v) for n, v in listed.items()}
    edges = [(str(a), str(b)) for a, b, *_ in given.get("edges") or []]
    lost = sorted({n for e in edges for n in e} - set(listed))
    if lost:
        raise Unreadable(f"edges name {', '.join(lost)}, which is no node")
    demand = given["demand"] if isinstance(given["demand"], Mapping) else {_last(listed, edges): given["demand"]}
    demand = {str(n): d for n, d in demand.items() if d is not None}
    periods = int(given.get("periods") or max(np.size(d) for d in demand.values()))
    return Network(
        periods, {n: _node(n, v, given) for n, v in listed.items()}, edges,
        {n: _sources(n, v, edges) for n, v in listed.items()},
        {n: [float(x) for x in np.resize(np.asarray(d, float), periods)] for n, d in demand.items()},
        _pauses(given.get("disruption") or given.get("disruptions") or {}, periods, listed), by_edges,
    )  # fmt: skip


def _last(nodes: Mapping, edges: list) -> str:
    ends = [n for n in nodes if n not in {a for a, _ in edges}]
    if len(ends) != 1:
        raise Unreadable("`demand` is one list but several nodes could have it; give it by node")
    return ends[0]


def _sources(n: str, v: dict, edges: list[tuple[str, str]]) -> list[str]:
    """Where a node gets its goods; a file that does not say it gives the outside to nodes without a supplier."""
    inside = [a for a, b in edges if b == n]
    outside = _value(v, "external_supplier", not inside)
    return [*inside, OUTSIDE] if outside or not inside else inside


def _value(v: Mapping, key: str, default: Any) -> Any:
    """A value under its own or another name; a missing key and null are the same."""
    found = [v[k] for k in (key, *SAME.get(key, ())) if v.get(k) is not None]
    return found[0] if found else default


def _node(n: str, v: dict, given: Mapping) -> Node:
    known = NODE_KEYS | {other for names in SAME.values() for other in names}
    strange = sorted(k for k in set(v) - known if v[k] not in (None, 0, False, [], {}))
    if strange:
        raise Unreadable(f"node {n} has {', '.join(strange)}, which this form cannot carry")
    policy = _policy(n, _value(v, "policy", None))
    start = _value(v, "initial_net_inventory", _full(policy))
    if start < 0:
        raise Unreadable(f"node {n} starts with {start} units; a chain starts without backlog")
    holding = float(_value(v, "holding", 0.0))
    bom = _value(v, "bom", (given.get("bom") or {}).get(n) or {})
    bom = bom if isinstance(bom, Mapping) else {"": bom}
    at_start = (float(v.get("initial_shipments") or 0), float(v.get("initial_orders") or 0))
    return Node(
        policy, float(start), float(_value(v, "lead_time", 0)), int(v.get("order_lead_time") or 0), holding,
        float(_value(v, "stockout", 0.0)), float(_value(v, "in_transit_holding", holding)), at_start,
        {OUTSIDE if k == "None" else str(k): float(q) for k, q in bom.items()},
    )  # fmt: skip


def _policy(n: str, words: Any) -> dict[str, Any]:
    """Columns of a policy written ['BS', 6] or {'type': 'BS', 'base_stock_level': 6}."""
    if isinstance(words, Mapping):
        only(words, ("type", *NUMBERS), f"the policy of node {n}")
        words = [words.get("type"), *(words[k] for k in NUMBERS if words.get(k) is not None)]
    name, *numbers = words or [None]
    letters = POLICY_WORDS.get(str(name).lower(), name)
    if letters not in POLICY:
        raise Unreadable(f"node {n} has the policy {name!r}; known: {', '.join(POLICY)}")
    return POLICY[letters](*numbers)


def _full(policy: dict[str, Any]) -> float:
    """Stock at the start where a file gives none: the level, or one lot."""
    level = policy.get("order_up_to", policy.get("order_quantity", 0.0))
    return level if policy.get("reorder_point", 0.0) >= 0 else 0.0


def _pauses(given: Any, periods: int, nodes: Mapping) -> dict[str, tuple[str, list[int]]]:
    """By node: letters of the pause, and 1 for every period that it holds (a short list starts again)."""
    if isinstance(given, Mapping) and "states" in given:
        given = [given]
    if not isinstance(given, Mapping):
        given = {d.get("node", d.get("index")): d for d in given}
    found = {}
    for n, d in given.items():
        if not d or not np.any(d["states"]):
            continue
        only(d, ("type", "kind", "states", "node", "index"), f"the disruption of node {n}")
        letters = str(d.get("type", d.get("kind"))).replace("-", "_")
        letters = next((k for k, word in PAUSES.items() if letters.lower() in (k.lower(), word)), letters)
        if str(n) not in nodes or letters not in PAUSES:
            raise Unreadable(f"disruption {letters} at {n}: known are {', '.join(PAUSES)} at a node of the file")
        found[str(n)] = (letters, np.resize(np.asarray(d["states"], int), periods).tolist())
    return found
