"""Published chains of other orders of events: the beer game, OR-Gym, AnyLogistix, SupplyNetPy.

Each becomes tables and is run by the ordinary chain; what is left here is the
arithmetic that its source does with the quantities.
"""

from __future__ import annotations

import re

import numpy as np

from twinkit import rules
from twinkit.chain.chain import Chain
from twinkit.study.costs import cost_parts
from twinkit.tables.case import Case


def _lines(chain: Chain, history: str, labels: list[str]) -> np.ndarray:
    names = chain.labels(history)
    return np.stack([chain.history(history)[names.index(x), :, 0] for x in labels])


def _gap(a, b) -> float:
    return float(np.max(np.abs(np.asarray(a, float) - np.asarray(b, float)), initial=0.0))


def beer_game(parameters: dict, expected: dict, weekly: dict) -> dict[str, float]:
    """Differences of the beer game: cost by role, and the weekly traces if they are given."""
    p, start = parameters, parameters["initial"]
    roles = list(p["S_prime"])
    above = [*roles[1:], "brewery"]
    stocks = [{
        "site": role, "product": "beer", "policy": "anchor_and_adjust", "order_up_to": p["S_prime"][role],
        "smoothing": p["theta"], "stock_weight": p["alpha"], "supply_line_weight": p["beta"],
        "forecast_start": start["incoming_order_box"], "on_hand": start["inventory"],
        "holding_cost": p["holding"], "backlog_cost": p["backlog_cost"],
    } for role in roles]  # fmt: skip
    lanes = [{
        "origin": source, "destination": role, "product": "beer", "lead_time": 2,
        "information_delay": 1 if source == "brewery" else 2,
        "start_in_transit": start["each_production_box" if source == "brewery" else "each_shipping_box"],
        "start_orders": start["orders_placed_box"],
    } for role, source in zip(roles, above, strict=True)]  # fmt: skip
    case = Case("beer game", {
        "sites": [{"site": r, "kind": "warehouse"} for r in roles] + [{"site": "brewery", "kind": "supplier"}],
        "products": [{"product": "beer"}], "lanes": lanes,
        "stocks": [*stocks, {"site": "brewery", "product": "beer", "policy": "unlimited"}],
        "markets": [{"market": "drinkers", "site": roles[0], "product": "beer", "demand": "history"}],
        "history": [
            {"market": "drinkers", "product": "beer", "period": t, "units": u}
            for t, u in enumerate(p["customer_demand"])
        ],
    }, {"periods": p["weeks"], "day": "serve_first", "whole_units": True})  # fmt: skip
    recorded = ["stocks.on_hand", "stocks.backlog", "stocks.incoming", "stocks.ordered", "stocks.received", "claims.sent"]
    chain = Chain(case, replications=1, record=recorded)
    forced = re.search(r"weeks 1-(\d+) everybody orders (\d+)", p.get("forced_orders", ""))
    for _ in range(int(forced.group(1)) if forced else 0):
        for role in roles:
            chain.override(role, "beer", float(forced.group(2)))
        chain.step()
    chain.run()
    names = [f"{r} | beer" for r in roles]
    on_hand, backlog = _lines(chain, "stocks.on_hand", names), _lines(chain, "stocks.backlog", names)
    served = ["drinkers | beer", *(f"{a} > {r} | beer | road" for r, a in zip(roles[:-1], above[:-1], strict=True))]
    cost = (p["holding"] * on_hand + p["backlog_cost"] * backlog).sum(axis=1)
    ours = {
        "orders_received": _lines(chain, "stocks.incoming", names),
        "received": _lines(chain, "stocks.received", names),
        "shipped": _lines(chain, "claims.sent", served),
        "net_inventory_end": on_hand - backlog,
        "order_placed": _lines(chain, "stocks.ordered", names),
    }
    total = sum(cost_parts(chain.plan, chain.world).values())[0]
    gaps = {"total": abs(total - expected["total"])}
    gaps |= {f"cost {r}": abs(c - expected["cost_by_role"][r]) for r, c in zip(roles, cost, strict=True)}
    for key, traces in (weekly or {}).items():
        gaps |= {f"{key} {r}": _gap(ours[key][roles.index(r)], values) for r, values in traces.items()}
    return gaps


