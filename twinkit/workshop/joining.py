"""Coming in: codes, keys, names and seats."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Any

from twinkit.workshop.log import WorkshopError
from twinkit.workshop.state import Player, State, Team

LONGEST_NAME = 40
JOINERS = "\u200c\u200d"
"""Joiners of letters and of emoji: not seen, but a part of names."""
MOST_PLAYERS = 120
"""People of a session; more than that is somebody playing with the door."""
MOST_TEAMS = 30
SHORTEST_KEY = 16
"""Letters of a key by which a browser that lost the answer is known again."""


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def checked_name(text: Any, what: str) -> str:
    """A name as it is kept: one line of text without control characters.

    Raises
    ------
    WorkshopError
        If nothing is left, or it is too long.
    """
    name = " ".join("".join(c if c.isprintable() or c in JOINERS else " " for c in str(text)).split())
    if not name.strip(JOINERS):
        raise WorkshopError(f"Please write {what}.")
    if len(name) > LONGEST_NAME:
        raise WorkshopError(f"Please make {what} shorter: {LONGEST_NAME} letters at most.")
    return name


class Joining:
    """Who is in a session, for a session with a `state`, a `code` and a `key`."""

    state: State
    code: str
    key: str

    if TYPE_CHECKING:

        def _do(self, kind: str, value: dict[str, Any], key: str | None = None) -> bool: ...

        def _open(self) -> None: ...

    def is_code(self, text: str) -> bool:
        """Whether a join code is right."""
        return hmac.compare_digest(text.strip().upper().encode(), self.code.encode())

    def is_key(self, text: str) -> bool:
        """Whether a key opens the trainer's page."""
        return hmac.compare_digest(text.encode(), self.key.encode())

    def player(self, token: str) -> Player | None:
        """Who keeps a token; None if nobody does, or they were removed."""
        mine = hashed(token)
        return next((p for p in self.state.players.values() if hmac.compare_digest(p.token, mine)), None)

    def join(self, name: str, team: str, role: str, key: str = "") -> str:
        """Take a seat; gives the token that this person's browser keeps.

        Parameters
        ----------
        key
            A long random word of the browser: sent again with the same one, the answer is the
            same, and nobody sits down twice.
        """
        self._open()
        token = secrets.token_urlsafe(24)
        if len(key) >= SHORTEST_KEY:
            token = hmac.new(self.key.encode(), key.encode(), hashlib.sha256).hexdigest()
            if self.player(token):
                return token
        if len(self.state.players) >= MOST_PLAYERS:
            raise WorkshopError(f"There are {MOST_PLAYERS} people in this session already.")
        name = checked_name(name, "your name")
        team = checked_name(team, "the team")
        self._free(team, role)
        if team not in self.state.teams:
            self.add_team(team)
        number = self.state.joined + 1
        self._do("join", {"player": number, "name": name, "team": team, "role": role, "token": hashed(token)})
        return token

    def add_team(self, name: str) -> None:
        """Add a team of bots; people take its seats."""
        name = checked_name(name, "the team")
        if name in self.state.teams:
            raise WorkshopError(f"There is a team {name} already.")
        if self.state.period > 0:
            raise WorkshopError("New teams can no longer be made; choose one of those that are there.")
        if len(self.state.teams) >= MOST_TEAMS:
            raise WorkshopError(f"There are {MOST_TEAMS} teams already: take a free seat in one of them.")
        self._do("team", {"name": name})

    def remove_team(self, name: str) -> None:
        """Take out a team in which nobody sits, before the game begins."""
        self._known_team(name)
        if self.state.period > 0:
            raise WorkshopError("The game has begun: teams stay until you start over.")
        if sat := [p.name for p in self.state.players.values() if p.team == name]:
            raise WorkshopError(f"{', '.join(sat)} sit in {name}: take them out first, or give them other seats.")
        self._do("unteam", {"name": name})

    def _free(self, team: str, role: str) -> None:
        if role not in [r.name for r in self.state.exercise.roles]:
            raise WorkshopError(f"There is no role {role[:LONGEST_NAME]} in this exercise.")
        if taken := self.state.at(team, role):
            raise WorkshopError(
                f"{taken.name} is the {role} of {team}. Choose another seat; if that is you, ask the trainer to free it."
            )

    def seat(self, player: int, team: str, role: str) -> None:
        """Put a person into another seat."""
        self._known(player)
        self._known_team(team)
        self._free(team, role)
        self._do("seat", {"player": player, "team": team, "role": role})

    def remove(self, player: int) -> None:
        """Take a person out; a bot takes the seat."""
        self._do("leave", {"player": self._known(player).number})

    def rename(self, player: int, name: str) -> None:
        """Give a person another name."""
        self._do("rename", {"player": self._known(player).number, "name": checked_name(name, "the name")})

    def _known(self, player: int) -> Player:
        if player not in self.state.players:
            raise WorkshopError("This person is not in the session any more.")
        return self.state.players[player]

    def _known_team(self, name: Any) -> Team:
        if name not in self.state.teams:
            raise WorkshopError(f"There is no team {str(name)[:LONGEST_NAME]}.")
        return self.state.teams[name]
