"""Report: what goes in, its files, and running it again from one of them."""

import asyncio

import pandas as pd
import pytest
from tiny_case import SHOP, tiny_case

import twinkit
from twinkit.report import Document, Table
from twinkit.report.saving import WRITERS
from twinkit.run.scenario import Scenario
from twinkit.workbench.desk import Desk
from twinkit.workbench.network_panel import NetworkPanel
from twinkit.workbench.registry import own_panel
from twinkit.workbench.report_panel import ReportPanel


@pytest.fixture(scope="module")
def desk():
    found = Desk(tiny_case(objectives=True), replications=8)
    found.scenarios = {**found.scenarios, "closed": Scenario("closed", ("closed",))}
    found.chosen = "closed"
    assert ReportPanel(found).blockers == ["There are no results yet: run the study of another panel first."]
    for panel in (NetworkPanel(found), own_panel("what_if")(found), own_panel("explain")(found)):
        assert asyncio.run(panel.run())
    return found


def test_the_newest_results_go_in_unless_they_are_left_out(desk):
    panel = ReportPanel(desk)
    assert list(panel.chosen()) == ["network", "what_if", "explain"]
    panel.left_out = ["network"]
    assert list(panel.chosen()) == ["what_if", "explain"]
    panel.left_out = ["what_if", "network"]
    assert list(panel.chosen()) == ["explain"] and panel.blockers == []
    panel.left_out = ["network", "what_if", "explain"]
    assert panel.blockers == ["All results are left out: choose at least one."]


def test_a_report_runs_again_from_its_file_with_the_same_numbers(desk, tmp_path):
    panel = ReportPanel(desk)
    panel.headline, panel.note = "Tea & <b>more</b>", "a remark"
    assert asyncio.run(panel.run()), panel.job.problems
    page = panel.job.result.to_html().encode()
    assert b"Tea &amp; &lt;b&gt;more" in page and SHOP.encode() not in page, "names are text"
    (tmp_path / "report.html").write_bytes(page)
    again = twinkit.rerun(tmp_path / "report.html")
    assert again.same and list(again.result) == ["Network", "Outcome", "Explain"]
    assert (
        next(iter(again.result["Outcome"].values())).kpis["fill rate"].tobytes()
        == next(iter(desk.found["what_if"].job.result.values())).kpis["fill rate"].tobytes()
    )
    assert WRITERS[".xlsx"](panel.job.result)[:2] == b"PK"


def test_an_old_result_is_marked_and_keeps_its_code(desk):
    panel = ReportPanel(desk)
    before = panel.code()
    desk.chosen = "as it is"
    assert desk.found["what_if"].stale
    assert panel.code() == before, "the code is that of the results, not of what is asked now"
    desk.chosen = "closed"


def test_a_cell_without_a_whole_number_is_empty_in_the_workbook():
    frame = pd.DataFrame({"country": ["DE", "JP"], "tier": pd.array([1, None], "Int64")})
    assert WRITERS[".xlsx"](Document("Tiers", [Table(frame, "Tiers")]))[:2] == b"PK"
