"""Recorded events as choices: those of the case, alone and together, and those of history, placed on the chain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from twinkit.events.form import Happening, first_event, of_row
from twinkit.events.kinds import KINDS
from twinkit.events.recorded import library
from twinkit.events.replay import replay
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, did_you_mean
from twinkit.words import period_word, tier_words

TOGETHER, ALONE, HISTORY = "Recorded events", "Parts of these, alone", "From history, placed on this chain"
NAKA = "Naka fab 90 days"
"""What the page of the car maker opens with."""
REPLAYED = ", replayed"
"""In the names of rows that come from history, after the name of the event."""
YEAR = re.compile(r"^(.*?\b(?:19|20)\d\d)\b")

Event = str | Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """A recorded event, or several that belong together.

    Attributes
    ----------
    name, heading
        How it is called, and what it stands under.
    events
        Names of events of the case, or rows of the table of events.
    told
        What, when, and what is known of it.
    stem
        What it shares with others that belong to the same incident.
    """

    name: str
    heading: str
    events: tuple[Event, ...]
    told: str
    stem: str

    def names(self) -> tuple[str, ...]:
        """Names of its events."""
        return tuple(e if isinstance(e, str) else str(e["event"]) for e in self.events)


class Recorded:
    """What a person may choose for a case: sets, single events, then history.

    What is of history is placed on the chain when it is chosen: that takes its time.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.choices: dict[str, Choice] = {choice.name: choice for choice in _of_case(case)}
        self.history = _incidents({*case["events"]["event"], *(choice.stem for choice in self.choices.values())})

    def options(self) -> list[list[str]]:
        """Name, text and heading of every choice."""
        own = [[c.name, c.name, c.heading] for c in self.choices.values() if c.heading != HISTORY]
        return own + [[name, f"{name} ({kind})", HISTORY] for name, kind in self.history.items()]

    def first(self) -> str:
        """What the page opens with: an event of the case; "" if it has none."""
        return NAKA if NAKA in self.choices else next(iter(self.choices), "")

    def ready(self, name: str) -> bool:
        """Whether a choice is placed on the chain."""
        return name in self.choices or name not in self.history

    def place(self, name: str) -> None:
        """Place an incident of history on the chain, if it is not yet.

        Raises
        ------
        CaseError
            If there is no such choice.
        """
        if name in self.choices:
            return
        if name not in self.history:
            hint = did_you_mean(name, [option for option, *_ in self.options()], "Choose one of the list.")
            raise CaseError(
                [Problem("scenario", None, "recorded", name, "is no event of the case or of history", hint)]
            )
        parts = replay(self.case, name).parts
        rows = tuple({**row, "scheduled": True} for part in parts for row in part.rows)
        self.choices[name] = Choice(name, HISTORY, rows, " ".join(part.sentence for part in parts), name)

    def events(self, name: str) -> tuple[Event, ...]:
        """Events of a choice that is placed.

        Raises
        ------
        CaseError
            If there is no such choice, or it hits nothing here.
        """
        self.place(name)
        choice = self.choices[name]
        if not choice.events:
            raise CaseError([Problem("scenario", None, "recorded", "", choice.told.rstrip("."), "Choose another event.")])
        return choice.events

    def told(self, name: str) -> str:
        """What a choice is, and what it hits here; "" while it is not placed."""
        return self.choices[name].told if name in self.choices else ""

    def found_in(self, names: list[str]) -> list[str]:
        """Choices that events of these names are, the largest first; each event is in one of them."""
        for name in names:
            event, replayed, _ = name.partition(REPLAYED)
            incident = next((e.incident for e in library() if e.event == event), "") if replayed else ""
            if incident in self.history:
                self.place(incident)
        found, left = [], set(names)
        for choice in sorted(self.choices.values(), key=lambda c: -len(c.events)):
            if choice.events and left.issuperset(choice.names()):
                found.append(choice.name)
                left -= set(choice.names())
        return found


def _of_case(case: Case) -> list[Choice]:
    """The events of a case: those that belong together, then their parts alone."""
    rows = {row["event"]: row for row in case["events"].to_dict("records")}
    sets: dict[str, list[str]] = {}
    for name in rows:
        sets.setdefault(_stem(name, rows), []).append(name)
    found: list[Choice] = []
    for stem, members in sets.items():
        whole = "both parts" if len(members) == 2 else f"all {len(members)} parts"
        title = members[0] if len(members) == 1 else f"{stem} ({whole})"
        found.append(_choice(title, TOGETHER, members, rows, case, stem))
    parts = [(name, stem) for stem, members in sets.items() if len(members) > 1 for name in members]
    return found + [_choice(name, ALONE, _with_followers(name, rows), rows, case, stem) for name, stem in parts]


def _incidents(own: set[str]) -> dict[str, str]:
    """Incidents of the library and what kind they are, without those that the case has itself."""
    try:
        events = library()
    except FileNotFoundError:  # an installation without data
        return {}
    found: dict[str, str] = {}
    for event in events:
        if not own & {event.incident, event.event}:
            found.setdefault(event.incident, KINDS[event.kind].heading.lower())
    return found


def _stem(name: str, rows: Mapping[str, Any]) -> str:
    """What events that belong together share: what they come after, and their name up to the year."""
    seen = {name}
    while (cause := rows[name].get("after")) and cause in rows and cause not in seen:
        seen.add(name := cause)
    year = YEAR.match(name)
    return year.group(1) if year else name


def _with_followers(name: str, rows: Mapping[str, Any]) -> list[str]:
    """An event, and what comes after it."""
    found = [name]
    for one in found:
        found += [other for other, row in rows.items() if row.get("after") == one and other not in found]
    return found


