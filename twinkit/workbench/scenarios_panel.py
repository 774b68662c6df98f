"""Scenarios: made of events and levers, and compared side by side on the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import traitlets as t

from twinkit.events.form import Happening, first_event
from twinkit.levers.levers import Lever, levers_of
from twinkit.questions.what_if import MOST, WhatIf
from twinkit.run.scenario import Scenario
from twinkit.tables import CaseError
from twinkit.workbench import scenario_list
from twinkit.workbench.desk import AS_IS, Desk
from twinkit.workbench.journal import Journal, journal_of
from twinkit.workbench.panel import Panel


class ScenariosPanel(Panel):
    """The model: the list of scenarios, the one that is edited (the desk's chosen one), and the comparison."""

    key = "scenarios"
    title = "Scenarios"
    question = "What happens, what is done about it, and which choice is better on the same luck?"
    INPUTS = ("compared", "baseline")

    compared = t.List(t.Unicode(), help="names of the scenarios that are compared")
    baseline = t.Unicode(AS_IS, help="the one that the others are compared with")
    own = t.Instance(Happening, help="the event of one's own that is being made")
    said = t.List(t.Unicode(), help="sentences about what was just done, or why it was not")

    def __init__(self, desk: Desk) -> None:
        self.journal: Journal = journal_of(desk)
        self.author = self.journal.store.author
        super().__init__(desk)
        self.own = first_event(desk.case)
        self.compared = list(desk.scenarios)[:MOST]

    # --- the comparison

    def names(self) -> list[str]:
        """The scenarios that are compared, the baseline first."""
        found = [n for n in self.desk.scenarios if n in self.compared]
        base = self.base()
        return [base, *(n for n in found if n != base)] if found else []

    def base(self) -> str:
        """The scenario that the others are compared with."""
        found = [n for n in self.desk.scenarios if n in self.compared]
        return self.baseline if self.baseline in found else (found[0] if found else AS_IS)

    def ask(self) -> WhatIf:
        """The question that compares them."""
        return WhatIf(self.desk, scenarios=self.names(), against=self.base())

    def check(self) -> list[str]:
        return self.ask().problems() if self.names() else ["Tick at least one scenario to compare."]

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        return self.ask().call().run, (), {}

    def code(self) -> str:
        return self.ask().code()

    def tick(self, name: str, on: bool) -> None:
        """Compare a scenario, or compare it no more."""
        rest = [n for n in self.compared if n != name and n in self.desk.scenarios]
        self.compared = [*rest, name] if on else rest

    # --- the list

    def new(self) -> str:
        """Add a scenario; returns its name."""
        return self._ticked(scenario_list.add(self.desk, Scenario("new scenario"), self.author))

    def duplicate(self) -> str:
        """Add a copy of the chosen scenario; returns its name."""
        return self._ticked(scenario_list.duplicate(self.desk, self.desk.chosen, self.author))

    def _ticked(self, name: str) -> str:
        if len(self.names()) < MOST:
            self.tick(name, True)
        return name

    def delete(self) -> None:
        """Take the chosen scenario away; undo brings it back."""
        name = self.desk.chosen
        if name != AS_IS:
            scenario_list.remove(self.desk, name)
            self.said = [f"“{name}” is deleted. Undo brings it back."]

    def load(self, text: str) -> None:
        """Add the scenarios of a file."""
        try:
            names = scenario_list.from_file(self.desk, text, self.author)
        except CaseError as error:
            self.said = ["Nothing was loaded:", *(p.sentence for p in error.problems)]
        else:
            self.said = [f"Loaded: {', '.join(names)}."]

    # --- the chosen scenario

    @property
    def scenario(self) -> Scenario:
        """The scenario that is edited."""
        return self.desk.scenario

    @property
    def fixed(self) -> bool:
        """Whether the chosen scenario stays as it is, because it is the chain without events and measures."""
        return self.scenario.name == AS_IS

    def levers(self) -> dict[str, Lever]:
        """Levers of the case."""
        return {lever.name: lever for lever in levers_of(self.desk.case)}

    def change(self, note: str | None = None, **fields: Any) -> bool:
        """Change the chosen scenario; whether that worked.

        Parameters
        ----------
        note
            A new note; None leaves it.
        **fields
            ``name``, ``events`` or ``levers``.
        """
        old = self.desk.chosen
        try:
            made = replace(self.scenario, **fields)
            if "events" in fields or "levers" in fields:
                made.apply(self.desk.case)
            new = scenario_list.change(self.desk, old, made, note)
        except CaseError as error:
            self.said = [p.sentence for p in error.problems]
            return False
        if new != old:
            self.compared = [new if n == old else n for n in self.compared]
            self.baseline = new if self.baseline == old else self.baseline
        self.said = []
        return True

    def move_lever(self, name: str, value: Any) -> bool:
        """Put a lever to a value; one that stands where the case has it is no part of the scenario."""
        levers = {k: v for k, v in self.scenario.levers.items() if k != name}
        lever = self.levers().get(name)
        if value is not None and (lever is None or value != lever.start):
            levers[name] = value
        return levers == dict(self.scenario.levers) or self.change(levers=levers)

    def add_event(self, name: str) -> bool:
        """Let an event of the case happen in the chosen scenario."""
        if not name or name in self.scenario.events:
            return False
        return self.change(events=(*self.scenario.events, name))

    def add_own(self) -> bool:
        """Let the event of the form happen in the chosen scenario; one of the same name is replaced."""
        row = self.own.row(self.desk.case, self.own.event_name(), "")
        others = [e for e in self.scenario.events if isinstance(e, str) or e.get("event") != row["event"]]
        if not self.change(events=(*others, row)):
            return False
        self.own = self.own.edit(named="")  # the next one is another event
        return True

    def drop_event(self, number: int) -> bool:
        """Take an event out of the chosen scenario."""
        events = self.scenario.events
        return self.change(events=(*events[:number], *events[number + 1 :])) if number < len(events) else False

    def event_names(self) -> list[str]:
        """Events of the case that the chosen scenario does not have yet."""
        taken = {e for e in self.scenario.events if isinstance(e, str)}
        return [n for n in self.desk.case["events"]["event"].tolist() if n not in taken]

    def own_field(self, values: Mapping[str, Any]) -> None:
        """Take what the fields of the own event say."""
        self.own = self.own.edit(**{k: v for k, v in values.items() if v != getattr(self.own, k)})

    def load_state(self, state: dict[str, Any]) -> None:
        known = [n for n in state.get("compared", self.compared) if n in self.desk.scenarios]
        super().load_state({**state, "compared": known})
