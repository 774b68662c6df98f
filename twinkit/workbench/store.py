"""The file that keeps what is done at a workbench: every move, with its author and time.

A SQLite file with five tables, which docs/workbench.md explains.  A state is a dict of
parts ("scenario/…", "table/stocks/3", …); a move says which parts it left, and parts are
kept once under the digest of their text, so a move costs what it changes.  A line is a
thread of moves: everybody works on the line "main" until two people have changed the same
state, then the later one goes on in a line of their own.  Nothing is ever overwritten.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from twinkit import __version__
from twinkit.apps.kit.log import log_path
from twinkit.apps.kit.visit import KEPT
from twinkit.content import PACKAGE, content_dir

FORMAT = 1
"""Format that this version writes; a file of a later one is left alone."""

MAIN = "main"
"""The line that everybody starts on."""

TABLES = """
create table about (key text primary key, value text not null);
create table parts (digest text primary key, body text not null);
create table moves (id integer primary key autoincrement, parent integer, line text not null, time text not null,
                    author text not null, words text not null, state text not null);
create table lines (name text primary key, head integer, tip integer, version integer not null);
create table versions (name text not null, move integer, time text not null, author text not null);
create table looks (author text not null, key text not null, value text not null, primary key (author, key));
"""


class Unreadable(Exception):
    """Why a file cannot be used: a sentence."""


def author_name() -> str:
    """Who works here: ``TWINKIT_AUTHOR``, the name on a hub, or the account."""
    for name in ("TWINKIT_AUTHOR", "JUPYTERHUB_USER"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"


def store_path(case: Path | None, name: str) -> Path | None:
    """File for a case: beside it, or in the working folder where that is not ours to write.

    Parameters
    ----------
    case
        Folder or workbook of the case; None for a case that was made in Python.
    name
        Name of the case.

    Returns
    -------
    Path or None
        ``TWINKIT_STORE`` names another folder; None where no folder can be written.
    """
    safe = re.sub(r"[^\w.-]+", "_", name).strip("._") or "case"
    if given := os.environ.get("TWINKIT_STORE"):
        return Path(given) / f"{safe}{KEPT}"
    if case is not None and not is_shipped(case) and _writable(case.parent):
        return case.with_name(case.name + KEPT)
    for folder in (Path.cwd(), log_path().parent):
        if not is_shipped(folder) and _writable(folder):
            return folder / f"{safe}{KEPT}"
    return None


def is_shipped(path: Path) -> bool:
    """Whether a place belongs to twinkit itself, where nothing is written."""
    try:
        ours = [PACKAGE, content_dir("data"), content_dir("notebooks")]
    except FileNotFoundError:
        ours = [PACKAGE]
    return any(path.resolve().is_relative_to(folder.resolve()) for folder in ours)


def _writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK)


def open_file(path: Path | None) -> sqlite3.Connection:
    """Open or make a file; None makes one in memory.

    Raises
    ------
    Unreadable
        If there is something that cannot be used; it is left as it is.
    """
    if path is None:
        return _prepared(_connect(":memory:"))
    try:
        db = _connect(path)
    except sqlite3.Error as error:
        raise Unreadable(unusable(path, f"cannot be opened ({error})")) from error
    try:
        return _prepared(db)
    except sqlite3.Error as error:
        db.close()
        raise Unreadable(unusable(path, f"cannot be read ({error})")) from error
    except Unreadable as reason:
        db.close()
        raise Unreadable(unusable(path, str(reason))) from None


def _connect(path: Path | str) -> sqlite3.Connection:
    # the page's callbacks and its studies take turns on one event loop; a thread may close it at the end
    return sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)


def _prepared(db: sqlite3.Connection) -> sqlite3.Connection:
    known = {row[0] for row in db.execute("select name from sqlite_master where type = 'table'")}
    if "about" in known:
        found = dict(db.execute("select key, value from about"))
        if int(found.get("format", 0)) > FORMAT:
            raise Unreadable(f"was written by a newer twinkit ({found.get('twinkit', '?')})")
        if [row[0] for row in db.execute("pragma quick_check(1)")] != ["ok"]:
            raise Unreadable("is damaged")
    elif known:
        raise Unreadable("is a database of something else")
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    if not known:
        _make(db)
    return db


def _make(db: sqlite3.Connection) -> None:
    db.execute("begin immediate")  # somebody else may be making the same file
    if not db.execute("select name from sqlite_master where name = 'about'").fetchone():
        for command in filter(str.strip, TABLES.split(";")):
            db.execute(command)
        db.executemany("insert into about values (?, ?)", [("format", str(FORMAT)), ("twinkit", __version__)])
        db.execute("insert into lines values (?, null, null, 0)", (MAIN,))
    db.execute("commit")


def unusable(path: Path | None, what: str) -> str:
    """Why work goes on in memory, and what to do."""
    return (
        f"The file {path} {what}. It is left as it is; what you do here is kept in memory only, until the page is "
        "closed. Move the file away to start a new one, or save your scenarios as a file."
    )


# --- the history


State = Mapping[str, Any]
"""Name of a part → plain data."""


class Move(NamedTuple):
    """One entry of the history."""

    id: int
    parent: int | None
    line: str
    time: str
    author: str
    words: str


class Conflict(NamedTuple):
    """Somebody else has changed the same state: both are kept.

    Attributes
    ----------
    theirs, mine
        Their newest move, and mine: on a line of its own, or after theirs where both changed different things.
    together
        The state with the changes of both; None where both changed the same.
    """

    theirs: Move
    mine: Move
    together: dict[str, Any] | None = None

    @property
    def sentence(self) -> str:
        """What happened, and where both versions are."""
        if self.together is not None:
            return (f"{self.theirs.author} changed this case at {self.theirs.time[11:16]} ({self.theirs.words}) while you worked on it. "
                    "Both changes are kept, and this page shows them together.")  # fmt: skip
        return (
            f"{self.theirs.author} changed this case at {self.theirs.time[11:16]} ({self.theirs.words}) while you worked "
            f"on it. Both are kept: theirs is the version “{self.theirs.line}”, yours ({self.mine.words}) goes on "
            f"as the version “{self.mine.line}”. Choose under History which one to look at."
        )


def together(base: State, theirs: State, mine: State) -> dict[str, Any] | None:
    """A state with the changes of two people; None where both changed the same scenario, table or other part.

    Parameters
    ----------
    base, theirs, mine
        What both began with, and what each of them made of it.
    """
    def changed(state: State) -> set[str]:
        return {k for k in {*state, *base} - {"scenarios"} if state.get(k) != base.get(k)}

    def whole(names: set[str]) -> set[str]:
        return {"/".join(n.split("/")[:2]) for n in names}  # a row that is added moves all blocks of its table

    own = changed(mine)
    if whole(own) & whole(changed(theirs)):
        return None
    found = {k: v for k, v in {**theirs, **{k: mine[k] for k in own if k in mine}}.items() if k not in own or k in mine}
    before, there, here = (list(s.get("scenarios", ())) for s in (base, theirs, mine))
    order = [i for i in there if i in here or i not in before]
    order += [i for i in here if i not in before and i not in there]
    taken: set[str] = set()
    for part in (f"scenario/{i}" for i in order):
        name = wish = found[part]["name"]
        number = 2
        while name in taken:
            name, number = f"{wish} {number}", number + 1
        taken.add(name)
        found[part] = {**found[part], "name": name}
    return {**found, "scenarios": order} if order or before else found


class Store:
    """The history of one workbench file, as seen by one person.

    Parameters
    ----------
    path
        The file; None keeps everything in memory.
    author
        Who works here.

    Attributes
    ----------
    trouble
        Sentence why the file could not be used and work goes on in memory; "" if all is well.
    line, head
        The thread of moves that is worked on, and the move that is looked at (None before the first).
    """

    def __init__(self, path: Path | None, author: str) -> None:
        self.path, self.author, self.trouble = path, author, ""
        self.line, self.head, self._db = MAIN, None, None
        try:
            self._db = open_file(path)
            self.switch(self.own_line())
        except Unreadable as error:
            self.give_up(str(error))
        except DAMAGED:
            if self._db is not None:
                self.close()
            self.give_up(unusable(path, "is damaged"))

    def give_up(self, why: str) -> None:
        """Go on in memory; the file is left as it is."""
        self.path, self.trouble = None, why
        self._db = open_file(None)
        self.switch(MAIN)

    def move_to(self, path: Path) -> None:
        """Go on in a copy of the file at another place; a file that is there already is left alone.

        Raises
        ------
        sqlite3.Error
            If the copy cannot be written; the store goes on where it was.
        """
        if self.path is None or path == self.path or path.exists():
            return
        self._db.execute("vacuum into ?", (str(path),))
        db = open_file(path)
        self._db.close()
        self._db, self.path = db, path

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    # --- reading

    def state(self, move: int | None = None) -> dict[str, Any]:
        """Every part of a move; by default of the one that is looked at, {} before the first."""
        move = self.head if move is None else move
        if move is None:
            return {}
        found = self._one("select state from moves where id = ?", move)
        digests: dict[str, str] = json.loads(found[0])
        if not isinstance(digests, dict):
            raise ValueError("a state is a dict of parts")
        wanted = list(set(digests.values()))
        bodies: dict[str, Any] = {}
        for at in range(0, len(wanted), 500):
            some = wanted[at : at + 500]
            marks = ",".join("?" * len(some))
            rows = self._all(f"select digest, body from parts where digest in ({marks})", *some)
            if any(digest_of(body) != digest for digest, body in rows):
                raise ValueError("a part is not what was kept")
            bodies |= {digest: json.loads(body) for digest, body in rows}
        return {name: bodies[digest] for name, digest in digests.items()}

    def move(self, number: int) -> Move:
        """An entry of the history."""
        return Move(*self._one("select id, parent, line, time, author, words from moves where id = ?", number))

    def history(self, most: int = 50) -> list[Move]:
        """The newest moves of all lines, newest first."""
        rows = self._all("select id, parent, line, time, author, words from moves order by id desc limit ?", most)
        return [Move(*row) for row in rows]

    def lines(self) -> list[str]:
        """Names of the lines, oldest first."""
        return [row[0] for row in self._all("select name from lines order by rowid")]

    def versions(self) -> list[tuple[str, int, str, str]]:
        """Versions that were given a name: name, move, time, author; newest first."""
        return self._all("select name, move, time, author from versions order by rowid desc")

    # --- writing

    def save(self, state: State, words: str) -> Conflict | None:
        """Keep a state as the next move; it is on the disk when this returns.

        Returns
        -------
        Conflict or None
            Both moves, if somebody else has moved since: this one went on after theirs with the changes of both
            (:func:`together`), or opened a line of its own where both changed the same.

        Raises
        ------
        sqlite3.Error
            If the file cannot be written; the store is as it was.
        """
        with self._writing():
            version, head, tip = self._one("select version, head, tip from lines where name = ?", self.line)
            theirs = self.move(tip if head is None else head) if version != self._version and tip is not None else None
            both = together(self.state(), self.state(theirs.id), state) if theirs is not None else None
            if both is not None:
                self.head, state, line = theirs.id, both, self.line
            elif theirs is not None:
                self._db.execute("insert into lines values (?, ?, ?, 0)", (self._new_line(), self.head, self.head))
                line, version = self._new_line_made, 0
            else:
                line = self.line
            number = self._insert(state, words, line)
            self._point(line, number, number, version + 1)
        self.line, self.head, self._version = line, number, version + 1
        return Conflict(theirs, self.move(number), both) if theirs else None

    def can_undo(self) -> bool:
        """Whether there is a move to take back."""
        return self.head is not None and self.move(self.head).parent is not None

    def undo(self) -> bool:
        """Look at the move before; whether there was one (and nobody else has moved)."""
        if self.head is None or self._changed_elsewhere():
            return False
        parent = self.move(self.head).parent
        if parent is None:
            return False
        self._look(parent)
        return True

    def redo(self) -> bool:
        """Look at the move after, once one was undone; whether there was one."""
        after = self.next_move()
        if after is None or self._changed_elsewhere():
            return False
        self._look(after)
        return True

    def next_move(self) -> int | None:
        """The move that redo would go to."""
        at = self._one("select tip from lines where name = ?", self.line)[0]
        while at is not None and at != self.head:
            parent = self.move(at).parent
            if parent == self.head:
                return at
            at = parent
        return None

    def switch(self, line: str) -> None:
        """Work on another line from its newest state."""
        found = self._one("select version, head from lines where name = ?", line)
        self.line, self._version, self.head = line, found[0], found[1]

    def name_version(self, name: str) -> None:
        """Give the state that is looked at a name."""
        with self._writing():
            self._db.execute("insert into versions values (?, ?, ?, ?)", (name, self.head, _now(), self.author))

    def look(self, key: str, value: Any) -> None:
        """Keep what somebody looks at (the open tab, say); it is no move, and theirs alone."""
        with self._writing():
            self._db.execute("insert or replace into looks values (?, ?, ?)", (self.author, key, json.dumps(value)))

    def looks(self) -> dict[str, Any]:
        """What this author looked at last."""
        found = {}
        for key, value in self._all("select key, value from looks where author = ? and key not like 'answer/%'", self.author):
            with suppress(ValueError, TypeError):  # what was looked at is not worth a complaint
                found[key] = json.loads(value)
        return found

    def answer(self, panel: str) -> Any:
        """What a panel answered this author last; None if that is not known."""
        found = self._all("select value from looks where author = ? and key = ?", self.author, f"answer/{panel}")
        with suppress(ValueError, TypeError):
            return json.loads(found[0][0]) if found else None

    # --- inside

    def behind(self) -> bool:
        """Whether the line was changed since it was read here, or its author has gone on in another one."""
        return self.own_line() != self.line or self._changed_elsewhere()

    def own_line(self) -> str:
        """The line of the author's last move."""
        found = self._all("select line from moves where author = ? order by id desc limit 1", self.author)
        return found[0][0] if found else MAIN

    def _changed_elsewhere(self) -> bool:
        return self._one("select version from lines where name = ?", self.line)[0] != self._version

    def _look(self, number: int) -> None:
        with self._writing():
            self._db.execute(
                "update lines set head = ?, version = ? where name = ?", (number, self._version + 1, self.line)
            )
        self.head, self._version = number, self._version + 1

    def _insert(self, state: State, words: str, line: str) -> int:
        bodies = {name: json.dumps(part, ensure_ascii=False, allow_nan=False) for name, part in state.items()}
        digests = {name: digest_of(body) for name, body in bodies.items()}
        rows = [(digests[name], body) for name, body in bodies.items()]
        self._db.executemany("insert or ignore into parts values (?, ?)", rows)
        row = (self.head, line, _now(), self.author, words, json.dumps(digests, ensure_ascii=False))
        made = self._db.execute(
            "insert into moves (parent, line, time, author, words, state) values (?, ?, ?, ?, ?, ?)", row
        )
        return int(made.lastrowid)

    def _point(self, line: str, head: int, tip: int, version: int) -> None:
        values = (head, tip, version, line)
        self._db.execute("update lines set head = ?, tip = ?, version = ? where name = ?", values)

    def _new_line(self) -> str:
        base, taken = f"{self.author}, {_now()[:16].replace('T', ' ')}", set(self.lines())
        names = [base, *(f"{base} ({n})" for n in range(2, len(taken) + 3))]
        self._new_line_made = next(n for n in names if n not in taken)
        return self._new_line_made

    @contextmanager
    def _writing(self):
        """One transaction: on the disk whole, or not at all."""
        self._db.execute("begin immediate")
        try:
            yield
            self._db.execute("commit")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("rollback")
            raise

    def _one(self, query: str, *values: Any) -> Any:
        with closing(self._db.execute(query, values)) as found:
            return found.fetchone()

    def _all(self, query: str, *values: Any) -> list[Any]:
        with closing(self._db.execute(query, values)) as found:
            return found.fetchall()


def digest_of(body: str) -> str:
    """The name under which the text of a part is kept."""
    return hashlib.blake2b(body.encode(), digest_size=12).hexdigest()


def _now() -> str:
    return datetime.now().isoformat(timespec="seconds")


FAILURES = (sqlite3.Error, OSError)
"""What a store may raise when its file cannot be written."""
DAMAGED = (*FAILURES, ValueError, KeyError, TypeError, AttributeError, IndexError)
"""What reading a state may raise whose bytes were altered."""
