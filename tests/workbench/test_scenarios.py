"""Scenarios made of events and levers, and compared on the same luck."""

import asyncio
import json

import numpy as np
import pytest

import twinkit
from twinkit.apps.kit.guard import Guard
from twinkit.questions.what_if import costs_beside, side_by_side
from twinkit.run.scenario import Scenario, event_of
from twinkit.tables import check_case
from twinkit.workbench import scenario_list
from twinkit.workbench.desk import AS_IS
from twinkit.workbench.question_panel import LEVER
from twinkit.workbench.scenarios_panel import ScenariosView
from twinkit.workbench.shell import Shell


@pytest.fixture(scope="module")
def case():
    return twinkit.example("automotive")


@pytest.fixture(scope="module")
def short(case):
    return case.replace(settings={"periods": 150, "warm_up": 20})


@pytest.fixture
def panel(case):
    return Shell(case, "automotive", store=None, author="Ann").panel("scenarios")


# --- made


def test_a_scenario_is_built(panel):
    name = panel.new()
    assert panel.desk.chosen == name == "new scenario" and name in panel.compared
    assert panel.change(name="fire, second source", note="what if")
    assert panel.add_event("Naka fab fire 2021") and not panel.add_event("Naka fab fire 2021")
    assert panel.move_lever("second_source", 0.4) and panel.move_lever("expediting", True)
    made = panel.desk.scenarios["fire, second source"]
    wanted = {"second_source": 0.4, "expediting": True}
    assert made == Scenario("fire, second source", ("Naka fab fire 2021",), wanted)
    assert panel.compared[-1] == "fire, second source"
    start = panel.levers()["second_source"].start
    assert panel.move_lever("second_source", start)
    assert panel.scenario.levers == {"expediting": True}, "a lever that stands where the case has it is not moved"
    about = panel.desk.about["fire, second source"]
    assert about["author"] == "Ann" and about["note"] == "what if" and about["created"] <= about["changed"]


def test_what_cannot_be_is_a_sentence_and_changes_nothing(panel):
    panel.new()
    before = panel.scenario
    assert not panel.change(levers={"second_source": 3.0})
    assert "out of the range" in panel.said[0] and "from 0 to 0.5" in panel.said[0]
    assert not panel.change(name="")
    assert not panel.change(name=AS_IS)
    panel.own_field({"site": "Fab Nakka"})
    assert not panel.add_own()
    assert "Did you mean 'Fab Naka'" in panel.said[0]
    panel.own_field({"site": "Fab Naka", "start": None})
    assert not panel.add_own()
    assert panel.scenario == before


def test_delete_and_undo(panel):
    panel.new()
    panel.change(name="mine")
    copy = panel.duplicate()
    assert copy == "mine copy" and panel.scenario.levers == panel.desk.scenarios["mine"].levers
    panel.delete()
    assert copy not in panel.desk.scenarios and panel.desk.chosen == AS_IS and copy not in panel.names()
    assert panel.journal.undo() and copy in panel.desk.scenarios and copy in panel.names()
    panel.desk.chosen = AS_IS
    panel.delete()
    assert AS_IS in panel.desk.scenarios, "the chain as it is stays"


def test_the_form_of_an_event_of_ones_own_is_that_of_the_page(panel):
    panel.new()
    panel.own_field({"kind": "demand_surge", "target": "market", "named": "fair", "duration": None})
    assert panel.own.target == "market" and panel.own.severity == 0.3, "a severity that is usual for the kind"
    assert panel.add_own() and panel.scenario.events[0]["event"] == "fair"
    assert check_case(panel.scenario.apply(panel.desk.case)) == []
    panel.own_field({"kind": "lead_time_increase", "target": "lane"})
    assert panel.add_own() and panel.scenario.events[1]["origin"] and panel.scenario.events[1]["severity"] == 10


# --- compared


def test_at_most_six_side_by_side(panel):
    for _ in range(7):
        panel.new()
    assert len(panel.names()) == 6 and panel.blockers == []
    panel.tick("new scenario 7", True)
    assert "7 scenarios are chosen" in panel.blockers[0]
    for name in list(panel.compared):
        panel.tick(name, False)
    assert panel.blockers == ["Tick at least one scenario to compare."] and panel.names() == []


@pytest.fixture(scope="module")
def compared(short):
    shell = Shell(short, "", store=None, author="Ann")
    panel = shell.panel("scenarios")
    shell.desk.replications = 64
    out = event_of("outage", site="Fab Naka", start=60, duration=80)
    scenario_list.add(shell.desk, Scenario("outage", (out,)), "Ann")
    scenario_list.add(shell.desk, Scenario("with stock", (out,), {"second_source": 0.5}), "Ann")
    panel.compared, panel.baseline = [AS_IS, "outage", "with stock"], "outage"
    assert asyncio.run(panel.run())
    return panel


def cells(table, row):
    """A row of what a page shows: texts by scenario."""
    return next(dict(zip(table.heads(), line, strict=True)) for line in table.cells() if line[0] == row)


