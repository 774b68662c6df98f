"""Starting a workshop: from the command line, or from a cell of a notebook.

In a notebook the server runs beside the cells in a thread of its own; what the trainer does
in a cell is handed over to it, so a rule that is changed there holds from the next period on.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import inspect
import shutil
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from twinkit.apps.serve import CannotServeError, browser_wanted, take_port
from twinkit.tables.problems import did_you_mean, listed
from twinkit.words import say
from twinkit.workshop.bots import warm_up
from twinkit.workshop.debrief import Debrief, debrief
from twinkit.workshop.exercise import Exercise, find_exercise, read_exercise, shipped_exercises
from twinkit.workshop.live import TRAINER
from twinkit.workshop.log import WorkshopError
from twinkit.workshop.server import serve_until, stop_on_signals
from twinkit.workshop.session import Session

FIRST_PORT = 8900


def listening(host: str, port: int | None, last: int | None = None) -> socket.socket:
    """A listening socket; pages that are open look for their server where it was, so a restart stays at the `last` port if it can.

    Raises
    ------
    WorkshopError
        If the port is in use, or none is free.
    """
    try:
        return take_port(host, port, FIRST_PORT, last)
    except CannotServeError as error:
        raise WorkshopError(f"The workshop {error}.") from error


def address_of(public: bool, port: int) -> str:
    """Address that players open."""
    return f"http://{own_address() if public else 'localhost'}:{port}/"


def own_address() -> str:
    """Address of this computer in its network, as others see it; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation: no packet leaves
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


# --- from a notebook


def welcome(session: Session, address: str, public: bool) -> list[str]:
    """What is said when the server answers."""
    lines = [
        f"{session.state.exercise.title}: players open {address} and type the code {session.code}",
        f"Your page (keep this link to yourself): {address}lead?key={session.key}",
        f"Every move is kept in {session.log.path}; start with the same file to go on after a stop.",
    ]
    if public:
        lines.append(
            "Everybody in your network who knows the code can take a seat, and sees the exercise. They can run no "
            "code here and read no files. The connection is not encrypted: use a network that you trust."
        )
    else:
        lines.append("Only this computer can open it. Start with --public to let other computers and phones in.")
    return lines


def run(session: Session, host: str, port: int | None, public: bool, ready: Callable[[str], None]) -> None:
    """Serve a session until the process is told to stop.

    Parameters
    ----------
    ready
        Called with the address once the server answers.
    """
    try:
        taken = listening(host, port, session.state.port)
        warm_up(session.state.exercise)
        address = address_of(public, taken.getsockname()[1])
        session.served(taken.getsockname()[1])
    except BaseException:
        session.log.close()
        raise

    async def main() -> None:
        stop = asyncio.Event()
        stop_on_signals(stop)
        await serve_until(session, [taken], address, stop, lambda: ready(address))

    try:
        asyncio.run(main())
    finally:
        session.log.close()


