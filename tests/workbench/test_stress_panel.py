"""Stress test: what is asked, what is refused, likelihoods, and stopping."""

import asyncio

import pytest
from tiny_case import SHOP, SOURCE, tiny_case

from twinkit.study.scenario import Scenario
from twinkit.workbench.desk import Desk
from twinkit.workbench.stress_panel import StressPanel


@pytest.fixture
def panel():
    made = StressPanel(Desk(tiny_case(), replications=8))
    made.worlds = 4
    return made


def test_lanes_need_a_duration_and_ports_need_ports(panel):
    panel.what = "lanes"
    assert len(panel.blockers) == 1 and "how long" in panel.blockers[0]
    panel.duration = 5.0
    assert panel.blockers == []
    panel.what = "ports"
    assert "no ports" in panel.blockers[0]
    panel.what = "countries"
    assert "country" in panel.blockers[0]


@pytest.mark.parametrize("duration", [0.0, -1.0, 61.0, float("inf")])
def test_a_duration_that_cannot_be_is_refused(panel, duration):
    panel.duration = duration
    assert any("duration" in line for line in panel.blockers)


def test_likelihoods_are_of_targets(panel):
    panel.duration = 5.0
    assert set(panel.targets()) == {SHOP, SOURCE}
    panel.say_likelihood(SOURCE, 0.1)
    with pytest.raises(ValueError, match="not among"):
        panel.say_likelihood("nobody", 0.1)
    with pytest.raises(ValueError, match="0 or more"):
        panel.say_likelihood(SHOP, -0.1)
    assert asyncio.run(panel.run())
    rows = panel.job.result.table().set_index("target")
    assert rows.loc[SOURCE, "expected_loss"] == pytest.approx(0.1 * rows.loc[SOURCE, "lost_margin"])
    panel.what = "lanes"
    assert panel.known_likelihood() == {}, "a likelihood of a site says nothing of lanes"
    panel.what = "sites"
    panel.say_likelihood(SOURCE, None)
    assert panel.likelihood == {}


def test_levers_count_and_events_do_not(panel):
    desk = panel.desk
    desk.scenarios = {**desk.scenarios, "both": Scenario("both", ("closed",), {"safety_days_tier_0": 6.0}, 10)}
    desk.chosen = "both"
    assert panel.measured == Scenario("both", (), {"safety_days_tier_0": 6.0})
    panel.duration = 5.0
    assert asyncio.run(panel.run())
    lost = panel.job.result.table().set_index("target")["lost_margin"]
    desk.chosen = "as it is"
    assert panel.stale
    assert asyncio.run(panel.run())
    assert lost[SOURCE] < panel.job.result.table().set_index("target")["lost_margin"][SOURCE]


def test_a_problem_of_the_study_is_a_sentence_and_the_result_stays(panel):
    panel.duration = 5.0
    assert asyncio.run(panel.run())
    before = panel.job.result
    panel.duration = 55.0
    assert not asyncio.run(panel.run())
    assert "before an outage" in panel.job.problems[0]
    assert panel.job.result is before and panel.stale


def test_a_study_can_be_stopped(panel):
    panel.duration = 5.0

    async def stop_at_once():
        running = panel.start()
        await asyncio.sleep(0)
        while not panel.job.running and not running.done():
            await asyncio.sleep(0)
        panel.job.stop()
        return await running

    assert not asyncio.run(stop_at_once())
    assert panel.job.result is None and panel.job.stopped and not panel.job.running
