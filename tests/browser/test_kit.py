"""The parts of the kit in one page: what they show, save and say, on a phone and a screen, light and dark."""

from __future__ import annotations

import json

import nbformat
import pytest

from twinkit.apps.canvas import source

PARTS = """
import json
from ipywidgets import Label
from matplotlib.figure import Figure
from twinkit.apps.kit.parts import Address
from twinkit.apps.kit.parts import Facts
from twinkit.apps.kit.page import frame
from twinkit.apps.kit.parts import Cards, Form, Head
from twinkit.apps.kit.parts import Picture, saved
from twinkit.apps.kit.parts import Save
from twinkit.apps.kit.parts import Table

EVIL = "<img src=x onerror=alert(1)> \\u202egnihton \\U0001f600"
figure = Figure(figsize=(6, 3))
figure.add_subplot().plot([3, 1, 2])
figure.description = f"A line that falls and rises {EVIL}"
picture = Picture(caption="Falls and rises.", name="line")
picture.put(figure, saved(figure, "png"), b"")
table = Table(caption="Sites", testid="sites", columns=[
    {"name": "site", "label": "Site", "definition": "Where it is."},
    {"name": "lost", "label": "Lost", "definition": "Units not served at once.", "kind": "number"}],
    rows=[[EVIL, "1,200"], ["Naka", "90"], ["Leipzig", ""], ["W" * 10_000, "7"]], sort=[[EVIL, 1200], ["Naka", 90], ["Leipzig", None], ["W", 7]])
nothing = Table(columns=[{"name": "a", "label": "A"}], empty="There is nothing yet.", testid="nothing")
facts = Facts(facts=[{"name": "fall", "label": "Service falls to", "value": "61 %", "interval": "60 to 62 % in 9 of 10 worlds",
    "definition": "Units served at once.", "why": True, "tone": "worse"}, {"label": EVIL, "value": EVIL, "tone": "better"}])
echo = Label("nothing asked")
def asked(widget, content, buffers):
    echo.value = f"asked {content['press']} {content['name']}"
facts.on_msg(asked)
def make(name):
    if name == "bad":
        raise ValueError("There is nothing to save yet.")
    return b"<p>report</p>"
save = Save(make, label="Save", offers=[["report", "Report", "report.html"], ["bad", "Other", "other.html"]])
form = Form(label="Inputs", groups=[{"title": "Inputs", "fields": [
    {"name": "which", "type": "list", "label": "Events", "items": ["One", EVIL], "remove": "Remove"},
    {"name": "kind", "type": "choice", "label": "Kind", "options": [["a", "A", "First"], ["b", EVIL, "Second"]]},
    {"name": "size", "type": "number", "label": "Size", "low": 0, "high": 1, "step": 0.01, "unit": "%", "factor": 100, "help": "share"},
    {"name": "on", "type": "flag", "label": "On", "help": "a switch"},
    {"name": "both", "type": "tabs", "label": "View", "options": [["x", "One"], ["y", "Two"]]}]},
    {"title": "More", "folded": True, "fields": [{"name": "site", "type": "name", "label": "Site", "options": [["s", EVIL]]}]}],
    values={"which": 0, "kind": "a", "size": 0.5, "on": True, "both": "x", "site": EVIL}, buttons=[["reset", "Reset"]])
head = Head(title=EVIL, sentences=["Service falls to 61 %.", EVIL], progress={"share": 0.4, "text": "64 of 256 worlds", "button": "Stop"})
cards = Cards(cards=[{"name": "fill", "label": "Served at once", "definition": "Units served at once.", "rows": [["As it is", EVIL, "scenario"]],
    "change": EVIL, "tone": "worse"}])
address = Address(lambda state: address.show(state) or echo.set_trait("value", "came " + json.dumps(state)))
address.show({"site": "Naka"})
frame([head, facts], [table, nothing, picture, cards, echo], [form], [save, address])
"""

SIZES = [(390, "dark"), (390, "light"), (1400, "light"), (1400, "dark")]


@pytest.fixture
def kit(served, page, tmp_path):
    """The page with all parts."""
    path = tmp_path / "app_kit.ipynb"
    cells = [nbformat.v4.new_markdown_cell("# All parts\n\nOne of each."), nbformat.v4.new_code_cell(PARTS)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"title": "Parts"}), path)
    page.url_of_kit = served(path, "--pool", "0")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(page.url_of_kit)
    page.get_by_test_id("sites").wait_for(timeout=60_000)
    return page


