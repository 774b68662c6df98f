"""Checks of the chain as a whole: who keeps, makes and moves what, where it comes from, and who asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from twinkit.tables.checks_network import Edges, Network, Pairs, network_of, products_in_themselves, supply_edges
from twinkit.tables.look import Look, about, among, checks_in
from twinkit.tables.problems import Problem, listed, quote, shown

# Checks of who keeps, makes and moves what: no lane, recipe or stock hangs in the air.


def lanes_lead_elsewhere(look: Look) -> list[Problem]:
    """A lane goes from one site to another."""
    origin, destination = look.values("lanes", "origin"), look.values("lanes", "destination")
    loops = (origin == destination) & look.good("lanes", "origin", "destination")
    look.spoil("lanes", "origin", loops)
    says = "is the origin of the lane, too; a lane goes from one site to another"
    return look.cells("lanes", "destination", loops, says, "Correct one of the two.")


def ports_hold_nothing(look: Look) -> list[Problem]:
    """A port is passed; it keeps no stock."""
    kinds = look.values("sites", "kind")
    ports = look.values("sites", "site")[(kinds == "port") & look.good("sites", "kind")]
    mask = among(look.values("stocks", "site"), ports)
    says = "is a port, and a port holds no stock"
    return look.cells("stocks", "site", mask, says, "Name it in lanes.via, or make it a warehouse in sites.")


@about("lanes")
def lanes_from_stock(look: Look) -> list[Problem]:
    """The origin of a lane keeps the product, so that there is something to send."""
    network = network_of(look)
    lacks = network.stocks.lack(network.origins)
    neither = lacks & network.stocks.lack(network.destinations)
    product, destination = look.values("lanes", "product"), look.values("lanes", "destination")

    def says(i: int) -> str:
        other = f", nor does {quote(destination[i])}" if neither[i] else ": the lane ships from nowhere"
        return f"holds no stock of {quote(product[i])}{other}"

    look.spoil("lanes", "destination", neither)
    return look.cells("lanes", "origin", lacks, says, lambda i: ADD_STOCK.format(quote(product[i])))


@about("lanes")
def lanes_to_stock(look: Look) -> list[Problem]:
    """The destination of a lane keeps the product."""
    says = "holds no stock of {}: the lane delivers to nowhere"
    return _keeps_none(look, "lanes", "destination", network_of(look).destinations, says, ADD_STOCK)


ADD_STOCK = "Add a row to stocks for this site and {}, or correct the lane."


def _keeps_none(look: Look, table: str, column: str, pairs: Pairs, says: str, hint: str) -> list[Problem]:
    """Sites of rows that keep no stock of the row's product; both sentences have a place for it."""
    product = look.values(table, "product")
    lacks = network_of(look).stocks.lack(pairs)
    return look.cells(table, column, lacks, lambda i: says.format(quote(product[i])), lambda i: hint.format(quote(product[i])))


@about("recipes")
def recipes_have_stock(look: Look) -> list[Problem]:
    """What a site makes has a stock to go to."""
    hint = "Add a row to stocks for this site and {}."
    return _keeps_none(look, "recipes", "site", network_of(look).recipes, "makes {} and holds no stock of it", hint)


@about("recipes")
def components_have_stock(look: Look) -> list[Problem]:
    """A site that makes a product keeps every component of it."""
    network = network_of(look)
    recipe, parts = network.needs
    lacking: dict[int, list[str]] = {}
    usable = look.good("recipes", "site")
    for j in np.flatnonzero(network.stocks.lack(parts) & usable[recipe]):
        lacking.setdefault(int(recipe[j]), []).append(network.spell(parts, j)[1])
    sites = look.values("recipes", "site")
    mask = np.zeros(len(sites), dtype=bool)
    mask[list(lacking)] = True

    def says(i: int) -> str:
        parts = " and ".join(map(quote, lacking[i]))
        return f"needs the component {parts}, of which {quote(sites[i])} holds no stock"

    hint = "Add a row to stocks for the component, with a policy, and a lane that brings it."
    return look.cells("recipes", "product", mask, says, hint)


def stocks_have_source(look: Look) -> list[Problem]:
    """A stock that is asked for is supplied: by a lane, a recipe or the world outside."""
    network = network_of(look)
    stocks = network.stocks
    alone = stocks.sure & look.good("stocks", "policy") & ~network.supplied & ~gives_by_itself(look) & asked_for(network)
    return unsupplied(look, alone, "holds {}, which is asked for and which nobody supplies")


def unsupplied(look: Look, alone: np.ndarray, says: str) -> list[Problem]:
    """Stocks that nobody supplies; `says` has a place for the product."""
    products = look.values("stocks", "product")
    hint = "Add a lane that brings it or a recipe that makes it, or give it the policy unlimited."
    return look.cells("stocks", "site", alone, lambda i: says.format(quote(products[i])), hint)


