"""Published results on the shape of a business: made to order, where to make, across a border."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.truth.compared import Compared, Unreadable, compare, only, simulated, within
from twinkit.capabilities.border import landed
from twinkit.capabilities.siting import network, places
from twinkit.capabilities.to_order import simulate, stages

HOURS = {"min": 1 / 60, "h": 1.0, "hour": 1.0, "day": 24.0, "d": 24.0, "wk": 168.0, "week": 168.0, "": 1.0}
"""Words for a time → hours."""
TERMS = ("duty", "mpf", "mpf_min", "mpf_max", "hmf", "fob")
LINE = ("goods", "freight", "insurance", "duty", "vat", "inland")


def kanban(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Cards, for numbers in the names of the cases (``D=80/h T=75min X=.35 C=45``) and those of the file."""
    only(given, ("D", "T", "X", "C", "also"), "the file")
    ours: dict[str, Any] = {"cases": {}}
    for label in expected.get("cases", {}):
        found = dict(re.findall(r"([DTXC])=(\S+)", label))
        only(found, "DTXC", label)
        if len(found) != 4:
            raise Unreadable(f"{label!r} must give D, T, X and C")
        (demand, per), (time, unit) = (_timed(found[k]) for k in "DT")
        if bool(per) != bool(unit):
            raise Unreadable(f"{label!r} gives a unit of time for one of D and T alone")
        ours["cases"][label] = _cards(demand / HOURS[per], time * HOURS[unit], float(found["X"]), float(found["C"]))
    if also := given.get("also"):
        ours |= {k: _cards(also["D"], also["T"], also["X"], also["C"]) for k in expected if k != "cases"}
    return compare(expected, ours, about["tolerance"])


def _timed(text: str) -> tuple[float, str]:
    found = re.fullmatch(r"([\d.]+)/?([a-z]*)", text)
    if not found or found[2] not in HOURS:
        raise Unreadable(f"{text!r} cannot be read; known units of time: {', '.join(HOURS)}")
    return float(found[1]), found[2]


def _cards(*numbers: float) -> dict[str, float]:
    found = stages.kanban(*numbers)
    return {"exact": found.exact, "cards": found.cards, "max_inventory": found.most}


