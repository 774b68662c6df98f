"""The command ``twinkit workshop``."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from twinkit.words import say
from twinkit.workshop.exercise import find_exercise, read_exercise, shipped_exercises
from twinkit.workshop.log import WorkshopError
from twinkit.workshop.session import Session
from twinkit.workshop.start import run, welcome


def workshop_command(args: argparse.Namespace) -> int | None:
    """Start a session, or list, copy or explain an exercise."""
    if args.list:
        for name in shipped_exercises():
            say(f"{name}: {read_exercise(name).title}")
        return None
    try:
        if args.copy:
            return copy(args.exercise or "beer_game", Path(args.copy).expanduser())
        if args.guide:
            folder = find_exercise(args.exercise or "beer_game")
            say(*(folder / read_exercise(folder).guide).read_text(encoding="utf-8").split("\n"))
            return None
        path = Path(args.file).expanduser()
        goes_on = path.is_file() and path.stat().st_size > 0
        session = Session(path, args.exercise or (None if goes_on else "beer_game"), seed=args.seed)
        run(session, "0.0.0.0" if args.public else "127.0.0.1", args.port, args.public, announcer(session, args))
    except WorkshopError as error:
        say(*str(error).split("\n"), file=sys.stderr)
        return 2
    return None


def announcer(session: Session, args: argparse.Namespace):
    """What is printed, and opened, once the server answers."""

    def announce(address: str) -> None:
        say(*welcome(session, address, args.public), "Stop with Ctrl-C.")
        if not args.no_browser and os.environ.get("BROWSER", "").lower() != "none" and has_screen():
            import threading
            import webbrowser

            link = f"{address}lead?key={session.key}"
            threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()

    return announce


def has_screen() -> bool:
    """Whether there is a screen that a browser could open on."""
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))
    return named or sys.platform in ("darwin", "win32")


def copy(exercise: str, target: Path) -> int:
    """Copy an exercise into a new folder."""
    if target.exists():
        say(f"{target} exists already; name a new folder.", file=sys.stderr)
        return 2
    shutil.copytree(find_exercise(exercise), target, ignore=shutil.ignore_patterns("__pycache__"))
    say(f"Change the tables and exercise.py in {target}, then run `twinkit workshop {target}`.")
    return 0
