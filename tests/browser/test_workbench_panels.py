"""The panels of the workbench in a real browser: a small study from the network to the report, and a phone.

The fixture ``page`` sees to it that no other host is asked and no error is logged.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_case import SHOP, SOURCE, tiny_case

from twinkit.tables import write_case

WORKBENCH = Path(__file__).resolve().parents[2] / "notebooks" / "workbench.ipynb"
COMPILING = 240_000
"""Patience with the first run [ms]: the day may have to be compiled."""


class Bench:
    """What a person does with the page."""

    def __init__(self, page, address: str) -> None:
        self.page = page
        page.goto(address)
        page.get_by_test_id("tabs").wait_for(timeout=COMPILING)

    def open(self, key: str):
        """Open a panel; returns its box."""
        self.page.locator(f"[role=tab][data-key={key}]").click()
        box = self.page.locator(f".twb-is-{key}")
        box.get_by_test_id("panel-head").wait_for(timeout=60_000)
        return box

    def run(self, box) -> None:
        """Press the button of a panel and wait for its answer."""
        box.get_by_test_id("panel-run").click()
        head = box.get_by_test_id("panel-head")
        self.page.wait_for_function(
            "head => head.dataset.running === 'false' && head.closest('.twb-panel').querySelector('.twb-answer > *')"
            " && !head.querySelector('[data-testid=panel-stale]:not([hidden])')",
            arg=head.element_handle(), timeout=COMPILING,
        )  # fmt: skip

    def overflows(self) -> bool:
        """Whether the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.fixture
def opened(served, page, tmp_path):
    """Opens the workbench on a small case whose names would break a page that made markup of them."""

    def bench(scheduled: bool) -> Bench:
        case = tiny_case(objectives=True, replications=64)
        case = case.replace(events=case["events"].assign(scheduled=scheduled))
        env = {"TWINKIT_CASE": str(write_case(case, tmp_path / "tea")), "TWINKIT_STORE": str(tmp_path)}
        page.on("dialog", lambda dialog: pytest.fail(f"a name was run: {dialog.message}"))
        return Bench(page, served(WORKBENCH, "--pool", "0", **env))

    return bench


def test_a_study_from_the_network_to_the_report(opened, axe):
    bench = opened(scheduled=True)
    page = bench.page
    network = bench.open("network")
    bench.run(network)
    name = network.locator("[data-field=picked] input")
    name.fill(SHOP)
    name.press("Enter")
    figures = network.get_by_test_id("network-figures")
    figures.get_by_text("fill rate").wait_for()
    assert SHOP in figures.inner_text(), "a name is text"
    lever = network.locator("[data-field='lever safety_days_tier_0'] input[type=range]")
    lever.press("ArrowRight")
    network.get_by_test_id("panel-stale").wait_for()
    page.locator(".twb option", has_text="my scenario").first.wait_for(state="attached")

    baseline = bench.open("what_if")
    bench.run(baseline)
    assert "not met" in baseline.get_by_test_id("objectives").inner_text()
    head = baseline.get_by_test_id("kpis").get_by_role("button", name="mean")
    head.focus()
    baseline.locator(".twk-tip:popover-open").wait_for()
    assert "mean over the worlds" in baseline.locator(".twk-tip:popover-open").inner_text()
    baseline.locator("img[src^=blob]").first.wait_for(timeout=60_000)

    explain = bench.open("explain")
    bench.run(explain)
    assert SHOP.split(">")[1] in explain.get_by_test_id("explain-words").first.inner_text()
    explain.get_by_test_id("dips").locator("tbody tr").first.click()
    explain.get_by_test_id("panel-stale").wait_for()

    report = bench.open("report")
    report.locator("[data-field=headline] input").fill("Tea <b>report</b>")
    report.locator("[data-field=headline] input").press("Enter")
    report.locator("[data-field='in explain'] input").uncheck()
    bench.run(report)
    assert "Tea <b>report</b>" in page.frame_locator("[data-testid=report-preview] iframe").locator("h1").inner_text()
    with page.expect_download(timeout=60_000) as saved:
        report.get_by_test_id("save-html").click()
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    assert "Tea &lt;b&gt;report" in text and "<b>report" not in text

    for width in (1400, 390):
        page.set_viewport_size({"width": width, "height": 780})
        for key in ("network", "what_if", "explain", "report"):
            bench.open(key)
            assert not bench.overflows(), key
            if width > 1000:
                axe(page)


@pytest.mark.slow
def test_a_panel_says_what_is_missing_and_what_it_would_run(opened):
    bench = opened(scheduled=False)
    stress = bench.open("stress")
    stress.locator("[data-field=what] label[for$='-lanes']").click()
    duration = stress.locator("[data-field=duration] input[type=number]")
    bench.page.wait_for_function("field => field.value === '30'", arg=duration.element_handle())  # lanes have no time of their own
    duration.fill("")
    duration.press("Enter")
    stress.get_by_test_id("panel-blockers").get_by_text("how long each lane is out").wait_for()
    assert stress.get_by_test_id("panel-run").is_disabled()
    duration.fill("5")
    duration.press("Enter")
    stress.get_by_test_id("panel-code").click()
    code = stress.get_by_test_id("panel-code-text")
    code.get_by_text("twinkit.stress_test").wait_for()
    bench.page.wait_for_function("code => code.innerText.includes('duration=5')", arg=code.element_handle())
    bench.run(stress)
    assert SOURCE.split("|")[0] in stress.get_by_test_id("targets").inner_text()
    resilience = bench.open("resilience")
    resilience.get_by_test_id("panel-blockers").get_by_text("No event happens").wait_for()
