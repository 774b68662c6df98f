"""Coming in: codes, keys, names and seats."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit.tables import CaseError, check_case
from twinkit.workshop.bots import Adviser
from twinkit.workshop.exercise import DEMANDS, SIGHTS
from twinkit.workshop.log import WorkshopError
from twinkit.workshop.state import APART, PACES, Player, State, Team

LONGEST_NAME = 40
LONGEST_WORD, LONGEST_DEMAND = 240, 400
"""Letters of a word of the trainer, and periods of a demand of one's own."""
TEMPLATES = {
    "classic": {"sees": ["own"], "pace": "when all have ordered"},
    "led by hand": {"sees": ["own"], "pace": "by hand"},
    "open books": {"sees": ["own", "customer demand", "whole chain"], "pace": "when all have ordered"},
    "against the clock": {"sees": ["own"], "pace": "clock", "seconds": 45.0},
    "at their own pace": {"sees": ["own"], "pace": APART},
}  # fmt: skip
"""Ways to begin a game: what players see, and when a period is played."""
JOINERS = "\u200c\u200d"
"""Joiners of letters and of emoji: not seen, but a part of names."""
MOST_PLAYERS = MOST_TEAMS = 120
"""People of a session, who may each have a team of their own; more than that is somebody playing with the door."""
SHORTEST_KEY = 16
"""Letters of a key by which a browser that lost the answer is known again."""


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def checked_name(text: Any, what: str, longest: int = LONGEST_NAME) -> str:
    """A name (or a word of `longest` letters) as it is kept: one line of text without control characters.

    Raises
    ------
    WorkshopError
        If nothing is left, or it is too long.
    """
    name = " ".join("".join(c if c.isprintable() or c in JOINERS else " " for c in str(text)).split())
    if not name.strip(JOINERS):
        raise WorkshopError(f"Please write {what}.")
    if len(name) > longest:
        raise WorkshopError(f"Please make {what} shorter: {longest} letters at most.")
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
        team = self._as_written(checked_name(team, "the team"))
        self._free(team, role)
        if team not in self.state.teams:
            self.add_team(team)
        number = self.state.joined + 1
        self._do("join", {"player": number, "name": name, "team": team, "role": role, "token": hashed(token)})
        return token

    def add_team(self, name: str) -> None:
        """Add a team of bots; people take its seats."""
        name = checked_name(name, "the team")
        if (there := self._as_written(name)) in self.state.teams:
            raise WorkshopError(f"There is a team {there} already.")
        if self.state.first > 0:
            raise WorkshopError("New teams can no longer be made; choose one of those that are there.")
        if len(self.state.teams) >= MOST_TEAMS:
            raise WorkshopError(f"There are {MOST_TEAMS} teams already: take a free seat in one of them.")
        self._do("team", {"name": name})

    def _as_written(self, team: str) -> str:
        """The team that is there already by that name, whatever its capitals; else the name itself."""
        return next((name for name in self.state.teams if name.casefold() == team.casefold()), team)

    def remove_team(self, name: str) -> None:
        """Take out a team in which nobody sits, before the game begins."""
        self._known_team(name)
        if self.state.first > 0:
            raise WorkshopError("The game has begun: teams stay until you start over.")
        if sat := [p.name for p in self.state.players.values() if p.team == name]:
            raise WorkshopError(f"{', '.join(sat)} sit in {name}: take them out first, or give them other seats.")
        self._do("unteam", {"name": name})

    def _free(self, team: str, role: str) -> None:
        if role not in [r.name for r in self.state.exercise.roles]:
            raise WorkshopError(f"There is no role {role[:LONGEST_NAME]} in this exercise.")
        if not self.state.shared and (taken := self.state.at(team, role)):
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


# --- what a trainer does: start, pause, play on, change the world, go back, fork


