"""Small chains whose dips can be explained by hand: ten units a day, everything arrives when it should."""

from __future__ import annotations

import numpy as np
import pytest

from twinkit.run.scenario import Scenario
from twinkit.study.explain import explain
from twinkit.study.walk import EVENT
from twinkit.tables.case import Case

DAYS = 80


def chain(lanes, *, stocks=None, demand=None, recipes=(), bill=(), events=(), sites=(), **settings) -> Case:
    """A chain from its lanes (origin, destination, product, lead time, share …) and levels.

    Sites that are no lane's destination are suppliers without limit; `stocks` gives the
    order-up-to level of the others; the last destination sells ten of its product a day.
    """
    rows = [
        dict(zip(("origin", "destination", "product", "lead_time", "share", "via"), lane, strict=False))
        for lane in lanes
    ]
    levels = dict(stocks or {})
    kept = dict.fromkeys([(r[end], r["product"]) for r in rows for end in ("origin", "destination")] + list(levels))
    names = dict.fromkeys([site for site, _ in kept])
    kinds = {r["destination"]: "warehouse" for r in rows} | {s: "plant" for s, *_ in recipes}
    shop, product = rows[-1]["destination"], rows[-1]["product"]
    return Case("by hand", {
        "sites": [{"site": s, "kind": kinds.get(s, "supplier")} for s in names] + [{"site": s, "kind": "port"} for s in sites],
        "products": [{"product": p, "value": 1} for p in dict.fromkeys(p for _, p in kept)],
        "bill_of_materials": [dict(zip(("product", "component", "quantity"), line, strict=True)) for line in bill],
        "stocks": [
            {"site": s, "product": p, "policy": "base_stock", "order_up_to": levels[s, p], "reroute": True}
            if (s, p) in levels else {"site": s, "product": p, "policy": "unlimited"} for s, p in kept
        ],
        "recipes": [dict(zip(("site", "product", "lead_time", "capacity"), line, strict=False)) for line in recipes],
        "lanes": rows,
        "markets": [{"market": "town", "site": shop, "product": product, "demand": "constant", "mean": 10}
                    if demand is None else {"market": "town", "site": shop, "product": product, "demand": "history"}],
        "history": [{"market": "town", "product": product, "period": t, "units": u} for t, u in enumerate(demand or ())],
        "events": [{"scheduled": False, **e} for e in events],
    }, {"periods": DAYS, **settings})  # fmt: skip


def two_steps(**more) -> Case:
    """A source, two days to the depot, one day to the shop; depot and shop keep stock for two days each."""
    return chain(
        [("source", "depot", "item", 2), ("depot", "shop", "item", 1)],
        stocks={("depot", "item"): 40, ("shop", "item"): 30}, **more,
    )  # fmt: skip


def event(name: str, kind: str, start: int, duration: int, **target) -> dict:
    """A row of the table of events."""
    return {"event": name, "kind": kind, "start": start, "duration": duration, **target}


FIRE = event("fire", "outage", 20, 10, site="source")


def happening(case, *names, **more):
    """The explanation of events of a case."""
    return explain(case, Scenario("it happens", names), world=0, **more)


def row_of(found, node: str):
    """The only row of the tree with this name."""
    table = found.tree().query("node == @node")
    assert len(table) == 1, found.tree()["node"].tolist()
    return table.iloc[0]


def event_units(found) -> np.ndarray:
    """Units that the walk traces to each event."""
    units = np.zeros(len(found.trail.events))
    for node in found.root.every():
        if node.kind == EVENT:
            units[node.row] += node.units
    return units


def adds_up(found) -> None:
    """Every node hands on what it has, and what it has is not negative."""
    leaves = 0.0
    for node in found.root.every():
        assert (node.days >= -1e-9).all()
        leaves += 0.0 if node.children else node.units
        if node.children:
            assert sum(c.units for c in node.children) == pytest.approx(node.units, rel=1e-9, abs=1e-9)
        else:
            assert node.kind not in ("market", "stock", "lane", "recipe")
    assert leaves == pytest.approx(found.units)
    shares = found.policy_share + (found.parts.sum() + found.left) / found.units
    if found.without <= found.units:
        assert shares == pytest.approx(1.0)
    assert event_units(found).sum() == pytest.approx(max(found.units - found.without, 0.0), abs=1e-9)
