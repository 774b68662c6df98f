"""Views of the panels without a browser: every part is there, every column says what it means, names are text."""

import asyncio
import math
from functools import cache

import pandas as pd
import pytest
from ipywidgets import Widget
from matplotlib.figure import Figure
from tiny_case import MARKET, PRODUCT, SHOP, SOURCE, tiny_case

import twinkit
from twinkit.apps.canvas import CurvesCanvas
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.parts import Picture, Table, Told
from twinkit.run.scenario import Scenario
from twinkit.words import visible
from twinkit.workbench.blocks import ROWS, TreePart
from twinkit.workbench.desk import Desk
from twinkit.workbench.network_panel import SEPARATOR, NetworkPanel
from twinkit.workbench.registry import own_panel, panel_class

SMALL = {
    "stress": {"worlds": 2, "duration": 5.0}, "advice": {"risks": {"closed": 5.0}, "trials": 2, "worlds": 4, "fresh": 4},
    "sensitivity": {"inputs": ["demand"], "trajectories": 2, "worlds": 2, "space": 2, "second": "as it is"},
}  # fmt: skip
PARTS = {
    "network": {"network-figures", "rows-sites", "rows-lanes", "network-lanes"}, "what_if": {"objectives", "kpis", "costs", "record"},
    "stress": {"targets", "risk matrix table"}, "resilience": {"scorecard", "way", "ripple", "costs", "bullwhip"}, "explain": {"dips", "causes", "way back"},
    "advice": {"actions", "front", "break-evens", "bias"}, "sensitivity": {"thresholds", "indices"},
}  # fmt: skip
"""Key of a panel → tables that its answer has."""
TURN = "\u202e"


@pytest.fixture(scope="module", autouse=True)
def small_pictures():
    """Pictures of few pixels are drawn sooner, and say the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twinkit.apps.kit.parts.DPI", 24)
        yield


@pytest.fixture(scope="module")
def desk():
    found = Desk(tiny_case(history=True, objectives=True), replications=8)
    found.scenarios = {**found.scenarios, "closed": Scenario("closed", ("closed",))}
    found.chosen = "closed"
    return found


def every(widget):
    """A widget and all within it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


@cache
def opened(desk, key):
    """A panel that has been run, and its view with all pictures drawn."""
    guard, made = Guard(), own_panel(key)(desk)
    made.load_state(SMALL.get(key, {}))

    async def run():
        view = made.view()(made, guard)
        assert await made.run(), (made.blockers, made.job.problems)
        if key == "network":
            made.picked = SHOP
        await view.drawer.settled()
        return view

    view = asyncio.run(run())
    assert not guard.message
    return view


@pytest.mark.parametrize("key", list(PARTS))
def test_an_answer_has_its_tables_and_every_column_a_definition(desk, key):
    if key in ("advice", "sensitivity"):
        pytest.importorskip({"advice": "optuna", "sensitivity": "SALib"}[key])
    widgets = list(every(opened(desk, key).box))
    tables = [w for w in widgets if isinstance(w, Table)]
    assert PARTS[key] <= {t.testid for t in tables}
    for table in tables:
        assert all(c["definition"] and c["label"] for c in table.columns), table.testid
        assert all(len(r) == len(table.columns) for r in table.rows)
        assert not any(TURN in str(cell) for row in table.rows for cell in row)
    for picture in (w for w in widgets if isinstance(w, Picture)):
        assert picture.png[:4] == b"\x89PNG" and not picture.png_dark and len(picture.alt) > 40
        light = picture.png
        picture._handle_custom_msg({"want": "dark"}, [])  # as a dark page does
        assert picture.png_dark[:4] == b"\x89PNG" and picture.png_dark != picture.png == light


def test_names_go_to_the_page_as_text(desk):
    """No HTML is made of names: the only widgets that show them take text."""
    for key in ("network", "explain"):
        for widget in every(opened(desk, key).box):
            assert type(widget).__name__ not in ("HTML", "HTMLMath", "Output")
            assert isinstance(widget, Widget)


def test_old_answers_stay_and_are_marked(desk):
    view = opened(desk, "what_if")
    before = view.answer.children
    desk.chosen = "as it is"
    assert view.answer.children is before and view.head.stale
    desk.chosen = "closed"
    assert not view.head.stale


