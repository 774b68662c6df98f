"""View of the scenarios: the list and the editor at the side, the comparison beside them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ipywidgets import Widget

from twinkit.apps.disruption_controls import LEVER, lever_field
from twinkit.apps.kit.parts import Form
from twinkit.study.outcome import Outcome
from twinkit.workbench import own_event, scenario_list
from twinkit.workbench.answers import field, part
from twinkit.workbench.comparison import comparison, costs
from twinkit.workbench.differences import lever_value
from twinkit.workbench.drawing import Drawer
from twinkit.workbench.panel_view import PanelView
from twinkit.workbench.scenario_parts import Comparison, ScenarioList
from twinkit.workbench.scenarios_panel import MOST, ScenariosPanel


class ScenariosView(PanelView):
    """Links the list, the editor and the comparison with the scenarios."""

    panel: ScenariosPanel
    run_label = "Compare"

    def __init__(self, panel: ScenariosPanel, guard: Any) -> None:
        self._busy = False
        self.drawer = Drawer(guard)
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
        items = [own_event.summary(e, panel.desk.case) for e in scenario.events]
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
        names, hidden = panel.event_names(), panel.fixed
        now = self.recorded.values.get("recorded")
        pick = now if now in names else next(iter(names), "")
        options = [[n, own_event.summary(n, panel.desk.case)] for n in names]
        with self.recorded.hold_sync():
            one = field("recorded", "choice", "Event of the case", options=options, hidden=hidden or not names)
            self.recorded.groups = [{"title": "Let something happen", "fields": [one]}]
            self.recorded.values = {"recorded": pick}
            self.recorded.buttons = [] if hidden or not names else [["happen", "Add this event"]]
        with self.own.hold_sync():
            made = [
                {**f, "hidden": f.get("hidden", False) or hidden} for f in own_event.fields(panel.desk.case, panel.own)
            ]
            self.own.groups = [{"title": "An event of your own", "fields": made, "folded": True}]
            self.own.values = {f["name"]: panel.own.get(f["name"]) for f in made}
            self.own.buttons = [] if hidden else [["own", "Add this event of your own"]]

    def results(self, result: Mapping[str, Outcome]) -> list[Widget]:
        names = list(result)
        base = names[0]
        self.drawer.clear()
        outcomes = list(result.values())
        parts = [Comparison(table=comparison(result, base)), part("Service", self._curve(outcomes))]
        parts.append(Comparison(table=costs(result, base), testid="costs"))
        parts += [self._waterfall(outcomes[0], other) for other in outcomes[1:]]
        self.drawer.start()
        return parts

    def _curve(self, outcomes: list[Outcome]) -> Widget:
        from twinkit.show import service_curve

        return self.drawer.picture(lambda theme: service_curve(*outcomes, theme=theme), "service")

    def _waterfall(self, base: Outcome, other: Outcome) -> Widget:
        from twinkit.show import cost_waterfall

        return self.drawer.picture(partial(_costs, cost_waterfall, base, other), f"cost of {other.scenario}")

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


def _costs(draw: Any, base: Outcome, other: Outcome, theme: str) -> Any:
    return draw(base, other, theme=theme)
