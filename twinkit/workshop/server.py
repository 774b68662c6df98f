"""The server of a workshop: one process and one port for everybody.

Players come in with the join code and keep their seat with a cookie; the trainer's page
opens with its key.  Pages are files of this package; what they show comes over WebSockets
(:mod:`twinkit.workshop.live`).
"""

from __future__ import annotations

import asyncio
import html
import io
import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import tornado.web

from twinkit.apps.limits import LimitedServer, Tries
from twinkit.show.palette import THEMES
from twinkit.workshop.gate import (
    is_foreign,
    is_trainer,
    lead_cookie,
    player_of,
    seat_cookie,
    set_headers,
    who_is,
)
from twinkit.workshop.live import Hub, Page
from twinkit.workshop.log import WorkshopError
from twinkit.workshop.session import Session
from twinkit.workshop.state import Player

PAGES = Path(__file__).parent / "pages"
CANVAS = Path(__file__).parents[1] / "apps" / "canvas"
"""Folder of the script that fields for numbers share with the apps."""
LONGEST_BODY = 64_000
"""Bytes of a form that are read."""

SENTENCES = {
    403: "This page opens with the trainer's link only. Ask the trainer for it.",
    404: "There is no such page.",
    429: "Many wrong codes came from here, so wrong ones are answered slowly.",
}


class Handler(tornado.web.RequestHandler):
    """What all pages share."""

    def initialize(self, session: Session, hub: Hub, tries: Tries) -> None:
        self.session, self.hub, self.tries = session, hub, tries

    def set_default_headers(self) -> None:
        set_headers(self)

    def page(self, name: str) -> None:
        """Send a page of this package."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.write((PAGES / f"{name}.html").read_bytes())

    def leads(self) -> bool:
        """Whether this is the trainer's browser."""
        return is_trainer(self, self.session)

    def player(self) -> Player | None:
        """Whose browser this is; None without a seat."""
        return player_of(self, self.session)

    def write_error(self, status_code: int, **more: Any) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        sentence = SENTENCES.get(status_code, "That did not work. Go back and reload the page.")
        self.finish((PAGES / "notice.html").read_text(encoding="utf-8").replace("{sentence}", html.escape(sentence)))


class Door(Handler):
    """Where everybody comes in; whoever has a seat is brought to it."""

    def get(self) -> None:
        if self.player() is not None:
            self.redirect("play")
            return
        self.page("door")


class Join(Handler):
    """Takes a seat; answers with a sentence, or with none."""

    async def post(self) -> None:
        if is_foreign(self):
            self.answer(403, "This form was sent from another page. Open the address on the screen.")
            return
        given = {name: self.get_body_argument(name, "") for name in ("code", "name", "team", "role", "key")}
        if not self.session.is_code(given.pop("code")):
            slow = await self.tries.was_wrong(self.request.remote_ip)
            wrong = "That is not the code of this session. Look at the screen in the room."
            self.answer(*((429, f"{wrong} {SENTENCES[429]}") if slow else (403, wrong)))
            return
        try:
            token = self.session.join(**given)
        except WorkshopError as error:
            self.answer(409, str(error))
            return
        self.set_cookie(seat_cookie(self.session), token, httponly=True, samesite="Lax", expires_days=7)
        self.answer(200, "")

    def answer(self, status: int, sentence: str) -> None:
        """What the form of the door shows."""
        self.set_status(status)
        self.finish({"error": sentence})

    def write_error(self, status_code: int, **more: Any) -> None:
        self.finish({"error": "That could not be read. Reload the page and try again."})


class Play(Handler):
    """A player's page; whoever has no seat is sent to the door."""

    def get(self) -> None:
        if self.player() is None:
            self.redirect("./")
            return
        self.page("play")


class Lead(Handler):
    """The trainer's page; its key comes once in the address and then in a cookie."""

    async def get(self) -> None:
        key = self.get_query_argument("key", None)
        if key is not None:
            if not self.session.is_key(key):
                raise tornado.web.HTTPError(429 if await self.tries.was_wrong(self.request.remote_ip) else 403)
            self.set_cookie(lead_cookie(self.session), key, httponly=True, samesite="Lax", expires_days=7)
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
        segno.make(target, micro=False).save(out, kind="svg", scale=8, border=2, light="white", omitsize=True)
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


class Static(tornado.web.StaticFileHandler):
    """Scripts and styles of the pages."""

    def set_extra_headers(self, path: str) -> None:
        set_headers(self)
        self.set_header("Cache-Control", "no-cache")  # asked again, and sent only if it has changed

    def write_error(self, status_code: int, **more: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(SENTENCES[404])


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
    handlers.append((r"/static/(number_field\.js)", Static, {"path": str(CANVAS)}))
    handlers.append((r"/static/([a-z_]+\.(?:js|css))", Static, {"path": str(PAGES)}))
    return tornado.web.Application(
        handlers, default_handler_class=Missing, default_handler_args=given, websocket_ping_interval=20,
        websocket_ping_timeout=20, websocket_max_message_size=64_000, hub=hub, compress_response=True,
        log_function=log_failure,
    )  # fmt: skip


def log_failure(handler: tornado.web.RequestHandler) -> None:
    """Write what failed in the server to the log, without what follows the path: keys stand there."""
    if handler.get_status() >= 500:
        logging.getLogger("tornado.access").error("%d %s %s", handler.get_status(), handler.request.method, handler.request.path)


async def serve_until(
    session: Session, sockets: list, address: str, stop: asyncio.Event, ready: Callable[[], None]
) -> None:
    """Serve a session on listening sockets until `stop` is set."""
    app = application(session, address)
    hub = app.settings["hub"]
    server = LimitedServer(app, xheaders=False, max_body_size=LONGEST_BODY)
    server.add_sockets(sockets)
    hub.keep_time()
    ready()
    try:
        await stop.wait()
    finally:
        server.stop()
        hub.close()
        await server.close_all_connections()


def stop_on_signals(stop: asyncio.Event) -> None:
    """Let Ctrl-C and a request to end set an event, instead of breaking in anywhere."""
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))
