"""Lists as programs and people write them: encodings, separators, titles above the header, sums below, groups of which only the first row is whole."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from twinkit.capabilities.intake.measures import unit_named
from twinkit.capabilities.intake.records import MOST_EMPTY, too_wide
from twinkit.tables.files import MOST_COLUMNS
from twinkit.tables.files import MOST_ROWS as MOST_LINES
from twinkit.tables.problems import CaseError, Problem, listed, quote
from twinkit.words import counted

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_VALUE = re.compile(r"[-+]?[\d.,:/ -]*\d[\d.,:/ -]*")
_RULE = re.compile(r"[-=+|_\s]{5,}")
_SUM = re.compile(r"\*+(?:\s.*)?|(?:(?:grand|sub)[ -]?)?totals?\b.*|(?:gesamt|zwischen)?summe\b.*|gesamt(?:ergebnis)?\b.*|(?:ergebnis|sum)\b.*|[Σ∑].*", re.IGNORECASE)
_GROUP = re.compile(r"(?P<way>.+)/[^/]+|.+\((?P<table>[^()]+)\)")
HEAD = 60
"""Lines among which the header of a list is looked for."""
MOSTLY = 0.8
"""Share of the rows that fill a column from which a gap in it shows a row of sums."""
FIRST = 3
"""Columns in which a word for a sum is looked for."""


@dataclass
class List:
    """A list out of a text.

    Attributes
    ----------
    frame
        Texts; None where the list is empty.
    rows : ndarray of int
        Number of each row in the file.
    semicolons
        Whether its cells are separated by semicolons.
    notes
        Liberties taken, in sentences.
    """

    frame: pd.DataFrame | None
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    semicolons: bool = False
    notes: list[str] = field(default_factory=list)


def decoded(data: bytes) -> tuple[str, str]:
    """A text and the encoding that its bytes show, "" for UTF-8: a mark at the start, else UTF-8, else Windows.

    Examples
    --------
    >>> decoded("München".encode("cp1252"))
    ('München', 'Windows-1252')
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), "UTF-16"
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    if data[1::2].count(0) > len(data) // 4:
        return data.decode("utf-16-le", errors="replace"), "UTF-16"
    return data.decode("cp1252", errors="replace"), "Windows-1252"


def read_list(data: bytes, name: str, said: Mapping[str, Any]) -> List:
    """The list in a text file.

    Parameters
    ----------
    data, name
        Its bytes, and what it is called in sentences.
    said
        What a mapping says of it: encoding, separator, row_end, columns.

    Raises
    ------
    CaseError
        If it is no text, or its rows do not fit its header.
    """
    text, encoding = (data.decode(said["encoding"], errors="replace"), "") if said.get("encoding") else decoded(data)
    if "\0" in text[:10_000]:
        raise CaseError([Problem("", None, "", name, "is not a text file", "Export it as CSV.")])
    notes = [f"{name} is not UTF-8; it was read as {encoding}."] if encoding else []
    first, _, rest = text.partition("\n")
    before = 0
    given = str(said.get("separator", ""))
    if first[:4].casefold() == "sep=" and len(first.strip()) == 5:
        given, text, before = first[4], rest, 1
    separator = given or separator_of(text[:200_000])
    lines = [line for line in text[:200_000].splitlines() if line.strip() and not _RULE.fullmatch(line)]
    if separator == "|" and sum(line.startswith("|") for line in lines) > len(lines) // 2:
        text = _boxed(text)  # a list as SAP writes it: rules of dashes, a bar at both ends
    if separator == " ":  # one of them or many, at the ends too
        text, separator = "\n".join("\t".join(line.split()) for line in text.splitlines()), "\t"
    end = str(said.get("row_end", "\n"))
    if end != "\n":
        text = text.replace(end, "\n")
    frame, rows = _frame(text, separator, said.get("columns"), name, notes)
    if frame is None:
        return List(None, notes=notes)
    if not said.get("columns"):
        frame, rows = tidied(frame, rows, name, notes)
    return List(frame, rows + before, separator == ";", notes)


def separator_of(text: str) -> str:
    r"""What stands between the cells: what most lines have equally often, outside of quotes.

    Examples
    --------
    >>> separator_of("a;b\n1,5;2\n3;4,25\n"), separator_of("a|b\n1|2\n"), separator_of("1 0.5  100.0 \n1 0.7  100.0 \n")
    (';', '|', ' ')
    """
    lines = ["".join(line.split('"')[::2]) for line in text.splitlines()[:200] if line.strip() and not _RULE.fullmatch(line)]
    best, mark = ",", (0.0, 0)
    for sign in ("+|", "\t", ";", "|", ","):
        counts = [line.count(sign) for line in lines]
        usual = counts[0] if counts and (counts[0] or len(counts) < 4) else max(set(counts), key=lambda n: (counts.count(n), n), default=0)
        if usual:
            even = sum(c == usual for c in counts) / len(counts)
            if (round(even, 1), usual) > mark:
                best, mark = sign, (round(even, 1), usual)
    return best if mark[1] or not _of_numbers(lines) else " "


