"""The same question through every door: the same world without the event, and the same figure for the same word."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strategies import cases

import twinkit
from twinkit.questions.disruption.refine import AS_IS, what_if_in_parts
from twinkit.questions.stress import stress_test
from twinkit.run.ensemble import plan_with
from twinkit.run.scenario import Scenario, event_of
from twinkit.study.appraisal import ledgers, quiet
from twinkit.study.recommend import LAST
from twinkit.study.risks import Risk
from twinkit.study.scorecard import resilience
from twinkit.study.walk import trail_of

WORLDS = 3
RARE = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


def same(a, b) -> None:
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def what_if(case, scenario):
    """The outcome behind the page *What if?*."""
    *_, last = what_if_in_parts(case, scenario.events, scenario.levers, WORLDS)
    return last[AS_IS]


@RARE
@given(case=cases(), data=st.data())
def test_the_world_without_the_event_is_the_case_with_no_further_event(case, data):
    """What the case has scheduled (the default) happens with and without the event that is asked about."""
    assume(len(case["events"]))
    alone = {e for e, cause in zip(case["events"]["event"], case["events"]["after"], strict=True) if not cause}
    happens = {e: data.draw(st.booleans(), e) for e in sorted(alone)}
    for e, cause in zip(case["events"]["event"], case["events"]["after"], strict=True):  # causes come first
        happens.setdefault(e, happens.get(cause, True))
    case = case.replace(events=case["events"].assign(scheduled=case["events"]["event"].map(happens)))
    site = data.draw(st.sampled_from(sorted(set(case["stocks"]["site"]))))
    event = event_of("outage", site=site, start=data.draw(st.integers(0, 20)), duration=3, event="asked about")
    fire = Scenario("fire", (event,))
    base = twinkit.ensemble(case, Scenario("as it is"), WORLDS)["as it is"]
    same({k: base.kpis[k] for k in base.calm_kpis}, base.calm_kpis)

    doors = [twinkit.ensemble(case, fire, WORLDS)["fire"], what_if(case, fire)]
    found = resilience(case, fire, replications=WORLDS)
    for outcome in (*doors, found.outcome):
        same(outcome.calm_kpis, base.calm_kpis)
        same(outcome.calm_costs, base.costs)
        np.testing.assert_array_equal(outcome.calm_service, base.service)
    happened = case.replace(events=[*case["events"].to_dict("records"), event])
    with_it = twinkit.ensemble(happened, Scenario("it happened"), WORLDS)["it happened"]
    for outcome in (*doors, found.outcome):
        same(outcome.costs, with_it.costs)

    ledger = ledgers(quiet(case, [Risk(event)]), [fire], WORLDS, int(case.settings["seed"]))["fire"]
    np.testing.assert_array_equal(ledger.calm.revenue, base.kpis["revenue"])
    trail = trail_of(plan_with(case, fire), int(case.settings["seed"]), 1)
    lacks = np.maximum(base.markets["demand"] - base.markets["served"], 0.0)[:, :, 1]
    np.testing.assert_allclose(trail.missing(()), lacks, atol=1e-9)
    try:
        test = stress_test(case, [site], duration=3, start=10, replications=WORLDS)
    except twinkit.CaseError:  # nothing flows through the site
        return
    np.testing.assert_array_equal(test.knocks[0].calm_lost_margin, base.costs["lost margin"])


def weekends(**fire):
    """A shop that is served every day but on weekends, which the case has scheduled one by one; and a fire."""
    from study.small import shop

    closed = [
        {"event": f"weekend {w}", "kind": "outage", "site": "source", "start": 5 + 7 * w, "duration": 2} for w in range(8)
    ]
    fire = {"event": "fire", "kind": "outage", "site": "source", "start": 30, "duration": 10, "scheduled": False, **fire}
    return shop(demand=[10] * 60, lost=1.0, on_hand=30.0, order_up_to=45.0).replace(events=[*closed, fire])


def test_a_scheduled_event_that_is_named_is_what_is_asked_about():
    case = weekends()
    named = twinkit.ensemble(case, Scenario("one weekend", ("weekend 3",)), 1)["one weekend"]
    rows = case["events"]
    without = case.replace(events=rows[rows["event"] != "weekend 3"])
    same(named.calm_costs, twinkit.ensemble(without, Scenario("x"), 1)["x"].costs)
    assert named.events == ["weekend 3"]


def test_what_comes_after_the_event_is_not_in_the_world_without_it():
    shock = {"event": "aftershock", "kind": "outage", "site": "shop", "start": 2, "duration": 3, "after": "fire"}

    def asked(name: str, scheduled: bool):
        rows = [*weekends(scheduled=scheduled)["events"].to_dict("records"), {**shock, "scheduled": scheduled}]
        return twinkit.ensemble(weekends().replace(events=rows), Scenario(name, (name,)), 1)[name]

    quiet_one = twinkit.ensemble(weekends(), Scenario("x"), 1)["x"]
    for outcome in (asked("fire", True), asked("aftershock", False)):  # its cause happens only because of it
        assert set(outcome.events) == {"fire", "aftershock"}
        same(outcome.calm_costs, quiet_one.costs)
    assert asked("aftershock", True).events == ["aftershock"], "the fire is scheduled, so it happens anyway"


def test_without_a_name_the_scheduled_events_are_asked_about():
    case = weekends(scheduled=True)
    card = resilience(case, replications=1)
    assert len(card.outcome.events) == 9 and not np.array_equal(card.outcome.service, card.outcome.calm_service)
    assert "fire" in twinkit.explain(case, world=0).trail.events
    outcome = twinkit.ensemble(case, Scenario("as it is"), 1)["as it is"]
    assert "fire" in twinkit.explain(outcome, world=0).trail.events
    assert outcome.events == [] and outcome.kpis["depth"] == pytest.approx(1.0)


# --- one measure of money


@pytest.fixture(scope="module")
def strike():
    """A shop with luck, prices and values, whose source strikes for four periods; the same question through every door."""
    from study.strikes import busy_shop

    case = busy_shop()
    case = case.replace(markets=case["markets"].assign(lost_margin=np.nan, lost_share=0.7, price=6.0))
    scenario = Scenario("strike", ("strike",))
    found = twinkit.ensemble(case, [Scenario("as it is"), scenario], 16)
    return case, scenario, found["as it is"], found["strike"], resilience(case, "strike", replications=16)


def test_the_same_word_is_the_same_figure_at_every_door(strike):
    from twinkit.questions.disruption.tells import Results, facts_of
    from twinkit.questions.what_if import facts_alone, side_by_side
    from twinkit.show.kpis import _differences
    from twinkit.words import amount as drawn
    from twinkit.words import rounded

    case, scenario, as_is, fire, card = strike
    known = card.table().set_index("kpi")["value"]
    rows = twinkit.compare(as_is, fire).set_index("kpi")
    assert rows.loc["earnings", "difference"] == pytest.approx(-known["earnings lost"])
    assert rows.loc["lost sales", "difference"] == pytest.approx(known["lost sales because of the event"])
    assert rows.loc["total cost", "difference"] == pytest.approx(known["total cost because of the event"])
    test = stress_test(case, ["source"], duration=4, start=10, replications=16).table().iloc[0]
    assert test["lost_margin"] == pytest.approx(known["lost margin"])
    assert test["recovered_after"] == known["time to recover"]
    ledger = ledgers(case, [scenario], 16, int(case.settings["seed"]))["strike"]
    assert ledger.loss.mean() == pytest.approx(known["earnings lost"])
    facts = {f.name: f for f in facts_of(Results(fire, None))}
    assert facts["earned"].value == f"{rounded(known['earnings lost'])} {case.settings['currency']}"
    assert facts["lost"].value == f"{rounded(known['lost sales because of the event'])} units"
    told = {f.label: f.value for f in facts_alone(fire)}
    assert told["earned less because of the events"] == drawn(known["earnings lost"], fire.unit("money"))
    parts = _differences(fire, None, "earnings").set_index("part")["difference"]
    assert parts["earnings lost"] == pytest.approx(known["earnings lost"])
    assert parts.iloc[:-1].sum() == pytest.approx(known["earnings lost"])
    shown = {line[0]: line[2] for line in side_by_side({"as it is": as_is, "strike": fire}).cells()}
    assert f"; −{drawn(known['earnings lost'], fire.unit('money'))}" in shown["earnings"]


def test_advice_counts_the_loss_that_the_scorecard_names(strike):
    """The advice counts on luck of its own: on that luck the scorecard says the same."""
    case, *_ = strike
    found = twinkit.recommend(case, [Risk("strike", 1.0)], levers=["safety_days_tier_0"], trials=1, replications=2, fresh=8, unseen=[])
    known = resilience(case, "strike", replications=8, seed=found.seed + LAST).table().set_index("kpi")["value"]
    assert found.base.losses[0].mean() == pytest.approx(known["earnings lost"])


@pytest.mark.parametrize("event", ["Naka fab 90 days", "Thai floods 2011", "Suez blockage 2021"])
def test_the_car_makers_events_cost_the_same_at_every_door(event):
    case = twinkit.example("automotive")
    scenario = Scenario("it happens", (event,))
    found = twinkit.ensemble(case, [Scenario("as it is"), scenario], 2)
    known = resilience(case, scenario, replications=2).table().set_index("kpi")["value"]
    rows = twinkit.compare(found["as it is"], found["it happens"]).set_index("kpi")["difference"]
    assert rows["earnings"] == pytest.approx(-known["earnings lost"])
    assert rows["lost sales"] == pytest.approx(known["lost sales because of the event"])
    assert rows["total cost"] == pytest.approx(known["total cost because of the event"])
    ledger = ledgers(quiet(case, [Risk(event)]), [scenario], 2, int(case.settings["seed"]))["it happens"]
    assert ledger.loss.mean() == pytest.approx(known["earnings lost"])
    lacks = np.maximum(found["it happens"].markets["demand"] - found["it happens"].markets["served"], 0.0)[:, :, 0]
    np.testing.assert_allclose(trail_of(plan_with(case, scenario), int(case.settings["seed"]), 0).missing(), lacks, atol=1e-6)
    row = case["events"].set_index("event").loc[event]
    if row["kind"] == "outage" and not row["recovery_time"]:  # the outage of a stress test has no way back
        asked = {"duration": float(row["duration"]), "start": int(row["start"]), "replications": 2}
        test = stress_test(case, [row["site"]], **asked).table().iloc[0]
        assert test["lost_margin"] == pytest.approx(known["lost margin"]) and known["lost margin"] > 1e6
        assert test["recovered_after"] == known["time to recover"]


def test_the_margin_that_is_lost_is_a_part_of_what_is_earned_less(strike):
    """By pencil: revenue less what is paid, plus what the goods gain in value; its parts add up, and the lost margin is one of them."""
    *_, fire, card = strike
    parts = card.earnings().set_index("part")["mean"]
    known = card.table().set_index("kpi")["value"]
    assert parts["margin of lost sales"] == pytest.approx(known["lost margin"]) and known["lost margin"] > 0
    assert parts.iloc[:-1].sum() == pytest.approx(parts["earnings lost"]) == pytest.approx(known["earnings lost"])
    lost = fire.kpis["lost sales"] - fire.calm_kpis["lost sales"]
    late = fire.calm_kpis["sales"] - fire.kpis["sales"] - lost
    assert parts["sales not made yet, or not asked for"] == pytest.approx(2 * late.mean())
    for kpis, costs, gained in ((fire.kpis, fire.costs, fire.gained), (fire.calm_kpis, fire.calm_costs, fire.calm_gained)):
        paid = sum(v for part, v in costs.items() if part != "lost margin")
        np.testing.assert_allclose(kpis["earnings"], kpis["revenue"] - paid + gained)


# --- what is called better


def test_nothing_is_called_better_where_customers_get_less(strike):
    from twinkit.questions.disruption.tells import Results, cards_of
    from twinkit.run.verdict import judge, measure_of

    _, _, as_is, fire, _ = strike
    table = twinkit.compare(as_is, fire).set_index("kpi")
    assert table.loc["total cost", "difference"] < 0, "less is bought, so it costs less"
    assert (table["verdict"] != "better").all() and table.loc["total cost", ["verdict", "better"]].isna().tolist() == [False, True]
    assert table.loc["earnings", "verdict"] == table.loc["fill rate", "verdict"] == "worse"
    assert judge(measure_of(as_is.kpis), as_is.kpis, fire.kpis)[:2] == ("worse", "earnings")
    cards = {c.name: c for c in cards_of(Results(fire, None))}
    assert all(c.tone != "better" for c in cards.values())
    assert cards["total cost"].tone == "none" and "no verdict" in cards["total cost"].change
    back = twinkit.compare(fire, as_is).set_index("kpi")
    assert back.loc["earnings", "verdict"] == "better" and back.loc["total cost", "verdict"] == ""


def test_without_prices_a_cost_is_judged_at_equal_service_only():
    from study.strikes import busy_shop

    from twinkit.run.verdict import judge, measure_of

    case = busy_shop()
    case = case.replace(markets=case["markets"].assign(price=0.0, lost_margin=np.nan))
    dear = Scenario("dearer freight", ({"event": "fuel", "kind": "freight_increase", "origin": "source", "destination": "shop",
                                        "start": 0, "duration": 40, "severity": 1.0},))  # fmt: skip
    found = twinkit.ensemble(case, [Scenario("as it is"), dear, Scenario("strike", ("strike",))], 8)
    as_is = found["as it is"].kpis
    assert "earnings" not in as_is
    assert judge(measure_of(as_is), as_is, found["dearer freight"].kpis)[:2] == ("worse", "total cost")
    less = judge(measure_of(as_is), as_is, found["strike"].kpis)
    assert less.word == "" and "less" in less.why and found["strike"].kpis["total cost"].mean() < as_is["total cost"].mean()


def test_what_is_measured_against_different_worlds_is_not_compared():
    found = twinkit.ensemble(weekends(), [Scenario("fire", ("fire",)), Scenario("weekend", ("weekend 3",))], 2)
    table = twinkit.compare(found["fire"], found["weekend"]).set_index("kpi")
    assert table.loc["depth", "worlds"] == 0 and "different worlds" in table.loc["depth", "why"]
    assert table.loc["fill rate", "worlds"] == 2


def test_a_margin_below_what_the_price_leaves_is_one_figure(strike):
    """Price 6, value 1 in the shop: a lost sale costs at least the difference, in the margin lost as in what is earned."""
    case, scenario, _, fire, _ = strike
    low = case.replace(markets=case["markets"].assign(lost_margin=0.5))
    found = twinkit.ensemble(low, scenario, 16)["strike"]
    assert fire.costs["lost margin"].sum() > 0
    for name in ("costs", "kpis"):
        for part, values in getattr(fire, name).items():
            np.testing.assert_array_equal(getattr(found, name)[part], values, err_msg=part)
    unknown = low.replace(products=low["products"].assign(value=0.0))  # without a value nothing else is known
    assert twinkit.ensemble(unknown, scenario, 4)["strike"].costs["lost margin"].sum() < fire.costs["lost margin"][:4].sum()


def test_a_margin_beside_a_price_and_a_value_is_what_the_price_leaves():
    case = twinkit.example("automotive")

    def told(margin: float) -> list[str]:
        rows = case["markets"].assign(lost_margin=[np.nan, margin] + [np.nan] * (len(case["markets"]) - 2))
        return [n.sentence for n in twinkit.notes_of(case.replace(markets=rows)) if n.column == "lost_margin"]

    price, value = case["markets"]["price"][1], float(case["products"].set_index("product")["value"]["electric SUV"])
    assert told(np.nan) == told(price - value) == []
    (less,), (more,) = told(3500.0), told(9000.0)
    assert less.startswith("markets row 3, lost_margin: '3500' is not what the price leaves: price 26890 less value 19390 is 7500")
    assert "that is what a lost sale costs here" in less
    assert "goes with a lost customer" in more
