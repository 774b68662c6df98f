"""Twenty visitors on one server: how long pages take to come, and levers to move.

    PYTHONPATH=tests python tests/browser/load.py [visitors] [movers] [seconds]

A measurement, no test: it starts the page What if?, opens a page for every visitor, lets
some of them move a lever again and again, and prints the times that a person would feel.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from browser.conftest import Server, find_chromium

PAGES = Path(__file__).resolve().parents[2] / "notebooks" / "questions.ipynb"
READY = (
    "() => { const h = document.querySelector('[data-testid=head]');"
    " return h && h.dataset.version > 0 && h.dataset.running === 'false'; }"
)
MOVE = """() => new Promise(done => {
  const head = document.querySelector('[data-testid=head]'), curves = document.querySelector('[data-testid=twin-curves]');
  const range = document.querySelector("[data-field='lever safety_days_tier_1'] input[type=range]");
  const before = Number(curves.dataset.painted), start = performance.now();
  let first = null;
  range.value = String(1 + Math.floor(59 * Math.random()));
  range.dispatchEvent(new Event('input', { bubbles: true }));
  const look = () => {
    if (first === null && Number(curves.dataset.painted) > before) first = performance.now() - start;
    if (first !== null && head.dataset.running === 'false') return done([first, performance.now() - start]);
    if (performance.now() - start > 30000) return done([first ?? 30000, 30000]);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


def memory(process) -> float:
    """Memory of a process and its children, shared parts counted once [MB]."""
    import psutil

    own = psutil.Process(process.pid)
    return sum(p.memory_full_info().pss for p in [own, *own.children(recursive=True)]) / 1e6


def main(visitors: int = 20, movers: int = 5, seconds: float = 30.0) -> None:
    """Open the pages, move levers, print."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        log = Path(folder) / "log"
        server = Server(PAGES, log, ("--pool", "1", "--visitors", str(visitors)), {})
        address = server.url + "disruption"
        browser = driver.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        try:
            time.sleep(15)  # the kernel that waits is warm
            pages, opened = [], []
            for _ in range(visitors):
                page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
                start = time.monotonic()
                page.goto(address, timeout=120_000)
                page.get_by_test_id("head").wait_for(timeout=120_000)
                opened.append(time.monotonic() - start)
                pages.append(page)
            for page in pages:
                page.wait_for_function(READY, timeout=240_000)
            print(f"page to its widgets [s], one after another: first {opened[0]:.1f}, median {statistics.median(opened):.1f}, "
                  f"slowest {max(opened):.1f}")  # fmt: skip
            late = browser.new_page()
            answer = late.goto(address)
            print(f"visitor {visitors + 1}: {answer.status}, {late.inner_text('body').splitlines()[0]!r}")
            alone = [pages[0].evaluate(MOVE) for _ in range(10)]
            say("one visitor moves", alone)
            print(f"memory of the server and its kernels: {memory(server.process):,.0f} MB")
            say(f"{movers} visitors move at once", together(pages[:movers], seconds))
        finally:
            browser.close()
            server.stop()


def together(pages: list, seconds: float) -> list[list[float]]:
    """Every page moves its lever again as soon as its picture is complete."""
    again = f"async () => {{ const move = {MOVE}, times = [], end = performance.now() + {1000 * seconds};"
    again += (
        " while (performance.now() < end) { times.push(await move()); await new Promise(r => setTimeout(r, 1000)); }"
    )
    again += " window.times = times; }"
    for page in pages:
        page.evaluate(f"() => {{ ({again})(); }}")
    time.sleep(seconds + 8)
    return [pair for page in pages for pair in page.evaluate("() => window.times || []")]


def say(who: str, times: list[list[float]]) -> None:
    """Median and slowest of first and complete pictures."""
    for name, values in zip(("first picture", "complete"), zip(*times, strict=True), strict=True):
        found = sorted(values)
        print(f"{who}: lever to {name} [ms]: median {statistics.median(found):.0f}, p95 {found[int(0.95 * (len(found) - 1))]:.0f} "
              f"({len(found)} moves)")  # fmt: skip


if __name__ == "__main__":
    main(*(float(a) if i == 2 else int(a) for i, a in enumerate(sys.argv[1:])))
