"""The advice app in words: what to do, what it costs and saves, how sure that is, and when it stops paying."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from twinkit.apps.advice_model import AdviceModel
from twinkit.apps.advice_run import Look, Point, spans
from twinkit.study.appraisal import Appraisal
from twinkit.study.levers import Lever
from twinkit.study.recommend_words import MATTERS, value_words
from twinkit.study.recommendation import Recommendation
from twinkit.study.statistics import mean_interval
from twinkit.study.words import amount, between, percent
from twinkit.tables.problems import listed

CHECKING = "These figures are being checked on luck that had no part in the choice …"
SAFETY = "safety_days_tier_"
"""Levers that raise the safety stock of a tier begin like this."""
MEANS = {
    "gain": "What the advice saves on average, less what it costs: money a year. All is compared with leaving things as they are, "
            "in the same simulated luck.",
    "cost": "Price of the measures, and what the chain costs more to run with them while nothing happens.",
    "saved": "What the risks cost on average in a year (each once in so many years), less what they cost with the measures.",
    "worst": "Of every twenty times that one of the risks strikes, the dearest one: what it costs with the measures.",
}  # fmt: skip


def sure(low: float, high: float) -> str:
    """An interval in words."""
    return (
        f"{between(low, high)} (95 % sure)"
        if math.isfinite(low) and math.isfinite(high)
        else "too few runs to say how sure"
    )


def yearly(years: float) -> str:
    """A chance in a year as once in so many years."""
    if not math.isfinite(years):
        return "never"
    if years < 1:
        return f"{1 / years:.1f} times a year" if years > 0 else "all the time"
    return f"once in {years:.0f} years" if years >= 10 else f"once in {years:.1f} years"


def set_words(found: Recommendation, levers: Mapping[str, Any]) -> str:
    """A set of measures of a recommendation in plain words."""
    return set_of(found.levers, levers)


def set_of(known: Mapping[str, Lever], levers: Mapping[str, Any]) -> str:
    """A set of measures in plain words, with the levers by name."""
    return " and ".join(measure_words(known[k], v) for k, v in levers.items()) or "leave things as they are"


def measure_words(lever: Lever, value: Any) -> str:
    """A measure in plain words: ``8 days of extra stock 3 steps before the customer``."""
    if lever.name.startswith(SAFETY):
        tier = int(lever.name.removeprefix(SAFETY))
        where = "where customers buy" if tier == 0 else f"{tier} step{'s' if tier > 1 else ''} before the customer"
        return f"{value:g} days of extra stock {where}"
    if lever.flag:
        return lever.label[0].lower() + lever.label[1:] if value else f"no {lever.label[0].lower()}{lever.label[1:]}"
    return value_words(lever, value)


# --- the headline


def headline(model: AdviceModel) -> list[str]:
    """What the page says first."""
    if model.found is None:
        return _first_look(model)
    shown = model.at_hand
    money = model.found.currency
    checked = [] if model.shown is not None else [CHECKING]
    if not shown.best.levers:
        expected = mean_interval(shown.base.expected)
        return ["Leave things as they are: nothing that was tried is worth more than it costs, with what you say matters.",
                f"The risks cost {amount(expected[0])} {money} a year on average, {sure(*expected[1:])}.", *checked]  # fmt: skip
    gain = shown.gain(shown.best)
    worth = (
        f"That is worth {amount(gain.mean)} {money} a year in all"
        if gain.mean >= 0
        else f"That costs {amount(-gain.mean)} {money} a year more than it saves"
    )
    low, high = sorted((abs(gain.low), abs(gain.high))) if gain.clear else (gain.low, gain.high)
    clear = "" if gain.clear else ": whether it is a gain is not clear"
    return [
        f"Do this: {set_words(shown, shown.best.levers)}.",
        f"{worth}, {sure(low, high)}{clear}.",
        stops(shown, shown.best),
        *checked,
    ]


def _first_look(model: AdviceModel) -> list[str]:
    if not model.looks:
        return []
    best: Look = model.looks[0]
    money, what = model.case.settings["currency"], measure_words(model.levers[best.lever], best.value)
    if not best.low > 0:
        return ["First look: no measure alone is clearly worth its cost. Combinations are being tried …"]
    return [f"First look: {what}, alone, is worth about {amount(best.gain)} {money} a year.",
            "This is from few runs and not checked yet; better values and combinations are being tried …"]  # fmt: skip


def stops(found: Recommendation, own: Appraisal) -> str:
    """Under which condition a set stops paying, in years between two events."""
    if not own.levers:
        return ""
    saved = found.probabilities * (found.base.losses - own.losses).mean(axis=1)
    k = int(np.argmax(saved))
    if saved[k] <= 0:
        return "It saves nothing against these risks."
    even, risk = found.break_even(own, k), found.risks[k]
    if even.value > 1:
        return f"It would not pay even if {risk.name} happened every year."
    if even.value > 0:
        said = yearly(1 / risk.probability) if risk.probability > 0 else "never"
        span = _years_span(even.low, even.high)
        word = "It pays as long as" if even.value <= risk.probability else "It would only pay if"
        seldom = "happens more often than" if even.value <= risk.probability else "happened more often than"
        return f"{word} {risk.name} {seldom} {yearly(1 / even.value)}{span}; you say {said}."
    factor = found.factor(own)
    if factor.value <= 0:
        return "It pays even if none of these things ever happens."
    return (
        f"It pays as long as these things happen more than {factor.value:.2g} times as often as you say, all together."
    )


def _years_span(low: float, high: float) -> str:
    """The interval of a chance as years, the shorter time first."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= 0:
        return " (how sure that is cannot be said)"
    most = f"{1 / low:.0f}" if low > 0 else "any number of"
    return f" ({1 / high:.0f} to {most} years)"


