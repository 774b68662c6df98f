"""Reading the data of a report back from its file: HTML, PDF, workbook or zip.

Nothing in a file is run or unpacked to the disk.  Every step has a limit, so a file that
was made to harm costs no more than a sentence.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from twinkit.report.bundle import MEMBER
from twinkit.report.kept import FORMAT
from twinkit.report.page import data_in
from twinkit.tables import CaseError
from twinkit.tables.cells import unescape
from twinkit.tables.problems import Problem

LARGEST = 256 * 2**20
"""Largest file that is read [bytes]."""
MOST = 128 * 2**20
"""Most data that is taken from a file [bytes]."""
SHEET = "twinkit data"
"""Worksheet that holds the data."""


def data_of(path: str | Path) -> dict[str, Any]:
    """The data of a report.

    Parameters
    ----------
    path
        A report: .html, .pdf, .xlsx, .zip, or the .json of a zip.

    Raises
    ------
    CaseError
        If there is no such file, or it is no report; in a sentence.
    """
    path = Path(path).expanduser()
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise wrong(path, "is a folder", "Name the file of a report.")
        if size > LARGEST:
            raise wrong(path, f"has {size:,} bytes; a report has at most {LARGEST:,}")
        contents = path.read_bytes()
    except OSError as error:
        raise wrong(path, f"cannot be read: {error.strerror}", "Check its name and folder.") from error
    try:
        text = _text_in(contents)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        raise wrong(path, f"is damaged, or no report ({_said(error)})", KIND) from error
    return _read(path, text)


KIND = "Name a .html, .pdf, .xlsx or .zip file that twinkit report has written."


def wrong(path: Path, says: str, hint: str = "") -> CaseError:
    """A sentence about a file."""
    return CaseError([Problem("report", None, "", path.name, says, hint)])


def _said(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _text_in(contents: bytes) -> str:
    """The data as text; the first bytes say what kind of file it is."""
    if contents.startswith(b"%PDF-"):
        return _in_pdf(contents)
    if contents.startswith(b"PK"):
        return _in_zip(contents)
    text = contents.decode("utf-8")
    return text if text.lstrip()[:1] == "{" else data_in(text)


def _in_pdf(contents: bytes) -> str:
    """The attachment of a PDF that this package has written."""
    for found in re.finditer(rb"/Type /EmbeddedFile\b", contents):
        begin = contents.find(b"stream\n", found.end())
        end = contents.find(b"\nendstream", begin)
        if begin < 0 or end < 0:
            break
        reader = zlib.decompressobj()
        data = reader.decompress(contents[begin + 7 : end], MOST)
        if reader.unconsumed_tail:
            raise ValueError("its attachment is too large")
        if data.startswith(b"{"):
            return data.decode("utf-8")
    return ""


def _in_zip(contents: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(contents)) as parts:
        names = set(parts.namelist())
        if MEMBER in names:
            return _member(parts, MEMBER)
        if "xl/workbook.xml" not in names:
            return ""
        if sum(i.file_size for i in parts.infolist()) > 4 * MOST:
            raise ValueError("it is too large when unpacked")
    return _in_workbook(contents)


def _member(parts: zipfile.ZipFile, name: str) -> str:
    """One file of a zip, no more of it than is allowed whatever its header says."""
    with parts.open(name) as file:
        data = file.read(MOST + 1)
    if len(data) > MOST:
        raise ValueError("its data are too large")
    return data.decode("utf-8")


def _in_workbook(contents: bytes) -> str:
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(contents), read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets errors of zip, XML and its own through
        raise ValueError(_said(error)) from error
    try:
        if SHEET not in book.sheetnames:
            return ""
        rows = book[SHEET].iter_rows(min_row=1, max_col=2, values_only=True)
        return "".join(unescape(part) for mark, part in rows if isinstance(part, str) and mark == "data")
    finally:
        book.close()


def _read(path: Path, text: str) -> dict[str, Any]:
    if not text:
        raise wrong(
            path, "carries no data of a report", f"{KIND} A copy that another program has saved may have lost them."
        )
    if len(text) > MOST:
        raise wrong(path, "carries too much data to be a report")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise wrong(path, f"is damaged: its data cannot be read ({_said(error)})") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise wrong(path, "is no report that this version can read", f'Its data must hold "format": "{FORMAT}".')
    return data
