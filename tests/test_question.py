"""The frame of questions: a question of straw through every door."""

import asyncio
import json
import os
import subprocess
import sys
from typing import ClassVar

import pandas as pd
import pytest
from ipywidgets import Widget
from tiny_case import tiny_case

import twinkit
from twinkit import cli, rooms
from twinkit.answers import about
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.parts import Table as TablePart
from twinkit.apps.title import pages_of
from twinkit.code import literal
from twinkit.page.page import QuestionPage
from twinkit.question import Call, Input, Plain, Question, View, in_groups, question_of, questions, register
from twinkit.report import report_of
from twinkit.result import Answer, Fact, Facts, Heading, Shown, Table, led
from twinkit.run.engines import Cancelled
from twinkit.run.scenario import Scenario
from twinkit.study.asked import remembered
from twinkit.tables import CaseError, write_case
from twinkit.workbench.desk import Desk
from twinkit.workbench.registry import panels


class Weighed:
    """What came of weighing straw."""

    def __init__(self, case, bales, weights):
        self.case, self.bales, self.weights = case, bales, weights

    def table(self):
        rows = [{"bale": n, "kilograms": w * self.bales, "low": 0.9 * w, "high": 1.1 * w} for n, w in self.weights.items()]
        return pd.DataFrame(rows, columns=["bale", "kilograms", "low", "high"])


def weigh(case, bales, weights=None, *, progress=None, cancel=None):
    """A study that only multiplies."""
    found = Weighed(case, bales, weights or {})
    return remembered(found, "weigh", case=case, bales=bales, weights=weights)


class Straw(Question):
    """How heavy is it?"""

    key, title, asks = "straw", "Straw", "How heavy is the straw?"
    kinds = (Weighed,)

    bales = Input("", "how many bales of each", start=2, low=1, high=100, kind="whole")
    weights = Input("kg", "weight of a bale", start={}, low=0, kind="numbers")
    dry = Input("", "whether it is dry", start=True, kind="flag")
    field = Input("", "where it grew", start="north", kind="text", words={"north": "the northern field", "south": "the southern field"})

    def options(self, name):
        return {s: s for s in self.ground.case["sites"]["site"]} if name == "weights" else super().options(name)

    def call(self):
        return Call(weigh, case=self.ground.case, bales=self.bales, weights=self.weights)

    @classmethod
    def tell(cls, result):
        columns = [Shown("bale", "Bale", "where it lies"), Shown("kilograms", "Weight", "of all bales", "kg", ("low", "high"))]
        blocks = [Heading("In short"), *led([f"{result.bales} bales of <b>straw</b>."]), Facts([Fact("bales", str(result.bales), "", "how many")]),
                  Table.of(result.table(), columns, "Bales", "bales")]  # fmt: skip
        return Answer("Straw", blocks, about(result.case), ["It was weighed."], result.case)


@pytest.fixture
def straw(monkeypatch):
    from twinkit import question

    monkeypatch.setattr(question, "_added", dict(question._added))
    return register(Straw)


