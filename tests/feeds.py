"""Feeds of tests: rows as people send them, and what a twin makes of them."""

from __future__ import annotations

import itertools

import numpy as np
from tiny_case import MARKET, PRODUCT, SHOP, SOURCE

from twinkit.capabilities.live.company import long_enough, rows_of_day
from twinkit.capabilities.live.feed import Feed
from twinkit.capabilities.live.twin import ROOM, Twin
from twinkit.chain.chain import Chain
from twinkit.tables.case import Case

NUMBER = itertools.count()


def feed_of(folder, case, rows=()) -> Feed:
    feed = Feed(folder / f"feed {next(NUMBER)}.sqlite", case)
    feed._db.execute("PRAGMA synchronous=OFF")  # no test here pulls the plug
    feed.take(rows, "test")
    return feed


def own_run(case: Case, days: int, world: int = 0, worlds: int = 1) -> list[dict]:
    chain, rows = Chain(long_enough(case, days + ROOM), worlds), []
    for _ in range(days):
        chain.step()
        rows += ({**row, "sure": "yes"} for row in rows_of_day(chain, world))
    return rows


def count(at: int, units: float, **more) -> dict:
    return {"kind": "count", "at": at, "site": SHOP, "product": PRODUCT, "units": units, **more}


def asked(at: int, units: float) -> dict:
    return {"kind": "demand", "at": at, "market": MARKET, "product": PRODUCT, "units": units}


def shipped(number: str, at: int, units: float, eta: int) -> dict:
    return {"kind": "shipment", "at": at, "origin": SOURCE, "destination": SHOP, "product": PRODUCT, "units": units, "shipment": number, "eta": eta}


def came(number: str, at: int) -> dict:
    return {"kind": "receipt", "at": at, "shipment": number}


def image(twin: Twin) -> list[bytes]:
    """Everything that changes, to the bit."""
    return [np.ascontiguousarray(a).tobytes() for c in twin.chains for a in (c.world.stock, c.world.lane, c.world.recipe, c.world.claim, c.world.pipe, c.world.work)]
