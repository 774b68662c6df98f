"""The tables of the case: typed, checked, imported, compared, saved."""

import asyncio

import pandas as pd
import pytest

import twinkit
from twinkit.apps.kit.guard import Guard
from twinkit.study.scenario import Scenario
from twinkit.tables import CaseError, check_case, read_case, write_case
from twinkit.tables.schema import TABLES
from twinkit.workbench import scenario_list
from twinkit.workbench.data_view import DataView
from twinkit.workbench.draft import Typed, read_draft, typed_case
from twinkit.workbench.shell import Shell
from twinkit.workbench.table_differences import changes, table_words


@pytest.fixture(scope="module")
def case():
    return twinkit.example("camera")


@pytest.fixture
def folder(case, tmp_path):
    return write_case(case, tmp_path / "mine")


@pytest.fixture
def panel(folder, tmp_path):
    shell = Shell(read_case(folder), str(folder), store=tmp_path / "x.sqlite", author="Ann")
    yield shell.panel("data")
    shell.journal.store.close()


def csv_of(panel, table):
    typed = panel.draft.tables[table]
    return pd.DataFrame(typed.rows, columns=typed.header)


# --- typed and checked


@pytest.mark.parametrize("name", ["automotive", "camera"])
def test_a_case_comes_back_from_what_is_typed(name):
    case = twinkit.example(name)
    assert read_draft(typed_case(case), name) == case


def test_problems_are_those_of_the_same_tables_on_the_disk(panel, folder, tmp_path):
    """The checks of the page are the checks of the files: same sentences, same order."""
    panel.table = "stocks"
    panel.put(0, "policy", [["base stokc"]])
    panel.put(2, "holding_cost", [["-1"]])
    panel.table = "lanes"
    panel.put(1, "origin", [["Nowhere"]])
    broken = tmp_path / "broken"
    broken.mkdir()
    for table in (t for t in ("settings", *TABLES) if panel.draft.tables[t].rows):
        csv_of(panel, table).to_csv(broken / f"{table}.csv", index=False)
    with pytest.raises(CaseError) as refused:
        read_case(broken)
    assert [p.sentence for p in panel.draft.problems] == [p.sentence for p in refused.value.problems]
    assert len(panel.draft.problems) >= 3


def test_the_cell_that_is_wrong_says_so(panel):
    panel.table = "stocks"
    panel.put(2, "holding_cost", [["abc"]])
    page = panel.page()
    assert [(row, column) for row, column, _ in page["wrong"]] == [(2, "holding_cost")]
    assert page["wrong"][0][2].startswith("'abc' is not a number; allowed is a number of 0 or more.")
    assert panel.desk.caution and panel.desk.case["stocks"].at[2, "holding_cost"] >= 0
    panel.put(2, "holding_cost", [["5"]])
    assert not panel.page()["wrong"] and not panel.desk.caution
    assert panel.desk.case["stocks"].at[2, "holding_cost"] == 5
    assert check_case(panel.desk.case) == []


def test_a_setting_that_is_wrong_is_marked_at_its_value(panel):
    panel.table = "settings"
    names = [r[0] for r in panel.draft.tables["settings"].rows]
    row = names.index("periods")
    panel.put(row, "value", [["a year"]])
    assert [(r, c) for r, c, _ in panel.page()["wrong"]] == [(row, "value")]
    assert "length of a run" in panel.page()["about"][str(row)]


def test_columns_say_unit_and_definition(panel):
    panel.table, panel.every = "stocks", True
    columns = {c["name"]: c for c in panel.page()["columns"]}
    assert set(columns) >= {"holding_cost", "order_up_to", "rationing"}
    assert columns["holding_cost"]["unit"] == "money/unit/period"
    assert "Cost of keeping one unit for a period." in columns["holding_cost"]["definition"]
    assert columns["policy"]["required"] and panel.page()["lists"]["policy"][0] == "base_stock"
    assert "Imager" in panel.page()["lists"]["site"]


def test_a_column_that_was_not_used_can_be_filled_in(panel):
    panel.table, panel.every = "stocks", True
    panel.put(0, "rationing", [["priority"]])
    assert panel.desk.case["stocks"].at[0, "rationing"] == "priority"
    assert (panel.desk.case["stocks"]["rationing"][1:] == "proportional").all()


# --- rows


def test_a_block_is_pasted_where_the_grid_shows_it(panel):
    panel.table, panel.sort = "products", "value"
    order = [row for row, _ in panel.page()["rows"]]
    at = panel.page()["columns"]
    names = [c["name"] for c in at]
    assert names.index("value") > 0
    panel.put(order[0], "value", [["7"], ["8"]])
    typed = panel.draft.tables["products"]
    assert (typed.cell(order[0], "value"), typed.cell(order[1], "value")) == ("7", "8")


def test_a_block_longer_than_the_table_adds_rows(panel):
    panel.table = "objectives"
    panel.put(0, "kpi", [["fill rate", "0.9"], ["ready rate", "0.8"]])
    assert panel.desk.case["objectives"]["kpi"].tolist() == ["fill rate", "ready rate"]
    assert not panel.draft.problems


def test_a_block_wider_than_the_table_is_refused(panel):
    panel.table = "products"
    before = panel.draft.tables
    with pytest.raises(CaseError, match="the block has 9 columns"):
        panel.put(0, "value", [["1"] * 9])
    assert panel.draft.tables == before


def test_rows_are_added_doubled_deleted_and_brought_back(panel):
    panel.table = "products"
    start = panel.draft.tables["products"].rows
    new = panel.add()
    assert new == len(start) and panel.page()["added"] == [new]
    panel.duplicate([0, 1])
    rows = panel.draft.tables["products"].rows
    assert rows[0] == rows[1] and rows[2] == rows[3] and len(rows) == len(start) + 3
    panel.delete([1, 3, len(rows) - 1])
    assert panel.draft.tables["products"].rows == start
    for _ in range(3):
        assert panel.journal.undo()
    assert panel.draft.tables["products"].rows == start and not panel.draft.problems


