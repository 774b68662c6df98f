"""Other programs and other machines beside the day and the line: stockpyl, SimPy, and a graphics card."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import numpy as np

from twinkit.bench.measure import EVENT, Row, number, timed, tree, verdict
from twinkit.capabilities.line.simulate import advance, begin, line_model
from twinkit.chain.chain import BATCH, Chain
from twinkit.chain.plan import plan_of
from twinkit.run.card import why_no_card
from twinkit.run.ensemble import ensemble
from twinkit.run.kpis import study_series
from twinkit.run.runs import KEPT
from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case
from twinkit.tables.read import example

# The same chains in stockpyl and here: a tree of 60 stages, and the serial chain of Snyder & Shen.


NOT_THERE = "stockpyl is not installed: pip install 'twinkit[bench]'"
HUBS, SHOPS, PERIODS = 9, 50, 365
MANY = 256
MEAN, SPREAD = 20.0, 4.0


def distribution() -> tuple[dict, dict, dict, dict]:
    """Supplier, lead time and level of every stage of a 1 + 9 + 50 tree, and demand at the leaves."""
    parents: dict[int, int | None] = {0: None}
    parents |= dict.fromkeys(range(1, HUBS + 1), 0)
    parents |= {HUBS + 1 + i: 1 + i % HUBS for i in range(SHOPS)}
    shops = range(HUBS + 1, HUBS + 1 + SHOPS)
    of_hub = {h: sum(1 for s in shops if parents[s] == h) for h in range(1, HUBS + 1)}
    lead = {n: 2 if n == 0 else 1 for n in parents}
    flow = {0: SHOPS * MEAN, **{h: k * MEAN for h, k in of_hub.items()}, **dict.fromkeys(shops, MEAN)}
    level = {n: flow[n] * (lead[n] + 1) + 2.0 * SPREAD * (flow[n] / MEAN) ** 0.5 for n in parents}
    return parents, lead, level, dict.fromkeys(shops, ("normal", MEAN, SPREAD))


def serial() -> tuple[dict, dict, dict, dict]:
    """The chain of Snyder & Shen (2019), example 6.1, with its optimal levels in local form."""
    return (
        {3: None, 2: 3, 1: 2}, {3: 2, 2: 1, 1: 1}, {3: 10.69, 2: 5.53, 1: 6.49}, {1: ("normal", 5.0, 1.0)},
    )  # fmt: skip


def stockpyl_network(parents, lead, level, demand):
    """The same network for stockpyl."""
    from stockpyl.supply_chain_network import network_from_edges

    return network_from_edges(
        edges=[(up, n) for n, up in parents.items() if up is not None],
        shipment_lead_time=dict(lead),
        demand_type={n: "N" if n in demand else None for n in parents},
        mean={n: demand[n][1] if n in demand else None for n in parents},
        standard_deviation={n: demand[n][2] if n in demand else None for n in parents},
        policy_type="BS", base_stock_level=dict(level), local_holding_cost=1, stockout_cost=10,
    )  # fmt: skip


def stockpyl_rate(numbers, periods: int, repeats: int) -> tuple[float, float, float]:
    """Seconds to build, seconds to run and stage-periods a second; the best of some repeats, to be fair."""
    from stockpyl.sim import simulation

    best = build = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        network = stockpyl_network(*numbers)
        build = min(build, time.perf_counter() - start)
        start = time.process_time()
        simulation(network, periods, rand_seed=1, progress_bar=False, consistency_checks="N")
        best = min(best, time.process_time() - start)
    return build, best, len(numbers[0]) * periods / best


def our_case(numbers, periods: int) -> Case:
    """The same network as a case."""
    parents, lead, level, demand = ({str(k): v for k, v in d.items()} for d in numbers)
    return tree({k: None if v is None else str(v) for k, v in parents.items()}, lead, level, demand, periods)


def our_rate(numbers, periods: int, replications: int, repeats: int, workers: int = 1) -> tuple[float, float, float]:
    """Seconds to build (tables, plan and arrays), seconds to run, stage-periods a second, in batches.

    One worker is timed by its processor time, several by the wall clock.
    """
    start = time.perf_counter()
    plan = plan_of(our_case(numbers, periods))
    batch = min(BATCH, replications)

    def chains() -> list[Chain]:
        return [Chain(plan, batch, first=at) for at in range(0, replications, batch)]

    chains()
    build = time.perf_counter() - start
    if workers == 1:
        took = timed(lambda ready: [c.run() for c in ready], repeats, chains).cpu
    else:
        with ThreadPoolExecutor(workers) as pool:
            took = timed(lambda ready: list(pool.map(Chain.run, ready)), repeats, chains).wall
    return build, took, len(numbers[0]) * periods * replications / took


def peer_rows() -> Iterator[Row]:
    """Rows of the comparison."""
    yield Row("Beside stockpyl (its best of the repeats, our median; runs alone are timed)")
    try:
        import stockpyl  # noqa: F401
    except ImportError:
        yield Row(NOT_THERE, met="-")
        return
    for name, numbers, periods, theirs, targets in (
        ("1 + 9 + 50 tree, 365 periods", distribution(), PERIODS, 1, {1: 300, MANY: 10_000}),
        ("Snyder & Shen example 6.1, 365 periods", serial(), PERIODS, 3, {MANY: 5_000}),
    ):
        build, run, rate = stockpyl_rate(numbers, periods, theirs)
        yield Row(f"{name}: stockpyl", number(build), number(run), "cpu", f"{number(rate)} stage-periods/s")
        ways = [(n, target, 1) for n, target in targets.items()] + [(MANY, targets[MANY], 2)]
        for replications, target, workers in ways:
            b, r, ours = our_rate(numbers, periods, replications, 9, workers)
            how = f"twinkit × {replications}" + (f", {workers} workers" if workers > 1 else "")
            yield Row(
                f"{name}: {how}", number(b), number(r), "cpu" if workers == 1 else "wall",
                f"{number(ours)} stage-periods/s",
                f"{number(ours / rate)} ×", f">= {target:,} ×", verdict(ours / rate, target),
            )  # fmt: skip


# A production line in SimPy and here: twelve machines with exponential times that fail, and buffers of five places.


OPEN_HOURS = 5_840.0
"""Of a year of two shifts [h]."""
SOME_HOURS = 110.0
LINE = [{"hours": 0.04, "cv": 1.0, "machines": 1, "buffer": 5, "mtbf": 20.0, "repair_hours": 0.5} for _ in range(12)]


def simpy_line(rows: list[dict], hours: float, warm_up: float, seed: int | list[int]) -> float:
    """Good parts of an hour of a line as a SimPy model: machines are processes, buffers are stores [1/h]."""
    import simpy

    env, luck, out = simpy.Environment(), np.random.default_rng(seed), count()
    made = [0]
    stores = [simpy.Store(env, capacity=row["buffer"]) for row in rows[:-1]]

    def machine(i: int, row: dict) -> Iterator:
        life = luck.exponential(row["mtbf"]) if row.get("mtbf") else np.inf
        while True:
            if i:
                yield stores[i - 1].get()
            left = luck.exponential(row["hours"]) if row["cv"] else row["hours"]
            while life < left:
                yield env.timeout(life)
                left -= life
                yield env.timeout(luck.exponential(row["repair_hours"]))
                life = luck.exponential(row["mtbf"])
            life -= left
            yield env.timeout(left)
            if i < len(stores):
                yield stores[i].put(next(out))
            elif env.now > warm_up:
                made[0] += 1

    for i, row in enumerate(rows):
        for _ in range(row["machines"]):
            env.process(machine(i, row))
    env.run(warm_up + hours)
    return made[0] / hours


def line_rows() -> Iterator[Row]:
    """A world of a line beside SimPy, and the many worlds of a year."""
    yield Row("A line of 12 stations, exponential times and failures, 25 parts an hour at each")
    stations = [{"line": "line", "station": f"M{i}", "position": i, **row} for i, row in enumerate(LINE, 1)]
    model = line_model(example("gearbox").replace(stations=stations, routings=[], setups=[], shifts=[], recipes=[]), "line", 1)

    def run(worlds: int, hours: float, threads: int) -> Callable[[object], object]:
        return lambda _: advance(model, begin(model, worlds), np.full(worlds, hours), threads=threads)

    run(1, 1.0, 1)(None)
    ours = timed(run(16, SOME_HOURS, 1), 9).cpu / 16
    year = timed(run(MANY, OPEN_HOURS, 2), 1).wall
    try:
        theirs = timed(lambda _: simpy_line(LINE, SOME_HOURS, 0.0, 1), 3).cpu
    except ImportError:
        yield Row("SimPy is not installed: pip install 'twinkit[bench]'", met="-")
    else:
        yield Row(f"one world, {SOME_HOURS:g} open hours: SimPy", "", number(theirs), "cpu")
        yield Row(f"one world, {SOME_HOURS:g} open hours: twinkit", "", number(ours), "cpu", "", f"{number(theirs / ours)} ×", ">= 300 ×", verdict(theirs / ours, 300))
    yield Row(f"{MANY} worlds, a year of {OPEN_HOURS:,.0f} open hours, 2 threads", "", number(year), "wall", f"{number(MANY / year)} worlds/s", "", "<= 20 s",
              verdict(year, 20.0, at_most=True))  # fmt: skip


# The automotive year on a graphics card, beside one core of the processor; says so where there is no card.


WORLDS = (65_536, 131_072)
SECONDS = {65_536: 2.0, 131_072: 4.0}
"""What the day alone should take [s]: one and a half times what a loop written for it alone took on an NVIDIA H200."""


def card_rows() -> Iterator[Row]:
    """The day on the card, and whole studies."""
    plan, missing = plan_of(example("automotive")), why_no_card()
    yield Row("Graphics card: automotive, a year, with the histories of a study")
    if missing:
        yield Row(f"no card here: {missing}", met="-")
        return
    from twinkit.run.card_day import CardRun, name_of_card  # an optional extra

    chains = lambda: Chain(plan, BATCH, record=study_series(plan))  # noqa: E731
    core = BATCH / timed(lambda chain: chain.run(), 5, chains).cpu
    yield Row(f"one core, batches of {BATCH}", "", "", "cpu", f"{number(core)} worlds/s")
    start = time.perf_counter()
    CardRun(plan, 1, BATCH, 0, study_series(plan)).run()
    yield Row(f"{name_of_card()}: compile, or fetch what is compiled", number(time.perf_counter() - start), "", "wall")
    for worlds in WORLDS:
        yield from _day_rows(plan, worlds, core)
    event = Scenario("event", events=(EVENT,))
    for worlds in WORLDS:
        took = timed(
            lambda _, n=worlds: ensemble(example("automotive"), event, n, engine="gpu", detail="kpis"), 1, KEPT.clear
        ).wall
        yield Row(f"{worlds:,} worlds with and without an event: the whole study", "", number(took), "wall",
                  f"{number(worlds / took)} worlds/s", f"{number(2 * worlds / took / core)} × one core's days")  # fmt: skip


def _day_rows(plan, worlds: int, core: float) -> Iterator[Row]:
    """The day alone."""
    from twinkit.run.card_day import CardRun  # an optional extra

    took = timed(lambda run: run.run(), 3, lambda: CardRun(plan, 1, worlds, 0, study_series(plan))).wall
    work = worlds * plan.periods * len(plan.net.stocks)
    yield Row(
        f"{worlds:,} worlds: {number(work / took)} stock-periods/s", "", number(took), "wall",
        f"{number(worlds / took)} worlds/s", f"{number(worlds / took / core)} × one core", f"<= {SECONDS[worlds]:g} s",
        verdict(took, SECONDS[worlds], at_most=True),
    )  # fmt: skip
