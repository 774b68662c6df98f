"""The forecast felt in the chain: the policy against a plain loop, its state, and what less error is worth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtri
from tiny_case import tiny_case

import twinkit
from twinkit.capabilities.demand import in_chain
from twinkit.capabilities.demand.worth import NOW, SHORT, demand_of, errors_of, figure, forecast_rows
from twinkit.chain.plan import plan_of
from twinkit.question import Plain, question_of
from twinkit.run.scenario import Scenario
from twinkit.tables import CaseError, check_case, notes_of

LEAD = 3


def case(method="ses", history=40, day="order_after_demand", periods=60, **stock):
    """One shop with a forecast, a source that has everything, demand that wanders."""
    luck = np.random.default_rng(4)
    rows = [{"market": "town", "product": "tea", "period": t, "units": u} for t, u in enumerate(np.round(luck.normal(20, 4, history), 2))]
    return tiny_case().replace(
        sites=[{"site": "shop", "kind": "retailer"}, {"site": "farm", "kind": "supplier"}], products=[{"product": "tea", "value": 5.0}],
        stocks=[{"site": "shop", "product": "tea", "policy": "forecast", "forecast_method": method, "cycle_service": 0.9, "holding_cost": 1.0, "backlog_cost": 9.0, **stock},
                {"site": "farm", "product": "tea", "policy": "unlimited"}],
        lanes=[{"origin": "farm", "destination": "shop", "product": "tea", "lead_time": LEAD}],
        markets=[{"market": "town", "site": "shop", "product": "tea", "demand": "normal", "mean": 20.0, "spread": 5.0, "autocorrelation": 0.5}],
        events=[], history=rows, settings={"periods": periods, "day": day},
    )  # fmt: skip


@pytest.mark.parametrize("day", ["order_after_demand", "order_first"])
def test_the_policy_is_that_of_a_plain_loop(day):
    """Level by smoothing, errors of sums that do not overlap, those of the history first: one number at a time."""
    given, first = case(smoothing=0.3, review_period=2, day=day), day == "order_first"
    chain = twinkit.Chain(given, replications=3, record=["stocks.incoming", "stocks.ordered"]).run()
    past, span = given["history"]["units"].tolist(), LEAD + 2 - 1 + first
    level, offs = past[0], []
    for t, d in enumerate(past):
        if t >= 13 and t + span <= len(past):
            offs.append(sum(past[t : t + span]) - span * level)
        level += 0.3 * (d - level)
    before, count = sum(o * o for o in offs) / len(offs), min(10.0, max(len(offs) / span, 1.0))
    asked, ordered = (chain.history(f"stocks.{name}")[_row(chain)] for name in ("incoming", "ordered"))
    for world in range(3):
        now, squares, n, said, came, left = level, 0.0, 0, span * level, 0.0, span if first else 0
        position = chain.plan.position[_row(chain)]
        for t in range(60):
            if t or not first:  # where orders come first, the newest demand is that of yesterday
                d = asked[t - first, world]
                position -= d
                now += 0.3 * (d - now)
                if left:
                    came, left = came + d, left - 1
                    if not left:
                        squares, n = squares + (came - said) ** 2, n + 1
                if not left:
                    said, came, left = span * now, 0.0, span
            target = span * now + ndtri(0.9) * math.sqrt((count * before + squares) / (count + n))
            order = max(0.0, target - position) if t % 2 == 0 else 0.0
            assert ordered[t, world] == pytest.approx(order, abs=1e-6), (world, t)
            position += order


def _row(chain):
    stocks = chain.plan.net.stocks
    return int(np.flatnonzero((stocks["site"] == "shop").to_numpy())[0])


@pytest.mark.parametrize(("method", "day"), [*((w, "order_after_demand") for w in in_chain.WAYS), ("ses", "order_first"), ("moving_average", "order_first")])
def test_every_method_runs_on_both_days_and_a_run_goes_on_as_if_it_had_not_stopped(method, day):
    given = case(method, day=day, season_periods=7, periods=40)
    chain = twinkit.Chain(given, replications=4, record=["stocks.ordered"]).run(17)
    kept, fork = chain.snapshot(), chain.branch()
    whole = chain.run().history("stocks.ordered").copy()
    chain.restore(kept)
    np.testing.assert_array_equal(chain.run().history("stocks.ordered"), whole)
    np.testing.assert_allclose(fork.run().history("stocks.ordered")[:, 17:], whole[:, 17:])
    alone = twinkit.Chain(given, replications=1, first=2, record=["stocks.ordered"]).run()
    np.testing.assert_allclose(alone.history("stocks.ordered")[..., 0], whole[..., 2])
    assert np.isfinite(whole).all() and whole.sum() > 0


def test_without_a_history_it_learns_in_the_run():
    given = case("ses", history=0, periods=300)
    assert not check_case(given)
    found = twinkit.ensemble(given, Scenario("as is"), 16)["as is"].kpis
    assert 0.8 < found["cycle service level"].mean() < 0.99  # meant for 0.9


@pytest.mark.parametrize("shift", [0, -90, -104])
def test_a_season_of_the_history_is_foreseen(shift):
    """Wherever the history lies: from the first period of the run on, or before it."""
    t = np.arange(104)
    wave = [{"market": "town", "product": "tea", "period": int(i) + shift, "units": float(u)} for i, u in zip(t, 20 + 10 * np.sin(2 * np.pi * t / 26), strict=True)]
    given = case("ses", season_periods=26).replace(history=wave)
    start = in_chain._rows(in_chain.start_of(plan_of(given)), np.array([_row_of(given)]))
    state = in_chain.begin(start, 1)
    said = [in_chain.promised(start, state, 104 + shift, k)[0, 0] for k in range(1, 27)]
    np.testing.assert_allclose(np.diff([0, *said]), 20 + 10 * np.sin(2 * np.pi * (104 + np.arange(26)) / 26), rtol=0.02)


def _row_of(given):
    stocks = plan_of(given).net.stocks
    return int(np.flatnonzero((stocks["site"] == "shop").to_numpy())[0])


def test_tables_say_what_the_policy_cannot_do():
    said = "\n".join(map(str, check_case(case("moving_average", forecast_window=40))))
    assert "is longer than 26 periods" in said
    assert "Did you mean" in "\n".join(map(str, check_case(case("sess"))))
    said = "\n".join(map(str, notes_of(case("naive", forecast_window=4, smoothing=0.3, forecast_start=9, season_periods=30))))
    for part in ("only the method moving_average", "has no constant", "tells where the forecast begins", "the shape of a season needs two"):
        assert part in said
    assert not [n for n in notes_of(case("moving_average", forecast_window=4, season_periods=7)) if n.table == "stocks"]


@pytest.fixture(scope="module")
def worth():
    given = case("naive", periods=120).replace(settings={"periods": 120, "warm_up": 20})
    return twinkit.better_forecast(given, ["naive", "ses"], replications=24)


def test_less_error_means_less_stock_and_better_service(worth):
    costs = [figure(one, SHORT).mean() for one in worth.foresight.values()]
    assert costs == sorted(costs, reverse=True)
    perfect = worth.foresight[1.0]
    assert perfect.kpis["fill rate"].min() > 0.999  # what will come is known, so nothing is short …
    assert perfect.kpis["inventory"].mean() < 0.2 * worth.foresight[0.0].kpis["inventory"].mean()  # … and nothing is kept
    naive, ses = (worth.outcomes[m].kpis["bullwhip ratio"].mean() for m in ("naive", "ses"))
    assert naive > ses > 1


def test_as_it_is_with_the_same_method_is_the_same_run(worth):
    np.testing.assert_array_equal(worth.outcomes[NOW].kpis["inventory"], worth.outcomes["naive"].kpis["inventory"])


def test_its_error_is_that_of_the_forecast_in_the_run(worth):
    given = worth.case
    chain = twinkit.Chain(given, replications=5, record=["stocks.incoming", "stocks.forecast"]).run()
    asked, said = (chain.history(f"stocks.{n}")[_row(chain)] for n in ("incoming", "forecast"))
    off = np.abs(asked[20:] - said[19:-1]).sum(axis=0) / asked[20:].sum(axis=0)
    np.testing.assert_allclose(worth.accuracy["naive"][0, :5], off, rtol=1e-9)
    rows = forecast_rows(plan_of(given))
    again = errors_of(plan_of(given), rows, demand_of(worth.outcomes[NOW], rows), 20)
    np.testing.assert_allclose(again, worth.accuracy["naive"])


def test_the_question_tells_it_in_sentences_and_refuses_in_sentences(worth):
    question = question_of("better_forecast")
    told = str(question.tell(worth))
    assert "A forecast with half the error saves" in told and "Methods in the chain" in told
    assert "at least one" in question(Plain(worth.case), methods=[]).problems()[0]
    assert "Did you mean 'ses'" in question(Plain(worth.case), methods=["sess"]).problems()[0]
    with pytest.raises(CaseError, match="no way for a stock to forecast"):
        twinkit.better_forecast(worth.case, ["arima"])
