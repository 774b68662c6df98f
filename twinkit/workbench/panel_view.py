"""What every panel looks like: its question, what is asked for, how far the study is, and the answer.

A view of a panel extends :class:`PanelView` and overrides :meth:`~PanelView.inputs` (widgets
beside the answer, built once) and :meth:`~PanelView.results` (widgets made of a result);
:meth:`~PanelView.moved` is called whenever the desk or an input has changed.
"""

from __future__ import annotations

from typing import Any

import traitlets as t
from ipywidgets import Box, VBox, Widget

from twinkit.apps.kit.guard import Guard
from twinkit.workbench.answers import DeskPart, script, told
from twinkit.workbench.blocks import Blocks, blocks_of
from twinkit.workbench.panel import Panel


class PanelHead(DeskPart):
    """Question, run button, progress, what is wrong, and the code; presses arrive as {press: name}."""

    _esm = script("copy.js", "panel_head.js")

    key = t.Unicode(help="key of the panel").tag(sync=True)
    title = t.Unicode(help="title of the panel").tag(sync=True)
    question = t.Unicode(help="what the panel answers").tag(sync=True)
    run = t.Unicode("Run", help="text of the button; empty for a panel that runs nothing").tag(sync=True)
    running = t.Bool(False, help="whether the study is being run").tag(sync=True)
    share = t.Float(0.0, help="part of the study that is done").tag(sync=True)
    told = t.Unicode(help="progress in words").tag(sync=True)
    stale = t.Unicode(help="sentence that the answer is to an earlier question").tag(sync=True)
    caution = t.Unicode(help="sentence of the desk").tag(sync=True)
    blockers = t.List(t.Unicode(), help="why the study cannot be run").tag(sync=True)
    problems = t.List(t.Unicode(), help="what is wrong with the input").tag(sync=True)
    code = t.Unicode(help="Python for what is asked for").tag(sync=True)


STALE = "This answers an earlier question: something has changed since. Run it again to bring it up to date."


class PanelView:
    """The view of a panel: links only.

    Parameters
    ----------
    panel, guard
        What is shown, and who catches errors of callbacks.

    Attributes
    ----------
    head, box
        The head, and the widget that holds all.
    """

    run_label = "Run"
    """Text of the button; "" for a panel that runs nothing."""

    def __init__(self, panel: Panel, guard: Guard) -> None:
        self.panel, self.guard = panel, guard
        panel.job.on_error = guard.report
        self.head = PanelHead(key=panel.key, title=panel.title, question=panel.question, run=self.run_label)
        self.side, self.answer = VBox(), VBox()
        self.side.add_class("twb-side")
        self.answer.add_class("twb-answer")
        self.side.children = tuple(self.inputs())
        body = Box((self.side, self.answer) if self.side.children else (self.answer,))
        body.add_class("twb-body")
        self.box = VBox([self.head, body])
        self.box.add_class("twb-panel-inner")
        if self.run_label:
            self.answer.children = (self._nothing_yet(),)
        self._link()
        self.refresh()
        self.show_result()

    def _nothing_yet(self) -> Widget:
        return told([f"There is no answer yet: press {self.run_label}."], testid="no-answer")

    # --- for a subclass

    def inputs(self) -> list[Widget]:
        """Widgets that ask for something, linked with the model."""
        return []

    def results(self, result: Any) -> list[Widget]:
        """Widgets that show what the study gave."""
        self.plain = getattr(self, "plain", None) or Blocks(self.guard, self.panel.key)
        self.plain.show(blocks_of(result, self.panel.title))
        return [self.plain.box]

    def moved(self) -> None:
        """The desk or an input has changed: bring the inputs up to date."""

    def pressed(self, name: str, content: dict[str, Any]) -> None:
        """A button of the head was pressed that the base knows nothing of."""

    # --- links

    def _link(self) -> None:
        panel, guard = self.panel, self.guard
        panel.desk.observe(guard(self.refresh))
        panel.observe(guard(self.refresh))
        panel.job.observe(guard(self.show_progress), ["running", "stopped", "done", "total", "seconds", "problems"])
        panel.job.observe(guard(self.show_result), "version")
        self.head.on_msg(guard(self._pressed))

    def _pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        name = content.get("press")
        if name == "run":
            self.guard.clear()
            self.panel.start()
        elif name == "stop":
            self.panel.job.stop()
        elif name:
            self.pressed(name, content)

    def refresh(self, change: Any = None) -> None:
        """Bring code, blockers and the mark of an old answer up to date."""
        panel = self.panel
        with self.head.hold_sync():
            self.head.blockers = list(panel.blockers)
            self.head.caution = panel.desk.caution
            self.head.code = "" if panel.blockers else f"{panel.desk.opening()}\n{panel.code()}"
            self.head.stale = STALE if not panel.job.running and panel.stale else ""
        self.moved()

    def show_progress(self, change: Any = None) -> None:
        """Say how far the study is."""
        job = self.panel.job
        text = "stopped" if job.stopped else ""
        if job.running:
            text = f"{job.done} of {job.total}" if job.total else "starting …"
            if job.seconds is not None:
                text += f", about {max(1, round(job.seconds))} s left"
        with self.head.hold_sync():
            self.head.running, self.head.told = job.running, text
            self.head.share = job.done / job.total if job.total else 0.0
            self.head.problems = list(job.problems)
            self.head.stale = STALE if not job.running and not self.panel.blockers and self.panel.stale else ""

    def show_result(self, change: Any = None) -> None:
        """Show the newest result."""
        if self.panel.job.result is not None:
            self.answer.children = tuple(self.results(self.panel.job.result))
