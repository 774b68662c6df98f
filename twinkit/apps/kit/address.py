"""What is asked for, in the page's address: whoever opens the link sees the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import traitlets as t

from twinkit.apps.kit.parts import Part, script, style

BROKEN = "The link that brought you here cannot be read, so the page shows what it opens with. Was it cut off?"
LONGEST = 100_000
"""Longest state that an address may have [characters]."""


class Address(Part):
    """Keeps the part of the address after ``#`` at what the page shows, and offers to copy it.

    Parameters
    ----------
    take
        Called with the state (a dict) of a link that was opened; it may return a sentence
        about what in it does not fit.
    """

    _esm = script("address.js")
    _css = style("form.css", "save.css", "address.css")

    state = t.Unicode(help="JSON text of what the page shows; empty for none").tag(sync=True)
    problem = t.Unicode(help="sentence about a link that could not be used").tag(sync=True)
    steps = t.Bool(False, help="whether the browser's back button goes from state to state").tag(sync=True)

    def __init__(self, take: Callable[[dict[str, Any]], str | None] | None = None, **traits: Any) -> None:
        super().__init__(**traits)
        self.take = take
        self.on_msg(self._arrived)

    def show(self, state: dict[str, Any]) -> None:
        """Put a state into the address; one that is too long for it is left out."""
        text = json.dumps(state, separators=(",", ":"), ensure_ascii=False)
        self.state = text if len(text) <= LONGEST else ""

    def _arrived(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A page was opened with a state in its address."""
        if "arrived" not in content:
            return
        try:
            state = json.loads(content["arrived"])
        except (TypeError, ValueError, RecursionError):
            state = None
        if not isinstance(state, dict) or content.get("broken") or len(content["arrived"]) > LONGEST:
            self.problem = BROKEN
            return
        self.problem = (self.take(state) if self.take else None) or ""
