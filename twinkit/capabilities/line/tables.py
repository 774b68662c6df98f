"""Tables of the room line."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.capabilities.line.layout import layout_of
from twinkit.columns import Column
from twinkit.tables.case import Case
from twinkit.tables.look import Look, about
from twinkit.tables.problems import Problem, did_you_mean, listed, quote
from twinkit.tables.words import name_column

STATES = ("working", "setup", "down", "starved", "blocked", "waiting", "staff", "stopped", "maintenance", "off")
TASKS = ("run", "setup", "repair")


class Stations:
    """A station of a production line: how fast it is, how often and how long it fails, and the buffer after it."""

    table, key = "stations", ("line", "station")

    line = name_column("line that it belongs to")
    station = name_column("name of the station")
    position = Column("number", "its place in the line, from 1; stations of one place stand side by side and take the same parts", low=1, kind="whole")
    feeds = name_column("station that its parts go to, where each is fitted to one that comes the other way (assembly); empty = the next place", start="", advanced=True)
    hours = Column("hours", "mean time of a part on one machine", low=1e-9)
    cv = Column("number", "coefficient of variation of that time (Weibull): 0 = fixed, 1 = exponential", start=0.0, low=0, high=1)
    machines = Column("number", "machines that work side by side", start=1, low=1, high=100, kind="whole")
    availability = Column("share", "share of the time in which it is up, where its failures are not given; it is then taken as slower", start=1.0, low=1e-9, high=1)
    buffer = Column("parts", "room for parts between it and the next station", start=1.0, low=0, high=100_000, kind="whole")
    mtbf = Column("hours", "mean working hours to a failure; empty = it does not fail", start=None, low=0.01)
    life_shape = Column("number", "shape of the working hours to a failure (Weibull): 1 = by chance, above 1 = by age", start=1.0, low=0.3, high=20)
    repair_hours = Column("hours", "mean time of a repair", start=0.0, low=0)
    repair_cv = Column("number", "coefficient of variation of that time: 0 = fixed, 1 = exponential", start=1.0, low=0, high=1)
    maintain_after = Column("hours", "working hours after which what wears is replaced before it fails; empty = never", start=None, low=1e-6)
    maintain_hours = Column("hours", "time that takes", start=0.0, low=0)
    spare = name_column("product of which a repair, or a replacement, takes one from the stock of the site; empty = none is needed", "products.product", start="")
    scrap = Column("share", "share of its parts that are bad and thrown away", start=0.0, low=0, high=0.99)
    rework = Column("share", "share of its parts that go back to an earlier station", start=0.0, low=0, high=0.99)
    rework_to = name_column("station that they go back to; empty = to itself", start="")
    most_parts = Column("parts", "parts in the whole line at a time (CONWIP), said at its first station; empty = any number", start=None, low=1, kind="whole")
    transfer_batch = Column("parts", "parts that are handed on from it at a time", start=1, low=1, high=100_000, kind="whole", advanced=True)
    rest_hours = Column("hours", "time that a part rests after it, in the buffer and without a machine: curing, cooling, drying", start=0.0, low=0, advanced=True)
    minor_stop_every = Column("hours", "mean working hours between minor stops (exponential); empty = none", start=None, low=1e-4, advanced=True)
    minor_stop_hours = Column("hours", "mean length of a minor stop (exponential)", start=0.0, low=0, advanced=True)
    machine_cost = Column("money/year", "what one more machine costs in a year; empty = unknown", start=None, low=0)
    place_cost = Column("money/year", "what one more place in the buffer after it costs in a year; empty = unknown", start=None, low=0)


class Routings:
    """A station that a product passes, and its time there; a product without rows passes all stations in their own time."""

    table, key = "routings", ("line", "product", "station")

    line = name_column("line of the station", "stations.line")
    product = name_column("product that is made", "products.product")
    station = name_column("name of the station")
    hours = Column("hours", "mean time of a part on one machine", low=1e-9)


class Setups:
    """What it takes to set a station up from one product for another."""

    table, key = "setups", ("line", "station", "from_product", "to_product")

    line = name_column("line of the station", "stations.line")
    station = name_column("name of the station")
    from_product = name_column("product that was made last", "products.product")
    to_product = name_column("product that is made next", "products.product")
    hours = Column("hours", "time of the set-up", low=0)


class Shifts:
    """Hours of a day of the week in which a line works; a line without rows works day and night."""

    table, key = "shifts", ("line", "weekday", "begin")

    line = name_column("line that works", "stations.line")
    weekday = Column("number", "day of the week, 1 = Monday to 7 = Sunday", low=1, high=7, kind="whole")
    begin = Column("hours", "hour of the day at which it opens", low=0, high=24)
    end = Column("hours", "hour of the day at which it closes", low=0, high=24)


class Staff:
    """People of a line, and the hours of the day in which they are there; rows of a crew add up."""

    table, key = "staff", ("line", "crew", "begin")

    line = name_column("line that they work at", "stations.line")
    crew = name_column("name of people who can do the same")
    people = Column("number", "how many", low=0, high=1000, kind="whole")
    begin = Column("hours", "hour of the day at which they come", start=0.0, low=0, high=24)
    end = Column("hours", "hour of the day at which they go; what they have begun they finish", start=24.0, low=0, high=24)


class Skills:
    """What a crew can do at a station; a task that no crew is written for needs nobody."""

    table, key = "skills", ("line", "crew", "station", "task")

    line = name_column("line of the crew", "stations.line")
    crew = name_column("crew that can do it; of several that can, the one first in staff goes", "staff.crew")
    station = name_column("name of the station")
    task = Column("text", "run: a person stays while a part is worked on; setup; repair, and planned maintenance", kind="text", choices=TASKS)


class MachineEvents:
    """A breakdown at a given time, of one machine of a station or more; its repair waits for the station's spare as any other."""

    table, key = "machine_events", ("event",)

    event = name_column("name of the event")
    line = name_column("line of the station", "stations.line")
    station = name_column("name of the station")
    start = Column("period", "when it breaks; 2.5 is the middle of period 2", low=0)
    hours = Column("hours", "open hours that the repair takes", low=0)
    machines = Column("number", "machines of the station that break; more than there are = all", start=1, low=1, kind="whole")


