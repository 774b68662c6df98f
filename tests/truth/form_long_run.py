"""Published long-run averages: the chain runs in many worlds at once, and its mean is put beside them.

Every world is independent, so the half width of ours is that of a mean of worlds.  The
numbers of worlds and periods make it a fraction of what the source allows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.truth.compared import Compared, Unreadable, simulated, within
from twinkit.chain.chain import Chain
from twinkit.run.kpis import cost_parts
from twinkit.run.statistics import mean_interval
from twinkit.tables.case import Case

MOST_BATCHES = 6
"""Batches of worlds after which a mean is taken as it is."""
SITES = [{"site": "shop", "kind": "retailer"}, {"site": "factory", "kind": "supplier"}]


@dataclass(frozen=True)
class Run:
    """Worlds of a batch, periods that count, periods before them, and the order of events."""

    worlds: int
    periods: int = 2000
    warm_up: int = 200
    day: str = "order_after_demand"


def demand_of(words: Any) -> dict[str, Any]:
    """Columns of a market whose demand a source writes 'Normal(5,1) per period', 'Poisson(6)' or 2000."""
    if isinstance(words, int | float):
        return {"demand": "constant", "mean": float(words)}
    found = re.match(r"\s*(Normal|Poisson|Uniform)\s*\(([^)]*)\)", str(words), re.IGNORECASE)
    if not found:
        raise Unreadable(f"demand {words!r} cannot be read; known: Normal(mean, sd), Poisson(mean), Uniform(least, most) and a number")
    numbers = [float(x) for x in found[2].split(",")]
    if found[1].lower() == "poisson":
        return {"demand": "poisson", "mean": numbers[0]}
    if found[1].lower() == "uniform":
        return {"demand": "uniform", "mean": sum(numbers) / 2, "spread": (numbers[1] - numbers[0]) / 2}
    return {"demand": "normal", "mean": numbers[0], "spread": numbers[1]}


def mean_cost(name: str, published: float, tables: dict[str, list], about: Mapping[str, Any], run: Run) -> Compared:
    """A published average cost beside ours; batches of worlds run until ours is known well enough."""
    tolerance = within(about.get("tolerance"), published, "simul")
    settings = {"periods": run.warm_up + run.periods, "warm_up": run.warm_up, "day": run.day}
    case, found = Case("long run", tables, settings), []
    for batch in range(MOST_BATCHES):
        chain = Chain(case, replications=run.worlds, seed=1, first=batch * run.worlds).run()
        found.append(sum(cost_parts(chain.plan, chain.world).values()) / run.periods)
        row = simulated(name, published, np.concatenate(found), tolerance)
        if row.half_width <= tolerance / 3:
            break
    return row


def shop(stock: dict, lane: dict, market: dict, factory: dict | None = None) -> dict[str, list]:
    """Tables of a shop with one outside supplier; the shop starts with nothing under way."""
    return {
        "sites": SITES, "products": [{"product": "item"}],
        "stocks": [
            {"site": "shop", "product": "item", **stock},
            {"site": "factory", "product": "item", "policy": "unlimited", **(factory or {})},
        ],
        "lanes": [{"origin": "factory", "destination": "shop", "product": "item", "start_in_transit": 0, **lane}],
        "markets": [{"market": "customers", "site": "shop", "product": "item", **market}],
    }  # fmt: skip


def serial(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Cost of a serial system at the published levels, and at those of a variant with Poisson demand."""
    rows = [_serial("cost per period", given, demand_of(given["demand"]), expected, about, Run(640))]
    for key, variant in expected.items():
        poisson = re.match(r"poisson([\d.]+)", key)
        if poisson:
            demand = demand_of(f"Poisson({poisson[1]})")
            rows.append(_serial(f"Poisson({poisson[1]}) cost", given, demand, variant, about, Run(1280)))
    return rows


def _serial(name: str, given: Mapping, demand: dict, expected: Mapping, about: Mapping, run: Run) -> Compared:
    cost = next((v for k, v in expected.items() if "cost" in k and isinstance(v, int | float)), None)
    if cost is None or not {"local_base_stock", "echelon_base_stock"} & set(expected):
        raise Unreadable(f"{name}: `expected` needs a cost, and local_base_stock or echelon_base_stock")
    levels = expected.get("local_base_stock")
    if levels is None:  # a stage never holds more than the stages that supply it
        capped = np.minimum.accumulate(np.asarray(expected["echelon_base_stock"], float)[::-1])[::-1]
        levels = np.diff(capped, prepend=0.0)
    return mean_cost(name, cost, line(given, levels, demand), about, run)


