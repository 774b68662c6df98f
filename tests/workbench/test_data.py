"""The tables of the case: typed, checked, imported, compared, saved."""

import asyncio

import pandas as pd
import pytest

import twinkit
from twinkit.apps.kit.guard import Guard
from twinkit.tables import CaseError, check_case, read_case
from twinkit.tables.schema import TABLES
from twinkit.workbench.data_panel import DataView
from twinkit.workbench.differences import changes, table_words
from twinkit.workbench.draft import Typed, read_draft, typed_case
from twinkit.workbench.shell import Shell


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
    assert at_once == 0 and later >= 5


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


# --- written by an answer


def test_a_stocking_plan_is_written_into_the_tables_and_taken_back(panel):
    """The cells of the plan alone: a time that was typed with its unit stays; one undo takes all of it back."""
    panel.draft.change("lanes", lambda typed: typed.put(0, ["lead_time"], [[f"{typed.cell(0, 'lead_time')} days"]]))
    typed, before = dict(panel.draft.tables), panel.desk.case
    asking = panel.shell.panel("stocking")
    asking.service_times = {"Customers": 5}
    assert asyncio.run(asking.run())
    view = asking.view()(asking, Guard())
    button = next(w for w in every(view.answer) if getattr(w, "testid", "") == "write")
    button._handle_custom_msg({"press": "write"}, [])
    planned = asking.job.result.stocked(before)
    assert panel.desk.case == planned != before and panel.draft.tables["lanes"] == typed["lanes"]
    assert asking.stale and check_case(panel.desk.case) == []
    told = next(w for w in every(view.answer) if getattr(w, "testid", "") == "written")
    assert "of stocks. Undo takes it back" in told.sentences[0]
    button._handle_custom_msg({"press": "write"}, [])
    assert "nothing was changed" in told.sentences[0]
    assert panel.journal.undo() and panel.draft.tables == typed and panel.desk.case == before
    panel.draft.change("stocks", lambda t: t.put(0, ["policy"], [["odd"]]))
    button._handle_custom_msg({"press": "write"}, [])
    assert "Nothing was written" in told.sentences[0]


def every(widget):
    """A widget and all within it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)
