"""What came of what: lots, where they are, what went into them and what became of them.

A node is a lot at a place; an edge says that so many units of one node became part of another, by being made into it,
sent or packed.  Everything is arrays and sparse matrices, so that a million edges are traced in a fraction of a second.
Batch dispersion is that of Dupuy, Botta-Genoulaz & Guinet (2005), Journal of Food Engineering 70.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from twinkit.rules import DUST
from twinkit.tables.problems import did_you_mean, listed, quote

MADE, SENT, PACKED = range(3)
"""Kinds of edges."""


@dataclass(frozen=True)
class Recall:
    """What has to be called back because of some lots.

    Attributes
    ----------
    lots
        Names of the nodes that have them in them, themselves left out.
    places
        Where units of them are or were sold.
    units, sold, left
        Units to call back: sold already, and still there [units].
    own, own_sold
        Units of the lots themselves that are left, and that were sold as they are [units].
    """

    lots: tuple[str, ...]
    places: tuple[str, ...]
    units: float
    sold: float
    left: float
    own: float
    own_sold: float


@dataclass(frozen=True)
class Genealogy:
    """Nodes and edges.

    Attributes
    ----------
    names, place, product, day
        Of every node: its name, where it is, what it is of, and the day on which it was made (NaN = not known).
    begun
        Units of every node that came from nowhere in the records: bought, commissioned, there at the start [units].
    made
        Whether a node was made out of others or came in by itself, and was not only sent here.
    known
        Whether the records say where a node came from.
    source, target, units, kind
        Of every edge: numbers of the nodes, units of the source that went, and what happened.
    out
        Units of the target that came of it; by default as many as went in.
    sold, gone
        Units of every node that customers have, and that were scrapped [units].
    """

    names: Sequence[str]
    place: np.ndarray
    product: np.ndarray
    day: np.ndarray
    begun: np.ndarray
    made: np.ndarray
    known: np.ndarray
    source: np.ndarray
    target: np.ndarray
    units: np.ndarray
    kind: np.ndarray
    out: np.ndarray
    sold: np.ndarray
    gone: np.ndarray
    _index: dict[str, int] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._index.update((name, i) for i, name in enumerate(self.names))

    def __len__(self) -> int:
        return len(self.names)

    def at(self, name: str) -> int:
        """Number of a node.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        if name not in self._index:
            known = listed([str(n) for n in self.names], 6)
            raise KeyError(f"there is no lot {quote(name)}. {did_you_mean(name, self.names, f'Lots: {known}.')}")
        return self._index[name]

    @cached_property
    def forward(self) -> csr_array:
        """Row i: the nodes that node i became part of."""
        return graph_of(self.source, self.target, len(self.names))

    @cached_property
    def backward(self) -> csr_array:
        """Row i: the nodes that are in node i."""
        return graph_of(self.target, self.source, len(self.names))

    def descendants(self, nodes: Iterable[int]) -> np.ndarray:
        """Numbers of all nodes that have some of these in them, themselves left out unless they come back to them."""
        return reached(self.forward, nodes)

    def ancestors(self, nodes: Iterable[int]) -> np.ndarray:
        """Numbers of all nodes that are in some of these."""
        return reached(self.backward, nodes)

    @cached_property
    def balance(self) -> np.ndarray:
        """Units of every node that are still there: what came in, less what went out [units]."""
        n = len(self.names)
        came = self.begun + np.bincount(self.target, self.out, n)
        left = came - np.bincount(self.source, self.units, n) - self.sold - self.gone
        return np.where(np.abs(left) < DUST * np.maximum(1.0, came), 0.0, left)

    def recall(self, lots: Iterable[str]) -> Recall:
        """What has some lots in it, where that is, and how much of it is sold.

        Raises
        ------
        KeyError
            If there is no such lot.
        """
        own = [self.at(name) for name in lots]
        found = np.setdiff1d(self.descendants(own), own)
        here = found[(self.balance[found] > 0) | (self.sold[found] > 0)]
        sold, left = float(self.sold[found].sum()), float(self.balance[found].sum())
        return Recall(tuple(sorted(self.names[i] for i in found)), tuple(sorted({str(p) for p in self.place[here]})),
                      sold + left, sold, left, float(self.balance[own].sum()), float(self.sold[own].sum()))  # fmt: skip

    @property
    def raw(self) -> np.ndarray:
        """Numbers of the nodes that came from nowhere in the records."""
        return np.flatnonzero(self.made & (np.bincount(self.target, minlength=len(self.names)) == 0))

    @property
    def finished(self) -> np.ndarray:
        """Numbers of the lots that were made of others and went into no further lot."""
        n, making = len(self.names), self.kind == MADE
        made = np.bincount(self.target[making], minlength=n) > 0
        used = np.zeros(n, bool)
        used[self.source[making]] = True
        feeds = used.copy()
        feeds[reached(self.backward, np.flatnonzero(used))] = True  # sent on, and used there
        return np.flatnonzero(made & ~feeds)

    def shares(self, name: str) -> dict[str, float]:
        """Raw lot → share of a lot's units that came of it, as if every lot were well mixed."""
        n = len(self.names)
        weights = csr_array((self.units, (self.target, self.source)), shape=(n, n))
        total = weights.sum(axis=1) + self.begun
        parts = csr_array(weights.multiply(1.0 / np.where(total > 0, total, 1.0)[:, None]))
        own = np.divide(self.begun, total, out=np.zeros(n), where=total > 0)
        x, found = np.zeros(n), np.zeros(n)
        x[self.at(name)] = 1.0
        for _ in range(n):
            found += x * own
            x = parts.T @ x
            if x.sum() < 1e-15:
                break
        return {str(self.names[i]): float(found[i]) for i in np.flatnonzero(found > 0)}

    def dispersion(self) -> pd.DataFrame:
        """For every raw lot the number of finished lots that it is in (its downward dispersion)."""
        last, rows = self.finished, []
        for i in self.raw:
            rows.append((self.names[i], int(np.isin(self.descendants([i]), last).sum())))
        return pd.DataFrame(rows, columns=["lot", "finished_lots"])

    def chains_complete(self) -> float:
        """Share of the units that are sold or left whose records lead back to where they came from [share]."""
        unknown = np.flatnonzero(~self.known)
        bad = np.union1d(self.descendants(unknown), unknown)
        held = np.maximum(self.balance, 0.0) + self.sold
        return float(1.0 - held[bad].sum() / held.sum()) if held.sum() > 0 else float("nan")

    def table(self) -> pd.DataFrame:
        """Every node: lot, place, product, day, units that came in, went into others, were sold and are left."""
        n = len(self.names)
        return pd.DataFrame({
            "lot": list(self.names), "place": self.place, "product": self.product, "day": self.day,
            "came": self.begun + np.bincount(self.target, self.out, n), "went_on": np.bincount(self.source, self.units, n),
            "sold": self.sold, "scrapped": self.gone, "left": self.balance,
        })  # fmt: skip


