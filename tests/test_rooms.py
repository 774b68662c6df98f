"""One file outside the core adds a table, a column, an actor, a policy, an event, a KPI, a cost, a lever, a figure, a step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def came_of(module: str, folder: Path) -> dict:
    """What a module of `tests/rooms` found in a process of its own."""
    command = [sys.executable, "-W", "error", "-m", f"tests.rooms.{module}", str(folder)]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    own = {"PYTHONPATH": path, "XDG_STATE_HOME": str(folder / "state")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **own}, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict:
    """What came of using the room of `tests/rooms/border.py`."""
    return came_of("use", tmp_path_factory.mktemp("rooms"))


def test_a_case_made_before_takes_in_what_a_room_adds(found):
    assert found["same"]
    assert found["late"] == {"rows": 0, "fullness": [1.0, 1.0], "customs": "none"}


def test_a_plain_case_is_as_it_was(found):
    assert found["plain"] == [] and found["by hand"] is False


def test_a_table_is_read_written_checked_and_documented(found):
    assert found["read"] and found["book"] and all(found["docs"])
    assert found["template"] == "origin_country,destination_country,duty [share],delay [periods]"
    told = " ".join(found["problems"])
    assert len(found["problems"]) == 3 and "is the country itself" in told and "from 0 to 10" in told and "X" in told
    assert len(found["notes"]) == 1 and "changes nothing" in found["notes"][0]


def test_a_table_acts_by_its_fold_its_cost_and_its_kpi(found):
    assert found["lead"] == {"as it is": [5.0], "clerks": [2.0]}
    for name, run in found["duty"].items():
        assert min(run["crossed"]) > 300, name
        assert run["toll"] == [4 * 0.25 * units for units in run["crossed"]]
        assert run["transport"] == run["crossed"]  # 1 a unit
        assert sum(run["total"]) == pytest.approx(run["parts"])
    assert found["kpi table"] == ["units", pytest.approx(sum(found["duty"]["as it is"]["crossed"]) / 2)]
    assert found["objective"] == []


def test_a_policy_named_by_the_table_acts_in_its_reviews(found):
    ordered = found["policy"]["ordered"]
    assert found["policy"]["day"] == 40.0  # full to its level at the start
    assert ordered[0] == 10.0  # what was asked for before
    assert all(units == 0 for t, units in enumerate(ordered) if t % 4) and sum(ordered[4:]) > 200
    assert found["card"] == [True, False]  # a card runs no Python
    first, then = found["anew"]
    assert min(first) > max(then)  # a policy that is told anew is not answered from what was kept


def test_an_actor_named_by_the_table_runs_the_site(found):
    assert found["actor"]["class"] == "Miser" and found["actor"]["notes"] == []
    assert found["actor"]["ordered"] == [5.0, 7.5, 8.75]  # half of what is missing


def test_an_event_does_what_its_parts_do(found):
    assert found["strike"] == [] and found["same as parts"] == [] and found["differs"]
    assert found["too much"] == ["severity"] and found["nowhere"] == ["kind"]


def test_a_step_is_done_where_it_is_needed(found):
    assert found["step"] == {"names": True, "balance": pytest.approx(0, abs=1e-9), "others": False} and found["spoilt"]


def test_a_figure_and_a_question_are_at_the_doors(found):
    assert found["figure"] and found["asked"] == 1.5


def test_what_the_core_has_is_not_replaced(found):
    assert all(found["refused"].values()), found["refused"]


def test_rules_beside_a_case_are_run_once_their_content_is_allowed(tmp_path):
    """Never before, and not once they have changed; with the same numbers as the function itself, and every answer says so."""
    found = came_of("beside", tmp_path)
    assert "rules.py lies beside the case and is not run" in found["before"] and "'half' is not one of" in found["before"]
    assert "One of your own stands in a rules.py beside the case" in found["before"]
    sound, notice, *_ = found["workbench before"]
    assert not sound and "is not run" in notice and f"twinkit allow {tmp_path / 'mine'}" in notice
    assert (found["asked"], found["ran before"], found["allowed"], found["ran"]) == (1, False, 0, True)
    costs = found["costs"]
    assert costs["asked"] == costs["panel"] == costs["code"] == costs["direct"] != costs["base stock"]
    assert found["told"][0] == "Rules of one's own took part" and "'half' of rules.py (SHA-256 " in found["told"][1] and found["report"]
    assert "'Hoarder', 'half' of rules.py" in found["actor"][1] and found["orders"] == [3.0, 3.0]
    assert found["copy"] == ""  # what is allowed is the content, wherever it lies
    assert "has changed since it was run here" in found["changed"] and "twinkit allow" in found["changed"]
    assert "adds 'Hoarder', which " in found["other"] and found["still"].endswith("mine/rules.py")
    assert "cannot be run (ZeroDivisionError" in found["broken"]


def test_rules_beside_a_case_go_where_the_case_goes(tmp_path):
    """To the workers of a cluster, with the same numbers to the bit, and beside a copy."""
    found = came_of("on_cluster", tmp_path)
    here, there = found["costs"]
    assert here == there and min(here) > 0
    assert found["rules"] and found["copy"]
