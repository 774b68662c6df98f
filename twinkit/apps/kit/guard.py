"""The guard of an app: an error becomes one sentence on the page, never a traceback.

    guard = Guard()
    slider.observe(guard(react), "value")        # or:  @guard
    with guard: ...

The page shows :attr:`Guard.message` in a bar with ``role="alert"``; the log file has
the rest, under the number that the sentence names.
"""

from __future__ import annotations

import asyncio
import datetime
import functools
import secrets
from collections.abc import Callable
from typing import Any

import traitlets as t

from twinkit.apps.kit.log import write_error

SENTENCE = (
    "Something went wrong here, and what you see may be out of date. Error {number}; the log file has the details."
)


class Guard(t.HasTraits):
    """Catches errors of callbacks, also of asynchronous ones."""

    message = t.Unicode(help="what the page says; empty if all is well")

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Guard a function or a coroutine function; a call that fails returns None."""
        if asyncio.iscoroutinefunction(function):

            @functools.wraps(function)
            async def guarded(*args: Any, **more: Any) -> Any:
                with self:
                    return await function(*args, **more)

        else:

            @functools.wraps(function)
            def guarded(*args: Any, **more: Any) -> Any:
                with self:
                    return function(*args, **more)

        return guarded

    def __enter__(self) -> Guard:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        if not isinstance(error, Exception):
            return False  # all is well, or somebody wants to leave
        self.report(error)
        return True

    def report(self, error: Exception) -> None:
        """Write an error to the log file and say so on the page."""
        number = f"{datetime.datetime.now():%H%M%S}-{secrets.token_hex(2)}"
        error.add_note(f"twinkit error {number}")
        try:
            write_error(error)
        except OSError:
            number += " (the log file could not be written)"
        self.message = SENTENCE.format(number=number)

    def clear(self) -> None:
        """Take the sentence away."""
        self.message = ""