def orgym(parameters: dict, expected: dict, lost: bool) -> dict[str, float]:
    """Differences of an OR-Gym serial chain: all quantities of every period and the profit."""
    p, n = parameters, len(parameters["lead_time"])
    names = [f"stage {m}" for m in range(n)]
    stocks = [{
        "site": s, "product": "item", "policy": "echelon_base_stock", "order_up_to": level, "on_hand": on_hand,
        "limit_to_supplier": True,
    } for s, level, on_hand in zip(names, expected["base_stock_echelon"], p["initial_on_hand"], strict=True)]  # fmt: skip
    above = [*names[1:], "raw material"]
    lanes = [{
        "origin": a, "destination": s, "product": "item", "lead_time": lead, "capacity": capacity,
        "start_in_transit": p["initial_pipeline"], "lost_if_short": lost,
    } for s, a, lead, capacity in zip(names, above, p["lead_time"], p["capacity_of_supplier"], strict=True)]  # fmt: skip
    case = Case("OR-Gym", {
        "sites": [{"site": s, "kind": "warehouse"} for s in names] + [{"site": "raw material", "kind": "supplier"}],
        "products": [{"product": "item"}], "lanes": lanes,
        "stocks": [*stocks, {"site": "raw material", "product": "item", "policy": "unlimited"}],
        "markets": [{
            "market": "customers", "site": names[0], "product": "item", "demand": "history", "lost_share": float(lost),
        }],
        "history": [
            {"market": "customers", "product": "item", "period": t, "units": u} for t, u in enumerate(expected["demand"])
        ],
    }, {"periods": len(expected["demand"]), "day": "order_first"})  # fmt: skip
    recorded = ["stocks.on_hand", "lanes.placed", "lanes.in_transit", "claims.sent", "claims.lost", "claims.backlog"]
    chain = Chain(case, replications=1, record=recorded).run()
    ways = [f"{a} > {s} | item | road" for s, a in zip(names, above, strict=True)]
    claims = ["customers | item", *ways]
    on_hand = _lines(chain, "stocks.on_hand", [f"{s} | item" for s in names]).T
    sales = _lines(chain, "claims.sent", claims).T
    unfilled = _lines(chain, "claims.lost" if lost else "claims.backlog", claims).T
    money = sales @ np.array([p["sale_price"], *p["price_of_stage"][1:]])
    money = money - sales @ np.array([0.0, *p["replenishment_cost"][:-1]]) - sales[:, -1] * p["replenishment_cost"][-1]
    money = money - unfilled @ np.array(p["penalty"]) - on_hand @ np.array(p["holding"])
    profit = money * p["discount"] ** np.arange(len(money))
    ours = {
        "actions": _lines(chain, "lanes.placed", ways).T, "inventory_end": on_hand,
        "pipeline_end": _lines(chain, "lanes.in_transit", ways).T, "shipped": sales[:, 1:], "sales": sales,
        "unfilled": unfilled, "profit": profit, "total_profit": profit.sum(),
    }  # fmt: skip
    return {key: _gap(ours[key], expected[key]) for key in ours if key in expected}


def _policy(text: str, safety: float = 0.0) -> dict:
    word = text.split()[0]
    n = {k: float(v) for k, v in re.findall(r"(\w+)=([\d.]+)", text)}
    more = {"safety_stock": safety}
    if word == "RQ":
        return {"policy": "r_Q", "reorder_point": n["R"], "order_quantity": n["Q"], **more}
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


def anylogistix(common: dict, case: dict) -> dict[str, float]:
    """Differences of an AnyLogistix model: the end state and its money."""
    money = {
        "holding": common["holding_per_unit_day"], "buy": common["buy_price"], "sell": common["sell_price"],
        "transport": common["transport_per_order"],
    }  # fmt: skip
    policy = _policy(case["policy"], case.get("safety_stock", 0.0))
    chain = _shop(policy, case["initial"], case["lead_time"], case["demand_quantity_interval"], common["T"], money)
    ours = _shop_figures(chain.run(), money, int(case["lead_time"]))
    return {key: _gap(ours[key], value) for key, value in case["expected"].items()}


def supplynetpy(parameters: dict, expected: dict) -> dict[str, float]:
    """Differences of a SupplyNetPy model, which reviews once more before the first demand."""
    p = parameters
    money = {"holding": p["holding"], "buy": p["buy"], "sell": p["sell"], "transport": p["transport_per_order"]}
    policy = _policy(p["policy"])
    chain = _shop(policy, p["initial"], p["lead"], [[p["demand_per_day"], 1]], p["T"], money)
    # The review before the first demand sees the stock at the start; its order leaves in period 0.
    first = rules.order_s_S(p["initial"], policy["reorder_point"], policy["order_up_to"])
    chain.override("shop", "item", float(first))
    ours = _shop_figures(chain.run(), money)
    return {key: _gap(ours[key], value) for key, value in expected.items()}
