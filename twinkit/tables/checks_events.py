"""Checks of events: each has one target that exists, a severity it can have, and a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from twinkit.tables.cells import span_of
from twinkit.tables.emissions import great_circle
from twinkit.tables.look import Look, about, among, checks_in
from twinkit.tables.problems import Problem, listed, quote, shown
from twinkit.tables.schema_events import AT_ONCE, EVENT_TARGETS, PAUSES, SHARES, TARGETS

_CELLS = tuple(dict.fromkeys(column for columns in TARGETS.values() for column in columns))
_WORDS = {
    "site": "a site", "lane": "a lane (origin and destination)", "market": "a market", "country": "a country",
    "circle": "a circle (latitude, longitude and radius)", "tier": "a tier", "mode": "a mode",
    "station": "a station (line and station)",
}  # fmt: skip


def _named(look: Look) -> dict[str, np.ndarray]:
    """Which cells of the target are filled in."""
    columns = {c: look.values("events", c) for c in _CELLS}
    return {c: ~np.isnan(v) if v.dtype.kind == "f" else v != "" for c, v in columns.items()}


def _target(look: Look, kind: str) -> np.ndarray:
    """Which events have exactly this kind of target."""
    named = _named(look)
    return np.logical_and.reduce([named[c] == (c in TARGETS[kind]) for c in _CELLS])


@about("events")
def one_target(look: Look) -> list[Problem]:
    """An event has one target: a site, a lane, a market, a country, a circle, a tier, a mode or a station."""
    fine = np.logical_or.reduce([_target(look, kind) for kind in TARGETS])
    kinds = look.values("events", "kind")
    filled = _named(look)

    def says(i: int) -> str:
        found = [c for c in _CELLS if filled[c][i]]
        return f"has {'the targets ' + listed(found) if found else 'no target'}; an event needs exactly one"

    def hint(i: int) -> str:
        words = [_WORDS[t] for t in EVENT_TARGETS.get(str(kinds[i]), TARGETS)]
        return f"Fill in {' or '.join(words)}, and leave the other cells empty."

    readable = look.good("events", *_CELLS)
    problems = look.cells("events", "event", ~fine & readable, says, hint)
    for column in _CELLS:
        look.spoil("events", column, ~fine)
    return problems


@about("events")
def target_fits_kind(look: Look) -> Iterator[Problem]:
    """A kind of event happens to what it can happen to."""
    kinds = look.values("events", "kind")
    for target in TARGETS:
        able = [kind for kind, targets in EVENT_TARGETS.items() if target in targets]
        wrong = _target(look, target) & ~among(kinds, able) & look.good("events", "kind", *_CELLS)

        def hint(i: int) -> str:
            return f"Name {' or '.join(_WORDS[t] for t in EVENT_TARGETS[kinds[i]])} as its target."

        yield from look.cells("events", "kind", wrong, f"cannot happen to {_WORDS[target]}", hint)


@about("events")
def lanes_exist(look: Look) -> list[Problem]:
    """The lane that an event happens to is in the table of lanes."""
    return _exists(look, "lane", "lanes", "origin", ("destination",), "there is no such lane")


@about("events")
def sites_keep_product(look: Look) -> list[Problem]:
    """The product that an event happens to is kept at its site (a port is passed by all)."""
    return _exists(look, "site", "stocks", "product", ("site",), "there is no such stock")


@about("events")
def markets_ask_product(look: Look) -> list[Problem]:
    """The product that an event happens to is asked for by its market."""
    return _exists(look, "market", "markets", "product", ("market",), "the market does not ask for it")


def _exists(look: Look, target: str, table: str, column: str, more: tuple[str, ...], lacking: str) -> list[Problem]:
    """Events whose target, narrowed down by a product if one is named, no row of a table has."""
    names = (column, *more)
    readable = look.good("events", *_CELLS, "product") & _target(look, target)
    if table in look.gone or not readable.any():
        return []
    products = look.values("events", "product")
    found = _among(look, table, tuple(dict.fromkeys((*names, "product"))))
    wrong = readable & ~found & (products != "")
    if target == "lane":
        wrong |= readable & (products == "") & ~_among(look, table, names)
    if target == "site":
        ports = look.values("sites", "site")[look.values("sites", "kind") == "port"]
        wrong &= ~among(look.values("events", "site"), ports)

    def says(i: int) -> str:
        others = [n for n in dict.fromkeys((*more, "product")) if n != column and look.values("events", n)[i]]
        beside = " and ".join(f"{n} {quote(look.values('events', n)[i])}" for n in others)
        return f"with {beside}: {lacking} in {table}"

    return look.cells("events", column, wrong, says, f"Correct the event, or add the row to {table}.")


def _among(look: Look, table: str, names: tuple[str, ...]) -> np.ndarray:
    """Which events agree with some row of a table in these columns.

    A row with a cell that has been complained of may mean any event that agrees with
    its other cells.
    """
    events, rows = look.case["events"], look.case[table]
    found = _agree(events, rows, names)
    usable = pd.DataFrame({n: look.good(table, n) for n in names})
    for pattern in usable.drop_duplicates().itertuples(index=False, name=None):
        some = tuple(n for n, fine in zip(names, pattern, strict=True) if fine)
        if some and len(some) < len(names):
            found |= _agree(events, rows[(usable.to_numpy() == pattern).all(axis=1)], some)
    return found


def _agree(events: pd.DataFrame, rows: pd.DataFrame, names: tuple[str, ...]) -> np.ndarray:
    known = set(zip(*(rows[n] for n in names), strict=True))
    return np.array([found in known for found in zip(*(events[n] for n in names), strict=True)], dtype=bool)


@about("events")
def severity_fits(look: Look) -> list[Problem]:
    """A share that is lost, paused or missing is not above 1."""
    kinds = look.values("events", "kind")
    wrong = among(kinds, SHARES) & look.good("events", "kind") & (look.values("events", "severity") > 1)
    return look.cells(
        "events",
        "severity",
        wrong,
        lambda i: f"is more than all: the severity of an event of kind {kinds[i]} is a share from 0 to 1",
        "Write 0.3, or 30 %, for 30 per cent.",
    )


@about("events")
def pauses_are_whole(look: Look) -> list[Problem]:
    """A pause is a pause: there is no half of it."""
    kinds, severity = look.values("events", "kind"), look.values("events", "severity")
    pauses = among(kinds, PAUSES) & look.good("events", "kind") & (severity < 1)
    says = "cannot be: what is paused stands still, so the severity of a pause is 1"
    return look.cells("events", "severity", pauses, says, "Leave it empty, or use an outage, which may be partial.")


@about("events")
def geometric_fits(look: Look) -> list[Problem]:
    """A geometric duration lasts a period at least, and its mean says all about it."""
    chosen = (look.values("events", "duration_kind") == "geometric") & look.good("events", "duration_kind")
    duration, spread = look.values("events", "duration"), look.values("events", "duration_spread")
    says = "is too short for a geometric duration, which lasts a period at least"
    found = look.cells("events", "duration", chosen & (duration < 1), says, "Write 1 or more.")
    says = "means nothing for a geometric duration: its mean alone says how it spreads"
    return found + look.cells("events", "duration_spread", chosen & (spread > 0), says, "Leave the spread empty.")


@about("events")
def starts_within_run(look: Look) -> list[Problem]:
    """An event starts before the run ends."""
    if not look.fit("periods"):
        return []
    periods = look.case.settings["periods"]
    late = look.values("events", "start") >= periods
    says = f"is after the end of the run; periods are numbered 0 to {shown(float(periods - 1))}"
    return look.cells("events", "start", late, says, "Let it start earlier, or raise periods in settings.")


@about("events")
def at_once_has_no_length(look: Look) -> list[Problem]:
    """What happens in one period has no duration, no way back and does not recur."""
    chosen = among(look.values("events", "kind"), AT_ONCE) & look.good("events", "kind")
    says, problems = "means nothing for an event that happens in one period", []
    for column, least in (("duration", 1), ("duration_spread", 0), ("recovery_time", 0)):
        values = look.values("events", column)
        problems += look.cells("events", column, chosen & (values > least), says, "Leave it empty.")
    delayed = among(look.values("events", "kind"), ("transit_delayed", "transit_rerouted"))
    again = ~np.isnan(look.values("events", "time_between")) & delayed
    says = "cannot be: goods that are delayed again and again might never come"
    return problems + look.cells("events", "time_between", again, says, "Use lead_time_increase.")


@about("events")
def starts_in_order(look: Look) -> list[Problem]:
    """The latest start is not before the start."""
    start, latest = look.values("events", "start"), look.values("events", "latest_start")
    return look.cells("events", "latest_start", latest < start, "is before start", "Write a later period, or leave it empty.")


@about("events")
def counted_from_the_cause(look: Look) -> list[Problem]:
    """The start of an event after another is a number of periods, not a date."""
    typed = look.typed.get(("events", "start"))
    if typed is None:
        return []
    dates = np.array([span_of(text) is not None for text in typed], bool) & (look.values("events", "after") != "")
    says = "is a date, but the start of an event after another is counted from the start of that one"
    return look.cells("events", "start", dates, says, "Write how many periods later it starts.")


@about("events")
def causes_known(look: Look) -> list[Problem]:
    """An event after another: one that exists, is scheduled where this one is, and no loop of causes."""
    events = look.values("events", "event")
    after, scheduled = look.values("events", "after"), look.values("events", "scheduled")
    place = {name: i for i, name in enumerate(events)}
    loop = np.zeros(len(events), bool)
    for i in range(len(events)):
        seen, j = set(), i
        while j is not None and after[j] in place and j not in seen:
            seen.add(j)
            j = place[after[j]]
        loop[i] = j == i and i == min(seen, default=-1)
    hint = "Let one of them have a start of its own."
    problems = look.cells("events", "after", loop, "leads back to the event itself", hint)
    idle = np.array([a in place and not scheduled[place[a]] for a in after], bool) & (scheduled == True) & ~loop  # noqa: E712
    says = "is not scheduled, so what comes after it would never happen"
    return problems + look.cells("events", "after", idle, says, "Schedule both, or none.")


@about("events")
def somebody_is_there(look: Look) -> list[Problem]:
    """A circle has a site in it, and a tier is one of the chain (if all of them are given)."""
    if "sites" in look.gone:
        return []
    place = [look.values("sites", c) for c in ("latitude", "longitude")]
    events = [look.values("events", c) for c in ("latitude", "longitude", "radius")]
    circles = _target(look, "circle") & look.good("events", "latitude", "longitude", "radius")
    empty = np.array([
        chosen and not (np.nan_to_num(great_circle(a, b, *place), nan=np.inf) <= c).any()
        for chosen, a, b, c in zip(circles, *events, strict=True)
    ], bool)  # fmt: skip
    problems = look.cells("events", "radius", empty, "is too short: no site of the case is in the circle", "Make it larger.")
    tiers, named = look.values("sites", "tier"), look.values("events", "tier")
    if np.isnan(tiers[look.values("sites", "kind") != "port"]).any():
        return problems
    wrong = ~np.isnan(named) & ~np.isin(named, tiers)
    return problems + look.cells("events", "tier", wrong, "is no tier of the case", "Look into the column tier of sites.")


@about("events")
def shifts_somewhere(look: Look) -> list[Problem]:
    """Demand shifts to another market, and only a shift names one."""
    shift = (look.values("events", "kind") == "demand_shift") & look.good("events", "kind", "market", "to_market")
    to, market = look.values("events", "to_market"), look.values("events", "market")
    other = look.good("events", "kind") & (look.values("events", "kind") != "demand_shift") & (to != "")
    return (
        look.cells("events", "to_market", shift & (to == ""), "the cell is empty", "Name the market that demand goes to.")
        + look.cells("events", "to_market", shift & (to != "") & (to == market), "is the market itself", "Name another one.")
        + look.cells("events", "to_market", other, "means nothing here: only a demand_shift goes somewhere", "Empty it.")
    )


@about("events")
def reroutes_somewhere(look: Look) -> list[Problem]:
    """Goods go on by a mode that some lane between the same sites has, and only a rerouting names one."""
    kinds, mode = look.values("events", "kind"), look.values("events", "to_mode")
    named = look.good("events", "kind", "to_mode") & (mode != "")
    says = "means nothing here: only transit_rerouted goes by another mode"
    problems = look.cells("events", "to_mode", named & (kinds != "transit_rerouted"), says, "Empty it.")
    if "lanes" in look.gone or not (named & (kinds == "transit_rerouted")).any():
        return problems
    lanes = look.case["lanes"][look.good("lanes", "origin", "destination", "product", "mode")]
    pairs = lanes.merge(lanes, on=["origin", "destination", "product"], suffixes=("", "_to"))
    pairs = pairs[pairs["mode"] != pairs["mode_to"]]
    events, lane = look.case["events"], _target(look, "lane") & look.good("events", *_CELLS, "product")
    ways = {*zip(pairs["origin"], pairs["destination"], pairs["mode_to"], pairs["product"], strict=True),
            *((a, b, c, "") for a, b, c in zip(pairs["origin"], pairs["destination"], pairs["mode_to"], strict=True))}  # fmt: skip
    ends = zip(*(events[c] for c in ("origin", "destination", "to_mode", "product")), strict=True)
    there = np.where(lane, [end in ways for end in ends], among(mode, pairs["mode_to"]))
    unsure = not look.good("lanes", "origin", "destination", "product", "mode").all()
    wrong = named & (kinds == "transit_rerouted") & ~there.astype(bool) & (not unsure)
    says = "is the mode of no lane between the same sites for the same product"
    return problems + look.cells("events", "to_mode", wrong, says, "Add the lane, or leave it empty: the goods then take longer.")


CHECKS = checks_in(globals())
