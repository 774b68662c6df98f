"""The blocks of an answer as widgets: one renderer for the pages, the panels and a study that goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd
import traitlets as t
from ipywidgets import VBox, Widget

from twinkit.apps.canvas import CurvesCanvas
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.keeper import Keeper
from twinkit.apps.kit.parts import Facts as FactsPart
from twinkit.apps.kit.parts import Part, Told, link, saved, style
from twinkit.apps.kit.parts import Picture as PicturePart
from twinkit.apps.kit.parts import Table as TablePart
from twinkit.result import (
    Block,
    Branch,
    Code,
    Course,
    Curve,
    Decide,
    Fact,
    Facts,
    Heading,
    Next,
    Picture,
    Points,
    Shown,
    Table,
    Text,
    Tree,
    Write,
)
from twinkit.study.asked import scenario_of
from twinkit.study.decision import place_of
from twinkit.tables.case import Case
from twinkit.tables.problems import CaseError
from twinkit.words import cell, visible
from twinkit.workbench.answers import STYLE, Asking, DeskPart, fill_block, script, tell
from twinkit.workbench.answers import Heading as HeadingPart
from twinkit.workbench.days import Days, Why, ground_of
from twinkit.workbench.kept import plain


class Drawer:
    """Draws pictures in a thread, one after the other, so that the page stays alive.

    Parameters
    ----------
    guard
        Who is told of errors.
    """

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self._waiting: list[tuple[PicturePart, Callable[[], tuple[Any, bytes, bytes]]]] = []
        self._task: asyncio.Task | None = None
        self._dark = False
        self._makes: WeakKeyDictionary[PicturePart, Callable[[str], Any]] = WeakKeyDictionary()

    def picture(self, make: Callable[[str], Any], name: str, caption: str = "") -> PicturePart:
        """A place for a picture that is drawn soon.

        Parameters
        ----------
        make
            ``make(theme)`` gives the figure; called in a thread.
        name, caption
            Name of its files; line below it.
        """
        return self.again(PicturePart(alt="This picture is being drawn."), make, name, caption)

    def _asked(self, place: PicturePart, content: dict[str, Any], buffers: Any) -> None:
        """The page is dark: what is drawn from now on is drawn for both, and what is there already once more."""
        if content.get("want") != "dark":
            return
        self._dark = True
        if place.png and not place.png_dark and all(place is not one for one, _ in self._waiting):
            make = self._makes[place]
            self._waiting.append((place, lambda: (place.figure, place.png, saved(make("dark"), "png"))))
            self.start()

    def again(self, place: PicturePart, make: Callable[[str], Any], name: str, caption: str = "") -> PicturePart:
        """Draw into a place that is there; what it shows stays until then.  See :meth:`picture`."""
        if place not in self._makes:
            place.on_msg(self.guard(self._asked))
        place.name, place.caption = name, caption
        self._makes[place] = make
        self._waiting.append((place, lambda: drawn(make, self._dark)))
        return place

    def draw(self, function: Callable[..., Any], *args: Any, caption: str = "", **more: Any) -> PicturePart:
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
                place, draw = self._waiting.pop(0)
                with self.guard:
                    place.put(*draw())
            return
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._go_on())

    async def settled(self) -> None:
        """Wait until all is drawn."""
        if self._task is not None:
            await self._task

    async def _go_on(self) -> None:
        while self._waiting:
            place, draw = self._waiting.pop(0)
            with self.guard:
                place.put(*await asyncio.to_thread(draw))


def drawn(make: Callable[[str], Any], dark: bool = True) -> tuple[Any, bytes, bytes]:
    """A figure, and its PNG for a light and for a dark page.

    Parameters
    ----------
    make
        ``make(theme)`` gives the figure.
    dark
        Whether there is a dark page; without one its picture is empty.
    """
    figure = make("light")
    return figure, saved(figure, "png"), saved(make("dark"), "png") if dark else b""


# --- blocks


MAKERS: dict[type, Callable[[Blocks, str, Any], Widget]] = {}
"""Kind of a block → what brings its widget up to date; a question may add a kind of its own."""


class CodePart(Part):
    """Lines of a program behind a button that copies them."""

    _esm = script("copy.js", "code_part.js")
    _css = style("form.css") + (Path(__file__).parent / "workbench.css").read_text(encoding="utf-8")

    text = t.Unicode(help="the lines").tag(sync=True)
    label = t.Unicode("Copy as code", help="text of the button").tag(sync=True)
    testid = t.Unicode("code", help="data-testid").tag(sync=True)


class TreePart(DeskPart):
    """A tree that opens and closes: native ``details``, so keyboard and screen reader know it.

    Nodes are dicts of ``text``, ``more``, ``share`` (0 to 1) and ``children``.
    """

    _esm = script("tree.js")
    _css = f"{DeskPart._css}\n{STYLE}"

    nodes = t.List(t.Dict(), help="see above").tag(sync=True)
    label = t.Unicode(help="name for screen readers").tag(sync=True)
    testid = t.Unicode("tree", help="data-testid").tag(sync=True)


class Blocks:
    """The blocks of an answer, section by section.

    A better answer to the same question changes the widgets that are there: nothing jumps, and
    who reads a table keeps the place.

    Parameters
    ----------
    guard
        Who is told of errors.
    key
        Name of the question, for what tests look for.
    without
        Sections, and names of tables and pictures, that are left out.
    all_columns
        Whether tables, and columns, that a page leaves out are shown.
    here
        Key of the page that this is, for links to others; "" for none.
    pick
        Takes inputs that were picked in the answer, by a row of a table or a period of a curve; a value of None is that
        which an input starts with.

    Attributes
    ----------
    box, top
        The widget that holds all; and the one of the figures that come first, where a page has another place for it.
    source
        Where the case was read from, for what is kept beside it; by default that of ``TWINKIT_CASE``.
    shown
        What is shown now.
    write
        Puts a change of the case into its tables, and gives a sentence about it; None where no tables are edited.
    """

    write: Callable[[Callable[[Case], Case]], str] | None = None

    def __init__(
        self, guard: Guard, key: str, without: Sequence[str] = (), all_columns: bool = True, here: str = "",
        pick: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:  # fmt: skip
        self.pick = pick
        self.guard, self.key, self.without, self.all_columns, self.here = guard, key, set(without), all_columns, here
        self.drawer, self.source = Drawer(guard), ""
        self.box, self.top = VBox(), VBox()
        self.box.add_class("twb-stack")
        self._widgets: dict[tuple[str, ...], Widget] = {}
        self.shown: list[Any] = []

    async def plain(self) -> list[list[Any]]:
        """What is shown as plain data, once its pictures are drawn; see :func:`twinkit.workbench.kept.plain`."""
        await self.drawer.settled()
        return plain(self.shown, [w for w in self._widgets.values() if isinstance(w, PicturePart)])

    def show(self, blocks: Sequence[Block], first: Sequence[Block] = ()) -> None:
        """Show other blocks.

        Parameters
        ----------
        blocks
            What the answer is made of.
        first
            What of it is shown in :attr:`top`, before the rest.
        """
        self.drawer.clear()
        self.shown = list(blocks)
        sections: list[tuple[str, list[Block]]] = [("", [])]
        for block in blocks:
            if isinstance(block, Heading):
                sections.append((block.text, []))
            elif sections[-1][0] not in self.without and getattr(block, "name", "") not in self.without:
                sections[-1][1].append(block)
        before, self._widgets = self._widgets, {}
        self._before, self._facts = before, {}
        put(self.top, [self._section("", first)] if first else [])
        put(self.box, [self._section(title, inside) for title, inside in sections if inside])
        self.drawer.start()

    @property
    def courses(self) -> list[Days]:
        """The maps with days that are shown."""
        return [w.days for k, w in {**self._before, **self._widgets}.items() if k[1] == "map"]

    def kept(self, title: str, kind: str, make: Callable[[], Widget], fits: Callable[[Widget], bool] | None = None) -> Widget:
        """The widget that showed the same thing before, if there is one and it fits what is shown now, else a new one."""
        number = sum(k[:2] == (title, kind) for k in self._widgets)
        key = (title, kind, str(number))
        before = self._before.get(key)
        self._widgets[key] = before if before is not None and (fits is None or fits(before)) else make()
        return self._widgets[key]

    def _section(self, title: str, blocks: Sequence[Block]) -> Widget:
        found: list[Widget] = []
        said: list[str] = []

        def speak() -> None:
            if said:
                box = self.kept(title, "words", lambda: Told(testid=f"{self.key}-words"))
                tell(box, "", said)
                found.append(box)
                said.clear()

        ways: list[Next] = []
        for block, after in zip(blocks, [*blocks[1:], None], strict=True):
            if isinstance(block, Text):
                said.append(block.text)
                continue
            speak()
            if isinstance(block, Next):  # those that follow each other stand in one box
                ways.append(block)
                if not isinstance(after, Next):
                    found.append(_ways(self, title, ways))
                    ways = []
                continue
            if isinstance(block, Table) and not (block.on_page or self.all_columns):
                continue
            found.append(block if isinstance(block, Widget) else MAKERS[type(block)](self, title, block))
            if isinstance(block, Facts):
                found.append(self._why(title, block.items))
        speak()
        box = self.kept(title, "section", VBox)
        box.add_class("twb-part-of-answer")
        head = []
        if title:
            head.append(self.kept(title, "heading", HeadingPart))
            head[0].text = visible(title)
        put(box, [*head, *found])
        return box

    def _why(self, title: str, facts: Sequence[Fact]) -> Widget:
        """Where the figures come from, for the one that is asked about."""
        self._facts |= {f.name or f.label: f for f in facts}
        traced = [f.because for f in facts if f.because is not None]
        if traced or (title, "traced", "0") in self._before:
            box = self.kept(title, "traced", lambda: Why(self).box)
            if traced:
                box.why.close_if_old(traced[0])
            return box
        box = self.kept(title, "why", lambda: Told(testid="why", closes=True, here=self.here))
        if (now := self._facts.get(getattr(box, "about", ""))) and box.sentences:
            tell(box, box.title, now.why[:1], now.why[1:])
        return box

    def asked_why(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A person asks where a figure comes from."""
        fact = self._facts.get(str(content.get("name")))
        kinds = ("traced", "why") if fact is not None and fact.because is not None else ("why",)
        box = next((w for k, w in self._widgets.items() if k[1] in kinds and self._widgets.get((k[0], "facts", k[2])) is widget), None)
        if content.get("press") != "why" or fact is None or box is None:
            return
        label = f"{fact.label[:1].upper()}{fact.label[1:]}"
        if fact.because is not None:
            box.why.ask(f"{label} {fact.value}", fact.because)
            return
        box.about = fact.name or fact.label
        tell(box, f"Why? {label}", fact.why[:1], fact.why[1:])

    def row_chosen(self, part: TablePart, row: int) -> None:
        """A person chooses a row of a table whose cells answer inputs."""
        block: Table = part.block
        if self.pick is not None and block.picks and 0 <= row < len(block.frame):
            cells = block.frame.iloc[row]
            self.pick({name: cells[column] if column else None for name, column in block.picks.items()})

    def period_chosen(self, part: CurvesCanvas, period: int) -> None:
        """A person chooses a period of a curve that answers an input."""
        if self.pick is not None and part.block.picks:
            self.pick({part.block.picks: period})


