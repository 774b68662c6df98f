"""What moves in a run: the histories that lots and contracts are worked out from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from twinkit.chain.chain import Chain
from twinkit.chain.layout import LN, RC, ST
from twinkit.chain.plan import Plan, plan_of
from twinkit.chain.records import market_history, series, whole_history
from twinkit.tables.case import Case

KEPT = ("lanes.arrived", "lanes.lost_on_way", "recipes.started", "recipes.finished", "recipes.scrapped", "stocks.on_hand", "stocks.expired",
        "stocks.destroyed", "stocks.stood_in", "stocks.spared", "markets.returned", "markets.resold", "claims.backlog", "claims.lost")  # fmt: skip


@dataclass(frozen=True)
class Flows:
    """What moved in a run, by row, period and world [units].

    Attributes
    ----------
    plan, seed, first
        What was run, and the number of the first world.
    sent
        Of every lane, then of every market.
    kept
        History → values, shape (rows, periods, worlds).
    on_hand, on_way, in_work
        What was there at the start, by stock, lane and recipe.
    day
        Names of the steps of the day, group by group.
    """

    plan: Plan
    seed: int
    first: int
    sent: np.ndarray
    kept: dict[str, np.ndarray]
    on_hand: np.ndarray
    on_way: np.ndarray
    in_work: np.ndarray
    day: tuple[tuple[str, ...], ...]

    @property
    def worlds(self) -> int:
        """Number of worlds."""
        return self.sent.shape[-1]


def flows_of(
    case: Case | Plan, worlds: int = 1, seed: int | None = None, first: int = 0,
    prepare: Callable[[Chain], None] | None = None, each: Callable[[Chain], None] | None = None,
) -> Flows:  # fmt: skip
    """Run a chain and keep what moves.

    Parameters
    ----------
    case
        A case, or a plan made of one.
    worlds, seed, first
        As for :class:`~twinkit.chain.chain.Chain`.
    prepare
        Is called with the chain before it runs, to hold something of it by hand.
    each
        Is called with the chain after every period.
    """
    plan = case if isinstance(case, Plan) else plan_of(case)
    n_lanes = len(plan.net.lanes)
    sent = series("lanes.sent", "claims", "sent", range(n_lanes), [""] * n_lanes)
    chain = Chain(plan, worlds, seed=seed, first=first,
                  record=[sent, market_history(plan, "markets.sent", "sent"), *(whole_history(plan, *name.split(".")) for name in KEPT)])  # fmt: skip
    w = chain.world
    at_start = w.stock[ST.on_hand].copy(), (w.lane[LN.in_transit] + w.lane[LN.held] + w.lane[LN.at_door]), w.recipe[RC.in_work].copy()
    if prepare is not None:
        prepare(chain)
    while each is not None and chain.period < plan.periods:
        chain.run(chain.period + 1)
        each(chain)
    chain.run()
    return Flows(plan, chain.seed, first, np.concatenate([chain.history("lanes.sent"), chain.history("markets.sent")]),
                 {name: chain.history(name) for name in KEPT}, *at_start, tuple(tuple(s.name for s in g) for g in chain.day.groups))  # fmt: skip
