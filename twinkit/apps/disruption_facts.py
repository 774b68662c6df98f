"""The numbers of the disruption app that are read first, each with how sure it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from twinkit.apps.disruption_cards import MEANINGS
from twinkit.apps.disruption_model import Results
from twinkit.study.outcome import FORMULAS, Outcome
from twinkit.study.verdict import BETTER, WORSE, judge
from twinkit.study.words import Paired, hardly_moves, level_of, paired, periods_word, worst_day
from twinkit.words import between, percent, rounded

WIDE = (0.05, 0.95)
"""Quantiles between which 9 of 10 worlds lie."""


def facts_of(results: Results) -> list[dict[str, Any]]:
    """The main figures: with your measures if there are any, and without them beside."""
    facts = [_fall(results), _back(results), _lost(results)]
    if "earnings" in results.as_is.kpis:
        facts.append(_earned(results))
    return facts


def _fact(
    name: str, label: str, value: str, interval: str, definition: str, why: bool, tone: str = "none"
) -> dict[str, Any]:
    value, _, unit = value.rpartition(" ") if value[:1] in "0123456789>" and value[-1:].isalpha() else (value, "", "")
    return {
        "name": name, "label": label, "value": value, "unit": unit, "interval": interval, "definition": definition,
        "why": why, "tone": tone,
    }  # fmt: skip


def _without(results: Results, say: Callable[[Outcome], str]) -> str:
    """What it is without the measures, as the end of a line."""
    return f"; without measures {say(results.as_is)}" if results.measured is not None else ""


def _fall(results: Results) -> dict[str, Any]:
    shown = results.measured or results.as_is
    day = worst_day(shown)
    low, high = np.quantile(shown.service[day], WIDE)
    usual = percent(shown.calm_service[day].mean())
    spread = f"on {periods_word(shown, 1)} {day}, where it is {usual} without the event; {percent(low)} to {percent(high)} in 9 of 10 worlds"

    def say(outcome: Outcome) -> str:
        return percent(outcome.service[worst_day(outcome)].mean())

    definition = (
        "The lowest day of the mean service curve. Service: units served at once from stock, of the units that customers "
        "ask for on that day. The interval is that of the worlds on the same day."
    )
    return _fact(
        "fall", "Lowest service" if hardly_moves(shown) else "Service falls to", say(shown), spread + _without(results, say), definition, not hardly_moves(shown)
    )


def _recovery(outcome: Outcome) -> str:
    if not outcome.recovery_quantiles((0.5,))[0]:
        return "never low" if not outcome.failed.any() else "mostly never low"
    told = outcome.recovery_told()
    return f"{told} {periods_word(outcome, 1 if told == '1' else 2)}"


def _back(results: Results) -> dict[str, Any]:
    shown = results.measured or results.as_is
    low, high = (shown.recovery_told(share).replace("> ", "more than ") for share in WIDE)
    rare = not shown.recovery_quantiles((0.5,))[0]
    spread = f"median; {low} to {high} in 9 of 10 worlds"
    if rare:
        spread = f"service falls below {level_of(shown)} of what it is without the event in {percent(shown.failed.mean())} of the worlds"
    if shown.censored.any():
        spread += f"; {percent(shown.censored.mean())} of the worlds are not back by the end"
    if shown.failed.any() and not rare:
        spread += f"; low on {_usual(shown, 'time below')} {periods_word(shown)} in all"
        dips = _usual(shown, "dips")
        spread += f", in {dips} dips" if dips != "1" else ""
    definition = MEANINGS["time to recover"].format(FORMULAS["time to recover"][1])
    return _fact(
        "back", "Until service is back", _recovery(shown), spread + _without(results, _recovery), definition, False
    )


def _usual(outcome: Outcome, kpi: str) -> str:
    """Median over the worlds in which service fails."""
    return rounded(float(np.quantile(outcome.kpis[kpi][outcome.failed], 0.5, method="higher")))


def _lost(results: Results) -> dict[str, Any]:
    """Units that are not served at once because of the event, against the same worlds without it."""
    shown = results.measured or results.as_is

    def found(outcome: Outcome) -> Paired:
        return paired(outcome.calm_kpis["lost sales"], outcome.kpis["lost sales"], False)

    definition = (
        f"Lost sales: {FORMULAS['lost sales'][1]}. The difference to the same worlds without the event; "
        "the interval is that of the mean, at 95 %."
    )
    return _fact(
        "lost", "Sales lost because of it", _more(found(shown), "units"), _spread(found(shown), "units")
        + _without(results, lambda o: _more(found(o), "units")), definition, not hardly_moves(shown), _tone(results, "lost sales"),
    )  # fmt: skip


def _earned(results: Results) -> dict[str, Any]:
    shown = results.measured or results.as_is
    money = shown.plan.case.settings["currency"]

    def found(outcome: Outcome) -> Paired:
        return paired(outcome.kpis["earnings"], outcome.calm_kpis["earnings"], True)

    definition = (
        f"{MEANINGS['earnings'].format(FORMULAS['earnings'][1])} What is earned less than in the same worlds without the event; "
        "the interval is that of the mean, at 95 %."
    )
    more = found(shown).mean < 0

    def size(outcome: Outcome) -> Paired:
        """What is earned less, or more, as the label says."""
        one = found(outcome)
        return Paired(-one.mean, -one.high, -one.low, one.better, one.worlds) if more else one

    return _fact(
        "earned", f"Earned {'more' if more else 'less'} because of it", _more(size(shown), money), _spread(size(shown), money)
        + _without(results, lambda o: _more(size(o), money)), definition, False, _tone(results, "earnings"),
    )  # fmt: skip


def _more(found: Paired, unit: str) -> str:
    return f"{rounded(found.mean)} {unit}" if found.clear or found.mean == 0 else "no clear difference"


def _spread(found: Paired, unit: str) -> str:
    return f"{between(found.low, found.high)}{f' {unit} (mean, 95 %)' if math.isfinite(found.low) else ''}"


def _tone(results: Results, kpi: str) -> str:
    """Whether the measures make it better, for all to see; without any, whether the event makes it worse."""
    pair = results.pair()
    if pair is None:
        return "none"
    base, other = pair
    word = judge(kpi, base.kpis, other.kpis).word
    return word if word in (BETTER, WORSE) else "none"
