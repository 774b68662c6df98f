"""Answers as plain data, and back: what was answered before a page was closed is there when it is opened again.

Only what can be read is kept: sentences, figures, tables as texts (with the numbers that they are sorted by), pictures as PNG,
curves and trees, the days of the network and the page of a report.  Buttons and what a report is made of need the result itself:
Run brings it.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twinkit.result import (
    Block,
    Branch,
    Code,
    Curve,
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
)
from twinkit.workbench.answers import LARGE

MOST = 4_000_000
"""Characters of an answer that is kept."""
ROWS = 500
"""Rows of a table that are kept."""


@dataclass(frozen=True)
class Said:
    """A number of a table that is shown as it was written; no float, since pandas would make a plain one of it."""

    number: float
    text: str

    def __float__(self) -> float:
        return self.number


def plain(blocks: Sequence[Any], pictures: Sequence[Any] = (), rows: int = ROWS) -> list[list[Any]]:
    """Blocks as pairs of a kind and plain data; what cannot be kept is left out, and all of it if it is too long.

    Parameters
    ----------
    blocks
        Blocks of an answer.
    pictures
        Its pictures as they were drawn, in their order: with `name`, `png` and `alt`.
    rows
        Most rows of a table that are kept.
    """
    found: list[list[Any]] = []
    drawn: dict[str, list[Any]] = {}
    for place in pictures:
        drawn.setdefault(place.name, []).append(place)
    for b in blocks:
        match b:
            case Heading():
                found.append(["heading", [b.text, b.level]])
            case Text():
                found.append(["text", [b.text, b.tone]])
            case Points():
                found.append(["points", list(b.items)])
            case Facts():
                found.append(["facts", [[f.label, f.value, f.interval, f.definition, f.tone, list(f.why), f.name] for f in b.items]])
            case Table():
                found.append(["table", _plain_table(b, rows)])
            case Curve():
                lines = {n: np.round(np.asarray(v, float), 9).tolist() for n, v in b.lines.items()}
                found.append(["curve", [b.name, b.caption, b.alt, b.unit, b.note, lines, b.word]])
            case Picture() if drawn.get(b.name):
                place = drawn[b.name].pop(0)
                found.append(["picture", [b.name, b.caption, place.alt, base64.b64encode(place.png).decode()]])
            case Tree():
                found.append(["tree", [[_plain_branch(x) for x in b.branches], b.caption]])
            case Code():
                found.append(["code", [b.text, b.language, b.caption]])
            case Next():
                found.append(["next", [b.text, b.question, dict(b.inputs)]])
    return found if len(json.dumps(found)) <= MOST else []


def blocks_of_plain(kept: Sequence[Sequence[Any]]) -> list[Block]:
    """The blocks that :func:`plain` has kept.

    Raises
    ------
    KeyError, TypeError, ValueError
        If they are not what it makes.
    """
    make: dict[str, Any] = {
        "heading": lambda text, level: Heading(str(text), int(level)), "text": lambda text, tone: Text(str(text), str(tone)),
        "points": lambda *items: Points([str(x) for x in items]), "table": _table, "code": lambda *x: Code(*map(str, x)),
        "facts": lambda *items: Facts([Fact(*map(str, x[:5]), why=[str(w) for w in x[5]], name=str(x[6])) for x in items]),
        "curve": lambda name, caption, alt, unit, note, lines, word="day": Curve(
            b"", str(alt), str(caption), str(name), {str(n): np.asarray(v, float) for n, v in lines.items()}, str(unit), str(note), str(word)),
        "picture": lambda name, caption, alt, png: Picture(base64.b64decode(png, validate=True), str(alt), str(caption), str(name)),
        "tree": lambda branches, caption: Tree([_branch(x) for x in branches], str(caption)),
        "next": lambda text, question, inputs: Next(str(text), str(question), dict(inputs)),
    }  # fmt: skip
    return [make[kind](*data) for kind, data in kept]


def _plain_table(block: Table, most: int) -> list[Any]:
    if block.columns:
        rows = block.frame.head(most).to_dict("records")
        heads = [[c.label, c.meaning, bool(c.unit) and c.row is None, c.page] for c in block.columns]
        cells = [[_cell(c.text(row), row.get(c.name)) for c in block.columns] for row in rows]
    else:
        heads = [[h, block.definitions.get(str(n), ""), False, True] for n, h in zip(block.shown.columns, block.heads(), strict=True)]
        cells = [[[text] for text in row] for row in block.cells(most)]
    return [block.caption, block.name, block.on_page, heads, cells]


def _cell(text: str, value: Any) -> list[Any]:
    """A cell: its text and, of a number, what it is sorted by (None: it is none, and comes last)."""
    try:
        number = float(value) if not isinstance(value, str) else None
    except (TypeError, ValueError):
        number = None
    if number is None:
        return [text]
    return [text, None if math.isnan(number) else max(min(number, LARGE), -LARGE)]


def _table(caption: str, name: str, on_page: bool, heads: Sequence[Sequence[Any]], cells: Sequence[Sequence[Any]]) -> Table:
    columns = [Shown(str(i), str(label), str(meaning), "-" if number else "", write=_text, page=bool(page)) for i, (label, meaning, number, page) in enumerate(heads)]
    frame = pd.DataFrame([[_said(*cell) for cell in row] for row in cells], columns=[c.name for c in columns], dtype=object)
    return Table.of(frame, columns, str(caption), str(name), bool(on_page))


def _said(text: str, *number: float | None) -> str | Said:
    return Said(math.nan if number[0] is None else float(number[0]), str(text)) if number else str(text)


def _text(value: str | Said) -> str:
    return value.text if isinstance(value, Said) else value


def _plain_branch(branch: Branch) -> list[Any]:
    return [branch.text, branch.more, float(branch.share), [_plain_branch(x) for x in branch.children]]


def _branch(kept: Sequence[Any]) -> Branch:
    text, more, share, children = kept
    return Branch(str(text), str(more), float(share), [_branch(x) for x in children])


FINE = 100
"""Steps of a share in days that are kept; 2.55 is the largest."""


def packed_days(arrays: Mapping[str, np.ndarray]) -> dict[str, list[str]]:
    """Arrays of days as text, shares in hundredths; {} if they are too long to be kept."""
    found = {}
    for name, values in arrays.items():
        share = values.dtype.kind == "f"
        whole = np.clip(np.round(np.nan_to_num(values) * FINE), 0, 255) if share else values
        bytes_ = zlib.compress(np.ascontiguousarray(whole, np.uint8).tobytes())
        found[name] = ["share" if share else "", base64.b64encode(bytes_).decode()]
    return found if sum(len(text) for _, text in found.values()) <= MOST else {}


def days_of_packed(kept: Mapping[str, Sequence[str]], days: int) -> dict[str, np.ndarray]:
    """The arrays that :func:`packed_days` has packed, shape (days, columns).

    Raises
    ------
    KeyError, TypeError, ValueError
        If they are not what it makes.
    """
    found = {}
    for name, (kind, text) in kept.items():
        try:
            values = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8).reshape(days, -1)
        except zlib.error as error:
            raise ValueError(f"{name} is no packed array") from error
        found[name] = values / FINE if kind else values
    return found
