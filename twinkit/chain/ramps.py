"""Shares that change in the middle of a run: a branch notes what they were, and orders go over step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twinkit.chain.layout import LN, LP, RC, RP, SP, ST

if TYPE_CHECKING:
    from twinkit.chain.carry import Move


class Kind(NamedTuple):
    """Where lanes, or recipes, keep their shares."""

    table: str
    block: str
    before: int
    numbers: str
    share: int
    stock: str


KINDS = (
    Kind("lanes", "lane", LN.share_before, "lane_n", LP.share, "lane_destination"),
    Kind("recipes", "recipe", RC.recipe_share_before, "recipe_n", RP.share, "recipe_stock"),
)


def carry_shares(move: Move) -> None:
    """Where the shares of a stock's sources are others than before, note from which they go over, and since when.

    Parameters
    ----------
    move
        A snapshot on its way into another chain, with its numbers and its state carried.
    """
    w = move.chain.world
    changed = np.zeros(w.stock.shape[1], bool)
    for kind in KINDS:
        changed[_stocks_changed(move, kind)] = True
    changed[np.setdiff1d(np.arange(len(changed)), move.match["stocks"].new)] = False  # a new stock has no past
    for kind in KINDS:
        here = changed[getattr(move.chain.plan.net, kind.stock)]
        getattr(w, kind.block)[kind.before, here] = _shares_of_past(move, kind)[here]
    w.stock[ST.shares_changed, changed] = move.period


def _stocks_changed(move: Move, kind: Kind) -> np.ndarray:
    """New rows of the stocks with a source whose share is another than before, that is new, or that is gone."""
    match, stocks = move.match[kind.table], move.match["stocks"]
    now, was = getattr(move.chain.world, kind.numbers)[kind.share], move.past[kind.numbers][kind.share]
    told = np.zeros(len(now))
    told[match.new] = was[match.old]
    found = getattr(move.chain.plan.net, kind.stock)[now != told]
    gone = np.setdiff1d(np.flatnonzero(was > 0), match.old)
    place = np.full(move.past["stock"].shape[1], -1)
    place[stocks.old] = stocks.new
    lost = place[getattr(move.old.net, kind.stock)[gone]]
    return np.concatenate([found, lost[lost >= 0]]).astype(np.int64)


def _shares_of_past(move: Move, kind: Kind) -> np.ndarray:
    """Share that each source of the new plan had in the period before, shape (rows, replications); 0 if it is new."""
    match, past = move.match[kind.table], move.past
    stock = getattr(move.old.net, kind.stock)
    share, before = past[kind.numbers][kind.share][:, None], past[kind.block][kind.before]
    since, ramp = past["stock"][ST.shares_changed, stock], past["stock_n"][SP.ramp_up, stock][:, None]
    far = np.where(since < 0, 1.0, np.minimum((move.period - since) / (ramp + 1.0), 1.0))
    found = np.zeros((len(getattr(move.chain.plan.net, kind.stock)), past["stock"].shape[2]))
    found[match.new] = (before + (share - before) * far)[match.old]
    return found
