"""Published optima and formulas, beside the functions of :mod:`twinkit.inventory`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from scipy.stats import uniform

from tests.truth.compared import Compared, Unreadable, only, within
from tests.truth.form_long_run import best_near, demand_of, level_of
from twinkit import inventory


def _rows(expected: Mapping[str, Any], ours: Mapping[str, Any], about: Mapping[str, Any], *topics: str) -> list:
    """Quantities of ours that the source publishes."""
    words = about.get("tolerance")
    return [Compared(k, expected[k], v, within(words, expected[k], *topics)) for k, v in ours.items() if k in expected]


def _poisson(words: Any, what: str) -> float:
    demand = demand_of(words)
    if demand["demand"] != "poisson":
        raise Unreadable(f"{what} is computed for Poisson demand, not for {words!r}")
    return demand["mean"]


def serial(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Best echelon and local levels of a serial system and their cost, also of a variant with Poisson demand."""
    holding, stockout, leads = given["local_holding"], given["stockout_at_stage_1"], given["lead_time"]
    rows = _serial(demand_of(given["demand"]), expected, about, "", holding, stockout, leads)
    for key, variant in expected.items():
        poisson = re.match(r"poisson([\d.]+)", key)
        if poisson:
            demand = demand_of(f"Poisson({poisson[1]})")
            rows += _serial(demand, variant, about, f"Poisson({poisson[1]}) ", holding, stockout, leads)
    return rows


def _serial(demand: dict, expected: Mapping, about: Mapping, prefix: str, *costs: Any) -> list[Compared]:
    if demand["demand"] == "poisson":
        best = inventory.serial_poisson(*costs, demand["mean"])
    else:
        best = inventory.serial_normal(*costs, demand["mean"], demand.get("spread", 0.0))
    ours = {
        "echelon_base_stock": (best.echelon_levels, "level"), "local_base_stock": (best.local_levels, "level"),
        "optimal_cost_per_period": (best.cost, "cost"), "optimal_cost": (best.cost, "cost"),
    }  # fmt: skip
    words = about.get("tolerance")
    return [
        Compared(prefix + key.replace("_", " "), expected[key], value, within(words, expected[key], topic, "optim"))
        for key, (value, topic) in ours.items() if key in expected
    ]  # fmt: skip


