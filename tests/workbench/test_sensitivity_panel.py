"""Sensitivity: what is asked, what is refused, and how long it takes."""

import asyncio

import pytest
from tiny_case import tiny_case

from twinkit import question
from twinkit.run.scenario import Scenario
from twinkit.workbench.desk import Desk
from twinkit.workbench.registry import own_panel

pytest.importorskip("SALib")


@pytest.fixture
def panel():
    desk = Desk(tiny_case(), replications=8)
    desk.scenarios = {**desk.scenarios, "more": Scenario("more", (), {"safety_days_tier_0": 2.0})}
    made = own_panel("sensitivity")(desk)
    made.inputs, made.trajectories, made.worlds, made.space = ["demand", "holding_costs"], 2, 2, 4
    return made


def test_the_estimate_counts_every_run(panel):
    """The progress of the study counts points; two scenarios are run at each of them."""
    panel.second = "more"
    seen = []
    panel.ask().run(progress=lambda done, total: seen.append(total))
    assert panel.ask().points() == 2 * seen[-1]
    assert asyncio.run(panel.run())
    assert panel.job.result.decides and len(panel.job.result.thresholds()) == 2


def test_a_range_of_ones_own_is_used(panel):
    panel.ranges = {"demand": [0.9, 1.05]}
    assert asyncio.run(panel.run())
    rows = panel.job.result.table().set_index("input")
    assert rows.loc["demand", ["low", "high"]].tolist() == [0.9, 1.05]
    assert rows.loc["holding_costs", ["low", "high"]].tolist() == [0.5, 2.0]


def test_what_cannot_be_is_said(panel):
    panel.first, panel.second = "more", "more"
    assert any("itself" in line for line in panel.blockers)
    panel.second, panel.inputs, panel.method, panel.samples = "gone", ["x"], "sobol", 30
    told = " ".join(panel.blockers)
    for part in ("'gone'", "'x'", "power of 2"):
        assert part in told, part
    panel.ranges = {"demand": [1.0, 1.0]}
    assert "must rise" in panel.blockers[0]


def test_the_chosen_scenario_is_the_first_if_none_is_named(panel):
    panel.desk.chosen = "more"
    assert [s.name for s in panel.ask().pair] == ["more"]
    panel.second = "as it is"
    assert [s.name for s in panel.ask().pair] == ["more", "as it is"]


def test_without_the_optional_package_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(question, "find_spec", lambda name: None)
    told = own_panel("sensitivity")(Desk(tiny_case())).blockers
    assert any("SALib is not installed" in line and "twinkit[optimise]" in line for line in told)
