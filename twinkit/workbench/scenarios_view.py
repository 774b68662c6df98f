"""View of the scenarios: the list and the editor at the side, the comparison beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import traitlets as t
from ipywidgets import Widget

from twinkit.apps.kit.parts import Form, style
from twinkit.apps.kit.parts import script as kit_script
from twinkit.events.form import ENTERED, Names, event_fields, summary
from twinkit.question import pictures_of
from twinkit.questions.what_if import MOST, WhatIf
from twinkit.run.outcome import Outcome
from twinkit.workbench import scenario_list
from twinkit.workbench.answers import HERE, DeskPart, field
from twinkit.workbench.blocks import Blocks
from twinkit.workbench.differences import lever_value
from twinkit.workbench.form_parts import LEVER, lever_field
from twinkit.workbench.panel_view import PanelView
from twinkit.workbench.scenarios_panel import ScenariosPanel

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
        self.blocks.show([*WhatIf.tell(result).blocks, *pictures_of(result)])
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
            self.list.deliver(f"{panel.desk.case.name}-scenarios.json", data, "application/json")
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
