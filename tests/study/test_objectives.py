"""Baseline: objectives are met, missed or open for a reason, and records are compared by the formulas of the KPIs."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom
from tiny_case import tiny_case

from twinkit.question import Plain, question_of
from twinkit.result import Text
from twinkit.run.ensemble import ensemble
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import median_interval
from twinkit.study.compare import MET, MISSED, UNCLEAR, checks, record_fit, record_words


@pytest.fixture(scope="module")
def outcome():
    return ensemble(tiny_case(history=True, objectives=True), Scenario("closed", ("closed",)), 32)["closed"]


def with_target(outcome, kpi, relation, target):
    case = outcome.plan.case.replace(objectives=[{"kpi": kpi, "relation": relation, "target": target}])
    return replace(outcome, plan=replace(outcome.plan, case=case))


def test_objectives_are_met_or_missed_when_the_whole_interval_is_on_that_side(outcome):
    found = {c.kpi: c for c in checks(outcome)}
    assert found["fill rate"].verdict == MET and found["fill rate"].low > 0.5
    assert found["total cost"].verdict == MISSED and found["total cost"].share == 0
    assert found["total cost"].share_high == pytest.approx(1 - 1 / (1 + 1.959964**2 / 32), rel=1e-6), "Wilson, 0 of 32"


def test_a_target_within_the_interval_cannot_be_judged(outcome):
    mean = float(outcome.kpis["fill rate"].mean())
    found = checks(with_target(outcome, "fill rate", "at_least", mean))[0]
    assert found.verdict == UNCLEAR and "cannot say" in found.words
    assert 0 < found.share < 1


def test_a_time_to_recover_that_is_censored_is_never_met(outcome):
    late = replace(outcome, censored=np.ones_like(outcome.censored))
    found = checks(with_target(late, "time to recover", "at_most", 1e6))[0]
    assert found.verdict == MISSED and "not recovered by the end of the run" in found.words


def test_one_world_has_no_interval_and_no_verdict():
    case = tiny_case(objectives=True)
    alone = ensemble(case, Scenario("closed", ("closed",)), 1)["closed"]
    assert {c.verdict for c in checks(alone)} == {UNCLEAR}


@pytest.mark.parametrize("n", [6, 10, 33, 256])
def test_the_interval_of_a_median_covers_as_it_says(n):
    """Coverage of order statistics, worked out from the binomial: at least 95 %, and not with one more step inward."""
    _, low, high = median_interval(np.arange(n, dtype=float))
    k = int(low) + 1
    assert high == n - k
    inside = binom.cdf(n - k, n, 0.5) - binom.cdf(k - 1, n, 0.5)
    assert inside >= 0.95 > binom.cdf(n - k - 1, n, 0.5) - binom.cdf(k, n, 0.5)


def test_too_few_worlds_bound_no_median():
    assert np.isnan(median_interval(np.arange(5.0))[1:]).all()


def test_records_are_compared_by_wape_and_bias(outcome):
    fit = record_fit(outcome).iloc[0]
    past = outcome.plan.case["history"]["units"].to_numpy()
    mean = outcome.calm_markets["demand"][0, :40].mean(axis=1)
    assert fit["wape"] == pytest.approx(sum(abs(m - p) for m, p in zip(mean, past, strict=True)) / sum(past))
    assert fit["bias"] == pytest.approx((sum(mean) - sum(past)) / sum(past)) and fit["bias"] < 0
    assert 0 < fit["inside"] <= 1 and fit["periods"] == 40
    assert "WAPE" in record_words(record_fit(outcome))


def test_a_market_that_replays_its_record_proves_nothing():
    case = tiny_case(history=True)
    case = case.replace(markets=case["markets"].assign(demand="history"), settings={"periods": 40})
    found = ensemble(case, Scenario("as it is"), 4)["as it is"]
    assert record_fit(found)["wape"][0] == pytest.approx(0, abs=1e-12)
    assert "by construction" in record_words(record_fit(found))


def test_a_case_without_objectives_and_history_says_so():
    asked = question_of("what_if")(Plain(tiny_case(), replications=8))
    said = " ".join(b.text for b in asked.tell(asked.run()).blocks if isinstance(b, Text))
    assert "has no objectives" in said and "no table history" in said
