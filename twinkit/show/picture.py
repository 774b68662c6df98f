"""Pictures: what all figures have in common.

A picture is a matplotlib figure that nothing else holds (no window, no list of open
figures), that a notebook shows by itself, and that carries a text for people who
cannot see it: :func:`describe`.  Names from tables are shown as they are: a ``$`` in
a name starts no formula.
"""

from __future__ import annotations

import base64
import html
import io
import textwrap
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from twinkit.show.palette import DRAWING, THEMES, style
from twinkit.words import digits, scale_of

SCREEN_DPI = 96
SHARP = 2
"""Pixels of a picture in a notebook for each pixel of its place."""


class Picture(Figure):
    """A figure that says in words what it shows.

    Attributes
    ----------
    description
        Text alternative: what is drawn, and what there is to see.
    """

    description: str = ""

    def savefig(self, fname: Any, **more: Any) -> None:
        """Save the figure; PNG, SVG and PDF files carry the description too."""
        kind = str(more.get("format") or getattr(fname, "name", fname)).rsplit(".", 1)[-1].lower()
        key = {"png": "Description", "svg": "Description", "pdf": "Subject"}.get(kind)
        if key and self.description:
            more["metadata"] = {key: self.description, **(more.get("metadata") or {})}
        with DRAWING:
            super().savefig(fname, **more)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=SCREEN_DPI * SHARP)
        data = base64.b64encode(file.getvalue()).decode()
        width = round(self.get_figwidth() * SCREEN_DPI)
        text = html.escape(self.description, quote=True)
        image = f'<img alt="{text}" width="{width}" style="max-width:100%" src="data:image/png;base64,{data}">'
        return {"text/html": image, "text/plain": self.description}


def describe(figure: Figure) -> str:
    """What a figure of this package shows, in words (a text alternative)."""
    return getattr(figure, "description", "")


@contextmanager
def drawing(size: tuple[float, float], theme: str, ax: Axes | None = None, layout: str | None = "constrained"):
    """A new picture to draw on, or the figure of `ax`, with the settings of the theme.

    One thread draws at a time; the others wait here (:data:`DRAWING`).

    Parameters
    ----------
    size
        Width and height [inches].
    theme
        A theme of the palette.
    ax
        Axes to draw on instead.
    layout
        Layout engine of matplotlib, "none" to place axes by hand, or None if they have no ticks either.

    Raises
    ------
    ValueError
        If there is no such theme.
    """
    if theme not in THEMES:
        raise ValueError(f"there is no theme {theme!r}: use {' or '.join(THEMES)}")
    with DRAWING, mpl.rc_context({**style(theme), **_sizes(size[0]), "text.parse_math": False}):
        figure = ax.figure if ax is not None else Picture(figsize=size, layout=layout)
        yield figure
        if ax is not None or layout is not None:
            figure.draw_without_rendering()  # all ticks and labels are made here, with these settings


def _sizes(width: float) -> dict[str, Any]:
    """Sizes of words and lines for a picture of this width [inches]."""
    words = min(max(6.0 + 0.36 * width, 7.0), 10.5)
    return {
        "font.size": words, "axes.titlesize": 1.2 * words, "axes.labelsize": words, "axes.titlepad": 8,
        "xtick.labelsize": 0.92 * words, "ytick.labelsize": 0.92 * words, "legend.fontsize": 0.92 * words,
        "xtick.major.size": 3, "ytick.major.size": 0, "axes.linewidth": 0.8, "xtick.major.width": 0.8,
        "hatch.linewidth": 0.6, "lines.solid_capstyle": "butt", "axes.axisbelow": True, "grid.linewidth": 0.6,
        "svg.fonttype": "none", "pdf.fonttype": 42,
    }  # fmt: skip


def titled(ax: Axes, title: str, more: str = "", theme: str = "light") -> None:
    """Title above the axes, in bold, and a quiet line below it."""
    size = mpl.rcParams["font.size"]
    more = wrapped(more, int(115 / size * ax.figure.get_figwidth()), 2) if more else ""
    ax.set_title(title, loc="left", pad=8 + (1.5 * size * (1 + more.count("\n")) if more else 0))
    if more:
        ax.annotate(
            more, (0, 1), (0, 7), xycoords="axes fraction", textcoords="offset points", ha="left", va="bottom",
            color=THEMES[theme]["quiet"],
        )  # fmt: skip


def wrapped(text: str, width: int, lines: int = 3) -> str:
    """Text in lines of about so many characters; what does not fit ends in "…"."""
    found = textwrap.wrap(" ".join(str(text).split()), width, break_long_words=True) or [""]
    if len(found) > lines:
        found = [*found[: lines - 1], found[lines - 1][: width - 1].rstrip() + "…"]
    return "\n".join(found)


def percent_axis(axis: Any) -> None:
    """Write shares as per cent."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))


def short_axis(axis: Any) -> None:
    """Write numbers short: ``7.06 bn``."""

    def short(value: float, _: float) -> str:
        factor, name = scale_of(value)
        return f"{digits(value / factor)} {name}".strip()

    axis.set_major_formatter(FuncFormatter(short))
