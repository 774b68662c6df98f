"""What the answers of the panels are made of: tables with units and definitions, pictures, sentences, inputs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import traitlets as t
from ipywidgets import VBox, Widget

from twinkit.apps.canvas import source
from twinkit.apps.kit.parts import Form, Part, Table, Told, style
from twinkit.result import Shown
from twinkit.result import Table as TableBlock
from twinkit.words import visible

HERE = Path(__file__).parent


def script(*names: str) -> str:
    """Files of this folder as the script of a widget."""
    return "\n".join([source("common.js", "number_field.js"), *((HERE / name).read_text(encoding="utf-8") for name in names)])


class DeskPart(Part):
    """A part of the workbench in the colours of the palette."""

    _css = style("form.css", "head.css") + (HERE / "workbench.css").read_text(encoding="utf-8")


LARGE = 1e300
"""Stands for infinity where a table is sorted: a page knows no infinite number."""
STYLE = (HERE / "answers.css").read_text(encoding="utf-8")


class Heading(DeskPart):
    """A heading within an answer, as text."""

    _esm = script("heading.js")
    _css = f"{DeskPart._css}\n{STYLE}"

    text = t.Unicode(help="what it says").tag(sync=True)


class Asking(Form):
    """A form of a panel; it brings the looks of the answers with it."""

    _css = f"{Form._css}\n{STYLE}"


def fill_block(block: TableBlock, table: Table, all_columns: bool = True) -> Table:
    """Show a table of an answer.

    Parameters
    ----------
    block
        The table of the answer.
    table
        Where it is shown.
    all_columns
        Whether columns that a page leaves out are shown.
    """
    if block.columns:
        told = [block.rows.get(str(v), "") for v in block.frame[block.columns[0].name]] if block.rows else []
        fill(table, block.frame, [c for c in block.columns if c.page or all_columns], block.caption, tips=told)
        return table
    texts = block.shown
    heads = [Shown(n, h, block.definitions.get(n, "")) for n, h in zip(map(str, texts.columns), block.heads(), strict=True)]
    fill(table, pd.DataFrame(block.cells(None), columns=[c.name for c in heads]), heads, block.caption)
    return table


def fill(table: Table, frame: pd.DataFrame, columns: Sequence[Shown], caption: str, **more: Any) -> None:
    """Show rows of a frame in a table, in declared columns."""
    heads = [{"name": c.name, "label": c.label, "definition": c.meaning,
              "kind": "number" if c.unit else "text"} for c in columns]  # fmt: skip
    records = frame.to_dict("records")
    rows = [[c.text(row) for c in columns] for row in records]
    caption = visible(caption)
    table.show(heads, rows, sort=[[_sorted(row[c.name]) for c in columns] for row in records], caption=caption, **more)


def _sorted(value: Any) -> Any:
    if isinstance(value, str):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    if math.isnan(number):
        return None
    return math.copysign(LARGE, number) if math.isinf(number) else number


def told(sentences: Iterable[str], title: str = "", items: Sequence[str] = (), testid: str = "told") -> Told:
    """Sentences on the page, as text."""
    box = Told(testid=testid)
    tell(box, title, sentences, items)
    return box


def tell(box: Told, title: str, sentences: Iterable[str], items: Iterable[str] = ()) -> None:
    """Say something else in a box; letters that turn or break what follows are shown as signs."""
    box.tell(visible(title), [visible(s) for s in sentences], [visible(i) for i in items])


def part(title: str, *children: Widget) -> VBox:
    """A part of an answer: a heading and widgets."""
    head = [Heading(text=title)] if title else []
    box = VBox([*head, *children])
    box.add_class("twb-part-of-answer")
    return box


def field(name: str, kind: str, label: str, **more: Any) -> dict[str, Any]:
    """A field of a form."""
    return {"name": name, "type": kind, "label": label, **more}


def number(
    name: str, label: str, unit: str = "", low: float = 0, high: float = 1e12, step: float = 1, **more: Any
) -> dict[str, Any]:
    """A field for a number that is typed: it has no natural end, so a slider would say nothing."""
    ends = {"low": low, "high": high, "step": step}
    return {"name": name, "type": "number", "label": label, "unit": unit, "plain": True, **ends, **more}