def test_differences_are_paired_world_by_world(compared):
    """Recomputed from the values of the worlds: the interval of the differences, not of the means."""
    result = compared.job.result
    assert list(result) == ["outage", AS_IS, "with stock"]
    shown = side_by_side(result)
    assert shown.heads() == ["Figure", "outage", AS_IS, "with stock"]
    d = result["with stock"].kpis["total cost"] - result["outage"].kpis["total cost"]
    half = 1.998341 * d.std(ddof=1) / np.sqrt(len(d))  # Student's t with 63 degrees of freedom
    _, change, share, *_ = cells(shown, "total cost")["with stock"].split("; ")
    first = float(change.split()[0].replace("+", "").replace("−", "-").replace(",", ""))
    factor = {"M": 1e6, "bn": 1e9}.get(change.split()[1], 1.0)
    assert first * factor == pytest.approx(d.mean(), rel=0.01)
    assert (d.mean() - half <= 0 <= d.mean() + half) == change.endswith("not clear")
    assert share.startswith(f"lower in {100 * int((d < 0).sum()) / 64:.0f} % of 64 worlds (")
    assert ";" not in cells(shown, "total cost")["outage"] and "better in " in cells(shown, "earnings")["with stock"]


def test_less_cost_because_less_is_sold_is_not_called_better(short):
    """Customers who ask for less lower the cost, and what is earned."""
    market = short["markets"].at[0, "market"]
    slump = event_of("demand_slump", market=market, start=25, duration=125, severity=0.9)
    result = twinkit.ensemble(short, [Scenario(AS_IS), Scenario("slump", (slump,))], 16, seed=1)
    cost, earned = (cells(side_by_side(result), kpi)["slump"] for kpi in ("total cost", "earnings"))
    assert "; −" in cost and "better" not in cost and "worse" not in cost and "lower in 100 % of 16 worlds" in cost
    assert "; −" in earned and ", worse; better in 0 % of 16 worlds" in earned


def test_costs_add_up(compared):
    result = compared.job.result
    shown = costs_beside(result)
    assert [line[0] for line in shown.cells()] == [*result["outage"].costs, "total"]
    total = [cells(shown, "total")[n].split(";")[0] for n in result]
    assert total == [cells(side_by_side(result), "total cost")[n].split(";")[0] for n in result]
    assert not any("better" in cell or "worse" in cell for line in shown.cells() for cell in line)


def test_times_to_recover_that_are_censored_are_said_so(short):
    out = event_of("outage", site="Fab Naka", start=60, duration=400)
    result = twinkit.ensemble(short, [Scenario(AS_IS), Scenario("no end", (out,))], 16, seed=1)
    censored = int(result["no end"].censored.sum())
    told = cells(side_by_side(result), "time to recover")["no end"]
    assert censored > 8 and told.startswith("median > ") and f"{censored} of 16 not back by the end" in told


def test_another_case_makes_the_answer_old(compared):
    assert not compared.stale
    compared.desk.seed += 1
    assert compared.stale
    compared.desk.seed -= 1
    assert not compared.stale


# --- the view


@pytest.fixture
def view(panel):
    return ScenariosView(panel, Guard())


def test_the_view_builds_a_scenario(view):
    panel = view.panel
    view.told(None, {"press": "new"}, [])
    view.editor.values = {**view.editor.values, "name": "<b>fire</b>"}
    assert panel.desk.chosen == "<b>fire</b>"
    view.recorded.values = {"recorded": "Naka fab fire 2021"}
    view.formed(None, {"press": "happen"}, [])
    view.editor.values = {**view.editor.values, LEVER + "second_source": 0.4}
    view.own.values = {**view.own.values, "kind": "demand_surge"}
    assert view.own.values["target"] == "market"
    view.formed(None, {"press": "own"}, [])
    events = panel.scenario.events
    assert events[0] == "Naka fab fire 2021" and events[1]["kind"] == "demand_surge" and len(events) == 2
    assert panel.scenario.levers == {"second_source": 0.4}
    view.formed(None, {"press": "remove", "field": "events", "item": 0}, [])
    assert len(panel.scenario.events) == 1
    row = view.list.rows[-1]
    assert row["name"] == "<b>fire</b>" and "second source 40 %" in row["about"] and row["ticked"]


def test_the_view_keeps_the_chain_as_it_is(view):
    before = dict(view.panel.desk.scenarios)
    assert all(f["hidden"] for f in view.editor.groups[-1]["fields"])
    view.editor.values = {**view.editor.values, LEVER + "second_source": 0.4, "name": "x"}
    assert view.panel.desk.scenarios == before


def test_scenarios_are_saved_and_loaded_by_the_view(view):
    view.told(None, {"press": "new"}, [])
    sent = []
    view.list.send = lambda message, buffers=None: sent.append((message, buffers))
    view.told(None, {"press": "save"}, [])
    assert sent[0][0]["file"] == "automotive-scenarios.json"
    assert json.loads(sent[0][1][0])["scenarios"][0]["name"] == "new scenario"
    view.told(None, {"load": sent[0][1][0].decode()}, [])
    assert "new scenario 2" in view.panel.desk.scenarios
    view.told(None, {"load": "nonsense"}, [])
    assert view.list.said[0] == "Nothing was loaded:" and "holds no scenarios" in view.list.said[1]
