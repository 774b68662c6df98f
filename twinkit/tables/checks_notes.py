"""Notes: what is legal in a case and perhaps not meant.

A value of a table either acts or is answered by a sentence.  Here are the sentences about
values that nothing reads where they stand, and about figures that come out other than a person
may expect.  They keep nothing from being run (:func:`twinkit.notes_of`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import ndtr, pdtr

from twinkit import rooms
from twinkit.tables.checks_network import network_of
from twinkit.tables.emissions import lane_emissions
from twinkit.tables.look import Look, about, among, checks_in
from twinkit.tables.problems import Problem, shown
from twinkit.tables.schema_events import AT_ONCE

RECORDED = ("history", "resampled")
"""Kinds of demand that are taken from the table of history."""

MARGIN_MATTERS = 0.01
"""Share by which a margin must differ from price less value to be told."""

LEAD_MATTERS = 0.01
"""Share by which a lead time without overtaking must be longer on the mean to be told."""

CUT_MATTERS = 1e-3
"""Share by which cutting normal demand at 0 must raise its mean to be told (as :mod:`twinkit.chain.chance` has it)."""

_DRAWN = "demand is {kind}: nothing reads it"

IDLE: tuple[tuple[str, tuple[str, ...], str, tuple[str, ...], str], ...] = (
    ("markets", ("spread",), "demand", ("constant", "poisson", *RECORDED), _DRAWN),
    ("markets", ("mean", "season", "season_peak", "trend"), "demand", RECORDED, _DRAWN),
    ("markets", ("autocorrelation",), "demand", ("constant", "history"), _DRAWN),
    ("lanes", ("lead_time_spread",), "lead_time_kind", ("fixed", "poisson"), "lead_time_kind is {kind}: nothing reads it"),
    ("stocks", ("unit_cost",), "policy", (), "only a stock with the policy unlimited buys outside"),
    ("stocks", ("limit_to_supplier", "reroute", "ramp_up", "sourcing"), "policy", ("unlimited", "none"),
     "a stock with the policy {kind} orders nothing"),
    ("stocks", ("holding_cost", "on_hand"), "policy", ("unlimited",), "a stock with the policy unlimited has nothing on hand"),
    ("events", ("recovery_time",), "recovery", ("step",), "recovery is step, which takes no time"),
    ("events", ("duration_kind", "recovery"), "kind", AT_ONCE, "the event happens in one period"),
)  # fmt: skip
"""Table, columns, the column that decides, the words there with which nothing reads them, and why."""


def _idle(look: Look, table: str, name: str, mask: np.ndarray, why: str) -> list[Problem]:
    hits = look.given(table, name) & mask
    says = f"is given and changes nothing in a run: {why}"
    return look.lines(table, name, hits, says, "Empty the cell, or change what keeps it from acting.") if hits.any() else []


def values_that_nothing_reads(look: Look) -> Iterator[Problem]:
    """Values that the kind of their row leaves unread."""
    for table, names, decides, words, why in IDLE:
        kinds = look.values(table, decides)
        mask = among(kinds, words) if words else kinds != "unlimited"
        for name in names:
            for word in dict.fromkeys(kinds[mask & look.given(table, name)]):
                yield from _idle(look, table, name, mask & (kinds == word), why.format(kind=word))


def sites_without_use(look: Look) -> Iterator[Problem]:
    """A site, or a port, that no other table names: nothing can happen there."""
    sites = look.values("sites", "site")
    named = {part.strip() for cell in look.values("lanes", "via").tolist() for part in cell.split(";")}
    for table in look.case.tables:
        for name, column in look.columns(table).items():
            if column.refers == "sites.site" and table != "sites" and name in look.case[table]:
                named |= set(look.values(table, name).tolist())
    unused = ~np.isin(sites.astype(str), sorted(named))
    if not unused.all():  # a case of another room alone has sites of its own
        yield from look.cells("sites", "site", unused, "is named by no other table, so nothing happens there", "Take it away, or add its stocks and lanes.")


def limits_without_use(look: Look) -> Iterator[Problem]:
    """A site's capacity limits what it makes; a site without recipes makes nothing."""
    makers = look.values("recipes", "site")
    idle = ~among(look.values("sites", "site"), makers)
    why = "it limits what recipes start, and the site has none; a lane's capacity limits what is sent"
    yield from _idle(look, "sites", "capacity", idle, why)
    actors = look.values("sites", "actor")
    named = (actors != "") & ~among(actors, rooms.ACTORS)
    hint = "Pass it where a chain is made: Chain(case, actors={name: class}), or tell twinkit.rooms.add_actor of it."
    says = "is the name of an actor class; without that class the site runs as its kind does"
    yield from look.lines("sites", "actor", named, says, hint)


