"""Upkeep: fits and best ages against other ways of finding them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import CensoredData, weibull_min
from tiny_case import tiny_case

from twinkit.capabilities.upkeep.ageing import Weibull, best_age, best_age_interval, cost_rate, fit_weibull
from twinkit.capabilities.upkeep.condition import Wear, policies, policy
from twinkit.question import Plain, question_of
from twinkit.tables import CaseError, check_case, notes_of


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.6, 5.0), st.floats(1.0, 1000.0))
def test_a_fit_is_that_of_another_program(seed, shape, scale):
    luck = np.random.default_rng(seed)
    lives, limits = scale * luck.weibull(shape, 30), scale * luck.uniform(0.3, 2.0, 30)
    ended, stopped = lives[lives <= limits], limits[lives > limits]
    own = fit_weibull(ended, stopped)
    for other in (weibull_min.fit(CensoredData(ended, right=stopped), floc=0),):
        assert own.loglik >= weibull_min.logpdf(ended, other[0], 0, other[2]).sum() + weibull_min.logsf(stopped, other[0], 0, other[2]).sum() - 1e-6
        assert (own.shape, own.scale) == pytest.approx((other[0], other[2]), rel=1e-2)


@given(st.floats(1.2, 6.0), st.floats(1.0, 1e4), st.floats(1.5, 100.0) | st.floats(1e3, 1e8))
def test_no_other_age_costs_less(shape, scale, ratio):
    life = Weibull(shape, scale)
    best = best_age(life, 1.0, ratio)
    assert best.cost_rate <= best.run_to_failure == pytest.approx(ratio / life.mean)
    for factor in (0.5, 0.99, 1.01, 2.0):
        assert cost_rate(life, best.age * factor, 1.0, ratio) >= best.cost_rate * (1 - 1e-12)
    for age in scale * np.array([0.01, 0.1, 0.5, 1.0, 2.0, 5.0]):
        survives = float(life.survival(age))
        used = quad(lambda t: float(life.survival(t)), 0.0, age)[0]
        assert cost_rate(life, age, 1.0, ratio) == pytest.approx((survives + ratio * (1 - survives)) / used, rel=1e-6)
        assert cost_rate(life, age, 1.0, ratio) >= best.cost_rate * (1 - 1e-9)


def test_what_does_not_age_is_run_to_failure():
    assert np.isinf(best_age(Weibull(1.0, 50.0), 1.0, 10.0).age)
    assert np.isinf(best_age(Weibull(3.0, 50.0), 10.0, 10.0).age)


@pytest.mark.parametrize(("lives", "looked_at"), [(40, np.inf), (60, 45.0)])
def test_intervals_of_the_best_age_hold_it(lives, looked_at):
    """Of 60 samples, 95 % intervals hold the true best age nearly always; in the second one life in eight has ended."""
    life, held = Weibull(2.5, 100.0), 0
    true = best_age(life, 1.0, 8.0).age
    for seed in range(60):
        ages = life.scale * np.random.default_rng(seed).weibull(life.shape, lives)
        _, (low, high), _ = best_age_interval(ages[ages <= looked_at], np.minimum(ages, looked_at)[ages > looked_at], 1.0, 8.0, samples=120, seed=seed)
        held += low <= true <= high
    assert held >= 51  # binomial(60, 0.95): fewer than 51 has a chance below 0.3 %


def test_a_policy_costs_what_a_long_walk_costs():
    wear = Wear([[0.8, 0.15, 0.05, 0.0], [0.0, 0.7, 0.2, 0.1], [0.0, 0.0, 0.6, 0.4]], 20.0, 3.0, {2: 4.0, 3: 6.0}, 1.5)
    luck, cumulative = np.random.default_rng(1), np.cumsum(wear.transition, axis=1)
    state, cost, days = 1, 0.0, 0.0
    for chance in luck.random(60_000):
        if state == 4:
            cost, days, state = cost + 20.0, days + 3.0, 1
        elif state == 3:
            cost, days, state = cost + 6.0, days + 1.5, 1
        else:
            days, state = days + 1.0, 1 + int(np.searchsorted(cumulative[state - 1], chance))
    assert policy(wear, [3]).cost_rate == pytest.approx(cost / days, rel=0.03)
    found = policies(wear)
    assert len(found) == 4 and found[0].cost_rate == min(p.cost_rate for p in found)
    assert all(p.shares.sum() == pytest.approx(1.0) for p in found)
    with pytest.raises(ValueError, match=r"adds up to 0.9"):
        Wear([[0.8, 0.1]], 1.0, 1.0, {})


def test_a_machine_that_ends_up_in_one_of_several_states_counts_each_with_its_chance():
    wear = Wear([[0.5, 0.2, 0.3, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]], 20.0, 3.0, {2: 4.0, 3: 6.0}, 1.5)
    assert policy(wear, []).shares == pytest.approx([0.0, 0.4, 0.6, 0.0])
    assert policy(wear, [2]).shares == pytest.approx([0.0, 0.0, 1.0, 0.0])  # repaired until it comes into the state that is never left
    assert policy(wear, [2, 3]).cost_rate == pytest.approx((0.4 * 4 + 0.6 * 6) / (2 + 1.5))


def test_machines_of_a_case():
    lives = [{"machine": m, "part": str(i), "age": a, "failed": i != 3} for m in ("press", "saw") for i, a in enumerate((31, 39, 57, 80, 65, 105))]
    machines = [{"machine": "press", "preventive_cost": 1, "failure_cost": 10}, {"machine": "saw", "preventive_cost": 2, "failure_cost": 2}]
    case = tiny_case().replace(machines=machines, lives=lives)
    assert check_case(case) == []
    assert [str(n) for n in notes_of(case) if "planning never pays" in str(n)]
    question = question_of("upkeep")(Plain(case), samples=100)
    answer = str(question.tell(question.run()))
    assert "press: replace its part at an age of" in answer and "saw: run to failure" in answer
    few = case.replace(lives=lives[:1] + lives[6:])
    with pytest.raises(CaseError, match=r"press.*at least two failures"):
        question_of("upkeep")(Plain(few)).run()
