"""View of the survival app: the page, and the links between it and the model."""

from __future__ import annotations

import os
from typing import Any

from ipywidgets import VBox

from twinkit.apps import survival_words as words
from twinkit.apps.canvas import MapCanvas
from twinkit.apps.disruption_pictures import dates_of, ground_of, map_colours, marks_of
from twinkit.apps.kit.address import Address
from twinkit.apps.kit.facts import Facts
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.page import boxed, frame, page_of, title_of_case
from twinkit.apps.kit.parts import Form, Head
from twinkit.apps.kit.picture import Picture
from twinkit.apps.kit.reports import report_buttons
from twinkit.apps.kit.table import Table
from twinkit.apps.kit.told import Told
from twinkit.apps.survival_controls import Controls
from twinkit.apps.survival_model import SurvivalModel
from twinkit.study.words import worst_day
from twinkit.tables.case import Case

PICTURES = {
    "survival_chart": "How long it lasts, how long it takes",
    "exposure_scatter": "Cheap and deadly",
    "risk_matrix": "How often, how bad",
}
"""Figure of the room of pictures → its tab."""
BEFORE = "What you see below is from before."
NOT_YET = "Available once something has been tested."


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
    return page_of(case, lambda found: SurvivalPage(found).box)


class SurvivalPage:
    """The page of one visitor.

    Attributes
    ----------
    model, box
        The model, and the widget that shows it.
    """

    def __init__(self, case: Case) -> None:
        self.model = SurvivalModel(case)
        self.guard = Guard()
        self.head = Head(title=title_of_case(case))
        self.facts = Facts(label="The main figures")
        self.why = Told(testid="why", closes=True, here="survival")
        self.table = Table(
            caption="Worst first; ▲ = at risk whatever is done, △ = as the chain is run, ✓ = neither. Choose one to look closer.",
            empty="Nothing has been tested yet.",
        )
        self.told = Told(testid="picked", here="survival")
        self.controls = Controls(self.model, self.guard)
        self.address = Address(self.arrived)
        self.save = report_buttons(lambda: self.model.test, "how-long-do-we-last")
        self.save.why = NOT_YET
        self._build_pictures(case)
        self._link()
        self.box = self._laid_out()
        if not self.model.targets:
            self.head.problems = ["Nothing in this case can be lost: no site keeps stock that anything flows through."]
            self.head.lead = "There is nothing to test."
            return
        self.show_progress()
        self.model.touch()

    def _build_pictures(self, case: Case) -> None:
        self.ground = ground_of(case)
        placed = bool(self.ground.sites)
        ground = {"sites": self.ground.sites, "lanes": self.ground.lanes}
        self.map = MapCanvas(**ground, dates=dates_of(case), colours=map_colours(), height=400) if placed else None
        tabs = {"name": "only", "type": "tabs", "label": "", "options": [[k, v] for k, v in PICTURES.items()]}
        self.which = Form(
            groups=[{"fields": [tabs]}],
            values={"only": "survival_chart"},
            look="twf-slim",
            testid="which",
            label="Picture",
        )
        self.picture = Picture(testid="picture")
        self._drawn: tuple[int, str] | None = None

    def _link(self) -> None:
        guard, model = self.guard, self.model
        model.job.on_error = model.closer.on_error = guard.report
        model.observe(guard(self.show_results), "version")
        model.observe(guard(self.show_pick), ["picked", "detail"])
        model.observe(guard(self.keep_address), ["picked", "likelihood", *model.INPUTS])
        model.job.observe(guard(self.show_progress), ["done", "total", "seconds", "running", "stopped"])
        model.job.observe(guard(self.show_problems), "problems")
        model.job.observe(guard(self.ended), "running")
        model.closer.observe(guard(self.show_pick), ["problems", "running"])
        guard.observe(lambda change: setattr(self.head, "failure", change["new"]), "message")
        self.head.on_msg(guard(self.pressed))
        self.facts.on_msg(guard(self.asked_why))
        self.table.observe(guard(self.chosen), "selected")
        self.which.observe(guard(self.draw), "values")
        if self.map is not None:
            self.map.observe(guard(self.chosen_on_map), "selected")

    def _laid_out(self) -> VBox:
        note = "" if self.map is not None else "The case has no places (latitude, longitude), so there is no map."
        self.no_map = Told(testid="no-map", here="survival", sentences=[note] if note else [])
        right = VBox([self.told, self.controls.often, self.map or self.no_map])
        self.scope = Told(testid="scope", here="survival")
        short = boxed("twd-short", self.table)
        self.table.layout.width = "100%"
        return frame(
            [self.head, self.facts, self.why], [boxed("twd-halves", short, right), VBox([self.which, self.picture])],
            [self.controls.form, self.address], [self.save, self.scope],
        )  # fmt: skip

    # --- what the model says

    def show_results(self, change: Any = None) -> None:
        """Bring words, figures and table up to what is known."""
        model = self.model
        self.guard.clear()
        with self.head.hold_sync():
            self.head.sentences, self.head.version = (
                [*self.so_far(), *model.notes],
                model.version,
            )
            self.show_progress()
        with self.facts.hold_sync():
            self.facts.facts, self.facts.version = words.facts(model), model.version
        if model.test is None:  # another kind is asked for, and nothing of it has been tested yet
            self.table.show(self.table.columns, [], sort=[], selected=-1)
            self.save.why = NOT_YET
            self._drawn = None
            return
        rows, sort = words.table_rows(model)
        self.table.show(words.columns(model), rows, sort=sort, selected=self._row_of(rows))
        self.save.why = ""
        if self.scope.sentences != [words.scope(model.test)]:
            self.scope.tell("How this is worked out", [words.scope(model.test)])
        if not model.job.running:
            self.draw()

    def so_far(self) -> list[str]:
        """The headline; while the test runs it says that more may come."""
        first, *rest = words.headline(self.model)
        if self.model.test is None:
            return []
        if self.model.answers:
            return [f"{BEFORE} It is about {self.model.answers}: not what is asked for now.", first, *rest]
        tested = len(self.model.test.knocks)
        return [first if tested >= self.model.asked_for else f"So far: {first[0].lower()}{first[1:]}", *rest]

    def _row_of(self, rows: list[list[str]]) -> int:
        return next((i for i, row in enumerate(rows) if row[0] == self.model.picked), -1)

    def ended(self, change: Any = None) -> None:
        """The test has ended: draw it, and look at the worst."""
        model = self.model
        if model.job.running or model.test is None or model.job.problems:
            return
        rows = model.rows()
        if not model.picked and len(rows):
            risky = rows[rows["at_risk"]]
            model.picked = str((risky if len(risky) else rows).iloc[0]["target"])
        self.draw()

    def draw(self, change: Any = None) -> None:
        """Draw the chosen picture, for a light page and for a dark one."""
        from twinkit.show import stress

        kind = self.which.values["only"]
        if self.model.test is None or self._drawn == (self.model.version, kind):
            return
        self._drawn = (self.model.version, kind)
        light, dark = (getattr(stress, kind)(self.model.test, theme=theme) for theme in ("light", "dark"))
        self.picture.show(light, name=kind.replace("_", "-"), dark=dark)

    def show_progress(self, change: Any = None) -> None:
        """Say how far the test is, and offer to stop it or to go on."""
        model, job = self.model, self.model.job
        tested = len(model.test.knocks) if model.test is not None and not model.answers else 0
        if not tested and job.running:
            text = "Testing anew …" if model.answers else "Testing the first ones …"
        elif not tested:
            text = "Nothing of this has been tested yet" if model.version or job.stopped else "Testing the first ones …"
        elif job.running:
            text = f"{tested} of {model.asked_for} tested"
        else:
            text = f"{tested} of {model.asked_for} tested{', stopped' if tested < model.asked_for else ''}"
        if job.running and job.done > 1 and job.seconds is not None:
            text += f", about {max(1, round(job.seconds))} s left"
        word = (
            "Stop"
            if job.running
            else "Go on"
            if tested < model.asked_for and (model.version or job.stopped) and not job.problems
            else ""
        )
        self.head.progress = {
            "share": job.done / job.total if job.total else 0.0, "text": text, "running": job.running, "button": word, "why": "",
        }  # fmt: skip

    def show_problems(self, change: Any = None) -> None:
        """Say why nothing is tested; the former picture stays."""
        with self.head.hold_sync():
            self.head.lead = f"This cannot be tested. {BEFORE}" if self.model.version else "This cannot be tested."
            self.head.problems = self.model.job.problems
        self.show_progress()

    def show_pick(self, change: Any = None) -> None:
        """Say what would happen without the chosen one."""
        model, picked, detail = self.model, self.model.picked, self.model.detail
        if self.map is not None and detail is None and self.map.fill:  # days of another loss
            self.map.set_chain(self.ground.sites, self.ground.lanes)
            self.map.marks = []
        if not picked:
            self.told.tell("")
        elif model.closer.problems:
            self.told.tell(f"What if we lose {picked}?", model.closer.problems)
        elif detail is None:
            self.told.tell(f"What if we lose {picked}?", ["Looking at it more closely …"])
            self.told.busy = True
        else:
            word = "days" if model.case.settings["period_days"] == 1 else "periods"
            title = f"What if we lose {picked} for {detail.periods:g} {word}?"
            self.told.tell(title, [*detail.sentences(), words.in_a_year(model)], (), words.ways(model))
            self.show_map()
        if self.table.rows:
            self.table.selected = self._row_of(self.table.rows)

    def show_map(self) -> None:
        """Show the days of the chosen loss."""
        outcome = self.model.detail.outcome
        if self.map is None:
            return
        frames = self.ground.frames(outcome)
        self.map.marks = marks_of(outcome)
        self.map.set_frames(frames.fill, frames.state, frames.flow)
        self.map.day = worst_day(outcome)
        placed = {site["name"] for site in self.ground.sites}
        self.map.selected = self.model.picked if self.model.picked in placed else ""

    def keep_address(self, change: Any = None) -> None:
        """Keep the address at what is asked for."""
        self.address.show(self.model.state())
        if self.model.version and change is not None and change["name"] == "likelihood":
            self.show_pick()

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
        if content.get("press") == "why" and self.model.test is not None:
            self.why.tell(*words.why(self.model, str(content.get("name"))))

    def chosen(self, change: Any) -> None:
        """A row of the table was chosen."""
        if 0 <= change["new"] < len(self.table.rows):
            self.model.picked = str(self.table.rows[change["new"]][0])

    def chosen_on_map(self, change: Any) -> None:
        """A site of the map was chosen: look at it if it is among those that are tested."""
        if any(target.name == change["new"] for target in self.model.targets.get(self.model.what, [])):
            self.model.picked = change["new"]
