"""The feed: an append-only file in which everything that arrived is kept before it is acknowledged.

A SQLite file (write-ahead log, synchronous): every row that arrived stands in ``arrived`` once, the ones that are no
readings too, with the sentence that says why; nothing in it is ever changed or deleted (triggers see to that).  What
arrives twice is counted and not kept again.  What the readings come to is worked out from the file whenever it is
asked for, so after a crash, or on another computer, the same file gives the same state.
"""

from __future__ import annotations

import json
import math
import sqlite3
import time
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import Any

import pandas as pd

from twinkit.capabilities.live.readings import LONGEST, Reader, Wrong, digest_of, wall_period
from twinkit.tables.case import Case
from twinkit.words import counted, one_line

AT_A_TIME = 5000
"""Rows that are kept in one transaction."""
NOTICES = "notices"
"""Sort of note that says how many periods notices of shipments may take."""
CLOCK = "clock"
"""Sort of note that says that readings have a clock of their own."""
_TABLES = """
CREATE TABLE IF NOT EXISTS arrived (
  n INTEGER PRIMARY KEY AUTOINCREMENT, received REAL NOT NULL, source TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL,
  kind TEXT NOT NULL, period INTEGER NOT NULL, place TEXT NOT NULL, units REAL, error REAL, shipment TEXT NOT NULL, due INTEGER NOT NULL,
  revision REAL NOT NULL, sent TEXT NOT NULL, event TEXT NOT NULL, late INTEGER NOT NULL, says TEXT NOT NULL, body TEXT NOT NULL,
  UNIQUE (key, digest));
CREATE INDEX IF NOT EXISTS by_period ON arrived (period);
CREATE TABLE IF NOT EXISTS twice (source TEXT PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS position (source TEXT PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS notes (n INTEGER PRIMARY KEY AUTOINCREMENT, made REAL NOT NULL, what TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (what, name));
CREATE TRIGGER IF NOT EXISTS arrived_stays BEFORE UPDATE ON arrived BEGIN SELECT RAISE(ABORT, 'what arrived is not changed'); END;
CREATE TRIGGER IF NOT EXISTS arrived_is_kept BEFORE DELETE ON arrived BEGIN SELECT RAISE(ABORT, 'what arrived is not deleted'); END;
CREATE TRIGGER IF NOT EXISTS notes_stay BEFORE UPDATE ON notes BEGIN SELECT RAISE(ABORT, 'a note is not changed'); END;
"""
_COUNTS = """
SELECT n, source, key, kind, period, place, units, error, shipment, due, event FROM arrived a
WHERE says = '' AND {which} AND NOT EXISTS (
  SELECT 1 FROM arrived b WHERE b.key = a.key AND b.says = '' AND (b.revision, b.sent, b.n) > (a.revision, a.sent, a.n))
ORDER BY period, kind, place, key
"""


