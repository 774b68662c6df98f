"""``twinkit app`` in a real browser: it renders, asks nobody outside, and cleans up."""

from __future__ import annotations

import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import psutil
import pytest

from browser.conftest import is_kernel
from twinkit.apps.limits import TRIES
from twinkit.apps.server import KERNEL

SLIDER = """
import os
import ipywidgets as widgets
slider = widgets.IntSlider(description="Speed", min=0, max=10)
echo = widgets.Label("no move yet")
slider.observe(lambda change: setattr(echo, "value", f"speed {change['new']}"), "value")
case = widgets.Label("case " + os.path.basename(os.environ.get("TWINKIT_CASE", "none")))
widgets.VBox([slider, echo, case])
"""


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., Path]:
    """Write an app notebook of the given code cells."""

    def write(*cells: str, name: str = "app_scratch", text: str = "# Scratch app\n\nOne slider.") -> Path:
        folder = tmp_path / "apps"
        folder.mkdir(exist_ok=True)
        made = [nbformat.v4.new_markdown_cell(text), *map(nbformat.v4.new_code_cell, cells)]
        path = folder / f"{name}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=made), path)
        return path

    return write


def wait_until(condition: Callable[[], bool], patience: float = 30) -> bool:
    """True as soon as the condition holds, False if it does not within the patience [s]."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return False


def gone(process: psutil.Process) -> bool:
    """Whether a process has ended."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def status(url: str) -> int:
    """HTTP status of an address."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def read(url: str) -> str:
    """What an address sends to a browser with cookies."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(url, timeout=120) as answer:
        return answer.read().decode()


def test_a_page_renders_reacts_and_asks_nobody_outside(notebook, served, page, tmp_path):
    (tmp_path / "my_case").mkdir()
    page.goto(served(notebook(SLIDER), str(tmp_path / "my_case")))
    page.get_by_text("no move yet").wait_for()
    page.locator(".noUi-handle").press("ArrowRight")
    page.get_by_text("speed 1").wait_for()
    assert page.get_by_text("case my_case").is_visible()
    assert page.title() == "app_scratch"
    assert page.locator(".twinkit-failed").count() == 0


def test_closing_and_reloading_a_tab_frees_its_kernel(notebook, served, page):
    url = served(notebook(SLIDER), "--pool", "0")
    server = served.servers[-1]
    page.goto(url)
    page.get_by_text("no move yet").wait_for()
    assert server.kernels() == 1
    page.reload()
    page.get_by_text("no move yet").wait_for()
    assert wait_until(lambda: server.kernels() == 1)
    page.close(run_before_unload=True)
    assert wait_until(lambda: server.kernels() == 0)


def test_a_kernel_that_was_not_said_goodbye_to_is_culled(notebook, served):
    url = served(notebook("1 + 1"), "--pool", "0", "--timeout", "0.05")
    assert status(url) == 200
    assert served.servers[-1].kernels() == 1
    assert wait_until(lambda: served.servers[-1].kernels() == 0)


def alive(url: str, page: str) -> dict:
    """What the server says of the kernel of a page."""
    kernel = KERNEL.search(page).group(1)
    return json.loads(read(f"{url}alive/{kernel}"))


def test_a_kernel_that_died_in_the_pool_serves_nobody_and_ctrl_c_ends_all(notebook, served):
    url = served(notebook("1 + 1"), "--pool", "2")
    server = served.servers[-1]
    assert wait_until(lambda: server.kernels() == 2)
    assert wait_until(lambda: "is filled with 2" in server.log.read_text())
    killed = psutil.Process(server.process.pid).children(recursive=True)
    for child in killed:
        child.kill()
    assert wait_until(lambda: all(map(gone, killed)))
    assert alive(url, read(url))["alive"]
    assert wait_until(lambda: server.kernels() == 3)
    children = psutil.Process(server.process.pid).children(recursive=True)
    assert server.stop() == 0
    assert wait_until(lambda: all(map(gone, children)))
    assert not [line for line in server.lines if "Traceback" in line]


def test_a_cell_that_fails_is_a_sentence(notebook, served, page):
    notebook("raise ValueError('hush 42')", "never_run = 1", name="app_raises")
    folder = notebook("import os; os._exit(1)", "never_run = 1", name="app_dies").parent
    url, server = served(folder), served.servers[-1]
    page.expected_errors.append(".*")
    for app in ("raises", "dies"):
        page.goto(url + app, wait_until="commit")  # the page of a kernel that dies may be loaded again before it is complete
        if app == "dies":  # its page is loaded again by itself, once: what is read before may be of either
            page.get_by_text("twice within a minute").wait_for()
        page.get_by_role("heading", name="The page could not be built.").wait_for()
        page.wait_for_load_state()  # all of it is there
        assert "hush" not in page.content()
        assert "Traceback" not in page.content()
    assert wait_until(lambda: "hush 42" in server.log.read_text())
    assert any("A page could not be built: ValueError" in line for line in server.lines)


def test_a_kernel_that_computes_too_long_is_ended_and_its_page_told_why(notebook, served):
    """In a thread, as studies do: Jupyter takes such a kernel for idle."""
    spin = "import threading\nrest = threading.Event()\ndef spin():\n    while not rest.is_set(): pass\nthreading.Thread(target=spin, daemon=True).start()"
    folder = notebook(spin, name="app_spins")
    notebook("1 + 1", name="app_rests")
    url = served(folder.parent, "--pool", "0", "--longest", "0.1")
    rests, spins = read(url + "rests"), read(url + "spins")
    assert wait_until(lambda: not alive(url, spins)["alive"], patience=60)
    assert "computed for more than 0.1 min without a pause" in alive(url, spins)["why"]
    assert alive(url, rests) == {"alive": True, "why": ""}


