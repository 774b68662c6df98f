"""Vehicles bring kits from depots to places in need: one world, as a rule sends them.

Whenever a vehicle stands at a depot that has kits, the rule says where it goes next, and from there on, as long as it has kits left
and a road leads on.  Nothing is known of a place before its need is.  Kits may perish at a depot, and gifts that come unasked keep its
hands busy; cash reaches whom it serves without a vehicle.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from twinkit.capabilities.relief.waiting import Deprivation


@dataclass(frozen=True)
class Ways:
    """What a vehicle at a depot may choose of: one entry for each place that it can go to now.

    Attributes
    ----------
    hours
        Of the drive [h].
    people, open
        In need, and of these without a kit that is there or on its way.
    priority, order
        Of a person there; place in the table.
    now
        Hours since the start [h].
    deprivation
        What waiting costs a person.
    load
        Kits that the vehicle can take.
    unloading
        Hours at a place [h].
    """

    hours: np.ndarray
    people: np.ndarray
    open: np.ndarray
    priority: np.ndarray
    order: np.ndarray
    now: float
    deprivation: Deprivation
    load: np.ndarray
    unloading: float


def _relieved(w: Ways) -> np.ndarray:
    """Growth of the deprivation cost that a load stops, for each hour of the vehicle [money/h²]."""
    there = w.now + w.hours
    return w.load * w.deprivation.scale * w.deprivation.rate * np.exp(w.deprivation.rate * there) / (2 * w.hours + w.unloading)


RULES: dict[str, tuple[str, Callable[[Ways], np.ndarray]]] = {
    "in turn": ("the places in the order of the table, to each until it has enough", lambda w: -w.order.astype(float)),
    "nearest first": ("the place with the shortest drive", lambda w: -w.hours),
    "evenly": ("the place where the smallest share of the people has a kit or one on its way", lambda w: w.open / w.people),
    "by priority": ("the place where most people are without, each counted with the priority of the place", lambda w: w.open * w.priority),
    "least suffering": ("the place where a load stops most suffering for each hour of the vehicle", _relieved),
}
"""Rule → what it says in words, and its score of every way: the largest is taken."""


@dataclass(frozen=True)
class World:
    """One world: what help finds.

    Attributes
    ----------
    people
        By place.
    opens
        From when on a road can be driven, shape (depots, places) [h]; infinite where there is none.
    onward
        The same of the roads between places, shape (places, places) [h]; None where the table has none.
    """

    people: np.ndarray
    opens: np.ndarray
    onward: np.ndarray | None = None


@dataclass(frozen=True)
class Gift:
    """Goods that come unasked: hour, depot, kits among them, and hours in which nobody there loads a vehicle, as they are sorted."""

    at: float
    depot: int
    kits: float
    sorting: float


@dataclass(frozen=True)
class Cash:
    """Money instead of goods, by place: share of the people whom it serves, hour at which it is paid [h], and what each gets [money]."""

    share: np.ndarray
    paid: np.ndarray
    each: np.ndarray


@dataclass(frozen=True)
class Task:
    """Depots, places and roads as arrays.

    Attributes
    ----------
    places, depots
        Names.
    hours
        Of a drive, shape (depots, places) [h]; infinite where there is no road.
    known, priority
        By place [h], [-].
    vehicles, load, unloading, cost
        By depot [-], [kits], [h], [money/h].
    arrivals
        Hour, depot and kits of what is there (hour 0) or comes later.
    horizon
        Hours that are looked at [h].
    deprivation
        What waiting costs a person.
    onward
        Of a drive between places, shape (places, places) [h]; infinite where there is no road, None where there is none at all.
    keeps
        Hours that a kit may lie at a depot [h]; infinite where it does not perish.
    gifts, cash
        What comes unasked; money instead of goods, None where none is paid.
    """

    places: list[str]
    depots: list[str]
    hours: np.ndarray
    known: np.ndarray
    priority: np.ndarray
    vehicles: np.ndarray
    load: np.ndarray
    unloading: np.ndarray
    cost: np.ndarray
    arrivals: list[tuple[float, int, float]]
    horizon: float
    deprivation: Deprivation
    onward: np.ndarray | None = None
    keeps: np.ndarray | None = None
    gifts: tuple[Gift, ...] = ()
    cash: Cash | None = None


@dataclass(frozen=True)
class Trips:
    """What came of a rule in a world.

    Attributes
    ----------
    at, place, kits
        Of each delivery: hour, place and kits; who has got cash counts as one who has got a kit.
    driven
        Hours of all vehicles by depot, to their return [h].
    perished
        Kits that became too old at a depot.
    paid
        Cash [money].
    """

    at: np.ndarray
    place: np.ndarray
    kits: np.ndarray
    driven: np.ndarray
    perished: float = 0.0
    paid: float = 0.0


@dataclass
class Depot:
    """Kits of a depot, the oldest first: until when each lot keeps, and how many it is; and until when its hands are busy."""

    keeps: float
    lots: list[list[float]] = field(default_factory=list)
    busy: float = 0.0

    def receive(self, now: float, kits: float) -> None:
        """Take kits in."""
        self.lots.append([now + self.keeps, kits])

    def scrap(self, now: float) -> float:
        """Throw away what is too old; how many kits."""
        gone = sum(kits for until, kits in self.lots if until <= now)
        self.lots = [lot for lot in self.lots if lot[0] > now]
        return gone

    @property
    def stock(self) -> float:
        """Kits that are there."""
        return sum(kits for _, kits in self.lots)

    def issue(self, kits: float) -> None:
        """Give kits out, the oldest first."""
        while kits > 0 and self.lots:
            taken = min(kits, self.lots[0][1])
            kits -= taken
            self.lots[0][1] -= taken
            if self.lots[0][1] <= 0:
                self.lots.pop(0)


COMES, RETURNS, WAKES, GIFT = range(4)
"""What happens at an hour: kits come in, a vehicle is back, something is worth another look, goods come unasked."""


def trips(task: Task, world: World, rule: str) -> Trips:
    """Send every vehicle where a rule says, as long as there are kits and places that want them.

    Parameters
    ----------
    task, world, rule
        Depots and places; what help finds; one of :data:`RULES`.
    """
    score = RULES[rule][1]
    n, left = len(task.depots), world.people.astype(float).copy()
    depots = [Depot(float("inf") if task.keeps is None else float(task.keeps[d])) for d in range(n)]
    idle, driven, perished, paid = task.vehicles.astype(int).copy(), np.zeros(n), 0.0, 0.0
    queue: list[tuple[float, int, int, float]] = [(t, COMES, d, kits) for t, d, kits in task.arrivals]  # kits come in before vehicles leave
    queue += [(gift.at, GIFT, i, 0.0) for i, gift in enumerate(task.gifts)]
    opens = [world.opens] if world.onward is None else [world.opens, world.onward]
    starts = {*task.known.tolist(), *(t for table in opens for t in table[np.isfinite(table)].ravel().tolist()), 0.0}
    queue += [(t, WAKES, -1, 0.0) for t in starts]
    heapq.heapify(queue)
    done: list[tuple[float, int, float]] = []
    if task.cash is not None:  # whom cash serves is brought no kit
        served = np.floor(world.people * task.cash.share)
        left -= served
        for p in np.flatnonzero(served > 0):
            at = max(float(task.cash.paid[p]), float(task.known[p]))
            if at < task.horizon:
                done.append((at, int(p), float(served[p])))
                paid += float(served[p] * task.cash.each[p])
    while queue and queue[0][0] < task.horizon:
        now = queue[0][0]
        while queue and queue[0][0] <= now:
            _, kind, which, kits = heapq.heappop(queue)
            if kind == COMES:
                depots[which].receive(now, kits)
            elif kind == RETURNS:
                idle[which] += 1
            elif kind == GIFT:
                gift = task.gifts[which]
                depots[gift.depot].busy = max(now, depots[gift.depot].busy) + gift.sorting
                heapq.heappush(queue, (depots[gift.depot].busy, COMES, gift.depot, gift.kits))
        for d, depot in enumerate(depots):
            perished += depot.scrap(now)
            while idle[d] > 0 and depot.stock >= 1.0 and depot.busy <= now:
                tour = _tour(task, world, score, d, now, left, min(float(task.load[d]), depot.stock))
                if not tour:
                    break
                for at, p, units in tour:
                    depot.issue(units)
                    left[p] -= units
                    done.append((at, p, units))
                idle[d] -= 1
                back = tour[-1][0] + float(task.unloading[d]) + float(task.hours[d, tour[-1][1]])
                driven[d] += back - now
                heapq.heappush(queue, (back, RETURNS, d, 0.0))
    perished += sum(depot.scrap(task.horizon) for depot in depots)
    found = np.array([one for one in done if one[0] < task.horizon], float).reshape(-1, 3)
    return Trips(found[:, 0], found[:, 1].astype(int), found[:, 2], driven, perished, paid)


def _tour(task: Task, world: World, score: Callable[[Ways], np.ndarray], d: int, now: float, left: np.ndarray, carries: float) -> list[tuple[float, int, float]]:
    """Where a vehicle that leaves a depot now goes, place after place: hour of arrival, place and kits; empty if it stays."""
    stops: list[tuple[float, int, float]] = []
    wanted = (left > 1e-9) & (task.known <= now) & (world.opens[d] <= now)
    hours, at = task.hours[d], now
    while carries >= 1.0 or not stops:
        can = np.flatnonzero(wanted)
        if not len(can):
            break
        load = np.minimum(left[can], carries)
        ways = Ways(hours[can], world.people[can], left[can], task.priority[can], can, now, task.deprivation, load, float(task.unloading[d]))
        i = int(np.argmax(score(ways)))
        p, at = int(can[i]), at + float(ways.hours[i])
        stops.append((at, p, float(load[i])))
        carries -= float(load[i])
        if task.onward is None or world.onward is None:
            break
        at += float(task.unloading[d])
        wanted = wanted & (world.onward[p] <= now)
        wanted[p] = False
        hours = task.onward[p]
    return stops
