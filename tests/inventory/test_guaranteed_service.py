"""The guaranteed-service model: all plans of small networks, two real ones as published, and what is refused."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from twinkit.inventory import Stage, guaranteed_service
from twinkit.inventory.service_network import best_times
from twinkit.inventory.service_stages import derive


def cheapest(stages, rate, z):
    """Cost of the best plan among all service times; a stage waits for its slowest supplier at least."""
    known, least = derive(stages), math.inf
    ranges = [range(min(known.reach[s.name], int(min(s.longest, 99))) + 1) for s in stages]
    for times in product(*ranges):
        quoted = dict(zip((s.name for s in stages), times, strict=True))
        cost = 0.0
        for s in stages:
            net = max(max((quoted[u] for u in s.units), default=0) + s.time - quoted[s.name], 0)
            longest = known.reach[s.name] - quoted[s.name]  # it may wait longer than it must: demand that swings back evens out
            if net > longest or (net > 0 and not s.keeps_stock):
                cost = math.inf
                break
            cost += rate * known.cost[s.name] * z * known.sd_over(s.name, longest)[net:].min() if s.keeps_stock else 0.0
        least = min(least, cost)
    return least


@st.composite
def networks(draw, more=0):
    """Up to five stages joined at random into a tree, and so many links more; every last one has customers."""
    n = draw(st.integers(1, 5))
    up: dict[int, dict[str, float]] = {i: {} for i in range(n)}
    rank = draw(st.permutations(range(n)))
    for i in [*range(1, n), *[draw(st.integers(1, n - 1)) for _ in range(more if n > 1 else 0)]]:
        other, units = draw(st.integers(0, i - 1)), draw(st.sampled_from([1.0, 2.0, 0.5]))
        buyer, seller = (i, other) if rank[i] > rank[other] else (other, i)
        up[buyer][str(seller)] = units
    fed = {u for s in up.values() for u in s}
    stages = []
    for i in range(n):
        sells = str(i) not in fed or draw(st.integers(0, 3)) == 0
        stages.append(Stage(
            str(i), draw(st.integers(0, 3)), draw(st.floats(0.5, 10.0)), up[i],
            demand_sd=draw(st.floats(0.5, 5.0)) if sells else None,
            max_service_time=draw(st.one_of(st.none(), st.integers(0, 4))),
            keeps_stock=draw(st.integers(0, 5)) > 0,
            autocorrelation=draw(st.sampled_from([0.0, 0.0, 0.6, -0.7])),
        ))  # fmt: skip
    return stages


@settings(max_examples=150, deadline=None)
@given(st.one_of(networks(), networks(more=3)))
def test_it_is_the_cheapest_of_all_plans(stages):
    least = cheapest(stages, 0.2, 1.5)
    if math.isinf(least):
        with pytest.raises(ValueError, match="keeps no stock"):
            guaranteed_service(stages, 0.2, 1.5)
        return
    plan = guaranteed_service(stages, 0.2, 1.5)
    assert plan.cost == pytest.approx(least)
    for s in stages:
        found = plan.stages[s.name]
        assert found.service_time <= s.longest
        assert found.inbound_time >= max((plan.stages[u].service_time for u in s.units), default=0)
        assert found.net_time == found.inbound_time + s.time - found.service_time >= 0
    assert plan.cost == pytest.approx(sum(p.cost for p in plan.stages.values()))
    assert plan.bound == pytest.approx(plan.cost)


@settings(max_examples=60, deadline=None)
@given(networks())
def test_on_trees_the_integer_programme_is_the_dynamic_one(stages):
    known = derive(stages)
    costs = {s.name: 0.3 * known.cost[s.name] * known.sd_over(s.name, known.reach[s.name]) for s in stages}
    try:
        plan = guaranteed_service(stages, 0.3, 1.0)
    except ValueError:
        with pytest.raises(ValueError, match="keeps no stock"):
            best_times(stages, known, costs, 60.0)
        return
    times, bound = best_times(stages, known, costs, 60.0)
    cost = sum(costs[s.name][times[s.name][1] + s.time - times[s.name][0]] for s in stages)
    assert (cost, bound) == (pytest.approx(plan.cost), pytest.approx(plan.cost))


@settings(max_examples=40, deadline=None)
@given(networks(more=3))
def test_a_bound_is_no_higher_than_the_cheapest_plan(stages):
    """Without time to search, the plan is one that can be, and the bound is below all."""
    least = cheapest(stages, 0.2, 1.5)
    if math.isfinite(least):
        plan = guaranteed_service(stages, 0.2, 1.5, seconds=0.0)
        assert plan.bound <= least * (1 + 1e-9) and plan.cost >= least * (1 - 1e-9)


def chain(rows, rate=0.35):
    """Cost of a chain of the data of Willems (2008): name, time, cost added, suppliers, sd of demand, longest service time."""
    stages = [Stage(name, time, added, dict.fromkeys(up, 1.0), 0.0, *rest) for name, time, added, up, *rest in rows]
    return guaranteed_service(stages, rate, norm.ppf(0.96))


def test_networks_of_willems_cost_what_is_published():
    """Chains 2 (semiconductors: one part, two ways to a customer) and 4 (toys) of Willems (2008), cost of holding 35 % a year:
    9.51 million and 49,000 in Humair & Willems (2011), three digits."""
    chips = [
        ("wafer", 30, 80.0, ()), *((f"ship {k}", 15, cost, ("wafer",)) for k, cost in enumerate((0.55, 0.5, 0.35, 0.35), 1)),
        *((f"make {k}", 14, 12.0, (f"ship {k}",)) for k in range(1, 5)),
        ("sell 1", 5, 0.0, ("make 1",), 7500.0, 20), ("sell 2", 5, 0.0, ("make 2",), 3500.0, 20),
        ("sell 3", 5, 0.0, ("make 3", "make 4"), 9000.0, 20), ("sell 4", 5, 0.0, ("make 4",), 1400.0, 20),
    ]  # fmt: skip
    plan = chain(chips)
    assert plan.cost == pytest.approx(9.51e6, rel=6e-4) and plan.bound == pytest.approx(plan.cost)
    parts = [(f"part {k}", time, cost, ()) for k, (time, cost) in enumerate(((90, 26.3), (120, 27.92), (120, 34.56), (0, 106.34)), 1)]
    all_parts = tuple(name for name, *_ in parts)
    makers = [(f"make {k}", 35, cost, all_parts) for k, cost in enumerate((9.7, 10.13, 7.37, 5.26, 5.85, 6.3, 5.48), 1)]
    depots = [("depot 1", 35, 9.02, ("make 1",)), ("depot 4", 35, 8.55, ("make 4",))]
    own = [(f"depot {k}", 35, cost, (f"make {k}",), 5.0, 0) for k, cost in ((2, 4.54), (3, 7.55), (5, 4.01), (6, 4.02), (7, 3.96))]
    shops = [("shop 8", 14, 2.57, ("depot 1",), 2.0, 0), ("shop 9", 14, 2.16, ("depot 1",), 3.0, 0), ("shop 10", 0, 1.05, ("depot 1",), 5.0, 0),
             ("shop 11", 0, 7.37, ("depot 4",), 5.0, 0)]  # fmt: skip
    plan = chain([*parts, *makers, *depots, *own, *shops])
    assert plan.cost == pytest.approx(49_000, rel=2e-3) and plan.bound == pytest.approx(plan.cost)


def test_what_goes_two_ways_to_a_customer_varies_as_one():
    """A screw in two parts of a table: four for each table, and their demands are one demand, not two that are independent."""
    screw, leg, top, table = Stage("screw", 3, 1.0), Stage("leg", 2, 1.0, {"screw": 3.0}), Stage("top", 1, 1.0, ["screw"]), Stage("table", 1, 1.0, ["leg", "top"], 10.0, 2.0)
    assert derive([screw, leg, top, table]).sd["screw"] == pytest.approx(4 * 2.0)


def test_two_trees_are_planned_side_by_side():
    a = [Stage("make", 4, 10.0), Stage("sell", 1, 5.0, ["make"], demand_sd=5.0)]
    b = [Stage("bake", 2, 3.0, demand_sd=1.0)]
    both = guaranteed_service(a + b, 0.2)
    assert both.cost == pytest.approx(guaranteed_service(a, 0.2).cost + guaranteed_service(b, 0.2).cost)


def test_levels_hold_the_mean_of_the_net_time():
    plan = guaranteed_service([
        Stage("make", 4, 10.0, max_service_time=0),
        Stage("sell", 1, 5.0, {"make": 3.0}, demand_mean=20.0, demand_sd=5.0),
    ], 0.2, 2.0)  # fmt: skip
    make = plan.stages["make"]
    assert make.safety_stock == pytest.approx(2 * 15 * 2)
    assert make.base_stock == pytest.approx(3 * 20 * 4 + 60)
    assert make.cost == pytest.approx(0.2 * 10 * 60)


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ([], "no stages"),
        ([Stage("a", 1, suppliers=["x", "y"], demand_sd=1.0)], r"x \(of a\), y \(of a\): no such supplier"),
        ([Stage("a", -1, demand_sd=1.0), Stage("b", 1.5, demand_sd=1.0)], "a, b: the time must be"),
        ([Stage("a", 1, demand_sd=1.0), Stage("a", 2, demand_sd=1.0)], "a: two stages have this name"),
        ([Stage("a", 1, suppliers=["b"], demand_sd=1.0), Stage("b", 1, suppliers=["a"])], "(a to b to a|b to a to b): each of these is a part of the next"),
        ([Stage("a", 1, suppliers=["a"], demand_sd=1.0)], "a to a: each of these"),
        ([Stage("a", 1)], "a: supplies nobody"),
        ([Stage("a", 1, -2.0, demand_sd=1.0)], "a: costs must be"),
        ([Stage("a", 1, demand_sd=-1.0)], "a: mean and sd"),
        ([Stage("a", 1, demand_sd=1.0, max_service_time=-1)], "a: the longest service time"),
        ([Stage("a", 1, suppliers={"b": 0.0}, demand_sd=1.0), Stage("b", 1)], "a: the units of a supplier"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(stages, words):
    with pytest.raises(ValueError, match=words):
        guaranteed_service(stages, 0.2)


def test_all_offenders_are_named_at_once():
    stages = [Stage("a", -1, suppliers=["x"], demand_sd=1.0), Stage("b", 1)]
    with pytest.raises(ValueError, match=r"x \(of a\): no such supplier; a: the time .*; b: supplies nobody"):
        guaranteed_service(stages)
