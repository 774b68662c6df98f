"""Progress: how far a study is, how long it will take, and how to stop it.

A progress is called as ``progress(batches done, batches in all)``:

- in a terminal, a line with a bar and an estimate; Ctrl-C stops the study;
- in a notebook, a bar; the stop button of the notebook stops the study.

:func:`ensemble_async` runs a study beside the event loop: ``await
ensemble_async(case, scenarios)`` in a notebook cell keeps the page alive, so the
Cancel button beside the bar works too.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from threading import Event
from typing import Any, TextIO

from twinkit.run.ensemble import Cancelled, ensemble
from twinkit.run.outcome import Outcome
from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case

Progress = Callable[[int, int], None]

BAR = 28
"""Characters of the bar in a terminal."""
WAKE = 0.1
"""Longest time for which the event loop sleeps while a study runs [s]."""


def span(seconds: float) -> str:
    """A length of time in short words.

    >>> span(0.4), span(75), span(4000)
    ('1 s', '1 min 15 s', '1 h 6 min')
    """
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


class Clock:
    """How long a study has taken, and how long it will take; it starts when it is first asked."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now, self.start = now, None

    def words(self, done: int, total: int) -> str:
        """One sentence on the progress."""
        if self.start is None or done == 0:
            self.start = self.now()
        passed = self.now() - self.start
        if done >= total:
            return f"{total} of {total} batches in {span(passed)}"
        if done == 0:
            return f"0 of {total} batches"
        return f"{done} of {total} batches, about {span(passed / done * (total - done))} left"


def terminal_progress(file: TextIO | None = None) -> Progress:
    """A one-line bar on the error stream; where that is no terminal, one line at the end.

    Parameters
    ----------
    file
        Where to write instead.
    """
    clock, longest = Clock(), [0]

    def show(done: int, total: int) -> None:
        out = file or sys.stderr
        text = clock.words(done, total)
        if not out.isatty():
            if done >= total:
                print(text, file=out)
            return
        full = BAR * done // max(total, 1)
        line = f"[{'#' * full}{'.' * (BAR - full)}] {text}"
        longest[0] = max(longest[0], len(line))
        print(f"\r{line:<{longest[0]}}", end="\n" if done >= total else "", file=out, flush=True)

    return show


class WidgetProgress:
    """A bar in a notebook, with a Cancel button while there is something to cancel.

    Parameters
    ----------
    cancel
        Set when the button is clicked; give the same to ``ensemble(cancel=…)``.  The
        click reaches Python only if the kernel is free meanwhile: see
        :func:`ensemble_async`.
    """

    def __init__(self, cancel: Event | None = None) -> None:
        import ipywidgets as w

        self.cancel, self.clock, self.shown = cancel, Clock(), False
        self.bar = w.IntProgress(min=0, max=1, layout=w.Layout(width="16em"))
        self.label = w.Label()
        self.button = w.Button(description="Cancel", layout=w.Layout(width="6em"))
        self.button.on_click(self._cancelled)
        self.box = w.HBox([self.bar, self.label] + ([self.button] if cancel is not None else []))

    def _cancelled(self, _: Any = None) -> None:
        self.cancel.set()
        self.button.disabled = True
        self.label.value = "stopping after the batches that are running …"

    def __call__(self, done: int, total: int) -> None:
        if not self.shown:
            from IPython.display import display

            display(self.box)
            self.shown = True
        if self.cancel is not None and self.cancel.is_set():
            return
        self.bar.max, self.bar.value = max(total, 1), done
        self.label.value = self.clock.words(done, total)
        if done >= total:
            self.button.layout.display = "none"

    def stopped(self, why: str) -> None:
        """Say that the study has ended early."""
        self.bar.bar_style = "warning"
        self.label.value = why
        self.button.layout.display = "none"


def widget_progress(cancel: Event | None = None) -> WidgetProgress:
    """A bar for a notebook; with `cancel`, a button beside it that sets the event."""
    return WidgetProgress(cancel)


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs this code and ipywidgets are there."""
    if "ipykernel" not in sys.modules or "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def progress(cancel: Event | None = None) -> Progress:
    """The progress that fits: a bar in a notebook, a line in a terminal."""
    return widget_progress(cancel) if in_notebook() else terminal_progress()


async def ensemble_async(
    case: Case,
    scenarios: Scenario | Sequence[Scenario],
    replications: int | None = None,
    *,
    progress: Progress | str | None = "auto",
    cancel: Event | None = None,
    **more: Any,
) -> dict[str, Outcome]:
    """Run scenarios in many worlds while the event loop goes on.

    In a notebook: ``result = await ensemble_async(case, scenarios)``.  The study runs
    in a thread of its own; `progress` is called in the event loop, so it may touch
    widgets.  Cancelling the task (the stop button of the notebook does) and the Cancel
    button both stop the study after the batches that are running.

    Parameters
    ----------
    case, scenarios, replications
        As for :func:`~twinkit.run.ensemble.ensemble`.
    progress
        Called with batches done and batches in all; "auto" for the one that fits
        here, None for none.
    cancel
        Set it to stop; by default an event of its own.
    **more
        As for :func:`~twinkit.run.ensemble.ensemble`.

    Raises
    ------
    Cancelled
        If the study was cancelled.
    """
    cancel = cancel or Event()
    show = globals()["progress"](cancel) if progress == "auto" else progress
    loop = asyncio.get_running_loop()

    def tell(done: int, total: int) -> None:
        if show is not None:
            loop.call_soon_threadsafe(show, done, total)

    work = asyncio.ensure_future(asyncio.to_thread(
        ensemble, case, scenarios, replications, progress=tell, cancel=cancel, **more
    ))  # fmt: skip
    try:
        while not work.done():  # waking now and then: a sleeping loop does not see the stop button
            await asyncio.wait([work], timeout=WAKE)
        return work.result()
    except (Cancelled, asyncio.CancelledError) as stop:
        cancel.set()
        if hasattr(show, "stopped"):
            show.stopped("cancelled")
        if isinstance(stop, asyncio.CancelledError):
            work.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody waits for it any more
        raise
    except BaseException:
        if hasattr(show, "stopped"):
            show.stopped("stopped by an error")
        raise

