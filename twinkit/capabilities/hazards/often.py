"""How often what may happen happens, where somebody has said so, and which events of a case are the dearest for that."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from twinkit.capabilities.hazards.tables import OFTEN, by_hazards, how_often, once_in
from twinkit.run.scenario import Scenario
from twinkit.study.appraisal import ledgers, quiet
from twinkit.study.decision import NO_EVENT
from twinkit.study.risks import Risk
from twinkit.tables.case import Case, case_fingerprint
from twinkit.tables.problems import CaseError, listed

USUAL_YEARS = 20.0
"""Once in how many years something happens where nobody has said so [years]."""
AS_SAID = "as the case says"
GLANCE, GLANCED, KEPT = 4, 20_000_000, 16
"""Worlds of a glance at every event; most rows × periods × worlds that it may take; cases of which it is remembered."""
_DEAREST: dict[str, list[str]] = {}


def years_of(case: Case, name: str) -> tuple[float, str]:
    """Once in how many years an event happens, or a site is lost, and who says so: the case, the table of hazards, or "" for nobody.

    An event that a case gives a time between two of says it itself; of an outage of a site the table of hazards says how often the site is out, by
    the hazards that its name or note speaks of, if any, else by all.
    """
    events = case["events"].set_index("event")
    row = events.loc[name] if name in events.index and events.index.is_unique else {}
    between_ = float(row.get("time_between", math.nan))
    if math.isfinite(between_) and between_ > 0:
        return min(max(between_ * case.settings["period_days"] / 365.0, OFTEN[0]), OFTEN[1]), AS_SAID
    site, text = _struck(case, name)
    years = once_in(case, [site], text)
    return (USUAL_YEARS, "") if years is None else (years, by_hazards(case, [site], text))


def _struck(case: Case, name: str) -> tuple[str, str]:
    """The site that an event or a loss puts out, and what speaks of hazards in it."""
    events = case["events"].set_index("event")
    row = events.loc[name] if name in events.index and events.index.is_unique else {}
    return (row["site"], f"{name} {row['note']}") if len(row) and row["kind"] == "outage" and not row["after"] else (name, "")


def how_often_of(case: Case, years: Mapping[str, float | None]) -> list[str]:
    """What is to be known of how often things happen where no person has said it: what comes of the table of hazards, and what is a guess.

    Parameters
    ----------
    case
        The case.
    years
        Name of an event of the case, or of a site that is lost → once in how many years it is taken to happen.
    """
    begun = {n: years_of(case, n) for n in years if n in set(case["events"]["event"]) | set(case["sites"]["site"])}
    taken = [n for n, (usual, _) in begun.items() if years[n] is not None and math.isclose(years[n], usual)]
    known = {n: how_often(case, [site], text) for n in taken if begun[n][1] not in ("", AS_SAID) for site, text in [_struck(case, n)]}
    told = [f"{n}: {begun[n][1][0].lower()}{begun[n][1][1:]}" for n in known]
    if len(told) > 1:
        each = "; ".join(f"{n} once in {begun[n][0]:g} years ({listed(list(often.hazards))})" for n, often in known.items() if often)
        told = [f"How often they happen is what the table of hazards says{', an assumption and not measured' if any(o and o.assumed for o in known.values()) else ''}: {each}."]
    guessed = [n for n in taken if not begun[n][1]]
    if guessed:
        told.append(f"Nobody has said how often this happens: {listed(guessed)}. Once in {USUAL_YEARS:g} years is a guess to begin with: put in your own.")
    return told


def begun_with(risks: Sequence[Risk]) -> dict[str, float]:
    """Name of what happens, or of the site that is lost → once in how many years, of risks that are asked about."""
    sites = [r.events[0].get("site") if len(r.events) == 1 and not isinstance(r.events[0], str) else "" for r in risks]
    return {str(site or r.name): 1.0 / r.probability for site, r in zip(sites, risks, strict=True) if r.probability}


def first_events(case: Case) -> list[str]:
    """Events of the case that begin by themselves, each at another place and on another day, the dearest in a year first.

    How often they happen must be known for that (:func:`years_of`); what they cost each time is the mean of a few
    worlds.  The others follow as they stand in the table, as all do in a case that takes long to run.
    """
    rows = case["events"].set_index("event", drop=False)
    names = [n for n in _dearest(case) + rows["event"].tolist() if n]
    found, seen = [], set()
    for row in rows.loc[list(dict.fromkeys(names))].to_dict("records") if rows.index.is_unique else ():
        place = row["site"] or row["market"] or f"{row['origin']} to {row['destination']}"
        day = str(row.get("date") or row["event"])
        if not row["after"] and not {place, day} & seen:
            found.append(row["event"])
            seen |= {place, day}
    return found


def _dearest(case: Case) -> list[str]:
    """Events that somebody has said how often they happen, the dearest in a year first."""
    key = case_fingerprint(case)
    if key not in _DEAREST:
        often = {n: 1.0 / years for n in case["events"]["event"] if n and (said := years_of(case, n))[1] and (years := said[0])}
        steps = len(case["stocks"]) * int(case.settings["periods"]) * GLANCE * len(often)
        if len(often) < 2 or steps > GLANCED:
            return []
        if len(_DEAREST) >= KEPT:
            _DEAREST.clear()
        scenarios = [Scenario(NO_EVENT), *(Scenario(n, events=(n,)) for n in often)]
        try:
            runs = ledgers(quiet(case, [Risk((n,), name=n) for n in often]), scenarios, GLANCE, int(case.settings["seed"]), workers=1)
        except CaseError:  # a draft with mistakes: what is wrong is said where it is asked
            return []
        _DEAREST[key] = sorted(often, key=lambda n: -often[n] * float(runs[n].loss.mean()))
    return _DEAREST[key]
