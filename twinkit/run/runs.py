"""Runs of a batch, and what is kept of them so that nothing is run twice.

A course says which plan holds from which period on: first without the events, from
the first event on with them.  Courses that begin alike share their beginning: it is run
once, and each goes on from a snapshot of the period in which it parts from the others.
A course that was run before is not run again, so a change that matters only for the
report (a price, a threshold) costs no run.
"""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from twinkit import rooms
from twinkit.chain.branch import transplant
from twinkit.chain.chain import Chain
from twinkit.chain.kept import HISTORIES
from twinkit.chain.plan import Plan, without_events
from twinkit.chain.records import Series, row_names
from twinkit.chain.world import build_world

# Courses: which plan holds from which period on, without the events of a scenario and with them.
#
# The world without the events is the same world with everything else: what the case has
# scheduled happens in both, unless the scenario names it.  Until the first event both are the
# same, and so are those of other scenarios.


class Leg(NamedTuple):
    """A plan that holds from a period on."""

    start: int
    plan: Plan


def parting(plan: Plan) -> int:
    """First period in which an event may happen; the horizon if there is none [period]."""
    return int(plan.effects.earliest[studied(plan)].min(initial=plan.periods))


def studied(plan: Plan) -> np.ndarray:
    """Which effects are of the events that a study asks about, shape (effects,): those that the paired world lacks."""
    kept = set(calm(plan).effects.names)
    return np.array([name not in kept for name in plan.effects.names], bool)


def events_studied(plan: Plan) -> list[str]:
    """Names of the events that a study asks about, each once."""
    return list(dict.fromkeys(n for n, own in zip(plan.effects.names, studied(plan), strict=True) if own))


def calm(plan: Plan) -> Plan:
    """The plan of the paired world."""
    if not plan.effects.names:
        return plan
    if "calm" not in plan.notes:
        plan.notes["calm"] = without_events(plan)
    return plan.notes["calm"]


def courses(plan: Plan) -> tuple[list[Leg], list[Leg]]:
    """Which plan holds from when on, without the events and with them."""
    legs = [Leg(0, plan)] if plan.before is None else [Leg(0, plan.before), Leg(plan.since, plan)]
    at = parting(plan)
    with_events = [Leg(0, calm(legs[0].plan))] if at > 0 else []
    for leg in legs:
        end = plan.since if leg.plan is not plan else plan.periods
        if leg.start > 0 and at > leg.start:
            with_events.append(Leg(leg.start, calm(leg.plan)))
        if at < end:
            with_events.append(Leg(max(leg.start, at), leg.plan))
    return [Leg(leg.start, calm(leg.plan)) for leg in legs], with_events


# What a run depends on, as one short text: two runs with the same fingerprint are the same run.
#
# It is made of everything that the steps of the day read, so nothing can be forgotten:
# the arrays of one world at its start, the events, the order of events and the names by
# which rows are known.  Prices and names of cities are not among them: they only matter
# for the report, and a report needs no new run.


TABLES = ("sites", "stocks", "lanes", "recipes", "markets")


def fingerprint(plan: Plan, seed: int, record: Sequence[Series]) -> str:
    """Fingerprint of what a plan does with some luck and some histories.

    Parameters
    ----------
    plan
        The case made ready.
    seed
        Seed of all chance.
    record
        Histories that are kept.
    """
    known = plan.notes.setdefault("fingerprints", {})
    key = (seed, tuple(s.name for s in record))
    if key not in known:
        known[key] = _digest(_parts(plan, seed, record))
    return known[key]


def _parts(plan: Plan, seed: int, record: Sequence[Series]) -> Iterable[object]:
    yield from build_world(plan, seed, 1, 0, record)
    yield from (getattr(plan.effects, f.name) for f in fields(plan.effects))
    yield [seed, plan.periods, plan.case.settings["day"]]
    yield from (row_names(plan, table) for table in TABLES)
    yield from ([s.name, *s.labels] for s in record)
    if rooms.at_work(plan.case):  # Python of a room may read anything
        yield [rooms.version(), *sorted(map(repr, plan.case.settings.items()))]
        yield from (table.to_csv() for table in plan.case.tables.values())


def _digest(parts: Iterable[object]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype.str}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part))
        else:
            digest.update(repr(part).encode())
    return digest.hexdigest()


def kept_bytes(words: str) -> int:
    """A number of MiB in words as bytes; 128 MiB where it says no whole number.

    >>> kept_bytes("48") == 48 * 2**20, kept_bytes("lots") == kept_bytes("")
    (True, True)
    """
    return (int(words) if words.isdecimal() else 128) * 2**20


LIMIT = kept_bytes(os.environ.get("TWINKIT_KEPT_MIB", ""))
"""Most that a process keeps of what it has run [bytes]: ``TWINKIT_KEPT_MIB``, or 128 MiB."""


class Totals(NamedTuple):
    """What costs and KPIs are made of; see :class:`~twinkit.chain.layout.World`."""

    total_stock: np.ndarray
    total_lane: np.ndarray
    total_recipe: np.ndarray
    total_market: np.ndarray
    stock_n: np.ndarray


@dataclass
class Run:
    """A finished run: its histories by name, and its totals."""

    histories: dict[str, np.ndarray]
    totals: Totals


