"""A document as PDF: the same blocks on paper, bookmarks, words for every picture, the data attached."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from fpdf.enums import Align, WrapMode

from twinkit.report.bundle import MEMBER
from twinkit.report.paper import FOOT, MARGIN, Paper, colour, printable
from twinkit.report.pdf_tables import table_on
from twinkit.result import Block, Code, Facts, Heading, Picture, Points, Table, Text, Tree
from twinkit.words import cut, one_line

if TYPE_CHECKING:
    from twinkit.report.document import Document

SIZES = {2: 14.0, 3: 11.5, 4: 10.5}
"""Letters of headings, by level [points]."""
LONGEST_TEXT = 4_000
INDENT, DEEPEST = 4.5, 14
"""Indent of a level of a tree [mm], and the level from which on it grows no more."""
PIXEL = 25.4 / 96
"""Size of a pixel of a screen [mm]."""
TALLEST = 175.0
"""Most height of a picture [mm]."""


def pdf_of(document: Document) -> bytes:
    """The PDF file.

    The document is set twice: only then it is known on which page a section begins.

    Parameters
    ----------
    document
        What it holds.
    """
    return _set(document, _set(document, {})[1])[0]


def _set(document: Document, pages: Mapping[int, int]) -> tuple[bytes, dict[int, int]]:
    """The file, and on which page each section begins, by the number of the section."""
    paper = Paper(one_line(document.title), document.day, document.lang)
    try:
        return _filled(paper, document, pages)
    finally:
        paper.close_fonts()


def _filled(paper: Paper, document: Document, pages: Mapping[int, int]) -> tuple[bytes, dict[int, int]]:
    paper.add_page()
    heads = [one_line(b.text) for b in document.blocks if isinstance(b, Heading) and b.level <= 2]
    heads += ["Glossary"] if document.glossary else []
    links = [paper.add_link() for _ in heads]
    _front(paper, document, heads, links, pages)
    drawings, found = list(document.drawings), {}
    for block, after in zip(document.blocks, [*document.blocks[1:], None], strict=False):
        if isinstance(block, Heading) and block.level <= 2:
            with_it = (
                _measures(paper, drawings[0])[1] if isinstance(after, Picture) else 24.0 * isinstance(after, Table)
            )
            _section(paper, one_line(block.text), links, found, with_it)
        else:
            _put(block, paper, drawings.pop(0) if isinstance(block, Picture) else None)
    if document.glossary:
        _section(paper, "Glossary", links, found)
        _glossary(paper, document.glossary)
    if document.data:
        paper.embed_file(bytes=document.data.encode("ascii"), basename=MEMBER, desc="Data of the report: twinkit.rerun reads it",
                         compress=True, modification_date=paper.creation_date, creation_date=paper.creation_date)  # fmt: skip
    return (bytes(paper.output()) if pages or not heads else b""), found


def _front(paper: Paper, document: Document, heads: list[str], links: list[int], pages: Mapping[int, int]) -> None:
    """Title, what it is about, and the contents."""
    paper.say(document.day, 8.5, ink="quiet", after=1)
    paper.start_section(printable(one_line(document.title)), 0)
    paper.say(one_line(document.title), 21, "B", lead=1.2, after=4)
    paper.rule()
    paper.ln(3)
    for name, value in document.about.items():
        _pair(paper, one_line(name), cut(value, 600), 48.0)
    if heads:
        paper.ln(3)
        paper.say("Contents", 10, "B", after=1)
    for number, (head, link) in enumerate(zip(heads, links, strict=True)):
        paper.pen("", 9)
        paper.cell(paper.epw - 12, 5, printable(head[:90]), link=link)
        paper.cell(12, 5, str(pages.get(number, "")), align=Align.R, link=link, new_x="LMARGIN", new_y="NEXT")


def _section(paper: Paper, text: str, links: list[int], found: dict[int, int], with_it: float = 0.0) -> None:
    """The heading of a section, on the page of what follows it, which needs so much room [mm]."""
    paper.room_for(34 + with_it)
    paper.ln(6)
    number = len(found)
    found[number] = paper.page_no()
    paper.set_link(links[number], y=paper.get_y(), page=paper.page_no())
    paper.rule("ink", 0.5)
    paper.ln(2.5)
    paper.start_section(printable(text), 1)
    paper.say(text, SIZES[2], "B", lead=1.25, after=2.5)


def _pair(paper: Paper, name: str, value: str, wide: float) -> None:
    """A name and, beside it, what it stands for."""
    rest = paper.epw - wide
    high = max(paper.height_of(name, wide - 2, 8.5), paper.height_of(value, rest, 8.5)) + 0.8
    paper.room_for(high)
    top = paper.get_y()
    paper.say(name, 8.5, ink="quiet", after=0, w=wide - 2)
    paper.set_xy(paper.l_margin + wide, top)
    paper.say(value, 8.5, after=0, w=rest)
    paper.set_xy(paper.l_margin, top + high)


def _glossary(paper: Paper, terms: Mapping[str, str]) -> None:
    for term, meaning in terms.items():
        _pair(paper, cut(term), cut(meaning, 600), 52.0)


@singledispatch
def _put(block: Block, paper: Paper, drawn: Any) -> None:
    """Put a block on paper."""
    raise TypeError(f"a document cannot hold {type(block).__name__}")


@_put.register
def _heading(block: Heading, paper: Paper, drawn: Any) -> None:
    level = min(max(block.level, 3), 4)
    paper.room_for(24)
    paper.ln(2)
    paper.start_section(printable(one_line(block.text)), 2)
    paper.say(one_line(block.text), SIZES[level], "B", lead=1.25)


@_put.register
def _text(block: Text, paper: Paper, drawn: Any) -> None:
    look = {"lead": (13.0, "B", "ink"), "quiet": (8.5, "", "quiet"), "warning": (10.0, "B", "ink")}
    size, style, ink = look.get(block.tone, (10.0, "", "ink"))
    mark = "Note: " if block.tone == "warning" else ""
    paper.say(mark + cut(block.text, LONGEST_TEXT), size, style, ink)


@_put.register
def _points(block: Points, paper: Paper, drawn: Any) -> None:
    for item in block.items:
        paper.room_for(8)
        paper.pen()
        paper.cell(5, 4.94, "•")
        with paper.local_context():
            paper.set_left_margin(MARGIN + 5)
            paper.say(cut(item, LONGEST_TEXT), 10, after=0.8)
        paper.set_left_margin(MARGIN)
        paper.set_x(MARGIN)
    paper.ln(1.5)


@_put.register
def _tree(block: Tree, paper: Paper, drawn: Any) -> None:
    if block.caption:
        paper.room_for(20)
        paper.say(cut(block.caption), 9, ink="quiet", after=1)
    for level, branch in block.levels():
        left = MARGIN + INDENT * min(level, DEEPEST)
        paper.room_for(8)
        with paper.local_context():
            paper.set_left_margin(left)
            paper.set_x(left)
            paper.say(cut(branch.text), 9.5, after=0, w=paper.w - paper.r_margin - left)
            paper.set_x(left)
            paper.say(cut(branch.more, 600), 8, ink="quiet", after=1, w=paper.w - paper.r_margin - left)
        paper.set_left_margin(MARGIN)
        paper.set_x(MARGIN)
    paper.ln(1.5)


@_put.register
def _facts(block: Facts, paper: Paper, drawn: Any) -> None:
    gap, many = 4.0, 4 if len(block.items) in (4, 7, 8) else 3
    wide = (paper.epw - gap * (many - 1)) / many
    for at in range(0, len(block.items), many):
        row = [(cut(f.label), cut(f.value), cut(f.interval)) for f in block.items[at : at + many]]
        looks = ((8.0, ""), (13.0, "B"), (7.5, ""))
        highs = [
            sum(paper.height_of(t, wide - 6, *look) for t, look in zip(one, looks, strict=True) if t) for one in row
        ]
        high = max(highs) + 5
        paper.room_for(high + 3)
        top = paper.get_y()
        for i, one in enumerate(row):
            _fact(paper, one, paper.l_margin + i * (wide + gap), top, wide, high)
        paper.set_xy(paper.l_margin, top + high + 3)


def _fact(paper: Paper, texts: Sequence[str], x: float, top: float, wide: float, high: float) -> None:
    paper.set_draw_color(*colour("rule"))
    paper.set_line_width(0.25)
    paper.rect(x, top, wide, high)
    y = top + 2.2
    for text, (size, style, ink) in zip(
        texts, ((8.0, "", "quiet"), (13.0, "B", "ink"), (7.5, "", "quiet")), strict=True
    ):
        if text:
            paper.set_xy(x + 3, y)
            paper.say(text, size, style, ink, after=0, w=wide - 6)
            y = paper.get_y()


@_put.register
def _table(block: Table, paper: Paper, drawn: Any) -> None:
    if block.on_page:
        table_on(paper, block)


@_put.register
def _picture(block: Picture, paper: Paper, drawn: Any) -> None:
    width, height = _measures(paper, drawn)
    caption = cut(drawn.caption, LONGEST_TEXT)
    below = paper.height_of(caption, paper.epw, 8.5) + 3 if caption else 3
    paper.room_for(height + below)
    top = paper.get_y()
    alt = cut(drawn.alt, LONGEST_TEXT)
    paper.image(
        io.BytesIO(drawn.light), x=paper.l_margin, y=top, w=width, h=height, alt_text=alt, title=caption or None
    )
    paper.set_xy(paper.l_margin, min(top + height + 1.5, paper.h - FOOT))
    if caption:
        paper.say(caption, 8.5, ink="quiet", after=3)


def _measures(paper: Paper, drawn: Any) -> tuple[float, float]:
    """Width and height of a picture on paper [mm]."""
    wide, high = drawn.size
    width = min(paper.epw, wide * PIXEL)
    height = width * high / wide
    return (width * TALLEST / height, TALLEST) if height > TALLEST else (width, height)


@_put.register
def _code(block: Code, paper: Paper, drawn: Any) -> None:
    if block.caption:
        paper.room_for(20)
        paper.say(cut(block.caption), 9, ink="quiet", after=1)
    paper.set_draw_color(*colour("rule"))
    paper.set_fill_color(*colour("sea"))
    paper.say(block.text, 8, mono=True, fill=True, wrapmode=WrapMode.CHAR, after=3)
