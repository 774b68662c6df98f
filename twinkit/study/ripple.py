"""The ripple of an event: what every site sends, world by world, against the same world without the event.

A site is *hit* on a day when it sends less than a share (``fall``) of what it sends that day in
the paired run, and so over the last ``window`` periods together (so that a shipment that
leaves a day later is no ripple), and has sent less in all by then (so that what was sent early
is no ripple either).  What is missing splits exactly: a site sends less because it was asked for
less, or because it owes or has lost what it was asked for.

The way of a ripple (:func:`hops`) says from which neighbour it came to each site, and how long it took.
Which way it goes at a site is told by how it begins there (:func:`directions`): goods are owed
(downstream), or less is asked for (upstream).  A site that owes goods has it from a supplier that owed goods before, or on
the same day; a site that is asked for less from a customer that is hit, and rather from one that was
hit before.  Where several could have been it, that counts whose lanes were the most behind by then.
Each world has its own days, so the delays have quantiles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from twinkit.chain.layout import SP, TOTALS_LANE, TOTALS_MARKET, UNLIMITED
from twinkit.chain.plan import Plan, mean_flows
from twinkit.chain.records import Series, series
from twinkit.chain.trouble import EFFECTS
from twinkit.lazy import noted
from twinkit.run.kpis import bullwhip_by_stock, map_series, product_values, study_series
from twinkit.run.runs import Run, studied

TINY = 1e-9
"""Share of the usual flow that is a rounding error."""

FORMULAS: dict[str, tuple[str, str]] = {
    "ripple breadth": (
        "sites", "sites hit: they send less than the given share of what they send in the same world without the event, on the "
        "day and over the window, and have sent less in all by then; value of what is sent, to other sites and to customers",
    ),
    "ripple depth": ("tiers", "tiers of the chain with a site that is hit"),
    "throughput at worst": ("share", "least value sent over the window / that of the same world without the event"),
    "days hit": ("periods", "periods in which the site is hit"),
    "first hit": ("period", "first period in which the site is hit, in worlds in which it is"),
    "missing at worst": ("money", "most that the site is behind the same world without the event at any time, value of what it sends"),
    "lost": ("money", "value that the site sends less in the whole run (after the warm-up) than in the same world without the event"),
    "not asked for": ("money", "of what is missing at worst: what the site was asked for less by then (the ripple goes upstream); the rest is owed or lost"),
}  # fmt: skip
"""Unit and definition of every number of a ripple."""


def site_weights(plan: Plan) -> np.ndarray:
    """Value of a unit of each stock [money/unit]; 1 at a site where nothing that is kept has a value."""
    net = plan.net
    value = product_values(plan, net.stocks["product"])
    valued = np.bincount(net.stock_site, value, len(net.sites)) > 0
    return np.where(valued[net.stock_site], value, 1.0)


@noted
def ripple_series(plan: Plan) -> list[Series]:
    """What a scorecard keeps of a run: what other studies keep, and by site what is sent and asked for."""
    net, weight = plan.net, site_weights(plan)
    rows = np.concatenate([net.lane_origin, net.market_stock])
    sites = net.sites["site"].tolist()
    own = [
        series(f"ripple {column}", "claims", column, range(len(rows)), sites, net.stock_site[rows], weight[rows])
        for column in ("sent", "asked")
    ]
    groups, _ = orders_of(plan)
    number = {group: i for i, group in enumerate(groups)}
    at = np.array([number[group] for group in _groups(plan)], np.int64)
    labels = [f"tier {tier}, {product}" for tier, product in groups]
    own.append(series("ripple ordered", "stocks", "ordered", range(len(weight)), labels, at))
    return [*study_series(plan), *map_series(plan), *own]


def _groups(plan: Plan) -> list[tuple[int, str]]:
    """Tier and product of every stock."""
    net = plan.net
    return list(zip(plan.tiers[net.stock_site].tolist(), net.stocks["product"], strict=True))


@noted
def orders_of(plan: Plan) -> tuple[list[tuple[int, str]], np.ndarray]:
    """Tiers and products that are ordered together, and how much of the product a unit of demand takes.

    Returns
    -------
    list
        Tier and product, from the customers up.
    array, shape (groups, markets)
        Units of the product that pass the stocks of the tier for each unit that a market asks for: by shares
        of lanes and recipes, bills of materials and yields, as in the mean flows of the chain.
    """
    net, of = plan.net, _groups(plan)
    groups = sorted(set(of))
    orders = plan.stock_n[SP.policy] != UNLIMITED  # what a source has without limit it orders nowhere
    member = np.array([[group == own for own in of] for group in groups], float) * orders
    every = net.markets["every"].to_numpy(float)
    unit = [mean_flows(net, (every * (np.arange(len(every)) == m))[:, None]).stock for m in range(len(every))]
    return groups, member @ np.array(unit).T.reshape(len(of), len(every))


def over_window(values: np.ndarray, window: int) -> np.ndarray:
    """Sums over the last `window` periods (fewer at the start), along the axis of the periods, the second."""
    total = np.cumsum(values, axis=1)
    found = total.copy()
    found[:, window:] -= total[:, :-window]
    return found


def hit_days(now: np.ndarray, calm: np.ndarray, fall: float, window: int) -> np.ndarray:
    """Whether each line is hit, by period and world.

    Parameters
    ----------
    now, calm
        Throughput with the event and without, shape (lines, periods, worlds).
    fall
        Share of the usual throughput below which a line is hit [share].
    window
        Periods over which it must be so together [periods].
    """
    slack = TINY * calm.mean(axis=1, keepdims=True)
    low = now < fall * calm - slack
    below = over_window(now, window) < fall * over_window(calm, window) - window * slack
    ahead = over_window(below[:, ::-1].astype(float), window)[:, ::-1]
    return low & (ahead > 0.5) & (np.cumsum(calm - now, axis=1) > slack)


def measured(
    sent: np.ndarray, calm: np.ndarray, missing_orders: np.ndarray, fall: float, window: int
) -> dict[str, np.ndarray]:
    """How each line is hit, in every world.

    Parameters
    ----------
    sent, calm
        Throughput with the event and without, shape (lines, periods, worlds) [money/period].
    missing_orders
        What was asked for without the event less what was asked for with it, of that shape.
    fall, window
        As for :func:`hit_days`.

    Returns
    -------
    dict
        "first" (inf where never hit) and "days" [periods], "worst" [share], "missing", "not asked"
        [money], "onset" (share of what is missing over the window from the first hit on that was not
        asked for; NaN where never hit), each of shape (lines, worlds), and "hit" as :func:`hit_days`
        gives it.
    """
    hit = hit_days(sent, calm, fall, window)
    now, usual = over_window(sent, window), over_window(calm, window)
    flows = usual > window * TINY * calm.mean(axis=1, keepdims=True)
    worst = np.divide(now, usual, out=np.ones_like(now), where=flows).min(axis=1)
    behind = np.cumsum(calm - sent, axis=1)
    fewer = np.cumsum(missing_orders, axis=1)
    at = behind.argmax(axis=1)[:, None]
    missing = np.maximum(np.take_along_axis(behind, at, axis=1)[:, 0], 0.0)
    some = hit.any(axis=1)
    return {
        "hit": hit, "first": np.where(some, hit.argmax(axis=1), np.inf), "days": hit.sum(axis=1).astype(float),
        "worst": worst, "missing": missing,
        "not asked": np.clip(np.take_along_axis(fewer, at, axis=1)[:, 0], 0.0, missing),
        "onset": np.where(some, _onset(behind, fewer, hit.argmax(axis=1), window), np.nan),
    }  # fmt: skip


def _onset(behind: np.ndarray, fewer: np.ndarray, first: np.ndarray, window: int) -> np.ndarray:
    """Share, not asked for, of what goes missing over the window from a day on; both are sums from the start."""
    end = np.minimum(first + window - 1, behind.shape[1] - 1)[:, None]
    before = np.maximum(first - 1, 0)[:, None]
    gaps = [np.take_along_axis(x, end, 1)[:, 0] - np.take_along_axis(x, before, 1)[:, 0] for x in (behind, fewer)]
    return np.clip(np.divide(gaps[1], gaps[0], out=np.zeros_like(gaps[0]), where=gaps[0] > 0), 0.0, 1.0)


@dataclass
class Ripples:
    """Ripples in some worlds.

    Attributes
    ----------
    worlds
        Name → values by site, tier or stock and world (the last axis).  "site first", "tier first" and
        so on as :func:`measured` gives them; "site units", "site lost" (units, value sent less in the
        whole run), "bullwhip" and "calm bullwhip" by stock, "swing" and "calm swing" by tier and product.
    days
        Name → sums over the worlds, the last axis being the periods: "sent" and "calm sent" by site,
        "site hit" and "tier hit" (worlds), "lanes" and "calm lanes" (units sent on a lane).
    first
        Number of the first world.
    """

    worlds: dict[str, np.ndarray]
    days: dict[str, np.ndarray]
    first: int

    @property
    def replications(self) -> int:
        """Number of worlds."""
        return self.worlds["site first"].shape[-1]


def ripples_of(plan: Plan, run: Run, calm: Run, first: int, fall: float, window: int) -> Ripples:
    """The ripples of a batch.

    Parameters
    ----------
    plan
        The plan with the events.
    run, calm
        Runs with them and without, with the histories of :func:`ripple_series`.
    first
        Number of the first world.
    fall, window
        As for :func:`hit_days`.
    """
    now, then = run.histories, calm.histories
    sent, usual, fewer = now["ripple sent"], then["ripple sent"], then["ripple asked"] - now["ripple asked"]
    tiers = tier_of_sites(plan)
    found = {"site": measured(sent, usual, fewer, fall, window)}
    found["tier"] = measured(*(by_tier(values, tiers) for values in (sent, usual, fewer)), fall, window)
    count = sent.shape[-1]
    days = {"sent": sent.sum(axis=-1), "calm sent": usual.sum(axis=-1), "lanes": now["lane flow"] * count,
            "calm lanes": then["lane flow"] * count}  # fmt: skip
    worlds = {}
    for line, values in found.items():
        days[f"{line} hit"] = values.pop("hit").sum(axis=-1).astype(float)
        worlds |= {f"{line} {name}": each for name, each in values.items()}
    worlds["site units"], worlds["site lost"] = _sent_less(plan, run, calm)
    for name, each in (("", run), ("calm ", calm)):
        worlds[f"{name}bullwhip"] = bullwhip_by_stock(plan, each.totals)
        worlds[f"{name}swing"] = _swing(plan, each)
    return Ripples(worlds, days, first)


def tier_of_sites(plan: Plan) -> np.ndarray:
    """Position of each site's tier among those of :func:`~twinkit.run.kpis.tier_names`; -1 where nothing is kept."""
    present = np.unique(plan.tiers[plan.net.stock_site])
    keeps = np.bincount(plan.net.stock_site, minlength=len(plan.net.sites)) > 0
    return np.where(keeps, np.searchsorted(present, plan.tiers), -1)