def asked_for(network: Network) -> np.ndarray:
    """Which stocks a lane, a market or a recipe draws on."""
    stocks = network.stocks
    return network.origins.has(stocks) | network.markets.has(stocks) | network.needs[1].has(stocks)


def gives_by_itself(look: Look) -> np.ndarray:
    """Which stocks need no supplier: unlimited ones, and those that only use up what they have."""
    policy = look.values("stocks", "policy")
    return (policy == "unlimited") | ((policy == "none") & (look.values("stocks", "on_hand") > 0))


def markets_have_stock(look: Look) -> list[Problem]:
    """The site that serves a market keeps the product."""
    hint = "Add a row to stocks for this site and the product, or let another site serve the market."
    return _keeps_none(look, "markets", "site", network_of(look).markets, "holds no stock of {}, which the market asks for", hint)


SUPPLY_CHECKS = checks_in(globals())


# Checks of sources: shares add up, and every market can be reached from a source.


CLOSE = 1e-6
"""By how much a sum of shares may miss 1."""


def shares_add_up(look: Look) -> list[Problem]:
    """The shares of a stock's sources add up to 1 where orders are split by shares."""
    network = network_of(look)
    stocks = len(look.case["stocks"])
    total, count, ones = np.zeros(stocks), np.zeros(stocks), np.zeros(stocks)
    unsure = network.destinations.may_have(network.stocks) | network.recipes.may_have(network.stocks)
    for table, pairs in (("lanes", network.destinations), ("recipes", network.recipes)):
        share, row = look.values(table, "share"), network.stock_of(pairs)
        usable = (row >= 0) & look.good(table, "share")
        unsure[row[(row >= 0) & look.live(table) & ~look.good(table, "share")]] = True
        dated = ~np.isnan(look.values(table, "valid_from")) | ~np.isnan(look.values(table, "valid_until"))
        unsure[row[(row >= 0) & dated]] = True  # shares count among the sources that take orders at the time
        total += np.bincount(row[usable], share[usable], stocks)
        count += np.bincount(row[usable], minlength=stocks)
        ones += np.bincount(row[usable], share[usable] == 1, stocks)
    by_shares = (look.values("stocks", "sourcing") == "shares") & look.good("stocks", "sourcing", "policy")
    by_shares &= look.values("stocks", "policy") != "unlimited"
    wrong = network.stocks.sure & by_shares & ~unsure & (count > 0) & (np.abs(total - 1) > CLOSE)
    return _wrong_shares(look, wrong, total, count, ones)


def _wrong_shares(
    look: Look, wrong: np.ndarray, total: np.ndarray, count: np.ndarray, ones: np.ndarray
) -> list[Problem]:
    if not wrong.any():
        return []
    network = network_of(look)
    sources: dict[int, list[str]] = {}
    for table, pairs in (("lanes", network.destinations), ("recipes", network.recipes)):
        row = network.stock_of(pairs)
        for i in np.flatnonzero(look.live(table) & (row >= 0) & wrong[row]):
            sources.setdefault(int(row[i]), []).append(f"{table} row {look.row(table, i)}")

    def says(i: int) -> str:
        needs, where = "needs shares that add up to 1", listed(sources[i], 6)
        if count[i] == 1:
            return f"{needs}; the only source ({where}) has the share {shown(float(total[i]))}"
        left = ", for all were left at 1" if ones[i] == count[i] else ""
        sum_ = shown(round(float(total[i]), 9))
        return f"{needs}; those of the {int(count[i])} sources ({where}) add up to {sum_}{left}"

    def hint(i: int) -> str:
        if count[i] == 1:
            return "Write 1 for a single source."
        return "Write shares such as 0.7 and 0.3, or choose sourcing priority, fastest or cheapest."

    return look.cells("stocks", "sourcing", wrong, says, hint)


def markets_reached(look: Look) -> list[Problem]:
    """Goods can reach a market from a source: an unlimited stock or a recipe without components."""
    if look.gone & {"stocks", "lanes", "recipes", "bill_of_materials"}:
        return []
    network = network_of(look)
    stock = network.stock_of(network.markets)
    dry = (stock >= 0) & ~_reached(look)[stock]
    products = look.values("markets", "product")
    return look.cells(
        "markets",
        "site",
        dry,
        lambda i: f"can never get {quote(products[i])}: its suppliers only supply each other",
        "Add a lane from a source, or give one of the suppliers the policy unlimited.",
    )


