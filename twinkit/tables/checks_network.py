"""Who supplies whom, as numbers, and the checks of loops: nothing is part of itself or goes round in no time.

A pair of site and product is one whole number.  Where a cell of the pair could not
be used, the pair is -1 and counts as a possible match for every pair that agrees in
the other cell, so a slip in one table gives no second sentence in another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twinkit.tables.look import Look, among
from twinkit.tables.problems import Problem, listed, quote


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
        at, line = joined(self.recipes.product[recipes], made[lines])
        recipe, line = recipes[at], lines[line]
        same = named[0][recipe] == named[1][line]  # lines that name the recipe go before those that name none
        own = np.zeros(len(recipes), bool)
        own[at[same]] = True
        chosen = np.where(own[at], same, named[1][line] == "").astype(bool)
        recipe, self.need_lines = recipe[chosen], line[chosen]
        some = np.ones(len(recipe), dtype=bool)
        return recipe, Pairs(self.recipes.site[recipe], parts[self.need_lines], len(self._products), some)

    @cached_property
    def by_products(self) -> Pairs:
        """Pairs of a site that makes something and what comes out with it."""
        made, out = (self.codes("by_products", column, self._products) for column in ("product", "by_product"))
        sure = self.recipes.sure
        at, line = joined(self.recipes.product[sure], np.where((made >= 0) & (out >= 0), made, -1))
        return Pairs(self.recipes.site[sure][at], out[line], len(self._products), np.ones(len(at), bool))

    @cached_property
    def supplied(self) -> np.ndarray:
        """Which stocks a lane or a recipe brings to, or may bring to as far as can be read."""
        stocks, brought = self.stocks, self.by_products.has(self.stocks)
        for pairs in (self.destinations, self.recipes):
            brought = brought | pairs.has(stocks) | pairs.may_have(stocks)
        return brought

    def spell(self, pair: Pairs, i: int) -> tuple[str, str]:
        """Names of site and product of a row's pair."""
        return str(self._sites[pair.site[i]]), str(self._products[pair.product[i]])


