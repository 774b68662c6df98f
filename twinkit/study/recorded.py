"""The library of recorded events: what really happened to supply chains, ready to be replayed on any.

The table is ``data/recorded_events.csv``.  What is recorded and what is assumed stand in
columns of their own, and every row names its source.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from twinkit.content import content_dir
from twinkit.tables.problems import Problem, did_you_mean, listed
from twinkit.tables.schema_events import LONGER

FILE = "recorded_events.csv"
WHERE = "replay"
"""Where a problem is that stands in no table."""

COLUMNS = {
    "event": "unique name",
    "incident": "what it is a part of; a replay by this name takes all its parts",
    "date": "first day",
    "kind": "what happens, one of the kinds of the table of events",
    "severity": "as in the table of events; of lead_time_increase: extra days",
    "duration": "length at full severity [days]; empty = it had no end in sight",
    "recovery": "shape of the way back",
    "recovery_days": "length of the way back [days]",
    "reach": "how it is placed on another chain: site, area, port or lanes",
    "place": "where it was, in words",
    "latitude": "centre of the place [degrees]",
    "longitude": "centre of the place [degrees]",
    "radius": "how far from it sites and ports are hit; reach site: are the same place [km]",
    "countries": "ISO codes or groups (EU, EUROPE, ASIA), separated by ';': of the sites, or of one end of the lanes",
    "other_countries": "of the other end of the lanes; a duty is paid on the way from there",
    "mode": "mode of the lanes; empty = any",
    "site_kinds": "reach site: kinds of site that it may hit",
    "least_tier": "reach site: tier from which on it looks for a site",
    "words": "reach site: what such a site makes or is called, the most telling word first; reach port: names of ports",
    "hits": "what it hits, in general terms",
    "recorded": "what is on record",
    "assumed": "what is an assumption",
    "source": "where it is recorded",
}
"""Column of the table → meaning."""

_NUMBERS = ("severity", "duration", "recovery_days", "latitude", "longitude", "radius", "least_tier")
_LISTS = ("countries", "other_countries", "site_kinds", "words")


@dataclass(frozen=True)
class RecordedEvent:
    """A row of the library; the attributes are its columns (:data:`COLUMNS`)."""

    event: str
    incident: str
    date: date
    kind: str
    severity: float
    duration: float
    recovery: str
    recovery_days: float
    reach: str
    place: str
    latitude: float
    longitude: float
    radius: float
    countries: tuple[str, ...]
    other_countries: tuple[str, ...]
    mode: str
    site_kinds: tuple[str, ...]
    least_tier: float
    words: tuple[str, ...]
    hits: str
    recorded: str
    assumed: str
    source: str

    @property
    def circle(self) -> bool:
        """Whether it has a centre and a radius."""
        return not math.isnan(self.radius)

    @property
    def day(self) -> str:
        """First day in words: 19 March 2021."""
        return f"{self.date.day} {self.date:%B %Y}"

    @property
    def severity_words(self) -> str:
        """Severity with its unit."""
        return f"{self.severity:g} days" if self.kind in LONGER else f"{100 * self.severity:g} %"


@cache
def library() -> tuple[RecordedEvent, ...]:
    """All recorded events, the oldest first.

    Raises
    ------
    FileNotFoundError
        If this installation carries no data.
    """
    rows = pd.read_csv(content_dir("data") / FILE, dtype=str, keep_default_na=False).to_dict("records")
    return tuple(sorted((_event(row) for row in rows), key=lambda e: (e.date, e.event)))


def _event(row: dict[str, str]) -> RecordedEvent:
    cells: dict[str, Any] = dict(row)
    cells |= {c: float(row[c]) if row[c] else math.nan for c in _NUMBERS}
    cells |= {c: tuple(part.strip() for part in row[c].split(";") if part.strip()) for c in _LISTS}
    return RecordedEvent(**cells | {"date": date.fromisoformat(row["date"])})


def recorded_events() -> pd.DataFrame:
    """The library of recorded events as a table, the oldest first.

    Returns
    -------
    DataFrame
        One row for each event; the columns are explained in docs/recorded_events.md.

    Raises
    ------
    FileNotFoundError
        If this installation carries no data.

    Examples
    --------
    >>> table = recorded_events().set_index("event")
    >>> print(*table.loc["Naka fab fire 2021", ["date", "duration", "recovery_days"]])
    2021-03-19 29.0 68.0
    """

    def cell(value: Any) -> Any:
        if isinstance(value, tuple):
            return ";".join(value)
        return value.isoformat() if isinstance(value, date) else value

    return pd.DataFrame([{f.name: cell(getattr(e, f.name)) for f in fields(e)} for e in library()])


def chosen_events(what: Any) -> tuple[list[RecordedEvent], list[Problem]]:
    """Events by year or name, in the order of the library; and what is wrong with what was asked for.

    Parameters
    ----------
    what
        A year ("2021" or 2021), the name of an event or of an incident, or a list of these.
    """
    asked = [what] if isinstance(what, str | int) or not isinstance(what, Iterable) else list(what)
    if not asked:
        return [], [Problem(WHERE, None, "what", "", "nothing is named", "Name a year or an event.")]
    found: set[str] = set()
    problems: list[Problem] = []
    for one in dict.fromkeys(str(a).strip() for a in asked):
        names = {e.event for e in library() if one in (e.event, e.incident, str(e.date.year))}
        found |= names
        if not names:
            problems.append(_unknown(one))
    return [e for e in library() if e.event in found], problems


def _unknown(one: str) -> Problem:
    if one.isdigit() and len(one) == 4:
        years = listed(sorted({str(e.date.year) for e in library()}), 40)
        return Problem(WHERE, None, "what", one, "is a year of which no event is recorded here", f"Years: {years}.")
    names = list(dict.fromkeys(n for e in library() for n in (e.event, e.incident)))
    hint = did_you_mean(one, names, "twinkit.recorded_events() lists them all.")
    return Problem(WHERE, None, "what", one, "is no recorded event", hint)
