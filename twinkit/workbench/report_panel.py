"""Report: which results go into one file, and under which title."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import traitlets as t
from ipywidgets import Widget

from twinkit.apps.kit.parts import Save
from twinkit.code import call, literal
from twinkit.question import teller_of
from twinkit.report.builders import report_of
from twinkit.report.document import Document
from twinkit.report.kept import Findings
from twinkit.report.saving import WRITERS
from twinkit.result import Points
from twinkit.run.engines import stop_if
from twinkit.run.outcome import Outcome
from twinkit.workbench.answers import STYLE, Asking, DeskPart, field, part, script, told
from twinkit.workbench.kept import blocks_of_plain, plain
from twinkit.workbench.panel import Panel, PanelView


class ReportPanel(Panel):
    """The newest results of the other panels as a document.

    Attributes
    ----------
    headline, note
        Title of the report, "" for one made of what it holds; a remark.
    left_out
        Keys of panels whose results stay out.
    """

    key = "report"
    title = "Report"
    question = "Which results go into the report, and what is it called?"
    INPUTS = ("headline", "note", "left_out")

    kept_words = "This is the report of {time}, kept from when the page was open before."

    headline = t.Unicode(help="title of the report; empty for one made of what it holds")
    note = t.Unicode(help="a remark")
    left_out = t.List(t.Unicode(), help="keys of the panels whose results stay out")

    def findings(self) -> dict[str, Panel]:
        """Key → panel whose newest result a report can be made of, in the order in which they came."""
        return {
            key: panel for key, panel in self.desk.found.items() if key != self.key and reportable(panel.job.result)
        }

    def chosen(self) -> dict[str, Panel]:
        """Those that go in."""
        return {key: panel for key, panel in self.findings().items() if key not in self.left_out}

    def check(self) -> list[str]:
        """Nothing to report."""
        if not self.findings():
            return ["There are no results yet: run the study of another panel first."]
        return [] if self.chosen() else ["All results are left out: choose at least one."]

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        found = Findings({panel.title: panel.job.result for panel in self.chosen().values()})
        return _documented, (found,), self._more()

    def of(self) -> list[str]:
        """Case, version and words: the results that went in are not there any more when the page is opened again."""
        case, rules, opening, _, version = super().of()
        return [case, rules, opening, repr(self._more()), version]

    def changed(self) -> bool:
        """Whether case, words or twinkit have changed since."""
        return self.kept["of"] != self.of()

    def _more(self) -> dict[str, str]:
        more = {"title": self.headline.strip(), "note": self.note.strip()}
        return {k: v for k, v in more.items() if v}

    def code(self) -> str:
        lines, opening = ["from twinkit.report.kept import Findings", "", "found = Findings()"], self.desk.opening()
        for panel in self.chosen().values():
            lines += ["", f"# {panel.title}"]
            if panel.asked_of != opening:  # the case has been edited since
                lines.append(panel.asked_of)
                opening = panel.asked_of
            lines += [panel.asked, f"found[{literal(panel.title)}] = result"]
        more = [f"{k}={literal(v)}" for k, v in self._more().items()]
        return "\n".join([*lines, "", f"result = {call('twinkit.report_of', 'found', *more)}"])


def reportable(result: Any) -> bool:
    """Whether a report can be made of a result."""
    several = isinstance(result, dict) and bool(result) and all(isinstance(v, Outcome) for v in result.values())
    return isinstance(result, Outcome) or several or teller_of(result) is not None


def _documented(found: Findings, *, progress: Callable[[int, int], None], cancel: Event, **more: Any) -> Document:
    """The report of several results, with its pictures drawn; other files are made when they are asked for."""
    document = report_of(found, **more)
    pictures = document.drawings
    for done, picture in enumerate(pictures):
        progress(done, len(pictures) + 1)
        stop_if(cancel)
        _ = picture.light, picture.dark
    progress(len(pictures), len(pictures) + 1)
    return document


# --- view of the report: what goes in, a look at it, and the files


PUT = "in "
"""Before the key of a panel in the names of the fields."""
LARGEST = 24 * 2**20
"""Longest page that is sent to the browser for a look at it [characters]."""
FILES = {"html": "Page (HTML)", "pdf": "PDF", "pptx": "Slides (PowerPoint)", "xlsx": "Excel", "zip": "All of it (zip)"}
"""Ending of the file → what its button says."""


class Preview(DeskPart):
    """A page within the page, in which nothing runs."""

    _esm = script("preview.js")
    _css = f"{DeskPart._css}\n{STYLE}"

    page = t.Unicode(help="the page, as HTML that needs nothing else").tag(sync=True)
    label = t.Unicode(help="name for screen readers").tag(sync=True)


class ReportView(PanelView):
    """Results as one file to hand on."""

    run_label = "Make the report"

    def inputs(self) -> list[Widget]:
        """Title, remark, and what goes in."""
        self.form = Asking(label="What goes in", testid="report-form")
        self.form.observe(self.guard(self._asked), "values")
        return [self.form]

    def _asked(self, change: Any) -> None:
        values, panel = self.form.values, self.panel
        with panel.hold_trait_notifications():
            panel.headline, panel.note = values.get("headline") or "", values.get("note") or ""
            others = [k for k in panel.left_out if k not in panel.findings()]
            panel.left_out = [*others, *(k for k in panel.findings() if values.get(PUT + k) is False)]

    def moved(self) -> None:
        """Bring the form up to date with the results that there are."""
        panel, findings = self.panel, self.panel.findings()
        with self.form.hold_sync():
            self.form.groups = [
                {"title": "The report", "fields": [field("headline", "name", "Title", options=[], help="empty: made of what it holds"),
                                                   field("note", "name", "Remark", options=[])]},
                *([{"title": "What goes in", "fields": [field(PUT + k, "flag", p.title, help=_told(p)) for k, p in findings.items()]}] if findings else []),
            ]  # fmt: skip
            self.form.values = {
                "headline": panel.headline,
                "note": panel.note,
                **{PUT + k: k not in panel.left_out for k in findings},
            }

    def results(self, result: Document) -> list[Widget]:
        """The files, and a look at the page."""
        words = [f"“{result.title}”, {len(result.tables)} tables and {len(result.drawings)} pictures.",
                 "Each file holds the case, the questions and the luck: twinkit.rerun(\"report.html\") runs all of it again and says whether the numbers are the same."]  # fmt: skip
        self._page = result.to_html()
        return self._shown(words, result.title, self._page, lambda end: WRITERS[f".{end}"](result), list(FILES))

    def _shown(self, words: list[str], title: str, page: str, make: Callable[[str], bytes], names: list[str]) -> list[Widget]:
        offers = [[end, FILES[end], f"report.{end}"] for end in names]
        save = Save(make, offers=offers, label="Save as")
        large = (
            f"With {len(page) / 2**20:.0f} MB the report is too large to be looked at here: save it and open the file."
        )
        look = Preview(page=page, label=title) if len(page) <= LARGEST else told([large])
        return [told(words, "The report is ready", testid="report-words"), save, part("A look at it", look)]

    async def plain(self) -> dict[str, Any]:
        """The page, unless it is too long to be kept."""
        document: Document = self.panel.job.result
        page = self._page
        words = [f"“{document.title}”, {len(document.tables)} tables and {len(document.drawings)} pictures."]
        return {"blocks": plain([Points(words)]) if len(page) <= LARGEST else [], "title": document.title, "page": page}

    def show_kept(self, change: Any = None) -> None:
        """Show the page that was kept, until there is one of now; the other files need the results."""
        kept = self.panel.kept
        if kept and isinstance(kept.get("page"), str) and self.panel.job.result is None and not self.panel.job.running:
            words = [*next(iter(blocks_of_plain(kept["blocks"]))).items, "PDF, slides, Excel and zip need the results: run the studies again, then make the report."]
            page = kept["page"].encode("utf-8")
            self.answer.children = tuple(self._shown(words, str(kept.get("title", "")), kept["page"], lambda name: page, ["html"]))


def _told(panel: Any) -> str:
    result = panel.job.result
    scenario = getattr(result, "scenario", "")
    name = getattr(scenario, "name", scenario) if not isinstance(result, dict) else ", ".join(map(str, result))
    old = "answers an earlier question; run it again for the newest" if panel.stale else "up to date"
    return f"{name}: {old}" if name else old
