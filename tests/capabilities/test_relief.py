"""Relief: sharing, waiting and prepositioning against their definitions."""

from __future__ import annotations

import math
import re
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import twinkit
from twinkit.capabilities.relief import vehicles, who_first
from twinkit.capabilities.relief.last_mile import tours_of
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
    without_limit = prepare(a_task(capacity=dict.fromkeys(("W1", "W2"), float("inf"))))
    assert without_limit.expected_cost == pytest.approx(prepare(a_task(capacity=dict.fromkeys(("W1", "W2"), 900.0))).expected_cost)
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


def a_relief(hours, people, fleet=(1,), load=(10.0,), stock=(1e6,), horizon=100.0, known=None, opens=None, unloading=1.0, later=(), onward=None, **more):
    shape, between = (len(fleet), len(people)), None if onward is None else np.array(onward, float)
    task = vehicles.Task(
        [f"P{i}" for i in range(shape[1])], [f"D{i}" for i in range(shape[0])], np.array(hours, float).reshape(shape), np.array(known or [0.0] * shape[1]),
        np.ones(shape[1]), np.array(fleet, float), np.array(load, float), np.full(shape[0], unloading), np.full(shape[0], 2.0),
        [*((0.0, d, s) for d, s in enumerate(stock)), *later], horizon, WATER_2013, between, **more,
    )  # fmt: skip
    open_from = None if between is None else np.where(np.isfinite(between), 0.0, np.inf)
    return task, vehicles.World(np.array(people, float), np.zeros(shape) if opens is None else np.array(opens, float).reshape(shape), open_from)


def deliveries(task, world, rule="in turn"):
    got = vehicles.trips(task, world, rule)
    return got, list(zip(got.at, got.place, got.kits, strict=True))


def test_who_sorts_gifts_loads_no_vehicle():
    """Ten kits go at 0; the vehicle is back at 3, but from 2 to 7 a gift is sorted, in which four kits are found."""
    task, world = a_relief([1.0], [14], stock=(10.0,), gifts=(vehicles.Gift(2.0, 0, 4.0, 5.0),))
    assert deliveries(task, world)[1] == [(1, 0, 10), (8, 0, 4)]
    two = a_relief([1.0], [14], stock=(10.0,), gifts=(vehicles.Gift(2.0, 0, 1.0, 5.0), vehicles.Gift(3.0, 0, 3.0, 2.0)))
    assert deliveries(*two)[1] == [(1, 0, 10), (10, 0, 4)], "one gift is sorted after the other"


def test_what_is_too_old_goes_to_nobody_and_the_oldest_goes_first():
    task, world = a_relief([2.0], [40], stock=(20.0,), keeps=np.array([5.0]), later=[(4.0, 0, 15.0)])
    got, made = deliveries(task, world)  # back at 5: ten of the first lot have become too old, of the second five perish at 9
    assert made == [(2, 0, 10), (7, 0, 10)] and got.perished == 15.0
    fresh, made = deliveries(*a_relief([1.0], [40], stock=(12.0,), keeps=np.array([5.0]), later=[(1.0, 0, 10.0)]))
    assert made == [(1, 0, 10), (4, 0, 10)] and fresh.perished == 2.0, "two of the old, eight of the new go at 3"


def test_cash_reaches_whom_it_serves_without_a_vehicle():
    money = vehicles.Cash(np.array([0.45]), np.array([24.0]), np.array([30.0]))
    got, made = deliveries(*a_relief([1.0], [10], cash=money))
    assert sorted(made) == [(1, 0, 6), (24, 0, 4)] and got.paid == 120.0 and got.driven == [3.0]


def test_a_vehicle_with_kits_left_goes_on_and_comes_home_from_there():
    """An hour to the first place, an hour to unload, half an hour on, an hour to unload, two hours home."""
    inf = math.inf
    task, world = a_relief([1.0, 2.0, 3.0], [6, 3, 5], onward=[[inf, 0.5, inf], [0.5, inf, inf], [inf, inf, inf]])
    got, made = deliveries(task, world)
    assert made == [(1, 0, 6), (2.5, 1, 3), (5.5 + 3, 2, 5)] and got.driven == [5.5 + 7]
    cut = vehicles.World(world.people, world.opens, np.full((3, 3), 10.0))
    assert deliveries(task, cut)[1] == [(1, 0, 6), (3 + 2, 1, 3), (8 + 3, 2, 5)]


