"""Pictures of a document as files that are the same to the byte whenever they are drawn."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import matplotlib as mpl
from PIL import Image

from twinkit.result import Picture
from twinkit.show.palette import DRAWING
from twinkit.show.picture import SCREEN_DPI, SHARP, describe
from twinkit.words import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS = SCREEN_DPI * SHARP
"""Dots per inch of a PNG picture."""
COLOURS = 256
"""Colours of a PNG picture: enough for a chart, and a third of the bytes."""


class Drawn:
    """A picture of a document; it is drawn when it is first looked at.

    Parameters
    ----------
    picture
        What to draw.
    name
        Stem of its files.
    """

    def __init__(self, picture: Picture, name: str) -> None:
        self.picture, self.name = picture, name
        self.caption = visible(picture.caption)

    @cached_property
    def figure(self) -> Figure:
        """The figure for a light page."""
        with plain_settings():
            given = self.picture.figure
            return given("light") if callable(given) else given

    @property
    def alt(self) -> str:
        """Text alternative."""
        return visible(self.picture.alt or describe(self.figure) or self.picture.caption or "Picture")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height [pixels of a screen]."""
        wide, high = self.figure.get_size_inches()
        return round(wide * SCREEN_DPI), round(high * SCREEN_DPI)

    @cached_property
    def light(self) -> bytes:
        """PNG for a light page."""
        return _png(self.figure)

    @cached_property
    def dark(self) -> bytes:
        """PNG for a dark page; nothing where the picture has one look only."""
        if not callable(self.picture.figure):
            return b""
        with plain_settings():
            return _png(self.picture.figure("dark"))

    @cached_property
    def svg(self) -> bytes:
        """The picture as SVG, its words as outlines: it looks the same on every computer."""
        file = io.BytesIO()
        with plain_settings():
            self.figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Description": self.alt})
        return file.getvalue()


@contextmanager
def plain_settings() -> Iterator[None]:
    """Draw text as text, without chance in names, and show a box for a letter that the font has not."""
    settings = {"svg.hashsalt": "twinkit", "svg.fonttype": "path", "text.parse_math": False}
    with DRAWING, mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        warnings.filterwarnings("ignore", message=r"Matplotlib currently does not support")
        yield


def _png(figure: Figure) -> bytes:
    dots, small = io.BytesIO(), io.BytesIO()
    with plain_settings():
        figure.savefig(dots, format="rgba", dpi=DOTS)
    width, height = (int(inches * DOTS) for inches in figure.get_size_inches())
    image = Image.frombuffer("RGBA", (width, height), dots.getbuffer())
    few = image.convert("RGB").quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(small, format="png", compress_level=6, dpi=(DOTS, DOTS))  # 9 takes six times as long for a tenth of the bytes
    return small.getvalue()


def stems(pictures: list[Picture]) -> list[str]:
    """Names of the files of some pictures: safe on every system, and each its own.

    Parameters
    ----------
    pictures
        The pictures.
    """
    found: list[str] = []
    for number, picture in enumerate(pictures, 1):
        word = re.sub(r"[^a-z0-9]+", "-", picture.name.casefold()).strip("-")[:40].strip("-")
        found.append(f"{number:02d}-{word or 'picture'}")
    return found
