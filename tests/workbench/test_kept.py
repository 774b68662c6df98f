"""Answers are there again when the workbench is opened again, and say so if they are old."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tiny_case import tiny_case

import twinkit
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.parts import Picture as PicturePart
from twinkit.apps.kit.parts import Table as TablePart
from twinkit.result import (
    Branch,
    Code,
    Curve,
    Fact,
    Facts,
    Heading,
    Next,
    Picture,
    Points,
    Shown,
    Table,
    Text,
    Tree,
    Write,
)
from twinkit.tables import read_case, write_case
from twinkit.workbench.blocks import Blocks
from twinkit.workbench.kept import blocks_of_plain, plain
from twinkit.workbench.shell import Shell


def every(widget):
    """A widget and all within it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


def test_blocks_come_back_as_they_were():
    frame = pd.DataFrame({"site": ["b", "a"], "cost": [10.5, np.nan], "low": [9.0, np.nan], "high": [12.0, np.nan]})
    columns = [Shown("site", "Site", "where"), Shown("cost", "Cost", "of it", "EUR", ("low", "high"))]
    blocks = [
        Heading("In short"), Text("<b>One</b>", "lead"), Points(["two"]), Facts([Fact("cost", "10.5 EUR", "9 to 12", "all of it", why=["because"])]),
        Table.of(frame, columns, "Costs", "costs"), Table(frame, "Plain", name="plain"), Picture(lambda theme: None, "a line", "Line", "line"),
        Curve(lambda theme: None, name="days", lines={"fill": np.array([[1.0, 0.5], [0.9, 0.4], [1.0, 0.6]])}, unit="share", word="week"),
        Tree([Branch("root", "40 %", 0.4, [Branch("leaf")])], "Causes"), Code("x = 1", "python", "Copy"), Next("More?", "advice", {"x": 1}), Write("Write", lambda case: case),
    ]  # fmt: skip
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 8 + (720).to_bytes(4, "big")
    drawn = [SimpleNamespace(name="line", png=png, alt="a line")]
    data = json.loads(json.dumps(plain(blocks, drawn)))
    again = blocks_of_plain(data)
    assert [type(b) for b in again] == [type(b) for b in blocks[:-1]]
    words = Heading, Text, Points, Facts, Code, Next
    assert [b for b in again if isinstance(b, words)] == [b for b in blocks if isinstance(b, words)]
    assert again[8].lines() == blocks[8].lines() and again[7].word == "week"
    assert again[6].figure == png and np.array_equal(again[7].lines["fill"], blocks[7].lines["fill"])
    assert again[4].cells(None) == blocks[4].cells(None) and again[5].cells(None) == blocks[5].cells(None)
    assert plain(again, drawn) == data  # a kept answer is kept as it is

    def shown(block):
        made = Blocks(Guard(), "x")
        made.show([block])
        table = next(w for w in every(made.box) if isinstance(w, TablePart))
        return table.columns, table.rows, table.sort

    assert shown(again[4])[1:] == shown(blocks[4])[1:]  # sorted by numbers, as before
    assert [c["kind"] for c in shown(again[4])[0]] == ["text", "number"]


@pytest.fixture
def opened(tmp_path):
    """Opens the workbench of a case on the disk, as often as need be."""
    path = write_case(tiny_case(periods=30), tmp_path / "mine")
    shells = []

    def open_it():
        shells.append(Shell(read_case(path), str(path), store=tmp_path / "x.sqlite", author="Ann"))
        return shells[-1]

    yield open_it
    for shell in shells:
        shell.journal.store.close()


async def answered(shell, key="stocking"):
    """The view of a panel, once its answer is kept."""
    panel = shell.panel(key)
    view = panel.view()(panel, Guard())
    assert await panel.run()
    for _ in range(600):
        if panel.kept:
            return view
        await asyncio.sleep(0.05)
    raise AssertionError("the answer was not kept")


def words(view):
    """Everything that a view says."""
    return " ".join(s for w in every(view.answer) for s in getattr(w, "sentences", ()))