def test_one_vehicle_by_pencil():
    """Two places, 1 and 2 hours away, 15 and 10 people, ten kits a trip, an hour to unload: a trip takes 3 and 5 hours."""
    task, world = a_relief([1.0, 2.0], [15, 10])
    got = vehicles.trips(task, world, "in turn")
    assert list(zip(got.at, got.place, got.kits, strict=True)) == [(1, 0, 10), (4, 0, 5), (8, 1, 10)] and got.driven == [11.0]
    evenly = vehicles.trips(task, world, "evenly")
    assert list(zip(evenly.at, evenly.place, evenly.kits, strict=True)) == [(1, 0, 10), (5, 1, 10), (9, 0, 5)]


def test_help_waits_for_the_road_the_news_and_the_kits():
    task, world = a_relief([1.0, 1.0], [10, 10], known=[0.0, 20.0], opens=[5.0, 0.0], stock=(10.0,), later=[(30.0, 0, 10.0)])
    got = vehicles.trips(task, world, "in turn")
    assert list(zip(got.at, got.place, got.kits, strict=True)) == [(6, 0, 10), (31, 1, 10)]
    never, world = a_relief([1.0], [10], opens=[math.inf])
    assert not len(vehicles.trips(never, world, "nearest first").at)


def test_with_one_trip_to_each_place_the_order_is_that_of_the_tour():
    """Places next to the depot and far from each other: every tour comes home in between, as the trips do."""
    hours = {"P0": 3.0, "P1": 1.0, "P2": 2.0}
    task, world = a_relief([3.0, 1.0, 2.0], [4, 6, 5], unloading=0.5)
    got = vehicles.trips(task, world, "nearest first")
    between = {(a, b): hours[a] + hours[b] for a in hours for b in hours if a < b}
    tour = tour_of(["P1", "P2", "P0"], {"P0": 4, "P1": 6, "P2": 5}, hours, between, 0.5, 2.0, WATER_2013)
    assert tuple(got.at) == tour.arrivals and [task.places[i] for i in got.place] == list(tour.order)
    assert got.kits @ WATER_2013.cost(got.at) == pytest.approx(tour.deprivation)


@given(
    st.data(), st.lists(st.integers(0, 60), min_size=1, max_size=5), st.integers(1, 2), st.sampled_from(sorted(vehicles.RULES)),
)  # fmt: skip
def test_nobody_gets_more_than_there_is_or_is_needed_and_no_vehicle_is_in_two_places(data, people, depots, rule):
    def some(low, high, n):
        return data.draw(st.lists(st.floats(low, high), min_size=n, max_size=n))

    n = depots * len(people)
    fleet, stock = data.draw(st.lists(st.integers(0, 3), min_size=depots, max_size=depots)), some(0, 100, depots)
    gift, keeps = vehicles.Gift(data.draw(st.floats(0, 30)), 0, data.draw(st.floats(0, 9)), data.draw(st.floats(0, 20))), np.array(some(3, 50, depots))
    between = np.array(some(0.5, 9, len(people) ** 2)).reshape(len(people), -1) if data.draw(st.booleans()) else None
    task, world = a_relief(some(0.5, 9, n), people, fleet, some(1, 30, depots), stock, known=some(0, 20, len(people)), opens=some(0, 40, n), later=[(12.0, 0, 30.0)],
                           onward=between, keeps=keeps, gifts=(gift,))  # fmt: skip
    got = vehicles.trips(task, world, rule)
    assert (np.bincount(got.place, got.kits, minlength=len(people)) <= world.people + 1e-9).all()
    assert got.kits.sum() + got.perished <= sum(stock) + 30.0 + gift.kits + 1e-9
    assert (got.at >= task.known[got.place]).all() and (got.at < task.horizon).all()
    assert (got.driven <= np.array(fleet) * (task.horizon + (len(people) + 1) * (9 + 1))).all(), "each is under way one trip at a time"
    if not any(fleet):
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
    assert {"cash for those whom it serves", "no gifts that nobody asked for"} <= set(more["more"])
    assert (more.loc[more["more"].str.contains("cash"), "spent"] > 0).all()
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


