"""What should we do?, the page of a question, in a real browser: what matters, the answer, a decision, a risk, a link, a mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_case import SOURCE

from browser.drive import App
from twinkit.words import visible

PAGES = Path(__file__).resolve().parents[2] / "notebooks" / "questions.ipynb"
FIRST = "() => { const h = document.querySelector('[data-testid=head]'); return h && h.dataset.version > 0; }"
LEADS = ("Do this", "Leave things as they are", "Nothing is clearly worth doing")


@pytest.fixture
def opened(shared, page):
    """Open the page for a case and wait for its first answer."""

    def open_page(*case: str, state: str = "", **env: str) -> App:
        page.goto(shared(PAGES, *map(str, case), "--pool", "0", **env) + "advice" + state)
        page.wait_for_function(FIRST, timeout=240_000)
        return App(page)

    return open_page


def test_the_answer_has_its_reasons_and_can_be_kept(opened, page, axe, tiny):
    app = opened(tiny)
    app.settle()
    assert app.said().startswith(LEADS) and "as things are" in app.facts("advice-facts")
    page.locator("[data-fact='it costs'] .twn-why").click()
    page.get_by_test_id("why").get_by_text("The chain costs").wait_for()
    axe(page)
    page.get_by_test_id("save-decision").click()
    page.get_by_test_id("keep").get_by_text("Say who decides").wait_for(timeout=60_000)
    app.input("by", "text").fill("Ann <b>")
    app.input("reason", "text").fill("worth it")
    app.input("reason", "text").press("Tab")
    with page.expect_download(timeout=60_000):
        page.get_by_test_id("save-decision").click()
    page.get_by_test_id("kept").get_by_text("Kept beside the case").wait_for()
    (kept,) = (tiny / "decisions").glob("*.json")
    assert json.loads(kept.read_text(encoding="utf-8"))["by"] == "Ann <b>"


@pytest.mark.slow
def test_risks_are_taken_back_and_carried_by_the_link(opened, page, tiny):
    app = opened(tiny)
    app.settle()
    page.get_by_label("Take back: closed").click()
    app.blockers.get_by_text("say what may happen").wait_for(timeout=30_000)
    assert app.said().startswith(LEADS)  # the answer from before stays
    form = page.get_by_test_id("lost-form")
    form.locator("summary").click() if form.locator("summary").count() else None
    form.get_by_label("Which").first.fill(SOURCE)
    form.get_by_role("spinbutton", name="Lost for").fill("9")
    form.get_by_role("spinbutton", name="About once in").fill("30")
    form.get_by_role("spinbutton", name="About once in").press("Tab")
    app.after(lambda: form.get_by_role("button", name="Add", exact=True).click())
    assert app.blockers.is_hidden()
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_function(FIRST, timeout=120_000)
    page.get_by_test_id("lost-form").get_by_text(f"{visible(SOURCE)}: lost for 9").first.wait_for(state="attached")  # a link is followed after the first answer
    app.settle()


@pytest.mark.slow
def test_the_camera_has_an_answer_on_any_screen(opened, page):
    page.set_viewport_size({"width": 390, "height": 900})
    app = opened("camera")
    assert app.said().startswith(LEADS)
    for width in (390, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