class StationLog:
    """A spell of a station in one state, as machines record it."""

    table, key = "station_log", ("line", "station", "begin")

    line = name_column("line of the station", "stations.line")
    station = name_column("name of the station")
    begin = Column("hours", "when the spell begins", quantity="moment")
    end = Column("hours", "when it ends", quantity="moment")
    state = Column("text", "what it did", kind="text", choices=STATES)


@about("stations")
def ways_that_cannot_be(look: Look) -> list[Problem]:
    """Stations side by side share what is behind them, branches go forward, batches fit, and nothing is fitted twice."""
    if not look.good("stations", "line", "station", "position", "feeds", "buffer", "transfer_batch", "rework", "rework_to", "scrap", "most_parts").all():
        return []
    found, stations = [], look.case["stations"]
    wrong = {c: np.zeros(len(stations), bool) for c in ("feeds", "buffer", "transfer_batch", "rework_to", "scrap")}
    alike, room = wrong["buffer"].copy(), wrong["buffer"].copy()
    for line, rows in stations.groupby("line", sort=False):
        rows = rows.sort_values("position", kind="stable")
        at, place = dict(zip(rows["station"], rows.index, strict=True)), dict(zip(rows["station"], rows["position"], strict=True))
        for i, name in rows["feeds"].items():
            wrong["feeds"][i] = bool(name) and not place.get(name, -1) > rows["position"][i]
        for column in ("feeds", "buffer", "transfer_batch"):
            if column != "feeds" or not wrong["feeds"][rows.index].any():
                first = rows.groupby("position")[column].transform("first")
                (alike if column == "feeds" else wrong[column])[rows.index[(rows[column] != first).to_numpy()]] = True
        room[rows.index[((rows["transfer_batch"] > 1) & (rows["buffer"] < rows["transfer_batch"])).to_numpy()]] = True
        room[rows.index[((rows["rest_hours"] > 0) & (rows["buffer"] < 1)).to_numpy()]] = True
        if wrong["feeds"][rows.index].any() or alike[rows.index].any():
            continue
        way, names = layout_of(rows), rows["station"].tolist()
        group = dict(zip(names, way.group.tolist(), strict=True))
        fed, path = {g for g in range(len(way.goes)) if way.sides(g)[1]}, {g: e for e, own in enumerate(way.paths) for g in own}
        for name, to, again, bad in zip(names, rows["rework_to"], rows["rework"], rows["scrap"], strict=True):
            own, back = group[name], group.get(to or name, -1)
            wrong["rework_to"][at[name]] = again > 0 and back >= 0 and (path[back] != path[own] or any(back <= g <= own and path[g] == path[own] for g in fed))
            late = [g for g in range(len(way.goes)) if way.sides(g)[1] and path[g] == path[own] and g > own]
            wrong["scrap"][at[name]] = bad > 0 and (bool(late) or path[own] > 0) and (len(products_of(look.case, str(line))) > 1 or line in set(look.case["recipes"]["line"]))
    found += look.cells("stations", "feeds", wrong["feeds"], "is no station that stands later in the line", "Parts go to a later place (position) of the same line.")
    found += look.cells("stations", "feeds", alike, "is not what the station beside it feeds", "Stations of one position share what is behind them: write the same for both.")
    for column in ("buffer", "transfer_batch"):
        found += look.cells("stations", column, wrong[column], "is not that of the station beside it", "Stations of one position share what is behind them: write the same for both.")
    found += look.cells("stations", "buffer", room & ~wrong["buffer"], lambda i: f"is less room than {max(stations['transfer_batch'].iat[i], 1):g} parts need, which gather or rest there: the line would stand still for ever",
                        "Give the buffer as many places as the transfer batch has parts.")  # fmt: skip
    found += look.cells("stations", "rework_to", wrong["rework_to"], "sends parts to another branch, or through a station where a part is fitted to them, which would be fitted twice",
                        "Send them to a station of the same branch that stands after the assembly.")  # fmt: skip
    return found + look.cells("stations", "scrap", wrong["scrap"], "throws parts away before they are assembled, in a line of several products or in one that a recipe names: "
                              "their mates, and what they took of components, would not fit any more", "Scrap what is assembled, or give the branch a recipe and a line of its own.")  # fmt: skip