@dataclass
class Taken:
    """What became of some rows that arrived.

    Attributes
    ----------
    arrived, new, twice, corrected, late, refused
        Rows; readings that are new; that were there already; that correct another; that are of a period before the
        latest one that had been read; that are none.
    says
        Sentences on what was refused, the first of them.
    """

    arrived: int = 0
    new: int = 0
    twice: int = 0
    corrected: int = 0
    late: int = 0
    refused: int = 0
    says: list[str] = field(default_factory=list)

    def add(self, other: Taken) -> Taken:
        """With what became of further rows."""
        for name in ("arrived", "new", "twice", "corrected", "late", "refused"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.says = [*self.says, *other.says][:MOST_SAID]
        return self

    def sentence(self) -> str:
        """In words."""
        parts = [f"{self.new} new", f"{self.twice} that had come before", f"{self.corrected} that correct another", f"{self.late} late", f"{self.refused} refused"]
        return f"{counted(self.arrived, 'row')} arrived: {', '.join(parts)}."


def storable(text: str) -> str:
    r"""A text in which halves of characters, which no file can keep, are written out.

    >>> storable("caf\xe9"), storable("half" + chr(0xD800))
    ('caf\xe9', 'half\\ud800')
    """
    return text.encode("utf-8", "backslashreplace").decode()


MOST_SAID = 20
"""Sentences that are given back at a time."""


class Feed:
    """The readings of a case, kept in a file.

    Parameters
    ----------
    path
        The SQLite file; it is made where there is none.
    case
        What is read.

    Raises
    ------
    ValueError
        If the file is something else.
    """

    def __init__(self, path: str | Path, case: Case) -> None:
        self.path, self.case, self.reader = Path(path), case, Reader(case)
        self._lock = RLock()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(self.path, timeout=30.0, check_same_thread=False, isolation_level=None)
            weakref.finalize(self, self._db.close)  # who forgets to close it leaves nothing open
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_TABLES)
        except sqlite3.DatabaseError as error:
            raise ValueError(f"{self.path.name} is no file of readings ({error}): give another name, or move it away") from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- what arrives

    def take(self, rows: Iterable[Any], source: str, position: str | None = None) -> Taken:
        """Keep rows; when this returns they are on the disk.

        Parameters
        ----------
        rows
            Objects as :class:`~twinkit.capabilities.live.readings.Readings` declares them, or texts that could not even be read.
        source
            Where they come from.
        position
            How far the source has been read with them; kept in the same transaction, so nothing is lost or read anew.

        Returns
        -------
        Taken
            What became of them.
        """
        found, rest = Taken(), iter(rows)
        part = list(islice(rest, AT_A_TIME))
        while True:
            following = list(islice(rest, AT_A_TIME))
            if part or position is not None:
                found.add(self._keep(part, source, None if following else position))
            if not following:
                return found
            part = following

    def _keep(self, rows: list[Any], source: str, position: str | None) -> Taken:
        wall = self.wall()
        latest = math.inf if wall is None or wall < 0 else wall + 1  # another time zone may have tomorrow already
        made = [self._row(row, source, latest) for row in rows]
        found = Taken(len(rows))
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                newest = self.newest()
                there = self._there({entry[3] for entry in made})
                fresh = []
                for entry in made:
                    same = there.setdefault(entry[3], set())
                    if entry[4] in same:
                        found.twice += 1
                        continue
                    late = int(not entry[16] and entry[6] < newest)
                    fresh.append((*entry[:15], late, *entry[16:]))
                    if entry[16]:
                        found.refused += 1
                        found.says.append(entry[16])
                    else:
                        found.late += late
                        found.corrected += bool(same)
                        found.new += not same
                    same.add(entry[4])
                self._db.executemany(f"INSERT INTO arrived VALUES ({', '.join('?' * 18)})", fresh)
                if found.twice:
                    self._db.execute("INSERT INTO twice VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET n = n + excluded.n", (source, found.twice))
                if position is not None:
                    self._db.execute("INSERT INTO position VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET at = excluded.at", (source, position))
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
        found.says = found.says[:MOST_SAID]
        return found

    def _there(self, keys: set[str]) -> dict[str, set[str]]:
        """Name of a reading → digests of what is there of it."""
        found: dict[str, set[str]] = {}
        names = list(keys)
        for a in range(0, len(names), 500):
            part = names[a : a + 500]
            for key, digest in self._db.execute(f"SELECT key, digest FROM arrived WHERE key IN ({', '.join('?' * len(part))})", part):
                found.setdefault(key, set()).add(digest)
        return found

    def wall(self) -> int | None:
        """Period of today; None where the case has no dates, or its readings are those of a demonstration, which has a clock of its own."""
        return None if any(self.notes(CLOCK)) else wall_period(self.case)

    def _row(self, row: Any, source: str, latest: float) -> tuple:
        body = row if isinstance(row, str) else ""
        try:
            body = storable(body or json.dumps(row, default=str, ensure_ascii=False))
            if isinstance(row, str):
                raise Wrong(f"it cannot be read: {one_line(row, 80)}")
            r = self.reader.read(row)
            if r.period > latest:
                raise Wrong(f"at is {row.get('at')}, which is in the future: is the clock of who sends it right?")
        except (Wrong, RecursionError) as error:
            wrong = str(error) if isinstance(error, Wrong) else "it cannot be read: lists in lists, too many"
            try:
                digest = digest_of(row)
            except RecursionError:
                digest = digest_of(body or wrong)
            return (None, time.time(), source, f"refused {digest}", digest, "", -1, "", None, None, "", -1, 0.0, "", "", 0, one_line(wrong, 600), body[:LONGEST])
        units = None if r.units != r.units else r.units
        return (None, time.time(), source, r.key, r.digest, r.kind, r.period, json.dumps(r.place), units, r.error, r.shipment, r.due,
                r.revision, r.sent, r.event, 0, "", body[:LONGEST])  # fmt: skip

    def position(self, source: str) -> str | None:
        """How far a source has been read; None if it never was."""
        with self._lock:
            row = self._db.execute("SELECT at FROM position WHERE source = ?", (source,)).fetchone()
        return row[0] if row else None

    # --- what they come to

    def newest(self) -> int:
        """Latest period that was read; -1 without a reading."""
        with self._lock:
            return int(self._db.execute("SELECT COALESCE(MAX(period), -1) FROM arrived WHERE says = ''").fetchone()[0])

    def late(self, kind: str) -> float:
        """Share of the readings of a kind that came once readings of a later period had been kept; 0 without one."""
        with self._lock:
            return float(self._db.execute("SELECT COALESCE(AVG(late), 0) FROM arrived WHERE says = '' AND kind = ?", (kind,)).fetchone()[0])

    @property
    def notices(self) -> int:
        """Periods that notices of shipments may take, as a person has said [periods]; 0 where nobody has."""
        return int(next(reversed(list(self.notes(NOTICES))), ("", 0))[1])

    def allow_late(self, periods: int) -> None:
        """Say how many periods notices of shipments may take: until then nobody's word is no word."""
        if periods != self.notices:
            self.note(NOTICES, f"{sum(1 for _ in self.notes(NOTICES))}", int(periods))

    def last(self) -> int:
        """Number of the last row that arrived: it changes whenever the readings may have changed."""
        with self._lock:
            return int(self._db.execute("SELECT COALESCE(MAX(n), 0) FROM arrived").fetchone()[0])

    def changed(self, after: int) -> int | None:
        """First period of which rows that arrived after a number may have changed what was read; None if there is none."""
        with self._lock:
            found = self._db.execute(
                "SELECT MIN(period) FROM arrived WHERE says = '' AND key IN (SELECT key FROM arrived WHERE n > ? AND says = '')", (after,)
            ).fetchone()[0]
        return None if found is None else int(found)

    def readings(self, since: int = 0, kinds: tuple[str, ...] = ()) -> pd.DataFrame:
        """Every reading that counts: of those with one name the one of the highest revision, else sent last, else arrived last.

        Parameters
        ----------
        since
            First period.
        kinds
            Kinds of readings; by default all.

        Returns
        -------
        DataFrame
            n, source, key, kind, period, place (tuple), units, error, shipment, due, event; in the order of periods.
        """
        which = "period >= ?" + (f" AND kind IN ({', '.join('?' * len(kinds))})" if kinds else "")
        with self._lock:
            frame = pd.read_sql_query(_COUNTS.format(which=which), self._db, params=(since, *kinds))
        places = {text: tuple(json.loads(text)) for text in frame["place"].unique()}
        frame["place"] = frame["place"].map(places).astype(object)
        return frame

    def counts(self) -> pd.DataFrame:
        """By source: rows kept, readings, corrections, late ones, refused ones, and how often something came again."""
        with self._lock:
            frame = pd.read_sql_query(
                "SELECT a.source AS source, COUNT(*) AS kept, SUM(says = '') AS readings, SUM(late) AS late, SUM(says <> '') AS refused, "
                "MAX(CASE WHEN says = '' THEN period END) AS latest FROM arrived a GROUP BY a.source ORDER BY a.source", self._db,
            )  # fmt: skip
            twice = dict(self._db.execute("SELECT source, n FROM twice").fetchall())
            fixed = dict(self._db.execute(
                "SELECT source, COUNT(*) FROM arrived a WHERE says = '' AND EXISTS (SELECT 1 FROM arrived b WHERE b.key = a.key AND b.says = '' AND b.n < a.n) GROUP BY source"
            ).fetchall())  # fmt: skip
        for source in sorted(set(twice) - set(frame["source"])):
            frame.loc[len(frame)] = [source, 0, 0, 0, 0, None]
        frame["corrected"] = [int(fixed.get(s, 0)) for s in frame["source"]]
        frame["twice"] = [int(twice.get(s, 0)) for s in frame["source"]]
        return frame

    def refused(self, most: int = MOST_SAID) -> pd.DataFrame:
        """The last rows that are no readings: n, source, says, body."""
        with self._lock:
            return pd.read_sql_query("SELECT n, source, says, body FROM arrived WHERE says <> '' ORDER BY n DESC LIMIT ?", self._db, params=(most,))

    # --- what the twin has said of the future, and what was decided

    def note(self, what: str, name: str, body: Any) -> bool:
        """Keep something that the twin or a person has said, once; False if it was there already."""
        with self._lock:
            made = self._db.execute("INSERT OR IGNORE INTO notes (made, what, name, body) VALUES (?, ?, ?, ?)",
                                    (time.time(), what, name, json.dumps(body, ensure_ascii=False, allow_nan=False)))  # fmt: skip
            return made.rowcount > 0

    def notes(self, what: str) -> Iterator[tuple[str, Any]]:
        """Name and content of all that was noted of a sort, the oldest first."""
        with self._lock:
            rows = self._db.execute("SELECT name, body FROM notes WHERE what = ? ORDER BY n", (what,)).fetchall()
        for name, body in rows:
            yield name, json.loads(body)
