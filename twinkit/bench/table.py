"""The table that the benchmark prints: what was measured, how fast it was, what was hoped for."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

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
