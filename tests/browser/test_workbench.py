"""The workbench as a page: a mistake in a cell, a scenario, a comparison, its code, and all of it again after a reload.

The fixture ``page`` sees to it that no other host is asked and no error is logged.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import twinkit
from twinkit.levers.levers import levers_of
from twinkit.tables import write_case
from twinkit.workbench.grid import Grid

PAGE = Path(__file__).resolve().parents[2] / "notebooks" / "workbench.ipynb"
COMPILING = 240_000
"""Patience with the first study [ms]: the day may have to be compiled."""


class Workbench:
    """What a person does with the page."""

    def __init__(self, page) -> None:
        self.page = page
        self.grid = page.get_by_test_id("data-grid")
        self.editor = page.get_by_test_id("scenario-editor")

    def tab(self, name: str):
        return self.page.get_by_role("tab", name=name)

    def cell(self, row: int, column: str):
        return self.grid.locator(f"input.twg-cell[data-row='{row}'][data-column='{column}']")

    def head(self, key: str):
        return self.page.locator(f"[data-testid=panel-head][data-key={key}]")

    def field(self, name: str, kind: str):
        return self.editor.locator(f"[data-field='{name}'] input[type={kind}]")

    def wait(self) -> None:
        self.page.get_by_test_id("tabs").wait_for(timeout=90_000)


@pytest.fixture
def opened(served, page, tmp_path):
    """Open the page on a short case of its own."""
    case = twinkit.example("automotive").replace(settings={"periods": 150, "warm_up": 20, "replications": 64})
    folder = write_case(case, tmp_path / "short twin")
    page.goto(served(PAGE, str(folder), "--pool", "0", TWINKIT_AUTHOR="Ann"))
    bench = Workbench(page)
    bench.wait()
    bench.folder = folder
    return bench


def test_a_day_at_the_workbench(opened, page):
    mend_a_cell(opened, page)
    build_scenarios(opened, page)
    compare(opened, page)
    come_back(opened, page)


def mend_a_cell(bench, page) -> None:
    """A mistake is explained beside its cell and in the list; typing over it mends it."""
    bench.cell(0, "site").wait_for()
    bench.cell(3, "time_to_recover").click()
    page.keyboard.type("soon")
    page.keyboard.press("Enter")
    why = bench.grid.locator("td.twg-wrong .twg-why")
    why.get_by_text("'soon' is not a number").wait_for()
    assert bench.cell(3, "time_to_recover").get_attribute("aria-invalid") == "true"
    count = page.get_by_test_id("problem-count")
    assert count.inner_text() == "1 problem in the tables. Studies go on with the last sound case."
    page.get_by_role("button", name="stocks").click()
    bench.grid.locator("[data-column='policy']").first.wait_for()
    count.click()
    page.get_by_test_id("problems").get_by_role("button").click()  # leads back to the cell
    page.wait_for_function(
        "() => document.activeElement.dataset.column === 'time_to_recover' && document.activeElement.dataset.row === '3'"
    )
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    count.get_by_text("The tables are sound.").wait_for()
    assert why.count() == 0 or why.first.is_hidden()
    page.get_by_test_id("differences").get_by_text("time to recover 7 → 9").wait_for(state="attached")


def build_scenarios(bench, page) -> None:
    """Arrows walk along the tabs; a scenario is made of an event and a lever."""
    bench.tab("Data").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert bench.tab("Scenarios").get_attribute("aria-selected") == "true"
    page.get_by_test_id("scenario-new").click()
    page.wait_for_function(
        "() => document.querySelector('[data-testid=scenario-editor] [data-field=name] input').value === 'new scenario'"
    )
    bench.field("name", "text").fill("fire")
    bench.field("name", "text").press("Enter")
    page.get_by_test_id("event-recorded").locator("select").select_option("Naka fab fire 2021")
    page.get_by_test_id("press-happen").click()
    bench.editor.get_by_text("Naka fab fire 2021, from day").wait_for()
    page.get_by_test_id("scenario-duplicate").click()
    page.locator(".twsc-name", has_text="fire copy").wait_for()
    page.wait_for_function(
        "() => document.querySelector('[data-testid=scenario-editor] [data-field=name] input').value === 'fire copy'"
    )
    bench.field("name", "text").fill("fire, second source")
    bench.field("name", "text").press("Enter")
    bench.field("lever second_source", "number").fill("40")
    page.get_by_text("Naka fab fire 2021; second source 40 %").wait_for()
    panel = page.get_by_role("tabpanel", name="Scenarios")
    assert panel.is_visible() and page.get_by_role("tabpanel").count() == 1


def compare(bench, page) -> None:
    """Side by side on the same luck, with the line of Python."""
    head = bench.head("scenarios")
    head.get_by_test_id("panel-run").click()
    table = page.get_by_test_id("comparison")
    table.wait_for(timeout=COMPILING)
    heads = table.locator("thead .twt-sort").all_inner_texts()
    assert [h.splitlines()[0] for h in heads] == ["Figure", "as it is", "fire", "fire, second source"]
    row = table.locator("tbody tr", has=page.get_by_role("rowheader", name="fill rate"))
    assert "% of 64 worlds (" in row.inner_text()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    head.get_by_test_id("panel-code").click()
    head.get_by_text("Copied.").wait_for()
    code = page.evaluate("() => navigator.clipboard.readText()")
    assert code == head.get_by_test_id("panel-code-text").inner_text()
    assert f"twinkit.read_case({str(bench.folder)!r})" in code and "edited(case, " in code
    found: dict = {}
    exec(code, found)
    shown = table.locator("tbody tr", has=page.get_by_role("rowheader", name="total cost")).locator("td").all_inner_texts()
    money = [found["result"][name].kpis["total cost"].mean() for name in ("as it is", "fire", "fire, second source")]
    assert [float(text.split()[0]) for text in shown] == pytest.approx([m / 1e9 for m in money], rel=0.006)
    page.get_by_test_id("worlds").fill("128")
    page.keyboard.press("Enter")
    head.get_by_test_id("panel-stale").get_by_text("an earlier question").wait_for()


def come_back(bench, page) -> None:
    """After a reload all is there, and the last move can be taken back."""
    page.get_by_test_id("kept").get_by_text("Saved at").wait_for()
    page.reload()
    bench.wait()
    page.get_by_test_id("scenario-list").wait_for()
    names = page.locator(".twsc-name")
    assert names.all_inner_texts() == ["as it is", "fire", "fire, second source"]
    assert page.get_by_test_id("chosen").input_value() == "fire, second source"
    assert page.get_by_test_id("worlds").input_value() == "128"
    page.get_by_test_id("bar-history").click()
    start = next(lever.start for lever in levers_of(twinkit.read_case(bench.folder)) if lever.name == "second_source")
    page.get_by_test_id("history").get_by_text(f"second source {100 * start:.3g} % → 40 %").wait_for()
    page.get_by_test_id("bar-undo").click()
    page.wait_for_function("() => !document.body.innerText.includes('second source 40 %;') && "
                           "[...document.querySelectorAll('.twsc-about')].at(-1).textContent === 'Naka fab fire 2021'")  # fmt: skip
    bench.tab("Data").click()
    bench.cell(3, "time_to_recover").wait_for()
    assert bench.cell(3, "time_to_recover").input_value() == "9"
    assert page.locator(".twb-problems:visible").count() == 0


@pytest.mark.slow
def test_a_block_from_a_spreadsheet_and_the_keyboard(opened, page):
    bench = opened
    page.locator("[data-table=products]").click()
    start = bench.cell(0, "value")
    start.wait_for()
    before = [bench.cell(i, "value").input_value() for i in range(3)]
    start.click()
    page.evaluate("""() => {
      const data = new DataTransfer();
      data.setData('text/plain', '11\\t1.5\\r\\n12\\t2.5\\r\\n');
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    }""")
    page.wait_for_function("() => document.querySelector('[data-row=\"1\"][data-column=\"mass\"]').value === '2.5'")
    assert [bench.cell(i, "value").input_value() for i in range(3)] == ["11", "12", before[2]]
    bench.cell(1, "value").click()
    page.keyboard.press("Control+z")
    page.wait_for_function(
        'v => document.querySelector(\'[data-row="0"][data-column="value"]\').value === v', arg=before[0]
    )
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    assert page.evaluate("() => document.activeElement.dataset.column") == "product"
    page.keyboard.press("F2")
    page.keyboard.type(" x")
    page.keyboard.press("Escape")
    assert not bench.cell(0, "product").input_value().endswith(" x")
    bench.grid.get_by_role("button", name="value", exact=False).first.focus()
    page.get_by_role("tooltip").get_by_text("Value of one unit, for inventory value and turns.").wait_for()
    unnamed = page.locator(".twb input, .twb select, .twb button").evaluate_all(
        "all => all.filter(e => e.offsetParent && !(e.labels && e.labels.length) && !e.ariaLabel && !e.textContent.trim()).length"
    )
    assert unnamed == 0
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


GRID_ALONE = """
async ([code, state]) => {
  const { default: grid } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const heard = {}, page = state.page;
  window.sent = [];
  window.answer = (values, done) => {
    state.page = { ...page, rows: values.map((value, row) => [row, [value]]), done: { [window.sent[0].mark[0]]: done } };
    (heard["change:version"] || []).forEach((tell) => tell());
  };
  const model = {
    get: (name) => state[name], set: (name, value) => { state[name] = value; }, save_changes: () => {},
    send: (message) => window.sent.push(message),
    on: (names, tell) => names.split(" ").forEach((name) => (heard[name] ||= []).push(tell)), off: () => {},
  };
  const el = document.createElement("div");
  document.body.append(el);
  grid.render({ model, el });
}
"""


def test_an_answer_to_an_earlier_edit_takes_nothing_back(page):
    """The kernel answers every edit with a page; one that was made before a later edit does not have it yet."""
    column = {
        "name": "site", "label": "site", "unit": "", "kind": "text", "definition": "its name", "required": True
    }  # fmt: skip
    shown = {
        "table": "sites", "columns": [column], "rows": [[0, ["a"]], [1, ["b"]], [2, ["c"]]], "wrong": [], "changed": [],
        "added": [], "gone": 0, "first": 0, "shown": 3, "total": 3, "size": 50, "lists": {}, "about": {}, "sources": [], "done": {},
    }  # fmt: skip
    page.goto("about:blank")
    grid = Grid(page=shown, wish={"table": "sites"})
    state = {k: v for k, v in grid.get_state().items() if isinstance(v, (str, bool, int, list, dict))}
    page.evaluate(GRID_ALONE, [grid._esm, state])
    cells = page.locator("input.twg-cell")
    values = lambda: [cell.input_value() for cell in cells.all()]  # noqa: E731
    cells.nth(0).click()
    for word in ("north", "south"):
        page.keyboard.type(word)
        page.keyboard.press("Enter")
    page.keyboard.press("Delete")
    assert [message["put"] for message in page.evaluate("window.sent")] == [
        [0, "site", [["north"]]], [1, "site", [["south"]]], [2, "site", [[""]]]
    ]  # fmt: skip
    assert values() == ["north", "south", ""]
    page.evaluate("window.answer(['North', 'b', 'c'], 1)")
    assert values() == ["North", "south", ""]
    page.evaluate("window.answer(['North', 'South', ''], 3)")
    assert values() == ["North", "South", ""]
    page.evaluate("window.answer(['a', 'b', 'c'], 4)")  # undone, for instance
    assert values() == ["a", "b", "c"]
