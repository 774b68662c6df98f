"""A document as slides (PowerPoint): one picture, table or group of sentences a page; no macro, no link, nothing is loaded."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.util import Inches, Pt

from twinkit.report.bundle import same_bytes
from twinkit.result import Facts, Heading, Picture, Points, Table, Text
from twinkit.show.palette import THEMES
from twinkit.words import cut, visible

WIDE, HIGH, EDGE = 13.333, 7.5, 0.6
"""Width, height and margin of a slide [inches]."""
MOST_ROWS, MOST_COLUMNS = 12, 6
"""Rows and columns of a table that can be read from the back of a room; the workbook has all."""
MOST_SENTENCES, LONGEST = 6, 320
"""Sentences on a slide, and characters of one."""
QUIET = "The report (HTML, PDF, workbook) has all tables, definitions, how it was worked out, and how to run it again."


def deck_of(document: Any) -> bytes:
    """The slides.

    Parameters
    ----------
    document
        A :class:`~twinkit.report.document.Document`: its headings, sentences, large numbers, pictures and the first rows of its tables.
    """
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDE), Inches(HIGH)
    deck.core_properties.title, deck.core_properties.author = visible(document.title), "twinkit"
    drawings = iter(document.drawings)
    first = _slide(deck, document.title, 40)
    _texts(first, [f"{k}: {v}" for k, v in document.about.items()] + [f"Date: {document.day}"], 1.9, 16)
    for heading, blocks in _parts(document.blocks):
        sentences: list[str] = []
        for block in blocks:
            if isinstance(block, Text):
                sentences.append(block.text)
            elif isinstance(block, Points):
                sentences += block.items
            elif isinstance(block, Facts):
                sentences += [f"{f.label}: {f.value}" + (f" ({f.interval})" if f.interval else "") for f in block.items]
        for at in range(0, len(sentences), MOST_SENTENCES):
            slide = _slide(deck, heading)
            _texts(slide, [cut(s, LONGEST) for s in sentences[at : at + MOST_SENTENCES]], 1.5, 22)
        for block in blocks:
            if isinstance(block, Picture):
                _picture(_slide(deck, heading), next(drawings))
            elif isinstance(block, Table) and block.on_page and len(block.shown):
                _table(_slide(deck, block.caption or heading), block)
    _texts(_slide(deck, "Where this comes from"), [QUIET], 1.9, 22)
    file = io.BytesIO()
    deck.save(file)
    return same_bytes(file.getvalue(), document.day)


def _parts(blocks: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Heading → the blocks below it."""
    heading, held = "In short", []
    for block in blocks:
        if isinstance(block, Heading):
            if held:
                yield heading, held
            heading, held = block.text, []
        else:
            held.append(block)
    if held:
        yield heading, held


def _slide(deck: Any, title: str, size: int = 30) -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[5])  # a title and nothing else
    place = slide.shapes.title
    place.left, place.top, place.width, place.height = Inches(EDGE), Inches(0.35), Inches(WIDE - 2 * EDGE), Inches(1.1)
    place.text_frame.text = cut(visible(title), 160)
    place.text_frame.word_wrap = True
    for run in place.text_frame.paragraphs[0].runs:
        run.font.size, run.font.bold = Pt(size if len(title) < 70 else size - 8), True
    return slide


def _texts(slide: Any, texts: Sequence[str], top: float, size: int) -> None:
    frame = slide.shapes.add_textbox(Inches(EDGE), Inches(top), Inches(WIDE - 2 * EDGE), Inches(HIGH - top - EDGE)).text_frame
    frame.word_wrap = True
    for i, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        paragraph.text, paragraph.space_after = visible(text), Pt(8)
        paragraph.font.size = Pt(size)


def _picture(slide: Any, drawn: Any) -> None:
    """A picture as large as fits, with its text alternative, and its caption below."""
    room_wide, room_high = WIDE - 2 * EDGE, HIGH - 1.5 - EDGE - (0.5 if drawn.caption else 0.0)
    wide, high = drawn.size
    scale = min(room_wide / wide, room_high / high)
    left = EDGE + (room_wide - wide * scale) / 2
    shape = slide.shapes.add_picture(io.BytesIO(drawn.light), Inches(left), Inches(1.5), Inches(wide * scale), Inches(high * scale))
    shape._element.nvPicPr.cNvPr.set("descr", drawn.alt)
    if drawn.caption:
        _texts(slide, [drawn.caption], HIGH - EDGE - 0.5, 14)


def _table(slide: Any, table: Table) -> None:
    heads, rows = table.heads()[:MOST_COLUMNS], [row[:MOST_COLUMNS] for row in table.cells(MOST_ROWS)]
    shape = slide.shapes.add_table(len(rows) + 1, len(heads), Inches(EDGE), Inches(1.5), Inches(WIDE - 2 * EDGE), Inches(0.4 * (len(rows) + 1)))
    ink = RGBColor.from_string(THEMES["light"]["ink"].lstrip("#")[:6].upper())
    for r, row in enumerate([heads, *rows]):
        for c, text in enumerate(row):
            place = shape.table.cell(r, c)
            place.text = cut(visible(text), 60)
            for run in place.text_frame.paragraphs[0].runs:
                run.font.size, run.font.bold = Pt(13), r == 0
                if r:
                    run.font.color.rgb = ink
    left_out = len(table.shown) - len(rows), len(table.heads()) - len(heads)
    if any(left_out):
        words = [f"{n} {what} more" for n, what in zip(left_out, ("rows", "columns"), strict=True) if n]
        _texts(slide, [f"{' and '.join(words)} in the workbook."], HIGH - EDGE - 0.4, 14)
