"""Names and numbers as text that every format can show.

A name from a table may hold anything: control characters, half of a character, ten
thousand letters.  What cannot be shown gets a visible stand-in; what is too long for a
page is cut with a mark, and the workbook and the data of the report have all of it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

LONGEST_CELL = 200
"""Characters of a cell that a page shows."""
LONGEST_TITLE = 120
"""Characters of a title or heading that a page shows."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that make what follows look like something else."""
STAND_IN = "\ufffd"
"""Shown for what is no character."""


def visible(text: Any) -> str:
    """A text without control characters and halves of characters; a visible sign stands for each.

    Examples
    --------
    >>> visible("a" + chr(0) + "b"), visible("half" + chr(0xD800))
    ('a␀b', 'half�')
    """
    return "".join(c if c.isprintable() or c == "\n" else _sign(c) for c in str(text))


def _sign(char: str) -> str:
    code = ord(char)
    if code < 32:
        return "\t" if char == "\t" else chr(0x2400 + code)
    if code == 127:
        return "\u2421"
    if char in TURNING:
        return STAND_IN
    kind = unicodedata.category(char)
    return STAND_IN if kind in ("Cc", "Cs", "Cn", "Co") else char


def one_line(text: Any, longest: int = LONGEST_TITLE) -> str:
    """A text on one line, cut after so many characters.

    Examples
    --------
    >>> one_line("two   words"), one_line("x" * 9, 5)
    ('two words', 'xxxx…')
    """
    words = " ".join(visible(text).split())
    return words if len(words) <= longest else words[: longest - 1] + "…"


def short_names(names: Sequence[str], longest: int = 60) -> list[str]:
    """Names on one line, cut where they are too long, and each still its own.

    Examples
    --------
    >>> short_names(["x" * 9, "x" * 8, "y"], 5)
    ['xxxx…', 'xxxx… 2', 'y']
    """
    found: list[str] = []
    for name in names:
        short = one_line(name, longest) or "unnamed"
        same = sum(other == short or other.startswith(f"{short} ") for other in found)
        found.append(f"{short} {same + 1}" if short in found else short)
    return found


def cut(text: Any, longest: int = LONGEST_CELL) -> str:
    """A text of a cell: cut with its length where it is too long.

    Examples
    --------
    >>> cut("x" * 300, 4)
    'xxxx… (300 characters)'
    """
    whole = visible(text)
    return whole if len(whole) <= longest else f"{whole[:longest]}… ({len(whole):,} characters)"


def cell(value: Any) -> str:
    """A value of a table as a page shows it.

    Examples
    --------
    >>> cell(1234567.0), cell(0.51234), cell(True), cell(float("nan")), cell(float("inf")), cell(3)
    ('1,234,567', '0.512', 'yes', '–', '∞', '3')
    """
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or value != value:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return _digits(value)
    if isinstance(value, (tuple, list, set)):
        return cut(", ".join(map(str, value))) or "–"
    if isinstance(value, dict):
        return cut("; ".join(f"{k} = {cell(v)}" for k, v in value.items())) or "–"
    return cut(value)


def _digits(value: float) -> str:
    from twinkit.show.picture import digits

    return digits(value)


def held_together(text: str) -> str:
    """A number and its unit on one line; an interval may be broken before "to".

    Examples
    --------
    >>> held_together("2 M EUR to 3 M EUR").count(" ")
    1
    """
    number = len(text) < 60 and (text[:1].isdigit() or text[:1] in "-+−>")
    return (
        text.replace(" ", "\u00a0").replace("\u00a0to\u00a0", " to\u00a0").replace("\u00a0(", " (") if number else text
    )