@about("staff", "skills")
def staff_that_cannot_work(look: Look) -> list[Problem]:
    """Skills are of crews and stations that there are, and whatever needs a person has one at some open hour."""
    if not look.good("staff", "line", "crew", "people", "begin", "end").all() or not look.good("skills", "line", "crew", "station", "task").all():
        return []
    staff, skills, found = look.case["staff"], look.case["skills"], []
    found += look.cells("staff", "end", (staff["end"] <= staff["begin"]).to_numpy(), lambda i: f"is not after {staff['begin'].iat[i]:g}: the shift never begins",
                        "A shift over midnight is two rows: one to 24, one from 0.")  # fmt: skip
    crews = set(staff[["line", "crew"]].itertuples(index=False, name=None))
    strange = np.array([pair not in crews for pair in skills[["line", "crew"]].itertuples(index=False, name=None)], bool)
    found += look.cells("skills", "crew", strange, lambda i: f"is no crew of {quote(skills['line'].iat[i])}", "Add it to staff, or correct the name.")
    if found or not look.good("shifts", "line", "weekday", "begin", "end").all():
        return found
    for (line, station, task), rows in skills.groupby(["line", "station", "task"], sort=False):
        opens = look.case["shifts"].loc[look.case["shifts"]["line"] == line]
        there = staff[(staff["line"] == line) & staff["crew"].isin(rows["crew"]) & (staff["people"] > 0)]
        spans = list(opens[["begin", "end"]].itertuples(index=False, name=None)) or [(0.0, 24.0)]
        if not any(a < end and begin < b for a, b in spans for begin, end in there[["begin", "end"]].itertuples(index=False, name=None)):
            told = f"needs somebody of {listed(list(rows['crew']), 4)} for {task}, and none of them is there while {quote(line)} is open: it would wait for ever"
            found.append(Problem("skills", look.row("skills", rows.index[0]), "station", str(station), told, "Give a crew people (staff) in the hours in which the line is open."))
    return found


