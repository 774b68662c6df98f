"""From extracts to a case: what is read, mapped, refused, derived and known of every cell; against loops and against files of all kinds."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import tomllib
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from small_folder import FILES, MAPPING, put
from tiny_case import tiny_case

import twinkit
from twinkit.capabilities.intake.assemble import difference, intake
from twinkit.capabilities.intake.derive import _fitted, _moments, failures
from twinkit.capabilities.intake.extracts import read_extracts
from twinkit.capabilities.intake.mapping import read_mapping
from twinkit.capabilities.intake.propose import propose
from twinkit.capabilities.intake.values import dates, factors, matches, numbers
from twinkit.capabilities.intake.written import toml_of
from twinkit.capabilities.intake.xml_tables import tables_of_xml
from twinkit.chain.chain import Chain
from twinkit.cli import main
from twinkit.inventory import fit_lead_times
from twinkit.run.kpis import kpis_of
from twinkit.tables import CaseError
from twinkit.workbench.draft import Draft
from twinkit.workbench.grid import Wish, page

ROOT = Path(__file__).parents[2]
@pytest.fixture
def folder(tmp_path):
    return put(tmp_path)


def told(result) -> str:
    return "\n".join(p.sentence for p in result.problems)


def test_regional_habits_units_money_and_words(folder):
    case = intake(folder).require()
    products = case["products"].set_index("product")
    assert products.index.tolist() == ["007", "NA"]  # no number, and Namibia is no gap
    assert products["mass"].tolist() == pytest.approx([1.2505, 2.0]) and products["value"].tolist() == pytest.approx([0.625, 3.0])
    stocks = case["stocks"].set_index(["site", "product"])
    assert stocks.loc[("shop", "007"), "on_hand"] == 7 and stocks["policy"].tolist() == ["on_demand", "on_demand", "unlimited", "unlimited"]
    town = case["markets"].set_index("product")
    assert town.loc["007", "mean"] == pytest.approx((5 + 0 + 6) / 10) and town.loc["NA", "mean"] == pytest.approx(0.2)  # ten days, 3 came back
    assert case.settings["start_date"] == "2026-01-13"


def test_every_cell_knows_its_source_through_saving_and_says_when_its_row_was_changed(folder, tmp_path):
    case = intake(folder).require()
    for path in (folder / "saved", tmp_path / "saved.xlsx"):
        twinkit.write_case(case, path)
        again = twinkit.read_case(path)
        assert again == case or path.suffix
        source = again.source("products", "007", "mass")
        assert (source.file, source.row, source.taken, source.assumed, source.changed) == ("Artikel: Artikel_20260105.csv", "2", "2026-01-05", False, False)
        assert source.sentence == "Artikel_20260105.csv row 2, taken on 2026-01-05: Gewicht, in ME, converted."
        assert again.source("stocks", ("shop", "007"), "on_hand").sentence.startswith("Lager.csv, 2 rows, 2 the first")
        assert again.source("lanes", 0, "lead_time").assumed and "nobody knows" in again.source("lanes", 0, "lead_time").sentence
    edited = case.replace(products=case["products"].assign(mass=[9.0, 2.0]))
    assert edited.source("products", "007", "mass").changed and not edited.source("products", "NA", "mass").changed
    assert "Nothing is known" in case.source("products", 0, "scrap_value").sentence
    with pytest.raises(KeyError, match="Did you mean 'mass'"):
        case.source("products", 0, "mas")
    with pytest.raises(KeyError, match="no row 'bike'"):
        case.source("products", "bike", "mass")


def test_cells_in_the_workbench_say_where_they_come_from(folder):
    case = intake(folder).require()
    draft = Draft(case)
    shown = {(row, column): said for row, column, said in page(draft, Wish("stocks"), case)["sources"]}
    assert shown == {(i, c): case.source("stocks", i, c).sentence for i in range(4) for c in ("site", "product", "policy", "on_hand")}
    assert page(draft, Wish("stocks", words="mill 007"), case)["sources"][0][2] == "Lager.csv row 5: Ort."
    settings = draft.tables["settings"]
    at = next(i for i in range(len(settings.rows)) if settings.cell(i, "setting") == "currency")
    assert [at, "value", "Stated in the mapping: EUR."] in page(draft, Wish("settings"), case)["sources"]
    draft.change("stocks", lambda typed: typed.put(0, ["on_hand"], [["nine"]]))
    draft.check()
    assert draft.problems and not page(draft, Wish("stocks"), case)["sources"]
    edited = case.replace(stocks=case["stocks"].assign(on_hand=[9.0, 1.0, 0.0, 0.0]))
    said = {(row, column): words for row, column, words in page(Draft(edited), Wish("stocks"), edited)["sources"]}
    assert "The row was changed after it was taken in" in said[0, "on_hand"] and "changed" not in said[1, "on_hand"]
    assert not page(Draft(tiny_case()), Wish("stocks"), tiny_case())["sources"]


@pytest.mark.parametrize(("old", "new", "said"), [
    ('product = "Nummer"\nmass', "mass", "is not mapped: unique name of the product"), ('"Gewicht"', '"Gewich"', "'Gewicht'?"),
    ("[rates]\nUSD = 0.5\n", "", "'USD' is a currency without a rate"), (', X = "unlimited"', "", "'X' is not translated"), ('from = "Lager"', 'from = "Lage"', "Did you mean 'Lager'?"),
    (', combine = "sum"', "", "is there 2 times with different values"), ("[[markets]]", "[[markts]]", "Did you mean 'markets'"), ('units = "Menge"', "", "must be told to derive demand"),
    ("assume = 3", "assum = 3", "Did you mean 'assume'"), ('"Datum"', '"Art"', "is no date"), ("[[products]]", "[[products]\n", "is no TOML"), ('site = { value = "shop" }\nproduct', 'site = "Menge"\nproduct', "Put site into the name"),
])  # fmt: skip
def test_what_a_mapping_lacks_is_said_and_nothing_is_completed(folder, old, new, said):
    assert old in MAPPING
    (folder / "intake.toml").write_text(MAPPING.replace(old, new), encoding="utf-8")
    try:
        result = intake(folder)
        assert result.case is None
        sentences = told(result)
    except CaseError as error:
        sentences = str(error)
    assert said in sentences


def test_what_is_read_as_something_else_is_told(folder):
    (folder / "Artikel_20260105.csv").write_bytes(FILES["Artikel_20260105.csv"].replace(b"2,0;KG;3,00;1", b"2,0;;3,00;0"))
    (folder / "Ofen.csv").write_text("Ort,Art,Minuten\nshop,007,90\n", encoding="utf-8")
    more = '[[recipes]]\nfrom = "Ofen"\n[recipes.columns]\nsite = "Ort"\nproduct = "Art"\nlead_time = { column = "Minuten", unit = "min" }\n'
    (folder / "intake.toml").write_text(MAPPING + more, encoding="utf-8")
    said = "\n".join(intake(folder).notes)
    for part in ("1 row without a unit in ME read as kg, for mass", "1 row with nothing or 0 in je read as 1, for value", "lead_time of 1 row rounded up to whole periods, such as 0.0625 to 1"):
        assert part in said


def test_a_cell_that_another_part_filled_names_that_part(folder):
    (folder / "Gewichte.csv").write_text("Nr,kg\n007,9\nNA,4\n", encoding="utf-8")
    (folder / "Artikel_20260105.csv").write_bytes(FILES["Artikel_20260105.csv"].replace(b"2,0;KG", b";KG"))
    more = '[[products]]\nfrom = "Gewichte"\nfills = true\n[products.columns]\nproduct = "Nr"\nmass = "kg"\n'
    (folder / "intake.toml").write_text(MAPPING + more, encoding="utf-8")
    result = intake(folder)
    case = result.require()
    assert case["products"]["mass"].tolist() == pytest.approx([1.2505, 4.0]) and "says '9.0'" in result.contradictions[0]
    assert [case.source("products", p, "mass").file.partition(": ")[2] for p in ("007", "NA")] == ["Artikel_20260105.csv", "Gewichte.csv"]


@pytest.mark.parametrize("name", ["corrections.csv", "corrections.xlsx"])
def test_corrections_are_filled_in_and_read_back(folder, name, capsys):
    (folder / "Artikel_20260105.csv").write_bytes(FILES["Artikel_20260105.csv"].replace(b"2,0;KG", b"=x;KG"))
    assert main(["intake", str(folder), "--check", "--corrections", str(folder / name)]) == 2
    assert "1 cell to look at" in capsys.readouterr().out
    frame = pd.read_csv(folder / name, dtype=str) if name.endswith("csv") else pd.read_excel(folder / name, dtype=str)
    assert frame[["row", "column"]].values.tolist() == [["3", "Gewicht"]]
    rows = [["file", "row", "column", "is", "should_be"], ["Artikel_20260105.csv", "3", "Gewicht", "'=x", "2,5"]]
    (folder / name).unlink()
    (folder / "corrections.csv").write_text("\n".join(";".join(r) for r in rows), encoding="utf-8")
    case = intake(folder).require()
    assert case["products"]["mass"].tolist() == pytest.approx([1.2505, 2.5])
    assert case.source("products", "NA", "mass").sentence.startswith("Artikel_20260105.csv (corrected) row 3")
    (folder / "Artikel_20260105.csv").write_bytes(FILES["Artikel_20260105.csv"])
    assert "is about '=x', and the extract says '2,0' by now" in told(intake(folder))


def test_a_problem_of_the_case_names_the_row_of_the_extract(folder):
    (folder / "Lager.csv").write_bytes(FILES["Lager.csv"] + b"shop,ghost,1,PD\n")
    assert "Lager.csv row 7" in told(intake(folder))


def test_every_night(folder, capsys):
    out = folder / "twinkit-case"
    assert main(["intake", str(folder), "--check"]) == 0 and not out.exists()
    assert main(["intake", str(folder)]) == 0
    first = {p.name: p.read_bytes() for p in out.iterdir()}
    assert main(["intake", str(folder)]) == 0 and "Nothing is other" in capsys.readouterr().out
    (folder / "Artikel_20260105.csv").write_bytes(FILES["Artikel_20260105.csv"].replace(b"2,0", b"x"))
    assert main(["intake", str(folder)]) == 2
    assert "Artikel_20260105.csv row 3, Gewicht: 'x' is no number" in (said := capsys.readouterr().out) and "is as it was" in said
    assert {p.name: p.read_bytes() for p in out.iterdir()} == first
    (folder / "Artikel_20260105.csv").write_bytes(FILES["Artikel_20260105.csv"].replace(b"2,0", b"2,5"))
    assert main(["intake", str(folder)]) == 0
    assert "mass of 1 row is another ('NA' was 2.0, is 2.5)" in capsys.readouterr().out
    assert difference(None, twinkit.read_case(out)) == ["There was no case yet."]
    (out / "products.csv").write_text((out / "products.csv").read_text(encoding="utf-8").replace("2.5", "2.50"), encoding="utf-8")  # the same, saved by a spreadsheet
    assert main(["intake", str(folder)]) == 0 and "Nothing is other" in capsys.readouterr().out
    (out / "products.csv").write_bytes(b"\xff\xfe spoiled")
    assert main(["intake", str(folder)]) == 0 and "cannot be read any more" in capsys.readouterr().out
    assert main(["intake", str(folder), "--out", str(folder / "twinkit-case.xlsx")]) == 0
    assert main(["intake", str(folder), "--out", str(folder / "twinkit-case.xlsx")]) == 0 and "Nothing is other" in capsys.readouterr().out


def test_the_same_table_out_of_every_kind_of_file(tmp_path):
    rows = [("007", 1.5, "2026-01-05"), ("Äpfel", 2.0, "2026-01-06")]
    frame = pd.DataFrame(rows, columns=["name", "mass", "day"])
    for kind in ("csv", "tsv", "utf16", "json", "jsonl", "xlsx", "sqlite", "parquet", "duckdb", "zip"):
        (tmp_path / kind).mkdir()
    csv = "name,mass,day\n007,1.5,2026-01-05\nÄpfel,2,2026-01-06\n"
    (tmp_path / "csv/item_20260105.csv").write_text(csv, encoding="utf-8-sig")
    (tmp_path / "tsv/item.tsv").write_text(csv.replace(",", "\t"), encoding="utf-8")
    (tmp_path / "utf16/item.csv").write_bytes(csv.replace(",", ";").encode("utf-16"))
    records = [dict(zip(frame.columns, row, strict=True)) for row in rows]
    (tmp_path / "json/x.json").write_text(json.dumps([{"model": "input.item", "fields": r} for r in records]), encoding="utf-8")
    (tmp_path / "jsonl/item.jsonl").write_text("\n".join(json.dumps(r) for r in records), encoding="utf-8")
    book = Workbook()
    book.active.title = "item"
    book.active.append(list(frame.columns))
    book.active.append([7, 1.5, "2026-01-05"])
    book.active["A2"].number_format = "000"
    book.active.append(list(rows[1]))
    book.save(tmp_path / "xlsx/export.xlsx")
    with closing(sqlite3.connect(tmp_path / "sqlite/erp.sqlite")) as base, base:
        frame.to_sql("item", base, index=False)
    base.close()
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as base:
        base.execute("create table item (name text, mass double, day text)")
        base.executemany("insert into item values (?, ?, ?)", rows)
        base.execute(f"copy item to '{tmp_path}/parquet/item.parquet' (format parquet)")
    with duckdb.connect(str(tmp_path / "duckdb/erp.duckdb")) as base:
        base.execute("create table item (name text, mass double, day date)")
        base.executemany("insert into item values (?, ?, ?)", rows)
        base.execute(f"copy item to '{tmp_path / 'parquet/item.parquet'}' (format parquet)")
    with zipfile.ZipFile(tmp_path / "zip/all.zip", "w") as pack:
        pack.writestr("item.csv", csv)
    for kind in (p.name for p in tmp_path.iterdir()):
        found = read_extracts(tmp_path / kind)
        assert not found.problems, (kind, [p.sentence for p in found.problems])
        item = found.tables["item"]
        assert item.frame["name"].tolist() == ["007", "Äpfel"] and dates(item.frame["day"].to_numpy())[0].astype(str)[1][:10] == "2026-01-06", kind
        assert numbers(item.frame["mass"].to_numpy())[0].tolist() == [1.5, 2.0], kind


def test_a_database_is_asked_and_its_password_stays_out_of_the_file(tmp_path, monkeypatch):
    pytest.importorskip("sqlalchemy")
    with closing(sqlite3.connect(tmp_path / "x.bin")) as base, base:
        base.execute("create table item (name text, mass real)")
        base.execute("insert into item values ('007', 1.5)")
    base.close()
    said = {"name": "items", "database": "env:ERP", "query": "select name, mass from item where mass > 1"}
    assert "ERP, which is not set" in read_extracts(tmp_path, [said]).problems[0].sentence
    monkeypatch.setenv("ERP", f"sqlite:///{tmp_path / 'x.bin'}")
    found = read_extracts(tmp_path, [said])
    assert found.tables["items"].frame["name"].tolist() == ["007"] and found.tables["items"].at(0) == "query items row 1"
    bad = read_extracts(tmp_path, [{**said, "query": "select nothing from nowhere"}])
    assert "could not be asked" in bad.problems[0].sentence and "Traceback" not in bad.problems[0].sentence


@pytest.fixture
def postgres():
    """A server of PostgreSQL that the test starts; the address to it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(p) for p in [shutil.which("initdb")] if p]
    if not found or os.name != "posix":
        pytest.skip("there is no PostgreSQL on this computer")
    who = {"user": "nobody"} if os.geteuid() == 0 else {}  # it does not run as root
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **who}
    subprocess.run([found[-1], "-D", folder / "data", "-U", "erp", "-A", "trust", "-N"], check=True, **quiet)
    server = subprocess.Popen([found[-1].with_name("postgres"), "-D", folder / "data", "-p", str(port), "-k", folder, "-h", "127.0.0.1", "-F"], **quiet)
    try:
        for _ in range(100):
            with socket.socket() as link:
                if link.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"postgresql+pg8000://erp:secret@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_tables_come_out_of_postgresql(postgres, folder, monkeypatch):
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine(postgres)
    with engine.begin() as link:
        link.execute(sqlalchemy.text('create table item ("Nummer" text, "Gewicht" numeric(9, 4), "ME" text, "Preis" numeric, je int, "Währung" text, seen timestamp)'))
        link.execute(sqlalchemy.text("insert into item values ('007', 1250.5, 'G', 12.50, 10, 'USD', '2026-01-05 08:30'), ('NA', 2, 'KG', 3, 1, null, null)"))
    engine.dispose()
    (folder / "Artikel_20260105.csv").unlink()
    source = '[[source]]\nname = "Artikel"\ndatabase = "env:ERP"\nquery = "select * from item order by 1"\n'
    (folder / "intake.toml").write_text(MAPPING.replace("[settings]", f"{source}[settings]"), encoding="utf-8")
    monkeypatch.setenv("ERP", postgres)
    case = intake(folder).require()
    assert case["products"]["mass"].tolist() == pytest.approx([1.2505, 2.0]) and case["products"]["value"].tolist() == pytest.approx([0.625, 3.0])
    assert case.source("products", "007", "mass").sentence.startswith("query Artikel row 1")
    monkeypatch.setenv("ERP", postgres.replace("5", "6").replace("/postgres", "/nowhere"))
    said = told(intake(folder))
    assert "could not be asked" in said and "secret" not in said


