"""Working calendars and open orders in a running chain, against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

import twinkit
from twinkit.chain.layout import SP
from twinkit.tables.case import Case

FIVE = {"calendar": "five", "saturday": 0, "sunday": 0}
RECORD = ("stocks.on_hand", "stocks.backlog", "stocks.on_order", "stocks.ordered", "lanes.arrived", "lanes.in_transit",
          "lanes.at_door", "lanes.placed", "claims.asked", "claims.sent", "recipes.started", "recipes.finished")  # fmt: skip


def shop(periods=28, orders=(), settings=None, **cells):
    """A mill, a lane of two days and a shop; it starts on Monday 5 January 2026.  Cells by ``table__column``."""
    tables = {
        "sites": [{"site": "mill", "kind": "supplier"}, {"site": "shop", "kind": "retailer"}],
        "products": [{"product": "tea"}],
        "calendars": [FIVE],
        "stocks": [
            {"site": "shop", "product": "tea", "policy": "base_stock", "order_up_to": 60},
            {"site": "mill", "product": "tea", "policy": "unlimited"},
        ],
        "lanes": [{"origin": "mill", "destination": "shop", "product": "tea", "lead_time": 2}],
        "markets": [{"market": "town", "site": "shop", "product": "tea", "demand": "constant", "mean": 5}],
        "open_orders": list(orders),
    }
    for name, value in cells.items():
        table, column = name.split("__")
        rows = tables["sites"] if table in ("mill", "retail") else tables[table]
        rows[1 if table == "retail" else 0][column] = value
    return Case("shop", tables, {"periods": periods, "start_date": "2026-01-05", **(settings or {})})


def run(case, worlds=1, **more):
    chain = twinkit.Chain(case, worlds, record=RECORD, **more).run()
    assert np.abs(chain.balance().to_numpy()).max() < 1e-6
    return {name: chain.history(name)[-1 if name.startswith("stocks") else 0, :, 0] for name in RECORD if len(chain.history(name))}


SHIPMENT = {"kind": "shipment", "origin": "mill", "destination": "shop", "product": "tea"}


def test_everybody_on_five_days_stands_still_from_the_first_day():
    case = shop(mill__calendar="five", retail__calendar="five", lanes__calendar="five", markets__calendar="five")
    seen = run(case)
    week = [7, 7, 7, 7, 7, 0, 0] * 4  # 5 a day in the mean are 7 on a working day
    assert seen["claims.asked"].tolist() == seen["lanes.arrived"].tolist() == seen["stocks.ordered"].tolist() == week
    assert set(seen["stocks.on_hand"]) == {60 - 14} and set(seen["lanes.in_transit"]) == {14}


def test_lead_times_of_a_lane_count_its_open_days():
    seen = run(shop(lanes__calendar="five", stocks__on_hand=50, lanes__start_in_transit=0))
    # ordered on Thursday: leaves on Thursday, moves on Friday and Monday; what is ordered on Saturday leaves on Monday
    arrived = seen["lanes.arrived"].tolist()
    assert arrived[:14] == [0, 0, 15, 5, 5, 0, 0, 5, 5, 15, 5, 5, 0, 0]


def test_goods_wait_at_the_door_of_a_closed_site():
    seen = run(shop(retail__calendar="five", lanes__start_in_transit=5))
    assert seen["lanes.at_door"][:8].tolist() == [0, 0, 0, 0, 0, 5, 10, 0]
    assert seen["stocks.ordered"][5:8].tolist() == [0, 0, 15] and seen["lanes.arrived"][7] == 10


def test_what_is_in_work_stands_still():
    case = Case("plant", {
        "sites": [{"site": "plant", "kind": "plant", "calendar": "half"}],
        "products": [{"product": "tea"}],
        "calendars": [{**FIVE, "calendar": "half", "friday": 0.5}],
        "stocks": [{"site": "plant", "product": "tea", "policy": "base_stock", "order_up_to": 100, "on_hand": 0}],
        "recipes": [{"site": "plant", "product": "tea", "lead_time": 3, "capacity": 8, "start_in_work": 0}],
        "markets": [{"market": "town", "site": "plant", "product": "tea", "demand": "constant", "mean": 1}],
    }, {"periods": 14, "start_date": "2026-01-05"})  # fmt: skip
    seen = run(case)
    assert seen["recipes.started"].tolist() == [8, 8, 8, 8, 4, 0, 0, 8, 8, 8, 8, 4, 0, 0]
    assert seen["recipes.finished"].tolist() == [0, 0, 0, 8, 8, 0, 0, 8, 8, 4, 8, 8, 0, 0]


@pytest.mark.parametrize("kind", ["constant", "normal", "poisson", "lognormal"])
def test_a_market_keeps_its_mean_over_52_weeks(kind):
    case = shop(364, markets__calendar="five", markets__demand=kind, markets__spread=0 if kind == "constant" else 2)
    case = case.replace(calendars=[{**FIVE, "holidays": "DE", "friday": 0.5}])
    chain = twinkit.Chain(case, 64, record=["claims.asked"]).run()
    asked = chain.history("claims.asked")[1]
    assert (asked[5::7] == 0).all() and (asked[6::7] == 0).all() and (asked[88] == 0).all()  # Good Friday 2026 is day 88
    assert asked.mean() == pytest.approx(5, abs=1e-9 if kind == "constant" else 5 * asked.mean(axis=0).std() / 8 + 1e-9)
    assert asked[4].mean() == pytest.approx(asked[0].mean() / 2, rel=0.25)
    assert chain.plan.flows.market[0] == pytest.approx(5)


def test_a_review_and_an_order_fall_on_the_next_open_day():
    case = shop(29, retail__calendar="five", markets__calendar="five", markets__every=6, markets__mean=30,
                stocks__review_period=6, stocks__order_up_to=90)  # fmt: skip
    seen = run(case)
    due = [0, 7, 14, 18, 24]  # every sixth day; days 6 and 12 are Sunday and Saturday
    assert np.flatnonzero(seen["claims.asked"]).tolist() == due and set(seen["claims.asked"][due]) == {30}
    assert np.flatnonzero(seen["stocks.ordered"]).tolist() == due


def test_a_shut_market_and_site_lose_only_what_is_asked():
    shut = [{"calendar": "five", "first_date": "2026-01-12", "last_date": "2026-01-18"}]
    case = shop(retail__calendar="five", markets__lost_share=1).replace(calendar_exceptions=shut)
    chain = twinkit.Chain(case, 1, record=["claims.lost"]).run()
    lost = chain.history("claims.lost")[1, :, 0]
    assert np.flatnonzero(lost).tolist() == [5, 6, *range(7, 14), 19, 20, 26, 27]


def test_days_of_cover_last_until_the_next_order_is_in():
    case = shop(stocks__policy="days_of_cover", stocks__order_up_to=None, stocks__days_of_cover=0)
    plain = twinkit.Chain(case, 1).plan.stock_n[SP.protection]
    closed = case.replace(sites=case["sites"].assign(calendar=["five", ""]), lanes=case["lanes"].assign(calendar="five"))
    protection = twinkit.Chain(closed, 1).plan.stock_n[SP.protection]
    # ordered on Monday to Sunday; the order of the next day comes in on Thursday, Friday, Monday, Tuesday, Wednesday x 3
    waits = np.array([3, 3, 5, 5, 5, 4, 3]) - 1
    assert plain.max() == 2 and protection.max() == pytest.approx(waits.mean())


# Open orders --------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["order_after_demand", "order_first", "serve_first"])
def test_units_due_on_day_60_arrive_on_day_60_and_are_on_order_till_then(day):
    order = {**SHIPMENT, "units": 500, "due": 60}
    seen = run(shop(90, [order], {"day": day}, stocks__order_up_to=200, stocks__on_hand=40))
    assert seen["lanes.arrived"][60] == 500 and seen["lanes.arrived"][:60].sum() == 0
    assert seen["stocks.ordered"][:60].sum() == 0 and (seen["stocks.on_order"][:60] == 500).all()
    assert seen["stocks.backlog"][59] == 5 * 60 - 40  # the stockout comes before


@pytest.mark.parametrize("due", [{"due": 20}, {"due_date": "2026-01-25"}])
def test_a_purchase_order_leaves_so_as_to_arrive_when_it_is_due(due):
    order = {**SHIPMENT, "kind": "purchase_order", "units": 30, **due}
    seen = run(shop(40, [order], stocks__policy="none", stocks__order_up_to=None, stocks__on_hand=1))
    assert np.flatnonzero(seen["lanes.arrived"]).tolist() == [20] and seen["lanes.arrived"][20] == 30
    assert np.flatnonzero(seen["claims.sent"]).tolist() == [18]
    closed = run(shop(40, [order], stocks__policy="none", stocks__order_up_to=None, stocks__on_hand=1, lanes__calendar="five"))
    assert np.flatnonzero(closed["lanes.arrived"]).tolist() == [21]  # day 20 is a Sunday


@pytest.mark.parametrize("day", ["order_after_demand", "order_first", "serve_first"])
@pytest.mark.parametrize(("due", "arrives"), [(2, 2), (1, 2), (0, 2), (3, 3)])
def test_a_purchase_order_that_must_leave_at_once_does(due, arrives, day):
    """The first period is a period like others: what has to leave in it is not forgotten."""
    order = {**SHIPMENT, "kind": "purchase_order", "units": 30, "due": due}
    seen = run(shop(10, [order], {"day": day}, stocks__policy="none", stocks__order_up_to=None, stocks__on_hand=1))
    assert np.flatnonzero(seen["lanes.arrived"]).tolist() == [arrives] and seen["lanes.arrived"][arrives] == 30
    assert (seen["stocks.on_order"][arrives:] == 0).all()


def test_orders_without_a_date_are_owed_from_the_start():
    late = {**SHIPMENT, "kind": "purchase_order", "units": 12}
    seen = run(shop(20, [late], stocks__on_hand=0, stocks__order_up_to=20))
    assert seen["claims.sent"][0] == 12 + 20 + 5 - 12 and seen["claims.asked"][0] == 20 + 5 - 12
    owed = {"kind": "customer_order", "market": "town", "product": "tea", "units": 7}
    seen = run(shop(10, [owed], stocks__on_hand=0, lanes__start_in_transit=0))
    assert seen["stocks.backlog"][:3].tolist() == [12, 17, 0]


def test_customers_orders_are_asked_for_when_they_are_due():
    order = {"kind": "customer_order", "market": "town", "product": "tea", "units": 7, "due": 5}
    for calendar, day in (("", 5), ("five", 7)):
        chain = twinkit.Chain(shop(10, [order], markets__calendar=calendar), 1, record=["claims.asked"]).run()
        usual = twinkit.Chain(shop(10, markets__calendar=calendar), 1, record=["claims.asked"]).run()
        more = chain.history("claims.asked")[1, :, 0] - usual.history("claims.asked")[1, :, 0]
        assert np.flatnonzero(more).tolist() == [day] and more[day] == 7


def test_production_orders_come_out_when_they_are_due():
    case = Case("plant", {
        "sites": [{"site": "plant", "kind": "plant"}],
        "products": [{"product": "tea"}],
        "stocks": [{"site": "plant", "product": "tea", "policy": "base_stock", "order_up_to": 50, "on_hand": 0}],
        "recipes": [{"site": "plant", "product": "tea", "lead_time": 2, "yield_rate": 0.8}],
        "markets": [{"market": "town", "site": "plant", "product": "tea", "demand": "constant", "mean": 1}],
        "open_orders": [{"kind": "production_order", "site": "plant", "product": "tea", "units": 40, "due": 9},
                        {"kind": "production_order", "site": "plant", "product": "tea", "units": 8}],
    }, {"periods": 14})  # fmt: skip
    seen = run(case)
    assert seen["recipes.started"][0] == pytest.approx(8 / 0.8 + (50 + 1 - 48) / 0.8)
    assert seen["recipes.finished"][9] == pytest.approx(40 + 1) and seen["recipes.finished"][1] == 0


@pytest.mark.parametrize("lead", [0, 1])
def test_a_production_order_due_in_the_first_period_comes_out_then(lead):
    case = Case("plant", {
        "sites": [{"site": "plant", "kind": "plant"}],
        "products": [{"product": "tea"}],
        "stocks": [{"site": "plant", "product": "tea", "policy": "none", "on_hand": 0}],
        "recipes": [{"site": "plant", "product": "tea", "lead_time": lead}],
        "markets": [{"market": "town", "site": "plant", "product": "tea", "demand": "constant", "mean": 1}],
        "open_orders": [{"kind": "production_order", "site": "plant", "product": "tea", "units": 40, "due": 0}],
    }, {"periods": 14})  # fmt: skip
    assert run(case)["recipes.finished"].tolist() == [40] + 13 * [0]


def test_a_late_shipment_does_not_hold_up_others():
    order = {**SHIPMENT, "units": 10, "due": 30}
    cells = {"lanes__lead_time_kind": "uniform", "lanes__lead_time_spread": 1, "stocks__on_hand": 40}
    assert run(shop(28, [order], **cells))["lanes.arrived"][:10].sum() > 0


# Time travel and studies ----------------------------------------------------------------------------


def busy():
    orders = [{**SHIPMENT, "units": 40, "due": 15}, {**SHIPMENT, "kind": "purchase_order", "units": 9, "due": 12},
              {"kind": "customer_order", "market": "town", "product": "tea", "units": 7}]  # fmt: skip
    return shop(40, orders, mill__calendar="five", retail__calendar="five", lanes__calendar="five", markets__demand="normal",
                markets__spread=2, stocks__rationing="first_come")  # fmt: skip


@pytest.mark.parametrize("period", [0, 6, 11])
def test_branches_and_saved_runs_go_on_as_if_nothing_had_been(period, tmp_path):
    whole = twinkit.Chain(busy(), 3, record=RECORD).run()
    half = twinkit.Chain(busy(), 3, record=RECORD).run(period)
    again = twinkit.load_chain(half.save(tmp_path / "half.run"))
    other = half.branch(busy().replace(markets=busy()["markets"].assign(price=3.0)))
    for chain in (half.branch().run(), again.run(), other.run()):
        for name in RECORD:
            assert chain.history(name).tobytes() == whole.history(name).tobytes(), name
        assert np.abs(chain.balance().to_numpy()).max() < 1e-6


def test_a_branch_may_close_what_was_open():
    chain = twinkit.Chain(shop(40), 1, record=["lanes.arrived"]).run(10)
    closed = chain.branch(shop(40, lanes__calendar="five")).run()
    arrived = closed.history("lanes.arrived")[0, :, 0]
    assert (arrived[:10] == 5).all() and (arrived[[12, 13, 19, 20, 26, 27]] == 0).all() and arrived[14:19].sum() == 35
    assert np.abs(closed.balance().to_numpy()).max() < 1e-6


def test_a_fire_is_measured_against_the_chain_with_its_weekends():
    case = shop(140, mill__calendar="five", lanes__calendar="five", stocks__order_up_to=34, markets__demand="poisson",
                markets__lost_share=1, markets__price=9)  # fmt: skip
    case = case.replace(events=[{"event": "fire", "kind": "outage", "site": "mill", "start": 60, "duration": 14, "scheduled": False}])
    found = twinkit.ensemble(case, [twinkit.Scenario("as it is"), twinkit.Scenario("fire", ("fire",))], replications=64)
    paired = (found["fire"].kpis["total cost"] - found["as it is"].kpis["total cost"]).mean()
    costs = twinkit.resilience(case, "fire", replications=64).costs()
    said = float(costs.loc[costs["part"] == "total", "difference"].iloc[0])
    assert said == pytest.approx(paired, rel=1e-9) and paired > 0
