"""An event of one's own: what a person enters, on any page, as a row of the table of events and back, and what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from twinkit.events.kinds import KINDS, has_length, has_severity, is_time, target_words, targets_of
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, quote
from twinkit.tables.schema_events import EVENT_TARGETS, TARGETS
from twinkit.words import period_word, tier_words

ARROW = " → "
"""Between the ends of a lane."""


@dataclass(frozen=True)
class Happening:
    """What a person has chosen to happen; fields that do not apply keep what they were.

    Attributes
    ----------
    named
        Name of the event, by which all its chance is drawn; by default what happens and where.
    key
        Number that no other happening of the page has; 0 for none yet.
    mode, recorded
        "recorded" and the name of the choice, or "own".
    kind, target, site, product, lane, market, country, tier, way, radius, to_market, to_mode
        What happens to what: `target` says which of the others counts; a circle is around
        `site` [km], a lane is written as ``origin → destination``, `way` is a mode of transport.
    start, latest, duration, spread, recovery, recovery_time, severity, probability
        As in the table of events; None where the field is empty.
    after
        Key of the happening that it follows, 0 for none.
    """

    key: int = 0
    mode: str = "own"
    recorded: str = ""
    kind: str = "outage"
    target: str = "site"
    site: str = ""
    product: str = ""
    lane: str = ""
    market: str = ""
    country: str = ""
    tier: str = ""
    way: str = ""
    radius: float | None = 300.0
    to_market: str = ""
    to_mode: str = ""
    start: float | None = 30.0
    latest: float | None = None
    duration: float | None = 30.0
    spread: float | None = 0.0
    severity: float | None = 1.0
    recovery: str = "step"
    recovery_time: float | None = 0.0
    probability: float | None = 1.0
    after: int = 0
    named: str = ""
    station: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Happening:
        """What :meth:`plain` gave.

        Raises
        ------
        ValueError
            If it is something else.
        """
        for name, value in data.items():
            usual = USUAL.get(name)
            fits = isinstance(value, str) if isinstance(usual, str) else value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
            if name not in USUAL or not fits or (value is None and name in ("key", "after")):
                raise ValueError(f"{quote(name)} of an event cannot be {value!r}")
        found = cls(**data)
        if found.kind not in KINDS or found.target not in targets_of(found.kind):
            raise ValueError(f"{quote(found.kind)} of a {quote(found.target)} is nothing that can happen")
        return found

    def plain(self) -> dict[str, Any]:
        """It as plain data: the fields that are not as usual."""
        return {name: value for name, usual in USUAL.items() if (value := getattr(self, name)) != usual}

    def of_kind(self, kind: str) -> Happening:
        """The same with another kind: with a severity that is usual for it, and a target that it can have."""
        able = targets_of(kind)
        return replace(
            self, kind=kind, severity=KINDS[kind].usual, target=self.target if self.target in able else EVENT_TARGETS[kind][0]
        )

    def edit(self, **changes: Any) -> Happening:
        """The same with other fields; another kind brings a severity that is usual for it."""
        kind = changes.pop("kind", self.kind)
        return replace(self if kind == self.kind else self.of_kind(kind), **changes)

    def where(self) -> str:
        """What it happens to, in words."""
        words = {
            "site": self.site, "market": self.market, "country": self.country, "lane": self.lane,
            "circle": f"{self.radius or 0:g} km around {self.site}", "tier": f"all sites {tier_words(float(self.tier or 0))}", "mode": f"all {self.way}",
            "station": self.station,
        }  # fmt: skip
        return words[self.target]

    def short(self) -> str:
        """What happens to what, in a line."""
        return self.recorded if self.mode == "recorded" else f"{self.where()}: {KINDS[self.kind].does}"

    def event_name(self) -> str:
        """Name of its row; all its chance is drawn by it."""
        return self.named.strip() or f"{self.kind.replace('_', ' ')} {self.where()}"

    def row(self, case: Case, name: str, after: str) -> dict[str, Any]:
        """Row of the table of events.

        Parameters
        ----------
        case
            The case, for the place of a site.
        name
            Name of the row.
        after
            Name of the row that it follows, or "".
        """
        row = {"event": name, "kind": self.kind, **self._cells(case), "start": _number(self.start), "scheduled": True}
        row["severity"] = _number(self.severity) if has_severity(self.kind) else 1.0
        if has_length(self.kind):
            back = self.recovery_time if self.recovery != "step" else 0.0
            row |= {"duration": _number(self.duration), "recovery": self.recovery, "recovery_time": _number(back)}
            row |= {"duration_spread": _number(self.spread)} if self.spread != 0.0 else {}
        optional = {
            "to_mode": self.to_mode if self.kind == "transit_rerouted" else "",
            "product": self.product,
            "after": after,
            "to_market": self.to_market if self.kind == "demand_shift" else "",
        }
        row |= {name: value for name, value in optional.items() if value}
        if self.latest is not None and self.latest != self.start:
            row["latest_start"] = self.latest
        if self.probability != 1.0:
            row["probability"] = _number(self.probability)
        return row

    def _cells(self, case: Case) -> dict[str, Any]:
        """The cells that name the target."""
        if self.target == "station":
            line, _, station = self.station.partition(ARROW)
            return {"line": line, "station": station}
        if self.target == "lane":
            origin, _, destination = self.lane.partition(ARROW)
            return {"origin": origin, "destination": destination}
        if self.target == "circle":
            sites = case["sites"]
            here = sites.loc[sites["site"] == self.site, ["latitude", "longitude"]]
            latitude, longitude = here.iloc[0].tolist() if len(here) else (math.nan, math.nan)
            return {"latitude": latitude, "longitude": longitude, "radius": _number(self.radius)}
        if self.target == "tier":
            return {"tier": float(self.tier) if self.tier else math.nan}
        return {self.target: getattr(self, "way" if self.target == "mode" else self.target)}


USUAL: dict[str, Any] = {f.name: f.default for f in fields(Happening)}
"""Field of a happening → what it is if nobody says."""
ENTERED = tuple(f.name for f in fields(Happening) if f.name not in ("key", "after"))
"""Fields that a person enters as they are."""


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _given(value: Any) -> bool:
    return value not in ("", None) and not (isinstance(value, float) and math.isnan(value))


def of_row(row: Mapping[str, Any], base: Happening, case: Case) -> Happening:
    """A row of the table of events as a happening; what it does not say stays as `base` has it.

    Parameters
    ----------
    row
        A row, checked.
    base
        A happening of the case, for the fields that do not count.
    case
        The case, for the site in the middle of a circle.
    """
    cells = {name: value for name, value in row.items() if _given(value)}
    target = next(name for name, columns in TARGETS.items() if set(columns) <= set(cells))
    found: dict[str, Any] = {"kind": cells["kind"], "target": target, "mode": "own", "recorded": base.recorded}
    found |= {
        n: str(cells[n])
        for n in ("site", "market", "country", "product", "to_market", "to_mode", "recovery")
        if n in cells
    }
    found |= {n: float(cells[n]) for n in ("start", "severity", "probability", "radius", "recovery_time") if n in cells}
    found["duration"] = float(cells["duration"]) if "duration" in cells else None
    found["latest"] = float(cells["latest_start"]) if "latest_start" in cells else None
    found["spread"] = float(cells.get("duration_spread", 0.0))
    if target == "lane":
        found["lane"] = f"{cells['origin']}{ARROW}{cells['destination']}"
    if target == "station":
        found["station"] = f"{cells['line']}{ARROW}{cells['station']}"
    if target == "tier":
        found["tier"] = f"{float(cells['tier']):g}"
    if target == "mode":
        found["way"] = str(cells["mode"])
    if target == "circle":
        found["site"] = _middle(case, float(cells["latitude"]), float(cells["longitude"]))
    defaults = {"probability": 1.0, "recovery": "step", "recovery_time": 0.0, "severity": 1.0}
    made = replace(base, named="", **{**defaults, **found})
    return replace(made, named="" if row["event"] == made.event_name() else str(row["event"]))


def _middle(case: Case, latitude: float, longitude: float) -> str:
    """The site in the middle of a circle: the nearest."""
    sites = case["sites"].dropna(subset=["latitude", "longitude"])
    far = (sites["latitude"] - latitude).abs() + (sites["longitude"] - longitude).abs()
    return str(sites["site"].iloc[int(far.to_numpy().argmin())]) if len(sites) else ""


# --- the form

BACK = {
    "step": "At once",
    "linear": "Evenly, bit by bit",
    "concave": "Quickly first, then slowly",
    "convex": "Slowly first, then quickly",
}
LABELS = {
    "kind": "What happens?", "target": "Who or what is hit?", "site": "Which site?", "market": "Which market?", "lane": "Which way?",
    "country": "Which country?", "tier": "How far from the customer?", "station": "Which machines?", "way": "Which kind of transport?", "mode": "Which kind of transport?",
    "radius": "How far around?", "to_market": "Where to?", "to_mode": "By which transport instead?", "product": "Which product?", "start": "From day", "latest_start": "At the latest on day",
    "latest": "At the latest on day", "duration": "For how long?", "duration_spread": "Give or take", "spread": "Give or take",
    "severity": "How badly?", "recovery": "How does it come back?", "recovery_time": "Until all is as before",
    "probability": "How likely is it?", "after": "Does it follow another?", "event": "Who or what is hit?", "recorded": "Which event?", "named": "What is it called?",
}  # fmt: skip
"""Name of a field or column → its label on the page."""

RADIUS = 3000.0
"""Largest radius that a page offers [km]."""


def first_event(case: Case) -> Happening:
    """An event of one's own to start from: a supplier stops for 30 periods."""
    start = float(min(case.settings["warm_up"] + 30, case.settings["periods"] - 1))
    lanes, sites = case["lanes"], case["sites"]
    here = sites.loc[sites["country"] != "", "country"] if "country" in sites else []
    tiers = sorted(int(t) for t in sites["tier"].dropna().unique())
    return Happening(
        start=start, site=first_supplier(case), market=str(case["markets"]["market"].iloc[0]),
        lane=f"{lanes['origin'].iloc[0]}{ARROW}{lanes['destination'].iloc[0]}" if len(lanes) else "",
        country=str(here.iloc[0]) if len(here) else "", tier=f"{tiers[-1]:g}" if tiers else "",
        way=next((m for m in lanes["mode"] if m), ""), station=next((n for n, _ in Names(case).stations), ""),
    )  # fmt: skip


