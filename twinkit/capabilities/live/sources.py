"""Where readings come from: a watched folder, a table of a database, messages of a broker."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from twinkit.capabilities.live.feed import Feed, Taken, storable
from twinkit.capabilities.live.readings import LONGEST, digest_of

AT_ONCE = 20_000
"""Rows that are read of a table at a time."""
BYTES_AT_ONCE = 8 * 2**20
"""Bytes that are read of a file at a time."""
HEAD = 4096
"""Bytes at the start of a file by which it is known again."""
QUIET = 10.0
"""Seconds without a change after which a last line without a line end is whole."""
PASSWORD, AUTHORITY = "TWINKIT_MQTT_PASSWORD", "TWINKIT_MQTT_CA"
"""Environment variables: password at the broker, and the file of the authority that has signed its certificate, where the system does not know it."""


class Source(Protocol):
    """Something that is asked again and again for what is new."""

    name: str

    def poll(self, feed: Feed) -> Taken:
        """Take what is new into a feed."""
        ...


class SourceError(Exception):
    """A source that cannot be read now; the message is a sentence."""


# --- a folder


class Folder:
    """CSV files (``.csv``, with a header) and files of JSON lines (``.jsonl``, ``.json``) that are added or grow.

    Whole lines are read, and the last one without a line end once the file has not changed for :data:`QUIET` seconds.  How
    far is kept with the readings.  A file that was written anew is read anew: it is shorter, or begins in another way.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path, self.name = Path(path), f"folder {Path(path).name}"
        if not self.path.is_dir():
            raise SourceError(f"there is no folder {path} to watch")

    def poll(self, feed: Feed) -> Taken:
        """Take what is new."""
        found = Taken()
        for file in sorted(self.path.iterdir()):
            if file.suffix.lower() in (".csv", ".jsonl", ".json", ".ndjson") and file.is_file():
                while self._some(file, feed, found):
                    pass
        return found

    def _some(self, file: Path, feed: Feed, found: Taken) -> bool:
        """Take the next part of a file; whether there was one."""
        source = storable(f"{self.name}/{file.name}")
        at, header, between, begins = [*json.loads(feed.position(source) or "[0, null]"), None, None][:4]
        try:
            with file.open("rb") as stream:
                state, start = os.fstat(stream.fileno()), stream.read(HEAD)
                if state.st_size < at or (begins and begins != digest_of(start[:at].decode("latin-1"))):
                    at, header, between = 0, None, None
                stream.seek(at)
                data = stream.read(BYTES_AT_ONCE)
        except OSError as error:
            raise SourceError(f"{file.name} cannot be read: {error.strerror}") from error
        last = at + len(data) >= state.st_size and time.time() - state.st_mtime > QUIET
        end = len(data) if last else data.rfind(b"\n") + 1
        if not data or (not end and len(data) < BYTES_AT_ONCE):
            return False
        data = data[: end or len(data)]
        lines = lines_of(data.decode("utf-8-sig" if at == 0 else "utf-8", "replace"))
        if file.suffix.lower() == ".csv":
            if header is None and lines:
                between = max((",", ";", "\t"), key=lines[0].count)
                header = _cells(lines.pop(0), between)
            rows: list[Any] = [_record(header, line, between or ",") for line in lines]
        else:
            rows = [read_json(line) for line in lines]
        at += len(data)
        found.add(feed.take(rows, source, json.dumps([at, header, between, digest_of(start[:at].decode("latin-1"))])))
        return True


def lines_of(text: str) -> list[str]:
    """Lines of a text that are not empty; other signs that some take for an end of a line may stand in a name."""
    return [line for line in re.split(r"[\r\n]+", text) if line.strip()]


def _cells(line: str, between: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=between), [])]
    except csv.Error:
        return []


def _record(header: list[str], line: str, between: str) -> Any:
    cells = _cells(line, between)
    return line[:LONGEST] if len(cells) > len(header) else dict(zip(header, cells, strict=False))


