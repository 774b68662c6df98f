"""Fields of the disruption app, as plain data: what can be asked, and what is hidden because it does not apply."""

from __future__ import annotations

from typing import Any

from twinkit.apps.disruption_events import BACK, LABELS, MOST
from twinkit.apps.disruption_happening import ARROW, Happening
from twinkit.apps.disruption_kinds import KINDS, has_length, has_severity, is_time, target_words, targets_of
from twinkit.apps.disruption_model import DisruptionModel
from twinkit.study.levers import Lever
from twinkit.tables.case import Case

LEVER = "lever "
"""Prefix of the fields that are levers."""

RADIUS = 3000.0
"""Largest radius that the page offers [km]."""


class Names:
    """What a case has to choose from; worked out once."""

    def __init__(self, case: Case) -> None:
        sites, lanes = case["sites"], case["lanes"]
        self.placed = bool(sites["latitude"].notna().any())
        self.sites = [[r.site, _about(r)] for r in sites.itertuples(index=False)]
        self.markets = _pairs(case["markets"]["market"])
        self.lanes = _pairs(lanes["origin"] + ARROW + lanes["destination"])
        self.countries = _pairs(sorted({str(c) for c in sites.get("country", []) if c}))
        self.ways = _pairs(w for w in lanes["mode"] if w)
        self.tiers = [[f"{int(t)}", f"tier {int(t)}"] for t in sorted(sites["tier"].dropna().unique())]
        self.products = [["", "All products"], *_pairs(case["products"]["product"])]

    def targets(self, kind: str) -> tuple[str, ...]:
        """Kinds of target that a kind of event may have in this case."""
        lacking = {
            "country": not self.countries,
            "mode": not self.ways,
            "circle": not self.placed,
            "tier": not self.tiers,
        }
        return tuple(t for t in targets_of(kind) if not lacking.get(t))


def _pairs(names: Any) -> list[list[str]]:
    return [[str(name), str(name)] for name in dict.fromkeys(names)]


def _about(site: Any) -> str:
    return ", ".join(str(part) for part in (site.kind, getattr(site, "city", "")) if part and part == part)


def event_groups(model: DisruptionModel, names: Names) -> list[dict[str, Any]]:
    """The fields about what happens, and those about when and whether it does."""
    now, own = model.now, model.now.mode == "own"
    several = len(model.happenings) > 1
    first = [
        {"name": "chosen", "type": "list", "label": "It may be several things" if several else "",
         "items": [h.short() for h in model.happenings], "remove": "Remove" if several else "",
         "add": "Add: and then …" if len(model.happenings) < MOST else ""},
        {"name": "mode", "type": "tabs", "label": "", "hidden": not model.recorded.options(),
         "options": [["recorded", "Recorded event"], ["own", "Event of your own"]]},
        {"name": "recorded", "type": "choice", "hidden": own, "options": model.recorded.options(),
         "help": model.recorded.told(now.recorded)},
        {"name": "kind", "type": "choice", "hidden": not own, "options": [[k, v.text, v.heading] for k, v in KINDS.items()]},
        {"name": "target", "type": "choice", "hidden": not own or len(names.targets(now.kind)) < 2,
         "options": [[t, target_words(now.kind, t)] for t in names.targets(now.kind)]},
        *_target_fields(now, own, names),
        *_time_fields(model, now, own),
    ]  # fmt: skip
    return [
        {"title": "What happens?", "fields": _labelled(first)},
        {
            "title": "When exactly, and how sure?",
            "folded": True,
            "fields": _labelled(_sure_fields(model, now, own, names)),
        },
    ]


def _labelled(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"label": LABELS.get(f["name"], ""), **f} for f in fields]


def _target_fields(now: Happening, own: bool, names: Names) -> list[dict[str, Any]]:
    """Whom it hits: the field of the kind of target that was chosen."""

    def hidden(*targets: str) -> bool:
        return not own or now.target not in targets

    around = "Around which site?" if now.target == "circle" else LABELS["site"]
    return [
        {"name": "site", "type": "name", "label": around, "hidden": hidden("site", "circle"), "options": names.sites,
         "help": "type a name" + (", or pick a site on the map" if names.placed else "")},
        {"name": "radius", "type": "number", "hidden": hidden("circle"), "low": 10, "high": RADIUS, "step": 10, "unit": "km",
         "help": "as the crow flies"},
        {"name": "market", "type": "choice", "hidden": hidden("market"), "options": names.markets},
        {"name": "to_market", "type": "choice", "hidden": hidden("market") or now.kind != "demand_shift",
         "options": [["", "Choose a market"], *names.markets]},
        {"name": "country", "type": "choice", "hidden": hidden("country"), "options": names.countries},
        {"name": "tier", "type": "choice", "hidden": hidden("tier"), "options": names.tiers},
        {"name": "lane", "type": "choice", "hidden": hidden("lane"), "options": names.lanes},
        {"name": "way", "type": "choice", "hidden": hidden("mode"), "options": names.ways},
        {"name": "to_mode", "type": "choice", "hidden": not own or now.kind != "transit_rerouted",
         "options": [["", "The same, a longer way"], *names.ways]},
    ]  # fmt: skip


