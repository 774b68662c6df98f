"""Relief: sharing, waiting and prepositioning against their definitions."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinkit.capabilities.relief.prepositioning import Scenario, Task, compare, prepare
from twinkit.capabilities.relief.sharing import RULES, gini, shared
from twinkit.capabilities.relief.waiting import WATER_2013, tour_of, tours

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
