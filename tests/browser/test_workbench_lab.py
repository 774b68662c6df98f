"""The workbench in a cell of JupyterLab."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import Empty, Queue

import nbformat
import pytest

COURSE = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("0*.ipynb"))
CODE = "import twinkit\n\ntwinkit.workbench('camera')"


@pytest.fixture
def lab(tmp_path):
    """JupyterLab in a folder with the course and a notebook for the workbench; gives the address of that one."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, tmp_path / "bench.ipynb")
    for path in COURSE:
        shutil.copy(path, tmp_path)
    environment = {**os.environ, "TWINKIT_STORE": str(tmp_path), "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "spaces")}
    process = subprocess.Popen(
        [sys.executable, "-m", "twinkit", "lab", str(tmp_path), "--no-browser", "--port", "0"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    lines: Queue[str] = Queue()
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stdout], daemon=True)
    reader.start()
    yield address(process, lines)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    reader.join(timeout=10)
    process.stdout.close()


def address(process: subprocess.Popen, lines: Queue, patience: float = 60) -> str:
    said, deadline = [], time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        try:
            said.append(lines.get(timeout=0.5))
        except Empty:
            continue
        if found := re.search(r"http://(?:localhost|127\.0\.0\.1):(\d+)/lab\?token=(\w+)", said[-1]):
            return f"http://localhost:{found[1]}/lab/tree/bench.ipynb?token={found[2]}&reset"
    process.kill()
    raise AssertionError("JupyterLab did not start:\n" + "".join(said))


def cells_of(page) -> list[str]:
    """The kinds of the cells of the notebook, in their order."""
    return page.evaluate("""
        [...document.querySelectorAll(".jp-Notebook .jp-Cell")].map((cell) => cell.className.match(/jp-(Code|Markdown|Raw)Cell/)[1])
    """)


def test_the_workbench_in_a_cell_keeps_its_keys(lab, page, tmp_path):
    page.expected_errors.append(".*")  # JupyterLab logs what it does not find; the workbench is looked at below
    page.goto(lab)
    cell = page.locator(".jp-CodeCell .cm-content").first
    cell.wait_for(timeout=60_000)
    page.get_by_text("| Idle").wait_for(timeout=60_000)  # what is run before the kernel is there is not run at all
    cell.click()
    page.keyboard.press("Shift+Enter")
    tabs = page.get_by_role("tablist", name="Panels of the workbench")
    tabs.wait_for(timeout=60_000)
    names = tabs.get_by_role("tab").all_inner_texts()
    assert names[0] == "Data" and "Scenarios" in names
    grid = page.get_by_test_id("data-grid")
    cells = cells_of(page)
    assert cells[0] == "Code"
    for row, begin, text in ((0, "", "12 months"), (2, "F2", "mm"), (4, "Enter", "4 weeks"), (0, "", "ddb")):
        here = grid.locator(f"[data-row='{row}'][data-column='site'].twg-cell")
        here.click()
        if begin:
            page.keyboard.press(begin)
            page.keyboard.press("Control+a")
        page.keyboard.type(text)  # commands of the notebook, were they its keys: text cell, delete, insert
        assert here.input_value() == text
        page.keyboard.press("Enter")
        page.keyboard.type("b")  # in the cell below, which has the focus now
        page.keyboard.press("Escape")
        assert here.input_value() == text and cells_of(page) == cells
    tabs.get_by_role("tab", name="How long do we last?").click()
    form = page.get_by_role("tabpanel", name="How long do we last?").locator("form.twf").first
    form.wait_for()
    for field in form.locator("input:visible, select:visible, button:visible").all()[:5]:
        field.focus()
        page.keyboard.type("bm")
        assert cells_of(page) == cells
    file = tmp_path / "bench.ipynb"
    assert '"output_type"' not in file.read_text(encoding="utf-8")
    page.keyboard.press("Control+s")  # stays the notebook's
    deadline = time.monotonic() + 20
    while '"output_type"' not in file.read_text(encoding="utf-8") and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    assert '"output_type"' in file.read_text(encoding="utf-8") and cells_of(page) == cells
    tabs.get_by_role("tab", name="Scenarios").click()
    page.get_by_test_id("scenario-list").wait_for()
    assert page.get_by_role("tabpanel", name="Scenarios").is_visible()
    assert page.locator(".jp-RenderedText[data-mime-type*='stderr']").count() == 0


@pytest.mark.slow
def test_the_notebooks_of_the_course_open(lab, page):
    page.expected_errors.append(".*")  # as above
    assert COURSE
    for path in COURSE:
        title = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].lstrip("# ")
        page.goto(lab.replace("bench.ipynb", path.name))
        page.locator(".jp-NotebookPanel .jp-RenderedMarkdown h1").filter(has_text=title[:30]).first.wait_for(
            timeout=60_000
        )
        page.locator(".jp-CodeCell").first.wait_for(state="attached", timeout=60_000)
        assert page.locator(".jp-Dialog").count() == 0