@about("routings")
def branches_that_lead_nowhere(look: Look) -> list[Problem]:
    """A product that passes a branch passes the station that the branch feeds."""
    if not look.good("stations", "line", "station", "position", "feeds").all() or not look.good("routings", "line", "product", "station").all():
        return []
    found, routes = [], look.case["routings"]
    for line, rows in look.case["stations"].groupby("line", sort=False):
        rows = rows.sort_values("position", kind="stable")
        way, names = layout_of(rows), rows["station"].to_numpy()
        for product, own in routes[routes["line"] == line].groupby("product", sort=False):
            passed = {g for name, g in zip(names, way.group.tolist(), strict=True) if name in set(own["station"])}
            for path in way.paths[1:]:
                to = way.goes[path[-1]]
                if passed & set(path) and to not in passed:
                    says = f"passes a branch that feeds {listed(list(names[way.group == to]), 3)}, and not that station"
                    found.append(Problem("routings", look.row("routings", own.index[0]), "product", str(product), says, "Add the station to its routing, or leave the branch out."))
    return found


@about("station_log")
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


@about("stations", "routings", "setups", "machine_events", "skills")
def stations_that_are_not(look: Look) -> list[Problem]:
    """Tables about stations name those of their line."""
    if not look.good("stations", "line", "station").all():
        return []
    stations, found = look.case["stations"], []
    known = set(stations[["line", "station"]].itertuples(index=False, name=None))
    for table in ("routings", "setups", "machine_events", "skills"):
        rows = look.case[table]
        strange = np.array([pair not in known for pair in rows[["line", "station"]].itertuples(index=False, name=None)], bool) & look.good(table, "line")
        found += look.cells(table, "station", strange, lambda i, rows=rows: f"is no station of {quote(rows['line'].iat[i])}",
                            lambda i, rows=rows: _hint(rows["station"].iat[i], stations.loc[stations["line"] == rows["line"].iat[i], "station"]))  # fmt: skip
    to = stations["rework_to"].to_numpy(str)
    strange = np.array([bool(name) and (line, name) not in known for line, name in zip(stations["line"], to, strict=True)], bool)
    found += look.cells("stations", "rework_to", strange, lambda i: f"is no station of {quote(stations['line'].iat[i])}",
                        lambda i: _hint(to[i], stations.loc[stations["line"] == stations["line"].iat[i], "station"]))  # fmt: skip
    place = dict(zip(stations[["line", "station"]].itertuples(index=False, name=None), stations["position"], strict=True))
    later = np.array([bool(name) and place.get((line, name), 0) > own for line, name, own in
                      zip(stations["line"], to, stations["position"], strict=True)], bool)  # fmt: skip
    found += look.cells("stations", "rework_to", later & ~strange, "stands later in the line", "Parts go back to an earlier station, or to the same one.")
    return found


@about("events")
def stations_that_events_hit(look: Look) -> list[Problem]:
    """An event that happens to a station names one of a line that a recipe names: no other line is part of the chain."""
    rows, stations = look.case["events"], look.case["stations"]
    named = (rows["station"] != "").to_numpy() & look.good("events", "line", "station")
    known = set(stations[["line", "station"]].itertuples(index=False, name=None))
    strange = named & np.array([pair not in known for pair in rows[["line", "station"]].itertuples(index=False, name=None)], bool)
    found = look.cells("events", "station", strange, lambda i: f"is no station of {quote(rows['line'].iat[i])}",
                       lambda i: _hint(rows["station"].iat[i], stations.loc[stations["line"] == rows["line"].iat[i], "station"]))  # fmt: skip
    idle = named & ~strange & ~rows["line"].isin(set(look.case["recipes"]["line"])).to_numpy()
    return found + look.cells("events", "line", idle, "is named by no recipe, so nothing of it reaches the chain", "Write the line into the column line of recipes.")


