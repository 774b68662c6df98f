"""When a replayed event starts and how long it lasts, in the periods of a case."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from twinkit.study.recorded import RecordedEvent
from twinkit.tables.schema_events import LONGER, PAUSES


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