def test_files_as_systems_write_them(tmp_path):
    (tmp_path / "list.txt").write_text("-----------\n|MATNR |LABST|\n-----------\n|00A   | 1,5-|\n|00B   |2,25 |\n-----------\n", encoding="cp1252")
    (tmp_path / "torn.csv").write_text("a,b\n1,2\n3,4,5\n", encoding="utf-8")
    (tmp_path / "headless.csv").write_text("1+|x+|&|\n2+|y+|&|\n", encoding="utf-8")
    said = {"files": "headless.csv", "name": "shops", "columns": ["id", "name"], "separator": "+|", "row_end": "&|\n"}
    found = read_extracts(tmp_path, [said])
    assert found.tables["list"].frame["MATNR"].str.strip().tolist() == ["00A", "00B"] and found.tables["list"].row.tolist() == [4, 5]
    assert numbers(found.tables["list"].frame["LABST"].to_numpy())[0].tolist() == [-1.5, 2.25]
    assert "row 3 has more cells than the header" in "".join(p.sentence for p in found.problems)


def test_what_cannot_be_read_is_a_sentence_for_each_file(tmp_path):
    (tmp_path / "torn.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 3000)
    (tmp_path / "torn.json").write_text("[{", encoding="utf-8")
    (tmp_path / "torn.xlsx").write_bytes(b"PK nothing")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as pack:
        pack.writestr("stock.json", "[]")
    pytest.importorskip("duckdb")
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 nothing")
    found = read_extracts(tmp_path)
    assert not found.tables and len(found.problems) == 4
    assert {"torn.sqlite", "torn.json", "torn.xlsx", "torn.parquet"} == {name for name in ("torn.sqlite", "torn.json", "torn.xlsx", "torn.parquet") if any(name in p.sentence for p in found.problems)}
    long = "exported_by_the_warehouse_" * 3 + "of_monday.json"
    (tmp_path / long).write_text("[{", encoding="utf-8")
    assert any("of_monday.json' is no JSON" in p.sentence for p in read_extracts(tmp_path).problems)
    assert "all.zip/stock.json is of no kind that is read out of an archive" in "".join(found.notes)


@pytest.mark.parametrize("text", [
    '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><MTConnectDevices>&b;</MTConnectDevices>',
    '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><x>&f;</x>', "<x>" * 100 + "</x>" * 100, "<x><y></x>", "",
])  # fmt: skip
def test_xml_that_may_hide_something_is_refused_in_a_sentence(text):
    with pytest.raises(CaseError) as error:
        tables_of_xml(text.encode(), "machine.xml")
    assert "machine.xml" in str(error.value)


def test_streams_and_lots_of_machines_are_tables():
    stream = """<MTConnectStreams xmlns="urn:mtconnect.org:MTConnectStreams:1.3"><Streams><DeviceStream name="mill"><ComponentStream component="Path"><Events>
    <Execution dataItemId="e" timestamp="2026-01-05T08:00:00Z" sequence="1">ACTIVE</Execution><Execution dataItemId="e" timestamp="2026-01-05T09:30:00Z" sequence="2">INTERRUPTED</Execution>
    </Events></ComponentStream></DeviceStream></Streams></MTConnectStreams>"""
    rows = tables_of_xml(stream.encode(), "s.xml")[0]["mtconnect_events"]
    assert [(r["device"], r["state"]) for r in rows] == [("mill", "working"), ("mill", "down")]
    lot = """<SyncMaterialInformation xmlns="http://www.wbf.org/xml/B2MML-V0401"><DataArea><MaterialInformation><ID>A</ID><MaterialLot><ID>L1</ID>
    <Quantity><QuantityString>2.5</QuantityString><UnitOfMeasure>KG</UnitOfMeasure></Quantity></MaterialLot></MaterialInformation></DataArea></SyncMaterialInformation>"""
    row = tables_of_xml(lot.encode(), "l.xml")[0]["b2mml_lots"][0]
    assert (row["id"], row["material"], row["quantity"], row["unit"]) == ("L1", "A", "2.5", "KG")


# --- what is read otherwise than it is meant makes a wrong number


def texts(*words: str) -> np.ndarray:
    return np.array(words, dtype=object)


def test_a_moment_belongs_to_the_day_on_which_it_was_written():
    late = texts("2026-01-05T00:30:00+02:00", "2026-01-05T23:30:00.000-0500", "2026-01-05 10:00Z", "")
    assert dates(late)[0].astype("datetime64[D]").astype(str).tolist()[:3] == ["2026-01-05"] * 3
    assert dates(late, utc=True)[0].astype(str).tolist()[:2] == ["2026-01-04T22:30:00", "2026-01-06T04:30:00"]
    twelve = dates(texts("1/31/2026 2:30 PM", "1/2/2026 12:05 AM", "1/2/2026 12:05 p.m."))[0]
    assert twelve.astype(str).tolist() == ["2026-01-31T14:30:00", "2026-01-02T00:05:00", "2026-01-02T12:05:00"]
    assert dates(texts("31.01.2026 25:00", "31.01.2026 24:61", "31.01.2026 14:30"))[1].tolist() == [True, True, False]
    empty = texts("1900-01-01", "0001-01-01T00:00:00", "1753-01-01 00:00", "1899-12-30", "9999-12-31T23:59:59", "00000000")
    values, wrong = dates(empty)
    assert np.isnat(values).all() and not wrong.any()


@pytest.mark.parametrize(("cells", "wanted", "let"), [
    (("31.12.2025", "01.01.2026", "31.01.2026 14:00", "01.02.2026", ""), {"from": "2026-01-01", "until": "2026-01-31"}, [0, 1, 1, 0, 0]),
    (("20251231", "20260101"), {"from": "20260101"}, [0, 1]), (("99", "100", "1.000,5", "x"), {"from": 100}, [0, 1, 1, 0]),
    (("B", "A", "C"), {"from": "B"}, [1, 0, 1]), (("2025-12-31", "2026-01-05"), {"from": "2026"}, [0, 1]), (("1,5", "2,5"), {"below": 2}, [1, 0]),
    (("a", "b", ""), {"not": ["a"]}, [0, 1, 1]), (("a", "b"), ["b"], [0, 1]),
])  # fmt: skip
def test_a_filter_compares_dates_as_dates_and_numbers_as_numbers(cells, wanted, let):
    assert matches(texts(*cells), wanted, commas=True).tolist() == [bool(v) for v in let]


def test_a_price_for_a_pack_is_that_of_its_units_and_no_unit_is_passed_over():
    one = {"products": texts("A"), "packs": {("A", "box"): 12.0}, "own": {"A": "pc"}}
    assert factors(texts("box"), "money/unit", "money", 1.0, **one)[0][0] == pytest.approx(1 / 12)
    assert factors(texts("box"), "units", "amount", 1.0, **one)[0][0] == 12.0
    for word, unit, quantity in (("kg", "share", "share"), ("furlong", "kg CO2", ""), ("kg", "money/shipment", "money")):
        assert "no unit that is converted" in factors(texts(word), unit, quantity, 1.0)[1][word]
    assert factors(texts("%", "‰"), "share", "share", 1.0)[0].tolist() == [0.01, 0.001]


def test_lines_that_cannot_be_complete_or_meant_make_no_mean(folder):
    lines = [f"{1 + i % 28:02}.{1 + i // 28:02}.2025\t007\t2\t" for i in range(196)]
    (folder / "intake.toml").write_text(MAPPING, encoding="utf-8")
    name = "Auftrag_20250731.csv"
    (folder / "Auftrag.csv").unlink()

    def given(*more: str):
        (folder / name).write_text("\n".join(["Datum\tArt\tMenge\tStatus", *lines, *more, "20.07.2025\tNA\t2\t"]), encoding="utf-8")
        return intake(folder)

    plain = given().require()["markets"].set_index("product")
    later = given("05.08.2025\t007\t50\t")
    assert later.require()["markets"].set_index("product")["mean"].dropna().to_dict() == plain["mean"].dropna().to_dict()
    said = "\n".join(later.notes)
    assert "1 line dated after the extract was taken, 2025-07-31, left out" in said and "1 of 2 series begin in the second half" in said
    wrong = given("05.03.1925\t007\t50\t")
    assert wrong.case is None and "'1925-03-05' is more than a year from almost all other lines (Auftrag_20250731.csv row 198)" in told(wrong)
    mapping = MAPPING.replace('from = "Auftrag"', 'from = "Auftrag"\nwhere = { Datum = { from = 2025-01-01 } }')
    (folder / "intake.toml").write_text(mapping, encoding="utf-8")
    assert given("05.03.1925\t007\t50\t").require()["markets"].set_index("product")["mean"].dropna().to_dict() == plain["mean"].dropna().to_dict()


def test_a_point_that_may_stand_between_thousands_is_told(folder):
    lines = ["Datum\tArt\tMenge\tStatus", *(f"{day:02}.01.2026\t007\t1.234\t" for day in range(1, 21)), "20.01.2026\tNA\t2\t"]
    (folder / "Auftrag.csv").write_text("\n".join(lines), encoding="utf-8")
    assert "Menge of Auftrag was read with decimal points, '1.234' as 1.234" in "\n".join(intake(folder).notes)
    (folder / "Auftrag.csv").write_text("\n".join(lines).replace("01.01.2026\t007\t1.234", "01.01.2026\t007\t1.5"), encoding="utf-8")
    assert "decimal points" not in "\n".join(intake(folder).notes)


def test_a_history_lies_before_the_run_that_starts_after_it(folder):
    (folder / "intake.toml").write_text(MAPPING.replace('what = "demand"', 'what = "demand"\nhistory = true'), encoding="utf-8")
    case = intake(folder).require()
    own = case["history"][case["history"]["product"] == "007"]
    assert own["period"].tolist() == list(range(-10, 0)) and own["units"].tolist() == [5, 0, 0, 0, 0, 0, 0, 0, 0, 6]
    assert case.settings["start_date"] == "2026-01-13"
    (folder / "intake.toml").write_text(MAPPING.replace('what = "demand"', 'what = "demand"\nhistory = true').replace("[rates]", 'period_days = 4\nstart_date = "2026-01-09"\n[rates]'), encoding="utf-8")
    own = intake(folder).require()["history"].query("product == '007'")
    assert own["period"].tolist() == [-1, 0] and own["units"].tolist() == [0, 6]  # whole periods as the run counts them: from 5 January


def test_what_has_no_key_belongs_to_nothing_and_money_without_a_currency_is_told(folder):
    (folder / "Artikel_20260105.csv").write_bytes(FILES["Artikel_20260105.csv"].replace(b";EUR", b";"))
    assert "1 row without a currency in Währung read as EUR, for value" in "\n".join(intake(folder).notes)
    (folder / "Namen.csv").write_text("Nr,Name\n,nobody\n,nothing\n007,wheel\n", encoding="utf-8")
    joined = MAPPING.replace('from = "Artikel"\n[products', 'from = "Artikel"\njoin = [{ with = "Namen", on = { Nummer = "Nr" }, optional = true }]\n[products').replace(
        'product = "Nummer"\nmass', 'product = "Nummer"\nfamily = "Name"\nmass')  # fmt: skip
    (folder / "intake.toml").write_text(joined, encoding="utf-8")
    assert intake(folder).require()["products"]["family"].tolist() == ["wheel", ""]


# --- what is derived, against loops


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 19), st.integers(0, 9)), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_mean_and_spread_are_those_of_the_whole_series(lines):
    frame = pd.DataFrame(lines, columns=["g", "t", "x"]).groupby(["g", "t"])["x"].sum().reset_index()
    mean, variance = _moments(frame, 3, 20)
    for g in range(3):
        series = [sum(x for a, t, x in lines if a == g and t == day) for day in range(20)]
        assert mean[g] == pytest.approx(np.mean(series)) and variance[g] == pytest.approx(np.var(series, ddof=1))


