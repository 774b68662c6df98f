"""Sensitivity: known indices, a chain whose threshold is known, problems all at once."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from study.small import printed
from study.strikes import busy_shop, corner_shop

from twinkit.run.engines import Cancelled
from twinkit.run.scenario import Scenario, event_of
from twinkit.study.inputs import Input, inputs_of, scale
from twinkit.study.risks import Risk
from twinkit.study.sensitivity import sensitivity, turned_where
from twinkit.study.sensitivity_model import morris, sobol
from twinkit.study.sweep import BASE
from twinkit.tables import CaseError, check_case
from twinkit.tables.read import example

PI = dict.fromkeys(("x1", "x2", "x3"), (-np.pi, np.pi))
FOUR = Scenario("four days", (), {"safety_days_tier_0": 4.0})
AS_IS = Scenario(BASE)


def ishigami(x: np.ndarray) -> np.ndarray:
    """Ishigami and Homma (1990) with a = 7, b = 0.1."""
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_sobol_indices_of_ishigami():
    found = sobol(ishigami, PI, samples=2048).set_index("input")
    known = {"x1": (0.3139, 0.5576), "x2": (0.4424, 0.4424), "x3": (0.0, 0.2437)}
    for name, (alone, total) in known.items():
        row = found.loc[name]
        assert row["alone"] == pytest.approx(alone, abs=0.03) and row["total"] == pytest.approx(total, abs=0.03)
        assert (
            row["alone_low"] <= alone + 1e-9 <= row["alone_high"] + 0.02
            and row["total_low"] < total < row["total_high"]
        )


def test_morris_effects_of_a_line_and_of_ishigami():
    line = morris(lambda x: 3 * x[:, 0] - 2 * x[:, 1] + 0 * x[:, 2], {"a": (0, 2), "b": (0, 1), "c": (0, 9)}).set_index(
        "input"
    )
    assert line["effect"].round(9).to_dict() == {"a": 6.0, "b": 2.0, "c": 0.0} and line["bend"].max() < 1e-9
    curved = morris(ishigami, PI, 40).set_index("input")
    assert (curved["effect"] > 1).all() and (curved["bend"] > 1).all()
    assert (curved["low"] <= curved["effect"]).all() and (curved["effect"] <= curved["high"]).all()


def test_what_does_not_vary_has_no_shares_and_the_seed_decides():
    assert sobol(lambda x: 0 * x[:, 0], {"a": (0, 1)}, 8)["total"].isna().all()
    assert morris(ishigami, PI, 5, seed=3).equals(morris(ishigami, PI, 5, seed=3))
    assert not morris(ishigami, PI, 5, seed=3).equals(morris(ishigami, PI, 5, seed=4))


def test_every_input_of_the_car_maker_changes_the_case_and_keeps_it_sound():
    case = example("automotive")
    assert len(inputs_of(case)) == 9
    for one in inputs_of(case):
        for value in (one.low, one.high):
            changed = one.apply(case, value)
            assert check_case(changed) == [] and (changed != case or value == one.usual or one.name == "event_severity")
        assert one.apply(case, one.usual) is case


@pytest.fixture(scope="module")
def decided():
    inputs = {"probability of strike": (0.0, 1.0), "holding_costs": (0.5, 2.0), "lost_margins": (0.5, 2.0)}
    return sensitivity(corner_shop(), [FOUR, AS_IS], inputs, method="both", risks=[Risk("strike", 0.6)], replications=1,
                       trajectories=3, samples=4, space=24)  # fmt: skip


def test_the_decision_changes_where_it_is_known_to(decided):
    rows = decided.thresholds().set_index("input")
    assert rows.loc["probability of strike", "threshold"] == pytest.approx(7300 / 20_000, rel=0.01)
    assert rows.loc["holding_costs", "threshold"] == pytest.approx(12_000 / 7300, rel=0.01)
    assert rows.loc["lost_margins", "threshold"] == pytest.approx(7300 / 12_000, rel=0.01)
    assert rows["changes"].to_dict() == {
        "probability of strike": "below",
        "holding_costs": "above",
        "lost_margins": "below",
    }
    assert rows["again"].isna().all()
    # a line that goes down through 0 at 1.06 and comes back at 1.81: between them, not above, the decision is another one
    bent = np.repeat(np.array([3.0, 1.0, -1.0, -1.0, 1.0])[:, None], decided.lines["holding_costs"].shape[1], axis=1)
    back = replace(decided, lines={**decided.lines, "holding_costs": bent}).thresholds().set_index("input").loc["holding_costs"]
    x = np.linspace(0.5, 2.0, 5)
    assert (back["threshold"], back["again"]) == pytest.approx(((x[1] + x[2]) / 2, (x[3] + x[4]) / 2), abs=0.01) and back["changes"] == "above"
    assert turned_where(back, "{:.2f}".format) == "between 1.06 and 1.81"
    turned = replace(decided, lines={k: -v for k, v in decided.lines.items()})  # where doing nothing is best
    assert turned.thresholds().set_index("input")["changes"].to_dict() == rows["changes"].to_dict()
    points, values = decided.space
    p, h, m = points.T
    known = 20_000 * m * p < 7300 * h
    assert decided.other_better()[0] == pytest.approx(known.mean(), abs=1 / 24)
    assert np.sign(values.mean(axis=1) + 1e-9).tolist() == pytest.approx(np.where(known, -1, 1).tolist())
    assert "Alone these would change the decision" in decided.sentences()[-1]


def test_tornado_and_table(decided):
    rows = decided.tornado().set_index("input")
    assert rows.loc["holding_costs", "at_high"] == pytest.approx(-7300, rel=0.01)
    assert rows.loc["holding_costs", "at_low"] == pytest.approx(3650, rel=0.01)
    assert rows["swing"].is_monotonic_decreasing
    table = decided.table()
    assert {"effect", "effect_low", "bend", "alone", "total_high", "swing"} <= set(table.columns) and len(table) == 3
    value, _, high = decided.usual_interval()
    assert value == pytest.approx(4700, rel=0.03) and not high > value + 1


def test_one_scenario_and_a_kpi_with_luck():
    fire = Scenario("strike", ("strike",))
    found = sensitivity(
        busy_shop(), fire, ["demand", "safety_days_tier_0"], "fill rate", replications=4, trajectories=3
    )
    rows = found.tornado().set_index("input")
    assert rows.loc["safety_days_tier_0", "at_high"] > 0 > rows.loc["demand", "at_high"]
    assert rows.loc["demand", "at_high_low"] < rows.loc["demand", "at_high"] < rows.loc["demand", "at_high_high"]
    assert found.unit == "share" and 0.5 < found.usual_interval()[0] < 1 and not found.decides
    with pytest.raises(ValueError, match="give two"):
        found.other_better()
    again = sensitivity(
        busy_shop(), fire, ["demand", "safety_days_tier_0"], "fill rate", replications=4, trajectories=3
    )
    assert again.table().equals(found.table())


def test_an_input_of_ones_own():
    def dear(case, factor):
        return scale("stocks", ("unit_cost",), case, factor)

    own = Input("price_outside", "Price outside", "factor", 0.5, 2.0, 1.0, "what the source takes", dear)
    found = sensitivity(corner_shop(), AS_IS, [own], replications=1, trajectories=2)
    assert found.kpi == "earnings", "what is earned is good or bad in itself; a cost also falls where less is sold"
    assert found.tornado()["at_high"][0] == pytest.approx(-40 * 10 * 3, rel=0.1)


def test_all_problems_at_once():
    own = Scenario("own", (event_of("outage", start=1, duration=1, site="shop"),), {"magic": 1})
    with pytest.raises(CaseError) as caught:
        sensitivity(corner_shop(), [own, AS_IS, FOUR], {"demandd": (0, 1), "capacity": (1, 1), "demand": (2, 1)}, "time to recover",
                    "sobul", samples=12, replications=0)  # fmt: skip
    text = str(caught.value)
    for part in ("one or two are compared", "Did you mean 'sobol'?", "has no mean where it is censored", "power of 2",
                 "replications: '0'", "'magic' is no lever", "Did you mean 'demand'?", "must rise"):  # fmt: skip
        assert part in text
    with pytest.raises(CaseError, match=r"Leave them to the risks"):
        sensitivity(corner_shop(), Scenario("s", ("fire",)), risks=[Risk("strike", 0.1)])
    with pytest.raises(CaseError, match="has no price"):
        sensitivity(
            example("automotive"), Scenario("s", (), {"extra_capacity": 0.1}), risks=[Risk("Naka fab fire 2021", 0.1)]
        )


def test_progress_and_cancel():
    told, stop = [], threading.Event()
    sensitivity(corner_shop(), AS_IS, ["demand"], replications=1, trajectories=2, progress=lambda *x: told.append(x))
    assert told[-1][0] == told[-1][1]
    with pytest.raises(Cancelled):
        sensitivity(corner_shop(), AS_IS, progress=lambda *_: stop.set(), cancel=stop)


def test_it_prints_as_a_few_lines(decided):
    assert "Sensitivity of" in printed(decided)
