"""Writing: what is written reads back the same, is safe in a spreadsheet, and replaces whole or not at all."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from unicodedata import normalize

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twinkit.columns import table_columns
from twinkit.tables import Case, CaseError, read_case, write_case, write_template
from twinkit.tables.cells import escape, unescape
from twinkit.tables.checks_rows import ERRORS, HIDDEN
from twinkit.tables.replace import GONE, JOURNAL
from twinkit.tables.schema import TABLES

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tstart",
    "'quoted",
    "''twice",
    "'=both",
    " spaces ",
    "a\nb",
    'say "no"',
    "a;b,c",
    "🚚📦",
    "שלום",
    "../../x",
    "x" * 10_000,
    "NA",
    "nan",
    "1.0",
    "007",
    "TRUE",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\u202eevil",
    "sep=;",
]

quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
)
composed = texts.map(lambda t: normalize("NFC", t))  # as they are read
names = composed.filter(lambda t: t.strip() and not HIDDEN.search(t) and t not in ERRORS)
numbers = st.floats(0, 1e12, allow_subnormal=False)
lengths = st.floats(0, table_columns(TABLES["lanes"])["lead_time"].limit, allow_subnormal=False)


def alike(name):
    return "".join(name.split()).casefold()


@st.composite
def cases(draw):
    """Cases with any names and numbers, without a problem."""
    sites = draw(st.lists(names, min_size=2, max_size=6, unique_by=alike))
    product = draw(names)
    maybe = st.none() | numbers
    stocks = [{"site": sites[0], "product": product, "policy": "unlimited", "unit_cost": draw(numbers)}]
    lanes = []
    for origin, site in pairwise(sites):
        row = {"site": site, "product": product, "policy": "base_stock", "order_up_to": draw(numbers)}
        stocks.append(row | {"on_hand": draw(maybe), "reroute": draw(st.booleans())})
        lane = {"origin": origin, "destination": site, "product": product, "lead_time": draw(lengths)}
        lanes.append(lane | {"capacity": draw(maybe), "carrier": draw(st.just("") | names)})
    return Case(
        "drawn",
        {
            "sites": [{"site": s, "kind": "warehouse", "city": draw(st.just("") | names)} for s in sites],
            "products": [{"product": product, "value": draw(numbers)}],
            "stocks": stocks,
            "lanes": lanes,
            "markets": [{"market": draw(names), "site": sites[-1], "product": product, "mean": draw(numbers)}],
        },
        {"title": draw(st.just("") | names), "seed": draw(st.integers(0, 2**53)), "whole_units": draw(st.booleans())},
    )


@pytest.mark.parametrize("suffix", ["", ".xlsx"])
@quick
@given(case=cases())
def test_what_is_written_reads_back(suffix, tmp_path, case):
    assert read_case(write_case(case, tmp_path / f"case{suffix}")) == case


def test_a_case_does_not_change_with_the_frame_that_it_was_made_of(tables):
    """Whatever version of pandas copies or shares."""
    case = Case("one", tables)
    frame = case["sites"].copy()
    other = case.replace(sites=frame)
    frame.loc[0, "time_to_recover"] = 77.0
    assert other["sites"].equals(case["sites"]) and not frame.equals(case["sites"])


@pytest.mark.parametrize("name", ["a;b", "a;b;c;d;e", "one|two", ";", "'; DROP; --"])
def test_a_table_of_one_column_whose_names_hold_separators(name, tmp_path):
    """The header says what separates cells, not what stands in them; found by hypothesis."""
    flow = [{"origin": "mill", "destination": "shop", "product": name, "lead_time": 1}]
    stocks = [{"site": "mill", "product": name, "policy": "unlimited"}, {"site": "shop", "product": name, "policy": "base_stock", "order_up_to": 5}]
    case = Case("one", {
        "sites": [{"site": "mill", "kind": "supplier"}, {"site": "shop", "kind": "retailer"}], "products": [{"product": name}], "stocks": stocks,
        "lanes": flow, "markets": [{"market": "town", "site": "shop", "product": name, "mean": 1}],
    })  # fmt: skip
    folder = write_case(case, tmp_path / "case")
    assert (folder / "products.csv").read_text(encoding="utf-8").splitlines()[0] == "product"
    assert read_case(folder) == case


@pytest.mark.parametrize("suffix", ["", ".xlsx"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_read_back(name, suffix, tables, tmp_path):
    tables["sites"][0]["city"] = tables["products"][0]["family"] = name
    tables["markets"][0]["market"] = tables["events"][2]["market"] = name
    case = Case("hostile", tables, {"title": name})
    assert read_case(write_case(case, tmp_path / f"case{suffix}")) == case


@given(text=texts.filter(str.strip))
def test_escape_is_undone(text):
    assert unescape(escape(text)) == text
    assert unescape(escape(text, risky="'")) == text
    assert escape(text)[0] not in "=+-@\t"


def test_no_cell_of_a_csv_file_is_run(tables, tmp_path):
    tables["sites"] = [s | {"city": HOSTILE[i]} for i, s in enumerate(tables["sites"])]
    tables["markets"][0]["trend"] = -0.5
    folder = write_case(Case("x", tables), tmp_path / "x")
    cells = [c for row in csv.reader((folder / "sites.csv").read_text(encoding="utf-8").splitlines()) for c in row]
    assert not [c for c in cells if c[:1] in ("=", "+", "-", "@", "\t")]
    assert "-0.5" in (folder / "markets.csv").read_text()


def test_no_cell_of_a_workbook_is_a_formula(tables, tmp_path):
    tables["sites"] = [s | {"city": HOSTILE[i]} for i, s in enumerate(tables["sites"])]
    book = openpyxl.load_workbook(write_case(Case("x", tables), tmp_path / "x.xlsx"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {c.data_type for c in cells if c.value is not None} == {"s", "n"}
    assert "=1+1" in [c.value for c in cells]


def test_only_what_says_something_is_written(good, tmp_path):
    folder = write_case(good, tmp_path / "new")
    files = {f.name for f in folder.iterdir()}
    assert files == {f"{t}.csv" for t, rows in good.tables.items() if len(rows)}
    assert (folder / "recipes.csv").read_text() == "site,product,lead_time\nBakery,Bread,1\nBakery,Cake,1\n"
    assert (folder / "products.csv").read_text() == "product\nFlour\nBread\nCake\n"
    write_case(good.replace(events=[], settings={"periods": 9}), folder)
    assert {f.name for f in folder.iterdir()} == files - {"events.csv"} | {"settings.csv"}
    assert (folder / "settings.csv").read_text() == "setting,value\nperiods,9\n"


def test_other_files_stay(good, folder):
    (folder / "README.md").write_text("mine")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "a.png").write_bytes(b"1")
    write_case(good.replace(objectives=[]), folder)
    assert (folder / "README.md").read_text() == "mine"
    assert (folder / "pictures" / "a.png").read_bytes() == b"1"
    assert not (folder / "objectives.csv").exists()
    assert [f.name for f in folder.parent.iterdir()] == ["good"]


@pytest.mark.parametrize("suffix", ["", ".xlsx"])
def test_a_failure_leaves_the_old_case(good, tmp_path, monkeypatch, suffix):
    path = write_case(good, tmp_path / f"case{suffix}")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match=r"disk full"):
        write_case(good.replace(objectives=[]), path)
    monkeypatch.undo()
    assert read_case(path) == good
    assert list(tmp_path.iterdir()) == [path]


def test_a_swap_that_fails_half_way_is_undone(good, folder, monkeypatch):
    swap, calls = os.replace, []

    def fail_second(*paths):
        calls.append(paths)
        if len(calls) == 2:
            raise OSError("taken")
        swap(*paths)

    monkeypatch.setattr(os, "replace", fail_second)
    with pytest.raises(OSError, match=r"taken"):
        write_case(good.replace(objectives=[]), folder)
    monkeypatch.undo()
    changed = good.replace(objectives=[])
    assert read_case(folder) == changed  # from the renaming on it counts: the next one to open it finishes it
    assert list(folder.parent.iterdir()) == [folder] and not list(folder.glob(".*"))


SAVING = """
import os, signal, sys
from twinkit.tables import read_case, write_case
case, place, fewer = read_case(sys.argv[1]), sys.argv[2], None
fewer = case.replace(objectives=[])
count = 0
def killed(function, at):
    def call(*args, **more):
        global count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **more)
    return call
