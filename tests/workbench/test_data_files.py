"""Tables in and out: imported from files, saved as files, and nothing half done."""

import pytest

import twinkit
from twinkit.run.scenario import Scenario
from twinkit.tables import CaseError, read_case, write_case
from twinkit.workbench import scenario_list
from twinkit.workbench.shell import Shell


def test_a_table_is_imported_with_units_in_its_header(panel):
    before = panel.desk.case["recipes"]["lead_time"].tolist()
    rows = [f"{r.site},{r.product},2" for r in panel.desk.case["recipes"].itertuples()]
    assert panel.upload({"recipes.csv": "\n".join(["Site,PRODUCT,Lead time [weeks]", *rows]).encode()}), panel.said
    assert panel.desk.case["recipes"]["lead_time"].tolist() == [14.0] * len(rows)
    assert panel.said == ["Loaded: recipes. Undo brings back what was here."]
    assert panel.journal.undo()
    assert panel.desk.case["recipes"]["lead_time"].tolist() == before


def test_a_workbook_is_imported(panel, tmp_path):
    case = twinkit.example("camera")
    other = case.replace(settings={"periods": 777}, products=case["products"].assign(value=3.0))
    book = write_case(other, tmp_path / "other.xlsx")
    assert panel.upload({"other.xlsx": book.read_bytes()}), panel.said
    assert panel.desk.case["products"]["value"].eq(3.0).all() and panel.desk.case.settings["periods"] == 777


@pytest.mark.parametrize("name", ["automotive", "drinks", "mangoes", "cyclone"])
def test_a_whole_case_takes_the_place_of_all_that_is_there(panel, tmp_path, name):
    """Nothing stays of the chain that was there: no events, no bills, no settings; one step back brings all of it again."""
    fire = {"event": "fire", "kind": "outage", "site": panel.desk.case["sites"]["site"][0], "start": 3, "duration": 2}
    scenario_list.add(panel.desk, Scenario("fire", (fire,)), "Ann")
    before, other = panel.draft.tables, twinkit.example(name)
    assert panel.upload({"mine.xlsx": write_case(other, tmp_path / "mine.xlsx").read_bytes()}), panel.said
    found = panel.desk.case
    for table in other.tables:
        assert len(found[table]) == len(other[table]), table
    assert {k: found.settings[k] for k in ("title", "periods", "period_days")} == {k: other.settings[k] for k in ("title", "periods", "period_days")}
    emptied = [n for n, typed in before.items() if typed.rows and not panel.draft.tables[n].rows]
    assert not emptied or any(line.startswith("This is a whole case:") for line in panel.said)
    assert panel.journal.undo() and panel.draft.tables == before


def test_the_page_is_called_after_the_case_that_was_loaded(tmp_path):
    view = twinkit.workbench("camera", store=tmp_path / "y.sqlite").view
    panel = view.shell.panel("data")
    assert view.bar.title.startswith("Digital camera")
    assert panel.upload({"mine.xlsx": write_case(twinkit.example("drinks"), tmp_path / "mine.xlsx").read_bytes()})
    assert view.bar.title == "Three shops and a depot"
    view.shell.journal.store.close()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no file was chosen"),
        ({"picture.png": b"x"}, "neither a CSV file nor a workbook"),
        ({"a.xlsx": b"x", "b.csv": b"y"}, "workbook among other files"),
        ({"a.xlsx": b"no workbook"}, "is not a workbook that can be read"),
        ({"stokcs.csv": b"site\n"}, "is no table of a case"),
        ({"stocks.csv": "größe\n".encode("latin-1")}, "is not UTF-8 text"),
        ({"products.csv": b'product\n"open'}, "cannot be read after row"),
        ({"products.csv": b"product,familly\na,red\n"}, "'familly' is no column of products"),
        ({"products.csv": b""}, "the table is empty"),
        ({"products.csv": b"a" * 9_000_000}, "larger than 8 MB"),
        ({"../../products.csv": b"product,familly\na,red\n"}, "'familly' is no column of products"),
    ],
)
def test_a_broken_file_changes_nothing(panel, files, said):
    panel.table = "products"
    panel.put(0, "value", [["42"]])
    before = panel.draft.tables
    assert not panel.upload(files)
    assert any(said in line for line in panel.said), panel.said
    assert panel.draft.tables == before and not panel.offer


def test_a_table_with_problems_is_offered_and_not_loaded(panel):
    before = panel.draft.tables
    assert not panel.upload({"products.csv": b"product,value\nSomething,-3\n"})
    assert panel.draft.tables == before and panel.said[0].startswith("Nothing was loaded yet")
    assert any("-3" in line for line in panel.said)
    panel.accept()
    assert panel.draft.tables["products"].rows == (("Something", "-3"),)
    assert panel.draft.problems and panel.desk.caution
    assert panel.journal.undo() and not panel.draft.problems


