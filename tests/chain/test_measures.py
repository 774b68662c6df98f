"""Measures that take time or stand in for others, where it can be worked out by hand; all are held against the plain chain too."""

from __future__ import annotations

import numpy as np
import pytest
from study.dips import chain, event
from study.small import shop

from twinkit.chain.chain import Chain
from twinkit.chain.layout import TOTALS_STOCK
from twinkit.chain.loading import load_chain
from twinkit.run.kpis import cost_parts
from twinkit.tables.case import Case

MAIN, SPARE = "main > shop | item | road", "spare > shop | item | road"
FIRE = event("fire", "outage", 20, 20, site="main", scheduled=True)


def two_sources(events=(FIRE,), settings=None, shares=(0.8, 0.2), **stock):
    """A shop that asks ten units a day of two sources, two days away."""
    lanes = [("main", "shop", "item", 2, shares[0]), ("spare", "shop", "item", 2, shares[1])]
    case = chain(lanes, stocks={("shop", "item"): 60}, events=events)
    stocks = case["stocks"]
    return case.replace(stocks=stocks.assign(**{c: stocks["policy"].map({"base_stock": v}) for c, v in stock.items()}),
                        settings=settings or {})  # fmt: skip


def line(run, history, label):
    return run.history(history)[run.labels(history).index(label), :, 0]


def placed(case):
    run = Chain(case, 1, record=["lanes.placed"]).run()
    return line(run, "lanes.placed", MAIN), line(run, "lanes.placed", SPARE)


def test_orders_are_rerouted_once_the_outage_is_noticed():
    for delay in (0, 3):
        main, spare = placed(two_sources(settings={"detection_delay": delay}))
        assert main[19 : 20 + delay] == pytest.approx([8] * (1 + delay))
        assert main[20 + delay : 40] == pytest.approx([0] * (20 - delay))
        assert main[40] == 8 and (main + spare) == pytest.approx([10] * 80)  # that it is over is known at once


def test_an_outage_that_is_shorter_than_the_delay_is_never_noticed():
    main, _ = placed(two_sources(events=[{**FIRE, "duration": 3}], settings={"detection_delay": 3}))
    assert main == pytest.approx([8] * 80)


def test_orders_go_over_in_equal_steps():
    main, spare = placed(two_sources(settings={"detection_delay": 2}, ramp_up=4))
    assert main[21:28] == pytest.approx([8, 6.4, 4.8, 3.2, 1.6, 0, 0])
    assert main[40] == 8 and (main + spare) == pytest.approx([10] * 80)


def test_shares_that_change_in_the_middle_go_over_in_equal_steps(tmp_path):
    old = two_sources(events=(), ramp_up=3)
    new = two_sources(events=(), ramp_up=3, shares=(0.4, 0.6))
    run = Chain(old, 2, record=["lanes.placed"]).run(30).branch(new).run(32)
    again = load_chain(run.save(tmp_path / "half way.run"))
    copy = run.branch()
    for one in (run, again, copy):
        assert line(one.run(40), "lanes.placed", SPARE)[28:36] == pytest.approx([2, 2, 3, 4, 5, 6, 6, 6])
    back = Chain(old, 2, record=["lanes.placed"]).run(30).branch(new).run(32).branch(old).run(40)
    assert line(back, "lanes.placed", SPARE)[30:36] == pytest.approx([3, 4, 3.5, 3, 2.5, 2])


def test_freight_is_expedited_once_the_shortage_is_noticed():
    first = []
    for delay in (0, 2, 3):
        case = shop(demand=[10.0] * 5 + [60.0] + [10.0] * 10, detection_delay=delay)
        case = case.replace(lanes=case["lanes"].assign(expedite=True, start_in_transit=10.0))
        run = Chain(case, 1, record=["lanes.expedited"]).run()
        first.append(np.flatnonzero(line(run, "lanes.expedited", "source > shop | item | road"))[:1].tolist())
    assert first == [
        [4],
        [7],
        [],
    ]  # short at the ends of days 5 and 6; on day 7 what was sent on day 5 comes in, and the shop is short no more


