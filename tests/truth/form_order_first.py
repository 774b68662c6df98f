"""OR-Gym's serial chains (InvManagement-v0 and -v1): orders first, then goods, then demand.

The environment becomes tables and is run by the ordinary chain; what is left here is the
profit that the source computes from the quantities.  A case brings echelon base-stock
levels, or the orders of every period themselves (`actions`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.truth.compared import Compared, Unreadable, compare, only
from twinkit.chain.chain import Chain
from twinkit.tables.case import Case

INPUTS = {
    "demand", "base_stock_echelon", "initial_on_hand", "initial_pipeline", "sale_price", "replenishment_cost",
    "price_of_stage", "penalty", "holding", "capacity_of_supplier", "lead_time", "discount", "version", "env",
    "environment", "periods", "stages", "parameters", "expected", "note", "source", "verified", "tolerance",
}  # fmt: skip
"""Keys of a case that say what goes in."""
RECORDED = ("stocks.on_hand", "lanes.placed", "lanes.in_transit", "lanes.arrived",
            "claims.sent", "claims.lost", "claims.backlog")  # fmt: skip


def lines(chain: Chain, history: str, labels: list[str]) -> np.ndarray:
    """Histories of the first world, one row for each label."""
    names = chain.labels(history)
    return np.stack([chain.history(history)[names.index(x), :, 0] for x in labels])


def loses(given: Mapping[str, Any], *names: str) -> bool:
    """Whether unfilled demand is lost: as a key says, else the name of the case, else that of the file."""
    for key, meant in (("lost_sales", True), ("lost", True), ("backlog", False)):
        if isinstance(given.get(key), bool):
            return given[key] is meant
    words = [f"v{given['version']}".replace("vv", "v")] if "version" in given else []
    for text in [*words, *(str(given[k]) for k in ("env", "environment") if k in given), *names]:
        lost = re.search(r"v1|lost", text.lower()) is not None
        if lost != (re.search(r"v0|backlog", text.lower()) is not None):
            return lost
    raise Unreadable(
        "the case does not say what happens to unfilled demand; give it `backlog` true or false, "
        "or a name with v0 or backlog, v1 or lost"
    )


class OrderFirst:
    """One such chain as tables, and its run as the quantities of the source."""

    def __init__(self, given: Mapping[str, Any], lost: bool) -> None:
        self.p, self.lost = given, lost
        self.stages = len(given["initial_on_hand"])
        self.names = [f"stage {m}" for m in range(self.stages)]
        self.above = [*self.names[1:], "raw material"]
        self.ways = [f"{a} > {s} | item | road" for s, a in zip(self.names, self.above, strict=True)]
        self.demand = [float(d) for d in given["demand"]]

    def each(self, key: str, value: Any, length: int | None = None) -> list[float]:
        """A parameter for each stage, where one number may stand for all."""
        length = length or self.stages
        found = [float(v) for v in np.atleast_1d(np.asarray(value, float)).ravel()]
        found = found * length if len(found) == 1 else found
        if len(found) < length:
            raise Unreadable(f"`{key}` has {len(found)} values, where {length} are needed")
        return found[:length]

    def levels(self) -> list[float] | None:
        """Echelon base-stock levels; the source cuts every order to whole units."""
        if "base_stock_echelon" not in self.p:
            return None
        levels = self.each("base_stock_echelon", self.p["base_stock_echelon"])
        whole = [*self.demand, *self.p["initial_on_hand"], *np.ravel(self.p.get("actions", 0.5))]
        return [float(np.floor(x)) for x in levels] if all(float(x).is_integer() for x in whole) else levels

    def case(self) -> Case:
        """The tables of the chain."""
        p, levels, start = self.p, self.levels(), self.p["initial_on_hand"]
        stocks = [{
            "site": s, "product": "item", "policy": "echelon_base_stock" if levels else "base_stock",
            "order_up_to": level, "on_hand": on_hand, "limit_to_supplier": bool(levels),
        } for s, level, on_hand in zip(self.names, levels or [0.0] * self.stages, start, strict=True)]  # fmt: skip
        columns = [self.each(k, p[k]) for k in ("lead_time", "capacity_of_supplier")]
        columns.append(self.each("initial_pipeline", p.get("initial_pipeline") or 0.0))
        lanes = [{
            "origin": a, "destination": s, "product": "item", "lead_time": lead, "capacity": capacity,
            "start_in_transit": on_way, "lost_if_short": self.lost,
        } for s, a, lead, capacity, on_way in zip(self.names, self.above, *columns, strict=True)]  # fmt: skip
        sites = [*({"site": s, "kind": "warehouse"} for s in self.names), {"site": "raw material", "kind": "supplier"}]
        return Case("OR-Gym", {
            "sites": sites, "products": [{"product": "item"}], "lanes": lanes,
            "stocks": [*stocks, {"site": "raw material", "product": "item", "policy": "unlimited"}],
            "markets": [{
                "market": "customers", "site": self.names[0], "product": "item", "demand": "history",
                "lost_share": float(self.lost),
            }],
            "history": [
                {"market": "customers", "product": "item", "period": t, "units": u} for t, u in enumerate(self.demand)
            ],
        }, {"periods": len(self.demand), "day": "order_first"})  # fmt: skip

    def run(self) -> Chain:
        """The chain at its end; orders that are given are placed as they stand."""
        chain = Chain(self.case(), replications=1, record=RECORDED)
        if "base_stock_echelon" in self.p:
            return chain.run()
        if "actions" not in self.p:
            raise Unreadable("the case has neither `base_stock_echelon` nor `actions`: nothing says what is ordered")
        for orders in self.p["actions"]:
            for name, units in zip(self.names, orders, strict=True):
                chain.override(name, "item", float(units))
            chain.step()
        return chain.run()

    def quantities(self) -> dict[str, Any]:
        """The quantities of the source: period by period, one column for each stage."""
        chain, claims = self.run(), ["customers | item", *self.ways]
        on_hand = lines(chain, "stocks.on_hand", [f"{s} | item" for s in self.names]).T
        sales = lines(chain, "claims.sent", claims).T
        unfilled = lines(chain, "claims.lost" if self.lost else "claims.backlog", claims).T
        profit = self.profit(on_hand, sales, unfilled)
        return {
            "actions": lines(chain, "lanes.placed", self.ways).T, "inventory_end": on_hand,
            "pipeline_end": lines(chain, "lanes.in_transit", self.ways).T, "shipped": sales[:, 1:], "sales": sales,
            "received": lines(chain, "lanes.arrived", self.ways).T, "unfilled": unfilled,
            "backlog": unfilled * (not self.lost), "lost_sales": unfilled * self.lost,
            "profit": profit, "total_profit": profit.sum(),
        }  # fmt: skip

    def profit(self, on_hand: np.ndarray, sales: np.ndarray, unfilled: np.ndarray) -> np.ndarray:
        """Discounted profit of every period [money]; the last stage pays its unit cost on what it ships."""
        p, all_stages = self.p, self.stages + 1
        cost = self.each("replenishment_cost", p["replenishment_cost"], all_stages)
        later = p.get("price_of_stage") or [p.get("sale_price", 0.0), *cost[:-1]]  # a stage pays what the next one asks
        price = [float(p.get("sale_price", later[0])), *later[1:]]
        paid = sales @ np.array([0.0, *cost[:-1]]) + sales[:, -1] * cost[-1]
        money = sales @ np.array(self.each("price_of_stage", price, all_stages)) - paid
        money = money - unfilled @ np.array(self.each("penalty", p["penalty"], all_stages))
        money = money - on_hand @ np.array(self.each("holding", p["holding"]))
        return money * float(p.get("discount", 1.0)) ** np.arange(len(money))


def order_first(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """All quantities of every period and the profit, published and ours."""
    lost = loses(given, str(about.get("case", "")), str(about.get("id", "")), str(about.get("file", "")))
    known = {*INPUTS, "actions", "lost_sales", "lost", "backlog", "inventory_end", "pipeline_end", "profit", "sales", "shipped",
             "total_profit", "unfilled"}  # fmt: skip
    only(given, known | set(expected), "the case")
    asked = {k: v for k, v in expected.items() if k not in INPUTS and not isinstance(v, bool | str)}
    return compare(asked, OrderFirst(given, lost).quantities(), about.get("tolerance", "1e-6"))
