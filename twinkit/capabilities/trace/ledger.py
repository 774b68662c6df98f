"""The lots of a run: every unit on hand, on the way, in work and sold belongs to one.

The chain runs as ever and keeps a history of its flows; the lots are worked out from that afterwards, in the order in
which the day moves goods.  So the flows are those of the run without lots, to the bit, and any chain can have them.
What a run does not say is settled by a rule that is told in docs/trace.md: goods on a lane arrive in the order in which they
left, a share that is lost on the way is lost of every lot on it, and of what leaves in one step each lane and market is
served after the other.
"""

from __future__ import annotations

import math
from bisect import insort
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from twinkit.capabilities.trace.flows import Flows
from twinkit.capabilities.trace.genealogy import MADE, SENT, Genealogy
from twinkit.capabilities.trace.tables import FEFO, FIFO, MIXED
from twinkit.chain.layout import RP, SP, UNLIMITED
from twinkit.chain.plan import Plan
from twinkit.rules import DUST
from twinkit.tables.problems import CaseError, Problem

START, BOUGHT, PRODUCED, RETURNED = range(4)
"""How a lot came to be."""


class _Shelf:
    """What lies at a place: lots and their units, in the order in which they leave."""

    __slots__ = ("expiry", "rule", "units")

    def __init__(self, rule: str, expiry: Sequence[float]) -> None:
        self.rule, self.expiry = rule, expiry
        self.units: deque | list | dict = deque() if rule == FIFO else [] if rule == FEFO else {}

    def put(self, lot: int, units: float) -> None:
        if units <= 0.0:
            return
        if self.rule == FIFO:
            last = self.units[-1] if self.units else None
            if last is not None and last[0] == lot:
                last[1] += units
            else:
                self.units.append([lot, units])
        elif self.rule == FEFO:
            end = self.expiry[lot]
            insort(self.units, [end if end == end else math.inf, lot, units], key=lambda x: (x[0], x[1]))
        else:
            self.units[lot] = self.units.get(lot, 0.0) + units

    def __iter__(self) -> Iterator[tuple[int, float]]:
        if self.rule == MIXED:
            yield from self.units.items()
        else:
            yield from ((one[-2], one[-1]) for one in self.units)

    def total(self) -> float:
        return math.fsum(units for _, units in self)

    def take(self, units: float) -> tuple[list[tuple[int, float]], float]:
        """Lots that go, and how many units there were not."""
        if units <= 0.0:
            return [], 0.0
        if self.rule == MIXED:
            return self.part(units)
        out = []
        while units > 0.0 and self.units:
            one = self.units[0]
            left = one[-1] - units
            if left > DUST * max(1.0, one[-1]):
                one[-1] = left
                out.append((one[-2], units))
                return out, 0.0
            out.append((one[-2], one[-1]))
            units -= one[-1]
            if self.rule == FIFO:
                self.units.popleft()
            else:
                self.units.pop(0)
        return out, max(units, 0.0)

    def part(self, units: float) -> tuple[list[tuple[int, float]], float]:
        """A part of every lot."""
        there = list(self)
        total = math.fsum(u for _, u in there)
        if total <= 0.0:
            return [], units
        if units >= total * (1.0 - DUST):
            self.units.clear()
            return there, max(units - total, 0.0)
        share = units / total
        if self.rule == MIXED:
            for lot, u in there:
                self.units[lot] = u - u * share
        else:
            for one in self.units:
                one[-1] -= one[-1] * share
        return [(lot, u * share) for lot, u in there], 0.0


LEFT, CAME, WENT_IN = range(3)
"""What an edge of a ledger is: goods left a stock for a lane, came from a lane, or went into another lot."""


@dataclass(frozen=True)
class Edges:
    """Edges between the nodes of a ledger.

    Attributes
    ----------
    source, target, units, day
        Numbers of the nodes, units, and the period.
    step, way
        What it is, and the number of the lane or recipe.
    """

    source: np.ndarray
    target: np.ndarray
    units: np.ndarray
    day: np.ndarray
    step: np.ndarray
    way: np.ndarray


class Amounts(NamedTuple):
    """What had become of the nodes of a ledger before a period; `edges` says which edges there were."""

    edges: np.ndarray
    begun: np.ndarray
    came: np.ndarray
    sold: np.ndarray
    gone: np.ndarray
    left: np.ndarray


