"""The server of a workshop: one process and one port for everybody.

Players come in with the join code and keep their seat with a cookie; the trainer's page
opens with its key.  Pages are files of this package; what they show comes over WebSockets
(:mod:`twinkit.workshop.live`).
"""

from __future__ import annotations

import asyncio
import io
import signal
import time
from collections import defaultdict, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import tornado.web
from tornado.httpserver import HTTPServer

from twinkit.show.palette import THEMES
from twinkit.workshop.live import Hub, Page
from twinkit.workshop.log import WorkshopError
from twinkit.workshop.session import Session

PAGES = Path(__file__).parent / "pages"
SEAT, LEAD = "twinkit_seat", "twinkit_lead"
"""Cookies of a player and of the trainer."""
TRIES, IN_ALL, WITHIN = 10, 600, 60.0
"""Wrong codes or keys that are listened to, from one address and from all, within so many seconds."""

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self' ws: wss:; frame-ancestors 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Tries:
    """Counts wrong codes, so that nobody finds one by trying."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.wrong: dict[str, deque[float]] = defaultdict(deque)

    def too_many(self, address: str) -> bool:
        """Whether this address, or all together, have been wrong too often."""
        return self._recent(address) >= TRIES or self._recent("") >= IN_ALL

    def was_wrong(self, address: str) -> None:
        """Count one."""
        for who in (address, ""):
            self.wrong[who].append(self.clock())

    def _recent(self, who: str) -> int:
        times = self.wrong[who]
        while times and times[0] < self.clock() - WITHIN:
            times.popleft()
        return len(times)


class Handler(tornado.web.RequestHandler):
    """What all pages share."""

    def initialize(self, session: Session, hub: Hub, tries: Tries) -> None:
        self.session, self.hub, self.tries = session, hub, tries

    def set_default_headers(self) -> None:
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def page(self, name: str) -> None:
        """Send a page of this package."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.write((PAGES / f"{name}.html").read_bytes())

    def leads(self) -> bool:
        """Whether this is the trainer's browser."""
        return is_trainer(self, self.session)

    def write_error(self, status_code: int, **more: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(SENTENCES.get(status_code, "Something went wrong here. Reload the page."))


SENTENCES = {
    403: "This page opens with the trainer's link only. Ask the trainer for it.",
    404: "There is no such page.",
    429: "Too many wrong codes came from here. Wait a minute and try again.",
}


def is_trainer(handler: tornado.web.RequestHandler, session: Session) -> bool:
    """Whether a request comes with the trainer's cookie."""
    return session.is_key(handler.get_cookie(LEAD, ""))


def who_is(session: Session) -> Callable[[tornado.web.RequestHandler, str], tuple[str, int] | None]:
    """Says who a WebSocket belongs to: (kind, number of the player), or None if it may not be opened."""

    def who(handler: tornado.web.RequestHandler, kind: str) -> tuple[str, int] | None:
        if kind == "door":
            return "door", 0
        if kind in ("trainer", "board"):
            return (kind, 0) if is_trainer(handler, session) else None
        player = session.player(handler.get_cookie(SEAT, "")) if kind == "player" else None
        return ("player", player.number) if player else None

    return who


class Door(Handler):
    """Where everybody comes in."""

    def get(self) -> None:
        self.page("door")


class Join(Handler):
    """Takes a seat; answers with a sentence, or with where to go."""

    def post(self) -> None:
        origin = self.request.headers.get("Origin")
        if origin and urlsplit(origin).netloc != self.request.host:
            raise tornado.web.HTTPError(403)
        if self.tries.too_many(self.request.remote_ip):
            self.answer(429, SENTENCES[429])
            return
        given = {name: self.get_body_argument(name, "") for name in ("code", "name", "team", "role")}
        if not self.session.is_code(given["code"]):
            self.tries.was_wrong(self.request.remote_ip)
            self.answer(403, "That is not the code of this session. Look at the screen in the room.")
            return
        try:
            token = self.session.join(given["name"], given["team"], given["role"])
        except WorkshopError as error:
            self.answer(409, str(error))
            return
        self.set_cookie(SEAT, token, httponly=True, samesite="Lax", expires_days=7)
        self.answer(200, "")

    def answer(self, status: int, sentence: str) -> None:
        """What the form of the door shows."""
        self.set_status(status)
        self.finish({"error": sentence})


class Play(Handler):
    """A player's page; whoever has no seat is sent to the door."""

    def get(self) -> None:
        if self.session.player(self.get_cookie(SEAT, "")) is None:
            self.redirect("./")
            return
        self.page("play")


class Lead(Handler):
    """The trainer's page; its key comes once in the address and then in a cookie."""

    def get(self) -> None:
        key = self.get_query_argument("key", None)
        if key is not None:
            if self.tries.too_many(self.request.remote_ip):
                raise tornado.web.HTTPError(429)
            if not self.session.is_key(key):
                self.tries.was_wrong(self.request.remote_ip)
                raise tornado.web.HTTPError(403)
            self.set_cookie(LEAD, key, httponly=True, samesite="Lax", expires_days=7)
            self.redirect("lead")
            return
        if not self.leads():
            raise tornado.web.HTTPError(403)
        self.page("lead")


class Board(Handler):
    """What the beamer shows."""

    def get(self) -> None:
        if not self.leads():
            raise tornado.web.HTTPError(403)
        self.page("board")


class Picture(Handler):
    """The join address as a QR picture."""

    def get(self) -> None:
        if not self.leads():
            raise tornado.web.HTTPError(403)
        import segno

        out = io.BytesIO()
        target = f"{self.hub.address}?code={quote(self.session.code)}"
        segno.make(target, micro=False).save(out, kind="svg", scale=8, border=2, light="white")
        self.set_header("Content-Type", "image/svg+xml")
        self.write(out.getvalue())


class Colours(Handler):
    """The palette as variables of a style sheet, light and dark."""

    def get(self) -> None:
        light, dark = (";".join(f"--{k}:{v}" for k, v in THEMES[theme].items()) for theme in ("light", "dark"))
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.write(f":root{{color-scheme:light dark;{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}")


class Missing(Handler):
    """Every other address."""

    def prepare(self) -> None:
        raise tornado.web.HTTPError(404)


def application(session: Session, address: str) -> tornado.web.Application:
    """The pages of a session; the hub stands in its settings.

    Parameters
    ----------
    session
        What is played.
    address
        Address that players open, ending with a slash.
    """
    from twinkit.workshop.debrief_pages import DEBRIEF

    hub = Hub(session, address)
    given = {"session": session, "hub": hub, "tries": Tries()}
    pages = [("/", Door), ("/join", Join), ("/play", Play), ("/lead", Lead), ("/board", Board), ("/qr.svg", Picture),
             ("/palette.css", Colours)]  # fmt: skip
    handlers: list[tuple] = [(path, handler, given) for path, handler in [*pages, *DEBRIEF]]
    handlers.append((r"/live/(door|player|trainer|board)", Page, {"hub": hub, "who": who_is(session)}))
    static = {"path": str(PAGES)}
    handlers.append((r"/static/([a-z_]+\.(?:js|css))", tornado.web.StaticFileHandler, static))
    return tornado.web.Application(
        handlers, default_handler_class=Missing, default_handler_args=given, websocket_ping_interval=20,
        websocket_ping_timeout=20, websocket_max_message_size=64_000, hub=hub, compress_response=True,
    )  # fmt: skip


async def serve_until(
    session: Session, sockets: list, address: str, stop: asyncio.Event, ready: Callable[[], None]
) -> None:
    """Serve a session on listening sockets until `stop` is set."""
    app = application(session, address)
    server = HTTPServer(app, xheaders=False)
    server.add_sockets(sockets)
    app.settings["hub"].keep_time()
    ready()
    await stop.wait()
    server.stop()
    await server.close_all_connections()


def stop_on_signals(stop: asyncio.Event) -> None:
    """Let Ctrl-C and a request to end set an event, instead of breaking in anywhere."""
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))
