"""What if something goes wrong? What happens and what is done about it, as a page asks for it; the answer follows every change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from twinkit.capabilities.hazards.tables import once_in
from twinkit.events.choices import MOST, Recorded, events_of, happenings_of, recorded_happening
from twinkit.events.form import Happening, first_event, sentences
from twinkit.events.kinds import targets_of
from twinkit.levers.levers import half_elsewhere, levers_of, moved_levers, second_source_for
from twinkit.question import Call, Input, Question, View, register
from twinkit.questions.disruption.refine import what_if, what_if_in_parts
from twinkit.questions.disruption.tells import cards_of, facts_of, results_of, sentences_of
from twinkit.questions.stress.result import advice_about
from twinkit.questions.what_if import WhatIf
from twinkit.result import Answer, Course, Facts, Heading, Next, led
from twinkit.run.outcome import Outcome
from twinkit.run.scenario import Scenario
from twinkit.study.asked import scenario_of
from twinkit.study.at_risk import at_risk_table
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, did_you_mean, shown

LOSSES = ("outage", "capacity_loss", "insolvency")
"""Kinds of event by which a supplier is lost, or a part of what it makes."""
HAPPENINGS = ("events", "levers")
"""What a person is asked for."""


@register
class Disruption(Question):
    """Choose what happens and what you do about it: the picture follows at once. Every number compares the same worlds on the same luck."""

    key, title, group, order, audience = "disruption", "What if?", "What may happen", 0, "everybody who decides"
    asks = "What if something goes wrong?"
    quick, file = True, "scenario.json"

    events = Input("", "what happens: events of the case or of recorded history, or events of one's own", start=[], kind="events")
    levers = Input("", "what is done about it: levers that are moved", start={}, kind="levers", group="What do you do about it?")
    chosen = Input("", "which of the events is looked at, from 0", start=0, low=0, high=MOST - 1, kind="whole")
    hit = Input("", "a site that the event is to hit", start="", kind="name")

    # --- what is asked for

    def begins(self) -> dict[str, Any]:
        case, scenario = self.ground.case, self.ground.scenario
        events = [h.plain() for h in happenings_of(case, scenario.events)[:MOST]] if scenario.events else case.derived(_opening)
        return {"events": events, "levers": moved_levers(case, scenario.levers)}

    @property
    def happenings(self) -> list[Happening]:
        """What happens, one thing after the other."""
        case, found = self.ground.case, []
        for number, one in enumerate(self.events, start=1):
            found.append(recorded_happening(case, one, replace(first_event(case), key=number)) if isinstance(one, str) else Happening.of(one))
        return found

    @happenings.setter
    def happenings(self, others: list[Happening]) -> None:
        self.events = [h.plain() for h in others]
        self.chosen = max(0, min(self.chosen, len(others) - 1))

    @property
    def now(self) -> Happening:
        """The one that is looked at."""
        return self.happenings[min(self.chosen, len(self.events) - 1)]

    def edit(self, **changes: Any) -> None:
        """Change fields of the happening that is looked at; another kind brings a severity that is usual for it."""
        now, here, all_ = self.now, min(self.chosen, len(self.events) - 1), self.happenings
        if "recorded" in changes:
            now = recorded_happening(self.ground.case, changes.pop("recorded"), now)
        self.happenings = [*all_[:here], now.edit(**changes), *all_[here + 1 :]]

    def add(self) -> None:
        """One more thing that happens, of one's own, which is looked at then."""
        before = self.happenings
        if len(before) < MOST:
            key = max(h.key for h in before) + 1
            self.happenings = [*before, replace(first_event(self.ground.case), key=key, start=self.now.start)]
            self.chosen = len(before)

    def remove(self, number: int) -> None:
        """Take one away; what followed it stands by itself then.  The last one stays."""
        before = self.happenings
        if len(before) < 2 or not 0 <= number < len(before):
            return
        gone = before[number].key
        chosen = self.chosen - (self.chosen > number)
        self.happenings = [replace(h, after=0) if h.after == gone else h for h in before if h.key != gone]
        self.chosen = min(chosen, len(before) - 2)

    def follow(self, name: str) -> None:
        if name != "hit" or not self.hit:
            return
        now = self.now
        kind = {} if "site" in targets_of(now.kind) else {"kind": "outage"}
        target = now.target if now.target == "circle" and not kind else "site"
        self.edit(**kind, mode="own", site=self.hit, target=target)
        self.hit = ""

    def standing(self) -> dict[str, Input]:
        return {k: v for k, v in self.asked_for().items() if k in HAPPENINGS}

    def options(self, name: str) -> dict[str, str]:
        return {lever.name: lever.label for lever in levers_of(self.ground.case)} if name == "levers" else {}

    def _misnamed(self, name: str, one: Input, value: Any) -> list[str]:
        if name == "levers":  # those of single suppliers are known where they are named
            value = {k: v for k, v in value.items() if k not in {lever.name for lever in levers_of(self.ground.case, value)}}
        return super()._misnamed(name, one, value)

    def moved(self) -> dict[str, Any]:
        """Levers that do not stand where the case has them."""
        return moved_levers(self.ground.case, self.levers)

    def call(self) -> Call:
        events = list(events_of(self.ground.case, self.happenings, placed=False))
        return Call(
            what_if, case=self.ground.case, events=events, levers=self.moved() or None, replications=self.ground.replications,
            seed=self.ground.seed,
        ).partly(self._parts)  # fmt: skip

    def _parts(self, **arguments: Any) -> Iterator[dict[str, Outcome]]:
        """Better and better answers; what is wrong is said in the words of the form."""
        try:
            yield from what_if_in_parts(**arguments)
        except CaseError as error:
            case, rows = self.ground.case, list[Happening | None]()
            for one in self.happenings:
                placed = case.derived(Recorded).choices.get(one.recorded)
                rows += [one] if one.mode == "own" else [None for e in (placed.events if placed else ()) if not isinstance(e, str)]
            said = sentences(error, case, rows, len(self.events) > 1)
            raise CaseError([Problem("", None, "", "", says.removesuffix("."), hint) for says, _, hint in (s.partition(". ") for s in said)]) from error

    def titled(self) -> str:
        return f"What if? {', '.join(h.short() for h in self.happenings)}"[:120]

    def saved(self) -> str:
        case, happenings = self.ground.case, self.happenings
        if not all(case.derived(Recorded).ready(h.recorded) for h in happenings if h.mode == "recorded"):
            return ""
        try:
            return json.dumps(self.scenario().to_dict(), indent=1)
        except CaseError:
            return ""

    def scenario(self) -> Scenario:
        """What is asked for, as a scenario; history is placed on the chain.

        Raises
        ------
        CaseError
            If a recorded event is none, or hits nothing here.
        """
        return Scenario(", ".join(h.short() for h in self.happenings)[:200], events_of(self.ground.case, self.happenings), self.moved())

    def take(self, state: Mapping[str, Any]) -> list[str]:
        """Ask for what a link says: what this page has written, or a scenario."""
        wrong, found = [], {k: v for k, v in state.items() if k in HAPPENINGS}
        wrong += [f"The link asks for {shown(k)[:80]}, which is nothing that this page asks for." for k in state if k not in (*HAPPENINGS, "name", "since")]
        try:
            if found.get("events"):
                found["events"] = [h.plain() for h in self._read(found["events"])]
            if found.get("levers") and isinstance(found["levers"], Mapping):
                Scenario("link", (), found["levers"]).event_rows(self.ground.case)
        except CaseError as error:
            return [*wrong, f"The link does not fit this case: {' '.join(p.sentence for p in error.problems[:2])}"]
        return [*wrong, *super().take({k: v for k, v in found.items() if v or k == "levers"})]

    def _read(self, events: Any) -> list[Happening]:
        """Events of a link.

        Raises
        ------
        CaseError
            If they do not fit the case.
        """
        case = self.ground.case
        try:
            if all(isinstance(e, Mapping) and "event" not in e for e in events):
                return [Happening.of(e) for e in events[:MOST]]
            known = {*case["events"]["event"], *case.derived(Recorded).history, *case.derived(Recorded).choices}
            for name in (e for e in events if isinstance(e, str) and e not in known):
                hint = did_you_mean(name, list(known), "Choose one of the list.")
                raise CaseError([Problem("", None, "", name, "is no event of the case or of history", hint)])
            Scenario("link", tuple(e for e in events if not isinstance(e, str))).event_rows(case)
            return list(happenings_of(case, events)[:MOST])
        except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
            if isinstance(error, CaseError):
                raise
            raise CaseError([Problem("", None, "", "", "what happens cannot be read", "Was it cut off, or changed?")]) from error

    # --- what comes of it

    def extent(self, result: Mapping[str, Outcome]) -> str:
        return f"{min(o.replications for o in result.values())} of {self.ground.replications} worlds"

    @classmethod
    def reported(cls, result: Mapping[str, Outcome]) -> Mapping[str, Outcome]:
        results = results_of(result)
        return {o.scenario: o for o in results.pair() or (results.as_is,)}

    @classmethod
    def tell(cls, result: Mapping[str, Outcome]) -> Answer:
        return WhatIf.tell(cls.reported(result))

    @staticmethod
    def watch(result: Mapping[str, Outcome]) -> Answer:
        """What the page shows: sentences, figures, and the days of the run."""
        results = results_of(result)
        blocks = [Heading("In short"), *led(sentences_of(results)), Facts(facts_of(results)), *_second_sources(results.as_is, results.measured),
                  Course(results.as_is, measured=results.measured, curves=True, cards=cards_of(results), picks="hit")]  # fmt: skip
        risk = at_risk_table(results.measured or results.as_is, results.as_is)
        blocks += [Heading("Who goes without, with your measures" if results.measured else "Who goes without"), *risk] if risk else []
        return Answer("What if?", [*blocks, Next("Which loss costs most?", "stress")], {})

    views: ClassVar = {"stakeholder": View(HAPPENINGS, tell=watch), "analyst": View(HAPPENINGS, all_columns=True)}


