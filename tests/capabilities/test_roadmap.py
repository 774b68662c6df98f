"""Roadmaps: the order of steps against all orders, figures of an investment against their definitions."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_case import tiny_case

from twinkit.capabilities.roadmap import money
from twinkit.capabilities.roadmap.sequence import Step, best_orders, count_orders, ratio_order, value_of
from twinkit.question import Plain, question_of
from twinkit.tables import CaseError, check_case

STEPS = [
    {"step": "data", "months": 4, "cost": 80, "gain": 2},
    {"step": "visibility", "months": 3, "cost": 60, "gain": 9, "after": "data"},
    {"step": "forecast", "months": 5, "cost": 70, "gain": 12, "after": "data; visibility"},
]


@st.composite
def roadmaps(draw):
    """Steps, each of which may wait for earlier ones."""
    found = {}
    for i in range(draw(st.integers(1, 6))):
        after = draw(st.lists(st.sampled_from(sorted(found)), max_size=2, unique=True)) if found else []
        number = st.integers(0, 200).map(float)
        found[f"s{i}"] = Step(draw(st.integers(1, 9)), draw(number), draw(number), tuple(after))
    return found


@settings(max_examples=60, deadline=None)
@given(roadmaps(), st.integers(1, 40), st.sampled_from([0.0, 0.01, 0.1]))
def test_the_best_order_is_the_best_of_all(steps, horizon, rate):
    every = [o for o in permutations(steps) if all(set(steps[n].after) <= set(o[:i]) for i, n in enumerate(o))]
    values = sorted((value_of(steps, o, horizon, rate) for o in every), reverse=True)
    assert count_orders(steps) == len(every)
    assert [o.value for o in best_orders(steps, horizon, rate, count=3)] == pytest.approx(values[:3])
    assert best_orders(steps, horizon, rate, worst=True)[0].value == pytest.approx(values[-1])
    assert ratio_order(steps, horizon, rate).order in every


@given(st.lists(st.integers(-10_000, 10_000).map(lambda cents: cents / 100), min_size=1, max_size=8), st.integers(0, 500).map(lambda mille: mille / 1000))
def test_figures_of_an_investment_mean_what_they_say(later, rate):
    flow = [-50.0, *later]
    for found in money.internal_rates(flow):
        assert money.net_present_value(flow, found) == pytest.approx(0.0, abs=1e-6 * sum(abs(v) * (1 + found) ** -t for t, v in enumerate(flow)))
    assert money.annuity(flow, rate) * sum((1 + rate) ** -t for t in range(1, len(flow))) == pytest.approx(money.net_present_value(flow, rate), abs=1e-6)
    back, total = money.payback(flow, rate), np.cumsum(flow * (1 + rate) ** -np.arange(len(flow)))
    assert (total[int(np.ceil(back)) :] >= -1e-9).all() if np.isfinite(back) else total[-1] < 0


def test_a_gain_that_is_run_is_what_the_chain_earns_more():
    case = tiny_case(150, warm_up=30)
    case = case.replace(steps=[*STEPS, {"step": "stock", "months": 2, "cost": 5, "lever": "safety_days_tier_0", "lever_value": 3}])
    assert check_case(case) == []
    found = question_of("roadmap")(Plain(case), worlds=8).run()
    one, other = (c["stocks"]["safety_stock"].sum() for c in (case, case))
    assert one == other and set(found.gains) == {"stock"}
    # nothing is ever missing in this chain: more stock costs its holding and brings nothing
    held = 3 * 20.0 * 0.01 * 365 / 12
    assert found.gains["stock"].value == pytest.approx(-held, rel=0.05)
    answer = str(found and question_of("roadmap").tell(found))
    assert "run on this chain" in answer and "as stated in the table" in answer
    # the order holds down to a share of a gain: just above it does, just below it does not
    frame = found.table().set_index("step")
    for name in frame.index[frame["holds"] > 0]:
        for share, holds in ((frame.at[name, "holds"] * 1.001, True), (frame.at[name, "holds"] * 0.999, False)):
            steps = {**found.steps, name: replace(found.steps[name], gain=found.steps[name].gain * share)}
            assert (best_orders(steps, 60, found.monthly_rate)[0].order == found.best.order) == holds


def test_steps_that_cannot_be_get_sentences():
    wrong = [
        ([{"step": "a", "months": 1, "gain": 1, "after": "b"}, {"step": "b", "months": 1, "gain": 1, "after": "a"}], "circle"),
        ([{"step": "a", "months": 1, "gain": 1, "after": "c"}], "no step"),
        ([{"step": "a", "months": 1}], "moves no lever"),
        ([{"step": "a", "months": 1, "lever": "safety_days_tier_9", "lever_value": 1}], "no lever of this chain"),
        ([{"step": "a", "months": 1, "lever": "safety_days_tier_0", "lever_value": -1}], "cannot be"),
        ([{"step": "a", "months": 1, "lever": "safety_days_tier_0", "lever_value": 1, "gain": 3}], "beside a lever"),
    ]
    for steps, words in wrong:
        said = [str(p) for p in check_case(tiny_case().replace(steps=steps))]
        assert len(said) == 1 and words in said[0] and said[0].startswith("steps row"), said
    with pytest.raises(CaseError, match="no steps"):
        question_of("roadmap")(Plain(tiny_case())).run()
