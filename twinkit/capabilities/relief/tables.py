"""Tables of the room relief: people in need by place, vehicles at the depots, and the roads between them."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.columns import Column
from twinkit.tables.look import Look, about
from twinkit.tables.problems import Problem
from twinkit.tables.words import name_column


class InNeed:
    """A place whose people wait for help; a kit is what one person needs."""

    table, key = "in_need", ("place",)
    hxl: ClassVar[dict[str, tuple[str, ...]]] = {
        "place": ("#loc+name", "#adm+name", "#loc", "#adm"), "pcode": ("#loc+code", "#adm+code"), "latitude": ("#geo+lat",), "longitude": ("#geo+lon",),
        "people": ("#inneed", "#affected", "#targeted", "#population"), "source": ("#meta+source",),
    }  # fmt: skip

    place = name_column("name of the place")
    pcode = Column("text", "code by which others know the place (P-code)", kind="text", start="")
    people = Column("people", "people in need", low=0, quantity="amount")
    people_spread = Column("share", "standard deviation of that number, as a share of it", start=0.0, low=0, high=1)
    priority = Column("number", "how much a person here counts where help is sent by priority", start=1.0, low=0)
    known = Column("hours", "time after which the need here is known", start=0.0, low=0)
    cash_share = Column("share", "people whom cash serves as well as a kit, as there is a market that works", start=0.0, low=0, high=1)
    cash_from = Column("hours", "time from which cash can be paid", start=0.0, low=0)
    cash_each = Column("money/person", "cash that one of them gets", start=0.0, low=0)
    latitude = Column("degrees", "north positive", start=math.nan, low=-90, high=90)
    longitude = Column("degrees", "east positive", start=math.nan, low=-180, high=180)
    source = Column("text", "where the number of people comes from", kind="text", start="")


class Fleets:
    """Vehicles of a depot: a site of the case, whose stock is what they carry."""

    table, key = "fleets", ("depot",)

    depot = name_column("site that sends help", "sites.site")
    vehicles = Column("number", "vehicles that may be under way at a time", low=0, high=10_000, kind="whole")
    load = Column("units", "kits that one of them carries at most", low=1)
    unloading = Column("hours", "time at a place", start=1.0, low=0)
    cost = Column("money/hour", "of a vehicle under way", start=0.0, low=0)


class Roads:
    """The way from a depot to a place; the way back takes as long."""

    table, key = "roads", ("depot", "place")

    depot = name_column("depot that it begins at", "fleets.depot")
    place = name_column("place that it leads to", "in_need.place")
    hours = Column("hours", "time of a drive", low=0.01)
    cut_share = Column("share", "chance that it is cut at the start", start=0.0, low=0, high=1)
    reopens = Column("hours", "time after which a road that is cut opens again, on the mean", start=24.0, low=0.01)


class Byroads:
    """A road between two places, either way: a vehicle that has kits left goes on, and comes home by a road of its depot."""

    table, key = "byroads", ("place", "other")

    place = name_column("place at one end", "in_need.place")
    other = name_column("place at the other end", "in_need.place")
    hours = Column("hours", "time of a drive", low=0.01)
    cut_share = Column("share", "chance that it is cut at the start", start=0.0, low=0, high=1)
    reopens = Column("hours", "time after which a road that is cut opens again, on the mean", start=24.0, low=0.01)


class Gifts:
    """Goods that come to a depot unasked; as long as they are sorted, nobody there loads a vehicle."""

    table, key = "gifts", ("gift",)

    gift = name_column("name of the gift")
    depot = name_column("site that it comes to", "fleets.depot")
    arrives = Column("hours", "when it comes", low=0)
    units = Column("units", "goods of any kind", low=0)
    useful = Column("share", "of them that serve as kits, once they are sorted", start=0.0, low=0, high=1)
    sorting = Column("hours", "time that it takes to sort them", start=0.0, low=0)


def _unreached(look: Look) -> list[Problem]:
    lonely = ~look.case["in_need"]["place"].isin(look.case["roads"]["place"]).to_numpy()
    return look.lines("in_need", "place", lonely, "has no row in roads, so nobody there is ever reached")


def _stays(look: Look) -> list[Problem]:
    idle = (look.values("fleets", "vehicles").astype(float) == 0) if len(look.case["fleets"]) else []
    return look.lines("fleets", "vehicles", idle, "is 0, so nothing leaves this depot")


def _loops(look: Look) -> list[Problem]:
    if not look.good("byroads", "place", "other").all():
        return []
    roads = look.case["byroads"]
    same = (roads["place"] == roads["other"]).to_numpy()
    ends = [tuple(sorted(pair)) for pair in zip(roads["place"], roads["other"], strict=True)]
    twice = np.array(pd.Series(ends, dtype=object).duplicated(), bool) & ~same
    return [*look.cells("byroads", "other", same, "is the place where the road begins", "A road leads to another place."),
            *look.cells("byroads", "other", twice, "is joined to this place by a row above", "A road is driven either way: write it once.")]  # fmt: skip


def _home(look: Look) -> list[Problem]:
    roads = look.case["byroads"]
    lost = ~(roads["place"].isin(look.case["roads"]["place"]) & roads["other"].isin(look.case["roads"]["place"])).to_numpy()
    return look.lines("byroads", "place", lost, "joins a place that no depot has a road to, and a vehicle comes home by one, so it is never driven")


rooms.add_table(InNeed, notes=[_unreached])
rooms.add_table(Fleets, notes=[_stays])
rooms.add_table(Roads)
rooms.add_table(Byroads, checks=[about("byroads")(_loops)], notes=[_home])
rooms.add_table(Gifts)
