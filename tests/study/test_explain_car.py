"""Explanations of the car maker: through the tiers, of several events; what is refused and what is said."""

from __future__ import annotations

import json

import numpy as np
import pytest
from study.dips import DAYS, FIRE, adds_up, event_units, happening, two_steps

import twinkit
from twinkit.run.scenario import Scenario
from twinkit.study.explain import explain
from twinkit.tables import CaseError


@pytest.fixture(scope="module")
def car():
    return twinkit.example("automotive")


def test_the_fab_fire_reaches_the_dealers_through_the_tiers(car):
    found = explain(car, Scenario("lost", ("Naka fab 90 days",)), world=3)
    tree = found.tree(0.02)
    first = tree.drop_duplicates("node").set_index("node")["since"]
    names = ["microcontroller wafer", "microcontroller", "control unit", "Assembly", "Dealers"]
    days = [min(day for name, day in first.items() if n in name) for n in names]
    assert 60 <= days[0] <= days[1] <= days[2] <= days[4]
    assert days[4] > 60 + 35 + 12  # wafers and chips that were begun before the fire still come
    assert found.causes()["cause"][0] == "Naka fab 90 days"
    assert found.causes()["share"][0] > 0.95
    assert found.parts[0] == pytest.approx(found.units - found.without)
    assert "Fab Naka" in [p.get("site") for p in found.path()]
    assert "microcontroller wafer at Fab Naka" in found.sentence()
    adds_up(found)


def test_an_outcome_is_explained_as_its_case_is(car):
    scenario = Scenario("fire", ("Naka fab fire 2021",))
    outcome = twinkit.ensemble(car, scenario, 16)["fire"]
    found, again = explain(outcome, market="Germany", world=5), explain(car, scenario, "Germany", world=5)
    assert found.text() == again.text()
    assert 0 <= explain(outcome).trail.world < 16
    lacks = outcome.markets["demand"][found.row, :, 5] - outcome.markets["served"][found.row, :, 5]
    assert found.units == pytest.approx(lacks[found.days.start : found.days.stop].sum())


def test_an_outcome_that_kept_no_markets_is_explained_too(car):
    scenario = Scenario("fire", ("Naka fab fire 2021",))
    outcome = twinkit.ensemble(car, scenario, 64, detail="kpis")["fire"]
    assert explain(outcome).text() == explain(car, scenario).text()


def test_an_event_that_helps_is_told_apart(car):
    found = explain(car, Scenario("both", ("Covid slump 2020 Germany", "Naka fab fire 2021")), world=3)
    slump = found.trail.events.index("Covid slump 2020 Germany")
    assert found.parts[slump] < 0
    assert "without Covid slump 2020 Germany" in found.sentence().replace("Without", "without")
    assert "100 % of the missing units trace to Naka fab fire 2021" in found.sentence()


def test_an_event_without_a_part_is_told(car):
    assert (
        "Texas freeze 2021 has no part in it"
        in explain(car, Scenario("x", ("Texas freeze 2021",)), "China", world=3).sentence()
    )


def test_walk_and_counterfactual_of_two_events(car):
    found = explain(car, Scenario("both", ("Naka fab fire 2021", "Ukraine wiring 2022")), world=3)
    assert np.abs(event_units(found) - found.parts).sum() / 2 <= 0.25 * found.units
    adds_up(found)


def test_more_than_four_events_are_left_out_once_each(car):
    names = car["events"]["event"].tolist()[:6]
    found = explain(car, Scenario("many", tuple(names)), world=3)
    assert len(found.parts) == 6
    assert found.parts.sum() + found.left == pytest.approx(found.units - found.without)
    adds_up(found)


# --- what is refused, and what is said


def test_a_day_without_a_dip():
    found = happening(two_steps(events=[FIRE]), "fire", market="town", day=10)
    assert found.units == 0
    assert "no dip" in found.sentence()
    assert found.text() == found.sentence()
    assert len(found.tree()) == 0 and found.path() == [] and len(found.causes()) == 0
    assert json.dumps(found.to_dict())


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"market": "twon"}, "Did you mean 'town'"),
        ({"market": "town | itm"}, "Did you mean 'town | item'"),
        ({"day": DAYS}, "from 0 to 79"),
        ({"day": -1}, "out of range"),
        ({"day": 2.5}, "whole number"),
    ],
)
def test_what_cannot_be_explained_is_told(asked, says):
    with pytest.raises(CaseError, match=says):
        happening(two_steps(events=[FIRE]), "fire", **asked)


def test_worlds_and_scenarios_are_checked():
    case = two_steps(events=[FIRE])
    with pytest.raises(CaseError, match="world"):
        explain(case, Scenario("x", ("fire",)), world=-1)
    outcome = twinkit.ensemble(case, Scenario("x", ("fire",)), 2)["x"]
    with pytest.raises(CaseError, match="an outcome has its own"):
        explain(outcome, Scenario("y"))


def test_names_are_escaped_and_data_is_plain():
    case = two_steps(events=[{**FIRE, "event": "<script>fire</script>"}])
    found = happening(case, "<script>fire</script>")
    page = found._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page
    data = json.loads(json.dumps(found.to_dict()))
    assert data["units"] == 60 and data["tree"][0]["node"] == "town | item"
