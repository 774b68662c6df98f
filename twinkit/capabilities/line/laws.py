"""The laws of a line with a fixed number of jobs in it (Hopp & Spearman, Factory Physics, ch. 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class Station:
    """A station of a line.

    Attributes
    ----------
    hours
        Mean time of a job on a machine [h].
    machines
        How many work side by side.
    name
        What it is called.
    """

    hours: float
    machines: int = 1
    name: str = ""

    @property
    def rate(self) -> float:
        """Most jobs of an hour [1/h]."""
        return self.machines / self.hours


@dataclass(frozen=True)
class Line:
    """Stations one after another, through which every job passes.

    Raises
    ------
    ValueError
        If there is no station, or one of them cannot be; all reasons at once.
    """

    stations: tuple[Station, ...]

    def __post_init__(self) -> None:
        wrong = [] if self.stations else ["a line has at least one station"]
        for i, one in enumerate(self.stations, 1):
            name = one.name or f"station {i}"
            wrong += [f"{name}: hours is {one.hours}; it must be above 0"] * (not one.hours > 0)
            wrong += [f"{name}: machines is {one.machines}; it must be a whole number above 0"] * (not (one.machines >= 1 and one.machines == int(one.machines)))
        if wrong:
            raise ValueError("; ".join(wrong))

    @property
    def rates(self) -> np.ndarray:
        """Most jobs of an hour, by station [1/h]."""
        return np.array([s.rate for s in self.stations])

    @property
    def bottleneck(self) -> int:
        """Index of the station that can do least in the long run, the first of several."""
        return int(self.rates.argmin())

    @property
    def bottleneck_rate(self) -> float:
        """r_b [1/h]."""
        return float(self.rates.min())

    @property
    def raw_time(self) -> float:
        """T_0, what a job takes that never waits [h]."""
        return float(sum(s.hours for s in self.stations))

    @property
    def critical_wip(self) -> float:
        """W_0 = r_b T_0: the fewest jobs with which a line without any variation reaches its rate [jobs]."""
        return self.bottleneck_rate * self.raw_time


@dataclass(frozen=True)
class Performance:
    """What a line does with a number of jobs in it; the two fit by Little's law.

    Attributes
    ----------
    throughput
        Jobs of an hour [1/h].
    cycle_time
        Hours of a job in the line [h].
    """

    throughput: float
    cycle_time: float


def _jobs(wip: float) -> None:
    """Refuse a line without a job in it: it makes nothing, and no law is about it."""
    if not wip >= 1 - 1e-9:  # r_b T_0 of one station is 1 but for rounding
        raise ValueError(f"there are {wip} jobs in the line; the laws are about 1 or more")


def best_case(line: Line, wip: float) -> Performance:
    """Nothing varies: TH = min(w / T_0, r_b), CT = max(T_0, w / r_b)."""
    _jobs(wip)
    return Performance(min(wip / line.raw_time, line.bottleneck_rate), max(line.raw_time, wip / line.bottleneck_rate))


def worst_case(line: Line, wip: float) -> Performance:
    """All jobs wait for each other at every station: TH = 1 / T_0, CT = w T_0."""
    _jobs(wip)
    return Performance(1.0 / line.raw_time, wip * line.raw_time)


def practical_worst_case(line: Line, wip: float) -> Performance:
    """Every distribution of the jobs is as likely: TH = w / (W_0 + w - 1) r_b, CT = T_0 + (w - 1) / r_b.

    Exact for a balanced line of single machines with exponential times.
    """
    _jobs(wip)
    return Performance(wip / (line.critical_wip + wip - 1.0) * line.bottleneck_rate, line.raw_time + (wip - 1.0) / line.bottleneck_rate)


def exponential_case(line: Line, wip: int) -> Performance:
    """Exponential times at every station, whatever its machines: exact mean value analysis of the closed line.

    With several machines at a station the probabilities of how many jobs are there are carried along
    (Reiser & Lavenberg 1980).

    Parameters
    ----------
    wip
        Jobs in the line, a whole number of at least 1.

    Raises
    ------
    ValueError
        If it is none.
    """
    _jobs(wip)
    if wip != int(wip):
        raise ValueError(f"there are {wip} jobs in the line; their number is whole")
    wip = int(wip)
    hours = np.array([s.hours for s in line.stations])
    machines = [int(s.machines) for s in line.stations]
    shares = [np.eye(1, wip + 1)[0] for _ in machines]  # P(j jobs at the station), with the jobs so far
    throughput = 0.0
    for n in range(1, wip + 1):
        waits = np.array([
            sum((j + 1) / min(j + 1, m) * h * p[j] for j in range(n)) for h, m, p in zip(hours, machines, shares, strict=True)
        ])  # fmt: skip
        throughput = n / float(waits.sum())
        for i, (h, m, p) in enumerate(zip(hours, machines, shares, strict=True)):
            now = np.zeros(wip + 1)
            for j in range(1, n + 1):
                now[j] = throughput * h / min(j, m) * p[j - 1]
            now[0] = max(0.0, 1.0 - now.sum())
            shares[i] = now
    return Performance(throughput, wip / throughput)


class Queue(NamedTuple):
    """A queue in the long run (Little's law: jobs = rate · time).

    Attributes
    ----------
    utilisation
        Share of the time in which the machine works.
    jobs, waiting
        Mean jobs there, and of them those that wait.
    time, wait
        Mean time of a job there, and of that the wait [time].
    """

    utilisation: float
    jobs: float
    waiting: float
    time: float
    wait: float


def queue(arrivals: float, service: float, machines: int = 1, cv: float = 1.0) -> Queue:
    """Machines side by side with arrivals without memory: M/M/c by Erlang's formula, and M/G/1 by that of Pollaczek and Khinchine.

    Parameters
    ----------
    arrivals, service
        Jobs that arrive, and that one machine can do [1/time].
    machines
        How many take jobs from the one queue.
    cv
        Coefficient of variation of a job's time on the machine: 1 = exponential, 0 = fixed.

    Raises
    ------
    ValueError
        If a rate is not above 0, as much arrives as can be done (then the queue grows for ever), or several machines have
        times that are not exponential, for which no formula is exact.

    Examples
    --------
    >>> queue(0.5, 1.0)
    Queue(utilisation=0.5, jobs=1.0, waiting=0.5, time=2.0, wait=1.0)
    >>> round(queue(2.0, 1.5, machines=2).wait, 6)
    0.533333
    """
    if not (machines >= 1 and machines == int(machines) and cv >= 0):
        raise ValueError(f"{machines:g} machines and a coefficient of variation of {cv:g}: a whole number from 1, and a number from 0")
    if not 0 < arrivals < machines * service:
        raise ValueError(f"{arrivals:g} jobs arrive where {machines * service:g} can be done in the same time: the queue grows for ever, or nothing arrives")
    if machines > 1 and cv != 1.0:
        raise ValueError("with several machines only exponential times (cv 1) have an exact formula; run the line instead")
    load, use = arrivals / service, arrivals / (machines * service)
    blocked = 1.0  # chance that all are busy, of Erlang's system without a queue, for one more machine at a time
    for k in range(1, int(machines) + 1):
        blocked = load * blocked / (k + load * blocked)
    waits = blocked / (1.0 - use * (1.0 - blocked))
    waiting = waits * use / (1.0 - use) * (1.0 + cv**2) / 2.0
    return Queue(use, waiting + load, waiting, waiting / arrivals + 1.0 / service, waiting / arrivals)


def line_of(hours: Sequence[float], machines: Sequence[int] | None = None) -> Line:
    """A line from hours and machines by station."""
    return Line(tuple(Station(h, m) for h, m in zip(hours, machines or [1] * len(hours), strict=True)))
