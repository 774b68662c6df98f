"""Outcomes in words: sentences that a person can repeat in a meeting.

Every sentence is built from the numbers of an :class:`~twinkit.run.outcome.Outcome`.
A difference is claimed only if its 95 % interval leaves out 0; what had not recovered
by the end of a run is said so and never averaged.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from twinkit.run.outcome import FORMULAS, Outcome
from twinkit.run.resilience import relative_service
from twinkit.run.runs import parting
from twinkit.run.statistics import limits, mean_interval, share_interval, watched_together
from twinkit.run.verdict import MORE_IS_BETTER, NONE, judge, measure_of
from twinkit.words import amount, between, percent, period_word, rounded

MOST = 0.8
"""Share of the time until service is back from which on it counts as low all that time."""
HARDLY = 0.05
"""Share of the worlds with a failure up to which service is said to hardly move."""


class Paired(NamedTuple):
    """A difference on the same luck: mean with 95 % interval, share of worlds that are better, worlds."""

    mean: float
    low: float
    high: float
    better: float
    worlds: int

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return bool(self.low > 0 or self.high < 0)


def periods_word(outcome: Outcome, count: float = 2) -> str:
    """What a period of the case is called: day, week, month or period."""
    return period_word(outcome.plan.case.settings, count)


def end_of_run(outcome: Outcome) -> str:
    """What the end of the run is called."""
    settings = outcome.plan.case.settings
    return "the year" if settings["periods"] == 365 and settings["period_days"] == 1 else "the run"


# --- differences


def paired(
    base: np.ndarray, other: np.ndarray, more_is_better: bool, within: tuple[float, float] | None = None
) -> Paired:
    """Difference (other - base), world by world; worlds in which one is not defined do not count."""
    difference = (other - base)[np.isfinite(base) & np.isfinite(other)]
    better = int(((difference > 0) if more_is_better else (difference < 0)).sum())
    return Paired(*mean_interval(difference, within=within), share_interval(better, len(difference))[0], len(difference))


def paired_kpi(base: Outcome, other: Outcome, kpi: str) -> Paired:
    """What `other` changes in a KPI; times to recover count as far as both were watched."""
    a, b = base.kpis[kpi], other.kpis[kpi]
    if kpi == "time to recover":
        a, b = watched_together(a, b, base.censored, other.censored)
    return paired(a, b, kpi in MORE_IS_BETTER, limits(FORMULAS[kpi][0], change=True))


# --- sentences


def hardly_moves(outcome: Outcome) -> bool:
    """Whether service fails in (almost) no world."""
    return bool(outcome.failed.mean() <= HARDLY)


def level_of(outcome: Outcome) -> str:
    """Level below which service has failed, as per cent of what it is without the event."""
    return amount(outcome.plan.case.settings["failure_level"], "share")


def start_of_event(outcome: Outcome) -> int:
    """First period of the first event; 0 without one."""
    return parting(outcome.plan) if outcome.events else 0


def worst_day(outcome: Outcome) -> int:
    """Period with the lowest mean service since the event began."""
    start = min(start_of_event(outcome), len(outcome.service) - 1)
    return start + int(outcome.service[start:].mean(axis=1).argmin())


def first_felt(outcome: Outcome) -> int:
    """Median of the first periods in which service is below the failure level; worlds that fail only."""
    level = outcome.plan.case.settings["failure_level"]
    below = relative_service(outcome.service, outcome.calm_service) < level
    return int(np.median(below[:, outcome.failed].argmax(axis=0)))


def headline(outcome: Outcome, subject: str = "") -> str:
    """How far service falls, when, and when it is back.

    Parameters
    ----------
    outcome
        A scenario with an event.
    subject
        What the sentence starts with: "Without measures".
    """
    lead = f"{subject}, service" if subject else "Service"
    if hardly_moves(outcome):
        return _calm_sentence(outcome, lead)
    day = worst_day(outcome)
    word = periods_word(outcome, 1)
    low = percent(outcome.service[day].mean())
    return f"{lead} falls to {low} on {word} {day} and {_recovery(outcome)}."


def _calm_sentence(outcome: Outcome, lead: str) -> str:
    level = amount(outcome.plan.case.settings["failure_level"], "share")
    if not outcome.failed.any():
        low = percent(relative_service(outcome.service, outcome.calm_service).min())
        return f"{lead} hardly moves: in every world it stays at {low} or more of what it is without the event."
    rare = float(outcome.failed.mean())
    share = percent(rare) if rare >= 0.005 else "fewer than 1 %"
    return f"{lead} hardly moves: in {share} of the worlds it ever falls below {level} of what it is without the event."


def _recovery(outcome: Outcome) -> str:
    middle = outcome.times_to_recover.quantile(0.5)
    late = outcome.censored.sum() / max(1, outcome.failed.sum())
    if not math.isfinite(middle):
        told = f"is not back for good by the end of {end_of_run(outcome)} in {percent(late)} of the worlds"
        return told + _meanwhile(outcome, math.inf)
    if not middle:  # most worlds never fail, so there is nothing to be back from
        return f"stays at {level_of(outcome)} or more of what it is without the event in {percent(1 - outcome.failed.mean())} of the worlds"
    low, high = (outcome.times_to_recover.shown(share).replace("> ", "more than ") for share in (0.05, 0.95))
    text = f"is back for good {rounded(middle)} {periods_word(outcome, middle)} after it failed (median; in 9 of 10 worlds {low} to {high})"
    text += _meanwhile(outcome, middle)
    return f"{text}; in {percent(late)} of the worlds it is not by the end of {end_of_run(outcome)}" if late else text


def _meanwhile(outcome: Outcome, back: float) -> str:
    """That service was not low all the time until it was back, or fell more than once; "" where one dip is all."""
    below, dips = (
        float(np.quantile(outcome.kpis[k][outcome.failed], 0.5, method="higher")) for k in ("time below", "dips")
    )
    word, level = periods_word(outcome, below), amount(outcome.plan.case.settings["recovery_level"], "share")
    if dips >= 2:
        return f"; until then it falls {rounded(dips)} times and is below {level} on {rounded(below)} {word} in all (median)"
    return f"; it is below {level} on {rounded(below)} {word} of them (median)" if below < MOST * back < math.inf else ""


def felt(outcome: Outcome) -> str:
    """When customers feel it, or "" if hardly any do."""
    if hardly_moves(outcome) or not outcome.events:
        return ""
    day, word = first_felt(outcome), periods_word(outcome, 1)
    wait = day - start_of_event(outcome)
    if wait <= 1:
        return f"Customers feel it at once, from {word} {day} on."
    return f"Customers feel it from {word} {day} on, {wait} {periods_word(outcome, wait)} after it begins."


def usual_service(outcome: Outcome) -> str:
    """A word of caution where hardly anything is served at once even without the event, else ""."""
    usual = float(outcome.calm_service.mean())
    if usual >= 0.5:
        return ""
    return f"Even without the event only {percent(usual)} is served at once: customers wait here as a rule."


def recovery_effect(as_is: Outcome, measured: Outcome) -> str:
    """What measures change in the time to recover: "save 12 days (10–14; mean of the worlds, the medians are 184 and 172)"."""
    days = paired_kpi(as_is, measured, "time to recover")
    if not days.clear:
        return "make no clear difference to the time until service is back"
    word = periods_word(as_is, round(abs(days.mean)))
    how = f"mean of the worlds, the medians are {as_is.times_to_recover.shown(0.5)} and {measured.times_to_recover.shown(0.5)}"
    if (as_is.censored | measured.censored).any():
        how += f", counted to the end of {end_of_run(as_is)}"
    if days.mean < 0:
        return f"save {rounded(-days.mean)} {word} ({between(-days.high, -days.low)}; {how}) until service is back for good"
    return f"cost {rounded(days.mean)} more {word} ({between(days.low, days.high)}; {how}) until service is back for good"


def money_effect(as_is: Outcome, measured: Outcome) -> str:
    """What measures change in money: earnings where every market has a price, else total cost."""
    currency, kpi = as_is.plan.case.settings["currency"], measure_of(as_is.kpis)
    money, said = paired_kpi(as_is, measured, kpi), judge(kpi, as_is.kpis, measured.kpis)
    if kpi == "earnings":
        more, less, what = "earn {} more", "earn {} less", "to what is earned"
    else:
        more, less, what = "cost {} more", "save {}", "to the total cost"
        less = "cost {} less" if said.word == NONE else less
    if not money.clear:
        return f"make no clear difference {what}"
    low, high = sorted((abs(money.low), abs(money.high)))
    text = f"{rounded(abs(money.mean))} {currency} ({between(low, high)})"
    but = f", but {said.why}" if said.word == NONE else ""
    return (more if money.mean > 0 else less).format(text) + but


def measures_sentence(as_is: Outcome, measured: Outcome) -> str:
    """What measures change, on the same luck.

    Parameters
    ----------
    as_is, measured
        The same event in the same worlds, without the measures and with them.
    """
    money = money_effect(as_is, measured)
    if hardly_moves(as_is) and hardly_moves(measured):
        return f"Your measures {money}."
    days = recovery_effect(as_is, measured)
    late, later = percent(as_is.censored.mean()), percent(measured.censored.mean())
    tail = ""
    if as_is.censored.any() or measured.censored.any():
        tail = f" Not back by the end of {end_of_run(as_is)}: {late} of the worlds without them, {later} with them."
    both_unclear = days.startswith("make no") and money.startswith("make no")
    if both_unclear:
        return f"Your measures {days}, or {money.removeprefix('make no clear difference ')}.{tail}"
    return f"Your measures {days} and {money}.{tail}"
