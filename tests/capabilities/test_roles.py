"""One run, several readers: a figure is the same for all, and every statement adds up (T_roles_1)."""

from __future__ import annotations

import numpy as np
import pytest

import twinkit
from twinkit.capabilities.roles.view import ROLES
from twinkit.questions.roles import RolesQuestion
from twinkit.tables import CaseError


@pytest.fixture(scope="module")
def views():
    case = twinkit.example("automotive")
    return {role: twinkit.role_view(case, role, twinkit.Scenario("fire", ("Naka fab fire 2021",))) for role in ROLES}


def test_a_figure_is_one_number_for_all_roles(views):
    seen = {}
    for view in views.values():
        for row in view.figures.to_dict("records"):
            told = tuple(row[c] for c in ("unit", "definition")), np.array([row[c] for c in ("mean", "low", "high")], float)
            first = seen.setdefault(row["kpi"], told)
            assert first[0] == told[0]
            np.testing.assert_array_equal(first[1], told[1])
    assert len(seen) == len(views["operations research"].figures)
    assert len({tuple(sorted(view.run.items())) for view in views.values()}) == 1, "one run: scenario, seed and worlds"


@pytest.mark.parametrize("role", ROLES)
def test_lines_of_a_statement_add_up(views, role):
    total, count = 0.0, 0
    for line in views[role].statement.to_dict("records"):
        if line["sign"] == "=":
            assert total == pytest.approx(line["value"], rel=1e-9, abs=1e-6), line["line"]
            total, count = 0.0, count + 1
        else:
            total += line["value"]
    assert count or role in ("operations research", "engineer")


def test_profit_is_what_is_earned_and_what_cash_and_stock_gain(views):
    lines = views["finance"].statement.set_index("line")["value"]
    earned = views["finance"].figures.set_index("kpi")["mean"]["earnings"]
    assert lines["profit"] == lines["profit, once more"] == pytest.approx(earned, rel=1e-12)


def test_time_of_machines_adds_up_to_the_calendar():
    case = twinkit.example("camera").replace(
        stations=[{"line": "L", "station": "saw", "position": 1, "hours": 0.1}],
        station_log=[{"line": "L", "station": "saw", "begin": 0, "end": 5, "state": "working"},
                     {"line": "L", "station": "saw", "begin": 6, "end": 10, "state": "down"}],
    )  # fmt: skip
    lines = twinkit.role_view(case, "engineer").statement.set_index("line")["value"]
    assert lines.to_dict() == {"L | saw: working": 5, "L | saw: down": 4, "L | saw: not written down": 1, "L | saw: calendar time": 10}


def test_what_a_role_does_not_see_is_in_none_of_its_answers(views):
    answer = str(RolesQuestion.tell(views["engineer"]))
    assert "earnings" not in answer and "total cost" not in answer and "revenue" not in answer


def test_a_role_that_is_none_is_a_sentence():
    with pytest.raises(CaseError, match="is no role"):
        twinkit.role_view("camera", "manger")
