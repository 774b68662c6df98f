"""Sentences about outcomes: built from numbers, and claiming no more than they hold."""

import re

import numpy as np
import pytest
from made_outcomes import made_outcome

import twinkit
from twinkit.answers import failed_words
from twinkit.chain.plan import plan_of
from twinkit.events.choices import Recorded
from twinkit.events.form import summary
from twinkit.run.scenario import Scenario, event_of
from twinkit.study import words


@pytest.fixture(scope="module")
def plan():
    case = twinkit.example("camera").replace(settings={"periods": 365, "warm_up": 0})
    happens = event_of("outage", start=30, duration=20, site="Camera")
    return plan_of(Scenario("stop", (happens,)).apply(case))


def test_the_headline_has_depth_day_and_recovery(plan):
    outcome = made_outcome(plan, fall=0.39, start=74, days=41, later=16)
    assert words.headline(outcome, "Without measures") == (
        "Without measures, service falls to 61 % on day 74 and is back for good 50 days after it failed (median; in 9 of 10 worlds 41 to 57)."
    )
    assert words.felt(outcome) == "Customers feel it from day 74 on, 44 days after it begins."


def test_service_that_never_fails_hardly_moves(plan):
    said = words.headline(made_outcome(plan, fall=0.03))
    assert said == "Service hardly moves: in every world it stays at 97 % or more of what it is without the event."
    assert words.felt(made_outcome(plan, fall=0.03)) == ""


def test_a_few_worlds_that_fail_are_counted(plan):
    outcome = made_outcome(plan, 64, fall=0.3)
    rare = np.arange(64) < 2
    outcome.failed = rare
    assert "in 3 % of the worlds it ever falls below 95 %" in words.headline(outcome)


def test_what_is_not_back_by_the_end_is_said_and_not_averaged(plan):
    never = made_outcome(plan, fall=0.5, start=300, days=200)
    assert words.headline(never).endswith("is not back for good by the end of the year in 100 % of the worlds.")
    some = made_outcome(plan, fall=0.5, start=300, days=20, later=50)
    said = words.headline(some)
    assert re.search(r"is back for good \d+ days after it failed \(median; in 9 of 10 worlds 20 to more than \d+\)", said)
    assert re.search(r"in \d+ % of the worlds it is not by the end of the year", said)


def test_a_difference_is_claimed_with_its_interval(plan):
    as_is = made_outcome(plan, fall=0.4, days=40, later=14)
    measured = made_outcome(plan, fall=0.2, days=25, later=21, money=3.1e6)
    said = words.measures_sentence(as_is, measured)
    assert re.match(r"Your measures save 1\d days \(\d+–\d+; mean of the worlds, the medians are \d+ and \d+\) until service is back for good and earn 3\.\d+ M USD", said)
    back = words.measures_sentence(measured, as_is)
    assert "more days" in back and "less" in back


def test_no_difference_is_claimed_when_the_interval_holds_0(plan):
    as_is = made_outcome(plan, fall=0.4, days=40, later=14)
    assert words.measures_sentence(as_is, as_is) == (
        "Your measures make no clear difference to the time until service is back, or to what is earned."
    )
    one = made_outcome(plan, 1, fall=0.4), made_outcome(plan, 1, fall=0.1, days=3, money=1e6)
    assert "no clear difference" in words.measures_sentence(*one)


def test_recovery_is_compared_as_far_as_both_were_watched(plan):
    never, soon = made_outcome(plan, fall=0.5, days=999), made_outcome(plan, fall=0.5, days=10)
    found = words.paired_kpi(never, soon, "time to recover")
    assert found.worlds == 64 and found.high < 0  # no world is left out, and the difference is at least what was seen
    assert words.paired_kpi(never, never, "time to recover").mean == 0
    said = words.measures_sentence(never, soon)
    assert "Not back by the end of the year: 100 % of the worlds without them, 0 % with them." in said


def test_without_prices_the_cost_is_compared(plan):
    as_is, measured = (made_outcome(plan, fall=0.4, days=d, later=5) for d in (30, 20))
    for outcome in (as_is, measured):
        outcome.kpis["revenue"] = np.zeros(64)
        del outcome.kpis["earnings"]
    measured.kpis["total cost"] = as_is.kpis["total cost"] - 2e5 - 1e3 * np.cos(np.arange(64))
    assert re.search(r"save 200,\d+ USD \(\d+,\d+–\d+,\d+\)", words.measures_sentence(as_is, measured))


@pytest.mark.parametrize(("length", "word"), [(7.0, "week"), (5.0, "period")])
def test_a_period_is_called_by_its_length(plan, length, word):
    other = plan_of(plan.case.replace(settings={"period_days": length}))
    said = words.headline(made_outcome(other, fall=0.4))
    assert f"{word} 40" in said and f"{word}s" in said and "day" not in said


def test_a_level_is_said_with_the_places_that_it_has():
    case = twinkit.example("camera").replace(settings={"failure_level": 0.955, "recovery_level": 0.985, "hold": 2, "period_days": 7.0})
    outcome = made_outcome(plan_of(case), 8, fall=0.03)
    assert words.level_of(outcome) == "95.5 %"
    assert failed_words(case.settings).endswith("back for good at 98.5 % or more: to the end of the run, and 2 weeks at least.")


@pytest.mark.parametrize(("days", "length", "said"), [(1, 1, "from day 3 for 1 day"), (7, 2, "from week 3 for 2 weeks"), (10, 1, "from period 3 for 1 period")])
def test_an_event_is_said_in_the_periods_of_its_case(days, length, said):
    case = twinkit.example("camera").replace(settings={"period_days": days, "periods": 40})
    event = event_of("outage", start=3, duration=length, site="Camera")
    assert summary(event, case).endswith(f", {said}")
    told = Recorded(case.replace(events=[event])).choices[event["event"]].told
    assert said in told
