"""Zips that are the same to the byte whenever they are made: bundles of a report, workbooks, slides."""

from __future__ import annotations

import io
import re
import zipfile

MEMBER = "twinkit-report.json"
"""Name of the data of a report in a zip, and of the attachment in a PDF."""
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""Time of every file: the earliest that a zip knows, so that it says nothing."""


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
