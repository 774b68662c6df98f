"""What is happening, where it is heading and what can still be done: one look at a twin."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pandas as pd

from twinkit.capabilities.live.ahead import DEFAULT_HORIZON, Action, Ahead, Goal
from twinkit.capabilities.live.drift import Drift
from twinkit.capabilities.live.feed import Feed
from twinkit.capabilities.live.homework import (
    Homework,
    Proposal,
    accepted,
    homework,
    keep_what_is_said,
    proposals,
    version,
)
from twinkit.capabilities.live.twin import Twin, require_sound_feed
from twinkit.chain.layout import SI, TOTALS_LANE, TOTALS_MARKET
from twinkit.chain.plan import Plan
from twinkit.run.kpis import product_values
from twinkit.run.public import Result, study
from twinkit.run.statistics import Interval
from twinkit.tables import CaseError
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import Problem, shown
from twinkit.words import amount, counted, dated, period_word

FEED = "TWINKIT_LIVE"
"""Environment variable that names the file of readings."""
LATELY = 7
"""Periods over which a site's flow is looked at for its state on the map."""
LATELY_SERVED = 28
"""Periods over which it is looked at whether a market is served at once as a rule."""
MOST_STOCKS = 6


@dataclass(frozen=True, repr=False)
class Now(Result):
    """A look at a twin.

    Attributes
    ----------
    case
        With the changes that were accepted.
    now, newest, silent
        Last period that is over; last one that was read; periods since (of the calendar, if it is later than `now`).
    stale
        Whether the feed as a whole has stopped.
    counts, refused
        What arrived, by source; the last rows that were no readings.
    stocks, shipments
        As :meth:`Twin.state` and :meth:`Twin.on_the_way` give them.
    happening, drifts, errors
        Events that were read, as rows of the table of events; signals that drift; the twin's error by signal.
    horizon, worlds
        How far it looks ahead [periods], and in how many worlds.
    goals, left_out, shortages, because, actions
        Of the time ahead; see :class:`~twinkit.capabilities.live.ahead.Ahead`.  In the shortages `usual` says whether the market waits as a rule.
    homework, proposals, versions
        What the twin said, marked; numbers that do not fit; what was accepted.
    states
        State of every site of the plan, as the map shows it.
    plan
        The case made ready, with what happens.
    courses
        (site, product) → 5 %, 50 % and 95 % quantiles of units on hand in the periods ahead, shape (horizon, 3), of stocks whose markets may go short.
    sources
        Sentences on sources that cannot be read now.
    unclear
        Sentences on readings that belong to nothing that was read.
    late, notices
        Share of the notices of shipments that came late, and how many periods they may take: after that one that has not come counts as a
        shipment that has not left.
    """

    case: Case
    now: int
    newest: int
    silent: int
    stale: bool
    counts: pd.DataFrame
    refused: pd.DataFrame
    stocks: pd.DataFrame
    shipments: pd.DataFrame
    happening: list[dict[str, Any]]
    drifts: list[Drift]
    errors: pd.DataFrame
    horizon: int
    worlds: int
    goals: list[Goal]
    left_out: list[str]
    shortages: pd.DataFrame
    because: list[tuple[str, str, Interval, Interval]]
    actions: list[Action]
    homework: Homework
    proposals: list[Proposal]
    versions: pd.DataFrame
    states: list[int]
    plan: Plan
    courses: dict[tuple[str, str], np.ndarray]
    sources: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    late: float = 0.0
    notices: int = 0

    def table(self) -> pd.DataFrame:
        """Objectives: kpi, relation, target, chance of a breach at the horizon with low and high, light, likely (periods from now)."""
        rows = [(g.kpi, g.relation, g.target, *g.worst, g.light, g.likely) for g in self.goals]
        return pd.DataFrame(rows, columns=["kpi", "relation", "target", "chance", "low", "high", "light", "likely"])

    def headline(self) -> str:
        late = f", nothing read for {counted(self.silent, period_word(self.case.settings, 1))}" if self.stale else ""
        return f"Now of {self.case.name}, {dated(self.case.settings, self.now)}: {counted(self.worlds, 'world')}{late}"

    def sentences(self) -> list[str]:
        settings = self.case.settings
        return [f"{g.kpi} {g.relation.replace('_', ' ')} {amount(g.target, g.unit)}: {g.light}, {amount(g.worst.value, 'share')} chance of a breach by {dated(settings, self.now + round(g.marks[g.at]))}."
                for g in sorted(self.goals, key=lambda g: -g.worst.value)]  # fmt: skip


