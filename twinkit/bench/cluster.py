"""A Dask cluster: what batches cost on two workers of this computer, and what a thousand would give.

What is measured and what is worked out from it are kept apart, in :func:`measure` and
:func:`worked_out`.
"""

from __future__ import annotations

import math
import os
import pickle
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Any

from twinkit.bench.measure import Row, number, synthetic, verdict
from twinkit.chain.chain import BATCH
from twinkit.run.engines import Cluster, packed, results
from twinkit.run.ensemble import DROPPED, ensemble, plans_of, reduced, run_batch, tasks_of
from twinkit.run.runs import KEPT
from twinkit.run.scenario import Scenario, event_of
from twinkit.tables.case import Case
from twinkit.tables.read import example

WORKERS = 2
THREADS = 50
"""Threads of a worker that stand for many workers where the overhead is measured: so many tasks are under way."""
EMPTY = 1_000
"""Empty tasks by which the overhead is measured."""
ROUND_TRIPS = 20
PLANS = 50
BATCHES = 8
NETWORK = 125e6
"""What the client's network carries, assumed: 1 Gbit/s [bytes/s]."""
LARGE, LARGE_PERIODS, LARGE_BATCHES = 10_000, 30, 16
"""Stocks of a large chain, periods and batches of its run; a year of 10,000 worlds has 157 batches that take twelve times as long."""
MANY = {"workers": 1_000, "scenarios": 1_000, "worlds": 1_024}
KB = 1e3


@dataclass(frozen=True)
class Figures:
    """What was measured.

    Attributes
    ----------
    start
        Until the workers are there [s].
    first
        Until an empty study has come back from a new cluster: imports, compiled code from the disk [s].
    batch
        A batch of 64 worlds with and without its event, processor time on a worker [s].
    planning
        Processor time of scheduler and client together for each plan that workers make [s].
    overhead, overhead_few
        Processor time of scheduler and client together for each task, with 300 tasks
        under way, and with 6 [s].
    round_trip
        One empty task, alone, there and back [s].
    case, plan
        Size of a case as it is sent, and of a plan as workers pass it on [bytes].
    results
        Detail → size of the result of a scenario's first batch and of its others [bytes].
    """

    start: float
    first: float
    batch: float
    planning: float
    overhead: float
    overhead_few: float
    round_trip: float
    case: int
    plan: int
    results: dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Nothing:
    """A task of an engine in which nothing is done, and what comes of it."""

    plan: Any
    number: int


def same(task: Any) -> Any:
    """The task itself."""
    return task


@dataclass(frozen=True)
class Measured:
    """What a worker measures of a batch: processor time, and size of the result by detail [bytes]."""

    plan: Any
    first: int
    seconds: float
    sizes: dict[str, int]


def measured_batch(task: Any) -> Measured:
    """Run a batch and say what that took; runs on a worker."""
    KEPT.clear()
    start = time.thread_time()
    outcome = run_batch(task)
    took = time.thread_time() - start
    bare = replace(outcome, plan=None)
    sizes = {d: len(pickle.dumps(reduced(bare, d), protocol=pickle.HIGHEST_PROTOCOL)) for d in DROPPED}
    return Measured(None, task.first, took, sizes)


def measure(case: Case, scenario: Scenario) -> Figures:
    """Start clusters of two workers on this computer and measure them."""
    plan = plans_of(case, [scenario])[scenario.name]
    begin = time.perf_counter()
    with _cluster(threads=1) as client:
        start = time.perf_counter() - begin
        begin = time.perf_counter()
        batches = _through(client, measured_batch, tasks_of({"": plan}, WORKERS * BATCH, 1))
        first = time.perf_counter() - begin
        batches += _through(client, measured_batch, tasks_of({"": plan}, BATCHES * BATCH, 1))
        batch = median(b.seconds for b in batches[WORKERS:])
        planning = _planning(client, case, scenario)
        few = _overhead(client, plan)
        trips = [_seconds(lambda: client.submit(os.getpid, pure=False).result()) for _ in range(ROUND_TRIPS)]
    with _cluster(threads=THREADS) as client:
        many = _overhead(client, plan)
    sizes = {
        d: tuple(int(median(b.sizes[d] for b in batches if (b.first == 0) is head)) for head in (True, False))
        for d in DROPPED
    }
    plan_size = len(pickle.dumps(plan, protocol=pickle.HIGHEST_PROTOCOL))
    return Figures(
        start, max(0.0, first - batch), batch, planning, many, few, median(trips), len(packed(case)), plan_size, sizes
    )


@contextmanager
def _cluster(threads: int, workers: int = WORKERS) -> Iterator[Any]:
    """A client of some workers on this computer."""
    from dask.distributed import Client, LocalCluster

    own = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=workers, threads_per_worker=threads, **own) as local, Client(local) as client:
        yield client


def _planning(client: Any, case: Case, scenario: Scenario) -> float:
    """Processor time of this process for each plan [s]."""
    engine = Cluster(same, client)
    scenarios = [replace(scenario, name=str(i)) for i in range(PLANS)]
    begin = time.process_time()
    engine.plans(plans_of, case, scenarios)
    took = time.process_time() - begin
    engine.close()
    return took / PLANS


