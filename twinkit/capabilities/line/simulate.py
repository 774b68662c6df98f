"""A line of the tables made ready, run in many worlds, and run again with one thing changed on the same luck."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from threading import Event
from typing import Any

import numpy as np
import pandas as pd
import scipy
from scipy.optimize import brentq
from scipy.special import gamma

from twinkit.capabilities.line import arrays, engine
from twinkit.capabilities.line.arrays import Line, State
from twinkit.capabilities.line.layout import layout_of, people_at
from twinkit.capabilities.line.tables import products_of
from twinkit.chain.chance import key_of
from twinkit.run.engines import Cancelled
from twinkit.tables.case import Case
from twinkit.tables.problems import CaseError, Problem, listed
from twinkit.tables.read import example

WEEK = 168.0
WORLDS_AT_ONCE = 2
"""Threads that worlds are spread over."""
LOG_ENTRIES = 200_000
SAMPLES = 16
PLENTY = 1e15
"""Parts that may be begun, and spares, where there are always some."""


def weibull_of(cv: float) -> tuple[float, float]:
    """Scale and shape of a Weibull time with a mean of 1; shape 0 stands for a fixed time.

    The shape solves Γ(1 + 2/k) / Γ(1 + 1/k)² - 1 = cv²; the scale is 1 / Γ(1 + 1/k).

    Examples
    --------
    >>> weibull_of(1.0), weibull_of(0.0)
    ((1.0, 1.0), (1.0, 0.0))
    """
    if cv < 0.005:
        return 1.0, 0.0
    if cv >= 1.0:
        return 1.0, 1.0
    shape = float(brentq(lambda k: gamma(1 + 2 / k) / gamma(1 + 1 / k) ** 2 - 1 - cv * cv, 1.0, 300.0))
    return float(1.0 / gamma(1 + 1 / shape)), shape


@dataclass(frozen=True)
class Model:
    """A line made ready.

    Attributes
    ----------
    name, stations, products
        Names; a line that no product is said of makes "parts".
    spec, most
        For the engine; most parts in the line, 0 = any number.
    opens
        (weekly hour of opening, of closing) in order; empty where it never closes [h].
    spares
        Products that its repairs take.
    crews
        Names of the crews of its staff.
    """

    name: str
    stations: list[str]
    products: list[str]
    spec: Line
    most: float
    opens: np.ndarray
    spares: list[str]
    crews: list[str]

    def open_hours(self, until: float | np.ndarray) -> np.ndarray:
        """Open hours from the beginning of a Monday to so many hours later [h]."""
        until = np.asarray(until, float)
        if not len(self.opens):
            return until
        weeks, rest = np.divmod(until, WEEK)
        lasts = self.opens[:, 1] - self.opens[:, 0]
        return weeks * lasts.sum() + np.clip(rest[..., None] - self.opens[:, 0], 0.0, lasts).sum(axis=-1)

    def calendar(self, clock: np.ndarray, begins: float = 0.0) -> np.ndarray:
        """Hours since the beginning (which is `begins` hours after a Monday's) at which the line has been open for so long [h]."""
        clock = np.asarray(clock, float)
        if not len(self.opens):
            return clock
        lasts = self.opens[:, 1] - self.opens[:, 0]
        sums = np.concatenate([[0.0], np.cumsum(lasts)])
        weeks, rest = np.divmod(clock + float(self.open_hours(begins)), sums[-1])
        at = np.clip(np.searchsorted(sums, rest, side="right") - 1, 0, len(lasts) - 1)
        return weeks * WEEK + self.opens[at, 0] + rest - sums[at] - begins

    def but(self, **changed: Any) -> Model:
        """The line with parts of its spec replaced."""
        return replace(self, spec=self.spec._replace(**changed))

    def faster(self, s: int, share: float) -> Model:
        """A station whose parts take less time: so many more of an hour."""
        route = self.spec.route.copy()
        route[:, s, arrays.MEAN] /= 1.0 + share
        return self.but(route=route)

    def roomier(self, s: int, places: int = 1) -> Model:
        """More places behind a station."""
        queue = self.spec.queue.copy()
        queue[int(self.spec.station[s, arrays.PUTS]), arrays.ROOM] += places
        return self.but(queue=queue)

    def manned(self, crew: int, people: int = 1) -> Model:
        """More people of a crew, whenever any of it are there."""
        roster = self.spec.roster.copy()
        roster[:-1, 1 + crew] += np.where(roster[:-1, 1 + crew] > 0, people, 0)
        return self.but(roster=roster)

    def set_up_quicker(self, s: int, share: float = 0.5) -> Model:
        """A station whose set-ups take less time."""
        setup = self.spec.setup.copy()
        setup[s] *= 1.0 - share
        return self.but(setup=setup)


def line_names(case: Case) -> list[str]:
    """Names of the lines of a case, in the order of the table."""
    return list(dict.fromkeys(case["stations"]["line"]))


def begins_on(case: Case) -> float:
    """Hours from the beginning of a Monday to that of the run [h]; a run without a date begins on a Monday."""
    start = case.settings.get("start_date")
    return 24.0 * (start if isinstance(start, date) else date.fromisoformat(str(start)[:10])).weekday() if start else 0.0


def line_model(case: Case, name: str, seed: int | None = None) -> Model:
    """A line of a case made ready for the arrays.

    Parameters
    ----------
    case, name
        A checked case, and the line.
    seed
        Seed of its luck; by default that of the case.

    Raises
    ------
    CaseError
        If the case has no such line.
    """
    rows = case["stations"].loc[case["stations"]["line"] == name].sort_values("position", kind="stable")
    if rows.empty:
        raise CaseError([Problem("stations", None, "line", name, "is no line of the table", f"Known are {listed(line_names(case), 6)}.")])
    seed = int(case.settings["seed"] if seed is None else seed)
    stations, products = rows["station"].tolist(), products_of(case, name) or ["parts"]
    n, p, at, way = len(stations), len(products), {s: i for i, s in enumerate(rows["station"])}, layout_of(rows)
    own = np.where(rows["mtbf"].notna(), rows["hours"], rows["hours"] / rows["availability"]).astype(float)
    mean, goes = np.tile(own, (p, 1)), np.ones((p, n), bool)
    routes = case["routings"].loc[case["routings"]["line"] == name]
    for k, product in enumerate(products):
        through = routes[routes["product"] == product]
        if len(through):
            goes[k] = False
            for station, hours in zip(through["station"], through["hours"], strict=True):
                goes[k, at[station]], mean[k, at[station]] = True, hours / (1.0 if rows["mtbf"].notna().iat[at[station]] else rows["availability"].iat[at[station]])
    setup = np.zeros((n, p, p))
    for row in case["setups"].loc[case["setups"]["line"] == name].to_dict("records"):
        if row["from_product"] in products and row["to_product"] in products:
            setup[at[row["station"]], products.index(row["from_product"]), products.index(row["to_product"])] = row["hours"]
    machines, shape = rows["machines"].to_numpy(int), rows["life_shape"].to_numpy(float)
    spares = [s for s in dict.fromkeys(rows["spare"]) if s]
    recipes = case["recipes"].loc[case["recipes"]["line"] == name]
    lots = dict(zip(recipes["product"], recipes["lot"], strict=True))
    limit = rows["most_parts"].dropna()
    opens = case["shifts"].loc[case["shifts"]["line"] == name]
    week = np.sort(np.array([[24.0 * (r["weekday"] - 1) + r["begin"], 24.0 * (r["weekday"] - 1) + r["end"]] for r in opens.to_dict("records")]).reshape(-1, 2), axis=0)
    station_of = np.repeat(np.arange(n), machines)
    names = [f"{name}/{stations[s]}/{j - int(np.argmax(station_of == s))}" for j, s in enumerate(station_of)]
    cycle = np.array([weibull_of(cv) for cv in rows["cv"]])
    repair = np.array([weibull_of(cv) for cv in rows["repair_cv"]])
    repair[:, 0] *= rows["repair_hours"].to_numpy(float)
    life = np.where(rows["mtbf"].notna(), rows["mtbf"] / gamma(1 + 1 / shape), np.inf).astype(float)
    first = np.concatenate([[0], np.cumsum(machines)])
    table = np.column_stack([
        first[:-1], first[1:], way.group, way.puts[way.group], cycle, life, shape, repair, rows["maintain_after"].fillna(np.inf), rows["maintain_hours"], rows["scrap"], rows["rework"],
        [way.group[at.get(b or s, i)] for i, (s, b) in enumerate(zip(stations, rows["rework_to"], strict=True))], [spares.index(s) if s else -1 for s in rows["spare"]],
        rows["minor_stop_every"].fillna(np.inf), rows["minor_stop_hours"], rows["rest_hours"],
    ]).astype(float)  # fmt: skip
    routed = np.zeros((p, n, 3))
    routed[:, :, arrays.MEAN], routed[:, :, arrays.PASSES] = mean, goes
    through = np.array([goes[:, way.group == g].any(axis=1) for g in range(len(way.goes))]).T  # whether a product passes a group
    for k in range(p):
        routed[k, :, arrays.GOES_TO] = np.array([way.after(g, through[k])[0] for g in range(len(way.goes))])[way.group]
    product = np.full((p, 1 + len(way.paths)), -1.0)
    product[:, arrays.LOT] = [float(lots.get(k, 1)) for k in products]
    for e, path in enumerate(way.paths):
        for k in range(p):
            product[k, arrays.BEGINS + e] = next((g for g in path if through[k, g]), -1)
    group = np.zeros((len(way.goes) + 1, 5), np.int64)
    group[:, arrays.STARTS : arrays.STOPS + 1], group[:, arrays.ENTRY] = len(station_of), -1
    queue = np.zeros((len(way.feeder), 3), np.int64)
    buffer, batch = (np.array([rows[c].to_numpy(float)[way.group == g][0] for g in range(len(way.goes))]) for c in ("buffer", "transfer_batch"))
    for g in range(len(way.goes)):
        inside = np.flatnonzero(way.group == g)
        group[g] = first[inside[0]], first[inside[-1] + 1], next((e for e in range(len(way.paths)) if (product[:, arrays.BEGINS + e] == g).any()), -1), *way.sides(g)
    for q, f in enumerate(way.feeder):
        queue[q] = (buffer[q], 1.0, q) if f < 0 else (buffer[f], batch[f], way.goes[f])
    out = len(way.goes)
    if batch[way.feeder[out]] <= 1 and not rows["rest_hours"].to_numpy()[way.group == way.feeder[out]].any():
        queue[out, arrays.ROOM] = arrays.ENDLESS  # what is done is out at once
    if len(limit):  # all parts that are let in wait where they begin
        enters = group[:, arrays.ENTRY] >= 0
        queue[: out + 1, arrays.ROOM] = np.where(enters, np.maximum(queue[: out + 1, arrays.ROOM], limit.iloc[0]), queue[: out + 1, arrays.ROOM])
    fits = np.array([[through[k, path].any() for path in way.paths[1:]] for k in range(p)], float).reshape(p, -1)
    keys = np.array([[key_of(seed, f"line {what}", n) for what in ("time", "life", "repair", "goodness", "stop")] for n in names], np.uint64)
    nobody = np.zeros((n, len(arrays.TASKS), 0)), np.zeros((1, 1))
    spec = Line(table, group, queue, routed, setup, product, fits, way.joined()[way.group].astype(float), *nobody, station_of, keys, np.zeros((0, 4)))
    crews = list(dict.fromkeys(case["staff"].loc[case["staff"]["line"] == name, "crew"]))
    model = Model(name, stations, products, spec, float(limit.iloc[0]) if len(limit) else 0.0, week, spares, crews)
    begins, period = begins_on(case), 24.0 * float(case.settings["period_days"])
    hits = case["machine_events"].loc[case["machine_events"]["line"] == name]
    moments = model.open_hours(begins + hits["start"].to_numpy(float) * period) - model.open_hours(begins)
    struck = np.column_stack([moments, [at[s] for s in hits["station"]], hits["hours"], hits["machines"]]).astype(float).reshape(-1, 4)
    model = model.but(hits=struck[np.argsort(struck[:, 0], kind="stable")], **(_staff(case, model, begins) if crews else {}))
    return model.but(**{k: np.ascontiguousarray(v) for k, v in model.spec._asdict().items()})  # else the steps are compiled twice


def _staff(case: Case, model: Model, begins: float) -> dict[str, np.ndarray]:
    """Which crew can do what, and how many people are there from which open hour of the week on (the last row is the week's length)."""
    skills = np.zeros((len(model.stations), len(arrays.TASKS), len(model.crews)))
    for row in case["skills"].loc[case["skills"]["line"] == model.name].to_dict("records"):
        skills[model.stations.index(row["station"]), arrays.TASKS.index(row["task"]), model.crews.index(row["crew"])] = 1.0
    staff = case["staff"].loc[case["staff"]["line"] == model.name]
    length = float(model.open_hours(WEEK))
    hours = np.add.outer(24.0 * np.arange(7), np.unique(staff[["begin", "end"]].to_numpy(float))).ravel()
    changes = np.unique(np.round([0.0, *((model.open_hours(hours) - model.open_hours(begins)) % length)], 9))
    changes = changes[changes < length - 1e-6]
    people = [people_at(staff, model.crews, (float(h) + begins) % 24.0) for h in model.calendar(changes, begins)]
    return {"skills": skills, "roster": np.vstack([np.column_stack([changes, people]), [length, *[0.0] * len(model.crews)]])}


def begin(model: Model, worlds: int, allowed: float = PLENTY, spares: float = PLENTY) -> State:
    """The line empty, in so many worlds; by default there is always something to begin, and always a spare."""
    spec, w = model.spec, worlds
    n, m, p = len(spec.station), len(spec.station_of), len(spec.product)
    number = np.zeros((w, 22, m))
    number[:, arrays.UNTIL] = np.inf
    for k in (arrays.PRODUCT, arrays.FITTED, arrays.GOES, arrays.WHO):
        number[:, k] = -1.0
    for k in (arrays.ENDS, arrays.STOP_IN):
        number[:, k] = np.nan
    entries, queues = spec.product.shape[1] - arrays.BEGINS, len(spec.queue)
    world, product, stock = np.zeros((w, arrays.BEGUN + entries + len(model.crews))), np.zeros((w, p, 5)), np.zeros((w, len(model.spares), 2))
    world[:, arrays.STUCK], world[:, arrays.LAST], world[:, arrays.MOST] = np.nan, -1.0, model.most
    product[:, :, arrays.ALLOWED], stock[:, :, 0] = allowed, spares
    room = spec.queue[:, arrays.ROOM][spec.queue[:, arrays.ROOM] < arrays.ENDLESS]
    places = int(room.max(initial=1))
    ring = 1 if entries == 1 else int(room.sum()) + 2 * (m + queues) + 64
    return State(world, number, np.zeros((w, queues, places, 3)), np.zeros((w, queues, 4), np.int64), np.zeros((w, n, arrays.SPENT + len(arrays.STATES))), product, stock,
                 np.zeros((w, ring, 2)))  # fmt: skip


def advance(model: Model, state: State, until: np.ndarray, first: int = 0, log: np.ndarray | None = None, entries: int = 0, threads: int = WORLDS_AT_ONCE) -> int:
    """Let the line go on to a moment in each world; returns how many entries the log has now."""
    until, log = np.asarray(until, float), np.zeros((0, 3)) if log is None else log  # one sort of arrays, or the steps are compiled twice
    logged = np.array([entries])
    if threads == 1:
        engine.advance(model.spec, state, until, first, 0, len(until), log, logged)
        return int(logged[0])
    cuts = np.linspace(0, len(until), threads + 1).astype(int)
    parts = [(int(a), int(b)) for a, b in zip(cuts, cuts[1:], strict=False) if a < b]
    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(lambda part: engine.advance(model.spec, state, until, first, *part, log, logged), parts))
    return int(logged[0])


