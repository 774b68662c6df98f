"""Starting a workshop: from the command line, or from a cell of a notebook.

In a notebook the server runs beside the cells in a thread of its own; what the trainer does
in a cell is handed over to it, so a rule that is changed there holds from the next period on.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from twinkit.workshop.exercise import Exercise
from twinkit.workshop.log import WorkshopError
from twinkit.workshop.session import Session

FIRST_PORT, PORTS_TRIED = 8900, 50


def take_port(host: str, port: int | None) -> socket.socket:
    """A listening socket on `port`, or on the first free one from 8900.

    Raises
    ------
    WorkshopError
        If the port is in use, or none is free.
    """
    refusal = ""
    for number in [port] if port is not None else range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        try:
            taken = socket.create_server((host, number), backlog=128)
        except OSError as error:
            refusal = error.strerror or str(error)
            continue
        taken.setblocking(False)
        return taken
    which = f"port {port}" if port is not None else f"any port from {FIRST_PORT}"
    raise WorkshopError(f"The workshop cannot listen on {which}: {refusal}.")


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


def welcome(session: Session, address: str, public: bool) -> list[str]:
    """What is said when the server answers."""
    lines = [
        f"{session.state.exercise.title}: players open {address} and type the code {session.code}",
        f"Your page (keep this link to yourself): {address}lead?key={session.key}",
        f"Every move is kept in {session.log.path}; start with the same file to go on after a stop.",
    ]
    if public:
        lines.append(
            "Everybody in your network who knows the code can take a seat, and sees the exercise. They can run no\n"
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
    from twinkit.workshop.server import serve_until, stop_on_signals

    taken = take_port(host, port)
    address = address_of(public, taken.getsockname()[1])

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
        self._taken = take_port(host, port)
        self.address = address_of(public, self._taken.getsockname()[1])
        self._ready, self._failed = threading.Event(), None
        self._thread = threading.Thread(target=self._run, args=(make,), name="twinkit workshop", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            self._taken.close()
            raise self._failed
        self.code = self._session.code
        self.trainer_link = f"{self.address}lead?key={self._session.key}"

    def _run(self, make: Callable[[], Session]) -> None:
        from twinkit.workshop.server import serve_until

        async def main() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            await serve_until(self._session, [self._taken], self.address, self._stop, self._ready.set)

        try:
            self._session = make()  # SQLite wants to be used where it was opened
            asyncio.run(main())
        except Exception as error:
            self._failed = error
        finally:
            if hasattr(self, "_session"):
                self._session.log.close()
            self._ready.set()

    def do(self, command: str, /, *args: Any, **values: Any) -> Any:
        """Do what the trainer's page could do: ``do("advance", 3)``; see :class:`~twinkit.workshop.leading.Leading`.

        Raises
        ------
        WorkshopError
            If it cannot be done; in a sentence.
        """
        return self._ask(lambda: getattr(self._session, command)(*args, **values))

    def rule(
        self, name: str, actors: Mapping[str, type] | None = None, policies: Mapping[Any, Any] | None = None
    ) -> None:
        """Put a rule of your own in place from the next period on; see :meth:`~twinkit.workshop.leading.Leading.rule`."""
        self._ask(lambda: self._session.rule(name, actors, policies))

    def debrief(self, named: bool | None = None):
        """The debrief of what has been played so far."""
        from twinkit.workshop.debrief import debrief

        return self._ask(lambda: debrief(self._session.state, named))

    def _ask(self, function: Callable[[], Any]) -> Any:
        if not self._thread.is_alive():
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
        done.wait()
        value, error = found[0]
        if error is not None:
            raise error
        return value

    def close(self) -> None:
        """Stop the server; the file keeps the session."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(timeout=20)

    def _repr_html_(self) -> str:
        import html

        lines = [
            f"<strong>{html.escape(self._session.state.exercise.title)}</strong>",
            f"Players open <a href='{self.address}'>{self.address}</a> and type the code <strong>{self.code}</strong>.",
            f"<a href='{html.escape(self.trainer_link)}' target='_blank'>Your page</a> (keep this link to yourself).",
        ]
        return "".join(f"<p>{line}</p>" for line in lines)


def open_workshop(
    exercise: str | Path | Exercise | None = "beer_game", path: str | Path = "workshop.sqlite", *,
    bots: Mapping[str, Callable] | None = None, rules: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int | None = None, port: int | None = None, public: bool = False,
) -> Workshop:  # fmt: skip
    """Start a workshop beside a notebook.

    Parameters
    ----------
    exercise
        A shipped exercise ("beer_game", "disruption_day", "you_and_the_machine"), a folder, or
        an :class:`~twinkit.workshop.exercise.Exercise`.
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

    Raises
    ------
    WorkshopError, CaseError, FileNotFoundError
        If it cannot be started; in a sentence.
    """
    host = "0.0.0.0" if public else "127.0.0.1"
    return Workshop(lambda: Session(path, exercise, bots, rules, seed), host, port, public)
