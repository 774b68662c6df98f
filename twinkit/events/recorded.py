"""The library of recorded events: what really happened to supply chains, ready to be replayed on any.

The table is ``data/recorded_events.csv``.  What is recorded and what is assumed stand in
columns of their own, and every row names its source.  The page of documentation, the names of
countries and the lengths in periods of a case follow from it.
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


# The page of documentation about recorded events, made from their table.


_START = """# Recorded events

What really happened to supply chains, ready to be replayed on any chain. The table is
`data/recorded_events.csv`; this page is made from it. Facts come from the sources named;
what is an assumption is told apart from what is on record.

    import twinkit

    again = twinkit.replay(twinkit.example("automotive"), "2021")    # or "Suez blockage 2021", or a list
    print(*again.sentences(), sep="\\n")                              # what each hits here, or why nothing
    found = twinkit.ensemble(again.case, again.scenario, 64)

`again.case` is the case with the events added, not scheduled; `again.scenario` makes them
happen; `again.table()` has a row for every event. `twinkit.recorded_events()` is the library
as a table.

## Where it hits another chain

- **area**: sites and ports in the circle, by their coordinates; if no site has coordinates, those
  of the country. Countries are known by their ISO codes and English names.
- **port**: lanes that name the port or canal in `via`, by its name or its place. If no lane of the
  case names any port, the lanes by sea between the countries it stands between.
- **lanes**: lanes of the mode, with an end in the countries; of a duty, into the country that
  takes it.
- **site**: an event at one site, such as a fire in a fab. First a site that makes such a thing in the
  same place; else the site that comes nearest by what it makes (the first of the words that any
  site matches; among several, the one with the most money a year in what leaves it); else the site of
  that kind with the most money a year in what leaves it. Which it is, is told in words.
  `stand_ins=False` leaves out all but the same place.

`at={"Naka fab fire 2021": "My supplier"}` places an event where you want it. What an area hits
leaves out sites that another part of the same incident hits by itself. An event that hits nothing
on your chain is told with the reason.

## When

The gaps between the events of a year stay as they were; events of several years are laid over one
another, each on its own day of the year. The first starts on its own day of the year if the
case has a `start_date`, or in the period `start`. Days become periods of the case (rounded); what
lasts less than a period happens for one period at so much less of its severity.

"""


def recorded_page() -> str:
    """The whole page, in Markdown."""
    columns = ["## The columns\n", "| column | meaning |", "|---|---|"]
    columns += [f"| `{name}` | {meaning} |" for name, meaning in COLUMNS.items()]
    return "\n".join([_START + "\n".join(columns) + "\n", "## The events\n", *(_entry(e) for e in library())])


def _entry(event: RecordedEvent) -> str:
    part = f" (part of {event.incident})" if event.incident != event.event else ""
    lasts = "with no end in sight" if event.duration != event.duration else f"for {event.duration:g} days"
    back = f", then {event.recovery_days:g} days back ({event.recovery})" if event.recovery_days else ""
    what = f"{event.kind} {event.severity_words}, {lasts}{back}; placed by {event.reach}: {event.hits}"
    lines = [
        f"### {event.event}{part}\n",
        f"From {event.day}: {what}.\n",
        f"- Recorded: {event.recorded}",
        f"- Assumed: {event.assumed}",
        f"- Source: {event.source}.\n",
    ]
    return "\n".join(lines)


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
