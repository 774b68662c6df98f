"""State carried into another case: rows that come and go, rings, clocks and numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from study.small import shop

from twinkit.chain.branch import transplant
from twinkit.chain.carry import Move, carry_state
from twinkit.chain.chain import Chain
from twinkit.chain.layout import RC, ST, TOTALS_STOCK
from twinkit.tables import CaseError
from twinkit.tables.case import Case

# Rows that come and go -------------------------------------------------------------------


def grown(case, on_hand=None):
    """The case with a second shop, its lane and its market."""
    more = {
        "sites": [{"site": "annex", "kind": "retailer"}],
        "stocks": [{"site": "annex", "product": "item", "policy": "base_stock", "order_up_to": 9, "on_hand": on_hand}],
        "lanes": [{"origin": "source", "destination": "annex", "product": "item", "lead_time": 1}],
        "markets": [{"market": "suburb", "site": "annex", "product": "item", "mean": 3}],
    }
    return case.replace(**{t: pd.concat([case[t], Case("", {t: rows})[t]]) for t, rows in more.items()})


@pytest.mark.parametrize(("given_units", "there"), [(None, 0.0), (5, 5.0)])
def test_a_new_row_starts_empty_or_with_what_the_table_gives(given_units, there):
    case = shop(demand=[10.0] * 20)
    chain = Chain(case, 2, record=["stocks.on_hand"]).run(6)
    branch = chain.branch(grown(case, given_units))
    assert branch.site["annex"].on_hand.tolist() == [[there, there]]
    assert branch.site["annex"].on_order.tolist() == [[0.0, 0.0]]
    assert branch.balance().abs().to_numpy().max() == 0
    branch.run()
    assert branch.balance().abs().to_numpy().max() < 1e-9
    names = branch.labels("stocks.on_hand")
    np.testing.assert_array_equal(branch.history("stocks.on_hand")[names.index("annex | item"), :6], 0)
    old, new = chain.run().history("stocks.on_hand"), branch.history("stocks.on_hand")
    np.testing.assert_array_equal(
        new[names.index("shop | item")], old[chain.labels("stocks.on_hand").index("shop | item")]
    )


def test_goods_do_not_vanish_with_their_row():
    case = shop(demand=[10.0] * 20)
    chain = Chain(grown(case, 5), 2).run(6)
    with pytest.raises(CaseError) as error:
        chain.branch(case)
    assert [p.table for p in error.value.problems] == ["stocks", "lanes"]
    assert "'annex | item' is not in the new case and holds goods (up to 6 units" in str(error.value)
    assert "source > annex | item | road" in str(error.value)


def test_an_empty_row_may_go_and_orders_on_it_are_cancelled():
    case = grown(shop(demand=[10.0] * 20), 0)
    closed = {"event": "strike", "kind": "outage", "site": "source", "start": 0, "duration": 20}
    lanes = case["lanes"].assign(start_in_transit=0.0)
    chain = Chain(case.replace(events=[closed], lanes=lanes), 2).run(6)
    source = chain.site["source"]["item"].backlog[0]
    branch = chain.branch(shop(demand=[10.0] * 20))
    assert source > branch.site["source"]["item"].backlog[0] == branch.site["shop"]["item"].on_order[0] > 0
    assert branch.run().balance().abs().to_numpy().max() < 1e-9


def test_a_market_may_move_to_another_site():
    case = grown(shop(demand=[30.0] * 20), 0)
    chain = Chain(case, 2).run(6)
    branch = chain.branch(case.replace(markets=case["markets"].assign(site="annex")))
    assert branch.site["shop"]["item"].backlog[0] == 0 < chain.site["shop"]["item"].backlog[0]
    total = chain.world.stock[ST.backlog].sum()
    assert branch.world.stock[ST.backlog].sum() == total
    assert branch.run().balance().abs().to_numpy().max() < 1e-9


# Rings, clocks, numbers ------------------------------------------------------------------


def with_lead_time(case, lead_time):
    return case.replace(lanes=case["lanes"].assign(lead_time=lead_time))


@pytest.mark.parametrize("new", [0, 1, 5])
def test_what_is_on_the_way_keeps_its_period_and_is_not_overtaken(new):
    case = with_lead_time(shop(demand=[10.0] * 30, on_hand=90.0, order_up_to=90.0), 8)
    chain = Chain(case, 2, record=["lanes.arrived", "lanes.departed"]).run(10)
    branch = chain.branch(with_lead_time(case, new)).run()
    left, came = (branch.history(f"lanes.{c}")[0, :, 0] for c in ("departed", "arrived"))
    due = np.zeros(40)
    last = 0
    for t, units in enumerate(left):
        last = max(last, t + (8 if t < 10 else new))
        due[last] += units
    np.testing.assert_array_equal(came, due[:30])
    assert branch.balance().abs().to_numpy().max() < 1e-9


def test_a_rule_s_number_stays_unless_the_case_gives_another():
    case = shop(demand=[10.0] * 20)
    chain = Chain(case, 2).run(3)
    chain.site["shop"]["item"].order_up_to = 33.0
    assert chain.branch().site["shop"]["item"].order_up_to == 33.0
    assert chain.branch(grown(case)).site["shop"]["item"].order_up_to == 33.0
    raised = case.replace(stocks=case["stocks"].assign(order_up_to=[np.nan, 50.0]))
    assert chain.branch(raised).site["shop"]["item"].order_up_to == 50.0


def test_variances_go_on_about_another_mean():
    case = shop(demand=[10.0, 20.0, 0.0, 14.0] * 5)
    other = case.replace(history=case["history"].assign(units=case["history"]["units"] * 2))
    chain = Chain(case, 2).run(8)

    def variance(c):
        total = c.world.total_stock[:, 1, 0]
        return total[TOTALS_STOCK.incoming_sq] / 8 - (total[TOTALS_STOCK.incoming] / 8) ** 2

    branch = chain.branch(other)
    assert branch.world.total_stock[TOTALS_STOCK.incoming, 1, 0] != chain.world.total_stock[TOTALS_STOCK.incoming, 1, 0]
    assert variance(branch) == pytest.approx(variance(chain)) == pytest.approx(np.var([10, 20, 0, 14] * 2))


def test_units_in_work_need_a_lead_time():
    case = Case("works", {
        "sites": [{"site": "mine", "kind": "supplier"}, {"site": "works", "kind": "plant"}],
        "products": [{"product": "ore"}, {"product": "iron"}],
        "bill_of_materials": [{"product": "iron", "component": "ore", "quantity": 2}],
        "stocks": [
            {"site": "mine", "product": "ore", "policy": "unlimited"},
            {"site": "works", "product": "ore", "policy": "base_stock", "order_up_to": 40},
            {"site": "works", "product": "iron", "policy": "base_stock", "order_up_to": 40},
        ],
        "lanes": [{"origin": "mine", "destination": "works", "product": "ore", "lead_time": 1}],
        "recipes": [{"site": "works", "product": "iron", "lead_time": 3}],
        "markets": [{"market": "town", "site": "works", "product": "iron", "mean": 5}],
    }, {"periods": 20})  # fmt: skip
    chain = Chain(case, 2).run(6)
    assert chain.world.recipe[RC.in_work].max() > 0
    with pytest.raises(CaseError, match="has no lead time in the new case, and units are in work"):
        chain.branch(case.replace(recipes=case["recipes"].assign(lead_time=0)))
    richer = case.replace(bill_of_materials=case["bill_of_materials"].assign(quantity=3.0))
    branch = chain.branch(richer).run()
    assert branch.balance().abs().to_numpy().max() < 1e-9


def test_a_horizon_that_is_over_is_refused():
    chain = Chain(shop(demand=[10.0] * 20), 2).run(8)
    with pytest.raises(CaseError, match="less than the 8 periods that the chain has run"):
        chain.branch(shop(demand=[10.0] * 20, periods=7))
    with pytest.raises(ValueError, match="same worlds"):
        transplant(chain.snapshot(), chain.plan, Chain(chain.plan, 3))


def test_a_pause_that_holds_at_the_end_does_not_reach_into_the_past():
    event = {"event": "strike", "kind": "shipment_pausing", "site": "shop", "start": 6, "duration": 99}
    case = shop(demand=[10.0] * 12)
    chain = Chain(case.replace(events=[event]), 2, record=["claims.sent", "stocks.on_hand"]).run(4)
    kept = chain.snapshot()
    chain.run()
    chain.restore(kept).mute_events().run()
    calm = Chain(case, 2, record=["claims.sent", "stocks.on_hand"]).run()
    np.testing.assert_array_equal(chain.history("claims.sent"), calm.history("claims.sent"))
    assert chain.branch().muted


def test_a_move_leaves_its_snapshot_as_it_is():
    chain = Chain(shop(demand=[10.0] * 12), 2).run(5)
    kept = chain.snapshot()
    before = {name: array.tobytes() for name, array in kept["arrays"].items()}
    new = Chain(chain.plan, 2)
    carry_state(Move(kept, chain.plan, new))
    new.period = 5
    new.run()
    assert {name: array.tobytes() for name, array in kept["arrays"].items()} == before
