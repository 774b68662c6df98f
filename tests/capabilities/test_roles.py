"""One run, several readers: a figure is the same for all, and every statement adds up (T_roles_1)."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest

import twinkit
from twinkit.capabilities.roles.tables import ROLES, in_money, roles_of
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


def test_a_figure_reads_the_same_in_a_sentence_and_in_the_table(views):
    page = " ".join(html.unescape(re.sub("<[^>]*>", " ", twinkit.report_of(views["manager"], date="2026-01-31").to_html())).split())
    told = re.search(r"Fill rate: (.*?\))\.", page)[1]
    assert page.count(told) >= 2 and "%" in told, told


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


def test_profit_is_the_change_of_cash_and_of_what_the_goods_are_worth(views):
    """By pencil from the run itself: every figure of the statement that the ensemble knows under another name."""
    lines = views["finance"].statement.set_index("line")["value"]
    outcome = twinkit.ensemble("automotive", [twinkit.Scenario("fire", ("Naka fab fire 2021",))], 64)["fire"]
    paid = sum(v.mean() for part, v in outcome.costs.items() if part != "lost margin")
    assert lines["revenue"] == pytest.approx(outcome.kpis["revenue"].mean(), rel=1e-12)
    assert lines["change of cash"] == pytest.approx(lines["revenue"] - paid, rel=1e-9)
    assert lines["profit"] == pytest.approx(outcome.kpis["earnings"].mean(), rel=1e-12)


def test_what_goes_with_lost_customers_is_no_cash():
    """A lost sale that costs 50 beyond its margin lowers the profit, and no money leaves."""
    case = twinkit.example("automotive")
    dear = case.replace(markets=case["markets"].assign(lost_margin=50_000.0))
    one, other = (twinkit.role_view(c, "finance").statement.set_index("line")["value"] for c in (case, dear))
    assert other["change of cash"] == pytest.approx(one["change of cash"], rel=1e-12)
    assert other["profit"] - one["profit"] == pytest.approx(other["less what else goes with lost customers, which is no cash"], rel=1e-9) and other["profit"] < one["profit"]


def test_what_customers_asked_for_was_sent_lost_or_is_owed(views):
    lines = views["manager"].statement.set_index("line")["value"]
    outcome = twinkit.ensemble("automotive", [twinkit.Scenario("fire", ("Naka fab fire 2021",))], 64)["fire"]
    owed = sum(v for name, v in lines.items() if name.endswith("owed more than at the start"))
    assert owed == pytest.approx(outcome.backlog[-1].mean(), abs=1e-6), "nothing was owed at the start"
    assert sum(v for name, v in lines.items() if name.endswith("lost")) == pytest.approx(outcome.kpis["lost sales"].mean())


def test_time_of_machines_adds_up_to_the_calendar():
    case = twinkit.example("camera").replace(
        stations=[{"line": "L", "station": "saw", "position": 1, "hours": 0.1}],
        station_log=[{"line": "L", "station": "saw", "begin": 0, "end": 5, "state": "working"},
                     {"line": "L", "station": "saw", "begin": 6, "end": 10, "state": "down"}],
    )  # fmt: skip
    lines = twinkit.role_view(case, "engineer").statement.set_index("line")["value"]
    assert lines.to_dict() == {"L | saw: working": 5, "L | saw: down": 4, "L | saw: not written down": 1, "L | saw: calendar time": 10}


@pytest.mark.parametrize("role", [name for name, one in ROLES.items() if one.hides])
def test_what_a_role_does_not_see_is_in_none_of_its_answers_and_files(views, role, tmp_path):
    view = views[role]
    assert not [kpi for kpi in view.figures["kpi"] if in_money(kpi)] and "EUR" not in set(view.statement["unit"])
    report = twinkit.report_of(view, date="2026-01-31")
    texts = [str(RolesQuestion.tell(view)), report.to_html(), report.data]
    secret = twinkit.example("automotive")["markets"]["price"].iloc[0]
    for text in texts:
        assert "earnings" not in text and "revenue" not in text and f"{secret:g}" not in text


def test_a_case_adds_roles_and_changes_those_that_are_there():
    rows = [{"role": "auditor", "asks": "Is it all there?", "kpis": "sales; returned", "statement": "cells"},
            {"role": "finance", "asks": "What is left?", "kpis": "earnings"}]  # fmt: skip
    case = twinkit.example("camera").replace(roles=rows)
    assert not twinkit.check_case(case) and list(roles_of(case)) == [*ROLES, "auditor"]
    view = twinkit.role_view(case, "auditor")
    assert list(view.figures["kpi"]) == ["sales", "returned"] and view.statement["sign"].iloc[-1] == "="
    assert RolesQuestion.tell(view).title == f"For auditor: {view.title}"
    assert roles_of(case)["finance"].kpis == ("earnings",)


def test_a_role_that_cannot_be_is_answered_by_sentences():
    rows = [{"role": "a", "asks": "?", "kpis": "sales; profits"}, {"role": "b", "asks": "?", "kpis": "revenue", "hides": "money"}]
    said = " ".join(map(str, twinkit.check_case(twinkit.example("camera").replace(roles=rows))))
    assert "'profits', which is no KPI" in said and "hides money, and the role is promised revenue" in said


def test_a_role_that_is_none_is_a_sentence():
    with pytest.raises(CaseError, match="is no role"):
        twinkit.role_view("camera", "manger")