class Kept:
    """Runs and snapshots by key; the least recently used go when there are too many bytes.

    Parameters
    ----------
    limit
        Most that is kept [bytes].
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._found: OrderedDict[tuple, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()
        self._busy: dict[tuple, tuple[Lock, list[int]]] = {}

    def get(self, key: tuple) -> Any:
        """What is kept under a key, or None."""
        with self._lock:
            if key not in self._found:
                return None
            self._found.move_to_end(key)
            return self._found[key][0]

    def put(self, key: tuple, value: Any, size: int) -> None:
        """Keep something of so many bytes, unless it is more than a quarter of all room."""
        with self._lock:
            if size > self.limit / 4 or key in self._found:
                return
            self._found[key] = value, size
            self._bytes += size
            while self._bytes > self.limit:
                _, (_, gone) = self._found.popitem(last=False)
                self._bytes -= gone

    def latest(self, course: tuple, period: int) -> Any:
        """Latest snapshot of a course that is not after a period, with its plan; or None."""
        with self._lock:
            periods = [key[2] for key in self._found if key[:2] == ("snapshot", course) and key[2] <= period]
        return self.get(("snapshot", course, max(periods))) if periods else None

    @contextmanager
    def alone(self, key: tuple) -> Iterator[None]:
        """Let one thread at a time do what belongs to a key."""
        with self._lock:
            lock, users = self._busy.setdefault(key, (Lock(), [0]))
            users[0] += 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                users[0] -= 1
                if not users[0]:
                    self._busy.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._found.clear()
            self._bytes = 0


KEPT = Kept()
"""What this process has run."""


@dataclass(frozen=True)
class Runner:
    """Runs courses in some worlds.

    Attributes
    ----------
    seed, first, replications
        Seed of all chance, the first world and the number of worlds.
    chain
        ``actors`` and ``policies``; with rules of one's own `kept` must be one's own, too.
    record
        Histories that a run of a plan keeps.
    kept
        Where runs and snapshots are kept.
    """

    seed: int
    first: int
    replications: int
    chain: Mapping[str, Any]
    record: Callable[[Plan], list[Series]]
    kept: Kept

    def run(self, course: Sequence[Leg], marks: Sequence[int] = ()) -> Run:
        """Run a course to its end.

        Parameters
        ----------
        course
            Legs in the order of their starts, the first at 0.
        marks
            Periods of the last leg of which a snapshot is kept: other courses part there [period].
        """
        name = self._name(course)
        with self.kept.alone(name):
            found = self.kept.get(("run", name))
            if found is None:
                chain = self._at_start(course, len(course) - 1)
                parts = sorted(m for m in set(marks) if chain.period <= m < chain.plan.periods)
                snapshots = [chain.run(period).snapshot() for period in parts]
                found = _finished(chain.run())
                for snapshot in snapshots:
                    for history in HISTORIES:  # what was recorded by then is a part of what was recorded in all
                        whole = getattr(chain.world, history)
                        snapshot["arrays"][history] = whole[:, : snapshot["period"]]
                    self._keep(name, snapshot, chain.plan)
                self.kept.put(("run", name), found, _bytes(found.histories) + sum(a.nbytes for a in found.totals))
        return found

    def _name(self, course: Sequence[Leg]) -> tuple:
        """Key of a course: what its legs do and when they start, and the worlds."""
        legs = tuple((leg.start, fingerprint(leg.plan, self.seed, self.record(leg.plan))) for leg in course)
        return (*legs, self.first, self.replications)

    def _new(self, plan: Plan) -> Chain:
        own = {**self.chain, "record": self.record(plan)}
        return Chain(plan, self.replications, seed=self.seed, first=self.first, **own)

    def _at_start(self, course: Sequence[Leg], i: int) -> Chain:
        """A chain of the plan of leg i, at the start of that leg."""
        start, plan = course[i]
        chain = self._new(plan)
        if i == 0:
            return chain
        before = course[:i]
        name = self._name(before)
        kept = self.kept.latest(name, start)
        if kept is None or kept[0]["period"] < start:
            if kept is None:
                past = self._at_start(before, i - 1)
            else:
                past = transplant(kept[0], kept[1], self._new(before[-1].plan))
            kept = self._keep(name, past.run(start).snapshot(), past.plan)
        return transplant(kept[0], kept[1], chain)

    def _keep(self, name: tuple, snapshot: dict, plan: Plan) -> tuple[dict, Plan]:
        arrays = [*snapshot["arrays"].values(), *snapshot["own"].values()]
        size = sum(a.nbytes for a in arrays if a.base is None)
        self.kept.put(("snapshot", name, snapshot["period"]), (snapshot, plan), size)
        return snapshot, plan


def _bytes(arrays: Mapping[Any, np.ndarray]) -> int:
    return sum(a.nbytes for a in arrays.values())


def _finished(chain: Chain) -> Run:
    w = chain.world
    totals = (w.total_stock, w.total_lane, w.total_recipe, w.total_market)
    for array in (w.record, w.record_mean, *totals):
        array.flags.writeable = False  # outcomes share them
    histories = {}
    for s in chain.series:
        values = chain.history(s.name)
        histories[s.name] = values[:, :, 0] if s.mean else values
    return Run(histories, Totals(*totals, chain.plan.stock_n))
