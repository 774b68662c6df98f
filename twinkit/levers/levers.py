"""Levers: parameters that a person may move, with a unit, a range and a default.

Moving a lever changes the tables of a case; everything else follows from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from twinkit import rooms
from twinkit.chain.network import network_of, tiers_of
from twinkit.levers.lever import AT_ONCE, COUNTED, FORESEEN, REACTION, Lever
from twinkit.levers.sourcing import (
    AHEAD,
    BEFORE,
    BUILT,
    LEAST_AHEAD,
    Goods,
    acting,
    acting_at,
    all_flows,
    backups,
    beside,
    build_before_events,
    build_so_long_before,
    by_stock,
    ramping,
    second_sources,
    set_backup,
    set_beside,
    set_ramp_up,
    set_second_source,
    share_of_seconds,
    sites_of,
    turned_over,
)
from twinkit.tables.case import Case
from twinkit.tables.problems import listed
from twinkit.words import counted, tier_words

__all__ = ["Lever", "all_flows", "levers_of", "moved_levers", "second_sources"]


def add_safety_days(tier: int, case: Case, days: float) -> Case:
    """Safety stock of so many days of mean demand on top, at every stock of a tier."""
    net = case.derived(network_of)
    rate = case.derived(all_flows).stock
    periods = days / case.settings["period_days"]
    stocks = case["stocks"]
    extra = by_stock(net, np.where(acting_at(net, tier), rate * periods, 0.0), stocks)
    return case.replace(stocks=stocks.assign(safety_stock=stocks["safety_stock"] + extra))


def set_expediting(case: Case, on: bool) -> Case:
    """Let every lane that can be expedited be expedited while its destination is short, or none."""
    lanes = case["lanes"]
    return case.replace(lanes=lanes.assign(expedite=lanes["expedite_lead_time"].notna() & on))


def add_capacity(case: Case, share: float, tier: int | None = None) -> Case:
    """Give every recipe and site with a stated capacity, of a tier or all, so much more of what it has."""
    recipes, sites = case["recipes"], case["sites"]
    net = case.derived(network_of)
    tiers = dict(zip(net.sites["site"], tiers_of(net), strict=True))
    more = {name: 1 + share * (tier is None or k == tier) for name, k in tiers.items()}
    return case.replace(
        recipes=recipes.assign(capacity=recipes["capacity"] * recipes["site"].map(more).astype(float)),
        sites=sites.assign(capacity=sites["capacity"] * sites["site"].map(more).astype(float)),
    )


def set_detection(case: Case, days: float) -> Case:
    """Notice trouble after so many days."""
    return case.replace(settings={"detection_delay": int(days / case.settings["period_days"] + 0.5)})


def set_substitution(case: Case, on: bool) -> Case:
    """Use the substitutes that the bill of materials names while components are short, or none."""
    bill = case["bill_of_materials"]
    return case.replace(bill_of_materials=bill.assign(use_substitute=(bill["substitute"] != "") & on))


BESIDE = "second_source:"
"""Begins the name of the lever of one supplier; its name follows."""


def levers_of(case: Case, named: Iterable[str] = ()) -> list[Lever]:
    """Levers that a case has; a lever that would change nothing is left out.

    Parameters
    ----------
    case
        The case.
    named
        Names of levers: those of a second source for one supplier (:func:`second_source_for`) are among the levers where they are named.
    """
    single = [second_source_for(case, n.removeprefix(BESIDE)) for n in dict.fromkeys(named) if n.startswith(BESIDE)]
    return [*case.derived(_levers), *(lever for lever, _ in single if lever)]


def second_source_for(case: Case, name: str) -> tuple[Lever | None, str]:
    """The lever of a second source for a site, a company or a country; None if the tables know no other source, and why.

    Parameters
    ----------
    case
        The case.
    name
        Of the site, the company or the country that is bought from.
    """
    known = case.derived(_single)
    if name not in known:
        known[name] = _second_source_for(case, name)
    return known[name]


def half_elsewhere(lever: Lever) -> float:
    """Where the lever of a second source for one supplier stands if half of what it delivers now comes from the others [share]."""
    return min(round((1 + lever.start) / 2, 2), lever.high)


def _single(case: Case) -> dict[str, tuple[Lever | None, str]]:
    """Where the levers of single suppliers are kept."""
    return {}


def _second_source_for(case: Case, name: str) -> tuple[Lever | None, str]:
    rows, why = beside(case, name)
    if why:
        return None, why
    start, stock, sites = round(share_of_seconds(rows), 4), ["destination", "product"], sites_of(case, name)
    lanes = case["lanes"]
    all_of_them = len(lanes.loc[lanes["origin"].isin(sites) & ~lanes["destination"].isin(sites), stock].drop_duplicates())
    have = len(rows[stock].drop_duplicates())
    other = listed(sorted(set(rows.loc[~rows["main"], "origin"])), 3)
    return Lever(
        BESIDE + name, f"Second source for {name}", "share", 0.0, max(0.95, start), 0.05, start,
        f"share of what is bought from {name} today and can be bought from {other}, too ({have} of the {all_of_them} stocks that it supplies), that the others "
        "get from the start, on the mean; capacity moves with the orders, none is made up. Qualifying a source and keeping it are not counted",
        partial(set_beside, name), turned_over=partial(turned_over, lambda now: beside(now, name)[0]),
    ), ""  # fmt: skip


def moved_levers(case: Case, levers: Mapping[str, Any]) -> dict[str, Any]:
    """Levers that do not stand where the case has them, and those that it does not know."""
    starts = {lever.name: lever.start for lever in levers_of(case, levers)}
    return {k: v for k, v in levers.items() if k not in starts or v != starts[k]}


def _levers(case: Case) -> list[Lever]:
    makers = [_safety_lever(case, k) for k in _tiers(case)]
    found = [
        *makers,
        *_build_up_levers(case),
        *_sourcing_levers(case),
        *_reaction_levers(case),
        *_capacity_levers(case),
    ]
    return [*found, *(lever for levers in rooms.LEVERS.values() for lever in levers(case))]


def _sourcing_levers(case: Case) -> list[Lever]:
    """Second sources, suppliers on call, how fast orders go over to them, and substitutes."""
    found, second, spare = [], second_sources(case), backups(case)
    found += _second_source_levers(case)
    if len(spare):
        found.append(Lever(
            "backup_supplier", "Backup suppliers on call", "yes/no", 0, 1, 1, False,
            f"{len(spare)} lanes with a share of 0 are used while the other sources of the stock are out; the fee for "
            "being on call is not counted", set_backup, needs=REACTION,
        ))  # fmt: skip
    if len(second) or len(spare):
        here = ramping(case)
        days = float(case["stocks"].loc[here, "ramp_up"].mean()) * case.settings["period_days"]
        found.append(Lever(
            "ramp_up", "Ramp-up of second sources", "days", 0.0, 180.0, 5.0, round(days, 4),
            f"days until orders have gone over to second sources and suppliers on call, at {int(here.sum())} stocks: from when "
            "trouble is noticed, or from when levers are moved in the middle of a run; what being quick costs is not counted",
            set_ramp_up, None if days > 0 else AT_ONCE, bought="less",
        ))  # fmt: skip
    named = case["bill_of_materials"].query("substitute != ''")
    if len(named):
        names = listed(sorted(set(named["component"])), 4)
        found.append(Lever(
            "substitution", "Use substitutes", "yes/no", 0, 1, 1, bool(named["use_substitute"].all()),
            f"while {names} run short, what the bill of materials names takes their place where a site keeps it; "
            "what it costs to qualify it is not counted", set_substitution, needs=REACTION,
        ))  # fmt: skip
    return found


def _second_source_levers(case: Case) -> list[Lever]:
    """Shares of second sources; where both finished goods and components have them, a lever for each.

    Freight of finished goods is mostly what the first is about, and risk what the second is.
    """
    second = second_sources(case)
    both = second["finished"].nunique() == 2
    kinds: dict[str, Goods] = {"second_source": "components" if both else None}
    if both:
        kinds["second_source_finished"] = "finished"
    found = []
    for name, goods in kinds.items() if len(second) else ():
        rows = second_sources(case, goods)
        start, stocks = round(share_of_seconds(rows), 4), len(rows[["destination", "product"]].drop_duplicates())
        of = {"components": " of components", "finished": " of finished goods", None: ""}[goods]
        found.append(Lever(
            name, f"Share of second sources{of}", "share", 0.0, max(0.5, start), 0.05, start,
            f"share of the orders{of} that goes to second sources, on the mean over {counted(stocks, 'stock')} with one; capacity moves with "
            "the orders from one source to the other. Qualifying a source, keeping it on standby and discounts for volume are "
            "not counted", partial(set_second_source, goods), turned_over=partial(turned_over, partial(second_sources, goods=goods)),
        ))  # fmt: skip
    return found


def _reaction_levers(case: Case) -> list[Lever]:
    """Expedited freight, and how soon trouble is noticed."""
    found, lanes, can = [], case["lanes"], case["lanes"]["expedite_lead_time"].notna()
    if can.any():
        found.append(Lever(
            "expediting", "Expedited freight", "yes/no", 0, 1, 1, bool(lanes.loc[can, "expedite"].all()),
            f"use the faster, dearer freight of {int(can.sum())} lanes while the receiver is short", set_expediting,
            COUNTED if (lanes.loc[can, "expedite_cost"] > 0).all() else None, REACTION,
        ))  # fmt: skip
    if can.any() or len(backups(case)) or case["stocks"]["reroute"].any():
        now = float(case.settings["detection_delay"] * case.settings["period_days"])
        found.append(Lever(
            "detection_delay", "Notice trouble after", "days", 0.0, 60.0, 1.0, now,
            "days until orders are rerouted around a source that is out or backups are called, and until freight is expedited "
            "for a site that is short; what it costs to notice sooner is not counted", set_detection, None if now > 0 else AT_ONCE,
            bought="less",
        ))  # fmt: skip
    return found


def _capacity_levers(case: Case) -> list[Lever]:
    """More capacity everywhere, and tier by tier; where both are moved they multiply."""
    net = case.derived(network_of)
    limited = case["recipes"].loc[case["recipes"]["capacity"].notna(), "site"]
    limited = set(limited) | set(case["sites"].loc[case["sites"]["capacity"].notna(), "site"]) & set(
        case["recipes"]["site"]
    )
    if not limited:
        return []
    found = [Lever(
        "extra_capacity", "Extra production capacity", "share", 0.0, 0.5, 0.05, 0.0,
        "more capacity at every recipe; what it costs to have it is not counted", add_capacity,
    )]  # fmt: skip
    tiers = sorted(set(tiers_of(net)[net.sites["site"].isin(limited).to_numpy()].tolist()))
    for k in tiers if len(tiers) > 1 else []:
        found.append(Lever(
            f"extra_capacity_tier_{k}", f"Extra production capacity {tier_words(k)}", "share", 0.0, 0.5, 0.05, 0.0,
            f"more capacity at every recipe {tier_words(k)} (tier {k}), on top of that of all tiers (1.1 × 1.1 = 1.21); what it costs to have "
            "it is not counted", partial(add_capacity, tier=k),
        ))  # fmt: skip
    return found


def _tiers(case: Case) -> list[int]:
    net = case.derived(network_of)
    return sorted(set(tiers_of(net)[net.stock_site[acting(net)]].tolist()))


def _safety_lever(case: Case, tier: int) -> Lever:
    net = case.derived(network_of)
    sites = tuple(dict.fromkeys(net.stocks["site"][acting_at(net, tier)]))
    return Lever(
        f"safety_days_tier_{tier}", f"Extra stock {tier_words(tier)}", "days", 0.0, 60.0, 1.0, 0.0,
        f"days of mean demand kept on top as safety stock {tier_words(tier)} (tier {tier}): at {listed(sites, 4)}",
        partial(add_safety_days, tier), COUNTED if _keeping_costs(case, acting_at(net, tier)) else None, sites=sites,
    )  # fmt: skip


def _build_up_levers(case: Case) -> list[Lever]:
    """Stock that is built up before an event, where the case knows of events."""
    here = acting(case.derived(network_of))
    if not len(case["events"]) or not here.any():
        return []
    price = COUNTED if _keeping_costs(case, here) else None
    return [
        Lever(
            BUILT, "Build stock before the event", "days", 0.0, 60.0, 1.0, 0.0,
            "days of mean demand that are kept on top until the event is over, at the stocks that what it hits supplies; "
            "for an event that is known beforehand", build_before_events, price, FORESEEN,
        ),
        Lever(
            BEFORE, "Begin to build it so long before", "days", LEAST_AHEAD, 180.0, 5.0, AHEAD,
            "days before the start of the event in which that stock is ordered", build_so_long_before, price, FORESEEN,
        ),
    ]  # fmt: skip


def _keeping_costs(case: Case, here: np.ndarray) -> bool:
    """Whether every stock of some that has a flow has a holding cost."""
    raised = here & (case.derived(all_flows).stock > 0)
    return bool((case.derived(network_of).stocks["holding_cost"].to_numpy(float)[raised] > 0).all())
