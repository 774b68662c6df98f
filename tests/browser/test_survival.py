"""How long do we last? In a real browser: rank, drill, stop, link, report, a mistake, the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_case import SOURCE, tiny_case

from browser.drive import App
from twinkit.tables import write_case

APP = Path(__file__).resolve().parents[2] / "notebooks" / "app_survival.ipynb"


@pytest.fixture
def opened(served, page):
    """Open the app for a case and wait for all of it."""
    return lambda *case: App(page).open(served(APP, *case, "--pool", "0"))


@pytest.fixture
def tiny(tmp_path):
    return str(write_case(tiny_case(), tmp_path / "tiny"))


def table(page):
    return page.get_by_test_id("table")


def told(page, text):
    page.get_by_test_id("picked").get_by_text(text).first.wait_for(timeout=60_000)


@pytest.mark.xfail(reason="what the page says has changed with the measures of risk and recovery; this way through it is to be read again", strict=False)
def test_the_car_maker_from_the_first_row_to_the_report(served, page, axe, tmp_path):
    page.goto(served(APP, "--pool", "0"))
    app = App(page)
    page.get_by_test_id("headline").get_by_text("So far: without Resin Works Marl").wait_for(timeout=240_000)
    rows = table(page).locator("tbody tr")
    rows.first.wait_for()
    assert 0 < rows.count() < 50  # the first come before the last
    page.get_by_test_id("press-run").get_by_text("Stop").click()
    app.settle()
    assert "stopped" in page.get_by_test_id("progress").inner_text() and rows.count() < 50
    told(page, "What if we lose Resin Works Marl for 180 days?")
    told(page, "is not back by the end of the year")
    assert "of margin" in app.said() and "▲ 69" in rows.first.inner_text()
    rows.nth(1).click()
    told(page, "What if we lose Fab Nobeoka for 120 days?")
    told(page, "Hit hardest: ")
    link = page.url
    page.locator("[data-fact='at risk'] .twn-why").click()
    page.get_by_test_id("why").get_by_text("out for 180").wait_for()
    page.get_by_test_id("picture").locator("img").wait_for()
    with page.expect_download(timeout=60_000) as saved:
        page.get_by_test_id("save-html").click()
    saved.value.save_as(tmp_path / "report.html")
    assert "Resin Works Marl" in (tmp_path / "report.html").read_text(encoding="utf-8")
    axe(page)
    assert "#s=" in link


@pytest.mark.slow
def test_a_link_a_mistake_and_the_keyboard(opened, page, tiny):
    app = opened(tiny)
    told(page, f"What if we lose {SOURCE} for 8 days?")
    assert "1 of 2 sites have no time to recover" in app.said()
    app.after(lambda: page.get_by_test_id("controls").get_by_text("A number of days").click())
    assert table(page).locator("tbody tr").count() == 2
    app.input("days", "number").fill("")
    app.blockers.get_by_text("duration").wait_for(timeout=30_000)
    assert table(page).locator("tbody tr").count() == 2  # what was there stays
    app.after(lambda: app.input("days", "number").fill("5"))
    assert app.blockers.is_hidden()
    row = table(page).locator("tbody tr").nth(1)
    row.focus()
    page.keyboard.press("Enter")
    name = row.locator("th").inner_text()
    told(page, f"What if we lose {name} for 5 days?")
    app.input("years", "number").fill("10")
    told(page, "Lost once in 10 years, it costs")
    address, said = page.url, app.said()
    page.goto("about:blank")
    app.open(address)
    told(page, f"What if we lose {name} for 5 days?")
    assert app.said() == said and app.input("days", "number").input_value() == "5"
    page.goto("about:blank")
    page.goto(address[: address.index("#")] + "#s=@@@")
    page.get_by_test_id("link-failed").get_by_text("cannot be read").wait_for(timeout=60_000)


@pytest.mark.slow
def test_a_case_without_places_or_times_fits_any_screen(opened, page):
    page.set_viewport_size({"width": 390, "height": 900})
    app = opened("camera")
    told(page, "customers wait for up to")
    assert "Customers wait here when goods are short" in app.said()
    assert page.get_by_test_id("no-map").inner_text().endswith("so there is no map.")
    for width in (390, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_a_case_with_problems_is_a_list_of_sentences(served, page, tmp_path):
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "sites.csv").write_text("site,kind\nMill,mine\n")
    page.goto(served(APP, str(tmp_path / "case"), "--pool", "0"))
    page.get_by_test_id("blockers").locator("li").first.wait_for(timeout=60_000)
    assert "mine" in page.get_by_test_id("blockers").inner_text()
