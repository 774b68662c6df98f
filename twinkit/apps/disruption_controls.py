"""The form of the disruption app, and the model behind it."""

from __future__ import annotations

import json
from typing import Any

from twinkit.apps.disruption_model import DisruptionModel
from twinkit.apps.disruption_recorded import MOST
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.parts import Form
from twinkit.events.form import ENTERED, Names, event_fields, labelled
from twinkit.levers.levers import Lever
from twinkit.tables import CaseError
from twinkit.tables.schema_events import PAUSES

LEVER = "lever "
"""Prefix of the fields that are levers."""


class Controls:
    """The form, linked with the model in both directions."""

    def __init__(self, model: DisruptionModel, guard: Guard) -> None:
        self.model = model
        self.names = Names(model.case)
        self._busy = False
        self.form = Form(
            label="Event and measures", testid="controls", file="scenario.json",
            buttons=[["reset", "Reset everything"]],
        )  # fmt: skip
        self.show()
        self.form.observe(guard(self.take), "values")
        self.form.on_msg(guard(self.pressed))
        model.observe(guard(self.show), [*model.INPUTS, "chosen", "placed"])

    def show(self, change: Any = None) -> None:
        """Bring the form up to what the model says."""
        if self._busy:
            return
        groups = event_groups(self.model, self.names)
        if self.model.known_levers:
            fields = [lever_field(lever, self.model) for lever in self.model.known_levers.values()]
            groups.append({"title": "What do you do about it?", "fields": fields})
        with self.form.hold_sync():
            self.form.groups, self.form.values = groups, values_of(self.model)
            self.form.download = self._saved()

    def _saved(self) -> str:
        """The scenario as a file; the former one as long as this one cannot be said."""
        if not all(self.model.recorded.ready(h.recorded) for h in self.model.happenings if h.mode == "recorded"):
            return self.form.download
        try:
            return json.dumps(self.model.state(), indent=1)
        except CaseError:
            return self.form.download

    def take(self, change: Any) -> None:
        """Bring the model up to what a person has entered."""
        values, old = change["new"], values_of(self.model)
        changed = {name: value for name, value in values.items() if value != old.get(name, value)}
        self._busy = True
        try:
            self._apply(changed)
        finally:
            self._busy = False
        if changed:
            self.show()

    def _apply(self, changed: dict[str, Any]) -> None:
        model = self.model
        levers = {name.removeprefix(LEVER): v for name, v in changed.items() if name.startswith(LEVER)}
        fields = {name: v for name, v in changed.items() if not name.startswith(LEVER)}
        if "chosen" in fields:
            model.chosen = int(fields.pop("chosen"))
            return  # the fields of another happening were not entered by anybody
        if "after" in fields:
            fields["after"] = int(fields["after"])
        if fields.get("mode") == "recorded" and not model.now.recorded:
            fields["recorded"] = model.recorded.options()[0][0]
        if fields:
            model.edit(**fields)
        if levers:
            model.levers = {**model.levers, **levers}

    def pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A button of the form."""
        match content.get("press"):
            case "reset":
                self.model.reset()
            case "add":
                self.model.add()
            case "remove":
                self.model.remove(int(content.get("item", -1)))

def event_groups(model: DisruptionModel, names: Names) -> list[dict[str, Any]]:
    """The fields about what happens, and those about when and whether it does."""
    now, several = model.now, len(model.happenings) > 1
    own = now.mode == "own"
    choices = [
        {"name": "chosen", "type": "list", "label": "It may be several things" if several else "",
         "items": [h.short() for h in model.happenings], "remove": "Remove" if several else "",
         "add": "Add: and then …" if len(model.happenings) < MOST else ""},
        {"name": "mode", "type": "tabs", "label": "", "hidden": not model.recorded.options(),
         "options": [["recorded", "Recorded event"], ["own", "Event of your own"]]},
        {"name": "recorded", "type": "choice", "hidden": own, "options": model.recorded.options(),
         "help": model.recorded.told(now.recorded)},
    ]  # fmt: skip
    what, sure = event_fields(model.case, names, now, own, [h for h in model.happenings if h.key != now.key])
    return [{"title": "What happens?", "fields": [*labelled(choices), *what]},
            {"title": "When exactly, and how sure?", "folded": True, "fields": sure}]  # fmt: skip


UNSEEN = ("Nobody sees a loss like this coming, so nothing can be made ready for the day on which it begins: this cannot be moved. "
          "Ask “What should we do?” about one that is announced, such as a strike or a planned closure.")  # fmt: skip


def lever_field(lever: Lever, model: DisruptionModel | None = None) -> dict[str, Any]:
    """Field of a lever: a switch, or a slider in per cent or in its unit; grey where nobody could move it in time."""
    field = {"name": LEVER + lever.name, "label": lever.label, "help": lever.meaning, "start": lever.start}
    unseen = model is not None and lever.foreseen and any(h.mode == "recorded" or h.kind not in PAUSES for h in model.happenings)
    if unseen and model.levers.get(lever.name, lever.start) == lever.start:  # what a link has moved can be moved back
        field |= {"off": True, "help": UNSEEN}
    if lever.flag:
        return {**field, "type": "flag"}
    share = lever.unit == "share"
    return {
        **field, "type": "number", "low": lever.low, "high": lever.high, "step": lever.step,
        "unit": "%" if share else lever.unit, "factor": 100 if share else 1,
    }  # fmt: skip


def values_of(model: DisruptionModel) -> dict[str, Any]:
    """Value of every field."""
    now = model.now
    values = {name: getattr(now, name) for name in ENTERED}
    values |= {"chosen": min(model.chosen, len(model.happenings) - 1), "after": str(now.after)}
    return values | {LEVER + name: model.levers.get(name, lever.start) for name, lever in model.known_levers.items()}
