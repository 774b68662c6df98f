"""Reading files: what is understood, and what becomes a sentence."""

from __future__ import annotations

import openpyxl
import pytest

from twinkit.columns import table_columns
from twinkit.tables import CaseError, read_case, write_case
from twinkit.tables.schema import TABLES


def only(problems):
    """The one problem's sentence."""
    assert len(problems) == 1, [p.sentence for p in problems]
    return problems[0].sentence


def rewrite(folder, table, change, encoding="utf-8"):
    """Change the whole text of a CSV file."""
    file = folder / f"{table}.csv"
    file.write_bytes(change(file.read_text(encoding="utf-8")).encode(encoding))
    return folder


def test_reads_what_was_written(folder, good):
    assert read_case(folder) == good
    assert read_case(str(folder)).name == "good"


def test_reads_a_workbook(good, tmp_path):
    assert read_case(write_case(good, tmp_path / "good.xlsx")) == good


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(folder, good, separator):
    for table in ("sites", "stocks", "lanes"):
        rewrite(folder, table, lambda text: text.replace(",", separator))
    assert read_case(folder) == good


def test_byte_order_mark_windows_lines_and_sep(folder, good):
    rewrite(folder, "sites", lambda text: text.replace("\n", "\r\n"), "utf-8-sig")
    rewrite(folder, "stocks", lambda text: "sep=;\n" + text.replace(",", ";"))
    assert read_case(folder) == good


def test_other_files_are_left_alone(folder, good):
    for name in ("README.md", "COLUMNS.md", "map.png", ".~lock.sites.csv"):
        (folder / name).write_text("nothing to read")
    (folder / "drafts.csv.d").mkdir()
    assert read_case(folder) == good


def test_file_names_may_be_friendly(folder, good):
    (folder / "bill_of_materials.csv").rename(folder / "Bill of materials.CSV")
    assert read_case(folder) == good


def test_empty_rows_are_left_out_and_counted(folder, problems_of):
    rewrite(folder, "products", lambda text: text.replace("Bread", "\n,,\nBread") + "\n\nbread\n")
    [problem] = problems_of(folder)
    assert (problem.row, problem.value) == (9, "bread")


def test_a_line_break_in_a_cell_counts_as_one_row(folder, problems_of, edit):
    edit("sites", 2, "city", "two\nlines")
    assert "sites row 3, kind: 'plan' is not one of" in only(problems_of(edit("sites", 3, "kind", "plan")))


HEADERS = {
    "unknown": (("city", "cty"), "sites row 1: 'cty' is no column of sites. Did you mean 'city'?"),
    "missing": (("kind", "kind_"), "sites row 1: 'kind_' is no column of sites. Did you mean 'kind'?"),
    "twice": (("city", "kind"), "sites row 1, kind: the column is there twice. Take one of them away."),
    "unit": (("latitude", "latitude [km]"), "sites row 1, latitude: 'km' is no unit that latitude can be in"),
    "no name": (("city", ""), "sites row 1: column 3 has values and no name. Write its name into row 1."),
}


@pytest.mark.parametrize("name", HEADERS)
def test_wrong_header(name, folder, edit, problems_of):
    (old, new), words = HEADERS[name]
    text = "site,kind,city,latitude,longitude\nMill,supplier,supplier,53,8\n" + "".join(
        f"{site},{kind},{kind},,\n"
        for site, kind in (
            ("Bakery", "plant"),
            ("Depot", "warehouse"),
            ("Shop", "retailer"),
            ("Kiosk", "retailer"),
            ("Harbour", "port"),
        )
    )
    head, rows = text.split("\n", 1)
    (folder / "sites.csv").write_text(f"{head.replace(old, new)}\n{rows}")
    assert words in only(problems_of(folder))


def test_missing_column(folder, problems_of):
    (folder / "sites.csv").write_text("site\nMill\nBakery\nDepot\nShop\nKiosk\nHarbour\n")
    sentence = only(problems_of(folder))
    assert sentence == "sites row 1, kind: the column is missing; the sheet has site. Add it: what the site does."


def test_wrong_unit_in_header(folder, problems_of):
    rewrite(folder, "lanes", lambda text: text.replace("lead_time", "lead_time [moons]"))
    assert "Did you mean lead_time [months]?" in only(problems_of(folder))


def test_too_many_cells(folder, problems_of):
    rewrite(folder, "products", lambda text: text + "Salt,sea,fine\n")
    assert only(problems_of(folder)).startswith("products row 5: the row has more cells than the header")


