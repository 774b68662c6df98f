"""Forecasts, their errors and their sums, against published scores, definitions and a library."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from twinkit.capabilities.demand import backtest, measures, methods, reconcile
from twinkit.capabilities.demand import smoothing as codes
from twinkit.run.engines import Cancelled

LUCK = np.random.default_rng(11)
SEASONAL = 100 + 30 * np.sin(2 * np.pi * np.arange(96) / 12) + LUCK.normal(0, 5, (4, 96))


def m3_other() -> list[tuple[int, np.ndarray]]:
    lines = (Path(__file__).parent / "m3_other.csv").read_text(encoding="utf-8").splitlines()
    rows = [[float(v) for v in line.split(",")] for line in lines if not line.startswith("#")]
    return [(int(row[0]), np.array(row[1:])) for row in rows]


def test_naive_has_the_score_that_the_m3_competition_published():
    found = []
    for horizon, y in m3_other():
        said = methods.forecast(y[None, :-horizon], "naive", horizon).mean[0]
        found.append(measures.symmetric_percentage_error(y[-horizon:], said))
    assert len(found) == 174
    assert np.mean(found) == pytest.approx(6.30, abs=0.01)  # Makridakis & Hibon (2000), table of "other" series, Naive2


def test_smoothing_agrees_with_statsmodels():
    from statsmodels.tsa.holtwinters import Holt, SimpleExpSmoothing

    y = np.cumsum(np.random.default_rng(3).normal(0.4, 1, 60)) + 50
    p = np.zeros(8)
    codes.fit_ses(y, p)
    theirs = SimpleExpSmoothing(y, initialization_method="estimated").fit()
    assert p[codes.SSE] <= theirs.sse * (1 + 1e-5)  # the same minimum; ours keeps its constant below 0.9999
    fixed = Holt(y, initialization_method="known", initial_level=y[0], initial_trend=y[1] - y[0]).fit(smoothing_level=0.6, smoothing_trend=0.3, optimized=False)
    ours = methods.codes_paths(y, codes.HOLT, 1, 5, alpha=0.6, beta=0.3)[-1]
    np.testing.assert_allclose(ours, fixed.forecast(5), rtol=1e-10)
    np.testing.assert_allclose(methods.forecast(y[None], "holt_0.6_0.3", 5).mean[0], ours, rtol=1e-10)


def test_size_and_chance_of_rare_demand_have_constants_of_their_own():
    """TSB by hand: sizes 3, 9, 1.5 with 0.2; the chance, of every period, with 0.1."""
    y, size, chance = np.array([0.0, 3, 0, 0, 0, 0, 9, 0, 1.5]), 3 + 0.2 * (9 - 3), 0.0
    for asked in y[1:] > 0:
        chance += 0.1 * (asked - chance)
    assert methods.forecast(y[None], "tsb_0.2_0.1", 1).mean[0, 0] == pytest.approx((size + 0.2 * (1.5 - size)) * chance)
    assert methods.forecast(y[None], "croston_0.2_0.2", 1).mean == pytest.approx(methods.forecast(y[None], "croston_0.2", 1).mean)


def test_the_start_of_smoothing_is_that_of_least_squares():
    y = np.array([3.0, 9.0, 4.0, 12.0, 8.0, 15.0])
    p = np.zeros(8)
    p[codes.ALPHA], p[codes.BETA], p[codes.PHI] = 0.3, 0.2, 0.9
    least = codes.best_start(y, p, True)
    lines, waves = np.zeros((7, 2)), np.zeros(6)
    for dl, db in ((0, 0), (0.1, 0), (-0.1, 0), (0, 0.1), (0, -0.1)):
        lines[0] = p[codes.LEVEL] + dl, p[codes.TREND] + db
        error = codes.smooth(y, p, 0, lines, waves)
        assert error == pytest.approx(least) if (dl, db) == (0, 0) else error > least


@pytest.mark.parametrize("name", [m for m in methods.METHODS if m != "arima"])
def test_a_forecast_knows_nothing_of_later_values(name):
    y = SEASONAL.copy()
    assert backtest.sees_later_values(y, [name], 6, 12) == []
    np.testing.assert_array_equal(y, SEASONAL)


def test_a_method_that_looks_ahead_is_caught():
    y = SEASONAL.copy()

    def leaky(known, horizon, season):
        return y[:, known.shape[1] : known.shape[1] + horizon]

    assert backtest.sees_later_values(y, {"honest": lambda k, h, s: np.repeat(k[:, -1:], h, axis=1), "leaky": leaky}, 6) == ["leaky"]


def test_what_a_regression_is_told_of_the_future_is_what_was_known_then():
    asked = []

    def known_at(origin):
        asked.append(origin)
        x = np.zeros((1, 60 + 4, 1))
        x[0, ::7, 0] = 1.0
        return x

    y = (50 + 20 * (np.arange(60) % 7 == 0) + np.random.default_rng(1).normal(0, 2, 60))[None]
    tested = backtest.backtest(y, ["ses", "regression"], 4, origins=6, regressors=known_at)
    scores = tested.scores().set_index("method")["rmse"]
    assert asked == tested.origins
    assert scores["regression"] < 0.5 * scores["ses"]


def test_the_choice_is_scored_by_what_was_known_then():
    y = np.concatenate([np.tile([10.0, 30.0], 20), np.full(20, 20.0)])[None]  # the season ends: what was best before is not best after
    tested = backtest.backtest(y, ["naive", "seasonal_naive", "mean"], 1, 2, origins=range(30, 60))
    for j, origin in enumerate(tested.origins):
        earlier = [i for i, o in enumerate(tested.origins) if o + 1 <= origin]
        if earlier:
            off = [(tested.errors(m)[earlier, 0, 0] ** 2).mean() for m in tested.methods[:-1]]
            assert off[tested.chosen_at[j, 0]] == min(off)
    best = tested.scores().set_index("method")["rmse"]
    assert best[backtest.CHOSEN] >= best.drop(backtest.CHOSEN).min()


def test_the_spread_of_a_sum_is_that_of_sums_and_no_square_root():
    walk = np.cumsum(np.random.default_rng(5).normal(0, 1, (40, 200)), axis=1) + 500
    found = methods.forecast(walk, "naive", 9)
    steps = np.arange(1, 10)
    theory = np.sqrt(steps * (steps + 1) * (2 * steps + 1) / 6)  # of the sum of a random walk over L periods
    np.testing.assert_allclose(found.of_sum.mean(axis=0), theory, rtol=0.12)
    assert found.of_sum[:, 8].mean() > 4 * found.of_one[:, 0].mean() * np.sqrt(9) / 3
    again = backtest.backtest(walk, ["naive"], 9, origins=30, step=4)
    np.testing.assert_allclose(np.sqrt((again.errors_of_sum("naive") ** 2).mean()), theory[-1], rtol=0.15)


def test_intervals_hold_what_they_say():
    y = np.random.default_rng(7).normal(100, 15, (60, 120))
    scores = backtest.backtest(y, ["ses", "mean"], 5, origins=10).scores().set_index("method")
    assert scores["coverage"].between(0.74, 0.86).all()
    assert scores.loc["mean", "mae"] < scores.loc["ses", "mae"] * 1.02


def test_intervals_of_sums_hold_what_they_say():
    """They are as wide as the errors of sums at the origins were: those within the past of a fit say too little of sums."""
    t, luck = np.arange(66), np.random.default_rng(12)
    moving = np.cumsum(luck.normal(0, 3, (100, 66)) + np.cumsum(luck.normal(0, 0.5, (100, 66)), axis=1), axis=1)  # a level and a trend that wander
    for y in (100 + luck.normal(0, 20, (100, 66)), 500 + np.cumsum(luck.normal(0, 5, (100, 66)), axis=1), (50 + 2 * t) + luck.normal(0, 10, (100, 66)),
              300 + moving + luck.normal(0, 10, (100, 66))):  # fmt: skip
        tested = backtest.backtest(y[:, :60], ["naive", "moving_average", "ses", "damped"], 6, origins=12, step=3)
        found, total = backtest.last_forecast(y[:, :60], tested, 6), np.cumsum(y[:, 60:], axis=1)
        low, high = tested.quantiles_around(0.8)
        held = ((total >= found.sums[:, low]) & (total <= found.sums[:, high])).mean(axis=0)
        assert held.min() > 0.7 and 0.75 < held.mean() < 0.92, held


@pytest.mark.parametrize("method", ["mean", "ses", "holt", "theta", "holt_winters"])
def test_intervals_of_a_fit_hold_what_they_say(method):
    """Without a back-test, too: few errors that share periods, of constants that were fitted to them, are not as far as those to come."""
    t, luck = np.arange(66), np.random.default_rng(3)
    line, season = luck.normal(1, 2, (300, 1)) * t, 60 * np.sin(2 * np.pi * t / 12 + luck.uniform(0, 6, (300, 1)))
    y = 300 + luck.normal(0, 20, (300, 66)) + (season if method == "holt_winters" else 0 if method in ("mean", "ses") else line)
    found = methods.forecast(y[:, :60], method, 6, 12 if method == "holt_winters" else 1, levels=(0.1, 0.9))
    came, total = y[:, 60:], np.cumsum(y[:, 60:], axis=1)
    for values, ends in ((came, found.quantiles), (total, found.sums)):
        held = ((values >= ends[:, 0]) & (values <= ends[:, 1])).mean(axis=0)
        assert held.min() > 0.72 and 0.76 < held.mean() < 0.91, held


def test_what_errors_are_worth():
    """Nine exponential errors: the next stays below the largest with 9/10, whatever their distribution; sums that overlap are worth less."""
    luck, below = np.random.default_rng(1), []
    for _ in range(2000):
        errors, out = luck.exponential(1.0, 10) - 1.0, np.empty(2)
        codes.quantiles_of(errors[:9].copy(), 9, 9.0, np.array([0.5, 0.9]), out)
        below.append(errors[9] <= out)
    np.testing.assert_allclose(np.mean(below, axis=0), [0.5, 0.9], atol=0.03)
    noise = luck.normal(0, 1, 4000)
    sums = np.convolve(noise, np.ones(6), "valid")
    assert codes.independent(noise, 4000, 5) > 3800
    theory = 1 + 2 * sum((1 - k / 6) ** 2 for k in range(1, 6))
    assert codes.independent(sums, len(sums), 5) == pytest.approx(len(sums) / theory, rel=0.1)


def test_an_interval_holds_its_forecast_and_a_method_that_lags_is_named():
    y = np.array([[100.0 + 3 * t + (7 * t) % 5 for t in range(60)]])
    tested = backtest.backtest(y, ["naive"], 6, origins=4)
    found = backtest.last_forecast(y, tested, 6)
    assert found.one_sided.tolist() == [1]  # it grows: what came was always more
    assert (found.quantiles[0, 0] <= found.mean[0]).all() and (found.sums[0, 0] <= np.cumsum(found.mean[0])).all()


def test_series_of_several_lengths_and_gaps():
    table = methods.table_of([[1, 2, 3], [5, np.nan, 7, 8, 9]])
    assert np.isnan(table[0, :2]).all()
    y, first, gaps = methods.filled(table)
    assert (first.tolist(), gaps.tolist(), y[1].tolist()) == ([2, 0], [0, 1], [5, 6, 7, 8, 9])
    found = methods.forecast(table, "ses", 3)
    alone = methods.forecast(np.array([[1.0, 2.0, 3.0]]), "ses", 3)
    np.testing.assert_allclose(found.mean[0], alone.mean[0])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=40), st.sampled_from([m for m in methods.METHODS if m != "arima"]), st.integers(1, 13))
def test_every_forecast_is_a_number_of_0_or_more(values, name, season):
    found = methods.forecast(np.array([values]), name, 4, season)
    assert np.isfinite(found.mean).all()
    assert (found.mean >= 0).all()
    known = found.quantiles[~np.isnan(found.quantiles)]
    assert (known >= 0).all()
    assert (np.diff(found.sums[0], axis=0)[~np.isnan(np.diff(found.sums[0], axis=0))] >= -1e-6).all()


def test_too_little_to_go_by_is_the_naive_forecast():
    for values in ([7.0], [7.0, 9.0]):
        assert methods.forecast(np.array([values]), "ets", 3).mean[0].tolist() == [values[-1]] * 3


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: methods.forecast(np.ones((1, 9)), "sess", 3), "Did you mean"),
        (lambda: methods.forecast(np.ones((1, 9)), "holt_0.8", 3), "there is no method"),
        (lambda: methods.forecast(np.ones((1, 9)), "ses", 0), "at least 1 period ahead"),
        (lambda: methods.forecast(np.full((2, 9), np.nan), "ses", 1), "series 1 has no values"),
        (lambda: methods.table_of([]), "no series"),
        (lambda: methods.table_of([[1.0], []]), "series 2 has no values"),
        (lambda: backtest.backtest(np.ones((1, 3)), ["ses"], 3), "needs origins"),
        (lambda: backtest.backtest(np.ones((1, 9)), {"own": lambda k, h, s: k}, 2), "gave a forecast of shape"),
        (lambda: reconcile.mapping(np.ones((2, 2)), "ols"), "last rows"),
        (lambda: reconcile.mapping(np.vstack([np.ones(2), np.eye(2)]), "mint_sample"), "needs the errors"),
        (lambda: reconcile.mapping(np.vstack([np.ones(2), np.eye(2)]), "mint_sample", errors=np.ones((2, 3))), "Take mint_shrink"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_a_back_test_can_be_stopped_and_tells_how_far_it_is():
    told, stop = [], threading.Event()
    backtest.backtest(SEASONAL, ["naive", "ses"], 3, origins=4, progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (2 * 4 * 4, 2 * 4 * 4)
    assert [d for d, _ in told] == sorted(d for d, _ in told)
    stop.set()
    with pytest.raises(Cancelled):
        backtest.backtest(SEASONAL, ["naive"], 3, cancel=stop)


def test_the_season_is_the_medial_mean_of_ratios_to_the_centred_average():
    season, luck = np.array([0.7, 1.0, 1.5, 0.8]), np.random.default_rng(9)
    y = np.tile(season, 8) * (100 + np.arange(32)) * luck.lognormal(0, 0.02, 32)
    y[10] *= 3.0  # one promotion is no season
    centre = np.array([(y[t - 2] / 2 + y[t - 1] + y[t] + y[t + 1] + y[t + 2] / 2) / 4 for t in range(2, 30)])
    ratio, index = y[2:30] / centre, np.empty(4)
    by_hand = np.array([np.sort(ratio[(np.arange(2, 30) % 4) == j])[1:-1].mean() for j in range(4)])
    codes.seasonal_indices(y, 4, True, index)
    np.testing.assert_allclose(index, by_hand / by_hand.mean())
    np.testing.assert_allclose(index, season, rtol=0.08)


def test_seasons_that_grow_with_the_level_are_foreseen_and_the_forecast_is_the_mean():
    season, luck, t = np.array([0.6, 1.0, 1.5, 0.9]), np.random.default_rng(21), np.arange(40)
    rows = 100 * 1.02**t * season[t % 4] * luck.lognormal(0, 0.01, (20, 40))
    for name in ("holt_winters", "ets"):
        said = methods.forecast(rows[:, :32], name, 8, 4).mean
        np.testing.assert_allclose(said.mean(axis=0), 100 * 1.02 ** t[32:] * season[t[32:] % 4], rtol=0.04)
    skewed = 100 * luck.lognormal(0, 0.8, (60, 40))  # the mean is 1.38 times the median
    assert methods.forecast(skewed, "ets", 4).mean.mean() == pytest.approx(100 * np.exp(0.32), rel=0.08)
    with_0 = np.where(np.arange(40) % 4 == 0, 0.0, rows)
    assert methods.forecast(with_0[:, :32], "holt_winters", 4, 4).mean[:, 0] == pytest.approx(0.0, abs=12.0)


# --- reconciliation against its definitions

S = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1], *np.eye(4)], float)
ERRORS = np.random.default_rng(2).normal(0, 1, (50, 7)) * [4, 3, 2, 1, 1, 2, 1] + np.random.default_rng(4).normal(0, 1, (50, 1))
BASE = np.array([100.0, 55.0, 50.0, 30.0, 20.0, 26.0, 22.0])


@pytest.mark.parametrize("method", ["bottom_up", "ols", "wls_structural", "wls_variance", "mint_sample", "mint_shrink"])
def test_reconciled_forecasts_add_up_and_are_unbiased(method):
    g = reconcile.mapping(S, method, errors=ERRORS)
    np.testing.assert_allclose(S @ g @ S, S, atol=1e-9)  # unbiased: what adds up is left as it is
    found = reconcile.reconciled(BASE, S, method, errors=ERRORS)
    np.testing.assert_allclose(found, S @ found[3:], atol=1e-9)


def test_ols_is_the_nearest_forecast_that_adds_up_and_mint_has_the_least_variance():
    nearest = S @ np.linalg.lstsq(S, BASE, rcond=None)[0]
    np.testing.assert_allclose(reconcile.reconciled(BASE, S, "ols"), nearest)
    w = reconcile.covariance(ERRORS)
    variance = {}
    for method in ("bottom_up", "ols", "wls_structural", "wls_variance", "mint_sample"):
        sg = S @ reconcile.mapping(S, method, errors=ERRORS)
        variance[method] = np.trace(sg @ w @ sg.T)
    assert min(variance, key=variance.get) == "mint_sample"
    assert variance["mint_sample"] < variance["bottom_up"]


def test_errors_that_add_up_by_themselves_have_no_covariance_to_invert():
    leaves = np.random.default_rng(0).normal(size=(24, 4)) @ S.T  # those of the naive method
    assert reconcile.enough(ERRORS) and not reconcile.enough(leaves) and not reconcile.enough(leaves + 1e-8 * ERRORS[:24])
    with pytest.raises(ValueError, match="Take mint_shrink"):
        reconcile.reconciled(BASE, S, "mint_sample", errors=leaves)
    assert np.abs(reconcile.reconciled(BASE, S, "mint_shrink", errors=leaves) - BASE).max() < 3 * np.abs(BASE - S @ BASE[3:]).max()


def test_the_interval_of_an_effect_in_a_short_history_is_that_of_student():
    """Errors that do not carry over: a comparison of two means, of 19 observations (the first has none before it)."""
    luck = np.random.default_rng(1)
    x = np.zeros((20, 1))
    x[[3, 8, 14]] = 1.0
    y = luck.normal(size=20) + np.where(np.arange(20) % 2, 4.0, -4.0) + 9 * x[:, 0] - 5  # up and down: what is left over turns each period
    found = methods.regress(y, x, 1)[2]
    known = scipy.stats.ttest_ind(y[1:][x[1:, 0] == 1], y[1:][x[1:, 0] == 0]).confidence_interval()
    assert not found.ratio and (found.effect[0] - found.half[0], found.effect[0] + found.half[0]) == pytest.approx(tuple(known))


def test_wls_with_equal_weights_is_ols_and_top_down_keeps_the_total():
    np.testing.assert_allclose(reconcile.mapping(S, "wls_variance", weights=3 * np.eye(7)), reconcile.mapping(S, "ols"))
    past = np.array([[10.0, 20, 30, 40], [12, 18, 33, 37]])
    down = reconcile.reconciled(BASE, S, "top_down", past=past)
    assert down[0] == pytest.approx(100)
    np.testing.assert_allclose(down[3:], 100 * past.mean(axis=0) / past.mean(axis=0).sum())
    by_forecast = reconcile.reconciled(np.stack([BASE, 2 * BASE], axis=1), S, "top_down_forecasts")
    np.testing.assert_allclose(by_forecast[3:, 1], 200 * BASE[3:] / BASE[3:].sum())


def test_the_shrunken_covariance_keeps_its_diagonal_and_lies_between():
    full, shrunk = reconcile.covariance(ERRORS), reconcile.covariance(ERRORS, shrink=True)
    np.testing.assert_allclose(np.diag(full), np.diag(shrunk))
    off = ~np.eye(7, dtype=bool)
    ratio = shrunk[off] / full[off]
    assert np.ptp(ratio) < 1e-9
    assert 0 <= ratio[0] <= 1


def test_the_summing_matrix_of_products_and_markets():
    leaves = [("north", "tea"), ("north", "mate"), ("south", "tea")]
    matrix, names = reconcile.summing_matrix(leaves, [(), (0,), (1,)])
    assert names[:5] == [("", ""), ("north", ""), ("south", ""), ("", "tea"), ("", "mate")]
    np.testing.assert_array_equal(matrix @ [1, 2, 4], [7, 3, 4, 5, 2, 1, 2, 4])


# --- measures


def test_measures_by_hand():
    a, f = [10.0, 0.0, 20.0], [12.0, 1.0, 14.0]
    assert measures.weighted_percentage_error(a, f) == pytest.approx(9 / 30)
    assert measures.bias(a, f) == pytest.approx(3 / 30)
    assert measures.symmetric_percentage_error(a, f) == pytest.approx((200 * 2 / 22 + 200 + 200 * 6 / 34) / 3)
    assert measures.scaled_error(a, f, [1, 3, 2, 6]) == pytest.approx(3 / (7 / 3))
    assert measures.pinball_loss([10, 10], [8, 13], 0.9) == pytest.approx((0.9 * 2 + 0.1 * 3) / 2)
    assert measures.coverage([1, 5, 9], [0, 6, 9], [2, 7, 10]) == pytest.approx(2 / 3)
    assert np.isnan(measures.weighted_percentage_error([0, 0], [1, 1]))
    assert measures.root_scaled_error(a, f, [1, 3, 2, 6]) == pytest.approx(np.sqrt(41 / 3) / np.sqrt(21 / 3))
    assert measures.naive_scale([np.nan, 1, np.nan, 5, 6], 2) == 4.0  # what is missing joins no neighbours
    assert measures.coverage([1, 5, 9, 4], [0, 6, 9, np.nan], [2, 7, 10, 5]) == pytest.approx(2 / 3)
    assert measures.interval_score([5, 12], [4, 4], [8, 8], 0.8) == pytest.approx((4 + 4 + 10 * 4) / 2)
    q, levels = np.array([[2.0], [5.0], [9.0]]), (0.1, 0.5, 0.9)
    wis = (0.5 * 3 + 0.1 * measures.interval_score([8], q[0], q[2], 0.8)) / 1.5  # Bracher et al. (2021), their equation 2, K = 1
    assert measures.weighted_interval_score([8.0], q, levels) == pytest.approx(wis)


@pytest.mark.parametrize(
    ("series", "kind"),
    [([5, 6, 5, 6], "smooth"), ([1, 9, 1, 30], "erratic"), ([0, 0, 5, 0, 5], "intermittent"), ([0, 0, 1, 0, 30, 0], "lumpy"), ([0, 0], "none")],
)
def test_classes_of_demand(series, kind):
    assert measures.demand_class(series)[0] == kind


def test_value_added_is_against_the_step_before():
    actual = [10, 10, 10]
    found = measures.forecast_value_added(actual, {"naive": [14, 14, np.nan], "statistics": [12, 12, 12], "planner": [13, 13, 13]})
    assert [name for name, *_ in found] == ["naive", "statistics", "planner"]
    assert [added for *_, added in found][1:] == pytest.approx([0.2, -0.1])
