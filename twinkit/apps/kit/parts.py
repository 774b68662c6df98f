"""The parts of the page that are words and inputs, as small widgets of native elements.

They put text into the page as text, never as markup, whatever a table contains.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets as t

from twinkit.apps.canvas import source
from twinkit.show import palette

HERE = Path(__file__).parent


def script(*names: str) -> str:
    """Scripts of this folder after what all of them use; the last one draws the part."""
    return source("common.js", "number_field.js") + "\n" + "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


def style(*names: str) -> str:
    """Style sheets of this folder after the page's own."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in ("base.css", *names))


class Part(anywidget.AnyWidget):
    """A part of the page in the colours of the palette."""

    colours = t.Dict(help="the palette, as palette.for_browser() returns it").tag(sync=True)
    theme = t.Enum(["auto", "light", "dark"], "auto", help="auto follows the page").tag(sync=True)
    version = t.Int(0, help="which picture is shown").tag(sync=True)

    @t.default("colours")
    def _colours(self) -> dict[str, Any]:
        return palette.for_browser()

    def deliver(self, file_name: str, data: bytes, mime: str) -> None:
        """Hand a file to the browser, which saves it.

        Parameters
        ----------
        file_name
            Name that the file gets.
        data
            What is in it.
        mime
            Its media type, such as ``text/html``.
        """
        self.send({"file": file_name, "mime": mime}, [data])


class Form(Part):
    """Inputs in groups; every field is a dict.

    ``name``, ``type`` (number, choice, name, flag, tabs or list), ``label``, ``help``, ``hidden``;
    a number has ``low``, ``high``, ``step``, ``unit`` and ``factor`` (shown = value × factor)
    and, without a slider and empty where nobody has said it, ``plain``; a choice, name or tabs has ``options`` (pairs of value and text; those of a choice may have
    a third, the heading that they stand under), a list has ``items`` (texts; the value is the
    number of the chosen one) and, if items may go, ``remove`` (what the button is called; a
    press arrives as the message {press: "remove", field, item}) and, if there may be more,
    ``add`` (the same; {press: "add", field}); ``start`` marks a field that
    stands elsewhere.  A group may be ``folded``: its title opens it.
    """

    _esm = script("tip.js", "form_rows.js", "form.js")
    _css = style("tip.css", "form.css")

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

    _esm = script("head.js")
    _css = style("head.css")

    title = t.Unicode(help="what is looked at").tag(sync=True)
    question = t.Unicode(help="what is asked, the heading of the page; may be empty").tag(sync=True)
    note = t.Unicode(help="sentence on what the sentences below are, such as that they are old").tag(sync=True)
    old = t.Bool(False, help="whether the sentences answer an earlier question").tag(sync=True)
    sentences = t.List(t.Unicode(), help="the first is the headline").tag(sync=True)
    progress = t.Dict(help="share, text, running, button, why (the button is grey)").tag(sync=True)
    problems = t.List(t.Unicode(), help="sentences about what is wrong with the input").tag(sync=True)
    lead = t.Unicode(help="sentence before the problems").tag(sync=True)
    failure = t.Unicode(help="sentence about an error of the program").tag(sync=True)
    answered = t.Dict(help="what the landing page says of a whole answer, in this browser alone: case, tables, asked, said").tag(sync=True)


class Cards(Part):
    """Figures: dicts of name, label, definition, rows (name, text, role), change, tone."""

    _esm = script("tip.js", "cards.js")
    _css = style("tip.css", "cards.css")

    cards = t.List(help="see above").tag(sync=True)


class Facts(Part):
    """The numbers that are read first.

    Facts are dicts of ``name``, ``label``, ``value`` (as text), ``unit`` (set smaller; may be left out), ``interval``
    (in words),
    ``definition`` (behind the button "?"), ``why`` (whether there is a button that sends the
    message {press: "why", name}) and ``tone`` (better, worse or none).
    """

    _esm = script("tip.js", "facts.js")
    _css = style("tip.css", "form.css", "facts.css")

    facts = t.List(t.Dict(), help="see above").tag(sync=True)
    label = t.Unicode(help="name for screen readers").tag(sync=True)
    testid = t.Unicode("facts", help="data-testid").tag(sync=True)


class Answer(Part):
    """A box that opens with an answer, and that a person closes again.

    A press of its button arrives as the message {press: "close"}, that of the button
    while it waits as {press: "stop"}.
    """

    _esm = script("answer.js")
    _css = style("form.css", "answer.css")

    title = t.Unicode(help="the question; empty: nothing is shown").tag(sync=True)
    sentences = t.List(t.Unicode(), help="the answer").tag(sync=True)
    rows = t.List(help="[text, share] of what it rests on; the share is drawn as a bar").tag(sync=True)
    lead = t.Unicode(help="words before the rows").tag(sync=True)
    busy = t.Unicode(help="what it says while the answer is worked out").tag(sync=True)
    problem = t.Unicode(help="sentence about why there is no answer").tag(sync=True)
    testid = t.Unicode("answer", help="data-testid").tag(sync=True)


class Table(Part):
    """Rows of text under headers that sort and say what they mean.

    Columns are dicts of ``name``, ``label``, ``definition`` (what it means, on hover, focus and
    touch), ``kind`` (number, money, share and time are set to the right) and ``align``.

    >>> table = Table(columns=[{"name": "site", "label": "Site"}], rows=[["Fab <Naka>"]])
    >>> table.selected
    -1
    """

    _esm = script("tip.js", "table.js")
    _css = style("tip.css", "table.css")

    columns = t.List(t.Dict(), help="see above").tag(sync=True)
    rows = t.List(t.List(), help="cells, written as text").tag(sync=True)
    sort = t.List(t.List(), help="for each row what its cells are sorted by; empty: the cells").tag(sync=True)
    tips = t.List(t.Unicode(), help="for each row what its first cell means; empty: nothing is said").tag(sync=True)
    caption = t.Unicode(help="what the table shows").tag(sync=True)
    empty = t.Unicode(help="sentence in place of a table without rows").tag(sync=True)
    selectable = t.Bool(True, help="whether a click or Enter chooses a row").tag(sync=True)
    selected = t.Int(-1, min=-1, help="number of the chosen row, in the order of `rows`; -1 for none").tag(sync=True)
    testid = t.Unicode("table", help="data-testid").tag(sync=True)

    def show(self, columns: list[dict[str, Any]], rows: list[list[Any]], **more: Any) -> None:
        """Show another content at once; no row of it is chosen unless `more` says so."""
        with self.hold_sync():
            self.columns, self.rows = columns, rows
            self.sort, self.selected = more.pop("sort", []), more.pop("selected", -1)
            for name, value in more.items():
                setattr(self, name, value)
            self.version += 1
