"""The log of a session: everything that was done, in one SQLite file, on disk before it counts.

The log only grows.  What a session is follows from reading it from the start, so a server
that was killed finds everybody where they were.  An entry may carry a key: a move that is
sent twice (a phone that lost the answer) is written once.
"""

from __future__ import annotations

import json
import sqlite3
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = 1
"""Version of the file; a newer one is refused."""
APPLICATION = 0x74776B74
"""Mark of the file, as SQLite's application_id: "twkt"."""


class WorkshopError(Exception):
    """Why something cannot be done in a workshop: a sentence for the person who asked."""


@dataclass(frozen=True)
class Entry:
    """One thing that was done.

    Attributes
    ----------
    number, at
        Position in the log, and time of day [s since 1970].
    kind, value
        What was done, as plain data.
    """

    number: int
    at: float
    kind: str
    value: dict[str, Any]


def _let_go(db: sqlite3.Connection) -> None:
    with suppress(sqlite3.ProgrammingError):  # of another thread
        db.close()


class Log:
    """An append-only log.

    Parameters
    ----------
    path
        File; made if it is not there.

    Raises
    ------
    WorkshopError
        If the file is no log, or one of a later version.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self.path.touch(mode=0o600)
            self._db = sqlite3.connect(self.path, isolation_level=None)
            weakref.finalize(self, _let_go, self._db)  # who forgets to close it leaves nothing open
            self._open()
        except (sqlite3.Error, OSError) as error:
            if "locked" in str(error):
                raise WorkshopError(f"{self.path} is open in another server. Stop that one first.") from error
            raise WorkshopError(
                f"{self.path} cannot be opened as a workshop ({error}). It is left as it is; name another file."
            ) from error

    def _open(self) -> None:
        db = self._db
        mark, version = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and mark != APPLICATION:
            raise WorkshopError(f"{self.path} is a database of something else. Name another file.")
        if version > FORMAT:
            raise WorkshopError(f"{self.path} was written by a later version of twinkit. Update twinkit to open it.")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")  # an entry is on disk before it is acknowledged
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # one server per session
        with suppress(sqlite3.OperationalError):
            db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute(f"PRAGMA user_version = {FORMAT}")
        db.execute(
            "CREATE TABLE IF NOT EXISTS log (number INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, "
            "value TEXT NOT NULL, key TEXT UNIQUE)"
        )

    def append(self, kind: str, value: Mapping[str, Any], key: str | None = None) -> Entry | None:
        """Write an entry; it is on disk when this returns.

        Returns
        -------
        Entry or None
            None if an entry with this key is there already: nothing is written then.

        Raises
        ------
        WorkshopError
            If the disk does not take it.
        """
        at, text = time.time(), json.dumps(value, ensure_ascii=False, allow_nan=False)
        try:
            row = self._db.execute(
                "INSERT INTO log (at, kind, value, key) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
                (at, kind, text, key),
            )
        except sqlite3.Error as error:
            raise WorkshopError(f"The move could not be saved ({error}), so it does not count. Try again.") from error
        return Entry(int(row.lastrowid), at, kind, json.loads(text)) if row.rowcount else None

    def has(self, key: str) -> bool:
        """Whether an entry with this key is there."""
        return self._db.execute("SELECT 1 FROM log WHERE key = ?", (key,)).fetchone() is not None

    def take_back(self, entry: Entry) -> None:
        """Take out the newest entry, which could not be carried out: it must not stop the next start."""
        self._db.execute("DELETE FROM log WHERE number = ? AND number = (SELECT max(number) FROM log)", (entry.number,))

    def entries(self) -> Iterator[Entry]:
        """All entries in the order in which they were written."""
        for number, at, kind, text in self._db.execute("SELECT number, at, kind, value FROM log ORDER BY number"):
            yield Entry(number, at, kind, json.loads(text))

    def close(self) -> None:
        """Close the file."""
        self._db.close()