@dataclass
class Ledger:
    """The lots of one world of a run, and every move of them.

    Places are numbered: stocks first, then lanes (goods on the way), recipes (goods in work), markets (sold), and one for scrap.

    Attributes
    ----------
    flows, world
        The run, and the number of the world among those of it.
    row, day, origin, expiry
        Of every lot: the stock that it was made or bought for, the period (-1 = there at the start), how it came to be, and
        the period from which it is too old (NaN = never).
    number
        Which of its stock and period it is, from 1.
    moved
        Every move: period, lot, from, to, units; shape (moves, 5).  A new lot comes from place -1.
    used
        What went into lots that were made: period, lot, place it came from, lot that was made, units; shape (uses, 5).
    """

    flows: Flows
    world: int
    row: np.ndarray
    day: np.ndarray
    origin: np.ndarray
    expiry: np.ndarray
    number: np.ndarray
    moved: np.ndarray
    used: np.ndarray
    left: list[tuple[int, int, float]] = field(repr=False)

    @property
    def plan(self) -> Plan:
        """The plan of the run."""
        return self.flows.plan

    @property
    def places(self) -> tuple[int, int, int, int]:
        """First number of lanes, recipes, markets and of scrap."""
        net = self.plan.net
        return tuple(np.cumsum([len(net.stocks), len(net.lanes), len(net.recipes), len(net.markets)]).tolist())

    def __len__(self) -> int:
        return len(self.row)

    @cached_property
    def place_names(self) -> list[str]:
        """What every place is called."""
        net = self.plan.net
        ways = [f"on the way from {a} to {b}" for a, b in zip(net.lanes["origin"], net.lanes["destination"], strict=True)]
        return [*net.stocks["site"], *ways, *(f"in work at {s}" for s in net.recipes["site"]), *net.markets["market"], "scrap"]

    @cached_property
    def names(self) -> list[str]:
        """Name of every lot: site, product, period and number; it is what a person types."""
        stocks = self.plan.net.stocks
        sites, products = stocks["site"].tolist(), stocks["product"].tolist()
        return [f"{sites[r]} / {products[r]} / {'start' if d < 0 else d} / {k}"
                for r, d, k in zip(self.row.tolist(), self.day.tolist(), self.number.tolist(), strict=True)]  # fmt: skip

    def balance(self) -> np.ndarray:
        """Units of every lot that came, less those that went: 0 where nothing was lost or made of nothing [units]."""
        new, old = self.moved[:, 2] < 0, len(self.row)
        came = np.bincount(self.moved[new, 1].astype(int), self.moved[new, 4], old)
        sold = self.moved[:, 3] >= self.places[2]
        went = np.bincount(self.moved[sold, 1].astype(int), self.moved[sold, 4], old) + np.bincount(self.used[:, 1].astype(int), self.used[:, 4], old)
        held = np.bincount([lot for _, lot, _ in self.left], [u for _, _, u in self.left], old) if self.left else np.zeros(old)
        return came - went - held

    @cached_property
    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Lot and place of every node of the genealogy, sorted by lot and place."""
        last, m = self.places[1], self.moved
        pairs = [(m[:, 1], m[:, 3]), (m[:, 1], m[:, 2]), (self.used[:, 1], self.used[:, 2]), (np.arange(len(self.row)), self.row)]
        lot, place = (np.concatenate([p[i] for p in pairs]).astype(np.int64) for i in (0, 1))
        good = (place >= 0) & (place < last)
        keys = np.unique(lot[good] * last + place[good])
        return keys // last, keys % last

    def node_of(self, lot: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Number of the node of some lots at some stocks or lanes."""
        last = self.places[1]
        keys = self.nodes[0] * last + self.nodes[1]
        return np.searchsorted(keys, np.asarray(lot, np.int64) * last + np.asarray(place, np.int64))

    @cached_property
    def edges(self) -> Edges:
        """What became of what, with the period and the way of every edge."""
        lanes, recipes, markets, _ = self.places
        m, u = self.moved, self.used
        what, a, b = m[:, 1].astype(int), m[:, 2].astype(int), m[:, 3].astype(int)
        ship = (a >= 0) & (a < recipes) & (b < recipes)
        into = u[:, 3].astype(int)
        recipe, begins = np.zeros(len(self.row), int), (a < 0) & (b >= recipes) & (b < markets)
        recipe[what[begins]] = b[begins] - recipes  # of several recipes for a product, the one that a lot was made by
        leaves = b[ship] >= lanes
        way = np.where(leaves, b[ship] - lanes, a[ship] - lanes)
        made = np.where(u[:, 2] >= recipes, u[:, 2] - recipes, recipe[into])
        return Edges(
            np.concatenate([self.node_of(what[ship], a[ship]), self.node_of(u[:, 1], np.where(u[:, 2] < recipes, u[:, 2], self.row[u[:, 1].astype(int)]))]),
            np.concatenate([self.node_of(what[ship], b[ship]), self.node_of(into, self.row[into])]),
            np.concatenate([m[ship, 4], u[:, 4]]), np.concatenate([m[ship, 0], u[:, 0]]).astype(int),
            np.concatenate([np.where(leaves, LEFT, CAME), np.full(len(u), WENT_IN)]), np.concatenate([way, made]).astype(int),
        )  # fmt: skip

    @cached_property
    def genealogy(self) -> Genealogy:
        """Lots at places as nodes, and what became of what, at the end of the run."""
        return self.genealogy_at(self.flows.sent.shape[1])

    def amounts_at(self, period: int) -> Amounts:
        """What of every node had come, gone on, been sold and been scrapped before a period [units]."""
        lanes, recipes, markets, scrap = self.places
        lot, place = self.nodes
        n, m, u, e = len(lot), self.moved[self.moved[:, 0] < period], self.used, self.edges
        what, a, b, units = m[:, 1].astype(int), m[:, 2].astype(int), m[:, 3].astype(int), m[:, 4]
        new, early = (a < 0) & (b < recipes), e.day < period
        begun = np.bincount(self.node_of(what[new], b[new]), units[new], n)
        finished = (a >= recipes) & (a < markets) & (b < lanes)
        out, taken = np.bincount(what[finished], units[finished], len(self.row)), np.bincount(u[:, 3].astype(int), u[:, 4], len(self.row))
        begun += np.where((taken[lot] == 0) & (place == self.row[lot]), out[lot], 0.0)  # a product of no components
        made = np.divide(out, taken, out=np.zeros(len(self.row)), where=taken > 0)[u[:, 3].astype(int)] * u[:, 4]
        came = np.concatenate([e.units[e.step != WENT_IN], made])[early]
        away = (a >= 0) & (a < recipes)
        sold, gone = (np.bincount(self.node_of(what[some], a[some]), units[some], n) for some in (away & (b >= markets) & (b < scrap), away & (b == scrap)))
        left = begun + np.bincount(e.target[early], came, n) - np.bincount(e.source[early], e.units[early], n) - sold - gone
        return Amounts(early, begun, came, sold, gone, np.where(np.abs(left) < 1e-6, 0.0, left))

    @cached_property
    def labels(self) -> np.ndarray:
        """Name of every node: of the lot, and of the place where that is not where it was made."""
        lot, place = self.nodes
        names, places = np.array(self.names, object)[lot], np.array(self.place_names, object)[place]
        return np.where(place == self.row[lot], names, names + " @ " + places)

    def genealogy_at(self, period: int) -> Genealogy:
        """Lots at places as nodes, and what had become of what before a period."""
        lot, place = self.nodes
        e, then = self.edges, self.amounts_at(period)
        product = self.plan.net.stocks["product"].to_numpy(object)[self.row[lot]]
        known = (self.origin[lot] == BOUGHT) | (self.origin[lot] == PRODUCED)
        kind = np.where(e.step[then.edges] == WENT_IN, MADE, SENT)
        return Genealogy(self.labels, np.array(self.place_names, object)[place], product, self.day[lot].astype(float), then.begun, place == self.row[lot], known,
                         e.source[then.edges], e.target[then.edges], e.units[then.edges], kind, then.came, then.sold, then.gone)  # fmt: skip

    def chosen(self, row: int, period: int, number: int = 0) -> np.ndarray:
        """Numbers of the lots of a stock and period; of one of them, if `number` says which."""
        found = (self.row == row) & (self.day == period)
        return np.flatnonzero(found & (self.number == number) if number else found)