def test_an_answer_is_there_again_and_says_whether_it_is_old(opened):
    first = opened()
    before = asyncio.run(answered(first))
    said, pictures = words(before), [w.png for w in every(before.answer) if isinstance(w, PicturePart)]
    assert "Safety stock in 1 stock of 1 costs" in said and pictures[0]
    second = opened()
    panel = second.panel("stocking")
    view = panel.view()(panel, Guard())
    assert panel.job.result is None and words(view) == said.strip()
    assert [w.png for w in every(view.answer) if isinstance(w, PicturePart)] == pictures
    assert "kept from when the page was open before" in view.head.stale and "has changed" not in view.head.stale
    panel.service_level = 0.99
    assert "has changed since" in view.head.stale
    panel.service_level = 0.95
    assert "has changed" not in view.head.stale
    second.journal.draft.change("markets", lambda typed: typed.put(0, ["spread"], [["6"]]))
    assert "has changed since" in view.head.stale
    assert asyncio.run(panel.run()) and view.head.stale == "" and words(view) != said
    ready = opened()  # a kernel that was made ready before the next answer was given
    made = ready.panel("what_if")
    asyncio.run(answered(first, "what_if"))
    ready.catch_up()
    assert made.kept


def test_an_answer_that_was_spoilt_is_none(opened):
    shell = opened()
    for spoilt in ("x", [1], {"time": "now"}, {"time": "now", "of": [], "blocks": [["heading", ["x"]]]}, {"time": "now", "of": [], "blocks": [["odd", []]]},
                   {"time": "now", "of": [], "blocks": [["picture", ["x", "", "", "no base64 !"]]]}):  # fmt: skip
        shell.journal.look("answer/stocking", spoilt)
        shell._made.pop("stocking", None)
        panel = shell.panel("stocking")
        assert panel.kept == {} and panel.view()(panel, Guard()).head.stale == ""



def test_the_network_is_there_again(tmp_path):
    """Its curves, its days on the map and the figures of what is picked."""
    case = twinkit.example("gearbox")

    def opened():
        return Shell(case, "gearbox", store=tmp_path / "x.sqlite", author="Ann")

    first = opened()
    site = case["sites"]["site"][0]
    first.panel("network").picked = site
    before = asyncio.run(answered(first, "network"))
    second = opened()
    panel = second.panel("network")
    view = panel.view()(panel, Guard())
    assert panel.job.result is None and "kept from when" in view.head.stale and "has changed" not in view.head.stale
    curves = [np.frombuffer(v.service.data, np.float32) for v in (before, view)]
    assert np.allclose(*curves, atol=1e-6) and view.service.layout.display is None
    assert view.details.figures.rows == before.details.figures.rows and view.details.figures.rows
    assert view.map.shape == before.map.shape and view.map.state == before.map.state and view.map.marks == before.map.marks
    fills = [np.clip(np.frombuffer(v.map.fill, np.float32), 0, 2.55) for v in (before, view)]
    assert np.abs(fills[0] - fills[1]).max() <= 0.0051  # a hundredth is finer than a colour
    panel.picked = panel.lanes()[0]
    assert view.details.figures.rows  # not only what was picked then
    for shell in (first, second):
        shell.journal.store.close()


def test_a_report_is_there_again(opened):
    first = opened()
    asyncio.run(answered(first))
    before = asyncio.run(answered(first, "report"))
    page = next(w.page for w in every(before.answer) if hasattr(w, "page"))
    second = opened()
    panel = second.panel("report")
    view = panel.view()(panel, Guard())
    assert next(w.page for w in every(view.answer) if hasattr(w, "page")) == page
    save = next(w for w in every(view.answer) if hasattr(w, "offers"))
    assert [name for name, *_ in save.offers] == ["html"] and save.make("html") == page.encode()
    assert "This is the report of" in view.head.stale and "has changed" not in view.head.stale
    second.journal.draft.change("markets", lambda typed: typed.put(0, ["spread"], [["6"]]))
    assert "has changed since" in view.head.stale
