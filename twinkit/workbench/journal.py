"""Between the desk and the store: every move is kept before anybody sees it done.

The journal watches the scenarios of the desk and the tables of the draft.  A change of
either is put into words and saved at once; undo, redo and earlier versions come back the
same way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import traitlets as t

from twinkit.tables.case import Case
from twinkit.tables.look import extra_columns
from twinkit.workbench import scenario_list
from twinkit.workbench.desk import Desk
from twinkit.workbench.differences import in_short, state_words
from twinkit.workbench.draft import Draft, Typed, parts_of, read_anew, read_draft, tables_of
from twinkit.workbench.store import DAMAGED, FAILURES, Store, Unreadable, store_path, unusable


def edits_code(draft: Draft, store: Store, alone: bool = False) -> str:
    """Python that gives the edited case; "" where nothing is edited.

    A store in memory has no file to read them from again.

    Parameters
    ----------
    draft, store
        The tables, and where they are kept.
    alone
        Whether the case on the disk has problems, so that it cannot be read.
    """
    if not draft.changed:
        return ""
    if store.path is None or store.head is None:
        return "# case: with the edits of the page, which are kept in memory only"
    return (
        "from twinkit.workbench.journal import edited\n\n"
        f"case = edited({repr(draft.name) if alone else 'case'}, {str(store.path)!r}, move={store.head})  # {', '.join(draft.changed)}"
    )


def edited(case: Case | str, path: str | Path, move: int | None = None) -> Case:
    """A case with the edits that were made at a workbench.

    Parameters
    ----------
    case
        The case as it is on the disk; or its name, if it has problems there and was mended.
    path
        File of the workbench.
    move
        Number of the move in its history; default: the newest.

    Raises
    ------
    CaseError
        With every problem of the edited tables.
    FileNotFoundError
        If there is no such file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no workbench file {path}")
    store = Store(Path(path), "")
    try:
        tables = tables_of(store.state(move))
    finally:
        store.close()
    if isinstance(case, str):
        return read_draft(tables, case)
    return read_draft(tables, case.name, extra_columns(case))


# --- the journal


AT_ONCE = 3000
"""Rows up to which tables are checked at once; beyond, beside the page after a pause."""

PAUSE = 0.4
"""Quiet time before long tables are checked [s]."""

CAUTION = "The tables have problems (see Data). Studies go on with the last sound case."

MOST_TRIED = 200
"""Moves that are tried, the newest first, where a file is damaged."""