ROWS = 500
"""Rows of a table of one's own that are shown."""


def blocks_of(result: Any, title: str) -> list[Block | Widget]:
    """The blocks of a result that nobody has written a view for.

    Parameters
    ----------
    result
        A table, a figure, a text or a widget, or a list or dict of them; something else is shown by its
        ``table()`` if it has one, else as text.
    title
        What it is called for screen readers.
    """
    if isinstance(result, Mapping):
        return [block for name, one in result.items() for block in (Heading(str(name)), *blocks_of(one, f"{title}: {name}"))]
    if isinstance(result, (list, tuple)):
        return [block for one in result for block in blocks_of(one, title)]
    if isinstance(result, Widget):
        return [result]
    if callable(getattr(result, "savefig", None)):
        return [Picture(result, getattr(result, "description", title), name=title)]
    if isinstance(result, pd.Series):
        result = result.to_frame()
    if not isinstance(result, pd.DataFrame) and callable(getattr(result, "table", None)):
        result = result.table()
    if not isinstance(result, pd.DataFrame):
        return [Text(str(result))]
    frame = result if isinstance(result.index, pd.RangeIndex) else result.reset_index()
    more = [Text(f"The first {ROWS} of {len(frame):,} rows.")] if len(frame) > ROWS else []
    frame, labels = frame.head(ROWS).set_axis([str(i) for i in range(frame.shape[1])], axis=1), [str(n) for n in frame.columns]
    numbers = [pd.api.types.is_numeric_dtype(k) and not pd.api.types.is_bool_dtype(k) for k in frame.dtypes]
    columns = [Shown(name, label, "", "-" if number else "", write=_exact) for name, label, number in zip(frame.columns, labels, numbers, strict=True)]
    return [Table.of(frame, columns, title, title), *more]


