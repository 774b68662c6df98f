"""What happens: the list of the page as events of a scenario and back, and what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from twinkit.apps.disruption_happening import ARROW, Happening, of_row
from twinkit.apps.disruption_kinds import is_time
from twinkit.apps.disruption_recorded import Recorded
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, quote

BACK = {
    "step": "At once",
    "linear": "Evenly, bit by bit",
    "concave": "Quickly first, then slowly",
    "convex": "Slowly first, then quickly",
}
LABELS = {
    "kind": "What happens?", "target": "Who or what is hit?", "site": "Which site?", "market": "Which market?", "lane": "Which way?",
    "country": "Which country?", "tier": "Which tier?", "way": "Which kind of transport?", "mode": "Which kind of transport?",
    "radius": "How far around?", "to_market": "Where to?", "to_mode": "By which transport instead?", "product": "Which product?", "start": "From day", "latest_start": "At the latest on day",
    "latest": "At the latest on day", "duration": "For how long?", "duration_spread": "Give or take", "spread": "Give or take",
    "severity": "How badly?", "recovery": "How does it come back?", "recovery_time": "Until all is as before",
    "probability": "How likely is it?", "after": "Does it follow another?", "event": "Who or what is hit?", "recorded": "Which event?",
}  # fmt: skip
"""Name of a field or column → its label on the page."""

MOST = 12
"""Most things that may happen in one scenario of the page."""


def happening_by_default(case: Case) -> Happening:
    """An event of one's own to start from: a supplier stops for 30 periods."""
    start = float(min(case.settings["warm_up"] + 30, case.settings["periods"] - 1))
    lanes, sites = case["lanes"], case["sites"]
    here = sites.loc[sites["country"] != "", "country"] if "country" in sites else []
    tiers = sorted(int(t) for t in sites["tier"].dropna().unique())
    return Happening(
        start=start, site=_first_supplier(case), market=str(case["markets"]["market"].iloc[0]),
        lane=f"{lanes['origin'].iloc[0]}{ARROW}{lanes['destination'].iloc[0]}" if len(lanes) else "",
        country=str(here.iloc[0]) if len(here) else "", tier=f"{tiers[-1]:g}" if tiers else "",
        way=next((m for m in lanes["mode"] if m), ""),
    )  # fmt: skip


def _first_supplier(case: Case) -> str:
    sites = case["sites"]
    suppliers = sites.loc[sites["kind"] == "supplier", "site"]
    if len(suppliers):
        return str(suppliers.iloc[0])
    acting = sites[sites["kind"] != "port"]
    deepest = acting["tier"].fillna(0).argmax() if len(acting) else 0
    return str(acting["site"].iloc[deepest])


def recorded_happening(case: Case, recorded: Recorded, name: str, base: Happening) -> Happening:
    """A recorded choice; of an event of the case it also fills the fields for one of one's own."""
    chosen = replace(base, mode="recorded", recorded=name)
    events = recorded.choices[name].events if name in recorded.choices else ()
    if not events:
        return chosen
    row = (
        case["events"].set_index("event", drop=False).loc[events[0]].to_dict()
        if isinstance(events[0], str)
        else events[0]
    )
    return replace(of_row(row, chosen, case), mode="recorded", recorded=name, key=base.key, after=0)


def events_of(case: Case, recorded: Recorded, happenings: Sequence[Happening]) -> tuple[str | Mapping[str, Any], ...]:
    """What a scenario takes: names of events of the case, and rows.

    Raises
    ------
    CaseError
        If a recorded event is none, or hits nothing here.
    """
    names = names_of(recorded, happenings)
    found: dict[str, str | Mapping[str, Any]] = {}
    for happening in happenings:
        if happening.mode == "recorded":
            for event in recorded.events(happening.recorded):
                found.setdefault(event if isinstance(event, str) else str(event["event"]), event)
        else:
            name = names[happening.key]
            found[name] = happening.row(case, name, names.get(happening.after, ""))
    return tuple(found.values())


