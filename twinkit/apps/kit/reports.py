"""The report buttons of the apps: what a page shows, as a file to hand on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twinkit.apps.kit.save import Save
from twinkit.result import Text

KINDS = {"html": "Report (web page)", "pdf": "Report (PDF)", "pptx": "Slides (PowerPoint)", "xlsx": "Tables (Excel)", "zip": "All of it (zip)"}
"""Ending of the file → what its button says."""
NOTHING_YET = "There is nothing to report yet."


def report_bytes(thing: Any, kind: str, title: str = "", note: str = "") -> bytes:
    """A report of a result, as the contents of a file.

    Parameters
    ----------
    thing
        What :func:`twinkit.report.report_of` takes.
    kind
        One of :data:`KINDS`.
    title
        Its title; by default that of the report room.
    note
        A warning that it begins with.
    """
    from twinkit.report import report_of

    document = report_of(thing, **({"title": title} if title else {}))
    if note:
        document.blocks.insert(0, Text(note, "warning"))
    if kind == "html":
        return document.to_html().encode("utf-8")
    return {"pdf": document.to_pdf, "pptx": document.to_slides, "xlsx": document.to_excel, "zip": document.to_zip}[kind]()


def report_buttons(
    thing: Callable[[], Any], stem: str, kinds: tuple[str, ...] = tuple(KINDS), note: Callable[[], str] = str,
    title: Callable[[], str] = str,
) -> Save:  # fmt: skip
    """Buttons that save a report of what the page shows when they are pressed.

    Parameters
    ----------
    thing
        Gives what is reported on; None while there is nothing yet.
    stem
        Name of the files, without their ending.
    kinds
        Which of :data:`KINDS` are on offer.
    note
        Gives a warning that the report begins with; "" for none.
    title
        Gives the title; by default that of the report room.
    """

    def make(kind: str) -> bytes:
        found = thing()
        if found is None:
            raise ValueError(NOTHING_YET)
        return report_bytes(found, kind, title(), note())

    return Save(make, offers=[[kind, KINDS[kind], f"{stem}.{kind}"] for kind in kinds], label="Take it with you:")