def bikes(use, ratio=2.0, usable=True):
    """A plant makes ten bikes a day of a frame and two wheels; frames fail to come for twenty days."""
    stocks = {
        ("plant", "frame"): 30,
        ("plant", "wheel"): 80,
        ("plant", "old frame"): 60,
        ("plant", "bike"): 30,
        ("shop", "bike"): 20,
    }
    case = chain(
        [("frames", "plant", "frame", 2), ("wheels", "plant", "wheel", 3), ("attic", "plant", "old frame", 1),
         ("plant", "shop", "bike", 1)],
        stocks=stocks, recipes=[("plant", "bike", 2)], bill=[("bike", "frame", 1), ("bike", "wheel", 2)],
        events=[event("fire", "outage", 20, 20, site="frames", scheduled=True)],
    )  # fmt: skip
    bill = case["bill_of_materials"]
    frame = bill["component"] == "frame"
    stocks = case["stocks"].assign(
        unit_cost=case["stocks"]["product"].map({"frame": 3.0, "old frame": 7.0}).fillna(0.0)
    )
    stocks = stocks.assign(unit_cost=stocks["unit_cost"].where(stocks["policy"] == "unlimited", 0.0))
    return case.replace(stocks=stocks, bill_of_materials=bill.assign(
        substitute=np.where(frame, "old frame", ""), substitute_ratio=np.where(frame, ratio, 1.0), use_substitute=frame & use,
    ))  # fmt: skip


@pytest.mark.parametrize("whole", [False, True])
def test_a_substitute_stands_in_while_the_component_is_short(whole):
    record = ["recipes.started", "stocks.stood_in", "stocks.spared"]
    runs = {
        use: Chain(bikes(use).replace(settings={"whole_units": whole}), 1, record=record).run() for use in (False, True)
    }
    started = {use: line(run, "recipes.started", "plant | bike") for use, run in runs.items()}
    assert started[False][25:40].sum() == 0
    assert started[True] == pytest.approx([10] * 80)
    run = runs[True]
    other, frame = line(run, "stocks.stood_in", "plant | old frame"), line(run, "stocks.spared", "plant | frame")
    assert other == pytest.approx(2 * frame)
    # ten frames are there on day 20 and twenty on the way, those of day 40 come on day 42
    assert np.flatnonzero(frame).tolist() == list(range(23, 42))
    assert run.balance().abs().to_numpy().max() < 1e-9


def test_a_substitute_costs_what_it_costs_to_bring_it():
    record = ["lanes.arrived"]
    runs = {use: Chain(bikes(use), 1, record=record).run() for use in (False, True)}
    for run in runs.values():
        sent = dict(zip(run.plan.net.lanes["product"], run.world.total_lane[0, :, 0], strict=True))
        assert cost_parts(run.plan, run.world)["purchase"][0] == pytest.approx(
            3 * sent["frame"] + 7 * sent["old frame"]
        )
    used = runs[True].world.total_stock[TOTALS_STOCK.stood_in].sum()
    assert line(runs[True], "lanes.arrived", "attic > plant | old frame | road").sum() == used == 19 * 10 * 2


def test_a_substitute_that_goes_less_far_is_left_alone():
    case = bikes(True)
    stocks = case["stocks"]
    none = (stocks["product"] == "old frame") & (stocks["site"] == "plant")
    case = case.replace(stocks=stocks.assign(order_up_to=stocks["order_up_to"].where(~none, 0.0)))
    run = Chain(case, 1, record=["recipes.started"]).run()
    assert line(run, "recipes.started", "plant | bike").tolist() == line(
        Chain(bikes(False), 1, record=["recipes.started"]).run(), "recipes.started", "plant | bike").tolist()  # fmt: skip


