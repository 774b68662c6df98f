"""Chance against published test vectors and scipy's distributions."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats as st

from twinkit.chain.chain import Chain
from twinkit.chain.chance import (
    EXACT_UP_TO,
    KIND_CODES,
    count_quantile,
    count_quantiles,
    cut_at_zero,
    draw_value,
    key_of,
    normal_quantile,
    philox,
    uniform,
    uniforms,
)
from twinkit.tables.case import Case

ONES = 0xFFFFFFFF
# Known answers of philox4x32-10 in Random123 (Salmon et al. 2011): counter, key, words.
VECTORS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]  # fmt: skip
PROBABILITIES = np.concatenate([[1e-12, 1e-6, 0.5, 1 - 1e-9], np.linspace(0.001, 0.999, 333)])


@pytest.mark.parametrize(("counter", "key", "words"), VECTORS)
def test_philox_gives_the_published_words(counter, key, words):
    assert tuple(int(w) for w in philox(*map(np.uint64, counter), *map(np.uint64, key))) == words


def test_uniform_numbers_are_uniform_and_independent():
    key = np.uint64(key_of(1, "demand", "town"))
    u = np.array([[uniform(key, t, r, 0) for r in range(200)] for t in range(100)])
    assert st.kstest(u.ravel(), "uniform").pvalue > 0.001
    assert abs(np.corrcoef(u[:-1].ravel(), u[1:].ravel())[0, 1]) < 0.03
    assert abs(np.corrcoef(u[:, :-1].ravel(), u[:, 1:].ravel())[0, 1]) < 0.03


def test_an_address_gives_one_number():
    key = np.uint64(key_of(1, "demand", "town"))
    row = np.empty(8)
    uniforms(key, 5, 100, row)
    np.testing.assert_array_equal(row, [uniform(key, 5, 100 + r, 0) for r in range(8)])
    others = [key_of(2, "demand", "town"), key_of(1, "lead time", "town"), key_of(1, "demand", "towns")]
    assert len({key_of(1, "demand", "town"), *others}) == 4


def test_normal_quantile():
    ours = [normal_quantile(p) for p in PROBABILITIES]
    np.testing.assert_allclose(ours, st.norm.ppf(PROBABILITIES), atol=2e-13, rtol=1e-12)


@pytest.mark.parametrize(("mean", "variance"), [(0.3, 0.3), (6, 6), (150, 150), (50, 90), (5, 60)])
def test_counts_are_exact(mean, variance):
    law = st.poisson(mean) if variance == mean else st.nbinom(mean**2 / (variance - mean), mean / variance)
    p = PROBABILITIES[1:]
    np.testing.assert_array_equal([count_quantile(x, mean, variance) for x in p], law.ppf(p))
    many = p.copy()
    count_quantiles(many, mean, variance, np.zeros(4096))
    np.testing.assert_array_equal(many, law.ppf(p))


@pytest.mark.parametrize("mean", [EXACT_UP_TO + 1, 1000.0])
def test_large_counts_are_close(mean):
    p = PROBABILITIES[4:]
    found = np.array([count_quantile(x, mean, mean) for x in p])
    law = st.poisson(mean)
    assert np.abs(found - law.ppf(p)).max() <= 1
    assert (law.cdf(found - 2) < p).all()


@pytest.mark.parametrize(
    ("kind", "law"),
    [
        ("normal", st.norm(20, 3)),
        ("lognormal", st.lognorm(s=np.sqrt(np.log(1 + 0.0225)), scale=20 / np.sqrt(1.0225))),
        ("uniform", st.uniform(17, 6)),
    ],
)
def test_other_distributions(kind, law):
    found = [draw_value(KIND_CODES[kind], 20.0, 3.0, p) for p in PROBABILITIES[4:]]
    np.testing.assert_allclose(found, law.ppf(PROBABILITIES[4:]), rtol=1e-10)


def test_demand_is_never_negative():
    assert draw_value(KIND_CODES["normal"], 1.0, 10.0, 0.01) == 0


@pytest.mark.parametrize(("mean", "spread"), [(1.0, 2.0), (10.0, 10.0), (0.5, 0.5), (10.0, 4.5), (2.0, 12.0)])
def test_normal_values_cut_at_zero_keep_mean_and_spread(mean, spread):
    a, b = (float(f[0]) for f in cut_at_zero(np.array([mean]), np.array([spread])))
    values = np.maximum(0.0, a * mean + b * spread * st.norm.ppf((np.arange(400_000) + 0.5) / 400_000))
    assert values.mean() == pytest.approx(mean, rel=1e-3) and values.std() == pytest.approx(spread, rel=2e-3)


def test_a_cut_that_does_not_matter_changes_no_draw():
    a, b = cut_at_zero(np.array([50.0, 10.0, 3.0]), np.array([8.0, 3.0, 0.0]))
    assert a.tolist() == b.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(("mean", "spread"), [(300.0, 600.0), (250.0, 200.0), (5000.0, 5000.0), (1000.0, 200.0)])
def test_large_counts_keep_mean_and_spread(mean, spread):
    values = np.array([count_quantile(p, mean, spread**2) for p in (np.arange(20_000) + 0.5) / 20_000])
    assert values.mean() == pytest.approx(mean, rel=2e-3) and values.std() == pytest.approx(spread, rel=1e-2)


@pytest.mark.parametrize(
    "market",
    [{"demand": "constant", "mean": 0.4}, {"demand": "normal", "mean": 0.3, "spread": 0.1}, {"demand": "lognormal", "mean": 0.2, "spread": 0.2},
     {"demand": "poisson", "mean": 3, "season": 0.5}, {"demand": "uniform", "mean": 0.4, "spread": 0.1}],
)  # fmt: skip
def test_whole_units_keep_the_mean_of_demand(market):
    tables = {
        "sites": [{"site": "shop", "kind": "retailer"}], "products": [{"product": "tea"}],
        "stocks": [{"site": "shop", "product": "tea", "policy": "unlimited"}],
        "markets": [{"market": m, "site": "shop", "product": "tea", **market} for m in ("east", "west")],
    }  # fmt: skip
    chain = Chain(Case("whole", tables, {"periods": 365, "whole_units": True}), 64, record=["claims.asked"]).run()
    asked = chain.history("claims.asked")
    assert (asked == np.round(asked)).all() and asked.mean() == pytest.approx(market["mean"], rel=0.02)
    assert asked[:, 0].mean() == pytest.approx(market["mean"] * (1 + market.get("season", 0)), abs=0.3)
    assert not np.array_equal(asked[0], asked[1])