def read_json(line: str) -> Any:
    """The object that a line of JSON is; the line itself if it is none, so that it can be refused with a sentence."""
    try:
        found = json.loads(line, parse_constant=lambda name: name)
    except (ValueError, RecursionError):
        return line[:LONGEST]
    return found if isinstance(found, dict) else line[:LONGEST]


# --- tables of databases


class SqliteTable:
    """A table of a SQLite file to which rows are added; its columns are those of a reading.

    Parameters
    ----------
    path, table
        The file (opened for reading only) and the table.
    """

    def __init__(self, path: str | Path, table: str = "readings") -> None:
        self.path, self.table, self.name = Path(path), table, f"table {table} of {Path(path).name}"
        if not self.path.is_file():
            raise SourceError(f"there is no SQLite file {path}")

    def poll(self, feed: Feed) -> Taken:
        """Take rows that were added since."""
        found = Taken()
        try:
            with closing(sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True, timeout=5.0)) as db:
                db.row_factory = sqlite3.Row
                quoted = '"' + self.table.replace('"', '""') + '"'
                while True:
                    at = int(feed.position(self.name) or 0)
                    rows = db.execute(f"SELECT rowid AS __at, * FROM {quoted} WHERE rowid > ? ORDER BY rowid LIMIT ?", (at, AT_ONCE)).fetchall()
                    if not rows:
                        return found
                    found.add(feed.take([{k: r[k] for k in r.keys() if k != "__at"} for r in rows], self.name, str(rows[-1]["__at"])))  # noqa: SIM118 (a Row iterates over values)
        except sqlite3.Error as error:
            raise SourceError(f"the {self.name} cannot be read: {error}") from error


class PostgresTable:
    """A table of PostgreSQL with a column that rises with every row; needs pg8000 (``pip install "twinkit[live]"``).

    Parameters
    ----------
    address
        ``postgresql://user@host:port/database?table=readings&column=n``; the password comes from ``PGPASSWORD``.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        wanted = dict(parse_qsl(parts.query))
        self.table, self.column = wanted.get("table", "readings"), wanted.get("column", "n")
        self.given = {"user": unquote(parts.username or "postgres"), "host": parts.hostname or "localhost", "port": parts.port or 5432,
                      "database": parts.path.lstrip("/") or "postgres", "timeout": 10}  # fmt: skip
        self.name = f"table {self.table} of PostgreSQL {self.given['host']}/{self.given['database']}"
        if not find_spec("pg8000"):
            raise SourceError('pg8000 is not installed, and PostgreSQL needs it: pip install "twinkit[live]"')

    def poll(self, feed: Feed) -> Taken:
        """Take rows that were added since."""
        import pg8000.native as pg

        found, table = Taken(), ".".join(pg.identifier(part) for part in self.table.split("."))
        query = f"SELECT * FROM {table} WHERE {pg.identifier(self.column)} > :at ORDER BY {pg.identifier(self.column)} LIMIT {AT_ONCE}"
        try:
            db = pg.Connection(**self.given, password=os.environ.get("PGPASSWORD"))
            try:
                while rows := db.run(query, at=int(feed.position(self.name) or 0)):
                    names = [c["name"] for c in db.columns]
                    records = [dict(zip(names, row, strict=True)) for row in rows]
                    last = str(records[-1][self.column])
                    found.add(feed.take([{k: _plain(v) for k, v in r.items() if k != self.column} for r in records], self.name, last))
            finally:
                db.close()
        except (pg.DatabaseError, pg.InterfaceError, OSError) as error:
            raise SourceError(f"the {self.name} cannot be read: {error}") from error
        return found


def _plain(value: Any) -> Any:
    """A value of a database as JSON has it."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


# --- messages


