"""What kinds of events do, where it can be worked out by hand; all of them are held against the plain chain too."""

from __future__ import annotations

import numpy as np
import pytest
from study.small import shop

from twinkit.chain.chain import Chain
from twinkit.chain.layout import TOTALS_LANE, TOTALS_STOCK
from twinkit.chain.plan import plan_of
from twinkit.run.kpis import cost_parts
from twinkit.run.scenario import Scenario, event_of
from twinkit.tables.read import example

LONG = {"demand": [10.0] * 20, "on_hand": 20.0}


def run(*events, worlds=1, **more):
    case = shop(**{**LONG, **more})
    rows = [{"event": f"e{i}", "duration": None, **e} for i, e in enumerate(events)]
    return Chain(case.replace(events=rows), worlds, record=["stocks.on_hand", "claims.sent", "lanes.arrived"]).run()


def line(chain, history, label):
    return chain.history(history)[chain.labels(history).index(label), :, 0]


@pytest.mark.parametrize(("kind", "money"), [
    ("price_increase", 0.5 * 3), ("freight_increase", 0.5 * 1), ("tariff", 0.5 * 4),
])  # fmt: skip
def test_what_costs_more_is_a_surcharge_on_what_is_sent_meanwhile(kind, money):
    site = "shop" if kind == "tariff" else "source"
    chain = run({"kind": kind, "site": site, "start": 5, "duration": 4, "severity": 0.5})
    calm = run()
    assert cost_parts(chain.plan, chain.world)["surcharges"][0] == pytest.approx(money * 10 * 4)
    assert np.array_equal(chain.history("claims.sent"), calm.history("claims.sent"))
    assert cost_parts(calm.plan, calm.world)["surcharges"][0] == 0


def test_a_duty_of_a_country_is_on_what_crosses_its_border():
    case = example("automotive").replace(settings={"periods": 30})
    rows = [{"event": "duty", "kind": "tariff", "country": "DE", "start": 0, "duration": None, "severity": 0.1}]
    chain = Chain(case.replace(events=rows), 2).run()
    country = case["sites"].set_index("site")["country"]
    lanes = chain.plan.net.lanes
    crosses = (lanes["destination"].map(country) == "DE") & (lanes["origin"].map(country) != "DE")
    paid = chain.world.total_lane[TOTALS_LANE.surcharge].sum(axis=1) > 0
    assert paid.any()
    assert not (paid & ~crosses.to_numpy()).any()


def test_stock_that_burns_is_gone_and_the_balance_knows():
    chain = run(
        {"kind": "stock_destroyed", "site": "shop", "start": 8, "severity": 0.5}, on_hand=100.0, order_up_to=100.0
    )
    there = line(chain, "stocks.on_hand", "shop | item")
    assert there[7:9].tolist() == [80, 40]  # 10 come in and 10 go out every day
    assert chain.world.total_stock[TOTALS_STOCK.destroyed].sum() == 40
    assert chain.balance().abs().to_numpy().max() < 1e-9


def test_goods_lost_on_the_way_are_ordered_again():
    chain = run({"kind": "transit_lost", "origin": "source", "destination": "shop", "start": 8, "severity": 1})
    came = line(chain, "lanes.arrived", "source > shop | item | road")
    assert came[8:10].tolist() == [0, 0]
    assert came[10] == 30  # the lost 20 are ordered again on the day of the loss, with the 10 of that day
    assert chain.balance().abs().to_numpy().max() < 1e-9


def test_goods_on_the_way_come_later():
    chain = run({"kind": "transit_delayed", "origin": "source", "destination": "shop", "start": 8, "severity": 3})
    came = line(chain, "lanes.arrived", "source > shop | item | road")
    assert came[6:14].tolist() == [10, 10, 0, 0, 0, 10, 40, 10]  # later ships do not overtake


def test_orders_that_nobody_reads_are_read_in_the_end():
    chain = run({"kind": "orders_unread", "site": "source", "start": 5, "duration": 3, "severity": 1})
    sent = line(chain, "claims.sent", "source > shop | item | road")
    assert sent[4:10].tolist() == [10, 0, 0, 0, 40, 10]


def test_what_is_on_hold_is_not_sent():
    chain = run(
        {"kind": "quality_hold", "site": "shop", "start": 5, "duration": 2, "severity": 1},
        on_hand=100.0,
        order_up_to=100.0,
    )
    assert line(chain, "claims.sent", "town | item")[4:8].tolist() == [10, 0, 0, 30]


def test_one_event_after_another_with_a_probability():
    first = {"kind": "outage", "site": "shop", "start": 2, "latest_start": 4, "probability": 0.5, "duration": 1}
    then = {"kind": "demand_slump", "market": "town", "start": 3, "latest_start": 5, "after": "e0", "probability": 0.4,
            "duration": 1}  # fmt: skip
    start = run(first, then, worlds=4000).world.event_start
    happens = np.isfinite(start)
    assert happens[0].mean() == pytest.approx(0.5, abs=0.03)
    assert happens[1, happens[0]].mean() == pytest.approx(0.4, abs=0.04)
    assert not happens[1, ~happens[0]].any()
    assert set(start[0, happens[0]]) == {2, 3, 4}
    assert set(start[1, happens[1]] - start[0, happens[1]]) == {3, 4, 5}


def test_failures_that_come_again_leave_a_site_up_for_the_right_share_of_time():
    chain = run({"kind": "outage", "site": "source", "start": 0, "duration": 4, "duration_kind": "geometric",
                 "time_between": 16}, worlds=64, demand=[10.0] * 4000)  # fmt: skip
    again = Chain(chain.case, 64, record=["sites.up"]).run()
    up = again.history("sites.up")[again.labels("sites.up").index("source")]
    assert up[200:].mean() == pytest.approx(16 / 20, abs=0.01)


def test_demand_that_remembers():
    case = shop(**LONG).replace(settings={"periods": 3000})
    case = case.replace(markets=case["markets"].assign(demand="normal", mean=100.0, spread=5.0, autocorrelation=0.7))
    asked = Chain(case, 16, record=["claims.asked"]).run().history("claims.asked")[-1]
    assert asked.std() == pytest.approx(5, rel=0.03)
    assert np.corrcoef(asked[:-1].ravel(), asked[1:].ravel())[0, 1] == pytest.approx(0.7, abs=0.02)


def test_a_scenario_brings_the_causes_of_its_events():
    case = shop(**LONG)
    rows = [{"event": "quake", "kind": "outage", "site": "shop", "start": 3, "duration": 2, "scheduled": False},
            {"event": "fire", "kind": "outage", "site": "source", "start": 1, "duration": 2, "after": "quake",
             "scheduled": False}]  # fmt: skip
    plan = plan_of(Scenario("x", ("fire",)).apply(case.replace(events=rows)))
    assert plan.effects.names == ["quake", "fire"]
    assert plan.effects.earliest.tolist() == [3, 4]


def test_a_country_goes_down_with_its_ports():
    case = example("automotive")
    plan = plan_of(case.replace(events=[event_of("outage", country="CN", start=3, duration=2, event="x")]))
    assert plan.effects.names == ["x", "x"]
    lanes = plan.net.lanes.iloc[plan.effects.hits[plan.effects.at[0] : plan.effects.at[1]]]
    assert (lanes["via"] != "").all()
    assert [s.name for s in plan.effects.spans(100)] == ["x"]
