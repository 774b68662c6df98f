"""Tail risk against losses whose distribution is known: each occurrence of a risk costs the same."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

import twinkit
from twinkit.study.tail import TOO_FEW, tail_risk
from twinkit.tables import CaseError
from twinkit.tables.case import Case

YEARS, WORLDS, LEVEL = 4, 4096, 0.98
COST = {"fuel": 2.0, "strike": 8.0, "nothing": 0.0}
CHANCE = {"fuel": 0.3, "strike": 0.1, "nothing": 0.4}


def farm() -> Case:
    """Ten units a period, always delivered; five periods a year; freight of 0.4 a unit."""
    return Case("farm", {
        "sites": [{"site": "farm", "kind": "supplier"}, {"site": "shop", "kind": "retailer"}],
        "products": [{"product": "milk", "value": 1.0}],
        "stocks": [
            {"site": "farm", "product": "milk", "policy": "unlimited"},
            {"site": "shop", "product": "milk", "policy": "base_stock", "order_up_to": 40.0},
        ],
        "lanes": [{"origin": "farm", "destination": "shop", "product": "milk", "lead_time": 1.0, "transport_cost": 0.4}],
        "markets": [{"market": "town", "site": "shop", "product": "milk", "mean": 10.0, "price": 2.0}],
    }, {"periods": 5, "period_days": 73, "warm_up": 3})  # fmt: skip


def risk(name: str) -> twinkit.Risk:
    """A risk that makes freight dearer for one period, so that it costs what COST says."""
    row = twinkit.event_of("freight_increase", start=0, duration=1, severity=COST[name] / 4.0, event=name,
                           origin="farm", destination="shop")  # fmt: skip
    return twinkit.Risk(row, CHANCE[name])


RISKS = [risk(name) for name in COST]


def exact() -> tuple[np.ndarray, np.ndarray]:
    """Losses of all that can happen, the least first, and their chances."""
    counts = np.array(list(product(range(YEARS + 1), repeat=2)))
    losses = counts @ [COST["fuel"], COST["strike"]]
    chances = np.prod([binom.pmf(counts[:, i], YEARS, CHANCE[k]) for i, k in enumerate(("fuel", "strike"))], axis=0)
    order = np.argsort(losses)
    return losses[order], chances[order]


@pytest.fixture(scope="module", params=[1.0, 2.0])
def found(request):
    return tail_risk(farm(), RISKS, YEARS, worlds=WORLDS, tilt=request.param, seed=4)


def test_loss_is_what_the_occurrences_cost(found):
    happened = np.isfinite(found.starts).sum(axis=1)
    assert found.loss == pytest.approx(happened.T @ list(COST.values()), abs=1e-6)
    assert not found.censored.any()
    assert (found.starts[np.isfinite(found.starts)] >= 3).all()  # after the warm-up


def test_weights_make_up_for_what_is_drawn_too_often(found):
    assert found.weights.mean() == pytest.approx(1.0, abs=0.1)
    assert (found.effective == WORLDS) == bool((found.weights == 1).all())
    happens = np.isfinite(found.starts).mean(axis=1) @ found.weights / found.weights.sum()
    assert happens == pytest.approx(list(CHANCE.values()), abs=0.03)


def test_value_at_risk_and_expected_shortfall_are_those_of_the_distribution(found):
    losses, chances = exact()
    at = np.searchsorted(np.cumsum(chances), LEVEL)
    beyond = chances[at + 1 :].sum()
    shortfall = (losses[at + 1 :] @ chances[at + 1 :] + losses[at] * (1 - LEVEL - beyond)) / (1 - LEVEL)
    table = found.figures([LEVEL]).set_index("figure")
    for name, value in (("value at risk", losses[at]), ("expected shortfall", shortfall)):
        row = table.loc[name]
        assert row["low"] - 0.5 <= value <= row["high"] + 0.5
        assert row["money"] == pytest.approx(value, abs=2.0)
        assert not row["says"]


def test_importance_is_what_falls_away_with_a_risk(found):
    losses, chances = exact()
    least = found.figures([LEVEL])["money"][0]
    tail = chances[losses >= least - 1e-9].sum()
    fuel = binom.sf(np.ceil(least / COST["fuel"]) - 1, YEARS, CHANCE["fuel"])  # the tail without any strike
    table = found.importance(LEVEL).set_index("risk")
    strike, nothing = table.loc["strike"], table.loc["nothing"]
    assert strike["low"] - 0.02 <= 1 - fuel / tail <= strike["high"] + 0.02
    assert nothing["low"] <= 0.0 <= nothing["high"]
    assert table.index[0] == "strike"
    assert nothing["happens"] == pytest.approx(1 - 0.6**YEARS, abs=0.05)


def test_risks_that_come_together_are_counted(found):
    table = found.coincidences(LEVEL, within=0).set_index("risks")
    in_a_year = CHANCE["fuel"] * CHANCE["strike"] / 5
    assert table.loc["fuel + strike", "happens"] == pytest.approx(1 - (1 - in_a_year) ** YEARS, abs=0.012)
    assert found.coincidences(LEVEL).set_index("risks").loc["strike, twice", "times"] > 3


def test_tail_of_too_few_worlds_is_not_said():
    few = tail_risk(farm(), RISKS, 2, worlds=128, seed=1)
    assert few.figures([0.99])["says"].tolist() == [TOO_FEW] * 2
    assert few.figures([0.99])["money"].isna().all()
    assert set(few.importance(0.999)["says"]) == {TOO_FEW}


def test_events_of_a_risk_keep_their_distance():
    first = twinkit.event_of("freight_increase", start=1, duration=1, severity=0.5, event="a", origin="farm", destination="shop")
    second = {**first, "event": "b", "start": 3, "severity": 2.0}
    found = tail_risk(farm(), [twinkit.Risk((first, second), 1.0, "both")], 1, worlds=64, seed=1)
    late = found.starts[0, 0] + 2 > 3 + 4  # the second comes after the end of the run
    assert found.loss == pytest.approx(np.where(late, 2.0, 10.0))
    assert late.any() and not late.all()


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(CaseError) as caught:
        tail_risk(farm(), [twinkit.Risk("flood", 2.0)], 0, worlds=1, tilt=0.5)
    said = str(caught.value)
    assert all(word in said for word in ("flood", "from 0 to 1", "years", "worlds", "tilt"))
