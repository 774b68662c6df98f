"""Put a new file or folder in the place of an old one, whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place at the end of a block without error."""
    new = _beside(path)
    try:
        yield new
        if path.exists():
            shutil.copymode(path, new)
        os.replace(new, path)
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
