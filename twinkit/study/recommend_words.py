"""A recommendation in words.

A gain is claimed only if its 95 % interval leaves out 0; what had not recovered by the end
of the run is said to be censored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from twinkit.levers.lever import STANDING
from twinkit.levers.levers import Lever, levers_of
from twinkit.run.statistics import Interval, mean_interval
from twinkit.study.appraisal import Appraisal
from twinkit.study.risks import worst_interval
from twinkit.tables.problems import listed
from twinkit.words import between, counted, percent, rounded, tier_words

Found: TypeAlias = Any
"""A :class:`~twinkit.study.recommendation.Recommendation`, which stands above: its tables are told in these words."""


def action_words(known: Mapping[str, Lever], levers: Mapping[str, Any]) -> str:
    """A set of measures, with the levers by name: ``4 days of extra stock where customers buy and expedited freight``."""
    return " and ".join(measure_words(known[k], v) for k, v in levers.items()) or "leave things as they are"


MATTERS = 0.01
"""Under an event that nothing was tuned on, a change below this share of what the set costs or gains in a year is not told."""
SAFETY = "safety_days_tier_"
"""Levers that raise the safety stock of a tier begin like this."""


def measure_words(lever: Lever, value: Any) -> str:
    """A measure in plain words: ``8 days of extra stock 3 steps before the customer``, ``expedited freight``."""
    if lever.name.startswith(SAFETY):
        tier = int(lever.name.removeprefix(SAFETY))
        return f"{value:g} day{'' if value == 1 else 's'} of extra stock {tier_words(tier)}"
    name = lever.label[0].lower() + lever.label[1:]
    if lever.flag:
        return name if value else f"no {name}"
    way = "up" if value > lever.start else "down"
    return f"{name}: {way} from {_number(lever, lever.start)} to {_number(lever, value)} {_unit(lever)}"


def _number(lever: Lever, value: float) -> str:
    return f"{100 * value:.3g}" if lever.unit == "share" else f"{value:g}"


def _unit(lever: Lever) -> str:
    return "%" if lever.unit == "share" else lever.unit


def price_words(lever: Lever, gives_up: bool = False, share: str = "10 %") -> str:
    """What a price of a lever is for: ``for 10 % more``, ``for each of its days less``."""
    if lever.flag:
        return "to have it" if lever.gives_up(True) == gives_up else "to be without it"
    way = {"more": "less", "less": "more"}[lever.bought] if gives_up else lever.bought
    return f"for {share} {way}" if lever.unit == "share" else f"for each of its {lever.unit} {way}"


def often_words(rate: float) -> str:
    """How often something happens, in years.

    Examples
    --------
    >>> often_words(0.05), often_words(2 / 3), often_words(2.0), often_words(0.0)
    ('once in 20 years', 'once in 1.5 years', '2 times a year', 'never')
    """
    if not rate > 0:
        return "never"
    if not math.isfinite(rate):
        return "all the time"
    if rate > 1:
        return f"{rate:.2g} times a year"
    years = 1 / rate
    return f"once in {years:,.0f} years" if years >= 9.95 else "once a year" if years == 1 else f"once in {years:.2g} years"


def money(found: Found, three: Sequence[float]) -> str:
    """An amount with its interval: ``3.1 M EUR (2.9–3.3 M)``."""
    value, low, high = three
    span = f" ({between(low, high)})" if math.isfinite(low) else ""
    return f"{rounded(value)} {found.currency}{span}"


def how_sure(interval: Interval) -> str:
    """The ends of an interval in words, or why there are none.

    >>> how_sure(Interval(3.0, 2.0, 4.0)), how_sure(Interval.none(0.0, "0 in all 64 worlds: …"))
    ('2–4 (95 % sure)', '0 in every run')
    """
    if math.isfinite(interval.low) and math.isfinite(interval.high):
        return f"{between(*interval[1:])} (95 % sure)"
    return "0 in every run" if interval.value == 0 and interval.why.startswith("0 in all") else "too few runs to say how sure"


def sentences(found: Found) -> list[str]:
    """What came of a recommendation, the most important first.

    Parameters
    ----------
    found
        The recommendation.
    """
    return [" ".join(advised(found)), *_actions(found), *reservations(found)]


def reservations(found: Found) -> list[str]:
    """How the advice was found, how much too good it may look, how it does under other events, and what was not looked at."""
    return [*flattery(found), *other_events(found), *censored_words(found), *_left_out(found), _scope(found)]


def advised(found: Found) -> list[str]:
    """The advice; where it is a first one, that is said."""
    return [*_advised(found), *not_final(found)]


def not_final(found: Found) -> list[str]:
    """That an answer is a first one; nothing of the last one."""
    return [f"This is a first answer, from few sets of measures in {found.fresh} simulated runs; it is not final."] if found.first else []


def _advised(found: Found) -> list[str]:
    """The advice itself: what to do, what that costs and saves, what it makes worse, and when it pays.

    A set is advised where its gain leaves out 0, or where only the worst counts and that falls clearly;
    else nothing is clearly worth doing, and the best that was found is named as no more than that.
    """
    limit = "" if math.isinf(found.budget) else f" within {rounded(found.budget)} {found.currency} a year"
    expected = mean_interval(found.base.expected)
    if not found.best.levers:
        return [f"Leave things as they are: nothing that was tried{limit} is worth more than it costs.",
                f"These risks are expected to cost {money(found, expected)} a year.", *_least(found)]  # fmt: skip
    what, effect = action_words(found.levers, found.best.levers), f"{_costs(found)} and {_saves(found, expected)}; {_worst(found)}."
    if not found.clear:
        return [f"Nothing is clearly worth doing{limit}.", f"The best that was found is {what}. {effect}", *_least(found), _in_all(found),
                *others_worse(found)]  # fmt: skip
    lead = "Do this" if found.gain(found.best).low > 0 or "expected loss" not in found.objectives else "As you weigh it, do this"
    return [f"{lead}{limit}: {what}.", *_where(found), *needed(found), effect, *_least(found), _in_all(found), *others_worse(found), condition(found, found.best)]


def _where(found: Found) -> list[str]:
    """Which sites stand where the stock is advised."""
    there = [(name, found.levers[name].sites) for name in found.best.levers if name.startswith(SAFETY)]
    return [f"{text[0].upper()}{text[1:]} stand{'s' if len(sites) == 1 else ''} {listed(sites, 4)}."
            for name, sites in there if sites and (text := tier_words(int(name.removeprefix(SAFETY))))]  # fmt: skip


def needed(found: Found) -> list[str]:
    """What must be known for the measures that do not just stand there."""
    chosen = [found.levers[name] for name in found.best.levers if found.levers[name].needs != STANDING]
    return [f"For {lever.label[0].lower()}{lever.label[1:]} it must be known {lever.needs}." for lever in chosen]


def _least(found: Found) -> list[str]:
    """That losses are more than is said, where they go on after the end of the run."""
    late = float(np.max(found.base.censored))
    return [f"Losses are counted to the end of the run, when service is not back from these risks in up to {percent(late)} of the worlds: they are least figures."] if late > 0 else []


def _in_all(found: Found) -> str:
    """What a set gains in all."""
    gain = found.gain(found.best)
    if not gain.clear:
        span = f"{between(gain.low, gain.high)} {found.currency}" if math.isfinite(gain.low) else f"too few runs for a span of {rounded(gain.mean)} {found.currency}"
        return f"Whether that is a gain in all is not clear: {rounded(gain.mean)} {found.currency} a year ({span}, 95 % sure)."
    low, high = sorted((abs(gain.low), abs(gain.high)))
    return f"In all {'a gain' if gain.mean > 0 else 'a loss'} of {money(found, (abs(gain.mean), low, high))} a year."


def _costs(found: Found) -> str:
    cost, low, high = mean_interval(found.best.cost)
    if cost >= 0:
        return f"It costs {money(found, (cost, low, high))} a year"
    return f"Without any event it saves {money(found, (-cost, -high, -low))} a year"


def _saves(found: Found, expected: Interval) -> str:
    saved, low, high = mean_interval(found.base.expected - found.best.expected)
    loss = f"an expected loss of {money(found, expected)}"
    if saved == 0:
        return f"takes nothing off {loss}"
    if saved > 0:
        return f"takes {money(found, (saved, low, high))} a year off {loss}"
    return f"adds {money(found, (-saved, -high, -low))} a year to {loss}"


def _worst(found: Found) -> str:
    own = worst_interval(found.best.losses, found.best.probabilities)
    few = f" ({own.why})" if own.why else ""
    return f"the worst 5 % of the occurrences cost {money(found, own)} instead of {rounded(found.base.worst)}{few}"


def _actions(found: Found) -> list[str]:
    rows = found.table().iloc[:-1]
    told = []
    for row in rows[rows["chosen"]].itertuples():
        adds = f"it adds {money(found, (row.adds, row.adds_low, row.adds_high))} a year to the rest"
        if not (row.adds_low > 0 or row.adds_high < 0):
            adds = f"what it adds to the rest is not clear ({between(row.adds_low, row.adds_high)} a year)"
        alone = money(found, (row.gain, row.gain_low, row.gain_high))
        told.append(f"{row.action[0].upper()}{row.action[1:]}: alone a gain of {alone} a year; {adds}. {row.stops_paying}")
    losing = rows[~rows["chosen"] & (rows["gain_high"] < 0)]["action"].tolist()
    if losing:
        told.append(f"These cost more than they save: {listed(losing, 5)}.")
    return told


def condition(found: Found, own: Appraisal) -> str:
    """How often something must happen for a set to pay, in words.

    It names the risk that the set helps most against, the others being as assumed; where the set
    pays without that one, all risks together.
    """
    if not own.levers:
        return ""
    saved = found.probabilities * (found.base.losses - own.losses).mean(axis=1)
    cost, in_all = float(own.cost.mean()), float(saved.sum())
    if in_all == 0 and cost == 0:
        return "It costs nothing and changes nothing under these risks."
    if in_all <= 0 and cost >= 0:
        return f"It does not pay: it {'saves nothing' if in_all == 0 else 'adds to the losses'} under these risks and costs money."
    if in_all == 0:
        return "It saves money, and changes nothing under these risks."
    k = int(np.argmax(saved))
    if in_all > 0 and cost >= 0:
        even, risk = found.break_even(own, k), found.risks[k]
        if even.value > 1:
            return f"Even if {risk.name} happened every year it would not pay."
        if even.value > 0:
            return _as_long_as(risk.name, even, float(risk.probability), "happens")
    together = float(found.probabilities.sum())
    factor = found.factor(own)
    if cost == 0:
        return "It costs nothing while nothing happens, so it pays however rare this is."
    if factor.value <= 0:
        return "It pays even if none of this ever happens."
    rate = Interval(*(together * x for x in factor))
    names = found.risks[0].name if len(found.risks) == 1 else "one of these risks or another"
    if in_all > 0:
        return _as_long_as(names, rate, together, "happens")
    return (f"It makes the losses larger and pays only because it saves money in quiet years: as long as {names} happens less often "
            f"than {often_words(rate.value)}{_span(rate)}; assumed here: {often_words(together)}.")  # fmt: skip


def _as_long_as(name: str, rate: Interval, said: float, verb: str) -> str:
    """The condition that something happens more often than so."""
    pays = rate.value <= said
    lead = f"It pays as long as {name} {verb}" if pays else f"It would only pay if {name} happened"
    return f"{lead} more often than {often_words(rate.value)}{_span(rate)}; assumed here: {often_words(said)}."


def _span(rate: Interval) -> str:
    """The interval of how often something happens, in years, the shorter time first."""
    if math.isnan(rate.low) or math.isinf(rate.high) or rate.high <= 0:
        return " (how sure that is cannot be said)"
    least, most = often_words(rate.high), often_words(rate.low)
    return f" (95 % sure: {least} or less often)" if rate.low <= 0 else f" (95 % sure: {least} to {most})" if least != most else ""


def flattery(found: Found) -> list[str]:
    """How much too good the search made its finds look."""
    rows = found.bias().set_index("of")
    if "finalists" not in rows.index:
        return []
    row = rows.loc["finalists"]
    lead = "A search flatters what it picks"
    if row["bias_low"] > 0:
        much = money(found, (row["bias"], row["bias_low"], row["bias_high"]))
        return [f"{lead}: here by {much} a year. The figures here are from other luck and free of that."]
    return [f"{lead}; here by nothing that can be measured ({between(row['bias_low'], row['bias_high'])} {found.currency} a year), and the figures are from other luck anyway."]


def _told_from(found: Found) -> float:
    """What a change under another event has to be to be told [money]."""
    return MATTERS * max(found.best.price, abs(float(found.best.cost.mean())), abs(found.gain(found.best).mean))


def _other_rows(found: Found) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The events that nothing was tuned on: all, those that get clearly better, those that get clearly worse."""
    rows = found.stress()
    rows = rows.assign(matters=rows["saved"].abs() >= _told_from(found))
    good, bad = (rows[rows["matters"] & clear] for clear in (rows["saved_low"] > 0, rows["saved_high"] < 0))
    return rows, good, bad