for at in range(1, 40):
    child = os.fork()
    if not child:
        for name in ("replace", "unlink", "rmdir", "mkdir"):
            setattr(os, name, killed(getattr(os, name), at))
        write_case(fewer if at % 2 else case, place)
        os._exit(0)
    ended = os.waitpid(child, 0)[1]
    if not os.path.isdir(place) or read_case(place) not in (case, fewer):
        sys.exit(f"spoiled at step {at}")
    if not ended:
        print(at)
        sys.exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be killed")
def test_a_save_that_is_killed_at_any_step_leaves_one_of_the_cases_and_the_folder(good, folder):
    """A kill before every step of a save: never no folder, never a mix, never a lost file of somebody else."""
    (folder / "decisions").mkdir()
    (folder / "decisions" / "a.json").write_text("{}")
    source, number = write_case(good, folder.parent / "source"), folder.stat().st_ino
    command = [sys.executable, "-c", SAVING, str(source), str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0 and int(done.stdout) > 10, done.stderr
    assert folder.stat().st_ino == number and (folder / "decisions" / "a.json").read_text() == "{}"
    assert not list(folder.glob(".*")) and not list(folder.parent.glob(".*"))


def test_two_at_once_lose_nothing_of_each_other(good, folder):
    """Cases are saved and read while files are kept in the same folder."""
    other, wrong, over = good.replace(objectives=[]), [], threading.Event()
    (folder / "decisions").mkdir()

    def look():
        while not over.is_set():
            if read_case(folder) not in (good, other):
                wrong.append("a mix")

    reader = threading.Thread(target=look)
    reader.start()
    with (folder / "notes.txt").open("w") as held:
        for n in range(12):
            write_case(other if n % 2 else good, folder)
            (folder / "decisions" / f"{n}.json").write_text("{}")
            held.write("x")
            held.flush()
    over.set()
    reader.join()
    assert not wrong and len(list((folder / "decisions").iterdir())) == 12
    assert (folder / "notes.txt").read_text() == "x" * 12


def test_a_journal_that_was_sent_reaches_nothing_outside(good, folder):
    outside = folder.parent / "outside.csv"
    outside.write_text("mine")
    (folder / "mine.txt").write_text("mine")
    (folder / JOURNAL).mkdir()
    (folder / JOURNAL / GONE).write_text('["../outside.csv", "mine.txt", "..", 7, "objectives.csv"]')
    assert read_case(folder) == good.replace(objectives=[])
    assert outside.read_text() == "mine" and (folder / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("suffix", ["", ".xlsx"])
def test_what_no_file_can_keep_is_a_sentence(good, tmp_path, suffix):
    path = tmp_path / f"case{suffix}"
    with pytest.raises(CaseError, match=r"settings row 2, value: 'a.x00b' holds a character"):
        write_case(good.replace(settings={"title": "a\0b"}), path)
    assert not path.exists()


def test_a_text_too_long_for_a_workbook_is_a_sentence(good, tmp_path):
    long = good.replace(settings={"title": "x" * 40_000})
    with pytest.raises(CaseError, match=r"has 40000 characters; a cell of a workbook holds 32767"):
        write_case(long, tmp_path / "case.xlsx")
    assert read_case(write_case(long, tmp_path / "case")) == long


def test_a_path_that_cannot_be_written_is_named(good, folder, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere; make it first"):
        write_case(good, tmp_path / "nowhere" / "case")
    with pytest.raises(FileExistsError, match=r"sites.csv is a file; choose another name"):
        write_case(good, folder / "sites.csv")
    (tmp_path / "a.xlsx").mkdir()
    with pytest.raises(FileExistsError, match=r"a.xlsx is a folder"):
        write_case(good, tmp_path / "a.xlsx")


def test_extra_columns_are_kept(tables, tmp_path):
    tables["stocks"][2]["kept_back"] = 4.5
    case = Case("x", tables)
    assert read_case(write_case(case, tmp_path / "x"), extra_columns=["kept_back"]) == case


@pytest.mark.parametrize("suffix", ["", ".xlsx"])
def test_a_template_can_be_filled_in(tmp_path, suffix):
    path = write_template(tmp_path / f"new{suffix}")
    with pytest.raises(CaseError) as caught:
        read_case(path)
    assert [p.sentence for p in caught.value.problems] == [
        f"{table}: the table has no rows{more}. Add at least one row."
        for table, more in (
            ("sites", ""),
            ("products", ""),
            ("stocks", ""),
            ("markets", "; a case needs at least one market"),
        )
    ]
    if not suffix:
        assert "lead_time [periods]" in (path / "lanes.csv").read_text()
        assert "# Tables of a case" in (path / "COLUMNS.md").read_text(encoding="utf-8")


def big_case(sites: int = 1000, products: int = 100) -> Case:
    """A tree of sites, each of which keeps every product."""
    rows = [(s, p) for s in range(sites) for p in range(products)]
    stocks = {
        "site": [f"site {s}" for s, _ in rows],
        "product": [f"product {p}" for _, p in rows],
        "policy": ["base_stock" if s else "unlimited" for s, _ in rows],
        "order_up_to": [100 + s / 7 if s else None for s, _ in rows],
    }
    lanes = {
        "origin": [f"site {s // 2}" for s, _ in rows if s],
        "destination": [f"site {s}" for s, _ in rows if s],
        "product": [f"product {p}" for s, p in rows if s],
        "lead_time": [1 + (s * p) / 13 for s, p in rows if s],
    }
    return Case(
        "big",
        {
            "sites": [{"site": f"site {s}", "kind": "warehouse"} for s in range(sites)],
            "products": [{"product": f"product {p}"} for p in range(products)],
            "stocks": stocks,
            "lanes": lanes,
            "markets": [{"market": "all", "site": f"site {sites - 1}", "product": "product 0", "mean": 1}],
        },
    )


def test_a_case_of_a_hundred_thousand_stocks_reads_in_seconds(tmp_path: Path):
    case = big_case()
    folder = write_case(case, tmp_path / "big")
    start = time.process_time()
    again = read_case(folder)
    assert time.process_time() - start < 10
    assert again == case
