"""The parts of the page that are words and inputs, as small widgets of native elements.

They put text into the page as text, never as markup, whatever a table contains.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets as t

from twinkit.apps.canvas.base import source
from twinkit.show import palette

HERE = Path(__file__).parent


def _script(name: str) -> str:
    return source("common.js") + "\n" + (HERE / name).read_text(encoding="utf-8")


class Part(anywidget.AnyWidget):
    """A part of the page in the colours of the palette."""

    _css = (HERE / "kit.css").read_text(encoding="utf-8")

    colours = t.Dict(help="the palette, as palette.for_browser() returns it").tag(sync=True)
    theme = t.Enum(["auto", "light", "dark"], "auto", help="auto follows the page").tag(sync=True)
    version = t.Int(0, help="which picture is shown").tag(sync=True)

    @t.default("colours")
    def _colours(self) -> dict[str, Any]:
        return palette.for_browser()


class Form(Part):
    """Inputs in groups; every field is a dict.

    ``name``, ``type`` (number, choice, name, flag or tabs), ``label``, ``help``, ``hidden``;
    a number has ``low``, ``high``, ``step``, ``unit`` and ``factor`` (shown = value × factor),
    a choice, name or tabs has ``options`` (pairs of value and text); ``start`` marks a
    field that stands elsewhere.
    """

    _esm = _script("form.js")

    groups = t.List(help="dicts of title and fields").tag(sync=True)
    values = t.Dict(help="name of a field → value").tag(sync=True)
    buttons = t.List(help="pairs of name and text; a press arrives as the message {press: name}").tag(sync=True)
    download = t.Unicode(help="content of the file that can be saved").tag(sync=True)
    file = t.Unicode(help="name of that file; empty for none").tag(sync=True)
    look = t.Unicode(help="extra class: twf-slim for one line").tag(sync=True)
    label = t.Unicode(help="name of the form for screen readers").tag(sync=True)
    testid = t.Unicode("form", help="data-testid").tag(sync=True)


class Head(Part):
    """The sentences, the progress, and what is wrong."""

    _esm = _script("head.js")

    title = t.Unicode(help="what is looked at").tag(sync=True)
    sentences = t.List(t.Unicode(), help="the first is the headline").tag(sync=True)
    progress = t.Dict(help="share, text, running, button, why (the button is grey)").tag(sync=True)
    problems = t.List(t.Unicode(), help="sentences about what is wrong with the input").tag(sync=True)
    lead = t.Unicode(help="sentence before the problems").tag(sync=True)
    failure = t.Unicode(help="sentence about an error of the program").tag(sync=True)


class Cards(Part):
    """Figures: dicts of name, label, definition, rows (name, text, role), change, tone."""

    _esm = _script("cards.js")

    cards = t.List(help="see above").tag(sync=True)