def _choice(
    title: str, heading: str, members: list[str], rows: Mapping[str, Any], case: Case, stem: str
) -> Choice:  # fmt: skip
    return Choice(title, heading, tuple(members), " ".join(_told(rows[name], case) for name in members), stem)


def _told(row: Mapping[str, Any], case: Case) -> str:
    """An event of the case in a few sentences: what, when, what is known of it."""
    text = f"{_where(row)}: {KINDS[row['kind']].does}, from {period_word(case.settings)} {row['start']:g}"
    if row["duration"] == row["duration"]:
        text += f" for {row['duration']:g} {period_word(case.settings, row['duration'])}"
    if row["recovery_time"] > 0:
        text += f", then comes back over {row['recovery_time']:g}"
    return " ".join(part.rstrip(".") + "." for part in (text, row["note"]) if part)


def _where(row: Mapping[str, Any]) -> str:
    if row["origin"]:
        return f"{row['origin']} to {row['destination']}"
    named = next((str(row[c]) for c in ("site", "market", "country") if row[c]), "")
    if named:
        return named
    if row["mode"]:
        return f"all {row['mode']}"
    return f"all sites {tier_words(row['tier'])}" if row["tier"] == row["tier"] else f"{row['radius']:g} km around a place"


# --- what happens, one thing after the other

MOST = 12
"""Most things that may happen in one scenario of a page."""


def recorded_happening(case: Case, name: str, base: Happening) -> Happening:
    """A recorded choice; of an event of the case it also fills the fields for one of one's own."""
    recorded = case.derived(Recorded)
    chosen = replace(base, mode="recorded", recorded=name)
    events = recorded.choices[name].events if name in recorded.choices else ()
    if not events:
        return chosen
    row = (
        case["events"].set_index("event", drop=False).loc[events[0]].to_dict()
        if isinstance(events[0], str)
        else events[0]
    )
    return replace(of_row(row, chosen, case), mode="recorded", recorded=name, key=base.key, after=0, named="")


def events_of(case: Case, happenings: Sequence[Happening], placed: bool = True) -> tuple[str | Mapping[str, Any], ...]:
    """What a scenario takes: names of events of the case, and rows.

    Parameters
    ----------
    case, happenings
        The case, and what happens in it.
    placed
        Whether history is placed on the chain, which takes its time; else its events are named only.

    Raises
    ------
    CaseError
        If a recorded event is none, or hits nothing here.
    """
    recorded = case.derived(Recorded)
    names = names_of(recorded, happenings, placed)
    found: dict[str, str | Mapping[str, Any]] = {}
    for happening in happenings:
        if happening.mode == "recorded":
            known = placed or (happening.recorded in recorded.choices and happening.recorded not in recorded.history)
            for event in recorded.events(happening.recorded) if known else (happening.recorded,):
                found.setdefault(event if isinstance(event, str) else str(event["event"]), event)
        else:
            name = names[happening.key]
            found[name] = happening.row(case, name, names.get(happening.after, ""))
    return tuple(found.values())


def placed_events(case: Case, events: Iterable[str | Mapping[str, Any]]) -> tuple[str | Mapping[str, Any], ...]:
    """Events as a scenario takes them; names of events of history become rows that are placed on the chain.

    Raises
    ------
    CaseError
        If a name is none, or what happened hits nothing here.
    """
    recorded, known = case.derived(Recorded), {*case["events"]["event"]}
    found: list[str | Mapping[str, Any]] = []
    firsts: dict[str, str] = {}
    for event in events:
        if not isinstance(event, str):
            found.append({**event, "after": firsts[event["after"]]} if event.get("after") in firsts else event)
        elif event in known:
            found.append(event)
        else:
            found += recorded.events(event)
            firsts[event] = recorded.choices[event].names()[0]
    return tuple(found)


def names_of(recorded: Recorded, happenings: Sequence[Happening], placed: bool = True) -> dict[int, str]:
    """Key of every happening → name of its event (of the first, if it is several); of history that is not placed its own; no name twice."""
    names: dict[int, str] = {}
    for happening in happenings:
        name = happening.event_name()
        if happening.mode == "recorded":
            choice = recorded.choices.get(happening.recorded) if placed or happening.recorded not in recorded.history else None
            name = choice.names()[0] if choice and choice.events else happening.recorded
        taken, number, whole = set(names.values()), 2, name
        while whole in taken and happening.mode == "own":
            whole, number = f"{name} {number}", number + 1
        names[happening.key] = whole
    return names


def happenings_of(case: Case, events: Sequence[str | Mapping[str, Any]]) -> tuple[Happening, ...]:
    """Events of a scenario as a page has them: what belongs together is one choice."""
    recorded, base = case.derived(Recorded), first_event(case)
    names = [e if isinstance(e, str) else str(e["event"]) for e in events]
    choices = recorded.found_in(names)
    covered = {name: choice for choice in choices for name in recorded.choices[choice].names()}
    covered |= {name: name for name in names if name in recorded.history and name not in covered}
    found: dict[str, Happening] = {}
    for name, event in zip(names, events, strict=True):
        key = covered.get(name, name)
        if key in found:
            continue
        fresh = replace(base, key=len(found) + 1, after=0)
        if name in covered or isinstance(event, str):
            found[key] = recorded_happening(case, key, fresh)
        else:
            found[key] = of_row(event, fresh, case)
    keys = {name: found[covered.get(name, name)].key for name in names}
    causes = {name: e.get("after") for name, e in zip(names, events, strict=True) if not isinstance(e, str)}
    return tuple(
        replace(h, after=keys.get(causes.get(name) or "", 0)) if h.mode == "own" else h for name, h in found.items()
    )
