"""A document as PDF: the same blocks on paper, bookmarks, words for every picture, the data attached."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, singledispatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import Align, MethodReturnValue, TableBordersLayout, TableCellFillMode, WrapMode
from fpdf.fonts import FontFace

from twinkit.report.bundle import MEMBER
from twinkit.result import Block, Code, Facts, Heading, Picture, Points, Table, Text, Tree
from twinkit.show.palette import LIGHT
from twinkit.words import STAND_IN, cut, held_together, one_line, visible

if TYPE_CHECKING:
    from twinkit.report.document import Document

FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
TEXT, MONO = "twinkit", "twinkit-mono"
MARGIN, FOOT = 18.0, 20.0
"""Margins [mm]."""
RIGHT_TO_LEFT = ("R", "AL", "AN", "RLE", "RLO", "RLI")


def colour(name: str) -> tuple[int, int, int]:
    """Red, green and blue of a role of the palette."""
    text = LIGHT[name].lstrip("#")
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:6], 16)


@cache
def _letters(file: str) -> frozenset[int]:
    """Characters that a font has a letter for."""
    from fontTools.ttLib import TTFont

    with TTFont(_font(file), lazy=True) as font:
        return frozenset(font.getBestCmap())


def _font(file: str) -> Path:
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / file


def printable(text: str, file: str = FILES[""]) -> str:
    """A text in letters that the font has, in the order in which it is seen.

    Parameters
    ----------
    text
        Any text.
    file
        File of the font.
    """
    from unicodedata import bidirectional

    known = _letters(file)
    shown = "".join(c if ord(c) in known or c in "\n" else _sign(c) for c in visible(text).replace("\t", "    "))
    if any(bidirectional(c) in RIGHT_TO_LEFT for c in shown):
        return "\n".join(BidiParagraph(line).get_reordered_string() for line in shown.split("\n"))
    return shown


def _sign(char: str) -> str:
    """What stands for a character without a letter; nothing for marks that only change their neighbours."""
    from unicodedata import category

    return "" if category(char) in ("Mn", "Me", "Cf") else STAND_IN


class Paper(FPDF):
    """A PDF file in the making.

    Parameters
    ----------
    title, day, lang
        Title, date and language of the document.
    """

    def __init__(self, title: str, day: str, lang: str) -> None:
        super().__init__(format="A4")
        self.heading, self.day = title, day
        logging.getLogger("fontTools.subset").setLevel(logging.WARNING)
        for style, file in FILES.items():
            self.add_font(TEXT, style, _font(file))
        self.add_font(MONO, "", _font("DejaVuSansMono.ttf"))
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(True, FOOT)
        self.set_title(visible(title))
        self.set_lang(lang)
        self.set_creator("twinkit")
        self.set_producer("twinkit")
        self.set_creation_date(datetime.fromisoformat(day).replace(tzinfo=UTC))
        self.pen("", 10)

    def pen(self, style: str = "", size: float = 10, ink: str = "ink", mono: bool = False) -> None:
        """Letters and colour of what is written next; size in points."""
        self.set_font(MONO if mono else TEXT, style, size)
        self.set_text_color(*colour(ink))

    @contextmanager
    def written(self, style: str = "", size: float = 10, ink: str = "ink") -> Iterator[None]:
        """Letters for a block; the ordinary ones afterwards."""
        self.pen(style, size, ink)
        yield
        self.pen()

    def say(
        self,
        text: str,
        size: float = 10,
        style: str = "",
        ink: str = "ink",
        lead: float = 1.4,
        after: float = 2.0,
        **more,
    ) -> None:
        """Write a paragraph.

        Parameters
        ----------
        text
            Any text.
        size, style, ink
            Letters [points], "" or "B", and role of the palette.
        lead, after
            Height of a line [sizes]; room below [mm].
        **more
            ``w`` (width [mm]), ``mono``, and what `multi_cell` of fpdf2 takes.
        """
        mono = more.pop("mono", False)
        self.pen(style, size, ink, mono)
        file = "DejaVuSansMono.ttf" if mono else FILES[style]
        self.multi_cell(more.pop("w", 0), size * lead * 0.3528, printable(text, file), align=more.pop("align", Align.L),
                        new_x="LMARGIN", new_y="NEXT", wrapmode=more.pop("wrapmode", WrapMode.WORD), **more)  # fmt: skip
        self.pen()
        if after:
            self.ln(after)

    def height_of(self, text: str, width: float, size: float, style: str = "", lead: float = 1.4) -> float:
        """Height that a paragraph takes [mm]."""
        self.pen(style, size)
        found = self.multi_cell(width, size * lead * 0.3528, printable(text, FILES[style]), align=Align.L, dry_run=True,
                                output=MethodReturnValue.HEIGHT)  # fmt: skip
        self.pen()
        return float(found)

    def room_for(self, height: float) -> None:
        """Begin a page if so much room is not left on this one [mm]."""
        if self.get_y() + height > self.h - FOOT and self.get_y() > MARGIN + 1:
            self.add_page()

    def rule(self, ink: str = "rule", width: float = 0.2) -> None:
        """A line across the page."""
        self.set_draw_color(*colour(ink))
        self.set_line_width(width)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())

    def close_fonts(self) -> None:
        """Close the files of the fonts, which fpdf2 leaves open."""
        for font in self.fonts.values():
            font.ttfont.close()

    def footer(self) -> None:
        """Title, date and number of the page."""
        self.set_y(-13)
        self.pen("", 7.5, "quiet")
        self.cell(self.epw - 28, 5, printable(f"{self.heading[:90]}  ·  {self.day}"))
        self.cell(28, 5, f"{self.page_no()}", align=Align.R)
        self.pen()


# --- tables on paper: heads on every page, wide tables in parts that repeat the first column


MOST_COLUMNS = 8
"""Columns of a part."""
SIZE = 7.5
"""Letters [points]."""
WIDEST = 62.0
"""Most width that a column asks for [mm]."""
ROOM = 3.0
"""Room on both sides of a text together [mm]."""


def table_on(paper: Paper, block: Table) -> None:
    """Put a table on paper.

    Parameters
    ----------
    paper
        The file.
    block
        The table.
    """
    heads, rows, numeric = block.heads(), block.cells(), block.numeric()
    paper.room_for(26)
    paper.say(cut(block.caption), 9, "B", after=1)
    if not rows:
        paper.say("No rows.", 8.5, ink="quiet")
    for part in _parts(len(heads)) if rows else ():
        _part(paper, [heads[i] for i in part], [[row[i] for i in part] for row in rows], [numeric[i] for i in part])
    if block.left_out:
        paper.say(f"{block.left_out:,} more rows are in the workbook.", 8, ink="quiet")


def _parts(columns: int) -> Iterator[list[int]]:
    """Columns of each part; every part begins with the first."""
    rest = list(range(1, columns))
    step = MOST_COLUMNS - 1
    for at in range(0, max(len(rest), 1), step):
        yield [0, *rest[at : at + step]]


def _part(paper: Paper, heads: list[str], rows: list[list[str]], numeric: list[bool]) -> None:
    heads = [printable(cut(h), FILES["B"]) for h in heads]
    rows = [[printable(held_together(c)) for c in row] for row in rows]
    wide = _widths(paper, heads, rows)
    paper.pen("", SIZE)
    paper.set_draw_color(*colour("rule"))
    paper.set_line_width(0.2)
    head = FontFace(emphasis="BOLD", color=colour("ink"), fill_color=None)
    with paper.table(
        width=paper.epw, col_widths=wide, text_align=tuple("RIGHT" if n else "LEFT" for n in numeric), line_height=SIZE * 0.47,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES, headings_style=head, padding=(1.1, ROOM / 2), v_align="TOP",
        cell_fill_mode=TableCellFillMode.NONE,
    ) as table:  # fmt: skip
        for row in (heads, *rows):
            table.row(row)
    paper.pen()
    paper.ln(4)


def _widths(paper: Paper, heads: list[str], rows: list[list[str]]) -> tuple[float, ...]:
    """Widths of columns [mm]: no word is broken where there is room, and long texts share the rest."""
    need, want = [], []
    for i, head in enumerate(heads):
        paper.pen("B", SIZE)
        words = [paper.get_string_width(w) for w in head.split(" ")]
        paper.pen("", SIZE)
        texts = [row[i] for row in rows]
        words += [paper.get_string_width(w) for text in texts for w in text.split(" ")]
        need.append(min(max(words, default=0.0) + ROOM, WIDEST))
        want.append(max(min(max(map(paper.get_string_width, texts), default=0.0) + ROOM, WIDEST), need[i]))
    spare = paper.epw - sum(need)
    if spare <= 0:
        return tuple(n * paper.epw / sum(need) for n in need)
    share = min(spare / max(sum(want) - sum(need), 1e-9), 1.0)
    found = [n + share * (w - n) for n, w in zip(need, want, strict=True)]
    return tuple(f * paper.epw / sum(found) for f in found)


# --- the document


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