FILES = {
    "unknown": ("stock.csv", b"site\n", "stock: the file is no table of a case", "Did you mean 'stocks'?"),
    "empty": ("events.csv", b"", "events: the table is empty; the first row must hold the names", ""),
    "no header": ("events.csv", b"\nfire\n", "events: the first row is empty; the first row must hold", ""),
    "latin": (
        "events.csv",
        "event\nBr\xe4nde\n".encode("latin-1"),
        "events: events.csv is not UTF-8 text (row 2",
        "CSV UTF-8",
    ),
    "utf-16": ("events.csv", "event\n".encode("utf-16"), "events: events.csv is not UTF-8 text", "CSV UTF-8"),
    "binary": ("events.csv", b"a\0b", "events: events.csv is not a text file", ""),
    "open quote": (
        "events.csv",
        b'event,kind\n"fire,outage\n',
        "events: events.csv cannot be read after row 1",
        "quote",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_wrong_file(name, folder, problems_of):
    file, content, words, hint = FILES[name]
    (folder / file).write_bytes(content)
    sentence = only(problems_of(folder))
    assert sentence.startswith(words)
    assert hint in sentence


def test_two_files_for_a_table(folder, problems_of):
    (folder / "Bill of materials.csv").write_text("product\n")
    assert "there are two files for this table" in only(problems_of(folder))


def test_needed_table_missing(folder, problems_of):
    (folder / "stocks.csv").unlink()
    sentence = only(problems_of(folder))
    assert sentence.startswith("stocks: the table is missing. Add stocks.csv. A row is: One product at one site")


def test_a_table_that_cannot_be_read_gives_one_sentence(folder, problems_of):
    (folder / "sites.csv").write_bytes(b"")
    assert only(problems_of(folder)).startswith("sites: the table is empty")


@pytest.mark.parametrize("table", [*TABLES, "settings"])
def test_any_table_that_cannot_be_read_gives_one_sentence(table, folder, problems_of):
    (folder / f"{table}.csv").write_bytes(b"")
    assert only(problems_of(folder)).startswith(f"{table}: the table is empty")


@pytest.mark.parametrize("table", TABLES)
def test_any_missing_column_gives_one_sentence(table, folder, problems_of):
    file = folder / f"{table}.csv"
    text = file.read_text() if file.exists() else ",".join(table_columns(TABLES[table])) + "\n"
    for name in (n for n, c in table_columns(TABLES[table]).items() if c.required):
        file.write_text(text.replace(name, f"x{name}x", 1))
        found = problems_of(folder)
        assert f"'x{name}x' is no column of {table}" in found[0].sentence
        assert len(found) < 3


def test_a_period_of_no_length_is_one_sentence(folder, edit, problems_of):
    (folder / "settings.csv").write_text("setting,value\nperiod_days,0\nperiods,1 year\n")
    assert "period_days: '0' is out of range" in only(problems_of(edit("lanes", 3, "lead_time", "2 weeks")))


def test_a_sentence_shows_the_cell_as_it_was_typed(edit, problems_of):
    assert "yield_rate: '110 %' is out of range" in only(problems_of(edit("recipes", 2, "yield_rate", " 110 %")))


def test_a_workbook_for_people_only(tmp_path, problems_of):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.save(tmp_path / "notes.xlsx")
    assert "holds no table" in only(problems_of(tmp_path / "notes.xlsx"))


def test_paths(folder, tmp_path, problems_of):
    assert "'good'?" in only(problems_of(tmp_path / "goood"))
    assert "There is no folder" in only(problems_of(tmp_path / "a" / "b"))
    assert "is one table; a case is the folder" in only(problems_of(folder / "sites.csv"))
    (tmp_path / "case.ods").write_text("")
    assert "is neither a folder of CSV or Parquet files nor a workbook" in only(problems_of(tmp_path / "case.ods"))
    (tmp_path / "case.xlsx").write_text("no workbook")
    assert "is not a workbook that can be read" in only(problems_of(tmp_path / "case.xlsx"))
    assert "Did you mean the workbook case.xlsx in it?" in only(problems_of(tmp_path))
    (tmp_path / "new").mkdir()
    assert "holds no table. Put a file such as sites.csv" in only(problems_of(tmp_path / "new"))


def workbook(good, path, change):
    """The good case as a workbook, changed."""
    write_case(good, path)
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def test_a_workbook_keeps_numbers_dates_and_flags(good, tmp_path):
    from datetime import datetime

    def change(book):
        book["events"].cell(1, 20, "date")
        book["events"].cell(2, 20, datetime(2021, 3, 23))
        book["stocks"].cell(1, 20, "reroute")
        book["stocks"].cell(4, 20, True)
        book["sites"].cell(1, 20, "company")
        book["sites"].cell(2, 20, 4711)
        book.create_sheet("Sheet1")
        book.create_sheet("Notes")["A1"] = "not a table"

    case = read_case(workbook(good, tmp_path / "a.xlsx", change))
    assert case["events"]["date"][0] == "2021-03-23"
    assert case["stocks"]["reroute"].tolist()[:3] == [False, False, True]
    assert case["sites"]["company"][0] == "4711"


def test_a_formula_without_value_is_a_sentence(good, tmp_path, problems_of):
    def change(book):
        book["lanes"]["D3"] = "=1+1"

    sentence = only(problems_of(workbook(good, tmp_path / "a.xlsx", change)))
    assert sentence.startswith("lanes row 3: '=1+1' cell D3 holds a formula that has no value yet")


def test_an_unknown_worksheet_is_a_sentence(good, tmp_path, problems_of):
    def change(book):
        book.create_sheet("Lane")["A1"] = "origin"

    assert "Did you mean 'lanes'?" in only(problems_of(workbook(good, tmp_path / "a.xlsx", change)))


def test_the_error_can_be_sent_to_another_process(folder, edit, problems_of):
    import pickle

    with pytest.raises(CaseError) as caught:
        read_case(edit("sites", 3, "kind", "x"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert str(again).startswith("1. sites row 3, kind: 'x' is not one of")
