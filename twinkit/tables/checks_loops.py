"""Checks of loops: no product is part of itself, and nothing goes round in no time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from twinkit.tables.graphs import in_loops, loops
from twinkit.tables.look import Look, among
from twinkit.tables.network import Network, network_of
from twinkit.tables.problems import Problem, listed, quote


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


def products_not_in_themselves(look: Look) -> list[Problem]:
    """No product goes into itself, directly or through its components."""
    product, component, lines, names = _bill(look, look.good("bill_of_materials", "product", "component"))
    problems = []
    for loop in loops(len(names), product, component):
        path = _path([names[n] for n in [product[loop[0]], *component[loop]]])
        mask = np.zeros(len(look.case["bill_of_materials"]), dtype=bool)
        mask[lines[loop[0]]] = True
        rows = listed([str(look.row("bill_of_materials", lines[e])) for e in loop])
        says = f"goes into itself: {path}" + (f" (rows {rows})" if len(loop) > 1 else "")
        problems += look.cells("bill_of_materials", "product", mask, says, "Take one of these components away.")
    return problems


def _bill(look: Look, usable: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Product and component of the usable lines of the bill of materials, their rows, and the names."""
    lines = np.flatnonzero(usable)
    product = look.values("bill_of_materials", "product")[lines]
    component = look.values("bill_of_materials", "component")[lines]
    codes, names = pd.factorize(np.concatenate([product, component]))
    return codes[: len(lines)], codes[len(lines) :], lines, names


def _outside_bill_loops(look: Look, network: Network, edges: Edges) -> np.ndarray:
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
    edges = edges.only(usable & _outside_bill_loops(look, network, edges))
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


def orders_settle(look: Look) -> list[Problem]:
    """Orders do not run round a loop of lanes within one period.

    This matters where an order reaches its supplier in the same period and is passed
    on, tier by tier.
    """
    if not look.fit("day") or look.case.settings["day"] != "order_after_demand":
        return []
    at_once = (look.values("lanes", "information_delay") == 0) & look.good("lanes", "information_delay")
    every = np.ones(len(look.case["recipes"]), dtype=bool)
    problems = []
    for rows, path, words in _loops(look, at_once, every):
        says = f"closes a loop without delay in which orders could never be settled: {path} ({words})"
        hint = "Give one of these lanes an information_delay of 1 or more, or set day to order_first."
        problems += look.cells("lanes", "information_delay", _one(look, rows[0]), says, hint)
    return problems


def goods_take_time(look: Look) -> list[Problem]:
    """Goods do not run round a loop of lanes and recipes in no time."""
    lanes = (look.values("lanes", "lead_time") == 0) & look.good("lanes", "lead_time")
    recipes = (look.values("recipes", "lead_time") == 0) & look.good("recipes", "lead_time")
    problems = []
    for rows, path, words in _loops(look, lanes, recipes):
        says = f"closes a loop that goods run round in no time: {path} ({words})"
        hint = "Give one of these lanes a lead_time above 0."
        problems += look.cells("lanes", "lead_time", _one(look, rows[0]), says, hint)
    return problems


def _one(look: Look, row: int) -> np.ndarray:
    mask = np.zeros(len(look.case["lanes"]), dtype=bool)
    mask[row] = True
    return mask


CHECKS = (products_not_in_themselves, orders_settle, goods_take_time)