def first_supplier(case: Case) -> str:
    """A supplier of the case, else the site that is furthest from the customer; empty without sites."""
    sites = case["sites"][case["sites"]["kind"] != "port"]
    if not len(sites):
        return ""
    suppliers = sites.loc[sites["kind"] == "supplier", "site"]
    return str(suppliers.iloc[0] if len(suppliers) else sites["site"].iloc[sites["tier"].fillna(0).argmax()])


class Names:
    """What a case has to choose from; worked out once."""

    def __init__(self, case: Case) -> None:
        sites, lanes = case["sites"], case["lanes"]
        self.placed = bool(sites["latitude"].notna().any())
        self.sites = [[r.site, _about(r)] for r in sites.itertuples(index=False)]
        self.markets = _pairs(case["markets"]["market"])
        self.lanes = _pairs(lanes["origin"] + ARROW + lanes["destination"])
        self.countries = _pairs(sorted({str(c) for c in sites.get("country", []) if c}))
        lines = case["stations"][case["stations"]["line"].isin(set(case["recipes"]["line"]) - {""})]
        self.stations = _pairs(lines["line"] + ARROW + lines["station"])
        self.ways = _pairs(w for w in lanes["mode"] if w)
        self.tiers = [[f"{int(t)}", tier_words(int(t)).capitalize()] for t in sorted(sites["tier"].dropna().unique())]
        self.products = [["", "All products"], *_pairs(case["products"]["product"])]

    def targets(self, kind: str) -> tuple[str, ...]:
        """Kinds of target that a kind of event may have in this case."""
        lacking = {
            "country": not self.countries,
            "mode": not self.ways,
            "circle": not self.placed,
            "tier": not self.tiers,
            "station": not self.stations,
        }
        return tuple(t for t in targets_of(kind) if not lacking.get(t))


