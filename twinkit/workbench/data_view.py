"""View of the tables: the grid, and saving."""

from __future__ import annotations

from typing import Any

from ipywidgets import Widget

from twinkit.apps.kit.page import row
from twinkit.apps.kit.parts import Form
from twinkit.apps.kit.save import Save
from twinkit.tables import CaseError
from twinkit.workbench.data_panel import DataPanel
from twinkit.workbench.grid import Grid
from twinkit.workbench.grid_page import place_of, tables_list
from twinkit.workbench.panel_view import PanelView

WISH = ("table", "words", "only", "sort", "down", "every", "first")


GO_ON, NOT_YET = "Studies go on with the last sound case.", "The other panels open once the tables are sound."


class DataView(PanelView):
    """Links the grid with the tables."""

    panel: DataPanel
    run_label = ""

    def __init__(self, panel: DataPanel, guard: Any) -> None:
        self._busy, self._asked = False, 0
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
            grid.page, grid.tables = panel.page(), tables_list(panel.draft)
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
        """A message of the grid."""
        panel = self.panel
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
