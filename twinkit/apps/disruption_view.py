"""View of the disruption app: the page, and the links between it and the model."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from ipywidgets import HTML, VBox, jslink

from twinkit.apps.canvas import CurvesCanvas, MapCanvas
from twinkit.apps.disruption_controls import Controls
from twinkit.apps.disruption_facts import cards_of, facts_of
from twinkit.apps.disruption_model import AS_IS, MEASURED, DisruptionModel, Results
from twinkit.apps.disruption_pictures import (
    dates_of,
    ground_of,
    map_colours,
    marks_of,
    service_curves,
    stock_curves,
    stock_names,
)
from twinkit.apps.disruption_why import Why
from twinkit.apps.kit.address import Address
from twinkit.apps.kit.facts import Facts
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.page import boxed, column, page_of, row, title_of_case, whole
from twinkit.apps.kit.parts import Cards, Form, Head
from twinkit.apps.kit.reports import report_buttons
from twinkit.chain.plan import plan_of
from twinkit.events.kinds import targets_of
from twinkit.run.kpis import valued
from twinkit.run.outcome import Outcome
from twinkit.study.words import felt, headline, measures_sentence, usual_service, worst_day
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.words import listed


def show(case: Case | str | os.PathLike | None = None) -> VBox:
    """The page for a case; see :func:`~twinkit.apps.kit.page.page_of`."""
    return page_of(case, lambda found: DisruptionPage(found).box)


class DisruptionPage:
    """The page of one visitor.

    Attributes
    ----------
    model, box
        The model, and the widget that shows it.
    """

    def __init__(self, case: Case) -> None:
        self.model = DisruptionModel(case)
        self.guard = Guard()
        self.head = Head(title=title_of_case(case))
        self.facts, self.cards = Facts(label="What comes of it"), Cards()
        self._worst, self._mapped = 0, None
        self.controls = Controls(self.model, self.guard)
        self._build_pictures(case)
        self.why = Why(self.model, self.ground, self.map, self.guard)
        self.save = report_buttons(self.reported, "what-if", ("html", "pdf", "xlsx", "zip"), self.title)
        self.save.why = "There is no picture yet."
        self.address = Address(self.open_link)
        self._link()
        self._lay_out()
        self.show_progress()
        self.model.touch()

    def _build_pictures(self, case: Case) -> None:
        self.ground = ground_of(case)
        placed = bool(self.ground.sites)
        ground = {"sites": self.ground.sites, "lanes": self.ground.lanes}
        word = "day" if case.settings["period_days"] == 1 else "period"
        self.map = MapCanvas(**ground, dates=dates_of(case), colours=map_colours(), word=word) if placed else None
        self.service = CurvesCanvas(title="Service level: served at once", unit="share", ymin=0.0, shade=[0, 1], word=word)
        self.stock = CurvesCanvas(title="Stock", unit=case.settings["currency"] if valued(case) else "units", ymin=0.0, word=word)
        self.stock.note = "Lines are means, bands hold 9 of 10 worlds. Click a chart to move the day."
        names = stock_names(plan_of(case))
        options = [[str(i), name] for i, name in enumerate(names)]
        self.which_stock = _one_field("choice", "Stock of", options, "0", "stock-of")
        both = [[AS_IS, "As it is"], [MEASURED, "With your measures"]]
        self.which_map = _one_field("tabs", "", both, MEASURED, "map-of")
        self.pick = Form(look="twf-slim", testid="pick")

    def _link(self) -> None:
        guard, model = self.guard, self.model
        model.on_error = guard.report
        model.observe(guard(self.show_results), "version")
        model.observe(guard(self.show_progress), ["done", "total", "seconds", "running", "stopped"])
        model.observe(guard(self.show_problems), "blockers")
        guard.observe(lambda change: setattr(self.head, "failure", change["new"]), "message")
        self.head.on_msg(guard(self.pressed))
        self.pick.on_msg(guard(self.picked))
        self.which_stock.observe(guard(self.show_stock), "values")
        self.which_map.observe(guard(self.show_map), "values")
        self._links = [jslink((self.service, "day"), (self.stock, "day"))]
        if self.map is not None:
            self._links.append(jslink((self.service, "day"), (self.map, "day")))
            self.map.observe(guard(self.offer), "selected")
            model.observe(guard(self.offer), ["happenings", "chosen"])
        self.facts.on_msg(guard(self.asked))
        model.observe(guard(self.show_address), [*model.INPUTS, "placed"])

    def _lay_out(self) -> None:
        lost = HTML("<p>This case says no latitude and longitude of its sites, so there is no map.</p>")
        left = [lost] if self.map is None else [self.which_map, self.map, self.pick]
        charts = [self.service, self.which_stock, self.stock]
        main = boxed("twd-main", column("map", left), column("charts", charts), column("cards", [self.cards]))
        main.add_class("twd-pictures")
        head = column("head", [self.head, self.facts, self.why.answer])
        foot = column("foot", [row(self.save, self.address)])
        self.box = whole(boxed("twd-page", column("side", [self.controls.form]), head, main, foot))

    # --- what comes of it

    def show_results(self, change: Any = None) -> None:
        """Bring sentences, charts, map and cards up to the newest results."""
        results: Results | None = self.model.results
        if results is None:
            return
        self.guard.clear()
        self.show_worst_day(results)
        with self.head.hold_sync():
            self.head.sentences, self.head.version = self.sentences(results), self.model.version
            self.show_progress()
        with self.facts.hold_sync():
            self.facts.facts, self.facts.version = facts_of(results), self.model.version
        self.save.why = ""
        marks = marks_of(results.as_is)
        for chart in (self.service, self.stock):
            if chart.marks != marks:
                chart.marks = marks
        self.service.set(*service_curves(results))
        self.show_stock()
        self.show_map()
        with self.cards.hold_sync():
            self.cards.cards, self.cards.version = cards_of(results), self.model.version

    def show_worst_day(self, results: Results) -> None:
        """Put the day on the worst one, unless a person has chosen another."""
        if self.service.version == 0 or self.service.day == self._worst:
            self._worst = self.service.day = worst_day(results.as_is)

    def sentences(self, results: Results) -> list[str]:
        """The headline and what goes with it."""
        pair = results.pair()
        told = [headline(results.as_is, "Without measures" if pair else "")]
        if pair:
            told += [headline(results.measured, "With your measures"), *self._measures(pair), *self._uncounted()]
        else:
            told.append(felt(results.as_is))
        return [line for line in (*told, usual_service(results.as_is)) if line]

    def _measures(self, pair: tuple[Outcome, Outcome]) -> list[str]:
        """What the measures change; that they change nothing at all here, where every world is the same to the last number."""
        base, other = pair
        if all(np.array_equal(base.kpis[k], other.kpis[k], equal_nan=True) for k in base.kpis):
            known = self.model.known_levers
            moved = listed([known[n].label if n in known else n for n in self.model.moved()])
            return [f"Your measures change nothing in this event, in any world: {moved}. Move another one."]
        return [measures_sentence(base, other)]

    def _uncounted(self) -> list[str]:
        if "extra_capacity" in self.model.moved():
            return ["What it costs to keep the extra capacity is not counted."]
        return []

    def show_stock(self, change: Any = None) -> None:
        """Bring the chart of the stock up to date."""
        if self.model.results is not None:
            choice = int(self.which_stock.values["only"])
            self.stock.set(*stock_curves(self.model.results, choice))

    def show_map(self, change: Any = None) -> None:
        """Bring the map up to date."""
        results = self.model.results
        if results is None or self.map is None:
            return
        measured = results.measured is not None
        group = self.which_map.groups[0]
        if group["fields"][0]["hidden"] == measured:
            self.which_map.groups = [{**group, "fields": [{**group["fields"][0], "hidden": not measured}]}]
        chosen = results.measured if measured and self.which_map.values["only"] == MEASURED else results.as_is
        marks = marks_of(results.as_is)
        if self.map.marks != marks:
            self.map.marks = marks
        if self._mapped is not chosen.maps:  # later batches bring no new map
            self._mapped = chosen.maps
            frames = self.ground.frames(chosen)
            self.map.set_frames(frames.fill, frames.state, frames.flow)

    def show_progress(self, change: Any = None) -> None:
        """Say how far the run is, and offer to stop it or to go on."""
        model = self.model
        share = model.done / model.total if model.total else 0.0
        if model.results is None:
            text = "Computing the first picture …"
        else:
            worlds = min(o.replications for o in (model.results.as_is, model.results.measured) if o is not None)
            text = f"{worlds} of {model.replications} worlds"
            if model.running:
                text += "" if model.seconds is None else f", about {max(1, round(model.seconds))} s left"
            elif model.stopped:
                text += ", stopped"
        word = "Stop" if model.running else "Run" if model.stopped or model.blockers else ""
        self.head.progress = {
            "share": share, "text": text, "running": model.running, "button": word,
            "why": "" if model.running else " ".join(model.blockers),
        }  # fmt: skip

    def show_problems(self, change: Any = None) -> None:
        """Say why nothing is run; the former picture stays."""
        with self.head.hold_sync():
            self.head.lead = "This cannot be run. What you see below is the picture from before."
            self.head.problems = self.model.blockers
        self.show_progress()

    def reported(self) -> dict[str, Outcome] | None:
        """What a report tells: what the page shows, both on the same worlds."""
        results = self.model.results
        return {o.scenario: o for o in results.pair() or (results.as_is,)} if results is not None else None

    def title(self) -> str:
        """What the page asks."""
        return f"What if? {', '.join(h.short() for h in self.model.happenings)}"[:120]

    # --- what people do

    def pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """Stop, or go on."""
        if content.get("press") == "run":
            self.model.stop() if self.model.running else self.model.touch()

    def offer(self, change: Any = None) -> None:
        """Offer to let the event hit the site that was picked on the map."""
        name, now = self.map.selected, self.model.now
        already = now.mode == "own" and now.target in ("site", "circle") and now.site == name
        self.pick.buttons = [] if not name or already else [["hit", f"Let it happen to {name}"]]

    def picked(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """Let the event hit the site that was picked on the map."""
        if content.get("press") != "hit" or not self.map.selected:
            return
        now = self.model.now
        kind = {} if "site" in targets_of(now.kind) else {"kind": "outage"}
        target = now.target if now.target == "circle" and not kind else "site"
        self.model.edit(**kind, mode="own", site=self.map.selected, target=target)

    def asked(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """Why is a number what it is?"""
        fact = next((f for f in self.facts.facts if f["name"] == content.get("name")), None)
        if content.get("press") == "why" and fact is not None:
            self.why.ask(f"{fact['label']} {fact['value']} {fact['unit']}".strip())

    # --- the link

    def show_address(self, change: Any = None) -> None:
        """Bring the page's address up to what is asked for, as soon as that can be said."""
        recorded = self.model.recorded
        if all(recorded.ready(h.recorded) for h in self.model.happenings if h.mode == "recorded"):
            try:
                self.address.show(self.model.state())
            except CaseError:
                return

    def open_link(self, state: dict[str, Any]) -> str | None:
        """Ask for what a link says; a sentence if it does not fit this case."""
        try:
            self.model.load_state(state)
        except CaseError as error:
            told = " ".join(p.sentence for p in error.problems[:2])
            return (
                f"The link that brought you here does not fit this case, so the page shows what it opens with. {told}"
            )
        return None


def _one_field(kind: str, label: str, options: list, value: str, testid: str) -> Form:
    field = {"name": "only", "type": kind, "label": label, "options": options, "hidden": kind == "tabs"}
    return Form(groups=[{"fields": [field]}], values={"only": value}, look="twf-slim", testid=testid, label=label)