def _reached(look: Look) -> np.ndarray:
    """Which stocks goods can reach.

    A recipe makes its product once all its components are there.  A stock that has
    its own sentence, or that cannot be judged, counts as reached.
    """
    network = network_of(look)
    stocks, edges = network.stocks, supply_edges(network)
    recipe_stock = network.stock_of(network.recipes)
    uses = np.bincount(edges.recipe[edges.recipe >= 0], minlength=len(recipe_stock))
    reached = np.array(among(look.values("stocks", "product"), products_in_themselves(look)))
    reached |= gives_by_itself(look) | ~look.good("stocks", "site", "product", "policy")
    for pairs in (network.destinations, network.recipes):
        reached |= pairs.may_have(stocks)
    reached |= network.by_products.has(stocks)
    raw = recipe_stock[(uses == 0) & (recipe_stock >= 0)]
    reached[raw] = True
    _unknown_origins(look, reached)
    return _spread(reached, edges, uses)


def _unknown_origins(look: Look, reached: np.ndarray) -> None:
    """Count a stock as reached whose lane comes from an origin that cannot be used."""
    network = network_of(look)
    end = network.stock_of(network.destinations)
    lost = (end >= 0) & (network.stock_of(network.origins) < 0)
    reached[end[lost]] = True


def _spread(reached: np.ndarray, edges: Edges, uses: np.ndarray) -> np.ndarray:
    order = np.argsort(edges.start, kind="stable")
    first = np.searchsorted(edges.start[order], np.arange(len(reached) + 1))
    end, recipe, missing = edges.end[order], edges.recipe[order], uses.copy()
    waiting = np.flatnonzero(reached).tolist()
    while waiting:
        node = waiting.pop()
        for edge in range(first[node], first[node + 1]):
            made = recipe[edge]
            if made >= 0:
                missing[made] -= 1
                if missing[made]:
                    continue
            if not reached[end[edge]]:
                reached[end[edge]] = True
                waiting.append(int(end[edge]))
    return reached


SOURCE_CHECKS = (shares_add_up, markets_reached)


# Checks of markets, their history, lead times and places on the map.


RECORDED = ("history", "resampled")
"""Kinds of demand that are taken from the table of history."""

PAIR = ["market", "product"]


def _is(look: Look, *kinds: str) -> np.ndarray:
    demand = look.values("markets", "demand")
    return among(demand, kinds) & look.good("markets", "demand")


def mean_given(look: Look) -> list[Problem]:
    """Demand that is drawn has a mean."""
    drawn = ~_is(look, *RECORDED) & look.good("markets", "demand")
    kinds = look.values("markets", "demand")
    return look.cells(
        "markets",
        "mean",
        drawn & np.isnan(look.values("markets", "mean")),
        lambda i: f"the cell is empty; demand {quote(kinds[i])} needs a mean",
        "Write the mean demand in a period, or choose demand history and fill the table of history.",
    )


def spread_fits(look: Look) -> list[Problem]:
    """The spread of demand is one that its distribution can have."""
    mean, spread = look.values("markets", "mean"), look.values("markets", "spread")
    kinds_of = look.values("markets", "demand")
    usable = look.good("markets", "mean") & ~np.isnan(mean)
    problems = look.cells(
        "markets",
        "spread",
        _is(look, "uniform") & usable & (spread > mean),
        lambda i: f"is above the mean {shown(float(mean[i]))}; uniform demand would become negative",
        "Uniform demand lies between mean - spread and mean + spread: lower the spread.",
    )
    problems += look.cells(
        "markets",
        "spread",
        _is(look, "negative_binomial") & usable & (spread**2 <= mean),
        lambda i: f"is too low for negative_binomial demand: spread² must be above the mean {shown(float(mean[i]))}",
        "Raise the spread, or choose demand poisson.",
    )
    for kinds, most in ((("negative_binomial",), 10.0), (("normal", "lognormal"), 100.0)):
        problems += look.cells(
            "markets",
            "spread",
            _is(look, *kinds) & usable & (spread > most * mean),
            lambda i, most=most: (
                f"is more than {most:g} times the mean {shown(float(mean[i]))}: demand of {kinds_of[i]} "
                "would come so seldom that no run could show its mean"
            ),
            "Lower the spread, give the mean, or choose demand history.",
        )
    return problems


def lengths_of_time_clear(look: Look) -> list[Problem]:
    """Demand given for another length of time can be converted only if periods are like each other and each has demand."""
    problems, every = [], look.values("markets", "every")
    for column in ("mean", "spread"):
        given = look.converted.get(("markets", column))
        if given is None:
            continue
        seldom = given & (every != 1) & look.good("markets", "every")
        says = lambda i: f"is for another length of time than a period, and customers order every {every[i]:g} periods"  # noqa: E731
        hint = "Write the units of one order, without a unit of time."
        problems += look.cells("markets", column, seldom, says, hint)
        tied = given & (look.values("markets", "autocorrelation") != 0) & (column == "spread")
        says = "is for another length of time than a period, and autocorrelated demand has no one spread of it"
        problems += look.cells("markets", column, tied, says, "Write the standard deviation of one period.")
    return problems


