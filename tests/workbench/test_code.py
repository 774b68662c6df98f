"""Every click has its line of Python: the code of each panel gives what the panel shows, to the bit."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from sameness import Sameness

import twinkit
from twinkit.capabilities.live.feed import Feed
from twinkit.run.scenario import Scenario, event_of
from twinkit.study.conclusion import GOES, how_sure_in_parts
from twinkit.tables import read_case, write_case
from twinkit.workbench import scenario_list
from twinkit.workbench.registry import panels
from twinkit.workbench.shell import Shell


def fed(panel):
    """A file of readings in which one has come in."""
    path, row = Path(tempfile.mkdtemp()) / "feed.sqlite", panel.desk.case["stocks"].iloc[-1]
    feed = Feed(path, panel.desk.case)
    feed.take([{"kind": "count", "at": 3, "site": row["site"], "product": row["product"], "units": 7.0}], "test")
    feed.close()
    return {"feed": str(path), "horizon": 14, "actions": False}


SMALL = {
    "live": fed,
    "stress": lambda panel: {"worlds": 4},
    "advice": lambda panel: {
        "risks": {panel.desk.chosen: 5.0},
        "lost": {},
        "levers": ["safety_days_tier_1"],
        "trials": 1,
        "worlds": 4,
        "fresh": 4,
    },
    "sensitivity": lambda panel: {"inputs": list(panel.ask().known())[:2], "trajectories": 2, "worlds": 2},
    "better_forecast": lambda panel: {"methods": ["ses"]},
    "enter": lambda panel: {"worlds": 20},
    "forecast": lambda panel: {"horizon": 4, "origins": 2},
    "siting": lambda panel: {"simulate": False},
    "sweep": lambda panel: {"levers": {"safety_days_tier_1": [0.0, 2.0]}, "steps": 2},
    "to_order": lambda panel: {"orders": 200, "worlds": 2},
    "cash": lambda panel: {"worlds": 2},
    "trace": lambda panel: {"worlds": 2},
}
"""What panels are asked that would ask for a long study of their own accord."""

FIRST = {"report": "what_if"}
"""Panel → panel whose result it needs."""

EXAMPLES = {"cash": "mangoes", "trace": "mangoes", "enter": "scooters", "forecast": "drinks", "siting": "computers", "to_order": "computers", "relief": "cyclone", "tours": "cyclone"}
"""Panel of a room → the shipped case that has its tables."""

LIVES = [{"machine": "press", "part": str(i), "age": age, "failed": i != 3} for i, age in enumerate((31, 39, 57, 80, 65, 105))]
OF_ROOMS = {
    "machines": [{"machine": "press", "preventive_cost": 1, "failure_cost": 10}], "lives": LIVES,
    "stations": [{"line": "A", "station": s, "position": i, "hours": i} for i, s in enumerate(("saw", "drill", "lathe"), 1)],
    "sources": [
        {"of_table": "markets", "part": "markets", "source": "orders.csv", "source_row": "12 rows", "rule": "mean of a period"},
        {"of_table": "lanes", "of_column": "lead_time", "part": "lanes", "rule": "as the buyer says", "assumed": True},
    ],
    "steps": [{"step": s, "months": m, "cost": 9, "gain": m} for s, m in (("data", 4), ("forecast", 2), ("sensors", 3))],
}  # fmt: skip
"""Tables of rooms that no shipped case has."""

NO_NUMBERS = ("data", "report", "decisions")
"""Panels whose result holds no numbers of a run: a list of problems, a document."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    case = twinkit.example("camera").replace(settings={"periods": 240})
    sites = case["sites"].assign(time_to_recover=10.0)
    return write_case(case.replace(sites=sites, **OF_ROOMS), tmp_path_factory.mktemp("code") / "camera twin")


@pytest.fixture
def shell(folder, tmp_path):
    opened = Shell(read_case(folder), str(folder), store=tmp_path / "x.sqlite", author="Ann")
    opened.desk.replications = 8
    row = event_of("outage", event="outage", site="Imager", start=190, duration=15)
    scenario_list.add(opened.desk, Scenario("two\"'\n days", (row,), {"safety_days_tier_1": 2.0}), "Ann")
    yield opened
    opened.journal.store.close()


def run_code(shell, panel):
    found = {}
    exec(compile(f"{shell.desk.opening()}\n{panel.code()}", "<the code of the panel>", "exec"), found)
    return found["result"]


@pytest.mark.parametrize("key", list(panels()))
def test_the_code_of_a_panel_gives_what_it_shows(shell, key, monkeypatch):
    if key in EXAMPLES:
        shell = Shell(twinkit.example(EXAMPLES[key]), EXAMPLES[key], store=None)
    if key in FIRST:
        assert asyncio.run(shell.panel(FIRST[key]).run())
    panel = shell.panel(key)
    if key == "confidence":  # half a minute otherwise, twice
        monkeypatch.setitem(how_sure_in_parts.__kwdefaults__, "goes", GOES[:1])
    if key in SMALL:
        panel.load_state(SMALL[key](panel))
    assert panel.blockers == []
    assert asyncio.run(panel.run()), panel.job.problems
    assert not panel.stale
    found = Sameness().compare(panel.job.result, run_code(shell, panel))
    assert not found.different, found.different[:5]
    assert found.numbers > 10 or key in NO_NUMBERS


def test_the_code_of_an_edited_case(shell):
    """The edits are read from the file of the workbench, as they were at that move."""
    draft = shell.journal.draft
    draft.change("stocks", lambda typed: typed.put(0, ["holding_cost"], [["0.125"]]))
    panel = shell.panel("what_if")
    assert asyncio.run(panel.run())
    first = panel.code(), shell.desk.opening()
    assert "edited(case" in first[1]
    assert not Sameness().compare(panel.job.result, run_code(shell, panel)).different
    draft.change("stocks", lambda typed: typed.put(0, ["holding_cost"], [["77"]]))
    assert shell.desk.opening() != first[1]
    assert panel.stale, "the case has changed since"
    assert shell.desk.case["stocks"].at[0, "holding_cost"] == 77
    found = {}
    exec(first[1], found)
    assert found["case"]["stocks"].at[0, "holding_cost"] == 0.125


def test_edits_with_problems_leave_the_last_sound_case(shell):
    case, opening = shell.desk.case, shell.desk.opening()
    shell.journal.draft.change("stocks", lambda typed: typed.put(0, ["holding_cost"], [["cheap"]]))
    assert "last sound case" in shell.desk.caution
    assert shell.desk.case is case and shell.desk.opening() == opening
    shell.journal.undo()
    assert not shell.desk.caution


def test_the_code_of_a_function_as_a_panel(folder, tmp_path):
    shell = Shell(read_case(folder), str(folder), [stocks_of], store=None)
    panel = shell.panel("stocks_of")
    assert asyncio.run(panel.run())
    assert "scenario = twinkit.Scenario('as it is')" in panel.code()
    code = panel.code().replace(f"from {stocks_of.__module__} import stocks_of", "")  # a test is no module to import
    found = {"stocks_of": stocks_of}
    exec(f"{shell.desk.opening()}\n{code}", found)
    assert found["result"].equals(panel.job.result)


def stocks_of(case, scenario):
    """Which stocks are there?"""
    return scenario.apply(case)["stocks"]
