"""The tables of the case: edited, checked, imported, compared with those on the disk, saved."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import traitlets as t
from ipywidgets import Widget

from twinkit import rooms
from twinkit.apps.kit.page import row
from twinkit.apps.kit.parts import Form, Save
from twinkit.apps.kit.visit import visiting
from twinkit.content import find_case
from twinkit.tables import CaseError, Problem, check_case, notes_of, write_case
from twinkit.tables.case import Case
from twinkit.tables.write import take_rules
from twinkit.workbench.desk import Desk
from twinkit.workbench.differences import changes, table_words
from twinkit.workbench.draft import Typed, imported, read_draft
from twinkit.workbench.grid import Grid, Wish, order, page, place_of, tables_list
from twinkit.workbench.journal import Journal, journal_of
from twinkit.workbench.panel import Panel, PanelView
from twinkit.workbench.store import is_shipped

OWN_COPY = "Saved in your own copy of the case, which lasts as long as your visit. Download the workbook to keep it."
"""What is said to a visitor who may not change the case itself."""
MOST_NOTES = 6
"""Notes that are shown at the tables."""


class DataPanel(Panel):
    """The model of the tables.

    Attributes
    ----------
    journal, draft
        What keeps the edits, and the tables as they are typed.
    offer
        Tables of an upload that have problems and may be taken as they are; {} if there are none.
    """

    key = "data"
    title = "Data"
    question = "What is the chain made of, and is every table sound?"
    INPUTS = ("table", "words", "only", "sort", "down", "every", "first")

    table = t.Unicode("sites", help="the table that is shown")
    first = t.Int(0, min=0, help="place of the first row of the page")
    words = t.Unicode(help="words that a row must contain")
    only = t.Enum(["all", "wrong", "changed"], "all", help="which rows are shown")
    sort = t.Unicode(help="column to sort by; '' for the order of the table")
    down = t.Bool(False, help="whether from high to low")
    every = t.Bool(False, help="whether columns that are not used are shown")
    said = t.List(t.Unicode(), help="sentences about the last import or save")
    offer = t.Dict(help="tables of an upload that may be taken with their problems")

    def __init__(self, desk: Desk) -> None:
        self.journal: Journal = journal_of(desk)
        self.draft = self.journal.draft
        super().__init__(desk)
        self.observe(self._elsewhere, ["table", "words", "only", "sort", "down"])

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        return _check, (self.desk.case,), {}

    def code(self) -> str:
        return "result = twinkit.check_case(case)"

    def _elsewhere(self, change: Any) -> None:
        self.first = 0

    def wish(self) -> Wish:
        """What is looked at."""
        return Wish(self.table, self.first, self.words, self.only, self.sort, self.down, self.every)

    def page(self) -> dict[str, Any]:
        """What the grid shows."""
        return page(self.draft, self.wish(), self.desk.case)

    # --- edits

    def put(self, row: int, column: str, block: Sequence[Sequence[str]]) -> None:
        """Write a block of cells, from a row and a column on; columns run as the grid shows them.

        Raises
        ------
        CaseError
            If the block is wider than the table.
        """
        names = [c["name"] for c in self.page()["columns"]]
        at = names.index(column)
        width = max(map(len, block), default=0)
        if at + width > len(names):
            says = f"the block has {width} columns; from {column.replace('_', ' ')} on the table has {len(names) - at}"
            raise CaseError(
                [Problem(self.table, None, "", "", says, "Paste it further to the left, or show all columns.")]
            )
        rows = self._rows_from(row, len(block))
        typed = self.draft.tables[self.table]
        for place, cells in zip(rows, block, strict=True):
            typed = typed.put(place, names[at : at + len(cells)], [cells])
        self.draft.change(self.table, lambda _: typed)

    def _rows_from(self, row: int, count: int) -> list[int]:
        """Rows of a block: as the grid shows them from a row on, then new ones."""
        typed = self.draft.tables[self.table]
        change = changes(self.table, self.draft.saved[self.table], typed)
        shown = order(typed, self.wish(), {(p[1], p[2]): "" for p in self._places()}, change)
        from_here = shown[shown.index(row) :] if row in shown else [row] if row < len(typed.rows) else []
        new = range(len(typed.rows), len(typed.rows) + count)
        return [*from_here, *new][:count]

    def _places(self) -> list[tuple[str, int, str]]:
        return [p for p in map(place_of, self.draft.problems) if p and p[0] == self.table]

    def add(self) -> int:
        """Add an empty row at the end; returns its number."""
        last = len(self.draft.tables[self.table].rows)
        self.draft.change(self.table, lambda typed: typed.add(last))
        return last

    def duplicate(self, rows: Sequence[int]) -> None:
        """Put a copy of each row below it."""

        def doubled(typed: Typed) -> Typed:
            for i in sorted(set(rows), reverse=True):
                typed = typed.add(i + 1, (typed.rows[i],))
            return typed

        self.draft.change(self.table, doubled)

    def delete(self, rows: Sequence[int]) -> None:
        """Take rows away."""
        self.draft.change(self.table, lambda typed: typed.delete(rows))

    # --- files

    def upload(self, files: Mapping[str, bytes]) -> bool:
        """Take the tables in files in the place of those that are here; whether they are sound.

        A file that cannot be read changes nothing; tables with problems in their cells are
        offered (see :meth:`accept`), and until then nothing changes either.
        """
        self.offer, notes = {}, []
        try:
            found = imported(files, self.draft.tables, notes)
        except CaseError as error:
            self.said = ["Nothing was loaded:", *(p.sentence for p in error.problems)]
            return False
        names = ", ".join(n.replace("_", " ") for n, typed in found.items() if typed.rows)
        try:
            read_draft({**self.draft.tables, **found}, self.draft.name, self.draft.extra)
        except CaseError as error:
            self.said = [f"Nothing was loaded yet: with {names} the case would have problems.",
                         *(p.sentence for p in error.problems)]  # fmt: skip
            self.offer = found
            return False
        self.draft.tables = {**self.draft.tables, **found}
        self.said = [f"Loaded: {names}. Undo brings back what was here.", *notes]
        return True

    def accept(self) -> None:
        """Take the tables that were offered, problems and all, to mend them here."""
        if self.offer:
            found, self.offer = self.offer, {}
            self.draft.tables = {**self.draft.tables, **found}
            self.said = ["Loaded as a draft. The cells with problems are marked."]

    def notes(self) -> list[str]:
        """What is legal in the case and perhaps not meant, in words; of many the first ones and their number."""
        told = [note.sentence for note in notes_of(self.desk.case)] if not self.draft.problems else []
        more = [f"And {len(told) - MOST_NOTES} notes more: `twinkit check` lists them."] if len(told) > MOST_NOTES else []
        return [f"Note: {sentence}" for sentence in told[:MOST_NOTES]] + more

    def differences(self) -> list[str]:
        """What differs from the case on the disk, in words."""
        draft = self.draft
        return [w for n in draft.changed for w in table_words(n, draft.saved[n], draft.tables[n])]

    def place(self) -> Path:
        """Where the case is saved: its own place; for one that came with twinkit, beside the file of the workbench."""
        if self.desk.source:
            path = find_case(self.desk.source)
            if not is_shipped(path):
                return path
        kept = self.journal.store.path
        return (kept.parent if kept is not None else Path.cwd()) / self.draft.name

    def save(self, name: str = "") -> bool:
        """Save the case at its place, or beside it under a name; whether that worked."""
        path = old = self.place()
        if name and name != path.name:
            if name != Path(name).name or name.startswith("."):
                self.said = [
                    f"{name} is no name of a file: write one without a folder, such as my-case or my-case.xlsx."
                ]
                return False
            path = path.with_name(name)
            if path.exists():
                self.said = [f"There is something named {name} beside the case already. Choose another name."]
                return False
        try:
            write_case(self._sound(), path)
            rules = take_rules(old, path)
        except CaseError as error:
            self.said = ["Not saved:", *(p.sentence for p in error.problems)]
            return False
        except OSError as error:
            self.said = [f"Not saved: {error}."]
            return False
        if self.desk.source != str(path):
            self.desk.source = str(path)
            self.journal.move_beside(path)
        self.journal.saved()
        self.said = [OWN_COPY if visiting() else f"Saved as {path}.", *([rules] if rules else [])]
        return True

    def _sound(self) -> Case:
        case, problems = self.draft.read()
        if case is None:
            raise CaseError(problems)
        return case

    def workbook(self) -> bytes:
        """The case as a workbook; rules of one's own beside the case are not in it.

        Raises
        ------
        CaseError
            If the tables have problems.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = write_case(self._sound(), Path(folder) / f"{self.draft.name}.xlsx")
            return path.read_bytes()

    def load_state(self, state: dict[str, Any]) -> None:
        if state.get("table") not in self.draft.tables:
            state = {k: v for k, v in state.items() if k != "table"}
        super().load_state(state)


