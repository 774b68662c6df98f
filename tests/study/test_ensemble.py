"""Ensembles: batches, pairs, the same luck, cancelling."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from study.small import shop

from twinkit.run.ensemble import Cancelled, batches, ensemble
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import mean_interval
from twinkit.study.compare import compare, compare_costs
from twinkit.tables.case import Case

FIRE = Scenario("fire", ("fire",))


@pytest.fixture(scope="module")
def town() -> Case:
    """The shop with a random demand for sixty periods."""
    case = shop(demand=[0] * 60, order_up_to=25.0, on_hand=25.0)
    markets = case["markets"].assign(demand="poisson", mean=10.0)
    events = case["events"].assign(start=20, duration=10)
    return case.replace(markets=markets, history=case["history"][:0], events=events)


def test_more_replications_change_no_earlier_world(town):
    few, many = ensemble(town, FIRE, 40)["fire"], ensemble(town, FIRE, 100)["fire"]
    assert (few.replications, many.replications) == (40, 100)
    for kpi in few.kpis:
        np.testing.assert_array_equal(few.kpis[kpi], many.kpis[kpi][:40])
    np.testing.assert_array_equal(few.service, many.service[:, :40])


def test_workers_do_not_matter(town):
    one, two = (ensemble(town, FIRE, 150, workers=n)["fire"] for n in (1, 2))
    for kpi in one.kpis:
        np.testing.assert_array_equal(one.kpis[kpi], two.kpis[kpi])


def test_calm_is_the_run_without_the_event(town):
    found = ensemble(town, [FIRE, Scenario("calm")], 70)
    fire, calm = found["fire"], found["calm"]
    np.testing.assert_array_equal(fire.calm_service, calm.service)
    np.testing.assert_array_equal(fire.service[:20], calm.service[:20])
    for kpi in calm.calm_kpis:
        np.testing.assert_array_equal(fire.calm_kpis[kpi], calm.kpis[kpi])
    assert (fire.service[20:30] == 0).all()
    np.testing.assert_allclose(fire.kpis["depth"], 0.0)
    assert fire.failed.all()
    assert not calm.failed.any()


def test_compare_is_paired(town):
    more = Scenario("more stock", ("fire",), {"safety_days_tier_0": 2.0})
    found = ensemble(town, [FIRE, more], 100)
    table = compare(found["fire"], found["more stock"]).set_index("kpi")
    gap = found["more stock"].kpis["inventory"] - found["fire"].kpis["inventory"]
    row = table.loc["inventory"]
    assert row["difference"] == pytest.approx(gap.mean())
    assert (row["low"], row["high"]) == pytest.approx(mean_interval(gap)[1:])
    assert table.loc["fill rate", "better"] > 0.5
    costs = compare_costs(found["fire"], found["more stock"]).set_index("part")["difference"]
    assert costs["total"] == pytest.approx(costs.drop("total").sum())


def test_compare_wants_the_same_luck(town):
    a, b = ensemble(town, FIRE, 10)["fire"], ensemble(town, FIRE, 10, seed=5)["fire"]
    assert (a.kpis["revenue"] != b.kpis["revenue"]).any()
    with pytest.raises(ValueError, match="same luck"):
        compare(a, b)


def test_cancel(town):
    stop = threading.Event()
    seen = []

    def watch():
        for outcome in batches(town, [FIRE], 6400, cancel=stop):
            seen.append(outcome.first)
            stop.set()

    with pytest.raises(Cancelled):
        watch()
    assert len(seen) < 10


def test_progress_counts_batches(town):
    told = []
    ensemble(town, [FIRE, Scenario("calm")], 130, progress=lambda *x: told.append(x))
    assert told == [(i, 6) for i in range(7)]


def test_table_marks_what_is_censored(town):
    events = town["events"].assign(duration=60)
    found = ensemble(town.replace(events=events), FIRE, 20)["fire"]
    assert found.censored.all()
    row = found.table().set_index("kpi").loc["time to recover"]
    assert row["median"] == np.inf
    assert np.isnan(row["mean"])
    assert row["censored"] == 20
    assert found.recovered()[0] == 0


def test_a_study_takes_actors_whose_columns_the_tables_hold():
    """A column that an actor declares may stand in the tables, as in a Chain."""
    import twinkit

    class Careful(twinkit.Warehouse):
        reserve = twinkit.Column("units", "never sent", start=0)

    case = twinkit.Case("two", {
        "sites": [{"site": "shop", "kind": "warehouse"}, {"site": "maker", "kind": "supplier"}],
        "products": [{"product": "item"}],
        "stocks": [
            {"site": "shop", "product": "item", "policy": "base_stock", "order_up_to": 30, "reserve": 7},
            {"site": "maker", "product": "item", "policy": "unlimited"},
        ],
        "lanes": [{"origin": "maker", "destination": "shop", "product": "item", "lead_time": 1}],
        "markets": [{"market": "town", "site": "shop", "product": "item", "demand": "constant", "mean": 5}],
    }, {"periods": 20})  # fmt: skip
    plain = case.replace(stocks=case["stocks"].drop(columns="reserve"))
    scenario = twinkit.Scenario("as it is")
    with pytest.raises(twinkit.CaseError, match="reserve"):
        twinkit.ensemble(case, scenario, 2)
    found = twinkit.ensemble(case, scenario, 2, actors={"shop": Careful})["as it is"]
    assert (found.kpis["fill rate"] == twinkit.ensemble(plain, scenario, 2)["as it is"].kpis["fill rate"]).all()
