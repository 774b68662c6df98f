"""Formulas against the plainest way to the same number, on small instances."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.stats import norm, poisson

from twinkit import inventory
from twinkit.inventory.service_stages import derive

costs = st.floats(0.1, 20.0)
quick = settings(max_examples=25, deadline=None)


def enumerated(level, h, p, mean):
    d = np.arange(200)
    return float(poisson.pmf(d, mean) @ (h * np.maximum(level - d, 0) + p * np.maximum(d - level, 0)))


@quick
@given(costs, costs, st.floats(0.2, 30.0), st.floats(-5.0, 60.0))
def test_newsvendor_poisson_by_enumeration(h, p, mean, level):
    assert inventory.newsvendor_poisson_cost(level, h, p, mean) == pytest.approx(enumerated(level, h, p, mean))
    best = inventory.newsvendor_poisson(h, p, mean)
    every = [enumerated(s, h, p, mean) for s in range(120)]
    assert best.cost == pytest.approx(min(every))
    assert every[int(best.level)] == pytest.approx(min(every))


@quick
@given(costs, costs, st.floats(1.0, 100.0), st.floats(0.1, 20.0), st.floats(-3.0, 3.0))
def test_newsvendor_normal_by_integration(h, p, mean, sd, away):
    level = mean + away * sd
    left = quad(lambda d: (level - d) * norm.pdf(d, mean, sd), mean - 9 * sd, level)[0]
    short = quad(lambda d: (d - level) * norm.pdf(d, mean, sd), level, mean + 9 * sd)[0]
    cost = inventory.newsvendor_normal_cost(level, h, p, mean, sd)
    assert cost == pytest.approx(h * left + p * short, rel=1e-6)
    assert inventory.newsvendor_normal(h, p, mean, sd).cost <= cost + 1e-9


def test_costs_take_many_levels():
    levels = np.array([40.0, 56.6, 70.0])
    many = inventory.newsvendor_normal_cost(levels, 0.18, 0.7, 50, 8)
    assert many.tolist() == [inventory.newsvendor_normal_cost(s, 0.18, 0.7, 50, 8) for s in levels]


@quick
@given(costs, costs, st.floats(0.0, 60.0), st.floats(0.2, 6.0), st.floats(0.0, 3.0))
def test_no_other_r_Q_is_cheaper(h, p, fixed, rate, lead_time):
    best = inventory.r_Q_poisson(h, p, fixed, rate, lead_time)
    assert best.cost == pytest.approx(inventory.r_Q_poisson_cost(*best[:2], h, p, fixed, rate, lead_time))
    for r in range(best.reorder_point - 4, best.reorder_point + 5):
        for q in range(max(1, best.quantity - 4), best.quantity + 5):
            assert inventory.r_Q_poisson_cost(r, q, h, p, fixed, rate, lead_time) >= best.cost - 1e-9


def s_S_as_a_chain(s, S, h, p, fixed, mean):
    """Long-run cost of (s, S) from the stationary share of every position at the start of a period."""
    low = s - 60
    places = np.arange(low, S + 1)
    after = np.where(places <= s, S, places)
    move = np.zeros((len(places), len(places)))
    for i, y in enumerate(after):
        d = np.arange(y - low + 1)
        move[i, y - d - low] = poisson.pmf(d, mean)
        move[i, 0] += poisson.sf(y - low, mean)
    share = np.linalg.lstsq(np.vstack([move.T - np.eye(len(places)), np.ones(len(places))]),
                            np.append(np.zeros(len(places)), 1.0), rcond=None)[0]  # fmt: skip
    rates = np.array([enumerated(y, h, p, mean) for y in after])
    return float(share @ (rates + fixed * (places <= s)))


@settings(max_examples=10, deadline=None)
@given(costs, costs, st.floats(0.0, 60.0), st.floats(0.3, 9.0))
def test_s_S_as_a_markov_chain_and_no_other_is_cheaper(h, p, fixed, mean):
    best = inventory.s_S_poisson(h, p, fixed, mean)
    assert best.cost == pytest.approx(s_S_as_a_chain(*best[:2], h, p, fixed, mean), rel=1e-6)
    for s in range(best.reorder_point - 4, best.reorder_point + 5):
        for level in range(max(s + 1, best.level - 4), best.level + 5):
            assert inventory.s_S_poisson_cost(s, level, h, p, fixed, mean) >= best.cost - 1e-9


def expected(f, y, kink, mean, sd):
    """E f(y - D), D normal, by Gauss-Legendre on either side of the kink of f."""
    nodes, weights = np.polynomial.legendre.leggauss(120)
    total, middle = 0.0, min(max(kink, y - mean - 9 * sd), y - mean + 9 * sd)
    for a, b in ((y - mean - 9 * sd, middle), (middle, y - mean + 9 * sd)):
        x = (a + b) / 2 + (b - a) / 2 * nodes
        total += (b - a) / 2 * (weights @ (f(x) * norm.pdf(x, y - mean, sd)))
    return float(total)


def test_serial_by_integration():
    # Example 6.1 without a grid: stage 1 in closed form, stage 2 by quadrature, stage 3 on a polynomial of it.
    p, first = 37.12, inventory.newsvendor_normal(3, 37.12 + 4, 5, 1)  # slope h₁ above, p + h₂ + h₃ below

    def one(x):
        x = np.minimum(x, first.level)
        return 3 * (x - 5) + (p + 7) * inventory.normal_loss(x, 5, 1)

    def two(y):
        return expected(lambda x: 2 * x + one(x), y, first.level, 5, 1)

    second = minimize_scalar(two, bounds=(11.5, 12.5), method="bounded", options={"xatol": 1e-6}).x
    smooth = np.polynomial.Chebyshev.interpolate(np.vectorize(two), 80, [-5.0, second])

    def three(y):
        return expected(lambda x: 2 * x + smooth(np.clip(x, -5.0, second)), y, second, 10, 2**0.5)

    third = minimize_scalar(three, bounds=(22, 24), method="bounded", options={"xatol": 1e-6})
    best = inventory.serial_normal([7, 4, 2], p, [1, 1, 2], 5, 1)
    assert best.echelon_levels == pytest.approx((first.level, second, third.x), abs=3e-3)
    assert best.cost == pytest.approx(third.fun, abs=3e-4)


@quick
@given(
    st.lists(st.floats(0.2, 3.0), min_size=1, max_size=3),
    st.lists(st.integers(0, 3), min_size=3, max_size=3),
    st.floats(1.0, 30.0),
    st.floats(0.5, 6.0),
)
def test_no_other_serial_levels_are_cheaper(steps, leads, p, mean):
    holding = np.cumsum(steps)[::-1].tolist()
    known = holding, p, leads[: len(holding)], mean
    best = inventory.serial_poisson(*known)
    assert inventory.serial_poisson_cost(best.echelon_levels, *known).cost == pytest.approx(best.cost)
    for j in range(len(holding)):
        for away in (-2, -1, 1, 2):
            other = list(best.echelon_levels)
            other[j] += away
            assert inventory.serial_poisson_cost(other, *known).cost >= best.cost - 1e-9


def test_one_stage_in_a_row_is_a_base_stock():
    best = inventory.serial_normal([0.18], 0.7, [5], 50, 8)
    alone = inventory.base_stock_normal(0.18, 0.7, 50, 8, 5, order_after_demand=True)
    assert best.cost == pytest.approx(alone.cost, rel=1e-4)
    assert best.local_levels[0] == pytest.approx(alone.level, abs=0.05)
    count = inventory.serial_poisson([1], 4, [3], 2)
    assert count.echelon_levels == (8,)
    assert count.cost == pytest.approx(inventory.newsvendor_poisson(1, 4, 6).cost)


def test_lost_sales_with_one_place_is_a_birth_and_death():
    # S = 1, L = 1: the unit is sold with chance q = 1 - exp(-λ), is away for the next period, and is back.
    q = 1 - np.exp(-0.5)
    here = 1 / (1 + q)
    found = inventory.lost_sales_poisson_cost(1, 1.0, 4.0, 0.5, 1)
    sold = here * q
    assert found.cost == pytest.approx(1.0 * here * (1 - q) + 4.0 * (0.5 - sold))
    assert found.fill_rate == pytest.approx(sold / 0.5)


def test_lost_sales_without_a_lead_time_is_a_newsvendor():
    assert inventory.lost_sales_poisson(1, 4, 5, 0)[:2] == pytest.approx(inventory.newsvendor_poisson(1, 4, 5))


def test_lost_sales_with_many_states_are_those_of_a_plain_loop():
    luck, worlds, lead = np.random.default_rng(3), 4000, 4
    here, way, cost = np.full(worlds, 5), [np.full(worlds, 5)] * lead, []
    for period in range(340):
        here = here + way.pop(0)
        way.append(25 - here - sum(way))
        asked = luck.poisson(5, worlds)
        if period >= 40:
            cost.append((np.maximum(here - asked, 0) + 4 * np.maximum(asked - here, 0)).mean())
        here = np.maximum(here - asked, 0)
    assert inventory.lost_sales_poisson_cost(25, 1, 4, 5, lead).cost == pytest.approx(np.mean(cost), rel=0.004)


@pytest.mark.parametrize("lead_time", [1, 2])
def test_no_other_lost_sales_level_is_cheaper(lead_time):
    best = inventory.lost_sales_poisson(1, 9, 2, lead_time)
    every = [inventory.lost_sales_poisson_cost(s, 1, 9, 2, lead_time).cost for s in range(15)]
    assert best.cost == min(every)
    assert every[0] == pytest.approx(9 * 2)


@quick
@given(costs, costs, st.floats(0.01, 0.9), st.floats(0.05, 1.0), st.floats(-1.0, 12.0))
def test_supply_disruptions_by_summation(h, p, fail, recover, level):
    known = h, p, 1.0, fail, recover
    n = np.arange(2000)
    share = np.where(n == 0, recover, fail * recover * (1 - recover) ** np.maximum(n - 1.0, 0)) / (fail + recover)
    cost = float(share @ (h * np.maximum(level - n - 1, 0) + p * np.maximum(n + 1 - level, 0)))
    assert inventory.supply_disruptions_cost(level, *known) == pytest.approx(cost)
    best = inventory.supply_disruptions(*known)
    assert best.cost <= cost + 1e-9


@quick
@given(st.floats(1, 50), st.floats(0.05, 0.5), st.floats(50, 2000), st.floats(0.5, 2.0))
def test_no_other_lot_is_cheaper(fixed, rate, demand, factor):
    best = inventory.eoq(fixed, rate, demand)
    assert inventory.eoq_cost(best.quantity * factor, fixed, rate, demand) >= best.cost - 1e-9
    starts, units = [0, 100, 300], [1.0, 0.9, 0.85]
    lots = np.linspace(1, 3000, 3000)
    unit = np.array(units)[np.searchsorted(starts, lots, side="right") - 1]
    every = unit * demand + fixed * demand / lots + rate * unit * lots / 2
    assert inventory.all_units_discount(fixed, rate, demand, starts, units).cost <= every.min() + 1e-9
    paid = np.where(lots < 100, lots, np.where(lots < 300, 100 + 0.9 * (lots - 100), 280 + 0.85 * (lots - 300)))
    every = paid / lots * demand + fixed * demand / lots + rate * paid / 2
    found = inventory.incremental_discount(fixed, rate, demand, starts, units).cost
    assert found <= every.min() + 1e-9
    assert found == pytest.approx(every.min(), rel=1e-3)


@quick
@given(st.lists(st.integers(0, 40), min_size=1, max_size=7), st.data())
def test_wagner_whitin_by_trying_every_set_of_periods(demand, data):
    n = len(demand)
    fixed, hold, price = (data.draw(st.lists(st.floats(0, 50), min_size=n, max_size=n)) for _ in range(3))
    found = []
    for chosen in itertools.product([0, 1], repeat=n):
        if demand[0] and not chosen[0]:
            continue
        starts = [t for t in range(n) if chosen[t]]
        if any(d and not [s for s in starts if s <= t] for t, d in enumerate(demand)):
            continue
        cost = sum(
            d * (price[max(s for s in starts if s <= t)] + sum(hold[max(s for s in starts if s <= t) : t]))
            for t, d in enumerate(demand) if d
        )  # fmt: skip
        used = {max(s for s in starts if s <= t) for t, d in enumerate(demand) if d}
        found.append(cost + sum(fixed[s] for s in used))
    plan = inventory.wagner_whitin(demand, fixed, hold, price)
    assert plan.cost == pytest.approx(min(found), abs=1e-9)
    assert plan.orders.sum() == sum(demand) and (np.cumsum(plan.orders) >= np.cumsum(demand) - 1e-9).all()


def test_lots_under_disruptions_against_cycles_that_are_drawn():
    """Stock runs down; if the supplier is down then, the next lot waits until it is back, and what is asked for is lost."""
    rng, quantity, (fixed, hold, short, rate, fail, back) = np.random.default_rng(4), 500.0, (8, 0.225, 5, 1300, 1.5, 14)
    n, lasts = 400_000, 500.0 / 1300
    up, at = np.ones(n, bool), np.zeros(n)  # every cycle begins with an up supplier
    while (at < lasts).any():
        step = np.where(up, rng.exponential(1 / fail, n), rng.exponential(1 / back, n))
        over = at + step >= lasts
        at, up = np.where(at < lasts, at + step, at), np.where((at < lasts) & ~over, ~up, up)
    wait = np.where(up, 0.0, rng.exponential(1 / back, n))
    cost = fixed + hold * quantity * lasts / 2 + short * rate * wait
    formula = inventory.eoq_disruptions_cost(quantity, fixed, hold, short, rate, fail, back)
    ratio = cost.mean() / (lasts + wait.mean())
    error = np.std(cost - formula * (lasts + wait)) / np.sqrt(n) / (lasts + wait.mean())
    assert abs(ratio - formula) < 4 * error


@quick
@given(st.floats(1, 50), st.floats(0.05, 0.5), st.floats(50, 2000), st.floats(0.3, 3.0), st.floats(0.2, 3.0))
def test_no_other_lot_is_cheaper_where_supply_is_uncertain(fixed, rate, demand, factor, failures):
    known = fixed, rate, 5.0, demand, failures, 20.0
    best = inventory.eoq_disruptions(*known)
    assert inventory.eoq_disruptions_cost(best.quantity * factor, *known) >= best.cost * (1 - 1e-9)
    assert inventory.eoq_disruptions(*known[:4], 1e-9, 20.0).cost == pytest.approx(inventory.eoq(fixed, rate, demand).cost, rel=1e-4)
    same = inventory.eoq(fixed, rate, demand)
    assert inventory.eoq_additive_yield(fixed, rate, demand, 0, 0) == pytest.approx(same)
    assert inventory.eoq_multiplicative_yield(fixed, rate, demand, 1, 0) == pytest.approx(same)


@quick
@given(costs, costs, st.floats(20, 100), st.floats(-20, 20), st.floats(0.5, 10), st.floats(-2, 2))
def test_additive_yield_by_integration(h, p, demand, mean, sd, away):
    level = demand - mean + away * sd
    ends = mean - 9 * sd, demand - level, mean + 9 * sd
    left = quad(lambda y: (level + y - demand) * norm.pdf(y, mean, sd), ends[1], ends[2])[0]
    short = quad(lambda y: (demand - level - y) * norm.pdf(y, mean, sd), ends[0], ends[1])[0]
    cost = inventory.newsvendor_additive_yield_cost(level, h, p, demand, mean, sd)
    assert cost == pytest.approx(h * left + p * short, rel=1e-6, abs=1e-6)
    assert inventory.newsvendor_additive_yield(h, p, demand, mean, sd).cost <= cost * (1 + 1e-9)


@quick
@given(st.floats(-0.9, 0.95), st.floats(0.5, 9.0), st.floats(0.0, 9.0), st.integers(1, 12))
def test_demand_of_several_periods_spreads_as_its_covariances_say(correlation, sd, other, periods):
    stages = [
        inventory.Stage("make", 3),
        inventory.Stage("sell", 2, suppliers={"make": 2.0}, demand_mean=20.0, demand_sd=sd, autocorrelation=correlation),
        inventory.Stage("store", 1, suppliers=["make"], demand_mean=20.0, demand_sd=other),
    ]
    at = np.arange(periods)
    matrix = sd**2 * correlation ** np.abs(at[:, None] - at)
    derived = derive(stages)
    assert derived.sd_over("sell", periods)[-1] ** 2 == pytest.approx(matrix.sum())
    assert derived.sd_over("make", periods)[-1] ** 2 == pytest.approx(4 * matrix.sum() + other**2 * periods)
    plan = inventory.guaranteed_service(stages, 0.2, 2.0)
    for name, found in plan.stages.items():
        assert found.safety_stock == pytest.approx(2.0 * derived.sd_over(name, found.net_time)[-1])
