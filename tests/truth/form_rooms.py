"""Published figures of the rooms: roadmap, relief, line and upkeep."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import twinkit
from tests.truth.compared import Compared, Unreadable, same, within
from twinkit.capabilities.line import active, bernoulli, laws, oee
from twinkit.capabilities.relief import prepositioning, sharing, waiting
from twinkit.capabilities.roadmap import adoption, money, sequence
from twinkit.capabilities.upkeep import ageing, condition
from twinkit.study.asked import asked_of

Rows = list[Compared]


# --- roadmap


def investment(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Figures of an investment; a rate in a name is in percent, or in thousandths where it has three digits."""
    flow, rate, ours = given["cash_flow"], given["rate"], {}
    for name in expected:
        rates = [int(digits) / (100 if len(digits) < 3 else 1000) for digits in re.findall(r"_(\d+)", name)]
        plain = {
            "irr": lambda: money.internal_rate(flow), "payback_years": lambda: money.payback(flow),
            "discounted_payback_years": lambda: money.payback(flow, rate), "profitability_index": lambda: money.profitability_index(flow, rate),
            "annuity": lambda: money.annuity(flow, rate), "npv": lambda at=rates: money.net_present_value(flow, *(at or [rate])),
            "mirr": lambda at=rates: money.modified_internal_rate(flow, *(at or [rate, rate])),
        }  # fmt: skip
        key = name if name in plain else name.split("_")[0]
        if key not in plain:
            raise Unreadable(f"no figure of an investment of ours is called {name}")
        ours[name] = plain[key]()
    return same(expected, ours, about)


