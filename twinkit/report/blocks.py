"""What a document is made of.

A block holds plain data; how it looks is the matter of the format that shows it.  Text in
blocks is text: it is escaped wherever a page is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from twinkit.report.text import cell

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 60
"""Rows of a table that a page shows; the workbook has all."""


@dataclass(frozen=True)
class Heading:
    """A heading.

    Attributes
    ----------
    text, level
        What it says; 2 for a section, 3 for a part of one (1 is the title of the document).
    """

    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    """A paragraph.

    Attributes
    ----------
    text, tone
        What it says; "plain", "lead" (large, at the top), "quiet" (small) or "warning".
    """

    text: str
    tone: str = "plain"


@dataclass(frozen=True)
class Points:
    """Sentences as a list.

    Attributes
    ----------
    items
        The sentences.
    """

    items: Sequence[str]


@dataclass(frozen=True)
class Fact:
    """A number that is worth being large.

    Attributes
    ----------
    label, value, interval
        Its name, the number with its unit, and how sure it is, in words.
    definition
        What it means.
    """

    label: str
    value: str
    interval: str = ""
    definition: str = ""


@dataclass(frozen=True)
class Facts:
    """Some numbers that are worth being large.

    Attributes
    ----------
    items
        The numbers.
    """

    items: Sequence[Fact]


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    frame
        Every row and column, numbers as numbers: this is what a workbook holds.
    caption
        What it shows.
    definitions
        Column → what it means.
    units
        Column → unit.
    rows
        Cell of the first column → what it means.
    texts
        The same rows as a page shows them, with columns of its own; by default made of `frame`.
    name
        Name of the worksheet; by default the caption.
    on_page
        Whether a page shows it; the workbook has it in any case.
    """

    frame: pd.DataFrame
    caption: str
    definitions: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)
    texts: pd.DataFrame | None = None
    name: str = ""
    on_page: bool = True

    def heads(self) -> list[str]:
        """Columns that a page shows, with units where the cells have none."""
        names = self.shown.columns
        if self.texts is not None:
            return [str(n) for n in names]
        return [f"{n} [{self.units[n]}]" if self.units.get(n) else str(n) for n in names]

    @property
    def shown(self) -> pd.DataFrame:
        """The rows as a page shows them."""
        return self.frame if self.texts is None else self.texts

    def cells(self, most: int | None = MOST_ROWS) -> list[list[str]]:
        """Rows of texts for a page.

        Parameters
        ----------
        most
            Rows after which it is cut; None for all.
        """
        rows = self.shown if most is None else self.shown.head(most)
        return [[cell(v) for v in row] for row in rows.itertuples(index=False, name=None)]

    @property
    def left_out(self) -> int:
        """Rows that a page does not show."""
        return max(len(self.shown) - MOST_ROWS, 0)

    def numeric(self) -> list[bool]:
        """Which of the columns that a page shows hold numbers."""
        kinds = self.shown.dtypes
        if self.texts is not None:
            return [i > 0 and _numbers(self.texts.iloc[:, i].tolist()) for i in range(len(kinds))]
        return [bool(pd.api.types.is_numeric_dtype(k)) and not pd.api.types.is_bool_dtype(k) for k in kinds]


def _numbers(texts: Sequence[object]) -> bool:
    """Whether most of the texts of a column begin with a number."""
    said = [str(t) for t in texts if str(t) not in ("", "–", "never", "not defined")]
    return 2 * sum(t.lstrip("-+−> ")[:1].isdigit() for t in said) >= len(said)


@dataclass(frozen=True)
class Picture:
    """A picture.

    Attributes
    ----------
    figure
        A matplotlib figure; or a function of the theme ("light", "dark") that draws one, so that a
        page can show it in either.
    alt
        Text alternative; by default what the figure itself says of what it shows.
    caption
        What stands below it.
    name
        Stem of its files.
    """

    figure: Figure | Callable[[str], Figure]
    alt: str = ""
    caption: str = ""
    name: str = "picture"


@dataclass(frozen=True)
class Code:
    """Lines of a program, shown as they are.

    Attributes
    ----------
    text, language, caption
        The lines; what they are written in; what they do.
    """

    text: str
    language: str = "python"
    caption: str = ""


Block = Heading | Text | Points | Facts | Table | Picture | Code


def definitions_of(blocks: Sequence[Block]) -> dict[str, str]:
    """Everything that the blocks of a document define, in the order of the alphabet.

    Parameters
    ----------
    blocks
        Blocks of a document.
    """
    found: dict[str, str] = {}
    for block in blocks:
        if isinstance(block, Table) and block.on_page:
            shown = {str(c) for c in block.shown.columns}
            told = {**{k: v for k, v in block.definitions.items() if k in shown}, **block.rows}
        elif isinstance(block, Facts):
            told = {f.label: f.definition for f in block.items}
        else:
            continue
        for term, meaning in told.items():
            if meaning:
                found.setdefault(str(term), str(meaning))
    return dict(sorted(found.items(), key=lambda item: item[0].casefold()))