def graph_of(a: np.ndarray, b: np.ndarray, n: int) -> csr_array:
    """Edges from nodes to others, row by row, of n nodes."""
    return csr_array(coo_array((np.ones(len(a), np.int8), (a, b)), shape=(n, n)))


def reached(graph: csr_array, nodes: Iterable[int]) -> np.ndarray:
    """Numbers of the nodes that a walk of one step or more from some nodes reaches, in rising order."""
    seen = np.zeros(graph.shape[0], bool)
    front = np.unique(np.asarray(list(nodes), np.int64))
    at, to = graph.indptr, graph.indices
    while len(front):
        lengths = at[front + 1] - at[front]
        steps = np.repeat(at[front] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) + np.arange(lengths.sum())
        found = to[steps]
        front = np.unique(found[~seen[found]])
        seen[front] = True
    return np.flatnonzero(seen)


def genealogy_of_log(events: Sequence[Mapping[str, Any]]) -> Genealogy:
    """The genealogy of a plain log.

    Parameters
    ----------
    events
        Each with type ("commission", "transform", "ship" or "sell"; "scrap"), day, place, inputs and outputs
        (lot → units), and product, of the outputs; without one it is read off the name: ``yog-2@s3`` is of ``yog``.

    Raises
    ------
    ValueError
        If more of a lot goes out than came in, or something cannot be read; all of it.
    """
    index: dict[str, int] = {}
    place: list[str] = []
    product: list[str] = []
    day: list[float] = []
    begun: list[float] = []
    made: list[bool] = []
    edges: list[tuple[int, int, float, float, int]] = []
    out: dict[str, list[float]] = {"sell": [], "scrap": []}
    wrong: list[str] = []

    def node(name: str, where: str = "", when: float = np.nan, own: bool = False, what: str = "") -> int:
        if name not in index:
            index[name] = len(place)
            place.append(where)
            product.append(what or _product(name))
            day.append(when)
            begun.append(0.0)
            made.append(own)
            for amounts in out.values():
                amounts.append(0.0)
        return index[name]

    for e in events:
        kind, inputs, outputs, where, when = e.get("type"), e.get("inputs", {}), e.get("outputs", {}), str(e.get("place", "")), float(e.get("day", np.nan))
        said = f"event {e.get('id', '')}".strip()
        if kind not in ("commission", "transform", "ship", "sell", "scrap"):
            wrong.append(f"{said} is of the type {quote(str(kind))}: commission, transform, ship, sell or scrap")
            continue
        amounts = [*inputs.values(), *outputs.values()]
        if not all(isinstance(v, (int, float)) and np.isfinite(v) and v >= 0 for v in amounts):
            wrong.append(f"{said} has an amount that is no number from 0")
            continue
        unknown = [name for name in inputs if name not in index]
        wrong += [f"{said} takes of lot {quote(name)}, which no event before it made" for name in unknown]
        sources = [node(name) for name in inputs]
        made_of = str(e.get("product") or (product[sources[0]] if kind == "ship" and sources else ""))
        targets = [node(name, where, when, kind != "ship", made_of) for name in outputs]
        if kind == "commission":
            for i, units in zip(targets, outputs.values(), strict=True):
                begun[i] += units
        elif kind in out:
            for i, units in zip(sources, inputs.values(), strict=True):
                out[kind][i] += units
        else:
            total = sum(outputs.values())
            for j, came in zip(targets, outputs.values(), strict=True):
                share = came / total if total else 1.0 / len(targets)
                taken = sum(inputs.values())
                edges += [(i, j, units * share, came * units / taken if taken else 0.0, MADE if kind == "transform" else SENT)
                          for i, units in zip(sources, inputs.values(), strict=True)]  # fmt: skip
    a, b, units, came, what = np.array(edges, float).reshape(-1, 5).T
    names = list(index)
    found = Genealogy(
        names, np.array(place, object), np.array(product, object), np.array(day), np.array(begun), np.array(made, bool),
        np.ones(len(names), bool), a.astype(int), b.astype(int), units, what.astype(int), came, np.array(out["sell"]), np.array(out["scrap"]),
    )  # fmt: skip
    wrong += [f"{-found.balance[i]:g} units more of lot {quote(names[i])} go out than came in" for i in np.flatnonzero(found.balance < -1e-9)]
    if wrong:
        raise ValueError("; ".join(wrong))
    return found