def warm_up() -> None:
    """Compile the steps of a line, or load them if they are compiled already: somebody waits half a minute for it otherwise."""
    case = example("gearbox")
    model = line_model(case, line_names(case)[0])
    state = begin(model, 1)
    advance(model, state, np.ones(1), threads=1)
    engine.break_now(model.spec, state, 0, 0, 1.0, 1)


@dataclass(frozen=True)
class Simulated:
    """What a line did in many worlds, after a time to fill.

    Attributes
    ----------
    model
        The line.
    hours
        Open hours that were looked at [h].
    made
        Good parts of each product by world, shape (W, P) [parts].
    throughput
        Good parts of an open hour by world, shape (W,) [parts/h].
    wip, lead
        Mean parts in the line, and mean time in it of those that came out, by world [parts], [h].
    states
        Share of the machines' time in each state by world and station, shape (W, S, 9).
    count
        Parts worked on, bad, sent back, and failures, by world and station, shape (W, S, 4).
    spares
        Spares used by world, shape (W, K).
    waiting
        Mean parts before each station by world, shape (W, S): looked at SAMPLES times [parts].
    log
        machine, from, to, state of the first world [open hours since the beginning].
    """

    model: Model
    hours: float
    made: np.ndarray
    throughput: np.ndarray
    wip: np.ndarray
    lead: np.ndarray
    states: np.ndarray
    count: np.ndarray
    spares: np.ndarray
    waiting: np.ndarray
    log: pd.DataFrame

    def line_oee(self) -> float:
        """Time of good parts of all machines / the time planned for all [share]; the mean of the machines, as all are planned alike."""
        machines = np.bincount(self.model.spec.station_of)
        return float(self.oee()["oee"] @ machines / machines.sum())

    def oee(self) -> pd.DataFrame:
        """Per station: shares of the planned (open) time, which add up to 1, and their product.

        availability = 1 - stops and set-ups; performance = time worked / time up; quality = good / worked; OEE is their product
        (Nakajima 1988).  The ideal time of a part is its mean, so minor stops and waiting (starved, blocked, for staff) are the losses of speed.
        """
        share = dict(zip(arrays.STATES, self.states.mean(axis=0).T, strict=True))
        worked, bad, back = (self.count[:, :, k].sum(axis=0) for k in range(3))
        good = np.where(worked > 0, 1.0 - (bad + back) / np.maximum(worked, 1.0), 0.0)
        stops = share["down"] + share["waiting"]
        up = 1.0 - stops - share["setup"] - share["maintenance"]
        return pd.DataFrame({
            "station": self.model.stations, "breakdowns": stops, "maintenance": share["maintenance"], "setup": share["setup"], "minor_stops": share["stopped"],
            "staff": share["staff"], "starved": share["starved"], "blocked": share["blocked"], "defects": share["working"] * (1.0 - good), "good": share["working"] * good,
            "availability": up, "performance": np.where(up > 0, share["working"] / np.where(up > 0, up, 1.0), 0.0), "quality": good, "oee": share["working"] * good,
        })  # fmt: skip


