"""What is measured without another program beside it: opening, the car maker, studies, growth, memory.

What needs a process of its own is run as ``python -m twinkit.bench.measure NAME ARGUMENTS`` and prints JSON.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numba
import numpy as np
import pandas as pd

from twinkit.chain.chain import BATCH, Chain
from twinkit.chain.plan import Plan, plan_of
from twinkit.run.ensemble import ensemble, run_batch, tasks_of
from twinkit.run.kpis import cost_parts, kpis_of, study_series
from twinkit.run.runs import KEPT
from twinkit.run.scenario import Scenario, event_of
from twinkit.tables import read_case, write_case
from twinkit.tables.case import Case
from twinkit.tables.read import example

# The table that the benchmark prints: what was measured, how fast it was, what was hoped for.


HEADS = ("measured", "build s", "run s", "clock", "rate", "ratio", "target", "met")


@dataclass(frozen=True)
class Row:
    """One line: what was measured and what came of it; an empty text where there is nothing to say."""

    measured: str
    build: str = ""
    run: str = ""
    clock: str = ""
    rate: str = ""
    ratio: str = ""
    target: str = ""
    met: str = ""


@dataclass(frozen=True)
class Timing:
    """Seconds of several repeats: median of the wall clock, and of the processor time of this process."""

    wall: float
    cpu: float


def timed(run: Callable[[object], object], repeats: int, prepare: Callable[[], object] = lambda: None) -> Timing:
    """Time ``run(prepare())`` several times; what is prepared is not timed."""
    walls, cpus = [], []
    for _ in range(repeats):
        ready = prepare()
        wall, cpu = time.perf_counter(), time.process_time()
        run(ready)
        cpus.append(time.process_time() - cpu)
        walls.append(time.perf_counter() - wall)
    return Timing(median(walls), median(cpus))


def number(value: float) -> str:
    """A number with three digits that matter, and commas."""
    if value >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def verdict(value: float, target: float, at_most: bool = False) -> str:
    """Whether a figure is as good as was asked."""
    return "yes" if (value <= target if at_most else value >= target) else "no"


def text_table(rows: Iterable[Row]) -> str:
    """Rows as aligned plain text; a row with nothing but its name is a heading."""
    lines = [HEADS, *(cells(r) for r in rows)]
    wide = [max(len(line[i]) for line in lines if any(line[1:])) for i in range(len(HEADS))]
    out = []
    for line in lines:
        if not any(line[1:]):
            out += ["", line[0]]
            continue
        first, *rest = (
            cell.ljust(w) if i in (0, 3, 6, 7) else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(line, wide, strict=True))
        )
        out.append("  ".join([first, *rest]).rstrip())
    return "\n".join(out)


def cells(row: Row) -> tuple[str, ...]:
    """The cells of a row in the order of the columns."""
    return tuple(getattr(row, f.name) for f in fields(Row))


def write_csv(rows: Iterable[Row], path: str | Path) -> None:
    """Rows as a CSV file; headings become a column of their own."""
    section = ""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("section", *HEADS))
        for row in rows:
            if not any(cells(row)[1:]):
                section = row.measured
            else:
                writer.writerow((section, *(c.replace(",", "") if i else c for i, c in enumerate(cells(row)))))


# Networks that the benchmark makes itself: layered ones of any size, a tree, a serial chain.


SHOPS_OF_A_HUB = 9
"""Retailers that a warehouse of the layered network serves."""


def synthetic(n_rows: int, periods: int = 365) -> Case:
    """A layered network of one product with `n_rows` stocks: one source, warehouses, ten tenths of shops each.

    Parameters
    ----------
    n_rows
        Number of stocks.
    periods
        Length of a run [periods].
    """
    n_hubs = max(1, round((n_rows - 1) / (SHOPS_OF_A_HUB + 1)))
    n_shops = n_rows - 1 - n_hubs
    hubs = np.char.add("hub ", np.arange(n_hubs).astype(str))
    shops = np.char.add("shop ", np.arange(n_shops).astype(str))
    hub_of = np.arange(n_shops) % n_hubs
    mean = 5.0 + np.arange(n_shops) % 7
    through = np.bincount(hub_of, mean, minlength=n_hubs)
    site = np.concatenate([["source"], hubs, shops])
    kind = np.repeat(["supplier", "warehouse", "retailer"], [1, n_hubs, n_shops])
    policy = np.repeat(["unlimited", "base_stock", "base_stock"], [1, n_hubs, n_shops])
    level = np.concatenate([[np.nan], 5.0 * through, 4.0 * mean])
    return Case(
        f"layered network of {n_rows} stocks",
        {
            "sites": pd.DataFrame({"site": site, "kind": kind}),
            "products": [{"product": "item"}],
            "stocks": pd.DataFrame({
                "site": site, "product": "item", "policy": policy, "order_up_to": level, "holding_cost": 1.0,
            }),
            "lanes": pd.DataFrame({
                "origin": np.concatenate([np.repeat("source", n_hubs), hubs[hub_of]]),
                "destination": site[1:], "product": "item", "mode": "road",
                "lead_time": np.repeat([3.0, 2.0], [n_hubs, n_shops]),
            }),
            "markets": pd.DataFrame({
                "market": np.char.add("town ", np.arange(n_shops).astype(str)), "site": shops, "product": "item",
                "demand": "normal", "mean": mean, "spread": 0.3 * mean,
            }),
        },
        {"periods": periods},
    )  # fmt: skip


def tree(parents: dict[str, str | None], lead: dict[str, int], level: dict[str, float],
         demand: dict[str, tuple[str, float, float]], periods: int) -> Case:  # fmt: skip
    """A distribution network of base-stock sites, each with one supplier; the first is supplied from outside.

    Parameters
    ----------
    parents
        Site → its supplier, or None for an outside source.
    lead, level
        Lead time [periods] and order-up-to level [units] by site.
    demand
        Site → distribution, mean and standard deviation of its customers' demand.
    periods
        Length of a run.
    """
    stocks = [
        {"site": n, "product": "item", "policy": "base_stock", "order_up_to": level[n], "on_hand": level[n],
         "holding_cost": 1.0, "backlog_cost": 10.0}
        for n in parents
    ]  # fmt: skip
    return Case(
        "tree",
        {
            "sites": [{"site": n, "kind": "warehouse"} for n in parents] + [{"site": "outside", "kind": "supplier"}],
            "products": [{"product": "item"}],
            "stocks": [*stocks, {"site": "outside", "product": "item", "policy": "unlimited"}],
            "lanes": [
                {"origin": up or "outside", "destination": n, "product": "item", "mode": "road",
                 "lead_time": lead[n], "start_in_transit": 0}
                for n, up in parents.items()
            ],
            "markets": [
                {"market": f"at {n}", "site": n, "product": "item", "demand": kind, "mean": mean, "spread": spread}
                for n, (kind, mean, spread) in demand.items()
            ],
        },
        {"periods": periods},
    )  # fmt: skip


# How the cost grows with the chain: layered networks of 100 to 100,000 stocks, each in a process of its own.


PERIODS, MONTH = 365, 30
SIZES = ((100, 1, PERIODS), (1_000, 1, PERIODS), (10_000, 1, PERIODS), (100_000, 1, PERIODS), (1_000_000, 1, MONTH),
         (100, 64, PERIODS), (1_000, 64, PERIODS), (10_000, 64, PERIODS))  # fmt: skip
"""Stocks, worlds, periods."""
GIB = 2**30
LONGEST = {(100_000, 1): (15, 3), (1_000_000, 1): (30, 8), (10_000, 64): (60, 3)}
"""Longest that chain and run may take together [s], and most memory that the process may hold [GiB], by stocks and worlds."""


def peak_bytes() -> int:
    """Most memory that this process has held [bytes].

    On Linux the figure of ``getrusage`` begins with that of the parent, so the
    kernel's own high-water mark is read instead.
    """
    import resource  # not on Windows

    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def one_network(n_rows: int, replications: int, periods: int) -> dict[str, float]:
    """Build and run one network: seconds and bytes."""
    Chain(synthetic(11, 2), replications).run()  # compiled, or fetched from the cache
    start = time.process_time()
    case = synthetic(n_rows, periods)
    tables = time.process_time() - start
    chain = Chain(case, replications)
    build = time.process_time() - start - tables
    at_start = chain.snapshot() if n_rows * replications < 100_000 else None
    took = timed(lambda c: c.run(), 3 if at_start else 1, lambda: chain.restore(at_start) if at_start else chain)
    return {"tables": tables, "build": build, "cpu": took.cpu, "peak": peak_bytes()}


def in_a_process(
    what: str, *arguments: object, module: str = "twinkit.bench.measure", environment: Mapping[str, str] | None = None
) -> dict[str, float]:
    """Measure something of a module that can be run in a process of its own, and read the JSON that it prints."""
    command = [sys.executable, "-m", module, what, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(f"{what} failed: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def scaling_rows() -> Iterator[Row]:
    """Rows of the growth with the size."""
    yield Row(
        f"Growth: layered networks, {PERIODS} periods unless it says others, each size in a process of its own; build is tables + chain"
    )
    per_row = {}
    for n_rows, replications, periods in SIZES:
        found = in_a_process("network", n_rows, replications, periods)
        work = n_rows * periods * replications
        if replications == 1 and periods == PERIODS:
            per_row[n_rows] = found["cpu"] / n_rows
        row = Row(
            f"{n_rows:,} stocks × {replications}{f', {periods} periods' * (periods != PERIODS)}", f"{number(found['tables'])} + {number(found['build'])}",
            number(found["cpu"]), "cpu", f"{number(work / found['cpu'])} stock-periods/s",
            f"{found['peak'] / 2**20:,.0f} MiB at most",
        )  # fmt: skip
        if (n_rows, replications) in LONGEST:
            longest, most = LONGEST[n_rows, replications]
            good = found["build"] + found["cpu"] <= longest and found["peak"] <= most * GIB
            row = replace(row, target=f"<= {longest} s, {most} GiB", met="yes" if good else "no")
        yield row
    dearer = per_row[max(per_row)] / per_row[min(per_row)]
    yield Row(f"cost of a row, {max(per_row):,} over {min(per_row):,} stocks", ratio=f"{dearer:.2f} ×",
              target="<= 2 ×", met=verdict(dearer, 2, at_most=True))  # fmt: skip


# The automotive case: the chain on one thread, threads, the first picture and the whole comparison.
#
# A hand-written loop of the same year with nothing else in it, one world or 64 innermost, was measured beside
# the chain until the chain could do what that loop could not: the chain took 1.45 to 1.75 times as long, and 1.65 to
# 1.91 times with the histories of a study (64 worlds in a batch, one thread, with costs and KPIs).


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
    yield Row(
        f"One thread: automotive, {len(plan.net.stocks)} stocks × {plan.periods} × {REPLICATIONS}, batches of 64, with costs and KPIs"
    )
    Chain(plan, BATCH).run(2)
    least = float("inf")
    for name, record in (("twinkit", ()), ("twinkit, histories of a study", study_series(plan))):
        build, took = _chain_seconds(plan, record, 5)
        least = min(least, took)
        yield Row(
            name,
            number(build),
            number(took),
            "cpu",
            f"{number(work / took)} stock-periods/s",
            f"{took / least:.2f} × the least",
        )


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


# What is not run again: the days that scenarios have in common, and runs of which only the report changes.


LATE, WORLDS = 300, 256


def reuse_rows() -> Iterator[Row]:
    """Rows of studies that have something in common with one that was run before."""
    case = example("automotive")
    periods = int(case.settings["periods"])
    calm = Scenario("calm")
    late = [event_of("outage", site="Fab Naka", start=LATE, duration=d) for d in (20, 40)]
    first, second = (Scenario(f"late {i}", events=(e,)) for i, e in enumerate(late))
    dearer = case.replace(stocks=case["stocks"].assign(holding_cost=case["stocks"]["holding_cost"] * 2))

    def run(given, scenario) -> None:
        ensemble(given, scenario, WORLDS, workers=1)

    def after(before, given, scenario) -> float:
        def prepare() -> None:
            KEPT.clear()
            for one in before:
                run(case, one)

        return timed(lambda _: run(given, scenario), 5, prepare).cpu

    run(case, first)
    yield Row(f"Nothing twice: automotive, {periods} periods × {WORLDS} worlds, one worker, plans and reports included")
    whole = after([], case, calm)
    yield Row("undisturbed", "", number(whole), "cpu")
    share = (periods - LATE) / periods
    took = after([first], case, second)
    yield Row(
        f"another event from day {LATE} on, once one has been run ({share:.0%} of the days)", "", number(took), "cpu",
        "", f"{took / whole:.0%} of a run",
    )  # fmt: skip
    took = after([calm], dearer, calm)
    yield Row(
        "other holding costs: the report alone", "", number(took), "cpu", "", f"{took / whole:.0%} of a run",
        "<= 25 %", verdict(took / whole, 0.25, at_most=True),
    )  # fmt: skip
    KEPT.clear()


# The memory of an ensemble of 1,000 worlds of the automotive case, in a process of its own.


THOUSAND = 1_000


def ensemble_memory() -> dict[str, float]:
    """Run the ensemble: seconds and bytes."""
    case, scenario = example("automotive"), Scenario("as is")
    ensemble(case, scenario, 2)  # compiled, or fetched from the cache
    took = timed(lambda _: ensemble(case, scenario, THOUSAND), 1)
    return {"wall": took.wall, "peak": peak_bytes()}


def memory_rows() -> Iterator[Row]:
    """Rows of the memory of an ensemble."""
    yield Row("Memory: most that the process held, Python and libraries included")
    found = in_a_process("ensemble")
    yield Row(
        f"ensemble of automotive × {THOUSAND:,}, 2 workers", "", number(found["wall"]), "wall", "",
        f"{found['peak'] / GIB:.2f} GiB", "< 1 GiB", verdict(found["peak"] / GIB, 1, at_most=True),
    )  # fmt: skip


# What a person waits for before the first picture: importing, reading and checking a case, the first run.


STOCKS = 100_000


def _process_seconds(code: str) -> float:
    took = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        took.append(time.perf_counter() - start)
    return median(took)


def _reading_seconds() -> float:
    with TemporaryDirectory() as folder:
        path = write_case(synthetic(STOCKS, 365), Path(folder) / "large")
        start = time.process_time()
        read_case(path)
        return time.process_time() - start


def first_runs() -> dict[str, float]:
    """First run of a batch in a fresh process, the compiled code being kept from before [s]."""
    case = example("automotive")
    start = time.perf_counter()
    ensemble(case, Scenario("first"), 16)
    first = time.perf_counter() - start
    start = time.perf_counter()
    ensemble(case, Scenario("second"), 16, seed=2)
    return {"first": first, "second": time.perf_counter() - start}


def opening_rows() -> Iterator[Row]:
    """Rows of importing, reading and the first run."""
    yield Row("Opening: before the first picture")
    took = _process_seconds("import twinkit")
    yield Row(
        "import twinkit, the start of Python included",
        "",
        number(took),
        "wall",
        "",
        "",
        "<= 0.5 s",
        verdict(took, 0.5, at_most=True),
    )
    took = _process_seconds("import twinkit; twinkit.Chain, twinkit.ensemble, twinkit.read_case")
    yield Row("the same, with all that a study needs", "", number(took), "wall")
    took = _reading_seconds()
    yield Row(
        f"reading and checking a folder with {STOCKS:,} stocks", "", number(took), "cpu", "", "", "<= 10 s",
        verdict(took, 10, at_most=True),
    )  # fmt: skip
    in_a_process("first")
    found = in_a_process("first")
    yield Row("first 16 worlds of automotive in a fresh process, code compiled before", "", number(found["first"]),
              "wall", "", f"{found['first'] / found['second']:.1f} × the second 16")  # fmt: skip


ALONE = {"ensemble": ensemble_memory, "first": first_runs, "network": one_network}
"""What is measured in a process of its own, by the word of the command."""

if __name__ == "__main__":
    print(json.dumps(ALONE[sys.argv[1]](*map(int, sys.argv[2:]))))
