"""An event of one's own: which fields it has, by its kind and its target, and the row that they make."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from twinkit.columns import table_columns
from twinkit.tables.case import Case
from twinkit.tables.schema_events import AT_ONCE, DEARER, EVENT_TARGETS, LONGER, PAUSES, TARGETS, Events
from twinkit.workbench.answers import field, number

COLUMNS = table_columns(Events)

TARGET_WORDS = {
    "site": "A site", "lane": "A lane", "market": "A market", "country": "A country", "circle": "A circle on the map",
    "tier": "A tier", "mode": "A mode of transport",
}  # fmt: skip

NUMBERS = ("start", "duration", "severity", "recovery_time", "duration_spread", "probability")


def event_words(kind: str) -> str:
    """A kind of event as a person says it: ``lead time increase``."""
    return kind.replace("_", " ").capitalize()


def first_values(case: Case) -> dict[str, Any]:
    """What the fields say at first: an outage of the first supplier for 30 periods after the warm-up."""
    sites, settings = case["sites"], case.settings
    suppliers = sites.loc[sites["kind"] == "supplier", "site"]
    start = min(int(settings["warm_up"]) + 30, int(settings["periods"]) - 1)
    site = str((suppliers if len(suppliers) else sites["site"]).iloc[0])
    return {
        "kind": "outage", "target": "site", "site": site, "market": str(case["markets"]["market"].iloc[0]),
        "start": float(start), "duration": 30.0, "severity": 1.0, "recovery": "step", "recovery_time": 0.0,
        "duration_spread": 0.0, "probability": 1.0, "product": "", "event": "",
    }  # fmt: skip


def fitting(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, with a target that the kind may have."""
    allowed = EVENT_TARGETS[values["kind"]]
    return {**values, "target": values["target"] if values["target"] in allowed else allowed[0]}


def fields(case: Case, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of the form; those that do not apply to kind and target are hidden."""
    kind, target = values["kind"], fitting(values)["target"]
    word = "days" if case.settings["period_days"] == 1 else "periods"
    last = int(case.settings["periods"]) - 1
    own = set(TARGETS[target])
    names = _names(case)
    made = [
        field("kind", "choice", "What happens?", options=[[k, event_words(k)] for k in EVENT_TARGETS]),
        field("target", "choice", "To what?", options=[[t, TARGET_WORDS[t]] for t in EVENT_TARGETS[kind]]),
    ]
    for column in dict.fromkeys(c for columns in TARGETS.values() for c in columns):
        made.append({**_target(column, names), "hidden": column not in own})
    shifts, once, pause = kind == "demand_shift", kind in AT_ONCE, kind in PAUSES
    made += [
        field("to_market", "name", "Demand goes to", options=_options(names["market"]), hidden=not shifts),
        field("product", "name", "Only this product", options=_options(names["product"]), help="empty = all products"),
        number("start", "From period", "", 0, last, plain=True, help=f"0 to {last}"),
        number("duration", "For", word, 0, last + 1, plain=True, hidden=once, help="empty = to the end of the run"),
        _severity(kind, word, pause),
        field("recovery", "choice", "How does it come back?", options=[[c, c] for c in COLUMNS["recovery"].choices], hidden=once),
        number("recovery_time", "Until all is as before", word, 0, last + 1, plain=True, hidden=once or values["recovery"] == "step"),
        number("duration_spread", "Spread of the duration", word, 0, last + 1, plain=True, hidden=once,
               help=COLUMNS["duration_spread"].meaning),
        number("probability", "Chance that it happens", "%", 0, 1, 0.01, factor=100, plain=True),
        field("event", "name", "Name", options=[], help="empty = what happens and where"),
    ]  # fmt: skip
    return made


def _names(case: Case) -> dict[str, list[str]]:
    sites = case["sites"]
    return {
        "site": sites["site"].tolist(), "origin": sites["site"].tolist(), "destination": sites["site"].tolist(),
        "market": list(dict.fromkeys(case["markets"]["market"])), "product": case["products"]["product"].tolist(),
        "country": sorted(c for c in set(sites["country"]) if c),
    }  # fmt: skip


def _options(names: list[str]) -> list[list[str]]:
    return [[n, ""] for n in names]


def _target(column: str, names: Mapping[str, list[str]]) -> dict[str, Any]:
    label = column.replace("_", " ").capitalize()
    declared = COLUMNS[column]
    if column in names:
        return field(column, "name", label, options=_options(names[column]), help=declared.meaning)
    if declared.choices:
        return field(column, "choice", label, options=[[c, c or "choose"] for c in declared.choices])
    low, high = declared.low or 0, declared.high if declared.high is not None else 20_000
    unit = "" if declared.unit == "tier" else declared.unit
    return number(column, label, unit, low, high, plain=True, help=declared.meaning)


def _severity(kind: str, word: str, pause: bool) -> dict[str, Any]:
    if kind in LONGER:
        return number("severity", "Longer by", word, 0, 1000, plain=True)
    words = {
        "demand_surge": "Demand rises by",
        "demand_slump": "Demand falls by",
        "demand_shift": "Share that goes over",
    }
    label = "Dearer by" if kind in DEARER else words.get(kind, "Share that is lost")
    high = 10 if kind in ("demand_surge", *DEARER) else 1
    return number("severity", label, "%", 0, high, 0.01, factor=100, plain=True, hidden=pause)


def row_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The row of the table of events that the fields make; an empty field is left out."""
    values = fitting(values)
    kind, target = values["kind"], values["target"]
    wanted = [*TARGETS[target], "product", "start", "probability"]
    wanted += ["to_market"] if kind == "demand_shift" else []
    wanted += [] if kind in PAUSES else ["severity"]
    if kind not in AT_ONCE:
        wanted += ["duration", "duration_spread", "recovery"]
        wanted += ["recovery_time"] if values.get("recovery") != "step" else []
    row = {name: values.get(name) for name in wanted}
    told = {n: v for n, v in row.items() if not _empty(v) and v != COLUMNS[n].start}
    named = {"start": math.nan} if _empty(values.get("start")) else {}  # the check says that it is missing
    event = str(values.get("event") or "").strip() or _name(kind, target, values)
    return {"event": event, "kind": kind, **told, **named, "scheduled": True}


def _empty(value: Any) -> bool:
    return value is None or value == "" or value != value


def _name(kind: str, target: str, values: Mapping[str, Any]) -> str:
    where = [values.get(c) for c in TARGETS[target]]
    words = " to ".join(f"{w:g}" if isinstance(w, float) else str(w) for w in where if not _empty(w))
    product = f" {values['product']}" if values.get("product") else ""
    return f"{kind.replace('_', ' ')} {target + ' ' if target in ('tier', 'circle') else ''}{words}{product}".strip()


def summary(event: str | Mapping[str, Any], case: Case) -> str:
    """An event on one line: its name, and from when for how long."""
    if isinstance(event, str):
        rows = case["events"]
        found = rows[rows["event"] == event]
        if not len(found):
            return f"{event} (no event of the case any more)"
        event = found.iloc[0].to_dict()
    word = "day" if case.settings["period_days"] == 1 else "period"
    start, duration = event.get("start"), event.get("duration")
    when = "" if _empty(start) else f", from {word} {start:g}"
    return f"{event['event']}{when}" + ("" if _empty(duration) else f" for {duration:g} {word}s")