@given(st.lists(st.integers(1, 60), min_size=6, max_size=30))
@settings(max_examples=25, deadline=None)
def test_a_lane_has_the_better_of_two_distributions_by_aic(took):
    found = _fitted(np.zeros(len(took), int), np.array(took, float), np.full(len(took), np.nan))[0]
    if len(set(took)) == 1:
        assert found == ("fixed", took[0], 0.0, len(took))
    else:
        best = next(iter(fit_lead_times(took, families=("normal", "lognormal")).values()))
        assert found[0] == best.family and found[1] == pytest.approx(best.mean, rel=1e-6) and found[2] == pytest.approx(best.sd, rel=1e-6)


@given(st.lists(st.tuples(st.floats(0.1, 5), st.booleans()), min_size=2, max_size=15))
@settings(max_examples=40, deadline=None)
def test_failures_are_counted_as_by_hand(steps):
    times = np.concatenate([[0.0], np.cumsum([s for s, _ in steps])])[:-1]
    down = [d for _, d in steps]
    merged = [[down[0], times[0]]]
    for d, t in zip(down[1:], times[1:], strict=True):
        if d != merged[-1][0]:
            merged.append([d, t])
    spans = [(d, merged[i + 1][1] - t, i) for i, (d, t) in enumerate(merged[:-1])]
    repairs = [s for d, s, _ in spans if d]
    runs = [s for d, s, i in spans if not d and i > 0] or [s for d, s, i in spans if not d]
    found = failures(np.zeros(len(times), int), times, np.array(down), 1)
    assert found["repairs"][0] == len(repairs)
    assert found["repair"][0] == pytest.approx(np.mean(repairs) if repairs else 0.0) and found["between"][0] == pytest.approx(np.mean(runs) if runs else 0.0)