def names_of(recorded: Recorded, happenings: Sequence[Happening]) -> dict[int, str]:
    """Key of every happening → name of its event (of the first, if it is several); no name twice."""
    names: dict[int, str] = {}
    for happening in happenings:
        name = happening.event_name()
        if happening.mode == "recorded":
            choice = recorded.choices.get(happening.recorded)
            name = choice.names()[0] if choice and choice.events else happening.recorded
        taken, number, whole = set(names.values()), 2, name
        while whole in taken and happening.mode == "own":
            whole, number = f"{name} {number}", number + 1
        names[happening.key] = whole
    return names


def happenings_of(
    case: Case, recorded: Recorded, events: Sequence[str | Mapping[str, Any]], base: Happening
) -> tuple[Happening, ...]:
    """Events of a scenario as the page has them: what belongs together is one choice."""
    names = [e if isinstance(e, str) else str(e["event"]) for e in events]
    choices = recorded.found_in(names)
    covered = {name: choice for choice in choices for name in recorded.choices[choice].names()}
    found: dict[str, Happening] = {}
    for name, event in zip(names, events, strict=True):
        key = covered.get(name, name)
        if key in found:
            continue
        fresh = replace(base, key=len(found) + 1, after=0)
        if name in covered:
            found[key] = recorded_happening(case, recorded, key, fresh)
        else:
            found[key] = of_row(event, fresh, case)
    keys = {name: found[covered.get(name, name)].key for name in names}
    causes = {name: e.get("after") for name, e in zip(names, events, strict=True) if not isinstance(e, str)}
    return tuple(
        replace(h, after=keys.get(causes.get(name) or "", 0)) if h.mode == "own" else h for name, h in found.items()
    )


# --- what is wrong


def sentences(error: CaseError, case: Case, own: Sequence[Happening], several: bool) -> list[str]:
    """What is wrong, in the words of the page.

    Parameters
    ----------
    error
        What the check of the scenario found.
    case
        The case without the scenario.
    own
        The happenings that are rows of their own, in their order.
    several
        Whether it has to be said which one is meant.
    """
    return list(dict.fromkeys(_sentence(p, case, own, several) for p in error.problems))


def _sentence(problem: Problem, case: Case, own: Sequence[Happening], several: bool) -> str:
    at = (problem.row or 0) - 2 - len(case["events"])
    meant = own[at] if problem.table == "events" and 0 <= at < len(own) else None
    lead = f"“{meant.short()}”: " if meant is not None and several else ""
    return lead + _told(problem, case, meant)


def _told(problem: Problem, case: Case, meant: Happening | None) -> str:
    column, last = problem.column, case.settings["periods"] - 1
    label = LABELS.get(column, column).rstrip("?")
    if column in ("event", "latitude", "longitude"):
        return f"{LABELS['target'].rstrip('?')}: " + _lacking(meant)
    if column in ("site", "market", "country", "to_market") and problem.value:
        known = (
            f"The map and the list of the field show every {column}." if column == "site" else "Choose one of the list."
        )
        hint = problem.hint if problem.hint.startswith("Did you mean") else known
        return f"{label}: there is no {column.replace('to_', '')} {quote(problem.value)} in this case. {hint}"
    if column in ("start", "latest_start") and not (problem.value and "before" in problem.says):
        return f"{label}: write a whole number from 0 to {last}." + _found(problem.value)
    if column in ("duration", "recovery_time", "duration_spread"):
        return f"{label}: write a number of days, 0 or more." + _found(problem.value)
    if column == "probability":
        return f"{label}: write a number from 0 to 100 %." + _found(problem.value, 100)
    if column == "severity":
        time = meant is not None and is_time(meant.kind)
        return f"{label}: write a number {'of days, 0 or more' if time else 'from 0 to 100 %, or more where demand or prices rise'}."
    if problem.table == "events" or column == "recorded":
        return f"{label}: {quote(problem.value) + ' ' if problem.value else ''}{problem.says.rstrip('.')}. {problem.hint}".strip()
    return problem.sentence


def _lacking(meant: Happening | None) -> str:
    if meant is not None and meant.target == "circle":
        return f"{quote(meant.site)} has no place on the map to draw a circle around; name another site."
    return "name a site or a market."


def _found(value: str, factor: float = 1) -> str:
    try:
        number = float(value) * factor
    except ValueError:
        return " The field is empty." if not value.strip() else ""
    return f" It says {number:g}." if math.isfinite(number) else " The field is empty."