def by_tier(values: np.ndarray, tiers: np.ndarray) -> np.ndarray:
    """Lines of sites added up by tier."""
    return np.stack([values[tiers == k].sum(axis=0) for k in range(tiers.max(initial=-1) + 1)])


def _sent_less(plan: Plan, run: Run, calm: Run) -> tuple[np.ndarray, np.ndarray]:
    """Units, and value, that every site sends less in the whole run, by site and world."""
    lanes, markets = ("total_lane", TOTALS_LANE.sent), ("total_market", TOTALS_MARKET.sent)
    gaps = [getattr(calm.totals, block)[row] - getattr(run.totals, block)[row] for block, row in (lanes, markets)]
    gap = np.concatenate(gaps)
    stock = np.concatenate([plan.net.lane_origin, plan.net.market_stock])
    member = (plan.net.stock_site[stock] == np.arange(len(plan.net.sites))[:, None]).astype(float)
    return member @ gap, (member * site_weights(plan)[stock]) @ gap


def _swing(plan: Plan, run: Run) -> np.ndarray:
    """Var(orders of a tier for a product) / Var(customers' demand for it), by group of :func:`orders_of` and world.

    Demand is in units of the product: what the markets ask for times what it takes of the product.
    NaN where one of the two does not vary, or where nothing that customers buy needs the product.
    """
    counted = slice(int(plan.case.settings["warm_up"]), None)
    _, needed = orders_of(plan)
    demand = np.einsum("gm,mtr->gtr", needed, run.histories["demand"][:, counted])
    orders = run.histories["ripple ordered"][:, counted]
    tiny = TINY * np.maximum(demand.mean(axis=1), TINY) ** 2
    above, below = orders.var(axis=1), demand.var(axis=1)
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=(above > tiny) & (below > tiny))


def joined_ripples(parts: Sequence[Ripples]) -> Ripples:
    """Ripples of several batches as one, in the order of their worlds."""
    parts = sorted(parts, key=lambda p: p.first)
    return Ripples(
        {name: np.concatenate([p.worlds[name] for p in parts], axis=-1) for name in parts[0].worlds},
        {name: sum(p.days[name] for p in parts) for name in parts[0].days}, parts[0].first,
    )  # fmt: skip


# --- the way from site to site

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
