"""Levers of measures: detection, ramp-up, capacity of a tier, substitutes, stock built up before an event."""

from __future__ import annotations

import numpy as np
import pytest
from chain.test_measures import FIRE, SPARE, bikes, line, two_sources

from twinkit.chain.chain import Chain
from twinkit.chain.network import network_of, tiers_of
from twinkit.chain.plan import plan_of
from twinkit.levers.lever import AT_ONCE, COUNTED
from twinkit.levers.levers import levers_of
from twinkit.run.ensemble import ensemble
from twinkit.run.scenario import Scenario, event_of
from twinkit.study.recommend import recommend
from twinkit.study.risks import Risk
from twinkit.tables import CaseError, check_case
from twinkit.tables.read import example


def names(case):
    return {lever.name: lever for lever in levers_of(case)}


@pytest.fixture(scope="module")
def car():
    return example("automotive")


def test_levers_are_offered_where_they_change_something(car):
    shop, plant, found = names(two_sources()), names(bikes(False)), names(car)
    assert {"detection_delay", "ramp_up", "second_source", "build_up_days", "build_up_ahead"} <= set(shop)
    assert not {"substitution", "extra_capacity", "extra_capacity_tier_1"} & set(shop)
    assert "substitution" in plant and "second_source" not in plant
    tiers = {k for k in found if k.startswith("extra_capacity_tier")}
    assert tiers == {f"extra_capacity_tier_{k}" for k in (1, 2, 3, 4)}
    assert {"detection_delay", "ramp_up", "substitution", "build_up_days"} <= set(found)


def test_what_costs_money_to_have_asks_for_a_price(car):
    priced = {name: lever.price for name, lever in names(car).items()}
    dear = ["substitution", "extra_capacity_tier_1", "extra_capacity"]
    assert all(priced[name] is None for name in dear)
    assert priced["detection_delay"] is priced["ramp_up"] is AT_ONCE  # nothing is quicker than at once
    slow = {lever.name: lever.price for lever in levers_of(two_sources(settings={"detection_delay": 5}, ramp_up=9))}
    assert slow["detection_delay"] is slow["ramp_up"] is None
    assert priced["build_up_days"] is priced["build_up_ahead"] is COUNTED
    with pytest.raises(CaseError) as caught:
        recommend(car, [Risk("PA-12 shortage 2012", 0.1)], levers=dear)
    assert sorted(p.value for p in caught.value.problems if "has no price" in p.says) == sorted(dear)


@pytest.mark.parametrize(
    "name", ["detection_delay", "ramp_up", "substitution", "extra_capacity_tier_3", "build_up_days"]
)
def test_a_moved_lever_leaves_a_sound_case(car, name):
    lever = names(car)[name]
    value = (not lever.start) if lever.flag else lever.high
    changed = Scenario("x", ("Naka fab fire 2021",), {name: value}).apply(car)
    assert check_case(changed) == []
    assert lever.apply(car, lever.start) is car


def test_days_become_periods():
    weekly = two_sources(settings={"period_days": 7.0})
    changed = Scenario("x", (), {"detection_delay": 14.0, "ramp_up": 21.0}).apply(weekly)
    assert changed.settings["detection_delay"] == 2
    assert changed["stocks"]["ramp_up"].max() == 3


def test_capacity_of_a_tier_multiplies_with_that_of_all(car):
    changed = Scenario("x", (), {"extra_capacity": 0.1, "extra_capacity_tier_3": 0.2}).apply(car)
    net = car.derived(network_of)
    tier = dict(zip(net.sites["site"], tiers_of(net), strict=True))
    factor = changed["recipes"]["capacity"] / car["recipes"]["capacity"]
    assert factor.to_numpy() == pytest.approx(car["recipes"]["site"].map(lambda s: 1.1 * (1.2 if tier[s] == 3 else 1)))


def test_a_second_source_ramps_up_from_when_the_lever_is_moved():
    case = two_sources(events=())
    levers = {"second_source": 0.5, "ramp_up": 4.0}
    found = ensemble(case, Scenario("more", (), levers, since=30), replications=2)
    plan = found["more"].plan
    run = Chain(plan.before, 1, record=["lanes.placed"]).run(30).branch(plan).run(40)
    assert line(run, "lanes.placed", SPARE)[28:37] == pytest.approx([2, 2, 2.6, 3.2, 3.8, 4.4, 5, 5, 5])
    at_once = Chain(Scenario("x", (), levers).apply(case), 1, record=["lanes.placed"]).run()
    assert line(at_once, "lanes.placed", SPARE) == pytest.approx([5] * 80)


def test_stock_is_built_up_behind_what_the_event_hits_and_run_down_after_it(car):
    fire = event_of("outage", site="Fab Naka", start=74, duration=29, recovery="linear", recovery_time=68)
    changed = Scenario("x", (fire,), {"build_up_days": 20.0, "build_up_ahead": 60.0}).apply(car)
    raised = changed["stocks"][changed["stocks"]["build_up"] > 0]
    lanes = car["lanes"]
    behind = lanes.loc[lanes["origin"] == "Fab Naka", ["destination", "product"]].drop_duplicates()
    assert set(zip(raised["site"], raised["product"], strict=True)) == set(behind.itertuples(index=False, name=None))
    assert set(raised["build_from"]) == {14} and set(raised["build_until"]) == {74 + 29 + 68}
    rate = dict(zip(zip(plan_of(car).net.stocks["site"], plan_of(car).net.stocks["product"], strict=True),
                    plan_of(car).flows.stock, strict=True))  # fmt: skip
    for row in raised.itertuples():
        assert row.build_up == pytest.approx(20 * rate[row.site, row.product])
    usual = Scenario("x", (fire,), {"build_up_days": 20.0}).apply(car)["stocks"]
    assert set(usual.loc[usual["build_up"] > 0, "build_from"]) == {44}


def test_measures_help_when_they_are_quick():
    fire = {**FIRE, "duration": 30}
    case = two_sources(events=[{**fire, "scheduled": False}], shares=(0.999999, 0.000001))
    moved = {
        "quick": {},
        "late": {"detection_delay": 9.0},
        "slow": {"ramp_up": 20.0},
        "ready": {"detection_delay": 9.0, "build_up_days": 30.0},
    }
    found = ensemble(case, [Scenario(n, ("fire",), levers) for n, levers in moved.items()], replications=1)
    served = {name: float(np.mean(found[name].kpis["fill rate"])) for name in moved}
    assert served["late"] < served["quick"] and served["slow"] < served["quick"]
    assert served["ready"] > served["late"]