def _hint(name: str, names: pd.Series) -> str:
    return did_you_mean(str(name), [str(n) for n in names], "Add it to stations, or correct the name.")


@about("stations")
def failures_that_do_not_fit(look: Look) -> list[Problem]:
    """How often a station is up is said in one way."""
    if not look.good("stations", "line", "mtbf", "availability", "scrap", "rework", "repair_hours", "most_parts").all():
        return []
    s = look.case["stations"]
    again = s["most_parts"].notna() & s[s["most_parts"].notna()].duplicated("line").reindex(s.index, fill_value=False)
    found = look.cells("stations", "most_parts", again.to_numpy(), "is said at another station of the line, too", "It is a limit of the whole line: say it once.")
    found += look.cells("stations", "availability", ((s["availability"] < 1) & s["mtbf"].notna()).to_numpy(), "is said beside mtbf, which says it too",
                       "Give mtbf and repair_hours, or availability.")  # fmt: skip
    found += look.cells("stations", "rework", (s["scrap"] + s["rework"] >= 1).to_numpy(), "leaves with scrap no part that is good", "Lower one of the two.")
    return found + look.cells("stations", "repair_hours", (s["mtbf"].notna() & (s["repair_hours"] <= 0)).to_numpy(), "is missing: it fails, and would be repaired in no time",
                              "Write how long a repair takes.")  # fmt: skip


@about("setups")
def setups_with_holes(look: Look) -> list[Problem]:
    """Where a station is set up, every way from one product to another is said."""
    good = look.good("setups", "line", "station", "from_product", "to_product")
    setups, found, products = look.case["setups"][good], [], set(look.case["products"]["product"])
    for (line, station), rows in setups.groupby(["line", "station"], sort=False):
        names = [p for p in products_of(look.case, line) if p in products] or list(dict.fromkeys([*rows["from_product"], *rows["to_product"]]))
        there = set(rows[["from_product", "to_product"]].itertuples(index=False, name=None))
        holes = [f"{a} → {b}" for a in names for b in names if a != b and (a, b) not in there]
        if holes:
            told = f"has no set-up for {listed(holes, 6)}, which {quote(line)} can come to"
            found.append(Problem("setups", look.row("setups", rows.index[0]), "station", str(station), told, "Write a row for each; 0 hours where nothing is to be done."))
    return found


@about("shifts")
def shifts_that_open(look: Look) -> list[Problem]:
    """A shift opens before it closes, and shifts of a day follow each other."""
    rows = look.case["shifts"]
    if rows.empty or not look.good("shifts", "line", "weekday", "begin", "end").all():
        return []
    found = look.cells("shifts", "end", (rows["end"] <= rows["begin"]).to_numpy(), lambda i: f"is not after {rows['begin'].iat[i]:g}: the shift never opens",
                       "A shift over midnight is two rows: one to 24, one of the next day from 0.")  # fmt: skip
    before = rows.sort_values("begin", kind="stable").groupby(["line", "weekday"])["end"].shift()
    early = (rows["begin"] < before.reindex(rows.index)).to_numpy()
    return found + look.cells("shifts", "begin", early, "is before the end of another shift of that day", "Let shifts follow each other.")


