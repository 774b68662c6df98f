"""The guaranteed-service model: all plans of small trees, and what is refused."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinkit.inventory import Stage, guaranteed_service
from twinkit.inventory.service_stages import derive


def cheapest(stages, rate, z):
    """Cost of the best plan among all service times; a stage waits for its slowest supplier."""
    known, least = derive(stages), math.inf
    ranges = [range(min(known.reach[s.name], int(min(s.longest, 99))) + 1) for s in stages]
    for times in product(*ranges):
        quoted = dict(zip((s.name for s in stages), times, strict=True))
        cost = 0.0
        for s in stages:
            net = max((quoted[u] for u in s.units), default=0) + s.time - quoted[s.name]
            if net < 0 or (net > 0 and not s.keeps_stock):
                cost = math.inf
                break
            cost += rate * known.cost[s.name] * z * known.sd[s.name] * math.sqrt(net)
        least = min(least, cost)
    return least


@st.composite
def trees(draw):
    """Up to five stages joined at random into a tree; every last one has customers."""
    n = draw(st.integers(1, 5))
    up: dict[int, dict[str, float]] = {i: {} for i in range(n)}
    for i in range(1, n):
        other, units = draw(st.integers(0, i - 1)), draw(st.sampled_from([1.0, 2.0, 0.5]))
        buyer, seller = (i, other) if draw(st.booleans()) else (other, i)
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
        ))  # fmt: skip
    return stages


@settings(max_examples=150, deadline=None)
@given(trees())
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
        ([Stage("a", 1, suppliers=["b"], demand_sd=1.0), Stage("b", 1, suppliers=["a"])], "close a ring"),
        ([Stage("a", 1, suppliers=["a"], demand_sd=1.0)], "a to a: these links close a ring"),
        ([Stage("a", 1, suppliers=["b", "c"], demand_sd=1.0), Stage("b", 1, suppliers=["d"]),
          Stage("c", 1, suppliers=["d"]), Stage("d", 1)], "d to c: these links close a ring"),
        ([Stage("a", 1)], "a: supplies nobody"),
        ([Stage("a", 1, -2.0, demand_sd=1.0)], "a: costs must be"),
        ([Stage("a", 1, demand_sd=-1.0)], "a: mean and sd"),
        ([Stage("a", 1, demand_sd=1.0, max_service_time=-1)], "a: the longest service time"),
        ([Stage("a", 1, suppliers={"b": 0.0}, demand_sd=1.0), Stage("b", 1)], "a: the units of a supplier"),
    ],
)  # fmt: skip
def test_what_is_no_tree_is_refused_by_name(stages, words):
    with pytest.raises(ValueError, match=words):
        guaranteed_service(stages, 0.2)


def test_all_offenders_are_named_at_once():
    stages = [Stage("a", -1, suppliers=["x"], demand_sd=1.0), Stage("b", 1)]
    with pytest.raises(ValueError, match=r"x \(of a\): no such supplier; a: the time .*; b: supplies nobody"):
        guaranteed_service(stages)
