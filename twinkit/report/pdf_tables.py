"""Tables on paper: heads on every page, wide tables in parts that repeat the first column."""

from __future__ import annotations

from collections.abc import Iterator

from fpdf.enums import TableBordersLayout, TableCellFillMode
from fpdf.fonts import FontFace

from twinkit.report.blocks import Table
from twinkit.report.paper import FILES, Paper, colour, printable
from twinkit.report.text import cut

MOST_COLUMNS = 7
"""Columns of a part."""
SIZE = 7.5
"""Letters [points]."""
NARROWEST, WIDEST = 6, 34
"""Characters for which a column has room, at least and at most."""


def table_on(paper: Paper, block: Table) -> None:
    """Put a table on paper.

    Parameters
    ----------
    paper
        The file.
    block
        The table.
    """
    heads, rows, numeric = block.heads(), block.cells(), block.numeric()
    paper.room_for(26)
    paper.say(cut(block.caption), 9, "B", after=1)
    if not rows:
        paper.say("No rows.", 8.5, ink="quiet")
    for part in _parts(len(heads)) if rows else ():
        _part(paper, [heads[i] for i in part], [[row[i] for i in part] for row in rows], [numeric[i] for i in part])
    if block.left_out:
        paper.say(f"{block.left_out:,} more rows are in the workbook.", 8, ink="quiet")


def _parts(columns: int) -> Iterator[list[int]]:
    """Columns of each part; every part begins with the first."""
    rest = list(range(1, columns))
    step = MOST_COLUMNS - 1
    for at in range(0, max(len(rest), 1), step):
        yield [0, *rest[at : at + step]]


def _part(paper: Paper, heads: list[str], rows: list[list[str]], numeric: list[bool]) -> None:
    paper.pen("", SIZE)
    paper.set_draw_color(*colour("rule"))
    paper.set_line_width(0.2)
    wide = _widths(heads, rows)
    head = FontFace(emphasis="BOLD", color=colour("ink"), fill_color=None)
    with paper.table(
        width=paper.epw, col_widths=wide, text_align=tuple("RIGHT" if n else "LEFT" for n in numeric), line_height=SIZE * 0.47,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES, headings_style=head, padding=(1.1, 1.4), v_align="TOP",
        cell_fill_mode=TableCellFillMode.NONE,
    ) as table:  # fmt: skip
        table.row([printable(cut(h), FILES["B"]) for h in heads])
        for row in rows:
            table.row([printable(c) for c in row])
    paper.pen()
    paper.ln(4)


def _widths(heads: list[str], rows: list[list[str]]) -> tuple[int, ...]:
    """Widths of columns, as their longest words and texts ask for."""
    found = []
    for i, head in enumerate(heads):
        texts = [row[i] for row in rows]
        longest = max([len(t) for t in texts], default=0)
        word = max([len(w) for w in head.split()], default=0)
        found.append(min(max(longest, word + 1, NARROWEST), WIDEST))
    return tuple(found)
