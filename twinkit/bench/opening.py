"""What a person waits for before the first picture: importing, reading and checking a case, the first run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from twinkit.bench.networks import synthetic
from twinkit.bench.scaling import in_a_process
from twinkit.bench.table import Row, number, verdict

STOCKS = 100_000


def _process_seconds(code: str) -> float:
    took = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        took.append(time.perf_counter() - start)
    return median(took)


def _reading_seconds() -> float:
    from twinkit.tables import read_case, write_case

    with TemporaryDirectory() as folder:
        path = write_case(synthetic(STOCKS, 365), Path(folder) / "large")
        start = time.process_time()
        read_case(path)
        return time.process_time() - start


def measure() -> dict[str, float]:
    """First run of a batch in a fresh process, the compiled code being kept from before [s]."""
    from twinkit.study.ensemble import ensemble
    from twinkit.study.scenario import Scenario
    from twinkit.tables.read import example

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
    yield Row("import twinkit, the start of Python included", "", number(took), "wall", "", "", "<= 1 s", verdict(took, 1, at_most=True))
    took = _process_seconds("import twinkit; twinkit.Chain, twinkit.ensemble, twinkit.read_case")
    yield Row("the same, with all that a study needs", "", number(took), "wall")
    took = _reading_seconds()
    yield Row(
        f"reading and checking a folder with {STOCKS:,} stocks", "", number(took), "cpu", "", "", "<= 10 s",
        verdict(took, 10, at_most=True),
    )  # fmt: skip
    in_a_process("twinkit.bench.opening")
    found = in_a_process("twinkit.bench.opening")
    yield Row("first 16 worlds of automotive in a fresh process, code compiled before", "", number(found["first"]),
              "wall", "", f"{found['first'] / found['second']:.1f} × the second 16")  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure()))
