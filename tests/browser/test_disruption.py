"""The disruption app in a real browser: levers, a mistake, play, a phone, the keyboard.

The fixture ``page`` sees to it that no other host is asked and no error is logged.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest

APP = Path(__file__).resolve().parents[2] / "notebooks" / "app_disruption.ipynb"
COMPILING = 240_000
"""Patience with the first picture [ms]: the day may have to be compiled."""

PIXELS = """canvas => {
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum = (sum * 31 + data[i] + 256 * data[i + 1] + 65536 * data[i + 2]) % 2147483647;
  return sum;
}"""


class App:
    """What a person does with the page."""

    def __init__(self, page) -> None:
        self.page = page
        self.head = page.get_by_test_id("head")
        self.curves = page.get_by_test_id("twin-curves").first
        self.map = page.get_by_test_id("twin-map")
        self.blockers = page.get_by_test_id("blockers")

    def settle(self) -> None:
        self.page.wait_for_function(
            "() => { const h = document.querySelector('[data-testid=head]');"
            " return h && h.dataset.version > 0 && h.dataset.running === 'false'; }",
            timeout=COMPILING,
        )

    def after(self, act) -> None:
        """Do something and wait until the page shows all of what comes of it."""
        before = int(self.head.get_attribute("data-version"))
        act()
        self.page.wait_for_function(
            "n => Number(document.querySelector('[data-testid=head]').dataset.version) > n", arg=before, timeout=60_000
        )
        self.settle()

    def said(self) -> str:
        return self.page.get_by_test_id("headline").inner_text()

    def pixels(self) -> int:
        return self.curves.locator("canvas.twin-canvas").evaluate(PIXELS)

    def input(self, field: str, kind: str):
        return self.page.locator(f"[data-field='{field}'] input[type={kind}]")


@pytest.fixture
def opened(served, page):
    """Open the app for a case."""

    def open_app(*case: str) -> App:
        page.goto(served(APP, *case, "--pool", "0"))
        page.get_by_test_id("head").wait_for(timeout=60_000)
        return App(page)

    return open_app


def test_a_lever_changes_picture_and_words(opened):
    app = opened()
    app.settle()
    words, painted, pixels = app.said(), int(app.curves.get_attribute("data-painted")), app.pixels()
    version = int(app.curves.get_attribute("data-version"))
    assert words.startswith("Service falls to ") and "Customers feel it from day" in words
    app.after(lambda: app.input("lever second_source", "range").press("End"))
    assert app.said().startswith("Without measures, service falls to ")
    assert "Your measures save " in app.said()
    assert int(app.curves.get_attribute("data-painted")) > painted and app.pixels() != pixels
    assert int(app.curves.get_attribute("data-version")) > version
    assert app.page.get_by_test_id("progress").inner_text() == "256 of 256 worlds"
    card = app.page.locator("[data-card='fill rate']")
    assert "With measures" in card.inner_text() and "better in" in card.inner_text()
    saved = app.page.get_by_test_id("download").get_attribute("href")
    assert json.loads(unquote(saved.split(",", 1)[1]))["levers"] == {"second_source": 0.5}
    app.after(lambda: app.page.get_by_test_id("press-reset").click())
    assert app.said() == words


def test_a_mistake_is_explained_and_the_picture_stays(opened):
    app = opened()
    app.settle()
    app.after(lambda: app.page.get_by_text("Event of your own").click())
    words, pixels = app.said(), app.pixels()
    site = app.input("site", "text")
    site.fill("Fab <b>Nakka</b>")
    site.press("Enter")
    app.blockers.get_by_text("there is no site 'Fab <b>Nakka</b>'").wait_for()
    assert app.blockers.get_attribute("role") == "alert"
    assert app.said() == words and app.pixels() == pixels
    assert app.page.get_by_test_id("press-run").is_disabled()
    app.input("start", "number").fill("900")
    app.blockers.get_by_text("From day: write a whole number from 0 to 364").wait_for()
    app.input("start", "number").fill("80")
    app.after(lambda: (site.fill("Fab Dresden"), site.press("Enter")))
    assert app.blockers.is_hidden() and app.said() != words


def test_play_moves_the_day_of_map_and_curves(opened):
    app = opened()
    app.settle()
    curve = app.curves.locator("canvas.twin-canvas")
    before = int(curve.get_attribute("aria-valuenow"))
    assert before > 60  # the page opens on the worst day
    app.map.locator("button.twin-play").click()
    app.page.wait_for_function(
        "day => Number(document.querySelector('canvas.twin-curves').getAttribute('aria-valuenow')) > day + 3", arg=before
    )
    app.map.locator("button.twin-play").click()
    days = [c.get_attribute("aria-valuenow") for c in app.page.locator("canvas.twin-curves").all()]
    assert len(days) == 2 and days[0] == days[1]


def test_a_site_of_the_map_can_be_hit(opened):
    app = opened()
    app.settle()
    canvas = app.map.locator("canvas.twin-canvas")
    canvas.focus()
    app.page.keyboard.press("ArrowRight")
    app.page.keyboard.press("Enter")
    hit = app.page.get_by_test_id("press-hit")
    hit.wait_for()
    name = hit.inner_text().removeprefix("Let it happen to ")
    app.after(hit.click)
    assert app.input("site", "text").input_value() == name


def test_the_keyboard_reaches_everything(opened):
    app = opened()
    app.settle()
    seen = set()
    for _ in range(60):
        app.page.keyboard.press("Tab")
        seen.add(app.page.evaluate(
            "() => { const e = document.activeElement; const f = e.closest('[data-field]');"
            " return f ? f.dataset.field : e.dataset.testid || e.className; }"
        ))  # fmt: skip
    wanted = {"mode", "recorded", "lever second_source", "lever expediting", "press-reset", "download", "twc-info"}
    assert wanted <= seen, wanted - seen
    info = app.page.locator(".twc-info").first
    info.focus()
    what = app.page.locator(f"[id='{info.get_attribute('aria-describedby')}']")
    assert what.is_visible() and "units served at once" in what.inner_text()
    unnamed = app.page.locator(".twd input, .twd select, .twd button").evaluate_all(
        "all => all.filter(e => e.offsetParent && !(e.labels && e.labels.length) && !e.ariaLabel && !e.textContent.trim()).length"
    )
    assert unnamed == 0


def test_a_phone_scrolls_down_only(opened, page):
    page.set_viewport_size({"width": 390, "height": 844})
    app = opened()
    app.settle()
    app.after(lambda: app.input("lever second_source", "range").press("End"))
    wide = "() => [document.documentElement, ...document.querySelectorAll('.jp-Notebook, .twd, .twd *')]" \
        ".filter(e => e.scrollWidth > e.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(e).overflowX)).length"  # fmt: skip
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert page.evaluate(wide) == 0


def test_a_case_without_places_and_events(opened):
    app = opened("camera")
    app.settle()
    assert app.page.get_by_text("so there is no map").is_visible()
    assert app.map.count() == 0 and "ervice" in app.said()


def test_a_case_with_problems_is_a_list_of_sentences(opened, tmp_path):
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "sites.csv").write_text("site,kind\nMill,mine\n")
    app = opened(str(tmp_path / "case"))
    app.blockers.locator("li").first.wait_for()
    assert app.blockers.locator("li").count() > 1 and "mine" in app.blockers.inner_text()
