"""How sure are we?, the page of a question, in a real browser: the answer, what would change it, another question, a link, a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_case import SOURCE

from browser.drive import App
from twinkit.words import visible

PAGES = Path(__file__).resolve().parents[2] / "notebooks" / "questions.ipynb"
FIRST = "() => { const h = document.querySelector('[data-testid=head]'); return h && h.dataset.version > 0; }"


@pytest.fixture
def opened(shared, page):
    """Open the page for a case and wait for its first answer."""

    def open_page(*case: str, **env: str) -> App:
        page.goto(shared(PAGES, *map(str, case), "--pool", "0", **env) + "confidence")
        page.wait_for_function(FIRST, timeout=240_000)
        return App(page)

    return open_page


def stop_after_some_inputs(app: App) -> None:
    app.page.get_by_test_id("tornado").locator("img").wait_for(timeout=240_000)
    button = app.page.get_by_test_id("press-run")
    if button.inner_text() == "Stop":
        button.click()
    app.settle()


def test_the_answer_its_span_and_what_would_change_it(opened, page, axe, tiny, tmp_path):
    app = opened(tiny)
    assert page.title() == "How sure are we?" and page.get_by_role("heading", level=1).inner_text() == "How sure are we?"
    stop_after_some_inputs(app)
    assert app.said().startswith(("Against closed, ", "Not sure"))
    facts = page.get_by_test_id("confidence-facts").get_by_role("listitem")
    told = facts.all_inner_texts()
    assert len(told) == 4 and "95 % sure" in told[0] and "512 runs" in told[1] and "cases" in told[2]
    facts.first.get_by_role("button", name="Why?").click()
    page.get_by_test_id("why").get_by_text("512 runs: ").wait_for()
    assert page.get_by_test_id("why").locator("li").count() == 6  # 16 to 512 runs
    assert page.get_by_test_id("table").locator("tbody tr").count() >= 3
    assert "60 days, when the run ends" in page.get_by_test_id("confidence-points").inner_text()
    page.get_by_test_id("page-code-open").click()
    assert "twinkit.how_sure(" in page.get_by_test_id("page-code").inner_text()
    axe(page)
    shows = "what => document.querySelector('[data-testid=tornado] .twp, .twp[data-testid=tornado]').dataset.shows === what"
    page.wait_for_function(shows, arg="png")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(shows, arg="png_dark")  # drawn when the page asked for it
    with page.expect_download(timeout=60_000) as saved:
        page.get_by_test_id("save-html").click()
    saved.value.save_as(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "closed" in text and ("Interim answer" in text) == (page.get_by_test_id("progress").inner_text() != "")
    page.keyboard.press("Home")
    page.locator(".twinkit-skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "answer", "a keyboard comes to the answer at once"


@pytest.mark.slow
def test_another_question_a_mistake_the_way_back_and_a_link(opened, page, tiny):
    app = opened(tiny)
    before = app.said()
    page.get_by_text("Does it help?").click()
    page.get_by_test_id("note").get_by_text("from before").wait_for(timeout=5_000)  # marked at once, whatever the answer takes
    page.get_by_test_id("headline").get_by_text("each time").wait_for(timeout=60_000)
    assert app.said() != before
    page.go_back()
    page.get_by_test_id("headline").get_by_text("a year").wait_for(timeout=60_000)
    page.go_forward()
    page.get_by_test_id("headline").get_by_text("each time").wait_for(timeout=60_000)
    app.choice("event").select_option("*own*")
    site = app.input("site", "text")
    site.fill("nowhere")
    site.press("Enter")
    app.blockers.get_by_text("nowhere").wait_for(timeout=30_000)
    assert "each time" in app.said()  # the answer from before stays, and is marked
    assert page.get_by_test_id("note").is_visible() and page.get_by_test_id("save-html").is_disabled()
    site.fill(SOURCE)
    site.press("Enter")
    page.get_by_test_id("headline").get_by_text(f"{visible(SOURCE)} is lost for 30 days").wait_for(timeout=60_000)
    app.input("value", "range").press("End")
    page.get_by_test_id("headline").get_by_text("60 days").wait_for(timeout=60_000)
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.get_by_test_id("headline").get_by_text("60 days").wait_for(timeout=120_000)
    assert "each time" in app.said() and visible(SOURCE) in app.said()


@pytest.mark.slow
def test_the_camera_has_an_answer_on_any_screen(opened, page):
    page.set_viewport_size({"width": 390, "height": 900})
    app = opened("camera")
    page.get_by_test_id("runs").locator("img").wait_for(timeout=60_000)
    for width in (390, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert app.said() and page.evaluate("() => document.documentElement.scrollWidth") <= width