def others_worse(found: Found) -> list[str]:
    """A warning that belongs beside the advice: which other events it makes worse."""
    if not (found.best.levers and found.stressed):
        return []
    rows, _, bad = _other_rows(found)
    if not len(bad):
        return []
    names = [f"{r.event} ({money(found, (-r.saved, -r.saved_high, -r.saved_low))} each time)" for r in bad.itertuples()]
    return [f"But it makes {len(bad)} of {counted(len(rows), 'other event')} clearly worse, by {rounded(_told_from(found))} {found.currency} or more: {listed(names, 3)}."]


def other_events(found: Found) -> list[str]:
    """The chosen set under events that it was not tuned on."""
    if not found.best.levers:
        return []
    if not found.stressed:
        return ["It is still to be tested on events that it was not made for." if found.first else "It was tested on no other event."]
    rows, good, bad = _other_rows(found)
    told = f"Tested on {counted(len(rows), 'event')} that it was not made for it clearly helps in {len(good)}"
    if len(good):
        top = good.iloc[-1]
        told += f", most in {top['event']} (saves {money(found, (top['saved'], top['saved_low'], top['saved_high']))})"
    worse = f"makes {len(bad)} clearly worse: {listed(bad['event'].tolist(), 20)}" if len(bad) else "makes none clearly worse"
    return [f"{told}, and {worse}; in the others it changes nothing that is clear, or less than {rounded(_told_from(found))} {found.currency} each time."]


def censored_words(found: Found) -> list[str]:
    """Losses that go on after the end of the run."""
    late = [(r.name, c) for r, c in zip(found.risks, found.base.censored, strict=True) if c > 0]
    late += [(r.event, r.censored) for r in found.stress().itertuples() if r.censored > 0]
    if not late:
        return []
    names = [f"{name} in {percent(share)} of the worlds" for name, share in late]
    return [f"Service had not recovered by the end of the run ({listed(names)}): these losses are censored, what comes "
            "after the run is not in them."]  # fmt: skip


def _left_out(found: Found) -> list[str]:
    """Levers that were not looked at."""
    known = {lever.name: lever for lever in levers_of(found.case, found.left_out)}
    return [f"Not looked at: {known[name].label}, as {why}." for name, why in found.left_out.items() if name in known and known[name].foreseen]


def _scope(found: Found) -> str:
    return (f"{len(found.tuned)} sets of {counted(len(found.levers), 'lever')} were tried against {counted(len(found.risks), 'risk')} in "
            f"{found.replications} worlds, {len(found.finalists)} of them again in {found.fresh} others; the figures are from "
            f"{found.fresh} further worlds that had no part in the choice.")  # fmt: skip
