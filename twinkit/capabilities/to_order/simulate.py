"""Single orders of customers, one after the other: made to stock, assembled, made or engineered to order.

An order is for a variant.  It is filled from finished stock, or starts a request: engineering, then its
parts, then the queue of assembly in the order of acceptance (one that waits for parts lets others go first).  Finished stock and parts are replaced one
for one, or parts by the container: its card goes back when its first part is taken, as Monden has it, and brings a full one.  The customer hears a promised date when ordering, worked out from the stock, what is on the way
and the queue (ATP and CTP), and waits for it, takes another variant that comes soon enough, or goes.

The recursion is exact for constant lead times of parts: the n-th unit of a part is the one that was
ordered with the (n - S)-th, so no event list is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from twinkit.chain.compiled import compiled
from twinkit.inventory.arguments import above_zero, between, whole, zero_or_more

WARM = 0.1
"""Share of the orders of a world that are not counted, at its start."""


@dataclass(frozen=True)
class System:
    """What is made, of what, and how it is kept.

    Attributes
    ----------
    chance
        Share of each variant in demand, shape (V,).
    parts
        Units of each part in each variant, shape (V, C).
    finished, stock
        Base stock of each variant, shape (V,), and of each part, shape (C,) [units].
    lead_time
        Of each part, shape (C,) [days].
    demand
        Rate of the Poisson orders [orders/day].
    service, servers
        Mean time in assembly, and places that work beside each other [days].
    spread
        Standard deviation of the time in assembly, as a share of its mean: 1 is exponential, 0 constant (gamma between).
    engineering
        Time before the parts are known, for what is not made to stock [days].
    patience
        Mean of the longest wait that customers accept, exponential [days]; infinite: they wait as long as it takes.
    switch
        Share of the customers who take another variant before they go [share].
    due
        Wait that a customer calls on time [days].
    container
        Units of each part in a container, shape (C,), of which its stock is a multiple; () for single units [units].
    deliveries
        Deliveries of parts in a day, at even times; 0: at any time [1/day].
    outage
        Start and end of a time in which no part is sent [days]; () for none.
    """

    chance: np.ndarray
    parts: np.ndarray
    finished: np.ndarray
    stock: np.ndarray
    lead_time: np.ndarray
    demand: float
    service: float = 0.0
    servers: int = 1
    spread: float = 1.0
    engineering: float = 0.0
    patience: float = np.inf
    switch: float = 0.0
    due: float = 0.0
    outage: tuple[float, float] | tuple[()] = field(default=())
    container: np.ndarray | tuple[()] = ()
    deliveries: float = 0.0

    def __post_init__(self) -> None:
        above_zero(demand=self.demand, sum_of_chances=float(np.sum(self.chance)))
        zero_or_more(service=self.service, spread=self.spread, engineering=self.engineering, due=self.due, deliveries=self.deliveries)
        whole(1, servers=self.servers)
        between(0, 1, switch=self.switch)
        if not self.patience > 0:
            raise ValueError(f"patience = {self.patience!r}: must be above 0 (infinite where customers wait as long as it takes)")
        v, c = np.asarray(self.parts).reshape(len(self.chance), -1).shape
        if len(self.finished) != v or len(self.stock) != c or len(self.lead_time) != c:
            raise ValueError(f"finished, stock, lead_time: {len(self.finished)}, {len(self.stock)} and {len(self.lead_time)} values for {v} variants and {c} parts")
        if len(self.container) and (np.asarray(self.stock) % self.container != 0).any():
            raise ValueError("stock: must be full containers of every part")
        if self.load >= 1 and not np.isfinite(self.patience):
            raise ValueError(f"assembly is asked for {self.load:.0%} of what it can do, and customers wait as long as it takes: give it more places or less to do")

    @property
    def load(self) -> float:
        """Share of its time that assembly is asked for."""
        return self.demand * self.service / self.servers


class Run(NamedTuple):
    """What came of it, an array of one value for each world each.

    Attributes
    ----------
    wait
        Mean wait of the orders that were accepted [days].
    p_wait
        Share of them that waited [share].
    on_time
        Share of all orders that were delivered within `due` [share].
    kept
        Share of the accepted orders that were delivered by the promised date [share].
    lost, switched
        Share of all orders whose customer went, and who took another variant [share].
    stock, part_stock
        Mean finished stock [units], and mean stock of each part, shape (worlds, C) [units].
    sold
        Orders delivered in a day [orders/day].
    variants
        Variants that were sold.
    longest
        Longest mean wait of fifty orders in a row: what a disruption does [days].
    mix
        Orders of each variant that were delivered, shape (worlds, V) [orders/day].
    """

    wait: np.ndarray
    p_wait: np.ndarray
    on_time: np.ndarray
    kept: np.ndarray
    lost: np.ndarray
    switched: np.ndarray
    stock: np.ndarray
    part_stock: np.ndarray
    sold: np.ndarray
    variants: np.ndarray
    longest: np.ndarray
    mix: np.ndarray


@compiled
def _next(at, every):  # pragma: no cover - compiled
    """Time of the first delivery from a moment on."""
    return at if every == 0.0 else np.ceil(at / every - 1e-9) * every


@compiled
def _orders(arrive, variant, other, patience, service, mean, slack, parts, finished, stock, lead, engineering, servers, out_from, out_to, size, cards, every):  # pragma: no cover - compiled
    """Every order in turn; returns delivery (inf: lost), promise, variant taken, and the times of units in stocks."""
    n, kinds, sorts = len(arrive), parts.shape[0], parts.shape[1]
    delivered, promised, taken = np.full(n, np.inf), np.full(n, np.inf), np.full(n, -1)
    done = np.full(n, np.inf)  # when the request of an order is through assembly
    began = np.full(n, np.inf)  # when assembly takes its parts
    asked = np.full((kinds, n), -1)  # order that made the k-th request of a variant
    count = np.zeros(kinds, np.int64)
    used = np.zeros(sorts, np.int64)
    most = 0
    for v in range(kinds):
        for c in range(sorts):
            most = max(most, parts[v, c])
    came = np.zeros((sorts, max(most, 1) * n))  # when the unit comes that was ordered with the k-th use of a part
    begin, finish = np.empty((servers, n)), np.empty((servers, n))  # what each place of assembly has to do, in order of time
    head, tail = np.zeros(servers, np.int64), np.zeros(servers, np.int64)
    for i in range(n):
        for go in range(2):
            v = variant[i] if go == 0 else other[i]
            if v < 0:
                break
            k = count[v]
            at = arrive[i] + (engineering if finished[v] == 0 else 0.0)
            sent = at if not out_from <= at < out_to else out_to
            ready = at
            for c in range(sorts):
                for last in range(used[c], used[c] + parts[v, c]):
                    asking = last // size[c] * size[c] - stock[c]  # the use that asked for this unit
                    if not cards:
                        came[c, last] = _next(sent + lead[c], every)
                    here = came[c, asking] if asking >= 0 else 0.0
                    if cards:  # the card of a container goes back when its first unit is there and taken
                        back = max(at, here)
                        came[c, last] = _next((out_to if out_from <= back < out_to else back) + lead[c], every)
                    ready = max(ready, here)
            place, where, start = -1, 0, ready  # the first gap that is long enough: an order that waits for parts holds up no other
            if mean > 0:
                start = np.inf
                for s in range(servers):
                    while head[s] < tail[s] and finish[s, head[s]] <= arrive[i]:
                        head[s] += 1
                    t, j = ready, head[s]
                    while j < tail[s] and begin[s, j] - t < service[i]:
                        t = max(t, finish[s, j])
                        j += 1
                    if t < start:
                        place, where, start = s, j, t
            end = start + service[i]
            if finished[v] == 0:
                when, said = end, start + mean
            elif k < finished[v]:
                when = said = arrive[i]
            else:
                filler = asked[v, k - finished[v]]
                when = max(arrive[i], done[filler])
                said = max(arrive[i], done[filler] - service[filler] + mean) if done[filler] > arrive[i] else arrive[i]
            if said - arrive[i] <= patience[i]:
                delivered[i], promised[i], taken[i] = when, said + slack, v
                done[i], began[i] = end, start
                if place >= 0:
                    for j in range(tail[place], where, -1):
                        begin[place, j], finish[place, j] = begin[place, j - 1], finish[place, j - 1]
                    begin[place, where], finish[place, where] = start, end
                    tail[place] += 1
                asked[v, k] = i
                count[v] += 1
                used += parts[v]
                break
    return delivered, promised, taken, done, began, asked, count, came, used


@compiled
def _held(taken, delivered, done, began, asked, count, came, used, parts, finished, stock, size, first, last):  # pragma: no cover - compiled
    """Time that units spend in finished stock and in the stock of each part, between two moments [unit days]."""
    kinds, sorts = parts.shape
    whole_stock = 0.0
    for v in range(kinds):
        for k in range(count[v] + finished[v]):  # the k-th unit: from stock at the start, or of the request before
            born = 0.0 if k < finished[v] else done[asked[v, k - finished[v]]]
            gone = np.inf if k >= count[v] else delivered[asked[v, k]]
            if finished[v] > 0:
                whole_stock += max(0.0, min(gone, last) - max(born, first))
    of_parts = np.zeros(sorts)
    pointer = np.zeros(sorts, np.int64)
    for i in range(len(taken)):
        if taken[i] >= 0:
            for c in range(sorts):
                for _ in range(parts[taken[i], c]):
                    k = pointer[c]
                    born = 0.0 if k < stock[c] else came[c, k // size[c] * size[c] - stock[c]]
                    of_parts[c] += max(0.0, min(began[i], last) - max(born, first))
                    pointer[c] += 1
    for c in range(sorts):
        for k in range(pointer[c], pointer[c] + stock[c] + size[c]):
            asking = k // size[c] * size[c] - stock[c]
            if asking < pointer[c]:
                of_parts[c] += max(0.0, last - max(0.0 if asking < 0 else came[c, asking], first))
    return whole_stock, of_parts


def run(system: System, orders: int = 2000, worlds: int = 24, seed: int = 1, before: int = 0) -> Run:
    """Run a system in independent worlds; systems of the same seed see the same customers (same luck).

    Parameters
    ----------
    system
        What is made and how.
    orders, worlds
        Orders of each world, and worlds.
    seed
        Of the luck.
    before
        Orders that come before those of a world: a run begins with full stock and nothing on the way, and takes the longest lead time to settle.

    Raises
    ------
    ValueError
        If a number cannot be.
    """
    whole(20, orders=orders)
    whole(1, worlds=worlds)
    rows = [_world(system, orders, before, np.random.default_rng([seed, world])) for world in range(worlds)]
    return Run(*(np.array([row[k] for row in rows]) for k in range(len(Run._fields))))


def _world(system: System, orders: int, before: int, luck: np.random.Generator) -> tuple:
    n, begin = orders + before, before + int(WARM * orders)
    chance = np.asarray(system.chance, float) / np.sum(system.chance)
    arrive = np.cumsum(luck.exponential(1 / system.demand, n))
    draws = luck.random((4, n))
    variant = np.minimum(np.searchsorted(np.cumsum(chance), draws[0], side="right"), len(chance) - 1)
    other = np.minimum(np.searchsorted(np.cumsum(chance), draws[1], side="right"), len(chance) - 1)
    other = np.where((draws[2] < system.switch) & (other != variant), other, -1)
    patience = -np.log1p(-draws[3]) * system.patience if np.isfinite(system.patience) else np.full(n, np.inf)
    shape = 1 / system.spread**2 if system.spread else np.inf
    service = luck.gamma(shape, system.service / shape, n) if system.spread and system.service else np.full(n, float(system.service))
    parts = np.asarray(system.parts, np.int64).reshape(len(chance), -1)
    finished, stock = np.asarray(system.finished, np.int64), np.asarray(system.stock, np.int64)
    out_from, out_to = system.outage or (np.inf, np.inf)
    size = np.asarray(system.container, np.int64) if len(system.container) else np.ones(len(stock), np.int64)
    slack = 2 * system.spread * system.service
    found = _orders(arrive, variant, other, patience, service, float(system.service), slack, parts, finished, stock,
                    np.asarray(system.lead_time, float), float(system.engineering), int(system.servers), float(out_from), float(out_to),
                    size, len(system.container) > 0, 1.0 / system.deliveries if system.deliveries else 0.0)  # fmt: skip
    delivered, promised, taken, done, began, asked, count, came, used = found
    counted = np.arange(n) >= begin
    first, last = arrive[begin], arrive[-1]
    finished_time, part_time = _held(taken, delivered, done, began, asked, count, came, used, parts, finished, stock, size, first, last)
    kept = counted & (taken >= 0)
    wait = np.where(kept, delivered - arrive, np.nan)[kept]
    total = counted.sum()
    if not len(wait):
        wait = np.array([np.nan])
    window = min(50, len(wait))
    longest = float(np.convolve(wait, np.ones(window) / window, "valid").max())
    return (
        wait.mean(), (wait > 1e-9).mean(), (wait <= system.due + 1e-9).sum() / total,
        (delivered[kept] <= promised[kept] + 1e-9).mean() if kept.any() else np.nan, 1 - kept.sum() / total,
        (kept & (taken != variant)).sum() / total, finished_time / (last - first), part_time / (last - first),
        kept.sum() / (last - first), len(np.unique(taken[kept])), longest,
        np.bincount(taken[kept], minlength=len(chance)) / (last - first),
    )  # fmt: skip


def stage(demand: float, service: float, stock: int, orders: int = 2000, worlds: int = 24, seed: int = 1) -> Run:
    """One busy stage behind a base stock, as :func:`~twinkit.capabilities.to_order.stages.to_stock` has it.

    Parameters
    ----------
    demand, service, stock
        As there.
    orders, worlds, seed
        As for :func:`run`.
    """
    alone = np.ones(1)
    return run(System(alone, np.zeros((1, 0)), np.array([stock]), np.zeros(0), np.zeros(0), demand, 1 / service), orders, worlds, seed)


def assembly(
    rates: Mapping[tuple[str, ...], float], base_stock: Mapping[str, int], lead_time: float, orders: int = 2000, worlds: int = 24, seed: int = 1,
) -> np.ndarray:  # fmt: skip
    """Share of the orders that find all their parts, by world, as :func:`~twinkit.capabilities.to_order.stages.order_fill` has it.

    Parameters
    ----------
    rates, base_stock, lead_time
        As there.
    orders, worlds, seed
        As for :func:`run`.
    """
    names = list(base_stock)
    parts = np.array([[p in order for p in names] for order in rates], int)
    system = System(
        np.array(list(rates.values())), parts, np.zeros(len(rates), int), np.array([base_stock[p] for p in names]),
        np.full(len(names), float(lead_time)), sum(rates.values()),
    )  # fmt: skip
    return 1 - run(system, orders, worlds, seed).p_wait
