"""Formulas of the live twin against other ways of finding them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from twinkit.capabilities.live import drift, level, marks
from twinkit.inventory import fit_lead_times


def test_run_lengths_are_those_of_many_series():
    luck = np.random.default_rng(3)
    for shift, (h, weight, width) in ((1.0, (4.0, 0.2, 2.962)), (0.5, (5.0, 0.1, 2.814))):
        x = luck.normal(shift, 1.0, (3000, 900))
        up, low = np.zeros(3000), np.zeros(3000)
        z = np.zeros(3000)
        first, crossed = np.full(3000, 900), np.full(3000, 900)
        for t in range(900):
            up, low = np.maximum(0, x[:, t] - 0.5 + up), np.maximum(0, -x[:, t] - 0.5 + low)
            z = weight * x[:, t] + (1 - weight) * z
            first = np.where((first == 900) & ((up > h) | (low > h)), t + 1, first)
            crossed = np.where((crossed == 900) & (abs(z) > width * math.sqrt(weight / (2 - weight))), t + 1, crossed)
        for found, mean in ((first, drift.cusum_run_length(0.5, h, shift)), (crossed, drift.ewma_run_length(weight, width, shift))):
            assert mean == pytest.approx(found.mean(), abs=4 * found.std() / math.sqrt(3000))


@given(st.integers(0, 10_000), st.floats(0.3, 3.0), st.floats(-50.0, 50.0))
def test_charts_do_not_depend_on_the_unit(seed, scale, offset):
    x = np.random.default_rng(seed).normal(0.4, 1.0, 60)
    one, other = drift.cusum(x, 0.0, 0.5, 4.0), drift.cusum(x * scale + offset, offset, 0.5 * scale, 4.0 * scale)
    assert (one.alarm, one.began, one.up) == (other.alarm, other.began, other.up)
    one, other = drift.ewma(x, 0.0, 1.0), drift.ewma(x * scale + offset, offset, scale)
    assert (one.alarm, one.up) == (other.alarm, other.up)
    fall = drift.cusum(-x, 0.0, 0.5, 4.0)
    assert fall.alarm == drift.cusum(x, 0.0, 0.5, 4.0).alarm


def test_page_hinkley_finds_a_rise_and_a_fall_and_leaves_noise_alone():
    luck = np.random.default_rng(5)
    calm = luck.normal(0.0, 1.0, 200)
    assert drift.page_hinkley(calm, 0.5, 12.0).alarm is None
    for sign in (1.0, -1.0):
        found = drift.page_hinkley(calm + sign * 2.0 * (np.arange(200) >= 120), 0.5, 12.0)
        assert found.up is (sign > 0)
        assert 120 < found.alarm < 140
        assert 110 < found.began <= 123


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 30))
def test_change_points_are_those_of_brute_force(seed, n):
    x = np.random.default_rng(seed).integers(0, 9, n).astype(float)

    def cost(a: int, b: int) -> float:
        return float(((x[a:b] - x[a:b].mean()) ** 2).sum())

    found = drift.change_point(x)
    assert cost(0, found.before) + cost(found.before, n) == pytest.approx(min(cost(0, k) + cost(k, n) for k in range(1, n)))
    several, penalty = drift.change_points(x[:9], 6.0), 6.0
    n = min(n, 9)
    best = min(
        sum(cost(a, b) for a, b in zip([0, *cuts], [*cuts, n], strict=True)) + penalty * len(cuts)
        for mask in range(2 ** (n - 1)) for cuts in [[k for k in range(1, n) if mask >> (k - 1) & 1]]
    )  # fmt: skip
    assert sum(cost(a, b) for a, b in zip([0, *several], [*several, n], strict=True)) + penalty * len(several) == pytest.approx(best)


def test_p_values_of_a_change_are_even_where_nothing_changes():
    luck = np.random.default_rng(2)
    found = [drift.change_point(luck.exponential(1.0, 40), permutations=99, seed=k).p_value for k in range(120)]
    assert stats.kstest(found, "uniform").pvalue > 0.01


@given(st.integers(0, 10_000), st.floats(0.1, 50.0), st.floats(0.0, 20.0))
def test_the_filter_is_the_normal_distribution_conditioned(seed, noise, drift_):
    """Against the joint normal distribution of levels and readings, with a gap."""
    y = np.random.default_rng(seed).normal(20.0, 5.0, 6)
    y[3] = np.nan
    found = level.filtered(y, noise, drift_, level.Known(18.0, 30.0))
    steps = np.minimum.outer(np.arange(6), np.arange(6)) * drift_ + 30.0  # covariance of the levels
    for t in range(6):
        own = np.flatnonzero(np.isfinite(y[: t + 1]))
        joint = steps[np.ix_(own, own)] + noise * np.eye(len(own))
        weight = np.linalg.solve(joint, steps[own, t])
        assert found.level[t] == pytest.approx(18.0 + weight @ (y[own] - 18.0), rel=1e-6)
        assert found.variance[t] == pytest.approx(steps[t, t] - weight @ steps[own, t], rel=1e-6, abs=1e-9)
    own = np.flatnonzero(np.isfinite(y))
    joint = steps[np.ix_(own, own)] + noise * np.eye(5)
    mean, var = found.smoothed()
    for t in range(6):
        weight = np.linalg.solve(joint, steps[own, t])
        assert mean[t] == pytest.approx(18.0 + weight @ (y[own] - 18.0), rel=1e-6)
        assert var[t] == pytest.approx(steps[t, t] - weight @ steps[own, t], rel=1e-5, abs=1e-8)


def test_a_fitted_level_is_the_most_likely_one():
    luck = np.random.default_rng(8)
    y = 1000.0 + np.cumsum(luck.normal(0, 3.0, 300)) + luck.normal(0, 8.0, 300)
    fit = level.fit_local_level(y)
    start = level.Known(0.0, max(level.DIFFUSE, 10.0 * float((y**2).mean())))
    assert all(fit.loglik >= level.filtered(y, fit.noise * a, fit.drift * b, start).loglik - 1e-6 for a in (0.8, 1, 1.2) for b in (0.8, 1, 1.2))
    assert (fit.noise, fit.drift) == (pytest.approx(64.0, rel=0.35), pytest.approx(9.0, rel=0.7))
    assert np.nanstd(fit.errors) == pytest.approx(1.0, abs=0.12)


def test_two_counts_make_one():
    both = level.merged(level.Known(100.0, 9.0), level.Known(90.0, 1.0))
    assert both == pytest.approx((91.0, 0.9))
    assert level.merged(level.Known(100.0, 9.0), level.Known(90.0, 0.0)) == (90.0, 0.0)
    with pytest.raises(ValueError, match="disagree"):
        level.merged(level.Known(1.0, 0.0), level.Known(2.0, 0.0))


def test_running_out_is_what_many_paths_do():
    luck, paths = np.random.default_rng(4), 20_000
    asked = np.cumsum(luck.poisson(4.0, (paths, 12)), axis=1)
    there = np.full(12, 25.0)
    there[5:] += 8.0  # comes in at the end of day 5 (there from day 6 on)
    there[8:] += 6.0
    out = np.maximum.accumulate(asked > there, axis=1).mean(axis=0)
    ours = marks.chance_to_run_out(25, 4.0, 12, {5: 8, 8: 6})[1:]
    assert np.abs(out - ours).max() < 0.015
    assert marks.chance_to_run_out(25, 4.0, 12)[1:] == pytest.approx(stats.poisson.sf(25, 4.0 * np.arange(1, 13)))
    assert marks.chance_to_run_out(25, 4.0, 12, {0: 3.0}) == pytest.approx(marks.chance_to_run_out(28, 4.0, 12), abs=1e-12)
    assert marks.chance_to_run_out(25, 4.0, 12, {3: 0.0}) == pytest.approx(marks.chance_to_run_out(25, 4.0, 12), abs=1e-12)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.4, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=40))
def test_the_parts_of_a_brier_score_add_up(pairs):
    p, o = np.array(pairs, float).T
    found = marks.marks(p, o)
    assert found.brier == pytest.approx(found.reliability - found.resolution + found.uncertainty)
    assert found.brier == pytest.approx(marks.brier_score(p, o))
    table = marks.reliability_table(p, o)
    assert table["n"].sum() == len(pairs)
    assert (table["n"] * table["happened"]).sum() == pytest.approx(o.sum())


def test_crps_of_worlds_is_its_definition():
    x = np.random.default_rng(1).normal(0, 1, 30)
    assert marks.crps(x, 0.7) == pytest.approx(abs(x - 0.7).mean() - abs(x[:, None] - x[None, :]).mean() / 2)


@pytest.mark.parametrize("family", ["normal", "lognormal", "gamma", "weibull", "exponential"])
def test_a_fit_is_that_of_another_program(family):
    names = {"normal": stats.norm, "lognormal": stats.lognorm, "gamma": stats.gamma, "weibull": stats.weibull_min, "exponential": stats.expon}
    luck = np.random.default_rng(11)
    times, limit = luck.gamma(6.0, 3.0, 80), luck.uniform(8.0, 40.0, 80)
    ended, open_ = times[times <= limit], limit[times > limit]
    for stopped in ((), open_):
        own = fit_lead_times(ended, stopped, [family])[family]
        data = stats.CensoredData(ended, right=np.array(stopped, float))
        other = names[family](*names[family].fit(data, **({} if family == "normal" else {"floc": 0})))
        theirs = other.logpdf(ended).sum() + (other.logsf(stopped).sum() if len(stopped) else 0.0)
        assert own.loglik >= theirs - 1e-6
        assert own.mean == pytest.approx(other.mean(), rel=2e-3)


def test_open_orders_make_lead_times_longer_and_intervals_hold_the_truth():
    luck, held = np.random.default_rng(7), 0
    for _ in range(200):
        times, age = np.exp(luck.normal(2.5, 0.4, 50)), luck.uniform(5.0, 30.0, 50)
        ended, open_ = times[times <= age], age[times > age]
        fit = fit_lead_times(ended, open_, ["lognormal"])["lognormal"]
        low, high = fit.interval("mu", 0.9)
        held += low <= 2.5 <= high
    assert 160 <= held <= 196  # 80 to 98 % of 200
    assert fit.mean > fit_lead_times(ended, (), ["lognormal"])["lognormal"].mean
    late = fit.remaining(20.0, np.array([0.0, 0.5]))
    assert late[0] == pytest.approx(20.0) and late[1] > 20.0


@pytest.mark.parametrize(("call", "says"), [
    (lambda: fit_lead_times([3, 3]), "at least two different"),
    (lambda: fit_lead_times([3, -1], families=["gauss"]), "no family.*above 0"),
    (lambda: marks.marks([1.2], [2]), "from 0 to 1; what happened is 1"),
    (lambda: drift.cusum_run_length(0.5, 0.0), "above 0"),
    (lambda: drift.change_point([1.0]), "at least 2 numbers"),
    (lambda: level.fit_local_level([1, 1, 1]), "not all the same"),
    (lambda: marks.mean_day_out(5, 0), "never runs out"),
])  # fmt: skip
def test_what_cannot_be_is_said(call, says):
    with pytest.raises(ValueError, match=says):
        call()
