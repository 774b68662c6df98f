"""What an answer is made of, whatever shows it: a page, a panel, a notebook, a report, a terminal.

A block holds plain data; how it looks is the matter of the door that shows it.  Text in
blocks is text: it is escaped wherever a page is made of it.  A column of a table is declared
once, as :class:`Shown`: header, meaning, unit, interval and form come from there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from twinkit.words import INTERVAL, cell, one_line, sure, visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from twinkit.tables.case import Case

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
    tone
        "better", "worse" or "".
    why
        Sentences on where it comes from, for who asks.
    name
        Name that stays the same while the label changes; by default the label.
    because
        An outcome whose shortages are traced back for who asks, beside the page; None if there is no
        need.  Documents leave it out.
    """

    label: str
    value: str
    interval: str = ""
    definition: str = ""
    tone: str = ""
    why: Sequence[str] = ()
    name: str = ""
    because: Any = None


@dataclass(frozen=True)
class Facts:
    """Some numbers that are worth being large.

    Attributes
    ----------
    items
        The numbers.
    """

    items: Sequence[Fact]


class Shown(NamedTuple):
    """A column of the table of an answer.

    Attributes
    ----------
    name, label, meaning
        Column of the frame; what a person calls it; what it means.
    unit
        Unit of a number, "share" and "-" as :func:`~twinkit.words.amount` reads them; "" for text.
    span
        Columns of the frame that hold the ends of its interval, or ().
    write
        Writes a value; by default it is written by its unit.
    page
        Whether a page has it; a workbook and an analyst's panel have it in any case.
    row
        Writes the cell of a whole row, where the column alone does not say enough.
    """

    name: str
    label: str
    meaning: str
    unit: str = ""
    span: tuple[str, ...] = ()
    write: Callable[[Any], str] | None = None
    page: bool = True
    row: Callable[[Mapping[str, Any]], str] | None = None

    def text(self, row: Mapping[str, Any]) -> str:
        """The cell of a row, as a person reads it."""
        if self.row is not None:
            return visible(self.row(row))
        value = row[self.name]
        if self.write is not None:
            return visible(self.write(value))
        if not self.unit:
            return "" if value is None or value != value else visible(value)
        value = math.nan if value is None else float(value)
        return "" if math.isnan(value) else sure((value, *(row[s] for s in self.span)), self.unit)


@dataclass(frozen=True)
class Table:
    """A table; :meth:`of` makes one of declared columns.

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
    columns
        Its columns, where they were declared.
    picks
        Input of the question → column whose cell answers it when a row is chosen, or "" to begin anew.
    leads
        Question that each row leads on to, or several, on a page where a row can be chosen.
    """

    frame: pd.DataFrame
    caption: str
    definitions: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)
    texts: pd.DataFrame | None = None
    name: str = ""
    on_page: bool = True
    columns: Sequence[Shown] = ()
    picks: Mapping[str, str] = field(default_factory=dict)
    leads: Sequence[Next | tuple[Next, ...]] = ()

    @classmethod
    def of(
        cls, frame: pd.DataFrame, columns: Sequence[Shown], caption: str, name: str, on_page: bool = True,
        rows: Mapping[str, str] | None = None, leads: Sequence[Next | tuple[Next, ...]] = (),
    ) -> Table:  # fmt: skip
        """A table of declared columns.

        Parameters
        ----------
        frame
            Every row; columns that are not declared stay in the workbook alone, without a meaning.
        columns
            What a person sees, in this order.
        caption, name, on_page, rows, leads
            As the attributes.
        """
        records = frame.to_dict("records")
        seen = [c for c in columns if c.page]
        cells = [[c.text(row) for c in seen] for row in records]
        texts = pd.DataFrame(cells, columns=[c.label for c in seen], dtype=object)  # two columns may have one label
        meanings = {c.name: c.meaning for c in columns} | {c.label: c.meaning for c in seen}
        meanings |= {end: f"{INTERVAL}: {c.label}" for c in columns for end in c.span}
        units = {n: c.unit for c in columns if c.unit not in ("", "-") for n in (c.name, *c.span)}
        return cls(frame, caption, meanings, units, rows or {}, texts, name, on_page, columns, leads=leads)

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


    def html(self) -> str:
        """The table for a notebook: a caption, heads of rows and columns, definitions as titles; all text is escaped."""
        names = [str(n) for n in self.shown.columns]
        heads = "".join(f'<th scope="col"{_title(self.definitions.get(n, ""))} style="{_side(i)}">{escape(h)}</th>'
                        for i, (n, h) in enumerate(zip(names, self.heads(), strict=True)))  # fmt: skip
        body = []
        for first, *rest in self.cells():
            title = _title(self.rows.get(first, ""))
            name = f'<th scope="row"{title} style="{_side(0)};font-weight:normal">{escape(first)}</th>'
            body.append(f"<tr>{name}{''.join(f'<td style={chr(34)}{_side(1)}{chr(34)}>{escape(c)}</td>' for c in rest)}</tr>")
        caption = f'<caption style="text-align:left;font-weight:bold">{escape(visible(self.caption))}</caption>'
        return (f'<table class="twinkit-table" style="border-collapse:collapse">{caption}'
                f"<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table>")  # fmt: skip

    def _repr_html_(self) -> str:
        return self.html()

    def __str__(self) -> str:
        return "\n".join(_lines(replace(self, on_page=True))).strip("\n")

    __repr__ = __str__


