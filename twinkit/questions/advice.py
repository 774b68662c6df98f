"""What should be done about some risks, and how sure is that?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from twinkit.answers import SAME_LUCK, about, drawing_of
from twinkit.capabilities.hazards.often import begun_with, first_events, how_often_of, years_of
from twinkit.events.form import first_supplier
from twinkit.levers.lever import Lever, Price, nothing_turned_over
from twinkit.levers.levers import BESIDE, levers_of
from twinkit.question import Call, Input, Question, View, register
from twinkit.questions.confidence import (
    asked_with,
    room_of,
)
from twinkit.result import Answer, Block, Decide, Fact, Facts, Heading, Next, Picture, Points, Shown, Table, Text, led
from twinkit.run.scenario import event_of
from twinkit.run.statistics import Interval, mean_interval
from twinkit.study.recommend import WEIGHTS, advise, recommend, why_not
from twinkit.study.recommend_words import (
    action_words,
    advised,
    how_sure,
    needed,
    not_final,
    often_words,
    price_words,
    reservations,
)
from twinkit.study.recommendation import LAST, Recommendation
from twinkit.study.risks import Risk, worst_interval
from twinkit.study.search import OBJECTIVES
from twinkit.study.targets import DAYS, usual_start
from twinkit.tables.case import Case
from twinkit.tables.problems import did_you_mean, listed
from twinkit.words import amount, between, counted, period_word

FIRST = 3
"""Risks that it begins with."""
MONEY = {"low": 0.0, "start": None}
WEIGHT: dict[str, Any] = {"group": "What matters to you?", "low": 0.0, "high": 10.0, "step": 1.0}
SIZE: dict[str, Any] = {"group": "Size of the search", "folded": True, "kind": "whole"}
OFTEN = {
    "years": Input("years", "on the mean, 1 or more", title="About once in", start=None, low=1.0, high=100_000.0),
    "notice": Input("days", "0: nobody sees it coming, like a fire or an earthquake; stock can be built up beforehand only for what is "
                    "announced, like a planned closure or a strike", title="Known so long before it begins", start=0.0, low=0.0),
}  # fmt: skip
LOST = {"days": Input("periods", "how long it is lost", title="Lost for", start=None, low=1.0), **OFTEN}
COSTS = {
    "per_year": Input("money/year", "such as a fee for standby", title="Running cost", **MONEY),
    "setup": Input("money", "once, such as qualifying a source", title="Set-up cost", **MONEY),
    "years": Input("years", "needed with a set-up cost", title="Spread over", **MONEY),
    "discount": Input("", "share of the value of the goods that go to a dearer source, 0.03 = 3 %: discount for volume that is lost",
                      title="Discount lost", start=None, low=0.0, high=1.0),
    "given_up": Input("money/year", "for each unit in the other direction; below 0: what it saves; empty: it is not moved that way",
                      title="Running cost of giving up", start=None, low=-1e12),
}  # fmt: skip
GOALS = {
    "cost": "Cost: prices, and what the run costs more", "expected loss": "Expected loss: Σ probability × loss of the risks",
    "worst 5 %": "Worst 5 %: mean of the worst losses that hold 5 % of the weight",
}  # fmt: skip


@register
class AdviceQuestion(Question):
    """Levers against risks: what to move, how far, and under which condition."""

    key, title = "advice", "What should we do?"
    asks = "What should we do about these risks, and how sure is that?"
    group, audience, order = "What to do", "everybody who decides", 30
    kinds = (Recommendation,)
    needs = (("optuna", "optimise"),)

    risks = Input("", "an event of the case, or a scenario with events, and how often it happens", title="What may happen",
                  start={}, kind="records", parts=OFTEN)  # fmt: skip
    lost = Input("", "a site that is lost for some time, and how often", title="Sites that may be lost", start={}, kind="records", parts=LOST, folded=True)
    budget = Input("money/year", "most that may be spent; empty for no limit", start=None, low=0.0, group="What may it cost?")
    prices = Input("", "what a lever costs beyond the tables", title="What measures cost beyond the tables", start={}, kind="records", parts=COSTS, folded=True)
    cost_counts = Input("of 10", "how much a unit of money counts that is spent on measures", title="Money for measures", start=1.0, **WEIGHT)
    loss_counts = Input("of 10", "how much a unit of money counts that the risks cost on average", title="Money lost on average", start=1.0, **WEIGHT)
    worst_counts = Input("of 10", "how much a unit of money counts that is lost in the dearest of twenty occurrences", title="Money lost at worst", start=0.0, **WEIGHT)
    chosen = Input("", "values of a set, such as another one of those that safety costs (yes is 1): it is looked at in place of the one that is found",
                   title="A set of your own", start={}, kind="numbers", folded=True)  # fmt: skip
    objectives = Input("", "what is traded against each other", start=list(OBJECTIVES), kind="names", group="Objectives", folded=True)
    levers = Input("", "what may be moved", start=[], kind="names", group="Levers that may be moved (none chosen: all with a price)", folded=True)
    trials = Input("", "sets of levers that are tried, beyond each alone", start=40, low=1, **SIZE)
    worlds = Input("", "worlds that all sets are tried in", title="Worlds of the search", start=32, low=1, **SIZE)
    fresh = Input("", "other worlds, that had no part in the choice", title="Worlds of the report", start=128, low=2, **SIZE)
    since = Input("period", "0: from the start", title="Levers are moved from period", start=0, low=0, **SIZE)

    views: ClassVar = {"stakeholder": View(
        ("risks", "lost", "budget", "cost_counts", "loss_counts", "worst_counts", "prices", "chosen"), ("break-evens", "When it stops paying"),
    )}  # fmt: skip

    # --- what can be asked for

    def follow(self, name: str) -> None:
        """A site that is added is lost as often as the table of hazards says, until a person says it."""
        if name == "lost":
            case = self.ground.case
            self.lost = {n: {**r, **({"years": years_of(case, n)[0]} if LOST_OF.record(r)["years"] is None and years_of(case, n)[1] else {})} for n, r in self.lost.items()}

    def begins(self) -> dict[str, Any]:
        case = self.ground.case
        if names := first_events(case)[:FIRST]:
            return {"risks": {n: {"years": years_of(case, n)[0]} for n in names}}
        site = first_supplier(case)
        return {"lost": {site: {"days": min(DAYS, room_of(case)), "years": years_of(case, site)[0]}}} if site else {}

    def sources(self) -> dict[str, tuple[Any, ...]]:
        """Name of what may be a risk → its events: events of the case, and scenarios with events."""
        found = {name: (name,) for name in self.ground.case["events"]["event"]}
        for name, scenario in self.ground.scenarios.items():
            if scenario.events and name not in found:
                found[name] = tuple(e if isinstance(e, str) else dict(e) for e in scenario.events)
        return found

    def known(self) -> dict[str, Lever]:
        """Levers of the case by name, and a second source for each site that may be lost."""
        second = (f"{BESIDE}{site}" for site in [*self.lost, *_struck(self.ground.case, self.risks)])
        return {lever.name: lever for lever in levers_of(self.ground.case, [*self.levers, *self.prices, *second])}

    def options(self, name: str) -> dict[str, str]:
        known = self.known()
        if name == "risks":
            return {n: n for n in self.sources()}
        if name == "lost":
            sites = self.ground.case["sites"].query("kind != 'port'")
            return dict(zip(sites["site"].astype(str), sites["kind"].astype(str), strict=True))
        if name == "objectives":
            return GOALS
        if name == "levers":
            return {n: lever.label for n, lever in known.items()}
        if name == "chosen":
            return {n: f"{lever.label}, {lever.allowed}" for n, lever in known.items()}
        if name == "prices":
            return {n: f"{lever.label}, {price_words(lever, share='100 %')} ({self._priced(lever)})" for n, lever in known.items()}
        return super().options(name)

    def _priced(self, lever: Lever) -> str:
        if lever.name in self.prices:
            return "your price"
        return "in the tables" if lever.price is not None else "no price yet"

    def price(self, name: str) -> Price | None:
        """What a lever costs: as was said here, else as the case says."""
        if name not in self.prices:
            return self.known()[name].price
        own = {k: v for k, v in COSTS_OF.record(self.prices[name]).items() if v is not None}
        if "given_up" in own:
            own["given_up"] = Price(own["given_up"])
        return Price(**{"per_year": 0.0, **own})

    def moved(self) -> list[str]:
        """Levers that may be moved: those chosen, else all that have a price and can be of use against the risks."""
        return list(self.levers) or [n for n, lever in self.known().items() if self.price(n) is not None and not self.why_not(lever)]

    def why_not(self, lever: Lever) -> str:
        """Why a lever that has a price cannot be looked at, or ""."""
        price = self.price(lever.name)
        return "" if price is None or price.wrong() else why_not(lever, price, self.all_risks())

    def unpriced(self) -> list[Lever]:
        """Levers whose cost nobody has said; they are left out unless they are asked for."""
        return [lever for n, lever in self.known().items() if self.price(n) is None]

    def check(self) -> list[str]:
        if wrong := self.misnamed():
            return wrong
        known, asked, moved = self.known(), set(self.levers), self.moved()
        if not known:
            return ["There is nothing to decide: this case has no measures that can be moved."]
        found = [] if self.risks or self.lost else ["Nothing is to be prepared for yet: say what may happen, and how often."]
        found += [f"Say once in how many years '{n}' happens." for n, r in self.risks.items() if OFTEN_OF.record(r)["years"] is None]
        found += [f"Say for how long {n} is lost, and once in how many years." for n, r in self.lost.items()
                  if None in (LOST_OF.record(r)["years"], LOST_OF.record(r)["days"])]  # fmt: skip
        found += [f"There is no objective '{n}'. {did_you_mean(n, list(OBJECTIVES), f'Objectives: {listed(list(OBJECTIVES))}.')}"
                  for n in self.objectives if n not in OBJECTIVES]  # fmt: skip
        if not self.objectives:
            found.append(f"Choose at least one objective of {listed(list(OBJECTIVES))}.")
        if not any(self.weights):
            found.append("Nothing matters: give at least one of the three kinds of money a weight above 0.")
        found += [f"The price of {known[n].label} {wrong}." for n in self.prices if (wrong := self.price(n).wrong())]
        found += [f"{known[n].label} moves no goods from one source to another, so it loses no discount." for n in self.prices
                  if known[n].turned_over is nothing_turned_over and COSTS_OF.record(self.prices[n])["discount"]]  # fmt: skip
        found += [f"{lever.label} has no price in the case: give one, or leave it out." for lever in self.unpriced() if lever.name in asked]
        found += [f"{known[n].label}: {why}." for n in known if n in asked and (why := self.why_not(known[n]))]
        found += [f"{known[n].label} is not among what is looked at: give it a price." for n in self.chosen if n not in moved]
        found += [f"{known[n].label} must be {known[n].allowed}, not {v:g}." for n, v in self.chosen.items() if not known[n].allows(self._value(n, v))]
        if not moved:
            found.append("No measure has a price yet: say what at least one of them costs.")
        if self.since >= int(self.ground.case.settings["periods"]):
            found.append(f"Levers cannot be moved from period {self.since} on: the run is over before it.")
        return found

    def notes(self) -> list[str]:
        case = self.ground.case
        told = how_often_of(case, {n: OFTEN_OF.record(r)["years"] for n, r in self.risks.items()} | {n: LOST_OF.record(r)["years"] for n, r in self.lost.items()})
        names = [lever.label for lever in self.unpriced() if not self.levers]
        early = [lever.label for lever in self.known().values() if not self.levers and lever.foreseen and self.why_not(lever)]
        told += [f"Left out, as the case does not say what they cost: {listed(names, 20)}. Give a price to have one looked at."] if names else []
        return [*told, *([f"Left out, as nobody sees these things coming: {listed(early)}. Say so where one is announced."] if early else [])]

    def all_risks(self) -> list[Risk]:
        """What may happen, as the study takes it."""
        case, sources = self.ground.case, self.sources()
        rows = {n: OFTEN_OF.record(r) for n, r in self.risks.items() if n in sources}
        found = [Risk(sources[n], 1.0 / r["years"] if r["years"] else None, n, float(r["notice"])) for n, r in rows.items()]
        for site, given in self.lost.items():
            r = LOST_OF.record(given)
            name = f"{site} is lost for {(days := r['days'] or 0.0):g} {period_word(case.settings, days)}"
            event = event_of("outage", start=usual_start(case), duration=r["days"], site=site, event=name)
            found.append(Risk((event,), 1.0 / r["years"] if r["years"] else None, name, float(r["notice"])))
        return found

    @property
    def weights(self) -> tuple[float, float, float]:
        """What matters, as the study takes it."""
        return float(self.cost_counts), float(self.loss_counts), float(self.worst_counts)

    def _value(self, lever: str, value: float) -> Any:
        return bool(value) if self.known()[lever].flag and value in (0, 1) else value

    def call(self) -> Call:
        return Call(
            recommend, case=self.ground.case, risks=self.all_risks(), budget=self.budget, objectives=list(self.objectives), levers=self.moved(),
            prices={n: self.price(n) for n in self.prices} or None, since=self.since or None, weights=self.weights if self.weights != WEIGHTS else None,
            chosen={n: self._value(n, v) for n, v in self.chosen.items()} or None, trials=self.trials, replications=self.worlds, fresh=self.fresh,
            seed=self.ground.seed,
        ).partly(advise)  # fmt: skip

    @classmethod
    def tell(cls, result: Recommendation) -> Answer:
        case = result.case
        limit = "none" if math.isinf(result.budget) else amount(result.budget, f"{result.currency}/year")
        told = about(
            case, Risks="; ".join(f"{r.name} ({often_words(r.probability)})" for r in result.risks), Budget=limit, Seed=result.seed,
            Worlds=f"{result.replications:,} in the search, {result.fresh:,} afterwards",
        )  # fmt: skip
        loss = "worst 5 %" if result.objectives == ("worst 5 %",) else "expected loss"
        first, *rest = advised(result)
        rest += [*_looked_at(result), *how_often_of(case, begun_with(result.risks))]
        blocks: list[Block] = [
            Heading("In short"), *led([first, *(rest.pop(rest.index(s)) for s in not_final(result))]), facts(result), *(Text(s) for s in rest), Heading("What may happen, and what it costs"), risks(result), Heading("What each measure does"), actions(result),
            Heading("What it costs to be safer"),
            Picture(drawing_of("pareto_front", result, loss), name="front",
                    caption=f"Cost against {loss}, on the luck of all figures of this answer; the chosen set is the diamond."),
            _front(result), Heading("When it stops paying"), _break_evens(result),
        ]  # fmt: skip
        if result.stressed:
            blocks += [Heading("Under events that nothing was tuned on"), _stress(result)]
        blocks += [Heading("How sure is this?"), Points(reservations(result)), *([_bias(result)] if len(result.bias()) else []), *_next(result)]
        method = [
            "Three lots of luck keep the answer honest: the search tries sets of levers on the first, the finalists are looked at again "
            "on a second, and all figures of this report are measured on a third, which had no part in the choice.",
            f"The third has {result.fresh:,} worlds and the seed {result.seed + LAST}.",
            "Risks are taken one at a time; what two of them in one year do to each other is not in.",
            SAME_LUCK,
        ]  # fmt: skip
        return Answer(f"What to do: {case.settings.get('title') or case.name}", blocks, told, method, case)


_ASKED = AdviceQuestion.asked_for()
OFTEN_OF, LOST_OF, COSTS_OF = _ASKED["risks"], _ASKED["lost"], _ASKED["prices"]


def _struck(case: Case, events: Iterable[Any]) -> list[str]:
    """Sites that events strike, by name of the event or as it was described."""
    rows = case["events"].set_index("event")["site"]
    found = (e.get("site") if isinstance(e, Mapping) else rows.at[e] if e in rows.index and rows.index.is_unique else "" for e in events)
    return [site for site in found if site]


def _looked_at(found: Recommendation) -> list[str]:
    """What the advice was made for, of all that the case knows; measures that nobody has said the cost of."""
    case = found.case
    told = []
    if len(known := case["events"]["event"]) > len(found.risks):
        told.append(f"Made for {counted(len(found.risks), 'risk')}, {listed([r.name for r in found.risks], 5)}; the case knows {counted(len(known), 'event')}, and any site may be lost: choose what you fear most.")
    second = [f"{BESIDE}{site}" for r in found.risks for site in _struck(case, r.events)]
    names = [lever.label for lever in levers_of(case, second) if lever.price is None and lever.name not in found.levers]
    told += dearer(found)
    return [*told, f"Only measures with a price were tried. Nobody has said what these cost, so they were not: {listed(names, 4)}."] if names else told


def dearer(found: Recommendation) -> list[str]:
    """The event of the case that would cost more in a year than each risk that was chosen, where it is known how often it happens."""
    often = {r.event: (1.0 / years, r.loss_as_is) for r in found.stress().itertuples() if (said := years_of(found.case, r.event))[1] and (years := said[0])}
    name = max(often, key=lambda n: math.prod(often[n]), default="")
    if not name or math.prod(often[name]) <= found.by_risk()["expected"].iloc[0]:
        return []
    rate, each = often[name]
    return [f"{name} costs more than each of them in a year: {amount(each, found.currency)} each time, {often_words(rate)}, so {amount(rate * each, found.currency)} a year. Add it to the risks to be prepared for it."]


def _next(found: Recommendation) -> list[Block]:
    """The way to the question how sure it is, and the decision; a first answer is nothing to decide on."""
    risk = found.risks[int(np.argmax(found.probabilities * found.base.losses.mean(axis=1)))]
    levers = found.best.levers
    given = {k: p.per_year for k, p in found.prices.items() if found.levers[k].price is None and not callable(p.per_year) and k in levers}
    asked = {"events": list(risk.events), "years": 1.0 / risk.probability if risk.probability else 0.0, "notice": risk.notice}
    link = [Next(f"How sure are we, against {risk.name}{' alone' * (len(found.risks) > 1)}?", "confidence", asked_with(found.case, asked, levers, given))] if levers else []
    return [*link, *([] if found.first else [Decide(found)])]


# --- the answer; a column is declared once, for every door

MEANS = {
    "risk": "Of the risks that this answer was made for, the one that costs most in a year: how often it happens × what it costs each time, as things are",
    "set": "The set of measures that is best by what counts here; what it needs to be known, if anything",
    "gain": "What it saves on average less what it costs, compared with leaving things as they are in the same simulated luck",
    "cost": "Price of the measures, and what the chain costs more to run with them while nothing happens",
    "saved": "What the risks cost on average in a year (probability × loss, over all risks; a loss is the margin that is lost and what keeping, hurrying and waiting cost more), less what they cost with the measures",
    "worst": "Mean of the dearest occurrences that hold 5 % of the weight: of every twenty times that one of the risks strikes, the dearest one",
}  # fmt: skip


def _yes(value: Any) -> str:
    return "yes" if value else "no"


def _three(name: str, label: str, meaning: str, unit: str, ends: str = "_{}", **more: Any) -> Shown:
    return Shown(name, label, meaning, unit, tuple(name + ends.format(end) for end in ("low", "high")), **more)


def facts(found: Recommendation) -> Facts:
    """What is read first: the dearest risk, what to do, what that costs, saves and is worth, how sure each is, and where it comes from."""
    money, best, base = found.currency, found.best, found.base
    year = f"{money} a year"
    gain, cost = mean_interval(base.total - best.total), mean_interval(best.cost)
    saved, worst = mean_interval(base.expected - best.expected), worst_interval(best.losses, best.probabilities)
    each = [f"{risk.name} ({often_words(risk.probability)}): {amount(float(base.losses[k].mean()), money)} each time as things are, "
            f"{amount(float(best.losses[k].mean()), money)} with the measures" for k, risk in enumerate(found.risks)]  # fmt: skip
    adds = [f"{action_words(found.levers, {r.lever: r.value})}: it adds {amount(r.adds, year)} to the rest ({between(r.adds_low, r.adds_high)})"
            for r in found.table().itertuples() if r.chosen and r.lever]  # fmt: skip
    run = mean_interval(best.running)
    paid = [f"Price of the measures: {amount(best.price, year)}." if best.price else "The measures have no price of their own.", f"The chain costs {amount(run.value, year)} more to run with them, "
            f"{how_sure(run)}: keeping stock, freight, making."]  # fmt: skip
    tone = "" if not gain.clear else "better" if gain.value > 0 else "worse"

    def fact(name: str, label: str, value: Interval, unit: str, more: str, why: list[str]) -> Fact:
        return Fact(label, amount(value.value, unit), f"{how_sure(value)}{more}", MEANS[name], tone if name == "gain" else "", why)

    top = found.by_risk().iloc[0]
    alone = "the risk" if len(found.risks) == 1 else "dearest of these risks"
    a_year = Interval(top["expected"], top["expected_low"], top["expected_high"])
    told = f"{amount(a_year.value, year)}, {how_sure(a_year)}: {amount(top['loss_as_is'], money)} each time, {often_words(top['probability'])}"
    do, what, sure = "do this", action_words(found.levers, best.levers), " ".join(needed(found))
    if not best.levers:
        do, what, sure = "do", "nothing", "nothing that was tried is worth more than it costs"
    elif not found.clear:
        do, sure = "best that was found", f"It is not clearly worth its cost. {sure}".strip()
    better = f"; better in {amount(found.gain(best).better, 'share')} of the runs with these risks" if best.levers else "; as things are"
    return Facts([
        Fact(alone, str(top["risk"]), told, MEANS["risk"], "", each),
        Fact(do, what, sure, MEANS["set"]),
        fact("cost", "it costs", cost, year, "", paid),
        fact("saved", "it saves", saved, year, f" of {amount(float(base.expected.mean()), year)}", ["What each risk costs when it happens, times how often it happens.", *each]),
        fact("gain", "worth in all", gain, year, better, ["Saved on average less cost, in the same simulated luck with the measures and without.", *adds]),
        fact("worst", "worst 5 %, on average", worst, money, f"; as things are {amount(base.worst, money)}",
             ["The dearest twentieth of all simulated occurrences, each risk counted as often as it happens.", *each]),
    ])  # fmt: skip


def risks(found: Recommendation) -> Table:
    """Every risk: how often, and what it costs, without the measures and with them."""
    money, lost = found.currency, "the margin that is lost and what keeping, hurrying and waiting cost more: mean over the worlds"
    columns = [
        Shown("risk", "Risk", "what may happen"), Shown("probability", "How often", "as it was given", write=often_words),
        _three("loss_as_is", "Each time", f"as things are: {lost}", money), _three("loss", "With the measures", f"each time: {lost}", money),
        _three("expected", "In a year", "as things are: how often × each time", f"{money}/year"),
        Shown("censored", "Not back", "share of the worlds in which service is not back by the end of the run: what comes after it is not counted", "share"),
    ]  # fmt: skip
    return Table.of(found.by_risk(), columns, "What is to be prepared for, the dearest in a year first: lost margin, and what keeping, hurrying and waiting cost more or less", "risks")


def actions(found: Recommendation) -> Table:
    """Every measure alone, and the chosen set in all."""
    money, year, rows = found.currency, f"{found.currency}/year", found.table()
    columns = [
        Shown("action", "Measure, alone", "what is moved, and how far; compared with leaving things as they are"),
        Shown("chosen", "Advised", "whether it is part of the set that was chosen", write=_yes),
        _three("gain", "Gain", MEANS["gain"], year), Shown("better", "Better in", "share of the worlds in which it gains", "share", page=False),
        _three("cost", "Cost", MEANS["cost"], year), Shown("price", "of it price", "what you or the case says that it costs; 0 where the run counts all of it", year, page=False),
        _three("saved", "Loss saved", MEANS["saved"], year),
        _three("worst_saved", "Worst 5 % saved", "what it takes off the mean of the worst 5 % of the losses", money, page=False),
        _three("adds", "Adds to the rest", "what the chosen set gains less what it gains without this measure", year, page=False),
        Shown("pays_up_to", "Pays up to", "largest price at which it pays", year, page=False),
        Shown("from", "Now", "where the lever stands now", page=False, write=lambda v: "" if v is None else str(v)),
        Shown("needs", "What must be known", "what somebody who takes this measure must know, and when", page=False),
        Shown("stops_paying", "When it pays", "how often the risks must happen for it to pay, other things equal", page=False),
        _three("factor", "Factor", "factor on the probabilities of all risks at which it stops paying", "-", page=False),
    ]  # fmt: skip
    return Table.of(rows, columns, "Each measure alone, the largest gain first; the chosen set in all comes last", "actions")


def _front(found: Recommendation) -> Table:
    money, year = found.currency, f"{found.currency}/year"
    rows = found.front()
    columns = [
        Shown("set", "Set", "measures of the set"), Shown("chosen", "Advised", "the set that was chosen", write=_yes),
        _three("cost", "Cost", MEANS["cost"], year, " {}"), _three("expected loss", "Expected loss", "Σ probability × mean loss over all risks", year, " {}"),
        _three("worst 5 %", "Worst 5 %", MEANS["worst"], money, " {}"), _three("total", "In all", "cost and expected loss together", year, " {}", page=False),
        Shown("within", "Within the budget", "whether it keeps to the budget", write=_yes, page=not math.isinf(found.budget)),
        Shown("beaten", "Beaten", "whether another set is better in every objective", write=_yes, page=bool(rows["beaten"].any())),
    ]  # fmt: skip
    return Table.of(rows, columns, "The sets that were looked at to the end, the least cost first", "front")


def _break_evens(found: Recommendation) -> Table:
    rows = found.break_evens()
    evens = [c for c in rows if c.startswith("break_even")]
    rows = rows.assign(
        action=[action_words(found.levers, found.singles[n].levers) if n else "all of the set" for n in rows["lever"]],
        **{c: rows[c].clip(lower=0.0) for c in evens},
    )
    columns = [
        Shown("action", "Measure, alone", "what is done"), Shown("risk", "Risk", "what may happen"),
        Shown("probability", "Assumed [1/year]", "how likely it is in a year, as it was given", "-"),
        _three("saved", "Saved when it happens", "what one occurrence costs less", found.currency),
        _three("break_even", "Break-even probability [1/year]", "probability at which it just pays, the other risks as they are; 0: it pays even if this "
               "never happens; above 1: never because of this alone", "-"),
        Shown("pays", "Pays", "above: where the risk is likelier than that; below: it makes the risk worse and pays only where that is rarer; "
              "always, never: whatever its probability"),
    ]  # fmt: skip
    return Table.of(rows, columns, "Probability of each risk at which a measure stops paying", "break-evens")


def _stress(found: Recommendation) -> Table:
    money = found.currency
    columns = [
        Shown("event", "Event", "an event that nothing was tuned on"), Shown("loss_as_is", "Loss as things are", "mean over the worlds with no lever moved; below 0: it brings more than it costs, as customers who buy more do", money),
        Shown("loss", "Loss with the set", "mean over the worlds", money),
        _three("saved", "Saved", "what the set saves when the event happens: mean of the differences, world by world", money),
        Shown("censored", "Not back", "share of the worlds in which service is not back by the end of the run: their loss is censored", "share"),
    ]  # fmt: skip
    return Table.of(found.stress(), columns, "What the chosen set does under other events, the least saved first", "other events")


def _bias(found: Recommendation) -> Table:
    columns = [
        Shown("of", "Of", "mean of the finalists; the chosen set"),
        _three("bias", "Looked better by", "gain in the search less that on luck that had no part in it; above 0 is the winner's curse", f"{found.currency}/year"),
    ]  # fmt: skip
    return Table.of(found.bias(), columns, "By how much the search flattered its finds", "bias", on_page=False)
