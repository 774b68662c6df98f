"""Published chains that serve before they order: the beer game, AnyLogistix, SupplyNetPy.

Each becomes tables and is run by the ordinary chain; what is left here is the
arithmetic that its source does with the quantities.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.truth.compared import Compared, Unreadable, compare, only
from tests.truth.form_order_first import lines
from twinkit import rules
from twinkit.chain.chain import Chain
from twinkit.run.kpis import cost_parts
from twinkit.tables.case import Case

BEER_RECORDED = ("stocks.on_hand", "stocks.backlog", "stocks.incoming", "stocks.ordered", "stocks.received",
                 "claims.sent")  # fmt: skip

BEER = ("S_prime", "alpha", "backlog_cost", "beta", "customer_demand", "forced_orders", "holding", "initial", "rule", "supply_line",
        "theta", "weeks", "whole_units")  # fmt: skip
BEER_START = ("inventory", "backlog", "each_shipping_box", "each_production_box", "incoming_order_box", "orders_placed_box")
SHOP = ("T", "buy_price", "capacity", "holding_per_unit_day", "sell_price", "transport_per_order", "demand_quantity_interval", "initial",
        "lead_time", "policy", "safety_stock")  # fmt: skip
NODE = ("T", "buy", "capacity", "demand_per_day", "holding", "initial", "lead", "policy", "sell", "transport_per_order",
        "safety_stock")  # fmt: skip
"""Keys that each form reads."""


class BeerGame:
    """The board of the beer game as tables, and its run as the weekly records of the players."""

    def __init__(self, given: Mapping[str, Any], whole: bool) -> None:
        self.p, self.roles, self.whole = given, list(given["S_prime"]), whole
        self.above = [*self.roles[1:], "brewery"]
        self.names = [f"{r} | beer" for r in self.roles]

    def case(self) -> Case:
        """The tables of the board."""
        p, start = self.p, self.p["initial"]
        if start.get("backlog") or start["incoming_order_box"] != start["orders_placed_box"]:
            raise Unreadable("a chain starts without backlog, and with the same order in both boxes of the mail")
        first = re.search(r"Lhat_0\s*=\s*([\d.]*\d)", str(p.get("rule", "")))
        stocks = [{
            "site": role, "product": "beer", "policy": "anchor_and_adjust", "order_up_to": p["S_prime"][role],
            "smoothing": p["theta"], "stock_weight": p["alpha"], "supply_line_weight": p["beta"],
            "forecast_start": float(first[1]) if first else start["incoming_order_box"], "on_hand": start["inventory"],
            "holding_cost": p["holding"], "backlog_cost": p["backlog_cost"],
        } for role in self.roles]  # fmt: skip
        lanes = [{
            "origin": source, "destination": role, "product": "beer", "lead_time": 2,
            "information_delay": 1 if source == "brewery" else 2,
            "start_in_transit": start["each_production_box" if source == "brewery" else "each_shipping_box"],
            "start_orders": start["orders_placed_box"],
        } for role, source in zip(self.roles, self.above, strict=True)]  # fmt: skip
        sites = [{"site": r, "kind": "warehouse"} for r in self.roles] + [{"site": "brewery", "kind": "supplier"}]
        market = {"market": "drinkers", "site": self.roles[0], "product": "beer", "demand": "history"}
        weeks = int(p.get("weeks") or len(p["customer_demand"]))
        return Case("beer game", {
            "sites": sites, "products": [{"product": "beer"}], "lanes": lanes,
            "stocks": [*stocks, {"site": "brewery", "product": "beer", "policy": "unlimited"}], "markets": [market],
            "history": [
                {"market": "drinkers", "product": "beer", "period": t, "units": u}
                for t, u in enumerate(p["customer_demand"][:weeks])
            ],
        }, {"periods": weeks, "day": "serve_first", "whole_units": self.whole})  # fmt: skip

    def run(self) -> BeerGame:
        """Play all weeks; in the first ones everybody may be told what to order."""
        self.chain = Chain(self.case(), replications=1, record=BEER_RECORDED)
        forced = re.search(r"weeks 1-(\d+) everybody orders (\d+)", self.p.get("forced_orders") or "")
        for _ in range(int(forced.group(1)) if forced else 0):
            for role in self.roles:
                self.chain.override(role, "beer", float(forced.group(2)))
            self.chain.step()
        self.chain.run()
        return self

    def weekly(self) -> dict[str, dict[str, np.ndarray]]:
        """What the players wrote down, by role."""
        ways = [f"{a} > {r} | beer | road" for r, a in zip(self.roles[:-1], self.above[:-1], strict=True)]
        found = {
            "orders_received": lines(self.chain, "stocks.incoming", self.names),
            "received": lines(self.chain, "stocks.received", self.names),
            "shipped": lines(self.chain, "claims.sent", ["drinkers | beer", *ways]),
            "net_inventory_end": lines(self.chain, "stocks.on_hand", self.names) - self.backlog(),
            "backlog_end": self.backlog(),
            "order_placed": lines(self.chain, "stocks.ordered", self.names),
        }
        return {key: dict(zip(self.roles, values, strict=True)) for key, values in found.items()}

    def backlog(self) -> np.ndarray:
        """Units owed at the end of every week."""
        return lines(self.chain, "stocks.backlog", self.names)

    def costs(self) -> dict[str, Any]:
        """Cost of all weeks, by role and in all [money]."""
        on_hand = lines(self.chain, "stocks.on_hand", self.names)
        cost = (self.p["holding"] * on_hand + self.p["backlog_cost"] * self.backlog()).sum(axis=1)
        total = sum(cost_parts(self.chain.plan, self.chain.world).values())[0]
        return {"cost_by_role": dict(zip(self.roles, cost, strict=True)), "total": total}


def beer_game(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """The beer game: cost by role and in all, and the weekly records if they are given."""
    only(given, BEER, "the game")
    only(given["initial"], BEER_START, "its start")
    weekly, words = about.get("weekly") or expected.get("weekly") or {}, about.get("tolerance", "exact")
    orders = [units for values in weekly.get("order_placed", {}).values() for units in values]
    rounds = "round" in str(given.get("rule", "")) or (bool(orders) and all(float(x).is_integer() for x in orders))
    game = BeerGame(given, whole=given.get("whole_units", rounds)).run()
    costs = {k: v for k, v in expected.items() if k not in ("weekly", "published_context")}
    return compare(costs, game.costs(), words) + compare(weekly, game.weekly(), words)


def _policy(text: str, safety: float = 0.0) -> dict:
    word, *rest = text.split()
    n = {k: float(v) for k, v in re.findall(r"(\w+)=([\d.]+)", text)}
    more = {"safety_stock": n.pop("safety", safety)}
    if set(n) not in ({"R", "Q"}, {"s", "S"}) or len(rest) != len(re.findall(r"\w+=[\d.]+", text)):
        raise Unreadable(f"the policy {text!r} cannot be read; known: 'RQ R=… Q=…' and 'sS s=… S=…', each with safety=… or without")
    if word == "RQ" and "R" in n:
        return {"policy": "r_Q", "reorder_point": n["R"], "order_quantity": n["Q"], **more}
    if word == "RQ" or "s" not in n:
        raise Unreadable(f"the policy {text!r} names other numbers than its word says")
    return {"policy": "s_S", "reorder_point": n["s"], "order_up_to": n["S"], **more}


def _shop(policy: dict, start: float, lead: float, demands: list, periods: int, money: dict) -> Chain:
    """One shop with an infinite supplier; customers' orders are filled whole or lost."""
    case = Case("shop", {
        "sites": [{"site": "shop", "kind": "retailer"}, {"site": "factory", "kind": "supplier"}],
        "products": [{"product": "item"}],
        "stocks": [
            {"site": "shop", "product": "item", "on_hand": start, "holding_cost": money["holding"], **policy},
            {"site": "factory", "product": "item", "policy": "unlimited", "unit_cost": money["buy"]},
        ],
        "lanes": [{
            "origin": "factory", "destination": "shop", "product": "item", "lead_time": lead, "start_in_transit": 0,
            "shipment_cost": money["transport"],
        }],
        "markets": [{
            "market": f"customer {i}", "site": "shop", "product": "item", "demand": "constant", "mean": quantity,
            "every": every, "lost_share": 1, "partial": False, "price": money["sell"], "priority": i,
        } for i, (quantity, every) in enumerate(demands)],
    }, {"periods": periods, "day": "serve_first"})  # fmt: skip
    recorded = ["stocks.on_hand", "lanes.placed", "lanes.arrived", "claims.asked", "claims.sent"]
    return Chain(case, replications=1, record=recorded)


