"""Figures of the disruption app: what they are in every case, and what has changed, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from twinkit.apps.disruption_model import Results
from twinkit.study.outcome import FORMULAS, Outcome
from twinkit.study.verdict import MORE_IS_BETTER, NONE, Verdict, judge, judged, served
from twinkit.study.words import Paired, paired, paired_kpi, periods_word
from twinkit.words import percent, rounded

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


def cards_of(results: Results) -> list[dict[str, Any]]:
    """Cards of the page, as plain data."""
    return [_card(kpi, figure, results) for kpi, figure in figures(results.as_is).items()]


def _card(kpi: str, figure: Figure, results: Results) -> dict[str, Any]:
    as_is, measured = results.as_is, results.measured
    rows = [["As it is", _value(kpi, figure, as_is), "scenario"]]
    if figure.calm is not None:
        rows.insert(0, ["No event", _mean(figure.calm(as_is), figure), "baseline"])
    if measured is not None:
        rows.append(["With measures", _value(kpi, figure, measured), "other"])
    change, tone = _change(kpi, figure, results)
    meaning = MEANINGS[kpi].format(FORMULAS[kpi][1] if kpi in FORMULAS else "")
    return {"name": kpi, "label": LABELS[kpi], "definition": meaning, "rows": rows, "change": change, "tone": tone}


def _mean(values: np.ndarray, figure: Figure) -> str:
    good = values[np.isfinite(values)]
    return figure.write(float(good.mean())) if len(good) else "not defined"


def _value(kpi: str, figure: Figure, outcome: Outcome) -> str:
    if kpi != "time to recover":
        return _mean(figure.values(outcome), figure)
    told = outcome.recovery_told()
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
