"""Keeping a decision: beside the case where that can be written, else as a file to take away."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from twinkit.content import content_dir, find_case
from twinkit.study.decision import DecisionRecord, folder_of, plain
from twinkit.study.recommendation import Recommendation
from twinkit.tables import CaseError
from twinkit.tables.problems import Problem

NO_NAME = "Say who decides: a decision has somebody's name on it"


def place_of(name: str | os.PathLike | None) -> Path | None:
    """Where the decisions on a case can be kept: the case of a person, that may be written beside; else None.

    Parameters
    ----------
    name
        Folder or workbook of the case; by default that of ``TWINKIT_CASE``.
    """
    given = name or os.environ.get("TWINKIT_CASE")
    if not given:
        return None
    try:
        place = find_case(given)
        shipped = content_dir("data").resolve()
    except (FileNotFoundError, OSError):
        return None
    if shipped in place.resolve().parents:  # the cases that come with twinkit are everybody's
        return None
    room = folder_of(place) if folder_of(place).exists() else folder_of(place).parent
    return place if os.access(room, os.W_OK) else None


def record_bytes(record: DecisionRecord) -> bytes:
    """A record as the contents of its file."""
    return json.dumps(plain(asdict(record)), indent=1, ensure_ascii=False, allow_nan=False).encode("utf-8")


def keep(found: Recommendation, by: str, why: str, place: Path | None) -> tuple[DecisionRecord, Path | None]:
    """Make the record of a decision and put it beside the case.

    Parameters
    ----------
    found
        What was decided.
    by, why
        Who decided, and for what reason.
    place
        Where the case is; None to keep nothing.

    Returns
    -------
    record, path
        The path is None where it could not be kept beside the case.

    Raises
    ------
    CaseError
        If nobody decides.
    """
    if not by.strip():
        raise CaseError([Problem("", None, "", "", NO_NAME)])
    record = found.record(by.strip(), why.strip())
    if place is None:
        return record, None
    try:
        return record, record.save(place)
    except (OSError, CaseError):
        return record, None
