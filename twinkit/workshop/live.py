"""What goes back and forth while a session is played: pages get what they may know, and send moves.

Every page keeps one WebSocket.  It is sent the whole view that it may have, after every
change that concerns it; a phone that slept gets the newest when it comes back.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from weakref import WeakSet

from tornado.websocket import WebSocketClosedError, WebSocketHandler

from twinkit.workshop.log import Entry, WorkshopError
from twinkit.workshop.session import Session
from twinkit.workshop.state import APART
from twinkit.workshop.views import board_view, door_view, player_view, trainer_view

TRAINER = (
    "start", "pause", "close", "advance", "inject", "extend", "rollback", "fork", "spotlight", "bot", "show",
    "keep_pace", "advise", "name_players", "remove", "rename", "seat", "add_team", "remove_team", "rehearse",
    "start_over", "tell", "ask_for", "begin_as", "share_seats",
)  # fmt: skip
"""Commands of the trainer's page: methods of the session, with its values as keywords."""

LONGEST_MESSAGE = 20_000
"""Characters of a message that is read."""
MESSAGES, WITHIN = 40, 5.0
"""Messages of a player's page that are listened to, within so many seconds."""
MOST_PAGES = 600
"""Pages that may be open at once."""
PATIENCE = 0.15
"""How long the trainer's page and the beamer wait while orders come in one after the other [s]."""
TOLD = 4.0
"""How long a period lasts in which everybody is told what to order, where nobody is waited for [s]."""

logger = logging.getLogger("twinkit.workshop")


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
        self._stale: dict[float, set[Page]] = {0.0: set(), PATIENCE: set()}
        self._flushes: dict[float, asyncio.TimerHandle] = {}
        self._clocks: dict[str, tuple[tuple, float, asyncio.TimerHandle]] = {}
        """Team ("" = all together) → period and turn that are timed, when they end, and the timer."""
        self.news: dict[str, str] = {}
        """Team ("" = all) → what the trainer did to the game, for its pages until it plays the next period."""
        session.listeners.append(self.changed)

    def close(self) -> None:
        """Stop the clock and listen no more."""
        self.session.listeners.remove(self.changed)
        for handle in (*self._flushes.values(), *(timer for _, _, timer in self._clocks.values())):
            handle.cancel()

    def changed(self, entry: Entry) -> None:
        """Bring the pages that it concerns up to date: a move's own team at once, who only watches soon."""
        self.keep_time()
        if entry.kind in ("rollback", "anew"):
            team = entry.value.get("team", "")
            self.news = {**(self.news if team else {}), team: self._news(entry)}
        elif entry.kind == "advance":
            self.news = {team: said for team, said in self.news.items() if team and team not in entry.value["orders"]}
        if entry.kind in ("order", "guess"):
            own = ("team", entry.value["team"]) if entry.kind == "order" else ("number", entry.value["player"])
            self._refresh(p for p in self.pages if p.kind == "player" and getattr(p, own[0]) == own[1])
            self._refresh((p for p in self.pages if p.kind in ("trainer", "board")), PATIENCE)
        else:
            door = entry.kind in ("join", "team", "unteam", "leave", "seat", "rename", "set", "advance", "anew")
            self._refresh(p for p in self.pages if p.kind != "door" or door)

    def _news(self, entry: Entry) -> str:
        if entry.kind == "rollback":
            return f"The trainer went back to {self.session.state.exercise.word} {entry.value['period'] + 1}."
        return "The trainer started the game over."

    def told(self, team: str = "") -> str:
        """What the trainer did last, for the pages of a team or (without one) the beamer."""
        return self.news.get(team, self.news.get("", ""))

    def came_or_went(self) -> None:
        """Let the trainer see who is there."""
        self._refresh((p for p in self.pages if p.kind == "trainer"), PATIENCE)

    def online(self) -> set[int]:
        """Numbers of the people whose page is open."""
        return {p.number for p in self.pages if p.kind == "player"}

    def _refresh(self, pages: Iterable[Page], wait: float = 0.0) -> None:
        self._stale[wait].update(pages)
        if wait not in self._flushes:
            self._flushes[wait] = asyncio.get_running_loop().call_later(wait, self._send, wait)

    def forget(self, page: Page) -> None:
        """A page that has gone is sent nothing more."""
        for pages in (self.pages, *self._stale.values()):
            pages.discard(page)

    def _send(self, wait: float) -> None:
        pages, self._stale[wait] = self._stale[wait], set()
        del self._flushes[wait]
        for page in pages:
            try:
                page.show()
            except Exception:  # one page that cannot be shown must not keep the others waiting
                logger.exception("a page could not be brought up to date")

    def keep_time(self) -> None:
        """Set a clock for the period that is played now, if there is one: for all together, or team by team."""
        wanted = {team: (*what, seconds) for team, what, seconds in self._timed()}
        for team in [team for team, (what, _, _) in self._clocks.items() if wanted.get(team) != what]:
            self._clocks.pop(team)[2].cancel()
        for team, what in wanted.items():
            if team not in self._clocks:
                timer = asyncio.get_running_loop().call_later(what[-1], self.session.play_on, what[0], team)
                self._clocks[team] = (what, time.monotonic() + what[-1], timer)

    def _timed(self) -> Iterator[tuple[str, tuple, float]]:
        """Team ("" = all), what is timed, and how long it lasts [s]."""
        s = self.session.state
        if s.phase != "running" or not s.teams or s.period >= s.periods:
            return
        awaited, people = {p.team for p in s.waiting_for()}, {p.team for p in s.players.values()}
        if s.pace == "clock":
            yield "", (s.period, s.turn), s.seconds
        elif s.pace == "when all have ordered" and people and not awaited:
            yield "", (s.period, s.turn), TOLD
        elif s.pace == APART:
            for name in people - awaited:
                if s.plays(s.teams[name]):
                    yield name, (s.teams[name].period, s.turn, s.teams[name].turn), TOLD

    def left(self, team: str = "") -> float | None:
        """What is left of the period by the clock, of all or of a team [s]; None without one."""
        clock = self._clocks.get(team) or self._clocks.get("")
        return max(0.0, clock[1] - time.monotonic()) if clock else None