def _product(lot: str) -> str:
    """What a lot is of, by its name: ``yog-2@s3`` is of ``yog``."""
    return lot.split("@")[0].rsplit("-", 1)[0]


def coarse_recall(found: Genealogy, lots: Iterable[str], days: float = 7.0) -> Recall:
    """The recall if labels say only the product and the week: every lot of the same product made in the same days goes back.

    Parameters
    ----------
    found, lots
        The genealogy, and the bad lots.
    days
        Days that one label stands for; the first one begins with day 1.
    """
    own = [found.at(name) for name in lots]
    making = np.zeros(len(found), bool)
    making[found.target[found.kind == MADE]] = True
    hit = np.intersect1d(found.descendants(own), np.flatnonzero(making))
    hit = hit if len(hit) else np.array(own)
    week = np.floor((found.day - 1.0) / days)
    labels = {(found.product[i], week[i]) for i in hit}
    alike = [i for i in np.flatnonzero(found.made) if (found.product[i], week[i]) in labels]
    whole = np.union1d(found.descendants(alike), alike).astype(int)
    sold, left = float(found.sold[whole].sum()), float(found.balance[whole].sum())
    here = whole[(found.balance[whole] > 0) | (found.sold[whole] > 0)]
    return Recall(tuple(sorted(str(found.names[i]) for i in whole)), tuple(sorted({str(p) for p in found.place[here]})), sold + left, sold, left, 0.0, 0.0)


