"""Fields of the disruption app, and the model behind them."""

from __future__ import annotations

import json
from typing import Any

from twinkit.apps.disruption_events import BACK, COMMON, KINDS, LABELS, recorded_events, told
from twinkit.apps.disruption_model import DisruptionModel
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.parts import Form
from twinkit.study.levers import Lever

EVENT_FIELDS = (
    "mode", "recorded", "kind", "site", "market", "start", "duration", "severity", "recovery", "recovery_time",
)  # fmt: skip
LEVER = "lever "
"""Prefix of the fields that are levers."""

SEVERITY_HELP = {
    "outage": "share of its work that is lost",
    "lead_time_increase": "how much longer the way takes",
    "demand_surge": "how much more customers ask for",
    "demand_slump": "how much less customers ask for",
}


def event_group(model: DisruptionModel) -> dict[str, Any]:
    """Fields of the event, with those hidden that do not apply."""
    own, at_market = model.mode == "own", model.kind.startswith("demand")
    names = recorded_events(model.case)
    periods = model.case.settings["periods"]
    days = "days" if model.case.settings["period_days"] == 1 else "periods"
    sites = [[r.site, _about(r)] for r in model.case["sites"].itertuples(index=False)]
    placed = model.case["sites"]["latitude"].notna().any()
    markets = [[m, m] for m in dict.fromkeys(model.case["markets"]["market"])]
    fields = [
        {"name": "mode", "type": "tabs", "label": "", "hidden": not names,
         "options": [["recorded", "Recorded event"], ["own", "Event of your own"]]},
        {"name": "recorded", "type": "choice", "label": "Which event?", "hidden": own,
         "options": [[n, n] for n in names], "help": told(model.case, model.recorded)},
        {"name": "kind", "type": "choice", "hidden": not own, "options": [[k, KINDS[k]] for k in COMMON]},
        {"name": "site", "type": "name", "hidden": not own or at_market, "options": sites,
         "help": "type a name" + (", or pick a site on the map" if placed else "")},
        {"name": "market", "type": "choice", "hidden": not own or not at_market, "options": markets},
        {"name": "start", "type": "number", "hidden": not own, "low": 0, "high": periods - 1, "step": 1,
         "help": f"first day of the event, 0 to {periods - 1}"},
        {"name": "duration", "type": "number", "hidden": not own, "low": 1, "high": min(periods, 250), "step": 1,
         "unit": days, "help": "as long as it is at its worst"},
        _severity(model, own, days),
        {"name": "recovery", "type": "choice", "hidden": not own, "options": [[k, v] for k, v in BACK.items()]},
        {"name": "recovery_time", "type": "number", "hidden": not own or model.recovery == "step", "low": 0,
         "high": min(periods, 200), "step": 1, "unit": days, "help": "from the end of the worst to business as usual"},
    ]  # fmt: skip
    return {"title": "What happens?", "fields": [{"label": LABELS.get(f["name"], ""), **f} for f in fields]}


def _about(site: Any) -> str:
    return ", ".join(part for part in (site.kind, getattr(site, "city", "")) if part)


def _severity(model: DisruptionModel, own: bool, days: str) -> dict[str, Any]:
    field = {"name": "severity", "type": "number", "hidden": not own, "help": SEVERITY_HELP[model.kind]}
    if model.kind == "lead_time_increase":
        return {**field, "low": 0, "high": 60, "step": 1, "unit": f"{days} more"}
    high = 2.0 if model.kind == "demand_surge" else 1.0
    unit = {"outage": "% lost", "demand_surge": "% more", "demand_slump": "% less"}[model.kind]
    return {**field, "low": 0, "high": high, "step": 0.01 if high == 1 else 0.05, "unit": unit, "factor": 100}


def lever_field(lever: Lever) -> dict[str, Any]:
    """Field of a lever: a switch, or a slider in per cent or in its unit."""
    field = {"name": LEVER + lever.name, "label": lever.label, "help": lever.meaning, "start": lever.start}
    if lever.flag:
        return {**field, "type": "flag"}
    share = lever.unit == "share"
    return {
        **field, "type": "number", "low": lever.low, "high": lever.high, "step": lever.step,
        "unit": "%" if share else lever.unit, "factor": 100 if share else 1,
    }  # fmt: skip


def values_of(model: DisruptionModel) -> dict[str, Any]:
    """Value of every field."""
    values = {name: getattr(model, name) for name in EVENT_FIELDS}
    for name, lever in model.known_levers.items():
        values[LEVER + name] = model.levers.get(name, lever.start)
    return values


class Controls:
    """The form, linked with the model in both directions."""

    def __init__(self, model: DisruptionModel, guard: Guard) -> None:
        self.model = model
        self._busy = False
        self.form = Form(
            label="Event and measures", testid="controls", file="scenario.json",
            buttons=[["reset", "Reset everything"]],
        )  # fmt: skip
        self.show()
        self.form.observe(guard(self.take), "values")
        self.form.on_msg(guard(self.pressed))
        model.observe(guard(self.show), list(model.INPUTS))

    def show(self, change: Any = None) -> None:
        """Bring the form up to what the model says."""
        if self._busy:
            return
        groups = [event_group(self.model)]
        if self.model.known_levers:
            fields = [lever_field(lever) for lever in self.model.known_levers.values()]
            groups.append({"title": "What do you do about it?", "fields": fields})
        with self.form.hold_sync():
            self.form.groups, self.form.values = groups, values_of(self.model)
            self.form.download = json.dumps(self.model.state(), indent=1)

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
        if "recorded" in changed:
            model.choose(changed.pop("recorded"))
        if "kind" in changed:
            model.severity = 10.0 if changed["kind"] == "lead_time_increase" else 1.0 if changed["kind"] == "outage" else 0.3
        levers = {name.removeprefix(LEVER): v for name, v in changed.items() if name.startswith(LEVER)}
        for name in changed.keys() & set(EVENT_FIELDS):
            setattr(model, name, changed[name])
        if levers:
            model.levers = {**model.levers, **levers}

    def pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A button of the form."""
        if content.get("press") == "reset":
            self.model.reset()
