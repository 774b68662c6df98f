"""View of the report: what goes in, a look at it, and the files."""

from __future__ import annotations

from typing import Any

import traitlets as t
from ipywidgets import Widget

from twinkit.apps.kit.save import Save
from twinkit.report.document import Document
from twinkit.workbench.answers import STYLE, Asking, DeskPart, field, part, script, told
from twinkit.workbench.panel_view import PanelView

PUT = "in "
"""Before the key of a panel in the names of the fields."""
LARGEST = 24 * 2**20
"""Longest page that is sent to the browser for a look at it [characters]."""
FILES = {
    "html": ("Page (HTML)", "html"),
    "pdf": ("PDF", "pdf"),
    "slides": ("Slides (PowerPoint)", "pptx"),
    "excel": ("Excel", "xlsx"),
    "zip": ("All of it (zip)", "zip"),
}
"""Name of an offer → its button, and the end of the file."""


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
        offers = [[name, text, f"report.{end}"] for name, (text, end) in FILES.items()]
        save = Save(lambda name: made(result, name), offers=offers, label="Save as")
        words = [f"“{result.title}”, {len(result.tables)} tables and {len(result.drawings)} pictures.",
                 "Each file holds the case, the questions and the luck: twinkit.rerun(\"report.html\") runs all of it again and says whether the numbers are the same."]  # fmt: skip
        page = result.to_html()
        large = (
            f"With {len(page) / 2**20:.0f} MB the report is too large to be looked at here: save it and open the file."
        )
        look = Preview(page=page, label=result.title) if len(page) <= LARGEST else told([large])
        return [told(words, "The report is ready", testid="report-words"), save, part("A look at it", look)]


def made(document: Document, name: str) -> bytes:
    """The bytes of a file.

    Parameters
    ----------
    document
        The report.
    name
        "html", "pdf", "slides", "excel" or "zip".
    """
    if name == "html":
        return document.to_html().encode("utf-8")
    return {"pdf": document.to_pdf, "slides": document.to_slides, "excel": document.to_excel, "zip": document.to_zip}[name]()


def _told(panel: Any) -> str:
    result = panel.job.result
    scenario = getattr(result, "scenario", "")
    name = getattr(scenario, "name", scenario) if not isinstance(result, dict) else ", ".join(map(str, result))
    old = "answers an earlier question; run it again for the newest" if panel.stale else "up to date"
    return f"{name}: {old}" if name else old
