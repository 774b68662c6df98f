"""The desk and its journal: every move is kept with its words, and comes back."""

import json

import pytest

import twinkit
from twinkit.run.scenario import Scenario, event_of
from twinkit.tables import CaseError, read_case, write_case
from twinkit.workbench import registry, scenario_list
from twinkit.workbench.desk import AS_IS
from twinkit.workbench.panel import Panel
from twinkit.workbench.registry import panel_class, panels
from twinkit.workbench.shell import Shell, case_and_source


@pytest.fixture(scope="module")
def case():
    return twinkit.example("automotive")


@pytest.fixture
def opened(case, tmp_path):
    """Open the workbench as somebody, all on the same file."""
    shells = []

    def open_as(author="Ann", what=case, source="automotive"):
        shells.append(Shell(what, source, store=tmp_path / "x.sqlite", author=author))
        return shells[-1]

    yield open_as
    for shell in shells:
        shell.journal.store.close()


def fire(levers=None):
    return Scenario("fire", ("Naka fab fire 2021",), levers or {})


def words(shell):
    return [m.words for m in shell.journal.store.history()]


def test_a_move_is_kept_before_it_is_seen(opened):
    shell = opened()
    scenario_list.add(shell.desk, fire({"second_source": 0.4}), "Ann", "what if")
    again = opened()
    assert again.desk.scenarios == shell.desk.scenarios and again.desk.about == shell.desk.about
    assert again.desk.chosen == "fire", "what was looked at is looked at again"


def test_moves_in_words(opened, case):
    shell = opened()
    start = {lever.name: lever.start for lever in twinkit.levers_of(case)}["second_source"]
    scenario_list.add(shell.desk, Scenario("plan"), "Ann")
    scenario_list.change(shell.desk, "plan", Scenario("plan", (), {"second_source": 0.4}))
    scenario_list.change(shell.desk, "plan", Scenario("plan", ("Naka fab fire 2021",), {"second_source": 0.4}))
    scenario_list.change(shell.desk, "plan", Scenario("plan B", ("Naka fab fire 2021",), {"expediting": True}))
    scenario_list.remove(shell.desk, "plan B")
    said = words(shell)
    assert said[0] == "scenario “plan B” deleted"
    assert (
        said[1].startswith("renamed from “plan” to “plan B”; second source 40 % → ")
        and "expediting off → on" in said[1]
    )
    assert said[2] == "event Naka fab fire 2021 added"
    assert said[3] == f"second source {100 * start:.3g} % → 40 %"
    assert said[4] == "scenario “plan” added"


def test_an_event_of_ones_own_in_words(opened):
    shell = opened()
    row = event_of("outage", site="Fab Dresden", start=60, duration=30)
    scenario_list.add(shell.desk, Scenario("own", (row,)), "Ann")
    scenario_list.change(shell.desk, "own", Scenario("own", ({**row, "duration": 45},)))
    assert words(shell)[0] == "event outage Fab Dresden: duration 30 → 45"


def test_undo_and_redo_bring_the_desk_back(opened):
    shell = opened()
    desk, journal = shell.desk, shell.journal
    scenario_list.add(desk, fire(), "Ann")
    scenario_list.change(desk, "fire", Scenario("blaze", ("Naka fab fire 2021",)))
    assert desk.chosen == "blaze"
    assert journal.undo() and list(desk.scenarios) == [AS_IS, "fire"] and desk.chosen == "fire"
    again = opened()
    assert list(again.desk.scenarios) == [AS_IS, "fire"]
    assert again.journal.undo() and list(again.desk.scenarios) == [AS_IS]
    assert again.journal.redo() and again.journal.redo() and "blaze" in again.desk.scenarios
    assert not again.journal.redo()


def test_an_earlier_state_can_be_gone_back_to(opened):
    shell = opened()
    scenario_list.add(shell.desk, fire(), "Ann")
    shell.journal.keep_version("before the cut")
    scenario_list.remove(shell.desk, "fire")
    name, move, _, author = shell.journal.store.versions()[0]
    assert (name, author) == ("before the cut", "Ann")
    since = shell.journal.words(shell.journal.store.state(move), shell.journal.state())
    assert since == ["scenario “fire” deleted"]
    shell.journal.restore(move)
    assert "fire" in shell.desk.scenarios and words(shell)[0].startswith("back to ")
    assert shell.journal.undo() and "fire" not in shell.desk.scenarios


def test_two_people_are_told_of_each_other(opened):
    ann, ben = opened("Ann"), opened("Ben")
    scenario_list.add(ann.desk, fire(), "Ann")
    scenario_list.add(ben.desk, Scenario("calm plan"), "Ben")
    assert "Ann changed this case" in ben.journal.conflict and "scenario “fire” added" in ben.journal.conflict
    assert {"fire", "calm plan"} <= set(ben.desk.scenarios), "different things do not part"
    assert ben.journal.store.lines() == ["main"]


def test_a_store_that_fails_says_so_and_nothing_is_lost(opened):
    shell = opened()
    shell.journal.store._db.execute("pragma query_only = on")
    scenario_list.add(shell.desk, fire(), "Ann")
    assert shell.journal.failed and shell.journal.told.startswith("Not saved (")
    assert "fire" in shell.desk.scenarios
    shell.journal.store._db.execute("pragma query_only = off")
    scenario_list.add(shell.desk, Scenario("next"), "Ann")
    assert not shell.journal.failed
    assert list(opened().desk.scenarios) == [AS_IS, "fire", "next"], "the next move keeps what the last one could not"


# --- files of scenarios


