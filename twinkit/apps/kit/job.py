"""A long study beside the page: progress, an estimate, and a button that stops it.

The study runs in a thread; everything that the page sees is set on the event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import traitlets as t

from twinkit.run.engines import Cancelled
from twinkit.tables import CaseError


class Job(t.HasTraits):
    """One study at a time; a newer one ends the older.

    Attributes
    ----------
    on_error
        Called with an error of the program (a guard's ``report``); without it the error
        is raised by :meth:`run`.
    result
        What the newest study has given so far; `version` tells of another one, since to compare two takes long.
    """

    running = t.Bool(False, help="whether something is being run")
    stopped = t.Bool(False, help="whether a person has stopped it before its end")
    done = t.Int(0, help="parts that are done")
    total = t.Int(0, help="parts in all; 0 until it is known")
    seconds = t.Float(None, allow_none=True, help="estimate of what is left [s]")
    problems = t.List(t.Unicode(), help="sentences about what is wrong with the input")
    partial = t.Bool(False, help="whether `result` is not yet what the study gives in the end")
    version = t.Int(0, help="how many results there have been")

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_error: Callable[[Exception], None] | None = None
        self.result: Any = None
        self._cancel: Event | None = None
        self._of: Event | None = None
        self._task: asyncio.Task | None = None
        self._lock: asyncio.Lock | None = None

    def start(self, function: Callable[..., Any], *args: Any, **more: Any) -> asyncio.Task:
        """Run ``function(*args, progress=…, cancel=…, **more)``; what ran before is stopped."""
        self._task = asyncio.get_running_loop().create_task(self.run(function, *args, **more))
        return self._task

    def stop(self) -> None:
        """End the study as soon as it can; the result of the one before stays."""
        if self.running and self._cancel is not None:
            self._cancel.set()
            self.stopped = True

    async def run(self, function: Callable[..., Any], *args: Any, **more: Any) -> bool:
        """Run a study and wait for it; one that gives an iterator is waited for part by part.

        Returns
        -------
        bool
            Whether it came to its end: not stopped, refused or overtaken.
        """
        if self._cancel is not None:
            self._cancel.set()
        own = self._cancel = Event()
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:  # the older one has to let go first
            if own is not self._cancel:
                return False
            with self.hold_trait_notifications():
                self.running, self.stopped, self.problems = True, False, []
                self.done, self.total, self.seconds = 0, 0, None
            try:
                result = await asyncio.to_thread(self._work, own, self._publisher(own), function, *args, progress=self._teller(own), **more)
            except Cancelled:
                return False
            except CaseError as error:
                self.problems = [p.sentence for p in error.problems]
                return False
            except Exception as error:
                if self.on_error is None:
                    raise
                self.on_error(error)
                return False
            finally:
                if own is self._cancel:
                    self.running = False
            if own is not self._cancel or own.is_set():
                return False
            if self._of is not own or result is not self.result:
                self._publish(own, result, partial=False)
            self.partial = False
            return True

    def _work(self, own: Event, publish: Callable[[Any], None], function: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """What a study gives in the end; of one in parts every part is published.  Called in a thread."""
        found = function(*args, cancel=own, **more)
        if not isinstance(found, Iterator):
            return found
        last = None
        for last in found:
            publish(last)
        return last

    def _publisher(self, own: Event) -> Callable[[Any], None]:
        loop = asyncio.get_running_loop()
        return lambda part: loop.call_soon_threadsafe(self._publish, own, part)

    def _publish(self, own: Event, part: Any, partial: bool = True) -> None:
        if own is self._cancel and not own.is_set():
            self._of, self.partial, self.result = own, partial, part
            self.version += 1

    async def settled(self) -> None:
        """Wait until nothing is left to run."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    def _teller(self, own: Event) -> Callable[[int, int], None]:
        loop, start = asyncio.get_running_loop(), time.monotonic()

        def show(done: int, total: int) -> None:
            if own is self._cancel and self.running:
                left = (time.monotonic() - start) / done * (total - done) if done else None
                with self.hold_trait_notifications():
                    self.done, self.total, self.seconds = done, total, left

        return lambda done, total: loop.call_soon_threadsafe(show, done, total)