# --- the actions


def columns(model: AdviceModel) -> list[dict[str, Any]]:
    """Headers of the table of measures."""
    money = model.found.currency
    return [
        {"name": "action", "label": "Measure, alone", "definition": "✓: part of the advice. Each is compared with leaving things as they are."},
        {"name": "gain", "label": f"Worth [{money}/year]", "definition": MEANS["gain"] + " In brackets the 95 % span.", "kind": "money"},
        {"name": "cost", "label": f"Costs [{money}/year]", "definition": MEANS["cost"], "kind": "money"},
        {"name": "price", "label": f"of it price [{money}/year]", "definition": "What you or the case says that it costs; 0 where the run counts all of it.", "kind": "money"},
        {"name": "stops", "label": "When it pays", "definition": "The condition under which it stops paying."},
    ]  # fmt: skip


def table_rows(model: AdviceModel) -> tuple[list[list[str]], list[list[Any]]]:
    """Cells of the table of measures, those of the advice first, and what they are sorted by."""
    shown = model.shown or model.found
    chosen = shown.best.levers
    rows = [r for r in shown.table().iloc[:-1].to_dict("records") if r["lever"]]
    rows.sort(key=lambda r: (r["lever"] not in chosen, -r["gain"]))
    cells, keys = [], []
    for r in rows:
        mark = "✓ " if r["lever"] in chosen else ""
        span = f" ({between(r['gain_low'], r['gain_high'])})" if math.isfinite(r["gain_low"]) else ""
        cells.append(
            [
                mark + measure_words(shown.levers[r["lever"]], r["value"]),
                f"{amount(r['gain'])}{span}",
                amount(r["cost"]),
                amount(r["price"]),
                stops(shown, shown.singles[r["lever"]]),
            ]
        )
        keys.append([r["action"], r["gain"], r["cost"], r["price"], r["stops_paying"]])
    return cells, keys


# --- how sure


def sureness(model: AdviceModel) -> list[str]:
    """How the advice was found, how much too good it may look, and how it does under other events."""
    found = model.shown or model.found
    told = [f"{len(found.tuned)} sets of measures were tried in {found.replications} simulated runs; the best {len(found.finalists)} of them "
            f"again in {found.fresh} others. What this page says of the advice comes from {found.fresh} more, which had no part in the choice."]  # fmt: skip
    return [*told, *_bias(found), *_stress(found, model.quick), *_censored(found)]