class Page(WebSocketHandler):
    """One open page: of a player, the trainer, the beamer, or somebody at the door."""

    kind, team = "", ""

    def initialize(self, hub: Hub, who: Callable[[WebSocketHandler, str], tuple[str, int] | None]) -> None:
        self.hub, self.who, self.number = hub, who, 0
        self.heard: deque[float] = deque(maxlen=MESSAGES)

    def open(self, kind: str) -> None:
        self.set_nodelay(True)
        found = self.who(self, kind)
        if found is None:
            self.say({"gone": "You have no seat here, or were taken out of the session."})
            self.close(4403, "not allowed")
        elif len(self.hub.pages) >= MOST_PAGES:
            self.say({"error": f"{MOST_PAGES} pages are open already. Close some and try again."})
            self.close(1013, "too many pages")
        else:
            self.kind, self.number = found
            self.hub.pages.add(self)
            self.show()
            self.hub.came_or_went()

    def on_close(self) -> None:
        self.hub.forget(self)
        if self.kind == "player":
            self.hub.came_or_went()

    def show(self) -> None:
        """Send the view that this page may have."""
        session = self.hub.session
        if self.kind == "player":
            player = session.state.players.get(self.number)
            if player is None:
                self.say({"gone": "You were taken out of the session by the trainer."})
                self.close(4404, "removed")
                return
            self.team = player.team
            view = {**player_view(session, player), "news": self.hub.told(player.team)}
        elif self.kind == "trainer":
            view = {**trainer_view(session, self.hub.online()), "address": self.hub.address}
        elif self.kind == "board":
            view = {**board_view(session, self.hub.address), "news": self.hub.told()}
        else:
            view = door_view(session)
        self.say({"state": view, "left": self.hub.left(self.team)})

    def say(self, message: Mapping[str, Any]) -> None:
        """Send a message; a page that has just gone does not matter."""
        try:
            sent = self.write_message(json.dumps(message))
        except WebSocketClosedError:
            self.hub.pages.discard(self)
        else:
            sent.add_done_callback(lambda task: task.cancelled() or task.exception())

    def on_message(self, message: str | bytes) -> None:
        try:
            asked = json.loads(message) if len(message) <= LONGEST_MESSAGE else None
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict):
            self.say({"error": "That could not be read. Reload the page."})
            return
        answer: dict[str, Any] = {"of": asked.pop("id", None)}
        try:
            self._not_too_fast()
            self.act(str(asked.pop("do", "")), asked, answer["of"])
        except WorkshopError as error:
            answer["error"] = str(error)
        except (TypeError, KeyError, ValueError, AttributeError):  # values of a kind that no page of ours sends
            answer["error"] = "That could not be read. Reload the page."
        except Exception as error:  # the page stays open and says it, instead of connecting for ever
            logger.exception("a command failed")
            answer["error"] = f"That could not be done ({type(error).__name__}: {error})."
        self.say(answer)

    def _not_too_fast(self) -> None:
        """A hand cannot press that often: only a program does, and each move costs a write to the disk."""
        now = time.monotonic()
        if self.kind != "trainer" and len(self.heard) == MESSAGES and now - self.heard[0] < WITHIN:
            raise WorkshopError("That was too fast. Wait a moment and try again.")
        self.heard.append(now)

    def act(self, command: str, values: dict[str, Any], mark: Any) -> None:
        """Do what the page asks for, if it may; `mark` is the page's own name of this request."""
        session = self.hub.session
        if self.kind == "trainer" and command in TRAINER:
            session.once(mark and f"trainer {mark}"[:80], lambda: getattr(session, command)(**values))
        elif self.kind == "player" and command == "order":
            player = session.state.players[self.number]
            session.order(player, values["units"], int(values["period"]), key=str(values["key"])[:64])
        elif self.kind == "player" and command == "guess":
            session.guess(session.state.players[self.number], list(values["values"]), key=str(values["key"])[:64])
        elif self.kind == "player" and command == "buy":
            session.buy(session.state.players[self.number].team, list(values["measures"]))
        else:
            raise WorkshopError("This page cannot do that.")
