"""The ripple as tables: sites, tiers by day, the path, and the bullwhip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twinkit.study.ripple import by_tier, orders_of, over_window, tier_of_sites
from twinkit.study.ripple_path import HERE, Hop, struck_sites
from twinkit.study.series import tier_names
from twinkit.study.statistics import SHARE, mean_interval, share_interval

if TYPE_CHECKING:
    from twinkit.study.scorecard_result import Scorecard


def ripple(card: Scorecard) -> pd.DataFrame:
    """Every site that is hit in some world, in the order of the days.

    Returns
    -------
    DataFrame
        site, tier; struck (an event acts on the site itself); direction (how it begins: "downstream": goods are
        owed; "upstream": it is asked for less); worlds (share in which it is hit) with its Wilson interval
        worlds_low to worlds_high; of the worlds in which it is hit: first (median first period) with
        first_q05 and first_q95 [period], after (median time since the event began), days (median of the
        periods in which it is hit) [periods], throughput (mean of the least share of the usual) with
        throughput_low and throughput_high [share]; of all worlds: missing (most that it is behind at
        any time) with missing_low and missing_high, not_asked (of it, because less was asked for), lost
        (sent less in the whole run) with lost_low and lost_high [money], units_lost [units]; came_from
        and delay [periods] as in :func:`path`.
    """
    struck = struck_sites(card.plan)
    rows = [_site_row(card, hop, bool(struck[hop.site])) for hop in card.hops]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    if not len(table):
        return table
    return table.merge(path(card)[["site", "came_from", "delay"]], on="site", how="left", validate="1:1")


_COLUMNS = [
    "site", "tier", "struck", "direction", "worlds", "worlds_low", "worlds_high", "first", "first_q05", "first_q95", "after",
    "days", "throughput", "throughput_low", "throughput_high", "missing", "missing_low", "missing_high", "not_asked", "lost",
    "lost_low", "lost_high", "units_lost",
]  # fmt: skip


def _site_row(card: Scorecard, hop: Hop, struck: bool) -> tuple:
    plan, w, j = card.plan, card.ripples.worlds, hop.site
    first = w["site first"][j]
    hit = np.isfinite(first)
    q05, q50, q95 = np.quantile(first[hit], (0.05, 0.5, 0.95), method="higher")
    missing, low, high = mean_interval(w["site missing"][j])
    return (
        plan.net.sites["site"].iloc[j], int(plan.tiers[j]), struck, hop.way,
        *share_interval(int(hit.sum()), len(hit)), q50, q05, q95, _median(first[hit] - card.starts[hit]),
        _median(w["site days"][j][hit]), *mean_interval(w["site worst"][j][hit], within=SHARE), missing, low, high,
        float(w["site not asked"][j].mean()), *mean_interval(w["site lost"][j]), float(w["site units"][j].mean()),
    )  # fmt: skip


def _median(values: np.ndarray) -> float:
    return float(np.quantile(values, 0.5, method="higher"))


def path(card: Scorecard) -> pd.DataFrame:
    """From where the ripple came to each site, in the order of the days.

    Returns
    -------
    DataFrame
        site, tier, first (median first period); direction ("event" where it begins, "downstream",
        "upstream", or "unclear" where no neighbour is hit); came_from (the neighbour; of a site where it
        begins, the events); delay (median periods since the neighbour was hit; without one, since the
        event began) with delay_q05 and
        delay_q95 [periods]; lead_time (of the lane; for orders its information delay), buffer (delay
        less lead time: time that stock bought) [periods]; share (of the worlds with a hit in which it
        came from there).
    """
    names, first = card.plan.net.sites["site"], card.ripples.worlds["site first"]
    events = ", ".join(card.outcome.events)
    rows = []
    for hop in card.hops:
        hit = np.isfinite(first[hop.site])
        here = first[hop.site][hit]
        began = here - card.starts[hit]
        delays = began if hop.source < 0 else hop.delay
        q05, q50, q95 = (float(q) for q in np.quantile(delays, (0.05, 0.5, 0.95), method="higher"))
        came = names.iloc[hop.source] if hop.source >= 0 else events if hop.direction == HERE else ""
        rows.append((names.iloc[hop.site], int(card.plan.tiers[hop.site]), _median(here), hop.direction, came, q50, q05,
                     q95, hop.lead_time, q50 - hop.lead_time, hop.share))  # fmt: skip
    columns = ["site", "tier", "first", "direction", "came_from", "delay", "delay_q05", "delay_q95", "lead_time", "buffer",
               "share"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def by_day(card: Scorecard, what: str) -> pd.DataFrame:
    """Throughput by site or tier and day, for a heat map.

    Parameters
    ----------
    card
        The scorecard.
    what
        "site" or "tier".

    Returns
    -------
    DataFrame
        site (with its tier) or tier, period, share (of the usual throughput, sums over the window of
        all worlds; NaN where there is none), hit (share of the worlds in which it is hit that day).
    """
    plan, days = card.plan, card.ripples.days
    now, usual = days["sent"], days["calm sent"]
    if what == "tier":
        tiers = tier_of_sites(plan)
        now, usual, labels = by_tier(now, tiers), by_tier(usual, tiers), {"tier": _tiers(card)}
        kept = np.ones(len(now), bool)
    else:
        kept = usual.sum(axis=1) > 0
        labels = {"site": plan.net.sites["site"].to_numpy()[kept], "tier": plan.tiers[kept]}
    above, below = over_window(now[kept], card.window), over_window(usual[kept], card.window)
    share = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    periods = share.shape[1]
    columns = {name: np.repeat(values, periods) for name, values in labels.items()}
    columns["period"] = np.tile(np.arange(periods), len(share))
    return pd.DataFrame({**columns, "share": share.ravel(), "hit": (days[f"{what} hit"][kept] / card.worlds).ravel()})


def _tiers(card: Scorecard) -> np.ndarray:
    return np.array([int(name.split()[-1]) for name in tier_names(card.plan)])


def bullwhip(card: Scorecard) -> pd.DataFrame:
    """Bullwhip ratios without the event and with it, each over the whole run (after the warm-up).

    Returns
    -------
    DataFrame
        level ("stock", "tier": mean over its stocks where both vary, or "end to end": orders that the tier
        places for one product against what customers' demand takes of it), tier, name;
        without, with, their paired difference with its 95 % interval low to high, and worlds in which both are
        defined.  Where orders or demand do not vary the ratio is not defined (NaN).
    """
    w, plan = card.ripples.worlds, card.plan
    stocks = plan.net.stocks
    tiers = plan.tiers[plan.net.stock_site]
    without, with_event = w["calm bullwhip"], w["bullwhip"]
    rows = []
    groups, _ = orders_of(plan)
    for tier in _tiers(card):
        for k in [k for k, (here, _) in enumerate(groups) if here == tier]:
            name = f"customers to tier {tier}: {groups[k][1]}"
            rows.append(("end to end", tier, name, *_both(w["calm swing"][k], w["swing"][k])))
        pair = (_mean_defined(values[tiers == tier]) for values in (without, with_event))
        rows.append(("tier", tier, f"tier {tier}", *_both(*pair)))
    for i, (site, product) in enumerate(zip(stocks["site"], stocks["product"], strict=True)):
        rows.append(("stock", int(tiers[i]), f"{site} | {product}", *_both(without[i], with_event[i])))
    columns = ["level", "tier", "name", "without", "with", "difference", "low", "high", "worlds"]
    return pd.DataFrame(rows, columns=columns)


def _mean_defined(values: np.ndarray) -> np.ndarray:
    count = np.isfinite(values).sum(axis=0)
    return np.divide(np.nansum(values, axis=0), count, out=np.full(values.shape[1], np.nan), where=count > 0)


def _both(without: np.ndarray, with_event: np.ndarray) -> tuple:
    good = np.isfinite(without) & np.isfinite(with_event)
    if not good.any():
        return (np.nan,) * 5 + (0,)
    return (float(without[good].mean()), float(with_event[good].mean()), *mean_interval((with_event - without)[good]),
            int(good.sum()))  # fmt: skip
