"""Where a line is held up: by its machines' rates, by what improving each would bring, and by what a log shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event

import numpy as np
import pandas as pd

from twinkit.capabilities.line.active import Bottlenecks, bottlenecks
from twinkit.capabilities.line.bernoulli import MOST_STATES, Steady, gains, steady
from twinkit.capabilities.line.laws import Line, Station
from twinkit.run.public import study
from twinkit.study.asked import remembered
from twinkit.tables.case import Case
from twinkit.tables.problems import CaseError, Problem


@dataclass(frozen=True)
class Studied:
    """A line and where it is held up.

    Attributes
    ----------
    name
        Of the line.
    line
        Its stations, each as fast as it is in the long run: with the time in which it is down.
    hourly
        Slots of an hour: the rate of the fastest station while it is up [1/h].
    up
        Share of the slots in which each station makes a part; a slot is the time of the fastest station [share].
    sizes
        Room of the buffers between the stations [parts].
    steady
        The line in the long run, or None where its buffers are too large for the exact model.
    rise
        By how much more the line makes in an hour if a station were better by that share [parts/h]; empty without `steady`.
    log
        Bottlenecks of its log; None without one.
    """

    name: str
    line: Line
    hourly: float
    up: np.ndarray
    sizes: tuple[int, ...]
    steady: Steady | None
    rise: np.ndarray
    log: Bottlenecks | None

    @property
    def names(self) -> list[str]:
        """Names of the stations."""
        return [s.name for s in self.line.stations]

    def views(self) -> dict[str, str]:
        """Way of looking → the station that it calls the bottleneck."""
        found = {"slowest station": self.names[self.line.bottleneck]}
        if self.steady is not None:
            found["largest gain"] = self.names[int(self.rise.argmax())]
        if self.log is not None:
            shares = self.log.shares
            found["longest active in the log"] = str((shares["sole"] + shares["shifting"]).idxmax())
        return found

    def table(self) -> pd.DataFrame:
        """A row for each station."""
        known = self.steady
        frame = pd.DataFrame({
            "line": self.name, "station": self.names, "rate": self.line.rates,
            "starved": known.starved if known else np.nan, "blocked": known.blocked if known else np.nan,
            "buffer": [*(known.mean_buffer if known else [np.nan] * len(self.sizes)), np.nan], "rise": self.rise if known else np.nan,
        })  # fmt: skip
        for name in ("sole", "shifting", "working"):
            frame[name] = [self.log.shares[name].get(s, np.nan) for s in self.names] if self.log else np.nan
        return frame


@dataclass(frozen=True)
class LineStudy:
    """Every line of a case.

    Attributes
    ----------
    case
        The case.
    lines
        In the order of the table.
    better
        Share by which each station was made faster, or up more often, one at a time.
    """

    case: Case
    lines: list[Studied]
    better: float


@partial(study, limits={"better": (0, 1)})
def where_is_the_bottleneck(
    case: Case, better: float = 0.1, *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None
) -> LineStudy:
    """Look for the bottleneck of every line in the table `stations`, and in the table `station_log` where there is one.

    A line is taken as machines that are up or down from slot to slot; a slower station is one that is up less often
    (Li & Meerkov 2009): the exact model of that line says how much each improvement brings.

    Parameters
    ----------
    case
        A case with a table of stations.
    better
        Share by which each station is made faster, or up more often, one at a time; none is up more than always.
    progress, cancel
        As for :func:`twinkit.ensemble`.

    Raises
    ------
    CaseError
        If there are no stations, or `better` is no share.
    """
    stations, log = case["stations"], case["station_log"]
    if stations.empty:
        raise CaseError([Problem("stations", None, "", "", "the table has no rows", "Write a row for each station: line, station, position, hours.")])
    found = []
    names = list(dict.fromkeys(stations["line"]))
    for done, name in enumerate(names, 1):
        rows = stations[stations["line"] == name].sort_values("position", kind="stable")
        line = Line(tuple(Station(r["hours"] / r["availability"], int(r["machines"]), r["station"]) for r in rows.to_dict("records")))
        hourly = float((rows["machines"] / rows["hours"]).max())
        up = line.rates / hourly
        sizes = tuple(int(size) for size in rows["buffer"].to_numpy(float)[:-1])
        known, rise = None, np.array([])
        if np.prod([float(size) + 1 for size in sizes]) <= MOST_STATES:
            known = steady(up, sizes)
            rise = gains(up, sizes) * np.minimum(up * better, 1.0 - up) * hourly
        own = log[log["line"] == name]
        seen = None
        if len(own):
            entries = {s: [(r["begin"], r["end"], r["state"]) for r in part.sort_values("begin").to_dict("records")] for s, part in own.groupby("station", sort=False)}
            seen = bottlenecks(entries, (float(own["begin"].min()), float(own["end"].max())))
        found.append(Studied(name, line, hourly, up, sizes, known, rise, seen))
        if progress is not None:
            progress(done, len(names))
    return remembered(LineStudy(case, found, better), "where_is_the_bottleneck", case=case, better=better)
