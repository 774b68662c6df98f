"""A report runs again from its file, in every format, to the last bit; and no other file does."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from report.results import STUDIES

import twinkit
from twinkit import CaseError, Scenario, report_of, rerun
from twinkit.levers.lever import Price
from twinkit.report import Document, Text
from twinkit.report.kept import Finder, Keeper

FORMATS = (".html", ".pdf", ".xlsx", ".zip")


def same_tables(one, other) -> bool:
    """Whether two results say the same, number by number; NaN is NaN."""
    for method in ("table", "causes", "tornado", "front"):
        if hasattr(one, method):
            pd.testing.assert_frame_equal(getattr(one, method)(), getattr(other, method)(), check_exact=True)
    return True


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_numbers(document_of, result_of, tmp_path, suffix):
    found = rerun(document_of("outcomes").save(tmp_path / f"report{suffix}"))
    assert found.same and found.title == document_of("outcomes").title and found.note == "A remark."
    assert list(found.result) == ["as it is", "more stock", "stock later"]
    for name, before in result_of("outcomes").items():
        again = found.result[name]
        assert (again.seed, again.replications) == (3, 8)
        for kpi in before.kpis:
            assert np.array_equal(before.kpis[kpi], again.kpis[kpi], equal_nan=True)
        assert np.array_equal(before.service, again.service)
        assert all(np.array_equal(before.costs[part], again.costs[part]) for part in before.costs)


@pytest.mark.parametrize("name", [n for n in STUDIES if n != "outcomes"])
def test_every_study_gives_the_same_numbers(document_of, result_of, tmp_path, name):
    file = tmp_path / "twinkit-report.json"
    file.write_text(document_of(name).data, encoding="utf-8")
    found, before = rerun(file), result_of(name)
    if name == "sweep":
        assert all(same_tables(o, found.result[n]) for n, o in before.outcomes.items())
    else:
        assert type(found.result) is type(before) and same_tables(before, found.result)
    assert found.same
    assert found.document("2026-01-31").blocks  # and it can be reported again


def test_a_case_with_columns_of_its_own_is_kept_to_the_last_bit():
    case = twinkit.example("camera")
    rows = len(case["sites"])
    extra = case["sites"].assign(
        colour="red", weight=np.pi, floors=np.arange(rows), open=[i % 2 == 0 for i in range(rows)], gap=float("nan")
    )
    case = case.replace(sites=extra, settings={"title": "naïve \ud800 \x00 </script> ☃"})
    keeper = Keeper()
    kept = json.loads(
        json.dumps(keeper.keep({"case": case, "pair": (1, float("inf")), "price": Price(0.1, 2.0, 3.0, "x")}))
    )
    found = Finder(json.loads(json.dumps(keeper.cases))).find(kept)
    assert found["case"] == case and found["pair"] == (1, float("inf")) and found["price"] == Price(0.1, 2.0, 3.0, "x")
    for name, column in extra.items():
        assert found["case"]["sites"][name].dtype == column.dtype


def test_another_version_and_other_numbers_are_said(document_of, tmp_path):
    data = document_of("one").data
    old = tmp_path / "old.json"
    old.write_text(data.replace(f'"version":"{twinkit.__version__}"', '"version":"0.0.9"'), encoding="utf-8")
    found = rerun(old)
    assert found.same and found.version == "0.0.9"
    assert any("0.0.9" in s and twinkit.__version__ in s for s in found.sentences())
    data = json.loads(document_of("one").data)
    data["asked"]["arguments"]["is"][0][1][0]["is"][3][1] += 1  # another seed
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(data), encoding="utf-8")
    assert not rerun(changed).same
    assert "not the same" in rerun(changed).sentences()[0]


def test_what_no_file_can_hold_is_said_in_the_report(result_of):
    priced = {"safety_days_tier_0": Price(lambda case, value: 1.0)}
    found = result_of("recommend")
    copy = replace(found)
    vars(copy)["asked"] = replace(vars(found)["asked"], arguments={**vars(found)["asked"].arguments, "prices": priced})
    document = report_of(copy, date="2026-01-31")
    assert not document.data
    assert "cannot be run again from its file: the question, prices" in document.to_html()
    made = replace(found)
    vars(made).pop("asked", None)
    assert "does not say what was asked" in report_of(made, date="2026-01-31").to_html()


BAD = {
    "empty.html": b"", "text.html": b"<html>no data</html>", "noise.pdf": b"%PDF-1.7\n" + bytes(range(256)),
    "noise.xlsx": b"PK\x03\x04 no zip", "latin.html": b"\xff\xfe\xfa", "list.json": b"[1, 2]", "other.json": b'{"format": "x"}',
    "deep.json": b'{"format": "twinkit report 1", "cases": [], "asked": ' + b"[" * 100_000,
    "evil.json": b'{"format": "twinkit report 1", "title": "", "note": "", "version": "", "digest": "", "cases": [], "asked": '
    b'{"$": "asked", "function": "eval", "arguments": {"$": "dict", "is": [["source", "1"]]}}}',
    "many.json": b'{"format": "twinkit report 1", "title": "", "note": "", "version": "", "digest": "", "cases": [], "asked": '
    b'{"$": "asked", "function": "stress_test", "arguments": {"$": "dict", "is": [["replications", 100000000000]]}}}',
    "path.json": b'{"format": "twinkit report 1", "title": "", "note": "", "version": "", "digest": "", "cases": [{"name": "x", '
    b'"settings": {}, "tables": {"../../x": {}}}], "asked": null}',
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_file_is_a_sentence(tmp_path, name):
    file = tmp_path / name
    file.write_bytes(BAD[name])
    with pytest.raises(CaseError) as caught:
        rerun(file)
    assert len(caught.value.problems) == 1 and name in str(caught.value) and len(str(caught.value)) < 600


def test_no_file_and_a_folder_are_sentences(tmp_path):
    for path in (tmp_path / "none.html", tmp_path):
        with pytest.raises(CaseError, match=r"cannot be read|is a folder"):
            rerun(path)


def test_a_zip_that_unpacks_to_very_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("twinkit.report.found.MOST", 10_000)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("twinkit-report.json", "{" + " " * 1_000_000)
    with pytest.raises(CaseError, match="too large"):
        rerun(bomb)
    attached = Document("x", [Text("y")], data='{"a":"' + " " * 50_000 + '"}').save(tmp_path / "bomb.pdf")
    with pytest.raises(CaseError, match="too large"):
        rerun(attached)


def test_it_is_said_when_the_case_is_another(result_of):
    with pytest.raises(CaseError, match="is not the case"):
        report_of(result_of("one"), case=twinkit.example("camera"))
    with pytest.raises(CaseError, match="an empty dict"):
        report_of({})
    with pytest.raises(CaseError, match="nothing that a report"):
        report_of(Scenario("x"))


def test_reports_of_rooms_are_run_again(tmp_path):
    """Each from a file alone, with the tables that the room has of its own."""
    lives = [{"machine": "press", "part": str(i), "age": age, "failed": i != 3} for i, age in enumerate((31, 39, 57, 80, 65, 105))]
    case = twinkit.example("camera").replace(
        machines=[{"machine": "press", "preventive_cost": 1, "failure_cost": 10}], lives=lives,
        stations=[{"line": "A", "station": s, "position": i, "hours": i} for i, s in enumerate(("saw", "drill", "lathe"), 1)],
        steps=[{"step": s, "months": m, "cost": 9, "gain": m} for s, m in (("data", 4), ("forecast", 2), ("sensors", 3))],
    )  # fmt: skip
    results = {
        "enter": twinkit.enter_country("scooters", worlds=20), "upkeep": twinkit.when_to_maintain(case, samples=100), "roadmap": twinkit.which_first(case),
        "bottleneck": twinkit.where_is_the_bottleneck(case), "to_order": twinkit.to_order("computers", orders=200, worlds=2),
        "stocking": twinkit.stocking_plan("camera", {"Customers": 5}),
    }  # fmt: skip
    for name, result in results.items():
        twinkit.report_of(result).save(tmp_path / f"{name}.html")
        assert twinkit.rerun(tmp_path / f"{name}.html").same, name
