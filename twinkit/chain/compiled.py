"""How the steps of the day are compiled and where the compiled code is kept.

Numba checks whether the file of a function has changed, not whether a function that
it calls has: after an update of one file the day would go on with the old code of
another.  So the compiled code is kept in a folder named after all the sources of
compiled functions together, in the user's cache (``TWINKIT_CACHE`` sets another place).
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numba
from numba.core import config


def sources() -> list[bytes]:
    """What compiled code is made of: modules with compiled functions, formulas, and the columns that lay out the arrays."""
    package = Path(__file__).parent
    texts = [path.read_bytes() for path in sorted(package.glob("*.py"))]
    found = [(package.parent / "rules.py").read_bytes(), *(text for text in texts if b"\n@compiled" in text or b"= compiled(" in text)]
    for path in sorted((package.parent / "tables").glob("schema*.py")):
        lines = path.read_bytes().splitlines()
        found += [line.split(b"(")[0] for line in lines if line.startswith(b"class ") or b" = state_column(" in line]
    return found


@cache
def cache_folder() -> str:
    """Folder of the compiled code of this version of the sources; made if need be."""
    digest = hashlib.blake2b(digest_size=8)
    for source in sources():
        digest.update(source)
    name = f"{digest.hexdigest()}-py{sys.version_info.major}{sys.version_info.minor}-numba{numba.__version__}"
    for base in (os.environ.get("TWINKIT_CACHE"), _user_cache(), tempfile.gettempdir()):
        if base:
            folder = Path(base) / "twinkit" / name
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError:
                continue
            if os.access(folder, os.W_OK):
                return str(folder)
    return ""


def _user_cache() -> str:
    if sys.platform == "win32":
        return os.environ.get("LOCALAPPDATA", "")
    if sys.platform == "darwin":
        return str(Path.home() / "Library" / "Caches")
    return os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")


@cache
def _folder_beside(place: Path) -> str:
    """Folder of the compiled code of a room, by what its files with compiled code are made of."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(place.glob("*.py")):
        if b"numba" in (text := path.read_bytes()) or b"@compiled" in text:
            digest.update(text)
    return str(Path(cache_folder()) / digest.hexdigest()) if cache_folder() else ""


def compiled(function: Callable) -> Callable:
    """Compile a function with numba, keep the code, and let other threads run beside it."""
    before, place = config.CACHE_DIR, Path(function.__code__.co_filename).parent
    is_room = place != Path(__file__).parent and Path(__file__).parents[1] in place.parents
    config.CACHE_DIR = _folder_beside(place) if is_room else cache_folder()
    try:
        return numba.njit(cache=True, nogil=True, no_cfunc_wrapper=True)(function)  # C calls none of them: a fifth less to compile
    finally:
        config.CACHE_DIR = before


def compiled_for_card(function: Callable) -> Callable:
    """Compile a function as a kernel of a graphics card; the steps that it calls are compiled with it."""
    from numba import cuda  # numba-cuda is an optional extra
    from numba.cuda.core import config as card_config

    before = card_config.CACHE_DIR
    card_config.CACHE_DIR = cache_folder()
    try:
        return cuda.jit(cache=True)(function)
    finally:
        card_config.CACHE_DIR = before


# Loops over the worlds that many steps share.  A step that is compiled for a graphics card
# sees one world only, so steps have no arithmetic on whole arrays and no temporaries.


@compiled
def fill(x, value):
    """Set a number for each world to one value."""
    for r in range(x.shape[0]):
        x[r] = value


@compiled
def put(x, y):
    """Copy a number for each world."""
    for r in range(x.shape[0]):
        x[r] = y[r]


@compiled
def add(x, y):
    """Add a number for each world."""
    for r in range(x.shape[0]):
        x[r] += y[r]


@compiled
def fill_rows(x, value):
    """Set all rows of a column to one value."""
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            x[i, r] = value


@compiled
def fill_columns(block, first, end, value):
    """Set the columns of a block from first to end (without end) to one value."""
    for column in range(first, end):
        fill_rows(block[column], value)


@compiled
def add_rows(x, y):
    """Add all rows of a column."""
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            x[i, r] += y[i, r]
