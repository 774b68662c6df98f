"""How the steps of the day are compiled and where the compiled code is kept.

Numba checks whether the file of a function has changed, not whether a function that
it calls has: after an update of one file the day would go on with the old code of
another.  So the compiled code is kept in a folder named after all the sources
together, in the user's cache (``TWINKIT_CACHE`` sets another place).
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


@cache
def cache_folder() -> str:
    """Folder of the compiled code of this version of the sources; made if need be."""
    package = Path(__file__).parent
    shared = [package.parent / "rules.py", *sorted((package.parent / "tables").glob("schema*.py"))]
    sources = [*shared, package.parent / "tables" / "words.py", *sorted(package.glob("*.py"))]
    digest = hashlib.blake2b(digest_size=8)
    for path in sources:
        digest.update(path.read_bytes())
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


def compiled(function: Callable) -> Callable:
    """Compile a function with numba, keep the code, and let other threads run beside it."""
    before = config.CACHE_DIR
    config.CACHE_DIR = cache_folder()
    try:
        return numba.njit(cache=True, nogil=True)(function)
    finally:
        config.CACHE_DIR = before
