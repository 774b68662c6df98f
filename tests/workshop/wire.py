"""A player's device without a browser: forms over HTTP, and a WebSocket (RFC 6455), on the standard library alone."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit


class Refused(Exception):
    """The server did not open a WebSocket; the status is its argument."""


def ask(address: str, path: str, form: dict | None = None, cookie: str = "", **headers: str):
    """One request; gives status, headers and body."""
    link = HTTPConnection(urlsplit(address).netloc, timeout=60)
    headers = {"Cookie": cookie, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if form is None:
        link.request("GET", path, headers=headers)
    else:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        link.request("POST", path, urlencode(form), {**kind, **headers})
    answer = link.getresponse()
    body = answer.read()
    link.close()
    return answer.status, answer.headers, body.decode()


def cookie_of(headers: Any) -> str:
    """The cookie that an answer sets, as a browser sends it back."""
    return headers.get("Set-Cookie", "").split(";")[0]


def join(address: str, **form: str) -> tuple[int, str, str]:
    """Take a seat; gives status, sentence and cookie."""
    status, headers, body = ask(address, "/join", form)
    return status, json.loads(body)["error"], cookie_of(headers)


def leader(address: str, key: str) -> str:
    """Cookie of the trainer's browser."""
    return cookie_of(ask(address, f"/lead?key={key}")[1])


class Line:
    """A WebSocket that keeps the newest state; ``async with Line(...) as line``."""

    def __init__(self, address: str, kind: str, cookie: str = "", origin: str | None = None) -> None:
        self.address, self.kind, self.cookie = address, kind, cookie
        self.origin = address.rstrip("/") if origin is None else origin
        self.state: dict = {}
        self.gone = ""
        self.closed: int | None = None
        self.answers: dict[Any, str] = {}
        self.count = 0
        self.news = asyncio.Condition()

    async def __aenter__(self) -> Line:
        place = urlsplit(self.address)
        self.reader, self.writer = await asyncio.open_connection(place.hostname, place.port)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET /live/{self.kind} HTTP/1.1", f"Host: {place.netloc}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", f"Cookie: {self.cookie}",
        ] + ([f"Origin: {self.origin}"] if self.origin else [])  # fmt: skip
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        if " 101 " not in head.splitlines()[0]:
            self.writer.close()
            raise Refused(int(head.split()[1]))
        self.task = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *error: object) -> None:
        self.task.cancel()
        self.writer.close()

    async def _read(self) -> None:
        while True:
            try:
                first, length = await self.reader.readexactly(2)
                if length >= 126:
                    size = 2 if length == 126 else 8
                    length = int.from_bytes(await self.reader.readexactly(size), "big")
                data = await self.reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                first, data = 0x88, b""
            async with self.news:
                if first & 15 == 8:
                    self.closed = int.from_bytes(data[:2], "big") or 1006
                elif first & 15 == 9:
                    self._frame(10, data)
                else:
                    self._take(json.loads(data))
                self.news.notify_all()
            if self.closed is not None:
                return

    def _take(self, message: dict) -> None:
        self.state = message.get("state", self.state)
        self.gone = message.get("gone", self.gone)
        if "of" in message:
            self.answers[message["of"]] = message.get("error", "")
        elif "error" in message:
            self.answers[None] = message["error"]

    def _frame(self, kind: int, data: bytes) -> None:
        mask = os.urandom(4)
        size = struct.pack("!BB", 0x80 | kind, 0x80 | min(len(data), 126)) if len(data) < 126 else (
            struct.pack("!BBH", 0x80 | kind, 0xFE, len(data)) if len(data) < 65536
            else struct.pack("!BBQ", 0x80 | kind, 0xFF, len(data)))  # fmt: skip
        self.writer.write(size + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def write(self, text: str) -> None:
        """Send a text as it is."""
        self._frame(1, text.encode())

    def send(self, command: str, **values: Any) -> str:
        """Ask for something; gives the name of the request."""
        self.count += 1
        name = values.pop("id", f"{id(self)}-{self.count}")
        self.write(json.dumps({"do": command, "id": name, **values}))
        return name

    async def do(self, command: str, **values: Any) -> str:
        """Ask, and wait for the answer: "" or the sentence that refuses it."""
        name = self.send(command, **values)
        self.answers.pop(name, None)
        await self.until(lambda: name in self.answers)
        return self.answers[name]

    async def until(self, true: Any, seconds: float = 20) -> dict:
        """Wait until something is true; gives the state then."""
        async with self.news:
            await asyncio.wait_for(self.news.wait_for(true), seconds)
        return self.state
