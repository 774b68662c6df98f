"""Reading: what is understood, and what becomes a sentence."""

from __future__ import annotations

import openpyxl
import pytest

from twinkit.columns import Column
from twinkit.tables import POLICY_PARAMETERS, CaseError, Parameters, read_case, write_case


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


UNDERSTOOD = {
    "weeks": ("lanes", 3, "lead_time", "2 weeks", 14),
    "hours": ("lanes", 3, "lead_time", "36 hours", 1.5),
    "month": ("lanes", 3, "lead_time", "1 Month", 30),
    "periods": ("lanes", 3, "lead_time", "2 periods", 2),
    "short": ("lanes", 3, "lead_time", "4d", 4),
    "exponent": ("lanes", 3, "lead_time", "1e1", 10),
    "minus sign": ("markets", 2, "trend", "\u22120.5", -0.5),
    "per cent": ("recipes", 2, "yield_rate", "97 %", 0.97),
    "per cent a year": ("markets", 2, "trend", "5%", 0.05),
    "per week": ("recipes", 2, "capacity", "70 units/week", 10),
    "own unit": ("lanes", 3, "distance", "120 km", 120),
    "money": ("lanes", 3, "transport_cost", "3 EUR/unit", 3),
    "degree": ("sites", 2, "latitude", "53.1°", 53.1),
    "yes": ("stocks", 4, "reroute", "Yes", True),
    "true": ("stocks", 4, "reroute", "TRUE", True),
    "one": ("stocks", 4, "reroute", "1", True),
    "word": ("events", 3, "kind", "Transit-Pausing", "transit_pausing"),
    "word with space": ("stocks", 3, "policy", "S s".replace(" ", "_"), "s_S"),
    "date": ("events", 3, "date", "2021-03-23 00:00:00", "2021-03-23"),
    "spaces": ("sites", 3, "city", "  Bremen ", "Bremen"),
    "apostrophe": ("sites", 3, "city", "'=1+1", "=1+1"),
    "plain apostrophe": ("sites", 3, "city", "'s-Hertogenbosch", "'s-Hertogenbosch"),
    "not available": ("sites", 3, "country", "NA", "NA"),
}


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_understands(name, edit):
    table, row, column, text, value = UNDERSTOOD[name]
    assert read_case(edit(table, row, column, text))[table][column][row - 2] == value


def test_the_length_of_a_period_gives_weeks_their_meaning(edit, folder):
    (folder / "settings.csv").write_text("setting,value\nperiods,104 weeks\nperiod days,1 week\nhold,3\n")
    case = read_case(edit("lanes", 3, "lead_time", "3 weeks"))
    assert case["lanes"]["lead_time"][1] == 3
    assert case.settings["period_days"] == 7


def test_the_header_may_name_the_unit(folder):
    rewrite(folder, "lanes", lambda text: text.replace("lead_time", "Lead time [weeks]"))
    assert read_case(folder)["lanes"]["lead_time"].tolist() == [14, 7, 7, 14, 7, 7]


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


