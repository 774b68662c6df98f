"""Where a line is held up: by its machines' rates, by running it again with one thing better, and by who is active longest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event

import numpy as np
import pandas as pd

from twinkit.capabilities.line import arrays
from twinkit.capabilities.line.active import ACTIVE, Bottlenecks, bottlenecks
from twinkit.capabilities.line.laws import Line, Station
from twinkit.capabilities.line.layout import layout_of
from twinkit.capabilities.line.simulate import Model, Simulated, gains, line_model, line_names, paired, simulate
from twinkit.capabilities.upkeep.ageing import Weibull, cost_rate
from twinkit.run.engines import Cancelled
from twinkit.run.public import Result, study
from twinkit.study.asked import remembered
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import CaseError, Problem
from twinkit.words import amount, counted, percent, sure

WARM_UP = 0.25
"""Share of the hours that are looked at, in which the line fills before."""
SHOWN_HOURS = 24.0
"""Open hours of the first world whose states are drawn."""
MOST_STEPS = 3e9
"""Most parts × stations × worlds × runs of a study."""
NOT_WAITING = (*ACTIVE, "waiting", "staff")
"""States of a run in which a machine does not wait for another one; "waiting" is for a spare."""


@dataclass(frozen=True)
class Studied:
    """A line and where it is held up.

    Attributes
    ----------
    model
        The line.
    line
        Its places one after the other, each as fast as its stations are in the long run: with their mix of products and the time in which they are down.
    rates
        Most parts of an hour of each station in the long run, shape (S,) [1/h].
    run
        The line in many worlds.
    gains
        What it makes more in an hour if one thing changes: station, change, gain, low, high [parts/h].
    active
        Bottlenecks of the first world by who is active longest.
    log
        The same of the recorded log; None without one.
    """

    model: Model
    line: Line
    rates: np.ndarray
    run: Simulated
    gains: pd.DataFrame
    active: Bottlenecks
    log: Bottlenecks | None

    @property
    def name(self) -> str:
        """Of the line."""
        return self.model.name

    @property
    def names(self) -> list[str]:
        """Names of the stations."""
        return self.model.stations

    @property
    def slowest(self) -> str:
        """The first station of the slowest place."""
        return self.names[int(np.argmax(self.model.spec.station[:, arrays.GROUP] == self.line.bottleneck))]

    @property
    def series(self) -> bool:
        """Whether the places stand one after the other, as the laws of lines have it."""
        return len(self.model.spec.queue) == len(self.model.spec.group)

    def best(self, change: str = "faster") -> pd.Series | None:
        """The row of the largest gain of a kind of change; None where none of that kind was tried."""
        rows = self.gains[self.gains["change"] == change]
        return None if rows.empty else rows.loc[rows["gain"].idxmax()]

    def views(self) -> dict[str, str]:
        """Way of looking → the station that it calls the bottleneck."""
        found = {"slowest station": self.slowest, "largest gain": str(self.best()["station"])}
        for way, seen in (("longest active", self.active), ("longest active in the log", self.log)):
            if seen is not None:
                found[way] = str((seen.shares["sole"] + seen.shares["shifting"]).idxmax())
        return found

    def table(self) -> pd.DataFrame:
        """A row for each station."""
        frame = self.run.oee().assign(line=self.name, rate=self.rates)
        for change, name in (("faster", "faster"), ("place", "place"), ("setup", "half_setup")):
            rows = self.gains[self.gains["change"] == change].set_index("station").reindex(self.names)
            for column, to in (("gain", name), ("low", f"{name}_low"), ("high", f"{name}_high")):
                frame[to] = rows[column].to_numpy(float)
        for seen, prefix in ((self.active, ""), (self.log, "log_")):
            for name in ("sole", "shifting"):
                frame[prefix + name] = [seen.shares[name].get(s, np.nan) for s in self.names] if seen is not None else np.nan
        return frame


@dataclass(frozen=True, repr=False)
class LineStudy(Result):
    """Every line of a case.

    Attributes
    ----------
    case
        The case.
    lines
        In the order of the table.
    better
        Share by which each station was made faster, one at a time.
    """

    case: Case
    lines: list[Studied]
    better: float

    def headline(self) -> str:
        return f"LineStudy of {self.case.name}: {counted(len(self.lines), 'line')}, {counted(len(self.lines[0].run.throughput), 'world')}"

    def sentences(self) -> list[str]:
        return [sentence for one in self.lines for sentence in _sentences(one, self.better)]

    def table(self) -> pd.DataFrame:
        """A row for each station of every line: see :meth:`Studied.table`."""
        return pd.concat([one.table() for one in self.lines], ignore_index=True)

    def glance(self) -> pd.DataFrame:
        return self.table()[["line", "station", "rate", "faster", "faster_low", "faster_high", "oee", "sole"]]


def _sentences(one: Studied, better: float) -> list[str]:
    views = one.views()
    stations = list(dict.fromkeys(views.values()))
    if len(stations) == 1:
        told = [f"{one.name}: {stations[0]} is the bottleneck, however one looks at it."]
    else:
        said = "; ".join(f"{way}: {station}" for way, station in views.items())
        told = [f"{one.name}: the ways of looking disagree ({said}). The one that counts for an investment is the largest gain."]
    run, best = one.run, one.best()
    made = f"{one.name} makes {sure(paired(np.zeros(len(run.throughput)), run.throughput), 'parts/h')} while it is open, with {amount(run.wip.mean(), 'parts')} in it"
    if np.isfinite(run.lead).any():
        made += f"; a part takes {amount(float(np.nanmean(run.lead)), 'h')}"
    told.append(f"{made}. OEE of the line: {percent(run.line_oee())}.")
    if best["low"] > 0:
        told.append(f"{percent(better)} faster, {best['station']} would add {sure(tuple(best[['gain', 'low', 'high']]), 'parts/h')}.")
    else:
        told.append(f"No station that is {percent(better)} faster adds more than the luck of these worlds hides: look at more hours or worlds, or at buffers and set-ups.")
    for change, words in (("place", "One more place behind"), ("setup", "Half the set-up of"), ("person", "One more person in")):
        other = one.best(change)
        if other is not None and other["low"] > 0:
            told.append(f"{words} {other['station']} would add {sure(tuple(other[['gain', 'low', 'high']]), 'parts/h')}.")
    return [*told, *([f"Recorded: {one.log.sentence()}"] if one.log else [])]


@partial(study, limits={"better": (0.001, 1), "hours": (1, 20_000), "replications": (2, 10_000)})
def where_is_the_bottleneck(
    case: CaseLike, better: float = 0.1, hours: float = 160.0, replications: int = 16, seed: int | None = None,
    *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> LineStudy:  # fmt: skip
    """Look for the bottleneck of every line in the table `stations`.

    Each line runs in many worlds, alone: it always has parts to begin, spares, and customers who take what it makes.  Then it
    runs again with one thing better at a time, on the same luck.

    Parameters
    ----------
    case
        A case with a table of stations.
    better
        Share by which each station is made faster, one at a time.
    hours
        Open hours that are looked at, after a quarter of them in which the line fills [h].
    replications, seed
        Worlds, and their luck.
    progress, cancel
        As for :func:`twinkit.ensemble`.

    Raises
    ------
    CaseError
        If there are no stations, a number cannot be, or a line comes to stand still for ever.
    """
    if case["stations"].empty:
        raise CaseError([Problem("stations", None, "", "", "the table has no rows", "Write a row for each station: line, station, position, hours.")])
    found, names = [], line_names(case)
    for done, name in enumerate(names, 1):
        if cancel is not None and cancel.is_set():
            raise Cancelled
        model = line_model(case, name, seed)
        warm_up = WARM_UP * hours
        _require_short(model, hours, replications)
        run = simulate(model, hours, replications, warm_up, min(SHOWN_HOURS, hours))
        tried = gains(model, run, better, warm_up, cancel=cancel)
        found.append(Studied(model, *long_run(case, model, run), run, tried, _active(run.log), _recorded(case, name)))
        if progress is not None:
            progress(done, len(names))
    seed = int(case.settings["seed"] if seed is None else seed)
    return remembered(LineStudy(case, found, better), "where_is_the_bottleneck", case=case, better=better, hours=hours, replications=replications, seed=seed)


def _require_short(model: Model, hours: float, replications: int) -> None:
    """Refuse what would take hours of computing, in a sentence."""
    stations = len(model.stations)
    rate = (np.bincount(model.spec.station_of) / model.spec.route[:, :, arrays.MEAN].min(axis=0)).min()
    steps = rate * (1 + WARM_UP) * hours * replications * stations * (1 + 3 * stations)
    if steps > MOST_STEPS:
        most = hours * MOST_STEPS / steps
        raise CaseError([Problem("stations", None, "line", model.name, f"makes up to {rate:,.0f} parts an hour: {hours:g} hours of it in {replications} worlds take too long",
                                 f"Ask for {most:.3g} hours at most, or for fewer worlds; or correct the times (they are in hours).")])  # fmt: skip


def long_run(case: Case, model: Model, run: Simulated) -> tuple[Line, np.ndarray]:
    """The places of a line, and the good parts of the line that each station can make in an hour of the long run without the others: with the mix, set-ups, stops and losses of the run."""
    rows = case["stations"].loc[case["stations"]["line"] == model.name].sort_values("position", kind="stable")
    made, group, route = run.made.sum(axis=0), model.spec.station[:, arrays.GROUP].astype(int), model.spec.route
    mix = made / made.sum() if made.sum() else np.full(len(made), 1.0 / len(made))
    machines, passes = rows["machines"].to_numpy(float), route[:, :, arrays.PASSES] > 0
    means = np.where(passes, route[:, :, arrays.MEAN], 0.0)
    count = np.maximum(run.count[:, :, 0].sum(axis=0), 1e-9)
    worked = np.array([work_of_a_part(rows, np.where(on, count, 0.0)) for on in passes])
    setting = (run.states[:, :, arrays.SETUP] * run.hours * machines).sum(axis=0) / np.maximum(count, 1.0)  # of a part worked on [h]
    hours = np.maximum(mix @ (means * worked), 1e-12) / up_share(rows) + mix @ worked * setting
    rates = machines / hours
    places = [Station(float(machines[own].sum() / rates[own].sum()), int(machines[own].sum()), " + ".join(rows["station"].to_numpy()[own])) for own in (group == g for g in range(group.max() + 1))]
    return Line(tuple(places)), rates


def work_of_a_part(rows: pd.DataFrame, split: np.ndarray) -> np.ndarray:
    """Parts that the place of each station works on for one good part of the line, shape (S,): what is lost on the way, or comes back, is worked on too.

    Parameters
    ----------
    rows
        Of the table `stations`, in the order of their positions.
    split
        How parts of a place fall to its stations, in any unit, shape (S,); 0 where the product does not pass.
    """
    way, names = layout_of(rows), rows["station"].tolist()
    places = len(way.goes)
    total = np.bincount(way.group, split, places)
    goes, out = [way.after(g, total > 0)[1] if total[g] else -1 for g in range(places)], np.zeros(places + 1)
    balance, out[places] = np.zeros((places + 1, places + 1)), 1.0  # of each place, what leaves it is what the next one works on, less what comes back to that
    for g, to in enumerate(goes):
        balance[g, to if to >= 0 else g] = 1.0
    balance[places, places] = 1.0
    for s, (scrap, rework, back) in enumerate(zip(rows["scrap"], rows["rework"], rows["rework_to"], strict=True)):
        g, share = int(way.group[s]), split[s] / max(total[way.group[s]], 1e-300)
        balance[g, g] -= share * max(1.0 - scrap - rework, 1e-9)
        to = way.group[names.index(back)] if back in names else g
        for before in range(places):
            balance[before, g] -= share * rework * (goes[before] == to)
    return np.linalg.solve(balance, out)[way.group]


def up_share(rows: pd.DataFrame) -> np.ndarray:
    """Share of the time that stations with parts to work on would work: neither failed, nor maintained, nor stopped for a moment."""
    stops = (rows["minor_stop_hours"] / rows["minor_stop_every"]).fillna(0.0).to_numpy(float)
    kept = zip(*(rows[c].astype(float).fillna(np.inf) for c in ("mtbf", "life_shape", "maintain_after")), rows["maintain_hours"], rows["repair_hours"], strict=True)
    down = [cost_rate(Weibull(shape, mtbf / Weibull(shape, 1.0).mean), age, planned, repair) if mtbf < np.inf else planned / age for mtbf, shape, age, planned, repair in kept]
    return 1.0 / (1.0 + np.array(down) + stops)  # of an hour worked: time down by renewal


def _active(log: pd.DataFrame) -> Bottlenecks:
    """Bottlenecks of a run; a station is active while all of its machines are: with one of them free it holds up nobody."""
    entries = {}
    for station, rows in log.groupby("station", sort=False):
        moments = np.unique(np.concatenate([rows["from"], rows["to"]]))
        middle = (moments[:-1] + moments[1:]) / 2
        idle = np.zeros(len(middle), bool)
        working = np.zeros(len(middle), bool)
        for row in rows.itertuples():
            inside = (middle > row[3]) & (middle < row.to)
            idle |= inside & (row.state not in NOT_WAITING)
            working |= inside & (row.state == "working")
        state = np.where(idle, "starved", np.where(working, "working", "down"))
        entries[station] = list(zip(moments[:-1].tolist(), moments[1:].tolist(), state.tolist(), strict=True))
    return bottlenecks(entries, (float(log["from"].min()), float(log["to"].max())))


def _recorded(case: Case, name: str) -> Bottlenecks | None:
    """Bottlenecks of the recorded log of a line."""
    own = case["station_log"].loc[case["station_log"]["line"] == name]
    if own.empty:
        return None
    entries = {s: [(r["begin"], r["end"], r["state"]) for r in part.sort_values("begin").to_dict("records")] for s, part in own.groupby("station", sort=False)}
    return bottlenecks(entries, (float(own["begin"].min()), float(own["end"].max())), NOT_WAITING)
