"""The automotive year on a graphics card, beside one core of the processor; says so where there is no card."""

from __future__ import annotations

import time
from collections.abc import Iterator

from twinkit.bench.automotive import EVENT
from twinkit.bench.table import Row, number, timed, verdict
from twinkit.chain.chain import BATCH, Chain
from twinkit.chain.plan import plan_of
from twinkit.study.card import why_no_card
from twinkit.study.ensemble import ensemble
from twinkit.study.runs import KEPT
from twinkit.study.scenario import Scenario
from twinkit.study.series import study_series
from twinkit.tables.read import example

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
    from twinkit.study.card_day import CardRun, name_of_card  # an optional extra

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
    from twinkit.study.card_day import CardRun  # an optional extra

    took = timed(lambda run: run.run(), 3, lambda: CardRun(plan, 1, worlds, 0, study_series(plan))).wall
    work = worlds * plan.periods * len(plan.net.stocks)
    yield Row(
        f"{worlds:,} worlds: {number(work / took)} stock-periods/s", "", number(took), "wall",
        f"{number(worlds / took)} worlds/s", f"{number(worlds / took / core)} × one core", f"<= {SECONDS[worlds]:g} s",
        verdict(took, SECONDS[worlds], at_most=True),
    )  # fmt: skip
