"""Tables as people have them: units by what a column is, dated and wide histories, names in other dress, large files."""

from __future__ import annotations

import datetime as dt
import math
import os
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from twinkit.columns import LIMITS, table_columns
from twinkit.tables import CaseError, notes_of, read_case, write_case
from twinkit.tables.case import Case
from twinkit.tables.cells import Units, span_of
from twinkit.tables.checks_notes import realised_lead_time
from twinkit.tables.schema import TABLES, Settings

BASE = {
    "settings": "setting,value\nperiods,14\nstart_date,2024-01-01",
    "sites": "site,kind\nsup,supplier\nshop,retailer",
    "products": "product\ntea",
    "stocks": "site,product,policy,order_up_to\nshop,tea,base_stock,30\nsup,tea,unlimited,",
    "lanes": "origin,destination,product,lead_time\nsup,shop,tea,2",
    "markets": "market,site,product,demand\ncity,shop,tea,history",
}


def folder_of(path: Path, **tables: str) -> Path:
    """A folder of CSV files: the small case with some tables replaced."""
    for name, text in {**BASE, **tables}.items():
        (path / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    return path


def sentences(path: Path) -> list[str]:
    """What is wrong with a case, or what is noted of it."""
    try:
        return [n.sentence for n in notes_of(read_case(path))]
    except CaseError as error:
        return [f"problem: {p.sentence}" for p in error.problems]


def units_of(case: Case) -> list[float]:
    history = case["history"].sort_values(["market", "product", "period"])
    assert history["period"].tolist() == list(range(len(history)))
    return history["units"].tolist()


# Units -----------------------------------------------------------------------------------

BY_WEEK = {"rate": 1 / 7, "spread of a rate": 1 / math.sqrt(7), "time": 7.0, "moment": 7.0}
"""What a number of a week is in days, by what it is the quantity of."""
DAYS = {"period": 1, "periods": 1, "day": 1, "days": 1, "hours": 1 / 24, "months": 30, "year": 365, "years": 365}
"""Lengths of time by their words [days]; the periods of the test are days."""


@pytest.mark.parametrize("table", [*TABLES, "settings"])
def test_a_value_in_weeks_is_converted_by_what_its_column_is(table):
    for column in table_columns(Settings if table == "settings" else TABLES[table]).values():
        assert bool(column.quantity) == (column.numeric and bool(column.unit)), column
        if column.quantity not in BY_WEEK:
            continue
        thing, _, length = column.unit.rpartition("/")
        word = f"{thing}/week" if thing else "weeks"
        times, by = Units(1.0).factor(word, column)
        expected = BY_WEEK[column.quantity] * DAYS[length] ** (1 if thing else -1)
        assert times / by == pytest.approx(expected), column
    spread = table_columns(TABLES["markets"])["spread"]
    assert spread.quantity == "spread of a rate"


def test_a_weekly_spread_has_no_meaning_where_periods_are_not_alike(tmp_path):
    markets = "market,site,product,demand,mean,spread,autocorrelation,every\ncity,shop,tea,normal,700 units/week,{}"
    told = sentences(folder_of(tmp_path, markets=markets.format("210 units/week,0.5,1")))
    assert len(told) == 1 and "no one spread" in told[0]
    told = sentences(folder_of(tmp_path, markets=markets.format("20,0,7")))
    assert len(told) == 1 and "customers order every 7 periods" in told[0]


# Numbers ---------------------------------------------------------------------------------


def test_a_point_beside_decimal_commas_is_asked_about(tmp_path):
    markets = "market;site;product;demand;mean;price\ncity;shop;tea;poisson;{};{}"
    told = sentences(folder_of(tmp_path, markets=markets.format("2.500", "9,75")))
    assert any("'2.500' may be 2500 or 2.5" in t for t in told) and any("'9,75' has a decimal comma" in t for t in told)
    told = sentences(folder_of(tmp_path, markets=markets.format("1.250", "9")))
    assert len(told) == 1 and "the file has semicolons" in told[0]
    assert read_case(folder_of(tmp_path, markets=markets.format("1.250", "9.5")))["markets"]["mean"].tolist() == [1.25]
    assert read_case(folder_of(tmp_path, markets=markets.format("0.250", "9")))["markets"]["mean"].tolist() == [0.25]


@pytest.mark.parametrize("table", [*TABLES, "settings"])
def test_every_number_has_a_size_beyond_which_it_is_a_slip(table):
    columns = table_columns(Settings if table == "settings" else TABLES[table])
    assert not [c for c in columns.values() if c.numeric and c.limit is None]
    assert set(LIMITS) >= {c.quantity for c in columns.values() if c.quantity}


def test_a_number_too_large_to_be_meant_is_a_sentence(tmp_path):
    markets = "market,site,product,demand,mean\ncity,shop,tea,poisson,1e300"
    assert "is too large a number to be meant: mean may be up to 1,000,000,000,000 units/period" in sentences(
        folder_of(tmp_path, markets=markets)
    )[0]
    told = sentences(folder_of(tmp_path, settings="setting,value\nperiods,1e9"))
    assert any("periods may be up to 100,000" in t for t in told)


# Names -----------------------------------------------------------------------------------


def test_composed_and_decomposed_letters_are_the_same_name(tmp_path):
    plain = unicodedata.normalize("NFD", "Zürich")
    markets = f"market,site,product,demand,mean\n{plain},shop,tea,poisson,5"
    events = "event,kind,market,start,duration\nfair,demand_surge,Zürich,3,2"
    assert read_case(folder_of(tmp_path, markets=markets, events=events))["markets"]["market"].tolist() == ["Zürich"]


def test_another_case_of_a_name_and_a_column_of_remarks_are_noted(tmp_path):
    lanes = "origin,destination,product,lead_time,Bemerkung,warum auch immer\nSUP,shop,Tea ,2,old,x"
    markets = "market,site,product,demand,mean\ncity,shop,tea,poisson,5"
    case = read_case(folder_of(tmp_path, lanes=lanes, markets=markets))
    assert case["lanes"][["origin", "product"]].to_numpy().tolist() == [["sup", "tea"]]
    told = [n.sentence for n in notes_of(case)]
    assert any("'SUP' was read as 'sup'" in t for t in told) and any("'Bemerkung', 'warum auch immer' are no column" in t for t in told)
    assert "Bemerkung" not in case["lanes"]


def test_a_column_like_one_of_the_table_is_still_asked_about(tmp_path):
    lanes = "origin,destination,product,lead_tme\nsup,shop,tea,2"
    assert any("Did you mean 'lead_time'?" in t for t in sentences(folder_of(tmp_path, lanes=lanes)))


def test_a_loop_of_two_products_at_one_plant_is_one_sentence(tmp_path):
    told = sentences(folder_of(
        tmp_path, sites="site,kind\nsup,supplier\nshop,plant", products="product\ntea\nmilk\nherb",
        bill_of_materials="product,component,quantity\ntea,milk,1\nmilk,tea,0.5\ntea,herb,2",
        recipes="site,product,lead_time\nshop,tea,1\nshop,milk,0",
        stocks="site,product,policy,order_up_to\nshop,tea,base_stock,30\nshop,milk,base_stock,3\nshop,herb,base_stock,9\nsup,herb,unlimited,",
        lanes="origin,destination,product,lead_time\nsup,shop,herb,2", markets="market,site,product,demand,mean\ncity,shop,tea,poisson,5",
    ))  # fmt: skip
    assert len(told) == 1 and "'tea' goes into itself: 'tea' → 'milk' → 'tea'" in told[0]


# History ---------------------------------------------------------------------------------

HISTORIES = {
    "periods": ("market,product,period,units\ncity,tea,0,5\ncity,tea,1,6", [5, 6], "told over again"),
    "dates": ("market,product,period,units\ncity,tea,2024-01-02,5\ncity,tea,2024-01-04,6", [0, 5, 0, 6], "counted from start_date"),
    "German dates": ("market,product,period,units\ncity,tea,01.01.2024,5\ncity,tea,02.01.2024,6", [5, 6], "start_date"),
    "slashes": ("market,product,period,units\ncity,tea,1/1/2024,5\ncity,tea,1/13/2024,6", [5, *[0] * 11, 6], "start_date"),
    "closed dates": ("market,product,period,units\ncity,tea,20240101,5\ncity,tea,20240103,6", [5, 0, 6], "start_date"),
    "lines": ("market,product,period,units\ncity,tea,0,5\ncity,tea,0,6\ncity,tea,1,4", [11, 4], "they were added up"),
    "gap": ("market,product,period,units\ncity,tea,0,5\ncity,tea,3,7", [5, 0, 0, 7], "they count as 0"),
    "return": ("market,product,period,units\ncity,tea,0,5\ncity,tea,0,-2\ncity,tea,1,4", [3, 4], "negative lines are returns"),
    "lone return": ("market,product,period,units\ncity,tea,0,5\ncity,tea,1,-2\ncity,tea,2,4", [5, 0, 4], "2 units in all (rows 3)"),
    "wide": ("market,product,0,1,2\ncity,tea,4,,6", [4, 0, 6], "a column for each of 3 dates or periods"),
    "wide dates": ("market,product,2024-01-01,2024-01-02\ncity,tea,4,5", [4, 5], "a column for each of 2"),
    "weeks": ("market,product,period,units\ncity,tea,2024-W01,14\ncity,tea,2024-W02,21", [2] * 7 + [3] * 7, "spread evenly"),
}  # fmt: skip


@pytest.mark.parametrize("name", HISTORIES)
def test_history_as_people_have_it(name, tmp_path):
    text, units, note = HISTORIES[name]
    case = read_case(folder_of(tmp_path, history=text))
    assert units_of(case) == pytest.approx(units)
    assert any(note in n.sentence for n in notes_of(case))


def test_months_in_columns_are_months_of_a_monthly_clock_and_days_of_a_daily_one(tmp_path):
    history = "market,product,2024-01,Feb 2024\ncity,tea,310,58"
    month = "setting,value\nperiods,2\nperiod_days,30.4\nstart_date,2024-01-01"
    assert units_of(read_case(folder_of(tmp_path, settings=month, history=history))) == [310, 58]
    day = "setting,value\nperiods,60\nstart_date,2024-01-01\nwhole_units,yes"
    assert units_of(read_case(folder_of(tmp_path, settings=day, history=history))) == [10] * 31 + [2] * 29


def test_dates_that_cannot_be_placed_are_sentences(tmp_path):
    text = "market,product,period,units\ncity,tea,03/04/2024,5\ncity,tea,2024-04-05,5"
    assert any("'03/04/2024' is not a date that can be read in one way" in t for t in sentences(folder_of(tmp_path, history=text)))
    text = "market,product,period,units\ncity,tea,2019-03-04,5"
    assert any("ends before the run begins" in t for t in sentences(folder_of(tmp_path, history=text)))
    text = "market,product,date,units\ncity,tea,2024-01-01,3\ncity,tea,2024-01-02,4\ncity,salt,2024-01-04,5\ncity,tea,2024-01-04,many"
    said = sentences(folder_of(tmp_path, history=text))  # each mistake once, and no row said to be there twice
    assert len(said) == 2 and "row 4, product: 'salt' is not a name in products.product. Add" in said[0] + said[1] and "row 5, units: 'many'" in said[0] + said[1]
    text = "market,product,period,units\ncity,tea,20240101.5,5"
    assert sentences(folder_of(tmp_path, history=text))[0].startswith("problem: history row 2, period")


def test_an_event_may_start_on_a_date(tmp_path):
    markets = "market,site,product,demand,mean\ncity,shop,tea,poisson,5"
    events = "event,kind,site,start,duration,after\nfire,outage,shop,{},2,{}\nflood,outage,shop,3,2,"
    case = read_case(folder_of(tmp_path, markets=markets, events=events.format("2024-01-08", "")))
    assert case["events"]["start"].tolist() == [7, 3]
    assert any("read as period 7" in n.sentence for n in notes_of(case))
    told = sentences(folder_of(tmp_path, markets=markets, events=events.format("2024-01-08", "flood")))
    assert any("counted from the start of that one" in t for t in told)
    told = sentences(folder_of(tmp_path, markets=markets, events=events.format("2023-01-08", "")))
    assert any("lies before start_date" in t for t in told)


# Workbooks -------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path):
    """The small case as a workbook with a hidden sheet, struck rows and a number shown as 007."""
    markets = "market,site,product,demand,mean\ncity,shop,tea,poisson,5"
    path = write_case(read_case(folder_of(tmp_path, markets=markets)), tmp_path / "book.xlsx")
    return path, openpyxl.load_workbook(path)


def test_hidden_sheets_and_struck_rows_are_no_data(book):
    path, pages = book
    pages.create_sheet("recipes").append(["nonsense"])
    pages["recipes"].sheet_state = "hidden"
    pages["lanes"].append(["nobody", "nowhere", "nothing", 3])
    for cell in pages["lanes"][3]:
        cell.font = openpyxl.styles.Font(strike=True)
    pages.save(path)
    told = [n.sentence for n in notes_of(read_case(path))]
    assert any("'recipes' is hidden and was not read" in t for t in told) and any("struck through were left out: 3" in t for t in told)


@pytest.mark.parametrize(("form", "name"), [("000", "007"), ("0", "7"), ("0.00", "7.00"), ("0.0E+00", "")])
def test_a_number_as_a_name_is_what_the_worksheet_shows(book, form, name):
    path, pages = book
    for table, place in (("products", "A2"), ("stocks", "B2"), ("stocks", "B3"), ("lanes", "C2"), ("markets", "C2")):
        pages[table][place].value, pages[table][place].number_format = 7, form
    pages.save(path)
    if name:
        assert read_case(path)["products"]["product"].tolist() == [name]
    else:
        assert any("shows in a way of its own" in t for t in sentences(path))


def test_a_broken_or_endless_workbook_is_a_sentence(book, tmp_path):
    path, _ = book
    with zipfile.ZipFile(path) as parts:
        content = {n: parts.read(n) for n in parts.namelist()}
    page = next(n for n in content if n.startswith("xl/worksheets/sheet1"))
    for spoilt, said in (
        (content[page].replace(b"</row>", b"", 1), "can be read"),
        (content[page].replace(b'r="1"', b'r="2000000000"', 1), "beyond the last row"),
        (content[page].replace(b'r="A1"', b'r="ZZZZZZ1"', 1), "beyond the last row"),
        (content[page] + b" " * 160_000_000, "unpacks to more than"),
    ):
        made = tmp_path / "spoilt.xlsx"
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
            for name, data in content.items():
                parts.writestr(name, spoilt if name == page else data)
        assert said in " ".join(sentences(made)), said


def test_what_is_no_file_is_a_sentence(tmp_path):
    folder_of(tmp_path, markets="market,site,product,demand,mean\ncity,shop,tea,poisson,5")
    (tmp_path / "lanes.csv").unlink()
    os.mkfifo(tmp_path / "lanes.csv")
    assert sentences(tmp_path)[0] == "problem: lanes: lanes.csv is not a file. Put a file in its place."


# Lead times ------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "mean", "spread"), [("normal", 30, 6), ("uniform", 10, 4), ("poisson", 5, 0), ("lognormal", 8, 3)])
def test_the_realised_lead_time_is_that_of_shipments_that_never_overtake(kind, mean, spread):
    rng = np.random.default_rng(3)
    n = 200_000
    drawn = {
        "normal": lambda: rng.normal(mean, spread, n).clip(0, mean + 4 * spread), "uniform": lambda: rng.uniform(mean - spread, mean + spread, n),
        "poisson": lambda: rng.poisson(mean, n).astype(float),
        "lognormal": lambda: rng.lognormal(math.log(mean) - math.log1p((spread / mean) ** 2) / 2, math.sqrt(math.log1p((spread / mean) ** 2)), n),
    }[kind]()  # fmt: skip
    arrives = np.maximum.accumulate(np.arange(n) + np.floor(drawn + 0.5))
    assert realised_lead_time(kind, mean, spread) == pytest.approx((arrives - np.arange(n))[1000:].mean(), rel=0.02)


@pytest.mark.parametrize(("text", "first", "days"), [
    ("2024-02-29", "2024-02-29", 1), ("5.1.2024", "2024-01-05", 1), ("2024-01-05 00:00:00", "2024-01-05", 1), ("2024-W05", "2024-01-29", 7),
    ("2024-02", "2024-02-01", 29), ("02/2023", "2023-02-01", 28), ("März 2024", "2024-03-01", 31), ("13/01/2024", "2024-01-13", 1),
    ("13-JAN-26", "2026-01-13", 1), ("01-Dec-99", "1999-12-01", 1), ("3. Mrz 2026", "2026-03-03", 1), ("13 März 2026", "2026-03-13", 1), ("Sept 5, 2025", "2025-09-05", 1),
    ("2024-01-05T23:30:00+02:00", "2024-01-05", 1), ("2024-01-05T23:30:00.125Z", "2024-01-05", 1), ("2024-01-05 23:30:00 -0500", "2024-01-05", 1),
])  # fmt: skip
def test_dates_as_people_write_them(text, first, days):
    assert str(span_of(text).first) == first and span_of(text).days == days


@pytest.mark.parametrize("text", ["03/04/2024", "2024-13-01", "2023-02-29", "5", "1.250", "Foo 2024", "31-Apr-2026", "12 Marathon 2024", "1 Decade 20"])
def test_what_may_be_two_dates_or_is_none_is_no_date(text):
    assert span_of(text) is None


def test_what_a_spreadsheet_makes_of_a_number_is_named(tmp_path):
    """A number that its format shows as a date, a formula that fails, a column without a name, a sheet with a slip."""
    book = openpyxl.Workbook()
    for row in (["product", "value"], ["a", dt.datetime(2025, 2, 2)], ["b", "#REF!"], ["c", 3, "beyond"]):
        book.active.append(row)
    book.active.title = "products"
    book.create_sheet("reciepes").append(["site"])
    book.save(tmp_path / "mine.xlsx")
    said = " ".join(sentences(tmp_path / "mine.xlsx"))
    assert "reciepes: the worksheet is no table of a case. Did you mean 'recipes'?" in said
    assert "is a date, not a number. Give the cell the format of a number" in said
    assert "'#REF!' is an error of the spreadsheet, not a number. Mend its formula" in said
    assert "Name its columns in the header, or empty the cells beyond it" in said


def test_a_site_that_nothing_names_is_noted(tmp_path):
    sites = BASE["sites"] + "\nport,port\nforgotten,warehouse"
    lanes = "origin,destination,product,lead_time,via\nsup,shop,tea,2,port"
    history = "market,product,period,units\n" + "\n".join(f"city,tea,{t},3" for t in range(14))
    assert [s for s in sentences(folder_of(tmp_path, sites=sites, lanes=lanes, history=history)) if s.startswith("sites")] == [
        "sites row 5, site: 'forgotten' is named by no other table, so nothing happens there. Take it away, or add its stocks and lanes."]