def lines_that_recipes_name(look: Look) -> list[Problem]:
    """A recipe that names a line names one that there is, and a line stands at one site."""
    recipes = look.case["recipes"]
    named = recipes["line"].to_numpy(str)
    if not (named != "").any():
        return []
    known = set(look.case["stations"]["line"])
    strange = np.array([bool(n) and n not in known for n in named], bool)
    found = look.cells("recipes", "line", strange, "is no line of the table stations", lambda i: did_you_mean(named[i], sorted(known), "Add its stations, or correct the name."))
    sites = recipes[named != ""].groupby("line", sort=False)["site"].nunique()
    many = np.isin(named, sites.index[sites > 1].to_numpy(str)) & ~strange
    found += look.cells("recipes", "line", many, "is named by recipes of several sites", "A line stands at one site: give each site a line of its own.")
    twice = (named != "") & recipes.duplicated(["line", "product"], keep=False).to_numpy() & ~strange & ~many
    found += look.cells("recipes", "line", twice, "makes that product by two recipes", "Let one of them name another line, or none.")
    stations, stocks = look.case["stations"], set(look.case["stocks"][["site", "product"]].itertuples(index=False, name=None))
    site_of = dict(zip(named, recipes["site"], strict=True))
    lacks = np.array([bool(p) and line in site_of and (site_of[line], p) not in stocks for line, p in zip(stations["line"], stations["spare"], strict=True)], bool)
    return found + look.cells("stations", "spare", lacks, lambda i: f"is not kept at {quote(site_of[stations['line'].iat[i]])}, where the line stands: a repair would wait for ever",
                              "Add a row to stocks for it.")  # fmt: skip


def values_that_do_nothing(look: Look) -> list[Problem]:
    """Values that no run of a line reads."""
    stations, recipes, found = look.case["stations"], look.case["recipes"], []
    made = {line: products_of(look.case, line) for line in dict.fromkeys(stations["line"])}
    for table, columns in (("routings", ("product",)), ("setups", ("from_product", "to_product"))):
        rows = look.case[table]
        for column in columns:
            idle = np.array([product not in made.get(line, [product]) for line, product in zip(rows["line"], rows[column], strict=True)], bool)
            found += look.lines(table, column, idle & bool(len(rows)), "is not made on this line by any recipe that names it, so the row does nothing")
    never = stations["mtbf"].isna() & (stations["repair_hours"] > 0)
    found += look.lines("stations", "repair_hours", never.to_numpy(), "is the time of repairs of a station that does not fail: mtbf is empty")
    never = stations["minor_stop_every"].isna() == (stations["minor_stop_hours"] > 0)
    found += look.lines("stations", "minor_stop_hours", never.to_numpy(), "and minor_stop_every are not given together, so there are no minor stops")
    idle = ~pd.MultiIndex.from_frame(look.case["staff"][["line", "crew"]]).isin(pd.MultiIndex.from_frame(look.case["skills"][["line", "crew"]]))
    found += look.lines("staff", "crew", idle & bool(len(idle)), "can do nothing: no row of skills names it")
    found += look.lines("stations", "rework_to", ((stations["rework_to"] != "") & (stations["rework"] == 0)).to_numpy(), "gets no part back: rework is 0")
    return found + look.lines("recipes", "lot", ((recipes["lot"] > 1) & (recipes["line"] == "")).to_numpy(), "is a lot on a line, and the recipe names none (line)")


def products_of(case: Case, line: str) -> list[str]:
    """Products of a line: those whose recipes name it, or else those of its routings; none where neither says any."""
    recipes = case["recipes"]
    named = list(dict.fromkeys(recipes.loc[recipes["line"] == line, "product"]))
    return named or list(dict.fromkeys(case["routings"].loc[case["routings"]["line"] == line, "product"]))


rooms.add_column("recipes", "line", name_column("line of the table stations that makes it: what the line makes is then its capacity", start="", advanced=True))
rooms.add_column("recipes", "lot", Column("units", "parts that its line makes of it before another product is begun", start=1, low=1, kind="whole", advanced=True))
rooms.add_table(Stations, checks=[ways_that_cannot_be, failures_that_do_not_fit, lines_that_recipes_name, stations_that_events_hit], notes=[values_that_do_nothing])
rooms.add_table(StationLog, checks=[spells_follow])
rooms.add_table(Routings, checks=[stations_that_are_not, branches_that_lead_nowhere])
rooms.add_table(Setups, checks=[setups_with_holes])
rooms.add_table(Shifts, checks=[shifts_that_open])
rooms.add_table(MachineEvents)
rooms.add_table(Staff, checks=[staff_that_cannot_work])
rooms.add_table(Skills)