def starts_without_way(look: Look) -> Iterator[Problem]:
    """What is on the way at the start needs a way that takes time."""
    lead = look.values("lanes", "lead_time")
    yield from _idle(look, "lanes", "start_in_transit", lead < 0.5, "the lead time is less than half a period")
    delay = look.values("lanes", "information_delay")
    yield from _idle(look, "lanes", "start_orders", delay == 0, "there is no information delay")
    making = look.values("recipes", "lead_time")
    yield from _idle(look, "recipes", "start_in_work", making == 0, "the lead time is 0")
    for table, kind, spread in (("lanes", "lead_time_kind", "lead_time_spread"), ("markets", "demand", "spread")):
        same = among(look.values(table, kind), ("normal", "lognormal", "uniform")) & (look.values(table, spread) == 0)
        yield from _idle(look, table, kind, same, f"{spread} is 0, so nothing is drawn")
    lengthened = among(look.values("events", "kind"), ("lead_time_increase", "transit_delayed", "transit_rerouted")).any()
    fixed = (look.values("lanes", "lead_time_kind") == "fixed") & (not lengthened)
    yield from _idle(look, "lanes", "crossing", fixed, "the lead time is fixed, so nothing overtakes")
    instant = (look.values("events", "recovery_time") == 0) & ~among(look.values("events", "kind"), AT_ONCE)
    yield from _idle(look, "events", "recovery", instant, "recovery_time is 0")
    yield from _idle(look, "markets", "season_peak", look.values("markets", "season") == 0, "there is no season")
    quick = ~np.isnan(look.values("lanes", "expedite_lead_time"))
    yield from _idle(look, "lanes", "expedite_cost", ~quick, "without expedite_lead_time nothing is expedited")
    yield from _idle(look, "lanes", "expedite", ~quick, "without expedite_lead_time nothing is expedited")


def terms_without_use(look: Look) -> Iterator[Problem]:
    """Returns need a share that comes back, recipes that stand in need another; orders must be able to fill a load."""
    for name in ("return_delay", "resold_share"):
        yield from _idle(look, "markets", name, look.values("markets", "returned_share") == 0, "returned_share is 0")
    network = network_of(look)
    made = network.stock_of(network.recipes)
    few = np.bincount(made[made >= 0], minlength=len(look.case["stocks"])) < 2
    yield from _idle(look, "stocks", "other_recipes", few, "the site has less than two recipes of the product")
    to, load = network.stock_of(network.destinations), look.values("lanes", "full_load")
    level = look.values("stocks", "order_up_to") + look.values("stocks", "safety_stock") + look.values("stocks", "build_up")
    short = (to >= 0) & (load > level[to] if len(level) else False)

    def says(i: int) -> str:
        return f"is above the destination's level {shown(float(level[to[i]]))}: while nothing is owed there, what is ordered fills no load, and nothing leaves"

    yield from look.lines("lanes", "full_load", short, says, "Raise the destination's level, or let less than a full load leave.")


