"""What every panel of the workbench is: a question, a study that answers it, and its line of Python."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.job = Job()

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        """The function that answers the question, and its arguments without progress and cancel."""
        raise NotImplementedError

    def code(self) -> str:
        """Python that gives what :meth:`study` gives, as the variable ``result``."""
        raise NotImplementedError

    @property
    def stale(self) -> bool:
        """Whether the result that is shown answers an earlier question."""
        return self.job.result is not None and self.asked != self.code()

    def start(self) -> asyncio.Task:
        """Run the study beside the page."""
        return asyncio.get_running_loop().create_task(self.run())

    async def run(self) -> bool:
        """Run the study and wait for it; whether it came to its end."""
        if self.blockers:
            return False
        code = self.code()
        function, args, more = self.study()
        ended = await self.job.run(function, *args, **more)
        if ended:
            self.asked = code
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