class Workshop:
    """A workshop that runs beside a notebook; :func:`open_workshop` makes one.

    Attributes
    ----------
    address, code, trainer_link
        Where players go, what they type, and the trainer's page.
    """

    def __init__(self, make: Callable[[], Session], host: str, port: int | None, public: bool) -> None:
        self._make, self._where, self._public = make, (host, port), public
        self._ready, self._failed = threading.Event(), None
        self._thread = threading.Thread(target=self._run, name="twinkit workshop", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise self._failed
        self.code = self._session.code
        self.trainer_link = f"{self.address}lead?key={self._session.key}"

    def _run(self) -> None:
        try:
            self._session = self._make()  # SQLite wants to be used where it was opened
            try:
                self._serve()
            finally:
                self._session.log.close()
        except Exception as error:
            self._failed = error
        finally:
            self._ready.set()

    def _serve(self) -> None:
        taken = listening(*self._where, self._session.state.port)
        port = taken.getsockname()[1]
        self.address = address_of(self._public, port)

        async def main() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            await serve_until(self._session, [taken], self.address, self._stop, self._ready.set)

        with taken:
            warm_up(self._session.state.exercise)
            self._session.served(port)
            asyncio.run(main())

    @property
    def running(self) -> bool:
        """Whether the server answers."""
        return self._thread.is_alive()

    def do(self, command: str, /, *args: Any, **values: Any) -> Any:
        """Do what the trainer's page could do: ``do("advance", 3)``; see :class:`~twinkit.workshop.joining.Leading`.

        Raises
        ------
        WorkshopError
            If it cannot be done; in a sentence.
        """
        if command not in TRAINER:
            raise WorkshopError(f"There is no command {command!r}. {did_you_mean(command, TRAINER, _known(TRAINER))}")
        return self._ask(lambda: _called(getattr(self._session, command), args, values))

    def rule(
        self, name: str, actors: Mapping[str, type] | None = None, policies: Mapping[Any, Any] | None = None
    ) -> None:
        """Put a rule of your own in place from the next period on; see :meth:`~twinkit.workshop.joining.Leading.rule`."""
        self._ask(lambda: self._session.rule(name, actors, policies))

    def moves(self) -> pd.DataFrame:
        """Every period of every seat that has been played: what was seen, and what was ordered [units]."""
        tables = self._ask(lambda: [t.game.table().assign(team=n) for n, t in self._session.state.teams.items()])
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    def debrief(self, named: bool | None = None) -> Debrief:
        """The debrief of what has been played so far; see :func:`~twinkit.workshop.debrief.debrief`.

        Raises
        ------
        WorkshopError
            If nothing has been played yet.
        """
        make = self._ask(self._session.copied)  # measured here, so the players need not wait for it
        try:
            return debrief(make(), named)
        except ValueError as error:
            raise WorkshopError(str(error)) from error

    def _ask(self, function: Callable[[], Any]) -> Any:
        if not self.running:
            raise WorkshopError("This workshop is closed. Open it again with the same file.")
        found: list[Any] = []
        done = threading.Event()

        def work() -> None:
            try:
                found.append((function(), None))
            except Exception as error:
                found.append((None, error))
            done.set()

        self._loop.call_soon_threadsafe(work)
        while not done.wait(0.5):
            if not self.running:
                raise WorkshopError("This workshop was closed meanwhile. Open it again with the same file.")
        value, error = found[0]
        if error is not None:
            raise error
        return value

    def close(self) -> None:
        """Stop the server; the file keeps the session, and :func:`open_workshop` goes on with it."""
        if self.running:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(timeout=30)

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _repr_html_(self) -> str:
        if not self.running:
            return "<p>This workshop is closed. Open it again with the same file.</p>"
        lines = [
            f"<strong>{html.escape(self._session.state.exercise.title)}</strong>",
            f"Players open <a href='{self.address}'>{self.address}</a> and type the code <strong>{self.code}</strong>.",
            f"<a href='{html.escape(self.trainer_link)}' target='_blank'>Your page</a> (keep this link to yourself).",
        ]
        return "".join(f"<p>{line}</p>" for line in lines)


def _called(method: Callable, args: tuple, values: Mapping[str, Any]) -> Any:
    try:
        inspect.signature(method).bind(*args, **values)
    except TypeError as error:
        wanted = str(inspect.signature(method)).split(" ->")[0]
        raise WorkshopError(f"{method.__name__}{wanted} was called otherwise: {error}.") from error
    return method(*args, **values)


def _known(names: tuple[str, ...]) -> str:
    return f"There are {listed(sorted(names))}."


RUNNING: dict[Path, Workshop] = {}
"""Workshops of this notebook, by their file."""


def open_workshop(
    exercise: str | Path | Exercise | None = None, path: str | Path = "workshop.sqlite", *,
    bots: Mapping[str, Callable] | None = None, rules: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int | None = None, port: int | None = None, public: bool = False,
) -> Workshop:  # fmt: skip
    """Start a workshop beside a notebook.

    Parameters
    ----------
    exercise
        A shipped exercise ("beer_game", "disruption_day", "you_and_the_machine"), a folder, or
        an :class:`~twinkit.workshop.exercise.Exercise`; by default the one of the file, and the
        beer game in a new one.
    path
        File that keeps every move; one that is there goes on where it was.
    bots, rules
        Your own, as for :class:`~twinkit.workshop.session.Session`.
    seed
        Seed of all chance.
    port
        Port to listen on; the first free one from 8900 by default.
    public
        Let other computers and phones in.

    Returns
    -------
    Workshop
        The one that is open already, if the cell is run twice; close it first to change anything.

    Raises
    ------
    WorkshopError, CaseError, FileNotFoundError
        If it cannot be started; in a sentence.
    """
    host, file = "0.0.0.0" if public else "127.0.0.1", Path(path).expanduser().resolve()
    open_already = RUNNING.get(file)
    if open_already is not None and open_already.running:
        if bots or rules or (port is not None and f":{port}/" not in open_already.address):
            raise WorkshopError(f"{path} is open already, at {open_already.address}. Close that workshop first.")
        return open_already
    if exercise is None and not (file.is_file() and file.stat().st_size):
        exercise = "beer_game"
    RUNNING[file] = made = Workshop(lambda: Session(file, exercise, bots, rules, seed), host, port, public)
    return made


# --- the command ``twinkit workshop``


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
        if not args.no_browser:
            open_browser(f"{address}lead?key={session.key}")

    return announce


def open_browser(link: str) -> None:
    """Open a page beside what runs here, where there is a screen and nobody said otherwise."""
    if browser_wanted():
        threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()


def copy(exercise: str, target: Path) -> int:
    """Copy an exercise into a new folder."""
    if target.exists():
        say(f"{target} exists already; name a new folder.", file=sys.stderr)
        return 2
    shutil.copytree(find_exercise(exercise), target, ignore=shutil.ignore_patterns("__pycache__"))
    say(f"Change the tables and exercise.py in {target}, then run `twinkit workshop {target}`.")
    return 0
