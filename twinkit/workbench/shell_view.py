"""The page of the workbench: the bar, the tabs, and a box for each panel."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import traitlets as t
from ipywidgets import VBox

from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.page import problem_page, title_of_case, whole
from twinkit.apps.kit.visit import served_case
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.workbench.differences import in_short
from twinkit.workbench.panel import DeskPart, script
from twinkit.workbench.shell import Shell, case_and_source, mending


class Bar(DeskPart):
    """The case, the chosen scenario, undo, redo, the history, and whether all is saved.

    Messages: ``{choose: name}``, ``{replications: n}``, ``{seed: n}``, ``{opened: true}``, ``{undo: true}``,
    ``{redo: true}``, ``{history: open}``, ``{restore: move}``, ``{keep: name}``, ``{line: name}``.
    """

    _esm = script("bar.js")

    title = t.Unicode(help="title of the case").tag(sync=True)
    place = t.Unicode(help="where it was read from").tag(sync=True)
    scenarios = t.List(t.Unicode(), help="names of the scenarios").tag(sync=True)
    chosen = t.Unicode(help="the one that is looked at").tag(sync=True)
    replications = t.Int(256, help="worlds").tag(sync=True)
    seed = t.Int(1, help="seed of all chance").tag(sync=True)
    undo = t.Bool(False, help="whether there is a move to take back").tag(sync=True)
    redo = t.Bool(False, help="whether there is a move to make again").tag(sync=True)
    kept = t.Unicode(help="whether all is saved").tag(sync=True)
    failed = t.Bool(False, help="whether something is not").tag(sync=True)
    notices = t.List(t.Unicode(), help="sentences to read first").tag(sync=True)
    failure = t.Unicode(help="sentence about an error of the program").tag(sync=True)
    history = t.Dict(help="open, now, line, lines, moves, versions").tag(sync=True)


class Tabs(DeskPart):
    """The tabs; the browser changes `selected`."""

    _esm = script("tabs.js")

    tabs = t.List(help="pairs of key and title").tag(sync=True)
    selected = t.Unicode(help="key of the open panel").tag(sync=True)


# --- the page


MOVES = 30
"""Moves that the history shows."""


def show(case: Case | str | os.PathLike | None = None, *, panels: Sequence[Any] = (), **options: Any) -> VBox:
    """The workbench for a case; see :func:`twinkit.workbench.workbench`."""
    try:
        shell = _shell(case, panels, options)
    except CaseError as error:
        return problem_page(str(case or ""), [p.sentence for p in error.problems])
    except FileNotFoundError as error:
        return problem_page(str(case or ""), [str(error)])
    return ShellView(shell).box


def _shell(case: Case | str | os.PathLike | None, panels: Sequence[Any], options: dict[str, Any]) -> Shell:
    """The model; of a case with problems, one to mend its tables, if they can be read at all."""
    try:
        checked, source = case_and_source(case)
    except CaseError as error:
        try:
            shell = mending(case or served_case(), more=panels, **options)
        except CaseError:
            raise error from None
        shell.notices = [*(p.sentence for p in error.problems if not p.table), *shell.notices]
        return shell
    return Shell(checked, source, panels, **options)


class ShellView:
    """Links the page with the shell.

    Attributes
    ----------
    shell, box
        The model, and the widget that shows it.
    """

    def __init__(self, shell: Shell) -> None:
        self.shell, self.guard = shell, Guard()
        desk = shell.desk
        self.bar = Bar(title=title_of_case(desk.case), notices=list(shell.notices))
        self.tabs = Tabs(selected=shell.opened)
        self.views: dict[str, Any] = {}
        self.panels = VBox()
        self.panels.add_class("twb-panels")
        self.box = whole(self.bar, self.tabs, self.panels)
        self.box.add_class("twb")
        self.box.view = self  # whoever keeps the widget keeps its links
        self._open_history = False
        self._link()
        self.show_tabs()
        self.show_bar()
        self.open()

    def _link(self) -> None:
        guard, shell = self.guard, self.shell
        self.bar.on_msg(guard(self.told))
        self.tabs.observe(guard(self.chosen), "selected")
        shell.observe(guard(self.open), "opened")
        shell.desk.observe(guard(self.show_bar), ["scenarios", "chosen", "replications", "seed", "case"])
        shell.journal.observe(guard(self.show_bar), ["told", "failed", "conflict", "moves"])
        shell.journal.observe(guard(self.show_tabs), "sound")
        shell.desk.observe(guard(self.show_tabs), "case")  # another case may be loaded into the tables
        guard.observe(lambda change: setattr(self.bar, "failure", change["new"]), "message")

    def show_tabs(self, change: Any = None) -> None:
        """Bring the tabs up to what can be opened, and the title up to the case."""
        self.tabs.tabs = [[key, offer.title] for key, offer in self.shell.open_offers().items()]
        self.bar.title = title_of_case(self.shell.desk.case)

    def chosen(self, change: Any) -> None:
        """A tab was chosen."""
        if self.tabs.selected in self.shell.open_offers():
            self.guard.clear()
            self.shell.opened = self.tabs.selected

    def open(self, change: Any = None) -> None:
        """Show a panel; it is made when it is first opened."""
        key = self.shell.opened
        if key not in self.views:
            panel = self.shell.panel(key)
            view = self.views[key] = panel.view()(panel, self.guard)
            box = VBox([view.box])
            box.add_class("twb-panel")
            box.add_class(f"twb-is-{key}")
            self.panels.children = (*self.panels.children, box)
        self.tabs.selected = key

    def show_bar(self, change: Any = None) -> None:
        """Bring the bar up to date."""
        desk, journal, bar = self.shell.desk, self.shell.journal, self.bar
        with bar.hold_sync():
            bar.place = desk.source or "a case made in Python"
            bar.scenarios, bar.chosen = list(desk.scenarios), desk.chosen
            bar.replications, bar.seed = desk.replications, desk.seed
            bar.undo, bar.redo = journal.store.can_undo(), journal.store.next_move() is not None
            bar.kept, bar.failed = journal.told, journal.failed
            bar.notices = [*self.shell.notices, *([journal.conflict] if journal.conflict else [])]
            bar.history = self.history() if self._open_history else {"open": False}

    def history(self) -> dict[str, Any]:
        """The history as plain data."""
        journal = self.shell.journal
        store = journal.store
        now = journal.state()
        versions = [
            {"name": name, "move": move, "time": time, "author": author,
             "since": in_short(journal.words(store.state(move), now))}
            for name, move, time, author in store.versions()
        ]  # fmt: skip
        moves = [m._asdict() for m in store.history(MOVES)]
        return {"open": True, "now": store.head, "line": store.line, "lines": store.lines(),
                "moves": moves, "versions": versions}  # fmt: skip

    def told(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A message of the bar."""
        desk, journal = self.shell.desk, self.shell.journal
        for name, value in content.items():
            if name == "choose" and value in desk.scenarios:
                desk.chosen = value
            elif name in ("replications", "seed"):
                self._number(name, value)
            elif name == "opened":
                self.shell.catch_up()
            elif name == "undo":
                journal.undo()
            elif name == "redo":
                journal.redo()
            elif name == "restore":
                journal.restore(int(value))
            elif name == "line":
                journal.switch(str(value))
            elif name == "keep":
                journal.keep_version(str(value)[:80])
            elif name == "history":
                self._open_history = bool(value)
                self.show_bar()

    def _number(self, name: str, value: Any) -> None:
        low = 1 if name == "replications" else 0
        if isinstance(value, int) and low <= value <= (100_000 if low else 2**31):
            setattr(self.shell.desk, name, value)
        else:
            self.show_bar()
            self.bar.send_state([name])  # what cannot be is put back
