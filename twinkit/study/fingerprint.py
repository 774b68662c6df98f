"""What a run depends on, as one short text: two runs with the same fingerprint are the same run.

It is made of everything that the steps of the day read, so nothing can be forgotten:
the arrays of one world at its start, the events, the order of events and the names by
which rows are known.  Prices and names of cities are not among them: they only matter
for the report, and a report needs no new run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import fields

import numpy as np

from twinkit import rooms
from twinkit.chain.plan import Plan
from twinkit.chain.records import Series, row_names
from twinkit.chain.world import build_world

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
