"""The parts of the kit as far as Python sees them: what they send, refuse and say."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

import twinkit.apps.kit as kit
from twinkit import result
from twinkit.apps.kit.log import NoKeys, logging_config
from twinkit.apps.kit.page import frame, page_of
from twinkit.apps.kit.parts import (
    BROKEN,
    LONGEST,
    Address,
    Cards,
    Facts,
    Form,
    Head,
    Part,
    Picture,
    Save,
    Table,
    mime_of,
    saved,
)
from twinkit.report.pictures import Drawn
from twinkit.show.picture import drawing
from twinkit.tables import CaseError
from twinkit.tables.problems import Problem

FOLDER = Path(kit.__file__).parent


@pytest.fixture
def sent(monkeypatch):
    """Collect the messages that parts send to the browser."""
    messages = []
    monkeypatch.setattr(Part, "send", lambda self, content, buffers=None: messages.append((content, buffers)))
    return messages


def a_figure(description=""):
    figure = Figure(figsize=(2, 1))
    figure.add_subplot().plot([1, 2])
    figure.description = description
    return figure


def test_a_new_content_chooses_no_row():
    table = Table(rows=[["a"], ["b"]], selected=1)
    table.show([{"name": "x", "label": "X"}], [["c"]], caption="Of c")
    assert (table.selected, table.rows, table.caption, table.version) == (-1, [["c"]], "Of c", 1)
    table.show([], [["d"]], selected=0)
    assert table.selected == 0


def test_a_picture_is_saved_as_what_it_is(sent):
    picture, figure = Picture(name="rise"), a_figure("A line that rises.")
    picture._pressed(picture, {"press": "svg"}, [])
    assert not sent, "nothing is drawn yet"
    picture.put(figure, saved(figure, "png"), saved(a_figure("dark"), "png"))
    assert picture.png.startswith(b"\x89PNG") and picture.png_dark != b"" and picture.alt == "A line that rises."
    picture._pressed(picture, {"press": "svg"}, [])
    (content, (data,)) = sent[-1]
    assert content == {"file": "rise.svg", "mime": "image/svg+xml"} and b"<svg" in data


def drawn_by_us(theme: str, name: str) -> Figure:
    with drawing((2.0, 1.5), theme) as fig:
        fig.add_subplot().set_title(name)
    return fig


def test_reports_drawn_at_once_are_those_drawn_one_after_the_other():
    """Twelve threads: pictures are the same to the byte, and the settings of the process are as they were."""

    def report(number: int) -> tuple[bytes, ...]:
        name = f"figure {number}"
        drawn = Drawn(result.Picture(lambda theme: drawn_by_us(theme, name), name), name)
        return drawn.light, saved(drawn_by_us("dark", name), "png")

    before, wait = dict(mpl.rcParams), sys.getswitchinterval()
    alone = [report(n) for n in range(2)]
    sys.setswitchinterval(1e-4)
    try:
        with ThreadPoolExecutor(12) as pool:
            at_once = list(pool.map(report, [0, 1] * 6))
    finally:
        sys.setswitchinterval(wait)
    assert at_once == alone * 6
    assert dict(mpl.rcParams) == before
    assert len({picture for pictures in alone for picture in pictures}) == 4


def test_a_file_is_made_beside_the_page(sent):
    save = Save(lambda name: name.encode(), offers=[["a", "A", "a.html"]])
    assert asyncio.run(save.press("a"))
    assert sent == [({"file": "a.html", "mime": "text/html"}, [b"a"])] and save.busy == ""


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ValueError("There is nothing yet."), "There is nothing yet."),
        (
            CaseError([Problem("sites", 2, "site", "x", "is wrong", "Mend it.")]),
            "sites row 2, site: 'x' is wrong. Mend it.",
        ),
        (RuntimeError("<b>secret</b>"), "a.pdf could not be made."),
    ],
)
def test_a_file_that_cannot_be_made_is_a_sentence(sent, tmp_path, monkeypatch, error, says):
    monkeypatch.setenv("TWINKIT_LOG", str(tmp_path / "log"))

    def fails(name):
        raise error

    save = Save(fails, offers=[["a", "A", "a.pdf"]])
    assert not asyncio.run(save.press("a"))
    assert save.failure.startswith(says) and "secret" not in save.failure and not sent
    assert (tmp_path / "log").exists() == isinstance(error, RuntimeError)


def test_only_what_is_offered_is_made(sent):
    made = []
    save = Save(lambda name: made.append(name) or b"", offers=[["a", "A", "a.html"]])

    async def press(name):
        save._pressed(save, {"press": name}, [])
        if save._task:
            await save._task

    asyncio.run(press("b"))
    save.why = "not yet"
    asyncio.run(press("a"))
    assert not made
    save.why = ""
    asyncio.run(press("a"))
    assert made == ["a"]


def test_a_file_has_the_type_of_its_ending():
    assert mime_of("x.xlsx").endswith("spreadsheetml.sheet") and mime_of("x.png") == "image/png"


def test_a_link_gives_its_state_and_a_broken_one_a_sentence():
    taken = []
    address = Address(lambda state: taken.append(state) or "It does not fit.")
    address._arrived(address, {"arrived": '{"a": "<b>\\ud83d"}'}, [])
    assert taken == [{"a": "<b>\ud83d"}] and address.problem == "It does not fit."
    long = json.dumps({"a": "x" * LONGEST})
    for text, broken in (("", True), ("[1]", False), ("{", False), ("[" * 99_999, False), (long, False), (None, False)):
        address._arrived(address, {"arrived": text or "", "broken": broken}, [])
        assert address.problem == BROKEN and len(taken) == 1
        address.problem = ""


def test_a_state_that_is_too_long_for_an_address_is_left_out():
    address = Address()
    address.show({"name": "Náka <b>"})
    assert json.loads(address.state) == {"name": "Náka <b>"}
    address.show({"name": "x" * LONGEST})
    assert address.state == ""


def test_a_page_has_its_parts_in_order():
    head, facts, form, table = Head(), Facts(), Form(), Table()
    page = frame([head, facts], [table], [form]).children[0]
    assert [list(area.children) for area in page.children] == [[head, facts], [form], [table]]
    assert len(frame([head], [table]).children[0].children) == 2


def test_a_case_that_is_not_there_is_a_sentence():
    page = page_of("no such case", lambda case: pytest.fail("there is none"))
    assert page.children[0].problems[0].startswith("there is no case")


@pytest.mark.parametrize("part", [Form, Head, Cards, Table, Picture, Facts, Save, Address])
def test_every_part_carries_what_it_uses(part):
    assert part._esm and "export default { render }" in str(part._esm)
    used = set(re.findall(r'class: "(tw[a-z]+-[a-z]+)', str(part._esm)))
    assert used and not {name for name in used if name.startswith("twk-") and f".{name}" not in str(part._css)}


def test_scripts_put_no_markup_into_the_page():
    scripts = sorted(FOLDER.glob("*.js"))
    assert scripts
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(")
    assert not [script.name for script in scripts if forbidden.search(script.read_text(encoding="utf-8"))]


def test_no_token_is_written_to_the_log():
    setting = logging_config("AppServer", False)["formatters"]["full"]
    assert setting["()"].endswith(".NoKeys")
    record = logging.LogRecord("tornado.access", logging.WARNING, "", 0, "%d %s %s", (429, "GET", "/stress?token=secret-word&s=e30"), None)
    assert NoKeys(setting["format"]).format(record).endswith("429 GET /stress?token=…&s=e30")


def test_a_page_in_a_notebook_is_preceded_by_what_to_do_without_its_kernel(monkeypatch):
    """The sentence and the style that hides "model not found" are an output of their own; a page that is served has none."""
    shown = []
    monkeypatch.setattr("twinkit.apps.kit.page.display", lambda data, raw: shown.append(data))
    page = frame([], [])
    page._ipython_display_()
    first, then = shown
    assert "run this cell again" in first["text/html"] and "application/vnd.jupyter.widget-view+json" in then and "text/html" not in then
    shown.clear()
    monkeypatch.setenv("VOILA_PREHEAT", "True")
    page._ipython_display_()
    assert [sorted(data) for data in shown] == [["application/vnd.jupyter.widget-view+json", "text/html", "text/plain"]]
