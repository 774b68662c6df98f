"""The parts of the page that are words and inputs, as small widgets of native elements.

They put text into the page as text, never as markup, whatever a table contains.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets as t

from twinkit.apps.canvas import Themed, source
from twinkit.apps.kit.guard import Guard
from twinkit.show import palette
from twinkit.tables import CaseError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from twinkit.result import Picture as Block

HERE = Path(__file__).parent


def script(*names: str) -> str:
    """Scripts of this folder after what all of them use; the last one draws the part."""
    return source("common.js", "number_field.js") + "\n" + "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


def style(*names: str) -> str:
    """Style sheets of this folder after the page's own."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in ("base.css", *names))


MIMES = {
    "html": "text/html", "pdf": "application/pdf", "zip": "application/zip", "json": "application/json",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


def mime_of(file: str) -> str:
    """Media type of a file, by its ending.

    >>> mime_of("report.html"), mime_of("data.unknown")
    ('text/html', 'application/octet-stream')
    """
    ending = file.rsplit(".", 1)[-1].lower()
    return MIMES.get(ending) or mimetypes.guess_type(file)[0] or "application/octet-stream"


class Part(Themed):
    """A part of the page in the colours of the palette."""

    def deliver(self, file: str, data: bytes) -> None:
        """Hand a file to the browser, which saves it under this name."""
        self.send({"file": file, "mime": mime_of(file)}, [data])


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


# --- sentences, with links to other pages


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


# --- pictures that matplotlib has drawn

DPI = 144
"""Pixels per inch of what is shown [1/inch]; the same picture saved as SVG has no pixels."""
ON_SCREEN = 96


class Picture(Part):
    """A picture that is drawn elsewhere, and its text alternative; on a dark page it asks for its dark one.

    It is shown as an image, so nothing in it runs, whatever the names in it are.
    """

    _esm = script("deliver.js", "picture.js")
    _css = style("form.css", "picture.css")

    png = t.Bytes(help="the picture").tag(sync=True)
    png_dark = t.Bytes(help="the picture for a dark page; empty until it is drawn").tag(sync=True)
    alt = t.Unicode(help="what is to be seen, in words").tag(sync=True)
    caption = t.Unicode(help="line below the picture").tag(sync=True)
    name = t.Unicode("picture", help="name of the files, without their ending").tag(sync=True)
    kinds = t.List(t.Unicode(), ["png", "svg"], help="what it can be saved as: png, svg").tag(sync=True)
    width = t.Int(0, help="greatest width [pixels]; 0 for as wide as the page").tag(sync=True)
    testid = t.Unicode("picture", help="data-testid").tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.figure: Figure | None = None
        self.on_msg(self._pressed)

    def put(self, figure: Figure, light: bytes, dark: bytes) -> None:
        """Show what was drawn.

        Parameters
        ----------
        figure
            The figure, from which other files are made.
        light, dark
            PNG for a light and for a dark page; the latter may be empty.
        """
        self.figure = figure
        with self.hold_sync():
            self.kinds = ["png", "svg"]
            self.png, self.png_dark, self.alt = light, dark, getattr(figure, "description", "") or self.caption
            self.width = round(figure.get_figwidth() * ON_SCREEN)
            self.version += 1

    def put_again(self, block: Block) -> None:
        """Show the PNG of what was drawn before; it is the only file of it."""
        self.figure = None
        with self.hold_sync():
            self.png, self.png_dark, self.alt, self.name, self.caption = block.figure, b"", block.alt or block.caption or "A picture of this answer.", block.name, block.caption
            self.width, self.kinds = round(int.from_bytes(block.figure[16:20], "big") * ON_SCREEN / DPI), ["png"]
            self.version += 1

    def _pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """The browser asks for a file that it does not have."""
        kind = content.get("press")
        if self.figure is not None and kind in ("png", "svg"):
            self.deliver(f"{self.name}.{kind}", saved(self.figure, kind))


def saved(figure: Figure, kind: str) -> bytes:
    """A figure as the contents of a file: "png" or "svg"."""
    file = io.BytesIO()
    with palette.DRAWING:  # a figure of somebody else takes no lock itself
        figure.savefig(file, format=kind, dpi=DPI)
    return file.getvalue()


# --- files, and the address of the page


class Save(Part):
    """One button for each file that is on offer.

    Parameters
    ----------
    make
        Called with the name of an offer, in a thread beside the page; gives the bytes of the
        file.  A :class:`~twinkit.tables.CaseError` or a ``ValueError`` is shown as its sentence, another
        error goes to the log file.
    """

    _esm = script("deliver.js", "save.js")
    _css = style("form.css", "save.css")

    offers = t.List(help="[name, text of the button, name of the file] of each").tag(sync=True)
    label = t.Unicode(help="words before the buttons").tag(sync=True)
    why = t.Unicode(help="why nothing can be saved now; empty if it can").tag(sync=True)
    busy = t.Unicode(help="name of the offer that is being made").tag(sync=True)
    failure = t.Unicode(help="sentence about what went wrong").tag(sync=True)
    testid = t.Unicode("save", help="data-testid").tag(sync=True)

    def __init__(self, make: Callable[[str], bytes] | None = None, **traits: Any) -> None:
        super().__init__(**traits)
        self.make = make
        self._task: asyncio.Task | None = None
        self.on_msg(self._pressed)

    def _pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        name = content.get("press")
        known = any(offer[0] == name for offer in self.offers)
        if known and self.make is not None and not self.busy and not self.why:
            self._task = asyncio.get_running_loop().create_task(self.press(name))

    async def press(self, name: str) -> bool:
        """Make a file and hand it to the browser; whether that worked.

        Parameters
        ----------
        name
            Name of an offer.
        """
        file = next(offer[2] for offer in self.offers if offer[0] == name)
        self.busy, self.failure = name, ""
        guard = Guard()
        try:
            data = await asyncio.to_thread(self.make, name)
            self.deliver(file, data)
        except CaseError as error:
            self.failure = " ".join(p.sentence for p in error.problems)
        except ValueError as error:
            self.failure = str(error)
        except Exception as error:
            guard.report(error)
            self.failure = f"{file} could not be made. {guard.message}"
        finally:
            self.busy = ""
        return not self.failure


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
