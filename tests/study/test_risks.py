"""Risks, prices, the money of a run, and levers that come with a price: figures against others made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from study.dips import chain
from study.small import shop
from study.strikes import MARGIN, corner_shop

import twinkit
from twinkit.chain.chain import Chain
from twinkit.levers.lever import COUNTED, Price
from twinkit.levers.levers import levers_of
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import mean_interval, ratio_interval
from twinkit.study.appraisal import ledgers
from twinkit.study.risks import Risk, expected_loss, risk_problems, since_before, weighted, worst_interval, worst_mean
from twinkit.tables import check_case


def test_expected_loss_and_worst_by_hand():
    losses = np.array([[0.0, 10.0, 20.0, 30.0], [100.0, 200.0, 300.0, 400.0]])
    assert expected_loss(losses, np.array([0.5, 0.01])).tolist() == [1.0, 7.0, 13.0, 19.0]
    weight = np.array([0.5, 0.01]) / 0.51 / 4  # the four large ones hold 1.96 %, the rest of 5 % is the loss of 30
    part = 0.05 - 4 * weight[1]
    assert worst_mean(losses, [0.5, 0.01]) == pytest.approx((1000 * weight[1] + 30 * part) / 0.05)
    assert worst_mean(losses, [1, 1], 1.0) == pytest.approx(losses.mean())
    assert worst_mean(losses, [0, 0], 1.0) == worst_mean(losses, [1, 1], 1.0)


def test_worst_is_the_least_of_rockafellar_and_uryasev():
    rng = np.random.default_rng(1)
    losses, p = rng.gamma(1.0, 10.0, (3, 50)), np.array([0.1, 0.3, 0.05])
    weight = np.repeat(p / p.sum() / 50, 50)
    least = min(v + (weight * np.maximum(losses.ravel() - v, 0)).sum() / 0.05 for v in losses.ravel())
    assert worst_mean(losses, p) == pytest.approx(least)
    value, low, high = worst_interval(losses, p)
    assert low < value < high
    saved = worst_interval(0.5 * losses, p, losses)
    assert saved[0] == pytest.approx(0.5 * value) and saved[1] > 0


def test_a_threshold_has_the_interval_of_its_test():
    rng = np.random.default_rng(2)
    saved, needed = rng.normal(10, 2, 40), rng.normal(3, 1, 40)
    found = ratio_interval(needed, saved)
    for edge in (found.low, found.high):
        gain = mean_interval(edge * saved - needed)
        assert min(abs(gain.low), abs(gain.high)) == pytest.approx(0.0, abs=1e-4)
    assert found.low < found.value < found.high
    assert math.isnan(ratio_interval(needed, -saved).value)
    assert ratio_interval(-needed, -saved) == found  # it saves money and adds to the loss: it pays below the same x
    assert math.isinf(ratio_interval(np.ones(4), np.array([-4.0, 6.0, -3.0, 5.0])).high)


def test_risks_are_named_and_checked():
    case = corner_shop()
    assert Risk("strike").name == "strike" and Risk(("strike", "fire"), 0.1).name == "strike + fire"
    assert sum(r.probability for r in weighted({"strike": 1, "fire": 3}, 0.4)) == pytest.approx(0.4)
    assert since_before(case, Risk(("fire", "strike")), 3) == 7
    wrong = [
        Risk("strike", 1.3),
        Risk("strike", 0.1),
        Risk("stryke", 0.1),
        Risk("fire", None, "f"),
        Risk((), 0.1, "none"),
    ]
    text = "\n".join(p.sentence for p in risk_problems(case, wrong, "recommend"))
    for part in ("probability 1.3", "is there twice", "Did you mean 'strike'?", "no probability", "has no events"):
        assert part in text


def test_a_lost_sale_costs_its_margin_and_not_less_because_nothing_was_made():
    case = corner_shop()
    run = ledgers(case, [Scenario("strike", ("strike",))], 2, 1)["strike"]
    late = 20 + 10  # units that lie there for a day, when all that was held up arrives at once
    assert run.loss.tolist() == pytest.approx([4 * 10 * MARGIN + 0.5 * late] * 2)
    total = twinkit.ensemble(case, Scenario("strike", ("strike",)), 2)["strike"]
    plain = total.kpis["total cost"] - total.calm_kpis["total cost"]
    assert plain == pytest.approx(4 * 10 * (MARGIN - 4) + 0.5 * late)  # total cost counts what was not bought as saved
    assert ledgers(case, [Scenario("calm")], 2, 1)["calm"].loss.tolist() == [0, 0]


def test_ledgers_of_batches_are_joined_in_order():
    case = corner_shop()
    case = case.replace(markets=case["markets"].assign(demand="poisson", mean=10.0), history=case["history"][:0])
    told = []
    whole = ledgers(case, [Scenario("s", ("strike",))], 70, 3, tell=lambda: told.append(1))["s"]
    part = ledgers(case, [Scenario("s", ("strike",))], 64, 3)["s"]
    assert len(whole.loss) == 70 and whole.loss[:64].tolist() == part.loss.tolist() and len(told) == 2
    assert len(set(whole.loss)) > 10


def test_prices():
    levers = {lever.name: lever for lever in levers_of(twinkit.example("automotive"))}
    case, lever = corner_shop(), levers["second_source"]
    assert lever.price is None
    assert Price(100.0).yearly(case, 0.5, 0.25) == 25.0
    assert Price(100.0, setup=50.0, years=5).yearly(case, True, False) == 110.0
    assert Price(lambda c, v: v**2).yearly(case, 3.0, 0.0) == 9.0
    assert Price(100.0).yearly(case, 0.25, 0.25) == 0.0
    assert COUNTED.yearly(case, 5.0, 0.0) == 0.0
    assert "over how many years" in Price(setup=1.0).wrong() and "0 or more" in Price(-1.0).wrong()
    assert not Price(1.0, 2.0, 3.0).wrong()


def test_a_lever_is_priced_only_where_the_tables_hold_its_cost():
    priced = {lever.name: lever.price is not None for lever in levers_of(shop())}
    new = {"build_up_days": True, "build_up_ahead": True, "detection_delay": True}
    assert priced == {"safety_days_tier_0": True, "expediting": True, **new}
    free = shop().replace(stocks=shop()["stocks"].assign(holding_cost=0.0))
    assert {lever.name: lever.price is not None for lever in levers_of(free)} == {
        "safety_days_tier_0": False, "expediting": True, "build_up_days": False, "build_up_ahead": False, "detection_delay": True,
    }  # fmt: skip


def test_a_backup_on_call_delivers_while_the_others_are_out_and_hardly_else():
    case = chain(
        [("near", "shop", "item", 1, 1.0), ("far", "shop", "item", 2, 0.0)], stocks={("shop", "item"): 30},
        events=[{"event": "strike", "kind": "outage", "site": "near", "start": 20, "duration": 15}],
    )  # fmt: skip
    lever = {lever.name: lever for lever in levers_of(case)}["backup_supplier"]
    assert lever.price is None and lever.flag
    sent = {}
    for on in (False, True):
        changed = Scenario("s", ("strike",), {"backup_supplier": on}).apply(case)
        assert check_case(changed) == []
        run = Chain(changed, 1, record=["lanes.departed"]).run()
        lanes = run.plan.net.lanes["origin"].tolist()
        sent[on] = run.history("lanes.departed")[lanes.index("far"), :, 0]
    assert sent[False].sum() == 0
    assert sent[True][20:34].sum() == pytest.approx(140, rel=0.15)
    assert sent[True][:20].sum() + sent[True][36:].sum() < 0.01