class Journal(t.HasTraits):
    """Keeps what is done at a desk.

    Attributes
    ----------
    desk, draft, store
        What is watched, and where it is kept.
    """

    told = t.Unicode(help="when the last move was kept, or why it was not")
    sound = t.Bool(True, help="whether there is a case that studies can run on")
    failed = t.Bool(False, help="whether the last move could not be kept")
    conflict = t.Unicode(help="sentence about somebody else's changes; '' if there are none")
    notice = t.Unicode(help="sentence about tables that were changed on the disk; '' if there are none")
    moves = t.Int(0, help="how many moves have been made or taken back")

    def __init__(self, desk: Desk, draft: Draft, store: Store, sound: bool = True) -> None:
        super().__init__(sound=sound)
        self.desk, self.draft, self.store = desk, draft, store
        desk.mended = not sound
        self._busy = False
        self._task: asyncio.Task | None = None
        self._last: dict[str, Any] = {}
        self._coded: dict[str, Typed] = {}
        # the newest tables without problems, and the case that they are
        self._sound: tuple[dict[str, Typed], Case] = (draft.tables if sound else {}, desk.case)
        self._open()
        self._opened = self.moves
        desk.observe(self._moved, ["scenarios", "about"])
        draft.observe(self._edited, "tables")
        desk.observe(self._looked, ["chosen", "replications", "seed"])

    def _open(self) -> None:
        if self.store.head is None:
            self._last = self.state()
            self._keep("opened the case")
            self.recheck()
        else:
            self._go_on()
        self._look_again()

    def _go_on(self) -> None:
        """Go on where the store left off, or at the newest state in it that can be read."""
        newest, tables = self.store.head, self.draft.tables
        for move in dict.fromkeys([newest, *(m.id for m in self.store.history(MOST_TRIED))]):
            try:
                self.store.head = move
                self._come_back()
            except DAMAGED:
                continue
            if move != newest:
                when = self.store.move(move).time[:16].replace("T", " ")
                self.notice = f"The newest state in {self.store.path} is damaged. This is the state of {when}. {self.notice}".strip()
            return
        self.store.give_up(unusable(self.store.path, "is damaged"))
        self.draft.tables = tables
        self._open()

    def _look_again(self) -> None:
        """Look at what was looked at last."""
        looks = self.store.looks()
        for name in ("chosen", "replications", "seed"):
            if name in looks:
                try:
                    setattr(self.desk, name, looks[name])
                except t.TraitError:
                    continue
        if self.desk.chosen not in self.desk.scenarios:
            self.desk.chosen = next(iter(self.desk.scenarios))
        if not self.failed:
            self.told = self.store.trouble or "All is saved."
            self.failed = bool(self.store.trouble)

    def catch_up(self) -> bool:
        """Take in what was done elsewhere since this was made, unless something was done here; whether there was anything.

        A kernel that was made ready beforehand waits for its visitor with the state of that time.
        """
        try:
            if self.moves != self._opened or not self.store.behind():
                return False
            self.store.switch(self.store.own_line())
            self._come_back()
        except FAILURES as error:
            self.failed, self.told = True, f"What was done elsewhere cannot be read ({error})."
            return False
        self._look_again()
        self._opened = self.moves
        return True

    def _come_back(self) -> None:
        """Go on where the store left off; tables that were changed on the disk since are read anew."""
        state = self.store.state()
        tables, taken, kept = read_anew(state, self.draft.saved)
        self._take(state, tables)
        if taken:
            self.notice = f"Changed on the disk since you were here, and read anew: {', '.join(taken)}."
            self._last = self.state()
            self._keep(f"read anew from the disk: {', '.join(taken)}")
        if kept:
            said = f"Changed on the disk since you edited them here: {', '.join(kept)}. Your edits are kept; Data shows"
            self.notice = f"{self.notice} {said} what differs.".strip()

    def state(self) -> dict[str, Any]:
        """Everything that moves change, as parts."""
        return {**scenario_list.to_state(self.desk), **parts_of(self.draft)}

    # --- moves

    def _moved(self, change: Any = None) -> None:
        if self._busy:
            return
        self._busy = True  # giving a new scenario its mark is no move of its own
        try:
            state = self.state()
        finally:
            self._busy = False
        if state == self._last:
            return
        words = in_short(self.words(self._last, state))
        self._last = state
        self._keep(words)

    def _edited(self, change: Any = None) -> None:
        self._moved()
        if not self._busy:
            self.recheck()

    def words(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
        """The changes from one state to another in words."""
        return state_words(before, after, self.desk.case)

    def _keep(self, words: str) -> None:
        try:
            conflict = self.store.save(self._last, words)
        except FAILURES as error:
            self.failed = True
            self.told = f"Not saved ({error}). Your work is in this page only: save your scenarios as a file."
        else:
            self._kept()
            if conflict is not None:
                self.conflict = conflict.sentence
                if conflict.together is not None:
                    self._take(conflict.together)
        self.moves += 1

    def _kept(self) -> None:
        self.failed = bool(self.store.trouble)
        self.told = self.store.trouble or f"Saved at {scenario_list.now()[11:19]}."

    # --- the way back

    def undo(self) -> bool:
        """Take the last move back; whether there was one."""
        return self._step(self.store.undo)

    def redo(self) -> bool:
        """Make the move that was taken back again; whether there was one."""
        return self._step(self.store.redo)

    def _step(self, step: Any) -> bool:
        if not step():
            return False
        self._take(self.store.state())
        self._kept()
        self.moves += 1
        return True

    def restore(self, move: int) -> None:
        """Go back to the state after an earlier move; this is a move itself."""
        when = self.store.move(move)
        self._take(self.store.state(move))
        self._keep(f"back to {when.time[:16].replace('T', ' ')} ({when.words})"[:300])

    def keep_version(self, name: str) -> None:
        """Give what is looked at a name."""
        try:
            self.store.name_version(name)
            self._kept()
        except FAILURES as error:
            self.failed, self.told = True, f"Not saved ({error})."
        self.moves += 1

    def switch(self, line: str) -> None:
        """Go on from the newest state of another line."""
        self.store.switch(line)
        self._take(self.store.state())
        self.conflict = ""
        self.moves += 1

    def _take(self, state: Mapping[str, Any], tables: Mapping[str, Typed] | None = None) -> None:
        self._busy = True
        try:
            scenario_list.take_state(self.desk, state)
            self.draft.tables = {**self.draft.saved, **(tables or tables_of(state))}
        finally:
            self._busy = False
        self._last = dict(state)
        self.recheck()

    # --- the case that studies run on

    def recheck(self) -> None:
        """Check the tables; the desk gets the case if they are sound."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self.draft.tables == self._sound[0]:
            self.draft.take([])
            self._take_case(self._sound[1])
            return
        long = sum(len(typed.rows) for typed in self.draft.tables.values()) > AT_ONCE
        try:
            loop = asyncio.get_running_loop() if long else None
        except RuntimeError:
            loop = None
        if loop is not None:
            self._task = loop.create_task(self._recheck_later())
        else:
            self._take_case(self.draft.check())

    async def _recheck_later(self) -> None:
        await asyncio.sleep(PAUSE)
        case, problems = await asyncio.to_thread(self.draft.read)
        self.draft.take(problems)
        self._take_case(case)

    async def settled(self) -> None:
        """Wait until the tables have been checked."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    def _take_case(self, case: Case | None) -> None:
        desk = self.desk
        if case is None:
            desk.caution = CAUTION
            return
        first = {} if self.sound else {n: int(case.settings[n]) for n in ("seed", "replications")}
        self._sound = (self.draft.tables, case)
        with desk.hold_trait_notifications():
            if case is not desk.case and case != desk.case:
                desk.case = case
            if self.draft.tables != self._coded:
                self._coded, desk.edits = self.draft.tables, edits_code(self.draft, self.store, desk.mended)
            desk.caution = ""
            for name, value in first.items():
                setattr(desk, name, value)
        self.sound = True

    def move_beside(self, case: Path) -> None:
        """Go on in a file beside a case that was saved under another name, with all that was done so far."""
        path = store_path(case, case.stem)
        if path is not None:
            try:
                self.store.move_to(path)
            except (*FAILURES, Unreadable) as error:
                self.notice = f"The history stays in {self.store.path}: {error}"

    def saved(self) -> None:
        """The tables have been written to the disk: they are what changes are compared with now."""
        self.draft.saved, self._coded, self.desk.mended = self.draft.tables, {}, False
        self._last = self.state()
        self._keep("saved the case")
        self.recheck()

    # --- what is looked at

    def _looked(self, change: Any) -> None:
        if not self._busy:
            self.look(change["name"], change["new"])

    def look(self, key: str, value: Any) -> None:
        """Keep what is looked at; a failure is said where moves are."""
        try:
            self.store.look(key, value)
        except (*FAILURES, TypeError) as error:  # a panel of somebody else may look at what is no plain data
            self.failed, self.told = True, f"Not saved ({error})."


def journal_of(desk: Desk) -> Journal:
    """The journal of a desk; one that is opened without a page gets one in memory."""
    if desk.journal is None:
        desk.journal = Journal(desk, Draft(desk.case), Store(None, ""))
    return desk.journal