@about("history")
def history_has_market(look: Look) -> list[Problem]:
    """A row of history is about a product that its market asks for."""
    if "markets" in look.gone or not all(look.good("markets", c).all() for c in PAIR):
        return []
    history = look.case["history"][PAIR]
    asked = pd.MultiIndex.from_frame(look.case["markets"][PAIR])
    unknown = ~pd.MultiIndex.from_frame(history).isin(asked) & look.good("history", *PAIR)
    first = unknown & ~history.duplicated().to_numpy()
    markets = look.values("history", "market")
    look.spoil("history", "market", unknown & ~first)
    return look.cells(
        "history",
        "product",
        first,
        lambda i: f"is not asked for by market {quote(markets[i])}; markets has no such row",
        "Add the row to markets, or correct the product.",
    )


def history_complete(look: Look) -> Iterator[Problem]:
    """Demand that is replayed has every period of its history from 0 to the last, each once; that which is drawn from has no holes."""
    if "history" in look.gone or not _is(look, *RECORDED).any():
        return
    rows = look.case["history"][[*PAIR, "period"]]
    unsure = rows[~look.good("history", *PAIR, "period") & look.live("history")]
    known = {k: set(g.astype(int)) for k, g in rows[look.good("history", *PAIR, "period")].groupby(PAIR)["period"]}
    replayed = _is(look, "history")
    wanted = look.case["markets"][PAIR][_is(look, *RECORDED) & look.good("markets", *PAIR)]
    doubtful = set(unsure["market"]) | set(unsure["product"])
    for i, pair in zip(wanted.index, wanted.itertuples(index=False, name=None), strict=True):
        if not doubtful & {*pair, ""}:
            says = _history_wrong(pair, known.get(pair, set()), bool(replayed[i]))
            mask = np.zeros(len(look.case["markets"]), dtype=bool)
            mask[i] = bool(says)
            yield from look.cells("markets", "demand", mask, says, "Add the rows to history.") if says else []


def _history_wrong(pair: tuple[str, str], periods: set[int], replayed: bool) -> str:
    if not periods:
        return f"needs rows in history, and there are none for {quote(pair[0])} and {quote(pair[1])}"
    first, last = 0 if replayed else min(0, *periods), max(periods)
    if last < first:
        return f"replays the history of {quote(pair[0])} and {quote(pair[1])}, which ends before the run begins (start_date)"
    lacking = sorted(set(range(first, last + 1)) - periods)
    if not lacking:
        return ""
    which = listed([str(n) for n in lacking], 5)
    return f"needs every period of history from {first} to {last}; missing for {quote(pair[0])}: {which}"


def lead_time_spread_fits(look: Look) -> list[Problem]:
    """A lead time that varies has a spread, and a uniform one does not become negative."""
    kind = look.values("lanes", "lead_time_kind")
    mean, spread = look.values("lanes", "lead_time"), look.values("lanes", "lead_time_spread")
    readable = look.good("lanes", "lead_time_kind")
    problems = look.cells(
        "lanes",
        "lead_time_spread",
        readable & among(kind, ("normal", "lognormal", "uniform")) & (spread == 0),
        lambda i: f"does not vary, but lead_time_kind is {kind[i]}",
        "Write the spread in periods, or lead_time_kind fixed.",
    )
    return problems + look.cells(
        "lanes",
        "lead_time_spread",
        readable & look.good("lanes", "lead_time") & (kind == "uniform") & (spread > mean),
        lambda i: f"is above the lead time {shown(float(mean[i]))}; a uniform lead time would become negative",
        "A uniform lead time lies between lead_time - spread and lead_time + spread: lower the spread.",
    )


def positions_complete(look: Look) -> Iterator[Problem]:
    """A place on the map has a latitude and a longitude."""
    for table in ("sites", "markets"):
        for lacking, given in (("latitude", "longitude"), ("longitude", "latitude")):
            half = np.isnan(look.values(table, lacking)) & ~np.isnan(look.values(table, given))
            says = f"the cell is empty, but {given} is given; a place on the map needs both"
            half &= look.good(table, given)
            yield from look.cells(table, lacking, half, says, f"Fill in the {lacking}, or empty the {given}.")


DEMAND_CHECKS = checks_in(globals(), SUPPLY_CHECKS, SOURCE_CHECKS)