def line(given: Mapping[str, Any], levels: Any, demand: dict) -> dict[str, list]:
    """Tables of a serial system, stages from the customer up; goods on the way are held by their shipper."""
    names = [f"stage {n}" for n in given.get("stages_downstream_first") or range(1, len(levels) + 1)]
    rates, above = [float(h) for h in given["local_holding"]], [*names[1:], "outside"]
    stocks = [{
        "site": n, "product": "item", "policy": "base_stock", "order_up_to": level, "on_hand": max(level, 0.0),
        "holding_cost": h, "backlog_cost": given["stockout_at_stage_1"] if n == names[0] else 0,
    } for n, level, h in zip(names, map(float, levels), rates, strict=True)]  # fmt: skip
    lanes = [{
        "origin": a, "destination": n, "product": "item", "lead_time": lead, "holding_cost": h, "start_in_transit": 0,
    } for n, a, lead, h in zip(names, above, given["lead_time"], [*rates[1:], 0.0], strict=True)]  # fmt: skip
    return {
        "sites": [*({"site": n, "kind": "warehouse"} for n in names), {"site": "outside", "kind": "supplier"}],
        "products": [{"product": "item"}], "lanes": lanes,
        "stocks": [*stocks, {"site": "outside", "product": "item", "policy": "unlimited"}],
        "markets": [{"market": "customers", "site": names[0], "product": "item", **demand}],
    }  # fmt: skip


def min_max(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Cost of an (s, S) policy that is reviewed before demand: a lead time of 1 after it."""
    stock = {
        "policy": "s_S", "reorder_point": given["s"], "order_up_to": given["S"], "on_hand": given["S"],
        "holding_cost": given["h"], "backlog_cost": given["p"],
    }  # fmt: skip
    lane = {"lead_time": 1 + (given.get("lead_time") or 0), "shipment_cost": given["K"]}
    tables = shop(stock, lane, demand_of(given["demand"]))
    return [mean_cost("cost per period", expected["cost"], tables, about, Run(640))]


def lost_sales(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Cost of base-stock levels where unserved demand is lost, for every lead time of the source."""
    return [
        _lost_sales(f"{key} cost per period", given, int(key[1:]), best["best_S"], best["cost"], about)
        for key, best in given["lost_sales_levels"].items()
    ]


def _lost_sales(name: str, given: Mapping, lead: int, level: float, cost: float, about: Mapping) -> Compared:
    stock = {"policy": "base_stock", "order_up_to": level, "on_hand": level, "holding_cost": given["h"]}
    market = {**demand_of(given["demand"]), "lost_share": 1, "lost_margin": given["p"]}
    return mean_cost(name, cost, shop(stock, {"lead_time": lead}, market), about, Run(1280, day="order_first"))


def best_near(given: Mapping[str, Any], lead: int, level: int) -> tuple[int, float]:
    """The cheapest of a level and its neighbours under the same chance, and its cost."""
    found = {s: _lost_sales("", given, lead, s, 0.0, {"tolerance": 1.0}).ours for s in (level - 1, level, level + 1)}
    best = min(found, key=found.get)
    return best, found[best]


def disrupted_supply(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Cost of base-stock levels whose supplier goes down and comes up again by chance."""
    stock = {"policy": "base_stock", "holding_cost": given["h"], "backlog_cost": given["p"]}
    outages = {
        "event": "supplier down", "kind": "outage", "site": "factory", "start": 0,
        "time_between": 1 / given["disruption_prob"], "duration": 1 / given["recovery_prob"],
        "duration_kind": "geometric",
    }  # fmt: skip
    rows = []
    for key, cost in expected.items():
        if not key.startswith("cost"):
            continue
        level = level_of(key, expected)
        levels = {**stock, "order_up_to": level, "on_hand": level}
        tables = {**shop(levels, {"lead_time": 1}, demand_of(given["demand"])), "events": [outages]}
        rows.append(mean_cost(f"cost per period at S = {level:g}", cost, tables, about, Run(2560, 4000)))
    return rows


def level_of(key: str, expected: Mapping[str, Any]) -> float:
    """The level that a cost is of: `cost_8000` names it, plain `cost` is of the best one."""
    named = re.search(r"\d[\d.]*$", key)
    return float(named[0] if named else expected["S_star"])


def bullwhip(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Variance of orders over that of demand, where the level follows a moving average of demand."""
    window, lead, rho = int(given["p"]), int(given["L"]), float(given["rho"])
    stock = {
        "policy": "days_of_cover", "days_of_cover": 0, "forecast_window": window, "on_hand": 1000.0 * (lead + 1),
    }  # fmt: skip
    market = {"demand": "normal", "mean": 1000, "spread": 5, "autocorrelation": rho}
    warm = 50 + 4 * (window + lead)
    case = Case("bullwhip", shop(stock, {"lead_time": lead}, market), {"periods": warm + 4000})
    chain = Chain(case, replications=320, seed=1, record=["stocks.ordered", "stocks.incoming"]).run()
    row = chain.labels("stocks.ordered").index("shop | item")
    orders, demand = (chain.history(f"stocks.{c}")[row, warm:] for c in ("ordered", "incoming"))
    published = float(expected["ratio"])
    allowed = within(about.get("tolerance"), published, "simul")
    rows = [_quotient("ratio of variances", published, orders.var(axis=0), demand.var(axis=0), allowed)]
    if rho:
        around = demand - demand.mean()
        pairs = (around[1:] * around[:-1]).mean(axis=0)
        rows.append(_quotient("correlation of demand", rho, pairs, demand.var(axis=0), 0.01))
    return rows


def _quotient(name: str, published: float, over: np.ndarray, under: np.ndarray, tolerance: float) -> Compared:
    """A published quotient beside that of two means of worlds, with the interval of its linear part."""
    ratio = float(over.mean() / under.mean())
    _, low, high = mean_interval((over - ratio * under) / under.mean())
    return Compared(name, published, ratio, tolerance, (high - low) / 2)