def scrap_without_use(look: Look) -> Iterator[Problem]:
    """Scrap comes from yields, from goods that are kept too long, and from what customers send back."""
    recipes, stocks, markets = (look.case[t] for t in ("recipes", "stocks", "markets"))
    losing = look.values("recipes", "yield_rate") < 1
    if among(look.values("events", "kind"), ("yield_loss",)).any():
        losing = np.ones(len(recipes), dtype=bool)
    ageing = ~np.isnan(look.values("stocks", "shelf_life"))
    back = (look.values("markets", "returned_share") > 0) & (look.values("markets", "resold_share") < 1)
    some = {*recipes["product"][losing], *stocks["product"][ageing], *markets["product"][back]}
    never = ~among(look.values("products", "product"), tuple(some))
    why = "no recipe of the product loses any (yield_rate), no stock of it ages (shelf_life), and no customer returns any for scrap"
    yield from _idle(look, "products", "scrap_value", never, why)


def sources_ranked_or_shared(look: Look) -> Iterator[Problem]:
    """Shares are for orders that are split by shares, ranks for those by priority; both for a stock with several sources."""
    network = network_of(look)
    how, n = look.values("stocks", "sourcing"), len(look.case["stocks"])
    sources = sum(np.bincount(row[row >= 0], minlength=n) for row in map(network.stock_of, (network.destinations, network.recipes)))
    orders = ~among(look.values("stocks", "policy"), ("unlimited", "none"))
    yield from _idle(look, "stocks", "sourcing", (sources < 2) & orders, "the stock has less than two sources")
    for table, pairs in (("lanes", network.destinations), ("recipes", network.recipes)):
        row = network.stock_of(pairs)
        chosen = np.where(row >= 0, how[row] if len(how) else "", "")
        ranks = () if look.case.settings["whole_units"] else (("rank", "priority"),)  # whole units are shared out by rank
        for name, word in (("share", "shares"), *ranks):
            alone = (row >= 0) & (sources[row] < 2 if n else False)
            yield from _idle(look, table, name, alone, "the stock that it supplies has no other source")
            idle = (row >= 0) & (chosen != word) & ~alone
            yield from _idle(look, table, name, idle, f"sourcing of the stock that it supplies is not {word}")


def customers_ranked(look: Look) -> Iterator[Problem]:
    """Ranks of customers count where somebody is served before others."""
    network = network_of(look)
    rows = {"lanes": network.stock_of(network.origins), "markets": network.stock_of(network.markets)}
    n, rationing = len(look.case["stocks"]), look.values("stocks", "rationing")
    customers = sum(np.bincount(row[row >= 0], minlength=n) for row in rows.values())
    alone, served = rows["markets"], ~look.values("markets", "partial").astype(bool)
    in_turn = (rationing == "priority") | (np.bincount(alone[(alone >= 0) & served], minlength=n) > 0)
    in_turn |= look.case.whole(look.case["stocks"]["product"])  # whole units are shared out by rank
    for table, row in rows.items():
        why = "the stock has no other customer"
        yield from _idle(look, table, "priority", (row >= 0) & (customers[row] < 2), why)
        why = "rationing of the stock that serves it is not priority"
        yield from _idle(look, table, "priority", (row >= 0) & (customers[row] > 1) & ~in_turn[row], why)
    yield from _idle(look, "stocks", "rationing", customers < 2, "the stock has less than two customers")
    yield from _idle(look, "stocks", "backlog_cost", customers < 1, "the stock has no customers, so it owes nothing")
    if not look.given("lanes", "discount").any():
        return
    lane = ["origin", "destination", "product", "mode"]
    broken = pd.MultiIndex.from_frame(look.case["lanes"][lane]).isin(pd.MultiIndex.from_frame(look.case["price_breaks"][lane]))
    yield from _idle(look, "lanes", "discount", ~broken, "the lane has no price_breaks")


@about("bill_of_materials")
def substitutes_with_ratio(look: Look) -> Iterator[Problem]:
    """A ratio of a substitute needs a substitute."""
    bill = "bill_of_materials"
    yield from _idle(look, bill, "substitute_ratio", look.values(bill, "substitute") == "", "no substitute is named")


