"""The case that pages open, and the copy of it that a visitor from another computer works on."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import psutil

from twinkit.content import find_case
from twinkit.tables.write import take_rules

DEFAULT = "automotive"
"""The case that a page opens if nobody names one."""
COPIES = "TWINKIT_COPIES"
"""Environment variable that names the folder of the visitors' copies, where they may not change the case itself."""
KEPT = ".twinkit.sqlite"
"""End of the name of the file beside a case that keeps scenarios and edits."""


def visiting() -> bool:
    """Whether this process works for a visitor who has a copy of the case."""
    return bool(os.environ.get(COPIES))


def served_case() -> str:
    """The case of ``TWINKIT_CASE``, else the car maker; a visitor's process gets a copy of its own, once.

    The copy, and what is kept beside it, is all that the process writes; the server takes it away
    when the process is gone (:func:`sweep`).
    """
    named = os.environ.get("TWINKIT_CASE") or DEFAULT
    if not visiting():
        return named
    own = Path(os.environ[COPIES]) / str(os.getpid())
    if not own.is_dir():
        place = find_case(named)
        own.mkdir(parents=True, mode=0o700)
        if place.is_dir():
            shutil.copytree(place, own / place.name)
        else:
            shutil.copy2(place, own)
            take_rules(place, own / place.name)
        kept = place.with_name(place.name + KEPT)
        if kept.is_file():
            with suppress(sqlite3.Error), closing(sqlite3.connect(f"{kept.as_uri()}?mode=ro", uri=True)) as old, \
                    closing(sqlite3.connect(own / kept.name)) as new:  # fmt: skip
                old.backup(new)
        os.environ["TWINKIT_CASE"] = str(own / place.name)
        os.environ["TWINKIT_STORE"] = str(own)
        os.chdir(own)
    return os.environ["TWINKIT_CASE"]


def sweep() -> None:
    """Take away the copies of visitors whose processes are gone."""
    if not visiting() or not Path(os.environ[COPIES]).is_dir():
        return
    for own in Path(os.environ[COPIES]).iterdir():
        if own.name.isdigit() and not psutil.pid_exists(int(own.name)):
            shutil.rmtree(own, ignore_errors=True)
