"""What should we do? In a real browser: risks, what matters, the front, a price, a decision, a link, a mistake."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tiny_case import SOURCE, tiny_case

from browser.drive import App
from twinkit.tables import write_case

APP = Path(__file__).resolve().parents[2] / "notebooks" / "app_advice.ipynb"
ANSWER = "() => { const f = document.querySelector('[data-testid=front]'); return f && !f.hidden && f.dataset.chosen; }"


@pytest.fixture
def tiny(tmp_path):
    return write_case(tiny_case(), tmp_path / "tiny")


@pytest.fixture
def opened(served, page):
    """Open the app for a case and wait for its first answer."""

    def open_app(*case: str, state: str = "", **env: str) -> App:
        page.goto(served(APP, *case, "--pool", "0", **env) + state)
        page.wait_for_function(ANSWER, timeout=240_000)
        return App(page)

    return open_app


def stop(app: App) -> None:
    """Be content with the first answer."""
    button = app.page.get_by_test_id("press-run")
    if button.inner_text() == "Stop":
        button.click()
    app.settle()


def chosen(page) -> str:
    return page.get_by_test_id("front").get_attribute("data-chosen")


def test_what_matters_moves_the_advice_at_once_and_it_can_be_kept(opened, page, axe, tiny):
    app = opened(str(tiny))
    stop(app)
    assert app.said().startswith(("Do this: ", "Leave things as they are")) and "95 % sure" in app.facts() + app.said()
    tried = page.get_by_test_id("progress").inner_text()
    before = chosen(page)
    dots = page.get_by_test_id("front").locator("[data-dot]")
    assert dots.count() > 1
    app.input("cost", "range").press("Home")  # money for measures does not matter
    app.input("worst", "range").press("End")
    page.wait_for_function(
        "was => document.querySelector('[data-testid=front]').dataset.chosen !== was", arg=before, timeout=30_000
    )
    assert page.get_by_test_id("progress").inner_text() == tried  # no other search
    page.get_by_test_id("headline").get_by_text("a year").first.wait_for(timeout=60_000)
    own = dots.first
    own.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('[data-testid=front] [aria-checked=true]')")
    page.locator("[data-fact=cost] .twn-why").wait_for(timeout=60_000)
    page.locator("[data-fact=cost] .twn-why").click()
    page.get_by_test_id("why").get_by_text("Price of the measures").wait_for()
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
def test_risks_are_added_mistaken_and_carried_by_the_link(opened, page, tiny):
    app = opened(str(tiny))
    stop(app)
    page.get_by_test_id("controls").get_by_label("Take away: closed").click()
    app.blockers.get_by_text("add a risk").wait_for(timeout=30_000)
    assert chosen(page)  # the answer from before stays
    page.get_by_label("Which site is lost?").fill("nowhere")
    page.get_by_test_id("press-add-own").click()
    app.blockers.get_by_text("nowhere").wait_for(timeout=30_000)
    page.get_by_test_id("controls").locator(".twf-drop").first.click()
    page.get_by_label("Which site is lost?").fill(SOURCE)
    page.get_by_label("Which site is lost?").press("Enter")
    page.get_by_test_id("press-add-own").click()
    page.get_by_test_id("press-run").get_by_text("Stop").wait_for(timeout=30_000)
    assert app.blockers.is_hidden()
    stop(app)
    app.input("budget", "number").fill("0")
    page.get_by_test_id("press-run").get_by_text("Stop").wait_for(timeout=30_000)
    stop(app)
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_function(ANSWER, timeout=120_000)
    assert f"{SOURCE} is lost for 30 days" in page.get_by_test_id("controls").inner_text()
    assert app.input("budget", "number").input_value() == "0"


def test_the_camera_has_an_answer_on_any_screen(opened, page):
    page.set_viewport_size({"width": 390, "height": 900})
    app = opened("camera")
    stop(app)
    assert "no other event" in page.get_by_test_id("sure").inner_text() or "Leave things" in app.said()
    for width in (390, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_without_optuna_the_page_says_what_to_install(served, page, tiny, tmp_path):
    hidden = tmp_path / "hidden"
    (hidden / "optuna").mkdir(parents=True)
    (hidden / "optuna" / "__init__.py").write_text("raise ImportError('hidden')\n")
    paths = os.pathsep.join([str(hidden), *filter(None, [os.environ.get("PYTHONPATH")])])
    page.goto(served(APP, str(tiny), "--pool", "0", PYTHONPATH=paths))
    page.get_by_test_id("blockers").get_by_text("pip install 'twinkit[optimise]'").wait_for(timeout=120_000)