def simulate(model: Model, hours: float, worlds: int = 32, warm_up: float = 0.0, log_hours: float = 0.0) -> Simulated:
    """Run a line that always has parts to begin, and customers that take all it makes.

    Parameters
    ----------
    model
        The line.
    hours
        Open hours that are looked at [h].
    worlds
        How many.
    warm_up
        Open hours before them [h].
    log_hours
        Open hours at the end of which the states of the first world are kept [h].

    Raises
    ------
    CaseError
        If the line comes to stand still for ever: where, when and why.
    """
    state, log = begin(model, worlds), np.zeros((LOG_ENTRIES if log_hours > 0 else 0, 3))
    advance(model, state, np.full(worlds, warm_up))
    before = [x.copy() for x in (np.nan_to_num(state.world), state.product, state.station, state.spare)]
    begun, entries, waiting = state.machine[0, arrays.STATUS].astype(int), 0, np.zeros((worlds, len(model.stations)))
    moments = np.unique([*(warm_up + hours * k / SAMPLES for k in range(1, SAMPLES + 1)), warm_up + max(hours - log_hours, 0.0)])
    for moment in moments[moments > warm_up]:
        logging = log_hours > 0 and moment > warm_up + hours - log_hours
        entries = advance(model, state, np.full(worlds, moment), log=log, entries=entries) if logging else advance(model, state, np.full(worlds, moment))
        waiting += in_front(model, state.buffer[:, :, arrays.QUEUED])
        if not logging:
            begun = state.machine[0, arrays.STATUS].astype(int)
    waiting /= max((moments > warm_up).sum(), 1)
    require_moving(model, state)
    world, product, station, spares = (now - then for now, then in zip((np.nan_to_num(state.world), state.product, state.station, state.spare), before, strict=True))
    made, out = product[:, :, arrays.MADE], world[:, arrays.OUT]
    machines = np.bincount(model.spec.station_of)[None, :, None]
    spent, count = station[:, :, arrays.SPENT :], station[:, :, arrays.WORKED : arrays.SPENT]
    span = (warm_up + max(hours - log_hours, 0.0), warm_up + hours)
    return Simulated(model, hours, made, made.sum(axis=1) / hours, world[:, arrays.AREA] / hours, np.where(out > 0, world[:, arrays.LEAD] / np.maximum(out, 1.0), np.nan),
                     spent / hours / machines, count, spares[:, :, arrays.USED], waiting, log_frame(model, begun, log[:entries], span))  # fmt: skip


