"""The extracts of the invented maker of bicycles: every planted fault is found, none is invented, and the planted figures come out."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from twinkit.capabilities.intake.assemble import intake
from twinkit.capabilities.intake.quality import quality_of
from twinkit.capabilities.intake.where import where_from
from twinkit.chain.chain import Chain
from twinkit.question import Plain
from twinkit.questions.sources import SourcesQuestion

sys.path.insert(0, str(Path(__file__).parent))
import bicycles


@pytest.fixture(scope="module")
def result():
    return intake(bicycles.FOLDER)


def test_each_planted_fault_is_found_and_none_is_invented(result):
    shipped = {p.relative_to(bicycles.FOLDER).as_posix(): p.read_bytes() for p in bicycles.FOLDER.rglob("*") if p.is_file() and p.suffix not in (".toml", ".md")}
    assert shipped == bicycles.extracts(), "write them again: PYTHONPATH=. python tests/capabilities/bicycles.py"
    left = [f for f in quality_of(result).findings if f.kind not in ("assumed", "coverage")]
    assert len(bicycles.FAULTS) >= 60
    for kind, text in bicycles.FAULTS:
        hits = [f for f in left if f.kind == kind and text in f.sentence]
        assert len(hits) == 1, (kind, text, [f.sentence for f in hits])
        left.remove(hits[0])
    assert not left, [f.sentence for f in left]
    assert any("1 order open for more than" in note for note in result.notes)
    assert any("1 receipt dated before the order" in note for note in result.notes)


def test_what_is_assumed_is_all_told(result):
    told = {(t, c) for t, c, *_ in result.assumed}
    assert {("events", "severity"), ("sites", "kind"), ("settings", "whole_units"), ("stocks", "policy")} <= told
    case = result.require()
    assert case.source("recipes", ("1000", "B100", ""), "yield_rate").file.startswith("mes_counts") and case.source("recipes", 0, "lead_time").file.startswith("MARC")
    assert case.source("events", 0, "severity").assumed and not case.source("events", 0, "time_between").assumed


def test_the_planted_figures_come_out(result):
    case = result.require()
    town = case["markets"][case["markets"]["market"] == "Customers of 1000"].set_index("product")
    assert town["season"].tolist() == pytest.approx([0.6] * 6, abs=0.15)
    assert town["mean"][bicycles.BIKES].tolist() == pytest.approx([1.5 / (1 + 0.3 * j) for j in range(6)], rel=0.15)
    begin = int((np.datetime64(case.settings["start_date"]) - bicycles.FIRST).astype(int))
    off = (begin + town["season_peak"].to_numpy() - 190 + 182.6) % 365.25 - 182.6
    assert np.abs(off).max() < 15
    event = case["events"].iloc[0]
    assert event["time_between"] == pytest.approx(18, rel=0.4) and event["duration"] == pytest.approx(np.exp(-0.3 + 0.08), rel=0.2)
    lanes = case["lanes"]
    drawn = np.exp(np.log(12 + 3 * (lanes["product"].str[1:].astype(int) % 8)) + 0.25**2 / 2) + 0.5  # rounded up to days
    assert float((lanes["lead_time"] / drawn).mean()) == pytest.approx(1, abs=0.05)


def test_the_case_runs(result):
    chain = Chain(result.require().replace(settings={"periods": 30}), 2).run()
    assert chain.period == 30


def test_the_question_says_what_is_known_and_what_depends_on_what_was_assumed(result):
    case = result.require()
    assert SourcesQuestion(Plain(case.replace(sources=[]))).problems()[0].startswith("This case does not know")
    edited = case.replace(products=case["products"].assign(mass=case["products"]["mass"] * 2), settings={"periods": 40})
    origins = where_from(edited, replications=2)
    at = origins.columns.set_index(["table", "column"])
    assert at.loc[("products", "mass"), ["extract", "changed"]].tolist() == [1.0, 1.0] and at.loc[("lanes", "lead_time"), "changed"] == 0
    assert at.loc[("stocks", "policy"), "assumed"] == pytest.approx(30 / 70)
    assert sum(origins.share(k) for k in ("extract", "stated", "assumed", "start", "unknown")) == pytest.approx(1)
    severity = origins.assumptions.set_index(["table", "column"]).loc[("events", "severity")]
    assert severity["fill rate higher"] <= 0 <= severity["fill rate lower"]
    text = str(list(SourcesQuestion.tell(origins).blocks))
    assert "Rows of products were changed" in text and "one of five welding cells" in text