# --- proposals


def test_a_proposal_knows_german_headers_and_says_how_sure_it_is(tmp_path):
    (tmp_path / "Materialstamm.csv").write_text("Materialnummer;Basismengeneinheit;Netogewicht;Gewichtseinheit\nA;ST;1,5;KG\n", encoding="utf-8")
    (tmp_path / "T001W.csv").write_text("WERKS,NAME1\n1000,x\n", encoding="utf-8")
    proposal = propose(read_extracts(tmp_path))
    assert proposal.systems["SAP"] == {"MARA": "Materialstamm", "T001W": "T001W"}
    sure = proposal.confidence
    assert sure["products", 1, "product"][0] == 0.9 and 0.6 < sure["products", 1, "mass"][0] < 0.8 and sure["sites", 1, "site"][0] == 1.0
    assert any(s.startswith("markets") for s in proposal.missing)
    text = toml_of(proposal, 'a "case"')
    (tmp_path / "intake.toml").write_text(text, encoding="utf-8")
    assert "accepted = false" in text and intake(tmp_path).case is None


def test_a_proposed_mapping_is_not_used_before_a_person_accepts_it(folder, capsys):
    (folder / "intake.toml").write_text("accepted = false\n" + MAPPING, encoding="utf-8")
    assert main(["intake", str(folder)]) == 2 and "nobody has accepted it" in capsys.readouterr().out and not (folder / "twinkit-case").exists()
    assert main(["intake", str(folder), "--accept"]) == 0 and (folder / "twinkit-case").exists()


