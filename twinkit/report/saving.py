"""Writing a document to a file, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from twinkit.tables import CaseError
from twinkit.tables.problems import Problem, did_you_mean, listed
from twinkit.tables.replace import replaced_file

if TYPE_CHECKING:
    from twinkit.report.document import Document

WRITERS: dict[str, Callable[[Document], bytes]] = {
    ".html": lambda document: document.to_html().encode("utf-8"),
    ".pdf": lambda document: document.to_pdf(),
    ".pptx": lambda document: document.to_slides(),
    ".xlsx": lambda document: document.to_excel(),
    ".zip": lambda document: document.to_zip(),
}
"""End of a file's name → what is written."""


def save(document: Document, path: str | Path) -> Path:
    """Write a document; see :meth:`~twinkit.report.document.Document.save`."""
    path = require_writable(path)
    contents = WRITERS[path.suffix.casefold()](document)
    try:
        with replaced_file(path) as new:
            new.write_bytes(contents)
    except OSError as error:
        raise _problem(
            path, f"cannot be written: {error.strerror}", "Close it elsewhere, or choose another name."
        ) from error
    return path


def require_writable(path: str | Path) -> Path:
    """The path, if a report can be written there: better said before a long run than after it.

    Raises
    ------
    CaseError
        If the end of the name is none of a report, its folder is missing, or it is a folder itself.
    """
    path = Path(path).expanduser()
    kinds = list(WRITERS)
    if path.suffix.casefold() not in WRITERS:
        given = f"ends in {path.suffix}" if path.suffix else "has no ending"
        hint = did_you_mean(path.suffix, kinds, f"End the name in {listed(kinds)}.")
        raise _problem(path, f"{given}, which is no kind of report", hint)
    if not path.parent.is_dir():
        raise _problem(path, f"cannot be written: there is no folder {path.parent}", "Make it first.")
    if path.is_dir():
        raise _problem(path, "is a folder", "Choose another name.")
    return path


def _problem(path: Path, says: str, hint: str) -> CaseError:
    return CaseError([Problem("report", None, "", path.name, says, hint)])
