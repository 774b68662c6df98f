"""View of the confidence app: the page, and the links between it and the model."""

from __future__ import annotations

import os
from typing import Any

from ipywidgets import VBox

from twinkit.apps import confidence_words as words
from twinkit.apps.confidence_controls import Controls
from twinkit.apps.confidence_model import ConfidenceModel
from twinkit.apps.confidence_pictures import narrowing_chart
from twinkit.apps.confidence_unknown import unknowns
from twinkit.apps.kit.address import Address
from twinkit.apps.kit.facts import Facts
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.page import boxed, frame, page_of, title_of_case
from twinkit.apps.kit.parts import Head
from twinkit.apps.kit.picture import Picture
from twinkit.apps.kit.reports import report_buttons
from twinkit.apps.kit.table import Table
from twinkit.apps.kit.told import Told, link
from twinkit.tables.case import Case

WAITING = "Available once the inputs have been looked at."


def show(case: Case | str | os.PathLike | None = None) -> VBox:
    """The page for a case.

    Parameters
    ----------
    case
        A case, or where it is; by default that of ``TWINKIT_CASE``, else the car maker that comes with
        twinkit.

    Returns
    -------
    VBox
        The page; of a case with problems, the list of them.
    """
    return page_of(case, lambda found: ConfidencePage(found).box)


class ConfidencePage:
    """The page of one visitor.

    Attributes
    ----------
    model, box
        The model, and the widget that shows it.
    """

    def __init__(self, case: Case) -> None:
        self.model = ConfidenceModel(case)
        self.guard = Guard()
        self.head = Head(title=title_of_case(case))
        self.facts = Facts(label="How sure it is")
        self.why = Told(testid="why", closes=True, here="confidence")
        self.runs, self.tornado = Picture(testid="runs"), Picture(testid="tornado")
        self.table = Table(caption="What would change the answer?", selectable=False, columns=words.COLUMNS,
                           empty="The inputs are still to be looked at.")  # fmt: skip
        self.unknown = Told(testid="unknown", here="confidence")
        self.lacking = Told(testid="lacking", here="confidence")
        self.controls = Controls(self.model, self.guard)
        self.address = Address(self.arrived)
        self.save = report_buttons(lambda: self.model.study, "how-sure-are-we")
        self._drawn: list[Any] = [None, None]
        self._link()
        self.box = self._laid_out()
        self.show_results()
        self.model.touch()

    def _link(self) -> None:
        guard, model = self.guard, self.model
        model.job.on_error = model.deeper.on_error = guard.report
        model.observe(guard(self.show_results), ["version", "rough"])
        model.observe(guard(self.show_problems), ["blockers", "lacking"])
        model.observe(guard(self.keep_address), list(model.INPUTS))
        for job in (model.job, model.deeper):
            job.observe(guard(self.show_progress), ["done", "total", "seconds", "running", "stopped"])
            job.observe(guard(self.show_problems), "problems")
        guard.observe(lambda change: setattr(self.head, "failure", change["new"]), "message")
        self.head.on_msg(guard(self.pressed))
        self.facts.on_msg(guard(self.asked_why))

    def _laid_out(self) -> VBox:
        self.table.layout.width = "100%"
        return frame(
            [self.head, self.facts, self.why],
            [boxed("twd-halves", VBox([self.runs, self.unknown]), VBox([self.tornado])), boxed("twd-short", self.table), self.lacking],
            [self.controls.form, self.address], [self.save],
        )  # fmt: skip

    # --- what the model says

    def show_results(self, change: Any = None) -> None:
        """Bring words, figures, pictures and table up to what is known."""
        model = self.model
        with self.head.hold_sync():
            if lines := words.headline(model):
                self.head.sentences = lines
            self.head.version = model.version
            self.show_progress()
        with self.facts.hold_sync():
            self.facts.facts, self.facts.version = words.facts(model), model.version
        self.save.why = "" if model.study is not None else WAITING
        if model.effect is None:
            return
        self.guard.clear()
        self.draw()
        rows, sort = words.table_rows(model) if model.study is not None else ([], [])
        self.table.show(words.COLUMNS, rows, sort=sort)
        ways = [link("What should we do?", "advice", {"risks": [dict(model.risk)]})]
        self.unknown.tell("What the model does not know", [], unknowns(model.case, model.risk, model.prices), ways)

    def draw(self) -> None:
        """Draw what has changed since it was drawn, for a light page and for a dark one."""
        from twinkit.show.decide import tornado

        model = self.model
        if model.effect is not self._drawn[0]:
            light, dark = (narrowing_chart(model.effect, words.per(model), theme) for theme in ("light", "dark"))
            self.runs.show(light, name="more-runs", dark=dark)
        if model.study is None:
            self.tornado.clear()
        elif model.study is not self._drawn[1]:
            size = (6.4, 1.9 + 0.42 * len(model.study.inputs))
            light, dark = (tornado(model.study, size=size, theme=theme) for theme in ("light", "dark"))
            self.tornado.show(light, name="what-it-depends-on", dark=dark)
        self._drawn = [model.effect, model.study]

    def show_progress(self, change: Any = None) -> None:
        """Say how far it is, and offer to stop it or to go on."""
        model = self.model
        job = model.deeper if model.deeper.running else model.job
        if model.job.running:
            text = (
                f"{model.effect.worlds} runs, more are on their way"
                if model.effect is not None and model.job.done
                else "The first runs …"
            )
        elif model.deeper.running:
            text = "Looking at what the answer depends on" + ("" if model.study is None else ": more inputs")
            text += "" if job.seconds is None else f", about {max(1, round(job.seconds))} s left"
        else:
            text = (
                ""
                if model.effect is None
                else f"{model.effect.worlds} runs, {len(model.study.inputs) if model.study else 0} inputs looked at"
            )
        stopped = (model.job.stopped or model.deeper.stopped) and not model.running
        self.head.progress = {
            "share": job.done / job.total if job.total else 0.0, "text": text + (", stopped" if stopped else ""), "running": model.running,
            "button": "Stop" if model.running else "Go on" if stopped else "", "why": "",
        }  # fmt: skip

    def show_problems(self, change: Any = None) -> None:
        """Say why nothing is worked out; the former answer stays."""
        model = self.model
        with self.head.hold_sync():
            before = " What you see below is the answer from before." if model.effect is not None else ""
            self.head.lead = f"There is no answer to this.{before}"
            self.head.problems = [*model.blockers, *model.job.problems]
        self.lacking.tell("What the answer depends on", model.lacking)
        self.show_progress()

    def keep_address(self, change: Any = None) -> None:
        """Keep the address at what is asked for."""
        self.address.show(self.model.state())

    # --- what people do

    def arrived(self, state: dict[str, Any]) -> str:
        """A link was opened."""
        return " ".join(self.model.load_state(state))

    def pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """Stop, or go on."""
        if content.get("press") == "run":
            self.model.stop() if self.model.running else self.model.touch()

    def asked_why(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """Where a big number comes from."""
        if content.get("press") == "why" and self.model.effect is not None:
            self.why.tell(*words.why(self.model, str(content.get("name"))))
