"""Put new files in the place of old ones, whole or not at all: the one way in which twinkit replaces files.

A folder is never replaced, only its files: whoever works in it keeps it.  The new files are
written beside the old ones into a hidden folder, which one renaming turns into a journal;
from then on they count.  Moving them into place is the rest, which the next one to open
the folder finishes (:func:`settle`) if this process is killed in between.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: savers take no turns there
    fcntl = None

LEFT_AFTER = 3600.0
"""Age from which a temporary file of another computer belongs to a process that was killed [seconds]."""
PATIENCE = 5.0
"""Time for which a reader or a saver of a folder waits for another one [seconds]."""
TABLE_FILES = (".csv", ".parquet")
"""Endings of the files of a folder that are tables."""
JOURNAL = ".twinkit-save"
"""Folder of the files of a save that counts, but is not in place yet."""
GONE = ".gone.json"
"""File of a journal with the names of the files that the save takes away."""
TEMPORARY = re.compile(r"\..+\.([0-9a-f]{4})-(\d+)-[0-9a-f]{6}\.tmp")
"""Name of what is in the making: which computer and which process make it."""


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place at the end of a block without error.

    The new file is on the disk before it takes the place, so that after a crash there is
    the old file or the new one.  What a killed process has left behind is cleared away.
    """
    new = _beside(path)
    _sweep(path.parent)
    with _named(path):
        new.touch()  # what cannot be written is refused before anything is made for it
    try:
        yield new
        if path.exists():
            shutil.copymode(path, new)
        _flush(new)
        os.replace(new, path)
        with suppress(OSError):  # not every system can flush a folder
            _flush(path.parent)
    finally:
        new.unlink(missing_ok=True)


@contextmanager
def replaced_files(folder: Path, ours: Callable[[str], bool]) -> Iterator[Path]:
    """A temporary folder whose files take their places in `folder` at the end of a block without error.

    Parameters
    ----------
    folder
        Folder of the files; made if it is not there.
    ours
        Whether a file of the folder, by its name, is one that is being written anew: it
        goes if it is not.  All others stay, and so does the folder itself.

    Raises
    ------
    OSError
        If the files cannot be written; those that were there are there still.  Or if they
        count, but one could not be moved into place: then the sentence says so.
    """
    if not folder.exists():
        new = _beside(folder)
        with _named(folder):
            new.mkdir()
        try:
            yield new
            _flush_all(new)
            os.replace(new, folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        return
    settle(folder)
    new = _beside(folder / JOURNAL.lstrip("."))
    with _named(folder):
        new.mkdir()
    try:
        yield new
        _note_gone(folder, new, ours)
        _flush_all(new)
        with taking_turns(folder):
            _settle(folder)
            os.replace(new, folder / JOURNAL)
            try:
                _settle(folder)
            except OSError as error:
                says = f"{error.strerror or error}: the files are saved, and are put in place when {folder} is next opened"
                raise OSError(error.errno, says) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name the place that was asked for in an error, instead of the temporary one beside it."""
    try:
        yield
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None


def settle(folder: Path) -> None:
    """Finish a save of a folder that was cut off, and clear away what was not to be.

    Raises
    ------
    OSError
        If files cannot be moved into their places.
    """
    _sweep(folder)
    _sweep(folder.parent)
    if (folder / JOURNAL).is_dir():
        with taking_turns(folder):
            _settle(folder)


@contextmanager
def taking_turns(folder: Path, reading: bool = False) -> Iterator[None]:
    """Let nobody else put files of a folder in place meanwhile; readers do not keep each other out.

    Who has waited for :data:`PATIENCE` goes on without: a process that hangs locks nobody out.
    """
    handle = None
    if fcntl is not None:
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
    try:
        if handle is not None:
            kind, end = fcntl.LOCK_SH if reading else fcntl.LOCK_EX, time.monotonic() + PATIENCE
            while time.monotonic() < end:
                try:
                    fcntl.flock(handle, kind | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    time.sleep(0.01)
                except OSError:  # a disk of the network that knows no locks
                    break
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _settle(folder: Path) -> None:
    """Move the files of a journal into place; done twice or by two at once, it comes to the same."""
    journal = folder / JOURNAL
    if journal.is_symlink() or not journal.is_dir():
        return
    try:
        names = json.loads((journal / GONE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        names = []
    for name in names if isinstance(names, list) else []:
        # the list is text in a folder that anybody may have sent: only tables of this very folder go
        if isinstance(name, str) and name == os.path.basename(name) and name.casefold().endswith(TABLE_FILES):
            (folder / name).unlink(missing_ok=True)
    for entry in journal.iterdir():
        if entry.name != GONE:
            with suppress(FileNotFoundError):  # somebody else was quicker
                os.replace(entry, folder / entry.name)
    with suppress(OSError):
        _flush(folder)
    (journal / GONE).unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        journal.rmdir()


def _note_gone(folder: Path, new: Path, ours: Callable[[str], bool]) -> None:
    """Write down which files of a folder go; give the others' rights to the new ones."""
    gone, made = [], {f.name.casefold(): f for f in new.iterdir()}
    for entry in folder.iterdir():
        twin = made.get(entry.name.casefold())
        if twin is not None and entry.is_dir() and not entry.is_symlink():
            raise IsADirectoryError(f"{entry} is a folder where a file is to be written; rename it")
        if twin is not None and (folder / twin.name).exists() and entry.exists() and entry.samefile(folder / twin.name):
            shutil.copymode(entry, twin)
        elif ours(entry.name) and not entry.is_dir():
            gone.append(entry.name)
    (new / GONE).write_text(json.dumps(gone), encoding="utf-8")


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{_computer()}-{os.getpid()}-{uuid.uuid4().hex[:6]}.tmp")


def _computer() -> str:
    return hashlib.blake2b(platform.node().encode("utf-8", "replace"), digest_size=2).hexdigest()


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed have left in a folder; what is in the making elsewhere stays."""
    with suppress(OSError):
        for left in folder.glob(".*.tmp"):
            if (made := TEMPORARY.fullmatch(left.name)) and _abandoned(left, *made.groups()):
                if left.is_dir() and not left.is_symlink():
                    shutil.rmtree(left, ignore_errors=True)
                else:
                    left.unlink(missing_ok=True)


def _abandoned(left: Path, computer: str, process: str) -> bool:
    if computer != _computer() or os.name != "posix":
        return time.time() - left.lstat().st_mtime > LEFT_AFTER
    try:
        os.kill(int(process), 0)  # asks whether there is such a process; nothing is sent
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False


def _flush_all(folder: Path) -> None:
    for file in folder.iterdir():
        _flush(file)
    with suppress(OSError):
        _flush(folder)


def _flush(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
