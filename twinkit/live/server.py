"""The server of a live twin: takes readings over HTTP, for whoever has the token."""

from __future__ import annotations

import asyncio
import hmac
import json
from typing import Any

import tornado.web

from twinkit.apps.limits import Tries
from twinkit.capabilities.live.feed import Feed
from twinkit.capabilities.live.sources import read_json
from twinkit.workshop.gate import set_headers

LARGEST = 32 * 2**20
"""Bytes of a message with readings that are taken."""


class Take(tornado.web.RequestHandler):
    """Takes readings: a JSON object, a list of them, or lines of JSON; answers once they are on the disk."""

    def initialize(self, feed: Feed, token: str, tries: Tries) -> None:
        self.feed, self.token, self.tries = feed, token, tries

    def set_default_headers(self) -> None:
        set_headers(self)

    async def post(self) -> None:
        address = self.request.remote_ip or ""
        scheme, _, given = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self.token.encode()):
            if await self.tries.was_wrong(address):  # the right one is let in, however often others were wrong
                return self.answer(429, "Too many wrong tokens came from here. Wait a minute and try again.")
            return self.answer(401, "That is not the token of this twin: send it as Authorization: Bearer TOKEN.")
        rows = rows_of(self.request.body.decode("utf-8", "replace"))
        if not rows:
            return self.answer(400, "There is no reading in it: send a JSON object, a list of them, or one on each line.")
        found = await asyncio.get_running_loop().run_in_executor(None, self.feed.take, rows, "http")
        self.finish({"arrived": found.arrived, "new": found.new, "twice": found.twice, "corrected": found.corrected, "late": found.late,
                     "refused": found.refused, "says": found.says})  # fmt: skip

    def answer(self, status: int, sentence: str) -> None:
        """A refusal."""
        self.set_status(status)
        self.finish({"error": sentence})

    def write_error(self, status_code: int, **more: Any) -> None:
        self.finish({"error": "Send readings with POST." if status_code == 405 else "That did not work."})


def rows_of(text: str) -> list[Any]:
    """Rows of a message."""
    try:
        whole = json.loads(text, parse_constant=lambda name: name)
    except (ValueError, RecursionError):
        return [read_json(line) for line in text.splitlines() if line.strip()]
    return whole if isinstance(whole, list) else [whole]
