"""The automotive case: the chain on one thread, threads, the first picture and the whole comparison.

A hand-written loop of the same year with nothing else in it, one world or 64 innermost, was measured beside
the chain until the chain could do what that loop could not: the chain took 1.45 to 1.75 times as long, and 1.65 to
1.91 times with the histories of a study (64 worlds in a batch, one thread, with costs and KPIs).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from twinkit.bench.table import Row, number, timed, verdict
from twinkit.chain.chain import BATCH, Chain
from twinkit.chain.plan import Plan, plan_of
from twinkit.study.costs import cost_parts
from twinkit.study.ensemble import ensemble, run_batch, tasks_of
from twinkit.study.kpis import kpis_of
from twinkit.study.runs import KEPT
from twinkit.study.scenario import Scenario, event_of
from twinkit.study.series import study_series
from twinkit.tables.read import example

REPLICATIONS = 256
EVENT = event_of("outage", site="Fab Naka", start=60, duration=82)


def _books(plan: Plan, world) -> None:
    cost_parts(plan, world)
    kpis_of(plan, world)


def _chain_seconds(plan: Plan, record, repeats: int) -> tuple[float, float]:
    """Seconds to allocate 256 worlds in batches, and to run them with costs and KPIs."""
    start = time.process_time()

    def chains() -> list[Chain]:
        return [Chain(plan, BATCH, first=at, record=record) for at in range(0, REPLICATIONS, BATCH)]

    chains()
    build = time.process_time() - start
    return build, timed(lambda ready: [_books(plan, c.run().world) for c in ready], repeats, chains).cpu


def chain_rows() -> Iterator[Row]:
    """The chain on one thread."""
    plan = plan_of(example("automotive"))
    work = len(plan.net.stocks) * plan.periods * REPLICATIONS
    yield Row(f"One thread: automotive, {len(plan.net.stocks)} stocks × {plan.periods} × {REPLICATIONS}, batches of 64, with costs and KPIs")
    Chain(plan, BATCH).run(2)
    least = float("inf")
    for name, record in (("twinkit", ()), ("twinkit, histories of a study", study_series(plan))):
        build, took = _chain_seconds(plan, record, 5)
        least = min(least, took)
        yield Row(name, number(build), number(took), "cpu", f"{number(work / took)} stock-periods/s", f"{took / least:.2f} × the least")


@numba.njit(nogil=True)
def _arithmetic(n: int) -> float:
    total = 0.0
    for i in range(n):
        total += np.sin(i)
    return total


def _free_cores() -> float:
    """How much more two threads get done than one, at work that shares nothing."""
    _arithmetic(1)
    with ThreadPoolExecutor(2) as pool:
        took = {n: timed(lambda _, n=n: list(pool.map(_arithmetic, [20_000_000] * n)), 3).wall for n in (1, 2)}
    return 2 * took[1] / took[2]


def study_rows() -> Iterator[Row]:
    """Threads, the first picture, and the whole comparison."""
    case = example("automotive")
    yield Row("Studies: automotive, a year")
    calm, event = Scenario("calm"), Scenario("event", events=(EVENT,))
    ensemble(case, event, 2)
    took = {n: timed(lambda _, n=n: ensemble(case, calm, 8 * BATCH, workers=n), 3, KEPT.clear).wall for n in (1, 2)}
    gain = took[1] / took[2]
    free = _free_cores()
    yield Row("two threads of pure arithmetic beside one (what this computer had free)", "", "", "wall", "",
              f"{free:.2f} ×")  # fmt: skip
    yield Row("8 batches, 1 worker", "", number(took[1]), "wall")
    yield Row("8 batches, 2 workers", "", number(took[2]), "wall", "", f"{gain:.2f} ×", ">= 1.7 ×", verdict(gain, 1.7))
    task = tasks_of({"event": plan_of(event.apply(case))}, BATCH, 1)[0]
    first = timed(lambda _: run_batch(task), 5, KEPT.clear)
    yield Row("64 worlds with and without an event on day 60 (first picture)", "", number(first.wall), "wall",
              f"{number(first.cpu)} s cpu")  # fmt: skip
    all_of_it = timed(lambda _: ensemble(case, event, REPLICATIONS, workers=2), 3, KEPT.clear)
    yield Row(
        "256 worlds with and without the event, 2 workers", "", number(all_of_it.wall), "wall",
        f"{number(all_of_it.cpu)} s cpu", "", "<= 2 s", verdict(all_of_it.wall, 2, at_most=True),
    )  # fmt: skip
