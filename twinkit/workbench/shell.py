"""The model of the page: the desk, what is kept, and its panels, each made when it is first opened."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import traitlets as t

from twinkit.apps.kit.visit import served_case
from twinkit.content import find_case, shipped_cases
from twinkit.tables.case import Case
from twinkit.tables.read import find_sheets, read_case
from twinkit.workbench.desk import Desk
from twinkit.workbench.draft import Draft, Typed, typed_case, typed_sheets
from twinkit.workbench.journal import Journal
from twinkit.workbench.panel import Panel
from twinkit.workbench.registry import Offer, failures, offered, panels
from twinkit.workbench.store import Store, author_name, store_path

BESIDE = "beside the case"
"""Stands for the usual place of the store."""


class Shell(t.HasTraits):
    """A workbench without its page.

    Parameters
    ----------
    case
        A checked case.
    source
        Where it was read from; "" for one that was made in Python.
    more
        Further panels: classes or functions.
    store
        File that keeps what is done; None keeps nothing.
    author
        Who works here; by default the account.
    tables
        Tables with problems, to be mended: `case` is an empty one then, and only the data
        can be opened until they are sound.

    Attributes
    ----------
    desk, journal
        What panels look at, and what keeps the moves.
    offers
        Key → what can be opened, in the order of the tabs.
    """

    opened = t.Unicode(help="key of the panel that is looked at")
    notices = t.List(t.Unicode(), help="sentences for whoever opens the page")

    def __init__(
        self,
        case: Case,
        source: str = "",
        more: Sequence[Any] = (),
        store: str | Path | None = BESIDE,
        author: str = "",
        tables: Mapping[str, Typed] | None = None,
    ) -> None:
        super().__init__()
        self.offers: dict[str, Offer] = panels()
        for one in more:
            self.offers |= offered(one)
        self.desk = Desk(case, source)
        path = _store_path(case, source) if store == BESIDE else Path(store) if store is not None else None
        draft = Draft(case)
        if tables is not None:
            draft.saved = draft.tables = {**draft.tables, **tables}
        self.journal = Journal(self.desk, draft, Store(path, author or author_name()), sound=tables is None)
        self.desk.journal = self.journal
        self.author = self.journal.store.author
        self.notices = [s for s in (self.journal.store.trouble, self.journal.notice, *failures()) if s]
        self._made: dict[str, Panel] = {}
        first = self.journal.store.looks().get("opened", "")
        self.opened = first if first in self.open_offers() else next(iter(self.offers))
        self.observe(self._looked, "opened")

    def open_offers(self) -> dict[str, Offer]:
        """The panels that can be opened now: until there is a sound case, the data alone."""
        return self.offers if self.journal.sound else {k: o for k, o in self.offers.items() if k == "data"}

    def panel(self, key: str) -> Panel:
        """A panel, made now if it has not been opened before; what was asked for last is asked for again."""
        if key not in self._made:
            made = self._made[key] = self.offers[key].load()(self.desk)
            kept = self.journal.store.looks().get(f"panel/{key}")
            if isinstance(kept, dict):
                made.load_state(kept)
            made.observe(lambda change: self._keep(key), list(made.INPUTS))
            made.recall(self.journal.store.answer(key))
            made.observe(lambda change: self.journal.look(f"answer/{key}", change["new"]), "kept")
        return self._made[key]

    def catch_up(self) -> None:
        """The page was opened: show what was done elsewhere since this was made, also what was asked for last."""
        for key, made in self._made.items():
            if made.job.result is None:
                made.recall(self.journal.store.answer(key))
        if not self.journal.catch_up():
            return
        looks = self.journal.store.looks()
        for key, made in self._made.items():
            if isinstance(looks.get(f"panel/{key}"), dict):
                made.load_state(looks[f"panel/{key}"])
        if looks.get("opened") in self.open_offers():
            self.opened = looks["opened"]

    def _keep(self, key: str) -> None:
        self.journal.look(f"panel/{key}", self._made[key].state())

    def _looked(self, change: Any) -> None:
        self.journal.look("opened", change["new"])


def _store_path(case: Case, source: str) -> Path | None:
    where = find_case(source) if source else None
    return store_path(where, case.name)


def mending(path: str | os.PathLike, **options: Any) -> Shell:
    """A workbench for a case with problems, to mend its tables.

    Parameters
    ----------
    path
        Where the case is.
    **options
        As for :class:`Shell`.

    Raises
    ------
    CaseError
        If the files themselves cannot be read as tables.
    FileNotFoundError
        If there is no case.
    """
    where = find_case(path)
    sheets = find_sheets(where)
    empty = Case(sheets.name, {})
    tables = typed_sheets(sheets, typed_case(empty))
    return Shell(empty, str(where), tables=tables, **options)


def case_and_source(case: Case | str | os.PathLike | None) -> tuple[Case, str]:
    """A case, and where it was read from ("" for one that was made in Python).

    Raises
    ------
    CaseError, FileNotFoundError
        As :func:`twinkit.read_case` and :func:`twinkit.content.find_case`.
    """
    if isinstance(case, Case):
        known = case.name in shipped_cases() and read_case(find_case(case.name)) == case
        return case, case.name if known else ""
    name = case or served_case()
    path = find_case(name)
    return read_case(path), str(name) if str(name) in shipped_cases() and not Path(name).exists() else str(path)
