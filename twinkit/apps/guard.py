"""What stands between a browser and the server of the apps: messages that are looked at, headers on every answer.

Jupyter's code takes the numbers in a message for lengths and counts as they come: eight
bytes of 0xff ask for a list of 2^64 entries, and nothing else is done until the memory is
full.  Here a message is looked at before it is taken apart.  The older form of messages
is not spoken at all: its numbers are read the other way round on the way back.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import tornado.web
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPServerConnectionDelegate
from tornado.iostream import IOStream

FORM = "v1.kernel.websocket.jupyter.org"
"""The form of messages that is spoken; every page of this version of Voila does."""
MOST_PARTS = 1000
"""Parts of a message: its channel, four that describe it, and arrays of numbers that come with it."""

FROM_ONE, IN_ALL = 250, 800
"""Connections at a time that one address may have, and all together: a class of 40 behind one router has six each."""
HEADERS_WITHIN = 30
"""Time in which a request, or the next one on a connection, must have begun and said what it wants [s]."""
TELL_EVERY = 60.0
"""Time between two lines of the log about connections that were turned away [s]."""

HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'self'; base-uri 'self'; object-src 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Sent with every answer, also of an error and of a file."""


def wrong_with(message: Any) -> str:
    r"""What is wrong with a message from a browser; "" if it can be taken apart.

    Examples
    --------
    >>> wrong_with(b"\xff" * 8)
    'it has 18446744073709551615 parts'
    """
    if not isinstance(message, bytes):
        return "it is text"
    count = int.from_bytes(message[:8], "little")
    start = 8 * (count + 1)
    if not 6 <= count <= MOST_PARTS:
        return f"it has {count} parts"
    if start > len(message):
        return "it ends before its parts begin"
    places = [int.from_bytes(message[8 * i : 8 * (i + 1)], "little") for i in range(1, count + 1)]
    if places[0] != start or places != sorted(places) or places[-1] > len(message):
        return "its parts are not where it says"
    return ""


class GuardedConnection(ZMQChannelsWebsocketConnection):
    """A page's connection to its kernel that takes no message apart before it has looked at it."""

    async def prepare(self) -> None:
        offered = self.websocket_handler.request.headers.get("Sec-WebSocket-Protocol", "")
        if FORM not in [word.strip() for word in offered.split(",")]:
            raise tornado.web.HTTPError(400, "a socket of another form")
        await super().prepare()

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        why = wrong_with(incoming_msg)
        if not why:
            try:
                super().handle_incoming_message(incoming_msg)
                return
            except (ValueError, KeyError, TypeError, AssertionError, RecursionError) as error:
                why = f"it cannot be read ({type(error).__name__})"
        self.log.warning("A message of a page is refused, and its connection closed: %s", why)
        self.websocket_handler.close(1008, "a message that cannot be read")


class Headed(HTTPServerConnectionDelegate):
    """Puts :data:`HEADERS` on every answer of an application that does not set them itself."""

    def __init__(self, app: tornado.web.Application) -> None:
        self.app = app

    def start_request(self, server_conn: object, request_conn: Any) -> Any:
        written = request_conn.write_headers
        if not getattr(written, "headed", False):

            def write_headers(start_line: Any, headers: HTTPHeaders, *more: Any, **named: Any) -> Any:
                for name, value in HEADERS.items():
                    if name == "Content-Security-Policy" and name in headers:
                        continue
                    headers[name] = value
                return written(start_line, headers, *more, **named)

            write_headers.headed = True
            request_conn.write_headers = write_headers
        return self.app.start_request(server_conn, request_conn)

    def on_close(self, server_conn: object) -> None:
        self.app.on_close(server_conn)


class LimitedServer(HTTPServer):
    """A server that turns away who holds too many connections, and waits for no request for ever.

    A flood is a line of the log in a minute, and whoever is in stays in.
    """

    def initialize(self, *args: Any, **more: Any) -> None:
        super().initialize(*args, **{"idle_connection_timeout": HEADERS_WITHIN, "body_timeout": HEADERS_WITHIN, **more})
        self.held: dict[str, list[IOStream]] = {}
        self.turned_away: Counter[str] = Counter()
        self._told = -TELL_EVERY
        raise_file_limit(2 * IN_ALL)

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        who = address[0] if isinstance(address, tuple) else ""
        self._forget_closed([who])
        if sum(map(len, self.held.values())) >= IN_ALL:
            self._forget_closed(list(self.held))
        mine = self.held.setdefault(who, [])
        if len(mine) >= FROM_ONE or sum(map(len, self.held.values())) >= IN_ALL:
            self.turned_away[who] += 1
            stream.close()
            self._tell()
            return
        mine.append(stream)
        super().handle_stream(stream, address)

    def _forget_closed(self, addresses: list[str]) -> None:
        for who in addresses:
            self.held[who] = [stream for stream in self.held.get(who, []) if not stream.closed()]
            if not self.held[who]:
                del self.held[who]

    def _tell(self) -> None:
        """Write the line about who was turned away, if it is time."""
        if time.monotonic() - self._told < TELL_EVERY:
            return
        self._told = time.monotonic()
        who, count = self.turned_away.most_common(1)[0]
        logging.getLogger("tornado.general").warning(
            "%d connections were turned away, %d of them from %s: more than %d at a time from one address, or %d in all",
            self.turned_away.total(), count, who, FROM_ONE, IN_ALL,
        )  # fmt: skip
        self.turned_away.clear()


def raise_file_limit(wanted: int) -> None:
    """Let the process hold so many files and sockets, if the computer allows it."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # Windows has none, and needs none

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