# --- tours

AUGERAT = """30 40 0, 37 52 19, 49 49 30, 52 64 16, 31 62 23, 52 33 11, 42 41 31, 52 41 15, 57 58 28, 62 42 8, 42 57 8, 27 68 7, 43 67 14, 58 48 6, 58 27 19, 37 69 11"""
"""P-n16-k8 (Augerat et al. 1995): place and demand of the depot and of 15 customers; a vehicle takes 35, and the best tours are 450 long."""


def length(tours, ways):
    return sum(ways[a, b] for tour in tours for a, b in zip([0, *tour], [*tour, 0], strict=True))


def test_tours_of_a_published_instance_are_the_best():
    x, y, wanted = np.array([[float(v) for v in row.split()] for row in AUGERAT.split(",")]).T
    ways = np.round(np.hypot(x[:, None] - x, y[:, None] - y))
    found = tours_of(ways, wanted[1:], 35.0)
    assert sorted(i for tour in found for i in tour) == list(range(1, 16)) and len(found) == 8
    assert all(wanted[tour].sum() <= 35 for tour in found) and length(found, ways) == 450


@given(st.data(), st.integers(2, 4))
def test_tours_are_the_best_of_all(data, n):
    ways = np.array(data.draw(st.lists(st.integers(1, 9), min_size=(n + 1) ** 2, max_size=(n + 1) ** 2)), float).reshape(n + 1, -1)
    wanted = np.array(data.draw(st.lists(st.integers(1, 10), min_size=n, max_size=n)), float)

    def split(order):  # every way to cut a row of stops into tours
        for cuts in product([False, True], repeat=n - 1):
            made = [[order[0]]]
            for stop, cut in zip(order[1:], cuts, strict=True):
                made = [*made, [stop]] if cut else [*made[:-1], [*made[-1], stop]]
            yield made

    best = min(length(made, ways) for order in permutations(range(1, n + 1)) for made in split(order) if all(wanted[[i - 1 for i in t]].sum() <= 10 for t in made))
    assert length(tours_of(ways, wanted, 10.0, iterations=100), ways) == pytest.approx(best)


def test_tours_keep_to_kits_news_roads_and_vehicles():
    case = twinkit.example("cyclone")
    found = twinkit.plan_tours(case, iterations=50)
    got, known = dict.fromkeys(found.task.places, 0.0), dict(zip(found.task.places, found.task.known, strict=True))
    for d, depot in enumerate(found.task.depots):
        mine = found.tours[found.tours["depot"] == depot]
        assert mine["kits"].max() <= found.task.load[d] and mine["vehicle"].max() <= found.task.vehicles[d]
        for _, own in mine.groupby("vehicle"):
            assert (own["leaves"].to_numpy()[1:] >= own["back"].to_numpy()[:-1] - 1e-9).all()
        for _, tour in mine.iterrows():
            there = sum(kits for t, at, kits in found.task.arrivals if at == d and t <= tour["leaves"])
            assert mine.loc[mine["leaves"] <= tour["leaves"], "kits"].sum() <= there
            for place, at, kits in tour["stops"]:
                got[place] += kits
                assert tour["leaves"] >= known[place] and at < tour["back"]
    assert list(got.values()) == list(found.served) and (found.served <= found.people).all()
    few = twinkit.plan_tours(case.replace(roads=[r for r in case["roads"].to_dict("records") if r["place"] != "Tea hills"], byroads=[]), iterations=5)
    assert any("nothing reaches 800 people: Tea hills (800)" in s for s in few.sentences())
