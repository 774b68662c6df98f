"""Cases and results as Parquet files, held against DuckDB's own reading of them."""

from __future__ import annotations

import glob
import sys

import duckdb
import numpy as np
import pandas as pd
import pytest

import twinkit
from twinkit.tables import CaseError, read_case, write_case
from twinkit.tables.case import case_fingerprint
from twinkit.tables.parquet import write_parquet


def by_duckdb(path):
    with duckdb.connect() as base:
        return base.execute("select * from read_parquet(?)", [glob.escape(str(path))]).df()


@pytest.mark.parametrize("name", ["automotive", "aurora", "gearbox"])
def test_a_case_of_parquet_files_is_the_same_case(name, tmp_path):
    case, folder = twinkit.example(name), tmp_path / "a [1] * ?"
    write_case(case, folder)
    write_case(case, folder, parquet=True)
    assert {f.suffix for f in folder.iterdir() if not f.name.startswith(".")} == {".parquet"}
    assert case_fingerprint(read_case(folder)) == case_fingerprint(case)
    lanes = by_duckdb(folder / "lanes.parquet")
    assert lanes["lead_time"].dtype.kind in "fi" and lanes["lead_time"].tolist() == case["lanes"]["lead_time"].tolist()
    write_case(case, folder)
    assert not list(folder.glob("*.parquet"))


def test_what_other_programs_write_is_read_as_a_person_would_type_it(tmp_path):
    folder = write_case(twinkit.example("camera"), tmp_path / "case")
    (folder / "events.csv").unlink(missing_ok=True)
    with duckdb.connect() as base:
        base.execute("create table t as select 'fire' as event, 'outage' as kind, 'Ship' as site, date '2021-02-03' as start, 12::decimal(18, 2) as duration, false as scheduled, null::varchar as product")
        base.execute("copy t to ?", [str(folder / "events.parquet")])
    event = read_case(folder)["events"].iloc[0]
    assert (event["event"], event["start"], event["duration"], event["scheduled"]) == ("fire", 30, 12, False)  # the run begins on 4 January


def test_results_keep_their_types(tmp_path):
    outcome = twinkit.ensemble("camera", twinkit.Scenario("as is"), 4)["as is"]
    read = by_duckdb(write_parquet(outcome.frame("kpis"), tmp_path / "kpis.parquet"))
    assert read["kpi"].tolist() == list(outcome.kpis)
    np.testing.assert_array_equal(read.drop(columns="kpi").to_numpy()[0], outcome.kpis["fill rate"])
    labelled = outcome.to_xarray()
    served = labelled["served"].sel(world=2).to_numpy().reshape(-1)
    np.testing.assert_array_equal(served, outcome.markets["served"][0, :, 2])
    assert labelled["kpis"].sel(kpi="fill rate", world=3) == outcome.kpis["fill rate"][3] and labelled["stock"].dims == ("tier", "period", "world")
    table = pd.DataFrame({("a", "low"): [1, 2], ("a", "high"): ["=1+1", None]})
    assert by_duckdb(write_parquet(table, tmp_path / "two.parquet"))["a high"].fillna("empty").tolist() == ["=1+1", "empty"]


def test_what_cannot_be_read_or_written_is_said(tmp_path, monkeypatch):
    folder = write_case(twinkit.example("camera"), tmp_path / "case", parquet=True)
    (folder / "sites.parquet").write_bytes(b"PAR1 and nothing else")
    (folder / "lanes.csv").write_text("origin\n")
    with pytest.raises(CaseError) as error:
        read_case(folder)
    said = str(error.value)
    assert "sites: sites.parquet cannot be read" in said and "lanes: there are two files for this table" in said
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(CaseError, match=r"is read by duckdb, which is not installed.*twinkit\[databases\]"):
        read_case(folder)
    with pytest.raises(CaseError, match=r"'x\.parquet' is written by duckdb, which is not installed"):
        write_parquet(pd.DataFrame({"a": [1]}), tmp_path / "x.parquet")
