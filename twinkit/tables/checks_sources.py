"""Checks of sources: shares add up, and every market can be reached from a source."""

from __future__ import annotations

import numpy as np

from twinkit.tables.checks_loops import Edges, products_in_themselves, supply_edges
from twinkit.tables.checks_supply import gives_by_itself
from twinkit.tables.look import Look, among
from twinkit.tables.network import network_of
from twinkit.tables.problems import Problem, listed, quote, shown

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
    return _spread(reached, edges, recipe_stock, uses)


def _unknown_origins(look: Look, reached: np.ndarray) -> None:
    """Count a stock as reached whose lane comes from an origin that cannot be used."""
    network = network_of(look)
    end = network.stock_of(network.destinations)
    lost = (end >= 0) & (network.stock_of(network.origins) < 0)
    reached[end[lost]] = True


def _spread(reached: np.ndarray, edges: Edges, recipe_stock: np.ndarray, uses: np.ndarray) -> np.ndarray:
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


CHECKS = (shares_add_up, markets_reached)
