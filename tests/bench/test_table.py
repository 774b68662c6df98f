"""The table of the benchmark."""

from __future__ import annotations

import csv

from twinkit.bench.measure import Row, number, synthetic, text_table, timed, verdict, write_csv
from twinkit.tables import check_case


def test_numbers_and_verdicts():
    assert [number(x) for x in (12345.6, 0.01234, 99.95)] == ["12,300", "0.0123", "100"]
    assert verdict(3, 4, at_most=True) == verdict(5, 4) == "yes"
    assert verdict(5, 4, at_most=True) == verdict(3, 4) == "no"


def test_a_heading_does_not_widen_the_columns(tmp_path):
    rows = [
        Row("a heading that is very long indeed"),
        Row("speed", "1", "2", "cpu", "1,000 /s", "3 ×", ">= 2 ×", "yes"),
    ]
    text = text_table(rows).splitlines()
    assert text[2] == rows[0].measured
    assert text[3].startswith("speed     ")
    write_csv(rows, tmp_path / "b.csv")
    lines = list(csv.reader((tmp_path / "b.csv").read_text(encoding="utf-8").splitlines()))
    assert lines[1] == [rows[0].measured, "speed", "1", "2", "cpu", "1000 /s", "3 ×", ">= 2 ×", "yes"]


def test_what_is_prepared_is_not_timed():
    seen = []
    took = timed(seen.append, 3, lambda: "ready")
    assert seen == ["ready"] * 3
    assert took.wall >= 0


def test_a_synthetic_case_has_no_fault():
    case = synthetic(111, 5)
    assert len(case["stocks"]) == 111
    assert not check_case(case)
