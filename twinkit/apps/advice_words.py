"""The advice app in words: what to do, what it costs and saves, how sure that is, and when it stops paying."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from twinkit.apps.advice_model import AdviceModel
from twinkit.apps.advice_run import Look, Point, spans
from twinkit.study.levers import Lever
from twinkit.study.recommend_words import (
    censored_words,
    condition,
    flattery,
    other_events,
    others_worse,
    value_words,
)
from twinkit.study.recommendation import Recommendation
from twinkit.study.statistics import mean_interval
from twinkit.tables.problems import listed
from twinkit.words import between, rounded

UNTESTED = "It is still to be tested on events that it was not made for."
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
    text = value_words(lever, value)
    return text[0].lower() + text[1:]


# --- the headline


def headline(model: AdviceModel) -> list[str]:
    """What the page says first."""
    if model.found is None:
        return _first_look(model)
    shown = model.at_hand
    money = model.found.currency
    checked = [] if model.shown is not None else [CHECKING]
    if model.quick:
        checked = [f"This is a first answer, from {shown.fresh} simulated runs; it is not final."]
    if not shown.best.levers:
        expected = mean_interval(shown.base.expected)
        return ["Leave things as they are: nothing that was tried is worth more than it costs, with what you say matters.",
                f"The risks cost {rounded(expected[0])} {money} a year on average, {sure(*expected[1:])}.", *checked]  # fmt: skip
    gain = shown.gain(shown.best)
    worth = (
        f"That is worth {rounded(gain.mean)} {money} a year in all"
        if gain.mean >= 0
        else f"That costs {rounded(-gain.mean)} {money} a year more than it saves"
    )
    low, high = sorted((abs(gain.low), abs(gain.high))) if gain.clear else (gain.low, gain.high)
    clear = "" if gain.clear else ": whether it is a gain is not clear"
    return [
        f"Do this: {set_words(shown, shown.best.levers)}.",
        f"{worth}, {sure(low, high)}{clear}.",
        *others_worse(shown),
        condition(shown, shown.best),
        *checked,
    ]


def _first_look(model: AdviceModel) -> list[str]:
    if not model.looks:
        return []
    best: Look = model.looks[0]
    money, what = model.case.settings["currency"], measure_words(model.levers[best.lever], best.value)
    if not best.low > 0:
        return ["First look: no measure alone is clearly worth its cost. Combinations are being tried …"]
    return [f"First look: {what}, alone, is worth about {rounded(best.gain)} {money} a year.",
            "This is from few runs and not checked yet; better values and combinations are being tried …"]  # fmt: skip


# --- the actions


def columns(model: AdviceModel) -> list[dict[str, Any]]:
    """Headers of the table of measures."""
    money = model.found.currency
    return [
        {"name": "action", "label": "Measure, alone", "definition": "✓: part of the advice. Each is compared with leaving things as they are."},
        {"name": "gain", "label": f"Worth [{money}/year]", "definition": MEANS["gain"] + " In brackets the 95 % span.", "kind": "money"},
        {"name": "cost", "label": f"Costs [{money}/year]", "definition": MEANS["cost"], "kind": "money"},
        {"name": "price", "label": f"of it price [{money}/year]", "definition": "What you or the case says that it costs; 0 where the run counts all of it.", "kind": "money"},
        {"name": "needs", "label": "What must be known", "definition": "What somebody who takes this measure must know, and when."},
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
                f"{rounded(r['gain'])}{span}",
                rounded(r["cost"]),
                rounded(r["price"]),
                r["needs"],
                r["stops_paying"],
            ]
        )
        keys.append([r["action"], r["gain"], r["cost"], r["price"], r["needs"], r["stops_paying"]])
    return cells, keys


# --- how sure


def sureness(model: AdviceModel) -> list[str]:
    """How the advice was found, how much too good it may look, and how it does under other events."""
    found = model.shown or model.found
    told = [f"{len(found.tuned)} sets of measures were tried in {found.replications} simulated runs; the best {len(found.finalists)} of them "
            f"again in {found.fresh} others. What this page says of the advice comes from {found.fresh} more, which had no part in the choice."]  # fmt: skip
    other = other_events(found) if found.stressed or not model.quick or not len(found.case["events"]) else [UNTESTED]
    return [*told, *flattery(found), *(other if found.best.levers else []), *censored_words(found)]


def left_out(model: AdviceModel) -> list[str]:
    """Measures that are not looked at: nobody has said what they cost, or nobody can know in time."""
    names, wanted = [lever.label for lever in model.left_out()], set(model.wanted()[0])
    early = [lever.label for lever in model.levers.values() if lever.foreseen and lever.name not in wanted]
    told = []
    if names:
        one = len(names) == 1
        told.append(f"{listed(names)} {'is' if one else 'are'} left out: the case does not say what {'it costs' if one else 'they cost'}. "
                    f"Give a price to have {'it' if one else 'them'} looked at.")  # fmt: skip
    if early:
        told.append(f"“{early[0]}” is left out: nobody sees these things coming. Say so where one is announced.")
    return told


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
    text = f"{name}: costs {rounded(x)} {found.currency} a year, {rounded(y)} {lost} ({between(y_low, y_high)}){out}"
    return {"x": x, "x_low": x_low, "x_high": x_high, "y": y, "y_low": y_low, "y_high": y_high, "name": name, "text": text, "chosen": chosen,
            "as_is": not point.appraisal.levers, "allowed": point.allowed}  # fmt: skip