# --- mixing less


@dataclass(frozen=True)
class Mixing:
    """Which raw lot goes into which finished lot.

    Attributes
    ----------
    links
        Number of pairs of a raw and a finished lot: the total dispersion.
    flows
        raw, component, finished and units of every flow.
    proven
        Whether no plan has fewer links.
    """

    links: int
    flows: pd.DataFrame
    proven: bool


def least_mixing(
    raw: Mapping[str, Mapping[str, float]], finished: Mapping[str, Mapping[str, float]], seconds: float = 20.0
) -> Mixing:
    """The plan that brings the fewest raw lots into each finished lot.

    A mixed-integer programme as that of Dupuy et al. (2005): units of every component of a raw lot go to finished
    lots; a link costs 1, whatever goes over it.

    Parameters
    ----------
    raw
        Raw lot → component → units that it gives (one component, if it is used as it is).
    finished
        Finished lot → component → units that it needs.
    seconds
        Time after which the best plan so far is given.

    Raises
    ------
    ValueError
        If there is too little of a component; all of them.

    Examples
    --------
    >>> least_mixing({"a": {"milk": 5}, "b": {"milk": 5}}, {"x": {"milk": 5}, "y": {"milk": 4}}).links
    2
    """
    need = pd.DataFrame(finished).T.fillna(0.0).sum() if finished else pd.Series(dtype=float)
    have = pd.DataFrame(raw).T.fillna(0.0).sum() if raw else pd.Series(dtype=float)
    short = [f"{need[c]:g} units of {c} are needed and there are {have.get(c, 0.0):g}" for c in need.index if need[c] > have.get(c, 0.0) + 1e-9]
    if short:
        raise ValueError("; ".join(short))
    ways = [(i, c, k, min(raw[i][c], finished[k][c])) for i in raw for k in finished for c in raw[i] if finished[k].get(c, 0) > 0 and raw[i][c] > 0]
    pairs = list(dict.fromkeys((i, k) for i, _, k, _ in ways))
    n, p = len(ways), len(pairs)
    number = {pair: n + j for j, pair in enumerate(pairs)}
    rows, low, high = [], [], []

    def row(terms: Mapping[int, float], at_least: float, at_most: float) -> None:
        rows.append(terms)
        low.append(at_least)
        high.append(at_most)

    for i in raw:
        for c, units in raw[i].items():
            row({j: 1.0 for j, w in enumerate(ways) if w[0] == i and w[1] == c}, -np.inf, units)
    for k in finished:
        for c, units in finished[k].items():
            if units > 0:
                row({j: 1.0 for j, w in enumerate(ways) if w[2] == k and w[1] == c}, units, units)
    for j, (i, _, k, most) in enumerate(ways):
        row({j: 1.0, number[i, k]: -most}, -np.inf, 0.0)
    entries = [(r, j, v) for r, terms in enumerate(rows) for j, v in terms.items()]
    r, j, v = np.array(entries, float).reshape(-1, 3).T
    matrix = csr_array((v, (r.astype(int), j.astype(int))), shape=(len(rows), n + p))
    cost = np.concatenate([np.zeros(n), np.ones(p)])
    upper = np.concatenate([[w[3] for w in ways], np.ones(p)])
    whole = np.concatenate([np.zeros(n), np.ones(p)])
    found = milp(cost, constraints=LinearConstraint(matrix, low, high), integrality=whole, bounds=Bounds(0, upper), options={"time_limit": seconds})
    if found.x is None:
        raise ValueError(f"no plan was found: {found.message}")
    flows = pd.DataFrame([(i, c, k, found.x[m]) for m, (i, c, k, _) in enumerate(ways) if found.x[m] > 1e-7], columns=["raw", "component", "finished", "units"])
    return Mixing(len(flows[["raw", "finished"]].drop_duplicates()), flows, found.status == 0)
