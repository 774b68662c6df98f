"""Put a new file or folder in the place of an old one, whole or not at all."""

from __future__ import annotations

import glob
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LEFT_AFTER = 3600.0
"""Age from which a temporary file belongs to a process that was killed [seconds]."""


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place at the end of a block without error.

    The new file is on the disk before it takes the place, so that after a crash there is
    the old file or the new one.  What a killed process has left behind is cleared away.
    """
    new = _beside(path)
    _clear_leftovers(path)
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
def replaced_folder(path: Path, ours: Callable[[str], bool]) -> Iterator[Path]:
    """A temporary folder beside `path` that takes its place at the end of a block without error.

    Parameters
    ----------
    path
        Folder to be replaced or made.
    ours
        Whether a file of the old folder, by its name, is one that is being written
        anew; all others are kept.
    """
    new, old = _beside(path), _beside(path)
    new.mkdir()
    try:
        yield new
        if path.is_dir():
            _keep_others(path, new, ours)
            _swap(path, new, old)
        else:
            os.replace(new, path)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        if path.exists():
            shutil.rmtree(old, ignore_errors=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")


def _clear_leftovers(path: Path) -> None:
    """Remove temporary files of earlier attempts; a young one may be in the making elsewhere."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        with suppress(OSError):
            if left.is_file() and time.time() - left.stat().st_mtime > LEFT_AFTER:
                left.unlink()


def _flush(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _keep_others(path: Path, new: Path, ours: Callable[[str], bool]) -> None:
    shutil.copymode(path, new)
    for entry in path.iterdir():
        if ours(entry.name) or (new / entry.name).exists():
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, new / entry.name, symlinks=True)
        else:
            shutil.copy2(entry, new / entry.name, follow_symlinks=False)


def _swap(path: Path, new: Path, old: Path) -> None:
    os.replace(path, old)
    try:
        os.replace(new, path)
    except BaseException:
        os.replace(old, path)
        raise