def test_several_apps_are_listed(notebook, served, page):
    notebook(SLIDER, name="app_one", text="# First <app>\n\nIt has a slider.")
    folder = notebook(SLIDER, name="app_two", text="# Second app").parent
    page.goto(served(folder))
    assert page.get_by_role("link").all_inner_texts() == ["First <app>", "Second app"]
    page.get_by_role("link", name="Second app").click()
    page.get_by_text("no move yet").wait_for()
    there = page.get_by_role("navigation", name="Apps").get_by_role("link")
    assert there.all_inner_texts() == ["First <app>", "Second app"]
    assert there.nth(1).get_attribute("aria-current") == "page"
    page.get_by_role("link", name="All questions").click()
    assert page.get_by_role("link").count() == 2


def test_nothing_but_the_apps_is_served(notebook, served, page):
    path = notebook(SLIDER)
    (path.parent / "secret.csv").write_text("a,b\n")
    url = served(path, "--pool", "0")
    closed = ["nope", "voila/tree", "voila/render/app_scratch.ipynb", "api/contents", "voila/api/contents"]
    assert {place: status(url + place) for place in closed} == dict.fromkeys(closed, 404)
    files = ["secret.csv", "app_scratch.ipynb"]
    assert [status(f"{url}voila/files/{name}") for name in files] == [403, 403]
    foreign = urllib.request.Request(url, headers={"Host": "evil.example:80"})
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(foreign, timeout=20)
    refused.value.close()
    page.expected_errors.append("404")
    page.goto(url + "nope")
    page.get_by_role("heading", name="There is no such page.").wait_for()


def test_public_needs_the_token_also_behind_a_path(notebook, served, page):
    words = ("--public", "--host", "127.0.0.1", "--base-url", "twin")
    url = served(notebook(SLIDER), *words, TWINKIT_TOKEN="word-for-visitors")
    assert url.endswith("/twin/")
    page.goto(f"{url}?token=word-for-visitors")
    page.get_by_text("no move yet").wait_for()
    page.locator(".noUi-handle").press("ArrowRight")
    page.get_by_text("speed 1").wait_for()
    page.expected_errors.append("403|404")
    page.context.clear_cookies()
    page.goto(url)
    assert "/login" in page.url
    assert page.locator(".noUi-handle").count() == 0
    assert [status(f"{url}?token=guess{n}") for n in range(TRIES + 2)] == [200] * TRIES + [429] * 2, "200: the page that asks for it"
    assert "Scratch app" in read(f"{url}?token=word-for-visitors"), "who knows the token is never shut out"


def test_a_page_whose_kernel_or_server_is_gone_says_so_and_comes_back(notebook, served, page):
    app = notebook(SLIDER)
    url = served(app)
    port = str(urlsplit(url).port)
    page.expected_errors += ["WebSocket", "ERR_CONNECTION_REFUSED", "Failed to load resource", "kernel", "Kernel", "Failed to fetch", "onnection"]
    page.goto(url)
    page.get_by_text("no move yet").wait_for()
    lost = page.locator("#twinkit-lost")
    assert lost.count() == 0
    [server] = served.servers

    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("speed 1", exact=True).wait_for()
    own = page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
    children = psutil.Process(server.process.pid).children(recursive=True)
    next(c for c in children if own in " ".join(c.cmdline())).kill()
    page.get_by_text("no move yet").wait_for(timeout=120_000)  # the page was loaded again by itself
    server.process.kill()
    server.process.wait()
    lost.get_by_text("The connection to twinkit is lost").wait_for(timeout=6_000)
    assert page.locator("#rendered_cells").evaluate("e => e.inert && e.classList.contains('twinkit-stale')")
    served(app, "--port", port)
    lost.wait_for(state="detached", timeout=120_000)
    page.get_by_text("no move yet").wait_for(timeout=120_000)


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux")
def test_visitors_share_what_is_loaded_draw_apart_and_go_with_their_server(notebook, served):
    """A kernel is a copy of a process that has everything loaded: not its random numbers, and not beyond its server."""
    draw = "import random, uuid, numpy as np\nprint('drawn', random.random(), np.random.random(), uuid.uuid4().hex)"
    url = served(notebook(draw), "--pool", "0")
    server = served.servers[-1]
    drawn = [re.search(r"drawn (\S+) (\S+) (\w+)", read(url)).groups() for _ in range(2)]
    assert all(one != other for one, other in zip(*drawn, strict=True))
    assert not [line for line in server.lines if "kernel" in line], "the terminal hears nothing of them"
    kernels = [p for p in psutil.Process(server.process.pid).children(recursive=True) if is_kernel(p)]
    assert len(kernels) == 2
    for kernel in kernels:
        assert kernel.memory_full_info().uss < 0.5 * kernel.memory_info().rss
        assert os.getpgid(kernel.pid) == kernel.pid  # a signal for one reaches no other
    server.process.kill()
    assert wait_until(lambda: all(map(gone, kernels)))


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux")
def test_kernels_start_as_jupyter_starts_them_where_they_cannot_be_forked(notebook, served, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nif 'multiprocessing.forkserver' in ' '.join(sys.orig_argv):\n    sys.exit('no fork server')\n")
    url = served(notebook("print(6 * 7)"), "--pool", "0", PYTHONPATH=f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    assert "42" in read(url)
    assert "could not be forked" in served.servers[-1].log.read_text()
