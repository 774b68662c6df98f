"""The programme over periods: published numbers, hand-made lines with lead times, and what is always true."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from truth.form_stress import network_of

from twinkit.inventory.supply_network import Flow, Sale, SupplyNetwork
from twinkit.inventory.time_expanded import TimeExpanded
from twinkit.inventory.time_to_survive import performance_impact, time_to_survive

PUBLISHED = json.loads((Path(__file__).parent.parent / "truth" / "cases" / "S16_ttr_tts_stress_test.json").read_text())
quick = settings(max_examples=40, deadline=None, database=None, derandomize=True)


@pytest.mark.parametrize("node", ["T2_1", "T2_3", "T2_5", "T3_1", "T3_13", "T3_15"])
def test_without_lead_times_it_is_the_published_programme(node):
    """Simchi-Levi et al. 2015: lost profit, in short stretches and long ones; nothing is lost for just as long as published."""
    network, told = network_of(PUBLISHED["network"]), PUBLISHED["expected"][node]

    def least(periods: int, most: int) -> float:
        over = TimeExpanded(network, np.repeat(network.demand[:, None], periods, axis=1), most=most)
        return over.impact([node], periods).lost_profit

    assert least(told["ttr"], 52) == pytest.approx(told["lost_profit"], abs=0.01)
    assert least(told["ttr"], 3) == pytest.approx(told["lost_profit"], abs=0.01)
    lasts = math.floor(told["tts"])
    assert least(lasts, 4) == pytest.approx(0.0, abs=1e-6) and least(lasts + 1, 4) > 0.01


def line(periods: int = 60, most: int = 60) -> TimeExpanded:
    """Ore takes 5 days to the mill, plates 2 in the mill and 3 to the shop; 30 plates there, 10 a day are sold."""
    network = SupplyNetwork(
        {"mine": math.inf, "mill ore": 40.0, "mill plate": 10.0, "shop": 30.0},
        [
            Flow("sea", {"mine": 1}, {"mill ore": 1}, 25, "mine", lead_time=5),
            Flow("roll", {"mill ore": 2}, {"mill plate": 1}, 12, "mill", lead_time=2),
            Flow("road", {"mill plate": 1}, {"shop": 1}, node="mill", lead_time=3),
        ],
        [Sale("town", "shop", 10, 4.0, "shop")],
    )  # fmt: skip
    coming = {"mill ore": np.full(5, 20.0), "mill plate": np.full(2, 10.0), "shop": np.full(3, 10.0)}
    return TimeExpanded(network, np.full((1, periods), 10.0), coming, most=most)


def test_a_line_by_hand():
    """Stock of 3, 1 and 2 days bridges as many days; what is on the way is not at hand."""
    over = line()
    assert over.survives(["mine"]) == 6.0
    assert over.survives(["mill"]) == 3.0
    assert over.survives(["shop"]) == 0.0
    # out for 20 days: six are bridged, and on the way nothing can be made good, as it goes to customers who would go without
    assert over.impact(["mine"], 20).lost_profit == pytest.approx((20 - 6) * 10 * 4)
    assert over.impact(["mine"], 20).lost_units == {"town": pytest.approx(140.0)}
    assert over.impact(["shop"], 7).lost_profit == pytest.approx(7 * 10 * 4)
    assert over.missing_anyway == pytest.approx(0.0, abs=1e-6)


def test_what_comes_too_late_to_be_seen_is_not_claimed():
    over = line(16)
    assert over.cap(["mine"]) == 6  # ore that leaves later would be sold after the last period
    assert over.survives(["mine"]) == math.inf
    assert line(17).survives(["mine"]) == 6.0


def test_half_a_node_and_lead_times_that_change():
    slow = np.full(60, 5)
    slow[:2] = 9
    network = SupplyNetwork({"shop": 0.0}, [Flow("sea", gives={"shop": 1}, capacity=10, node="mine")], [Sale("t", "shop", 1, 1.0)])
    over = TimeExpanded(network, np.full((1, 60), 10.0), {"shop": np.full(5, 10.0)}, {"sea": slow}, most=60)
    assert over.impact([], 0).lost_profit == pytest.approx(20)  # the first two days come later than they are needed
    assert over.impact({"mine": 0.5}, 10).lost_profit == pytest.approx(20 + 2 * 5 + 4 * 5)  # on two days the late half comes too


@st.composite
def lines(draw):
    """Two suppliers, two plants with shared room, lead times; what is asked changes."""
    lead, number = st.integers(0, 4), st.integers(0, 30).map(float)
    flows = [
        Flow("a", {"raw": 1}, {"part": 1}, draw(st.sampled_from([3.0, 9.0, math.inf])), "a", lead_time=draw(lead)),
        Flow("b", {}, {"part": draw(st.sampled_from([1.0, 0.8]))}, draw(st.sampled_from([0.0, 4.0])), "b", lead_time=draw(lead)),
        Flow("big", {"part": 2}, {"car": 1}, 6.0, "plant", "plant", draw(lead)),
        Flow("small", {"part": 1}, {"van": 1}, 6.0, "plant", "plant", draw(lead)),
    ]  # fmt: skip
    network = SupplyNetwork(
        {"raw": draw(number), "part": draw(number), "car": draw(number), "van": draw(number)}, flows,
        [Sale("cars", "car", 0, 5.0), Sale("vans", "van", 0, draw(st.sampled_from([0.0, 3.0])))], {"plant": 5.0},
    )  # fmt: skip
    periods = draw(st.integers(8, 20))
    demand = np.array([[draw(st.integers(0, 4)) for _ in range(periods)] for _ in range(2)], float)
    coming = {"part": np.array([draw(number) for _ in range(3)])}
    return network, demand, coming, draw(st.sampled_from(["a", "b", "plant"])), draw(st.integers(1, 6))


@quick
@given(made=lines())
def test_longer_stretches_only_make_the_bound_looser_and_time_makes_it_tighter(made):
    network, demand, coming, node, out = made
    exact, coarse = (TimeExpanded(network, demand, coming, most=most) for most in (20, 4))
    least = exact.impact([node], out).lost_profit
    assert coarse.impact([node], out).lost_profit <= least + 1e-6
    assert coarse.survives([node]) >= exact.survives([node])
    assert exact.impact([node], out + 2).lost_profit >= least - 1e-6
    held = {s: units + coming.get(s, np.zeros(1)).sum() for s, units in network.stocks.items()}
    at_once = SupplyNetwork(held, network.flows, network.sales, network.shared)
    mean = demand[:, :out].mean(axis=1)
    assert performance_impact(at_once, out, [node], demand=mean).lost_profit <= least + 1e-6


@quick
@given(made=lines())
def test_what_is_survived_loses_no_more_and_answers_do_not_depend_on_those_before(made):
    network, demand, coming, node, out = made
    over = TimeExpanded(network, demand, coming)
    anyway, survives = over.impact([], 0).lost_profit, over.survives([node])
    loss = over.impact([node], out).lost_profit
    assert loss == pytest.approx(TimeExpanded(network, demand, coming).impact([node], out).lost_profit, abs=1e-6)
    if survives >= out:
        assert loss == pytest.approx(anyway, abs=1e-4)
    if survives < math.inf and network.sales[1].profit > 0:
        assert over.impact([node], int(survives) + 1).lost_profit > anyway


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match=r"demand must be numbers of 0 or more of shape \(1, periods\)"):
        TimeExpanded(SupplyNetwork({"a": 1.0}, [], [Sale("s", "a", 1.0)]), np.ones(3))
    with pytest.raises(ValueError, match="there is no node or flow 'moon'"):
        line().survives(["moon"])
    assert math.isinf(time_to_survive(line().network))
