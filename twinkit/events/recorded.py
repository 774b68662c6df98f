"""The library of recorded events: what really happened to supply chains, ready to be replayed on any.

The table is ``data/recorded_events.csv``.  What is recorded and what is assumed stand in
columns of their own, and every row names its source.  The names of countries and the lengths in
periods of a case follow from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cache
from typing import Any

import pandas as pd

from twinkit.content import content_dir
from twinkit.tables.problems import Problem, did_you_mean, listed
from twinkit.tables.schema_events import LONGER, PAUSES

FILE = "recorded_events.csv"
WHERE = "replay"
"""Where a problem is that stands in no table."""

_NUMBERS = ("severity", "duration", "recovery_days", "latitude", "longitude", "radius", "least_tier")
_LISTS = ("countries", "other_countries", "site_kinds", "words")


@dataclass(frozen=True)
class RecordedEvent:
    """A row of the library; the attributes are its columns, which docs/recorded_events.md explains."""

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


# Countries as tables write them: by ISO 3166 code of two or three letters, or by name; and groups of them.


_NAMES = """
AR ARG Argentina|AT AUT Austria|AU AUS Australia|BD BGD Bangladesh|BE BEL Belgium|BG BGR Bulgaria|BR BRA Brazil
CA CAN Canada|CH CHE Switzerland|CL CHL Chile|CN CHN China/People's Republic of China|CY CYP Cyprus
CZ CZE Czechia/Czech Republic|DE DEU Germany/Deutschland|DK DNK Denmark|EE EST Estonia|EG EGY Egypt|ES ESP Spain
FI FIN Finland|FR FRA France|GB GBR Great Britain/UK/United Kingdom/England|GR GRC Greece|HK HKG Hong Kong|HR HRV Croatia
HU HUN Hungary|ID IDN Indonesia|IE IRL Ireland|IN IND India|IS ISL Iceland|IT ITA Italy|JP JPN Japan|KH KHM Cambodia
KR KOR South Korea/Korea/Republic of Korea|LK LKA Sri Lanka|LT LTU Lithuania|LU LUX Luxembourg|LV LVA Latvia
MA MAR Morocco|MT MLT Malta|MX MEX Mexico|MY MYS Malaysia|NL NLD Netherlands/The Netherlands/Holland|NO NOR Norway
NZ NZL New Zealand|PA PAN Panama|PH PHL Philippines|PK PAK Pakistan|PL POL Poland|PR PRI Puerto Rico|PT PRT Portugal
RO ROU Romania|RS SRB Serbia|SE SWE Sweden|SG SGP Singapore|SI SVN Slovenia|SK SVK Slovakia|TH THA Thailand
TN TUN Tunisia|TR TUR Turkey/Türkiye|TW TWN Taiwan|UA UKR Ukraine
US USA United States/United States of America/U.S.A./U.S.|VN VNM Vietnam/Viet Nam|ZA ZAF South Africa
"""

EU = (
    "AT", "BE", "BG", "HR", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL",
    "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
GROUPS = {
    "EU": EU,
    "EUROPE": (*EU, "CH", "GB", "IS", "NO", "RS"),
    "ASIA": ("BD", "CN", "HK", "ID", "IN", "JP", "KH", "KR", "LK", "MY", "PH", "PK", "SG", "TH", "TW", "VN"),
}
"""Groups that the table of recorded events names; the European Union is the one since 2020."""

_SPOKEN = {"EU": "the European Union", "EUROPE": "Europe", "ASIA": "Asia", "US": "the USA", "NL": "the Netherlands"}


def _entries() -> list[tuple[str, str, list[str]]]:
    rows = [entry.split(None, 2) for line in _NAMES.split("\n") for entry in line.split("|") if entry]
    return [(code, three, names.split("/")) for code, three, names in rows]


_CODES = {word.casefold(): code for code, three, names in _entries() for word in (code, three, *names)}
_WORDS = {code: names[0] for code, _, names in _entries()}


def code_of(country: str) -> str:
    """ISO code of two letters of a country as a table writes it; "" if it is none that recorded events name.

    Examples
    --------
    >>> code_of("Germany"), code_of("deu"), code_of(" DE "), code_of("Atlantis")
    ('DE', 'DE', 'DE', '')
    """
    return _CODES.get(country.strip().casefold(), "")


def members(codes: tuple[str, ...]) -> frozenset[str]:
    """Codes of countries, with groups written out."""
    return frozenset(c for code in codes for c in GROUPS.get(code, (code,)))


def words(codes: tuple[str, ...]) -> str:
    """Countries and groups in words.

    Examples
    --------
    >>> words(("EUROPE",)), words(("DE", "NL"))
    ('Europe', 'Germany, the Netherlands')
    """
    return ", ".join(_SPOKEN.get(c) or _WORDS.get(c, c) for c in codes)


# When a replayed event starts and how long it lasts, in the periods of a case.


@dataclass(frozen=True)
class Course:
    """An event in periods of a case.

    Attributes
    ----------
    duration
        Whole periods at full severity; None = to the end of the run.
    severity
        In the unit of the table of events.
    recovery_time
        Length of the way back [periods].
    says
        What was changed on the way from days to periods, or "".
    """

    duration: float | None
    severity: float
    recovery_time: float
    says: str = ""

    @property
    def nothing(self) -> bool:
        """Whether it is too short to be seen."""
        return self.duration == 0


def course_of(event: RecordedEvent, period_days: float) -> Course:
    """Duration, severity and way back of an event in periods of so many days.

    What lasts less than a period happens for a whole one, at so much less of its severity;
    a pause cannot be partial, and is left out if it is shorter than half a period.
    """
    severity = event.severity / period_days if event.kind in LONGER else event.severity
    back = 0.0 if math.isnan(event.recovery_days) else event.recovery_days / period_days
    if math.isnan(event.duration):
        return Course(None, severity, back)
    length = event.duration / period_days
    whole = float(math.floor(length + 0.5))
    if length >= 1 or (event.kind in PAUSES and whole):
        return Course(whole, severity, back)
    short = f"its {event.duration:g} days are less than a period of {period_days:g} days"
    if event.kind in PAUSES:
        return Course(0.0, severity, back, f"{short}, and a pause is all or nothing")
    return Course(
        1.0, severity * length, back, f"{short}: it is taken as one period at {100 * length:.0f} % of its severity"
    )


def in_the_calendar(day: date, first: date) -> date:
    """The same day of the year, on or after the first day of a run."""
    for year in (first.year, first.year + 1):
        try:
            moved = day.replace(year=year)
        except ValueError:  # 29 February
            moved = date(year, 3, 1)
        if moved >= first:
            break
    return moved


def _day_of_year(event: RecordedEvent, events: Sequence[RecordedEvent]) -> int:
    """Days from the beginning of the year in which the first replayed part of its incident happened."""
    year = min(e.date.year for e in events if e.incident == event.incident)
    return (event.date - date(year, 1, 1)).days


def starts_of(events: Sequence[RecordedEvent], settings: dict[str, Any], start: int | None) -> tuple[list[int], str]:
    """First period of every event, with the gaps between them as they were; and how the first was chosen.

    Events of several years are laid over one another, each on its own day of the year; the
    parts of an incident stay as far apart as they were.

    Parameters
    ----------
    events
        What is replayed, the oldest first.
    settings
        Of the case.
    start
        Period in which the first of them starts; None for the same day of the year if the case has
        a first date and no fewer of them fit into the run that way, else the end of the warm-up.
    """
    length, periods = float(settings["period_days"]), int(settings["periods"])
    days = [_day_of_year(e, events) for e in events]
    earliest = events[days.index(min(days))]
    gaps = [day - min(days) for day in days]

    def from_period(first: float) -> list[int]:
        return [math.floor((first + gap) / length + 1e-9) for gap in gaps]

    if start is not None:
        return from_period(start * length), f"the first starts in period {start}, as you asked"
    warm = int(settings["warm_up"])
    early = from_period(warm * length)
    if settings["start_date"]:
        zero = date.fromisoformat(settings["start_date"])
        begins = zero + timedelta(days=math.ceil(warm * length))
        dated = from_period((in_the_calendar(earliest.date, begins) - zero).days)
        if sum(s < periods for s in dated) >= sum(s < periods for s in early):
            return dated, "the first starts on its own day of the year"
        return (
            early,
            f"the first starts in period {warm}: from its own day of the year on, fewer would fit into the run",
        )
    return early, f"the first starts in period {warm}: the case has no start_date to count days of the year from"
