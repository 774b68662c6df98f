"""A document as a zip: the page, the PDF, the workbook, the pictures, the tables and the data."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

from twinkit.report.found import MEMBER

if TYPE_CHECKING:
    from twinkit.report.document import Document

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""Time of every file: the earliest that a zip knows, so that it says nothing."""


def zip_of(document: Document) -> bytes:
    """All of a document.

    Parameters
    ----------
    document
        What it holds.
    """
    files = {
        "report.html": document.to_html().encode("utf-8"),
        "report.pdf": document.to_pdf(),
        "report.xlsx": document.to_excel(),
    }
    files |= {f"pictures/{name}": data for name, data in document.pictures().items()}
    if document.data:
        files[MEMBER] = document.data.encode("ascii")
    return packed(files)


def packed(files: dict[str, bytes]) -> bytes:
    """A zip that is the same to the byte whenever it is made.

    Parameters
    ----------
    files
        Name → contents.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, data in files.items():
            one = zipfile.ZipInfo(name, LONG_AGO)
            one.compress_type, one.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            parts.writestr(one, data)
    return file.getvalue()


def same_bytes(book: bytes, day: str) -> bytes:
    """A workbook without the moment in which it was saved.

    Parameters
    ----------
    book
        The workbook.
    day
        Date that it bears instead, as year-month-day.
    """
    moment = f"{day}T00:00:00Z"
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        files = {name: parts.read(name) for name in parts.namelist()}
    core = files["docProps/core.xml"]
    files["docProps/core.xml"] = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>" + moment.encode(), core)
    return packed(files)
