"""The way of a ripple: from which neighbour it came to each site, and how long it took.

Which way it goes at a site is told by how it begins there (:func:`directions`): goods are owed
(downstream), or less is asked for (upstream).  A site that owes goods has it from a supplier that owed goods before, or on
the same day; a site that is asked for less from a customer that is hit, and rather from one that was
hit before.  Where several could have been it, that counts whose lanes were the most behind by then.
Each world has its own days, so the delays have quantiles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from twinkit.chain.plan import Plan
from twinkit.chain.trouble import EFFECTS
from twinkit.study.courses import studied
from twinkit.study.ripple import TINY, Ripples

DOWN, UP = "downstream", "upstream"
"""Directions: goods are owed; orders are missing."""
HERE, UNCLEAR = "event", "unclear"
"""Directions of a site where the ripple begins, and of one to which it came from no neighbour that is hit."""
AT_STOCK = ("stock", "usable", "destroy", "no_order")
"""Effects whose hits are rows of stocks."""
AT_RECIPE = ("recipe", "good")
"""Effects whose hits are rows of recipes."""


@dataclass(frozen=True)
class Hop:
    """How the ripple came to a site.

    Attributes
    ----------
    site, source
        Row of the site; row of the one that it came from, -1 where it begins.
    direction, way
        "downstream" (goods are owed) or "upstream" (orders are missing); `direction` is "event" where it begins
        (an event acts on the site, its lanes or its markets), "unclear" where no neighbour is hit.
    delay
        Periods since the neighbour was hit, in the worlds in which it came from there; 0 where its orders
        fell before what it sends itself [periods].
    lead_time
        Shortest mean lead time of the lanes between the two, for goods; information delay for orders [periods].
    share
        Share of the worlds with a hit in which it came from there [share].
    """

    site: int
    source: int
    direction: str
    way: str
    delay: np.ndarray
    lead_time: float
    share: float


def _acts(plan: Plan) -> Iterator[tuple[str, np.ndarray]]:
    """What every effect of the studied events acts on, and on which rows."""
    effects = plan.effects
    for i in np.flatnonzero(studied(plan)):
        yield EFFECTS[int(effects.code[i])], effects.hits[effects.at[i] : effects.at[i + 1]]


def struck_sites(plan: Plan) -> np.ndarray:
    """Whether an event acts on the site itself (not on its lanes or markets)."""
    net = plan.net
    found = np.zeros(len(net.sites), bool)
    for kind, rows in _acts(plan):
        if kind == "site":
            found[rows] = True
        elif kind in AT_STOCK:
            found[net.stock_site[rows]] = True
        elif kind in AT_RECIPE:
            found[net.recipe_site[rows]] = True
    return found


def touched_sites(plan: Plan) -> np.ndarray:
    """Whether an event acts on the site, on a lane that begins or ends there, or on a market that it serves."""
    net, found = plan.net, struck_sites(plan)
    for kind, rows in _acts(plan):
        if kind == "market":
            found[net.stock_site[net.market_stock[rows]]] = True
        elif kind != "site" and kind not in AT_STOCK + AT_RECIPE:
            found[net.lane_sites[rows].ravel()] = True
    return found


def directions(plan: Plan, ripples: Ripples) -> np.ndarray:
    """Which way the ripple goes at every site, in most worlds; "" where it is hit in none.

    As it begins there, but: a site that an event acts on is where it begins, so goods are owed (what
    its customers order elsewhere meanwhile is no cause); and where no supplier owes goods and most of
    what is missing at worst was not asked for, it goes upstream.
    """
    onset, first = ripples.worlds["site onset"], ripples.worlds["site first"]
    hit, struck = np.isfinite(first), struck_sites(plan)
    some = hit.any(axis=1)
    fewer = (np.where(hit, onset, 0.0).sum(axis=1) > 0.5 * hit.sum(axis=1)) & ~struck
    missing, orders = (np.where(hit, ripples.worlds[f"site {x}"], 0.0).sum(axis=1) for x in ("missing", "not asked"))
    way = np.where(some, np.where(fewer, UP, DOWN), "")
    origin, destination = plan.net.lane_sites.T
    while True:
        supplied = np.zeros(len(way), bool)
        supplied[destination[(way[origin] == DOWN) & (origin != destination)]] = True
        alone = (way == DOWN) & ~struck & ~supplied & (orders > 0.5 * missing)
        if not alone.any():
            return way
        way = np.where(alone, UP, way)


def hops(plan: Plan, ripples: Ripples) -> list[Hop]:
    """How the ripple came to every site that is hit in some world, in the order of the days.

    Parameters
    ----------
    plan
        The plan with the events.
    ripples
        What was measured.
    """
    first, way = ripples.worlds["site first"], directions(plan, ripples)
    hit = np.isfinite(first)
    rows = np.flatnonzero(hit.any(axis=1))
    middle = {int(j): float(np.quantile(first[j][hit[j]], 0.5, method="higher")) for j in rows}
    behind, touched = _behind(ripples), touched_sites(plan)
    found = [_hop(plan, ripples, way, touched, int(j), middle[int(j)], behind) for j in rows]
    return sorted(found, key=lambda h: (middle[h.site], h.source >= 0, str(plan.net.sites["site"].iloc[h.site])))


def _behind(ripples: Ripples) -> np.ndarray:
    """Units by which every lane is behind the worlds without the event, in usual days, shape (lanes, periods) [periods]."""
    usual = ripples.days["calm lanes"].mean(axis=1, keepdims=True)
    gap = np.cumsum(ripples.days["calm lanes"] - ripples.days["lanes"], axis=1)
    return np.divide(gap, usual, out=np.zeros_like(gap), where=usual > 0)


def _hop(
    plan: Plan, ripples: Ripples, way: np.ndarray, touched: np.ndarray, j: int, day: float, behind: np.ndarray
) -> Hop:
    first = ripples.worlds["site first"]
    here = np.isfinite(first[j])
    ranked = _neighbours(plan, way, j, day, behind)
    came = np.full(first.shape[1], -1)
    for before in (False, True) if way[j] == UP else (True,):  # the likeliest has the last word
        for i in reversed(ranked):
            came[here & (first[i] <= first[j] if before else np.isfinite(first[i]))] = i
    sources, worlds = np.unique(came[here], return_counts=True)
    source = int(sources[worlds.argmax()])
    share = float(worlds.max() / here.sum())
    if source < 0:
        return Hop(j, -1, HERE if touched[j] else UNCLEAR, str(way[j]), np.zeros(0), np.nan, share)
    there = here & (came == source)
    delay = np.maximum(first[j][there] - first[source][there], 0.0)
    return Hop(j, source, str(way[j]), str(way[j]), delay, _lead_time(plan, source, j, str(way[j])), share)


def _neighbours(plan: Plan, way: np.ndarray, j: int, day: float, behind: np.ndarray) -> list[int]:
    """Sites that the ripple may have come from, the likeliest first."""
    net = plan.net
    near, own = (0, 1) if way[j] == DOWN else (1, 0)
    lanes = np.flatnonzero((net.lane_sites[:, own] == j) & (net.lane_sites[:, near] != j))
    late: dict[int, float] = {}
    for lane in lanes:
        i = int(net.lane_sites[lane, near])
        if way[i] == "" or (way[j] == DOWN and way[i] != DOWN):
            continue
        travel = float(net.lanes["lead_time"].iloc[lane]) if way[j] == DOWN else 0.0
        at = int(np.clip(np.floor(day - travel), 0, behind.shape[1] - 1))
        late[i] = max(late.get(i, 0.0), float(behind[lane, at]))
    names = net.sites["site"]
    return sorted((i for i, days in late.items() if days > TINY), key=lambda i: (-late[i], str(names.iloc[i])))


def _lead_time(plan: Plan, source: int, j: int, direction: str) -> float:
    ends = (source, j) if direction == DOWN else (j, source)
    between = (plan.net.lane_sites == ends).all(axis=1)
    column = "lead_time" if direction == DOWN else "information_delay"
    return float(plan.net.lanes.loc[between, column].min())
