"""Why customers went without: from a dip at a market back to the events or the policy that caused it."""

from __future__ import annotations

import html
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from twinkit.chain.plan import Plan
from twinkit.study import telling
from twinkit.study.asked import remembered
from twinkit.study.courses import calm as without
from twinkit.study.courses import studied
from twinkit.study.detail import Dropped
from twinkit.study.dip import dip_around, way_back, worst_day
from twinkit.study.ensemble import asking, plan_with
from twinkit.study.outcome import Outcome
from twinkit.study.public import study
from twinkit.study.scenario import Scenario
from twinkit.study.trail import Trail, markets_in_worlds, trail_of
from twinkit.study.walk import Node
from twinkit.tables import CaseError, require_sound
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, did_you_mean, listed

WORLDS = 64
"""Worlds among which the typical one is looked for."""


@dataclass(eq=False)
class Explanation:
    """Where the units that a market lacked went missing.

    Attributes
    ----------
    trail
        The world that was looked at.
    row, day
        Row of the market, and the day that was asked about [period].
    days
        The dip: its first period and the one after its last; empty without a dip.
    root
        The market, with the way back below it.
    units
        Units missing in the dip [units].
    without
        Units missing in the same days of the same world without the events [units].
    parts, left
        Units missing because of each event, and what no single event accounts for [units]:
        see :meth:`~twinkit.study.trail.Trail.shares`.
    alone
        Units that each event makes missing if it alone happens, and that it adds to all others [units]:
        see :meth:`~twinkit.study.trail.Trail.alone`.
    dips
        Worlds with a dip at the market, of all worlds that were looked at.
    """

    trail: Trail
    row: int
    day: int
    days: range
    root: Node
    units: float = 0.0
    without: float = 0.0
    parts: np.ndarray = field(default_factory=lambda: np.zeros(0))
    left: float = 0.0
    alone: tuple[np.ndarray, np.ndarray] = field(default_factory=lambda: (np.zeros(0), np.zeros(0)))
    dips: tuple[int, int] = (1, 1)

    @property
    def seen(self) -> str:
        """In how many of the worlds that were looked at the market lacks anything, as a sentence."""
        some, worlds = self.dips
        has = "has" if some == 1 else "have"
        return "" if worlds == 1 else f" {some} of {worlds} worlds {has} such a dip; this is the typical one of them."

    @property
    def market(self) -> str:
        """Name of the market and its product."""
        return self.trail.plan.market_names[self.row]

    @property
    def own(self) -> np.ndarray:
        """Units missing because of each event whichever of the others happen; what is left is joint [units]."""
        first, last = self.alone
        return np.clip(np.minimum(first, last), 0.0, None)

    @property
    def joint(self) -> float:
        """Units missing because of several events together: no single one of them accounts for these [units]."""
        return max(float(self.parts.sum()) + self.left - float(self.own.sum()), 0.0)

    @property
    def of_all(self) -> float:
        """Share that this dip is of all units that customers lack in the run, at any market [share]."""
        total = float(self.trail.missing().sum())
        return self.units / total if total else 0.0

    @property
    def policy_share(self) -> float:
        """Share of the missing units that are missing without any event too [share]."""
        return min(self.without / self.units, 1.0) if self.units else 0.0

    def causes(self) -> pd.DataFrame:
        """Causes, the largest first.

        Returns
        -------
        DataFrame
            cause; kind ("event", "policy", "capacity", "lead time", "orders" or "rest");
            whether it is missing without events too; units and share found on the way back;
            counterfactual: units that would not be missing without the event (Shapley
            value), or that are missing without events, and their share.
        """
        return telling.causes(self)

    def tree(self, least: float = 0.0) -> pd.DataFrame:
        """The way back, a row for each hop, indented by its level.

        Parameters
        ----------
        least
            Hops below this share of the missing units are left out [share].

        Returns
        -------
        DataFrame
            level, node, kind, since and worst day [period], units (missing at the market that
            trace here), share of them, short (most that the hop itself is short of, in units
            of its own product), cause, event.
        """
        return telling.tree(self, least)

    def sentence(self) -> str:
        """What happened and why, in one or two sentences."""
        return telling.sentence(self)

    def disclosure(self) -> str:
        """What the sentence and the way back do not say alike, and of how much this is a part; empty where nothing is left open."""
        return telling.disclosure(self)

    def text(self, least: float = 0.02) -> str:
        """The sentence and, below it, the way back as an indented list."""
        return telling.text(self, least)

    def path(self, least: float = 0.05) -> list[dict[str, Any]]:
        """The sites and lanes of the way back, for a map, the largest share first.

        Returns
        -------
        list of dict
            "site", and its share; or "origin", "destination", "product", "mode", "via" and share.
        """
        return telling.path(self, least)

    def to_dict(self) -> dict[str, Any]:
        """The explanation as plain data."""
        return {
            "scenario": self.trail.scenario, "world": self.trail.world, "market": self.market, "day": self.day,
            "first": self.days.start if self.days else None, "last": self.days[-1] if self.days else None,
            "units": self.units, "without events": self.without, "sentence": self.sentence(),
            "disclosure": self.disclosure(),
            "causes": _plain(self.causes()), "tree": _plain(self.tree()), "path": self.path(),
        }  # fmt: skip

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.text())}</pre>"


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{k: v.item() if isinstance(v, np.generic) else v for k, v in row.items()} for row in rows]


