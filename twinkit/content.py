"""Where the cases and the notebooks are that come with twinkit.

In a checkout they lie beside the package (``data/``, ``notebooks/``); a wheel
carries them inside it.
"""

from __future__ import annotations

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