def in_front(model: Model, of_queues: np.ndarray) -> np.ndarray:
    """What is told of queues (..., Q), summed over those before each station: that of the line and those of branches, shape (..., S)."""
    serves = model.spec.queue[:, arrays.SERVES]
    return np.stack([of_queues[..., serves == g].sum(axis=-1) for g in model.spec.station[:, arrays.GROUP]], axis=-1)


def machine_names(model: Model) -> list[str]:
    """Names of machines: that of the station, with a number where there are several."""
    spec = model.spec
    many = np.bincount(spec.station_of)
    return [model.stations[s] + (f" {j - int(spec.station[s, arrays.FIRST]) + 1}" if many[s] > 1 else "") for j, s in enumerate(spec.station_of)]


def log_frame(model: Model, begun: np.ndarray, log: np.ndarray, span: tuple[float, float]) -> pd.DataFrame:
    """Spells of the machines from the changes of their states, by machine and in time."""
    names, rows = machine_names(model), []
    for j, name in enumerate(names):
        own = log[log[:, 1] == j]
        moments, states = [span[0], *own[:, 0], span[1]], [begun[j], *own[:, 2].astype(int)]
        rows += [(name, model.stations[model.spec.station_of[j]], a, b, arrays.STATES[s]) for a, b, s in zip(moments, moments[1:], states, strict=False) if b > a]
    return pd.DataFrame(rows, columns=["machine", "station", "from", "to", "state"])


