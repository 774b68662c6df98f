"""The memory of an ensemble of 1,000 worlds of the automotive case, in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator

from twinkit.bench.scaling import GIB, in_a_process, peak_bytes
from twinkit.bench.table import Row, number, timed, verdict

REPLICATIONS = 1_000


def measure() -> dict[str, float]:
    """Run the ensemble: seconds and bytes."""
    from twinkit.study.ensemble import ensemble
    from twinkit.study.scenario import Scenario
    from twinkit.tables.read import example

    case, scenario = example("automotive"), Scenario("as is")
    ensemble(case, scenario, 2)  # compiled, or fetched from the cache
    took = timed(lambda _: ensemble(case, scenario, REPLICATIONS), 1)
    return {"wall": took.wall, "peak": peak_bytes()}


def memory_rows() -> Iterator[Row]:
    """Rows of the memory of an ensemble."""
    yield Row("Memory: most that the process held, Python and libraries included")
    found = in_a_process("twinkit.bench.memory")
    yield Row(
        f"ensemble of automotive × {REPLICATIONS:,}, 2 workers", "", number(found["wall"]), "wall", "",
        f"{found['peak'] / GIB:.2f} GiB", "< 1 GiB", verdict(found["peak"] / GIB, 1, at_most=True),
    )  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure()))