@about("events")
def lengths_in_whole_periods(look: Look) -> Iterator[Problem]:
    """An event lasts whole periods."""
    duration = look.values("events", "duration")
    random = look.values("events", "duration_spread") > 0
    odd = ~np.isnan(duration) & (duration != np.round(duration)) & ~random
    odd &= look.values("events", "duration_kind") != "geometric"
    hint = "Write a whole number of periods, or make periods shorter in settings."
    yield from look.lines("events", "duration", odd, lambda i: f"lasts {np.floor(duration[i] + 0.5):g} whole periods", hint)


def normal_demand_cut(look: Look) -> Iterator[Problem]:
    """Normal demand that would often be negative has another shape, with the same mean and spread."""
    mean, spread = look.values("markets", "mean"), look.values("markets", "spread")
    some = (look.values("markets", "demand") == "normal") & (spread > 0) & (mean > 0)
    ratio = np.where(some, mean / np.where(spread > 0, spread, 1.0), 40.0)
    loss = np.exp(-0.5 * ratio**2) / np.sqrt(2 * np.pi) - ratio * ndtr(-ratio)
    cut = some & (loss > CUT_MATTERS * ratio)

    def says(i: int) -> str:
        below = 100 * float(ndtr(-ratio[i]))
        return (
            f"beside the mean {shown(float(mean[i]))} would make {below:.0f} % of normal values negative; they are cut at 0 and "
            "the rest is fitted, so that mean and standard deviation are as given"
        )

    yield from look.lines("markets", "spread", cut, says, "Choose lognormal, negative_binomial or poisson if that fits better.")


@about("history")
def history_long_enough(look: Look) -> Iterator[Problem]:
    """A history that is shorter than the run is told over again."""
    if "history" in look.gone:
        return
    ends = look.case["history"].groupby(["market", "product"])["period"].max()
    markets = look.case["markets"]
    told = ends.reindex(pd.MultiIndex.from_frame(markets[["market", "product"]])).to_numpy(float) + 1
    periods = look.case.settings["periods"]
    short = (markets["demand"] == "history").to_numpy() & (told < periods)
    says = lambda i: f"has {told[i]:g} periods of history and the run {periods}: the history is told over again"  # noqa: E731
    hint = "Add rows, shorten the run, or choose demand resampled."
    yield from look.lines("markets", "demand", short, says, hint)


def lead_times_without_overtaking(look: Look) -> Iterator[Problem]:
    """Random lead times without overtaking are longer on the mean than stated."""
    lanes = {n: look.values("lanes", n) for n in ("lead_time", "lead_time_spread", "lead_time_kind", "crossing")}
    random = among(lanes["lead_time_kind"], ("normal", "lognormal", "uniform", "poisson")) & ~lanes["crossing"].astype(bool)
    found = {}
    for i in np.flatnonzero(random):
        key = (lanes["lead_time_kind"][i], float(lanes["lead_time"][i]), float(lanes["lead_time_spread"][i]))
        if key not in found:
            found[key] = realised_lead_time(*key)
    mean = np.array([
        found.get((k, float(m), float(s)), 0.0) if r else 0.0
        for k, m, s, r in zip(lanes["lead_time_kind"], lanes["lead_time"], lanes["lead_time_spread"], random, strict=True)
    ])  # fmt: skip
    longer = random & (mean > (1 + LEAD_MATTERS) * lanes["lead_time"])

    def says(i: int) -> str:
        return (
            f"is {mean[i]:.2f} on the mean where something is sent in every period, since no shipment overtakes an earlier one "
            f"(stated: {shown(float(lanes['lead_time'][i]))})"
        )

    yield from look.lines("lanes", "lead_time", longer, says, "Write yes under crossing, or a shorter lead_time.")


