"""Slides of a report: what they hold, that nothing is left out in silence, and that hostile text stays text."""

from __future__ import annotations

import io
import zipfile

import pandas as pd
from pptx import Presentation

from twinkit.report.deck import MOST_ROWS
from twinkit.report.document import Document
from twinkit.result import Fact, Facts, Heading, Picture, Points, Table, Text
from twinkit.show.picture import drawing

HOSTILE = "=cmd()|<script>alert(1)</script>\x1b[31m"


def drawn(theme):
    with drawing((6, 3), theme) as figure:
        figure.subplots().plot([1, 2])
        figure.description = "A line that rises."
    return figure


def document():
    rows = pd.DataFrame({"site": [f"s{i}" for i in range(MOST_ROWS + 5)], "units": range(MOST_ROWS + 5)})
    blocks = [
        Text(HOSTILE, "lead"), Facts([Fact("Service", "96 %", "95 to 97 %")]), Heading("Why"), Points(["One.", "Two."]), Picture(drawn, caption="It rises."),
        Table(rows, "Units by site"), Table(rows, "For the workbook alone", on_page=False),
    ]  # fmt: skip
    return Document("Stock of the north", blocks, {"Case": "north"}, date="2026-01-31")


def test_slides_hold_what_the_page_holds(tmp_path):
    path = document().save(tmp_path / "deck.pptx")
    slides = [[s.text_frame.text for s in slide.shapes if s.has_text_frame] for slide in Presentation(path).slides]
    text = "\n".join(t for slide in slides for t in slide)
    for said in ("Stock of the north", "Case: north", "2026-01-31", "Service: 96 % (95 to 97 %)", "One.", "Two.", "It rises.", "5 rows more in the workbook."):
        assert said in text
    assert "For the workbook alone" not in text and "<script>alert(1)</script>" in text and "\x1b" not in text
    pictures = [s for slide in Presentation(path).slides for s in slide.shapes if s.shape_type == 13]
    assert [p._element.nvPicPr.cNvPr.get("descr") for p in pictures] == ["A line that rises."]
    [table] = [s.table for slide in Presentation(path).slides for s in slide.shapes if s.has_table]
    assert [c.text for c in table.rows[1].cells] == ["s0", "0"] and len(table.rows) == MOST_ROWS + 1


def test_the_same_document_gives_the_same_slides_without_links_or_macros():
    one, two = document().to_slides(), document().to_slides()
    assert one == two
    with zipfile.ZipFile(io.BytesIO(one)) as parts:
        assert not [n for n in parts.namelist() if "vba" in n.casefold() or "embeddings" in n]
        assert not [n for n in parts.namelist() if b'TargetMode="External"' in parts.read(n)]