def min_max(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Exact cost of (s, S), and the best one where the source says that it is the best."""
    mean = _poisson(given["demand"], "(s, S)")
    rates = given["h"], given["p"], given["K"], mean, given.get("lead_time") or 0
    ours = {"cost": inventory.s_S_poisson_cost(given["s"], given["S"], *rates)}
    if given.get("optimal"):
        best = inventory.s_S_poisson(*rates)
        ours = {"s": best.reorder_point, "S": best.level, "cost": best.cost}
    return _rows(expected, ours, about, "analytic")


def lost_sales(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Best base-stock level where unserved demand is lost, and its cost, for every lead time."""
    mean, rows = _poisson(given["demand"], "lost sales"), []
    for key, published in given["lost_sales_levels"].items():
        lead = int(key[1:])
        try:
            best = inventory.lost_sales_poisson(given["h"], given["p"], mean, lead)[:2]
        except ValueError:  # too many states for the exact cost: the level is held against its neighbours
            best = best_near(given, lead, int(published["best_S"]))
        allowed = within(about.get("tolerance"), published["cost"])
        rows.append(Compared(f"{key} best S", published["best_S"], best[0], 0.0))
        rows.append(Compared(f"{key} cost", published["cost"], best[1], allowed))
    return rows


def disrupted_supply(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Best base-stock level whose supplier goes down and comes up again, and costs of levels."""
    chance = given["disruption_prob"], given["recovery_prob"]
    rates = given["h"], given["p"], given["demand"], *chance
    ours = {"S_star": inventory.supply_disruptions(*rates).level}
    for key in expected:
        if key.startswith("cost"):
            ours[key] = inventory.supply_disruptions_cost(level_of(key, expected), *rates)
    return _rows(expected, ours, about, "analytic")


def bullwhip(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """The formula; a source prints its ratio with at most six decimals."""
    ratio = inventory.bullwhip_lower_bound(given["L"], given["p"], given["rho"])
    return [Compared("ratio of variances", expected["ratio"], ratio, 1e-6)]


def reorder_point(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Best (r, Q) under a Poisson process, or the cost of one that is said not to be the best."""
    found = re.search(r"Poisson\D*([\d.]+)", str(given["demand"]))
    if not found:
        raise Unreadable(f"(r, Q) is computed for a Poisson process, not for {given['demand']!r}")
    rates = given["h"], given["p"], given["K"], float(found[1]), given["lead_time"]
    ours = {"cost": inventory.r_Q_poisson_cost(given["r"], given["Q"], *rates)}
    if given.get("optimal", True):
        best = inventory.r_Q_poisson(*rates)
        ours = {"r": best.reorder_point, "Q": best.quantity, "cost": best.cost}
    return _rows(expected, ours, about)


def newsvendor(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Best level for one period of demand, and the cost of it and of other levels."""
    demand, rates = demand_of(given["demand"]), (given["h"], given["p"])
    mean, spread, law, periods = demand["mean"], demand.get("spread", 0.0), demand["demand"], given.get("lead_time")
    name, about_demand = "newsvendor" if periods is None else "base_stock", (mean, spread) if law in ("normal", "constant") else (mean,)
    if law == "uniform":
        if periods is not None:
            raise Unreadable(f"a base stock is computed for normal and Poisson demand, not for {given['demand']!r}")
        best, cost_of, about_demand = inventory.newsvendor, inventory.newsvendor_cost, (uniform(mean - spread, 2 * spread),)
    else:
        name += "_poisson" if law == "poisson" else "_normal"
        best, cost_of = getattr(inventory, name), getattr(inventory, f"{name}_cost")
        about_demand = about_demand if periods is None else (*about_demand, periods)
    best = best(*rates, *about_demand)
    ours = {"S": best.level, "cost": best.cost}
    for key in expected:
        if key.startswith("cost_at_S"):
            level = float(key.removeprefix("cost_at_S"))
            ours[key] = cost_of(level, *rates, *about_demand)
    return _rows(expected, ours, about)


base_stock = newsvendor
"""A base-stock level is that of a newsvendor over the periods that an order covers."""


def lot(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Economic order quantity."""
    best = inventory.eoq(given["K"], given["h"], given["D"])
    return _rows(expected, {"Q": best.quantity, "cost": best.cost}, about)


def lot_with_backorders(given: Mapping, expected: Mapping, about: Mapping) -> list[Compared]:
    """Economic order quantity where customers may wait."""
    best = inventory.eoq_backorders(given["K"], given["h"], given["p"], given["D"])
    ours = {"Q": best.quantity, "stockout_fraction": best.stockout_share, "cost": best.cost}
    return _rows(expected, ours, about)


def production_lot(given: Mapping, expected: Mapping, about: Mapping) -> list[Compared]:
    """Economic production quantity."""
    best = inventory.epq(given["K"], given["h"], given["D"], given["production_rate"])
    return _rows(expected, {"Q": best.quantity, "cost": best.cost}, about)


def discount(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Best lot under a discount on all units, or on those beyond a breakpoint."""
    words = f"{about.get('case')} {given.get('kind', '')} {given.get('note', '')}"
    how = inventory.incremental_discount if "incremental" in words else inventory.all_units_discount
    best = how(given["K"], given["i"], given["D"], given["breakpoints"], given["unit_costs"])
    return _rows(expected, {"Q": best.quantity, "cost": best.cost}, about)


def service_times(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Least cost of safety stock under guaranteed service, for every scenario of limits."""
    rows, words = [], about.get("tolerance")
    exact = {k.split()[0]: v for k, v in (about.get("exact_here") or {}).items()}
    for scenario, published in expected.items():
        cost = inventory.guaranteed_service(_stages(given, scenario), given["holding_rate"], _z(given)).cost
        rows.append(Compared(scenario, published, cost, within(words, published, "published")))
        number = scenario.split()[0]
        if number in exact:
            name = f"{scenario}, recomputed"
            rows.append(Compared(name, exact[number], cost, within(words, exact[number], "exact_here")))
    return rows


def _z(given: Mapping[str, Any]) -> float:
    """Standard deviations of demand that are guaranteed; the model takes one for the whole tree."""
    found = sorted({s["z"] for s in given["stages"].values() if s.get("z") is not None})
    if len(found) != 1:
        raise Unreadable(f"z of the stages is {found}; the model takes one number")
    return found[0]


def _stages(given: Mapping[str, Any], scenario: str) -> list[inventory.Stage]:
    """The stages, with the limits of a scenario such as '3 Imager, Transfer S<=0'."""
    limits: dict[str, int] = {}
    for names, most in re.findall(r"([A-Za-z_][\w, ]*?)\s*S\s*<=\s*(\d+)", scenario):
        limits |= dict.fromkeys(re.split(r",\s*|\s+and\s+", names), int(most))
    unknown = sorted(set(limits) - set(given["stages"]))
    if unknown:
        raise Unreadable(f"{scenario!r} limits {', '.join(unknown)}, which is no stage")
    for name, stage in given["stages"].items():
        only(stage, ("time", "added_cost", "suppliers", "demand_mean", "demand_sd", "max_service_time", "z"), f"the stage {name}")
    return [
        inventory.Stage(
            name, s["time"], s.get("added_cost") or 0.0, s.get("suppliers") or (), s.get("demand_mean") or 0.0,
            s.get("demand_sd"), limits.get(name, s.get("max_service_time")),
        ) for name, s in given["stages"].items()
    ]  # fmt: skip