def learning(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """A learning curve, and diffusion beside it."""
    first, rate, bass = given["first_unit"], given["rate"], given.get("bass") or {}
    ours: dict[str, Any] = {
        "exponent": adoption.learning_exponent(rate),
        "unit_time": {n: adoption.unit_time(first, rate, int(n)) for n in expected.get("unit_time", {})},
        "cumulative": {n: adoption.cumulative_time(first, rate, int(n)) for n in expected.get("cumulative", {})},
    }
    if bass:
        p, q, m = bass["p"], bass["q"], bass["m"]
        peak, most = adoption.bass_peak(p, q, m)
        years = expected.get("bass", {}).get("adopters_by_year", {})
        ours["bass"] = {
            "adopters_by_year": {t: adoption.bass_adopters(p, q, m, float(t)) for t in years},
            "peak_time": peak, "peak_rate": most, "half_time": adoption.bass_time(p, q, 0.5),
        }  # fmt: skip
    return same(expected, ours, about)


def roadmap(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Orders of steps: how many, the best two, the worst, and that of the rule of thumb."""
    steps = {name: sequence.Step(one["months"], one["cost"], one["gain"], tuple(one["after"])) for name, one in given["steps"].items()}
    at = given["horizon"], given["monthly_rate"]
    best = sequence.best_orders(steps, *at, count=2)
    found = {"best": best[0], "second": best[-1], "worst": sequence.best_orders(steps, *at, worst=True)[0], "greedy_ratio": sequence.ratio_order(steps, *at)}
    ours = {name: {"order": list(one.order), "value": one.value} for name, one in found.items()}
    return same(expected, {"feasible_orders": sequence.count_orders(steps), **ours}, about)


# --- relief


def deprivation(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Cost of waiting by hours, and every tour."""
    tour, ours = given["tour"], {}
    for name in expected:
        if name.startswith("table_"):
            ours[name] = {t: waiting.FUNCTIONS[f"f{name[6:]}"].cost(float(t)) for t in expected[name]}
    between = {tuple(pair.split("-")): hours for pair, hours in tour["hours_between"].items()}
    found = waiting.tours(tour["people"], tour["hours_from_depot"], between, tour["unloading_hours"], tour["cost_per_hour"], waiting.WATER_2013)
    names = {"-".join(one.order): one for one in found}
    ours["tours"] = {
        name: {"arrivals": list(one.arrivals), "deprivation": one.deprivation, "logistics": one.logistics, "social": one.social,
               "people_hours": one.people_hours, "worst": one.worst}
        for name, one in names.items()
    }  # fmt: skip
    for what in ("social", "logistics", "people_hours"):
        key = f"least_{what}"
        least = min(getattr(one, what) for one in found)
        alike = [name for name, one in names.items() if getattr(one, what) <= least * (1 + 1e-9)]
        ours[key] = expected.get(key) if expected.get(key) in alike else alike[0]
    return same(expected, ours, about)


def prepositioned(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """A two-stage programme, and what it saves; of stocks that cost the same, any will do."""
    scenarios = {
        name: prepositioning.Scenario(one["probability"], one["need"], {w: s[name] for w, s in given["surviving_share"].items() if name in s})
        for name, one in given["scenarios"].items()
    }
    size = given["capacity"]
    capacity = size if isinstance(size, Mapping) else dict.fromkeys(given["open_cost"], size)
    ship = {tuple(way.split("->")): cost for way, cost in given["ship"].items()}
    task = prepositioning.Task(scenarios, given["open_cost"], capacity, given["unit_cost"], given["leftover"], given["shortage"], ship)
    found = prepositioning.compare(task)
    published = prepositioning.prepare(task, expected["stock"]) if "stock" in expected else found.best
    ties = abs(published.expected_cost - found.best.expected_cost) <= within(about.get("tolerance"), found.best.expected_cost)
    best = published if ties else found.best
    unmet = dict(zip(best.by_scenario["scenario"], best.by_scenario["unmet"], strict=True))
    ours = {
        "expected_cost": found.best.expected_cost, "stock": best.stock, "unmet_by_scenario": unmet, "cost_of_no_stock": found.nothing.expected_cost,
        "cost_of_stock_for_the_mean": found.for_mean.expected_cost, "value_of_stochastic_solution": found.value,
    }  # fmt: skip
    return same(expected, ours, about)


def allocation(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Every rule of allocation: who gets what, and how fair that is."""
    ours = {}
    for name, rule in sharing.RULES.items():
        one = sharing.shared(given["need"], rule(given["need"], given["supply"]))
        ours[name] = {"given": list(one.given), "coverage": list(one.coverage), "total": one.total, "worst": one.worst, "gini": one.gini}
    return same(expected, ours, about)


# --- line


def factory_physics(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Best, worst and practical worst case of lines with a fixed number of jobs."""
    rows = []
    for name, about_line in given.items():
        if not isinstance(about_line, Mapping) or "stations" not in about_line:
            continue
        stations = about_line["stations"]
        if isinstance(stations, int):
            line = laws.line_of([about_line["hours_each"]] * stations, [about_line["machines_each"]] * stations)
        else:
            line = laws.line_of([s["hours"] for s in stations], [s["machines"] for s in stations])
        label = next((k for k in expected if name.endswith(k)), name)
        cases = {"best": laws.best_case, "worst": laws.worst_case, "pwc": laws.practical_worst_case}

        def figures(case: str, what: str, wip: str, line: laws.Line = line, cases: dict = cases) -> float:
            found = cases[case](line, float(wip))
            return found.throughput if what == "th" else found.cycle_time

        published = expected.get(label, {})
        ours = {
            "rb_per_h": line.bottleneck_rate, "T0_h": line.raw_time, "critical_wip": line.critical_wip, "station_rates": list(line.rates),
            "bottleneck_station": line.bottleneck + 1,
            "by_wip": {wip: {key: figures(*key.split("_"), wip) for key in row} for wip, row in published.get("by_wip", {}).items()},
            **{key: {wip: figures(*key.split("_"), wip) for wip in published[key]} for key in published if re.fullmatch(r"(best|worst|pwc)_(th|ct)", key)},
        }  # fmt: skip
        rows += same(published, ours, about, label)
    return rows


def bernoulli_line(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Serial lines of machines that are up or down, exactly; of machines that are alike, any may be the bottleneck."""
    rows = []
    for name, case in expected.items():
        found, rise = bernoulli.steady(case["p"], case["N"]), bernoulli.gains(case["p"], case["N"])
        mine = bernoulli.bottleneck(case["p"], case["N"])
        named = int(case["bottleneck"]) - 1
        ours = {
            "p": case["p"], "N": case["N"], "throughput": found.throughput, "starved": list(found.starved), "blocked": list(found.blocked),
            "mean_buffer": list(found.mean_buffer), "bottleneck": (named if rise[named] > rise[mine] - 1e-6 else mine) + 1,
        }  # fmt: skip
        rows += same({k: v for k, v in case.items() if k != "dTH_dp"}, ours, about, name)
        rows.append(Compared(f"{name} dTH_dp", case["dTH_dp"], list(rise), 1e-6))  # published with six digits
    return rows


def active_periods(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Bottlenecks of a log by the active-period method."""
    log = {machine: [tuple(entry) for entry in entries] for machine, entries in given["log"].items()}
    found = active.bottlenecks(log, tuple(given["horizon"]), given["active_states"])
    shares = found.shares
    busiest = shares["working"].idxmax()
    ours = {
        "active_periods": {machine: [list(span) for span in spans] for machine, spans in found.active_periods.items()},
        "momentary": [{"from_": row["from"], "to": row["to"], "machine": row["machine"]} for row in found.momentary.to_dict("records")],
        "bottleneck_periods": [list(one) for one in found.periods], "shifting_intervals": [list(one) for one in found.shifting],
        "share": {m: {"sole": shares.at[m, "sole"], "shifting": shares.at[m, "shifting"]} for m in shares.index},
        "utilisation_working": dict(shares["working"]), "machine_with_highest_utilisation": busiest,
        "average_active_period": dict(shares["average_active"]),
    }  # fmt: skip
    return same(expected, ours, about)


def effectiveness(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """OEE with its losses, of a line, and the ratios of ISO 22400."""
    losses = given["six_losses"]
    one = oee.Counted(losses["planned"], losses["downtime"], losses["ideal_cycle"], losses["total"], losses["rejects"],
                      losses["of_which_setup"], losses["startup_rejects"])  # fmt: skip
    machines = [oee.Counted(*numbers) for numbers in given["rollup"].values()]
    elements = {name.rsplit("_", 1)[-1]: value for name, value in given["iso_elements"].items()}
    ours = {
        "six_losses_oee": {"availability": one.availability, "performance": one.performance, "quality": one.quality, "oee": one.oee},
        "six_losses": one.losses(), "machine_oee": [m.oee for m in machines], "line_oee": oee.line_oee(machines),
        "wrong_mean_of_oee": sum(m.oee for m in machines) / len(machines), "iso": oee.iso_22400(elements),
    }  # fmt: skip
    return same(expected, ours, about)


# --- upkeep


def wear(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Every policy of a machine whose condition is seen; of policies that cost the same, any may be the best."""
    cost = given["preventive"]
    machine = condition.Wear(given["transition"], given["failure_repair"]["cost"], given["failure_repair"]["days"],
                             {int(s): c for s, c in cost["cost"].items()}, cost["days"], cost["back_to"])  # fmt: skip
    found = condition.policies(machine)
    named = {f"repair preventively in states {','.join(map(str, p.repaired))}" if p.repaired else "never": p for p in found}
    best = next(name for name, p in named.items() if p is found[0])
    told = expected.get("optimal")
    if told in named and named[told].cost_rate <= found[0].cost_rate * (1 + 1e-9):
        best = told
    shares = dict(zip([*map(str, range(1, len(given["transition"]) + 1)), "failure repair"], named[best].shares, strict=True))
    ours = {"cost_rate_by_policy": {name: p.cost_rate for name, p in named.items()}, "optimal": best,
            "optimal_cost_per_day": named[best].cost_rate, "share_of_days": shares}  # fmt: skip
    return same(expected, ours, about)


def lives(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Weibull fits with suspensions, and the best age of replacement of the first of them."""
    rows, first = [], None
    for name, data in given.items():
        if name not in expected or name == "replacement":
            continue
        ended, stopped = (data["failures"], data["suspensions"]) if isinstance(data, Mapping) else (data, [])
        life = ageing.fit_weibull(ended, stopped)
        first = first or life
        ours = {"shape": life.shape, "scale": life.scale, "loglik": life.loglik, "mean_life": life.mean, "B10": life.life(0.1)}
        published = expected.get(name, {})
        rows += [Compared(f"{name} {key}", value, ours[key], abs(value) * 1e-3) for key, value in published.items()]
    if first and (costs := given.get("replacement")):
        best = ageing.best_age(first, costs["cost_preventive"], costs["cost_failure"])
        ours = {"T_star": best.age, "cost_rate": best.cost_rate, "run_to_failure": best.run_to_failure}
        published = expected["replacement"]
        rows += [Compared(f"replacement {key}", value, ours[key], 1e-5 if key != "T_star" else 1e-3 * value) for key, value in published.items()]
    return rows


def one_machine(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """A queue with arrivals without memory, times that are so or have a cv, and one machine or several."""
    found = laws.queue(given["lam"], given["mu"], int(given.get("servers", 1)), given.get("cv", 1.0))
    ours = {"L": found.jobs, "Lq": found.waiting, "W": found.time, "Wq": found.wait, "utilisation": found.utilisation}
    return _beside(given, expected, ours, {"lam", "mu", "servers", "cv"}, within(about["tolerance"], 1.0, "formula"))


def shift(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Effectiveness of a machine in a shift."""
    planned, total = given["shift_min"] - given["breaks_min"], given["total"]
    found = oee.Counted(planned, given["downtime_min"], given["ideal_cycle_s"] / 60.0, total, given["rejects"])
    ours = {"availability": found.availability, "performance": found.performance, "quality": found.quality, "oee": found.oee}
    asked = {"shift_min", "breaks_min", "downtime_min", "ideal_cycle_s", "total", "rejects"}
    return _beside(given, expected, ours, asked, within(about["tolerance"], 1.0, "formula"))


def age_replacement(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """The age at which a part is best replaced; its cost is flat there, so the age has a tolerance of its own."""
    found = ageing.best_age(ageing.Weibull(given["shape"], given["weibull_scale"]), given["cost_preventive"], given["cost_failure"])
    ours = {"T_star": found.age, "cost_rate_at_T_star": found.cost_rate, "cost_rate_run_to_failure": found.run_to_failure}
    asked, words = {"weibull_scale", "shape", "cost_preventive", "cost_failure"}, about["tolerance"]
    rows = _beside(given, expected, ours, asked, within(words, 1.0, "cost rate", "formula"))
    flat = within(words, found.age, "T*", "formula")
    return [Compared(r.name, r.published, r.ours, flat) if r.name == "T_star" else r for r in rows]


def _beside(given: Mapping, expected: Mapping, ours: Mapping[str, float], asked: set[str], tolerance: float) -> Rows:
    """Published figures of a case that holds what goes in beside what comes out."""
    published = {k: given.get(k, v) for k, v in expected.items() if k not in asked and isinstance(v, int | float)}
    if unknown := sorted(set(published) - set(ours)):
        raise Unreadable(f"no quantity of ours is called {', '.join(unknown)}; known: {', '.join(sorted(ours))}")
    return [Compared(name, value, ours[name], tolerance) for name, value in published.items()]


# --- roles


def roles(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """What holds of one run for all who read it: one number, one run, sums, and what a role may not see."""
    case = twinkit.example("automotive").replace(
        stations=[{"line": "press", "station": "saw", "position": 1, "hours": 0.1}],
        station_log=[{"line": "press", "station": "saw", "begin": 0, "end": 5, "state": "working"}],
    )  # fmt: skip
    views = {name: twinkit.role_view(case, name) for name in given["roles"]}
    kinds = {"finance": "money", "engineer": "machines", "sustainability": "emissions", "data engineer": "cells"}
    ours: dict[str, Any] = {}
    for name, said in expected.items():
        if name == "one_number":
            seen: dict[str, set] = {}
            for view in views.values():
                for row in view.figures.to_dict("records"):
                    seen.setdefault(row["kpi"], set()).add(tuple(str(row[c]) for c in ("unit", "definition", "mean", "low", "high")))
            ours[name] = said if all(len(each) == 1 for each in seen.values()) and max(map(len, seen.values())) == 1 else "more than one number"
        elif name == "one_run":
            runs = {tuple(sorted(view.run.items())) for view in views.values()}
            ours[name] = said if len(runs) == 1 and {"Seed", "Fingerprint of the case"} <= set(dict(next(iter(runs)))) else "more than one run"
        elif name == "sums":
            ours[name] = [one if _adds_up(views, one.split(":")[0], kinds) else "does not add up" for one in said]
        elif name == "access":
            blind = [v for v in views.values() if v.role.hides]
            ours[name] = said if blind and all(not {"EUR"} & {*v.figures["unit"], *v.statement["unit"]} and asked_of(v) is None for v in blind) else "seen"
        else:
            raise Unreadable(f"nothing that holds of roles is called {name}")
    return same(expected, ours, about)


def _adds_up(views: Mapping[str, Any], role: str, kinds: Mapping[str, str]) -> bool:
    if role not in kinds:
        raise Unreadable(f"no statement of {role} is known here")
    total, sums = 0.0, 0
    for line in views[role].statement.to_dict("records"):
        if line["sign"] == "=":
            if abs(total - line["value"]) > 1e-9 * max(abs(total), 1.0):
                return False
            total, sums = 0.0, sums + 1
        else:
            total += line["value"]
    return views[role].role.statement == kinds[role] and sums > 0 and total == 0.0


FORMS: tuple[tuple[set[str], dict[str, Any]], ...] = (
    ({"lam", "mu"}, {"": one_machine}),
    ({"shift_min", "downtime_min", "ideal_cycle_s", "total"}, {"": shift}),
    ({"weibull_scale", "shape", "cost_preventive", "cost_failure"}, {"": age_replacement}),
    ({"roles"}, {"": roles}),
    ({"cash_flow", "rate"}, {"": investment}),
    ({"first_unit", "rate"}, {"": learning}),
    ({"steps", "horizon", "monthly_rate"}, {"": roadmap}),
    ({"functions", "tour"}, {"": deprivation}),
    ({"scenarios", "open_cost", "surviving_share"}, {"": prepositioned}),
    ({"need", "supply"}, {"": allocation}),
    ({"log", "horizon", "active_states"}, {"": active_periods}),
    ({"six_losses", "rollup", "iso_elements"}, {"": effectiveness}),
    ({"transition", "failure_repair", "preventive"}, {"": wear}),
)  # fmt: skip
"""Keys of what goes in → what is done with it."""


def shape_of(given: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any] | None:
    """The form of a case that is known by what its values are, rather than by their names."""
    lines = [v for v in given.values() if isinstance(v, Mapping) and "stations" in v]
    if lines:
        return {"": factory_physics}
    rows = [v for v in expected.values() if isinstance(v, Mapping)]
    if rows and all({"p", "N", "throughput"} <= set(v) for v in rows):
        return {"": bernoulli_line}
    if "cost_preventive" in (given.get("replacement") or {}) or _all_lives(given):
        return {"": lives}
    return None


def _all_lives(given: Mapping[str, Any]) -> bool:
    return any(isinstance(v, Mapping) and {"failures", "suspensions"} <= set(v) for v in given.values() if not isinstance(v, Sequence))
