"""Intervals against scipy and against their own definition; how often they hold is tested in test_coverage.py."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import binomtest, quantile_test, t, ttest_ind

from twinkit.run.statistics import (
    CHANGE,
    SHARE,
    apart_interval,
    mean_interval,
    median_interval,
    ratio_interval,
    share_interval,
    tail_interval,
    watched_together,
)


def test_without_skewness_the_interval_of_a_mean_is_students():
    half = np.random.default_rng(1).normal(size=12)
    x = 5.0 + np.concatenate([half, -half])
    low, high = t.interval(0.95, 23, x.mean(), x.std(ddof=1) / math.sqrt(24))
    assert mean_interval(x) == pytest.approx((x.mean(), low, high))


@pytest.mark.parametrize("sign", [1, -1])
def test_the_ends_are_where_halls_cubic_meets_students_quantiles(sign):
    x = sign * np.random.default_rng(3).exponential(size=30)
    g = ((x - x.mean()) ** 3).mean() / x.std() ** 3
    root = math.sqrt(30)

    def hall(mean: float) -> float:
        s = (x.mean() - mean) / x.std(ddof=1)
        return root * (s + g * s**2 / 3 + g**2 * s**3 / 27 + g / (6 * 30))

    ends = [brentq(lambda m, q=q: hall(m) - t.ppf(q, 29), x.mean() - 9, x.mean() + 9) for q in (0.975, 0.025)]
    found = mean_interval(x)
    assert found == pytest.approx((x.mean(), *ends))
    long, short = (found.high - found.value, found.value - found.low)[::sign]
    assert long > 1.2 * short  # it reaches towards the tail


def test_what_has_no_honest_interval_says_why():
    assert all(math.isnan(v) for v in mean_interval(np.array([])))
    for values in ([3.0], [0.0] * 16):
        found = mean_interval(np.array(values))
        assert found.value == values[0] and math.isnan(found.low) and math.isnan(found.high) and found.why and not found.clear
    few = tail_interval(np.random.default_rng(1).gamma(2.0, size=(1, 64)), np.ones(1), 0.05)
    assert math.isfinite(few.value) and math.isnan(few.low) and "4 reach into the worst 5 %" in few.why
    assert "too few" in median_interval(np.arange(5.0)).why


def test_worlds_that_agree():
    assert mean_interval(np.full(9, -2.5)) == (-2.5, -2.5, -2.5)  # no luck plays on it
    unseen = binomtest(0, 16).proportion_ci(method="exact").high  # shares that may hide where 16 worlds agree
    assert mean_interval(np.zeros(16), within=SHARE) == pytest.approx((0.0, 0.0, unseen))
    assert mean_interval(np.ones(16), within=SHARE) == pytest.approx((1.0, 1.0 - unseen, 1.0))
    assert mean_interval(np.zeros(16), within=CHANGE) == pytest.approx((0.0, -unseen, unseen))
    assert mean_interval(np.array([0.99, 1.0, 0.98, 1.0]), within=SHARE).high == 1.0


def test_times_are_counted_as_far_as_both_were_watched():
    rng = np.random.default_rng(5)
    true = rng.gamma(3.0, 20.0, (2, 400))
    ends = rng.uniform(30.0, 120.0, (2, 400))
    seen, censored = np.minimum(true, ends), true > ends
    a, b = watched_together(*seen, *censored)
    watch = np.minimum(*np.where(censored, seen, np.inf))
    np.testing.assert_allclose(a, np.minimum(true[0], watch))  # known, though the times are not
    np.testing.assert_allclose(b, np.minimum(true[1], watch))


@pytest.mark.parametrize("n", [6, 7, 16, 64, 255])
def test_a_median_has_the_ranks_of_the_quantile_test(n):
    values = np.random.default_rng(n).normal(size=n)
    found = quantile_test(values).confidence_interval(0.95)
    value, low, high = median_interval(values)
    assert (low, high) == pytest.approx((found.low, found.high)) and low <= value <= high
    assert median_interval(np.where(values > low, np.inf, values)) == (math.inf, low, math.inf)


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (3, 7), (1, 64), (128, 256), (4096, 4096)])
def test_share_interval_is_wilsons(hits, n):
    wilson = binomtest(hits, n).proportion_ci(method="wilson")
    found = share_interval(hits, n)
    assert found == pytest.approx((hits / n, wilson.low, wilson.high), abs=1e-12)
    assert found.low <= hits / n <= found.high  # none of n does not exclude 0, nor all of n 1


def test_ratios_and_worlds_apart():
    rng = np.random.default_rng(7)
    above, below = rng.gamma(2.0, size=40), 1.0 + rng.gamma(2.0, size=40)
    found = ratio_interval(above, below)
    assert found.value == pytest.approx(above.sum() / below.sum())
    assert mean_interval(found.high * below - above).low == pytest.approx(0.0, abs=1e-5)
    assert mean_interval(found.low * below - above).high == pytest.approx(0.0, abs=1e-5)
    assert ratio_interval(np.full(5, 2.0), np.full(5, 4.0)) == (0.5, 0.5, 0.5)
    welch = ttest_ind(above, below, equal_var=False).confidence_interval()
    assert apart_interval(above, below) == pytest.approx((above.mean() - below.mean(), welch.low, welch.high))


def test_worlds_apart_have_welchs_interval():
    rng = np.random.default_rng(11)
    one, other = rng.gamma(2.0, size=9), 3.0 * rng.gamma(2.0, size=40)
    interval = ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert apart_interval(one, other) == pytest.approx((one.mean() - other.mean(), interval.low, interval.high))