def _exact(value: Any) -> str:
    """A cell with all digits that matter; others may follow from them."""
    return f"{value:,.10g}" if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value else cell(value)


def put(box: VBox, children: Sequence[Widget]) -> None:
    """Other children of a box; the same ones are left alone."""
    if [id(c) for c in box.children] != [id(c) for c in children]:
        box.children = tuple(children)


def _points(blocks: Blocks, title: str, block: Points) -> Widget:
    box = blocks.kept(title, "points", lambda: Told(testid=f"{blocks.key}-points"))
    tell(box, "", [], list(block.items))
    return box


def _facts(blocks: Blocks, title: str, block: Facts) -> Widget:
    def make() -> Widget:
        made = FactsPart(label="Main figures", testid=f"{blocks.key}-facts")
        made.on_msg(blocks.guard(blocks.asked_why))
        return made

    part = blocks.kept(title, "facts", make)
    part.facts = [
        {"name": f.name or f.label, "label": f.label[:1].upper() + f.label[1:], **_value(f.value), "interval": f.interval, "definition": f.definition,
         "tone": f.tone or "none", "why": bool(f.why) or f.because is not None} for f in block.items
    ]  # fmt: skip
    return part


def _value(text: str) -> dict[str, str]:
    """A value and its unit, which never part."""
    rate = next((end for end in (" a year", " each time") if text.endswith(end)), "")  # a part of the unit
    bare = text.removesuffix(rate)
    value, _, unit = bare.rpartition(" ") if text[:1] in "-0123456789>" and text[-1:].isalpha() else (text, "", "")
    return {"value": value, "unit": unit + rate if unit else ""}


