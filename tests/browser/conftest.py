"""A real browser and a real server for the tests of the apps.

- ``served(notebook, **env)`` starts ``twinkit app`` and gives its address;
- ``shared(notebook, **env)`` does so once, for all tests that ask for the same and leave the server as it was;
- ``page`` is a page of a browser that reaches this computer only: a request to
  any other host fails the test, and so does an error on the page's console.

- ``axe(page)`` checks the page with axe-core, as it is shown now.

A test that expects console errors says so: ``page.expected_errors.append("…")``.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tiny_case import tiny_case

from twinkit import example
from twinkit.chain.chain import BATCH
from twinkit.tables import write_case

HERE = Path(__file__).parent
LOCAL = ("localhost", "127.0.0.1")
PATIENT = 60_000  # a busy computer is slow; nothing here waits that long on an idle one [ms]
HARMLESS = (
    r"Unsatisfied version .* of shared singleton module",  # Voila is built on an older JupyterLab
    r"favicon",
)


def find_chromium() -> str | None:
    """Path of a Chromium or Chrome on this computer."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("TWINKIT_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """A running browser, shared by all browser tests."""
    program = find_chromium()
    if program is None:
        message = "no Chromium found: install it, or name one in TWINKIT_CHROMIUM"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Server:
    """``twinkit app`` in a process of its own."""

    def __init__(self, notebook: Path, log: Path, arguments: tuple[str, ...], env: dict[str, str]) -> None:
        command = [sys.executable, "-m", "twinkit", "app", "--notebook", str(notebook), "--no-browser"]
        environment = {**os.environ, "TWINKIT_LOG": str(log), "PYTHONUNBUFFERED": "1", **env}
        self.log = log
        self.process = subprocess.Popen(
            [*command, "--port", "0", *arguments],
            env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.url = self._wait_for_address()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
        self.process.stdout.close()

    def _wait_for_address(self, patience: float = 300) -> str:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            for line in self.lines:
                if found := re.match(r"Open (http\S+)", line):
                    return found.group(1)
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.stop()
        raise AssertionError("twinkit app did not start:\n" + "\n".join(self.lines))

    def kernels(self) -> int:
        """Number of kernels that run for this server."""
        import psutil

        children = psutil.Process(self.process.pid).children(recursive=True)
        return sum(is_kernel(child) for child in children)

    def stop(self) -> int:
        """Press Ctrl-C and wait; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(timeout=10)
        return self.process.returncode


def is_kernel(process: Any) -> bool:
    """True for a process that runs a Jupyter kernel."""
    import psutil

    try:
        return any("ipykernel" in word for word in process.cmdline())
    except psutil.Error:
        return False


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Start ``twinkit app`` for a notebook (or a folder of apps); gives the address.

    ``served(path, "--pool", "0", TWINKIT_CASE="…")``: words are arguments of the
    command, keywords are environment variables.  ``served.servers`` lists the
    running servers.
    """
    yield from serving(tmp_path)


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """The same, for servers that all tests share: one for the same words."""
    found: dict[tuple, str] = {}
    starting = serving(tmp_path_factory.mktemp("shared"))
    serve = next(starting)

    def serve_once(notebook: Path, *arguments: str, **env: str) -> str:
        what = (str(notebook), arguments, tuple(sorted(env.items())))
        if what not in found:
            found[what] = serve(notebook, *arguments, **env)
        return found[what]

    yield serve_once
    starting.close()


@pytest.fixture(scope="package")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the smallest case."""
    return write_case(tiny_case(), tmp_path_factory.mktemp("tiny") / "tiny")


@pytest.fixture(scope="package")
def cars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the car maker's case with as many worlds as show that an answer grows: two batches."""
    case = example("automotive").replace(settings={"replications": 2 * BATCH})
    return write_case(case, tmp_path_factory.mktemp("cars") / "automotive")


def serving(folder: Path) -> Iterator[Callable[..., str]]:
    """What both fixtures give; their servers stop afterwards."""
    servers: list[Server] = []

    def serve(notebook: Path, *arguments: str, **env: str) -> str:
        log = folder / f"server{len(servers)}.log"
        servers.append(Server(Path(notebook), log, arguments, env))
        return servers[-1].url

    serve.servers = servers
    try:
        yield serve
    finally:
        for server in servers:
            server.stop()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A browser page that fails its test if it asks another host or logs an error."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENT)
    context.set_default_navigation_timeout(4 * PATIENT)  # a page is there once its kernel has built it
    page = context.new_page()
    asked_outside: list[str] = []
    errors: list[str] = []
    page.expected_errors = []

    def guard(route: Any) -> None:
        host = urlsplit(route.request.url).hostname
        if host in LOCAL or urlsplit(route.request.url).scheme in ("data", "blob"):
            route.continue_()
        else:
            asked_outside.append(route.request.url)
            route.abort()

    def note(message: Any) -> None:
        if message.type == "error":
            errors.append(message.text)

    context.route("**/*", guard)
    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    told = list(errors)  # what is said while the page is left is nobody's mistake
    for one in context.pages:
        with suppress(Exception):  # it is closed already, or its server is gone
            one.goto("about:blank")  # says goodbye, so that its kernel does not work on
    context.close()
    assert not asked_outside, f"the page asked other hosts: {asked_outside}"
    expected = [*HARMLESS, *page.expected_errors]
    surprising = [text for text in told if not any(re.search(one, text) for one in expected)]
    assert not surprising, f"errors on the page's console: {surprising}"


@pytest.fixture(scope="session")
def axe() -> Callable[..., None]:
    """Check a page for barriers: ``axe(page)`` fails with what axe-core finds, and where."""
    source = (HERE / "vendor" / "axe.min.js").read_text(encoding="utf-8")
    wanted = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}

    def check(page: Any, within: str = "body") -> None:
        page.evaluate(source)
        found = page.evaluate(f"options => axe.run({within!r}, options)", wanted)
        assert found["passes"], "axe-core has looked at nothing"
        told = [
            f"{v['id']}: {v['help']}: {n['html'][:160]} ({n['target']})"
            for v in found["violations"]
            for n in v["nodes"]
        ]
        assert not told, "\n".join(told)

    return check