def realised_lead_time(kind: str, mean: float, spread: float) -> float:
    """Mean of a random lead time where something is sent in every period and nothing is overtaken.

    A shipment arrives when it and all before it would have arrived: with the distribution
    function F of whole periods, the chance of at most x periods is ∏ F(x + k) over k = 0, 1, ….

    Parameters
    ----------
    kind
        Word of ``lanes.lead_time_kind``.
    mean, spread
        Mean and standard deviation (half width if it is uniform) [periods].

    Examples
    --------
    >>> round(realised_lead_time("normal", 30, 6), 1)
    35.9
    """
    if kind != "poisson" and spread <= 0:
        return mean
    wide = {"poisson": 4 * np.sqrt(mean), "uniform": spread}.get(kind, 4 * spread)
    cap = int(min(np.ceil(mean + wide), 20_000))
    x = np.arange(cap + 1) + 0.5
    if kind == "normal":
        most = ndtr((x - mean) / spread)
    elif kind == "uniform":
        most = np.clip((x - mean + spread) / (2 * spread), 0, 1)
    elif kind == "poisson":
        most = pdtr(x - 0.5, mean)
    else:
        s2 = np.log1p((spread / mean) ** 2) if mean > 0 else 1.0
        most = ndtr((np.log(x) - np.log(max(mean, 1e-300)) + s2 / 2) / np.sqrt(s2))
    most[-1] = 1.0
    log = np.log(np.maximum(most, 1e-300))
    together = np.exp(np.cumsum(log[::-1])[::-1])  # all that were sent before, too
    return float((1.0 - together).sum())


def margins_agree(look: Look) -> list[Problem]:
    """A margin of a lost sale beside a price and a value is what the price leaves above the value."""
    values = dict(zip(look.values("products", "product"), look.values("products", "value"), strict=True))
    value = np.array([values.get(p, np.nan) for p in look.values("markets", "product")], float)
    price, margin = look.values("markets", "price").astype(float), look.values("markets", "lost_margin").astype(float)
    back, fit = look.values("markets", "returned_share"), look.values("markets", "resold_share")
    left = price * (1 - back) - value * (1 - back * fit)  # of what customers keep
    differs = (price > 0) & (value > 0) & (np.abs(margin - left) > MARGIN_MATTERS * np.maximum(np.abs(left), 1e-9))

    def says(i: int) -> str:
        kept = " of what customers keep" if back[i] > 0 else ""
        sum_of = f"price {shown(float(price[i]))} less value {shown(float(value[i]))}{kept} is {shown(float(left[i]))}"
        if margin[i] < left[i]:
            return f"is not what the price leaves: {sum_of}, and that is what a lost sale costs here, as margin and in what is earned"
        return f"is above what the price leaves: {sum_of}; the rest counts as what else goes with a lost customer"

    hint = "Leave lost_margin empty to have it worked out, or mend the price (what is received for a unit) or the value (what it costs)."
    return look.lines("markets", "lost_margin", differs, says, hint)


def emissions_known(look: Look) -> Iterator[Problem]:
    """Emissions are told for all lanes together or not at all."""
    lanes, products = look.case["lanes"], look.case["products"]
    begun = lanes["emissions"].notna().any() or lanes["distance"].notna().any() or (products["mass"] > 0).any()
    if not begun or not len(lanes):
        return
    _, missing = lane_emissions(lanes, look.case["sites"], products)
    lacking = np.array([bool(m) for m in missing])
    says = lambda i: f"cannot be worked out without {missing[i]}, so the KPI emissions is not told"  # noqa: E731
    yield from look.lines("lanes", "emissions", lacking, says, "Give it, or the emissions of a unit on this lane.")


def own_emissions(look: Look) -> Iterator[Problem]:
    """A lane that states its emissions needs no distance, and its product no mass."""
    own = look.case["lanes"]["emissions"].notna().to_numpy()
    yield from _idle(look, "lanes", "distance", own, "the lane states its own emissions")
    moved = look.values("lanes", "product")
    only = ~among(look.values("products", "product"), tuple(dict.fromkeys(moved[~own])))
    yield from _idle(look, "products", "mass", only, "every lane that moves it states its own emissions, or none moves it")


CHECKS = checks_in(globals())
