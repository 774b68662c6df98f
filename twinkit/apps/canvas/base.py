"""What both canvases share on the Python side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets as t

from twinkit.show import palette

HERE = Path(__file__).parent


def source(*names: str) -> str:
    """Return files of this folder one after another: that is all the bundling there is."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


def as_bytes(values: Any, kind: type, shape: tuple[int, ...], what: str) -> bytes:
    """Return an array as bytes, row by row; complain if it has another shape.

    >>> len(as_bytes([[1, 2]], np.float32, (1, 2), "fill"))
    8
    >>> as_bytes([[1, 2]], np.float32, (2, 2), "fill")
    Traceback (most recent call last):
        ...
    ValueError: fill has the shape (1, 2); it must be (2, 2).
    """
    array = np.asarray(values, dtype=kind)
    if array.shape != shape:
        raise ValueError(f"{what} has the shape {array.shape}; it must be {shape}.")
    return array.tobytes()


class Canvas(anywidget.AnyWidget):
    """A canvas that shows days and has a look."""

    day = t.Int(0, min=0, help="the day that is shown, from 0; a person may change it").tag(sync=True)
    word = t.Unicode("day", help="what a period is called").tag(sync=True)
    marks = t.List(help="events: dicts of day, label and, if it is the end of one, kind='end'").tag(sync=True)
    colours = t.Dict(help="the palette, as palette.for_browser() returns it").tag(sync=True)
    theme = t.Enum(["auto", "light", "dark"], "auto", help="auto follows the page").tag(sync=True)
    height = t.Int(460, min=120, help="pixels; less where the page is narrow").tag(sync=True)
    version = t.Int(0, help="how many data sets Python has sent").tag(sync=True)

    @t.default("colours")
    def _colours(self) -> dict[str, Any]:
        return palette.for_browser()
