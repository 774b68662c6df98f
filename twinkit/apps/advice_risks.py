"""Risks as the page has them: events of a case or of one's own, each once in so many years."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from twinkit.study.risks import Risk, risk_problems
from twinkit.study.scenario import event_of
from twinkit.tables.case import Case

YEARS = 20.0
"""What the page begins with where nobody has said how often something happens [years]."""
FIRST = 2
"""Risks that the page begins with."""
DAYS = 30.0
"""Length of an outage of one's own, to begin with [periods]."""
OFTEN = (1.0, 200.0)
"""Once in how many years something may be expected [years]."""


def years_of(case: Case, name: str) -> tuple[float, bool]:
    """Once in how many years an event happens, and whether the case says so."""
    row = case["events"].set_index("event").loc[name]
    between = float(row.get("time_between", math.nan))
    if math.isfinite(between) and between > 0:
        return min(max(between * case.settings["period_days"] / 365.0, OFTEN[0]), OFTEN[1]), True
    return YEARS, False


def risk_of_event(case: Case, name: str) -> dict[str, Any]:
    """An event of the case as a risk of the page."""
    return {"name": name, "events": [name], "years": years_of(case, name)[0]}


def own_risk(case: Case, site: str, days: float, years: float = YEARS) -> dict[str, Any]:
    """The loss of a site for some days as a risk of the page."""
    start = max(int(case.settings["warm_up"]), int(case.settings["periods"]) // 6)
    name = f"{site} is lost for {days:g} {'days' if case.settings['period_days'] == 1 else 'periods'}"
    return {
        "name": name,
        "events": [event_of("outage", start=start, duration=days, site=site, event=name)],
        "years": years,
    }


def first_risks(case: Case) -> list[dict[str, Any]]:
    """What the page begins with: events of the case that struck different places on different days, else the loss of a supplier."""
    events = case["events"]
    found: list[str] = []
    seen: set[str] = set()
    for row in events.to_dict("records"):
        place = row["site"] or row["market"] or f"{row['origin']} to {row['destination']}"
        day = str(row.get("date") or row["event"])
        if row["event"] and not row["after"] and not {place, day} & seen:
            found.append(row["event"])
            seen |= {place, day}
    if found:
        return [risk_of_event(case, name) for name in found[:FIRST]]
    site = first_supplier(case)
    return [own_risk(case, site, min(DAYS, _room(case)))] if site else []


def first_supplier(case: Case) -> str:
    """A supplier of the case, else the site that is furthest from the customer; empty without sites."""
    sites = case["sites"][case["sites"]["kind"] != "port"]
    if not len(sites):
        return ""
    suppliers = sites.loc[sites["kind"] == "supplier", "site"]
    return str(suppliers.iloc[0] if len(suppliers) else sites["site"].iloc[sites["tier"].fillna(0).argmax()])


def _room(case: Case) -> float:
    start = max(int(case.settings["warm_up"]), int(case.settings["periods"]) // 6)
    return float(int(case.settings["periods"]) - start)


def risks_of(rows: Sequence[Mapping[str, Any]]) -> list[Risk]:
    """The risks of the page as the study takes them."""
    return [
        Risk(tuple(r["events"]), 1.0 / r["years"] if r["years"] else None, r["name"], float(r.get("notice") or 0.0)) for r in rows
    ]


def wrong_risks(case: Case, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Sentences about risks that cannot be looked at."""
    if not rows:
        return ["Nothing is to be prepared for yet: add a risk."]
    wrong = []
    for row in rows:
        years = row["years"]
        if not (isinstance(years, (int, float)) and math.isfinite(years) and years >= 1):
            wrong.append(f"{row['name']}: say once in how many years it happens, 1 or more.")
    if wrong:
        return wrong
    return [p.sentence for p in dict.fromkeys(risk_problems(case, risks_of(rows), "risks"))]


def risks_from(case: Case, given: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Risks of a link, and sentences about those that do not fit this case."""
    rows, wrong = [], []
    for one in given if isinstance(given, list) else []:
        row = _one_from(case, one)
        if row is None or any(row["name"] == r["name"] for r in rows):
            name = one.get("name", "a risk") if isinstance(one, Mapping) else str(one)
            wrong.append(f"The link asks for {str(name)[:60]!r}, which does not fit this case.")
        else:
            rows.append(row)
    return rows, wrong


def _one_from(case: Case, one: Any) -> dict[str, Any] | None:
    if not isinstance(one, Mapping) or not isinstance(one.get("name"), str):
        return None
    years = one.get("years")
    good = isinstance(years, (int, float)) and not isinstance(years, bool) and OFTEN[0] <= years <= 1000
    events = one.get("events", [one["name"]])
    if not isinstance(events, list) or not all(isinstance(e, (str, dict)) for e in events):
        return None
    row = {"name": one["name"], "events": events, "years": float(years) if good else YEARS}
    notice = one.get("notice")
    if isinstance(notice, (int, float)) and not isinstance(notice, bool) and 0 < notice <= 365:
        row["notice"] = float(notice)
    try:
        return None if wrong_risks(case, [row]) else row
    except (KeyError, TypeError, ValueError):  # a link is written by anybody
        return None