def _table(blocks: Blocks, title: str, block: Table) -> Widget:
    def make() -> Widget:
        made = TablePart(selectable=bool(block.picks and blocks.pick), testid=block.name)
        made.observe(blocks.guard(lambda change: blocks.row_chosen(made, change["new"])), "selected")
        return made

    part = blocks.kept(title, f"table {block.name}", make)
    part.block = block
    fill_block(block, part, blocks.all_columns)
    if not (block.leads and blocks.here):
        return part
    rows = blocks.kept(title, f"rows {block.name}", lambda: Rows(part, blocks))
    rows.show(block.leads)
    return rows


class Rows(VBox):
    """A table of which each row leads on to another question."""

    def __init__(self, table: TablePart, blocks: Blocks) -> None:
        self.table, self.leads, self.picked = table, [], ""
        self.way = Told(here=blocks.here, testid="picked")
        super().__init__([table, self.way])
        table.selectable = True
        table.observe(blocks.guard(self._chosen), "selected")

    def show(self, leads: Sequence[Next | tuple[Next, ...]]) -> None:
        """Other rows; the one that was chosen stays so, wherever it stands now."""
        self.leads = [lead if isinstance(lead, tuple) else (lead,) for lead in leads]
        self.table.selected = next((i for i, lead in enumerate(self.leads) if lead[0].text == self.picked), -1)

    def _chosen(self, change: Any) -> None:
        if 0 <= change["new"] < len(self.leads):
            leads = self.leads[change["new"]]
            self.picked = leads[0].text
            self.way.tell("", [], [], [_link(lead) for lead in leads])