class Leading(Joining):
    """The trainer's commands."""

    trouble: str

    def _open(self) -> None:
        if self.state.phase == "closed":
            raise WorkshopError("This session is closed.")

    def start(self) -> None:
        """Begin, or go on after a pause."""
        self._open()
        if not self.state.teams:
            raise WorkshopError("There is no team yet. Add one, or let people join.")
        if self.state.phase == "lobby":
            self._surprise()
        self.trouble = ""
        self._do("set", {"phase": "running"})

    def _surprise(self) -> None:
        """Plan the event of the exercise that nobody knows of; its day is drawn by the seed."""
        e = self.state.exercise
        if e.surprise and not self.state.changes:
            first, last = e.surprise_between
            start = int(np.random.default_rng([self.state.seed, first, last]).integers(first, last + 1))
            self.inject({**e.surprise, "start": start})

    def rehearse(self) -> None:
        """Begin with bots alone, to see how the game goes before anybody comes; :meth:`start_over` clears it away."""
        self._open()
        if self.state.players:
            raise WorkshopError("People have taken seats already: rehearse before they come, or in a file of its own.")
        if not self.state.teams:
            self.add_team("Bots")
        self.start()

    def start_over(self) -> None:
        """Go back to the lobby; teams without people go, people keep their seats, events and rules are taken back."""
        self._open()
        self._do("anew", {})
        for name in list(self.state.teams):
            if not any(p.team == name for p in self.state.players.values()):
                self.remove_team(name)

    def pause(self) -> None:
        """Take no orders until the game goes on."""
        self._open()
        self._do("set", {"phase": "paused"})

    def close(self) -> None:
        """End the session; the debrief stays."""
        self._do("set", {"phase": "closed"})

    def advance(self, period: int, team: str = "") -> None:
        """Play a period in all teams that stand at it; bots order where nobody has.

        Parameters
        ----------
        period
            The period that is meant, so that two presses do not play two.
        team
            The one team that plays it; teams of bots that are not farther come along.
        """
        self._open()
        s = self.state
        if period != (self._known_team(team).period if team else s.period):
            return
        if period >= s.periods:
            raise WorkshopError(
                f"All {s.periods} {s.exercise.word}s have been played. Look at the debrief; then start over, extend the "
                "game, or close it."
            )
        people = {p.team for p in s.players.values()}
        playing = [t for t in s.teams.values() if (t.name == team or (t.name not in people and t.period <= period) if team else t.period == period)]
        self._try_rules(playing)
        made = {t.name: {r: u for r, u in s.orders_of(t).items() if u is not None} for t in playing}
        turns = s.turn, sum(t.turn for t in s.teams.values())
        self._do("advance", {"period": period, "orders": made}, f"advance {turns} {period} {team}")

    def play_on(self, period: int, team: str = "") -> None:
        """Play a period that nobody pressed for: by the clock, or by the last order; what fails stops the game."""
        try:
            self.advance(period, team)
        except Exception as error:  # whatever it is: a clock that stops must say why
            said = error if isinstance(error, WorkshopError) else f"The {self.state.exercise.word} could not be played ({type(error).__name__}: {error})."
            self.trouble = f"{said} The game has stopped."
            self.pause()

    def _try_rules(self, teams: Sequence[Team]) -> None:
        """Let rules of one's own fail before anything is written."""
        rules = [c for c in self.state.changes if c.kind == "rule"]
        for team in teams if rules else ():
            try:
                team.game.at(team.period).play(self.state.orders_of(team))
            except Exception as error:  # a rule is the trainer's own Python: whatever it raises is said
                raise WorkshopError(
                    f"A rule of yours failed in team {team.name} ({type(error).__name__}: {error}). The "
                    f"{self.state.exercise.word} was not played; put a corrected rule in its place."
                ) from error

    def inject(self, row: Mapping[str, Any]) -> None:
        """Let an event happen, now or at a start that nobody is told; in the same period in all teams, so "now" is that of the first."""
        self._open()
        s = self.state
        if not s.teams:
            raise WorkshopError("There is no team yet that something could happen to.")
        start = row.get("start")
        event = {"duration": 1, "severity": 1.0, **row, "start": s.first if start is None else start}
        event.setdefault("event", f"{event.get('kind', 'event')} {len(s.changes) + 1}")
        if not isinstance(event["start"], int) or not s.first <= event["start"] < s.periods:
            raise WorkshopError(f"An event can start in {s.exercise.word} {s.first + 1} to {s.periods}{', where no team has been yet' * (s.first > s.period)}.")
        try:
            next(iter(s.teams.values())).game.at(s.period).change("event", event)
        except CaseError as error:
            raise WorkshopError(" ".join(p.sentence for p in error.problems)) from error
        self._do("change", {"kind": "event", "value": event})

    def extend(self, periods: int) -> None:
        """Play up to another number of periods."""
        self._open()
        s, most = self.state, int(self.state.exercise.case.settings["periods"])
        if not isinstance(periods, int) or not s.first < periods <= most:
            raise WorkshopError(f"The game can last {s.first + 1} to {most} {s.exercise.word}s.")
        self._do("change", {"kind": "periods", "value": periods})

    def rollback(self, back: int, team: str = "", period: int | None = None) -> None:
        """Go back so many periods; what was ordered since is gone from the game, not from the log.

        Parameters
        ----------
        team
            The one that goes back, where teams play at their own pace; "" takes all to the same period,
            counted from that of the last.
        period
            The one from which it was meant to go back, so that two trainers' presses are not two steps; by default the present one.
        """
        self._open()
        s = self.state
        if team and s.pace != APART:
            raise WorkshopError("All teams go back together, unless each plays at its own pace.")
        here = self._known_team(team).period if team else s.period
        if period is not None and period != here:
            raise WorkshopError(f"It is {s.exercise.word} {here + 1} by now. Press again if you still mean to go back.")
        if not isinstance(back, int) or not 1 <= back <= here:
            raise WorkshopError(f"{here} {s.exercise.word}s have been played{' by all teams' * (s.first > s.period and not team)}: go back 1 to {here}.")
        self._do("rollback", {"period": here - back, **({"team": team} if team else {})})

    def fork(self, team: str, period: int, bots: Mapping[str, str], name: str = "") -> None:
        """Show what a team's game would have been from a period on with bots in some seats."""
        s = self.state
        played = self._known_team(team).period
        if type(period) is not int or not 0 <= period < played:
            raise WorkshopError(f"Choose a {s.exercise.word} that has been played: 1 to {played}.")
        self._bots_known(bots)
        name = self._new_fork(
            checked_name(name, "the name of the “what if …”") if name else f"from {s.exercise.word} {period + 1}"
        )
        self._do("fork", {"name": name, "team": team, "period": period, "bots": dict(bots)})

    def _new_fork(self, name: str) -> str:
        number = 2
        while (new := name if number == 2 else f"{name} ({number - 1})") in self.state.forks:
            number += 1
        return new

    def spotlight(self, fork: str) -> None:
        """Show a fork on the beamer beside the game as it was; "" takes it off."""
        if fork and fork not in self.state.forks:
            raise WorkshopError("There is no such “what if …” any more.")
        self._do("set", {"spotlight": fork})

    def bot(self, team: str, role: str, bot: str) -> None:
        """Choose the bot that fills a seat while nobody sits there."""
        self._known_team(team)
        self._bots_known({role: bot})
        self._do("bot", {"team": team, "role": role, "bot": bot})

    def _bots_known(self, bots: Mapping[str, str]) -> None:
        roles, known = [r.name for r in self.state.exercise.roles], self.state.known_bots
        for role, bot in bots.items():
            if role not in roles or bot not in known:
                raise WorkshopError(f"Bots are {', '.join(known)}; roles are {', '.join(roles)}.")

    def tell(self, text: str, team: str = "") -> None:
        """Say something to a team, or to all; "" takes off what was said."""
        if team:
            self._known_team(team)
        if not isinstance(text, str):
            raise WorkshopError("Please write what is to be said.")
        said = checked_name(text, "what is to be said", LONGEST_WORD) if text.strip() else ""
        self._do("tell", {"team": team, "text": said})

    def ask_for(self, kind: str, values: Sequence[Any] = ()) -> None:
        """Choose what customers ask for; of kind "own", units by period.

        Before the first period is played it holds for the whole game; later from the next period on that no team has
        seen, and the pattern begins there.
        """
        self._open()
        s, e = self.state, self.state.original
        start = s.first + 1 if s.first else 0
        if start >= s.periods:
            raise WorkshopError(f"The game ends with this {e.word}: no {e.word} is left in which customers could ask for something else.")
        if kind not in DEMANDS:
            raise WorkshopError(f"Customers may ask for: {', '.join(filter(None, DEMANDS))}; or as the exercise has it.")
        wrong = WorkshopError(f"Write what customers ask for as numbers from 0 to {e.most:g}, one for each {e.word}: 4 4 4 4 8. The last one goes on.")
        try:
            numbers = [float(v) for v in values] if kind == "own" else []
        except (TypeError, ValueError):
            raise wrong from None
        if kind == "own" and (not 0 < len(numbers) <= LONGEST_DEMAND or not all(0 <= v <= e.most for v in numbers)):
            raise wrong
        if problems := check_case(e.asking(kind, numbers, start)):
            raise WorkshopError(" ".join(p.sentence for p in problems[:3]))
        asked = {"kind": kind, "values": numbers}
        self._do("change", {"kind": "demand", "value": {**asked, "start": start}}) if start else self._do("demand", asked)

    def begin_as(self, name: str) -> None:
        """Set at once what players see and when a period is played, as one of :data:`TEMPLATES` has it."""
        if name not in TEMPLATES:
            raise WorkshopError(f"Ways to begin are: {', '.join(TEMPLATES)}.")
        self._do("set", dict(TEMPLATES[name]))

    def show(self, sights: Any) -> None:
        """Choose what players may see besides their own board, some of ``SIGHTS``."""
        if not isinstance(sights, list) or set(sights) - set(SIGHTS):
            raise WorkshopError(f"What players may see is some of: {', '.join(SIGHTS)}.")
        self._do("set", {"sees": sorted(set(sights), key=SIGHTS.index)})

    def keep_pace(self, pace: str, seconds: float = 60.0) -> None:
        """Choose when a period is played, one of ``PACES``; by the clock after so many seconds."""
        if pace not in PACES:
            raise WorkshopError(f"The pace is one of: {', '.join(PACES)}.")
        if not isinstance(seconds, (int, float)) or not 5 <= seconds <= 3600:
            raise WorkshopError("A period lasts 5 to 3,600 seconds by the clock.")
        self._do("set", {"pace": pace, "seconds": float(seconds)})

    def advise(self, settings: Mapping[str, Any] | None) -> None:
        """Put an adviser beside every seat, or take it away (None)."""
        try:
            made = None if settings is None else Adviser.of(settings).to_dict()
        except (ValueError, TypeError) as error:
            raise WorkshopError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
        self._do("set", {"adviser": made})

    def share_seats(self, shared: bool) -> None:
        """Let several people sit in one seat and vote: the middle one of what they want is ordered."""
        self._do("set", {"shared": bool(shared)})

    def name_players(self, named: bool) -> None:
        """Show names in the debrief, or numbers."""
        self._do("set", {"anonymous": not named})

    def rule(
        self, name: str, actors: Mapping[str, type] | None = None, policies: Mapping[Any, Any] | None = None
    ) -> None:
        """Put a rule of your own in place from the next period on, in every team's chain.

        Parameters
        ----------
        name
            Name of the rule; the log keeps it, but not the Python behind it.  What it orders for the stock of
            a seat goes before the seat's bot, and after the person who sits there or what the exercise tells.
        actors, policies
            As for :class:`~twinkit.chain.chain.Chain`.

        Raises
        ------
        WorkshopError
            If the rule does not fit the exercise.
        """
        self._open()
        s, given = self.state, {"actors": dict(actors or {}), "policies": dict(policies or {})}
        name = checked_name(name, "the name of the rule")
        if name in s.rules:
            raise WorkshopError(f"There is a rule {name} already: give this one another name.")
        try:
            for team in list(s.teams.values())[:1]:
                team.game.at(team.period).change("rule", given)
        except Exception as error:  # a rule is the trainer's own Python: whatever it raises is said
            raise WorkshopError(f"The rule cannot be used ({type(error).__name__}: {error}).") from error
        s.rules[name] = given
        self._do("change", {"kind": "rule", "value": name})
