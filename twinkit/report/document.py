"""A document: a title, blocks, and what is needed to run it again; written as HTML, PDF, slides, Excel or zip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from twinkit.report.bundle import MEMBER, packed
from twinkit.result import PAGE_ONLY, Block, Picture, Table, definitions_of
from twinkit.tables import CaseError
from twinkit.tables.problems import Problem

if TYPE_CHECKING:
    from twinkit.report.pictures import Drawn


@dataclass(repr=False)
class Document:
    """A report.

    The same document at the same date gives the same bytes.

    Attributes
    ----------
    title
        Its title.
    blocks
        What it holds, in the order of reading.
    about
        What it is about and how it was made: name → value (case, fingerprint, seed, worlds,
        scenarios, version); stands at the top and at the end.
    data
        JSON text that is carried along so that :func:`twinkit.rerun` can run it again; "" for none.
    date
        Date that it bears; by default today.
    lang
        Language of its text.

    Raises
    ------
    CaseError
        If the date is none as year-month-day.

    Examples
    --------
    >>> from twinkit.report import Document, Text
    >>> page = Document("Stock of the north", [Text("All is well.")]).to_html()
    >>> "<h1>Stock of the north</h1>" in page
    True
    """

    title: str
    blocks: Sequence[Block] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    data: str = ""
    date: Date | str | None = None
    lang: str = "en"

    def __post_init__(self) -> None:
        self.blocks = [b for b in self.blocks if not isinstance(b, PAGE_ONLY)]
        try:
            Date.fromisoformat(self.day)
        except ValueError:
            says = "is not a date as year-month-day"
            raise CaseError([Problem("report", None, "date", self.day, says, "Write it like 2021-03-19.")]) from None

    @property
    def day(self) -> str:
        """The date that it bears, as year-month-day."""
        return str(self.date) if self.date is not None else Date.today().isoformat()

    def __repr__(self) -> str:
        pictures = sum(isinstance(b, Picture) for b in self.blocks)
        return f"<Report “{self.title}”: {len(self.tables)} tables, {pictures} pictures; .save(path) writes it as .html, .pdf, .pptx, .xlsx or .zip>"

    @cached_property
    def drawings(self) -> list[Drawn]:
        """Its pictures, drawn, in the order of the blocks."""
        from twinkit.report.pictures import Drawn, stems

        found = [b for b in self.blocks if isinstance(b, Picture)]
        return [Drawn(p, name) for p, name in zip(found, stems(found), strict=True)]

    @property
    def tables(self) -> list[Table]:
        """Its tables."""
        return [b for b in self.blocks if isinstance(b, Table)]

    @property
    def glossary(self) -> dict[str, str]:
        """Every term that is defined in it."""
        return definitions_of(self.blocks)

    def to_html(self) -> str:
        """One page that needs nothing else: no script runs and nothing is loaded."""
        from twinkit.report.page import html_of

        return html_of(self)

    def to_pdf(self) -> bytes:
        """The same on paper, with bookmarks, and the data of the report attached."""
        from twinkit.report.pdf import pdf_of

        return pdf_of(self)

    def to_excel(self) -> bytes:
        """A workbook with a sheet for each table; no cell is a formula."""
        from twinkit.report.book import book_of

        return book_of(self)

    def to_slides(self) -> bytes:
        """Slides (PowerPoint): one picture, table or group of sentences a page."""
        from twinkit.report.deck import deck_of

        return deck_of(self)

    def pictures(self) -> dict[str, bytes]:
        """File name → contents of every picture, as PNG and as SVG."""
        return {f"{d.name}.{kind}": data for d in self.drawings for kind, data in (("png", d.light), ("svg", d.svg))}

    def to_zip(self) -> bytes:
        """All of it: the page, the PDF, the workbook, the pictures and the data."""
        files = {"report.html": self.to_html().encode("utf-8"), "report.pdf": self.to_pdf(), "report.xlsx": self.to_excel()}
        files |= {f"pictures/{name}": data for name, data in self.pictures().items()}
        if self.data:
            files[MEMBER] = self.data.encode("ascii")
        return packed(files)

    def save(self, path: str | Path) -> Path:
        """Write the document; the end of the name says as what: .html, .pdf, .pptx, .xlsx or .zip.

        Parameters
        ----------
        path
            File to write; one that is there is replaced once all is written.

        Raises
        ------
        ReportError
            If there is no such kind of document, no such folder, or the file cannot be replaced.
        """
        from twinkit.report.saving import save

        return save(self, path)

    def _repr_html_(self) -> str:
        from twinkit.report.page import framed

        return framed(self)
