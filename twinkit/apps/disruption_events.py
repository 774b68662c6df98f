"""Events in plain words: those that the app offers, those of a case, and what is wrong with one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import quote

COMMON = ["outage", "lead_time_increase", "demand_surge", "demand_slump"]
"""Kinds of event that a person may make up in the app."""

KINDS = {
    "outage": "A site stops",
    "lead_time_increase": "Transport takes longer",
    "demand_surge": "Customers ask for more",
    "demand_slump": "Customers ask for less",
    "order_pausing": "A site cannot order",
    "shipment_pausing": "Nothing is sent to a site",
    "transit_pausing": "Transport stands still",
    "receipt_pausing": "A site cannot receive",
}
BACK = {
    "step": "At once",
    "linear": "Evenly, bit by bit",
    "concave": "Quickly first, then slowly",
    "convex": "Slowly first, then quickly",
}
LABELS = {
    "kind": "What happens?", "site": "Who is hit?", "market": "Who is hit?", "event": "Who is hit?",
    "start": "From day", "duration": "For how long?", "severity": "How badly?", "recovery": "How does it come back?",
    "recovery_time": "Until all is as before",
}  # fmt: skip
"""Name of a field → its label on the page."""

NAKA = "Naka fab 90 days"


class Happening(NamedTuple):
    """An event as the fields of the page have it."""

    mode: str
    recorded: str
    kind: str
    site: str
    market: str
    start: float
    duration: float
    severity: float
    recovery: str
    recovery_time: float


def recorded_events(case: Case) -> list[str]:
    """Names of the events of a case."""
    return case["events"]["event"].tolist()


def first_event(case: Case) -> Happening:
    """What the page opens with: an event of the case, else the outage of a supplier for 30 periods."""
    names = recorded_events(case)
    if names:
        return happening_of(case, NAKA if NAKA in names else names[0])
    start = float(min(case.settings["warm_up"] + 30, case.settings["periods"] - 1))
    return Happening("own", "", "outage", _first_supplier(case), _first_market(case), start, 30.0, 1.0, "step", 0.0)


def _first_supplier(case: Case) -> str:
    sites = case["sites"]
    suppliers = sites.loc[sites["kind"] == "supplier", "site"]
    if len(suppliers):
        return str(suppliers.iloc[0])
    acting = sites[sites["kind"] != "port"]
    deepest = acting["tier"].fillna(0).argmax() if len(acting) else 0
    return str(acting["site"].iloc[deepest])


def _first_market(case: Case) -> str:
    return str(case["markets"]["market"].iloc[0])


def happening_of(case: Case, event: str | Mapping[str, Any]) -> Happening:
    """An event of a case (by name) or a row of one's own, as the fields of the page have it."""
    if isinstance(event, str):
        events = case["events"]
        row: Mapping[str, Any] = events[events["event"] == event].iloc[0].to_dict()
        mode, name = "recorded", event
    else:
        row, mode = event, "own"
        name = next(iter(recorded_events(case)), "")
    return Happening(
        mode, name,
        kind=row["kind"] if row["kind"] in COMMON else "outage",
        site=row.get("site") or _first_supplier(case),
        market=row.get("market") or _first_market(case),
        start=float(row["start"]), duration=float(row["duration"]), severity=float(row.get("severity", 1.0)),
        recovery=row.get("recovery") or "step", recovery_time=float(row.get("recovery_time") or 0.0),
    )  # fmt: skip


def told(case: Case, name: str) -> str:
    """A recorded event in a few sentences: what, when, what is known of it."""
    events = case["events"]
    found = events[events["event"] == name]
    if not len(found):
        return ""
    row = found.iloc[0]
    where = row["site"] or row["market"] or f"{row['origin']} to {row['destination']}"
    word = "day" if case.settings["period_days"] == 1 else "period"
    text = f"{where}: {KINDS[row['kind']].lower()} from {word} {row['start']:g} for {row['duration']:g} {word}s"
    if row["recovery_time"] > 0:
        text += f", then comes back over {row['recovery_time']:g}"
    return " ".join(part.rstrip(".") + "." for part in (text, row["note"]) if part)


def sentences(error: CaseError, case: Case) -> list[str]:
    """What is wrong, in the words of the page."""
    return [_sentence(p, case) for p in error.problems]


def _sentence(problem: Any, case: Case) -> str:
    label = LABELS.get(problem.column, problem.column).rstrip("?")
    limits = f"0 to {case.settings['periods'] - 1}"
    if problem.column == "event":
        return f"{label}: name a site or a market."
    if problem.column in ("site", "market"):
        known = f"The map and the list of the field show every {problem.column}."
        return f"{label}: there is no {problem.column} {quote(problem.value)} in this case. {problem.hint or known}"
    if problem.column == "start":
        return f"{label}: write a whole number from {limits}." + _found(problem.value)
    if problem.column in ("duration", "recovery_time"):
        return f"{label}: write a number of days, 0 or more." + _found(problem.value)
    if problem.column == "severity":
        return f"{label}: write a number from 0 to 100 %, or of 0 or more where demand rises or transport slows."
    return problem.sentence


def _found(value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return " The field is empty." if not value.strip() else ""
    return f" It says {number:g}." if math.isfinite(number) else " The field is empty."