def test_the_case_is_saved_where_it_was_read(panel, folder):
    panel.table = "products"
    panel.put(0, "value", [["42"]])
    assert panel.differences() == [f"products, {panel.draft.tables['products'].rows[0][0]}: value "
                                   f"{panel.draft.saved['products'].cell(0, 'value')} → 42"]  # fmt: skip
    assert panel.save()
    assert read_case(folder)["products"].at[0, "value"] == 42
    assert panel.differences() == [] and not panel.desk.edits
    assert panel.journal.undo() and panel.journal.undo(), "what was on the disk before can be gone back to"
    assert len(panel.differences()) == 1 and panel.desk.edits


def test_the_case_is_saved_under_another_name(panel, folder):
    assert panel.save("other.xlsx")
    assert read_case(folder.parent / "other.xlsx") == read_case(folder)
    for name in ("../up", "a/b", ".hidden", "mine"):
        panel.desk.source = str(folder.parent / "other.xlsx")
        assert not panel.save(name), name
    assert sorted(p.name for p in folder.parent.iterdir() if "sqlite" not in p.name) == ["mine", "other.xlsx"]


def test_rules_beside_the_case_go_with_it(panel, folder):
    (folder / "rules.py").write_text("mine = 1\n")
    assert panel.save("other.xlsx") and panel.said[-1] == "The rules of one's own went along as other.rules.py."
    assert (folder.parent / "other.rules.py").read_text() == "mine = 1\n"
    (folder.parent / "third.rules.py").write_text("other = 1\n")
    assert panel.save("third.xlsx") and "says something else" in panel.said[-1]
    assert (folder.parent / "third.rules.py").read_text() == "other = 1\n"


def test_the_history_goes_with_a_case_that_is_saved_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("TWINKIT_STORE", "")
    monkeypatch.chdir(tmp_path)
    shell = Shell(twinkit.example("camera"), "camera", author="Ann")
    scenario_list.add(shell.desk, Scenario("mine"), "Ann")
    assert shell.panel("data").save("my-camera")
    assert (tmp_path / "my-camera.twinkit.sqlite").is_file() and shell.desk.source == str(tmp_path / "my-camera")
    scenario_list.add(shell.desk, Scenario("later"), "Ann")
    shell.journal.store.close()
    again = Shell(read_case(tmp_path / "my-camera"), str(tmp_path / "my-camera"), author="Ann")
    assert list(again.desk.scenarios) == ["as it is", "mine", "later"]
    first = Shell(twinkit.example("camera"), "camera", author="Ann")
    assert list(first.desk.scenarios) == ["as it is", "mine"]
    for one in (again, first):
        one.journal.store.close()


def test_a_case_with_problems_is_not_saved(panel, folder):
    panel.table = "products"
    panel.put(0, "value", [["dear"]])
    assert not panel.save() and "'dear' is not a number" in " ".join(panel.said)
    with pytest.raises(CaseError):
        panel.workbook()
    assert read_case(folder) == twinkit.example("camera").replace("mine")


def test_a_case_with_problems_is_opened_to_be_mended(folder, tmp_path):
    """Only the data can be opened, until the tables are sound; then all there is."""
    file = folder / "stocks.csv"
    file.write_text(file.read_text().replace("base_stock", "base_stokc", 1))
    view = twinkit.workbench(str(folder), store=tmp_path / "y.sqlite", author="Ann").view
    assert [key for key, _ in view.tabs.tabs] == ["data"]
    grid = view.views["data"].grid
    assert len(grid.problems) == 1 and "base_stokc" in grid.problems[0][0] and "once the tables are sound" in grid.note
    panel = view.shell.panel("data")
    panel.table = "stocks"
    row, column, _ = panel.page()["wrong"][0]
    panel.put(row, column, [["base_stock"]])
    assert "scenarios" in [key for key, _ in view.tabs.tabs] and not grid.problems
    assert view.shell.desk.case == twinkit.example("camera").replace("mine")
    assert view.shell.desk.seed == view.shell.desk.case.settings["seed"]
    found: dict = {}
    exec(view.shell.desk.opening(), found)
    assert found["case"] == view.shell.desk.case, "the code does not read what cannot be read"
    assert panel.save() and read_case(folder) == view.shell.desk.case
    assert "edited" not in view.shell.desk.opening()
    view.shell.journal.store.close()


def test_a_case_that_cannot_be_read_is_a_list_of_sentences(folder):
    (folder / "stocks.csv").write_text("site,familly\n")
    page = twinkit.workbench(str(folder), store=None)
    assert any("familly" in said for said in page.children[0].problems)
