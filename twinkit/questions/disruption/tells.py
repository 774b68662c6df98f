"""What the page says of events and measures: sentences, the main figures with how sure they are, and a card for each KPI.

There is one measuring rod: the same worlds with no event and no measure.  What is lost because of the
event is counted from there, with your measures as well, so that cards, figures and sentences add up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from twinkit.levers.levers import levers_of
from twinkit.questions.disruption.refine import AS_IS, MEASURED, first_worlds
from twinkit.result import Card, Fact
from twinkit.run.outcome import FORMULAS, Outcome
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import mean_interval
from twinkit.run.verdict import BETTER, MORE_IS_BETTER, NONE, WORSE, Verdict, judge, judged, served
from twinkit.study.asked import scenario_of
from twinkit.study.words import (
    Paired,
    felt,
    hardly_moves,
    headline,
    level_of,
    measures_sentence,
    paired,
    paired_kpi,
    periods_word,
    usual_service,
    worst_day,
)
from twinkit.tables.case import Case
from twinkit.words import between, listed, percent, rounded


class Results(NamedTuple):
    """The events as the chain is, and with measures; `measured` is None without any."""

    as_is: Outcome
    measured: Outcome | None

    def pair(self) -> tuple[Outcome, Outcome] | None:
        """Both on the same worlds, for differences; None without measures."""
        if self.measured is None:
            return None
        worlds = min(self.as_is.replications, self.measured.replications)
        return first_worlds(self.as_is, worlds), first_worlds(self.measured, worlds)


def results_of(found: Mapping[str, Outcome]) -> Results:
    """What came of it, by name."""
    return Results(found[AS_IS], found.get(MEASURED))


def sentences_of(results: Results) -> list[str]:
    """The headline and what goes with it."""
    pair = results.pair()
    if pair:
        told = [headline(results.measured, "With your measures"), headline(results.as_is, "Without measures"), _measures(pair), *_while_calm(pair)]
        told += _uncounted(*scenario_of(results.measured))
    else:
        told = [headline(results.as_is), felt(results.as_is)]
    return [line for line in (*told, usual_service(results.as_is)) if line]


def _uncounted(case: Case, scenario: Scenario) -> list[str]:
    """Measures of which the run does not count all that they cost."""
    names = [lever.label for lever in levers_of(case, scenario.levers) if lever.name in scenario.levers and lever.price is None]
    return [f"Not counted is what it costs to have these beyond what the run counts (qualifying a source, keeping capacity …): {listed(names)}."] if names else []


def _measures(pair: tuple[Outcome, Outcome]) -> str:
    """What the measures change; that they change nothing at all here, where every world is the same to the last number."""
    base, other = pair
    if all(np.array_equal(base.kpis[k], other.kpis[k], equal_nan=True) for k in base.kpis):
        case, scenario = scenario_of(other)
        known = {lever.name: lever.label for lever in levers_of(case, scenario.levers)}
        moved = listed([known.get(n, n) for n in scenario.levers])
        return f"Your measures change nothing in this event, in any world: {moved}. Move another one."
    return measures_sentence(base, other)


def _while_calm(pair: tuple[Outcome, Outcome]) -> list[str]:
    """What the measures cost while nothing happens, and how often the event must happen for them to pay.

    A run of H years in which the event happens with the chance p earns p · gain - (1 - p) · cost more with them, so they
    pay from p = cost / (gain + cost) on: once in H / p years.
    """
    base, other = pair
    if "earnings" not in base.kpis or not len(other.calm_kpis.get("earnings", ())):
        return []
    settings = base.plan.case.settings
    cost = mean_interval(base.calm_kpis["earnings"] - other.calm_kpis["earnings"])
    gain = mean_interval(other.kpis["earnings"] - base.kpis["earnings"])
    counted = base.plan.periods - int(settings["warm_up"])  # what is earned before is in no KPI
    money, years = settings["currency"], counted * settings["period_days"] / 365.0
    if cost.low > 0:
        said = f"While nothing happens they cost {rounded(cost.value)} {money} ({between(cost.low, cost.high)}) over the {rounded(counted)} {periods_word(base)} of a run that count"
        if gain.low > 0:
            return [f"{said}: they pay if this happens more often than about once in {rounded(years * (gain.value + cost.value) / cost.value)} years."]
        return [f"{said}."]
    if cost.high < 0:
        return [f"While nothing happens they earn {rounded(-cost.value)} {money} more, too."]
    return ["While nothing happens they make no clear difference to what is earned."] if cost.value else []


# --- a card for each KPI

LABELS = {
    "fill rate": "Served at once",
    "lost sales": "Sales lost",
    "depth": "Worst single day, of the usual",
    "time to recover": "Until service is back",
    "earnings": "Earned",
    "total cost": "Total cost",
}
"""KPI → name on its card."""

MEANINGS = {
    "fill rate": "Fill rate: {}.",
    "lost sales": "Lost sales: {}.",
    "depth": "Depth: {}. Every world has its own worst day, so this lies below the low point of the mean curve.",
    "time to recover": "Time to recover: {}. The median of the worlds is shown; what measures change is the mean of the "
                       "differences, each counted as far as both were watched.",
    "earnings": "Earnings: {}.",
    "total cost": "Total cost: {}. It also rises when more is made because more is sold.",
}
MORE = {"fill rate": "more", "depth": "higher", "earnings": "more", "lost sales": "more", "total cost": "more",
        "time to recover": "more"}  # fmt: skip
LESS = {**MORE, **dict.fromkeys(MORE, "less"), "depth": "lower", "lost sales": "fewer", "time to recover": "fewer"}


class Figure(NamedTuple):
    """How a KPI is taken from an outcome and written."""

    values: Callable[[Outcome], np.ndarray]
    calm: Callable[[Outcome], np.ndarray] | None
    write: Callable[[float], str]
    change: Callable[[float], str]


def figures(outcome: Outcome) -> dict[str, Figure]:
    """Figures of a case, by KPI; earnings only where every market has a price."""
    money = outcome.plan.case.settings["currency"]

    def plain(kpi: str, write: Callable[[float], str], change: Callable[[float], str]) -> Figure:
        return Figure(lambda o: o.kpis[kpi], (lambda o: o.calm_kpis[kpi]) if kpi in o_calm else None, write, change)

    o_calm = outcome.calm_kpis
    points = _points
    found = {
        "fill rate": plain("fill rate", lambda x: percent(x, 1), points),
        "lost sales": plain("lost sales", lambda x: f"{rounded(x)} units", lambda x: f"{rounded(x)} units"),
        "depth": plain("depth", percent, points),
        "time to recover": plain("time to recover", rounded, lambda x: f"{rounded(x)} {periods_word(outcome, round(x))}"),
        "earnings": plain("earnings", lambda x: f"{rounded(x)} {money}", lambda x: f"{rounded(x)} {money}"),
        "total cost": plain("total cost", lambda x: f"{rounded(x)} {money}", lambda x: f"{rounded(x)} {money}"),
    }  # fmt: skip
    return {kpi: figure for kpi, figure in found.items() if kpi in outcome.kpis}


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"


def cards_of(results: Results) -> list[Card]:
    """What every KPI is without the event, with it and with measures, and what has changed."""
    return [_card(kpi, figure, results) for kpi, figure in figures(results.as_is).items()]


def _card(kpi: str, figure: Figure, results: Results) -> Card:
    as_is, measured = results.as_is, results.measured
    rows = [["As it is", _value(kpi, figure, as_is), "scenario"]]
    if figure.calm is not None:
        rows.insert(0, ["No event", _mean(figure.calm(as_is), figure), "baseline"])
    if measured is not None:
        rows.append(["With measures", _value(kpi, figure, measured), "other"])
    change, tone = _change(kpi, figure, results)
    meaning = MEANINGS[kpi].format(FORMULAS[kpi][1] if kpi in FORMULAS else "")
    return Card(kpi, LABELS[kpi], meaning, rows, change, tone)


def _mean(values: np.ndarray, figure: Figure) -> str:
    good = values[np.isfinite(values)]
    return figure.write(float(good.mean())) if len(good) else "not defined"


def _value(kpi: str, figure: Figure, outcome: Outcome) -> str:
    if kpi != "time to recover":
        return _mean(figure.values(outcome), figure)
    told = outcome.times_to_recover.shown(0.5)
    return f"{told} {periods_word(outcome, 1 if told == '1' else 2)} (median)"


def _change(kpi: str, figure: Figure, results: Results) -> tuple[str, str]:
    """What your measures change; without any, what the event does."""
    more_is_better = kpi in MORE_IS_BETTER
    pair = results.pair()
    if pair is not None:
        base, other = pair
        found = paired_kpi(base, other, kpi)
        said = judged(kpi, found.mean, found.low, found.high, served(base.kpis, other.kpis))
        return _said("Your measures", kpi, figure, found, said)
    if figure.calm is None:
        return "Move a measure to see what it changes.", "none"
    found = paired(figure.calm(results.as_is), figure.values(results.as_is), more_is_better)
    return _said("The event", kpi, figure, found, judge(kpi, results.as_is.calm_kpis, results.as_is.kpis))


def _said(subject: str, kpi: str, figure: Figure, found: Paired, verdict: Verdict) -> tuple[str, str]:
    if not found.clear:
        verb = "make" if subject.endswith("s") else "makes"
        return f"{subject} {verb} no clear difference.", "unclear"
    low, high = sorted((abs(found.low), abs(found.high)))
    word = (MORE if found.mean > 0 else LESS)[kpi]
    spread = f"{_plain(figure, low)} to {_plain(figure, high)}"
    text = f"{subject}: {figure.change(abs(found.mean))} {word} ({spread}{'; mean' if kpi == 'time to recover' else ''})"
    if verdict.word == NONE:
        return f"{text}; no verdict: {verdict.why}.", "none"
    return f"{text}; better in {percent(found.better)} of the worlds.", verdict.word


def _plain(figure: Figure, value: float) -> str:
    """A change without its unit; millions keep their M."""
    return figure.change(value).rsplit(" ", 1)[0]


# --- the main figures

WIDE = (0.05, 0.95)
"""Quantiles between which 9 of 10 worlds lie."""


def facts_of(results: Results) -> list[Fact]:
    """The main figures: with your measures if there are any, and without them beside."""
    facts = [_fall(results), _back(results), _lost(results)]
    if "earnings" in results.as_is.kpis:
        facts.append(_earned(results))
    return facts


def _without(results: Results, say: Callable[[Outcome], str]) -> str:
    """What it is without the measures, as the end of a line."""
    return f"; without measures {say(results.as_is)}" if results.measured is not None else ""


def _fall(results: Results) -> Fact:
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
    label = "Lowest service" if hardly_moves(shown) else "Service falls to"
    return Fact(label, say(shown), spread + _without(results, say), definition, name="fall", because=None if hardly_moves(shown) else shown)


def _recovery(outcome: Outcome) -> str:
    if not outcome.times_to_recover.quantile(0.5):
        return "never low" if not outcome.failed.any() else "mostly never low"
    told = outcome.times_to_recover.shown(0.5)
    return f"{told} {periods_word(outcome, 1 if told == '1' else 2)}"


def _back(results: Results) -> Fact:
    shown = results.measured or results.as_is
    low, high = (shown.times_to_recover.shown(share).replace("> ", "more than ") for share in WIDE)
    rare = not shown.times_to_recover.quantile(0.5)
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
    return Fact("Until service is back", _recovery(shown), spread + _without(results, _recovery), definition, name="back")


def _usual(outcome: Outcome, kpi: str) -> str:
    """Median over the worlds in which service fails."""
    return rounded(float(np.quantile(outcome.kpis[kpi][outcome.failed], 0.5, method="higher")))


def _because(results: Results, kpi: str, outcome: Outcome, more_is_worse: bool) -> Paired:
    """What the event adds to a KPI against the same worlds with no event and no measure."""
    calm = results.as_is.calm_kpis[kpi]
    worlds = min(len(calm), outcome.replications)
    ends = calm[:worlds], outcome.kpis[kpi][:worlds]
    return paired(*(ends if more_is_worse else ends[::-1]), not more_is_worse)


def _rod(results: Results) -> str:
    return "the same worlds with no event and no measure" if results.measured is not None else "the same worlds without the event"


def _lost(results: Results) -> Fact:
    """Units that are not served at once because of the event."""
    shown = results.measured or results.as_is

    def found(outcome: Outcome) -> Paired:
        return _because(results, "lost sales", outcome, True)

    definition = f"Lost sales: {FORMULAS['lost sales'][1]}. The difference to {_rod(results)}; the interval is that of the mean, at 95 %."
    return Fact(
        "Sales lost because of it", _more(found(shown), "units"), _spread(found(shown), "units") + _without(results, lambda o: _more(found(o), "units")),
        definition, _tone(results, "lost sales"), name="lost", because=None if hardly_moves(shown) else shown,
    )  # fmt: skip


def _earned(results: Results) -> Fact:
    shown = results.measured or results.as_is
    money = shown.plan.case.settings["currency"]
    more = _because(results, "earnings", shown, False).mean < 0
    why = "because of it" if results.measured is None else "because of it and of the measures"

    def size(outcome: Outcome) -> Paired:
        """What is earned less, or more, as the label says."""
        one = _because(results, "earnings", outcome, False)
        return Paired(-one.mean, -one.high, -one.low, one.better, one.worlds) if more else one

    definition = (f"{MEANINGS['earnings'].format(FORMULAS['earnings'][1])} What is earned less than in {_rod(results)}; "
                  "the interval is that of the mean, at 95 %.")  # fmt: skip
    return Fact(
        f"Earned {'more' if more else 'less'} {why}", _more(size(shown), money),
        _spread(size(shown), money) + _without(results, lambda o: _more(size(o), money)), definition, _tone(results, "earnings"), name="earned",
    )  # fmt: skip


def _more(found: Paired, unit: str) -> str:
    return f"{rounded(found.mean)} {unit}" if found.clear or found.mean == 0 else "no clear difference"


def _spread(found: Paired, unit: str) -> str:
    if not math.isfinite(found.low) and found.mean == 0:
        return "in every world"
    return f"{between(found.low, found.high)}{f' {unit} (mean, 95 %)' if math.isfinite(found.low) else ''}"


def _tone(results: Results, kpi: str) -> str:
    """Whether the measures make it better, for all to see; without any, whether the event makes it worse."""
    pair = results.pair()
    if pair is None:
        return ""
    base, other = pair
    word = judge(kpi, base.kpis, other.kpis).word
    return word if word in (BETTER, WORSE) else ""