def look(
    twin: Twin, horizon: int = DEFAULT_HORIZON, actions: bool | Mapping[str, Any] = True, prices: Mapping[str, Any] | None = None,
    *, wall: int | None = None, sources: tuple[str, ...] = (), progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Now:  # fmt: skip
    """Look at a twin, and have it keep what it says.

    Parameters
    ----------
    twin
        A twin that has just been refreshed.
    horizon
        How far to look ahead [periods].
    actions
        Lever → value that is tried; True for those that are offered, False for none.
    prices
        Lever → what it costs beyond what a run counts; see :meth:`Ahead.actions`.
    wall
        Last period that is over by the calendar, where that may be later than what was read.
    sources
        Sentences on sources that cannot be read.
    progress, cancel
        As for any study.
    """
    ahead = Ahead(twin, horizon)
    keep_what_is_said(ahead)
    short = ahead.shortages()
    short["usual"] = [_usually_short(twin, (m, p)) for m, p in zip(short["market"], short["product"], strict=True)]
    tried = None if actions is True else actions
    done = [] if actions is False or not ahead.objectives else ahead.actions(tried, prices, progress, cancel)
    silent = max(twin.silent_for(), -1 if wall is None else wall - twin.newest)
    return Now(
        twin.case, twin.now, twin.newest, silent, twin.stale() or silent > twin.patience(), twin.feed.counts(), twin.feed.refused(), twin.state(), twin.on_the_way(),
        twin.happening(), twin.drifts(), twin.error(), ahead.horizon, twin.worlds, ahead.goals(), ahead.left_out, short, ahead.because(), done,
        homework(twin), proposals(twin), accepted(twin.feed), _states(twin), twin.plan, _courses(ahead, short), sources, twin.unclear(),
        twin.feed.late("shipment"), twin.notices,
    )  # fmt: skip


def _usually_short(twin: Twin, market: tuple[str, str]) -> bool:
    """Whether less than half of what a market asked for lately was served at once: it waits as a rule, and that is no news."""
    last, row = twin.track.get(twin.now), twin.markets[market]
    if last is None:
        return False
    before = twin.track.get(twin.now - LATELY_SERVED)
    asked, served = (last.market_asked[row], last.market_served[row]) if before is None else (
        last.market_asked[row] - before.market_asked[row], last.market_served[row] - before.market_served[row],
    )  # fmt: skip
    return bool(asked > 0 and served < 0.5 * asked)


def _states(twin: Twin) -> list[int]:
    """State of every site: whether it is down, and what it sent over the last periods beside its mean flow; as :data:`~twinkit.show.palette.STATES` says."""
    net = twin.plan.net
    up = np.concatenate([c.world.site[SI.up] for c in twin.chains], axis=1).mean(axis=1)
    since = max(twin.now - LATELY, -1)
    last = twin.track.get(twin.now)
    if last is None:
        return [0] * len(up)
    before = twin.track.get(since)
    lane, market = last.lane[TOTALS_LANE.sent], last.market[TOTALS_MARKET.sent]
    if before is not None:
        lane, market = lane - before.lane[TOTALS_LANE.sent], market - before.market[TOTALS_MARKET.sent]
    rows = np.concatenate([net.lane_origin, net.market_stock])
    worth = product_values(twin.plan, net.stocks["product"])[rows]
    sent, usual = np.zeros(len(up)), np.zeros(len(up))
    np.add.at(sent, net.stock_site[rows], np.concatenate([lane, market]) * worth)
    np.add.at(usual, net.stock_site[rows], np.concatenate([twin.plan.flows.lane, twin.plan.flows.market]) * worth * (twin.now - since))
    share = np.divide(sent, usual, out=np.ones(len(up)), where=usual > 0)
    return [3 if u < 0.5 else 2 if s < 0.5 else 1 if s < 0.85 else 0 for u, s in zip(up, share, strict=True)]


def _courses(ahead: Ahead, short: pd.DataFrame) -> dict[tuple[str, str], np.ndarray]:
    plan = ahead.twin.plan
    sold = np.unique(plan.net.market_stock)
    wanted: list[int] = []
    for row in short[(short["chance"] > 0) & ~short["usual"]].itertuples(index=False):
        stock = int(plan.net.market_stock[ahead.twin.markets[row.market, row.product]])
        if stock not in wanted:
            wanted.append(stock)
    return {ahead.twin.keys["stocks"][s]: ahead.nothing.stock[int(np.searchsorted(sold, s))] for s in wanted[:MOST_STOCKS]}


@study
def live_now(
    case: CaseLike, feed: str | os.PathLike | None = None, horizon: int = DEFAULT_HORIZON, worlds: int | None = None, actions: bool | Mapping[str, Any] = True,
    prices: Mapping[str, Any] | None = None, *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Now:  # fmt: skip
    """What is happening in a chain whose readings are kept in a file, and where it is heading.

    Parameters
    ----------
    case
        The case that is read.
    feed
        File of readings, as ``twinkit live`` keeps it; by default that of ``TWINKIT_LIVE``.
    horizon
        How far to look ahead [periods].
    worlds
        Worlds of the twin; by default those of the case.
    actions, prices
        Lever → value that is tried (True: those that are offered, False: none), and lever → what it costs a year.
    progress, cancel
        As for :func:`twinkit.ensemble`.

    Raises
    ------
    CaseError
        If there is no such file, or it has no reading.
    """
    path = file_of(feed)
    if said := no_feed(path):
        raise CaseError([Problem("live", None, "feed", shown(str(path or "")), said)])
    with Feed(path, case) as opened:  # type: ignore[arg-type]
        require_sound_feed(case, opened)
        twin = Twin(version(case, opened), opened, int(worlds or case.settings["replications"]))
        return look(twin, horizon, actions, prices, wall=today(opened), progress=progress, cancel=cancel)


def today(feed: Feed) -> int | None:
    """Last period that is over by the calendar; None where the calendar says nothing of the readings (:meth:`Feed.wall`)."""
    wall = feed.wall()
    return None if wall is None else wall - 1


def file_of(feed: str | os.PathLike | None = None) -> Path | None:
    """The file of readings: the one that is named, else that of the environment; None without either."""
    text = str(feed or os.environ.get(FEED, ""))
    return Path(text) if text else None


def no_feed(path: Path | None) -> str:
    """Why there is nothing to look at, as the end of a sentence; "" if there is."""
    start = "Start `twinkit live CASE --feed FOLDER`, or `twinkit live --demo` for a company that is not there."
    if path is None:
        return f"is not given: which file holds the readings? {start}"
    if not path.is_file():
        return f"is no file of readings: there is none of that name. {start}"
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5.0)) as db:
            known = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error:
        known = set()
    return "" if {"arrived", "position", "notes"} <= known else f"is no file of readings. {start}"