def require_moving(model: Model, state: State) -> None:
    """Refuse a line that stands still for ever.

    Raises
    ------
    CaseError
        With the stations that wait for each other.
    """
    stuck = np.flatnonzero(~np.isnan(state.world[:, arrays.STUCK]))
    if not len(stuck):
        return
    r = int(stuck[np.argmin(state.world[stuck, arrays.STUCK])])
    spec = model.spec
    heads = [model.stations[int(np.argmax(spec.station[:, arrays.GROUP] == g))] for g in range(len(spec.group) - 1)] + ["the way out"]
    serves, told = spec.queue[:, arrays.SERVES].astype(int), []
    for j in np.flatnonzero(state.machine[r, arrays.STATUS] == arrays.BLOCKED):
        told.append(f"{model.stations[spec.station_of[j]]} waits for room before {heads[serves[int(state.machine[r, arrays.GOES, j])]]}")
    for q, (queued, handed) in enumerate(state.buffer[r][:, [arrays.QUEUED, arrays.OPEN]]):
        if queued > handed:
            told.append(f"{queued - handed:.0f} of {spec.queue[q, arrays.BATCH]:.0f} parts wait before {heads[serves[q]]} to be handed on together")
        elif queued and serves[q] < len(spec.group) - 1 and len(set(serves)) < len(serves):
            told.append(f"{queued:.0f} parts wait before {heads[serves[q]]}")
    raise CaseError([Problem("stations", None, "line", model.name, f"comes to stand still for ever, first after {state.world[r, arrays.STUCK]:.4g} open hours, in "
                             f"{len(stuck)} of {len(state.world)} worlds: {listed(list(dict.fromkeys(told)), 6)}",
                             "Give more room there (buffer), let fewer parts into the line (most_parts; as many as a transfer batch at least), or send less back (rework).")])  # fmt: skip