def _title(text: str) -> str:
    return f' title="{escape(text)}"' if text else ""


def _side(column: int) -> str:
    return f"text-align:{'right' if column else 'left'};padding:2px 10px"


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
        page can show it in either; or the PNG of one that was drawn before.
    alt
        Text alternative; by default what the figure itself says of what it shows.
    caption
        What stands below it.
    name
        Stem of its files.
    """

    figure: Figure | Callable[[str], Figure] | bytes
    alt: str = ""
    caption: str = ""
    name: str = "picture"


@dataclass(frozen=True)
class Curve(Picture):
    """Lines over the periods: a page with widgets shows them live, everything else shows the picture.

    Attributes
    ----------
    lines
        Name → mean, low and high by period, shape (3, periods).
    unit
        Unit of the values.
    note
        What a page with widgets says below them.
    word
        What a period is called.
    picks
        Input of the question that a click on a period answers; "" for none.
    """

    lines: Mapping[str, np.ndarray] = field(default_factory=dict)
    unit: str = "share"
    note: str = ""
    word: str = "day"
    picks: str = ""


@dataclass(frozen=True)
class Branch:
    """A branch of a tree.

    Attributes
    ----------
    text, more
        What it is, and what is said of it beside it, more quietly.
    share
        Its part of the whole [share].
    children
        Branches that grow from it, the largest first.
    """

    text: str
    more: str = ""
    share: float = 1.0
    children: Sequence[Branch] = ()


@dataclass(frozen=True)
class Tree:
    """Something and what it comes of, branch by branch.

    Attributes
    ----------
    branches
        Where it begins.
    caption
        What it shows.
    """

    branches: Sequence[Branch]
    caption: str = ""

    def levels(self) -> Iterator[tuple[int, Branch]]:
        """Every branch with its distance from the root, in the order of reading."""

        def below(branches: Sequence[Branch], level: int) -> Iterator[tuple[int, Branch]]:
            for branch in branches:
                yield level, branch
                yield from below(branch.children, level + 1)

        return below(self.branches, 0)

    def lines(self) -> list[str]:
        """Every branch as a line of text, indented by its level."""
        return ["  " * level + ": ".join(part for part in (b.text, b.more) if part) for level, b in self.levels()]


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


@dataclass(frozen=True)
class Next:
    """A question that may be asked next; where there are no other pages it is left out.

    Attributes
    ----------
    text, question, inputs
        What the link says; key of the question; what it is asked with.
    why
        A sentence on why it cannot be asked here; the link is grey then.
    """

    text: str
    question: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True)
class Write:
    """A change of the tables that follows from an answer, behind a button; where no tables are edited it is left out.

    Attributes
    ----------
    text, change
        What the button says; the case → the changed case.
    """

    text: str
    change: Callable[[Case], Case]


@dataclass(frozen=True)
class Card:
    """A KPI in every case, and what has changed.

    Attributes
    ----------
    name, label, definition
        The KPI, what it is called, and what it means.
    rows
        Case, text and role (baseline, scenario or other) of every line.
    change, tone
        What has changed, in words; "better", "worse", "unclear" or "none".
    """

    name: str
    label: str
    definition: str
    rows: Sequence[Sequence[str]]
    change: str
    tone: str


@dataclass(frozen=True)
class Course:
    """The days of a run on the map, with a slider; documents leave it out.

    Attributes
    ----------
    outcome, measured
        What was run, with its maps; and the same with measures, or None.
    picked
        The site that stands out, or "".
    curves
        Whether service and stock day by day stand beside it.
    cards
        What stands below it.
    picks
        Input of the question that takes a site that is picked on the map; "" for none.
    """

    outcome: Any
    picked: str = ""
    measured: Any = None
    curves: bool = False
    cards: Sequence[Card] = ()
    picks: str = ""


@dataclass(frozen=True)
class Decide:
    """A form to keep the decision to do what is recommended; documents leave it out.

    Attributes
    ----------
    found
        The recommendation.
    """

    found: Any


Block = Heading | Text | Points | Facts | Table | Picture | Tree | Code | Next | Write | Course | Decide
PAGE_ONLY = (Next, Write, Course, Decide)
"""Kinds of blocks that a document has no place for."""


@dataclass
class Answer:
    """What came of a question.

    Attributes
    ----------
    title
        What it is called if nobody says.
    blocks
        What it is made of, in the order of reading, but for how it was worked out and how to do it again.
    about
        What it says of itself at the top: name → value.
    method
        Sentences on how it was worked out.
    case
        The case that was looked at, where the question does not say.
    """

    title: str
    blocks: list[Block]
    about: dict[str, str]
    method: list[str] = field(default_factory=list)
    case: Case | None = None

    def __str__(self) -> str:
        """The answer for a terminal: sentences, figures and the first rows of tables."""
        title = one_line(self.title, LONGEST_LINE)
        return "\n".join([title, "=" * len(title), "", *(line for b in self.blocks for line in _lines(b))])


def led(sentences: Sequence[str]) -> list[Block]:
    """Sentences at the top: the first one large."""
    first, *rest = [s for s in sentences if s] or [""]
    return [Text(first, "lead"), *(Text(s) for s in rest)]


LONGEST_LINE = 10_000
"""Characters of a sentence that a terminal shows; it has no line breaks of its own, so that none can be forged."""
TERMINAL_ROWS = 12
"""Rows of a table that a terminal shows."""


def _lines(block: Block) -> list[str]:
    """A block for a terminal: text without anything that could steer it."""
    if isinstance(block, Heading):
        return ["", one_line(block.text), "-" * len(one_line(block.text))]
    if isinstance(block, Text):
        return [one_line(block.text, LONGEST_LINE)]
    if isinstance(block, Points):
        return [f"- {one_line(item, LONGEST_LINE)}" for item in block.items]
    if isinstance(block, Facts):
        return [f"{one_line(f.label)}: {one_line(f.value)}" + (f" ({one_line(f.interval)})" if f.interval else "") for f in block.items]
    if isinstance(block, Tree):
        indent = [(len(line) - len(line.lstrip()), line) for line in block.lines()]
        return ["", one_line(block.caption), *(" " * n + one_line(line.lstrip(), LONGEST_LINE) for n, line in indent)]
    if isinstance(block, Table) and block.on_page:
        cells = [[one_line(c, 40) for c in row] for row in [block.heads(), *block.cells(TERMINAL_ROWS)]]
        wide = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
        more = len(block.shown) - TERMINAL_ROWS
        rows = ["  ".join(c.ljust(w) for c, w in zip(row, wide, strict=True)).rstrip() for row in cells]
        return ["", one_line(block.caption), *rows, *([f"… and {more} more rows"] if more > 0 else [])]
    return []


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
