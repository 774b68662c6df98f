"""Stress test as a question: what is asked, what is refused, likelihoods, and stopping."""

import asyncio

import pytest
from tiny_case import SHOP, SOURCE, tiny_case

from twinkit.apps.kit.guard import Guard
from twinkit.run.scenario import Scenario
from twinkit.workbench.desk import Desk
from twinkit.workbench.registry import own_panel


@pytest.fixture
def panel():
    made = own_panel("stress")(Desk(tiny_case(), replications=8))
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
    assert "no countries" in panel.blockers[0]
    panel.what = "moons"
    assert "sites, suppliers, companies, lanes, countries, ports" in panel.blockers[0]


@pytest.mark.parametrize("duration", [0.0, -1.0, 61.0, float("inf")])
def test_a_duration_that_cannot_be_is_refused(panel, duration):
    panel.duration = duration
    assert any("duration" in line.lower() for line in panel.blockers)


def test_everything_that_is_wrong_is_said_before_anything_runs(panel):
    panel.duration, panel.since = 5.0, 58
    assert "the run ends in period 60, before an outage that begins in period 58" in panel.blockers[0]
    panel.since, panel.likelihood, panel.only = 70, {"nobody": 0.1}, ["nowhere"]
    told = " ".join(panel.blockers)
    assert "there is no 'nobody'" in told and "there is no 'nowhere'" in told
    panel.likelihood, panel.only = {}, []
    assert "must be a whole number from 0 to 59" in panel.blockers[0]


def test_likelihoods_are_of_targets(panel):
    panel.duration = 5.0
    assert set(panel.ask().options("likelihood")) == {SHOP, SOURCE}
    panel.likelihood = {SHOP: -0.1}
    assert "0 or more" in panel.blockers[0]
    panel.likelihood = {SOURCE: 0.1}
    assert asyncio.run(panel.run())
    rows = panel.job.result.table().set_index("target")
    assert rows.loc[SOURCE, "expected_loss"] == pytest.approx(0.1 * rows.loc[SOURCE, "lost_margin"])
    assert "likelihood={" in panel.code()
    asking = panel.ask()
    asking.what = "lanes"
    asking.follow("what")
    assert asking.problems() == [] and "likelihood" not in asking.code(), "a likelihood of a site says nothing of lanes"


def test_some_of_a_kind(panel):
    panel.duration, panel.only = 5.0, [SOURCE]
    assert panel.blockers == [] and asyncio.run(panel.run())
    assert panel.job.result.table()["target"].tolist() == [SOURCE]
    panel.what, panel.only = "lanes", []
    lane = next(iter(panel.ask().options("only")))
    panel.only = [lane]
    assert asyncio.run(panel.run()) and panel.job.result.table()["target"].tolist() == [lane]


def test_levers_count_and_events_do_not(panel):
    desk = panel.desk
    desk.scenarios = {**desk.scenarios, "both": Scenario("both", ("closed",), {"safety_days_tier_0": 6.0}, 10)}
    desk.chosen = "both"
    assert "do not happen" in panel.ask().notes()[-1] and "events" not in panel.code()
    panel.duration = 5.0
    assert asyncio.run(panel.run())
    lost = panel.job.result.table().set_index("target")["lost_margin"]
    desk.chosen = "as it is"
    assert panel.stale
    assert asyncio.run(panel.run())
    assert lost[SOURCE] < panel.job.result.table().set_index("target")["lost_margin"][SOURCE]


def test_what_cannot_be_leaves_the_result(panel):
    panel.duration = 5.0
    assert asyncio.run(panel.run())
    before = panel.job.result
    panel.duration = 55.0
    assert "before an outage" in panel.blockers[0] and not asyncio.run(panel.run())
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


def test_the_form_asks_the_model(panel):
    guard = Guard()
    view = panel.view()(panel, guard)
    view.form.values = {**view.form.values, "what": "lanes", "duration": 7.0}
    assert (panel.what, panel.duration) == ("lanes", 7.0)
    often, (lane, *_) = view.lists["likelihood"], panel.ask().options("likelihood")
    often.values = {"name": lane, "number": 0.2, "to": None, "said": -1}
    view.asking.pressed_list("likelihood", None, {"press": "add"}, None)
    assert panel.likelihood == {lane: 0.2}
    often.values = {"name": "nobody", "number": 0.2, "to": None, "said": -1}
    view.asking.pressed_list("likelihood", None, {"press": "add"}, None)
    assert "not among" in view.notes.sentences[0] and not guard.message
