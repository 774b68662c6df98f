"""Relief: sharing, waiting and prepositioning against their definitions."""

from __future__ import annotations

import math
import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import twinkit
from twinkit.capabilities.relief import who_first
from twinkit.capabilities.relief.prepositioning import Scenario, Task, compare, prepare
from twinkit.capabilities.relief.sharing import RULES, gini, shared
from twinkit.capabilities.relief.waiting import WATER_2013, tour_of, tours
from twinkit.questions.relief import ReliefQuestion
from twinkit.tables import CaseError

needs = st.lists(st.integers(0, 500).map(float), min_size=1, max_size=6)


@given(needs, st.floats(0, 3000))
def test_every_rule_gives_all_there_is_and_nobody_more_than_needed(need, supply):
    for name, rule in RULES.items():
        one = shared(need, rule(need, supply))
        assert one.given.sum() == pytest.approx(min(supply, sum(need)), abs=1e-6)
        assert -1e-9 <= one.gini <= 1 and one.worst <= one.total + 1e-9
        if name in ("proportional", "max-min share"):
            others = [shared(need, other(need, supply)).worst for other in RULES.values()]
            assert one.worst >= max(others) - 1e-9 and one.gini == pytest.approx(0.0, abs=1e-9)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 4)), min_size=1, max_size=6))
def test_a_weight_counts_like_so_many_people(people):
    values, weights = zip(*people, strict=True)
    every = np.repeat(values, weights)
    assert gini(values, weights) == pytest.approx(gini(every), abs=1e-9)


def test_the_best_tour_is_the_best_of_all():
    people = {"A": 10, "B": 20, "C": 5, "D": 1}
    depot = {"A": 1.0, "B": 2.0, "C": 3.0, "D": 4.0}
    between = {(a, b): 1.0 + abs(depot[a] - depot[b]) for a in people for b in people if a < b}
    found = tours(people, depot, between, 0.5, 10.0, WATER_2013)
    assert len(found) == 24 and found[0].social == min(t.social for t in found)
    again = tour_of(found[0].order, people, depot, between, 0.5, 10.0, WATER_2013)
    assert again == found[0]
    with pytest.raises(ValueError, match="no way between"):
        tour_of(["A", "B"], people, depot, {}, 0.5, 10.0, WATER_2013)


def a_task(**more):
    scenarios = {
        "none": Scenario(0.5, {"N": 0.0, "S": 0.0}), "north": Scenario(0.3, {"N": 80.0, "S": 10.0}, {"W1": 0.5}),
        "south": Scenario(0.2, {"N": 5.0, "S": 60.0}, {"W2": 0.25}),
    }  # fmt: skip
    ways = {("W1", "N"): 1.0, ("W1", "S"): 4.0, ("W2", "N"): 4.0, ("W2", "S"): 1.0}
    given = {"scenarios": scenarios, "open_cost": {"W1": 100.0, "W2": 50.0}, "capacity": {"W1": 200.0, "W2": 200.0},
             "unit_cost": 6.0, "leftover": 1.0, "shortage": 60.0, "ship": ways}  # fmt: skip
    return Task(**{**given, **more})


def test_no_stock_on_a_grid_is_better():
    found = compare(a_task())
    grid = [prepare(a_task(), {"W1": float(a), "W2": float(b)}).expected_cost for a, b in product(range(0, 201, 25), repeat=2)]
    assert found.best.expected_cost <= min(grid) + 1e-6
    assert prepare(a_task(), found.best.stock).expected_cost == pytest.approx(found.best.expected_cost)
    assert found.nothing.expected_cost == pytest.approx(60.0 * (0.3 * 90 + 0.2 * 65)) and found.value >= 0
    for row in found.best.by_scenario.to_dict("records"):
        sent = found.best.shipped.loc[found.best.shipped["scenario"] == row["scenario"], "units"].sum()
        assert sent + row["unmet"] == pytest.approx(row["needed"])


def test_what_cannot_be_decided_gets_sentences():
    wrong = a_task(scenarios={"a": Scenario(0.7, {"N": -1.0, "X": 2.0}, {"W9": 2.0})}, shortage=-1.0, capacity={"W1": 1.0})
    with pytest.raises(ValueError, match=r"add up to 0.7") as caught:
        prepare(wrong)
    said = str(caught.value).splitlines()
    assert len(said) == 7 and any("'W9' is no warehouse" in s for s in said) and any("ships to X" in s for s in said), said


# --- who gets help first


def a_relief(hours, people, vehicles=(1,), load=(10.0,), stock=(1e6,), horizon=100.0, known=None, opens=None, unloading=1.0, later=()):
    shape = len(vehicles), len(people)
    task = who_first.Task(
        [f"P{i}" for i in range(shape[1])], [f"D{i}" for i in range(shape[0])], np.array(hours, float).reshape(shape), np.array(known or [0.0] * shape[1]),
        np.ones(shape[1]), np.array(vehicles, float), np.array(load, float), np.full(shape[0], unloading), np.full(shape[0], 2.0),
        [*((0.0, d, s) for d, s in enumerate(stock)), *later], horizon, WATER_2013,
    )  # fmt: skip
    return task, who_first.World(np.array(people, float), np.zeros(shape) if opens is None else np.array(opens, float).reshape(shape))


def test_one_vehicle_by_pencil():
    """Two places, 1 and 2 hours away, 15 and 10 people, ten kits a trip, an hour to unload: a trip takes 3 and 5 hours."""
    task, world = a_relief([1.0, 2.0], [15, 10])
    got = who_first.trips(task, world, "in turn")
    assert list(zip(got.at, got.place, got.kits, strict=True)) == [(1, 0, 10), (4, 0, 5), (8, 1, 10)] and got.driven == [11.0]
    evenly = who_first.trips(task, world, "evenly")
    assert list(zip(evenly.at, evenly.place, evenly.kits, strict=True)) == [(1, 0, 10), (5, 1, 10), (9, 0, 5)]