def _second_sources(as_is: Outcome, measured: Outcome | None) -> list[Next]:
    """A second source for each supplier that is out, on the same luck, grey where the tables know none; and what else should be done."""
    case, scenario = scenario_of(as_is)
    levers = dict(scenario_of(measured)[1].levers) if measured else {}
    rows, found = scenario.event_rows(case), []
    out = rows[rows["event"].isin(as_is.events) & rows["kind"].isin(LOSSES) & (rows["site"] != "")].drop_duplicates("site")
    for site, days in list(zip(out["site"], out["duration"].astype(float).tolist(), strict=True))[:MOST]:
        lever, why = second_source_for(case, site)
        if lever is None or lever.name not in levers:
            asked = {"events": scenario.to_dict()["events"], "levers": {**levers, **({lever.name: half_elsewhere(lever)} if lever else {})}}
            found.append(Next(f"A second source for {site}", "disruption", asked, why))
        else:
            found.append(Next(f"What may a second source for {site} cost?", "loss", {"target": site, **({"duration": days} if days > 0 else {}), "second": levers[lever.name]}))
        found += advice_about("site", site, days, once_in(case, [site])) if days > 0 else []
    return found


def _opening(case: Case) -> list[dict[str, Any]]:
    """What happens where nobody has said anything: a recorded event, or one of one's own."""
    own, name = replace(first_event(case), key=1), case.derived(Recorded).first()
    return [(recorded_happening(case, name, own) if name else own).plain()]
