"""Where a workbench keeps its file, and how the file is opened and checked."""

from __future__ import annotations

import getpass
import os
import re
import sqlite3
from pathlib import Path

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
    from twinkit import __version__

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
