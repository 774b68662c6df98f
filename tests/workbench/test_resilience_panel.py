"""Resilience: the scorecard of the chosen scenario, and scenarios that have none."""

import asyncio

import pytest
from tiny_case import SHOP, tiny_case

from twinkit.study.scenario import Scenario
from twinkit.workbench.desk import Desk
from twinkit.workbench.resilience_panel import ResiliencePanel
from twinkit.workbench.resilience_view import facts_of


@pytest.fixture
def panel():
    desk = Desk(tiny_case(), replications=8)
    desk.scenarios = {**desk.scenarios, "closed": Scenario("closed", ("closed",))}
    return ResiliencePanel(desk)


def test_a_scenario_without_events_has_no_scorecard(panel):
    assert "No event happens" in panel.blockers[0]
    panel.desk.chosen = "closed"
    assert panel.blockers == []
    panel.fall = 1.5
    assert "above 0 and below 100 %" in panel.blockers[0]


def test_the_shop_behind_the_closed_source_is_hit(panel):
    panel.desk.chosen = "closed"
    assert asyncio.run(panel.run())
    assert SHOP in set(panel.job.result.ripple()["site"])
    facts = {f["name"]: f for f in facts_of(panel.job.result)}
    depth = panel.job.result.outcome.kpis["depth"].mean()
    assert facts["depth"]["value"].endswith("%") and float(facts["depth"]["value"].split()[0]) == pytest.approx(
        100 * depth, rel=0.01
    )
    assert all(f["definition"] and f["interval"] for f in facts.values())