def paired(before: np.ndarray, after: np.ndarray) -> tuple[float, float, float]:
    """Mean of the differences of worlds with the same luck, and its 95 % interval (Student)."""
    difference = after - before
    half = scipy.stats.t.ppf(0.975, len(difference) - 1) * difference.std(ddof=1) / math.sqrt(len(difference)) if len(difference) > 1 else math.nan
    return float(difference.mean()), float(difference.mean() - half), float(difference.mean() + half)


def gains(model: Model, base: Simulated, better: float, warm_up: float, cancel: Event | None = None) -> pd.DataFrame:
    """What the line makes more in an hour if one thing changes, each run again on the same luck.

    Returns
    -------
    DataFrame
        station, change ("faster", "place": one more place behind it, "setup": half the set-up; "person": one more of a crew, in
        the place of the station), gain, low, high [parts/h].
    """
    changes = []
    for s, station in enumerate(model.stations):
        changes.append((station, "faster", model.faster(s, better)))
        if model.spec.queue[int(model.spec.station[s, arrays.PUTS]), arrays.SERVES] < len(model.spec.group) - 1:
            changes.append((station, "place", model.roomier(s)))
        if model.spec.setup[s].any():
            changes.append((station, "setup", model.set_up_quicker(s)))
    changes += [(crew, "person", model.manned(c)) for c, crew in enumerate(model.crews)]
    rows = []
    for name, change, other in changes:
        if cancel is not None and cancel.is_set():
            raise Cancelled
        run = simulate(other, base.hours, len(base.made), warm_up)
        rows.append((name, change, *paired(base.throughput, run.throughput)))
    return pd.DataFrame(rows, columns=["station", "change", "gain", "low", "high"])
