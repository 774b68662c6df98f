"""View of the advice app: the page, and the links between it and the model."""

from __future__ import annotations

import os
from typing import Any

from ipywidgets import VBox

from twinkit.apps import advice_figures as figures
from twinkit.apps import advice_words as words
from twinkit.apps.advice_controls import Controls
from twinkit.apps.advice_front import Front
from twinkit.apps.advice_keep import keep, place_of, record_bytes
from twinkit.apps.advice_model import AdviceModel
from twinkit.apps.kit.address import Address
from twinkit.apps.kit.facts import Facts
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.page import boxed, frame, page_of, title_of_case
from twinkit.apps.kit.parts import Form, Head
from twinkit.apps.kit.reports import report_buttons
from twinkit.apps.kit.save import Save
from twinkit.apps.kit.table import Table
from twinkit.apps.kit.told import Told, link
from twinkit.questions.confidence import asked_with
from twinkit.tables.case import Case

LOSSES = {"mean": "lost a year on average", "worst": "lost at worst"}
"""What the front shows upwards."""
KEPT = "Kept beside the case as {name}."
NOT_KEPT = "This case cannot be written beside, so the decision is a file of yours: keep it with the case."


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
    place = place_of(None if isinstance(case, Case) else case)
    return page_of(case, lambda found: AdvicePage(found, place).box)