def test_a_row_of_an_answer_asks_about_it():
    """The dips of an explanation: a click on a market asks about it anew, one on the curve about that period."""
    desk, guard = Desk(tiny_case(), replications=8), Guard()
    desk.scenarios = {**desk.scenarios, "closed": Scenario("closed", ("closed",))}
    desk.chosen = "closed"
    panel = own_panel("explain")(desk)
    view = asyncio.run(_run(panel, guard))
    (dips,), (curve,) = ([w for w in every(view.box) if isinstance(w, kind) and getattr(w, "testid", "dips") == "dips"] for kind in (Table, CurvesCanvas))
    assert dips.selectable and len(dips.rows) == 1
    panel.day = 12
    dips.selected = 0
    assert panel.market == f"{MARKET} | {PRODUCT}" == panel.job.result.market and panel.day is None and panel.stale
    curve.day = 7
    assert panel.day == 7 and view.form.values["day"] == 7 and not guard.message
    (tree,) = (w for w in every(view.box) if isinstance(w, TreePart))

    def flat(nodes, level=0):
        for node in nodes:
            yield level, node["share"]
            yield from flat(node["children"], level + 1)

    rows = panel.job.result.tree(0.01)
    assert len(rows) > 2 and list(flat(tree.nodes)) == list(zip(rows["level"], rows["share"].astype(float), strict=True))


async def _run(panel, guard):
    view = panel.view()(panel, guard)
    assert await panel.run(), (panel.blockers, panel.job.problems)
    await view.drawer.settled()
    return view


def test_what_a_function_of_ones_own_gives_is_shown_whatever_it_is():
    figure = Figure(figsize=(1, 1))
    frame = pd.DataFrame([[2.123456, True, f"<b>{TURN}"], [math.nan, False, "later"]], columns=["x", "on", "x"])

    def mine(case, scenario):
        """What is mine?"""
        return {"many": pd.DataFrame({"n": range(ROWS + 1)}), "one": [frame, frame.iloc[0, :1], figure, "<i>text</i>", 7]}

    guard = Guard()

    async def opened():
        view = panel_class(mine).view()(panel_class(mine)(Desk(tiny_case())), guard)
        assert await view.panel.run() and not guard.message
        await view.blocks.drawer.settled()
        return view

    view = asyncio.run(opened())
    tables = [w for w in every(view.box) if isinstance(w, Table)]
    assert len(tables[0].rows) == ROWS and [w.rows for w in tables[1:]] == [[["2.123456", "yes", "<b>" + visible(TURN)], ["–", "no", "later"]], [["x", "2.123456"]]]
    assert [c["label"] for c in tables[1].columns] == ["x", "on", "x"] and tables[1].sort[0][0] == 2.123456
    words = [s for w in every(view.box) if isinstance(w, Told) for s in w.sentences]
    assert words[-2:] == ["<i>text</i>", "7"] and any(f"first {ROWS} of" in s for s in words)
    assert [w.png[:4] for w in every(view.box) if isinstance(w, Picture)] == [b"\x89PNG"]


def test_a_click_on_the_map_picks_a_lane():
    desk, guard = Desk(twinkit.example("automotive"), "automotive", replications=8), Guard()
    panel = NetworkPanel(desk)
    view = panel.view()(panel, guard)
    view._leg_clicked(None, {"press": "lane", "lane": 0}, None)
    origin, destination = panel.picked.split(SEPARATOR)
    lane = view.map.lanes[0]
    ends = {view.map.sites[lane["from"]]["name"], view.map.sites[lane["to"]]["name"]}
    way = desk.case["lanes"].query("origin == @origin and destination == @destination")
    assert ends & {origin, destination, *(p.strip() for via in way["via"] for p in str(via).split(";"))}
    assert [0, 0.3] in view.map.path["lanes"] and view.details.words.title == panel.picked
    view._leg_clicked(None, {"press": "lane", "lane": 10_000}, None)
    assert not guard.message and panel.picked == origin + SEPARATOR + destination
    view.map.selected = "Fab Naka"
    assert panel.picked == "Fab Naka" and view.map.path == {}
    view._leg_clicked(None, {"press": "lane", "lane": 0}, None)
    assert SEPARATOR in panel.picked and view.map.selected == ""
    view.map.selected = "Fab Naka"
    view.map.selected = ""
    assert panel.picked == ""


def test_a_product_narrows_the_map():
    desk, guard = Desk(twinkit.example("automotive"), "automotive", replications=8), Guard()
    panel = NetworkPanel(desk)
    view = panel.view()(panel, guard)
    before = len(view.map.sites)
    panel.product = "electric SUV"
    shown = {s["name"] for s in view.map.sites}
    assert len(shown) < before and shown <= panel.shown_sites() and not guard.message
    assert panel.product != PRODUCT and SOURCE not in shown