NOT_UNDERSTOOD = {
    "moons": ("lanes", 3, "lead_time", "3 moons", "has a unit, 'moons', that lead_time cannot be in; allowed: periods"),
    "months": ("lanes", 3, "lead_time", "3 mnths", "Did you mean months?"),
    "kg": ("lanes", 3, "lead_time", "5 kg", "lanes row 3, lead_time: '5 kg' has a unit, 'kg'"),
    "miles": ("lanes", 3, "distance", "5 miles", "allowed: km. A number without a unit is in km."),
    "dollars": ("lanes", 3, "transport_cost", "5 USD", "has a unit, 'USD'"),
    "decimal comma": ("lanes", 3, "lead_time", "1,5", "has a decimal comma; numbers have a decimal point. Write 1.5."),
    "either comma": ("lanes", 3, "lead_time", "1,500", "Write 1.500, or 1500 if the comma separates thousands."),
    "thousands": ("lanes", 3, "lead_time", "1 000", "has a separator of thousands, which may be misread. Write 1000."),
    "both": ("lanes", 3, "lead_time", "1.000,5", "has more than one point or comma"),
    "word": ("lanes", 3, "lead_time", "soon", "'soon' is not a number; allowed is a number of 0 or more"),
    "nan": ("lanes", 3, "lead_time", "nan", "'nan' is not a number"),
    "inf": ("lanes", 3, "capacity", "inf", "'inf' is not a number; allowed is a number of 0 or more. Leave the cell"),
    "underscore": ("lanes", 3, "lead_time", "1_0", "'1_0' is not a number"),
    "too large": ("lanes", 3, "lead_time", "1e999", "'1e999' is too large a number"),
    "whole": ("lanes", 3, "information_delay", "36 hours", "'36 hours' is 1.5 periods; allowed is a whole number"),
    "flag": ("stocks", 4, "reroute", "maybe", "'maybe' is neither yes nor no"),
    "date": ("events", 3, "date", "23.3.2021", "'23.3.2021' is not a date as year-month-day. Write it like"),
    "no date": ("events", 3, "date", "2021-02-29", "'2021-02-29' is a date that no calendar has"),
    "choice": ("sites", 3, "kind", "Plnt", "'Plnt' is not one of supplier, plant, warehouse, retailer, port. Did you"),
    "empty": ("sites", 3, "kind", " ", "sites row 3, kind: the cell is empty; it must hold one of supplier"),
    "long": ("sites", 3, "kind", "x" * 10_000, "xxx…' is not one of"),
    "right to left": ("sites", 3, "kind", "\u202eabc", "'\\u202eabc' is not one of"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_does_not_understand(name, edit, problems_of):
    table, row, column, text, words = NOT_UNDERSTOOD[name]
    sentence = only(problems_of(edit(table, row, column, text)))
    assert sentence.startswith(f"{table} row {row}, {column}: ")
    assert words in sentence
    assert len(sentence) < 500


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
    assert (
        sentence
        == "sites row 1, kind: the column is missing; the sheet has site. Add it: what the site does."
    )


def test_wrong_unit_in_header(folder, problems_of):
    rewrite(folder, "lanes", lambda text: text.replace("lead_time", "lead_time [moons]"))
    assert "Did you mean lead_time [months]?" in only(problems_of(folder))


def test_too_many_cells(folder, problems_of):
    rewrite(folder, "products", lambda text: text + "Salt,sea,fine\n")
    assert only(problems_of(folder)).startswith("products row 5: the row has more cells than the header")


def test_extra_columns(edit, problems_of):
    folder = edit("stocks", 4, "kept_back", "5")
    assert "'kept_back' is no column of stocks" in only(problems_of(folder))
    assert read_case(folder, extra_columns=["kept_back"])["stocks"]["kept_back"][2] == 5
    column = Column("periods", "kept back for", start=1, high=10)
    column.name = "kept_back"
    assert read_case(folder, extra_columns={"kept_back": column})["stocks"]["kept_back"].tolist()[:3] == [
        1,
        1,
        5,
    ]
    edit("stocks", 4, "kept_back", "2 weeks")
    assert "'14' is out of range" in only(problems_of(folder, extra_columns={"kept_back": column}))
    policies = {**POLICY_PARAMETERS, "mine": Parameters(("kept_back",))}
    edit("stocks", 4, "kept_back", "5")
    edit("stocks", 4, "order_up_to", "")
    assert read_case(edit("stocks", 4, "policy", "Mine"), policies=policies)["stocks"]["policy"][2] == "mine"


def test_an_extra_column_may_hold_texts(edit, problems_of):
    folder = edit("sites", 3, "colour", "red")
    assert read_case(folder, extra_columns=["sites.colour"])["sites"]["colour"].tolist()[:2] == ["", "red"]
    sentence = only(problems_of(edit("sites", 4, "colour", "5"), extra_columns=["sites.colour"]))
    assert "'red' is not a number" in sentence


SETTINGS = {
    "unknown": ("peroids,9", "settings row 2, setting: 'peroids' is no setting. Did you mean 'periods'?"),
    "number": ("periods,many", "settings row 2, periods: 'many' is not a number"),
    "range": ("periods,0", "settings row 2, periods: '0' is out of range"),
    "twice": ("seed,1\nseed,2", "settings row 3, seed: '2' is given again; row 2 has it. Keep one."),
    "nameless": (",2", "settings row 2, setting: the cell is empty"),
    "word": ("day,night", "settings row 2, day: 'night' is not one of order_after_demand"),
    "period": ("period_days,0", "settings row 2, period_days: '0' is out of range"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_wrong_setting(name, folder, problems_of):
    rows, words = SETTINGS[name]
    (folder / "settings.csv").write_text(f"setting,value\n{rows}\n")
    assert words in only(problems_of(folder))


def test_wrong_header_of_settings(folder, problems_of):
    (folder / "settings.csv").write_text("name,value\nperiods,3\n")
    told = [p.sentence for p in problems_of(folder)]
    assert told[0].startswith("settings row 1: 'name' is no column of settings")
    assert told[1].startswith("settings row 1, setting: the column is missing")


FILES = {
    "unknown": ("stock.csv", b"site\n", "stock: the file is no table of a case", "Did you mean 'stocks'?"),
    "empty": ("events.csv", b"", "events: the table is empty; the first row must hold the names", ""),
    "no header": ("events.csv", b"\nfire\n", "events: the first row is empty; the first row must hold", ""),
    "latin": ("events.csv", "event\nBr\xe4nde\n".encode("latin-1"), "events: events.csv is not UTF-8 text (row 2", "CSV UTF-8"),
    "utf-16": ("events.csv", "event\n".encode("utf-16"), "events: events.csv is not UTF-8 text", "CSV UTF-8"),
    "binary": ("events.csv", b"a\0b", "events: events.csv is not a text file", ""),
    "open quote": ("events.csv", b'event,kind\n"fire,outage\n', "events: events.csv cannot be read after row 1", "quote"),
}  # fmt: skip


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
    assert sentence.startswith(
        "stocks: the table is missing. Add stocks.csv. A row is: One product at one site"
    )


def test_a_table_that_cannot_be_read_gives_one_sentence(folder, problems_of):
    (folder / "sites.csv").write_bytes(b"")
    assert only(problems_of(folder)).startswith("sites: the table is empty")


def test_paths(folder, tmp_path, problems_of):
    assert "'good'?" in only(problems_of(tmp_path / "goood"))
    assert "There is no folder" in only(problems_of(tmp_path / "a" / "b"))
    assert "is one table; a case is the folder" in only(problems_of(folder / "sites.csv"))
    (tmp_path / "case.ods").write_text("")
    assert "is neither a folder of CSV files nor a workbook" in only(problems_of(tmp_path / "case.ods"))
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
