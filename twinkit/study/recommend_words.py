"""A recommendation in words.

A gain is claimed only if its 95 % interval leaves out 0; what had not recovered by the end
of the run is said to be censored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit.study.appraisal import Appraisal
from twinkit.study.break_even import Threshold
from twinkit.study.levers import Lever
from twinkit.study.risks import worst_interval
from twinkit.study.statistics import mean_interval
from twinkit.study.words import amount, between, percent
from twinkit.tables.problems import listed, shown

if TYPE_CHECKING:
    from twinkit.study.recommendation import Recommendation


def action_words(found: Recommendation, levers: Mapping[str, Any]) -> str:
    """A set of levers: ``Extra safety stock, tier 2: 5 days; Expedited freight: yes``."""
    return "; ".join(value_words(found.levers[k], v) for k, v in levers.items()) or "leave all as it is"


MATTERS = 0.01
"""Under an event that nothing was tuned on, a change below this share of its loss, or of what is spent, is not told."""


def value_words(lever: Lever, value: Any) -> str:
    """A lever and its value: ``Extra safety stock, tier 2: 5 days``."""
    if lever.flag:
        return f"{lever.label}: {shown(value)}"
    text = f"{100 * value:g} %" if lever.unit == "share" else f"{value:g} {lever.unit}"
    return f"{lever.label}: {text}"


def money(found: Recommendation, three: tuple[float, float, float]) -> str:
    """An amount with its interval: ``3.1 M EUR (2.9–3.3 M)``."""
    value, low, high = three
    span = f" ({between(low, high)})" if math.isfinite(low) else ""
    return f"{amount(value)} {found.currency}{span}"


def sentences(found: Recommendation) -> list[str]:
    """What came of a recommendation, the most important first.

    Parameters
    ----------
    found
        The recommendation.
    """
    told = [_advice(found), *_actions(found), *_bias(found), *_stress(found), *_censored(found)]
    return [*told, _scope(found)]


def _advice(found: Recommendation) -> str:
    limit = "" if math.isinf(found.budget) else f" within {amount(found.budget)} {found.currency} a year"
    expected = money(found, mean_interval(found.base.expected))
    if not found.best.levers:
        return (f"Leave all as it is: nothing that was tried{limit} is worth more than it costs. These risks are expected "
                f"to cost {expected} a year.")  # fmt: skip
    gain = found.gain(found.best)
    text = (f"Do this{limit}: {action_words(found, found.best.levers)}. {_costs(found)} and "
            f"{_saves(found, expected)}; {_worst(found)}")  # fmt: skip
    if gain.clear:
        word = "a gain" if gain.mean > 0 else "a loss"
        low, high = sorted((abs(gain.low), abs(gain.high)))
        return f"{text}. In all {word} of {money(found, (abs(gain.mean), low, high))} a year. {_stop(found, found.best)}"
    return f"{text}. Whether that is a gain in all is not clear ({between(gain.low, gain.high)} a year). {_stop(found, found.best)}"


def _costs(found: Recommendation) -> str:
    cost, low, high = mean_interval(found.best.cost)
    if cost >= 0:
        return f"It costs {money(found, (cost, low, high))} a year"
    return f"Without any event it saves {money(found, (-cost, -high, -low))} a year"


def _saves(found: Recommendation, expected: str) -> str:
    saved, low, high = mean_interval(found.base.expected - found.best.expected)
    if saved >= 0:
        return f"takes {money(found, (saved, low, high))} a year off an expected loss of {expected}"
    return f"adds {money(found, (-saved, -high, -low))} a year to an expected loss of {expected}"


def _worst(found: Recommendation) -> str:
    own = worst_interval(found.best.losses, found.best.probabilities)
    return f"the worst 5 % of the occurrences cost {money(found, own)} instead of {amount(found.base.worst)}"


def _actions(found: Recommendation) -> list[str]:
    rows = found.table().iloc[:-1]
    chosen = rows[rows["chosen"]]
    told = []
    for row in chosen.itertuples():
        adds = f"it adds {money(found, (row.adds, row.adds_low, row.adds_high))} a year to the rest"
        if not (row.adds_low > 0 or row.adds_high < 0):
            adds = f"what it adds to the rest is not clear ({between(row.adds_low, row.adds_high)} a year)"
        alone = money(found, (row.gain, row.gain_low, row.gain_high))
        told.append(f"{row.action}: alone a gain of {alone} a year; {adds}. {row.stops_paying}")
    losing = rows[~rows["chosen"] & (rows["gain_high"] < 0)]["action"].tolist()
    if losing:
        told.append(f"These cost more than they save: {listed(losing, 5)}.")
    return told


def stops_words(found: Recommendation, own: Appraisal) -> str:
    """Under which condition a set stops paying, in words."""
    return _stop(found, own) if own.levers else ""


def _stop(found: Recommendation, own: Appraisal) -> str:
    """The condition on the risk that it helps most against, and on all risks together."""
    saved = found.probabilities * (found.base.losses - own.losses).mean(axis=1)
    k = int(np.argmax(saved))
    if saved[k] <= 0:
        return "It saves nothing against these risks."
    even, risk = found.break_even(own, k), found.risks[k]
    if even.value <= 0:
        factor = found.factor(own)
        if factor.value <= 0:
            return "It pays even if none of these risks ever happens."
        return (f"It pays even if {risk.name} never happens; it stops paying if all risks are {_often(factor)} times as "
                "likely as assumed.")  # fmt: skip
    if even.value > 1:
        return f"It would not pay even if {risk.name} happened every year."
    return (f"It {'stops paying' if even.value <= risk.probability else 'would start to pay'} if {risk.name} is "
            f"{'less' if even.value <= risk.probability else 'more'} likely than {_often(even)} a year "
            f"(assumed: {risk.probability:g}).")  # fmt: skip


def _often(three: Threshold) -> str:
    """A probability or a factor with its interval."""
    if math.isinf(three.high) or math.isnan(three.low):
        return f"{three.value:.3g} (interval not bounded)"
    return f"{three.value:.3g} ({max(three.low, 0.0):.3g}–{three.high:.3g})"


def _bias(found: Recommendation) -> list[str]:
    rows = found.bias().set_index("of")
    if "finalists" not in rows.index:
        return []
    row = rows.loc["finalists"]
    clear = row["bias_low"] > 0 or row["bias_high"] < 0
    side = "better" if row["bias"] > 0 else "worse"
    low, high = sorted((abs(row["bias_low"]), abs(row["bias_high"])))
    if clear:
        much = money(found, (abs(row["bias"]), low, high))
        return [f"On the luck of the search the finalists looked {much} a year {side} than on fresh luck; the figures here are not from it."]
    return [f"The finalists looked no clearly better or worse on the luck of the search than on fresh luck "
            f"({between(row['bias_low'], row['bias_high'])} {found.currency} a year)."]  # fmt: skip


def _stress(found: Recommendation) -> list[str]:
    rows = found.stress()
    if not found.best.levers or not len(rows):
        return [] if len(rows) or not found.best.levers else ["It was stressed with no other event: the case has none."]
    rows = rows.assign(matters=rows["saved"].abs() >= MATTERS * np.maximum(rows["loss_as_is"].abs(), found.best.spent))
    good, bad = (rows[rows["matters"] & clear] for clear in (rows["saved_low"] > 0, rows["saved_high"] < 0))
    told = f"Under {_many(len(rows), 'event')} that it was not tuned on it clearly saves something in {len(good)}"
    if len(good):
        top = good.iloc[-1]
        told += f", most in {top['event']} ({money(found, (top['saved'], top['saved_low'], top['saved_high']))})"
    if len(bad):
        told += f"; it makes {len(bad)} worse: {listed(bad['event'].tolist(), 4)}"
    return [told + "."]


def _censored(found: Recommendation) -> list[str]:
    late = [(r.name, c) for r, c in zip(found.risks, found.base.censored, strict=True) if c > 0]
    late += [(r.event, r.censored) for r in found.stress().itertuples() if r.censored > 0]
    if not late:
        return []
    names = [f"{name} in {percent(share)} of the worlds" for name, share in late]
    return [f"Service had not recovered by the end of the run ({listed(names)}): these losses are censored, what comes "
            "after the run is not in them."]  # fmt: skip


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _scope(found: Recommendation) -> str:
    return (f"{len(found.tuned)} sets of {_many(len(found.levers), 'lever')} were tried against {_many(len(found.risks), 'risk')} in "
            f"{found.replications} worlds, {len(found.finalists)} of them again in {found.fresh} others; the figures are from "
            f"{found.fresh} further worlds that had no part in the choice.")  # fmt: skip
