"""Intervals against scipy, and by their coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, t

from twinkit.study.statistics import mean_interval, share_interval


def test_mean_interval_is_students():
    x = np.random.default_rng(1).normal(size=12)
    low, high = t.interval(0.95, 11, x.mean(), x.std(ddof=1) / math.sqrt(12))
    assert mean_interval(x) == pytest.approx((x.mean(), low, high))


def test_mean_interval_of_nothing_and_of_one():
    assert all(math.isnan(v) for v in mean_interval(np.array([])))
    mean, low, high = mean_interval(np.array([3.0]))
    assert mean == 3
    assert math.isnan(low)
    assert math.isnan(high)


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (3, 7), (128, 256)])
def test_share_interval_is_wilsons(hits, n):
    wilson = binomtest(hits, n).proportion_ci(method="wilson")
    assert share_interval(hits, n) == pytest.approx((hits / n, wilson.low, wilson.high), abs=1e-12)


def test_coverage():
    draws = np.random.default_rng(2).exponential(size=(2000, 40))
    inside = [low <= 1.0 <= high for _, low, high in map(mean_interval, draws)]
    assert 0.91 < np.mean(inside) < 0.97
