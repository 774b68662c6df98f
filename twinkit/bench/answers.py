"""What a person waits for: the first page, the answers that take longest, a report, the first compile.

What needs a process of its own is run as ``python -m twinkit.bench.answers NAME ARGUMENTS`` and prints JSON.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from twinkit import rooms
from twinkit.bench.measure import EVENT, REPLICATIONS, Row, in_a_process, number, verdict
from twinkit.chain.chain import Chain
from twinkit.chain.warm import smallest
from twinkit.question import Plain, question_of
from twinkit.report.builders import report_of
from twinkit.run.ensemble import ensemble
from twinkit.run.scenario import Scenario
from twinkit.tables.read import example

MODULE = "twinkit.bench.answers"
ASKED = {"advice": (5.0, 60.0), "stress": (None, 15.0), "sensitivity": (None, 60.0)}
"""Questions of the car maker that take longest: how long the first part of the answer should take at most, and all of it [s]."""
VISITORS = 3
FIRST_PAGE, REPORT, COMPILED, VISITOR = 5.0, 4.0, 30.0, 200.0
"""How long the first page, a report and compiling should take at most [s]; memory of a visitor [MiB]."""


def answered(key: str) -> dict[str, float]:
    """Seconds to the first part of an answer, and to all of it, words and tables included."""
    rooms.load()
    case = example("automotive")
    ensemble(case, Scenario("warm"), 2)  # compiled, or fetched from the cache
    question = question_of(key)(Plain(case))
    start, first = time.perf_counter(), 0.0
    for part in question.call().parts():
        question.tell(part)
        first = first or time.perf_counter() - start
    return {"first": first, "all": time.perf_counter() - start}


def reported() -> dict[str, float]:
    """Seconds to make the HTML report of an event, with its pictures, once it has been run."""
    rooms.load()
    found = ensemble(example("automotive"), Scenario("event", events=(EVENT,)), REPLICATIONS)
    start = time.perf_counter()
    with TemporaryDirectory() as folder:
        report_of(found).save(Path(folder) / "report.html")
    return {"all": time.perf_counter() - start}


def compiled() -> dict[str, float]:
    """Seconds to compile the day, or to fetch it if it is compiled."""
    start = time.perf_counter()
    Chain(smallest(), replications=2, record=["stocks.on_hand"]).run()
    return {"all": time.perf_counter() - start}


@contextmanager
def _served(port: int) -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "twinkit", "app", "automotive", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield server
    finally:
        server.terminate()
        server.wait(30)


def _page(address: str, patience: float = 120.0) -> None:
    """Wait until a page is there."""
    end = time.perf_counter() + patience
    while True:
        try:
            with urllib.request.urlopen(address, timeout=patience) as answer:
                answer.read()
            return
        except OSError:
            if time.perf_counter() > end:
                raise
            time.sleep(0.05)


def _held(root: int) -> float:
    """Memory that a process and all that it has started hold, what they share counted once [MiB]; NaN where the system does not say."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    ours = {root}
    while more := {p for p, parent in parents.items() if parent in ours} - ours:
        ours |= more
    try:
        texts = [Path(f"/proc/{p}/smaps_rollup").read_text() for p in ours]
    except OSError:
        return float("nan")
    return sum(int(line.split()[1]) for text in texts for line in text.splitlines() if line.startswith("Pss:")) / 1024


def _settled(root: int) -> float:
    """The memory once it no longer grows [MiB]."""
    before = -1.0
    for _ in range(60):
        held = _held(root)
        if not held > 1.01 * before:
            break
        before = held
        time.sleep(3.0)
    return held


def server_rows() -> Iterator[Row]:
    """The first page of a server whose code is compiled, and what a visitor of it takes."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = time.perf_counter()
    with _served(port) as server:
        _page(f"http://127.0.0.1:{port}/")
        took = time.perf_counter() - start
        yield Row("twinkit app to the first page, code compiled before", "", number(took), "wall", "", "", f"<= {FIRST_PAGE:g} s", verdict(took, FIRST_PAGE, at_most=True))
        page = f"http://127.0.0.1:{port}/disruption"
        _page(page)
        before = _settled(server.pid)
        for _ in range(VISITORS):
            _page(page)
        each = (_settled(server.pid) - before) / VISITORS
        yield Row(f"memory of a visitor who has opened the first question, mean of {VISITORS}", rate=f"{each:,.0f} MiB", target=f"<= {VISITOR:g} MiB", met=verdict(each, VISITOR, at_most=True) if each == each else "-")


def waiting_rows() -> Iterator[Row]:
    """Rows of all that a person waits for."""
    yield Row("Answers: what a person waits for, automotive, a year, 2 workers")
    for key, (soon, longest) in ASKED.items():
        took, title = in_a_process("answered", key, module=MODULE), question_of(key).title
        if soon:
            yield Row(f"{title} first answer", "", number(took["first"]), "wall", "", "", f"<= {soon:g} s", verdict(took["first"], soon, at_most=True))
        yield Row(f"{title} all of it", "", number(took["all"]), "wall", "", "", f"<= {longest:g} s", verdict(took["all"], longest, at_most=True))
    took = in_a_process("reported", module=MODULE)["all"]
    yield Row(f"report of an event in {REPLICATIONS} worlds, HTML", "", number(took), "wall", "", "", f"<= {REPORT:g} s", verdict(took, REPORT, at_most=True))
    with TemporaryDirectory() as folder:
        took = in_a_process("compiled", module=MODULE, environment={**os.environ, "TWINKIT_CACHE": folder})["all"]
    yield Row("compiling the day on an empty cache", "", number(took), "wall", "", "", f"<= {COMPILED:g} s", verdict(took, COMPILED, at_most=True))
    yield from server_rows()


ALONE = {"answered": answered, "reported": reported, "compiled": compiled}
"""What is measured in a process of its own, by the word of the command."""

if __name__ == "__main__":
    print(json.dumps(ALONE[sys.argv[1]](*sys.argv[2:])))
