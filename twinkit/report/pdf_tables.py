"""Tables on paper: heads on every page, wide tables in parts that repeat the first column."""

from __future__ import annotations

from collections.abc import Iterator

from fpdf.enums import TableBordersLayout, TableCellFillMode
from fpdf.fonts import FontFace

from twinkit.report.paper import FILES, Paper, colour, printable
from twinkit.result import Table
from twinkit.words import cut, held_together

MOST_COLUMNS = 8
"""Columns of a part."""
SIZE = 7.5
"""Letters [points]."""
WIDEST = 62.0
"""Most width that a column asks for [mm]."""
ROOM = 3.0
"""Room on both sides of a text together [mm]."""


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
    heads = [printable(cut(h), FILES["B"]) for h in heads]
    rows = [[printable(held_together(c)) for c in row] for row in rows]
    wide = _widths(paper, heads, rows)
    paper.pen("", SIZE)
    paper.set_draw_color(*colour("rule"))
    paper.set_line_width(0.2)
    head = FontFace(emphasis="BOLD", color=colour("ink"), fill_color=None)
    with paper.table(
        width=paper.epw, col_widths=wide, text_align=tuple("RIGHT" if n else "LEFT" for n in numeric), line_height=SIZE * 0.47,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES, headings_style=head, padding=(1.1, ROOM / 2), v_align="TOP",
        cell_fill_mode=TableCellFillMode.NONE,
    ) as table:  # fmt: skip
        for row in (heads, *rows):
            table.row(row)
    paper.pen()
    paper.ln(4)


def _widths(paper: Paper, heads: list[str], rows: list[list[str]]) -> tuple[float, ...]:
    """Widths of columns [mm]: no word is broken where there is room, and long texts share the rest."""
    need, want = [], []
    for i, head in enumerate(heads):
        paper.pen("B", SIZE)
        words = [paper.get_string_width(w) for w in head.split(" ")]
        paper.pen("", SIZE)
        texts = [row[i] for row in rows]
        words += [paper.get_string_width(w) for text in texts for w in text.split(" ")]
        need.append(min(max(words, default=0.0) + ROOM, WIDEST))
        want.append(max(min(max(map(paper.get_string_width, texts), default=0.0) + ROOM, WIDEST), need[i]))
    spare = paper.epw - sum(need)
    if spare <= 0:
        return tuple(n * paper.epw / sum(need) for n in need)
    share = min(spare / max(sum(want) - sum(need), 1e-9), 1.0)
    found = [n + share * (w - n) for n, w in zip(need, want, strict=True)]
    return tuple(f * paper.epw / sum(found) for f in found)
