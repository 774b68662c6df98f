"""Why customers went without: from a dip at a market back to the events or the policy that caused it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any

import numpy as np
import pandas as pd

from twinkit.chain.plan import Plan
from twinkit.run.engines import stop_if
from twinkit.run.ensemble import Dropped, asking, plan_with
from twinkit.run.outcome import Outcome
from twinkit.run.public import study
from twinkit.run.runs import calm as without
from twinkit.run.runs import studied
from twinkit.run.scenario import Scenario
from twinkit.study.asked import remembered
from twinkit.study.explanation import Explanation, Lacking
from twinkit.study.hops import dip_around, way_back, worst_day
from twinkit.study.walk import Node, Trail, markets_in_worlds, trail_of
from twinkit.tables import CaseError, require_sound
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import FINITE, Problem, did_you_mean, is_whole, listed

WORLDS = 64
"""Worlds among which the typical one is looked for."""


@study
def explain(
    case_or_outcome: CaseLike | Outcome, scenario: Scenario | None = None, market: str | None = None,
    day: int | None = None, world: int | None = None, *, seed: int | None = None,
    progress: Callable[[int, int], None] | None = None, cancel: Event | None = None, **chain: Any,
) -> Explanation:  # fmt: skip
    """Walk back from a dip at a market to the events, or to the policy, that caused it.

    The events are those of the scenario; what else the case has scheduled happens with and
    without them.  Without a scenario, or with one that names none, the scheduled ones are asked about.
    *How much* is due to events is a matter of counterfactuals: units missing in the dip
    with all events, less those missing in the same world without some of them; several
    events share by the Shapley value (up to four) or are each left out once (more).  What
    is missing without any event too is the policy's.  *Where* is a matter of the walk
    (:mod:`twinkit.study.walk`): the event part is followed as the difference to the world
    without events, the policy's part in that world.  So event part and policy part of
    the tree are those of the counterfactual; with one event they agree in full.  Units that
    no single event accounts for (either alone would do, or it takes both) the sentence calls joint.  How the
    event part falls to several events, the walk finds by itself, and
    :meth:`Explanation.causes` shows both: the walk blames what was tightest on the day, so
    where events overlap the two may differ, and :meth:`Explanation.disclosure` says so.  What the walk cannot
    follow to an event (orders that changed because of the shortage, capacities that were
    full while it was made good, ways too small or in a circle) is a knock-on: it stays where
    it is in the tree and falls to the events as the rest does.

    The dip is the stretch of days around `day` in which more than 1 − ``failure_level`` of
    what is asked is missing (because of events, if they reach that on the day), with breaks
    of less than ``hold`` days.

    Parameters
    ----------
    case_or_outcome
        A case, with a scenario; or an outcome of an ensemble.
    scenario
        What happens; not with an outcome.
    market
        Name of a market, or ``"market | product"``; by default the one that lacks most.
    day
        A day of the dip [period]; by default the worst.
    world
        Number of the world; by default, of those with a dip, that with the median of the units missing.
    seed
        Seed of all chance; by default that of the case or outcome.
    progress
        Called as ``progress(parts done, parts in all)``: the worlds are run, the one is run day by day, it is explained.
    cancel
        Stops between these parts.
    **chain
        ``actors`` and ``policies`` for the chain; an outcome does not hold its own.

    Raises
    ------
    CaseError
        If the case has problems, the scenario does not fit, there is no such market, or
        the day or the world is out of range.

    Examples
    --------
    >>> import twinkit
    >>> case = twinkit.example("automotive")
    >>> found = explain(case, twinkit.Scenario("fire", ("Naka fab fire 2021",)), world=3)
    >>> found.causes()["cause"][0]
    'Naka fab fire 2021'
    """
    asked = {"case_or_outcome": case_or_outcome, "scenario": scenario, "market": market, "day": day, **chain}
    plan, seed, name = _what(case_or_outcome, scenario, seed)
    asked |= {"world": world, "seed": seed}
    rows = _market_rows(plan, market)
    _require("day", day, plan.periods)
    _require("world", world, None)
    tell = progress or (lambda done, total: None)
    tell(0, 3)
    numbers, asks, lacks, calm = _worlds(case_or_outcome, plan, seed, world, chain)
    tell(1, 3)
    stop_if(cancel)
    lacking = _lacking(plan, market, rows, asks, lacks, calm) if world is None else None
    extra = np.maximum(lacks - calm, 0.0) if studied(plan).any() else lacks
    near = slice(None) if day is None else _around(plan, day)
    extra = extra if extra[rows, near].sum() > 0 else lacks
    row = int(rows[extra[rows, near].sum(axis=1).mean(axis=1).argmax()])
    total = extra[row, near].sum(axis=0)
    least = (1 - plan.case.settings["failure_level"]) * asks[row, near] + 1e-9  # as of the days of a dip, see dip_around
    dips = ((asks[row, near] > 0) & (extra[row, near] > least)).any(axis=0)
    some = np.flatnonzero(dips if dips.any() else total > 0) if total.any() else np.arange(len(total))
    if world is None:
        world = int(numbers[some[np.abs(total[some] - np.median(total[some])).argmin()]])
    trail = trail_of(plan, seed, world, name, **chain)
    tell(2, 3)
    stop_if(cancel)
    found = explained(trail, row, day)
    tell(3, 3)
    found.dips, found.lacking = (int(dips.sum()), len(total)), lacking
    return remembered(found, "explain", **asked)


def _what(chosen: Case | Outcome, scenario: Scenario | None, seed: int | None) -> tuple[Plan, int, str]:
    if isinstance(chosen, Outcome):
        if scenario is not None:
            raise _wrong("scenario", scenario.name, "goes with a case: an outcome has its own", "Leave it out.")
        plan = chosen.plan if chosen.events else replace(chosen.plan, apart=None, notes={})
        return plan, chosen.seed if seed is None else seed, chosen.scenario
    require_sound(chosen)
    scenario = asking(chosen, scenario or Scenario("as is"))
    plan = plan_with(chosen, scenario)
    return plan, int(chosen.settings["seed"] if seed is None else seed), scenario.name


def _wrong(column: str, value: object, says: str, hint: str) -> CaseError:
    return CaseError([Problem("explain", None, column, str(value), says, hint)])


def _market_rows(plan: Plan, market: str | None) -> np.ndarray:
    """Rows of the markets that a name means."""
    names, full = plan.net.markets["market"].tolist(), plan.market_names
    rows = [i for i in range(len(names)) if market is None or market in (names[i], full[i])]
    if not rows:
        known = list(dict.fromkeys(names))
        hint = did_you_mean(str(market), full if "|" in str(market) else known, f"Markets: {listed(known)}.")
        raise _wrong("market", market, "is no market of the case", hint)
    return np.array(rows)


def _require(what: str, value: int | None, end: int | None) -> None:
    if value is None:
        return
    if not is_whole(value, 0, FINITE if end is None else end - 1):
        top = f"from 0 to {end - 1}" if end is not None else "from 0 on"
        raise _wrong(what, value, f"is out of range: give a whole number {top}", "")


def _around(plan: Plan, day: int) -> slice:
    hold = int(plan.case.settings["hold"])
    return slice(max(day - hold, 0), day + hold + 1)


def _worlds(chosen: Case | Outcome, plan: Plan, seed: int, world: int | None, chain: dict) -> tuple:
    """Numbers of the worlds to choose from; units asked for, and missing with and without events, (markets, periods, worlds)."""
    if world is not None:
        trail = trail_of(plan, seed, world, **chain)
        asked = trail.run["claims.asked"][len(plan.net.lanes) :]
        return np.array([world]), asked[..., None], trail.missing()[..., None], trail.missing(())[..., None]
    held = isinstance(chosen, Outcome) and not isinstance(chosen.markets, Dropped) and len(chosen.markets) == 2
    held = held and bool(chosen.events or not plan.effects.names)
    if held and seed == chosen.seed:
        run, calm = (np.maximum(m["demand"] - m["served"], 0.0) for m in (chosen.markets, chosen.calm_markets))
        return chosen.first + np.arange(chosen.replications), chosen.markets["demand"], run, calm
    asked, run = markets_in_worlds(plan, seed, WORLDS, **chain)
    calm = markets_in_worlds(without(plan), seed, WORLDS, **chain)[1] if studied(plan).any() else run
    return np.arange(WORLDS), asked, run, calm


def _lacking(
    plan: Plan, market: str | None, rows: np.ndarray, asked: np.ndarray, lacks: np.ndarray, calm: np.ndarray
) -> Lacking:
    """What is missing at every market, and the course of it at those that are asked about."""

    def share(missing: np.ndarray, demand: np.ndarray) -> np.ndarray:
        return np.divide(missing, demand, out=np.zeros_like(demand), where=demand > 0)

    rows = rows if market else np.arange(len(lacks))
    one, all_asked = lacks[rows].sum(axis=0), asked[rows].sum(axis=0)
    low, high = np.quantile(share(one, all_asked), [0.05, 0.95], axis=1)
    course = pd.DataFrame({"period": np.arange(len(one)), "mean": share(one, all_asked).mean(axis=1), "low": low, "high": high})
    missing, extra, demand = lacks.mean(axis=2), np.maximum(lacks - calm, 0.0).mean(axis=2), asked.mean(axis=2)
    worst = (extra if extra.sum() > 0 else missing).argmax(axis=1)
    at = np.arange(len(worst)), worst
    table = pd.DataFrame({
        "market": plan.market_names, "missing": missing.sum(axis=1), "because": extra.sum(axis=1),
        "share": share(missing.sum(axis=1), demand.sum(axis=1)), "worst": worst, "worst_share": share(missing[at], demand[at]),
    })  # fmt: skip
    by = "because" if extra.sum() > 0 else "missing"
    return Lacking(table[table["missing"] > 0].sort_values(by, ascending=False, kind="stable", ignore_index=True), course, market or "all markets")


def explained(trail: Trail, row: int, day: int | None = None) -> Explanation:
    """The explanation of a dip in a world that has been run.

    Parameters
    ----------
    trail
        The world.
    row, day
        Row of the market; a day of the dip, by default the worst [period].
    """
    day = worst_day(trail, row) if day is None else int(day)
    days = dip_around(trail, row, day)
    chosen = slice(days.start, days.stop)
    units, without = (float(trail.missing(events)[row, chosen].sum()) for events in (None, ()))
    if units <= 0:
        return Explanation(trail, row, day, range(0), Node("market", row, np.zeros(trail.plan.periods)))
    parts, left = trail.shares(row, chosen)
    alone = trail.alone(row, chosen)
    return Explanation(trail, row, day, days, way_back(trail, row, days, parts), units, without, parts, left, alone)
