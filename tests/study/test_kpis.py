"""KPIs of runs that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from study.small import shop

import twinkit
from twinkit.chain.chain import Chain
from twinkit.run.kpis import FORMULAS, kpis_of
from twinkit.run.outcome import FORMULAS as ALL
from twinkit.tables import KPI_NAMES


def kpis(case):
    chain = Chain(case, replications=2).run()
    return {k: v[0] for k, v in kpis_of(chain.plan, chain.world).items()}


def test_fill_rate_is_not_the_ready_rate():
    found = kpis(shop())
    # Served at once: 10, 0, 20 of 30, 0 of 10; stock on hand at the end of periods 0 and 1.
    assert found["fill rate"] == pytest.approx(30 / 50)
    assert found["ready rate"] == pytest.approx(2 / 4)


def test_backlog_served_later_does_not_count():
    found = kpis(shop(demand=(30, 0, 0, 0, 0)))
    assert found["fill rate"] == pytest.approx(20 / 30)
    assert found["backlog"] == pytest.approx((10 + 10) / 5)


def test_customers_wait_and_lines_are_full_or_not():
    """By pencil: ten of thirty units wait two periods; of the lines of 10, 30 and 10 the first alone is full at once."""
    assert kpis(shop(demand=(30, 0, 0, 0, 0)))["waiting time"] == pytest.approx(10 * 2 / 30)
    one = twinkit.ensemble(shop(), [twinkit.Scenario("as it is")], 2)["as it is"]
    np.testing.assert_allclose(one.kpis["OTIF"], 1 / 3)
    late = twinkit.ensemble(shop(warm_up=1), [twinkit.Scenario("as it is")], 2)["as it is"]
    np.testing.assert_allclose(late.kpis["OTIF"], 0)
    assert "OTIF" in set(one.table()["kpi"]) and "waiting time" in set(one.table()["kpi"])


def test_lost_sales():
    found = kpis(shop(demand=(30, 0, 0, 0), lost=1.0))
    assert found["lost sales"] == 10
    assert found["backlog"] == 0


def test_cycle_service_level():
    # Deliveries in periods 2 and 3; units were missing before the first (period 1) but not before the second.
    found = kpis(shop(demand=(15, 10, 0, 0, 0)))
    assert found["cycle service level"] == pytest.approx(1 / 2)


def test_inventory_and_turns():
    found = kpis(shop())
    assert found["inventory"] == pytest.approx(4 * (10 + 10) / 4)
    assert found["inventory turns"] == pytest.approx(4 * 30 * 365 / 4 / found["inventory"])
    assert found["days of supply"] == pytest.approx(365 / found["inventory turns"])


def test_base_stock_passes_demand_on():
    # Orders equal demand once the start is over: a bullwhip ratio of 1 (Lee et al. 1997).
    rng = np.random.default_rng(3)
    found = kpis(shop(demand=rng.poisson(10, 200).tolist(), order_up_to=60.0, on_hand=60.0))
    assert found["bullwhip ratio"] == pytest.approx(1.0)


def test_bullwhip_of_constant_demand_is_not_defined():
    assert np.isnan(kpis(shop(demand=(5, 5, 5, 5)))["bullwhip ratio"])


def test_warm_up_is_left_out():
    assert kpis(shop(warm_up=2))["fill rate"] == pytest.approx(20 / 40)


def test_names_are_one_vocabulary():
    assert set(KPI_NAMES) <= set(ALL)
    assert set(FORMULAS) - set(kpis(shop())) == {"emissions"}  # nothing in that shop weighs anything


def test_frames_are_the_arrays_with_labels():
    chain = twinkit.Chain(twinkit.example("camera"), 2, record=["stocks.on_hand"]).run(3)
    found = chain.frame("stocks.on_hand")
    assert found.index.names == ["stocks", "period"] and list(found.columns) == [0, 1]
    at = chain.labels("stocks.on_hand")[5]
    np.testing.assert_array_equal(found.loc[at].to_numpy(), chain.history("stocks.on_hand")[5])
    one = twinkit.ensemble(twinkit.example("camera"), [twinkit.Scenario("as it is")], 3)["as it is"]
    asked = one.frame("demand")
    market, product = one.plan.net.markets[["market", "product"]].iloc[0]
    np.testing.assert_array_equal(asked.loc[market, product].to_numpy(), one.markets["demand"][0])
    np.testing.assert_array_equal(one.frame("kpis", events=False).loc["fill rate"], one.calm_kpis["fill rate"])
    np.testing.assert_array_equal(one.frame("stock").loc[1].to_numpy(), one.stock_by_tier[1])
    assert one.frame("service").shape == one.service.shape
    with pytest.raises(KeyError, match="one of kpis, costs"):
        one.frame("mood")


def earned(case):
    return float(twinkit.ensemble(case, [twinkit.Scenario("as is")], 1)["as is"].kpis["earnings"][0])


def test_what_is_sold_of_the_opening_stock_is_no_gift():
    """By pencil: 10 units sold at 9 in the only period, out of 20 that are worth 4 each; 10 kept for 0.5; 10 ordered, that come later."""
    case = shop(demand=(10,)).replace(events=[])
    sent = 10 * 3 + 10 * 1 + 7  # bought, moved and dispatched in the period
    on_the_way = 10 * 4
    assert earned(case) == pytest.approx(10 * 9 - 10 * 4 - 10 * 0.5 - sent - 10 * 0.25 + on_the_way)


def test_what_is_on_its_way_at_the_end_is_paid_for_and_not_lost():
    """A longer way changes what is earned by the cost of goods that are under way, and not by their price."""
    near = shop(demand=(10,) * 40, order_up_to=60.0, on_hand=60.0)
    far = near.replace(lanes=near["lanes"].assign(lead_time=4, holding_cost=0.0))
    near = near.replace(lanes=near["lanes"].assign(holding_cost=0.0))
    kept = lambda case: twinkit.ensemble(case, [twinkit.Scenario("as is")], 1)["as is"].costs["holding"][0]  # noqa: E731
    assert earned(far) - earned(near) == pytest.approx(kept(near) - kept(far)), "20 units more on the way, 20 fewer on hand"
