"""Working calendars and open orders: what the tables mean in days, and the sentence for each mistake."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from tables.broken_dates import BROKEN_DATES, FIVE, MADE, SHIPMENT, SOLD, START, broken_case

from twinkit.tables import Case, check_case
from twinkit.tables.working_days import period_of, period_shares, public_holidays


def days(*rows, exceptions=(), periods=14, **settings):
    """Shares of the first calendar in a run from Thursday 1 January 2026."""
    case = Case("days", {"calendars": list(rows), "calendar_exceptions": list(exceptions)}, {**START, **settings})
    return period_shares(case, 0, periods)[rows[0]["calendar"]].tolist()


def test_weekdays_follow_the_start_date():
    assert days(FIVE, periods=9) == [1, 1, 0, 0, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("code", "day"),
    # Gesetz über den Schutz der Sonn- und Feiertage (Bavaria), 5 U.S.C. 6103, Act on National Holidays (Japan)
    [("DE-BY", "2026-01-06"), ("DE", "2026-10-03"), ("US", "2026-07-03"), ("JP", "2026-05-05"), ("FR", "2026-07-14")],
)
def test_public_holidays_are_those_of_the_law(code, day):
    country, _, region = code.partition("-")
    assert date.fromisoformat(day) in public_holidays(country, region, 2026)


def test_epiphany_is_a_holiday_in_bavaria_only():
    assert days({**FIVE, "holidays": "DE-BY"}, periods=7) == [0, 1, 0, 0, 1, 0, 1]
    assert days({**FIVE, "holidays": "DE"}, periods=7) == [0, 1, 0, 0, 1, 1, 1]
    assert days({**FIVE, "holidays": "DE; US"}, periods=20)[18] == 0  # Martin Luther King's birthday


def test_exceptions_come_before_weekdays_and_holidays():
    shut = {"calendar": "five", "first_date": "2026-01-05", "last_date": "2026-01-07"}
    extra = {"calendar": "five", "first_date": "2026-01-10", "share": 1.5}
    assert days(FIVE, exceptions=[shut, extra], periods=10) == [1, 1, 0, 0, 0, 0, 0, 1, 1, 1.5]
    assert days(FIVE, exceptions=[{"calendar": "five", "first_period": 2, "last_period": 3, "share": 1}], periods=5) == [1, 1, 1, 1, 1]


def test_a_week_has_the_mean_share_of_its_days():
    assert days(FIVE, periods=2, period_days=7.0, start_date="2026-01-05") == pytest.approx([5 / 7, 5 / 7])
    shut = [{"calendar": "five", "first_date": "2026-01-12", "last_date": "2026-01-16"}]
    assert days(FIVE, exceptions=shut, periods=2, period_days=7.0, start_date="2026-01-05") == pytest.approx([5 / 7, 0])
    hours = days(FIVE, periods=72, period_days=1 / 24, start_date="2026-01-02")
    assert hours == [1] * 24 + [0] * 48


def test_a_date_is_the_period_in_which_it_lies():
    weeks = Case("weeks", {}, {**START, "period_days": 7.0})
    assert [period_of(weeks, d) for d in ("2025-12-31", "2026-01-01", "2026-01-07", "2026-01-08")] == [-1, 0, 0, 1]


@pytest.mark.parametrize("name", BROKEN_DATES)
def test_one_mistake_gives_one_sentence(name, tables):
    problems, sentence = check_case(broken_case(name, tables)), BROKEN_DATES[name][-1]
    assert [str(p) for p in problems if sentence in str(p)], [str(p) for p in problems]
    assert len(problems) == 1, [str(p) for p in problems]


def test_what_is_sound_has_no_sentence(tables):
    tables["sites"][1]["calendar"] = tables["lanes"][0]["calendar"] = tables["markets"][0]["calendar"] = "five"
    orders = [SHIPMENT, {**SHIPMENT, "order": "4711", "due": None, "due_date": "2026-02-01"}, MADE, {**MADE, "due": 3}, SOLD]
    far = [{"kind": "purchase_order", "origin": "Bakery", "destination": "Shop", "product": "Bread", "units": 3, "due": 400}]
    case = Case("sound", {**tables, "calendars": [*tables["calendars"], {**FIVE, "holidays": "DE"}], "open_orders": orders + far}, START)
    assert check_case(case) == []
    assert np.isnan(case["open_orders"]["due"][1])
