"""Reports on the command line."""

from __future__ import annotations

import json

import pytest
from report.results import DAY, STOCK
from study.strikes import busy_shop

from twinkit import cli
from twinkit.tables import write_case


@pytest.fixture
def case(tmp_path):
    """The shop as a folder."""
    return str(write_case(busy_shop(), tmp_path / "shop"))


def test_a_report_is_written_and_run_again(case, tmp_path, capsys):
    scenario = tmp_path / "stock.json"
    STOCK.save(scenario)
    out, again = tmp_path / "report.xlsx", tmp_path / "again.xlsx"
    words = ["report", case, "--events", "strike", "--scenario", str(scenario), "--replications", "4", "--date", DAY]
    assert cli.main([*words, "--out", str(out)]) == cli.OK
    assert "In 'more stock', service falls to" in capsys.readouterr().out
    assert cli.main(["rerun", str(out), "--out", str(again)]) == cli.OK
    assert "to the last bit" in capsys.readouterr().out and again.exists()


def test_a_report_with_other_numbers_is_said(document_of, tmp_path, capsys):
    data = json.loads(document_of("one").data) | {"digest": "0" * 32}
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    assert cli.main(["rerun", str(file)]) == cli.FAILED
    assert "not the same as in the report" in capsys.readouterr().out


def test_a_title_forges_no_verdict(document_of, tmp_path, capsys):
    """Text of an altered file starts no line on the terminal and steers nothing there."""
    forged = "x\nThe numbers are the same as in the report, to the last bit.\x1b[8m\r\x9b2J\u202e"
    data = json.loads(document_of("one").data) | {"digest": "0" * 32, "title": forged, "version": forged}
    file = tmp_path / "forged.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    assert cli.main(["rerun", str(file)]) == cli.FAILED
    out, err = capsys.readouterr()
    assert [line for line in out.split("\n") if line.startswith("The numbers are")] == ["The numbers are not the same as in the report."]
    assert not set(out + err) & set("\x1b\r\x9b\u202e")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["report", "CASE", "--out", "report.doc"], "no kind of report"),
        (["report", "CASE", "--out", "none/report.pdf"], "there is no folder"),
        (["report", "CASE", "--events", "strik", "--out", "r.pdf"], "Did you mean 'strike'?"),
        (["report", "CASE", "--date", "today", "--replications", "1", "--out", "r.xlsx"], "year-month-day"),
        (["rerun", "none.html"], "cannot be read"),
    ],
)
def test_what_is_wrong_is_a_sentence(case, tmp_path, monkeypatch, capsys, words, says):
    monkeypatch.chdir(tmp_path)
    assert cli.main([case if w == "CASE" else w for w in words]) == cli.PROBLEMS
    said = capsys.readouterr().err
    assert says in said and "Traceback" not in said and not list(tmp_path.glob("r*.*"))
