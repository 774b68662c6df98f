"""Paper: pages with fonts, colours and a foot, on which any text can be written.

The letters are those of DejaVu, which comes with matplotlib.  What it has no letter for is
written as a visible sign; text from right to left is put in the order in which it is seen.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import matplotlib as mpl
from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import Align, MethodReturnValue, WrapMode

from twinkit.show.palette import LIGHT
from twinkit.words import STAND_IN, visible

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