def test_text_of_a_table_stays_text(panel):
    panel.table, panel.every = "products", True
    panel.put(0, "family", [["<b>=1+1</b>\nand more\0"]])
    assert panel.draft.tables["products"].cell(0, "family") == "<b>=1+1</b> and more"
    panel.put(1, "family", [["=1+1"]])
    assert panel.desk.case["products"].at[1, "family"] == "=1+1"
    assert panel.save() and (panel.place() / "products.csv").read_text().count("'=1+1") == 1


# --- what is shown


def test_filter_sort_and_pages_of_ten_thousand_rows():
    rows = tuple((f"m{i % 7}", "p", str(i), str((i * 7919) % 10_000)) for i in range(10_000))
    shell = Shell(twinkit.example("camera"), "camera", store=None)
    panel = shell.panel("data")
    panel.draft.tables = {**panel.draft.tables, "history": Typed(("market", "product", "period", "units"), rows)}
    panel.table, panel.sort, panel.down = "history", "units", True
    page = panel.page()
    assert (page["total"], page["shown"], len(page["rows"])) == (10_000, 10_000, 50)
    assert [float(cells[3]) for _, cells in page["rows"]] == [float(n) for n in range(9999, 9949, -1)]
    panel.words = "m3"
    assert panel.page()["shown"] == sum(1 for i in range(10_000) if i % 7 == 3 or "m3" in rows[i][1:])
    panel.first = 10_000
    assert panel.page()["first"] == (panel.page()["shown"] - 1) // 50 * 50


def test_long_tables_are_checked_beside_the_page():
    shell = Shell(twinkit.example("camera"), "camera", store=None)
    panel = shell.panel("data")
    rows = tuple((f"m{i}", "nobody", str(i), "5") for i in range(10_000))

    async def edit():
        panel.draft.tables = {**panel.draft.tables, "history": Typed(("market", "product", "period", "units"), rows)}
        at_once = len(panel.draft.problems)
        await asyncio.wait_for(shell.journal.settled(), 30)
        return at_once, len(panel.draft.problems)

    at_once, later = asyncio.run(edit())
    assert at_once == 0 and later > 10


def test_only_what_has_changed(panel):
    panel.table = "products"
    panel.put(3, "value", [["99"]])
    panel.only = "changed"
    assert [row for row, _ in panel.page()["rows"]] == [3]
    assert panel.page()["changed"] == [[3, "value", panel.draft.saved["products"].cell(3, "value")]]


def test_differences_follow_rows_by_their_key():
    old = Typed(("product", "value"), (("a", "1"), ("b", "2"), ("c", "3")))
    new = Typed(("product", "value"), (("c", "3"), ("x", "9"), ("b", "5")))
    found = changes("products", old, new)
    assert found.cells == {(2, "value"): "2"} and found.added == [1] and found.gone == [0]
    assert table_words("products", old, new) == ["products: x added", "products: a deleted", "products, b: value 2 → 5"]


# --- files


def test_a_table_is_imported_with_units_in_its_header(panel):
    before = panel.desk.case["recipes"]["lead_time"].tolist()
    rows = [f"{r.site},{r.product},2" for r in panel.desk.case["recipes"].itertuples()]
    assert panel.upload({"recipes.csv": "\n".join(["Site,PRODUCT,Lead time [weeks]", *rows]).encode()}), panel.said
    assert panel.desk.case["recipes"]["lead_time"].tolist() == [14.0] * len(rows)
    assert panel.said == ["Loaded: recipes. Undo brings back what was here."]
    assert panel.journal.undo()
    assert panel.desk.case["recipes"]["lead_time"].tolist() == before


def test_a_workbook_is_imported(panel, case, tmp_path):
    other = case.replace(settings={"periods": 777}, products=case["products"].assign(value=3.0))
    book = write_case(other, tmp_path / "other.xlsx")
    assert panel.upload({"other.xlsx": book.read_bytes()}), panel.said
    assert panel.desk.case["products"]["value"].eq(3.0).all() and panel.desk.case.settings["periods"] == 777


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
        ({"products.csv": b"product,colour\na,red\n"}, "'colour' is no column of products"),
        ({"products.csv": b""}, "the table is empty"),
        ({"products.csv": b"a" * 9_000_000}, "larger than 8 MB"),
        ({"../../products.csv": b"product,colour\na,red\n"}, "'colour' is no column of products"),
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


# --- the view


def test_messages_of_the_grid(panel):
    view = DataView(panel, Guard())
    view.grid.wish = {**view.grid.wish, "table": "products", "first": 0}
    assert view.grid.page["table"] == "products"
    view.told(None, {"put": [0, "value", [["oops"]]]}, [])
    assert view.grid.problems[0][1] and view.grid.undo and "oops" in view.grid.problems[0][0]
    view.grid.wish = {**view.grid.wish, "table": "sites"}
    view.told(None, {"jump": 0}, [])
    assert view.grid.page["table"] == "products" and view.grid.goto[:2] == [0, "value"]
    view.told(None, {"undo": True}, [])
    assert not view.grid.problems and view.grid.redo
    view.told(None, {"upload": ["products.csv"]}, [memoryview(b"product,value\nX,-1\n")])
    assert view.grid.offer and view.grid.said[0].startswith("Nothing was loaded yet")
    view.told(None, {"put": [0, "value", [["1"] * 30]]}, [])
    assert "further to the left" in view.grid.said[0]
