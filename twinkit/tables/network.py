"""Who supplies whom, as numbers: the stocks, lanes and recipes of a case as a graph.

A pair of site and product is one whole number.  Where a cell of the pair could not
be used, the pair is -1 and counts as a possible match for every pair that agrees in
the other cell, so a slip in one table gives no second sentence in another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from twinkit.tables.look import Look


@dataclass(frozen=True)
class Pairs:
    """(site, product) of some rows.

    Parameters
    ----------
    site, product : ndarray of int
        Codes, -1 where the cell cannot be used.
    products
        Number of products.
    live : ndarray of bool
        Rows that count.
    unknown
        True if the table could not be read.
    """

    site: np.ndarray
    product: np.ndarray
    products: int
    live: np.ndarray
    unknown: bool = False

    @cached_property
    def sure(self) -> np.ndarray:
        """Rows whose pair is known."""
        return self.live & (self.site >= 0) & (self.product >= 0)

    @cached_property
    def key(self) -> np.ndarray:
        """The pair as one number, or -1."""
        return np.where(self.sure, self.site * self.products + self.product, -1)

    def has(self, other: Pairs) -> np.ndarray:
        """Which pairs of `other` surely are among these."""
        return np.isin(other.key, self.key[self.sure])

    def may_have(self, other: Pairs) -> np.ndarray:
        """Which pairs of `other` may be among the rows that cannot be read in full."""
        if self.unknown:
            return np.ones(len(other.site), dtype=bool)
        no_site, no_product = self.live & (self.site < 0), self.live & (self.product < 0)
        maybe = np.isin(other.product, self.product[no_site & ~no_product])
        maybe |= np.isin(other.site, self.site[no_product & ~no_site])
        return maybe | bool((no_site & no_product).any())

    def lack(self, other: Pairs) -> np.ndarray:
        """Which pairs of `other` are known and surely not among these."""
        return other.sure & ~self.has(other) & ~self.may_have(other)


class Network:
    """The pairs of every table and the places of the stocks.

    Parameters
    ----------
    look
        The case, with names checked.

    Attributes
    ----------
    stocks, recipes, markets, origins, destinations : Pairs
        Pairs of the rows; `origins` and `destinations` are those of the lanes.
    """

    def __init__(self, look: Look) -> None:
        self.look = look
        self._sites = pd.Index(pd.unique(look.values("sites", "site")))
        self._products = pd.Index(pd.unique(look.values("products", "product")))
        self.stocks = self.pairs("stocks")
        self.recipes = self.pairs("recipes")
        self.markets = self.pairs("markets")
        self.origins = self.pairs("lanes", "origin")
        self.destinations = self.pairs("lanes", "destination")

    def codes(self, table: str, column: str, names: pd.Index) -> np.ndarray:
        """Code of the name in each row, -1 where the cell cannot be used."""
        codes = names.get_indexer(pd.Index(self.look.values(table, column)))
        bad = self.look.bad.get((table, column))
        return np.where(bad, -1, codes) if bad is not None else codes

    def pairs(self, table: str, site: str = "site", product: str = "product") -> Pairs:
        """Pairs of site and product of the rows of a table."""
        sites, products = self.codes(table, site, self._sites), self.codes(table, product, self._products)
        gone = table in self.look.gone
        return Pairs(sites, products, len(self._products), self.look.live(table), gone)

    @cached_property
    def _order(self) -> np.ndarray:
        rows = np.flatnonzero(self.stocks.sure)
        return rows[np.argsort(self.stocks.key[rows], kind="stable")]

    def stock_of(self, pairs: Pairs) -> np.ndarray:
        """Row of the stock that has each pair, or -1."""
        keys = self.stocks.key[self._order]
        if not len(keys):
            return np.full(len(pairs.site), -1)
        at = np.minimum(np.searchsorted(keys, pairs.key), len(keys) - 1)
        return np.where((keys[at] == pairs.key) & pairs.sure, self._order[at], -1)

    @cached_property
    def needs(self) -> tuple[np.ndarray, Pairs]:
        """What recipes take: (row of the recipe, pair of its site and the component); `need_lines` has the rows of the bill."""
        made = self.codes("bill_of_materials", "product", self._products)
        parts = self.codes("bill_of_materials", "component", self._products)
        lines = np.flatnonzero(self.look.live("bill_of_materials") & (made >= 0) & (parts >= 0) & (made != parts))
        recipes = np.flatnonzero(self.recipes.sure)
        named = self.look.values("recipes", "recipe"), self.look.values("bill_of_materials", "recipe")
        left = pd.DataFrame({"product": self.recipes.product[recipes], "recipe": recipes, "name": named[0][recipes]})
        right = pd.DataFrame({"product": made[lines], "part": parts[lines], "line": lines, "name": named[1][lines]})
        own = left.merge(right, on=["product", "name"])
        rest = left[~left["recipe"].isin(own["recipe"])].drop(columns="name")
        both = pd.concat([own, rest.merge(right[right["name"] == ""], on="product")], ignore_index=True)
        recipe, self.need_lines = both["recipe"].to_numpy(np.int64), both["line"].to_numpy(np.int64)
        pairs = Pairs(
            self.recipes.site[recipe],
            both["part"].to_numpy(np.int64),
            len(self._products),
            np.ones(len(both), dtype=bool),
        )
        return recipe, pairs

    @cached_property
    def by_products(self) -> Pairs:
        """Pairs of a site that makes something and what comes out with it."""
        makers = pd.DataFrame({"site": self.recipes.site, "made": self.recipes.product})[self.recipes.sure]
        lines = pd.DataFrame({c: self.codes("by_products", column, self._products) for c, column in (("made", "product"), ("out", "by_product"))})
        both = makers.merge(lines[(lines >= 0).all(axis=1)], on="made")
        return Pairs(both["site"].to_numpy(np.int64), both["out"].to_numpy(np.int64), len(self._products), np.ones(len(both), bool))

    def spell(self, pair: Pairs, i: int) -> tuple[str, str]:
        """Names of site and product of a row's pair."""
        return str(self._sites[pair.site[i]]), str(self._products[pair.product[i]])


def network_of(look: Look) -> Network:
    """The network of a case, made once the names have been checked."""
    if look.network is None:
        look.network = Network(look)
    return look.network
