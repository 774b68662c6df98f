"""What every panel of the workbench is: a question, a study that answers it, and its line of Python."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import traitlets as t

from twinkit.apps.kit.job import Job
from twinkit.workbench.desk import Desk


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

    blockers = t.List(t.Unicode(), help="sentences that say why the study cannot be run now")
    asked = t.Unicode(help="the code of the result that is shown")
    asked_of = t.Unicode(help="the code that made the case of the result that is shown")

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

        By convention ``FooView`` of ``foo_view.py`` beside the ``foo_panel.py`` that holds the
        model; where there is none, :class:`~twinkit.workbench.panel_view.PanelView`, which
        shows tables, figures and texts.
        """
        name = cls.__module__.removesuffix("_panel") + "_view"
        if cls.__module__.endswith("_panel") and find_spec(name):
            return getattr(import_module(name), cls.__name__.removesuffix("Panel") + "View")
        return import_module("twinkit.workbench.panel_view").PanelView

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
