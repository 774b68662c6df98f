"""Models that wait until a person has stopped changing things, and then work it all out anew."""

from __future__ import annotations

import asyncio


class Unhurried:
    """For a model with a ``version`` and a coroutine ``refine``.

    Attributes
    ----------
    QUIET
        Time without a change that is waited for [s]; not before the first picture.
    """

    QUIET = 0.6
    version: int
    _waiting: asyncio.Task | None = None

    def touch(self) -> None:
        """Something has changed: work it out anew, once things have been quiet for a moment."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # nobody waits; refine() may still be called
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = loop.create_task(self._soon(self.QUIET if self.version else 0.0))

    async def _soon(self, wait: float) -> None:
        await asyncio.sleep(wait)
        await self.refine()

    async def refine(self) -> bool:
        """Work out what is asked for; returns whether it came to its end."""
        raise NotImplementedError

    async def settled(self) -> None:
        """Wait until nothing waits to be worked out."""
        if self._waiting is not None:
            await asyncio.wait([self._waiting])
