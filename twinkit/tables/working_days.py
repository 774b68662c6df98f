"""Working calendars as numbers: the share of a full working day of every period."""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from twinkit.tables.case import Case

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEAR_DAYS = 364.0
"""Days over which a mean demand or a mean flow is spread on open periods: 52 whole weeks."""


def split_codes(holidays: str) -> list[tuple[str, str]]:
    """Country and region of every code of a cell.

    Examples
    --------
    >>> split_codes("DE-BY; us")
    [('DE', 'BY'), ('US', '')]
    """
    pairs = (code.strip().upper().partition("-")[::2] for code in holidays.split(";") if code.strip())
    return [(country, region) for country, region in pairs]


def unknown_code(country: str, region: str) -> str:
    """What is wrong with the code of a country and its region, or ""."""
    known = _countries()
    if country not in known:
        return f"names the country {country!r}, whose public holidays are not known"
    if region and region not in known[country]:
        regions = ", ".join(known[country]) or "none"
        return f"names the region {region!r} of {country}; the regions known are {regions}"
    return ""


@lru_cache(maxsize=1)
def _countries() -> dict[str, list[str]]:
    import holidays  # takes 0.2 seconds, and few cases need it

    return {code: sorted(regions) for code, regions in holidays.list_supported_countries().items() if len(code) == 2}


@lru_cache(maxsize=256)
def public_holidays(country: str, region: str, year: int) -> frozenset[date]:
    """Public holidays of a year, those observed on another day among them.

    Parameters
    ----------
    country, region
        ISO 3166 code of the country, and of its part or "".
    year
        The year.

    Notes
    -----
    The dates are those of the package ``holidays``.
    """
    import holidays

    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))


def first_day_of(case: Case) -> date | None:
    """Date of the first period, or None if the case does not say it."""
    text = case.settings["start_date"]
    return date.fromisoformat(text) if text else None


def needs_date(row) -> bool:
    """Whether a row of calendars means something only once days have dates."""
    return bool(row["holidays"]) or len({row[day] for day in WEEKDAYS}) > 1


def window_periods(case: Case) -> int:
    """Periods in 52 weeks, one at least [periods]."""
    return max(1, round(YEAR_DAYS / case.settings["period_days"]))


def period_shares(case: Case, first: int, end: int) -> dict[str, np.ndarray]:
    """Share of a full working day in some periods, by calendar.

    The share of a period is the mean over its days; of a period that is shorter than a day, that
    of its day.

    Parameters
    ----------
    case
        A case whose calendars are sound.
    first, end
        Periods from `first` to `end` (without it); those before the run are negative.

    Returns
    -------
    dict of array, shape (end - first,)
        Calendar → share, 0 = closed.
    """
    length = case.settings["period_days"]
    starts = np.floor(np.arange(first, end + 1) * length + 1e-9).astype(int)
    counts = np.maximum(np.diff(starts), 1)
    found = {}
    for _, row in case["calendars"].iterrows():
        own = case["calendar_exceptions"]
        own = own[own["calendar"] == row["calendar"]]
        days = _day_shares(case, row, own, int(starts[0]), int(max(starts[-1], starts[-2] + 1)))
        total = np.concatenate([[0.0], np.cumsum(days)])
        at = starts[:-1] - starts[0]
        share = (total[at + counts] - total[at]) / counts
        share[np.abs(share - np.round(share)) < 1e-12] = np.round(share[np.abs(share - np.round(share)) < 1e-12])
        for _, span in own[own["first_period"].notna()].iterrows():
            last = span["first_period"] if math.isnan(span["last_period"]) else span["last_period"]
            share[max(int(span["first_period"]) - first, 0) : max(int(last) + 1 - first, 0)] = span["share"]
        found[row["calendar"]] = share
    return found


def _day_shares(case: Case, row, exceptions, first: int, end: int) -> np.ndarray:
    """Share of the days from `first` to `end`, counted from the first of the run."""
    start = first_day_of(case)
    if start is None:
        return np.full(end - first, float(row[WEEKDAYS[0]]))
    week = np.array([row[day] for day in WEEKDAYS], float)
    share = week[(start.weekday() + np.arange(first, end)) % 7]
    years = range((start + timedelta(first)).year, (start + timedelta(end)).year + 1)
    for country, region in split_codes(row["holidays"]):
        for day in (d for year in years for d in public_holidays(country, region, year)):
            at = (day - start).days - first
            if 0 <= at < len(share):
                share[at] = 0.0
    for _, span in exceptions[exceptions["first_date"] != ""].iterrows():
        begin = (date.fromisoformat(span["first_date"]) - start).days - first
        until = (date.fromisoformat(span["last_date"] or span["first_date"]) - start).days - first
        share[max(begin, 0) : max(until + 1, 0)] = span["share"]
    return share


def period_of(case: Case, text: str) -> int:
    """Period in which a date lies; negative before the run [period]."""
    start = first_day_of(case)
    assert start is not None, "checked: a date needs the start_date"
    return math.floor((date.fromisoformat(text) - start).days / case.settings["period_days"] + 1e-9)
