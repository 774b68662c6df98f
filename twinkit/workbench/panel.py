"""What every panel of the workbench is: a question, a study that answers it, and its line of Python."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import traitlets as t
from ipywidgets import Box, VBox, Widget

from twinkit import __version__, rooms
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.job import Job
from twinkit.tables.case import case_fingerprint
from twinkit.workbench.answers import DeskPart, script, told
from twinkit.workbench.blocks import Blocks, blocks_of
from twinkit.workbench.desk import Desk
from twinkit.workbench.kept import blocks_of_plain


class Panel(t.HasTraits):
    """The model of a panel; it knows no widget.

    A subclass says its :attr:`key`, :attr:`title` and :attr:`question`, keeps what a person
    has asked for in traits that it names in :attr:`INPUTS`, and gives :meth:`study` and
    :meth:`code`.  The two must agree: the code, run after :meth:`Desk.opening`, gives the
    same numbers to the bit.

    Attributes
    ----------
    blockers
        Sentences that say why the study cannot be run now.
    job
        The study: running, progress, problems, result.
    asked
        The code of the result that is shown; another than :meth:`code` once a lever has moved.
    """

    key = ""
    title = ""
    question = ""
    INPUTS: tuple[str, ...] = ()
    kept_words = (
        "This is the answer of {time}, kept from when the page was open before: Run brings it anew, with its files and report."
    )

    blockers = t.List(t.Unicode(), help="sentences that say why the study cannot be run now")
    asked = t.Unicode(help="the code of the result that is shown")
    asked_of = t.Unicode(help="the code that made the case of the result that is shown")
    ended = t.Int(0, help="how many studies of it have come to their end")
    kept = t.Dict(help="the last answer as plain data: time, of (what it was asked of), blocks; {} if there is none")

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.job = Job()
        self._asking = ("", "")
        self.job.observe(self._answered, "version")
        self.blockers = self.check()
        desk.observe(self._recheck)
        self.observe(self._recheck, list(self.INPUTS))

    @classmethod
    def view(cls) -> Callable[..., Any]:
        """The class that shows the panel: ``view(panel, guard).box`` is a widget.

        By convention ``FooView`` beside ``FooPanel`` in its module; where there is none, :class:`PanelView`,
        which shows tables, figures and texts.
        """
        return getattr(sys.modules[cls.__module__], f"{cls.__name__.removesuffix('Panel')}View", PanelView)

    def check(self) -> list[str]:
        """Sentences that say why the study cannot be run; asked again whenever desk or inputs change."""
        return self.blockers

    def _recheck(self, change: Any) -> None:
        self.blockers = self.check()

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        """The function that answers the question, and its arguments without progress and cancel."""
        raise NotImplementedError

    def code(self) -> str:
        """Python that gives what :meth:`study` gives, as the variable ``result``."""
        raise NotImplementedError

    @property
    def stale(self) -> bool:
        """Whether the result that is shown answers an earlier question."""
        if self.job.result is None:
            return False
        return (self.asked_of, self.asked) != (self.desk.opening(), self.code())

    def of(self) -> list[str]:
        """What an answer that is kept was asked of: case, question and version; one of another is old."""
        case = self.desk.case
        return [case.derived(case_fingerprint), repr(rooms.own_of(case)), self.desk.opening(), self.code(), __version__]

    def recall(self, kept: Any) -> None:
        """Take an answer that was kept when the page was open before, if it is one."""
        with suppress(KeyError, TypeError, ValueError):
            if blocks_of_plain(kept["blocks"]) and isinstance(kept["of"], list) and str(kept["time"]):
                self.kept = kept

    @property
    def old(self) -> str:
        """Sentence that what is shown is not what would be answered now; "" if it is."""
        if self.job.result is not None:
            return STALE if self.stale else ""
        if not self.kept:
            return ""
        return self.kept_words.format(time=self.kept["time"]) + (" " + CHANGED if self.changed() else "")

    def changed(self) -> bool:
        """Whether the answer that was kept is not of what is asked now."""
        return bool(self.blockers) or self.kept["of"] != self.of()

    def _answered(self, change: Any) -> None:
        """A result, or a part of one, is there."""
        self.asked_of, self.asked = self._asking

    def start(self) -> asyncio.Task:
        """Run the study beside the page."""
        return asyncio.get_running_loop().create_task(self.run())

    async def run(self) -> bool:
        """Run the study and wait for it; whether it came to its end."""
        if self.blockers:
            return False
        self._asking = self.desk.opening(), self.code()
        function, args, more = self.study()
        ended = await self.job.run(function, *args, **more)
        if ended:
            self.desk.found = {**self.desk.found, self.key: self}
            self.desk.studies += 1
            self.ended += 1
        return ended

    def state(self) -> dict[str, Any]:
        """What is asked for, as plain data."""
        return {name: getattr(self, name) for name in self.INPUTS}

    def load_state(self, state: dict[str, Any]) -> None:
        """Ask for what :meth:`state` said; what does not fit any more is left as it is."""
        for name in self.INPUTS:
            if name in state:
                try:
                    setattr(self, name, state[name])
                except t.TraitError:
                    continue


# --- what every panel looks like: its question, what is asked for, how far the study is, and the answer


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


CHANGED = "It answers an earlier question: the case, what is asked or twinkit has changed since."
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
            self.answer.children = (told([f"There is no answer yet: press {self.run_label}."], testid="no-answer"),)
        self._link()
        self.refresh()
        self.show_result()
        self.show_kept()

    # --- for a subclass

    def inputs(self) -> list[Widget]:
        """Widgets that ask for something, linked with the model."""
        return []

    def results(self, result: Any) -> list[Widget]:
        """Widgets that show what the study gave."""
        self._blocks().show(blocks_of(result, self.panel.title))
        return [self.blocks.box]

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
        panel.observe(guard(self._ended), "ended")
        panel.observe(guard(self.show_kept), "kept")
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
            self.head.stale = "" if panel.job.running else panel.old
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
            self.head.stale = "" if job.running or (self.panel.blockers and job.result is not None) else self.panel.old

    def show_kept(self, change: Any = None) -> None:
        """Show the answer that was kept, until there is one of now."""
        if self.panel.kept and self.panel.job.result is None and not self.panel.job.running:
            blocks = self._blocks()
            blocks.show(blocks_of_plain(self.panel.kept["blocks"]))
            self.answer.children = (blocks.box,)

    def _blocks(self) -> Blocks:
        """What shows an answer block by block."""
        if not hasattr(self, "blocks"):
            self.blocks = Blocks(self.guard, self.panel.key)
        return self.blocks

    def _ended(self, change: Any) -> None:
        self._keeping = asyncio.get_running_loop().create_task(self.keep())

    async def keep(self) -> None:
        """Keep the answer that is shown with what it was asked of."""
        of, version = [*self.panel.of()], self.panel.job.version
        with self.guard:
            answer = await self.plain()
            if answer["blocks"] and version == self.panel.job.version and not self.panel.stale:
                self.panel.kept = {"time": f"{datetime.now():%Y-%m-%d %H:%M}", "of": of, **answer}

    async def plain(self) -> dict[str, Any]:
        """The answer that is shown as plain data: `blocks` of :func:`twinkit.workbench.kept.plain`, and what a view needs besides."""
        return {"blocks": await self.blocks.plain() if hasattr(self, "blocks") else []}

    def show_result(self, change: Any = None) -> None:
        """Show the newest result."""
        if self.panel.job.result is not None:
            self.answer.children = tuple(self.results(self.panel.job.result))
