"""The ripple of an event: what every site sends, world by world, against the same world without the event.

A site is *hit* on a day when it sends less than a share (``fall``) of what it sends that day in
the paired run, and so over the last ``window`` periods together (so that a shipment that
leaves a day later is no ripple), and has sent less in all by then (so that what was sent early
is no ripple either).  What is missing splits exactly: a site sends less because it was asked for
less, or because it owes or has lost what it was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twinkit.chain.layout import SP, TOTALS_LANE, TOTALS_MARKET, UNLIMITED
from twinkit.chain.plan import Plan, mean_flows
from twinkit.chain.records import Series, series
from twinkit.study.kpis import bullwhip_by_stock
from twinkit.study.runs import Run
from twinkit.study.series import map_series, product_values, study_series

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
    "not asked for": ("money", "of what is missing at worst: what the site was asked for less by then (the ripple goes upstream)"),
    "owed": ("money", "of what is missing at worst: the rest, owed or lost for want of goods (the ripple goes downstream)"),
}  # fmt: skip
"""Unit and definition of every number of a ripple."""


def site_weights(plan: Plan) -> np.ndarray:
    """Value of a unit of each stock [money/unit]; 1 at a site where nothing that is kept has a value."""
    net = plan.net
    value = product_values(plan, net.stocks["product"])
    valued = np.bincount(net.stock_site, value, len(net.sites)) > 0
    return np.where(valued[net.stock_site], value, 1.0)


def ripple_series(plan: Plan) -> list[Series]:
    """What a scorecard keeps of a run: what other studies keep, and by site what is sent and asked for."""
    if "ripple" not in plan.notes:
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
        plan.notes["ripple"] = [*study_series(plan), *map_series(plan), *own]
    return plan.notes["ripple"]


def _groups(plan: Plan) -> list[tuple[int, str]]:
    """Tier and product of every stock."""
    net = plan.net
    return list(zip(plan.tiers[net.stock_site].tolist(), net.stocks["product"], strict=True))


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
    if "orders of" not in plan.notes:
        net, of = plan.net, _groups(plan)
        groups = sorted(set(of))
        orders = plan.stock_n[SP.policy] != UNLIMITED  # what a source has without limit it orders nowhere
        member = np.array([[group == own for own in of] for group in groups], float) * orders
        every = net.markets["every"].to_numpy(float)
        unit = [mean_flows(net, (every * (np.arange(len(every)) == m))[:, None]).stock for m in range(len(every))]
        plan.notes["orders of"] = groups, member @ np.array(unit).T.reshape(len(of), len(every))
    return plan.notes["orders of"]


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
    """Position of each site's tier among those of :func:`~twinkit.study.series.tier_names`; -1 where nothing is kept."""
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
