"""How sure is it that a measure helps against an event, and what would change that?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from twinkit.answers import SAME_LUCK, about, drawing_of
from twinkit.capabilities.hazards.often import USUAL_YEARS, begun_with, first_events, how_often_of, years_of
from twinkit.capabilities.hazards.tables import OFTEN
from twinkit.events.form import first_supplier
from twinkit.levers.lever import AT_ONCE
from twinkit.levers.levers import BESIDE, Lever
from twinkit.question import Call, Input, Question, View, register
from twinkit.questions.sensitivity import tornado_table
from twinkit.result import Answer, Block, Fact, Facts, Heading, Next, Picture, Points, Shown, Table, Text, led
from twinkit.run.scenario import event_of
from twinkit.run.statistics import mean_interval
from twinkit.study.conclusion import (
    MOST_WORLDS,
    NO_SALIB,
    Conclusion,
    how_sure,
    how_sure_in_parts,
    known_levers,
    problems_of,
    unknowns,
)
from twinkit.study.recommend_words import often_words, price_words
from twinkit.study.risks import Risk
from twinkit.study.search import some_way
from twinkit.study.sensitivity import turned_where
from twinkit.study.sensitivity_model import PRICE, PROBABILITY
from twinkit.study.targets import usual_start
from twinkit.tables.case import Case
from twinkit.tables.problems import listed
from twinkit.words import between, percent, period_word, rounded

OWN = "*own*"
"""Choice that is no name of an event: a site is lost."""
HAPPENS = {"group": "What happens?"}
DONE = {"group": "What is done about it?"}
WORTH = "What the measure saves on average in a year (what it saves each time, times how often it happens) less what it costs a year, against leaving things as they are in the same simulated luck."
COSTS = "It costs, with what the chain costs more to run with it while nothing happens:"
SAVED = "What one such event costs less with the measure, against leaving things as they are in the same simulated luck."
HELPS = "Share of the simulated runs in which the measure is better than leaving things as they are."
RANGE = "All inputs are moved at once, each anywhere within its range; this is the share of these cases in which "
STILL = "The inputs are still to be looked at."
CHANGES = "Moved alone, with all other inputs as assumed, it would have to pass this value for the answer to turn round."


@register
class ConfidenceQuestion(Question):
    """One conclusion, looked at closely: how sure it is, what it depends on, and what would change it."""

    key, title, asks = "confidence", "How sure are we?", "How sure are we?"
    group, audience, order = "How sure it is", "everybody who decides", 10
    kinds = (Conclusion,)
    views: ClassVar = {"stakeholder": View(without=("worlds",))}

    event = Input("", "an event of this case, or the loss of a site", title="Which event?", start="", kind="text", **HAPPENS)
    site = Input("", "the site that is lost", title="Which site is lost?", start="", kind="name", **HAPPENS)
    days = Input("", "from when it is lost on", title="For how long?", start=30.0, low=1, high=250, step=1, **HAPPENS)
    years = Input("years", "how often it happens", title="About once in", start=USUAL_YEARS, low=OFTEN[0], high=OFTEN[1], **HAPPENS)
    notice = Input("days", "days before it begins on which it is known of; 0: nobody sees it coming", title="Known how long before?", start=0.0, low=0, high=365, step=1, **HAPPENS)
    measure = Input("", "one that this case has; further ones can be added", title="Which measure?", start="", kind="text", **DONE)
    value = Input("", "where it is moved to", title="How much of it?", start=0.0, step=1, **DONE)
    price = Input("", "what nobody has said yet", title="What does it cost a year?", start=None, low=0, **DONE)
    more = Input("", "further measures at the same time: 1 stands for yes", title="Value", start={}, kind="numbers", group="More measures at once", folded=True)
    prices = Input("", "what a year of a further measure costs, for each of its units; of a share, for 100 %", title="Price", start={}, low=0, kind="numbers", group="Prices of further measures", folded=True)
    ask_for = Input("", "worth it: saved in a year less cost; help: saved each time that it happens, whatever the measure costs", title="Answer", start="year", kind="text",
                    group="What do you ask?", words={"year": "Is it worth it?", "each": "Does it help?"})  # fmt: skip

    # --- what is asked for

    def begins(self) -> dict[str, Any]:
        case = self.ground.case
        events = first_events(case)
        levers = list(known_levers(case).values())
        ranked = sorted(levers, key=lambda lever: (lever.price is None, not lever.flag, -_tier(lever)))
        ranked = [lever for lever in ranked if not lever.foreseen and lever.price is not AT_ONCE] or ranked
        found: dict[str, Any] = {"event": events[0] if events else OWN, "site": first_supplier(case), "days": min(30.0, room_of(case))}
        found["years"] = years_of(case, found["site"] if found["event"] == OWN else found["event"])[0]
        if ranked:
            found |= {"measure": ranked[0].name, "value": float(some_way(ranked[0]))}
        return found

    def follow(self, name: str) -> None:
        if name == "event" or (name == "site" and self.event == OWN):
            self.years, self.notice = years_of(self.ground.case, self._what())[0], 0.0
        if name == "measure" and self.measure in self._levers():
            self.value, self.price = float(some_way(self._levers()[self.measure])), None

    def _what(self) -> str:
        """The event, or the site that is lost."""
        return self.site if self.event == OWN else self.event

    def standing(self) -> dict[str, Input]:
        inputs, case = self.asked_for(), self.ground.case
        known, money = self._levers(), case.settings["currency"]
        yearly, lever = self.ask_for == "year", known.get(self.measure)
        inputs["days"] = inputs["days"].but(unit=period_word(case.settings, 2), high=min(room_of(case), 250))
        said = years_of(case, self._what())[1]
        inputs["years"] = inputs["years"].but(meaning=said or "nobody has said how often: put in your guess")
        if lever is None or lever.flag:
            inputs.pop("value")
        else:
            step = lever.step * (100 if lever.unit == "share" else 1)
            inputs["value"] = inputs["value"].but(unit=lever.unit, low=lever.low, high=lever.high, step=step / (100 if lever.unit == "share" else 1), meaning=lever.meaning)
        if not yearly or lever is None or lever.price is not None:
            inputs.pop("price")
        else:
            inputs["price"] = inputs["price"].but(unit=f"{money} a year", title=f"Price {price_words(lever, lever.gives_up(self._moved(lever, self.value)))}", meaning=f"{lever.label} has no price in this case")
        dropped = [k for k, gone in (
            ("site", self.event != OWN), ("days", self.event != OWN), ("years", not yearly),
            ("notice", not any(known[n].foreseen for n in self.levers if n in known)), ("prices", not (yearly and self.options("prices"))),
        ) if gone]  # fmt: skip
        return {k: v for k, v in inputs.items() if k not in dropped}

    def options(self, name: str) -> dict[str, str]:
        case = self.ground.case
        if name == "event":
            return {**{e: e for e in case["events"]["event"] if e}, OWN: "a loss of your own …"}
        if name == "site":
            sites = case["sites"][case["sites"]["kind"] != "port"]
            return dict(zip(sites["site"].astype(str), sites["kind"].astype(str), strict=True))
        levers = self._levers()
        if name == "prices":
            levers = {k: v for k, v in levers.items() if k in self.more and v.price is None}
        if name in ("measure", "more", "prices"):
            return {k: lever.label if name == "measure" else f"{lever.label}, {lever.allowed}" for k, lever in levers.items()}
        return super().options(name)

    def _levers(self) -> dict[str, Lever]:
        """Levers of the case, and a second source for the site that is lost."""
        named = [self.measure, *self.more, *self.prices, *([f"{BESIDE}{self.site}"] if self.event == OWN and self.site else [])]
        return known_levers(self.ground.case, named)

    @staticmethod
    def _moved(lever: Lever, value: float) -> Any:
        return bool(value) if lever.flag else float(value)

    @property
    def levers(self) -> dict[str, Any]:
        """The measure as the study takes it; a switch that is chosen is thrown."""
        known, found = self._levers(), {}
        for name, value in {self.measure: self.value, **self.more}.items():
            if name in known:
                found[name] = (not known[name].start) if known[name].flag and name == self.measure else self._moved(known[name], value)
        return found

    @property
    def risk(self) -> Risk:
        """What happens, as the study takes it."""
        case, events = self.ground.case, (self.event,)
        name = self.event
        if self.event == OWN:
            name = f"{self.site} is lost for {self.days:g} {period_word(case.settings, self.days)}"
            events = (event_of("outage", start=usual_start(case), duration=self.days, site=self.site, event=name),)
        return Risk(events, 1.0 / self.years if self.ask_for == "year" else None, name, self.notice if "notice" in self.standing() else 0.0)

    def paid(self) -> dict[str, float]:
        """Prices that a person has given [money/year for each unit]; that of a share was asked for 10 % of it."""
        found = {k: float(v) for k, v in self.prices.items() if k in self.levers}
        if self.price is not None and "price" in self.standing():
            found[self.measure] = self.price * (10.0 if self._levers()[self.measure].unit == "share" else 1.0)
        return found

    def check(self) -> list[str]:
        known = self._levers()
        if self.misnamed():
            return []
        if not known:
            return ["There is nothing to be sure of: this case has no measures that can be moved."]
        lacking = [lever.label for name, lever in known.items() if name in self.levers and lever.price is None and name not in self.paid()]
        if lacking and self.ask_for == "year":
            return [f"{name} has no price in this case: give one, or ask what it saves each time." for name in lacking]
        return [p.sentence for p in problems_of(self.ground.case, self.risk, self.levers, self.paid(), self.ask_for == "year")]

    def call(self) -> Call:
        yearly = self.ask_for == "year"
        return Call(
            how_sure, case=self.ground.case, risk=self.risk, levers=self.levers, prices=self.paid() or None,
            yearly=None if yearly else False, seed=self.ground.seed,
        ).partly(how_sure_in_parts)  # fmt: skip

    # --- what comes of it

    @classmethod
    def tell(cls, result: Conclusion) -> Answer:
        case, study = result.case, result.study
        blocks: list[Block] = [Heading("In short"), *led([*result.sentences(), *_turning(result), *how_often_of(case, begun_with([result.risk]))]), _facts(result)]
        blocks += [Heading("How does the answer narrow?"), Picture(drawing_of("narrowing", result), name="runs"), _runs(result)]
        if study is not None:
            blocks += [
                Heading("What does the answer depend on?"), Picture(drawing_of("tornado", study), name="tornado"),
                Heading("What would change the answer?"), _table(result), tornado_table(study, on_page=False),
            ]  # fmt: skip
        elif result.worlds >= MOST_WORLDS:
            blocks += [Heading("What does the answer depend on?"), Text(STILL if find_spec("SALib") else NO_SALIB)]
        blocks += [Heading("What the model does not know"), Points(unknowns(case, [result.risk], _said_prices(result))), Next("What should we do?", "advice")]
        told = about(case, Event=result.risk.name, Measure=result.measure, Worlds=f"{result.worlds:,}", **{"How_often": often_words(result.risk.probability or 0.0) if result.yearly else ""})
        method = [
            "Every run was made twice with the same luck, with the measure and without. The more runs, the narrower the span.",
            *(["The inputs were moved one at a time, and all at once over their ranges; the ranges come with twinkit and are assumptions themselves."] if study else []),
            SAME_LUCK,
        ]  # fmt: skip
        return Answer(f"How sure: {result.measure} against {result.risk.name}", blocks, told, method, case)


def _said_prices(result: Conclusion) -> bool:
    known = known_levers(result.case, result.levers)
    return any(known[k].price is None for k in result.levers) and result.yearly


def asked_with(case: Case, risk: Mapping[str, Any], levers: Mapping[str, Any], prices: Mapping[str, float]) -> dict[str, Any]:
    """Inputs that ask how sure it is that measures help against a risk.

    Parameters
    ----------
    case
        The case.
    risk
        ``name``, ``events`` and ``years`` (once in so many) of what happens, and ``notice`` [days].
    levers, prices
        The measures; what those cost that the case has no price for [money/year for each unit].
    """
    known, found = known_levers(case, levers), {}
    event = next(iter(risk.get("events", [])), None)
    if isinstance(event, str):
        found["event"] = event
    elif event is not None and event.get("kind") == "outage" and event.get("site"):
        found |= {"event": OWN, "site": event["site"], "days": float(event["duration"])}
    found |= {k: float(v) for k, v in risk.items() if k in ("years", "notice") and v}
    for i, (name, value) in enumerate(levers.items()):
        if i == 0:
            found |= {"measure": name, "value": float(value)}
        else:
            found.setdefault("more", {})[name] = float(value)
        if name in prices and i == 0:
            found["price"] = prices[name] * (0.1 if known[name].unit == "share" else 1.0)
        elif name in prices:
            found.setdefault("prices", {})[name] = float(prices[name])
    return found


# --- what the page begins with


def room_of(case: Case) -> float:
    """Periods that are left for an outage from its usual start on [periods]."""
    return float(int(case.settings["periods"]) - usual_start(case))


def _tier(lever: Lever) -> int:
    last = lever.name.rsplit("_", 1)[-1]
    return int(last) if last.isdigit() else -1


# --- the answer in words


def _name(name: str, label: str) -> str:
    return "How often it happens" if name.startswith(PROBABILITY) else label


def _value(name: str, value: float) -> str:
    """A value of an input in plain words; what is not just what is assumed is not written as 1."""
    if name.startswith(PROBABILITY):
        return often_words(value)
    return f"{_times(value)} times {'the price' if name.startswith(PRICE) else 'what is assumed'}"


def _times(value: float) -> str:
    short = f"{value:.3g}"
    return short if float(short) != 1.0 or value == 1.0 else f"{value:.4g}"


def _short(name: str, value: float) -> str:
    """The same for a table, where 1 is what is assumed."""
    return _value(name, value).removesuffix(" what is assumed")


def _range(name: str, low: float, high: float) -> str:
    """Two values of an input for a table."""
    first, last = _short(name, low), _short(name, high)
    same = "" if name.startswith(PROBABILITY) else "".join(first.partition(" times")[1:])
    return f"{first.removesuffix(same)} to {last}"


def _turning(result: Conclusion) -> list[str]:
    """Whether an input alone would change the answer."""
    if result.study is None or not result.clear:
        return []
    rows = result.study.thresholds().dropna(subset="threshold")
    if not len(rows):
        together = result.turned()[0] if result.study.space else 0.0
        but = f"; several of them at once do in {percent(together)} of the cases that were tried" if together > 0 else ""
        return [f"None of the {len(result.study.inputs)} inputs looked at{' so far' if result.rough else ''} would change that alone{but}."]
    return [f"It would be the other way round with {listed([f'{(name := _name(r.input, r.label))[0].lower()}{name[1:]} {turned_where(r, partial(_value, r.input))}' for r in rows.itertuples()], 3)}."]


def _span(low: float, high: float) -> str:
    return f"{between(low, high)} (95 % sure)" if math.isfinite(low) and math.isfinite(high) else "too few runs to say how sure"


def _facts(result: Conclusion) -> Facts:
    mean, low, high = result.interval()
    share, share_low, share_high = result.helps()
    loss, money = rounded(float(result.loss.mean())), result.case.settings["currency"]
    tone = "" if not result.clear else "better" if mean > 0 else "worse"
    cost = mean_interval(result.cost)
    more = f"; it costs {rounded(cost.value)} {result.unit}" if result.yearly else ""
    paid = f"{COSTS} {rounded(cost.value)} {result.unit}, {_span(*cost[1:])}. " if result.yearly else ""
    runs = [f"{n} runs: {rounded(result.interval(n)[0])} {result.unit} ({between(*result.interval(n)[1:])})" for n in result.steps()]
    found = [
        Fact(f"{'worth in all' if result.yearly else 'saved each time'} [{result.unit}]", rounded(mean), f"{_span(low, high)}{more}", WORTH if result.yearly else SAVED, tone,
             [f"{paid}As things are, {result.risk.name} costs {loss} {money} each time. Every run was made twice with the same luck, with the measure and without. "
              "The more runs, the narrower the span:", *runs]),
        Fact("better in so many runs", percent(share), f"{percent(share_low)} to {percent(share_high)} (95 % sure); {result.worlds} runs", HELPS, "",
             [f"In the worst run it is {rounded(float(result.gain.min()))} {result.unit}, in the best {rounded(float(result.gain.max()))}. The span beside the share "
              "says where the true share lies: a few runs without a failure prove little."]),
    ]  # fmt: skip
    if result.study is None:
        return Facts(found)
    best_left = result.clear and mean < 0
    label = "wrong under other assumptions" if result.clear else "doing nothing is better under other assumptions"
    told = RANGE + ("the answer would be the other one: " if result.clear else "") + ("the measure" if best_left else "leaving things as they are") + " would be better."
    value, value_low, value_high = result.turned()
    points, top = len(result.study.space[0]) if result.study.space else 0, result.study.tornado().iloc[0]
    swings = [f"{_name(r.input, r.label)}: {rounded(r.swing)} {result.unit}" for r in result.study.tornado().head(6).itertuples()]
    found += [
        Fact(label, percent(value), f"{percent(value_low)} to {percent(value_high)} (95 % sure); {points} cases", told, "",
             [f"{told} In {percent(result.turned(True)[0])} it would be clearly so. The ranges come with twinkit and are assumptions themselves; the table below lists them."]),
        Fact("what matters most", _name(top["input"], top["label"]), f"moves the answer by {rounded(top['swing'])} {result.unit} over its range",
             "The input that moves the answer most when it alone is moved over its range.", "",
             ["By so much does the answer move when one input alone goes from its lowest to its highest:", *swings]),
    ]  # fmt: skip
    return Facts(found)


def _runs(result: Conclusion) -> Table:
    unit = result.unit
    columns = [Shown("worlds", "runs", "simulated runs, each with the measure and without", "-"),
               Shown("mean", "average", WORTH if result.yearly else SAVED, unit, ("low", "high"))]  # fmt: skip
    return Table.of(result.table(), columns, "The answer in more and more runs", "worlds")


def _table(result: Conclusion) -> Table:
    """Which inputs would change the answer, those that would first, then those that move it most."""
    study = result.study
    frame = study.thresholds().merge(study.tornado()[["input", "swing"]], on="input")
    frame = frame.iloc[np.lexsort((-frame["swing"], frame["threshold"].isna()))].reset_index(drop=True)
    turns = [math.isfinite(t) for t in frame["threshold"]]
    rows = list(frame.itertuples())
    frame = frame.assign(
        name=[_name(r.input, r.label) for r in rows],
        range=[_range(r.input, r.low, r.high) for r in rows],
        turns=[turned_where(r, partial(_short, r.input)) if t else "stays the same" for r, t in zip(rows, turns, strict=True)],
        span=[_range(r.input, a, b) if t else "" for r, t, a, b in zip(rows, turns, frame["from"], frame["to"], strict=True)],
    )  # fmt: skip
    columns = [
        Shown("name", "Input", "Something that nobody knows exactly."),
        Shown("range", "Looked at", "From its lowest to its highest value, in times what is assumed."),
        Shown("turns", "Turns round", CHANGES),
        Shown("span", "Unclear", "Between these values neither is clearly better, by the runs of this table.", page=any(turns)),
        Shown("swing", "Moves the answer by", "Difference between the lowest and highest answer over the range.", result.unit),
    ]  # fmt: skip
    return Table.of(frame, columns, "Each input alone, in few runs; those that would change the answer first, then the largest effect", "table")
