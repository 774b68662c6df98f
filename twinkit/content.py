"""Where the cases and the notebooks are that come with twinkit.

In a checkout they lie beside the package (``data/``, ``notebooks/``); a wheel
carries them inside it.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def content_dir(name: str) -> Path:
    """Folder of the shipped ``"data"`` or ``"notebooks"``.

    Raises
    ------
    FileNotFoundError
        If this installation carries no such folder.
    """
    candidates = [PACKAGE / "_content" / name, PACKAGE.parent / name]
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"this installation of twinkit has no {name}/ (looked in {candidates[0]})")


def state_folder() -> Path | None:
    """Folder of what twinkit keeps for the user of this computer, made if need be; None where none can be."""
    home = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_STATE_HOME")
    folder = (Path(home) if home else Path.home() / ".local" / "state") / "twinkit"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def digest_of(content: bytes) -> str:
    """What a content is known by."""
    return hashlib.sha256(content).hexdigest()


ALLOWED = "allowed rules"
"""Name of the list of digests, in the folder of the account: never in one that others may write to."""


def allow(content: bytes) -> None:
    """Say yes to the content of a file of Python: it may be run from now on, for who uses this account.

    Raises
    ------
    FileNotFoundError
        If there is no folder of the account in which the yes could be kept.
    """
    folder = state_folder()
    if folder is None:
        raise FileNotFoundError("this account has no folder in which a yes could be kept: set XDG_STATE_HOME to one")
    with (folder / ALLOWED).open("a", encoding="utf-8") as file:
        file.write(f"{digest_of(content)}\n")


def is_allowed(digest: str) -> bool:
    """Whether somebody has said yes to a content."""
    folder = state_folder()
    known = folder / ALLOWED if folder is not None else None
    return known is not None and known.is_file() and digest in known.read_text(encoding="utf-8").split()


def shipped_cases() -> list[str]:
    """Names of the cases that come with twinkit."""
    try:
        folder = content_dir("data")
    except FileNotFoundError:
        return []
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and any(p.glob("*.csv")))


def find_case(name: str | Path) -> Path:
    """Absolute path of a case: a folder, a workbook, or the name of a shipped case.

    Raises
    ------
    FileNotFoundError
        If there is none; the message names the shipped cases.
    """
    given = Path(name).expanduser()
    if given.exists():
        return given.resolve()
    if str(name) in shipped_cases():
        return content_dir("data") / str(name)
    known = ", ".join(shipped_cases()) or "none"
    raise FileNotFoundError(
        f"there is no case {str(name)!r}: name a folder of tables, a workbook, or a shipped case ({known})"
    )
