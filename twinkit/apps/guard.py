"""What stands between a browser and the server of the apps: messages that are looked at, headers on every answer.

Jupyter's code takes the numbers in a message for lengths and counts as they come: eight
bytes of 0xff ask for a list of 2^64 entries, and nothing else is done until the memory is
full.  Here a message is looked at before it is taken apart.  The older form of messages
is not spoken at all: its numbers are read the other way round on the way back.
"""

from __future__ import annotations

from typing import Any

import tornado.web
from jupyter_server.auth.identity import PasswordIdentityProvider
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.httputil import HTTPHeaders, HTTPServerConnectionDelegate
from voila.voila_identity_provider import VoilaLoginHandler

from twinkit.apps.limits import Tries

FORM = "v1.kernel.websocket.jupyter.org"
"""The form of messages that is spoken; every page of this version of Voila does."""
MOST_PARTS = 1000
"""Parts of a message: its channel, four that describe it, and arrays of numbers that come with it."""

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


class PatientIdentity(PasswordIdentityProvider):
    """Who knows the token; wrong tokens become slow (:class:`Tries`)."""

    tries = Tries()

    def __init__(self, **more: Any) -> None:
        super().__init__(**{**more, "login_handler_class": PatientLogin})

    async def get_user_token(self, handler: Any) -> Any:
        user = await super().get_user_token(handler)
        if user is None and handler.token and self.get_token(handler):
            await self.wrong(handler)
        return user

    async def wrong(self, handler: Any) -> None:
        """Count a wrong token, and refuse in a sentence if there were many.

        Raises
        ------
        HTTPError
            If there were too many.
        """
        if await self.tries.was_wrong(handler.request.remote_ip):
            handler.current_user = None  # the page that says so asks who looks at it
            raise tornado.web.HTTPError(429, reason="Many wrong tokens came from here")


class PatientLogin(VoilaLoginHandler):
    """The form that asks for the token."""

    async def post(self) -> None:
        if self.get_argument("password", "") not in ("", self.token):
            await self.identity_provider.wrong(self)
        super().post()


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