def every(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


def test_what_is_declared_is_asked_for_checked_and_explained(straw):
    asking = straw(Plain(tiny_case()))
    assert (asking.bales, asking.dry, asking.weights) == (2, True, {})
    assert not asking.problems()
    asking.bales, asking.field, asking.weights = 2.5, "west", {"nowhere": -1}
    told = asking.problems()
    assert len(told) == 3 and all(part in " ".join(told) for part in ("Bales is 2.5", "from 1 to 100", "north, south", "0 or more"))
    asking.bales, asking.field, asking.weights = 3, "south", {"nowhere": 1}
    assert asking.problems()[0].startswith("Weights: there is no 'nowhere' in this case. Choose of ")
    with pytest.raises(CaseError, match="there is no 'nowhere'"):
        asking.run()
    with pytest.raises(CaseError, match="Did you mean 'bales'"):
        straw(Plain(tiny_case()), bale=3)
    assert straw(Plain(tiny_case())).weights == {}, "a start is not shared between askings"


def test_a_panel_has_a_form_an_answer_and_its_program(straw):
    case = tiny_case()
    site = case["sites"]["site"].iloc[0]
    desk, guard = Desk(case), Guard()
    panel = panels()["straw"].load()(desk)
    view = panel.view()(panel, guard)
    view.form.values = {**view.form.values, "bales": 4, "dry": False, "field": "south"}
    assert (panel.bales, panel.dry, panel.field) == (4, False, "south")
    form = view.lists["weights"]
    form.values = {"name": site, "number": 10.0, "to": None, "said": -1}
    view.asking.pressed_list("weights", None, {"press": "add"}, None)
    form.values = {"name": "nowhere", "number": 10.0, "to": None, "said": -1}
    view.asking.pressed_list("weights", None, {"press": "add"}, None)
    assert panel.weights == {site: 10.0} and "not among" in view.notes.sentences[0] and not guard.message
    assert asyncio.run(panel.run()) and not guard.message
    table = next(w for w in every(view.box) if isinstance(w, TablePart))
    assert table.testid == "bales" and table.rows == [[site, "40 kg (9 to 11)"]]
    assert [c["definition"] for c in table.columns] == ["where it lies", "of all bales"]
    assert not any(type(w).__name__ in ("HTML", "HTMLMath", "Output") for w in every(view.box)) and isinstance(view.box, Widget)
    found = {"case": case, "weigh": weigh}
    exec(panel.code(), found)
    assert found["result"].table().equals(panel.job.result.table())
    view.asking.pressed_list("weights", None, {"press": "remove", "item": 0}, None)
    assert panel.weights == {} and panel.stale


def test_a_report_and_a_terminal_say_the_same(straw, tmp_path, capsys):
    case = tiny_case()
    site = case["sites"]["site"].iloc[0]
    result = straw(Plain(case), weights={site: 10.0}).run()
    page = report_of(result).to_html()
    assert "20\u00a0kg" in page and "&lt;b&gt;straw" in page and "of all bales" in page
    folder = write_case(case, tmp_path / "case")
    assert cli.main(["ask", "straw", str(folder), "bales=3", f"weights={site}=10"]) == 0
    told = capsys.readouterr().out
    assert "3 bales" in told and "30 kg" in told
    assert cli.main(["ask", "straw", str(folder), "bales=3", "--out", str(tmp_path / "straw.html")]) == 0
    assert "3 bales" in (tmp_path / "straw.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "said"),
    [(["bales=many"], "is no number"), (["bale=3"], "Did you mean 'bales'"), (["bales=0"], "from 1 to 100"), (["weights=x"], "NAME=NUMBER"),
     (["bales=inf"], "no number that can be used"), (["dry=perhaps"], "yes or no")],
)  # fmt: skip
def test_what_a_terminal_is_given_wrong_is_said(straw, tmp_path, capsys, given, said):
    folder = write_case(tiny_case(), tmp_path / "case")
    assert cli.main(["ask", "straw", str(folder), *given]) == cli.PROBLEMS
    assert said in capsys.readouterr().err


def test_questions_are_listed_with_what_they_ask_for(straw, capsys):
    assert cli.main(["ask"]) == 0 and "How heavy is the straw?" in capsys.readouterr().out
    assert cli.main(["ask", "straw"]) == 0
    assert "bales=… how many bales of each; a whole number from 1 to 100 (usually 2)" in capsys.readouterr().out
    assert cli.main(["ask", "strow"]) == cli.PROBLEMS and "Did you mean 'straw'" in capsys.readouterr().err


def test_every_question_of_the_package_can_be_made_and_says_what_it_asks():
    for key, question in questions().items():
        assert question_of(key) is question and question.asks.endswith("?")
        assert all(one.meaning and one.title for one in question.asked_for().values())
        question(Plain(twinkit.example("camera"))).problems()


def test_a_question_without_a_name_is_refused():
    with pytest.raises(TypeError, match="key"):
        register(type("Nameless", (Question,), {}))
    with pytest.raises(TypeError, match="subclass"):
        register(print)


def test_python_for_risks_and_prices_gives_them_back():
    risk, price = twinkit.Risk("fire", 0.05), twinkit.Price(per_year=2e7)
    for value in (risk, price, Scenario("two'\" days", levers={"a": 1.5}, since=3), {"a": (1, float("inf"))}):
        again = eval(literal(value), {"twinkit": twinkit})
        assert type(again) is type(value) and repr(again) == repr(value)


# --- the page


def grown(case, worlds=64, *, progress=None, cancel=None):
    """A study that takes worlds, and stops when it is told to."""
    if cancel is not None and cancel.is_set():
        raise Cancelled
    if progress is not None:
        progress(1, 1)
    return Weighed(case, worlds, {"bale": 1.0})


class Growing(Straw):
    """Weighed in more and more worlds."""

    key, group = "growing", "Fields"
    views: ClassVar = {"stakeholder": View(("bales", "field"), ("bales",), {"bales": "How many?"})}

    def standing(self):
        inputs = self.asked_for()
        inputs["bales"] = inputs["bales"].but(high=200 if self.field == "south" else 100)
        return inputs

    def follow(self, name):
        if name == "field":
            self.bales = 3

    def call(self):
        return Call(grown, case=self.ground.case, worlds=64 * self.bales).growing("worlds")


def test_a_page_refines_its_answer_and_marks_what_is_old(straw):
    async def visit():
        page = QuestionPage(Growing, tiny_case())
        seen = []
        page.panel.job.observe(lambda change: seen.append((page.panel.job.result.bales, page.head.sentences[0], page.head.progress["text"])), "version")
        page.touch(0.0)
        await page.settled()
        assert [s[0] for s in seen] == [32, 128] and "128 bales" in page.head.sentences[0], "first in fewer worlds, then in all"
        assert "so far" in seen[0][2] and not page.save.why and not page.head.note
        [group] = page.form.form.groups
        assert [(f["name"], f["label"], f["type"]) for f in group["fields"]] == [("bales", "How many?", "number"), ("field", "Field", "tabs")]
        assert "<b>straw" in page.head.sentences[0] and not any(isinstance(w, TablePart) for w in every(page.box)), "the view leaves the table out"
        page.form.form.values = {**page.form.form.values, "field": "south"}
        assert page.head.old and page.head.note.startswith("This answers the question from before") and page.save.why
        assert "twd-old" in page.main._dom_classes, "marked before anything is run"
        await page.settled()
        assert page.panel.bales == 3 and "192 bales" in page.head.sentences[0] and not page.head.old
        page.form.form.values = {**page.form.form.values, "bales": 500}
        await page.settled()
        assert "from 1 to 200" in page.head.problems[0] and page.head.old and "192 bales" in page.head.sentences[0]
        page.form._pressed(None, {"press": "reset"}, None)
        await page.settled()
        assert (page.panel.bales, page.panel.field) == (2, "north") and not page.guard.message

    asyncio.run(visit())


def test_a_link_brings_the_question_back_and_says_what_does_not_fit(straw):
    page, other = QuestionPage(Straw, tiny_case()), QuestionPage(Straw, tiny_case())
    page.panel.bales, page.panel.field = 7, "south"
    state = json.loads(json.dumps(page.panel.ask().state()))
    assert state == {"bales": 7, "field": "south"}
    assert other.arrived(state) == "" and other.panel.state() == page.panel.state()
    told = other.arrived({"bales": 7, "moon": 1, "field": "west", "weights": {"Atlantis": 1.0}, "dry": "perhaps"})
    assert all(part in told for part in ("moon", "west", "Atlantis", "yes or no")) and "7" not in told
    assert other.panel.bales == 7 and other.panel.field == "north", "what does not fit is as it begins"


def test_an_interim_answer_is_called_so_in_its_report(straw):
    async def visit():
        page = QuestionPage(Growing, tiny_case())

        def slow(progress=None, cancel=None, **more):
            yield Weighed(tiny_case(), 5, {})
            cancel.wait(10)
            raise Cancelled

        page.panel.study = lambda: (slow, (), {})
        page.touch(0.0)
        while page.panel.job.result is None:
            await asyncio.sleep(0.01)
        page.pressed(None, {"press": "run"}, None)
        await page.settled()
        assert "interim" in page.head.progress["text"] and page.head.progress["button"] == "Go on"
        assert "Interim answer" in page.save.make("html").decode()

    asyncio.run(visit())


def test_the_program_on_a_page_gives_its_answer(straw):
    page = QuestionPage(Straw, twinkit.example("camera"))
    found = {"weigh": weigh}
    exec(page.code.text.replace("from test_question import weigh", ""), found)
    assert found["result"].bales == 2 and found["case"].name == "camera"


def test_pages_are_listed_in_groups_with_a_question_of_straw(straw, tmp_path):
    (tmp_path / "questions.ipynb").write_text('{"cells": [], "metadata": {}}')
    register(Growing)
    pages = pages_of([tmp_path / "questions.ipynb"])
    assert pages["straw"]["group"] == "How the chain works" and pages["straw"]["question"] == "How heavy is the straw?"
    assert list(pages)[-1] == "growing" and pages["growing"]["group"] == "Fields", "a heading of one's own comes last"


@pytest.mark.parametrize("key", questions())
def test_every_question_is_a_page_with_a_form_a_link_and_a_program(key):
    """No study is run: what is built is the page before its first answer."""
    page = QuestionPage(question_of(key), twinkit.example("camera"))
    assert not page.guard.message and page.head.question.endswith("?")
    assert page.form.form.groups or page.form.lists or not page.panel.asks.asked_for()
    assert page.panel.blockers or "result = " in page.code.text
    asking = page.panel.ask()
    assert asking.take(asking.state()) == []
    own = {n for name, part in page.form.parts.items() for n in part.values(asking, name)}  # a list under a heading, or two tabs, need no label
    assert all(f.get("label") for g in page.form.form.groups for f in g["fields"] if f["name"] not in own or f["type"] not in ("tabs", "list"))


OWN_FILE = """
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, led


def tripled(case, times=3, *, progress=None, cancel=None):
    return Tripled({"n": times})


class Tripled(dict):
    pass


@register
class TripledQuestion(Question):
    \"\"\"Three times something.\"\"\"

    key, title, asks, group = "tripled", "Tripled", "How much is three times?", "Own"
    kinds = (Tripled,)
    times = Input("", "how many times", start=3, low=1, high=9, kind="whole")

    def call(self):
        return Call(tripled, case=self.ground.case, times=self.times)

    @classmethod
    def tell(cls, found):
        return Answer("Tripled", led([f"{found['n']} times."]), {})
"""


def test_one_file_of_ones_own_is_in_every_door(straw, tmp_path, capsys, monkeypatch):
    """The command in this process; page and panel in one that has only the environment variable, as a kernel has."""
    file, folder = tmp_path / "tripled.py", write_case(tiny_case(), tmp_path / "case")
    file.write_text(OWN_FILE)
    monkeypatch.setenv(rooms.FILES, "")
    assert cli.main(["ask", "tripled", str(folder), "times=4", "--with", str(file)]) == 0
    assert "4 times." in capsys.readouterr().out
    assert os.environ[rooms.FILES] == str(file) and "tripled" in panels() and "Own" in in_groups()
    assert QuestionPage(question_of("tripled"), tiny_case()).code.text.endswith(")")
    assert cli.main(["ask", "--with", str(tmp_path / "none.py")]) == cli.PROBLEMS
    assert "there is no Python file" in capsys.readouterr().err
    again = subprocess.run([sys.executable, "-c", "from twinkit.question import questions; print('tripled' in questions())"],
                           capture_output=True, text=True, check=True)  # fmt: skip
    assert again.stdout.strip() == "True"