def _roomy(chain: Chain, given: Mapping[str, Any]) -> Chain:
    """The run, if the capacity of the shop never mattered: a stock of ours has none."""
    highest = float(chain.history("stocks.on_hand")[chain.labels("stocks.on_hand").index("shop | item")].max())
    if highest > float(given.get("capacity") or np.inf):
        raise Unreadable(f"the stock reaches {highest:g}, above the capacity {given['capacity']}, which this form cannot carry")
    return chain


def _shop_figures(chain: Chain, money: dict, way: int = 0) -> dict[str, float]:
    """Figures of the shop; customers get their goods `way` periods after the order."""
    end = chain.history("stocks.on_hand")[chain.labels("stocks.on_hand").index("shop | item"), -1, 0]
    placed, arrived = chain.history("lanes.placed")[0, :, 0], chain.history("lanes.arrived")[0, :, 0]
    asked, sent = chain.history("claims.asked")[1:, :, 0], chain.history("claims.sent")[1:, :, 0]
    parts = {k: float(v[0]) for k, v in cost_parts(chain.plan, chain.world).items()}
    there = sent[:, : sent.shape[1] - way]
    bought = arrived.sum() * money["buy"]
    return {
        "end_inventory": end, "holding_cost": parts["holding"], "orders_placed": (placed > 0).sum(),
        "units_ordered": placed.sum(), "orders_received": (arrived > 0).sum(), "units_received": arrived.sum(),
        "customer_orders": (asked > 0).sum(), "customer_units": asked.sum(),
        "customer_orders_delivered": (there > 0).sum(), "customer_units_delivered": there.sum(),
        "purchase_spend_on_received": bought,
        "revenue_on_accepted_demand": asked.sum() * money["sell"],
        "transport_cost_all_orders": ((placed > 0).sum() + (asked > 0).sum()) * money["transport"],
        "purchase_spend": bought, "transport": parts["transport"],
        "revenue": sent.sum() * money["sell"],
        "node_cost": parts["holding"] + bought + parts["transport"],
        "profit": sent.sum() * money["sell"] - parts["holding"] - bought - parts["transport"],
        "demand": [(asked > 0).sum(), asked.sum()], "fulfilled": [(sent > 0).sum(), sent.sum()],
        "shortage": [((asked > 0) & (sent < asked)).sum(), (asked - sent).sum()],
    }  # fmt: skip


