"""A box of sentences: an answer to "why?", what would happen, what to do next; with links to other apps."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import traitlets as t

from twinkit.apps.kit.parts import Part, script, style


def link(text: str, app: str, state: Mapping[str, Any] | None = None, why: str = "") -> dict[str, str]:
    """A link to another app, with what it shall open with in its address.

    Parameters
    ----------
    text
        What the link says.
    app
        Name of the page in the address, such as ``advice``.
    state
        What the other app is asked for, as its address has it.
    why
        Why it cannot be asked: the link is grey, with this sentence.

    Examples
    --------
    >>> link("What should we do?", "advice", {"a": 1})["hash"]
    '#s=eyJhIjoxfQ'
    """
    text_of = json.dumps(state, separators=(",", ":"), ensure_ascii=False) if state else ""
    letters = base64.urlsafe_b64encode(text_of.encode()).decode().rstrip("=")
    return {"text": text, "app": app, "hash": f"#s={letters}" if letters else "", **({"why": why} if why else {})}


class Told(Part):
    """Sentences under a heading; hidden while there are none.

    A link is shown only where the app that it leads to is served beside this one.
    """

    _esm = script("told.js")
    _css = style("told.css")

    title = t.Unicode(help="heading; empty for none").tag(sync=True)
    sentences = t.List(t.Unicode(), help="one paragraph each").tag(sync=True)
    items = t.List(t.Unicode(), help="a list below the sentences").tag(sync=True)
    links = t.List(t.Dict(), help="as `link` makes them").tag(sync=True)
    here = t.Unicode(help="name of this app in the address").tag(sync=True)
    busy = t.Bool(False, help="whether the rest of it is being worked out").tag(sync=True)
    closes = t.Bool(False, help="whether there is a button that takes it away").tag(sync=True)
    testid = t.Unicode("told", help="data-testid").tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._pressed)

    def tell(
        self, title: str, sentences: Sequence[str] = (), items: Sequence[str] = (), links: Sequence[dict] = ()
    ) -> None:
        """Say something else; without sentences and items the box goes away."""
        with self.hold_sync():
            self.title, self.busy = title, False
            self.sentences, self.items, self.links = [s for s in sentences if s], list(items), list(links)
            self.version += 1

    def _pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        if content.get("press") == "close":
            self.tell("")