def _bias(found: Recommendation) -> list[str]:
    rows = found.bias().set_index("of")
    if "finalists" not in rows.index:
        return []
    r = rows.loc["finalists"]
    lead = "What looks best in a search looks a little too good, because it was picked for looking good."
    if r["bias_low"] > 0:
        return [
            f"{lead} Here by {amount(r['bias'])} {found.currency} a year ({between(r['bias_low'], r['bias_high'])}); it is not in these figures."
        ]
    return [
        f"{lead} Here that is too little to be seen ({between(r['bias_low'], r['bias_high'])} {found.currency} a year)."
    ]


def _stress(found: Recommendation, quick: bool) -> list[str]:
    if not found.best.levers:
        return []
    if not found.stressed:
        return ["It is still to be tested on events that it was not made for." if quick and len(found.case["events"]) else
                "It was not tested on other events: this case has none."]  # fmt: skip
    rows = found.stress()
    matters = rows["saved"].abs() >= MATTERS * np.maximum(rows["loss_as_is"].abs(), found.best.spent)
    good, bad = rows[matters & (rows["saved_low"] > 0)], rows[matters & (rows["saved_high"] < 0)]
    text = f"Tested on {len(rows)} events that it was not made for: it clearly helps in {len(good)}"
    if len(good):
        top = good.iloc[-1]
        text += f", most in {top['event']} (saves {amount(top['saved'])} {found.currency}, {sure(top['saved_low'], top['saved_high'])})"
    worse = (
        f"; it makes {len(bad)} worse: {listed(bad['event'].tolist(), 3)}"
        if len(bad)
        else "; it makes none clearly worse"
    )
    return [f"{text}{worse}."]


def _censored(found: Recommendation) -> list[str]:
    late = [
        f"{r.name} in {percent(c)} of the runs" for r, c in zip(found.risks, found.base.censored, strict=True) if c > 0
    ]
    return (
        [f"As things are, service is not back when the run ends: {listed(late)}. What is lost later is not counted."]
        if late
        else []
    )


def left_out(model: AdviceModel) -> list[str]:
    """Measures that are not looked at because nobody has said what they cost."""
    names = [lever.label for lever in model.left_out()]
    if not names:
        return []
    are = "is" if len(names) == 1 else "are"
    return [f"{listed(names)} {are} left out: the case does not say what {'it costs' if len(names) == 1 else 'they cost'}. Give a price to have "
            f"{'it' if len(names) == 1 else 'them'} looked at."]  # fmt: skip


# --- the front


def dots(model: AdviceModel, worst: bool) -> list[dict[str, Any]]:
    """The sets that can be chosen, as the picture of the front has them."""
    chosen = model.point.number if model.point else -1
    return [_dot(model, p, "worst 5 %" if worst else "expected loss", p.number == chosen) for p in model.points]


def _dot(model: AdviceModel, point: Point, loss: str, chosen: bool) -> dict[str, Any]:
    found, three = model.found, spans(point)
    (x, x_low, x_high), (y, y_low, y_high) = three["cost"], three[loss]
    lost = "lost at worst" if loss != "expected loss" else "lost a year"
    out = (
        ""
        if point.allowed
        else "; over the budget"
        if point.appraisal.spent > found.budget
        else "; makes the worst worse"
    )
    name = set_words(found, point.appraisal.levers)
    text = f"{name}: costs {amount(x)} {found.currency} a year, {amount(y)} {lost} ({between(y_low, y_high)}){out}"
    return {"x": x, "x_low": x_low, "x_high": x_high, "y": y, "y_low": y_low, "y_high": y_high, "name": name, "text": text, "chosen": chosen,
            "as_is": not point.appraisal.levers, "allowed": point.allowed}  # fmt: skip