def anylogistix(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """An AnyLogistix model: the end state and its money."""
    only(given, SHOP, "the model")
    money = {
        "holding": given["holding_per_unit_day"], "buy": given["buy_price"], "sell": given["sell_price"],
        "transport": given["transport_per_order"],
    }  # fmt: skip
    policy = _policy(given["policy"], given.get("safety_stock") or 0.0)
    lead, demands = given["lead_time"], given["demand_quantity_interval"]
    chain = _shop(policy, given["initial"], lead, demands, given["T"], money)
    return compare(expected, _shop_figures(_roomy(chain.run(), given), money, int(lead)), about.get("tolerance", "exact"))


def supplynetpy(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """A SupplyNetPy model, which reviews once more before the first demand."""
    p = given
    only(p, NODE, "the model")
    money = {"holding": p["holding"], "buy": p["buy"], "sell": p["sell"], "transport": p["transport_per_order"]}
    policy = _policy(p["policy"], p.get("safety_stock") or 0.0)
    chain = _shop(policy, p["initial"], p["lead"], [[p["demand_per_day"], 1]], p["T"], money)
    # The review before the first demand sees the stock at the start; its order leaves in period 0.
    point, safety = policy["reorder_point"] + policy["safety_stock"], policy["safety_stock"]
    if policy["policy"] == "r_Q":
        first = rules.order_r_Q(p["initial"], point, policy["order_quantity"])
    else:
        first = rules.order_s_S(p["initial"], point, policy["order_up_to"] + safety)
    chain.override("shop", "item", float(first))
    return compare(expected, _shop_figures(_roomy(chain.run(), p), money), about.get("tolerance", "exact"))
