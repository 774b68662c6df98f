"""Plans that are made from others are those that are made anew, to the last bit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from study.strikes import busy_shop
from tiny_case import tiny_case

import twinkit
from twinkit.chain.plan import plan_of
from twinkit.levers.levers import levers_of
from twinkit.run import plans
from twinkit.run.ensemble import curves
from twinkit.run.plans import Plans, plan_near, plan_with
from twinkit.run.runs import calm, fingerprint
from twinkit.run.scenario import Scenario, event_of


def camera():
    case = twinkit.example("camera").replace(settings={"periods": 60, "warm_up": 10})
    return case.replace(events=[event_of("outage", event=name, site="Imager", start=start, duration=9) | {"scheduled": False}
                                for name, start in (("early", 20), ("late", 40))])  # fmt: skip


def somewhere(lever):
    return not lever.start if lever.flag else lever.low if lever.start == lever.high else round((lever.start + lever.high) / 2, 3)


@pytest.mark.parametrize("case", [camera(), busy_shop(), tiny_case()], ids=["camera", "shop", "tiny"])
def test_a_plan_is_the_one_that_is_made_anew(case):
    names = case["events"]["event"].tolist()
    moves = [{}, *({lever.name: somewhere(lever)} for lever in levers_of(case))]
    made = Plans()
    for levers in [*moves, {k: v for m in moves for k, v in m.items()}]:
        for name in names:
            scenario = Scenario("x", (name,), levers)
            anew = replace(plan_of(scenario.apply(case)), apart=scenario.apart(case))
            for quick in (plan_with(case, scenario), made(case, [scenario])["x"]):
                assert quick.case == anew.case and quick.apart == anew.apart
                for one, other in ((quick, anew), (calm(quick), calm(anew))):
                    assert fingerprint(one, 1, curves(one)) == fingerprint(other, 1, curves(other)), levers


def test_a_number_that_flows_follow_from_is_joined_anew():
    case = camera()
    base = case.derived(plan_of)
    stocks, lanes = case["stocks"], case["lanes"]
    assert plan_near(base, case.replace(stocks=stocks.assign(safety_stock=stocks["safety_stock"] + 1.5))) is not None
    assert plan_near(base, case.replace(settings={"detection_delay": 3})) is not None
    for changed in ({"stocks": stocks.assign(review_period=2.0)}, {"lanes": lanes.assign(lead_time=9.0)}, {"stocks": stocks[1:]},
                    {"stocks": stocks.assign(mine=1.0)}, {"settings": {"periods": 50}}):  # fmt: skip
        assert plan_near(base, case.replace(**changed)) is None


def test_the_order_of_rows_does_not_matter():
    case = camera()
    base, stocks = case.derived(plan_of), case["stocks"].assign(safety_stock=range(len(case["stocks"])))
    near, anew = plan_near(base, case.replace(stocks=stocks)), plan_of(case.replace(stocks=stocks))
    assert (near.stock_n == anew.stock_n).all() and (near.position == anew.position).all() and near.net.stocks.equals(anew.net.stocks)


def test_few_plans_are_kept(monkeypatch):
    made, case = Plans(most=3), busy_shop()
    asked = []
    monkeypatch.setattr(plans, "plan_near", lambda *args: asked.append(args) or plan_near(*args))
    for days in range(1, 6):
        made(case, [Scenario("x", ("strike",), {"safety_days_tier_0": float(days)}), Scenario("y", ("fire",), {"safety_days_tier_0": float(days)})])
    assert len(asked) == 5 and len(made._kept) == 3 and len(made._moved) == 3