class AdvicePage:
    """The page of one visitor.

    Attributes
    ----------
    model, box
        The model, and the widget that shows it.
    """

    def __init__(self, case: Case, place: Any = None) -> None:
        self.model, self.place = AdviceModel(case), place
        self.guard = Guard()
        self.head = Head(title=title_of_case(case))
        self.facts = Facts(label="What the advice is worth")
        self.why = Told(testid="why", closes=True, here="advice")
        self.front = Front(title="What safety costs", x_label="cost a year")
        tabs = {"name": "only", "type": "tabs", "label": "", "options": [["mean", "On average"], ["worst", "At worst"]]}
        self.which = Form(
            groups=[{"fields": [tabs]}], values={"only": "mean"}, look="twf-slim", testid="which", label="Loss"
        )
        self.table = Table(
            caption="What each measure does", empty="No measure has been looked at yet.", selectable=False
        )
        self.sure = Told(testid="sure", here="advice")
        self.out = Told(testid="left-out", here="advice")
        self.controls = Controls(self.model, self.guard)
        self.address = Address(self.arrived)
        self.save = report_buttons(lambda: self.model.shown, "what-should-we-do")
        self._build_decision()
        self._link()
        self.box = self._laid_out()
        self.show_results()
        self.model.touch()

    def _build_decision(self) -> None:
        fields = [
            {"name": "by", "type": "name", "label": "Who decides?", "options": []},
            {"name": "reason", "type": "name", "label": "Why?", "options": []},
        ]  # fmt: skip
        group = {"title": "Keep this decision", "fields": fields}
        self.decision = Form(groups=[group], values={"by": "", "reason": ""}, label="The decision", testid="decision")
        self.keeper = Save(self.kept, offers=[["decision", "Keep the decision", "decision.json"]], testid="keep")
        self.told = Told(testid="kept", here="advice")
        self._record: tuple[str, Any] | None = None

    def _link(self) -> None:
        guard, model = self.guard, self.model
        model.job.on_error = model.closer.on_error = guard.report
        model.observe(guard(self.show_results), ["version", "shown", "quick"])
        model.observe(guard(self.show_problems), "blockers")
        model.observe(guard(self.keep_address), ["weights", "own_choice", *model.INPUTS])
        model.job.observe(guard(self.show_progress), ["done", "total", "seconds", "running", "stopped"])
        model.job.observe(guard(self.show_problems), "problems")
        self.keeper.observe(guard(self.show_kept), "busy")
        guard.observe(lambda change: setattr(self.head, "failure", change["new"]), "message")
        self.head.on_msg(guard(self.pressed))
        self.facts.on_msg(guard(self.asked_why))
        self.front.on_msg(guard(self.chosen))
        self.which.observe(guard(self.show_front), "values")

    def _laid_out(self) -> VBox:
        c = self.controls
        self.table.layout.width = "100%"
        left, right = VBox([self.which, self.front]), VBox([c.weights, self.sure])
        return frame(
            [self.head, self.facts, self.why], [boxed("twd-halves", left, right), boxed("twd-short", self.table), self.out],
            [c.risks, c.own, c.money, self.address],
            [boxed("twd-halves", VBox([self.decision, self.keeper, self.told]), self.save)],
        )  # fmt: skip

    # --- what the model says

    def show_results(self, change: Any = None) -> None:
        """Bring words, figures, picture and table up to what is known."""
        model = self.model
        with self.head.hold_sync():
            if lines := words.headline(model):
                self.head.sentences = lines
            self.head.version = model.version
            self.show_progress()
        with self.facts.hold_sync():
            self.facts.facts, self.facts.version = figures.facts(model), model.version
        waiting = "" if model.shown is not None else "Available once there is an answer."
        self.save.why = self.keeper.why = waiting
        self.out.tell("", words.left_out(model))
        if model.found is None:
            return
        self.guard.clear()
        self.show_front()
        rows, sort = words.table_rows(model)
        self.table.show(words.columns(model), rows, sort=sort)
        ways = [link("How sure are we?", "confidence", self.confidence_state())]
        self.sure.tell("How sure is this?", words.sureness(model), (), ways)

    def confidence_state(self) -> dict[str, Any]:
        """The advice as a question for the app that says how sure it is."""
        model = self.model
        levers = dict(model.point.appraisal.levers) if model.point else {}
        return asked_with(model.case, model.risks[0] if model.risks else {}, levers, model.prices)

    def show_front(self, change: Any = None) -> None:
        """Bring the picture of the front up to date."""
        if self.model.found is None:
            return
        kind, money = self.which.values["only"], self.model.found.currency
        with self.front.hold_sync():
            self.front.dots, self.front.y_label = words.dots(self.model, kind == "worst"), f"{LOSSES[kind]} [{money}]"
            self.front.x_label = f"cost a year [{money}]"
            self.front.version += 1

    def show_progress(self, change: Any = None) -> None:
        """Say how far the search is, and offer to stop it or to go on."""
        model, job = self.model, self.model.job
        if job.running:
            text = (
                "Looking at every measure …"
                if model.found is None
                else "First answer; looking for a better one"
                if model.quick
                else "Searching anew"
            )
            text += "" if job.seconds is None else f", about {max(1, round(job.seconds))} s left"
        elif model.found is None:
            text = "Stopped" if job.stopped else ""
        else:
            text = (
                "Stopped at the first answer"
                if model.quick and job.stopped
                else f"{len(model.found.tuned)} sets of measures tried"
            )
        word = "Stop" if job.running else "Go on" if job.stopped else ""
        self.head.progress = {
            "share": job.done / job.total if job.total else 0.0, "text": text, "running": job.running, "button": word, "why": "",
        }  # fmt: skip

    def show_problems(self, change: Any = None) -> None:
        """Say why nothing is searched; the former answer stays."""
        model = self.model
        with self.head.hold_sync():
            before = " What you see below is the answer from before." if model.found is not None else ""
            self.head.lead = f"There is no answer to this.{before}"
            self.head.problems = [*model.blockers, *model.job.problems]
        self.show_progress()

    def keep_address(self, change: Any = None) -> None:
        """Keep the address at what is asked for, and the choice where it shows."""
        self.address.show(self.model.state())
        if change is not None and change["name"] in ("weights", "own_choice"):
            self.show_results()

    # --- what people do

    def arrived(self, state: dict[str, Any]) -> str:
        """A link was opened."""
        return " ".join(self.model.load_state(state))

    def pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """Stop, or go on."""
        if content.get("press") == "run":
            self.model.stop() if self.model.job.running else self.model.touch()

    def asked_why(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """Where a big number comes from."""
        if content.get("press") == "why" and self.model.found is not None:
            self.why.tell(*figures.why(self.model, str(content.get("name"))))

    def chosen(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A point of the front was chosen by hand."""
        number = content.get("choose")
        if isinstance(number, int) and 0 <= number < len(self.model.points):
            self.model.own_choice = number

    def kept(self, name: str) -> bytes:
        """Keep the decision; called in a thread, since what is expected of it is simulated."""
        values = self.decision.values
        record, path = keep(self.model.shown, str(values.get("by", "")), str(values.get("reason", "")), self.place)
        self._record = (record.id, path)
        return record_bytes(record)

    def show_kept(self, change: Any) -> None:
        """Say where the decision is."""
        if change["new"] or self._record is None or self.keeper.failure:
            return
        _, path = self._record
        self.told.tell("", [KEPT.format(name=f"{path.parent.name}/{path.name}") if path else NOT_KEPT])