def test_nothing_in_a_file_is_run(tmp_path):
    (tmp_path / "item.csv").write_text('name\n=cmd|"/c calc"!A1\n', encoding="utf-8")
    assert read_extracts(tmp_path).tables["item"].frame["name"].iloc[0].startswith("=cmd")
    assert io.StringIO(toml_of(propose(read_extracts(tmp_path)), 'x"\naccepted = true')).read().count("\naccepted") == 1


# --- what other systems really give


def test_the_demo_of_frepple_becomes_a_case_that_runs(tmp_path):
    shutil.copy(ROOT / "tests/data/frepple/manufacturing_demo.json", tmp_path)
    mapping = tomllib.loads((ROOT / "docs/mappings/frepple_manufacturing.toml").read_text(encoding="utf-8"))
    assert not mapping["accepted"]
    case = intake(tmp_path, mapping).require()
    assert set(case["sites"]["kind"]) >= {"plant", "retailer", "supplier"} and len(case["products"]) == 11
    lines = case["bill_of_materials"].set_index(["product", "component"])["quantity"]
    records = json.loads((tmp_path / "manufacturing_demo.json").read_text(encoding="utf-8"))
    legs = next(r["fields"] for r in records if r["model"] == "input.operationmaterial" and r["fields"]["item_id"] == "chair leg" and r["fields"]["operation_id"] == "Assemble chair")
    assert lines["chair", "chair leg"] == -legs["quantity"] == 4
    lane = case["lanes"].set_index(["origin", "destination", "product"]).loc[("wood supplier", "factory", "wooden panel")]
    assert (lane["lead_time"], lane["minimum_order"], lane["order_multiple"]) == (1, 400, 50)  # 86,400 seconds
    chair = [r["fields"] for r in records if r["model"] == "input.demand" and r["fields"]["item_id"] == "chair" and r["fields"]["location_id"] == "shop 1"
             and r["fields"]["status"] not in ("canceled", "cancelled")]  # fmt: skip
    days = [np.datetime64(r["fields"]["due"][:10]) for r in records if r["model"] == "input.demand"]
    length = int((max(days) - min(days)).astype(int)) + 1
    found = case["markets"][(case["markets"]["product"] == "chair") & (case["markets"]["site"] == "shop 1")]
    assert found["market"].tolist() == ["Customer near shop 1 at shop 1"]  # the same customers also ask at the warehouse
    assert found["mean"].sum() == pytest.approx(sum(r["quantity"] for r in chair) / length)
    chain = Chain(case.replace(settings={"periods": 90}), 4).run()
    assert 0 < float(kpis_of(chain.plan, chain.world)["fill rate"].mean()) <= 1


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "docs/mappings").glob("*.toml")), ids=lambda p: p.stem)
def test_examples_of_mappings_can_be_read(path):
    assert read_mapping(path).parts


def test_a_folder_that_is_no_case_says_what_is_missing(tmp_path, capsys):
    (tmp_path / "probe.xml").write_text('<MTConnectDevices xmlns="urn:mtconnect.org:MTConnectDevices:1.3"><Devices><Device name="mill"><DataItems><DataItem type="EXECUTION"/></DataItems></Device></Devices></MTConnectDevices>')
    (tmp_path / "accounts.csv").write_text("SourceField,TargetField,DataType\nId,AccountId,STRING\n")
    assert main(["intake", str(tmp_path), "--check"]) == 2
    said = capsys.readouterr().out
    assert "holds no observation" in said and "markets: where customers' demand" in said and not (tmp_path / "intake.toml").exists()
