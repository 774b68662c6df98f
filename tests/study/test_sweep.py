"""Sweeps: names, tables against figures made apart, problems all at once."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest
from study.small import printed, shop

import twinkit
from twinkit.question import Plain, question_of
from twinkit.result import Table
from twinkit.run.ensemble import Cancelled, NotKept, ensemble
from twinkit.run.scenario import Scenario
from twinkit.study.compare import compare
from twinkit.study.sweep import BASE, FIGURES, sweep
from twinkit.tables import CaseError
from twinkit.tables.case import Case


@pytest.fixture(scope="module")
def town() -> Case:
    """The shop with a random demand for forty periods, and an express."""
    case = shop(demand=[0] * 40, order_up_to=25.0, on_hand=25.0)
    markets = case["markets"].assign(demand="poisson", mean=10.0)
    return case.replace(markets=markets, history=case["history"][:0])


@pytest.fixture(scope="module")
def swept(town):
    return sweep(town, {"safety_days_tier_0": [0, 1.5], "expediting": [False, True]}, ("fire",), 70)


def test_every_combination_has_a_readable_name(swept):
    assert list(swept.outcomes) == [
        BASE, "safety_days_tier_0 = 0, expediting = no", "safety_days_tier_0 = 0, expediting = yes",
        "safety_days_tier_0 = 1.5, expediting = no", "safety_days_tier_0 = 1.5, expediting = yes",
    ]  # fmt: skip
    assert swept.base is swept.outcomes[BASE]


def test_the_table_says_what_the_scenarios_alone_say(town, swept):
    alone = Scenario("alone", ("fire",), {"safety_days_tier_0": 1.5, "expediting": True})
    found = ensemble(town, [Scenario("base", ("fire",)), alone], 70)
    paired = compare(found["base"], found["alone"]).set_index("kpi")
    table, own = swept.table(), found["alone"].table().set_index("kpi")
    assert table.shape == (4, len(FIGURES) * len(own)) and FIGURES[-1] == "better"
    row = table.loc[(1.5, True)]
    for kpi in own.index:
        for figure in ("mean", "low", "high", "median", "censored"):
            np.testing.assert_array_equal(row[kpi, figure], own.loc[kpi, figure])
        for figure, name in (("difference", "difference"), ("difference low", "low"), ("difference high", "high"), ("better", "better")):
            np.testing.assert_array_equal(row[kpi, figure], paired.loc[kpi, name])
    assert (table.loc[(0, False), (slice(None), "difference")].dropna() == 0).all()


def test_one_lever_and_chosen_kpis(town):
    table = sweep(town, {"safety_days_tier_0": np.arange(0.0, 0.31, 0.1)}, replications=8).table(["fill rate"])
    assert table["fill rate"]["mean"].is_monotonic_increasing
    assert isinstance(table.index, pd.Index) and table.index.name == "safety_days_tier_0"
    with pytest.raises(KeyError, match="no KPI fil rate; there are fill rate"):
        sweep(town, {"expediting": True}, replications=2).table(["fil rate"])


def test_names_have_no_crumbs_of_rounding(town):
    found = sweep(town, {"safety_days_tier_0": [0.1 + 0.2, np.int64(2)]}, replications=2)
    assert list(found.combinations) == ["safety_days_tier_0 = 0.3", "safety_days_tier_0 = 2"]


def test_all_problems_at_once(town):
    with pytest.raises(CaseError) as caught:
        sweep(town, {
            "safety_days_tier_0": [-1, 5, 1e9], "magic": [1, 2, 3], "expediting": [], "second": "a lot",
        }, ("fier",), 8)  # fmt: skip
    text = str(caught.value)
    assert len(caught.value.problems) == 6
    for part in ("'-1' is out of the range", "'1000000000.0' is out", "'magic' is no lever", "expediting: there are no",
                 "Did you mean 'fire'?", "'second' is no lever"):  # fmt: skip
        assert part in text
    with pytest.raises(CaseError, match="there are no levers"):
        sweep(town, {})


def test_histories_are_not_kept_unless_asked_for(town, swept):
    with pytest.raises(NotKept, match=r"'service' were not kept: .* run it with detail='curves'"):
        swept.base.curve("service")
    kept = sweep(town, {"expediting": [True]}, replications=2, detail="full")
    assert kept.base.markets["demand"].shape == (1, 40, 2)


def test_progress_and_cancel(town):
    told, stop = [], threading.Event()
    sweep(town, {"expediting": [True, False]}, replications=70, progress=lambda *x: told.append(x))
    assert told == [(i, 6) for i in range(7)]
    with pytest.raises(Cancelled):
        sweep(town, {"expediting": [True]}, replications=6400, progress=lambda *_: stop.set(), cancel=stop)


def test_it_is_a_name_of_the_package():
    assert twinkit.sweep is sweep


def test_it_prints_as_a_few_lines(swept):
    assert "Sweep of 4 combinations of safety_days_tier_0 and expediting for shop" in printed(swept)


def test_as_a_question_it_tries_the_ends_and_what_is_between(town):
    ground = Plain(town, Scenario("as it is"), 4)
    asked = question_of("sweep")(ground, levers={"safety_days_tier_0": [0, 4]}, steps=3)
    assert asked.values() == {"safety_days_tier_0": [0.0, 2.0, 4.0]} and not asked.problems()
    found = {"case": town, "twinkit": twinkit}
    exec(asked.code(), found)
    result = asked.run()
    assert result.table().equals(found["result"].table())
    answer = asked.tell(result)
    table = next(b for b in answer.blocks if isinstance(b, Table) and b.name == "combinations")
    rows = compare(result.base, result.outcomes["safety_days_tier_0 = 4"]).set_index("kpi")
    assert table.frame.set_index("combination").at["safety_days_tier_0 = 4", "fill rate: difference"] == rows.at["fill rate", "difference"]
    assert len(table.cells()) == 3 and answer.blocks[1].text.startswith(("Of 3 combinations", "None of 3 combinations"))
    wrong = question_of("sweep")(ground, levers={"no_lever": [0, 1], "safety_days_tier_0": [-3, 4]})
    assert len(wrong.problems()) == 2 and "there is no 'no_lever'" in wrong.problems()[0] and "-3 to 4 is not within" in wrong.problems()[1]
    assert "No lever is moved" in question_of("sweep")(ground).problems()[0]