@pytest.mark.parametrize("capacity", [9.1, 12.43, 15.02, 18.35, 21.23, 24.64])
def test_a_full_plant_whose_substitute_is_a_component_of_the_same_product(capacity):
    """What was started may be a speck more than the plant had room for: then nobody gets a share of nothing."""
    kitchen = [{"site": "kitchen", "product": p, "policy": "base_stock", "order_up_to": 40} for p in ("flour", "dough", "cake")]
    case = Case("kitchen", {
        "sites": [{"site": "farm", "kind": "supplier"}, {"site": "kitchen", "kind": "plant", "capacity": capacity}],
        "products": [{"product": p} for p in ("flour", "dough", "cake")],
        "bill_of_materials": [
            {"product": "dough", "component": "flour", "quantity": 0.7},
            {"product": "cake", "component": "flour", "quantity": 1.3, "substitute": "dough", "substitute_ratio": 0.6,
             "use_substitute": True},
            {"product": "cake", "component": "dough", "quantity": 1.7},
        ],
        "stocks": [{"site": "farm", "product": "flour", "policy": "unlimited"}, *kitchen],
        "lanes": [{"origin": "farm", "destination": "kitchen", "product": "flour", "lead_time": 1, "capacity": 19.3}],
        "recipes": [{"site": "kitchen", "product": "dough"}, {"site": "kitchen", "product": "cake", "lead_time": 2}],
        "markets": [{"market": "town", "site": "kitchen", "product": "cake", "demand": "normal", "mean": 11, "spread": 4}],
    }, {"periods": 30})  # fmt: skip
    run = Chain(case, 8, seed=5, record=["recipes.started"]).run()
    assert run.history("recipes.started").sum(axis=0).max() <= capacity * (1 + 1e-12)
    assert run.balance().abs().to_numpy().max() < 1e-9


def test_stock_is_built_up_and_run_down():
    case = shop(demand=[10.0] * 20, on_hand=20.0)
    stocks = case["stocks"]
    own = stocks["policy"] == "base_stock"
    built = stocks.assign(build_up=own * 15.0, build_from=own.map({True: 5.0}), build_until=own.map({True: 10.0}))
    run = Chain(case.replace(stocks=built), 1, record=["stocks.ordered"]).run()
    assert line(run, "stocks.ordered", "shop | item")[3:14].tolist() == [10, 10, 25, 10, 10, 10, 10, 0, 5, 10, 10]


SEA, AIR = "source > shop | item | sea", "source > shop | item | air"


def rerouted(**more):
    case = shop(demand=[10.0] * 30, on_hand=60.0, order_up_to=110.0)
    lane = case["lanes"].iloc[0].to_dict() | {"start_in_transit": 10.0}
    lanes = [{**lane, "mode": "sea", "lead_time": 5.0, "transport_cost": 1.0},
             {**lane, "mode": "air", "lead_time": 2.0, "transport_cost": 6.0, "share": 0.0, "start_in_transit": 0.0}]  # fmt: skip
    storm = {"event": "storm", "kind": "transit_rerouted", "mode": "sea", "start": 10, "duration": 3, **more}
    run = Chain(case.replace(lanes=lanes, events=[storm]), 2, record=["lanes.arrived", "lanes.in_transit"]).run()
    assert run.balance().abs().to_numpy().max() < 1e-9
    return run


def test_goods_go_by_another_mode():
    """Fifty units are on the way: they start again, two periods by air and one to change over."""
    run = rerouted(to_mode="air", severity=1)
    assert line(run, "lanes.arrived", SEA)[8:20].tolist() == [10, 10, 0, 0, 0, 60, 10, 10, 0, 0, 10, 10]
    assert cost_parts(run.plan, run.world)["surcharges"][0] == 50 * 6 + 30 * (6 - 1)
    assert not line(run, "lanes.arrived", AIR).any()  # they stay on the books of their lane


def test_goods_make_a_detour():
    run = rerouted(severity=3)
    assert line(run, "lanes.arrived", SEA)[8:23].tolist() == [10, 10, 0, 0, 0, 10, 10, 10, 10, 10, 10, 10, 40, 10, 10]
    assert cost_parts(run.plan, run.world)["surcharges"][0] == 0
