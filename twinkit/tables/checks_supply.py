"""Checks of who keeps, makes and moves what: no lane, recipe or stock hangs in the air."""

from __future__ import annotations

import numpy as np

from twinkit.tables.look import Look, among
from twinkit.tables.network import Network, network_of
from twinkit.tables.problems import Problem, quote


def lanes_lead_elsewhere(look: Look) -> list[Problem]:
    """A lane goes from one site to another."""
    origin, destination = look.values("lanes", "origin"), look.values("lanes", "destination")
    loops = (origin == destination) & look.good("lanes", "origin", "destination")
    look.spoil("lanes", "origin", loops)
    says = "is the origin of the lane, too; a lane goes from one site to another"
    return look.cells("lanes", "destination", loops, says, "Correct one of the two.")


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
    return look.cells("lanes", "origin", lacks, says, lambda i: _add_stock(product[i]))


def lanes_to_stock(look: Look) -> list[Problem]:
    """The destination of a lane keeps the product."""
    network = network_of(look)
    product = look.values("lanes", "product")
    return look.cells(
        "lanes",
        "destination",
        network.stocks.lack(network.destinations),
        lambda i: f"holds no stock of {quote(product[i])}: the lane delivers to nowhere",
        lambda i: _add_stock(product[i]),
    )


def _add_stock(product: str) -> str:
    return f"Add a row to stocks for this site and {quote(product)}, or correct the lane."


def ports_hold_nothing(look: Look) -> list[Problem]:
    """A port is passed; it keeps no stock."""
    kinds = look.values("sites", "kind")
    ports = look.values("sites", "site")[(kinds == "port") & look.good("sites", "kind")]
    mask = among(look.values("stocks", "site"), ports)
    says = "is a port, and a port holds no stock"
    return look.cells("stocks", "site", mask, says, "Name it in lanes.via, or make it a warehouse in sites.")


def recipes_have_stock(look: Look) -> list[Problem]:
    """What a site makes has a stock to go to."""
    network = network_of(look)
    products = look.values("recipes", "product")
    return look.cells(
        "recipes",
        "site",
        network.stocks.lack(network.recipes),
        lambda i: f"makes {quote(products[i])} and holds no stock of it",
        lambda i: f"Add a row to stocks for this site and {quote(products[i])}.",
    )


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
    supplied = network.destinations.has(stocks) | network.destinations.may_have(stocks)
    supplied |= network.recipes.has(stocks) | network.recipes.may_have(stocks) | network.by_products.has(stocks)
    alone = stocks.sure & look.good("stocks", "policy") & ~supplied & ~gives_by_itself(look) & asked_for(network)
    products = look.values("stocks", "product")
    return look.cells(
        "stocks",
        "site",
        alone,
        lambda i: f"holds {quote(products[i])}, which is asked for and which nobody supplies",
        "Add a lane that brings it or a recipe that makes it, or give it the policy unlimited.",
    )


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
    network = network_of(look)
    products = look.values("markets", "product")
    return look.cells(
        "markets",
        "site",
        network.stocks.lack(network.markets),
        lambda i: f"holds no stock of {quote(products[i])}, which the market asks for",
        "Add a row to stocks for this site and the product, or let another site serve the market.",
    )


CHECKS = (
    lanes_lead_elsewhere,
    ports_hold_nothing,
    lanes_from_stock,
    lanes_to_stock,
    recipes_have_stock,
    components_have_stock,
    stocks_have_source,
    markets_have_stock,
)
