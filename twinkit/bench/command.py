"""``twinkit bench``: measure the speed on this computer, in one run and one table."""

from __future__ import annotations

import os
import platform
import sys
import time
from argparse import Namespace

from twinkit.bench.answers import waiting_rows
from twinkit.bench.cluster import cluster_rows
from twinkit.bench.measure import (
    Row,
    chain_rows,
    memory_rows,
    opening_rows,
    reuse_rows,
    scaling_rows,
    study_rows,
    text_table,
    write_csv,
)
from twinkit.bench.peers import card_rows, line_rows, peer_rows

SECTIONS = (
    opening_rows, waiting_rows, peer_rows, chain_rows, line_rows, study_rows, reuse_rows, scaling_rows, memory_rows, cluster_rows, card_rows,
)  # fmt: skip
NOTE = """\
Run is the median of several repeats, without building tables, plan and arrays (its own column) and
without compiling, which is done before. Clock cpu is the processor time of the process (one thread),
wall the time that a person waits; other work on the computer lengthens wall times."""


def bench_command(args: Namespace) -> int:
    """Print the table; with ``--out`` also write it as CSV.

    Parameters
    ----------
    args
        ``out``: file to write or None; ``debug``: show the traceback of what fails.
    """
    busy = f", {os.getloadavg()[0]:.1f} of them busy before the start" if hasattr(os, "getloadavg") else ""
    start, rows = time.perf_counter(), []
    for section in SECTIONS:
        print(f"{section.__name__.removesuffix('_rows')} …", file=sys.stderr, flush=True)
        rows += _rows_of(section, args.debug)
    print(f"twinkit bench: Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores{busy}")
    print(text_table(rows))
    print(f"\n{NOTE}\nIt took {time.perf_counter() - start:.0f} s in all.")
    if args.out:
        write_csv(rows, args.out)
    return 0


def _rows_of(section, debug: bool) -> list[Row]:
    """Rows of one section; what fails is said in its place, and the rest goes on."""
    rows: list[Row] = []
    try:
        rows.extend(section())
    except Exception as error:
        if debug:
            raise
        rows.append(Row(f"this failed: {type(error).__name__}: {error}"[:160], met="-"))
    return rows
