"""A picture that matplotlib has drawn, with its words, and its files to save."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import traitlets as t

from twinkit.apps.kit.parts import Part, script, style
from twinkit.show.palette import DRAWING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 144
"""Pixels per inch of what is shown [1/inch]; the same picture saved as SVG has no pixels."""
ON_SCREEN = 96


class Picture(Part):
    """A drawn picture and its text alternative.

    It is shown as an image, so nothing in it runs, whatever the names in it are.
    """

    _esm = script("deliver.js", "picture.js")
    _css = style("form.css", "picture.css")

    png = t.Bytes(help="the picture").tag(sync=True)
    png_dark = t.Bytes(help="the picture for a dark page; may be empty").tag(sync=True)
    svg = t.Unicode(help="the picture as SVG, shown instead; may be empty").tag(sync=True)
    svg_dark = t.Unicode(help="the SVG for a dark page; may be empty").tag(sync=True)
    alt = t.Unicode(help="what is to be seen, in words").tag(sync=True)
    caption = t.Unicode(help="line below the picture").tag(sync=True)
    name = t.Unicode("picture", help="name of the files, without their ending").tag(sync=True)
    kinds = t.List(t.Unicode(), ["png", "svg"], help="what it can be saved as: png, svg").tag(sync=True)
    width = t.Int(0, help="greatest width [pixels]; 0 for as wide as the page").tag(sync=True)
    testid = t.Unicode("picture", help="data-testid").tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._figure: Figure | None = None
        self.on_msg(self._pressed)

    def show(
        self, figure: Figure, alt: str = "", caption: str = "", name: str = "picture", dark: Figure | None = None
    ) -> None:
        """Show a figure.

        Parameters
        ----------
        figure
            What is shown, and saved.
        alt
            What is to be seen in words; by default what the figure says of itself.
        caption, name
            Line below it, and name of its files.
        dark
            The same on a dark page.

        Raises
        ------
        ValueError
            If nothing says what is to be seen.
        """
        alt = alt or getattr(figure, "description", "")
        if not alt:
            raise ValueError("a picture needs words for people who cannot see it: give alt=…")
        png, png_dark = saved(figure, "png"), saved(dark, "png") if dark is not None else b""
        self._figure = figure
        with self.hold_sync():
            self.png, self.png_dark, self.svg, self.svg_dark = png, png_dark, "", ""
            self.alt, self.caption, self.name = alt, caption, name
            self.width = round(figure.get_figwidth() * ON_SCREEN)
            self.version += 1

    def clear(self) -> None:
        """Show nothing."""
        self._figure = None
        with self.hold_sync():
            self.png, self.png_dark, self.svg, self.svg_dark = b"", b"", "", ""
            self.version += 1

    def _pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """The browser asks for a file that it does not have."""
        kind = content.get("press")
        if self._figure is not None and kind in ("png", "svg"):
            mime = "image/png" if kind == "png" else "image/svg+xml"
            self.deliver(f"{self.name}.{kind}", saved(self._figure, kind), mime)


def saved(figure: Figure, kind: str) -> bytes:
    """A figure as the contents of a file: "png" or "svg"."""
    file = io.BytesIO()
    with DRAWING:  # a figure of somebody else takes no lock itself
        figure.savefig(file, format=kind, dpi=DPI)
    return file.getvalue()
