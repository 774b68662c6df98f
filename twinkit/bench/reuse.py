"""What is not run again: the days that scenarios have in common, and runs of which only the report changes."""

from __future__ import annotations

from collections.abc import Iterator

from twinkit.bench.table import Row, number, timed, verdict
from twinkit.study.ensemble import ensemble
from twinkit.study.runs import KEPT
from twinkit.study.scenario import Scenario, event_of
from twinkit.tables.read import example

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
