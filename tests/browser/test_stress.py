"""How long do we last? In a real browser: rank, stop, look closer, link, report, a mistake, the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_case import SHOP, SOURCE

from browser.drive import App
from twinkit.words import visible

PAGES = Path(__file__).resolve().parents[2] / "notebooks" / "questions.ipynb"
FIRST = "() => { const h = document.querySelector('[data-testid=head]'); return h && h.dataset.version > 0; }"


def rows_of(page):
    return page.get_by_test_id("targets").locator("tbody tr")


def headline(page, text):
    page.get_by_test_id("headline").get_by_text(text).first.wait_for(timeout=240_000)


def test_the_car_maker_from_the_first_row_to_the_report(shared, page, axe, tmp_path):
    address = shared(PAGES, "--pool", "0")
    page.goto(address + "stress")
    app = App(page)
    headline(page, "The worst to lose is Resin Works Marl: 180 days without it cost")
    rows_of(page).first.wait_for()
    assert 0 < rows_of(page).count() < 50 and "These are not all" in app.said()  # the first come before the last
    button = page.get_by_test_id("press-run")
    if button.inner_text() == "Stop":
        button.click()
    app.settle()
    row = rows_of(page).filter(has_text="Resin Works Marl")
    assert "▲ whatever is done" in row.inner_text() and "> " in row.inner_text()
    page.get_by_test_id("stress-facts").get_by_role("button", name="Why?").first.click()
    page.get_by_test_id("why").get_by_text("Resin Works Marl: out for 180").wait_for()
    with page.expect_download(timeout=120_000) as saved:
        page.get_by_test_id("save-html").click()
    saved.value.save_as(tmp_path / "report.html")
    assert "Resin Works Marl" in (tmp_path / "report.html").read_text(encoding="utf-8")
    axe(page)
    row.click()
    ways = page.get_by_test_id("picked")
    assert ways.get_by_role("button", name="A second source for Resin Works Marl").is_disabled() and "nobody else sends PA-12 resin" in ways.inner_text()
    ways.get_by_role("link", name="What if we lose Resin Works Marl?").click()
    headline(page, "Without Resin Works Marl, service falls to")
    assert "Hit hardest by share: " in app.said() and app.input("duration", "number").input_value() == "180"
    page.get_by_test_id("twin-map").wait_for()
    page.go_back()
    page.wait_for_function(FIRST, timeout=240_000)
    assert "/stress" in page.url, "the way back leads to the question before"


@pytest.mark.slow
def test_a_link_a_mistake_and_the_keyboard(shared, page, tiny):
    page.goto(shared(PAGES, str(tiny), "--pool", "0") + "stress")
    page.wait_for_function(FIRST, timeout=240_000)
    app = App(page)
    app.settle()
    assert rows_of(page).count() == 1 and "1 of 2 sites have no time to recover" in page.get_by_test_id("stress-notes").inner_text()
    app.after(lambda: app.input("duration", "number").fill("5"))
    assert rows_of(page).count() == 2
    app.input("duration", "number").fill("5000")
    app.blockers.get_by_text("the run ends in period 60").wait_for(timeout=30_000)
    assert rows_of(page).count() == 2  # what was there stays
    app.after(lambda: app.input("duration", "number").fill("6"))
    assert app.blockers.is_hidden()
    row = rows_of(page).nth(1)
    row.focus()
    page.keyboard.press("Enter")
    page.get_by_test_id("picked").get_by_role("link").first.wait_for()
    address, said = page.url, app.said()
    page.goto("about:blank")
    app.open(address)
    assert app.said() == said and app.input("duration", "number").input_value() == "6"
    name = row.locator("th").inner_text()
    assert name in (visible(SOURCE), SHOP)


@pytest.mark.slow
def test_a_case_without_places_or_times_fits_any_screen(shared, page):
    page.set_viewport_size({"width": 390, "height": 900})
    address = shared(PAGES, "camera", "--pool", "0")
    for key, text in (("stress", "Customers wait here"), ("loss", "customers wait for up to")):
        page.goto(address + key)
        headline(page, text)
        App(page).settle()
        for width in (390, 1400, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width, (key, width)
    assert page.get_by_test_id("no-map").inner_text().endswith("so there is no map.")
