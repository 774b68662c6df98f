"""The twin marks its own homework: what it said of the future beside what happened, and numbers of the tables beside what was read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy

from twinkit.capabilities.live.ahead import Ahead, over_window
from twinkit.capabilities.live.drift import change_point
from twinkit.capabilities.live.feed import Feed
from twinkit.capabilities.live.marks import Marks, marks, reliability_table
from twinkit.capabilities.live.twin import Twin
from twinkit.inventory import fit_lead_times
from twinkit.tables.case import Case
from twinkit.tables.schema import TABLES
from twinkit.words import between, dated, digits, period_word

DUE = (14, 28)
"""Periods ahead of which the chances of a breach are kept to be marked; chances that a market goes short, of the first of them."""
SAID, ACCEPTED = "said", "accepted"
LEAST_SHIPMENTS, LEAST_DEMANDS = 8, 28
"""Fewest shipments that have come in, and periods of demand, from which a number of the tables is fitted again."""
SURE = 0.99
"""Level of the intervals that must leave out a number of the tables before another one is proposed."""


# --- what it said


def keep_what_is_said(ahead: Ahead) -> int:
    """Keep what the twin says now of the weeks ahead, once for every period; returns how many statements are new."""
    twin, kept = ahead.twin, 0
    for goal in ahead.goals():
        for due in DUE:
            if due <= ahead.horizon:
                at = int(np.abs(goal.marks - due).argmin())
                what = {"kind": "breach", "kpi": goal.kpi, "relation": goal.relation, "target": goal.target}
                kept += _note(twin, what, goal.kpi, int(goal.marks[at]), goal.chance[at].value)
    if ahead.horizon >= DUE[0]:
        for key, first in zip(twin.keys["markets"], ahead.nothing.short, strict=True):
            kept += _note(twin, {"kind": "short", "place": list(key)}, "|".join(key), DUE[0], float((first <= DUE[0]).mean()))
    return kept


def _note(twin: Twin, what: dict[str, Any], name: str, ahead: int, chance: float) -> bool:
    return twin.feed.note(SAID, f"{what['kind']}|{name}|{twin.now}|{ahead}", {**what, "made": twin.now, "due": twin.now + ahead, "chance": chance})


@dataclass(frozen=True)
class Homework:
    """What was said and is due, marked.

    Attributes
    ----------
    said
        kind, about, made, due (periods), chance, happened (0 or 1); what is due and known.
    waiting
        Statements that are not due yet.
    marks
        Kind → marks of its chances; kinds without a statement that is due are left out.
    """

    said: pd.DataFrame
    waiting: int
    marks: dict[str, Marks]

    def reliability(self, kind: str, bins: int = 10) -> pd.DataFrame:
        """The reliability diagram of a kind; see :func:`~twinkit.capabilities.live.marks.reliability_table`."""
        own = self.said[self.said["kind"] == kind]
        return reliability_table(own["chance"], own["happened"], bins)


def homework(twin: Twin) -> Homework:
    """Every statement that is due, marked by what the twin now knows has happened."""
    rows, waiting = [], 0
    for _, one in twin.feed.notes(SAID):
        if one["due"] > twin.newest or one["made"] not in twin.track or one["due"] not in twin.track:
            waiting += one["due"] > twin.newest
            continue
        happened = _short(twin, one) if one["kind"] == "short" else _breached(twin, one)
        if happened is not None:
            about = " | ".join(one["place"]) if one["kind"] == "short" else one["kpi"]
            rows.append((one["kind"], about, one["made"], one["due"], one["chance"], float(happened)))
    frame = pd.DataFrame(rows, columns=["kind", "about", "made", "due", "chance", "happened"])
    found = {kind: marks(own["chance"], own["happened"]) for kind, own in frame.groupby("kind")} if len(frame) else {}
    return Homework(frame, waiting, found)


def _short(twin: Twin, one: dict[str, Any]) -> bool | None:
    row = twin.markets.get(tuple(one["place"]))
    if row is None:
        return None
    return any(twin.track[t].short[row] >= 0.5 for t in range(one["made"] + 1, one["due"] + 1))  # as most worlds have it


def _breached(twin: Twin, one: dict[str, Any]) -> bool | None:
    value = happened(twin, one["made"], one["due"]).get(one["kpi"], math.nan)
    return None if math.isnan(value) else (value < one["target"] if one["relation"] == "at_least" else value > one["target"])


def happened(twin: Twin, after: int, until: int | None = None) -> dict[str, float]:
    """KPIs of the time from the end of a period to the end of a later one, as the twin knows it: read where it was read, else estimated.

    Parameters
    ----------
    twin
        The twin.
    after, until
        Periods; by default until now.
    """
    until = twin.now if until is None else until
    start, end = twin.track[after], twin.track[until]
    return {k: float(v[0]) for k, v in over_window(twin.chains[0], start.totals(), until - after, end.totals()).items()}


# --- numbers of the tables, fitted again


@dataclass(frozen=True)
class Proposal:
    """A number of the tables that does not fit what was read.

    Attributes
    ----------
    table, key, changes
        Row, and column → new value.
    old, new, low, high, unit
        The number, what it should be and its interval (:data:`SURE`).
    n, since
        Readings that it rests on, and the first period of them.
    words
        The same as a sentence.
    """

    table: str
    key: tuple[str, ...]
    changes: dict[str, Any]
    old: float
    new: float
    low: float
    high: float
    unit: str
    n: int
    since: int
    words: str

    @property
    def id(self) -> str:
        """Its name: the row and the columns."""
        return " | ".join((self.table, *self.key, *self.changes))


def proposals(twin: Twin) -> list[Proposal]:
    """Lead times and demand that were read and do not fit the tables; the interval of what was read leaves out the number of the table."""
    return [*_lead_times(twin), *_demands(twin)]


def _lead_times(twin: Twin) -> Iterator[Proposal]:
    lanes = twin.plan.net.lanes
    for lane in sorted({s.lane for s in twin.shipments}):
        own = [s for s in twin.shipments if s.lane == lane]
        came = np.array([s.came - s.left for s in own if s.came is not None], float)
        still = [float(twin.now - s.left) for s in own if s.came is None and s.left <= twin.now]
        came = came[came > 0]
        if len(came) < LEAST_SHIPMENTS:
            continue
        old, key = float(lanes["lead_time"].iloc[lane]), twin.keys["lanes"][lane]
        if np.ptp(came) == 0:
            mean, low, high, spread, kind = came[0], came[0] - 0.5, came[0] + 0.5, 0.0, "fixed"  # it is read in whole periods
        else:
            fits = fit_lead_times(came, still)
            best = next(f for f in fits.values() if f.family != "gamma")  # what lanes can have
            mean, spread, kind = best.mean, best.sd, best.family
            half = float(scipy.stats.t.ppf((1 + SURE) / 2, len(came) - 1)) * spread / math.sqrt(len(came))
            low, high = mean - half, mean + half
        if low <= old <= high:
            continue
        changes = {"lead_time": round(float(mean), 3), "lead_time_kind": kind, "lead_time_spread": round(float(spread), 3)}
        words = (
            f"{key[2]} from {key[0]} to {key[1]} takes {digits(mean)} {period_word(twin.case.settings, mean)} in the mean of {len(came)} shipments ({between(low, high)}, 99 %), "
            f"and not {digits(old)} as the table lanes says; {'it varies with a standard deviation of ' + digits(spread) if spread else 'it does not vary'}"
            f"{f', open shipments counted ({len(still)})' if still else ''}."
        )
        yield Proposal("lanes", key, changes, old, float(mean), float(low), float(high), "periods", len(came), min(s.left for s in own), words)


def _demands(twin: Twin) -> Iterator[Proposal]:
    for key, row in twin.markets.items():
        log = twin.errors.get(("demand", key), [])
        base = float(np.nan_to_num(twin.plan.net.markets["mean"].iloc[row]))
        if len(log) < LEAST_DEMANDS or base <= 0:
            continue
        ratio = np.array([e.read / e.expected if e.expected > 0 else np.nan for e in log])
        known = np.flatnonzero(np.isfinite(ratio))
        if len(known) < LEAST_DEMANDS:
            continue
        split = change_point(ratio[known], least=7, permutations=199, seed=twin.seed)
        begin = split.before if split.p_value <= 0.01 else 0
        recent = ratio[known][begin:]
        mean, half = float(recent.mean()), float(scipy.stats.t.ppf((1 + SURE) / 2, len(recent) - 1)) * float(recent.std(ddof=1)) / math.sqrt(len(recent))
        if mean - half <= 1.0 <= mean + half:
            continue
        since, new, low, high = log[known[begin]].period, mean * base, (mean - half) * base, (mean + half) * base
        words = (
            f"{key[0]} asks for {digits(new)} {key[1]} a {period_word(twin.case.settings)} in the mean ({between(low, high)}, 99 %) since {dated(twin.case.settings, since)}, "
            f"{digits(abs(mean - 1) * 100)} % {'more' if mean > 1 else 'less'} than the table markets says ({digits(base)}), season and trend apart."
        )
        yield Proposal("markets", key, {"mean": round(new, 4)}, base, new, low, high, "units", len(recent), since, words)


def accept(feed: Feed, proposal: Proposal, by: str) -> bool:
    """Keep that a person accepts a proposal; False if this very change was accepted before.

    Raises
    ------
    ValueError
        If nobody's name is given.
    """
    if not by.strip():
        raise ValueError("say who accepts: a change of the tables has somebody's name on it")
    body = {**asdict(proposal), "key": list(proposal.key), "by": by}
    return feed.note(ACCEPTED, f"{proposal.id} = {proposal.changes}", body)


def accepted(feed: Feed) -> pd.DataFrame:
    """Versions of the tables: what was accepted, by whom, in order."""
    rows = [{"version": i, "by": one["by"], "words": one["words"], "table": one["table"], "key": " | ".join(one["key"]), "changes": one["changes"]}
            for i, (_, one) in enumerate(feed.notes(ACCEPTED), 1)]  # fmt: skip
    return pd.DataFrame(rows, columns=["version", "by", "words", "table", "key", "changes"])


def version(case: Case, feed: Feed, number: int | None = None) -> Case:
    """The case with the changes that were accepted, by default all of them; version 0 is the case as it is written."""
    for i, (_, one) in enumerate(feed.notes(ACCEPTED), 1):
        if number is not None and i > number:
            break
        table = case[one["table"]].copy()
        keys = TABLES[one["table"]].key
        hit = np.all([table[k].to_numpy() == v for k, v in zip(keys, one["key"], strict=True)], axis=0)
        for column, value in one["changes"].items():
            table[column] = table[column].astype(object).where(~hit, value)
        case = case.replace(**{one["table"]: table})
    return case