def _check(case: Case, progress: Any = None, cancel: Any = None) -> list[Problem]:
    return check_case(case)


# --- view of the tables: the grid, and saving


WISH = ("table", "words", "only", "sort", "down", "every", "first")


GO_ON, NOT_YET = "Studies go on with the last sound case.", "The other panels open once the tables are sound."


class DataView(PanelView):
    """Links the grid with the tables."""

    panel: DataPanel
    run_label = ""

    def __init__(self, panel: DataPanel, guard: Any) -> None:
        self._busy, self._asked = False, 0
        self._done: dict[str, int] = {}
        self.grid = Grid()
        self.book = Save(lambda name: panel.workbook(), testid="save-book")
        self.place = Form(
            label="Save the case", testid="save-case", look="twf-slim", buttons=[["save", "Save the case"]]
        )
        super().__init__(panel, guard)
        self.answer.children = (self.grid, row(self.place, self.book))
        self._link_grid()
        self.show()

    def _link_grid(self) -> None:
        panel, guard = self.panel, self.guard
        self.grid.on_msg(guard(self.told))
        self.grid.observe(guard(self.wished), "wish")
        panel.observe(guard(self.show), [*WISH, "said", "offer"])
        panel.draft.observe(guard(self.show), ["tables", "saved", "checked"])
        panel.journal.observe(guard(self.show), "moves")
        self.place.on_msg(guard(self.save))

    def refresh(self, change: Any = None) -> None:
        """As every panel; that the tables have problems is said at the tables."""
        super().refresh()
        self.head.caution = ""

    def results(self, result: Any) -> list[Widget]:
        return list(self.answer.children)  # the grid stays; there is nothing to run

    def show(self, change: Any = None) -> None:
        """Bring the page up to the model."""
        if self._busy:
            return
        panel, grid, store = self.panel, self.grid, self.panel.journal.store
        with grid.hold_sync():
            grid.page = {**panel.page(), "done": dict(self._done)}
            grid.tables = tables_list(panel.draft)
            grid.wish = {name: getattr(panel, name) for name in WISH}
            grid.problems = [[p.sentence, place_of(p) is not None] for p in panel.draft.problems]
            grid.note = GO_ON if panel.journal.sound else NOT_YET
            grid.said, grid.offer = [*panel.said, *panel.notes()], bool(panel.offer)
            grid.differences = panel.differences()
            grid.undo, grid.redo = store.can_undo(), store.next_move() is not None
            grid.version += 1
        self._show_places()

    def _show_places(self) -> None:
        panel = self.panel
        where = panel.place()
        name = self.place.values.get("name", where.name)
        about = f"in {where.parent}; a name that ends in .xlsx makes a workbook"
        if (rules := rooms.beside(where)).is_file():
            about += f"; {rules.name} beside it goes along, but is not in a download"
        field = {"name": "name", "type": "name", "label": "Save the case as", "options": [], "help": about}
        self.place.groups, self.place.values = [{"fields": [field]}], {"name": name}
        self.book.offers = [["book", "Download as a workbook", f"{panel.draft.name}.xlsx"]]
        self.book.why = "Mend the problems first." if panel.draft.problems else ""

    def wished(self, change: Any) -> None:
        """The browser wants to see something else."""
        wish = {name: value for name, value in self.grid.wish.items() if name in WISH}
        if wish == {name: getattr(self.panel, name) for name in WISH}:
            return
        self._busy = True
        try:
            first = wish.pop("first", 0)
            for name, value in wish.items():
                setattr(self.panel, name, value)
            self.panel.first = first
        finally:
            self._busy = False
        self.show()
        self.panel.journal.look("panel/data", self.panel.state())

    def told(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A message of the grid; the page that follows says that it was heard."""
        panel = self.panel
        view, number = content.get("mark", ["", 0])
        self._done[view] = number
        try:
            if "put" in content:
                row, column, block = content["put"]
                panel.put(int(row), column, block)
            elif "add" in content:
                self._go(panel.table, panel.add(), "")
            elif content.get("duplicate"):
                panel.duplicate([int(i) for i in content["duplicate"]])
            elif content.get("delete"):
                panel.delete([int(i) for i in content["delete"]])
            elif "undo" in content:
                panel.journal.undo()
            elif "redo" in content:
                panel.journal.redo()
            elif "jump" in content:
                self._jump(int(content["jump"]))
            elif "upload" in content:
                panel.upload({n: bytes(b) for n, b in zip(content["upload"], buffers, strict=True)})
            elif "accept" in content:
                panel.accept()
        except CaseError as error:
            panel.said = [p.sentence for p in error.problems]
        if self.grid.page.get("done") != self._done:  # nothing has changed: a cell was typed as it is
            self.show()

    def _jump(self, number: int) -> None:
        if number < len(self.panel.draft.problems):
            place = place_of(self.panel.draft.problems[number])
            if place is not None:
                self._go(*place)

    def _go(self, table: str, row: int, column: str) -> None:
        """Show the page with a row, and put the focus there."""
        panel = self.panel
        self._busy = True
        try:
            panel.table, panel.words, panel.only, panel.sort = table, "", "all", ""
            panel.first = row // panel.page()["size"] * panel.page()["size"]
        finally:
            self._busy = False
        self.show()
        self._asked += 1
        self.grid.goto = [row, column, self._asked]

    def save(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """Save the case."""
        if content.get("press") == "save":
            self.panel.save(str(self.place.values.get("name", "")).strip())