def _overhead(client: Any, plan: Any) -> float:
    """Processor time of this process, where the scheduler is too, for each empty task [s]."""
    tasks = [Nothing(plan, i) for i in range(EMPTY)]
    _through(client, same, tasks[: EMPTY // 10])
    begin = time.process_time()
    _through(client, same, tasks)
    return (time.process_time() - begin) / EMPTY


def _through(client: Any, work: Any, tasks: list[Any]) -> list[Any]:
    return list(results(Cluster(work, client), tasks))


def _seconds(call: Any) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def worked_out(found: Figures, workers: int, scenarios: int, worlds: int, detail: str = "kpis") -> dict[str, float]:
    """Seconds that a study would take on a cluster, by what takes them; nothing here is measured.

    With B = scenarios × ⌈worlds / 64⌉ batches on `workers` workers of one thread that are
    there already: the client takes scenarios × (planning + plan / network) for the plans.
    Then three things go on at the same time, of which the longest counts: the batches take
    ⌈B / workers⌉ × (batch + plan / network), as a worker fetches a plan for each at worst;
    the scheduler takes B × overhead; the network to the client takes (results) / network.

    Parameters
    ----------
    found
        What was measured.
    workers, scenarios, worlds
        Size of the cluster and of the study.
    detail
        What is kept of a batch.

    Returns
    -------
    dict
        "first", "plans", "batches", "scheduler", "network", "total" [s] and "gain" (times
        as fast as one thread without a cluster).
    """
    each = math.ceil(worlds / BATCH)
    batches = scenarios * each
    head, rest = found.results[detail]
    parts = {
        "first": found.first,
        "plans": scenarios * (found.planning + found.plan / NETWORK),
        "batches": math.ceil(batches / workers) * (found.batch + found.plan / NETWORK),
        "scheduler": batches * found.overhead,
        "network": scenarios * (head + (each - 1) * rest) / NETWORK,
    }
    total = parts["first"] + parts["plans"] + max(parts["batches"], parts["scheduler"], parts["network"])
    return {**parts, "total": total, "gain": batches * found.batch / total}


def cluster_rows() -> Iterator[Row]:
    """Rows of a cluster."""
    yield Row(f"Cluster: automotive on Dask, {WORKERS} workers of one thread on this computer (measured)")
    event = Scenario("event", events=(event_of("outage", site="Fab Naka", start=60, duration=82),))
    found = measure(example("automotive"), event)
    yield Row("start of scheduler and workers", "", number(found.start), "wall")
    yield Row("first batches in new processes, beyond a batch", "", number(found.first), "wall")
    yield Row("batch of 64 worlds with and without its event", "", number(found.batch), "cpu")
    yield Row("scheduler and client, for each plan that workers make", "", number(found.planning), "cpu")
    yield Row("empty task, alone, there and back", "", number(found.round_trip), "wall")
    for words, cost in (("300 under way", found.overhead), ("6 under way", found.overhead_few)):
        rate = f"{number(1 / cost)} tasks/s"
        yield Row(f"scheduler and client, for each task, {words}", "", number(cost), "cpu", rate)
    share = found.overhead / found.batch
    yield Row(
        "overhead of a batch", "", "", "", "", f"{100 * share:.2g} %", "<= 5 %", verdict(share, 0.05, at_most=True)
    )
    yield Row("case as sent; plan", "", "", "", "", f"{number(found.case / KB)}; {number(found.plan / KB)} kB")
    for detail, (head, rest) in found.results.items():
        yield Row(f"result of a batch, detail {detail}: a scenario's first; others", "", "", "", "",
                  f"{number(head / KB)}; {number(rest / KB)} kB")  # fmt: skip
    yield from _large_rows()
    yield Row(
        "Cluster, worked out from that: {scenarios:,} scenarios × {worlds:,} worlds, network 1 Gbit/s".format(**MANY)
    )
    for workers in (1, 10, 100, MANY["workers"]):
        yield from _worked_rows(found, {**MANY, "workers": workers})


def _large_rows() -> Iterator[Row]:
    """A chain of many stocks on one worker and on two."""
    case, worlds = synthetic(LARGE, LARGE_PERIODS), LARGE_BATCHES * BATCH
    took = {}
    for workers in (1, WORKERS):
        with _cluster(1, workers) as client:
            run = partial(ensemble, case, Scenario("calm"), client=client, detail="kpis")
            run(workers * BATCH, seed=2)  # imports, compiled code from the disk
            took[workers] = _seconds(partial(run, worlds))
    gain = took[1] / took[WORKERS]
    yield Row(f"{LARGE:,} stocks × {LARGE_PERIODS} periods × {worlds:,} worlds, one worker; {WORKERS} workers", "", f"{number(took[1])}; {number(took[WORKERS])}", "wall", "",
              f"{gain:.2f} ×", ">= 1.8 ×", verdict(gain, 1.8))  # fmt: skip


def _worked_rows(found: Figures, many: dict[str, int]) -> Iterator[Row]:
    for detail in ("kpis", "curves") if many["workers"] > 1 else ("kpis",):
        parts = worked_out(found, **many, detail=detail)
        limit = max(("plans", "batches", "scheduler", "network"), key=parts.__getitem__)
        yield Row(
            f"{many['workers']:,} worker{'s' * (many['workers'] > 1)}, detail {detail}", "", number(parts["total"]), "-",
            f"most by the {limit}", f"{number(parts['gain'])} × one thread",
        )  # fmt: skip