class Mqtt:
    """Messages of an MQTT broker, one JSON object each; needs paho (``pip install "twinkit[live]"``).

    The session stays at the broker and a message is acknowledged once it is on the disk, so with QoS 1 nothing is lost
    while the twin is away, and what comes twice is counted once.

    Parameters
    ----------
    address
        ``mqtt://user@host:port/topic/#``, or ``mqtts://`` for an encrypted connection; the password comes from :data:`PASSWORD`.
    client
        Name of the session at the broker.
    """

    def __init__(self, address: str, client: str = "twinkit") -> None:
        parts = urlsplit(address)
        self.secure, self.user = parts.scheme == "mqtts", unquote(parts.username or "")
        self.host, self.port = parts.hostname or "localhost", parts.port or (8883 if self.secure else 1883)
        self.topic = parts.path.lstrip("/") + (f"#{parts.fragment}" if "#" in address else "")
        self.name, self.client_name = f"messages {self.topic} of {self.host}", client
        if not find_spec("paho"):
            raise SourceError('paho-mqtt is not installed, and MQTT needs it: pip install "twinkit[live]"')
        self._client: Any = None
        self._waiting: list[Any] = []
        self._refused = ""

    def poll(self, feed: Feed) -> Taken:
        """Take the messages that have come; connects anew where the broker was away."""
        import paho.mqtt.client as mqtt

        if self._client is None:
            client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=self.client_name, clean_session=False, manual_ack=True)
            client.on_connect = self._connected
            if self.user:
                client.username_pw_set(self.user, os.environ.get(PASSWORD))
            client.on_message = lambda c, u, message: self._waiting.append(message)
            client.reconnect_delay_set(1, 10)
            try:
                if self.secure:
                    client.tls_set(os.environ.get(AUTHORITY))
                client.connect(self.host, self.port, keepalive=30)
            except OSError as error:
                raise SourceError(f"the broker of {self.name} does not answer: {error}") from error
            client.loop_start()
            self._client = client
        waiting, self._waiting = self._waiting, []
        found = feed.take([read_json(m.payload.decode("utf-8", "replace")) for m in waiting], self.name)
        for message in waiting:  # only now that it is on the disk
            self._client.ack(message.mid, message.qos)
        if not self._client.is_connected():
            why = f"lets nobody in: {self._refused}" if self._refused else "is away; what it keeps comes once it is back"
            raise SourceError(f"the broker of {self.name} {why}")
        return found

    def _connected(self, client: Any, data: Any, flags: Any, reason: Any, *_: Any) -> None:
        self._refused = str(reason) if reason.is_failure else ""
        if not self._refused:
            client.subscribe(self.topic, qos=1)

    def close(self) -> None:
        """Leave the broker; the session stays."""
        if self._client is not None:
            self._client.loop_stop()
            self._client.disconnect()
            self._client = None


def source_of(text: str) -> Source:
    """The source that a text names: a folder, ``file.sqlite:table``, ``postgresql://…`` or ``mqtt://…``.

    Raises
    ------
    SourceError
        If it names none.
    """
    if text.startswith(("postgresql://", "postgres://")):
        return PostgresTable(text)
    if text.startswith(("mqtt://", "mqtts://")):
        return Mqtt(text)
    name, colon, table = text.rpartition(":")
    for path, of in ((text, "readings"), *([(name, table)] if colon else [])):
        if Path(path).is_dir():
            return Folder(path)
        if Path(path).is_file():
            return SqliteTable(path, of)
    raise SourceError(f"{text} is no feed: give a folder that is there, a SQLite file (file.sqlite:table), postgresql://…, mqtt://… or mqtts://…")


def poll_all(sources: list[Source], feed: Feed) -> Iterator[tuple[str, Taken | str]]:
    """Ask every source; gives its name and what became of the rows, or a sentence why it cannot be read."""
    for source in sources:
        try:
            yield source.name, source.poll(feed)
        except SourceError as error:
            yield source.name, str(error)
