"""Who may come in: codes that cannot be tried out, cookies that keep a seat, headers that keep strangers out."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import tornado.web

from twinkit.workshop.session import Session
from twinkit.workshop.state import Player

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PLAIN_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]+")


def set_headers(handler: tornado.web.RequestHandler) -> None:
    """Let a page load, run and send nothing but what is of this server."""
    host = handler.request.host
    live = f" ws://{host} wss://{host}" if PLAIN_HOST.fullmatch(host) else ""  # older browsers: 'self' is no WebSocket
    handler.set_header(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        f"form-action 'self'; frame-ancestors 'none'; connect-src 'self'{live}",
    )
    for name, value in HEADERS.items():
        handler.set_header(name, value)


def seat_cookie(session: Session) -> str:
    """Name of the cookie that keeps a player's seat."""
    return f"twinkit_seat_{session.mark}"


def lead_cookie(session: Session) -> str:
    """Name of the cookie that keeps the trainer's key."""
    return f"twinkit_lead_{session.mark}"


def player_of(handler: tornado.web.RequestHandler, session: Session) -> Player | None:
    """Who a request comes from; None without a seat."""
    return session.player(handler.get_cookie(seat_cookie(session), "") or "")


def is_trainer(handler: tornado.web.RequestHandler, session: Session) -> bool:
    """Whether a request comes with the trainer's cookie."""
    return session.is_key(handler.get_cookie(lead_cookie(session), "") or "")


def is_foreign(handler: tornado.web.RequestHandler) -> bool:
    """Whether a page of somebody else sent the request."""
    origin = handler.request.headers.get("Origin")
    return bool(origin) and urlsplit(origin).netloc != handler.request.host


def who_is(session: Session) -> Callable[[tornado.web.RequestHandler, str], tuple[str, int] | None]:
    """Says who a WebSocket belongs to: (kind, number of the player), or None if it may not be opened."""

    def who(handler: tornado.web.RequestHandler, kind: str) -> tuple[str, int] | None:
        if kind == "door":
            return "door", 0
        if kind in ("trainer", "board"):
            return (kind, 0) if is_trainer(handler, session) else None
        player = player_of(handler, session) if kind == "player" else None
        return ("player", player.number) if player else None

    return who
