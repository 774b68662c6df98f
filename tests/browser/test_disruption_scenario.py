"""A whole scenario on the page What if?: several events, why, a link, a report; and names that mean harm."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

import twinkit
from browser.drive import App

PAGES = Path(__file__).resolve().parents[2] / "notebooks" / "questions.ipynb"
SCRIPT = "<script>window.harmed = 1</script><img src=x onerror='window.harmed = 1'>"
RIGHT_TO_LEFT, SMILE, LONG = "\u202eمصنع\u202c", "Plant \U0001f600 &amp; =1+1", "Long " * 2000


def test_a_scenario_from_first_event_to_report(shared, page, axe, cars):
    url = shared(PAGES, str(cars), "--pool", "0") + "disruption"
    app = App(page).open(url)
    app.after(lambda: app.choice("recorded").select_option("Suez blockage 2021 (both parts)"))
    page.get_by_test_id("press-add").click()
    app.choice("kind").select_option("lead_time_increase")
    app.choice("target").select_option("mode")
    app.after(lambda: app.choice("way").select_option("sea"))
    page.get_by_text("When exactly, and how sure?").click()
    follow = app.choice("after").locator("option").nth(1)
    assert "Suez blockage 2021" in follow.inner_text()
    app.after(lambda: app.choice("after").select_option(follow.get_attribute("value")))
    app.after(lambda: app.input("duration", "number").fill("90"))
    page.locator("[data-fact=fall] .twn-why").click()
    answer = page.get_by_test_id("answer")
    answer.locator("li").first.wait_for(timeout=60_000)
    assert "lacked" in answer.inner_text() and int(app.map.get_attribute("data-path")) > 0
    axe(page)

    same = page.context.new_page()
    again = App(same).open(page.url)
    assert (again.said(), again.facts("disruption-facts")) == (app.said(), app.facts("disruption-facts"))
    items = same.locator("[data-field=chosen] .twf-pick").all_inner_texts()
    assert items == page.locator("[data-field=chosen] .twf-pick").all_inner_texts() and len(items) == 2
    same.close()

    for name, start in (("xlsx", b"PK"), ("pdf", b"%PDF"), ("html", b"<!"), ("zip", b"PK")):
        with page.expect_download(timeout=120_000) as caught:
            page.get_by_test_id(f"save-{name}").click()
        path = caught.value.path()
        assert path.read_bytes().startswith(start) and caught.value.suggested_filename == f"what-if.{name}"
        if name == "xlsx":
            assert "xl/workbook.xml" in zipfile.ZipFile(path).namelist()
    page.get_by_test_id("save-told").get_by_text("what-if.zip is saved.").wait_for()


@pytest.fixture(scope="module")
def harmful(tmp_path_factory):
    """The small case with names that mean harm, or are merely long."""
    case = twinkit.example("camera")
    olds = case["sites"]["site"].tolist()
    news = dict(zip(olds, [SCRIPT, RIGHT_TO_LEFT, SMILE, LONG.strip()], strict=False))
    tables = {}
    for name in ("sites", "stocks", "lanes", "recipes", "markets", "history", "events"):
        if name in case.tables:
            tables[name] = case[name].replace(news)
    path = tmp_path_factory.mktemp("harm") / "case"
    twinkit.write_case(case.replace(**tables), path)
    return path


def test_names_are_text_whatever_they_are(served, page, harmful):
    app = App(page).open(served(PAGES, str(harmful), "--pool", "0") + "disruption")
    for name in (SCRIPT, RIGHT_TO_LEFT, SMILE, LONG.strip()):
        app.after(lambda name=name: (app.input("site", "text").fill(name), app.input("site", "text").press("Enter")))
        assert app.input("site", "text").input_value() == name
        assert page.locator("[data-field=chosen] .twf-pick").inner_text().startswith(name[:30])
    assert page.evaluate("window.harmed") is None
    assert page.locator(".twd script, .twd img[src=x]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
