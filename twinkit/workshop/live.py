"""What goes back and forth while a session is played: pages get what they may know, and send moves.

Every page keeps one WebSocket.  It is sent the whole view that it may have, after every
change that concerns it; a phone that slept gets the newest when it comes back.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakSet

from tornado.websocket import WebSocketClosedError, WebSocketHandler

from twinkit.workshop.log import Entry, WorkshopError
from twinkit.workshop.session import Session
from twinkit.workshop.views import board_view, door_view, player_view, trainer_view

TRAINER = (
    "start", "pause", "close", "advance", "inject", "extend", "rollback", "fork", "bot", "show", "keep_pace",
    "advise", "name_players", "remove", "rename", "seat", "add_team",
)  # fmt: skip
"""Commands of the trainer's page: methods of the session, with its values as keywords."""

LONGEST_MESSAGE = 20_000
"""Characters of a message that is read."""


class Hub:
    """The pages that are open, and the clock.

    Parameters
    ----------
    session
        What is played.
    address
        Address that the beamer shows.
    """

    def __init__(self, session: Session, address: str) -> None:
        self.session, self.address = session, address
        self.pages: WeakSet[Page] = WeakSet()
        self._stale: set[Page] = set()
        self._flush: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ends, self._timed = 0.0, ()
        session.listeners.append(self.changed)

    def changed(self, entry: Entry) -> None:
        """Bring the pages that it concerns up to date, soon."""
        near = entry.kind in ("order", "bot") and entry.value["team"]
        own = [p for p in self.pages if not near or p.kind != "player" or p.team == near]
        self._stale.update(p for p in own if p.kind != "door" or entry.kind in ("join", "team", "leave", "seat", "set"))
        self.keep_time()
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        pages, self._stale, self._flush = self._stale, set(), None
        for page in pages:
            page.show()

    def keep_time(self) -> None:
        """Set the clock for the period that is played now, if there is one."""
        s = self.session.state
        ticking = s.pace == "clock" and s.phase == "running" and s.period < s.periods and bool(s.teams)
        timed = (s.period, s.turn, s.seconds) if ticking else ()
        if timed == self._timed:
            return
        self._timed = timed
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if ticking:
            self._ends = time.monotonic() + s.seconds
            self._timer = asyncio.get_running_loop().call_later(s.seconds, self._ring, s.period)

    def _ring(self, period: int) -> None:
        try:
            self.session.advance(period)
        except WorkshopError as error:
            self.session.pause()
            for page in self.pages:
                if page.kind == "trainer":
                    page.say({"error": f"{error} The clock has stopped."})

    def left(self) -> float | None:
        """What is left of the period by the clock [s]; None without one."""
        return max(0.0, self._ends - time.monotonic()) if self._timed else None


class Page(WebSocketHandler):
    """One open page: of a player, the trainer, the beamer, or somebody at the door."""

    kind, team = "", ""

    def initialize(self, hub: Hub, who: Callable[[WebSocketHandler, str], tuple[str, int] | None]) -> None:
        self.hub, self.who, self.number = hub, who, 0

    def open(self, kind: str) -> None:
        self.set_nodelay(True)
        found = self.who(self, kind)
        if found is None:
            self.close(4403, "not allowed")
            return
        self.kind, self.number = found
        self.hub.pages.add(self)
        self.show()

    def on_close(self) -> None:
        self.hub.pages.discard(self)
        self.hub._stale.discard(self)

    def show(self) -> None:
        """Send the view that this page may have."""
        session = self.hub.session
        if self.kind == "player":
            player = session.state.players.get(self.number)
            if player is None:
                self.say({"gone": "You were taken out of the session."})
                self.close(4404, "removed")
                return
            self.team = player.team
            view = player_view(session, player)
        elif self.kind == "trainer":
            view = {**trainer_view(session), "address": self.hub.address}
        elif self.kind == "board":
            view = board_view(session, self.hub.address)
        else:
            view = door_view(session)
        self.say({"state": view, "left": self.hub.left()})

    def say(self, message: Mapping[str, Any]) -> None:
        """Send a message; a page that has just gone does not matter."""
        try:
            self.write_message(json.dumps(message))
        except WebSocketClosedError:
            self.hub.pages.discard(self)

    def on_message(self, message: str | bytes) -> None:
        try:
            asked = json.loads(message) if len(message) <= LONGEST_MESSAGE else None
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            self.say({"error": "That could not be read. Reload the page."})
            return
        answer: dict[str, Any] = {"of": asked.pop("id", None)}
        try:
            self.act(str(asked.pop("do", "")), asked)
        except WorkshopError as error:
            answer["error"] = str(error)
        except (TypeError, KeyError, ValueError, AttributeError):  # values of a kind that no page of ours sends
            answer["error"] = "That could not be read. Reload the page."
        self.say(answer)

    def act(self, command: str, values: dict[str, Any]) -> None:
        """Do what the page asks for, if it may."""
        session = self.hub.session
        if self.kind == "trainer" and command in TRAINER:
            getattr(session, command)(**values)
        elif self.kind == "player" and command == "order":
            player = session.state.players[self.number]
            session.order(player, values["units"], int(values["period"]), key=str(values["key"])[:64])
        elif self.kind == "player" and command == "buy":
            session.buy(session.state.players[self.number].team, list(values["measures"]))
        else:
            raise WorkshopError("This page cannot do that.")
