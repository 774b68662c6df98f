"""Pictures that are drawn beside the page, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.picture import ON_SCREEN, Picture, saved


class Later(Picture):
    """A picture that has been drawn elsewhere."""

    def put(self, figure: Any, light: bytes, dark: bytes) -> None:
        """Show what was drawn.

        Parameters
        ----------
        figure
            The figure, from which other files are made.
        light, dark
            PNG for a light and for a dark page.
        """
        self._figure = figure
        with self.hold_sync():
            self.png, self.png_dark, self.alt = light, dark, getattr(figure, "description", "") or self.caption
            self.width = round(figure.get_figwidth() * ON_SCREEN)
            self.version += 1


class Drawer:
    """Draws pictures in a thread, one after the other, so that the page stays alive.

    Parameters
    ----------
    guard
        Who is told of errors.
    """

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self._waiting: list[tuple[Later, Callable[[str], Any]]] = []
        self._task: asyncio.Task | None = None

    def picture(self, make: Callable[[str], Any], name: str, caption: str = "") -> Later:
        """A place for a picture that is drawn soon.

        Parameters
        ----------
        make
            ``make(theme)`` gives the figure; called in a thread.
        name, caption
            Name of its files; line below it.
        """
        return self.again(Later(alt="This picture is being drawn."), make, name, caption)

    def again(self, place: Later, make: Callable[[str], Any], name: str, caption: str = "") -> Later:
        """Draw into a place that is there; what it shows stays until then.  See :meth:`picture`."""
        place.name, place.caption = name, caption
        self._waiting.append((place, make))
        return place

    def draw(self, function: Callable[..., Any], *args: Any, caption: str = "", **more: Any) -> Later:
        """A place for what ``function(*args, theme=…, **more)`` draws; its files are named after the function."""
        return self.picture(lambda theme: function(*args, theme=theme, **more), function.__name__, caption)

    def clear(self) -> None:
        """Forget what has not been drawn yet."""
        self._waiting.clear()

    def start(self) -> None:
        """Draw what waits: beside the page if there is one, else at once."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            while self._waiting:
                place, make = self._waiting.pop(0)
                with self.guard:
                    place.put(*drawn(make))
            return
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._go_on())

    async def settled(self) -> None:
        """Wait until all is drawn."""
        if self._task is not None:
            await self._task

    async def _go_on(self) -> None:
        while self._waiting:
            place, make = self._waiting.pop(0)
            with self.guard:
                place.put(*await asyncio.to_thread(drawn, make))


def drawn(make: Callable[[str], Any]) -> tuple[Any, bytes, bytes]:
    """A figure, and its PNG for a light and for a dark page.

    Parameters
    ----------
    make
        ``make(theme)`` gives the figure.
    """
    figure = make("light")
    return figure, saved(figure, "png"), saved(make("dark"), "png")
