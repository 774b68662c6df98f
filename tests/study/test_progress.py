"""Progress bars, and studies that can be stopped."""

from __future__ import annotations

import asyncio
import io
import os
import time
from pathlib import Path
from threading import Event

import pytest
from jupyter_client.manager import KernelManager

import twinkit
from twinkit.run.ensemble import Cancelled
from twinkit.run.progress import (
    Clock,
    ensemble_async,
    in_notebook,
    progress,
    span,
    terminal_progress,
    widget_progress,
)

ROOT = Path(__file__).resolve().parent.parent.parent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def case():
    return twinkit.example("camera")


def test_the_estimate_is_the_mean_so_far():
    times = iter([10.0, 10.0, 14.0, 18.0, 18.0])
    clock = Clock(lambda: next(times))
    assert clock.words(0, 4) == "0 of 4 batches"
    assert clock.words(1, 4) == "1 of 4 batches, about 12 s left"
    assert clock.words(4, 4) == "4 of 4 batches in 8 s"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "1 s"), (59.4, "59 s"), (59.6, "1 min"), (61, "1 min 1 s"), (7325, "2 h 2 min")]
)
def test_spans_are_said_in_words(seconds, text):
    assert span(seconds) == text


def test_a_terminal_gets_one_line():
    file = Terminal()
    show = terminal_progress(file)
    for done in range(4):
        show(done, 3)
    text = file.getvalue()
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert text.count("\r") == 4
    assert "[" + "#" * 28 + "] 3 of 3 batches" in text


def test_a_file_gets_only_the_end():
    file = io.StringIO()
    show = terminal_progress(file)
    for done in range(4):
        show(done, 3)
    assert file.getvalue().count("\n") == 1
    assert file.getvalue().startswith("3 of 3 batches in")


def test_here_is_no_notebook(capsys):
    assert not in_notebook()
    progress()(2, 2)
    assert "2 of 2 batches" in capsys.readouterr().err


def test_the_button_sets_the_event(capsys):
    cancel = Event()
    bar = widget_progress(cancel)
    bar(1, 4)
    assert (bar.bar.value, bar.bar.max) == (1, 4)
    bar.button.click()
    assert cancel.is_set()
    assert "stopping" in bar.label.value
    bar(2, 4)
    assert "stopping" in bar.label.value


def test_a_bar_without_an_event_has_no_button():
    bar = widget_progress()
    assert bar.button not in bar.box.children


def test_the_loop_goes_on_beside_a_study(case):
    seen, ticks = [], []

    async def tick() -> None:
        while True:
            ticks.append(1)
            await asyncio.sleep(0.001)

    async def study():
        beside = asyncio.create_task(tick())
        result = await ensemble_async(
            case, twinkit.Scenario("as is"), 128, progress=lambda done, total: seen.append((done, total))
        )
        beside.cancel()
        return result

    result = asyncio.run(study())
    plain = twinkit.ensemble(case, twinkit.Scenario("as is"), 128)
    assert (result["as is"].kpis["fill rate"] == plain["as is"].kpis["fill rate"]).all()
    assert seen == [(0, 2), (1, 2), (2, 2)]
    assert len(ticks) > 3


def test_an_event_stops_a_study(case):
    cancel = Event()

    def stop(done: int, total: int) -> None:
        cancel.set()

    with pytest.raises(Cancelled):
        asyncio.run(ensemble_async(case, twinkit.Scenario("as is"), 6400, progress=stop, cancel=cancel))


def test_a_cancelled_task_stops_its_study(case):
    cancel = Event()

    async def study() -> None:
        task = asyncio.create_task(ensemble_async(case, twinkit.Scenario("as is"), 6400, progress=None, cancel=cancel))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(study())
    assert cancel.is_set()


@pytest.fixture(scope="module")
def kernel():
    """A client of a notebook kernel in which twinkit is ready and has compiled its day."""
    manager = KernelManager(kernel_name="python3")
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    manager.start_kernel(env={**os.environ, "PYTHONPATH": os.pathsep.join(paths).rstrip(os.pathsep)})
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    ready = (
        "import twinkit\nfrom twinkit.run import progress as p\ncase = twinkit.example('automotive')\n"
        "asis = twinkit.Scenario('as is')\ntwinkit.ensemble(case, asis, 64)\n"
    )
    reply = client.execute_interactive(ready, timeout=300, output_hook=lambda message: None)
    assert reply["content"]["status"] == "ok", reply["content"]
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def until(client, found, seconds: float = 60.0) -> dict:
    """The first message that the kernel publishes and that `found` accepts."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        message = client.get_iopub_msg(timeout=seconds)
        if found(message):
            return message
    raise AssertionError("no such message")


def error_of(client) -> str:
    return until(client, lambda m: m["msg_type"] == "error")["content"]["ename"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_the_cancel_button_works_while_a_cell_waits(kernel):
    _, client = kernel
    client.execute("await p.ensemble_async(case, asis, 64000)", stop_on_error=False)
    button = until(client, lambda m: m["msg_type"] == "comm_open"
                   and m["content"]["data"]["state"].get("description") == "Cancel")  # fmt: skip
    until(client, lambda m: m["msg_type"] == "display_data")
    time.sleep(0.5)
    click = {"comm_id": button["content"]["comm_id"], "data": {"method": "custom", "content": {"event": "click"}}}
    client.shell_channel.send(client.session.msg("comm_msg", click))
    start = time.monotonic()
    assert error_of(client) == "Cancelled"
    assert time.monotonic() - start < 30


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("code", ["await p.ensemble_async(case, asis, 64000)", "twinkit.ensemble(case, asis, 64000)"])
def test_the_stop_button_of_the_notebook_stops_a_study(kernel, code):
    manager, client = kernel
    client.execute(code, stop_on_error=False)
    until(client, lambda m: m["msg_type"] == "execute_input")
    time.sleep(1.0)
    manager.interrupt_kernel()
    start = time.monotonic()
    assert error_of(client) in ("KeyboardInterrupt", "CancelledError")
    assert time.monotonic() - start < 30