def joined(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions in both of all pairs that are equal, by those on the left; codes below 0 on the right equal nothing on the left.

    Examples
    --------
    >>> [found.tolist() for found in joined(np.array([7, 5]), np.array([5, 7, 5]))]
    [[0, 1, 1], [1, 0, 2]]
    """
    order = np.argsort(right, kind="stable")
    first, end = (np.searchsorted(right[order], left, side) for side in ("left", "right"))
    count = end - first
    at = np.repeat(np.arange(len(left)), count)
    return at, order[np.arange(len(at)) + np.repeat(first - (np.cumsum(count) - count), count)]


def network_of(look: Look) -> Network:
    """The network of a case, made once the names have been checked."""
    if look.network is None:
        look.network = Network(look)
    return look.network


# Loops in large graphs: plain functions on arrays of edges, in time linear in the edges.


MANY = 10_000
"""Edges from which on it pays to ask a library whether there is any loop, before each node is looked at."""


class _Graph:
    """A graph from which nodes are taken away.

    Parameters
    ----------
    nodes
        Number of nodes.
    start, end : ndarray of int
        Edges.
    """

    def __init__(self, nodes: int, start: np.ndarray, end: np.ndarray) -> None:
        self.start, self.end = start.tolist(), end.tolist()
        self.left = [True] * nodes
        self.into: dict[int, list[int]] = {}
        self.out: dict[int, list[int]] = {}
        for edge, (a, b) in enumerate(zip(self.start, self.end, strict=True)):
            self.out.setdefault(a, []).append(edge)
            self.into.setdefault(b, []).append(edge)
        self.degree = [len(self.into.get(node, ())) for node in range(nodes)]

    def take(self, nodes: Iterable[int]) -> None:
        """Take nodes away, and all that then nothing leads to."""
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if self.left[node]:
                self.left[node] = False
                for edge in self.out.get(node, ()):
                    self.degree[self.end[edge]] -= 1
                    if self.degree[self.end[edge]] == 0:
                        waiting.append(self.end[edge])

    def take_sources(self) -> None:
        """Take away the nodes that nothing leads to, again and again."""
        self.take([node for node, degree in enumerate(self.degree) if degree == 0])

    def edge_of_loop(self, node: int) -> int:
        """An edge of a loop that leads to a node, found by walking against the edges."""
        seen: set[int] = set()
        while node not in seen:
            seen.add(node)
            edge = next(e for e in self.into[node] if self.left[self.start[e]])
            node = self.start[edge]
        return next(e for e in self.into[node] if self.start[e] in seen and self.left[self.start[e]])

    def loop_with(self, edge: int) -> list[int]:
        """The edges of the shortest loop that begins with an edge; empty if it is on none."""
        goal, first = self.start[edge], self.end[edge]
        came = {first: edge}
        queue = deque([first])
        while queue and goal not in came:
            for step in self.out.get(queue.popleft(), ()):
                if self.left[self.end[step]] and self.end[step] not in came:
                    came[self.end[step]] = step
                    queue.append(self.end[step])
        way = [came[goal]]
        while way[-1] != edge:
            way.append(came[self.start[way[-1]]])
        return way[::-1]


def _has_loop(nodes: int, start: np.ndarray, end: np.ndarray) -> bool:
    """Whether there is a way from some node back to it."""
    edges = coo_array((np.ones(len(start), np.int8), (start, end)), shape=(nodes, nodes))
    return bool((start == end).any()) or (len(start) > 0 and connected_components(edges, connection="strong", return_labels=False) < nodes)


def loops(nodes: int, start: np.ndarray, end: np.ndarray) -> list[list[int]]:
    """Loops of a graph that have no node in common, as lists of edges.

    Parameters
    ----------
    nodes
        Number of nodes.
    start, end : ndarray of int
        Edges.

    Returns
    -------
    list of list of int
        Each a way along edges from a node back to it; none only if there is no loop.

    Examples
    --------
    >>> loops(3, np.array([0, 1, 1]), np.array([1, 0, 2]))
    [[0, 1]]
    """
    if len(start) > MANY and not _has_loop(nodes, start, end):
        return []
    graph = _Graph(nodes, start, end)
    graph.take_sources()
    found = []
    for node in range(nodes):
        while graph.left[node]:
            loop = graph.loop_with(graph.edge_of_loop(node))
            loop = loop[(first := loop.index(min(loop))) :] + loop[:first]
            found.append(loop)
            graph.take([graph.start[edge] for edge in loop])
    return found


def in_loops(nodes: int, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Which nodes are in a loop or on a way from one loop to another."""
    if len(start) > MANY and not _has_loop(nodes, start, end):
        return np.zeros(nodes, dtype=bool)
    both = np.ones(nodes, dtype=bool)
    for ends in ((start, end), (end, start)):
        graph = _Graph(nodes, *ends)
        graph.take_sources()
        both &= np.array(graph.left, dtype=bool)
    return both


# Checks of loops: no product is part of itself, and nothing goes round in no time.


@dataclass(frozen=True)
class Edges:
    """Ways that goods take from stock to stock.

    Parameters
    ----------
    start, end : ndarray of int
        Rows of stocks.
    lane, recipe : ndarray of int
        Row of the lane or of the recipe; -1 for the other kind.
    """

    start: np.ndarray
    end: np.ndarray
    lane: np.ndarray
    recipe: np.ndarray

    def only(self, mask: np.ndarray) -> Edges:
        """Some of the edges."""
        return Edges(self.start[mask], self.end[mask], self.lane[mask], self.recipe[mask])


def supply_edges(network: Network) -> Edges:
    """Every lane and every use of a component whose both ends are known stocks."""
    recipe, parts = network.needs
    made = network.stock_of(network.recipes)[recipe]
    lanes = np.arange(len(network.origins.site))
    start = np.concatenate([network.stock_of(network.origins), network.stock_of(parts)])
    end = np.concatenate([network.stock_of(network.destinations), made])
    lane = np.concatenate([lanes, np.full(len(recipe), -1)])
    recipes = np.concatenate([np.full(len(lanes), -1), recipe])
    return Edges(start, end, lane, recipes).only((start >= 0) & (end >= 0) & (start != end))


def products_not_in_themselves(look: Look) -> Iterator[Problem]:
    """No product goes into itself, directly or through its components."""
    product, component, lines, names = _bill(look, look.good("bill_of_materials", "product", "component"))
    for loop in loops(len(names), product, component):
        path = _path([names[n] for n in [product[loop[0]], *component[loop]]])
        mask = np.zeros(len(look.case["bill_of_materials"]), dtype=bool)
        mask[lines[loop[0]]] = True
        rows = listed([str(look.row("bill_of_materials", lines[e])) for e in loop])
        says = f"goes into itself: {path}" + (f" (rows {rows})" if len(loop) > 1 else "")
        yield from look.cells("bill_of_materials", "product", mask, says, "Take one of these components away.")


def _bill(look: Look, usable: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Product and component of the usable lines of the bill of materials, their rows, and the names."""
    lines = np.flatnonzero(usable)
    product = look.values("bill_of_materials", "product")[lines]
    component = look.values("bill_of_materials", "component")[lines]
    codes, names = pd.factorize(np.concatenate([product, component]))
    return codes[: len(lines)], codes[len(lines) :], lines, names


def _outside_bill_loops(look: Look, edges: Edges) -> np.ndarray:
    """Edges that are not part of a loop of the bill of materials, which has its own sentence (and spoilt lines)."""
    around, products = products_in_themselves(look), look.values("stocks", "product")
    both = among(products[edges.start], around) & among(products[edges.end], around)
    return (edges.lane >= 0) | ~both


def products_in_themselves(look: Look) -> set[str]:
    """Products in a loop of the bill of materials."""
    product, component, _, names = _bill(look, look.live("bill_of_materials"))
    return set(names[in_loops(len(names), product, component)])


def _loops(look: Look, lanes: np.ndarray, recipes: np.ndarray) -> list[tuple[list[int], str, str]]:
    """Loops along some lanes and recipes: (rows of lanes, path of sites, rows in words)."""
    network = network_of(look)
    edges = supply_edges(network)
    usable = np.where(edges.lane >= 0, _at(lanes, edges.lane), _at(recipes, edges.recipe))
    edges = edges.only(usable & _outside_bill_loops(look, edges))
    sites = look.values("stocks", "site")
    found = []
    for loop in loops(len(network.stocks.site), edges.start, edges.end):
        path = [sites[edges.start[loop[0]]], *sites[edges.end[loop]]]
        steps = [path[0], *(b for a, b in pairwise(path) if a != b)]
        rows = [int(edges.lane[e]) for e in loop if edges.lane[e] >= 0]
        words = f"lanes rows {listed([str(look.row('lanes', r)) for r in rows])}"
        found.append((rows, _path(steps), words))
    return found


def _path(names: list[str]) -> str:
    """Names with arrows between them; of a long way the beginning and the end."""
    shown = names if len(names) <= 10 else [*names[:5], *names[-4:]]
    words = [quote(name) for name in shown]
    if len(names) > len(shown):
        words.insert(5, "…")
    return " → ".join(words)


def _at(mask: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return mask[rows] if len(mask) else np.zeros(len(rows), dtype=bool)


def orders_settle(look: Look) -> Iterator[Problem]:
    """Orders do not run round a loop of lanes within one period.

    This matters where an order reaches its supplier in the same period and is passed
    on, tier by tier.
    """
    if not look.fit("day") or look.case.settings["day"] != "order_after_demand":
        return
    at_once = (look.values("lanes", "information_delay") == 0) & look.good("lanes", "information_delay")
    every = np.ones(len(look.case["recipes"]), dtype=bool)
    for rows, path, words in _loops(look, at_once, every):
        says = f"closes a loop without delay in which orders could never be settled: {path} ({words})"
        hint = "Take one of these lanes away, give one an information_delay of 1 or more, or set day to order_first."
        yield from look.cells("lanes", "information_delay", _one(look, rows[0]), says, hint)


def goods_take_time(look: Look) -> Iterator[Problem]:
    """Goods do not run round a loop of lanes and recipes in no time."""
    lanes = (look.values("lanes", "lead_time") == 0) & look.good("lanes", "lead_time")
    recipes = (look.values("recipes", "lead_time") == 0) & look.good("recipes", "lead_time")
    for rows, path, words in _loops(look, lanes, recipes):
        says = f"closes a loop that goods run round in no time: {path} ({words})"
        hint = "Give one of these lanes a lead_time above 0."
        yield from look.cells("lanes", "lead_time", _one(look, rows[0]), says, hint)


def _one(look: Look, row: int) -> np.ndarray:
    mask = np.zeros(len(look.case["lanes"]), dtype=bool)
    mask[row] = True
    return mask


LOOP_CHECKS = (products_not_in_themselves, orders_settle, goods_take_time)
