"""How the cost grows with the chain: layered networks of 100 to 100,000 stocks, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from twinkit.bench.networks import synthetic
from twinkit.bench.table import Row, number, timed, verdict

SIZES = ((100, 1), (1_000, 1), (10_000, 1), (100_000, 1), (100, 64), (1_000, 64), (10_000, 64))
PERIODS = 365
LONGEST = {(100_000, 1): 15, (10_000, 64): 60}
"""Longest that chain and run may take together, by stocks and worlds [s]."""
GIB = 2**30
MOST = 3 * GIB
"""Most memory that the process may hold [bytes]."""


def peak_bytes() -> int:
    """Most memory that this process has held [bytes].

    On Linux the figure of ``getrusage`` begins with that of the parent, so the
    kernel's own high-water mark is read instead.
    """
    import resource

    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def measure(n_rows: int, replications: int) -> dict[str, float]:
    """Build and run one network: seconds and bytes."""
    from twinkit.chain.chain import Chain

    Chain(synthetic(11, 2), replications).run()  # compiled, or fetched from the cache
    start = time.process_time()
    case = synthetic(n_rows, PERIODS)
    tables = time.process_time() - start
    chain = Chain(case, replications)
    build = time.process_time() - start - tables
    at_start = chain.snapshot() if n_rows * replications < 100_000 else None
    took = timed(lambda c: c.run(), 3 if at_start else 1, lambda: chain.restore(at_start) if at_start else chain)
    return {"tables": tables, "build": build, "cpu": took.cpu, "peak": peak_bytes()}


def in_a_process(module: str, *arguments: object) -> dict[str, float]:
    """Run ``python -m module arguments`` and read the JSON that it prints."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{module} failed: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def scaling_rows() -> Iterator[Row]:
    """Rows of the growth with the size."""
    yield Row(f"Growth: layered networks, {PERIODS} periods, each size in a process of its own; build is tables + chain")
    per_row = {}
    for n_rows, replications in SIZES:
        found = in_a_process("twinkit.bench.scaling", n_rows, replications)
        work = n_rows * PERIODS * replications
        if replications == 1:
            per_row[n_rows] = found["cpu"] / n_rows
        row = Row(
            f"{n_rows:,} stocks × {replications}", f"{number(found['tables'])} + {number(found['build'])}",
            number(found["cpu"]), "cpu", f"{number(work / found['cpu'])} stock-periods/s",
            f"{found['peak'] / 2**20:,.0f} MiB at most",
        )  # fmt: skip
        longest = LONGEST.get((n_rows, replications))
        if longest:
            good = found["build"] + found["cpu"] <= longest and found["peak"] <= MOST
            row = replace(row, target=f"<= {longest} s, 3 GiB", met="yes" if good else "no")
        yield row
    dearer = per_row[max(per_row)] / per_row[min(per_row)]
    yield Row(f"cost of a row, {max(per_row):,} over {min(per_row):,} stocks", ratio=f"{dearer:.2f} ×",
              target="<= 2 ×", met=verdict(dearer, 2, at_most=True))  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