def _of_numbers(lines: Sequence[str]) -> bool:
    """Whether lines are rows of numbers with blanks between them, as instruments write them: as many in each, and two at least."""
    rows = [line.split() for line in lines]
    return bool(rows) and len(rows[0]) > 1 and all(len(row) == len(rows[0]) and all(map(_NUMBER.fullmatch, row)) for row in rows)


def _boxed(text: str) -> str:
    def plain(line: str) -> str:
        return "" if _RULE.fullmatch(line) or not line.startswith("|") else line.strip().strip("|")

    return "\n".join(map(plain, text.splitlines()))


def header_at(rows: Sequence[Sequence[str]]) -> int:
    """Place of the header among the first rows of a list: below titles, which fill half as many cells as other rows do, or fewer.

    Examples
    --------
    >>> header_at([["Stock of today", "", ""], ["", "", ""], ["Item", "Site", "Stock"], ["A", "B", "5"]])
    2
    """
    cells = [[c.strip() for c in row if c.strip()] for row in rows]
    some = sorted(len(row) for row in cells if row)
    if not some:
        return 0
    usual, first = some[len(some) // 2], next(i for i, row in enumerate(cells) if row)
    if len(cells[first]) * 2 > usual or usual < 2:
        return first
    found = next(i for i, row in enumerate(cells) if len(row) * 2 > usual)
    names = cells[found]
    below = usual > 2 or any(_VALUE.fullmatch(c) for row in cells[found + 1 : found + 6] for c in row)
    return found if below and len(set(names)) == len(names) and not any(map(_VALUE.fullmatch, names)) else first


def _frame(text: str, separator: str, columns: Sequence[str] | None, name: str, notes: list[str]) -> tuple[pd.DataFrame | None, np.ndarray]:
    options: dict[str, Any] = {"sep": separator, "header": None, "dtype": object, "keep_default_na": False, "na_filter": False,
                               "skip_blank_lines": False, "index_col": False}  # fmt: skip
    if len(separator) > 1:
        text, options["sep"] = text.replace("\x1f", " ").replace(separator, "\x1f"), "\x1f"
    if separator == "\t":
        options["quoting"] = 0 if text.count('"') % 2 == 0 else 3
    head = _head(text, options)
    start = next((i for i, row in enumerate(head) if any(c.strip() for c in row)), 0) if columns else header_at(head)
    width = len(columns) if columns else len(head[start]) if head else 0
    if text.count("\n\n") > MOST_LINES:
        raise CaseError([Problem("", None, "", name, "holds millions of empty lines", "Export it again.")])
    widest = max([width, *map(len, head)])
    if widest > MOST_COLUMNS or widest * text.count("\n") > len(text) + MOST_EMPTY:  # every cell that is there takes a sign at least
        raise too_wide(name, widest)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            frame = pd.read_csv(io.StringIO(text), names=range(max(width, 1)), **options)
    except pd.errors.EmptyDataError:
        notes.append(f"{name} is empty.")
        return None, np.array([])
    except (pd.errors.ParserError, pd.errors.ParserWarning, ValueError) as error:
        raise _torn(text, options["sep"], width, name, str(error)) from error
    rows = np.arange(1, len(frame) + 1)
    if start >= len(frame) or not any(c.strip() for row in head for c in row):
        notes.append(f"{name} is empty.")
        return None, np.array([])
    if columns:
        frame.columns = list(columns)
    else:
        titles = [" ".join(filter(None, map(str.strip, row))) for row in head[:start]]
        if any(titles):
            notes.append(f"{name}: the header is row {start + 1}; above it stands {quote(next(filter(None, titles)))}.")
        header = unique_names([str(h) for h in frame.iloc[start]])
        frame, rows = frame.iloc[start + 1 :], rows[start + 1 :]
        frame = frame.set_axis(header, axis=1)
    frame = frame.fillna("")
    filled = np.zeros(len(frame), bool)
    for column in frame.columns:
        filled |= (frame[column] != "").to_numpy()
        if filled.all():
            break
    frame, rows = frame[filled], rows[filled]
    return frame.reset_index(drop=True), rows


def _head(text: str, options: Mapping[str, Any]) -> list[list[str]]:
    """The first rows as cells."""
    lines = io.StringIO(text[:200_000], newline="")
    quoting = csv.QUOTE_NONE if options.get("quoting") == 3 else csv.QUOTE_MINIMAL
    found: list[list[str]] = []
    try:
        for row in csv.reader(lines, delimiter=options["sep"], quoting=quoting):
            found.append(row)
            if len(found) == HEAD:
                break
    except csv.Error:
        pass
    return found


def _torn(text: str, sep: str, width: int, name: str, error: str) -> CaseError:
    wide = next((i for i, line in enumerate(text.splitlines(), 1) if len(_cells(line, sep)) > width), 0)
    where = f"row {wide} has more cells than the header, which has {width}" if wide else f"cannot be read: {error.splitlines()[0][:120]}"
    return CaseError([Problem("", None, "", name, where, "Put a text that holds the separator between double quotes, or say separator, columns or row_end in the mapping.")])


def _cells(line: str, sep: str) -> list[str]:
    parts = line.split('"')
    parts[::2] = [p.replace(sep, "\0") for p in parts[::2]]
    return '"'.join(parts).rstrip("\r").split("\0")


def unique_names(header: Iterable[str]) -> list[str]:
    """Names of columns, each once: the second ``LGORT`` is ``LGORT_2``; a name that is empty says its place."""
    seen: dict[str, int] = {}
    names = []
    for i, head in enumerate(header, 1):
        head = head.strip().strip("\ufeff") or f"column {i}"
        seen[head] = seen.get(head, 0) + 1
        names.append(head if seen[head] == 1 else f"{head}_{seen[head]}")
    return names


def tidied(frame: pd.DataFrame, rows: np.ndarray, name: str, notes: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """A list without rows of sums, and with the cells of a group's first row in all of its rows.

    Parameters
    ----------
    frame
        Texts.
    rows : ndarray of int
        Number of each row.
    name, notes
        Where it comes from, and where what was done is told.
    """
    sums = _sums(frame)
    if sums.any():
        notes.append(f"{name}: {counted(int(sums.sum()), 'row')} of sums left out (row {rows[sums][0]}: {quote(' '.join(filter(None, map(str.strip, frame[sums].iloc[0]))))}).")
        frame, rows = frame[~sums].reset_index(drop=True), rows[~sums]
    group, below = _grouped(frame)
    if below.any():
        whole = [c for c in frame if c not in group]
        at = np.maximum.accumulate(np.where(below, 0, np.arange(len(frame))))
        frame = frame.assign(**{c: frame[c].to_numpy()[at] for c in whole})
        notes.append(f"{name}: {counted(int(below.sum()), 'row')} (row {rows[below][0]} is the first) continue the one above: what stands there in {listed(whole, 6)} counts for them, too.")
    return frame, rows


def _sums(frame: pd.DataFrame) -> np.ndarray:
    """Rows that begin with a word for a sum and lack what nearly all rows have."""
    found, before = np.zeros(len(frame), bool), np.ones(len(frame), bool)
    for column in list(frame)[:FIRST]:
        codes, words = pd.factorize(frame[column].to_numpy(object))
        said = [i for i, w in enumerate(map(str, words)) if not w[:1].isdigit() and _SUM.fullmatch(w.strip())]
        found |= before & np.isin(codes, said)
        before &= np.isin(codes, [i for i, w in enumerate(map(str, words)) if not w or w.isspace()])
        if not before.any():
            break
    if not found.any() or found.all():
        return np.zeros(len(frame), bool)
    gap = np.zeros(len(frame), bool)
    for column in frame:
        empty = (frame[column].str.strip() == "").to_numpy(bool)
        if empty[~found].mean() <= 1 - MOSTLY:
            gap |= empty
    return found & gap


def _grouped(frame: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Columns of the lines of records, and rows that hold nothing else: exports of records with lists in them (``Lines/Product``, ``Item (Items)``) say the rest once."""
    by: dict[str, list[str]] = {}
    for column in frame:
        found = _GROUP.fullmatch(str(column))
        if found and (found["way"] or unit_named(found["table"]) is None):
            by.setdefault(found["way"] or found["table"], []).append(column)
    for group in by.values():
        whole = [c for c in frame if c not in group]
        if len(group) > 1 and whole and len(frame):
            bare = np.all([(frame[c].str.strip() == "").to_numpy(bool) for c in whole], axis=0)
            if bare.any() and not bare[0]:
                return group, bare
    return [], np.zeros(len(frame), bool)
