"""Scenarios and levers: what they change, and what they refuse in sentences."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from study.small import shop

from twinkit.levers.levers import levers_of
from twinkit.run.scenario import Scenario, event_of
from twinkit.tables import CaseError, check_case, read_case
from twinkit.tables.read import example


@pytest.fixture(scope="module")
def car():
    return example("automotive")


def test_all_problems_at_once():
    wrong = Scenario("wrong", ("fier", event_of("outage", start=1, duration=1, site="shup")), {
        "safety_days_tier_0": 1e9, "expediting": 3, "magic": 1,
    })  # fmt: skip
    with pytest.raises(CaseError) as caught:
        wrong.apply(shop())
    text = str(caught.value)
    assert len(caught.value.problems) == 5
    assert "Did you mean 'fire'?" in text
    assert "Did you mean 'shop'?" in text
    assert "magic" in text


def test_own_event_is_added_and_named_events_are_scheduled():
    own = event_of("demand_surge", start=2, duration=1, severity=0.5, market="town")
    case = Scenario("both", ("fire", own)).apply(shop())
    events = case["events"].set_index("event")
    assert events["scheduled"].all()
    assert set(events.index) == {"fire", "demand surge town"}
    assert check_case(case) == []
    row = dict(shop()["events"].iloc[0])  # as it stands in the table, not scheduled
    for one in (row, {**row, "scheduled": "no"}):
        assert Scenario("row", (one,)).apply(shop())["events"].equals(Scenario("name", ("fire",)).apply(shop())["events"])


def test_round_trip(tmp_path):
    scenario = Scenario("s", ("fire", event_of("outage", start=1, duration=2, site="shop")), {"expediting": True})
    scenario.save(tmp_path / "s.json")
    assert Scenario.load(tmp_path / "s.json") == scenario
    (tmp_path / "bad.json").write_text("[1")
    with pytest.raises(CaseError, match="no scenario file"):
        Scenario.load(tmp_path / "bad.json")


def test_a_save_that_fails_or_is_killed_leaves_the_old_file(tmp_path):
    path, old = tmp_path / "s.json", Scenario("old", ("fire",))
    old.save(path)
    with pytest.raises(TypeError):
        Scenario("no plain data", ({"event": object()},)).save(path)
    killed = (
        "import os, signal, sys; from twinkit.run.scenario import Scenario\n"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "Scenario('new').save(sys.argv[1])"
    )
    assert subprocess.run([sys.executable, "-c", killed, str(path)], check=False).returncode == -signal.SIGKILL
    assert Scenario.load(path) == old and len(list(tmp_path.iterdir())) == 2
    Scenario("newest").save(path)
    assert list(tmp_path.iterdir()) == [path] and Scenario.load(path).name == "newest"


def test_every_lever_of_the_car_maker_changes_the_case_and_keeps_it_sound(car):
    levers = levers_of(car)
    assert {lever.name for lever in levers} >= {"second_source", "expediting", "extra_capacity", "safety_days_tier_0"}
    for lever in levers:
        value = (not lever.start) if lever.flag else lever.high
        fire = ("Naka fab fire 2021",)
        changed = Scenario("x", fire, {"build_up_days": 5.0, lever.name: value}).apply(car)
        assert changed != Scenario("x", fire, {} if lever.name == "build_up_days" else {"build_up_days": 5.0}).apply(
            car
        )
        assert check_case(changed) == []
        assert Scenario("x", (), {lever.name: lever.start}).apply(car) == car


def test_camera_has_no_second_source():
    assert "second_source" not in {lever.name for lever in levers_of(example("camera"))}


def test_shipped_cases_are_sound(car):
    assert check_case(car) == []
    assert read_case is not None
