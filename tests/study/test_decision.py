"""Decision records: written beside a case, read again, compared with what happened."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from study.strikes import busy_shop

from twinkit.run.scenario import Scenario
from twinkit.study.decision import DecisionRecord, folder_of, read_decisions, record_of
from twinkit.study.recommend import recommend
from twinkit.study.risks import Risk
from twinkit.tables import CaseError, read_case, write_case


@pytest.fixture(scope="module")
def found():
    return recommend(
        busy_shop(), [Risk("strike", 0.6)], levers=["safety_days_tier_0"], trials=16, replications=2, fresh=8
    )


@pytest.fixture(scope="module")
def record(found):
    return record_of(
        found, "A. Planner", "strikes are frequent", "Müssen wir /../ puffern?", when=datetime(2026, 3, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize("name", ["shop", "shop.xlsx"])
def test_round_trip_beside_the_case(record, tmp_path, name):
    place = write_case(busy_shop(), tmp_path / name)
    path = record.save(place)
    assert path.parent == folder_of(place) and path.name.startswith("2026-03-01-mussen-wir-puffern-")
    assert DecisionRecord.load(path) == record
    later = replace(record, id="second", when="2026-04-01T00:00:00+00:00")
    later.save(place)
    assert read_decisions(place) == ([record, later], [])
    again = read_case(place)  # the case is still read, and written without losing its decisions
    assert record.matches(busy_shop()) and not record.matches(again.replace(settings={"periods": 39}))
    write_case(again, place)
    assert len(read_decisions(place)[0]) == 2
    assert record.scenario == Scenario("recommended", (), record.chosen["levers"])


def test_it_holds_what_was_known(record, found):
    assert record.by == "A. Planner" and record.why and record.version and record.seed == found.seed
    assert [r["probability"] for r in record.assumptions["risks"]] == [0.6]
    assert record.assumptions["prices"]["safety_days_tier_0"]["note"] == "the run counts it"
    assert record.assumptions["budget"] is None and len(record.options) == len(found.finalists)
    assert found.best.levers  # something is done, so that its gain has an interval
    gain = record.effect[0]
    assert gain["what"] == "gain" and gain["low"] <= gain["mean"] <= gain["high"]
    assert {r["situation"] for r in record.expected} == {"no event", "strike"}


def test_what_happened_is_compared_with_the_span_of_the_worlds(record):
    rows = {r["kpi"]: r for r in record.expected if r["situation"] == "strike"}
    fill = rows["fill rate"]
    table = record.compare_with({"fill rate": fill["mean"], "total cost": 1e9, "inventory": -1, "mood": 3}, "strike")
    assert table["says"].tolist() == ["inside", "above", "below", "not foreseen"]
    assert table["inside"].tolist() == [True, False, False, False] and fill["low"] <= fill["mean"] <= fill["high"]
    open_end = replace(record, expected=[{**rows["time to recover"], "high": None, "mean": None}])
    assert open_end.compare_with({"time to recover": 900.0}, "strike")["says"].tolist() == ["inside"]
    with pytest.raises(CaseError) as caught:
        record.compare_with({"fill rate": "much"}, "stryke")
    assert len(caught.value.problems) == 2 and "Did you mean 'strike'?" in str(caught.value)


def test_bad_files_say_what_is_wrong(record, tmp_path):
    place = write_case(busy_shop(), tmp_path / "shop")
    data = json.loads(record.save(place).read_text(encoding="utf-8"))
    bad = {
        "no-json": "{", "list": "[1]", "deep": "[" * 100_000, "other": json.dumps({"format": "x"}),
        "renamed": json.dumps(data), "words": json.dumps({**data, "seed": "one", "expected": {}, "id": "words"}),
        "rows": json.dumps({**data, "id": "rows", "expected": [{"situation": "x", "kpi": 1}]}),
        "chosen": json.dumps({**data, "id": "chosen", "chosen": {"levers": 3}}),
    }  # fmt: skip
    for name, text in bad.items():
        (folder_of(place) / f"{name}.json").write_text(text, encoding="utf-8")
    good, problems = read_decisions(place)
    assert good == [record]
    said = "\n".join(p.sentence for p in problems)
    for name in bad:
        assert f"'{name}.json'" in said
    for part in (
        "is no decision record (",
        "of this version",
        "Do not rename",
        "seed as a whole number",
        "row 1 that",
        "holds no scenario",
    ):
        assert part in said


@pytest.mark.parametrize("name", ["../out", "a/b", "", "-x", "A"])
def test_a_name_that_is_not_safe_is_refused(record, tmp_path, name):
    with pytest.raises(CaseError, match="cannot be the name of a file"):
        replace(record, id=name).save(tmp_path)
    with pytest.raises(CaseError, match="is no case"):
        record.save(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []
