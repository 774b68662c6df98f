"""What a session is: teams, people, the period; and how each entry of the log changes it.

Nothing is decided here: an entry was checked before it was written, so reading a log from
the start makes the same session again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from twinkit.workshop.bots import BOTS, Adviser, BotError, Seat, bot_order
from twinkit.workshop.exercise import Exercise
from twinkit.workshop.game import Change, Game, Moves
from twinkit.workshop.log import Entry

APART = "each team at its own pace"
PACES = ("by hand", "when all have ordered", "clock", APART)
"""When a period is played; at its own pace a team goes on when all of its people have ordered, whatever the others do."""
MEASURES = "measures"
"""Name of what a team paid for measures, beside the costs of its seats."""


@dataclass
class Player:
    """A person.

    Attributes
    ----------
    number
        Number in the session; stands for the name where it is anonymous.
    token
        Hash of the word that their browser keeps.
    """

    number: int
    name: str
    team: str
    role: str
    token: str


@dataclass
class Move:
    """An order that was handed in and is not played yet."""

    units: float
    player: int
    advice: dict[str, float] | None


@dataclass
class Team:
    """A team: its game, who plays which bot, and what has been handed in for this period, by role and person."""

    name: str
    game: Game
    bots: dict[str, str]
    pending: dict[str, dict[int, Move]] = field(default_factory=dict)
    bought: list[str] = field(default_factory=list)
    spent: float = 0.0
    """What the measures that were bought cost [money]."""
    own: list[dict[str, int]] = field(default_factory=list)
    advice: list[dict[str, dict[str, float]]] = field(default_factory=list)
    """By period: role → number of the person who ordered; role → advice that stood beside the order."""
    advisers: list[Adviser | None] = field(default_factory=list)
    """The adviser of every period that has been played."""
    turn: int = 0
    """Times that the trainer took this team back alone."""

    @property
    def period(self) -> int:
        """The period that the team plays now, from 0."""
        return self.game.period

    def move(self, role: str) -> Move | None:
        """What is ordered for a seat: where several people share it, the middle one of what they want (the lower of two)."""
        moves = sorted(self.pending.get(role, {}).values(), key=lambda move: move.units)
        return moves[(len(moves) - 1) // 2] if moves else None

    def moves(self) -> dict[str, Move]:
        """Role → what is ordered for it, where something was handed in."""
        return {role: move for role in self.pending if (move := self.move(role))}

    @property
    def cost(self) -> float:
        """What the team has cost so far: the chain at equal sales, with lost margins, and measures [money]; by this teams are ranked."""
        return self.game.total_cost() + self.spent

    def cost_at(self, period: int) -> float:
        """What the team had cost once so many periods were played [money]: by this, teams are compared that stand elsewhere."""
        return self.game.totals[period] + self.spent

    def at(self, period: int) -> Team:
        """The team as it stood at a period, with a game of its own that can go on otherwise."""
        return replace(self, game=self.game.at(period), pending={}, own=self.own[:period], advice=self.advice[:period], advisers=self.advisers[:period])

    def parts(self, game: Game | None = None) -> dict[str, float]:
        """What :attr:`cost` is made of [money], line by line; of another game with the same measures if one is given."""
        return {**(game or self.game).parts(), **({MEASURES: self.spent} if self.spent else {})}


@dataclass
class Round:
    """A game that was played before the trainer started over.

    Attributes
    ----------
    periods
        Periods that were played.
    asked
        What customers asked for: each demand that was chosen, as keywords of :meth:`~twinkit.workshop.exercise.Exercise.asking`.
    costs
        Team → what it cost [money]; only teams with people in them.
    """

    periods: int
    asked: list[dict[str, Any]]
    costs: dict[str, float]


@dataclass
class Fork:
    """What a team's game would have been from a period on, with bots in some seats.

    Attributes
    ----------
    game
        The game as it would have been, up to the period in which it was forked.
    was
        What the team's own game had cost by then, by line of :meth:`Team.parts` [money].
    """

    name: str
    team: str
    period: int
    bots: dict[str, str]
    game: Game
    was: dict[str, float]


class State:
    """A session as the log makes it.

    Parameters
    ----------
    exercise
        What is played.
    bots
        Bots of the trainer's own, by name; they are added to the shipped ones.
    rules
        Rules of the trainer's own, by name → ``{"actors": …, "policies": …}``.
    """

    def __init__(
        self, exercise: Exercise, bots: Mapping[str, Callable[[Seat], float | None]] | None = None,
        rules: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:  # fmt: skip
        self.exercise = self.original = exercise
        self.rules = dict(rules or {})
        self.demand: dict[str, Any] = {"kind": "", "values": [], "start": 0}
        """What customers ask for from the start, as keywords of :meth:`~twinkit.workshop.exercise.Exercise.asking`."""
        self.rounds: list[Round] = []
        """Games that were played before, in a session that was started over."""
        self.messages: list[tuple[int, str, str]] = []
        """What the trainer said: period, team ("" = all), text ("" takes the one before it off)."""
        self.known_bots = {**BOTS, **(bots or {})}
        self.seed = int(exercise.case.settings["seed"])
        self.teams: dict[str, Team] = {}
        self.players: dict[int, Player] = {}
        self.forks: dict[str, Fork] = {}
        self.phase, self.pace, self.seconds = "lobby", "by hand", 60.0
        self.sees: list[str] = list(exercise.sees)
        self.anonymous, self.shared = True, False
        self.adviser = Adviser.of(exercise.adviser) if exercise.adviser else None
        self.changes: list[Change] = []
        """What the trainer changed in all games, events that nobody knows of included."""
        self.failed: dict[tuple[str, str], str] = {}
        """Team and role → how the bot of the seat failed, since the seat got that bot."""
        self.periods = exercise.periods
        self.guesses: dict[int, list[float]] = {}
        """Number of a player → what they drew as customers' demand, by period [units]."""
        self.joined = self.turn = 0
        self.port: int | None = None
        self.spotlight = ""
        """Name of the fork that the beamer shows."""

    def apply(self, entry: Entry) -> None:
        """Change what an entry says."""
        getattr(self, "_" + entry.kind)(**entry.value)

    # --- looking

    @property
    def period(self) -> int:
        """The period that all teams have come to, from 0: the one of the last of them."""
        return min((team.period for team in self.teams.values()), default=0)

    @property
    def first(self) -> int:
        """The period that the first team has come to; all teams stand there unless they play at their own pace."""
        return max((team.period for team in self.teams.values()), default=0)

    def plays(self, team: Team) -> bool:
        """Whether a team may order now: it has not played to the end, and nobody has to wait for others unless all stand together."""
        return team.period < self.periods and (self.pace == APART or team.period == self.period)

    def level(self) -> State:
        """The session up to the last period that all teams have played, to compare them; teams that have played nothing are left out."""
        played = [team for team in self.teams.values() if team.period]
        if self.period == self.first or not played:
            return self
        state, common = copy(self), min(team.period for team in played)
        state.teams = {team.name: team.at(common) if team.period > common else team for team in played}
        state.players = {number: p for number, p in self.players.items() if p.team in state.teams}
        state.forks = {name: fork for name, fork in self.forks.items() if fork.team in state.teams}
        return state

    def renamed(self, names: Mapping[str, str]) -> State:
        """The session with other names of teams."""
        state, call = copy(self), lambda name: names.get(name, name)
        state.teams = {call(name): replace(team, name=call(name)) for name, team in self.teams.items()}
        state.players = {number: replace(p, team=call(p.team)) for number, p in self.players.items()}
        state.forks = {name: replace(fork, team=call(fork.team)) for name, fork in self.forks.items()}
        return state

    def at(self, team: str, role: str) -> Player | None:
        """Who sits in a seat; the first of several."""
        return next(iter(self.sitting(team, role)), None)

    def sitting(self, team: str, role: str) -> list[Player]:
        """Everybody who sits in a seat."""
        return [p for p in self.players.values() if (p.team, p.role) == (team, role)]

    def waiting_for(self) -> list[Player]:
        """People whose order is missing, where their team does not wait for another."""
        some = {name: team for name, team in self.teams.items() if self.plays(team) and not self.told(team)}
        return [p for p in self.players.values() if p.team in some and p.number not in some[p.team].pending.get(p.role, {})]

    def told(self, team: Team) -> bool:
        """Whether the exercise says what a team orders in its period."""
        return team.period in self.exercise.told

    def orders_of(self, team: Team) -> dict[str, float | None]:
        """What is played in this period: what was handed in, else what the bot of the seat orders."""
        return {
            role.name: move.units if (move := team.move(role.name))
            else self._bot_orders(team, team.game, role.name, team.bots[role.name])
            for role in self.exercise.roles
        }  # fmt: skip

    def _bot_orders(self, team: Team, game: Game, role: str, bot: str) -> float | None:
        """What a bot orders; where it fails that is kept, and the exercise's own bot orders in its place."""
        try:
            return bot_order(game, role, self.known_bots[bot])
        except BotError as error:
            default = self.exercise.bot
            self.failed[team.name, role] = f"The bot {bot} failed at {role} of {team.name}, {error}. The bot {default} plays the seat."
            return bot_order(game, role, BOTS[default])

    @property
    def over(self) -> bool:
        """Whether nothing more is played."""
        return self.period >= self.periods or self.phase == "closed"

    def may_guess(self, role: str) -> bool:
        """Whether a seat may draw what customers asked for: after the game, where it has not seen it."""
        return self.over and self.period > 0 and role != self.exercise.roles[0].name and "customer demand" not in self.sees

    @property
    def asked(self) -> list[dict[str, Any]]:
        """What customers ask for: from the start, and since the trainer changed it; one after the other."""
        return [self.demand, *(c.value for c in self.changes if c.kind == "demand")]

    # --- entries of the log

    def _session(self, seed: int, **about: Any) -> None:
        self.seed = seed

    def message_to(self, team: str) -> tuple[int, str] | None:
        """The newest word of the trainer to a team (or to all, where none is named), and its period; None without one."""
        last = next((m for m in reversed(self.messages) if m[1] in ("", team)), None)
        return (last[0], last[2]) if last and last[2] else None

    def _new_game(self, levers: Mapping[str, Any] | None = None) -> Game:
        return Game.replay(self.exercise, Moves([], list(self.changes)), self.seed, levers)

    def _team(self, name: str) -> None:
        seats = [r.name for r in self.exercise.roles]
        self.teams[name] = Team(name, self._new_game(), dict.fromkeys(seats, self.exercise.bot))

    def _unteam(self, name: str) -> None:
        del self.teams[name]
        self.failed = {seat: said for seat, said in self.failed.items() if seat[0] != name}

    def _served(self, port: int) -> None:
        self.port = port

    def _join(self, player: int, name: str, team: str, role: str, token: str) -> None:
        self.joined = max(self.joined, player)
        self.players[player] = Player(player, name, team, role, token)

    def _seat(self, player: int, team: str, role: str) -> None:
        one = self.players[player]
        self.teams[one.team].pending.get(one.role, {}).pop(player, None)
        one.team, one.role = team, role

    def _leave(self, player: int) -> None:
        gone = self.players.pop(player)
        self.guesses.pop(player, None)
        self.teams[gone.team].pending.get(gone.role, {}).pop(player, None)

    def _rename(self, player: int, name: str) -> None:
        self.players[player].name = name

    def _bot(self, team: str, role: str, bot: str) -> None:
        self.failed.pop((team, role), None)
        self.teams[team].bots[role] = bot if bot in self.known_bots else self.exercise.bot

    def _set(self, **changed: Any) -> None:
        for name, value in changed.items():
            setattr(self, name, Adviser.of(value) if name == "adviser" and value is not None else value)

    def _buy(self, team: str, measures: list[str], levers: dict[str, Any]) -> None:
        one = self.teams[team]
        one.bought, one.game = list(measures), self._new_game(levers)
        one.spent = float(sum(self.exercise.measures[m] for m in measures))

    def _order(self, team: str, role: str, period: int, units: float, player: int, advice: dict | None = None) -> None:
        if team in self.teams and period == self.teams[team].period:
            self.teams[team].pending.setdefault(role, {})[player] = Move(units, player, advice)

    def _guess(self, player: int, values: list[float]) -> None:
        self.guesses[player] = values

    def _advance(self, period: int, orders: dict[str, dict[str, float]]) -> None:
        for name, made in orders.items():
            team = self.teams[name]
            moves = team.moves()
            team.own.append({role: move.player for role, move in moves.items()})
            team.advice.append({role: move.advice for role, move in moves.items() if move.advice})
            team.advisers.append(self.adviser)
            team.game.play(made)
            team.pending = {}

    def _change(self, kind: str, value: Any) -> None:
        if kind == "rule":
            value = self.rules[value]
        if kind == "periods":
            self.periods = value
        for team in self.teams.values():
            team.game.change(kind, value)
        self.changes.append(Change(self.period, kind, value))

    def _tell(self, team: str, text: str) -> None:
        self.messages.append((self.period, team, text))

    def _demand(self, kind: str, values: list[float]) -> None:
        self.demand = {"kind": kind, "values": values, "start": 0}
        self.exercise = replace(self.original, case=self.original.asking(kind, values), usual=self.original.case) if kind else self.original
        for team in self.teams.values():
            team.game = self._new_game(team.game.levers)

    def _rollback(self, period: int, team: str = "") -> None:
        if team:
            self.teams[team].turn += 1
        else:
            self.changes, self.turn = [c for c in self.changes if c.period <= period], self.turn + 1
        for name in [team] if team else self.teams:
            self.teams[name] = one = self.teams[name].at(period)
            one.game.begin(self.changes[len(one.game.moves.changes) :])  # what came since, while other teams stood elsewhere
        self.guesses = {}
        self.forks = {name: fork for name, fork in self.forks.items() if fork.period < period or team not in ("", fork.team)}
        self.spotlight = self.spotlight if self.spotlight in self.forks else ""
        lengths = [c.value for c in self.changes if c.kind == "periods"]
        self.periods = lengths[-1] if lengths else self.exercise.periods

    def _anew(self) -> None:
        if self.period:
            people = {p.team for p in self.players.values()}
            self.rounds.append(Round(self.period, self.asked, {name: team.cost_at(self.period) for name, team in self.teams.items() if name in people}))
        self.messages = []
        self.changes, self.forks, self.spotlight, self.failed, self.guesses = [], {}, "", {}, {}
        self.periods, self.phase, self.turn = self.exercise.periods, "lobby", self.turn + 1
        for team in self.teams.values():
            team.game = self._new_game(team.game.levers)
            team.pending, team.own, team.advice, team.advisers = {}, [], [], []

    def _fork(self, name: str, team: str, period: int, bots: dict[str, str]) -> None:
        one, done = self.teams[team], self.teams[team].game
        game = done.at(period)
        for t in range(period, done.period):
            game.begin(change for change in done.moves.changes if change.period == t > period)
            own, people = done.moves.orders[t], one.own[t]
            game.play({
                # people's orders are what they were; bots, those of the team too, order what they see now
                role: own.get(role) if role in people and role not in bots
                else self._bot_orders(one, game, role, bots.get(role, one.bots[role]))
                for role in (r.name for r in self.exercise.roles)
            })  # fmt: skip
        self.forks[name] = Fork(name, team, period, bots, game, one.parts())