def test_all_parts_in_a_page(kit, axe):
    looks_right(kit, axe)
    the_table(kit)
    facts_and_tips(kit)
    files(kit)
    the_address(kit)


def looks_right(page, axe):
    for width, scheme in SIZES:
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function("dark => document.querySelector('.twt').dataset.theme === dark", arg=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, "the page scrolls sideways")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(21, 25, 30)" if scheme == "dark" else "rgb(255, 255, 255)")
        axe(page)
    assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0  # names are text
    page.set_viewport_size({"width": 390, "height": 844})
    small = page.locator(".twd button:visible, .twd select:visible, .twd input:visible:not([type=radio])").evaluate_all(
        """all => all.filter(e => !e.matches('.twk-ask')).map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect().height])
        .filter(([, high]) => high < 40 && high > 0)""")  # fmt: skip
    assert not [s for s in small if "checkbox" not in s[0]], small  # the whole line of a switch is its label
    page.set_viewport_size({"width": 1400, "height": 844})


def the_table(page):
    table = page.get_by_test_id("sites")
    firsts = lambda: [text[:6] for text in table.locator("tbody th").all_inner_texts()]  # noqa: E731
    lost = table.get_by_role("button", name="Lost")
    lost.click()
    assert firsts() == ["<img s", "Naka", "WWWWWW", "Leipzi"]
    assert table.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    assert page.locator("#" + lost.get_attribute("aria-describedby")).is_visible()
    lost.click()
    assert firsts() == ["WWWWWW", "Naka", "<img s", "Leipzi"]
    table.locator("tbody tr").nth(1).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert table.locator("tr[aria-selected=true] th").inner_text().startswith("<img src=x")
    assert page.get_by_test_id("nothing").inner_text().strip() == "There is nothing yet."


def facts_and_tips(page):
    fact = page.locator("[data-fact=fall]")
    ask = fact.get_by_role("button", name="What is “Service falls to”?")
    ask.focus()
    tip = page.locator("#" + ask.get_attribute("aria-describedby"))
    assert tip.is_visible() and tip.inner_text() == "Units served at once."
    page.keyboard.press("Escape")
    assert tip.is_hidden()
    fact.get_by_role("button", name="Why? Service falls to").click()
    page.get_by_text("asked why fall").wait_for()


def files(page):
    picture = page.get_by_test_id("picture")
    assert picture.locator("img").get_attribute("alt").startswith("A line that falls and rises <img")
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        with page.expect_download() as caught:
            picture.get_by_test_id(f"save-{kind}").click()
        assert caught.value.suggested_filename == f"line.{kind}"
        assert caught.value.path().read_bytes().startswith(start)
    with page.expect_download() as caught:
        page.get_by_test_id("save-report").click()
    assert caught.value.path().read_bytes() == b"<p>report</p>"
    page.get_by_text("report.html is saved.").wait_for()
    page.get_by_test_id("save-bad").click()
    page.get_by_text("There is nothing to save yet.").wait_for()


def the_address(page):
    page.get_by_test_id("copy-link").click()
    page.get_by_text("The link is copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    state = {"site": "Fab <Náka> \U0001f600"}
    encoded = page.evaluate("text => btoa(String.fromCharCode(...new TextEncoder().encode(text)))", json.dumps(state))
    page.goto(f"{page.url_of_kit}#s={encoded.replace('+', '-').replace('/', '_').rstrip('=')}")
    page.get_by_text("came " + json.dumps(state)).wait_for()
    page.goto(f"{page.url_of_kit}#s=%%%")
    page.get_by_test_id("link-failed").get_by_text("cannot be read").wait_for()


def test_a_number_field_takes_a_decimal_comma_and_stays_when_the_wheel_turns(page):
    page.set_content("<div style='height: 3000px'><input id='number' type='number' step='any'><input id='text'></div>")
    page.add_script_tag(content=source("number_field.js"), type="module")
    number, text = page.locator("#number"), page.locator("#text")
    for typed, kept, last in (("7,5", "7.5", "Tab"), ("-0,25", "-0.25", "Enter"), ("3", "3", "Enter")):
        number.click()
        number.press("Control+a")
        page.keyboard.type(typed)
        number.press(last)
        assert number.input_value() == kept
    number.hover()
    page.mouse.wheel(0, 200)
    page.wait_for_function("() => scrollY > 0")
    assert number.input_value() == "3"
    text.click()
    page.keyboard.type("a,b")
    assert text.input_value() == "a,b"
