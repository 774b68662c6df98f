"""Scenarios: made of events and levers, and compared side by side on the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import traitlets as t
from ipywidgets import Widget

from twinkit.apps.kit.parts import Form, style
from twinkit.apps.kit.parts import script as kit_script
from twinkit.events.form import ENTERED, Happening, Names, event_fields, first_event, summary
from twinkit.levers.levers import Lever, levers_of
from twinkit.question import more_of
from twinkit.questions.what_if import MOST, WhatIf
from twinkit.run.outcome import Outcome
from twinkit.run.scenario import Scenario
from twinkit.tables import CaseError
from twinkit.workbench import scenario_list
from twinkit.workbench.answers import HERE, DeskPart, field
from twinkit.workbench.blocks import Blocks
from twinkit.workbench.desk import AS_IS, Desk
from twinkit.workbench.differences import lever_value
from twinkit.workbench.journal import Journal, journal_of
from twinkit.workbench.panel import Panel, PanelView
from twinkit.workbench.question_panel import LEVER, lever_field


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
        return {lever.name: lever for lever in levers_of(self.desk.case, self.scenario.levers)}

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


# --- view of the scenarios: the list and the editor at the side, the comparison beside them


_STYLE = style("form.css", "tip.css") + "".join(
    (HERE / name).read_text(encoding="utf-8") for name in ("workbench.css", "scenarios.css")
)


def _own(name: str) -> str:
    return kit_script("tip.js", "deliver.js") + "\n" + (HERE / name).read_text(encoding="utf-8")


class ScenarioList(DeskPart):
    """The scenarios: which one is looked at, which are compared, and with which.

    Messages: ``{choose: name}``, ``{tick: [name, on]}``, ``{base: name}``, ``{press: …}`` with
    new, duplicate, delete, save, and ``{load: text of a file}``.
    """

    _esm = _own("scenario_list.js")
    _css = _STYLE

    rows = t.List(help="dicts of name, about, note, ticked, fixed").tag(sync=True)
    chosen = t.Unicode(help="the one that is looked at").tag(sync=True)
    base = t.Unicode(help="the baseline").tag(sync=True)
    full = t.Bool(False, help="whether no more can be compared").tag(sync=True)
    said = t.List(t.Unicode(), help="sentences about what was just done").tag(sync=True)


class ScenariosView(PanelView):
    """Links the list, the editor and the comparison with the scenarios."""

    panel: ScenariosPanel
    run_label = "Compare"

    def __init__(self, panel: ScenariosPanel, guard: Any) -> None:
        self._busy, self.of = False, None
        self.blocks = Blocks(guard, panel.key)
        self.drawer = self.blocks.drawer
        self.list = ScenarioList()
        self.editor = Form(label="The chosen scenario", testid="scenario-editor")
        self.recorded = Form(
            label="An event of the case", testid="event-recorded", buttons=[["happen", "Add this event"]]
        )
        self.own = Form(
            label="An event of your own", testid="event-own", buttons=[["own", "Add this event of your own"]]
        )
        super().__init__(panel, guard)
        self.box.add_class("twb-wide-side")
        self.list.on_msg(guard(self.told))
        self.editor.observe(guard(self.edited), "values")
        for form in (self.editor, self.recorded, self.own):
            form.on_msg(guard(self.formed))
        self.own.observe(guard(self.owned), "values")

    def inputs(self) -> list[Widget]:
        return [self.list, self.editor, self.recorded, self.own]

    # --- what is shown

    def moved(self) -> None:
        """Bring list and editor up to the desk."""
        if self._busy:
            return
        self._busy = True
        try:
            self._show_list()
            self._show_editor()
            self._show_events()
        finally:
            self._busy = False

    def _show_list(self) -> None:
        panel, desk = self.panel, self.panel.desk
        names = panel.names()
        with self.list.hold_sync():
            self.list.rows = [
                {"name": n, "about": self._about(n), "note": desk.about.get(n, {}).get("note", ""),
                 "ticked": n in names, "fixed": n not in desk.about}
                for n in desk.scenarios
            ]  # fmt: skip
            self.list.chosen, self.list.base, self.list.full = desk.chosen, panel.base(), len(names) >= MOST
            self.list.said = list(panel.said)

    def _about(self, name: str) -> str:
        scenario, levers = self.panel.desk.scenarios[name], self.panel.levers()
        words = [e if isinstance(e, str) else str(e.get("event")) for e in scenario.events]
        words += [f"{n.replace('_', ' ')} {lever_value(levers.get(n), v)}" for n, v in scenario.levers.items()]
        return "; ".join(words) or "no event, no lever moved"

    def _show_editor(self) -> None:
        panel = self.panel
        scenario, fixed = panel.scenario, panel.fixed
        about = panel.desk.about.get(scenario.name, {})
        made = f"{about['author']}, {about['changed'][:16].replace('T', ' ')}" if about.get("author") else ""
        why = "The chain as it is stays as it is. Press New to make a scenario."
        items = [summary(e, panel.desk.case) for e in scenario.events]
        fields = [
            field("name", "name", "Name", options=[], hidden=fixed, help=why if fixed else made),
            field("note", "name", "Note", options=[], hidden=fixed),
            field(
                "events",
                "list",
                "Events" if items else "No event yet",
                items=items,
                remove="Take this event out",
                hidden=fixed,
            ),
        ]
        levers = [{**lever_field(lever), "hidden": fixed} for lever in panel.levers().values()]
        groups = [{"title": "The chosen scenario", "fields": fields}]
        if fixed:
            groups[0]["fields"] = [{**f, "hidden": f["name"] != "events", "label": why, "remove": ""} for f in fields]
        values = {"name": scenario.name, "note": about.get("note", ""), "events": -1}
        values |= {LEVER + n: scenario.levers.get(n, lever.start) for n, lever in panel.levers().items()}
        with self.editor.hold_sync():
            self.editor.groups = [*groups, {"title": "Levers", "fields": levers}] if levers else groups
            self.editor.values = values

    def _show_events(self) -> None:
        panel = self.panel
        if self.of is not panel.desk.case:
            self.of, self.names = panel.desk.case, Names(panel.desk.case)
        names, hidden = panel.event_names(), panel.fixed
        now = self.recorded.values.get("recorded")
        pick = now if now in names else next(iter(names), "")
        options = [[n, summary(n, panel.desk.case)] for n in names]
        with self.recorded.hold_sync():
            one = field("recorded", "choice", "Event of the case", options=options, hidden=hidden or not names)
            self.recorded.groups = [{"title": "Let something happen", "fields": [one]}]
            self.recorded.values = {"recorded": pick}
            self.recorded.buttons = [] if hidden or not names else [["happen", "Add this event"]]
        with self.own.hold_sync():
            shown = event_fields(panel.desk.case, self.names, panel.own)
            what, sure = ([{**f, "hidden": f.get("hidden", False) or hidden} for f in some if f["name"] != "after"] for some in shown)
            self.own.groups = [{"title": "An event of your own", "fields": what, "folded": True},
                               {"title": "When exactly, and how sure?", "fields": sure, "folded": True}]  # fmt: skip
            self.own.values = {name: getattr(panel.own, name) for name in ENTERED}
            self.own.buttons = [] if hidden else [["own", "Add this event of your own"]]

    def results(self, result: Mapping[str, Outcome]) -> list[Widget]:
        self.blocks.show([*WhatIf.tell(result).blocks, *more_of(result, self.panel.desk.case)])
        return [self.blocks.box]

    # --- what people do

    def told(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A message of the list."""
        panel = self.panel
        panel.said = []
        if content.get("choose") in panel.desk.scenarios:
            panel.desk.chosen = content["choose"]
        elif "tick" in content:
            panel.tick(*content["tick"])
        elif content.get("base") in panel.desk.scenarios:
            panel.baseline = content["base"]
        elif "load" in content:
            panel.load(content["load"])
        elif content.get("press") == "save":
            data = scenario_list.to_file(panel.desk).encode("utf-8")
            self.list.deliver(f"{panel.desk.case.name}-scenarios.json", data)
        elif content.get("press") in ("new", "duplicate", "delete"):
            getattr(panel, content["press"])()
        self.moved()

    def edited(self, change: Any) -> None:
        """A field of the chosen scenario was changed."""
        if self._busy or self.panel.fixed:
            return
        old, new, panel = change["old"] or {}, change["new"], self.panel
        for name, value in new.items():
            if old.get(name) == value or value is None:
                continue
            if name == "name":
                panel.change(name=str(value))
            elif name == "note":
                panel.change(note=str(value)[:500])
            elif name.startswith(LEVER):
                panel.move_lever(name.removeprefix(LEVER), value)
        self.moved()

    def formed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A button of a form."""
        panel, press = self.panel, content.get("press")
        if press == "happen":
            panel.add_event(self.recorded.values.get("recorded", ""))
        elif press == "own":
            panel.add_own()
        elif press == "remove":
            panel.drop_event(int(content["item"]))
        self.moved()

    def owned(self, change: Any) -> None:
        """A field of the event of one's own was changed."""
        if not self._busy:
            self.panel.own_field(change["new"])
            self.moved()