def _pairs(names: Any) -> list[list[str]]:
    return [[str(name), str(name)] for name in dict.fromkeys(names)]


def _about(site: Any) -> str:
    return ", ".join(str(part) for part in (site.kind, getattr(site, "city", "")) if part and part == part)


def event_fields(case: Case, names: Names, now: Happening, own: bool = True, others: Sequence[Happening] = ()) -> list[list[dict[str, Any]]]:
    """The fields of an event of one's own: what happens to what, and when exactly and how sure; those that do not apply are hidden.

    Parameters
    ----------
    case, names
        The case, and what it has to choose from.
    now
        What was entered so far.
    own
        Whether an event of one's own is asked for at all.
    others
        What else happens, which it may follow.
    """
    able = names.targets(now.kind)
    first = [
        {"name": "kind", "type": "choice", "hidden": not own, "options": [[k, v.text, v.heading] for k, v in KINDS.items()]},
        {"name": "target", "type": "choice", "hidden": not own or len(able) < 2, "options": [[t, target_words(now.kind, t)] for t in able]},
        *_target_fields(now, own, names),
        *_time_fields(case, now, own),
    ]  # fmt: skip
    return [labelled(first), labelled(_sure_fields(case, now, own, names, others))]


def labelled(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fields with the labels that they have on every page."""
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
        {"name": "station", "type": "choice", "hidden": hidden("station"), "options": names.stations},
        {"name": "way", "type": "choice", "hidden": hidden("mode"), "options": names.ways},
        {"name": "to_mode", "type": "choice", "hidden": not own or now.kind != "transit_rerouted",
         "options": [["", "The same, a longer way"], *names.ways]},
    ]  # fmt: skip


def _time_fields(case: Case, now: Happening, own: bool) -> list[dict[str, Any]]:
    periods, days = case.settings["periods"], period_word(case.settings, 2)
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


def _sure_fields(case: Case, now: Happening, own: bool, names: Names, others: Sequence[Happening]) -> list[dict[str, Any]]:
    periods, days = case.settings["periods"], period_word(case.settings, 2)
    causes = [[str(h.key), f"Yes, after “{h.short()}”"] for h in others]
    return [
        {"name": "after", "type": "choice", "hidden": not own or not causes, "options": [["0", "No, it happens by itself"], *causes]},
        {"name": "probability", "type": "number", "hidden": not own, "low": 0, "high": 1, "step": 0.01, "unit": "%", "factor": 100,
         "help": "share of the worlds in which it happens; of one that follows another, if that one happens"},
        {"name": "latest", "type": "number", "hidden": not own, "low": 0, "high": periods - 1, "step": 1,
         "label": f"At the latest how many {days} later?" if now.after else LABELS["latest"],
         "help": f"empty: on the first {days[:-1]}; else on any up to this one, each as likely"},
        {"name": "spread", "type": "number", "hidden": not own or not has_length(now.kind), "low": 0, "high": 100, "step": 1,
         "unit": days, "help": "how much its length varies from world to world (standard deviation)"},
        {"name": "product", "type": "choice", "hidden": not own, "options": names.products},
        {"name": "named", "type": "name", "hidden": not own, "options": [], "help": "empty: what happens and where"},
    ]  # fmt: skip


# --- in words


def summary(event: str | Mapping[str, Any], case: Case) -> str:
    """An event on one line: its name, and from when for how long."""
    if isinstance(event, str):
        rows = case["events"]
        found = rows[rows["event"] == event]
        if not len(found):
            return f"{event} (no event of the case any more)"
        event = found.iloc[0].to_dict()
    start, duration = event.get("start"), event.get("duration")
    when = "" if not _given(start) else f", from {period_word(case.settings)} {start:g}"
    return f"{event['event']}{when}" + ("" if not _given(duration) else f" for {duration:g} {period_word(case.settings, duration)}")


# --- what is wrong


def sentences(error: CaseError, case: Case, own: Sequence[Happening | None], several: bool) -> list[str]:
    """What is wrong, in the words of the page.

    Parameters
    ----------
    error
        What the check of the scenario found.
    case
        The case without the scenario.
    own
        What was entered for every row that the scenario adds, in their order; None for a row that was not entered.
    several
        Whether it has to be said which one is meant.
    """
    return list(dict.fromkeys(_sentence(p, case, own, several) for p in error.problems))


def _sentence(problem: Problem, case: Case, own: Sequence[Happening | None], several: bool) -> str:
    replaced = {h.event_name() for h in own if h is not None} & {*case["events"]["event"]}
    at = (problem.row or 0) - 2 - (len(case["events"]) - len(replaced))
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