def _days(model: DisruptionModel) -> str:
    return "days" if model.case.settings["period_days"] == 1 else "periods"


def _time_fields(model: DisruptionModel, now: Happening, own: bool) -> list[dict[str, Any]]:
    periods, days = model.case.settings["periods"], _days(model)
    lasts = own and has_length(now.kind)
    follows = own and now.after != 0
    start = (
        {"help": f"counted from the {days[:-1]} on which the other begins", "label": f"How many {days} later?"}
        if follows
        else {"help": f"first {days[:-1]} of the event, 0 to {periods - 1}"}
    )
    return [
        {"name": "start", "type": "number", "hidden": not own, "low": 0, "high": periods - 1, "step": 1, **start},
        {"name": "duration", "type": "number", "hidden": not lasts, "low": 1, "high": min(periods, 250), "step": 1,
         "unit": days, "help": "as long as it is at its worst; empty = to the end"},
        _severity(now, own, days),
        {"name": "recovery", "type": "choice", "hidden": not lasts, "options": [[k, v] for k, v in BACK.items()]},
        {"name": "recovery_time", "type": "number", "hidden": not lasts or now.recovery == "step", "low": 0,
         "high": min(periods, 200), "step": 1, "unit": days, "help": "from the end of the worst to business as usual"},
    ]  # fmt: skip


def _severity(now: Happening, own: bool, days: str) -> dict[str, Any]:
    kind = KINDS[now.kind]
    field = {
        "name": "severity",
        "type": "number",
        "hidden": not own or not has_severity(now.kind),
        "low": 0,
        "high": kind.high,
    }
    if is_time(now.kind):
        return {**field, "step": 1, "unit": kind.unit.replace("days", days), "help": "how much longer it takes"}
    return {**field, "step": 0.01 if kind.high <= 1 else 0.05, "unit": kind.unit, "factor": 100, "help": kind.text}


def _sure_fields(model: DisruptionModel, now: Happening, own: bool, names: Names) -> list[dict[str, Any]]:
    periods, days = model.case.settings["periods"], _days(model)
    others = [[str(h.key), f"Yes, after “{h.short()}”"] for h in model.happenings if h.key != now.key]
    return [
        {"name": "after", "type": "choice", "hidden": not own or not others, "options": [["0", "No, it happens by itself"], *others]},
        {"name": "probability", "type": "number", "hidden": not own, "low": 0, "high": 1, "step": 0.01, "unit": "%", "factor": 100,
         "help": "share of the worlds in which it happens; of one that follows another, if that one happens"},
        {"name": "latest", "type": "number", "hidden": not own, "low": 0, "high": periods - 1, "step": 1,
         "label": f"At the latest how many {days} later?" if now.after else LABELS["latest"],
         "help": f"empty: on the first {days[:-1]}; else on any up to this one, each as likely"},
        {"name": "spread", "type": "number", "hidden": not own or not has_length(now.kind), "low": 0, "high": 100, "step": 1,
         "unit": days, "help": "how much its length varies from world to world (standard deviation)"},
        {"name": "product", "type": "choice", "hidden": not own, "options": names.products},
    ]  # fmt: skip


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
    now = model.now
    fields = (
        "mode", "recorded", "kind", "target", "site", "radius", "market", "to_market", "country", "tier", "lane", "way", "to_mode", "start",
        "duration", "severity", "recovery", "recovery_time", "probability", "latest", "spread", "product",
    )  # fmt: skip
    values = {name: getattr(now, name) for name in fields}
    values |= {"chosen": min(model.chosen, len(model.happenings) - 1), "after": str(now.after)}
    for name, lever in model.known_levers.items():
        values[LEVER + name] = model.levers.get(name, lever.start)
    return values
