"""Time to survive and performance impact: brute force on small networks, and what is always true."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinkit.inventory.supply_network import Flow, Sale, SupplyNetwork
from twinkit.inventory.time_expanded import TimeExpanded
from twinkit.inventory.time_to_survive import performance_impact, time_to_survive

quick = settings(max_examples=60, deadline=None, database=None, derandomize=True)


def car_maker(**changes) -> SupplyNetwork:
    """Two products share a plant; a wheel has two makers, a chip has one and a yield of a half."""
    numbers = {"wheels": 40.0, "chips": 20.0, "cars": 10.0, "vans": 5.0, "fab": 4.0, **changes}
    return SupplyNetwork(
        {"rim": math.inf, "wheel": numbers["wheels"], "chip": numbers["chips"], "car": numbers["cars"],
         "van": numbers["vans"]},
        [
            Flow("cast", {"rim": 1}, {"wheel": 1}, 6, "foundry"),
            Flow("forge", {"rim": 1}, {"wheel": 1}, 5, "smith"),
            Flow("fab", {}, {"chip": 0.5}, numbers["fab"], "fab"),
            Flow("build car", {"wheel": 4, "chip": 1}, {"car": 1}, 3, "plant", "plant"),
            Flow("build van", {"wheel": 6, "chip": 1}, {"van": 1}, 2, "plant", "plant"),
        ],
        [Sale("cars", "car", 1.0, 7.0, "dealer"), Sale("vans", "van", 0.5, 11.0, "dealer")],
        {"plant": 4.0},
    )  # fmt: skip


def best_by_search(network: SupplyNetwork, periods: int, lost: set[str], step: float = 0.125) -> float:
    """Least lost profit: every amount on a grid is tried; what takes nothing is tried at none and at most."""
    most = [
        0.0 if {f.node, f.name} & lost else min(f.capacity * periods, 60.0 / max(f.takes.values(), default=1.0))
        for f in network.flows
    ]
    tried = [
        np.arange(0, m + step / 2, step) if f.takes else (0.0, m) for f, m in zip(network.flows, most, strict=True)
    ]
    made = itertools.product(*tried)
    best = math.inf
    for amounts in made:
        left = dict(network.stocks)
        used = dict.fromkeys(network.shared, 0.0)
        for f, x in zip(network.flows, amounts, strict=True):
            for s, units in f.takes.items():
                left[s] -= units * x
            for s, units in f.gives.items():
                left[s] += units * x
            if f.shared:
                used[f.shared] += x
        if any(used[k] > network.shared[k] * periods + 1e-9 for k in used):
            continue
        sold = {s.name: s for s in network.sales}
        if any(left[s] < -1e-9 for s in left if s not in {x.stock for x in sold.values()}):
            continue
        loss = 0.0
        for sale in network.sales:
            if left[sale.stock] < -1e-9:
                loss = math.inf
                break
            loss += sale.profit * max(sale.demand * periods - left[sale.stock], 0.0)
        best = min(best, loss)
    return best


def small() -> SupplyNetwork:
    """One component with a choice of makers goes into two products at a ratio of 2 and 1."""
    return SupplyNetwork(
        {"part": 2.0, "big": 1.0, "small": 0.5},
        [
            Flow("one", {}, {"part": 1}, 1.0, "one"), Flow("two", {}, {"part": 0.5}, 1.5, "two"),
            Flow("big", {"part": 2}, {"big": 1}, 1.0, "plant", "plant"),
            Flow("small", {"part": 1}, {"small": 1}, 1.0, "plant", "plant"),
        ],
        [Sale("big", "big", 1.0, 5.0), Sale("small", "small", 0.5, 3.0)],
        {"plant": 1.5},
    )  # fmt: skip


@pytest.mark.parametrize("lost", [(), ("one",), ("two",), ("one", "two"), ("plant",)], ids=str)
@pytest.mark.parametrize("periods", [1, 2, 3])
def test_the_least_loss_is_that_of_a_search_over_all_plans(lost, periods):
    found = performance_impact(small(), periods, lost)
    assert found.lost_profit == pytest.approx(best_by_search(small(), periods, set(lost)), abs=1e-6)


def test_time_to_survive_by_hand():
    """Without chips: 20 in stock and 15 cars and vans for 1.5 a day."""
    assert time_to_survive(car_maker(), ["fab"]) == pytest.approx(35 / 1.5)
    # without the plant only finished goods: 10 cars last 10 days, 5 vans too
    assert time_to_survive(car_maker(vans=2.0), ["plant"]) == pytest.approx(4.0)
    # 11 wheels a day are made, 7 needed: the loss of one maker leaves 5 or 6
    assert time_to_survive(car_maker(), ["smith"]) == pytest.approx((40 + 4 * 10 + 6 * 5) / (4 + 3 - 6))
    assert time_to_survive(car_maker(), ["dealer"]) == 0.0
    assert time_to_survive(car_maker(fab=3.0)) == math.inf
    assert time_to_survive(car_maker(fab=2.0)) == pytest.approx(35 / 0.5)


def test_a_share_of_a_node_is_a_share_of_its_capacity():
    half = {"fab": 0.5}
    assert time_to_survive(car_maker(), half) == pytest.approx(time_to_survive(car_maker(fab=2.0)))
    a, b = performance_impact(car_maker(), 90, half), performance_impact(car_maker(fab=2.0), 90)
    assert a.lost_profit == pytest.approx(b.lost_profit)
    assert performance_impact(car_maker(), 90, {"fab": 0.0}).lost_profit == 0


def test_a_node_is_lost_with_all_that_it_does_and_a_flow_alone():
    assert time_to_survive(car_maker(), ["build van"]) == pytest.approx(10.0)
    assert performance_impact(car_maker(), 20, ["build van"]).lost_units == pytest.approx({"cars": 0.0, "vans": 5.0})


def test_the_duals_say_what_one_more_unit_is_worth():
    network, found = car_maker(), performance_impact(car_maker(), 40, ["fab"])
    more = performance_impact(car_maker(chips=21.0), 40, ["fab"])
    assert found.value_of_stock["chip"] == pytest.approx(found.lost_profit - more.lost_profit)
    assert "rim" not in found.value_of_stock and "wheel" not in found.value_of_stock
    weak = performance_impact(car_maker(fab=1.0), 60)
    better = performance_impact(car_maker(fab=1.1), 60)
    assert weak.value_of_capacity["fab"] == pytest.approx((weak.lost_profit - better.lost_profit) / 0.1)
    assert performance_impact(network, 1).value_of_capacity == {}


def test_customers_without_a_margin_are_served_where_it_costs_nothing():
    network = SupplyNetwork({"a": 10.0}, [], [Sale("free", "a", 1.0, 0.0), Sale("paid", "a", 0.5, 2.0)])
    assert performance_impact(network, 6).lost_units == {"free": 0.0, "paid": 0.0}
    found = performance_impact(network, 12)
    assert found.lost_profit == pytest.approx(0.0) and found.lost_units["free"] == pytest.approx(8.0)


def test_everything_that_is_wrong_is_told_at_once():
    with pytest.raises(ValueError, match=r"'x'.*'y'.*two flows.*'make'.*stock 'a'.*-1.*sale 's'") as caught:
        SupplyNetwork(
            {"a": -1.0}, [Flow("make", {"x": 1}), Flow("make", shared="y")], [Sale("s", "a", math.inf)],
        )  # fmt: skip
    assert str(caught.value).count(";") == 4
    with pytest.raises(ValueError, match=r"no node or flow .fabb.; .fab. loses 1\.5: must be a share"):
        time_to_survive(car_maker(), {"fabb": 1.0, "fab": 1.5})
    with pytest.raises(ValueError, match="periods = -1"):
        performance_impact(car_maker(), -1)
    with pytest.raises(ValueError, match="demand must be 2 finite numbers"):
        time_to_survive(car_maker(), demand=np.array([1.0]))


# --- always true


@st.composite
def networks(draw) -> tuple[SupplyNetwork, list[str]]:
    """Three tiers with random stock, capacities, bills and yields, and the nodes that can be lost."""
    number = st.integers(0, 40).map(float)
    makers, plants = (
        [f"m{i}" for i in range(draw(st.integers(1, 4)))],
        [f"p{i}" for i in range(draw(st.integers(1, 3)))],
    )
    stocks = {n: draw(number) for n in (*makers, *plants)}
    flows = [
        Flow(f"make {m}", {}, {m: draw(st.sampled_from([1.0, 0.8]))}, draw(st.sampled_from([0.0, 3.0, 8.0, 20.0])), m)
        for m in makers
    ]
    for p in plants:
        parts = draw(st.lists(st.sampled_from(makers), min_size=1, max_size=3, unique=True))
        bill = {m: draw(st.sampled_from([0.5, 1.0, 2.0])) for m in parts}
        flows.append(Flow(f"make {p}", bill, {p: 1.0}, draw(st.sampled_from([2.0, 6.0, math.inf])), p))
    sales = [Sale(p, p, draw(st.sampled_from([0.0, 1.0, 3.0])), draw(st.sampled_from([1.0, 2.5]))) for p in plants]
    return SupplyNetwork(stocks, flows, sales), draw(
        st.lists(st.sampled_from([*makers, *plants]), max_size=2, unique=True)
    )


@quick
@given(made=networks(), more=st.sampled_from([1.1, 2.0]))
def test_survival_shrinks_with_demand(made, more):
    network, lost = made
    survives = time_to_survive(network, lost)
    assert time_to_survive(network, lost, demand=network.demand * more) <= survives * (1 + 1e-9)


@quick
@given(made=networks(), periods=st.integers(0, 30), more=st.integers(1, 20))
def test_loss_grows_with_the_time_to_recover(made, periods, more):
    network, lost = made
    loss = performance_impact(network, periods, lost).lost_profit
    assert performance_impact(network, periods + more, lost).lost_profit >= loss - 1e-6


@quick
@given(made=networks(), periods=st.integers(0, 60))
def test_nothing_is_lost_just_as_long_as_the_network_survives(made, periods):
    network, lost = made
    survives, loss = time_to_survive(network, lost), performance_impact(network, periods, lost).lost_profit
    if abs(periods - survives) > 1e-6:
        assert (loss < 1e-6) == (periods < survives)


@quick
@given(made=networks(), periods=st.integers(0, 30), data=st.data())
def test_order_does_not_matter(made, periods, data):
    network, lost = made
    mixed = SupplyNetwork(
        dict(data.draw(st.permutations(list(network.stocks.items())))), data.draw(st.permutations(network.flows)),
        data.draw(st.permutations(network.sales)),
    )  # fmt: skip
    a, b = performance_impact(network, periods, lost), performance_impact(mixed, periods, lost)
    assert a.lost_profit == pytest.approx(b.lost_profit, abs=1e-6)
    assert time_to_survive(mixed, lost) == pytest.approx(time_to_survive(network, lost), rel=1e-7)


@quick
@given(made=networks(), periods=st.integers(1, 30))
def test_more_that_is_lost_is_never_better(made, periods):
    network, lost = made
    assert time_to_survive(network, lost) <= time_to_survive(network) * (1 + 1e-9)
    whole, some = performance_impact(network, periods, lost), performance_impact(network, periods, lost[:1])
    assert whole.lost_profit >= some.lost_profit - 1e-6


def test_a_thousand_nodes_take_seconds():
    """Ten tiers of a hundred nodes, each with three suppliers."""
    rng = np.random.default_rng(1)
    names = [[f"n{t} {i}" for i in range(100)] for t in range(10)]
    stocks = {n: float(rng.integers(100, 900)) for tier in names for n in tier}
    flows = [
        Flow(f"make {n}", dict.fromkeys(rng.choice(names[t + 1], 3, replace=False), 1.0) if t < 9 else {}, {n: 1.0},
             float(rng.integers(60, 90)) * 3**t, n)
        for t, tier in enumerate(names) for n in tier
    ]  # fmt: skip
    network = SupplyNetwork(stocks, flows, [Sale(n, n, 50.0, 2.0) for n in names[0]])
    begin = time.perf_counter()
    assert 0 < time_to_survive(network, ["n4 7"]) < math.inf
    assert performance_impact(network, 90, ["n4 7"]).lost_profit > 0
    assert time.perf_counter() - begin < 10


def test_what_customers_send_back_serves_others():
    """Of 10 pieces half come back: they serve 20 customers; over periods as well."""
    network = SupplyNetwork({"shop": 10.0}, [], [Sale("town", "shop", 2.0, 3.0, kept=0.5)])
    assert time_to_survive(network) == pytest.approx(10)
    assert performance_impact(network, 14).lost_profit == pytest.approx((2 * 14 - 20) * 3)
    assert TimeExpanded(network, np.full((1, 14), 2.0)).impact((), 14).lost_profit == pytest.approx((2 * 14 - 20) * 3)


def test_what_lasts_for_ever_is_not_called_infeasible_because_the_solver_does():
    """HiGHS calls the programme of this bakery infeasible, though nothing for no time is always feasible: it is unbounded."""
    stocks = {"source": math.inf, "yeast": 88.0, "bread": 25.4, "flour": 141.0, "yeast 2": 59.0, "cake": 44.0, "none": 0.0, "bread 2": 48.0, "cake 2": 70.0}
    flows = [
        Flow("road", {"source": 1.0}, {"flour": 1.0}, math.inf, "mill"),
        Flow("bake", {"flour": 3.0}, {"bread": 1.0}, math.inf, "depot", "depot"),
        Flow("by hand", {"flour": 1.0}, {"bread": 0.9}, 12.0, "depot", "depot"),
    ]
    shared = {"mill": math.inf, "shop": math.inf, "depot": 18.0, "bakery": math.inf, "yard": math.inf}

    def last(demand, depot=18.0):
        network = SupplyNetwork(stocks, flows, [Sale("town", "bread", demand, 0.0, "depot")], {**shared, "depot": depot})
        return time_to_survive(network), time_to_survive(network, demand=np.array([2.0 * demand]))

    assert last(17 / 3) == (math.inf, math.inf)
    # 1 run of the ovens a period makes at most 1 bread: what is there lasts 25.4 / (asked - 1) periods
    assert last(2.0, 1.0) == pytest.approx((25.4 / 1.0, 25.4 / 3.0))
