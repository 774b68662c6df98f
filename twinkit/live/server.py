"""The server of a live twin: takes readings over HTTP for whoever has the token, and shows the page of what is happening."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tornado.web

from twinkit.apps.limits import LimitedServer, Tries
from twinkit.apps.serve import is_local
from twinkit.capabilities.live.feed import Feed
from twinkit.capabilities.live.sources import lines_of, read_json
from twinkit.live.service import Service
from twinkit.report.page import style_sheet
from twinkit.workshop.server import set_headers

HERE = Path(__file__).parent
LARGEST = 32 * 2**20
"""Bytes of a message with readings that are taken."""
COOKIE = "twinkit_live"
NOTICE = "This page opens with its link only. Ask who started the twin for it."


class Handler(tornado.web.RequestHandler):
    """What all answers share."""

    def set_default_headers(self) -> None:
        set_headers(self)

    def refuse(self, status: int, sentence: str) -> None:
        """A refusal in a sentence."""
        self.set_status(status)
        self.finish({"error": sentence})

    def write_error(self, status_code: int, **more: Any) -> None:
        said = {404: "There is nothing here.", 405: "That is not how it is asked: readings are sent with POST."}
        self.finish({"error": said.get(status_code, "That did not work.")})


@tornado.web.stream_request_body
class Take(Handler):
    """Takes readings: a JSON object, a list of them, or lines of JSON; answers once they are on the disk.

    Nothing is kept of a message whose token is wrong.
    """

    def initialize(self, feed: Feed, token: str, tries: Tries) -> None:
        self.feed, self.token, self.tries, self.parts = feed, token, tries, list[bytes]()

    async def prepare(self) -> None:
        if self.request.method != "POST":
            return
        address = self.request.remote_ip or ""
        scheme, _, given = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self.token.encode()):
            if await self.tries.was_wrong(address):  # the right one is let in, however often others were wrong
                self.refuse(429, "Too many wrong tokens came from here. Wait a minute and try again.")
            else:
                self.refuse(401, "That is not the token of this twin: send it as Authorization: Bearer TOKEN.")

    def data_received(self, chunk: bytes) -> None:
        if not self._finished:
            self.parts.append(chunk)

    async def post(self) -> None:
        rows = rows_of(b"".join(self.parts).decode("utf-8", "replace"))
        if not rows:
            return self.refuse(400, "There is no reading in it: send a JSON object, a list of them, or one on each line.")
        found = await asyncio.get_running_loop().run_in_executor(None, self.feed.take, rows, "http")
        self.finish({"arrived": found.arrived, "new": found.new, "twice": found.twice, "corrected": found.corrected, "late": found.late,
                     "refused": found.refused, "says": found.says})  # fmt: skip


class Seen(Handler):
    """What visitors see; with a key where others than this computer may come."""

    def initialize(self, service: Service, key: str, tries: Tries) -> None:
        self.service, self.key, self.tries = service, key, tries

    async def prepare(self) -> None:
        if not self.key:
            if not is_local(self.request.host_name.strip("[]")):  # a page of somebody else has given this computer another name
                self.refuse(403, NOTICE)
            return
        given = self.get_query_argument("key", None) or self.get_cookie(COOKIE, "") or ""
        if not hmac.compare_digest(given.encode(), self.key.encode()):
            await self.tries.was_wrong(self.request.remote_ip or "")
            self.refuse(403, NOTICE)
        elif self.get_query_argument("key", None):
            self.set_cookie(COOKIE, self.key, httponly=True, samesite="Lax", expires_days=30)


class Index(Seen):
    """The page, which then asks for what is new."""

    def get(self) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.write((HERE / "index.html").read_bytes())


class Latest(Seen):
    """The document of the last look, if it is newer than the one that the page has."""

    def get(self) -> None:
        page = self.service.page
        have = self.get_query_argument("have", "-1")
        self.write({"number": page.number, "problems": list(self.service.problems), "looking": self.service.looking, "html": None if have == str(page.number) else page.html})


class Asset(Handler):
    """A script or a style sheet."""

    def get(self, name: str) -> None:
        kind = "text/javascript" if name.endswith("js") else "text/css"
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.write(style_sheet() if name == "style.css" else (HERE / name).read_text(encoding="utf-8"))


def application(service: Service, token: str, key: str = "") -> tornado.web.Application:
    """The pages of a service.

    Parameters
    ----------
    service
        What is shown.
    token
        Of those who send readings.
    key
        Of those who look at the page; "" where only this computer can.
    """
    tries = Tries()
    seen = {"service": service, "key": key, "tries": tries}
    return tornado.web.Application([
        ("/", Index, seen), ("/now", Latest, seen), ("/(live\\.js|live\\.css|style\\.css)", Asset),
        ("/readings", Take, {"feed": service.feed, "token": token, "tries": tries}),
    ], log_function=lambda handler: None, default_handler_class=Nothing)  # fmt: skip


class Nothing(Handler):
    """Any other address."""

    def prepare(self) -> None:
        self.refuse(404, "There is nothing here.")


async def serve_until(service: Service, socket: Any, token: str, key: str, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Serve until told to stop; the service begins with the server and ends with it."""
    server = LimitedServer(application(service, token, key), max_buffer_size=LARGEST, max_body_size=LARGEST)
    server.add_socket(socket)
    service.start()
    ready()
    await stop.wait()
    server.stop()
    await asyncio.get_running_loop().run_in_executor(None, service.stop)


def rows_of(text: str) -> list[Any]:
    """Rows of a message."""
    try:
        whole = json.loads(text, parse_constant=lambda name: name)
    except (ValueError, RecursionError):
        return [read_json(line) for line in lines_of(text)]
    return whole if isinstance(whole, list) else [whole]
