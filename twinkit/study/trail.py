"""What an explanation looks at: one world, day by day, with the events that are asked about, without them, and with some.

Chance is keyed by world, so world 17 of an ensemble is run again alone, and the runs of a
trail differ in their events and in nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np

from twinkit.chain.chain import Chain
from twinkit.chain.layout import EV
from twinkit.chain.plan import Plan
from twinkit.chain.records import market_history
from twinkit.chain.trouble import EFFECTS, severity_at
from twinkit.run.runs import calm as without
from twinkit.run.runs import events_studied, studied

COLUMNS = (
    "stocks.on_hand", "stocks.backlog", "stocks.required", "stocks.ordered", "stocks.usable", "stocks.destroyed",
    "lanes.departed", "lanes.arrived", "lanes.at_door", "lanes.held", "lanes.lane_on_order", "lanes.placed",
    "lanes.lost_on_way", "lanes.unread", "recipes.to_make", "recipes.started", "recipes.finished", "recipes.recipe_up",
    "claims.backlog", "claims.asked", "claims.sent", "claims.at_once", "claims.lost", "claims.open",
)  # fmt: skip
"""Histories that a walk back needs."""

MOST_SHARED = 4
"""Events up to which what is missing is shared over all their orders (Shapley); beyond, each is left out once."""

Histories = dict[str, np.ndarray]


@dataclass(eq=False)
class Trail:
    """One world of a scenario.

    Attributes
    ----------
    plan, seed, world, scenario
        What was run.
    run, calm
        Column → history with the events that are asked about, and without them, shape (rows, periods).
    acts
        Severity of every effect of an event in every period, shape (effects, periods).
    chain
        ``actors`` and ``policies`` of the chain.
    """

    plan: Plan
    seed: int
    world: int
    scenario: str
    run: Histories
    calm: Histories
    acts: np.ndarray
    chain: Mapping[str, Any] = field(default_factory=dict)
    _missing: dict[frozenset[int], np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def events(self) -> list[str]:
        """Names of the events that are asked about, each once: an event may have several effects."""
        return events_studied(self.plan)

    @cached_property
    def event_of(self) -> np.ndarray:
        """Number of the event of every effect; -1 of events that happen in any case."""
        number = {name: i for i, name in enumerate(self.events)}
        return np.array([number.get(name, -1) for name in self.plan.effects.names], np.int64)

    def _effects(self, effect: str) -> np.ndarray:
        """Numbers of the effects of this kind, of the events that are asked about."""
        return np.flatnonzero((self.plan.effects.code == EFFECTS.index(effect)) & (self.event_of >= 0))

    @cached_property
    def severity(self) -> np.ndarray:
        """Severity of every event in every period, that of its strongest effect, shape (events, periods)."""
        found = np.zeros((len(self.events), self.plan.periods))
        own = self.event_of >= 0
        np.maximum.at(found, self.event_of[own], np.abs(self.acts[own]))
        return found

    def hits(self, effect: str, rows: int) -> np.ndarray:
        """Which events act in this way on which rows, shape (events, rows)."""
        effects, found = self.plan.effects, np.zeros((len(self.events), rows), bool)
        for e in self._effects(effect):
            found[self.event_of[e], effects.hits[effects.at[e] : effects.at[e + 1]]] = True
        return found

    def strength(self, effect: str, row: int) -> np.ndarray:
        """How strongly each event acts in this way on a row, shape (events, periods)."""
        effects, found = self.plan.effects, np.zeros((len(self.events), self.plan.periods))
        for e in self._effects(effect):
            span = slice(effects.at[e], effects.at[e + 1])
            found[self.event_of[e]] += self.acts[e] * effects.weight[span][effects.hits[span] == row].sum()
        return found

    def missing(self, happening: Sequence[int] | None = None) -> np.ndarray:
        """Units that customers asked for and did not get at once, shape (markets, periods).

        Parameters
        ----------
        happening
            Numbers of the events that happen; by default all.
        """
        every = range(len(self.events))
        key = frozenset(every if happening is None else happening)
        if key not in self._missing:
            whole = {frozenset(every): self.run, frozenset(): self.calm}.get(key)
            columns = ("claims.asked", "claims.at_once")
            found = whole or _histories(_chain(self.plan, self.seed, self.world, columns, self.chain), columns, key)
            first = len(self.plan.net.lanes)
            self._missing[key] = np.maximum(found["claims.asked"] - found["claims.at_once"], 0.0)[first:]
        return self._missing[key]

    def alone(self, row: int, days: slice) -> tuple[np.ndarray, np.ndarray]:
        """Units missing at a market that each event makes missing if it alone happens, and that it adds to all others.

        Where the first is more, events overlap: others would do for a part of it.  Where the
        second is more, they need each other.  For the arguments see :meth:`shares`; up to four events it takes no further run.
        """
        every = range(len(self.events))
        units = [float(self.missing(s)[row, days].sum()) for s in ([], every)]
        first = [float(self.missing([e])[row, days].sum()) - units[0] for e in every]
        last = [units[1] - float(self.missing([i for i in every if i != e])[row, days].sum()) for e in every]
        return np.array(first), np.array(last)

    def shares(self, row: int, days: slice) -> tuple[np.ndarray, float]:
        """Units missing at a market because of each event, and what no event alone accounts for.

        Up to four events: the Shapley value, which is the mean over all orders in which the
        events could be left out, so the parts add up.  More: what is missing with all events
        less what is missing without this one; the second number is what is then left over.

        Parameters
        ----------
        row, days
            Row of the market and periods over which units are counted.
        """

        def units(happening: Sequence[int]) -> float:
            return float(self.missing(happening)[row, days].sum())

        n, all_of = len(self.events), list(range(len(self.events)))
        total = units(all_of) - units([])
        if n > MOST_SHARED:
            parts = np.array([units(all_of) - units([i for i in all_of if i != e]) for e in all_of])
            return parts, total - float(parts.sum())
        parts = np.zeros(n)
        for e in all_of:
            others = [i for i in all_of if i != e]
            for size in range(n):
                weight = factorial(size) * factorial(n - size - 1) / factorial(n)
                parts[e] += weight * sum(units([*s, e]) - units(s) for s in combinations(others, size))
        return parts, 0.0


def _chain(plan: Plan, seed: int, world: int, columns: Sequence[str], more: Mapping[str, Any]) -> Chain:
    return Chain(plan, 1, seed=seed, first=world, record=columns, **more)


def _histories(chain: Chain, columns: Sequence[str], happening: frozenset[int] | None = None) -> Histories:
    """Run a chain to its end, with some of its events or all, and take its histories."""
    if happening is not None:
        names = chain.plan.effects.names
        events = events_studied(chain.plan)
        silent = [e for e, name in enumerate(names) if name in events and events.index(name) not in happening]
        chain.world.event_n[EV.first, silent] = chain.world.event_n[EV.last, silent] = -1.0
    chain.run()
    return {c: chain.history(c)[:, :, 0].copy() for c in columns}


def trail_of(plan: Plan, seed: int, world: int, scenario: str = "", **chain: Any) -> Trail:
    """Run one world with its events and without.

    Parameters
    ----------
    plan, seed, world
        What to run; `world` is the number of the world in an ensemble.
    scenario
        Name of the scenario.
    **chain
        ``actors`` and ``policies`` for the chain.
    """
    lively = _chain(plan, seed, world, COLUMNS, chain)
    acts = np.zeros((len(plan.effects.names), plan.periods))
    for t in range(plan.periods if len(acts) else 0):
        lively.run(t + 1)  # a recurring event draws its next occurrence as it goes
        acts[:, t] = _severity_now(lively, t)
    run = _histories(lively, COLUMNS)
    calm = run
    if studied(plan).any():
        calm = _histories(_chain(without(plan), seed, world, COLUMNS, chain), COLUMNS)
    return Trail(plan, seed, world, scenario, run, calm, acts, chain)


def _severity_now(chain: Chain, t: int) -> list[float]:
    w, numbers = chain.world, chain.world.event_n
    return [
        severity_at(float(t), w.event_start[e, 0], w.event_length[e, 0], numbers[EV.severity, e],
                    numbers[EV.curve, e], numbers[EV.recovery_time, e])
        for e in range(numbers.shape[1])
    ]  # fmt: skip


def markets_in_worlds(plan: Plan, seed: int, worlds: int, **chain: Any) -> tuple[np.ndarray, np.ndarray]:
    """Units asked for, and those of them not served at once, in the first worlds, each of shape (markets, periods, worlds).

    Parameters
    ----------
    plan, seed, worlds
        What to run.
    **chain
        ``actors`` and ``policies`` for the chain.
    """
    record = [market_history(plan, "demand", "asked"), market_history(plan, "served", "at_once")]
    model = Chain(plan, worlds, seed=seed, record=record, **chain).run()
    asked = model.history("demand")
    return asked, np.maximum(asked - model.history("served"), 0.0)
