"""Tables of the room relief: people in need by place, vehicles at the depots, and the roads between them."""

from __future__ import annotations

import math
from typing import ClassVar

from twinkit import rooms
from twinkit.columns import Column
from twinkit.tables.look import Look
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


def _unreached(look: Look) -> list[Problem]:
    lonely = ~look.case["in_need"]["place"].isin(look.case["roads"]["place"]).to_numpy()
    return look.lines("in_need", "place", lonely, "has no row in roads, so nobody there is ever reached")


def _stays(look: Look) -> list[Problem]:
    idle = (look.values("fleets", "vehicles").astype(float) == 0) if len(look.case["fleets"]) else []
    return look.lines("fleets", "vehicles", idle, "is 0, so nothing leaves this depot")


rooms.add_table(InNeed, notes=[_unreached])
rooms.add_table(Fleets, notes=[_stays])
rooms.add_table(Roads)
