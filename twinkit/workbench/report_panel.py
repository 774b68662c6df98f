"""Report: which results go into one file, and under which title."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import traitlets as t

from twinkit.code import call, literal
from twinkit.question import teller_of
from twinkit.report.builders import report_of
from twinkit.report.document import Document
from twinkit.report.several import Findings
from twinkit.run.engines import stop_if
from twinkit.run.outcome import Outcome
from twinkit.workbench.panel import Panel


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

    def _more(self) -> dict[str, str]:
        more = {"title": self.headline.strip(), "note": self.note.strip()}
        return {k: v for k, v in more.items() if v}

    def code(self) -> str:
        lines, opening = ["from twinkit.report.several import Findings", "", "found = Findings()"], self.desk.opening()
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
