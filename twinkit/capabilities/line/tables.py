"""Tables of the room line."""

from __future__ import annotations

import pandas as pd

from twinkit import rooms
from twinkit.columns import Column
from twinkit.tables.look import Look
from twinkit.tables.problems import Problem, quote
from twinkit.tables.words import name_column

STATES = ("working", "setup", "down", "starved", "blocked", "waiting", "off")


class Stations:
    """A station of a production line: how fast it is, how often it is up, and the buffer after it."""

    table, key = "stations", ("line", "station")

    line = name_column("line that it belongs to")
    station = name_column("name of the station")
    position = Column("number", "its place in the line, from 1", low=1, kind="whole")
    hours = Column("hours", "time of a part on one machine", low=1e-9)
    machines = Column("number", "machines that work side by side", start=1, low=1, kind="whole")
    availability = Column("share", "share of the time in which it is up", start=1.0, low=1e-9, high=1)
    buffer = Column("parts", "room for parts between it and the next station", start=1.0, low=1, kind="whole")


class StationLog:
    """A spell of a station in one state, as machines record it."""

    table, key = "station_log", ("line", "station", "begin")

    line = name_column("line of the station", "stations.line")
    station = name_column("name of the station")
    begin = Column("hours", "when the spell begins", quantity="moment")
    end = Column("hours", "when it ends", quantity="moment")
    state = Column("text", "what it did", kind="text", choices=STATES)


def positions_differ(look: Look) -> list[Problem]:
    """Two stations of a line do not stand in one place."""
    if not look.good("stations", "line", "position").all():
        return []
    twice = look.case["stations"].duplicated(["line", "position"]).to_numpy()
    return look.cells("stations", "position", twice, "is the place of another station of the line", "Count the stations from 1 on.")


def spells_follow(look: Look) -> list[Problem]:
    """A log names stations that there are, and its spells follow each other."""
    log = look.case["station_log"]
    if log.empty or not look.good("station_log", "line", "station", "begin", "end").all():
        return []
    known = pd.MultiIndex.from_frame(look.case["stations"][["line", "station"]])
    strange = ~pd.MultiIndex.from_frame(log[["line", "station"]]).isin(known)
    found = look.cells("station_log", "station", strange, lambda i: f"is no station of {quote(log['line'].iat[i])}", "Add it to stations, or correct the name.")
    found += look.cells("station_log", "end", (log["end"] <= log["begin"]).to_numpy(), "is not after the begin of the spell", "Correct one of the two.")
    before = log.sort_values("begin", kind="stable").groupby(["line", "station"])["end"].shift()
    early = (log["begin"] < before.reindex(log.index) - 1e-9).to_numpy()
    return found + look.cells("station_log", "begin", early, "is before the end of the spell before it", "Let the spells of a station follow each other.")


rooms.add_table(Stations, checks=[positions_differ])
rooms.add_table(StationLog, checks=[spells_follow])
