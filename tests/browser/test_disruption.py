"""What if?, the main page, in a real browser: levers, a mistake, play, the keyboard, a phone, other cases.

The fixture ``page`` sees to it that no other host is asked and no error is logged.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest

from browser.drive import App

PAGES = Path(__file__).resolve().parents[2] / "notebooks" / "questions.ipynb"


@pytest.fixture
def address(shared, cars):
    """The page on the car maker's chain; every visit starts from the beginning."""
    return shared(PAGES, str(cars), "--pool", "0") + "disruption"


@pytest.fixture
def app(address, page):
    """The page, with its first picture complete."""
    return App(page).open(address)


def test_a_lever_changes_picture_and_words(app):
    words, painted, pixels = app.said(), int(app.curves.get_attribute("data-painted")), app.pixels()
    version, fact = int(app.curves.get_attribute("data-version")), app.fact("back")
    assert words.startswith("Service falls to ") and "Customers feel it from day" in words
    app.after(lambda: app.input("lever second_source", "range").press("End"))
    assert app.said().startswith("With your measures, service ")
    assert "Your measures save " in app.said()
    assert int(app.curves.get_attribute("data-painted")) > painted and app.pixels() != pixels
    assert int(app.curves.get_attribute("data-version")) > version
    assert app.fact("back") != fact and "without measures" in app.fact("back")
    assert app.page.get_by_test_id("progress").inner_text() == "128 of 128 worlds"
    card = app.page.locator("[data-card='fill rate']")
    assert "With measures" in card.inner_text() and "better in" in card.inner_text()
    saved = app.page.get_by_test_id("download").get_attribute("href")
    assert json.loads(unquote(saved.split(",", 1)[1]))["levers"] == {"second_source": 0.5}
    app.after(lambda: app.page.get_by_test_id("press-reset").click())
    assert app.said() == words


def test_a_mistake_is_explained_and_the_picture_stays(app):
    app.after(lambda: app.page.get_by_text("Event of your own").click())
    words, pixels = app.said(), app.pixels()
    site = app.input("site", "text")
    site.fill("Fab <b>Nakka</b>")
    site.press("Enter")
    app.blockers.get_by_text("there is no site 'Fab <b>Nakka</b>'").wait_for()
    assert app.blockers.get_attribute("role") == "alert"
    assert app.said() == words and app.pixels() == pixels
    assert app.page.get_by_test_id("press-run").is_hidden() and app.page.get_by_test_id("save-html").is_disabled()
    assert app.page.get_by_test_id("note").get_by_text("from before").is_visible()
    app.input("start", "number").fill("900")
    app.blockers.get_by_text("From day: write a whole number from 0 to 364").wait_for()
    app.input("start", "number").fill("80")
    app.after(lambda: (site.fill("Fab Dresden"), site.press("Enter")))
    assert app.blockers.is_hidden() and app.said() != words


@pytest.mark.slow
def test_play_moves_the_day_and_a_site_of_the_map_can_be_hit(app):
    curve = app.curves.locator("canvas.twin-canvas")
    before = int(curve.get_attribute("aria-valuenow"))
    assert before > 60  # the page opens on the worst day
    app.map.locator("button.twin-play").click()
    app.page.wait_for_function(
        "day => Number(document.querySelector('canvas.twin-curves').getAttribute('aria-valuenow')) > day + 3",
        arg=before,
    )
    app.map.locator("button.twin-play").click()
    days = [c.get_attribute("aria-valuenow") for c in app.page.locator("canvas.twin-curves").all()]
    assert len(days) == 2 and days[0] == days[1]
    app.map.locator("canvas.twin-canvas").focus()
    app.page.keyboard.press("ArrowRight")
    app.page.keyboard.press("Enter")
    hit = app.page.get_by_test_id("press-hit")
    hit.wait_for()
    name = hit.inner_text().removeprefix("Let it happen to ")
    app.after(hit.click)
    assert app.input("site", "text").input_value() == name


def test_the_keyboard_alone_is_enough(app, axe):
    words, seen = app.said(), set()

    def tab_to(wanted: str) -> None:
        for _ in range(90):
            app.page.keyboard.press("Tab")
            seen.add(here := app.focused())
            if here == wanted:
                return
        raise AssertionError(f"the Tab key does not reach {wanted}: {seen}")

    tab_to("recorded")
    app.after(lambda: app.page.keyboard.press("ArrowUp"))
    assert app.said() != words
    tab_to("lever second_source")
    app.after(lambda: app.page.keyboard.press("ArrowUp"))
    assert "Your measures" in app.said()
    tab_to("twk-ask")
    described = app.page.evaluate("document.activeElement.getAttribute('aria-describedby')")
    what = app.page.locator(f"[id='{described}']")
    assert what.is_visible() and "units served at once" in what.inner_text()
    tab_to("twf-button twn-why")
    app.page.keyboard.press("Enter")
    app.page.get_by_test_id("answer").get_by_text("missing units trace to").wait_for()
    tab_to("close-answer")
    app.page.keyboard.press("Enter")
    app.page.get_by_test_id("answer").wait_for(state="hidden")
    for last in ("save-html", "copy-link"):
        tab_to(last)
    assert {"mode", "chosen", "press-add", "lever expediting", "press-reset", "download"} <= seen
    axe(app.page)


def test_a_phone_scrolls_down_only(address, page, axe):
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    app = App(page).open(address)
    app.after(lambda: page.get_by_test_id("press-add").click())
    wide = "() => [document.documentElement, ...document.querySelectorAll('.jp-Notebook, .twd, .twd *')]" \
        ".filter(e => e.scrollWidth > e.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(e).overflowX)).length"  # fmt: skip
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert page.evaluate(wide) == 0
    small = page.locator(
        ".twd button:visible:not(.twk-ask), .twd select:visible, .twd .twf-tab label:visible"
    ).evaluate_all("all => all.filter(e => e.getBoundingClientRect().height < 40).map(e => e.outerHTML.slice(0, 100))")
    assert not small
    axe(page)


@pytest.mark.slow
def test_a_case_without_places_and_events(shared, page):
    app = App(page).open(shared(PAGES, "camera", "--pool", "0") + "disruption")
    assert page.get_by_text("so there is no map").is_visible()
    assert app.map.count() == 0 and "ervice" in app.said()
    page.get_by_text("Known event", exact=True).click()
    app.after(lambda: page.locator("[data-field=recorded] select").select_option("Thai floods 2011"), blocked=True)
    assert "hits nothing here" in app.blockers.inner_text()  # no site of this chain has a place


@pytest.mark.slow
def test_a_case_with_problems_is_a_list_of_sentences(served, page, tmp_path):
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "sites.csv").write_text("site,kind\nMill,mine\n")
    page.goto(served(PAGES, str(tmp_path / "case"), "--pool", "0") + "disruption")
    blockers = page.get_by_test_id("blockers")
    blockers.locator("li").first.wait_for(timeout=60_000)
    assert blockers.locator("li").count() > 1 and "mine" in blockers.inner_text()