def made_to_stock(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """A busy stage behind a base stock: formulas, and the best base stock."""
    rate = _rate(given)
    ours: dict[str, Any] = {"performance": {}, "optimum": {}}
    for label, published in expected.get("performance", {}).items():
        n = _numbers(label, ("rho", "S"))
        found = stages.to_stock(rate, rate / n["rho"], int(n["S"]))
        ours["performance"][label] = {
            "p_wait": found.p_wait, "fill_rate": found.fill_rate, "mean_backorders": found.mean_backorders,
            "mean_wait_of_all": found.mean_wait, "mean_stock": found.mean_stock,
        } | {
            k: stages.waits_longer(rate, rate / n["rho"], int(n["S"]), float(k.rpartition("_")[2]))
            for k in published if k.startswith("p_wait_longer_than_")
        }  # fmt: skip
    for label in expected.get("optimum", {}):
        n = _numbers(label, ("rho", "h", "b"))
        best = stages.best_stock(rate, rate / n["rho"], n["h"], n["b"])
        costs = [stages.to_stock_cost(rate, rate / n["rho"], s, n["h"], n["b"]) for s in range(3 * best.stock + 50)]
        ours["optimum"][label] = {"S_star": best.stock, "cost": best.cost, "S_by_search": int(np.argmin(costs))}
    return compare(expected, ours, _exactly(about))


def made_to_stock_simulated(given: Mapping, expected: Mapping, about: Mapping) -> list[Compared]:
    """The same by simulation, for the loads that the tolerance names (others need more orders than a test has)."""
    rate, rows = _rate(given), []
    words = str(about["tolerance"])
    named = re.search(r"simulated .*at rho (\.?\d[\d.]*)", words)
    for label, published in expected.get("performance", {}).items():
        n = _numbers(label, ("rho", "S"))
        if (named and abs(n["rho"] - float(named[1])) > 1e-9) or n["S"] not in (0, 3):
            continue
        found = simulate.stage(rate, rate / n["rho"], int(n["S"]), orders=400_000, worlds=12, seed=7)
        for key, ours in (("p_wait", found.p_wait), ("mean_wait_of_all", found.wait), ("mean_stock", found.stock)):
            if published.get(key):
                rows.append(simulated(f"{label} {key}", published[key], ours, within(words, published[key], "simul")))
    return rows


def _rate(given: Mapping[str, Any]) -> float:
    only(given, ("demand", "service", "S"), "the file")
    found = re.search(r"Poisson\D*([\d.]+)", str(given["demand"]))
    if not found:
        raise Unreadable(f"the demand {given['demand']!r} is no Poisson rate")
    return float(found[1])


def _numbers(label: str, names: Sequence[str]) -> dict[str, float]:
    found = {k: float(v) for k, v in re.findall(r"(\w+)=([\d.]+)", label)}
    if set(found) != set(names):
        raise Unreadable(f"{label!r} must give {', '.join(names)}")
    return found


def _exactly(about: Mapping[str, Any]) -> str:
    """The clause of the tolerance that is of what is computed."""
    return next((c for c in str(about["tolerance"]).split(";") if "simul" not in c), "1e-9")


def order_fill(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Orders of several components: every system of the file."""
    only(given, ("rule", "order_systems"), "the file")
    rows = []
    for name, system in expected.items():
        rates, stock, lead = _system(name, system)
        found = stages.order_fill(rates, stock, lead)
        ours = {"fill_by_order": found.by_order, "order_fill_rate": found.orders, "component_fill": found.by_part}
        largest = max(rates, key=len)
        ours["product_of_component_fills_of_full_order"] = float(np.prod([found.by_part[p] for p in largest]))
        rows += compare({k: v for k, v in system.items() if k in ours}, ours, _exactly(about), name)
    return rows


def order_fill_simulated(given: Mapping, expected: Mapping, about: Mapping) -> list[Compared]:
    """The share of all orders by simulation."""
    rows = []
    for name, system in expected.items():
        found = simulate.assembly(*_system(name, system), orders=60_000, worlds=12, seed=3)
        published = system["order_fill_rate"]
        rows.append(simulated(f"{name} order fill rate", published, found, within(about["tolerance"], published, "simul")))
    return rows


def _system(name: str, system: Mapping[str, Any]) -> tuple[dict, dict, float]:
    read = ("rates", "base_stock", "lead_time")
    only(system, (*read, "fill_by_order", "order_fill_rate", "component_fill", "product_of_component_fills_of_full_order"), name)
    return {tuple(k.split("+")): v for k, v in system["rates"].items()}, dict(system["base_stock"]), system["lead_time"]


def plants(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Plants of several sizes by region: the optimum, and what it becomes with other numbers."""
    cost_key = next(k for k in given if k.startswith("variable_cost"))
    demand_key = next(k for k in given if k.startswith("demand"))
    sizes = [k for k, v in given.items() if isinstance(v, Mapping) and set(v) == {"fixed", "capacity"}]
    only(given, ("regions", cost_key, demand_key, *sizes), "the file")
    regions, words = list(given["regions"]), about["tolerance"]
    kinds = [(i, size) for i in range(len(regions)) for size in sizes]

    def best(factor: float = 1.0, premium: float = 0.0, closed: Sequence[int] = ()) -> network.Network:
        cost = np.array(given[cost_key], float) + premium * (1 - np.eye(len(regions)))
        offered = network.Plants(
            [f"{regions[i]} {given[s]['capacity']:g}" for i, s in kinds], np.array([given[s]["fixed"][i] for i, s in kinds]),
            cost[[i for i, _ in kinds]], np.array(given[demand_key], float) * factor, np.array([given[s]["capacity"] for _, s in kinds]),
        )  # fmt: skip
        return network.best_network(offered, closed=[k for k, (i, _) in enumerate(kinds) if i in closed])

    def same(name: str, published: Sequence[str], found: network.Network) -> Compared:
        wanted = sorted(p.replace(" cap ", " ") for p in published)
        return Compared(f"{name}: plants as published", 1.0, float(sorted(found.names) == wanted), 0.0)

    found, rows = best(), []
    for key, value in expected.items():
        if key == "optimal_cost":
            rows.append(Compared(key, value, found.cost, within(words, value)))
        elif key == "open":
            rows.append(same("optimum", value, found))
        elif key == "flows":
            total = np.zeros((len(regions), len(regions)))
            for k, (i, _) in enumerate(kinds):
                total[i] += found.flows[k]
            ours = {f"{a} -> {b}": total[i, j] for i, a in enumerate(regions) for j, b in enumerate(regions)}
            rows += compare(value, ours, words, "flow")
        elif key == "every_market_local":
            local = np.array(given[cost_key], float).diagonal() @ np.array(given[demand_key], float)
            fit = [min(given[s]["fixed"][i] for s in sizes if given[s]["capacity"] >= d) for i, d in enumerate(given[demand_key])]
            rows.append(Compared(key, value, local + sum(fit), within(words, value)))
        elif key == "optimum_without_region":
            rows += compare(value, {r: best(closed=(i,)).cost for i, r in enumerate(regions)}, words, "without")
        elif key == "optimum_at_demand_factor":
            rows += compare(value, {k: best(factor=float(k.removeprefix("x"))).cost for k in value}, words, "demand")
        elif key == "break_even":
            for label, published in value.items():
                there = best(premium=float(label.rpartition("+")[2]))
                rows += [Compared(f"{label} cost", published["cost"], there.cost, within(words, published["cost"])), same(label, published["open"], there)]
        else:
            raise Unreadable(f"{key}: no quantity of ours is called so")
    return rows


def p_median(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """The p-median of a graph, edges as in the OR-Library; the published set must cost as much."""
    only(given, ("n", "p", "edges"), "the graph")
    n = given["n"]
    far = np.full((n, n), np.inf)
    np.fill_diagonal(far, 0.0)
    for a, b, length in given["edges"]:
        far[a - 1, b - 1] = far[b - 1, a - 1] = length
    for k in range(n):
        far = np.minimum(far, far[:, k : k + 1] + far[k : k + 1])
    graph = network.Plants([str(i + 1) for i in range(n)], np.zeros(n), far, np.ones(n))
    best = network.best_network(graph, exactly=given["p"])
    rows = [Compared("optimal", expected["optimal"], best.cost, within(about["tolerance"], expected["optimal"]))]
    if "one_optimal_set" in expected:
        theirs = network.network_of(graph, [i - 1 for i in expected["one_optimal_set"]]).cost
        rows.append(Compared("cost of the published set", expected["optimal"], theirs, within(about["tolerance"], expected["optimal"])))
    return rows


def plants_in_area(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """How many plants serve an area."""
    only(given, ("fixed_cost", "area_km2", "demand_per_km2", "freight_per_unit_km"), "the file")
    fixed, *rest = (given[k] for k in ("fixed_cost", "area_km2", "demand_per_km2", "freight_per_unit_km"))
    best = places.number_of_plants(fixed, *rest)
    ours = {
        "n_star": best.plants, "cost_at_n_star": best.cost, "best_integer": best.whole, "cost_at_best_integer": best.whole_cost,
        "mean_distance_at_n_star": best.distance, "transport_to_fixed_cost_ratio_at_optimum": best.cost / (fixed * best.plants) - 1,
        "n_star_when_fixed_cost_changes": {
            k: places.number_of_plants(fixed * float(k.rpartition("x")[2]), *rest).plants
            for k in expected.get("n_star_when_fixed_cost_changes", {})
        },
    }  # fmt: skip
    return compare(expected, ours, about["tolerance"])


def landed_cost(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Duty, fees and tax: entries into the EU and the US, freight shared out, kinds of tariff, a quota."""
    only(given, ("eu", "us", "freight_split", "tariff", "quota"), "the file")
    ours: dict[str, Any] = {"landed": {}}
    lines = iter(given.get("eu", []))
    prices = iter(given.get("us", {}).get("fob", []))
    for name, published in expected.get("landed", {}).items():
        if name.startswith("eu"):
            line = next(lines, None)
            if line is None:
                raise Unreadable(f"{name}: there are fewer entries into the EU than results")
            only(line, LINE, name)
            terms = landed.Terms("cif", ad_valorem=line["duty"], vat=line["vat"])
            found = landed.landed_cost(line["goods"], terms, **{k: line.get(k, 0.0) for k in ("freight", "insurance", "inland")})
            ours["landed"][name] = {
                "customs_value": found.customs_value, "duty": found.parts["duty"], "vat_base": found.vat_base, "vat": found.vat,
                "landed_without_vat": found.without_vat, "landed_with_vat": found.with_vat,
            }  # fmt: skip
        else:
            us, air = given["us"], "air" in name
            only(us, TERMS, name)
            # by air the file repeats one of its values: that whose duty is nearest to the published one
            fob = min(us["fob"], key=lambda v: abs(v * us["duty"] - published["duty"])) if air else next(prices)
            terms = landed.Terms("fob", ad_valorem=us["duty"], fee_rate=us["mpf"], fee_least=us["mpf_min"], fee_most=us["mpf_max"], port_rate=us["hmf"])
            parts = landed.landed_cost(fob, terms, by_sea=not air)
            ours["landed"][name] = {
                "duty": parts.parts["duty"], "mpf": parts.parts["processing fee"], "hmf": parts.parts["port fee"], "total": parts.at_the_border,
            }  # fmt: skip
    if split := given.get("freight_split"):
        rows = split["lines"]
        keys = {"by value": [r["value"] for r in rows], "by weight": [r["kg"] for r in rows]}
        ours["freight_split"] = {}
        for how, key in keys.items():
            shares = landed.split(split["freight"], key)
            duties = [landed.duty(r["value"] + share, 1, ad_valorem=r["rate"]) for r, share in zip(rows, shares, strict=True)]
            ours["freight_split"][how] = [{"freight": a, "duty": b} for a, b in zip(shares, duties, strict=True)]
    if tariff := given.get("tariff"):
        only(tariff, ("unit_value", "units", "ad_valorem", "specific"), "the tariff")
        value, units = tariff["unit_value"] * tariff["units"], tariff["units"]
        ours["tariff"] = {
            label: landed.duty(value, units, kind, tariff["ad_valorem"], tariff["specific"])
            for label in expected.get("tariff", {}) for kind in landed.KINDS if label.replace(" ", "_").startswith(kind)
        }  # fmt: skip
    if quota := given.get("quota"):
        only(quota, ("quota", "in_rate", "out_rate", "imports", "unit_value"), "the quota")
        found = landed.quota_duty(quota["imports"], quota["unit_value"], quota["quota"], quota["in_rate"], quota["out_rate"])
        ours["tariff_rate_quota"] = [entry._asdict() for entry in found]
    return _compare_lists(expected, ours, about["tolerance"])


def origin(given: Mapping[str, Any], expected: Mapping[str, Any], about: Mapping[str, Any]) -> list[Compared]:
    """Regional value content, and whether it pays to reach it."""
    only(given, ("cases", "decision"), "the file")
    ours: dict[str, Any] = {"rvc": {}}
    for name, amounts in given.get("cases", {}).items():
        only(amounts, ("TV", "VNM", "NC", "VOM"), name)
        ours["rvc"][name] = {method: landed.content(method, **amounts) for method in ("build_down", "build_up", "net_cost")}
    for name, row in expected.get("rvc", {}).items():
        if most := re.fullmatch(r"max_nonoriginating_(\d+)_exw", name):
            share, does = landed.originates(row["ex_works"], row["non_originating"], float(most[1]) / 100)
            ours["rvc"][name] = {**row, "share": share, "originates": does}
    if decision := given.get("decision"):
        only(decision, ("price", "imported_parts", "local_premium", "threshold", "administration"), "the decision")
        cost = landed.cost_to_comply(**decision)
        ours["preference_decision"] = [
            {"mfn": row["mfn"], **landed.comply_or_pay(decision["price"], row["mfn"], cost)._asdict()} for row in expected.get("preference_decision", [])
        ]  # fmt: skip
        ours["break_even_mfn"] = landed.break_even_duty(decision["price"], cost)
    return _compare_lists(expected, ours, about["tolerance"])


def _compare_lists(expected: Mapping[str, Any], ours: Mapping[str, Any], words: Any) -> list[Compared]:
    """As :func:`compare`, where lists of rows stand for tables."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: plain(v) for k, v in value.items()}
        if isinstance(value, list) and value and all(isinstance(v, Mapping) for v in value):
            return {str(i + 1): plain(v) for i, v in enumerate(value)}
        return value

    return compare(plain(expected), plain(ours), words)