def test_help_waits_for_the_road_the_news_and_the_kits():
    task, world = a_relief([1.0, 1.0], [10, 10], known=[0.0, 20.0], opens=[5.0, 0.0], stock=(10.0,), later=[(30.0, 0, 10.0)])
    got = who_first.trips(task, world, "in turn")
    assert list(zip(got.at, got.place, got.kits, strict=True)) == [(6, 0, 10), (31, 1, 10)]
    never, world = a_relief([1.0], [10], opens=[math.inf])
    assert not len(who_first.trips(never, world, "nearest first").at)


def test_with_one_trip_to_each_place_the_order_is_that_of_the_tour():
    """Places next to the depot and far from each other: every tour comes home in between, as the trips do."""
    hours = {"P0": 3.0, "P1": 1.0, "P2": 2.0}
    task, world = a_relief([3.0, 1.0, 2.0], [4, 6, 5], unloading=0.5)
    got = who_first.trips(task, world, "nearest first")
    between = {(a, b): hours[a] + hours[b] for a in hours for b in hours if a < b}
    tour = tour_of(["P1", "P2", "P0"], {"P0": 4, "P1": 6, "P2": 5}, hours, between, 0.5, 2.0, WATER_2013)
    assert tuple(got.at) == tour.arrivals and [task.places[i] for i in got.place] == list(tour.order)
    assert got.kits @ WATER_2013.cost(got.at) == pytest.approx(tour.deprivation)


@given(
    st.data(), st.lists(st.integers(0, 60), min_size=1, max_size=5), st.integers(1, 2), st.sampled_from(sorted(who_first.RULES)),
)  # fmt: skip
def test_nobody_gets_more_than_there_is_or_is_needed_and_no_vehicle_is_in_two_places(data, people, depots, rule):
    def some(low, high, n):
        return data.draw(st.lists(st.floats(low, high), min_size=n, max_size=n))

    n = depots * len(people)
    vehicles, stock = data.draw(st.lists(st.integers(0, 3), min_size=depots, max_size=depots)), some(0, 100, depots)
    task, world = a_relief(some(0.5, 9, n), people, vehicles, some(1, 30, depots), stock, known=some(0, 20, len(people)), opens=some(0, 40, n), later=[(12.0, 0, 30.0)])
    got = who_first.trips(task, world, rule)
    assert (np.bincount(got.place, got.kits, minlength=len(people)) <= world.people + 1e-9).all()
    assert got.kits.sum() <= sum(stock) + 30.0 + 1e-9
    assert (got.at >= task.known[got.place]).all() and (got.at < task.horizon).all()
    assert (got.driven <= np.array(vehicles) * (task.horizon + 2 * 9 + 1)).all(), "each is under way one trip at a time"
    if not any(vehicles):
        assert not len(got.at)


@pytest.fixture(scope="module")
def cyclone():
    return twinkit.who_gets_help_first("cyclone", worlds=24)


def test_rules_see_the_same_worlds_and_more_help_never_covers_less(cyclone):
    again = twinkit.who_gets_help_first("cyclone", worlds=24, today="evenly")
    for rule, figures in cyclone.figures.items():
        for name, values in figures.items():
            np.testing.assert_array_equal(values, again.figures[rule][name])
    for rule, curve in cyclone.curves.items():
        assert (np.diff(curve, axis=0) >= -1e-12).all() and curve.max() <= 1 + 1e-12
        np.testing.assert_allclose(cyclone.figures[rule]["covered"], curve[-1], atol=1e-12)
        late = np.isinf(cyclone.reached[rule])
        np.testing.assert_array_equal(late, curve[-1] < who_first.COVERED)
    more = cyclone.what_helps()
    assert (more.loc[more["more"].str.contains("kits"), "waited"] < 0).all()


def test_what_a_coordinator_reads(cyclone):
    assert ReliefQuestion.tells(cyclone)
    text = twinkit.report_of(cyclone, date="2026-01-31").to_html()
    for words in ("of the people in need have a kit after 72 hours", "People wait least with", "Rules side by side", "worst-off place", "What would help"):
        assert words in text
    assert not re.search(r">[^<]*\b(nan|inf)\b", text)


def test_a_kit_is_one_product():
    """Water beside the kits is none: with two products it must be said which one is meant."""
    case = twinkit.example("cyclone")
    more = case.replace(
        products=[*case["products"].to_dict("records"), {"product": "water", "value": 1}],
        stocks=[*case["stocks"].to_dict("records"), {"site": "Coast store", "product": "water", "policy": "unlimited"}],
    )  # fmt: skip
    with pytest.raises(CaseError, match="depots keep several products"):
        twinkit.who_gets_help_first(more, worlds=2)
    with pytest.raises(CaseError, match="Did you mean 'kit'"):
        twinkit.who_gets_help_first(more, worlds=2, product="kits")
    known, alone = twinkit.who_gets_help_first(more, worlds=2, product="kit"), twinkit.who_gets_help_first(case, worlds=2)
    assert known.task.arrivals == alone.task.arrivals == [(0.0, 0, 3500.0), (0.0, 1, 1500.0), (24.0, 1, 2500.0), (48.0, 0, 5000.0), (72.0, 0, 4000.0)]


def test_what_cannot_be_asked_is_answered_by_sentences():
    with pytest.raises(CaseError, match="in_need: the table has no rows") as caught:
        twinkit.who_gets_help_first("camera", today="by luck")
    assert len(caught.value.problems) == 4
