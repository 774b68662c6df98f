"""Nothing is run twice: what scenarios have in common, and what only changes the report."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from twinkit.chain.chain import Chain
from twinkit.run.ensemble import ensemble
from twinkit.run.kpis import study_series
from twinkit.run.outcome import Outcome
from twinkit.run.runs import KEPT, Kept, Run, Totals, fingerprint
from twinkit.run.scenario import Scenario, event_of
from twinkit.tables import CaseError
from twinkit.tables.read import example

WORLDS = 4


def outage(start: int, site: str = "Fab Naka", **more) -> dict:
    return event_of("outage", site=site, start=start, duration=20, event=f"{site} {start}", **more)


@pytest.fixture(scope="module")
def case():
    return example("automotive").replace(settings={"periods": 200})


@pytest.fixture(autouse=True)
def forget():
    KEPT.clear()
    yield
    KEPT.clear()


@pytest.fixture
def run_periods(monkeypatch):
    """Periods that chains have run since, all told."""
    counted, run_to = [], Chain._run_to

    def counting(self, until):
        counted.append(until - self.period)
        return run_to(self, until)

    monkeypatch.setattr(Chain, "_run_to", counting)

    def since_last():
        total = sum(counted)
        counted.clear()
        return total

    return since_last


def run(case, *scenarios, **more):
    return ensemble(case, list(scenarios), WORLDS, workers=1, **more)


def assert_same(a: Outcome, b: Outcome):
    for f in fields(Outcome):
        x, y = getattr(a, f.name), getattr(b, f.name)
        if isinstance(x, dict):
            assert set(x) == set(y)
            assert all(np.array_equal(x[k], y[k], equal_nan=True) for k in x), f.name
        elif isinstance(x, np.ndarray):
            assert np.array_equal(x, y, equal_nan=x.dtype.kind == "f"), f.name


def test_scenarios_share_the_days_before_they_part(case, run_periods):
    run(case, Scenario("early", (outage(60),)), Scenario("late", (outage(150),)), Scenario("none"))
    assert run_periods() == 200 + (200 - 60) + (200 - 150)


def test_a_later_study_goes_on_from_a_snapshot(case, run_periods):
    run(case, Scenario("first", (outage(60),)))
    assert run_periods() == 200 + 140
    run(case, Scenario("longer", (outage(60, recovery="linear", recovery_time=30),)))
    assert run_periods() == 140
    run(case, Scenario("later", (outage(100),)))
    assert run_periods() == (100 - 60) + (200 - 100)


def test_what_only_changes_the_report_is_not_run(case, run_periods):
    scenario = Scenario("fire", (outage(60),))
    before = run(case, scenario)["fire"]
    run_periods()
    stocks, markets = case["stocks"], case["markets"]
    dearer = case.replace(
        stocks=stocks.assign(holding_cost=stocks["holding_cost"] * 2), markets=markets.assign(price=0.0),
        settings={"recovery_level": 0.5, "failure_level": 0.5, "hold": 1},
    )  # fmt: skip
    after = run(dearer, scenario)["fire"]
    assert run_periods() == 0
    assert (after.costs["holding"] > before.costs["holding"]).all()
    assert (after.kpis["revenue"] == 0).all()
    KEPT.clear()
    assert_same(after, run(dearer, scenario)["fire"])
    assert run_periods() == 340


def test_other_luck_or_another_lever_is_run(case, run_periods):
    run(case, Scenario("none"))
    run_periods()
    run(case, Scenario("none"), seed=2)
    assert run_periods() == 200
    run(case, Scenario("none", levers={"safety_days_tier_1": 3}))
    assert run_periods() == 200


SCENARIOS = {
    "outage": Scenario("x", (outage(60),)),
    "at once": Scenario("x", (outage(0),)),
    "two": Scenario("x", (outage(60), outage(70))),
    "delay": Scenario("x", (event_of("lead_time_increase", site="Fab Naka", start=50, duration=30, severity=9),)),
    "pause": Scenario("x", (event_of("shipment_pausing", site="Assembly Leipzig", start=50, duration=9),)),
    "again and again": Scenario("x", (outage(30, time_between=40, duration_kind="geometric"),)),
    "levers": Scenario("x", (outage(60),), {"safety_days_tier_1": 5}),
    "levers in the middle": Scenario("x", (outage(60),), {"safety_days_tier_1": 5}, since=80),
    "levers before the event": Scenario("x", (outage(60),), {"safety_days_tier_1": 5, "expediting": True}, since=30),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_numbers_are_those_of_a_run_from_the_beginning(case, name):
    """Events that are there from the beginning, in one chain, and the same one with the events muted."""
    scenario = SCENARIOS[name]
    run(case, Scenario("other", (outage(20),)))  # something is kept already
    shared = run(case, scenario)["x"]
    assert_same(shared, _by_hand(case, scenario))


def _by_hand(case, scenario: Scenario) -> Outcome:
    """The outcome of chains that go from the first day to the last; a lever is moved by a branch."""
    from twinkit.run.ensemble import Task, _maps_too, outcome_of, plan_with

    plan = plan_with(case, scenario)
    runs = []
    for calm in (False, True):
        begin = plan.before or plan
        chain = Chain(begin, WORLDS, record=_maps_too(begin))
        chain = chain.mute_events() if calm else chain
        if plan.before is not None:
            chain = chain.run(plan.since).branch(plan)
            chain = chain.mute_events() if calm else chain
        w = chain.run().world
        histories = {s.name: chain.history(s.name)[:, :, 0] if s.mean else chain.history(s.name) for s in chain.series}
        totals = Totals(w.total_stock, w.total_lane, w.total_recipe, w.total_market, chain.plan.stock_n)
        runs.append(Run(histories, totals))
    return outcome_of(Task("x", plan, int(case.settings["seed"]), 0, WORLDS), *runs)


def test_a_lever_moved_in_the_middle_leaves_the_past(case):
    levers = {"safety_days_tier_1": 10}
    found = run(case, Scenario("as is"), Scenario("from day 80", (), levers, since=80))
    a, b = found["as is"], found["from day 80"]
    stock_a, stock_b = a.stock_by_tier.sum(axis=0), b.stock_by_tier.sum(axis=0)
    assert np.array_equal(stock_a[:80], stock_b[:80])
    assert (stock_b[120:].mean(axis=0) > stock_a[120:].mean(axis=0)).all()


@pytest.mark.parametrize("since", [-1, 200, 3.5, "ten", True])
def test_a_period_that_is_none(case, since):
    with pytest.raises(CaseError, match="no period of the run") as caught:
        run(case, Scenario("x", (), {"safety_days_tier_1": 99, "nonsense": 1}, since=since))
    assert len(caught.value.problems) == 3


def test_a_scenario_keeps_its_period(tmp_path):
    scenario = Scenario("x", (), {"safety_days_tier_1": 1}, since=7)
    scenario.save(tmp_path / "s.json")
    assert Scenario.load(tmp_path / "s.json") == scenario


def test_prices_do_not_matter_to_a_fingerprint_and_all_else_does(case):
    from twinkit.chain.plan import plan_of

    def of(changed, seed=1):
        plan = plan_of(changed)
        return fingerprint(plan, seed, study_series(plan))

    base, stocks, lanes = of(case), case["stocks"], case["lanes"]
    assert of(case.replace(lanes=lanes.assign(transport_cost=7.0, emissions=1.0))) == base
    changes = [
        case.replace(stocks=stocks.assign(safety_stock=stocks["safety_stock"] + 1)),
        case.replace(lanes=lanes.assign(information_delay=1)), case.replace(lanes=lanes.assign(start_in_transit=1.0)),
        case.replace(settings={"periods": 201}), case.replace(settings={"day": "order_first"}),
        case.replace(settings={"warm_up": 3}), case.replace(settings={"whole_units": True}),
        case.replace(events=case["events"].assign(scheduled=True)),
        case.replace(markets=case["markets"].assign(autocorrelation=0.1)),
    ]  # fmt: skip
    found = {of(changed) for changed in changes} | {of(case, 2), base}
    assert len(found) == len(changes) + 2


def test_room_is_limited():
    kept = Kept(limit=100)
    for i in range(9):
        kept.put(("run", i), i, 25)
    assert [kept.get(("run", i)) for i in (0, 4, 5, 8)] == [None, None, 5, 8]
    kept.put(("run", "large"), 1, 26)
    assert kept.get(("run", "large")) is None


def test_rules_of_ones_own_are_run_every_time(case, run_periods):
    def order(stock):
        return np.maximum(500.0 - stock.inventory_position, 0.0)

    for _ in range(2):
        run(case, Scenario("own"), policies={"retailer": order})
        assert run_periods() == 200