def _curve(blocks: Blocks, title: str, block: Curve) -> Widget:
    def make() -> Widget:
        made = CurvesCanvas(ymin=0.0, height=220)
        made.observe(blocks.guard(lambda change: blocks.period_chosen(made, int(change["new"]))), "day")
        return made

    part = blocks.kept(title, f"curve {block.name}", make)
    part.block = block
    part.title, part.unit, part.note, part.word = block.caption, block.unit, block.note, block.word
    part.set([{"name": visible(name), "role": "scenario"} for name in block.lines], list(block.lines.values()))
    return part


def _tree(blocks: Blocks, title: str, block: Tree) -> Widget:
    part = blocks.kept(title, "tree", TreePart)
    part.nodes, part.label = _nodes(block.branches), block.caption
    return part


def _nodes(branches: Sequence[Branch]) -> list[dict[str, Any]]:
    return [{"text": visible(b.text), "more": visible(b.more), "share": float(b.share), "children": _nodes(b.children)} for b in branches]


def _picture(blocks: Blocks, title: str, block: Picture) -> Widget:
    if isinstance(block.figure, bytes):
        place = blocks.kept(title, f"picture {block.name}", lambda: PicturePart(testid=block.name))
        place.put_again(block)
        return place
    make = block.figure if callable(block.figure) else lambda theme, figure=block.figure: figure
    place = blocks.kept(title, f"picture {block.name}", lambda: PicturePart(alt="This picture is being drawn.", testid=block.name))
    return blocks.drawer.again(place, make, block.name, block.caption)


def _code(blocks: Blocks, title: str, block: Code) -> Widget:
    part = blocks.kept(title, "code", CodePart)
    part.text, part.label = block.text, block.caption or "Copy as code"
    return part


def _ways(blocks: Blocks, title: str, ways: Sequence[Next]) -> Widget:
    box = blocks.kept(title, "next", lambda: Told(here=blocks.here, testid="next"))
    box.tell("", [], [], [_link(way) for way in ways] if blocks.here else [])
    return box


def _link(block: Next) -> dict[str, str]:
    return link(block.text, block.question, block.inputs, block.why)


def _course(blocks: Blocks, title: str, block: Course) -> Widget:
    case = scenario_of(block.outcome)[0]

    def make() -> Widget:
        made = Days(blocks, case, block)
        made.box.days = made
        return made.box

    box = blocks.kept(title, "map", make, lambda old: old.days.ground is case.derived(ground_of) and old.days.block.curves == block.curves)
    box.days.show(block)
    return box


def _write(blocks: Blocks, title: str, block: Write) -> Widget:
    def make() -> Widget:
        made, told = Asking(label=block.text, testid="write"), Told(testid="written")
        box = VBox([made, told] if blocks.write is not None else [])

        def pressed(widget: Any, content: dict[str, Any], buffers: Any) -> None:
            try:
                told.tell("", [blocks.write(box.block.change)])
            except CaseError as error:
                told.tell("", [visible(p.sentence) for p in error.problems])

        made.on_msg(blocks.guard(pressed))
        return box

    box = blocks.kept(title, "write", make)
    box.block = block
    if box.children:
        box.children[0].buttons = [["write", block.text]]
    return box


def _decide(blocks: Blocks, title: str, block: Decide) -> Widget:
    def make() -> Widget:
        made = Keeper(lambda: block.found, place_of(blocks.source), blocks.guard, Asking)
        made.box.keeper = made
        return made.box

    box = blocks.kept(title, "decide", make)
    box.keeper.found = lambda: block.found
    return box


MAKERS.update(
    {Points: _points, Facts: _facts, Table: _table, Picture: _picture, Curve: _curve, Tree: _tree, Code: _code, Write: _write,
     Course: _course, Decide: _decide}
)