@study
def explain(
    case_or_outcome: Case | Outcome, scenario: Scenario | None = None, market: str | None = None,
    day: int | None = None, world: int | None = None, *, seed: int | None = None, **chain: Any,
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
    _require(plan, "day", day, plan.periods)
    _require(plan, "world", world, None)
    numbers, lacks, calm = _worlds(case_or_outcome, plan, seed, world, chain)
    extra = np.maximum(lacks - calm, 0.0) if studied(plan).any() else lacks
    near = slice(None) if day is None else _around(plan, day)
    extra = extra if extra[rows, near].sum() > 0 else lacks
    row = int(rows[extra[rows, near].sum(axis=1).mean(axis=1).argmax()])
    total = extra[row, near].sum(axis=0)
    some = np.flatnonzero(total > 0) if total.any() else np.arange(len(total))
    if world is None:
        world = int(numbers[some[np.abs(total[some] - np.median(total[some])).argmin()]])
    found = explained(trail_of(plan, seed, world, name, **chain), row, day)
    found.dips = (int((total > 0).sum()), len(total))
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


def _require(plan: Plan, what: str, value: int | None, end: int | None) -> None:
    if value is None:
        return
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < 0 or (end is not None and value >= end):
        top = f"from 0 to {end - 1}" if end is not None else "from 0 on"
        raise _wrong(what, value, f"is out of range: give a whole number {top}", "")


def _around(plan: Plan, day: int) -> slice:
    hold = int(plan.case.settings["hold"])
    return slice(max(day - hold, 0), day + hold + 1)


def _worlds(chosen: Case | Outcome, plan: Plan, seed: int, world: int | None, chain: dict) -> tuple:
    """Numbers of the worlds to choose from, and units missing in them with and without events."""
    if world is not None:
        trail = trail_of(plan, seed, world, **chain)
        return np.array([world]), trail.missing()[..., None], trail.missing(())[..., None]
    held = isinstance(chosen, Outcome) and not isinstance(chosen.markets, Dropped) and len(chosen.markets) == 2
    held = held and bool(chosen.events or not plan.effects.names)
    if held and seed == chosen.seed:
        run, calm = (np.maximum(m["demand"] - m["served"], 0.0) for m in (chosen.markets, chosen.calm_markets))
        return chosen.first + np.arange(chosen.replications), run, calm
    run = markets_in_worlds(plan, seed, WORLDS, **chain)
    calm = markets_in_worlds(without(plan), seed, WORLDS, **chain) if studied(plan).any() else run
    return np.arange(WORLDS), run, calm


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
