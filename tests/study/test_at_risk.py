"""What is at risk by customer and product adds up, in every world, to what the pages show in all."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import cases
from tiny_case import SOURCE, tiny_case

import twinkit
from twinkit.question import Plain
from twinkit.questions.disruption import Disruption
from twinkit.questions.disruption.tells import results_of
from twinkit.questions.stress import LossQuestion, loss_of, stress_test
from twinkit.questions.stress.ask import tell
from twinkit.result import Fact, Facts, Next, Table
from twinkit.run.ensemble import ensemble
from twinkit.run.scenario import Scenario, event_of
from twinkit.study.at_risk import ALL, rows_of, taken
from twinkit.study.conclusion import how_sure_in_parts

NAKA = "Naka fab 90 days"


@pytest.fixture(scope="module")
def cars():
    return twinkit.example("automotive")


def tables(answer) -> dict[str, Table]:
    return {b.name: b for b in answer.blocks if isinstance(b, Table)}


def facts(answer) -> dict[str, Fact]:
    return {f.name or f.label: f for b in answer.blocks if isinstance(b, Facts) for f in b.items}


def adds_up(lost, kpis, calm_kpis, costs, calm_costs):
    assert lost["lost sales"].sum(axis=0) == pytest.approx(kpis["lost sales"] - calm_kpis["lost sales"], abs=1e-6)
    assert lost["revenue"].sum(axis=0) == pytest.approx(calm_kpis["revenue"] - kpis["revenue"], rel=1e-9, abs=1e-3)
    assert lost["lost margin"].sum(axis=0) == pytest.approx(costs["lost margin"] - calm_costs["lost margin"], rel=1e-9, abs=1e-3)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(cases(measures=True, events=False), st.data())
def test_rows_of_random_chains_add_up_in_every_world(case, data):
    site = data.draw(st.sampled_from(sorted(case["sites"]["site"])))
    event = event_of("outage", start=int(case.settings["periods"]) // 3, duration=4.0, site=site)
    found = ensemble(case, [Scenario("out", (event,))], 3)["out"]
    lost = taken(found.by_market, found.calm_by_market)
    adds_up(lost, found.kpis, found.calm_kpis, found.costs, found.calm_costs)
    rows = rows_of(found.plan, lost)
    assert rows["market"].iloc[-1] == ALL and not rows.duplicated(["market", "product"]).any()
    assert rows["revenue"].iloc[:-1].sum() == pytest.approx(rows["revenue"].iloc[-1], rel=1e-9, abs=1e-6)


def test_what_if_counts_with_measures_from_no_event_and_no_measure(cars):
    found = twinkit.what_if(cars, [NAKA], {"second_source:Fab Naka": 0.6}, 8)
    as_is, measured = results_of(found)
    lost = taken(measured.by_market, as_is.calm_by_market)
    adds_up(lost, measured.kpis, as_is.calm_kpis, measured.costs, as_is.calm_costs)
    answer = Disruption.watch(found)
    total = tables(answer)["at risk"].frame.iloc[-1]
    fact = facts(answer)["lost"]
    assert total["lost sales"] == pytest.approx((measured.kpis["lost sales"] - as_is.calm_kpis["lost sales"]).mean())
    assert f"{total['lost sales']:,.0f}" in fact.value, "the sum is the figure of the page"
    report = tables(Disruption.tell(found))
    assert report["at risk with your measures"].frame.iloc[-1]["lost sales"] == total["lost sales"]


def test_a_stress_test_and_a_loss_tell_the_same_by_customer(cars):
    test = stress_test(cars, ["Fab Naka", "Fab Dresden"], replications=8)
    for knock in test.knocks:
        assert knock.taken["lost margin"].sum(axis=0) == pytest.approx(knock.lost_margin)
        assert knock.taken["revenue"].sum(axis=0) == pytest.approx(knock.lost_revenue)
    row = test.table().set_index("target").loc["Fab Naka"]
    long = test.by_customer().set_index(["target", "market", "product"]).loc["Fab Naka"]
    assert long.loc[(ALL, "")]["revenue"] == pytest.approx(row["revenue"]) and long.loc[(ALL, "")]["lost margin"] == pytest.approx(row["lost_margin"])
    told = tables(tell(test))
    worst = told["at risk"].frame.set_index(["market", "product"])
    both = test.by_customer().set_index(["market", "product"])["revenue"].groupby(level=[0, 1]).max()
    assert np.allclose(worst["revenue"], both[worst.index]) and worst.index[-1] == (ALL, "")
    loss = loss_of(cars, "Fab Naka", replications=8)
    own = tables(LossQuestion.tell(loss))["at risk"].frame.set_index(["market", "product"])
    assert np.allclose(own["revenue"], long["revenue"][own.index]), "one loss looked at closely has the figures of the test"
    assert own.loc[(ALL, ""), "lost margin"] == pytest.approx(loss.lost()[0])


# --- a second source for what is lost


def test_a_second_source_is_weighed_on_the_same_luck(cars):
    plain = loss_of(cars, "Fab Naka", replications=8)
    found = loss_of(cars, "Fab Naka", second=0.6, setup=3e6, fee=5e5, spread=10.0, replications=8)
    assert found.lost() == plain.lost()
    own = ensemble(cars, [Scenario("x", plain.target.scenario(plain.start).events, {"second_source:Fab Naka": 0.6})], 8)["x"]
    saved = (plain.outcome.calm_kpis["earnings"] - plain.outcome.kpis["earnings"]) - (own.calm_kpis["earnings"] - own.kpis["earnings"])
    assert found.second.saved(found.outcome)[0] == pytest.approx(saved.mean())
    running = (plain.outcome.calm_kpis["earnings"] - own.calm_kpis["earnings"]).mean() * 365 / (365 - cars.settings["warm_up"])
    assert found.second.running(found.outcome)[0] == pytest.approx(running) and found.second.price == 8e5
    pays = saved.mean() / found.second.in_a_year(found.outcome)
    assert f"more often than about once in {pays:.3g} years" in found.sentences()[2]
    assert "Nobody has said what qualifying the source" in loss_of(cars, "Fab Naka", second=0.6, replications=8).sentences()[2]


def test_a_second_source_is_one_click_or_grey_with_the_reason(cars):
    test = stress_test(cars, ["Fab Naka", "Resin Works Marl"], replications=2)
    ways = {way.text: way for way in tell(test).blocks if isinstance(way, Next)}
    assert ways["A second source for Fab Naka"].inputs["second"] == 0.6 and not ways["A second source for Fab Naka"].why
    assert "nobody else sends PA-12 resin" in ways["A second source for Resin Works Marl"].why
    with pytest.raises(twinkit.CaseError, match="nobody else sends PA-12 resin"):
        loss_of(cars, "Resin Works Marl", second=0.5, replications=2)
    answer = Disruption.watch(twinkit.what_if(cars, [NAKA], None, 2))
    click = next(b for b in answer.blocks if isinstance(b, Next))
    asking = Disruption(twinkit.question.Plain(cars))
    assert asking.take(click.inputs) == [] and asking.levers == {"second_source:Fab Naka": 0.6} and asking.problems() == []
    moved = Disruption.watch(asking.run())
    assert any(b.question == "loss" and b.inputs["second"] == 0.6 for b in moved.blocks if isinstance(b, Next))


def test_a_second_source_is_advised_and_looked_at_closely_too(cars):
    """Its price given, the search and the question how sure it is weigh it; without one it is offered for what is lost."""
    name, risk = "second_source:Fab Naka", twinkit.Risk((NAKA,), 1 / 20, "Naka")
    advice = twinkit.recommend(cars, [risk], levers=[name], prices={name: 1e6}, unseen=[], trials=1, replications=2, fresh=4)
    assert list(advice.levers) == [name] and 0.2 < advice.best.levers[name] <= 0.95
    sure = next(iter(how_sure_in_parts(cars, risk, advice.best.levers, {name: 1e6}, replications=4, first=4)))
    own = ensemble(cars, [Scenario("none", [NAKA]), Scenario("second", [NAKA], advice.best.levers)], 4)
    lost = [o.costs["lost margin"] - o.calm_costs["lost margin"] for o in own.values()]
    assert sure.gain.mean() > 0 and (lost[0] - lost[1]).mean() > 0
    with pytest.raises(twinkit.CaseError, match="second_source:Fab Nakka"):
        twinkit.recommend(cars, [risk], levers=["second_source:Fab Nakka"], prices={"second_source:Fab Nakka": 1.0})
    advised = twinkit.question.question_of("advice")(twinkit.question.Plain(cars), risks={"Tohoku earthquake 2011 Naka": {"years": 117.0}})
    assert name in advised.options("prices") and name in advised.known()
    advised.prices = {name: {"per_year": 1e6}}
    assert name in advised.moved() and advised.problems() == []


def test_of_more_customers_than_anybody_reads_no_table_is_kept(monkeypatch):
    monkeypatch.setattr("twinkit.run.kpis.MOST_MARKETS", 0)
    test = stress_test(tiny_case(), [SOURCE], replications=4)
    assert test.knocks[0].taken == {} and test.table()["revenue"][0] > 0, "in all it is known"
    assert "at risk" not in tables(tell(test)) and "at risk" not in tables(LossQuestion.tell(loss_of(tiny_case(), SOURCE, replications=4)))


def test_a_smaller_second_source_is_said_to_be_one_and_makes_the_loss_dearer():
    asking = LossQuestion(Plain(twinkit.example("automotive")), target="Fab Dresden", second=0.3, worlds=4)
    assert any("30 % from others is less than the 80 % that comes from them now" in n for n in asking.notes())
    facts = next(b for b in LossQuestion.tell(asking.run()).blocks if isinstance(b, Facts))
    (fact,) = [f for f in facts.items if "second source" in f.label]
    assert fact.label == "a second source makes it dearer by" and fact.tone == "worse" and not fact.value.startswith("-")
    assert "(0 % to 95 %)" in LossQuestion.second.wrong_number(1.0) or "(0 % to 100 %)" in LossQuestion.second.wrong_number(2.0)