def ledger_of(flows: Flows, world: int = 0) -> Ledger:
    """The lots of a world of a run.

    Parameters
    ----------
    flows
        From :func:`flows_of`.
    world
        Which of its worlds.

    Raises
    ------
    CaseError
        If goods moved in a way that the history does not tell, such as in a step of one's own.
    """
    return _Book(flows, world).write()


class _Book:
    """Writes a ledger: it does with lots what the steps of the day did with units."""

    def __init__(self, flows: Flows, world: int) -> None:
        plan, net = flows.plan, flows.plan.net
        self.flows, self.world, self.plan, self.net = flows, world, plan, net
        n_stocks, n_lanes, n_recipes = len(net.stocks), len(net.lanes), len(net.recipes)
        self.lanes, self.recipes = n_stocks, n_stocks + n_lanes
        self.markets = self.recipes + n_recipes
        self.scrap = self.markets + len(net.markets)
        rules = lot_rules(plan)
        self.size, self.good_for = rules["lot_size"], rules["good_for"]
        self.row: list[int] = []
        self.day: list[int] = []
        self.origin: list[int] = []
        self.expiry: list[float] = []
        self.number: list[int] = []
        self.count: dict[tuple[int, int], int] = {}
        self.moved: list[tuple[int, int, int, int, float]] = []
        self.used: list[tuple[int, int, int, int, float]] = []
        self.shelf = [_Shelf(rules["issue"][i], self.expiry) for i in range(n_stocks)]
        self.shelf += [_Shelf(FIFO, self.expiry) for _ in range(n_lanes + n_recipes)]
        self.endless = plan.stock_n[SP.policy] == UNLIMITED
        self.short: dict[int, float] = {}
        self.brought: dict[int, int] = {}
        value = {name: np.ascontiguousarray(v[:, :, world].T) for name, v in flows.kept.items()}
        self.value, self.sent = {k: v.tolist() for k, v in value.items()}, np.ascontiguousarray(flows.sent[:, :, world].T).tolist()
        self.lead = plan.recipe_n[RP.lead_time]
        self.at_row = {"lanes": _by(net.lane_destination, n_stocks), "recipes": _by(net.recipe_stock, n_stocks), "claims": _by(np.concatenate([net.lane_origin, net.market_stock]), n_stocks),
                       "markets": _by(net.market_stock, n_stocks), "parts": _by(net.part_recipe, n_recipes), "outs": _by(net.out_recipe, n_recipes)}  # fmt: skip
        self.waves = [plan.up_down[1][a:b].tolist() for a, b in zip(plan.up_down[0][:-1], plan.up_down[0][1:], strict=True)]

    def write(self) -> Ledger:
        """Period by period, step by step."""
        self._start()
        groups = [list(group) for group in self.flows.day]
        steps = {"receive": self._receive, "produce": self._produce, "serve": self._claims, "ship": partial(self._claims, markets=False),
                 "sell": partial(self._claims, lanes=False)}  # fmt: skip
        inside = ["dispatch"] in groups
        for t in range(self.flows.sent.shape[1]):
            self.t = t
            for group in groups:
                for rows in self.waves:
                    for name in group:
                        if name in steps:
                            for row in rows:
                                if not (inside and name == "serve" and self.endless[row]):
                                    steps[name](row)
                if group == ["disrupt"]:
                    self._disrupt()
                elif group == ["dispatch"]:
                    for row in np.flatnonzero(self.endless).tolist():
                        self._claims(row)
                elif group == ["expire"]:
                    self._expire()
        return self._done()

    def _lots(self, row: int, units: float, origin: int, to: int) -> list[tuple[int, float]]:
        """New lots of a stock, each of at most the size of a lot; they are put nowhere yet."""
        if units <= 0.0:
            return []
        day = -1 if origin == START else self.t
        size, out = self.size[row], []
        pieces = max(1, math.ceil(units / size - DUST)) if size == size else 1
        if len(self.row) + pieces > MOST_LOTS:
            raise CaseError([Problem("lots", None, "lot_size", "", f"these lots are so small that a run has more than {MOST_LOTS:,} of them", "Make them larger.")])
        for k in range(pieces):
            part = units if pieces == 1 else min(size, units - k * size)
            number = self.count[row, day] = self.count.get((row, day), 0) + 1
            out.append((len(self.row), part))
            self.row.append(row)
            self.day.append(day)
            self.origin.append(origin)
            self.number.append(number)
            self.expiry.append(max(day, 0) + self.good_for[row])
            if to >= 0:
                self.moved.append((day, len(self.row) - 1, -1, to, part))
        return out

    def _start(self) -> None:
        self.t = 0
        net, world = self.net, self.world
        for row in range(self.lanes):
            for lot, units in self._lots(row, 0.0 if self.endless[row] else float(self.flows.on_hand[row, world]), START, row):
                self.shelf[row].put(lot, units)
        for lane, row in enumerate(net.lane_destination.tolist()):
            for lot, units in self._lots(row, float(self.flows.on_way[lane, world]), START, self.lanes + lane):
                self.shelf[self.lanes + lane].put(lot, units)
        for k, row in enumerate(net.recipe_stock.tolist()):
            for lot, units in self._lots(row, float(self.flows.in_work[k, world]), START, self.recipes + k):
                self.shelf[self.recipes + k].put(lot, units)

    def _take(self, place: int, units: float) -> list[tuple[int, float]]:
        out, short = self.shelf[place].take(units)
        if short > 1e-6 * max(1.0, units):
            self.short[place] = max(self.short.get(place, 0.0), short)
        return out

    def _move(self, place: int, to: int, units: float) -> list[tuple[int, float]]:
        """Lots leave a place for another; those of an endless source begin now."""
        if units <= 0.0:
            return []
        if place < self.lanes and self.endless[place]:
            self._bring(place)
        out = self._take(place, units)
        t, moved, arrives = self.t, self.moved, to < self.markets
        for lot, u in out:
            moved.append((t, lot, place, to, u))
            if arrives:
                self.shelf[to].put(lot, u)
        return out

    def _bring(self, row: int) -> None:
        """What an endless source gives out in a period begins in it, as lots for all who are sent it."""
        if self.brought.get(row) != self.t:
            self.brought[row] = self.t
            for lot, u in self._lots(row, math.fsum(self.sent[self.t][c] for c in self.at_row["claims"][row]), BOUGHT, row):
                self.shelf[row].put(lot, u)

    def _receive(self, row: int) -> None:
        arrived = self.value["lanes.arrived"][self.t]
        for lane in self.at_row["lanes"][row]:
            self._move(self.lanes + lane, row, arrived[lane])
        for k in self.at_row["recipes"][row]:
            if self.lead[k] > 0:
                self._finish(k, row)
        for m in self.at_row["markets"][row]:
            resold = self.value["markets.resold"][self.t][m]
            for lot, u in self._lots(row, resold, RETURNED, row):
                self.shelf[row].put(lot, u)

    def _finish(self, k: int, row: int) -> None:
        good, bad = self.value["recipes.finished"][self.t][k], self.value["recipes.scrapped"][self.t][k]
        done = good + bad
        if done <= 0.0:
            return
        for lot, u in self._take(self.recipes + k, done):
            for to, share in ((row, good / done), (self.scrap, bad / done)):
                if share * u > 0.0:
                    self.moved.append((self.t, lot, self.recipes + k, to, u * share))
            self.shelf[row].put(lot, u * good / done)
            for j in self.at_row["outs"][k]:
                out = int(self.net.out_stock[j])
                for other, part in self._lots(out, u * float(self.net.out_qty[j]), PRODUCED, out):
                    self.used.append((self.t, lot, self.recipes + k, other, 0.0))
                    self.shelf[out].put(other, part)

    def _produce(self, row: int) -> None:
        net, t = self.net, self.t
        started = self.value["recipes.started"][t]
        for k in self.at_row["recipes"][row]:
            if started[k] <= 0.0:
                continue
            lots = self._lots(row, started[k], PRODUCED, self.recipes + k)
            for lot, u in lots:
                self.shelf[self.recipes + k].put(lot, u)
            for j in self.at_row["parts"][k]:
                part, instead = int(net.part_stock[j]), int(net.part_instead[j])
                need = started[k] * float(net.part_qty[j])
                spared = self._spared(j, need)
                self._use(part, need - spared, lots)
                if spared > 0.0:
                    self._use(instead, spared * float(net.part_ratio[j]), lots)
            if self.lead[k] == 0:
                self._finish(k, row)

    def _spared(self, j: int, need: float) -> float:
        """Units of a component that its substitute stood in for; among several recipes, in proportion to what they need."""
        net = self.net
        part = int(net.part_stock[j])
        spared = self.value["stocks.spared"][self.t][part]
        if spared <= 0.0 or net.part_instead[j] < 0:
            return 0.0
        started = self.value["recipes.started"][self.t]
        all_need = sum(started[int(net.part_recipe[i])] * float(net.part_qty[i]) for i in np.flatnonzero((net.part_stock == part) & (net.part_instead >= 0)))
        return min(need, spared * need / all_need)

    def _use(self, place: int, units: float, into: Sequence[tuple[int, float]]) -> None:
        """Units of a component go into lots, one after the other in proportion to their size."""
        if units <= 0.0 or not into:
            return
        taken = deque(self._lots(place, units, BOUGHT, place) if self.endless[place] else self._take(place, units))
        total = math.fsum(u for _, u in into)
        for n, (target, u) in enumerate(into):
            want = units * u / total
            while taken and (want > DUST * units or n == len(into) - 1):
                lot, there = taken[0]
                now = there if n == len(into) - 1 else min(there, want)
                self.used.append((self.t, lot, place, target, now))
                want -= now
                if there - now <= DUST * max(1.0, there):
                    taken.popleft()
                else:
                    taken[0] = (lot, there - now)

    def _claims(self, row: int, lanes: bool = True, markets: bool = True) -> None:
        """What leaves a stock, for lanes and for markets."""
        n_lanes, sent = self.recipes - self.lanes, self.sent[self.t]
        for c in self.at_row["claims"][row]:
            if c < n_lanes and lanes:
                self._move(row, self.lanes + c, sent[c])
            elif c >= n_lanes and markets:
                self._move(row, self.markets + c - n_lanes, sent[c])

    def _disrupt(self) -> None:
        for lane, units in enumerate(self.value["lanes.lost_on_way"][self.t]):
            if units > 0.0:
                out, _ = self.shelf[self.lanes + lane].part(units)
                self.moved += [(self.t, lot, self.lanes + lane, self.scrap, u) for lot, u in out]
        for row, units in enumerate(self.value["stocks.destroyed"][self.t]):
            if units > 0.0:
                self._move(row, self.scrap, units)

    def _expire(self) -> None:
        for row, units in enumerate(self.value["stocks.expired"][self.t]):
            if units > 0.0:
                self._move(row, self.scrap, units)

    def _done(self) -> Ledger:
        end = self.value["stocks.on_hand"][-1] if self.value["stocks.on_hand"] else []
        for row, units in enumerate(end):
            off = abs(self.shelf[row].total() - units)
            if not self.endless[row] and off > 1e-6 * max(1.0, units):
                self.short[row] = max(self.short.get(row, 0.0), off)
        if self.short:
            stocks = self.net.stocks
            where = [f"{stocks['product'][p]} at {stocks['site'][p]}" if p < self.lanes else "goods on the way or in work" for p in list(self.short)[:4]]
            raise CaseError([Problem("lots", None, "", "", f"the lots of {', '.join(where)} cannot be followed: goods moved in a way that the history of the run does not tell",
                                     "A step of your own that moves goods cannot be followed by lots.")])  # fmt: skip
        left = [(place, lot, u) for place, shelf in enumerate(self.shelf) for lot, u in shelf]
        return Ledger(self.flows, self.world, np.array(self.row, np.int64), np.array(self.day, np.int64), np.array(self.origin, np.int64), np.array(self.expiry, float),
                      np.array(self.number, np.int64), np.array(self.moved, float).reshape(-1, 5), np.array(self.used, float).reshape(-1, 5), left)  # fmt: skip


MOST_LOTS = 5_000_000
"""Lots of a run; smaller ones are refused in a sentence."""


def _by(rows: np.ndarray, n: int) -> list[list[int]]:
    """For each number below n the places where it stands."""
    found: list[list[int]] = [[] for _ in range(n)]
    for i, row in enumerate(np.asarray(rows).tolist()):
        found[row].append(i)
    return found


def lot_rules(plan: Plan) -> dict[str, list]:
    """How every stock is kept in lots: size, life and which lot leaves first."""
    stocks, table = plan.net.stocks, plan.case["lots"]
    n = len(stocks)
    found = {"lot_size": [math.nan] * n, "good_for": [math.nan] * n, "issue": [FIFO] * n, "promised_life": [math.nan] * n, "mixes": [False] * n}
    at = {pair: i for i, pair in enumerate(zip(stocks["site"], stocks["product"], strict=True))}
    for row in table.to_dict("records"):
        i = at.get((row["site"], row["product"]))
        if i is not None:
            for name, values in found.items():
                values[i] = row[name] if name in ("issue", "mixes") else float(row[name]) if row[name] is not None else math.nan
    return found
