"""One set of colours, for print and for the screen, that says nothing by colour alone.

The colours are those of Okabe and Ito (2008, "Color universal design"), which people
with any common kind of colour blindness can tell apart; on a dark page the darker
ones are lightened.  Blue means *as usual*, vermilion means *disturbed*.  Whatever
has a colour also has a second mark: a series its dashes, the state of a site its
shape and its hatch, a mode of transport its dashes.

matplotlib takes :func:`series`, :func:`state` and :func:`style`; the canvases in the
browser take :func:`for_browser`, which is the same table as plain data.

>>> series("scenario")["color"], series("scenario")["linestyle"]
('#D55E00', (0, (6, 3)))
>>> [s.name for s in STATES]
['calm', 'slower', 'idling', 'out']
"""

from __future__ import annotations

from threading import RLock
from typing import Any, NamedTuple

DRAWING = RLock()
"""Held while anything is drawn or rendered: the settings of matplotlib and its fonts are those of the whole process."""


class State(NamedTuple):
    """How a site that is in this state looks."""

    name: str
    shape: str
    """Shape on the map in the browser."""
    marker: str
    """The same shape, as matplotlib calls it."""
    hatch: str
    """Hatch of a bar or an area, for matplotlib."""
    meaning: str


STATES = (
    State("calm", "circle", "o", "", "works as usual"),
    State("slower", "diamond", "D", "//", "sends less than 85 % of the usual"),
    State("idling", "triangle", "^", "xx", "sends less than half of the usual"),
    State("out", "square", "X", "..", "more than half of it is down"),
)
"""The states of a site, from good to bad; a map's ``state`` is an index into this."""

ROLES = {"baseline": (), "scenario": (6, 3), "other": (2, 2)}
"""Dashes (points on, points off) of a series, by its role; the empty tuple is solid."""

MODES = {
    "road": (),
    "rail": (7, 2, 2, 2),
    "sea": (7, 4),
    "air": (1.5, 3.5),
    "pipeline": (12, 3),
}
"""Dashes (points on, points off) of a lane, by its mode of transport."""

LIGHT = {
    "baseline": "#0072B2",
    "scenario": "#D55E00",
    "other": "#009E73",
    "loss": "#E69F00",
    "calm": "#0072B2",
    "slower": "#E69F00",
    "idling": "#D55E00",
    "out": "#000000",
    "edge": "#2B333C",
    "lane": "#5B6B7B",
    "page": "#FFFFFF",
    "sea": "#F4F7F9",
    "land": "#DFE4E9",
    "border": "#F4F7F9",
    "ink": "#1D242B",
    "quiet": "#57626D",
    "rule": "#D5DBE1",
    "focus": "#0B57D0",
}
"""Colours by role on a light page; ``ink``, ``quiet`` and ``rule`` are for words and axes."""

DARK = LIGHT | {
    "baseline": "#56B4E9",
    "scenario": "#E8641F",
    "other": "#3CC79B",
    "loss": "#F0C24B",
    "calm": "#56B4E9",
    "slower": "#F0C24B",
    "idling": "#E8641F",
    "out": "#FFFFFF",
    "edge": "#E8EDF2",
    "lane": "#9FB0C0",
    "page": "#15191E",
    "sea": "#12161B",
    "land": "#2A323B",
    "border": "#12161B",
    "ink": "#E8EDF2",
    "quiet": "#A3AFBA",
    "rule": "#38424D",
    "focus": "#8AB4F8",
}
"""The same roles on a dark page."""

THEMES = {"light": LIGHT, "dark": DARK}


def series(role: str, theme: str = "light") -> dict[str, Any]:
    """Return the keywords that draw a series of this role with ``Axes.plot``."""
    dashes = ROLES.get(role, ROLES["other"])
    colour = THEMES[theme].get(role, THEMES[theme]["other"])
    return {"color": colour, "linestyle": (0, dashes) if dashes else "solid"}


def style(theme: str = "light") -> dict[str, Any]:
    """Return matplotlib settings for a figure, to use as ``rc_context(style("dark"))``."""
    c = THEMES[theme]
    return {
        "figure.facecolor": c["page"],
        "savefig.facecolor": c["page"],
        "axes.facecolor": c["page"],
        "axes.edgecolor": c["rule"],
        "axes.labelcolor": c["quiet"],
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "grid.color": c["rule"],
        "hatch.color": c["edge"],
        "text.color": c["ink"],
        "xtick.color": c["quiet"],
        "ytick.color": c["quiet"],
        "legend.frameon": False,
    }


def for_browser() -> dict[str, Any]:
    """Return the whole palette as plain data that can be written as JSON."""
    return {
        **{name: dict(colours) for name, colours in THEMES.items()},
        "states": [s._asdict() for s in STATES],
        "roles": {name: list(dashes) for name, dashes in ROLES.items()},
        "modes": {name: list(dashes) for name, dashes in MODES.items()},
    }