def test_scenarios_travel_as_json(opened, case, tmp_path):
    shell = opened()
    row = event_of("outage", site="Fab Dresden", start=60, duration=30)
    scenario_list.add(
        shell.desk, Scenario("both", ("Naka fab fire 2021", row), {"second_source": 0.4}), "Ann", "my note"
    )
    text = scenario_list.to_file(shell.desk)
    data = json.loads(text)
    assert data["format"] == "twinkit scenarios 1" and data["scenarios"][0]["note"] == "my note"
    other = Shell(case, "automotive", store=None, author="Ben")
    assert scenario_list.from_file(other.desk, text, "Ben") == ["both"]
    assert other.desk.scenarios["both"] == shell.desk.scenarios["both"]
    assert scenario_list.from_file(other.desk, text, "Ben") == ["both 2"], "a name that is taken gets a number"
    single = tmp_path / "one.json"
    fire().save(single)
    assert scenario_list.from_file(other.desk, single.read_text(), "Ben") == ["fire"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "holds no scenarios"),
        ("[1, 2]", "holds no scenarios"),
        ('{"scenarios": [{"levers": {}}]}', "holds no scenarios"),
        ('{"name": "x", "events": ["Nakka fab"]}', "is no event of the case"),
        ('{"scenarios": [{"name": "ok"}, {"name": "x", "levers": {"second_source": 7}}]}', "out of the range"),
    ],
)
def test_a_broken_file_of_scenarios_changes_nothing(case, text, said):
    shell = Shell(case, "automotive", store=None)
    with pytest.raises(CaseError, match=said):
        scenario_list.from_file(shell.desk, text, "Ann")
    assert list(shell.desk.scenarios) == [AS_IS]


# --- the case on the disk


def test_tables_that_were_changed_on_the_disk_are_read_anew(opened, case, tmp_path):
    folder = write_case(case, tmp_path / "mine")
    first = opened("Ann", read_case(folder), str(folder))
    first.journal.draft.change("sites", lambda typed: typed.put(0, ["city"], [["Mainz"]]))
    file = folder / "products.csv"
    file.write_text(file.read_text().replace("compact car", "small car", 1))
    sites = folder / "sites.csv"
    sites.write_text(sites.read_text().replace("Frankfurt am Main", "Worms", 1))
    with pytest.raises(CaseError):
        read_case(folder)  # the product has another name elsewhere: put that right, too
    for name in folder.glob("*.csv"):
        name.write_text(name.read_text().replace("compact car", "small car"))
    again = opened("Ann", read_case(folder), str(folder))
    assert "read anew: " in again.notices[0] and "products" in again.notices[0]
    assert "Changed on the disk since you edited them here: sites." in again.notices[0]
    assert again.journal.draft.tables["sites"].cell(0, "city") == "Mainz"
    assert "small car" in [r[0] for r in again.journal.draft.tables["products"].rows]
    assert not again.journal.draft.problems


# --- panels of others


def test_panels_of_others(case):
    def emissions_by_lane(case, scenario):
        """What does each lane emit?"""
        return case["lanes"]

    shell = Shell(case, "automotive", [emissions_by_lane], store=None)
    assert shell.offers["emissions_by_lane"].load().question == "What does each lane emit?"
    assert "result = emissions_by_lane(case, scenario)" in shell.panel("emissions_by_lane").code()
    with pytest.raises(TypeError, match="takes a case and a scenario"):
        panel_class(lambda: 1)
    with pytest.raises(TypeError, match="a panel is"):
        panel_class("data")


class Point:
    """An entry point of another package."""

    def __init__(self, name, load):
        self.name, self.value, self.load = name, f"other_package:{name}", load


def test_panels_of_other_packages(case, monkeypatch):
    def broken():
        raise ImportError("no module named other")

    def prices(case, scenario):
        """What does it cost?"""

    points = [Point("broken", broken), Point("prices", lambda: prices), Point("seven", lambda: 7)]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == "twinkit.panels" else [])
    shell = Shell(case, "automotive", store=None)
    assert shell.offers["prices"].title == "Prices" and shell.panel("prices").question == "What does it cost?"
    assert len(shell.notices) == 2
    assert "The panel broken of other_package:broken is left out: ImportError" in shell.notices[0]
    assert "a panel is a subclass of Panel or a function" in shell.notices[1]


def test_a_panel_is_registered_for_all(case, monkeypatch):
    monkeypatch.setattr(registry, "_added", {})

    @registry.register
    class Own(Panel):
        key, title, question = "own", "My own", "Is it mine?"

    assert "own" in Shell(case, "automotive", store=None).offers
    with pytest.raises(TypeError, match="needs a key and a title"):
        registry.register(type("Nameless", (Panel,), {}))


def test_tabs_say_what_panels_are_called():
    offers = panels()
    assert {k: o.title for k, o in offers.items()} == {k: o.load().title for k, o in offers.items()}
    assert all(k == o.load().key for k, o in offers.items())


def test_panels_are_made_when_they_are_opened(case):
    shell = Shell(case, "automotive", store=None)
    assert shell._made == {}
    shell.panel("data")
    assert list(shell._made) == ["data"]


def test_a_case_knows_where_it_came_from(case, tmp_path):
    assert case_and_source(case) == (case, "automotive")
    assert case_and_source(case.replace(settings={"seed": 5}))[1] == ""
    folder = write_case(case, tmp_path / "mine")
    assert case_and_source(folder) == (case, str(folder))


def test_the_package_can_be_called(case):
    import twinkit.workbench as package

    assert callable(package) and callable(twinkit.workbench)
    box = package(case, store=None)
    assert box.view.shell.desk.case is case
